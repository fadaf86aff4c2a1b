"""The methods of the store before the transaction, each a reading or a write of its own. On their way out.

`tests/test_old_doors.py` counts what still goes through them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.moments import day_in_netherlands
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, Contact, Offering, Record, RecordKind, Request
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.ports import (
    TOKEN_ISSUER,
    Changes,
    Clock,
    Int8Matrix,
    KeptConsent,
    LogEntry,
    OpenSession,
    Records,
    Session,
    Token,
    Upsert,
    UpsertResult,
    Verdict,
)
from matcher.store.sql_store import SqlStore
from matcher.text import id_key

LINK = timedelta(minutes=15)
REPLY_LINK = timedelta(days=14)
_REPLY = "reply"


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return day_in_netherlands(self.now())


class _Reads:
    """The old reads, on one state or on the newest."""

    @contextmanager
    def _state(self) -> Iterator[Records]:
        raise NotImplementedError

    def revision(self) -> int:
        with self._state() as records:
            return records.changes.revision()

    def origin(self) -> str:
        with self._state() as records:
            return records.changes.origin()

    def identity(self) -> str:
        with self._state() as records:
            return records.changes.identity()

    def changed_since(self, origin: str) -> Changes | None:
        with self._state() as records:
            return records.changes.since(origin)

    def ahead_of(self, kind: RecordKind, keys: Sequence[int]) -> dict[int, int | None]:
        with self._state() as records:
            return records.changes.preceding(kind, keys)

    def skills_listed(self, kind: RecordKind, keys: Sequence[int]) -> Iterator[tuple[str, ...]]:
        with self._state() as records:
            yield from records.changes.listed_skills(kind, keys)

    def texts_without_skills(self, kind: RecordKind) -> Iterator[tuple[int, str]]:
        with self._state() as records:
            yield from records.changes.texts_without_skills(kind)

    def alumni(self) -> Iterator[Alumnus]:
        with self._state() as records:
            yield from cast("Iterator[Alumnus]", records.records.stream(RecordKind.ALUMNI))

    def requests(self) -> Iterator[Request]:
        with self._state() as records:
            yield from cast("Iterator[Request]", records.records.stream(RecordKind.REQUESTS))

    def offerings(self) -> Iterator[Offering]:
        with self._state() as records:
            yield from cast("Iterator[Offering]", records.records.stream(RecordKind.OFFERINGS))

    def find(self, kind: RecordKind, id: str, owner: str | None = None) -> list[Record]:  # noqa: A002
        with self._state() as records:
            return records.records.find(kind, id, owner)

    def count(self, kind: RecordKind, owner: str | None = None, *, kinds: Collection[RequestKind] | None = None) -> int:
        with self._state() as records:
            return records.records.count(kind, owner, kinds=kinds)

    def names(self, kind: RecordKind) -> Iterator[tuple[int, str, str]]:
        with self._state() as records:
            yield from records.records.names(kind)

    def by_key(self, kind: RecordKind, keys: Sequence[int], *, consents: bool = True) -> dict[int, Record]:
        with self._state() as records:
            return records.records.by_key(kind, keys, consents=consents)

    def ledger(self) -> Iterator[LedgerLine]:
        with self._state() as records:
            yield from records.ledger.all()

    def kept_consents_by_person(self) -> Iterator[tuple[int, KeptConsent]]:
        with self._state() as records:
            yield from records.consents.all()

    def ledger_of(self, *keys: int) -> list[LedgerLine]:
        with self._state() as records:
            return records.ledger.of(*keys)

    def conflicts(self) -> Iterator[tuple[int, int]]:
        with self._state() as records:
            yield from records.conflicts.all()

    def conflicts_of(self, alumni: Collection[int], requests: Collection[int]) -> list[tuple[int, int]]:
        with self._state() as records:
            return records.conflicts.among(alumni, requests)

    def places(self) -> dict[str, Coordinates]:
        with self._state() as records:
            return records.places.all()


class _Snapshot(_Reads):
    def __init__(self, records: Records) -> None:
        self._records = records

    @contextmanager
    def _state(self) -> Iterator[Records]:
        yield self._records


class OldDoors(_Reads, SqlStore):
    """The store with its old methods."""

    def __init__(self, url: str, keys: Sequence[str] = (), clock: Clock | None = None) -> None:
        SqlStore.__init__(self, url, clock or _SystemClock(), keys)

    @contextmanager
    def _state(self) -> Iterator[Records]:
        with self.read() as records:
            yield records

    @contextmanager
    def snapshot(self) -> Iterator[_Snapshot]:
        with self.read() as records:
            yield _Snapshot(records)

    def export_rows(self, kind: RecordKind) -> Iterator[Record]:
        with self.read() as records:
            yield from records.records.stream(kind, personal=True)

    def page(
        self,
        kind: RecordKind,
        owner: str | None = None,
        offset: int = 0,
        limit: int = 20,
        *,
        kinds: Collection[RequestKind] | None = None,
    ) -> list[Record]:
        with self.read() as records:
            return records.records.page(kind, owner, offset, limit, kinds=kinds)

    # ---- writes

    def upsert(
        self, kind: RecordKind, rows: Sequence[Upsert], *, today: date, dry_run: bool = False
    ) -> list[UpsertResult]:
        if dry_run:
            with self.read() as records:
                _at(records, today)
                return records.imports.preview(kind, rows)

        def work(tx: Any) -> list[UpsertResult]:
            _at(tx, today)
            results: list[UpsertResult] = tx.imports.upsert(kind, rows)
            return results

        return self.write(work, by=COMMAND_LINE)

    def add_places(self, places: Mapping[str, Coordinates]) -> int:
        return self.write(lambda tx: tx.places.add(places), by=COMMAND_LINE)

    def state_consent(
        self,
        key: int,
        purpose: Purpose,
        *,
        given: bool,
        today: date,
        version: str | None = None,
        by: Asker | None = None,
    ) -> None:
        def work(tx: Any) -> None:
            _at(tx, today)
            tx.consents.state(key, purpose, given=given, version=version)
            if given:
                tx.retention.clear(key)
            tx.note("consent.write", {"alumnus": key, "purpose": purpose.value, "given": given})

        self.write(work, by=by or COMMAND_LINE)

    def declare_conflict(self, request_key: int, alumnus_key: int) -> None:
        self.write(lambda tx: tx.conflicts.declare(request_key, alumnus_key), by=COMMAND_LINE)

    def load(self, encoder: str, hashes: Iterable[str]) -> dict[str, Int8Matrix]:
        return self.vectors.load(encoder, hashes)

    def save(self, encoder: str, vectors: Mapping[str, Int8Matrix]) -> None:
        self.vectors.save(encoder, vectors)

    def drop(self, encoder: str, beginnings: Iterable[str]) -> None:
        self.vectors.drop(encoder, beginnings)

    def prune(self, encoder: str, used: Iterable[str]) -> int:
        return self.vectors.prune(encoder, used)

    def account(
        self, issuer: str, subject: str, role: Role, school: str | None, alumnus_key: int | None = None
    ) -> Asker:
        return self.write(lambda tx: tx.accounts.save(issuer, subject, role, school, alumnus_key), by=COMMAND_LINE)

    def granted(self, issuer: str, subject: str) -> Asker | None:
        with self.read() as records:
            return records.accounts.find(issuer, subject)

    def open_session(self, account: int) -> str:
        return self.write(lambda tx: tx.sessions.open(account), by=COMMAND_LINE)

    def session(self, secret: str) -> Session | None:
        with self.read() as records:
            session = records.sessions.find(secret)
        if session is not None and session.stale:
            self.write(lambda tx: tx.sessions.mark_used(secret), by=COMMAND_LINE)
        return session

    def open_sessions(self, account: int, secret: str = "") -> list[OpenSession]:
        with self.read() as records:
            return records.sessions.of(account, secret)

    def close_sessions(self, account: int | None = None) -> int:
        return self.write(lambda tx: tx.sessions.close_all(account), by=COMMAND_LINE)

    def close_session(self, secret: str) -> None:
        self.write(lambda tx: tx.sessions.close(secret), by=COMMAND_LINE)

    def new_token(self, name: str, role: Role, school: str | None) -> tuple[int, str]:
        return self.write(lambda tx: tx.tokens.new(name, role, school), by=COMMAND_LINE)

    def token(self, secret: str, today: date) -> Asker | None:
        with self.read() as records:
            row = records.tokens.find(secret)
        if row is None:
            return None
        asker, last = row
        if last != today:

            def work(tx: Any) -> None:
                _at(tx, today)
                tx.tokens.mark_used(asker.key)

            self.write(work, by=COMMAND_LINE)
        return asker

    def token_account(self, token: Asker) -> Asker:
        return self.account(TOKEN_ISSUER, str(token.key), token.role, token.school)

    def tokens(self) -> Sequence[Token]:
        with self.read() as records:
            return records.tokens.all()

    def revoke_token(self, key: int) -> bool:
        return self.write(lambda tx: tx.tokens.revoke(key), by=COMMAND_LINE)

    def end_account(self, issuer: str, subject: str) -> bool:
        return self.write(lambda tx: tx.accounts.end(issuer, subject), by=COMMAND_LINE)

    def new_link(self, alumnus_key: int, purpose: str, lasts: timedelta = LINK) -> str:
        return self.write(lambda tx: tx.links.new(alumnus_key, purpose, lasts), by=COMMAND_LINE)

    def waiting_links(self, alumnus_key: int, purpose: str) -> int:
        with self.read() as records:
            return records.links.waiting(alumnus_key, purpose)

    def new_reply_link(self, alumnus_key: int, request_key: int) -> str:
        return self.new_link(alumnus_key, f"{_REPLY} {request_key}", REPLY_LINK)

    def question_of(self, secret: str) -> tuple[int, int] | None:
        with self.read() as records:
            link = records.links.find(secret)
        kind, _, request = link.purpose.partition(" ") if link else ("", "", "")
        return (link.alumnus_key, int(request)) if link and kind == _REPLY else None

    def use_reply_link(self, secret: str, request_key: int) -> None:
        self.use_link(secret, f"{_REPLY} {request_key}")

    def use_link(self, secret: str, purpose: str) -> int | None:
        return self.write(lambda tx: tx.links.use(secret, purpose), by=COMMAND_LINE)

    def alumni_at(self, email: str) -> list[tuple[int, str]]:
        with self.read() as records:
            return records.people.with_email(email)

    def schools(self) -> list[str]:
        with self.read() as records:
            return records.records.schools()

    def owner_named(self, name: str) -> str | None:
        known = self.owners()
        return name if name in known else next((owner for owner in known if id_key(owner) == id_key(name)), None)

    def owners(self) -> list[str]:
        with self.read() as records:
            return records.records.owners()

    def mark(self, name: str) -> str | None:
        with self.read() as records:
            return records.installation.get(name)

    def set_mark(self, name: str, value: str) -> str:
        return self.write(lambda tx: tx.installation.set_once(name, value), by=COMMAND_LINE)

    def log(self, by: Asker | None, action: str, details: Mapping[str, Any]) -> int:
        self.write(lambda tx: tx.note(action, details), by=by or COMMAND_LINE)
        return self.entries(limit=1)[0].id

    def entries(self, school: str | None = None, *, before: int | None = None, limit: int = 100) -> list[LogEntry]:
        with self.read() as records:
            return records.audit.page(school, before=before, limit=limit)

    def log_entries(self, school: str | None = None, actions: Collection[str] | None = None) -> Iterator[LogEntry]:
        with self.read() as records:
            yield from records.audit.stream(school, actions)

    def count_actions(self) -> dict[str, int]:
        with self.read() as records:
            return records.audit.count_actions()

    def entry(self, number: int) -> LogEntry | None:
        with self.read() as records:
            return records.audit.entry(number)

    def entries_about(self, key: int, *, limit: int | None = None) -> list[LogEntry]:
        with self.read() as records:
            return records.audit.about(key, limit=limit)

    def has_seen(self, actor: int, action: str, query: int, least: int) -> bool:
        with self.read() as records:
            return records.audit.has_seen(actor, action, query, least)

    def verify(self) -> Verdict:
        with self.read() as records:
            return records.audit.verify()

    def forget_log(self, before: datetime) -> int:
        return self.write(lambda tx: tx.audit.forget(before), by=COMMAND_LINE)

    def contact(self, key: int) -> Contact | None:
        with self.read() as records:
            return records.people.contact(key)

    def kept_consents(self, key: int) -> list[KeptConsent]:
        with self.read() as records:
            return records.consents.of(key)

    def stated_fields(self, key: int) -> frozenset[str]:
        with self.read() as records:
            return records.people.stated_fields(key)

    def ledger_of_request(self, key: int) -> list[LedgerLine]:
        with self.read() as records:
            return records.ledger.of_request(key)

    def add_to_ledger(
        self, line: LedgerLine, action: str, details: Mapping[str, Any], *, by: Asker | None = None
    ) -> bool:
        ask = line.event is LedgerEvent.ASKED
        same = {LedgerEvent.ASKED} if ask else {LedgerEvent.ACCEPTED, LedgerEvent.DECLINED}

        def work(tx: Any) -> bool:
            lines = tx.ledger.of(line.alumnus_key)
            there = {one.event for one in lines if one.request_key == line.request_key and one.event in same}
            if there and not (line.event is LedgerEvent.DECLINED and there == {LedgerEvent.ACCEPTED}):
                return False
            if there:
                tx.ledger.remove(line.alumnus_key, line.request_key, LedgerEvent.ACCEPTED)
            tx.ledger.add(line)
            tx.note(action, details)
            return True

        return self.write(work, by=by or COMMAND_LINE)

    def requests_asked_at(self, email: str) -> list[int]:
        with self.read() as records:
            return records.people.requests_asked_by(email)

    def requests_with_yes(self, school: str | None, kinds: Collection[RequestKind], limit: int) -> list[int]:
        with self.read() as records:
            return records.ledger.requests_with_yes(school, kinds, limit)

    def objects_since(self, key: int) -> date | None:
        with self.read() as records:
            return records.consents.objects_since(key)

    def correct(self, key: int, field: str, value: object, *, by: Asker | None = None) -> None:
        def work(tx: Any) -> None:
            tx.people.correct(key, field, value)
            tx.note("person.correct", {"alumnus": key, "field": field})

        self.write(work, by=by or COMMAND_LINE)

    def count_objections(self) -> int:
        with self.read() as records:
            return records.consents.count_objections()

    def keep(self, key: int, *, today: date, by: Asker | None = None) -> None:
        def work(tx: Any) -> None:
            _at(tx, today)
            tx.consents.renew(key)
            tx.retention.clear(key)
            tx.note("retention.keep", {"alumnus": key})

        self.write(work, by=by or COMMAND_LINE)

    def state_objection(self, key: int, *, objects: bool, today: date, by: Asker | None = None) -> None:
        def work(tx: Any) -> None:
            _at(tx, today)
            if tx.consents.set_objection(key, objects=objects):
                tx.note("consent.write", {"alumnus": key, "objects": objects})

        self.write(work, by=by or COMMAND_LINE)

    def erase(self, key: int, hashes: Iterable[str], *, today: date, by: Asker | None = None) -> bool:
        def work(tx: Any) -> bool:
            _at(tx, today)
            return tx.people.erase(key, hashes) is not None

        return self.write(work, by=by or COMMAND_LINE)


def _at(records: Any, today: date) -> None:
    """The old methods were told the day."""
    moment = records._unit.now
    records._unit.now = moment.replace(year=today.year, month=today.month, day=today.day, hour=12)
