"""Values of the repositories: rows of an import, entries of the log, sessions, tokens, mail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.policy import Asker, Role

FROM_QUESTION, FROM_FORM = "ask", "form"
"""What stands in the place of a file's name in imports of one record that a person made here: they are no lists."""


@dataclass(frozen=True, slots=True)
class KeptConsent:
    """A consent as stored, in force or not."""

    purpose: Purpose
    given_on: date | None
    withdrawn_on: date | None
    last_withdrawn_on: date | None
    source: str
    text_version: str | None
    withdrawn_by: str | None = None
    """Who withdrew it: `import`, `person` or `retention`; None while in force, and where it is not known."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A condition on alumni: their consent for a purpose is in force if given since a day, or undated.

    Alumni who object do not meet it.
    """

    purpose: Purpose
    since: date


@dataclass(frozen=True, slots=True)
class Upsert:
    """One row of an import: its id, its school or provider, and the fields that the file has a column for.

    `values` maps field names of the record (and of Contact, and `consents`) to values; None clears.
    A field that is absent from `values` is left as it was. For alumni, `values['consents']` is a
    frozenset of purposes and `values['consent_date']` a date or None; `values['withdrawals']` is a
    `matcher.domain.consent.Withdrawals` or None. Without `may_withdraw` the row withdraws no consent. `shares_name`:
    another row of the file without an id has the same name.
    """

    row: int
    id: str
    owner: str
    values: Mapping[str, object]
    may_withdraw: bool = False
    shares_name: bool = False


@dataclass(frozen=True, slots=True)
class SameAs:
    """A record that may be of the same person as a row of an import, by its id at the same school or provider.

    `because`: what is the same, of `email`, `phone`, `number` (but for marks, capitals and zeros), and `only_name`.
    `row`: the row of the same call that it stands in; None where it was there before.
    """

    id: str
    because: tuple[str, ...]
    row: int | None = None


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """What one upsert did: `created`, `updated` or `unchanged`, and warnings as (code, values).

    `id`: that of the record, also where the row had none. `withdrawn`: the purposes that the row withdraws, or would
    if it might. `cleared`: the fields that had a value and become empty. `same_as`: possible duplicates, never merged.
    """

    row: int
    outcome: str
    warnings: tuple[tuple[str, Mapping[str, object]], ...] = ()
    id: str = ""
    withdrawn: tuple[Purpose, ...] = ()
    cleared: tuple[str, ...] = ()
    same_as: tuple[SameAs, ...] = ()


@dataclass(frozen=True, slots=True)
class NotUndone:
    """A record that an undo leaves as it is, by id and school or provider.

    `because`: `changed` (somebody changed it since) or `in_use` (it was created, and something hangs on it since).
    `fields`: what was left of a record of which the rest is as it was (`consents`: of consent); empty for the whole.
    """

    id: str
    owner: str
    because: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking an import back did: how many records have their old values, how many are gone, and what was left.

    `before`: when it was taken back before (UTC), in which case nothing happened.
    """

    kind: RecordKind
    restored: int = 0
    removed: int = 0
    left: tuple[NotUndone, ...] = ()
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptImport:
    """An import that can be taken back, or was (`undone_at`). Moments are UTC. `owner`: the school of the file, if one.

    `actor`: the random key of the account or token; `created` and `updated` count records.
    """

    id: str
    kind: RecordKind
    owner: str | None
    file: str
    created_at: datetime
    undone_at: datetime | None
    actor: int | None
    role: str
    created: int
    updated: int


@dataclass(frozen=True, slots=True)
class ImportTrace:
    """What is kept of one alumnus for the undo of an import (UTC): the values before it; none where it created them."""

    import_id: str
    at: datetime
    before: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """The records that changed, by random key: added, changed or removed."""

    alumni: frozenset[int] = frozenset()
    """Alumni whose record, consents, conflicts or ledger may have changed."""
    requests: frozenset[int] = frozenset()
    offerings: frozenset[int] = frozenset()
    began: datetime | None = field(default=None, compare=False)
    """The moment of the first of these changes; None for none, and where nobody looked."""
    erased: bool = field(default=False, compare=False)
    """Whether an alumnus was erased, who need not be among them."""

    @classmethod
    def of(cls, keys: Mapping[RecordKind, Collection[int]]) -> Changes:
        """Of these records, by kind."""
        alumni, requests, offerings = (frozenset(keys.get(kind, ())) for kind in RecordKind)
        return cls(alumni, requests, offerings)

    def __len__(self) -> int:
        """How many records."""
        return len(self.alumni) + len(self.requests) + len(self.offerings)

    def __or__(self, other: Changes) -> Changes:
        """The records of either."""
        return Changes(
            self.alumni | other.alumni,
            self.requests | other.requests,
            self.offerings | other.offerings,
            began=min(filter(None, (self.began, other.began)), default=None),
            erased=self.erased or other.erased,
        )


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """An alumnus that may be the same person as another, by random key, school and number.

    `because`: what is the same, of `email`, `phone`, `number` (but for marks and zeros) and `name`.
    """

    key: int
    school: str
    alumnus_id: str
    because: tuple[str, ...]


class Side(StrEnum):
    """Which of two records of one person a field of the merged one is of; `both` unites lists."""

    KEPT = "kept"
    GONE = "gone"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class PossiblePair:
    """Two alumni of one school that may be one person, the lower number first.

    `because`: what is the same, of `email`, `phone`, `number` (but for marks and zeros) and `name_year`.
    """

    school: str
    first: str
    second: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptMerge:
    """A merge that can be undone, by its random id: the number that stayed, and the one that did not. UTC."""

    id: str
    school: str
    kept: str
    gone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MergeTrace:
    """What is kept of one alumnus for the undo of a merge (UTC): the values of both before it."""

    merge_id: str
    at: datetime
    before: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unmerged:
    """Two alumni again, by number. `left`: fields and purposes that were changed since."""

    school: str
    kept: str
    gone: str
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A record in which someone else wrote of an alumnus, by its id and its school or provider; that may be empty."""

    kind: RecordKind
    id: str
    owner: str


NOBODY = "erased"
"""What stands in the details of an entry for an alumnus who was erased: any of them, they cannot be told apart."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the log. UTC.

    `actor` is the random key of an account or token; None has none, or was that of an alumnus who was erased.
    """

    id: int
    at: datetime
    actor: int | None
    role: str
    school: str | None
    action: str
    details: Mapping[str, Any]
    seal: str = ""
    """SHA-256 (hex) over this entry and the seal before it."""
    people: tuple[int, ...] = ()
    """The random keys of the alumni that it names and that still exist, where they were asked for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of verifying the log: how many entries, number and digest of the newest, and what is wrong.

    `wrong`: the first entry that does not fit, or is missing; None if all is well. `problem`: `entry` (changed, added
    or removed), `beginning` or `end` (cut off, or added to), `head` (what is stored about the end is missing or
    made up), `people` or `schools` (whom an entry is stored with), `known` (another entry than the one kept elsewhere).
    """

    entries: int
    number: int
    last: str
    wrong: int | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is logged in. Every form that it sends must carry `form_token`."""

    asker: Asker
    form_token: str
    fresh: bool
    """Whether the login is at most 15 minutes old."""
    stale: bool
    """Whether its use has to be recorded, at most every few minutes."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session of an account (UTC); `here`: the asking one."""

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
class User:
    """An account of somebody who works here: how a login service knows them, and when it came to be (UTC)."""

    key: int
    subject: str
    role: Role
    school: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """How a login service, or a way of logging in of our own, knows somebody."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link that still works: for which alumnus, and for what."""

    alumnus_key: int
    purpose: str


TOKEN_ISSUER = "token"  # noqa: S105 - an issuer of accounts, not a secret
"""The issuer of accounts of people who logged in with a token; the subject is the token's key."""


MAIL_STATES = ("waiting", "sending", "sent", "refused", "dropped", "held")
"""The states of a message. `held`: it was waiting in a back-up that was restored, so it may have been sent since; only
a person can release it. Sent, refused and dropped are final."""


@dataclass(frozen=True, slots=True)
class Whom:
    """For whom a message is, where several people have its address: as little as tells them apart.

    `school`; `year` and `qualification` of the diploma, or else the `number` at the school, where that is not enough.
    """

    school: str
    year: int | None = None
    qualification: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of a message on sending only.

    `token`: the secret by which its reader may stop mail, and by which a reply is recognised; empty where neither is
    possible. `whom`: for whom it is, where several have the address. `address`: the one that it goes to. `parts`: of a
    weekly letter, each with the secret of its link. `contact`, `contact_mail`: whom the reader may ask about their
    data, as the school says; empty where it does not.
    """

    token: str = ""
    whom: Whom | None = None
    address: str = ""
    parts: tuple[tuple[Mail, str], ...] = ()
    contact: str = ""
    contact_mail: str = ""


NOTHING_BESIDE = Beside()


@dataclass(frozen=True, slots=True)
class Mail:
    """A message to be sent: to whom, the name of its text in the locale files, and its state.

    Without `alumnus_key` it goes to who made the request of `request_key`, or else to `address`. `school`: that of the
    alumnus or request. `values` fill in what the text needs besides the school, addresses and links.
    `link`: the purpose of the link that is created on sending; empty for none. `address`: the recipient, if not the
    alumnus's address at the time of sending; `own_address`: whether it was written with one, which is cleared at
    the end. `state`: one of `MAIL_STATES`. `attempts`: how often it was claimed. `perhaps_twice`: an attempt ended
    without an answer from the mail server, so it may have delivered the message, and the next attempt again, with the
    same Message-ID. `beside`: filled in on sending. `problem`: a code of the locale files, with the number that the
    server answered where there is one (`recipient_refused 550`); empty for none. Moments are UTC, without a zone.
    """

    key: int
    alumnus_key: int | None
    request_key: int | None
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
    beside: Beside = NOTHING_BESIDE
