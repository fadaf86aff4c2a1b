"""The contents of a reading and a transaction: one repository for each small part of the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol

from matcher.policy import Asker
from matcher.repositories.accounts import Accounts, Links, Sessions, Tokens
from matcher.repositories.aftercare import Aftercare, AftercareCases
from matcher.repositories.calendars import Calendars
from matcher.repositories.demands import Demands, Invitations, RequestLetters
from matcher.repositories.desk import Desk
from matcher.repositories.digests import Digests
from matcher.repositories.exposures import Exposures
from matcher.repositories.figures import FigureReader
from matcher.repositories.first_yes import Campaigns, Doors, FactTable, Newcomers
from matcher.repositories.grades import Grades, Rankings
from matcher.repositories.inbox import ClosedAddresses, Inbox, MailStops
from matcher.repositories.log import AuditLog, Deliveries, Installation, Outbox
from matcher.repositories.mappings import Mappings
from matcher.repositories.own_fields import OwnFields
from matcher.repositories.own_list import Disputes, NotForMe
from matcher.repositories.own_meanings import OwnMeanings
from matcher.repositories.people import (
    ChangeReader,
    Conflicts,
    Consents,
    DirectoryReader,
    Duplicates,
    Erasures,
    Imports,
    Ledger,
    Merges,
    People,
    Places,
    Questions,
    RecordTable,
    RetentionTable,
)
from matcher.repositories.plans import Plans
from matcher.repositories.programmes import ProgrammeCodes
from matcher.repositories.recognitions import Recognitions
from matcher.repositories.school_settings import SchoolSettings
from matcher.repositories.segments import Feedback, SegmentMessages, Segments
from matcher.repositories.sources import Connectors, SourceAnswers, Sources
from matcher.repositories.talks import Appointments, Shortlists, Talks
from matcher.repositories.trials import Trials
from matcher.repositories.uploads import Uploads
from matcher.repositories.vocabularies import Vocabularies


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
    erasures: Erasures
    consents: Consents
    ledger: Ledger
    exposures: Exposures
    conflicts: Conflicts
    demands: Demands
    invitations: Invitations
    request_letters: RequestLetters
    desk: Desk
    places: Places
    mappings: Mappings
    own_fields: OwnFields
    questions: Questions
    imports: Imports
    duplicates: Duplicates
    merges: Merges
    changes: ChangeReader
    directory: DirectoryReader
    accounts: Accounts
    sessions: Sessions
    tokens: Tokens
    links: Links
    audit: AuditLog
    retention: RetentionTable
    campaigns: Campaigns
    doors: Doors
    newcomers: Newcomers
    facts: FactTable
    figures: FigureReader
    outbox: Outbox
    deliveries: Deliveries
    digests: Digests
    mail_stops: MailStops
    closed_addresses: ClosedAddresses
    inbox: Inbox
    installation: Installation
    uploads: Uploads
    grades: Grades
    rankings: Rankings
    trials: Trials
    plans: Plans
    school_settings: SchoolSettings
    segments: Segments
    segment_messages: SegmentMessages
    feedback: Feedback
    calendars: Calendars
    aftercare: Aftercare
    aftercare_cases: AftercareCases
    talks: Talks
    appointments: Appointments
    shortlists: Shortlists
    not_for_me: NotForMe
    disputes: Disputes
    own_meanings: OwnMeanings
    sources: Sources
    connectors: Connectors
    source_answers: SourceAnswers
    recognitions: Recognitions
    programmes: ProgrammeCodes
    vocabularies: Vocabularies


class Transaction(Records, Protocol):
    """A write: no other write changes what it has read. Commits one revision with its log entries, or nothing."""

    def note(self, action: str, details: Mapping[str, Any], *, by: Asker | None = None) -> None:
        """Adds an entry to the log at commit, by the asker of the transaction: only random keys and codes.

        `by`: an account that this transaction creates or finds: a login is logged under the account, not under the
        visitor.
        """
        ...
