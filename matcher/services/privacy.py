"""What an alumnus may ask of us: what is known and what it was used for, consent, an objection, to be erased.

`who` None is the command line. Every use case is limited by the table of rights and leaves an entry in the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import cache
from typing import Any, cast

from matcher.domain.fields import StatedBy
from matcher.domain.kinds import Purpose
from matcher.domain.records import Alumnus, Contact, RecordKind, fields_of
from matcher.engine.current import Engine
from matcher.errors import InvalidValue
from matcher.policy import Action, Asker
from matcher.pool.build import texts_of
from matcher.services.matching import person
from matcher.spreadsheets.cells import CellProblem, parse
from matcher.spreadsheets.columns import Column, columns_of
from matcher.spreadsheets.writer import cell, decimal_text

CONSENT_TEXT = "2026-11"
"""Version of what the pages ask consent for; it is kept with each consent."""


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure and its proof: where the person was still found afterwards; nowhere, if all is well."""

    revision: int
    found_in: tuple[str, ...]


def known(
    engine: Engine,
    asker: Asker | None,
    alumnus_id: str | None = None,
    *,
    school: str | None = None,
    newest: int | None = None,
) -> Any:
    """Everything that is kept about a person, where it comes from, and what it was used for. Plain values, for JSON.

    Of the log, and of what follows from it, the newest comes first; only so many entries where `newest` says it.

    AVG 13-15: `record` with the source of each field, `contact`, `consents`, `objects_since`, `derived`, `ledger`,
    `shown` (each ranking in which the person was, to which role, with which score and versions), `messages` and `log`.
    """
    one = person(engine, asker, Action.PERSON_READ, alumnus_id, school)
    store = engine.store
    stated = store.stated_fields(one.key)
    entries = store.entries_about(one.key, limit=newest)
    engine.store.log(asker, Action.PERSON_READ.value, {"alumnus": one.key})
    contact = filled(store.contact(one.key))
    return {
        "id": one.alumnus_id,
        "school": one.school,
        "record": [
            {"field": name, "value": _plain(value), "source": "person" if name in stated else "import"}
            for name, value in _record(one)
        ],
        "contact": contact,
        "contact_source": {name: "person" if name in stated else "import" for name in contact},
        "consents": [_plain(asdict(consent)) for consent in store.kept_consents(one.key)],
        "objects_since": _plain(store.objects_since(one.key)),
        "derived": ["text_vectors", "skill_codes", "place_coordinates"],
        "ledger": [
            {"event": line.event.value, "on": line.on.isoformat(), "request": line.request_key}
            for line in store.ledger_of(one.key)
        ],
        "shown": list(_shown(one.key, entries)),
        "messages": [
            {"at": entry.at.isoformat(), "message": entry.details["message"]}
            for entry in entries
            if entry.action == "message"
        ],
        "log": [
            {"entry": entry.id, "at": entry.at.isoformat(), "role": entry.role, "action": entry.action}
            for entry in entries
        ],
    }


def filled(contact: Contact | None) -> dict[str, str]:
    """The contact details that there are, by field."""
    return {name: value for name, value in asdict(contact or Contact()).items() if value is not None}


def _record(one: Alumnus) -> Iterator[tuple[str, Any]]:
    for field in fields(one):
        value = getattr(one, field.name)
        if field.name not in {"alumnus_id", "school", "key", "contact", "consents"} and value not in (None, ()):
            yield field.name, value


def _shown(key: int, entries: Any) -> Iterator[Mapping[str, Any]]:
    for entry in entries:
        for rank, (shown, score) in enumerate(entry.details.get("shown", []), 1):
            if shown == key:
                told = {name: entry.details[name] for name in ("purpose", "as_of", "weights", "revision")}
                place = {"rank": entry.details.get("rank", rank), "score": score}
                yield {"entry": entry.id, "at": entry.at.isoformat(), "to": entry.role, **told, **place}


def _plain(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case frozenset():
            return sorted(_plain(item) for item in value)
        case _ if hasattr(value, "__dataclass_fields__"):
            return _plain(asdict(value))
        case _:
            return value


def give(
    engine: Engine,
    asker: Asker | None,
    purpose: Purpose,
    *,
    given: bool,
    alumnus_id: str | None = None,
    school: str | None = None,
) -> None:
    """Consent for one purpose, given or withdrawn; the very next ranking, in every process, knows."""
    one = person(engine, asker, Action.CONSENT_WRITE, alumnus_id, school)
    today = engine.clock.today()
    engine.store.state_consent(one.key, purpose, given=given, today=today, version=CONSENT_TEXT, by=asker)


def correct(
    engine: Engine,
    asker: Asker | None,
    field: str,
    text: str,
    *,
    alumnus_id: str | None = None,
    school: str | None = None,
) -> None:
    """A field as the alumnus says it is, written as in a spreadsheet; empty clears. It survives the next import.

    Raises InvalidValue('not_a_field'), or with the code of what is wrong with the text.
    """
    one = person(engine, asker, Action.PERSON_CORRECT, alumnus_id, school)
    engine.store.correct(one.key, field, check(field, text), by=asker)


def check(field: str, text: str) -> object:
    """What a text says of a field; None where it clears it. Raises InvalidValue as `correct` does."""
    column = _column(field)
    try:
        return parse(column, text.strip(), []) if text.strip() else None
    except CellProblem as problem:
        raise InvalidValue(problem.code, **problem.values) from None


def _column(field: str) -> Column:
    column = correctable().get(field)
    if column is None:
        raise InvalidValue("not_a_field", value=field[:40], choices=list(correctable()))
    return column


def written(engine: Engine, asker: Asker | None, field: str, *, alumnus_id: str | None = None) -> str:
    """A field as it stands now, written as `correct` reads it: what is sent back unchanged changes nothing.

    Raises InvalidValue('not_a_field').
    """
    one = person(engine, asker, Action.PERSON_CORRECT, alumnus_id)
    column = _column(field)
    value = cell(replace(one, contact=engine.store.contact(one.key) or Contact()), column)
    if isinstance(value, float):
        return decimal_text(value)
    return "" if value is None else str(value)


@cache
def correctable() -> Mapping[str, Column]:
    """The columns of the fields that a person may state, by field."""
    own = {field.name for field in fields_of(RecordKind.ALUMNI) if field.stated_by is StatedBy.PERSON}
    return {column.field: column for column in columns_of(RecordKind.ALUMNI) if column.field in own}


def object_to_ranking(
    engine: Engine,
    asker: Asker | None,
    *,
    objects: bool,
    alumnus_id: str | None = None,
    school: str | None = None,
) -> None:
    """AVG 21: while somebody objects, no consent counts, so nobody finds this person; the consents themselves stay."""
    one = person(engine, asker, Action.CONSENT_WRITE, alumnus_id, school)
    engine.store.state_objection(one.key, objects=objects, today=engine.clock.today(), by=asker)


def erase(engine: Engine, asker: Asker | None, alumnus_id: str | None = None, *, school: str | None = None) -> Erased:
    """AVG 17: record, contact details, consents, accounts, links, ledger and vectors, then pool and snapshot.

    The proof looks for what is gone: in the tables by key, by id and by address, in the pool, among the vectors, and in
    an index on other machines. Who else has the same text gets a new vector of it.
    """
    return erase_records(engine, asker, [person(engine, asker, Action.PERSON_ERASE, alumnus_id, school).key])


def keep(engine: Engine, asker: Asker | None, alumnus_id: str | None = None, *, school: str | None = None) -> None:
    """The person says that the data may stay for another term."""
    one = person(engine, asker, Action.CONSENT_WRITE, alumnus_id, school)
    engine.store.keep(one.key, today=engine.clock.today(), by=asker)


def erase_records(engine: Engine, asker: Asker | None, keys: Sequence[int]) -> Erased:
    """`erase`, for people who are known already, by random key; derived state is brought up to date once.

    Who is gone already is left out, and looked for all the same.
    """
    store = engine.store
    people = cast("dict[int, Alumnus]", store.by_key(RecordKind.ALUMNI, keys))
    addresses = {key: contact.email for key in keys if (contact := store.contact(key)) and contact.email}
    today = engine.clock.today()
    engine.recall()
    texts = {key: list(texts_of([one], [])) for key, one in people.items()}
    for key, hashes in texts.items():
        store.erase(key, hashes, today=today, by=asker)
    pool, vectors = engine.forget_past([hash_ for hashes in texts.values() for hash_ in hashes])
    again = {
        "alumni": store.by_key(RecordKind.ALUMNI, keys),
        "ids": [1 for one in people.values() if store.find(RecordKind.ALUMNI, one.alumnus_id, one.school)],
        "contacts": [key for key in keys if store.contact(key)],
        "addresses": [key for key, email in addresses.items() if key in {found for found, _ in store.alumni_at(email)}],
        "requests": [key for key, email in addresses.items() if store.requests_asked_at(email)],
        "consents": [key for key in keys if store.kept_consents(key)],
        "ledger": store.ledger_of(*keys),
        "pool": [key for key in keys if key in pool.person_row],
        "vectors": vectors,
        "index": engine.forget_served(keys),
    }
    return Erased(pool.revision, tuple(name for name, left in again.items() if left))
