"""What alumni took back, as the region knows it: noted when it is announced to the journal, and not read from its file.

So what a restored back-up must forget again follows from what was done, whatever the file says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.domain.kinds import Purpose
from matcher.store.journal import AFTERCARE, CALENDAR, ERASE, OBJECTION, STOP, Act, Journal
from tests.simulation import aftercare, calendars, letters
from tests.simulation.merging import take_apart

if TYPE_CHECKING:
    from tests.simulation.model import Model, Person
    from tests.simulation.world import World


@dataclass
class Announced:
    """What a transaction takes back. `tail`: the last entry of the log when it was announced, on `day`.

    `done`: what the journal was told became of it, None for nothing yet. `gone`: who, of whom it erases, was gone at
    that moment. `committed`: what became of it. `names` and `addresses`: of whom it erases.
    """

    acts: Sequence[Act]
    tail: int
    day: date
    done: bool | None = None
    gone: Collection[int] = ()
    committed: bool | None = None
    names: set[tuple[str, str]] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)

    @property
    def erased(self) -> set[int]:
        """Whom it erases."""
        return {act.key for act in self.acts if act.what == ERASE}


class Diary(Journal):
    """The journal of the product, which also tells the region what was written."""

    def __init__(self, path: Path, world: World) -> None:
        super().__init__(path)
        self._world = world

    def announce(self, batch: str, secret: str, acts: Sequence[Act], at: datetime) -> None:
        """As the product does, and noted."""
        super().announce(batch, secret, acts, at)
        world = self._world
        world.catch_up()
        people = world.model.people
        about = {replace(act, key=key): None for act in acts for key in (act.key, *_formers(people, act.key))}
        noted = world.announced[batch] = Announced(tuple(about), world.tail, world.today)
        for act in acts:
            person = people.get(act.key)
            if act.what == ERASE and person is not None:
                noted.names |= person.names
                noted.addresses |= person.addresses

    def settle(self, batch: str, *, done: bool) -> None:
        """As the product does, and noted."""
        super().settle(batch, done=done)
        noted = self._world.announced[batch]
        noted.done = done
        rows = self._world.database.rows
        sql = "select key from alumni union select former_key from former_numbers"
        noted.gone = noted.erased - {key for (key,) in rows(sql)} if noted.erased else set()


def _formers(people: Mapping[int, Person], key: int) -> Iterable[int]:
    """What is said by somebody who was merged is said by each of those who became one."""
    return people[key].formers.values() if key in people else ()


def end_step(announced: Iterable[Announced], tail: int) -> None:
    """Notes what became of each transaction, once the log was read: its entry is there, or it never was committed."""
    for one in announced:
        if one.committed is None:
            one.committed = tail > one.tail


Subject = Purpose | tuple[str, str] | None
"""What is taken back: a consent, mail of a scope, being in the register of aftercare, or ranked at all (None)."""


def _subject(act: Act) -> Subject:
    if act.what in {STOP, AFTERCARE, CALENDAR}:
        return act.what, act.purpose
    return None if act.what == OBJECTION else Purpose(act.purpose)


@dataclass(frozen=True)
class Undone:
    """What a restore makes again in a back-up. `uncertain`: erasures of which the journal does not say they are done.

    `words`: by alumnus and subject the day of the last no; None for a later yes. `apart`: the
    merges that it takes back, since of those who became one only one was erased.
    """

    erased: Collection[int]
    uncertain: int
    words: dict[tuple[int, Subject], date | None]
    names: Collection[tuple[str, str]]
    addresses: Collection[str]
    digests: Collection[str]
    """Of their tombstones."""
    apart: Sequence[str] = ()


def undone(announced: Iterable[Announced], model: Model) -> Undone:
    """For a back-up of this region, in which those are made two again of whom only one was erased since.

    Where that cannot be any more both are erased, as they are where the one was who stayed.

    A no counts unless it is known that it was never committed. A yes counts only if it was: else a no that was said
    before it would be forgotten.
    """
    known = {key: person for person in model.people.values() for key in person.keys}
    erased: set[int] = set()
    uncertain: set[int] = set()
    names: set[tuple[str, str]] = set()
    addresses: set[str] = set()
    digests: set[str] = set()
    for one in announced:
        if one.done is False:
            continue
        names |= one.names
        addresses |= one.addresses
        digests |= {digest for act in one.acts for digest in act.digests}
        erased |= one.erased & known.keys()
        uncertain |= one.erased & known.keys() if one.done is None else set()
    alone = sorted(key for key in erased if key not in model.people and known[key].key not in erased)
    apart = [merge for key in alone for merge in take_apart(model, key)]
    again = {key for key in erased if key in model.people}
    held = {key: person.key for person in model.people.values() for key in person.keys if key not in model.people}
    with_them = {held[key] for key in erased if key in held} - again  # one for good with whoever was erased
    surely = {held[key] for key in erased - uncertain if key in held}
    count = len(uncertain & again) + len(with_them - surely)
    return Undone(again | with_them, count, _words(announced, model), names, addresses, digests, apart)


def _words(announced: Iterable[Announced], model: Model) -> dict[tuple[int, Subject], date | None]:
    """The last word of each, and of those who became one any no."""
    last: dict[tuple[int, Subject], date | None] = {}
    for one in announced:
        for act in one.acts if one.done is not False else ():
            if act.what != ERASE and (act.holds or one.done):
                last[act.key, _subject(act)] = one.day if act.holds else None
    words: dict[tuple[int, Subject], date | None] = {}
    subjects = [None, *Purpose, *sorted({one for _, one in last if isinstance(one, tuple)})]
    for person in model.people.values():
        for key in person.keys:
            for subject in subjects:
                if (key, subject) not in last:
                    continue
                day, earlier = last[key, subject], words.get((person.key, subject))
                if key == person.key or day is not None:
                    words[person.key, subject] = max((d for d in (day, earlier) if d is not None), default=None)
    return words


def take_back(model: Model, again: Undone, today: date) -> tuple[int, int]:
    """Withdraws and objects again in the model of a back-up; how many consents, how many objections changed."""
    withdrawn = objections = 0
    for (key, purpose), since in again.words.items():
        person = model.people.get(key)
        if person is None or key in again.erased:
            continue
        if purpose is None:
            objections += person.objects != (since is not None)
            if person.objects != (since is not None):
                person.objected = None if since is None else today
            continue
        if isinstance(purpose, tuple):
            if since is not None:
                _take_back_other(model, person, *purpose, since)
            continue
        said = person.consents.get(purpose)
        in_force = said is not None and said.withdrawn is None
        if said is None or not in_force or since is None or (said.given is not None and said.given > since):
            continue  # given again after that no
        model.state(person, purpose, given=False, today=today)
        withdrawn += 1
    return withdrawn, objections


def _take_back_other(model: Model, person: Person, what: str, scope: str, since: date) -> None:
    """Mail that was stopped, calendars, and an objection to aftercare, which a person decides on again."""
    owed = model.owed[letters.TABLE]
    if what == STOP and scope not in model.stopped(person) and (person.key, scope) not in owed:
        owed.append((person.key, scope))
    elif what == AFTERCARE and not aftercare.stands(model, person):
        model.owed[aftercare.TABLE].append((person.key, "open"))
    elif what == CALENDAR:
        calendars.take_back(model, person, since)
