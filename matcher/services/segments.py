"""Segments: saved filters on the alumni of a school, counted before and after consent and objection."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from matcher.domain.kinds import Purpose
from matcher.domain.segments import LONGEST_NAME, PURPOSES, Criteria, checked, read_criteria
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.segments import KeptSegment
from matcher.services import lookup
from matcher.services.app import App, StoreApp
from matcher.services.locating import meant
from matcher.services.segment_asks import Look, look_at, members, near_of


@dataclass(frozen=True, slots=True)
class Counted:
    """A segment and how many alumni are of it today, whatever they agreed to."""

    segment: KeptSegment
    criteria: Criteria
    people: int


def add(app: StoreApp, asker: Asker, name: str, criteria: Criteria, *, school: str | None = None) -> KeptSegment:
    """Saves a filter of a school.

    Raises Forbidden, UnknownId, InvalidValue: 'name_a_school', 'segment_name', 'segment_taken',
    'segment_unknown_place', 'segment_place_meant' with `suggest`, and what `checked` raises.
    """
    asker.scope(Action.SEGMENT)
    criteria, name = checked(criteria), " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidValue("segment_name", most=LONGEST_NAME)

    def work(tx: Transaction) -> KeptSegment:
        owner = lookup.one_school(tx, asker, Action.SEGMENT, school)
        if criteria.place and near_of(tx, owner, criteria.place) is None:
            suggest = meant(criteria.place)
            if suggest:
                raise InvalidValue("segment_place_meant", place=criteria.place, suggest=suggest)
            raise InvalidValue("segment_unknown_place", place=criteria.place)
        if any(one.name.casefold() == name.casefold() for one in tx.segments.listed(owner)):
            raise InvalidValue("segment_taken", name=name)
        made = tx.segments.add(owner, name, criteria.written())
        tx.note("segment.add", {"segment": made.key})
        return made

    return app.store.write(work, by=asker)


def listed(app: App, asker: Asker, school: str | None = None, *, id_: str | None = None) -> list[Counted]:
    """The segments of the school, or that with this id, counted. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.SEGMENT, school)
    with app.store.read() as records:
        by_school = defaultdict[str, list[KeptSegment]](list)
        for one in records.segments.listed(owner, id_ and id_.strip().upper()):
            by_school[one.school].append(one)
        found = []
        for name, segments in by_school.items():
            criteria = [read_criteria(one.criteria) for one in segments]
            counts = map(len, members(records, app.terms, name, criteria))
            found += [Counted(*one) for one in zip(segments, criteria, counts, strict=True)]
    return found


def look(
    app: App, asker: Asker, id_: str, purpose: Purpose, *, school: str | None = None, questions: bool = False
) -> Look:
    """Whom a message to a segment may go to; `questions`: one that asks those of the school. Changes nothing.

    Raises Forbidden, UnknownId('unknown_segment'), InvalidValue('segment_purpose').
    """
    owner = asker.owner(Action.SEGMENT, school)
    if purpose not in PURPOSES:
        raise InvalidValue("segment_purpose", value=purpose.value)
    with app.store.read() as records:
        segment = _segment(records, id_, owner)
        criteria = read_criteria(segment.criteria)
        return look_at(records, app.terms, segment.school, criteria, purpose, questions=questions)


def remove(app: StoreApp, asker: Asker, id_: str, *, school: str | None = None) -> None:
    """Removes a segment; messages to it stay. Raises Forbidden, UnknownId('unknown_segment')."""
    owner = asker.owner(Action.SEGMENT, school)

    def work(tx: Transaction) -> None:
        segment = _segment(tx, id_, owner)
        tx.segments.remove(segment.key)
        tx.note("segment.remove", {"segment": segment.key})

    app.store.write(work, by=asker)


def _segment(records: Records, id_: str, owner: str | None) -> KeptSegment:
    found = records.segments.listed(owner, id_.strip().upper())
    if not found:
        raise UnknownId("unknown_segment", id=id_)
    return found[0]
