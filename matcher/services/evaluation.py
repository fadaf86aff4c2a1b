"""How good rankings are by the grades of the school's own people, and ranking in another way once that is not worse.

Of each request that was judged only its judged alumni are ranked, by each way (condensed lists: Sakai 2007), since a
pair that nobody judged is not a bad one. Rules are left out: they say who may be asked, not who fits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import cast

import numpy as np

from matcher.domain.records import RecordKind, Request
from matcher.engine.weights import readable
from matcher.errors import InvalidValue, UnknownId
from matcher.index.exact import similarity_of
from matcher.matching.lexical import Bm25, CharacterTfIdf
from matcher.matching.quality import Interval, interval, ndcg
from matcher.matching.question import Question
from matcher.matching.ranking import scores, similarities
from matcher.matching.weights import Weights, own, shipped
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.columns import Float64, Words
from matcher.pool.pairs import Pairs
from matcher.pool.rare_words import word_number, words_in
from matcher.pool.texts import demand_text
from matcher.ports import Encoder
from matcher.repositories import Records, Transaction
from matcher.repositories.grades import KeptRanking
from matcher.services.app import App, StoreApp
from matcher.services.pools import newest_pool
from matcher.services.texts import texts_of
from matcher.text import fold

LEAST_PAIRS, LEAST_REQUESTS = 100, 10
"""From so many graded pairs over so many requests on, what is measured decides; below that it informs."""
MOST_COMPARED = 2_000
"""Alumni by whose texts the plain searches learn how rare a word is, besides those who were judged."""
OURS, BM25, TF_IDF = "ours", "bm25", "tf_idf"
WAYS = (OURS, BM25, TF_IDF)


@dataclass(frozen=True, slots=True)
class Grounds:
    """On what is measured: graded pairs, requests with any, and those of them whose grades tell rankings apart.

    A request tells nothing where all its alumni have one grade. `decides`: whether there are enough.
    """

    pairs: int
    requests: int
    telling: int

    @property
    def decides(self) -> bool:
        """Whether what is measured decides, or only informs."""
        return self.pairs >= LEAST_PAIRS and self.requests >= LEAST_REQUESTS


@dataclass(frozen=True, slots=True)
class Quality:
    """nDCG@10 of each way to rank, by its name in `WAYS`; empty where no request tells anything."""

    school: str | None
    grounds: Grounds
    weights: tuple[str, ...]
    """Names of the weights of the kinds that were measured."""
    encoder: str
    ways: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Change:
    """Another way to rank beside the present one: the difference of nDCG@10, None where nothing tells.

    `used`: whether it is in use now.
    """

    grounds: Grounds
    before: Interval | None
    after: Interval | None
    difference: Interval | None
    used: bool


@dataclass(frozen=True, slots=True)
class _Case:
    """A request with its judged alumni: rows of the pool next to it, their random keys, and mean grades, shape (m,)."""

    request: Request
    pairs: Pairs
    keys: Sequence[int]
    grades: Float64
    texts: Mapping[int, str]


def evaluate(app: App, asker: Asker, school: str | None = None) -> Quality:
    """How good our ranking is, next to BM25 and TF-IDF of characters, by the grades of a school or of all.

    Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.EVALUATE, school)
    app = app.with_weights()
    with app.store.read() as records:
        if owner is not None and owner not in records.records.schools():
            raise UnknownId("unknown_school", school=owner)
    cases, grounds = _cases(app, owner)
    found: dict[str, list[float]] = defaultdict(list)
    for case, plain in zip(cases, _plain(app, cases), strict=True):
        for way, values in {OURS: _ours(case, app.weights), **plain}.items():
            found[way].append(ndcg(case.grades, values))
    names = sorted({app.weights.names[int(case.pairs.demands.kind[case.pairs.query])] for case in cases})
    ways = {way: interval(np.array(values)) for way, values in found.items()}
    app.store.write(lambda tx: tx.note(Action.EVALUATE, _note(grounds)), by=asker)
    return Quality(owner, grounds, tuple(names), app.engine.vectors.encoder.id, ways)


def kept(app: StoreApp, asker: Asker) -> list[KeptRanking]:
    """How was ranked, the newest first; the first that was not taken back is in use. Raises Forbidden."""
    asker.scope(Action.RANKING_USE)
    with app.store.read() as records:
        return records.rankings.listed()


def use(  # noqa: PLR0917 - what is used, and what is kept of it
    app: App,
    asker: Asker,
    weights: str | None,
    encoder: Encoder | None = None,
    name: str | None = None,
    tried: Mapping[str, object] | None = None,
) -> Change:
    """Ranks by other weights, or by another encoder, unless that is worse by the grades of all schools.

    `weights`: TOML, None for those that are in use; `encoder` with its `name`, None for the one in use; `tried`:
    what a trial said of it (`trials`), kept beside what is measured. Below the least
    number of grades it is used all the same. Weights count from the next question on in every process, an encoder from
    the next start. Raises Forbidden, InvalidValue for weights that cannot be used.
    """
    asker.scope(Action.RANKING_USE)
    with app.store.read() as records:
        present = records.rankings.in_use()
    app = app.with_weights((readable(present.weights) if present else None) or shipped())
    other = app.weights if weights is None else own(weights)
    cases, grounds = _cases(app, None)
    before = np.array([ndcg(case.grades, _ours(case, app.weights)) for case in cases])
    after = np.array([ndcg(case.grades, _ours(case, other, encoder)) for case in cases])
    difference = interval(after - before) if cases else None
    refused = grounds.decides and difference is not None and difference.is_worse
    measured = {**_note(grounds), "difference": None if difference is None else asdict(difference)}
    as_shipped = weights is not None and other.names == shipped().names

    def work(tx: Transaction) -> None:
        if not refused:
            present = tx.rankings.in_use()
            text = weights if weights is not None else present.weights if present else None
            chosen = name if name is not None else present.encoder if present else None
            kept = measured if tried is None else {**measured, "trial": tried}
            tx.rankings.use(None if as_shipped else text, chosen, kept)
        tx.note(Action.RANKING_USE, {**measured, "weights": _differing(app.weights, other), "used": not refused})

    app.store.write(work, by=asker)
    was, becomes = (interval(values) if cases else None for values in (before, after))
    return Change(grounds, was, becomes, difference, not refused)


def back(app: StoreApp, asker: Asker) -> KeptRanking:
    """Ranks as before the last change; returns what is in use no more.

    Raises Forbidden, InvalidValue('nothing_before') where the program ranks as it came.
    """
    asker.scope(Action.RANKING_USE)

    def work(tx: Transaction) -> KeptRanking:
        ended = tx.rankings.back()
        if ended is None:
            raise InvalidValue("nothing_before")
        used = tx.rankings.in_use()
        tx.note("ranking.back", {"ended": ended.number, "used": used.number if used else 0})
        return ended

    return app.store.write(work, by=asker)


def _note(grounds: Grounds) -> dict[str, object]:
    return {"pairs": grounds.pairs, "requests": grounds.requests, "telling": grounds.telling}


def _differing(one: Weights, other: Weights) -> list[str]:
    """The names of the rows of the second that the first has not."""
    return [name for name in other.names if name not in one.names]


def _cases(app: App, school: str | None) -> tuple[list[_Case], Grounds]:
    """The judged requests whose grades tell rankings apart; and on what is measured."""
    with app.store.read() as records:
        given = records.grades.given(school)
        origin = records.changes.origin()
    by_request: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for one in given:
        by_request[one.request_key][one.alumnus_key].append(cast("int", one.grade))
    pool, cases = newest_pool(app, origin), []
    with app.store.read() as records:
        requests = records.records.by_key(RecordKind.REQUESTS, list(by_request))
        for key, judged in by_request.items():
            case = _case(app, records, pool, cast("Request | None", requests.get(key)), judged)
            if case is not None:
                cases.append(case)
    pairs = sum(len(judged) for judged in by_request.values())
    return cases, Grounds(pairs, len(by_request), len(cases))


def _case(
    app: App, records: Records, pool: Pool, request: Request | None, judged: Mapping[int, Sequence[int]]
) -> _Case | None:
    if request is None:
        return None
    row_of = {key: pool.person_row.get(key) for key in judged}
    rows = sorted((row, key) for key, row in row_of.items() if row is not None)
    grades = np.array([np.mean(judged[key]) for _, key in rows])
    if len(rows) < 2 or np.ptp(grades) == 0:
        return None
    try:
        pairs = Question(request, app.clock.today()).candidates(pool).pairs
    except UnknownId:  # removed in between
        return None
    keys = [key for _, key in rows]
    chosen = pairs.at(np.array([row for row, _ in rows], np.int64))
    texts = texts_of(records, chosen, keys)
    return _Case(request, chosen, keys, grades, texts) if len(texts) == len(keys) else None


def _ours(case: _Case, weights: Weights, encoder: Encoder | None = None) -> Float64:
    """The scores of the judged alumni by our ranking; with `encoder` by that one's likeness of texts and words."""
    if encoder is None:
        return scores(case.pairs, similarities(case.pairs), weights)
    return scores(_with_words(case, encoder), _similar(case, encoder), weights)


def _with_words(case: _Case, encoder: Encoder) -> Pairs:
    """The same pairs in a pool that knows the words of their texts as this encoder does, and no others."""
    texts = [demand_text(case.request), *case.texts.values()]
    word_of = {word_number(word): fold(word) for text in texts for word in words_in(text)}
    pool = case.pairs.pool
    rows = np.flatnonzero(np.isin(pool.words.number, list(word_of)))
    made = encoder.of_words([word_of[number] for number in pool.words.number[rows].tolist()])
    nothing = np.zeros(len(pool.words), np.uint8)
    vectors = np.zeros((len(pool.words), encoder.scale.dimension), np.int8)
    blank = Words(pool.words.number, nothing, vectors)
    words = blank.put(rows, Words(pool.words.number[rows], made.rarity, made.vectors))
    return replace(case.pairs, pool=replace(pool, words=words, scale=encoder.scale))


def _similar(case: _Case, encoder: Encoder) -> Float64:
    asked, *vectors = encoder.encode([demand_text(case.request), *(case.texts[key] for key in case.keys)])
    stacked = np.array(vectors).astype(np.int32)
    known = stacked.any(axis=1) & asked.any()
    return np.where(known, similarity_of(encoder.scale, stacked @ asked.astype(np.int32)), np.nan)


def _plain(app: App, cases: Sequence[_Case]) -> list[dict[str, Float64]]:
    """The scores of the plain searches, of each request; they learn from the texts of alumni of the same side."""
    found: list[dict[str, Float64]] = []
    learned: dict[bool, tuple[list[int], Bm25, CharacterTfIdf]] = {}
    for case in cases:
        gives = bool(case.pairs.gives_to_alumnus.any())
        if gives not in learned:
            same = [one for one in cases if bool(one.pairs.gives_to_alumnus.any()) == gives]
            texts = {key: text for one in same for key, text in one.texts.items()}
            people = case.pairs.pool.people.key
            others = people[:: max(1, len(people) // MOST_COMPARED)][:MOST_COMPARED].tolist()
            with app.store.read() as records:
                texts = {**texts_of(records, case.pairs, others), **texts}
            learned[gives] = list(texts), Bm25(list(texts.values())), CharacterTfIdf(list(texts.values()))
        keys, bm25, tf_idf = learned[gives]
        rows = [keys.index(key) for key in case.keys]
        asked = demand_text(case.request)
        found.append({BM25: bm25.scores(asked)[rows], TF_IDF: tf_idf.scores(asked)[rows]})
    return found
