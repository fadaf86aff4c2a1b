"""Segments, messages to them, and the answers to questions of a school."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, extract, or_, select, true

from matcher.domain.consent import Consent
from matcher.domain.feedback import Counts
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.repositories.segments import (
    ASKED,
    RELEASED,
    UNDONE,
    KeptForm,
    KeptMessage,
    KeptSegment,
    Recipient,
    SegmentPerson,
)
from matcher.store import schema
from matcher.store.codecs import load_qualifications
from matcher.store.inbox import ClosedAddresses
from matcher.store.keys import new_key, new_keys, new_number
from matcher.store.records import chunks
from matcher.store.removals import OVERWRITE
from matcher.store.unit import UnitOfWork
from matcher.text import WORD, fold

_SEGMENTS, _MESSAGES, _PEOPLE = schema.segments, schema.segment_messages, schema.segment_people
_FORMS, _COUNTS, _TEXTS = schema.feedback_forms, schema.feedback_counts, schema.feedback_texts
_OF_SEGMENT = tuple(_SEGMENTS.c[name] for name in KeptSegment.__dataclass_fields__)
_OF_MESSAGE = tuple(_MESSAGES.c[name] for name in KeptMessage.__dataclass_fields__)
_OF_PERSON = tuple(_PEOPLE.c[name] for name in Recipient.__dataclass_fields__)
_OF_FORM = tuple(_FORMS.c[name] for name in KeptForm.__dataclass_fields__)
_JSON = ("criteria", "questions")
_ALUMNUS = ("key", "qualifications", "sector", "function", "pc4", "town", "left_on", "paused_until")
_BETRAYS = ("last_name", "email", "phone")
_SHORTEST, _LONG = 3, 5
_GONE = ("refused", "dropped")


class Segments:
    """Implements `matcher.repositories.segments.Segments`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add(self, school: str, name: str, criteria: Mapping[str, Any]) -> KeptSegment:
        """A new segment of a school."""
        made = KeptSegment(new_key(), new_number(), school, name, criteria, self._unit.utc)
        _insert(self._unit, _SEGMENTS, made)
        return made

    def listed(self, school: str | None = None, id_: str | None = None) -> list[KeptSegment]:
        """The segments of a school or of all, by name; with an id only that one."""
        rows = self._connection.execute(_named(select(*_OF_SEGMENT), _SEGMENTS, school, id_))
        return [KeptSegment(**_values(row)) for row in rows]

    def remove(self, key: int) -> bool:
        """Removes a segment; False where it is gone."""
        self._unit.need_write()
        return self._connection.execute(_SEGMENTS.delete().where(_SEGMENTS.c.key == key)).rowcount == 1

    def people(self, school: str, keys: Sequence[int] | None = None) -> list[SegmentPerson]:
        """The alumni of a school, or those of these random keys, by key: some queries, however many there are."""
        people, contacts, objections = schema.alumni, schema.contacts, schema.objections
        columns = [*(people.c[name] for name in _ALUMNUS), people.c.max_asks_per_year]
        with_more = select(*columns, contacts.c.email_key, objections.c.since).select_from(
            people.outerjoin(contacts, contacts.c.alumnus_key == people.c.key).outerjoin(
                objections, objections.c.alumnus_key == people.c.key
            )
        )
        rows = [
            row
            for those in self._those(school, keys)
            for row in self._connection.execute(with_more.where(those).order_by(people.c.key))
        ]
        consents, stops, entries = self._consents(school, keys), self._stops(school, keys), self._entries(school, keys)
        closed = ClosedAddresses(self._unit).unreachable([row.key for row in rows])
        given = self._given_feedback(school, keys)
        return [
            SegmentPerson(
                key=row.key,
                qualifications=load_qualifications(row.qualifications),
                **{name: getattr(row, name) for name in _ALUMNUS[2:]},
                budget=row.max_asks_per_year,
                consents=consents.get(row.key, ()),
                objects=row.since is not None,
                reachable=row.email_key is not None,
                closed=row.key in closed,
                stops=stops.get(row.key, ()),
                given_feedback=row.key in given,
                entries=entries.get(row.key, ()),
            )
            for row in rows
        ]

    def _those(self, school: str, keys: Sequence[int] | None) -> list[ColumnElement[bool]]:
        """The conditions on `alumni`: of a school; for each part of the keys one."""
        people = schema.alumni
        parts = [true()] if keys is None else [people.c.key.in_(part) for part in chunks(keys)]
        return [and_(people.c.school == school, part) for part in parts]

    def _joined(self, columns: Select[Any], alumnus: Any, school: str, keys: Sequence[int] | None) -> list[Row[Any]]:
        people = schema.alumni
        joined = columns.join(people, people.c.key == alumnus)
        return [row for those in self._those(school, keys) for row in self._connection.execute(joined.where(those))]

    def _consents(self, school: str, keys: Sequence[int] | None) -> dict[int, list[Consent]]:
        table, found = schema.consents, defaultdict[int, list[Consent]](list)
        columns = select(table.c.alumnus_key, table.c.purpose, table.c.given_on, table.c.withdrawn_on)
        for row in self._joined(columns, table.c.alumnus_key, school, keys):
            found[row.alumnus_key].append(Consent(Purpose(row.purpose), row.given_on, row.withdrawn_on))
        return found

    def _stops(self, school: str, keys: Sequence[int] | None) -> dict[int, list[str]]:
        table, found = schema.mail_stops, defaultdict[int, list[str]](list)
        for row in self._joined(select(table.c.alumnus_key, table.c.scope), table.c.alumnus_key, school, keys):
            found[row.alumnus_key].append(row.scope)
        return found

    def _entries(self, school: str, keys: Sequence[int] | None) -> dict[int, list[LedgerLine]]:
        table, found = schema.ledger, defaultdict[int, list[LedgerLine]](list)
        columns = select(table.c.id, table.c.alumnus_key, table.c.event, table.c.on_date, table.c.corrects)
        for row in self._joined(columns, table.c.alumnus_key, school, keys):
            event = LedgerEvent(row.event)
            line = LedgerLine(row.alumnus_key, None, event, row.on_date, key=row.id, corrects=row.corrects)
            found[row.alumnus_key].append(line)
        return found

    def _given_feedback(self, school: str, keys: Sequence[int] | None) -> set[int]:
        """Those who were asked the questions of a school in this calendar year."""
        columns = select(_PEOPLE.c.alumnus_key).join(_MESSAGES, _MESSAGES.c.key == _PEOPLE.c.message_key)
        year = extract("year", _MESSAGES.c.approved_on) == self._unit.today.year
        asked = columns.where(_PEOPLE.c.state != RELEASED, _MESSAGES.c.questions != "[]", year)
        return {row.alumnus_key for row in self._joined(asked, _PEOPLE.c.alumnus_key, school, keys)}


class SegmentMessages:
    """Implements `matcher.repositories.segments.SegmentMessages`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add(self, message: KeptMessage) -> KeptMessage:
        """A new message, by the asker of the transaction; its key, id and moment are made here."""
        by = self._unit.by
        made = replace(
            message,
            key=new_key(),
            id=new_number(),
            written_at=self._unit.utc,
            actor=(by.key or None) if by else None,
            role=by.role.value if by else "",
        )
        _insert(self._unit, _MESSAGES, made)
        return made

    def listed(
        self, school: str | None = None, *, id_: str | None = None, key: int | None = None, states: Collection[str] = ()
    ) -> list[KeptMessage]:
        """The messages of a school or of all, the newest first; those with this id or key, or in these states."""
        where = [] if school is None else [_MESSAGES.c.school == school]
        where += [] if id_ is None else [_MESSAGES.c.id == id_]
        where += [] if key is None else [_MESSAGES.c.key == key]
        where += [_MESSAGES.c.state.in_(sorted(states))] if states else []
        ordered = select(*_OF_MESSAGE).where(*where).order_by(_MESSAGES.c.written_at.desc(), _MESSAGES.c.key)
        return [KeptMessage(**_values(row)) for row in self._connection.execute(ordered)]

    def change(self, key: int, states: Collection[str], values: Mapping[str, Any]) -> bool:
        """Changes a message that is in one of these states; False where it is in another, or gone."""
        self._unit.need_write()
        same = (_MESSAGES.c.key == key, _MESSAGES.c.state.in_(sorted(states)))
        return self._connection.execute(_MESSAGES.update().where(*same).values(**values)).rowcount == 1

    def remove(self, keys: Collection[int]) -> None:
        """Removes messages, with their recipients and what was answered."""
        self._unit.need_write()
        for part in chunks(sorted(keys)):
            self._connection.execute(_MESSAGES.delete().where(_MESSAGES.c.key.in_(part)))
        if keys:
            self._unit.remove(OVERWRITE)

    def add_people(self, message_key: int, people: Sequence[tuple[int, int, int]]) -> None:
        """These alumni get it: random key, key of the line of the ledger, key of the mail."""
        self._unit.need_write()
        rows = [
            {"key": key, "message_key": message_key, "alumnus_key": alumnus, "entry": entry, "mail": mail}
            | {"state": ASKED, "answered": False}
            for key, (alumnus, entry, mail) in zip(new_keys(len(people)), people, strict=True)
        ]
        if rows:
            self._connection.execute(_PEOPLE.insert(), rows)

    def people(
        self, *, message_key: int | None = None, alumnus_key: int | None = None, state: str | None = None
    ) -> list[Recipient]:
        """Who gets a message, or what an alumnus gets, in a state or in any, by key."""
        where = [] if message_key is None else [_PEOPLE.c.message_key == message_key]
        where += [] if alumnus_key is None else [_PEOPLE.c.alumnus_key == alumnus_key]
        where += [] if state is None else [_PEOPLE.c.state == state]
        rows = self._connection.execute(select(*_OF_PERSON).where(*where).order_by(_PEOPLE.c.key))
        return [Recipient(*row) for row in rows]

    def put(self, key: int, state: str, values: Mapping[str, Any]) -> bool:
        """Changes how it stands with somebody who is in a state and did not answer; False where that is not so."""
        self._unit.need_write()
        same = (_PEOPLE.c.key == key, _PEOPLE.c.state == state, ~_PEOPLE.c.answered)
        return self._connection.execute(_PEOPLE.update().where(*same).values(**values)).rowcount == 1

    def unreached(self, keys: Sequence[int] | None = None) -> list[Recipient]:
        """Those whom no mail reaches, since it ended unsent, is gone or was taken back, and who are taken for asked."""
        mails = schema.outbox
        joined = _PEOPLE.outerjoin(mails, mails.c.key == _PEOPLE.c.mail)
        joined = joined.join(_MESSAGES, _MESSAGES.c.key == _PEOPLE.c.message_key)
        ended = or_(mails.c.key.is_(None), mails.c.state.in_(_GONE), _MESSAGES.c.state == UNDONE)
        gone = select(*_OF_PERSON).select_from(joined).where(_PEOPLE.c.state == ASKED, ended)
        parts = [gone] if keys is None else [gone.where(_PEOPLE.c.key.in_(part)) for part in chunks(keys)]
        return [Recipient(*row) for part in parts for row in self._connection.execute(part.order_by(_PEOPLE.c.key))]


class Feedback:
    """Implements `matcher.repositories.segments.Feedback`."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._connection = unit.connection

    def add_form(self, school: str, name: str, questions: Sequence[Mapping[str, Any]]) -> KeptForm:
        """New questions of a school."""
        made = KeptForm(new_key(), new_number(), school, name, questions, self._unit.utc)
        _insert(self._unit, _FORMS, made)
        return made

    def forms(self, school: str | None = None, id_: str | None = None) -> list[KeptForm]:
        """The questions of a school or of all, by name; with an id only those."""
        rows = self._connection.execute(_named(select(*_OF_FORM), _FORMS, school, id_))
        return [KeptForm(**_values(row)) for row in rows]

    def remove_form(self, key: int) -> bool:
        """Removes questions, also where they were asked: a message has its own copy. False where they are gone."""
        self._unit.need_write()
        return self._connection.execute(_FORMS.delete().where(_FORMS.c.key == key)).rowcount == 1

    def count(self, message_key: int, group: str, answers: Mapping[int, str], texts: Mapping[int, str]) -> None:
        """Counts the answers of somebody, by number of the question; what is in own words is put beside it."""
        self._unit.need_write()
        for question, answer in answers.items():
            row = {"message_key": message_key, "question": question, "qualification": group, "answer": answer}
            same = and_(*(_COUNTS.c[name] == value for name, value in row.items()))
            one_more = _COUNTS.update().where(same).values(count=_COUNTS.c.count + 1)
            if self._connection.execute(one_more).rowcount == 0:
                self._connection.execute(_COUNTS.insert(), {**row, "count": 1})
        for question, text in texts.items():
            row = {"key": new_key(), "message_key": message_key, "question": question, "text": text}
            self._connection.execute(_TEXTS.insert(), row)

    def counts(self, message_key: int) -> dict[int, Counts]:
        """How many gave each answer, by number of the question and by group."""
        found = defaultdict[int, dict[str, dict[str, int]]](lambda: defaultdict(dict))
        columns = select(_COUNTS.c.question, _COUNTS.c.qualification, _COUNTS.c.answer, _COUNTS.c["count"])
        for question, group, answer, count in self._connection.execute(
            columns.where(_COUNTS.c.message_key == message_key)
        ):
            found[question][group][answer] = count
        return {question: dict(groups) for question, groups in found.items()}

    def replace(self, message_key: int, counts: Mapping[int, Counts]) -> None:
        """Only these counts are left."""
        self._unit.need_write()
        self._connection.execute(_COUNTS.delete().where(_COUNTS.c.message_key == message_key))
        rows = [
            {"message_key": message_key, "question": question, "qualification": group, "answer": code, "count": count}
            for question, groups in counts.items()
            for group, answers in groups.items()
            for code, count in answers.items()
        ]
        if rows:
            self._connection.execute(_COUNTS.insert(), rows)
        self._unit.remove(OVERWRITE)

    def texts(self, message_key: int) -> dict[int, list[str]]:
        """The answers in own words by number of the question, in the order of their letters."""
        found = defaultdict[int, list[str]](list)
        rows = self._connection.execute(
            select(_TEXTS.c.question, _TEXTS.c.text).where(_TEXTS.c.message_key == message_key)
        )
        for question, text in rows:
            found[question].append(text)
        return {question: sorted(texts) for question, texts in found.items()}

    def forget_texts(self, message_key: int, questions: Collection[int]) -> None:
        """Forgets the answers in own words to these questions."""
        self._unit.need_write()
        same = (_TEXTS.c.message_key == message_key, _TEXTS.c.question.in_(sorted(questions)))
        if self._connection.execute(_TEXTS.delete().where(*same)).rowcount:
            self._unit.remove(OVERWRITE)


def forget_texts_with(unit: UnitOfWork, contact: Mapping[str, Any]) -> None:
    """Forgets answers in own words that have the last name, the address or the telephone number of somebody in them.

    Of a last name of several words each long one counts. Whose answer it is cannot be known; so it goes, whoever wrote
    it.
    """
    whole = {fold(str(contact.get(name) or "")) for name in _BETRAYS}
    sought = {name for name in whole if len(name) >= _SHORTEST}
    words = {word for word in WORD.findall(fold(str(contact.get("last_name") or ""))) if len(word) >= _LONG}
    rows = unit.connection.execute(select(_TEXTS.c.key, _TEXTS.c.text)).all() if sought | words else []
    folded = {key: fold(text) for key, text in rows}
    found = [
        key
        for key, text in folded.items()
        if any(name in text for name in sought) or not words.isdisjoint(WORD.findall(text))
    ]
    for part in chunks(found):
        unit.connection.execute(_TEXTS.delete().where(_TEXTS.c.key.in_(part)))


def _insert(unit: UnitOfWork, table: Any, made: KeptSegment | KeptMessage | KeptForm) -> None:
    unit.need_write()
    by = unit.by
    row = {name: getattr(made, name) for name in type(made).__dataclass_fields__}
    row |= {name: json.dumps(row[name], ensure_ascii=False) for name in _JSON if name in row}
    row |= {"actor": (by.key or None) if by else None, "role": by.role.value if by else ""}
    unit.connection.execute(table.insert(), row)


def _named(columns: Select[Any], table: Any, school: str | None, id_: str | None) -> Select[Any]:
    where = [] if school is None else [table.c.school == school]
    where += [] if id_ is None else [table.c.id == id_]
    return columns.where(*where).order_by(table.c.school, table.c.name, table.c.key)


def _values(row: Row[Any]) -> dict[str, Any]:
    values = row._asdict()
    return {name: json.loads(value) if name in _JSON else value for name, value in values.items()}
