"""What people browse without a ranking: the list of alumni, their schools, and the courses.

Lists are cached per process and follow the data: after a small change only the changed records are read and merged.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import NamedTuple, cast

from matcher.domain.kinds import Purpose
from matcher.domain.records import Alumnus, Offering, RecordKind
from matcher.ports import Store
from matcher.repositories import Records
from matcher.repositories.values import Changes
from matcher.text import fold

MOST_READ = 5_000
"""Up to this many changed records are read one by one; beyond that, reading all records is as fast."""


class Person(NamedTuple):
    """An alumnus in a list: never a name, an address or free text.

    A tuple, since 100,000 of them are made and sorted (by school and id, which no two share) in a fifth of a second.
    """

    school: str
    id: str
    key: int
    function: str | None
    sector: str | None
    town: str | None
    agreed_on: date | None = None
    """The day of the consent to advice, `date.max` where it has none; None without consent, or with an objection."""

    @classmethod
    def of(cls, alumnus: Alumnus) -> Person:
        """The pseudonymous part of an alumnus."""
        person = alumnus.school, alumnus.alumnus_id, alumnus.key, alumnus.function, alumnus.sector, alumnus.town
        given_on = [
            consent.given_on or date.max
            for consent in alumnus.consents
            if consent.purpose is Purpose.LLO_ADVICE and consent.withdrawn_on is None
        ]
        return cls(*person, given_on[0] if given_on else None)


_SCHOOL, _SECTOR, _FUNCTION = map(attrgetter, ("school", "sector", "function"))


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter on the list of alumni: school by equality, the rest by substring, ignoring case and accents."""

    id: str = ""
    school: str = ""
    sector: str = ""
    function: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is filled in."""
        return bool(self.id or self.school or self.sector or self.function)


@dataclass(frozen=True, slots=True)
class Directory:
    """Every alumnus at one state of the data (`Records.origin`), by school and id (code points)."""

    origin: str
    people: Sequence[Person]

    def search(
        self, wanted: Filter, school: str | None = None, *, agreed_since: date | None = None
    ) -> Sequence[Person]:
        """The people that pass the filter, in order; `school` limits them to one school, whatever the filter says.

        `agreed_since`: only those whose consent to advice was given on that day or later, or has no day.
        """
        people = self.people
        for name in (school, wanted.school):
            if name:
                people = _of_school(people, name)
        if agreed_since is not None:
            people = [person for person in people if person.agreed_on is not None and person.agreed_on >= agreed_since]
        if wanted.sector:
            sectors = _containing(wanted.sector, set(map(_SECTOR, people)))
            people = [person for person in people if person.sector in sectors]
        if wanted.function:
            functions = _containing(wanted.function, set(map(_FUNCTION, people)))
            people = [person for person in people if person.function in functions]
        if wanted.id:
            part = fold(wanted.id)
            people = [person for person in people if part in fold(person.id)]
        return people


def _of_school(people: Sequence[Person], school: str) -> Sequence[Person]:
    start = bisect_left(people, school, key=_SCHOOL)
    return people[start : bisect_right(people, school, lo=start, key=_SCHOOL)]


def _containing(part: str, texts: Iterable[str | None]) -> set[str | None]:
    """The texts that contain a part: each is folded once, however many people share it."""
    folded = fold(part)
    return {text for text in texts if folded in fold(text or "")}


@dataclass(frozen=True, slots=True)
class Courses:
    """Every course at one state of the data, by first day, those without a first day last."""

    origin: str
    offerings: Sequence[Offering]


def newest_directory(store: Store, before: Directory | None = None) -> Directory:
    """The directory of the newest state; from the one before, only what changed since is read.

    Raises StoreUnavailable.
    """
    if before is not None and before.origin == store.origin():
        return before
    with store.read() as records:
        origin = records.changes.origin()
        changes = _changes(records, before)
        if before is None or changes is None or len(changes.alumni) > MOST_READ:
            return Directory(origin, sorted(map(Person._make, records.directory.alumni())))
        changed = [Person._make(row) for row in records.directory.alumni(changes.alumni)]
    return Directory(origin, _with_changes(before.people, changed, changes.alumni))


def _with_changes(people: Sequence[Person], changed: Sequence[Person], keys: Collection[int]) -> Sequence[Person]:
    """The people with the records of these keys brought up to date; `keys` that are not in `changed` are gone.

    An alumnus whose school and id are the same stays in place; only new, renamed and erased ones need a walk through
    the list.
    """
    updated, moved = list(people), set(keys)
    for person in changed:
        position = bisect_left(updated, person[:2])
        if position < len(updated) and updated[position].key == person.key:
            updated[position] = person
            moved.remove(person.key)
    if moved:
        updated = [person for person in updated if person.key not in moved]
        for person in changed:
            if person.key in moved:
                insort(updated, person)
    return updated


def newest_courses(store: Store, before: Courses | None = None) -> Courses:
    """The courses of the newest state; from those before, only what changed since is read. Raises StoreUnavailable."""
    if before is not None and before.origin == store.origin():
        return before
    with store.read() as records:
        origin = records.changes.origin()
        changes = _changes(records, before)
        if before is None or changes is None or len(changes.offerings) > MOST_READ:
            return Courses(origin, sorted(_offerings(records), key=_first_day))
        changed = records.records.by_key(RecordKind.OFFERINGS, list(changes.offerings))
    others = [offering for offering in before.offerings if offering.key not in changes.offerings]
    return Courses(origin, sorted([*others, *cast("Iterable[Offering]", changed.values())], key=_first_day))


def _changes(records: Records, before: Directory | Courses | None) -> Changes | None:
    if before is None:
        return None
    known = (person.key for person in before.people) if isinstance(before, Directory) else ()
    return records.changes.since(before.origin, known)


def _offerings(records: Records) -> Iterator[Offering]:
    return cast("Iterator[Offering]", records.records.stream(RecordKind.OFFERINGS))


def _first_day(offering: Offering) -> tuple[date, str, int]:
    return offering.start or date.max, offering.title, offering.key


def schools(store: Store) -> tuple[str, ...]:
    """The schools of all alumni, by name. Raises StoreUnavailable."""
    with store.read() as records:
        return spellings(records.directory.schools())


def sectors(people: Sequence[Person]) -> tuple[str, ...]:
    """The sectors of these people, by name."""
    return spellings(map(_SECTOR, people))


def spellings(words: Iterable[str | None]) -> tuple[str, ...]:
    """Each word once, without surrounding space, sorted."""
    return tuple(sorted({word.strip() for word in set(words) if word and word.strip()}))


def made_here(store: Store, offerings: Sequence[Offering]) -> list[Offering]:
    """Those that came from no source: what others publish is theirs to give out. Raises StoreUnavailable."""
    with store.read() as records:
        brought = records.sources.brought()
    return [one for one in offerings if (one.offering_id, one.provider) not in brought]


def claims(store: Store) -> int:
    """A number that is another once a source was read again, which may claim what was here. Raises StoreUnavailable."""
    with store.read() as records:
        return records.connectors.version()
