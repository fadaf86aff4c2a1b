"""One collection in Milvus. Every failure of client or server becomes IndexUnavailable."""

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
"""The most rows that Milvus returns at once."""
_TIMEOUT = 3.0
"""Seconds for a query."""
_LONG = 120.0
"""Seconds for creating, loading, or writing a block."""
_BLOCK = 500
"""Rows per write: some brokers lost larger messages."""
_LOST = frozenset({100, 101})
"""Error codes of Milvus for a collection that does not exist, or is not loaded."""
_INVALID = 1100
"""Error code of Milvus for an invalid parameter."""
_CELLS = 1024
"""Cells of the approximate index. IVF and not HNSW: after a search of all cells, a row that is missing is not there."""
Kind = Literal["ivf", "flat"]

log = logging.getLogger(__name__)


@contextmanager
def milvus_errors() -> Iterator[None]:
    """Raises failures of Milvus as IndexUnavailable. Logs only their kind: their text may hold a whole expression."""
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, grpc.RpcError, OSError) as error:
        code = getattr(error, "code", None)
        log.info("milvus %s %s", type(error).__name__, code)
        raise IndexUnavailable("index_incomplete" if code in _LOST else "index_unreachable") from error


def connected(url: str, token: str) -> Any:
    """A client. Raises ConfigurationError if the package is missing, IndexUnavailable if no server answers."""
    try:
        from pymilvus import MilvusClient
    except ModuleNotFoundError:
        raise ConfigurationError("milvus_missing") from None
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # its lines repeat our errors
    with milvus_errors():
        return MilvusClient(uri=url, token=token, timeout=_TIMEOUT)


@dataclass(frozen=True)
class Collection:
    """A collection of this name, which need not exist yet."""

    client: Any
    name: str
    kind: Kind
    dimension: int
    replicas: int = 1

    @property
    def exact(self) -> bool:
        """Whether its index compares every vector."""
        return self.kind == "flat"

    def ensure(self, *, anew: bool = False) -> None:
        """Creates the collection if it does not exist, and loads it.

        If it is loaded with another number of replicas, raises IndexUnavailable, or, if `anew`, loads it again.
        """
        from pymilvus import DataType

        with milvus_errors():
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
                parameters = self.client.prepare_index_params()
                cells = {} if self.exact else {"nlist": _CELLS}
                name = "FLAT" if self.exact else "IVF_FLAT"
                parameters.add_index("vector", index_type=name, metric_type="IP", params=cells)
                self.client.create_index(self.name, parameters, timeout=_LONG)
        if self.load():
            return
        if not anew:
            raise IndexUnavailable("index_replicas")
        with milvus_errors():
            self.client.release_collection(self.name, timeout=_LONG)
        self.load()

    def load(self) -> bool:
        """Loads the collection if it is not; False if it is loaded with another number of replicas."""
        from pymilvus.exceptions import MilvusException

        with milvus_errors():
            try:
                self.client.load_collection(self.name, replica_number=self.replicas, timeout=_LONG)
            except MilvusException as error:  # asking for the number of replicas fails while a query node is away
                if error.code != _INVALID:
                    raise
                return False
        return True

    def count(self, expression: str, *, newest: bool = False) -> int:
        """The number of searchable rows that match. Sees what this process wrote; `newest`: all that was written."""
        with milvus_errors():
            result = self.client.query(self.name, expression, ["count(*)"], timeout=_TIMEOUT, **_level(newest=newest))
        return int(result[0]["count(*)"])

    def marked(self) -> int | None:
        """The value of the mark; None if there is none. Sees all that was written."""
        with milvus_errors():
            rows = self.client.query(
                self.name, f"key == {MARK_KEY}", ["digest"], timeout=_TIMEOUT, consistency_level="Strong"
            )
        return int(rows[0]["digest"]) if rows else None

    def mark(self, value: int) -> None:
        """Sets the mark. Writing it pins session consistency: later reads see everything written before it."""
        self._upsert([mark_entity(value, self.dimension)])

    def search(self, query: Float32, limit: int, expression: str, share: float = 1.0) -> tuple[Int64, Float32]:
        """Keys and dot products of the best rows that match the expression, best first, at most `limit`.

        An approximate index searches this share of its cells.
        """
        parameters = {} if self.exact else {"nprobe": max(1, int(share * _CELLS))}
        with milvus_errors():
            (hits,) = self.client.search(
                self.name,
                [query],
                filter=expression,
                limit=limit,
                search_params={"metric_type": "IP", "params": parameters},
                timeout=_TIMEOUT,
                **_level(newest=False),
            )
        keys = np.array([hit["id"] for hit in hits], np.int64)
        return keys, np.array([hit["distance"] for hit in hits], np.float32)

    def held(self, after: int, up_to: int, *, newest: bool = False) -> Iterator[tuple[int, int]]:
        """Key and digest of every row with a key in (after, up_to], in no particular order."""
        expression = f"key > {after} and key <= {up_to}"
        with milvus_errors():
            rows = self.client.query(
                self.name, expression, ["key", "digest"], limit=MOST, timeout=_LONG, **_level(newest=newest)
            )
        if len(rows) < MOST:
            yield from ((int(row["key"]), int(row["digest"])) for row in rows)
            return
        middle = after + (up_to - after) // 2
        yield from self.held(after, middle, newest=newest)
        yield from self.held(middle, up_to, newest=newest)

    def keys_among(self, keys: Sequence[int]) -> list[int]:
        """Which of these keys are there. Sees all that was written."""
        with milvus_errors():
            rows = self.client.query(
                self.name, f"key in {list(keys)}", ["key"], timeout=_LONG, consistency_level="Strong"
            )
        return [int(row["key"]) for row in rows]

    def vectors(self, keys: Sequence[int]) -> dict[int, Float32]:
        """The vectors of these rows, by key; rows that do not exist are left out."""
        with milvus_errors():
            rows = self.client.query(
                self.name, f"key in {list(keys)}", ["key", "vector"], timeout=_LONG, consistency_level="Strong"
            )
        return {int(row["key"]): np.array(row["vector"], np.float32) for row in rows}

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Adds rows; replaces those with the same keys."""
        for start in range(0, len(rows), _BLOCK):
            self._upsert(list(rows[start : start + _BLOCK]))

    def delete(self, keys: Sequence[int]) -> None:
        """Removes rows; keys that are not there are ignored."""
        for start in range(0, len(keys), _BLOCK):
            with milvus_errors():
                self.client.delete(self.name, ids=list(keys[start : start + _BLOCK]), timeout=_LONG)

    def settle(self) -> None:
        """Closes the segments written last, so that they are indexed too."""
        with milvus_errors():
            self.client.flush(self.name, timeout=_LONG)

    def _upsert(self, rows: list[dict[str, Any]]) -> None:
        with milvus_errors():
            self.client.upsert(self.name, rows, timeout=_LONG)


def _level(*, newest: bool) -> dict[str, str]:
    """`Strong` waits 0.2 s until the server has all writes; `Session` until it has those of this process."""
    return {"consistency_level": "Strong" if newest else "Session"}
