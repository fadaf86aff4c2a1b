"""The repository of what figures are counted from: whole columns, a query each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from matcher.domain.counted import Counted
from matcher.domain.figures import Entries, RequestFacts
from matcher.domain.first_yes import LeftOut
from matcher.domain.invitations import Reason


class FigureReader(Protocol):
    """The ledger and the requests of a school, or of all, as they are counted; nothing of what is in a text."""

    def entries(self, school: str | None) -> Entries:
        """Every line of the ledger of what a school, or any, asked and gave; those that were undone too."""
        ...

    def requests(self, school: str | None) -> list[RequestFacts]:
        """Every request, with its life."""
        ...

    def reasons(self, school: str | None) -> Mapping[tuple[int, int], Reason]:
        """Why alumni said no to a request, by the random keys of both; of two answers the last."""
        ...

    def contacts(self, school: str | None) -> list[date]:
        """The days of the contacts of aftercare that count, with alumni of a school, or of all."""
        ...

    def left_out(self, school: str) -> Mapping[int, LeftOut | None]:
        """Why what the alumni of a school said leaves each of them out of a campaign; None for those who may be asked.

        By key. A reading of the same state of the data remembers it.
        """
        ...

    def counted(self) -> Counted:
        """What reports count of all alumni. A reading of a later state reads those alone who changed since."""
        ...

    def about(self, requests: Sequence[int]) -> Mapping[int, tuple[str, str]]:
        """The programme and the town of these requests, by random key; empty for none."""
        ...
