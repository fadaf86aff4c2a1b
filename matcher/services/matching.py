"""The use cases as somebody may use them: limited by the table of rights, and in the log before they are shown.

`who` None is the command line, where whoever has the database in hand asks: not limited, and in the log as that.
Another school's record is as unknown as one that does not exist.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, Literal, cast

from matcher.batch import Best, Workers, best_of_all
from matcher.domain.answers import Account, QueryInfo, Ranking
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Alumnus, RecordKind, Request, Target, owner_of, record_id
from matcher.engine.current import Engine
from matcher.errors import AmbiguousId, Forbidden, InvalidValue, UnknownId
from matcher.matching.observer import stage
from matcher.policy import Action, Asker, Scope
from matcher.pool import Pool
from matcher.pool.snapshot import BATCH
from matcher.pool.texts import demand_text
from matcher.ports import Progress
from matcher.services import queries

_KINDS = {kind.value for kind in RequestKind}


def match(
    engine: Engine,
    asker: Asker | None,
    request_id: str,
    *,
    school: str | None = None,
    top: int = 10,
    as_of: date | None = None,
) -> Ranking:
    """`service.match` for who may see this request. Raises Forbidden besides what that raises."""
    _not_ahead(engine, asker, as_of)
    asked = request(engine, asker, Action.MATCH, request_id, school)
    ranking = queries.match(engine, asked, top=top, as_of=as_of)
    return _logged(engine, asker, Action.MATCH, ranking, top)


def match_unsaved(
    engine: Engine, asker: Asker | None, wish: Request, *, top: int = 10, as_of: date | None = None
) -> Ranking:
    """`service.match_unsaved`; `wish.school` must be the asker's. Of the text only a hash is in the log."""
    _not_ahead(engine, asker, as_of)
    if asker and wish.school != asker.owner(Action.MATCH_UNSAVED, wish.school):
        raise Forbidden("not_for_this_role", role=asker.role.value, action=Action.MATCH_UNSAVED.value)
    ranking = queries.match_unsaved(engine, wish, top=top, as_of=as_of)
    text = hashlib.sha256(demand_text(wish).encode("utf-8", "surrogatepass")).hexdigest()
    return _logged(engine, asker, Action.MATCH_UNSAVED, ranking, top, text=text)


def recommend(
    engine: Engine,
    asker: Asker | None,
    alumnus_id: str,
    target: Target,
    *,
    school: str | None = None,
    top: int = 10,
    as_of: date | None = None,
) -> Ranking:
    """`service.recommend` for who may see this alumnus; an alumnus sees himself only."""
    _not_ahead(engine, asker, as_of)
    one = person(engine, asker, Action.RECOMMEND, alumnus_id, school)
    ranking = queries.recommend(engine, one, target, top=top, as_of=as_of)
    return _logged(engine, asker, Action.RECOMMEND, ranking, top, target=target)


def recommend_all(
    engine: Engine, target: Target, *, top: int = 10, crew: Workers | None = None, progress: Progress | None = None
) -> tuple[Pool, Best]:
    """`batch.best_of_all` from the command line; what is done is kept beside the snapshots.

    Raises InvalidValue, ClusterError.
    """
    if not 1 <= top <= queries.MOST_SHOWN:
        raise InvalidValue("top_out_of_range", value=top, most=queries.MOST_SHOWN)
    keep = engine.cache / BATCH if engine.cache else None
    pool, best = best_of_all(engine, target, top, crew=crew, keep=keep, progress=progress)
    told = {"target": target, "top": top, "alumni": len(pool.people), "revision": pool.revision}
    _log(engine, None, "recommend.all", {**told, "encoder": pool.encoder, "weights": list(engine.weights.names)})
    return pool, best


def audience(
    engine: Engine,
    asker: Asker | None,
    offering_id: str,
    *,
    provider: str | None = None,
    school: str | None = None,
    top: int = 50,
    as_of: date | None = None,
) -> Ranking:
    """`service.audience` among the asker's own alumni."""
    _not_ahead(engine, asker, as_of)
    owner = asker.owner(Action.AUDIENCE, school) if asker else school
    ranking = queries.audience(engine, offering_id, provider=provider, school=owner, top=top, as_of=as_of)
    return _logged(engine, asker, Action.AUDIENCE, ranking, top, among=owner)


def why(
    engine: Engine,
    asker: Asker | None,
    query_id: str,
    candidate_id: str,
    *,
    kind: queries.QueryKind | None = None,
    school: str | None = None,
    candidate_school: str | None = None,
    provider: str | None = None,
    as_of: date | None = None,
) -> Account:
    """`service.why` for a query that the asker may rank, beside a candidate who could be in that list.

    Who is of one school names another school's candidate by `candidate_school`. Raises UnknownId('unknown_pair') for
    whatever such an asker may not see, as for what does not exist.
    """
    _not_ahead(engine, asker, as_of)
    owner = asker.owner(Action.EXPLAIN, school) if asker else school
    own = asker.school if asker else None
    with _unless_anothers(asker, "unknown_pair", id=query_id, candidate=candidate_id):
        account = queries.why(
            engine,
            query_id,
            candidate_id,
            kind=kind,
            school=owner,
            candidate_school=candidate_school or own,
            provider=provider,
            as_of=as_of,
        )
    if asker and not _may_see(asker, account):
        raise UnknownId("unknown_pair", id=query_id, candidate=candidate_id)
    match_ = account.match
    shown = [[match_.key, match_.score]] if match_ else []
    told = {"rank": account.rank, "shown": shown, "visible": account.visible, "candidate": account.candidate.key}
    _log(engine, asker, Action.EXPLAIN, {**_versions(account, account.query), **told})
    return account


def _may_see(asker: Asker, account: Account) -> bool:
    """Whether this pair is the asker's to ask about: a list that he or she may see, and somebody who could be in it."""
    query = account.query
    if query.kind in _KINDS:
        asks = asker.may(Action.MATCH) and query.kind in asker.kinds()
    else:
        asks = asker.may(Action.RECOMMEND if query.kind == "alumnus" else Action.AUDIENCE)
    if asker.school is None:
        return asks
    own = account.candidate.school if query.kind == "offering" else query.school
    return asks and account.visible and own == asker.school


def person(
    engine: Engine, asker: Asker | None, action: Action, alumnus_id: str | None, school: str | None = None
) -> Alumnus:
    """The alumnus that is meant, where the asker may do this; without an id the one who asks.

    Raises Forbidden, UnknownId, AmbiguousId.
    """
    owner = asker.owner(action, school) if asker else school
    if asker and asker.scope(action) is Scope.SELF:
        own = own_record(engine, asker)
        if alumnus_id is not None and alumnus_id.strip() != own.alumnus_id:
            raise UnknownId("unknown_id", kind="alumnus", id=alumnus_id, owner=owner or "")
        return own
    with _unless_anothers(asker, "unknown_id", kind="alumnus", id=alumnus_id or "", owner=""):
        return cast("Alumnus", queries.find(engine, "alumnus", alumnus_id or "", owner))


def request(engine: Engine, asker: Asker | None, action: Action, request_id: str, school: str | None = None) -> Request:
    """The request that is meant, where the asker may do this. Raises Forbidden, UnknownId, AmbiguousId."""
    owner = asker.owner(action, school) if asker else school
    with _unless_anothers(asker, "unknown_id", kind="request", id=request_id, owner=""):
        found = cast("Request", queries.find(engine, "request", request_id, owner))
    if asker and found.kind not in asker.kinds():
        raise UnknownId("unknown_id", kind="request", id=request_id, owner="")
    return found


@contextmanager
def _unless_anothers(asker: Asker | None, code: str, **values: object) -> Iterator[None]:
    """Who is of one school is told of another's record what is told of one that does not exist, and nothing else."""
    try:
        yield
    except (UnknownId, AmbiguousId):
        if asker is None or asker.school is None:
            raise
        raise UnknownId(code, **values) from None


Replayed = Literal["same", "differs", "not_proven", "newer_data", "other_versions", "not_kept", "no_ranking"]


def replay(engine: Engine, number: int) -> Replayed:
    """Asks a logged ranking again and compares ids and scores, bit for bit. Raises UnknownId for no such entry.

    `newer_data`: those of then are no longer held, for they are too old or somebody was erased; `other_versions`:
    encoder or weights have changed; `not_kept`: the question was not saved; `not_proven`: another outcome, where one of
    the two came from an index that is not exact.
    """
    entry = engine.store.entry(number)
    if entry is None:
        raise UnknownId("unknown_entry", number=number)
    told = entry.details
    if entry.action not in {Action.MATCH, Action.RECOMMEND, Action.AUDIENCE, Action.MATCH_UNSAVED}:
        return "no_ranking"
    if not told["query"]:
        return "not_kept"
    if told["encoder"] != engine.encoder.id:
        return "other_versions"
    now = engine if told["origin"] == engine.pool().origin else engine.past(told["origin"])
    again = _asked_again(now, Action(entry.action), told) if now else None
    if again is None:
        return "newer_data"
    if again.weights != told["weights"]:
        return "other_versions"
    return _compared(again, told)


def _compared(again: Ranking, told: Mapping[str, Any]) -> Replayed:
    if [[match_.key, match_.score] for match_ in again.matches] == told["shown"]:
        return "same"
    return "differs" if again.exact and told.get("exact", True) else "not_proven"


def _asked_again(engine: Engine, action: Action, told: Mapping[str, Any]) -> Ranking | None:
    kind = {Action.MATCH: RecordKind.REQUESTS, Action.RECOMMEND: RecordKind.ALUMNI}.get(action, RecordKind.OFFERINGS)
    record = engine.store.by_key(kind, [told["query"]]).get(told["query"])
    if record is None:
        return None
    day = date.fromisoformat(told["as_of"])
    if action is Action.MATCH:
        return queries.match(engine, cast("Request", record), top=told["top"], as_of=day)
    if action is Action.RECOMMEND:
        return queries.recommend(engine, cast("Alumnus", record), told["target"], top=told["top"], as_of=day)
    id_, owner = record_id(record), owner_of(record)
    return queries.audience(engine, id_, provider=owner, school=told["among"], top=told["top"], as_of=day)


def own_record(engine: Engine, asker: Asker) -> Alumnus:
    """The alumnus who asks. Raises UnknownId where he or she was erased meanwhile."""
    found = engine.store.by_key(RecordKind.ALUMNI, [asker.alumnus_key or 0])
    if not found:
        raise UnknownId("unknown_id", kind="alumnus", id="", owner=asker.school or "")
    return cast("Alumnus", next(iter(found.values())))


def _logged(engine: Engine, asker: Asker | None, action: Action, ranking: Ranking, top: int, **more: object) -> Ranking:
    shown = [[match_.key, match_.score] for match_ in ranking.matches]
    pool = engine.in_memory
    # where the data have just changed, it cannot be said which state it was
    if pool is not None and pool.revision == ranking.revision:
        engine.hold(pool)
        more["origin"] = pool.origin
    told = {"origin": "", "top": top, "eligible": ranking.eligible, "excluded": dict(ranking.excluded), "shown": shown}
    if not ranking.exact:
        more["exact"] = False
    _log(engine, asker, action, {**_versions(ranking, ranking.query), **told, **more})
    return ranking


def _versions(answer: Ranking | Account, query: QueryInfo) -> dict[str, Any]:
    """What was asked, and everything that is needed to ask it again."""
    return {
        "query": query.key,
        "purpose": query.kind,
        "as_of": answer.as_of.isoformat(),
        "revision": answer.revision,
        "encoder": answer.encoder,
        "weights": answer.weights,
    }


def _not_ahead(engine: Engine, asker: Asker | None, as_of: date | None) -> None:
    """A later day would end pauses and terms that people rely on. Raises InvalidValue; the command line may."""
    if asker is not None and as_of is not None and as_of > engine.clock.today():
        raise InvalidValue("day_ahead", today=engine.clock.today())


def _log(engine: Engine, asker: Asker | None, action: str, details: Mapping[str, Any]) -> None:
    with stage(engine.watch, "log"):
        engine.store.log(asker, str(action), details)
