"""Imports that can be taken back: what each changed, and taking it back but for what changed since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, bindparam, select

from matcher.domain.own_fields import own_name
from matcher.domain.records import RecordKind
from matcher.repositories.values import NotUndone
from matcher.store import schema
from matcher.store.bulk import insert, insert_columns
from matcher.store.codecs import LAYOUTS
from matcher.store.commitments import take_back
from matcher.store.erasure import addresses_of, digests_of
from matcher.store.former import forget_in_merges
from matcher.store.new_records import NewRecords
from matcher.store.own_fields import named, own_part, put_values, there_of
from matcher.store.records import chunks
from matcher.store.revisions import forget_in_revisions
from matcher.store.states import GONE, Before, RecordChange, State, read_before
from matcher.store.stored_records import StoredRecord, beside_of, consents_of, objections_of, records_by_key

KEY_OF = {RecordKind.ALUMNI: "alumnus_key", RecordKind.REQUESTS: "request_key", RecordKind.OFFERINGS: "offering_key"}
"""The column of `import_changes` that names a record of each kind."""
_HANGING: dict[RecordKind, tuple[Column[Any], ...]] = {
    RecordKind.ALUMNI: (
        schema.ledger.c.alumnus_key,
        schema.conflicts.c.alumnus_key,
        schema.accounts.c.alumnus_key,
        schema.links.c.alumnus_key,
        schema.outbox.c.alumnus_key,
        schema.retention.c.alumnus_key,
        schema.first_asks.c.alumnus_key,
        schema.fact_days.c.alumnus_key,
        schema.weekly_mail.c.alumnus_key,
        schema.invitations.c.alumnus_key,
        schema.mail_stops.c.alumnus_key,
        schema.closed_addresses.c.alumnus_key,
        schema.inbox_doubts.c.alumnus_key,
        schema.calendars.c.alumnus_key,
        schema.aftercare_contacts.c.alumnus_key,
        schema.aftercare_cases.c.alumnus_key,
        schema.segment_people.c.alumnus_key,
        schema.talks.c.alumnus_key,
        schema.appointments.c.alumnus_key,
        schema.shortlist.c.alumnus_key,
        schema.not_for_me.c.alumnus_key,
        schema.own_meanings.c.alumnus_key,
        schema.disputes.c.alumnus_key,
    ),
    RecordKind.REQUESTS: (
        schema.ledger.c.request_key,
        schema.conflicts.c.request_key,
        schema.questions.c.request_key,
        schema.outbox.c.request_key,
        schema.invitations.c.request_key,
        schema.inbox_doubts.c.request_key,
        schema.disputes.c.request_key,
    ),
    RecordKind.OFFERINGS: (schema.shortlist.c.offering_key,),
}
"""What keeps a record that an import created from being removed: it was used since."""
CHANGED, IN_USE = "changed", "in_use"
ACTED, MERGED = "", "merged"
"""In the place of a digest: of an alumnus who acted, or was merged, since. No digest is either, so that any undo leaves
the alumnus, whatever the rest of the import does.
"""
MIXED = "mixed"
"""The same of a record that others changed between two parts of one import: an undo looks at each thing apart."""


def keep(
    connection: Connection,
    import_key: int,
    kind: RecordKind,
    changes: Sequence[RecordChange],
    *,
    made: NewRecords | None = None,
) -> None:
    """Stores what an undo of these changes needs. Of a record that the import changed before, the first state stays.

    `made`: records that the import made besides.
    """
    table = schema.import_changes
    column = table.c[KEY_OF[kind]]
    secret = connection.execute(select(schema.imports.c.secret).where(schema.imports.c.key == import_key)).scalar_one()
    if made is not None:
        count = len(made.keys)
        columns = {"import_key": [import_key] * count, column.name: made.keys, "before": [None] * count}
        insert_columns(connection, table, {**columns, "after": made.digests(secret)})
    stored: dict[int, tuple[str | None, str]] = {}
    left: set[int] = set()
    for part in chunks(change.key for change in changes if change.before is not None):
        known = select(column, table.c.before, table.c.after)
        for key, before, after in connection.execute(known.where(table.c.import_key == import_key, column.in_(part))):
            stored[key] = before, after
            left |= {key} if after in {ACTED, MERGED} else set()
    new: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []
    for change in changes:
        if change.key in left:
            continue
        before, after = change.before, change.after.digest(secret)
        if before is not None:
            before = replace(before, after=change.after.marks(before, secret))
        if change.key not in stored:
            written = None if before is None else before.written()
            new.append({"import_key": import_key, column.name: change.key, "before": written, "after": after})
            continue
        first, then = stored[change.key]
        if before is not None:
            after = after if change.after.preceding(before).digest(secret) == then else MIXED
            first = first and read_before(first, LAYOUTS[kind]).over(before).written()
        again.append({"the_key": change.key, "first": first, "later": after})
    insert(connection, table, new)
    if again:
        same = (table.c.import_key == import_key, column == bindparam("the_key"))
        connection.execute(
            table.update().where(*same).values(before=bindparam("first"), after=bindparam("later")), again
        )


@dataclass(slots=True)
class Outcome:
    """What taking an import back did, by random key; `references`: to removed alumni in earlier entries of the log."""

    restored: list[int] = field(default_factory=list)
    partly: list[int] = field(default_factory=list)
    """Of which some of what the import changed was changed since: those are among `left`, with its names."""
    removed: list[int] = field(default_factory=list)
    left: list[NotUndone] = field(default_factory=list)
    references: int = 0
    emptied: bool = False
    """Whether personal values went."""


class Undo:
    """Takes one import back, on one connection, in the transaction of the caller."""

    def __init__(self, connection: Connection, import_key: int, kind: RecordKind) -> None:
        self._connection = connection
        self._import = import_key
        self._kind = kind
        self._layout = LAYOUTS[kind]
        self._column = schema.import_changes.c[KEY_OF[kind]]
        self._outcome = Outcome()

    def run(self) -> Outcome:
        """Restores what was changed and removes what was created, but for what was changed or used since.

        Of a record that was there each field, consent and objection by itself; whom the import made stays as a whole.
        """
        table, imports = schema.import_changes, schema.imports
        secret = self._connection.execute(select(imports.c.secret).where(imports.c.key == self._import)).scalar_one()
        columns = select(self._column, table.c.before, table.c.after).where(table.c.import_key == self._import)
        for part in chunks(self._connection.execute(columns.order_by(table.c.id)).all()):
            self._part(secret, part)
        return self._outcome

    def _part(self, secret: str, changes: Sequence[Any]) -> None:
        keys = [change[0] for change in changes]
        there = records_by_key(self._connection, self._kind, keys)
        is_alumni = self._kind is RecordKind.ALUMNI
        consents = consents_of(self._connection, keys) if is_alumni else {}
        objections = objections_of(self._connection, keys) if is_alumni else {}
        own = there_of(self._connection) if is_alumni else set()
        used = self._used([key for key, before, _ in changes if before is None])
        done: list[int] = []
        gone: list[int] = []
        restored: list[tuple[StoredRecord, Before]] = []
        for key, before, after in changes:
            record = there[key]
            now = State(record.fields, record.stated, consents.get(key), objections.get(key))
            was = None if before is None else read_before(before, self._layout)
            others: tuple[str, ...] = ()
            if now.digest(secret) == after and not (was and GONE in was.after.values()):
                because = IN_USE if key in used else ""
            elif was is None or after in {ACTED, MERGED} or not was.after:
                because = CHANGED
            else:
                removed = {own_name(one) for one in own_part(was.fields).keys() - own}  # the school has them no more
                was, others = was.besides(removed).unchanged(now, secret)
                because = CHANGED if others and not (was.fields or was.consents or not was.objects) else ""
                was = self._beside_it(record, was)
            if because or others:
                names = () if because else tuple(named(self._connection, dict.fromkeys(others)))
                self._outcome.left.append(NotUndone(record.id, record.owner, because or CHANGED, names))
            if because:
                continue
            done.append(key)
            if was is None:
                gone.append(key)
            else:
                restored.append((record, was))
                (self._outcome.partly if others else self._outcome.restored).append(key)
        self._restore(restored)
        self._remove(gone)
        table = schema.import_changes
        for some in chunks(done):
            self._connection.execute(table.delete().where(table.c.import_key == self._import, self._column.in_(some)))

    def _beside_it(self, record: StoredRecord, before: Before) -> Before:
        """What is restored of a record, with its row of personal data where a part of that stays."""
        stays = any(record.fields[name] is not None for name in self._layout.beside if name not in before.fields)
        return replace(before, has_beside=before.has_beside or stays)

    def _used(self, keys: Collection[int]) -> set[int]:
        return {
            key
            for part in chunks(keys)
            for column in _HANGING[self._kind]
            for key in self._connection.execute(select(column).where(column.in_(part))).scalars()
        }

    # ---- what was there

    def _restore(self, records: Sequence[tuple[StoredRecord, Before]]) -> None:
        layout, connection = self._layout, self._connection
        fields: list[dict[str, Any]] = []
        beside: list[dict[str, Any]] = []
        no_longer: list[int] = []
        for record, before in records:
            values = {**record.fields, **before.fields}
            if before.fields.keys() & layout.fields.keys():
                fields.append({"the_key": record.key, **{name: values[name] for name in layout.fields}})
            if not before.has_beside and record.has_beside:
                no_longer.append(record.key)
            elif before.fields.keys() & layout.beside.keys():
                beside.append({"the_key": record.key, **beside_of(self._kind, values)})
        table = layout.table
        if fields:
            connection.execute(table.update().where(table.c.key == bindparam("the_key")), fields)
        if layout.beside_table is not None:
            key = layout.beside_table.c[layout.beside_key]
            if beside:
                connection.execute(layout.beside_table.update().where(key == bindparam("the_key")), beside)
            for part in chunks(no_longer):
                connection.execute(layout.beside_table.delete().where(key.in_(part)))
        if self._kind is RecordKind.ALUMNI:
            own = {record.key: own_part(before.fields) for record, before in records}
            put_values(connection, {key: values for key, values in own.items() if values})
            self._restore_consents(records)
            self._forget_former([(record.key, before.fields.get("email")) for record, before in records])
        self._outcome.emptied |= bool(records)

    def _restore_consents(self, records: Sequence[tuple[StoredRecord, Before]]) -> None:
        table = schema.consents
        same = (table.c.alumnus_key == bindparam("the_key"), table.c.purpose == bindparam("the_purpose"))
        earlier, none = list[dict[str, Any]](), list[dict[str, Any]]()
        for record, before in records:
            for purpose, held in (before.consents or {}).items():
                named = {"the_key": record.key, "the_purpose": purpose.value}
                (none if held is None else earlier).append(named if held is None else {**named, **held._asdict()})
        if earlier:
            self._connection.execute(table.update().where(*same), earlier)
        if none:
            self._connection.execute(table.delete().where(*same), none)
        objections = schema.objections
        for part in chunks(record.key for record, before in records if not before.objects):
            self._connection.execute(objections.delete().where(objections.c.alumnus_key.in_(part)))

    def _forget_former(self, addresses: Iterable[tuple[int, Any]]) -> None:
        """An address that is an alumnus's own again is no former one."""
        table = schema.former_addresses
        rows = [
            {"the_key": key, "the_digest": digest}
            for key, email in addresses
            if email
            for digest in digests_of(self._connection, addresses_of(email))
        ]
        if rows:
            same = (table.c.alumnus_key == bindparam("the_key"), table.c.digest == bindparam("the_digest"))
            self._connection.execute(table.delete().where(*same), rows)

    # ---- what was not there

    def _remove(self, keys: Sequence[int]) -> None:
        table = self._layout.table
        if self._kind is RecordKind.ALUMNI:
            self._outcome.references += take_back(self._connection, keys)
            forget_in_revisions(self._connection, keys)
            forget_in_merges(self._connection, keys)
        for part in chunks(keys):
            self._connection.execute(table.delete().where(table.c.key.in_(part)))
        self._outcome.removed += keys
        self._outcome.emptied |= bool(keys)


def forget_values(connection: Connection, alumnus: int) -> None:
    """Forgets what imports overwrote of an alumnus who acts: any undo leaves them from now on, whatever they did."""
    table = schema.import_changes
    of_alumnus = table.c.alumnus_key == alumnus
    connection.execute(table.update().where(of_alumnus).values(after=ACTED))
    rows = connection.execute(select(table.c.id, table.c.before).where(of_alumnus, table.c.before.is_not(None))).all()
    for number, text in rows:
        was = read_before(text, LAYOUTS[RecordKind.ALUMNI])
        left = Before({}, after=was.after, by=was.by) if was.by else Before({})  # whose words those are is still told
        connection.execute(table.update().where(table.c.id == number).values(before=left.written()))


def forget_value(connection: Connection, alumnus: int, name: str) -> None:
    """Forgets what imports overwrote in a field that an alumnus states: any undo leaves it, and whom an import made."""
    table, layout = schema.import_changes, LAYOUTS[RecordKind.ALUMNI]
    of_alumnus = table.c.alumnus_key == alumnus
    connection.execute(table.update().where(of_alumnus, table.c.before.is_(None)).values(after=ACTED))
    rows = connection.execute(select(table.c.id, table.c.before).where(of_alumnus, table.c.before.is_not(None))).all()
    for number, before in rows:
        without = read_before(before, layout).without(name)
        connection.execute(table.update().where(table.c.id == number).values(before=without.written()))


def forget_requester(connection: Connection, digests: Collection[str]) -> None:
    """Forgets what an undo needs of requests that had a requester with one of these digests. Reads all of those."""
    table, sought = schema.import_changes, frozenset(digests)
    layout = LAYOUTS[RecordKind.REQUESTS]
    rows = connection.execute(
        select(table.c.id, table.c.before).where(table.c.request_key.is_not(None), table.c.before.is_not(None))
    ).all()
    had = [(number, read_before(before, layout).fields.get("requester")) for number, before in rows]
    gone = [
        number
        for number, requester in had
        if requester and not sought.isdisjoint(digests_of(connection, addresses_of(requester)))
    ]
    for part in chunks(gone):
        connection.execute(table.delete().where(table.c.id.in_(part)))


def forget_before(connection: Connection, moment: datetime) -> int:
    """Forgets the imports before a moment (UTC), with what their undo needs; returns how many."""
    return connection.execute(schema.imports.delete().where(schema.imports.c.created_at < moment)).rowcount
