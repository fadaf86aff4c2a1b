"""Figures about the running system: alumni shown and invited, data stored, and first choices overridden.

For a privacy officer: counts only, no names, and no group smaller than a minimum.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from matcher.disclosure.profiles import LEAST, Step, group_sizes, shows_more, steps_of
from matcher.domain.consent import Terms
from matcher.domain.counted import DIVISIONS, PURPOSES, UNDATED, Counted
from matcher.domain.kinds import HIGH_RISK, KIND_CODES, SHOWN_ON_CARDS, Purpose, RequestKind, number_of
from matcher.domain.ledger import Deviation
from matcher.domain.records import RecordKind
from matcher.errors import UnknownId
from matcher.law.decision_tree import Outcome, outcome
from matcher.matching.rules import RULES_VERSION
from matcher.matching.signals import SIGNALS
from matcher.policy import Action, Asker
from matcher.pool.columns import Bool, Int64, code_of, day_number
from matcher.repositories.values import LogEntry
from matcher.services import guidance
from matcher.services.app import App
from matcher.services.deciding import SchoolTerms
from matcher.services.pools import newest_pool

SMALLEST = 10
"""Alumni in the smallest group with figures; smaller ones are merged, and left out if the merged group is too small."""
_NOBODY = np.zeros(3, np.int64)
_SHOWN = frozenset({Action.MATCH, Action.MATCH_UNSAVED, Action.PLAN, Action.AUDIENCE})


@dataclass(frozen=True, slots=True)
class Share:
    """A count out of a total, as a share with its 95 % interval (Wilson 1927)."""

    count: int
    of: int

    @property
    def share(self) -> float:
        """In [0, 1]; 0 where the total is 0."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Low and high, in [0, 1]."""
        from scipy.stats import binomtest

        if not self.of:
            return 0.0, 1.0
        interval = binomtest(self.count, self.of).proportion_ci(0.95, method="wilson")
        return float(interval.low), float(interval.high)


@dataclass(frozen=True, slots=True)
class Group:
    """One group of alumni: how many can be ranked, how many of those were shown, and invited, at least once."""

    by: str
    name: str
    shown: Share
    invited: Share


@dataclass(frozen=True, slots=True)
class Overrides:
    """Invitations of one kind of request, and how many were not of the first in the list.

    `deviating`: of those whom a person chose from a list. `planned`: those of a plan, in which the computer chose.
    """

    kind: RequestKind
    deviating: Share
    reasons: Mapping[str, int]
    planned: int = 0


@dataclass(frozen=True, slots=True)
class Configuration:
    """What ranks here and for how long data are kept, as the program runs: no data about anyone."""

    encoder: str
    rules: int
    """The version of the rules."""
    weights: tuple[str, ...]
    """`kind@version` of each kind of query."""
    signals: tuple[str, ...]
    outcomes: Mapping[str, Outcome]
    """The way of each kind of query through the decision tree for the AI regulation, for a school that uses it."""
    months: Mapping[Purpose, int]
    """How long a consent for each purpose counts."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored, in counts.

    `guided`: alumni in the register of aftercare today; `contacts`: its lines; `cases`: objections that wait. `ending`:
    how many of the consents end in a month, by its first day; `undated`: how many have no day on which they were given.
    """

    alumni: int
    requests: int
    offerings: int
    consents: Mapping[Purpose, int]
    objections: int
    asked_to_stay: int
    guided: int
    contacts: int
    cases: int
    log: int
    actions: Mapping[str, int]
    ending: Mapping[date, int] = field(default_factory=dict)
    undated: int = 0


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What cards show of the alumni of the newest pool, in counts.

    `smallest`: the fewest alumni who share all that a card can show of one of them, over alumni of whom anything is
    shown and who chose nothing more; None without any. `unique`: such alumni who share it with no one. `sizes`: how
    many alumni are in groups of a size, by the least size. `steps`: how many are shown at each step. `chosen`: how many
    chose to show more, by purpose; `choosers`: any of it.
    """

    alumni: int
    smallest: int | None
    unique: int
    sizes: Mapping[int, int]
    steps: Mapping[Step, int]
    chosen: Mapping[Purpose, int]
    choosers: int


SIZES = (1, 2, LEAST, 10, 25, 100)
"""The least size of each class of groups."""


def bias(app: App, asker: Asker, school: str | None = None, *, smallest: int = SMALLEST) -> list[Group]:
    """Exposure and invitations by level, pathway, cohort, region (first two digits) and school.

    Covers alumni with some consent in force, and rankings that are still in the log; an empty name means unknown.
    Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.REPORT_READ, school)
    with app.store.read() as records:
        shown, invited = _seen(records.audit.stream(owner, {*_SHOWN, Action.INVITE}))
        counted = records.figures.counted().of_school(owner)
        agrees: Bool = np.asarray(counted.in_force(app.terms, records.today).any(axis=1))
    seen: list[Bool] = [agrees, agrees & counted.among(shown), agrees & counted.among(invited)]
    columns = np.stack([counted.in_groups(some) for some in seen], axis=1)
    groups: dict[tuple[str, str], Int64] = {}
    for names, counts in zip(counted.groups, columns, strict=True):
        if counts[0]:
            for group in zip(DIVISIONS, names, strict=True):
                groups[group] = groups.get(group, _NOBODY) + counts
    return [
        Group(by, name, Share(int(of_them), int(count)), Share(int(asked), int(count)))
        for (by, name), (count, of_them, asked) in _large(groups, smallest)
    ]


def _seen(entries: Iterable[LogEntry]) -> tuple[set[int], set[int]]:
    shown: set[int] = set()
    invited: set[int] = set()
    for entry in entries:
        if entry.action in _SHOWN:
            shown.update(key for key, _ in entry.details.get("shown", ()))
        elif entry.action == Action.INVITE:
            invited.add(entry.details["alumnus"])
    return shown, invited


def _large(groups: Mapping[tuple[str, str], Int64], smallest: int) -> Iterator[tuple[tuple[str, str], Int64]]:
    """The groups that are large enough, and the remainder of each division as one group, if that is large enough.

    Each with its counts, of which the first is of its alumni.
    """
    rest: dict[str, Int64] = {}
    for (by, name), counts in sorted(groups.items(), key=lambda group: group[0]):
        if counts[0] >= smallest:
            yield (by, name), counts
        else:
            rest[by] = rest.get(by, _NOBODY) + counts
    for by, counts in rest.items():
        if counts[0] >= smallest:
            yield (by, "…"), counts


def overrides(app: App, asker: Asker, school: str | None = None) -> list[Overrides]:
    """How often a person invited an alumnus other than the first, by kind, and why. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.REPORT_READ, school)
    invitations: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    planned = Counter[str]()
    with app.store.read() as records:
        for entry in records.audit.stream(owner, {Action.INVITE}):
            kind = str(entry.details["purpose"])
            if entry.details["reason"] == Deviation.PLAN.value:
                planned[kind] += 1
            else:
                invitations[kind].append(entry.details)
    return [
        Overrides(
            kind,
            Share(sum(bool(details["deviates"]) for details in invitations[kind.value]), len(invitations[kind.value])),
            Counter(str(details["reason"]) for details in invitations[kind.value] if details["reason"]),
            planned[kind.value],
        )
        for kind in RequestKind
        if kind.value in invitations.keys() | planned.keys()
    ]


def kept(app: App, asker: Asker) -> Kept:
    """What is stored, and what was done with it; consents are those in force today. Raises Forbidden.

    For an asker of one school of its own alumni and requests; what was done is counted for whoever sees all schools.
    """
    owner = asker.owner(Action.REPORT_READ)
    with app.store.read() as records:
        counted = records.figures.counted().of_school(owner)
        consents, ending = _in_force(counted, app.terms, SchoolTerms(records, app.terms), records.today)
        actions = records.audit.count_actions() if owner is None else {}
        contacts = records.aftercare.contacts(*_own(counted, records.aftercare.people()))
        return Kept(
            alumni=len(counted.key),
            requests=records.records.count(RecordKind.REQUESTS, owner),
            offerings=records.records.count(RecordKind.OFFERINGS),
            consents=consents,
            objections=len(_own(counted, records.consents.objections())),
            asked_to_stay=len(_own(counted, records.retention.all())),
            guided=len(guidance.cohort(records, app.aftercare_terms, owner)),
            contacts=len(contacts),
            cases=len(records.aftercare_cases.open(owner)),
            log=sum(actions.values()),
            actions=actions,
            ending=dict(sorted(ending.items())),
            undated=consents.total() - ending.total(),
        )


def _in_force(
    counted: Counted, terms: Terms, schools: SchoolTerms, today: date
) -> tuple[Counter[Purpose], Counter[date]]:
    """How many consents count today by purpose, and, of those with a day, by the first day of the month they end in.

    They end by the terms of their school.
    """
    consents: Counter[Purpose] = Counter()
    ending: Counter[date] = Counter()
    for school in sorted({groups[-1] for groups in counted.groups}):
        of_school, own = counted.of_school(school), schools[school]
        in_force = of_school.in_force(terms, today)
        for column, purpose in enumerate(PURPOSES):
            days = of_school.given[in_force[:, column], column]
            if len(days):
                consents[purpose] += len(days)
            last, counts = np.unique(days[days != UNDATED] + own.days(purpose).days, return_counts=True)
            for day, count in zip(last.tolist(), counts.tolist(), strict=True):
                ending[date.fromordinal(day).replace(day=1)] += count
    return consents, ending


def _own(counted: Counted, keys: Iterable[int]) -> list[int]:
    """Those of these alumni that are counted."""
    own: list[int] = counted.key[counted.among(keys)].tolist()
    return own


def configuration(app: App, asker: Asker) -> Configuration:
    """What a public register of algorithms asks of the running program. Raises Forbidden."""
    owner = asker.owner(Action.REPORT_READ)
    with app.store.read() as records:
        terms = SchoolTerms(records, app.terms)[owner]
    return Configuration(
        encoder=app.engine.vectors.encoder.id,
        rules=RULES_VERSION,
        weights=app.weights.names,
        signals=tuple(signal.CODE for signal in SIGNALS),
        outcomes={kind: outcome(kind) for kind in KIND_CODES},
        months={purpose: terms.months_of(purpose) for purpose in Purpose},
    )


def disclosure(app: App, asker: Asker, school: str | None = None) -> Disclosed:
    """What cards show of the alumni as they are now, of a school or of all. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.REPORT_READ, school)
    pool = newest_pool(app)
    own = np.ones(len(pool.people), np.bool_) if owner is None else pool.people.school == code_of(owner)
    if owner is not None and not own.any():
        raise UnknownId("unknown_school", school=owner)
    more, steps, sizes = shows_more(pool)[own], steps_of(pool)[own], group_sizes(pool)[own]
    consents = pool.consents_on(day_number(app.clock.today()))[own]
    counted = sizes[~more & (steps != Step.NOTHING)]
    classes = np.searchsorted(SIZES, counted, side="right") - 1
    return Disclosed(
        alumni=int(own.sum()),
        smallest=int(counted.min()) if len(counted) else None,
        unique=int((counted == 1).sum()),
        sizes={least: int((classes == position).sum()) for position, least in enumerate(SIZES)},
        steps={step: int((steps == step).sum()) for step in Step},
        chosen={
            purpose: int((consents >> number_of(purpose) & 1).sum())
            for purpose in sorted(SHOWN_ON_CARDS, key=number_of)
        },
        choosers=int(more.sum()),
    )


def risk(kind: RequestKind) -> str:
    """The risk class of a kind of request: `high` where it ranks people for work, else `limited`."""
    return "high" if kind in HIGH_RISK else "limited"
