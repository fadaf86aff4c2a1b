"""Nobody is told one by one who did not consent: hidden, unavailable and unknown are one answer, by the same work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.errors import AlumnimatchError, UnknownId
from matcher.matching.rules import ABOUT_THE_PERSON, RULES
from matcher.policy import Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import admission, browsing, conflicts, invitations, matching, privacy
from matcher.services.browsing import Slice
from matcher.services.conflicts import Pair
from matcher.services.directory import Filter, newest_directory
from matcher.services.matching import PairOfIds
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.apps import Engine
from tests.support.cards import handle
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import ALL, alumnus
from tests.support.stores import upsert
from tests.support.worlds import AS_OF

TEACHER = Asker(71, Role.TEACHER, "Noord")
ADVISER = Asker(72, Role.ADVISER, "Noord")
COORDINATOR = Asker(73, Role.COORDINATOR, "Noord")
PARTNER = Asker(74, Role.PARTNER, "Noord")
REQUESTER = "docent@voorbeeld.example"
LESSON = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "languages": ("nl",), "requester": REQUESTER}
HIDDEN = {
    "no_consent": {"consents": ALL - {Purpose.GUEST_LESSON}},
    "paused": {"paused_until": AS_OF + timedelta(days=9)},
    "not_offered": {"offers": frozenset({RequestKind.MENTOR})},
    "budget_spent": {"max_asks_per_year": 0},
    "declined_before": {},
    "conflict": {},
    "requester": {"email": REQUESTER},
    "objects": {},
    "not_visible": {},
}
"""Alumni by why a teacher may not open them; the id is that word. `not_visible` is of another school."""
UNKNOWN = "no-such-alumnus"
STRANGERS = (UNKNOWN, "open", "a" * 39)
"""No handles: what no one is called, a number of the school, and what looks like a handle."""


@pytest.fixture
def engine(store: SqlStore, clock: FixedClock) -> Engine:
    """A school with an alumnus for each reason to be hidden, two who are open, and one without a common language."""
    clock.day = AS_OF
    rows = [alumnus(2, "open"), alumnus(3, "also-open"), alumnus(4, "silent", languages=("tr",))]
    rows += [
        alumnus(row, reason, "Zuid" if reason == "not_visible" else "Noord", **values)
        for row, (reason, values) in enumerate(HIDDEN.items(), 5)
        if reason != "not_visible"
    ]
    rows.append(alumnus(40, "not_visible", "Zuid", consents=ALL - {Purpose.SHARE_SCHOOLS}))
    upsert(store, RecordKind.ALUMNI, rows)
    upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", "Noord", LESSON)])
    upsert(store, RecordKind.OFFERINGS, [Upsert(2, "C-1", "Aanbieder", {"title": "Cursus wondzorg"})])
    made = Engine(store, HashEncoder(), clock)
    privacy.object_to_ranking(made.app, COORDINATOR, objects=True, alumnus_id="objects")
    request = stores.key_of(store, RecordKind.REQUESTS, "R-1", "Noord")
    line = LedgerLine(key_of(store, "declined_before"), request, LedgerEvent.DECLINED, AS_OF)
    stores.write(store, lambda tx: tx.ledger.add(line))
    conflicts.declare(made.app, COORDINATOR, Pair("R-1", "conflict"))
    made.pool()
    return made


def key_of(store: SqlStore, id_: str) -> int:
    return stores.key_of(store, RecordKind.ALUMNI, id_, "Zuid" if id_ == "not_visible" else "Noord")


@contextmanager
def statements(store: SqlStore) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    sent: list[str] = []

    def note(*arguments: Any) -> None:
        sent.append(arguments[2])

    engine = store._database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def refused(engine: Engine, question: Callable[[], object]) -> tuple[type, str, dict[str, object], list[str]]:
    """The error of a question, without the ids that were typed, and the statements that it took."""
    with statements(engine.store) as sent, pytest.raises(AlumnimatchError) as caught:
        question()
    values = {name: value for name, value in caught.value.values.items() if name not in {"candidate", "id"}}
    return type(caught.value), caught.value.code, values, sent


def cards(engine: Engine, *ids: str) -> list[str]:
    """The handles of these alumni on the cards of R-1, and ids that are of no one as they are."""
    return [
        id_ if id_ in STRANGERS else handle(engine.store, "R-1", id_, of="Zuid" if id_ == "not_visible" else "Noord")
        for id_ in ids
    ]


@pytest.mark.parametrize("asker", [TEACHER, PARTNER], ids=["teacher", "partner"])
@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda app, asker, id_: matching.why(app, asker, PairOfIds("R-1", id_)), "pair"),
        (lambda app, asker, id_: matching.why(app, asker, PairOfIds(id_, "R-1")), "pair"),
        (lambda app, asker, id_: matching.why(app, asker, PairOfIds("C-1", id_)), "pair"),
        (lambda app, asker, id_: invitations.invite(app, asker, "R-1", id_), "pair"),
    ],
    ids=["why", "turned", "course", "invite"],
)
def test_hidden_and_unknown_are_one_answer_by_the_same_work(
    engine: Engine, asker: Asker, ask: Callable[..., object], code: str
) -> None:
    """The same error with the same values, by the same statements in the same order, whatever hides an alumnus."""
    named = zip((*HIDDEN, *STRANGERS), cards(engine, *HIDDEN, *STRANGERS), strict=True)
    answers = {id_: refused(engine, lambda card=card: ask(engine.app, asker, card)) for id_, card in named}
    assert answers[UNKNOWN][:2] == (UnknownId, f"unknown_{code}")
    assert {id_: answer for id_, answer in answers.items() if answer != answers[UNKNOWN]} == {}


@pytest.mark.parametrize("verb", [conflicts.declare, conflicts.withdraw])
def test_a_conflict_tells_no_more(engine: Engine, verb: Callable[..., bool]) -> None:
    """A declared one is known to the school; every other hidden alumnus is as unknown as an id that no one has."""
    hidden = cards(engine, *(id_ for id_ in HIDDEN if id_ != "conflict"), *STRANGERS)
    answers = [refused(engine, lambda id_=id_: verb(engine.app, TEACHER, Pair("R-1", id_))) for id_ in hidden]
    assert answers[-1][:2] == (UnknownId, "unknown_id")
    assert [answer for answer in answers if answer != answers[-1]] == []
    (known,) = cards(engine, "conflict")
    assert verb(engine.app, TEACHER, Pair("R-1", known)) is (verb is conflicts.withdraw)


def test_the_rules_run_for_an_unknown_id_too(engine: Engine) -> None:
    """Beside the statements, the work: as many rows go through every rule about the person."""
    pool, request = engine.pool(), stores.find(engine.store, RecordKind.REQUESTS, "R-1")[0]
    for keys in ([key_of(engine.store, "no_consent")], [], [12345]):
        assert admission._available(pool, request, keys, AS_OF) == []
    assert admission._available(pool, request, [key_of(engine.store, "open")], AS_OF)


def test_those_who_may_be_opened_are_explained(engine: Engine) -> None:
    """A teacher learns the rank of an available alumnus, and the rule about the request that another fails."""
    assert [rule.CODE for rule in RULES[: len(ABOUT_THE_PERSON) + 1]][-2:] == ["own_field", "closed"]
    available, silent = cards(engine, "also-open", "silent")
    assert matching.why(engine.app, TEACHER, PairOfIds("R-1", available)).rank
    account = matching.why(engine.app, TEACHER, PairOfIds("R-1", silent))
    assert [rule.code for rule in account.rules if not rule.passed] == ["no_common_language"]


def test_a_coordinator_is_told_exactly(engine: Engine) -> None:
    """Which rule each of them fails, as before."""
    for id_ in HIDDEN:
        if id_ == "not_visible":
            continue
        account = matching.why(engine.app, COORDINATOR, PairOfIds("R-1", id_))
        failed = [rule.code for rule in account.rules if not rule.passed]
        assert failed[0] == {"objects": "no_consent", "requester": "conflict"}.get(id_, id_)


def test_a_refusal_is_in_the_log_by_random_key(engine: Engine) -> None:
    """By the account that asked, with the request; of the alumnus the random key, of an unknown id nothing."""
    for id_ in cards(engine, "no_consent", UNKNOWN):
        refused(engine, lambda id_=id_: matching.why(engine.app, TEACHER, PairOfIds("R-1", id_)))
    unknown, hidden = stores.log(engine.store, limit=2)
    request = stores.key_of(engine.store, RecordKind.REQUESTS, "R-1", "Noord")
    keys = [key_of(engine.store, "no_consent")]
    expected = {"query": request, "purpose": "guest_lesson"}
    assert (hidden.actor, hidden.action, hidden.details) == (71, "explain", {**expected, "refused": keys})
    assert (unknown.actor, unknown.action, unknown.details) == (71, "explain", {**expected, "refused": []})


# ---- the adviser


WITHOUT_ADVICE = {
    "no-advice": {"consents": ALL - {Purpose.LLO_ADVICE}},
    "too-long-ago": {"consent_date": date(2020, 1, 1)},
    "no-consent-at-all": {"consents": frozenset()},
}


@pytest.fixture
def advised(engine: Engine) -> Engine:
    """The same region, with alumni who did not consent to advice, or no longer."""
    rows = [alumnus(row, id_, **values) for row, (id_, values) in enumerate(WITHOUT_ADVICE.items(), 60)]
    upsert(engine.store, RecordKind.ALUMNI, rows)
    engine.pool()
    return engine


@pytest.mark.parametrize(
    "ask",
    [
        lambda app, id_: browsing.alumnus(app, ADVISER, id_),
        lambda app, id_: matching.recommend(app, ADVISER, id_, "offerings"),
        lambda app, id_: matching.why(app, ADVISER, PairOfIds("C-1", id_)),
        lambda app, id_: matching.why(app, ADVISER, PairOfIds(id_, "C-1")),
    ],
    ids=["open", "recommend", "why", "turned"],
)
def test_an_adviser_opens_those_who_agreed_to_advice(advised: Engine, ask: Callable[..., object]) -> None:
    """All others, and an objector, are an unknown id: the same error by the same statements, and noted."""
    hidden = [*WITHOUT_ADVICE, "objects", UNKNOWN]
    before = stores.log(advised.store, limit=1)[0].id
    answers = [refused(advised, lambda id_=id_: ask(advised.app, id_)) for id_ in hidden]
    assert answers[-1][0] is UnknownId
    assert [answer for answer in answers if answer != answers[-1]] == []
    entries = stores.log(advised.store, limit=len(hidden))
    assert [entry.id for entry in entries][-1] == before + 1
    assert all(entry.actor == 72 and "refused" in entry.details for entry in entries)
    assert ask(advised.app, "open")


def listed(app: Any, asker: Asker) -> list[set[str]]:
    """The ids of the two lists of alumni: by page of the API, and of the pages."""
    whole = Slice(1, 200)
    paged = browsing.page(app, asker, RecordKind.ALUMNI, whole)
    people = browsing.people(app, asker, newest_directory(app.store), Filter(), whole)
    assert (paged.total, people.total) == (len(paged.items), len(people.items))
    return [{record.alumnus_id for record in paged.items}, {person.id for person in people.items}]  # type: ignore[union-attr]


def test_lists_hold_those_who_agreed_to_advice(advised: Engine) -> None:
    """An adviser sees no one else, in pages, totals and filters alike; a coordinator has the register."""
    own = {*HIDDEN, *WITHOUT_ADVICE, "open", "also-open", "silent"} - {"not_visible"}
    for ids in listed(advised.app, ADVISER):
        assert ids == own - {*WITHOUT_ADVICE, "objects"}
    assert listed(advised.app, COORDINATOR) == [own, own]
    for person in browsing.people(
        advised.app, ADVISER, newest_directory(advised.store), Filter(id="advice"), Slice(1, 9)
    ).items:
        raise AssertionError(person)


def test_a_step_of_one_alumnus_moves_the_lists_at_once(advised: Engine) -> None:
    """Withdrawing and objecting take an alumnus off an adviser's lists, giving again puts them back."""
    app = advised.app
    assert all("open" in ids for ids in listed(app, ADVISER))
    privacy.give(app, COORDINATOR, Purpose.LLO_ADVICE, given=False, alumnus_id="open")
    assert not any("open" in ids for ids in listed(app, ADVISER))
    privacy.give(app, COORDINATOR, Purpose.LLO_ADVICE, given=True, alumnus_id="open")
    assert all("open" in ids for ids in listed(app, ADVISER))
    privacy.object_to_ranking(app, COORDINATOR, objects=True, alumnus_id="open")
    assert not any("open" in ids for ids in listed(app, ADVISER))


# ---- any alumnus


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "consents": st.sets(st.sampled_from(sorted(Purpose))).map(frozenset),
                "offers": st.one_of(st.none(), st.sets(st.sampled_from(sorted(RequestKind))).map(frozenset)),
                "max_asks_per_year": st.sampled_from([None, 0, 1]),
                "paused_until": st.sampled_from([None, AS_OF + timedelta(days=1)]),
                "consent_date": st.sampled_from([None, date(2020, 1, 1), AS_OF]),
            }
        ),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_hides_an_alumnus_the_answer_is_that_of_an_unknown_id(engine: Engine, rows: list[Any]) -> None:
    """For any alumni: a teacher opens exactly those whom the coordinator's account says pass every personal rule."""
    ids = [f"any-{position}" for position in range(len(rows))]
    upsert(
        engine.store,
        RecordKind.ALUMNI,
        [alumnus(90 + position, id_, **row) for position, (id_, row) in enumerate(zip(ids, rows, strict=True))],
    )
    engine.pool()
    personal = {rule.CODE for rule in ABOUT_THE_PERSON}
    named = cards(engine, *ids)
    unknown = refused(engine, lambda: matching.why(engine.app, TEACHER, PairOfIds("R-1", UNKNOWN)))
    for id_, card in zip(ids, named, strict=True):
        account = matching.why(engine.app, COORDINATOR, PairOfIds("R-1", id_))
        if any(rule.code in personal for rule in account.rules if not rule.passed):
            answer = refused(engine, lambda card=card: matching.why(engine.app, TEACHER, PairOfIds("R-1", card)))
            assert answer == unknown
        else:
            assert matching.why(engine.app, TEACHER, PairOfIds("R-1", card)).candidate.id == card
