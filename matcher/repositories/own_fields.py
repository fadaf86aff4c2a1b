"""The repository of own fields: what schools keep of their alumni besides the table of fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from matcher.domain.own_fields import OwnField, OwnSpec


class OwnFields(Protocol):
    """Own fields per school, ten at most, and the values that alumni have of them."""

    def of(self, school: str | None = None) -> list[OwnField]:
        """The own fields of a school, or of all, in the order in which they were made."""
        ...

    def add(self, school: str, spec: OwnSpec) -> OwnField:
        """Makes one. Raises InvalidValue('own_field_there'), InvalidValue('own_fields_full') beyond ten."""
        ...

    def rename(self, key: int, name: str) -> None:
        """Gives one another name, in requests too. Raises KeyError, InvalidValue('own_field_there')."""
        ...

    def set_choices(self, key: int, choices: Iterable[str]) -> None:
        """Sets what may be chosen. Raises KeyError."""
        ...

    def remove(self, key: int) -> int:
        """Removes one with the values that alumni have of it; returns of how many.

        Raises KeyError, InvalidValue('own_field_demanded') where a request asks for it.
        """
        ...

    def demands(self, request_key: int | None = None) -> list[tuple[int, str, str]]:
        """The requests that demand own fields: random key, school, and what they demand; by key. Or this one."""
        ...

    def values(self, keys: Iterable[int]) -> dict[int, dict[int, str]]:
        """Of these alumni, by random key, the values that they have, by key of the field."""
        ...

    def of_school(self, school: str | None = None) -> dict[int, dict[int, str]]:
        """The same of all alumni of a school, or of all, who have any."""
        ...
