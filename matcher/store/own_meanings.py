"""What alumni said that own words mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from matcher.domain.concepts import OwnMeaning
from matcher.domain.moments import aware
from matcher.store import removals, schema
from matcher.store.keys import need_alumnus, new_key
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork, about

_SAID = schema.own_meanings
_CAUSE = "meaning"


class OwnMeanings:
    """Implements `matcher.repositories.own_meanings.OwnMeanings`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, keys: Collection[int] | None = None) -> dict[int, list[OwnMeaning]]:
        """What these alumni said, or all: by alumnus, of each word and concept once; none of whoever said nothing."""
        rows = select(_SAID).order_by(_SAID.c.since, _SAID.c.key)
        newest: dict[int, dict[tuple[str, str], OwnMeaning]] = defaultdict(dict)
        for part in [None] if keys is None else chunks(keys):
            asked = rows if part is None else rows.where(_SAID.c.alumnus_key.in_(part))
            for row in self._connection.execute(asked):
                said = OwnMeaning(row.label, row.uri, row.confirmed, aware(row.since))
                newest[row.alumnus_key][row.label, row.uri] = said
        return {key: [said[of] for of in sorted(said)] for key, said in sorted(newest.items())}

    def say(self, alumnus_key: int, label: str, uri: str, *, confirmed: bool) -> bool:
        """A word means a concept or does not, in place of what was said of both before; False where that is known."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        known = self.of([alumnus_key]).get(alumnus_key, ())
        if any((one.label, one.uri, one.confirmed) == (label, uri, confirmed) for one in known):
            return False
        self._remove(alumnus_key, label, uri)
        row: dict[str, Any] = {"key": new_key(), "alumnus_key": alumnus_key, "label": label, "uri": uri}
        self._connection.execute(_SAID.insert(), row | {"confirmed": confirmed, "since": self._unit.utc})
        self._unit.change(_CAUSE, about(alumnus_key))
        return True

    def take_back(self, alumnus_key: int, label: str, uri: str) -> bool:
        """It is as if nothing was said of a word and a concept; False where nothing was."""
        self._unit.need_write()
        if not self._remove(alumnus_key, label, uri):
            return False
        self._unit.change(_CAUSE, about(alumnus_key))
        self._unit.remove(removals.OVERWRITE)
        return True

    def _remove(self, alumnus_key: int, label: str, uri: str) -> int:
        same = (_SAID.c.alumnus_key == alumnus_key, _SAID.c.label == label, _SAID.c.uri == uri)
        return self._connection.execute(_SAID.delete().where(*same)).rowcount
