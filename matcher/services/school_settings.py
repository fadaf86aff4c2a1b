"""Setting up: what a school chooses, step by step, and the questions that it parks for a name and a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matcher.domain.kinds import Area, Purpose
from matcher.domain.school_settings import (
    AREAS,
    MOST_PARKED,
    MOST_TEXT,
    STEPS,
    KeptSetting,
    ParkedQuestion,
    areas_in,
    closed_purposes,
    read_value,
)
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Transaction
from matcher.services import lookup
from matcher.services.app import StoreApp


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


def choose(
    app: StoreApp, asker: Asker, step: str, values: Mapping[str, Sequence[str]], *, school: str | None = None
) -> None:
    """Keeps the choices of one step that were sent; what is as it was is not written again.

    Areas that are not chosen are closed from then on: consents for them are kept, and not used. Raises Forbidden,
    UnknownId, InvalidValue: `name_a_school`, `unknown_choice`, `text_too_long`, and `choose_an_area` for none.
    """
    asker.scope(Action.SETUP)
    if step not in STEPS:
        raise InvalidValue("unknown_choice", value=step)
    read = {one.name: read_value(one.name, values[one.name]) for one in STEPS[step] if one.name in values}
    if read.get(AREAS) == "":
        raise InvalidValue("choose_an_area")

    def work(tx: Transaction) -> None:
        named = lookup.one_school(tx, asker, Action.SETUP, school)
        there = tx.school_settings.of(named)
        changed = [name for name, value in read.items() if name not in there or there[name].value != value]
        for name in changed:
            tx.school_settings.choose(named, name, read[name])
        tx.note(Action.SETUP, {"of": named, "step": step, "changed": changed})

    app.store.write(work, by=asker)


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
