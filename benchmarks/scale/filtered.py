"""Our exact list beside filtered searches of databases: DuckDB (every row) and LanceDB (every row, its own filter).

    .venv/bin/pip install duckdb lancedb
    .venv/bin/python benchmarks/scale/filtered.py --alumni 100000

Ours applies all rules, scores by all signals and takes the best ten (no cards, sentences or log). The databases are
asked for less: the ten nearest vectors among those who offer the role, agree and are not paused. In turns, in random
order, each on one thread; milliseconds on the clock, and of processor.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ |= {"LANCE_CPU_THREADS": "1", "TOKIO_WORKER_THREADS": "1", "RAYON_NUM_THREADS": "1"}

import numpy as np
import pyarrow as pa
from pools import app_with
from rankings import best_of, sampled_requests

from api.wiring import one_thread_each
from matcher import kernel
from matcher.matching.rules.no_consent import BIT_OF_KIND
from matcher.pool import Pool
from matcher.pool.columns import day_number

K = 10


def table_of(pool: Pool) -> pa.Table:
    """What the databases hold: row, vector, and what they filter by."""
    people, vectors = pool.people, pool.people.can[:].astype(np.float32)
    flat = pa.array(vectors.ravel())
    columns = {
        "row": pa.array(np.arange(len(people))),
        "vector": pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1]),
    }
    columns["paused_until"] = pa.array(people.paused_until)
    for name, known in (("offers", people.offers >= 0), ("consents", True)):
        bits = getattr(people, name)
        columns |= {f"{name}_{bit}": pa.array(known & (bits >> bit & 1 == 1)) for bit in range(15)}
    return pa.table(columns)


def condition(pool: Pool, row: int, today: int) -> str:
    """What the databases filter by for a request, in SQL; LanceDB takes no bits together, so each has a column."""
    kind = int(pool.requests.kind[row])
    return f"offers_{kind} AND consents_{int(BIT_OF_KIND[kind]).bit_length() - 1} AND paused_until <= {today}"


def duckdb_search(table: pa.Table) -> Callable[[np.ndarray, str], list[int]]:
    """All rows, by its own vectorised product."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.register("source", table)
    width = table.schema.field("vector").type.list_size
    made = f"SELECT * REPLACE (vector::FLOAT[{width}] AS vector) FROM source"  # noqa: S608 - made here
    connection.execute(f"CREATE TABLE people AS {made}")

    def search(vector: np.ndarray, where: str) -> list[int]:
        product = f"array_inner_product(vector, ?::FLOAT[{width}])"
        sql = f"SELECT row FROM people WHERE {where} ORDER BY {product} DESC LIMIT {K}"  # noqa: S608 - made here
        return [one for (one,) in connection.execute(sql, [vector.tolist()]).fetchall()]

    return search


def lancedb_search(table: pa.Table, folder: Path) -> Callable[[np.ndarray, str], list[int]]:
    """All rows that meet the filter, which is applied first."""
    import lancedb

    held = lancedb.connect(str(folder)).create_table("people", table)

    def search(vector: np.ndarray, where: str) -> list[int]:
        asked = held.search(vector).distance_type("dot").where(where, prefilter=True).limit(K).select(["row"])
        return [int(one) for one in asked.to_arrow()["row"].to_pylist()]

    return search


def spent(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Milliseconds on the clock and of processor, and the result."""
    began, busy = time.perf_counter(), time.process_time()
    result = work()
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - busy), result


def measure(alumni: int, queries: int, rounds: int, folder: Path) -> None:
    """Prints a line for each contender."""
    one_thread_each()
    app = app_with(alumni, None)
    pool, today = app.engine.current.pool(), day_number(app.clock.today())
    asked, best, table = sampled_requests(app, queries), best_of(app), table_of(pool)
    searches = {"DuckDB": duckdb_search(table), "LanceDB": lancedb_search(table, folder)}
    ours = f"rules and exact top 10 ({kernel.name()})"
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in (ours, *searches)}
    agree, dice = [], np.random.default_rng(5)
    for turn in range((rounds + 1) * len(asked)):
        _, _, row = asked[turn % len(asked)]
        vector = pool.requests.vector[row].astype(np.float32)
        work: dict[str, Callable[[], Any]] = {ours: partial(best, row)}
        for name, search in searches.items():
            work[name] = partial(search, vector, condition(pool, row, today))
        answers = {}
        for name in dice.permutation(list(work)).tolist():
            wall, busy, answers[name] = spent(work[name])
            if turn >= len(asked):  # the first round warms the caches
                times[name].append((wall, busy))
        dots = [sorted(pool.people.can[np.array(answers[one])].astype(int) @ vector.astype(int)) for one in searches]
        agree.append(dots[0] == dots[1])
    print(f"{alumni:,} alumni; both databases found equally near ones: {all(agree)}")
    for name, both in times.items():
        walls, busy = np.array(both).T
        print(
            f"{name:32} p50 {np.median(walls):8.2f} p99 {np.percentile(walls, 99):8.2f}"
            f"  processor p50 {np.median(busy):8.2f} ms"
        )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alumni", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(given.alumni, given.queries, given.rounds, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
