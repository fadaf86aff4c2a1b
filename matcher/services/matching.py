"""Rankings and the account of one pair: within the asker's rights, and in the log before they are shown.

Another school's record is as unknown as one that does not exist.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import cast

from matcher import disclosure
from matcher.disclosure import Handles
from matcher.domain.answers import Account, Basis, QueryInfo, Ranking
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.own_fields import OwnField, demands_in
from matcher.domain.places import Coordinates
from matcher.domain.recognition import placement_of
from matcher.domain.records import Alumnus, Demand, Offering, Record, RecordKind, Request, Target, owner_of
from matcher.engine.remembered import Told
from matcher.errors import AmbiguousId, Forbidden, InvalidValue, UnknownId
from matcher.matching import ranking
from matcher.matching.observer import stage
from matcher.matching.question import Question
from matcher.matching.tilt import Tilt, tilted
from matcher.policy import Action, Asker, Role
from matcher.pool import Pool
from matcher.pool.cards import cards_of
from matcher.pool.own_matches import Demanded, both, recognised_at
from matcher.pool.texts import demand_text
from matcher.repositories import Records, Transaction
from matcher.services import admission, answers, cards, lookup, remembered
from matcher.services.app import App
from matcher.services.lookup import RECORDS, QueryKind
from matcher.services.own_columns import OwnValues, demanded_now, values_of
from matcher.services.pools import newest_pool, pool_of_list
from matcher.text import demand_place_keys, pc4_key, town_key, towns_of

MOST_SHOWN = 1000
MOST_MOVED = 100
"""Places of an earlier list among which a course is looked for, to say how it moved."""
TALK, TILT, WITHOUT = "talk", "tilt", "without"
"""In the log of a list: the talk that it rests on, what counted more than usual, and the keys that were left out."""
BY_TALK = frozenset({Purpose.LLO_ADVICE})
"""What an alumnus agrees to by the code of a talk, for as long as it lasts."""
_KINDS = {kind.value for kind in RequestKind}


def match(
    app: App,
    asker: Asker,
    request_id: str,
    *,
    school: str | None = None,
    top: int = 10,
    as_of: date | None = None,
    at_once: bool = False,
) -> Ranking:
    """Alumni for a request, best first. Raises Forbidden, UnknownId, AmbiguousId (name the school), InvalidValue.

    `at_once`: by the state before, while the pool of the newest one is built (`Ranking.behind_since`); whoever shows
    the list says so. Without it that pool is waited for.
    """
    day = _day(app, asker, as_of)
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.MATCH, request_id, school)
        origin = records.changes.origin()
    pool = pool_of_list(app, origin, request, at_once=at_once)
    return _answer(app, asker, Action.MATCH, Question(request, day), top, pool)


@dataclass(frozen=True, slots=True)
class AsSent:
    """How a ranking is sent: what `tell` makes of it and of what alumni have of own fields, by random key.

    `form`: the name of that, as of a format and a language; the same form of the same ranking is the same bytes.
    """

    form: str
    tell: Callable[[Ranking, Mapping[int, OwnValues]], bytes]


@dataclass(frozen=True, slots=True)
class AskedList:
    """A saved request whose list is asked for, as it was read, and what the answer depends on besides its pool."""

    asker: Asker
    request: Request
    day: date
    top: int
    origin: str
    """Of the state of the data that was read."""
    view: _View


def asked_list(
    app: App, asker: Asker, request_id: str, *, school: str | None = None, top: int = 10, as_of: date | None = None
) -> AskedList:
    """What `match` ranks, to be answered by `as_sent`. Raises Forbidden, UnknownId, AmbiguousId, InvalidValue."""
    day = _day(app, asker, as_of)
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.MATCH, request_id, school)
        return AskedList(asker, request, day, top, records.changes.origin(), _view_of(records, asker, request))


def as_sent(app: App, asker: Asker, asked: AskedList, sent: AsSent) -> bytes:
    """The ranking of `match`, `at_once`, as it is sent. It is remembered as long as all that it depends on stays.

    Each is logged.

    `asked`: by this asker. Raises Forbidden, InvalidValue; and Overloaded, where it has to be made, if it gets no turn.
    """
    if asked.asker != asker:
        raise asker.refusal(Action.MATCH)
    current, remembered = app.engine.current, app.engine.remembered
    key, pool = (asked.request.key, asked.day, asked.top, sent.form, asked.view), current.at_hand(asked.origin)
    told = remembered.of(pool, key)
    if pool is None or told is None:
        with app.turn:
            pool = pool_of_list(app, asked.origin, asked.request)
            told = remembered.of(pool, key)  # another may have asked meanwhile
            if told is None:
                told = _told(app, asker, asked, pool, sent)
                if pool.origin == asked.origin:  # else the request may be another than the one in this pool
                    remembered.keep(pool, key, told)
    current.snapshots.hold(pool)
    _log(app, asker, Action.MATCH, json.loads(told.note))
    return told.body


@dataclass(frozen=True, slots=True)
class _View:
    """What an asker may see of a ranking: all that differs between askers who ask for the same.

    `fields`: the own fields of which values stand beside alumni. `handles`: None where there are no cards, or none yet.
    """

    role: Role
    school: str | None
    cards: bool
    fields: tuple[OwnField, ...] = ()
    handles: Handles | None = None


def _view_of(records: Records, asker: Asker, asked: Request) -> _View:
    if disclosure.sees_cards(asker):
        return _View(asker.role, asker.school, cards=True, handles=cards.known_handles(records, asked.key))
    fields = records.own_fields.of(asker.owner(Action.ALUMNI_LIST))
    return _View(asker.role, asker.school, cards=False, fields=tuple(one for one in fields if not one.personal))


def _told(app: App, asker: Asker, asked: AskedList, pool: Pool, sent: AsSent) -> Told:
    """The list of a saved request as it is sent, with what the log is to say of it."""
    view, top = asked.view, asked.top
    answer = ranked(app, Question(asked.request, asked.day), top, pool, cards=view.cards, widened=True)
    note = json.dumps(note_of(answer, top, cards=True) if view.cards else note_of(answer, top)).encode()
    shown, own = frozenset(match_.key for match_ in answer.matches), dict[int, OwnValues]()
    if view.cards:
        handles = view.handles or app.store.write(lambda tx: cards.handles_of(tx, asker, asked.request), by=asker)
        with stage(app.observer, "cards"):
            answer = disclosure.ranking_on_cards(answer, pool, handles)
    elif view.fields:
        with app.store.read() as records:
            own = values_of(records, [*shown], asker.owner(Action.ALUMNI_LIST), personal=False)
    return Told(sent.tell(answer, own), note, shown)


def match_unsaved(
    app: App,
    asker: Asker,
    wish: Request,
    *,
    top: int = 10,
    as_of: date | None = None,
    located: Mapping[str, Coordinates] | None = None,
    at_once: bool = False,
) -> Ranking:
    """Alumni for a request that is not stored in the database; `wish.school` must be the asker's.

    `located`: by place key where the town of the request is, for one that no list ever named. `at_once`: as in `match`.
    Only a hash of its text, and of what it demands of own fields, is logged. An asker who sees cards demands none:
    asking for one value after another would tell what each alumnus has. Raises Forbidden, UnknownId, InvalidValue.
    """
    question, pool, digest = unsaved(app, asker, wish, as_of=as_of, located=located, at_once=at_once)
    return _answer(app, asker, Action.MATCH_UNSAVED, question, top, pool, text=digest)


def unsaved(
    app: App,
    asker: Asker,
    wish: Request,
    *,
    as_of: date | None = None,
    located: Mapping[str, Coordinates] | None = None,
    at_once: bool = False,
) -> tuple[Question, Pool, str]:
    """The question of a request that is not stored, the pool that it is asked of, and a hash of its text.

    Not logged: whoever uses it logs what is shown. Raises as `match_unsaved`.
    """
    day = _day(app, asker, as_of)
    if wish.school != asker.owner(Action.MATCH_UNSAVED, wish.school):
        raise asker.refusal(Action.MATCH_UNSAVED)
    text = demand_text(wish)
    demanded, pool = _demanded(app, asker, wish, at_once=at_once)
    places: dict[str, Coordinates] = {}
    if not _places_known(pool, wish):
        with app.store.read() as records:
            places = {**(located or {}), **records.places.of({*demand_place_keys(wish.pc4, wish.town, owner_of(wish))})}
    vectors = app.engine.vectors
    vector = vectors.of_query(text, app.observer)
    second = app.engine.second if pool.second else None
    question = Question(
        wish,
        day,
        vector=vector,
        meaning=second.of_query(text) if second else None,
        of_words=vectors.of_words,
        places=places,
        demanded=demanded,
    )
    whole = text if demanded is None else f"{text}\0{demanded.text}"
    return question, pool, hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def recommend(
    app: App,
    asker: Asker,
    alumnus_id: str | None,
    target: Target,
    *,
    school: str | None = None,
    top: int = 10,
    as_of: date | None = None,
    at_once: bool = False,
) -> Ranking:
    """Courses or roles for an alumnus, best first; an alumnus may only ask for their own, and names no one.

    What the alumnus said is not for them is not in their own list. In a talk the code that opened it is the consent.
    `at_once`: as in `match`. Raises Forbidden, UnknownId, AmbiguousId, InvalidValue.
    """
    question, origin, more = _advice(app, asker, alumnus_id, target, school, as_of)
    pool = pool_of_list(app, origin, question.record, target, at_once=at_once)
    return _answer(app, asker, Action.RECOMMEND, question, top, pool, target=target, **more)


@dataclass(frozen=True, slots=True)
class Tilted:
    """Courses for an alumnus as an adviser tilts the list; `before`: the same by an earlier tilt, None for none."""

    ranking: Ranking
    before: Ranking | None


def recommend_tilted(
    app: App,
    asker: Asker,
    alumnus_id: str | None,
    tilt: Tilt,
    *,
    before: Tilt | None = None,
    school: str | None = None,
    top: int = 10,
) -> Tilted:
    """Courses for an alumnus where some things count more than usual; and what the list was before, of one pool.

    The log has the tilt, so that a replay gives the same; the earlier list is that of an entry of its own. Raises
    Forbidden, UnknownId, AmbiguousId, InvalidValue.
    """
    question, origin, more = _advice(app, asker, alumnus_id, "offerings", school, None)
    pool, in_use = newest_pool(app, origin), app.weights
    if not tilt.is_usual:
        more |= {TILT: asdict(tilt)}
    now = app.with_weights(tilted(in_use, tilt))
    ranking = _answer(now, asker, Action.RECOMMEND, question, top, pool, target="offerings", **more)
    if before is None or before == tilt:
        return Tilted(ranking, None)
    return Tilted(ranking, ranked(app.with_weights(tilted(in_use, before)), question, MOST_MOVED, pool))


def _advice(  # noqa: PLR0917 - what is asked, and of whom
    app: App, asker: Asker, alumnus_id: str | None, target: Target, school: str | None, as_of: date | None
) -> tuple[Question, str, dict[str, object]]:
    """The question of somebody's courses or roles, the state of the data, and what the log says besides.

    Raises as `recommend`.
    """
    day = _day(app, asker, as_of)
    alumnus, origin = admission.advised(app, asker, alumnus_id, school)
    talk = admission.talk_with(app, asker, alumnus.key)
    more: dict[str, object] = {} if talk is None else {TALK: talk.key}
    if asker.alumnus_key is not None:
        with app.store.read() as records:
            said = records.not_for_me.of(alumnus.key)
        if hidden := [key for one in said if (key := one.offering_key if target == "offerings" else one.request_key)]:
            more[WITHOUT] = sorted(hidden)
    return Question(alumnus, day, target, agreed=BY_TALK if talk else frozenset()), origin, more


def audience(
    app: App,
    asker: Asker,
    offering_id: str,
    *,
    provider: str | None = None,
    school: str | None = None,
    top: int = 50,
    as_of: date | None = None,
    at_once: bool = False,
) -> Ranking:
    """Alumni whom this course would help, best first: of the asker's school, else of `school` or of all.

    `at_once`: as in `match`. Raises Forbidden, UnknownId, AmbiguousId (name the provider), InvalidValue.
    """
    day = _day(app, asker, as_of)
    owner = asker.owner(Action.AUDIENCE, school)
    with app.store.read() as records:
        offering = lookup.offering(records, offering_id, provider)
        origin = records.changes.origin()
    question = Question(offering, day, among=owner)
    pool = pool_of_list(app, origin, offering, among=owner, at_once=at_once)
    return _answer(app, asker, Action.AUDIENCE, question, top, pool, among=owner)


@dataclass(frozen=True, slots=True)
class PairOfIds:
    """A query and a candidate by the ids of the spreadsheet, and what distinguishes records with the same id.

    `kind`: what the query is. `school`: of the query, and of the candidate if that school has one with this id;
    `candidate_school`: of the candidate if it differs; `provider`: of a course.
    """

    query_id: str
    candidate_id: str
    kind: QueryKind | None = None
    school: str | None = None
    candidate_school: str | None = None
    provider: str | None = None

    def queries(self, records: Sequence[Record]) -> list[Record]:
        """The records that the query can be."""
        return self._of(records, self.school)

    def candidates(self, query: Record, records: Sequence[Record]) -> list[Record]:
        """Those of the candidate's school; if not given, of the query's school, or of any if that one has none."""
        if self.candidate_school is not None:
            return self._of(records, self.candidate_school)
        near = self._of(records, self.school)
        return near if near or isinstance(query, Offering) else self._of(records, None)

    def _of(self, records: Sequence[Record], school: str | None) -> list[Record]:
        return [
            record
            for record in records
            if (self.provider if isinstance(record, Offering) else school) in {None, owner_of(record)}
            or (not isinstance(record, Offering) and owner_of(record) == "")
        ]


@dataclass(frozen=True, slots=True)
class ListPlace:
    """A request and an alumnus as read, and the alumnus's place in its list: None for one who is not in it.

    `eligible`: how many are in the list. `origin`: the state of the data that was read; `pool`: that was ranked.
    """

    request: Request
    alumnus: Alumnus
    eligible: int
    rank: int | None
    origin: str
    pool: Pool


def place_of(app: App, asker: Asker, pair: PairOfIds) -> ListPlace:
    """Where an alumnus stands in the list of a request today: what `why` says of the rank, and nothing else.

    Not logged, but for a refusal: it is a step of an invitation. Raises Forbidden, UnknownId, AmbiguousId, as `why`.
    """
    day, ids = app.clock.today(), {"id": pair.query_id, "candidate": pair.candidate_id}
    named = replace(
        pair,
        query_id=pair.query_id.strip(),
        candidate_id=pair.candidate_id.strip(),
        school=asker.owner(Action.INVITE, pair.school),
        candidate_school=pair.candidate_school or asker.school,
    )
    on_cards = disclosure.sees_cards(asker)
    with _one_answer(asker, ids):
        query, candidate, origin, _ = _pair(app, asker, named, day, Action.INVITE)
        if not isinstance(query, Request) or not isinstance(candidate, Alumnus):
            raise UnknownId("pair_impossible", **ids)
        pool = newest_pool(app, origin)
        standing = answers.standing_of(app, Question(query, day), pool, candidate, cards=on_cards)
    other = asker.school is not None and query.school != asker.school
    if standing is None or other or query.kind not in asker.kinds():
        raise UnknownId("unknown_pair", **ids)
    return ListPlace(query, candidate, *standing, origin, pool)


def why(app: App, asker: Asker, pair: PairOfIds, *, as_of: date | None = None, tilt: Tilt | None = None) -> Account:
    """The whole account of one pair, shown or not: visibility, every rule, contributions, rank, what-if.

    An asker who sees cards names the alumnus by the handle on the card of that request, and is told what a card tells.
    `tilt`: what counted more than usual in the list of courses that this is about.

    The asker must be allowed to rank the query, and the candidate must be eligible for that list. An asker of one
    school names another school's candidate by `candidate_school`. Raises Forbidden, AmbiguousId, and
    UnknownId('unknown_pair') for what such an asker may not see and for what does not exist alike, and, to an asker who
    does not see all alumni, for those whom `services.admission` does not let in: that is decided first.
    """
    day = _day(app, asker, as_of)
    named = replace(
        pair,
        query_id=pair.query_id.strip(),
        candidate_id=pair.candidate_id.strip(),
        school=asker.owner(Action.EXPLAIN, pair.school),
        candidate_school=pair.candidate_school or asker.school,
    )
    ids = {"id": pair.query_id, "candidate": pair.candidate_id}
    on_cards = disclosure.sees_cards(asker)
    with _one_answer(asker, ids):
        query, candidate, origin, handles = _pair(app, asker, named, day, Action.EXPLAIN)
        target: Target | None = None
        if isinstance(query, Alumnus):
            target = "offerings" if isinstance(candidate, Offering) else "requests"
        pool = newest_pool(app, origin)
        talk = admission.talk_with(app, asker, query.key) if isinstance(query, Alumnus) else None
        question = Question(query, day, target, agreed=BY_TALK if talk else frozenset())
        told_by = app.with_weights(tilted(app.weights, tilt)) if tilt and target == "offerings" else app
        account = answers.account(told_by, question, cards_of(pool) if on_cards else pool, candidate, cards=on_cards)
    if not _may_see(asker, account):
        raise UnknownId("unknown_pair", **ids)
    card = disclosure.account_on_card(account, pool, handles) if handles else account
    if card is None:
        raise UnknownId("unknown_pair", **ids)
    shown = [[account.match.key, account.match.score]] if account.match else []
    details: dict[str, object] = {"rank": account.rank, "shown": shown, "visible": account.visible}
    details["candidate"] = account.candidate.key
    if tilt is not None and told_by is not app:
        details[TILT] = asdict(tilt)
    _log(app, asker, Action.EXPLAIN, {**_subject(account.query, account.basis), **details})
    return card


@contextmanager
def _one_answer(asker: Asker, ids: Mapping[str, str]) -> Iterator[None]:
    """To an asker who does not see all alumni, whatever is not found or not seen is one and the same error."""
    try:
        with lookup.unless_of_others(asker, "unknown_pair", **ids):
            yield
    except UnknownId:
        if asker.may(Action.ALUMNI_REGISTER):
            raise
        raise UnknownId("unknown_pair", **ids) from None


def _pair(
    app: App, asker: Asker, pair: PairOfIds, day: date, action: Action
) -> tuple[Record, Record, str, Handles | None]:
    """The one pair of records that these ids can refer to for this asker, the state of the data, on cards the handles.

    Raises Forbidden, UnknownId, AmbiguousId.
    """
    if disclosure.sees_cards(asker):
        return _pair_on_card(app, asker, pair, day, action)
    hidden: list[int] = []

    def find(kind: RecordKind, id_: str) -> list[Record]:
        if kind is not RecordKind.ALUMNI or asker.may(Action.ALUMNI_REGISTER):
            return records.records.find(kind, id_)
        agreeing, others = admission.agreeing(app, records, asker, id_, asker.school)
        hidden.extend(others)
        return [*agreeing]

    with app.store.read() as records:
        origin = records.changes.origin()
        try:
            return *_records_of(find, pair), origin, None
        except UnknownId:
            if asker.may(Action.ALUMNI_REGISTER):
                raise
    admission.refuse(app, asker, action, hidden, {})
    raise UnknownId("unknown_pair", id=pair.query_id, candidate=pair.candidate_id)


def _pair_on_card(
    app: App, asker: Asker, pair: PairOfIds, day: date, action: Action
) -> tuple[Record, Record, str, Handles | None]:
    """The same for an asker who sees cards: a request, and the alumnus with this handle, if that may be opened."""
    ids = {"id": pair.query_id, "candidate": pair.candidate_id}
    if pair.kind not in {None, "request"}:
        raise UnknownId("unknown_pair", **ids)
    named = admission.Named(pair.query_id, pair.candidate_id, pair.school)
    admitted = admission.candidate(app, asker, action, named, day)
    if admitted.alumnus_key is None:
        raise UnknownId("unknown_pair", **ids)
    query, key = admitted.request.key, admitted.alumnus_key
    with app.store.read() as records:
        requests = records.records.by_key(RecordKind.REQUESTS, [query])
        alumni = records.records.by_key(RecordKind.ALUMNI, [key])
        origin = records.changes.origin()
    if query not in requests or key not in alumni:
        raise UnknownId("unknown_pair", **ids)
    return requests[query], alumni[key], origin, admitted.handles


def _records_of(find: Callable[[RecordKind, str], list[Record]], pair: PairOfIds) -> tuple[Record, Record]:
    """The one pair of records that these ids can refer to. Raises UnknownId, AmbiguousId."""
    pairs: list[tuple[str, Record, Record]] = []
    known = False
    for query_kind in _PARTNERS if pair.kind is None else (pair.kind,):
        queries = pair.queries(find(RECORDS[query_kind], pair.query_id))
        known = known or bool(queries)
        for other in _PARTNERS[query_kind] if queries else ():
            others = find(RECORDS[other], pair.candidate_id)
            pairs += [(query_kind, query, partner) for query in queries for partner in pair.candidates(query, others)]
    if not pairs:
        missing = pair.candidate_id if known else pair.query_id
        if any(find(kind, missing) for kind in RECORDS.values()):
            raise UnknownId("pair_impossible", id=pair.query_id, candidate=pair.candidate_id)
        raise UnknownId("unknown_id", kind=pair.kind or "record", id=missing, owner=pair.school or "")
    if len(pairs) > 1:
        kinds = {name for name, _, _ in pairs}
        choices = {" / ".join(filter(None, map(owner_of, both))) for _, *both in pairs} if len(kinds) == 1 else kinds
        ids = {"id": pair.query_id, "candidate": pair.candidate_id}
        raise AmbiguousId("ambiguous_pair", **ids, choices=sorted(choices))
    return pairs[0][1], pairs[0][2]


_PARTNERS: dict[QueryKind, tuple[QueryKind, ...]] = {
    "request": ("alumnus",),
    "offering": ("alumnus",),
    "alumnus": ("request", "offering"),
}


def _may_see(asker: Asker, account: Account) -> bool:
    """Whether the asker may see that list, and the candidate could be in it."""
    query = account.query
    if query.kind in _KINDS:
        asks = asker.may(Action.MATCH) and query.kind in asker.kinds()
    else:
        asks = asker.may(Action.RECOMMEND if query.kind == "alumnus" else Action.AUDIENCE)
    if asker.school is None:
        return asks
    own = account.candidate.school if query.kind == "offering" else query.school
    return asks and account.visible and own == asker.school


def ranked(
    app: App, question: Question, top: int, pool: Pool, *, cards: bool = False, widened: bool = False
) -> Ranking:
    """The ranking of a pool with its cards, not yet logged; `cards`: by nothing that is rare (`matcher.pool.cards`).

    `widened`: with what changes of a request would add.
    Raises InvalidValue, UnknownId.
    """
    if not 1 <= top <= MOST_SHOWN:
        raise InvalidValue("top_out_of_range", value=top, most=MOST_SHOWN)
    app, whole = app.with_weights(), pool
    pool = cards_of(pool) if cards else pool
    known = remembered.found(app, pool, question, top, widened=widened)
    if known is not None:
        if app.observer is not None:
            app.observer.ranked(known.eligible, 0, exact=True)
        return known
    outcome = ranking.rank(
        pool,
        question,
        app.weights,
        lambda side: app.engine.indexes.of(whole, side, cards=cards),
        k=top,
        limits=app.limits,
        observer=app.observer,
    )
    with stage(app.observer, "cards"):
        answer = answers.answer(app, question, outcome, cards=cards, widened=widened)
        remembered.remember(app, pool, question, top, answer, widened=widened)
    return answer


def note_of(answer: Ranking, top: int, **more: object) -> dict[str, object]:
    """The log details of a ranking: random keys, scores and versions; enough to replay it."""
    shown = [[match_.key, match_.score] for match_ in answer.matches]
    details = {"top": top, "eligible": answer.eligible, "excluded": dict(answer.excluded), "shown": shown}
    if not answer.exact:
        more["exact"] = False
    return {**_subject(answer.query, answer.basis), **details, **more}


def _answer(  # noqa: PLR0917 - a question, and what the log says of it
    app: App, asker: Asker, action: Action, question: Question, top: int, pool: Pool, **more: object
) -> Ranking:
    asked = question.record
    if isinstance(asked, Alumnus) or not disclosure.sees_cards(asker):
        hidden = frozenset(cast("list[int]", more.get(WITHOUT, ())))
        top = min(top + len(hidden), MOST_SHOWN)
        answer = left_out(ranked(app, question, top, pool, widened=True), hidden, top)
        app.engine.current.snapshots.hold(pool)
        _log(app, asker, action, note_of(answer, top, **more))
        return answer
    answer = ranked(app, question, top, pool, cards=True, widened=True)
    app.engine.current.snapshots.hold(pool)
    note = note_of(answer, top, **more, cards=True)

    def work(tx: Transaction) -> Handles:
        tx.note(action, note)
        return cards.handles_of(tx, asker, asked)

    with stage(app.observer, "log"):
        handles = app.store.write(work, by=asker)
    with stage(app.observer, "cards"):
        return disclosure.ranking_on_cards(answer, pool, handles)


def left_out(answer: Ranking, hidden: Collection[int], top: int) -> Ranking:
    """The answer without what the alumnus wants out of the own list; `top`: how many were ranked for it."""
    if not hidden:
        return answer
    kept = [match for match in answer.matches if match.key not in hidden][: top - len(hidden)]
    return replace(answer, matches=tuple(replace(match, rank=rank) for rank, match in enumerate(kept, 1)))


def _subject(query: QueryInfo, basis: Basis) -> dict[str, object]:
    """What was asked, and the basis of the answer."""
    return {"query": query.key, "purpose": query.kind, **basis.noted()}


def _demanded(app: App, asker: Asker, wish: Request, *, at_once: bool) -> tuple[Demanded | None, Pool]:
    """What an unsaved request demands of own fields and of a company, and the pool: the newest where it demands any.

    Raises Forbidden, InvalidValue.
    """
    has_own, place = bool(demands_in(wish.own_demands)), placement_of(wish)
    if not has_own and place is None:
        return None, pool_of_list(app, app.store.origin(), wish, at_once=at_once)
    if has_own and disclosure.sees_cards(asker):
        raise Forbidden("own_demands_on_cards")
    demanded: Demanded | None = None
    with app.store.read() as records:
        if has_own:
            demanded = Demanded(0, *demanded_now(records, wish.school or "", wish.own_demands))
        for company in recognised_at(records, [place] if place else []):
            demanded = both(demanded, company)
        origin = records.changes.origin()
    return demanded, newest_pool(app, origin)


def _places_known(pool: Pool, demand: Demand) -> bool:
    """Whether the pool has the places that count: that of the postcode, or else of each town."""
    counts = [pc4_key(demand.pc4)] if demand.pc4 else map(town_key, towns_of(demand.town))
    return all(key in pool.vocabulary.places for key in counts)


def _day(app: App, asker: Asker, as_of: date | None) -> date:
    """The day to rank for. A later day would end pauses and terms that people rely on.

    An earlier one would show whose consent is over since, and in steps of a day when someone gave it or was asked. So
    whoever sees cards asks about today. Raises InvalidValue for another day, and for a later one except on the command
    line.
    """
    today = app.clock.today()
    if as_of not in {None, today} and disclosure.sees_cards(asker) and asker.role is not Role.ALUMNUS:
        raise InvalidValue("day_is_today", today=today)
    if asker.role is not Role.COMMAND_LINE and as_of is not None and as_of > today:
        raise InvalidValue("day_ahead", today=today)
    return as_of or today


def _log(app: App, asker: Asker, action: Action, details: Mapping[str, object]) -> None:
    with stage(app.observer, "log"):
        app.store.note(action, details, by=asker)
