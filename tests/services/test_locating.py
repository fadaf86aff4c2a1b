"""Places of an import: which are written, which are in doubt, and what the report says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from matcher.domain.consent import Terms
from matcher.domain.places import Coordinates, distance_km
from matcher.domain.records import RecordKind
from matcher.gazetteer.lookup import look_up
from matcher.gazetteer.table import postcodes, replaced
from matcher.locale import Language
from matcher.policy import COMMAND_LINE
from matcher.services import imports
from matcher.services.app import StoreApp, WithoutEngine
from matcher.spreadsheets.report import Report
from matcher.store.sql_store import SqlStore
from matcher.text import town_key
from tests.support import fresh, stores
from tests.support.apps import without_engine
from tests.support.fakes import FixedClock
from tests.support.files import ANYHOW, TODAY, text, workbook

Rows = Sequence[tuple[str, str, str]]
"""Id, postcode, town."""
FORMS = (
    "Den Haag", "'s-Gravenhage", "s Gravenhage", "Den Bosch", "'s-Hertogenbosch", "Hengelo (O)", "Rijswijk ZH",
    "Nuenen c.a.", "Alphen a/d Rijn", "Alphen aan den Rijn", "Capelle a/d IJssel", "Ijmuiden", "IJMUIDEN",
    "Amsterdam Zuidoost", "Amsterdam-Noord", "ZWOLLE", "Bergen (NH)", "Lommel (B)", "Gronau", "Sittard-Geleen",
    "Westland", "Zwolle, Overijssel", "omgeving Zwolle", "Hoogezand-Sappemeer", "Súdwest-Fryslân", "Ljouwert",
)  # fmt: skip


@pytest.fixture
def app(tmp_path: Path) -> Iterator[StoreApp]:
    with without_engine(tmp_path, TODAY) as made:
        yield made


def taken_in(app: StoreApp, folder: Path, rows: Rows, *, school: str = "Vechtdal", excel: bool = False) -> Report:
    table = [("alumnus_id", "postcode", "woonplaats"), *rows]
    if excel:
        path = workbook(folder / "a.xlsx", table)
    else:
        quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in table]
        path = text(folder / "a.csv", "\n".join(";".join(row) for row in quoted) + "\n")
    return imports.import_records(app, COMMAND_LINE, path, RecordKind.ALUMNI, school=school, wishes=ANYHOW)


def places(app: StoreApp) -> dict[str, Coordinates]:
    with app.store.read() as records:
        return records.places.all()


def notes(report: Report) -> dict[str, object]:
    return {note.code: note.values.get("towns", note.values.get("rows")) for note in report.notes}


def test_csv_and_workbook_have_the_same_places(app: StoreApp, tmp_path: Path) -> None:
    """Every spelling gets the same point from both kinds of file, at most the one town of it, and no doubt is said."""
    rows = [(str(number), "", town) for number, town in enumerate(FORMS)]
    report = taken_in(app, tmp_path, rows)
    from_csv = places(app)
    assert not report.notes
    assert set(from_csv) == {town_key(town) for town in FORMS}
    assert from_csv == {town_key(town): look_up(town).point for town in FORMS}
    store = SqlStore(f"sqlite:///{tmp_path}/other.db", FixedClock(TODAY))
    fresh.migrate(store)
    other = WithoutEngine(store, FixedClock(TODAY), Terms())
    same = {"file": "a.xlsx", "sheet": "Sheet", "import_id": None}
    assert taken_in(other, tmp_path, rows, excel=True).to_dict("nl") | same == report.to_dict("nl") | same
    assert places(other) == from_csv
    store.close()


def test_each_town_of_a_request_is_looked_up(app: StoreApp, tmp_path: Path) -> None:
    """A request may name several towns, and the one that is nowhere is said; that of an alumnus is one."""
    rows = "aanvraag_id;soort;titel;plaats\n1;gastles;zorg;Zwolle / Hattem\n2;gastles;zorg;Meppel of Qwertzuiop\n"
    path = text(tmp_path / "r.csv", rows)
    report = imports.import_records(app, COMMAND_LINE, path, RecordKind.REQUESTS, school="Vechtdal", wishes=ANYHOW)
    assert set(places(app)) == {"town:zwolle", "town:hattem", "town:meppel"}
    assert notes(report)["unknown_towns"] == "Qwertzuiop"
    taken_in(app, tmp_path, [("1", "", "Almelo / Borne")])
    assert not places(app).keys() & {"town:almelo", "town:borne"}


def test_a_postcode_tells_towns_of_one_name_apart(app: StoreApp, tmp_path: Path) -> None:
    """Of a row with a postcode the postcode is located, so nothing about its town is asked."""
    report = taken_in(app, tmp_path, [("1", "1861", "Bergen"), ("2", "5854 AB", "Bergen")])
    assert not report.notes
    north, south = (places(app)[f"pc4:{pc4}"] for pc4 in ("1861", "5854"))
    assert distance_km(north, south) > 100
    assert "town:bergen" not in places(app)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_doubt_is_said_with_what_it_may_be(app: StoreApp, tmp_path: Path, language: Language) -> None:
    """A name of several places and an alternate have no coordinates; the report names the places that may be meant."""
    report = taken_in(
        app, tmp_path, [("1", "", "Bergen"), ("2", "", "Mestreech"), ("3", "", "Zwole"), ("4", "", "Hengelo")]
    )
    assert notes(report) == {
        "unsure_towns": "Bergen: Bergen (Noord-Holland) / Bergen (Limburg)?; Mestreech: Maastricht (Limburg)?",
        "unknown_towns": "Zwole: Zwolle (Overijssel)?",
        "guessed_towns": "Hengelo: Hengelo (Overijssel) / Hengelo (Gelderland)?",
    }
    assert set(places(app)) == {"town:hengelo@vechtdal"}
    assert all("Bergen" in line or "Zwole" in line or "Hengelo" in line for line in report.note_sentences(language))


def test_a_slip_in_a_town_is_a_question_with_the_town_as_an_answer(app: StoreApp, tmp_path: Path) -> None:
    """Also beside a postcode; what was answered comes in, and is not asked again. What stands there may stay."""
    rows = [("1", "8011 AA", "Zwole"), ("2", "", "Zwole"), ("3", "", "Hardenberg")]
    report = taken_in(app, tmp_path, rows)
    assert [(doubt.code, doubt.answers, doubt.stops) for doubt in report.doubts] == [
        ("town:Zwole", ("Zwolle", "Zwole"), False)
    ]
    assert town_of(app, "1") == "Zwole"
    for answer in ("Zwolle", "Zwole"):
        said = replace(ANYHOW, answers={**ANYHOW.answers, "town:Zwole": answer})
        again = imports.import_records(
            app, COMMAND_LINE, tmp_path / "a.csv", RecordKind.ALUMNI, school="Vechtdal", wishes=said
        )
        assert not again.doubts
        assert [town_of(app, id_) for id_ in ("1", "2", "3")] == [answer, answer, "Hardenberg"]


def town_of(app: StoreApp, id_: str) -> str | None:
    return {one.alumnus_id: one.town for one in stores.alumni(app.store)}[id_]


def test_each_school_means_its_own_town(app: StoreApp, tmp_path: Path) -> None:
    """The others of a school tell which Bergen it means, of another school another one; both stand in the database."""
    for school, others in (
        ("Alkmaar College", ("Alkmaar", "Schoorl", "Heiloo")),
        ("Gilde", ("Venray", "Gennep", "Boxmeer")),
    ):
        rows = [(town, "", town) for town in others]
        taken_in(app, tmp_path, rows, school=school)
        report = taken_in(app, tmp_path, [("B", "", "Bergen")], school=school)
        assert "unsure_towns" not in notes(report)
    known = places(app)
    assert known["town:bergen@alkmaarcollege"].latitude == pytest.approx(52.67, abs=0.05)
    assert known["town:bergen@gilde"].latitude == pytest.approx(51.6, abs=0.05)
    assert "town:bergen" not in known


def test_an_address_in_the_column_of_towns_is_not_repeated(app: StoreApp, tmp_path: Path) -> None:
    """Text with digits or an @ may be personal: the report counts it, and shows neither it nor what is like it."""
    report = taken_in(
        app, tmp_path, [("1", "", "Kerkstraat 12"), ("2", "", "Zwole 3"), ("3", "", "jan@voorbeeld.example")]
    )
    assert [(note.values["count"], note.values["towns"]) for note in report.notes] == [(3, "?; ?; ?")]


FOREIGN = ["B-3920", "BE 3920", "B3920", "3920 (B)", "3920 België", "48599", "D-48599", "D 48599", "48599 Duitsland"]


@pytest.mark.parametrize("postcode", FOREIGN)
def test_a_foreign_postcode_is_left_out_and_said(app: StoreApp, tmp_path: Path, postcode: str) -> None:
    """The row comes in without it, with the place of its town; it is taken for no Dutch one."""
    report = taken_in(app, tmp_path, [("1", postcode, "Gronau")])
    assert (report.created, report.refused) == (1, 0)
    assert [note.code for note in report.notes] == ["postcode_foreign"]
    assert [note.shown for note in report.notes] == [None]
    assert stores.alumni(app.store)[0].pc4 is None
    assert set(places(app)) == {"town:gronau"}


@pytest.mark.parametrize(
    ("postcode", "town", "kept"),
    [
        ("2300", "Turnhout", None),  # Leiden, if it were Dutch
        ("3920", "Lommel", None),
        ("3920 BE", "Lommel", None),
        ("2312 BE", "Leiden", "2312"),
        ("8061", "Hasselt", "8061"),
        ("3500", "Hasselt", None),
        ("2300", "Leiden", "2300"),
        ("2300", "", "2300"),
        ("NL-8011 AB", "Zwolle", "8011"),
    ],
)
def test_four_digits_are_of_the_country_of_the_town(
    app: StoreApp, tmp_path: Path, postcode: str, town: str, kept: str | None
) -> None:
    """Belgian postcodes have four digits too: next to a Belgian town they are not taken for Dutch ones."""
    report = taken_in(app, tmp_path, [("1", postcode, town)])
    assert stores.alumni(app.store)[0].pc4 == kept
    assert ("postcode_foreign" in notes(report)) == (kept is None)


def test_a_postcode_far_from_its_town_is_said(app: StoreApp, tmp_path: Path) -> None:
    """The postcode counts, and the row is named."""
    report = taken_in(app, tmp_path, [("1", "8011", "Zwolle"), ("2", "6211", "Zwolle")])
    assert notes(report) == {"far_postcodes": "3"}
    assert places(app)["pc4:6211"] == postcodes()["6211"]


def test_a_table_of_ones_own_comes_first(app: StoreApp, tmp_path: Path) -> None:
    """What `import places` brought is not asked about and not replaced."""
    own = text(tmp_path / "p.csv", "plaats;postcode;lat;lon\nBergen;;52,1;5,2\nZwolle;;52,2;5,3\n;8011;52,3;5,4\n")
    imports.import_places(app, COMMAND_LINE, own)
    before = places(app)
    report = taken_in(app, tmp_path, [("1", "", "Bergen"), ("2", "8011", "Zwolle")])
    assert (dict(notes(report)), places(app)) == ({}, before)


def test_what_an_earlier_version_put_elsewhere_is_corrected(app: StoreApp, tmp_path: Path) -> None:
    """Horn, which was put in Hoorn, and one of several Bergens go when an import names them; others stay."""
    old = {key: replaced()[key] for key in ("vlodrop", "bergen") if key in replaced()}
    assert "bergen" in old
    moved = next(
        key for key, point in replaced().items() if (now := look_up(key)).point and key.isalpha() and len(key) > 5
    )
    stored = {"town:bergen": old["bergen"], f"town:{moved}": replaced()[moved], "town:zwolle": Coordinates(52.5, 6.1)}
    app.store.write(lambda tx: tx.places.add(stored), by=COMMAND_LINE)
    report = taken_in(app, tmp_path, [("1", "", "Bergen"), ("2", "", moved), ("3", "", "Zwolle")])
    known = places(app)
    assert "town:bergen" not in known
    assert "unsure_towns" in notes(report)
    assert known["town:zwolle"] == Coordinates(52.5, 6.1)
    now = known.get(f"town:{moved}") or known[f"town:{moved}@vechtdal"]
    assert distance_km(now, replaced()[moved]) > 10


def test_a_second_import_adds_nothing(app: StoreApp, tmp_path: Path) -> None:
    """The same file again changes no place and no revision."""
    rows = [("1", "8011", "Zwolle"), ("2", "", "Hengelo"), ("3", "", "Kampen"), ("4", "", "Nergenshuizen")]
    taken_in(app, tmp_path, rows)
    before = (places(app), stores.revision(app.store))
    taken_in(app, tmp_path, rows)
    assert (places(app), stores.revision(app.store)) == before
