"""`alumnimatch encode` and `similarity` with either encoder: lines to vectors, and how alike lines are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from matcher.likeness import Likeness
from matcher.matching.weights import shipped
from models.encoder import opened
from models.meaning import MeaningEncoder


def _encode(folder: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return _run(folder, "encode", *options, **settings)


def _run(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import sys; from api.cli import main; sys.exit(main(sys.argv[1:]))", *words],
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


def test_lines_are_compared_by_both_as_rankings_compare_texts(tmp_path: Path) -> None:
    """`similarity` mixes as the weights do; `--meaning 0.5` counts the second encoder for half, 0 or turned off not."""
    asked, texts = ["iemand die oude mensen wast"], ["verzorgende in een verpleeghuis", "wast auto's", "zzzz"]
    queries, answers = tmp_path / "queries.txt", tmp_path / "texts.txt"
    queries.write_text("\n".join(asked), "utf-8")
    answers.write_text("\n".join(texts), "utf-8")

    def found(*options: str, meaning: str = "on") -> dict[int, float | None]:
        done = _run(tmp_path, "similarity", str(queries), str(answers), *options, ALUMNIMATCH_MEANING=meaning)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    first = Likeness(opened(), texts, shipped().words_share).of(asked)[0]
    usual, both = (
        Likeness(opened(), texts, shipped().words_share, second=MeaningEncoder(), meaning=share).of(asked)[0]
        for share in (0.3, 0.5)
    )
    assert found("--meaning", "0") == found(meaning="off") == {0: first[0], 1: first[1], 2: None}
    assert found() == {0: usual[0], 1: usual[1], 2: None}
    assert found("--meaning", "0.5") == {0: both[0], 1: both[1], 2: None}
    assert both[0] - both[1] > first[0] - first[1]
    refused = _run(tmp_path, "similarity", str(queries), str(answers), "--meaning", "1", ALUMNIMATCH_MEANING="off")
    assert refused.returncode == 3
    assert "ALUMNIMATCH_MEANING" in refused.stderr
    assert _run(tmp_path, "similarity", str(queries), str(answers), "--meaning", "1.1").returncode == 2
