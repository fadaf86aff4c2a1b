"""Readings and transactions: the repositories over one connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast

from matcher import repositories
from matcher.policy import Asker
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
from matcher.store.own_meanings import OwnMeanings
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

T = TypeVar("T")


class _Repository(Generic[T]):
    """A repository that is made when it is first used: few readings use more than some."""

    def __init__(self, make: Callable[[UnitOfWork], T]) -> None:
        self._make = make

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, records: SqlRecords, _owner: type) -> T:
        made: T = self._make(records.unit)
        records.__dict__[self._name] = made  # found before this from now on
        return made


def _repository(make: Callable[[UnitOfWork], T]) -> T:
    """The attribute, of the type that its readers see."""
    return cast("T", _Repository(make))


class SqlRecords:
    """Implements `matcher.repositories.Records`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self.unit = unit

    records: repositories.people.RecordTable = _repository(RecordTable)
    people: repositories.people.People = _repository(People)
    erasures: repositories.people.Erasures = _repository(Erasures)
    consents: repositories.people.Consents = _repository(Consents)
    ledger: repositories.people.Ledger = _repository(Ledger)
    exposures: repositories.exposures.Exposures = _repository(Exposures)
    conflicts: repositories.people.Conflicts = _repository(Conflicts)
    demands: repositories.demands.Demands = _repository(Demands)
    invitations: repositories.demands.Invitations = _repository(Invitations)
    request_letters: repositories.demands.RequestLetters = _repository(RequestLetters)
    desk: repositories.desk.Desk = _repository(Desk)
    places: repositories.people.Places = _repository(Places)
    mappings: repositories.mappings.Mappings = _repository(Mappings)
    own_fields: repositories.own_fields.OwnFields = _repository(OwnFields)
    questions: repositories.people.Questions = _repository(Questions)
    imports: repositories.people.Imports = _repository(Imports)
    duplicates: repositories.people.Duplicates = _repository(Duplicates)
    merges: repositories.people.Merges = _repository(Merges)
    changes: repositories.people.ChangeReader = _repository(ChangeReader)
    directory: repositories.people.DirectoryReader = _repository(DirectoryReader)
    accounts: repositories.accounts.Accounts = _repository(Accounts)
    sessions: repositories.accounts.Sessions = _repository(Sessions)
    tokens: repositories.accounts.Tokens = _repository(Tokens)
    links: repositories.accounts.Links = _repository(Links)
    audit: repositories.log.AuditLog = _repository(AuditLog)
    retention: repositories.people.RetentionTable = _repository(RetentionTable)
    campaigns: repositories.first_yes.Campaigns = _repository(Campaigns)
    doors: repositories.first_yes.Doors = _repository(Doors)
    newcomers: repositories.first_yes.Newcomers = _repository(Newcomers)
    facts: repositories.first_yes.FactTable = _repository(FactTable)
    figures: repositories.figures.FigureReader = _repository(FigureReader)
    outbox: repositories.log.Outbox = _repository(Outbox)
    deliveries: repositories.log.Deliveries = _repository(Deliveries)
    digests: repositories.digests.Digests = _repository(Digests)
    mail_stops: repositories.inbox.MailStops = _repository(MailStops)
    closed_addresses: repositories.inbox.ClosedAddresses = _repository(ClosedAddresses)
    inbox: repositories.inbox.Inbox = _repository(Inbox)
    installation: repositories.log.Installation = _repository(Installation)
    uploads: repositories.uploads.Uploads = _repository(Uploads)
    grades: repositories.grades.Grades = _repository(Grades)
    rankings: repositories.grades.Rankings = _repository(Rankings)
    trials: repositories.trials.Trials = _repository(Trials)
    school_settings: repositories.school_settings.SchoolSettings = _repository(SchoolSettings)
    plans: repositories.plans.Plans = _repository(Plans)
    segments: repositories.segments.Segments = _repository(Segments)
    segment_messages: repositories.segments.SegmentMessages = _repository(SegmentMessages)
    feedback: repositories.segments.Feedback = _repository(Feedback)
    calendars: repositories.calendars.Calendars = _repository(Calendars)
    aftercare: repositories.aftercare.Aftercare = _repository(Aftercare)
    aftercare_cases: repositories.aftercare.AftercareCases = _repository(AftercareCases)
    talks: repositories.talks.Talks = _repository(Talks)
    appointments: repositories.talks.Appointments = _repository(Appointments)
    shortlists: repositories.talks.Shortlists = _repository(Shortlists)
    not_for_me: repositories.own_list.NotForMe = _repository(NotForMe)
    disputes: repositories.own_list.Disputes = _repository(Disputes)
    sources: repositories.sources.Sources = _repository(Sources)
    connectors: repositories.sources.Connectors = _repository(Connectors)
    source_answers: repositories.sources.SourceAnswers = _repository(SourceAnswers)
    own_meanings: repositories.own_meanings.OwnMeanings = _repository(OwnMeanings)
    programmes: repositories.programmes.ProgrammeCodes = _repository(ProgrammeCodes)
    recognitions: repositories.recognitions.Recognitions = _repository(Recognitions)
    vocabularies: repositories.vocabularies.Vocabularies = _repository(Vocabularies)

    @property
    def now(self) -> datetime:
        """The moment at which it began (aware, UTC)."""
        return self.unit.now

    @property
    def today(self) -> date:
        """The day of `now` in the Netherlands."""
        return self.unit.today


class SqlTransaction(SqlRecords):
    """Implements `matcher.repositories.Transaction`."""

    def note(self, action: str, details: Mapping[str, Any], *, by: Asker | None = None) -> None:
        """Adds an entry to the log at commit, by default by the transaction's asker: only random keys and codes."""
        self.unit.note(action, details, by=by)
