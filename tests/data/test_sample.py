"""The synthetic sample region: it is what the generator makes, and fit for the demonstration."""

from __future__ import annotations

import csv
import runpy
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from matcher.domain.aftercare import Outcome
from matcher.domain.crebo import register
from matcher.domain.records import RecordKind
from matcher.spreadsheets.reader import read_table

DATA = Path(__file__).parents[2] / "data"
FILES = {RecordKind.ALUMNI: "alumni.xlsx", RecordKind.REQUESTS: "requests.csv", RecordKind.OFFERINGS: "offerings.xlsx"}
Rows = dict[RecordKind, list[dict[str, Any]]]


def script(name: str) -> dict[str, Any]:
    """A script of data/, as when it is started: its own folder comes first on the path."""
    sys.path.insert(0, str(DATA))
    try:
        return runpy.run_path(str(DATA / f"{name}.py"))
    finally:
        sys.path.remove(str(DATA))


@pytest.fixture(scope="module")
def maker() -> dict[str, Any]:
    return script("generate")


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


def test_the_files_of_aftercare_are_generated(tmp_path: Path) -> None:
    """The committed ones, to the byte: they hold no name, and what a list of leavers and a register can say."""
    made = script("aftercare")
    made["main"](tmp_path)
    names = (made["LEAVERS"], made["CONTACTS"])
    for name in names:
        assert (tmp_path / name).read_bytes() == (DATA / "sample" / name).read_bytes()
    with (tmp_path / names[1]).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert {row["outcome"] for row in rows} == {outcome.value for outcome in Outcome}
    assert all(made["LEFT"] < date.fromisoformat(row["on"]) < made["TODAY"] for row in rows)


def test_the_file_of_duplicates_is_generated(tmp_path: Path) -> None:
    """The committed one, to the byte; nobody in it can be reached, or agreed to anything that a list would need."""
    made = script("duplicates")
    made["main"](tmp_path)
    committed = DATA / "sample" / made["FILE"]
    assert (tmp_path / made["FILE"]).read_bytes() == committed.read_bytes()
    table = read_table(committed, RecordKind.ALUMNI, today=date(2027, 3, 1))
    assert len(table.upserts) == len(made["AGAIN"])
    assert not table.report.problems
    assert not any("consents" in row.values for row in table.upserts)
    with committed.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert all(row["email"].endswith("@voorbeeld.example") for row in rows)
    assert all(row["telefoon"].startswith("06-0000") or not row["telefoon"] for row in rows)


@pytest.mark.parametrize(("kind", "count"), [*zip(FILES, (2000, 120, 150), strict=True)])
def test_every_row_imports(kind: RecordKind, count: int) -> None:
    """All 2,000, 120 and 150 rows are read, without a problem or a note."""
    table = read_table(DATA / "sample" / FILES[kind], kind, today=date(2027, 3, 1))
    assert len(table.upserts) == count
    assert not table.report.problems
    assert not table.report.notes


def test_all_nine_kinds(region: Rows) -> None:
    """Every kind of request occurs at least eight times."""
    counts = Counter(row["soort"] for row in region[RecordKind.REQUESTS])
    assert len(counts) == 9
    assert min(counts.values()) >= 8


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


def free_texts(region: Rows) -> list[str]:
    alumni = region[RecordKind.ALUMNI]
    return [row[column] for column in ("ervaring", "vraag") for row in alumni if row.get(column)]


def test_words_vary(region: Rows) -> None:
    """At least 60 % of the sentences of alumni is distinct, and no run of five words stands in 1 % of the texts."""
    measure = script("variety")
    texts = free_texts(region)
    assert measure["distinct"](measure["sentences"](texts)) >= 0.6
    run, share = measure["commonest"](texts)
    assert share < 0.01, run


@pytest.mark.parametrize(("kind", "least"), [("requests", 115), ("offerings", 140)])
def test_titles_differ(kind: str, least: int, region: Rows) -> None:
    """Hardly a title or a description of a request or a course occurs twice."""
    for column in ("titel", "omschrijving"):
        assert len({row[column] for row in region[RecordKind(kind)]}) >= least


def test_fields_of_work(maker: dict[str, Any], region: Rows) -> None:
    """There are at least 22 fields of work, and somebody works in each."""
    works = maker["works"]()
    functions = {row["functie"].strip().lower() for row in region[RecordKind.ALUMNI] if row.get("functie")}
    assert len(works) >= 22
    for work in works:
        assert functions & {function.lower() for role in work["role"] for function in role["functions"]}, work["name"]


def test_every_function_has_words(maker: dict[str, Any]) -> None:
    """Every function has something to say and somewhere to work, and every crebo code is in the register."""
    for work in maker["works"]():
        for role in work["role"]:
            assert set(role["crebo"]) <= set(register())
            for function in role["functions"]:
                assert maker["fitting"](role["does"], function), function
                assert maker["fitting"](role["employers"], function), function


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


@pytest.fixture(scope="module")
def past() -> dict[str, Any]:
    return script("past")


def test_the_past_year_is_generated(past: dict[str, Any], tmp_path: Path) -> None:
    """The committed files of requests and of what happened are what the script writes."""
    requests, entries = past["made"]()
    past["write"](tmp_path / "past_requests.csv", RecordKind.REQUESTS, requests)
    past["write_history"](tmp_path / "history.csv", entries)
    for name in ("past_requests.csv", "history.csv"):
        assert (tmp_path / name).read_bytes() == (DATA / "sample" / name).read_bytes()


def test_in_the_past_year_nobody_was_asked_against_their_word(past: dict[str, Any], region: Rows) -> None:
    """Only for what was offered and agreed to by then, within the asks of a year; who came had said yes before."""
    requests, entries = past["made"]()
    kinds = {row["aanvraag_id"]: row["soort"] for row in requests}
    people = {(row["school"], row["alumnus_id"]): past["Person"].of(row) for row in region[RecordKind.ALUMNI]}
    asked, agreed = Counter[Any](), set()
    for entry in entries:
        who, request = (entry["school"], entry["alumnus_id"]), entry.get("aanvraag_id")
        day = date.fromisoformat(entry["datum"])
        assert day < past["AS_OF"]
        if entry["wat"] == "gevraagd":
            person = people[who]
            assert kinds[request] in person.offers & person.agreed
            assert person.since <= day
            asked[who] += 1
        if entry["wat"] == "ja":
            agreed.add((who, request))
        if entry["wat"] == "gegeven":
            assert (who, request) in agreed
    assert all(count <= people[who].budget for who, count in asked.items())
    held = {entry["aanvraag_id"] for entry in entries if entry["wat"] == "gegeven"}
    assert 0.5 < len(held) / len(requests) < 0.9


def test_the_unseen_pairs_are_those_of_the_draw() -> None:
    """The graded pairs beside the gold set are all that the seed draws, and no others."""
    with (DATA / "gold" / "unseen.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert rows[0] == [*script("unseen")["COLUMNS"], "grade"]
    assert [tuple(row[:4]) for row in rows[1:]] == script("unseen")["pairs"]()
