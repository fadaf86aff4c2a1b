"""Consent for one purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from matcher.domain.kinds import Purpose


class StoredConsent(Protocol):
    """What a consent is judged by."""

    @property
    def purpose(self) -> Purpose:
        """What it is for."""
        ...

    @property
    def given_on(self) -> date | None:
        """The day on which it was given; None where that is not known."""
        ...

    @property
    def withdrawn_on(self) -> date | None:
        """The day on which it was withdrawn; None where it was not."""
        ...


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent for one purpose. Whether it is in force on a day is a question for `Terms.in_force`."""

    purpose: Purpose
    given_on: date | None = None
    withdrawn_on: date | None = None
    source: str = "import"


MONTH = 30.44
"""Days, on average."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a consent counts and data are kept: `months`, or those of its purpose in `own`.

    A term begins on the day on which the consent was given, and its last day is `days(purpose)` later. A consent
    without a day counts until the daily job ends it (`matcher.services.retention`).
    """

    months: int = 24
    own: Mapping[Purpose, int] = field(default_factory=dict)

    def days(self, purpose: Purpose) -> timedelta:
        """The term of one purpose."""
        return timedelta(days=round(self.own.get(purpose, self.months) * MONTH))

    def in_force(self, consent: StoredConsent, on: date) -> bool:
        """Whether a consent counts on a day: it was not withdrawn, and its term is not over."""
        return consent.withdrawn_on is None and not self.over(consent, on)

    def over(self, consent: StoredConsent, on: date) -> bool:
        """Whether the term of a consent ended before a day; never without the day on which it was given."""
        return consent.given_on is not None and on - consent.given_on > self.days(consent.purpose)

    @property
    def longest(self) -> timedelta:
        """The longest term of any purpose, which is that of the alumnus's record."""
        return max(self.days(purpose) for purpose in Purpose)
