"""A pool that another process builds: the same one, of which this process keeps no more than the files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from matcher.domain.records import RecordKind
from matcher.engine.current import Apart
from matcher.pool.compare import differences
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import ALUMNI, alumnus, engine_in
from tests.support.stores import open_store, upsert
from tests.support.worlds import AS_OF


class Elsewhere:
    """Another process of this installation, for what a test can see of it."""

    def __init__(self, folder: Path, *, fails: bool = False) -> None:
        self.folder, self.fails, self.asked = folder, fails, 0

    def build(self) -> str | None:
        self.asked += 1
        if self.fails:
            return None
        store = open_store(f"sqlite:///{self.folder / 'region.db'}")
        made = Engine(store, HashEncoder(), FixedClock(AS_OF), cache=self.folder / "cache").pool().origin
        store.close()
        return made


def engine_of(folder: Path, elsewhere: Elsewhere, least: int = 1) -> Engine:
    return engine_in(folder, cache=folder / "cache", apart=Apart(elsewhere.build, least))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    return Elsewhere(tmp_path)


def test_what_another_built_is_used(tmp_path: Path, elsewhere: Elsewhere) -> None:
    """It equals what this process builds, and lies in files; a small change after it is followed here."""
    engine = engine_of(tmp_path, elsewhere)
    pool = engine.pool()
    assert (elsewhere.asked, len(pool.people)) == (1, len(ALUMNI))
    assert differences(pool, engine.parts.current.rebuild()) == []
    assert isinstance(pool.people.key, np.memmap) or not pool.people.key.flags.owndata
    upsert(engine.store, RecordKind.ALUMNI, [alumnus(50, "A-50")])
    assert len(engine.pool().people) == len(ALUMNI) + 1
    assert elsewhere.asked == 1


def test_few_alumni_are_built_here(tmp_path: Path, elsewhere: Elsewhere) -> None:
    """Another process would take longer to start."""
    assert len(engine_of(tmp_path, elsewhere, len(ALUMNI) + 1).pool().people) == len(ALUMNI)
    assert elsewhere.asked == 0


def test_where_the_other_fails_this_one_builds(tmp_path: Path) -> None:
    """Nobody goes without answers because a process could not be started, or was killed."""
    failing = Elsewhere(tmp_path, fails=True)
    assert len(engine_of(tmp_path, failing).pool().people) == len(ALUMNI)
    assert failing.asked == 1


def test_the_process_builds_with_the_settings_of_the_environment(tmp_path: Path) -> None:
    """It says which state it built; a setting that is none is an error in a sentence, and nothing is built."""
    store = engine_in(tmp_path).store
    origin = store.origin()
    store.close()
    own = {name: value for name, value in os.environ.items() if not name.startswith("ALUMNIMATCH_")}
    cache = tmp_path / "cache"
    own |= {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{tmp_path / 'region.db'}",
        "ALUMNIMATCH_CACHE_DIR": str(cache),
        "ALUMNIMATCH_MEANING": "off",
    }
    command = [sys.executable, "-P", "-m", "api.apart"]
    wrong = own | {"ALUMNIMATCH_KERNEL": "fortran"}
    done = subprocess.run(command, env=wrong, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, cache.exists()) == (1, "", False)
    assert "ALUMNIMATCH_KERNEL" in done.stderr
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{origin}\n", "")
    assert len([*(cache / "snapshots").glob("pool-*")]) == 1


def test_what_the_second_encoder_read_is_built_elsewhere_too(tmp_path: Path) -> None:
    """The other process finds a snapshot of that state without it, and builds one with it; before that it does not."""
    url, seconds = f"sqlite:///{tmp_path / 'region.db'}", []

    def build() -> str | None:
        store = open_store(url)
        other = Engine(
            store, HashEncoder(), FixedClock(AS_OF), cache=tmp_path / "cache", second=HashEncoder(24, "second")
        )
        pool = other.parts.current.for_others()
        seconds.append(pool.second_id)
        store.close()
        return pool.origin

    engine = engine_in(tmp_path, cache=tmp_path / "cache", second=HashEncoder(24, "second"), apart=Apart(build, 1))
    upsert(
        engine.store, RecordKind.ALUMNI, [alumnus(50 + one, f"M-{one}", function=f"beroep{one}") for one in range(25)]
    )
    assert engine.pool().second is None
    assert engine.parts.current.read_ahead()
    assert engine.pool().second_id == "second@24"
    assert seconds == ["", "second@24"]
