"""Names of programmes by crebo or RIO code, and which code took the place of an old one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import select

from matcher.domain.crebo import Programme, newest
from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.codecs import load_qualifications
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork

_TABLE, _ALUMNI = schema.programme_codes, schema.alumni


class ProgrammeCodes:
    """Implements `matcher.repositories.programmes.ProgrammeCodes`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit, self._connection = unit, unit.connection

    def names(self) -> Mapping[str, Programme]:
        """The programmes whose names were found, by code."""
        asked = select(_TABLE.c.code, _TABLE.c.name, _TABLE.c.level).where(_TABLE.c.name.is_not(None))
        return {row.code: Programme(row.name, row.level) for row in self._connection.execute(asked)}

    def put_names(self, found: Mapping[str, Programme]) -> None:
        """Keeps names that were found, in place of those of before."""
        self._put({code: {"name": one.name, "level": one.level} for code, one in found.items()})

    def want(self, codes: Collection[str]) -> None:
        """Remembers codes of courses of which the name is to be found."""
        known = self._rows(codes)
        self._put({code: {} for code in codes if code not in known})

    def wanted(self) -> frozenset[str]:
        """Those of which it was not found yet."""
        asked = select(_TABLE.c.code).where(_TABLE.c.name.is_(None), _TABLE.c.successor.is_(None))
        return frozenset(self._connection.execute(asked).scalars())

    def successors(self) -> Mapping[str, str]:
        """The code that took the place of each old one, as the table says: it may have been replaced itself."""
        asked = select(_TABLE.c.code, _TABLE.c.successor).where(_TABLE.c.successor.is_not(None))
        return {row.code: row.successor for row in self._connection.execute(asked)}

    def put_successors(self, links: Mapping[str, str | None]) -> None:
        """Changes which code took the place of these; None for none. Alumni who have such a code change with it."""
        before = newest(self.successors())
        self._put({code: {"successor": code_now} for code, code_now in links.items()})
        after = newest(self.successors())
        changed = {code for code in before.keys() | after.keys() if before.get(code) != after.get(code)}
        held = select(_ALUMNI.c.key, _ALUMNI.c.qualifications).where(_ALUMNI.c.qualifications.is_not(None))
        touched = frozenset(
            row.key
            for row in self._connection.execute(held)
            if any(one.crebo in changed for one in load_qualifications(row.qualifications))
        )
        self._unit.change("programmes", Changes(alumni=touched), len(links))

    def _rows(self, codes: Iterable[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for part in chunks(sorted(codes)):
            rows = self._connection.execute(select(_TABLE).where(_TABLE.c.code.in_(part)))
            found |= {row.code: row._asdict() for row in rows}
        return found

    def _put(self, values: Mapping[str, Mapping[str, object]]) -> None:
        """Changes what is known of these codes."""
        self._unit.need_write()
        empty: dict[str, Any] = dict.fromkeys(("name", "level", "successor"))
        known = self._rows(values)
        rows = [{"code": code, **empty, **known.get(code, {}), **changed} for code, changed in values.items()]
        for part in chunks(sorted(known)):
            self._connection.execute(_TABLE.delete().where(_TABLE.c.code.in_(part)))
        if rows:
            self._connection.execute(_TABLE.insert(), rows)
