"""Mail that goes once a week, on every database: who chose it, and the letter that others wait in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from matcher.domain.records import RecordKind
from matcher.domain.weekly import LETTER
from matcher.repositories.values import Mail, Upsert
from matcher.store.outbox import ABANDONED
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.fakes import FixedClock
from tests.support.records import SCHOOL, TODAY
from tests.support.stores import reading, writing

ALUMNI = RecordKind.ALUMNI
MONDAY = datetime(TODAY.year, TODAY.month, TODAY.day, 18, tzinfo=UTC)


def alumni(store: SqlStore, *numbers: str) -> list[int]:
    rows = [Upsert(row, number, SCHOOL, {"email": f"{number}@x.example"}) for row, number in enumerate(numbers, 2)]
    stores.upsert(store, ALUMNI, rows)
    return [stores.key_of(store, ALUMNI, number) for number in numbers]


def waits(store: SqlStore, key: int, until: datetime = MONDAY) -> int:
    """A message that is put into the letter of an alumnus; its key."""
    written: int = writing(store).outbox.add(key, "thanks")
    mail = writing(store).deliveries.take()
    assert mail is not None
    assert mail.key == written
    assert writing(store).digests.wait(mail, until)
    return written


def states(store: SqlStore) -> dict[int, tuple[str, int]]:
    """State and attempts of each message, by key."""
    return {mail.key: (mail.state, mail.attempts) for mail in stores.mails(store)}


def letters(store: SqlStore) -> list[Mail]:
    return [mail for mail in stores.mails(store) if mail.message == LETTER]


def to_monday(clock: FixedClock) -> None:
    clock.advance(MONDAY - clock.now())


def test_it_is_chosen_once_and_ends_once(store: SqlStore) -> None:
    """With the day; of an alumnus there is not it cannot be chosen, and an erasure takes it along."""
    (key,) = alumni(store, "A-1")
    assert reading(store).digests.chosen(key) is None
    assert [writing(store).digests.choose(key) for _ in range(2)] == [True, False]
    assert reading(store).digests.chosen(key) == (True, TODAY)
    assert [writing(store).digests.end(key) for _ in range(2)] == [True, False]
    assert reading(store).digests.chosen(key) == (False, TODAY), "that each goes by itself is a choice too"
    for change in (writing(store).digests.choose, writing(store).digests.end):
        with pytest.raises(KeyError):
            change(key + 1)
    writing(store).people.erase(key, [])
    assert reading(store).digests.chosen(key) is None


def test_what_waits_is_not_due_and_is_taken_with_its_letter(store: SqlStore, clock: FixedClock) -> None:
    """Two in one letter of which the moment is the first's; nothing is due before; and both end with it."""
    (key,) = alumni(store, "A-1")
    parts = [waits(store, key)]
    clock.advance(timedelta(minutes=1))
    parts.append(waits(store, key, MONDAY + timedelta(days=7)))
    (letter,) = letters(store)
    assert reading(store).digests.due(key) == reading(store).deliveries.next_due() == MONDAY
    assert states(store) == dict.fromkeys([*parts, letter.key], ("waiting", 0)), "so each can be undone"
    assert writing(store).deliveries.take() is None
    to_monday(clock)
    taken = writing(store).deliveries.take()
    assert taken.key == letter.key
    with_it = writing(store).digests.take(taken)
    assert [mail.key for mail in with_it] == parts
    assert states(store) == dict.fromkeys([*parts, letter.key], ("sending", 1))
    assert not any(writing(store).outbox.drop(part) for part in parts), "they are on their way"
    assert reading(store).digests.due(key) is None, "what comes now is for the next"
    assert all(writing(store).deliveries.finish(mail, "sent") for mail in (taken, *with_it))
    assert [mail.key for mail in reading(store).digests.parts(letter.key)] == parts


def test_a_letter_whose_sender_is_lost_is_taken_again_with_its_parts(store: SqlStore, clock: FixedClock) -> None:
    """Marked as perhaps sent twice; what the lost sender says afterwards counts for none of them."""
    (key,) = alumni(store, "A-1")
    part = waits(store, key)
    to_monday(clock)
    first = writing(store).deliveries.take()
    lost = writing(store).digests.take(first)
    clock.advance(ABANDONED)
    again = writing(store).deliveries.take()
    (mail,) = writing(store).digests.take(again)
    assert (mail.key, mail.attempts, mail.perhaps_twice, again.perhaps_twice) == (part, 2, True, True)
    assert not any(writing(store).deliveries.finish(one, "sent") for one in (first, *lost))
    assert all(writing(store).deliveries.finish(one, "sent") for one in (again, mail))


def test_a_part_that_is_dropped_leaves_its_letter(store: SqlStore, clock: FixedClock) -> None:
    """And a letter that is dropped, held or tried again takes what is left in it along."""
    (key,) = alumni(store, "A-1")
    gone, kept = waits(store, key), waits(store, key)
    (letter,) = letters(store)
    assert writing(store).outbox.drop(gone)
    writing(store).outbox.hold()
    assert {state for state, _ in states(store).values()} == {"dropped", "held"}
    to_monday(clock)
    assert writing(store).outbox.retry(letter.key)
    taken = writing(store).deliveries.take()
    assert [mail.key for mail in writing(store).digests.take(taken)] == [kept]
    other = waits(store, key, MONDAY + timedelta(days=7))
    new = next(mail.key for mail in letters(store) if mail.key != letter.key)
    assert writing(store).outbox.drop(new)
    assert states(store)[other][0] == "dropped"


def test_a_letter_that_was_dropped_comes_back_with_its_parts(store: SqlStore, clock: FixedClock) -> None:
    """With those that were dropped with it, not with one that was dropped before."""
    (key,) = alumni(store, "A-1")
    before, first, second = (waits(store, key) for _ in range(3))
    (letter,) = letters(store)
    assert writing(store).outbox.drop(before)
    clock.advance(timedelta(minutes=1))
    assert writing(store).outbox.drop(letter.key)
    assert {state for state, _ in states(store).values()} == {"dropped"}
    clock.advance(timedelta(minutes=1))
    assert writing(store).outbox.retry(letter.key)
    taken = writing(store).deliveries.take()
    assert taken.key == letter.key
    assert {mail.key for mail in writing(store).digests.take(taken)} == {first, second}
    assert states(store)[before][0] == "dropped"


def test_a_choice_that_ends_makes_the_letter_due(store: SqlStore, clock: FixedClock) -> None:
    """At once, with what waits in it."""
    (key,) = alumni(store, "A-1")
    writing(store).digests.choose(key)
    part = waits(store, key)
    clock.advance(timedelta(minutes=1))
    assert writing(store).digests.end(key)
    taken = writing(store).deliveries.take()
    assert [mail.key for mail in writing(store).digests.take(taken)] == [part]


def test_two_letters_of_one_alumnus_become_one(store: SqlStore, clock: FixedClock) -> None:
    """Of two records that were made one; made two again before, what waits for each goes to each."""
    kept, gone = alumni(store, "A-1", "A-2")
    writing(store).digests.choose(gone)
    parts = [waits(store, kept), waits(store, gone)]
    writing(store).duplicates.merge(kept, gone, {})
    assert reading(store).digests.chosen(kept) == (True, TODAY)
    moved = waits(store, kept)
    to_monday(clock)
    taken = writing(store).deliveries.take()
    assert {mail.key for mail in writing(store).digests.take(taken)} == {*parts, moved}
    assert sorted(mail.state for mail in letters(store)) == ["dropped", "sending"]
    assert writing(store).deliveries.take() is None


def test_records_that_are_two_again_have_what_is_theirs(store: SqlStore, clock: FixedClock) -> None:
    """What was put into a letter of both while they were one is in that of its own, or goes by itself."""
    kept, gone = alumni(store, "A-1", "A-2")
    own = {waits(store, kept), waits(store, gone)}
    loose = {writing(store).outbox.add(key, "thanks") for key in (kept, gone)}
    merge = writing(store).duplicates.merge(kept, gone, {})
    for _ in loose:
        writing(store).digests.wait(writing(store).deliveries.take(), MONDAY)
    writing(store).merges.undo(merge)
    to_monday(clock)
    seen: dict[int, int] = {}
    while (taken := writing(store).deliveries.take()) is not None:
        parts = writing(store).digests.take(taken) if taken.message == LETTER else [taken]
        assert {part.alumnus_key for part in parts} == {taken.alumnus_key}
        seen |= {part.key: part.alumnus_key for part in parts}
    assert set(seen) == own | loose
    assert sorted(seen.values()) == sorted([kept, gone] * 2)
