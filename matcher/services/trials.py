"""The logged lists of a period once more, under other settings: who would have been asked, before a setting is saved.

A list within the replay term is made with the people of then, to the bit; an older one with the people of today. Either
way only alumni count who may be looked at today: where somebody stood who was erased, objects or withdrew consent
since, the place stays open. Each list stands by itself: an ask of one changes no other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from typing import Any, cast

import numpy as np

from matcher.domain.kinds import KINDS, RequestKind
from matcher.domain.moments import ZONE
from matcher.domain.records import Alumnus, RecordKind, Request, owner_of
from matcher.errors import InvalidValue, UnknownId
from matcher.matching.question import Question
from matcher.matching.rules import RULES_VERSION, no_consent
from matcher.matching.signals import words
from matcher.matching.trials import AFTER, BEFORE, Both, Fit, Settings, Tally, both, fit_of, fits, limited, under
from matcher.matching.weights import Weights
from matcher.policy import Action, Asker
from matcher.pool import NEVER, Pool
from matcher.pool.cards import cards_of
from matcher.pool.columns import Bool, Int64, day_number, gives_to_alumnus
from matcher.repositories import Records, Transaction
from matcher.repositories.trials import LoggedList
from matcher.repositories.values import LogEntry
from matcher.services import groups, lookup
from matcher.services.app import App
from matcher.services.eligibility import failed_rule
from matcher.services.groups import Group
from matcher.services.logged import known_weights, meaning_of, obstacle, weights_named
from matcher.services.pools import NEWEST, newest_pool, pool_then

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""What a log can hold."""
MOST_DAYS = 366
MOST_LISTS = 2_000
"""Requests of one trial; of more the newest."""
MOST_NAMED = 100
"""Requests of which alumni are named, those that change most first; of the others a trial counts."""
_BEGINNING = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_NOTES = 50
"""Requests logged in one transaction."""
_CELLS, _USUAL_WORDS = 1 << 24, 16
"""Pairs of words that are compared at once, 4 bytes each, and how many a request has as a rule."""


@dataclass(frozen=True, slots=True)
class Person:
    """An alumnus by the id and school of the spreadsheet."""

    alumnus_id: str
    school: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A request under both settings. `of_then`: with the people of then; else with those of today.

    `places`: that can be filled; `open`: those of somebody who may not be looked at any more. `came`, `fell`: how many
    alumni are among the first now and were not, and the other way round. `who_came`, `who_fell`: who they are, of the
    requests that are named. `before`, `after`: how well those who are asked fit, by the weights in use.
    """

    request_id: str
    school: str
    kind: RequestKind
    title: str
    as_of: date
    of_then: bool
    places: int
    open: int
    came: int
    fell: int
    before: Fit
    after: Fit
    who_came: tuple[Person, ...] = ()
    who_fell: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """All lists under one setting. `asked`: places that are filled; `people`: by so many alumni.

    `first`: alumni who are asked for the first time. `gini`: of the asks, over all who passed the rules of a list.
    `over`: asks beyond what each had left on the first day. Those three count only what asks alumni for something.
    """

    asked: int
    people: int
    fit: Fit
    first: int
    gini: float
    over: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A group of alumni, by field or by cohort, and how many of the filled places are theirs under each setting."""

    group: Group
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What there was in the log. `lists`: of saved requests, of which the last of each request counts.

    `of_then`, `of_today`: so many requests with the people of then, and of today. `same`: of the first so many came out
    as logged, to the last bit. `unsaved`: lists of questions that were not saved, which cannot be made again; `gone`:
    requests that are not there any more; `left_out`: requests beyond the most of one trial.
    """

    lists: int
    of_then: int
    of_today: int
    same: int
    unsaved: int
    gone: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What another setting would have done in a period.

    `yardstick`: names of the weights in use, by which fit is measured whatever was tried. `moved`: the groups that have
    more or fewer places than they had, those that win most first.
    """

    first: date
    last: date
    settings: Settings
    counted: Counted
    before: Side
    after: Side
    yardstick: tuple[str, ...]
    moved: tuple[Moved, ...]
    requests: tuple[Outcome, ...]

    @property
    def changed(self) -> int:
        """Requests with another alumnus among the first."""
        return sum(one.came + one.fell > 0 for one in self.requests)

    @property
    def came(self) -> int:
        """Alumni among the first of a request who were not."""
        return sum(one.came for one in self.requests)

    @property
    def open(self) -> int:
        """Places that stay open since an alumnus may not be looked at any more."""
        return sum(one.open for one in self.requests)

    @property
    def named(self) -> tuple[Outcome, ...]:
        """The requests of which alumni are named."""
        return tuple(one for one in self.requests if one.who_came or one.who_fell)


def simulate(
    app: App,
    asker: Asker,
    first: date,
    last: date,
    settings: Settings | None = None,
    *,
    school: str | None = None,
    most: int = MOST_LISTS,
) -> Trial:
    """Makes the logged lists of these days again, as they were and under other settings; saves no setting.

    Of the requests of the asker's school, else of `school` or of all. What is shown is in the log first. Raises
    Forbidden, UnknownId (`unknown_school`), InvalidValue (of the period).
    """
    owner = asker.owner(Action.TRIAL, school)
    if not first <= last:
        raise InvalidValue("period_reversed", first=first, last=last)
    if (last - first).days >= MOST_DAYS:
        raise InvalidValue("period_too_long", days=MOST_DAYS)
    if first.year < FIRST_YEAR or last.year > LAST_YEAR:
        raise InvalidValue("trial_years", low=FIRST_YEAR, high=LAST_YEAR)
    app, settings = app.with_weights(), settings or Settings()
    with app.store.read() as records:
        if owner is not None and asker.school is None and lookup.owner_named(records, owner) != owner:
            raise UnknownId("unknown_school", school=owner)
        log = _log(records, asker, owner, (first, last), min(most, MOST_LISTS))
        known = known_weights(app.weights, records)
        stated = records.trials.stated() if settings.asks_a_year is not None else frozenset[int]()
        origin, day = records.changes.origin(), records.today
    today = _Today(newest_pool(app, origin), day)
    run = _Run(app, settings, stated, known, today, log.requests)
    run.all(log.entries)
    trial = run.result(first, last, log)
    return _logged(app, asker, trial, run, origin)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one weight that was made heavier or lighter, over the lists of these days.

    `requests`: that were made again; `changed`: with somebody else among the first; `came`: alumni among the first who
    were not. `gini`, `first_asked`: as in `Side`, before and after. `moved`: as in `Trial`.
    """

    first: date
    last: date
    requests: int
    changed: int
    came: int
    gini: tuple[float, float]
    first_asked: tuple[int, int]
    moved: tuple[Moved, ...]


def tried(app: App, asker: Asker) -> Mapping[tuple[str, float], Tried]:
    """What this school tried of one weight at a time, by signal and factor: the newest, and only of the data of now.

    Read from the log, where every trial stands. Empty after any change of the data, of the weights in use or of how
    lists are made. Raises Forbidden.
    """
    asker.scope(Action.TRIAL)
    with app.store.read() as records:
        origin = records.changes.origin()
        since = datetime.fromisoformat(moment) if (moment := origin.partition(" ")[2]) else _BEGINNING
        listed = records.trials.listed(since, app.clock.now() + timedelta(seconds=1), {Action.TRIAL})
        entries = records.trials.opened([one.number for one in listed if one.school == asker.school])
    state = list(_state(app, origin))
    found = [entry.details for entry in entries if entry.details.get("state") == state]
    return {(details["heavier"][0], details["heavier"][1]): _tried(details) for details in found}


def _tried(details: Mapping[str, Any]) -> Tried:
    return Tried(
        first=date.fromisoformat(details["from"]),
        last=date.fromisoformat(details["to"]),
        requests=details["requests"],
        changed=details["changed"],
        came=details["came"],
        gini=(details["gini"][0], details["gini"][1]),
        first_asked=(details["first"][0], details["first"][1]),
        moved=tuple(
            Moved(Group(field=name, first=first, last=last), before, after)
            for name, first, last, before, after in details["moved"]
        ),
    )


def _state(app: App, origin: str) -> tuple[object, ...]:
    """What a trial rests on besides its settings: data and weights in use, rules, and what reads texts."""
    second = app.engine.second
    return origin, RULES_VERSION, app.engine.vectors.encoder.id, second.encoder.id if second is not None else ""


# ---- which lists


@dataclass(frozen=True, slots=True)
class _Log:
    """The last list of each request, the oldest first, and what was left out."""

    entries: Sequence[LogEntry]
    requests: Mapping[int, Request]
    lists: int
    unsaved: int
    gone: int
    left_out: int


def _log(records: Records, asker: Asker, owner: str | None, days: tuple[date, date], most: int) -> _Log:
    begin, end = (datetime.combine(day, time(), ZONE) for day in (days[0], days[1] + timedelta(days=1)))
    listed = records.trials.listed(begin, end, {Action.MATCH, Action.MATCH_UNSAVED})
    unsaved = sum(one.action == Action.MATCH_UNSAVED and owner in {None, one.school} for one in listed)
    last: dict[int, LoggedList] = {}
    for one in listed:
        if one.action == Action.MATCH and one.query is not None:
            last.pop(one.query, None)  # in the order of the last list of each
            last[one.query] = one
    there = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, list(last)))
    own = {
        key: one for key, one in there.items() if owner in {None, owner_of(one)} and one.kind in asker.kinds()
    }  # fmt: skip
    gone = sum(key not in there and owner in {None, one.school} for key, one in last.items())
    chosen = [one for key, one in last.items() if key in own]
    entries = records.trials.opened([one.number for one in chosen[max(0, len(chosen) - most) :]])
    lists = sum(one.action == Action.MATCH and one.query in own for one in listed)
    return _Log(entries, own, lists, unsaved, gone, max(0, len(chosen) - most))


# ---- who may be looked at


@dataclass(slots=True)
class _Today:
    """The newest pool: who is there and may be looked at for what."""

    pool: Pool
    day: date
    _allowed: dict[tuple[str, str], Bool] = field(default_factory=dict)
    _sorted: tuple[Int64, Int64] | None = None

    def allowed(self, request: Request) -> Bool:
        """Which alumni of today the asker of this request may see who agree to what it is for, shape (n,)."""
        of = request.kind.value, owner_of(request)
        if of not in self._allowed:
            candidates = Question(request, self.day).candidates(self.pool)
            agreed = candidates.pairs.each(no_consent.passes(candidates.pairs))
            self._allowed[of] = agreed if candidates.seen is None else agreed & candidates.seen
        return self._allowed[of]

    def rows_of(self, pool: Pool) -> Int64:
        """The row of today of each alumnus of a pool, shape (n,); -1 for alumni who are gone."""
        if pool.people.key is self.pool.people.key:
            return np.arange(len(pool.people))
        if self._sorted is None:
            order = np.argsort(self.pool.people.key)
            self._sorted = self.pool.people.key[order], order
        keys, order = self._sorted
        if not len(keys):
            return np.full(len(pool.people), -1)
        places = np.minimum(np.searchsorted(keys, pool.people.key), len(keys) - 1)
        return np.where(keys[places] == pool.people.key, order[places], -1)


# ---- one list after another


@dataclass(slots=True)
class _Found:
    """What came of one request; `came`, `fell`: random keys."""

    request: Request
    as_of: date
    of_then: bool
    places: int
    open: int
    came: list[int]
    fell: list[int]
    fit: list[Fit]
    asked: tuple[list[int], list[int]]

    @property
    def changes(self) -> int:
        """How many alumni are others."""
        return len(self.came) + len(self.fell)


@dataclass(frozen=True, slots=True)
class _Pools:
    """One state of the data as it was and as it is tried, with the row of today of each alumnus."""

    pools: tuple[Pool, Pool]
    today: Int64
    of_then: bool


@dataclass(slots=True)
class _Run:
    app: App
    settings: Settings
    stated: Collection[int]
    known: Sequence[Weights]
    today: _Today
    requests: Mapping[int, Request]
    found: list[_Found] = field(default_factory=list)
    same: int = 0
    gone: int = 0
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        """Nobody is asked yet."""
        self.tally = Tally(len(self.today.pool.people))

    def all(self, entries: Iterable[LogEntry]) -> None:
        """One state of the data after another, so that only one is in memory besides that of today."""
        groups, older = self._groups(entries)
        for (origin, newest, meaning), of_state in sorted(groups.items(), key=lambda group: group[0]):
            if not self._then({"origin": origin, NEWEST: newest or None}, meaning, of_state):
                older += [entry for entry, _ in of_state]
        self._now(older)

    def _groups(
        self, entries: Iterable[LogEntry]
    ) -> tuple[dict[tuple[str, str, str], list[tuple[LogEntry, Weights]]], list[LogEntry]]:
        """The lists by state of the data, newest state then if another, and second encoder, with their weights.

        And those of which none is known.
        """
        second = self.app.engine.second
        groups: dict[tuple[str, str, str], list[tuple[LogEntry, Weights]]] = defaultdict(list)
        older: list[LogEntry] = []
        by_names: dict[str, Weights | None] = {}
        for entry in entries:
            names = entry.details["weights"]
            if names not in by_names:
                by_names[names] = weights_named(names, self.known)
            weights = by_names[names]
            if weights is None or obstacle(self.app.engine, entry) is not None:
                older.append(entry)
                continue
            meaning = second.encoder.id if self.settings.meaning and second is not None else meaning_of(entry)
            state = entry.details["origin"], entry.details.get(NEWEST, ""), meaning
            groups[state].append((entry, weights))
        return groups, older

    def _then(self, state: Mapping[str, Any], meaning: str, entries: Sequence[tuple[LogEntry, Weights]]) -> bool:
        """With the people of then; False if their data are not there any more. `state`: as the log says it."""
        pool = pool_then(self.app, state, meaning)
        if pool is None:
            return False
        rows = self.today.rows_of(pool)
        ordered = sorted(entries, key=lambda one: (*_way(one[0]), _day(one[0]), one[0].id))
        for way, of_way in _runs(ordered, lambda one: _way(one[0])):
            cards, meant = way
            whole = cards_of(pool) if cards else pool
            before = whole if meant else whole.without_second()
            after = under(before if self.settings.meaning is None else whole, self.settings, self.stated)
            self._lists(_Pools((before, after), rows, of_then=True), of_way)
        return True

    def _now(self, entries: Sequence[LogEntry]) -> None:
        """With the people of today, as if each request were as open as then."""
        if not entries:
            return
        pool = self.today.pool
        opened = replace(pool.requests, full=np.zeros(len(pool.requests), np.int8))
        pool = replace(pool, requests=opened, of_people=replace(pool.of_people, cards=None))
        rows = np.arange(len(pool.people))
        ordered = sorted(entries, key=lambda one: (_way(one)[0], _day(one), one.id))
        for cards, of_way in _runs(ordered, lambda one: _way(one)[0]):
            before = cards_of(pool) if cards else pool
            after = under(before, self.settings, self.stated)
            self._lists(_Pools((before, after), rows, of_then=False), [(entry, self.app.weights) for entry in of_way])

    def _lists(self, pools: _Pools, entries: Sequence[tuple[LogEntry, Weights]]) -> None:
        """Lists of one state, some at once: their words are compared with all others together."""
        pool = pools.pools[BEFORE]
        at_once = max(1, _CELLS // max(1, len(pool.words) * _USUAL_WORDS))
        for start in range(0, len(entries), at_once):
            part = entries[start : start + at_once]
            rows = [pool.request_row.get(entry.details["query"], -1) for entry, _ in part]
            compared = words.together(pool, np.array([row for row in rows if row >= 0], np.int64))
            for row, (entry, weights) in zip(rows, part, strict=True):
                for one in pools.pools if row >= 0 else ():
                    words.expect(one, row, compared)
                self._list(pools, entry, weights)

    def _list(self, pools: _Pools, entry: LogEntry, weights: Weights) -> None:
        request = self.requests[entry.details["query"]]
        try:
            made = self._made(pools, entry, request, weights)
        except UnknownId:  # the request was removed, or is of a school that is gone
            self.gone += 1
            return
        self.found.append(made)

    def _made(self, pools: _Pools, entry: LogEntry, request: Request, weights: Weights) -> _Found:
        allowed = self.today.allowed(request)[pools.today] & (pools.today >= 0)
        pool, shown = pools.pools[BEFORE], entry.details["shown"]
        row_of = pool.person_row
        stays = [(row := row_of.get(key)) is not None and bool(allowed[row]) for key, _ in shown]
        kept = [pair for pair, there in zip(shown, stays, strict=True) if there]
        places, compared = request.people, 0
        if pools.of_then:
            places, compared = places - stays[:places].count(False), len(kept)
        both_weights = weights, self.settings.weights or weights
        most = max(places, compared, 1), max(places, 1)
        lists = both(pools.pools, Question(request, _day(entry)), both_weights, allowed, most, self.app.limits)
        if pools.of_then:
            self.same += _pairs(pool, lists, compared) == kept
        return self._compared(pools, request, _day(entry), lists, places, by=weights)

    def _compared(
        self, pools: _Pools, request: Request, as_of: date, lists: Both, places: int, *, by: Weights
    ) -> _Found:
        """What the first places of both lists come to; `by`: the weights of the list as it was."""
        pool, chosen = pools.pools[BEFORE], (lists.before.rows[:places], lists.after.rows[:places])
        keys = tuple(pool.people.key[rows].tolist() for rows in chosen)
        query = lists.pairs.query
        if not gives_to_alumnus(lists.pairs.demands.kind[query : query + 1])[0]:
            loads = pool.loads(day_number(as_of))
            for side, rows in enumerate(chosen):
                self.tally.add(side, pools.today[rows], loads.of("days_since_ask", rows) >= NEVER)
                self.tally.could[pools.today[lists.eligible[side]]] = True
        yardstick = self.app.weights
        if by is yardstick and np.array_equal(*chosen):
            fit = [fit_of(lists.pairs, lists.before, places)] * 2
        else:
            fit = fits(lists.pairs, chosen, yardstick)
        return _Found(
            request=request,
            as_of=as_of,
            of_then=pools.of_then,
            places=places,
            open=request.people - places,
            came=[key for key in keys[AFTER] if key not in keys[BEFORE]],
            fell=[key for key in keys[BEFORE] if key not in keys[AFTER]],
            fit=fit,
            asked=(keys[BEFORE], keys[AFTER]),
        )

    def result(self, first: date, last: date, log: _Log) -> Trial:
        """All lists together; nobody is named yet."""
        kinds = sorted({KINDS[one.request.kind].number for one in self.found})
        before, after = (self._side(side, first) for side in (BEFORE, AFTER))
        ordered = sorted(self.found, key=lambda one: (-one.changes, one.request.request_id, owner_of(one.request)))
        self.found = ordered
        return Trial(
            first=first,
            last=last,
            settings=self.settings,
            counted=Counted(
                lists=log.lists,
                of_then=sum(one.of_then for one in ordered),
                of_today=sum(not one.of_then for one in ordered),
                same=self.same,
                unsaved=log.unsaved,
                gone=log.gone + self.gone,
                left_out=log.left_out,
            ),
            before=before,
            after=after,
            yardstick=tuple(self.app.weights.names[kind] for kind in kinds),
            moved=self._moved(),
            requests=tuple(map(_outcome, ordered)),
        )

    def _moved(self) -> tuple[Moved, ...]:
        """The groups that have more or fewer places under the other setting, by what is known of alumni today."""
        pool = self.today.pool
        counts = [self._places(side) for side in (BEFORE, AFTER)]
        rows = np.flatnonzero(counts[BEFORE] + counts[AFTER])
        found = [
            Moved(group, *(int(count[rows[mask]].sum()) for count in counts))
            for group, mask in groups.parted(pool, rows, self.today.day)
        ]
        return tuple(sorted((one for one in found if one.before != one.after), key=lambda one: one.before - one.after))

    def _places(self, side: int) -> Int64:
        """How many places each alumnus of today fills, shape (n,)."""
        pool = self.today.pool
        rows = (pool.person_row.get(key) for one in self.found for key in one.asked[side])
        held = np.array([row for row in rows if row is not None], np.int64)
        return np.bincount(held, minlength=len(pool.people))

    def _side(self, side: int, first: date) -> Side:
        asked = [key for one in self.found for key in one.asked[side]]
        pool = self.today.pool
        budget = pool.budgets
        if side == AFTER and self.settings.asks_a_year is not None:
            budget = limited(pool, self.settings.asks_a_year, self.stated)
        spent = pool.loads(day_number(first) - 1).asks_in_year
        left = np.maximum(budget.astype(np.int64) - spent, 0)
        return Side(
            asked=len(asked),
            people=len(set(asked)),
            fit=sum((one.fit[side] for one in self.found), Fit()),
            first=int(self.tally.first[side].sum()),
            gini=self.tally.gini(side),
            over=self.tally.over(side, left),
        )


def _pairs(pool: Pool, lists: Both, count: int) -> list[list[Any]]:
    """The first of the list as it was, as the log writes them."""
    best = lists.before
    keys = pool.people.key[best.rows[:count]].tolist()
    return [list(pair) for pair in zip(keys, best.scores[:count].tolist(), strict=True)]


def _way(entry: LogEntry) -> tuple[bool, bool]:
    """Whether the list was made for cards, and whether the second encoder counted."""
    return bool(entry.details.get("cards")), bool(meaning_of(entry))


def _day(entry: LogEntry) -> date:
    return date.fromisoformat(entry.details["as_of"])


def _runs(items: Sequence[Any], key: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Neighbours with one key."""
    for value, group in groupby(items, key):
        yield value, list(group)


def _outcome(one: _Found) -> Outcome:
    request = one.request
    return Outcome(
        request_id=request.request_id,
        school=owner_of(request),
        kind=request.kind,
        title=request.title,
        as_of=one.as_of,
        of_then=one.of_then,
        places=one.places,
        open=one.open,
        came=len(one.came),
        fell=len(one.fell),
        before=one.fit[BEFORE],
        after=one.fit[AFTER],
    )


# ---- in the log, then shown


def _logged(app: App, asker: Asker, trial: Trial, run: _Run, origin: str) -> Trial:
    """The trial with the names of those who are still there, once the log has them."""
    named = [one for one in run.found[:MOST_NAMED] if one.changes]
    with app.store.read() as records:
        keys = sorted({key for one in named for key in (*one.came, *one.fell)})
        people = cast("dict[int, Alumnus]", records.records.by_key(RecordKind.ALUMNI, keys, consents=False))
    there: set[tuple[int, int]] = set()
    parts = [named[start : start + _NOTES] for start in range(0, len(named), _NOTES)] or [[]]
    for number, part in enumerate(parts):
        summary = _summary(trial, app.weights, _state(app, origin)) if number == 0 else None
        there |= app.store.write(partial(_note, app, origin, part, summary), by=asker)

    def persons(one: _Found, keys: Iterable[int]) -> tuple[Person, ...]:
        shown = [people[key] for key in keys if (one.request.key, key) in there and key in people]
        return tuple(Person(alumnus.alumnus_id, alumnus.school) for alumnus in shown)

    outcomes = list(trial.requests)
    for position, one in enumerate(named):
        came, fell = persons(one, one.came), persons(one, one.fell)
        outcomes[position] = replace(outcomes[position], who_came=came, who_fell=fell)
    return replace(trial, requests=tuple(outcomes))


def _summary(trial: Trial, in_use: Weights, state: Sequence[object]) -> dict[str, object]:
    tried = trial.settings
    counted = trial.counted
    summary: dict[str, object] = {
        "from": trial.first.isoformat(),
        "to": trial.last.isoformat(),
        "weights": [] if tried.weights is None else sorted(set(tried.weights.names) - set(in_use.names)),
        "asks_a_year": tried.asks_a_year,
        "meaning": tried.meaning,
        "months": tried.months,
        "requests": len(trial.requests),
        "of_then": counted.of_then,
        "of_today": counted.of_today,
        "changed": trial.changed,
    }
    if tried.one_weight is not None:
        moved = [[one.group.field, one.group.first, one.group.last, one.before, one.after] for one in trial.moved]
        summary |= {
            "heavier": list(tried.one_weight),
            "state": list(state),
            "came": trial.came,
            "gini": [trial.before.gini, trial.after.gini],
            "first": [trial.before.first, trial.after.first],
            "moved": moved,
        }
    return summary


def _may_be_named(tx: Transaction, app: App, request: Request, alumnus: Alumnus) -> bool:
    """Whether consent is in force now, also for the school that asks."""
    agrees = app.terms.agrees(alumnus.consents, KINDS[request.kind].purpose, tx.today)
    return agrees and failed_rule(tx, app.terms, request, alumnus, tx.today, ()) is None


def _note(
    app: App, origin: str, part: Sequence[_Found], summary: dict[str, object] | None, tx: Transaction
) -> set[tuple[int, int]]:
    """Writes down the trial and whom it names; returns the pairs of request and alumnus that may be shown.

    Once the data have changed since, each is looked at again.
    """
    pairs = {(one.request.key, key) for one in part for key in (*one.came, *one.fell)}
    if tx.changes.origin() != origin:
        keys = sorted({key for _, key in pairs})
        alumni = cast("dict[int, Alumnus]", tx.records.by_key(RecordKind.ALUMNI, keys))
        requests = {one.request.key: one.request for one in part}
        pairs = {
            (request, key)
            for request, key in pairs
            if key in alumni and _may_be_named(tx, app, requests[request], alumni[key])
        }
    if summary is not None:
        tx.note(Action.TRIAL, summary)
    for one in part:
        shown = [key for key in (*one.came, *one.fell) if (one.request.key, key) in pairs]
        if shown:
            tx.note(Action.TRIAL, {"query": one.request.key, "purpose": one.request.kind.value, "alumni": shown})
    return pairs
