"""Copies of a SQLite database beside it, which a restore or a rehearsal makes, and leaves where it is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from glob import escape
from pathlib import Path

UNPACKED = ".restoring-"
"""How the name of a folder begins in which a back-up is unpacked."""
PUT_ASIDE = ".damaged"
"""What is added to the name of a damaged database that a restore replaced."""


def copies_beside(database: Path) -> Iterator[Path]:
    """The folders of unpacked back-ups, and the damaged file that was replaced. `database`: an absolute path."""
    yield from database.parent.glob(f"{UNPACKED}*")
    yield from database.parent.glob(f"{escape(database.name + PUT_ASIDE)}*")
