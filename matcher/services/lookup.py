"""From the ids of a spreadsheet to records, within what the asker may see.

Another school's record is as unknown as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar, cast

from matcher.domain.aftercare import AftercareCase, AftercareContact
from matcher.domain.ledger import LedgerLine
from matcher.domain.records import Alumnus, Offering, Record, RecordKind, Request, owner_of
from matcher.errors import AmbiguousId, InvalidValue, UnknownId
from matcher.policy import Action, Asker, Scope
from matcher.repositories import Records
from matcher.text import id_key

QueryKind = Literal["request", "offering", "alumnus"]

_Row = TypeVar("_Row", LedgerLine, AftercareContact, AftercareCase)

RECORDS: dict[QueryKind, RecordKind] = {
    "request": RecordKind.REQUESTS,
    "offering": RecordKind.OFFERINGS,
    "alumnus": RecordKind.ALUMNI,
}


def only(records: Records, kind: QueryKind, id_: str, owner: str | None = None) -> Record:
    """The only record of this kind with this id. Raises UnknownId, AmbiguousId (name the school or the provider)."""
    id_ = id_.strip()
    matches = records.records.find(RECORDS[kind], id_, owner)
    if not matches:
        elsewhere = records.records.find(RECORDS[kind], id_) if owner else []
        if elsewhere:
            choices = sorted(map(owner_of, elsewhere))
            raise UnknownId("unknown_at_owner", kind=kind, id=id_, owner=owner, choices=choices)
        raise UnknownId("unknown_id", kind=kind, id=id_, owner=owner or "")
    if len(matches) > 1:
        raise AmbiguousId("ambiguous_id", kind=kind, id=id_, choices=sorted(map(owner_of, matches)))
    return matches[0]


def alumnus(
    records: Records, asker: Asker, action: Action, alumnus_id: str | None, school: str | None = None
) -> Alumnus:
    """The alumnus with this id, if the asker may do this; without an id the asking alumnus.

    Raises Forbidden, UnknownId, AmbiguousId.
    """
    owner = asker.owner(action, school)
    if asker.scope(action) is Scope.SELF:
        own = own_record(records, asker)
        if alumnus_id is not None and alumnus_id.strip() != own.alumnus_id:
            raise UnknownId("unknown_id", kind="alumnus", id=alumnus_id, owner=owner or "")
        return own
    number = (alumnus_id or "").strip()
    if owner is not None:  # whoever was merged is found by the former number too
        number = records.merges.number_of(owner, number) or number
    with unless_of_others(asker, "unknown_id", kind="alumnus", id=alumnus_id or "", owner=""):
        return cast("Alumnus", only(records, "alumnus", number, owner))


def request(records: Records, asker: Asker, action: Action, request_id: str, school: str | None = None) -> Request:
    """The request with this id, if the asker may do this. Raises Forbidden, UnknownId, AmbiguousId."""
    owner = asker.owner(action, school)
    with unless_of_others(asker, "unknown_id", kind="request", id=request_id, owner=""):
        record = cast("Request", only(records, "request", request_id, owner))
    if record.kind not in asker.kinds():
        raise UnknownId("unknown_id", kind="request", id=request_id, owner="")
    return record


def offering(records: Records, offering_id: str, provider: str | None = None) -> Offering:
    """The course with this id; every asker may see courses. Raises UnknownId, AmbiguousId."""
    return cast("Offering", only(records, "offering", offering_id, provider))


def own_record(records: Records, asker: Asker) -> Alumnus:
    """The asking alumnus. Raises UnknownId if they were erased meanwhile."""
    rows = records.records.by_key(RecordKind.ALUMNI, [asker.alumnus_key or 0])
    if not rows:
        raise UnknownId("unknown_id", kind="alumnus", id="", owner=asker.school or "")
    return cast("Alumnus", next(iter(rows.values())))


def request_at(records: Records, key: int | None) -> Request | None:
    """The request with this random key; None for none, or where it is gone."""
    found = None if key is None else records.records.by_key(RecordKind.REQUESTS, [key]).get(key)
    return found if isinstance(found, Request) else None


def owner_named(records: Records, name: str) -> str | None:
    """The school, employer or provider with this name, as spelled here; None if it has no record here."""
    known = records.records.owners()
    return name if name in known else next((owner for owner in known if id_key(owner) == id_key(name)), None)


def owner_meant(records: Records, asker: Asker, owner: str | None) -> str | None:
    """What an answer is limited to (`Asker.owner`), as it is spelled here; None for all. Raises UnknownId."""
    if owner is None or asker.school is not None:
        return owner
    named = owner_named(records, owner)
    if named is None:
        raise UnknownId("unknown_school", school=owner)
    return named


def one_school(records: Records, asker: Asker, action: Action, school: str | None) -> str:
    """The school that an asker means. Raises Forbidden, UnknownId, InvalidValue('name_a_school')."""
    owner = owner_meant(records, asker, asker.owner(action, school))
    if owner is not None:
        return owner
    schools = records.records.schools()
    if len(schools) != 1:
        raise InvalidValue("name_a_school", choices=schools)
    return schools[0]


def by_alumnus(rows: Iterable[_Row]) -> dict[int, list[_Row]]:
    """Rows about alumni by random key, each in their order."""
    found: dict[int, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.alumnus_key, []).append(row)
    return found


@contextmanager
def unless_of_others(asker: Asker, code: str, **values: object) -> Iterator[None]:
    """To an asker of one school, another school's record looks the same as one that does not exist."""
    try:
        yield
    except (UnknownId, AmbiguousId):
        if asker.school is None:
            raise
        raise UnknownId(code, **values) from None
