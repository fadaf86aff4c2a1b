"""From ranked rows to the answer that is shown: contributions, cards, what-ifs, and the account of one pair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from matcher.domain import (
    Account,
    Alumnus,
    Card,
    Match,
    Offering,
    QueryInfo,
    Ranking,
    Record,
    RecordKind,
    RuleOutcome,
    WhatIf,
    owner_of,
    record_id,
)
from matcher.engine import Engine
from matcher.pool.columns import Demands, Float64, Int64, People, day_of
from matcher.pool.pairs import Pairs
from matcher.ranking import Eligible, Ranked, apply_rules, contributions, scores, similarities
from matcher.rules import RULES
from matcher.weights import KINDS, Weights
from matcher.whatif import Change, better, changes, one_pair, rescored

MOST_WHAT_IFS = 3
"""How many changes the account of one pair names."""


@dataclass
class Standing:
    """Where a pair would stand if one thing were different.

    When the candidates are people, a change of one of them leaves the others as they are; when the alumnus is the
    query, a change moves all candidates, so everything is ranked again, once per change.
    """

    visible: Pairs
    weights: Weights
    others_rows: Int64
    others_scores: Float64
    """Candidates to compare with: all that can stand above the pair."""
    _again: dict[tuple[str, str], tuple[Int64, Float64]] = field(default_factory=dict)

    def after(self, person: int, demand: int, change: Change) -> tuple[int, float] | None:
        """(rank, score) of the pair after the change; None when it is still excluded."""
        pair = one_pair(self.visible, person, demand, change.people)
        score = rescored(pair, self.weights)
        if score is None:
            return None
        if self.visible.one_demand:
            others = self.others_rows != person
            orders = self.visible.people.order
            rank = better(score, int(orders[person]), self.others_scores[others], orders[self.others_rows[others]])
            return rank, score
        rows, values = self._ranked_again(change)
        orders = self.visible.demands.order
        return better(score, int(orders[demand]), values, orders[rows]), score

    def _ranked_again(self, change: Change) -> tuple[Int64, Float64]:
        if change.name not in self._again:
            eligible = apply_rules(replace(self.visible, people=change.people)).pairs
            self._again[change.name] = eligible.rows, scores(eligible, similarities(eligible), self.weights)
        return self._again[change.name]


def what_ifs(standing: Standing, person: int, demand: int, rank: int | None, most: int) -> tuple[WhatIf, ...]:
    """The first changes, at most `most`, after which the pair stands higher than `rank` (None: not in the list)."""
    found: list[WhatIf] = []
    for change in changes(one_pair(standing.visible, person, demand)):
        if len(found) == most or rank == 1:
            break
        after = standing.after(person, demand, change)
        if after is not None and (rank is None or after[0] < rank):
            found.append(WhatIf(change.code, change.values, after[0], after[1]))
    return tuple(found)


def answer(engine: Engine, query: QueryInfo, visible: Pairs, eligible: Eligible, ranked: Ranked) -> Ranking:
    """The ranking with its matches; one query to the database for the cards."""
    standing = Standing(visible, engine.weights, ranked.rows, ranked.scores)

    def what_if(rank: int, person: int, demand: int) -> tuple[WhatIf, ...]:
        return what_ifs(standing, person, demand, rank, 1)

    matches = _matches(engine, visible.at(ranked.rows), ranked.scores, what_if)
    return Ranking(
        query=query,
        as_of=day_of(visible.as_of),
        revision=visible.pool.revision,
        encoder=visible.pool.encoder,
        weights=_weights_name(engine, visible),
        eligible=len(eligible.pairs),
        excluded=eligible.excluded,
        matches=matches,
    )


def account(engine: Engine, query: QueryInfo, visible: Pairs, candidate: Record) -> Account:
    """Everything about one pair: whether it may be seen, each rule, the terms of its score, its rank, what-ifs."""
    pool = visible.pool
    row = _row_of(visible, candidate)
    person, demand = (row, visible.query) if visible.one_demand else (visible.query, row)
    pair = visible.at(np.array([row], np.int64))
    may_be_seen = bool(np.isin(row, visible.rows))
    eligible = apply_rules(visible).pairs
    values = scores(eligible, similarities(eligible), engine.weights)
    order = pair.people.order if visible.one_demand else pair.demands.order
    (match,) = _matches(engine, pair, None, lambda *_: ())
    position = np.flatnonzero(eligible.rows == row)
    rank = better(match.score, int(order[row]), values, order[eligible.rows]) if len(position) else None
    standing = Standing(visible, engine.weights, eligible.rows, values)
    tried = what_ifs(standing, person, demand, rank, MOST_WHAT_IFS) if may_be_seen else ()
    return Account(
        query=query,
        candidate=QueryInfo(
            match.candidate_id,
            "alumnus" if visible.one_demand else match.kind,
            match.card.title or "",
            match.owner,
        ),
        as_of=day_of(visible.as_of),
        revision=pool.revision,
        encoder=pool.encoder,
        weights=match.weights,
        visible=may_be_seen,
        eligible=len(eligible),
        rules=tuple(_outcomes(pair)),
        rank=rank,
        match=replace(match, rank=rank or 0),
        what_if=tried,
    )


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


def _matches(
    engine: Engine, shown: Pairs, values: Float64 | None, what_if: Callable[[int, int, int], tuple[WhatIf, ...]]
) -> tuple[Match, ...]:
    similar = similarities(shown)
    points = scores(shown, similar, engine.weights) if values is None else values
    terms = contributions(shown, similar, engine.weights)
    table, kind = _candidates(shown)
    records = engine.store.by_key(kind, [int(key) for key in table.key[shown.rows]])
    kinds = shown.each(shown.demand("kind"))
    found: list[Match] = []
    for position, row in enumerate(shown.rows.tolist()):
        record = records.get(int(table.key[row]))
        if record is None:  # erased since the pool was made: never shown
            continue
        code = int(kinds[position])
        person, demand = (row, shown.query) if shown.one_demand else (shown.query, row)
        score = float(points[position])
        found.append(
            Match(
                rank=len(found) + 1,
                key=record.key,
                candidate_id=record_id(record),
                owner=owner_of(record),
                kind=KINDS[code],
                score=score,
                band=engine.weights.band(code, score),
                contributions=terms[position],
                what_if=what_if(position + 1, person, demand),
                card=card_of(record),
                weights=engine.weights.names[code],
            )
        )
    return tuple(found)


def _candidates(pairs: Pairs) -> tuple[People | Demands, RecordKind]:
    if pairs.one_demand:
        return pairs.people, RecordKind.ALUMNI
    return pairs.demands, RecordKind.OFFERINGS if pairs.demands is pairs.pool.offerings else RecordKind.REQUESTS


def _row_of(pairs: Pairs, candidate: Record) -> int:
    pool = pairs.pool
    if isinstance(candidate, Alumnus):
        return pool.person_row[candidate.key]
    return (pool.offering_row if isinstance(candidate, Offering) else pool.request_row)[candidate.key]


def _outcomes(pair: Pairs) -> list[RuleOutcome]:
    outcomes = []
    for rule in RULES:
        known, evidence = rule.evidence(pair)
        outcomes.append(RuleOutcome(rule.CODE, bool(pair.each(rule.passes(pair))[0]), known, evidence))
    return outcomes


def _weights_name(engine: Engine, pairs: Pairs) -> str:
    """The weights of the query's kind, or of all kinds of request among the candidates."""
    if pairs.one_demand:
        return engine.weights.names[int(pairs.demands.kind[pairs.query])]
    kinds = np.unique(pairs.demands.kind)
    return ", ".join(engine.weights.names[kind] for kind in kinds.tolist())
