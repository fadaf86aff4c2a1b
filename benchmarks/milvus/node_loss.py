"""What a cluster of Milvus answers while one of its two query nodes is killed: by Milvus itself, and by ours.

    .venv/bin/pip install -c constraints.txt -e '.[milvus,milvus-test]'    # and etcd: Debian has it in etcd-server
    PYTHONPATH=. .venv/bin/python benchmarks/milvus/node_loss.py                # six minutes
    PYTHONPATH=. .venv/bin/python benchmarks/milvus/node_loss.py --ttl 3        # as in the tests

The cluster is the one that the tests start too, on loopback. Each way searches all the time; `ours, no patience` tries
once where `ours` tries again for five seconds. A part is a list with less of the best hundred than nine tenths of the
poorest list before the loss: lists of `ivf` vary.
"""

from __future__ import annotations

import argparse

import numpy as np

from api.wiring import one_thread_each
from benchmarks.milvus.outage import BEST, contents_of, index_when_ready, random_people, spread, while_lost
from benchmarks.milvus.server import milvus_cluster
from matcher.index.milvus.search import Patience
from matcher.index.milvus.server import MilvusServer


def main() -> None:
    """For each kind: one replica, and then two; a node is killed each time and brought back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alumni", type=int, default=20_000)
    parser.add_argument("--ttl", type=int, default=30, help="seconds after which Milvus misses a node; it has 30")
    parser.add_argument("--shards", type=int, default=2, help="of each collection; the product makes one")
    given = parser.parse_args()
    one_thread_each()
    people = random_people(given.alumni)
    print(f"{given.alumni} alumni, {given.shards} shards, a lost node is missed after {given.ttl} s")
    print(
        "| kind, replicas | who is asked | answers | refused, s after the loss | parts, s after the loss | longest s |"
    )
    print("|---|---|---|---|---|---|")
    with milvus_cluster(given.ttl) as cluster:
        for kind in ("flat", "ivf"):
            for replicas in (1, 2):
                server = MilvusServer(cluster.url, kind=kind, replicas=replicas)  # type: ignore[arg-type]
                if replicas == 1:
                    spread(server, people, given.shards)
                node = f"querynode-{replicas}"
                log = while_lost(cluster, node, searches(server, people), people.can[:], given.ttl + 15.0)
                for name, answers in log.items():
                    report(f"{kind}, {replicas}", name, answers)
                cluster.bring_back(node)


def searches(server, people):  # type: ignore[no-untyped-def]
    """The ways to ask."""
    index = index_when_ready(server, people)
    hasty = MilvusServer(server.url, kind=server.kind, replicas=server.replicas, patience=Patience(0.0, 0.0, 0.0))
    once = hasty.index(contents_of(people), "can")
    order = np.argsort(people.key)

    def bare(query):  # type: ignore[no-untyped-def]
        keys, _ = once.collection.search(query.astype(np.float32), BEST, "key > 0", 1 / 16)
        return order[np.searchsorted(people.key, keys, sorter=order)]

    return {
        "Milvus itself": bare,
        "ours, no patience": lambda query: once.search(query, BEST)[0],
        "ours": lambda query: index.search(query, BEST)[0],
    }


def report(what, name, answers):  # type: ignore[no-untyped-def]
    """One row."""
    least = 0.9 * min(one.share for one in answers if one.ended < 0)
    refused = [one for one in answers if one.refused]
    parts = [one for one in answers if not one.refused and one.ended > 0 and one.share < least]
    held = f", {min(one.share for one in parts):.0%} to {max(one.share for one in parts):.0%}" if parts else ""
    longest = max(one.ended - one.begun for one in answers if not one.refused)
    print(f"| {what} | {name} | {len(answers)} | {span(refused)} | {span(parts)}{held} | {longest:.1f} |", flush=True)


def span(answers):  # type: ignore[no-untyped-def]
    """How many, from the first to the last."""
    if not answers:
        return "none"
    return f"{len(answers)}: {min(one.begun for one in answers):.1f} to {max(one.ended for one in answers):.1f}"


if __name__ == "__main__":
    main()
