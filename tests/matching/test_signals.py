"""Each signal by example, calculated by hand."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.kinds import NeedKind, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import Alumnus, Demand, Form, Moment, Offering, OnlineMode, Qualification
from matcher.matching import ranking
from matcher.matching.signals import SIGNALS
from matcher.pool.pairs import Pairs
from tests.support.pair import PLAIN, WILLING, alumnus, pair, request
from tests.support.worlds import AS_OF

BY_CODE = {signal.CODE: signal for signal in SIGNALS}
TUE, WED, THU, FRI = (0b111 << 3 * day for day in (1, 2, 3, 4))
MARCH = [Moment(datetime(2027, 3, day, 13), datetime(2027, 3, day, 15)) for day in (16, 18)]
OLD = Qualification("95530", "Verpleegkundige (oud)", None, None, 2004)
"""From before 2015: its code is not in the register."""
CARE = Qualification("25655", None, 3, None, 2014)


def course(**fields: object) -> Offering:
    return Offering(offering_id="C-1", provider="P", title="Cursus", key=3, **fields)  # type: ignore[arg-type]


def value(code: str, person: Alumnus, demand: Demand, **more: object) -> float:
    one = pair(person, demand, **more)  # type: ignore[arg-type]
    return float(one.each(BY_CODE[code].values(one, ranking.similarities(one)))[0])


@pytest.mark.parametrize(
    ("code", "person", "demand", "expected"),
    [
        ("similarity", alumnus(function="kok"), PLAIN, 1.0),
        ("similarity", WILLING, PLAIN, None),
        ("similarity", alumnus(function="kok"), course(), None),
        ("similarity", alumnus(needs="leren koken"), course(), 1.0),
        ("similarity", alumnus(needs="werk"), request(kind=RequestKind.AFTERCARE), 1.0),
        ("skills", alumnus(skills=("EHBO",)), request(skills=("ehbo",)), 1.0),
        ("skills", alumnus(skills=("lassen",)), request(skills=("ehbo",)), 0.0),
        ("skills", alumnus(skills=("complexe wondzorg",)), request(skills=("Wondzorg",)), 1.0),
        ("skills", alumnus(skills=("wondzorg",)), request(skills=("complexe wondzorg",)), 0.0),
        ("skills", alumnus(skills=("PLC programeren",)), request(skills=("plc programmeren",)), 1.0),
        ("skills", WILLING, request(skills=("ehbo",)), None),
        ("skills", alumnus(skills=("ehbo",)), PLAIN, None),
        ("availability", alumnus(day_parts=TUE), request(day_parts=TUE | THU), 1.0),
        ("availability", alumnus(day_parts=1 << 4), request(day_parts=TUE), 1.0),
        ("availability", alumnus(day_parts=1 << 4), request(day_parts=1 << 4 | 1 << 10), 1.0),
        ("availability", alumnus(day_parts=1 << 4), course(day_parts=TUE | WED | THU | FRI), 1 / 12),
        ("availability", alumnus(day_parts=TUE), request(moments=tuple(MARCH)), 0.5),
        ("availability", WILLING, request(day_parts=TUE), None),
        ("availability", alumnus(day_parts=TUE), PLAIN, None),
        ("travel", alumnus(town="Zwolle"), request(town="zwolle "), 1.0),
        ("travel", alumnus(town="Kampen"), request(town="Zwolle"), 1 - 13.3 / 60),
        ("travel", alumnus(town="Maastricht"), request(town="Zwolle"), 0.0),
        ("travel", alumnus(town="Kampen"), request(town="Zwolle / Kampen"), 1.0),
        ("travel", alumnus(town="Kampen"), request(town="Maastricht of Zwolle"), 1 - 13.3 / 60),
        ("travel", alumnus(town="Maastricht"), request(town="Nergenshuizen of Maastricht"), 1.0),
        ("travel", alumnus(town="Kampen"), request(town="Nergenshuizen / Ergens"), None),
        ("travel", alumnus(town="Kampen"), course(town="Zwolle of Kampen"), 1.0),
        ("travel", WILLING, request(town="Zwolle"), None),
        ("travel", WILLING, request(town="Zwolle", online=OnlineMode.YES), 1.0),
        ("travel", alumnus(online=True), request(town="Zwolle", online=OnlineMode.EITHER), 0.8),
        ("preference", alumnus(need_kinds=frozenset({NeedKind.NETWORK})), PLAIN, 1.0),
        ("preference", alumnus(need_kinds=frozenset({NeedKind.COURSE})), PLAIN, 0.5),
        ("preference", alumnus(need_kinds=frozenset({NeedKind.COURSE})), course(), 1.0),
        ("preference", alumnus(need_kinds=frozenset({NeedKind.WORK})), course(), 0.0),
        ("preference", alumnus(need_kinds=frozenset({NeedKind.COURSE}), online=False), course(form=Form.ONLINE), 0.5),
        ("preference", WILLING, PLAIN, None),
        ("qualification", alumnus(qualifications=(CARE,)), request(programme="25655"), 1.0),
        ("qualification", alumnus(qualifications=(CARE,)), request(programme="25655", level=4), 0.7 + 0.3 * 2 / 3),
        ("qualification", alumnus(qualifications=(CARE,)), request(level=2), 2 / 3),
        ("qualification", alumnus(qualifications=(CARE,)), request(programme="Eigen opleiding"), None),
        ("qualification", alumnus(qualifications=(CARE,)), request(programme="Eigen opleiding", level=3), 1.0),
        ("qualification", alumnus(qualifications=(OLD,)), request(programme="95530"), 1.0),
        ("qualification", alumnus(qualifications=(OLD,)), request(programme="verpleegkundige  (oud)"), 1.0),
        ("qualification", alumnus(qualifications=(OLD,)), request(programme="25491"), None),
        ("qualification", WILLING, request(programme="25655"), None),
        ("qualification", alumnus(qualifications=(CARE,)), PLAIN, None),
        ("recency", alumnus(qualifications=(CARE,)), PLAIN, 1 - 13 / 20),
        ("recency", alumnus(qualifications=(Qualification(year=1990),)), PLAIN, 0.0),
        ("recency", WILLING, PLAIN, None),
        ("balance", WILLING, PLAIN, 0.5),
        ("rest", WILLING, PLAIN, 1.0),
        ("price", alumnus(max_price=500), course(price=250), 0.75),
        ("price", alumnus(max_price=500), course(price=2000), 0.0),
        ("price", alumnus(max_price=0), course(price=10), 0.0),
        ("price", WILLING, course(price=0), 1.0),
        ("price", WILLING, course(price=10), None),
        ("price", alumnus(max_price=500), course(), None),
        ("form", alumnus(online=True), course(form=Form.BLENDED), 0.85),
        ("form", alumnus(online=False), course(form=Form.ONLINE), 0.0),
        ("form", WILLING, course(form=Form.ONLINE), None),
        ("form", alumnus(online=True), course(), None),
        ("gap", alumnus(skills=("lassen",), needs="leren"), course(skills=("ehbo",)), 1.0),
        ("gap", alumnus(skills=("ehbo",), needs="leren"), course(skills=("ehbo",)), 0.0),
        ("gap", alumnus(skills=("ehbo",)), course(skills=("lassen",)), None),
    ],
)
def test_signal(code: str, person: Alumnus, demand: Demand, expected: float | None) -> None:
    """The value that a calculation by hand gives; None is unknown."""
    found = value(code, person, demand)
    assert np.isnan(found) if expected is None else found == pytest.approx(expected)


@given(free=st.integers(1, 2**21 - 1), asked=st.integers(1, 2**21 - 1), more=st.integers(0, 20))
def test_a_day_part_more_never_lowers_a_role(free: int, asked: int, more: int) -> None:
    """What is asked takes place on one of the day parts, so more of them never count against an alumnus."""
    one = [
        value("availability", alumnus(day_parts=free), request(day_parts=parts)) for parts in (asked, asked | 1 << more)
    ]
    assert one[0] <= one[1]
    assert one[0] == float(bool(free & asked))


def test_balance_and_rest_follow_the_ledger() -> None:
    """Given twice, received never: (1 + 0) / (2 + 2) for a role, (1 + 2) / (2 + 2) for a course; asked 73 days ago."""
    ledger = [
        LedgerLine(1, None, LedgerEvent.CONTRIBUTED, date(2026, 5, 1)),
        LedgerLine(1, None, LedgerEvent.CONTRIBUTED, date(2026, 6, 1)),
        LedgerLine(1, 9, LedgerEvent.ASKED, date(2026, 12, 18)),
    ]
    assert value("balance", WILLING, PLAIN, ledger=ledger) == 0.25
    assert value("balance", WILLING, course(), ledger=ledger) == 0.75
    assert value("rest", WILLING, PLAIN, ledger=ledger) == pytest.approx(73 / 365)


def test_whoever_stands_first_elsewhere_is_less_rested() -> None:
    """Half of a rest for each other open request; the own list, and those that are closed or full, count nothing."""
    two = tuple(request(request_id=f"R-{key}", key=key) for key in (20, 21))
    closed = request(request_id="R-22", key=22, closes_on=date(2026, 12, 1))
    found = [value("rest", WILLING, PLAIN, leads=(PLAIN, closed, *two[:number])) for number in range(3)]
    assert found == [1.0, 0.5, 0.0]
    ledger = [LedgerLine(1, 9, LedgerEvent.ASKED, date(2026, 12, 18))]
    assert value("rest", WILLING, PLAIN, ledger=ledger, leads=two) == 0.0, "never below nothing"
    yes = [LedgerLine(30 + key, key, LedgerEvent.ACCEPTED, AS_OF) for key in (20, 21)]
    assert value("rest", WILLING, PLAIN, ledger=yes, leads=two) == 1.0
    one = pair(WILLING, PLAIN, leads=two)
    assert BY_CODE["rest"].evidence(one) == [{"days": None, "first_places": 2}]
    turned = Pairs(one.pool, one.pool.people, one.pool.requests, "requests", 0, np.arange(3), one.as_of)
    firsts = dict(zip(one.pool.requests.key.tolist(), turned.each(turned.first_places).tolist(), strict=True))
    assert firsts == {PLAIN.key: 2, 20: 1, 21: 1}


def test_a_rare_skill_weighs_more() -> None:
    """Of two asked skills the one that fewer alumni have counts for more."""
    others = tuple(alumnus(alumnus_id=f"B-{n}", key=50 + n, skills=("ehbo",)) for n in range(30))
    asked = request(skills=("ehbo", "lassen"))
    common = value("skills", alumnus(skills=("ehbo",)), asked, others=others)
    rare = value("skills", alumnus(skills=("lassen",)), asked, others=others)
    assert common < 0.5 < rare


def test_skills_are_found_in_the_text_of_a_request_that_lists_none() -> None:
    """Only skills that at least two alumni state are recognised: a word of one person shows nothing of that person."""
    others = tuple(alumnus(alumnus_id=f"B-{n}", key=50 + n, skills=("wondzorg",)) for n in range(2))
    asked = request(title="Gastles over wondzorg en geheimzinnigheid")
    person = alumnus(skills=("wondzorg", "geheimzinnigheid"))
    one = pair(person, asked, others=others)
    assert one.skill_words == [(["wondzorg"], [])]


def test_same_domain_counts_half() -> None:
    """Betonboorder (25078) and Betonreparateur (25080) are of the same domain in the register."""
    person = alumnus(qualifications=(Qualification("25078", None, None),))
    assert value("qualification", person, request(programme="25080")) == pytest.approx(0.7 * 0.5 + 0.3 * 2 / 3)
