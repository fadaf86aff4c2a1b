"""How far the words of the demand meet those of what the alumnus can or wants: beside the mean of long texts.

Scale: each asked word with its nearest word of the alumnus, weighted by how rare it is in the language, calibrated for
the encoder (`matcher.meeting`); of a long text of the alumnus without what so many words meet by chance. Words of the
demand are always the asked ones, whoever is the query. Where both texts have fewer than `FEW` words that say something,
or the demand has none, it is the similarity. Unknown where that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np

from matcher.meeting import FEW, calibrated, corrected, nearest, nearest_of, shares, shares_of
from matcher.pool import Pool
from matcher.pool.asked_words import AskedTogether, AskedWords
from matcher.pool.columns import CAN, SIDE_BITS, WANTS, Float64, Int32, Int64, Ragged, Words
from matcher.pool.pairs import Pairs
from matcher.pool.rare_words import lists_of
from matcher.recent import keep

CODE = "words"
_REMEMBERED = 2
_ON_SIDE = {side: (np.arange(1 << SIDE_BITS) & side) != 0 for side in (CAN, WANTS)}
"""By side, for each value of the lowest bits of an entry whether the word is in that text."""


def values(pairs: Pairs, similar: Float64) -> Float64:
    """The calibrated share of the asked words that meet, shape (m,)."""
    asked = _asked(pairs)
    if not asked.any():
        return similar
    share, own = _of_people(pairs) if pairs.demand_is_query else _of_demands(pairs)
    enough = (asked > 0) & ((asked >= FEW) | (own >= FEW))
    scale = pairs.pool.scale
    value = calibrated(scale.words, corrected(scale.baseline, share, own))
    return np.where(np.isnan(similar), np.nan, np.where(enough, value, similar))


def most(pairs: Pairs, similar: Float64) -> Float64:
    """What `values` can be at most, without a look at the words of anyone; shape (m,), NaN where it is unknown.

    A share of 1 is 1 for every length of a text.
    """
    top = calibrated(pairs.pool.scale.words, np.ones(1))
    return np.where(_asked(pairs) > 0, np.maximum(top, similar), similar)


def evidence(pairs: Pairs) -> Sequence[Mapping[str, object]]:
    """Which of the two texts of the alumnus was compared, and how many words of the demand say something."""
    asked = pairs.each(_asked(pairs)).tolist()
    sides = ["wants" if gives else "can" for (gives,) in pairs.listed(pairs.gives_to_alumnus)]
    return [{"side": side, "asked": count} for side, count in zip(sides, asked, strict=True)]


def _asked(pairs: Pairs) -> Int64:
    """How many words of each demand say something, shape (m,) or (1,)."""
    codes, owner = pairs.demands.words.gather(pairs.demand_rows)
    says = pairs.pool.words.rarity[codes] > 0
    return np.bincount(owner[says], minlength=len(pairs.demand_rows))


def _of_people(pairs: Pairs) -> tuple[Float64, Int64]:
    """The share of each alumnus, for one demand, and how many words of each say something; shape (m,) each."""
    pool, words = pairs.pool, pairs.pool.words
    asked = pairs.demands.words.row(pairs.query)
    asked = asked[words.rarity[asked] > 0]
    side = WANTS if pairs.gives_to_alumnus[0] else CAN
    rows, back = pairs.pool_people, None
    if pairs.copied_from is not None:  # a change of a copy is none of its text
        rows, back = np.unique(rows, return_inverse=True)
    met = met_by(pool, asked)
    lists = [_on_side(one, words, rows, side) for one in lists_of(pool.people, without_rare=pool.without_rare)]
    own = reduce(np.add, (np.diff(starts) for _, starts in lists))
    codes, starts = _one_after_another(lists)
    near = nearest_of(met.near(codes), codes, starts)  # all lists at once: of an alumnus one row of each
    near = reduce(np.maximum, np.split(near, len(lists)))
    share = shares(near, words.rarity[asked], pool.scale.factor)
    return (share, own) if back is None else (share[back], own[back])


def together(pool: Pool, requests: Int64) -> AskedTogether:
    """The words of these requests of a pool, by row, compared with all of its words at once."""
    return AskedTogether(pool.words, [_saying(pool, row) for row in requests.tolist()])


def expect(pool: Pool, request: int, compared: AskedTogether) -> None:
    """Remembers what the words of a request meet, for the ranking of it that comes next."""
    asked = _saying(pool, request)
    known, key = pool.of_people.asked, asked.tobytes()
    if key not in known:
        known.clear()
        known[key] = compared.of(asked)


def _saying(pool: Pool, request: int) -> Int32:
    """The words of a request that say something."""
    asked = pool.requests.words.row(request)
    return asked[pool.words.rarity[asked] > 0]


def met_by(pool: Pool, asked: Int32) -> AskedWords:
    """What these words meet in a pool: that of the last questions is remembered."""
    known, key = pool.of_people.asked, asked.tobytes()
    met = known.get(key)
    if met is None or met.words is not pool.words:
        met = keep(known, key, AskedWords(pool.words, asked), _REMEMBERED)
    return met


def _of_demands(pairs: Pairs) -> tuple[Float64, Int64]:
    """The share of each demand, for one alumnus, and how many words of the text of the alumnus say something."""
    words = pairs.pool.words
    codes, owner = pairs.demands.words.gather(pairs.rows)
    wants = pairs.each(pairs.gives_to_alumnus)[owner]
    near = np.zeros(len(codes))
    own = np.zeros(len(pairs), np.int64)
    of_demand = pairs.each(pairs.gives_to_alumnus)
    for side, chosen in ((CAN, ~wants), (WANTS, wants)):
        if chosen.any():
            of_words, count = near_words(pairs, side)
            near[chosen] = of_words[codes[chosen]]
            own[of_demand == (side == WANTS)] = count
    rarity = words.rarity[codes].astype(np.float64)
    met = np.bincount(owner, weights=rarity * near, minlength=len(pairs)).astype(np.float64)
    asked = np.bincount(owner, weights=rarity, minlength=len(pairs)).astype(np.int64)
    return shares_of(met, asked, pairs.pool.scale.factor), own


def near_words(pairs: Pairs, side: int) -> tuple[Float64, int]:
    """For each word that a demand of the pool has the nearest word of the alumnus, shape (words,), and of how many."""
    pool, person = pairs.pool, int(pairs.pool_people[0])
    known = pool.of_people.met
    if (person, side) not in known:
        words = pool.words
        asking = np.zeros(len(words), np.bool_)
        for demands in (pool.requests, pool.offerings, pairs.demands):
            asking[demands.words.values] = True
        own = np.concatenate(
            [
                _on_side(one, words, np.array([person]), side)[0]
                for one in lists_of(pairs.pool.people, without_rare=pairs.pool.without_rare)
            ]
        )
        near = np.zeros(len(words))
        (near[asking],) = nearest(
            words.vector[asking], words.vector[own], np.arange(len(own)), np.array([0, len(own)], np.int64)
        )
        return keep(known, (person, side), (near, len(own)), _REMEMBERED)
    return known[person, side]


def _on_side(lists: Ragged, words: Words, rows: Int64, side: int) -> tuple[Int32, Int64]:
    """The words of these alumni in this text that say something, one alumnus after another; where each begins."""
    entries, lengths = lists.flat(rows)
    counts = ((words.rarity > 0)[:, None] & _ON_SIDE[side]).ravel()  # by entry
    of_side = np.flatnonzero(counts.take(entries))
    starts = np.concatenate([np.zeros(1, np.int64), np.searchsorted(of_side, np.cumsum(lengths))])
    return entries.take(of_side) >> SIDE_BITS, starts


def _one_after_another(lists: Sequence[tuple[Int32, Int64]]) -> tuple[Int32, Int64]:
    """The rows of one list and then those of the next."""
    (codes, starts), *others = lists
    for more, behind in others:
        starts = np.concatenate([starts, behind[1:] + starts[-1]])
        codes = np.concatenate([codes, more])
    return codes, starts
