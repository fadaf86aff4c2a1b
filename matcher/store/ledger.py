"""The ledger of alumni (asks, given, received), and conflicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, exists, func, select, union

from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.store import schema
from matcher.store.records import chunks, streamed
from matcher.store.unit import UnitOfWork, about


class Ledger:
    """Implements `matcher.repositories.people.Ledger`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def all(self) -> Iterator[LedgerLine]:
        """Every line, oldest first."""
        return self._lines()

    def of(self, *keys: int) -> list[LedgerLine]:
        """The lines of these alumni, each oldest first."""
        column = schema.ledger.c.alumnus_key
        return [line for part in chunks(keys) for line in self._lines(column.in_(part))]

    def of_request(self, key: int) -> list[LedgerLine]:
        """The lines of a request, oldest first."""
        return list(self._lines(schema.ledger.c.request_key == key))

    def add(self, line: LedgerLine) -> None:
        """Adds a line, with the asker of the transaction as its author."""
        self._unit.change("ledger", about(line.alumnus_key))
        actor = self._unit.by.key if self._unit.by else 0
        row: dict[str, Any] = {"alumnus_key": line.alumnus_key, "request_key": line.request_key}
        row |= {"event": line.event.value, "on_date": line.on, "actor": str(actor) if actor else None}
        self._connection.execute(schema.ledger.insert(), row)

    def remove(self, alumnus_key: int, request_key: int, event: LedgerEvent) -> None:
        """Removes the lines of this alumnus and request with this event."""
        table = schema.ledger
        same = (table.c.alumnus_key == alumnus_key, table.c.request_key == request_key, table.c.event == event.value)
        if self._connection.execute(table.delete().where(*same)).rowcount:
            self._unit.change("ledger", about(alumnus_key))

    def requests_with_yes(self, school: str | None, kinds: Collection[RequestKind], limit: int) -> list[int]:
        """Random keys of the requests of a school, or all, that an alumnus accepted, the most recent first."""
        table, requests = schema.ledger, schema.requests
        where = [table.c.event == LedgerEvent.ACCEPTED.value]
        where += [requests.c.kind.in_(sorted(kind.value for kind in kinds))]
        where += [] if school is None else [requests.c.school == school]
        last = func.max(table.c.on_date)
        no = table.alias()
        taken_back = (no.c.request_key == table.c.request_key, no.c.alumnus_key == table.c.alumnus_key)
        where += [~exists().where(*taken_back, no.c.event == LedgerEvent.DECLINED.value)]
        accepted = select(table.c.request_key).join(requests, requests.c.key == table.c.request_key)
        accepted = accepted.where(*where).group_by(table.c.request_key)
        ordered = accepted.order_by(last.desc(), table.c.request_key).limit(limit)
        return list(self._connection.execute(ordered).scalars())

    def _lines(self, *where: ColumnElement[bool]) -> Iterator[LedgerLine]:
        table = schema.ledger
        columns = (table.c.alumnus_key, table.c.request_key, table.c.event, table.c.on_date)
        ordered = select(*columns).where(*where).order_by(table.c.on_date, table.c.id)
        with streamed(self._connection, ordered) as rows:
            for alumnus, request, event, on in rows:
                yield LedgerLine(alumnus, request, LedgerEvent(event), on)


class Conflicts:
    """Implements `matcher.repositories.people.Conflicts`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def all(self) -> Iterator[tuple[int, int]]:
        """Pairs (request key, alumnus key) that may not meet: declared, or one e-mail address on both sides."""
        ordered = conflict_pairs().order_by("request_key", "alumnus_key")
        with streamed(self._connection, ordered) as rows:
            for row in rows:
                yield row[0], row[1]

    def among(self, alumni: Collection[int], requests: Collection[int]) -> list[tuple[int, int]]:
        """The pairs with one of these alumni or one of these requests, sorted."""
        pairs = {
            (row[0], row[1])
            for keys, column in ((alumni, "alumnus_key"), (requests, "request_key"))
            for part in chunks(keys)
            for row in self._connection.execute(conflict_pairs(column, part))
        }
        return sorted(pairs)

    def declared(self, request_key: int) -> set[int]:
        """The keys of the alumni with whom a conflict of this request was declared."""
        table = schema.conflicts
        statement = select(table.c.alumnus_key).where(table.c.request_key == request_key)
        return set(self._connection.execute(statement).scalars())

    def declare(self, request_key: int, alumnus_key: int) -> bool:
        """Declares a conflict; False where it was declared already."""
        table = schema.conflicts
        same = (table.c.request_key == request_key, table.c.alumnus_key == alumnus_key)
        if self._connection.execute(select(table).where(*same)).first() is not None:
            return False
        self._unit.change("conflict", about(alumnus_key))
        self._connection.execute(table.insert(), {"request_key": request_key, "alumnus_key": alumnus_key})
        return True

    def withdraw(self, request_key: int, alumnus_key: int) -> bool:
        """Withdraws a declared conflict; False if there is none."""
        table = schema.conflicts
        same = (table.c.request_key == request_key, table.c.alumnus_key == alumnus_key)
        if not self._connection.execute(table.delete().where(*same)).rowcount:
            return False
        self._unit.change("conflict", about(alumnus_key))
        return True


def conflict_pairs(column: str = "", keys: Sequence[int] = ()) -> CompoundSelect[Any]:
    """Selects pairs (request key, alumnus key) that may not meet: all, or those with one of the keys in this column."""
    declared, requesters, contacts = schema.conflicts, schema.requesters, schema.contacts
    same = requesters.c.email_key == contacts.c.email_key
    halves = (
        select(declared.c.request_key, declared.c.alumnus_key),
        select(requesters.c.request_key, contacts.c.alumnus_key).join_from(requesters, contacts, same),
    )
    return union(*(half.where(half.selected_columns[column].in_(keys)) if column else half for half in halves))
