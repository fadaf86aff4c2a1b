"""Doors: pages where alumni and students who are on no list enter themselves.

Who comes in is put aside until the address is confirmed by a link, and is gone after a week without. The answer is the
same, and takes as long, whoever it is: whether an address or number is known is looked at when it is confirmed, by who
reads mail there. Only who is found by the address becomes the alumnus of the list; anything else that meets somebody of
the list is a doubt, for a person to decide on the page of duplicates, and nothing is written over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from matcher.domain.first_yes import (
    FIRST,
    FIRST_LASTS,
    NEWCOMER_LASTS,
    YOUNGEST,
    door_link,
    is_old_enough,
    leaves_on,
)
from matcher.domain.records import Alumnus, Contact, Qualification, RecordKind
from matcher.errors import InvalidValue, NotLoggedIn, UnknownId
from matcher.policy import VISITOR, Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.first_yes import Door, Newcomer
from matcher.repositories.values import Upsert
from matcher.services import lookup
from matcher.services.app import App, StoreApp
from matcher.spreadsheets import forms
from matcher.text import fold

CONFIRM = "door_confirm"
"""The mail with the link that confirms an address."""
MOST_WAITING = 3
"""The most that may come in with one address and wait: else anyone could flood a mailbox."""
MOST_AT_A_DOOR = 1000
"""The most that may wait at one door: else anyone could have mail sent to everybody."""
LONGEST_NAME = 100
FIRST_YEAR, LAST_YEAR = 1950, 2100
"""In which somebody can have left, or will."""
LAST_YEARS = 5
"""How many years ahead a student may say to leave."""
_ZEROS = 8
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody enters. `number`: of the student, empty where it is not known. `qualification`: code or name.

    `year`: of leaving. `student`: still at school. `born_on` is looked at and not kept.
    """

    first_name: str
    infix: str
    last_name: str
    email: str
    number: str
    qualification: str
    year: int
    student: bool
    born_on: date


# ---- of the school


def open_door(
    app: StoreApp, asker: Asker, name: str = "", left_on: date | None = None, *, school: str | None = None
) -> Door:
    """A new door of the school, or of one class of leavers, with a code that nobody can guess.

    Raises Forbidden, UnknownId, InvalidValue: `name_a_school`, `door_text_too_long`, `door_year`.
    """
    owner = _school(app, asker, school)
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME:
        raise InvalidValue("door_text_too_long", length=len(name), most=LONGEST_NAME)
    if left_on is not None and not FIRST_YEAR <= left_on.year <= LAST_YEAR:
        raise InvalidValue("door_year", low=FIRST_YEAR, high=LAST_YEAR)

    def work(tx: Transaction) -> Door:
        door = tx.doors.open(owner, name, left_on)
        tx.note("door.open", {"class": bool(name)})
        return door

    return app.store.write(work, by=asker)


def doors(app: StoreApp, asker: Asker, school: str | None = None) -> list[Door]:
    """The open doors of the school. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.CAMPAIGN, school)
    with app.store.read() as records:
        return records.doors.listed(owner)


def close_door(app: StoreApp, asker: Asker, code: str) -> None:
    """Closes a door: nobody comes in any more. Raises Forbidden, UnknownId('unknown_door')."""
    owner = asker.owner(Action.CAMPAIGN)

    def work(tx: Transaction) -> None:
        door = tx.doors.find(code)
        if door is None or owner not in {None, door.school} or not tx.doors.close(code):
            raise UnknownId("unknown_door")
        tx.note("door.close", {"class": bool(door.name)})

    app.store.write(work, by=asker)


def _school(app: StoreApp, asker: Asker, school: str | None) -> str:
    with app.store.read() as records:
        return lookup.one_school(records, asker, Action.CAMPAIGN, school)


# ---- who comes in


def shown(app: StoreApp, asker: Asker, code: str) -> Door:
    """The door with this code. Raises Forbidden, UnknownId('unknown_door') for none, or one that is closed."""
    asker.scope(Action.DOOR)
    with app.store.read() as records:
        return _open(records, code)


def checked(entry: Entry, today: date) -> Entry:
    """The entry with its texts put right. Raises InvalidValue: what cannot be, and 'too_young'."""
    if not is_old_enough(entry.born_on, today):
        raise InvalidValue("too_young", years=YOUNGEST)
    if entry.born_on.year < today.year - 120:
        raise InvalidValue("year_unlikely", value=entry.born_on.year)
    last = today.year + LAST_YEARS if entry.student else today.year
    if not max(FIRST_YEAR, entry.born_on.year + 12) <= entry.year <= last or (
        entry.student and entry.year < today.year
    ):
        raise InvalidValue("year_unlikely", value=entry.year)
    texts = {
        name: str(forms.value_of(name, getattr(entry, name)) or "") for name in ("first_name", "infix", "last_name")
    }
    email = forms.value_of("email", entry.email)
    number, qualification = " ".join(entry.number.split()), " ".join(entry.qualification.split())
    if not (texts["first_name"] and texts["last_name"] and email and qualification):
        raise InvalidValue("door_incomplete")
    for text in (number, qualification):
        if len(text) > LONGEST_NAME:
            raise InvalidValue("door_text_too_long", length=len(text), most=LONGEST_NAME)
    return Entry(
        texts["first_name"],
        texts["infix"],
        texts["last_name"],
        str(email),
        number,
        qualification,
        entry.year,
        entry.student,
        entry.born_on,
    )


def knock(app: StoreApp, asker: Asker, code: str, entry: Entry) -> bool:
    """Puts an entry aside and mails the link that confirms the address. `entry`: as `checked` gives it.

    False where nothing was written: somebody who was erased does not come back this way, and no more than MOST_WAITING
    wait with one address, or MOST_AT_A_DOOR in all. No page may tell. Raises Forbidden, UnknownId('unknown_door').
    """
    asker.scope(Action.DOOR)

    def work(tx: Transaction) -> bool:
        door = _open(tx, code)
        if tx.newcomers.was_erased(door.school, entry.number, entry.email):
            return False
        since = tx.now - NEWCOMER_LASTS
        if tx.newcomers.waiting(since, email=entry.email) >= MOST_WAITING:
            return False
        if tx.newcomers.waiting(since, door=code) >= MOST_AT_A_DOOR:
            return False
        key = tx.newcomers.add(code, entry.email, _details(entry, door, tx.today))
        tx.outbox.add(
            None,
            CONFIRM,
            values={"school": door.school},
            link=door_link(key),
            address=entry.email,
            school=door.school,
        )
        tx.note("door.knock", {})
        return True

    with app.store.read() as records:
        door = _open(records, code)
        if records.newcomers.was_erased(door.school, entry.number, entry.email):
            return False
    return app.store.write(work, by=asker)


def _details(entry: Entry, door: Door, today: date) -> dict[str, str]:
    """What is kept until the address is confirmed: everything but the day of birth."""
    left_on = door.left_on or leaves_on(entry.year, today)
    return {
        "first_name": entry.first_name,
        "infix": entry.infix,
        "last_name": entry.last_name,
        "number": entry.number,
        "qualification": entry.qualification,
        "year": str(entry.year),
        "left_on": left_on.isoformat() if entry.student else "",
    }


def waits(app: StoreApp, secret: str) -> str:
    """The school where somebody came in whose address this link confirms. Raises NotLoggedIn."""
    with app.store.read() as records:
        newcomer = _newcomer(records, secret)
        door = records.doors.find(newcomer.door)
    if door is None:
        raise NotLoggedIn("door_spent")
    return door.school


def confirm(app: App, secret: str) -> str:
    """Confirms the address: who is not on the list becomes a record. Returns the secret of a link to the questions.

    Raises NotLoggedIn for a link that does not work, or whose person was erased meanwhile.
    """
    asker = VISITOR
    asker.scope(Action.DOOR)

    def work(tx: Transaction) -> str:
        newcomer = _newcomer(tx, secret)
        door = tx.doors.find(newcomer.door)
        details = newcomer.details
        if door is None or tx.newcomers.was_erased(door.school, details["number"], newcomer.email):
            raise NotLoggedIn("door_spent")
        key, found = _record(tx, door.school, newcomer)
        tx.newcomers.remove(email=newcomer.email)
        if tx.campaigns.of(key) is None:
            tx.campaigns.add(None, [key])
        tx.note("door.confirm", {"alumnus": key, "found": found})
        return tx.links.new(key, FIRST, FIRST_LASTS)

    return app.store.write(work, by=asker)


def _record(tx: Transaction, school: str, newcomer: Newcomer) -> tuple[int, str]:
    """The alumnus who came in, and how: `list`, `new`, or `doubt` where there is somebody who may be the same."""
    details = newcomer.details
    by_mail, by_number = tx.newcomers.like(school, details["number"], newcomer.email)
    same = {*by_mail, *by_number}
    if len(by_mail) == 1 and same == set(by_mail) and _is_named(tx, by_mail[0], details):
        _fill(tx, by_mail[0], newcomer)
        return by_mail[0], "list"
    # a row without a number would be about who has the name already: a namesake never came in
    number = _free_number(tx, school, details["number"]) or tx.newcomers.new_number()
    values: dict[str, object] = {"email": newcomer.email}
    values |= {name: details[name] for name in ("first_name", "infix", "last_name") if details[name]}
    if details["left_on"]:
        values["left_on"] = date.fromisoformat(details["left_on"])
    (result,) = tx.imports.upsert(RecordKind.ALUMNI, [Upsert(1, number, school, values)])
    if result.outcome != "created":  # erased
        raise NotLoggedIn("door_spent")
    (record,) = tx.records.find(RecordKind.ALUMNI, result.id, school)
    tx.people.correct(record.key, "qualifications", (_qualification(details),))
    for name in ("first_name", "infix", "last_name", "email"):  # said by the person: a list does not change them
        if values.get(name):
            tx.people.correct(record.key, name, values[name])
    return record.key, "doubt" if same else "new"


def _is_named(records: Records, key: int, details: Mapping[str, str]) -> bool:
    """Whether an alumnus has this name, as far as one is known: two people may share an address."""
    contact = records.people.contact(key) or Contact()
    return not contact.name or fold(contact.name) == fold(
        Contact(details["first_name"], details["infix"] or None, details["last_name"]).name
    )


def _fill(tx: Transaction, key: int, newcomer: Newcomer) -> None:
    """Fills in what the list does not know of somebody; nothing is written over."""
    alumnus = cast("Alumnus", tx.records.by_key(RecordKind.ALUMNI, [key])[key])
    contact = tx.people.contact(key) or Contact()
    details = newcomer.details
    if not contact.name:
        for name in ("first_name", "infix", "last_name"):
            if details[name]:
                tx.people.correct(key, name, details[name])
    if not alumnus.qualifications:
        tx.people.correct(key, "qualifications", (_qualification(details),))
    if details["left_on"] and alumnus.left_on is None:
        left_on = date.fromisoformat(details["left_on"])
        tx.imports.upsert(RecordKind.ALUMNI, [Upsert(1, alumnus.alumnus_id, alumnus.school, {"left_on": left_on})])


def _free_number(records: Records, school: str, number: str) -> str:
    """The number with a zero before its first digit, or more where somebody has that; empty for none.

    So it is found to be alike on the page of duplicates, and no list that comes in takes who typed a number for its
    owner.
    """
    if not number:
        return ""
    start = next((place for place, sign in enumerate(number) if sign.isdigit()), None)
    for count in range(1, _ZEROS):
        tried = number + "-" * count if start is None else f"{number[:start]}{'0' * count}{number[start:]}"
        if not records.records.find(RecordKind.ALUMNI, tried, school) and not records.merges.number_of(school, tried):
            return tried
    return ""


def _qualification(details: Mapping[str, str]) -> Qualification:
    text, year = details["qualification"], int(details["year"])
    is_code = len(text) == 5 and text.isdigit()
    return Qualification(crebo=text, year=year) if is_code else Qualification(name=text, year=year)


def _open(records: Records, code: str) -> Door:
    door = records.doors.find(code)
    if door is None or door.closed_at is not None:
        raise UnknownId("unknown_door")
    return door


def _newcomer(records: Records, secret: str) -> Newcomer:
    newcomer = records.newcomers.find(secret, records.now - NEWCOMER_LASTS)
    if newcomer is None:
        raise NotLoggedIn("door_spent")
    return newcomer


def advance(app: StoreApp, asker: Asker) -> int:
    """Removes who did not confirm the address within a week; returns how many. Raises Forbidden."""
    asker.scope(Action.CAMPAIGN)
    with app.store.read() as records:  # reading first does not block other writers
        before = records.now - NEWCOMER_LASTS
        if records.newcomers.waiting(_EVER) == records.newcomers.waiting(before):
            return 0

    def work(tx: Transaction) -> int:
        removed = tx.newcomers.remove(before=tx.now - NEWCOMER_LASTS)
        if removed:
            tx.note("door.forget", {"count": removed})
        return removed

    return app.store.write(work, by=asker)
