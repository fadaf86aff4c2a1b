"""One search by Milvus beside ours, over the same alumni and the same eligible rows, in turns, in one run.

    .venv/bin/pip install -c constraints.txt -e '.[milvus,milvus-test]'
    PYTHONPATH=. .venv/bin/python benchmarks/milvus/search.py --alumni 100000
    PYTHONPATH=. .venv/bin/python benchmarks/milvus/search.py --alumni 100000 --url http://milvus:19530  # yours

Without `--url` it starts the server that the tests start too, on loopback. A search of ours counts what the server
holds before and after, to see whether anyone was missed: the time includes it, and it is printed apart too. Recall is
against the exact 500.
"""

from __future__ import annotations

import argparse
import time
from contextlib import nullcontext

import numpy as np

from api.wiring import one_thread_each
from benchmarks.milvus.server import milvus_server
from benchmarks.scale.pools import TODAY, app_with, stored
from matcher.domain.records import RecordKind
from matcher.index import Contents
from matcher.index.faiss import FaissIndex
from matcher.index.milvus.server import MilvusServer
from matcher.matching import ranking
from matcher.matching.question import Question


def sample_queries(app, number):  # type: ignore[no-untyped-def]
    """Vectors and eligible rows of requests of the sample, those compared with what alumni can."""
    found = []
    for request in sorted(stored(app.store, RecordKind.REQUESTS), key=lambda one: one.request_id):
        pairs = Question(request, TODAY).candidates(app.engine.current.pool()).visible
        eligible = ranking.apply_rules(pairs).pairs
        vector = pairs.demands.vector[pairs.query]
        if len(eligible) >= 100 and vector.any() and ranking.side_of(pairs.demands, pairs.query) == "can":
            found.append((vector, eligible.rows))
    return found[:: max(1, len(found) // number)][:number]


def main() -> None:
    """Sends, asks in turns, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alumni", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--url")
    given = parser.parse_args()
    one_thread_each()
    app = app_with(given.alumni)
    pool = app.engine.current.pool()
    asked = sample_queries(app, given.queries)
    sizes = [len(rows) for _, rows in asked]
    print(f"{given.alumni} alumni, {len(asked)} queries, eligible: median {int(np.median(sizes))}")
    with nullcontext() if given.url else milvus_server() as started:
        url = given.url or started.url
        indexes = {"FaissIndex": FaissIndex(pool.people.can)}
        for kind in ("flat", "ivf"):
            contents = Contents(
                f"benchmark {kind}", app.engine.vectors.encoder.id, pool.origin, pool.people, lambda: pool.origin
            )
            server = MilvusServer(url, kind=kind)  # type: ignore[arg-type]
            begun = time.perf_counter()
            server.bring(contents)
            sent = time.perf_counter() - begun
            begun = time.perf_counter()
            server.bring(contents)
            print(f"{kind}: sent both sides in {sent:.1f} s; again, nothing to do: {time.perf_counter() - begun:.1f} s")
            indexes[f"Milvus {kind}"] = server.index(contents, "can")
            if kind == "flat":
                indexes["Milvus flat, count alone"] = indexes["Milvus flat"]
        report(asked, indexes, given.rounds)


def report(asked, indexes, rounds) -> None:  # type: ignore[no-untyped-def]
    """Times in turns, and the recall of 500 against the exact."""
    times = {name: [] for name in indexes}
    hits = {name: [] for name in indexes}
    dice = np.random.default_rng(3)
    for _ in range(rounds + 1):
        for vector, rows in asked:
            exact = set(indexes["FaissIndex"].search(vector, 500, rows)[0].tolist())
            for name in dice.permutation(list(indexes)).tolist():
                begun = time.perf_counter()
                if name.endswith("alone"):
                    indexes[name].collection.count("key > 0")
                else:
                    found = set(indexes[name].search(vector, 500, rows)[0].tolist())
                    hits[name].append(len(found & exact) / len(exact))
                times[name].append(1000 * (time.perf_counter() - begun))
    print("| best 500 of the eligible | p50 ms | p95 ms | recall |\n|---|---|---|---|")
    for name in indexes:
        warm = times[name][len(asked) :]
        recall = f"{np.mean(hits[name]):.3f}" if hits[name] else ""
        print(f"| {name} | {np.median(warm):.2f} | {np.percentile(warm, 95):.2f} | {recall} |")


if __name__ == "__main__":
    main()
