"""Who may do what to whose data: `policy.toml`, and the checks that every route, page and command makes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from matcher.domain.kinds import RequestKind
from matcher.errors import Forbidden, UnknownId


class Role(StrEnum):
    """The role of an asker, in the order of the table."""

    TEACHER = "teacher"
    ADVISER = "adviser"
    COORDINATOR = "coordinator"
    PLACEMENT = "placement"
    PARTNER = "partner"
    ALUMNUS = "alumnus"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"
    COMMAND_LINE = "command_line"
    JOB = "job"
    VISITOR = "nobody"


LOGIN_ROLES = tuple(role for role in Role if role not in {Role.COMMAND_LINE, Role.JOB, Role.VISITOR})
"""The roles of people and of tokens; the others are the command line, scheduled jobs, and visitors without a login."""


class Action(StrEnum):
    """The actions that the table of rights is about."""

    REQUESTS_LIST = "requests.list"
    OFFERINGS_LIST = "offerings.list"
    OFFERINGS_SAVE = "offerings.save"
    ALUMNI_LIST = "alumni.list"
    ALUMNI_REGISTER = "alumni.register"
    MATCH = "match"
    MATCH_UNSAVED = "match.unsaved"
    PLAN = "plan"
    PLAN_APPROVE = "plan.approve"
    REQUESTS_SAVE = "requests.save"
    RECOMMEND = "recommend"
    AUDIENCE = "audience"
    AUDIENCE_COUNT = "audience.count"
    EXPLAIN = "explain"
    INVITE = "invite"
    INVITE_APPROVE = "invite.approve"
    INVITE_RUN = "invite.run"
    REQUESTS_CLOSE = "requests.close"
    CONTACT = "contact"
    REPLY = "reply"
    PERSON_READ = "person.read"
    PERSON_CORRECT = "person.correct"
    CONSENT_WRITE = "consent.write"
    CALENDAR_WRITE = "calendar.write"
    PERSON_ERASE = "person.erase"
    PERSON_MERGE = "person.merge"
    AUDIT_READ = "audit.read"
    AUDIT_REPLAY = "audit.replay"
    CONFLICT_DECLARE = "conflict.declare"
    LEDGER_READ = "ledger.read"
    LEDGER_WRITE = "ledger.write"
    LEDGER_EXPORT = "ledger.export"
    EXPOSURE_SAVE = "exposure.save"
    RECOMMEND_ALL = "recommend.all"
    GRADE = "grade"
    EVALUATE = "evaluate"
    RANKING_USE = "ranking.use"
    TRIAL = "trial"
    SETUP = "setup"
    FIELDS_MANAGE = "fields.manage"
    IMPORT = "import"
    VOCABULARY = "vocabulary"
    SKILLS = "skills"
    CAMPAIGN = "campaign"
    SEGMENT = "segment"
    SEGMENT_APPROVE = "segment.approve"
    FEEDBACK = "feedback"
    DOOR = "door"
    FIGURES_READ = "figures.read"
    WISHES_READ = "wishes.read"
    DESK_READ = "desk.read"
    IMPORT_RUN = "import.run"
    SOURCES_MANAGE = "sources.manage"
    SOURCES_RUN = "sources.run"
    EXPORT = "export"
    EXPORT_MATCHES = "export.matches"
    REPORT_READ = "report.read"
    RETENTION_RUN = "retention.run"
    AFTERCARE_READ = "aftercare.read"
    AFTERCARE_WRITE = "aftercare.write"
    AFTERCARE_EXPORT = "aftercare.export"
    AFTERCARE_OBJECT = "aftercare.object"
    AFTERCARE_DECIDE = "aftercare.decide"
    MAIL_MANAGE = "mail.manage"
    REPLIES_READ = "replies.read"
    INBOX_TAKE = "inbox.take"
    MAIL_SEND = "mail.send"
    ACCESS_MANAGE = "access.manage"
    USERS_MANAGE = "users.manage"
    KEYS_ROTATE = "keys.rotate"
    INDEX_MANAGE = "index.manage"
    BACKUP = "backup"
    BACKUP_MAKE = "backup.make"
    SETTINGS_READ = "settings.read"
    HEALTH_READ = "health.read"
    TALK_OFFER = "talk.offer"
    TALK_OPEN = "talk.open"
    SHORTLIST = "shortlist"
    LIST_DECLINE = "list.decline"
    SKILL_MEANING = "skill.meaning"
    DISPUTE = "dispute"
    DISPUTE_READ = "dispute.read"
    DISPUTE_ANSWER = "dispute.answer"
    LOGIN = "login"
    SESSION = "session"


class Scope(StrEnum):
    """Whose data."""

    OWN = "own"
    SELF = "self"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Asker:
    """The asker: a random id, a role, the school or organisation, and for an alumnus the record's key.

    `school` None is every school: for the command line and for tokens of a region.
    """

    key: int
    role: Role
    school: str | None = None
    alumnus_key: int | None = None

    def may(self, action: Action) -> bool:
        """Whether this role may do the action at all."""
        return action in table()[self.role]

    def scope(self, action: Action) -> Scope:
        """The data that the action is allowed on. Raises Forbidden if it is not allowed at all."""
        allowed = table()[self.role].get(action)
        if allowed is None:
            raise self.refusal(action)
        return allowed

    def need_all(self, action: Action) -> None:
        """Raises Forbidden unless the action is allowed on the data of every school."""
        if self.scope(action) is not Scope.ALL:
            raise self.refusal(action)

    def refusal(self, action: Action) -> Forbidden:
        """The error for an action that is not for this role."""
        return Forbidden("not_for_this_role", role=self.role.value, action=action.value)

    def own_key(self, action: Action) -> int:
        """The random key of the asking alumnus. Raises Forbidden unless the action is on the asker's own record."""
        if self.scope(action) is not Scope.SELF or self.alumnus_key is None:
            raise self.refusal(action)
        return self.alumnus_key

    def owner(self, action: Action, asked: str | None = None) -> str | None:
        """The school or organisation that an answer is limited to; None for none. `asked`: the one requested.

        Raises Forbidden if the action is not allowed, and UnknownId for another's school, as for one that does not
        exist.
        """
        if self.scope(action) is Scope.ALL or self.school is None:
            return asked
        if asked not in {None, "", self.school}:
            raise UnknownId("unknown_school", school=asked)
        return self.school

    def kinds(self) -> frozenset[RequestKind]:
        """The kinds of request that this role works with."""
        return frozenset({RequestKind.BPV_PLACE}) if self.role is Role.PLACEMENT else frozenset(RequestKind)


COMMAND_LINE = Asker(0, Role.COMMAND_LINE)
"""The operator, at a terminal with access to the database."""
JOB = Asker(0, Role.JOB)
"""Unattended work: the sender of mail, the daily job."""
VISITOR = Asker(0, Role.VISITOR)
"""A visitor before any login."""


@cache
def table() -> Mapping[Role, Mapping[Action, Scope]]:
    """The table of `policy.toml`. Raises ValueError for an unknown word or a missing role."""
    content = tomllib.loads(Path(__file__).with_name("policy.toml").read_text("utf-8"))
    lines = {
        Role(name): {Action(action): Scope(scope) for action, scope in allowed.items()}
        for name, allowed in content.items()
    }
    missing = set(Role) - set(lines)
    if missing:
        msg = f"no part for {sorted(missing)}"
        raise ValueError(msg)
    return lines
