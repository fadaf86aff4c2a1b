"""The figures of areas: equal to a plain recount, whatever the order, and nobody told from what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import figures as told
from matcher.domain.demands import Phase, Why
from matcher.domain.figures import (
    ADDING_UP,
    AREA_OF_BENEFIT,
    AREAS,
    NO_AREA,
    OF_PEOPLE,
    Able,
    AreaFigures,
    Entries,
    Figures,
    Period,
    RequestFacts,
    Requests,
    Wish,
    ended_on,
    hidden,
    wishes,
    without_small,
)
from matcher.domain.invitations import Reason
from matcher.domain.kinds import KINDS, Area, RequestKind
from matcher.domain.ledger import UNDOES, Benefit, LedgerEvent, LedgerLine, standing

TODAY = date(2027, 3, 1)
PERIOD = Period(date(2027, 1, 1), TODAY)
DAYS = st.sampled_from(
    [date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 20), date(2027, 2, 28), TODAY, date(2027, 3, 2)]
)
REQUESTS = st.sampled_from((None, 11, 11, 11, 12, 13))
EVENTS = st.sampled_from([*LedgerEvent, *[LedgerEvent.ASKED, LedgerEvent.ACCEPTED] * 4])
KIND_OF = {11: RequestKind.GUEST_LESSON, 12: RequestKind.MENTOR, 13: RequestKind.BPV_PLACE}
PEOPLE = range(1, 6)
World = tuple[list[LedgerLine], list[RequestFacts], dict[tuple[int, int], Reason], Able]


@st.composite
def ledgers(draw: st.DrawFn) -> list[LedgerLine]:
    """Lines of five alumni and three requests; those that undo name any line, also none, or one of somebody else."""
    lines = []
    for key in range(1, draw(st.integers(0, 25)) + 1):
        event, request = draw(EVENTS), draw(REQUESTS)
        lines.append(
            LedgerLine(
                draw(st.sampled_from(PEOPLE)),
                request,
                event,
                draw(DAYS),
                key=key,
                kind=None if request is None else KIND_OF[request],
                corrects=draw(st.none() | st.integers(1, 25)) if event in UNDOES else None,
                benefit=draw(st.sampled_from(Benefit)) if event is LedgerEvent.BENEFITED else None,
                students=draw(st.none() | st.integers(0, 30)) if event is LedgerEvent.CONTRIBUTED else None,
            )
        )
    return lines


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A ledger, requests with a life each, reasons of some noes, and who can be asked for what."""
    requests = [
        RequestFacts(
            key,
            kind,
            draw(st.integers(1, 2)),
            opened_on=draw(st.none() | DAYS),
            closes_on=draw(st.none() | DAYS),
            phase=draw(st.sampled_from([*Phase, Phase.OPEN, Phase.OPEN])),
            reason=draw(st.sampled_from((None, Why.NOBODY_FOUND, Why.OTHER))),
            changed_on=draw(DAYS),
        )
        for key, kind in KIND_OF.items()
    ]
    pairs = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(KIND_OF)))
    reasons = draw(st.dictionaries(pairs, st.sampled_from(Reason)))
    mask = draw(st.lists(st.lists(st.booleans(), min_size=7, max_size=7), min_size=6, max_size=6))
    able = Able(np.arange(1, 8), np.array(mask))
    return draw(ledgers()), requests, reasons, able


def counted(world: World, period: Period = PERIOD) -> Figures:
    lines, requests, reasons, able = world
    return told.figures(Entries.of(lines), Requests.of(requests, TODAY), reasons, able, period)


def area_of(line: LedgerLine) -> Area | None:
    """The area of a line, told plainly."""
    if line.kind is not None:
        return KINDS[line.kind].area
    return None if line.benefit is None else AREA_OF_BENEFIT.get(line.benefit)


def in_period(day: date | None) -> bool:
    return day is not None and PERIOD.first <= day <= PERIOD.last


def recount(world: World, areas: Iterable[Area | None]) -> AreaFigures:
    """The same figures by loops over lines and requests."""
    every, requests, reasons, able = world
    areas = set(areas)
    known = standing(every)
    lines = [line for line in known if in_period(line.on) and area_of(line) in areas]

    def having(event: LedgerEvent) -> list[LedgerLine]:
        return [line for line in lines if line.event is event]

    reached: dict[object, int] = {}
    for line in having(LedgerEvent.CONTRIBUTED):
        group = (line.request_key, area_of(line)) if line.request_key else line.key
        reached[group] = max(reached.get(group, 0), line.students or 0)
    filled, timed, ended, missed = 0, [], 0, 0
    for request in requests:
        if request.phase is Phase.CONCEPT or KINDS[request.kind].area not in areas:
            continue
        own = [line for line in known if line.request_key == request.key]
        yes: dict[int, date] = {}
        for line in own:
            if line.event is LedgerEvent.ACCEPTED:
                yes[line.alumnus_key] = min(line.on, yes.get(line.alumnus_key, date.max))
        days = sorted(yes.values())
        full = days[request.wanted - 1] if len(days) >= request.wanted else None
        asks = [line.on for line in own if line.event is LedgerEvent.ASKED]
        began = request.opened_on or min(asks, default=None)
        if in_period(full):
            filled += 1
            timed += [max((full - began).days, 0)] if began else []
        said = [day for day in (request.changed_on, request.closes_on) if day is not None]
        over = min(said) if said else None
        if request.phase is Phase.OPEN:
            over = request.closes_on if request.closes_on and request.closes_on < TODAY else None
        if in_period(over):
            ended += 1
            open_end = request.phase is Phase.OPEN or request.reason is Why.NOBODY_FOUND
            missed += open_end and len(yes) < request.wanted
    asked = [line.alumnus_key for line in having(LedgerEvent.ASKED)]
    asking = areas - {None, Area.LIFELONG_LEARNING} if len(areas) > 1 else areas - {None}
    can = {int(key) for area in asking for key in able.key[able.area[AREAS.index(area)]]}
    noes = [reasons.get((line.alumnus_key, line.request_key or 0)) for line in having(LedgerEvent.DECLINED)]
    times = sorted(asked.count(one) for one in set(asked))
    return AreaFigures(
        asked=len(asked),
        agreed=len(having(LedgerEvent.ACCEPTED)),
        declined=len(noes),
        held=len(having(LedgerEvent.CONTRIBUTED)),
        received=len(having(LedgerEvent.BENEFITED)),
        students=sum(reached.values()),
        filled=filled,
        timed=len(timed),
        days_to_fill=float(median(timed)) if timed else None,
        ended=ended,
        never_filled=missed,
        able=len(can),
        reached=len(can & set(asked)),
        people=len(set(asked)),
        busiest=sum(times[-((len(times) + 9) // 10) :]) / len(asked) if asked else None,
        gini=plain_gini([0] * len(can - set(asked)) + times) if asked else None,
        reasons={reason: noes.count(reason) for reason in Reason if reason in noes},
    )


def plain_gini(values: Sequence[int]) -> float:
    """Half the mean difference of two values, over the mean."""
    return sum(abs(one - other) for one in values for other in values) / (2 * len(values) * sum(values))


@given(worlds())
def test_figures_are_those_of_a_recount(world: World) -> None:
    """Of each area, of what belongs to none, and of everything: also what was undone, and the median days."""
    found = counted(world)
    expected: list[tuple[AreaFigures, set[Area | None]]] = [(found.areas[area], {area}) for area in AREAS]
    expected += [(found.no_area, {None}), (found.everything, {*AREAS, None})]
    for one, areas in expected:
        plain = recount(world, areas)
        assert replace(one, gini=None, busiest=None) == replace(plain, gini=None, busiest=None), areas
        assert (one.gini, one.busiest) == (pytest.approx(plain.gini), pytest.approx(plain.busiest)), areas


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_nothing(world: World, dice: Random) -> None:
    """Nor does that of requests, or of alumni who can be asked."""
    lines, requests, reasons, able = world
    other, turned, order = [*lines], [*requests], list(range(len(able.key)))
    for listed in (other, turned, order):
        dice.shuffle(listed)
    shuffled = (other, turned, reasons, Able(able.key[order], able.area[:, order]))
    assert counted(shuffled) == counted(world)


@given(worlds())
def test_areas_add_up_to_the_whole(world: World) -> None:
    """Each count, with what belongs to no area; and the reasons of noes."""
    found = counted(world)
    parts = [*found.areas.values(), found.no_area]
    for name in ADDING_UP:
        assert sum(getattr(part, name) for part in parts) == getattr(found.everything, name), name
    for reason in Reason:
        of_parts = [(part.reasons or {}).get(reason) or 0 for part in parts]
        assert sum(of_parts) == ((found.everything.reasons or {}).get(reason) or 0)


@given(worlds(), DAYS)
def test_two_periods_add_up_to_both(world: World, day: date) -> None:
    """What is counted by its own day is in one of them."""
    first, second = Period(PERIOD.first, day), Period(day + timedelta(days=1), PERIOD.last)
    if not PERIOD.first <= day < PERIOD.last:
        return
    parts = [counted(world, one).everything for one in (first, second)]
    for name in (*OF_PEOPLE, "filled", "ended", "never_filled"):
        assert sum(getattr(part, name) for part in parts) == getattr(counted(world).everything, name), name


@given(worlds())
def test_to_undo_something_twice_is_to_undo_it_once(world: World) -> None:
    """The same correction, release or retraction again is no other change."""
    lines, *rest = world
    again = [replace(line, key=100 + line.key) for line in lines if line.event in UNDOES]
    assert counted(([*lines, *again], *rest)) == counted(world)  # type: ignore[arg-type]


@given(ledgers())
def test_what_counts_is_what_counts_in_the_ledger(lines: list[LedgerLine]) -> None:
    """Columns and lines agree on what was undone."""
    assert Entries.of(lines).standing().key.tolist() == [line.key for line in standing(lines)]


def test_a_yes_that_is_taken_back_opens_the_place_again() -> None:
    """The request is filled by whoever agreed next, and it was a no."""
    request = RequestFacts(11, RequestKind.GUEST_LESSON, 1, opened_on=date(2027, 1, 5))
    lines = [
        LedgerLine(1, 11, LedgerEvent.ASKED, date(2027, 1, 6), key=1, kind=request.kind),
        LedgerLine(1, 11, LedgerEvent.ACCEPTED, date(2027, 1, 7), key=2, kind=request.kind),
    ]
    found = counted((lines, [request], {}, Able.nobody())).areas[Area.WORKING_CAPITAL]
    assert (found.filled, found.days_to_fill, found.agreed) == (1, 2.0, 1)
    lines += [
        LedgerLine(1, 11, LedgerEvent.RETRACTED, date(2027, 1, 9), key=3, kind=request.kind, corrects=2),
        LedgerLine(1, 11, LedgerEvent.DECLINED, date(2027, 1, 9), key=4, kind=request.kind),
    ]
    found = counted((lines, [request], {(1, 11): Reason.NO_TIME}, Able.nobody())).everything
    assert (found.filled, found.days_to_fill, found.agreed, found.declined) == (0, None, 0, 1)
    assert found.reasons == {Reason.NO_TIME: 1}
    lines.append(LedgerLine(2, 11, LedgerEvent.ACCEPTED, date(2027, 1, 15), key=5, kind=request.kind))
    found = counted((lines, [request], {}, Able.nobody())).everything
    assert (found.filled, found.days_to_fill) == (1, 10.0)


def test_students_of_one_lesson_count_once() -> None:
    """Two alumni before one class reach it once; what is in no request is each its own."""
    gave = [
        LedgerLine(who, 11, LedgerEvent.CONTRIBUTED, TODAY, key=who, kind=RequestKind.GUEST_LESSON, students=24)
        for who in (1, 2)
    ]
    alone = [
        LedgerLine(3, None, LedgerEvent.CONTRIBUTED, TODAY, key=key, students=count) for key, count in ((3, 5), (4, 5))
    ]
    found = counted(([*gave, *alone], [], {}, Able.nobody()), Period(TODAY, TODAY))
    assert (found.areas[Area.WORKING_CAPITAL].students, found.no_area.students, found.everything.students) == (
        24,
        10,
        34,
    )
    assert (found.areas[Area.WORKING_CAPITAL].held, found.no_area.held) == (2, 2)


@pytest.mark.parametrize(
    ("times", "people", "expected"),
    [([], 5, None), ([1] * 4, 4, 0.0), ([3], 1, 0.0), ([1], 4, 0.75), ([1, 1], 4, 0.5), ([1, 3], 2, 0.25)],
)
def test_gini(times: list[int], people: int, expected: float | None) -> None:
    """0 where all are asked as often, 1 - 1/n where one of n always is, None where nobody was."""
    assert told.gini(np.array(times, np.int64), people) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("times", "expected"),
    [([], None), ([2], 1.0), ([1] * 10, 0.1), ([5, *[1] * 9], 5 / 14), ([5, 4, *[1] * 9], 0.5)],
)
def test_the_tenth_asked_most(times: list[int], expected: float | None) -> None:
    """Rounded up, so that it is somebody; a tenth of the asks where all were asked once."""
    assert told.busiest(np.array(times, np.int64)) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        ("2026-08-01", "2027-07-31", ("2025-08-01", "2026-07-31")),
        ("2027-02-01", "2027-02-28", ("2027-01-01", "2027-01-31")),
        ("2028-02-01", "2028-02-29", ("2028-01-01", "2028-01-31")),
        ("2027-01-01", "2027-03-31", ("2026-10-01", "2026-12-31")),
        ("2027-01-05", "2027-01-11", ("2026-12-29", "2027-01-04")),
        ("2027-02-01", "2027-02-27", ("2027-01-05", "2027-01-31")),
    ],
)
def test_the_period_before(first: str, last: str, before: tuple[str, str]) -> None:
    """Whole months before whole months, else as many days; it ends the day before this one begins."""
    period = Period(date.fromisoformat(first), date.fromisoformat(last)).before
    assert (period.first.isoformat(), period.last.isoformat()) == before


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(2, 10))
def test_no_small_count_follows_from_what_is_shown(counts: list[int], smallest: int) -> None:
    """Without the sum every count left out may be another; with it at least two may, and together they are no few."""
    shown, whole = hidden(counts, smallest)
    assert all(one is None or one == 0 or one >= smallest for one in shown)
    assert all(one in {None, count} for one, count in zip(shown, counts, strict=True))
    gone = [count for one, count in zip(shown, counts, strict=True) if one is None]
    assert 0 not in gone
    if whole and gone:
        assert len(gone) >= 2
        assert sum(gone) >= smallest
    if all(count == 0 or count >= smallest for count in counts):
        assert (shown, whole) == (counts, True), "nothing is left out without need"


@given(worlds(), st.integers(2, 6))
def test_figures_of_few_alumni_are_not_shown(world: World, smallest: int) -> None:
    """No count of alumni from 1 below it, of no area; what can be shown is what was counted."""
    exact = counted(world)
    found = without_small(exact, smallest)
    pairs = [(found.everything, exact.everything), (found.no_area, exact.no_area)]
    pairs += [(found.areas[area], exact.areas[area]) for area in AREAS]
    for shown, one in pairs:
        for name in (*OF_PEOPLE, "able", "reached", "people"):
            count = getattr(shown, name)
            assert count is None or count == getattr(one, name)
            assert count is None or count == 0 or count >= smallest, name
        if shown.able is not None and shown.reached is not None:
            assert not 0 < shown.able - shown.reached < smallest, "nor of those who were not asked"
        if one.people is not None and one.people < smallest:
            assert (shown.busiest, shown.gini) == (None, None)
        for reason, count in (shown.reasons or {}).items():
            assert count is None or count >= smallest, reason
        for name in ("students", "filled", "ended", "never_filled", "days_to_fill"):
            assert getattr(shown, name) == getattr(one, name)
    for name in OF_PEOPLE:
        parts = [getattr(part, name) for part in (*found.areas.values(), found.no_area)]
        if getattr(found.everything, name) is not None:
            assert parts.count(None) != 1, "it would follow from the others"


@given(st.dictionaries(st.tuples(st.sampled_from(("", "Zorg", "Techniek")), st.sampled_from(("", "80", "79"))),
                       st.integers(0, 12)))  # fmt: skip
def test_wishes_of_few_alumni_have_no_number(counts: dict[tuple[str, str], int]) -> None:
    """Regions of few are put together; no wish is lost without a word, and none is told of fewer than five."""
    found = wishes(counts, 5)
    assert all(one.count is None or one.count >= 5 for one in found)
    for field in {name for name, _ in counts}:
        own = [one for one in found if one.field == field]
        total = sum(count for (name, _), count in counts.items() if name == field)
        shown = sum(one.count or 0 for one in own)
        unsaid = [one for one in own if one.count is None]
        assert len(unsaid) <= 1
        assert total - shown < 5
        assert bool(total - shown) == bool(unsaid), "there is a line for those that are not told"
        assert [one.region for one in own].count(None) <= 1
    assert found == wishes(dict(reversed(counts.items())), 5)


def test_wishes_are_in_the_order_of_what_can_be_told() -> None:
    """The field with most first; in it the region with most, and the others last."""
    counts = {("Zorg", "80"): 6, ("Zorg", "79"): 2, ("Zorg", "77"): 4, ("Techniek", "80"): 20, ("Groen", "80"): 3}
    assert wishes(counts, 5) == [
        Wish("Techniek", "80", 20),
        Wish("Zorg", "80", 6),
        Wish("Zorg", None, 6),
        Wish("Groen", None, None),
    ]


def test_every_kind_and_benefit_has_a_number() -> None:
    """Kinds are of an area each; of benefits, thanks and events are of none."""
    lines = [LedgerLine(1, 11, LedgerEvent.ASKED, TODAY, key=key, kind=kind) for key, kind in enumerate(RequestKind, 1)]
    assert [AREAS[number] for number in Entries.of(lines).area] == [KINDS[kind].area for kind in RequestKind]
    given_ = [
        LedgerLine(1, None, LedgerEvent.BENEFITED, TODAY, key=key, benefit=one) for key, one in enumerate(Benefit)
    ]
    assert sum(number == NO_AREA for number in Entries.of(given_).area) == 2


@pytest.mark.parametrize(("phase", "said", "over"), [
    (Phase.HELD, date(2027, 3, 1), date(2026, 11, 5)),
    (Phase.WITHDRAWN, date(2026, 10, 1), date(2026, 10, 1)),
    (Phase.HELD, date(2026, 11, 5), date(2026, 11, 5)),
])  # fmt: skip
def test_a_request_was_over_on_its_last_day_at_the_latest(phase: Phase, said: date, over: date) -> None:
    """Also where what came of it was said long after, as by a list of the past."""
    request = RequestFacts(1, RequestKind.MENTOR, 1, closes_on=date(2026, 11, 5), phase=phase, changed_on=said)
    assert ended_on(request, date(2027, 3, 1)) == over
