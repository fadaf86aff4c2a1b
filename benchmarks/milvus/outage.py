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

from benchmarks.milvus.server import RealMilvus
from matcher.errors import IndexUnavailable
from matcher.index import SIDES, Contents
from matcher.index.exact import ExactIndex
from matcher.index.milvus.collection import Collection
from matcher.index.milvus.search import MilvusIndex
from matcher.index.milvus.server import MilvusServer
from matcher.pool.columns import People, names_of
from matcher.pool.text_vectors import Texts
from matcher.ports import Rows

BEST = 100
"""Rows that a search asks for."""
_QUERIES = 50
_SURE = 3.0
"""Seconds of whole answers after which the cluster counts as recovered."""
_PATIENCE = 30.0
"""Seconds to wait for the cluster before giving up."""

Search = Callable[[NDArray[np.int8]], Rows]
"""The nearest rows to a query, best first. Raises IndexUnavailable."""


@dataclass(frozen=True)
class Answer:
    """The outcome of one search; times in seconds from the loss of the node."""

    begun: float
    ended: float
    refused: str
    """The code of the error; empty when there was an answer."""
    share: float
    """Rows at least as near as the last one of brute force, as a share of BEST."""
    same: bool
    """Whether the rows are those of brute force, in the same order."""


class Sharding(MilvusClient):
    """Makes collections of `shards` shards. With two, Milvus answers from one of them for a while after a loss."""

    shards = 2

    def create_collection(self, *words: Any, **settings: Any) -> None:
        """As its parent."""
        super().create_collection(*words, num_shards=self.shards, **settings)


def contents_of(people: People, state: str = "") -> Contents:
    """All of `people`, in a state named after their number, or in `state`."""
    state = state or f"{len(people)}"
    return Contents("cluster", "some", state, people, lambda: state)


def random_people(number: int) -> People:
    """`number` alumni with two random vectors each and nothing else."""
    generator = np.random.default_rng(number)
    zeros: dict[str, Any] = {name: np.zeros(number, np.int64) for name in names_of(People)}
    texts = texts_of(generator.integers(-60, 61, (len(SIDES) * number, 32)).astype(np.int8))
    rows = np.split(np.arange(1, len(texts), dtype=np.int32), len(SIDES))
    sides = {f"{side}_text": own for side, own in zip(SIDES, rows, strict=True)}
    key = generator.permutation(2 * number)[:number].astype(np.int64) + 1
    return People(**zeros | sides | {"texts": texts, "key": key})


def texts_of(vectors: NDArray[np.int8]) -> Texts:
    """A text for each of these vectors, from row 1; a second encoder has read none."""
    rows = np.arange(len(vectors) + 1)
    table = np.vstack([np.zeros((1, vectors.shape[1]), np.int8), vectors])
    return Texts(rows, rows.astype(np.int32), table, np.zeros((len(rows), 0), np.int8))


def spread(server: MilvusServer, people: People, shards: int = 2) -> MilvusIndex:
    """The index over what alumni can, sent in two parts, so that both query nodes hold segments of it."""
    client = Sharding(server.url)
    client.shards = shards
    for number in (len(people) // 2, len(people)):
        contents = contents_of(people.take(np.arange(number)))
        replace(server._collection(contents, "can"), client=client).ensure(anew=True)
        server.bring(contents)
    collection = server.index(contents, "can").collection
    collection.client.release_collection(collection.name)
    collection.load()  # before this, all segments may lie on the node that wrote them
    until(lambda: len(nodes_of(collection)) == 2)
    return server.index(contents, "can")


def index_when_ready(server: MilvusServer, people: People) -> MilvusIndex:
    """The index over what alumni can, once the cluster has the nodes for all replicas: one may still be starting."""

    def brought() -> bool:
        with suppress(IndexUnavailable):
            server.bring(contents_of(people))
            return True
        return False

    until(brought)
    return server.index(contents_of(people), "can")


def nodes_of(collection: Collection) -> set[int]:
    """The query nodes that hold segments of the collection."""
    segments = collection.client.list_loaded_segments(collection.name)
    return {node for segment in segments for node in segment.node_ids}


def while_lost(
    cluster: RealMilvus, node: str, searches: Mapping[str, Search], vectors: NDArray[np.int8], least: float
) -> dict[str, list[Answer]]:
    """Searches all the time, kills the node, and goes on for `least` seconds and until answers are whole again."""
    over, lost = threading.Event(), [np.inf]
    log: dict[str, list[Answer]] = {name: [] for name in searches}
    with ThreadPoolExecutor(len(searches)) as threads:
        workers = [threads.submit(_ask, search, vectors, log[name], over) for name, search in searches.items()]

        def stopped() -> bool:
            return any(worker.done() for worker in workers)

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
        for worker in workers:
            worker.result()
    return {
        name: [replace(answer, begun=answer.begun - lost[0], ended=answer.ended - lost[0]) for answer in answers]
        for name, answers in log.items()
    }


def _ask(search: Search, vectors: NDArray[np.int8], answers: list[Answer], over: threading.Event) -> None:
    """Searches for the nearest to some of the vectors, again and again, until `over`."""
    exact = ExactIndex(vectors)
    queries = vectors[:_QUERIES]
    right = [exact.search(query, BEST) for query in queries]
    while not over.is_set():
        number = len(answers) % len(queries)
        rows, dots = right[number]
        begun, refused, nearest = time.monotonic(), "", rows[:0]
        try:
            nearest = search(queries[number])
        except IndexUnavailable as problem:
            refused = problem.code
        ended = time.monotonic()
        good = vectors[nearest].astype(np.int32) @ queries[number].astype(np.int32) >= dots[-1]
        answers.append(Answer(begun, ended, refused, np.count_nonzero(good) / BEST, nearest.tolist() == rows.tolist()))
        if refused:
            over.wait(0.02)  # some refusals take no time: there would be thousands a second


def _whole_since(answers: list[Answer], moment: float) -> bool:
    """Whether every answer since `moment` is about as complete as before the loss."""
    usual = min(answer.share for answer in answers[:_QUERIES])
    last = list(takewhile(lambda answer: answer.ended > moment, reversed(answers)))
    return bool(last) and all(not answer.refused and answer.share >= 0.9 * usual for answer in last)


def until(condition: Callable[[], object], seconds: float = _PATIENCE) -> None:
    """Waits for a condition. Raises TimeoutError after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)
