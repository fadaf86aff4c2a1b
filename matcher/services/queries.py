"""The use cases, one function each. Input by the ids of the spreadsheet; every answer can be asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

from matcher.domain.answers import Account, Ranking
from matcher.domain.records import Alumnus, Demand, Offering, Record, RecordKind, Request, Target, owner_of, record_id
from matcher.engine.current import Engine
from matcher.errors import AmbiguousId, InvalidValue, UnknownId
from matcher.matching import ranking
from matcher.matching.observer import stage
from matcher.matching.visibility import visible
from matcher.pool import Pool
from matcher.pool.build import demand_row
from matcher.pool.columns import Bool, Demands, code_of, day_number
from matcher.pool.pairs import Pairs
from matcher.pool.texts import demand_text
from matcher.ports import Progress
from matcher.services.answers import account, answer
from matcher.text import pc4_key, town_key

MOST_SHOWN = 1000
QueryKind = Literal["request", "offering", "alumnus"]

_RECORDS: dict[str, RecordKind] = {
    "request": RecordKind.REQUESTS,
    "offering": RecordKind.OFFERINGS,
    "alumnus": RecordKind.ALUMNI,
}


@dataclass(frozen=True)
class _Asked:
    """A query made ready: its record, and its pairs before any rule."""

    record: Record
    pairs: Pairs
    seen: Bool | None = None
    """Which of the pairs the asker may see; all without it."""

    @property
    def visible(self) -> Pairs:
        """The pairs that the asker may see."""
        return self.pairs if self.seen is None else self.pairs.take(np.flatnonzero(self.seen))


def match(
    engine: Engine, request: str | Request, *, school: str | None = None, top: int = 10, as_of: date | None = None
) -> Ranking:
    """Alumni for a request (its id, or a record that was found), best first.

    Raises UnknownId, AmbiguousId (name the school), InvalidValue.
    """
    record = find(engine, "request", request, school) if isinstance(request, str) else request
    return _ranking(engine, _for_demand(engine, record, as_of), top)


def pairs_of_request(engine: Engine, request_id: str, *, school: str | None = None, as_of: date | None = None) -> Pairs:
    """A request beside every alumnus whom its asker may see, before any rule: for measuring and analysis."""
    return _for_demand(engine, find(engine, "request", request_id, school), as_of).visible


def match_unsaved(engine: Engine, request: Request, *, top: int = 10, as_of: date | None = None) -> Ranking:
    """Alumni for a request that is not in the database, and is not put there."""
    pool = _newest(engine)
    text = demand_text(request)
    places = {} if _places_known(pool, request) else engine.store.places()
    pool, demands = demand_row(pool, replace(request, key=0), engine.encode_query(text), places)
    asked = _of_people(request, pool, demands, 0, _day(engine, as_of))
    return _ranking(engine, asked, top)


def recommend(
    engine: Engine,
    alumnus: str | Alumnus,
    target: Target,
    *,
    school: str | None = None,
    top: int = 10,
    as_of: date | None = None,
) -> Ranking:
    """Courses or roles for an alumnus (the id, or a record that was found), best first."""
    record = find(engine, "alumnus", alumnus, school) if isinstance(alumnus, str) else alumnus
    return _ranking(engine, _for_alumnus(engine, record, target, as_of), top)


def audience(
    engine: Engine,
    offering_id: str,
    *,
    provider: str | None = None,
    school: str | None = None,
    top: int = 50,
    as_of: date | None = None,
) -> Ranking:
    """Alumni whom this course would help, best first; `school` narrows to the alumni of one school."""
    offering = find(engine, "offering", offering_id, provider)
    asked = _for_demand(engine, offering, as_of)
    if school is not None:
        asked = replace(asked, seen=asked.seen & (asked.pairs.person("school") == code_of(school)))
        if not np.any(asked.seen):
            raise UnknownId("unknown_school", school=school)
    return _ranking(engine, asked, top)


def why(
    engine: Engine,
    query_id: str,
    candidate_id: str,
    *,
    kind: QueryKind | None = None,
    school: str | None = None,
    candidate_school: str | None = None,
    provider: str | None = None,
    as_of: date | None = None,
) -> Account:
    """The whole account of one pair, shown or not: visibility, every rule, contributions, rank, what-if.

    `kind` says what the query is when its id does not. `school` says whose query is meant, and whose candidate where
    that school has one with this id; `candidate_school` names the candidate's own school where it is another, and
    `provider` that of a course.
    """
    query, candidate = _pair_of(engine, query_id, candidate_id, kind, _Owners(school, candidate_school, provider))
    if isinstance(query, Alumnus):
        target: Target = "offerings" if isinstance(candidate, Offering) else "requests"
        asked = _for_alumnus(engine, query, target, as_of)
    else:
        asked = _for_demand(engine, query, as_of)
    return account(engine, asked.record, asked.visible, candidate)


def index_build(engine: Engine, progress: Progress | None = None, *, encode_again: bool = False) -> Pool:
    """Rebuilds all derived state from the database; `encode_again` also makes the vectors that are there anew."""
    return engine.rebuild(progress, encode_again=encode_again)


def index_serve(engine: Engine, progress: Progress | None = None) -> None:
    """Brings an index on other machines to the newest state; a run that was killed goes on where it left off.

    Nothing to do where the index is in this process. Raises IndexUnavailable.
    """
    engine.serve_index(progress)


def index_verify(engine: Engine) -> list[str]:
    """The parts of the derived state that differ from what the database says now: none when all is well.

    The snapshot that is there is compared with a pool built anew, and a sample of the stored vectors with texts encoded
    anew; an index on other machines is compared by count, by id and by what it holds. Changes nothing.
    """
    return engine.verify()


# ---- from ids to records


@dataclass(frozen=True)
class _Owners:
    """Whose records are meant: the school of the query, that of the candidate, the provider of a course."""

    school: str | None
    candidate: str | None
    provider: str | None

    def queries(self, found: Sequence[Record]) -> list[Record]:
        """The queries that can be meant."""
        return self._of(found, self.school)

    def candidates(self, query: Record, found: Sequence[Record]) -> list[Record]:
        """Those of the candidate's school; without one, of the query's school, or of any where that one has none."""
        if self.candidate is not None:
            return self._of(found, self.candidate)
        near = self._of(found, self.school)
        return near if near or isinstance(query, Offering) else self._of(found, None)

    def _of(self, records: Sequence[Record], school: str | None) -> list[Record]:
        return [
            record
            for record in records
            if (self.provider if isinstance(record, Offering) else school) in {None, owner_of(record)}
            or (not isinstance(record, Offering) and owner_of(record) == "")
        ]


def find(engine: Engine, kind: QueryKind, id_: str, owner: str | None = None) -> Record:
    """The only record of this kind with this id. Raises UnknownId, AmbiguousId (name the school or the provider)."""
    id_ = id_.strip()
    found = engine.store.find(_RECORDS[kind], id_, owner)
    if not found:
        elsewhere = engine.store.find(_RECORDS[kind], id_) if owner else []
        if elsewhere:
            choices = sorted(map(owner_of, elsewhere))
            raise UnknownId("unknown_at_owner", kind=kind, id=id_, owner=owner, choices=choices)
        raise UnknownId("unknown_id", kind=kind, id=id_, owner=owner or "")
    if len(found) > 1:
        raise AmbiguousId("ambiguous_id", kind=kind, id=id_, choices=sorted(map(owner_of, found)))
    return found[0]


_PARTNERS: dict[str, tuple[str, ...]] = {
    "request": ("alumnus",),
    "offering": ("alumnus",),
    "alumnus": ("request", "offering"),
}


def _pair_of(
    engine: Engine, query_id: str, candidate_id: str, kind: QueryKind | None, owners: _Owners
) -> tuple[Record, Record]:
    """The only pair of records that these ids can mean."""
    query_id, candidate_id = query_id.strip(), candidate_id.strip()
    pairs: list[tuple[str, Record, Record]] = []
    known = False
    for query_kind in _PARTNERS if kind is None else (kind,):
        queries = owners.queries(engine.store.find(_RECORDS[query_kind], query_id))
        known = known or bool(queries)
        for other in _PARTNERS[query_kind] if queries else ():
            found = engine.store.find(_RECORDS[other], candidate_id)
            pairs += [(query_kind, query, one) for query in queries for one in owners.candidates(query, found)]
    if not pairs:
        missing = candidate_id if known else query_id
        if any(engine.store.find(record_kind, missing) for record_kind in _RECORDS.values()):
            raise UnknownId("pair_impossible", id=query_id, candidate=candidate_id)
        raise UnknownId("unknown_id", kind=kind or "record", id=missing, owner=owners.school or "")
    if len(pairs) > 1:
        kinds = {name for name, _, _ in pairs}
        choices = {" / ".join(filter(None, map(owner_of, pair))) for _, *pair in pairs} if len(kinds) == 1 else kinds
        raise AmbiguousId("ambiguous_pair", id=query_id, candidate=candidate_id, choices=sorted(choices))
    return pairs[0][1], pairs[0][2]


# ---- from records to pairs


def _newest(engine: Engine) -> Pool:
    with stage(engine.watch, "pool"):
        return engine.pool()


def _for_demand(engine: Engine, demand: Record, as_of: date | None) -> _Asked:
    pool = _newest(engine)
    if isinstance(demand, Offering):
        demands, row = pool.offerings, _row(pool.offering_row, demand)
    else:
        demands, row = pool.requests, _row(pool.request_row, demand)
    return _of_people(demand, pool, demands, row, _day(engine, as_of))


def _for_alumnus(engine: Engine, alumnus: Record, target: Target, as_of: date | None) -> _Asked:
    pool = _newest(engine)
    demands = pool.offerings if target == "offerings" else pool.requests
    query, rows = _row(pool.person_row, alumnus), np.arange(len(demands))
    pairs = Pairs(pool, pool.people, demands, "demands", query, rows, _day(engine, as_of), covers_table=True)
    return _Asked(alumnus, pairs.take(visible(pairs)))


def _row(rows: Mapping[int, int], record: Record) -> int:
    """The row of a record; unknown when it was erased between the question and the pool."""
    if record.key not in rows:
        raise UnknownId("unknown_id", kind="record", id=record_id(record), owner=owner_of(record))
    return rows[record.key]


def _of_people(demand: Record, pool: Pool, demands: Demands, row: int, day: int) -> _Asked:
    """A demand beside everybody; who may not be seen is not taken out, for a mask over all is cheaper than a copy."""
    pairs = Pairs.with_everybody(pool, demands, row, day)
    return _Asked(demand, pairs, visible(pairs))


def _day(engine: Engine, as_of: date | None) -> int:
    return day_number(as_of or engine.clock.today())


def _places_known(pool: Pool, demand: Demand) -> bool:
    keys = [pc4_key(demand.pc4)] if demand.pc4 else []
    keys += [town_key(demand.town)] if demand.town else []
    return all(key in pool.vocabulary.places for key in keys)


# ---- from pairs to answers


def _ranking(engine: Engine, asked: _Asked, top: int) -> Ranking:
    if not 1 <= top <= MOST_SHOWN:
        raise InvalidValue("top_out_of_range", value=top, most=MOST_SHOWN)
    with stage(engine.watch, "rules"):
        eligible = ranking.apply_rules(asked.pairs, asked.seen)
    pairs = eligible.pairs
    index = None
    with stage(engine.watch, "best"):
        if pairs.demand_is_query and not engine.limits.scores_all(
            len(pairs), len(pairs.people)
        ):  # else it need not be made
            index = engine.index_of(pairs.pool, ranking.side_of(pairs.demands, pairs.query))
        ranked = ranking.top(pairs, top, engine.weights, index, engine.limits)
    if engine.watch is not None:
        engine.watch.ranked(len(pairs), ranked.verified, exact=ranked.exact)
    with stage(engine.watch, "cards"):
        return answer(engine, asked.record, asked.pairs, eligible, ranked)
