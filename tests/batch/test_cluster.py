"""The batch on a real Dask scheduler with workers: the same answer as one process, whoever is killed meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matcher.batch import Job, TopK, chunks_of
from matcher.batch.dask import Cluster
from matcher.errors import ClusterError
from matcher.locale import say
from tests.support.apps import Engine, top_of
from tests.support.cluster import Dask, cluster, until
from tests.support.ports import free_port
from tests.support.region import engine_in

ROOT = Path(__file__).parents[2]
SIGNED = ("comm__tls__scheduler", "comm__tls__worker", "comm__tls__client")


@pytest.fixture(scope="module", autouse=True)
def dask_is_there() -> None:
    """Without the extra `dask` there is nothing to test, but where everything must be tested that is a failure."""
    if find_spec("distributed") is None:
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            pytest.fail("no Dask here: pip install -e '.[test]'")
        pytest.skip("no Dask here: pip install 'alumnimatch[dask]'")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A certificate that signs itself, as settings of Dask in the environment."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "alumnimatch")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(secret)
    files = {"comm__tls__ca_file": "cert.pem"}
    for side in SIGNED:
        files |= {f"{side}__cert": "cert.pem", f"{side}__key": "key.pem"}
    return {f"DASK_DISTRIBUTED__{key.upper()}": str(folder / file) for key, file in files.items()}


@pytest.fixture(scope="module")
def dask(certificates: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """A scheduler and two workers over TLS, in an empty folder without settings; the tests have the certificates."""
    import dask

    settings = dask.config.collect_env(certificates)
    folder = tmp_path_factory.mktemp("workers")
    with dask.config.set(settings), cluster(folder, 2, scheme="tls", **certificates) as made:
        yield made


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_in(tmp_path)


@contextmanager
def client_of(dask: Dask, workers: int) -> Iterator[Any]:
    """A client beside that of the product, when there are so many workers."""
    from distributed import Client

    with Client(dask.address, timeout=20, set_as_default=False) as client:
        until(lambda: len(client.nthreads()) >= workers)
        yield client


def assert_same(one: TopK, other: TopK) -> None:
    assert one.rows.tolist() == other.rows.tolist()
    assert one.scores.tobytes() == other.scores.tobytes()


def test_a_worker_is_killed_in_the_middle(dask: Dask, engine: Engine) -> None:
    """Its part is done by another, and the answer is that of one process, to the last bit."""
    alone = top_of(engine, "offerings", 3)
    known = {worker.pid for worker in dask.workers}
    killed: list[str] = []
    with client_of(dask, 2) as client:
        address, victim = next((where, pid) for where, pid in client.run(os.getpid).items() if pid in known)
        os.kill(victim, signal.SIGSTOP)  # so the part that it gets is under way until it is killed

        def kill(done: int, total: int) -> None:
            if 0 < done < total and not killed:
                until(lambda: client.processing()[address])
                killed.extend(client.processing()[address])
                os.kill(victim, signal.SIGKILL)

        def lost(dask_scheduler: Any) -> bool:  # runs in the scheduler
            steps = [(step[1], step[2]) for step in dask_scheduler.transition_log if step[0] == killed[0]]
            return any(before == "processing" and after != "memory" for before, after in steps)

        shared = top_of(engine, "offerings", 3, size=1, workers=Cluster(dask.address), progress=kill)
        assert killed, "it had a part"
        assert client.run_on_scheduler(lost), "and lost it"
    assert_same(alone, shared)
    dask.hire()


def command(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`alumnimatch recommend --all` on the region, as an operator types it."""
    settings = {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{folder / 'region.db'}",
        "ALUMNIMATCH_CACHE_DIR": str(folder / "cache"),
        "ALUMNIMATCH_TODAY": "2027-03-01",
    }
    return subprocess.run(
        [sys.executable, "-m", "api.cli", "recommend", "--all", "--for", "offerings", *words],
        cwd=folder,
        env=os.environ | settings | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_gives_the_same_file(
    dask: Dask, engine: Engine, tmp_path: Path, certificates: dict[str, str]
) -> None:
    """Over TLS, with the scheduler from the option or the settings: the file that this computer makes alone."""
    one, other, third = (tmp_path / name for name in ("one.parquet", "other.parquet", "third.csv"))
    assert command(tmp_path, "--out", str(one), "--workers", "1").returncode == 0
    done = command(tmp_path, "--out", str(other), "--scheduler", dask.address, **certificates)
    assert (done.returncode, done.stderr) == (0, "")
    pd.testing.assert_frame_equal(pd.read_parquet(one), pd.read_parquet(other), check_exact=True)
    assert len(pd.read_parquet(one)) > 5
    from_settings = certificates | {"ALUMNIMATCH_DASK_SCHEDULER": dask.address}
    assert command(tmp_path, "--out", str(third), **from_settings).returncode == 0
    assert len(third.read_text("utf-8-sig").splitlines()) == len(pd.read_parquet(one)) + 1


def test_a_part_that_goes_wrong_is_told(dask: Dask, engine: Engine) -> None:
    """An error on a worker ends the run with what it was."""
    weights = replace(engine.weights, table=np.zeros((0, 0)))
    work = Job(engine.pool(), engine.pool().offerings, weights, 1, 3)
    with pytest.raises(ClusterError, match=r"cluster_failed.*(IndexError|ValueError)"):
        list(Cluster(dask.address).top_of(work, chunks_of(len(engine.pool().people))))
    assert list(Cluster(dask.address).top_of(work, [])) == []


def test_a_scheduler_that_is_lost(engine: Engine, tmp_path: Path) -> None:
    """In the middle: an error, and this computer finishes what the cluster began."""
    alone = top_of(engine, "offerings", 3)
    keep, parts = tmp_path / "kept", len(engine.pool().people)
    with cluster(tmp_path, 1) as dask:

        def kill(done: int, total: int) -> None:
            if 2 <= done < total:
                dask.scheduler.kill()
                dask.scheduler.wait()

        began = time.monotonic()
        with pytest.raises(ClusterError, match="cluster_lost"):
            top_of(engine, "offerings", 3, size=1, keep=keep, workers=Cluster(dask.address), progress=kill)
        assert time.monotonic() - began < 30
    assert 2 <= len(list(keep.iterdir())) < parts
    left: list[int] = []
    finished = top_of(engine, "offerings", 3, size=1, keep=keep, progress=lambda done, total: left.append(total - done))
    assert left[0] < parts
    assert_same(alone, finished)


def test_workers_that_cannot_do_it(engine: Engine, tmp_path: Path) -> None:
    """None at all, and one with another program, are told apart; with the right one it goes on."""
    alone = top_of(engine, "offerings", 3)
    shutil.copytree(ROOT / "matcher", tmp_path / "other" / "matcher", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "other" / "matcher" / "weights.toml").open("a") as file:
        file.write("# another version\n")
    with cluster(tmp_path, 0) as dask:
        with pytest.raises(ClusterError, match="cluster_empty"):
            top_of(engine, "offerings", 3, workers=Cluster(dask.address, patience=0.5))
        foreign = dask.hire({"PYTHONPATH": str(tmp_path / "other")})
        with pytest.raises(ClusterError, match="cluster_differs"):
            top_of(engine, "offerings", 3, workers=Cluster(dask.address))
        foreign.kill()
        dask.hire()
        shared = top_of(engine, "offerings", 3, workers=Cluster(dask.address))
    assert_same(alone, shared)


def test_a_scheduler_that_is_not_there(engine: Engine, tmp_path: Path) -> None:
    """Within seconds a sentence with what to do, and exit code 3; nothing is written."""
    nowhere, out = f"127.0.0.1:{free_port()}", tmp_path / "all.csv"
    for language, address, code in (
        ("nl", f"tcp://{nowhere}", "unreachable"),
        ("en", f"tls://{nowhere}", "address"),  # without certificates
    ):
        began = time.monotonic()
        done = command(tmp_path, "--out", str(out), "--scheduler", address, "--lang", language)
        assert time.monotonic() - began < 30
        assert done.stderr == say(language, f"errors.errors.cluster_{code}", address=address) + "\n"
        assert done.returncode == 3
    assert not out.exists()
    with pytest.raises(ClusterError, match="cluster_address"):
        top_of(engine, "offerings", 3, workers=Cluster("http://here:8786"))


def test_without_the_package(tmp_path: Path) -> None:
    """What to install is said before anything is done."""
    program = "import sys; sys.modules['distributed'] = None; from api.cli import main; sys.exit(main(sys.argv[1:]))"
    words = ("recommend", "--all", "--for", "offerings", "--out", "all.csv", "--scheduler", "tcp://here:8786")
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == say("nl", "errors.errors.dask_missing") + "\n"
    assert done.returncode == 2
