"""One story over real parts: HTTP, database, SMTP, IMAP, links and calendars, from a question to the next ranking."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar

from api.app import create_app
from matcher.domain.kinds import RequestKind
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, JOB, Role
from matcher.repositories.values import Upsert
from matcher.services import due, erasure, matching
from matcher.services.inbox import Done
from tests.api.conftest import SECRETS, headers_of, plain
from tests.api.test_inbox import House, body, house, reply
from tests.support import stores
from tests.support.cards import handle
from tests.support.region import THURSDAY, TUESDAY, alumnus
from tests.support.stores import upsert

__all__ = ["house"]
ADDRESSES = {"A-1": SECRETS[2]}
QUESTION = "Wie geeft een gastles wondzorg aan 24 studenten? Dinsdag 16 maart 2027 van 13:00 tot 15:00, in Zwolle."
MAILS = {f"A-{number}": f"a{number}@voorbeeld.example" for number in (2, 4, 7)}
ADDRESSES |= MAILS


@pytest.fixture
def browser(house: House) -> Iterator[TestClient]:
    """The site, without a login: what it may depends on the headers or the link."""
    settings = house.settings.model_copy(update={"inbox_url": None, "smtp_url": None, "base_url": "http://testserver"})
    with TestClient(create_app(house.app, settings), raise_server_exceptions=False) as client:
        yield client


def calendar_of(mail: Message) -> Calendar:
    (part,) = [one for one in mail.walk() if one.get_content_type() == "text/calendar"]
    return Calendar.from_ical(part.get_payload(decode=True))


def link_in(mail: Message) -> str:
    return re.findall(r"https://match\.example(/antwoord/\S+)", body(mail))[0]


def to(mails: list[Message], address: str) -> Message:
    (found,) = [mail for mail in mails if mail["To"] == address]
    return found


def test_from_a_question_to_the_next_ranking(house: House, browser: TestClient) -> None:
    """Question, request, preview, invite, undo, again, reminder, no, the next, yes by mail, moved, held, and counted.

    In the middle another alumnus on the waiting list is erased.
    """
    same = {"function": "wondzorg", "skills": ("wondzorg",), "day_parts": TUESDAY | THURSDAY}
    rows = [alumnus(row, id_, email=email, **same) for row, (id_, email) in enumerate(MAILS.items(), 50)]
    upsert(house.store, RecordKind.ALUMNI, rows)
    later = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg", "town": "Zwolle", "skills": ("wondzorg",)}
    upsert(house.store, RecordKind.REQUESTS, [Upsert(60, "R-9", "Noord", later)])
    app = browser.app
    teacher = headers_of(app, Role.TEACHER, "Noord") | {"Accept-Language": "nl"}  # type: ignore[arg-type]

    made = browser.post("/v1/questions", json={"text": QUESTION, "save": True}, headers=teacher).json()
    request_id = made["saved"]
    request = stores.key_of(house.store, RecordKind.REQUESTS, request_id, "Noord")
    ranking = browser.get(f"/v1/requests/{request_id}/matches", headers=teacher).json()["matches"]
    names = [one["candidate_id"] for one in ranking]
    assert len(names) >= 3

    def standing() -> dict[str, object]:
        return dict(browser.get(f"/v1/requests/{request_id}/standing", headers=teacher).json())

    def invite(id_: str, **more: object) -> None:
        wanted = {"alumnus": handle(house.store, request_id, id_), "alumnus_school": "Noord", **more}
        answer = browser.post(f"/v1/requests/{request_id}/invitations", json=wanted, headers=teacher)
        assert answer.status_code == 200, answer.text

    def pass_time(by: timedelta) -> list[Message]:
        house.clock.advance(by)
        due.advance(house.app, JOB)
        return house.deliver()

    ids = {handle(house.store, request_id, id_): id_ for id_ in ("A-1", *MAILS)}
    order = [ids[name] for name in names if name in ids]
    assert len(order) >= 3

    before = {
        one.candidate_id: one.score for one in matching.match(house.app, COMMAND_LINE, "R-9", school="Noord").matches
    }
    assert standing()["state"] == "open"
    # invited, undone within ten minutes: nobody heard of it, and it does not count
    first, second, third = order[:3]
    erased = stores.key_of(house.store, RecordKind.ALUMNI, third, "Noord")
    invite(first)
    assert standing()["state"] == "asked"
    back = browser.delete(
        f"/v1/requests/{request_id}/invitations/{handle(house.store, request_id, first)}", headers=teacher
    )
    assert back.json() == {"undone": True}
    assert pass_time(timedelta(minutes=11)) == []
    assert standing()["state"] == "open"
    # again, with a waiting list of two; one of these is erased while the mail is on its way
    invite(first)
    invite(third, waits=True)
    invite(second, waits=True)
    mail = to(pass_time(timedelta(minutes=11)), ADDRESSES[first])
    assert "Wanneer: di 16 mrt 2027" in body(mail)
    assert erasure.erase(house.app, COMMAND_LINE, third, school="Noord").keys == (erased,)
    # silence: one reminder, then a no with a reason by the link, which goes on showing how it stands
    (reminder,) = pass_time(timedelta(days=2))
    assert (reminder["To"], reminder["Subject"][:14]) == (ADDRESSES[first], "Nog een keer: ")
    page = browser.post(link_in(reminder), data={"antwoord": "no", "reden": "no_time"})
    assert page.status_code == 200, plain(page.text)
    assert "nee" in plain(browser.get(link_in(mail)).text).lower()
    # the next of the waiting list is asked, and says yes by plain mail
    asked = to(pass_time(timedelta(minutes=1)), ADDRESSES[second])
    house.post.put(reply(asked, "Ja hoor, dinsdag kan ik!", sender="iemand@elders.example"))
    assert house.fetch() == {Done.RECORDED: 1}
    agreed = to(house.deliver(), ADDRESSES[second])
    calendar = calendar_of(agreed)
    (event,) = calendar.walk("VEVENT")
    assert (str(calendar["METHOD"]), int(event["SEQUENCE"])) == ("REQUEST", 0)
    assert event.start.isoformat() == "2027-03-16T13:00:00+01:00"
    assert (standing()["state"], standing()["places_left"]) == ("agreed", 0)
    # moved: the calendars of who agreed hear it
    wanted = {"kind": "guest_lesson", "title": "Gastles wondzorg", "town": "Zwolle"}
    moved = {**wanted, "moments": [{"start": "2027-03-18T13:00", "end": "2027-03-18T15:00"}]}
    answer = browser.put(f"/v1/requests/{request_id}", json=moved, headers=teacher)
    assert answer.status_code == 200, answer.text
    (again,) = calendar_of(to(house.deliver(), ADDRESSES[second])).walk("VEVENT")
    assert (again["UID"], int(again["SEQUENCE"]) > 0) == (event["UID"], True)
    assert again.start.isoformat() == "2027-03-18T13:00:00+01:00"
    # held: two questions, and it is a contribution
    assert browser.post(f"/v1/requests/{request_id}/close", json={"held": True}, headers=teacher).status_code == 422
    pass_time(timedelta(days=20))
    closing = {"held": True, "students": 24, "experience": "good"}
    assert browser.post(f"/v1/requests/{request_id}/close", json=closing, headers=teacher).json() == {"contributed": 1}
    assert "Bedankt" in to(house.deliver(), ADDRESSES[second])["Subject"]
    key = stores.key_of(house.store, RecordKind.ALUMNI, second, "Noord")
    lines = [line for line in stores.read(house.store, lambda records: records.ledger.of(key)) if line.request_key]
    assert [(line.event, line.students) for line in lines] == [
        (LedgerEvent.ASKED, None), (LedgerEvent.ACCEPTED, None), (LedgerEvent.CONTRIBUTED, 24),
    ]  # fmt: skip
    # what was given and asked counts in the next ranking, and nothing of the erased is left
    after = matching.match(house.app, COMMAND_LINE, "R-9", school="Noord")
    scores = {one.candidate_id: one.score for one in after.matches}
    assert scores[second] < before[second]
    assert third not in scores
    with house.store.read() as records:
        assert all(one.alumnus_key != erased for one in records.invitations.of_request(request))
