"""Evaluation: prints the figures of the model card.

    python -m models.evaluation.evaluate [DATA] [--encoder NAME ...] [--share SHARE ...] [--all SHARE ...]

Without DATA it measures our encoder and MiniLM on the gold set (data/gold); with DATA, which holds dev/, esco/ and
train/, also on the open sets, without MiniLM, which is slow. Searches are compared with char TF-IDF (2 to 4 characters
within words) and BM25. Tied candidates get their mean rank. With two encoders and `--share 0.5 0.7` they are also
measured together, with these shares of the first, and by `--all 0.3 0.5` with the words that meet too, as rankings
count them, with these shares of the second. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.likeness import Likeness
from matcher.ports import Encoder, Int8Matrix, Progress
from models.catalogue import DEFAULT, MINILM
from models.encoder import opened
from models.evaluation import gold
from models.training.corpus import lines, table
from models.words import words

WITH_WORDS = "with words"
ALL = "all, "
"""What rankings count for likeness, with this share of the second encoder."""
Scores = NDArray[np.float64]
Similarity = Callable[[Sequence[str], Sequence[str]], Scores]
"""Maps two lists of texts to similarities, shape (first, second)."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search for `targets` by `queries`; `owners`: what each target names; `relevant`: owners to find, by query."""

    name: str
    queries: list[str]
    targets: list[str]
    owners: list[str]
    relevant: list[set[str]]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of sentences, and how similar people judge them."""

    name: str
    first: list[str]
    second: list[str]
    alike: list[float]


def places(scores: Scores, owners: Sequence[str], relevant: Sequence[set[str]]) -> NDArray[np.float64]:
    """The rank of the best relevant owner for each query, from 1; ties get their mean rank.

    `scores`: shape (queries, targets). The score of an owner is that of its best name. Queries without a relevant
    owner among the targets are left out.
    """
    names, of_target = np.unique(np.asarray(owners), return_inverse=True)
    order = np.argsort(of_target, kind="stable")
    starts = np.searchsorted(of_target[order], np.arange(len(names)))
    best = np.maximum.reduceat(np.round(scores, 6)[:, order], starts, axis=1)
    known = {name: number for number, name in enumerate(names.tolist())}
    ranks = []
    for row, sought in zip(best, relevant, strict=True):
        right = [known[owner] for owner in sought if owner in known]
        if right:
            top = row[right].max()
            wrong_ties = int((row == top).sum()) - int((row[right] == top).sum())
            ranks.append(1 + int((row > top).sum()) + wrong_ties / 2)
    return np.asarray(ranks)


def lexical(queries: Sequence[str], targets: Sequence[str]) -> Scores:
    """Cosines of char TF-IDF, 2 to 4 characters within words, fitted on the targets."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), strip_accents="unicode")
    known = vectorizer.fit_transform(targets)
    return np.asarray((vectorizer.transform(queries) @ known.T).toarray())


def bm25(queries: Sequence[str], targets: Sequence[str]) -> Scores:
    """BM25 of whole words (k1 1.5 and b 0.75, the defaults of the library), fitted on the targets."""
    import bm25s

    known = bm25s.BM25()
    known.index([words(text) for text in targets], show_progress=False)
    vocabulary = known.vocab_dict
    query_words = [[word for word in words(text) if word in vocabulary] for text in queries]
    return np.asarray([known.get_scores(query) if query else np.zeros(len(targets)) for query in query_words])


class Remembering:
    """An encoder that encodes each text once, however often it is asked."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._seen: dict[str, Int8Matrix] = {}
        self.id, self.scale = encoder.id, encoder.scale
        self.of_words, self.embed, self.shares = encoder.of_words, encoder.embed, encoder.shares

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        """Canonical vectors: see `ports.Encoder`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        self._seen |= zip(new, self._encoder.encode(new, progress=progress), strict=True)
        return np.array([self._seen[text] for text in texts], np.int8).reshape(-1, self.scale.dimension)


@cache
def remembering(name: str) -> Encoder:
    """The encoder of this name, once."""
    return Remembering(opened(name))


def similarity_of(name: str) -> Similarity:
    """Cosines of the canonical vectors of the encoder of this name."""
    return similarity_by(remembering(name))


def similarity_by(encoder: Encoder) -> Similarity:
    """Cosines of the canonical vectors of an encoder, so that the figures include the loss of int8."""
    seen: dict[tuple[str, ...], NDArray[np.float64]] = {}

    def units(texts: Sequence[str]) -> NDArray[np.float64]:
        if tuple(texts) not in seen:
            vectors = encoder.encode(texts).astype(np.float64)
            norms = np.linalg.norm(vectors, axis=1, keepdims=True)
            seen[tuple(texts)] = vectors / np.where(norms > 0, norms, 1)
        return seen[tuple(texts)]

    return lambda first, second: np.asarray(units(first) @ units(second).T)


def with_words(name: str, second: str | None = None, share: float = 0.0) -> Similarity:
    """The likeness that rankings use: the similarity, the words that meet, and a second encoder if there is one.

    `share`: the weight of the second. Unknown counts as 0.
    """
    encoder, reader = remembering(name), None if second is None else remembering(second)
    seen: dict[tuple[str, ...], Likeness] = {}

    def similarity(first: Sequence[str], second: Sequence[str]) -> Scores:
        if tuple(second) not in seen:
            seen.clear()
            seen[tuple(second)] = Likeness(encoder, second, second=reader, meaning=share)
        return np.nan_to_num(seen[tuple(second)].of(first))

    return similarity


def by_demands(judged: gold.Judged | gold.Unseen, similarity: Similarity) -> Similarity:
    """The same with the courses as what asks, as in rankings, where alumni are the queries of a set."""
    if judged.name.startswith("requests"):
        return similarity
    return lambda first, second: similarity(second, first).T


def together(first: Similarity, second: Similarity, share: float) -> Similarity:
    """Two similarities as one: each less its mean, over its deviation; `share`: that of the first, from 0 to 1."""

    def standard(scores: Scores) -> Scores:
        return np.asarray((scores - scores.mean()) / (scores.std() or 1))

    return lambda a, b: share * standard(first(a, b)) + (1 - share) * standard(second(a, b))


def searches(data: Path) -> list[Search]:
    """The sets that are searches. Raises OSError if a file is missing."""
    result = [_melo(data, "nl"), _melo(data, "en")]
    skills = table(data / "esco/skills_nl_en.tsv")
    names = [(name, row["uri"]) for row in skills for name in (row["pref_nl"], *row["alt_nl"].split(" | ")) if name]
    lines = [json.loads(line) for line in (data / "dev/vdab_esco_skillnorm.jsonl").read_text("utf-8").splitlines()]
    targets, owners = [name for name, _ in names], [uri for _, uri in names]
    result.append(
        Search("VDAB skills", [x["query"] for x in lines], targets, owners, [set(x["relevant"]) for x in lines])
    )
    esco = list(table(data / "train/esco_pairs.tsv.gz"))
    pairs = [row for row in esco if row["kind"] == "alt-pref" and row["lang_a"] == "nl"]
    concepts = sorted({row["b"] for row in pairs})
    for split, every in (("heldout", 1), ("train", 9)):
        some = [row for row in pairs if row["split"] == split][::every]
        result.append(
            Search(f"ESCO names, {split}", [x["a"] for x in some], concepts, concepts, [{x["b"]} for x in some])
        )
    described = [row for row in esco if row["kind"] == "label-desc"]
    for language in ("nl", "en"):
        held_out = [x for x in described if x["split"] == "heldout" and x["lang_a"] == language]
        texts = [x["b"] for x in held_out]
        result.append(
            Search(
                f"ESCO descriptions {language}, heldout", [x["a"] for x in held_out], texts, texts, [{x} for x in texts]
            )
        )
    return result


def _melo(data: Path, language: str) -> Search:
    folder = data / f"dev/melo_bel_nl_{language}"
    queries = list(lines(folder / "queries.tsv.gz"))
    targets = list(lines(folder / "corpus_elements.tsv.gz"))
    relevant: dict[str, set[str]] = {}
    for query, _, target, grade in lines(folder / "annotations.tsv.gz"):
        if int(grade) > 0:
            relevant.setdefault(query, set()).add(target)
    owners = [target for target, _ in targets]
    sought = [relevant.get(query, set()) for query, _ in queries]
    return Search(f"MELO bel nl-{language}", [text for _, text in queries], [x for _, x in targets], owners, sought)


def pairs(data: Path) -> list[Pairs]:
    """The sets of sentence pairs. Raises OSError if a file is missing."""
    with (data / "dev/stsb_nl/stsb-nl-test.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    sick = [row for row in table(data / "dev/sick_nl/SICK_NL.txt.gz") if row["SemEval_set"] == "TEST"]
    return [
        Pairs("STSb-nl test", [x[0] for x in rows], [x[1] for x in rows], [float(x[2]) for x in rows]),
        Pairs(
            "SICK-NL test",
            [x["sentence_A"] for x in sick],
            [x["sentence_B"] for x in sick],
            [float(x["relatedness_score"]) for x in sick],
        ),
    ]


def of_search(search: Search, similarity: Similarity) -> tuple[float, float]:
    """Mean reciprocal rank, and the share of queries with a relevant owner among the first ten."""
    ranks = places(similarity(search.queries, search.targets), search.owners, search.relevant)
    return float((1 / ranks).mean()), float((ranks <= 10).mean())


def of_pairs(judged: Pairs, similarity: Similarity) -> float:
    """Spearman's rank correlation between the cosines and the judgements of people."""
    from scipy.stats import spearmanr

    texts = sorted({*judged.first, *judged.second})
    row_of = {text: row for row, text in enumerate(texts)}
    cosines = similarity(texts, texts)[[row_of[x] for x in judged.first], [row_of[x] for x in judged.second]]
    return float(spearmanr(cosines, judged.alike).statistic)


def of_judged(judged: gold.Judged, similarity: Similarity) -> float:
    """Mean nDCG@10 with gain 2^grade - 1 (Burges et al. 2005), over the queries that have a candidate of grade > 0."""
    from sklearn.metrics import ndcg_score

    scores, gains = np.round(similarity(judged.queries, judged.candidates), 6), 2**judged.grades - 1
    some = gains.any(axis=1)
    return float(ndcg_score(gains[some], scores[some], k=10))


def of_unseen(pairs: gold.Unseen, similarity: Similarity) -> tuple[float, float]:
    """nDCG@10 as `of_judged`, of each query among its own candidates; Spearman's rank correlation over all pairs."""
    from scipy.stats import spearmanr
    from sklearn.metrics import ndcg_score

    queries, texts = list(dict.fromkeys(pairs.asked)), list(dict.fromkeys(pairs.offered))
    every = np.round(similarity(queries, texts), 6)
    query = np.array([queries.index(text) for text in pairs.asked])
    scores = every[query, [texts.index(text) for text in pairs.offered]]
    gains = 2.0**pairs.grades - 1
    found = [
        ndcg_score(gains[None, query == number], scores[None, query == number], k=10)
        for number in range(len(queries))
        if gains[query == number].any()
    ]
    return float(np.mean(found)), float(spearmanr(scores, pairs.grades).statistic)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--encoder", nargs="*")
    parser.add_argument("--share", type=float, nargs="*", default=[])
    parser.add_argument("--all", type=float, nargs="*", default=[])
    given = parser.parse_args()
    names = given.encoder or ([DEFAULT] if given.data else [DEFAULT, MINILM])
    ways = {name: similarity_of(name) for name in names}
    if DEFAULT in names:
        ways[WITH_WORDS] = with_words(DEFAULT)
    if (given.share or given.all) and len(names) != 2:
        parser.error("--share and --all take two encoders")
    for share in given.share:
        ways[f"together, {share:g}"] = together(ways[names[0]], ways[names[1]], share)
    for share in given.all:
        ways[f"{ALL}{share:g}"] = with_words(names[0], names[1], share)
    lexically = {"char TF-IDF": lexical, "BM25": bm25}
    _line("", [Path(name).name for name in ways | lexically])
    _graded(ways, lexically)
    if given.data is None:
        return
    for search in searches(given.data):
        found = [of_search(search, way) for way in (ways | lexically).values()]
        _line(f"{search.name}, MRR / hit@10", [f"{rank:.3f} / {hits:.3f}" for rank, hits in found])
    for set_ in pairs(given.data):
        _line(f"{set_.name}, Spearman", [f"{of_pairs(set_, way):.3f}" for way in [*ways.values(), lexical]])


def _graded(ways: Mapping[str, Similarity], lexically: Mapping[str, Similarity]) -> None:
    """Prints the lines of the gold set, and of the pairs that nobody looked at."""

    def every(judged: gold.Judged | gold.Unseen) -> list[Similarity]:
        asked = (
            by_demands(judged, way) if name == WITH_WORDS or name.startswith(ALL) else way for name, way in ways.items()
        )
        return [*asked, *lexically.values()]

    for judged in gold.read():
        _line(f"gold, {judged.name}, nDCG@10", [f"{of_judged(judged, way):.3f}" for way in every(judged)])
    for unseen in gold.unseen():
        found = [of_unseen(unseen, way) for way in every(unseen)]
        _line(f"unseen, {unseen.name}, nDCG@10 / Spearman", [f"{gain:.3f} / {rank:.3f}" for gain, rank in found])


def _line(name: str, cells: Sequence[str]) -> None:
    print(f"{name:48}" + "".join(f"{cell:>20}" for cell in cells), flush=True)  # noqa: T201 - a command line


if __name__ == "__main__":
    main()
