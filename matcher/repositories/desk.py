"""The repository of the work list of a school: what waits for a person there, by a query each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from matcher.domain.ledger import LedgerLine
from matcher.repositories.demands import Invitation


class Desk(Protocol):
    """What waits in a school, or in all of them where that is None. Reads by index, and nothing of a text."""

    def stalled(self, school: str | None, limit: int) -> list[int]:
        """Random keys of open requests of which an ask ended without a yes, and nobody waits; the oldest ask first."""
        ...

    def lines(self, requests: Sequence[int]) -> dict[int, list[LedgerLine]]:
        """Every entry of the ledger about these requests, each oldest first."""
        ...

    def invitations(self, requests: Sequence[int]) -> dict[int, list[Invitation]]:
        """Who was asked for these requests, in the order of `Invitations.of_request`."""
        ...

    def replies(self, school: str | None) -> int:
        """How many replies by mail a person has to read."""
        ...

    def uploads(self, schools: Sequence[str]) -> list[str]:
        """Ids of the files of these schools that wait for answers, the newest first."""
        ...

    def drafts(self, school: str | None, actor: int) -> int:
        """How many messages to groups wait to be approved that this account did not write."""
        ...

    def unsure(self, school: str | None, asked_before: date) -> tuple[int, int]:
        """Alumni whose mail bounces, and those who were asked before a day whether facts are right and said nothing."""
        ...

    def asks_of_teams(self, school: str | None, since: date) -> list[tuple[str, int, int, int]]:
        """Of each team that asked after a day: how many alumni, how often, and how often the one asked most.

        Asks that were undone do not count. Those that asked most first.
        """
        ...
