"""A region of any size for the other benchmarks, and how fast its spreadsheets come in.

    .venv/bin/python benchmarks/ranking/region.py FOLDER --alumni 100000

Makes the region with `data/generate.py`, imports it as `alumnimatch import` does, and compares the alumni's file with
what pandas alone needs to read it and to put it in a table (`read_csv` and `to_sql`: no checks, no second import that
changes nothing). Texts are not encoded: encoding 100,000 profiles takes a transformer an hour on 2 cores, and no
benchmark here measures that. Each text gets the vector of a random text of the sample region (the same side: can,
wants, demand), encoded by the default model, plus noise: distributed as real vectors are, and with less to hold on to.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from api.wiring import FixedClock
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE
from matcher.pool.build import texts_of
from matcher.pool.texts import can_text, wants_text
from matcher.ports import Encoder, Int8Matrix, Store
from matcher.services import imports
from matcher.services.app import WithoutEngine
from matcher.store.sql_store import SqlStore
from matcher.text import text_hash
from models.encoder import opened
from models.quantise import canonical

ROOT = Path(__file__).parents[2]
TODAY = date(2027, 3, 1)
NOISE = 0.3
"""Length of the noise on a unit vector: the cosine with the original is about 0.96."""


def store_of(folder: Path) -> SqlStore:
    """The database of a benchmark folder, made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    store = SqlStore(f"sqlite:///{folder / 'alumnimatch.db'}", FixedClock(TODAY))
    store.migrate()
    return store


def stored(store: Store, kind: RecordKind) -> list[Any]:
    """Every record of a kind, by key."""
    with store.read() as records:
        return list(records.records.stream(kind))


def encoder_of(folder: Path) -> Encoder:
    """The default encoder; its digest is kept in the folder."""
    return opened(cache=folder / "cache")


def generated(folder: Path, alumni: int) -> None:
    """Writes alumni.csv, requests.csv and offerings.csv, once."""
    if not (folder / "alumni.csv").exists():
        make = [sys.executable, str(ROOT / "data" / "generate.py"), "--alumni", str(alumni), "--format", "csv"]
        subprocess.run([*make, "--out", str(folder)], check=True)  # noqa: S603 - our own generator


def imported(store: SqlStore, folder: Path) -> None:
    """Imports the three files and prints rows a second, first and second time, and those of pandas alone."""
    app = WithoutEngine(store, FixedClock(TODAY))
    for kind in (RecordKind.REQUESTS, RecordKind.OFFERINGS, RecordKind.ALUMNI):
        for time_ in ("first", "again"):
            began = time.perf_counter()
            report = imports.import_records(app, COMMAND_LINE, folder / f"{kind.value}.csv", kind)
            took = time.perf_counter() - began
            rows = report.created + report.updated + report.unchanged
            print(f"import {kind.value:9} {time_}: {rows:7,} rows in {took:6.1f} s = {rows / took:7,.0f} rows a second")
    took_alone, rows = _pandas_alone(folder)
    print(
        f"pandas alone, alumni       : {rows:7,} rows in {took_alone:6.1f} s = {rows / took_alone:7,.0f} rows a second"
    )


def _pandas_alone(folder: Path) -> tuple[float, int]:
    import pandas as pd
    from sqlalchemy import create_engine

    began = time.perf_counter()
    frame = pd.read_csv(folder / "alumni.csv", sep=";", encoding="utf-8-sig", dtype=str)
    peer = folder / "pandas.db"
    peer.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{peer}")
    frame.to_sql("alumni", engine, index=False, chunksize=1000)
    engine.dispose()
    return time.perf_counter() - began, len(frame)


def vectors_of_sample(folder: Path) -> dict[str, np.ndarray]:
    """Unit vectors of the texts of the sample region per side, encoded once: (texts, dimension) each."""
    kept = folder / "sample-vectors.npz"
    if not kept.exists():
        store = store_of(folder / "sample")
        for kind in RecordKind:
            (path,) = (ROOT / "data" / "sample").glob(f"{kind.value}.*")
            imports.import_records(WithoutEngine(store, FixedClock(TODAY)), COMMAND_LINE, path, kind)
        alumni = stored(store, RecordKind.ALUMNI)
        sides = {
            "can": sorted({can_text(one) for one in alumni} - {""}),
            "wants": sorted({wants_text(one) for one in alumni} - {""}),
            "demand": sorted(
                texts_of([], [*stored(store, RecordKind.REQUESTS), *stored(store, RecordKind.OFFERINGS)]).values()
            ),
        }
        print("encoding the texts of the sample region, once")
        np.savez(kept, **{side: encoder_of(folder).embed(texts) for side, texts in sides.items()})
    with np.load(kept) as found:
        return dict(found)


def fill_vectors(store: SqlStore, folder: Path) -> None:
    """A vector for every text of the region that has none, as the first lines of this file say."""
    encoder, dice, sample = encoder_of(folder), np.random.default_rng(7), vectors_of_sample(folder)
    alumni = stored(store, RecordKind.ALUMNI)
    sides = {
        "can": {text_hash(text) for text in map(can_text, alumni) if text},
        "wants": {text_hash(text) for text in map(wants_text, alumni) if text},
        "demand": set(texts_of([], [*stored(store, RecordKind.REQUESTS), *stored(store, RecordKind.OFFERINGS)])),
    }
    for side, hashes in sides.items():
        missing = sorted(hashes - set(store.vectors.load(encoder.id, hashes)))
        for start in range(0, len(missing), 4096):
            block = missing[start : start + 4096]
            made: Int8Matrix = canonical(_jittered(sample[side], len(block), dice), encoder.scale)
            store.vectors.save(encoder.id, dict(zip(block, made, strict=True)))


def _jittered(vectors: np.ndarray, count: int, dice: np.random.Generator) -> np.ndarray:
    chosen = vectors[dice.integers(len(vectors), size=count)]
    noise = dice.normal(size=chosen.shape)
    mixed = chosen + NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), np.float32)


def main() -> None:
    """Makes the region, imports it, and fills in the vectors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--alumni", type=int, default=100_000)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    generated(given.folder, given.alumni)
    store = store_of(given.folder)
    imported(store, given.folder)
    fill_vectors(store, given.folder)


if __name__ == "__main__":
    main()
