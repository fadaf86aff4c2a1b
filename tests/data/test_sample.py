"""The synthetic sample region: it is what the generator makes, and fit for the demonstration."""

from __future__ import annotations

import runpy
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from matcher.crebo import register
from matcher.domain import RecordKind
from matcher.importers.tabular import read_table

DATA = Path(__file__).parents[2] / "data"
FILES = {RecordKind.ALUMNI: "alumni.xlsx", RecordKind.REQUESTS: "requests.csv", RecordKind.OFFERINGS: "offerings.xlsx"}
Rows = dict[RecordKind, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def maker() -> dict[str, Any]:
    return runpy.run_path(str(DATA / "generate.py"))


@pytest.fixture(scope="module")
def region(maker: dict[str, Any]) -> Rows:
    made: Rows = maker["make"]()
    return made


def cells(path: Path) -> list[tuple[Any, ...]]:
    book = load_workbook(path, read_only=True)
    try:
        return list(book.worksheets[0].iter_rows(values_only=True))
    finally:
        book.close()


@pytest.mark.parametrize("kind", list(FILES))
def test_committed_is_generated(kind: RecordKind, maker: dict[str, Any], region: Rows, tmp_path: Path) -> None:
    """The committed files are exactly what the generator writes."""
    fresh = tmp_path / FILES[kind]
    maker["write"](fresh, kind, region[kind])
    committed = DATA / "sample" / FILES[kind]
    if fresh.suffix == ".csv":
        assert fresh.read_bytes() == committed.read_bytes()
    else:
        assert cells(fresh) == cells(committed)


@pytest.mark.parametrize(("kind", "count"), [*zip(FILES, (2000, 120, 150), strict=True)])
def test_every_row_imports(kind: RecordKind, count: int) -> None:
    """All 2,000, 120 and 150 rows are read, without a problem or a note."""
    table = read_table(DATA / "sample" / FILES[kind], kind, today=date(2027, 3, 1))
    assert len(table.upserts) == count
    assert not table.report.problems
    assert not table.report.notes


def test_all_nine_kinds(region: Rows) -> None:
    """Every kind of request occurs more than once."""
    counts = Counter(row["soort"] for row in region[RecordKind.REQUESTS])
    assert len(counts) == 9
    assert min(counts.values()) > 1


def test_three_schools_eight_providers(region: Rows) -> None:
    """Three schools, ids unique within each and shared by some, and eight providers."""
    owned = [(row["school"], row["alumnus_id"]) for row in region[RecordKind.ALUMNI]]
    assert len({school for school, _ in owned}) == 3
    assert len(set(owned)) == 2000
    assert len({own for _, own in owned}) < 2000
    assert len({row["aanbieder"] for row in region[RecordKind.OFFERINGS]}) == 8


def test_nobody_can_be_reached(region: Rows) -> None:
    """Every e-mail address is at voorbeeld.example and every telephone number in 06-0000."""
    for row in region[RecordKind.ALUMNI]:
        assert row["email"].endswith("@voorbeeld.example")
        assert row["telefoon"].startswith("06-0000")


def test_crebo_is_real(region: Rows) -> None:
    """Every qualification has the name and the level that the register gives its code."""
    for row in region[RecordKind.ALUMNI]:
        for part in row["opleidingen"].split("; "):
            crebo, name, level, *_ = part.split("|")
            entry = register()[crebo]
            assert (entry.name, str(entry.level)) == (name, level)


@pytest.mark.parametrize("column", ["ervaring", "vraag"])
def test_texts_differ(column: str, region: Rows) -> None:
    """No free text occurs more than twice, and at least 90 % occur once."""
    counts = Counter(row[column] for row in region[RecordKind.ALUMNI] if row.get(column))
    assert max(counts.values()) <= 2
    assert sum(count == 1 for count in counts.values()) >= 0.9 * counts.total()


def test_r12(region: Rows) -> None:
    """R-12 asks wound care on Tuesday or Thursday afternoon in March, and ten of the field can be asked."""
    request = next(row for row in region[RecordKind.REQUESTS] if row["aanvraag_id"] == "R-12")
    assert (request["soort"], request["dagdelen"]) == ("gastles", "di-middag; do-middag")
    assert (request["periode_van"], request["periode_tot"]) == ("2027-03-01", "2027-03-31")
    skilled = [row for row in region[RecordKind.ALUMNI] if "wondzorg" in row.get("vaardigheden", "")]
    slots = ("", "di-middag", "do-middag")
    willing = [row for row in skilled if "gastles" in row.get("toestemming", "") and "gastles" in row["aanbod"]]
    able = [r for r in willing if not r.get("pauze_tot") and any(s in r["beschikbaarheid"].split("; ") for s in slots)]
    ours = [row for row in able if row["school"] == request["school"]]
    assert len(ours) >= 10
    assert len(able) < len(willing) < len(skilled)
