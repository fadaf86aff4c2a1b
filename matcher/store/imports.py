"""Rows of an import into records, and imports that are taken back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, select

from matcher.domain.records import RecordKind
from matcher.repositories.values import Changes, ImportTrace, KeptImport, Undone, Upsert, UpsertResult
from matcher.store import schema, undo
from matcher.store.bulk import insert
from matcher.store.codecs import LAYOUTS
from matcher.store.erasure import remember_addresses
from matcher.store.exposures import forget_lists
from matcher.store.import_diff import ImportDiff, Planner
from matcher.store.keys import new_key, new_number, new_secret
from matcher.store.own_fields import named, put_values
from matcher.store.removals import OVERWRITE
from matcher.store.revisions import REFERENCES, UNDO
from matcher.store.states import without_marks
from matcher.store.unit import UnitOfWork

_KEPT = tuple(schema.imports.c[name] for name in KeptImport.__dataclass_fields__)


class Imports:
    """Implements `matcher.repositories.people.Imports`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def begin(self, kind: RecordKind, owner: str | None, file: str) -> str:
        """Begins an import that can be taken back for 30 days; returns its random id."""
        self._unit.need_write()
        by = self._unit.by
        assert by is not None  # noqa: S101 - need_write() refuses in a reading
        row = {"key": new_key(), "id": new_number(), "kind": kind.value, "owner": owner, "file": file}
        row |= {"secret": new_secret(), "created_at": self._unit.utc, "actor": by.key or None, "role": by.role.value}
        self._connection.execute(schema.imports.insert(), {**row, "created": 0, "updated": 0})
        return str(row["id"])

    def upsert(
        self, kind: RecordKind, rows: Sequence[Upsert], *, import_id: str | None = None, alike: bool = True
    ) -> list[UpsertResult]:
        """Writes the rows; rows in which nothing changes write nothing. `alike`: possible duplicates are named.

        Raises ValueError for what an importer has to refuse: a record twice in one call, an unknown field, a required
        field absent or empty. Raises KeyError for an unknown import.
        """
        self._unit.need_write()
        import_key = None if import_id is None else self._key(import_id)
        diff = Planner(self._connection, kind, self._unit.today, tracks=import_key is not None).plan(rows, alike=alike)
        if diff.changed:
            _write(self._connection, kind, diff)
            if import_key is not None:
                undo.keep(self._connection, import_key, kind, diff.changes, made=diff.new)
                self._count(import_key, diff)
            about = Changes.of({kind: diff.keys})
            if kind is RecordKind.REQUESTS:
                about = replace(about, alumni=frozenset(forget_lists(self._connection, diff.keys)))
            self._unit.change(f"import_{kind.value}", about, diff.changed)
            if diff.beside_updates or diff.own or (diff.updates and kind is RecordKind.ALUMNI):
                self._unit.remove(OVERWRITE)
        return diff.results

    def preview(self, kind: RecordKind, rows: Sequence[Upsert]) -> list[UpsertResult]:
        """What `upsert` would do; writes nothing. A number that would be given is left out. Raises as that does."""
        results = Planner(self._connection, kind, self._unit.today, writes=False).plan(rows).results
        unnamed = {row.row for row in rows if not row.id}
        return [replace(one, id="") if one.outcome == "created" and one.row in unnamed else one for one in results]

    def listed(self, owner: str | None = None, limit: int = 50) -> list[KeptImport]:
        """The newest imports first, of one school or provider or all."""
        table = schema.imports
        ordered = select(*_KEPT).order_by(table.c.created_at.desc(), table.c.key).limit(limit)
        rows = self._connection.execute(ordered if owner is None else ordered.where(table.c.owner == owner))
        return [_kept(row) for row in rows]

    def find(self, import_id: str) -> KeptImport | None:
        """The import with this id; None for one that there is not, or no longer."""
        row = self._connection.execute(select(*_KEPT).where(schema.imports.c.id == import_id)).one_or_none()
        return None if row is None else _kept(row)

    def undo(self, import_id: str) -> Undone:
        """Takes an import back, but for what was changed since, and notes it. Raises KeyError for an unknown one."""
        self._unit.need_write()
        key, kept = self._key(import_id), self.find(import_id)
        assert kept is not None  # noqa: S101 - it has a key
        if kept.undone_at is not None:
            return Undone(kept.kind, before=kept.undone_at)
        outcome = undo.Undo(self._connection, key, kept.kind).run()
        table = schema.imports
        self._connection.execute(table.update().where(table.c.key == key).values(undone_at=self._unit.utc))
        changed = [*outcome.restored, *outcome.partly, *outcome.removed]
        if changed:
            nameless = outcome.removed and kept.kind is RecordKind.ALUMNI  # who is gone is named nowhere
            about = None if nameless else Changes.of({kept.kind: changed})
            if about is not None and kept.kind is RecordKind.REQUESTS:
                about = replace(about, alumni=frozenset(forget_lists(self._connection, changed)))
            self._unit.change("undo", about, len(changed))
        if outcome.emptied:
            self._unit.remove(OVERWRITE)
        counts = {"restored": len(outcome.restored), "removed": len(outcome.removed), "left": len(outcome.left)}
        schools = [kept.owner] if kept.owner and kept.kind is not RecordKind.OFFERINGS else []
        details = {"kind": kept.kind.value, "import": import_id, **counts, REFERENCES: outcome.references}
        self._unit.note(UNDO, details, schools=schools)
        return Undone(kept.kind, counts["restored"], counts["removed"], tuple(outcome.left))

    def about(self, key: int) -> list[ImportTrace]:
        """What is kept of an alumnus for the undo of imports, the newest first."""
        imports, changes = schema.imports, schema.import_changes
        columns = select(imports.c.id, imports.c.created_at, changes.c.before).join_from(changes, imports)
        ordered = columns.where(changes.c.alumnus_key == key).order_by(imports.c.created_at.desc(), imports.c.key)
        return [
            ImportTrace(import_id, at, self._told(before))
            for import_id, at, before in self._connection.execute(ordered)
        ]

    def _told(self, before: str | None) -> dict[str, Any]:
        """What an import changed, as it was, for people."""
        content = without_marks(json.loads(before)) if before else {}
        return content and {**content, "fields": named(self._connection, content.get("fields", {}))}

    def forget(self, before: datetime) -> int:
        """Forgets the imports before a moment (UTC), and what their undo needs; returns how many."""
        self._unit.need_write()
        count = undo.forget_before(self._connection, before)
        if count:
            self._unit.remove(OVERWRITE)
        return count

    def _key(self, import_id: str) -> int:
        key = self._connection.execute(select(schema.imports.c.key).where(schema.imports.c.id == import_id)).scalar()
        if key is None:
            raise KeyError(import_id)
        return int(key)

    def _count(self, import_key: int, diff: ImportDiff) -> None:
        table = schema.imports
        created, updated = 0 if diff.new is None else len(diff.new.keys), 0
        for change in diff.changes:
            created, updated = created + (change.before is None), updated + (change.before is not None)
        counts = {"created": table.c.created + created, "updated": table.c.updated + updated}
        self._connection.execute(table.update().where(table.c.key == import_key).values(counts))


def _kept(row: Any) -> KeptImport:
    id_, kind, *others = row
    return KeptImport(id_, RecordKind(kind), *others)


def _write(connection: Connection, kind: RecordKind, diff: ImportDiff) -> None:
    layout = LAYOUTS[kind]
    if diff.new is not None:
        diff.new.write(connection)
    insert(connection, layout.table, diff.inserts)
    _many(connection, layout.table.update().where(layout.table.c.key == bindparam("the_key")), diff.updates)
    if layout.beside_table is not None:
        key = layout.beside_table.c[layout.beside_key]
        updates = [{"the_key": row.pop(key.name), **row} for row in diff.beside_updates]
        insert(connection, layout.beside_table, diff.beside_inserts)
        _many(connection, layout.beside_table.update().where(key == bindparam("the_key")), updates)
    put_values(connection, diff.own)
    remember_addresses(connection, diff.former_addresses)
    table = schema.consents
    insert(connection, table, diff.consent_inserts)
    _many(connection, schema.objections.insert(), diff.objections)
    same = (table.c.alumnus_key == bindparam("the_key"), table.c.purpose == bindparam("the_purpose"))
    _many(connection, table.update().where(*same), diff.consent_updates)


def _many(connection: Connection, statement: Executable, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)
