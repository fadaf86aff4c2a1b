"""The register of aftercare: whom to contact next, what came of it, and objections that a person decides.

The register and the contacts rest on the legal task of the school (AVG 6(1)(e), Wet van school naar duurzaam werk), so
they need no consent; showing courses, or an alumnus who went the same way, needs the consent `nazorg`. An objection to
the register (AVG 21(1)) is another than the one to being ranked. No ranking reads anything of it: no write here makes a
data revision.

Erasure takes the register with the person. AVG 17(3)(b) would let a school refuse where the law obliges it to keep, but
the law obliges to guide and to account for how many, not to keep a file of one person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import cast

from matcher.domain.aftercare import (
    AftercareCase,
    AftercareContact,
    CaseState,
    How,
    Leaver,
    Outcome,
    Priority,
    current,
    figures,
    is_guided,
    last_course,
    leaver,
    went_the_same_way,
)
from matcher.domain.answers import Match
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import Alumnus, Contact, Qualification, RecordKind, Request
from matcher.errors import InvalidValue, UnknownId
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.services import guidance, lookup, matching
from matcher.services.app import App, StoreApp
from matcher.services.browsing import Slice
from matcher.services.guidance import Standing
from matcher.services.words import kept

LONGEST = 1000
"""Characters of what is said about an objection, at most."""
DECIDED = "aftercare_decided"
"""The mail that an objection was decided."""
COURSES, SAME_WAY, LOOKED_AT = 3, 3, 20
"""Courses and alumni that are shown at most, and alumni among whom those are looked for."""
PER_ENTRY = 500
"""Alumni in one entry of the log about an export."""
COLUMNS = (
    "school",
    "number",
    "left",
    "estimated",
    "level",
    "pathway",
    "diploma",
    "priority",
    "contacts",
    "last_contact",
    "outcome",
    "next_contact",
)
"""The columns of the export for the regional programme: no names, no contact details, no course, no words of anyone."""


class Show(StrEnum):
    """Whom of those who are guided: whose day has come, who comes later, who is done, and who objects."""

    DUE = "due"
    LATER = "later"
    DONE = "done"
    OBJECTS = "objects"


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody of the work list; `name` is empty where none is known, and for who objects."""

    standing: Standing
    name: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A page of the work list; how many there are of each `Show`, and on all pages; how the cohort is doing.

    `figures`: by priority and outcome (`""`: not contacted), without those who object. `cases`: objections that wait
    for a decision.
    """

    rows: Sequence[Row]
    total: int
    counts: Mapping[Show, int]
    figures: Mapping[Priority, Mapping[str, int]]
    cases: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the register has of one alumnus. `lines`: all, the oldest first; `counting`: the keys of those that count.

    `standing`: None where nobody can tell when they left. `contact`: empty where they are not guided, or object.
    `may_be_shown`: whether the consent `nazorg` is in force. `cases`: the oldest first.
    """

    alumnus: Alumnus
    standing: Standing | None
    guided: bool
    contact: Contact
    lines: Sequence[AftercareContact]
    counting: frozenset[int]
    cases: Sequence[AftercareCase]
    may_be_shown: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact as somebody tells it. `on`: None for today. `again_on`: the day that was agreed for the next one."""

    how: How
    outcome: Outcome
    on: date | None = None
    again_on: date | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """The register as an alumnus sees it of themselves. `until`: the last day of guidance; None where it is unknown."""

    guided: bool
    until: date | None
    kept_until: date | None
    contacts: Sequence[AftercareContact]
    case: AftercareCase | None


@dataclass(frozen=True, slots=True)
class Matched:
    """What may help: courses, and alumni who went the same way and want to be a mentor.

    `agrees`: without the consent `nazorg` nothing is looked for. `courses`: None where advice needs a consent that is
    not there, or is not for this asker.
    """

    agrees: bool
    courses: Sequence[Match] | None = None
    same_way: Sequence[Match] = ()


def overview(app: StoreApp, asker: Asker, show: Show, part: Slice, *, school: str | None = None) -> Overview:
    """Those who left a school and are guided, in the order in which to contact them. Those on the page are noted.

    Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.AFTERCARE_READ, school)
    with app.store.read() as records:
        found = guidance.cohort(records, app.aftercare_terms, owner)
        shown: dict[Show, list[Standing]] = {one: [] for one in Show}
        for one in found:
            shown[_show_of(one, records.today)].append(one)
        page = shown[show][part.start : part.start + part.size]
        rows = [Row(one, _name(records, one)) for one in page]
        cases = len(records.aftercare_cases.open(owner))
    if page:
        keys = sorted(one.alumnus.key for one in page)
        app.store.write(lambda tx: tx.note(Action.AFTERCARE_READ, {"alumni": keys}), by=asker)
    return Overview(
        rows,
        len(shown[show]),
        {name: len(rows) for name, rows in shown.items()},
        figures((one.leaver.priority, one.outcome) for one in found if one.case is None),
        cases,
    )


def dossier(app: StoreApp, asker: Asker, alumnus_id: str, *, school: str | None = None) -> Dossier:
    """What the register has of an alumnus of the asker's school, which is noted.

    Raises Forbidden, UnknownId, AmbiguousId.
    """

    def work(tx: Transaction) -> Dossier:
        alumnus = lookup.alumnus(tx, asker, Action.AFTERCARE_READ, alumnus_id, school)
        tx.note(Action.AFTERCARE_READ, {"alumnus": alumnus.key})
        return _dossier(tx, app, alumnus)

    return app.store.write(work, by=asker)


def add(app: StoreApp, asker: Asker, alumnus_id: str, entry: Entry, *, school: str | None = None) -> int:
    """Adds a contact with somebody who is guided; returns its key. What others add meanwhile stays.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `aftercare_not_guided`, `aftercare_objects`,
    `aftercare_day`, `aftercare_again`.
    """

    def work(tx: Transaction) -> int:
        alumnus = lookup.alumnus(tx, asker, Action.AFTERCARE_WRITE, alumnus_id, school)
        found = _dossier(tx, app, alumnus)
        if not found.guided or found.standing is None:
            raise InvalidValue("aftercare_not_guided")
        if found.standing.case is not None:
            raise InvalidValue("aftercare_objects")
        line = _line(alumnus.key, entry, found.standing.leaver, tx.today, app)
        key = tx.aftercare.add(line)
        tx.note(Action.AFTERCARE_WRITE, {"alumnus": alumnus.key, "entry": key})
        return key

    return app.store.write(work, by=asker)


def correct(app: StoreApp, asker: Asker, alumnus_id: str, entry: int, *, school: str | None = None) -> int:
    """Adds the line by which a contact does not count any more; returns its key. Nothing is removed.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `no_such_contact`, `corrected_already`.
    """

    def work(tx: Transaction) -> int:
        alumnus = lookup.alumnus(tx, asker, Action.AFTERCARE_WRITE, alumnus_id, school)
        lines = tx.aftercare.contacts(alumnus.key)
        if not any(line.key == entry and line.corrects is None for line in lines):
            raise InvalidValue("no_such_contact")
        if any(line.corrects == entry for line in lines):
            raise InvalidValue("corrected_already")
        key = tx.aftercare.add(AftercareContact(alumnus.key, tx.today, corrects=entry))
        tx.note(Action.AFTERCARE_WRITE, {"alumnus": alumnus.key, "entry": key, "corrects": entry})
        return key

    return app.store.write(work, by=asker)


def mine(app: StoreApp, asker: Asker) -> Own:
    """What the register has of the asking alumnus. Raises Forbidden."""
    asker.own_key(Action.AFTERCARE_OBJECT)
    terms = app.aftercare_terms
    with app.store.read() as records:
        found = _dossier(records, app, lookup.own_record(records, asker))
    left_on = found.standing.leaver.left_on if found.standing else None
    return Own(
        found.guided,
        None if left_on is None else left_on + terms.guidance,
        None if left_on is None else left_on + terms.keeping,
        [line for line in found.lines if line.key in found.counting],
        current(found.cases),
    )


def object_to(
    app: StoreApp,
    asker: Asker,
    *,
    objects: bool,
    said: str = "",
    alumnus_id: str | None = None,
    school: str | None = None,
) -> None:
    """An alumnus objects to the register, or withdraws that. Until a person has decided nobody may contact them.

    It changes nothing in rankings. Nothing is written if nothing changes. Raises Forbidden, UnknownId, AmbiguousId,
    InvalidValue('aftercare_words').
    """
    words = kept(said, LONGEST, "aftercare_words")

    def work(tx: Transaction) -> None:
        key = lookup.alumnus(tx, asker, Action.AFTERCARE_OBJECT, alumnus_id, school).key
        cases = tx.aftercare_cases
        if cases.object(key, words) if objects else cases.settle(key, CaseState.WITHDRAWN):
            tx.note(Action.AFTERCARE_OBJECT, {"alumnus": key, "objects": objects})

    app.store.write(work, by=asker)


def decide(
    app: StoreApp, asker: Asker, alumnus_id: str, *, upheld: bool, because: str, school: str | None = None
) -> None:
    """A person decides on an objection, with a reason, and the alumnus is mailed.

    Upheld, nobody contacts the alumnus any more, and the contacts go (AVG 17(1)(c)). Raises Forbidden, UnknownId,
    AmbiguousId, InvalidValue: `aftercare_because`, `aftercare_words`, `aftercare_no_case`.
    """
    words = kept(because, LONGEST, "aftercare_words")
    if words is None:
        raise InvalidValue("aftercare_because")

    def work(tx: Transaction) -> None:
        alumnus = lookup.alumnus(tx, asker, Action.AFTERCARE_DECIDE, alumnus_id, school)
        if not tx.aftercare_cases.settle(alumnus.key, CaseState.UPHELD if upheld else CaseState.REJECTED, words):
            raise InvalidValue("aftercare_no_case")
        if upheld:
            tx.aftercare.forget([alumnus.key], cases=False)
        tx.outbox.add(alumnus.key, DECIDED, values={"school": alumnus.school})
        tx.note(Action.AFTERCARE_DECIDE, {"alumnus": alumnus.key, "upheld": upheld})

    app.store.write(work, by=asker)


def export(app: StoreApp, asker: Asker, path: Path, language: Language, *, school: str | None = None) -> int:
    """Writes how everybody who is guided is doing, for the regional programme, as `.xlsx` or `.csv`; how many rows.

    The columns are `COLUMNS`; whoever objects is not in it. It is in the log of each of them before the file is
    written. Raises Forbidden, UnknownId, OSError.
    """
    from matcher.spreadsheets.writer import write_rows

    owner = asker.owner(Action.AFTERCARE_EXPORT, school)
    with app.store.read() as records:
        found = [one for one in guidance.cohort(records, app.aftercare_terms, owner) if one.case is None]
    keys = [one.alumnus.key for one in found]
    for start in range(0, max(1, len(keys)), PER_ENTRY):
        app.store.write(partial(_note_export, keys[start : start + PER_ENTRY]), by=asker)
    headers = [say(language, f"aftercare.file.{name}") for name in COLUMNS]
    write_rows(path, say(language, "aftercare.file.sheet"), headers, list(_rows(found, language)))
    return len(found)


def matched(app: App, asker: Asker, alumnus_id: str, *, school: str | None = None) -> Matched:
    """Courses and alumni who went the same way, where the alumnus agreed to that.

    Each comes out of a use case of its own, with its own rights, consents and entry in the log. Raises Forbidden,
    UnknownId, AmbiguousId.
    """
    with app.store.read() as records:
        alumnus = lookup.alumnus(records, asker, Action.AFTERCARE_READ, alumnus_id, school)
        found = _dossier(records, app, alumnus)
    if not found.may_be_shown or not found.guided or found.standing is None or found.standing.case is not None:
        return Matched(found.may_be_shown)
    return Matched(True, _courses(app, asker, alumnus), _same_way(app, asker, alumnus))


def _courses(app: App, asker: Asker, alumnus: Alumnus) -> Sequence[Match] | None:
    if not asker.may(Action.RECOMMEND):
        return None
    try:
        ranking = matching.recommend(app, asker, alumnus.alumnus_id, "offerings", school=alumnus.school, top=COURSES)
    except UnknownId:  # an adviser is told of those alone who agreed to advice
        return None
    return ranking.matches


def _same_way(app: App, asker: Asker, alumnus: Alumnus) -> list[Match]:
    """The alumni who can be a mentor, did the same course and went on: the best first."""
    course = last_course(alumnus)
    if course is None or not asker.may(Action.MATCH_UNSAVED):
        return []
    ranking = matching.match_unsaved(app, asker, _wish(alumnus, course), top=LOOKED_AT)
    keys = [match.key for match in ranking.matches if match.key != alumnus.key]
    with app.store.read() as records:
        others = cast("dict[int, Alumnus]", records.records.by_key(RecordKind.ALUMNI, keys, consents=False))
    same = [match for match in ranking.matches if match.key in others and went_the_same_way(others[match.key], course)]
    return same[:SAME_WAY]


def _wish(alumnus: Alumnus, course: Qualification) -> Request:
    name = course.name or course.crebo or ""
    programme = course.crebo or course.name
    return Request(
        request_id="",
        school=alumnus.school,
        kind=RequestKind.MENTOR,
        title=name,
        programme=programme,
        level=course.level,
        town=alumnus.town,
    )


def _dossier(records: Records, app: StoreApp, alumnus: Alumnus) -> Dossier:
    key, terms = alumnus.key, app.aftercare_terms
    lines, cases = records.aftercare.contacts(key), records.aftercare_cases.of(key)
    one = leaver(alumnus)
    standing = None if one is None else guidance.standing(alumnus, one, lines, cases, terms)
    guided = one is not None and is_guided(one, records.today, terms)
    may_contact = guided and standing is not None and standing.case is None
    agrees = records.consents.objects_since(key) is None and app.terms.agrees(
        records.consents.of(key), Purpose.AFTERCARE, records.today
    )
    return Dossier(
        alumnus,
        standing,
        guided,
        (records.people.contact(key) if may_contact else None) or Contact(),
        lines,
        frozenset(line.key for line in standing.contacts) if standing else frozenset(line.key for line in lines),
        cases,
        agrees,
    )


def _line(key: int, entry: Entry, one: Leaver, today: date, app: StoreApp) -> AftercareContact:
    """The line of an entry. Raises InvalidValue."""
    on = entry.on or today
    if not one.left_on <= on <= today:
        raise InvalidValue("aftercare_day")
    if entry.again_on is not None and not today < entry.again_on <= one.left_on + app.aftercare_terms.guidance:
        raise InvalidValue("aftercare_again", last=one.left_on + app.aftercare_terms.guidance)
    return AftercareContact(key, on, entry.how, entry.outcome, entry.again_on)


def _show_of(one: Standing, today: date) -> Show:
    if one.case is not None:
        return Show.OBJECTS
    if one.next_on is None:
        return Show.DONE
    return Show.DUE if one.next_on <= today else Show.LATER


def _name(records: Records, one: Standing) -> str:
    contact = None if one.case is not None else records.people.contact(one.alumnus.key)
    return contact.name if contact else ""


def _note_export(keys: Sequence[int], tx: Transaction) -> None:
    tx.note(Action.AFTERCARE_EXPORT, {"alumni": list(keys)})


def _rows(found: Sequence[Standing], language: Language) -> Iterator[list[object]]:
    def yes_no(value: bool | None) -> str:
        return "" if value is None else say(language, f"aftercare.file.{'yes' if value else 'no'}")

    for one in found:
        course, last = one.leaver.qualification, one.contacts[-1] if one.contacts else None
        yield [
            one.alumnus.school,
            one.alumnus.alumnus_id,
            f"{one.leaver.left_on:%Y-%m}",
            yes_no(one.leaver.estimated),
            course.level if course else None,
            course.pathway.value if course and course.pathway else None,
            yes_no(one.alumnus.diploma),
            say(language, f"aftercare.priority.{one.leaver.priority.value}"),
            len(one.contacts),
            None if last is None else last.on,
            None if one.outcome is None else say(language, f"aftercare.outcome.{one.outcome.value}"),
            one.next_on,
        ]
