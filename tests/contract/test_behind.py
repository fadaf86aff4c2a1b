"""Lists go on by the state before: whatever comes in between, nobody is in them who may not be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from operator import itemgetter

import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from matcher.domain.consent import Terms
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import Alumnus, Offering, Record, RecordKind, Request, owner_of, record_id
from matcher.domain.school_settings import AREAS
from matcher.engine.behind import left_behind
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.matching.rules import ABOUT_THE_PERSON
from matcher.policy import COMMAND_LINE
from matcher.pool import Pool
from matcher.pool.behind import Behind
from matcher.pool.cards import cards_of
from matcher.repositories import Records
from matcher.repositories.values import Upsert
from matcher.services import eligibility, erasure
from tests.contract.test_patch_histories import Histories
from tests.support.apps import app_of
from tests.support.machine import DATABASES, LENGTHS, run
from tests.support.region import alumnus
from tests.support.stores import reading, writing
from tests.support.worlds import AS_OF

_MOST = 1000
_NUMBERS = st.integers(0, 11)
PEOPLE = [
    alumnus(number, f"A-{number}", ("Noord", "Zuid")[number % 2], offers=frozenset(RequestKind), function="lasser")
    for number in range(12)
]
REQUESTS = [
    Upsert(number, f"R-{number}", school, {"kind": kind, "title": "Lassen"})
    for number, (school, kind) in enumerate(
        (school, kind)
        for school in ("Noord", "Zuid", "Bouwbedrijf", "")
        for kind in (RequestKind.GUEST_LESSON, RequestKind.MENTOR)
    )
]
COURSES = [Upsert(1, "C-1", "Aanbieder", {"title": "Cursus lassen"})]


class Behinds(Histories):
    """A pool stays behind, for as long as nobody takes the newest; lists are made of it after every change."""

    @initialize()
    def begins(self) -> None:
        """Everybody can be asked for anything, so that lists are long until something changes."""
        super().begins(PEOPLE, REQUESTS)
        self.offerings_come_or_change(COURSES)
        self.made: list[tuple[Question, Pool, list[tuple[int, float]]]] = []
        self.a_pool_is_built()

    @rule()
    def a_pool_is_built(self) -> None:
        self.old = self.engine.pool()

    @rule(number=_NUMBERS, until=st.sampled_from((None, AS_OF, date(2027, 9, 1))))
    def somebody_pauses(self, number: int, until: date | None) -> None:
        for one in self._people(number):
            writing(self.store).people.correct(one.key, "paused_until", until)

    @rule(number=_NUMBERS, purpose=st.sampled_from(Purpose), given=st.booleans())
    def another_agrees_or_not(self, number: int, purpose: Purpose, given: bool) -> None:
        for one in self._people(number):
            writing(self.store).consents.state(one.key, purpose, given=given)

    @rule(number=_NUMBERS)
    def another_may_not_meet(self, number: int) -> None:
        for one in self._people(number):
            for request in reading(self.store).records.page(RecordKind.REQUESTS, limit=1):
                writing(self.store).conflicts.declare(request.key, one.key)

    @rule(number=_NUMBERS)
    def another_is_erased(self, number: int) -> None:
        for one in self._people(number):
            erasure.erase(app_of(self.engine), COMMAND_LINE, record_id(one), school=owner_of(one))

    @rule(number=_NUMBERS)
    def two_are_one(self, number: int) -> None:
        for one in self._people(number):
            for other in self._people(number + 1):
                if owner_of(one) == owner_of(other):
                    writing(self.store).duplicates.merge(one.key, other.key, {})

    def _people(self, number: int) -> list[Record]:
        found: list[Record] = reading(self.store).records.page(RecordKind.ALUMNI, offset=number, limit=1)
        return found

    @rule(areas=st.sampled_from(("", "A", "A,B,C,D,E,F")))
    def areas_close_or_open(self, areas: str) -> None:
        writing(self.store).school_settings.choose("Noord", AREAS, areas)

    @invariant()
    def the_pool_is_that_of_a_build(self) -> None:
        """Nobody is in a list of the pool before who may not be; all others are, as they were."""
        with self.store.read() as records:
            there = {one.key: one for one in records.records.stream(RecordKind.ALUMNI)}
            behind = left_behind(self.old, records, records.changes.since(self.old.origin))
            if behind is None or behind.behind is None:
                return
            asked = [*records.records.stream(RecordKind.REQUESTS), *records.records.stream(RecordKind.OFFERINGS)]
            few = replace(behind.behind, much_changed=frozenset())  # so few there are that one is much
            for one in asked:
                assert isinstance(one, Request | Offering)
                if not few.touches(one):
                    question = Question(one, AS_OF)
                    made = self._list(question, behind)
                    for key in {*map(itemgetter(0), made), *map(itemgetter(0), self._list(question, cards_of(behind)))}:
                        assert key not in few.changes.alumni
                        assert _may_be_shown(records, one, there[key])
                    kept = [pair for pair in self._list(question, self.old) if pair[0] not in few.changes.alumni]
                    assert made == kept
                    self.made.append((question, behind, made))

    @invariant()
    def what_pages_tell_is_that_of_all_read_anew(self) -> None:
        """A list made once more, of what the log says of it, is the same to the bit; not once somebody was erased."""
        for question, pool, told in self.made[-12::3]:
            assert pool.behind is not None
            changes = reading(self.store).changes.since(pool.origin, until=pool.behind.newest)
            assert changes is not None
            if changes.alumni == pool.behind.changes.alumni:  # who was erased since is named nowhere
                whole = replace(pool, behind=None)
                people = whole.people
                behind = Behind.of(people.key[:], people.school[:], pool.behind.newest, changes, ())
                assert self._list(question, whole.left_behind(behind)) == told

    def _list(self, question: Question, pool: Pool) -> list[tuple[int, float]]:
        best = ranking.rank(pool, question, self.engine.app.with_weights().weights, k=_MOST).best
        return list(zip(pool.people.key[best.rows].tolist(), best.scores.tolist(), strict=True))


def _may_be_shown(records: Records, asked: Request | Offering, one: Record) -> bool:
    """By the records of now: whether the asker may see this alumnus, who agreed, and whom no rule holds back."""
    alumnus = records.records.by_key(RecordKind.ALUMNI, [one.key])[one.key]
    assert isinstance(alumnus, Alumnus)
    if isinstance(asked, Request):
        return eligibility.failed_rule(records, Terms(), asked, alumnus, AS_OF, ABOUT_THE_PERSON) is None
    return Purpose.LLO_ADVICE in {given.purpose for given in alumnus.consents if Terms().in_force(given, AS_OF)}


@DATABASES
@LENGTHS
def test_nobody_is_shown_who_may_not_be(kind: str, examples: int, request: pytest.FixtureRequest) -> None:
    """Random histories of alumni and requests, of which lists are made by an earlier state after each change."""
    run(Behinds, kind, request, examples=examples, steps=6, unhealthy=[HealthCheck.data_too_large])
