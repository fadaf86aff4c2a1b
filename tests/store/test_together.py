"""Work that several threads bring at the same moment is done at once, and nobody returns before that."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from matcher.store.together import MOST, Together

PATIENCE = 60


class Gate:
    """What is done: each time it waits to be let through, and fails where a piece of work says so."""

    def __init__(self) -> None:
        self.done: list[list[int]] = []
        self.threads: list[threading.Thread] = []
        self.begun, self.may_go_on = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, works: Sequence[int]) -> None:
        self.threads.append(threading.current_thread())
        self.begun.release()
        assert self.may_go_on.acquire(timeout=PATIENCE)
        if any(work < 0 for work in works):
            raise ValueError(works)
        self.done.append([*works])


@contextmanager
def brought(gate: Gate, first: int, others: Sequence[int]) -> Iterator[list[Future[None]]]:
    """What each thread is told: `first` is being done while the others bring theirs, in this order."""
    together = Together(gate)
    with ThreadPoolExecutor(1 + len(others)) as threads:
        told = [threads.submit(together, first)]
        assert gate.begun.acquire(timeout=PATIENCE)
        for count, work in enumerate(others, 1):
            told.append(threads.submit(together, work))
            while together.waiting < count:
                assert not told[-1].done()
        yield told


def test_whoever_is_alone_begins_at_once() -> None:
    """In the own thread, one after another."""
    gate = Gate()
    together = Together(gate)
    for work in (1, 2):
        gate.may_go_on.release()
        together(work)
    assert gate.done == [[1], [2]]
    assert set(gate.threads) == {threading.current_thread()}


def test_what_comes_meanwhile_is_done_as_one() -> None:
    """In the order in which it came; nobody is told before."""
    gate = Gate()
    with brought(gate, 0, range(1, 6)) as told:
        gate.may_go_on.release()
        told[0].result(PATIENCE)
        assert gate.begun.acquire(timeout=PATIENCE)
        assert not any(one.done() for one in told[1:]), "nothing of theirs is done yet"
        gate.may_go_on.release()
        for one in told[1:]:
            one.result(PATIENCE)
    assert gate.done == [[0], [1, 2, 3, 4, 5]]


def test_where_it_fails_it_fails_for_each_of_them_and_for_nobody_else() -> None:
    """Those before are done, those after too."""
    gate = Gate()
    with brought(gate, 0, [1, -2, 3]) as told:
        gate.may_go_on.release(2)
        told[0].result(PATIENCE)
        for one in told[1:]:
            with pytest.raises(ValueError, match="-2"):
                one.result(PATIENCE)
    assert gate.done == [[0]]


def test_no_more_than_so_many_are_done_at_once() -> None:
    """The rest is done after that, by somebody whose own work is not done yet."""
    gate = Gate()
    with brought(gate, 0, range(1, MOST + 3)) as told:
        gate.may_go_on.release(3)
        for one in told:
            one.result(PATIENCE)
    assert [len(works) for works in gate.done] == [1, MOST, 2]
    assert [work for works in gate.done for work in works] == [*range(MOST + 3)]
