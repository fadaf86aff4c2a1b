"""Own fields of a school: which there are, what its alumni have of them and say of them, and who has certain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from matcher.domain import own_fields as domain
from matcher.domain.own_fields import (
    LONGEST_NAME,
    LONGEST_VALUE,
    MOST_CHOICES,
    OwnField,
    OwnKind,
    OwnSpec,
    choice_of,
    own_key,
    own_name,
    value_of,
)
from matcher.domain.records import Alumnus, RecordKind
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.services import admission, lookup
from matcher.services.app import StoreApp
from matcher.services.directory import Person
from matcher.services.own_columns import OwnValues, values_of
from matcher.spreadsheets.forbidden import Sensitive, forbidden_value
from matcher.spreadsheets.own import check_name
from matcher.spreadsheets.withheld import BSN


@dataclass(frozen=True, slots=True)
class Listed:
    """An own field, and how many alumni have a value of it."""

    field: OwnField
    count: int


def listed(app: StoreApp, asker: Asker, school: str | None = None) -> list[Listed]:
    """The own fields of a school, or of all, in the order in which they were made. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.FIELDS_MANAGE, school)
    with app.store.read() as records:
        fields = records.own_fields.of(owner)
        having = [key for values in records.own_fields.of_school(owner).values() for key in values] if fields else []
    return [Listed(field, having.count(field.key)) for field in fields]


def add(app: StoreApp, asker: Asker, spec: OwnSpec, school: str | None = None) -> OwnField:
    """Makes an own field. Raises Forbidden, UnknownId, InvalidValue for a name that may not be, or an eleventh."""
    owner = asker.owner(Action.FIELDS_MANAGE, school)
    check_name(spec.name)
    if spec.kind is OwnKind.CHOICE or spec.choices:
        _check_choices(spec.choices)

    def work(tx: Transaction) -> OwnField:
        name = owner if owner in tx.records.schools() else None
        if name is None:
            raise UnknownId("unknown_school", school=owner or "")
        field = tx.own_fields.add(name, spec)
        tx.note("fields.add", {"field": field.key, "school": name})
        return field

    return app.store.write(work, by=asker)


def rename(app: StoreApp, asker: Asker, name: str, new: str, school: str | None = None) -> None:
    """Gives an own field another name; its values stay. Raises Forbidden, UnknownId, InvalidValue."""
    owner = asker.owner(Action.FIELDS_MANAGE, school)
    check_name(new)

    def work(tx: Transaction) -> None:
        field = _one(tx, owner, name)
        tx.own_fields.rename(field.key, new)
        tx.note("fields.rename", {"field": field.key, "school": field.school})

    app.store.write(work, by=asker)


def add_choices(app: StoreApp, asker: Asker, name: str, choices: Sequence[str], school: str | None = None) -> OwnField:
    """Adds to what may be chosen; one that is there already stays as it is.

    Raises Forbidden, UnknownId, InvalidValue for a field that is no choice, or more than twenty.
    """
    owner = asker.owner(Action.FIELDS_MANAGE, school)

    def work(tx: Transaction) -> OwnField:
        field = _one(tx, owner, name)
        if field.kind is not OwnKind.CHOICE:
            raise InvalidValue("own_field_no_choice", name=field.name)
        new = [text for text in map(_plain, choices) if choice_of(field.choices, text) is None]
        whole = (*field.choices, *dict.fromkeys(new))
        _check_choices(whole)
        tx.own_fields.set_choices(field.key, whole)
        tx.note("fields.choices", {"field": field.key, "school": field.school})
        return _one(tx, owner, name)

    return app.store.write(work, by=asker)


def remove(app: StoreApp, asker: Asker, name: str, school: str | None = None, *, most: int | None = None) -> int:
    """Removes an own field with the values of it; returns of how many alumni.

    `most`: what was said beforehand; where more values would go by now, nothing is done.
    Raises Forbidden, UnknownId, InvalidValue.
    """
    owner = asker.owner(Action.FIELDS_MANAGE, school)

    def work(tx: Transaction) -> int:
        field = _one(tx, owner, name)
        count = tx.own_fields.remove(field.key)
        if most is not None and count > most:
            raise InvalidValue("own_field_more", name=field.name, count=count)
        tx.note("fields.remove", {"field": field.key, "school": field.school, "count": count})
        return count

    return app.store.write(work, by=asker)


def having(app: StoreApp, asker: Asker, wanted: OwnValues, school: str | None = None) -> list[Person]:
    """The alumni of a school who have all of these values, by id; those whom the asker may list. They are logged.

    `wanted`: by name, values as in a spreadsheet. Raises Forbidden, UnknownId, InvalidValue for a value that the field
    cannot hold.
    """
    owner, agreed = asker.owner(Action.ALUMNI_LIST, school), admission.agreement(app, asker)

    def work(tx: Transaction) -> list[Person]:
        fields = [_one(tx, owner, name) for name in wanted]
        sought = {field.key: stored(field, text) for field, text in zip(fields, wanted.values(), strict=True)}
        schools = {field.school for field in fields}
        keys = domain.having(tx.own_fields.of_school(schools.pop()), sought) if len(schools) == 1 else []
        alumni = cast("dict[int, Alumnus]", tx.records.by_key(RecordKind.ALUMNI, keys))
        people = sorted(map(Person.of, alumni.values()))
        if agreed is not None:
            people = [one for one in people if one.agreed_on is not None and one.agreed_on >= agreed.since]
        if people:
            tx.note(Action.ALUMNI_LIST, {"alumni": sorted(person.key for person in people)})
        return people

    return app.store.write(work, by=asker)


def shown(app: StoreApp, asker: Asker, keys: Sequence[int]) -> dict[int, OwnValues]:
    """What these alumni have, by random key, as far as they are of the asker's school; without what is personal.

    For who may list alumni, next to a list that was logged: lists are without names. Raises Forbidden.
    """
    owner = asker.owner(Action.ALUMNI_LIST)
    with app.store.read() as records:
        return values_of(records, keys, owner, personal=False)


def correct(
    app: StoreApp,
    asker: Asker,
    name: str,
    text: str | None,
    *,
    alumnus_id: str | None = None,
    school: str | None = None,
) -> OwnField:
    """Sets what an alumnus has of an own field as the alumnus says it is; None or nothing clears.

    It survives the next import. Raises Forbidden, UnknownId, AmbiguousId, InvalidValue for a value that the field
    cannot hold, or that may not be kept.
    """

    def work(tx: Transaction) -> OwnField:
        alumnus = lookup.alumnus(tx, asker, Action.PERSON_CORRECT, alumnus_id, school)
        field = _of_alumnus(tx, alumnus, name)
        tx.people.correct(alumnus.key, own_name(field.key), _stated(field, text or ""))
        tx.note(Action.PERSON_CORRECT, {"alumnus": alumnus.key, "field": own_name(field.key)})
        return field

    return app.store.write(work, by=asker)


def current(
    app: StoreApp, asker: Asker, name: str, *, alumnus_id: str | None = None, school: str | None = None
) -> tuple[OwnField, str]:
    """An own field, and what an alumnus has of it ('' for nothing), for an asker who may correct it.

    Showing it is logged. Raises Forbidden, UnknownId, AmbiguousId.
    """

    def work(tx: Transaction) -> tuple[OwnField, str]:
        alumnus = lookup.alumnus(tx, asker, Action.PERSON_CORRECT, alumnus_id, school)
        field = _of_alumnus(tx, alumnus, name)
        tx.note(Action.PERSON_READ, {"alumnus": alumnus.key, "field": own_name(field.key)})
        return field, tx.own_fields.values([alumnus.key]).get(alumnus.key, {}).get(field.key, "")

    return app.store.write(work, by=asker)


def _of_alumnus(records: Records, alumnus: Alumnus, name: str) -> OwnField:
    """An own field of the school of an alumnus. Raises UnknownId, which says which there are."""
    fields = records.own_fields.of(alumnus.school)
    if not fields:
        raise UnknownId("own_fields_none", school=alumnus.school)
    found = next((field for field in fields if own_key(field.name) == own_key(name)), None)
    if found is None:
        raise UnknownId("own_field_none", name=name[:LONGEST_NAME], choices=[field.name for field in fields])
    return found


def _stated(field: OwnField, text: str) -> str | None:
    """What somebody says of an own field, as it is kept; None for nothing. Raises InvalidValue."""
    said = text.replace("\r\n", "\n").strip()
    if not said:
        return None
    why = forbidden_value(said)
    if why is not None:
        raise InvalidValue(BSN if why is Sensitive.BSN else "own_forbidden")
    if len(said) > LONGEST_VALUE:
        raise InvalidValue("own_field_long", name=field.name, most=LONGEST_VALUE)
    return stored(field, said)


def stored(field: OwnField, text: str) -> str:
    """A value in the form in which it is kept. Raises InvalidValue where the field cannot hold it."""
    value = value_of(field, text)
    if value is not None:
        return value
    if field.kind is OwnKind.TEXT:
        raise InvalidValue("own_field_value_any", name=field.name, value=text[:40])
    choices = list(field.choices) if field.kind is OwnKind.CHOICE else ["ja", "nee"]
    raise InvalidValue("own_field_value", name=field.name, value=text[:40], choices=choices)


def _one(records: Records, school: str | None, name: str) -> OwnField:
    found = [field for field in records.own_fields.of(school) if own_key(field.name) == own_key(name)]
    if not found:
        raise UnknownId("own_field_unknown", name=name[:60])
    if len(found) > 1:
        raise InvalidValue("own_field_several", name=found[0].name, choices=[field.school for field in found])
    return found[0]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _check_choices(choices: Sequence[str]) -> None:
    """Raises InvalidValue for none or too many, and for what may not be stored."""
    plain = list(map(_plain, choices))
    wrong = any(not text or len(text) > LONGEST_VALUE or forbidden_value(text) is not None for text in plain)
    if not 0 < len(plain) <= MOST_CHOICES or wrong:
        raise InvalidValue("own_field_choices", most=MOST_CHOICES)
