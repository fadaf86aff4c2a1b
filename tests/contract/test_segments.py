"""Segments, messages to them and answers: on both databases, after a merge, an erasure, and another key."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Text, func, insert, select, type_coerce

from matcher.domain.feedback import link_of
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerEvent, LedgerLine
from matcher.domain.records import Qualification, RecordKind
from matcher.errors import AlumnimatchError
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.segments import APPROVED, ASKED, DRAFT, REACHED, SENT, KeptMessage
from matcher.repositories.values import Upsert
from matcher.services.app import WithoutEngine
from matcher.services.feedback import answer_by_link
from matcher.services.segment_messages import undo
from matcher.store import schema
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.races import Gated
from tests.support.records import SCHOOL, TODAY
from tests.support.stores import reading, upsert, writing

ALUMNI = RecordKind.ALUMNI
QUESTION = {"form": "scale", "text": "Hoe goed?"}


def add(store: SqlStore, *numbers: str, **values: object) -> list[int]:
    upsert(store, ALUMNI, [Upsert(row, number, SCHOOL, values) for row, number in enumerate(numbers, 2)])
    return [stores.key_of(store, ALUMNI, number) for number in numbers]


def message(store: SqlStore, text: str = "Zeldzaambericht", **values: Any) -> KeptMessage:
    told: Any = ("Koks", {"level": 2}, "feedback", "Vragen", text, [QUESTION], DRAFT)
    made = KeptMessage(0, "", SCHOOL, *told, written_at=datetime(2027, 3, 1), actor=3, role="x")
    kept = writing(store).segment_messages.add(made)
    if values:
        assert writing(store).segment_messages.change(kept.key, [DRAFT], values)
    (read,) = reading(store).segment_messages.listed(key=kept.key)
    assert isinstance(read, KeptMessage)
    return read


def sent(store: SqlStore, *alumni: int) -> KeptMessage:
    """A message that went to these alumni today."""
    made = message(store, state=SENT, approved_on=TODAY, closes_on=TODAY + timedelta(days=30))
    rows = []
    for key in alumni:
        entry = writing(store).ledger.add(LedgerLine(key, None, LedgerEvent.ASKED, TODAY))
        rows.append((key, entry, writing(store).outbox.add(key, "segment", values={"segment": str(made.key)})))
    writing(store).segment_messages.add_people(made.key, rows)
    return made


def test_a_segment_is_read_as_it_was_saved(store: SqlStore) -> None:
    """By name, of its school; once it is removed it is gone."""
    made = writing(store).segments.add(SCHOOL, "Koks", {"level": 2})
    other = writing(store).segments.add("Elders", "Bakkers", {})
    assert reading(store).segments.listed(SCHOOL) == [made]
    assert {one.key for one in reading(store).segments.listed()} == {made.key, other.key}
    assert reading(store).segments.listed(None, made.id) == [made]
    assert writing(store).segments.remove(made.key)
    assert not writing(store).segments.remove(made.key)


def test_people_are_read_with_all_that_decides(store: SqlStore) -> None:
    """In the same number of statements for one and for many; of the alumni that are asked for, or of the school."""
    one, other = add(store, "A-1", "A-2", email="a@voorbeeld.example", sector="Zorg", max_asks_per_year=2)
    add(store, "A-3")
    upsert(store, ALUMNI, [Upsert(2, "A-1", "Elders", {})])
    writing(store).people.correct(one, "qualifications", (Qualification(crebo="25180", year=2020),))
    writing(store).consents.state(one, Purpose.MENTOR, given=True)
    writing(store).consents.set_objection(other, objects=True)
    writing(store).mail_stops.add(one, "kind segment")
    writing(store).ledger.add(LedgerLine(one, None, LedgerEvent.ASKED, TODAY))
    writing(store).closed_addresses.close("a@voorbeeld.example", "5.1.1")
    sent(store, other)
    first, second = sorted(reading(store).segments.people(SCHOOL, [one, other]), key=lambda person: person.key != one)
    assert [consent.purpose for consent in first.consents] == [Purpose.MENTOR]
    assert (first.budget, first.sector, first.reachable, first.closed, first.objects) == (2, "Zorg", True, True, False)
    assert (list(first.stops), [line.event for line in first.entries]) == (["kind segment"], [LedgerEvent.ASKED])
    assert [line.crebo for line in first.qualifications] == ["25180"]
    assert (second.objects, second.given_feedback, first.given_feedback) == (True, True, False)
    assert len(reading(store).segments.people(SCHOOL)) == 3


def test_each_step_has_its_condition_in_the_write(store: SqlStore) -> None:
    """A message in another state is not changed, and neither is somebody who answered."""
    (key,) = add(store, "A-1")
    made = sent(store, key)
    table = writing(store).segment_messages
    assert not table.change(made.key, [DRAFT, APPROVED], {"state": "undone"})
    (person,) = reading(store).segment_messages.people(message_key=made.key)
    assert not table.put(person.key, REACHED, {"answered": True})
    assert table.put(person.key, ASKED, {"answered": True, "state": REACHED})
    assert not table.put(person.key, REACHED, {"answered": True, "state": REACHED})
    assert reading(store).segment_messages.unreached() == []


def test_whose_mail_is_gone_was_not_reached(store: SqlStore) -> None:
    """Refused, dropped, or removed since."""
    keys = add(store, "A-1", "A-2", email="a@voorbeeld.example")
    made = sent(store, *keys)
    people = reading(store).segment_messages.people(message_key=made.key)
    assert reading(store).segment_messages.unreached() == []
    writing(store).outbox.drop(people[0].mail)
    assert reading(store).segment_messages.unreached() == [people[0]]


def test_answers_are_counted_and_replaced(store: SqlStore) -> None:
    """Each in its group; texts in the order of their letters."""
    made = message(store)
    for answer, text in (("4", "b"), ("4", "a"), ("5", "c")):
        writing(store).feedback.count(made.key, "25180", {0: answer}, {1: text})
    assert reading(store).feedback.counts(made.key) == {0: {"25180": {"4": 2, "5": 1}}}
    assert reading(store).feedback.texts(made.key) == {1: ["a", "b", "c"]}
    writing(store).feedback.replace(made.key, {0: {"": {"4": 2}}})
    writing(store).feedback.forget_texts(made.key, [1])
    assert reading(store).feedback.counts(made.key) == {0: {"": {"4": 2}}}
    assert reading(store).feedback.texts(made.key) == {}
    form = writing(store).feedback.add_form(SCHOOL, "Vragen", [QUESTION])
    assert reading(store).feedback.forms(SCHOOL, form.id) == [form]
    assert writing(store).feedback.remove_form(form.key)
    writing(store).segment_messages.remove([made.key])
    with store._database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(schema.feedback_counts)).scalar_one() == 0


def test_no_column_of_the_answers_leads_to_anybody() -> None:
    """Neither a key of an alumnus or of a link, nor a day or a moment; and a message says that somebody answered."""
    for table in (schema.feedback_counts, schema.feedback_texts):
        targets = {str(key.target_fullname) for column in table.columns for key in column.foreign_keys}
        assert targets == {"segment_messages.key"}
        assert {column.name for column in table.columns} <= {
            *("key", "message_key", "question", "qualification", "answer", "count", "text")
        }
    assert "answered" in schema.segment_people.c
    assert not {"answered_on", "answered_at"} & set(schema.segment_people.c.keys())


def test_who_is_erased_leaves_counts_alone(store: SqlStore) -> None:
    """No row of a recipient, and no answer in own words with the name in it; the counts stay."""
    (key,) = add(store, "A-1", first_name="Jo", last_name="Zeldzaamnaam", email="zeldzaam@voorbeeld.example")
    made = sent(store, key)
    for text in ("Groeten van jo ZELDZAAMNAAM", "Meer praktijk", "mail me: Zeldzaam@voorbeeld.example"):
        writing(store).feedback.count(made.key, "25180", {0: "4"}, {1: text})
    writing(store).people.erase(key, [])
    assert reading(store).segment_messages.people() == []
    assert reading(store).feedback.counts(made.key) == {0: {"25180": {"4": 3}}}
    assert reading(store).feedback.texts(made.key) == {1: ["Meer praktijk"]}
    with store._database.reading() as connection:
        for table in schema.metadata.sorted_tables:
            rows = str(connection.execute(select(table)).all())
            assert "eldzaam@" not in rows.replace("Zeldzaambericht", ""), table.name
            assert str(key) not in rows, table.name


def test_messages_follow_a_merge_and_go_back(store: SqlStore) -> None:
    """What somebody got is of the one who stays, and of the other again after; an import of them is kept."""
    import_id = writing(store).imports.begin(ALUMNI, SCHOOL, "in.xlsx")
    rows = [Upsert(row, f"A-{row}", SCHOOL, {"town": "Zwolle"}) for row in (2, 3, 4)]
    writing(store).imports.upsert(ALUMNI, rows, import_id=import_id)
    one, other, _ = (stores.key_of(store, ALUMNI, f"A-{row}") for row in (2, 3, 4))
    sent(store, other)
    merge = writing(store).duplicates.merge(one, other, {})
    (person,) = reading(store).segment_messages.people()
    assert person.alumnus_key == one
    writing(store).merges.undo(merge)
    (person,) = reading(store).segment_messages.people()
    assert person.alumnus_key == other
    undone = writing(store).imports.undo(import_id)
    assert "A-3" in {left.id for left in undone.left}


def test_texts_are_encrypted_and_encrypted_again(database_url: str) -> None:
    """Those of messages and of answers."""
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    store = stores.open_store(database_url, old)
    fresh.migrate(store)
    made = message(store)
    writing(store).feedback.count(made.key, "", {}, {0: "Zeldzaamantwoord"})
    store.close()
    store = stores.open_store(database_url, new, old)
    store.reseal(by=COMMAND_LINE)
    with store._database.reading() as connection:
        raw = [
            connection.execute(select(type_coerce(column, Text))).all()
            for column in (
                schema.segment_messages.c.text,
                schema.segment_messages.c.subject,
                schema.feedback_texts.c.text,
            )
        ]
    store.close()
    assert "Zeldzaam" not in str(raw)
    store = stores.open_store(database_url, new)
    assert reading(store).feedback.texts(made.key) == {0: ["Zeldzaamantwoord"]}
    (read,) = reading(store).segment_messages.listed(SCHOOL, id_=made.id, states=[DRAFT])
    assert (read.text, read.subject, read.criteria, list(read.questions)) == (
        "Zeldzaambericht",
        "Vragen",
        {"level": 2},
        [QUESTION],
    )
    store.close()


def test_another_coordinator_is_another_account_of_the_school(store: SqlStore) -> None:
    """Not the asker's own, another role, or another school."""
    accounts = writing(store).accounts
    own = accounts.save("x", "1", Role.COORDINATOR, SCHOOL)
    accounts.save("x", "2", Role.TEACHER, SCHOOL)
    accounts.save("x", "3", Role.COORDINATOR, "Elders")
    assert isinstance(own, Asker)
    others = reading(store).accounts.others
    assert (others(Role.COORDINATOR, SCHOOL, own.key), others(Role.COORDINATOR, SCHOOL, 0)) == (0, 1)


def test_questions_of_last_year_do_not_count_for_this_year(store: SqlStore, clock: FixedClock) -> None:
    """By the calendar; and a message without questions never does."""
    one, other = add(store, "A-1", "A-2")
    sent(store, one)
    plain = message(store, state=SENT, approved_on=TODAY, questions="[]")
    writing(store).segment_messages.add_people(plain.key, [(other, 1, 1)])
    people = reading(store).segments.people
    assert {person.key for person in people(SCHOOL) if person.given_feedback} == {one}
    clock.advance(timedelta(days=366))
    assert not any(person.given_feedback for person in people(SCHOOL))


@pytest.mark.parametrize("table", [schema.segment_people, schema.feedback_counts])
def test_a_row_needs_its_message(store: SqlStore, table: Any) -> None:
    """The database itself refuses one without."""
    row = {"key": 1, "message_key": 17, "alumnus_key": 17, "entry": 1, "mail": 1, "state": "x", "answered": False}
    row |= {"question": 0, "qualification": "", "answer": "1", "count": 1}
    known = {name: value for name, value in row.items() if name in table.c}
    with pytest.raises(Exception, match=r"(?i)foreign key"), store._database.engine.begin() as connection:
        connection.execute(insert(table), known)


# ---- several at one moment


def at_once(url: str, *calls: Any) -> list[object]:
    """What each call gave or raised: each with a store of its own, writing once all have read what they rest on."""
    gate = Barrier(len(calls), timeout=60)

    def run(call: Any) -> object:
        store, waited = stores.open_store(url), []
        store._clock = FixedClock(TODAY)

        def once() -> None:
            if not waited:
                waited.append(True)
                gate.wait()

        try:
            return call(WithoutEngine(Gated(store, once), store._clock))
        except AlumnimatchError as error:
            return error.code
        finally:
            store.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_one_link_answers_once_however_often_it_is_sent(database_url: str) -> None:
    """Four times at the same moment: one is counted, the others are told so."""
    store = stores.open_store(database_url)
    store._clock = FixedClock(TODAY)
    fresh.migrate(store)
    (key,) = add(store, "A-1")
    made = sent(store, key)
    secret = writing(store).links.new(key, link_of(made.key), timedelta(days=30))
    answers = [partial(answer_by_link, secret=secret, answers={0: str(number)}) for number in range(1, 5)]
    given = at_once(database_url, *answers)
    assert Counter(given) == {None: 1, "feedback_answered": 3}
    assert sum(reading(store).feedback.counts(made.key)[0][""].values()) == 1
    store.close()


def test_a_message_is_approved_or_taken_back_once(database_url: str) -> None:
    """Whoever comes second is told so: what is written rests on the state at that moment."""
    store = stores.open_store(database_url)
    store._clock = FixedClock(TODAY)
    fresh.migrate(store)
    keys = add(store, "A-1", "A-2")
    made = sent(store, *keys)
    until = datetime(2030, 1, 1)
    writing(store).segment_messages.change(made.key, [SENT], {"undo_until": until})
    back = [partial(undo, asker=COMMAND_LINE, id_=made.id) for _ in range(3)]
    assert Counter(at_once(database_url, *back)) == {2: 1, "segment_too_late": 2}
    for key in keys:
        assert reading(store).ledger.of(key) == [], "nobody was asked"
        assert [line.event for line in reading(store).ledger.entries(key)] == [LedgerEvent.ASKED, LedgerEvent.RELEASED]
    store.close()
