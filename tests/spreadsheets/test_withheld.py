"""A single BSN in a cell where it does not belong stays out, and is repeated nowhere; other numbers are not lost."""

from __future__ import annotations

import io
import json
import logging
import random
from functools import partial
from pathlib import Path

import pytest
from openpyxl import load_workbook

from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue
from matcher.locale import LANGUAGES
from matcher.spreadsheets import forms
from matcher.spreadsheets.annotate import annotated, read_remarks
from matcher.spreadsheets.recognition import Recognition
from matcher.spreadsheets.summary import sections
from matcher.spreadsheets.withheld import examples, holds_bsn, without_bsns
from tests.support.files import codes, left_out, read, text, workbook

BSN = "123456782"
"""Passes the eleven-test; nobody's."""
SENSITIVE = f"mijn bsn is {BSN}"
TEXTS = [
    "voornaam", "tussenvoegsel", "achternaam", "woonplaats", "functie", "werkgever", "sector", "vaardigheden",
    "ervaring", "zin_op_kaart", "vraag", "opleidingen", "nazorg_status", "aanbod", "vraag_soorten", "talen",
    "beschikbaarheid", "max_prijs", "pauze_tot", "diploma", "online", "naam", "opmerkingen", "crebo", "opleiding",
    "niveau", "uitstroomjaar", "toestemming", "akkoord",
]  # fmt: skip


@pytest.mark.parametrize("value", [BSN, SENSITIVE, f"{BSN[:3]}.{BSN[3:6]}.{BSN[6:]}", f"ja, BSN {BSN}"])
@pytest.mark.parametrize("header", TEXTS)
def test_it_stays_out_of_every_column(
    header: str, value: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The person comes in, row and column are named, and the number stands in nothing that is kept or shown."""
    caplog.set_level(logging.DEBUG)
    content = f"alumnus_id;email;{header}\nA-1;a@x.example;{value}\nA-2;b@x.example;\n"
    table = read(text(tmp_path / "a.csv", content))
    person = table.upserts[0]
    assert person.id == "A-1"
    told = json.dumps([table.report.to_dict(language) for language in LANGUAGES], ensure_ascii=False)
    shown = repr([*map(partial(sections, table.report), LANGUAGES), table.report.doubts])
    shown += repr(Recognition.of(table, RecordKind.ALUMNI))
    for where in (told, shown, repr(person.values), caplog.text):
        assert BSN not in "".join(char for char in where if char not in ". "), where
    guess = next(guess for guess in table.guesses if guess.header == header)
    if guess.target is not None:
        assert ("bsn", [2]) in [(code, rows) for _, code, rows in left_out(table)]


@pytest.mark.parametrize("kind", [RecordKind.REQUESTS, RecordKind.OFFERINGS])
def test_a_note_in_a_request_or_offering(kind: RecordKind, tmp_path: Path) -> None:
    """The record comes in without the note; one whose title it is has none, and is refused without repeating it."""
    own = "soort;titel" if kind is RecordKind.REQUESTS else "aanbieder;titel"
    first = "gastles" if kind is RecordKind.REQUESTS else "ROC"
    content = f"{own};omschrijving;postcode\n{first};Wond;{SENSITIVE};{BSN}\n{first};{BSN};x;\n"
    table = read(text(tmp_path / "a.csv", content), kind)
    assert [upsert.values["title"] for upsert in table.upserts] == ["Wond"]
    assert not table.upserts[0].values.get("description")
    assert {item.remark.code for item in table.report.left_out} == {"bsn"}
    assert codes(table) == [(3, "titel", "bsn")]
    assert BSN not in json.dumps(table.report.to_dict("nl"))


def test_it_changes_nothing_of_who_is_there(tmp_path: Path) -> None:
    """A cell that is not read neither states nor clears."""
    content = f"alumnus_id;voornaam;functie\nA-1;Fenna;{SENSITIVE}\nA-2;Daan;kok\n"
    first, other = read(text(tmp_path / "a.csv", content)).upserts
    assert ("function" in first.values, other.values["function"]) == (False, "kok")


def test_a_number_of_a_workbook(tmp_path: Path) -> None:
    """In a workbook it is a number and no text; the remark in the workbook that comes back does not repeat it."""
    path = workbook(tmp_path / "a.xlsx", [["voornaam", "achternaam", "opmerking", "ervaring"],
                                          ["Fenna", "Proef", int(BSN), float(BSN)]])  # fmt: skip
    table = read(path)
    assert left_out(table) == [("ervaring", "bsn", [2])]
    remarks = read_remarks(path, RecordKind.ALUMNI, table.report.to_dict("nl"), "nl")
    cell = load_workbook(io.BytesIO(annotated(path, remarks))).worksheets[0]["D2"]
    assert cell.comment is not None
    assert BSN not in cell.comment.text


def test_other_numbers_are_not_lost(tmp_path: Path) -> None:
    """10,000 random numbers of students and companies and telephone numbers, also in a text, all come in."""
    dice = random.Random(20270301)  # noqa: S311 - made numbers
    rows = [
        ";".join(
            (
                str(dice.randrange(10**8, 10**9)),
                f"Fenna;0{dice.randrange(610_000_000, 659_999_999)}",
                str(dice.randrange(10**8, 10**9)),
                f"belt met +31 {dice.randrange(610, 660)} {dice.randrange(100, 999)} {dice.randrange(100, 999)}",
            )
        )
        for _ in range(10_000)
    ]
    content = "leerlingnummer;voornaam;telefoon;leerbedrijf_id;ervaring\n" + "\n".join(dict.fromkeys(rows)) + "\n"
    table = read(text(tmp_path / "a.csv", content))
    assert not [item for item in table.report.left_out if item.remark.code == "bsn"]
    assert all(upsert.values["experience"] and upsert.values["company_id"] for upsert in table.upserts)


def test_the_examples_of_a_column() -> None:
    """Texts without such a number first; its digits are hidden."""
    assert examples([SENSITIVE, "een", "twee"]) == ("een", "twee", "mijn bsn is *********")
    assert examples(["a", BSN, "b", "c", "d"]) == ("a", "b", "c")


@pytest.mark.parametrize("field", ["experience", "skills", "first_name", "function", "town", "qualifications"])
def test_nobody_states_it(field: str) -> None:
    """A correction with such a number is refused with the field error of its own, which does not repeat it."""
    with pytest.raises(InvalidValue) as raised:
        forms.value_of(field, f"Ik ben {BSN}")
    assert (raised.value.code, dict(raised.value.values)) == ("bsn", {})
    assert forms.value_of("phone", "0612345678")


def test_a_column_without_such_numbers_costs_nothing_more() -> None:
    """It comes back as it is; equal cells are looked at once."""
    cells = ["kok", "bakker", None, 12, 3.5, True, float("nan"), float("inf"), "2014-09-01"] * 3
    raws, places = without_bsns(cells)
    assert (raws is cells, places) == (True, [])
    assert without_bsns([BSN, "kok", BSN, None]) == (["-", "kok", "-", None], [0, 2])
    assert without_bsns([BSN, int(BSN), float(BSN), True]) == (["-", "-", "-", True], [0, 1, 2])
    assert not holds_bsn("2014-09-01")
