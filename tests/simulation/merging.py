"""Two records of one person, by the rules: what they become, and what each is again once the merge is taken back.

Told without a look at the product: nobody is asked, shown or mailed for what one of the two refused, and nothing that
was said of either is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import Purpose
from tests.simulation.region import is_schools_own
from tests.simulation.state import Change, Said, State

if TYPE_CHECKING:
    from tests.simulation.model import Model, Person

UNITED = ("qualifications", "skills", "offers")
"""What both say, together, unless one is chosen."""
NAME = "last_name"
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

    @staticmethod
    def of(model: Model, person: Person) -> Half:
        """As it is now, for good."""
        return Half(
            person.state(), frozenset(person.former), frozenset(person.former_names), frozenset(person.marks),
            list(person.asks), dict(person.replies), dict(person.replied), list(person.stays),
            {request for request, key in model.conflicts if key == person.key}, model.different_to(person.key),
        )  # fmt: skip


@dataclass
class Merged:
    """A merge that can be taken back. `holder`: who has it: the one who stayed, or with whom that one was merged since.

    `gone`: the other, who is nowhere until then. `changes`: what imports did to either, by import, each as before and
    as it is since. `touched`: whether an import wrote to the holder since.
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
    touched: bool = False


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
    named = one.number == other.number and one.values["qualifications"] and other.values["qualifications"]
    return bool(same or named)


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
    kept.texts |= gone.texts
    kept.formers |= {gone.id: gone.key, **gone.formers}
    for one in model.merges.values():
        if one.holder == gone.key:
            one.holder = kept.key
            merged.earlier.append(one.id)
    del model.people[gone.key]
    del model.named[gone.school, gone.id]
    merged.after = kept.state()
    model.merges[id_] = merged
    return merged


def _nameless(person: Person) -> Iterable[tuple[str, str]]:
    """By what else than number and address a list may mean somebody."""
    qualified = [f"qualified {person.number}"] if person.values["qualifications"] else []
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
    kept.values, kept.stated = values, stated
    kept.number = gone.number if chosen.get(NAME) == "gone" else kept.number


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
    """Makes two of one; returns what changed since, which stays with the one who stayed."""
    kept, gone = model.people[merged.holder], merged.gone
    del model.merges[merged.id]
    now, before = kept.state(), merged.kept.state
    model.people[gone.key] = model.named[gone.school, gone.id] = gone
    gone.become(merged.other.state)
    gone.former, gone.former_names = set(merged.other.former), set(merged.other.former_names)
    changed = _values_back(kept, now, merged.after, before) | _consents_back(kept, gone, now, merged.after, before)
    if now.objected == merged.after.objected:
        kept.objected = before.objected
    else:
        changed.add("objection")
        gone.objected = now.objected or gone.objected
    if "email" not in changed:
        kept.former -= merged.added
        kept.former_names -= merged.added_names
    _asks_back(kept, gone, merged)
    _others_back(model, kept, gone, merged)
    gone.marks = set(merged.other.marks)
    if not changed and not merged.touched:
        kept.marks = set(merged.kept.marks)
    for number in (merged.number, *gone.formers):
        del kept.formers[number]
    for one in merged.earlier:
        if one in model.merges:
            model.merges[one].holder = gone.key
    return changed


def _same(one: object, other: object) -> bool:
    return (one or None) == (other or None) if isinstance(one or other, frozenset | tuple) else one == other


def _values_back(kept: Person, now: State, after: State, before: State) -> set[str]:
    changed = {
        name
        for name, value in now.values.items()
        if not _same(value, after.values[name]) or (name in now.stated) != (name in after.stated)
    }
    changed |= {NAME} if now.number != after.number else set()
    kept.values = {name: (now if name in changed else before).values[name] for name in now.values}
    kept.stated = {name for name in now.values if name in (now if name in changed else before).stated}
    kept.number = (now if NAME in changed else before).number
    return changed


def _consents_back(kept: Person, gone: Person, now: State, after: State, before: State) -> set[str]:
    """Who took a consent back since did so for both."""
    changed = set[str]()
    kept.consents = {purpose: replace(said) for purpose, said in before.consents.items()}
    for purpose in Purpose:
        said = now.consents.get(purpose)
        if said == after.consents.get(purpose):
            continue
        changed.add(purpose.value)
        assert said is not None
        kept.consents[purpose] = replace(said)
        theirs = gone.consents.get(purpose)
        if said.withdrawn is not None and theirs is not None and theirs.withdrawn is None:
            gone.consents[purpose] = replace(theirs, withdrawn=said.withdrawn, last=said.last, by=said.by)
    return changed


def _asks_back(kept: Person, gone: Person, merged: Merged) -> None:
    """Each has the questions that were put to them, with the replies; what was replied since holds for both."""
    since = {one: reply for one, reply in kept.replies.items() if merged.replies.get(one) != reply}
    days = dict(kept.replied)
    gone.asks, gone.replies, gone.replied = (
        list(merged.other.asks), dict(merged.other.replies), dict(merged.other.replied)
    )  # fmt: skip
    for ask in gone.asks:
        kept.asks.remove(ask)
    gone.stays = list(merged.other.stays)
    for day in gone.stays:
        kept.stays.remove(day)
    kept.replies, kept.replied = dict(merged.kept.replies), dict(merged.kept.replied)
    asked_of = {request for request, _ in gone.asks}
    own = {request for request, _ in kept.asks}
    for request, reply in since.items():
        for one, was_asked in ((gone, request in asked_of), (kept, request in own)):
            if was_asked:
                one.replies[request], one.replied[request] = reply, days[request]


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
