"""Setting up: what a school chooses, step by step, and the questions that it parks for a name and a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.domain.consent import Terms
from matcher.domain.kinds import Area, Purpose
from matcher.domain.school_settings import (
    AREAS,
    CONTACT_MAIL,
    KEEP,
    MONTHS,
    MOST_PARKED,
    MOST_TEXT,
    STEPS,
    Contact,
    KeptSetting,
    ParkedQuestion,
    areas_in,
    closed_purposes,
    contact_in,
    read_value,
)
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.columns import Int64, day_number
from matcher.repositories import Transaction
from matcher.services import groups, lookup
from matcher.services.app import App, StoreApp
from matcher.services.deciding import usual_asks
from matcher.services.pools import newest_pool


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a school chose, by name, the areas that follow from it, and its open questions."""

    school: str
    chosen: Mapping[str, KeptSetting]
    areas: frozenset[Area]
    parked: tuple[ParkedQuestion, ...]


def look(app: StoreApp, asker: Asker, *, school: str | None = None) -> SetUp:
    """What a school chose. Raises Forbidden, UnknownId, InvalidValue('name_a_school')."""
    asker.scope(Action.SETUP)
    with app.store.read() as records:
        named = lookup.one_school(records, asker, Action.SETUP, school)
        chosen = records.school_settings.of(named)
        return SetUp(named, chosen, areas_in(chosen), tuple(records.school_settings.parked(named)))


def closed_at(app: StoreApp, asker: Asker, school: str) -> frozenset[Purpose]:
    """The purposes that a school does not use now, which anyone may know: it tells nothing of people."""
    del asker
    with app.store.read() as records:
        return closed_purposes(areas_in(records.school_settings.of(school)))


def contact_at(app: StoreApp, asker: Asker, school: str) -> Contact:
    """Whom alumni of a school may ask about their data, which anyone may know."""
    del asker
    with app.store.read() as records:
        return contact_in(records.school_settings.of(school))


def asks_at(app: StoreApp, asker: Asker, school: str) -> int:
    """How often a year a school asks alumni who did not say, which anyone may know."""
    del asker
    with app.store.read() as records:
        return usual_asks(records, school)


@dataclass(frozen=True, slots=True)
class Year:
    """The past year of the alumni of a school, beside what it can choose: counts alone.

    `times`: how many were asked so often, by any school. `said`: how many say themselves how often. `weekly`, `each`:
    how many chose how their mail goes. `ending`: by months how many have a consent that would end with such a term.
    """

    alumni: int
    times: Mapping[int, int]
    said: int
    weekly: int
    each: int
    ending: Mapping[int, int]

    def over(self, asks: int) -> int:
        """How many were asked more often than that."""
        return sum(count for times, count in self.times.items() if times > asks)

    @property
    def asked(self) -> int:
        """How many were asked at all."""
        return self.over(0)

    @property
    def most(self) -> int:
        """How often the one was asked who was asked most."""
        return max(self.times, default=0)


def year(app: App, asker: Asker) -> Year:
    """The past year of the asker's school. Raises Forbidden, also for an asker of all schools."""
    owner = asker.owner(Action.FIGURES_READ, None)
    if owner is None:
        raise asker.refusal(Action.FIGURES_READ)
    with app.store.read() as records:
        today, origin = records.today, records.changes.origin()
        weekly, each = records.digests.count(owner)
    pool = newest_pool(app, origin).with_terms(app.terms)
    own = groups.of_school(pool, owner)
    rows, day = np.flatnonzero(own), day_number(today)
    times = np.bincount(pool.loads(day).asks_in_year[rows])
    return Year(
        alumni=len(rows),
        times={asks: int(count) for asks, count in enumerate(times.tolist()) if count},
        said=int((pool.people.budget[rows] >= 0).sum()),
        weekly=weekly,
        each=each,
        ending={months: _ending(pool, rows, day, Terms(months)) for months in MONTHS},
    )


def _ending(pool: Pool, rows: Int64, day: int, terms: Terms) -> int:
    """How many of these alumni have a consent in force on a day that would be over under shorter terms."""
    shorter = pool.terms.at_most(terms.months)
    if shorter == pool.terms:
        return 0
    now, then = pool.consents_on(day), pool.with_terms(shorter).consents_on(day)
    return int((now != then)[rows].sum())


def choose(
    app: StoreApp, asker: Asker, step: str, values: Mapping[str, Sequence[str]], *, school: str | None = None
) -> None:
    """Keeps the choices of one step that were sent; what is as it was is not written again.

    Areas that are not chosen are closed from then on: consents for them are kept, and not used. Raises Forbidden,
    UnknownId, InvalidValue: `name_a_school`, `unknown_choice`, `text_too_long`, `not_an_address`, `term_too_long` of
    more than the installation keeps, and `choose_an_area` for none.
    """
    asker.scope(Action.SETUP)
    if step not in STEPS:
        raise InvalidValue("unknown_choice", value=step)
    read = {one.name: read_value(one.name, values[one.name]) for one in STEPS[step] if one.name in values}
    if read.get(AREAS) == "":
        raise InvalidValue("choose_an_area")
    if read.get(CONTACT_MAIL):
        read[CONTACT_MAIL] = _address(read[CONTACT_MAIL])
    if read.get(KEEP) and int(read[KEEP]) > app.terms.months:
        raise InvalidValue("term_too_long", most=app.terms.months)

    def work(tx: Transaction) -> None:
        named = lookup.one_school(tx, asker, Action.SETUP, school)
        there = tx.school_settings.of(named)
        changed = [name for name, value in read.items() if name not in there or there[name].value != value]
        for name in changed:
            tx.school_settings.choose(named, name, read[name])
        tx.note(Action.SETUP, {"of": named, "step": step, "changed": changed})

    app.store.write(work, by=asker)


def _address(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        raise InvalidValue("not_an_address") from None


def park(  # noqa: PLR0917 - a question, for whom and for when
    app: StoreApp, asker: Asker, step: str, text: str, who: str, until: date | None, *, school: str | None = None
) -> int:
    """Parks a question of a step for a role and a day; returns its key.

    Raises Forbidden, UnknownId, InvalidValue: `name_a_school`, `unknown_choice`, `say_what`, `text_too_long`,
    `parked_full`.
    """
    asker.scope(Action.SETUP)
    if step not in STEPS:
        raise InvalidValue("unknown_choice", value=step)
    text, who = " ".join(text.split()), " ".join(who.split())
    if not text or not who:
        raise InvalidValue("say_what")
    if max(len(text), len(who)) > MOST_TEXT:
        raise InvalidValue("text_too_long", most=MOST_TEXT)

    def work(tx: Transaction) -> int:
        named = lookup.one_school(tx, asker, Action.SETUP, school)
        if len(tx.school_settings.parked(named)) >= MOST_PARKED:
            raise InvalidValue("parked_full", most=MOST_PARKED)
        tx.note("setup.park", {"of": named, "step": step})
        return tx.school_settings.park(named, step, text, who, until)

    return app.store.write(work, by=asker)


def settle(app: StoreApp, asker: Asker, key: int, *, school: str | None = None) -> None:
    """Takes a question off the list: it is answered. Raises Forbidden, UnknownId, InvalidValue('name_a_school')."""
    asker.scope(Action.SETUP)

    def work(tx: Transaction) -> None:
        named = lookup.one_school(tx, asker, Action.SETUP, school)
        if not tx.school_settings.settle(named, key):
            raise UnknownId("unknown_question")
        tx.note("setup.settle", {"of": named})

    app.store.write(work, by=asker)
