"""Consents and objections."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, select

from matcher.domain.first_yes import LeftOut, left_out
from matcher.domain.kinds import Purpose
from matcher.repositories.values import KeptConsent
from matcher.store import schema
from matcher.store.consent_rules import PERSON, RETENTION
from matcher.store.derived import per_alumnus
from matcher.store.former import former_keys
from matcher.store.journal import CONSENT, OBJECTION, Act
from matcher.store.keys import need_alumnus
from matcher.store.records import chunks, streamed
from matcher.store.undo import forget_values
from matcher.store.unit import UnitOfWork, about

_COLUMNS = [schema.consents.c[name] for name in KeptConsent.__dataclass_fields__]
_SAID = ("withdrawn_on", "last_withdrawn_on", "withdrawn_by")
_ORDERED = select(schema.consents.c.alumnus_key, *_COLUMNS).order_by(
    schema.consents.c.alumnus_key, schema.consents.c.purpose
)


class Consents:
    """Implements `matcher.repositories.people.Consents`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def of(self, key: int) -> list[KeptConsent]:
        """Every stored consent of an alumnus, withdrawn ones too, by purpose."""
        table = schema.consents
        rows = self._connection.execute(select(*_COLUMNS).where(table.c.alumnus_key == key).order_by(table.c.purpose))
        return [KeptConsent(Purpose(purpose), *values) for purpose, *values in rows]

    def all(self, among: Iterable[int] | None = None) -> Iterator[tuple[int, KeptConsent]]:
        """Every stored consent by alumnus, of all or `among` these, in force or not, regardless of objections.

        Ordered by key, of `among` in parts.
        """
        if among is None:
            yield from _read(self._connection, _ORDERED)
        else:
            for part in chunks(among):
                yield from _read(self._connection, _ORDERED.where(schema.consents.c.alumnus_key.in_(part)))

    def state(self, key: int, purpose: Purpose, *, given: bool, version: str | None = None) -> None:
        """Records consent given or withdrawn by the alumnus. `version`: of the text agreed to. Raises KeyError."""
        table, today = schema.consents, self._unit.today
        self._unit.change("consent", about(key))
        need_alumnus(self._connection, key)
        for one in (key, *former_keys(self._connection, key)):  # a back-up from before a merge holds the other too
            self._unit.taken_back.append(Act(CONSENT, one, purpose.value, holds=not given))
        same = (table.c.alumnus_key == key, table.c.purpose == purpose.value)
        exists = self._connection.execute(select(table.c.purpose).where(*same)).first() is not None
        values: dict[str, Any] = {"source": PERSON, "withdrawn_on": None if given else today}
        values["withdrawn_by"] = None if given else PERSON
        values |= {"given_on": today, "text_version": version} if given else {"last_withdrawn_on": today}
        if exists:
            self._connection.execute(table.update().where(*same), values)
        else:
            self._connection.execute(table.insert(), {"alumnus_key": key, "purpose": purpose.value, **values})

    def renew(self, key: int, purposes: Collection[Purpose]) -> None:
        """The consents of an alumnus for these purposes count from today, but for those that were withdrawn."""
        table = schema.consents
        self._unit.change("kept", about(key))
        forget_values(self._connection, key)
        same = (table.c.alumnus_key == key, table.c.purpose.in_(sorted(purpose.value for purpose in purposes)))
        kept = table.update().where(*same, table.c.withdrawn_on.is_(None))
        self._connection.execute(kept.values(given_on=self._unit.today))

    def end(self, consents: Collection[tuple[int, Purpose]]) -> None:
        """Ends consents whose term is over; the alumnus can give them again."""
        if not consents:
            return
        table, today = schema.consents, self._unit.today
        self._unit.change("retention", about(*(key for key, _ in consents)), len(consents))
        same = (table.c.alumnus_key == bindparam("the_key"), table.c.purpose == bindparam("the_purpose"))
        ended = table.update().where(*same)
        values = {"withdrawn_on": today, "last_withdrawn_on": today, "withdrawn_by": RETENTION}
        rows = [{"the_key": key, "the_purpose": purpose.value} for key, purpose in consents]
        self._connection.execute(ended.values(values), rows)

    def objects_since(self, key: int) -> date | None:
        """Since when an alumnus objects to being ranked; None without an objection."""
        table = schema.objections
        return self._connection.execute(select(table.c.since).where(table.c.alumnus_key == key)).scalar()

    def set_objection(self, key: int, *, objects: bool) -> bool:
        """Records or ends an objection; False if nothing changed. Raises KeyError."""
        table = schema.objections
        need_alumnus(self._connection, key)
        if (self.objects_since(key) is not None) == objects:
            return False
        self._unit.change("objection", about(key))
        for one in (key, *former_keys(self._connection, key)):
            self._unit.taken_back.append(Act(OBJECTION, one, holds=objects))
        if objects:
            self._connection.execute(table.insert(), {"alumnus_key": key, "since": self._unit.today})
        else:
            self._connection.execute(table.delete().where(table.c.alumnus_key == key))
        return True

    def objections(self) -> dict[int, date]:
        """Since when each alumnus who objects to being ranked does so, by random key."""
        rows = self._connection.execute(select(schema.objections.c.alumnus_key, schema.objections.c.since))
        return {row[0]: row[1] for row in rows}


def left_out_of(unit: UnitOfWork, school: str) -> Mapping[int, LeftOut | None]:
    """Why what the alumni of a school said leaves each out of a campaign, by key; None for those who may be asked."""
    work = per_alumnus(lambda keys: _left_out(unit.connection, school, keys))
    return unit.carries(("left_out", school), work)


def _left_out(connection: Connection, school: str, keys: Collection[int] | None) -> dict[int, LeftOut | None]:
    """The same, of these alumni alone, or of all of the school."""
    people, consents, objections = schema.alumni.c, schema.consents.c, schema.objections.c
    objects = exists().where(objections.alumnus_key == people.key)
    said = (people.key, objects, consents.purpose, *(consents[name] for name in _SAID))
    joined = select(*said).outerjoin_from(schema.alumni, schema.consents, consents.alumnus_key == people.key)
    of_school = joined.where(people.school == school)
    parts = [of_school] if keys is None else [of_school.where(people.key.in_(part)) for part in chunks(keys)]
    by_key: dict[int, list[tuple[Any, ...]]] = {}
    for part in parts:
        with streamed(connection, part) as rows:
            for key, *values in rows:
                by_key.setdefault(key, []).append(tuple(values))
    return {key: _why(tuple(values)) for key, values in by_key.items()}


@lru_cache(maxsize=4096)
def _why(said: tuple[tuple[Any, ...], ...]) -> LeftOut | None:
    """Why this leaves an alumnus out: of each consent whether they object, the purpose, and `_SAID`."""
    consents = [
        KeptConsent(Purpose(purpose), None, withdrawn, last, "", None, by)
        for _, purpose, withdrawn, last, by in said
        if purpose is not None
    ]
    return left_out(consents, objects=any(objects for objects, *_ in said))


def _read(connection: Connection, statement: Select[Any]) -> Iterator[tuple[int, KeptConsent]]:
    with streamed(connection, statement) as rows:
        for key, purpose, *values in rows:
            yield key, KeptConsent(Purpose(purpose), *values)
