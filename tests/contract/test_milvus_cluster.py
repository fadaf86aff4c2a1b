"""A real cluster of Milvus that loses one of its two query nodes: a part is never given out as the whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.milvus.outage import (
    BEST,
    Answer,
    contents_of,
    index_when_ready,
    nodes_of,
    random_people,
    spread,
    texts_of,
    while_lost,
)
from benchmarks.milvus.server import RealMilvus
from matcher.errors import IndexUnavailable
from matcher.index.exact import ExactIndex
from matcher.index.milvus.search import MilvusIndex, Patience
from matcher.index.milvus.server import MilvusServer
from matcher.pool.columns import People

pytestmark = pytest.mark.long
MANY = 10_000
LEAST = 12.0
"""Seconds for which is asked after a loss, which the cluster notices after three."""


@pytest.fixture(scope="module")
def people(cluster: RealMilvus) -> People:
    """Everybody, in a collection for each side, with one replica and segments on both query nodes."""
    made = random_people(MANY)
    spread(server_of(cluster, 1), made)
    return made


def server_of(cluster: RealMilvus, replicas: int) -> MilvusServer:
    """One that refuses at once, so that every answer of the cluster is judged."""
    hasty = Patience(seconds=0.0, again_after=0.0, rest=0.0)
    return MilvusServer(cluster.url, kind="flat", replicas=replicas, patience=hasty)


def as_by_brute_force(index: MilvusIndex) -> bool:
    vectors = index.contents.people.can
    found, right = (each.search(vectors[7], BEST) for each in (index, ExactIndex(vectors)))
    return all(np.array_equal(one, other) for one, other in zip(found, right, strict=True))


@contextmanager
def lost(cluster: RealMilvus, node: str, index: MilvusIndex) -> Iterator[list[Answer]]:
    """What became of every question until all was well again without this node, which is back afterwards."""
    vectors = index.contents.people.can
    try:
        yield while_lost(cluster, node, {"": lambda query: index.search(query, BEST)[0]}, vectors, LEAST)[""]
    finally:
        cluster.bring_back(node)


def test_with_one_replica_a_lost_node_costs_answers_but_none_is_wrong(cluster: RealMilvus, people: People) -> None:
    """Right or refused, at whichever moment; refused for a while, then right again without anybody's help."""
    index = index_when_ready(server_of(cluster, 1), people)
    assert index.exact
    assert len(nodes_of(index.collection)) == 2
    with lost(cluster, "querynode-2", index) as answers:
        refused = [one for one in answers if one.refused]
        assert all(one.same for one in answers if not one.refused)
        assert {one.refused for one in refused} in ({"index_unreachable"}, {"index_unreachable", "index_incomplete"})
        assert 0 < max(one.ended for one in refused) < answers[-1].begun


def test_another_number_of_replicas_is_told_until_they_are_loaded_anew(cluster: RealMilvus, people: People) -> None:
    """For one replica proves what two do not; an erasure is proven whatever there are."""
    index_when_ready(server_of(cluster, 1), people)
    other = server_of(cluster, 2)
    with pytest.raises(IndexUnavailable) as problem:
        other.index(contents_of(people), "can")
    assert problem.value.code == "index_replicas"
    nobody = int(np.setdiff1d(np.arange(1, 2 * MANY), people.key)[0])
    assert other.forget("cluster", [nobody]) == []
    index = index_when_ready(server_of(cluster, 2), people)
    assert as_by_brute_force(index)
    assert not index.exact
    with pytest.raises(IndexUnavailable) as problem:
        server_of(cluster, 1).index(contents_of(people), "can")
    assert problem.value.code == "index_replicas"


def test_with_two_replicas_one_is_enough(cluster: RealMilvus, people: People) -> None:
    """No large part is missing from an answer; who comes new finds all, and what changes now is followed."""
    index = index_when_ready(server_of(cluster, 2), people)
    with lost(cluster, "querynode-1", index) as answers:
        assert all(one.share > 0.8 for one in answers if not one.refused)
        assert answers[-1].same
        fresh = server_of(cluster, 2)
        assert as_by_brute_force(fresh.index(contents_of(people), "can"))
        turned = people.can[:]
        turned[:50] *= -1
        other = replace(people, texts=texts_of(turned), can_text=people.can_text.copy())
        changed = fresh.index(contents_of(other, "changed"), "can")
        assert as_by_brute_force(changed)
