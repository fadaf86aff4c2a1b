"""Where an alumnus stands in lists, and why; which lists were made; and asking a person about one.

What one is told here is about oneself alone: the own place, the own points and the rule that one fails. For requests
that are open it is worked out when it is asked for, from the data of now; of what is over the log tells in which lists
one was shown, summed per month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import numpy as np

from matcher.domain.answers import Account
from matcher.domain.moments import day_in_netherlands
from matcher.domain.own_list import LONGEST, Dispute
from matcher.domain.records import Alumnus, RecordKind, Request
from matcher.errors import InvalidValue, UnknownId
from matcher.matching.question import Question
from matcher.matching.rules import RULES, closed
from matcher.policy import Action, Asker
from matcher.pool.columns import ALWAYS, NO_DAY
from matcher.repositories import Records, Transaction
from matcher.repositories.values import NOBODY
from matcher.services import answers, lookup, replay
from matcher.services.app import App, StoreApp
from matcher.services.browsing import Page, Slice
from matcher.services.pools import newest_pool
from matcher.services.words import kept

ANSWERED = "dispute_answered"
"""The mail that a question about a list was answered."""
_LISTS = frozenset({"match", "match.unsaved", "recommend", "audience"})


@dataclass(frozen=True, slots=True)
class Place:
    """An open request next to the asking alumnus: `rule`, the code of the first rule that they fail, None for none.

    `shown`: in how many lists of it they were shown. `asked`: a question about it waits for an answer. `hidden`: they
    said that it is not for them.
    """

    request: Request
    rule: str | None
    shown: int
    asked: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class Month:
    """What the data of an alumnus were used for in a month, `2027-02`: different lists by kind, and mail by kind.

    `roles`: to whom the lists were shown.
    """

    name: str
    lists: Mapping[str, int]
    roles: Sequence[str]
    mail: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Case:
    """A question about a list for whoever answers it, with the alumnus and the request, None where that is gone.

    `account`: how the pair stands now; None where that cannot be told. `replayed`: what came of replaying the newest
    logged list in which the alumnus was shown, with its number and day; None where there is none.
    """

    dispute: Dispute
    alumnus: Alumnus
    request: Request | None
    account: Account | None
    replayed: str | None
    entry: int | None
    made_at: datetime | None
    rank: int | None


def places(app: App, asker: Asker, part: Slice | None = None) -> Page[Place]:
    """The open requests of which the asking alumnus can be in the list, and by which rule they are not; it is noted.

    The first to close first; `part`: only these are read, of all. Raises Forbidden, UnknownId.
    """
    key = asker.own_key(Action.DISPUTE)

    def work(tx: Transaction) -> tuple[Alumnus, str, Counter[int], set[int | None], set[int | None]]:
        alumnus = lookup.own_record(tx, asker)
        tx.note(Action.DISPUTE, {"alumnus": key})
        entries = tx.audit.about(key, actions={"match"})
        shown = Counter(entry.details["query"] for entry in entries if "query" in entry.details)
        asked = {one.request_key for one in tx.disputes.of(key) if one.answered_at is None}
        hidden = {one.request_key for one in tx.not_for_me.of(key)}
        return alumnus, tx.changes.origin(), shown, asked, hidden

    alumnus, origin, shown, asked, hidden = app.store.write(work, by=asker)
    pairs = Question(alumnus, app.clock.today(), "requests").candidates(newest_pool(app, origin)).visible
    pairs = pairs.take(np.flatnonzero(pairs.each(closed.passes(pairs))))
    demands, rows = pairs.demands, pairs.rows
    closes = np.where(demands.closes[rows] == NO_DAY, ALWAYS, demands.closes[rows])
    order = np.lexsort((demands.order[rows], closes))
    chosen = pairs.take(order if part is None else order[part.start : part.start + part.size])
    failed: dict[int, str | None] = dict.fromkeys(demands.key[chosen.rows].tolist())
    for rule in RULES:
        for position in np.flatnonzero(~chosen.each(rule.passes(chosen))).tolist():
            request_key = int(demands.key[chosen.rows[position]])
            failed[request_key] = failed[request_key] or rule.CODE
    with app.store.read() as records:
        requests = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, list(failed)))
    found = [(requests[key], rule) for key, rule in failed.items() if key in requests]
    return Page(
        [Place(one, rule, shown[one.key], one.key in asked, one.key in hidden) for one, rule in found], len(order)
    )


def account(app: App, asker: Asker, request_id: str, *, school: str | None = None) -> Account:
    """How the asking alumnus stands in the list of an open request today: rules, terms, place; it is noted.

    Raises Forbidden, and UnknownId for what is not there, is closed, or of which the alumnus can be in no list.
    """
    key = asker.own_key(Action.DISPUTE)
    with app.store.read() as records:
        alumnus = lookup.own_record(records, asker)
        request = lookup.only(records, "request", request_id, school)
        origin = records.changes.origin()
    assert isinstance(request, Request)  # noqa: S101 - it was asked for as one
    told = answers.account(app, Question(request, app.clock.today()), newest_pool(app, origin), alumnus)
    if not told.visible or any(rule.code == closed.CODE and not rule.passed for rule in told.rules):
        raise UnknownId("unknown_id", kind="request", id=request_id, owner="")
    shown = [[key, told.match.score]] if told.match else []
    basis = told.basis.noted()
    details = {"query": request.key, "purpose": request.kind.value, **basis, "rank": told.rank, "shown": shown}
    app.store.write(lambda tx: tx.note(Action.EXPLAIN, {**details, "candidate": key}), by=asker)
    return told


def months(app: StoreApp, asker: Asker) -> list[Month]:
    """What the data of the asking alumnus were used for, per month, the newest first; looking is noted.

    A list that was made again on the same day counts once. Raises Forbidden.
    """
    key = asker.own_key(Action.DISPUTE)

    def work(tx: Transaction) -> list[Month]:
        lists: dict[str, set[tuple[str, object, str]]] = {}
        mail: dict[str, Counter[str]] = {}
        roles: dict[str, set[str]] = {}
        for entry in tx.audit.about(key):
            day = day_in_netherlands(entry.at)
            month = f"{day:%Y-%m}"
            if entry.action in _LISTS and entry.details.get("shown") and entry.role != "alumnus":
                query = entry.details["query"] if entry.details["query"] != NOBODY else entry.id
                roles.setdefault(month, set()).add(entry.role)
                lists.setdefault(month, set()).add((str(entry.details["purpose"]), query, day.isoformat()))
            elif entry.action == "message":
                mail.setdefault(month, Counter())[str(entry.details["message"])] += 1
        tx.note(Action.DISPUTE, {"alumnus": key})
        names = sorted({*lists, *mail}, reverse=True)
        return [
            Month(
                name,
                Counter(kind for kind, _, _ in lists.get(name, ())),
                sorted(roles.get(name, ())),
                mail.get(name, {}),
            )
            for name in names
        ]

    return app.store.write(work, by=asker)


def mine(app: StoreApp, asker: Asker) -> Sequence[tuple[Dispute, Request | None]]:
    """The questions of the asking alumnus about lists, the newest first. Raises Forbidden."""
    key = asker.own_key(Action.DISPUTE)
    with app.store.read() as records:
        return [(one, lookup.request_at(records, one.request_key)) for one in reversed(records.disputes.of(key))]


def ask(app: StoreApp, asker: Asker, request_id: str, *, school: str | None = None, said: str = "") -> None:
    """The asking alumnus asks a person about the list of a request; nothing is written if that waits already.

    Raises Forbidden, UnknownId, AmbiguousId, InvalidValue('dispute_words').
    """
    words = kept(said, LONGEST, "dispute_words")

    def work(tx: Transaction) -> None:
        key = asker.own_key(Action.DISPUTE)
        request = lookup.only(tx, "request", request_id, school)
        about = tx.audit.about(key, actions={"match"})
        newest = next((one.id for one in about if one.details.get("query") == request.key), None)
        if tx.disputes.open(key, request.key, newest, words):
            tx.note(Action.DISPUTE, {"alumnus": key, "request": request.key, "entry": newest})

    app.store.write(work, by=asker)


def withdraw(app: StoreApp, asker: Asker, number: int) -> None:
    """The asking alumnus needs no answer any more; nothing happens where none is waited for. Raises Forbidden."""

    def work(tx: Transaction) -> None:
        key = asker.own_key(Action.DISPUTE)
        if tx.disputes.withdraw(number, key):
            tx.note(Action.DISPUTE, {"alumnus": key, "withdrawn": True})

    app.store.write(work, by=asker)


def waiting(app: StoreApp, asker: Asker, *, school: str | None = None) -> list[tuple[Dispute, Request | None]]:
    """The questions that wait for an answer, the oldest first. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.DISPUTE_READ, school)
    with app.store.read() as records:
        return [(one, lookup.request_at(records, one.request_key)) for one in records.disputes.waiting(owner)]


def case(app: App, asker: Asker, number: int) -> Case:
    """A question with what the program says of it now, and a replay of the list it is about; it is noted.

    Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.DISPUTE_READ)

    def work(tx: Transaction) -> tuple[Dispute, Alumnus, Request | None, str]:
        dispute, alumnus = _case(tx, number, owner)
        tx.note(Action.DISPUTE_READ, {"alumnus": alumnus.key, "dispute": number})
        return dispute, alumnus, lookup.request_at(tx, dispute.request_key), tx.changes.origin()

    dispute, alumnus, request, origin = app.store.write(work, by=asker)
    made_at = rank = replayed = told = None
    if dispute.entry is not None:
        with app.store.read() as records:
            entry = records.audit.entry(dispute.entry)
        if entry is not None:
            made_at, replayed = entry.at, replay.verdict(app, asker, dispute.entry)
            keys = [key for key, _ in entry.details["shown"]]
            rank = keys.index(alumnus.key) + 1 if alumnus.key in keys else None
    if request is not None:
        try:
            told = answers.account(app, Question(request, app.clock.today()), newest_pool(app, origin), alumnus)
        except UnknownId:
            told = None
    return Case(dispute, alumnus, request, told, replayed, dispute.entry if made_at else None, made_at, rank)


def answer(app: StoreApp, asker: Asker, number: int, words: str) -> None:
    """A person answers a question about a list, and the alumnus is mailed that there is an answer.

    Raises Forbidden, UnknownId, InvalidValue: `dispute_empty`, `dispute_words`, `dispute_answered`.
    """
    text = kept(words, LONGEST, "dispute_words")
    if text is None:
        asker.scope(Action.DISPUTE_ANSWER)
        raise InvalidValue("dispute_empty")

    def work(tx: Transaction) -> None:
        dispute, alumnus = _case(tx, number, asker.owner(Action.DISPUTE_ANSWER))
        if not tx.disputes.answer(dispute.key, text):
            raise InvalidValue("dispute_answered")
        tx.outbox.add(alumnus.key, ANSWERED, values={"school": alumnus.school})
        tx.note(Action.DISPUTE_ANSWER, {"alumnus": alumnus.key, "dispute": number})

    app.store.write(work, by=asker)


def _case(records: Records, number: int, owner: str | None) -> tuple[Dispute, Alumnus]:
    """Raises UnknownId for what is not there or of another school."""
    dispute = records.disputes.at(number)
    found = {} if dispute is None else records.records.by_key(RecordKind.ALUMNI, [dispute.alumnus_key])
    alumnus = next(iter(found.values()), None)
    if dispute is None or not isinstance(alumnus, Alumnus) or owner not in {None, alumnus.school}:
        raise UnknownId("unknown_id", kind="record", id=str(number), owner="")
    return dispute, alumnus
