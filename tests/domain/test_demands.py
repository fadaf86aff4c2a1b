"""The life of a request: one state for every history, and no closing after its own last day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.demands import (
    STOPPED,
    Phase,
    State,
    Step,
    after,
    capped,
    closing_day,
    may_close,
    own_days,
    replies_of,
    standing,
)
from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import Moment, Request

DAY = date(2027, 3, 1)
DAYS = st.dates(DAY - timedelta(days=60), DAY + timedelta(days=60))
EVENTS = st.sampled_from(
    [LedgerEvent.ASKED, LedgerEvent.ACCEPTED, LedgerEvent.DECLINED, LedgerEvent.LATER, LedgerEvent.RELEASED]
)
LINES = st.lists(st.builds(LedgerLine, st.integers(1, 4), st.just(9), EVENTS, DAYS), max_size=12)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """A request with moments, a period or neither, and perhaps a closing day."""
    days = draw(st.lists(DAYS, max_size=3, unique=True))
    moments = tuple(Moment(datetime(one.year, one.month, one.day, 13), datetime(one.year, one.month, one.day, 15))
                    for one in days)  # fmt: skip
    first, last = sorted((draw(DAYS), draw(DAYS)))
    period = draw(st.booleans())
    return Request(
        request_id="R-1",
        kind=RequestKind.GUEST_LESSON,
        title="Gastles",
        moments=moments,
        period_from=first if period else None,
        period_to=last if period else None,
        people=draw(st.integers(1, 3)),
        closes_on=draw(st.none() | DAYS),
    )


@given(requests(), st.sampled_from(Phase), LINES, DAYS)
def test_every_history_ends_in_one_state(request: Request, phase: Phase, lines: list[LedgerLine], day: date) -> None:
    """A stopped phase is its state; else the replies and the day decide, and places still to fill never go below 0."""
    stands = standing(request, phase, replies_of(lines), day)
    if phase in STOPPED:
        assert stands.state.value == phase.value
    elif stands.agreed:
        assert stands.state is State.AGREED
    else:
        late = stands.closes is not None and stands.closes < day
        assert stands.state is (State.EXPIRED if late else State.ASKED if stands.waiting else State.OPEN)
    assert stands.left == max(request.people - stands.agreed, 0)


@given(requests())
def test_no_request_closes_after_its_own_last_day(request: Request) -> None:
    """Whatever closing day is stored; without an own day the closing day counts."""
    closes, last = closing_day(request), own_days(request)[1]
    assert last is None or (closes is not None and closes <= last)
    assert request.closes_on is None or (closes is not None and closes <= request.closes_on)
    assert capped(capped(request.closes_on, last), last) == capped(request.closes_on, last)


@given(LINES)
def test_a_no_is_final_and_a_yes_lasts(lines: list[LedgerLine]) -> None:
    """Whatever comes after; the order of a yes and a no changes nothing, for two who became one."""
    replies = replies_of(lines)
    for key in {line.alumnus_key for line in lines}:
        events = {line.event for line in lines if line.alumnus_key == key}
        if LedgerEvent.DECLINED in events:
            assert replies[key] is LedgerEvent.DECLINED
        elif LedgerEvent.ACCEPTED in events:
            assert replies[key] is LedgerEvent.ACCEPTED
    assert replies_of(reversed(lines)).keys() == replies.keys()


def line(event: LedgerEvent, key: int = 1) -> LedgerLine:
    return LedgerLine(key, 9, event, DAY)


def test_an_ask_that_is_released_is_none_and_one_after_it_is() -> None:
    """Undone and asked again: one ask that waits."""
    asked, released, later = line(LedgerEvent.ASKED), line(LedgerEvent.RELEASED), line(LedgerEvent.LATER)
    assert replies_of([asked, released]) == {}
    assert replies_of([asked, released, asked]) == {1: LedgerEvent.ASKED}
    assert replies_of([asked, later]) == {1: LedgerEvent.LATER}
    assert replies_of([asked, later, asked]) == {1: LedgerEvent.ASKED}
    assert replies_of([asked, later, asked, released]) == {1: LedgerEvent.LATER}
    assert replies_of([asked, released, later, asked]) == {1: LedgerEvent.ASKED}
    taken_back = [asked, line(LedgerEvent.ACCEPTED), line(LedgerEvent.RETRACTED), line(LedgerEvent.DECLINED)]
    assert replies_of(taken_back) == {1: LedgerEvent.RETRACTED}


def test_an_ask_whose_term_is_over_waits_no_more() -> None:
    """The request is open again, and the alumnus was asked all the same."""
    request = Request(request_id="R-1", kind=RequestKind.GUEST_LESSON, title="Gastles")
    replies = replies_of([line(LedgerEvent.ASKED)])
    assert standing(request, Phase.OPEN, replies, DAY).state is State.ASKED
    over = standing(request, Phase.OPEN, replies, DAY, ended={1})
    assert (over.state, over.waiting, over.left) == (State.OPEN, 0, 1)


@given(st.lists(st.sampled_from(Step), max_size=8))
def test_no_step_leads_out_of_an_end(steps: list[Step]) -> None:
    """From withdrawn, held and not held on nothing changes; a concept is held by no step."""
    phase = Phase.CONCEPT
    for step in steps:
        following = after(phase, step)
        if phase in {Phase.WITHDRAWN, Phase.HELD, Phase.NOT_HELD}:
            assert following is None
        if phase is Phase.CONCEPT:
            assert following not in {Phase.HELD, Phase.NOT_HELD}
        phase = following or phase


def test_held_from_its_first_day_on() -> None:
    """Nobody can say before it whether it was."""
    request = Request(request_id="R-1", kind=RequestKind.MENTOR, title="Mentor", period_from=DAY, period_to=DAY)
    assert not may_close(request, DAY - timedelta(days=1))
    assert may_close(request, DAY)
