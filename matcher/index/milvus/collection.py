"""One collection, in the words of the product: every failure of client or server becomes IndexUnavailable."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from matcher.errors import ConfigurationError, IndexUnavailable
from matcher.index.milvus.rows import FLAGS, MARK_KEY, NUMBERS, mark_entity
from matcher.pool.columns import Float32, Int64

MOST = 16384
"""Most rows that Milvus gives at once."""
_TIMEOUT = 3.0
"""Seconds for one question."""
_LONG = 120.0
"""Seconds for what is done once: making, loading, writing a block."""
_BLOCK = 500
"""Rows written at a time: larger messages were lost by some brokers."""
_LOST = frozenset({100, 101})
"""Codes of Milvus for a collection that is not there, or not loaded."""
_INVALID = 1100
"""Code of Milvus for a parameter that cannot be."""
_CELLS = 1024
"""Cells of the approximate index. Not HNSW: a search can be widened to all cells; what is missed then is not there."""
Kind = Literal["ivf", "flat"]

log = logging.getLogger(__name__)


@contextmanager
def told() -> Iterator[None]:
    """Failures of Milvus as ours; the log gets their kind, for their text may hold a whole expression."""
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, grpc.RpcError, OSError) as error:
        code = getattr(error, "code", None)
        log.info("milvus %s %s", type(error).__name__, code)
        raise IndexUnavailable("index_incomplete" if code in _LOST else "index_unreachable") from error


def connected(url: str, token: str) -> Any:
    """A client. Raises ConfigurationError where the package is missing, IndexUnavailable where no server answers."""
    try:
        from pymilvus import MilvusClient
    except ModuleNotFoundError:
        raise ConfigurationError("milvus_missing") from None
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # its lines repeat what our errors say
    with told():
        return MilvusClient(uri=url, token=token, timeout=_TIMEOUT)


@dataclass(frozen=True)
class Collection:
    """A collection of this name; it need not be there yet."""

    client: Any
    name: str
    kind: Kind
    dimension: int
    replicas: int = 1

    @property
    def exact(self) -> bool:
        """Whether its index looks at every vector."""
        return self.kind == "flat"

    def ensure(self, *, anew: bool = False) -> None:
        """Makes it where it is not there, and loads it.

        Where it is loaded with another number of replicas it raises IndexUnavailable, or, `anew`, loads it again.
        """
        from pymilvus import DataType

        with told():
            if not self.client.has_collection(self.name, timeout=_TIMEOUT):
                schema = self.client.create_schema(auto_id=False, enable_dynamic_field=False)
                schema.add_field("key", DataType.INT64, is_primary=True)
                schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self.dimension)
                for name in NUMBERS:
                    schema.add_field(name, DataType.INT64)
                for name in FLAGS:
                    schema.add_field(name, DataType.BOOL)
                self.client.create_collection(self.name, schema=schema, consistency_level="Strong", timeout=_LONG)
            if not self.client.list_indexes(self.name):
                made = self.client.prepare_index_params()
                built = {} if self.exact else {"nlist": _CELLS}
                name = "FLAT" if self.exact else "IVF_FLAT"
                made.add_index("vector", index_type=name, metric_type="IP", params=built)
                self.client.create_index(self.name, made, timeout=_LONG)
        if self.load():
            return
        if not anew:
            raise IndexUnavailable("index_replicas")
        with told():
            self.client.release_collection(self.name, timeout=_LONG)
        self.load()

    def load(self) -> bool:
        """Loads it where it is not; False where it is, with another number of replicas."""
        from pymilvus.exceptions import MilvusException

        with told():
            try:
                self.client.load_collection(self.name, replica_number=self.replicas, timeout=_LONG)
            except MilvusException as error:  # who asks which are there gets no answer while a query node is away
                if error.code != _INVALID:
                    raise
                return False
        return True

    def count(self, expression: str, *, newest: bool = False) -> int:
        """How many rows of which this holds can be searched; sees what this process wrote, `newest`: everything."""
        with told():
            found = self.client.query(self.name, expression, ["count(*)"], timeout=_TIMEOUT, **_level(newest=newest))
        return int(found[0]["count(*)"])

    def marked(self) -> int | None:
        """What its mark says; None where there is none. Sees everything that was written."""
        with told():
            found = self.client.query(
                self.name, f"key == {MARK_KEY}", ["digest"], timeout=_TIMEOUT, consistency_level="Strong"
            )
        return int(found[0]["digest"]) if found else None

    def mark(self, value: int) -> None:
        """Sets the mark; whatever this process asks from now on sees all that was written before."""
        self._upsert([mark_entity(value, self.dimension)])

    def search(self, query: Float32, limit: int, expression: str, share: float = 1.0) -> tuple[Int64, Float32]:
        """Keys and dot products of the best rows of which the expression holds, best first, at most `limit`.

        An approximate index looks at this share of its cells.
        """
        parameters = {} if self.exact else {"nprobe": max(1, int(share * _CELLS))}
        with told():
            (found,) = self.client.search(
                self.name,
                [query],
                filter=expression,
                limit=limit,
                search_params={"metric_type": "IP", "params": parameters},
                timeout=_TIMEOUT,
                **_level(newest=False),
            )
        keys = np.array([hit["id"] for hit in found], np.int64)
        return keys, np.array([hit["distance"] for hit in found], np.float32)

    def held(self, after: int, up_to: int, *, newest: bool = False) -> Iterator[tuple[int, int]]:
        """Key and digest of every row with a key in this stretch, whatever the order in which Milvus gives them."""
        expression = f"key > {after} and key <= {up_to}"
        with told():
            found = self.client.query(
                self.name, expression, ["key", "digest"], limit=MOST, timeout=_LONG, **_level(newest=newest)
            )
        if len(found) < MOST:
            yield from ((int(row["key"]), int(row["digest"])) for row in found)
            return
        middle = after + (up_to - after) // 2
        yield from self.held(after, middle, newest=newest)
        yield from self.held(middle, up_to, newest=newest)

    def keys_among(self, keys: Sequence[int]) -> list[int]:
        """Which of these are there; sees everything that was written."""
        with told():
            found = self.client.query(
                self.name, f"key in {list(keys)}", ["key"], timeout=_LONG, consistency_level="Strong"
            )
        return [int(row["key"]) for row in found]

    def vectors(self, keys: Sequence[int]) -> dict[int, Float32]:
        """The vectors of some rows, by key."""
        with told():
            found = self.client.query(
                self.name, f"key in {list(keys)}", ["key", "vector"], timeout=_LONG, consistency_level="Strong"
            )
        return {int(row["key"]): np.array(row["vector"], np.float32) for row in found}

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Adds rows, or replaces those with the same keys."""
        for start in range(0, len(rows), _BLOCK):
            self._upsert(list(rows[start : start + _BLOCK]))

    def delete(self, keys: Sequence[int]) -> None:
        """Removes rows; those that are not there do not matter."""
        for start in range(0, len(keys), _BLOCK):
            with told():
                self.client.delete(self.name, ids=list(keys[start : start + _BLOCK]), timeout=_LONG)

    def settle(self) -> None:
        """Closes what was written last, so that it is indexed too."""
        with told():
            self.client.flush(self.name, timeout=_LONG)

    def _upsert(self, rows: list[dict[str, Any]]) -> None:
        with told():
            self.client.upsert(self.name, rows, timeout=_LONG)


def _level(*, newest: bool) -> dict[str, str]:
    """`Strong` waits until the server has everything, 0.2 s; `Session` until it has what this process wrote."""
    return {"consistency_level": "Strong" if newest else "Session"}
