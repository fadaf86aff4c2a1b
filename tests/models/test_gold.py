"""The gold set that comes along, and what is measured and fitted on it."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models import artefact, curve
from models.catalogue import DEFAULT, MINILM, find
from models.encoder import opened
from models.evaluation import calibrate, evaluate, gold

Graded = Mapping[tuple[str, str], int]


@pytest.fixture(scope="module")
def judged() -> list[gold.Judged]:
    return gold.read()


def _rows(name: str) -> list[dict[str, str]]:
    with (gold.FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_the_set_is_as_large_as_it_says(judged: list[gold.Judged]) -> None:
    """60 alumni, 40 requests, 40 courses, each with an id of its own; nothing in it names or reaches a person."""
    for name, size in (("alumni.csv", 60), ("requests.csv", 40), ("offerings.csv", 40)):
        rows = _rows(name)
        assert len({row["id"] for row in rows}) == len(rows) == size
        assert not re.search(r"@|\b0\d{8,9}\b|\b\d{4} ?[A-Z]{2}\b", (gold.FOLDER / name).read_text("utf-8"))
    requests, wishes = judged
    assert requests.grades.shape == (40, 60)
    assert wishes.grades.shape == (sum(1 for row in _rows("alumni.csv") if row["wants"]), 40)


def test_two_judges_agree_as_the_readme_says(judged: list[gold.Judged]) -> None:
    """Each judge used all grades; their weighted kappa is the one that is told, and it is substantial."""
    told = re.findall(r"kappa \*\*(0\.\d\d)\*\*", (gold.FOLDER / "README.md").read_text("utf-8"))
    assert [f"{part.agreement:.2f}" for part in judged] == told
    for part in judged:
        assert part.agreement > 0.6
        for grades in (part.first, part.second):
            assert set(np.unique(grades)) == {0, 1, 2, 3}


def test_no_pair_is_judged_twice_in_a_file() -> None:
    """A pair stands once, and only where one of the two gave a grade."""
    for name in ("requests-alumni.csv", "alumni-offerings.csv"):
        rows = _rows(name)
        assert len({(row["query"], row["candidate"]) for row in rows}) == len(rows)
        assert all(row["first"] != "0" or row["second"] != "0" for row in rows)


def test_the_unseen_pairs_are_of_other_texts() -> None:
    """77 of them; none of their texts is in the gold set."""
    requests, wishes = gold.unseen()
    assert (len(requests.grades), len(wishes.grades)) == (40, 37)
    known = {text for part in gold.read() for text in part.queries + part.candidates}
    assert not known & {*requests.asked, *requests.offered, *wishes.asked, *wishes.offered}


def test_unseen_pairs_are_measured_among_the_candidates_of_a_query() -> None:
    """Told by the grades themselves nDCG and rank correlation are 1, told against them far less."""
    for part in gold.unseen():
        graded = dict(zip(zip(part.asked, part.offered, strict=True), part.grades.tolist(), strict=True))

        def by_grade(asked: Sequence[str], offered: Sequence[str], graded: Graded = graded) -> np.ndarray:
            return np.array([[float(graded.get((one, other), 0)) for other in offered] for one in asked])

        assert evaluate.of_unseen(part, by_grade) == pytest.approx((1, 1))
        gain, rank = evaluate.of_unseen(part, lambda asked, offered, by_grade=by_grade: -by_grade(asked, offered))
        assert gain < 0.8
        assert rank == pytest.approx(-1)


def test_a_grade_that_cannot_be_is_refused(tmp_path: Path) -> None:
    """A grade of 4 names the file."""
    for path in gold.FOLDER.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    wrong = tmp_path / "requests-alumni.csv"
    wrong.write_text(wrong.read_text("utf-8") + "G-R01;G-A60;4;0\n", "utf-8")
    with pytest.raises(ValueError, match="requests-alumni"):
        gold.read(tmp_path)


def test_ours_is_above_the_others(judged: list[gold.Judged]) -> None:
    """On both parts our encoder ranks better than char TF-IDF, BM25 and MiniLM."""
    ways = [evaluate.similarity_of(DEFAULT), evaluate.similarity_of(MINILM), evaluate.lexical, evaluate.bm25]
    for part in judged:
        ours, *others = (evaluate.of_judged(part, way) for way in ways)
        assert ours > max(others) + 0.1


def test_the_best_order_has_gain_one(judged: list[gold.Judged]) -> None:
    """Ranked by the grades themselves nDCG is 1, against them far less; all the same lies between."""
    part = judged[0]
    best = evaluate.of_judged(part, lambda _, __: part.grades)
    same = evaluate.of_judged(part, lambda _, __: np.zeros_like(part.grades))
    worst = evaluate.of_judged(part, lambda _, __: -part.grades)
    assert best == pytest.approx(1)
    assert worst < same < best


@given(
    arrays(np.float64, 30, elements=st.floats(-1, 1)),
    arrays(np.float64, 30, elements=st.sampled_from([0, 1 / 3, 2 / 3, 1])),
)
def test_a_fitted_map_rises_or_is_refused(cosines: np.ndarray, related: np.ndarray) -> None:
    """From 0 to 1, and strictly; an encoder that gives related pairs no higher cosines is refused."""
    related[:2] = 0, 1
    try:
        points = calibrate.fitted(cosines, related)
    except ValueError as refused:
        assert "cannot be used" in str(refused)  # noqa: PT017 - whether it raises depends on the example
        return
    places, values = map(np.array, zip(*points, strict=True))
    assert (np.diff(places) > 0).all()
    assert (np.diff(values) > 0).all()
    assert (values[0], values[-1]) == (0, 1)


def test_an_encoder_the_wrong_way_round_is_refused() -> None:
    """Related pairs with the lower cosines: no map can mend that."""
    with pytest.raises(ValueError, match="cannot be used"):
        calibrate.fitted(np.linspace(0, 1, 50), np.linspace(1, 0, 50))


def test_half_is_where_both_sides_are_equally_likely() -> None:
    """Two clouds of cosines: 0.5 lies between them, whichever is larger."""
    chance = np.random.default_rng(1)
    cosines = np.concatenate([chance.normal(0.1, 0.1, 2000), chance.normal(0.4, 0.1, 200)])
    related = np.repeat([0.0, 1.0], [2000, 200])
    places, values = map(np.array, zip(*calibrate.fitted(cosines, related), strict=True))
    assert np.interp(0.25, places, values) == pytest.approx(0.5, abs=0.05)


def test_what_unrelated_texts_meet_is_by_length() -> None:
    """The mean of each length; refused where it does not rise, or a length has no pair."""
    own = np.repeat([8, 16, 32, 64, 128], 2)
    met = np.array([0.9, 0.9, 0.1, 0.2, 0.2, 0.2, 0.3, 0.2, 0.3, 0.4])
    assert calibrate.by_length(met, own) == ((16.0, 0.15), (32.0, 0.2), (64.0, 0.25), (128.0, 0.35))
    for wrong, lengths in ((met[::-1], own), (met, np.minimum(own, 64)), (met * 0, own)):
        with pytest.raises(ValueError, match="nothing to take out"):
            calibrate.by_length(wrong, lengths)


def test_what_texts_meet_by_chance_is_written_to_the_folder(tmp_path: Path) -> None:
    """From all that meets, whatever is taken out so far; another table is another encoder, and the folder is sealed."""
    folder = Path(shutil.copytree(find(DEFAULT), tmp_path / "copy"))
    vocabulary = (find(DEFAULT) / "public-words.txt").read_text("utf-8").split()
    dice = np.random.default_rng(1)
    own = [" ".join(dice.permutation(vocabulary)[:400]) for _ in range(8)]
    own = [cut(text, length) for length in calibrate.LONG for text in own]
    asked = [" ".join(dice.permutation(vocabulary)[:9]) for _ in range(20)]
    pairs = np.ones((len(asked), len(own)), np.bool_)
    before = opened(str(folder)).id
    points = calibrate.unrelated(str(folder), asked, own, pairs)
    written = opened(str(folder))
    assert written.scale.baseline == points
    assert [length for length, _ in points] == list(calibrate.LONG)
    assert written.id != before
    assert artefact.first_wrong(folder) == ""
    assert calibrate.unrelated(str(folder), asked, own, pairs) == points
    (folder / curve.BASELINE).unlink()
    assert opened(str(folder)).scale.baseline == ()


def cut(text: str, length: int) -> str:
    """Its first so many words that say something."""
    every = text.split()
    says = opened().of_words(every).rarity > 0
    return " ".join(np.array(every)[says][:length])


def test_the_shipped_map_is_the_fitted_one() -> None:
    """What is in the artefact is what the command gives."""
    assert opened(DEFAULT).scale.calibration == calibrate.fitted(*calibrate.judged(DEFAULT))
