"""Repository of mail that goes once a week."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from matcher.repositories.values import Mail


class Digests(Protocol):
    """Who gets mail once a week, and the letters that others wait in.

    A letter is a message of the outbox of its own. Its parts are messages that are not sent by themselves: they are
    taken and end with it.
    """

    def chosen(self, alumnus_key: int) -> tuple[bool, date] | None:
        """Whether an alumnus chose mail once a week, or each by itself, and since when; None for no choice."""
        ...

    def count(self, school: str) -> tuple[int, int]:
        """How many alumni of a school chose mail once a week, and each by itself."""
        ...

    def choose(self, alumnus_key: int) -> bool:
        """Mail goes once a week from now on; False if that was chosen. Raises KeyError for no such alumnus."""
        ...

    def end(self, alumnus_key: int) -> bool:
        """Each goes by itself from now on, and what waits goes now; False if that was chosen. Raises KeyError."""
        ...

    def due(self, alumnus_key: int) -> datetime | None:
        """When the letter goes that can still take parts (aware, UTC); None where there is none."""
        ...

    def wait(self, mail: Mail, until: datetime) -> bool:
        """Puts a message that was taken into that letter, or into a new one for `until` (aware).

        False if it is gone, or another sender has claimed it since.
        """
        ...

    def take(self, letter: Mail) -> list[Mail]:
        """The parts of a letter that was taken: each is now taken as well, one attempt more."""
        ...

    def parts(self, letter_key: int) -> list[Mail]:
        """The parts that were sent in a letter, in the order of `take`."""
        ...
