"""Doors: who comes in, whom of the list that may be, and who does not come in at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from matcher.domain.first_yes import FIRST_LASTS, NEWCOMER_LASTS, Answers, Want
from matcher.domain.records import Alumnus, Qualification, RecordKind
from matcher.engine import open_engine
from matcher.errors import Forbidden, InvalidValue, NotLoggedIn, UnknownId
from matcher.policy import COMMAND_LINE, JOB, VISITOR, Asker, Role
from matcher.repositories.first_yes import Door
from matcher.repositories.values import Mail, Upsert
from matcher.services import campaigns, door, duplicates, erasure, messages, privacy
from matcher.services.app import App
from matcher.services.door import Entry
from matcher.services.messages import Letter
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.worlds import AS_OF

COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")
MAIL = "sanne@voorbeeld.example"
SANNE = Entry("Sanne", "de", "Vries", MAIL, "1234", "Kok", 2020, student=False, born_on=date(2000, 5, 1))


@dataclass
class Post:
    """A mail server that takes everything, and keeps the secret of each link."""

    links: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)

    def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: object = None) -> None:  # noqa: ARG002 - the port
        self.told.append((subject, message_id))
        self.links.append((to, text))

    def abort(self) -> None:
        raise AssertionError


def compose(mail: Mail, secret: str) -> Letter:
    return Letter(mail.message, secret)


@dataclass
class House:
    """A school with one alumnus, and a door."""

    app: App
    clock: FixedClock
    door: Door
    post: Post = field(default_factory=Post)

    def knock(self, entry: Entry) -> bool:
        return door.knock(self.app, VISITOR, self.door.code, door.checked(entry, self.clock.today()))

    def link(self) -> str:
        messages.deliver(self.app, JOB, self.post, compose)
        return self.post.links[-1][1]

    def enter(self, entry: Entry) -> str:
        """Comes in and confirms; the secret of the link to the questions."""
        assert self.knock(entry)
        return door.confirm(self.app, self.link())

    def alumni(self) -> dict[str, Alumnus]:
        return {one.alumnus_id: one for one in stores.alumni(self.app.store)}

    def add(self, number: str, **values: object) -> None:
        stores.upsert(self.app.store, RecordKind.ALUMNI, [Upsert(2, number, "Noord", values)])

    def contact(self, number: str) -> dict[str, str]:
        key = stores.key_of(self.app.store, RecordKind.ALUMNI, number, "Noord")
        return privacy.filled(stores.read(self.app.store, lambda records: records.people.contact(key)))

    def newcomers(self) -> int:
        return int(
            stores.read(
                self.app.store,
                lambda records: records.newcomers.waiting(records.now - timedelta(days=3650), email=MAIL),
            )
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = FixedClock(AS_OF)
    store = SqlStore(f"sqlite:///{tmp_path / 'door.db'}", clock)
    fresh.migrate(store)
    app = App(store, open_engine(store, HashEncoder()), clock, sends_mail=True)
    stores.upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", {"town": "Zwolle"})])
    yield House(app, clock, door.open_door(app, COORDINATOR, "Kok niveau 3, 2027"))
    store.close()


# ---- of the school


def test_a_door_has_a_code_that_nobody_guesses(house: House) -> None:
    """Two doors have different ones of sixteen signs; a closed door, and one of another school, are not there."""
    other = door.open_door(house.app, COORDINATOR)
    assert len(other.code) == len(house.door.code) == 16
    assert other.code != house.door.code
    assert {one.code for one in door.doors(house.app, COORDINATOR)} == {other.code, house.door.code}
    with pytest.raises(UnknownId):
        door.close_door(house.app, Asker(6, Role.COORDINATOR, "Zuid"), other.code)
    door.close_door(house.app, COORDINATOR, other.code)
    for code in (other.code, "nergens"):
        with pytest.raises(UnknownId, match="unknown_door"):
            door.shown(house.app, VISITOR, code)
        with pytest.raises(UnknownId, match="unknown_door"):
            door.knock(house.app, VISITOR, code, SANNE)
    assert door.shown(house.app, VISITOR, house.door.code).name == "Kok niveau 3, 2027"
    with pytest.raises(Forbidden):
        door.open_door(house.app, Asker(1, Role.TEACHER, "Noord"))


# ---- who comes in


@pytest.mark.parametrize("day", [date(1949, 12, 31), date(2101, 1, 1), date(9999, 7, 31)])
def test_a_door_for_no_year_is_refused(house: House, day: date) -> None:
    """A leaving day that nobody has, with the years that it can be."""
    with pytest.raises(InvalidValue) as refused:
        door.open_door(house.app, COORDINATOR, "Kok", day)
    assert (refused.value.code, refused.value.values) == ("door_year", {"low": 1950, "high": 2100})


def test_who_is_on_no_list_becomes_an_alumnus_once_confirmed(house: House) -> None:
    """Not before; with what was entered, and without any consent; the link leads on to the questions."""
    assert house.knock(SANNE)
    assert set(house.alumni()) == {"A-1"}
    questions = door.confirm(house.app, house.link())
    sanne = house.alumni()["01234"]
    assert (sanne.qualifications, sanne.left_on, sanne.consents) == ((Qualification(name="Kok", year=2020),), None, ())
    assert house.contact("01234") == {
        "first_name": "Sanne",
        "infix": "de",
        "last_name": "Vries",
        "email": MAIL,
    }
    answered = campaigns.answer_by_link(house.app, questions, Answers(frozenset({Want.COURSES})))
    assert answered.school == "Noord"
    assert house.newcomers() == 0
    with pytest.raises(NotLoggedIn, match="door_spent"):
        door.confirm(house.app, house.post.links[-1][1])
    figures = campaigns.figures(house.app, COORDINATOR)
    assert [(one.begun_at, one.asked, one.answered) for one in figures] == [(None, 1, 1)]


def test_a_number_of_a_school_is_not_needed(house: House) -> None:
    """Who does not know it is given one; a crebo code is kept as such."""
    house.enter(replace(SANNE, number="", qualification="25180"))
    (sanne,) = (one for id_, one in house.alumni().items() if id_ != "A-1")
    assert sanne.qualifications == (Qualification(crebo="25180", year=2020),)


def test_who_is_found_by_the_address_is_the_alumnus_of_the_list(house: House) -> None:
    """Nothing is written over, what was empty is filled in, and the questions are about that alumnus."""
    house.add("A-2", email=MAIL.upper(), function="souschef", qualifications=(Qualification(name="Bakker", year=2019),))
    questions = house.enter(replace(SANNE, number=""))
    assert set(house.alumni()) == {"A-1", "A-2"}
    alumnus = house.alumni()["A-2"]
    assert (alumnus.function, alumnus.qualifications) == ("souschef", (Qualification(name="Bakker", year=2019),))
    assert house.contact("A-2")["last_name"] == "Vries"
    campaigns.answer_by_link(house.app, questions, Answers(frozenset({Want.COURSES})))
    assert len(stores.read(house.app.store, lambda records: records.consents.of(alumnus.key))) == 1


@pytest.mark.parametrize(
    ("there", "entered", "because"),
    [
        ({"number": "1234", "email": "ander@voorbeeld.example"}, SANNE, "number"),
        ({"number": "1234"}, SANNE, "number"),
        ({"number": "A-2", "email": MAIL, "first_name": "Tim", "last_name": "de Vries"}, SANNE, "email"),
        ({"number": "01234", "email": MAIL, "first_name": "Tim", "last_name": "Bos"}, SANNE, "email"),
    ],
)
def test_a_twin_is_a_doubt_for_the_coordinator(
    house: House, there: dict[str, object], entered: Entry, because: str
) -> None:
    """A number alone proves nothing, nor does an address that two people share: the list stays as it was, to the bit.

    Both stand on the page of duplicates, and the newcomer can be asked and ranked meanwhile.
    """
    number = str(there.pop("number"))
    house.add(number, **there)
    before, contact = house.alumni()[number], house.contact(number)
    house.enter(entered)
    assert (house.alumni()[number], house.contact(number)) == (before, contact)
    (pair,) = duplicates.possible(house.app, COORDINATOR)
    assert number in {pair.first, pair.second}
    assert because in pair.because


def test_two_of_the_list_with_one_address_are_a_doubt_too(house: House) -> None:
    """Nobody knows which of them came in."""
    house.add("A-2", email=MAIL)
    house.add("A-3", email=MAIL)
    house.enter(replace(SANNE, number=""))
    assert len(house.alumni()) == 4
    assert len(duplicates.possible(house.app, COORDINATOR)) == 3


def test_who_was_erased_gets_the_same_answer_and_no_write(house: House) -> None:
    """By the address, and by the number with another address: no newcomer, no mail, no entry in the log."""
    house.enter(SANNE)
    erasure.erase(house.app, COMMAND_LINE, "01234", school="Noord")
    entries = len(stores.log(house.app.store, limit=1000))
    mails = len(stores.mails(house.app.store))
    assert not house.knock(SANNE)
    assert not house.knock(replace(SANNE, email="nieuw@voorbeeld.example"))
    assert (len(stores.log(house.app.store, limit=1000)), len(stores.mails(house.app.store))) == (entries, mails)
    assert house.knock(replace(SANNE, email="nieuw@voorbeeld.example", number="99"))


def test_an_erasure_ends_what_waits_at_the_door(house: House) -> None:
    """Who came in a second time and is then erased does not come back by that link."""
    house.enter(SANNE)
    house.knock(replace(SANNE, number=""))
    waiting = house.link()
    house.knock(replace(SANNE, number=""))
    erasure.erase(house.app, COMMAND_LINE, "01234", school="Noord")
    assert house.newcomers() == 0
    with pytest.raises(NotLoggedIn):
        door.confirm(house.app, waiting)
    sent = len(house.post.links)
    messages.deliver(house.app, JOB, house.post, compose)
    assert len(house.post.links) == sent
    assert set(house.alumni()) == {"A-1"}


def test_under_sixteen_is_refused(house: House) -> None:
    """Up to the day before the birthday; nothing is written, and the day of birth is kept nowhere."""
    young = replace(SANNE, born_on=date(2011, 3, 2), year=2027, student=True)
    assert date(2027, 3, 1) == AS_OF
    with pytest.raises(InvalidValue, match="too_young"):
        house.knock(young)
    assert house.newcomers() == 0
    house.clock.advance(timedelta(days=1))
    assert house.knock(young)
    link, long_ago = house.link(), house.clock.now() - timedelta(days=30)
    newcomer = stores.read(house.app.store, lambda records: records.newcomers.find(link, long_ago))
    assert newcomer is not None
    assert "2011" not in str(newcomer.details)


@pytest.mark.parametrize(
    "wrong",
    [
        {"year": 2028},
        {"year": 1940},
        {"year": 2005},
        {"student": True, "year": 2026},
        {"student": True, "year": 2033},
        {"email": "geen adres"},
        {"email": ""},
        {"first_name": " "},
        {"qualification": ""},
        {"number": "1" * 101},
        {"born_on": date(1890, 1, 1)},
    ],
)
def test_what_cannot_be_is_refused(house: House, wrong: dict[str, object]) -> None:
    """With a sentence, before anything is written."""
    with pytest.raises(InvalidValue):
        house.knock(replace(SANNE, **wrong))  # type: ignore[arg-type]
    assert house.newcomers() == 0


def test_a_student_is_marked_and_not_ranked_before_leaving(house: House) -> None:
    """By the day on which the class leaves, or the summer of the year that was said."""
    questions = house.enter(replace(SANNE, student=True, year=2027))
    assert house.alumni()["01234"].left_on == date(2027, 7, 31)
    campaigns.answer_by_link(house.app, questions, Answers(frozenset({Want.COURSES})))

    def advised() -> int:
        (told,) = campaigns.standing(house.app, COORDINATOR)
        return next(kind.ranked for kind in told.kinds if kind.kind == "offering")

    assert advised() == 0
    house.clock.day = date(2027, 7, 30)
    assert advised() == 0
    house.clock.day = date(2027, 7, 31)
    assert advised() == 1


def test_a_class_leaves_on_its_own_day(house: House) -> None:
    """The day of the door counts before the year that a student enters."""
    house.door = door.open_door(house.app, COORDINATOR, "Kok", date(2027, 6, 30))
    house.enter(replace(SANNE, student=True, year=2027))
    assert house.alumni()["01234"].left_on == date(2027, 6, 30)


def test_who_does_not_confirm_is_gone_after_a_week(house: House) -> None:
    """The link no longer works on the seventh day, and the row goes with the next round."""
    house.knock(SANNE)
    link = house.link()
    assert door.waits(house.app, link) == "Noord"
    house.clock.advance(NEWCOMER_LASTS - timedelta(seconds=1))
    assert door.advance(house.app, JOB) == 0
    assert door.waits(house.app, link) == "Noord"
    house.clock.advance(timedelta(seconds=1))
    for use in (door.waits, door.confirm):
        with pytest.raises(NotLoggedIn, match="door_spent"):
            use(house.app, link)
    assert door.advance(house.app, JOB) == 1
    assert house.newcomers() == 0


def test_a_mailbox_is_not_flooded(house: House) -> None:
    """One address gets three mails at most while none is confirmed, in any spelling; another gets its own."""
    spellings = [MAIL, MAIL.upper(), f" {MAIL}", MAIL]
    assert [house.knock(replace(SANNE, email=one)) for one in spellings] == [True, True, True, False]
    assert house.knock(replace(SANNE, email="ander@voorbeeld.example"))
    assert len(stores.mails(house.app.store)) == door.MOST_WAITING + 1


def test_a_list_that_comes_in_takes_nobody_for_who_typed_the_number(house: House) -> None:
    """The row of that number is another alumnus, and the two are a doubt: what the list knows is not given away."""
    house.enter(SANNE)
    house.add("1234", function="directeur", phone="0612345678")
    assert house.alumni()["01234"].function is None
    assert "phone" not in house.contact("01234")
    (pair,) = duplicates.possible(house.app, COORDINATOR)
    assert {pair.first, pair.second} == {"01234", "1234"}


def test_the_link_to_the_questions_lasts_as_of_a_campaign(house: House) -> None:
    """And no campaign asks who came in by a door once more."""
    questions = house.enter(SANNE)
    assert campaigns.send(house.app, COORDINATOR) == campaigns.Sent(None, 0)
    house.clock.advance(FIRST_LASTS - timedelta(seconds=1))
    assert campaigns.asked_by_link(house.app, questions).answered_on is None


@pytest.mark.parametrize("number", ["A-7", "2019-12", "abc"])
def test_a_number_that_was_typed_is_alike_whatever_signs_it_begins_with(house: House, number: str) -> None:
    """Its owner, on the list or later, and whoever typed it are a doubt on the page of duplicates."""
    house.enter(replace(SANNE, number=number))
    house.add(number, function="directeur")
    (pair,) = duplicates.possible(house.app, COORDINATOR)
    assert number in {pair.first, pair.second}
    assert pair.because == ("number",)
    assert house.alumni()[number].function == "directeur"


def test_a_namesake_comes_in(house: House) -> None:
    """Who has the name of somebody who came in without a number, or shares name and address with one of two."""
    house.enter(replace(SANNE, number=""))
    house.enter(replace(SANNE, number="", email="een.ander@voorbeeld.example"))
    house.enter(replace(SANNE, number="", first_name="Tim"))
    house.enter(replace(SANNE, number=""))
    assert len(house.alumni()) == 5


def test_mail_does_not_wait_for_who_did_not_confirm(house: House) -> None:
    """Once the week is over neither the entry nor the address of its mail is kept."""
    assert house.knock(SANNE)
    house.clock.advance(NEWCOMER_LASTS)
    assert door.advance(house.app, JOB) == 1
    assert not stores.read(house.app.store, lambda records: records.outbox.page(limit=None))


def test_an_earlier_address_of_whoever_is_erased_waits_no_longer(house: House) -> None:
    """An entry with an address that an erased alumnus had before goes with the person."""
    house.enter(SANNE)
    asker = Asker(9, Role.ALUMNUS, "Noord", house.alumni()["01234"].key)
    privacy.correct(house.app, asker, "email", "nieuw@voorbeeld.example")
    assert house.knock(replace(SANNE, number=""))
    erasure.erase(house.app, COMMAND_LINE, "01234", school="Noord")
    assert house.newcomers() == 0
