"""What a school asked and got before it used this program: one row of a list is one entry of the ledger."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.domain.demands import Phase
from matcher.domain.invitations import InvitationState, Reason
from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import Benefit, LedgerEvent
from matcher.domain.records import Moment, RecordKind
from matcher.errors import MissingColumns
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import history, ledger
from matcher.services.app import App
from matcher.spreadsheets.history import read_history
from matcher.spreadsheets.report import Report
from tests.support import stores
from tests.support.apps import app_of
from tests.support.files import text
from tests.support.region import engine_in
from tests.support.stores import upsert
from tests.support.worlds import AS_OF

COORDINATOR = Asker(77, Role.COORDINATOR, "Noord")
HEADER = "alumnus_id;school;datum;wat;soort;aanvraag_id;uren;studenten;opbrengst;reden\n"
LIST = HEADER + (
    "A-1;Noord;2027-01-12;gevraagd;;R-9;;;;\n"
    "A-1;Noord;2027-01-14;nee;;R-9;;;;te ver\n"
    "A-2;Noord;15-01-2027;Gevraagd;;R-9;;;;\n"
    "A-2;Noord;16-01-2027;ja;;R-9;;;;\n"
    "A-2;Noord;2027-02-02;gegeven;;R-9;1,5;24;;\n"
    "A-2;Noord;2027-02-03;gekregen;;;;;bedankt;\n"
    "A-4;Noord;2026-11-03;gegeven;mentor;;12 uur;;;\n"
)
PAST = Upsert(
    2,
    "R-9",
    "Noord",
    {
        "kind": RequestKind.GUEST_LESSON,
        "title": "Gastles van toen",
        "moments": (Moment(datetime(2027, 2, 2, 13), datetime(2027, 2, 2, 15)),),
    },
)


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = app_of(engine_in(tmp_path))
    upsert(app.store, RecordKind.REQUESTS, [PAST])
    return app


def bring(app: App, tmp_path: Path, content: str, **how: object) -> Report:
    return history.bring(app, COMMAND_LINE, text(tmp_path / "past.csv", content), **how)  # type: ignore[arg-type]


def key_of(app: App, id_: str, kind: RecordKind = RecordKind.ALUMNI) -> int:
    return stores.key_of(app.store, kind, id_, "Noord")


def test_each_row_is_an_entry_and_the_request_is_held(app: App, tmp_path: Path) -> None:
    """Ledger, invitations with the reason of a no, and the request with its students; nothing is sent."""
    report = bring(app, tmp_path, LIST)
    assert (report.created, report.unchanged, report.refused, report.exit_code) == (7, 0, 0, 0)
    found = ledger.account(app, COORDINATOR, "A-2")
    balance = found.balance
    assert (balance.asks, balance.given, balance.hours, balance.students) == (1, 1, 1.5, 24)
    assert found.benefits == {Benefit.THANKS: 1}
    assert [(line.event, line.on, line.kind, line.school) for line in found.entries] == [
        (LedgerEvent.ASKED, date(2027, 1, 15), RequestKind.GUEST_LESSON, "Noord"),
        (LedgerEvent.ACCEPTED, date(2027, 1, 16), RequestKind.GUEST_LESSON, "Noord"),
        (LedgerEvent.CONTRIBUTED, date(2027, 2, 2), RequestKind.GUEST_LESSON, "Noord"),
        (LedgerEvent.BENEFITED, date(2027, 2, 3), None, "Noord"),
    ]
    (line,) = ledger.account(app, COORDINATOR, "A-4").entries
    assert (line.kind, line.hours, line.request_key) == (RequestKind.MENTOR, 12.0, None)
    request = key_of(app, "R-9", RecordKind.REQUESTS)
    records = stores.reading(app.store)
    assert (records.demands.state(request).phase, records.demands.state(request).students) == (Phase.HELD, 24)
    told = {
        one.alumnus_key: (one.state, one.why_not, one.asked_at.date() if one.asked_at else None)
        for one in records.invitations.of_request(request)
    }
    assert told == {
        key_of(app, "A-1"): (InvitationState.DECLINED, Reason.TOO_FAR, date(2027, 1, 12)),
        key_of(app, "A-2"): (InvitationState.ACCEPTED, None, date(2027, 1, 15)),
    }
    assert records.outbox.page(limit=10) == []
    (entry,) = [entry for entry in stores.log(app.store) if entry.action == "ledger.write"]
    assert dict(entry.details) == {"kind": "history", "created": 7, "refused": 0}


def test_the_same_list_twice_changes_nothing(app: App, tmp_path: Path) -> None:
    """Nor does it bring back what was corrected since; a row that stands in it twice happened twice."""
    twice = LIST + "A-4;Noord;2026-11-03;gegeven;mentor;;12;;;\n"
    first = bring(app, tmp_path, twice)
    assert first.created == 8
    (entry, _) = ledger.account(app, COORDINATOR, "A-4").entries
    ledger.correct(app, COORDINATOR, "A-4", entry.key)
    revision = stores.revision(app.store)
    again = bring(app, tmp_path, twice)
    assert (again.created, again.unchanged) == (0, 8)
    assert stores.revision(app.store) == revision
    assert ledger.account(app, COORDINATOR, "A-4").balance.given == 1


def test_a_trial_says_the_same_and_writes_nothing(app: App, tmp_path: Path) -> None:
    """Counts and refusals as they would be."""
    revision = stores.revision(app.store)
    report = bring(app, tmp_path, LIST + "B-9;Noord;2027-01-01;gevraagd;;;;;;\n", dry_run=True)
    assert (report.created, report.refused, report.written) == (7, 1, False)
    assert stores.revision(app.store) == revision


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("B-9;Noord;2027-01-01;gevraagd;;;;;;", "history_alumnus", "alumnus_id"),
        (";Noord;2027-01-01;gevraagd;;;;;;", "required", "alumnus_id"),
        ("A-1;;2027-01-01;gevraagd;;;;;;", "history_alumni", "alumnus_id"),
        ("A-1;Noord;2027-03-02;gevraagd;;;;;;", "history_future", "datum"),
        ("A-1;Noord;1889-03-02;gevraagd;;;;;;", "absurd_year", "datum"),
        ("A-1;Noord;30-02-2026;gevraagd;;;;;;", "no_such_day", "datum"),
        ("A-1;Noord;;gevraagd;;;;;;", "required", "datum"),
        ("A-1;Noord;2027-01-01;misschien;;;;;;", "unknown_word", "wat"),
        ("A-1;Noord;2027-01-01;gevraagd;;R-77;;;;", "history_request", "aanvraag_id"),
        ("A-1;Noord;2027-01-01;gevraagd;;;2;;;", "history_not_given", "uren"),
        ("A-1;Noord;2027-01-01;gegeven;;;0;;;", "out_of_range", "uren"),
        ("A-1;Noord;2027-01-01;gegeven;;;nan;;;", "not_a_number", "uren"),
        ("A-1;Noord;2027-01-01;gegeven;;;veel;;;", "not_a_number", "uren"),
        ("A-1;Noord;2027-01-01;gegeven;;;;-3;;", "out_of_range", "studenten"),
        ("A-1;Noord;2027-01-01;gegeven;;;;2,5;;", "not_whole", "studenten"),
        ("A-1;Noord;2027-01-01;gekregen;;;;;;", "history_benefit", "wat"),
        ("A-1;Noord;2027-01-01;gegeven;;;;;advies;", "history_not_had", "opbrengst"),
        ("A-1;Noord;2027-01-01;ja;;;;;;te ver", "history_no_no", "reden"),
        ("A-1;Noord;2027-01-01;gegeven;dansen;;;;;", "unknown_word", "soort"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_and_the_others_go_in(
    app: App, tmp_path: Path, row: str, code: str, column: str
) -> None:
    """With its row, its column and a remedy in both languages; the number of an alumnus is not repeated."""
    report = bring(app, tmp_path, HEADER + row + "\nA-2;Noord;2027-01-15;gevraagd;;;;;;\n")
    (problem,) = report.problems
    assert (problem.row, problem.column, problem.code, report.created, report.exit_code) == (2, column, code, 1, 1)
    for language in ("nl", "en"):
        sentence = report.problem_sentences(language)[0]
        assert "{" not in sentence
        assert "B-9" not in sentence


def test_a_list_of_one_school_has_no_rows_of_another(app: App, tmp_path: Path) -> None:
    """Without a column for it the school is the one that is named."""
    rows = "nummer;datum;wat\nA-1;2027-01-12;gevraagd\n".replace("nummer", "studentnummer")
    assert bring(app, tmp_path, rows, school="Noord").created == 1
    found = bring(app, tmp_path, HEADER + "A-1;Zuid;2027-01-12;gevraagd;;;;;;\n", school="Noord")
    assert [problem.code for problem in found.problems] == ["history_school"]
    with pytest.raises(MissingColumns, match="history_columns"):
        bring(app, tmp_path, "studentnummer;wat\nA-1;gevraagd\n")


def test_an_ask_of_last_week_may_still_be_answered(app: App, tmp_path: Path) -> None:
    """It is no invitation that ended; one of long ago is."""
    rows = "".join(
        f"{id_};Noord;{AS_OF - timedelta(days=days)};gevraagd;;R-1;;;;\n" for id_, days in (("A-1", 3), ("A-2", 30))
    )
    bring(app, tmp_path, HEADER + rows)
    found = stores.reading(app.store).invitations.of_request(key_of(app, "R-1", RecordKind.REQUESTS))
    assert [(one.alumnus_key, one.state) for one in found] == [(key_of(app, "A-2"), InvitationState.LAPSED)]


def test_an_answer_that_a_longer_list_adds_is_the_invitation_s_too(app: App, tmp_path: Path) -> None:
    """An ask that had no answer has it from then on; one that was answered stays, as does one without an answer."""
    asks = "".join(f"{id_};Noord;2027-01-12;gevraagd;;R-9;;;;\n" for id_ in ("A-1", "A-2", "A-4"))
    bring(app, tmp_path, HEADER + asks + "A-2;Noord;2027-01-13;nee;;R-9;;;;geen tijd\n")
    answers = "A-1;Noord;2027-01-14;nee;;R-9;;;;te ver\nA-2;Noord;2027-01-15;ja;;R-9;;;;\n"
    report = bring(app, tmp_path, HEADER + asks + answers)
    assert (report.created, report.unchanged) == (2, 3)
    found = stores.reading(app.store).invitations.of_request(key_of(app, "R-9", RecordKind.REQUESTS))
    assert {one.alumnus_key: (one.state, one.why_not, one.answered_at) for one in found} == {
        key_of(app, "A-1"): (InvitationState.DECLINED, Reason.TOO_FAR, datetime(2027, 1, 14, 12)),
        key_of(app, "A-2"): (InvitationState.DECLINED, Reason.NO_TIME, datetime(2027, 1, 13, 12)),
        key_of(app, "A-4"): (InvitationState.LAPSED, None, None),
    }


def test_an_answer_may_come_in_a_list_of_its_own(app: App, tmp_path: Path) -> None:
    """The ask of last week was no invitation that had ended; with its answer it is."""
    bring(app, tmp_path, HEADER + f"A-1;Noord;{AS_OF - timedelta(days=3)};gevraagd;;R-1;;;;\n")
    bring(app, tmp_path, HEADER + f"A-1;Noord;{AS_OF - timedelta(days=1)};later;;R-1;;;;\n")
    (kept,) = stores.reading(app.store).invitations.of_request(key_of(app, "R-1", RecordKind.REQUESTS))
    assert kept.asked_at is not None
    assert kept.answered_at is not None
    assert (kept.state, kept.asked_at.date(), kept.answered_at.date()) == (
        InvitationState.LATER,
        AS_OF - timedelta(days=3),
        AS_OF - timedelta(days=1),
    )


def test_a_school_is_kept_as_the_records_spell_it(app: App, tmp_path: Path) -> None:
    """However the list does, and for somebody who is found by a former number too."""
    rows = HEADER + "A-1; NOORD ;2027-01-12;gevraagd;mentor;;;;;\n"
    assert bring(app, tmp_path, rows).created == 1
    assert [line.school for line in ledger.account(app, COORDINATOR, "A-1").entries] == ["Noord"]


@pytest.mark.parametrize(("students", "kept"), [("1.000", 1000), ("24", 24), ("2.400", 2400)])
def test_numbers_are_read_as_in_all_lists(app: App, tmp_path: Path, students: str, kept: int) -> None:
    """A point parts thousands, in Dutch."""
    bring(app, tmp_path, HEADER + f"A-1;Noord;2027-01-12;gegeven;mentor;;;{students};;\n")
    assert [line.students for line in ledger.account(app, COORDINATOR, "A-1").entries] == [kept]


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters='";'), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[CELLS] * 10), min_size=1, max_size=6))
def test_whatever_stands_in_a_list_is_an_entry_or_is_named(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    """Each row that is not empty once."""
    path = tmp_path_factory.mktemp("past") / "past.csv"
    content = LIST + "".join(";".join(row) + "\n" for row in rows)
    lines, report = read_history(text(path, content), today=AS_OF)
    assert len(lines) >= 7
    assert len({line.row for line in lines}) == len(lines)
    assert not {line.row for line in lines} & {problem.row for problem in report.problems}
