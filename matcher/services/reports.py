"""Figures about the running system: who is shown and invited, what is kept and why, and how often people deviate.

For a privacy officer: counts only, nobody by name, and no group smaller than a minimum.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from matcher.domain.kinds import HIGH_RISK, Purpose, RequestKind
from matcher.domain.records import Alumnus, RecordKind
from matcher.engine.current import Engine
from matcher.policy import Action
from matcher.ports import LogEntry

SMALLEST = 10
"""People in a group of which figures are told; smaller ones are put together, and left out where that is too small."""
COHORT = 5
"""Years of graduation that are taken together."""
_SHOWN = frozenset({Action.MATCH, Action.MATCH_UNSAVED, Action.AUDIENCE})


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, as a share with its 95 % interval (Wilson 1927)."""

    count: int
    of: int

    @property
    def share(self) -> float:
        """In [0, 1]; 0 of nobody."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Low and high."""
        from scipy.stats import binomtest

        if not self.of:
            return 0.0, 1.0
        found = binomtest(self.count, self.of).proportion_ci(0.95, method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True, slots=True)
class Group:
    """One group of alumni: how many can be ranked, how many of those were shown, and invited, at least once."""

    by: str
    name: str
    shown: Share
    invited: Share


@dataclass(frozen=True, slots=True)
class Overrides:
    """Invitations of one kind of request, and how many were not of the first in the list."""

    kind: RequestKind
    deviating: Share
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept, in counts."""

    alumni: int
    requests: int
    offerings: int
    consents: Mapping[Purpose, int]
    objections: int
    asked_to_stay: int
    log: int
    actions: Mapping[str, int]


_BY: Mapping[str, Callable[[Alumnus], str]] = {
    "level": lambda one: str(max((item.level or 0 for item in one.qualifications), default=0) or ""),
    "pathway": lambda one: next((item.pathway.value for item in one.qualifications if item.pathway), ""),
    "cohort": lambda one: _cohort(max((item.year or 0 for item in one.qualifications), default=0)),
    "region": lambda one: (one.pc4 or "")[:2],
    "school": lambda one: one.school,
}


def _cohort(year: int) -> str:
    first = year - year % COHORT
    return f"{first}-{first + COHORT - 1}" if year else ""


def bias(engine: Engine, school: str | None = None, *, smallest: int = SMALLEST) -> list[Group]:
    """Exposure and invitations by level, pathway, cohort, region (first two digits) and school.

    Among who can be ranked: with some consent in force. Of rankings that the log still has; no name is unknown.
    """
    shown, invited = _seen(engine.store.log_entries(school, {*_SHOWN, Action.INVITE}))
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in engine.store.alumni():
        if (school is None or one.school == school) and any(consent.in_force for consent in one.consents):
            for by, of in _BY.items():
                groups[by, of(one)].append(one.key)
    return [
        Group(by, name, *(Share(sum(key in seen for key in keys), len(keys)) for seen in (shown, invited)))
        for (by, name), keys in _large(groups, smallest)
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


def _large(groups: Mapping[tuple[str, str], list[int]], smallest: int) -> Iterator[tuple[tuple[str, str], list[int]]]:
    """The groups that are large enough, and the rest of each division together, where that is."""
    rest: dict[str, list[int]] = defaultdict(list)
    for (by, name), keys in sorted(groups.items()):
        if len(keys) >= smallest:
            yield (by, name), keys
        else:
            rest[by] += keys
    for by, keys in rest.items():
        if len(keys) >= smallest:
            yield (by, "…"), keys


def overrides(engine: Engine, school: str | None = None) -> list[Overrides]:
    """How often somebody else than the first was invited, by kind, and why."""
    told: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    for entry in engine.store.log_entries(school, {Action.INVITE}):
        told[str(entry.details["purpose"])].append(entry.details)
    return [
        Overrides(
            kind,
            Share(sum(bool(one["deviates"]) for one in told[kind.value]), len(told[kind.value])),
            Counter(str(one["reason"]) for one in told[kind.value] if one["reason"]),
        )
        for kind in RequestKind
        if kind.value in told
    ]


def kept(engine: Engine) -> Kept:
    """What is kept, and what was done with it."""
    consents: Counter[Purpose] = Counter()
    store = engine.store
    for one in store.alumni():
        consents.update(consent.purpose for consent in one.consents if consent.in_force)
    actions = store.count_actions()
    return Kept(
        alumni=store.count(RecordKind.ALUMNI),
        requests=store.count(RecordKind.REQUESTS),
        offerings=store.count(RecordKind.OFFERINGS),
        consents=consents,
        objections=store.count_objections(),
        asked_to_stay=len(store.retention()),
        log=sum(actions.values()),
        actions=actions,
    )


def risk(kind: RequestKind) -> str:
    """The risk class of a kind of request: `high` where it ranks people for work, else `limited`."""
    return "high" if kind in HIGH_RISK else "limited"
