"""What a person may ask of us: what is known, an objection, and to be erased; and how an import knows who was."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from matcher.domain import LedgerEvent, Purpose, RecordKind
from matcher.policy import Principal
from matcher.ports import KeptConsent, LedgerLine
from matcher.store import tables
from matcher.store.auditing import append
from matcher.store.engine import Database, Source
from matcher.store.mapping import LAYOUTS, clean, email_key
from matcher.store.reading import chunks
from matcher.store.revising import add_revision
from matcher.store.rows import keep_mark, need_alumnus

_MARK = "tombstones"
"""The mark that holds the key of the tombstones."""


class People:
    """The part of the store that answers to the people in it. Every call raises StoreUnavailable."""

    _database: Database
    _source: Source

    def kept_consents(self, key: int) -> list[KeptConsent]:
        """Every consent of an alumnus that is kept, withdrawn ones too, by purpose."""
        table = tables.consents
        columns = [table.c[name] for name in KeptConsent.__dataclass_fields__]
        with self._source.reading() as connection:
            rows = connection.execute(select(*columns).where(table.c.alumnus_key == key).order_by(table.c.purpose))
            return [KeptConsent(Purpose(row[0]), *row[1:]) for row in rows]

    def stated_fields(self, key: int) -> frozenset[str]:
        """The fields that an alumnus filled in himself; all others come from an import."""
        with self._source.reading() as connection:
            kept = connection.execute(select(tables.alumni.c.stated_fields).where(tables.alumni.c.key == key)).scalar()
        return frozenset(json.loads(kept)) if kept else frozenset()

    def add_to_ledger(
        self, line: LedgerLine, action: str, details: Mapping[str, Any], *, by: Principal | None = None
    ) -> bool:
        """Adds a line with its entry in the log, in one transaction with a new data revision.

        False, and nothing happens, where the same is there already: an ask for this request, or an answer to one.
        """
        table = tables.ledger
        ask = line.event is LedgerEvent.ASKED
        same = [LedgerEvent.ASKED.value] if ask else [LedgerEvent.ACCEPTED.value, LedgerEvent.DECLINED.value]

        def work(connection: Connection) -> bool:
            there = select(table.c.id).where(
                table.c.alumnus_key == line.alumnus_key,
                table.c.request_key == line.request_key,
                table.c.event.in_(same),
            )
            if connection.execute(there).first() is not None:
                return False
            row = {"alumnus_key": line.alumnus_key, "request_key": line.request_key, "event": line.event.value}
            connection.execute(table.insert(), {**row, "on_date": line.on, "actor": str(by.key) if by else None})
            add_revision(connection, "ledger", 1, [line.alumnus_key])
            append(connection, by, action, details)
            return True

        return self._database.write(work)

    def objects_since(self, key: int) -> date | None:
        """Since when an alumnus objects to being ranked; None where he or she does not."""
        table = tables.objections
        with self._source.reading() as connection:
            return connection.execute(select(table.c.since).where(table.c.alumnus_key == key)).scalar()

    def correct(self, key: int, field: str, value: object, *, by: Principal | None = None) -> None:
        """A field as the person says it is; imports leave it alone from then on. A new data revision. Raises KeyError.

        `value` as in an import; None clears. In the log stands which field, not what was in it.
        """
        layout = LAYOUTS[RecordKind.ALUMNI]

        def work(connection: Connection) -> None:
            table, contacts = tables.alumni, tables.contacts
            found = select(table.c.stated_fields).where(table.c.key == key)
            row = connection.execute(found).one_or_none()
            if row is None:
                raise KeyError(key)
            stated = sorted({*(json.loads(row[0]) if row[0] else ()), field})
            changes: dict[str, Any] = {"stated_fields": json.dumps(stated)}
            if field in layout.fields:
                codec = layout.fields[field]
                changes[field] = codec.cleared if value is None else codec.encode(value)
            else:
                text = None if value is None else clean(str(value))
                beside = {layout.beside[field]: text} | ({"email_key": email_key(text)} if field == "email" else {})
                same = contacts.c.alumnus_key == key
                if connection.execute(select(contacts.c.alumnus_key).where(same)).first() is None:
                    connection.execute(contacts.insert(), {"alumnus_key": key, **beside})
                else:
                    connection.execute(contacts.update().where(same), beside)
                if field == "postcode":
                    changes["pc4"] = text[:4] if text else None
            connection.execute(table.update().where(table.c.key == key), changes)
            add_revision(connection, "correction", 1, [key] if field in layout.fields else None)
            append(connection, by, "person.correct", {"alumnus": key, "field": field})

        self._database.write(work)

    def count_objections(self) -> int:
        """How many people object to being ranked."""
        with self._source.reading() as connection:
            return connection.execute(select(func.count()).select_from(tables.objections)).scalar_one()

    def retention(self) -> dict[int, tuple[date, date | None]]:
        """Who was asked whether the data may stay: the day, and that of the reminder."""
        table = tables.retention
        with self._source.reading() as connection:
            rows = connection.execute(select(table.c.alumnus_key, table.c.asked_on, table.c.reminded_on))
            return {row[0]: (row[1], row[2]) for row in rows}

    def note_retention(self, key: int, step: str, *, today: date) -> None:
        """That somebody was asked (`ask`) or reminded (`remind`), with its entry in the log; no data revision."""
        table = tables.retention

        def work(connection: Connection) -> None:
            if step == "ask":
                connection.execute(table.insert(), {"alumnus_key": key, "asked_on": today})
            else:
                connection.execute(table.update().where(table.c.alumnus_key == key).values(reminded_on=today))
            append(connection, None, f"retention.{step}", {"alumnus": key})

        self._database.write(work)

    def lapse(self, consents: Iterable[tuple[int, Purpose]], *, today: date) -> None:
        """Ends consents whose term is over; a new data revision. The person can give them again."""
        table = tables.consents
        ends = list(consents)
        rows = [{"the_key": key, "the_purpose": purpose.value} for key, purpose in ends]
        same = (table.c.alumnus_key == bindparam("the_key"), table.c.purpose == bindparam("the_purpose"))
        ended = table.update().where(*same).values(withdrawn_on=today, last_withdrawn_on=today)

        def work(connection: Connection) -> None:
            connection.execute(ended, rows)
            add_revision(connection, "retention", len(rows), [key for key, _ in ends])
            append(connection, None, "retention.lapse", {"consents": len(rows)})

        self._database.write(work)

    def keep(self, key: int, *, today: date, by: Principal | None = None) -> None:
        """The data may stay: consents in force count from today, and nobody asks for a term. A new data revision."""

        def work(connection: Connection) -> None:
            table = tables.consents
            held = table.update().where(table.c.alumnus_key == key, table.c.withdrawn_on.is_(None))
            connection.execute(held.values(given_on=today))
            connection.execute(tables.retention.delete().where(tables.retention.c.alumnus_key == key))
            add_revision(connection, "kept", 1, [key])
            append(connection, by, "retention.keep", {"alumnus": key})

        self._database.write(work)

    def state_objection(self, key: int, *, objects: bool, today: date, by: Principal | None = None) -> None:
        """Nobody finds this person any more, or consents count again; a new data revision. Raises KeyError."""
        table = tables.objections

        def work(connection: Connection) -> None:
            need_alumnus(connection, key)
            there = connection.execute(select(table.c.since).where(table.c.alumnus_key == key)).first() is not None
            if there == objects:
                return
            if objects:
                connection.execute(table.insert(), {"alumnus_key": key, "since": today})
            else:
                connection.execute(table.delete().where(table.c.alumnus_key == key))
            add_revision(connection, "objection", 1, [key])
            append(connection, by, "consent.write", {"alumnus": key, "objects": objects})

        self._database.write(work)

    def erase(self, key: int, hashes: Iterable[str], *, today: date, by: Principal | None = None) -> bool:
        """Removes everything of a person, vectors of these texts too, and leaves tombstones; False where gone already.

        One transaction with its entry in the log. What was asked and given goes too; requests keep nothing of it.
        """

        def work(connection: Connection) -> bool:
            people, contacts = tables.alumni, tables.contacts
            found = connection.execute(
                select(people.c.school, people.c.alumnus_id, contacts.c.email)
                .outerjoin_from(people, contacts, contacts.c.alumnus_key == people.c.key)
                .where(people.c.key == key)
            ).one_or_none()
            if found is None:
                return False
            names = names_of(found.school, found.alumnus_id, email_key(found.email))
            for part in chunks(hashes):
                connection.execute(tables.vectors.delete().where(tables.vectors.c.text_hash.in_(part)))
            connection.execute(people.delete().where(people.c.key == key))
            connection.execute(tables.revisions.update().values(alumni=None))  # they may name the person
            known = erased(connection, names)
            for digest in _digests(_key_of(connection), names):
                if digest not in known:
                    connection.execute(tables.tombstones.insert(), {"digest": digest, "erased_on": today})
            add_revision(connection, "erasure", 1)
            append(connection, by, "person.erase", {"alumnus": key})
            return True

        gone = self._database.write(work)
        self._database.sweep()
        return gone


def names_of(school: str, alumnus_id: str, email_key: str | None) -> Sequence[str]:
    """By what an import could know a person again: the id at the school, and the address."""
    return [f"id\0{school}\0{alumnus_id}", *([f"email\0{email_key}"] if email_key else [])]


def erased(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    """Which of these names belong to somebody who was erased: digest to name."""
    table = tables.tombstones
    if connection.execute(select(table.c.digest).limit(1)).first() is None:
        return {}
    listed = list(names)
    wanted = dict(zip(_digests(_key_of(connection), listed), listed, strict=True))
    found: dict[str, str] = {}
    for part in chunks(wanted):
        rows = connection.execute(select(table.c.digest).where(table.c.digest.in_(part))).scalars()
        found.update((digest, wanted[digest]) for digest in rows)
    return found


def _digests(key: str, names: Iterable[str]) -> list[str]:
    return [hmac.new(key.encode(), name.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest() for name in names]


def _key_of(connection: Connection) -> str:
    """The key of the tombstones, made at the first erasure. A copy of the tombstones without it tells nothing."""
    return keep_mark(connection, _MARK, secrets.token_hex(32))
