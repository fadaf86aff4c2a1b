"""Properties of imports over random batches, on every database."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.domain.kinds import NeedKind, Purpose, RequestKind
from matcher.domain.records import Alumnus, Pathway, Qualification, RecordKind
from matcher.repositories.values import Upsert
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.fakes import FixedClock
from tests.support.records import TODAY
from tests.support.stores import reading, upsert

texts = st.none() | st.text(max_size=6)
days = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))
qualifications = st.builds(
    Qualification, texts, texts, st.none() | st.integers(1, 4), st.none() | st.sampled_from(Pathway), st.none()
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "first_name": texts,
    "email": texts,
    "postcode": texts,
    "town": texts,
    "qualifications": st.none() | st.lists(qualifications, max_size=2).map(tuple),
    "skills": st.none() | st.lists(st.text(max_size=4), max_size=3).map(tuple),
    "offers": st.none() | st.frozensets(st.sampled_from(RequestKind)),
    "need_kinds": st.none() | st.frozensets(st.sampled_from(NeedKind)),
    "day_parts": st.none() | st.integers(0, 2**21 - 1),
    "paused_until": days,
    "max_distance_km": st.none() | st.integers(0, 300) | st.floats(0, 300),
    "online": st.none() | st.booleans(),
    "consents": st.none() | st.frozensets(st.sampled_from(list(Purpose)[:3])),
    "consent_date": days,
}
batches = st.lists(
    st.dictionaries(st.integers(0, 5), st.fixed_dictionaries({}, optional=FIELDS), max_size=6), min_size=1, max_size=3
)
once = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_SCHOOLS = count()


def states(store: SqlStore, school: str) -> dict[str, Alumnus]:
    return {
        found.alumnus_id: found
        for found in reading(store).records.stream(RecordKind.ALUMNI, personal=True)
        if isinstance(found, Alumnus) and found.school == school
    }


@once
@given(batches)
def test_an_outcome_says_what_happened_and_the_second_time_nothing_does(
    store: SqlStore, clock: FixedClock, batches: list[dict[int, dict[str, object]]]
) -> None:
    """After each batch: created is new, updated differs, unchanged is equal; again: all unchanged, no revision."""
    school = f"school {next(_SCHOOLS)}"
    for step, batch in enumerate(batches):
        clock.day = TODAY + timedelta(days=step)
        rows = [Upsert(number, f"A-{number}", school, values) for number, values in batch.items()]
        before, revision = states(store, school), stores.revision(store)
        expected = reading(store).imports.preview(RecordKind.ALUMNI, rows)
        results = upsert(store, RecordKind.ALUMNI, rows)
        after = states(store, school)
        assert results == expected
        for result in results:
            old, new = before.get(f"A-{result.row}"), after[f"A-{result.row}"]
            wanted = "created" if old is None else "unchanged" if old == new else "updated"
            assert result.outcome == wanted
        named = {f"A-{number}" for number in batch}
        assert {name: after.get(name) for name in after.keys() - named} == {
            name: value for name, value in before.items() if name not in named
        }
        assert stores.revision(store) == revision + any(result.outcome != "unchanged" for result in results)
        again = upsert(store, RecordKind.ALUMNI, rows)
        assert [result.outcome for result in again] == ["unchanged"] * len(rows)
        assert (states(store, school), stores.revision(store)) == (after, revision + (before != after))
