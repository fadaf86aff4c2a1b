"""The compiled kernel: rules, signals, bounds and dot products in one pass, where it was built.

It is optional. `matcher.matching` has all of it in NumPy too, which is the reference: both give the same bits
(`tests/matching/test_compiled.py`), so which of the two is used only shows in the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from matcher.errors import ConfigurationError

if TYPE_CHECKING:
    from types import ModuleType

Choice = Literal["auto", "c", "numpy"]
_found: ModuleType | None
try:
    from matcher.kernel import _native as _found
except ImportError:  # no compiler when it was installed, or a wheel for any machine
    _found = None
_used: list[ModuleType | None] = [_found]


def choose(choice: Choice) -> None:
    """Uses the compiled kernel or NumPy, for this whole process; `auto`: the compiled one if there is one.

    Raises ConfigurationError where it is asked for and was not built.
    """
    if choice == "c" and _found is None:
        raise ConfigurationError("kernel_missing")
    _used[0] = None if choice == "numpy" else _found


@contextmanager
def using(choice: Choice) -> Iterator[None]:
    """`choose` for a while; for measurements and tests."""
    before = _used[0]
    choose(choice)
    try:
        yield
    finally:
        _used[0] = before


def native() -> ModuleType | None:
    """The compiled module, if it is used."""
    return _used[0]


def name() -> Literal["c", "numpy"]:
    """Which of the two is used."""
    return "numpy" if _used[0] is None else "c"


def is_built() -> bool:
    """Whether there is a compiled kernel."""
    return _found is not None
