"""Threads of a server process and locks between processes."""

from __future__ import annotations

import threading
from pathlib import Path

from api.worker import Signal
from matcher.atomic import locked


def goes_on(signal: Signal) -> bool:
    """Whether a thread that waits for a minute goes on before."""
    waiting = threading.Thread(target=signal.wait, args=(60,))
    waiting.start()
    waiting.join(10)
    return not waiting.is_alive()


def test_a_thread_that_is_asked_to_end_just_before_it_begins_does_not_wait() -> None:
    """Beginning takes the sign of the end away, and waiting asks for the end itself."""
    signal = Signal()
    signal.end()
    signal.begin()
    assert goes_on(signal)
    assert signal.ended()


def test_what_wakes_a_thread_at_work_is_for_the_next_time() -> None:
    signal = Signal()
    signal.begin()
    signal.wake()
    assert goes_on(signal)
    assert not signal.ended()


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    """Another does not get it meanwhile, and gets it afterwards; the folder is made for its owner alone."""
    lock = tmp_path / "cache" / "some.lock"
    with locked(lock, wait=False) as first, locked(lock, wait=False) as second:
        assert (first, second) == (True, False)
        assert lock.parent.stat().st_mode & 0o777 == 0o700
    with locked(lock, wait=True) as third:
        assert third
