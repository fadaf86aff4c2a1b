"""Ids of requests and courses: made where the file has none, and one for each run of a course."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from matcher.domain.records import RecordKind
from matcher.repositories.values import Upsert
from matcher.text import fold, id_key

_PREFIX = {RecordKind.REQUESTS: "V-", RecordKind.OFFERINGS: "C-"}
_IDENTITY = {
    RecordKind.REQUESTS: ("kind", "title", "requester", "programme", "level", "moments", "day_parts", "period_from"),
    RecordKind.OFFERINGS: ("title", "start", "town", "pc4"),
}
"""The fields that tell a request, or a run of a course, from another: a correction of the others keeps the id."""
_DIGITS = 10


def with_ids(kind: RecordKind, upserts: Sequence[Upsert]) -> tuple[list[Upsert], dict[int, str]]:
    """The rows with an id for those that have none, the same for the same content, and these ids by row."""
    made: dict[int, str] = {}
    named: dict[str, set[str]] = defaultdict(set)
    for upsert in upserts:
        if not upsert.id:
            made[upsert.row] = _digest(upsert, _IDENTITY[kind])
            named[made[upsert.row]].add(_digest(upsert, sorted(upsert.values)))
    result = []
    for upsert in upserts:
        if not upsert.id:
            digest = made[upsert.row]
            if len(named[digest]) > 1:
                digest += f"-{_digest(upsert, sorted(upsert.values))[:4]}"
            made[upsert.row] = f"{_PREFIX[kind]}{digest}"
            upsert = replace(upsert, id=made[upsert.row])  # noqa: PLW2901 - the same row, with its id
        result.append(upsert)
    return result, made


def _digest(upsert: Upsert, fields: Sequence[str]) -> str:
    told = [id_key(upsert.owner), *(_plain(upsert.values.get(name)) for name in fields)]
    return hashlib.sha256(json.dumps(told).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _plain(value: object) -> str:
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, tuple | frozenset):
        return " ".join(sorted(map(_plain, value)))
    return "" if value is None else str(value)


def with_runs(upserts: Sequence[Upsert]) -> list[Upsert]:
    """The rows of courses, those of a course with several starts or places with an id for each run.

    `W-1@2027-09-15`, and `@Deventer` behind it where two runs start on one day; whatever the order of the rows.
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, upsert in enumerate(upserts):
        groups[id_key(upsert.owner), upsert.id].append(place)
    result = list(upserts)
    for places in groups.values():
        runs = {(_start(upserts[place]), fold(_town(upserts[place]))) for place in places}
        if len(runs) < 2:
            continue
        starts = [start for start, _ in runs]
        several_places = len(set(starts)) < len(starts)
        for place in places:
            parts = [_start(upserts[place]), _town(upserts[place]) if several_places else ""]
            result[place] = replace(upserts[place], id="@".join([upserts[place].id, *filter(None, parts)]))
    return result


def _start(upsert: Upsert) -> str:
    start = upsert.values.get("start")
    return start.isoformat() if isinstance(start, date) else ""


def _town(upsert: Upsert) -> str:
    return str(upsert.values.get("town") or upsert.values.get("pc4") or "")
