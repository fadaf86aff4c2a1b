"""The repository of what alumni said that own words mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from matcher.domain.concepts import OwnMeaning


class OwnMeanings(Protocol):
    """What alumni said of own words. It stays until they take it back, whatever lists and vocabularies say."""

    def of(self, keys: Collection[int] | None = None) -> Mapping[int, Sequence[OwnMeaning]]:
        """What these alumni said, or all: by alumnus, of each word and concept once; none of whoever said nothing."""
        ...

    def say(self, alumnus_key: int, label: str, uri: str, *, confirmed: bool) -> bool:
        """A word means a concept or does not, in place of what was said of both before; False where that is known.

        A revision: rankings follow it. Raises KeyError.
        """
        ...

    def take_back(self, alumnus_key: int, label: str, uri: str) -> bool:
        """It is as if nothing was said of a word and a concept; False where nothing was. A revision."""
        ...
