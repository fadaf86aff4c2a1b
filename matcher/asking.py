"""The use cases as somebody may use them: limited by the table of rights, and in the log before they are shown.

`who` None is the command line, where whoever has the database in hand asks: not limited, and in the log as that.
Another school's record is as unknown as one that does not exist.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, cast

from matcher import service
from matcher.domain import Account, Alumnus, QueryInfo, Ranking, RecordKind, Request, RequestKind, owner_of, record_id
from matcher.engine import Engine
from matcher.errors import Forbidden, UnknownId
from matcher.policy import Action, Principal, Scope
from matcher.pool.texts import demand_text

_KINDS = {kind.value for kind in RequestKind}


def match(
    engine: Engine,
    who: Principal | None,
    request_id: str,
    *,
    school: str | None = None,
    top: int = 10,
    as_of: date | None = None,
) -> Ranking:
    """`service.match` for who may see this request. Raises Forbidden besides what that raises."""
    owner = who.owner(Action.MATCH, school) if who else school
    ranking = service.match(engine, request_id, school=owner, top=top, as_of=as_of)
    if who and ranking.query.kind not in who.kinds():
        raise UnknownId("unknown_id", kind="request", id=request_id, owner=owner or "")
    return _logged(engine, who, Action.MATCH, ranking, top)


def match_unsaved(
    engine: Engine, who: Principal | None, request: Request, *, top: int = 10, as_of: date | None = None
) -> Ranking:
    """`service.match_unsaved`; `request.school` must be the asker's. Of the text only a hash is in the log."""
    if who and request.school != who.owner(Action.MATCH_UNSAVED, request.school):
        raise Forbidden("not_for_this_role", role=who.role.value, action=Action.MATCH_UNSAVED.value)
    ranking = service.match_unsaved(engine, request, top=top, as_of=as_of)
    text = hashlib.sha256(demand_text(request).encode("utf-8", "surrogatepass")).hexdigest()
    return _logged(engine, who, Action.MATCH_UNSAVED, ranking, top, text=text)


def recommend(
    engine: Engine,
    who: Principal | None,
    alumnus_id: str,
    target: service.Target,
    *,
    school: str | None = None,
    top: int = 10,
    as_of: date | None = None,
) -> Ranking:
    """`service.recommend` for who may see this alumnus; an alumnus sees himself only."""
    owner = who.owner(Action.RECOMMEND, school) if who else school
    if who and who.scope(Action.RECOMMEND) is Scope.SELF:
        own = own_record(engine, who)
        if own.alumnus_id != alumnus_id.strip():
            raise UnknownId("unknown_id", kind="alumnus", id=alumnus_id, owner=owner or "")
    ranking = service.recommend(engine, alumnus_id, target, school=owner, top=top, as_of=as_of)
    return _logged(engine, who, Action.RECOMMEND, ranking, top, target=target)


def audience(
    engine: Engine,
    who: Principal | None,
    offering_id: str,
    *,
    provider: str | None = None,
    school: str | None = None,
    top: int = 50,
    as_of: date | None = None,
) -> Ranking:
    """`service.audience` among the asker's own alumni."""
    owner = who.owner(Action.AUDIENCE, school) if who else school
    ranking = service.audience(engine, offering_id, provider=provider, school=owner, top=top, as_of=as_of)
    return _logged(engine, who, Action.AUDIENCE, ranking, top, among=owner)


def why(
    engine: Engine,
    who: Principal | None,
    query_id: str,
    candidate_id: str,
    *,
    kind: service.QueryKind | None = None,
    school: str | None = None,
    candidate_school: str | None = None,
    provider: str | None = None,
    as_of: date | None = None,
) -> Account:
    """`service.why` for a query that the asker may rank; an alumnus of another school only beside a request."""
    if who:
        own = who.owner(Action.EXPLAIN, school)
        if own is not None and candidate_school not in {None, "", own}:
            if kind not in {None, "request"}:
                raise UnknownId("unknown_school", school=candidate_school)
            kind = "request"
        school = own
    account = service.why(
        engine,
        query_id,
        candidate_id,
        kind=kind,
        school=school,
        candidate_school=candidate_school,
        provider=provider,
        as_of=as_of,
    )
    hidden = who is not None and who.school is not None and not account.visible  # of another school, and not shared
    if hidden or (who and not _may_ask_about(who, account.query)):
        raise UnknownId("unknown_id", kind=kind or "record", id=query_id, owner=school or "")
    match_ = account.match
    shown = [[match_.key, match_.score]] if account.visible else []
    told = {"rank": account.rank, "shown": shown, "visible": account.visible}
    _log(engine, who, Action.EXPLAIN, {**_versions(account, account.query), **told})
    return account


Replayed = Literal["same", "differs", "newer_data", "other_versions", "not_kept", "no_ranking"]


def replay(engine: Engine, number: int) -> Replayed:
    """Asks a logged ranking again and compares ids and scores, bit for bit. Raises UnknownId for no such entry.

    `newer_data`: those of then are no longer held, for they are too old or somebody was erased; `other_versions`:
    encoder or weights have changed;
    `not_kept`: the question was not saved.
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
    return "same" if [[match_.key, match_.score] for match_ in again.matches] == told["shown"] else "differs"


def _asked_again(engine: Engine, action: Action, told: Mapping[str, Any]) -> Ranking | None:
    kind = {Action.MATCH: RecordKind.REQUESTS, Action.RECOMMEND: RecordKind.ALUMNI}.get(action, RecordKind.OFFERINGS)
    record = engine.store.by_key(kind, [told["query"]]).get(told["query"])
    if record is None:
        return None
    id_, owner, day = record_id(record), owner_of(record), date.fromisoformat(told["as_of"])
    if action is Action.MATCH:
        return service.match(engine, id_, school=owner, top=told["top"], as_of=day)
    if action is Action.RECOMMEND:
        return service.recommend(engine, id_, told["target"], school=owner, top=told["top"], as_of=day)
    return service.audience(engine, id_, provider=owner, school=told["among"], top=told["top"], as_of=day)


def own_record(engine: Engine, who: Principal) -> Alumnus:
    """The alumnus who asks. Raises UnknownId where he or she was erased meanwhile."""
    found = engine.store.by_key(RecordKind.ALUMNI, [who.alumnus_key or 0])
    if not found:
        raise UnknownId("unknown_id", kind="alumnus", id="", owner=who.school or "")
    return cast("Alumnus", next(iter(found.values())))


def _may_ask_about(who: Principal, query: QueryInfo) -> bool:
    if query.kind in _KINDS:
        return who.may(Action.MATCH) and query.kind in who.kinds()
    return who.may(Action.RECOMMEND if query.kind == "alumnus" else Action.AUDIENCE)


def _logged(
    engine: Engine, who: Principal | None, action: Action, ranking: Ranking, top: int, **more: object
) -> Ranking:
    shown = [[match_.key, match_.score] for match_ in ranking.matches]
    pool = engine.pool()
    if pool.revision == ranking.revision:  # else the data have just changed, and it cannot be said which state it was
        engine.hold(pool)
        more["origin"] = pool.origin
    told = {"origin": "", "top": top, "eligible": ranking.eligible, "excluded": dict(ranking.excluded), "shown": shown}
    _log(engine, who, action, {**_versions(ranking, ranking.query), **told, **more})
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


def _log(engine: Engine, who: Principal | None, action: Action, details: Mapping[str, Any]) -> None:
    engine.store.log(who, action.value, details)
