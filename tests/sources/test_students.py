"""Alumni out of documents of student systems: both versions, every shape, and nothing that may not be kept."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.records import Pathway, Qualification
from matcher.sources.feed import Feed
from matcher.sources.students import COHORT, LOCATION, merged, read
from tests.sources.people import FORBIDDEN, KEY, enrolment_5, enrolment_6, person_5, person_6, program_5, programme_6

TODAY = date(2027, 3, 1)
NURSE = Qualification("25480", "Mbo-Verpleegkundige", 4, Pathway.BOL, 2024)


def alumni(*documents: object, since: date | None = None) -> Feed:
    return read(documents, TODAY, school="Vechtdal", since=since)


def only(*documents: object) -> dict[str, Any]:
    (row,) = alumni(*documents).upserts
    return dict(row.values)


def codes(feed: Feed) -> list[str]:
    return [one.code for one in feed.remarks]


def test_a_person_of_v6() -> None:
    (row,) = alumni(person_6(), enrolment_6()).upserts
    assert (row.id, row.owner) == ("S-1", "Vechtdal")
    assert row.values == {
        "first_name": "Noor", "infix": "van den", "last_name": "Berg", "email": "noor1@post.example",
        "phone": "06 1234 5678", "postcode": "8011 AB", "town": "Zwolle", "qualifications": (NURSE,),
        "left_on": date(2024, 7, 5), "diploma": True, COHORT: "2020-2021", LOCATION: "ZW1",
    }  # fmt: skip


@pytest.mark.parametrize("code_type", ["nationalEducationCode", "crohoCreboCode", "programme_code", "x-crebo"])
def test_a_person_of_v5(code_type: str) -> None:
    """The crebo code under each type of code; part-time is BBL; a number for a text."""
    association = enrolment_5(code_type=code_type, person=person_5())
    (row,) = alumni(association).upserts
    assert row.id == "101"
    bbl = Qualification("25480", "Mbo-Verpleegkundige", 4, Pathway.BBL, 2024)
    assert (row.values["qualifications"], row.values["left_on"]) == ((bbl,), date(2024, 7, 5))
    assert (row.values[COHORT], row.values["phone"]) == ("2020", "0384560000")


@pytest.mark.parametrize(
    "documents",
    [
        [{"items": [person_6()]}, {"items": [enrolment_6()]}],
        [{"persons": [person_6()], "programmeOfferingAssociations": [enrolment_6()]}],
        [person_6(programmeOfferingAssociations=[enrolment_6(personId=None)])],
        [enrolment_6(personId=None, person=person_6())],
        [enrolment_6(programmeOffering=[enrolment_6()["programmeOffering"]]), person_6()],
        [[person_6(), enrolment_6()]],
        [person_6(), person_6(), enrolment_6(), enrolment_6()],
        [
            enrolment_6(programmeOffering=None, programmeOfferingId="O-VP"),
            person_6(),
            {**enrolment_6()["programmeOffering"], "programme": "P-VP"},
            programme_6(),
        ],
    ],
    ids=["pages", "lists", "inside", "expanded", "in a list", "a list", "twice", "by id"],
)
def test_every_shape_says_the_same(documents: list[object]) -> None:
    assert only(*documents) == only(person_6(), enrolment_6())


def test_nothing_else_is_read() -> None:
    """No birth, street, emergency contact, need or national number, in rows nor remarks, also of what is refused."""
    broken = person_6(2, primaryCode={"codeType": "national_identity_number", "code": "123456782"}, gender=["x"])
    odd = enrolment_6(9, personId=broken["personId"], state=["finished"], result=None)
    feed = alumni(
        person_6(), enrolment_6(), person_5(3), enrolment_5(3, personId=KEY.format(3)), broken, odd, enrolment_6(2),
        person_6(4, address="Dorpsstraat 1"), enrolment_6(4),
    )  # fmt: skip
    told = repr([row.values for row in feed.upserts]) + repr([(one.shown, one.values, one.id) for one in feed.remarks])
    assert len(feed.upserts) == 4
    assert [word for word in FORBIDDEN if word in told] == []
    assert feed.upserts[2].id == broken["personId"]
    assert not any("consents" in row.values for row in feed.upserts)


def test_who_finished_nothing_is_not_read() -> None:
    """Pending, withdrawn, failed or going on, teachers, and enrolments in courses: counted, in one remark."""
    others = [
        enrolment_6(1, state="associated", result=None),
        enrolment_6(2, state="cancelled"),
        enrolment_6(3, role="lecturer"),
        enrolment_6(4, associationType="courseOfferingAssociation"),
        enrolment_6(5, state="associated", result={"state": "completed", "pass": "failed"}),
    ]
    feed = alumni(*(person_6(number) for number in range(1, 7)), *others)
    assert feed.upserts == []
    assert [(one.code, one.values) for one in feed.remarks] == [("unfinished", {"count": 6})]


def test_a_state_that_v5_does_not_have() -> None:
    """A server that keeps to the letter of v5 says it by the result alone."""
    done = only(person_5(), enrolment_5(state="associated", personId=person_5()["personId"]))
    assert done["left_on"] == date(2024, 7, 5)


def test_who_studies_on_has_not_left() -> None:
    """Until the day that the next programme ends, where all of those are known; and not by a list alone."""
    second = enrolment_6(
        9, personId=person_6()["personId"], state="associated", result=None, actualEndDateTime=None,
        expectedEndDateTime="2028-07-01T00:00:00Z",
    )  # fmt: skip
    assert only(person_6(activeEnrolment=True), enrolment_6(), second)["left_on"] == date(2028, 7, 1)
    assert "left_on" not in only(person_6(), enrolment_6(), second | {"expectedEndDateTime": None})
    assert "left_on" not in only(person_6(activeEnrolment=True), enrolment_6())


def test_several_programmes_in_their_order() -> None:
    helper = enrolment_6(
        2, personId=person_6()["personId"], actualEndDateTime="2020-07-01", result={"state": "completed"},
        programmeOffering={"programme": programme_6(
            primaryCode={"codeType": "programme_code", "code": "92640"}, level=None, levelOfQualification="nlqf_3",
            name=[{"language": "nl-NL", "value": "Verzorgende-IG (oud)"}], modeOfStudy="dual_training",
        )},
    )  # fmt: skip
    got = only(person_6(), enrolment_6(), helper)
    old = Qualification("92640", "Verzorgende-IG (oud)", 3, Pathway.BBL, 2020)
    assert got["qualifications"] == (old, NURSE)
    assert (got["left_on"], got["diploma"]) == (date(2024, 7, 5), True)


def test_left_without_a_diploma() -> None:
    failed = enrolment_6(result={"state": "completed", "pass": "failed"})
    assert only(person_6(), failed)["diploma"] is False
    assert "diploma" not in only(person_6(), enrolment_6(result=None))


def test_what_is_not_told_is_remarked() -> None:
    """No end, another country, a degree of higher education, no programme at all, and enrolments of nobody."""
    no_end = enrolment_6(actualEndDateTime=None, result=None)
    assert "no_end" in codes(alumni(person_6(), no_end))
    abroad = alumni(person_6(address={"postCode": "48465", "city": "Bentheim", "countryCode": "DE"}), enrolment_6())
    assert codes(abroad) == ["abroad"]
    assert not {"postcode", "town"} & abroad.upserts[0].values.keys()
    bachelor = {"programme": programme_6(level="bachelor")}
    assert "not_mbo" in codes(alumni(person_6(), enrolment_6(programmeOffering=bachelor)))
    assert "no_programme" in codes(alumni(person_6(), enrolment_6(programmeOffering=None)))
    assert codes(alumni(enrolment_6())) == ["nobodys"]


def test_since_a_day() -> None:
    """Who left before that day is not read; who is, with all that they finished."""
    early = enrolment_6(7, personId=person_6()["personId"], actualEndDateTime="2019-07-01", result=None,
                        programmeOffering={"programme": programme_6(primaryCode=None, name="Helpende")})  # fmt: skip
    assert alumni(person_6(), enrolment_6(), since=date(2024, 7, 6)).upserts == []
    (row,) = alumni(person_6(), enrolment_6(), early, since=date(2024, 7, 5)).upserts
    assert len(row.values["qualifications"]) == 2  # type: ignore[arg-type]


def test_two_of_one_number() -> None:
    feed = alumni(person_6(), enrolment_6(), person_6(2, primaryCode=person_6()["primaryCode"]), enrolment_6(2))
    assert (len(feed.upserts), feed.refused, codes(feed)) == (1, 1, ["twice"])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "2024-07-05", "finished", "25480"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["code", "value", "items"]), inner),
    max_leaves=4,
)


@given(st.sampled_from([person_6, person_5, enrolment_6, enrolment_5, programme_6, program_5]), st.data())
def test_no_document_is_refused_with_an_error(make: Any, data: st.DataObject) -> None:
    """Whatever stands in the place of a value, reading goes on, and says no more of a person than before."""
    broken = make()
    for name in data.draw(st.sets(st.sampled_from(sorted(broken)), max_size=4)):
        broken[name] = data.draw(VALUES)
    feed = alumni(broken, person_6(2), enrolment_6(2))
    assert any(row.values.get("qualifications") == (NURSE,) for row in feed.upserts)
    assert "123456782" not in json.dumps([repr(row.values) + row.id for row in feed.upserts])


SOME = st.builds(
    Qualification, st.sampled_from([None, "25480", "92640"]), st.sampled_from([None, "Kok", "kok", "Kapper"]),
    st.sampled_from([None, 3]), st.just(None), st.sampled_from([None, 2020, 2024]),
)  # fmt: skip


@given(st.lists(SOME, max_size=4), st.lists(SOME, max_size=4))
def test_merging_forgets_nothing_and_settles(said: list[Qualification], known: list[Qualification]) -> None:
    """What the source says is in it, no code that was known is lost, and the same again changes nothing."""
    result = merged(said, known)
    assert {one.crebo for one in [*said, *known]} - {None} <= {one.crebo for one in result}
    assert merged(said, result) == result or len(merged(said, result)) <= len(result)
    for one in said:
        assert any(
            all(getattr(one, name) in (None, getattr(other, name)) for name in ("crebo", "name", "level", "year"))
            for other in result
        )


def test_merging_completes_what_both_know() -> None:
    listed = Qualification(None, "mbo-verpleegkundige", 4, Pathway.BOL, 2024)
    other = Qualification("95530", "Kok", 2, None, 2012)
    source = Qualification("25480", "Mbo-Verpleegkundige", None, None, 2024)
    assert merged([source], [listed, other]) == (NURSE, other)
