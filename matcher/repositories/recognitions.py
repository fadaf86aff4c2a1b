"""Answers about training companies, the places that need one, and who works at which company."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from matcher.domain.recognition import Placement, Recognition


class Recognitions(Protocol):
    """Which companies may have trainees of which programmes, as far as was asked."""

    def all(self) -> list[Recognition]:
        """Every answer."""
        ...

    def put(self, answers: Sequence[Recognition]) -> dict[str, int]:
        """Keeps answers, in place of older ones; `created`, `updated`, `unchanged`. The lists of places change."""
        ...

    def placements(self, request_key: int | None = None) -> list[Placement]:
        """The requests for a place of a programme with a crebo code, by random key; or this one, if it is one."""
        ...

    def companies(self) -> dict[int, str]:
        """The number of the company of each alumnus who has one, by random key of the alumnus."""
        ...
