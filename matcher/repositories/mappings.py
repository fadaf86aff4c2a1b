"""The repository of mappings: what the columns of a school's files are, remembered for the next file of that shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Mappings(Protocol):
    """Fields by column, per school, kind of file and shape; no header and no cell of a file is stored."""

    def find(self, school: str, kind: str, shape: str) -> dict[str, str]:
        """Field by column, as they were kept; empty where nothing was."""
        ...

    def keep(self, school: str, kind: str, shape: str, columns: Mapping[str, str]) -> None:
        """Keeps what the columns of a shape are, in place of what was kept; of each school and kind the newest 100.

        `columns`: field (at most 100 characters) by digest of a header.
        """
        ...

    def forget(self, school: str) -> int:
        """Forgets all of a school; returns how many there were."""
        ...
