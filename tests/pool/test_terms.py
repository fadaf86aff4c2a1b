"""Terms of consent in the pool: which consents are in force on a day, worked out when reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.consent import Consent, Terms
from matcher.domain.kinds import KIND_CODES, KINDS, Purpose, mask_of, number_of
from matcher.domain.records import Alumnus, Demand
from matcher.matching.rules import no_consent
from matcher.matching.visibility import visible
from matcher.pool import Pool
from matcher.pool.columns import day_number, day_of
from matcher.pool.pairs import Pairs
from matcher.pool.partition import slice_of
from matcher.pool.snapshot import load, save
from tests.support.pair import PLAIN, alumnus, pair
from tests.support.worlds import AS_OF, World, worlds

ONE_DAY = timedelta(days=1)
terms_of = st.builds(
    Terms, st.integers(1, 40), st.dictionaries(st.sampled_from(Purpose), st.integers(1, 40), max_size=4)
)
"""Terms around the ages of consents in worlds: some are over, some are not."""
days = st.integers(-400, 800).map(lambda shift: AS_OF + timedelta(days=shift))


def counts(person: Alumnus, purpose: Purpose, terms: Terms, on: date) -> bool:
    """Whether a consent for a purpose is in force on a day, from the record alone."""
    term = timedelta(days=round(terms.own.get(purpose, terms.months) * 30.44))
    return any(
        consent.purpose is purpose
        and consent.withdrawn_on is None
        and (consent.given_on is None or consent.given_on + term >= on)
        for consent in person.consents
    )


@given(worlds(), terms_of, days)
def test_the_mask_is_that_of_the_records(world: World, terms: Terms, on: date) -> None:
    """For every alumnus and purpose the bit is what record, term and day say."""
    pool = world.pool.with_terms(terms)
    mask = pool.consents_on(day_number(on))
    for person in world.sources.alumni:
        bits = int(mask[pool.person_row[person.key]])
        for purpose in Purpose:
            assert bool(bits >> number_of(purpose) & 1) is counts(person, purpose, terms, on)


@given(worlds(), terms_of, days)
def test_each_pair_is_judged_by_the_terms(world: World, terms: Terms, on: date) -> None:
    """Rule and visibility say of a pair what its records say, in both directions."""
    pool, day = world.pool.with_terms(terms), day_number(on)
    schools = {person.school for person in world.sources.alumni}
    tables = ((pool.requests, world.sources.requests), (pool.offerings, world.sources.offerings))
    for table, records in tables:
        by_key: dict[int, Demand] = {record.key: record for record in records}
        for row, key in enumerate(table.key.tolist()):
            whole = Pairs.with_everybody(pool, table, row, day)
            purpose = KINDS[KIND_CODES[table.kind[row]]].purpose
            for person in world.sources.alumni:
                place = pool.person_row[person.key]
                back = Pairs(pool, pool.people, table, "demands", place, np.array([row]), day)
                agrees = counts(person, purpose, terms, on)
                assert no_consent.passes(whole)[place] == no_consent.passes(back)[0] == agrees
                seen = sees(by_key[key], person, schools, terms, on)
                assert visible(whole)[place] == visible(back)[0] == seen


def sees(demand: Demand, person: Alumnus, schools: set[str], terms: Terms, on: date) -> bool:
    """Whether the asker of a demand may see an alumnus, from the records alone."""
    asker = getattr(demand, "school", "")
    if not hasattr(demand, "request_id") or asker == person.school or (asker is None and len(schools) == 1):
        return True
    shared = Purpose.SHARE_SCHOOLS if asker is None or asker in schools else Purpose.SHARE_EMPLOYERS
    return counts(person, shared, terms, on)


@given(worlds(), terms_of, days, st.integers(1, 5))
def test_a_slice_has_the_consents_of_the_whole(world: World, terms: Terms, on: date, size: int) -> None:
    """A slice that goes to another machine takes the terms and the days along."""
    pool, day = world.pool.with_terms(terms), day_number(on)
    mask = pool.consents_on(day)
    slices = [
        slice_of(pool, pool.requests, start, min(start + size, len(pool.people))).consents_on(day)
        for start in range(0, len(pool.people), size)
    ]
    assert np.array_equal(np.concatenate(slices), mask)


def pool_with(*consents: Consent) -> Pool:
    """The pool of one alumnus with these consents."""
    return pair(alumnus(consents=consents), PLAIN).pool


def test_where_no_term_is_over_the_mask_is_the_column() -> None:
    """Nothing is copied, so a ranking reads the very bits that it read before there were terms."""
    pool = pool_with(Consent(Purpose.MENTOR, AS_OF), Consent(Purpose.FEEDBACK))
    assert pool.consents_on(day_number(AS_OF)) is pool.people.consents


@pytest.mark.parametrize("over", [False, True])
def test_a_consent_counts_on_the_last_day_of_its_term(over: bool) -> None:
    """And not on the day after."""
    terms = Terms(12, {Purpose.MENTOR: 6})
    pool = pool_with(Consent(Purpose.MENTOR, AS_OF), Consent(Purpose.FEEDBACK, AS_OF)).with_terms(terms)
    last = AS_OF + terms.days(Purpose.MENTOR) + (ONE_DAY if over else timedelta(0))
    purposes = {Purpose.FEEDBACK} if over else {Purpose.FEEDBACK, Purpose.MENTOR}
    assert pool.consents_on(day_number(last)).tolist() == [mask_of(frozenset(purposes))]


@pytest.mark.parametrize("on", [date(2148, 1, 1), date(2149, 6, 6), date(2199, 1, 1), date(9999, 12, 31)])
def test_days_beyond_the_column_end_every_dated_consent(on: date) -> None:
    """16 bits reach to 2149: later days leave only consents without a day, which the daily job ends."""
    pool = pool_with(Consent(Purpose.MENTOR, AS_OF), Consent(Purpose.FEEDBACK))
    assert pool.consents_on(day_number(on)).tolist() == [mask_of(frozenset({Purpose.FEEDBACK}))]
    assert pool.consents_on(day_number(AS_OF)) is pool.people.consents


def test_a_withdrawn_consent_has_no_day() -> None:
    """Not even one that was given within the term."""
    pool = pool_with(Consent(Purpose.MENTOR, AS_OF, AS_OF))
    assert not pool.people.consents.any()
    assert not len(pool.people.consent_days.values)


def test_terms_are_no_data(tmp_path: Path) -> None:
    """A snapshot holds the days, not the terms: other settings need no new snapshot."""
    pool = pool_with(Consent(Purpose.MENTOR, AS_OF)).with_terms(Terms(1))
    save(pool, tmp_path)
    loaded = load(tmp_path, pool.origin, pool.encoder)
    assert loaded is not None
    assert loaded.people.consent_days.values.tolist() == [day_number(AS_OF)]
    later = day_number(AS_OF + timedelta(days=40))
    assert loaded.consents_on(later).all()
    assert not loaded.with_terms(Terms(1)).consents_on(later).any()
    assert not pool.consents_on(later).any()


def test_each_day_is_answered_for_itself() -> None:
    """Whatever was asked before: what is kept of one day is not given for another."""
    pool = pool_with(Consent(Purpose.MENTOR, AS_OF))
    last = day_number(AS_OF) + Terms().days(Purpose.MENTOR).days
    answers = [bool(pool.consents_on(day).any()) for day in (last, last + 1, last, last + 1)]
    assert answers == [True, False, True, False]
    assert day_of(last) == AS_OF + Terms().days(Purpose.MENTOR)


def test_visibility_follows_the_day() -> None:
    """Sharing with other schools ends with its term, also where an earlier day was asked first."""
    people = (replace(alumnus(), alumnus_id="A-2", school="Zuid", key=9, consents=(sharing(AS_OF),)),)
    pairs = pair(alumnus(), PLAIN, others=people)
    last = day_number(AS_OF) + Terms().days(Purpose.SHARE_SCHOOLS).days
    row = pairs.pool.person_row[9]
    for day, seen in ((last, True), (last + 1, False), (last, True)):
        whole = Pairs.with_everybody(pairs.pool, pairs.pool.requests, 0, day)
        assert visible(whole)[row] == seen


def sharing(given_on: date) -> Consent:
    return Consent(Purpose.SHARE_SCHOOLS, given_on)
