"""What waits for somebody: as counts beside the menu of each page, and as the work list of a school. Of nobody."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import cast

from matcher.domain.demands import Phase, own_days
from matcher.domain.kinds import Area, Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import RecordKind, Request
from matcher.domain.school_settings import areas_in, closed_purposes, open_kinds
from matcher.planning.relax import Change
from matcher.policy import Action, Asker
from matcher.recent import keep
from matcher.repositories import Records
from matcher.services import approval, asks, guidance, invitations, proposals
from matcher.services.app import App
from matcher.services.asks import Situation
from matcher.services.duplicates import MOST_LISTED
from matcher.services.plans import Open

LOOKED_AT = 100
"""Requests of which an ask ended, of which it is looked at whether a place is still to fill; the oldest first."""
CLOSED_WITHIN = timedelta(days=90)
"""For so long after its last day it is asked whether a request was held."""
READS = frozenset(
    {one.value for one in Action if one.value.endswith((".read", ".list"))}
    | {"match", "match.unsaved", "match.missed", "recommend", "audience", "audience.count", "explain"}
    | {"alumni.register", "login", "login.link", "login.linked", "login.unlinked", "login.failed", "logout", "session"}
)
"""Entries of the log by which nothing changes that anybody has to do."""
_REMEMBERED = 500
"""Askers of whom the length of the work list is remembered."""
SILENT = timedelta(days=30)
"""After so long without an answer, facts that an alumnus was asked about are for a person."""


@dataclass(frozen=True, slots=True)
class Counts:
    """`requests`: the asker's own that are open. `questions`: put to the asking alumnus, and without an answer.

    `jobs`: lines of the work list of the asker's school. `closed`: purposes that the asker's school does not use.
    """

    requests: int = 0
    jobs: int = 0
    questions: int = 0
    closed: frozenset[Purpose] = frozenset()


class Counted:
    """How long the work lists of schools were in the state in which they were counted last; shared by threads."""

    def __init__(self) -> None:
        self._lists: dict[Asker, tuple[tuple[object, ...], int]] = {}

    def of(self, records: Records, asker: Asker, count: Callable[[], int]) -> int:
        """The length in this state of data, files and log, on this day; else that of `count`, which is kept."""
        files = tuple(records.desk.uploads([asker.school or ""]))  # what is done with one is not in the log
        state = records.today, records.changes.origin(), records.changes.newest_change(READS), files
        known = self._lists.get(asker)
        if known is None or known[0] != state:
            known = keep(self._lists, asker, (state, count()), _REMEMBERED)
        return known[1]


def counts(app: App, asker: Asker, counted: Counted | None = None) -> Counts:
    """What waits for the asker; 0 for what the asker has no right to. One read, by indexes.

    `counted`: what is remembered of work lists; without it those are not counted.
    """
    with app.store.read() as records:
        chosen = records.school_settings.of(asker.school) if asker.school else {}
        closed, jobs = closed_purposes(areas_in(chosen)), 0
        own = records.demands.open_of(asker.key) if asker.key and asker.may(Action.REQUESTS_CLOSE) else 0
        if counted is not None and asker.school is not None and asker.may(Action.DESK_READ):
            jobs = counted.of(records, asker, lambda: len(_today(records, app, asker, asker.school).jobs))
    if asker.alumnus_key is not None and asker.may(Action.REPLY):
        asked = invitations.questions(app, asker, unanswered=True)
        return Counts(questions=sum(not (one.is_over or one.is_full) for one in asked), closed=closed)
    return Counts(requests=own, jobs=jobs, closed=closed)


# ---- the work list of a school


class Job(StrEnum):
    """What a person has to do, the most urgent first."""

    WITHDRAWN = "withdrawn"
    """Requests of which a yes was taken back, and nobody is asked instead."""
    STALLED = "stalled"
    """Requests of which every ask ended without a yes, and nobody is asked."""
    CLOSING = "closing"
    """Requests that somebody came to, of which nobody said yet whether it was held."""
    UNFILLED = "unfilled"
    """Places that the newest plan leaves open."""
    PROPOSED = "proposed"
    """Invitations that somebody proposed."""
    REPLIES = "replies"
    """Mail that rules could not read."""
    DISPUTES = "disputes"
    """Questions of alumni about a list."""
    UPLOADS = "uploads"
    """Files with questions."""
    MESSAGES = "messages"
    """Messages to a group, written by another."""
    OBJECTIONS = "objections"
    """Objections to the register of aftercare."""
    AFTERCARE = "aftercare"
    """Alumni who left whose day of contact has come."""
    DUPLICATES = "duplicates"
    """Pairs that may be one person."""
    BOUNCED = "bounced"
    """Alumni whose mail comes back."""
    SILENT = "silent"
    """Alumni who were asked whether facts are right, and said nothing."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job and how many there are of it.

    `requests`: those that it is about, the soonest first. `file`: the newest of the files. `best`: of places that stay
    open, what fills the most of them at the lowest price, if anything does.
    """

    job: Job
    count: int
    requests: Sequence[Request] = ()
    file: str = ""
    best: Open | None = None


@dataclass(frozen=True, slots=True)
class Today:
    """The jobs of a school, the most urgent first, and the requests that alumni come to, the soonest first.

    `kinds`: those of the areas that the school works on.
    """

    jobs: Sequence[Waiting]
    coming: Sequence[Request]
    kinds: frozenset[RequestKind] = frozenset(RequestKind)


def today(app: App, asker: Asker, *, school: str | None = None, counted: Counted | None = None) -> Today:
    """What a person has to do today for the asker's school, and what is coming. One reading.

    `counted`: remembers how many jobs there are. Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.DESK_READ, school)
    with app.store.read() as records:
        found = _today(records, app, asker, owner)
        if counted is not None and owner is not None and owner == asker.school:
            counted.of(records, asker, lambda: len(found.jobs))
    return found


def _today(records: Records, app: App, asker: Asker, owner: str | None) -> Today:
    areas = areas_in({} if owner is None else records.school_settings.of(owner))
    kinds, agreed = open_kinds(areas), _agreed(records, asker, owner)
    jobs = [
        _closing(records, agreed),
        *_about_requests(records, app, asker, owner, kinds),
        *_about_people(records, app, asker, owner),
    ]
    coming = [one for one in agreed if (own_days(one)[1] or records.today) >= records.today]
    shown = (one for one in jobs if one.count and (one.job is not Job.AFTERCARE or Area.AFTERCARE in areas))
    waiting = sorted(shown, key=lambda one: list(Job).index(one.job))
    return Today(waiting, coming, kinds)


def _agreed(records: Records, asker: Asker, owner: str | None) -> list[Request]:
    """The open requests that alumni accepted last, by their first day."""
    keys = records.ledger.requests_with_yes(owner, asker.kinds(), LOOKED_AT)
    found = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, keys))
    states = records.demands.states(list(found))
    requests = [one for key, one in found.items() if states[key].phase is Phase.OPEN]
    return sorted(requests, key=_soonest)


def _closing(records: Records, agreed: Sequence[Request]) -> Waiting:
    """Those that ended in the last months, and of which no contribution is known."""
    past = [
        one for one in agreed if (last := own_days(one)[1]) and records.today - CLOSED_WITHIN <= last < records.today
    ]
    lines = records.desk.lines([one.key for one in past])
    held = {key for key, some in lines.items() if any(line.event is LedgerEvent.CONTRIBUTED for line in some)}
    requests = [one for one in past if one.key not in held]
    return Waiting(Job.CLOSING, len(requests), requests)


def _soonest(one: Request) -> tuple[date, str]:
    return own_days(one)[0] or date.max, one.request_id


def _about_requests(
    records: Records, app: App, asker: Asker, owner: str | None, kinds: Collection[RequestKind]
) -> Iterator[Waiting]:
    """`kinds`: those of the areas that the school works on; for others nobody is asked."""
    there = asks.situations(records, records.desk.stalled(owner, LOOKED_AT))
    open_ = {*asker.kinds()} & {*kinds}
    stuck = [one for one in there.values() if one.free and one.request.kind in open_]
    withdrawn = [one for one in stuck if LedgerEvent.RETRACTED in one.replies.values()]
    gone = {one.request.key for one in withdrawn}
    yield _requests(Job.WITHDRAWN, withdrawn)
    yield _requests(Job.STALLED, (one for one in stuck if one.request.key not in gone))
    if asker.may(Action.PLAN_APPROVE):
        yield _unfilled(records, owner)
    if asker.may(Action.INVITE):
        proposed = proposals.awaiting_in(records, app, asker, owner)
        count = sum(one.count for one in proposed)
        yield Waiting(Job.PROPOSED, count, [one.request for one in proposed])


def _requests(job: Job, there: Iterable[Situation]) -> Waiting:
    """Requests of which nothing happens any more, those that are needed first on top."""
    requests = sorted((one.request for one in there), key=_soonest)
    return Waiting(job, len(requests), requests)


def _unfilled(records: Records, owner: str | None) -> Waiting:
    """The open places of the newest plan, while its period lasts, of requests that are still open."""
    plan = records.plans.find(None, owner)
    if plan is None or plan.last < records.today:
        return Waiting(Job.UNFILLED, 0)
    keys = sorted({int(one[0]) for one in plan.reached["open"]})
    there = asks.situations(records, keys)
    requests = {key: one.request for key, one in there.items() if one.free}
    places = approval.open_places(plan, requests)
    helped = [one for one in places if one.change is not None]
    best = min(helped, key=lambda one: (list(Change).index(cast("Change", one.change)), -one.places), default=None)
    return Waiting(Job.UNFILLED, sum(one.places for one in places), list(requests.values()), best=best)


def _about_people(records: Records, app: App, asker: Asker, owner: str | None) -> Iterator[Waiting]:
    if asker.may(Action.REPLIES_READ):
        yield Waiting(Job.REPLIES, records.desk.replies(owner))
    if asker.may(Action.DISPUTE_ANSWER):
        yield Waiting(Job.DISPUTES, len(records.disputes.waiting(owner)))
    if asker.may(Action.IMPORT):
        files = records.desk.uploads([asker.school or ""])
        yield Waiting(Job.UPLOADS, len(files), file=files[0] if files else "")
    if asker.may(Action.SEGMENT_APPROVE):
        yield Waiting(Job.MESSAGES, records.desk.drafts(owner, asker.key))
    if asker.may(Action.AFTERCARE_DECIDE):
        yield Waiting(Job.OBJECTIONS, len(records.aftercare_cases.open(owner)))
    if asker.may(Action.AFTERCARE_READ):
        due = [one for one in guidance.cohort(records, app.aftercare_terms, owner) if one.next_on is not None]
        yield Waiting(Job.AFTERCARE, sum(cast("date", one.next_on) <= records.today for one in due))
    if asker.may(Action.PERSON_MERGE):
        yield Waiting(Job.DUPLICATES, len(records.duplicates.pairs(owner, MOST_LISTED)))
    if asker.may(Action.CAMPAIGN):
        bounced, silent = records.desk.unsure(owner, records.today - SILENT)
        yield Waiting(Job.BOUNCED, bounced)
        yield Waiting(Job.SILENT, silent)
