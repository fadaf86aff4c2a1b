"""The ledger of alumni (asks, given, received), and conflicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, exists, func, select, union

from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import UNDOES, Benefit, LedgerEvent, LedgerLine, standing, stands, undone_by
from matcher.store import schema
from matcher.store.records import chunks, streamed
from matcher.store.unit import UnitOfWork, about

_SAME = ("alumnus_key", "request_key", "corrects", "school", "team", "hours", "students")
"""The columns that are called and stored as the attributes of a line."""
_UNDOING = sorted(event.value for event in UNDOES)


class Ledger:
    """Implements `matcher.repositories.people.Ledger`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def all(self) -> Iterator[LedgerLine]:
        """Every line that counts, oldest first."""
        undone = undone_by(self._lines(schema.ledger.c.event.in_(_UNDOING)))
        return (line for line in self._lines() if stands(line, undone))

    def of(self, *keys: int) -> list[LedgerLine]:
        """The lines of these alumni that count, each oldest first."""
        return standing(self.entries(*keys))

    def of_request(self, key: int) -> list[LedgerLine]:
        """The lines of a request that count, oldest first."""
        return standing(self._lines(schema.ledger.c.request_key == key))

    def of_school(self, school: str | None, since: date) -> list[LedgerLine]:
        """The lines that count of what a school, or any, asked and gave since a day, oldest first."""
        table = schema.ledger
        where = [] if school is None else [table.c.school == school]
        undone = undone_by(self._lines(table.c.event.in_(_UNDOING), *where))
        return [line for line in self._lines(table.c.on_date >= since, *where) if stands(line, undone)]

    def entries(self, *keys: int, request: int | None = None) -> list[LedgerLine]:
        """Every entry about these alumni, each oldest first: what was undone too, and what undid it.

        Without alumni: every entry about a request.
        """
        table = schema.ledger
        if request is not None:
            return list(self._lines(table.c.request_key == request))
        return [line for part in chunks(keys) for line in self._lines(table.c.alumnus_key.in_(part))]

    def add(self, line: LedgerLine) -> int:
        """Adds a line, with the asker of the transaction as its author; returns its key.

        What it says of school, kind and team is that of its request where it says nothing. A line that undoes another
        and names none undoes the newest that counts of this alumnus and request; such a line has the request, school,
        kind and team of what it undoes.
        """
        self._unit.change("ledger", about(line.alumnus_key))
        if line.event in UNDOES:
            line = self._undoing(line)
        elif line.request_key is not None:
            line = self._of_its_request(line)
        actor = self._unit.by.key if self._unit.by else 0
        row: dict[str, Any] = {name: getattr(line, name) for name in _SAME}
        row |= {"event": line.event.value, "on_date": line.on, "actor": str(actor) if actor else None}
        row |= {"kind": line.kind and line.kind.value, "benefit": line.benefit and line.benefit.value}
        added = self._connection.execute(schema.ledger.insert().returning(schema.ledger.c.id), row)
        return int(added.scalar_one())

    def _undoing(self, line: LedgerLine) -> LedgerLine:
        entries = self.entries(line.alumnus_key)
        if line.corrects is None:
            found = [one for one in standing(entries) if one.request_key == line.request_key]
        else:
            found = [one for one in entries if one.key == line.corrects]
        found = [one for one in found if one.event in UNDOES[line.event]]
        if not found:
            return replace(line, corrects=None)
        one = found[-1]
        said = {name: getattr(one, name) for name in ("request_key", "school", "kind", "team")}
        return replace(line, corrects=one.key, **said)

    def _of_its_request(self, line: LedgerLine) -> LedgerLine:
        table = schema.requests
        columns = select(table.c.school, table.c.kind, table.c.team).where(table.c.key == line.request_key)
        row = self._connection.execute(columns).one_or_none()
        if row is None:
            return line
        school, kind, team = row
        return replace(
            line, school=line.school or school or None, kind=line.kind or RequestKind(kind), team=line.team or team
        )

    def requests_with_yes(self, school: str | None, kinds: Collection[RequestKind], limit: int) -> list[int]:
        """Random keys of the requests of a school, or all, that an alumnus accepted, the most recent first."""
        table, requests = schema.ledger, schema.requests
        undoing = table.alias("undoing")
        taken_back = select(undoing.c.id).where(
            undoing.c.corrects == table.c.id, undoing.c.alumnus_key == table.c.alumnus_key
        )
        where = [table.c.event == LedgerEvent.ACCEPTED.value, ~taken_back.exists()]
        where += [requests.c.kind.in_(sorted(kind.value for kind in kinds))]
        where += [] if school is None else [requests.c.school == school]
        last = func.max(table.c.on_date)
        no = table.alias()
        same = (no.c.request_key == table.c.request_key, no.c.alumnus_key == table.c.alumnus_key)
        where += [~exists().where(*same, no.c.event == LedgerEvent.DECLINED.value)]
        accepted = select(table.c.request_key).join(requests, requests.c.key == table.c.request_key)
        accepted = accepted.where(*where).group_by(table.c.request_key)
        ordered = accepted.order_by(last.desc(), table.c.request_key).limit(limit)
        return list(self._connection.execute(ordered).scalars())

    def _lines(self, *where: ColumnElement[bool]) -> Iterator[LedgerLine]:
        return lines_where(self._connection, *where)


def lines_where(connection: Connection, *where: ColumnElement[bool]) -> Iterator[LedgerLine]:
    """The lines for which all of this holds, oldest first."""
    table = schema.ledger
    columns = [table.c.id, table.c.event, table.c.on_date, table.c.benefit, *(table.c[name] for name in _SAME)]
    ordered = select(*columns, table.c.kind).where(*where).order_by(table.c.on_date, table.c.id)
    with streamed(connection, ordered) as rows:
        for key, event, on, benefit, *same, kind in rows:
            said = dict(zip(_SAME, same, strict=True))
            yield LedgerLine(
                event=LedgerEvent(event),
                on=on,
                key=key,
                benefit=Benefit(benefit) if benefit else None,
                kind=RequestKind(kind) if kind else None,
                **said,
            )


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
