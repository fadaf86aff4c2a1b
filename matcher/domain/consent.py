"""Consent for one purpose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from matcher.domain.kinds import Purpose


class StoredConsent(Protocol):
    """The facts that decide whether a consent is in force."""

    @property
    def purpose(self) -> Purpose:
        """The purpose consented to."""
        ...

    @property
    def given_on(self) -> date | None:
        """The day on which it was given; None if unknown."""
        ...

    @property
    def withdrawn_on(self) -> date | None:
        """The day on which it was withdrawn; None if it was not."""
        ...


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent for one purpose. Whether it is in force on a day is a question for `Terms.in_force`."""

    purpose: Purpose
    given_on: date | None = None
    withdrawn_on: date | None = None
    source: str = "import"


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """What a file carries of consent that was taken back: the day by purpose, and since when the alumnus objects."""

    days: Mapping[Purpose, date] = field(default_factory=dict)
    objects_since: date | None = None

    def __bool__(self) -> bool:
        """Whether anything was taken back."""
        return bool(self.days) or self.objects_since is not None


MONTH = 30.44
"""Average length in days."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a consent counts and data are kept: `months`, or those of its purpose in `own`.

    A term begins on the day on which the consent was given, and its last day is `days(purpose)` later. A consent
    without a day counts until the daily job ends it (`matcher.services.retention`).
    """

    months: int = 24
    own: Mapping[Purpose, int] = field(default_factory=dict)

    def months_of(self, purpose: Purpose) -> int:
        """The term of one purpose, in months."""
        return self.own.get(purpose, self.months)

    def days(self, purpose: Purpose) -> timedelta:
        """The term of one purpose."""
        return timedelta(days=round(self.months_of(purpose) * MONTH))

    def in_force(self, consent: StoredConsent, on: date) -> bool:
        """Whether a consent counts on a day: it was not withdrawn, and its term has not ended."""
        return consent.withdrawn_on is None and not self.over(consent, on)

    def agrees(self, consents: Iterable[StoredConsent], purpose: Purpose, on: date) -> bool:
        """Whether one of these consents, all of one alumnus, counts for a purpose on a day."""
        return any(consent.purpose is purpose and self.in_force(consent, on) for consent in consents)

    def over(self, consent: StoredConsent, on: date) -> bool:
        """Whether the term of a consent ended before a day; False if the day on which it was given is unknown."""
        return consent.given_on is not None and on - consent.given_on > self.days(consent.purpose)

    def at_most(self, months: int) -> Terms:
        """These terms, but none longer than so many months."""
        return Terms(min(months, self.months), {of: min(months, own) for of, own in self.own.items()})

    @property
    def longest(self) -> timedelta:
        """The longest term of any purpose, which is also that of the record of an alumnus."""
        return max(self.days(purpose) for purpose in Purpose)
