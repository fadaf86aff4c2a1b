"""The first yes over HTTP, SMTP and links: 300 people of the sample, the questions, three facts, and the door."""

from __future__ import annotations

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import Message
from pathlib import Path
from random import Random
from statistics import median

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.messages import Composer
from api.settings import Settings
from api.wiring import build_mailer
from matcher.domain.first_yes import GIVEN, REMIND_AFTER, YEAR, Want
from matcher.domain.kinds import SHOWN_ON_CARDS, Purpose, members_of
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import campaigns, door, duplicates, facts, privacy
from matcher.services.app import App
from matcher.services.first_asks import after_bounce
from matcher.services.messages import deliver as deliver_due
from matcher.spreadsheets.reader import read_table
from matcher.store.sql_store import SqlStore
from tests.api.conftest import browser_of, form_token, plain, runner, unwrapped
from tests.support import fresh, stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.mail import Box, mail_server
from tests.support.worlds import AS_OF

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
SCHOOL = "ROC Vechtdal"
COORDINATOR = Asker(5, Role.COORDINATOR, SCHOOL)
BASE = "http://testserver"
ALUMNI = RecordKind.ALUMNI
PEOPLE = pytest.mark.parametrize("sample", [100, pytest.param(300, marks=pytest.mark.long)], indirect=True)
TURNS = 8
ENTRY = {
    "voornaam": "Sanne",
    "tussenvoegsel": "",
    "achternaam": "Vos",
    "email": "sanne@voorbeeld.example",
    "nummer": "",
    "opleiding": "Kok",
    "waar": "weg",
    "jaar": "2020",
    "geboren": "2000-05-01",
}


@pytest.fixture
def box() -> Iterator[Box]:
    with mail_server() as made:
        yield made


@pytest.fixture
def web(box: Box, tmp_path: Path) -> Iterator[FastAPI]:
    """The app with a real mail server and the login of the demo, on an almost empty database."""
    clock = FixedClock(AS_OF)
    url = f"sqlite:///{tmp_path / 'first.db'}"
    store = SqlStore(url, clock)
    fresh.migrate(store)
    stores.upsert(store, ALUMNI, [Upsert(2, "A-1", SCHOOL, {"town": "Zwolle"})])
    stores.write(store, lambda tx: tx.installation.set_once("demo", SCHOOL))
    settings = Settings(
        database_url=url,
        cache_dir=tmp_path / "cache",
        login="demo",
        base_url=BASE,
        smtp_url=box.url,
        mail_from="alumni@school.example",
        rate_login="100000/minute",
        rate_link="100000/minute",
    )
    made = create_app(Engine(store, HashEncoder(), clock).app, settings, build_mailer(settings))
    with TestClient(made):
        yield made
    made.state.held.store.close()


def app_of(web: FastAPI) -> App:
    app = web.state.held.app
    assert isinstance(app, App)
    return app


def advance(web: FastAPI, by: timedelta) -> None:
    app_of(web).clock.advance(by)  # type: ignore[attr-defined]


def visitor(web: FastAPI) -> TestClient:
    return TestClient(web, raise_server_exceptions=False, headers={"Accept": "text/html"})


def plain_of(message: Message) -> str:
    return str(message.get_body(("plain",)).get_content())  # type: ignore[attr-defined]


def link(message: Message, path: str) -> str:
    """The path of the link in a mail."""
    (found,) = re.findall(rf"{BASE}(/{path}/\S+)", plain_of(message))
    return str(found)


def warm(web: FastAPI) -> None:
    held = web.state.held
    held.start_warming()
    app_of(web).engine.current.pool()


# ---- three hundred people


@pytest.fixture
def sample(web: FastAPI, request: pytest.FixtureRequest) -> list[str]:
    """The numbers of people of one school of the sample, with an address each and without any consent."""
    table = read_table(SAMPLE / "alumni.xlsx", ALUMNI, today=AS_OF)
    rows = [one for one in table.upserts if one.owner == SCHOOL][: request.param]
    said = {"consents", "consent_date", "withdrawals"}
    given = [
        replace(
            one,
            values={name: value for name, value in one.values.items() if name not in said} | {"email": mail_of(one.id)},
        )
        for one in rows
    ]
    stores.upsert(app_of(web).store, ALUMNI, given)
    return [one.id for one in given]


def mail_of(number: str) -> str:
    return f"{number.casefold()}@voorbeeld.example"


def deliver(web: FastAPI, box: Box, count: int) -> list[Message]:
    """The next so many messages, sent by the process's own sender."""
    before = len(box.messages)
    web.state.held.sender.wake()
    return box.wait(before + count)[before:]


@PEOPLE
def test_people_of_the_sample_are_asked_and_answer(web: FastAPI, box: Box, sample: list[str]) -> None:
    """By the page, real mail and the links in it: the figures are what was mailed and answered, to the last one.

    Of the people some objected or withdrew before the look, and some after the button and before their mail.
    """
    app, random = app_of(web), Random(20270301)  # noqa: S311 - no secret
    people = random.sample(sample, len(sample))
    objects, withdrew, agreed, late = people[:7], people[7:12], people[12:16], people[16:19]
    third = 19 + len(people) // 3
    silent, answer, nothing, stop = people[19:third], people[third:-21], people[-21:-10], people[-10:]
    for number in objects:
        privacy.object_to_ranking(app, COMMAND_LINE, objects=True, alumnus_id=number, school=SCHOOL)
    for number in (*withdrew, *agreed):
        privacy.give(app, COMMAND_LINE, Purpose.MENTOR, given=True, alumnus_id=number, school=SCHOOL)
    for number in withdrew:
        privacy.give(app, COMMAND_LINE, Purpose.MENTOR, given=False, alumnus_id=number, school=SCHOOL)
    warm(web)
    coordinator = browser_of(web, Role.COORDINATOR, SCHOOL)
    page = coordinator.get("/toestemming")
    assert page.status_code == 200, page.text
    mailed = len(people) - len(objects) - len(withdrew) - len(agreed)
    assert f"{mailed} alumni krijgen een mail" in plain(page.text)
    assert "7 die bezwaar maken" in plain(page.text)
    assert "1 zonder e-mailadres" in plain(page.text), "A-1, who is on the list too"
    web.state.held.sender.stop()  # the mails wait while some change their mind
    form = {"formulier": form_token(page.text), "aantal": str(mailed)}
    assert coordinator.post("/toestemming/vraag", data=form, follow_redirects=False).status_code == 303
    assert len([mail for mail in stores.mails(app.store) if mail.state == "waiting"]) == mailed
    keys = {one.key: one.alumnus_id for one in stores.alumni(app.store)}
    for number in late:
        privacy.object_to_ranking(app, COMMAND_LINE, objects=True, alumnus_id=number, school=SCHOOL)
    assert send(web) == mailed - len(late)
    messages = list(box.messages)
    assert len(messages) == mailed - len(late)
    to = {str(message["To"]): link(message, "welkom") for message in messages}
    never = {mail_of(number) for number in (*objects, *withdrew, *agreed, *late)}
    assert not never & set(to)
    assert len(set(to.values())) == len(to), "each has a link of their own"
    yes: Counter[str] = Counter()
    for number in answer:
        wants = random.sample(sorted(Want), random.randint(0, 2))
        gives = random.sample(GIVEN, random.randint(1, 3))
        shown = random.sample(sorted(SHOWN_ON_CARDS), random.randint(0, 2))
        data = {
            "wil": [one.value for one in wants],
            "geef": [one.value for one in gives],
            "kaart": [one.value for one in shown],
            "dag": ["tue-morning"],
            "vaak": "2",
        }
        answered = visitor(web).post(to[mail_of(number)], data=data, follow_redirects=False)
        assert answered.status_code == 303
        ask = stores.read(app.store, lambda records, one=number: records.campaigns.of(keys_of(keys)[one]))
        assert ask is not None
        yes.update(one.value for one in members_of(Purpose, ask.agreed))
        kept = stores.read(app.store, lambda records, one=number: records.consents.of(keys_of(keys)[one]))
        assert {one.purpose for one in kept} == set(members_of(Purpose, ask.agreed))
        assert {(one.given_on, one.text_version, one.withdrawn_on) for one in kept} == {
            (AS_OF, privacy.CONSENT_TEXT, None)
        }
    for number in nothing:
        visitor(web).post(to[mail_of(number)], data={"doen": "niets"})
    for number in stop:
        visitor(web).post(f"{to[mail_of(number)]}/stop")
    advance(web, REMIND_AFTER)
    left = {mail_of(number) for number in people} - never
    left -= {mail_of(number) for number in (*answer, *nothing, *stop)}
    assert campaigns.advance(app, JOB) == len(left)
    assert send(web) == len(left)
    reminded = box.messages[len(messages) :]
    assert {str(message["To"]) for message in reminded} == left
    assert {mail_of(number) for number in silent} <= left
    for _ in range(2):
        advance(web, timedelta(days=45))
        assert campaigns.advance(app, JOB) == campaigns.send(app, COORDINATOR).mails == 0
    (figures,) = campaigns.figures(app, COORDINATOR)
    assert figures.asked == mailed
    assert figures.unsent == len(late)
    assert figures.sent == mailed - len(late) == len(to)
    assert figures.reminded == len(left)
    assert figures.answered == len(answer) + len(nothing) + len(stop)
    assert figures.silent == len(left)
    assert figures.nothing == len(nothing) + len(stop)
    assert {purpose.value: count for purpose, count in figures.agreed.items() if count} == dict(yes)
    assert len(box.messages) == len(to) + len(left)
    (told,) = campaigns.standing(app, COORDINATOR)
    for kind in told.kinds:
        assert kind.ranked + sum(kind.because.values()) == told.alumni == len(people) + 1
    mentors = next(kind for kind in told.kinds if kind.kind == "mentor")
    assert 0 < mentors.ranked <= yes["mentor"] + len(agreed)
    shown = plain(browser_of(web, Role.COORDINATOR, SCHOOL).get("/toestemming").text)
    assert f"{figures.answered} gaven antwoord" in shown
    assert f"{yes['mentor']} mentor" in shown


def keys_of(names: dict[int, str]) -> dict[str, int]:
    return {number: key for key, number in names.items()}


def send(web: FastAPI) -> int:
    """Sends what is due through the real server, in this thread; how many it took."""
    held = web.state.held
    sent = deliver_due(app_of(web), JOB, held.mailer, Composer(held.settings))
    assert sent.reachable
    return sent.sent


def settled(app: App) -> None:
    """Waits until every message of the outbox has ended."""
    until = time.monotonic() + 300
    while any(mail.state in {"waiting", "sending"} for mail in stores.mails(app.store)):
        assert time.monotonic() < until, "mail still waits"


# ---- the questions


def asked(web: FastAPI, box: Box) -> tuple[str, TestClient]:
    """The path of the questions of one alumnus, by a real mail, and a browser without an account."""
    app = app_of(web)
    stores.upsert(app.store, ALUMNI, [Upsert(2, "B-1", SCHOOL, {"email": mail_of("B-1"), "employer": "Geheim BV"})])
    campaigns.send(app, COORDINATOR)
    (message,) = deliver(web, box, 1)
    return link(message, "welkom"), visitor(web)


def test_the_questions_show_what_was_answered_and_nothing_else(web: FastAPI, box: Box) -> None:
    """Before and after; a second answer replaces the first; nothing of the record but what was asked."""
    path, browser = asked(web, box)
    page = browser.get(path)
    assert page.status_code == 200
    assert "checked" not in page.text
    for secret in ("Geheim", mail_of("B-1"), "B-1"):
        assert secret not in page.text
    browser.post(path, data={"wil": ["courses", "onzin"], "geef": ["mentor", "aftercare"], "dag": ["mon-evening", "x"]})
    again = browser.get(path).text
    ticked = set(re.findall(r'value="([^"]+)" checked', again))
    assert ticked == {"courses", "mentor", "mon-evening"}
    browser.post(path, data={"geef": ["feedback"], "vaak": "99999999999"})
    assert set(re.findall(r'value="([^"]+)" checked', browser.get(path).text)) == {"feedback"}
    assert browser.post(f"{path}/stop", follow_redirects=False).status_code == 303
    assert "Je maakte bezwaar" in plain(browser.get(path).text)
    assert browser.get(f"/welkom/{'x' * 43}").status_code == 401
    assert browser.get("/antwoord/" + path.rpartition("/")[2]).status_code == 401, "a link for the questions only"
    assert browser.post("/inloggen/link/" + path.rpartition("/")[2]).status_code == 401


def test_a_form_of_another_site_answers_nothing(web: FastAPI, box: Box) -> None:
    """Whoever has the link and is led elsewhere gives no consent there."""
    path, browser = asked(web, box)
    other = {"Sec-Fetch-Site": "cross-site"}
    assert browser.post(path, data={"geef": ["mentor"]}, headers=other).status_code == 403
    assert campaigns.figures(app_of(web), COORDINATOR)[0].answered == 0


def test_texts_of_the_settings_are_in_the_mail_and_on_the_page(web: FastAPI, box: Box) -> None:
    """The school's own words and basis in place of ours."""
    held = web.state.held
    held.sender._compose = replace(
        held.sender._compose,
        settings=held.settings.model_copy(update={"first_text": "Eigen woorden.", "first_basis": "Eigen grondslag."}),
    )
    stores.upsert(app_of(web).store, ALUMNI, [Upsert(2, "B-1", SCHOOL, {"email": mail_of("B-1")})])
    campaigns.send(app_of(web), COORDINATOR)
    (message,) = deliver(web, box, 1)
    text = plain_of(message)
    assert "Eigen woorden." in text
    assert "Eigen grondslag." in text


# ---- three facts


def test_one_click_says_that_facts_are_right(web: FastAPI, box: Box) -> None:
    """Once a year; what is corrected is so from then on; the coordinator sees how old each is."""
    app = app_of(web)
    row = {"email": mail_of("B-1"), "function": "kok", "town": "Zwolle", "consents": frozenset({Purpose.MENTOR})}
    stores.upsert(app.store, ALUMNI, [Upsert(2, "B-1", SCHOOL, {**row, "consent_date": AS_OF})])
    assert facts.advance(app, JOB) == 0
    advance(web, YEAR)
    assert facts.advance(app, JOB) == 1
    assert facts.advance(app, JOB) == 0, "asked once"
    (message,) = deliver(web, box, 1)
    path, browser = link(message, "klopt"), visitor(web)
    page = plain(browser.get(path).text)
    assert "kok" in page
    assert browser.post(path, follow_redirects=False).status_code == 303
    assert browser.post(path, data={"town": "Kampen"}, follow_redirects=False).status_code == 303
    assert "Kampen" in browser.get(path).text
    listed = plain(browser_of(web, Role.COORDINATOR, SCHOOL).get("/toestemming/gegevens").text)
    assert listed.count("1 mrt 2028") + listed.count("29 feb 2028") >= 2
    assert facts.advance(app, JOB) == 0


def test_after_a_bounce_another_address_is_asked_at_once(web: FastAPI, box: Box) -> None:
    """And the one that bounces not at all; the coordinator sees it."""
    app = app_of(web)
    row = {"email": mail_of("B-1"), "function": "kok", "consents": frozenset({Purpose.MENTOR}), "consent_date": AS_OF}
    stores.upsert(app.store, ALUMNI, [Upsert(2, "B-1", SCHOOL, row)])
    key = stores.key_of(app.store, ALUMNI, "B-1")
    stores.write(app.store, lambda tx: after_bounce(tx, key), JOB)
    advance(web, YEAR)
    assert facts.advance(app, JOB) == 0
    assert "mail komt terug" in plain(browser_of(web, Role.COORDINATOR, SCHOOL).get("/toestemming/gegevens").text)
    stores.upsert(app.store, ALUMNI, [Upsert(2, "B-1", SCHOOL, {"email": mail_of("nieuw")})])
    assert facts.advance(app, JOB) == 0, "once a day"
    advance(web, timedelta(days=1))
    assert facts.advance(app, JOB) == 1
    (message,) = deliver(web, box, 1)
    assert message["To"] == mail_of("nieuw")


# ---- the door


def opened(web: FastAPI) -> str:
    """The path of a door that the coordinator opened on the page."""
    coordinator = browser_of(web, Role.COORDINATOR, SCHOOL)
    page = coordinator.get("/toestemming")
    form = {"formulier": form_token(page.text), "naam": "Kok 2027", "vertrek": "2027-06-30"}
    assert coordinator.post("/toestemming/deur", data=form, follow_redirects=False).status_code == 303
    (one,) = door.doors(app_of(web), COORDINATOR)
    return f"/kom-erbij/{one.code}"


def knocked(web: FastAPI, path: str, **changes: str) -> str:
    """The page after the form, once what it asks is written or put aside."""
    answer = visitor(web).post(path, data=ENTRY | changes)
    assert answer.status_code == 200, plain(answer.text)
    web.state.held.ask_login_link("").result()  # one thread writes them, one after another
    return answer.text


def test_who_is_on_no_list_comes_in_by_the_door(web: FastAPI, box: Box) -> None:
    """The code on the poster leads there; the mail confirms; then the questions come."""
    path = opened(web)
    coordinator = browser_of(web, Role.COORDINATOR, SCHOOL)
    code = path.rpartition("/")[2]
    assert f"{BASE}{path}" in plain(coordinator.get(f"/toestemming/deur/{code}").text)
    picture = coordinator.get(f"/toestemming/deur/{code}/qr.svg")
    assert (picture.headers["Content-Type"], picture.content[:4]) == ("image/svg+xml", b"<svg")
    assert "Kok 2027" in visitor(web).get(path).text
    knocked(web, path)
    (message,) = deliver(web, box, 1)
    assert message["To"] == ENTRY["email"]
    confirm, browser = link(message, "kom-erbij/bevestig"), visitor(web)
    assert browser.get(confirm).status_code == 200
    assert len(stores.alumni(app_of(web).store)) == 1, "looking confirms nothing"
    answer = browser.post(confirm, follow_redirects=False)
    assert answer.status_code == 303
    assert "1. Wat wil je" in plain(browser.get(answer.headers["Location"]).text)
    assert len(stores.alumni(app_of(web).store)) == 2
    assert browser.post(confirm).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"geboren": "2012-01-01", "waar": "school", "jaar": "2027"}, "Je bent nog geen 16"),
        ({"geboren": "morgen"}, "Vul alle velden in"),
        ({"waar": ""}, "Vul alle velden in"),
        ({"jaar": "1899"}, "kan niet kloppen"),
        ({"email": "geen adres"}, "e-mailadres"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(web: FastAPI, wrong: dict[str, str], said: str) -> None:
    """With 422, and nothing is written."""
    path = opened(web)
    answer = visitor(web).post(path, data=ENTRY | wrong)
    assert answer.status_code == 422
    assert said in plain(answer.text)
    assert 'value="Sanne"' in answer.text
    assert stores.mails(app_of(web).store) == []


def test_the_door_answers_the_same_to_everybody(web: FastAPI, box: Box) -> None:
    """To who is unknown, on the list twice, or erased: the same page, in the same time.

    Turns of each in between one another; what is written is written later, by another thread.
    """
    app = app_of(web)
    known = [f"bekend{number}@voorbeeld.example" for number in range(TURNS)]
    erased = [f"gewist{number}@voorbeeld.example" for number in range(TURNS)]
    rows = [Upsert(row, f"K-{row}", SCHOOL, {"email": mail}) for row, mail in enumerate([*known, *known, *erased], 2)]
    stores.upsert(app.store, ALUMNI, rows)
    for mail in erased:
        ((key, _),) = stores.read(app.store, lambda records, one=mail: records.people.with_email(one))
        stores.write(app.store, lambda tx, one=key: tx.people.erase(one, []))
    path, browser = opened(web), visitor(web)
    pages, taken = set(), defaultdict(list)
    for turn in range(TURNS):
        for who in ("bekend", "gewist", "onbekend"):
            begun = time.perf_counter()
            pages.add(browser.post(path, data=ENTRY | {"email": f"{who}{turn}@voorbeeld.example"}).text)
            taken[who].append(time.perf_counter() - begun)
            web.state.held.ask_login_link("").result()
            settled(app)
    assert len(pages) == 1
    times = {who: median(each) for who, each in taken.items()}
    assert max(times.values()) < 2 * min(times.values()), times
    mails = [mail.address or "" for mail in stores.mails(app.store) if mail.message == "door_confirm"]
    sent = [str(message["To"]) for message in box.messages]
    assert not any("gewist" in one for one in (*mails, *sent))


def test_a_doubt_is_on_the_page_of_duplicates(web: FastAPI, box: Box) -> None:
    """Somebody of the list with that number and no address stays as it was."""
    app = app_of(web)
    stores.upsert(app.store, ALUMNI, [Upsert(2, "4711", SCHOOL, {"function": "kok"})])
    knocked(web, opened(web), nummer="4711")
    (message,) = deliver(web, box, 1)
    visitor(web).post(link(message, "kom-erbij/bevestig"))
    (pair,) = duplicates.possible(app, COORDINATOR)
    assert (pair.first, pair.second, pair.because) == ("04711", "4711", ("number",))
    assert "4711" in browser_of(web, Role.COORDINATOR, SCHOOL).get("/dubbelen").text


def test_a_closed_door_is_not_there(web: FastAPI) -> None:
    """For a form that was open too; nor is one that never was, and no other school closes it."""
    path = opened(web)
    code = path.rpartition("/")[2]
    coordinator = browser_of(web, Role.COORDINATOR, SCHOOL)
    token = form_token(coordinator.get("/toestemming").text)
    assert coordinator.post(f"/toestemming/deur/{code}/dicht", data={"formulier": token}).status_code == 200
    for answer in (
        visitor(web).get(path),
        visitor(web).post(path, data=ENTRY),
        visitor(web).get("/kom-erbij/onbekend1"),
    ):
        assert answer.status_code == 404


# ---- the command


def test_the_command_looks_sends_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same figures as the page; small numbers are not told."""
    clock = FixedClock(AS_OF)
    store = SqlStore(f"sqlite:///{tmp_path / 'cli.db'}", clock)
    fresh.migrate(store)
    rows = [Upsert(row, f"B-{row}", SCHOOL, {"email": mail_of(f"B-{row}")}) for row in range(2, 14)]
    stores.upsert(store, ALUMNI, rows)
    engine = Engine(store, HashEncoder(), clock)
    run = runner(engine, capsys)
    code, out, _ = run("campaign", "look", "--school", SCHOOL)
    assert code == 0
    assert "12 alumni krijgen een mail" in out
    assert "12 zonder toestemming" in out
    code, out, said = run("campaign", "look", "--format", "json")
    assert code == 0, said
    told = json.loads(out)
    assert told["campaigns"][0]["mailed"] == 12
    assert {kind["ranked"] for kind in told["standing"][0]["kinds"]} == {0}
    code, _, said = run("campaign", "send", "--expected", "12")
    assert (code, "mailserver" in said) == (2, True)
    app = replace(engine.app, sends_mail=True)
    campaigns.send(app, COMMAND_LINE)
    assert "12 gevraagd" not in unwrapped(run("campaign", "figures")[1])
    figures = json.loads(run("campaign", "figures", "--format", "json")[1])["campaigns"]
    assert (figures[0]["asked"], figures[0]["sent"]) == (12, 0)
    store.close()
