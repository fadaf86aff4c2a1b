"""The tables. Contact details are in tables of their own (contacts, requesters) and nowhere else.

The columns of alumni, contacts, requests, requesters and offerings follow from the table of fields.
Sets are bit masks (numbers of `matcher.domain.kinds`; NULL is unknown, 0 a known nothing), lists are JSON text (NULL is
empty), dates are dates, keys are random 63-bit integers. Text that is sorted or looked up has collation C on
PostgreSQL, so that order is by code point there too, as in SQLite.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.types import TypeEngine

from matcher.domain.fields import FieldType
from matcher.domain.records import RecordKind, fields_of
from matcher.store.encryption import Digested, Encrypted

KEY = BigInteger().with_variant(Integer(), "sqlite")
KEYED = Digested().with_variant(Digested(collation="C"), "postgresql")
WORD = Text().with_variant(Text(collation="C"), "postgresql")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key() -> Column[Any]:
    return Column("key", KEY, primary_key=True, autoincrement=False)


def _belongs_to(name: str, target: str) -> Column[Any]:
    return Column(name, KEY, ForeignKey(f"{target}.key", ondelete="CASCADE"), primary_key=True, autoincrement=False)


_WORDS = {FieldType.ID, FieldType.OWNER}
_STORED: dict[FieldType, type[TypeEngine[Any]]] = {
    FieldType.WHOLE: Integer,
    FieldType.SET: Integer,
    FieldType.DAY_PARTS: Integer,
    FieldType.NUMBER: Double,
    FieldType.NLQF: Double,
    FieldType.YES_NO: Boolean,
    FieldType.DATE: Date,
}
"""What a field is stored as where it is not text; texts, lists and members of an enum are."""


def _fields(kind: RecordKind) -> list[Column[Any]]:
    """A column for the owner, the id and each field that is not personal."""
    fields = [field for field in fields_of(kind) if not field.personal]
    return [
        *(Column(field.name, WORD, nullable=False) for field in fields if field.type in _WORDS),
        *(
            Column(field.name, _STORED.get(field.type, Text), nullable=not field.required and field.when_empty is None)
            for field in fields
            if field.is_kept
        ),
    ]


def _personal_fields(kind: RecordKind) -> list[Column[Any]]:
    """An encrypted column for each personal field."""
    return [Column(field.kept_as or field.name, Encrypted) for field in fields_of(kind) if field.personal]


alumni = Table(
    "alumni",
    metadata,
    _key(),
    *_fields(RecordKind.ALUMNI),
    Column("stated_fields", Text),
    Column("number_key", WORD),
    UniqueConstraint("school", "alumnus_id"),
    Index(None, "alumnus_id"),
    Index(None, "number_key"),
)
"""`number_key` is the id as compared: without marks, capitals and leading zeros."""

contacts = Table(
    "contacts",
    metadata,
    _belongs_to("alumnus_key", "alumni"),
    *_personal_fields(RecordKind.ALUMNI),
    Column("email_key", KEYED),
    Column("phone_key", KEYED),
    Column("name_key", KEYED),
    Index(None, "email_key"),
    Index(None, "phone_key"),
    Index(None, "name_key"),
)
"""`email_key`, `phone_key` and `name_key` are address, telephone number and whole name as compared
(`matcher.store.marks`)."""

consents = Table(
    "consents",
    metadata,
    _belongs_to("alumnus_key", "alumni"),
    Column("purpose", WORD, primary_key=True),
    Column("given_on", Date),
    Column("withdrawn_on", Date),
    Column("source", Text, nullable=False),
    Column("text_version", Text),
    Column("last_withdrawn_on", Date),
    Column("withdrawn_by", WORD),
    sqlite_with_rowid=False,
)
"""`withdrawn_on` is empty while in force; `last_withdrawn_on` keeps the last withdrawal when consent is given again.
`withdrawn_by`: `import`, `person` or `retention`; empty while in force, and in rows older than this column."""

requests = Table(
    "requests",
    metadata,
    _key(),
    *_fields(RecordKind.REQUESTS),
    UniqueConstraint("school", "request_id"),
    Index(None, "request_id"),
)
"""`school` is empty for a request without a school, so that its id is unique too."""

requesters = Table(
    "requesters",
    metadata,
    _belongs_to("request_key", "requests"),
    *_personal_fields(RecordKind.REQUESTS),
    Column("email_key", KEYED),
    Index(None, "email_key"),
)

request_states = Table(
    "request_states",
    metadata,
    _belongs_to("request_key", "requests"),
    Column("phase", WORD, nullable=False),
    Column("owner", KEY),
    Column("changed_at", DateTime, nullable=False),
    Column("reason", WORD),
    Column("students", Integer),
    Column("experience", WORD),
    Index(None, "owner"),
    Index(None, "phase"),
)
"""What people did with a request (`matcher.domain.demands.Phase`); no row for one that is as its list says. `owner`:
the account that made it. `students`, `experience`: what was told once it was held. UTC."""

request_steps = Table(
    "request_steps",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=True),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="CASCADE"), nullable=False),
    Column("step", WORD, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Column("reason", WORD),
    Index(None, "request_key"),
)
"""Append-only: each step of a request. `actor`: the random id of an account; `reason`: a code. UTC."""

request_letters = Table(
    "request_letters",
    metadata,
    _key(),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="CASCADE"), nullable=False),
    Column("text", Encrypted),
    Column("at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Index(None, "request_key"),
)
"""Letters of the asker to all alumni who come for a request. `text` is emptied after its term. UTC."""

invitations = Table(
    "invitations",
    metadata,
    _key(),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="CASCADE"), nullable=False),
    Column("state", WORD, nullable=False),
    Column("place", Integer),
    Column("rank", Integer, nullable=False),
    Column("reason", WORD),
    Column("words", Encrypted),
    Column("mail", KEY),
    Column("created_at", DateTime, nullable=False),
    Column("asked_at", DateTime),
    Column("undo_until", DateTime),
    Column("deadline", Date),
    Column("remind_on", Date),
    Column("reminded_at", DateTime),
    Column("answered_at", DateTime),
    Column("answer", WORD),
    Column("why_not", WORD),
    Column("moment", DateTime),
    Column("until", Date),
    Column("said", Encrypted),
    Column("approved_by", KEY),
    Column("approved_role", WORD, nullable=False),
    Index(None, "alumnus_key"),
    Index(None, "request_key"),
    Index(None, "state", "deadline"),
)
"""Who was asked for a request, or is on its waiting list at a `place`, and how that stands. `words`: JSON of the lines
of the mail; `said`: what the alumnus wrote. `mail`: its key in the outbox. `approved_by`: the account that decided it.
`moment`: of the request, in local time; the others UTC."""

offerings = Table(
    "offerings",
    metadata,
    _key(),
    *_fields(RecordKind.OFFERINGS),
    UniqueConstraint("provider", "offering_id"),
    Index(None, "offering_id"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=True),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="SET NULL")),
    Column("event", Text, nullable=False),
    Column("on_date", Date, nullable=False),
    Column("actor", Text),
    Column("school", WORD),
    Column("kind", Text),
    Column("team", Text),
    Column("benefit", Text),
    Column("hours", Double),
    Column("students", Integer),
    Column("corrects", KEY),
    Index(None, "alumnus_key"),
    Index(None, "request_key"),
    Index(None, "school"),
    Index(None, "corrects"),
)
"""`actor` is the random id of an account, never a name. `school`, `kind` and `team` are those of the request when the
line was added; `corrects` is the `id` of a line of the same alumnus, which this one undoes."""

exposures = Table(
    "exposures",
    metadata,
    _belongs_to("request_key", "requests"),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE")),
    Index(None, "alumnus_key"),
)
"""The saved list of a request: who stands at place 1. One row of place 0 without an alumnus: nobody could be asked."""

conflicts = Table(
    "conflicts",
    metadata,
    _belongs_to("request_key", "requests"),
    _belongs_to("alumnus_key", "alumni"),
    Index(None, "alumnus_key"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("created_at", DateTime, nullable=False),
    Column("cause", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("alumni", Text),
    Column("requests", Text),
    Column("offerings", Text),
    Column("entry", KEY),
)
"""`id` is incremented under the write lock, never taken from a sequence: the largest is always the newest committed.
`created_at` is UTC. `alumni`, `requests`, `offerings`: JSON lists of the random keys of the changed records; a NULL
`alumni` means that anything may have changed, a NULL elsewhere that none of those did. `entry`: for an erasure, its log
entry, which may have been removed since."""

vectors = Table(
    "vectors",
    metadata,
    Column("encoder", WORD, primary_key=True),
    Column("text_hash", WORD, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

places = Table(
    "places",
    metadata,
    Column("key", WORD, primary_key=True),
    Column("latitude", Double, nullable=False),
    Column("longitude", Double, nullable=False),
)

mappings = Table(
    "mappings",
    metadata,
    Column("school", WORD, primary_key=True),
    Column("kind", WORD, primary_key=True),
    Column("shape", WORD, primary_key=True),
    Column("columns", Text, nullable=False),
    Column("kept_at", DateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""What the columns of a school's files are, per shape of file: JSON, field by digest of a header. A header may be
anything, a name too, so none is stored."""

own_fields = Table(
    "own_fields",
    metadata,
    _key(),
    Column("school", WORD, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", WORD, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("personal", Boolean, nullable=False),
    Column("choices", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    UniqueConstraint("school", "name_key"),
)
"""What a school keeps of its alumni besides our fields. `name_key`: the name as compared; `choices`: JSON. UTC."""

own_values = Table(
    "own_values",
    metadata,
    _belongs_to("alumnus_key", "alumni"),
    Column("values", Encrypted, nullable=False),
)
"""What an alumnus has of those: JSON, value by random key of the field; no row where there is none."""

accounts = Table(
    "accounts",
    metadata,
    _key(),
    Column("issuer", WORD, nullable=False),
    Column("subject", WORD, nullable=False),
    Column("role", WORD, nullable=False),
    Column("school", WORD),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE")),
    Column("created_at", DateTime, nullable=False),
    UniqueConstraint("issuer", "subject"),
    Index(None, "alumnus_key"),
)
"""Accounts and their roles. `issuer` and `subject` are those of the login service; no name, no address."""

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", WORD, primary_key=True),
    Column("account_key", KEY, ForeignKey("accounts.key", ondelete="CASCADE"), nullable=False),
    Column("form_token", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Column("seen_at", DateTime),
    Index(None, "account_key"),
    sqlite_with_rowid=False,
)
"""`token_hash` is the SHA-256 of the browser's secret; `form_token` is in every form of the session.
`seen_at`: last used, to a few minutes; empty in a session older than this column. UTC."""

tokens = Table(
    "tokens",
    metadata,
    _key(),
    Column("token_hash", WORD, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", WORD, nullable=False),
    Column("school", WORD),
    Column("created_at", DateTime, nullable=False),
    Column("last_used_on", Date),
    Column("revoked_at", DateTime),
    UniqueConstraint("token_hash"),
)
"""Tokens of other systems, hashed; `school` empty is every school."""

links = Table(
    "links",
    metadata,
    Column("token_hash", WORD, primary_key=True),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Column("used_at", DateTime),
    Index(None, "alumnus_key"),
    Index(None, "expires_at"),
    sqlite_with_rowid=False,
)
"""Links by e-mail; those to log in or to answer work once."""

audit = Table(
    "audit",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Column("school", WORD),
    Column("action", WORD, nullable=False),
    Column("details", Text, nullable=False),
    Column("previous", WORD, nullable=False),
    Column("digest", WORD, nullable=False),
    Index(None, "school", "id"),
)
"""Append-only. `details`: JSON with random keys, scores and versions, and commitments for alumni; `digest` seals the
row and the one before it. `actor`: of an account or token; an alumnus who acts stands in `details`."""

audit_people = Table(
    "audit_people",
    metadata,
    _belongs_to("alumnus_key", "alumni"),
    Column("entry", KEY, ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("salt", LargeBinary),
    Column("account", KEY),
    Index(None, "entry"),
    sqlite_with_rowid=False,
)
"""The alumni that a log entry is about, so that looking one up need not read the whole log; deleted with them.
`salt`: 16 random bytes, without which the commitment in the entry means no one. `account`: of the alumnus who acted; 0
for a link."""

audit_refused = Table(
    "audit_refused",
    metadata,
    Column("alumnus_key", KEY, primary_key=True, autoincrement=False),
    Column("entry", KEY, ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Index(None, "entry"),
    sqlite_with_rowid=False,
)
"""The alumni who were asked for and not opened, as in `audit_people`. For an id that no one has a negative number, so
that neither answer is another's work; therefore no foreign key: an erasure deletes these rows itself."""

audit_seen = Table(
    "audit_seen",
    metadata,
    Column("actor", KEY, primary_key=True, autoincrement=False),
    Column("query", KEY, primary_key=True, autoincrement=False),
    Column("entry", KEY, ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("shown", Integer, nullable=False),
    Index(None, "entry"),
    sqlite_with_rowid=False,
)
"""How many alumni an account was shown for a request, by entry of the log: as the entries say, without reading them."""

audit_schools = Table(
    "audit_schools",
    metadata,
    Column("school", WORD, primary_key=True),
    Column("entry", KEY, ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Index(None, "entry"),
    sqlite_with_rowid=False,
)
"""The schools of those alumni, whose privacy officers may see the entry, whoever made it; an empty name
for an entry about the whole installation."""

objections = Table(
    "objections",
    metadata,
    _belongs_to("alumnus_key", "alumni"),
    Column("since", Date, nullable=False),
)
"""Objections to being ranked at all (AVG 21): no consent is in force while the row exists."""

retention = Table(
    "retention",
    metadata,
    _belongs_to("alumnus_key", "alumni"),
    Column("asked_on", Date, nullable=False),
    Column("reminded_on", Date),
)
"""Alumni asked whether their data may stay, without an answer yet."""

campaigns = Table(
    "campaigns",
    metadata,
    _key(),
    Column("school", WORD, nullable=False),
    Column("begun_at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Index(None, "school"),
)
"""When a school asked its alumni for a first yes. UTC."""

first_asks = Table(
    "first_asks",
    metadata,
    _belongs_to("alumnus_key", "alumni"),
    Column("campaign_key", KEY, ForeignKey("campaigns.key", ondelete="CASCADE")),
    Column("written_on", Date, nullable=False),
    Column("sent_on", Date),
    Column("reminded_on", Date),
    Column("answered_on", Date),
    Column("agreed", Integer),
    Index(None, "campaign_key"),
)
"""Alumni who were asked for a first yes, once in their life. `campaign_key`: empty for who came in by a door.
`written_on`: when the mail was written; `sent_on`: when it was sent. `reminded_on`: when the reminder was written.
`agreed`: the purposes of the last answer."""

doors = Table(
    "doors",
    metadata,
    Column("code", WORD, primary_key=True),
    Column("school", WORD, nullable=False),
    Column("name", Text, nullable=False),
    Column("left_on", Date),
    Column("opened_at", DateTime, nullable=False),
    Column("closed_at", DateTime),
    Index(None, "school"),
    sqlite_with_rowid=False,
)
"""Pages where people of a school, or of one class of leavers (`name`, `left_on`), enter themselves. `code`: random, in
the address. UTC."""

newcomers = Table(
    "newcomers",
    metadata,
    _key(),
    Column("door", WORD, ForeignKey("doors.code", ondelete="CASCADE"), nullable=False),
    Column("email", Encrypted, nullable=False),
    Column("email_key", KEYED),
    Column("details", Encrypted, nullable=False),
    Column("token_hash", WORD),
    Column("came_at", DateTime, nullable=False),
    Index(None, "door"),
    Index(None, "email_key"),
    Index(None, "token_hash", unique=True),
)
"""Who entered themselves by a door and did not confirm the address yet; gone after 7 days. They are no alumni, so there
is no foreign key: the erasure of an alumnus removes those with the same address. `details`: JSON. UTC."""

fact_days = Table(
    "fact_days",
    metadata,
    _belongs_to("alumnus_key", "alumni"),
    Column("function_on", Date),
    Column("employer_on", Date),
    Column("town_on", Date),
    Column("asked_on", Date),
    Column("bounced_on", Date),
    Column("bounced_digest", WORD),
)
"""When an alumnus last said that a fact is right; when that was asked, and since when mail to the address bounces.
`bounced_digest`: a keyed digest of that address, as of tombstones."""

aftercare_contacts = Table(
    "aftercare_contacts",
    metadata,
    _key(),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("on_date", Date, nullable=False),
    Column("how", WORD),
    Column("outcome", WORD),
    Column("again_on", Date),
    Column("corrects", KEY),
    Column("at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Index(None, "alumnus_key"),
)
"""Append-only: the contacts of the register of aftercare (`matcher.domain.aftercare`). `corrects`: the key of a line of
the same alumnus that does not count; such a line has no `how` and `outcome`. `actor`: the random id of an account. No
text: codes and days alone. UTC."""

aftercare_cases = Table(
    "aftercare_cases",
    metadata,
    _key(),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("state", WORD, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("said", Encrypted),
    Column("decided_at", DateTime),
    Column("because", Encrypted),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Index(None, "alumnus_key"),
    Index(None, "state"),
)
"""Objections of alumni to that register. `said`: their words; `because`: those of who decided, the account `actor` with
this `role`. UTC."""


def _of_alumnus() -> Column[Any]:
    return Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False)


talks = Table(
    "talks",
    metadata,
    _key(),
    _of_alumnus(),
    Column("digest", WORD, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("until", DateTime, nullable=False),
    Column("account", KEY),
    Column("opened_at", DateTime),
    Index(None, "alumnus_key"),
    Index(None, "digest"),
    Index(None, "account"),
)
"""Talks of an alumnus with an adviser. `digest`: of the code that the alumnus shows, a keyed one, as of tombstones;
empty once it is used. `until`: when the code ends, and once it is used when the talk ends. `account`: the random id of
the adviser who used it. UTC."""

talk_misses = Table(
    "talk_misses",
    metadata,
    _key(),
    Column("account", KEY, nullable=False),
    Column("at", DateTime, nullable=False),
    Index(None, "account"),
)
"""Codes that an adviser (the random id of an account) typed and that opened nothing: of nobody. UTC."""

appointments = Table(
    "appointments",
    metadata,
    _key(),
    _of_alumnus(),
    Column("account", KEY, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("label", Encrypted),
    Index(None, "alumnus_key"),
    Index(None, "account"),
)
"""When an adviser (the random id of an account) sees an alumnus. `label`: what the adviser knows them by. UTC."""

shortlist = Table(
    "shortlist",
    metadata,
    _key(),
    _of_alumnus(),
    Column("offering_key", KEY, ForeignKey("offerings.key", ondelete="CASCADE"), nullable=False),
    Column("note", Encrypted),
    Column("changed_at", DateTime, nullable=False),
    Column("account", KEY),
    Index(None, "alumnus_key"),
    Index(None, "offering_key"),
)
"""Courses that were chosen for an alumnus in a talk, each with a note of the adviser (`account`). UTC."""

not_for_me = Table(
    "not_for_me",
    metadata,
    _key(),
    _of_alumnus(),
    Column("offering_key", KEY, ForeignKey("offerings.key", ondelete="CASCADE")),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="CASCADE")),
    Column("reason", WORD, nullable=False),
    Column("since", Date, nullable=False),
    Index(None, "alumnus_key"),
    Index(None, "offering_key"),
    Index(None, "request_key"),
)
"""Courses and roles that an alumnus does not want in the own list, with one of `matcher.domain.own_list.Reason`."""

own_meanings = Table(
    "own_meanings",
    metadata,
    _key(),
    _of_alumnus(),
    Column("label", WORD, nullable=False),
    Column("uri", WORD, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("since", DateTime, nullable=False),
    Index(None, "alumnus_key"),
)
"""What alumni said that own words mean, or do not (`matcher.domain.concepts.OwnMeaning`). After a merge several
rows may be about one word and concept: the newest counts. UTC."""

disputes = Table(
    "disputes",
    metadata,
    _key(),
    _of_alumnus(),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="SET NULL")),
    Column("entry", KEY),
    Column("state", WORD, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("said", Encrypted),
    Column("answered_at", DateTime),
    Column("answer", Encrypted),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Index(None, "alumnus_key"),
    Index(None, "request_key"),
    Index(None, "state"),
)
"""Lists that an alumnus finds wrong. `entry`: the number of the ranking in the log, where there is one. `said`: the
words of the alumnus; `answer`: those of who answered, the account `actor` with this `role`. UTC."""

outbox = Table(
    "outbox",
    metadata,
    _key(),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE")),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="CASCADE")),
    Column("school", WORD),
    Column("message", WORD, nullable=False),
    Column("values", Text, nullable=False),
    Column("link", WORD, nullable=False),
    Column("address", Encrypted),
    Column("own_address", Boolean, nullable=False),
    Column("message_id", WORD, nullable=False),
    Column("state", WORD, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("perhaps_twice", Boolean, nullable=False),
    Column("problem", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("not_before", DateTime, nullable=False),
    Column("taken_at", DateTime),
    Column("ended_at", DateTime),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Column("letter", KEY),
    Index(None, "alumnus_key"),
    Index(None, "request_key"),
    Index(None, "link"),
    Index(None, "state", "not_before"),
    Index(None, "letter"),
)
"""Mail: written in the transaction of its cause, sent later; to an alumnus, or to who made a request, or to an address
for a school. `values`: JSON for the text, no address. `address`: the recipient if not theirs at the time, cleared when
it ends. `school`: only where there is no alumnus. `letter`: the row of the weekly letter that it is a part of, which is
sent in its place. UTC."""

weekly_mail = Table(
    "weekly_mail",
    metadata,
    _belongs_to("alumnus_key", "alumni"),
    Column("since", Date, nullable=False),
    Column("weekly", Boolean, nullable=False, server_default=true()),
)
"""Alumni who chose how their mail goes: once a week, in one letter, but for what cannot wait, or each by itself."""

mail_stops = Table(
    "mail_stops",
    metadata,
    _key(),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("scope", WORD, nullable=False),
    Column("since", Date, nullable=False),
    Index(None, "alumnus_key"),
)
"""What alumni want no mail about: `everything`, `kind ...` or `request ...`."""

closed_addresses = Table(
    "closed_addresses",
    metadata,
    _key(),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("digest", WORD, nullable=False),
    Column("status", WORD, nullable=False),
    Column("since", Date, nullable=False),
    Index(None, "alumnus_key"),
    Index(None, "digest"),
)
"""Addresses that mail came back from for good, for each alumnus who had one: a keyed digest, as of tombstones, and the
status that the mail server gave (5.1.1)."""

inbox_seen = Table(
    "inbox_seen",
    metadata,
    Column("digest", WORD, primary_key=True),
    Column("at", DateTime, nullable=False),
    sqlite_with_rowid=False,
)
"""Messages that came in and were dealt with, by the digest of their Message-ID. UTC."""

inbox_doubts = Table(
    "inbox_doubts",
    metadata,
    _key(),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="CASCADE")),
    Column("reading", WORD, nullable=False),
    Column("text", Encrypted, nullable=False),
    Column("at", DateTime, nullable=False),
    Index(None, "alumnus_key"),
    Index(None, "request_key"),
)
"""Replies by mail that a person has to read: what was read in them, and their own text without quotes. UTC."""

uploads = Table(
    "uploads",
    metadata,
    _key(),
    Column("id", WORD, nullable=False),
    Column("school", WORD, nullable=False),
    Column("actor", KEY, nullable=False),
    Column("role", WORD, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("file", Encrypted, nullable=False),
    Column("size", KEY, nullable=False),
    Column("state", WORD, nullable=False),
    Column("wishes", Encrypted, nullable=False),
    Column("outcome", Encrypted, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("rows_total", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("request", WORD, nullable=False),
    Column("digest", WORD, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("taken_at", DateTime),
    Column("ended_at", DateTime),
    Index(None, "id", unique=True),
    Index(None, "school", "created_at"),
    Index(None, "state"),
    Index(None, "request"),
)
"""Files that were sent to be imported, and how far each is: see `matcher.repositories.uploads`. Such a file is about
many people, so it has no foreign key to one: the erasure of an alumnus removes all files of the school. UTC."""

upload_parts = Table(
    "upload_parts",
    metadata,
    _key(),
    Column("upload_key", KEY, ForeignKey("uploads.key", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("content", Encrypted, nullable=False),
    Index(None, "upload_key", "number"),
)
"""The bytes of those files in parts: each packed (zlib) and written as text (base64), so that it can be encrypted."""

questions = Table(
    "questions",
    metadata,
    Column("digest", WORD, primary_key=True),
    Column("scope", WORD, nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="CASCADE")),
    Index(None, "request_key"),
    sqlite_with_rowid=False,
)
"""Questions that are not saved. `digest`: of the asker's random id and the question; `scope`: random, what the handles
on its cards are bound to; `request_key`: the request as which it was saved. UTC."""

imports = Table(
    "imports",
    metadata,
    _key(),
    Column("id", WORD, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("owner", WORD),
    Column("file", Encrypted, nullable=False),
    Column("secret", Encrypted, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("undone_at", DateTime),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Column("created", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    UniqueConstraint("id"),
    Index(None, "created_at"),
)
"""Imports that can be taken back, kept for 30 days. `id`: random, for people. `owner`: the school or provider that the
file was for; empty for any. `secret`: of the digests in `import_changes`. `created`, `updated`: counts. UTC."""


def _changed(name: str, target: str) -> Column[Any]:
    return Column(name, KEY, ForeignKey(f"{target}.key", ondelete="CASCADE"))


import_changes = Table(
    "import_changes",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=True),
    Column("import_key", KEY, ForeignKey("imports.key", ondelete="CASCADE"), nullable=False),
    _changed("alumnus_key", "alumni"),
    _changed("request_key", "requests"),
    _changed("offering_key", "offerings"),
    Column("before", Encrypted),
    Column("after", WORD, nullable=False),
    Index(None, "import_key"),
    Index(None, "alumnus_key"),
    Index(None, "request_key"),
    Index(None, "offering_key"),
)
"""What an import changed, one row for each record; one of the keys is filled in. `before`: JSON of what it changed, as
it was; empty where it created the record. `after`: a keyed digest of the whole record right after the import, by which
it is seen whether anything changed since."""

merges = Table(
    "merges",
    metadata,
    _key(),
    Column("id", WORD, nullable=False),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("former_key", KEY, nullable=False),
    Column("number", WORD, nullable=False),
    Column("state", Encrypted, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    UniqueConstraint("id"),
    Index(None, "alumnus_key"),
    Index(None, "created_at"),
)
"""Alumni who were merged into another, kept for 30 days. `alumnus_key`: the one who stayed; `former_key` and `number`:
of the other. `state`: JSON of both as they were, and of the one who stayed as the merge left it. UTC."""

former_numbers = Table(
    "former_numbers",
    metadata,
    Column("school", WORD, primary_key=True),
    Column("number", WORD, primary_key=True),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("former_key", KEY, nullable=False),
    Index(None, "alumnus_key"),
    Index(None, "former_key"),
    sqlite_with_rowid=False,
)
"""Numbers, with the random keys, that alumni had before they were merged: an import finds them by these too."""

audit_former = Table(
    "audit_former",
    metadata,
    Column("former_key", KEY, primary_key=True, autoincrement=False),
    Column("entry", KEY, ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("salt", LargeBinary),
    Column("account", KEY),
    Index(None, "alumnus_key"),
    Index(None, "entry"),
    sqlite_with_rowid=False,
)
"""As `audit_people`, for entries from before a merge: the commitment in the entry is of the former random key."""

different_people = Table(
    "different_people",
    metadata,
    _belongs_to("one_key", "alumni"),
    _belongs_to("other_key", "alumni"),
    Index(None, "other_key"),
    sqlite_with_rowid=False,
)
"""Pairs of alumni of whom someone said that they are two people. The smaller key is the first."""

grades = Table(
    "grades",
    metadata,
    _key(),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="CASCADE"), nullable=False),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("actor", KEY, nullable=False),
    Column("sitting", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("grade", Integer),
    Column("drawn_at", DateTime, nullable=False),
    Column("done_at", DateTime),
    Index(None, "request_key"),
    Index(None, "alumnus_key"),
    Index(None, "actor"),
)
"""Pairs that an account was given to judge, and the grade: see `matcher.repositories.grades`. UTC."""

rankings = Table(
    "rankings",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("weights", Text),
    Column("encoder", Text),
    Column("measured", Text, nullable=False),
    Column("used_at", DateTime, nullable=False),
    Column("ended_at", DateTime),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
)
"""How is ranked, now and before. `weights`: TOML; `measured`: JSON, figures without anybody in them. UTC."""

plans = Table(
    "plans",
    metadata,
    _key(),
    Column("id", WORD, nullable=False),
    Column("school", WORD),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("fairness", Double, nullable=False),
    Column("reached", Text, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Index(None, "id", unique=True),
    Index(None, "school", "made_at"),
)
"""Plans of a period: `school` empty for one of all schools. `reached`: JSON, what the plan reaches and which places
stay open, with requests by random key and nobody in it. UTC."""

plan_lines = Table(
    "plan_lines",
    metadata,
    _key(),
    Column("plan_key", KEY, ForeignKey("plans.key", ondelete="CASCADE"), nullable=False),
    Column("request_key", KEY, ForeignKey("requests.key", ondelete="CASCADE"), nullable=False),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("score", Double, nullable=False),
    Column("begins", DateTime),
    Column("ends", DateTime),
    Column("state", WORD, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("problem", WORD, nullable=False),
    Column("band", WORD, nullable=False, server_default=""),
    Index(None, "plan_key"),
    Index(None, "request_key"),
    Index(None, "alumnus_key"),
)
"""Who is planned for what, in local time. `state`: `planned`, `invited`, `refused` with the code of a `problem`, or
`banned`: a person said that this pair is not to be planned, or `spare`: who could be asked instead."""

segments = Table(
    "segments",
    metadata,
    _key(),
    Column("id", WORD, nullable=False),
    Column("school", WORD, nullable=False),
    Column("name", Text, nullable=False),
    Column("criteria", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Index(None, "id", unique=True),
    Index(None, "school"),
)
"""Saved filters on the alumni of a school. `criteria`: JSON (`matcher.domain.segments.Criteria`). Of nobody. UTC."""

segment_messages = Table(
    "segment_messages",
    metadata,
    _key(),
    Column("id", WORD, nullable=False),
    Column("school", WORD, nullable=False),
    Column("segment", Text, nullable=False),
    Column("criteria", Text, nullable=False),
    Column("purpose", WORD, nullable=False),
    Column("subject", Encrypted, nullable=False),
    Column("text", Encrypted, nullable=False),
    Column("questions", Text, nullable=False),
    Column("state", WORD, nullable=False),
    Column("written_at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Column("approver", KEY),
    Column("approver_role", WORD),
    Column("approved_on", Date),
    Column("alone", Boolean, nullable=False),
    Column("undo_until", DateTime),
    Column("closes_on", Date),
    Column("asked", Integer),
    Column("sent", Integer),
    Column("answered", Integer),
    Index(None, "id", unique=True),
    Index(None, "school", "written_at"),
    Index(None, "state"),
)
"""Messages to a segment: see `matcher.repositories.segments.KeptMessage`. `segment` and `criteria`: as they were then.
`questions`: JSON; an empty list for a message without. `asked`, `sent`, `answered`: counts, once it is closed. UTC."""

segment_people = Table(
    "segment_people",
    metadata,
    _key(),
    Column("message_key", KEY, ForeignKey("segment_messages.key", ondelete="CASCADE"), nullable=False),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("entry", KEY, nullable=False),
    Column("mail", KEY, nullable=False),
    Column("state", WORD, nullable=False),
    Column("answered", Boolean, nullable=False),
    Index(None, "message_key"),
    Index(None, "alumnus_key"),
    Index(None, "state"),
)
"""Who gets a message to a segment: the `id` of its line in the ledger, the key of its mail, and how it stands.
`answered`: that questions were answered; neither when, nor what."""

feedback_forms = Table(
    "feedback_forms",
    metadata,
    _key(),
    Column("id", WORD, nullable=False),
    Column("school", WORD, nullable=False),
    Column("name", Text, nullable=False),
    Column("questions", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("actor", KEY),
    Column("role", WORD, nullable=False),
    Index(None, "id", unique=True),
    Index(None, "school"),
)
"""Questions of a school's own: JSON (`matcher.domain.feedback.Question`). UTC."""

feedback_counts = Table(
    "feedback_counts",
    metadata,
    Column(
        "message_key",
        KEY,
        ForeignKey("segment_messages.key", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("question", Integer, primary_key=True, autoincrement=False),
    Column("qualification", WORD, primary_key=True),
    Column("answer", WORD, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How many gave an answer: apart from everybody, without a key, a link or a moment. `question`: from 0;
`qualification`: a code of the public register, empty for the rest. Once the questions are closed small groups are taken
together for good (`matcher.domain.feedback.published`)."""

feedback_texts = Table(
    "feedback_texts",
    metadata,
    _key(),
    Column("message_key", KEY, ForeignKey("segment_messages.key", ondelete="CASCADE"), nullable=False),
    Column("question", Integer, nullable=False),
    Column("text", Encrypted, nullable=False),
    Index(None, "message_key"),
    sqlite_with_rowid=False,
)
"""Answers in own words, apart from everybody: in the order of a random key, without a qualification or a moment."""

tombstones = Table(
    "tombstones",
    metadata,
    Column("digest", WORD, primary_key=True),
    Column("erased_on", Date, nullable=False),
    sqlite_with_rowid=False,
)
"""Keyed digests of ids and addresses of erased people: an import recognises them, but they cannot be read."""

former_addresses = Table(
    "former_addresses",
    metadata,
    _belongs_to("alumnus_key", "alumni"),
    Column("digest", WORD, primary_key=True),
    sqlite_with_rowid=False,
)
"""Keyed digests, as of tombstones, of earlier addresses of alumni, for their tombstones."""

removals = Table(
    "removals",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=False),
    Column("revision", KEY, nullable=False),
    Column("cause", WORD, nullable=False),
    Column("removed_at", DateTime, nullable=False),
    Column("in_files", Boolean, nullable=False),
)
"""Personal values that were erased or overwritten: whether files of the database may still hold them (`in_files`), and
the newest erasure, with its revision, from before which no snapshot may stay. No personal data. UTC."""

cache_folders = Table(
    "cache_folders",
    metadata,
    Column("folder", WORD, primary_key=True),
    Column("cleaned", KEY, nullable=False),
    Column("seen_on", Date, nullable=False),
    sqlite_with_rowid=False,
)
"""Folders with snapshots, of any process on any machine. `folder`: a digest of machine and path. `cleaned`: the
revision of the newest erasure of which it holds nothing any more."""

installation_values = Table(
    "installation_values",
    metadata,
    Column("name", WORD, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What this database stores about itself: whether it is the demo's, its secret, the day of the last job."""

school_settings = Table(
    "school_settings",
    metadata,
    Column("school", WORD, primary_key=True),
    Column("name", WORD, primary_key=True),
    Column("since", DateTime, primary_key=True),
    Column("value", Text, nullable=False),
    Column("actor", KEY),
)
"""What schools chose when they set up (`matcher.domain.school_settings`), earlier choices too. UTC."""

parked_questions = Table(
    "parked_questions",
    metadata,
    _key(),
    Column("school", WORD, nullable=False, index=True),
    Column("step", WORD, nullable=False),
    Column("text", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("until", Date),
    Column("made_at", DateTime, nullable=False),
    Column("done_at", DateTime),
)
"""Questions of setting up that a role finds out (`who`) for a day. Nothing about alumni. UTC."""

vocabularies = Table(
    "vocabularies",
    metadata,
    Column("name", WORD, primary_key=True),
    Column("since", DateTime, primary_key=True),
    Column("version", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("licence", Text, nullable=False),
    Column("digest", WORD, nullable=False),
    Column("skills", Integer, nullable=False),
    Column("occupations", Integer, nullable=False),
)
"""Vocabularies of skills by name, the newest in use; without a digest none is, from then on. UTC."""

vocabulary_contents = Table(
    "vocabulary_contents",
    metadata,
    Column("digest", WORD, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""What is in them (`matcher.concepts.scheme`): public, and nothing about people."""

skill_decisions = Table(
    "skill_decisions",
    metadata,
    Column("school", WORD, primary_key=True),
    Column("label", WORD, primary_key=True),
    Column("uri", WORD, primary_key=True),
    Column("since", DateTime, primary_key=True),
    Column("confirmed", Boolean),
    Column("actor", KEY),
)
"""What a school decided about a label and a concept, earlier decisions too; NULL for one taken back. UTC.

Only about labels that requests or several alumni have (`matcher.services.vocabularies`): nothing about anybody.
"""

calendars = Table(
    "calendars",
    metadata,
    _key(),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Column("kind", WORD, nullable=False),
    Column("url", Encrypted),
    Column("added_at", DateTime, nullable=False),
    Column("fetched_at", DateTime),
    Column("problem", WORD, nullable=False),
    Column("events", Integer, nullable=False),
    Column("remarks", Text, nullable=False),
    Index(None, "alumnus_key"),
)
"""Calendars that alumni gave: see `matcher.repositories.calendars`. `remarks`: JSON, numbers by code. UTC."""

busy = Table(
    "busy",
    metadata,
    Column("calendar_key", KEY, ForeignKey("calendars.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("starts", DateTime, primary_key=True),
    Column("ends", DateTime, nullable=False),
    Column("alumnus_key", KEY, ForeignKey("alumni.key", ondelete="CASCADE"), nullable=False),
    Index(None, "alumnus_key"),
    sqlite_with_rowid=False,
)
"""When alumni are busy, by calendar: ascending intervals that do not touch, and nothing of what for. UTC."""

_THERE = text("removed_at IS NULL")

sources = Table(
    "sources",
    metadata,
    _key(),
    Column("name", WORD, nullable=False),
    Column("form", WORD, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("url", Text),
    Column("token", Encrypted),
    Column("provider", WORD, nullable=False, server_default=""),
    Column("providers", Text, nullable=False, server_default="[]"),
    Column("region", WORD, nullable=False, server_default=""),
    Column("every_hours", Integer, nullable=False, server_default="0"),
    Column("is_on", Boolean, nullable=False, server_default=false()),
    Column("is_trial", Boolean, nullable=False, server_default=false()),
    Column("lists", Text, nullable=False, server_default="[]"),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("taken_at", DateTime),
    Column("began_at", DateTime),
    Column("next_at", DateTime),
    Column("tried_at", DateTime),
    Column("problem", Text),
    Column("held", Text),
    Column("agreed", Text),
    Column("preview", Text),
    Column("report", Encrypted),
    Column("removed_at", DateTime),
    Column("failing_since", DateTime),
    Index(None, "name", unique=True, sqlite_where=_THERE, postgresql_where=_THERE),
)
"""Sources of courses and alumni: see `matcher.repositories.sources.KeptSource`. Nothing about alumni. UTC.

One that was removed keeps its row, without settings: by it is known which courses came from elsewhere.
"""

source_records = Table(
    "source_records",
    metadata,
    Column("source_key", KEY, ForeignKey("sources.key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("provider", WORD, primary_key=True),
    Column("offering_id", WORD, primary_key=True),
    Column("gone", Boolean, nullable=False, server_default=false()),
    Column("part", WORD, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
"""The offerings that a source brought; `gone`: it had them no more when it was last read, and they are closed.

`part`: the list of its server that they stood in, such as `courses/C-1`; empty for a file.
"""

source_answers = Table(
    "source_answers",
    metadata,
    _key(),
    Column("source_key", KEY, ForeignKey("sources.key", ondelete="CASCADE"), nullable=False),
    Column("address", WORD, nullable=False),
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("content", Encrypted, nullable=False),
    Column("asked_at", DateTime, nullable=False),
    Index(None, "source_key", "address", unique=True),
)
"""What a server of courses answered, by a digest of the question, so that it can say that nothing changed: packed
(zlib) and written as text (base64). Gone once a whole reading did not ask for it. UTC."""

recognitions = Table(
    "recognitions",
    metadata,
    Column("company", WORD, primary_key=True),
    Column("crebo", WORD, primary_key=True),
    Column("recognised", Boolean, nullable=False),
    Column("checked_on", Date, nullable=False),
    Column("until", Date),
    sqlite_with_rowid=False,
)
"""What SBB answered about training companies; `company`: a digest of its number. Nothing about alumni."""

programme_codes = Table(
    "programme_codes",
    metadata,
    Column("code", WORD, primary_key=True),
    Column("name", Text),
    Column("level", Integer),
    Column("successor", WORD),
    sqlite_with_rowid=False,
)
"""Programmes by crebo or RIO code: name and level as RIO has them, None until found, and the code in its place now."""

source_runs = Table(
    "source_runs",
    metadata,
    Column("id", KEY, primary_key=True, autoincrement=True),
    Column("source_key", KEY, ForeignKey("sources.key", ondelete="CASCADE"), nullable=False),
    Column("ran_at", DateTime, nullable=False),
    Column("created", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("gone", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("remarks", Integer, nullable=False),
    Column("whole", Boolean, nullable=False, server_default=true()),
    Index(None, "source_key"),
)
"""How each reading of a source went: counts. UTC."""
