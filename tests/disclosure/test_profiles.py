"""What cards can show of alumni: at least five share it, whatever the region, the order of rows and the questions."""

from __future__ import annotations

import runpy
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.disclosure import card_of
from matcher.disclosure.profiles import LEAST, Step, group_sizes, steps_of
from matcher.domain.answers import Card
from matcher.domain.consent import Consent
from matcher.domain.kinds import SHOWN_ON_CARDS, Purpose, RequestKind
from matcher.domain.records import Alumnus, Qualification
from matcher.pool import Pool
from matcher.pool.build import build_pool
from matcher.pool.builder import Sources
from matcher.pool.columns import day_number
from tests.support.worlds import AS_OF, SCALE

DATA = Path(__file__).parents[2] / "data"
Profile = tuple[Card, str]


def pool_of(alumni: Sequence[Alumnus]) -> Pool:
    sources = Sources(
        revision=1, origin="o", encoder="e", scale=SCALE, alumni=alumni, requests=(), offerings=(), ledger=(),
        conflicts=(), places={}, vectors={},
    )  # fmt: skip
    return build_pool(sources)


def profiles(pool: Pool, alumni: Sequence[Alumnus], kind: RequestKind = RequestKind.GUEST_LESSON) -> list[Profile]:
    """All that cards can ever show of each alumnus, but for answers to a question."""
    return [card_of(alumnus, pool, day_number(AS_OF), kind.value) for alumnus in alumni]


def chooses(alumnus: Alumnus) -> bool:
    return any(consent.purpose in SHOWN_ON_CARDS for consent in alumnus.consents)


@st.composite
def regions(draw: st.DrawFn) -> list[Alumnus]:
    """Up to 60 alumni of up to three schools; jobs, towns and years from none at all to one of each alumnus."""
    variety = draw(st.sampled_from((1, 2, 4, 40)))
    some = st.integers(0, variety)

    def alumnus(number: int) -> Alumnus:
        level, year = draw(st.sampled_from((None, 2, 3, 4))), draw(st.sampled_from((None, 1999, 2012, 2013, 2021)))
        chosen = draw(st.sampled_from(((), (), (), (), (Purpose.SHOW_FUNCTION,), tuple(SHOWN_ON_CARDS))))
        return Alumnus(
            alumnus_id=f"A-{number}",
            school=f"School {draw(st.integers(0, 2))}",
            key=number + 1,
            town=draw(st.sampled_from((None, "Zwolle", "zwolle", f"Dorp {draw(some)}"))),
            function=draw(st.sampled_from((None, "kok", "KOK", f"baan {draw(some)}"))),
            sector=draw(st.sampled_from((None, "zorg", "Zorg", f"sector {draw(some)}"))),
            qualifications=(Qualification(level=level, year=year),),
            card_text="Zelf geschreven.",
            consents=tuple(Consent(purpose, date(2026, 10, 1)) for purpose in chosen),
        )

    return [alumnus(number) for number in range(draw(st.integers(0, 60)))]


@settings(max_examples=150, deadline=None)
@given(regions())
def test_five_share_all_that_can_be_shown_of_one(alumni: list[Alumnus]) -> None:
    """In each school with five or more alumni who chose nothing, the same card is that of five or more of them.

    In a smaller school cards show nothing, the school neither. Those who chose to show more are not counted for others.
    """
    pool = pool_of(alumni)
    shown = profiles(pool, alumni)
    others = [(alumnus, profile) for alumnus, profile in zip(alumni, shown, strict=True) if not chooses(alumnus)]
    same, of_school = Counter(profile for _, profile in others), Counter(alumnus.school for alumnus, _ in others)
    for alumnus, profile in others:
        if of_school[alumnus.school] >= LEAST:
            assert same[profile] >= LEAST
            assert profile[1] == alumnus.school
        else:
            assert profile == (Card(None, None, None), "")


@settings(max_examples=60, deadline=None)
@given(regions(), st.randoms(use_true_random=False))
def test_cards_of_several_questions_do_not_add_up(alumni: list[Alumnus], random: Any) -> None:
    """A card has the same facts for every kind of question, and however the rows of the pool are ordered.

    That of a company has none of the person.
    """
    pool, others = pool_of(alumni), alumni.copy()
    random.shuffle(others)
    again = pool_of(others)
    first = profiles(pool, alumni)
    for kind in set(RequestKind) - {RequestKind.BPV_PLACE}:
        assert profiles(again, alumni, kind) == first
    for card, school in profiles(pool, alumni, RequestKind.BPV_PLACE):
        assert (replace(card, recognised=None), school) == (Card(None, None, None), "")


@settings(max_examples=60, deadline=None)
@given(regions())
def test_a_choice_of_one_takes_nothing_from_another(alumni: list[Alumnus]) -> None:
    """Who chose nothing gets the card that they would have if those who chose more did not exist."""
    plain = [alumnus for alumnus in alumni if not chooses(alumnus)]
    pool, without = pool_of(alumni), pool_of(plain)
    assert profiles(pool, plain) == profiles(without, plain)


def everyone(count: int, **values: Any) -> list[Alumnus]:
    base = {"school": "Noord", "town": "Zwolle", "function": "kok", "sector": "horeca"} | values
    held = (Qualification(level=3, year=2014),)
    return [
        Alumnus(alumnus_id=f"A-{key}", key=key, qualifications=held, employer="De Pan", company_id="1", **base)
        for key in range(1, count + 1)
    ]


def test_what_goes_first_is_the_job_then_the_town() -> None:
    """Five who share everything show it; one with another job shows the sector, one of another town no town."""
    alike = everyone(10)
    pool = pool_of(alike)
    assert profiles(pool, alike)[0] == (Card("Kok", None, "Zwolle", level=3, years=(2010, 2014)), "Noord")
    other = [replace(one, function=f"kok {one.key}") if one.key <= 5 else one for one in alike]
    assert profiles(pool_of(other), other)[0] == (Card("Horeca", None, "Zwolle", level=3, years=(2010, 2014)), "Noord")
    moved = [replace(one, town=f"Dorp {one.key}") if one.key <= 5 else one for one in other]
    assert profiles(pool_of(moved), moved)[0] == (Card("Horeca", None, None, level=3, years=(2010, 2014)), "Noord")


def test_the_school_goes_last_and_four_show_nothing() -> None:
    """Four alumni of a school: nothing; a fifth who shares nothing: the school. A rest of one takes a group with it."""
    four = everyone(4)
    assert profiles(pool_of(four), four) == [(Card(None, None, None), "")] * 4
    stranger = Alumnus(alumnus_id="A-9", key=9, school="Noord", sector="zorg")
    assert profiles(pool_of([*four, stranger]), four) == [(Card(None, None, None), "Noord")] * 4
    nine = [*everyone(9), stranger]
    assert set(profiles(pool_of(nine), nine)) == {(Card(None, None, None), "Noord")}


def test_what_was_chosen_is_shown_while_the_consent_is_in_force() -> None:
    """The job, the year and the own sentence, each by its own consent; not on a day after its term."""
    given_on = date(2026, 10, 1)
    one = Alumnus(
        alumnus_id="A-0", key=100, school="Noord", function="duiker", qualifications=(Qualification(year=2009),),
        card_text="Ik duik.", consents=tuple(Consent(purpose, given_on) for purpose in SHOWN_ON_CARDS),
    )  # fmt: skip
    pool = pool_of([*everyone(5), one])
    assert profiles(pool, [one]) == [(Card("Duiker", None, None, since=2009, own_text="Ik duik."), "Noord")]
    later = day_number(date(2036, 1, 1))
    assert card_of(one, pool, later, RequestKind.MENTOR.value) == (Card(None, None, None), "Noord")
    sentence = replace(one, consents=(Consent(Purpose.SHOW_TEXT, given_on),))
    pool = pool_of([*everyone(5), sentence])
    assert profiles(pool, [sentence]) == [(Card(None, None, None, own_text="Ik duik."), "Noord")]
    alike = replace(everyone(1)[0], key=101, card_text="Ik kook.", consents=sentence.consents)
    shared = Card("Kok", None, "Zwolle", level=3, years=(2010, 2014), own_text="Ik kook.")
    assert profiles(pool_of([*everyone(5), alike]), [alike]) == [(shared, "Noord")], "with what they share besides"


@pytest.mark.parametrize(
    ("held", "since"),
    [
        ((("25491", 2009), ("25480", 2014)), 2009),
        ((("25180", 1999), ("25491", 2009)), 2009),
        ((("25180", 1999), ("25491", 1999)), 1999),
        ((("25180", 1999), ("25491", None)), 1999),
        ((("25180", None),), None),
    ],
)
def test_the_years_in_the_trade_are_those_of_the_last_trade(
    held: tuple[tuple[str, int | None], ...], since: int | None
) -> None:
    """A qualification of an earlier trade does not make somebody older in this one."""
    one = Alumnus(
        alumnus_id="A-0", key=100, school="Noord", consents=(Consent(Purpose.SHOW_YEARS, date(2026, 10, 1)),),
        qualifications=tuple(Qualification(crebo=code, year=year) for code, year in held),
    )  # fmt: skip
    (shown, _) = profiles(pool_of([*everyone(5), one]), [one])[0]
    assert shown.since == since


def test_a_card_for_a_training_place_is_the_company() -> None:
    """Its name and whether its recognition is known; no job, no town, no school of the alumnus."""
    alike = everyone(6)
    pool, day, kind = pool_of(alike), day_number(AS_OF), RequestKind.BPV_PLACE.value
    assert card_of(alike[0], pool, day, kind) == (Card("De Pan", None, None, recognised=True), "")
    since = date(2025, 5, 12)
    told = replace(alike[0], company_town="Kampen", company_recognised_on=since, company_places=2)
    card = Card("De Pan", None, "Kampen", recognised=True, recognised_on=since, places=2)
    assert card_of(told, pool, day, kind) == (card, "")
    unknown = replace(card, recognised=False, recognised_on=None)
    assert card_of(replace(told, company_id=None), pool, day, kind) == (unknown, "")


def test_a_fact_that_changed_since_is_not_shown() -> None:
    """The record has another job than the pool in which it was counted who shares it."""
    alike = everyone(6)
    changed = replace(alike[0], function="minister")
    assert profiles(pool_of(alike), [changed])[0][0].title == "Horeca"


def sample() -> tuple[Alumnus, ...]:
    """The 2,000 alumni of the sample region."""
    sys.path.insert(0, str(DATA))
    try:
        made = runpy.run_path(str(DATA / "generate.py"))["make"]()
    finally:
        sys.path.remove(str(DATA))
    return tuple(_alumnus(number, row) for number, row in enumerate(made["alumni"], 1))


def _alumnus(number: int, row: dict[str, Any]) -> Alumnus:
    def first(*names: str) -> Any:
        return next((row[name] for name in names if row.get(name)), None)

    held = []
    for text in str(first("opleidingen", "qualifications") or "").split(";"):
        parts = [part.strip() for part in text.split("|")]
        if len(parts) == 5:
            held.append(Qualification(parts[0], parts[1], int(parts[2] or 0) or None, None, int(parts[4] or 0) or None))
    return Alumnus(
        alumnus_id=str(number), key=number, school=first("school"), town=first("woonplaats", "town"),
        function=first("functie", "function"), sector=first("sector"), qualifications=tuple(held),
    )  # fmt: skip


def test_the_sample_region_is_measured() -> None:
    """Job, sector and town made 85 % of 2,000 unique, with school and year 99 %: now every card is that of five."""
    alumni = sample()

    def unique(*names: str) -> float:
        faces = [(*(getattr(one, name) for name in names), one.qualifications[0].year) for one in alumni]
        if "school" not in names:
            faces = [face[:-1] for face in faces]
        same = Counter(faces)
        return sum(same[face] == 1 for face in faces) / len(alumni)

    assert unique("function", "sector", "town") > 0.8
    assert unique("function", "sector", "town", "school") > 0.95
    pool = pool_of(alumni)
    sizes, same = group_sizes(pool), Counter(profiles(pool, alumni))
    large = Counter(one.school for one in alumni)
    assert all(large[one.school] >= LEAST for one in alumni)
    assert min(same.values()) >= LEAST
    assert sizes.min() >= LEAST
    assert np.count_nonzero(steps_of(pool) <= Step.SECTOR) > 0.5 * len(alumni), "a card still says something"


def test_the_figures_count_what_is_shown() -> None:
    """The size of each group, by the report's own count, is that of equal cards."""
    alumni = [*everyone(12), *(replace(one, key=one.key + 50, sector="zorg", function=None) for one in everyone(7))]
    pool = pool_of(alumni)
    same = Counter(profiles(pool, alumni))
    assert group_sizes(pool).tolist() == [same[profile] for profile in profiles(pool, alumni)]


def test_it_is_derived_once_for_a_pool() -> None:
    """A second question finds it."""
    pool = pool_of(everyone(6))
    assert steps_of(pool) is steps_of(pool)
