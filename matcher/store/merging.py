"""Making one alumnus of two, and two again: what moves, what is kept for the undo, and what stays as it is now."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select

from matcher.domain.aftercare import BLOCKING
from matcher.domain.kinds import Purpose
from matcher.domain.own_fields import own_name
from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue
from matcher.repositories.values import Side
from matcher.store import schema
from matcher.store.codecs import LAYOUTS, load_qualifications
from matcher.store.consent_rules import Held
from matcher.store.digests import loosen
from matcher.store.erasure import addresses_of, digests_of, former_of, remember_addresses, unnumbered_names_of
from matcher.store.kept_rows import Content, day_of, of_type, plain, rows_of, typed
from matcher.store.keys import new_key
from matcher.store.marks import marks_of
from matcher.store.merge_rules import merged_consents, merged_fields, merged_own, merged_stated, sides_of
from matcher.store.own_fields import PREFIX, as_fields, own_part, put_values, there_of
from matcher.store.parted import Half, Now, Parting, addresses_said, part_since, said_since
from matcher.store.shared_rows import move_changes, part_changes, part_replies, unite_replies
from matcher.store.stored_records import (
    FOLLOWS,
    StoredRecord,
    beside_of,
    consents_of,
    objections_of,
    records_by_key,
)
from matcher.text import is_given_number

_LAYOUT = LAYOUTS[RecordKind.ALUMNI]
_WHOLE: tuple[tuple[Table, str], ...] = (
    (schema.alumni, "key"),
    (schema.contacts, "alumnus_key"),
    (schema.own_values, "alumnus_key"),
    (schema.consents, "alumnus_key"),
    (schema.objections, "alumnus_key"),
    (schema.retention, "alumnus_key"),
    (schema.former_addresses, "alumnus_key"),
    (schema.first_asks, "alumnus_key"),
    (schema.fact_days, "alumnus_key"),
    (schema.weekly_mail, "alumnus_key"),
)
"""The tables of which the rows of the one who goes are kept for the undo."""
_INHERITED: tuple[Table, ...] = (schema.first_asks, schema.fact_days, schema.weekly_mail)
"""Those of which the one who stays takes over the row where there is none: who was asked once is not asked again, and
whoever chose mail once a week gets it so."""
_MOVED: tuple[tuple[Table, str], ...] = (
    (schema.ledger, "id"),
    (schema.links, "token_hash"),
    (schema.outbox, "key"),
    (schema.accounts, "key"),
    (schema.merges, "key"),
    (schema.former_numbers, "number"),
    (schema.audit_former, "former_key"),
    (schema.grades, "key"),
    (schema.plan_lines, "key"),
    (schema.segment_people, "key"),
    (schema.invitations, "key"),
    (schema.mail_stops, "key"),
    (schema.closed_addresses, "key"),
    (schema.inbox_doubts, "key"),
    (schema.exposures, "request_key"),
    (schema.calendars, "key"),
    (schema.busy, "calendar_key"),
    (schema.aftercare_contacts, "key"),
    (schema.aftercare_cases, "key"),
    (schema.talks, "key"),
    (schema.appointments, "key"),
    (schema.shortlist, "key"),
    (schema.not_for_me, "key"),
    (schema.own_meanings, "key"),
    (schema.disputes, "key"),
)
"""The tables of which the rows move to the one who stays, and what names a row; of `audit_former` and `busy` it
names several."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An alumnus as stored: the record, consents, and since when they object."""

    record: StoredRecord
    consents: Mapping[Purpose, Held]
    objects_since: date | None

    def written(self) -> Content:
        """As JSON."""
        return {
            "fields": plain(self.record.fields),
            "stated": sorted(self.record.stated),
            "consents": {purpose.value: plain(list(held)) for purpose, held in self.consents.items()},
            "objects": plain(self.objects_since),
        }


def snapshot(connection: Connection, key: int) -> Snapshot:
    """An alumnus as stored. Raises KeyError."""
    record = records_by_key(connection, RecordKind.ALUMNI, [key])[key]
    return Snapshot(record, consents_of(connection, [key]).get(key, {}), objections_of(connection, [key]).get(key))


def merge(connection: Connection, kept_key: int, gone_key: int, chosen: Mapping[str, Side]) -> str:
    """Makes one alumnus of two on one connection; returns what an undo needs, as JSON. Raises KeyError."""
    kept, gone = snapshot(connection, kept_key), snapshot(connection, gone_key)
    state: Content = {
        "gone": {table.name: rows_of(connection, table, table.c[name] == gone_key) for table, name in _WHOLE},
        "before": kept.written(),
        "has_beside": kept.record.has_beside,
    }
    state["replies"] = unite_replies(connection, kept_key, gone_key)
    state["stops"] = sorted(_stops_of(connection, kept_key))
    state["cases"] = sorted(_cases_of(connection, kept_key))
    state["moved"] = _move(connection, kept_key, gone_key)
    state["inherited"] = _inherit(connection, kept_key, state["gone"])
    state |= move_changes(connection, kept_key, gone_key)
    state["pairs"] = [
        _move_conflicts(connection, kept_key, gone_key),
        _move_different(connection, kept_key, gone_key),
    ]
    _move_log(connection, kept_key, gone_key)
    addresses = [former_of(connection, kept_key), former_of(connection, gone_key)]
    connection.execute(schema.alumni.delete().where(schema.alumni.c.key == gone_key))
    sides = sides_of(kept.record, gone.record, chosen)
    fields = merged_fields(kept.record, gone.record, sides)
    _write_fields(connection, kept.record, fields, merged_stated(kept.record, gone.record, sides))
    own = merged_own(kept.record, gone.record)
    put_values(connection, {kept_key: own} if own else {})
    _write_consents(connection, kept_key, kept.consents, merged_consents(kept.consents, gone.consents))
    since = [day for day in (kept.objects_since, gone.objects_since) if day is not None]
    _write_objection(connection, kept_key, min(since) if since else None)
    for email in {kept.record.fields["email"], gone.record.fields["email"]} - {fields["email"], None}:
        remember_addresses(connection, {kept_key: email})
    names = (name for one in (kept.record, gone.record) for name in _unnumbered(one))
    digests = {*addresses[1], *digests_of(connection, names)}
    _add_former(connection, kept_key, digests - former_of(connection, kept_key))
    state["addresses"] = sorted(former_of(connection, kept_key) - addresses[0])
    state["own_addresses"] = sorted(addresses[0])
    state["after"] = snapshot(connection, kept_key).written()
    number = {"school": gone.record.owner, "number": gone.record.id, "alumnus_key": kept_key, "former_key": gone_key}
    connection.execute(schema.former_numbers.insert(), number)
    return json.dumps(plain(state), separators=(",", ":"))


def unmerge(connection: Connection, kept_key: int, gone_key: int, number: str, text: str) -> list[str]:
    """Makes two alumni again; returns the fields and purposes that changed since.

    What was said of neither before stays with the one who stayed (`parted`). Who withdrew or objected since did so for
    both. Raises KeyError, InvalidValue('number_taken').
    """
    state: Content = json.loads(text)
    now = snapshot(connection, kept_key)
    school = now.record.owner
    same = (schema.alumni.c.school == school, schema.alumni.c.alumnus_id == number)
    if connection.execute(select(schema.alumni.c.key).where(*same)).first() is not None:
        raise InvalidValue("number_taken", id=number)
    former = schema.former_numbers
    connection.execute(former.delete().where(former.c.school == school, former.c.number == number))
    for table, _ in _WHOLE:
        rows = [typed(table, row) for row in state["gone"].get(table.name, ())]
        if table is schema.own_values:  # a field that is gone by now is not there to have
            put_values(connection, {gone_key: own_part(as_fields(rows[0]["values"]))} if rows else {})
            continue
        if table is schema.contacts:
            rows = [{**row, **marks_of(row)} for row in rows]
        if rows:
            connection.execute(table.insert(), rows)
    numbers = {number, *state["moved"]["former_numbers"]}
    said = said_since(connection, kept_key, numbers)
    parting = replace(_parting(connection, gone_key, state), numbers=numbers, said=said)
    left, since = _restore(connection, now, gone_key, state, parting)
    _move_back(connection, kept_key, gone_key, state)
    earlier = {row[0] for row in state.get("own_imports", [])}
    part_since(connection, (kept_key, gone_key), earlier, parting, since)
    return left


# ---- what moves, and back


def _move(connection: Connection, kept: int, gone: int) -> dict[str, list[Any]]:
    moved: dict[str, list[Any]] = {}
    for table, name in _MOVED:
        of_gone = table.c.alumnus_key == gone
        moved[table.name] = list(dict.fromkeys(connection.execute(select(table.c[name]).where(of_gone)).scalars()))
        connection.execute(table.update().where(of_gone).values(alumnus_key=kept))
    return moved


def _inherit(connection: Connection, kept: int, gone: Mapping[str, Sequence[Content]]) -> list[str]:
    """Gives the one who stays the rows of the one who goes where there are none; returns the names of the tables."""
    inherited = []
    for table in _INHERITED:
        rows = gone[table.name]
        own = connection.execute(select(table.c.alumnus_key).where(table.c.alumnus_key == kept)).first()
        if rows and own is None:
            connection.execute(table.insert(), [{**typed(table, row), "alumnus_key": kept} for row in rows])
            inherited.append(table.name)
    return inherited


def _stops_of(connection: Connection, key: int) -> dict[int, dict[str, Any]]:
    """What an alumnus wants no mail about, by key of the row."""
    table = schema.mail_stops
    rows = connection.execute(select(table).where(table.c.alumnus_key == key)).mappings()
    return {row["key"]: dict(row) for row in rows}


def _share_stops(connection: Connection, kept: int, gone: int, own: Collection[int]) -> None:
    """Whoever stopped mail since they were one did so for both. `own`: rows of the one who stayed from before."""
    since = [row for key, row in _stops_of(connection, kept).items() if key not in own]
    if since:
        rows = [{**row, "key": new_key(), "alumnus_key": gone} for row in since]
        connection.execute(schema.mail_stops.insert(), rows)


def _cases_of(connection: Connection, key: int) -> dict[int, dict[str, Any]]:
    """The objections of an alumnus to the register of aftercare, by key of the row."""
    table = schema.aftercare_cases
    rows = connection.execute(select(table).where(table.c.alumnus_key == key)).mappings()
    return {row["key"]: dict(row) for row in rows}


def _share_cases(connection: Connection, kept: int, gone: int, own: Collection[int]) -> None:
    """Whoever objected to that register since they were one did so for both. `own`: of the one who stays, before."""
    there = _cases_of(connection, gone).values()
    blocked = any(row["state"] in BLOCKING for row in there)
    since = [row for key, row in _cases_of(connection, kept).items() if key not in own]
    since = [row for row in since if not blocked or row["state"] not in BLOCKING]
    if since:
        rows = [{**row, "key": new_key(), "alumnus_key": gone} for row in since]
        connection.execute(schema.aftercare_cases.insert(), rows)


def _move_log(connection: Connection, kept: int, gone: int) -> None:
    people, former = schema.audit_people, schema.audit_former
    rows = connection.execute(select(people).where(people.c.alumnus_key == gone)).mappings().all()
    if rows:
        connection.execute(former.insert(), [{**row, "former_key": gone, "alumnus_key": kept} for row in rows])


def _move_conflicts(connection: Connection, kept: int, gone: int) -> dict[str, list[int]]:
    """The requests that may not meet the one who goes, and those added to the one who stays."""
    table = schema.conflicts
    columns = select(table.c.request_key, table.c.alumnus_key).where(table.c.alumnus_key.in_([kept, gone]))
    pairs = set(map(tuple, connection.execute(columns)))
    before = sorted(request for request, alumnus in pairs if alumnus == gone)
    added = [request for request in before if (request, kept) not in pairs]
    if added:
        connection.execute(table.insert(), [{"request_key": request, "alumnus_key": kept} for request in added])
    return {"gone": before, "added": added}


def _different_to(connection: Connection, key: int) -> set[int]:
    table = schema.different_people
    rows = connection.execute(select(table).where(or_(table.c.one_key == key, table.c.other_key == key)))
    return {other for row in rows for other in row if other != key}


def ordered_pair(one: int, other: int) -> dict[str, int]:
    """A row of `different_people`."""
    return {"one_key": min(one, other), "other_key": max(one, other)}


def is_pair(one: int, other: int) -> ColumnElement[bool]:
    """The condition on `different_people` that a row is this pair."""
    return and_(*(schema.different_people.c[name] == key for name, key in ordered_pair(one, other).items()))


def _move_different(connection: Connection, kept: int, gone: int) -> dict[str, list[int]]:
    table, before = schema.different_people, _different_to(connection, gone)
    added = before - _different_to(connection, kept) - {kept}
    if added:
        connection.execute(table.insert(), [ordered_pair(kept, one) for one in added])
    return {"gone": sorted(before), "added": sorted(added)}


def _move_back(connection: Connection, kept: int, gone: int, state: Content) -> None:
    for table in _INHERITED:
        if table.name in state.get("inherited", ()):
            connection.execute(table.delete().where(table.c.alumnus_key == kept))
    for table, name in _MOVED:
        values = state["moved"].get(table.name)
        if values:
            same = (table.c.alumnus_key == kept, table.c[name].in_(values))
            connection.execute(table.update().where(*same).values(alumnus_key=gone))
    loosen(connection, [kept, gone])
    _share_stops(connection, kept, gone, state.get("stops", ()))
    _share_cases(connection, kept, gone, state.get("cases", ()))
    people, former = schema.audit_people, schema.audit_former
    rows = connection.execute(select(former).where(former.c.former_key == gone)).mappings().all()
    if rows:
        back = [{**{name: row[name] for name in ("entry", "salt", "account")}, "alumnus_key": gone} for row in rows]
        connection.execute(people.insert(), back)
        connection.execute(former.delete().where(former.c.former_key == gone))
    part_replies(connection, kept, gone, state.get("replies", {}))
    part_changes(connection, kept, state)
    declared, different = state["pairs"]
    conflicts, requests = schema.conflicts, schema.requests
    added = (conflicts.c.alumnus_key == kept, conflicts.c.request_key.in_(declared["added"]))
    connection.execute(conflicts.delete().where(*added))
    exists = connection.execute(select(requests.c.key).where(requests.c.key.in_(declared["gone"]))).scalars()
    if pairs := [{"request_key": one, "alumnus_key": gone} for one in exists]:
        connection.execute(conflicts.insert(), pairs)
    table, alumni = schema.different_people, schema.alumni
    for one in different["added"]:
        connection.execute(table.delete().where(is_pair(kept, one)))
    others = connection.execute(select(alumni.c.key).where(alumni.c.key.in_(different["gone"]))).scalars().all()
    if others:
        connection.execute(table.insert(), [ordered_pair(gone, one) for one in others])


# ---- the one who stays


def _parting(connection: Connection, gone: int, state: Content) -> Parting:
    """Both as before the merge, and what it made of them; the rows of the one who went are there again."""
    own, merged = (
        Half(
            {name: _as_stored(name, value) for name, value in one["fields"].items()},
            {Purpose(name): _held(held) for name, held in one["consents"].items()},
            has_beside,
        )
        for one, has_beside in ((state["before"], state["has_beside"]), (state["after"], True))
    )
    other = snapshot(connection, gone)
    theirs = Half(other.record.fields, other.consents, other.record.has_beside)
    return Parting(own, theirs, merged, objects=state["before"]["objects"] is not None)


def _restore(
    connection: Connection, now: Snapshot, gone: int, state: Content, parting: Parting
) -> tuple[list[str], Now]:
    """Gives the one who stayed back what was there, but for what was said since.

    Returns the names of what changed since, and what each was and is.
    """
    key, before, after, current = now.record.key, state["before"], state["after"], now.written()
    sides = (*(one[part] for one in (before, after, current) for part in ("fields", "stated")),)
    there = {own_name(one) for one in there_of(connection)}
    own_fields = dict.fromkeys(name for side in sides for name in side if name in there)
    changed = {
        FOLLOWS.get(name, name)
        for name, value in {**own_fields, **current["fields"]}.items()
        if value != after["fields"].get(name) or (name in current["stated"]) != (name in after["stated"])
    }
    fields = parting.fields({**own_fields, **now.record.fields})
    if own := own_part(fields):
        put_values(connection, {key: own})
    stated = {
        name
        for name in {*before["stated"], *now.record.stated}
        if (name in there or not name.startswith(PREFIX))
        and name in (now.record.stated if name in changed and _stays(name, now, fields, parting) else before["stated"])
    }
    _write_fields(connection, now.record, fields, stated)
    if not state["has_beside"] and all(fields[name] is None for name in _LAYOUT.beside):
        connection.execute(schema.contacts.delete().where(schema.contacts.c.alumnus_key == key))
    changed |= {
        purpose.value for purpose in Purpose if now.consents.get(purpose) != parting.merged.consents.get(purpose)
    }
    kept = {one: parting.consent(one, now.consents.get(one)) for one in Purpose}
    consents = {purpose: held for purpose, held in kept.items() if held is not None}
    _write_consents(connection, key, now.consents, consents)
    theirs = parting.other.consents
    parted = {one: parting.consent(one, now.consents.get(one), own=theirs) for one in Purpose}
    theirs_now = {purpose: held for purpose, held in parted.items() if held is not None}
    _write_consents(connection, gone, theirs, theirs_now)
    objects = None
    if current["objects"] != after["objects"]:
        changed.add("objection")
    if now.objects_since is None or "objection" not in changed:  # nobody can tell who took one back
        _write_objection(connection, key, day_of(before["objects"]))
    else:
        objects = now.objects_since if state["gone"]["objections"] == [] else None
        _write_objection(connection, gone, now.objects_since)
    since = {name for one in addresses_said(connection, key, parting) for name in addresses_of(one)}
    _part_addresses(connection, now, gone, fields["email"], state, since=since)
    before_and_after = Half(now.record.fields, now.consents), Half(fields, consents)
    return sorted(changed), Now(*before_and_after, theirs_now, objects)


def _stays(name: str, now: Snapshot, fields: Mapping[str, Any], parting: Parting) -> bool:
    """Whether anything of what a field holds now is left at the one who stayed."""
    there = fields.get(name)
    return bool(there == now.record.fields.get(name) or there != parting.own.fields.get(name))


def _part_addresses(
    connection: Connection, now: Snapshot, gone: int, email: str | None, state: Content, *, since: Collection[str]
) -> None:
    """Leaves the one who stayed the own former addresses, and those of since that the other did not have.

    `since`: names of addresses that the other had since.
    """
    table, key = schema.former_addresses, now.record.key
    other = snapshot(connection, gone).record
    names = [*addresses_of(other.fields["email"]), *_unnumbered(other), *since]
    theirs = {*digests_of(connection, names), *former_of(connection, gone), *state["addresses"]}
    own = set(state.get("own_addresses", ()))
    if (before := state["before"]["fields"]["email"]) != email:  # which an import changed since
        own |= set(digests_of(connection, addresses_of(before)))
    there = former_of(connection, key)
    lost = (theirs - own) & there
    connection.execute(table.delete().where(table.c.alumnus_key == key, table.c.digest.in_(lost)))
    _add_former(connection, key, own - there)


def _write_fields(
    connection: Connection, record: StoredRecord, fields: Mapping[str, Any], stated: Collection[str]
) -> None:
    table, contacts = schema.alumni, schema.contacts
    values = {name: fields[name] for name in _LAYOUT.fields}
    values["stated_fields"] = json.dumps(sorted(stated)) if stated else None
    connection.execute(table.update().where(table.c.key == record.key).values(values))
    beside = beside_of(RecordKind.ALUMNI, fields)
    if record.has_beside:
        connection.execute(contacts.update().where(contacts.c.alumnus_key == record.key).values(beside))
    elif any(value is not None for value in beside.values()):
        connection.execute(contacts.insert(), {"alumnus_key": record.key, **beside})


def _write_consents(
    connection: Connection, key: int, before: Mapping[Purpose, Held], after: Mapping[Purpose, Held]
) -> None:
    table = schema.consents
    for purpose in Purpose:
        was, then = before.get(purpose), after.get(purpose)
        if was == then:
            continue
        same = (table.c.alumnus_key == key, table.c.purpose == purpose.value)
        if then is None:
            connection.execute(table.delete().where(*same))
        elif was is None:
            connection.execute(table.insert(), {"alumnus_key": key, "purpose": purpose.value, **then._asdict()})
        else:
            connection.execute(table.update().where(*same).values(then._asdict()))


def _write_objection(connection: Connection, key: int, since: date | None) -> None:
    table = schema.objections
    connection.execute(table.delete().where(table.c.alumnus_key == key))
    if since is not None:
        connection.execute(table.insert(), {"alumnus_key": key, "since": since})


def _unnumbered(record: StoredRecord) -> Sequence[str]:
    """What identifies an alumnus in a file without numbers: an erasure bars that too."""
    qualifications = load_qualifications(record.fields["qualifications"])
    return unnumbered_names_of(record.owner, record.fields, qualifications, alone=is_given_number(record.id))


def _add_former(connection: Connection, key: int, digests: Iterable[str]) -> None:
    if rows := [{"alumnus_key": key, "digest": digest} for digest in sorted(digests)]:
        connection.execute(schema.former_addresses.insert(), rows)


# ---- as JSON, and back


def _as_stored(name: str, value: Any) -> Any:
    return of_type(schema.alumni.c[name], value) if name in _LAYOUT.fields else value


def _held(values: Sequence[Any]) -> Held:
    given, withdrawn, source, version, last, by = values
    return Held(day_of(given), day_of(withdrawn), source, version, day_of(last), by)


def told(fields: Mapping[str, Any]) -> Content:
    """Fields as an undo keeps them, for people: those that are filled in, with days as days."""
    stored = {name: _as_stored(name, value) for name, value in fields.items() if value is not None}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in stored.items()}
