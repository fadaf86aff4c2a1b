"""Files that were sent to be imported, kept for days, encrypted like contact details where there is a key."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select

from matcher.domain.moments import stored
from matcher.repositories.uploads import AT_WORK, DONE, FAILED, LOOKING, UNDONE, Upload
from matcher.store import schema
from matcher.store.keys import new_key, new_secret
from matcher.store.records import chunks
from matcher.store.removals import OVERWRITE
from matcher.store.unit import UnitOfWork

ABANDONED = timedelta(minutes=2)
"""An upload whose process was not heard of for so long may be taken by another; a process tells every few seconds."""
_ENDED = (DONE, FAILED, UNDONE)


class Uploads:
    """Implements `matcher.repositories.uploads.Uploads`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add(
        self,
        *,
        school: str,
        kind: str,
        file: str,
        wishes: Mapping[str, Any],
        content: Iterable[bytes],
        state: str = LOOKING,
        request: str = "",
        digest: str = "",
    ) -> Upload:
        """Stores a file of the asker of the transaction, to be looked at or written; `content`: its bytes, in parts."""
        self._unit.need_write()
        by, key, size = self._unit.by, new_key(), 0
        assert by is not None  # noqa: S101 - need_write() refuses in a reading
        row = {
            "key": key,
            "id": new_secret(16),
            "school": school,
            "actor": by.key,
            "role": by.role.value,
            "kind": kind,
            "file": file,
            "size": 0,
            "state": state,
            "wishes": _written(wishes),
            "outcome": _written({}),
            "rows": 0,
            "rows_total": 0,
            "attempts": 0,
            "request": request,
            "digest": digest,
            "created_at": self._unit.utc,
        }
        table, parts = schema.uploads, schema.upload_parts
        self._connection.execute(table.insert(), row)
        for number, part in enumerate(content):
            size += len(part)
            packed = base64.b64encode(zlib.compress(part)).decode("ascii")
            values = {"key": new_key(), "upload_key": key, "number": number, "content": packed}
            self._connection.execute(parts.insert(), values)
        self._connection.execute(table.update().where(table.c.key == key).values(size=size))
        return self._one(key)

    def find(self, upload_id: str) -> Upload | None:
        """The upload with this id; None if there is none, or no longer."""
        row = self._connection.execute(_ALL.where(schema.uploads.c.id == upload_id)).one_or_none()
        return None if row is None else _upload(row)

    def page(
        self, *, schools: Collection[str] | None = None, request: str | None = None, limit: int | None = 50
    ) -> list[Upload]:
        """The newest first: of these schools, and of a request that may be repeated; filters left out do not apply."""
        table = schema.uploads
        where: list[ColumnElement[bool]] = [] if schools is None else [table.c.school.in_(sorted(schools))]
        where += [] if request is None else [table.c.request == request]
        ordered = _ALL.where(*where).order_by(table.c.created_at.desc(), table.c.key).limit(limit)
        return [_upload(row) for row in self._connection.execute(ordered)]

    def content(self, key: int) -> Iterator[bytes]:
        """The bytes of the file, in parts."""
        parts = schema.upload_parts
        named = select(parts.c.key).where(parts.c.upload_key == key).order_by(parts.c.number)
        for number in self._connection.execute(named).scalars().all():
            packed = self._connection.execute(select(parts.c.content).where(parts.c.key == number)).scalar_one()
            yield zlib.decompress(base64.b64decode(packed))

    def take(self, key: int | None = None) -> Upload | None:
        """Takes the oldest upload that is to be looked at or written, or the one with this key; None where none is.

        One that was taken, and of which nothing was heard for `ABANDONED`, may be taken again; so may one that was
        taken by a clock that was ahead.
        """
        self._unit.need_write()
        table, now = schema.uploads, self._unit.utc
        free = or_(table.c.taken_at.is_(None), table.c.taken_at <= now - ABANDONED, table.c.taken_at > now + ABANDONED)
        due = select(table.c.key, table.c.attempts).where(and_(table.c.state.in_(AT_WORK), free))
        if key is not None:
            due = due.where(table.c.key == key)
        row = self._connection.execute(due.order_by(table.c.created_at, table.c.key).limit(1)).one_or_none()
        if row is None:
            return None
        taken = table.update().where(table.c.key == row.key).values(attempts=row.attempts + 1, taken_at=now)
        self._connection.execute(taken)
        return self._one(row.key)

    def put(self, upload: Upload, **changes: Any) -> bool:
        """Changes `state`, `wishes`, `outcome`, `rows`, `rows_total`; tells that its process lives.

        False, and nothing changes, where it is gone, is in another state, or was taken by another process since.
        """
        self._unit.need_write()
        table, now = schema.uploads, self._unit.utc
        values: dict[str, Any] = {
            name: _written(value) if name in {"wishes", "outcome"} else value for name, value in changes.items()
        }
        state = values.get("state")
        values["taken_at"] = now if state is None else None  # in another state it is for whoever takes it next
        if state in _ENDED:
            values["ended_at"] = now
        same = (table.c.key == upload.key, table.c.state == upload.state, table.c.attempts == upload.attempts)
        if {"wishes", "outcome"} & changes.keys():
            self._unit.remove(OVERWRITE)
        return self._connection.execute(table.update().where(*same).values(**values)).rowcount == 1

    def remove(
        self, *, before: datetime | None = None, keys: Collection[int] | None = None, every: bool = False
    ) -> int:
        """Removes uploads from before a moment, with these keys, or all; returns how many."""
        self._unit.need_write()
        table = schema.uploads
        gone = select(table.c.key)
        if not every:
            old = [] if before is None else [table.c.created_at < stored(before)]
            named = [] if keys is None else [table.c.key.in_(sorted(keys))]
            if not old and not named:
                return 0
            gone = gone.where(or_(*old, *named))
        return remove(self._unit, self._connection.execute(gone).scalars().all())

    def _one(self, key: int) -> Upload:
        return _upload(self._connection.execute(_ALL.where(schema.uploads.c.key == key)).one())


def remove(unit: UnitOfWork, keys: Collection[int]) -> int:
    """Removes the uploads with these random keys; returns how many. Their values are cleaned from the files too."""
    for part in chunks(keys):
        unit.connection.execute(schema.uploads.delete().where(schema.uploads.c.key.in_(part)))
    if keys:
        unit.remove(OVERWRITE)
    return len(keys)


def remove_of(unit: UnitOfWork, school: str) -> int:
    """Removes the uploads that may hold an alumnus of a school: its own, and those for every school."""
    table = schema.uploads
    named = select(table.c.key).where(table.c.school.in_(["", school]))
    return remove(unit, unit.connection.execute(named).scalars().all())


_ALL = select(*(schema.uploads.c[name] for name in Upload.__dataclass_fields__))


def _written(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _upload(row: Row[Any]) -> Upload:
    values = row._asdict()
    return Upload(**{**values, "wishes": json.loads(values["wishes"]), "outcome": json.loads(values["outcome"])})
