"""What every vector index must do: the same rows and the same dot products as brute force, ties included."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.milvus.outage import texts_of
from benchmarks.milvus.server import RealMilvus
from matcher.errors import IndexUnavailable
from matcher.index import MAKERS, Contents
from matcher.index.milvus.collection import connected
from matcher.index.milvus.rows import changed_rows, digests, narrowed, offers_of
from matcher.index.milvus.search import MilvusIndex, Patience
from matcher.index.milvus.server import MilvusServer
from matcher.pool.columns import People, names_of
from matcher.ports import VectorIndex

Search = tuple[np.ndarray, np.ndarray, int, np.ndarray | None]
"""Vectors, query, k and a choice of rows."""


@st.composite
def searches(draw: st.DrawFn, dimensions: tuple[int, ...] = (1, 8, 33, 256)) -> Search:
    """Vectors with duplicates and zeros, a query, k, and sometimes a choice of rows."""
    count, dimension = draw(st.integers(1, 300)), draw(st.sampled_from(dimensions))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = generator.integers(-127, 128, (count, dimension)).astype(np.int8)
    vectors[generator.random(count) < draw(st.sampled_from((0.0, 0.5, 0.95)))] = vectors[0]
    vectors[generator.random(count) < draw(st.sampled_from((0.0, 0.2)))] = 0
    query = draw(st.sampled_from((vectors[-1], -vectors[0], np.zeros(dimension, np.int8))))
    rows = np.flatnonzero(generator.random(count) < draw(st.sampled_from((0.0, 0.01, 0.5, 1.0))))
    return vectors, query, draw(st.integers(0, 310)), draw(st.sampled_from((None, rows)))


@pytest.mark.parametrize("name", MAKERS)
@given(search=searches())
def test_equals_brute_force(name: str, search: Search) -> None:
    """Same rows, same dot products, largest first, ties by row number; never more than asked or than there are."""
    vectors, query, k, rows = search
    among = np.arange(len(vectors)) if rows is None else rows
    dots = vectors[among].astype(np.int64) @ query.astype(np.int64)
    best = np.lexsort((among, -dots))[:k]
    found, found_dots = MAKERS[name](vectors).search(query, k, rows)
    assert found.tolist() == among[best].tolist()
    assert found_dots.tolist() == dots[best].tolist()


@pytest.mark.parametrize("name", MAKERS)
def test_largest_dot_product_is_exact(name: str) -> None:
    """At 1,040 dimensions of 127 the dot product is 16,774,160 < 2^24: still a whole number in float32."""
    vectors = np.full((3, 1040), 127, np.int8)
    vectors[1, 0] = 126
    _, dots = MAKERS[name](vectors).search(vectors[0], 3)
    assert dots.tolist() == [1040 * 127**2, 1040 * 127**2, 1040 * 127**2 - 127]


# ---- the same of Milvus, the real server


@pytest.fixture(scope="module")
def server(milvus: RealMilvus) -> MilvusServer:
    return MilvusServer(milvus.url, kind="flat")


_STATES = count(1)


def index_over(
    server: MilvusServer, vectors: np.ndarray, generator: np.random.Generator, encoder: str = "some"
) -> VectorIndex:
    """The index over these vectors, of people who agreed to and offer this and that; one collection a dimension."""
    state = f"state {next(_STATES)}"
    people = some_people(len(vectors), generator, vectors)
    return server.index(Contents("contract", f"{encoder}{vectors.shape[1]}", state, people, lambda: state), "can")


@given(search=searches(dimensions=(33, 256)), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_milvus_equals_brute_force(server: MilvusServer, search: Search, seed: int) -> None:
    """With its flat index: brought from whatever it held before, narrowed by what the rows have in common."""
    vectors, query, k, rows = search
    among = np.arange(len(vectors)) if rows is None else rows
    dots = vectors[among].astype(np.int64) @ query.astype(np.int64)
    best = np.lexsort((among, -dots))[:k]
    index = index_over(server, vectors, np.random.default_rng(seed))
    found, found_dots = index.search(query, k, rows)
    assert index.exact
    assert found.tolist() == among[best].tolist()
    assert found_dots.tolist() == dots[best].tolist()


def test_milvus_narrows_and_leaves_the_others_out(server: MilvusServer) -> None:
    """Among 4,000 of whom a quarter agreed and of those half may be found: the best of these, and nobody else."""
    generator = np.random.default_rng(5)
    vectors = generator.integers(-60, 61, (4000, 33)).astype(np.int8)
    index = index_over(server, vectors, generator)
    assert isinstance(index, MilvusIndex)
    people = index.contents.people
    rows = np.flatnonzero((people.consents & 1 != 0) & (offers_of(people) & 1 != 0) & (people.paused_until <= 100))
    rows = rows[::2]
    dots = vectors[rows].astype(np.int64) @ vectors[7].astype(np.int64)
    best = np.lexsort((rows, -dots))[:20]
    found, _ = index.search(vectors[7], 20, rows)
    assert found.tolist() == rows[best].tolist()


def test_an_approximate_index_says_so(milvus: RealMilvus) -> None:
    """IVF gives rows that were asked for with their own dot products, best first, and does not claim more."""
    generator = np.random.default_rng(6)
    vectors = generator.integers(-60, 61, (3000, 33)).astype(np.int8)
    index = index_over(MilvusServer(milvus.url, kind="ivf"), vectors, generator)
    rows = np.arange(0, 3000, 2)
    found, dots = index.search(vectors[8], 100, rows)
    assert not index.exact
    assert len(found) == 100
    assert not set(found.tolist()) - set(rows.tolist())
    assert dots.tolist() == sorted((vectors[found].astype(np.int64) @ vectors[8].astype(np.int64)).tolist())[::-1]
    exact = np.argsort(-(vectors[rows].astype(np.int64) @ vectors[8].astype(np.int64)))[:100]
    assert len(set(found.tolist()) & set(rows[exact].tolist())) > 70


def test_a_lost_collection_is_told_and_can_be_made_again(milvus: RealMilvus) -> None:
    """Somebody drops it: the error says that a build is needed; made again, the same index works on."""
    generator = np.random.default_rng(9)
    vectors = generator.integers(-60, 61, (200, 33)).astype(np.int8)
    server = MilvusServer(milvus.url, kind="flat", patience=Patience(seconds=0.5, rest=0.0))
    index = index_over(server, vectors, generator, encoder="lost")
    assert isinstance(index, MilvusIndex)
    expected = index.search(vectors[3], 5)[0].tolist()
    connected(milvus.url, "").drop_collection(index.collection.name)
    with pytest.raises(IndexUnavailable) as problem:
        index.search(vectors[3], 5)
    assert problem.value.code == "index_incomplete"
    MilvusServer(milvus.url, kind="flat").index(index.contents, "can")
    assert index.search(vectors[3], 5)[0].tolist() == expected


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(0, 2**60 - 1))
def test_what_rows_have_in_common_holds_of_each(seed: int, number: int, mask: int) -> None:
    """An expression never leaves out one of the rows that it is made from."""
    people = some_people(number, np.random.default_rng(seed), np.zeros((number, 2), np.int8))
    rows = np.array([row for row in range(number) if mask >> row & 1] or [number - 1])
    narrowing = narrowed(people, rows)
    assert narrowing.holds.shape == (number,)
    assert narrowing.holds[rows].all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40))
def test_changes_between_two_states_are_all_found(seed: int, before: int, after: int) -> None:
    """Who was added, removed or changed, by comparing columns: the same as by comparing digests."""
    generator = np.random.default_rng(seed)
    one = some_people(before, generator, generator.integers(-1, 2, (before, 2)).astype(np.int8))
    other = some_people(after, generator, generator.integers(-1, 2, (after, 2)).astype(np.int8))
    held = dict(zip(one.key.tolist(), digests(one, one.can, np.arange(before)).tolist(), strict=True))
    wanted = dict(zip(other.key.tolist(), digests(other, other.can, np.arange(after)).tolist(), strict=True))
    send, gone = changed_rows(one, other, "can")
    assert set(other.key[send].tolist()) == {key for key, digest in wanted.items() if held.get(key) != digest}
    assert set(gone) == set(held) - set(wanted)


def some_people(number: int, generator: np.random.Generator, vectors: np.ndarray) -> People:
    """People with random consents, offers, schools and pauses; nothing else of them is known."""
    zeros: dict[str, object] = {name: np.zeros(number, np.int64) for name in names_of(People)}
    return People(**zeros | {  # type: ignore[arg-type]
        "key": generator.permutation(2 * number)[:number].astype(np.int64) + 1,
        "school": generator.integers(1, 4, number),
        "consents": generator.integers(0, 1 << 12, number).astype(np.int16),
        "offers": generator.integers(-1, 4, number).astype(np.int16),
        "paused_until": generator.choice([0, 0, 100, 200], number).astype(np.int32),
        "texts": texts_of(vectors),
        "can_text": np.arange(1, number + 1, dtype=np.int32),
        "wants_text": np.arange(1, number + 1, dtype=np.int32),
    })  # fmt: skip
