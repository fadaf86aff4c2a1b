"""Consent for one purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
