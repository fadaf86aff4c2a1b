"""Judging how well alumni fit requests: pairs are drawn, shown without score or order, and graded.

A sitting is twenty pairs: ten alumni for each of two open requests, those with the fewest grades first. They come in
turn from the top of our own ranking, of BM25, of TF-IDF of characters, and from chance, so that what is judged does not
favour any of them (pooling: Spärck Jones and Van Rijsbergen 1975), and are then shuffled. Every alumnus passes all
rules for that request, so agreed to be asked for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import cast

import numpy as np

from matcher.domain.kinds import Purpose, mask_of
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.errors import InvalidValue, UnknownId
from matcher.matching import ranking
from matcher.matching.lexical import Bm25, CharacterTfIdf
from matcher.matching.question import Question
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.columns import code_of, day_number
from matcher.pool.pairs import Pairs
from matcher.pool.texts import demand_text
from matcher.repositories import Records, Transaction
from matcher.repositories.grades import GRADES, Grade
from matcher.services import admission
from matcher.services.app import App, StoreApp
from matcher.services.eligibility import failed_rule
from matcher.services.pools import newest_pool
from matcher.services.requests import open_requests
from matcher.services.texts import texts_of

PAIRS, EACH = 20, 10
"""Pairs of a sitting, and of one request in it."""
MOST_COMPARED = 2_000
"""Alumni whose texts the plain searches look at: of more, so many by chance."""
_TOP = 3 * EACH


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair of a sitting, to be shown: `number` of `total`, from 1; `done`: how many are judged or skipped.

    `grade`: what the asker said of it; None where nothing was said. What the alumnus wrote is not shown, as in lists.
    """

    key: int
    request: Request
    alumnus: Alumnus
    number: int
    total: int
    done: int
    grade: int | None


@dataclass(frozen=True, slots=True)
class Sitting:
    """Where an asker is: the pair to judge, None where there is none; and how much of the last sitting is done.

    `given`: the pairs with a grade of the school's requests, by whomever; `requests`: of how many requests.
    """

    pair: Judged | None
    done: int
    total: int
    given: int
    requests: int


def draw(app: App, asker: Asker) -> int:
    """A new sitting for the asker; returns of how many pairs: fewer where there are not enough, 0 where none is.

    Raises Forbidden.
    """
    school = asker.owner(Action.GRADE)
    pool, source = newest_pool(app), SystemRandom()
    with app.store.read() as records:
        given = records.grades.given(school)
    own = {(one.request_key, one.alumnus_key) for one in given if one.actor == asker.key}
    pairs: list[tuple[int, int]] = []
    for request in _requests(app, pool, given, school, source):
        done = {alumnus for key, alumnus in own if key == request.key}
        some = _candidates(app, asker, pool, request, source)
        fresh = [key for key in some if key not in done][: min(EACH, PAIRS - len(pairs))]
        source.shuffle(fresh)
        pairs += [(request.key, key) for key in fresh]
        if len(pairs) >= PAIRS:
            break

    def work(tx: Transaction) -> int:
        there = [_keys(tx, kind, {pair[place] for pair in pairs}) for place, kind in enumerate(_KINDS)]
        kept = [pair for pair in pairs if pair[0] in there[0] and pair[1] in there[1]]
        tx.grades.draw(kept)
        tx.note("grade.draw", {"queries": sorted({one for one, _ in kept}), "alumni": sorted({one for _, one in kept})})
        return len(kept)

    return app.store.write(work, by=asker)


_KINDS = (RecordKind.REQUESTS, RecordKind.ALUMNI)


def _keys(records: Records, kind: RecordKind, keys: set[int]) -> set[int]:
    return set(records.records.by_key(kind, sorted(keys), consents=False))


def _requests(app: App, pool: Pool, given: Sequence[Grade], school: str | None, source: Random) -> Iterator[Request]:
    """The open requests, those with the fewest judged alumni first, else by chance."""
    judged = Counter(request for request, _ in {(one.request_key, one.alumnus_key) for one in given})
    keys = open_requests(pool, app.clock.today(), school=school)
    source.shuffle(keys)
    for key in sorted(keys, key=lambda one: judged[one]):
        with app.store.read() as records:
            found = records.records.by_key(RecordKind.REQUESTS, [key])
        if key in found:
            yield cast("Request", found[key])


def _candidates(app: App, asker: Asker, pool: Pool, request: Request, source: Random) -> list[int]:
    """Random keys of alumni to judge for a request: in turn the best of each way to rank, and one by chance."""
    day = app.clock.today()
    candidates = Question(request, day).candidates(pool)
    pairs = ranking.apply_rules(candidates.pairs, candidates.seen).pairs
    pairs = pairs.take(_admitted(asker, pairs, day_number(day)))
    if not len(pairs):
        return []
    people = pool.people.key
    ours = people[ranking.top(pairs, _TOP, app.weights).rows].tolist()
    listed = people[pairs.rows].tolist()
    some = listed if len(listed) <= MOST_COMPARED else source.sample(listed, MOST_COMPARED)
    some = list(dict.fromkeys([*some, *ours]))
    source.shuffle(some)  # ties of the plain searches are broken by chance
    with app.store.read() as records:
        texts = texts_of(records, pairs, some)
    some, asked = [key for key in some if key in texts], demand_text(request)
    read = [texts[key] for key in some]
    plain = (way(read).scores(asked) for way in (Bm25, CharacterTfIdf))
    tops = [[some[row] for row in np.argsort(-scores, kind="stable")[:_TOP].tolist()] for scores in plain]
    return _in_turn([ours, *tops, source.sample(some, min(len(some), _TOP))])


def _admitted(asker: Asker, pairs: Pairs, day: int) -> np.ndarray:
    """The pairs whose alumnus the asker may be shown: of the own school, and as for lists of alumni."""
    admitted = np.ones(len(pairs), np.bool_)
    if asker.school is not None:
        admitted &= pairs.pool.people.school[pairs.rows] == code_of(asker.school)
    if not asker.may(Action.ALUMNI_REGISTER):
        agreed = pairs.pool.consents_on(day)[pairs.rows] & mask_of(frozenset({Purpose.LLO_ADVICE}))
        admitted &= agreed != 0
    return admitted


def _in_turn(lists: Sequence[Sequence[int]]) -> list[int]:
    """One of each list in turn, each once."""
    taken: dict[int, None] = {}
    rest = [iter(one) for one in lists]
    while rest:
        for one in [*rest]:
            key = next((key for key in one if key not in taken), None)
            if key is None:
                rest.remove(one)
            else:
                taken[key] = None
    return list(taken)


def sitting(app: StoreApp, asker: Asker, number: int | None = None) -> Sitting:
    """The next pair to judge in the asker's last sitting, or the pair with this number, judged or not.

    A pair whose alumnus may no longer be asked for that request is passed over. Raises Forbidden.
    """
    school = asker.owner(Action.GRADE)
    with app.store.read() as records:
        drawn = records.grades.sitting(asker.key)
        given = {(one.request_key, one.alumnus_key) for one in records.grades.given(school)}
        done = sum(one.done_at is not None for one in drawn)
        wanted = [one for one in drawn if (one.done_at is None if number is None else one.number == number)]
        shown = (_shown(app, asker, records, one, len(drawn), done) for one in wanted)
        pair = next((one for one in shown if one is not None), None)
    return Sitting(pair, done, len(drawn), len(given), len({request for request, _ in given}))


def _shown(app: StoreApp, asker: Asker, records: Records, one: Grade, total: int, done: int) -> Judged | None:  # noqa: PLR0917 - a pair and its place
    request = records.records.by_key(RecordKind.REQUESTS, [one.request_key]).get(one.request_key)
    alumnus = records.records.by_key(RecordKind.ALUMNI, [one.alumnus_key]).get(one.alumnus_key)
    if not isinstance(request, Request) or not isinstance(alumnus, Alumnus) or not _may_see(app, asker, alumnus):
        return None
    if asker.school not in {None, request.school} or failed_rule(records, app.terms, request, alumnus, records.today):
        return None
    return Judged(one.key, request, alumnus, one.number, total, done, one.grade)


def _may_see(app: StoreApp, asker: Asker, alumnus: Alumnus) -> bool:
    """The same as `_admitted`, of a record."""
    if asker.school not in {None, alumnus.school}:
        return False
    wanted = admission.agreement(app, asker)
    return wanted is None or any(
        consent.purpose is wanted.purpose
        and consent.withdrawn_on is None
        and (consent.given_on is None or consent.given_on >= wanted.since)
        for consent in alumnus.consents
    )


def give(app: StoreApp, asker: Asker, pair_key: int, grade: int | None) -> None:
    """Says how well the alumnus of a pair fits its request: 0 (not) to 3 (exactly); None skips the pair.

    It replaces what the asker said of that pair before. Raises Forbidden, InvalidValue for another grade, UnknownId for
    a pair that was not drawn for the asker, or is gone.
    """
    asker.owner(Action.GRADE)
    if grade is not None and grade not in GRADES:
        raise InvalidValue("not_a_grade", value=grade)

    def work(tx: Transaction) -> None:
        pair = next((one for one in tx.grades.sitting(asker.key) if one.key == pair_key), None)
        if pair is None or not tx.grades.put(pair_key, grade):
            raise UnknownId("unknown_pair_to_judge")
        tx.note(Action.GRADE, {"query": pair.request_key, "alumnus": pair.alumnus_key, "given": grade is not None})

    app.store.write(work, by=asker)
