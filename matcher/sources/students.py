"""Alumni from a student system: persons of OOAPI v5 and OEAPI v6 with the programmes that they finished.

An alumnus is a person with an enrolment in a programme (an association) that is finished. Documents are persons,
associations, offerings and programmes, in any order and whichever of them are expanded inside others; of each value the
names of both versions are asked for. Nothing is read but what stands below: no day or place of birth, nationality,
gender, photo, street, emergency contact, need, or national number, even where a document has them. Consent is in no
such document, so none is read.

What others found in real answers: crebo codes under `nationalEducationCode`, `crohoCreboCode` and `programme_code`;
BOL and BBL as full-time and part-time; `consumer` for `consumers`; numbers for texts; states that v5 does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from matcher.domain.crebo import register
from matcher.domain.fields import LONGEST_ID
from matcher.domain.own_fields import OWN_PREFIX
from matcher.domain.records import Pathway, Qualification
from matcher.sources.documents import Node, Remark, plain_word
from matcher.sources.feed import Feed, crebo_of, level_of, nlqf_of
from matcher.sources.oeapi import COURSE_IDS, CREBO_CODES, OFFERING_IDS

PERSON_FIELDS = (
    "personId", "primaryCode", "otherCodes", "givenName", "preferredName", "surnamePrefix", "surname",
    "activeEnrolment", "affiliations", "email", "secondaryEmail", "mobileNumber", "telephoneNumber",
    "address(postCode,city,countryCode)",
)  # fmt: skip
"""What is asked for of a person, in the names of v6."""
COHORT, LOCATION = f"{OWN_PREFIX}cohort", f"{OWN_PREFIX}locatie"
"""Kept by schools that have own fields of these names."""
LISTS = frozenset({
    "items", "persons", "associations", "programOfferingAssociations", "programmeOfferingAssociations", "offerings",
    "programOfferings", "programmeOfferings", "programs", "programmes",
})  # fmt: skip
"""Members of a document that are lists of records."""
ASSOCIATION_IDS = ("associationId", "programmeOfferingAssociationId", "programOfferingAssociationId")
_IDS = ("personId", *ASSOCIATION_IDS, *OFFERING_IDS, *COURSE_IDS)
_OFFERINGS = ("programmeOffering", "programOffering", "offering")
_PROGRAMMES = ("programme", "program", "programmeId", "programId")
_NUMBER_CODES = frozenset({"studentnumber", "student_number"})
_FINISHED = frozenset({"finished", "completed"})
_ENDED = frozenset({"cancelled", "canceled", "denied"})
_STUDENTS = frozenset({"student", "alumnus", "x_alumnus", "alum", "x_alum", "former_student", "x_former_student"})
_PATHWAYS = {
    "full_time": Pathway.BOL, "part_time": Pathway.BBL, "dual_training": Pathway.BBL,
    "bol": Pathway.BOL, "bbl": Pathway.BBL, "ovo": Pathway.OVO,
}  # fmt: skip
_NO_PATHWAY = frozenset({"self_paced"})
_HIGHER = frozenset({"associate_degree", "bachelor", "master", "doctoral"})
_NETHERLANDS = frozenset({"nl", "nld", "nederland", "netherlands", "the_netherlands"})
_NONE_OF_OURS = frozenset({"not_mbo", "no_programme"})
FIRST_YEAR = 1940


@dataclass(slots=True)
class _Known:
    """What was read so far: persons, and the associations of each, by the id of the person; the others by their own."""

    persons: dict[str, Node] = field(default_factory=dict)
    associations: dict[str, list[Node]] = field(default_factory=dict)
    offerings: dict[str, Mapping[str, object]] = field(default_factory=dict)
    programmes: dict[str, Mapping[str, object]] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Course:
    """A programme that somebody finished: `left_on` is its last day, where that is known; `passed`, where it is."""

    qualification: Qualification
    left_on: date | None
    passed: bool | None
    cohort: str | None
    location: str | None


def read(documents: Iterable[object], today: date, *, school: str, since: date | None = None) -> Feed:
    """The alumni in these documents, of this school. `since`: only those who left on that day or later.

    Their number is that of a student, else the id of the person; never a national number or an address. Persons who
    finished nothing (yet) are counted in a remark. A person without an id is refused with a remark.
    """
    feed, unfinished = Feed(), 0
    known = _known(documents, feed)
    for id_, person in known.persons.items():
        remarks: list[Remark] = []
        node = Node(person.value, remarks, person.path, quoted=False)
        given = [*_inside(node), *known.associations.pop(id_, ())]
        courses, studying = _courses(given, known, remarks, today)
        studying = studying or node.at("activeEnrolment", "activeEnrollment").yes() is True
        if not courses or (since is not None and not _left_since(courses, since)):
            unfinished += not courses
            feed.remarks += [one for one in remarks if one.code in _NONE_OF_OURS]
            continue
        number = _number(node)
        if not number or len(number) > LONGEST_ID:
            feed.refuse(*remarks, Remark("person_needs", node.path))
            continue
        feed.add(number, school, {**_person(node), **_of_courses(courses, studying)}, remarks)
    if unfinished:
        feed.remarks.append(Remark("unfinished", "", None, {"count": unfinished}))
    if nobody := sum(map(len, known.associations.values())):
        feed.remarks.append(Remark("nobodys", "", None, {"count": nobody}))
    return feed


def _known(documents: Iterable[object], feed: Feed) -> _Known:
    """All records of these documents."""
    known = _Known()
    for document in documents:
        for item in _listed(Node(document, feed.remarks)):
            if isinstance(item.value, dict):
                _remember(item, known)
            elif item:
                item.personal().remark("no_object")
    return known


def is_student(person: Mapping[str, object]) -> bool:
    """Whether a person is or was a student, as far as is said: who is an employee or guest alone is not."""
    given = person.get("affiliations")
    words = {plain_word(one) for one in given if isinstance(one, str)} if isinstance(given, list) else set()
    return not words or not words.isdisjoint(_STUDENTS)


def _listed(page: Node) -> Iterator[Node]:
    """The records of a document: of its lists, or itself."""
    lists = [name for name in page.value if name in LISTS] if isinstance(page.value, dict) else []
    if isinstance(page.value, dict) and lists and not any(page.value.get(name) for name in _IDS):
        for name in lists:
            yield from page.at(name).items()
    else:
        yield from page.items()


def _remember(item: Node, known: _Known) -> None:
    """Keeps one record under its id, and those that are expanded inside it."""
    value = item.value
    assert isinstance(value, dict)  # noqa: S101 - for types: the caller has looked
    if _is_association(value):
        person = item.at("person", "personId")
        id_ = person.at("personId").text() if isinstance(person.value, dict) else person.personal().text()
        if isinstance(person.value, dict) and id_:
            known.persons.setdefault(id_, person)
        own = next((str(value[name]) for name in ASSOCIATION_IDS if value.get(name)), "")
        if id_ and not (own and (id_, own) in known.seen):
            known.seen.add((id_, own))
            known.associations.setdefault(id_, []).append(item)
    elif value.get("personId"):
        id_ = item.at("personId").personal().text()
        if id_:
            known.persons[id_] = item
    elif key := next((value[name] for name in OFFERING_IDS if isinstance(value.get(name), str)), None):
        known.offerings[key] = value
    elif key := next((value[name] for name in COURSE_IDS if isinstance(value.get(name), str)), None):
        known.programmes[key] = value


def _is_association(value: Mapping[str, object]) -> bool:
    return bool(value.get("associationType")) or any(value.get(name) for name in ASSOCIATION_IDS)


def _inside(person: Node) -> list[Node]:
    """The associations that stand inside a person."""
    names = ("associations", "programmeOfferingAssociations", "programOfferingAssociations")
    return [one for name in names for one in person.at(name).items() if isinstance(one.value, dict)]


def _courses(
    given: Sequence[Node], known: _Known, remarks: list[Remark], today: date
) -> tuple[list[_Course], date | bool]:
    """The programmes that somebody finished, the first first; and whether another goes on: its last day, or True."""
    finished: list[_Course] = []
    goes_on: list[date | None] = []
    for one in given:
        node = Node(one.value, remarks, one.path)
        if not _is_programme(node):
            continue
        offering = _found(node, (*_OFFERINGS, *(f"{name}Id" for name in _OFFERINGS)), known.offerings, remarks)
        state = plain_word(node.at("state").text() or "")
        result = node.at("result")
        is_complete = plain_word(result.at("state").text() or "") == "completed"
        passed = {"passed": True, "failed": False}.get(plain_word(result.at("pass").text() or ""))
        end = _end(node, offering, today)
        if state in _FINISHED or (state not in _ENDED and is_complete and passed):
            course = _course(node, offering, known, remarks, (end, passed))
            if course is not None:
                finished.append(course)
        elif state not in _ENDED:
            goes_on.append(node.at("expectedEndDateTime").day() or offering.at("endDateTime", "endDate").day())
    ends = [day for day in goes_on if day is not None]
    ahead = max(ends, default=None)
    studying = ahead if ahead is not None and ahead > today and len(ends) == len(goes_on) else bool(goes_on)
    return sorted(finished, key=lambda one: one.left_on or date.min), studying


def _is_programme(node: Node) -> bool:
    """Whether an association is of a student with a programme, rather than with a course or test, or of a teacher."""
    kind = plain_word(node.at("associationType").text() or "").replace("_", "")
    role = plain_word(node.at("role").text() or "student")
    return kind in ("", "programofferingassociation", "programmeofferingassociation") and role == "student"


def _end(node: Node, offering: Node, today: date) -> date | None:
    """The last day of a programme that is over: its own, else that of its result, else that of its offering."""
    own = node.at("actualEndDateTime", "actualEndDate", "endDateTime", "endDate").day()
    result = node.at("result").at("resultDateTime", "resultDate").day()
    for day in (own, result, offering.at("endDateTime", "endDate").day()):
        if day is not None and day.year >= FIRST_YEAR and day <= today:
            return day
    return None


def _course(
    node: Node, offering: Node, known: _Known, remarks: list[Remark], ended: tuple[date | None, bool | None]
) -> _Course | None:
    """A finished programme; None, with a remark, where nothing tells which."""
    programme = _found(offering, _PROGRAMMES, known.programmes, remarks)
    if not programme:
        programme = _found(node, _PROGRAMMES, known.programmes, remarks)
    crebo, is_mbo = _crebo(programme, offering)
    name = programme.at("name").localised()[0] or offering.at("name").localised()[0]
    known_as = register().get(crebo or "")
    if not is_mbo or not (crebo or name):
        node.remark("not_mbo" if not is_mbo else "no_programme")
        return None
    end, passed = ended
    level = level_of(programme.at("level").text()) or (known_as.level if known_as else None)
    qualification = Qualification(
        crebo, known_as.name if known_as else name, level or _level(programme),
        programme.at("modeOfStudy").choice(_PATHWAYS, quiet=_NO_PATHWAY)
        or offering.at("modeOfStudy").choice(_PATHWAYS, quiet=_NO_PATHWAY),
        end.year if end else None,
    )  # fmt: skip
    if end is None:
        node.remark("no_end")
    of_school = [*offering.at("consumer", "consumers").items(), *node.at("consumer", "consumers").items()]
    cohort, location = (_first(of_school, name) for name in ("cohort", "locationCode"))
    return _Course(qualification, end, passed, cohort, location)


def _left_since(courses: Sequence[_Course], since: date) -> bool:
    """Whether somebody finished something from a day on, as far as is known."""
    return any(one.left_on is None or one.left_on >= since for one in courses)


def _first(nodes: Iterable[Node], name: str) -> str | None:
    found = (one.at(name).text() for one in nodes if isinstance(one.value, dict))
    return next((text for text in found if text), None)


def _found(node: Node, names: Sequence[str], known: Mapping[str, Mapping[str, object]], remarks: list[Remark]) -> Node:
    """A record inside another, or the one that it names by id."""
    for name in names:
        given = node.at(name)
        if isinstance(given.value, dict):
            return given
        if isinstance(given.value, list) and any(isinstance(one, dict) for one in given.value):
            return next(one for one in given.items() if isinstance(one.value, dict))
    key = next((one for name in names if isinstance(one := node.at(name).value, str)), "")
    return Node(known.get(key), remarks, names[0])


def _crebo(programme: Node, offering: Node) -> tuple[str | None, bool]:
    """The crebo code of a programme, and whether it can be one of mbo: one type of code is for croho too.

    A code that is not in the register is of before 2015; nothing links it to one of today, so its name counts.
    """
    level = plain_word(programme.at("level").text() or "")
    if level in _HIGHER:
        return None, False
    for node in (programme, offering):
        for one in [node.at("primaryCode"), *node.at("otherCodes").items()]:
            if not isinstance(one.value, dict):
                continue
            kind = plain_word(one.at("codeType").text() or "")
            if kind in CREBO_CODES and (code := crebo_of(one.at("code"))):
                return code, True
    return None, True


def _level(programme: Node) -> int | None:
    """The level of mbo that goes with one of the NLQF."""
    level = nlqf_of(programme.at("levelOfQualification"))
    return int(level) if level in (1.0, 2.0, 3.0, 4.0) else None


def _number(person: Node) -> str | None:
    """The number of the student, else the id of the person."""
    for one in [person.at("primaryCode"), *person.at("otherCodes").items()]:
        if isinstance(one.value, dict) and plain_word(one.at("codeType").text() or "") in _NUMBER_CODES:
            code = one.at("code").text()
            if code:
                return code
    return person.at("personId").text()


def _person(person: Node) -> dict[str, object]:
    """Name, contact details and place, as texts that are still to be read as fields; absent where not given.

    Of two addresses the second goes first: the first is often of the school, and ends when somebody leaves.
    """
    address = person.at("address")
    abroad = plain_word(address.at("countryCode").text() or "nl") not in _NETHERLANDS
    given = {
        "first_name": person.at("preferredName", "givenName").text(),
        "infix": person.at("surnamePrefix").text(),
        "last_name": person.at("surname").text(),
        "email": person.at("secondaryEmail", "secondaryMail").text() or person.at("email", "mail").text(),
        "phone": person.at("mobileNumber").text() or person.at("telephoneNumber").text(),
        "postcode": None if abroad else address.at("postCode", "postalCode").text(),
        "town": None if abroad else address.at("city").text(),
    }
    if abroad and address:
        address.remark("abroad")
    return {name: text for name, text in given.items() if text}


def _of_courses(courses: Sequence[_Course], studying: date | bool) -> dict[str, object]:
    """What follows from the programmes that somebody finished, the first first. Who studies on has not left yet."""
    last = courses[-1]
    passed = [one.passed for one in courses]
    values: dict[str, object] = {"qualifications": tuple(dict.fromkeys(one.qualification for one in courses))}
    left = studying if isinstance(studying, date) else None if studying else last.left_on
    if left is not None:
        values["left_on"] = left
    if True in passed or all(one is False for one in passed):
        values["diploma"] = True in passed
    own = {COHORT: last.cohort, LOCATION: last.location}
    return {**values, **{name: text for name, text in own.items() if text}}


def merged(said: Sequence[Qualification], known: Sequence[Qualification]) -> tuple[Qualification, ...]:
    """The qualifications of a student system, with what only a list knew: a part of one, or one of another school."""
    left, result = list(known), []
    for one in said:
        same = next((other for other in left if _same(one, other)), None)
        if same is not None:
            left.remove(same)
            one = replace(  # noqa: PLW2901 - the same qualification, with more of it
                one, name=one.name or same.name, crebo=one.crebo or same.crebo, level=one.level or same.level,
                pathway=one.pathway or same.pathway, year=one.year or same.year,
            )  # fmt: skip
        result.append(one)
    return tuple(dict.fromkeys([*result, *left]))


def _same(one: Qualification, other: Qualification) -> bool:
    """Whether these are one qualification: by code, or by name where one of them has no code. Nobody gets one twice."""
    if one.crebo and other.crebo:
        return one.crebo == other.crebo
    return bool(one.name and other.name) and one.name.casefold() == other.name.casefold()  # type: ignore[union-attr]
