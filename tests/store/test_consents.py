"""The consent rule on its own, over random histories."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.kinds import Purpose
from matcher.store.consent_rules import PERSON, Held, imported

START = date(2027, 1, 1)
days = st.integers(0, 40).map(lambda number: START + timedelta(days=number))
purposes = st.frozensets(st.sampled_from(list(Purpose)[:3]))
imports = st.tuples(st.just("import"), purposes, st.none() | days)
by_person = st.tuples(st.sampled_from(["give", "withdraw"]), purposes, st.none())
histories = st.lists(st.tuples(st.integers(0, 5), imports | by_person), max_size=12)


def by_the_person(held: dict[Purpose, Held], event: str, named: frozenset[Purpose], today: date) -> dict[Purpose, Held]:
    if event == "give":
        return {p: Held(today, None, PERSON, None, held[p].last_withdrawn_on if p in held else None) for p in named}
    return {
        p: held[p]._replace(withdrawn_on=today, source=PERSON, last_withdrawn_on=today) for p in named & held.keys()
    }


@given(histories)
def test_withdrawn_consent_is_never_in_force_again_by_an_older_import(
    history: list[tuple[int, tuple[str, frozenset[Purpose], date | None]]],
) -> None:
    """Whatever came before: an import restores consent only with a date after every withdrawal, and not to come.

    Nor does it withdraw what the person gave; and the same import again changes nothing.
    """
    held: dict[Purpose, Held] = {}
    withdrawals: dict[Purpose, date] = {}
    today = START
    for wait, (event, named, dated) in history:
        today += timedelta(days=wait)
        before = dict(held)
        if event == "import":
            changed, _ = imported(held, named, dated, today)
            held |= changed
            assert imported(held, named, dated, today)[0] == {}
            for purpose, then in changed.items():
                was = before.get(purpose)
                if then.withdrawn_on is None and purpose in withdrawals:
                    assert then.given_on is not None
                    assert withdrawals[purpose] < then.given_on
                if was is not None and was.withdrawn_on is None and was.source == PERSON:
                    assert then == was
                if was is not None and was.withdrawn_on is not None:
                    assert then.given_on is not None
                    assert then.given_on <= today
        else:
            held |= by_the_person(held, event, named, today)
        for purpose, then in held.items():
            if then.withdrawn_on is not None:
                withdrawals[purpose] = max(then.withdrawn_on, withdrawals.get(purpose, START))
            assert then.last_withdrawn_on == withdrawals.get(purpose)
