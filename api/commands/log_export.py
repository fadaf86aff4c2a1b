"""Entries of the log: in words, as JSON, and in a file, where the form can be that of the Logboek Dataverwerkingen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from matcher import atomic
from matcher.errors import ConfigurationError
from matcher.law import processing_log
from matcher.locale import Language, say
from matcher.repositories.values import LogEntry

DEFAULT = "default"
"""The activity of actions that have none of their own."""
_FIELDS = ("id", "actor", "role", "school", "action", "details")


def write_log(
    out: Path, entries: Iterable[LogEntry], language: Language, activities: Mapping[str, str] | None = None
) -> int:
    """Writes the file whole or not at all; returns how many lines.

    With `activities` (action, its first part or `default` -> URI) in the form of the Logboek Dataverwerkingen. Raises
    ConfigurationError for an action without a URI, OSError.
    """
    import orjson

    count = 0
    with atomic.write(out) as file:
        for entry in entries:
            lines = [_plain(entry)] if activities is None else _logboek(entry, language, activities)
            for line in lines:
                file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
                count += 1
    return count


def as_json(entry: LogEntry) -> dict[str, object]:
    """An entry as it is shown: without its seal."""
    return {"at": entry.at.isoformat(), **{name: getattr(entry, name) for name in _FIELDS}}


def action_in_words(language: Language, action: str) -> str:
    """The name of an action (`person.read`) for people to read."""
    return say(language, f"words.action.{action.replace('.', '_')}")


def _plain(entry: LogEntry) -> dict[str, object]:
    return {**as_json(entry), "seal": entry.seal}


def _logboek(entry: LogEntry, language: Language, activities: Mapping[str, str]) -> Iterator[dict[str, object]]:
    name = action_in_words(language, entry.action)
    resource = {"service.name": "alumnimatch", "service.version": version("alumnimatch")}
    return processing_log.lines_of(entry, name, activity_of(entry.action, activities), resource)


def activity_of(action: str, activities: Mapping[str, str]) -> str:
    """The URI of an action: its own, that of its first part (`person.read`: `person`), or the default.

    Raises ConfigurationError where there is none, or where it is not a URI.
    """
    keys = (action, action.partition(".")[0], DEFAULT)
    uri = next((activities[key] for key in keys if key in activities), "")
    parts = urlsplit(uri)
    if not parts.scheme or not (parts.netloc or parts.path) or any(char.isspace() for char in uri):
        raise ConfigurationError("no_processing_activity", action=action)
    return uri
