"""One cell: every form that Excel and people give it."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matcher.domain.day_parts import DAY_PARTS
from matcher.domain.kinds import NeedKind, Purpose, RequestKind
from matcher.domain.records import Moment, OnlineMode, Pathway, Qualification, RecordKind
from matcher.spreadsheets.cells import CellProblem, parse
from matcher.spreadsheets.columns import Column, choices_of, columns_of, word_of
from matcher.spreadsheets.writer import day_parts_text, moment_text, qualification_text


def column(kind: str, name: str) -> Column:
    return next(one for one in columns_of(RecordKind(kind)) if one.name == name)


def value(name: str, raw: object, kind: str = "alumni") -> object:
    return parse(column(kind, name), raw, [])


GOOD = [
    ("alumnus_id", 8011.0, "8011"),
    ("alumnus_id", 20312, "20312"),
    ("alumnus_id", " 007 ", "007"),
    ("postcode", 8011.0, "8011"),
    ("postcode", "8011ab", "8011 AB"),
    ("postcode", " 8011 AB\u00a0", "8011 AB"),
    ("pauze_tot", datetime(2027, 3, 17), date(2027, 3, 17)),
    ("pauze_tot", 46463, date(2027, 3, 17)),
    ("pauze_tot", "2027-03-17", date(2027, 3, 17)),
    ("pauze_tot", "17-03-2027", date(2027, 3, 17)),
    ("pauze_tot", "17/3/2027", date(2027, 3, 17)),
    ("pauze_tot", "17 maart 2027", date(2027, 3, 17)),
    ("pauze_tot", "17 mrt. 2027", date(2027, 3, 17)),
    ("pauze_tot", "2027-03-17 00:00:00", date(2027, 3, 17)),
    ("max_prijs", "1.234,50", 1234.5),
    ("max_prijs", "€ 95,-", 95.0),
    ("max_prijs", "95 euro", 95.0),
    ("max_prijs", "1.234", 1234.0),
    ("max_prijs", 12.5, 12.5),
    ("max_afstand_km", "25 km", 25.0),
    ("max_vragen_per_jaar", 4.0, 4),
    ("online", True, True),
    ("online", "NEE", False),
    ("online", "x", True),
    ("talen", "Nederlands; en, Pools", ("nl", "en", "pl")),
    ("vaardigheden", "wondzorg;  Wondzorg ;; C++; C", ("wondzorg", "C++", "C")),
    ("aanbod", "Hybride-docent; mentor; Mentor", frozenset({RequestKind.HYBRID_TEACHER, RequestKind.MENTOR})),
    ("aanbod", "guest_lesson", frozenset({RequestKind.GUEST_LESSON})),
    ("vraag_soorten", "geen", frozenset({NeedKind.NONE})),
    ("toestemming", "llo advies; Delen met scholen", frozenset({Purpose.LLO_ADVICE, Purpose.SHARE_SCHOOLS})),
    ("beschikbaarheid", "di-middag", 1 << DAY_PARTS.index("tue-afternoon")),
    ("beschikbaarheid", "Dinsdagmiddag; tue-afternoon; di–middag", 1 << DAY_PARTS.index("tue-afternoon")),
    ("beschikbaarheid", "ma", 0b111),
    ("telefoon", 612345678, "0612345678"),
    ("functie", "de\x00 \ud800kok", "de kok"),
    ("opleidingen", "25180|Kok|2|bbl|2014", (Qualification("25180", "Kok", 2, Pathway.BBL, 2014),)),
    ("opleidingen", "25655", (Qualification(crebo="25655"),)),
    ("opleidingen", 25655.0, (Qualification(crebo="25655"),)),
    ("opleidingen", "||2||; Kok", (Qualification(level=2), Qualification(name="Kok"))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raw", "expected"), GOOD)
def test_a_cell_is_understood(name: str, raw: object, expected: object) -> None:
    """What Excel and people make of a value is that value."""
    assert value(name, raw) == expected


@pytest.mark.parametrize(
    ("kind", "name", "raw", "expected"),
    [
        ("requests", "online", "mag", OnlineMode.EITHER),
        ("requests", "online", True, OnlineMode.YES),
        ("requests", "postcode", "8012 EX", "8012"),
        ("requests", "opleiding", 25655.0, "25655"),
        ("requests", "uren_per_week", "2,5", 2.5),
        (
            "requests",
            "momenten",
            "17-03-2027 13.00–15.00; 2027-03-16 9:00 - 10:30 uur",
            (
                Moment(datetime(2027, 3, 16, 9), datetime(2027, 3, 16, 10, 30)),
                Moment(datetime(2027, 3, 17, 13), datetime(2027, 3, 17, 15)),
            ),
        ),
        ("offerings", "nlqf", "4+", 4.5),
        ("offerings", "nlqf", "NLQF 5", 5.0),
        ("offerings", "taal", "Engels", "en"),
        ("offerings", "url", "www.voorbeeld.example/a", "https://www.voorbeeld.example/a"),
    ],
)
def test_a_cell_of_a_request_or_offering_is_understood(kind: str, name: str, raw: object, expected: object) -> None:
    """The same for requests and offerings."""
    assert value(name, raw, kind) == expected


BAD = [
    ("alumni", "postcode", "0123 AB", "postcode"),
    ("alumni", "postcode", "123456", "postcode"),
    ("alumni", "pauze_tot", "31-02-2027", "no_such_day"),
    ("alumni", "pauze_tot", "2027-13-01", "no_such_day"),
    ("alumni", "pauze_tot", "1-1-0202", "absurd_year"),
    ("alumni", "pauze_tot", 12, "not_a_date"),
    ("alumni", "pauze_tot", True, "not_a_date"),
    ("alumni", "pauze_tot", time(13), "not_a_date"),
    ("alumni", "pauze_tot", "volgende week", "not_a_date"),
    ("alumni", "max_prijs", "1e5", "not_a_number"),
    ("alumni", "max_prijs", float("inf"), "not_a_number"),
    ("alumni", "max_prijs", "veel", "not_a_number"),
    ("alumni", "max_prijs", -1, "out_of_range"),
    ("alumni", "max_afstand_km", 10**30, "out_of_range"),
    ("alumni", "max_vragen_per_jaar", "2,5", "not_whole"),
    ("alumni", "max_vragen_per_jaar", 2**40, "out_of_range"),
    ("alumni", "online", "misschien", "unknown_word"),
    ("alumni", "aanbod", "gastles; zingen", "unknown_word"),
    ("alumni", "aanbod", "nazorg", "unknown_word"),
    ("alumni", "beschikbaarheid", "di-nacht", "day_part"),
    ("alumni", "talen", "nl; klingonees", "language"),
    ("alumni", "email", "jan at voorbeeld", "email"),
    ("alumni", "telefoon", "bel maar", "phone"),
    ("alumni", "functie", "#N/A", "excel_error"),
    ("alumni", "functie", "#VERW!", "excel_error"),
    ("alumni", "functie", "a" * 20_001, "too_long"),
    ("alumni", "alumnus_id", "a" * 201, "too_long"),
    ("alumni", "opleidingen", "2565|x", "crebo"),
    ("alumni", "opleidingen", "|Kok|9||", "qualification_level"),
    ("alumni", "opleidingen", "|Kok|2||1800", "qualification_year"),
    ("alumni", "opleidingen", "|Kok|2|avond|", "unknown_word"),
    ("alumni", "opleidingen", "a|b|c|d|e|f", "qualification"),
    ("requests", "momenten", "2027-03-17 15:00-13:00", "moment_order"),
    ("requests", "momenten", "2027-03-17 25:00-26:00", "no_such_time"),
    ("requests", "momenten", "dinsdag", "moment"),
    ("requests", "niveau", 5, "out_of_range"),
    ("requests", "soort", "zingen", "unknown_word"),
    ("offerings", "nlqf", "3,5", "nlqf"),
    ("offerings", "url", "javascript:alert(1)", "url"),
    ("offerings", "crebo", "ABC", "crebo"),
]


@pytest.mark.parametrize(("kind", "name", "raw", "code"), BAD)
def test_a_wrong_cell_is_refused_with_its_reason(kind: str, name: str, raw: object, code: str) -> None:
    """What cannot be used is refused, each with its own code."""
    with pytest.raises(CellProblem) as caught:
        value(name, raw, kind)
    assert caught.value.code == code


def test_unknown_crebo_and_other_names_are_noted_not_refused() -> None:
    """A crebo code that is not in the register, or has another name, is kept with a note."""
    notes: list = []
    kept = parse(column("alumni", "opleidingen"), "99999|Iets|3||; 25491|Kok|3||", notes)
    assert [item.crebo for item in kept] == ["99999", "25491"]
    assert [code for code, _ in notes] == ["crebo_unknown", "crebo_name"]


@given(st.integers(1, 2**21 - 1))
def test_day_parts_survive_being_written(mask: int) -> None:
    """Day parts written by the export are read as the same day parts."""
    assert value("beschikbaarheid", day_parts_text(mask)) == mask


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="|;\n", exclude_categories=["Cc", "Zs", "Cf"]), min_size=2
)


@given(
    st.builds(
        Qualification,
        st.none() | st.sampled_from(["25655", "99999"]),
        NAMES.filter(lambda name: value("functie", name) == name),
        st.none() | st.integers(1, 4),
        st.none() | st.sampled_from(Pathway),
        st.none() | st.integers(1940, 2100),
    )
)
@example(Qualification(None, "Kok•", None, None, None))
def test_qualifications_survive_being_written(item: Qualification) -> None:
    """A qualification written by the export is read as the same."""
    assert value("opleidingen", qualification_text(item)) == (item,)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2099, 12, 30)), st.integers(1, 600))
def test_moments_survive_being_written(start: datetime, minutes: int) -> None:
    """A moment written by the export is read as the same."""
    start = start.replace(second=0, microsecond=0)
    end = min(start.replace(hour=23, minute=59), start.fromtimestamp(start.timestamp() + 60 * minutes))
    if start < end:
        moment = Moment(start, end)
        assert value("momenten", moment_text(moment), "requests") == (moment,)


@pytest.mark.parametrize("kind", RecordKind)
def test_every_word_that_is_offered_is_accepted(kind: RecordKind) -> None:
    """Each choice of a drop-down is a value that the importer takes, and is written back as itself."""
    for one in columns_of(kind):
        for word in choices_of(one):
            parsed = parse(one, word, [])
            if one.words:
                members = parsed if isinstance(parsed, frozenset) else {parsed}
                assert [word_of(member) for member in members] == [word]


RAW = st.one_of(
    st.text(), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.times(), st.timedeltas(),
    st.text("0123456789-/.:;,| €kmauioenlNL%#+'\"=\t\n", max_size=40),
)  # fmt: skip


@given(st.sampled_from([one for kind in RecordKind for one in columns_of(kind)]), RAW)
def test_no_cell_makes_the_importer_stumble(one: Column, raw: object) -> None:
    """Whatever stands in a cell: a value, or a problem with a code; never anything else."""
    with contextlib.suppress(CellProblem):
        parse(one, raw, [])
