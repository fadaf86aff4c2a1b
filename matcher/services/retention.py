"""How long data are kept: a daily job that ends consents, asks, reminds, and then erases.

A consent is in force for the term of its purpose, from the day on which it was given; the job ends consents whose term
is over, or that have no day. A school can choose a shorter term, which the job keeps to. An alumnus with no consent
left, and no sign of life within the longest term (no question was put to them, and they did not say that the data may
stay), is asked by mail whether the data may stay. They are reminded 30 days after that mail was sent, and erased, with
proof, 30 days after the reminder was sent. The process ends when the alumnus gives consent or says that the data may
stay. Whom the law tells the school to guide after leaving (`matcher.services.guidance`) is not asked, and not erased,
as long as that lasts: the school has a basis of its own.

What is due is computed in one read. Each step is then its own transaction, which checks again that the step is still
due, since an alumnus may answer in between. Every step is logged, by random key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import TypeVar

from matcher.domain.consent import MONTH, Terms
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.moments import aware, day_in_netherlands, stored
from matcher.domain.own_list import KEPT as SAID_KEPT
from matcher.domain.records import RecordKind, owner_of
from matcher.domain.talks import KEPT as TALKS
from matcher.domain.talks import LIST_KEPT
from matcher.errors import JobRefused
from matcher.policy import Action, Asker
from matcher.ports import Place
from matcher.repositories import Records, Transaction
from matcher.repositories.values import KeptConsent, LogEntry
from matcher.services import erasure, guidance, jobs
from matcher.services.app import App, StoreApp
from matcher.services.deciding import SchoolTerms

REMIND, ERASE = timedelta(days=30), timedelta(days=30)
UNDO = timedelta(days=30)
"""How long an import can be taken back, and is kept with the values before it."""
GRADES, OPEN_PAIRS = timedelta(days=730), timedelta(days=30)
"""How long a grade counts and is kept, and a pair that was to be judged and was not."""
PLANS = timedelta(days=90)
"""How long a plan is kept after its last day."""
WORDS, AGREED_WORDS = timedelta(days=180), timedelta(days=365)
"""How long the lines of an invitation, and what the alumnus wrote, are kept after it ended and its moment was; the
second for a yes that names no moment, as for a mentor of a school year."""
SOURCE_RUNS, SOURCE_ANSWERS = timedelta(days=365), timedelta(days=30)
"""How long it is kept how a source of courses was read (the last reading of each stays), and what its server said."""
CHUNK = 500
"""Alumni in one transaction and one log entry when consents end."""
KEEP = "retention.keep"
"""The entry of an alumnus who said that the data may stay; a sign of life for as long as it is in the log."""
MESSAGES = {"ask": "retention_ask", "remind": "retention_remind"}
"""The mail of each step that has one."""
AGAIN = timedelta(days=30)
"""How long a refused address is not mailed again."""
_UNSENT = ("waiting", "sending", "refused")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class DueToday:
    """What is due today, or what was done, by random key.

    `lapse`: consents that end; `ask`, `remind`, `erase`: alumni. `unreachable`: those of `ask` and `remind` who cannot
    be mailed, so nothing is done. `refusals`: why the job does not run unless overridden. After a run `log` is the
    number of old entries removed from the log, and `found_in` where an erased alumnus was still found: empty if all is
    well. `places`: what is known of files from which erased and overwritten values had to go.
    """

    lapse: tuple[tuple[int, Purpose], ...] = ()
    ask: tuple[int, ...] = ()
    remind: tuple[int, ...] = ()
    erase: tuple[int, ...] = ()
    unreachable: frozenset[int] = frozenset()
    refusals: tuple[JobRefused, ...] = ()
    log: int = 0
    found_in: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many of each step."""
        return {name: len(getattr(self, name)) for name in ("lapse", "ask", "remind", "erase")}

    @property
    def touched(self) -> frozenset[int]:
        """The alumni whose data would be written."""
        mailed = {*self.ask, *self.remind} - self.unreachable
        return frozenset({key for key, _ in self.lapse} | mailed | set(self.erase))


def plan(app: App, asker: Asker) -> DueToday:
    """What the job would do today; changes nothing. Raises Forbidden."""
    asker.scope(Action.RETENTION_RUN)
    with app.store.read() as records:
        due = _due_today(records, app, sends_mail=app.sends_mail)
        return replace(due, refusals=jobs.refusals(records, app.job_limits, len(due.touched)))


def run(app: App, asker: Asker, *, log_months: int, even_so: bool = False) -> DueToday:
    """Does what is due, removes log entries older than `log_months`, and returns what was done.

    Without a mail server no one is asked, and only alumni whom sent mail asked and reminded are erased.
    `even_so`: run even if the job refuses; the alumni it touched are then logged. Raises Forbidden, JobRefused.
    """
    due = plan(app, asker)
    if due.refusals:
        if not even_so:
            raise due.refusals[0]
        _note_even_so(app, asker, due)
    lapsed = [ended for chunk in _chunks(_by_alumnus(due.lapse)) for ended in _end(app, asker, dict(chunk))]
    asked = tuple(key for key in due.ask if _mail(app, asker, key, "ask"))
    reminded = tuple(key for key in due.remind if _mail(app, asker, key, "remind"))
    erased, found_in = _erase(app, asker, due.erase)
    outcome = replace(due, lapse=tuple(lapsed), ask=asked, remind=reminded, erase=erased, found_in=found_in)
    finished = app.store.write(lambda tx: _finish(tx, app, outcome, log_months), by=asker)
    outcome = replace(outcome, log=finished)
    return replace(outcome, places=erasure.finish(app))


def _note_even_so(app: App, asker: Asker, due: DueToday) -> None:
    codes = [refusal.code for refusal in due.refusals]

    def work(tx: Transaction) -> None:
        for chunk in _chunks(sorted(due.touched)) if due.touched else [()]:
            tx.note("retention.even_so", {"refused": codes, "day": tx.today.isoformat(), "alumni": list(chunk)})

    app.store.write(work, by=asker)


def _end(app: App, asker: Asker, purposes: Mapping[int, Sequence[Purpose]]) -> list[tuple[int, Purpose]]:
    """Ends these consents, as far as that is still due, by alumnus; returns those that ended."""

    def work(tx: Transaction) -> list[tuple[int, Purpose]]:
        terms = SchoolTerms(tx, app.terms)
        schools = {key: owner_of(one) for key, one in tx.records.by_key(RecordKind.ALUMNI, list(purposes)).items()}
        ends = [
            (key, consent.purpose)
            for key, planned in purposes.items()
            if key in schools
            for consent in tx.consents.of(key)
            if consent.purpose in planned and _ends(consent, terms[schools[key]], tx.today)
        ]
        if ends:
            tx.consents.end(ends)
            tx.note("retention.lapse", {"alumni": sorted({key for key, _ in ends}), "consents": len(ends)})
        return ends

    return app.store.write(work, by=asker)


def _mail(app: App, asker: Asker, key: int, step: str) -> bool:
    """Adds the mail of a step to the outbox if the step is still due; the step is recorded once the mail is sent."""
    if not app.sends_mail:
        return False

    def work(tx: Transaction) -> bool:
        contact = tx.people.contact(key)
        if contact is None or not contact.email or next_step(tx, app, key) != step:
            return False
        if tx.outbox.waiting(key, MESSAGES[step]):
            return False
        school = owner_of(tx.records.by_key(RecordKind.ALUMNI, [key])[key])
        tx.outbox.add(key, MESSAGES[step], values={"school": school})
        tx.note("retention.mail", {"alumnus": key, "message": MESSAGES[step]})
        return True

    return app.store.write(work, by=asker)


def _erase(app: App, asker: Asker, keys: Sequence[int]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Erases the alumni for whom that is still due; returns their keys, and where any was still found."""
    if not keys:
        return (), ()

    def still_due(tx: Transaction, key: int) -> bool:
        return next_step(tx, app, key) == "erase"

    erased = erasure.erase_records(app, asker, keys, still_due=still_due)
    return erased.keys, erased.found_in


def _finish(tx: Transaction, app: App, outcome: DueToday, log_months: int) -> int:
    """Logs the run, records its day, and clears old log entries, mail, imports and uploads; how many entries went."""
    tx.note(Action.RETENTION_RUN, outcome.counts)
    jobs.record_day(tx)
    oldest = datetime.combine(tx.today, time()) - timedelta(days=round(log_months * MONTH))
    tx.outbox.remove(oldest)
    tx.imports.forget(stored(tx.now - UNDO))
    tx.merges.forget(stored(tx.now - UNDO))
    tx.grades.forget(given=stored(tx.now - GRADES), open_=stored(tx.now - OPEN_PAIRS))
    tx.plans.forget(tx.today - PLANS)
    guidance.forget(tx, app.aftercare_terms)
    tx.talks.forget(tx.now - TALKS)
    tx.appointments.forget(tx.now - TALKS)
    tx.shortlists.forget(tx.now - LIST_KEPT)
    tx.not_for_me.forget(tx.today - SAID_KEPT)
    tx.disputes.forget(tx.now - SAID_KEPT)
    tx.request_letters.forget(stored(tx.now - WORDS))
    tx.invitations.forget_words(stored(tx.now - WORDS), stored(tx.now - AGREED_WORDS))
    tx.uploads.remove(before=tx.now - timedelta(days=app.upload_days))
    tx.connectors.forget(stored(tx.now - SOURCE_RUNS))
    for source in tx.connectors.all():
        tx.source_answers.forget(source.key, stored(tx.now - SOURCE_ANSWERS))
    return tx.audit.forget(oldest)


# ---- what is due


def _due_today(records: Records, app: App, *, sends_mail: bool) -> DueToday:
    today, terms_of = records.today, SchoolTerms(records, app.terms)
    guided = guidance.kept(records, app.aftercare_terms)
    consents: dict[int, list[KeptConsent]] = defaultdict(list)
    for key, consent in records.consents.all():
        consents[key].append(consent)
    active: dict[int, date] = {}
    asks = ((line.alumnus_key, line.on) for line in records.ledger.all() if _is_sign(line))
    stays = ((entry.details["alumnus"], _day_of(entry)) for entry in records.audit.stream(actions={KEEP}))
    for key, day in chain(asks, stays):
        active[key] = max(day, active.get(key, day))
    asked = records.retention.all()
    again = stored(records.now - AGAIN)
    unsent = {
        (mail.alumnus_key, mail.message)
        for mail in records.outbox.page(states=_UNSENT, limit=None)
        if mail.state != "refused" or mail.created_at > again
    }
    lapse: list[tuple[int, Purpose]] = []
    steps: dict[str, list[int]] = {"ask": [], "remind": [], "erase": []}
    for key, school, _ in sorted(records.records.names(RecordKind.ALUMNI)):
        own, terms = consents.get(key, []), terms_of[school]
        lapse += [(key, consent.purpose) for consent in own if _ends(consent, terms, today)]
        step = "" if key in guided else _step_of(own, active.get(key), asked.get(key), terms, today)
        if step and (key, MESSAGES.get(step)) not in unsent:
            steps[step].append(key)
    to_mail = {*steps["ask"], *steps["remind"]}
    unreachable = frozenset(to_mail & records.people.unreachable().keys() if sends_mail else to_mail)
    ask, remind, erase = (tuple(steps[step]) for step in ("ask", "remind", "erase"))
    return DueToday(tuple(lapse), ask, remind, erase, unreachable)


def next_step(records: Records, app: StoreApp, key: int) -> str:
    """The step that is due for one alumnus by the current data; empty for none."""
    if key in guidance.kept(records, app.aftercare_terms, key):
        return ""
    days = [line.on for line in records.ledger.of(key) if _is_sign(line)]
    days += [_day_of(entry) for entry in records.audit.about(key, actions={KEEP})]
    active = max(days, default=None)
    there = records.records.by_key(RecordKind.ALUMNI, [key])
    terms = SchoolTerms(records, app.terms)[owner_of(there[key])] if key in there else app.terms
    return _step_of(records.consents.of(key), active, records.retention.of(key), terms, records.today)


def _step_of(
    consents: Iterable[KeptConsent],
    active: date | None,
    asked: tuple[date, date | None] | None,
    terms: Terms,
    today: date,
) -> str:
    """The step that is due for an alumnus: `ask`, `remind`, `erase`, or empty if none is.

    `active`: the last day with a sign of life; `asked`: the days of question and reminder. An
    objection makes no difference: the consents of an objecting alumnus are kept for when the objection ends.
    """
    days = [active]
    for consent in consents:
        if consent.withdrawn_on is None and not _ends(consent, terms, today):
            return ""
        days.append(consent.given_on)
    if any(day is not None and day + terms.longest >= today for day in days):
        return ""
    if asked is None:
        return "ask"
    asked_on, reminded_on = asked
    if reminded_on is None:
        return "remind" if asked_on + REMIND <= today else ""
    return "erase" if reminded_on + ERASE <= today else ""


def _is_sign(line: LedgerLine) -> bool:
    """Whether a line is a sign of life: a message to a whole segment is none."""
    return line.event is not LedgerEvent.ASKED or line.request_key is not None


def _ends(consent: KeptConsent, terms: Terms, today: date) -> bool:
    """Whether the job ends a consent: its term is over, or its day is unknown."""
    return consent.withdrawn_on is None and (consent.given_on is None or terms.over(consent, today))


def _day_of(entry: LogEntry) -> date:
    return day_in_netherlands(aware(entry.at))


def _by_alumnus(consents: Iterable[tuple[int, Purpose]]) -> list[tuple[int, list[Purpose]]]:
    purposes: dict[int, list[Purpose]] = defaultdict(list)
    for key, purpose in consents:
        purposes[key].append(purpose)
    return list(purposes.items())


def _chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
