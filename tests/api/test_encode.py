"""`alumnimatch encode`: lines to vectors, of either encoder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from models.meaning import MeaningEncoder


def _encode(folder: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from api.cli import main; sys.exit(main(sys.argv[1:]))",
            "encode",
            *options,
        ],
        input="wondzorg\n\nlassen\n",
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_second_encoder_writes_its_vectors(tmp_path: Path) -> None:
    """A line gives an array of the numbers of the second encoder; an empty one zeros."""
    done = _encode(tmp_path, "--meaning", ALUMNIMATCH_MEANING="on")
    assert done.returncode == 0, done.stderr
    rows = np.array([json.loads(line) for line in done.stdout.splitlines()], np.float32)
    assert np.array_equal(rows, MeaningEncoder().embed(["wondzorg", "", "lassen"]))


def test_turned_off_it_is_not_there(tmp_path: Path) -> None:
    """With ALUMNIMATCH_MEANING=off the second encoder is refused with its remedy, and the first still works."""
    done = _encode(tmp_path, "--meaning", ALUMNIMATCH_MEANING="off")
    assert done.returncode == 3
    assert "ALUMNIMATCH_MEANING" in done.stderr
    assert len(_encode(tmp_path, ALUMNIMATCH_MEANING="off").stdout.splitlines()) == 3
