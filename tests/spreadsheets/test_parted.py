"""A qualification in one cell with signs between its parts is a qualification, and no name."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.records import Pathway, Qualification, RecordKind
from matcher.spreadsheets import cells
from matcher.spreadsheets.columns import by_header
from tests.support.files import read, text

TODAY = date(2027, 3, 1)
COLUMN = by_header(RecordKind.ALUMNI)["opleidingen"]
IG = Qualification("25655", "Verzorgende IG", 3, None, 2019)
COOK = Qualification("25180", "Kok", 2, None, 2014)
SIGNS = ["/", " / ", " - ", ", ", ",", "\t", "_", "; ", " • "]


def found(raw: str) -> object:
    reading = cells.read(COLUMN, raw, today=TODAY)
    assert reading.left_out == ()
    return reading.value


@pytest.mark.parametrize("sign", SIGNS)
def test_any_sign_and_order(sign: str) -> None:
    """Code, name, level, pathway and year, whichever stand there, in whatever order."""
    parts = {"crebo": "25655", "name": "Verzorgende IG", "level": "3", "pathway": "BBL", "year": "2019"}
    for some in (list(parts), ["crebo", "name", "level", "year"], ["name", "year", "level"]):
        whole = {name: parts[name] for name in some}
        expected = Qualification(
            whole.get("crebo"), whole["name"], 3, Pathway.BBL if "pathway" in whole else None, int(whole["year"])
        )
        for order in permutations(some):
            assert found(sign.join(whole[name] for name in order)) == (expected,), order


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("25655/Verzorgende IG/niveau 3/2018/2019", IG),
        ("25655/Verzorgende IG/mbo-3/schooljaar 2018-2019", IG),
        ("Verzorgende IG niveau 3/25655/2019", IG),
        ("Verzorgende IG (25655) / 3 / 2019", IG),
        ("25655/3/2019", Qualification("25655", None, 3, None, 2019)),
        ("Logistiek/Transport/3/2019", Qualification(None, "Logistiek/Transport", 3, None, 2019)),
        ("MBO-Verpleegkundige/2016", Qualification(None, "MBO-Verpleegkundige", None, None, 2016)),
        ("Kok/Bakker", Qualification(None, "Kok/Bakker")),
        ("Kok, Bakker, 2014", Qualification(None, "Kok, Bakker", None, None, 2014)),
    ],
)
def test_usual_forms(raw: str, expected: Qualification) -> None:
    """School years, a name of several parts, parts within the name; what is no such text stays a name."""
    assert found(raw) == (expected,)


@pytest.mark.parametrize("between", ["; ", "\n", ", ", " en ", " & ", " + ", " / "])
def test_several_of_them(between: str) -> None:
    """Each is one of its own."""
    assert found(f"25655/Verzorgende IG/3/2019{between}25180/Kok/2/2014") == (IG, COOK)


def test_a_part_that_cannot_be_is_named() -> None:
    """The rest comes in."""
    reading = cells.read(COLUMN, "25655/Verzorgende IG/5/1019", today=TODAY)
    assert reading.value == (Qualification("25655", "Verzorgende IG"),)
    assert [(one.code, one.text) for one in reading.left_out] == [
        ("qualification_level", "5"), ("qualification_year", "1019"),
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["Opleiding", "opleidingen", "Kolom5", "Naam opleiding"])
def test_in_a_file(header: str, tmp_path: Path) -> None:
    """Under any header: the cells tell it, one or several in a cell."""
    rows = ["25655/Verzorgende IG/3/2019", "25180/Kok/2/2014", "25655/Verzorgende IG/3/2019, 25180/Kok/2/2014"]
    lines = [f"A-{place};Fenna{place};{row}" for place, row in enumerate(rows)]
    table = read(text(tmp_path / "a.csv", "\n".join([f"alumnus_id;voornaam;{header}", *lines]) + "\n"))
    assert [upsert.values["qualifications"] for upsert in table.upserts] == [(IG,), (COOK,), (IG, COOK)]


@pytest.mark.parametrize("header", ["opleiding (crebo / niv / leerweg)", "opleidingen"])
def test_a_year_beside_it_is_its_year(header: str, tmp_path: Path) -> None:
    """Level, pathway or year in a column of their own make no other qualification."""
    rows = [
        "Verzorgende IG 25655 / 3 / BBL;2019",
        "Verzorgende IG (25655) niv. 3 BBL;2019",
        "25655/Verzorgende IG/3/BBL;2019",
    ]
    lines = [f"A-{place};Fenna{place};{row}" for place, row in enumerate(rows * 3)]
    table = read(text(tmp_path / "a.csv", "\n".join([f"alumnus_id;voornaam;{header};dipl. jaar", *lines]) + "\n"))
    whole = Qualification("25655", "Verzorgende IG", 3, Pathway.BBL, 2019)
    assert [upsert.values["qualifications"] for upsert in table.upserts] == [(whole,)] * 9


@given(st.text(max_size=60))
def test_any_text(raw: str) -> None:
    """No text raises."""
    cells.read(COLUMN, raw, today=TODAY)
