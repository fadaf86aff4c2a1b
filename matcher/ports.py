"""What the domain needs from outside, as Protocols of a few methods; adapters are chosen in `api/wiring.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.places import Coordinates
from matcher.domain.records import Contact, Record, RecordKind
from matcher.policy import Asker, Role

Int8Matrix = NDArray[np.int8]
Float32Matrix = NDArray[np.float32]
Rows = NDArray[np.int64]


class Encoder(Protocol):
    """Turns texts into canonical vectors."""

    @property
    def id(self) -> str:
        """Name and hash of everything that decides the vectors: `name@sha256:...` (cheap: loads no model)."""
        ...

    @property
    def scale(self) -> VectorScale:
        """Dimension, quantisation and calibration of this encoder (cheap: loads no model)."""
        ...

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Int8Matrix:
        """Canonical vectors, shape (len(texts), scale.dimension); a zero row where a text says nothing."""
        ...

    def embed(self, texts: Sequence[str], *, progress: Progress | None = None) -> Float32Matrix:
        """The same before quantisation: unit vectors, or zeros, for other tools."""
        ...

    def similar_terms(
        self, query: str, candidates: Sequence[str], shown: Sequence[Collection[str]]
    ) -> list[tuple[SimilarTerms, ...]]:
        """For each candidate the words of the two texts that made their cosine, the largest part first.

        Only words that name no person. `shown`: for each candidate the terms that are shown already, so their words may
        be named too. Empty where no word is worth naming, or where the encoder cannot tell.
        """
        ...


@dataclass(frozen=True, slots=True)
class SimilarTerms:
    """A word of one text and one of another, as written there, and their part of the cosine of the two texts."""

    query: str
    candidate: str
    cosine: float


@dataclass(frozen=True, slots=True)
class VectorScale:
    """How a float vector becomes int8 and how a dot product becomes a similarity.

    canonical = clip(rint(unit vector x factor), -levels, levels); cosine = dot / factor^2.
    `levels` is such that a dot product stays below 2^24, hence exact in float32.
    `calibration` are the (cosine, value) points of a strictly increasing piecewise-linear map to [0, 1].
    """

    dimension: int
    factor: float
    levels: int
    calibration: tuple[tuple[float, float], ...]


class Progress(Protocol):
    """Told how far a long task is; shows it or not."""

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` units are finished."""
        ...


class VectorIndex(Protocol):
    """Exact or approximate search by inner product over canonical vectors of the rows of a pool."""

    @property
    def exact(self) -> bool:
        """Whether no row that a search leaves out has a larger dot product than the last that it gives: proven."""
        ...

    def search(self, query: NDArray[np.int8], k: int, rows: Rows | None = None) -> tuple[Rows, NDArray[np.int32]]:
        """The k rows with the largest dot product, among `rows` (sorted, unique) or all: (row numbers, dots).

        Ordered by dot product descending, then row number ascending; fewer than k when there are fewer rows. Of an
        index that is not exact they are k good ones. Raises IndexUnavailable where the index is elsewhere.
        """
        ...


class Mailer(Protocol):
    """Sends one message to one person."""

    def send(self, to: str, subject: str, text: str, *, message_id: str = "") -> None:
        """Sends it; nothing of it is logged. `message_id`: the left part of the header Message-ID.

        Raises MailRefused where this recipient will not have it, MailUnreachable where the server cannot be used at
        all, MailUncertain where its answer did not come, MailError where it may be tried again later.
        """
        ...

    def abort(self) -> None:
        """Breaks off what is being sent, from another thread; `send` then raises MailError."""
        ...


class Clock(Protocol):
    """The only source of the time."""

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        ...

    def today(self) -> date:
        """The day of `now()` in the Netherlands."""
        ...


@dataclass(frozen=True, slots=True)
class KeptConsent:
    """A consent as stored, in force or not."""

    purpose: Purpose
    given_on: date | None
    withdrawn_on: date | None
    last_withdrawn_on: date | None
    source: str
    text_version: str | None


@dataclass(frozen=True, slots=True)
class Upsert:
    """One row of an import: its id, its school or provider, and the fields that the file has a column for.

    `values` maps field names of the record (and of Contact, and `consents`) to values; None clears.
    A field that is absent from `values` is left as it was. For alumni, `values['consents']` is a
    frozenset of purposes and `values['consent_date']` a date or None.
    """

    row: int
    id: str
    owner: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """What one upsert did: `created`, `updated` or `unchanged`, and warnings as (code, values)."""

    row: int
    outcome: str
    warnings: tuple[tuple[str, Mapping[str, object]], ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What some changes are about, by random key: added, changed or gone."""

    alumni: frozenset[int] = frozenset()
    """Whose record, consents, conflicts or ledger it may be."""
    requests: frozenset[int] = frozenset()
    offerings: frozenset[int] = frozenset()

    def __len__(self) -> int:
        """How many records."""
        return len(self.alumni) + len(self.requests) + len(self.offerings)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the log. `actor` is the random key of an account or token; None has none. UTC."""

    id: int
    at: datetime
    actor: int | None
    role: str
    school: str | None
    action: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification of the log found. `wrong`: the first entry that does not fit; None where all do."""

    entries: int
    last: str
    wrong: int | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is logged in. `form_token` must come with every form that it sends."""

    asker: Asker
    form_token: str
    fresh: bool
    """Whether the login is at most 15 minutes old."""
    stale: bool
    """Whether its use has to be recorded, which is done every few minutes only."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A place where an account is logged in (UTC); `here`: the one that asks."""

    created_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a system, without the secret."""

    key: int
    name: str
    role: Role
    school: str | None
    created_at: datetime
    last_used_on: date | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Link:
    """A link that still works: for which alumnus, and for what."""

    alumnus_key: int
    purpose: str


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
    ) -> list[Record]:
        """Records ordered by owner and id (code points), without contact details; `kinds`: only such requests."""
        ...

    def count(self, kind: RecordKind, owner: str | None = None, *, kinds: Collection[RequestKind] | None = None) -> int:
        """How many records there are, of one owner or all; `kinds`: only such requests."""
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

    def reachable(self) -> frozenset[int]:
        """Random keys of the alumni with an e-mail address."""
        ...

    def requests_asked_by(self, email: str) -> list[int]:
        """Random keys of the requests with this requester, in any spelling."""
        ...

    def stated_fields(self, key: int) -> frozenset[str]:
        """The fields that an alumnus filled in; all others come from an import."""
        ...

    def correct(self, key: int, field: str, value: object) -> None:
        """Sets a field as the alumnus states it; imports leave it alone from then on. None clears. Raises KeyError."""
        ...

    def erase(self, key: int, hashes: Iterable[str]) -> Erasure | None:
        """Removes everything of an alumnus, vectors of these texts too, and leaves tombstones; None where gone.

        At most one in a transaction.
        """
        ...


@dataclass(frozen=True, slots=True)
class Erasure:
    """An alumnus was erased: of which school, and from how many requests the address was taken."""

    school: str
    requests_without_asker: int


class Consents(Protocol):
    """Consents and objections."""

    def of(self, key: int) -> list[KeptConsent]:
        """Every stored consent of an alumnus, withdrawn ones too, by purpose."""
        ...

    def all(self) -> Iterator[tuple[int, KeptConsent]]:
        """Every stored consent by alumnus, in force or not and whatever its alumnus objects to, ordered by key."""
        ...

    def state(self, key: int, purpose: Purpose, *, given: bool, version: str | None = None) -> None:
        """Consent given or withdrawn by the alumnus. `version`: of the text agreed to. Raises KeyError."""
        ...

    def renew(self, key: int) -> None:
        """Consents in force count from today."""
        ...

    def end(self, consents: Collection[tuple[int, Purpose]]) -> None:
        """Ends consents whose term is over; the alumnus can give them again."""
        ...

    def objects_since(self, key: int) -> date | None:
        """Since when an alumnus objects to being ranked; None without an objection."""
        ...

    def set_objection(self, key: int, *, objects: bool) -> bool:
        """Records or ends an objection; False where that was so already. Raises KeyError."""
        ...

    def count_objections(self) -> int:
        """How many alumni object to being ranked."""
        ...


class Ledger(Protocol):
    """What was asked of, given by and given to alumni."""

    def all(self) -> Iterator[LedgerLine]:
        """Every line, oldest first."""
        ...

    def of(self, *keys: int) -> list[LedgerLine]:
        """The lines of these alumni, each oldest first."""
        ...

    def of_request(self, key: int) -> list[LedgerLine]:
        """The lines of a request, oldest first."""
        ...

    def add(self, line: LedgerLine) -> None:
        """Adds a line, by whoever writes."""
        ...

    def remove(self, alumnus_key: int, request_key: int, event: LedgerEvent) -> None:
        """Removes the lines of this alumnus and request with this event."""
        ...

    def requests_with_yes(self, school: str | None, kinds: Collection[RequestKind], limit: int) -> list[int]:
        """Random keys of the requests of a school, or all, that an alumnus accepted, the last yes first."""
        ...


class Conflicts(Protocol):
    """Requests and alumni that may not meet: requester and alumnus are one, or a conflict was declared."""

    def all(self) -> Iterator[tuple[int, int]]:
        """Every pair (request key, alumnus key)."""
        ...

    def among(self, alumni: Collection[int], requests: Collection[int]) -> list[tuple[int, int]]:
        """The pairs with one of these alumni or one of these requests."""
        ...

    def declare(self, request_key: int, alumnus_key: int) -> bool:
        """Declares a conflict; False where it was declared already."""
        ...

    def withdraw(self, request_key: int, alumnus_key: int) -> bool:
        """Takes a declared conflict back; False where there is none."""
        ...


class Places(Protocol):
    """Coordinates by place key: `pc4:8011` or `town:zwolle` (see `matcher.text`)."""

    def all(self) -> dict[str, Coordinates]:
        """Every place."""
        ...

    def of(self, keys: Collection[str]) -> dict[str, Coordinates]:
        """The places with these keys; unknown ones are absent."""
        ...

    def add(self, places: Mapping[str, Coordinates]) -> int:
        """Adds or replaces coordinates; returns how many changed."""
        ...


class Imports(Protocol):
    """Rows of spreadsheets and feeds into records."""

    def upsert(self, kind: RecordKind, rows: Sequence[Upsert]) -> list[UpsertResult]:
        """Writes the rows. Raises ValueError for what an importer has to refuse: a record twice, an unknown field."""
        ...

    def preview(self, kind: RecordKind, rows: Sequence[Upsert]) -> list[UpsertResult]:
        """What `upsert` would do; writes nothing."""
        ...


class DirectoryReader(Protocol):
    """The list of alumni as people browse it."""

    def alumni(self, keys: Collection[int] | None = None) -> Iterator[Sequence[Any]]:
        """School, id, key, function, sector and town of every alumnus, or of those with these keys; in any order.

        Raw columns: decoding whole records takes twenty times as long.
        """
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
        """Tells this state of this database from every other: the newest revision and the moment it was made."""
        ...

    def identity(self) -> str:
        """Tells this database from every other, whatever its state; empty for an empty one."""
        ...

    def since(self, origin: str) -> Changes | None:
        """What all changes since a state of the data are about; None where it may be more than is known."""
        ...

    def preceding(self, kind: RecordKind, keys: Sequence[int]) -> dict[int, int | None]:
        """For each of these records the key of the one just before it by id and owner (code points)."""
        ...

    def listed_skills(self, kind: RecordKind, keys: Sequence[int]) -> Iterator[tuple[str, ...]]:
        """The skills that each of these requests or offerings lists, in no particular order."""
        ...

    def texts_without_skills(self, kind: RecordKind) -> Iterator[tuple[int, str]]:
        """Key, and title with description, of each request or offering without listed skills, and maybe some more."""
        ...


TOKEN_ISSUER = "token"  # noqa: S105 - an issuer of accounts, no secret
"""The issuer of accounts of people who logged in with a token; the subject is the token's key."""


class Accounts(Protocol):
    """Accounts of people who log in. `issuer` and `subject` are those of the login service."""

    def save(self, issuer: str, subject: str, role: Role, school: str | None, alumnus_key: int | None = None) -> Asker:
        """The account of a login, made where it is new; role and school are brought up to date."""
        ...

    def find(self, issuer: str, subject: str) -> Asker | None:
        """The account of a login, as it is; None where there is none."""
        ...

    def end(self, issuer: str, subject: str) -> bool:
        """Ends an account and its sessions; False where there is none."""
        ...


class Sessions(Protocol):
    """Browsers that are logged in. Their secrets are stored as SHA-256 only."""

    def open(self, account: int) -> str:
        """A new session; returns its secret. Sessions that have ended are removed."""
        ...

    def find(self, secret: str) -> Session | None:
        """The session with this secret; None for one that never was, has ended, was ended or was left alone."""
        ...

    def mark_used(self, secret: str) -> None:
        """Records that the session was used now."""
        ...

    def of(self, account: int, secret: str = "") -> list[OpenSession]:
        """Where an account is logged in, the newest first; `secret` is that of the browser that asks."""
        ...

    def close(self, secret: str) -> None:
        """Ends a session, for every process at once."""
        ...

    def close_all(self, account: int | None = None) -> int:
        """Ends every session of an account, or of all; returns how many there were."""
        ...


class Tokens(Protocol):
    """Tokens of other systems. Their secrets are stored as SHA-256 only."""

    def new(self, name: str, role: Role, school: str | None) -> tuple[int, str]:
        """A new token: its key, and the secret, which is shown once."""
        ...

    def find(self, secret: str) -> tuple[Asker, date | None] | None:
        """Whom a token stands for and the day it was last used; None for one that is unknown or revoked."""
        ...

    def mark_used(self, key: int) -> None:
        """Records that the token was used today."""
        ...

    def all(self) -> Sequence[Token]:
        """All tokens, the oldest first, revoked ones too."""
        ...

    def revoke(self, key: int) -> bool:
        """Ends a token and the sessions that came from it; False where there is none, or it ended before."""
        ...


class Links(Protocol):
    """Links by mail that work once. Their secrets are stored as SHA-256 only."""

    def new(self, alumnus_key: int, purpose: str, lasts: timedelta) -> str:
        """A link for one alumnus and one purpose; returns its secret. Expired links are removed. Raises KeyError."""
        ...

    def find(self, secret: str) -> Link | None:
        """A link that still works; looking does not use it up."""
        ...

    def use(self, secret: str, purpose: str) -> int | None:
        """The alumnus of a link, which then is used up; None where it is unknown, used, expired or for another use."""
        ...

    def waiting(self, alumnus_key: int, purpose: str) -> int:
        """How many unexpired links of an alumnus there are for a purpose, used or not."""
        ...


class AuditLog(Protocol):
    """The append-only log. Entries are added by `Transaction.note`."""

    def page(self, school: str | None = None, *, before: int | None = None, limit: int = 100) -> list[LogEntry]:
        """The newest entries first; `before`: only those with a lower number.

        With a school: what its people did, what anyone did with its alumni, and what was done to the whole
        installation. Of what others did only the alumni of this school are included.
        """
        ...

    def stream(self, school: str | None = None, actions: Collection[str] | None = None) -> Iterator[LogEntry]:
        """All entries, the oldest first, of one school or all, and of these actions or all."""
        ...

    def count_actions(self) -> dict[str, int]:
        """How many entries there are of each action, by its name."""
        ...

    def entry(self, number: int) -> LogEntry | None:
        """One entry; None where there is none."""
        ...

    def about(self, key: int, *, limit: int | None = None) -> list[LogEntry]:
        """The entries about this alumnus, the newest first; the last `limit`, or all."""
        ...

    def has_seen(self, actor: int, action: str, query: int, least: int) -> bool:
        """Whether this account ranked for this query and was shown at least `least` candidates."""
        ...

    def verify(self) -> Verdict:
        """Computes every seal again: which entry, if any, was changed, added or removed."""
        ...

    def forget(self, before: datetime) -> int:
        """Removes the entries from before a moment (UTC), which a new entry says; returns how many."""
        ...


class RetentionTable(Protocol):
    """Alumni who were asked whether their data may stay, and have not answered yet."""

    def all(self) -> dict[int, tuple[date, date | None]]:
        """By random key: the day of the question, and that of the reminder."""
        ...

    def of(self, key: int) -> tuple[date, date | None] | None:
        """The same of one alumnus; None where there is no question."""
        ...

    def record(self, key: int, step: str) -> None:
        """The alumnus was asked (`ask`) or reminded (`remind`) today."""
        ...

    def clear(self, key: int) -> None:
        """The alumnus has answered."""
        ...


MAIL_STATES = ("waiting", "sending", "sent", "refused", "dropped")
"""How a message can stand. The last three are ends."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message to be sent: to which alumnus, which one of the locale files, and how it stands.

    `school`: that of the alumnus. `values` fill in what the text needs besides the school, addresses and links.
    `link`: the purpose of the link that is made when it is sent; empty for none. `address`: where it goes, if not to
    the alumnus's address at the time of sending; `own_address`: whether it was written with one, which is cleared at
    the end. `state`: one of `MAIL_STATES`. `attempts`: how often it was taken. `perhaps_twice`: an attempt ended
    without an answer of the mail server, so the message may have been delivered by it, and again by the next with the
    same Message-ID. `problem`: a code of the locale files, with the number that the server answered where there is one
    (`recipient_refused 550`); empty for none. Moments are UTC, without a zone.
    """

    key: int
    alumnus_key: int
    school: str
    message: str
    values: Mapping[str, str]
    link: str
    address: str | None
    own_address: bool
    message_id: str
    state: str
    attempts: int
    perhaps_twice: bool
    problem: str
    created_at: datetime
    not_before: datetime
    actor: int | None
    role: str


class Outbox(Protocol):
    """Mail that is written in the transaction of what causes it, and sent afterwards."""

    def add(
        self,
        alumnus_key: int,
        message: str,
        *,
        values: Mapping[str, str] | None = None,
        link: str = "",
        address: str | None = None,
        delay: timedelta = timedelta(0),
    ) -> int:
        """Adds a message, to be sent after `delay`, until when it can be dropped; returns its key. Raises KeyError.

        `values`: no personal data.
        """
        ...

    def waiting(self, alumnus_key: int, message: str, *, since: datetime | None = None) -> int:
        """How many messages of this kind to an alumnus are waiting or being sent, or were written since a moment."""
        ...

    def page(
        self,
        *,
        key: int | None = None,
        alumnus_key: int | None = None,
        states: Collection[str] = (),
        school: str | None = None,
        link: str | None = None,
        limit: int = 100,
    ) -> list[Mail]:
        """Messages, the newest first: with this key, to an alumnus, in these states, to a school's alumni, with a link.

        What is left out is not asked for.
        """
        ...

    def retry(self, key: int) -> bool:
        """The message is due now, as if it were new. False where it was sent, is being sent, or is gone.

        False also where it has ended and was written with an address of its own, which is no longer there.
        """
        ...

    def drop(self, key: int) -> bool:
        """The message will not be sent. False where it is being sent, was sent or dropped, or is gone."""
        ...

    def count(self) -> Mapping[str, int]:
        """How many messages there are in each of `MAIL_STATES`."""
        ...

    def remove(self, before: datetime) -> int:
        """Removes messages that were sent, refused or dropped before a moment, or are due since; returns how many."""
        ...


class Deliveries(Protocol):
    """The outbox as the senders of mail see it: many processes, and no message in two hands."""

    def take(self) -> Mail | None:
        """Takes the first message that is due: its state is `sending`, one attempt more. None where none is due.

        A message that was taken and never finished is due again after a while, marked `perhaps_twice`.
        """
        ...

    def finish(
        self,
        mail: Mail,
        state: str,
        *,
        problem: str = "",
        retry_after: timedelta = timedelta(0),
        uncertain: bool = False,
    ) -> bool:
        """Records how an attempt ended. `state`: `sent`, `refused`, or `waiting` until `retry_after` is over.

        `uncertain`: the server may have taken the message all the same. False, and nothing is recorded, where the
        message is gone or another sender has taken it since.
        """
        ...

    def next_due(self) -> datetime | None:
        """When the first message is due (aware, UTC), which may be past; None where none waits."""
        ...


class Installation(Protocol):
    """Values that this database keeps about itself, by name."""

    def get(self, name: str) -> str | None:
        """The value; None where there is none."""
        ...

    def set_once(self, name: str, value: str) -> str:
        """Keeps the value, unless there is one already; returns what is kept."""
        ...

    def replace(self, name: str, value: str) -> None:
        """Keeps the value in place of another."""
        ...


class Records(Protocol):
    """One state of the data: every read sees the same, whatever is written meanwhile."""

    @property
    def now(self) -> datetime:
        """The moment at which the reading began, aware, in UTC."""
        ...

    @property
    def today(self) -> date:
        """The day of `now` in the Netherlands."""
        ...

    records: RecordTable
    people: People
    consents: Consents
    ledger: Ledger
    conflicts: Conflicts
    places: Places
    imports: Imports
    changes: ChangeReader
    directory: DirectoryReader
    accounts: Accounts
    sessions: Sessions
    tokens: Tokens
    links: Links
    audit: AuditLog
    retention: RetentionTable
    outbox: Outbox
    deliveries: Deliveries
    installation: Installation


class Transaction(Records, Protocol):
    """A write: what it has read no one changes before it commits. At commit one revision, and the notes, or nothing."""

    def note(
        self, action: str, details: Mapping[str, Any], *, schools: Iterable[str] = (), by: Asker | None = None
    ) -> None:
        """Adds an entry to the log at commit, by whoever writes: random keys and codes alone.

        `schools`: those of alumni who are no longer there. `by`: an account that this transaction makes or finds: a
        visitor who logs in is in the log as the account, not as a visitor.
        """
        ...


class Vectors(Protocol):
    """Canonical vectors by hash of text and encoder: derived data, so no revision."""

    def load(self, encoder: str, hashes: Iterable[str]) -> dict[str, Int8Matrix]:
        """The stored vectors, each of shape (dimension,)."""
        ...

    def save(self, encoder: str, vectors: Mapping[str, Int8Matrix]) -> None:
        """Adds vectors; existing ones stay."""
        ...

    def drop(self, encoder: str, beginnings: Iterable[str]) -> None:
        """Removes the vectors of texts whose hash begins like this."""
        ...

    def prune(self, encoder: str, used: Iterable[str]) -> int:
        """Removes vectors of texts that no record has any more; returns how many.

        `used`: hashes of texts, or their beginnings, all of one length.
        """
        ...


T = TypeVar("T")


class Store(Protocol):
    """The database. Every method raises StoreUnavailable."""

    on_mail: Callable[[], object] | None
    """Called after a commit that adds mail to the outbox or makes some due."""

    def read(self) -> AbstractContextManager[Records]:
        """One state of the data."""
        ...

    def write(self, work: Callable[[Transaction], T], *, by: Asker) -> T:
        """What `work` returns, done as the only writer and committed, with one revision and its notes.

        `work` may run again from the start after a conflict, so it has no effect but on the transaction.
        """
        ...

    def origin(self) -> str:
        """`read().changes.origin()`, which every ranking asks."""
        ...

    @property
    def vectors(self) -> Vectors:
        """The stored vectors."""
        ...

    def clean(self) -> None:
        """Removes what an erasure may have left in files of the database."""
        ...

    def reseal(self, *, by: Asker) -> int:
        """Encrypts all contact details again with the first key, all or nothing; returns how many rows. No revision."""
        ...

    def close(self) -> None:
        """Closes the connections that are kept for reuse; the store can be used again."""
        ...
