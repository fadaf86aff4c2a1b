"""Template, export and places: what is written can be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from matcher.domain.consent import Terms
from matcher.domain.kinds import Area, Purpose
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, RecordKind
from matcher.domain.school_settings import closed_purposes
from matcher.errors import MissingColumns, UnknownId
from matcher.locale import LANGUAGES, Language
from matcher.policy import COMMAND_LINE
from matcher.services import exports, imports
from matcher.services.app import StoreApp, WithoutEngine
from matcher.spreadsheets.columns import choices_of, columns_of, open_choices
from matcher.spreadsheets.places import read_places
from matcher.spreadsheets.template import write_template
from matcher.spreadsheets.writer import write_rows
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.files import ANYHOW, TODAY, read, text, workbook

TERMS = Terms()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TODAY)


@pytest.fixture
def app(tmp_path: Path, clock: FixedClock) -> Iterator[StoreApp]:
    store = SqlStore(f"sqlite:///{tmp_path}/test.db", clock)
    fresh.migrate(store)
    yield WithoutEngine(store, clock, TERMS)
    store.close()


def places(app: StoreApp) -> dict[str, Coordinates]:
    with app.store.read() as records:
        return records.places.all()


ALUMNI_CSV = """alumnus_id;school;voornaam;email;telefoon;postcode;woonplaats;opleidingen;vaardigheden;ervaring;aanbod;\
vraag_soorten;beschikbaarheid;pauze_tot;max_afstand_km;online;talen;max_prijs;toestemming;toestemming_datum;bevoegd
A-1;Vechtdal;'=SOM(1);a@voorbeeld.example;'+31 6 00000000;8011AB;Zwolle;25180|Kok|2|BBL|2014;koken;"eerst; toen
later";gastles;cursus;di-middag;2027-04-01;12,5;ja;nl;99,95;gastles;2026-09-01;nee
A-2;IJssel;;;;;Kampen;;;;;geen;;;;;;;;;
"""


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_can_be_imported_again_and_changes_nothing(app: StoreApp, tmp_path: Path, ending: str) -> None:
    """Everything comes back as it was, formulas included as plain text: the second import changes no row."""
    imports.import_records(app, COMMAND_LINE, text(tmp_path / "a.csv", ALUMNI_CSV), RecordKind.ALUMNI)
    before = stores.revision(app.store)
    out = tmp_path / f"out.{ending}"
    assert exports.export_records(app, COMMAND_LINE, out, RecordKind.ALUMNI) == 2
    report = imports.import_records(app, COMMAND_LINE, out, RecordKind.ALUMNI)
    assert (report.created, report.updated, report.unchanged, report.refused) == (0, 0, 2, 0)
    assert stores.revision(app.store) == before
    (alumnus,) = stores.find(app.store, RecordKind.ALUMNI, "A-1")
    assert isinstance(alumnus, Alumnus)
    assert alumnus.experience == "eerst; toen\nlater"
    assert exports.export_records(app, COMMAND_LINE, out, RecordKind.ALUMNI, school="IJssel") == 1


def test_consents_of_several_days_are_not_given_one(app: StoreApp, tmp_path: Path) -> None:
    """Where the dates differ, or one is unknown, the export names none: no date is invented on the way back."""
    first = "alumnus_id;school;voornaam;toestemming;toestemming_datum\nA-1;Vechtdal;Noor;gastles;2026-02-02\n"
    more = 'alumnus_id;school;toestemming\nA-1;Vechtdal;"gastles; mentor"\n'
    for content in (first, more):
        imports.import_records(app, COMMAND_LINE, text(tmp_path / "a.csv", content), RecordKind.ALUMNI)
    exports.export_records(app, COMMAND_LINE, tmp_path / "out.csv", RecordKind.ALUMNI)
    report = imports.import_records(app, COMMAND_LINE, tmp_path / "out.csv", RecordKind.ALUMNI)
    assert report.unchanged == 1
    (alumnus,) = stores.find(app.store, RecordKind.ALUMNI, "A-1")
    assert isinstance(alumnus, Alumnus)
    given = {consent.purpose.value: consent.given_on for consent in alumnus.consents}
    assert given == {"guest_lesson": date(2026, 2, 2), "mentor": None}


def test_a_consent_whose_term_is_over_is_not_exported(app: StoreApp, clock: FixedClock, tmp_path: Path) -> None:
    """On the last day of its term a consent stands in the file, the day after it does not."""
    content = "alumnus_id;school;voornaam;toestemming;toestemming_datum\nA-1;Vechtdal;Noor;gastles;2026-02-02\n"
    imports.import_records(app, COMMAND_LINE, text(tmp_path / "a.csv", content), RecordKind.ALUMNI)
    last, out = date(2026, 2, 2) + TERMS.days(Purpose.GUEST_LESSON), tmp_path / "out.csv"
    for day, written in ((last, True), (last + timedelta(days=1), False)):
        clock.day = day
        exports.export_records(app, COMMAND_LINE, out, RecordKind.ALUMNI)
        assert ("gastles" in out.read_text("utf-8-sig").splitlines()[1]) is written


def test_an_export_of_an_unknown_school_is_refused(app: StoreApp, tmp_path: Path) -> None:
    """No empty file that looks like an answer."""
    out = tmp_path / "out.csv"
    with pytest.raises(UnknownId, match="unknown_school"):
        exports.export_records(app, COMMAND_LINE, out, RecordKind.ALUMNI, school="Onbekend")
    assert not out.exists()


def test_requests_and_offerings_come_back_too(app: StoreApp, tmp_path: Path) -> None:
    """The same for requests and offerings, with all kinds of cell."""
    files = {
        RecordKind.REQUESTS: "aanvraag_id;school;soort;titel;momenten;online;aantal_personen;uren_per_week;vog_nodig\n"
        "R-1;Vechtdal;bpv-plaats;Stage;2027-03-17 13:00-15:00;mag;2;2,5;ja\n",
        RecordKind.OFFERINGS: "aanbod_id;aanbieder;titel;nlqf;crebo;start;eind;dagdelen;vorm;prijs;taal;url\n"
        "C-1;Bibliotheek;Taal;4+;25180;2027-04-01;2027-05-01;wo;blended;0;en;https://voorbeeld.example\n",
    }
    for kind, content in files.items():
        imports.import_records(app, COMMAND_LINE, text(tmp_path / "in.csv", content), kind)
        exports.export_records(app, COMMAND_LINE, tmp_path / "out.xlsx", kind)
        report = imports.import_records(app, COMMAND_LINE, tmp_path / "out.xlsx", kind)
        assert (report.unchanged, report.updated, report.refused) == (1, 0, 0)


def test_a_formula_is_never_written(tmp_path: Path) -> None:
    """What a spreadsheet program would run is text in .xlsx and stands behind an apostrophe in .csv."""
    write_rows(tmp_path / "a.csv", "s", ["x"], [["=1+1"], ["@x"], ["-3"]])
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()[1:] == ["'=1+1", "'@x", "'-3"]
    write_rows(tmp_path / "a.xlsx", "s", ["x"], [["=1+1"]])
    assert load_workbook(tmp_path / "a.xlsx").active["A2"].data_type == "s"


def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    """A file appears whole or not at all, and nothing is left beside it."""
    (tmp_path / "a.csv").write_text("oud")

    def broken() -> Iterator[list[object]]:
        yield ["een"]
        raise KeyError

    with pytest.raises(KeyError):
        write_rows(tmp_path / "a.csv", "s", ["x"], broken())
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "oud"


@pytest.mark.parametrize("kind", RecordKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_is_a_file_that_can_be_imported(tmp_path: Path, kind: RecordKind, language: Language) -> None:
    """All columns, a drop-down per closed list, an explanation of each column, and an example row that is valid."""
    path = tmp_path / "leeg.xlsx"
    write_template(kind, path, language)
    book = load_workbook(path)
    page = book.worksheets[0]
    assert [cell.value for cell in page[1]] == [column.name for column in columns_of(kind)]
    lists = sum(bool(choices_of(column)) for column in columns_of(kind))
    assert len(page.data_validations.dataValidation) == lists
    explained = [row[1].value for row in book.worksheets[1].iter_rows(min_row=4)]
    assert explained == [column.english for column in columns_of(kind)]
    report = read(path, kind).report
    assert report.not_records == [(2, "example")]
    assert [note.code for note in report.notes if not note.key.startswith("files.")] == ["no_rows"]
    page["A2"] = "X-1"
    book.save(path)
    table = read(path, kind)
    assert [row.id for row in table.upserts] == ["X-1"]
    assert not [note for note in table.report.notes if not note.key.startswith("files.")]
    assert not table.report.left_out


def test_a_dry_run_writes_nothing(app: StoreApp, tmp_path: Path) -> None:
    """With --dry-run the report is the same and the database is as it was, places included."""
    path = text(tmp_path / "a.csv", ALUMNI_CSV)
    report = imports.import_records(app, COMMAND_LINE, path, RecordKind.ALUMNI, dry_run=True)
    assert (report.created, report.dry_run) == (2, True)
    assert (stores.revision(app.store), stores.alumni(app.store), places(app)) == (0, [], {})
    assert stores.log(app.store) == []


def test_towns_get_coordinates_and_unknown_ones_are_named(app: StoreApp, tmp_path: Path) -> None:
    """An import adds the coordinates of the towns that it names, and tells which it does not know."""
    path = text(tmp_path / "a.csv", "alumnus_id;woonplaats\n1;ZWOLLE\n2;Den Haag\n3;Nergenshuizen\n")
    report = imports.import_records(app, COMMAND_LINE, path, RecordKind.ALUMNI, school="V", wishes=ANYHOW)
    assert set(places(app)) == {"town:zwolle", "town:denhaag"}
    assert [(note.code, note.values["towns"]) for note in report.notes] == [("unknown_towns", "Nergenshuizen")]


def test_a_table_of_postcodes_can_be_imported(app: StoreApp, tmp_path: Path) -> None:
    """Postcodes or towns with coordinates are added; rows outside the Netherlands are refused, one by one."""
    rows = [
        ["postcode", "lat", "lon", "plaats"],
        [8011, 52.51, 6.09, None],
        [None, "52,6", "6,1", "Nergenshuizen"],
        [8012, 6.09, 52.51, None],
        [None, 52, 6, None],
        ["abc", 52, 6, None],
    ]
    path = workbook(tmp_path / "p.xlsx", rows)
    report = imports.import_places(app, COMMAND_LINE, path)
    assert places(app) == {"pc4:8011": Coordinates(52.51, 6.09), "town:nergenshuizen": Coordinates(52.6, 6.1)}
    assert (report.created, report.unchanged) == (2, 0)
    assert [(item.row, item.code) for item in report.problems] == [
        (4, "place_coordinates"),
        (5, "place_unnamed"),
        (6, "postcode"),
    ]
    assert imports.import_places(app, COMMAND_LINE, path).unchanged == 2
    with pytest.raises(MissingColumns):
        read_places(text(tmp_path / "q.csv", "postcode;naam\n8011;x\n"))


@pytest.mark.parametrize(("count", "parts"), [(2500, [500, 1000, 1000]), (5200, [200, 5000])])
def test_an_import_in_parts_is_the_same_as_at_once(app: StoreApp, tmp_path: Path, count: int, parts: list[int]) -> None:
    """More rows than one transaction holds all come in, and progress reaches the end; many rows go in larger parts."""
    lines = [f"A-{number};kok" for number in range(count)]
    path = text(tmp_path / "a.csv", "\n".join(["alumnus_id;functie", *lines]))
    told: list[tuple[int, int]] = []
    report = imports.import_records(
        app,
        COMMAND_LINE,
        path,
        RecordKind.ALUMNI,
        school="V",
        wishes=ANYHOW,
        progress=lambda done, total: told.append((done, total)),
    )
    assert report.created == count
    assert told[-1] == (count, count)
    assert stores.revision(app.store) == len(parts)
    assert [entry.details["created"] for entry in stores.log(app.store)] == parts


@pytest.mark.parametrize("kind", RecordKind)
def test_a_template_names_nothing_of_closed_areas(tmp_path: Path, kind: RecordKind) -> None:
    """Neither in a drop-down, nor in the explanation, nor in the example; it can still be imported."""
    path, closed = tmp_path / "leeg.xlsx", closed_purposes(frozenset({Area.AMBASSADORS}))
    write_template(kind, path, "nl", closed)
    book = load_workbook(path)
    lists = {str(cell.value) for row in book.worksheets[2].iter_rows() for cell in row if cell.value}
    explained = {
        word for row in book.worksheets[1].iter_rows(min_row=4) for word in str(row[4].value or "").split("; ")
    }
    shut = {word for column in columns_of(kind) for word in set(choices_of(column)) - set(open_choices(column, closed))}
    assert bool(shut) == (kind is not RecordKind.OFFERINGS)
    assert shut.isdisjoint(lists | explained)
    book.worksheets[0]["A2"] = "X-1"
    book.save(path)
    table = read(path, kind)
    assert [row.id for row in table.upserts] == ["X-1"]
    assert not [note for note in table.report.notes if not note.key.startswith("files.")]
