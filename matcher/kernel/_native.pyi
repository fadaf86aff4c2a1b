# The compiled module; every array is one of NumPy, C-contiguous. `matcher.matching.compiled` alone uses it.

from collections.abc import Sequence
from typing import Any, Self, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

PEOPLE: tuple[str, ...]
DEMANDS: tuple[str, ...]
SIDE: tuple[str, ...]
LINES: tuple[str, ...]
KINDS: tuple[str, ...]
NUMBERS: tuple[str, ...]
RULES: tuple[str, ...]
SIGNALS: tuple[str, ...]

class Table:
    def __new__(cls, columns: Sequence[Array | None], /) -> Self: ...

class Query:
    def __new__(
        cls,
        tables: tuple[Table, Table, Table, Table, Table],
        numbers: Array,
        is_demand: bool,
        without_rare: bool,
        row: int,
        as_of: int,
        year: int,
        agreed: int,
        words_scale: float,
        skill_words: int,
        own_can: int,
        own_wants: int,
        beside: tuple[Array | None, ...],
        /,
    ) -> Self: ...
    def judge(
        self, seen: Array | None, rows: Array | None, eligible: Array, willing: Array | None, excluded: Array, /
    ) -> tuple[int, int]: ...
    def fails(self, rows: Array, as_person: bool, out: Array, /) -> None: ...
    def values(self, rows: Array, similar: Array | None, signals: Array, out: Array, /) -> None: ...
    def scores(
        self,
        rows: Array,
        similar: Array | None,
        words: Array | None,
        meaning: Array | None,
        weights: Array,
        priors: Array,
        changed: Array | None,
        changed_to: Array | None,
        out: Array,
        /,
    ) -> None: ...
    def best(
        self, rows: Array, similar: Array | None, weights: Array, priors: Array, out_rows: Array, out_scores: Array, /
    ) -> tuple[int, int]: ...
    def insert(
        self, rows: Array, weights: Array, priors: Array, number: int, best_rows: Array, best_scores: Array, /
    ) -> None: ...
    def added(
        self, rows: Array, weights: Array, usual: Array, thresholds: Array, may_be_online: bool, out: Array, /
    ) -> None: ...
    def banded(
        self,
        rows: Array,
        similar: Array | None,
        weights: Array,
        usual: Array,
        topic: Array,
        least: Array,
        text_weight: Array,
        positions: Array,
        caps: Array,
        /,
    ) -> None: ...

def use_dot(name: str, /) -> str: ...
def dots(some: Array, others: Array, out: Array, /) -> None: ...
