"""Readings and transactions: the repositories over one connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from matcher.policy import Asker
from matcher.repositories import (
    accounts,
    aftercare,
    calendars,
    demands,
    desk,
    digests,
    exposures,
    figures,
    first_yes,
    grades,
    inbox,
    log,
    mappings,
    own_fields,
    own_list,
    people,
    plans,
    programmes,
    recognitions,
    school_settings,
    segments,
    sources,
    talks,
    trials,
    uploads,
    vocabularies,
)
from matcher.store.accounts import Accounts, Sessions
from matcher.store.aftercare import Aftercare, AftercareCases
from matcher.store.audit import AuditLog
from matcher.store.calendars import Calendars
from matcher.store.changes import ChangeReader
from matcher.store.consents import Consents
from matcher.store.demands import Demands, Invitations, RequestLetters
from matcher.store.desk import Desk
from matcher.store.digests import Digests
from matcher.store.directory import DirectoryReader
from matcher.store.duplicates import Duplicates
from matcher.store.erasures import Erasures
from matcher.store.exposures import Exposures
from matcher.store.figures import FigureReader
from matcher.store.first_yes import Campaigns, Doors, FactTable, Newcomers
from matcher.store.grades import Grades, Rankings
from matcher.store.imports import Imports
from matcher.store.inbox import ClosedAddresses, Inbox, MailStops
from matcher.store.installation import Installation
from matcher.store.ledger import Conflicts, Ledger
from matcher.store.mappings import Mappings
from matcher.store.merges import Merges
from matcher.store.outbox import Deliveries, Outbox
from matcher.store.own_fields import OwnFields
from matcher.store.own_list import Disputes, NotForMe
from matcher.store.people import People
from matcher.store.places import Places
from matcher.store.plans import Plans
from matcher.store.programmes import ProgrammeCodes
from matcher.store.questions import Questions
from matcher.store.recognitions import Recognitions
from matcher.store.records import RecordTable
from matcher.store.retention import RetentionTable
from matcher.store.school_settings import SchoolSettings
from matcher.store.segments import Feedback, SegmentMessages, Segments
from matcher.store.sources import Connectors, SourceAnswers, Sources
from matcher.store.talks import Appointments, Shortlists, Talks
from matcher.store.tokens import Links, Tokens
from matcher.store.trials import Trials
from matcher.store.unit import UnitOfWork
from matcher.store.uploads import Uploads
from matcher.store.vocabularies import Vocabularies


class SqlRecords:
    """Implements `matcher.repositories.Records`."""

    def __init__(self, unit: UnitOfWork) -> None:  # noqa: PLR0915 - a line for each repository
        self._unit = unit
        self.records: people.RecordTable = RecordTable(unit)
        self.people: people.People = People(unit)
        self.erasures: people.Erasures = Erasures(unit)
        self.consents: people.Consents = Consents(unit)
        self.ledger: people.Ledger = Ledger(unit)
        self.exposures: exposures.Exposures = Exposures(unit)
        self.conflicts: people.Conflicts = Conflicts(unit)
        self.demands: demands.Demands = Demands(unit)
        self.invitations: demands.Invitations = Invitations(unit)
        self.request_letters: demands.RequestLetters = RequestLetters(unit)
        self.desk: desk.Desk = Desk(unit)
        self.places: people.Places = Places(unit)
        self.mappings: mappings.Mappings = Mappings(unit)
        self.own_fields: own_fields.OwnFields = OwnFields(unit)
        self.questions: people.Questions = Questions(unit)
        self.imports: people.Imports = Imports(unit)
        self.duplicates: people.Duplicates = Duplicates(unit)
        self.merges: people.Merges = Merges(unit)
        self.changes: people.ChangeReader = ChangeReader(unit)
        self.directory: people.DirectoryReader = DirectoryReader(unit)
        self.accounts: accounts.Accounts = Accounts(unit)
        self.sessions: accounts.Sessions = Sessions(unit)
        self.tokens: accounts.Tokens = Tokens(unit)
        self.links: accounts.Links = Links(unit)
        self.audit: log.AuditLog = AuditLog(unit)
        self.retention: people.RetentionTable = RetentionTable(unit)
        self.campaigns: first_yes.Campaigns = Campaigns(unit)
        self.doors: first_yes.Doors = Doors(unit)
        self.newcomers: first_yes.Newcomers = Newcomers(unit)
        self.facts: first_yes.FactTable = FactTable(unit)
        self.figures: figures.FigureReader = FigureReader(unit)
        self.outbox: log.Outbox = Outbox(unit)
        self.deliveries: log.Deliveries = Deliveries(unit)
        self.digests: digests.Digests = Digests(unit)
        self.mail_stops: inbox.MailStops = MailStops(unit)
        self.closed_addresses: inbox.ClosedAddresses = ClosedAddresses(unit)
        self.inbox: inbox.Inbox = Inbox(unit)
        self.installation: log.Installation = Installation(unit)
        self.uploads: uploads.Uploads = Uploads(unit)
        self.grades: grades.Grades = Grades(unit)
        self.rankings: grades.Rankings = Rankings(unit)
        self.trials: trials.Trials = Trials(unit)
        self.school_settings: school_settings.SchoolSettings = SchoolSettings(unit)
        self.plans: plans.Plans = Plans(unit)
        self.segments: segments.Segments = Segments(unit)
        self.segment_messages: segments.SegmentMessages = SegmentMessages(unit)
        self.feedback: segments.Feedback = Feedback(unit)
        self.calendars: calendars.Calendars = Calendars(unit)
        self.aftercare: aftercare.Aftercare = Aftercare(unit)
        self.aftercare_cases: aftercare.AftercareCases = AftercareCases(unit)
        self.talks: talks.Talks = Talks(unit)
        self.appointments: talks.Appointments = Appointments(unit)
        self.shortlists: talks.Shortlists = Shortlists(unit)
        self.not_for_me: own_list.NotForMe = NotForMe(unit)
        self.disputes: own_list.Disputes = Disputes(unit)
        self.sources: sources.Sources = Sources(unit)
        self.connectors: sources.Connectors = Connectors(unit)
        self.source_answers: sources.SourceAnswers = SourceAnswers(unit)
        self.recognitions: recognitions.Recognitions = Recognitions(unit)
        self.programmes: programmes.ProgrammeCodes = ProgrammeCodes(unit)
        self.vocabularies: vocabularies.Vocabularies = Vocabularies(unit)

    @property
    def now(self) -> datetime:
        """The moment at which it began (aware, UTC)."""
        return self._unit.now

    @property
    def today(self) -> date:
        """The day of `now` in the Netherlands."""
        return self._unit.today


class SqlTransaction(SqlRecords):
    """Implements `matcher.repositories.Transaction`."""

    def note(self, action: str, details: Mapping[str, Any], *, by: Asker | None = None) -> None:
        """Adds an entry to the log at commit, by default by the transaction's asker: only random keys and codes."""
        self._unit.note(action, details, by=by)
