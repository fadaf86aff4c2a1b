"""The first yes: who can be ranked, who is asked, what an answer does, and figures that add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from matcher.domain.first_yes import FIRST, FIRST_LASTS, REMIND_AFTER, Answers, LeftOut, Want
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind
from matcher.engine import open_engine
from matcher.errors import Forbidden, InvalidValue, NotLoggedIn, UnknownId
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.pool.columns import code_of
from matcher.repositories.values import Mail, Upsert
from matcher.services import campaigns, duplicates, messages, privacy
from matcher.services.app import App
from matcher.services.messages import Letter
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import store_in
from tests.support.stores import writing
from tests.support.worlds import AS_OF

COORDINATOR = Asker(5, Role.COORDINATOR, "Noord")
YES = Answers(frozenset({Want.COURSES}), frozenset({RequestKind.MENTOR}), 0b11, 2, frozenset({Purpose.SHOW_FUNCTION}))


@dataclass
class Post:
    """A mail server that takes everything, and keeps the secret of each link by address."""

    links: dict[str, list[str]] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)

    def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: object = None) -> None:  # noqa: ARG002 - the port
        self.told.append((subject, message_id))
        if text:
            self.links.setdefault(to, []).append(text)

    def abort(self) -> None:
        raise AssertionError


def compose(mail: Mail, secret: str) -> Letter:
    return Letter(mail.message, secret)


def address(number: str) -> str:
    return f"{number.casefold()}@voorbeeld.example"


@dataclass
class House:
    """A school whose alumni never agreed to anything, with an address each."""

    app: App
    clock: FixedClock
    post: Post = field(default_factory=Post)

    def add(self, *numbers: str, **values: object) -> None:
        rows = [
            Upsert(row, number, "Noord", {"town": "Zwolle", "email": address(number), **values})
            for row, number in enumerate(numbers, 2)
        ]
        stores.upsert(self.app.store, RecordKind.ALUMNI, rows)

    def key(self, number: str) -> int:
        return stores.key_of(self.app.store, RecordKind.ALUMNI, number, "Noord")

    def alumnus(self, number: str) -> Asker:
        return Asker(9, Role.ALUMNUS, "Noord", self.key(number))

    def deliver(self) -> int:
        return messages.deliver(self.app, JOB, self.post, compose).sent

    def sent(self) -> dict[str, int]:
        return {to: len(links) for to, links in self.post.links.items()}

    def link(self, number: str) -> str:
        return self.post.links[address(number)][-1]

    def figures(self) -> campaigns.Figures:
        return campaigns.figures(self.app, COORDINATOR)[0]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = FixedClock(AS_OF)
    store = SqlStore(f"sqlite:///{tmp_path / 'first.db'}", clock)
    fresh.migrate(store)
    made = House(App(store, open_engine(store, HashEncoder()), clock, sends_mail=True), clock)
    made.add("B-1", "B-2", "B-3")
    yield made
    store.close()


def asked(house: House) -> None:
    """The school looked, asked and the mail was sent."""
    campaigns.send(house.app, COORDINATOR, expected=campaigns.look(house.app, COORDINATOR).mailed)
    house.deliver()


# ---- who can be ranked


def test_each_kind_counts_every_alumnus_once(tmp_path: Path) -> None:
    """Who can be ranked and the others by their first reason add up, and are what a ranking says of an own request."""
    clock = FixedClock(AS_OF)
    store = store_in(tmp_path, clock)
    app = App(store, open_engine(store, HashEncoder()), clock)
    told = campaigns.standing(app, COMMAND_LINE)
    assert [one.school for one in told] == ["Noord", "Zuid"]
    for one in told:
        assert one.kinds
        for kind in one.kinds:
            assert kind.ranked + sum(kind.because.values()) == one.alumni, kind
    noord = {kind.kind: kind for kind in told[0].kinds}
    assert noord["guest_lesson"].because == {"no_consent": 1, "paused": 1}
    assert noord["mentor"].ranked == 0
    pool = app.engine.current.pool()
    (request,) = stores.find(store, RecordKind.REQUESTS, "R-1", "Noord")
    candidates = Question(request, AS_OF).candidates(pool)  # type: ignore[arg-type]
    own = candidates.pairs.person("school") == code_of("Noord")
    excluded = ranking.apply_rules(candidates.pairs, own).excluded
    assert {code: excluded[code] for code in ("no_consent", "paused")} == noord["guest_lesson"].because
    store.close()


def test_a_school_is_told_of_its_own(tmp_path: Path) -> None:
    """Another school is as unknown as one that does not exist."""
    clock = FixedClock(AS_OF)
    store = store_in(tmp_path, clock)
    app = App(store, open_engine(store, HashEncoder()), clock)
    assert [one.school for one in campaigns.standing(app, COORDINATOR)] == ["Noord"]
    for use in (campaigns.standing, campaigns.look, campaigns.figures, campaigns.send):
        with pytest.raises(UnknownId):
            use(app, COORDINATOR, "Zuid")
        with pytest.raises(UnknownId):
            use(app, COMMAND_LINE, "Nergens")
        with pytest.raises(Forbidden):
            use(app, Asker(1, Role.TEACHER, "Noord"))
    with pytest.raises(InvalidValue, match="name_a_school"):
        campaigns.look(app, COMMAND_LINE)
    store.close()


# ---- asking


def test_the_look_says_who_is_mailed_and_why_others_are_not(house: House) -> None:
    """Each alumnus under one reason; nothing is written."""
    house.add("C-1", consents=frozenset({Purpose.MENTOR}), consent_date=AS_OF)
    house.add("C-2", "C-3", "C-4")
    house.add("C-5", email=None)
    privacy.object_to_ranking(house.app, COMMAND_LINE, objects=True, alumnus_id="C-2")
    privacy.give(house.app, COMMAND_LINE, Purpose.MENTOR, given=True, alumnus_id="C-3")
    privacy.give(house.app, COMMAND_LINE, Purpose.MENTOR, given=False, alumnus_id="C-3")
    before = stores.revision(house.app.store)
    look = campaigns.look(house.app, COORDINATOR)
    assert (look.alumni, look.mailed) == (8, 4)
    assert look.left_out == {
        LeftOut.OBJECTS: 1,
        LeftOut.WITHDREW: 1,
        LeftOut.AGREED: 1,
        LeftOut.ASKED: 0,
        LeftOut.NO_ADDRESS: 1,
        LeftOut.NO_MAIL: 0,
    }
    assert stores.revision(house.app.store) == before
    asked(house)
    assert house.sent() == {address(number): 1 for number in ("B-1", "B-2", "B-3", "C-4")}
    assert campaigns.look(house.app, COORDINATOR).left_out[LeftOut.ASKED] == 4


def test_whoever_cannot_get_mail_is_not_asked_and_is_counted(house: House) -> None:
    """All mail stopped, or an address that is closed, which is closed for whoever shares it; one reason for all."""
    house.add("C-1", "C-2")
    house.add("C-3", email=address("C-2"))
    house.add("C-4", consents=frozenset({Purpose.MENTOR}), consent_date=AS_OF, email=None)
    house.add("C-5", consents=frozenset({Purpose.MENTOR}), consent_date=AS_OF)
    house.add("C-6", consents=frozenset({Purpose.MENTOR}), consent_date=AS_OF)
    store = house.app.store
    for key in (house.key("C-1"), house.key("C-5")):
        writing(store).mail_stops.add(key, "everything")
    writing(store).closed_addresses.close(address("C-2"), "5.1.1")
    look = campaigns.look(house.app, COORDINATOR)
    assert (look.mailed, look.left_out[LeftOut.NO_MAIL], look.left_out[LeftOut.NO_ADDRESS]) == (3, 3, 0)
    (standing,) = campaigns.standing(house.app, COORDINATOR)
    assert standing.no_mail == 2, "of the three who agreed to something"
    asked(house)
    assert house.sent() == {address(number): 1 for number in ("B-1", "B-2", "B-3")}
    writing(store).mail_stops.remove(house.key("C-1"), "everything")
    assert campaigns.look(house.app, COORDINATOR).mailed == 1, "who can be asked again, and was not asked yet"


def test_what_was_not_shown_is_not_sent(house: House) -> None:
    """With one alumnus more than the look said the button does nothing; without a mail server nothing either."""
    shown = campaigns.look(house.app, COORDINATOR).mailed
    house.add("B-4")
    with pytest.raises(InvalidValue, match="campaign_changed"):
        campaigns.send(house.app, COORDINATOR, expected=shown)
    with pytest.raises(InvalidValue, match="no_mail_server"):
        campaigns.send(replace(house.app, sends_mail=False), COORDINATOR)
    assert stores.mails(house.app.store) == []


def test_nobody_is_asked_by_two_who_press_at_once(house: House) -> None:
    """The second finds everybody asked, as they were when it began to write."""
    keys = [house.key(number) for number in ("B-1", "B-2", "B-3")]
    asked(house)
    written = house.app.store.write(lambda tx: campaigns._send("Noord", None, keys, tx), by=COORDINATOR)
    assert written == (None, 0)
    assert campaigns.send(house.app, COORDINATOR) == campaigns.Sent(None, 0)
    assert len(stores.mails(house.app.store)) == 3


@pytest.mark.parametrize("change", ["objects", "withdraws", "agrees", "loses"])
def test_who_changes_after_the_look_is_not_mailed(house: House, change: str) -> None:
    """Between the button and the sending: an objection, a withdrawal, a yes elsewhere; or the address is gone."""
    campaigns.send(house.app, COORDINATOR)
    if change == "objects":
        privacy.object_to_ranking(house.app, house.alumnus("B-2"), objects=True)
    elif change == "loses":
        privacy.correct(house.app, house.alumnus("B-2"), "email", None)
    else:
        privacy.give(house.app, house.alumnus("B-2"), Purpose.MENTOR, given=change == "agrees")
    house.deliver()
    assert house.sent() == {address("B-1"): 1, address("B-3"): 1}
    figures = house.figures()
    assert (figures.asked, figures.sent, figures.unsent) == (3, 2, 1)


def test_one_reminder_and_then_silence(house: House) -> None:
    """Two weeks after the mail was sent, to who did not answer; and never again, in a later campaign neither."""
    asked(house)
    campaigns.answer_by_link(house.app, house.link("B-1"), YES)
    house.clock.advance(REMIND_AFTER - timedelta(days=1))
    assert campaigns.advance(house.app, JOB) == 0
    house.clock.advance(timedelta(days=1))
    privacy.object_to_ranking(house.app, house.alumnus("B-2"), objects=True)
    assert campaigns.advance(house.app, JOB) == 1
    house.deliver()
    assert house.sent() == {address("B-1"): 1, address("B-2"): 1, address("B-3"): 2}
    for _ in range(3):
        house.clock.advance(timedelta(days=100))
        assert campaigns.advance(house.app, JOB) == 0
        assert campaigns.send(house.app, COORDINATOR).mails == 0
        assert house.deliver() == 0


def test_a_reminder_that_waits_is_dropped_by_an_answer(house: House) -> None:
    """What was answered while it waited is not asked again."""
    asked(house)
    link = house.link("B-3")
    house.clock.advance(REMIND_AFTER)
    assert campaigns.advance(house.app, JOB) == 3
    campaigns.answer_by_link(house.app, link, YES)
    assert house.deliver() == 2
    assert house.sent()[address("B-3")] == 1


# ---- the answers


def test_each_answer_is_a_dated_consent_and_a_correction(house: House) -> None:
    """With the version of the text, from the person; what was not asked stays as it was."""
    asked(house)
    asked_ = campaigns.answer_by_link(house.app, house.link("B-1"), YES)
    assert (asked_.answers, asked_.answered_on) == (YES, AS_OF)
    kept = stores.read(house.app.store, lambda records: records.consents.of(house.key("B-1")))
    assert {one.purpose for one in kept} == {Purpose.MENTOR, Purpose.LLO_ADVICE, Purpose.SHOW_FUNCTION}
    assert {(one.given_on, one.source, one.text_version) for one in kept} == {(AS_OF, "person", privacy.CONSENT_TEXT)}
    (alumnus,) = stores.find(house.app.store, RecordKind.ALUMNI, "B-1", "Noord")
    assert alumnus.offers == {RequestKind.MENTOR}  # type: ignore[union-attr]
    assert (alumnus.day_parts, alumnus.max_asks_per_year) == (0b11, 2)  # type: ignore[union-attr]
    house.add("B-1", offers=frozenset())
    (again,) = stores.find(house.app.store, RecordKind.ALUMNI, "B-1", "Noord")
    assert again.offers == {RequestKind.MENTOR}, "a list does not change what the alumnus says"  # type: ignore[union-attr]


def test_the_link_shows_the_answers_and_changes_them_until_it_ends(house: House) -> None:
    """What is no longer ticked is withdrawn; on its last day it works, and then no more."""
    asked(house)
    link = house.link("B-1")
    assert campaigns.asked_by_link(house.app, link).answered_on is None
    campaigns.answer_by_link(house.app, link, YES)
    house.clock.advance(FIRST_LASTS - timedelta(days=1))
    assert campaigns.asked_by_link(house.app, link).answers == YES
    less = replace(YES, wants=frozenset(), shown=frozenset())
    assert campaigns.answer_by_link(house.app, link, less).answers == less
    kept = stores.read(house.app.store, lambda records: records.consents.of(house.key("B-1")))
    withdrawn = {one.purpose for one in kept if one.withdrawn_on is not None}
    assert withdrawn == {Purpose.LLO_ADVICE, Purpose.SHOW_FUNCTION}
    house.clock.advance(timedelta(days=1))
    for use in (lambda: campaigns.asked_by_link(house.app, link), lambda: campaigns.object_by_link(house.app, link)):
        with pytest.raises(NotLoggedIn, match="first_spent"):
            use()


def test_no_is_an_answer_that_agrees_to_nothing(house: House) -> None:
    """No consent is written, no reminder comes, and no objection; the other button objects."""
    asked(house)
    campaigns.answer_by_link(house.app, house.link("B-1"), Answers())
    campaigns.object_by_link(house.app, house.link("B-2"))
    assert stores.read(house.app.store, lambda records: records.consents.of(house.key("B-1"))) == []
    objections = stores.read(house.app.store, lambda records: records.consents.objections())
    assert set(objections) == {house.key("B-2")}
    house.clock.advance(REMIND_AFTER)
    assert campaigns.advance(house.app, JOB) == 1
    figures = house.figures()
    assert (figures.answered, figures.nothing, figures.silent, figures.reminded) == (2, 2, 1, 1)
    campaigns.answer_by_link(house.app, house.link("B-2"), YES)
    assert stores.read(house.app.store, lambda records: records.consents.objections()) == {}


def test_a_link_for_something_else_answers_nothing(house: House) -> None:
    """One to log in, and one that never was; and the link of the questions does not log in."""
    login = stores.write(house.app.store, lambda tx: tx.links.new(house.key("B-1"), "login", timedelta(days=1)))
    for secret in (login, "never"):
        with pytest.raises(NotLoggedIn):
            campaigns.answer_by_link(house.app, secret, YES)
    first = stores.write(house.app.store, lambda tx: tx.links.new(house.key("B-1"), FIRST, FIRST_LASTS))
    assert stores.write(house.app.store, lambda tx: tx.links.use(first, "login")) is None


def test_who_answered_can_be_ranked(house: House) -> None:
    """The list of whom can be ranked counts the yes at once."""
    asked(house)

    def mentors() -> int:
        (told,) = campaigns.standing(house.app, COORDINATOR)
        return next(kind.ranked for kind in told.kinds if kind.kind == "mentor")

    assert mentors() == 0
    campaigns.answer_by_link(house.app, house.link("B-1"), YES)
    assert mentors() == 1


# ---- what remains


def test_figures_of_few_are_for_the_own_coordinator(house: House) -> None:
    """Another asker sees no count from which somebody could be told: None below ten, and zero."""
    asked(house)
    campaigns.answer_by_link(house.app, house.link("B-1"), YES)
    own = house.figures()
    assert (own.asked, own.answered, own.agreed[Purpose.MENTOR]) == (3, 1, 1)
    (others,) = campaigns.figures(house.app, COMMAND_LINE, "Noord")
    assert (others.asked, others.answered, others.unsent) == (None, None, 0)
    assert set(others.agreed.values()) == {None, 0}


def test_one_who_was_merged_is_not_asked_again(house: House) -> None:
    """Who stays takes over that the other was asked, and gives it back when they are two again."""
    asked(house)
    house.add("B-9", email=None)
    merge = duplicates.merge(house.app, COMMAND_LINE, "B-9", "B-1", school="Noord")
    assert stores.read(house.app.store, lambda records: records.campaigns.of(house.key("B-9"))) is not None
    assert campaigns.send(house.app, COORDINATOR).mails == 0
    duplicates.undo_merge(house.app, COMMAND_LINE, merge)
    assert stores.read(house.app.store, lambda records: records.campaigns.of(house.key("B-9"))) is None
    assert stores.read(house.app.store, lambda records: records.campaigns.of(house.key("B-1"))) is not None


def test_known_data_tell_of_the_campaign(house: House) -> None:
    """Who asks what is known is told when he or she was asked and answered (AVG 15)."""
    asked(house)
    campaigns.answer_by_link(house.app, house.link("B-1"), YES)
    told = privacy.known(house.app, house.alumnus("B-1"))["first_yes"]
    assert told == {"asked_on": AS_OF.isoformat(), "reminded_on": None, "answered_on": AS_OF.isoformat()}
    assert privacy.known(house.app, COMMAND_LINE, "B-2")["first_yes"]["answered_on"] is None


def test_a_student_is_ranked_from_the_day_of_leaving(house: House) -> None:
    """And not a day earlier, whatever was agreed to."""
    leaves = AS_OF + timedelta(days=10)
    asked(house)
    house.add("B-1", left_on=leaves)
    campaigns.answer_by_link(house.app, house.link("B-1"), YES)

    def ranked(on: date) -> int:
        house.clock.day = on
        (told,) = campaigns.standing(house.app, COORDINATOR)
        return next(kind.ranked for kind in told.kinds if kind.kind == "mentor")

    assert [ranked(leaves - timedelta(days=1)), ranked(leaves)] == [0, 1]
