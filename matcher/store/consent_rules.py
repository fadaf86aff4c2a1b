"""The effect of an import on consent: it gives and withdraws, but never restores a consent withdrawn since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from matcher.domain.kinds import Purpose

Warning_ = tuple[str, Mapping[str, object]]

IMPORT = "import"
PERSON = "person"


class Held(NamedTuple):
    """A consent as stored. `last_withdrawn_on` survives giving consent again, so that an old file cannot predate it."""

    given_on: date | None
    withdrawn_on: date | None = None
    source: str = IMPORT
    text_version: str | None = None
    last_withdrawn_on: date | None = None


def imported(
    held: Mapping[Purpose, Held], named: frozenset[Purpose], given_on: date | None, today: date
) -> tuple[dict[Purpose, Held], list[Warning_]]:
    """The consents that an import row changes, and its warnings.

    `named` are the purposes in the row, `given_on` its date. A consent that the person gave stays; a withdrawn one
    stays withdrawn, unless the date of the row is after the withdrawal and not after today.
    """
    changed: dict[Purpose, Held] = {}
    warnings: list[Warning_] = []
    for purpose in Purpose:
        now = held.get(purpose)
        if purpose in named:
            then = _given(now, given_on, today)
            if then is None and now is not None:
                values = {"purpose": purpose.value, "withdrawn_on": now.withdrawn_on}
                warnings.append(("consent_stays_withdrawn", values))
            elif then is not None and then != now:
                changed[purpose] = then
        elif now is not None and now.withdrawn_on is None:
            if now.source == PERSON:
                warnings.append(("kept_stated", {"field": "consents", "purpose": purpose.value}))
            else:
                changed[purpose] = now._replace(withdrawn_on=today, last_withdrawn_on=today)
    return changed, warnings


def _given(now: Held | None, given_on: date | None, today: date) -> Held | None:
    """The consent after a row that gives it; None if it stays withdrawn."""
    if now is None:
        return Held(given_on)
    if now.withdrawn_on is not None:
        restored = given_on is not None and now.withdrawn_on < given_on <= today
        return Held(given_on, last_withdrawn_on=now.withdrawn_on) if restored else None
    barred = given_on is None or (now.last_withdrawn_on is not None and given_on <= now.last_withdrawn_on)
    return now if barred or now.source == PERSON else now._replace(given_on=given_on)
