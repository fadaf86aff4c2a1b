"""The rules of the region told once more, in plain dictionaries: what the product must do, and nothing of how.

Independent of `matcher.matching`, `matcher.store` and `matcher.services`: if one of those is wrong, this one is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import KINDS, NeedKind, Purpose, RequestKind
from tests.simulation.asking import STOPPED, Ask
from tests.simulation.database import moment
from tests.simulation.lists import Line
from tests.simulation.merging import Merged
from tests.simulation.processes import TERMS
from tests.simulation.region import SCHOOLS, Wanted, id_of, is_schools_own, mark_of, marks_in, same_number
from tests.simulation.segments import got_by
from tests.simulation.settings import closed
from tests.simulation.state import Change, Said, State

if TYPE_CHECKING:
    from tests.simulation.aftercare import Contact
    from tests.simulation.doors import Door, Newcomer
    from tests.simulation.firsts import First
    from tests.simulation.hearing import Doubt
    from tests.simulation.meanings import Own
    from tests.simulation.past import Told
    from tests.simulation.recognitions import Answer
    from tests.simulation.segments import Got, Message
    from tests.simulation.sources import Course, Fed
    from tests.simulation.talks import Chosen, Declined, Dispute, Meeting, Talk

YEAR = 365
ASKS = 4
"""The most asks a year of an alumnus who says nothing about it."""
MONTH_DAYS = timedelta(days=30)
GUIDED = timedelta(days=365)
"""How long a school guides whoever left it, and keeps the data."""


FIELDS = (
    *("email", "function", "skills", "experience", "needs", "need_kinds", "offers", "paused_until"),
    *("max_asks_per_year", "qualifications", "left_on"),
)


@dataclass
class Person:
    """One alumnus, by the number of the school, or the one that the program gave (`id`)."""

    school: str
    number: int
    key: int
    id: str = ""
    values: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(FIELDS))
    consents: dict[Purpose, Said] = field(default_factory=dict)
    objected: date | None = None
    asks: list[tuple[int, date]] = field(default_factory=list)
    replies: dict[int, str] = field(default_factory=dict)
    replied: dict[int, date] = field(default_factory=dict)
    stated: set[str] = field(default_factory=set)
    former: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    """Hashes of the texts that were made of what this person said."""
    stays: list[date] = field(default_factory=list)
    """The days on which they said that the data may stay."""
    formers: dict[str, int] = field(default_factory=dict)
    """The numbers that they had before being merged, with the random key of each."""
    former_names: set[tuple[str, str]] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    """Every mark that may stand in what is kept of them."""
    agreed: set[Purpose] = field(default_factory=set)
    """The purposes for which it was ever said that they consent."""
    asked: tuple[date, date | None] | None = None
    """The days of the question whether the data may stay, and of the reminder."""

    def __post_init__(self) -> None:
        """A number of the school, unless there is another."""
        self.id = self.id or id_of(self.number)
        self.marks.add(mark_of(self.school, self.number))

    @property
    def keys(self) -> list[int]:
        """The random keys by which this person is, or was, known."""
        return [self.key, *self.formers.values()]

    @property
    def email(self) -> str | None:
        """The address."""
        email: str | None = self.values["email"]
        return email

    @property
    def function(self) -> str | None:
        """The job."""
        function: str | None = self.values["function"]
        return function

    @property
    def offers(self) -> frozenset[RequestKind] | None:
        """What this person does for others."""
        offers: frozenset[RequestKind] | None = self.values["offers"]
        return offers

    @property
    def nothing(self) -> bool:
        """Whether this person wants no offers at all."""
        return NeedKind.NONE in (self.values["need_kinds"] or ())

    @property
    def paused_until(self) -> date | None:
        """Until when this person is asked nothing."""
        until: date | None = self.values["paused_until"]
        return until

    def leaves_after(self, day: date) -> bool:
        """Whether this person is a student still."""
        left: date | None = self.values["left_on"]
        return left is not None and left > day

    def rests_on(self, day: date) -> bool:
        """Whether this person is asked nothing on a day: paused, or a student still."""
        return self.leaves_after(day) or (self.paused_until is not None and self.paused_until > day)

    @property
    def budget(self) -> int | None:
        """The most asks a year."""
        most: int | None = self.values["max_asks_per_year"]
        return most

    @property
    def objects(self) -> bool:
        """Whether this person objects to being ranked."""
        return self.objected is not None

    @property
    def addresses(self) -> set[str]:
        """Every address that somebody has or had."""
        return {*self.former, *([self.email.lower()] if self.email else ())}

    @property
    def names(self) -> set[tuple[str, str]]:
        """By what an import recognises a person who was erased: the number, and the name with qualification and year.

        Of whoever came without a number also the name alone. Names are told here by the number of the mark in them.
        """
        qualified = {(self.school, f"qualified {self.number} {year}") for year in self.values["qualifications"] or ()}
        named = {(self.school, f"named {self.number}")} if not is_schools_own(self.id) else set()
        numbers = {(self.school, same_number(number)) for number in (self.id, *self.formers)}
        return numbers | qualified | named | self.former_names

    def hears_nothing_new(self, line: Line) -> bool:
        """Whether a line says what is known, but for what this person stated."""
        return all(self.values[name] == value or name in self.stated for name, value in line.said.items())

    def is_another(self, line: Line) -> bool:
        """Whether a line gives the name another address or qualification, or none where this person has one."""
        has = {"email": self.email, "qualifications": self.values["qualifications"]}
        return any(
            value and name in line.said and name not in self.stated and line.said[name] != value
            for name, value in has.items()
        )

    def state(self) -> State:
        """As it is now, for good."""
        consents = {purpose: replace(said) for purpose, said in self.consents.items()}
        return State(dict(self.values), frozenset(self.stated), consents, self.objected, self.number)

    def become(self, state: State) -> None:
        """As it was."""
        self.values, self.stated = dict(state.values), set(state.stated)
        self.objected, self.number = state.objected, state.number
        self.consents = {purpose: replace(said) for purpose, said in state.consents.items()}

    def twin(self) -> Person:
        """The same, to try something on."""
        other = Person(self.school, self.number, self.key, self.id)
        other.become(self.state())
        return other


@dataclass
class Brought:
    """An import that can be taken back."""

    id: str
    school: str | None
    at: datetime
    changes: dict[int, Change] = field(default_factory=dict)
    undone: bool = False
    partly: list[Person] = field(default_factory=list)
    """Of whom an undo leaves what was changed since, and nothing else."""


@dataclass
class Kept:
    """A list that was sent: whose it is (empty for everybody), of which school, and what was said of it.

    `taken`: when a process took it, as long as it has not left it. `imports`: what was begun of it.
    """

    id: str
    owner: str
    school: str
    path: Path
    wishes: Mapping[str, Any]
    state: str
    at: datetime
    attempts: int = 0
    taken: datetime | None = None
    imports: list[str] = field(default_factory=list)
    import_id: str | None = None

    def see(self, state: str, attempts: int, taken: object) -> None:
        """How far a process came with it."""
        self.state, self.attempts = state, attempts
        self.taken = None if taken is None else moment(taken)


@dataclass(frozen=True)
class Foreseen:
    """What a line would do: its outcome, whom it is about, and what it takes back, or would."""

    outcome: str
    person: Person | None
    lost: frozenset[Purpose]


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
    needed: date | None = None
    """The last day of its period, or of its moments."""
    moments: tuple[datetime, ...] = ()
    """When each begins, in local time."""

    def needed_from(self, today: date) -> date | None:
        """The day that an answer must come before: of the next moment, or the last of the period."""
        ahead = [one.date() for one in self.moments if one.date() >= today]
        return min(ahead, default=None) if self.moments else self.needed

    @property
    def begins(self) -> date | None:
        """The first day on which it can have been."""
        return min((one.date() for one in self.moments), default=None)

    @property
    def is_work(self) -> bool:
        """Whether it is for work: others are looked at first, and not the first is invited for a reason."""
        return KINDS[self.wanted.kind].risk == "high"

    @property
    def closes(self) -> date | None:
        """The last day on which alumni are asked."""
        days = [day for day in (self.wanted.closes_on, self.needed) if day is not None]
        return min(days, default=None)


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
        self.named: dict[tuple[str, str], Person] = {}
        """By school and id."""
        self.demands: dict[int, Demand] = {}
        self.numbered: dict[int, Demand] = {}
        self.courses: dict[int, int] = {}
        """The random key of each course by its number."""
        self.fed: dict[int, Fed] = {}
        """The sources of courses, by random key."""
        self.brought: dict[tuple[str, str], Course] = {}
        """The courses that sources brought, by id and provider."""
        self.conflicts: set[tuple[int, int]] = set()
        """Request and alumnus."""
        self.buried_names: set[tuple[str, str]] = set()
        self.buried_addresses: set[str] = set()
        self.seen: dict[tuple[int, int], int] = {}
        """The most candidates that an account was shown for a request."""
        self.erased: dict[int, Person] = {}
        self.cards = Cards()
        self.imports: dict[str, Brought] = {}
        self.removed: dict[int, Person] = {}
        """Who was brought in by an import that was taken back."""
        self.merges: dict[str, Merged] = {}
        """Those that can be taken back, the oldest first."""
        self.uploads: dict[str, Kept] = {}
        """Lists that were sent and are kept, the oldest first."""
        self.different: set[frozenset[int]] = set()
        """Pairs of whom somebody said that they are two people."""
        self.asks: dict[int, Ask] = {}
        """Invitations by the keys of their rows."""
        self.phases: dict[int, str] = {}
        """Of requests of which a step was taken."""
        self.held: dict[tuple[str, int], int] = {}
        """Whose each row is of the tables of which rows move with whoever is merged: by table and key."""
        self.stops: dict[int, str] = {}
        """Which mail is stopped, by the key of its row."""
        self.closed: dict[int, str] = {}
        """Addresses that mail came back from, by the key of the row."""
        self.doubts: dict[int, Doubt] = {}
        """Replies that a person has to read, by the key of the row."""
        self.heard: set[str] = set()
        """The messages that came in and were dealt with."""
        self.messages: dict[int, Message] = {}
        """What was written to groups, by the key of the row."""
        self.got: dict[int, Got] = {}
        """Who was asked by those, by the key of the row."""
        self.calendars: dict[int, datetime] = {}
        """When each calendar was added, by the key of the row."""
        self.urls: dict[int, str] = {}
        """The address of each calendar that is subscribed to, by the key of the row."""
        self.cases: dict[int, str] = {}
        """Objections to the register of aftercare, by the key of the row."""
        self.owed: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        """Stopped mail, and such objections, of which the row was not read yet: of whom, by table."""
        self.first: dict[int, First] = {}
        """Who was asked for a first yes, by random key."""
        self.weekly: dict[int, tuple[date, bool]] = {}
        """Who chose how mail goes: since when, and whether once a week."""
        self.signs: dict[int, date] = {}
        """Lines of the ledger that are neither an ask nor a reply, by key, with their days."""
        self.past: dict[int, Told] = {}
        """Of those lines the ones that lists of the past added."""
        self.undone: set[int] = set()
        """And the ones that were corrected since."""
        self.doors: dict[str, Door] = {}
        """Pages where people enter themselves, by code."""
        self.talks: dict[int, Talk] = {}
        """Codes and talks, by the key of the row; so are the next five."""
        self.meetings: dict[int, Meeting] = {}
        self.shortlist: dict[int, Chosen] = {}
        self.declined: dict[int, Declined] = {}
        self.disputes: dict[int, Dispute] = {}
        self.own_words: dict[int, Own] = {}
        """What alumni said that own words mean, by the key of the row."""
        self.vocabulary: str | None = None
        """The version in use."""
        self.decided: dict[tuple[str, str, str], bool] = {}
        """What schools decided: by school, label and skill."""
        self.recognised: dict[tuple[str, str], Answer] = {}
        """The last answer about each company and programme."""
        self.contacts: dict[int, Contact] = {}
        self.misses: list[tuple[int, datetime]] = []
        """When an adviser typed a code that opened nothing."""
        self.plans: dict[int, tuple[str, str | None, date]] = {}
        """Plans that are kept, by key: id, school and last day; in the order in which they were made."""
        self.lines: dict[int, int] = {}
        """The plan of each line, by the key of the row."""
        self.offers: dict[int, tuple[str, str]] = {}
        """What the employer offers, by random key: id and title."""
        self.areas: dict[str, frozenset[str]] = {}
        """What a school chose to work on."""
        self.usual_asks: dict[str, int] = {}
        """How often a year a school chose to ask those who did not say."""
        self.usual_weekly: dict[str, bool] = {}
        """Whether a school chose mail once a week for those who did not choose."""
        self.newcomers: dict[int, Newcomer] = {}
        """Who entered and did not confirm the address, by the key of the row."""
        self.laters: dict[int, int] = {}
        """Of those lines the ones by which somebody said "not now", each with the request."""

    def numbered_as(self, school: str, id_: str) -> Person | None:
        """Who has this number, or had it before being merged."""
        own = self.named.get((school, id_))
        return own or next((one for one in self.people.values() if one.school == school and id_ in one.formers), None)

    def different_to(self, key: int) -> set[int]:
        """Of whom it was said that they are somebody else."""
        return {other for pair in self.different if key in pair for other in pair} - {key}

    # ---- who may be asked

    def agrees(self, person: Person, purpose: Purpose, today: date) -> bool:
        """Whether a consent is in force."""
        said = person.consents.get(purpose)
        return said is not None and not person.objects and said.withdrawn is None and not over(purpose, said, today)

    def uses(self, person: Person, purpose: Purpose, today: date) -> bool:
        """Whether a consent is in force, and the school of the alumnus works on what it is for."""
        return self.agrees(person, purpose, today) and purpose not in closed(self, person.school)

    def visible(self, person: Person, school: str, today: date) -> bool:
        """Whether a school or employer may see that somebody exists."""
        if person.school == school:
            return True
        is_school = any(other.school == school for other in self.people.values()) if school in SCHOOLS else False
        share = Purpose.SHARE_SCHOOLS if is_school else Purpose.SHARE_EMPLOYERS
        return self.agrees(person, share, today)

    def asks_in_year(self, person: Person, today: date) -> int:
        """How often somebody was asked in the last 365 days."""
        days = [day for _, day in person.asks]
        days += [one.on for one in got_by(self, person)]
        return sum(0 <= (today - day).days < YEAR for day in days)

    def budget_of(self, person: Person) -> int:
        """How often somebody may be asked a year: as they said, else as their school chose."""
        return self.usual_asks.get(person.school, ASKS) if person.budget is None else person.budget

    def accepted(self, request_key: int) -> int:
        """How many said yes to a request."""
        return sum(person.replies.get(request_key) == "accepted" for person in self.people.values())

    def comes(self, person: Person, demand: Demand, today: date) -> bool:
        """Whether somebody said yes to a request and still agrees, and so may be written to about it."""
        said_yes = person.replies.get(demand.key) == "accepted"
        return said_yes and self.agrees(person, KINDS[demand.wanted.kind].purpose, today)

    def is_open(self, demand: Demand, today: date) -> bool:
        """Whether more people are wanted."""
        closes = demand.closes
        is_over = (closes is not None and closes < today) or self.phases.get(demand.key) in STOPPED
        return not is_over and self.accepted(demand.key) < demand.wanted.people

    def clash(self, person: Person, demand: Demand) -> bool:
        """Whether the two may not meet."""
        if (demand.key, person.key) in self.conflicts:
            return True
        return None not in {demand.requester, person.email} and demand.requester == (person.email or "").lower()

    def may_be_given(self, person: Person, kind: RequestKind, school: str, today: date) -> bool:
        """Whether somebody may be ranked for this kind of question by this school, whatever the request."""
        line = KINDS[kind]
        if not self.uses(person, line.purpose, today) or not self.visible(person, school, today):
            return False
        if person.rests_on(today):
            return False
        if kind is RequestKind.AFTERCARE:
            return not person.nothing
        if person.offers is None or kind not in person.offers:
            return False
        return self.asks_in_year(person, today) < self.budget_of(person)

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
        """Whether somebody may be opened for a request, open or not, by an asker who sees cards."""
        return self.fits(person, demand, today, is_open=True)

    def fitting(self, demand: Demand, today: date) -> list[Person]:
        """Everybody who may be ranked for a request."""
        if not self.is_open(demand, today):
            return []
        return [person for person in self.people.values() if self.fits(person, demand, today, is_open=True)]

    def may_be_advised(self, person: Person, today: date) -> bool:
        """Whether courses may be recommended to somebody."""
        paused = person.rests_on(today)
        return self.uses(person, Purpose.LLO_ADVICE, today) and not paused and not person.nothing

    def may_be_mailed(self, person: Person, demand: Demand, today: date) -> bool:
        """Whether an invitation that waits may still be sent."""
        paused = person.rests_on(today)
        agrees = self.uses(person, KINDS[demand.wanted.kind].purpose, today)
        seen = self.visible(person, demand.wanted.school, today)
        return agrees and seen and not paused and not self.clash(person, demand)

    def stopped(self, person: Person) -> set[str]:
        """Which mail somebody stopped."""
        return set(self.own("mail_stops", person).values())

    def is_closed(self, email: str | None) -> bool:
        """Whether mail to an address came back."""
        return email is not None and email.lower() in self.closed.values()

    def is_reached(self, person: Person, demand: Demand) -> bool:
        """Whether mail about a request goes to somebody, as far as one can know."""
        goes = self.mail_goes(person, demand.wanted.kind.value, demand.key)
        return goes and not self.is_closed(person.email)

    def mail_goes(self, person: Person, kind: str, request: int | None = None) -> bool:
        """Whether somebody stopped no mail of this kind, or about this request."""
        return not self.stopped(person) & {"everything", f"kind {kind}", f"request {request}"}

    # ---- how long data stay

    def next_step(self, person: Person, today: date) -> str:
        """What the daily job does with somebody's data."""
        days = [*(day for _, day in person.asks), *person.replied.values(), *person.stays]
        days += [day for key, day in self.own("ledger", person).items() if key not in self.undone]
        for purpose, said in person.consents.items():
            if said.withdrawn is None and not ends(purpose, said, today):
                return ""
            days += [said.given] if said.given else []
        left: date | None = person.values["left_on"]
        upheld = "upheld" in self.own("aftercare_cases", person).values()
        if left is not None and left <= today <= left + GUIDED and not upheld:
            return ""
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
            person.agreed.add(purpose)
            person.asked = None
        else:
            said.withdrawn = said.last = today
            said.by = "person"

    def renew(self, person: Person, today: date) -> None:
        """Somebody lets the data stay."""
        for purpose, said in person.consents.items():
            if said.withdrawn is None and not over(purpose, said, today):
                said.given = today
        person.stays.append(today)
        person.asked = None

    def act(self, key: int, name: str = "") -> None:
        """Somebody said something of a field, or of all: what imports did to that before is no longer taken back."""
        for brought in self.imports.values():
            change = brought.changes.get(key)
            if change is None:
                continue
            if not name or change.before is None:
                change.acted = True
            elif change.before.values.get(name) != change.after.values.get(name):
                change.spoke.add(name)

    # ---- what files say

    def barred(self, line: Line) -> bool:
        """Whether a line is about somebody who was erased."""
        known = (line.school, same_number(line.id)) in self.buried_names if line.id else False
        years: Any = line.said.get("qualifications")
        if not line.id and years:
            known = any((line.school, f"qualified {line.number} {year}") in self.buried_names for year in years)
        elif not line.id and not line.email:
            known = (line.school, f"named {line.number}") in self.buried_names
        return known or (line.email is not None and line.email.lower() in self.buried_addresses)

    def meant(self, lines: Sequence[Line]) -> list[tuple[Person | None, bool]]:
        """Whom each line of one transaction is about, who is here, and whether another line says that already.

        By the number, of now or of before a merge; else by name with address, or with qualification and year. Else by
        the name alone, of those who came without a number: whom it says nothing new of, or the only one.
        """
        taken = {(line.school, line.id) for line in lines if line.id and (line.school, line.id) in self.named}
        found: dict[int, tuple[Person | None, bool]] = {}
        for line in lines:
            person = self.numbered_as(line.school, line.id) if line.id else None
            if person is None or person.id == line.id:
                found[line.row] = (person, False)
                continue
            twice = (person.school, person.id) in taken
            found[line.row] = (None if twice else person, twice)
            taken.add((person.school, person.id))
        for line in lines:
            if not line.id:
                found[line.row] = self._without_number(line, taken)
        return [found[line.row] for line in lines]

    def _without_number(self, line: Line, taken: set[tuple[str, str]]) -> tuple[Person | None, bool]:
        same = sorted((one.id, one) for one in self.people.values()
                      if (one.school, one.number) == (line.school, line.number))  # fmt: skip
        own = (line.email or "").lower()
        years: Any = line.said.get("qualifications") or frozenset()
        surely = [one for _, one in same if own and own == (one.email or "").lower()]
        maybe = [
            one for _, one in same if years & (one.values["qualifications"] or frozenset()) and not (own and one.email)
        ]
        free = [one for one in surely or maybe if (one.school, one.id) not in taken]
        if not free and not surely:
            given = [one for _, one in same if not is_schools_own(one.id)]
            free = [one for one in given if (one.school, one.id) not in taken and one.hears_nothing_new(line)]
            may_be = [one for one in given if not one.is_another(line)]
            if not free and len(may_be) == 1 and not line.shares_name:
                free = [one for one in may_be if (one.school, one.id) not in taken]
        if not free:
            return None, bool(surely)
        taken.add((free[0].school, free[0].id))
        return free[0], False

    def foresee(self, lines: Sequence[Line], today: date, *, may_withdraw: bool) -> list[Foreseen]:
        """What each line would do now; changes nothing. `may_withdraw`: whether what is taken back is accepted."""
        foreseen = []
        for line, (person, twice) in zip(lines, self.meant(lines), strict=True):
            if person is None:
                outcome = "unchanged" if twice or self.barred(line) else "created"
                foreseen.append(Foreseen(outcome, None, frozenset()))
                continue
            twin = person.twin()
            lost = self._read(twin, replace(line, may_withdraw=may_withdraw), today)
            changed = twin.state() != person.state()
            foreseen.append(Foreseen("updated" if changed else "unchanged", person, frozenset(lost)))
        return foreseen

    def read_line(self, line: Line, person: Person | None, key: int, id_: str, today: date) -> Change | None:
        """A line of an import, which is not barred, about somebody who is here or comes; None if it changes nothing."""
        before = None if person is None else person.state()
        if person is None:
            person = self.people[key] = self.named[line.school, id_] = Person(line.school, line.number, key, id_)
        self._read(person, line, today)
        after = person.state()
        if after == before:
            return None
        for merged in self.merges.values():
            of_other = line.id in {merged.number, *merged.gone.formers}
            merged.since |= _marks_of(line) if merged.holder == person.key and not of_other else set()
        person.agreed |= person.consents.keys()
        return Change(before, after, by=line.id if line.id in person.formers else "")

    def _read(self, person: Person, line: Line, today: date) -> set[Purpose]:
        """Takes in a line; returns what it takes back, or would if it might."""
        email = line.said.get("email", person.email)
        if "email" not in person.stated and email != person.email and person.email:
            person.former.add(person.email.lower())
        person.values |= {name: value for name, value in line.said.items() if name not in person.stated}
        person.number = person.number if "last_name" in person.stated else line.number
        person.marks |= _marks_of(line)
        in_force = {purpose for purpose, said in person.consents.items() if said.withdrawn is None}
        lost = {
            purpose
            for purpose, day in line.withdrawals.items()
            if self._take_back(person, purpose, day, may_withdraw=line.may_withdraw)
        }
        for purpose in Purpose if line.consents is not None else ():
            if self._read_consent(person, purpose, line, today):
                lost.add(purpose)
        if line.objects_since is not None and person.objected is None:
            lost |= in_force
            if line.may_withdraw or not in_force:
                person.objected = line.objects_since
        return lost

    @staticmethod
    def _take_back(person: Person, purpose: Purpose, day: date, *, may_withdraw: bool) -> bool:
        """A file says that a consent was withdrawn on a day; whether that takes back one that is in force."""
        said = person.consents.get(purpose)
        if said is None:
            person.consents[purpose] = Said(None, day, last=day, by="person")
            return False
        is_held = said.withdrawn is None
        since = said.given or date.min
        later = since > day or (said.source == "person" and since == day)
        if (is_held and later) or (said.withdrawn is not None and said.withdrawn >= day):
            return False
        if may_withdraw or not is_held:
            said.withdrawn = said.last = day
            said.by = "person"
        return is_held

    def _read_consent(self, person: Person, purpose: Purpose, line: Line, today: date) -> bool:
        """What a line that says something of consent says of one purpose; whether it takes one back."""
        said, day = person.consents.get(purpose), line.day
        assert line.consents is not None
        if purpose not in line.consents:
            if said is None or said.withdrawn is not None or said.source != "import":
                return False
            if line.may_withdraw:
                said.withdrawn, said.by = today, "import"
            return True
        if said is None:
            person.consents[purpose] = Said(day)
            return False
        if said.withdrawn is not None:
            if day is not None and said.withdrawn < day <= today:
                person.consents[purpose] = Said(day, last=said.withdrawn)
                return False
            if said.by != "import" or said.withdrawn != today:
                return False
            said.withdrawn = said.by = None
        if said.source == "import" and day is not None and (said.last is None or day > said.last):
            said.given = day
        return False

    def undoing(self, brought: Brought, used: Iterable[int]) -> tuple[list[Person], list[Person], dict[int, str]]:
        """Whom taking an import back restores, whom it removes, and whom it leaves, with why. `used`: in other ways."""
        restored, removed, left, in_use = [], [], dict[int, str](), set(used)
        for key, change in brought.changes.items():
            person = self.people[key]
            if change.is_over or (change.before is None and (change.mixed or person.state() != change.after)):
                left[key] = "changed"
            elif change.before is not None:
                state, others = change.back(person)
                if state is None or others:
                    left[key] = "changed"
                    brought.partly += [] if state is None else [person]
                else:
                    restored.append(person)
            elif person.asks or person.asked or key in in_use or self.hangs_on(key):
                left[key] = "in_use"
            else:
                removed.append(person)
        return restored, removed, left

    def hangs_on(self, key: int) -> bool:
        """Whether anything is about somebody that came since."""
        of_tables = any(holder == key and table != "plan_lines" for (table, _), holder in self.held.items())
        rows = any(key == other for _, other in self.conflicts) or of_tables  # a plan is a proposal: nobody was asked
        return rows or any(key in table for table in self.beside)

    def gets_weekly(self, key: int) -> bool:
        """Whether mail goes once a week to an alumnus: as they chose, else as their school did."""
        own = self.weekly.get(key)
        person = self.people.get(key)
        usual = person is not None and self.usual_weekly.get(person.school, False)
        return usual if own is None else own[1]

    @property
    def beside(self) -> tuple[dict[int, Any], ...]:
        """What there is one of for an alumnus, which the one who stays takes over from the other in a merge."""
        return self.weekly, self.first

    @property
    def by_row(self) -> dict[str, dict[int, Any]]:
        """What is known of the rows that `held` says the holders of, by table."""
        return {
            "invitations": self.asks,
            "mail_stops": self.stops,
            "closed_addresses": self.closed,
            "inbox_doubts": self.doubts,
            "segment_people": self.got,
            "calendars": self.calendars,
            "aftercare_cases": self.cases,
            "aftercare_contacts": self.contacts,
            "plan_lines": self.lines,
            "talks": self.talks,
            "appointments": self.meetings,
            "shortlist": self.shortlist,
            "not_for_me": self.declined,
            "disputes": self.disputes,
            "own_meanings": self.own_words,
            "ledger": self.signs,
        }

    def own(self, table: str, person: Person) -> dict[int, Any]:
        """What is known of somebody's rows of a table."""
        return {key: one for key, one in self.by_row[table].items() if self.held[table, key] == person.key}

    def undo(self, brought: Brought, restored: Iterable[Person], removed: Iterable[Person]) -> None:
        """Takes an import back."""
        for person in [*restored, *brought.partly]:
            change, email = brought.changes.pop(person.key), person.email
            state, _ = change.back(person)
            assert state is not None
            person.become(state)
            if person.email and person.email != email:
                person.former.discard(person.email.lower())
        for person in removed:
            self._leave(person)
            self.removed[person.key] = person
        brought.undone = True

    def _leave(self, person: Person) -> None:
        del self.people[person.key]
        del self.named[person.school, person.id]
        for brought in self.imports.values():
            brought.changes.pop(person.key, None)
        self.merges = {id_: one for id_, one in self.merges.items() if one.holder != person.key}
        self.different = {pair for pair in self.different if person.key not in pair}
        rows = self.by_row
        for table, key in [name for name, holder in self.held.items() if holder == person.key]:
            del self.held[table, key], rows[table][key]
        for kept in self.beside:
            kept.pop(person.key, None)

    def forget(self, key: int) -> Person:
        """Somebody is erased: nothing stays but what an import recognises them by."""
        person = self.people[key]
        self._leave(person)
        self.erased[key] = person
        self.buried_names |= person.names
        self.uploads = {id_: kept for id_, kept in self.uploads.items() if kept.owner not in {"", person.school}}
        addresses = person.addresses
        self.buried_addresses |= addresses
        self.conflicts = {pair for pair in self.conflicts if pair[1] != key}
        for demand in self.demands.values():
            if demand.requester is not None and demand.requester.lower() in addresses:
                demand.requester = None
        return person


def _marks_of(line: Line) -> set[str]:
    """The marks in a line."""
    return {mark_of(line.school, line.number), *marks_in(line.said.values())}
