"""Questions that are not saved: their handles last a day, and as long as the request as which one is saved."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import cast

from matcher.disclosure.handles import LASTS
from matcher.domain.kinds import RequestKind
from matcher.domain.records import RecordKind, Request
from matcher.policy import Asker, Role
from matcher.repositories import Transaction
from matcher.repositories.values import Upsert
from matcher.services import cards
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.fakes import FixedClock
from tests.support.stores import reading

TEACHER, COLLEAGUE = Asker(77, Role.TEACHER, "Noord"), Asker(78, Role.TEACHER, "Noord")
WISH = Request(request_id="", kind=RequestKind.GUEST_LESSON, title="Gastles wondzorg", school="Noord")
ALUMNUS = 12345


def handle(store: SqlStore, asker: Asker = TEACHER, wish: Request = WISH) -> str:
    """The handle on the card of a question or request."""
    return store.write(lambda tx: cards.handles_of(tx, asker, wish).of(ALUMNUS), by=asker)


def saved(store: SqlStore) -> Request:
    """The question, saved as a request."""
    stores.upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-1", "Noord", {"kind": WISH.kind, "title": WISH.title})])
    (request,) = stores.find(store, RecordKind.REQUESTS, "R-1", "Noord")
    return cast("Request", request)


def keep(store: SqlStore, request: Request) -> bool:
    digest = cards.question_digest(TEACHER, WISH)

    def work(tx: Transaction) -> bool:
        return tx.questions.keep(digest, request.key)

    return store.write(work, by=TEACHER)


def test_a_handle_is_of_one_asker_and_question(store: SqlStore, database_url: str, clock: FixedClock) -> None:
    """The same when asked again, also by another process; others for another asker or wish."""
    mine = handle(store)
    assert handle(store) == mine
    with closing(SqlStore(database_url, clock)) as elsewhere:
        assert handle(elsewhere) == mine
    other = Request(request_id="", kind=RequestKind.MENTOR, title=WISH.title, school="Noord")
    assert len({mine, handle(store, COLLEAGUE), handle(store, wish=other)}) == 3


def test_it_lasts_a_day(store: SqlStore, clock: FixedClock) -> None:
    """After 24 hours the same question has another handle, and what it was bound to is gone."""
    mine, digest = handle(store), cards.question_digest(TEACHER, WISH)
    scope = reading(store).questions.scope(digest)
    clock.day += LASTS
    assert reading(store).questions.scope(digest) is None
    assert handle(store) != mine
    assert reading(store).questions.scope(digest) not in {None, scope}
    assert len({handle(store), handle(store)}) == 1


def test_a_saved_question_keeps_its_handles(store: SqlStore, clock: FixedClock) -> None:
    """Long after the day: the handle of the question is that of the request; it is not kept for another request."""
    mine, request = handle(store), saved(store)
    assert handle(store, wish=request) != mine
    assert keep(store, request)
    assert not keep(store, request)
    clock.day += timedelta(days=300)
    assert handle(store, COLLEAGUE, WISH)
    assert handle(store, COLLEAGUE, request) == mine
    known = cards.known_handles(reading(store), request.key)
    assert known is not None
    assert known.key(mine) == ALUMNUS
    assert cards.alumnus_key(reading(store), request.key, mine) == ALUMNUS


def test_a_question_whose_day_is_over_is_not_kept(store: SqlStore, clock: FixedClock) -> None:
    """Its handles are forgotten: saving it starts anew."""
    mine, request = handle(store), saved(store)
    clock.day += LASTS
    assert not keep(store, request)
    assert handle(store, wish=request) != mine


def test_before_the_first_card_no_text_is_a_handle(store: SqlStore) -> None:
    """Reading makes no secret."""
    request = saved(store)
    assert cards.known_handles(reading(store), request.key) is None
    assert cards.alumnus_key(reading(store), request.key, "a" * 39) is None
