"""Entries of the log in the form of the Logboek Dataverwerkingen, a Dutch standard for logs of processing, in draft.

Source: https://github.com/Logius-standaarden/logboek-dataverwerkingen, `sections/specificaties.md` at commit 46aea18,
working version 0.8.0 (dated 2024-12-13; CC BY 4.0). Its fields: trace_id, span_id, status, name, start_time,
end_time, parent_span_id, resource, attributes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC

from matcher.repositories.values import LogEntry

SUBJECT_TYPE = "alumnimatch-alumnus-key"
"""The type of the code of a data subject: a random number that only this installation can lead back to someone."""
_ACTIVITY = "dpl.core.processing_activity_id"
_SUBJECT, _TYPE = "dpl.core.data_subject_id", "dpl.core.data_subject_id_type"


def lines_of(entry: LogEntry, name: str, activity: str, resource: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """The lines of one entry: one for each alumnus that it names, under one without a data subject if there are more.

    `name` is what was done, for people to read; `activity` the URI of the processing activity in the school's register.
    The first 32 hex digits of the entry's seal are the trace, so that a line leads back to the log and is the same when
    it is written again. Times are milliseconds since 1970 (UTC); an entry has one moment, that of its transaction.
    """
    moment = round(entry.at.replace(tzinfo=UTC).timestamp() * 1000)
    parent = _span(entry, None)

    def line(span: str, attributes: Mapping[str, str], within: str | None = None) -> dict[str, object]:
        return {
            "trace_id": entry.seal[:32],
            "span_id": span,
            **({"parent_span_id": within} if within else {}),
            "status": "Ok",
            "name": name,
            "start_time": moment,
            "end_time": moment,
            "resource": {"attributes": dict(resource)},
            "attributes": {_ACTIVITY: activity, **attributes},
        }

    if len(entry.people) == 1:
        yield line(parent, _subject(entry.people[0]))
        return
    yield line(parent, {})
    for key in entry.people:
        yield line(_span(entry, key), _subject(key), parent)


def _span(entry: LogEntry, key: int | None) -> str:
    """16 hex digits, another for each alumnus of an entry."""
    return hashlib.sha256(f"{entry.seal} {'' if key is None else key}".encode()).hexdigest()[:16]


def _subject(key: int) -> dict[str, str]:
    return {_SUBJECT: f"{key:016x}", _TYPE: SUBJECT_TYPE}
