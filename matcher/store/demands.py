"""The life of requests, and invitations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from matcher.domain.demands import STOPPED, Experience, Phase, Step, Why
from matcher.domain.invitations import NOT_ASKED, AnswerKind, InvitationState, Reason
from matcher.domain.ledger import Deviation, LedgerEvent
from matcher.repositories.demands import Invitation, KeptLetter, KeptState, KeptStep
from matcher.repositories.values import Changes
from matcher.store import schema
from matcher.store.keys import need_alumnus, new_key, new_number
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork

_STATES, _STEPS, _INVITATIONS = schema.request_states, schema.request_steps, schema.invitations
_KEPT = tuple(_STATES.c[field.name] for field in fields(KeptState))
_LETTERS = schema.request_letters
_INVITATION = select(*(_INVITATIONS.c[field.name] for field in fields(Invitation)))
_WORDS: Mapping[str, type[StrEnum]] = {
    "state": InvitationState,
    "reason": Deviation,
    "answer": AnswerKind,
    "why_not": Reason,
}


class Demands:
    """Implements `matcher.repositories.demands.Demands`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def state(self, request_key: int) -> KeptState:
        """What is stored of a request; an open one without an owner where nothing is."""
        return self.states([request_key]).get(request_key, KeptState())

    def states(self, keys: Sequence[int]) -> dict[int, KeptState]:
        """The same for several, by random key."""
        found: dict[int, KeptState] = {}
        for part in chunks(keys):
            rows = self._connection.execute(
                select(_STATES.c.request_key, *_KEPT).where(_STATES.c.request_key.in_(part))
            )
            found |= {row[0]: _state(row) for row in rows}
        return {key: found.get(key, KeptState()) for key in keys}

    def new_id(self) -> str:
        """An id for a request that comes without one."""
        self._unit.need_write()
        return new_number()

    def take(self, request_key: int, step: Step, phase: Phase, *, reason: Why | None = None, **facts: Any) -> None:
        """Records a step by the asker of the transaction, and the phase from then on. Raises KeyError."""
        _need_request(self._unit, request_key)
        self._unit.change("request", Changes(requests=frozenset({request_key})))
        now, by = self._unit.utc, self._unit.by
        same = _STATES.c.request_key == request_key
        exists = self._connection.execute(select(_STATES.c.request_key).where(same)).first() is not None
        values: dict[str, Any] = {"phase": phase.value, "changed_at": now}
        values |= {name: _plain(value) for name, value in facts.items()}
        values |= {"reason": reason.value} if reason else {}
        if exists:
            self._connection.execute(_STATES.update().where(same).values(**values))
        else:
            self._connection.execute(_STATES.insert(), {"request_key": request_key, **values})
        row = {"request_key": request_key, "step": step.value, "at": now, "reason": reason.value if reason else None}
        row |= {"actor": (by.key or None) if by else None, "role": by.role.value if by else ""}
        self._connection.execute(_STEPS.insert(), row)

    def steps(self, request_key: int) -> list[KeptStep]:
        """Every step of a request, the oldest first."""
        columns = [_STEPS.c[field.name] for field in fields(KeptStep)]
        rows = self._connection.execute(
            select(*columns).where(_STEPS.c.request_key == request_key).order_by(_STEPS.c.id)
        )
        return [
            KeptStep(Step(row.step), row.at, row.actor, row.role, Why(row.reason) if row.reason else None)
            for row in rows
        ]

    def stopped(self) -> frozenset[int]:
        """Random keys of the requests for which no one is asked."""
        phases = sorted(phase.value for phase in STOPPED)
        return frozenset(
            self._connection.execute(select(_STATES.c.request_key).where(_STATES.c.phase.in_(phases))).scalars()
        )

    def owned(self, owner: int, limit: int) -> list[int]:
        """Random keys of the requests of an account, the one that changed last first."""
        own = select(_STATES.c.request_key).where(_STATES.c.owner == owner)
        ordered = own.order_by(_STATES.c.changed_at.desc(), _STATES.c.request_key).limit(limit)
        return list(self._connection.execute(ordered).scalars())

    def open_of(self, owner: int) -> int:
        """How many requests of an account are open."""
        own = (_STATES.c.owner == owner) & (_STATES.c.phase == Phase.OPEN.value)
        return self._connection.execute(select(func.count()).where(own)).scalar_one()


class Invitations:
    """Implements `matcher.repositories.demands.Invitations`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add(self, alumnus_key: int, request_key: int, state: InvitationState, **values: Any) -> int:
        """Adds one, decided by the asker of the transaction; returns its key. Raises KeyError."""
        self._unit.need_write()
        need_alumnus(self._connection, alumnus_key)
        _need_request(self._unit, request_key)
        key, by = new_key(), self._unit.by
        row: dict[str, Any] = {"key": key, "alumnus_key": alumnus_key, "request_key": request_key, "state": state.value}
        row |= {"created_at": self._unit.utc, "approved_by": (by.key or None) if by else None}
        row |= {"approved_role": by.role.value if by else "", "rank": 0}
        row |= {name: _plain(value) for name, value in values.items()}
        self._connection.execute(_INVITATIONS.insert(), row)
        return key

    def of_request(self, request_key: int) -> list[Invitation]:
        """Those of a request, in the order in which they were made; the waiting list in its own order."""
        return self.where(_INVITATIONS.c.request_key == request_key)

    def of(self, alumnus_key: int) -> list[Invitation]:
        """Those of an alumnus, the oldest first."""
        return self.where(_INVITATIONS.c.alumnus_key == alumnus_key)

    def newest(self, alumnus_key: int, request_key: int) -> Invitation | None:
        """The last one of an alumnus for a request; None for none."""
        same = (_INVITATIONS.c.alumnus_key == alumnus_key, _INVITATIONS.c.request_key == request_key)
        found = self.where(*same)
        return found[-1] if found else None

    def change(self, key: int, was: InvitationState, values: Mapping[str, Any]) -> bool:
        """Changes one that is in this state; False if it is not, or is gone."""
        self._unit.need_write()
        same = (_INVITATIONS.c.key == key, _INVITATIONS.c.state == was.value)
        changed = {name: _plain(value) for name, value in values.items()}
        return self._connection.execute(_INVITATIONS.update().where(*same).values(**changed)).rowcount == 1

    def proposed(self, limit: int, school: str | None) -> list[Invitation]:
        """Those that wait for somebody to approve them, for requests of a school or any, the newest first."""
        requests = schema.requests
        where = [_INVITATIONS.c.state == InvitationState.PROPOSED.value]
        if school is not None:
            where.append(_INVITATIONS.c.request_key.in_(select(requests.c.key).where(requests.c.school == school)))
        newest = _INVITATION.where(*where).order_by(_INVITATIONS.c.created_at.desc(), _INVITATIONS.c.key).limit(limit)
        return [_invitation(row) for row in self._connection.execute(newest)]

    def forget_words(self, ended: datetime, agreed: datetime) -> int:
        """Empties the lines of the mail, and what the alumnus wrote, of invitations that ended; returns how many."""
        self._unit.need_write()
        table = _INVITATIONS
        since = func.coalesce(table.c.answered_at, table.c.asked_at, table.c.created_at)
        waits = sorted(one.value for one in NOT_ASKED)
        may_come = or_(
            and_(table.c.state == InvitationState.ACCEPTED.value, table.c.moment.is_(None)), table.c.state.in_(waits)
        )
        over = table.c.state != InvitationState.ASKED.value
        old = or_(and_(~may_come, since < ended), since < agreed)
        past = or_(table.c.moment.is_(None), table.c.moment < ended)
        has_words = or_(table.c.words.is_not(None), table.c.said.is_not(None))
        changed = table.update().where(over, old, past, has_words).values(words=None, said=None)
        return self._connection.execute(changed).rowcount

    def due(self) -> list[int]:
        """Random keys of the requests of which an invitation is due for something today, in order."""
        table, outbox, today = _INVITATIONS, schema.outbox, self._unit.today
        asked = table.c.state == InvitationState.ASKED.value
        ended = table.c.deadline < today
        remind = and_(table.c.remind_on <= today, table.c.reminded_at.is_(None))
        unreached = outbox.c.state.in_(("refused", "dropped"))
        mailed = table.outerjoin(outbox, outbox.c.key == table.c.mail)
        waits = select(table.c.request_key).select_from(mailed).where(asked, or_(ended, remind, unreached))
        queued = select(table.c.request_key).where(table.c.state == InvitationState.QUEUED.value)
        found = (waits, queued, self._perhaps_filled())
        return sorted({key for one in found for key in self._connection.execute(one).scalars()})

    @staticmethod
    def _perhaps_filled() -> Select[Any]:
        """Requests that still ask somebody while as many said yes, some of whom perhaps took it back, as are wanted."""
        table, requests, ledger = _INVITATIONS, schema.requests, schema.ledger
        yes = ledger.c.event == LedgerEvent.ACCEPTED.value
        agreed = select(func.count(ledger.c.alumnus_key.distinct())).where(ledger.c.request_key == requests.c.key, yes)
        waits = table.c.state.in_(sorted(one.value for one in (InvitationState.ASKED, *NOT_ASKED)))
        joined = select(table.c.request_key).join(requests, requests.c.key == table.c.request_key)
        return joined.where(waits, requests.c.people <= agreed.scalar_subquery())

    def where(self, *where: ColumnElement[bool]) -> list[Invitation]:
        """Those for which all of this holds, in the order of `of_request`."""
        order = (_INVITATIONS.c.created_at, _INVITATIONS.c.place, _INVITATIONS.c.key)
        return [_invitation(row) for row in self._connection.execute(_INVITATION.where(*where).order_by(*order))]


class RequestLetters:
    """Implements `matcher.repositories.demands.RequestLetters`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add(self, request_key: int, text: str) -> int:
        """Adds one by the asker of the transaction; returns its key. Raises KeyError."""
        _need_request(self._unit, request_key)
        key, by = new_key(), self._unit.by
        row: dict[str, Any] = {"key": key, "request_key": request_key, "text": text, "at": self._unit.utc}
        row |= {"actor": (by.key or None) if by else None, "role": by.role.value if by else ""}
        self._connection.execute(_LETTERS.insert(), row)
        return key

    def of_request(self, request_key: int) -> list[KeptLetter]:
        """Those of a request, the oldest first."""
        same = _LETTERS.c.request_key == request_key
        columns = [_LETTERS.c[field.name] for field in fields(KeptLetter)]
        rows = self._connection.execute(select(*columns).where(same).order_by(_LETTERS.c.at, _LETTERS.c.key))
        return [KeptLetter(row.key, row.text or "", row.at, row.actor, row.role) for row in rows]

    def text(self, key: int) -> str:
        """The text of one; empty where it is gone, or its term is over."""
        return self._connection.execute(select(_LETTERS.c.text).where(_LETTERS.c.key == key)).scalar() or ""

    def forget(self, before: datetime) -> int:
        """Empties those from before a moment (UTC); returns how many."""
        self._unit.need_write()
        old = (_LETTERS.c.at < before, _LETTERS.c.text.is_not(None))
        return self._connection.execute(_LETTERS.update().where(*old).values(text=None)).rowcount


def _need_request(unit: UnitOfWork, key: int) -> None:
    unit.need_write()
    table = schema.requests
    if unit.connection.execute(select(table.c.key).where(table.c.key == key)).first() is None:
        raise KeyError(key)


def _plain(value: object) -> object:
    return value.value if isinstance(value, StrEnum) else value


def _state(row: Row[Any]) -> KeptState:
    return KeptState(
        Phase(row.phase),
        row.owner,
        Why(row.reason) if row.reason else None,
        row.students,
        Experience(row.experience) if row.experience else None,
    )


def _invitation(row: Row[Any]) -> Invitation:
    values = row._asdict()
    made = {name: word(values[name]) for name, word in _WORDS.items() if values[name] is not None}
    return Invitation(**{**values, **made})
