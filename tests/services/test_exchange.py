"""Imports and exports: what came in and what left is in the log, and only those who may do it can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import openpyxl
import pytest

from matcher.batch import top_for_all
from matcher.domain.invitations import Answer, AnswerKind, Reason
from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import Benefit, LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, UnknownId
from matcher.policy import COMMAND_LINE, JOB, LOGIN_ROLES, VISITOR, Asker, Role
from matcher.services import exports, history, imports, invitations, privacy
from matcher.services.app import App
from matcher.services.batches import Recommendations
from matcher.services.replay import replay
from matcher.spreadsheets.history import COLUMNS
from tests.support import stores
from tests.support.apps import app_of
from tests.support.files import ANYHOW, text
from tests.support.region import engine_in
from tests.support.worlds import AS_OF

OTHERS = [VISITOR, JOB, *(Asker(9, role, "Noord", 1) for role in LOGIN_ROLES)]
ALUMNI = "alumnus_id;school;woonplaats\nA-1;Noord;Zwolle\nB-1;Noord;Deventer\nB-2;;Deventer\n"


@pytest.fixture
def app(tmp_path: Path) -> App:
    return app_of(engine_in(tmp_path))


def test_an_import_is_in_the_log_with_its_counts(app: App, tmp_path: Path) -> None:
    """Kind and counts, refused rows too, in the transaction of the rows and of the town that is new in them."""
    before = stores.revision(app.store)
    imports.import_records(app, COMMAND_LINE, text(tmp_path / "a.csv", ALUMNI), RecordKind.ALUMNI, wishes=ANYHOW)
    (entry,) = stores.log(app.store)
    assert (entry.action, entry.role, dict(entry.details)) == (
        "import",
        "command_line",
        {"kind": "alumni", "created": 1, "updated": 0, "unchanged": 1, "refused": 1},
    )
    assert stores.read(app.store, lambda records: set(records.places.of(["town:deventer"]))) == {"town:deventer"}
    assert stores.revision(app.store) == before + 1


def test_an_import_without_a_good_row_is_in_the_log_too(app: App, tmp_path: Path) -> None:
    """Nothing is written but the entry."""
    before = stores.revision(app.store)
    path = text(tmp_path / "a.csv", "alumnus_id;school\nA-1;\n")
    imports.import_records(app, COMMAND_LINE, path, RecordKind.ALUMNI)
    assert dict(stores.log(app.store)[0].details)["refused"] == 1
    assert stores.revision(app.store) == before


def test_an_import_of_places_is_in_the_log(app: App, tmp_path: Path) -> None:
    """With its counts; of a trial nothing is."""
    path = text(tmp_path / "p.csv", "postcode;lat;lon\n8011;52.51;6.09\n")
    report = imports.import_places(app, COMMAND_LINE, path, dry_run=True)
    assert (report.created, stores.log(app.store)) == (1, [])
    imports.import_places(app, COMMAND_LINE, path)
    (entry,) = stores.log(app.store)
    counts = {"created": 1, "updated": 0, "unchanged": 0, "refused": 0}
    assert dict(entry.details) == {"kind": "places", **counts}


def test_an_export_is_in_the_log_before_the_file_is_written(app: App, tmp_path: Path) -> None:
    """Kind, rows and school; also where the file then cannot be written: the data were read for it."""
    assert exports.export_records(app, COMMAND_LINE, tmp_path / "a.csv", RecordKind.ALUMNI, school="Zuid") == 1
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        exports.export_records(app, COMMAND_LINE, tmp_path / "no" / "r.csv", RecordKind.REQUESTS)
    failed, written, listed = stores.log(app.store)
    assert listed.details["alumni"] == [stores.key_of(app.store, RecordKind.ALUMNI, "A-1", "Zuid")]
    assert dict(written.details) == {"kind": "alumni", "count": 1, "school": "Zuid"}
    assert dict(failed.details) == {"kind": "requests", "count": 2, "school": None}


def test_an_export_of_alumni_is_in_the_log_of_each_of_them(app: App, tmp_path: Path) -> None:
    """Names and addresses left: each alumnus in the file, and no one else, has an entry about it."""
    exports.export_records(app, COMMAND_LINE, tmp_path / "a.csv", RecordKind.ALUMNI, school="Noord")
    for alumnus in stores.alumni(app.store):
        about = stores.read(app.store, lambda records, key=alumnus.key: records.audit.about(key))
        assert [entry.action for entry in about] == (["export"] if alumnus.school == "Noord" else [])


def test_an_export_of_matches_is_in_the_log_of_each_person_in_it(app: App, tmp_path: Path) -> None:
    """Each alumnus in the file has an entry that he or she was shown, and the export has one of its own."""
    count = exports.export_matches(app, COMMAND_LINE, tmp_path / "m.csv", "nl")
    entries = stores.log(app.store)
    assert dict(entries[0].details) == {"kind": "matches", "count": count, "school": None}
    shown = {key for entry in entries[1:] for key, _ in entry.details["shown"]}
    assert count > 5
    for alumnus in stores.alumni(app.store):
        about = stores.read(app.store, lambda records, key=alumnus.key: records.audit.about(key))
        assert bool(about) is (alumnus.key in shown)
    assert sum(len(entry.details["shown"]) for entry in entries[1:]) == count


def test_an_alumnus_in_a_file_of_matches_was_shown(app: App, tmp_path: Path) -> None:
    """`person export` names each ranking of the file, with score and versions, and each can be asked again."""
    exports.export_matches(app, COMMAND_LINE, tmp_path / "m.csv", "nl")
    rankings = [entry for entry in stores.log(app.store) if entry.action == "match"]
    known = privacy.known(app, COMMAND_LINE, "A-1", school="Noord")
    shown = {line["entry"]: line["score"] for line in known["shown"]}
    key = stores.key_of(app.store, RecordKind.ALUMNI, "A-1", "Noord")
    assert shown == {
        entry.id: score for entry in rankings for alumnus, score in entry.details["shown"] if alumnus == key
    }
    assert shown
    assert {replay(app, COMMAND_LINE, entry.id) for entry in rankings} == {"same"}


@pytest.mark.parametrize("asker", OTHERS)
def test_only_the_command_line_moves_files(app: App, tmp_path: Path, asker: Asker) -> None:
    """Everyone else is refused, but for a coordinator's own lists: nothing is read, written or in the log."""
    path, out = text(tmp_path / "a.csv", ALUMNI), tmp_path / "out.csv"
    pool = app.engine.current.pool()
    best = top_for_all(pool, "offerings", app.weights, app.clock.today(), 3)
    attempts: list[Callable[[], object]] = [
        lambda: imports.import_places(app, asker, path),
        lambda: exports.export_records(app, asker, out, RecordKind.ALUMNI),
        lambda: exports.recommendations(app, asker, Recommendations(pool, "offerings", best)),
    ]
    if asker.role is Role.COORDINATOR:
        with pytest.raises(UnknownId, match="unknown_school"):
            imports.import_records(app, asker, path, RecordKind.ALUMNI, school="Zuid")
        for export in (exports.export_matches, exports.export_ledger):
            with pytest.raises(UnknownId, match="unknown_school"):
                export(app, asker, out, "nl", school="Zuid")
    else:
        attempts += [lambda: exports.export_matches(app, asker, out, "nl")]
        attempts += [lambda: exports.export_ledger(app, asker, out, "nl")]
        attempts.append(lambda: imports.import_records(app, asker, path, RecordKind.ALUMNI))
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert not out.exists()
    assert stores.log(app.store) == []


TEAM = '=HYPERLINK("https://fout.example")'
COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")


@pytest.fixture
def asked(app: App) -> App:
    """A-1 gave something, for a team with the name of a formula; A-2 said no to R-1, and A-3 to none of Noord's."""
    one, two = (stores.key_of(app.store, RecordKind.ALUMNI, number, "Noord") for number in ("A-1", "A-2"))
    request = stores.key_of(app.store, RecordKind.REQUESTS, "R-1", "Noord")
    gave = LedgerLine(one, None, LedgerEvent.CONTRIBUTED, AS_OF, kind=RequestKind.MENTOR, team=TEAM, school="Noord")
    had = LedgerLine(one, None, LedgerEvent.BENEFITED, AS_OF, school="Noord", benefit=Benefit.COURSE)
    wrong = LedgerLine(two, None, LedgerEvent.BENEFITED, AS_OF, school="Noord", benefit=Benefit.WORK)
    for line in (replace(gave, hours=1.5, students=9), had):
        stores.write(app.store, lambda tx, line=line: tx.ledger.add(line))
    taken_back = stores.write(app.store, lambda tx: tx.ledger.add(wrong))
    right = LedgerLine(two, None, LedgerEvent.CORRECTED, AS_OF, corrects=taken_back)
    stores.write(app.store, lambda tx: tx.ledger.add(right))
    invitations.invite(app, COMMAND_LINE, "R-1", "A-2", school="Noord", candidate_school="Noord")
    answer = Answer(AnswerKind.NO, Reason.NO_TIME)
    invitations.reply(app, Asker(9, Role.ALUMNUS, "Noord", two), request, answer=answer)
    return app


def sheet(path: Path) -> list[list[object]]:
    (page,) = openpyxl.load_workbook(path).worksheets
    return [list(row) for row in page.iter_rows(values_only=True)]


def test_the_ledger_of_a_school_is_a_list_that_can_be_brought_in_again(asked: App, tmp_path: Path) -> None:
    """What counts and nothing that was corrected, with numbers alone; read again, all of it is known already."""
    out = tmp_path / "l.xlsx"
    assert exports.export_ledger(asked, COORDINATOR, out, "nl") == 4
    header, *rows = sheet(out)
    assert header == list(COLUMNS)
    told = [[None if cell is None else str(cell) for cell in row] for row in rows]
    day = str(datetime.combine(AS_OF, time()))
    assert told == [
        ["A-1", day, "gegeven", "Noord", "mentor", None, TEAM, "1.5", "9", None, None],
        ["A-1", day, "gekregen", "Noord", None, None, None, None, None, "cursus", None],
        ["A-2", day, "gevraagd", "Noord", "gastles", "R-1", None, None, None, None, None],
        ["A-2", day, "nee", "Noord", "gastles", "R-1", None, None, None, None, "geen tijd"],
    ]
    for path in (out, tmp_path / "l.csv"):
        exports.export_ledger(asked, COORDINATOR, path, "nl")
        report = history.bring(asked, COMMAND_LINE, path)
        assert (report.created, report.unchanged, report.refused) == (0, 4, 0), report.problems


def test_a_formula_in_a_file_is_a_text(asked: App, tmp_path: Path) -> None:
    """In a workbook by its type, in csv behind an apostrophe."""
    exports.export_ledger(asked, COORDINATOR, tmp_path / "l.xlsx", "nl")
    (page,) = openpyxl.load_workbook(tmp_path / "l.xlsx").worksheets
    (cells,) = page.iter_cols(min_col=7, max_col=7)
    assert [cell.data_type for cell in cells if cell.value == TEAM] == ["s"]
    exports.export_ledger(asked, COORDINATOR, tmp_path / "l.csv", "nl")
    assert "'=HYPERLINK" in (tmp_path / "l.csv").read_text("utf-8-sig")


def test_a_file_of_the_ledger_is_in_the_log_of_whoever_is_in_it(asked: App, tmp_path: Path) -> None:
    """By the coordinator who made it, with how many rows; of nobody else."""
    newest = stores.log(asked.store, limit=1)[0].id
    exports.export_ledger(asked, COORDINATOR, tmp_path / "l.csv", "nl")
    counted, listed = (entry for entry in stores.log(asked.store) if entry.id > newest)
    keys = {stores.key_of(asked.store, RecordKind.ALUMNI, number, "Noord") for number in ("A-1", "A-2")}
    assert (counted.action, counted.role, counted.actor) == ("ledger.export", "coordinator", COORDINATOR.key)
    assert dict(counted.details) == {"kind": "ledger", "count": 4, "school": "Noord"}
    assert set(listed.details["alumni"]) == keys
    with pytest.raises(UnknownId):
        exports.export_ledger(asked, COMMAND_LINE, tmp_path / "l.csv", "nl", school="Nergens")


def test_a_file_of_matches_says_who_was_asked(asked: App, tmp_path: Path) -> None:
    """In the row of the list where the alumnus has one, in one of their own where not; of the own school alone."""
    out = tmp_path / "m.xlsx"
    assert exports.export_matches(asked, COORDINATOR, out, "nl") == len(sheet(out)) - 1
    header, *rows = sheet(out)
    assert header[-2:] == ["hoe het staat", "sinds"]
    states = {(row[0], row[1]): row[-2] for row in rows if row[-2]}
    assert states == {("R-1", "A-2"): "zei nee"}
    (row,) = (row for row in rows if row[-2])
    assert (row[3], row[-1]) == (None, datetime.combine(AS_OF, time())), "a no takes somebody out of the list"
    key = stores.key_of(asked.store, RecordKind.ALUMNI, "A-2", "Noord")
    about = stores.read(asked.store, lambda records: records.audit.about(key))
    assert "export.matches" in [entry.action for entry in about]
