"""How long data are kept: each step on its day, none for alumni who answer, and none by a clock that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from matcher.domain.consent import Terms
from matcher.domain.invitations import InvitationState
from matcher.domain.kinds import Purpose, mask_of
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.engine import open_engine
from matcher.errors import Forbidden, JobRefused
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.pool.columns import day_number
from matcher.repositories import Transaction
from matcher.repositories.values import NOBODY, LogEntry, Upsert
from matcher.services import jobs, privacy, retention
from matcher.services.app import App, JobLimits
from matcher.services.retention import DueToday
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import store_in
from tests.support.stores import alumni, read

TERMS = Terms(12, {Purpose.MENTOR: 6})
GIVEN = date(2027, 1, 1)
ASK, REMIND, ERASE = date(2028, 1, 3), date(2028, 2, 2), date(2028, 3, 3)
UNLIMITED = JobLimits(days_ahead=36_500, share=1.0)
"""For tests that let a year go by between two runs."""


@pytest.fixture
def app(tmp_path: Path) -> App:
    """An installation with one alumnus, who agreed to two purposes on the same day, and a mail server."""
    clock = FixedClock(GIVEN)
    store = store_in(tmp_path, clock)
    for key in [one.key for one in alumni(store)]:
        store.write(lambda tx, key=key: tx.people.erase(key, []), by=COMMAND_LINE)
    app = App(store, open_engine(store, HashEncoder(), terms=TERMS), clock, TERMS, UNLIMITED, sends_mail=True)
    add(app, "B-1", consents=frozenset({Purpose.MENTOR, Purpose.GUEST_LESSON}), consent_date=GIVEN)
    return app


def add(app: App, *ids: str, email: bool = True, **values: object) -> None:
    """Imports alumni, with an address each."""
    rows = [
        Upsert(
            row, id_, "Noord", {"town": "Zwolle", **({"email": f"{id_}@voorbeeld.example"} if email else {}), **values}
        )
        for row, id_ in enumerate(ids, 2)
    ]
    stores.upsert(app.store, RecordKind.ALUMNI, rows)


def ids(app: App) -> list[str]:
    return sorted(one.alumnus_id for one in alumni(app.store))


def entries(app: App, *actions: str) -> list[LogEntry]:
    """The entries of the log with these actions, or all, the oldest first."""
    return read(app.store, lambda records: list(records.audit.stream(actions=set(actions) or None)))


def set_day(app: App, day: date) -> None:
    cast("FixedClock", app.clock).day = day


def send_mail(app: App) -> list[str]:
    """Sends what waits in the outbox, as the sender does; the steps of retention that were sent."""
    steps: list[str] = []

    def work(tx: Transaction) -> None:
        while (mail := tx.deliveries.take()) is not None:
            step = mail.message.removeprefix("retention_")
            steps.append(step)
            tx.deliveries.finish(mail, "sent")
            tx.retention.record(mail.alumnus_key, step)
            tx.note(f"retention.{step}", {"alumnus": mail.alumnus_key})

    app.store.write(work, by=JOB)
    return steps


def run(app: App, *, even_so: bool = False) -> DueToday:
    return retention.run(app, JOB, log_months=240, even_so=even_so)


def on(app: App, day: date) -> tuple[dict[str, int], list[str]]:
    """What the job does on a day, and which mails are sent on that day."""
    set_day(app, day)
    planned = retention.plan(app, JOB).counts
    done = run(app).counts
    assert planned == done
    return {name: count for name, count in done.items() if count}, send_mail(app)


def test_each_step_comes_on_its_day(app: App) -> None:
    """The shorter term ends first; then the rest, a question, a reminder, and erasure with nothing left."""
    assert on(app, GIVEN) == ({}, [])
    assert on(app, date(2027, 7, 4)) == ({"lapse": 1}, [])
    assert on(app, date(2027, 12, 31)) == ({}, [])
    assert on(app, ASK) == ({"lapse": 1, "ask": 1}, ["ask"])
    assert on(app, date(2028, 1, 4)) == ({}, [])
    assert on(app, REMIND) == ({"remind": 1}, ["remind"])
    assert on(app, date(2028, 3, 2)) == ({}, [])
    assert on(app, ERASE) == ({"erase": 1}, [])
    assert alumni(app.store) == []
    told = {"person.erase", "retention.remind", "retention.ask", "retention.lapse"}
    actions = [entry.action for entry in reversed(entries(app)) if entry.action in told][:5]
    assert actions == ["person.erase", "retention.remind", "retention.ask", "retention.lapse", "retention.lapse"]


def test_an_address_that_was_refused_is_left_alone_for_a_month(app: App) -> None:
    """No new question every day; after thirty days one more try. Old messages go with the log."""
    set_day(app, ASK)
    assert run(app).counts["ask"] == 1

    def refuse(tx: Transaction) -> None:
        mail = tx.deliveries.take()
        assert mail is not None
        tx.deliveries.finish(mail, "refused", problem="recipient_refused 550")

    app.store.write(refuse, by=JOB)
    for days, asked in ((1, 0), (29, 0), (30, 1)):
        set_day(app, ASK + timedelta(days=days))
        assert run(app).counts["ask"] == asked
    set_day(app, ASK + timedelta(days=250))
    retention.run(app, JOB, log_months=6)
    with app.store.read() as records:
        assert [mail.state for mail in records.outbox.page(states=["refused"])] == []


def test_every_step_is_in_the_log(app: App) -> None:
    """Whom a run touched, by random key, and that it ran: also what leads to a mail, before it is sent."""
    (key,) = (one.key for one in alumni(app.store))
    set_day(app, ASK)
    run(app)
    details = [(entry.action, entry.role, entry.details) for entry in entries(app)[-3:]]
    assert details == [
        ("retention.lapse", "job", {"alumni": [key], "consents": 2}),
        ("retention.mail", "job", {"alumnus": key, "message": "retention_ask"}),
        ("retention.run", "job", {"lapse": 2, "ask": 1, "remind": 0, "erase": 0}),
    ]
    assert [entry.action for entry in read(app.store, lambda records: records.audit.about(key))][:2] == [
        "retention.mail",
        "retention.lapse",
    ]


def test_only_the_command_line_and_the_job_may(app: App) -> None:
    """No role of a school runs it, or sees what it would do."""
    for role in (Role.TEACHER, Role.COORDINATOR, Role.PRIVACY_OFFICER, Role.ALUMNUS):
        with pytest.raises(Forbidden):
            retention.plan(app, Asker(7, role, "Noord"))
        with pytest.raises(Forbidden):
            retention.run(app, Asker(7, role, "Noord"), log_months=24)
    assert retention.plan(app, COMMAND_LINE) == retention.plan(app, JOB)


def test_a_term_ends_without_the_job(app: App) -> None:
    """On the day after its last, whatever else changes; and reading that writes nothing."""
    revision = read(app.store, lambda records: records.changes.revision())
    set_day(app, date(2027, 7, 2))
    held = purposes(app)
    set_day(app, date(2027, 7, 4))
    assert held == {Purpose.MENTOR, Purpose.GUEST_LESSON}
    assert purposes(app) == {Purpose.GUEST_LESSON}
    assert read(app.store, lambda records: records.changes.revision()) == revision
    add(app, "B-2", consents=frozenset({Purpose.MENTOR}), consent_date=GIVEN)
    assert purposes(app) == {Purpose.GUEST_LESSON}
    assert ends(app) == {None}


def purposes(app: App) -> set[Purpose]:
    """The purposes for which a consent is in force today, of any alumnus in the pool."""
    masks = app.engine.current.pool().consents_on(day_number(app.clock.today())).tolist()
    return {purpose for purpose in Purpose for mask in masks if mask & mask_of(frozenset({purpose}))}


def ends(app: App) -> set[date | None]:
    """The days on which the stored consents were withdrawn."""
    return {consent.withdrawn_on for _, consent in read(app.store, lambda records: list(records.consents.all()))}


@pytest.mark.parametrize("mails", [False, True])
def test_who_cannot_be_asked_is_not_erased(app: App, mails: bool) -> None:
    """Without mail, or without an address, nothing is sent: then nobody was asked, and nobody goes."""
    if mails:
        key = alumni(app.store)[0].key
        app.store.write(lambda tx: tx.people.correct(key, "email", None), by=COMMAND_LINE)
    app = replace(app, sends_mail=mails)
    for day in (ASK, REMIND, ERASE, date(2028, 9, 3)):
        set_day(app, day)
        done = run(app).counts
        assert (done["ask"], done["remind"], done["erase"]) == (0, 0, 0)
        assert send_mail(app) == []
    assert ids(app) == ["B-1"]


def test_a_question_counts_from_the_day_on_which_it_was_sent(app: App) -> None:
    """While its mail waits nothing is asked again, and the thirty days have not begun."""
    set_day(app, ASK)
    assert run(app).counts["ask"] == 1
    late = ASK + timedelta(days=9)
    for day in (ASK, ASK + timedelta(days=1), late):
        set_day(app, day)
        assert run(app).counts["ask"] == 0
    assert send_mail(app) == ["ask"]
    assert on(app, REMIND) == ({}, [])
    assert on(app, late + timedelta(days=29)) == ({}, [])
    set_day(app, late + timedelta(days=30))
    assert run(app).counts["remind"] == 1
    set_day(app, late + timedelta(days=300))
    assert run(app).counts == {"lapse": 0, "ask": 0, "remind": 0, "erase": 0}
    assert send_mail(app) == ["remind"]
    assert on(app, late + timedelta(days=329)) == ({}, [])
    assert on(app, late + timedelta(days=330)) == ({"erase": 1}, [])


@dataclass
class BeforeWrites:
    """A store that does something before some of its writes, as another process may: the first has number 1."""

    store: Any
    does: Callable[[int], None]
    writes: int = field(default=0)

    def write(self, work: Callable[[Transaction], Any], *, by: Asker) -> Any:
        self.writes += 1
        self.does(self.writes)
        return self.store.write(work, by=by)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def with_store(app: App, store: BeforeWrites) -> App:
    """The same installation on another store; what has been set on its engine is set again."""
    engine = open_engine(cast("SqlStore", store), app.engine.vectors.encoder, terms=app.terms)
    return replace(app, store=cast("SqlStore", store), engine=engine)


def test_a_run_that_stops_mails_no_one_twice(app: App) -> None:
    """A mail that stands in the outbox when a run is stopped is not added again; the next run adds the others."""
    add(app, "B-2", "B-3", "B-4")

    def stop(number: int) -> None:
        if number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(with_store(app, BeforeWrites(app.store, stop)))
    assert read(app.store, jobs.last_day) is None
    assert len(stores.mails(app.store)) == 1
    assert run(app).counts["ask"] == 2
    mails = [mail.alumnus_key for mail in stores.mails(app.store)]
    assert sorted(mails) == sorted(one.key for one in alumni(app.store) if one.alumnus_id != "B-1")


def test_mail_tells_the_school(app: App) -> None:
    """The words of the message say which school asks."""
    set_day(app, ASK)
    run(app)
    (mail,) = stores.mails(app.store)
    assert (mail.message, dict(mail.values)) == ("retention_ask", {"school": "Noord"})


@pytest.mark.parametrize("says", ["keep", "consent"])
def test_who_answers_is_left_alone(app: App, says: str) -> None:
    """Saying that the data may stay, or a new consent, begins a new term."""
    on(app, ASK)
    day = date(2028, 1, 20)
    set_day(app, day)
    answer(app, says)
    assert read(app.store, lambda records: records.retention.all()) == {}
    for later in (0, 1, 30, 60, 120, 360):
        assert on(app, day + timedelta(days=later)) == ({}, [])


def answer(app: App, says: str) -> None:
    """The alumnus says that the data may stay, or gives a consent."""
    if says == "keep":
        privacy.keep(app, COMMAND_LINE, "B-1")
    else:
        privacy.give(app, COMMAND_LINE, Purpose.GUEST_LESSON, given=True, alumnus_id="B-1")


@pytest.mark.parametrize("says", ["keep", "consent"])
def test_an_answer_between_plan_and_erasure_wins(app: App, says: str) -> None:
    """An alumnus who answers when it is decided, but not yet done, stays, with the consent that was given."""
    on(app, ASK)
    on(app, REMIND)
    set_day(app, ERASE)
    assert retention.plan(app, JOB).counts["erase"] == 1

    def answers(number: int) -> None:
        if number == 1:
            answer(app, says)

    store = BeforeWrites(app.store, answers)
    done = run(with_store(app, store))
    assert (store.writes > 0, done.erase, done.found_in) == (True, (), ())
    assert ids(app) == ["B-1"]
    assert entries(app, "person.erase")[-1].at < entries(app, "retention.run")[0].at
    assert read(app.store, lambda records: records.retention.all()) == {}
    assert on(app, ERASE + timedelta(days=1)) == ({}, [])
    assert purposes(app) == ({Purpose.GUEST_LESSON} if says == "consent" else set())


@pytest.mark.parametrize("step", ["ask", "remind"])
def test_an_answer_while_mails_go_out_wins(app: App, step: str) -> None:
    """An alumnus who gives a consent when it is decided to mail, but not yet done, gets no mail."""
    if step == "remind":
        on(app, ASK)
    else:
        on(app, date(2027, 12, 31))
        app.store.write(lambda tx: tx.consents.end([(alumni(app.store)[0].key, Purpose.GUEST_LESSON)]), by=JOB)
    set_day(app, {"ask": ASK, "remind": REMIND}[step])
    assert retention.plan(app, JOB).counts == {"lapse": 0, "ask": 0, "remind": 0, "erase": 0, step: 1}

    def answers(number: int) -> None:
        if number == 1:
            answer(app, "consent")

    assert run(with_store(app, BeforeWrites(app.store, answers))).counts[step] == 0
    assert send_mail(app) == []


def test_a_renewal_between_plan_and_end_wins(app: App) -> None:
    """A consent that is given again when it is decided to end it goes on."""
    set_day(app, date(2027, 7, 4))

    def answers(number: int) -> None:
        if number == 1:
            privacy.give(app, COMMAND_LINE, Purpose.MENTOR, given=True, alumnus_id="B-1")

    assert run(with_store(app, BeforeWrites(app.store, answers))).lapse == ()
    assert purposes(app) == {Purpose.MENTOR, Purpose.GUEST_LESSON}


def test_who_was_asked_lately_is_kept(app: App) -> None:
    """What somebody was asked for counts as a sign of life."""
    (key,) = (one.key for one in alumni(app.store))
    request: Any = read(app.store, lambda records: next(iter(records.records.stream(RecordKind.REQUESTS))))
    line = LedgerLine(key, request.key, LedgerEvent.ASKED, date(2027, 12, 1))
    app.store.write(lambda tx: tx.ledger.add(line), by=COMMAND_LINE)
    assert on(app, ASK) == ({"lapse": 1 + 1}, [])
    assert on(app, date(2028, 11, 30)) == ({}, [])
    assert on(app, date(2028, 12, 3)) == ({"ask": 1}, ["ask"])


def test_a_consent_without_a_day_has_ended(app: App) -> None:
    """Nobody can say that its term is not over; until the job ends it, it counts."""
    add(app, "B-2", consents=frozenset({Purpose.FEEDBACK}), consent_date=None)
    set_day(app, date(2199, 1, 1))
    assert purposes(app) == {Purpose.FEEDBACK}
    assert on(app, GIVEN) == ({"lapse": 1, "ask": 1}, ["ask"])
    assert purposes(app) == {Purpose.MENTOR, Purpose.GUEST_LESSON}


def test_an_objection_is_no_reason_to_erase(app: App) -> None:
    """Who objects to being ranked keeps the consents for later: they end on the same days, and nobody asks sooner."""
    privacy.object_to_ranking(app, COMMAND_LINE, objects=True, alumnus_id="B-1")
    assert purposes(app) == set()
    assert on(app, date(2027, 1, 2)) == ({}, [])
    assert on(app, date(2027, 7, 4)) == ({"lapse": 1}, [])
    privacy.object_to_ranking(app, COMMAND_LINE, objects=False, alumnus_id="B-1")
    (one,) = alumni(app.store)
    today = app.clock.today()
    in_force = [consent.purpose for consent in one.consents if TERMS.in_force(consent, today)]
    assert in_force == [Purpose.GUEST_LESSON]
    assert purposes(app) == {Purpose.GUEST_LESSON}


def test_many_are_erased_at_once(app: App) -> None:
    """Each with an entry in the log, and nobody is left in tables or pool."""
    add(app, *(f"B-{number}" for number in range(2, 7)))
    assert on(app, GIVEN) == ({"ask": 5}, ["ask"] * 5)
    assert on(app, date(2027, 2, 1)) == ({"remind": 5}, ["remind"] * 5)
    assert on(app, date(2027, 3, 4)) == ({"erase": 5}, [])
    assert ids(app) == ["B-1"]
    assert len(app.engine.current.pool().people) == 1
    gone = entries(app, "person.erase")
    assert {entry.details["alumnus"] for entry in gone} == {NOBODY}
    assert len(gone) >= 5


def test_old_entries_go_with_the_run(app: App) -> None:
    """Those from before the months that the log is kept, and the rest still verifies."""
    set_day(app, GIVEN + timedelta(days=300))
    before = len(entries(app))
    done = retention.run(app, JOB, log_months=6)
    assert 0 < done.log <= before
    assert read(app.store, lambda records: records.audit.verify()).wrong is None


def test_what_was_written_about_an_invitation_goes_in_time(app: App) -> None:
    """180 days after it ended and after its moment; a yes without one, or a place in the queue, after a year."""
    key, request = alumni(app.store)[0].key, stores.key_of(app.store, RecordKind.REQUESTS, "R-1", "Noord")
    cases: dict[str, tuple[InvitationState, dict[str, object], int | None]] = {
        "no": (InvitationState.DECLINED, {"answered_at": noon(0)}, 180),
        "ended": (InvitationState.LAPSED, {"asked_at": noon(0)}, 180),
        "came": (InvitationState.ACCEPTED, {"answered_at": noon(0), "moment": noon(100)}, 280),
        "mentor": (InvitationState.ACCEPTED, {"answered_at": noon(0)}, 365),
        "waits": (InvitationState.ASKED, {"asked_at": noon(0)}, None),
        "queued": (InvitationState.QUEUED, {"created_at": noon(0)}, 365),
    }
    for name, (state, values, _) in cases.items():
        stores.writing(app.store).invitations.add(
            key, request, state, words=f"[{name}]", said=name, **{"created_at": noon(0), **values}
        )
    for day in (180, 181, 280, 281, 365, 366):
        set_day(app, GIVEN + timedelta(days=day))
        retention.run(app, JOB, log_months=240)
        kept = {one.said: one.words for one in stores.reading(app.store).invitations.of_request(request) if one.said}
        left = {name for name, (_, _, days) in cases.items() if days is None or days >= day}
        assert kept == {name: f"[{name}]" for name in left}, day
    assert len(stores.reading(app.store).invitations.of_request(request)) == len(cases)


def noon(days: int) -> datetime:
    return datetime.combine(GIVEN + timedelta(days=days), time(12))


# ---- a clock or a number that cannot be right


def test_the_first_run_is_judged_by_the_last_change(app: App) -> None:
    """Without a run before, a day more than 60 days after the newest revision is refused, an earlier one is not."""
    app = replace(app, job_limits=JobLimits())
    changed_on = date.fromisoformat(app.store.origin().split()[1][:10])
    set_day(app, changed_on + timedelta(days=61))
    assert [refusal.code for refusal in retention.plan(app, JOB).refusals] == ["job_day_ahead"]
    for days in (60, 0, -1):
        set_day(app, changed_on + timedelta(days=days))
        assert retention.plan(app, JOB).refusals == ()


@pytest.fixture
def limited(app: App) -> App:
    """The same with the limits of an installation, and a run on the day of the consents."""
    app = replace(app, job_limits=JobLimits())
    run(app)
    return app


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (GIVEN - timedelta(days=1), "job_day_back"),
        (GIVEN, None),
        (GIVEN + timedelta(days=60), None),
        (GIVEN + timedelta(days=61), "job_day_ahead"),
        (date(2199, 1, 1), "job_day_ahead"),
    ],
)
def test_a_day_that_cannot_be_right_is_refused(limited: App, day: date, code: str | None) -> None:
    """Before the last run, or more than 60 days after it: nothing is written, and the plan says so."""
    before, revision = len(entries(limited)), read(limited.store, lambda records: records.changes.revision())
    set_day(limited, day)
    assert [refusal.code for refusal in retention.plan(limited, JOB).refusals] == ([code] if code else [])
    if code is None:
        run(limited)
        assert read(limited.store, jobs.last_day) == day
        return
    with pytest.raises(JobRefused) as refused:
        run(limited)
    assert refused.value.code == code
    assert len(entries(limited)) == before
    assert read(limited.store, lambda records: records.changes.revision()) == revision
    assert read(limited.store, jobs.last_day) == GIVEN
    assert ends(limited) == {None}
    set_day(limited, GIVEN)
    assert purposes(limited) == {Purpose.MENTOR, Purpose.GUEST_LESSON}


def test_a_job_that_is_told_to_goes_on_and_says_whom(limited: App) -> None:
    """The log has the reason, the day and the alumni; and the way back to the right day is open."""
    (key,) = (one.key for one in alumni(limited.store))
    later = GIVEN + timedelta(days=200)
    set_day(limited, later)
    assert retention.run(limited, COMMAND_LINE, log_months=240, even_so=True).counts["lapse"] == 1
    (entry,) = entries(limited, "retention.even_so")
    assert entry.details == {"refused": ["job_day_ahead"], "day": later.isoformat(), "alumni": [key]}
    assert entry.role == Role.COMMAND_LINE
    set_day(limited, GIVEN + timedelta(days=1))
    with pytest.raises(JobRefused, match="job_day_back"):
        run(limited)
    run(limited, even_so=True)
    assert read(limited.store, jobs.last_day) == GIVEN + timedelta(days=1)
    assert run(limited).refusals == ()


def test_telling_it_to_changes_nothing_where_nothing_is_wrong(limited: App) -> None:
    """No entry says that the job refused when it did not."""
    run(limited, even_so=True)
    assert entries(limited, "retention.even_so") == []


@pytest.mark.parametrize(
    ("more", "touched", "share", "refused"),
    [(29, 20, 0.05, False), (29, 21, 0.05, True), (59, 30, 0.5, False), (59, 31, 0.5, True)],
)
def test_many_at_once_are_refused(limited: App, more: int, touched: int, share: float, refused: bool) -> None:
    """More than the share of all alumni, where that is more than twenty."""
    app = replace(limited, job_limits=JobLimits(share=share))
    undated = {"consents": frozenset({Purpose.FEEDBACK}), "consent_date": None}
    add(app, *(f"B-{number}" for number in range(2, 2 + touched)), **undated)
    dated = {"consents": frozenset({Purpose.FEEDBACK}), "consent_date": GIVEN}
    add(app, *(f"B-{number}" for number in range(2 + touched, 2 + more)), **dated)
    due = retention.plan(app, JOB)
    assert (len(alumni(app.store)), len(due.lapse)) == (1 + more, touched)
    if not refused:
        assert len(run(app).lapse) == touched
        return
    assert [refusal.code for refusal in due.refusals] == ["job_touches_many"]
    assert due.refusals[0].values == {"count": touched, "alumni": 1 + more, "percent": share * 100}
    with pytest.raises(JobRefused, match="job_touches_many"):
        run(app)
    assert ends(app) == {None}
    assert len(run(app, even_so=True).lapse) == touched
    (entry,) = entries(app, "retention.even_so")
    assert set(entry.details["alumni"]) == {key for key, _ in due.lapse}


def test_alumni_whom_no_mail_can_reach_are_not_touched(limited: App) -> None:
    """However many there are without an address, or all without a mail server: they are no reason to refuse."""
    add(limited, *(f"B-{number}" for number in range(2, 32)), email=False)
    assert len(run(limited).ask) == 0
    add(limited, *(f"C-{number}" for number in range(2, 32)))
    assert [refusal.code for refusal in retention.plan(limited, JOB).refusals] == ["job_touches_many"]
    assert retention.plan(replace(limited, sends_mail=False), JOB).refusals == ()
