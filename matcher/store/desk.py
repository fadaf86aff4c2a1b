"""What waits for a person in a school, by a query each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, or_, select

from matcher.domain.demands import STOPPED
from matcher.domain.invitations import InvitationState
from matcher.domain.ledger import UNDOES, LedgerEvent, LedgerLine
from matcher.repositories.demands import Invitation
from matcher.repositories.segments import DRAFT
from matcher.repositories.uploads import ASKED
from matcher.store import schema
from matcher.store.demands import Invitations
from matcher.store.ledger import lines_where
from matcher.store.records import chunks
from matcher.store.unit import UnitOfWork

_WAITING = sorted(state.value for state in (InvitationState.ASKED, InvitationState.QUEUED, InvitationState.PROPOSED))
_ENDED = sorted(
    state.value
    for state in (
        InvitationState.RETRACTED,
        InvitationState.LAPSED,
        InvitationState.UNREACHED,
        InvitationState.DECLINED,
        InvitationState.LATER,
        InvitationState.OTHER_DAY,
    )
)
_UNDOING = sorted(event.value for event, undone in UNDOES.items() if LedgerEvent.ASKED in undone)
_STOPPED = sorted(phase.value for phase in STOPPED)


class Desk:
    """Implements `matcher.repositories.desk.Desk`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def stalled(self, school: str | None, limit: int) -> list[int]:
        """Random keys of open requests of which an ask ended without a yes, and nobody waits; the oldest ask first."""
        asked, states, requests = schema.invitations, schema.request_states, schema.requests
        other = asked.alias()
        waits = select(other.c.key).where(other.c.request_key == asked.c.request_key, other.c.state.in_(_WAITING))
        joined = asked.join(requests, requests.c.key == asked.c.request_key)
        joined = joined.outerjoin(states, states.c.request_key == asked.c.request_key)
        closes = (requests.c.closes_on.is_(None), requests.c.closes_on >= self._unit.today)
        where: list[ColumnElement[bool]] = [
            asked.c.state.in_(_ENDED),
            or_(states.c.phase.is_(None), states.c.phase.not_in(_STOPPED)),
            or_(*closes),
            ~waits.exists(),
            *_of(school, requests),
        ]
        rows = (
            select(asked.c.request_key)
            .select_from(joined)
            .where(*where)
            .group_by(asked.c.request_key)
            .order_by(func.min(asked.c.created_at), asked.c.request_key)
            .limit(limit)
        )
        return list(self._connection.execute(rows).scalars())

    def lines(self, requests: Sequence[int]) -> dict[int, list[LedgerLine]]:
        """Every entry of the ledger about these requests, each oldest first."""
        found: dict[int, list[LedgerLine]] = defaultdict(list)
        for part in chunks(requests):
            for line in lines_where(self._connection, schema.ledger.c.request_key.in_(part)):
                found[line.request_key or 0].append(line)
        return dict(found)

    def invitations(self, requests: Sequence[int]) -> dict[int, list[Invitation]]:
        """Who was asked for these requests, in the order of `Invitations.of_request`."""
        found: dict[int, list[Invitation]] = defaultdict(list)
        invitations = Invitations(self._unit)
        for part in chunks(requests):
            for one in invitations.where(schema.invitations.c.request_key.in_(part)):
                found[one.request_key].append(one)
        return dict(found)

    def replies(self, school: str | None) -> int:
        """How many replies by mail a person has to read."""
        return self._count(schema.inbox_doubts, *_of_alumni(school, schema.inbox_doubts))

    def uploads(self, schools: Sequence[str]) -> list[str]:
        """Ids of the files of these schools that wait for answers, the newest first."""
        table = schema.uploads
        waiting = select(table.c.id).where(table.c.school.in_(schools), table.c.state == ASKED)
        return list(self._connection.execute(waiting.order_by(table.c.created_at.desc(), table.c.key)).scalars())

    def drafts(self, school: str | None, actor: int) -> int:
        """How many messages to groups wait to be approved that this account did not write."""
        table = schema.segment_messages
        others = or_(table.c.actor.is_(None), table.c.actor != actor)
        return self._count(table, table.c.state == DRAFT, others, *_of(school, table))

    def unsure(self, school: str | None, asked_before: date) -> tuple[int, int]:
        """Alumni whose mail bounces, and those who were asked before a day whether facts are right and said nothing."""
        table = schema.fact_days
        own = _of_alumni(school, table)
        said = [or_(column.is_(None), column < table.c.asked_on) for column in (
            table.c.function_on, table.c.employer_on, table.c.town_on
        )]  # fmt: skip
        silent = and_(table.c.bounced_on.is_(None), table.c.asked_on < asked_before, *said)
        return self._count(table, table.c.bounced_on.is_not(None), *own), self._count(table, silent, *own)

    def asks_of_teams(self, school: str | None, since: date) -> list[tuple[str, int, int, int]]:
        """Of each team that asked after a day: how many alumni, how often, and how often the one asked most."""
        table = schema.ledger
        undo = table.alias()
        undone = select(undo.c.id).where(
            undo.c.corrects == table.c.id, undo.c.alumnus_key == table.c.alumnus_key, undo.c.event.in_(_UNDOING)
        )
        asked = (table.c.event == LedgerEvent.ASKED.value, table.c.on_date > since, table.c.team.is_not(None))
        each = (
            select(table.c.team, table.c.alumnus_key, func.count().label("asks"))
            .where(*asked, ~undone.exists(), *_of(school, table))
            .group_by(table.c.team, table.c.alumnus_key)
            .subquery()
        )
        total = func.sum(each.c.asks)
        teams = select(each.c.team, func.count(), total, func.max(each.c.asks)).group_by(each.c.team)
        rows = self._connection.execute(teams.order_by(total.desc(), each.c.team))
        return [(team, int(alumni), int(asks), int(most)) for team, alumni, asks, most in rows]

    def _count(self, table: Table, *where: ColumnElement[bool]) -> int:
        return int(self._connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def _of(school: str | None, table: Table) -> list[ColumnElement[bool]]:
    return [] if school is None else [table.c.school == school]


def _of_alumni(school: str | None, table: Table) -> list[ColumnElement[Any]]:
    """That the alumnus of a row is of the school."""
    alumni = schema.alumni
    same = select(alumni.c.key).where(alumni.c.key == table.c.alumnus_key, alumni.c.school == school)
    return [] if school is None else [same.exists()]
