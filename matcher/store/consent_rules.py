"""The effect of an import on consent: it gives, withdraws where it may, and never restores what a person withdrew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, cast

from matcher.domain.consent import Withdrawals
from matcher.domain.kinds import Purpose
from matcher.repositories.values import Upsert

Warning_ = tuple[str, Mapping[str, object]]

IMPORT = "import"
PERSON = "person"
RETENTION = "retention"
"""Who gave or withdrew a consent; who withdrew it before that was stored is not known, and counts as the person."""
_PURPOSES = tuple(Purpose)
NO_WITHDRAWALS = Withdrawals()


class Held(NamedTuple):
    """A consent as stored. `last_withdrawn_on` survives giving consent again, so that an old file cannot predate it.

    A withdrawal by an import is no word of the person: it is kept there once the consent is given again on a later day.
    """

    given_on: date | None
    withdrawn_on: date | None = None
    source: str = IMPORT
    text_version: str | None = None
    last_withdrawn_on: date | None = None
    withdrawn_by: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says about consent. `named`: the purposes; None where the file says nothing of them. `on`: its date.

    `withdrawals`: what it carries of consent that was taken back.
    """

    named: frozenset[Purpose] | None = None
    on: date | None = None
    withdrawals: Withdrawals = field(default_factory=Withdrawals)


@dataclass(slots=True)
class Effect:
    """What a row changes: consents, an objection since that day, purposes that it withdraws or would, and warnings."""

    changed: dict[Purpose, Held] = field(default_factory=dict)
    objects_since: date | None = None
    withdrawn: tuple[Purpose, ...] = ()
    warnings: list[Warning_] = field(default_factory=list)


def imported(
    held: Mapping[Purpose, Held], said: Said, today: date, *, may_withdraw: bool, objects: bool = False
) -> Effect:
    """The effect of an import row on the consents of one alumnus. `objects`: whether they object already.

    Without `may_withdraw` no consent in force is withdrawn, and `withdrawn` says which would be. A consent that the
    person gave stays. One that was withdrawn stays so, unless the date of the row is after the withdrawal and not after
    today; but what an import took, an import gives back on the same day, whatever its date.
    """
    if not held and said.named is not None and not said.withdrawals:
        given = Held(said.on)
        return Effect({purpose: given for purpose in _PURPOSES if purpose in said.named})
    if says_the_same(held, said):
        return Effect()
    effect, now = Effect(), dict(held)
    losing: set[Purpose] = set()
    for purpose, day in said.withdrawals.days.items():
        then = _taken_back(now.get(purpose), day)
        if then is None:
            continue
        is_lost = purpose in now and now[purpose].withdrawn_on is None
        losing |= {purpose} if is_lost else set()
        if may_withdraw or not is_lost:
            now[purpose] = then
    if said.named is not None:
        losing |= _name(said.named, said.on, now, effect.warnings, today, may_withdraw=may_withdraw)
    if said.withdrawals.objects_since is not None and not objects:
        in_force = {purpose for purpose, one in held.items() if one.withdrawn_on is None}
        losing |= in_force
        if may_withdraw or not in_force:
            effect.objects_since = said.withdrawals.objects_since
    effect.changed = {purpose: then for purpose, then in now.items() if then != held.get(purpose)}
    effect.withdrawn = tuple(purpose for purpose in _PURPOSES if purpose in losing) if losing else ()
    return effect


def _name(
    named: frozenset[Purpose],
    on: date | None,
    now: dict[Purpose, Held],
    warnings: list[Warning_],
    today: date,
    *,
    may_withdraw: bool,
) -> set[Purpose]:
    """Gives the purposes that a row names, and withdraws the others where it may; returns those it does or would."""
    losing: set[Purpose] = set()
    for purpose in _PURPOSES:
        before = now.get(purpose)
        if purpose in named:
            after = _given(before, on, today)
            if after is not None:
                now[purpose] = after
            elif before is not None:
                values = {"purpose": purpose.value, "withdrawn_on": before.withdrawn_on}
                warnings.append(("consent_stays_withdrawn", values))
        elif before is not None and before.withdrawn_on is None:
            if before.source == PERSON:
                warnings.append(("kept_stated", {"field": "consents", "purpose": purpose.value}))
                continue
            losing.add(purpose)
            if may_withdraw:
                now[purpose] = before._replace(withdrawn_on=today, withdrawn_by=IMPORT)
    return losing


def says_the_same(held: Mapping[Purpose, Held], said: Said) -> bool:
    """Whether a row names just what is in force, with the day that is known: quick, for a list that comes again."""
    if said.named is None or said.withdrawals or held.keys() != said.named:
        return False
    return all(one.withdrawn_on is None and (said.on is None or one.given_on == said.on) for one in held.values())


def said_of(row: Upsert) -> Said:
    """What a row says about consent."""
    values = cast("Mapping[str, Any]", row.values)
    named = (values["consents"] or frozenset()) if "consents" in values else None
    return Said(named, values.get("consent_date"), values.get("withdrawals") or NO_WITHDRAWALS)


def _taken_back(now: Held | None, day: date) -> Held | None:
    """The consent after a file that says it was withdrawn on a day; None if that changes nothing."""
    if now is None:
        return Held(None, day, last_withdrawn_on=day, withdrawn_by=PERSON)
    if now.withdrawn_on is not None:
        return _withdrawn(now, day) if now.withdrawn_on < day else None
    since = now.given_on or date.min
    newer = since >= day if now.source == PERSON else since > day
    return None if newer else _withdrawn(now, day)


def _withdrawn(now: Held, day: date) -> Held:
    return now._replace(withdrawn_on=day, last_withdrawn_on=day, withdrawn_by=PERSON)


def _given(now: Held | None, given_on: date | None, today: date) -> Held | None:
    """The consent after a row that gives it; None if it stays withdrawn."""
    if now is None:
        return Held(given_on)
    if now.withdrawn_on is None:
        return _dated(now, given_on)
    if given_on is not None and now.withdrawn_on < given_on <= today:
        return Held(given_on, last_withdrawn_on=now.withdrawn_on)
    if now.withdrawn_by == IMPORT and now.withdrawn_on == today:
        return _dated(now._replace(withdrawn_on=None, withdrawn_by=None), given_on)
    return None


def _dated(now: Held, given_on: date | None) -> Held:
    """A consent in force with the date of a row, unless the person gave it or that is before a withdrawal."""
    if now.given_on == given_on:
        return now
    barred = given_on is None or (now.last_withdrawn_on is not None and given_on <= now.last_withdrawn_on)
    return now if barred or now.source == PERSON else now._replace(given_on=given_on)
