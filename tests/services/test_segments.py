"""Segments and messages to them: counted, approved by another, sent to those who may have them, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from matcher.domain.feedback import AnswerForm, Question
from matcher.domain.invitations import AnswerTerms
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerEvent, LedgerLine, standing
from matcher.domain.places import Coordinates
from matcher.domain.records import Qualification, RecordKind
from matcher.domain.segments import Criteria, LeftOut
from matcher.engine import open_engine
from matcher.errors import Forbidden, InvalidValue, NotLoggedIn, UnknownId
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.segments import CLOSED, DRAFT, RELEASED, SENT, UNDONE
from matcher.repositories.values import Mail, Upsert
from matcher.services import feedback, messages, privacy, retention, segment_messages, segments, subscriptions
from matcher.services.app import App
from matcher.services.messages import Letter
from matcher.services.segment_messages import Draft
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.worlds import AS_OF

WRITER, OTHER = Asker(5, Role.COORDINATOR, "Noord"), Asker(6, Role.COORDINATOR, "Noord")
MENTOR = Draft("", Purpose.MENTOR, "Een avond voor mentoren", "Kom je ook?")
QUESTIONS = [
    Question(AnswerForm.SCALE, "Hoe goed bereidde je opleiding je voor?"),
    Question(AnswerForm.CHOICE, "Wat doe je nu?", ("werk", "studie")),
]
EVERYBODY = Criteria()
TEN = timedelta(minutes=10)


@dataclass
class Post:
    """A mail server that takes everything, and keeps the secret of each link by address."""

    links: dict[str, str] = field(default_factory=dict)
    told: list[Mail] = field(default_factory=list)

    def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: object = None) -> None:  # noqa: ARG002 - the port
        self.links[to] = text

    def abort(self) -> None:
        raise AssertionError

    def compose(self, mail: Mail, secret: str) -> Letter:
        self.told.append(mail)
        return Letter(mail.message, secret)


def address(number: str) -> str:
    return f"{number.casefold()}@voorbeeld.example"


@dataclass
class House:
    """A school with alumni who agreed to being a mentor and to giving feedback, with an address each."""

    app: App
    clock: FixedClock
    post: Post = field(default_factory=Post)

    def add(self, *numbers: str, **values: object) -> None:
        said = {"consents": frozenset({Purpose.MENTOR, Purpose.FEEDBACK}), "consent_date": self.clock.today()}
        rows = [
            Upsert(row, number, "Noord", {"town": "Zwolle", "email": address(number), **said, **values})
            for row, number in enumerate(numbers, 2)
        ]
        stores.upsert(self.app.store, RecordKind.ALUMNI, rows)

    def studied(self, crebo: str, *numbers: str) -> None:
        for number in numbers:
            key, what = self.key(number), (Qualification(crebo=crebo, year=2024),)
            stores.write(self.app.store, lambda tx, key=key, what=what: tx.people.correct(key, "qualifications", what))

    def key(self, number: str) -> int:
        return stores.key_of(self.app.store, RecordKind.ALUMNI, number, "Noord")

    def segment(self, criteria: Criteria = EVERYBODY, name: str = "Allemaal") -> str:
        return segments.add(self.app, WRITER, name, criteria, school="Noord").id

    def written(self, draft: Draft = MENTOR, **criteria: object) -> str:
        id_ = self.segment(Criteria(**criteria), f"Groep {len(segments.listed(self.app, WRITER))}")  # type: ignore[arg-type]
        return segment_messages.write(self.app, WRITER, replace(draft, segment=id_)).id

    def asking(self, *questions: Question, own_words: bool = False) -> str:
        """A message with questions, not approved yet."""
        form = feedback.add_form(self.app, WRITER, "Vragen", list(questions or QUESTIONS), own_words=own_words)
        return self.written(Draft("", Purpose.FEEDBACK, "Vijf vragen", "Zeg het ons.", form.id))

    def approve(self, id_: str) -> segment_messages.Standing:
        return segment_messages.approve(self.app, OTHER, id_)

    def deliver(self) -> int:
        return messages.deliver(self.app, JOB, self.post, self.post.compose).sent

    def later(self, by: timedelta) -> None:
        self.clock.advance(by)

    def state(self, id_: str) -> segment_messages.Standing:
        return next(one for one in segment_messages.listed(self.app, WRITER) if one.message.id == id_)

    def left(self, number: str) -> int:
        """The asks left of somebody, as the ledger counts."""
        people = stores.read(self.app.store, lambda records: records.ledger.of(self.key(number)))
        return 4 - sum(line.event is LedgerEvent.ASKED for line in people)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = FixedClock(AS_OF)
    store = SqlStore(f"sqlite:///{tmp_path / 'segments.db'}", clock)
    fresh.migrate(store)
    made = House(App(store, open_engine(store, HashEncoder()), clock, sends_mail=True), clock)
    made.add("B-1", "B-2", "B-3")
    yield made
    store.close()


def refused(code: str, call: object, *arguments: object, **named: object) -> InvalidValue:
    with pytest.raises(InvalidValue) as error:
        call(*arguments, **named)  # type: ignore[operator]
    assert error.value.code == code
    return error.value


# ---- segments


def test_a_segment_is_counted_before_and_after_consent(house: House) -> None:
    """Everybody of it once: those who may have the message, and the others by their first reason."""
    app = house.app
    house.add("NEE", consents=frozenset({Purpose.FEEDBACK}))
    house.add("WEG", email=None)
    house.add("PAUZE", paused_until=AS_OF + timedelta(days=3))
    house.add("LEERLING", left_on=AS_OF + timedelta(days=3))
    house.add("NUL", max_asks_per_year=0)
    house.add("BEZWAAR", "STOP", "DICHT")
    privacy.object_to_ranking(app, COMMAND_LINE, objects=True, alumnus_id="BEZWAAR", school="Noord")
    stores.write(app.store, lambda tx: subscriptions.stop(tx, house.key("STOP"), "kind segment"))
    stores.write(app.store, lambda tx: tx.closed_addresses.close(address("DICHT"), "5.1.1"))
    told = segments.look(app, WRITER, house.segment(), Purpose.MENTOR)
    assert (told.people, told.mailed) == (11, 3)
    assert {because: count for because, count in told.left_out.items() if count} == {
        LeftOut.OBJECTS: 1,
        LeftOut.NO_CONSENT: 1,
        LeftOut.PAUSED: 2,
        LeftOut.SPENT: 1,
        LeftOut.NO_ADDRESS: 1,
        LeftOut.CLOSED: 1,
        LeftOut.STOPPED: 1,
    }
    assert told.mailed + sum(told.left_out.values()) == told.people


def test_a_segment_follows_the_data(house: House) -> None:
    """Whoever meets it later is of it, and who meets it no more is not; it can be removed."""
    near = house.segment(Criteria(place="Zwolle", km=10), "Dichtbij")
    asked = house.segment(Criteria(asked=True), "Gevraagd")
    there = {"town:zwolle": Coordinates(52.512, 6.094), "town:breda": Coordinates(51.59, 4.78)}
    stores.write(house.app.store, lambda tx: tx.places.add(there))
    stores.add_to_ledger(house.app.store, LedgerLine(house.key("B-1"), None, LedgerEvent.ASKED, AS_OF))
    house.add("B-2", town="Breda")
    house.add("B-4")
    counts = {one.segment.name: one.people for one in segments.listed(house.app, WRITER)}
    assert counts == {"Dichtbij": 3, "Gevraagd": 1}
    segments.remove(house.app, WRITER, near)
    assert [one.segment.id for one in segments.listed(house.app, WRITER)] == [asked]
    with pytest.raises(UnknownId):
        segments.remove(house.app, WRITER, near)


def test_a_segment_is_of_one_school(house: House) -> None:
    """Another school's is as unknown as one that does not exist, and so are its messages."""
    id_, south = house.written(), Asker(8, Role.COORDINATOR, "Zuid")
    (segment,) = segments.listed(house.app, WRITER)
    assert segments.listed(house.app, south) == segment_messages.listed(house.app, south) == []
    for call in (
        lambda: segments.look(house.app, south, segment.segment.id, Purpose.MENTOR),
        lambda: segment_messages.shown(house.app, south, id_),
        lambda: segment_messages.approve(house.app, south, id_),
        lambda: segment_messages.discard(house.app, south, id_),
        lambda: segment_messages.write(house.app, south, replace(MENTOR, segment=segment.segment.id)),
    ):
        with pytest.raises(UnknownId):
            call()
    with pytest.raises(Forbidden):
        segments.listed(house.app, Asker(9, Role.TEACHER, "Noord"))


def test_what_cannot_be_a_segment_is_refused(house: House) -> None:
    """A name that is taken or too long, and a place that nobody knows."""
    house.segment()
    refused("segment_taken", segments.add, house.app, WRITER, "  allemaal ", Criteria())
    refused("segment_name", segments.add, house.app, WRITER, " ", Criteria())
    refused("segment_unknown_place", segments.add, house.app, WRITER, "X", Criteria(place="Qwxz", km=4))
    told = refused("segment_place_meant", segments.add, house.app, WRITER, "X", Criteria(place="Zwole", km=4))
    assert told.values["suggest"] == "Zwolle"
    segments.add(house.app, COMMAND_LINE, "Regel", Criteria(), school="noord")


# ---- messages


def test_a_message_is_written_by_one_and_approved_by_another(house: House) -> None:
    """Then it is sent, after ten minutes, to each who may have it; each is asked once, for its kind and school."""
    id_ = house.written()
    stores.write(house.app.store, lambda tx: tx.accounts.save("x", "ander", Role.COORDINATOR, "Noord"))
    told = segment_messages.shown(house.app, WRITER, id_)
    assert (told.may_approve, told.alone, told.look.mailed) == (False, False, 3)  # type: ignore[union-attr]
    refused("segment_second", segment_messages.approve, house.app, WRITER, id_)
    refused("segment_changed", segment_messages.approve, house.app, OTHER, id_, expected=4)
    assert segment_messages.shown(house.app, OTHER, id_).may_approve
    done = segment_messages.approve(house.app, OTHER, id_, expected=3)
    assert (done.message.state, done.message.alone, done.figures.asked) == (SENT, False, 3)  # type: ignore[union-attr]
    refused("segment_done", segment_messages.approve, house.app, OTHER, id_)
    assert house.deliver() == 0
    house.later(TEN)
    assert house.deliver() == 3
    assert [house.state(id_).figures.sent, house.left("B-1")] == [3, 3]  # type: ignore[union-attr]
    (line,) = stores.read(house.app.store, lambda records: records.ledger.of(house.key("B-1")))
    assert (line.event, line.request_key, line.school, line.kind) == (LedgerEvent.ASKED, None, "Noord", "mentor")
    words = house.post.told[0].values
    assert (words["segment_subject"], words["segment_text"]) == (MENTOR.subject, MENTOR.text)
    assert all("Kom je" not in str(dict(mail.values)) for mail in stores.mails(house.app.store)), "kept once"
    assert house.deliver() == 0


def test_a_school_with_one_coordinator_approves_alone(house: House) -> None:
    """And that is kept with the message; by the setting the writer always may."""
    id_ = house.written()
    told = segment_messages.shown(house.app, WRITER, id_)
    assert (told.may_approve, told.alone) == (True, True)
    assert segment_messages.approve(house.app, WRITER, id_).message.alone
    stores.write(house.app.store, lambda tx: tx.accounts.save("x", "ander", Role.COORDINATOR, "Noord"))
    again = house.written()
    refused("segment_second", segment_messages.approve, house.app, WRITER, again)
    free = replace(house.app, second_approves=False)
    assert segment_messages.shown(free, WRITER, again).may_approve
    assert not segment_messages.approve(free, WRITER, again).message.alone


def test_a_message_that_is_taken_back_asked_nobody(house: House) -> None:
    """Within ten minutes: no mail, and no ask counts. After that it cannot be."""
    id_ = house.written()
    house.approve(id_)
    assert house.left("B-1") == 3
    assert segment_messages.undo(house.app, OTHER, id_) == 3
    house.later(timedelta(hours=1))
    assert house.deliver() == 0
    assert (house.left("B-1"), house.state(id_).message.state) == (4, UNDONE)
    assert house.state(id_).figures.released == 3  # type: ignore[union-attr]
    refused("segment_too_late", segment_messages.undo, house.app, OTHER, id_)
    other = house.written()
    house.approve(other)
    house.later(TEN)
    refused("segment_too_late", segment_messages.undo, house.app, OTHER, other)


@pytest.mark.parametrize("change", ["withdraws", "objects", "pauses", "stops"])
def test_who_changes_their_mind_after_the_look_gets_nothing(house: House, change: str) -> None:
    """Between the look and the button, and between the button and the mail: then the ask does not count either."""
    app = house.app

    def change_mind(number: str) -> None:
        me = Asker(9, Role.ALUMNUS, "Noord", house.key(number))
        if change == "withdraws":
            privacy.give(app, me, Purpose.MENTOR, given=False)
        elif change == "objects":
            privacy.object_to_ranking(app, me, objects=True)
        elif change == "pauses":
            privacy.correct(app, me, "paused_until", AS_OF + timedelta(days=99))
        else:
            stores.write(app.store, lambda tx: subscriptions.stop(tx, house.key(number), "kind mentor"))

    id_ = house.written()
    assert segment_messages.shown(app, OTHER, id_).look.mailed == 3  # type: ignore[union-attr]
    change_mind("B-1")
    assert house.approve(id_).figures.asked == 2  # type: ignore[union-attr]
    change_mind("B-2")
    house.later(TEN)
    assert house.deliver() == 1
    assert set(house.post.links) == {address("B-3")}
    assert segment_messages.advance(app, JOB) == 1
    assert [house.left(number) for number in ("B-1", "B-2", "B-3")] == [4, 4, 3]
    assert house.state(id_).figures.released == 1  # type: ignore[union-attr]
    for mail in stores.mails(app.store):  # whoever manages mail cannot send it after all
        if mail.state == "dropped":
            messages.retry(app, COMMAND_LINE, mail.key)
    assert house.deliver() == 0


def test_two_that_become_one_after_the_look_get_one_mail(house: House) -> None:
    """And one ask counts."""
    id_ = house.written()
    house.approve(id_)
    one, other = house.key("B-1"), house.key("B-2")
    stores.write(house.app.store, lambda tx: tx.duplicates.merge(one, other, {}))
    house.later(TEN)
    assert house.deliver() == 2
    assert segment_messages.advance(house.app, JOB) == 1
    figures = house.state(id_).figures
    assert figures is not None
    assert (figures.sent, figures.released, figures.waiting) == (2, 1, 0)
    lines = standing(stores.read(house.app.store, lambda records: records.ledger.of(one)))
    assert [line.event for line in lines] == [LedgerEvent.ASKED]


def test_nobody_is_asked_beyond_the_budget(house: House) -> None:
    """Four messages a year take four asks; the fifth goes to nobody."""
    for _ in range(4):
        house.approve(house.written())
    last = house.written()
    refused("segment_nobody", house.approve, last)
    assert house.state(last).message.state == DRAFT
    told = segment_messages.shown(house.app, OTHER, last).look
    assert told is not None
    assert told.left_out[LeftOut.SPENT] == told.people == 3
    house.later(timedelta(days=366))
    house.add("B-1", "B-2", "B-3")
    assert house.left("B-1") == 0
    assert segment_messages.shown(house.app, OTHER, last).look.mailed == 3  # type: ignore[union-attr]


def test_a_message_whose_process_stopped_is_finished(house: House) -> None:
    """By the sender, and nobody gets it twice."""
    id_ = house.written()
    house.approve(id_)
    (message,) = stores.read(house.app.store, lambda records: records.segment_messages.listed(id_=id_))
    people = stores.read(house.app.store, lambda records: records.segment_messages.people(message_key=message.key))
    stores.write(house.app.store, lambda tx: tx.segment_messages.change(message.key, [SENT], {"state": "approved"}))
    house.add("B-9")
    assert segment_messages.advance(house.app, JOB) == 1
    assert house.state(id_).figures.asked == len(people) + 1  # type: ignore[union-attr]
    house.later(TEN)
    assert house.deliver() == 4


def test_a_draft_can_be_thrown_away_and_is_forgotten(house: House) -> None:
    """One that was approved cannot; the segment as it was then is what the message is about."""
    one, other = house.written(), house.written()
    house.approve(one)
    refused("segment_done", segment_messages.discard, house.app, WRITER, one)
    segment_messages.discard(house.app, WRITER, other)
    house.written()
    house.later(timedelta(days=91))
    segment_messages.advance(house.app, JOB)
    assert [state.message.id for state in segment_messages.listed(house.app, WRITER)] == [one]
    house.later(timedelta(days=3 * 365))
    segment_messages.advance(house.app, JOB)
    assert segment_messages.listed(house.app, WRITER) == []


def test_what_is_no_message_is_refused(house: House) -> None:
    """No purpose that alumni are asked for, no text, no mail server, no segment."""
    id_ = house.segment()
    for draft, code in (
        (replace(MENTOR, purpose=Purpose.SHOW_TEXT), "segment_purpose"),
        (replace(MENTOR, form="X"), "segment_purpose"),
        (replace(MENTOR, subject=" "), "segment_text"),
        (replace(MENTOR, text="x" * 5001), "segment_text"),
    ):
        refused(code, segment_messages.write, house.app, WRITER, replace(draft, segment=id_))
    with pytest.raises(UnknownId):
        segment_messages.write(house.app, WRITER, MENTOR)
    message = segment_messages.write(house.app, WRITER, replace(MENTOR, segment=id_)).id
    refused("no_mail_server", segment_messages.approve, replace(house.app, sends_mail=False), OTHER, message)


def test_a_message_to_a_group_is_no_sign_of_life(house: House) -> None:
    """It does not lengthen how long anybody's record is kept; an invitation does."""
    house.approve(house.written())
    key = house.key("B-1")
    me = Asker(9, Role.ALUMNUS, "Noord", key)
    for purpose in (Purpose.MENTOR, Purpose.FEEDBACK):
        privacy.give(house.app, me, purpose, given=False)
    days = stores.read(house.app.store, lambda records: retention.next_step(records, house.app, key))
    house.later(house.app.terms.longest + timedelta(days=2))
    later = stores.read(house.app.store, lambda records: retention.next_step(records, house.app, key))
    assert (days, later) == ("", "ask")


# ---- feedback


def test_an_answer_is_counted_once_and_is_of_nobody(house: House) -> None:
    """A link works once; no table holds who gave which answer; before the last day nothing is shown."""
    id_ = house.asking()
    house.approve(id_)
    house.later(TEN)
    assert house.deliver() == 3
    secret = house.post.links[address("B-1")]
    asked = feedback.asked_by_link(house.app, secret)
    assert (asked.school, len(asked.questions), asked.answered, asked.is_over) == ("Noord", 2, False, False)
    feedback.answer_by_link(house.app, secret, {0: "4", 1: "0"})
    refused("feedback_answered", feedback.answer_by_link, house.app, secret, {0: "5"})
    assert feedback.asked_by_link(house.app, secret).answered
    (round_,) = feedback.results(house.app, WRITER)
    assert (round_.answered, round_.results) == (1, ())
    message = house.state(id_).message.key
    counts = stores.read(house.app.store, lambda records: records.feedback.counts(message))
    assert counts == {0: {"": {"4": 1}}, 1: {"": {"0": 1}}}
    for answers, code in (
        ({}, "feedback_nothing"),
        ({0: " "}, "feedback_nothing"),
        ({0: "6"}, "feedback_answer"),
        ({2: "1"}, "feedback_answer"),
        ({-1: "1"}, "feedback_answer"),
        ({1: "yes"}, "feedback_answer"),
    ):
        refused(code, feedback.answer_by_link, house.app, house.post.links[address("B-2")], answers)
    house.later(timedelta(days=31))
    with pytest.raises(NotLoggedIn):
        feedback.asked_by_link(house.app, house.post.links[address("B-2")])


def answered(house: House, answers: dict[str, dict[int, str]]) -> str:
    """Questions were asked, answered so by number, and closed; the id of the message."""
    id_ = house.asking()
    house.approve(id_)
    house.later(TEN)
    house.deliver()
    for number, given in answers.items():
        feedback.answer_by_link(house.app, house.post.links[address(number)], given)
    house.later(timedelta(days=31))
    assert segment_messages.advance(house.app, JOB) >= 1
    assert house.state(id_).message.state == CLOSED
    return id_


def test_results_are_shown_from_five_with_those_of_last_year_beside_them(house: House) -> None:
    """Per qualification; smaller groups together for good; of a year before only what may be shown too."""
    cooks, bakers, rare = ([f"{name}-{number}" for number in range(7)] for name in ("K", "BA", "Z"))
    house.add(*cooks, *bakers, *rare)
    house.studied("25180", *cooks)
    house.studied("25182", *bakers)
    house.studied("25491", *rare)
    first = {number: {0: "2"} for number in cooks[:6]} | {number: {0: "5"} for number in bakers[:2]}
    answered(house, first)
    (then,) = feedback.results(house.app, WRITER)
    assert [(group.qualification, dict(group.answers)) for group in then.results[0].groups] == [("", {"2": 6, "5": 2})]
    assert then.results[1].groups == ()
    house.later(timedelta(days=340))
    house.add(*cooks, *bakers, *rare)
    second = {number: {0: "4", 1: "0"} for number in cooks} | {number: {0: "3"} for number in bakers[:5]}
    answered(house, second | {number: {0: "1"} for number in rare})
    now, _ = feedback.results(house.app, WRITER)
    scale, choice = now.results
    told = {group.qualification: (dict(group.answers), group.last_year) for group in scale.groups}
    assert told == {"25180": ({"4": 7}, None), "25182": ({"3": 5}, None), "25491": ({"1": 7}, None)}
    assert (scale.together, scale.last_year) == ({"4": 7, "3": 5, "1": 7}, {"2": 6, "5": 2})
    assert [dict(group.answers) for group in choice.groups] == [{"0": 7}]
    assert choice.last_year is None
    assert now.answered == 19


def test_fewer_than_five_answers_are_not_kept_either(house: House) -> None:
    """Once the questions are closed; in own words neither."""
    house.add(*(f"T-{number}" for number in range(6)))
    words = Question(AnswerForm.TEXT, "Wat kan beter?")
    refused("feedback_text_off", house.asking, words)
    id_ = house.asking(QUESTIONS[0], words, own_words=True)
    house.approve(id_)
    house.later(TEN)
    house.deliver()
    for number in range(5):
        feedback.answer_by_link(house.app, house.post.links[address(f"T-{number}")], {1: f"Meer praktijk {9 - number}"})
    feedback.answer_by_link(house.app, house.post.links[address("T-5")], {0: "3"})
    refused("feedback_long", feedback.answer_by_link, house.app, house.post.links[address("B-1")], {1: "x" * 301})
    message = house.state(id_).message.key
    assert feedback.results(house.app, WRITER)[0].results == ()
    house.later(timedelta(days=31))
    segment_messages.advance(house.app, JOB)
    (round_,) = feedback.results(house.app, WRITER)
    assert round_.results[0].groups == ()
    assert round_.results[1].texts == tuple(f"Meer praktijk {number}" for number in range(5, 10))
    assert stores.read(house.app.store, lambda records: records.feedback.counts(message)) == {}


def test_questions_are_asked_once_a_year(house: House) -> None:
    """Of each alumnus, so that nobody is in a count twice; the year after again."""
    house.approve(house.asking())
    again = house.asking()
    refused("segment_nobody", house.approve, again)
    told = segment_messages.shown(house.app, OTHER, again).look
    assert told is not None
    assert told.left_out[LeftOut.ASKED] == 3
    house.later(date(AS_OF.year + 1, 1, 2) - AS_OF)
    assert segment_messages.shown(house.app, OTHER, house.asking()).look.mailed == 3  # type: ignore[union-attr]


def test_answering_changes_with_the_person_and_not_the_counts(house: House) -> None:
    """After an erasure the counts are as they were, and nothing says who was in them."""
    id_ = house.asking()
    house.approve(id_)
    house.later(TEN)
    house.deliver()
    feedback.answer_by_link(house.app, house.post.links[address("B-1")], {0: "4"})
    key, message = house.key("B-1"), house.state(id_).message.key
    told = privacy.known(house.app, COMMAND_LINE, "B-1", school="Noord")["segment_messages"]
    assert [(one["subject"], one["purpose"], one["answered"], len(one["questions"])) for one in told] == [
        ("Vijf vragen", "feedback", True, 2)
    ]
    assert "4" not in str(told[0]["answered"])
    stores.write(house.app.store, lambda tx: tx.people.erase(key, []))
    assert stores.read(house.app.store, lambda records: records.feedback.counts(message)) == {0: {"": {"4": 1}}}
    assert stores.read(house.app.store, lambda records: records.segment_messages.people(alumnus_key=key)) == []
    with pytest.raises(NotLoggedIn):
        feedback.asked_by_link(house.app, house.post.links[address("B-1")])


def test_who_was_released_has_no_questions(house: House) -> None:
    """The mail came back to nobody: the link that was in it opens nothing."""
    id_ = house.asking()
    house.approve(id_)
    house.later(TEN)
    house.deliver()
    message = house.state(id_).message.key
    (person,) = stores.read(
        house.app.store,
        lambda records: records.segment_messages.people(message_key=message, alumnus_key=house.key("B-1")),
    )
    stores.write(house.app.store, lambda tx: tx.segment_messages.put(person.key, person.state, {"state": RELEASED}))
    with pytest.raises(NotLoggedIn):
        feedback.answer_by_link(house.app, house.post.links[address("B-1")], {0: "4"})


def test_an_undo_within_no_minutes_is_too_late(house: House) -> None:
    """By the setting of invitations."""
    app = replace(house.app, answer_terms=AnswerTerms(undo=timedelta(0)))
    id_ = house.written()
    segment_messages.approve(app, OTHER, id_)
    refused("segment_too_late", segment_messages.undo, app, OTHER, id_)
    assert house.deliver() == 3


def test_questions_can_be_removed_and_what_was_asked_stays(house: House) -> None:
    """A message has a copy of its own."""
    id_ = house.asking()
    (form,) = feedback.forms(house.app, WRITER)
    feedback.remove_form(house.app, WRITER, form.id)
    assert feedback.forms(house.app, WRITER) == []
    with pytest.raises(UnknownId):
        feedback.remove_form(house.app, WRITER, form.id)
    house.approve(id_)
    house.later(TEN)
    house.deliver()
    assert len(feedback.asked_by_link(house.app, house.post.links[address("B-1")]).questions) == 2
