"""Own fields of schools, and what alumni have of those.

Among the stored fields of an alumnus (`stored_records`) an own field is called `own:KEY`, so that imports, their undo
and merges take it along as they do any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from matcher.domain.own_fields import (
    MOST,
    OWN_PREFIX,
    OwnField,
    OwnKind,
    OwnSpec,
    demands_in,
    demands_text,
    own_key,
    own_name,
)
from matcher.errors import InvalidValue
from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.keys import new_key
from matcher.store.records import chunks
from matcher.store.removals import OVERWRITE
from matcher.store.unit import UnitOfWork, about

PREFIX = OWN_PREFIX
_FIELDS, _VALUES = schema.own_fields, schema.own_values
_TEXT = _VALUES.c["values"]
_KEPT = tuple(_FIELDS.c[name] for name in OwnField.__dataclass_fields__)
_ALL = select(*_KEPT).order_by(_FIELDS.c.school, _FIELDS.c.created_at, _FIELDS.c.name_key)
_OF_SCHOOL = _ALL.where(_FIELDS.c.school == bindparam("school"))


class OwnFields:
    """Implements `matcher.repositories.own_fields.OwnFields`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, school: str | None = None) -> list[OwnField]:
        """The own fields of a school, or of all, in the order in which they were made."""
        if school is None:
            return [_field(row) for row in self._connection.execute(_ALL)]
        return [_field(row) for row in self._connection.execute(_OF_SCHOOL, {"school": school})]

    def add(self, school: str, spec: OwnSpec) -> OwnField:
        """Makes one. Raises InvalidValue('own_field_there'), InvalidValue('own_fields_full') beyond ten."""
        self._unit.need_write()
        by = self._unit.by
        assert by is not None  # noqa: S101 - need_write() refuses in a reading
        there = self.of(school)
        if any(own_key(field.name) == own_key(spec.name) for field in there):
            raise InvalidValue("own_field_there", name=spec.name)
        if len(there) >= MOST:
            raise InvalidValue("own_fields_full", school=school, most=MOST)
        field = OwnField(
            new_key(), school, spec.name, spec.kind, spec.personal, spec.choices, self._unit.utc, by.role.value
        )
        row = {"key": field.key, "school": school, "name": spec.name, "name_key": own_key(spec.name)}
        row |= {"kind": spec.kind.value, "personal": spec.personal, "choices": _dump(spec.choices)}
        row |= {"created_at": self._unit.utc, "actor": by.key or None, "role": by.role.value}
        self._connection.execute(_FIELDS.insert(), row)
        return field

    def rename(self, key: int, name: str) -> None:
        """Gives one another name, in requests too. Raises KeyError, InvalidValue('own_field_there')."""
        field = self._need(key)
        for other in self.of(field.school):
            if other.key != key and own_key(other.name) == own_key(name):
                raise InvalidValue("own_field_there", name=name)
        self._set(key, name=name, name_key=own_key(name))
        table = schema.requests
        renamed = {}
        for request, text in self._demanding(field):
            named = [(name if own_key(one) == own_key(field.name) else one, value) for one, value in demands_in(text)]
            renamed[request] = demands_text(named)
            self._connection.execute(table.update().where(table.c.key == request).values(own_demands=renamed[request]))
        if renamed:
            self._unit.change("own_field", Changes(requests=frozenset(renamed)), len(renamed))

    def set_choices(self, key: int, choices: Iterable[str]) -> None:
        """Sets what may be chosen. Raises KeyError."""
        self._need(key)
        self._set(key, choices=_dump(choices))

    def remove(self, key: int) -> int:
        """Removes one with the values that alumni have of it; returns of how many.

        Raises KeyError, InvalidValue('own_field_demanded') where a request asks for it.
        """
        field = self._need(key)
        if demanding := self._demanding(field):
            raise InvalidValue("own_field_demanded", name=field.name, count=len(demanding))
        having = [alumnus for alumnus, values in self.of_school(field.school).items() if key in values]
        put_values(self._connection, {alumnus: {key: None} for alumnus in having})
        self._forget_stated(key)
        self._connection.execute(_FIELDS.delete().where(_FIELDS.c.key == key))
        if having:
            self._unit.change("own_field", about(*having), len(having))
            self._unit.remove(OVERWRITE)
        return len(having)

    def _forget_stated(self, key: int) -> None:
        """Takes a field from what alumni stated."""
        table, name = schema.alumni, own_name(key)
        columns = select(table.c.key, table.c.stated_fields).where(table.c.stated_fields.contains(f'"{name}"'))
        for alumnus, text in self._connection.execute(columns).all():
            left = [one for one in json.loads(text) if one != name]
            stated = json.dumps(left) if left else None
            self._connection.execute(table.update().where(table.c.key == alumnus).values(stated_fields=stated))

    def demands(self, request_key: int | None = None) -> list[tuple[int, str, str]]:
        """The requests that demand own fields: random key, school, and what they demand; by key. Or this one."""
        table = schema.requests
        columns = select(table.c.key, table.c.school, table.c.own_demands).where(table.c.own_demands.is_not(None))
        columns = columns if request_key is None else columns.where(table.c.key == request_key)
        return [(key, school, text) for key, school, text in self._connection.execute(columns.order_by(table.c.key))]

    def values(self, keys: Iterable[int]) -> dict[int, dict[int, str]]:
        """Of these alumni, by random key, the values that they have, by key of the field."""
        return values_of(self._connection, keys)

    def of_school(self, school: str | None = None) -> dict[int, dict[int, str]]:
        """The same of all alumni of a school, or of all, who have any."""
        rows = select(_VALUES.c.alumnus_key, _TEXT)
        if school is not None:
            rows = rows.join_from(_VALUES, schema.alumni).where(schema.alumni.c.school == school)
        return _read(self._connection, rows.order_by(_VALUES.c.alumnus_key))

    def _demanding(self, field: OwnField) -> list[tuple[int, str]]:
        """The requests of its school that ask for a field, with what they demand."""
        names = own_key(field.name)
        return [
            (key, text)
            for key, school, text in self.demands()
            if school == field.school and names in {own_key(name) for name, _ in demands_in(text)}
        ]

    def _need(self, key: int) -> OwnField:
        self._unit.need_write()
        row = self._connection.execute(select(*_KEPT).where(_FIELDS.c.key == key)).one_or_none()
        if row is None:
            raise KeyError(key)
        return _field(row)

    def _set(self, key: int, **columns: str) -> None:
        self._connection.execute(_FIELDS.update().where(_FIELDS.c.key == key).values(columns))


def _field(row: Any) -> OwnField:
    key, school, name, kind, personal, choices, created_at, role = row
    return OwnField(key, school, name, OwnKind(kind), bool(personal), tuple(json.loads(choices)), created_at, role)


def _dump(choices: Iterable[str]) -> str:
    return json.dumps(list(choices), ensure_ascii=False)


def _read(connection: Connection, statement: Select[Any]) -> dict[int, dict[int, str]]:
    return {alumnus: _loaded(text) for alumnus, text in connection.execute(statement)}


def _loaded(text: str) -> dict[int, str]:
    return {int(key): value for key, value in json.loads(text).items()}


def values_of(connection: Connection, keys: Iterable[int]) -> dict[int, dict[int, str]]:
    """Of these alumni the values that they have, by key of the field."""
    found: dict[int, dict[int, str]] = {}
    for part in chunks(keys):
        found |= _read(connection, select(_VALUES.c.alumnus_key, _TEXT).where(_VALUES.c.alumnus_key.in_(part)))
    return found


def there_of(connection: Connection) -> set[int]:
    """The keys of the own fields that there are, of all schools."""
    return set(connection.execute(select(_FIELDS.c.key)).scalars())


def put_values(connection: Connection, changes: Mapping[int, Mapping[int, str | None]]) -> None:
    """Sets values of alumni, None to have none; what is of a field that is gone stays away."""
    if not changes:
        return
    fields = there_of(connection)
    there = values_of(connection, changes)
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    empty: list[int] = []
    for alumnus, given in changes.items():
        before = there.get(alumnus, {})
        after = {key: text for key, text in {**before, **given}.items() if text is not None and key in fields}
        if after == before:
            continue
        text = json.dumps({str(key): after[key] for key in sorted(after)}, ensure_ascii=False, separators=(",", ":"))
        if not after:
            empty.append(alumnus)
        elif before:
            changed.append({"the_key": alumnus, "values": text})
        else:
            new.append({"alumnus_key": alumnus, "values": text})
    for part in chunks(empty):
        connection.execute(_VALUES.delete().where(_VALUES.c.alumnus_key.in_(part)))
    if new:
        connection.execute(_VALUES.insert(), new)
    if changed:
        connection.execute(_VALUES.update().where(_VALUES.c.alumnus_key == bindparam("the_key")), changed)


# ---- as stored fields of an alumnus


def as_fields(text: str | None) -> dict[str, str]:
    """The values in a row of `own_values`, as stored fields of the alumnus."""
    return {} if text is None else {f"{PREFIX}{key}": value for key, value in json.loads(text).items()}


def own_part(fields: Mapping[str, Any]) -> dict[int, Any]:
    """The own ones among stored fields, by key; without those that a school does not have yet (a preview)."""
    own = {name.removeprefix(PREFIX): value for name, value in fields.items() if name.startswith(PREFIX)}
    return {int(key): value for key, value in own.items() if key.isdecimal()}


def named(connection: Connection, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Stored fields for people: the own ones by the names that the school gave them."""
    if not any(name.startswith(PREFIX) for name in fields):
        return dict(fields)
    names = {own_name(key): name for key, name in connection.execute(select(_FIELDS.c.key, _FIELDS.c.name))}
    return {names.get(name, name): value for name, value in fields.items()}


def definitions(connection: Connection, schools: Iterable[str]) -> dict[tuple[str, str], int]:
    """The key of each own field of these schools, by school and name as compared."""
    sought = sorted(set(schools))
    columns = select(_FIELDS.c.school, _FIELDS.c.name_key, _FIELDS.c.key)
    return {
        (school, name): key
        for part in chunks(sought)
        for school, name, key in connection.execute(columns.where(_FIELDS.c.school.in_(part)))
    }
