"""Writes imports, places and what a person states, each in one transaction with one data revision."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, select

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.policy import Asker
from matcher.ports import Changes, Coordinates, Upsert, UpsertResult
from matcher.store import schema
from matcher.store.audit import append
from matcher.store.codecs import LAYOUTS
from matcher.store.consents import PERSON
from matcher.store.database import Database
from matcher.store.erasure import remember_addresses
from matcher.store.import_diff import Plan, Planner
from matcher.store.records import chunks
from matcher.store.revisions import about, add_revision
from matcher.store.rows import need_alumnus
from matcher.text import town_key

_FEW_TOWNS = 100
"""Of so many new towns it is looked up who lives there."""


class Writing:
    """The writing half of the store. Every write raises StoreUnavailable."""

    _database: Database

    def upsert(
        self, kind: RecordKind, rows: Sequence[Upsert], *, today: date, dry_run: bool = False
    ) -> list[UpsertResult]:
        """Writes the rows, or only says what writing them would do; see `matcher.ports.Upsert`.

        A batch in which nothing changes writes nothing and makes no revision. Raises ValueError for what an importer
        has to refuse: a record twice in one call, an unknown field, a required field absent or empty.
        """
        if dry_run:
            with self._database.reading() as connection:
                return Planner(connection, kind, today).plan(rows).results
        return self._database.write(partial(_upsert, kind=kind, rows=rows, today=today))

    def add_places(self, places: Mapping[str, Coordinates]) -> int:
        """Adds or replaces coordinates; returns how many changed (a new data revision when any did)."""
        return self._database.write(partial(_add_places, places=places))

    def state_fields(self, key: int, fields: Iterable[str]) -> None:
        """Sets which fields an alumnus stated himself, which imports then leave alone. Raises KeyError."""
        layout = LAYOUTS[RecordKind.ALUMNI]
        stated = sorted(set(fields))
        unknown = [name for name in stated if name not in layout.fields and name not in layout.beside]
        if unknown:
            raise KeyError(*unknown)
        statement = schema.alumni.update().where(schema.alumni.c.key == key)

        def work(connection: Connection) -> None:
            if connection.execute(statement.values(stated_fields=json.dumps(stated) if stated else None)).rowcount != 1:
                raise KeyError(key)

        self._database.write(work)

    def state_consent(
        self,
        key: int,
        purpose: Purpose,
        *,
        given: bool,
        today: date,
        version: str | None = None,
        by: Asker | None = None,
    ) -> None:
        """Consent given or withdrawn by the person, who may always do so; a new data revision. Raises KeyError.

        `version`: of the text that was agreed to; `by`: who entered it, for the log.
        """

        def work(connection: Connection) -> None:
            _state_consent(connection, key=key, purpose=purpose, given=given, today=today, version=version)
            told = {"alumnus": key, "purpose": purpose.value, "given": given}
            append(connection, by, "consent.write", told)

        self._database.write(work)

    def declare_conflict(self, request_key: int, alumnus_key: int) -> None:
        """These two may not meet; a new data revision when that is new."""
        table = schema.conflicts
        pair = {"request_key": request_key, "alumnus_key": alumnus_key}

        def work(connection: Connection) -> None:
            known = select(table).where(table.c.request_key == request_key, table.c.alumnus_key == alumnus_key)
            if connection.execute(known).first() is None:
                connection.execute(table.insert(), pair)
                add_revision(connection, "conflict", 1, about(alumnus_key))

        self._database.write(work)


def _many(connection: Connection, statement: Executable, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _upsert(connection: Connection, *, kind: RecordKind, rows: Sequence[Upsert], today: date) -> list[UpsertResult]:
    plan = Planner(connection, kind, today).plan(rows)
    if plan.changed:
        _write(connection, kind, plan)
        add_revision(connection, f"import_{kind.value}", plan.changed, Changes(**{kind.value: frozenset(plan.keys)}))
    return plan.results


def _write(connection: Connection, kind: RecordKind, plan: Plan) -> None:
    layout = LAYOUTS[kind]
    _many(connection, layout.table.insert(), plan.inserts)
    _many(connection, layout.table.update().where(layout.table.c.key == bindparam("the_key")), plan.updates)
    if layout.beside_table is not None:
        key = layout.beside_table.c[layout.beside_key]
        updates = [{"the_key": row.pop(key.name), **row} for row in plan.beside_updates]
        _many(connection, layout.beside_table.insert(), plan.beside_inserts)
        _many(connection, layout.beside_table.update().where(key == bindparam("the_key")), updates)
    remember_addresses(connection, plan.former_addresses)
    table = schema.consents
    new = table.insert().values(alumnus_key=bindparam("the_key"), purpose=bindparam("the_purpose"))
    _many(connection, new, plan.consent_inserts)
    same = (table.c.alumnus_key == bindparam("the_key"), table.c.purpose == bindparam("the_purpose"))
    _many(connection, table.update().where(*same), plan.consent_updates)


def _add_places(connection: Connection, *, places: Mapping[str, Coordinates]) -> int:
    table = schema.places
    known: dict[str, Coordinates] = {}
    for part in chunks(places):
        rows = connection.execute(select(table.c.key, table.c.latitude, table.c.longitude).where(table.c.key.in_(part)))
        known.update((key, Coordinates(latitude, longitude)) for key, latitude, longitude in rows)
    changed = [
        {"the_key": key, "latitude": point.latitude, "longitude": point.longitude}
        for key, point in places.items()
        if known.get(key) != point
    ]
    _many(
        connection,
        table.insert().values(key=bindparam("the_key")),
        [values for values in changed if values["the_key"] not in known],
    )
    _many(
        connection,
        table.update().where(table.c.key == bindparam("the_key")),
        [values for values in changed if values["the_key"] in known],
    )
    if changed:
        keys = [str(values["the_key"]) for values in changed]
        new = known.keys().isdisjoint(keys)
        add_revision(connection, "places", len(changed), _of_towns(connection, keys) if new else None)
    return len(changed)


def _of_towns(connection: Connection, keys: Sequence[str]) -> Changes | None:
    """Who and what is in one of these towns, which had no coordinates; None where it may be more than these."""
    if len(keys) > _FEW_TOWNS or not all(key.startswith("town:") for key in keys):
        return None
    found: dict[str, frozenset[int]] = {}
    for kind, layout in LAYOUTS.items():
        table = layout.table
        towns = connection.execute(select(table.c.town).where(table.c.town.is_not(None)).distinct()).scalars()
        requested_skill_names = [town for town in towns if town_key(town) in keys]
        of_them = select(table.c.key).where(table.c.town.in_(requested_skill_names))
        found[kind.value] = frozenset(connection.execute(of_them).scalars())
    return Changes(**found)


def _state_consent(
    connection: Connection, *, key: int, purpose: Purpose, given: bool, today: date, version: str | None
) -> None:
    table = schema.consents
    need_alumnus(connection, key)
    same = (table.c.alumnus_key == key, table.c.purpose == purpose.value)
    exists = connection.execute(select(table.c.purpose).where(*same)).first() is not None
    values: dict[str, Any] = {"source": PERSON, "withdrawn_on": None if given else today}
    values |= {"given_on": today, "text_version": version} if given else {"last_withdrawn_on": today}
    if exists:
        connection.execute(table.update().where(*same), values)
    else:
        connection.execute(table.insert(), {"alumnus_key": key, "purpose": purpose.value, **values})
    if given:
        connection.execute(schema.retention.delete().where(schema.retention.c.alumnus_key == key))
    add_revision(connection, "consent", 1, about(key))
