"""Columns are read as their cells are, at once; and nothing that stands in a cell makes either stumble."""

from __future__ import annotations

from datetime import date, datetime
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain.records import RecordKind
from matcher.spreadsheets import cells
from matcher.spreadsheets.cells import NOTHING, Reading
from matcher.spreadsheets.cells.fast import clean
from matcher.spreadsheets.cells.nothing import is_nothing, surely_something
from matcher.spreadsheets.cells.parsers import value_of
from matcher.spreadsheets.cells.reading import CellProblem, Page, stating, text_of
from matcher.spreadsheets.columns import Column, columns_of
from matcher.spreadsheets.writer import day_parts_text
from tests.spreadsheets.test_cells_usual import READ, TODAY, column

COLUMNS = [one for kind in RecordKind for one in columns_of(kind)]
LABELS = st.text("abcdefXYZ019-._+", min_size=1, max_size=12)
ALMOST_CLEAN = st.one_of(
    st.from_regex(r"(06|\+31 ?6|00316)[- ]?[0-9]{7,9}", fullmatch=True),
    st.from_regex(r"06[- ][0-9]{4} [0-9]{4}|06( [0-9]{2}){4}|\+31 6 [0-9]{4} [0-9]{4}", fullmatch=True),
    st.builds("{}@{}.{}".format, LABELS, LABELS, LABELS),
    st.from_regex(r"[a-zA-Z0-9_.+-]{1,66}@([a-z0-9-]{1,65}\.){1,3}[a-zA-Z]{1,21}", fullmatch=True),
    st.builds("a@b.{}".format, st.sampled_from(["test", "local", "invalid", "onion", "arpa", "alt", "example", "nl"])),
    st.dates().map(str),
    st.dates().map("{:%d-%m-%Y}".format),
    st.from_regex(r"[0-3]?[0-9]-[01]?[0-9]-(19|20)[0-9]{2}", fullmatch=True),
    st.from_regex(r"[0-9]{4} [A-Z]{2}", fullmatch=True),
    st.integers(1, 2**21 - 1).map(day_parts_text),
    st.lists(st.sampled_from(["di-middag", "do", "di-nacht", "ma-ochtend", ""]), max_size=4).map("; ".join),
    st.from_regex(r"[A-Za-z]{0,3}[-_.]?[0-9]{1,17}|[0-9]{1,3}[eE][0-9]{1,3}", fullmatch=True),
    st.lists(st.sampled_from([w for c in COLUMNS for w in c.words] + ["-", "x", ""]), max_size=4).map("; ".join),
    st.sampled_from(["geen", "-", "n.v.t.", "Null", "x", "kok", " kok", "kok ", "onbekend.", "nb", "a\x00b", "#N/B"]),
    st.text(max_size=30),
)


def same(one: Reading, other: Reading) -> bool:
    """Whether two readings say the same; problems are compared by what they name."""
    named = [[(p.code, p.text, p.values) for p in reading.left_out] for reading in (one, other)]
    plain = [(r.value, r.stated, r.notes, r.nothing) for r in (one, other)]
    return named[0] == named[1] and plain[0] == plain[1] and type(one.value) is type(other.value)


@pytest.mark.parametrize(
    "name",
    ["email", "telefoon", "pauze_tot", "postcode", "beschikbaarheid", "functie", "alumnus_id", "leerbedrijf_id",
     "aanbod", "vraag_soorten", "toestemming"],
)  # fmt: skip
@given(text=ALMOST_CLEAN)
@settings(max_examples=500)
def test_a_clean_form_has_the_value_that_the_parser_gives(name: str, text: str) -> None:
    """The pattern and the parser, with its library, agree: on the value, and that nothing is left out."""
    one = column("alumni", name)
    value = clean(one, text)
    if value is not None:
        page = Page(today=TODAY)
        assert not is_nothing(text, one)
        assert value_of(one, text, text_of(text), page) == value
        assert not page.left_out
        assert not page.notes


def by_library(address: str) -> str | None:
    """What email-validator says of an address, without our patterns."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None


@given(ALMOST_CLEAN)
def test_an_address_that_the_pattern_takes_the_library_takes(text: str) -> None:
    """email-validator gives the same address for every one that the pattern takes, but for capitals."""
    value = clean(column("alumni", "email"), text)
    assert value is None or (value == text and text.lower() == (by_library(text) or "").lower())


@given(ALMOST_CLEAN)
def test_a_number_that_the_pattern_takes_is_a_dutch_mobile_number(text: str) -> None:
    """Phonenumbers reads the same digits, and finds them possible for the Netherlands."""
    import phonenumbers

    if clean(column("alumni", "telefoon"), text) is not None:
        number = phonenumbers.parse(text, "NL")
        assert (number.country_code, str(number.national_number)[0], len(str(number.national_number))) == (31, "6", 9)


RAW = st.one_of(
    ALMOST_CLEAN, st.none(), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.times(),
    st.timedeltas(), st.sampled_from([raw for _, _, raw, _ in READ]),
    st.text("0123456789-/.:;,| €kmauioenlNL%#+'\"=\t\n()@", max_size=40),
)  # fmt: skip


@given(st.sampled_from(COLUMNS), st.lists(RAW, max_size=8))
def test_a_column_says_what_its_cells_say(one: Column, raws: list[object]) -> None:
    """Each cell, read alone and read with others, says the same; the order of a date is the only exception."""
    raws = [raw for raw in raws if not (isinstance(raw, str) and "/" in raw)]
    together = cells.read_column(one, raws, today=TODAY)
    assert len(together) == len(raws)
    for raw, reading in zip(raws, together, strict=True):
        assert same(reading, cells.read(one, raw, today=TODAY))


@given(st.sampled_from(COLUMNS), RAW)
def test_a_reading_is_a_value_or_names_what_is_left_out(one: Column, raw: object) -> None:
    """Whatever stands in a cell: a value, nothing, or a problem with a code and the text that is not used."""
    reading = cells.read(one, raw, today=TODAY)
    assert all(problem.code and problem.text for problem in reading.left_out)
    assert reading.stated or (reading.value is None and not reading.left_out)
    assert reading.stated == bool(reading.value is not None or reading.left_out or reading.notes) or one.cell in {
        "skills", "qualifications", "words", "consents", "moments", "languages", "day_parts",
    }  # fmt: skip


@given(st.sampled_from(COLUMNS), RAW)
def test_a_form_takes_what_an_import_takes_whole(one: Column, raw: object) -> None:
    """`parse` gives the value of `read` where nothing is left out, and otherwise the first problem."""
    reading = cells.read(one, raw, today=None)  # type: ignore[arg-type]  # a form knows no day
    try:
        value = cells.parse(one, raw, [])
    except CellProblem as problem:
        value, found = None, [problem.code]
    else:
        found = []
    assert found == [problem.code for problem in reading.left_out][:1]
    assert found or value == reading.value


@given(st.text(max_size=30))
def test_what_is_surely_something_is_no_word_for_nothing(text: str) -> None:
    """The quick answer is never wrong, in any column."""
    if surely_something(text):
        assert not any(is_nothing(text, one) for one in COLUMNS)


@given(st.text())
def test_the_short_way_to_a_reading_makes_the_same_reading(text: str) -> None:
    """A reading made for a clean cell equals one made as usual, in every part."""
    assert stating(text) == Reading(text, stated=True)


def test_equal_cells_of_other_types_are_told_apart() -> None:
    """1, 1.0, True and "1" are equal to Python, and not the same cell."""
    raws = [1, True, 1.0, "1", 612345678, "612345678", None]
    values = [reading.value for reading in cells.read_column(column("alumni", "functie"), raws, today=TODAY)]
    assert values == ["1", "ja", "1", "1", "612345678", "612345678", None]


class TestOrder:
    """In a column of dates, one that can only be American tells how the others are written."""

    @staticmethod
    def values(*raws: object) -> list[object]:
        readings = cells.read_column(column("alumni", "toestemming_datum"), raws, today=TODAY)
        return [reading.value or reading.left_out[0].code for reading in readings]

    def test_day_first_unless_something_tells_otherwise(self) -> None:
        """Dutch dates have the day first."""
        assert self.values("10/12/2026", "03/04/2026") == [date(2026, 12, 10), date(2026, 4, 3)]

    def test_one_american_date_turns_the_others(self) -> None:
        """As in an answer of a form that was filled in with American settings: all of one file are written alike."""
        values = self.values("10/12/2026 7:30", "10/30/2026 13:03", "5-4-2026", datetime(2026, 4, 5), "2026-04-05")
        assert values == [date(2026, 10, 12), date(2026, 10, 30), *[date(2026, 4, 5)] * 3]

    def test_a_turned_date_is_named(self) -> None:
        """The remark says which day was read."""
        readings = cells.read_column(column("alumni", "pauze_tot"), ["10/12/2026", "10/30/2026"], today=TODAY)
        assert [reading.notes for reading in readings] == [
            (("american_date", {"day": day}),) for day in ("2026-10-12", "2026-10-30")
        ]

    def test_where_both_orders_occur_nothing_is_guessed(self) -> None:
        """A date that could be either is left out."""
        values = self.values("10/12/2026", "10/30/2026", "30/10/2026", "10/10/2026")
        assert values == ["date_order", date(2026, 10, 30), date(2026, 10, 30), date(2026, 10, 10)]


@pytest.mark.parametrize("raw", ["-", "n.v.t."])
def test_a_column_of_nothing_is_nothing(raw: str) -> None:
    """The words for nothing are told in the fast path too."""
    assert cells.read_column(column("alumni", "telefoon"), [raw, raw], today=TODAY) == [NOTHING, NOTHING]


PIECES = (
    "a ",
    "1-",
    "a@b.",
    "06 ",
    "di/",
    "1. x ",
    " ",
    "(",
    "en ",
    "a, ",
    "13:00-",
    "|",
    "- ",
    "9",
    "p.p. ",
    "a" + " " * 50,
)


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_cell_takes_no_longer_than_a_short_one(piece: str) -> None:
    """Twenty thousand characters that nearly fit a pattern are read or left out in a second, in every column."""
    types = {one.cell: one for one in COLUMNS}
    whole = (piece * 20_000)[:19_990]
    for one in types.values():
        for text in (f"a{whole}!", f"8011 {whole}", f"{whole}x"):
            start = process_time()
            cells.read(one, text, today=TODAY)
            assert process_time() - start < 1, one.name
    start = process_time()
    cells.split_name(whole)
    cells.postcode_and_town(f"a{whole}!")
    cells.qualification(name=whole, level=whole, year=whole, today=TODAY)
    assert process_time() - start < 1
