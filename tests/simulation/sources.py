"""Sources of courses: what their servers have, what each may bring, and what is here of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.simulation.region import EMPLOYER

if TYPE_CHECKING:
    from tests.simulation.model import Model
    from tests.simulation.world import Frame, World

Id = tuple[str, str]
NAMES = ("Bron 0", "Bron 1")
"""Of sources, each with a server of its own."""
HOUSES = ("Bronhuis", "Leerbron")
"""Providers of whom only sources have courses."""
TOKEN = "sleutel-zonder-slot"  # noqa: S105 - of servers of this region
A_TENTH = 10
AT_ONCE = 6
"""Courses that close in one transaction when their source is removed."""


@dataclass(frozen=True)
class Row:
    """A course as a server has it."""

    id: str
    provider: str
    title: str


@dataclass
class Server:
    """What a server has now; `fails`: it does not answer."""

    rows: Sequence[Row] = ()
    fails: bool = False

    @classmethod
    def first(cls, nth: int) -> Server:
        """What a server has at first: fourteen courses, of which it shares eight with the other."""
        numbers = range(6 * nth, 6 * nth + 14)
        return cls([Row(f"S-{number}", HOUSES[0], f"Cursus {number} van een bron") for number in numbers])


@dataclass
class Course:
    """A course that a source brought."""

    title: str
    closed: bool = False
    key: int = 0


@dataclass
class Fed:
    """A source. `has`: what it had when it was last read; `ever`: what it brought; `agreed`: to which courses.

    `removed`: it is none any more.
    """

    key: int
    name: str
    providers: frozenset[str] = frozenset()
    is_on: bool = False
    ever: set[Id] = field(default_factory=set)
    has: set[Id] = field(default_factory=set)
    agreed: frozenset[Id] | None = None
    removed: bool = False


def named(model: Model, name: str) -> Fed | None:
    """The source of this name, if it was not removed."""
    return next((one for one in model.fed.values() if one.name == name and not one.removed), None)


def open_keys(model: Model) -> set[int]:
    """The random keys of courses of sources that can be recommended."""
    return {one.key for one in model.brought.values() if not one.closed}


def is_shrunk(fed: Fed | None, rows: Sequence[Row]) -> bool:
    """Whether a source gives a tenth of what it had, or less."""
    before = len(fed.has) if fed is not None else 0
    return len({(one.id, one.provider) for one in rows}) * A_TENTH <= before


def is_empty(fed: Fed | None, rows: Sequence[Row]) -> bool:
    """Whether there is nothing to read, and nothing was before."""
    return not rows and not (fed is not None and fed.has)


def _managed(world: World, frame: Frame, details: Mapping[str, Any], actor: int | None, role: str) -> None:
    model, key, step = world.model, details["source"], details["step"]
    value: Any = frame.value
    if step in {"add", "change"}:
        name, providers = value
        there = named(model, name) is not None
        world.need(there == (step == "change"), "a source is kept twice, or another is changed", details)
        fed = model.fed.setdefault(key, Fed(key, name))
        fed.name, fed.providers = name, providers
    elif step in {"on", "off"}:
        model.fed[key].is_on = step == "on"
    elif step == "agree":
        model.fed[key].agreed = value
    elif step == "close":
        _close(world, model.fed[key], details["count"])
    elif step == "remove":
        kept = Fed(key, model.fed[key].name, ever=model.fed[key].ever, removed=True)
        model.fed[key] = kept


def _close(world: World, fed: Fed, count: int) -> None:
    """A source that is removed closes some of its courses, but none of those of another; till the last it is off."""
    model = world.model
    others = set().union(*(other.has for other in model.fed.values() if other is not fed))
    left = sorted(fed.has - others)
    part = left[:AT_ONCE]
    open_ = [one for one in part if not model.brought[one].closed]
    world.need(len(open_) == count, "a source that is removed closes other courses", (count, open_))
    for one in part:
        model.brought[one].closed = True
    fed.has -= set(part)
    fed.is_on = fed.is_on and len(left) == len(part)


def _run(world: World, frame: Frame, details: Mapping[str, Any], actor: int | None, role: str) -> None:
    read(world, frame, details)


def read(world: World, frame: Frame, details: Mapping[str, Any]) -> None:
    """A source was read: what it may bring is here, what it has no more is closed, and nothing else changed."""
    model, key = world.model, details["source"]
    if key not in model.fed:
        ((name,),) = world.database.rows("select name from sources where key = ?", key)
        model.fed[key] = Fed(key, name)
    fed = model.fed[key]
    value: Any = frame.value
    rows: Sequence[Row] = value["given"][fed.name]
    ids = {(one.id, one.provider) for one in rows}
    agreed = value.get("agreed") or fed.agreed == ids
    world.need(not is_shrunk(fed, rows) or agreed, "a tenth of a source was not held", (fed, rows))
    refused = _refused(model, fed, ids)
    counts = {"created": 0, "updated": 0, "unchanged": 0, "refused": len(refused)}
    for row in rows:
        id_ = (row.id, row.provider)
        if id_ in refused:
            continue
        course = model.brought.get(id_)
        same = course is not None and course.title == row.title and not course.closed
        counts["created" if course is None else "unchanged" if same else "updated"] += 1
        model.brought[id_] = Course(row.title, key=course.key if course else 0)
    gone = {one for one in fed.has - ids if not fed.providers or one[1] in fed.providers}
    others = set().union(*(other.has for other in model.fed.values() if other is not fed))
    for id_ in gone - others:
        model.brought[id_].closed = True
        counts["updated"] += 1
    fed.ever |= ids - refused
    fed.has = (fed.has - gone) | (ids - refused)
    fed.agreed = None
    told = {name: details[name] for name in counts}
    world.need(told == counts, "a source brings something else than it may", (counts, details, fed))
    for offering_key, id_, provider in world.database.rows("select key, offering_id, provider from offerings"):
        if (id_, provider) in model.brought:
            model.brought[id_, provider].key = offering_key


def _refused(model: Model, fed: Fed, ids: set[Id]) -> set[Id]:
    """What a source may not bring."""
    if fed.providers:
        return {one for one in ids if one[1] not in fed.providers}
    others = set().union(*(other.has for other in model.fed.values() if other is not fed))
    return {one for one in ids - fed.has if one in others or one[1] == EMPLOYER}


def need_tables(world: World) -> None:
    """Which courses are of which source, what each course is, and how each source is read."""
    model, rows = world.model, world.database.rows
    there = {
        (name, frozenset(json.loads(providers)), bool(is_on), removed_at is not None)
        for name, providers, is_on, removed_at in rows(
            "select name, providers, is_on, removed_at from sources where form <> 'students'"
        )
    }
    known = {(one.name, one.providers, one.is_on, one.removed) for one in model.fed.values()}
    world.need(there == known, "a table is not what happened: sources", (there, known))
    left = rows("select count(*) from sources where removed_at is not null and (token is not null or url is not null)")
    world.need(left[0][0] == 0, "a source that was removed has a token or an address")
    records = {
        (key, (id_, provider), bool(gone))
        for key, id_, provider, gone in rows("select source_key, offering_id, provider, gone from source_records")
    }
    told = {(one.key, id_, id_ not in one.has) for one in model.fed.values() for id_ in one.ever}
    world.need(records == told, "a table is not what happened: source_records", records ^ told)
    courses = {
        (id_, provider): (key, title, registration == "closed")
        for key, id_, provider, title, registration in rows(
            "select key, offering_id, provider, title, registration from offerings"
        )
        if provider in HOUSES
    }
    brought = {id_: (one.key, one.title, one.closed) for id_, one in model.brought.items()}
    world.need(courses == brought, "a course of a source is not what the source said", (courses, brought))
    said = rows("select count(*) from audit where details like ?", f"%{TOKEN}%")
    world.need(said[0][0] == 0, "a token of a source is in the log")


MEANING: Mapping[str, Any] = {
    "sources.manage": _managed,
    "sources.run": _run,
}
