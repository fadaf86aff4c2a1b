"""The last lists of requests, with their cards, kept with the pool that they were made of: in that pool none changes.

A list that is asked again is not made again. Its records are read again: nothing is shown of anybody who is gone, and
of nobody an id, record or text stays in memory here, but the words and years that the reasons name. It is kept as
bytes, which no collecting of garbage looks at, and read by this process alone. Any change of the data makes another
pool, with nothing remembered.
"""

from __future__ import annotations

import copyreg
import io
import pickle
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from matcher.domain.answers import Card, Contribution, Match, Ranking
from matcher.domain.records import Record, RecordKind, Request, owner_of, record_id
from matcher.matching.bands import Bands
from matcher.matching.question import Question
from matcher.matching.weights import Weights
from matcher.pool import Pool
from matcher.pool.columns import day_number
from matcher.recent import keep
from matcher.services.answers import card_of
from matcher.services.app import App
from matcher.services.recognised import checked_on

_LISTS = 64
"""How many lists a pool remembers."""
_NO_CARD = Card(None, None, None)


@dataclass(frozen=True, slots=True)
class Remembered:
    """A list without records, and what it was made by besides the pool: compared by identity, the request by value."""

    ranking: bytes
    record: Record
    weights: Weights
    bands: Bands


def found(app: App, pool: Pool, question: Question, top: int, *, widened: bool) -> Ranking | None:
    """The list of a stored request as `remember` kept it; None where it was not made lately, or somebody is gone."""
    key = _key(pool, question, top, widened=widened)
    known: Remembered | None = pool.answered.get(key) if key else None
    if known is None or known.weights is not app.weights or known.bands is not app.bands:
        return None
    if known.record != question.record:
        return None
    ranking: Ranking = pickle.loads(known.ranking)  # noqa: S301 - made here, in this process
    matches = ranking.matches
    with app.store.read() as reading:
        records = reading.records.by_key(RecordKind.ALUMNI, [match.key for match in matches], consents=False)
        checked = checked_on(reading, question.record, records.values())
    if len(records) < len(matches):
        return None
    told = tuple(_told_of(match, records[match.key], checked.get(match.key)) for match in matches)
    return replace(ranking, matches=told)


def remember(app: App, pool: Pool, question: Question, top: int, ranking: Ranking, *, widened: bool) -> None:
    """Keeps the list of a stored request, if it is exact."""
    key = _key(pool, question, top, widened=widened)
    if key and ranking.exact:
        bare = replace(ranking, matches=tuple(map(_bare, ranking.matches)))
        kept = io.BytesIO()
        pickler = pickle.Pickler(kept, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = _TABLE
        pickler.dump(bare)
        keep(pool.answered, key, Remembered(kept.getvalue(), question.record, app.weights, app.bands), _LISTS)


def _parts(term: Contribution) -> tuple[type[Contribution], tuple[object, ...]]:
    return Contribution, (term.signal, term.value, term.weight, term.points, term.known, term.evidence)


_TABLE = {**copyreg.dispatch_table, Contribution: _parts}
"""Takes contributions apart, of which a list has more than a hundred, in a third of the time."""


def _bare(match: Match) -> Match:
    """The match without what its record tells."""
    return _with(match, candidate_id="", owner="", card=_NO_CARD, record=None)


def _told_of(match: Match, record: Record, checked: date | None) -> Match:
    """The match with what its record tells, and when its company was asked about."""
    card = replace(card_of(record), checked_on=checked) if checked else card_of(record)
    return _with(match, candidate_id=record_id(record), owner=owner_of(record), card=card, record=record)


def _with(match: Match, **own: Any) -> Match:
    """The same with other values of these; `replace` takes three times as long."""
    return Match(**{**{name: getattr(match, name) for name in Match.__slots__}, **own})


def _key(pool: Pool, question: Question, top: int, *, widened: bool) -> tuple[int, int, int, bool] | None:
    """What a list depends on besides the pool, weights and bands; None for other questions than a stored request."""
    is_stored = isinstance(question.record, Request) and question.vector is None and question.among is None
    row = pool.request_row.get(question.record.key) if is_stored else None
    return None if row is None else (row, day_number(question.as_of), top, widened)
