"""Which requests are open."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import RecordKind
from matcher.repositories.values import Upsert
from matcher.services.requests import open_requests
from tests.support import stores
from tests.support.region import engine_in
from tests.support.stores import reading, upsert
from tests.support.worlds import AS_OF


def test_open_requests_are_neither_closed_nor_full(tmp_path: Path) -> None:
    """Requests of the kinds and the school that are asked for, by their last day, which counts; then those without."""
    engine = engine_in(tmp_path)
    store = engine.store

    def request(id_: str, closes: date | None, kind: RequestKind = RequestKind.MENTOR, school: str = "Zuid") -> Upsert:
        return Upsert(2, id_, school, {"kind": kind, "title": id_, "closes_on": closes, "people": 1})

    day = timedelta(days=1)
    rows = [
        request("X-9", AS_OF + 9 * day),
        request("X-8", None),
        request("X-7", AS_OF),
        request("X-6", AS_OF - day),
        request("X-5", AS_OF + 9 * day, RequestKind.AFTERCARE),
        request("X-4", None, school="West"),
        request("X-3", AS_OF + day),
    ]
    upsert(store, RecordKind.REQUESTS, rows)
    helper = reading(store).records.find(RecordKind.ALUMNI, "A-2")[0].key
    full = reading(store).records.find(RecordKind.REQUESTS, "X-3")[0].key
    stores.add_to_ledger(store, LedgerLine(helper, full, LedgerEvent.ASKED, AS_OF))
    stores.add_to_ledger(store, LedgerLine(helper, full, LedgerEvent.ACCEPTED, AS_OF))

    def ids(*kinds: RequestKind, school: str | None = None, on: date = AS_OF) -> list[str]:
        keys = open_requests(engine.pool(), on, kinds or tuple(RequestKind), school)
        records = reading(store).records.by_key(RecordKind.REQUESTS, keys)
        return [records[key].request_id for key in keys]  # type: ignore[union-attr]

    assert ids(school="Zuid") == ["X-7", "X-5", "X-9", "X-8"]
    assert ids(RequestKind.MENTOR) == ["X-7", "X-9", "X-4", "X-8"]
    assert ids(school="Zuid", on=AS_OF + 10 * day) == ["X-8"]
    assert {"R-1", "R-2"} < set(ids())
