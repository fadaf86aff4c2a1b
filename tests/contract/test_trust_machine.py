"""Whatever happens in whatever order: who agreed is found, who withdrew, objects, pauses or was erased is not."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.errors import UnknownId
from matcher.policy import COMMAND_LINE
from matcher.repositories.values import Upsert
from matcher.services import erasure, privacy
from tests.support import stores
from tests.support.apps import Engine, app_of, terminal
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.machine import DATABASES, LENGTHS, Machine, run
from tests.support.region import correct
from tests.support.stores import reading, upsert, writing
from tests.support.worlds import AS_OF, PLACES

IDS = st.sampled_from(["A-1", "A-2", "A-3"])
PURPOSES = st.sampled_from([Purpose.GUEST_LESSON, Purpose.LLO_ADVICE, Purpose.SHARE_SCHOOLS])


class Trust(Machine):
    """`agreed`, `objecting`, `gone`: what the people said, by id; the engine must say the same."""

    def __init__(self) -> None:
        super().__init__()
        self.agreed: dict[str, set[Purpose]] = {}
        self.withdrawn: dict[str, set[Purpose]] = {}
        self.objecting: set[str] = set()
        self.gone: set[str] = set()
        self.keys: set[int] = set()
        request = {"kind": RequestKind.GUEST_LESSON, "title": "wondzorg"}
        other = {"kind": RequestKind.MENTOR, "title": "begeleiden"}
        requests = [Upsert(2, "R-1", "Noord", request), Upsert(3, "R-2", "Noord", other)]
        upsert(self.store, RecordKind.REQUESTS, requests)
        writing(self.store).places.add(PLACES)
        upsert(self.store, RecordKind.OFFERINGS, [Upsert(2, "C-1", "Aanbieder", {"title": "wondzorg"})])

    @rule(id_=IDS, purposes=st.frozensets(PURPOSES), may_withdraw=st.booleans())
    def imported(self, id_: str, purposes: frozenset[Purpose], may_withdraw: bool) -> None:
        """A spreadsheet says what somebody agreed to; it restores nothing that they withdrew, and nobody erased."""
        values = {"function": "wondzorg", "needs": "wondzorg", "consents": purposes, "consent_date": None}
        values |= {"email": f"{id_}@voorbeeld.example", "offers": frozenset({RequestKind.GUEST_LESSON})}
        upsert(self.store, RecordKind.ALUMNI, [Upsert(2, id_, "Noord", values, may_withdraw)])
        if id_ in self.gone:
            return
        held = self.agreed.setdefault(id_, set())
        personal = self.withdrawn.setdefault(id_, set())
        stated = {kept.purpose for kept in self._kept(id_) if kept.source == "person" and kept.withdrawn_on is None}
        held -= held - purposes - stated if may_withdraw else set()
        held |= purposes - personal
        self.keys.add(self._key(id_))

    @rule(id_=IDS, purpose=PURPOSES, given=st.booleans())
    def says(self, id_: str, purpose: Purpose, given: bool) -> None:
        """The alumnus gives or withdraws."""
        if id_ not in self.agreed:
            with pytest.raises(UnknownId):
                privacy.give(app_of(self.engine), COMMAND_LINE, purpose, given=given, alumnus_id=id_)
            return
        privacy.give(app_of(self.engine), COMMAND_LINE, purpose, given=given, alumnus_id=id_)
        (self.agreed if given else self.withdrawn)[id_].add(purpose)
        (self.withdrawn if given else self.agreed)[id_].discard(purpose)

    @rule(id_=IDS, objects=st.booleans())
    def objects(self, id_: str, objects: bool) -> None:
        """The alumnus objects to being ranked, or no longer."""
        if id_ in self.agreed:
            privacy.object_to_ranking(app_of(self.engine), COMMAND_LINE, objects=objects, alumnus_id=id_)
            (self.objecting.add if objects else self.objecting.discard)(id_)

    @rule(
        id_=IDS, town=st.sampled_from(["Zwolle", "Kampen", ""]), function=st.sampled_from(["wondzorg", "wondzorg nu"])
    )
    def corrects(self, id_: str, town: str, function: str) -> None:
        """The alumnus says where he or she lives and what the work is."""
        if id_ in self.agreed:
            correct(self.engine, "town", town, id_)
            correct(self.engine, "function", function, id_)
            correct(self.engine, "day_parts", "di-middag", id_)

    @rule(id_=IDS, reply=st.sampled_from([None, LedgerEvent.ACCEPTED, LedgerEvent.CONTRIBUTED]))
    def is_asked(self, id_: str, reply: LedgerEvent | None) -> None:
        """What is asked and replied changes balance and rest, not who may be found."""
        if id_ in self.agreed:
            request = reading(self.store).records.find(RecordKind.REQUESTS, "R-2", "Noord")[0].key
            for event in filter(None, (LedgerEvent.ASKED, reply)):
                line = LedgerLine(self._key(id_), request, event, AS_OF)
                stores.add_to_ledger(self.store, line)

    @rule(id_=IDS)
    def erased(self, id_: str) -> None:
        """The alumnus is erased, with proof."""
        if id_ in self.agreed:
            assert erasure.erase(app_of(self.engine), COMMAND_LINE, id_).found_in == ()
            del self.agreed[id_], self.withdrawn[id_]
            self.objecting.discard(id_)
            self.gone.add(id_)

    def _key(self, id_: str) -> int:
        return reading(self.store).records.find(RecordKind.ALUMNI, id_, "Noord")[0].key

    def _kept(self, id_: str) -> list:  # type: ignore[type-arg]
        return (
            reading(self.store).consents.of(self._key(id_))
            if reading(self.store).records.find(RecordKind.ALUMNI, id_, "Noord")
            else []
        )

    @invariant()
    def every_use_case_finds_who_agreed(self) -> None:
        """In this process and in a new one: the very next ranking."""
        fresh = Engine(self.store, HashEncoder(), FixedClock(AS_OF))
        willing = {
            purpose: {id_ for id_, held in self.agreed.items() if purpose in held and id_ not in self.objecting}
            for purpose in Purpose
        }
        for engine in (self.engine, fresh):
            lesson = terminal(engine).match("R-1").matches
            assert {match.candidate_id for match in lesson} == willing[Purpose.GUEST_LESSON]
            course = terminal(engine).audience("C-1").matches
            assert {match.candidate_id for match in course} == willing[Purpose.LLO_ADVICE]
            for id_ in self.agreed:
                found = terminal(engine).recommend(id_, "offerings").matches
                assert bool(found) == (id_ in willing[Purpose.LLO_ADVICE])
        before, self.before = self.before, self.engine.pool()
        assert before is None or self.engine.parts.current.updated(before) is not None, (
            "nothing here needs a pool built anew"
        )
        living = {self._key(id_) for id_ in self.agreed}
        assert set(self.engine.pool().person_row) == living
        assert terminal(self.engine).verify() == [], "a pool that was changed says what a new one says"
        assert reading(self.store).audit.verify().wrong is None


@DATABASES
@LENGTHS
def test_trust_holds_in_any_order(kind: str, examples: int, request: pytest.FixtureRequest) -> None:
    """Random sequences of imports, consents, objections and erasures, on both databases."""
    run(Trust, kind, request, examples=examples, steps=12)
