"""Rows of an import that say of alumni just what is there: told from whole rows as SQLite has them.

Of a list that comes again nearly all rows are such. Nothing is made of what is there, neither days nor records: it is
compared as it is stored, so that a row costs a third of what it does through SQLAlchemy. Not for other databases, and
not where contact details are encrypted; `import_diff` tells the same there, and whatever this does not see.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Dialect, literal_column

from matcher.domain.records import RecordKind
from matcher.repositories.values import Upsert
from matcher.store.bulk import bound
from matcher.store.codecs import LAYOUTS
from matcher.store.columns import Encoder, by_row
from matcher.store.consent_rules import Said, said_of
from matcher.store.encryption import keyring_of
from matcher.store.stored_records import Stored

Name = tuple[str, str]
_WITHDRAWN = "withdrawn"
_NAME = itemgetter(1, 2)
_STORED = Stored(RecordKind.ALUMNI)
_LAYOUT = LAYOUTS[RecordKind.ALUMNI]
_COLUMNS = dict(zip(_STORED.fields, [*_LAYOUT.columns[3:], *_LAYOUT.beside_columns], strict=True))


class _Consents(NamedTuple):
    """The consents of an alumnus: all purposes, their days (or that one was withdrawn)."""

    purposes: frozenset[str]
    days: frozenset[str]

    def say(self, said: Said) -> bool:
        """Whether a row that says this, and of no withdrawals, changes nothing: `consent_rules.says_the_same`."""
        if said.named is None or _WITHDRAWN in self.days or self.purposes != said.named:
            return said.named is None
        return said.on is None or not self.days or self.days == {said.on.isoformat()}

    @classmethod
    def read(cls, stored: str | None) -> _Consents:
        """From `purpose=day,purpose=day`."""
        pairs = [one.split("=") for one in stored.split(",")] if stored else []
        return cls(frozenset(purpose for purpose, _ in pairs), frozenset(day for _, day in pairs))


_HELD: ColumnElement[str] = literal_column(
    "(SELECT group_concat(purpose || '=' || CASE WHEN withdrawn_on IS NULL THEN coalesce(given_on, '')"
    " ELSE 'withdrawn' END) FROM consents WHERE alumnus_key = alumni.key)"
)


def can_tell(connection: Connection) -> bool:
    """Whether this database is one of which `unchanged` knows anything."""
    return connection.dialect.name == "sqlite" and keyring_of(connection.dialect) is None


def unchanged(connection: Connection, encoder: Encoder, rows: Sequence[Upsert], names: Sequence[Name]) -> list[int]:
    """The places of rows, each under its name, that change nothing of an alumnus who is there, and warn of nothing.

    There may be others. Raises ValueError for a row that the importer should have refused.
    """
    there = _there(connection, names)
    places = [place for place, name in enumerate(names) if name in there and not rows[place].values.get("withdrawals")]
    says: dict[tuple[object, ...], bool] = {}  # by consents, and what a row says of them: rows share both
    same: list[int] = []
    for some, columns in encoder.by_shape([rows[place] for place in places]):
        taken = _STORED.getter(columns)
        as_stored = [bound(connection, _COLUMNS[name], values) for name, values in columns.items()]
        for place, values in zip(some, by_row(as_stored, len(some)), strict=True):
            row = there[names[places[place]]]
            if taken(row) != values:
                continue
            said = rows[places[place]].values
            alike = row[-1], "consents" in said, id(said.get("consents")), id(said.get("consent_date"))
            if alike not in says:
                says[alike] = _Consents.read(row[-1]).say(said_of(rows[places[place]]))
            if says[alike]:
                same.append(places[place])
    return same


def _there(connection: Connection, names: Iterable[Name]) -> dict[Name, Sequence[Any]]:
    """The rows of those who are there, as `Stored` reads them, and behind those their consents."""
    by_school: dict[str, list[str]] = defaultdict(list)
    for school, number in names:
        if number:
            by_school[school].append(number)
    statement = _statement(connection.dialect)
    found: dict[Name, Sequence[Any]] = {}
    for school, numbers in by_school.items():
        with connection.exec_driver_sql(statement, (school, json.dumps(numbers))) as result:
            rows: Sequence[Any] = result.cursor.fetchall()
        found.update(zip(map(_NAME, rows), rows, strict=True))
    return found


@cache
def _statement(dialect: Dialect) -> str:
    everything = _STORED.statement.add_columns(_HELD).compile(dialect=dialect)
    return f"{everything} WHERE alumni.school = ? AND alumni.alumnus_id IN (SELECT value FROM json_each(?))"  # noqa: S608
