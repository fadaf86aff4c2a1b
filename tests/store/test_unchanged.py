"""What SQLite tells of whole rows is what the comparison of records tells, which a database with a key has to make."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matcher.domain.consent import Withdrawals
from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.repositories.values import Upsert
from matcher.store.sql_store import SqlStore
from matcher.store.unchanged import can_tell
from tests.contract.test_store_properties import FIELDS
from tests.store.test_new_records import MORE, rows_of_values
from tests.support import fresh
from tests.support.fakes import FixedClock
from tests.support.records import TODAY
from tests.support.stores import reading, upsert

ALUMNI = RecordKind.ALUMNI
SCHOOLS = count()
ALL = FIELDS | MORE
a_change = st.sampled_from(sorted(ALL)).flatmap(lambda name: st.tuples(st.just(name), ALL[name]))
changes = st.lists(
    st.none() | a_change | st.tuples(st.just("consent_date"), ALL["consent_date"]), min_size=8, max_size=8
)
withdrawn = st.none() | st.builds(Withdrawals, st.just({Purpose.MENTOR: date(2026, 1, 1)}), st.none())


AGREED = {"first_name": "a", "consents": frozenset({Purpose.MENTOR}), "consent_date": date(2026, 1, 1)}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SqlStore, SqlStore]]:
    """A database that can tell, and one whose contact details are encrypted, which cannot."""
    folder = tmp_path_factory.mktemp("unchanged")
    stores = (
        SqlStore(f"sqlite:///{folder / 'plain.db'}", FixedClock(TODAY)),
        SqlStore(f"sqlite:///{folder / 'sealed.db'}", FixedClock(TODAY), [Fernet.generate_key().decode()]),
    )
    for store in stores:
        fresh.migrate(store)
    with stores[0]._database.reading() as plain, stores[1]._database.reading() as sealed:
        assert can_tell(plain)
        assert not can_tell(sealed)
    yield stores
    for store in stores:
        store.close()


@settings(max_examples=60, deadline=None)
@given(first=rows_of_values, later=changes, again=st.booleans(), taken_back=withdrawn)
@example(first=[AGREED], later=[("consent_date", date(2026, 2, 1))], again=False, taken_back=None)
@example(first=[AGREED], later=[("consents", frozenset({Purpose.GUEST_LESSON}))], again=False, taken_back=None)
@example(first=[AGREED], later=[("first_name", "b")], again=False, taken_back=None)
@example(first=[AGREED], later=[None], again=False, taken_back=Withdrawals({Purpose.MENTOR: date(2026, 1, 1)}))
def test_both_ways_tell_the_same(
    both: tuple[SqlStore, SqlStore],
    first: list[dict[str, Any]],
    later: list[tuple[str, Any] | None],
    again: bool,
    taken_back: Withdrawals | None,
) -> None:
    """Of rows that come again as they were or with one change, and withdrawals: the same results, the same people."""
    school = f"school {next(SCHOOLS)}"
    before = [Upsert(place, f"A-{place}", school, values) for place, values in enumerate(first)]
    before[0] = Upsert(0, "A-0", school, {**first[0], "withdrawals": taken_back})
    changed = [{**values, **dict([change] if change else [])} for values, change in zip(first, later, strict=False)]
    rows = [Upsert(place, f"A-{place}", school, values, may_withdraw=True) for place, values in enumerate(changed)]
    told = []
    for store in both:
        upsert(store, ALUMNI, before)
        foreseen = reading(store).imports.preview(ALUMNI, before if again else rows)
        done = upsert(store, ALUMNI, before if again else rows)
        people = reading(store).records.stream(ALUMNI, personal=True)
        told.append(
            (foreseen, done, sorted((one for one in people if one.school == school), key=lambda one: one.alumnus_id))
        )
    assert [tuple(map(repr, one)) for one in told[0][:2]] == [tuple(map(repr, one)) for one in told[1][:2]]
    plain, sealed = ([{**vars_of(one), "key": 0} for one in each[2]] for each in told)
    assert plain == sealed
    if again and not taken_back:
        assert {result.outcome for result in told[0][0]} == {"unchanged"}


def vars_of(one: Any) -> dict[str, Any]:
    """The fields of a record."""
    return {name: getattr(one, name) for name in one.__dataclass_fields__}
