"""The rules of the region told once more, in plain dictionaries: what the product must do, and nothing of how.

Independent of `matcher.matching`, `matcher.store` and `matcher.services`: if one of those is wrong, this one is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from matcher.domain.kinds import KINDS, Purpose, RequestKind
from tests.simulation.processes import TERMS
from tests.simulation.region import SCHOOLS, Row, Wanted

YEAR = 365
ASKS = 4
"""The most asks a year of an alumnus who says nothing about it."""
MONTH_DAYS = timedelta(days=30)


@dataclass
class Said:
    """A consent: when it was given and withdrawn, by whom, when it was last withdrawn, and who did that."""

    given: date | None
    withdrawn: date | None = None
    source: str = "import"
    last: date | None = None
    by: str | None = None


@dataclass
class Person:
    """One alumnus."""

    school: str
    number: int
    key: int
    email: str | None = None
    function: str | None = None
    offers: frozenset[RequestKind] | None = None
    nothing: bool = False
    paused_until: date | None = None
    budget: int | None = None
    consents: dict[Purpose, Said] = field(default_factory=dict)
    objects: bool = False
    asks: list[tuple[int, date]] = field(default_factory=list)
    replies: dict[int, str] = field(default_factory=dict)
    replied: dict[int, date] = field(default_factory=dict)
    stated: set[str] = field(default_factory=set)
    former: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    """Hashes of the texts that were made of what this person said."""
    kept: date | None = None
    asked: tuple[date, date | None] | None = None
    """The days of the question whether the data may stay, and of the reminder."""

    @property
    def id(self) -> str:
        """The number of the school."""
        return f"A-{self.number}"

    @property
    def addresses(self) -> set[str]:
        """Every address that somebody has or had."""
        return {*self.former, *([self.email.lower()] if self.email else ())}


@dataclass
class Cards:
    """The handles that were shown on cards."""

    handles: dict[tuple[object, int], str] = field(default_factory=dict)
    """By what they are bound to (the random key of a request, or a question) and the random key of the alumnus."""
    owners: dict[str, tuple[object, int]] = field(default_factory=dict)
    """The same the other way round."""
    questions: dict[tuple[object, ...], datetime] = field(default_factory=dict)
    """When each question that is not saved was first asked."""

    def keep(self, later: Cards) -> None:
        """The handles of requests that were shown later stay what they are."""
        for bound, handle in later.handles.items():
            if isinstance(bound[0], int):
                self.handles[bound], self.owners[handle] = handle, bound


@dataclass
class Demand:
    """One request."""

    key: int
    wanted: Wanted
    requester: str | None


def over(purpose: Purpose, said: Said, today: date) -> bool:
    """Whether the term of a consent has passed."""
    months = TERMS.own.get(purpose, TERMS.months)
    return said.given is not None and (today - said.given).days > round(months * 30.44)


def ends(purpose: Purpose, said: Said, today: date) -> bool:
    """Whether the daily job ends a consent."""
    return said.withdrawn is None and (said.given is None or over(purpose, said, today))


class Model:
    """Everybody, by random key and by name, and what they are asked."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.named: dict[tuple[str, int], Person] = {}
        self.demands: dict[int, Demand] = {}
        self.numbered: dict[int, Demand] = {}
        self.courses: dict[int, int] = {}
        """The random key of each course by its number."""
        self.conflicts: set[tuple[int, int]] = set()
        """Request and alumnus."""
        self.buried_names: set[tuple[str, int]] = set()
        self.buried_addresses: set[str] = set()
        self.seen: dict[tuple[int, int], int] = {}
        """The most candidates that an account was shown for a request."""
        self.erased: dict[int, Person] = {}
        self.cards = Cards()

    # ---- who may be asked

    def agrees(self, person: Person, purpose: Purpose, today: date) -> bool:
        """Whether a consent is in force."""
        said = person.consents.get(purpose)
        return said is not None and not person.objects and said.withdrawn is None and not over(purpose, said, today)

    def visible(self, person: Person, school: str, today: date) -> bool:
        """Whether a school or employer may see that somebody exists."""
        if person.school == school:
            return True
        is_school = any(other.school == school for other in self.people.values()) if school in SCHOOLS else False
        share = Purpose.SHARE_SCHOOLS if is_school else Purpose.SHARE_EMPLOYERS
        return self.agrees(person, share, today)

    def asks_in_year(self, person: Person, today: date) -> int:
        """How often somebody was asked in the last 365 days."""
        return sum(0 <= (today - day).days < YEAR for _, day in person.asks)

    def accepted(self, request_key: int) -> int:
        """How many said yes to a request."""
        return sum(person.replies.get(request_key) == "accepted" for person in self.people.values())

    def is_open(self, demand: Demand, today: date) -> bool:
        """Whether more people are wanted."""
        closes = demand.wanted.closes_on
        return (closes is None or closes >= today) and self.accepted(demand.key) < demand.wanted.people

    def clash(self, person: Person, demand: Demand) -> bool:
        """Whether the two may not meet."""
        if (demand.key, person.key) in self.conflicts:
            return True
        return None not in {demand.requester, person.email} and demand.requester == (person.email or "").lower()

    def may_be_given(self, person: Person, kind: RequestKind, school: str, today: date) -> bool:
        """Whether somebody may be ranked for this kind of question by this school, whatever the request."""
        line = KINDS[kind]
        if not self.agrees(person, line.purpose, today) or not self.visible(person, school, today):
            return False
        if person.paused_until is not None and person.paused_until > today:
            return False
        if kind is RequestKind.AFTERCARE:
            return not person.nothing
        if person.offers is None or kind not in person.offers:
            return False
        return self.asks_in_year(person, today) < (ASKS if person.budget is None else person.budget)

    def fits(self, person: Person, demand: Demand, today: date, *, is_open: bool | None = None) -> bool:
        """Whether somebody may be ranked, and asked, for a request."""
        if is_open is None:
            is_open = self.is_open(demand, today)
        return (
            is_open
            and self.may_be_given(person, demand.wanted.kind, demand.wanted.school, today)
            and person.replies.get(demand.key) != "declined"
            and not self.clash(person, demand)
        )

    def available(self, person: Person, demand: Demand, today: date) -> bool:
        """Whether somebody may be opened for a request by who sees cards, whether or not the request is open."""
        return self.fits(person, demand, today, is_open=True)

    def fitting(self, demand: Demand, today: date) -> list[Person]:
        """Everybody who may be ranked for a request."""
        if not self.is_open(demand, today):
            return []
        return [person for person in self.people.values() if self.fits(person, demand, today, is_open=True)]

    def may_be_advised(self, person: Person, today: date) -> bool:
        """Whether courses may be recommended to somebody."""
        paused = person.paused_until is not None and person.paused_until > today
        return self.agrees(person, Purpose.LLO_ADVICE, today) and not paused and not person.nothing

    def may_be_mailed(self, person: Person, demand: Demand, today: date) -> bool:
        """Whether an invitation that waits may still be sent."""
        paused = person.paused_until is not None and person.paused_until > today
        agrees = self.agrees(person, KINDS[demand.wanted.kind].purpose, today)
        seen = self.visible(person, demand.wanted.school, today)
        return agrees and seen and not paused and not self.clash(person, demand)

    # ---- how long data stay

    def next_step(self, person: Person, today: date) -> str:
        """What the daily job does with somebody's data."""
        days = [*(day for _, day in person.asks), *person.replied.values()] + ([person.kept] if person.kept else [])
        for purpose, said in person.consents.items():
            if said.withdrawn is None and not ends(purpose, said, today):
                return ""
            days += [said.given] if said.given else []
        longest = max(round(TERMS.months_of(purpose) * 30.44) for purpose in Purpose)
        if any((today - day).days <= longest for day in days):
            return ""
        if person.asked is None:
            return "ask"
        if person.asked[1] is None:
            return "remind" if person.asked[0] + MONTH_DAYS <= today else ""
        return "erase" if person.asked[1] + MONTH_DAYS <= today else ""

    # ---- what happens

    def state(self, person: Person, purpose: Purpose, *, given: bool, today: date) -> None:
        """Somebody says yes or no."""
        said = person.consents.setdefault(purpose, Said(None))
        said.source = "person"
        if given:
            said.given, said.withdrawn, said.by = today, None, None
            person.asked = None
        else:
            said.withdrawn = said.last = today
            said.by = "person"

    def renew(self, person: Person, today: date) -> None:
        """Somebody lets the data stay."""
        for purpose, said in person.consents.items():
            if said.withdrawn is None and not over(purpose, said, today):
                said.given = today
        person.kept, person.asked = today, None

    def barred(self, row: Row) -> bool:
        """Whether a row is about somebody who was erased."""
        known = (row.school, row.number) in self.buried_names
        return known or (row.email is not None and row.email.lower() in self.buried_addresses)

    def read_row(self, row: Row, key: int, today: date) -> None:
        """A row of an import that is not barred, or is about somebody who is there."""
        person = self.named.get((row.school, row.number))
        if person is None:
            person = self.people[key] = self.named[row.school, row.number] = Person(row.school, row.number, key)
        email = row.email
        if "email" not in person.stated and email != person.email:
            if person.email:
                person.former.add(person.email.lower())
            person.email = email
        for name in ("function", "offers", "paused_until"):
            if name not in person.stated:
                setattr(person, name, getattr(row, name))
        if "max_asks_per_year" not in person.stated:
            person.budget = row.budget
        if "need_kinds" not in person.stated:
            person.nothing = row.nothing
        for purpose in Purpose:
            self._read_consent(person, purpose, row, today)

    def _read_consent(self, person: Person, purpose: Purpose, row: Row, today: date) -> None:
        said, day = person.consents.get(purpose), row.consent_date
        if purpose not in row.consents:  # an empty cell withdraws nothing; another does, which the operator accepts
            if row.consents and said is not None and said.withdrawn is None and said.source == "import":
                said.withdrawn, said.by = today, "import"
            return
        if said is None:
            person.consents[purpose] = Said(day)
            return
        if said.withdrawn is not None:
            if day is not None and said.withdrawn < day <= today:
                person.consents[purpose] = Said(day, last=said.withdrawn)
                return
            if said.by != "import" or said.withdrawn != today:
                return
            said.withdrawn = said.by = None
        if said.source == "import" and day is not None and (said.last is None or day > said.last):
            said.given = day

    def forget(self, key: int) -> Person:
        """Somebody is erased: nothing stays but what an import recognises them by."""
        person = self.people.pop(key)
        del self.named[person.school, person.number]
        self.erased[key] = person
        self.buried_names.add((person.school, person.number))
        addresses = person.addresses
        self.buried_addresses |= addresses
        self.conflicts = {pair for pair in self.conflicts if pair[1] != key}
        for demand in self.demands.values():
            if demand.requester is not None and demand.requester.lower() in addresses:
                demand.requester = None
        return person
