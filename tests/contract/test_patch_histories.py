"""Whatever comes, changes and goes in whatever order: the pool into which it was put is that of a build."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from matcher.domain.counted import Counted
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.own_fields import OwnKind, OwnSpec, own_name
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, Offering, Record, RecordKind, Request, owner_of, record_id
from matcher.policy import COMMAND_LINE
from matcher.pool.compare import differences
from matcher.repositories.values import Upsert
from matcher.services import erasure
from matcher.store.codecs import LAYOUTS
from tests.support import stores
from tests.support.apps import Engine, app_of, terminal
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.machine import DATABASES, LENGTHS, Machine, run
from tests.support.region import remove
from tests.support.stores import reading, upsert, writing
from tests.support.worlds import AS_OF, PLACES, SKILLS, alumni, offerings, requests

_SPELLED = st.sampled_from((*SKILLS, *map(str.upper, SKILLS), "kaasmaken", "#", "-"))
_TEXTS = st.sampled_from((None, "lassen en wondzorg", "Complexe Wondzórg, kaasmaken", "plc programmeren"))
_TOWNS = st.sampled_from(("Zwolle", "Kampen", "Nergenshuizen", "nergens-huizen", None))
_EMAILS = st.sampled_from((None, "een@voorbeeld.example", "Twee@voorbeeld.example"))
_WORDS = st.lists(_SPELLED, max_size=3).map(tuple)
_LANGUAGES = st.lists(st.sampled_from(("nl", "en", "de", "pl")), max_size=2, unique=True).map(tuple)


@st.composite
def rows(draw: st.DrawFn, kind: RecordKind) -> list[Upsert]:
    """A few rows of an import, of records that are there or not."""
    return [draw(_row(kind, number)) for number in draw(st.sets(st.integers(0, 5), min_size=1, max_size=3))]


@st.composite
def _row(draw: st.DrawFn, kind: RecordKind, number: int) -> Upsert:
    strategy = {RecordKind.ALUMNI: alumni, RecordKind.REQUESTS: requests, RecordKind.OFFERINGS: offerings}[kind]
    record: Record = draw(strategy(number))
    values = {name: getattr(record, name) for name in LAYOUTS[kind].fields}
    values |= {"skills": draw(_WORDS), "town": draw(_TOWNS)}
    if isinstance(record, Alumnus):
        purposes = frozenset(consent.purpose for consent in record.consents)
        values |= {"consents": purposes, "consent_date": date(2026, 9, 1), "languages": draw(_LANGUAGES)}
        return Upsert(number, f"A-{number % 3}", ("Noord", "Zuid")[number // 3], values | {"email": draw(_EMAILS)})
    values["description"] = draw(_TEXTS)
    if isinstance(record, Request):
        values |= {"requester": draw(_EMAILS), "languages": draw(_LANGUAGES)}
    return Upsert(number, record_id(record), owner_of(record), values)


class Histories(Machine):
    """After every change, or a few at once, the pool into which they were put is compared with one built anew."""

    @initialize(people=rows(RecordKind.ALUMNI), asked=rows(RecordKind.REQUESTS))
    def begins(self, people: list[Upsert], asked: list[Upsert]) -> None:
        writing(self.store).places.add(PLACES)
        for school in ("Noord", "Zuid"):
            writing(self.store).own_fields.add(school, OwnSpec("Hobby", OwnKind.TEXT, personal=False))
        upsert(self.store, RecordKind.ALUMNI, people)
        upsert(self.store, RecordKind.REQUESTS, asked)

    @rule(more=rows(RecordKind.ALUMNI))
    def alumni_come_or_change(self, more: list[Upsert]) -> None:
        upsert(self.store, RecordKind.ALUMNI, more)

    @rule(more=rows(RecordKind.REQUESTS))
    def requests_come_or_change(self, more: list[Upsert]) -> None:
        upsert(self.store, RecordKind.REQUESTS, more)

    @rule(more=rows(RecordKind.OFFERINGS))
    def offerings_come_or_change(self, more: list[Upsert]) -> None:
        upsert(self.store, RecordKind.OFFERINGS, more)

    @rule(more=rows(RecordKind.ALUMNI), asked=rows(RecordKind.REQUESTS), courses=rows(RecordKind.OFFERINGS))
    def everything_at_once(self, more: list[Upsert], asked: list[Upsert], courses: list[Upsert]) -> None:
        for kind, listed in zip(RecordKind, (more, asked, courses), strict=True):
            upsert(self.store, kind, listed)

    @rule(kind=st.sampled_from((RecordKind.REQUESTS, RecordKind.OFFERINGS)))
    def a_demand_goes(self, kind: RecordKind) -> None:
        """The store has no use case for it yet; what a revision says of it is understood."""
        found = reading(self.store).records.page(kind)
        if found:
            remove(self.store, kind, found[0].key)

    @rule()
    def somebody_is_erased(self) -> None:
        found = reading(self.store).records.page(RecordKind.ALUMNI)
        if found:
            one = found[-1]
            assert erasure.erase(app_of(self.engine), COMMAND_LINE, record_id(one), school=owner_of(one)).found_in == ()

    @rule(skills=_WORDS, town=_TOWNS, email=_EMAILS)
    def somebody_corrects(self, skills: tuple[str, ...], town: str | None, email: str | None) -> None:
        for one in reading(self.store).records.page(RecordKind.ALUMNI, limit=1):
            for field, value in (("skills", skills), ("town", town), ("email", email)):
                writing(self.store).people.correct(one.key, field, value)

    @rule(text=st.sampled_from((None, "zeilen", "lezen")))
    def somebody_states_an_own_field(self, text: str | None) -> None:
        for one in reading(self.store).records.page(RecordKind.ALUMNI, limit=1):
            (field,) = reading(self.store).own_fields.of(owner_of(one))
            writing(self.store).people.correct(one.key, own_name(field.key), text)

    @rule(demanded=st.sampled_from((None, "Hobby = zeilen")))
    def a_request_demands_an_own_field(self, demanded: str | None) -> None:
        for one in reading(self.store).records.page(RecordKind.REQUESTS, limit=1):
            row = Upsert(2, record_id(one), owner_of(one), {"own_demands": demanded})
            upsert(self.store, RecordKind.REQUESTS, [row])

    @rule(purpose=st.sampled_from(Purpose), given=st.booleans())
    def somebody_agrees_or_not(self, purpose: Purpose, given: bool) -> None:
        for one in reading(self.store).records.page(RecordKind.ALUMNI, offset=1, limit=2):
            writing(self.store).consents.state(one.key, purpose, given=given)

    @rule(event=st.sampled_from(LedgerEvent))
    def somebody_is_asked_or_answers(self, event: LedgerEvent) -> None:
        for one in reading(self.store).records.page(RecordKind.ALUMNI, limit=2):
            for request in reading(self.store).records.page(RecordKind.REQUESTS, limit=1):
                stores.add_to_ledger(self.store, LedgerLine(one.key, request.key, event, AS_OF))

    @rule(number=st.integers(0, 2))
    def somebody_stands_first(self, number: int) -> None:
        people = reading(self.store).records.page(RecordKind.ALUMNI, limit=2)
        for request in reading(self.store).records.page(RecordKind.REQUESTS, limit=1):
            first = people[number].key if number < len(people) else None
            writing(self.store).exposures.save({request.key: first})

    @rule()
    def two_may_not_meet(self) -> None:
        for one in reading(self.store).records.page(RecordKind.ALUMNI, limit=1):
            for request in reading(self.store).records.page(RecordKind.REQUESTS, offset=1, limit=1):
                writing(self.store).conflicts.declare(request.key, one.key)

    @rule(north=st.sampled_from((52.9, 53.1)))
    def a_town_gets_coordinates(self, north: float) -> None:
        """The first time it is looked up who lives there; another time anybody may, and all is read again."""
        known = reading(self.store).places.all()
        if "town:nergenshuizen" not in known:
            writing(self.store).places.add({"town:nergenshuizen": Coordinates(north, 6.5)})

    @invariant()
    def the_pool_is_that_of_a_build(self) -> None:
        """Column by column, and in what is shown; and it was not built anew."""
        if self.before is not None and self.before.revision:
            assert self.engine.parts.current.updated(self.before) is not None
        self.before = pool = self.engine.pool()
        anew = Engine(self.store, HashEncoder(), FixedClock(AS_OF))
        assert differences(pool, anew.pool()) == []
        for request in reading(self.store).records.page(RecordKind.REQUESTS):
            assert terminal(self.engine).match(request) == terminal(anew).match(request)
        for course in reading(self.store).records.page(RecordKind.OFFERINGS, limit=2):
            assert isinstance(course, Offering)
            id_, provider = course.offering_id, course.provider
            assert terminal(self.engine).audience(id_, provider=provider) == terminal(anew).audience(
                id_, provider=provider
            )
        for one in reading(self.store).records.page(RecordKind.ALUMNI, limit=2):
            assert isinstance(one, Alumnus)
            assert terminal(self.engine).recommend(one, "requests") == terminal(anew).recommend(one, "requests")

    @invariant()
    def what_pages_tell_is_that_of_all_read_anew(self) -> None:
        """What a reading carries on from the state before, next to what a transaction reads of everybody."""
        held, anew = reading(self.store), writing(self.store)
        for school in ("Noord", "Zuid"):
            assert held.figures.left_out(school) == anew.figures.left_out(school)
            assert held.people.unreachable(school) == anew.people.unreachable(school)
            assert held.campaigns.students(school) == anew.campaigns.students(school)
            assert held.facts.oldest(school, 3, 1) == anew.facts.oldest(school, 3, 1)
            for most in (1, 500):
                found = held.duplicates.pairs(school, most)
                assert len(found) == len(anew.duplicates.pairs(school, most))
            assert found == anew.duplicates.pairs(school, 500)
            since = AS_OF.replace(year=AS_OF.year - 3)
            assert held.aftercare.leavers(since, school) == anew.aftercare.leavers(since, school)
        assert _rows(held.figures.counted()) == _rows(anew.figures.counted())


def _rows(counted: Counted) -> list[tuple[object, ...]]:
    groups = [counted.groups[place] for place in counted.group.tolist()]
    return list(zip(counted.key.tolist(), groups, counted.given.tolist(), strict=True))


@DATABASES
@LENGTHS
def test_a_patched_pool_is_a_built_one(kind: str, examples: int, request: pytest.FixtureRequest) -> None:
    """Random histories of alumni, requests and offerings that have skills, towns and addresses in common."""
    run(Histories, kind, request, examples=examples, steps=10, unhealthy=[HealthCheck.data_too_large])
