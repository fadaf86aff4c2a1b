"""Groups, messages and questions over HTTP, SMTP and links: 300 people of the sample, the pages, commands and JSON."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import Message
from pathlib import Path
from random import Random

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.messages import Composer
from api.settings import Settings
from api.wiring import build_mailer
from matcher.domain.feedback import LEAST, REST, group_of, published
from matcher.domain.kinds import Purpose
from matcher.domain.ledger import LedgerEvent
from matcher.domain.records import Alumnus, RecordKind
from matcher.domain.segments import Criteria
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import due, erasure, feedback, privacy, segment_messages, segments
from matcher.services.app import App
from matcher.services.messages import deliver as deliver_due
from matcher.services.segment_messages import Draft
from matcher.spreadsheets.reader import read_table
from matcher.store.sql_store import SqlStore
from tests.api.conftest import browser_of, form_token, headers_of, plain, runner, unwrapped
from tests.support import fresh, stores
from tests.support.apps import Engine
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.mail import Box, mail_server
from tests.support.worlds import AS_OF

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
SCHOOL = "ROC Vechtdal"
WRITER = Asker(5, Role.COORDINATOR, SCHOOL)
BASE = "http://testserver"
ALUMNI = RecordKind.ALUMNI
PEOPLE = pytest.mark.parametrize("sample", [100, pytest.param(300, marks=pytest.mark.long)], indirect=True)
TEN = timedelta(minutes=10)
FORM = {
    "naam": "Vijf vragen",
    "vraag_1": "Hoe goed bereidde je opleiding je voor op je werk?",
    "soort_1": "scale",
    "vraag_2": "Zou je de opleiding aanraden?",
    "soort_2": "yes_no",
    "vraag_3": "Wat doe je nu?",
    "soort_3": "choice",
    "keuzes_3": "werk; vervolgopleiding; iets anders",
}


@pytest.fixture
def box() -> Iterator[Box]:
    with mail_server() as made:
        yield made


@pytest.fixture
def web(box: Box, tmp_path: Path) -> Iterator[FastAPI]:
    """The app with a real mail server and the login of the demo, on an almost empty database."""
    clock = FixedClock(AS_OF)
    url = f"sqlite:///{tmp_path / 'segments.db'}"
    store = SqlStore(url, clock)
    fresh.migrate(store)
    stores.write(store, lambda tx: tx.installation.set_once("demo", SCHOOL))
    stores.upsert(store, ALUMNI, [Upsert(2, "A-1", SCHOOL, {"town": "Zwolle"})])
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
        made.state.held.sender.stop()  # the tests send themselves
        yield made
    made.state.held.store.close()


def app_of(web: FastAPI) -> App:
    app = web.state.held.app
    assert isinstance(app, App)
    return app


def later(web: FastAPI, by: timedelta) -> None:
    app_of(web).clock.advance(by)  # type: ignore[attr-defined]


def visitor(web: FastAPI) -> TestClient:
    return TestClient(web, raise_server_exceptions=False, headers={"Accept": "text/html"})


def send(web: FastAPI) -> int:
    """Sends what is due through the real server; how many it took."""
    held = web.state.held
    sent = deliver_due(app_of(web), JOB, held.mailer, Composer(held.settings))
    assert sent.reachable
    return sent.sent


def plain_of(message: Message) -> str:
    return str(message.get_body(("plain",)).get_content())  # type: ignore[attr-defined]


def link(message: Message) -> str:
    """The path of the link to the questions in a mail."""
    (found,) = re.findall(rf"{BASE}(/vijf-vragen/\S+)", plain_of(message))
    return str(found)


def mail_of(number: str) -> str:
    return f"{number.casefold()}@voorbeeld.example"


@pytest.fixture
def sample(web: FastAPI, request: pytest.FixtureRequest) -> list[str]:
    """The numbers of people of one school of the sample, with an address each, who agreed to giving feedback."""
    people: int = getattr(request, "param", 12)
    table = read_table(SAMPLE / "alumni.xlsx", ALUMNI, today=AS_OF)
    rows = [one for one in table.upserts if one.owner == SCHOOL][:people]
    said = {"consents", "consent_date", "withdrawals", "paused_until", "max_asks_per_year", "left_on"}
    agreed = {"consents": frozenset({Purpose.FEEDBACK, Purpose.MENTOR}), "consent_date": AS_OF}
    given = [
        replace(
            one,
            values={name: value for name, value in one.values.items() if name not in said}
            | {"email": mail_of(one.id)}
            | agreed,
        )
        for one in rows
    ]
    stores.upsert(app_of(web).store, ALUMNI, given)
    return [one.id for one in given]


def posted(browser: TestClient, path: str, **form: str) -> str:
    """Where a form of a page leads, with the field of the session."""
    page = browser.get("/segmenten")
    answer = browser.post(path, data={"formulier": form_token(page.text), **form}, follow_redirects=False)
    assert answer.status_code == 303, plain(answer.text)
    return str(answer.headers["Location"])


@PEOPLE
def test_people_of_the_sample_are_asked_five_questions(web: FastAPI, box: Box, sample: list[str]) -> None:
    """By the pages, real mail and the links in it: counted before and after consent, approved, undone, sent, answered.

    Some of the people changed their mind before the look, some after the button and before their mail. What is shown is
    what may be shown of what was answered, to the last one.
    """
    app, random = app_of(web), Random(20270301)  # noqa: S311 - no secret
    people = random.sample(sample, len(sample))
    objects, withdrew, no_mail, late = people[:7], people[7:20], people[20:25], people[25:29]
    for number in objects:
        privacy.object_to_ranking(app, COMMAND_LINE, objects=True, alumnus_id=number, school=SCHOOL)
    for number in withdrew:
        privacy.give(app, COMMAND_LINE, Purpose.FEEDBACK, given=False, alumnus_id=number, school=SCHOOL)
    for number in no_mail:
        privacy.correct(app, COMMAND_LINE, "email", None, alumnus_id=number, school=SCHOOL)
    assert send(web) == len(no_mail), "each hears at the old address that it is changed"
    box.messages.clear()
    mailed = len(people) - len(objects) - len(withdrew) - len(no_mail)
    coordinator = browser_of(web, Role.COORDINATOR, SCHOOL)
    assert "Groepen" in plain(coordinator.get("/toestemming").text), "the way there"
    posted(coordinator, "/terugkoppeling", **FORM)
    (form,) = feedback.forms(app, WRITER)
    group = posted(coordinator, "/segmenten", naam="Iedereen", jaar_van="1990").partition("?")[0]
    page = plain(coordinator.get(group, params={"doel": "feedback"}).text)
    (segment,) = segments.listed(app, WRITER)
    assert f"Van deze {segment.people} alumni mogen er {mailed} dit bericht krijgen" in page
    for line in ("7 die bezwaar maken", "13 zonder toestemming voor feedback", "5 zonder e-mailadres"):
        assert line in page
    words = {"doel": "feedback", "onderwerp": "Hoe was je opleiding?", "tekst": "Help ons het beter te maken."}
    message = posted(coordinator, f"{group}/bericht", **words, vragen=form.id)
    look = coordinator.get(message)
    text = plain(look.text)
    assert "Hoe was je opleiding?" in text
    assert "/vijf-vragen/eigen-link" in text
    assert "omdat je ja zei op: feedback" in text
    assert "geen andere coördinator" in text, "of one coordinator that is said"
    assert box.messages == []
    assert posted(coordinator, f"{message}/goed", aantal=str(mailed)).endswith("verstuurd")
    posted(coordinator, f"{message}/terug")
    later(web, TEN)
    assert send(web) == 0, "taken back: nobody was asked"
    message = posted(coordinator, f"{group}/bericht", **words, vragen=form.id)
    wrong = coordinator.post(f"{message}/goed", data={"formulier": form_token(look.text), "aantal": "1"})
    assert (wrong.status_code, "Er is niets verstuurd" in plain(wrong.text)) == (422, True)
    posted(coordinator, f"{message}/goed", aantal=str(mailed))
    for number in late:
        privacy.give(app, COMMAND_LINE, Purpose.FEEDBACK, given=False, alumnus_id=number, school=SCHOOL)
    later(web, TEN)
    assert send(web) == mailed - len(late)
    due.advance(app, JOB)
    to = {str(one["To"]): link(one) for one in box.messages}
    assert len(to) == len(set(to.values())) == mailed - len(late)
    assert not {mail_of(number) for number in (*objects, *withdrew, *no_mail, *late)} & set(to)
    alumni = {one.alumnus_id: one for one in stores.alumni(app.store)}
    asks = Counter(
        line.alumnus_key
        for line in stores.read(app.store, lambda records: list(records.ledger.all()))
        if line.event is LedgerEvent.ASKED
    )
    assert set(asks.values()) == {1}
    assert set(asks) == {alumni[number].key for number in sample if mail_of(number) in to}
    known = answered(web, to, alumni, sample, random)
    assert "de uitkomst zie je daarna" in plain(coordinator.get("/terugkoppeling").text)
    later(web, timedelta(days=31))
    due.advance(app, JOB)
    (round_,) = feedback.results(app, WRITER)
    assert round_.answered == len(known)
    for number, result in enumerate(round_.results):
        counts = defaultdict[str, Counter[str]](Counter)
        for group_, answers in known:
            if number in answers:
                counts[group_][answers[number]] += 1
        expected = published(counts)
        assert {one.qualification: dict(one.answers) for one in result.groups} == expected
        assert all(sum(one.answers.values()) >= LEAST for one in result.groups)
        assert any(one.qualification == REST for one in result.groups), "some are too small to stand alone"
    shown = plain(browser_of(web, Role.COORDINATOR, SCHOOL).get("/terugkoppeling").text)
    assert "overige opleidingen samen" in shown
    assert "gemiddeld" in shown
    (told,) = (one.figures for one in segment_messages.listed(app, WRITER) if one.message.state == "closed")
    assert told is not None
    assert (told.asked, told.sent, told.released) == (mailed, mailed - len(late), len(late))


def answered(
    web: FastAPI, to: dict[str, str], alumni: dict[str, Alumnus], sample: list[str], random: Random
) -> list[tuple[str, dict[int, str]]]:
    """Two in three answer by their link, once; what they said, by group."""
    known = []
    for number in (one for one in sample if mail_of(one) in to):
        browser, path = visitor(web), to[mail_of(number)]
        if random.random() < 1 / 3:
            continue
        said = {0: str(random.randint(1, 5)), 1: random.choice(["yes", "no", ""]), 2: str(random.randint(0, 2))}
        form = {f"vraag_{question}": answer for question, answer in said.items()}
        assert browser.post(path, data=form, follow_redirects=False).status_code == 303
        if len(known) % 20 == 0:
            page = browser.get(path)
            assert "Dankjewel" in plain(page.text)
            assert number not in page.text
            assert browser.post(path, data=form).status_code == 422, "once"
        given = {question: answer for question, answer in said.items() if answer}
        known.append((group_of(alumni[number].qualifications), given))
    return known


def test_who_is_erased_leaves_no_trace_but_the_counts(web: FastAPI, box: Box, sample: list[str]) -> None:
    """The proof of the erasure finds nothing, with a message and an answer behind it."""
    app, number = app_of(web), sample[0]
    id_ = segments.add(app, WRITER, "Iedereen", Criteria()).id
    form = feedback.add_form(app, WRITER, "Vragen", [question_of("scale")])
    message = segment_messages.write(app, WRITER, Draft(id_, Purpose.FEEDBACK, "Vragen", "Zeg het.", form.id))
    segment_messages.approve(app, WRITER, message.id)
    later(web, TEN)
    send(web)
    path = next(link(one) for one in box.messages if str(one["To"]) == mail_of(number))
    visitor(web).post(path, data={"vraag_0": "2"})
    assert privacy.known(app, COMMAND_LINE, number, school=SCHOOL)["segment_messages"][0]["answered"]
    erased = erasure.erase(app, COMMAND_LINE, number, school=SCHOOL)
    assert erased.found_in == ()
    counts = stores.read(app.store, lambda records: records.feedback.counts(message.key))
    assert [sum(one.values()) for one in counts[0].values()] == [1]
    assert visitor(web).get(path).status_code == 401


def question_of(form: str) -> feedback.Question:
    return feedback.Question(feedback.AnswerForm(form), "Hoe goed?")


def test_the_writer_sees_that_another_must_approve(web: FastAPI, sample: list[str]) -> None:
    """Where the school has another coordinator; that one may."""
    app = app_of(web)
    coordinator = browser_of(web, Role.COORDINATOR, SCHOOL)
    stores.write(app.store, lambda tx: tx.accounts.save("x", "ander", Role.COORDINATOR, SCHOOL))
    group = posted(coordinator, "/segmenten", naam="Iedereen").partition("?")[0]
    own = posted(coordinator, f"{group}/bericht", doel="mentor", onderwerp="Avond", tekst="Kom je?\r\nTot dan.")
    page = coordinator.get(own).text
    assert "Je schreef dit zelf" in plain(page)
    assert f"{own}/goed" not in page
    token = {"formulier": form_token(page)}
    assert coordinator.post(f"{own}/goed", data=token | {"aantal": "300"}).status_code == 422
    draft = Draft(group.rpartition("/")[2], Purpose.MENTOR, "Avond", "Kom je?")
    others = segment_messages.write(app, WRITER, draft)
    assert f"Keur goed en mail {len(sample)} alumni" in plain(coordinator.get(f"/segmenten/bericht/{others.id}").text)
    posted(coordinator, f"/segmenten/bericht/{others.id}/goed", aantal=str(len(sample)))
    assert coordinator.post(f"/segmenten/bericht/{others.id}/weg", data=token).status_code == 422
    posted(coordinator, f"{own}/weg")
    posted(coordinator, f"{group}/weg")
    assert coordinator.get(group).status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"naam": "", "niveau": "2"}, "Geef een naam"),
        ({"naam": "X", "plaats": "Zwolle"}, "aantal kilometers"),
        ({"naam": "X", "plaats": "Zwolle", "km": "ver"}, "aantal kilometers"),
        ({"naam": "X", "plaats": "Qwxz", "km": "4"}, "We kennen geen plaats"),
        ({"naam": "X", "jaar_van": "veel"}, "geen jaar van vertrek"),
        ({"naam": "X", "vertrek_van": "morgen"}, "Draai ze om"),
    ],
)
def test_what_cannot_be_a_group_is_said_and_what_was_typed_stays(web: FastAPI, form: dict[str, str], said: str) -> None:
    """With 422, and nothing is written."""
    coordinator = browser_of(web, Role.COORDINATOR, SCHOOL)
    token = {"formulier": form_token(coordinator.get("/segmenten").text)}
    answer = coordinator.post("/segmenten", data={**token, **form, "sector": "Zorg"})
    assert (answer.status_code, said in plain(answer.text)) == (422, True)
    assert 'value="Zorg"' in answer.text
    assert segments.listed(app_of(web), WRITER) == []


def test_a_group_with_everything_is_told_in_words(web: FastAPI) -> None:
    """Each criterion, in both languages."""
    coordinator = browser_of(web, Role.COORDINATOR, SCHOOL)
    group = posted(
        coordinator,
        "/segmenten",
        naam="Veel",
        opleiding="kok",
        niveau="2",
        jaar_van="2020",
        jaar_tot="2024",
        vertrek_van="2020-01-01",
        sector="horeca",
        functie="kok",
        plaats="Zwolle",
        km="25,5",
        gevraagd="nee",
        gaf="ja",
        kreeg="nee",
        doel="mentor",
    )
    told = plain(coordinator.get(group).text)
    for words in ("vertrokken in 2020 tot en met 2024", "binnen 25,5 km van Zwolle", "nooit iets gevraagd", "niveau 2"):
        assert words in told
    assert "never asked anything" in plain(coordinator.get(group, params={"lang": "en"}).text)


def test_questions_that_cannot_be_are_said(web: FastAPI) -> None:
    """An open answer only where that was chosen; what was typed stays."""
    coordinator = browser_of(web, Role.COORDINATOR, SCHOOL)
    token = {"formulier": form_token(coordinator.get("/terugkoppeling").text)}
    open_ = FORM | {"soort_3": "text", "keuzes_3": ""}
    answer = coordinator.post("/terugkoppeling", data={**token, **open_})
    assert (answer.status_code, "kan verraden wie het schreef" in plain(answer.text)) == (422, True)
    assert FORM["vraag_2"] in answer.text
    assert coordinator.post("/terugkoppeling", data={**token, **open_, "open": "ja"}).status_code == 200
    (form,) = feedback.forms(app_of(web), WRITER)
    posted(coordinator, f"/terugkoppeling/{form.id}/weg")
    assert "nog geen vragenlijst" in plain(coordinator.get("/terugkoppeling").text)


def test_a_form_of_another_site_answers_nothing(web: FastAPI, box: Box, sample: list[str]) -> None:
    """And a link for something else opens no questions; without an account the pages of the school are closed."""
    app = app_of(web)
    id_ = segments.add(app, WRITER, "Iedereen", Criteria()).id
    form = feedback.add_form(app, WRITER, "Vragen", [question_of("yes_no")])
    message = segment_messages.write(app, WRITER, Draft(id_, Purpose.FEEDBACK, "Vragen", "Zeg het.", form.id))
    segment_messages.approve(app, WRITER, message.id)
    later(web, TEN)
    assert send(web) == len(sample)
    path, browser = link(box.messages[0]), visitor(web)
    assert browser.post(path, data={"vraag_0": "yes"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert feedback.results(app, WRITER)[0].answered == 0
    empty = browser.post(path, data={"vraag_0": "", "vraag_9": "x"})
    assert (empty.status_code, "minstens één vraag" in plain(empty.text)) == (422, True)
    assert browser.get("/welkom/" + path.rpartition("/")[2]).status_code == 401
    assert browser.get(f"/vijf-vragen/{'x' * 43}").status_code == 401
    stop = re.findall(rf"{BASE}(/stoppen/\S+)", plain_of(box.messages[0]))
    assert "vragen van de school" in plain(browser.get(stop[0]).text)
    for closed in ("/segmenten", "/terugkoppeling", f"/segmenten/bericht/{message.id}"):
        assert browser.get(closed, follow_redirects=False).status_code in {303, 401}


def test_the_same_is_there_as_json(web: FastAPI, sample: list[str]) -> None:
    """Segments, whom a message may go to, messages and results; of the own school alone."""
    headers = headers_of(web, Role.COORDINATOR, SCHOOL) | {"Accept": "application/json"}
    client = TestClient(web, headers=headers)
    wanted = {"name": "Iedereen", "criteria": {"year_from": 1990, "purpose": "feedback"}}
    made = client.post("/v1/segments", json=wanted)
    assert (made.status_code, made.json()["criteria"]) == (200, wanted["criteria"])
    (item,) = client.get("/v1/segments").json()["items"]
    assert item["id"] == made.json()["id"]
    look = client.get(f"/v1/segments/{item['id']}/audience", params={"purpose": "feedback"}).json()
    assert look["people"] == item["people"] == look["mailed"] + sum(look["left_out"].values())
    assert client.get("/v1/segments/messages").json() == {"items": []}
    assert client.get("/v1/feedback").json() == {"items": []}
    app = app_of(web)
    form = feedback.add_form(app, WRITER, "Vragen", [question_of("yes_no")])
    draft = Draft(item["id"], Purpose.FEEDBACK, "Vragen", "Zeg het.", form.id)
    segment_messages.approve(app, WRITER, segment_messages.write(app, WRITER, draft).id)
    (message,) = client.get("/v1/segments/messages").json()["items"]
    assert (message["state"], message["figures"]["asked"], message["alone"]) == ("sent", look["mailed"], True)
    (round_,) = client.get("/v1/feedback").json()["items"]
    assert (round_["answered"], round_["results"]) == (0, None)
    assert client.post("/v1/segments", json={"name": "X", "criteria": {"place": "Zwolle"}}).status_code == 422
    other = TestClient(web, headers=headers_of(web, Role.COORDINATOR, "Elders"))
    assert other.get("/v1/segments").json() == {"items": []}
    assert other.get(f"/v1/segments/{item['id']}/audience", params={"purpose": "mentor"}).status_code == 404


def test_the_commands_do_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A group, questions, a message, a look, and what came of it."""
    clock = FixedClock(AS_OF)
    store = SqlStore(f"sqlite:///{tmp_path / 'cli.db'}", clock)
    fresh.migrate(store)
    said = {"consents": frozenset({Purpose.FEEDBACK}), "consent_date": AS_OF}
    rows = [Upsert(row, f"B-{row}", SCHOOL, {"email": mail_of(f"B-{row}"), **said}) for row in range(2, 9)]
    stores.upsert(store, ALUMNI, rows)
    engine = Engine(store, HashEncoder(), clock)
    run = runner(engine, capsys)
    assert "nog geen groep" in unwrapped(run("segment", "list")[1])
    code, out, problem = run("segment", "add", "Iedereen", "--no-asked", "--consent", "feedback")
    assert code == 0, problem
    (segment,) = re.findall(r"Groep (\w+) is bewaard", out)
    assert run("segment", "add", "Fout", "--left-from", "morgen")[0] == 2
    listed = run("segment", "list")[1]
    assert "7 alumni" in listed
    assert "nooit iets gevraagd" in listed
    assert "7 dit bericht krijgen" in unwrapped(run("segment", "look", segment, "--purpose", "feedback")[1])
    look = json.loads(run("segment", "look", segment, "--purpose", "mentor", "--format", "json")[1])
    assert (look["mailed"], look["left_out"]["no_consent"]) == (0, 7)
    assert run("feedback", "add", "Fout", "--question", "raar: wat?")[0] == 2
    asked = ("--question", "scale: Hoe goed?", "--question", "choice: Wat doe je? | werk; studie")
    (form,) = re.findall(r"Vragenlijst (\w+) is bewaard", run("feedback", "add", "Vragen", *asked)[1])
    assert "Wat doe je?" in unwrapped(run("feedback", "list")[1])
    forms = json.loads(run("feedback", "list", "--format", "json")[1])["forms"]
    assert forms[0]["questions"][1]["choices"] == ["werk", "studie"]
    words = ("--purpose", "feedback", "--subject", "Vragen", "--text", "Zeg het.", "--questions", form)
    (message,) = re.findall(r"Bericht (\w+) staat klaar", run("segment", "write", segment, *words)[1])
    shown = run("segment", "show", message)[1]
    assert "Onderwerp: Vragen" in shown
    assert "7 dit bericht krijgen" in shown
    assert run("segment", "approve", message)[0] == 2, "no mail server"
    sending = replace(engine.app, sends_mail=True)
    segment_messages.approve(sending, COMMAND_LINE, message)
    assert "7 mails gaan niet uit" in unwrapped(run("segment", "undo", message)[1])
    again = segment_messages.write(sending, COMMAND_LINE, Draft(segment, Purpose.FEEDBACK, "Vragen", "Nog eens", form))
    segment_messages.approve(sending, COMMAND_LINE, again.id)
    for one in stores.read(store, lambda records: records.segment_messages.people(message_key=again.key)):
        row = {"answered": True, "state": "reached"}
        stores.write(store, lambda tx, one=one, row=row: tx.segment_messages.put(one.key, "asked", row))
        stores.write(store, lambda tx: tx.feedback.count(again.key, "25180", {0: "4", 1: "1"}, {}))
    assert "open tot en met" in unwrapped(run("feedback", "results")[1])
    clock.advance(timedelta(days=31))
    due.advance(sending, JOB)
    results = run("feedback", "results")[1]
    assert "gemiddeld 4,00 (van 7)" in results
    assert "werk: 0 %, studie: 100 %" in results
    told = json.loads(run("feedback", "results", "--format", "json")[1])["rounds"][0]
    assert told["results"][0]["groups"] == [{"qualification": "25180", "answers": {"4": 7}, "last_year": None}]
    assert "7 gaven antwoord" in unwrapped(run("segment", "show", again.id)[1])
    messages = json.loads(run("segment", "list", "--format", "json")[1])["messages"]
    assert {one["state"]: one["figures"]["sent"] for one in messages} == {"undone": 0, "closed": 7}
    assert run("feedback", "remove", form)[0] == run("segment", "remove", segment)[0] == 0
    store.close()
