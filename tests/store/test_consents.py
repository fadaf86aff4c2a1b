"""The consent rule on its own, over random histories."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.consent import Withdrawals
from matcher.domain.kinds import Purpose
from matcher.store.consent_rules import IMPORT, PERSON, RETENTION, Held, Said, imported

START = date(2027, 1, 1)
GIVEN = frozenset({Purpose.MENTOR})
days = st.integers(0, 40).map(lambda number: START + timedelta(days=number))
three = st.sampled_from(list(Purpose)[:3])
purposes = st.frozensets(three)
withdrawals = st.builds(Withdrawals, st.dictionaries(three, days, max_size=2), st.none() | days)
rows = st.builds(Said, st.none() | purposes, st.none() | days, st.just(Withdrawals()) | withdrawals)
imports = st.tuples(st.sampled_from(["import", "import that may withdraw"]), rows)
by_person = st.tuples(st.sampled_from(["give", "withdraw", "end"]), purposes)
histories = st.lists(st.tuples(st.integers(0, 2), imports | by_person), max_size=12)


def by_the_person(held: dict[Purpose, Held], event: str, named: frozenset[Purpose], today: date) -> dict[Purpose, Held]:
    if event == "give":
        return {p: Held(today, None, PERSON, None, held[p].last_withdrawn_on if p in held else None) for p in named}
    by = PERSON if event == "withdraw" else RETENTION
    return {
        p: held[p]._replace(withdrawn_on=today, source=PERSON, last_withdrawn_on=today, withdrawn_by=by)
        for p in named & held.keys()
    }


@given(histories)
def test_withdrawn_consent_is_never_in_force_again_by_an_older_import(
    history: list[tuple[int, tuple[str, object]]],
) -> None:
    """Whatever came before: an import restores what the person withdrew only with a date after that, and not to come.

    What an import took it restores on that day, or with a later date. It withdraws only where it may, and what it may
    not is what it would; it never withdraws what the person gave, but for a withdrawal on a later day. The same import
    again changes nothing.
    """
    held: dict[Purpose, Held] = {}
    withdrawals: dict[Purpose, date] = {}
    today = START
    for wait, (event, content) in history:
        today += timedelta(days=wait)
        before = dict(held)
        if isinstance(content, Said):
            may = event != "import"
            days = {purpose: min(day, today) for purpose, day in content.withdrawals.days.items()}
            said = Said(content.named, content.on, Withdrawals(days, content.withdrawals.objects_since))
            effect = imported(held, said, today, may_withdraw=may)
            would = imported(held, said, today, may_withdraw=not may)
            assert effect.withdrawn == would.withdrawn
            held |= effect.changed
            objects = effect.objects_since is not None
            again = imported(held, said, today, may_withdraw=may, objects=objects)
            assert again.changed == {}
            assert again.objects_since is None or objects is False
            in_force = {purpose for purpose, was in before.items() if was.withdrawn_on is None}
            lost = {purpose for purpose in in_force if held[purpose].withdrawn_on is not None}
            assert lost <= set(effect.withdrawn) <= in_force
            assert may or not (lost or (objects and in_force))
            for purpose, then in effect.changed.items():
                was = before.get(purpose)
                if then.withdrawn_on is None and purpose in withdrawals:
                    assert then.given_on is not None or (was and was.given_on is None and was.withdrawn_by == IMPORT)
                    taken_today = was is not None and was.withdrawn_by == IMPORT and was.withdrawn_on == today
                    assert taken_today or (then.given_on is not None and withdrawals[purpose] < then.given_on <= today)
                if was is not None and was.withdrawn_on is None and was.source == PERSON:
                    assert then.withdrawn_on is not None
                    assert was.given_on is not None
                    assert was.given_on < then.withdrawn_on == days[purpose]
        else:
            assert isinstance(content, frozenset)
            held |= by_the_person(held, event, content, today)
        for purpose, then in held.items():
            if then.withdrawn_on is not None and then.withdrawn_by != IMPORT:
                withdrawals[purpose] = max(then.withdrawn_on, withdrawals.get(purpose, START))
            assert then.last_withdrawn_on is None or then.last_withdrawn_on >= withdrawals.get(purpose, START)
            assert (then.withdrawn_on is None) == (then.withdrawn_by is None)


def test_a_date_alone_changes_nothing() -> None:
    """A row that names no purposes says nothing of consent, whatever its date."""
    held = {Purpose.MENTOR: Held(START)}
    for on in (None, START, START + timedelta(days=9)):
        effect = imported(held, Said(None, on), START + timedelta(days=9), may_withdraw=True)
        assert (effect.changed, effect.withdrawn, effect.warnings) == ({}, (), [])


def test_an_old_export_revives_nothing() -> None:
    """The export from before a withdrawal gives nothing back, and that from after it restores it anywhere."""
    day = START + timedelta(days=9)
    old = Said(GIVEN, START)
    new = Said(frozenset(), None, Withdrawals({Purpose.MENTOR: day}))
    for held in ({}, {Purpose.MENTOR: Held(START)}):
        withdrawn = held | imported(held, new, day, may_withdraw=True).changed
        assert withdrawn[Purpose.MENTOR].withdrawn_on == day
        assert imported(withdrawn, old, day, may_withdraw=True).changed == {}
    assert imported({Purpose.MENTOR: Held(START)}, new, day, may_withdraw=False).changed == {}


def test_a_withdrawal_in_a_file_is_older_than_a_consent_given_since() -> None:
    """The last export carries a withdrawal; what was given since stays, and what the person gave that day."""
    said = Said(None, None, Withdrawals({Purpose.MENTOR: START}))
    for held in (Held(START + timedelta(days=1)), Held(START, source=PERSON)):
        effect = imported({Purpose.MENTOR: held}, said, START + timedelta(days=5), may_withdraw=True)
        assert (effect.changed, effect.withdrawn) == ({}, ())


def test_an_objection_in_a_file_withdraws_nothing_silently() -> None:
    """It holds for whoever has no consent in force; else it needs to be allowed, and is then told by purpose."""
    said = Said(None, None, Withdrawals({}, START))
    assert imported({}, said, START, may_withdraw=False).objects_since == START
    held = {Purpose.MENTOR: Held(START)}
    refused = imported(held, said, START, may_withdraw=False)
    assert (refused.objects_since, refused.withdrawn) == (None, (Purpose.MENTOR,))
    assert imported(held, said, START, may_withdraw=True).objects_since == START
    assert imported(held, said, START, may_withdraw=True, objects=True).objects_since is None
