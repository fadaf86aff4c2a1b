"""How long data are kept: a daily job that lets old consents end, asks, reminds, and then erases.

A consent counts for the term of its purpose after the day on which it was given; one without a day has ended. Who has
no consent left, and was not asked for anything within the longest term, is asked whether the data may stay; 30 days
later reminded; and 30 days after that erased, with proof. Whoever gives a consent, or says that the data may stay, is
left alone again. Every step is in the log, by random id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from matcher.domain.consent import Terms
from matcher.domain.kinds import Purpose
from matcher.engine.current import Engine
from matcher.policy import JOB
from matcher.ports import KeptConsent
from matcher.services.app import App
from matcher.services.privacy import erase_records

REMIND, ERASE = timedelta(days=30), timedelta(days=30)


@dataclass
class Plan:
    """What is to be done today, by random key: consents that end, and people to ask, to remind and to erase.

    `found_in`: after it was done, where somebody who was erased was still found; nowhere, if all is well.
    """

    lapse: list[tuple[int, Purpose]] = field(default_factory=list)
    ask: list[int] = field(default_factory=list)
    remind: list[int] = field(default_factory=list)
    erase: list[int] = field(default_factory=list)
    found_in: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(getattr(self, name)) for name in ("lapse", "ask", "remind", "erase")}


def lapse(engine: Engine, terms: Terms) -> int:
    """Ends the consents whose term was over before today; how many. Those without a day wait for the daily job."""
    today = engine.clock.today()
    first = {purpose: today - terms.days(purpose) for purpose in Purpose}
    over = engine.store.consents_before(first)
    if over:
        engine.store.lapse(over, today=today)
    return len(over)


def plan(engine: Engine, terms: Terms) -> Plan:
    """What the job would do today; changes nothing."""
    today = engine.clock.today()
    found = Plan()
    with engine.store.snapshot() as records:
        consents: dict[int, list[KeptConsent]] = defaultdict(list)
        for key, consent in records.kept_consents_by_person():
            consents[key].append(consent)
        active: dict[int, date] = {}
        for line in records.ledger():
            active[line.alumnus_key] = max(line.on, active.get(line.alumnus_key, line.on))
        asked = engine.store.retention()
        for one in records.alumni():
            held, ended = _held(consents[one.key], terms, today)
            found.lapse += [(one.key, purpose) for purpose in ended]
            days = [active.get(one.key), *(consent.given_on for consent in consents[one.key])]
            if not held and not any(day is not None and day + terms.longest >= today for day in days):
                step = _due(asked.get(one.key), today)
                if step:
                    getattr(found, step).append(one.key)
    return found


def _held(consents: Iterable[KeptConsent], terms: Terms, today: date) -> tuple[list[Purpose], list[Purpose]]:
    """The purposes of consents that were not withdrawn: those whose term runs, and those whose term is over.

    An objection does not count here: the consents of who objects are kept, for when the objection ends.
    """
    held: list[Purpose] = []
    ended: list[Purpose] = []
    for consent in consents:
        if consent.withdrawn_on is None:
            day = consent.given_on
            over = day is None or day + terms.days(consent.purpose) < today
            (ended if over else held).append(consent.purpose)
    return held, ended


def _due(asked: tuple[date, date | None] | None, today: date) -> str:
    """The step that is due for somebody whose term is over; empty where it is to wait."""
    if asked is None:
        return "ask"
    if asked[1] is None:
        return "remind" if asked[0] + REMIND <= today else ""
    return "erase" if asked[1] + ERASE <= today else ""


def run(engine: Engine, terms: Terms, tell: Callable[[int, str], bool]) -> Plan:
    """Does it, and returns what was done. `tell(key, step)` sends the message of a step (`ask`, `remind`).

    Where it says that nothing was sent, the step is not taken: nobody is erased who was not asked and reminded.
    """
    todo = plan(engine, terms)
    today = engine.clock.today()
    if todo.lapse:
        engine.store.lapse(todo.lapse, today=today)
    for step in ("ask", "remind"):
        told = []
        for key in getattr(todo, step):
            if tell(key, step):
                engine.store.note_retention(key, step, today=today)  # at once: who is told is not told again
                told.append(key)
        setattr(todo, step, told)
    if todo.erase:
        todo.found_in = erase_records(App(engine.store, engine, engine.clock, terms), JOB, todo.erase).found_in
    return todo
