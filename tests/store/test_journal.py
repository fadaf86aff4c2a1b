"""The journal of what alumni took back, against a model, and cut off or written to in any way."""

from __future__ import annotations

import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import ConfigurationError
from matcher.store.journal import CONSENT, ERASE, OBJECTION, Act, Journal, new_batch

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
KEYS = (11, 22, 33)
SECRETS = ("first", "second")
consents = st.builds(
    Act, st.just(CONSENT), st.sampled_from(KEYS), st.sampled_from(("mentor", "aftercare")), st.booleans()
)
objections = st.builds(Act, st.just(OBJECTION), st.sampled_from(KEYS), holds=st.booleans())
erasures = st.builds(Act, st.just(ERASE), st.sampled_from(KEYS), digests=st.just(("d1", "d2")))
batches = st.tuples(
    st.sampled_from(SECRETS),
    st.lists(st.one_of(consents, objections, erasures), min_size=1, max_size=3),
    st.sampled_from((True, False, None)),
)


def write(journal: Journal, secret: str, acts: list[Act], done: bool | None) -> None:
    batch = new_batch()
    journal.announce(batch, secret, acts, NOW)
    if done is not None:
        journal.settle(batch, done=done)


@settings(max_examples=100, deadline=None)
@given(st.lists(batches, max_size=6))
def test_the_last_word_counts(history: list[tuple[str, list[Act], bool | None]]) -> None:
    """Of what was committed, whichever secret it was written with; what was undone says nothing.

    Of what may have been committed a no counts and a yes does not.
    """
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.jsonl")
        journal.begin(None)
        for batch in history:
            write(journal, *batch)
        taken = journal.taken_back(KEYS)
    said = [(secret, act, done) for secret, acts, done in history if done is not False for act in acts]
    assert taken.erased == {act.key for _, act, _ in said if act.what == ERASE}
    assert set(taken.tombstones) == {secret for secret, act, _ in said if act.what == ERASE}
    last = {(act.key, act.purpose): act.holds for _, act, done in said if act.what != ERASE and (act.holds or done)}
    assert {change: since is not None for change, since in taken.last_words.items()} == last
    assert taken.damaged == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(batches, min_size=1, max_size=4), st.data())
def test_a_file_that_was_cut_off_can_be_read_and_written(
    history: list[tuple[str, list[Act], bool | None]], data: st.DataObject
) -> None:
    """Wherever it ends: what stands before is read, one line at most is damaged, and the next line is whole."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.jsonl")
        for batch in history:
            write(journal, *batch)
        whole = journal.path.read_bytes()
        journal.path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
        before = journal.taken_back(KEYS)
        write(journal, "third", [Act(ERASE, 44, digests=("d3",))], True)
        after = journal.taken_back((*KEYS, 44))
    assert before.damaged <= 1
    assert after.erased == before.erased | {44}


def test_only_those_who_are_asked_for_are_named(tmp_path: Path) -> None:
    """An alumnus whose random key is not known here stays a digest."""
    journal = Journal(tmp_path / "journal.jsonl")
    write(journal, "first", [Act(ERASE, 11, digests=("d1",))], True)
    assert journal.taken_back([22]).erased == set()
    assert journal.taken_back([22]).tombstones == {"first": {"d1"}}


def test_open_batches_are_settled_by_who_is_there(tmp_path: Path) -> None:
    """An erasure whose alumnus still exists did not happen; one whose alumnus is gone did."""
    journal = Journal(tmp_path / "journal.jsonl")
    for key in (11, 22):
        write(journal, "first", [Act(ERASE, key, digests=("d",))], None)
    assert journal.taken_back(KEYS).uncertain == 2
    assert journal.has_open()
    journal.settle_open([11, 33])
    assert not journal.has_open()
    taken = journal.taken_back(KEYS)
    assert (taken.erased, taken.uncertain) == ({22}, 0)


def test_a_batch_that_is_announced_again_is_open_again(tmp_path: Path) -> None:
    """Its transaction is tried again after a back-up has seen that it was not committed: now it may be."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.announce("batch", "first", [Act(ERASE, 11, digests=("d",))], NOW)
    journal.settle_open([11])
    assert journal.taken_back(KEYS).erased == set()
    journal.announce("batch", "first", [Act(ERASE, 11, digests=("d",))], NOW)
    assert journal.has_open()
    taken = journal.taken_back(KEYS)
    assert (taken.erased, taken.uncertain) == ({11}, 1)


def test_a_batch_that_is_announced_again_is_the_last_word(tmp_path: Path) -> None:
    """What others committed between the two attempts was said before it."""
    journal = Journal(tmp_path / "journal.jsonl")
    journal.announce("batch", "first", [Act(OBJECTION, 11)], NOW)
    write(journal, "first", [Act(OBJECTION, 11, holds=False)], True)
    journal.announce("batch", "first", [Act(OBJECTION, 11)], NOW)
    journal.settle("batch", done=True)
    assert journal.taken_back(KEYS).last_words == {(11, ""): NOW.date()}


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("what", [CONSENT, OBJECTION])
def test_a_yes_that_was_perhaps_never_committed_undoes_no_no(tmp_path: Path, what: str, settled: bool) -> None:
    """What was taken back stays so, where a process stopped around the commit of giving it again; and a no counts."""
    journal = Journal(tmp_path / "journal.jsonl")
    write(journal, "first", [Act(what, 11)], True)
    write(journal, "first", [Act(what, 11, holds=False)], None)
    write(journal, "first", [Act(what, 22)], None)
    if settled:
        journal.settle_open(KEYS)
        assert not journal.has_open()
    assert journal.taken_back(KEYS).last_words == {(11, ""): NOW.date(), (22, ""): NOW.date()}


def test_many_writers_lose_no_line(tmp_path: Path) -> None:
    """Each has a journal of its own on one file."""
    path = tmp_path / "journal.jsonl"

    def write_some(first: int) -> None:
        for key in range(first, first + 20):
            write(Journal(path), "first", [Act(ERASE, key, digests=("d",))], True)

    threads = [threading.Thread(target=write_some, args=(100 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = Journal(path).taken_back(range(400))
    assert (len(taken.erased), taken.damaged, taken.uncertain) == (80, 0, 0)


def test_a_lost_file_is_not_an_empty_one(tmp_path: Path) -> None:
    """Without the file no one can say what was taken back."""
    journal = Journal(tmp_path / "journal.jsonl")
    with pytest.raises(ConfigurationError, match="journal_missing"):
        journal.taken_back(KEYS)
    journal.begin(None)
    assert journal.taken_back(KEYS).erased == set()


class Read(Journal):
    """A journal that counts how often it is read from beginning to end."""

    count = 0

    def _read(self, *, missing_is_empty: bool = False) -> Any:
        self.count += 1
        return super()._read(missing_is_empty=missing_is_empty)


def test_a_file_that_grew_is_not_read_again(tmp_path: Path) -> None:
    """Once its secret is known to be there; one that is replaced or shorter is, and is given the secret again."""
    journal = Read(tmp_path / "journal.jsonl")
    for key in KEYS:
        write(journal, "first", [Act(ERASE, key, digests=("d",))], True)
    assert journal.count == 2, "once without the secret, once with it"
    journal.path.write_bytes(b"")
    write(journal, "first", [Act(ERASE, 44, digests=("d",))], True)
    assert journal.taken_back([*KEYS, 44]).erased == {44}
    other = Journal(tmp_path / "other.jsonl")
    for key in range(100, 110):
        write(other, "second", [Act(ERASE, key, digests=("d",))], True)
    other.path.replace(journal.path)
    write(journal, "first", [Act(ERASE, 55, digests=("d",))], True)
    assert journal.taken_back([44, 55, 100]).erased == {55, 100}
