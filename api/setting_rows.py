"""Settings as they may be shown: name, value, default and meaning; no password and no secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.settings import Settings, variable
from matcher.locale import Language, say

_SECRET_NAME = re.compile(r"secret|password|token|key", re.IGNORECASE)
_URL_LOGIN = re.compile(r"://.*@", re.DOTALL)
"""Up to the last @: a password may hold one that was not encoded as %40."""
_QUERY_PASSWORD = re.compile(r"((?:password|passwd|pwd|secret|token|key)=)[^&\s]*", re.IGNORECASE)

GROUPS: Mapping[str, tuple[str, ...]] = {
    "login": ("login", "base_url", "oidc", "secret_key", "rate_login", "rate_link"),
    "mail": ("smtp", "mail_from", "reply", "inbox", "weekly", "first_"),
    "terms": ("retention", "job_", "replay_days", "log_months", "upload_days", "aftercare_keep"),
    "asking": ("undo", "message_approval", "answer_days", "soon_days", "approval"),
    "aftercare": ("aftercare",),
    "look": ("language", "theme", "open_courses", "page_size", "today"),
    "limits": ("rate", "wait_seconds", "rankings_at", "requests_at", "answer_seconds", "metrics", "log_level"),
    "data": ("",),
}
"""The subjects of settings, in their order, by the beginnings of names; the last is of all others."""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting: the variable of its environment, its value and default as text, and what it means."""

    name: str
    value: str
    default: str
    help: str
    group: str
    """The subject that it is of, a key of GROUPS."""


def _group_of(name: str) -> str:
    """The first subject with this setting, or with the beginning of its name."""
    return next(group for group, begins in GROUPS.items() if name.startswith(begins))


def masked(name: str, value: object) -> str:
    """A setting as it may be shown: no password, no secret."""
    text = "" if value is None else str(value)
    if text and _SECRET_NAME.search(name):
        return "***"
    return _QUERY_PASSWORD.sub(r"\1***", _URL_LOGIN.sub("://***@", text))


def rows(settings: Settings, language: Language) -> list[SettingRow]:
    """All settings, in the order in which they are defined."""
    return [
        SettingRow(
            variable(name),
            masked(name, getattr(settings, name)),
            masked(name, field.get_default(call_default_factory=True)),
            say(language, f"settings.{name}"),
            _group_of(name),
        )
        for name, field in Settings.model_fields.items()
    ]
