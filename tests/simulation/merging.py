"""Two records of one person, by the rules: what they become, and what each is again once the merge is taken back.

Told without a look at the product: nobody is asked, shown or mailed for what one of the two refused, and nothing that
was said of either is lost. Once they are two again neither has, or gets by whatever is taken back, a word or a consent
that was only ever said of the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import Purpose
from tests.simulation import aftercare, letters
from tests.simulation.asking import Ask, of_pair
from tests.simulation.region import is_schools_own, same_number
from tests.simulation.state import Change, Said, State

if TYPE_CHECKING:
    from tests.simulation.model import Model, Person

UNITED = ("qualifications", "skills", "offers")
"""What both say, together, unless one is chosen."""
_EMPTY = (None, (), frozenset())
_NOT_THEY = {"import", "retention"}
FIRST_NAME, NAME = "first_name", "last_name"
"""The field that the mark of a person stands in."""


@dataclass
class Half:
    """One of two people, as before the merge: what is stored, and what else hangs on them."""

    state: State
    former: frozenset[str]
    former_names: frozenset[tuple[str, str]]
    marks: frozenset[str]
    asks: list[tuple[int, date]]
    replies: dict[int, str]
    replied: dict[int, date]
    stays: list[date]
    conflicts: set[int]
    different: set[int]
    agreed: frozenset[Purpose]

    @staticmethod
    def of(model: Model, person: Person) -> Half:
        """As it is now, for good."""
        return Half(
            person.state(), frozenset(person.former), frozenset(person.former_names), frozenset(person.marks),
            list(person.asks), dict(person.replies), dict(person.replied), list(person.stays),
            {request for request, key in model.conflicts if key == person.key}, model.different_to(person.key),
            frozenset(person.agreed),
        )  # fmt: skip


@dataclass
class Merged:
    """A merge that can be taken back. `holder`: who has it: the one who stayed, or with whom that one was merged since.

    `gone`: the other, who is nowhere until then. `changes`: what imports did to either, by import, each as before and
    as it is since. `since`: the marks in what was said of the holder since.
    """

    id: str
    number: str
    holder: int
    gone: Person
    at: datetime
    kept: Half
    other: Half
    after: State
    replies: dict[int, str]
    added: frozenset[str] = frozenset()
    added_names: frozenset[tuple[str, str]] = frozenset()
    changes: dict[str, tuple[Change | None, Change | None, Change]] = field(default_factory=dict)
    earlier: list[str] = field(default_factory=list)
    """The merges that the other one had before."""
    since: set[str] = field(default_factory=set)
    rows: frozenset[tuple[str, int]] = frozenset()
    """The rows that were the other's."""
    own: frozenset[tuple[str, int]] = frozenset()
    """The rows that were of the one who stayed."""
    beside: tuple[tuple[object, bool], ...] = ()
    """What there is one of: that of the other (None for nothing), and whether the one who stayed took it over."""


def possible(model: Model, school: str) -> set[tuple[str, str]]:
    """The pairs of a school that may be one person: one address, or one name and a qualification of one year."""
    people = sorted((one.id, one) for one in model.people.values() if one.school == school)
    return {
        (id_, other_id)
        for place, (id_, one) in enumerate(people)
        for other_id, other in people[place + 1 :]
        if _alike(one, other) and frozenset({one.key, other.key}) not in model.different
    }


def _alike(one: Person, other: Person) -> bool:
    same = one.email is not None and (other.email or "").lower() == one.email.lower()
    numbered = same_number(one.id) == same_number(other.id)
    return bool(same or numbered or (one.number == other.number and _years(one) & _years(other)))


def _years(person: Person) -> set[int]:
    left: date | None = person.values["left_on"]
    return {*(person.values["qualifications"] or ()), *([left.year] if left else [])}


# ---- two become one


def merge(model: Model, kept: Person, gone: Person, chosen: Mapping[str, str], id_: str, at: datetime) -> Merged:
    """Makes one of two. `chosen`: by field `kept` or `gone`."""
    merged = Merged(
        id_, gone.id, kept.key, gone, at, Half.of(model, kept), Half.of(model, gone), kept.state(), {}
    )  # fmt: skip
    _move_changes(model, merged)
    model.conflicts -= {(request, gone.key) for request in merged.other.conflicts}
    model.conflicts |= {(request, kept.key) for request in merged.other.conflicts}
    model.different = {pair if gone.key not in pair else pair - {gone.key} | {kept.key} for pair in model.different} - {
        frozenset({kept.key})
    }
    emails = {kept.email, gone.email}
    kept.former_names |= {*_nameless(kept), *_nameless(gone), *gone.former_names}
    _unite(kept, gone, chosen)
    kept.former |= {email.lower() for email in emails - {kept.email, None} if email} | gone.former
    merged.added = frozenset(kept.former) - merged.kept.former
    merged.added_names = frozenset(kept.former_names) - merged.kept.former_names
    kept.consents = {
        purpose: strictest(kept.consents.get(purpose), gone.consents.get(purpose))
        for purpose in Purpose
        if purpose in {*kept.consents, *gone.consents}
    }
    kept.objected = min((day for day in (kept.objected, gone.objected) if day), default=None)
    kept.asks += gone.asks
    for request, reply in gone.replies.items():
        if kept.replies.get(request) is None or (reply == "declined" != kept.replies[request]):
            kept.replies[request], kept.replied[request] = reply, gone.replied[request]
    merged.replies = dict(kept.replies)
    kept.stays += gone.stays
    kept.marks |= gone.marks
    kept.agreed |= gone.agreed
    kept.texts |= gone.texts
    kept.formers |= {gone.id: gone.key, **gone.formers}
    for one in model.merges.values():
        if one.holder == gone.key:
            one.holder = kept.key
            merged.earlier.append(one.id)
    merged.rows = frozenset(name for name, holder in model.held.items() if holder == gone.key)
    merged.own = frozenset(name for name, holder in model.held.items() if holder == kept.key)
    model.held |= dict.fromkeys(merged.rows, kept.key)
    took = []
    for table in model.beside:
        theirs = table.pop(gone.key, None)
        takes = theirs is not None and kept.key not in table
        took.append((theirs, takes))
        if takes:
            table[kept.key] = copy(theirs)
    merged.beside = tuple(took)
    del model.people[gone.key]
    del model.named[gone.school, gone.id]
    merged.after = kept.state()
    model.merges[id_] = merged
    return merged


def _nameless(person: Person) -> Iterable[tuple[str, str]]:
    """By what else than number and address a list may mean somebody."""
    qualified = [f"qualified {person.number} {year}" for year in person.values["qualifications"] or ()]
    named = [] if is_schools_own(person.id) else [f"named {person.number}"]
    return [(person.school, name) for name in (*qualified, *named)]


def _unite(kept: Person, gone: Person, chosen: Mapping[str, str]) -> None:
    values, stated = dict(kept.values), set[str]()
    for name in values:
        side = chosen.get(name)
        if side is None and name in UNITED:
            values[name] = _together(kept.values[name], gone.values[name])
            stated |= {name} & (kept.stated | gone.stated)
            continue
        if side is None:
            ours = name in kept.stated or (name not in gone.stated and bool(kept.values[name] is not None))
            side = "kept" if ours else "gone"
        one = kept if side == "kept" else gone
        values[name] = one.values[name]
        stated |= {name} & one.stated
    side = chosen.get(NAME) or ("gone" if NAME in gone.stated - kept.stated else "kept")
    stated |= {NAME} & (gone if side == "gone" else kept).stated
    stated |= {FIRST_NAME} & (kept.stated | gone.stated)
    kept.values, kept.stated = values, stated
    kept.number = gone.number if side == "gone" else kept.number


def _together(one: Any, other: Any) -> Any:
    if not one or not other:
        return one or other
    if isinstance(one, frozenset):
        return one | other
    return one if isinstance(one, str) else tuple(dict.fromkeys((*one, *other)))


def strictest(one: Said | None, other: Said | None) -> Said:
    """Of two consents for one purpose: in force only where one is, and the person took it back of neither."""
    both = [said for said in (one, other) if said is not None]
    refused = [said for said in both if said.withdrawn is not None and said.by not in {"import", "retention"}]
    given = [said for said in both if said.withdrawn is None]
    if refused or not given:
        said = max(refused or both, key=lambda said: said.withdrawn or date.min)
    else:  # what the person said, and of two days the earlier: a term is not longer than it was
        said = min(given, key=lambda said: (said.source != "person", said.given is None, said.given or date.max))
    return replace(said, last=max((said.last for said in both if said.last), default=None))


def _move_changes(model: Model, merged: Merged) -> None:
    """No import takes back what it did to either: each is left by any undo."""
    for brought in model.imports.values():
        theirs, own = brought.changes.pop(merged.gone.key, None), brought.changes.get(merged.holder)
        one = own or theirs
        if one is not None:
            now = brought.changes[merged.holder] = replace(one, merged=True)
            merged.changes[brought.id] = (own, theirs, now)


# ---- and two again


def refusal(model: Model, merged: Merged) -> str:
    """Why a merge cannot be taken back now; empty where it can."""
    later = [one for one in model.merges.values() if one.holder == merged.holder]
    if later[-1] is not merged:
        return "later_merge"
    return "number_taken" if (merged.gone.school, merged.number) in model.named else ""


def unmerge(model: Model, merged: Merged) -> set[str]:
    """Makes two of one; returns what changed since. What neither had before stays with the one who stayed."""
    kept, gone = model.people[merged.holder], merged.gone
    del model.merges[merged.id]
    now, mine, theirs = kept.state(), merged.kept.state, merged.other.state
    model.people[gone.key] = model.named[gone.school, gone.id] = gone
    gone.become(theirs)
    model.held |= {name: gone.key for name in merged.rows if model.held.get(name) == kept.key}
    _beside_back(model, kept, gone, merged)
    gone.former, gone.former_names = set(merged.other.former), set(merged.other.former_names)
    numbers = {merged.number, *gone.formers}
    here = [brought.changes[kept.key] for brought in model.imports.values() if kept.key in brought.changes]
    said = [change for change in here if change.by in numbers]
    apart = Apart(mine, theirs, merged.after, said)
    changed = _changed(now, merged.after)
    kept.become(apart.of_kept(now))
    kept.stated = {
        name for name in now.values if name in (now if name in changed and apart.stays(name, now) else mine).stated
    }
    kept.stated |= {FIRST_NAME, NAME} & mine.stated
    gone.consents = apart.of_other(now)
    if now.objected == merged.after.objected:
        kept.objected = mine.objected
    else:
        changed.add("objection")
        kept.objected, gone.objected = now.objected or mine.objected, now.objected or gone.objected
    kept.former_names = set(merged.kept.former_names)
    address = mine.values["email"]
    had = {str(address).lower()} if address and address != kept.email else set()
    theirs_since = {
        str(change.before.values["email"]).lower()
        for change in here
        if change.before is not None
        and not change.acted
        and change.before.values["email"] != change.after.values["email"]
        and apart.of_other_number("email", change.before.values["email"])
    }
    kept.former -= {*merged.added, *gone.addresses, *theirs_since} - merged.kept.former - had
    kept.former |= had
    _asks_back(model, kept, gone, merged)
    _laters_back(model, kept, gone, merged)
    _others_back(model, kept, gone, merged)
    for brought in model.imports.values():
        change = brought.changes.get(kept.key)
        if change is not None and brought.id not in merged.changes and not change.is_over:
            of_other = _of_other(change, now, theirs, gone.state())
            if of_other is not None:
                brought.changes[gone.key] = of_other
            parted = _parted(change, apart, kept.state())
            if parted is None:
                del brought.changes[kept.key]
            else:
                brought.changes[kept.key] = parted
    gone.marks, gone.agreed = set(merged.other.marks), set(merged.other.agreed)
    kept.marks, kept.agreed = merged.kept.marks | merged.since, set(merged.kept.agreed)
    for number in (merged.number, *gone.formers):
        del kept.formers[number]
    for one in merged.earlier:
        if one in model.merges:
            model.merges[one].holder = gone.key
    return changed


def _beside_back(model: Model, kept: Person, gone: Person, merged: Merged) -> None:
    """What the other had is there again; whoever stopped mail since did so for both: their rows are read from there."""
    for table, (theirs, took) in zip(model.beside, merged.beside, strict=True):
        if took:
            table.pop(kept.key, None)
        if theirs is not None:
            table[gone.key] = copy(theirs)
    model.owed[aftercare.TABLE] += aftercare.shared(model, kept.key, gone.key, merged.own)
    stops = model.own(letters.TABLE, kept)
    model.owed[letters.TABLE] += [
        (gone.key, scope) for key, scope in stops.items() if (letters.TABLE, key) not in merged.own
    ]


def _same(one: object, other: object) -> bool:
    return (one or None) == (other or None) if isinstance(one or other, frozenset | tuple) else one == other


def _changed(now: State, after: State) -> set[str]:
    """What is not as the merge left it."""
    changed = {
        name
        for name, value in now.values.items()
        if not _same(value, after.values[name]) or (name in now.stated) != (name in after.stated)
    }
    changed |= {NAME} if now.number != after.number else set()
    return changed | {one.value for one in Purpose if now.consents.get(one) != after.consents.get(one)}


@dataclass(frozen=True)
class Apart:
    """Who is told apart: each alone, what they were as one at first, and what lists said by numbers of the other."""

    mine: State
    theirs: State
    both: State
    said: list[Change]

    def of_kept(self, state: State) -> State:
        """What the one who stays has of what was there at some moment while they were one."""
        values = {name: self.value(name, value) for name, value in state.values.items()}
        held = {purpose: self.consent(state.consents.get(purpose), purpose, self.mine) for purpose in Purpose}
        called = {change.after.number for change in self.said if change.before and _renames(change)}
        strange = state.number in {self.both.number, self.theirs.number, *called}
        number = self.mine.number if strange else state.number
        said = {purpose: one for purpose, one in held.items() if one is not None}
        return replace(state, values=values, consents=said, number=number)

    def of_other(self, now: State) -> dict[Purpose, Said]:
        """The consents of the other: what was taken back since was so by both."""
        found = {one: self.consent(now.consents.get(one), one, self.theirs) for one in Purpose}
        return {purpose: replace(said) for purpose, said in found.items() if said is not None}

    def value(self, name: str, value: Any) -> Any:
        """One field. Of lists what only the other had is left out; and whoever has nothing left has what was there."""
        mine, theirs = self.mine.values[name], self.theirs.values[name]
        if self.of_other_number(name, value) or _same(value, self.both.values[name]):
            return mine
        if name not in UNITED or not isinstance(value, frozenset | tuple):
            return mine if value not in _EMPTY and _same(value, theirs) else value
        alone = set(theirs or ()) - set(mine or ())
        rest = [one for one in value if one not in alone]
        if value and not rest:
            return mine
        return frozenset(rest) if isinstance(value, frozenset) else tuple(rest)

    def of_other_number(self, name: str, value: Any) -> bool:
        """Whether a list said this under a number of the other since."""
        return any(
            change.before is not None
            and name not in change.spoke
            and _same(change.after.values[name], value)
            and not _same(change.before.values[name], value)
            for change in self.said
        )

    def stays(self, name: str, now: State) -> bool:
        """Whether anything of what was there is left."""
        there = self.value(name, now.values[name])
        return _same(there, now.values[name]) or not _same(there, self.mine.values[name])

    def consent(self, said: Said | None, purpose: Purpose, own: State) -> Said | None:
        """A consent that was given while they were one is of neither; one that was taken back is so by both."""
        was, both = own.consents.get(purpose), self.both.consents.get(purpose)
        if said is None or said == both:
            return was
        day, by = said.withdrawn, said.by
        if day is None:
            known = {both.last, both.withdrawn} if both else set()
            if said.last in {None, *known}:
                return was
            day, by = said.last, None
        if by in _NOT_THEY and (was is None or (was.withdrawn is not None and was.by not in _NOT_THEY)):
            return was  # whoever had said nothing has nothing that ends, and a no of the person is not less
        was, last = was or Said(None), said.last
        if last != day and last == (both.last if both else None):  # not of since
            last = was.last
        return replace(was, withdrawn=day, last=last, by=by)


def _renames(change: Change) -> bool:
    return change.before is not None and change.before.number != change.after.number


def _parted(change: Change, apart: Apart, here: State) -> Change | None:
    """What an import did while two were one, of the one who stays (`here`): None where nothing of it is left.

    What the parting undid is not its doing any more; what it left is taken back as any other.
    """
    if change.before is None:
        return change
    before, after, mine, turned = apart.of_kept(change.before), change.after, apart.mine, apart.of_kept(change.after)

    def left(was: Any, then: Any, became: Any, turns: Any, is_here: Any, own: Any) -> tuple[Any, Any]:
        """One thing, before and after."""
        if _same(was, became):
            return is_here, is_here
        if not _same(became, turns):
            became = then if _same(turns, own) else turns
        return then, became

    values = {
        name: left(
            change.before.values[name], before.values[name], after.values[name], turned.values[name], here.values[name],
            mine.values[name],
        )
        for name in after.values
    }  # fmt: skip
    held = {
        purpose: left(*(one.consents.get(purpose) for one in (change.before, before, after, turned, here, mine)))
        for purpose in Purpose
    }
    number = left(*(one.number for one in (change.before, before, after, turned, here, mine)))
    was, became = (
        replace(
            side,
            values={name: value[at] for name, value in values.items()},
            consents={purpose: said[at] for purpose, said in held.items() if said[at] is not None},
            number=number[at],
            objected=after.objected if mine.objected else side.objected,
        )
        for at, side in enumerate((change.before, after))
    )
    found = replace(change, before=was, after=became)
    return None if found.does_nothing else found


def _of_other(change: Change, now: State, theirs: State, here: State) -> Change | None:
    """What an import took back of the other too, since it did so of both; None for nothing."""
    before, after = change.before, change.after
    if before is None:
        return None
    consents = dict(here.consents)
    for purpose, said in after.consents.items():
        its_doing = said != before.consents.get(purpose) and said == now.consents.get(purpose)
        if its_doing and here.consents.get(purpose) != theirs.consents.get(purpose):
            del consents[purpose]
            consents |= {purpose: theirs.consents[purpose]} if purpose in theirs.consents else {}
    objects = before.objected is None and after.objected is not None and after.objected == now.objected
    came = objects and theirs.objected is None and here.objected == now.objected
    objected = None if came else here.objected
    if consents == here.consents and not came:
        return None
    return Change(replace(here, consents=consents, objected=objected), here, mixed=True)


def _asks_back(model: Model, kept: Person, gone: Person, merged: Merged) -> None:
    """Each has the questions that were put to them, with the replies; what was replied since holds for both."""
    since = {one: reply for one, reply in kept.replies.items() if merged.replies.get(one) != reply}
    days = dict(kept.replied)
    gone.asks, gone.replies, gone.replied = (
        list(merged.other.asks), dict(merged.other.replies), dict(merged.other.replied)
    )  # fmt: skip
    for ask in gone.asks:
        kept.asks.remove(ask)
    _counted_since(model, kept, gone)
    gone.stays = list(merged.other.stays)
    for day in gone.stays:
        kept.stays.remove(day)
    kept.replies, kept.replied = dict(merged.kept.replies), dict(merged.kept.replied)
    made = [(one.request, model.held[one.name]) for one in model.asks.values() if one.on]
    asked_of = {request for request, key in made if key == gone.key}
    own = {request for request, key in made if key == kept.key}
    for request, reply in since.items():
        for one, was_asked in ((gone, request in asked_of), (kept, request in own)):
            if was_asked:
                one.replies[request], one.replied[request] = reply, days[request]


def _last_made(model: Model, person: Person, request: int) -> Ask | None:
    made = [one for one in of_pair(model, person, request) if one.on]
    return made[-1] if made else None


def _counted_since(model: Model, kept: Person, gone: Person) -> None:
    """An ask of the other that came to count since: it is of the one who stays where that one was asked too."""
    own = Counter(gone.asks)
    for one in [one for one in model.asks.values() if one.on and one.counts and model.held[one.name] == gone.key]:
        line = (one.request, one.on)
        if own[line]:
            own[line] -= 1
            continue
        other = _last_made(model, kept, one.request)
        if other is not None:
            one.counts, other.counts = False, True
        else:
            kept.asks.remove(line)
            gone.asks.append(line)


def _laters_back(model: Model, kept: Person, gone: Person, merged: Merged) -> None:
    """A "not now" that was said since is of each who was asked."""
    for key, request in list(model.laters.items()):
        name = ("ledger", key)
        if model.held.get(name) != kept.key or name in merged.own:
            continue
        asked = [(one, last) for one in (kept, gone) if (last := _last_made(model, one, request)) is not None]
        for _, last in asked:
            last.later = True
        owners = [one for one, _ in asked] or [kept]
        model.held[name] = owners[0].key
        model.owed["ledger"] += [(one.key, str(request)) for one in owners[1:]]


def _others_back(model: Model, kept: Person, gone: Person, merged: Merged) -> None:
    added = merged.other.conflicts - merged.kept.conflicts
    model.conflicts -= {(request, kept.key) for request in added}
    model.conflicts |= {(request, gone.key) for request in merged.other.conflicts}
    new = merged.other.different - merged.kept.different - {kept.key}
    model.different -= {frozenset({kept.key, other}) for other in new}
    model.different |= {frozenset({gone.key, other}) for other in merged.other.different if other in model.people}
    for id_, (own, theirs, then) in merged.changes.items():
        brought = model.imports.get(id_)
        if brought is None:
            continue
        now = brought.changes.pop(kept.key, None)
        if own is not None and now is not None:
            brought.changes[kept.key] = own if now is then and not now.acted else now
        if theirs is not None:
            brought.changes[gone.key] = theirs


def take_apart(model: Model, former: int) -> list[str]:
    """Takes back merges, the newest first, until whoever had this random key is apart; returns which.

    A merge of which the days to take it back are over stays.
    """
    done = []
    while former not in model.people:
        holder = next(one.key for one in model.people.values() if former in one.formers.values())
        merges = [one for one in model.merges.values() if one.holder == holder]
        if not merges:
            break
        unmerge(model, merges[-1])
        done.append(merges[-1].id)
    return done
