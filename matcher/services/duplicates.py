"""Alumni who may be one person: a person decides, never the program, and what was merged can be two again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.domain.records import Alumnus, Contact
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker
from matcher.pool.build import texts_of
from matcher.repositories import Records, Transaction
from matcher.repositories.values import KeptConsent, KeptMerge, PossiblePair, Side, Unmerged
from matcher.services import lookup
from matcher.services.app import StoreApp
from matcher.services.own_columns import OwnValues, values_of

MOST_LISTED = 500
"""Pairs of a list."""


@dataclass(frozen=True, slots=True)
class One:
    """One of two alumni, with contact details, consents, and what there is in own fields of the school, by name."""

    alumnus: Alumnus
    contact: Contact
    consents: tuple[KeptConsent, ...]
    objects: bool
    own: OwnValues


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two alumni side by side; `sides`: of each field, the one that a merge would take if nobody chooses."""

    kept: One
    gone: One
    sides: Mapping[str, Side]


def possible(app: StoreApp, asker: Asker, school: str | None = None) -> list[PossiblePair]:
    """The pairs that may be one person, by number; those of whom someone said that they are two are not among them.

    By address, telephone number, number but for marks and zeros, or whole name with a year of leaving. At most
    MOST_LISTED. Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.PERSON_MERGE, school)
    with app.store.read() as records:
        return records.duplicates.pairs(owner, MOST_LISTED)


def compared(app: StoreApp, asker: Asker, kept: str, gone: str, *, school: str | None = None) -> Comparison:
    """Both alumni, for whoever decides. Raises Forbidden, UnknownId, AmbiguousId, InvalidValue."""

    def look(tx: Transaction) -> Comparison:
        one, other = _pair(tx, asker, kept, gone, school)
        sides = tx.duplicates.sides(one.key, other.key, {})
        tx.note("person.compare", {"alumni": [one.key, other.key]})
        return Comparison(_one(tx, one), _one(tx, other), sides)

    return app.store.write(look, by=asker)


def different(app: StoreApp, asker: Asker, one: str, other: str, *, school: str | None = None) -> bool:
    """Remembers that these are two people; False if that was known. Raises as `compared`."""

    def work(tx: Transaction) -> bool:
        first, second = _pair(tx, asker, one, other, school)
        is_new = tx.duplicates.differ(first.key, second.key)
        tx.note("person.different", {"alumni": [first.key, second.key]})
        return is_new

    return app.store.write(work, by=asker)


def merge(
    app: StoreApp,
    asker: Asker,
    kept: str,
    gone: str,
    chosen: Mapping[str, Side] | None = None,
    *,
    school: str | None = None,
) -> str:
    """Makes one alumnus of two, in one transaction, which notes it; returns the id with which it can be undone.

    A field is of the side chosen, else of the one who stated it, else of the kept one where that is filled in;
    qualifications, skills and offers are united. A consent is in force only where one has it and the person withdrew
    it of neither; an objection of either stays. Raises as `compared`.
    """

    def work(tx: Transaction) -> str:
        one, other = _pair(tx, asker, kept, gone, school)
        hashes = texts_of([other], []).keys() - texts_of([one], []).keys()
        return tx.duplicates.merge(one.key, other.key, chosen or {}, hashes)

    return app.store.write(work, by=asker)


def merged(app: StoreApp, asker: Asker, school: str | None = None) -> list[KeptMerge]:
    """The merges of the last 30 days that can be undone, the newest first. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.PERSON_MERGE, school)
    with app.store.read() as records:
        return records.merges.listed(owner)


def undo_merge(app: StoreApp, asker: Asker, merge_id: str) -> Unmerged:
    """Makes two alumni again, and names what was changed since.

    What came in since stays with the kept one, but for what only the other had. A consent given since is of neither,
    one that was taken back since, and an objection, of both.

    Raises Forbidden, UnknownId('unknown_merge') for one that there is not, or that is another school's,
    InvalidValue('later_merge') where a later merge of the same alumnus has to be undone first, and
    InvalidValue('number_taken').
    """
    owner = asker.owner(Action.PERSON_MERGE)

    def work(tx: Transaction) -> Unmerged:
        found = tx.merges.find(merge_id.strip().upper())
        if found is None or (owner is not None and found.school != owner):
            raise UnknownId("unknown_merge", id=merge_id)
        return tx.merges.undo(found.id)

    return app.store.write(work, by=asker)


def _pair(records: Records, asker: Asker, one: str, other: str, school: str | None) -> tuple[Alumnus, Alumnus]:
    first, second = (lookup.alumnus(records, asker, Action.PERSON_MERGE, number, school) for number in (one, other))
    if first.key == second.key:
        raise InvalidValue("same_number", id=first.alumnus_id)
    if first.school != second.school:
        raise InvalidValue("two_schools")
    return first, second


def _one(records: Records, alumnus: Alumnus) -> One:
    consents = tuple(records.consents.of(alumnus.key))
    contact = records.people.contact(alumnus.key) or Contact()
    objects = records.consents.objects_since(alumnus.key) is not None
    own = values_of(records, [alumnus.key], alumnus.school).get(alumnus.key, {})
    return One(alumnus, contact, consents, objects, own)
