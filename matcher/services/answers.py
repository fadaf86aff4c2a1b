"""From ranked rows to the answer that is shown: contributions, cards, what-ifs, and the account of one pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from matcher.domain.answers import Account, Basis, Card, Match, More, QueryInfo, Ranking, RuleOutcome, WhatIf
from matcher.domain.kinds import KIND_CODES
from matcher.domain.records import Alumnus, Offering, Record, RecordKind, Request, owner_of, record_id
from matcher.matching import bands
from matcher.matching.question import Question, gone, row_of
from matcher.matching.ranking import (
    Outcome,
    Seen,
    apply_rules,
    contributions,
    looked_at,
    remembered_place,
    scores,
    side_of,
    similarities,
    top,
)
from matcher.matching.rules import RULES, RULES_VERSION, Rule, no_consent, own_field
from matcher.matching.visibility import visible as sees
from matcher.matching.weights import Weights
from matcher.matching.what_if import Change, changed, changes, rank_among, scores_after
from matcher.matching.widening import more
from matcher.pool import Pool
from matcher.pool.cards import cards_of
from matcher.pool.columns import Demands, Float64, Int32, Int64, People, day_of
from matcher.pool.pairs import Pairs
from matcher.pool.rare_words import numbers_of_row
from matcher.services.app import App
from matcher.services.evidence import with_evidence
from matcher.services.recognised import checked_on

_FEW, _TOPS = 2000, (10, 100)
"""Among more than so many a place is looked for in the best of the list first."""
_MOST_GROUPED = 100
"""To this place of a list an account says whether others fit equally well."""
MOST_WHAT_IFS = 3
"""The most changes that the account of one pair lists."""


@dataclass
class RankAfterChange:
    """The ranks that pairs would have if one property of the alumnus were different.

    When the candidates are people, a change of one of them leaves the others as they are; when the alumnus is the
    query, a change moves all candidates, so everything is ranked again, once per change.
    """

    visible: Pairs
    weights: Weights
    others_rows: Int64
    others_scores: Float64
    """Candidates to compare with: all that can stand above the pairs."""
    _again: dict[tuple[str, str], tuple[Int64, Float64]] = field(default_factory=dict)

    def what_ifs(self, shown: Pairs, ranks: Sequence[int | None], most: int, seen: Seen) -> list[tuple[WhatIf, ...]]:
        """For each of these candidates the first changes, at most `most`, that would raise its rank.

        A rank of None means not in the list: then any rank is higher. `seen`: what no change changes of the candidates.
        """
        row = shown.rows
        tried = [[] if rank == 1 else own for rank, own in zip(ranks, changes(shown), strict=True)]
        after = (
            self._people_after(row, tried, seen) if self.visible.demand_is_query else self._demands_after(row, tried)
        )
        return [
            tuple(islice((outcome for outcome in outcomes if rank is None or outcome.rank < rank), most))
            for rank, outcomes in zip(ranks, after, strict=True)
        ]

    def _people_after(self, row: Int64, tried: Sequence[Sequence[Change]], seen: Seen) -> Iterator[Iterator[WhatIf]]:
        """The rank of each alumnus after each change that keeps them in the list; all are scored at once."""
        owners = np.repeat(np.arange(len(row)), np.array([*map(len, tried)], np.int64))
        all_changes = [change for person_changes in tried for change in person_changes]
        values: Iterator[float] = iter(())
        if all_changes:
            persons = row[owners].tolist()
            values = iter(scores_after(self.visible, persons, all_changes, self.weights, seen.take(owners)).tolist())
        orders = self.visible.people.order
        for person, person_changes in zip(row, tried, strict=True):
            others = self.others_rows != person
            rivals = self.others_scores[others], orders[self.others_rows[others]]
            scored = [(change, next(values)) for change in person_changes]
            yield (
                WhatIf(change.code, change.values, rank_among(score, int(orders[person]), *rivals), score)
                for change, score in scored
                if not np.isnan(score)
            )

    def _demands_after(self, row: Int64, tried: Sequence[Sequence[Change]]) -> Iterator[Iterator[WhatIf]]:
        """The same for requests and courses of one alumnus."""
        for demand, demand_changes in zip(row, tried, strict=True):
            yield (outcome for change in demand_changes if (outcome := self._demand_after(int(demand), change)))

    def _demand_after(self, demand: int, change: Change) -> WhatIf | None:
        rows, values = self._ranked_again(change)
        position = np.flatnonzero(rows == demand)
        if not len(position):
            return None
        score, orders = float(values[position[0]]), self.visible.demands.order
        return WhatIf(change.code, change.values, rank_among(score, int(orders[demand]), values, orders[rows]), score)

    def _ranked_again(self, change: Change) -> tuple[Int64, Float64]:
        if change.name not in self._again:
            eligible = apply_rules(changed(self.visible, [self.visible.query], [change])).pairs
            self._again[change.name] = eligible.rows, scores(eligible, similarities(eligible), self.weights)
        return self._again[change.name]


def answer(app: App, question: Question, outcome: Outcome, *, cards: bool = False, widened: bool = False) -> Ranking:
    """The ranking with its matches; one query to the database for the cards.

    `cards`: the pool is without what is rare (`matcher.pool.cards`), and so are the words that are named. `widened`:
    with what changes of a request would add.
    """
    query, visible, eligible, ranked = question.record, outcome.candidates.pairs, outcome.eligible, outcome.best
    standing = RankAfterChange(visible, app.weights, ranked.rows, ranked.scores)
    shown = visible.at(ranked.rows)
    seen = looked_at(shown, similarities(shown), app.weights)
    tried = standing.what_ifs(shown, range(1, len(ranked.rows) + 1), 1, seen)
    return Ranking(
        query=_info(query),
        basis=_basis(visible, _weights_name(app.weights, visible)),
        eligible=len(eligible.pairs),
        excluded=eligible.excluded,
        matches=_matches(app, query, shown, ranked.scores, tried, seen, cards=cards, grouped=True),
        exact=ranked.exact,
        more=_more(app, outcome) if widened and isinstance(query, Request) else (),
        behind_since=visible.pool.behind.changes.began if visible.pool.behind else None,
    )


def _more(app: App, outcome: Outcome) -> tuple[More, ...]:
    return more(outcome.candidates, app.weights, app.bands, outcome.eligible.willing)


def account(app: App, question: Question, pool: Pool, candidate: Record, *, cards: bool = False) -> Account:
    """Everything about one pair: whether it may be seen, each rule, the terms of its score, its rank, what-ifs.

    `cards`: as in `answer`. Raises UnknownId if one of the two was erased between question and pool.
    """
    app = app.with_weights()
    query, candidates = question.record, question.candidates(pool)
    visible = candidates.visible
    row = np.array([_row_of(visible, candidate)], np.int64)
    pair = visible.at(row)
    may_be_seen = bool(np.isin(row, visible.rows)[0])
    agreed = bool(pair.each(no_consent.passes(pair))[0])
    passing = apply_rules(visible)
    eligible = passing.pairs
    kind = int(pair.each(pair.demand("kind"))[0])
    bare = Account(
        query=_info(query),
        candidate=replace(_info(candidate), title=""),
        basis=_basis(visible, app.weights.names[kind]),
        visible=may_be_seen,
        eligible=len(eligible),
        rules=(_outcome(no_consent, pair),) if may_be_seen else (),
        rank=None,
        match=None,
        what_if=(),
    )
    if not (may_be_seen and agreed):  # no data of the person leaves this function, and nothing more is computed
        return bare
    values = scores(eligible, similarities(eligible), app.weights)
    order = pair.people.order if visible.demand_is_query else pair.demands.order
    similar = similarities(pair)
    seen, own = looked_at(pair, similar, app.weights), scores(pair, similar, app.weights)
    matches = _matches(app, query, pair, own, [()], seen, cards=cards)
    if not matches:
        raise gone(candidate)
    (match,) = matches
    listed = bool(np.isin(row, eligible.rows)[0])
    rank = rank_among(match.score, int(order[row[0]]), values, order[eligible.rows]) if listed else None
    equals = _has_equals(app, eligible, values, order, int(row[0])) if rank and rank <= _MOST_GROUPED else False
    (tried,) = RankAfterChange(visible, app.weights, eligible.rows, values).what_ifs(pair, [rank], MOST_WHAT_IFS, seen)
    return replace(
        bare,
        candidate=_info(candidate),
        rules=tuple(_outcomes(pair)),
        rank=rank,
        match=replace(match, rank=rank or 0),
        what_if=tried,
        more=more(candidates, app.weights, app.bands, passing.willing) if isinstance(query, Request) else (),
        equals=equals,
    )


def _has_equals(app: App, eligible: Pairs, values: Float64, order: Int32, row: int) -> bool:
    """Whether others of the list are in the group of this row, of the first of the list."""
    first = np.lexsort((order[eligible.rows], -values))[: 2 * _MOST_GROUPED]
    best = eligible.take(first)
    banded = app.bands.of(best, similarities(best), app.weights)
    numbers = bands.groups([(banded.band(at), banded.capped_by(at)) for at in range(len(best))], values[first].tolist())
    mine = numbers[best.rows.tolist().index(row)]
    return numbers.count(mine) > 1


def standing_of(
    app: App, question: Question, pool: Pool, candidate: Alumnus, *, cards: bool = False
) -> tuple[int, int | None] | None:
    """How many are in the list of a request, and the place of this alumnus in it; None where they are hidden from it.

    The place is that of `account`, found without an account of anybody. Raises UnknownId if one of the two was erased
    between question and pool.
    """
    app, pool = app.with_weights(), cards_of(pool) if cards else pool
    row = row_of(pool.person_row, candidate)
    known = remembered_place(pool, question, app.weights, row)
    if known is not None:
        return known
    candidates = question.candidates(pool)
    here = np.array([row], np.int64)
    if not sees(candidates.pairs.at(here))[0]:
        return None
    eligible = apply_rules(candidates.pairs, candidates.seen).pairs
    if not np.isin(row, eligible.rows):
        return len(eligible), None
    side = side_of(eligible.demands, eligible.query)
    index = app.engine.indexes.of(pool, side, cards=cards) if len(eligible) > _FEW else None
    for most in _TOPS if len(eligible) > _FEW else ():
        best = top(eligible, most, app.weights, index, app.limits)
        place = np.flatnonzero(best.rows == row)
        if len(place) and best.exact:
            return len(eligible), int(place[0]) + 1
    values, order = scores(eligible, similarities(eligible), app.weights), eligible.people.order
    pair = eligible.at(here)
    own = float(scores(pair, similarities(pair), app.weights)[0])
    return len(eligible), rank_among(own, int(order[row]), values, order[eligible.rows])


def _info(record: Record) -> QueryInfo:
    match record:
        case Alumnus():
            return QueryInfo(record.alumnus_id, "alumnus", record.function or "", record.school, record.key)
        case Offering():
            return QueryInfo(record.offering_id, "offering", record.title, record.provider, record.key)
        case Request():
            return QueryInfo(record.request_id, record.kind.value, record.title, record.school, record.key)


def card_of(record: Record) -> Card:
    """The pseudonymous face of a record: role, field and town of an alumnus; title and provider of a course."""
    match record:
        case Alumnus():
            names = [item.name for item in record.qualifications if item.name]
            field_ = record.sector or (names[0] if names else None)
            return Card(record.function or (names[0] if names else None), field_, record.town)
        case Offering():
            return Card(record.title, record.provider, record.town)
        case _:
            return Card(record.title, record.school, record.town)


def _matches(  # noqa: PLR0917 - pairs, and what is known of them
    app: App,
    query: Record,
    shown: Pairs,
    points: Float64,
    tried: Sequence[tuple[WhatIf, ...]],
    seen: Seen,
    *,
    cards: bool,
    grouped: bool = False,
) -> tuple[Match, ...]:
    """The matches of the records that are still there; `grouped`: with the numbers of their groups in the list."""
    table, kind = _candidates(shown)
    keys = table.key[shown.rows].tolist()
    with app.store.read() as reading:
        by_key = reading.records.by_key(kind, keys, consents=False)
        checked = checked_on(reading, query, by_key.values())
    positions = [
        position for position, key in enumerate(keys) if key in by_key
    ]  # skips records erased since the pool was built
    records = [by_key[keys[position]] for position in positions]
    if len(positions) < len(keys):
        there = np.array(positions, np.int64)
        shown, seen, points = shown.take(there), seen.take(there), points[there]
    scored = points.tolist()
    kinds = shown.each(shown.demand("kind")).tolist()
    similar = similarities(shown) if seen.similar is None else seen.similar
    values = {column: value for (column, _), value in seen.values.items()}
    terms = contributions(shown, similar, app.weights, values)
    banded = app.bands.of(shown, similar, app.weights, known=values)
    rows, rare_words = shown.each(shown.person_rows).tolist(), shown.people.rare_words
    rare = [numbers_of_row(rare_words, shown.pool.words, row) if cards else () for row in rows]
    encoder, year = app.engine.vectors.encoder, day_of(shown.as_of).year
    explained = with_evidence(encoder, query, records, terms, rare, year=year, cards=cards)
    named = [(banded.band(at), banded.capped_by(at)) for at in range(len(records))]
    groups = bands.groups(named, scored) if grouped else [0] * len(records)
    return tuple(
        Match(
            rank=rank,
            key=record.key,
            candidate_id=record_id(record),
            owner=owner_of(record),
            kind=KIND_CODES[code],
            score=score,
            band=named[rank - 1][0],
            capped_by=named[rank - 1][1],
            group=groups[rank - 1],
            contributions=contributed,
            what_if=tried[position],
            card=replace(card_of(record), checked_on=checked.get(record.key)),
            weights=app.weights.names[code],
            record=record,
        )
        for rank, (position, record, code, score, contributed) in enumerate(
            zip(positions, records, kinds, scored, explained, strict=True), 1
        )
    )


def _candidates(pairs: Pairs) -> tuple[People | Demands, RecordKind]:
    if pairs.demand_is_query:
        return pairs.people, RecordKind.ALUMNI
    return pairs.demands, RecordKind.OFFERINGS if pairs.demands is pairs.pool.offerings else RecordKind.REQUESTS


def _row_of(pairs: Pairs, candidate: Record) -> int:
    """The row of a candidate; raises UnknownId if it was erased between question and pool."""
    pool = pairs.pool
    if isinstance(candidate, Alumnus):
        return row_of(pool.person_row, candidate)
    return row_of(pool.offering_row if isinstance(candidate, Offering) else pool.request_row, candidate)


def _outcomes(pair: Pairs) -> Iterator[RuleOutcome]:
    """The outcome of every rule; of own fields only where the demand asks for any, as few do."""
    for rule in RULES:
        outcome = _outcome(rule, pair)
        if outcome.evidence or rule.CODE != own_field.CODE:
            yield outcome


def _outcome(rule: Rule, pair: Pairs) -> RuleOutcome:
    known, evidence = rule.evidence(pair)
    return RuleOutcome(rule.CODE, bool(pair.each(rule.passes(pair))[0]), known, evidence)


def _basis(pairs: Pairs, weights: str) -> Basis:
    pool = pairs.pool
    meaning = pool.second_id or None
    newest = pool.behind.newest if pool.behind else None
    return Basis(day_of(pairs.as_of), pool.revision, pool.origin, pool.encoder, weights, RULES_VERSION, meaning, newest)


def _weights_name(weights: Weights, pairs: Pairs) -> str:
    """The weights of the query's kind, or of all kinds of request among the candidates."""
    if pairs.demand_is_query:
        return weights.names[int(pairs.demands.kind[pairs.query])]
    kinds = np.unique(pairs.demands.kind)
    return ", ".join(weights.names[kind] for kind in kinds.tolist())
