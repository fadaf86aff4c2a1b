"""Repositories of alumni, requests and offerings, and of what belongs to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerLine
from matcher.domain.places import Coordinates
from matcher.domain.records import Contact, Record, RecordKind
from matcher.repositories.values import (
    Agreement,
    Changes,
    ImportTrace,
    KeptConsent,
    KeptImport,
    KeptMerge,
    Mention,
    MergeTrace,
    OtherNumber,
    PossiblePair,
    Side,
    Undone,
    Unmerged,
    Upsert,
    UpsertResult,
)
from matcher.traces import Traces


class RecordTable(Protocol):
    """Alumni, requests and offerings."""

    def stream(self, kind: RecordKind, *, personal: bool = False) -> Iterator[Record]:
        """All records of a kind, ordered by key; `personal`: with contact details or requester, for an export only."""
        ...

    def find(self, kind: RecordKind, id: str, owner: str | None = None) -> list[Record]:  # noqa: A002 - the word for it
        """The records with this id, ordered by owner, without contact details: none, one, or one per school."""
        ...

    def by_key(self, kind: RecordKind, keys: Sequence[int], *, consents: bool = True) -> dict[int, Record]:
        """The records with these random keys, in one query; missing keys are absent.

        Consents of alumni take a second query: without `consents` they are left out.
        """
        ...

    def page(
        self,
        kind: RecordKind,
        owner: str | None = None,
        offset: int = 0,
        limit: int = 20,
        *,
        kinds: Collection[RequestKind] | None = None,
        agreed: Agreement | None = None,
    ) -> list[Record]:
        """Records ordered by owner and id (code points), without contact details.

        `kinds`: only such requests; `agreed`: only alumni who meet it.
        """
        ...

    def count(
        self,
        kind: RecordKind,
        owner: str | None = None,
        *,
        kinds: Collection[RequestKind] | None = None,
        agreed: Agreement | None = None,
    ) -> int:
        """How many records there are, of one owner or all; `kinds` and `agreed` as in `page`."""
        ...

    def names(self, kind: RecordKind) -> Iterator[tuple[int, str, str]]:
        """Key, school (provider) and id of every record, in no particular order."""
        ...

    def schools(self) -> list[str]:
        """Every school that has alumni or requests, by name."""
        ...

    def owners(self) -> list[str]:
        """Every school, employer and provider that has a record here, by name."""
        ...


class People(Protocol):
    """What belongs to one alumnus besides the record: contact details, corrections; and erasure."""

    def contact(self, key: int) -> Contact | None:
        """The contact details of an alumnus; None where there are none."""
        ...

    def with_email(self, email: str) -> list[tuple[int, str]]:
        """Key and school of the alumni with this address, in any spelling, by school."""
        ...

    def unreachable(self, school: str | None = None) -> Mapping[int, str]:
        """The schools of the alumni without an e-mail address, by random key; those of a school or of all."""
        ...

    def requests_asked_by(self, email: str) -> list[int]:
        """Random keys of the requests with this requester, in any spelling."""
        ...

    def requester(self, request_key: int) -> str | None:
        """The address of who made a request; None where there is none."""
        ...

    def stated_fields(self, key: int) -> frozenset[str]:
        """The fields that an alumnus filled in; all others come from an import."""
        ...

    def correct(self, key: int, field: str, value: object) -> None:
        """Sets a field as the alumnus states it; imports leave it alone from then on. None clears. Raises KeyError.

        `field`: of an own field of the school `own:` and its key.
        """
        ...

    def erase(self, key: int, hashes: Iterable[str]) -> bool:
        """Removes everything of an alumnus, vectors of these texts too, and leaves tombstones; False if already gone.

        At most one in a transaction.
        """
        ...


class Erasures(Protocol):
    """Before an erasure: what would betray the alumnus in a file, and who else may be the same person."""

    def traces(self, key: int) -> Traces:
        """The random key of an alumnus with every word stored of them, as stored."""
        ...

    def others(self, key: int) -> list[OtherNumber]:
        """The alumni that may be the same person, by school and number, with why. Reads only those that it finds."""
        ...

    def mentions(self, names: Iterable[str]) -> list[Mention]:
        """The records whose text has one of these words or names in it, whatever the capitals."""
        ...


class Consents(Protocol):
    """Consents and objections."""

    def of(self, key: int) -> list[KeptConsent]:
        """Every stored consent of an alumnus, withdrawn ones too, by purpose."""
        ...

    def all(self, among: Iterable[int] | None = None) -> Iterator[tuple[int, KeptConsent]]:
        """Every stored consent by alumnus, of all or `among` these, in force or not, regardless of objections.

        Ordered by key, of `among` in parts.
        """
        ...

    def state(self, key: int, purpose: Purpose, *, given: bool, version: str | None = None) -> None:
        """Records consent given or withdrawn by the alumnus. `version`: of the text agreed to. Raises KeyError."""
        ...

    def renew(self, key: int, purposes: Collection[Purpose]) -> None:
        """The consents of an alumnus for these purposes count from today, but for those that were withdrawn."""
        ...

    def end(self, consents: Collection[tuple[int, Purpose]]) -> None:
        """Ends consents whose term is over; the alumnus can give them again."""
        ...

    def objects_since(self, key: int) -> date | None:
        """Since when an alumnus objects to being ranked; None without an objection."""
        ...

    def set_objection(self, key: int, *, objects: bool) -> bool:
        """Records or ends an objection; False if nothing changed. Raises KeyError."""
        ...

    def objections(self) -> dict[int, date]:
        """Since when each alumnus who objects to being ranked does so, by random key."""
        ...


class Ledger(Protocol):
    """Asks of alumni, and what they gave and received."""

    def all(self) -> Iterator[LedgerLine]:
        """Every line that counts (`matcher.domain.ledger.standing`), oldest first."""
        ...

    def of(self, *keys: int) -> list[LedgerLine]:
        """The lines of these alumni that count, each oldest first."""
        ...

    def of_request(self, key: int) -> list[LedgerLine]:
        """The lines of a request that count, oldest first."""
        ...

    def of_school(self, school: str | None, since: date) -> list[LedgerLine]:
        """The lines that count of what a school, or any, asked and gave since a day, oldest first."""
        ...

    def entries(self, *keys: int, request: int | None = None) -> list[LedgerLine]:
        """Every entry about these alumni, each oldest first: what was undone too, and what undid it.

        Without alumni: every entry about a request.
        """
        ...

    def add(self, line: LedgerLine) -> int:
        """Adds a line, with the asker of the transaction as its author; returns its key.

        School, kind and team are those of its request where it says nothing. One that undoes a line and names none
        undoes the newest that counts of this alumnus and request; where there is none it undoes nothing.
        """
        ...

    def requests_with_yes(self, school: str | None, kinds: Collection[RequestKind], limit: int) -> list[int]:
        """Random keys of the requests of a school, or all, that an alumnus accepted, the most recent first."""
        ...


class Conflicts(Protocol):
    """Requests and alumni that may not meet: requester and alumnus are the same person, or a conflict was declared."""

    def all(self) -> Iterator[tuple[int, int]]:
        """Every pair (request key, alumnus key)."""
        ...

    def among(self, alumni: Collection[int], requests: Collection[int]) -> list[tuple[int, int]]:
        """The pairs with one of these alumni or one of these requests."""
        ...

    def declared(self, request_key: int) -> set[int]:
        """The keys of the alumni with whom a conflict of this request was declared: no more than the school said."""
        ...

    def declare(self, request_key: int, alumnus_key: int) -> bool:
        """Declares a conflict; False where it was declared already."""
        ...

    def withdraw(self, request_key: int, alumnus_key: int) -> bool:
        """Withdraws a declared conflict; False if there is none."""
        ...


class Places(Protocol):
    """Coordinates by place key: `pc4:8011`, `town:zwolle` or `town:bergen@school` (see `matcher.text`)."""

    def all(self) -> dict[str, Coordinates]:
        """Every place."""
        ...

    def of(self, keys: Collection[str]) -> dict[str, Coordinates]:
        """The places with these keys; unknown ones are absent."""
        ...

    def add(self, places: Mapping[str, Coordinates]) -> int:
        """Adds or replaces coordinates; returns how many changed."""
        ...

    def remove(self, keys: Collection[str]) -> int:
        """Forgets coordinates; returns how many there were."""
        ...

    def around(self, school: str) -> list[Coordinates]:
        """Where the alumni of a school live, as far as known: each place once."""
        ...


class Imports(Protocol):
    """Rows of spreadsheets and feeds into records."""

    def begin(self, kind: RecordKind, owner: str | None, file: str) -> str:
        """Begins an import that can be taken back for 30 days; returns its random id. `owner`: that of the file."""
        ...

    def upsert(
        self, kind: RecordKind, rows: Sequence[Upsert], *, import_id: str | None = None, alike: bool = True
    ) -> list[UpsertResult]:
        """Writes the rows. Raises ValueError for what an importer has to refuse: a record twice, an unknown field.

        `import_id`: of the import with which they can be taken back; KeyError for an unknown one. Without `alike` the
        results name no possible duplicates (`same_as`) of rows with an id of their own, which saves looking for them.
        """
        ...

    def preview(self, kind: RecordKind, rows: Sequence[Upsert]) -> list[UpsertResult]:
        """What `upsert` would do; writes nothing."""
        ...

    def listed(self, owner: str | None = None, limit: int = 50) -> list[KeptImport]:
        """The newest imports first, of one school or provider or all; each is kept for 30 days."""
        ...

    def find(self, import_id: str) -> KeptImport | None:
        """The import with this id; None for one that there is not, or no longer."""
        ...

    def undo(self, import_id: str) -> Undone:
        """Takes an import back, but for what was changed since, and notes it. Raises KeyError for an unknown one."""
        ...

    def about(self, key: int) -> list[ImportTrace]:
        """What is kept of an alumnus for the undo of imports, the newest first."""
        ...

    def forget(self, before: datetime) -> int:
        """Forgets the imports before a moment (UTC), and what their undo needs; returns how many."""
        ...


class Duplicates(Protocol):
    """Alumni who may be one person: pairs, those who are known to be two, and making one of two."""

    def pairs(self, school: str | None = None, limit: int = 500) -> list[PossiblePair]:
        """Pairs of alumni of one school that may be one person, but for those known to be two. One query."""
        ...

    def said_twice(self, kind: RecordKind, rows: Sequence[Upsert]) -> list[UpsertResult]:
        """Of all rows of a file, the results of those about a merged alumnus for whom another row counts.

        That is the row with the number of today, else the first.
        """
        ...

    def differ(self, one: int, other: int) -> bool:
        """Remembers that these alumni (random keys) are two people; False if that was known."""
        ...

    def sides(self, kept: int, gone: int, chosen: Mapping[str, Side]) -> Mapping[str, Side]:
        """The side of each field that a merge would take. Raises KeyError for an alumnus who is not there."""
        ...

    def merge(self, kept: int, gone: int, chosen: Mapping[str, Side], hashes: Iterable[str] = ()) -> str:
        """Makes one alumnus of two of one school, and notes it; returns the random id of the merge.

        `hashes`: of texts that only the gone one has, of which the vectors go. Raises KeyError.
        """
        ...


class Merges(Protocol):
    """Alumni who were merged, and the numbers that they had."""

    def listed(self, school: str | None = None, limit: int = 50) -> list[KeptMerge]:
        """The newest merges first, of a school or all; each is kept for 30 days."""
        ...

    def find(self, merge_id: str) -> KeptMerge | None:
        """The merge with this id; None for one that there is not, or no longer."""
        ...

    def undo(self, merge_id: str) -> Unmerged:
        """Makes two alumni again, but for what was changed since, and notes it. Raises KeyError, InvalidValue."""
        ...

    def about(self, key: int) -> list[MergeTrace]:
        """What is kept of an alumnus for the undo of merges, the newest first."""
        ...

    def former_numbers(self, key: int) -> list[str]:
        """The numbers that an alumnus had before being merged, sorted."""
        ...

    def number_of(self, school: str, former: str) -> str | None:
        """The number of today of whoever had this number before a merge; None if no one did."""
        ...

    def holders(self) -> Mapping[int, tuple[int, str | None]]:
        """By random key of before a merge that of now, and the last merge of that alumnus that can be undone."""
        ...

    def forget(self, before: datetime) -> int:
        """Forgets what the undo of merges before a moment (UTC) needs; returns of how many."""
        ...


class DirectoryReader(Protocol):
    """The list of alumni as people browse it."""

    def alumni(self, keys: Collection[int] | None = None) -> Iterator[Sequence[Any]]:
        """School, id, key, function, sector, town and `agreed_on` of all alumni, or of these keys; in any order.

        `agreed_on`: the day of the consent to advice, `date.max` for one without a day, None without consent or with
        an objection. Raw columns: decoding whole records takes twenty times as long.
        """
        ...

    def with_id(self, id: str) -> list[tuple[int, str, date | None]]:  # noqa: A002 - the word for it
        """Key, school and `agreed_on` of the alumni with this id, by school: one statement, whether there are any."""
        ...

    def schools(self) -> list[str]:
        """Every school that has alumni, in order (code points)."""
        ...


class ChangeReader(Protocol):
    """The states of the data, and what changed between them."""

    def revision(self) -> int:
        """The newest data revision; 0 for an empty database."""
        ...

    def origin(self) -> str:
        """Identifies this state of this database: the newest revision and the moment it was made."""
        ...

    def newest_change(self, reads: Collection[str]) -> int:
        """The number of the newest entry of the log with another action than these, among the last ones.

        The oldest of those last ones where all are of these actions; 0 for an empty log.
        """
        ...

    def identity(self) -> str:
        """Identifies this database, whatever its state; empty for an empty one."""
        ...

    def since(self, origin: str, alumni: Iterable[int] = (), until: str | None = None) -> Changes | None:
        """The records that changed since a state of the data; None if that is not fully known.

        `alumni`: the random keys of then, of which those who were erased are among the changed. `until`: a later state,
        of which no later change counts; None for the newest.
        """
        ...

    def preceding(self, kind: RecordKind, keys: Sequence[int]) -> dict[int, int | None]:
        """For each of these records the key of the one just before it by id and owner (code points)."""
        ...

    def listed_skills(self, kind: RecordKind, keys: Sequence[int]) -> Iterator[tuple[str, ...]]:
        """The skills that each of these requests or offerings lists, in no particular order."""
        ...

    def texts_without_skills(self, kind: RecordKind) -> Iterator[tuple[int, str]]:
        """Key, and title with description, of each request or offering without listed skills; maybe a few others."""
        ...


class Questions(Protocol):
    """Questions that are not saved, by a digest of asker and question: what the handles on their cards are bound to."""

    def scope(self, digest: str) -> str | None:
        """The scope of a question; None for one that is new or older than its term."""
        ...

    def begin(self, digest: str, scope: str, lasts: timedelta) -> None:
        """Stores the scope of a question. Those whose term is over are removed, unless a request keeps them."""
        ...

    def keep(self, digest: str, request_key: int) -> bool:
        """The question was saved as this request, which keeps its scope; False where its term is over."""
        ...

    def scope_of_request(self, request_key: int) -> str | None:
        """The scope that a request keeps; None for one that was no question before."""
        ...


class RetentionTable(Protocol):
    """Alumni asked whether their data may stay, without an answer yet."""

    def all(self) -> dict[int, tuple[date, date | None]]:
        """By random key: the day of the question, and that of the reminder."""
        ...

    def of(self, key: int) -> tuple[date, date | None] | None:
        """The same for one alumnus; None without a question."""
        ...

    def record(self, key: int, step: str) -> None:
        """The alumnus was asked (`ask`) or reminded (`remind`) today."""
        ...

    def clear(self, key: int) -> None:
        """The alumnus has answered."""
        ...
