"""What figures are counted from, in a query each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Table, case, func, select

from matcher.domain.counted import Counted, Groups, groups_of
from matcher.domain.demands import Phase, Step, Why, closing_day
from matcher.domain.figures import Entries, RequestFacts
from matcher.domain.first_yes import LeftOut
from matcher.domain.invitations import Reason
from matcher.domain.kinds import RequestKind
from matcher.domain.moments import aware, day_in_netherlands
from matcher.domain.records import RecordKind, Request
from matcher.store import schema
from matcher.store.codecs import LAYOUTS, load_qualifications
from matcher.store.consents import left_out_of
from matcher.store.derived import Carried
from matcher.store.records import chunks, streamed
from matcher.store.unit import UnitOfWork

_LEDGER = schema.ledger
_LINES = select(
    *(_LEDGER.c[name] for name in ("id", "alumnus_key", "request_key", "event", "on_date")),
    *(_LEDGER.c[name] for name in ("kind", "benefit", "students", "corrects")),
)
_STEPS = schema.request_steps
_MADE = (Step.CREATED.value, Step.COPIED.value, Step.OPENED.value)
_BEGAN = (
    select(
        _STEPS.c.request_key,
        func.min(_STEPS.c.at).label("made"),
        func.min(case((_STEPS.c.step == Step.OPENED.value, _STEPS.c.at))).label("opened"),
    )
    .where(_STEPS.c.step.in_(_MADE))
    .group_by(_STEPS.c.request_key)
    .subquery()
)
_REQUESTS, _STATES = schema.requests, schema.request_states
_LIVES = select(
    *(_REQUESTS.c[name] for name in ("key", "kind", "people", "closes_on", "period_from", "period_to", "moments")),
    *(_STATES.c[name] for name in ("phase", "reason", "changed_at")),
    func.coalesce(_BEGAN.c.opened, _BEGAN.c.made).label("opened_at"),
).select_from(
    _REQUESTS.outerjoin(_STATES, _STATES.c.request_key == _REQUESTS.c.key).outerjoin(
        _BEGAN, _BEGAN.c.request_key == _REQUESTS.c.key
    )
)
_INVITATIONS = schema.invitations
_NOES = (
    select(_INVITATIONS.c.alumnus_key, _INVITATIONS.c.request_key, _INVITATIONS.c.why_not)
    .join(_REQUESTS, _REQUESTS.c.key == _INVITATIONS.c.request_key)
    .where(_INVITATIONS.c.why_not.is_not(None))
    .order_by(_INVITATIONS.c.answered_at, _INVITATIONS.c.key)
)
_MOMENTS = LAYOUTS[RecordKind.REQUESTS].fields["moments"].decode


class FigureReader:
    """Implements `matcher.repositories.figures.FigureReader`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def entries(self, school: str | None) -> Entries:
        """Every line of the ledger of what a school, or any, asked and gave; those that were undone too."""
        lines = _LINES.where(*_of(school, _LEDGER))
        return self._unit.follows(("entries", school), lambda: Entries.of_rows(self._connection.execute(lines).all()))

    def requests(self, school: str | None) -> list[RequestFacts]:
        """Every request, with its life."""
        lives = _LIVES.where(*_of(school, _REQUESTS))
        return list(
            self._unit.follows(("lives", school), lambda: [_facts(row) for row in self._connection.execute(lives)])
        )

    def reasons(self, school: str | None) -> Mapping[tuple[int, int], Reason]:
        """Why alumni said no to a request, by the random keys of both; of two answers the last."""
        rows = self._connection.execute(_NOES.where(*_of(school, _REQUESTS)))
        return {(row[0], row[1]): Reason(row[2]) for row in rows}

    def contacts(self, school: str | None) -> list[date]:
        """The days of the contacts of aftercare that count, with alumni of a school, or of all."""
        people, lines = schema.alumni, schema.aftercare_contacts
        corrected = select(lines.c.corrects).where(lines.c.corrects.is_not(None))
        counting = (lines.c.corrects.is_(None), lines.c.key.not_in(corrected))
        joined = select(lines.c.on_date).join(people, people.c.key == lines.c.alumnus_key)
        return list(self._connection.execute(joined.where(*counting, *_of(school, people))).scalars())

    def left_out(self, school: str) -> Mapping[int, LeftOut | None]:
        """Why what the alumni of a school said leaves each of them out of a campaign; None for those who may be asked.

        By key. A reading of the same state of the data remembers it.
        """
        return left_out_of(self._unit, school)

    def counted(self) -> Counted:
        """What reports count of all alumni. A reading of a later state reads those alone who changed since."""
        read = partial(_counted, self._connection)
        work = Carried(read, Counted.without, Counted.followed_by, _keys_of)
        return self._unit.carries(("counted",), work)

    def about(self, requests: Sequence[int]) -> Mapping[int, tuple[str, str]]:
        """The programme and the town of these requests, by random key; empty for none."""
        named = select(_REQUESTS.c.key, _REQUESTS.c.programme, _REQUESTS.c.town)
        return {
            row.key: (row.programme or "", row.town or "")
            for part in chunks(requests)
            for row in self._connection.execute(named.where(_REQUESTS.c.key.in_(part)))
        }


def _keys_of(counted: Counted) -> list[int]:
    keys: list[int] = counted.key.tolist()
    return keys


def _counted(connection: Connection, keys: Collection[int] | None) -> Counted:
    """What is counted of these alumni, or of all."""
    people, consents = schema.alumni.c, schema.consents.c
    facts = select(people.key, people.school, people.pc4, people.qualifications)
    objecting = select(schema.objections.c.alumnus_key)
    given = select(consents.alumnus_key, consents.purpose, consents.given_on)
    given = given.where(consents.withdrawn_on.is_(None), consents.alumnus_key.not_in(objecting))
    groups: dict[int, Groups] = {}
    said: list[tuple[int, str, date | None]] = []
    known: dict[tuple[str, str | None, str | None], Groups] = {}
    for part in [None] if keys is None else chunks(keys):
        some, of_some = facts, given
        if part is not None:
            some, of_some = facts.where(people.key.in_(part)), given.where(consents.alumnus_key.in_(part))
        with streamed(connection, some) as rows:
            for key, school, pc4, held in rows:
                if (school, pc4, held) not in known:
                    known[school, pc4, held] = groups_of((school, pc4, load_qualifications(held)))
                groups[key] = known[school, pc4, held]
        with streamed(connection, of_some) as rows:
            said += [(row[0], row[1], row[2]) for row in rows]
    return Counted.of(groups, said)


def _of(school: str | None, table: Table) -> list[ColumnElement[bool]]:
    return [] if school is None else [table.c.school == school]


def _facts(row: Any) -> RequestFacts:
    return RequestFacts(
        row.key,
        RequestKind(row.kind),
        row.people,
        opened_on=_day(row.opened_at),
        closes_on=_closing(row.moments, row.period_from, row.period_to, row.closes_on),
        phase=Phase(row.phase) if row.phase else Phase.OPEN,
        reason=Why(row.reason) if row.reason else None,
        changed_on=_day(row.changed_at),
    )


@lru_cache(maxsize=16_384)
def _closing(stored: str | None, first: date | None, last: date | None, closes_on: date | None) -> date | None:
    """The closing day of a request with these moments, as they are stored, this period and this day."""
    moments = cast("Any", _MOMENTS(stored) if _MOMENTS and stored else ())
    return closing_day(
        Request(
            request_id="",
            kind=RequestKind.MENTOR,
            title="",
            moments=moments,
            period_from=first,
            period_to=last,
            closes_on=closes_on,
        )
    )


def _day(at: datetime | None) -> date | None:
    return None if at is None else day_in_netherlands(aware(at))
