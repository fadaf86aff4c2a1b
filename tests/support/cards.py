"""The handles of cards, as an asker who may not list alumni sees them."""

from __future__ import annotations

from typing import cast

from matcher.domain.records import RecordKind, Request
from matcher.policy import Asker, Role
from matcher.ports import Store
from matcher.services import cards
from tests.support import stores

ANY_TEACHER = Asker(76, Role.TEACHER, "Noord")


def handle(store: Store, request_id: str, alumnus_id: str, school: str = "Noord", of: str = "Noord") -> str:
    """The handle of an alumnus of the school `of` on the cards of a request of `school`, listed there or not."""
    (request,) = stores.find(store, RecordKind.REQUESTS, request_id, school)
    key = stores.key_of(store, RecordKind.ALUMNI, alumnus_id, of)
    return store.write(lambda tx: cards.handles_of(tx, ANY_TEACHER, cast("Request", request)).of(key), by=ANY_TEACHER)
