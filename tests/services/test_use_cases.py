"""Every use case by one table: what it notes in the log, and who is refused.

A use case is a public function of `matcher/services/` whose first parameter is the app. One without a line here fails
the tests, and so does a line without a use case.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from matcher import sources
from matcher.domain.aftercare import How, Outcome
from matcher.domain.demands import Why
from matcher.domain.feedback import AnswerForm, Question, link_of
from matcher.domain.first_yes import FACTS, FIRST, NEWCOMER_LASTS, REMIND_AFTER, YEAR, Answers, Want
from matcher.domain.invitations import Answer, AnswerKind, Approval, Reason
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.ledger import Benefit
from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.own_list import Reason as NotWanted
from matcher.domain.places import Coordinates
from matcher.domain.records import Moment, Offering, Qualification, RecordKind, Request
from matcher.domain.segments import Criteria
from matcher.errors import Forbidden, NotLoggedIn
from matcher.exchange.catalogue import catalogue_of
from matcher.matching.tilt import Tilt
from matcher.policy import COMMAND_LINE, JOB, LOGIN_ROLES, VISITOR, Action, Asker, Role, table
from matcher.ports import Letter
from matcher.repositories.uploads import ASKED, DONE, LOOKING, WRITING
from matcher.repositories.values import Mail, Upsert
from matcher.services import (
    access,
    aftercare,
    approval,
    audit,
    backups,
    batches,
    browsing,
    calendars,
    campaigns,
    catalogue,
    columns,
    conflicts,
    connectors,
    demands,
    disputes,
    door,
    due,
    due_sources,
    duplicates,
    erasure,
    evaluation,
    exports,
    exposure,
    facts,
    feedback,
    feeds,
    figures,
    gatherings,
    grades,
    health,
    history,
    imports,
    inbox,
    indexes,
    invitations,
    keys,
    ledger,
    matching,
    messages,
    missed,
    offers,
    own_fields,
    own_list,
    own_meanings,
    plans,
    privacy,
    programmes,
    proposals,
    questions,
    recognition,
    replay,
    reports,
    retention,
    school_settings,
    segment_messages,
    segments,
    students,
    subscriptions,
    talks,
    trials,
    undo,
    uploads,
    vocabularies,
    waiting,
    wishes,
    work,
)
from matcher.services.app import App
from matcher.services.browsing import Slice
from matcher.services.conflicts import Pair
from matcher.services.directory import Filter, newest_courses, newest_directory
from matcher.services.matching import PairOfIds
from matcher.services.sourcing import Syncing
from matcher.sources import students as students_of_source
from matcher.store import schema
from matcher.store.backups import FileBackups
from matcher.store.sql_store import SqlStore
from tests.sources.people import enrolment_6, person_6
from tests.support import esco, fresh, stores
from tests.support.apps import Engine, app_of
from tests.support.cards import handle
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.files import text
from tests.support.region import store_in
from tests.support.sources import use_cases
from tests.support.worlds import AS_OF

ISSUER = "https://login.example"
ADDRESS = "a1@voorbeeld.example"
MAILBOX = "antwoord@school.example"
WISH = Request(request_id="", kind=RequestKind.GUEST_LESSON, title="wondzorg", school="Noord")
OFFERED = Offering(offering_id="", provider="Noord", title="Cursus wondzorg")
OFFERS = "what one's own organisation offers: nothing of people"
TOMORROW = Moment(datetime(2027, 3, 2, 13), datetime(2027, 3, 2, 15))
QUESTION = questions.Wanted(text="gastles wondzorg dinsdagmiddag", school="Noord")
SANNE = door.Entry(
    "Sanne", "", "Vos", "sanne@voorbeeld.example", "", "Kok", 2020, student=False, born_on=date(2000, 5, 1)
)
ANSWERS = Answers(frozenset({Want.COURSES}))
OWN_LINK = "the alumnus with the link sees what he or she answered, and no one else"
FIRST_PAGE = Slice(1, 20)
TALK_AT = datetime.combine(AS_OF, time(10), UTC) + timedelta(days=1)
CALLED = aftercare.Entry(How.PHONE, Outcome.NO_CONTACT)
OTHER_WEIGHTS = "[kinds.mentor]\nversion = 9\nweights = { similarity = 1.0 }\n"
OWN_FILE = "a file that the asker's own school sent, and what was made of it: no record is read"
COURSE_OF_SOURCE = {"courseOfferingId": "W-1", "name": "Cursus wondzorg", "organisationId": "Noord"}
COURSES_FILE = json.dumps([COURSE_OF_SOURCE])
SOURCE = connectors.Wanted("Regio", "oeapi", "https://bron.example")
COURSES_READ = sources.read("oeapi", [COURSE_OF_SOURCE], AS_OF)


STUDENTS_FILE = json.dumps([person_6(), enrolment_6()])
STUDENTS_READ = students_of_source.read([person_6(), enrolment_6()], AS_OF, school="Noord")


def one_programme(url: str, **_: object) -> object:
    """RIO with one old qualification."""
    found = {"code": "92640", "naam": "Verzorgende-IG", "niveau": "MBO-3", "uri": url}
    return {"_embedded": {"mboKwalificaties": [found]}}


def one_student(url: str, **_: object) -> object:
    """A server of OEAPI with one person and a finished enrolment."""
    return {"items": [person_6() if "/persons?" in url else enrolment_6()], "hasNextPage": False}


def competent_answers(url: str, **_: object) -> object:
    """Answers as CompetentNL: one skill, and no relations."""
    return esco.page([("care", "HumanCapability", "prefLabel", "wondzorg")] if "label" in url else [])


def one_course(url: str, **_: object) -> object:
    """A server of OEAPI with one offering, which stands among the courses."""
    return {"items": [COURSE_OF_SOURCE], "hasNextPage": False} if "/courses?" in url else []


class OneCourse:
    """A server of OEAPI with one course."""

    def __call__(self, token: str, memory: object) -> AbstractContextManager[Any]:
        """It needs no token, and answers anew."""
        del token, memory
        return nullcontext(one_course)


STEPS = (
    {
        "ahead.work_ahead",
        "answers.account",
        "answers.answer",
        "answers.standing_of",
        "matching.place_of",
        "matching.ranked",
        "matching.unsaved",
        "questions.as_question",
        "remembered.found",
        "remembered.remember",
        "replay.verdict",
        "erasure.finish",
        "sourcing.synced",
        "invitations.asks_at_once",
        "proposals.decides",
    }
    | {f"groups.{step}" for step in ("able_by_area", "can_be_asked", "members")}
    | {f"pools.{step}" for step in ("newest_pool", "pool_of_list", "pool_then")}
    | {
        f"admission.{step}"
        for step in ("advised", "agreeing", "agreement", "candidate", "open_to", "refuse", "talk_with")
    }
)
"""Steps that several use cases share: each caller asks for a right and notes what is shown.

`asks_at_once` and `decides` say what the asker may do with what was asked for before. `erasure.finish` cleans files of
what erasures that were asked for and noted have left; every process does it. `ahead.work_ahead` shows nothing.
"""
_MOMENTS = count(1)


class Post:
    """A mail server that takes everything."""

    def send(self, to: str, subject: str, text: str, *, message_id: str = "", letter: Letter | None = None) -> None:
        """Delivered."""

    def abort(self) -> None:
        raise AssertionError


class NoNames:
    """DNS, where no server answers."""

    def texts(self, name: str) -> list[str] | None:
        """None."""

    def exists(self, name: str) -> bool | None:
        """None."""


CALENDAR = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20270302T180000Z\nEND:VEVENT\nEND:VCALENDAR\n"


class Address:
    """An address on the internet that gives one calendar."""

    def fetch(self, url: str) -> bytes:  # noqa: ARG002 - whichever it is
        """An evening."""
        return CALENDAR


@dataclass
class House:
    """The region in a database of its own, and what a use case needs to find there."""

    folder: Path
    app: App
    own: int
    """The random key of A-1."""

    def asker(self, role: Role) -> Asker:
        """An asker of this role: of Noord, and A-1 for an alumnus."""
        without_account = {Role.COMMAND_LINE: COMMAND_LINE, Role.JOB: JOB, Role.VISITOR: VISITOR}
        return without_account.get(role) or Asker(77, role, "Noord", self.own if role is Role.ALUMNUS else None)

    def alumnus_key(self, id_: str) -> int:
        return stores.key_of(self.app.store, RecordKind.ALUMNI, id_, "Noord")

    def request_key(self) -> int:
        return stores.key_of(self.app.store, RecordKind.REQUESTS, "R-1", "Noord")

    @property
    def card(self) -> str:
        """The handle of A-1 on the cards of R-1."""
        return handle(self.app.store, "R-1", "A-1")

    def invited(self) -> int:
        """A-1 was invited for R-1; the key of the request."""
        invitations.invite(self.app, self.asker(Role.TEACHER), "R-1", self.card)
        return self.request_key()

    def accepted(self) -> str:
        """A-1 was invited for R-1 and said yes; the id of the request."""
        invitations.reply(self.app, self.asker(Role.ALUMNUS), self.invited(), accepts=True)
        return "R-1"

    def source(self, *, is_on: bool = False) -> int:
        """A source of courses; its key."""
        key = connectors.save(self.app, self.asker(Role.ADMINISTRATOR), SOURCE)
        if is_on:
            connectors.switch(self.app, self.asker(Role.ADMINISTRATOR), key, is_on=True)
        return key

    def held(self) -> tuple[int, str]:
        """A source of which a reading was held; its key, and what was held."""
        key = self.source()
        held = {"digest": "x", "before": 10, "now": 1}
        stores.write(self.app.store, lambda tx: tx.connectors.put(key, held=held))
        return key, "x"

    def code(self) -> str:
        """A code that A-1 shows."""
        return talks.new_code(self.app, self.asker(Role.ALUMNUS)).code

    def talking(self) -> str:
        """An adviser talks with A-1; the id."""
        talks.open_by(self.app, self.asker(Role.ADVISER), self.code())
        return "A-1"

    def listed(self) -> str:
        """A course was chosen for A-1 in a talk; the id of A-1."""
        talks.choose(self.app, self.asker(Role.ADVISER), self.talking(), "C-1")
        return "A-1"

    def meeting(self) -> int:
        """The key of an appointment of an adviser with A-1."""
        return talks.meet(self.app, self.asker(Role.ADVISER), self.talking(), TALK_AT)

    def vocabulary(self) -> str:
        """A vocabulary is in use; its name."""
        return vocabularies.import_esco(self.app, COMMAND_LINE, [esco.written(self.folder / "esco")], "1.2").name

    def declined_course(self) -> int:
        """A-1 said that a course is not for them; the key of that."""
        return own_list.decline(self.app, self.asker(Role.ALUMNUS), "offerings", "C-1", NotWanted.TOO_FAR)

    def disputed(self) -> int:
        """A-1 asked about the list of R-1; the key of that."""
        disputes.ask(self.app, self.asker(Role.ALUMNUS), "R-1", school="Noord")
        with self.app.store.read() as records:
            return records.disputes.of(self.own)[0].key

    def mail(self) -> int:
        """A message to A-1 that waits; its key."""
        self.invited()
        (mail,) = messages.listed(self.app, COMMAND_LINE)
        return mail.key

    def link(self, purpose: str) -> str:
        """The secret of a link by mail to A-1."""
        return stores.write(self.app.store, lambda tx: tx.links.new(self.own, purpose, timedelta(days=1)))

    def only_a_code(self) -> None:
        """A-1 has a diploma of which a code alone is known."""
        values = {"qualifications": (Qualification("92640"),)}
        stores.upsert(self.app.store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", values)])

    def linked(self) -> None:
        """A-1 linked an eduID."""
        row = (ISSUER, "p-eduid", Role.ALUMNUS, "Noord", self.own)
        stores.write(self.app.store, lambda tx: tx.accounts.save(*row))

    def came_by_link(self) -> None:
        """The account of A-1 as asker is that of a login by a mailed link."""
        table = schema.accounts
        row = {"key": self.asker(Role.ALUMNUS).key, "issuer": access.LINK_ISSUER, "subject": str(self.own)}
        row |= {"role": "alumnus", "school": "Noord", "alumnus_key": self.own, "created_at": datetime(2027, 3, 1)}
        self.app.store._database.write(lambda connection: connection.execute(table.insert(), row))

    def asked_on_card(self) -> tuple[str, str]:
        """A request, and the handle of A-1, who was invited for it."""
        self.invited()
        return "R-1", self.card

    def offered(self) -> str:
        """The id of what the asker's organisation offers."""
        return offers.save(self.app, self.asker(Role.PARTNER), OFFERED)

    def offerings(self) -> list[Offering]:
        """What the asker's organisation offers."""
        self.offered()
        return offers.mine(self.app, self.asker(Role.PARTNER))

    def asked_list(self) -> matching.AskedList:
        """What a teacher asked for, to be answered."""
        return matching.asked_list(self.app, self.asker(Role.TEACHER), "R-1")

    def asked_yesterday(self) -> tuple[str, str]:
        """The same, a day later."""
        asked = self.asked_on_card()
        self.later(timedelta(days=1))
        return asked

    def proposed(self) -> tuple[str, str]:
        """A request, and the number of A-1, whom a teacher proposed to invite for it."""
        app = replace(self.app, approvals={RequestKind.GUEST_LESSON: Approval.COORDINATOR})
        invitations.invite(app, self.asker(Role.TEACHER), "R-1", self.card)
        return "R-1", "A-1"

    def far_away(self) -> int:
        """A request that was too far for A-1, who was proposed a distance."""
        there = {"town:emmen": Coordinates(52.78, 6.9), "town:breda": Coordinates(51.59, 4.78)}
        stores.write(self.app.store, lambda tx: tx.places.add(there))
        lesson = {"kind": RequestKind.GUEST_LESSON, "title": "wondzorg", "town": "Breda"}
        stores.upsert(self.app.store, RecordKind.REQUESTS, [Upsert(2, "R-FAR", "Noord", lesson)])
        town = {"town": "Emmen", "pc4": None, "max_distance_km": None}
        stores.upsert(self.app.store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", town)])
        invitations.invite(self.app, COMMAND_LINE, "R-FAR", "A-1", school="Noord")
        key = stores.key_of(self.app.store, RecordKind.REQUESTS, "R-FAR", "Noord")
        answer = Answer(AnswerKind.NO, Reason.TOO_FAR)
        invitations.reply(self.app, self.asker(Role.ALUMNUS), key, answer=answer)
        return key

    def too_late(self) -> None:
        """The term to answer an invitation is over."""
        self.invited()
        clock: Any = self.app.clock
        clock.advance(timedelta(days=9))

    def concept(self) -> str:
        """The id of a request that is not open yet."""
        return demands.create(self.app, self.asker(Role.TEACHER), WISH, concept=True)

    def over(self) -> str:
        """The id of a request that had its turn."""
        return demands.create(self.app, self.asker(Role.TEACHER), WISH)

    def reply_link(self) -> str:
        return self.link(f"reply {self.invited()}")

    def mail_link(self) -> str:
        """The secret by which a mail is stopped."""
        purpose = subscriptions.purpose_of("invited", self.request_key())
        lasts = timedelta(days=1)
        return stores.write(self.app.store, lambda tx: tx.links.new(self.own, purpose, lasts, spoken=True))

    def reply(self, text: str) -> bytes:
        """A reply to the mail of an invitation."""
        self.invited()
        (local, _, domain), token = MAILBOX.partition("@"), self.mail_link()
        return f"To: {local}+{token}@{domain}\nMessage-ID: <1@voorbeeld.example>\n\n{text}\n".encode()

    def doubt(self) -> int:
        """The key of a reply that a person has to read."""
        return stores.write(self.app.store, lambda tx: tx.inbox.doubt(self.own, None, "doubt", "misschien"))

    def late_doubt(self) -> int:
        """The key of one that nobody read in time."""
        key = self.doubt()
        assert isinstance(self.app.clock, FixedClock)
        self.app.clock.advance(timedelta(days=31))
        return key

    def session(self) -> str:
        """The secret of the session of a coordinator."""
        return access.enter_with_token(self.app, VISITOR, self.token().secret).secret

    def token(self) -> access.IssuedToken:
        return access.new_token(self.app, COMMAND_LINE, "laptop", Role.COORDINATOR, "Noord")

    def account(self) -> tuple[str, str]:
        access.grant(self.app, COMMAND_LINE, ISSUER, "p1", role=Role.COORDINATOR, school="Noord")
        return ISSUER, "p1"

    def demo(self) -> None:
        """The demo made this database."""
        stores.write(self.app.store, lambda tx: tx.installation.set_once(access.DEMO_ISSUER, "Noord"))

    def calendar(self) -> int:
        """The key of a calendar of A-1."""
        return calendars.import_file(self.app, self.asker(Role.ALUMNUS), CALENDAR).key

    def conflict(self) -> Pair:
        conflicts.declare(self.app, COMMAND_LINE, Pair("R-1", "A-1", "Noord"))
        return Pair("R-1", self.card)

    def left(self) -> str:
        """The number of an alumnus who left a hundred days ago: A-1."""
        row = Upsert(2, "A-1", "Noord", {"left_on": AS_OF - timedelta(days=100)})
        stores.upsert(self.app.store, RecordKind.ALUMNI, [row])
        return row.id

    def contacted(self) -> int:
        """The key of a contact with A-1, who left."""
        return aftercare.add(self.app, self.asker(Role.COORDINATOR), self.left(), CALLED)

    def objecting(self) -> str:
        """A-1, who left, objects to the register of aftercare."""
        aftercare.object_to(self.app, self.asker(Role.ALUMNUS), objects=True)
        return self.left()

    def entry(self) -> int:
        """The key of an entry of A-1."""
        return ledger.add(self.app, self.asker(Role.COORDINATOR), "A-1", ledger.Entry(hours=1.5, students=24))

    def logged_ranking(self) -> int:
        """The number of the entry of a ranking."""
        matching.match(self.app, COMMAND_LINE, "R-1")
        return stores.log(self.app.store, limit=1)[0].id

    def closed(self) -> str:
        """A school that works on one area."""
        school_settings.choose(self.app, self.asker(Role.COORDINATOR), "areas", {"areas": ["C"]})
        return "Noord"

    def contact(self) -> str:
        """The school, which says whom to ask about data."""
        school_settings.choose(
            self.app, self.asker(Role.COORDINATOR), "privacy", {"contact_mail": ["fg@noord.example"]}
        )
        return "Noord"

    def question(self) -> int:
        """The key of a question that Noord parked."""
        return school_settings.park(self.app, self.asker(Role.COORDINATOR), "areas", "Wie belt?", "FG", None)

    def own_ranking(self) -> int:
        """The number of the entry of a ranking by the own school."""
        matching.match(self.app, self.asker(Role.COORDINATOR), "R-1")
        return stores.log(self.app.store, limit=1)[0].id

    def copies(self) -> FileBackups:
        """What makes and restores back-ups of this database."""
        return FileBackups(f"sqlite:///{self.folder / 'region.db'}", self.app.clock)

    def copy(self) -> Path:
        """A back-up."""
        self.copies().save(self.folder / "copy.db")
        return self.folder / "copy.db"

    def empty(self) -> None:
        """The database holds nothing yet."""
        url = f"sqlite:///{self.folder / 'empty.db'}"
        store = SqlStore(url, clock=self.app.clock)
        fresh.migrate(store)
        self.app = App(store, self.app.engine, self.app.clock)

    def imported(self) -> str:
        """The id of an import that can be taken back."""
        return stores.write(self.app.store, lambda tx: tx.imports.begin(RecordKind.ALUMNI, "Noord", "list.xlsx"))

    def own_field(self) -> str:
        """The name of an own field of Noord, which A-1 has."""
        spec = OwnSpec("Hobby", OwnKind.CHOICE, choices=("zeilen", "lezen"))
        row = Upsert(2, "A-1", "Noord", {"own:Hobby": "zeilen"})
        stores.write(
            self.app.store, lambda tx: (tx.own_fields.add("Noord", spec), tx.imports.upsert(RecordKind.ALUMNI, [row]))
        )
        return spec.name

    def merged(self) -> str:
        """The id of a merge of A-2 into A-1."""
        return duplicates.merge(self.app, COMMAND_LINE, "A-1", "A-2", school="Noord")

    def never_asked(self) -> str:
        """The number of an alumnus of Noord with an address who never said yes or no; mail can be sent."""
        row = Upsert(2, "B-1", "Noord", {"email": "b1@voorbeeld.example", "function": "kok"})
        stores.upsert(self.app.store, RecordKind.ALUMNI, [row])
        self.app = replace(self.app, sends_mail=True)
        return row.id

    def silent(self) -> None:
        """B-1 was asked for a first yes two weeks ago, and did not answer."""
        self.never_asked()
        campaigns.send(self.app, self.asker(Role.COORDINATOR))
        messages.deliver(self.app, JOB, Post(), compose)
        self.later(REMIND_AFTER)

    def segment(self) -> str:
        """The id of a segment of all alumni of Noord, of whom A-1 agreed to giving feedback; mail can be sent."""
        self.app = replace(self.app, sends_mail=True)
        me = self.asker(Role.ALUMNUS)
        privacy.give(self.app, me, Purpose.FEEDBACK, given=True)
        return segments.add(self.app, self.asker(Role.COORDINATOR), "Allemaal", Criteria()).id

    def form(self) -> str:
        """The id of questions of Noord."""
        asked = [Question(AnswerForm.SCALE, "Hoe goed?")]
        return feedback.add_form(self.app, self.asker(Role.COORDINATOR), "Vragen", asked).id

    def message(self) -> str:
        """The id of a message with questions to A-1, which is not approved."""
        draft = segment_messages.Draft(self.segment(), Purpose.FEEDBACK, "Vragen", "Zeg het.", self.form())
        return segment_messages.write(self.app, self.asker(Role.COORDINATOR), draft).id

    def approved(self) -> str:
        """The id of such a message, once its writer approved it, for lack of anybody else."""
        id_ = self.message()
        return segment_messages.approve(self.app, self.asker(Role.COORDINATOR), id_).message.id

    def feedback_link(self) -> str:
        """The secret of the link to its questions."""
        id_ = self.approved()
        (message,) = stores.read(self.app.store, lambda records: records.segment_messages.listed(id_=id_))
        return self.link(link_of(message.key))

    def later(self, by: timedelta) -> None:
        assert isinstance(self.app.clock, FixedClock)
        self.app.clock.advance(by)

    def door(self) -> str:
        """The code of an open door."""
        return door.open_door(self.app, self.asker(Role.COORDINATOR)).code

    def came_in(self) -> str:
        """Somebody came in by a door; the secret of the link that confirms the address."""
        door.knock(self.app, VISITOR, self.door(), SANNE)
        (mail,) = stores.mails(self.app.store)
        newcomer = int(mail.link.partition(" ")[2])
        return stores.write(self.app.store, lambda tx: tx.newcomers.new_secret(newcomer)) or ""

    def upload(self, state: str = ASKED) -> str:
        """The id of a file that a coordinator of Noord sent: looked at, or imported."""
        by, content = self.asker(Role.COORDINATOR), [b"alumnus_id;voornaam\nB-1;Ada\n"]
        told = {"import_id": self.imported()}
        sent = {
            "school": "Noord",
            "kind": "alumni",
            "file": "in.csv",
            "wishes": {"school": "Noord"},
            "content": content,
        }
        upload = stores.write(self.app.store, lambda tx: tx.uploads.add(**sent, state=LOOKING), by)  # type: ignore[arg-type]
        if state != LOOKING:
            outcome = {"told": {"nl": told, "en": told}}
            stores.write(self.app.store, lambda tx: tx.uploads.put(upload, state=state, outcome=outcome), by)
        return upload.id

    def pair_to_judge(self) -> int:
        """A pair that the coordinator is to judge; its key."""
        grades.draw(self.app, self.asker(Role.COORDINATOR))
        pair = grades.sitting(self.app, self.asker(Role.COORDINATOR)).pair
        assert pair is not None
        return pair.key

    def other_weights(self) -> None:
        """Other weights are in use."""
        evaluation.use(self.app, COMMAND_LINE, OTHER_WEIGHTS)

    def run(self) -> batches.Recommendations:
        """Courses for all alumni, in one run."""
        return batches.recommend_all(self.app, COMMAND_LINE, "offerings", top=3)

    def file(self, content: str) -> Path:
        return text(self.folder / "in.csv", content)

    def seen(self) -> tuple[int, int]:
        """The number of the newest entry of the log, 0 for none, and the data revision."""
        entries = stores.log(self.app.store, limit=1)
        return entries[0].id if entries else 0, stores.revision(self.app.store)

    def noted_since(self, newest: int) -> set[tuple[str, str]]:
        """The (action, role) of the entries that are newer."""
        entries = stores.log(self.app.store, limit=1000)
        return {(one.action, one.role) for one in entries if one.id > newest}


def compose(mail: Mail, secret: str) -> Letter:
    return Letter(mail.message, secret)


Arguments = Callable[[House], tuple[Any, ...]]


def none(_: House) -> tuple[Any, ...]:
    return ()


def after(_: object, *arguments: Any) -> tuple[Any, ...]:
    """The arguments, once something else was done first."""
    return arguments


@dataclass(frozen=True)
class Line:
    """One use case.

    `may`: the role of an asker who may. `needs`: the right that it asks of the table; None where it asks none, and then
    `open_because` says why. `noted`: the action in the log; None where there is none, and then `unnoted_because` says
    why. `by`: the role in that entry, where it is another than that of the asker. `arguments` prepares the region and
    gives what comes after the asker.
    """

    use_case: Callable[..., Any]
    may: Role
    needs: Action | None
    noted: str | None
    arguments: Arguments = none
    named: Mapping[str, Any] = field(default_factory=dict)
    by: Role | None = None
    open_because: str = ""
    unnoted_because: str = ""
    link: bool = False
    """Whether it takes the secret of a link in place of an asker."""

    @property
    def name(self) -> str:
        return f"{self.use_case.__module__.rpartition('.')[2]}.{self.use_case.__name__}"

    def call(self, house: House, role: Role, arguments: tuple[Any, ...]) -> Any:
        askers = () if self.link else (house.asker(role),)
        return self.use_case(house.app, *askers, *arguments, **self.named)


def planned(house: House) -> str:
    """A plan of the next month; its id."""
    return plans.make(house.app, house.asker(Role.COORDINATOR), AS_OF, AS_OF + timedelta(days=30)).id


AS_TEXT = matching.AsSent("text", lambda ranking, _: str(len(ranking.matches)).encode())
CLI, TEACHER, COORDINATOR, ALUMNUS = Role.COMMAND_LINE, Role.TEACHER, Role.COORDINATOR, Role.ALUMNUS
ADMINISTRATOR = Role.ADMINISTRATOR
OWN_SESSIONS = "shows the account that asks its own sessions, and nothing of people"
EACH_REQUEST = "comes with each request: it finds out who asks, and what is then done is noted by that use case"
ORGANISATIONS = "names of organisations: nothing of people"
LETTERS = "what the own school wrote to all who come: nothing of one alumnus"
REQUESTS = "requests without the address of the requester: nothing of people"
COUNTS = "counts, with nothing of one alumnus"
OWN_QUESTION = "the alumnus who asks sees what he or she was asked, and no one else"
WITH_RANKING = "random keys and steps, next to a ranking of the same request that is noted as match"
LINES = [
    # access
    Line(
        access.session, Role.VISITOR, Action.LOGIN, None, lambda house: (house.session(),), unnoted_because=EACH_REQUEST
    ),
    Line(
        access.token_holder,
        Role.VISITOR,
        Action.LOGIN,
        None,
        lambda house: (house.token().secret,),
        unnoted_because=EACH_REQUEST,
    ),
    Line(
        access.enter_with_token,
        Role.VISITOR,
        Action.LOGIN,
        "login",
        lambda house: (house.token().secret,),
        by=COORDINATOR,
    ),
    Line(
        access.enter_with_link,
        Role.VISITOR,
        Action.LOGIN,
        "login",
        lambda house: (house.link(access.LINK_ISSUER),),
        by=ALUMNUS,
    ),
    Line(
        access.enter_from_school,
        Role.VISITOR,
        Action.LOGIN,
        "login",
        lambda _: (access.SchoolLogin(ISSUER, "p1", "Noord", staff=True),),
        by=TEACHER,
    ),
    Line(
        access.enter_with_eduid,
        Role.VISITOR,
        Action.LOGIN,
        "login",
        lambda house: after(house.linked(), access.SchoolLogin(ISSUER, "p-eduid", None, staff=False, alumnus=True)),
        by=ALUMNUS,
    ),
    Line(
        access.link_eduid,
        ALUMNUS,
        Action.PERSON_CORRECT,
        "login.linked",
        lambda house: after(house.came_by_link(), ISSUER, "p-eduid"),
    ),
    Line(access.unlink_eduid, ALUMNUS, Action.PERSON_CORRECT, "login.unlinked", lambda house: after(house.linked())),
    Line(
        access.has_eduid,
        ALUMNUS,
        Action.PERSON_CORRECT,
        None,
        unnoted_because="tells the alumnus of their own way to log in, and nothing else",
    ),
    Line(
        access.enter_demo,
        Role.VISITOR,
        Action.LOGIN,
        "login",
        lambda house: after(house.demo(), COORDINATOR, "Noord"),
        by=COORDINATOR,
    ),
    Line(
        access.demo_schools,
        Role.VISITOR,
        Action.LOGIN,
        None,
        lambda house: after(house.demo()),
        unnoted_because=ORGANISATIONS,
    ),
    Line(
        access.is_demo,
        Role.VISITOR,
        Action.LOGIN,
        None,
        lambda house: after(house.demo()),
        unnoted_because="tells of the installation, and nothing of people",
    ),
    Line(access.mark_demo, CLI, Action.ACCESS_MANAGE, "demo.mark", lambda house: after(house.empty(), "Noord")),
    Line(
        access.cast_demo,
        CLI,
        Action.ACCESS_MANAGE,
        "demo.cast",
        lambda house: after(house.demo(), "Noord", ["A-1"]),
    ),
    Line(access.note_failure, Role.VISITOR, Action.LOGIN, "login.failed", lambda _: ("link_spent",)),
    Line(access.sessions, TEACHER, Action.SESSION, None, unnoted_because=OWN_SESSIONS),
    Line(
        access.leave,
        TEACHER,
        Action.SESSION,
        "logout",
        lambda house: (house.session(),),
        by=COORDINATOR,
    ),
    Line(access.leave_everywhere, TEACHER, Action.SESSION, "logout.everywhere"),
    Line(
        access.new_token,
        CLI,
        Action.USERS_MANAGE,
        "token.new",
        lambda _: ("laptop", Role.TEACHER, "Noord"),
    ),
    Line(access.tokens, CLI, Action.USERS_MANAGE, None, unnoted_because="systems, without secrets: nothing of people"),
    Line(
        access.revoke_token,
        CLI,
        Action.USERS_MANAGE,
        "token.revoke",
        lambda house: (house.token().key,),
    ),
    Line(
        access.grant,
        CLI,
        Action.USERS_MANAGE,
        "account.grant",
        lambda _: (ISSUER, "p1"),
        {"role": COORDINATOR, "school": "Noord"},
    ),
    Line(access.end_account, CLI, Action.USERS_MANAGE, "account.end", lambda house: house.account()),
    Line(
        access.users,
        Role.ADMINISTRATOR,
        Action.USERS_MANAGE,
        None,
        lambda house: after(house.account(), ISSUER),
        unnoted_because="shows who works at the own school by the name of the login service: no alumni",
    ),
    Line(access.end_all_sessions, CLI, Action.ACCESS_MANAGE, "account.logout"),
    # setting up
    Line(
        school_settings.look,
        COORDINATOR,
        Action.SETUP,
        None,
        unnoted_because="what the own school chose: nothing of people",
    ),
    Line(
        school_settings.closed_at,
        Role.VISITOR,
        None,
        None,
        lambda house: (house.closed(),),
        open_because="which areas a school works on is no secret, and says nothing of people",
        unnoted_because="nothing of people",
    ),
    Line(
        school_settings.contact_at,
        Role.VISITOR,
        None,
        None,
        lambda house: (house.contact(),),
        open_because="whom to ask about data is for everybody to know",
        unnoted_because="nothing of alumni",
    ),
    Line(
        school_settings.asks_at,
        Role.VISITOR,
        None,
        None,
        lambda _: ("Noord",),
        open_because="how often a school asks is no secret, and says nothing of people",
        unnoted_because="nothing of people",
    ),
    Line(
        school_settings.year,
        COORDINATOR,
        Action.FIGURES_READ,
        None,
        unnoted_because="counts of the own alumni, beside what the school can choose",
    ),
    Line(
        school_settings.choose,
        COORDINATOR,
        Action.SETUP,
        "setup",
        lambda _: ("areas", {"areas": ["A", "C"]}),
    ),
    Line(
        school_settings.park,
        Role.ADMINISTRATOR,
        Action.SETUP,
        "setup.park",
        lambda _: ("areas", "Wie belt?", "teamleider", AS_OF),
    ),
    Line(school_settings.settle, COORDINATOR, Action.SETUP, "setup.settle", lambda house: (house.question(),)),
    # the log
    Line(
        audit.page,
        Role.PRIVACY_OFFICER,
        Action.AUDIT_READ,
        None,
        unnoted_because="has people by random key only, and reading would add to the very log that is read",
    ),
    Line(
        audit.whole,
        Role.PRIVACY_OFFICER,
        Action.AUDIT_READ,
        None,
        unnoted_because="the log as it stands, as audit.page shows it",
    ),
    Line(
        audit.verify,
        Role.PRIVACY_OFFICER,
        Action.AUDIT_READ,
        None,
        unnoted_because="a verdict on the seals: nothing of people",
    ),
    Line(
        audit.search,
        Role.PRIVACY_OFFICER,
        Action.AUDIT_READ,
        None,
        lambda _: (audit.Wanted(),),
        unnoted_because="the log as it stands, as audit.page shows it",
    ),
    Line(
        audit.actions,
        Role.PRIVACY_OFFICER,
        Action.AUDIT_READ,
        None,
        unnoted_because="names of actions: nothing of people",
    ),
    Line(
        audit.entry,
        Role.PRIVACY_OFFICER,
        Action.AUDIT_READ,
        None,
        lambda house: (house.own_ranking(),),
        unnoted_because="one entry of the log, with the numbers of whom it names: no name",
    ),
    Line(audit.check, Role.PRIVACY_OFFICER, Action.AUDIT_READ, "audit.check"),
    Line(
        audit.last_check,
        Role.PRIVACY_OFFICER,
        Action.AUDIT_READ,
        None,
        unnoted_because="a day and a verdict on the seals: nothing of people",
    ),
    Line(
        replay.beside,
        Role.PRIVACY_OFFICER,
        Action.AUDIT_REPLAY,
        "audit.replay",
        lambda house: (house.own_ranking(),),
    ),
    Line(
        replay.place,
        Role.PRIVACY_OFFICER,
        Action.AUDIT_REPLAY,
        "audit.replay",
        lambda house: (house.own_ranking(), 1),
    ),
    Line(
        replay.replay,
        CLI,
        Action.AUDIT_REPLAY,
        None,
        lambda house: (house.logged_ranking(),),
        unnoted_because="says the same or not of a ranking that is in the log already, and shows no one in it",
    ),
    # batches, files
    Line(
        batches.recommend_all,
        CLI,
        Action.RECOMMEND_ALL,
        "recommend.all",
        lambda _: ("offerings",),
        {"top": 3},
    ),
    Line(
        exports.export_records,
        CLI,
        Action.EXPORT,
        "export",
        lambda house: (house.folder / "a.csv", RecordKind.ALUMNI),
    ),
    Line(
        exports.export_matches,
        CLI,
        Action.EXPORT_MATCHES,
        "export.matches",
        lambda house: (house.folder / "m.csv", "nl"),
    ),
    Line(
        exports.export_ledger,
        COORDINATOR,
        Action.LEDGER_EXPORT,
        "ledger.export",
        lambda house: (house.folder / "l.csv", "nl"),
    ),
    Line(
        exports.recommendations,
        CLI,
        Action.RECOMMEND_ALL,
        None,
        lambda house: (house.run(),),
        unnoted_because="a table of a run that `recommend_all` noted when it made it",
    ),
    Line(
        imports.import_records,
        CLI,
        Action.IMPORT,
        "import",
        lambda house: (house.file("alumnus_id;school;voornaam\nB-1;Noord;Noor\n"), RecordKind.ALUMNI),
    ),
    Line(
        vocabularies.import_esco,
        CLI,
        Action.VOCABULARY,
        "vocabulary",
        lambda house: ([esco.written(house.folder / "esco")], "1.2"),
    ),
    Line(
        vocabularies.import_competentnl,
        CLI,
        Action.VOCABULARY,
        "vocabulary",
        lambda _: (competent_answers, "https://bron.example"),
    ),
    Line(vocabularies.stop, CLI, Action.VOCABULARY, "vocabulary", lambda house: (house.vocabulary(),)),
    Line(
        vocabularies.in_use,
        Role.VISITOR,
        None,
        None,
        lambda house: after(house.vocabulary()),
        open_because="vocabularies are public: nothing of people",
        unnoted_because="vocabularies are public: nothing of people",
    ),
    Line(
        vocabularies.labels,
        COORDINATOR,
        Action.SKILLS,
        None,
        lambda house: after(house.vocabulary()),
        unnoted_because="labels that a request asks or five alumni state: nothing of one alumnus",
    ),
    Line(
        vocabularies.decide,
        COORDINATOR,
        Action.SKILLS,
        "skills",
        lambda house: after(house.vocabulary(), "wondzorg", f"{esco.URI}care"),
        {"confirmed": False},
    ),
    Line(
        feeds.sync_file,
        CLI,
        Action.IMPORT,
        "import",
        lambda house: (house.file(COURSES_FILE), "oeapi"),
        {"how": Syncing("Regio")},
    ),
    Line(
        feeds.sync,
        CLI,
        Action.IMPORT,
        "import",
        lambda _: (COURSES_READ, "oeapi"),
        {"file": "x", "how": Syncing("Regio")},
    ),
    Line(
        feeds.sync_server,
        CLI,
        Action.IMPORT,
        "import",
        lambda _: (one_course, "https://bron.example", "oeapi"),
        {"how": Syncing("Regio")},
    ),
    Line(
        programmes.complete,
        CLI,
        Action.IMPORT,
        "import",
        lambda house: after(house.only_a_code(), one_programme, "https://rio.example"),
    ),
    Line(
        programmes.read_links,
        CLI,
        Action.IMPORT,
        "import",
        lambda house: (house.file("oud;nieuw\n92640;25491\n"),),
    ),
    Line(
        recognition.read_file,
        CLI,
        Action.IMPORT,
        "import",
        lambda house: (house.file("leerbedrijf_id;crebo;erkend;gecontroleerd op\n1;25180;ja;2026-01-01\n"),),
    ),
    Line(
        recognition.ask_server,
        CLI,
        Action.IMPORT,
        "import",
        lambda _: (lambda url: {"erkend": bool(url)}, "https://sbb.example"),
    ),
    Line(
        students.sync_file,
        CLI,
        Action.IMPORT,
        "import",
        lambda house: (house.file(STUDENTS_FILE),),
        {"how": Syncing("SIS", "Noord")},
    ),
    Line(
        students.sync,
        CLI,
        Action.IMPORT,
        "import",
        lambda _: (STUDENTS_READ,),
        {"file": "x", "how": Syncing("SIS", "Noord")},
    ),
    Line(
        students.sync_server,
        CLI,
        Action.IMPORT,
        "import",
        lambda _: (one_student, "https://bron.example"),
        {"how": Syncing("SIS", "Noord")},
    ),
    Line(feeds.runs, CLI, Action.IMPORT, None, unnoted_because=COUNTS),
    Line(connectors.listed, ADMINISTRATOR, Action.SOURCES_MANAGE, None, unnoted_because=COUNTS),
    Line(
        connectors.one,
        ADMINISTRATOR,
        Action.SOURCES_MANAGE,
        None,
        lambda house: (house.source(),),
        unnoted_because=f"{COUNTS}, and remarks about courses",
    ),
    Line(connectors.save, ADMINISTRATOR, Action.SOURCES_MANAGE, "sources.manage", lambda _: (SOURCE,)),
    Line(
        connectors.switch,
        ADMINISTRATOR,
        Action.SOURCES_MANAGE,
        "sources.manage",
        lambda house: (house.source(),),
        {"is_on": True},
    ),
    Line(
        connectors.ask,
        ADMINISTRATOR,
        Action.SOURCES_MANAGE,
        "sources.manage",
        lambda house: (house.source(),),
        {"trial": True},
    ),
    Line(connectors.agree, ADMINISTRATOR, Action.SOURCES_MANAGE, "sources.manage", lambda house: house.held()),
    Line(
        connectors.removable,
        ADMINISTRATOR,
        Action.SOURCES_MANAGE,
        None,
        lambda house: (house.source(),),
        unnoted_because=COUNTS,
    ),
    Line(
        connectors.remove,
        ADMINISTRATOR,
        Action.SOURCES_MANAGE,
        "sources.manage",
        lambda house: (house.source(),),
        {"close": False},
    ),
    Line(
        due_sources.work,
        Role.JOB,
        Action.SOURCES_RUN,
        "sources.run",
        lambda house: after(house.source(is_on=True), OneCourse()),
    ),
    Line(
        duplicates.possible,
        COORDINATOR,
        Action.PERSON_MERGE,
        None,
        unnoted_because="numbers of the own school's alumni, with what is the same and without what it says",
    ),
    Line(
        duplicates.compared,
        COORDINATOR,
        Action.PERSON_MERGE,
        "person.compare",
        lambda _: ("A-1", "A-2"),
    ),
    Line(duplicates.different, COORDINATOR, Action.PERSON_MERGE, "person.different", lambda _: ("A-1", "A-2")),
    Line(duplicates.merge, COORDINATOR, Action.PERSON_MERGE, "person.merge", lambda _: ("A-1", "A-2")),
    Line(
        duplicates.merged,
        COORDINATOR,
        Action.PERSON_MERGE,
        None,
        unnoted_because="numbers of the own school's alumni; each merge is noted",
    ),
    Line(duplicates.undo_merge, COORDINATOR, Action.PERSON_MERGE, "person.unmerge", lambda house: (house.merged(),)),
    Line(undo.undo, CLI, Action.IMPORT, "import.undo", lambda house: (house.imported(),)),
    Line(undo.listed, CLI, Action.IMPORT, None, lambda house: after(house.imported()), unnoted_because=COUNTS),
    Line(
        own_fields.listed,
        COORDINATOR,
        Action.FIELDS_MANAGE,
        None,
        lambda house: after(house.own_field()),
        unnoted_because=COUNTS,
    ),
    Line(own_fields.add, COORDINATOR, Action.FIELDS_MANAGE, "fields.add", lambda _: (OwnSpec("Iets", OwnKind.TEXT),)),
    Line(own_fields.rename, COORDINATOR, Action.FIELDS_MANAGE, "fields.rename", lambda h: (h.own_field(), "Anders")),
    Line(
        own_fields.add_choices,
        COORDINATOR,
        Action.FIELDS_MANAGE,
        "fields.choices",
        lambda house: (house.own_field(), ["tekenen"]),
    ),
    Line(
        own_fields.correct,
        COORDINATOR,
        Action.PERSON_CORRECT,
        "person.correct",
        lambda house: (house.own_field(), "lezen"),
        {"alumnus_id": "A-1"},
    ),
    Line(
        own_fields.current,
        COORDINATOR,
        Action.PERSON_CORRECT,
        "person.read",
        lambda house: (house.own_field(),),
        {"alumnus_id": "A-1"},
    ),
    Line(own_fields.remove, COORDINATOR, Action.FIELDS_MANAGE, "fields.remove", lambda house: (house.own_field(),)),
    Line(
        own_fields.having,
        COORDINATOR,
        Action.ALUMNI_LIST,
        "alumni.list",
        lambda house: ({house.own_field(): "zeilen"},),
    ),
    Line(
        own_fields.shown,
        COORDINATOR,
        Action.ALUMNI_LIST,
        None,
        lambda house: ([house.own],),
        unnoted_because="stands next to a list of the same alumni, which is noted as alumni.list or as the ranking",
    ),
    Line(
        columns.look,
        CLI,
        Action.IMPORT,
        None,
        lambda house: (house.file("alumnus_id;school\nB-1;Noord\n"), RecordKind.ALUMNI),
        unnoted_because="it reads a file of the asker's, and no record",
    ),
    Line(
        uploads.send,
        COORDINATOR,
        Action.IMPORT,
        "import.send",
        lambda _: (uploads.Sent("in.csv", RecordKind.ALUMNI, io.BytesIO(b"alumnus_id\nB-1\n")),),
    ),
    Line(uploads.listed, COORDINATOR, Action.IMPORT, None, unnoted_because=OWN_FILE),
    Line(uploads.imported_otherwise, COORDINATOR, Action.IMPORT, None, lambda _: ([],), unnoted_because=OWN_FILE),
    Line(uploads.one, COORDINATOR, Action.IMPORT, None, lambda house: (house.upload(),), unnoted_because=OWN_FILE),
    Line(
        uploads.answer,
        COORDINATOR,
        Action.IMPORT,
        "import.answer",
        lambda house: (house.upload(), {}),
        {"write": True},
    ),
    Line(uploads.discard, COORDINATOR, Action.IMPORT, "import.discard", lambda house: (house.upload(),)),
    Line(
        uploads.work,
        Role.JOB,
        Action.IMPORT_RUN,
        "import",
        lambda house: (house.upload(WRITING) and None,),
        by=COORDINATOR,
    ),
    Line(uploads.undo, COORDINATOR, Action.IMPORT, "import.undo", lambda house: (house.upload(DONE),)),
    Line(
        uploads.annotated,
        COORDINATOR,
        Action.IMPORT,
        None,
        lambda house: (house.upload(), "nl"),
        unnoted_because=OWN_FILE,
    ),
    Line(
        imports.import_places,
        CLI,
        Action.IMPORT,
        "import",
        lambda house: (house.file("postcode;lat;lon\n8011;52.51;6.09\n"),),
    ),
    Line(
        backups.back_up,
        CLI,
        Action.BACKUP_MAKE,
        "backup",
        lambda house: (house.copies(), house.folder / "new.db"),
    ),
    Line(
        backups.back_up_in,
        Role.ADMINISTRATOR,
        Action.BACKUP_MAKE,
        "backup",
        lambda house: (house.copies(), house.folder),
    ),
    Line(
        backups.copies,
        Role.ADMINISTRATOR,
        Action.BACKUP_MAKE,
        None,
        lambda house: (house.folder,),
        unnoted_because="names, days and sizes of files",
    ),
    Line(
        backups.rehearse,
        CLI,
        Action.BACKUP,
        "backup.rehearse",
        lambda house: (house.copies(), house.copy()),
        {"without_journal": True},
    ),
    Line(
        backups.restore,
        CLI,
        Action.BACKUP,
        "backup.restore",
        lambda house: (house.copies(), house.copy()),
        {"sure": True, "without_journal": True},
    ),
    Line(
        health.examine,
        Role.ADMINISTRATOR,
        Action.HEALTH_READ,
        None,
        lambda house: (health.Site(house.folder), NoNames()),
        unnoted_because="tells of the installation, and nothing of people",
    ),
    Line(keys.rotate, CLI, Action.KEYS_ROTATE, "keys.rotate"),
    Line(indexes.build, CLI, Action.INDEX_MANAGE, "index.manage"),
    Line(
        indexes.serve,
        CLI,
        Action.INDEX_MANAGE,
        None,
        unnoted_because="brings what was built to the machines of the same installation; building it is noted",
    ),
    Line(
        indexes.verify,
        CLI,
        Action.INDEX_MANAGE,
        None,
        unnoted_because="compares, changes nothing, and names parts of the derived state: no people",
    ),
    Line(
        indexes.calibrate,
        CLI,
        Action.INDEX_MANAGE,
        None,
        unnoted_because="measures nothing of so few alumni, so nothing is stored; a limit that is stored is noted",
    ),
    # browsing
    Line(
        browsing.page,
        COORDINATOR,
        Action.ALUMNI_LIST,
        "alumni.list",
        lambda _: (RecordKind.ALUMNI, FIRST_PAGE),
    ),
    Line(
        browsing.page,
        TEACHER,
        Action.REQUESTS_LIST,
        None,
        lambda _: (RecordKind.REQUESTS, FIRST_PAGE),
        unnoted_because=REQUESTS,
    ),
    Line(
        browsing.page,
        ALUMNUS,
        Action.OFFERINGS_LIST,
        None,
        lambda _: (RecordKind.OFFERINGS, FIRST_PAGE),
        unnoted_because="courses: nothing of people",
    ),
    Line(
        browsing.people,
        COORDINATOR,
        Action.ALUMNI_LIST,
        "alumni.list",
        lambda house: (newest_directory(house.app.store), Filter(), FIRST_PAGE),
    ),
    Line(
        browsing.open_page,
        TEACHER,
        Action.REQUESTS_LIST,
        None,
        lambda _: (FIRST_PAGE,),
        unnoted_because=REQUESTS,
    ),
    Line(
        browsing.courses,
        ALUMNUS,
        Action.OFFERINGS_LIST,
        None,
        lambda house: (newest_courses(house.app.store).offerings,),
        unnoted_because="courses: nothing of people",
    ),
    Line(
        catalogue.seen,
        Role.ADVISER,
        Action.OFFERINGS_LIST,
        None,
        lambda house: (catalogue_of(newest_courses(house.app.store).offerings),),
        unnoted_because="courses: nothing of people",
    ),
    Line(
        catalogue.public,
        Role.VISITOR,
        None,
        None,
        lambda house: (whole := catalogue_of(newest_courses(house.app.store).offerings), next(iter(whole.courses))),
        open_because="pages of courses are open where a setting says so",
        unnoted_because="courses: nothing of people",
    ),
    Line(
        browsing.request,
        TEACHER,
        Action.MATCH,
        None,
        lambda _: ("R-1",),
        unnoted_because=REQUESTS,
    ),
    Line(
        browsing.alumnus,
        COORDINATOR,
        Action.RECOMMEND,
        None,
        lambda _: ("A-2",),
        unnoted_because="the heading of the advice for this alumnus, whose ranking is noted as recommend",
    ),
    Line(
        browsing.recommended,
        COORDINATOR,
        Action.RECOMMEND,
        None,
        lambda house: (matching.recommend(house.app, COMMAND_LINE, "A-2", "offerings"),),
        unnoted_because="the courses or requests of a ranking that is noted as recommend",
    ),
    Line(
        browsing.schools,
        TEACHER,
        None,
        None,
        open_because="names of organisations are no secret",
        unnoted_because=ORGANISATIONS,
    ),
    Line(
        browsing.owner_named,
        CLI,
        None,
        None,
        lambda _: ("noord",),
        open_because="names of organisations are no secret",
        unnoted_because=ORGANISATIONS,
    ),
    Line(
        browsing.revision,
        Role.VISITOR,
        None,
        None,
        open_because="whether the program is up to date may be asked by whatever watches it",
        unnoted_because="a number that tells of no one",
    ),
    # calendars
    Line(calendars.mine, ALUMNUS, Action.CALENDAR_WRITE, None, unnoted_because=OWN_QUESTION),
    Line(calendars.import_file, ALUMNUS, Action.CALENDAR_WRITE, "calendar.write", lambda _: (CALENDAR,)),
    Line(
        calendars.subscribe,
        ALUMNUS,
        Action.CALENDAR_WRITE,
        "calendar.write",
        lambda _: ("https://agenda.example/1.ics", Address()),
    ),
    Line(calendars.remove, ALUMNUS, Action.CALENDAR_WRITE, "calendar.write", lambda house: (house.calendar(),)),
    Line(calendars.has_feed, ALUMNUS, Action.CALENDAR_WRITE, None, unnoted_because=OWN_QUESTION),
    Line(calendars.new_feed, ALUMNUS, Action.CALENDAR_WRITE, "calendar.write"),
    Line(
        calendars.end_feed,
        ALUMNUS,
        Action.CALENDAR_WRITE,
        "calendar.write",
        lambda house: after(calendars.new_feed(house.app, house.asker(Role.ALUMNUS))),
    ),
    Line(
        calendars.feed_of_link,
        ALUMNUS,
        None,
        None,
        lambda house: (calendars.new_feed(house.app, house.asker(Role.ALUMNUS)),),
        link=True,
        open_because="the feed of whoever has its secret: what the alumnus agreed to, for a calendar program",
        unnoted_because=OWN_QUESTION,
    ),
    Line(
        calendars.refresh,
        Role.JOB,
        Action.CALENDAR_WRITE,
        None,
        lambda house: after(house.calendar(), Address()),
        unnoted_because="what is read again is noted when it was given, what is removed when it is",
    ),
    # conflicts, invitations
    Line(
        conflicts.declare,
        TEACHER,
        Action.CONFLICT_DECLARE,
        "conflict.declare",
        lambda house: (Pair("R-1", house.card),),
    ),
    Line(
        conflicts.withdraw,
        TEACHER,
        Action.CONFLICT_DECLARE,
        "conflict.declare",
        lambda house: (house.conflict(),),
    ),
    Line(ledger.mine, ALUMNUS, Action.LEDGER_READ, None, unnoted_because=OWN_QUESTION),
    Line(ledger.account, COORDINATOR, Action.LEDGER_READ, "ledger.read", lambda _: ("A-1",)),
    Line(ledger.overview, COORDINATOR, Action.LEDGER_READ, "ledger.read", lambda _: (ledger.Show.NEVER, FIRST_PAGE)),
    Line(
        ledger.add,
        COORDINATOR,
        Action.LEDGER_WRITE,
        "ledger.write",
        lambda _: ("A-1", ledger.Entry(benefit=Benefit.COURSE)),
    ),
    Line(ledger.correct, COORDINATOR, Action.LEDGER_WRITE, "ledger.write", lambda house: ("A-1", house.entry())),
    Line(
        history.bring,
        CLI,
        Action.LEDGER_WRITE,
        "ledger.write",
        lambda house: (house.file("alumnus_id;school;datum;wat\nA-1;Noord;2027-01-12;gevraagd\n"),),
    ),
    Line(exposure.advance, Role.JOB, Action.EXPOSURE_SAVE, "exposure.save"),
    Line(invitations.invite, TEACHER, Action.INVITE, "invite", lambda house: ("R-1", house.card)),
    Line(invitations.preview, TEACHER, Action.INVITE, "explain", lambda house: ("R-1", house.card)),
    Line(invitations.remind, TEACHER, Action.INVITE, "invite.remind", lambda house: house.asked_yesterday()),
    Line(demands.move, TEACHER, Action.REQUESTS_CLOSE, "requests.close", lambda house: (house.over(), TOMORROW)),
    Line(
        calendars.of_request,
        TEACHER,
        Action.CONTACT,
        None,
        lambda house: (house.accepted(),),
        unnoted_because="moments of a request of one's own: nobody is named",
    ),
    Line(invitations.take_back, TEACHER, Action.INVITE, "invite.back", lambda house: house.asked_on_card()),
    Line(
        invitations.outline,
        TEACHER,
        Action.INVITE,
        None,
        lambda house: house.asked_on_card()[:1],
        unnoted_because=WITH_RANKING,
    ),
    Line(invitations.shorten_distance, ALUMNUS, Action.REPLY, "person.correct", lambda house: (house.far_away(),)),
    Line(
        invitations.shorten_distance_by_link,
        ALUMNUS,
        Action.REPLY,
        "person.correct",
        lambda house: (house.link(f"reply {house.far_away()}"),),
        link=True,
    ),
    Line(
        invitations.another_by_link,
        ALUMNUS,
        Action.RECOMMEND,
        "recommend",
        lambda house: (house.reply_link(),),
        link=True,
    ),
    Line(proposals.awaiting, COORDINATOR, Action.INVITE, None, lambda _: (), unnoted_because=REQUESTS),
    Line(proposals.approve, COORDINATOR, Action.INVITE, "invite", lambda house: house.proposed()),
    Line(
        gatherings.invite_many,
        TEACHER,
        Action.INVITE,
        "invite",
        lambda house: ("R-1", [gatherings.Chosen(house.card)]),
    ),
    Line(gatherings.write_to_all, TEACHER, Action.CONTACT, "contact", lambda house: (house.accepted(), "Tot dan.")),
    Line(gatherings.letters, TEACHER, Action.CONTACT, None, lambda house: (house.accepted(),), unnoted_because=LETTERS),
    Line(waiting.advance, Role.JOB, Action.INVITE_RUN, "invite.lapse", lambda house: after(house.too_late())),
    Line(due.advance, Role.JOB, Action.INVITE_RUN, "invite.lapse", lambda house: after(house.too_late())),
    # the life of a request
    Line(demands.create, TEACHER, Action.REQUESTS_SAVE, "requests.save", lambda _: (WISH,)),
    Line(demands.edit, TEACHER, Action.REQUESTS_SAVE, "requests.save", lambda _: ("R-1", WISH)),
    Line(demands.copy, TEACHER, Action.REQUESTS_SAVE, "requests.save", lambda _: ("R-1",)),
    Line(demands.open_, TEACHER, Action.REQUESTS_SAVE, "requests.save", lambda house: (house.concept(),)),
    Line(demands.withdraw, TEACHER, Action.REQUESTS_CLOSE, "requests.close", lambda _: ("R-1", Why.OTHER)),
    Line(
        demands.close, TEACHER, Action.REQUESTS_CLOSE, "requests.close", lambda house: (house.over(),), {"held": False}
    ),
    Line(demands.overview, TEACHER, Action.REQUESTS_LIST, None, lambda _: ("R-1",), unnoted_because=REQUESTS),
    Line(
        demands.with_keys,
        TEACHER,
        Action.REQUESTS_LIST,
        None,
        lambda house: ([house.request_key()],),
        unnoted_because=REQUESTS,
    ),
    Line(demands.listed, TEACHER, Action.REQUESTS_LIST, None, lambda _: ("school",), unnoted_because=REQUESTS),
    Line(
        invitations.states,
        TEACHER,
        Action.MATCH,
        None,
        lambda house: (house.accepted(),),
        unnoted_because=WITH_RANKING,
    ),
    Line(
        invitations.questions,
        ALUMNUS,
        Action.REPLY,
        None,
        lambda house: after(house.invited()),
        unnoted_because=OWN_QUESTION,
    ),
    Line(
        invitations.question,
        ALUMNUS,
        Action.REPLY,
        None,
        lambda house: (house.invited(),),
        unnoted_because=OWN_QUESTION,
    ),
    Line(
        invitations.question_of_link,
        ALUMNUS,
        Action.REPLY,
        None,
        lambda house: (house.reply_link(),),
        unnoted_because=OWN_QUESTION,
        link=True,
    ),
    Line(
        invitations.reply,
        ALUMNUS,
        Action.REPLY,
        "reply",
        lambda house: (house.invited(),),
        {"accepts": True},
    ),
    Line(
        invitations.reply_by_link,
        ALUMNUS,
        Action.REPLY,
        "reply",
        lambda house: (house.reply_link(),),
        {"accepts": True},
        link=True,
    ),
    Line(
        invitations.with_yes,
        TEACHER,
        Action.CONTACT,
        None,
        lambda house: after(house.accepted(), 5),
        unnoted_because="requests that were accepted; the alumni who did are `helpers`, noted as contact",
    ),
    Line(invitations.helpers, TEACHER, Action.CONTACT, "contact", lambda house: (house.accepted(),)),
    # rankings
    Line(matching.match, TEACHER, Action.MATCH, "match", lambda _: ("R-1",)),
    Line(
        plans.usual_fairness,
        COORDINATOR,
        Action.PLAN,
        None,
        unnoted_because="what the own school chose: nothing of people",
    ),
    Line(plans.make, COORDINATOR, Action.PLAN, "plan", lambda _: (AS_OF, AS_OF + timedelta(days=30))),
    Line(approval.opened, COORDINATOR, Action.PLAN_APPROVE, "plan.approve", lambda house: (planned(house),)),
    Line(approval.approve, COORDINATOR, Action.PLAN_APPROVE, "invite", lambda house: (planned(house),)),
    Line(
        matching.asked_list,
        TEACHER,
        Action.MATCH,
        None,
        lambda _: ("R-1",),
        unnoted_because="a request without the address of the requester: its list is noted as match",
    ),
    Line(matching.as_sent, TEACHER, Action.MATCH, "match", lambda house: (house.asked_list(), AS_TEXT)),
    Line(matching.match_unsaved, TEACHER, Action.MATCH_UNSAVED, "match.unsaved", lambda _: (WISH,)),
    Line(missed.of_request, TEACHER, Action.MATCH, "match.missed", lambda _: ("R-1", "wondzorg")),
    Line(missed.of_question, TEACHER, Action.MATCH_UNSAVED, "match.missed", lambda _: (QUESTION, "wondzorg")),
    Line(questions.ask, TEACHER, Action.MATCH_UNSAVED, "match.unsaved", lambda _: (QUESTION,)),
    Line(questions.save, TEACHER, Action.REQUESTS_SAVE, "requests.save", lambda _: (QUESTION,)),
    Line(offers.save, Role.PARTNER, Action.OFFERINGS_SAVE, "offerings.save", lambda _: (OFFERED,)),
    Line(offers.mine, Role.PARTNER, Action.OFFERINGS_SAVE, None, unnoted_because=OFFERS),
    Line(
        offers.offering,
        Role.PARTNER,
        Action.OFFERINGS_SAVE,
        None,
        lambda house: (house.offered(),),
        unnoted_because=OFFERS,
    ),
    Line(
        offers.of_sources,
        Role.PARTNER,
        Action.OFFERINGS_SAVE,
        None,
        lambda house: (house.offerings(),),
        unnoted_because=OFFERS,
    ),
    Line(offers.reach, Role.PARTNER, Action.AUDIENCE_COUNT, "audience.count", lambda house: (house.offered(),)),
    Line(offers.reaches, Role.PARTNER, Action.AUDIENCE_COUNT, "audience.count", lambda house: (house.offerings(),)),
    Line(matching.recommend, ALUMNUS, Action.RECOMMEND, "recommend", lambda _: ("A-1", "offerings")),
    Line(matching.audience, COORDINATOR, Action.AUDIENCE, "audience", lambda _: ("C-1",)),
    Line(matching.why, TEACHER, Action.EXPLAIN, "explain", lambda house: (PairOfIds("R-1", house.card),)),
    # how good they are
    Line(grades.draw, COORDINATOR, Action.GRADE, "grade.draw"),
    Line(
        grades.sitting,
        COORDINATOR,
        Action.GRADE,
        None,
        lambda house: after(house.pair_to_judge()),
        unnoted_because="a pair of those whose alumni were noted when they were drawn",
    ),
    Line(grades.give, COORDINATOR, Action.GRADE, "grade", lambda house: (house.pair_to_judge(), 3)),
    Line(evaluation.evaluate, CLI, Action.EVALUATE, "evaluate"),
    Line(evaluation.kept, CLI, Action.RANKING_USE, None, unnoted_because="weights and figures: nothing of people"),
    Line(evaluation.use, CLI, Action.RANKING_USE, "ranking.use", lambda _: (OTHER_WEIGHTS,)),
    Line(trials.tried, COORDINATOR, Action.TRIAL, None, unnoted_because=COUNTS),
    Line(trials.simulate, COORDINATOR, Action.TRIAL, "trial", lambda _: (AS_OF, AS_OF)),
    Line(evaluation.back, CLI, Action.RANKING_USE, "ranking.back", lambda house: after(house.other_weights())),
    # mail
    Line(
        messages.deliver,
        Role.JOB,
        Action.MAIL_SEND,
        "message",
        lambda house: after((house.mail(), house.later(timedelta(minutes=11))), Post(), compose),
    ),
    Line(messages.ask_login_link, Role.VISITOR, Action.LOGIN, "login.link", lambda _: (ADDRESS,)),
    Line(
        messages.listed,
        Role.ADMINISTRATOR,
        Action.MAIL_MANAGE,
        None,
        unnoted_because="which message stands how; pages and commands show no alumnus with it",
    ),
    Line(messages.count, Role.JOB, Action.MAIL_SEND, None, unnoted_because=COUNTS),
    Line(messages.seconds_until_due, Role.JOB, Action.MAIL_SEND, None, unnoted_because="a moment: nothing of people"),
    Line(
        messages.send_test,
        Role.ADMINISTRATOR,
        Action.MAIL_MANAGE,
        "mail.test",
        lambda _: ("ict@school.example",),
    ),
    Line(messages.retry, Role.ADMINISTRATOR, Action.MAIL_MANAGE, "mail.manage", lambda house: (house.mail(),)),
    Line(messages.drop, Role.ADMINISTRATOR, Action.MAIL_MANAGE, "mail.manage", lambda house: (house.mail(),)),
    Line(
        messages.invitations,
        TEACHER,
        Action.INVITE,
        None,
        lambda house: (house.accepted(),),
        unnoted_because=WITH_RANKING,
    ),
    # the first yes
    Line(campaigns.standing, COORDINATOR, Action.CAMPAIGN, None, unnoted_because=COUNTS),
    Line(campaigns.students, COORDINATOR, Action.CAMPAIGN, None, unnoted_because=COUNTS),
    Line(campaigns.look, COORDINATOR, Action.CAMPAIGN, None, unnoted_because=COUNTS),
    Line(campaigns.figures, COORDINATOR, Action.CAMPAIGN, None, unnoted_because=COUNTS),
    Line(campaigns.send, COORDINATOR, Action.CAMPAIGN, "campaign.send", lambda house: after(house.never_asked())),
    Line(campaigns.advance, Role.JOB, Action.CAMPAIGN, "campaign.remind", lambda house: after(house.silent())),
    Line(
        campaigns.asked_by_link,
        ALUMNUS,
        Action.CONSENT_WRITE,
        None,
        lambda house: (house.link(FIRST),),
        unnoted_because=OWN_LINK,
        link=True,
    ),
    Line(
        campaigns.answer_by_link,
        ALUMNUS,
        Action.CONSENT_WRITE,
        "campaign.answer",
        lambda house: (house.link(FIRST), ANSWERS),
        link=True,
    ),
    Line(
        campaigns.object_by_link,
        ALUMNUS,
        Action.CONSENT_WRITE,
        "consent.write",
        lambda house: (house.link(FIRST),),
        link=True,
    ),
    Line(door.open_door, COORDINATOR, Action.CAMPAIGN, "door.open"),
    Line(door.doors, COORDINATOR, Action.CAMPAIGN, None, unnoted_because="pages of the school: nothing of people"),
    Line(door.close_door, COORDINATOR, Action.CAMPAIGN, "door.close", lambda house: (house.door(),)),
    Line(
        door.shown,
        Role.VISITOR,
        Action.DOOR,
        None,
        lambda house: (house.door(),),
        unnoted_because="a page of the school: nothing of people",
    ),
    Line(door.knock, Role.VISITOR, Action.DOOR, "door.knock", lambda house: (house.door(), SANNE)),
    Line(
        door.waits,
        Role.VISITOR,
        Action.DOOR,
        None,
        lambda house: (house.came_in(),),
        unnoted_because="the name of the school, to who has the link",
        link=True,
    ),
    Line(door.confirm, Role.VISITOR, Action.DOOR, "door.confirm", lambda house: (house.came_in(),), link=True),
    Line(
        door.advance,
        Role.JOB,
        Action.CAMPAIGN,
        "door.forget",
        lambda house: after((house.came_in(), house.later(NEWCOMER_LASTS))),
    ),
    Line(
        facts.ages,
        COORDINATOR,
        Action.CAMPAIGN,
        None,
        lambda _: (Slice(1, 10),),
        unnoted_because="numbers of the own school and days: no fact is shown",
    ),
    Line(
        facts.facts_by_link,
        ALUMNUS,
        Action.PERSON_CORRECT,
        None,
        lambda house: (house.link(FACTS),),
        unnoted_because=OWN_LINK,
        link=True,
    ),
    Line(
        facts.confirm_by_link,
        ALUMNUS,
        Action.PERSON_CORRECT,
        "facts.confirm",
        lambda house: (house.link(FACTS),),
        link=True,
    ),
    Line(
        facts.advance,
        Role.JOB,
        Action.CAMPAIGN,
        "facts.ask",
        lambda house: after((house.never_asked(), house.later(YEAR))),
    ),
    # segments, messages to them, and questions of a school
    Line(segments.add, COORDINATOR, Action.SEGMENT, "segment.add", lambda _: ("Allemaal", Criteria())),
    Line(segments.listed, COORDINATOR, Action.SEGMENT, None, unnoted_because=COUNTS),
    Line(
        segments.look,
        COORDINATOR,
        Action.SEGMENT,
        None,
        lambda house: (house.segment(), Purpose.FEEDBACK),
        unnoted_because=COUNTS,
    ),
    Line(segments.remove, COORDINATOR, Action.SEGMENT, "segment.remove", lambda house: (house.segment(),)),
    Line(
        segment_messages.write,
        COORDINATOR,
        Action.SEGMENT,
        "segment.write",
        lambda house: (segment_messages.Draft(house.segment(), Purpose.MENTOR, "Avond", "Kom je?"),),
    ),
    Line(segment_messages.listed, COORDINATOR, Action.SEGMENT, None, unnoted_because=COUNTS),
    Line(
        segment_messages.shown,
        COORDINATOR,
        Action.SEGMENT,
        None,
        lambda house: (house.message(),),
        unnoted_because="the text of a message to nobody in particular, and counts",
    ),
    Line(
        segment_messages.approve,
        COORDINATOR,
        Action.SEGMENT_APPROVE,
        "segment.send",
        lambda house: (house.message(),),
    ),
    Line(
        segment_messages.undo,
        COORDINATOR,
        Action.SEGMENT_APPROVE,
        "segment.undo",
        lambda house: (house.approved(),),
    ),
    Line(
        segment_messages.discard,
        COORDINATOR,
        Action.SEGMENT,
        "segment.discard",
        lambda house: (house.message(),),
    ),
    Line(
        segment_messages.advance,
        Role.JOB,
        Action.SEGMENT,
        "segment.close",
        lambda house: after((house.approved(), house.later(timedelta(days=31)))),
    ),
    Line(
        feedback.add_form,
        COORDINATOR,
        Action.FEEDBACK,
        "feedback.add",
        lambda _: ("Vragen", [Question(AnswerForm.SCALE, "Hoe goed?")]),
    ),
    Line(feedback.forms, COORDINATOR, Action.FEEDBACK, None, unnoted_because="questions: nothing of people"),
    Line(feedback.remove_form, COORDINATOR, Action.FEEDBACK, "feedback.remove", lambda house: (house.form(),)),
    Line(feedback.results, COORDINATOR, Action.FEEDBACK, None, unnoted_because=COUNTS),
    Line(
        feedback.asked_by_link,
        ALUMNUS,
        Action.REPLY,
        None,
        lambda house: (house.feedback_link(),),
        unnoted_because="questions of the school, and whether the alumnus with the link answered",
        link=True,
    ),
    Line(
        feedback.answer_by_link,
        ALUMNUS,
        Action.REPLY,
        "feedback.answer",
        lambda house: (house.feedback_link(), {0: "4"}),
        link=True,
    ),
    # replies by mail, and mail that is stopped
    Line(
        subscriptions.levels_of_link,
        ALUMNUS,
        Action.CONSENT_WRITE,
        None,
        lambda house: (house.mail_link(),),
        unnoted_because="what is stopped, for whoever has the mail; nothing of the alumnus but the school",
        link=True,
    ),
    Line(
        subscriptions.stop_by_link,
        ALUMNUS,
        Action.CONSENT_WRITE,
        "consent.write",
        lambda house: (house.mail_link(),),
        {"level": subscriptions.Level.EVERYTHING},
        link=True,
    ),
    Line(
        subscriptions.stops,
        ALUMNUS,
        Action.CONSENT_WRITE,
        None,
        unnoted_because="what the alumnus who asks stopped, as `known` tells too",
    ),
    Line(
        subscriptions.rhythm,
        ALUMNUS,
        Action.CONSENT_WRITE,
        None,
        unnoted_because="how mail goes to the alumnus who asks, as `known` tells too",
    ),
    Line(subscriptions.resume, ALUMNUS, Action.CONSENT_WRITE, "consent.write"),
    Line(subscriptions.choose_weekly, ALUMNUS, Action.CONSENT_WRITE, "consent.write", named={"weekly": True}),
    Line(inbox.take, Role.JOB, Action.INBOX_TAKE, "inbox.doubt", lambda house: (house.reply("misschien"), MAILBOX)),
    Line(inbox.waiting, COORDINATOR, Action.REPLIES_READ, "replies.read", lambda house: after(house.doubt())),
    Line(inbox.decide, COORDINATOR, Action.REPLIES_READ, "replies.decide", lambda house: (house.doubt(), None)),
    Line(
        inbox.advance,
        Role.JOB,
        Action.INBOX_TAKE,
        "inbox.forget",
        lambda house: after(house.late_doubt()),
    ),
    # what an alumnus may ask
    Line(privacy.known, COORDINATOR, Action.PERSON_READ, "person.read", lambda _: ("A-2",)),
    Line(
        privacy.asked_to_stay,
        ALUMNUS,
        Action.PERSON_READ,
        None,
        unnoted_because="the day of a question to the alumnus who asks; a heading of `known`, which is noted",
    ),
    Line(
        privacy.give,
        COORDINATOR,
        Action.CONSENT_WRITE,
        "consent.write",
        lambda _: (Purpose.MENTOR,),
        {"given": False, "alumnus_id": "A-2"},
    ),
    Line(
        privacy.correct,
        COORDINATOR,
        Action.PERSON_CORRECT,
        "person.correct",
        lambda _: ("town", "Kampen"),
        {"alumnus_id": "A-2"},
    ),
    Line(
        privacy.current,
        COORDINATOR,
        Action.PERSON_CORRECT,
        "person.read",
        lambda _: ("town",),
        {"alumnus_id": "A-2"},
    ),
    Line(
        privacy.object_to_ranking,
        ALUMNUS,
        Action.CONSENT_WRITE,
        "consent.write",
        named={"objects": True},
    ),
    Line(privacy.keep, ALUMNUS, Action.CONSENT_WRITE, "retention.keep"),
    Line(
        erasure.others,
        COORDINATOR,
        Action.PERSON_ERASE,
        None,
        lambda _: ("A-2",),
        unnoted_because="numbers of the asker's own school that look like one person, before an erasure that is noted",
    ),
    Line(erasure.erase, COORDINATOR, Action.PERSON_ERASE, "person.erase", lambda _: ("A-2",)),
    Line(
        erasure.erase_records,
        Role.JOB,
        Action.RETENTION_RUN,
        "person.erase",
        lambda house: ([house.alumnus_key("A-2")],),
    ),
    # figures, the daily job
    Line(
        figures.report,
        COORDINATOR,
        Action.FIGURES_READ,
        None,
        lambda _: (AS_OF - timedelta(days=30), AS_OF),
        unnoted_because=COUNTS,
    ),
    Line(
        figures.dashboard,
        COORDINATOR,
        Action.FIGURES_READ,
        None,
        lambda _: (AS_OF - timedelta(days=30), AS_OF),
        unnoted_because=COUNTS,
    ),
    Line(wishes.drafts, Role.PARTNER, Action.WISHES_READ, None, unnoted_because=COUNTS),
    Line(reports.bias, CLI, Action.REPORT_READ, None, unnoted_because=COUNTS),
    Line(reports.overrides, CLI, Action.REPORT_READ, None, unnoted_because=COUNTS),
    Line(reports.disclosure, CLI, Action.REPORT_READ, None, unnoted_because=COUNTS),
    Line(reports.kept, CLI, Action.REPORT_READ, None, unnoted_because=COUNTS),
    Line(
        reports.configuration,
        CLI,
        Action.REPORT_READ,
        None,
        unnoted_because="settings of the program: nothing of people",
    ),
    Line(
        retention.plan,
        Role.JOB,
        Action.RETENTION_RUN,
        None,
        unnoted_because="what would be done, by random key and shown as counts; what is done is noted by `run`",
    ),
    Line(
        aftercare.overview,
        Role.ADVISER,
        Action.AFTERCARE_READ,
        "aftercare.read",
        lambda house: after(house.left(), aftercare.Show.DUE, FIRST_PAGE),
    ),
    Line(aftercare.dossier, COORDINATOR, Action.AFTERCARE_READ, "aftercare.read", lambda _: ("A-1",)),
    Line(aftercare.mine, ALUMNUS, Action.AFTERCARE_OBJECT, None, unnoted_because=OWN_QUESTION),
    Line(aftercare.add, Role.ADVISER, Action.AFTERCARE_WRITE, "aftercare.write", lambda house: (house.left(), CALLED)),
    Line(
        aftercare.correct,
        COORDINATOR,
        Action.AFTERCARE_WRITE,
        "aftercare.write",
        lambda house: ("A-1", house.contacted()),
    ),
    Line(aftercare.object_to, ALUMNUS, Action.AFTERCARE_OBJECT, "aftercare.object", named={"objects": True}),
    Line(
        aftercare.decide,
        COORDINATOR,
        Action.AFTERCARE_DECIDE,
        "aftercare.decide",
        lambda house: (house.objecting(),),
        named={"upheld": True, "because": "goed"},
    ),
    Line(
        aftercare.export,
        COORDINATOR,
        Action.AFTERCARE_EXPORT,
        "aftercare.export",
        lambda house: (house.folder / "regio.csv", "nl"),
    ),
    Line(
        aftercare.matched,
        Role.ADVISER,
        Action.AFTERCARE_READ,
        "recommend",
        lambda house: (house.left(),),
    ),
    Line(talks.new_code, ALUMNUS, Action.TALK_OFFER, "talk.offer"),
    Line(talks.mine, ALUMNUS, Action.TALK_OFFER, None, unnoted_because=OWN_QUESTION),
    Line(talks.end, ALUMNUS, Action.TALK_OFFER, "talk.offer", lambda house: after(house.code())),
    Line(talks.open_by, Role.ADVISER, Action.TALK_OPEN, "talk.open", lambda house: (house.code(),)),
    Line(
        talks.desk, Role.ADVISER, Action.TALK_OPEN, None, unnoted_because="own talks, without names: opening is noted"
    ),
    Line(
        talks.going_on,
        Role.ADVISER,
        Action.TALK_OPEN,
        None,
        lambda house: (house.own,),
        unnoted_because="whether an own talk goes on",
    ),
    Line(talks.meet, Role.ADVISER, Action.TALK_OPEN, "talk.open", lambda house: (house.talking(), TALK_AT)),
    Line(talks.cancel, Role.ADVISER, Action.TALK_OPEN, "talk.open", lambda house: (house.meeting(),)),
    Line(
        talks.chosen,
        ALUMNUS,
        Action.SHORTLIST,
        None,
        lambda house: after(house.listed()),
        unnoted_because="what the asker put there, or of the asker",
    ),
    Line(talks.choose, Role.ADVISER, Action.SHORTLIST, "shortlist", lambda house: (house.talking(), "C-1")),
    Line(talks.mail, Role.ADVISER, Action.SHORTLIST, "shortlist", lambda house: (house.listed(),)),
    Line(matching.recommend_tilted, Role.ADVISER, Action.RECOMMEND, "recommend", lambda _: ("A-1", Tilt(price=80))),
    Line(own_list.declined, ALUMNUS, Action.LIST_DECLINE, None, unnoted_because=OWN_QUESTION),
    Line(
        own_list.decline,
        ALUMNUS,
        Action.LIST_DECLINE,
        "list.decline",
        lambda _: ("offerings", "C-1", NotWanted.TOO_FAR),
    ),
    Line(own_list.take_back, ALUMNUS, Action.LIST_DECLINE, "list.decline", lambda house: (house.declined_course(),)),
    Line(
        own_meanings.mine,
        ALUMNUS,
        Action.SKILL_MEANING,
        None,
        lambda house: after(house.vocabulary()),
        unnoted_because="own words, and what they mean in a public vocabulary",
    ),
    Line(
        own_meanings.say,
        ALUMNUS,
        Action.SKILL_MEANING,
        "skill.meaning",
        lambda house: after(house.vocabulary(), "wondzorg", f"{esco.URI}care"),
        named={"confirmed": False},
    ),
    Line(disputes.places, ALUMNUS, Action.DISPUTE, "dispute"),
    Line(disputes.account, ALUMNUS, Action.DISPUTE, "explain", lambda _: ("R-1",), named={"school": "Noord"}),
    Line(disputes.months, ALUMNUS, Action.DISPUTE, "dispute"),
    Line(disputes.mine, ALUMNUS, Action.DISPUTE, None, unnoted_because=OWN_QUESTION),
    Line(disputes.ask, ALUMNUS, Action.DISPUTE, "dispute", lambda _: ("R-1",), named={"school": "Noord"}),
    Line(disputes.withdraw, ALUMNUS, Action.DISPUTE, "dispute", lambda house: (house.disputed(),)),
    Line(
        disputes.waiting,
        COORDINATOR,
        Action.DISPUTE_READ,
        None,
        lambda house: after(house.disputed()),
        unnoted_because="which requests they are about: opening one is noted",
    ),
    Line(disputes.case, COORDINATOR, Action.DISPUTE_READ, "dispute.read", lambda house: (house.disputed(),)),
    Line(
        disputes.answer,
        COORDINATOR,
        Action.DISPUTE_ANSWER,
        "dispute.answer",
        lambda house: (house.disputed(), "We keken ernaar."),
    ),
    Line(
        work.counts,
        TEACHER,
        None,
        None,
        open_because="counts of one's own work; what the asker has no right to counts as none",
        unnoted_because=COUNTS,
    ),
    Line(ledger.spread, COORDINATOR, Action.LEDGER_READ, None, unnoted_because=COUNTS),
    Line(work.today, COORDINATOR, Action.DESK_READ, None, unnoted_because=f"{COUNTS}; {REQUESTS}"),
    Line(retention.run, Role.JOB, Action.RETENTION_RUN, "retention.run", named={"log_months": 24}),
]
BY_NAME = [pytest.param(line, id=line.name) for line in LINES]
ASK_RIGHTS = [pytest.param(line, id=line.name) for line in LINES if line.needs is not None and not line.link]
OPEN = [pytest.param(line, id=line.name) for line in LINES if line.needs is None]
BY_LINK = [pytest.param(line, id=line.name) for line in LINES if line.link]


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the region, where A-1 has an address; each test works on a copy."""
    folder = tmp_path_factory.mktemp("region")
    store = store_in(folder)
    stores.upsert(store, RecordKind.ALUMNI, [Upsert(2, "A-1", "Noord", {"email": ADDRESS})])
    store.close()
    return folder


@pytest.fixture
def house(tmp_path: Path, region: Path) -> House:
    folder = tmp_path / "house"
    shutil.copytree(region, folder)
    clock = FixedClock(AS_OF, time(13, microsecond=next(_MOMENTS)))
    store = SqlStore(f"sqlite:///{folder / 'region.db'}", clock=clock)
    own = stores.key_of(store, RecordKind.ALUMNI, "A-1", "Noord")
    return House(folder, app_of(Engine(store, HashEncoder(), clock)), own)


def test_every_use_case_has_its_line() -> None:
    """At least one, `browsing.page` for each kind of list; and no line is of what is no use case, or no longer."""
    names = {line.name for line in LINES}
    assert names == {name for name in use_cases() if name not in STEPS}
    assert len(names) > 60


def test_what_is_not_noted_or_asked_has_a_reason() -> None:
    """A line says what is noted, or why nothing is; and which right is asked, or why none is: never both."""
    for line in LINES:
        assert (line.noted is None) == bool(line.unnoted_because), line.name
        assert (line.needs is None) == bool(line.open_because), line.name


@pytest.mark.parametrize("line", BY_NAME)
def test_what_is_done_is_in_the_log(house: House, line: Line) -> None:
    """By the role of whoever did it; where the table says that nothing is noted, nothing is, and no data change."""
    arguments = line.arguments(house)
    newest, revision = house.seen()
    line.call(house, line.may, arguments)
    noted = house.noted_since(newest)
    if line.noted is None:
        assert (noted, stores.revision(house.app.store)) == (set(), revision)
    else:
        assert (line.noted, (line.by or line.may).value) in noted


@pytest.mark.parametrize("line", ASK_RIGHTS)
def test_a_role_without_the_right_is_refused(house: House, line: Line) -> None:
    """Every role without it in the table of rights: Forbidden, nothing in the log, no revision."""
    refused = [role for role in Role if line.needs not in table()[role]]
    assert refused
    assert line.may not in refused
    arguments = line.arguments(house)
    before = house.seen()
    for role in refused:
        with pytest.raises(Forbidden):
            line.call(house, role, arguments)
        assert house.seen() == before, role


@pytest.mark.parametrize("line", BY_LINK)
def test_a_link_that_does_not_work_is_refused(house: House, line: Line) -> None:
    """One that never was, and one for something else: nothing in the log, no revision."""
    secrets, rest = ["never", house.link(access.LINK_ISSUER)], line.arguments(house)[1:]
    before = house.seen()
    for secret in secrets:
        with pytest.raises(NotLoggedIn):
            line.call(house, line.may, (secret, *rest))
        assert house.seen() == before


@pytest.mark.parametrize("line", OPEN)
def test_what_asks_no_right_is_open_to_all(house: House, line: Line) -> None:
    """Every role gets an answer, and nothing is in the log."""
    arguments = line.arguments(house)
    before = house.seen()
    answers = [line.call(house, role, arguments) for role in (*LOGIN_ROLES, Role.VISITOR, Role.JOB)]
    assert all(answer for answer in answers)
    assert house.seen() == before
