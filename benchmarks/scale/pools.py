"""Pools of any size from the statistics of the sample region, in memory, without texts: for the benchmarks of scale.

Each alumnus is a random one of the sample with a key and a place in the order of its own. Each vector is that of the
sample plus noise, rounded again: distributed as real vectors are, and with less to hold on to. The first copies of the
alumni of the sample have texts in common as these have, the second ones too, and so on; two copies of an alumnus never
do, on cards neither. Requests and courses are the sample's. Everything follows from the seed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from api.wiring import FixedClock
from matcher.domain.records import Record, RecordKind
from matcher.engine import open_engine
from matcher.policy import COMMAND_LINE
from matcher.pool import OfPeople, Pool
from matcher.pool.codes import asked_skills
from matcher.pool.columns import (
    TEXT_COLUMNS,
    Conflicts,
    Demands,
    FirstPlaces,
    Int64,
    Ledger,
    People,
    Ragged,
    with_small_columns,
)
from matcher.pool.concepts import partly_covering
from matcher.pool.recode import with_texts_in_order
from matcher.pool.text_vectors import Texts
from matcher.ports import Int8Matrix, Store, VectorScale
from matcher.repositories import Records
from matcher.repositories.people import RecordTable
from matcher.services import imports
from matcher.services.app import App, WithoutEngine
from matcher.store.sql_store import SqlStore
from models.encoder import opened
from models.meaning import MeaningEncoder
from models.quantise import canonical

ROOT = Path(__file__).parents[2]
TODAY = date(2027, 3, 1)
NOISE = 0.3
"""Length of the noise on a unit vector: the cosine with the original is about 0.96."""
_BLOCK = 65_536


class Sampled(SqlStore):
    """The database of the sample, which answers for the alumni of a pool made of it."""

    pool: Pool
    source: Int64

    def origin(self) -> str:
        """That of the pool: it is always the newest."""
        return self.pool.origin if hasattr(self, "pool") else super().origin()

    @contextmanager
    def read(self) -> Iterator[Records]:
        """The sample's records, found by the keys of the pool too."""
        with super().read() as records:
            if hasattr(self, "pool"):
                records.records = SampledRecords(records.records, self)  # type: ignore[assignment]
            yield records


class SampledRecords:
    """The sample's table of records, whose alumni are found by the keys of the pool."""

    def __init__(self, table: RecordTable, store: Sampled) -> None:
        self._table, self._store = table, store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def by_key(self, kind: RecordKind, keys: Sequence[int], *, consents: bool = True) -> dict[int, Record]:
        """The sample's records under the keys of the pool; one query, as always."""
        if kind is not RecordKind.ALUMNI:
            return self._table.by_key(kind, keys, consents=consents)
        rows = self._store.pool.person_row
        sources = [int(self._store.source[rows[key]]) for key in keys]
        records = self._table.by_key(kind, sources, consents=consents)
        return {key: replace(records[source], key=key) for key, source in zip(keys, sources, strict=True)}  # type: ignore[type-var]


def stored(store: Store, kind: RecordKind) -> list[Any]:
    """Every record of a kind, by key."""
    with store.read() as records:
        return list(records.records.stream(kind))


def sample_store(folder: Path) -> Sampled:
    """The sample region in a database in this folder, imported once."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Sampled(f"sqlite:///{folder / 'sample.db'}", FixedClock(TODAY))
    store.migrate()
    if not stored(store, RecordKind.ALUMNI):
        for kind in (RecordKind.REQUESTS, RecordKind.OFFERINGS, RecordKind.ALUMNI):
            (path,) = (ROOT / "data" / "sample").glob(f"{kind.value}.*")
            imports.import_records(WithoutEngine(store, FixedClock(TODAY)), COMMAND_LINE, path, kind)
    return store


def app_with(alumni: int, folder: Path | None = None, seed: int = 7, *, meaning: bool = False, **settings: Any) -> App:
    """An app over a pool of so many alumni; `folder` keeps the sample's database for the next time.

    `meaning`: whether the second encoder counts, which first reads the texts of the sample, in minutes.
    """
    where = folder or Path(tempfile.mkdtemp(prefix="alumnimatch-"))
    store = sample_store(where)
    encoder = opened(cache=where / "cache")
    second = MeaningEncoder() if meaning else None
    current = open_engine(store, encoder, second=second).current
    current.read_ahead()
    small = current.pool()
    app = App(store, open_engine(store, encoder, second=second, **settings), FixedClock(TODAY))
    dice = np.random.default_rng(seed)
    rows = np.sort(dice.integers(len(small.people), size=alumni))  # those of the sample stand together as in a pool
    pool = resampled(small, rows, dice)
    store.pool, store.source = pool, small.people.key[rows]
    app.engine.current.use(pool)
    return app


def resampled(pool: Pool, rows: Int64, dice: np.random.Generator) -> Pool:
    """The pool of these alumni of another, ascending, each with a key, a place in the order and vectors of its own."""
    count = len(rows)
    people = replace(
        _with_own_texts(pool, rows, dice),
        key=dice.integers(1, 2**62, size=count),
        order=dice.permutation(count).astype(np.int32),
    )
    people = with_small_columns(people)
    people_by_skill = people.skills.transposed(len(pool.vocabulary.skills))
    asked, words = pool.vocabulary.requested_skills, pool.vocabulary.skill_words
    requested_skills = asked_skills(asked, words, people_by_skill, count, pool.links)
    stated = np.diff(people_by_skill.starts) > 0
    ledger, owner = _of_people(pool.ledger.person, len(pool.people), rows)
    conflicts, against = _of_people(pool.conflicts.person, len(pool.people), rows)
    firsts, leading = _of_people(pool.first_places.person, len(pool.people), rows)
    return replace(
        pool,
        origin=f"resampled-{count}",
        people=people,
        ledger=Ledger(owner, pool.ledger.request_key[ledger], pool.ledger.event[ledger], pool.ledger.day[ledger]),
        conflicts=Conflicts(against, pool.conflicts.request_key[conflicts]),
        first_places=FirstPlaces(leading, pool.first_places.request_key[firsts], pool.first_places.until[firsts]),
        people_by_skill=people_by_skill,
        requested_skills=requested_skills,
        partly_by=partly_covering(asked, requested_skills.covered_by, words, pool.links, stated),
        of_people=OfPeople(),
    )


def _with_own_texts(pool: Pool, rows: Int64, dice: np.random.Generator) -> People:
    """These alumni, ascending; a text is shared by those of whom it is the same copy, as in the pool."""
    texts, people = pool.people.texts, pool.people.take(rows)
    copy = np.arange(len(rows)) - np.searchsorted(rows, rows)
    columns = [np.where(own, own + copy * len(texts), 0) for own in (getattr(people, name) for name in TEXT_COLUMNS)]
    made, place = np.unique(np.concatenate([[0], *columns]), return_inverse=True)
    source, of_copy = made % len(texts), made // len(texts)
    own = texts.vector_row[source].astype(np.int64)
    vectors, vector_row = np.unique(np.where(own, own + of_copy * len(texts.vectors), 0), return_inverse=True)
    number = dice.integers(1, 2**60, size=len(made))
    number[0] = 0
    texts = Texts(
        number,
        vector_row.astype(np.int32),
        jittered(texts.vectors, vectors % len(texts.vectors), pool.scale, dice),
        jittered(texts.meanings, source, pool.second.scale, dice) if pool.second else texts.meanings[source],
    )
    moved: dict[str, Any] = dict(
        zip(TEXT_COLUMNS, np.split(place[1:].astype(np.int32), len(TEXT_COLUMNS)), strict=True)
    )
    return with_texts_in_order(replace(people, texts=texts, **moved))


def with_courses(pool: Pool, count: int, seed: int = 11) -> Pool:
    """The same pool with so many courses: random ones of its own, each with a key, an order and a vector of its own."""
    dice = np.random.default_rng(seed)
    table = pool.offerings
    rows = dice.integers(len(table), size=count)
    offerings = drawn(table, rows, dice)
    offerings = replace(offerings, vector=jittered(table.vector, rows, pool.scale, dice))
    if pool.second is not None:
        offerings = replace(offerings, meaning=jittered(table.meaning, rows, pool.second.scale, dice))
    return replace(pool, offerings=offerings, origin=f"{pool.origin}-{count}")


def drawn(table: Demands, rows: Int64, dice: np.random.Generator) -> Demands:
    """These rows, each with a key and a place in the order of its own."""
    count = len(rows)
    key, order = dice.integers(1, 2**62, size=count), dice.permutation(count).astype(np.int32)
    return replace(table.take(rows), key=key, order=order)


def _of_people(person: np.ndarray, people: int, rows: Int64) -> tuple[Int64, np.ndarray]:
    """Lines that belong to people, once for each time that their person was taken: (line, new row of the person)."""
    lines = np.argsort(person, kind="stable").astype(np.int32)
    starts = np.concatenate([[0], np.cumsum(np.bincount(person, minlength=people))]).astype(np.int64)
    taken, owner = Ragged(starts, lines).gather(rows)
    return taken.astype(np.int64), owner.astype(np.int32)


def jittered(vectors: Int8Matrix, rows: Int64, scale: VectorScale, dice: np.random.Generator) -> Int8Matrix:
    """Canonical vectors near those of these rows; a vector that is zero stays so. Shape (len(rows), dimension)."""
    made = np.zeros((len(rows), vectors.shape[1]), np.int8)
    noise = dice.normal(size=(_BLOCK, vectors.shape[1])).astype(np.float32)
    noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
    for start in range(0, len(rows), _BLOCK):
        plain = vectors[rows[start : start + _BLOCK]].astype(np.float32) / scale.factor
        known = plain.any(axis=1)
        moved = plain + np.roll(noise, int(dice.integers(_BLOCK)), axis=0)[: len(plain)]
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        made[start : start + _BLOCK] = np.where(known[:, None], canonical(moved, scale), 0)
    return made
