"""What a person may ask of us: what is known, an objection, and to be erased."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import RecordKind
from matcher.policy import Asker
from matcher.ports import KeptConsent, LedgerLine
from matcher.store import schema
from matcher.store.audit import append
from matcher.store.codecs import LAYOUTS, clean, email_key
from matcher.store.database import Database, Source
from matcher.store.erasure import asked_at, asked_by, digests_of, former_of, names_of, remember_addresses
from matcher.store.records import chunks, conflict_pairs
from matcher.store.revisions import ERASED, ERASURE, about, add_revision, forget_in_revisions
from matcher.store.rows import need_alumnus


class People:
    """The part of the store that answers to the people in it. Every call raises StoreUnavailable."""

    _database: Database
    _source: Source

    def kept_consents(self, key: int) -> list[KeptConsent]:
        """Every consent of an alumnus that is kept, withdrawn ones too, by purpose."""
        table = schema.consents
        columns = [table.c[name] for name in KeptConsent.__dataclass_fields__]
        with self._source.reading() as connection:
            rows = connection.execute(select(*columns).where(table.c.alumnus_key == key).order_by(table.c.purpose))
            return [KeptConsent(Purpose(row[0]), *row[1:]) for row in rows]

    def stated_fields(self, key: int) -> frozenset[str]:
        """The fields that an alumnus filled in himself; all others come from an import."""
        with self._source.reading() as connection:
            kept = connection.execute(select(schema.alumni.c.stated_fields).where(schema.alumni.c.key == key)).scalar()
        return frozenset(json.loads(kept)) if kept else frozenset()

    def add_to_ledger(
        self, line: LedgerLine, action: str, details: Mapping[str, Any], *, by: Asker | None = None
    ) -> bool:
        """Adds a line with its entry in the log, in one transaction with a new data revision.

        False, and nothing happens, where the same is there already: an ask for this request, or an answer to one. A no
        takes the place of a yes; that there was one stays in the log.
        """
        table = schema.ledger
        ask = line.event is LedgerEvent.ASKED
        same = [LedgerEvent.ASKED.value] if ask else [LedgerEvent.ACCEPTED.value, LedgerEvent.DECLINED.value]

        def work(connection: Connection) -> bool:
            these = (table.c.alumnus_key == line.alumnus_key, table.c.request_key == line.request_key)
            there = set(connection.execute(select(table.c.event).where(*these, table.c.event.in_(same))).scalars())
            if there and not (line.event is LedgerEvent.DECLINED and there == {LedgerEvent.ACCEPTED.value}):
                return False
            if there:
                connection.execute(table.delete().where(*these, table.c.event.in_(same)))
            row = {"alumnus_key": line.alumnus_key, "request_key": line.request_key, "event": line.event.value}
            connection.execute(table.insert(), {**row, "on_date": line.on, "actor": str(by.key) if by else None})
            add_revision(connection, "ledger", 1, about(line.alumnus_key))
            append(connection, by, action, details)
            return True

        return self._database.write(work)

    def requests_asked_at(self, email: str) -> list[int]:
        """Random keys of the requests that somebody with this address asked, in any spelling."""
        with self._source.reading() as connection:
            return asked_at(connection, email)

    def requests_with_yes(self, school: str | None, kinds: Collection[RequestKind], limit: int) -> list[int]:
        """Random keys of the requests of a school, or all, to which somebody said yes, the last yes first."""
        table, asked = schema.ledger, schema.requests
        said = [table.c.event == LedgerEvent.ACCEPTED.value, asked.c.kind.in_(sorted(kind.value for kind in kinds))]
        said += [] if school is None else [asked.c.school == school]
        last = func.max(table.c.on_date)
        joined = select(table.c.request_key).join(asked, asked.c.key == table.c.request_key)
        found = joined.where(*said).group_by(table.c.request_key)
        with self._source.reading() as connection:
            return list(connection.execute(found.order_by(last.desc(), table.c.request_key).limit(limit)).scalars())

    def objects_since(self, key: int) -> date | None:
        """Since when an alumnus objects to being ranked; None where he or she does not."""
        table = schema.objections
        with self._source.reading() as connection:
            return connection.execute(select(table.c.since).where(table.c.alumnus_key == key)).scalar()

    def correct(self, key: int, field: str, value: object, *, by: Asker | None = None) -> None:
        """A field as the person says it is; imports leave it alone from then on. A new data revision. Raises KeyError.

        `value` as in an import; None clears. In the log stands which field, not what was in it.
        """
        layout = LAYOUTS[RecordKind.ALUMNI]

        def work(connection: Connection) -> None:
            table, contacts = schema.alumni, schema.contacts
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
                if field == "email":
                    before = connection.execute(select(contacts.c.email).where(same)).scalar()
                    remember_addresses(connection, {key: before} if before and before != text else {})
                if connection.execute(select(contacts.c.alumnus_key).where(same)).first() is None:
                    connection.execute(contacts.insert(), {"alumnus_key": key, **beside})
                else:
                    connection.execute(contacts.update().where(same), beside)
                if field == "postcode":
                    changes["pc4"] = text[:4] if text else None
            connection.execute(table.update().where(table.c.key == key), changes)
            add_revision(connection, "correction", 1, about(key))
            append(connection, by, "person.correct", {"alumnus": key, "field": field})

        self._database.write(work)

    def count_objections(self) -> int:
        """How many people object to being ranked."""
        with self._source.reading() as connection:
            return connection.execute(select(func.count()).select_from(schema.objections)).scalar_one()

    def retention(self) -> dict[int, tuple[date, date | None]]:
        """Who was asked whether the data may stay: the day, and that of the reminder."""
        table = schema.retention
        with self._source.reading() as connection:
            rows = connection.execute(select(table.c.alumnus_key, table.c.asked_on, table.c.reminded_on))
            return {row[0]: (row[1], row[2]) for row in rows}

    def note_retention(self, key: int, step: str, *, today: date) -> None:
        """That somebody was asked (`ask`) or reminded (`remind`), with its entry in the log; no data revision."""
        table = schema.retention

        def work(connection: Connection) -> None:
            if step == "ask":
                connection.execute(table.insert(), {"alumnus_key": key, "asked_on": today})
            else:
                connection.execute(table.update().where(table.c.alumnus_key == key).values(reminded_on=today))
            append(connection, None, f"retention.{step}", {"alumnus": key})

        self._database.write(work)

    def consents_before(self, first: Mapping[Purpose, date]) -> list[tuple[int, Purpose]]:
        """Consents (random key of the alumnus, purpose) in force that were given before the day of their purpose."""
        table = schema.consents
        over = [and_(table.c.purpose == purpose.value, table.c.given_on < day) for purpose, day in first.items()]
        found = select(table.c.alumnus_key, table.c.purpose).where(table.c.withdrawn_on.is_(None), or_(*over))
        with self._source.reading() as connection:
            return [(row[0], Purpose(row[1])) for row in connection.execute(found)]

    def lapse(self, consents: Iterable[tuple[int, Purpose]], *, today: date) -> None:
        """Ends consents whose term is over; a new data revision. The person can give them again."""
        table = schema.consents
        ends = list(consents)
        rows = [{"the_key": key, "the_purpose": purpose.value} for key, purpose in ends]
        same = (table.c.alumnus_key == bindparam("the_key"), table.c.purpose == bindparam("the_purpose"))
        ended = table.update().where(*same).values(withdrawn_on=today, last_withdrawn_on=today)

        def work(connection: Connection) -> None:
            connection.execute(ended, rows)
            add_revision(connection, "retention", len(rows), about(*(key for key, _ in ends)))
            append(connection, None, "retention.lapse", {"consents": len(rows)})

        self._database.write(work)

    def keep(self, key: int, *, today: date, by: Asker | None = None) -> None:
        """The data may stay: consents in force count from today, and nobody asks for a term. A new data revision."""

        def work(connection: Connection) -> None:
            table = schema.consents
            held = table.update().where(table.c.alumnus_key == key, table.c.withdrawn_on.is_(None))
            connection.execute(held.values(given_on=today))
            connection.execute(schema.retention.delete().where(schema.retention.c.alumnus_key == key))
            add_revision(connection, "kept", 1, about(key))
            append(connection, by, "retention.keep", {"alumnus": key})

        self._database.write(work)

    def state_objection(self, key: int, *, objects: bool, today: date, by: Asker | None = None) -> None:
        """Nobody finds this person any more, or consents count again; a new data revision. Raises KeyError."""
        table = schema.objections

        def work(connection: Connection) -> None:
            need_alumnus(connection, key)
            there = connection.execute(select(table.c.since).where(table.c.alumnus_key == key)).first() is not None
            if there == objects:
                return
            if objects:
                connection.execute(table.insert(), {"alumnus_key": key, "since": today})
            else:
                connection.execute(table.delete().where(table.c.alumnus_key == key))
            add_revision(connection, "objection", 1, about(key))
            append(connection, by, "consent.write", {"alumnus": key, "objects": objects})

        self._database.write(work)

    def erase(self, key: int, hashes: Iterable[str], *, today: date, by: Asker | None = None) -> bool:
        """Removes everything of a person, vectors of these texts too, and leaves tombstones; False where gone already.

        One transaction with its entry in the log. What was asked and given goes too; requests keep nothing of it.
        """

        def work(connection: Connection) -> bool:
            people, contacts = schema.alumni, schema.contacts
            found = connection.execute(
                select(people.c.school, people.c.alumnus_id, contacts.c.email)
                .outerjoin_from(people, contacts, contacts.c.alumnus_key == people.c.key)
                .where(people.c.key == key)
            ).one_or_none()
            if found is None:
                return False
            former = former_of(connection, key)
            digests = {*digests_of(connection, names_of(found.school, found.alumnus_id, found.email)), *former}
            for part in chunks(hashes):
                connection.execute(schema.vectors.delete().where(schema.vectors.c.text_hash.in_(part)))
            requests = asked_by(connection, digests) if former else asked_at(connection, found.email)
            sharing = {row[1] for row in connection.execute(conflict_pairs("request_key", requests))} - {key}
            for keys in chunks(requests):
                connection.execute(schema.requesters.delete().where(schema.requesters.c.request_key.in_(keys)))
            connection.execute(people.delete().where(people.c.key == key))
            forget_in_revisions(connection, key)
            kept = select(schema.tombstones.c.digest).where(schema.tombstones.c.digest.in_(digests))
            new = [
                {"digest": digest, "erased_on": today}
                for digest in sorted(digests.difference(connection.execute(kept).scalars()))
            ]
            if new:
                connection.execute(schema.tombstones.insert(), new)
            told = {ERASED: key, "requests_without_asker": len(requests)}
            entry = append(connection, by, ERASURE, told, schools=[found.school])
            add_revision(connection, "erasure", 1, about(*sharing), entry=entry)
            return True

        gone = self._database.write(work)
        self._database.sweep()
        return gone
