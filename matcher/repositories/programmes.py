"""What is known of programmes by their codes, besides the register that comes with the program."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from matcher.domain.crebo import Programme


class ProgrammeCodes(Protocol):
    """Names of programmes by crebo or RIO code, and which code took the place of an old one."""

    def names(self) -> Mapping[str, Programme]:
        """The programmes whose names were found, by code."""
        ...

    def put_names(self, found: Mapping[str, Programme]) -> None:
        """Keeps names that were found, in place of those of before."""
        ...

    def want(self, codes: Collection[str]) -> None:
        """Remembers codes of courses of which the name is to be found."""
        ...

    def wanted(self) -> frozenset[str]:
        """Those of which it was not found yet."""
        ...

    def successors(self) -> Mapping[str, str]:
        """The code that took the place of each old one, as the table says: it may have been replaced itself."""
        ...

    def put_successors(self, links: Mapping[str, str | None]) -> None:
        """Changes which code took the place of these; None for none. Alumni who have such a code change with it."""
        ...
