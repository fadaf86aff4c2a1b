"""Reading of alumni, requests and offerings: streamed in one pass, or a few by id, key or page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache, lru_cache
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, or_, select

from matcher.domain.consent import Consent
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import Alumnus, Record, RecordKind
from matcher.recent import keep
from matcher.repositories.values import Agreement
from matcher.store import schema
from matcher.store.codecs import LAYOUTS, personal_fields
from matcher.store.database import closed_in_time

if TYPE_CHECKING:
    from matcher.store.unit import UnitOfWork

Item = TypeVar("Item")
Row = Sequence[Any]
"""A row as the driver returns it."""

CHUNK = 5000
"""Values per IN list."""
MOST_KNOWN = 2000
"""Alumni who are remembered of those that a state of the data has: those on the lists of that state come up often."""
_STREAM = 2000
_FEW_KEYS = 100
"""A list on a screen; more than that are read."""


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """The items in lists of at most `size`."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


@lru_cache(maxsize=65_536)
def _consent(purpose: str, given_on: Any, withdrawn_on: Any, source: str) -> Consent:
    return Consent(Purpose(purpose), given_on, withdrawn_on, source)


# Alumni who object to being ranked have no consent for anything, for any reader.
_CONSENTS = (
    select(
        schema.consents.c.alumnus_key,
        schema.consents.c.purpose,
        schema.consents.c.given_on,
        schema.consents.c.withdrawn_on,
        schema.consents.c.source,
    )
    .where(schema.consents.c.alumnus_key.not_in(select(schema.objections.c.alumnus_key)))
    .order_by(schema.consents.c.alumnus_key, schema.consents.c.purpose)
)
_by_first = cast("Callable[[Row], int]", itemgetter(0))


def _grouped(rows: Iterable[Row]) -> Iterator[tuple[int, tuple[Consent, ...]]]:
    for key, group in groupby(rows, _by_first):
        yield key, tuple([_consent(purpose, given, ended, source) for _, purpose, given, ended, source in group])


def _select(kind: RecordKind, *, beside: bool = False) -> Select[Any]:
    layout = LAYOUTS[kind]
    if not beside or layout.beside_table is None:
        return select(*layout.columns)
    link = layout.beside_table.c[layout.beside_key] == layout.table.c.key
    return select(*layout.columns, *layout.beside_columns).outerjoin_from(layout.table, layout.beside_table, link)


# Cached: compiling a statement takes SQLAlchemy as long as SQLite needs to run it.


@cache
def _with_id(kind: RecordKind, *, of_one: bool) -> Select[Any]:
    """Selects the records with `:id`, ordered by owner; `of_one`: only those of `:owner`."""
    layout = LAYOUTS[kind]
    columns = layout.table.c
    statement = _select(kind).where(columns[layout.id] == bindparam("id")).order_by(columns[layout.owner])
    return statement.where(columns[layout.owner] == bindparam("owner")) if of_one else statement


@cache
def _with_keys(kind: RecordKind) -> Select[Any]:
    """Selects the records with `:keys`."""
    return _select(kind).where(LAYOUTS[kind].table.c.key.in_(bindparam("keys", expanding=True)))


class RecordTable:
    """Implements `matcher.repositories.people.RecordTable`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def stream(self, kind: RecordKind, *, personal: bool = False) -> Iterator[Record]:
        """All records of a kind, ordered by key. Close the iterator if you stop early."""
        layout = LAYOUTS[kind]
        read, width = layout.reader(), len(layout.columns)
        statement = _select(kind, beside=personal).order_by(layout.table.c.key)
        with streamed(self._connection, statement) as rows:
            if kind is not RecordKind.ALUMNI:
                for row in rows:
                    yield read(row, personal_fields(kind, row[width:]) if personal else {})
                return
            with streamed(self._connection, _CONSENTS) as consent_rows:
                for row, consents in _merged(rows, _grouped(consent_rows)):
                    yield read(row, {"consents": consents, **(personal_fields(kind, row[width:]) if personal else {})})

    def find(self, kind: RecordKind, id: str, owner: str | None = None) -> list[Record]:  # noqa: A002 - the port's word
        """The records of this kind with this id, ordered by owner, without contact details."""
        return _few(self._connection, kind, _with_id(kind, of_one=owner is not None), {"id": id, "owner": owner})

    def by_key(self, kind: RecordKind, keys: Sequence[int], *, consents: bool = True) -> dict[int, Record]:
        """The records with these keys, without contact details; unknown keys are left out.

        The consents of alumni take another query; `consents`: whether to read them. Without, alumni whom a reading of
        the same state found are not read again.
        """
        if kind is RecordKind.ALUMNI and not consents and len(keys) <= _FEW_KEYS:
            return self._alumni(keys)
        records = (
            record
            for part in chunks(dict.fromkeys(keys))
            for record in _few(self._connection, kind, _with_keys(kind), {"keys": part}, consents=consents)
        )
        return {record.key: record for record in records}

    def _alumni(self, keys: Sequence[int]) -> dict[int, Record]:
        """A few alumni without consents and contact details, by key, in this order."""
        known: dict[int, Record] = self._unit.follows(("alumni",), dict)
        found = {key: known.get(key) for key in keys}
        if missing := [key for key, record in found.items() if record is None]:
            for record in _few(
                self._connection, RecordKind.ALUMNI, _with_keys(RecordKind.ALUMNI), {"keys": missing}, consents=False
            ):
                found[record.key] = keep(known, record.key, record, MOST_KNOWN)
        return {key: record for key, record in found.items() if record is not None}

    def page(
        self,
        kind: RecordKind,
        owner: str | None = None,
        offset: int = 0,
        limit: int = 20,
        *,
        kinds: Collection[RequestKind] | None = None,
        agreed: Agreement | None = None,
    ) -> list[Record]:
        """Records ordered by owner and id (code points), without contact details; `kinds`: only requests of these.

        `agreed`: only alumni who meet it.
        """
        table, layout = LAYOUTS[kind].table, LAYOUTS[kind]
        statement = _select(kind).order_by(table.c[layout.owner], table.c[layout.id]).offset(offset).limit(limit)
        statement = statement.where(*_listed(kind, owner, kinds, agreed))
        return _few(self._connection, kind, statement)

    def count(
        self,
        kind: RecordKind,
        owner: str | None = None,
        *,
        kinds: Collection[RequestKind] | None = None,
        agreed: Agreement | None = None,
    ) -> int:
        """The number of records, of one owner or all; `kinds` and `agreed` as in `page`."""
        statement = select(func.count()).select_from(LAYOUTS[kind].table).where(*_listed(kind, owner, kinds, agreed))
        return self._connection.execute(statement).scalar_one()

    def names(self, kind: RecordKind) -> Iterator[tuple[int, str, str]]:
        """Key, school (provider) and id of every record, in no particular order."""
        layout = LAYOUTS[kind]
        columns = (layout.table.c.key, layout.table.c[layout.owner], layout.table.c[layout.id])
        with streamed(self._connection, select(*columns)) as rows:
            for row in rows:
                yield row[0], row[1], row[2]

    def schools(self) -> list[str]:
        """All schools that have alumni or requests, in alphabetical order."""
        of_requests = select(schema.requests.c.school).where(func.length(schema.requests.c.school) > 0)
        return sorted(self._connection.execute(select(schema.alumni.c.school).union(of_requests)).scalars())

    def owners(self) -> list[str]:
        """All schools, employers and providers that have a record, in alphabetical order."""
        providers = select(schema.offerings.c.provider).distinct()
        return sorted({*self.schools(), *self._connection.execute(providers).scalars()})


def _listed(
    kind: RecordKind, owner: str | None, kinds: Collection[RequestKind] | None, agreed: Agreement | None
) -> list[ColumnElement[bool]]:
    layout = LAYOUTS[kind]
    where: list[ColumnElement[bool]] = [] if owner is None else [layout.table.c[layout.owner] == owner]
    if kinds is not None:
        where.append(layout.table.c.kind.in_(sorted(kind.value for kind in kinds)))
    if agreed is not None:
        where.append(layout.table.c.key.in_(_agreeing(agreed)))
    return where


def _agreeing(agreed: Agreement) -> Select[Any]:
    consents = schema.consents.c
    dated = or_(consents.given_on.is_(None), consents.given_on >= agreed.since)
    return select(consents.alumnus_key).where(dated, *agreeing(agreed.purpose))


def alumni_where(
    connection: Connection, where: Sequence[ColumnElement[bool]], keys: Collection[int] | None = None
) -> dict[int, Alumnus]:
    """The alumni who meet conditions on their table, without consents and contact details, by key; of these, or of all.

    Sorted by key.
    """
    key = schema.alumni.c.key
    statement = _select(RecordKind.ALUMNI).where(*where).order_by(key)
    parts = [statement] if keys is None else [statement.where(key.in_(part)) for part in chunks(keys)]
    found = (one for part in parts for one in _few(connection, RecordKind.ALUMNI, part, consents=False))
    return {one.key: cast("Alumnus", one) for one in found}


def agreeing(purpose: Purpose) -> tuple[ColumnElement[bool], ...]:
    """What makes a row of `consents` one for this purpose that was not withdrawn, of an alumnus who does not object.

    Its term is not looked at.
    """
    consents, objections = schema.consents.c, schema.objections.c
    objects = exists().where(objections.alumnus_key == consents.alumnus_key)
    return consents.purpose == purpose.value, consents.withdrawn_on.is_(None), ~objects


def _merged(
    rows: Iterable[Row], groups: Iterator[tuple[int, tuple[Consent, ...]]]
) -> Iterator[tuple[Row, tuple[Consent, ...]]]:
    """Each row with the consents of its key. Both must be ordered by key, and all consents must belong to a row."""
    owner, consents = next(groups, (-1, ()))
    for row in rows:
        if owner == row[0]:
            yield row, consents
            owner, consents = next(groups, (-1, ()))
        else:
            yield row, ()


def streamed(connection: Connection, statement: Any) -> AbstractContextManager[Iterable[Any]]:
    """The rows of a select, fetched in batches. Close it if you stop early; its transaction closes it at the latest."""
    return closed_in_time(connection, connection.execute(statement, execution_options={"yield_per": _STREAM}))


def _few(
    connection: Connection,
    kind: RecordKind,
    statement: Select[Any],
    values: Mapping[str, object] | None = None,
    *,
    consents: bool = True,
) -> list[Record]:
    read = LAYOUTS[kind].reader()
    rows: Collection[Row] = connection.execute(statement, values).all()
    if kind is not RecordKind.ALUMNI or not consents:
        return [read(row, {}) for row in rows]
    consents_of: dict[int, tuple[Consent, ...]] = {}
    for part in chunks(row[0] for row in rows):
        consents_of.update(_grouped(connection.execute(_CONSENTS.where(schema.consents.c.alumnus_key.in_(part)))))
    return [read(row, {"consents": consents_of.get(row[0], ())}) for row in rows]
