"""Consent for one purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from matcher.domain.kinds import Purpose


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent for one purpose. In force when it was given and not withdrawn since."""

    purpose: Purpose
    given_on: date | None = None
    withdrawn_on: date | None = None
    source: str = "import"

    @property
    def in_force(self) -> bool:
        """True where the consent has not been withdrawn."""
        return self.withdrawn_on is None


MONTH = 30.44
"""Days, on average."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`months` that a consent counts and data are kept; `own`: other months for some purposes."""

    months: int = 24
    own: Mapping[Purpose, int] = field(default_factory=dict)

    def days(self, purpose: Purpose) -> timedelta:
        """For one purpose."""
        return timedelta(days=round(self.own.get(purpose, self.months) * MONTH))

    def in_force(self, consent: Consent, on: date) -> bool:
        """Whether a consent counts on a day: not withdrawn, and its term is not over; without a day it has no term."""
        given = consent.given_on
        return consent.in_force and (given is None or given + self.days(consent.purpose) >= on)

    @property
    def longest(self) -> timedelta:
        """For the person as a whole."""
        return max(self.days(purpose) for purpose in Purpose)
