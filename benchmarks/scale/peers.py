"""Searches for the nearest vectors, ours and those of FAISS, NumPy, hnswlib and usearch, for `rankings.py`."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from matcher.index.exact import ExactIndex
from matcher.index.faiss import FaissIndex

K = 10
"""So many are looked for."""
Search = Callable[[np.ndarray], Any]
"""From a query to the rows of the nearest."""


def timed(work: Callable[[], object]) -> tuple[float, Any]:
    """Milliseconds and result."""
    began = time.perf_counter()
    result = work()
    return 1000 * (time.perf_counter() - began), result


def worked(work: Callable[[], object]) -> tuple[float, Any]:
    """Milliseconds of processor of this thread, which others on the machine do not add to, and result."""
    began = time.thread_time()
    result = work()
    return 1000 * (time.thread_time() - began), result


def searches(vectors: np.ndarray, *, peers: bool, folder: Path | None) -> dict[str, tuple[Search, float, str]]:
    """Name to (search for ten, seconds to build, what it holds); graphs of peers are kept in `folder`."""
    made: dict[str, tuple[Search, float, str]] = {}

    def add(name: str, build: Callable[[], Search], holds: str) -> None:
        took, found = timed(build)
        made[name] = (found, took / 1000, holds)

    count = len(vectors)
    add("ours: FaissIndex", lambda: partial(_ours, FaissIndex(vectors)), "int8, a copy")
    add("ours: ExactIndex", lambda: partial(_ours, ExactIndex(vectors)), "int8, no copy")
    add("FAISS int8, as it is", partial(_int8, vectors), "int8, a copy")
    if count <= 1_000_000:
        add("FAISS flat", partial(_flat, vectors), "float32")
    if count <= 1_000_000:
        add("FAISS IVF,SQ8 nprobe 32", partial(_ivf, vectors), "8 bit")
    if count <= 100_000:
        add("numpy, float32", partial(_numpy, vectors), "float32")
    if peers:
        for name, build, holds in (
            ("hnswlib, ef 128", _hnswlib, "float32 and graph"),
            ("usearch f16, ef 128", _usearch, "float16 and graph"),
        ):
            built, search = _graph(name, build, vectors, folder)
            made[name] = (search, built, holds)
    return made


def _graph(
    name: str, build: Callable[[np.ndarray, Path], Search], vectors: np.ndarray, folder: Path | None
) -> tuple[float, Search]:
    """Seconds that the graph took to build, now or when it was put in the folder, and its search."""
    digest = hashlib.blake2b(np.ascontiguousarray(vectors), digest_size=8).hexdigest()
    with tempfile.TemporaryDirectory() as passing:
        path = (folder or Path(passing)) / f"{name.split(maxsplit=1)[0].strip(',')}-{digest}"
        took = path.with_suffix(".json")
        if took.exists():
            return float(json.loads(took.read_text())["build_s"]), build(vectors, path)
        spent, search = timed(lambda: build(vectors, path))
        took.write_text(json.dumps({"build_s": spent / 1000}))
        return spent / 1000, search


def _ours(index: Any, query: np.ndarray) -> np.ndarray:
    return np.asarray(index.search(query, K)[0])


def _int8(vectors: np.ndarray) -> Search:
    """The index inside ours, without what we add: ties, and the order of equals."""
    quantizer = faiss.ScalarQuantizer.QT_8bit_direct_signed
    index = faiss.IndexScalarQuantizer(vectors.shape[1], quantizer, faiss.METRIC_INNER_PRODUCT)
    index.is_trained = True
    for start in range(0, len(vectors), 65_536):
        index.add_sa_codes((vectors[start : start + 65_536].astype(np.int16) + 128).astype(np.uint8))
    return lambda query: index.search(query.astype(np.float32)[None], K)[1][0]


def _flat(vectors: np.ndarray) -> Search:
    index = faiss.IndexFlatIP(vectors.shape[1])
    for start in range(0, len(vectors), 65_536):
        index.add(vectors[start : start + 65_536].astype(np.float32))
    return lambda query: index.search(query.astype(np.float32)[None], K)[1][0]


def _ivf(vectors: np.ndarray) -> Search:
    cells = int(4 * np.sqrt(len(vectors)))
    index = faiss.index_factory(vectors.shape[1], f"IVF{cells},SQ8", faiss.METRIC_INNER_PRODUCT)
    dice = np.random.default_rng(1)
    index.train(
        vectors[np.sort(dice.choice(len(vectors), min(len(vectors), 50 * cells), replace=False))].astype(np.float32)
    )
    for start in range(0, len(vectors), 65_536):
        index.add(vectors[start : start + 65_536].astype(np.float32))
    index.nprobe = 32
    return lambda query: index.search(query.astype(np.float32)[None], K)[1][0]


def _numpy(vectors: np.ndarray) -> Search:
    floats = vectors.astype(np.float32)

    def search(query: np.ndarray) -> np.ndarray:
        dots = floats @ query.astype(np.float32)
        best = np.argpartition(-dots, K)[:K]
        return np.asarray(best[np.argsort(-dots[best])])

    return search


def _hnswlib(vectors: np.ndarray, path: Path) -> Search:
    import hnswlib

    index = hnswlib.Index("ip", vectors.shape[1])
    if path.exists():
        index.load_index(str(path))
    else:
        index.init_index(len(vectors), ef_construction=200, M=32)
        index.add_items(vectors.astype(np.float32))
        index.save_index(str(path))
    index.set_ef(128)
    index.set_num_threads(1)
    return lambda query: index.knn_query(query.astype(np.float32), K)[0][0]


def _usearch(vectors: np.ndarray, path: Path) -> Search:
    from usearch.index import Index

    index = Index(ndim=vectors.shape[1], metric="ip", dtype="f16", connectivity=32, expansion_search=128)
    if path.exists():
        index.load(str(path))
    else:
        for start in range(0, len(vectors), 65_536):
            block = vectors[start : start + 65_536]
            index.add(np.arange(start, start + len(block)), block.astype(np.float32))
        index.save(str(path))
    return lambda query: index.search(query.astype(np.float32), K).keys
