"""The port of the store before the transaction; on its way out with `matcher.store.old_doors`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, Protocol

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerLine
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, Contact, Offering, Record, RecordKind, Request
from matcher.policy import Asker
from matcher.ports import Changes, Int8Matrix, KeptConsent, LogEntry, Store, Upsert, UpsertResult


class Records(Protocol):
    """Reads people, requests and offerings."""

    def revision(self) -> int:
        """The newest data revision; 0 for an empty database."""
        ...

    def origin(self) -> str:
        """Tells this state of this database from every other: the newest revision and the moment it was made."""
        ...

    def identity(self) -> str:
        """Tells this database from every other, whatever its state; empty for an empty one."""
        ...

    def changed_since(self, origin: str) -> Changes | None:
        """What all changes since a state of the data are about; None where it may be more than is known."""
        ...

    def ahead_of(self, kind: RecordKind, keys: Sequence[int]) -> dict[int, int | None]:
        """For each of these records the key of the one just before it by id and owner (code points)."""
        ...

    def skills_listed(self, kind: RecordKind, keys: Sequence[int]) -> Iterator[tuple[str, ...]]:
        """The skills that each of these requests or offerings lists, in no particular order."""
        ...

    def texts_without_skills(self, kind: RecordKind) -> Iterator[tuple[int, str]]:
        """Key, and title with description, of every request or offering that lists no skill; of a few more, maybe."""
        ...

    def alumni(self) -> Iterator[Alumnus]:
        """Everybody, without contact details, in no particular order."""
        ...

    def requests(self) -> Iterator[Request]:
        """All requests, without the requester's address."""
        ...

    def offerings(self) -> Iterator[Offering]:
        """All offerings."""
        ...

    def find(self, kind: RecordKind, id: str, owner: str | None = None) -> list[Record]:  # noqa: A002 - the word for it
        """The records of this kind with this id: none, one, or one per school (provider)."""
        ...

    def count(self, kind: RecordKind, owner: str | None = None) -> int:
        """How many records there are, of one owner or all."""
        ...

    def names(self, kind: RecordKind) -> Iterator[tuple[int, str, str]]:
        """Key, school (provider) and id of every record."""
        ...

    def by_key(self, kind: RecordKind, keys: Sequence[int], *, consents: bool = True) -> dict[int, Record]:
        """The records with these random keys, in one query; missing keys are absent.

        Consents of alumni take a second query: without `consents` they are left out.
        """
        ...

    def ledger(self) -> Iterator[LedgerLine]:
        """Every ledger entry."""
        ...

    def kept_consents_by_person(self) -> Iterator[tuple[int, KeptConsent]]:
        """Every consent that is kept, in force or not and whatever its person objects to: to judge terms by."""
        ...

    def ledger_of(self, *keys: int) -> list[LedgerLine]:
        """What these alumni were asked, gave and received, each oldest first."""
        ...

    def conflicts(self) -> Iterator[tuple[int, int]]:
        """Pairs (request key, alumnus key) that may not meet: the requester self, and declared conflicts."""
        ...

    def conflicts_of(self, alumni: Collection[int], requests: Collection[int]) -> list[tuple[int, int]]:
        """Those of `conflicts` in which one of these alumni or requests is."""
        ...

    def places(self) -> dict[str, Coordinates]:
        """Coordinates by place key: `pc4:8011` or `town:zwolle` (see `matcher.text`)."""
        ...


class Writer(Protocol):
    """Writes imported records and places."""

    def upsert(
        self, kind: RecordKind, rows: Sequence[Upsert], *, today: date, dry_run: bool = False
    ) -> list[UpsertResult]:
        """Writes the rows in one transaction, with one new data revision when anything changed."""
        ...

    def add_places(self, places: Mapping[str, Coordinates]) -> int:
        """Adds or replaces coordinates; returns how many changed (a new data revision when any did)."""
        ...


class Vectors(Protocol):
    """Keeps canonical vectors by hash of text and encoder."""

    def load(self, encoder: str, hashes: Iterable[str]) -> dict[str, Int8Matrix]:
        """The vectors that are there, each of shape (dimension,)."""
        ...

    def save(self, encoder: str, vectors: Mapping[str, Int8Matrix]) -> None:
        """Adds vectors; existing ones stay."""
        ...

    def drop(self, encoder: str, beginnings: Iterable[str]) -> None:
        """Removes the vectors of texts whose hash begins so."""
        ...

    def prune(self, encoder: str, used: Iterable[str]) -> int:
        """Removes vectors whose text is no longer anybody's; returns how many.

        `used`: hashes of texts, or what they begin with, all of one length.
        """
        ...


class Log(Protocol):
    """Remembers who did what."""

    def log(self, by: Asker | None, action: str, details: Mapping[str, Any]) -> int:
        """Adds an entry, by random keys and codes alone. Returns its number."""
        ...

    def log_entries(self, school: str | None = None, actions: Collection[str] | None = None) -> Iterator[LogEntry]:
        """All entries, the oldest first, of one school or all, and of these actions or all."""
        ...

    def count_actions(self) -> dict[str, int]:
        """How many entries there are of each action."""
        ...

    def entry(self, number: int) -> LogEntry | None:
        """One entry; None where there is none."""
        ...


class Keeping(Protocol):
    """Answers to the people whose data it keeps."""

    def contact(self, key: int) -> Contact | None:
        """The contact details of one alumnus; None where there are none."""
        ...

    def alumni_at(self, email: str) -> list[tuple[int, str]]:
        """Key and school of the alumni with this address, in any spelling."""
        ...

    def kept_consents(self, key: int) -> list[KeptConsent]:
        """Every consent of an alumnus that is kept, withdrawn ones too, by purpose."""
        ...

    def stated_fields(self, key: int) -> frozenset[str]:
        """The fields that an alumnus filled in himself; all others come from an import."""
        ...

    def ledger_of_request(self, key: int) -> list[LedgerLine]:
        """Who was asked for a request, and what he or she said, oldest first."""
        ...

    def add_to_ledger(
        self, line: LedgerLine, action: str, details: Mapping[str, Any], *, by: Asker | None = None
    ) -> bool:
        """Adds a line and its entry in the log; False where the same ask or an answer to it is there already.

        A no takes the place of a yes.
        """
        ...

    def requests_asked_at(self, email: str) -> list[int]:
        """Random keys of the requests that somebody with this address asked, in any spelling."""
        ...

    def requests_with_yes(self, school: str | None, kinds: Collection[RequestKind], limit: int) -> list[int]:
        """Random keys of the requests of a school, or all, to which somebody said yes, the last yes first."""
        ...

    def objects_since(self, key: int) -> date | None:
        """Since when an alumnus objects to being ranked; None where he or she does not."""
        ...

    def entries_about(self, key: int, *, limit: int | None = None) -> list[LogEntry]:
        """The entries of the log about this alumnus, the newest first; the last `limit`, or all."""
        ...

    def has_seen(self, actor: int, action: str, query: int, least: int) -> bool:
        """Whether the log has a ranking by this account for this query that showed at least so many."""
        ...

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
        """Consent given or withdrawn by the person; a new data revision. Raises KeyError."""
        ...

    def correct(self, key: int, field: str, value: object, *, by: Asker | None = None) -> None:
        """A field as the person says it is; imports leave it alone from then on. Raises KeyError."""
        ...

    def count_objections(self) -> int:
        """How many people object to being ranked."""
        ...

    def keep(self, key: int, *, today: date, by: Asker | None = None) -> None:
        """The data may stay: consents in force count from today."""
        ...

    def state_objection(self, key: int, *, objects: bool, today: date, by: Asker | None = None) -> None:
        """Nobody finds this person any more, or consents count again; a new data revision. Raises KeyError."""
        ...

    def erase(self, key: int, hashes: Iterable[str], *, today: date, by: Asker | None = None) -> bool:
        """Removes everything of a person and leaves tombstones; False where gone already."""
        ...


class OldStore(Records, Writer, Vectors, Log, Keeping, Store, Protocol):
    """The whole database."""

    def snapshot(self) -> AbstractContextManager[Records]:
        """Reads that all see the same state of the data, however many writes end meanwhile."""
        ...

    def export_rows(self, kind: RecordKind) -> Iterator[Record]:
        """All records of a kind with contact details or requester: for the export only."""
        ...
