"""Sources of courses: what each gave last, how its runs went, and how it is read by itself."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, tuple_

from matcher.repositories.sources import Id, KeptAnswer, KeptRun, KeptSource
from matcher.store import schema
from matcher.store.keys import new_key
from matcher.store.records import chunks
from matcher.store.removals import OVERWRITE
from matcher.store.unit import UnitOfWork

_SOURCES, _RECORDS, _RUNS = schema.sources, schema.source_records, schema.source_runs
_ANSWERS, _OFFERINGS = schema.source_answers, schema.offerings
_OF_SOURCE = tuple(_SOURCES.c[name] for name in KeptSource.__dataclass_fields__)
_OF_RUN = tuple(_RUNS.c[name] for name in KeptRun.__dataclass_fields__)
_THERE = _SOURCES.c.removed_at.is_(None)
_JSON = frozenset({"providers", "lists", "problem", "held", "preview", "report"})
_SAME = and_(_OFFERINGS.c.offering_id == _RECORDS.c.offering_id, _OFFERINGS.c.provider == _RECORDS.c.provider)


class Sources:
    """Implements `matcher.repositories.sources.Sources`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit, self._connection = unit, unit.connection

    def named(self, name: str) -> KeptSource | None:
        """The source of this name; not one that was removed."""
        row = self._connection.execute(select(*_OF_SOURCE).where(_SOURCES.c.name == name, _THERE)).one_or_none()
        return None if row is None else _source(row)

    def add(self, name: str, form: str) -> KeptSource:
        """A new source."""
        self._unit.need_write()
        made = KeptSource(new_key(), name, form, self._unit.utc)
        values = {"key": made.key, "name": name, "form": form, "created_at": made.created_at}
        self._connection.execute(_SOURCES.insert(), values)
        return made

    def ids(self, key: int, since: date | None = None) -> Mapping[Id, str]:
        """The offerings that a source had when it was last read and that are still here, with the list of each.

        `since`: only those that begin from that day on, or of which no day is known.
        """
        asked = select(_RECORDS.c.offering_id, _RECORDS.c.provider, _RECORDS.c.part).join(_OFFERINGS, _SAME)
        asked = asked.where(_RECORDS.c.source_key == key, ~_RECORDS.c.gone)
        if since is not None:
            asked = asked.where(or_(_OFFERINGS.c.start.is_(None), _OFFERINGS.c.start >= since))
        return {(row.offering_id, row.provider): row.part for row in self._connection.execute(asked)}

    def brought(self, *, by: int | None = None, but: int | None = None, gone: bool = True) -> frozenset[Id]:
        """The offerings that sources brought: any, one (`by`), or any but one; `gone`: also what they have no more."""
        asked = select(_RECORDS.c.offering_id, _RECORDS.c.provider).distinct()
        if by is not None:
            asked = asked.where(_RECORDS.c.source_key == by)
        if but is not None:
            asked = asked.where(_RECORDS.c.source_key != but)
        if not gone:
            asked = asked.where(~_RECORDS.c.gone)
        return frozenset((row.offering_id, row.provider) for row in self._connection.execute(asked))

    def owners_here(self, owners: Collection[str]) -> frozenset[str]:
        """Those of these providers that have an offering here which no source ever brought."""
        found: set[str] = set()
        for part in chunks([*owners]):
            # a list to look in, made once: the key of this table begins with the source, so that each would be a scan
            brought = select(_RECORDS.c.provider, _RECORDS.c.offering_id).where(_RECORDS.c.provider.in_(part))
            own = select(_OFFERINGS.c.provider).distinct().where(_OFFERINGS.c.provider.in_(part))
            own = own.where(tuple_(_OFFERINGS.c.provider, _OFFERINGS.c.offering_id).not_in(brought))
            found |= set(self._connection.execute(own).scalars())
        return frozenset(found)

    def keep(self, key: int, added: Mapping[Id, str], gone: Collection[Id]) -> None:
        """Remembers which offerings are of a source, with the list of each, and which are no more.

        Known ones may be among `added`.
        """
        self._unit.need_write()
        which, own = tuple_(_RECORDS.c.offering_id, _RECORDS.c.provider), _RECORDS.c.source_key == key
        for part in chunks([*gone]):
            self._connection.execute(_RECORDS.update().where(own, which.in_(part)).values(gone=True))
        for part in chunks([*added]):
            self._connection.execute(_RECORDS.delete().where(own, which.in_(part)))
        rows = [
            {"source_key": key, "offering_id": id_, "provider": provider, "part": part}
            for (id_, provider), part in added.items()
        ]
        if rows:
            self._connection.execute(_RECORDS.insert(), rows)

    def ran(self, run: KeptRun) -> None:
        """Remembers how a reading went."""
        self._unit.need_write()
        values = {one: getattr(run, one) for one in KeptRun.__dataclass_fields__}
        self._connection.execute(_RUNS.insert(), values)

    def runs(self, most: int, key: int | None = None, *, whole: bool = False) -> list[tuple[KeptSource, KeptRun]]:
        """The last readings, the newest first: of all sources that are there, or of one; `whole`: those that were."""
        asked = select(_RUNS.c.source_key.label("source"), *_OF_RUN).join(_SOURCES).where(_THERE)
        asked = asked.order_by(_RUNS.c.id.desc()).limit(most)
        if key is not None:
            asked = asked.where(_RUNS.c.source_key == key)
        if whole:
            asked = asked.where(_RUNS.c.whole)
        rows = self._connection.execute(asked).all()
        sources = {one.key: one for one in Connectors(self._unit).all()}
        return [(sources[row[0]], KeptRun(*row[1:])) for row in rows]


class Connectors:
    """Implements `matcher.repositories.sources.Connectors`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit, self._connection = unit, unit.connection

    def all(self) -> list[KeptSource]:
        """All sources by name, but those that were removed."""
        asked = select(*_OF_SOURCE).where(_THERE).order_by(_SOURCES.c.name)
        return [_source(row) for row in self._connection.execute(asked)]

    def find(self, key: int) -> KeptSource | None:
        """The source with this random key, also one that was removed."""
        row = self._connection.execute(select(*_OF_SOURCE).where(_SOURCES.c.key == key)).one_or_none()
        return None if row is None else _source(row)

    def put(self, key: int, **values: Any) -> None:
        """Changes fields of a source, and `report`: the remarks of its last reading by language."""
        self._unit.need_write()
        written = {name: _json(value) if name in _JSON else value for name, value in values.items()}
        if "token" in values:
            self._unit.remove(OVERWRITE)  # the one before is not to stay in a file
        self._connection.execute(_SOURCES.update().where(_SOURCES.c.key == key).values(**written))

    def report(self, key: int) -> Mapping[str, Any]:
        """The remarks of the last reading of a source by language; empty where there is none."""
        stored = self._connection.execute(select(_SOURCES.c.report).where(_SOURCES.c.key == key)).scalar()
        found: Mapping[str, Any] = json.loads(stored) if stored else {}
        return found

    def of(self, offerings: Collection[Id]) -> Mapping[Id, str]:
        """Those of these offerings that a source has now and will say again, with its name: not of one that is off."""
        found: dict[Id, str] = {}
        speaks = or_(_SOURCES.c.is_on, _SOURCES.c.url.is_(None))
        joined = select(_RECORDS.c.offering_id, _RECORDS.c.provider, _SOURCES.c.name).join(_SOURCES)
        joined = joined.where(~_RECORDS.c.gone, speaks).order_by(_SOURCES.c.name.desc())
        for part in chunks([*offerings]):
            which = tuple_(_RECORDS.c.offering_id, _RECORDS.c.provider).in_(part)
            rows = self._connection.execute(joined.where(which))
            found |= {(row.offering_id, row.provider): row.name for row in rows}
        return found

    def last_runs(self) -> Mapping[int, KeptRun]:
        """The last reading of each source that has one."""
        rows = self._connection.execute(select(*_OF_RUN).where(_RUNS.c.id.in_(_newest())))
        return {row.source_key: KeptRun(*row) for row in rows}

    def version(self) -> int:
        """A number that is another after each reading that was written."""
        return int(self._connection.execute(select(func.max(_RUNS.c.id))).scalar() or 0)

    def forget(self, before: datetime) -> int:
        """Forgets readings from before a moment (UTC), but the last of each source; returns how many."""
        self._unit.need_write()
        old = self._connection.execute(select(_RUNS.c.id).where(_RUNS.c.ran_at < before, ~_RUNS.c.id.in_(_newest())))
        gone = old.scalars().all()
        for part in chunks(gone):
            self._connection.execute(_RUNS.delete().where(_RUNS.c.id.in_(part)))
        return len(gone)


class SourceAnswers:
    """Implements `matcher.repositories.sources.SourceAnswers`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit, self._connection = unit, unit.connection

    def find(self, key: int, address: str) -> KeptAnswer | None:
        """What a source answered at an address."""
        same = (_ANSWERS.c.source_key == key, _ANSWERS.c.address == address)
        row = self._connection.execute(select(_ANSWERS).where(*same)).one_or_none()
        if row is None:
            return None
        content = zlib.decompress(base64.b64decode(row.content))
        return KeptAnswer(row.address, content, row.etag, row.modified, row.asked_at)

    def keep(self, key: int, answers: Iterable[KeptAnswer]) -> None:
        """Keeps what a source answered, in the place of what it answered there before."""
        self._unit.need_write()
        rows = {
            one.address: {
                "key": new_key(),
                "source_key": key,
                "address": one.address,
                "etag": one.etag,
                "modified": one.modified,
                "content": base64.b64encode(zlib.compress(one.content, 1)).decode("ascii"),
                "asked_at": one.asked_at,
            }
            for one in answers
        }
        for part in chunks([*rows]):
            same = (_ANSWERS.c.source_key == key, _ANSWERS.c.address.in_(part))
            self._connection.execute(_ANSWERS.delete().where(*same))
        if rows:
            self._connection.execute(_ANSWERS.insert(), list(rows.values()))

    def touch(self, key: int, addresses: Collection[str]) -> None:
        """Remembers that what a source answered at these addresses is still so now."""
        self._unit.need_write()
        for part in chunks(addresses):
            same = (_ANSWERS.c.source_key == key, _ANSWERS.c.address.in_(part))
            self._connection.execute(_ANSWERS.update().where(*same).values(asked_at=self._unit.utc))

    def forget(self, key: int, before: datetime | None = None, *, bare: bool = False) -> None:
        """Forgets answers of a source: all, those from before a moment (UTC), and the `bare`, which name no version."""
        self._unit.need_write()
        which = []
        if before is not None:
            which.append(_ANSWERS.c.asked_at < before)
        if bare:
            which.append(and_(_ANSWERS.c.etag == "", _ANSWERS.c.modified == ""))
        gone = _ANSWERS.delete().where(_ANSWERS.c.source_key == key)
        self._connection.execute(gone.where(or_(*which)) if which else gone)


def _newest() -> Any:
    """The ids of the last reading of each source."""
    return select(func.max(_RUNS.c.id)).group_by(_RUNS.c.source_key)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _source(row: Row[Any]) -> KeptSource:
    values = row._asdict()
    for name in ("providers", "lists"):
        values[name] = tuple(json.loads(values[name]))
    for name in ("problem", "held", "preview"):
        values[name] = json.loads(values[name]) if values[name] else None
    for name in ("url", "token", "agreed"):
        values[name] = values[name] or ""
    return KeptSource(**values)
