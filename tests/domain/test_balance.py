"""The balance of an alumnus: what counts in it, and that nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.balance import balance
from matcher.domain.ledger import UNDOES, LedgerEvent, LedgerLine, standing

ON = date(2027, 3, 1)
ME, REQUESTS = 7, (1, 2)
_WHICH = {LedgerEvent.RELEASED: "asked", LedgerEvent.RETRACTED: "accepted"}


@st.composite
def histories(draw: st.DrawFn) -> list[LedgerLine]:
    """Entries about one alumnus, of two years and a little of the future; those that undo name any other, or none."""
    lines = []
    for key in range(1, draw(st.integers(0, 12)) + 1):
        event = draw(st.sampled_from(LedgerEvent))
        line = LedgerLine(
            ME,
            draw(st.sampled_from(REQUESTS)),
            event,
            ON - timedelta(days=draw(st.sampled_from((-1, 0, 1, 364, 365, 366, 600)))),
            key=key,
            hours=draw(st.sampled_from((None, 1.0, 1.5))) if event is LedgerEvent.CONTRIBUTED else None,
            students=draw(st.sampled_from((None, 24))) if event is LedgerEvent.CONTRIBUTED else None,
        )
        undone = draw(st.none() | st.integers(1, 12)) if event in UNDOES else None
        lines.append(replace(line, corrects=undone))
    return lines


def recount(lines: Sequence[LedgerLine], event: str, days: int) -> list[LedgerLine]:
    """The lines of this event of the last so many days that nothing undoes, told plainly."""
    found = []
    for line in lines:
        undone = False
        for other in lines:
            if other.corrects == line.key and other.event.value == "corrected":
                undone = True
            if other.corrects == line.key and _WHICH.get(other.event) == event:
                undone = True
        if line.event.value == event and not undone and 0 <= (ON - line.on).days < days:
            found.append(line)
    return found


@given(histories(), st.integers(0, 5))
def test_sums_are_those_of_a_recount(lines: list[LedgerLine], budget: int) -> None:
    """Given, received, hours, students and asks of 365 days, and the last ask of any day."""
    found = balance(lines, budget, ON)
    gave, asks = recount(lines, "contributed", 365), recount(lines, "asked", 365)
    ever = [line.on for line in recount(lines, "asked", 10_000)]
    assert (found.given, found.received) == (len(gave), len(recount(lines, "benefited", 365)))
    assert found.hours == sum(line.hours for line in gave if line.hours)
    assert found.students == 24 * sum(line.students == 24 for line in gave)
    assert (found.asks, found.asks_left) == (len(asks), budget - len(asks) if len(asks) < budget else 0)
    assert found.asked_on == (max(ever) if ever else None)
    assert found.never_asked is not bool(ever)
    assert found.rest == (min(365, (ON - max(ever)).days) / 365 if ever else 1.0)


@given(histories().flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))))
def test_the_order_of_entries_changes_nothing(both: tuple[list[LedgerLine], list[LedgerLine]]) -> None:
    """Two processes may add to the ledger of one day in either order."""
    assert balance(both[0], 4, ON) == balance(both[1], 4, ON)


@given(histories())
def test_to_undo_something_twice_is_to_undo_it_once(lines: list[LedgerLine]) -> None:
    """The same correction, release or retraction again is no other change."""
    again = [replace(line, key=100 + line.key) for line in lines if line.event in UNDOES]
    assert balance([*lines, *again], 4, ON) == balance(lines, 4, ON)


@given(histories(), st.data())
def test_a_release_undoes_the_one_ask_that_it_names(lines: list[LedgerLine], data: st.DataObject) -> None:
    """An ask of the same alumnus for the same request that came before or after it still counts."""
    asks = recount(lines, "asked", 365)
    if not asks:
        return
    named = data.draw(st.sampled_from(asks))
    release = LedgerLine(ME, named.request_key, LedgerEvent.RELEASED, ON, key=200, corrects=named.key)
    assert balance([*lines, release], 100, ON).asks == len(asks) - 1
    assert len(standing([*lines, release])) == len(standing(lines)) - 1
    elsewhere = replace(release, alumnus_key=ME + 1)
    assert balance([*lines, elsewhere], 100, ON) == balance(lines, 100, ON), "of somebody else"


def test_what_undoes_undoes_its_own_kind_only() -> None:
    """A release takes no yes back, a retraction no ask, and a correction no correction."""
    asked = LedgerLine(ME, 1, LedgerEvent.ASKED, ON, key=1)
    yes = LedgerLine(ME, 1, LedgerEvent.ACCEPTED, ON, key=2)
    wrong = [
        LedgerLine(ME, 1, LedgerEvent.RELEASED, ON, key=3, corrects=2),
        LedgerLine(ME, 1, LedgerEvent.RETRACTED, ON, key=4, corrects=1),
    ]
    assert standing([asked, yes, *wrong]) == [asked, yes]
    right = LedgerLine(ME, 1, LedgerEvent.CORRECTED, ON, key=5, corrects=1)
    again = LedgerLine(ME, 1, LedgerEvent.CORRECTED, ON, key=6, corrects=5)
    assert standing([asked, yes, right, again]) == [yes]


def test_to_stand_first_is_half_an_ask() -> None:
    """Two lists that begin with somebody weigh as much as an ask of today, and more weigh no more."""
    rests = [balance([], 4, ON, first_places=places).rest for places in range(4)]
    assert rests == [1.0, 0.5, 0.0, 0.0]
    assert balance([LedgerLine(ME, 1, LedgerEvent.ASKED, ON, key=1)], 4, ON).rest == rests[2]
