"""Steps of messages to segments that others share: who is of a segment, and whom of it a message may go to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from matcher.domain.balance import balance
from matcher.domain.consent import Terms
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.places import Coordinates
from matcher.domain.segments import Criteria, LeftOut, Load, kind_of, left_out, passes, read_criteria
from matcher.gazetteer.lookup import look_up, nearest
from matcher.repositories import Records, Transaction
from matcher.repositories.segments import ASKED, REACHED, RELEASED, UNDONE, KeptMessage, Recipient, SegmentPerson
from matcher.repositories.values import Mail
from matcher.services.deciding import usual_asks
from matcher.text import place_keys

MESSAGE, QUESTIONS = "segment", "segment_feedback"
"""The mails to a segment: one without questions, and one with."""
MAILS = frozenset({MESSAGE, QUESTIONS})


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a segment, and how often they may still be asked."""

    person: SegmentPerson
    load: Load


@dataclass(frozen=True, slots=True)
class Look:
    """Whom a message with a purpose may go to today: of `people` `mailed`, and the others by the first reason."""

    people: int
    mailed: int
    left_out: Mapping[LeftOut, int]


def members(records: Records, terms: Terms, school: str, all_criteria: Sequence[Criteria]) -> list[list[Member]]:
    """The members of each of these segments of one school, whose alumni are read once."""
    usual = usual_asks(records, school)
    everybody = [Member(person, load_of(person, records.today, usual)) for person in records.segments.people(school)]
    return [_of(records, terms, school, criteria, everybody) for criteria in all_criteria]


def _of(records: Records, terms: Terms, school: str, criteria: Criteria, everybody: Sequence[Member]) -> list[Member]:
    near, points = None, dict[str, Coordinates]()
    if criteria.place:
        near = near_of(records, school, criteria.place)
        if near is None:
            return []
        keys = {key for one in everybody for key in place_keys(one.person.pc4, one.person.town, school)}
        points = records.places.of(keys)
    return [
        one
        for one in everybody
        if passes(
            criteria,
            one.person,
            one.load,
            terms,
            records.today,
            lives=_point(points, one.person, school) if near else None,
            near=near,
        )
    ]


def near_of(records: Records, school: str, place: str) -> Coordinates | None:
    """Where a place of a segment is: of several with that name the one nearest to the alumni of the school."""
    answer = look_up(place)
    return (nearest(answer, records.places.around(school)) if answer.point is None else answer).point


def _point(points: Mapping[str, Coordinates], person: SegmentPerson, school: str) -> Coordinates | None:
    return next((points[key] for key in place_keys(person.pc4, person.town, school) if key in points), None)


def load_of(person: SegmentPerson, today: date, usual: int) -> Load:
    """How often more somebody may be asked, and what they gave and had; `usual`: asks a year where they did not say."""
    budget = usual if person.budget is None else person.budget
    now = balance(person.entries, budget, today)
    return Load(now.asks_left, not now.never_asked, now.given > 0, now.received > 0)


def name_of(message: KeptMessage) -> str:
    """The name of the mail of a message."""
    return QUESTIONS if message.questions else MESSAGE


def sorted_out(
    records: Records, terms: Terms, school: str, purpose: Purpose, those: Iterable[Member], *, questions: bool
) -> Iterator[tuple[int, LeftOut | None]]:
    """Random key of each of these of a school, and why a message may not go to them; None where it may."""
    name = QUESTIONS if questions else MESSAGE
    not_used = purpose in records.school_settings.closed().get(school, ())
    for one in those:
        because = left_out(one.person, one.load, purpose, terms, records.today, message=name, asks_feedback=questions)
        if not_used and because is not LeftOut.OBJECTS:
            because = LeftOut.NO_CONSENT
        yield one.person.key, because


def still_of(records: Records, terms: Terms, message: KeptMessage, keys: Sequence[int]) -> list[int]:
    """Those of these alumni who are of the segment still, may have the message, and do not have it yet."""
    criteria = read_criteria(message.criteria)
    usual = usual_asks(records, message.school)
    those = [Member(one, load_of(one, records.today, usual)) for one in records.segments.people(message.school, keys)]
    those = _of(records, terms, message.school, criteria, those)
    found = sorted_out(
        records, terms, message.school, Purpose(message.purpose), those, questions=bool(message.questions)
    )
    have = {one.alumnus_key for one in records.segment_messages.people(message_key=message.key)}
    return [key for key, because in found if because is None and key not in have]


def ask(tx: Transaction, message: KeptMessage, keys: Sequence[int], delay: timedelta, link: str) -> None:
    """Writes the mail to these alumni, each of which counts as an ask."""
    kind = kind_of(Purpose(message.purpose))
    rows = []
    for key in keys:
        line = LedgerLine(key, None, LedgerEvent.ASKED, tx.today, school=message.school, kind=kind)
        entry = tx.ledger.add(line)
        values = {"segment": str(message.key)}
        rows.append((key, entry, tx.outbox.add(key, name_of(message), values=values, link=link, delay=delay)))
    tx.segment_messages.add_people(message.key, rows)


def release(tx: Transaction, one: Recipient) -> bool:
    """The mail to somebody does not go out, so that the ask does not count; False where that is not so any more."""
    tx.outbox.drop(one.mail)
    if not tx.segment_messages.put(one.key, ASKED, {"state": RELEASED}):
        return False
    tx.ledger.add(LedgerLine(one.alumnus_key, None, LedgerEvent.RELEASED, tx.today, corrects=one.entry))
    return True


def recipient_of(records: Records, alumnus_key: int, mail_key: int) -> Recipient | None:
    """How it stands with the alumnus of a mail."""
    return _of_mail(records.segment_messages.people(alumnus_key=alumnus_key), mail_key)


def _of_mail(people: Iterable[Recipient], mail_key: int) -> Recipient | None:
    return next((one for one in people if one.mail == mail_key), None)


def is_over(records: Records, terms: Terms, mail: Mail) -> bool:
    """Whether a mail may not be sent any more: it was taken back, or the alumnus has it or may not have it by now."""
    key = mail.alumnus_key or 0
    every = records.segment_messages.people(alumnus_key=key)
    one = _of_mail(every, mail.key)
    message = message_of_mail(records, mail)
    if one is None or one.state != ASKED or message is None or message.state == UNDONE:
        return True
    if any(other.state == REACHED for other in every if other.message_key == message.key):
        return True  # two records that became one after the message was approved
    if message.closes_on is not None and message.closes_on < records.today:
        return True
    person = next(iter(records.segments.people(message.school, [key])), None)
    if person is None:
        return True
    others = [line for line in person.entries if line.key != one.entry]
    load = load_of(replace(person, entries=others), records.today, usual_asks(records, message.school))
    because = left_out(
        person,
        load,
        Purpose(message.purpose),
        terms,
        records.today,
        message=name_of(message),
        asks_feedback=False,
    )
    return because is not None


def message_of_mail(records: Records, mail: Mail) -> KeptMessage | None:
    """The message that a mail is of; None where that is gone."""
    key = mail.values.get("segment", "0")
    return next(iter(records.segment_messages.listed(key=int(key))), None)


def words_of(message: KeptMessage) -> dict[str, str]:
    """What stands in the mail of a message, which is kept once and not with each mail."""
    last = {"closes": message.closes_on.isoformat()} if message.closes_on else {}
    return {
        "segment_subject": message.subject,
        "segment_text": message.text,
        "purpose": message.purpose,
        "questions": str(len(message.questions)),
        **last,
    }


def record_sent(tx: Transaction, alumnus_key: int, mail: Mail) -> None:
    """Records that a mail was sent."""
    one = recipient_of(tx, alumnus_key, mail.key)
    if one is not None:
        tx.segment_messages.put(one.key, ASKED, {"state": REACHED})


def look_at(
    records: Records, terms: Terms, school: str, criteria: Criteria, purpose: Purpose, *, questions: bool
) -> Look:
    """Whom a message may go to, inside a reading."""
    (those,) = members(records, terms, school, [criteria])
    reasons = Counter(because for _, because in sorted_out(records, terms, school, purpose, those, questions=questions))
    return Look(len(those), reasons[None], {because: reasons[because] for because in LeftOut})
