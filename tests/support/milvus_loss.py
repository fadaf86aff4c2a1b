"""A cluster that loses a query node: what is answered meanwhile, asked again and again, beside brute force."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymilvus import MilvusClient

from matcher.errors import IndexUnavailable
from matcher.index import SIDES, Contents
from matcher.index.exact import ExactIndex
from matcher.index.milvus.collection import Collection
from matcher.index.milvus.search import MilvusIndex
from matcher.index.milvus.server import MilvusServer
from matcher.pool.columns import People, names_of
from matcher.ports import Rows
from tests.support.cluster import until
from tests.support.milvus import RealMilvus

BEST = 100
"""So many are asked for."""
_QUERIES = 50
_SURE = 3.0
"""Seconds without a gap after which all is well again."""

Search = Callable[[NDArray[np.int8]], Rows]
"""The rows that are found for a query, best first. Raises IndexUnavailable."""


@dataclass(frozen=True)
class Answer:
    """What became of one question; times in seconds from the loss."""

    begun: float
    ended: float
    refused: str
    """The code of the error, or nothing."""
    share: float
    """Of what brute force finds, how much came back; who is as good counts too."""
    same: bool
    """The very rows of brute force, in that order."""


class Sharding(MilvusClient):
    """Makes collections of so many shards. Of two, Milvus gives out a half for a while after a loss."""

    shards = 2

    def create_collection(self, *words: Any, **settings: Any) -> None:
        """As its parent."""
        super().create_collection(*words, num_shards=self.shards, **settings)


def contents_of(people: People, state: str = "") -> Contents:
    """Everybody in the state that has so many, or in another."""
    state = state or f"{len(people)}"
    return Contents("cluster", "some", state, people, lambda: state)


def somebody(number: int) -> People:
    """So many of whom nothing is known but two random vectors."""
    generator = np.random.default_rng(number)
    zeros: dict[str, Any] = {name: np.zeros(number, np.int64) for name in names_of(People)}
    vectors = {side: generator.integers(-60, 61, (number, 32)).astype(np.int8) for side in SIDES}
    return People(**zeros | vectors | {"key": generator.permutation(2 * number)[:number].astype(np.int64) + 1})


def spread(server: MilvusServer, people: People, shards: int = 2) -> MilvusIndex:
    """The index over what everybody can, brought in two turns, with segments on both query nodes."""
    client = Sharding(server.url)
    client.shards = shards
    for number in (len(people) // 2, len(people)):
        contents = contents_of(people.take(np.arange(number)))
        replace(server._collection(contents, "can"), client=client).ensure(anew=True)
        server.bring(contents)
    collection = server.index(contents, "can").collection
    collection.client.release_collection(collection.name)
    collection.load()  # until now all may lie where it was written
    until(lambda: len(nodes_of(collection)) == 2)
    return server.index(contents, "can")


def held_with(server: MilvusServer, people: People) -> MilvusIndex:
    """The same, as soon as the cluster has the nodes for all replicas: one may be coming back."""

    def brought() -> bool:
        with suppress(IndexUnavailable):
            server.bring(contents_of(people))
            return True
        return False

    until(brought)
    return server.index(contents_of(people), "can")


def nodes_of(collection: Collection) -> set[int]:
    """The query nodes that have segments of it."""
    held = collection.client.list_loaded_segments(collection.name)
    return {node for segment in held for node in segment.node_ids}


def while_lost(
    cluster: RealMilvus, node: str, searches: Mapping[str, Search], vectors: NDArray[np.int8], least: float
) -> dict[str, list[Answer]]:
    """Asks by each of these searches, kills the node, and goes on for `least` seconds and until all is well again."""
    over, lost = threading.Event(), [np.inf]
    log: dict[str, list[Answer]] = {name: [] for name in searches}
    with ThreadPoolExecutor(len(searches)) as threads:
        asking = [threads.submit(_ask, search, vectors, log[name], over) for name, search in searches.items()]

        def stopped() -> bool:
            return any(one.done() for one in asking)

        def well() -> bool:
            now = time.monotonic()
            return now > lost[0] + least and all(_whole_since(answers, now - _SURE) for answers in log.values())

        try:
            until(lambda: stopped() or min(map(len, log.values())) > _QUERIES)
            cluster.lose(node)
            lost[0] = time.monotonic()
            until(lambda: stopped() or well(), least + 90)
        finally:
            over.set()
        for one in asking:
            one.result()
    return {
        name: [replace(one, begun=one.begun - lost[0], ended=one.ended - lost[0]) for one in answers]
        for name, answers in log.items()
    }


def _ask(search: Search, vectors: NDArray[np.int8], answers: list[Answer], over: threading.Event) -> None:
    """Asks for who is like each of some, again and again."""
    exact = ExactIndex(vectors)
    queries = vectors[:_QUERIES]
    right = [exact.search(query, BEST) for query in queries]
    while not over.is_set():
        number = len(answers) % len(queries)
        rows, dots = right[number]
        begun, refused, found = time.monotonic(), "", rows[:0]
        try:
            found = search(queries[number])
        except IndexUnavailable as problem:
            refused = problem.code
        ended = time.monotonic()
        good = vectors[found].astype(np.int32) @ queries[number].astype(np.int32) >= dots[-1]
        answers.append(Answer(begun, ended, refused, np.count_nonzero(good) / BEST, found.tolist() == rows.tolist()))
        if refused:
            over.wait(0.02)  # some refusals take no time: there would be thousands a second


def _whole_since(answers: list[Answer], moment: float) -> bool:
    """Whether, since a moment, all is answered about as it was before the loss."""
    usual = min(one.share for one in answers[:_QUERIES])
    last = list(takewhile(lambda one: one.ended > moment, reversed(answers)))
    return bool(last) and all(not one.refused and one.share >= 0.9 * usual for one in last)
