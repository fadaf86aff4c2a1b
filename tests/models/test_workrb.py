"""Our encoder and gold set in WorkRB, and its card for MTEB: what goes in, and what comes out where these are there."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from models.evaluation import gold
from models.evaluation.mteb_card import CARD, sick, stsb
from models.evaluation.workrb_data import MELO, of_gold, of_melo, write_esco

ROOT = Path(__file__).parents[2]
SKILLS = """uri\ttype\tpref_nl\talt_nl\tdesc_nl\tpref_en\talt_en\tdesc_en\tnl_source
s1\tskill\tbrood bakken\tbroden bakken | bakken van brood\t\tbake bread\tmake bread\t\t
s2\tskill\t\t\t\tweld\t\t\t
"""
JOBS = """uri\tisco\tcode\tpref_nl\talt_nl\tdesc_nl\tpref_en\talt_en\tdesc_en
o1\t7512\t7512.1\tbakker\tbroodbakker\t\tbaker\t\t
"""
RELATIONS = """occ_uri\tocc_en\trelation\tskill_uri\tskill_en\tskill_nl
o1\tbaker\tessential\ts1\tbake bread\tbrood bakken
o1\tbaker\toptional\ts2\tweld\t
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder as that of the measuring sets, with a few lines of our own."""
    folder = tmp_path / "data"
    (folder / "esco").mkdir(parents=True)
    (folder / "esco/skills_nl_en.tsv").write_text(SKILLS)
    english = "uri\ttype\tpref_en\talt_en\tdesc_en\ns1\t\tbake bread\t\t\ns2\t\tweld\t\t\n"
    (folder / "esco/skills_en_all_labels.tsv").write_text(english)
    (folder / "esco/occupations_nl_en.tsv").write_text(JOBS)
    (folder / "esco/occupation_skill_relations_en_nl.tsv.gz").write_bytes(gzip.compress(RELATIONS.encode()))
    for name in MELO.values():
        (folder / "dev" / name).mkdir(parents=True)
        for file, content in (
            ("queries", "Q1\tSlager\nQ2\tBakker\n"),
            ("corpus_elements", "C1\tslager\nC2\tbakker\nC3\tbroodbakker\n"),
            ("annotations", "Q2\t0\tC2\t1\nQ2\t0\tC3\t1\nQ1\t0\tC2\t0\nQ1\t0\tC1\t1\n"),
        ):
            (folder / "dev" / name / f"{file}.tsv.gz").write_bytes(gzip.compress(content.encode()))
    return folder


def test_the_gold_set_keeps_its_grades() -> None:
    """Each query with a grade, each candidate, and the mean grade of each pair that has one."""
    for judged in gold.read():
        ranked = of_gold(judged)
        assert (len(ranked.queries), ranked.targets) == (judged.grades.any(axis=1).sum(), judged.candidates)
        for query, indices, grades in zip(ranked.queries, ranked.indices, ranked.grades, strict=True):
            row = judged.grades[judged.queries.index(query)]
            assert set(indices) == set(np.flatnonzero(row).tolist())
            assert grades == row[indices].tolist()
            assert min(grades) > 0


def test_melo_is_read_with_what_is_right(data: Path) -> None:
    """Only what is annotated as right, by the place of its name."""
    ranked = of_melo(data, "bel_q_nl_c_nl")
    assert (ranked.queries, ranked.targets) == (["Slager", "Bakker"], ["slager", "bakker", "broodbakker"])
    assert (ranked.indices, ranked.grades) == ([[0], [1, 2]], [])


@pytest.mark.parametrize(("language", "counts"), [("nl", (1, 1, 1)), ("en", (2, 1, 2))])
def test_esco_is_written_as_its_publisher_does(
    data: Path, tmp_path: Path, language: str, counts: tuple[int, int, int]
) -> None:
    """Skills without a name in the language, and what they relate to, are left out."""
    folder = tmp_path / language
    assert write_esco(data, folder, language) == counts
    with (folder / f"skills_{language}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == counts[0]
    assert rows[0]["altLabels"] == {"nl": "broden bakken\nbakken van brood", "en": "make bread"}[language]
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize(("package", "command"), [("workrb", "workrb_run"), ("mteb", "mteb_card")])
def test_the_command_says_what_is_missing(package: str, command: str) -> None:
    """How to get it, and no traceback."""
    if find_spec(package) is not None:
        pytest.skip(f"{package} is installed here")
    run = subprocess.run(
        [sys.executable, "-m", f"models.evaluation.{command}"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (run.returncode, run.stdout) == (3, "")
    assert f"pip install {package}" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_card_for_mteb_is_of_the_artefact() -> None:
    """Its size, dimension and checksum are those of the files that ship; its licence is that of its model card."""
    folder = ROOT / "models" / "encoder-nl-en"
    config = json.loads((folder / "config.json").read_text())
    sums = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert CARD["n_parameters"] == config["features"] * config["dimension"]
    assert CARD["embed_dim"] == config["dimension"]
    assert CARD["revision"] == sums["model.safetensors"]
    assert CARD["memory_usage_mb"] == (folder / "model.safetensors").stat().st_size >> 20
    assert f"license: {CARD['license']}" in (folder / "README.md").read_text("utf-8")


def test_pairs_of_sentences_are_those_of_the_test_parts(tmp_path: Path) -> None:
    """With a comma within a sentence, and nothing of the training part."""
    (tmp_path / "dev/sick_nl").mkdir(parents=True)
    (tmp_path / "dev/stsb_nl").mkdir()
    lines = ("sentence_A\tsentence_B\trelatedness_score\tSemEval_set", "a\tb\t4.5\tTEST", "c\td\t1.0\tTRAIN")
    (tmp_path / "dev/sick_nl/SICK_NL.txt.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (tmp_path / "dev/stsb_nl/stsb-nl-test.csv").write_text('"een, twee",drie,2.5\n')
    assert sick(tmp_path) == [("a", "b", 4.5)]
    assert stsb(tmp_path) == [("een, twee", "drie", 2.5)]


def test_workrb_measures_what_we_measure() -> None:
    """The same nDCG@10 of the gold set in WorkRB as in our own evaluation, of a way that has nothing to learn."""
    pytest.importorskip("workrb", reason="WorkRB is no dependency: models/evaluation/workrb_run.py says how to get it")
    from models.evaluation import workrb_adapter as adapter
    from models.evaluation.evaluate import of_judged

    def overlap(first: Sequence[str], second: Sequence[str]) -> np.ndarray:
        return np.array([[len({*a.lower().split()} & {*b.lower().split()}) + 1e-4 * at for at, b in enumerate(second)]
                         for a in first])  # fmt: skip

    model = adapter.SimilarityModel("overlap", "words in common", overlap)
    for task, judged in zip(adapter.gold_tasks(), gold.read(), strict=True):
        assert task.evaluate(model, ["ndcg@10"], "nl")["ndcg@10"] == pytest.approx(of_judged(judged, overlap), abs=1e-6)
