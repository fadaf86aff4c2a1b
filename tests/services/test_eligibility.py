"""The rules on one pair, from the data of a transaction, say what they say of the whole pool."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from matcher.domain.busy import Interval
from matcher.domain.consent import Consent, Terms
from matcher.domain.demands import Phase
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.places import Coordinates
from matcher.domain.recognition import Placement, Recognition, placement_of
from matcher.domain.records import Alumnus, Request
from matcher.locale import LANGUAGES, lookup
from matcher.matching.rules import RULES
from matcher.matching.visibility import visible
from matcher.pool import Pool
from matcher.pool.build import build_pool
from matcher.pool.builder import Sources
from matcher.pool.columns import day_number
from matcher.pool.pairs import Pairs
from matcher.repositories.demands import KeptState
from matcher.services.eligibility import NOT_VISIBLE, failed_rule
from tests.support.pair import alumnus, request
from tests.support.worlds import AS_OF, SCALE, World, worlds


@dataclass
class WorldLedger:
    lines: list[LedgerLine]

    def of(self, *keys: int) -> list[LedgerLine]:
        return [line for line in self.lines if line.alumnus_key in keys]

    def of_request(self, key: int) -> list[LedgerLine]:
        return [line for line in self.lines if line.request_key == key]


@dataclass
class WorldConflicts:
    pairs: list[tuple[int, int]]

    def among(self, alumni: Collection[int], requests: Collection[int]) -> list[tuple[int, int]]:
        return [pair for pair in self.pairs if pair[0] in requests or pair[1] in alumni]


@dataclass
class WorldPlaces:
    places: Mapping[str, Coordinates]

    def of(self, keys: Collection[str]) -> dict[str, Coordinates]:
        return {key: place for key, place in self.places.items() if key in keys}


@dataclass
class WorldDirectory:
    alumni: list[Alumnus]

    def schools(self) -> list[str]:
        return sorted({person.school for person in self.alumni})


@dataclass
class WorldCalendars:
    times: Mapping[int, Sequence[Interval]]

    def busy(self, keys: Collection[int]) -> dict[int, Sequence[Interval]]:
        return {key: times for key, times in self.times.items() if key in keys}


@dataclass
class WorldDemands:
    stopped: Collection[int]

    def state(self, key: int) -> KeptState:
        return KeptState(phase=Phase.WITHDRAWN) if key in self.stopped else KeptState()


@dataclass
class WorldChanges:
    state: str

    def origin(self) -> str:
        return self.state


class WorldSettings:
    """No school chose anything."""

    def closed(self) -> dict[str, frozenset[Purpose]]:
        return {}

    def asks(self) -> dict[str, int]:
        return {}


class WorldOwnFields:
    """No request demands any."""

    def demands(self, key: int) -> list[tuple[int, str, str]]:  # noqa: ARG002 - of any request
        return []


@dataclass
class WorldRecognitions:
    """All places, and no answer about any company."""

    requests: Sequence[Request]

    def placements(self, key: int) -> list[Placement]:
        return [place for one in self.requests if one.key == key and (place := placement_of(one))]

    def all(self) -> list[Recognition]:
        return []


class WorldRecords:
    """What `failed_rule` reads, from the sources of a pool."""

    def __init__(self, sources: Sources) -> None:
        self.ledger = WorldLedger(list(sources.ledger))
        self.conflicts = WorldConflicts(list(sources.conflicts))
        self.places = WorldPlaces(sources.places)
        self.own_fields = WorldOwnFields()
        self.recognitions = WorldRecognitions(list(sources.requests))
        self.directory = WorldDirectory(list(sources.alumni))
        self.calendars = WorldCalendars(sources.busy)
        self.demands = WorldDemands(sources.stopped)
        self.changes = WorldChanges(sources.origin)
        self.school_settings = WorldSettings()


def failed(
    sources: Sources, asked: Request, person: Alumnus, terms: Terms | None = None, *, whole: Pool | None = None
) -> str | None:
    records: Any = WorldRecords(sources)
    return failed_rule(records, terms or Terms(), asked, person, AS_OF, whole=whole)


@given(worlds(most=6))
def test_one_pair_fails_the_rule_that_it_fails_in_the_whole_pool(world: World) -> None:
    """For every request and every alumnus: the same code, or visible to the request's school and through all rules."""
    pool, sources = world.pool, world.sources
    for row, asked in enumerate(sources.requests):
        pairs = Pairs.with_everybody(pool, pool.requests, row, day_number(AS_OF))
        seen = visible(pairs)
        for person in sources.alumni:
            position = pool.person_row[person.key]
            pair = pairs.at(np.array([position]))
            expected = next((rule.CODE for rule in RULES if not rule.passes(pair)[0]), None)
            expected = expected if seen[position] else NOT_VISIBLE
            assert failed(sources, asked, person) == expected
            assert failed(sources, asked, person, whole=pool) == expected


def sources_of(person: Alumnus, asked: Request, *more: Alumnus, ledger: list[LedgerLine] | None = None) -> Sources:
    return Sources(1, "", "fake", SCALE, [person, *more], [asked], [], ledger or [], [], {}, {})


@pytest.mark.parametrize(("origin", "code"), [("1", None), ("2", "no_consent")])
def test_a_pool_of_another_state_is_not_believed(origin: str, code: str | None) -> None:
    """The pool has a consent that was withdrawn since: it counts only where the data are still those of the pool."""
    asked, agreed = request(), alumnus(consents=(Consent(Purpose.GUEST_LESSON),))
    pool = build_pool(replace(sources_of(agreed, asked), origin="1"))
    now = replace(agreed, consents=())
    assert failed(replace(sources_of(now, asked), origin=origin), asked, now, whole=pool) == code


def test_who_is_not_in_the_pool_is_looked_at_alone() -> None:
    """A pool of the same state without the alumnus, as a pool of some: the pair is looked at by itself."""
    asked, person = request(), alumnus()
    pool = build_pool(sources_of(alumnus(key=99), asked))
    assert failed(sources_of(person, asked), asked, person, whole=pool) is None


def test_a_yes_of_others_fills_a_request() -> None:
    """One place, which another alumnus has taken: closed."""
    person, asked = alumnus(), request(people=1)
    yes = LedgerLine(99, asked.key, LedgerEvent.ACCEPTED, AS_OF)
    assert failed(sources_of(person, asked), asked, person) is None
    assert failed(sources_of(person, asked, alumnus(key=99), ledger=[yes]), asked, person) == "closed"


def test_other_schools_count_though_they_are_not_in_the_pool() -> None:
    """A request of no school sees all alumni where there is one school; with a second one, those who share."""
    private = alumnus(consents=(Consent(Purpose.GUEST_LESSON),))
    anyone = request(school=None)
    assert failed(sources_of(private, anyone), anyone, private) is None
    elsewhere = alumnus(key=99, school="Zuid")
    assert failed(sources_of(private, anyone, elsewhere), anyone, private) == NOT_VISIBLE


@pytest.mark.parametrize(("days", "code"), [(0, None), (1, "no_consent")])
def test_a_consent_counts_for_its_term(days: int, code: str | None) -> None:
    """On the last day of the term it does, a day later it does not."""
    terms = Terms(months=1)
    given_on = AS_OF - terms.days(Purpose.GUEST_LESSON) - timedelta(days=days)
    person, asked = alumnus(consents=(Consent(Purpose.GUEST_LESSON, given_on),)), request()
    assert failed(sources_of(person, asked), asked, person, terms) == code


@pytest.mark.parametrize("code", [*(rule.CODE for rule in RULES), NOT_VISIBLE])
def test_each_rule_has_a_sentence_for_what_changed(code: str) -> None:
    """In both languages: what is different since the list was seen."""
    sentences = {lookup(language, f"errors.errors.changed_{code}") for language in LANGUAGES}
    assert None not in sentences
    assert len(sentences) == len(LANGUAGES)
