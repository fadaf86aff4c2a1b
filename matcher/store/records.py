"""Reads records: streamed in one pass, or a few by id, key or page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache, lru_cache
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, bindparam, func, select, union

from matcher.domain.consent import Consent
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import Alumnus, Contact, Offering, Record, RecordKind, Request
from matcher.ports import Coordinates, KeptConsent, LedgerLine
from matcher.store import schema
from matcher.store.codecs import CONTACT_FIELDS, LAYOUTS, personal
from matcher.store.database import Source

Item = TypeVar("Item")
Kept = Sequence[Any]
"""A row as the driver gives it."""

CHUNK = 5000
"""How many values one IN list holds."""
_STREAM = 2000


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """The items in lists of at most `size`."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


@lru_cache(maxsize=65_536)
def _consent(purpose: str, given_on: Any, withdrawn_on: Any, source: str) -> Consent:
    return Consent(Purpose(purpose), given_on, withdrawn_on, source)


# Who objects to being ranked has no consent for anything, whoever reads it.
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
_by_first = cast("Callable[[Kept], int]", itemgetter(0))


def _grouped(rows: Iterable[Kept]) -> Iterator[tuple[int, tuple[Consent, ...]]]:
    for key, group in groupby(rows, _by_first):
        yield key, tuple(_consent(*row[1:]) for row in group)


def _select(kind: RecordKind, *, beside: bool = False) -> Select[Any]:
    layout = LAYOUTS[kind]
    if not beside or layout.beside_table is None:
        return select(*layout.columns)
    link = layout.beside_table.c[layout.beside_key] == layout.table.c.key
    return select(*layout.columns, *layout.beside_columns).outerjoin_from(layout.table, layout.beside_table, link)


_NEWEST = select(schema.revisions.c.id, schema.revisions.c.created_at).order_by(schema.revisions.c.id.desc()).limit(1)


# Made once: SQLAlchemy takes as long to read a new statement as SQLite to answer it.


@cache
def _with_id(kind: RecordKind, *, of_one: bool) -> Select[Any]:
    """The records with `:id`, ordered by owner; `of_one`: only those of `:owner`."""
    layout = LAYOUTS[kind]
    columns = layout.table.c
    statement = _select(kind).where(columns[layout.id] == bindparam("id")).order_by(columns[layout.owner])
    return statement.where(columns[layout.owner] == bindparam("owner")) if of_one else statement


@cache
def _with_keys(kind: RecordKind) -> Select[Any]:
    """The records with `:keys`."""
    return _select(kind).where(LAYOUTS[kind].table.c.key.in_(bindparam("keys", expanding=True)))


class Reading:
    """The reading half of the store, and the whole of a snapshot. Every read raises StoreUnavailable."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def revision(self) -> int:
        """The newest data revision; 0 for an empty database."""
        with self._source.reading() as connection:
            return connection.execute(select(func.max(schema.revisions.c.id))).scalar() or 0

    def origin(self) -> str:
        """The newest revision and the moment it was made (UTC): tells databases with equal revisions apart."""
        with self._source.reading() as connection:
            row = connection.execute(_NEWEST).one_or_none()
        return f"{row.id} {row.created_at.isoformat()}" if row else "0"

    def identity(self) -> str:
        """The moment of the first revision (UTC): it never changes. Empty for an empty database."""
        first = select(schema.revisions.c.created_at).order_by(schema.revisions.c.id)
        with self._source.reading() as connection:
            row = connection.execute(first.limit(1)).one_or_none()
        return row.created_at.isoformat() if row else ""

    def alumni(self) -> Iterator[Alumnus]:
        """Everybody, without contact details, ordered by key. Close the iterator when you stop early."""
        return cast("Iterator[Alumnus]", self._stream(RecordKind.ALUMNI, beside=False))

    def requests(self) -> Iterator[Request]:
        """All requests, without the requester's address, ordered by key."""
        return cast("Iterator[Request]", self._stream(RecordKind.REQUESTS, beside=False))

    def offerings(self) -> Iterator[Offering]:
        """All offerings, ordered by key."""
        return cast("Iterator[Offering]", self._stream(RecordKind.OFFERINGS, beside=False))

    def export_rows(self, kind: RecordKind) -> Iterator[Record]:
        """All records of a kind with contact details or requester, ordered by key: for the export only."""
        return self._stream(kind, beside=True)

    def find(self, kind: RecordKind, id: str, owner: str | None = None) -> list[Record]:  # noqa: A002 - the port's word
        """The records of this kind with this id, ordered by owner, without contact details."""
        with self._source.reading() as connection:
            return _few(connection, kind, _with_id(kind, of_one=owner is not None), {"id": id, "owner": owner})

    def by_key(self, kind: RecordKind, keys: Sequence[int], *, consents: bool = True) -> dict[int, Record]:
        """The records with these keys, without contact details; missing keys are absent.

        Consents of alumni take a query of their own: without `consents` they are left out.
        """
        with self._source.reading() as connection:
            found = (
                record
                for part in chunks(dict.fromkeys(keys))
                for record in _few(connection, kind, _with_keys(kind), {"keys": part}, consents=consents)
            )
            return {record.key: record for record in found}

    def page(
        self,
        kind: RecordKind,
        owner: str | None = None,
        offset: int = 0,
        limit: int = 20,
        *,
        kinds: Collection[RequestKind] | None = None,
    ) -> list[Record]:
        """Records ordered by owner and id (code points), without contact details; `kinds`: only such requests."""
        table, layout = LAYOUTS[kind].table, LAYOUTS[kind]
        statement = _select(kind).order_by(table.c[layout.owner], table.c[layout.id]).offset(offset).limit(limit)
        statement = statement.where(*_listed(kind, owner, kinds))
        with self._source.reading() as connection:
            return _few(connection, kind, statement)

    def _ledger(self, *where: ColumnElement[bool]) -> Iterator[LedgerLine]:
        table = schema.ledger
        columns = (table.c.alumnus_key, table.c.request_key, table.c.event, table.c.on_date)
        ordered = select(*columns).where(*where).order_by(table.c.on_date, table.c.id)
        with self._source.reading() as connection, streamed(connection, ordered) as rows:
            for alumnus, request, event, on in rows:
                yield LedgerLine(alumnus, request, LedgerEvent(event), on)

    def count(self, kind: RecordKind, owner: str | None = None, *, kinds: Collection[RequestKind] | None = None) -> int:
        """How many records there are, of one owner or all; `kinds`: only such requests."""
        counted = select(func.count()).select_from(LAYOUTS[kind].table).where(*_listed(kind, owner, kinds))
        with self._source.reading() as connection:
            return connection.execute(counted).scalar_one()

    def names(self, kind: RecordKind) -> Iterator[tuple[int, str, str]]:
        """Key, school (provider) and id of every record, in no particular order."""
        layout = LAYOUTS[kind]
        columns = (layout.table.c.key, layout.table.c[layout.owner], layout.table.c[layout.id])
        with self._source.reading() as connection, streamed(connection, select(*columns)) as rows:
            for row in rows:
                yield row[0], row[1], row[2]

    def listed_alumni(self, keys: Collection[int] | None = None) -> Iterator[Sequence[Any]]:
        """School, id, key, function, sector and town of every alumnus, or of those with these keys; in any order.

        Raw columns: decoding whole records takes twenty times as long.
        """
        columns = schema.alumni.c
        statement = select(
            columns.school, columns.alumnus_id, columns.key, columns.function, columns.sector, columns.town
        )
        parts = [statement] if keys is None else [statement.where(columns.key.in_(part)) for part in chunks(keys)]
        with self._source.reading() as connection:
            for part in parts:
                with streamed(connection, part) as rows:
                    yield from rows

    def schools_of_alumni(self) -> list[str]:
        """Every school that has alumni, in order (code points).

        Each is found from the one before by the index: DISTINCT would walk through every alumnus.
        """
        column = schema.alumni.c.school
        found = select(func.min(column).label("school")).cte("schools", recursive=True)
        after = select(func.min(column)).where(column > found.c.school).scalar_subquery()
        found = found.union_all(select(after).where(found.c.school.is_not(None)))
        with self._source.reading() as connection:
            return list(connection.execute(select(found.c.school).where(found.c.school.is_not(None))).scalars())

    def contact(self, key: int) -> Contact | None:
        """The contact details of one alumnus; None where there are none."""
        columns = [schema.contacts.c[name] for name in CONTACT_FIELDS]
        with self._source.reading() as connection:
            row = connection.execute(select(*columns).where(schema.contacts.c.alumnus_key == key)).one_or_none()
        return None if row is None else Contact(*row)

    def ledger(self) -> Iterator[LedgerLine]:
        """Every ledger entry, oldest first."""
        return self._ledger()

    def ledger_of(self, *keys: int) -> list[LedgerLine]:
        """What these alumni were asked, gave and received, each oldest first."""
        column = schema.ledger.c.alumnus_key
        return [line for part in chunks(keys) for line in self._ledger(column.in_(part))]

    def ledger_of_request(self, key: int) -> list[LedgerLine]:
        """Who was asked for a request, and what he or she said, oldest first."""
        return list(self._ledger(schema.ledger.c.request_key == key))

    def kept_consents_by_person(self) -> Iterator[tuple[int, KeptConsent]]:
        """Every consent that is kept, in force or not and whatever its person objects to, ordered by person."""
        table = schema.consents
        columns = [table.c[name] for name in KeptConsent.__dataclass_fields__]
        ordered = select(table.c.alumnus_key, *columns).order_by(table.c.alumnus_key, table.c.purpose)
        with self._source.reading() as connection, streamed(connection, ordered) as rows:
            for key, purpose, *values in rows:
                yield key, KeptConsent(Purpose(purpose), *values)

    def conflicts(self) -> Iterator[tuple[int, int]]:
        """Pairs (request key, alumnus key) that may not meet: declared, or one e-mail address on both sides."""
        ordered = conflict_pairs().order_by("request_key", "alumnus_key")
        with self._source.reading() as connection, streamed(connection, ordered) as rows:
            for row in rows:
                yield row[0], row[1]

    def places(self) -> dict[str, Coordinates]:
        """Coordinates (degrees, WGS 84) by place key."""
        table = schema.places
        with self._source.reading() as connection:
            rows = connection.execute(select(table.c.key, table.c.latitude, table.c.longitude))
            return {key: Coordinates(latitude, longitude) for key, latitude, longitude in rows}

    def _stream(self, kind: RecordKind, *, beside: bool) -> Iterator[Record]:
        layout = LAYOUTS[kind]
        read, width = layout.reader(), len(layout.columns)
        statement = _select(kind, beside=beside).order_by(layout.table.c.key)
        with self._source.reading() as connection, streamed(connection, statement) as rows:
            if kind is not RecordKind.ALUMNI:
                for row in rows:
                    yield read(row, personal(kind, row[width:]) if beside else {})
                return
            with streamed(connection, _CONSENTS) as consent_rows:
                for row, consents in _merged(rows, _grouped(consent_rows)):
                    yield read(row, {"consents": consents, **(personal(kind, row[width:]) if beside else {})})


def conflict_pairs(place: str = "", keys: Sequence[int] = ()) -> CompoundSelect[Any]:
    """Selects pairs (request key, alumnus key) that may not meet: all, or those with one of the keys at this place."""
    declared, requesters, contacts = schema.conflicts, schema.requesters, schema.contacts
    same = requesters.c.email_key == contacts.c.email_key
    halves = (
        select(declared.c.request_key, declared.c.alumnus_key),
        select(requesters.c.request_key, contacts.c.alumnus_key).join_from(requesters, contacts, same),
    )
    return union(*(half.where(half.selected_columns[place].in_(keys)) if place else half for half in halves))


def _listed(kind: RecordKind, owner: str | None, kinds: Collection[RequestKind] | None) -> list[ColumnElement[bool]]:
    layout = LAYOUTS[kind]
    where: list[ColumnElement[bool]] = [] if owner is None else [layout.table.c[layout.owner] == owner]
    if kinds is not None:
        where.append(layout.table.c.kind.in_(sorted(one.value for one in kinds)))
    return where


def _merged(
    rows: Iterable[Kept], groups: Iterator[tuple[int, tuple[Consent, ...]]]
) -> Iterator[tuple[Kept, tuple[Consent, ...]]]:
    """Each row with the consents of its key; both are ordered by key, and nobody's consents are left over."""
    owner, consents = next(groups, (-1, ()))
    for row in rows:
        if owner == row[0]:
            yield row, consents
            owner, consents = next(groups, (-1, ()))
        else:
            yield row, ()


def streamed(connection: Connection, statement: Any) -> AbstractContextManager[Iterable[Any]]:
    """The rows of a select, a few at a time; close it where you stop early."""
    return connection.execute(statement, execution_options={"yield_per": _STREAM})


def _few(
    connection: Connection,
    kind: RecordKind,
    statement: Select[Any],
    values: Mapping[str, object] | None = None,
    *,
    consents: bool = True,
) -> list[Record]:
    read = LAYOUTS[kind].reader()
    rows: Collection[Kept] = connection.execute(statement, values).all()
    if kind is not RecordKind.ALUMNI or not consents:
        return [read(row, {}) for row in rows]
    given: dict[int, tuple[Consent, ...]] = {}
    for part in chunks(row[0] for row in rows):
        given.update(_grouped(connection.execute(_CONSENTS.where(schema.consents.c.alumnus_key.in_(part)))))
    return [read(row, {"consents": given.get(row[0], ())}) for row in rows]
