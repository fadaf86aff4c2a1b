"""What a request does not want counts against an alumnus whose texts name it: `geen thuiszorg`.

Named is: the word itself, a form of it, a compound with it, or another name of the same (`matcher.links`), among the
words of the alumnus, which the pool knows by number. On cards only words that enough alumni of the school hold count.
The points are taken off the score after all signals and do not depend on the similarity, so the exact top-k stays
exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from matcher.domain.answers import Contribution
from matcher.links import LinkedPair, linked_to
from matcher.pool.columns import Bool, Demands, Float64, Int64
from matcher.pool.pairs import Pairs
from matcher.pool.rare_words import among, lists_of, numbers_of_row, word_number
from matcher.text import fold

CODE = "not_wanted"
POINTS = -0.25
"""What is taken off: more than any signal but the similarity can add."""
_MOST_NAMED = 3


def fits(pairs: Pairs) -> Bool:
    """Whether the alumnus of each pair fits what is not wanted, shape (1,) or (m,)."""
    lists = pairs.demands.unwanted
    rows = pairs.demand_rows
    some = lists.starts[rows + 1] > lists.starts[rows]
    if not some.any():
        return np.zeros(1, np.bool_)
    if pairs.demand_is_query:
        return _hold(pairs, pairs.person_rows, tuple(_numbers(pairs, pairs.query)))
    result = np.zeros(len(pairs), np.bool_)
    for position in np.flatnonzero(some).tolist():
        result[position] = _hold(pairs, pairs.person_rows, tuple(_numbers(pairs, int(rows[position]))))[0]
    return result


def numbers_of(demands: Demands) -> frozenset[int]:
    """The numbers of all words that say what these demands do not want."""
    some = np.flatnonzero(np.diff(demands.unwanted.starts)).tolist()
    return frozenset(number for row in some for number in _linked(_text(demands, row)))


def numbers_not_wanted(demands: Demands, row: int) -> frozenset[int]:
    """The numbers of all words that say what one demand does not want."""
    return (
        frozenset(_linked(_text(demands, row)))
        if demands.unwanted.starts[row + 1] > demands.unwanted.starts[row]
        else frozenset()
    )


def points(pairs: Pairs) -> Float64:
    """What is added to the score of each pair, 0 or `POINTS`, shape (1,) or (m,)."""
    return np.where(fits(pairs), POINTS, 0.0)


def naming(pairs: Pairs, word: str) -> Bool:
    """Which alumni have this word in their texts, or one that is linked to it; shape (m,)."""
    return pairs.each(_hold(pairs, pairs.person_rows, tuple(_linked(fold(word)))))


def contributions(pairs: Pairs) -> list[Contribution | None]:
    """The term of each pair, of the few that are shown; None where nothing counts against the alumnus."""
    hits = pairs.each(fits(pairs)).tolist()
    rows = zip(pairs.each(pairs.person_rows).tolist(), pairs.each(pairs.demand_rows).tolist(), strict=True)
    return [
        Contribution(CODE, 1.0, POINTS, POINTS, known=True, evidence=_evidence(pairs, person, demand)) if hit else None
        for hit, (person, demand) in zip(hits, rows, strict=True)
    ]


def _evidence(pairs: Pairs, person: int, demand: int) -> Mapping[str, object]:
    """The words of the request that the alumnus fits, and the words of the alumnus that say so, with their links."""
    numbers = _numbers(pairs, demand)
    held = sorted(
        {
            number
            for lists in lists_of(pairs.people, without_rare=pairs.pool.without_rare)
            for number in numbers_of_row(lists, pairs.pool.words, person)
        }
        & numbers.keys()
    )
    linked = sorted(
        (numbers[number] for number in held), key=lambda pair: (pair.asked, pair.own != pair.asked, pair.own)
    )
    named = {pair.asked: pair for pair in reversed(linked)}
    return {"words": sorted(named), "terms": [named[word].evidence for word in sorted(named)][:_MOST_NAMED]}


def _numbers(pairs: Pairs, demand: int) -> Mapping[int, LinkedPair]:
    """The words that say what this demand does not want, by number."""
    return _linked(_text(pairs.demands, demand))


def _text(demands: Demands, row: int) -> str:
    return "".join(map(chr, demands.unwanted.row(row).tolist()))


@lru_cache(256)
def _linked(text: str) -> Mapping[int, LinkedPair]:
    return {
        word_number(own): LinkedPair(asked, own, link)
        for asked in filter(None, text.split("\n"))
        for own, link in linked_to(asked).items()
    }


def _hold(pairs: Pairs, rows: Int64, numbers: Sequence[int]) -> Bool:
    """Which of these people hold one of these words, shape (rows,)."""
    result = np.zeros(len(rows), np.bool_)
    for lists in lists_of(pairs.people, without_rare=pairs.pool.without_rare) if numbers else ():
        own = lists.take(rows)
        result |= np.diff(np.append(0, np.cumsum(among(own, pairs.pool.words, numbers)))[own.starts]) > 0
    return result
