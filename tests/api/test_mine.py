"""Pages of an adviser and an alumnus: talks by code, own lists, and questions that a person answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.web import advice
from matcher.domain.answers import Basis, Card, Match, QueryInfo, Ranking
from matcher.domain.day_parts import mask_of_day_parts
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Offering, RecordKind
from matcher.locale import LANGUAGES, Language
from matcher.matching.tilt import Tilt
from matcher.policy import Action, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import invitations
from matcher.services.matching import Tilted
from tests.api.conftest import app_in, browser_of, plain, running, sent
from tests.support import stores
from tests.support.cards import handle
from tests.support.worlds import AS_OF

OWN = (
    "/mij", "/mij/toestemming", "/mij/gegevens", "/mij/vaardigheden", "/mij/gebruik", "/mij/lijsten", "/mij/gesprek",
    "/mij/lijst", "/mij/stoppen", "/mij/wissen", "/mij/lijsten/waarom?vraag=R-1&school=Noord",
)  # fmt: skip
ADVICE = (
    "/advies", "/advies?code=7K4M2WQX", "/advies?bladzijde=1", "/advies/Noord/A-9", "/advies/Noord/A-9?for=requests",
    "/advies/Noord/A-9?prijs=90&avond=60&was=50.0.50.0.0", "/advies/Noord/A-9?stand=zomaar", "/advies/Noord/A-9/lijst",
)  # fmt: skip


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """An app of its own: these tests change things."""
    with running(app_in(tmp_path, login="demo")) as made:
        yield made


def code_of(alumnus: TestClient) -> str:
    """The code that the page of an alumnus shows."""
    (code,) = re.findall(r'class="code">([^<]+)<', sent(alumnus, "/mij/gesprek").text)
    return str(code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_answers_in_both_languages(web: FastAPI, language: Language) -> None:
    """Of an alumnus, and of an adviser and a coordinator about one."""
    for role, addresses in ((Role.ALUMNUS, OWN), (Role.ADVISER, ADVICE), (Role.COORDINATOR, ADVICE[2:-1])):
        browser = browser_of(web, role, alumnus="A-9")
        for address in addresses:
            answer = browser.get(f"{address}{'&' if '?' in address else '?'}lang={language}")
            assert (answer.status_code, answer.headers["Content-Language"]) == (200, language), address


def test_a_code_is_shown_once_and_opens_one_talk(app: FastAPI) -> None:
    """A second look shows none; the adviser reads the advice of one who agreed to nothing; a wrong code says so."""
    alumnus, adviser = browser_of(app, Role.ALUMNUS, alumnus="A-5"), browser_of(app, Role.ADVISER)
    assert adviser.get("/advies/Noord/A-5").status_code == 404
    code = code_of(alumnus)
    assert code not in alumnus.get("/mij/gesprek").text
    wrong = sent(adviser, "/advies/code", code="22222222")
    assert (wrong.status_code, "Deze code klopt niet" in wrong.text) == (422, True)
    page = sent(adviser, "/advies/code", code=code).text
    assert "Het gesprek is open, voor een uur." in page
    assert "Welke cursus past?" in page
    assert sent(browser_of(app, Role.ADVISER), "/advies/code", code=code).status_code == 422
    assert "Het gesprek is gestopt." in sent(alumnus, "/mij/gesprek/stop").text
    assert adviser.get("/advies/Noord/A-5").status_code == 404


def test_a_page_of_advice_is_one_list_in_the_log(app: FastAPI) -> None:
    """Of courses as of roles: the log has what was shown, once."""
    adviser = browser_of(app, Role.ADVISER)
    for target in ("offerings", "requests"):
        assert adviser.get(f"/advies/Noord/A-9?for={target}").status_code == 200
    with app.state.held.app.store.read() as records:
        listed = [entry.details["target"] for entry in records.audit.stream() if entry.action == Action.RECOMMEND]
    assert listed == ["offerings", "requests"]


def test_after_five_wrong_codes_a_right_one_waits(app: FastAPI) -> None:
    """The page says so, and keeps its field."""
    code, adviser = code_of(browser_of(app, Role.ALUMNUS, alumnus="A-2")), browser_of(app, Role.ADVISER)
    answers = [sent(adviser, "/advies/code", code="33333333").status_code for _ in range(5)]
    assert answers == [422] * 5
    last = sent(adviser, "/advies/code", code=code)
    assert last.status_code == 429
    assert 'name="code"' in last.text


@pytest.mark.parametrize("role", [role for role in Role if role in {Role.TEACHER, Role.COORDINATOR, Role.PARTNER}])
def test_others_hold_no_talks(app: FastAPI, role: Role) -> None:
    """Nobody but an adviser opens a code, and nobody but an alumnus makes one."""
    browser = browser_of(app, role)
    assert sent(browser, "/advies/code", code="22222222").status_code == 403
    assert sent(browser, "/mij/gesprek").status_code == 403


def test_an_appointment_stands_on_the_first_page(app: FastAPI) -> None:
    """With what the adviser knows it by, in Dutch time; a moment that has been is refused."""
    adviser = browser_of(app, Role.ADVISER)
    page = plain(sent(adviser, "/advies/Noord/A-9/afspraak", wanneer="2027-03-02T14:30", wie="Sanne").text)
    assert "14:30 Sanne" in page
    assert sent(adviser, "/advies/Noord/A-9/afspraak", wanneer="2027-02-01T14:30").status_code == 422
    assert sent(adviser, "/advies/Noord/A-9/afspraak", wanneer="gisteren").status_code == 422


def test_how_one_stands_writes_what_changed_alone(app: FastAPI) -> None:
    """A pause that has been is told; nothing is written, and nothing that was typed is lost."""
    me = browser_of(app, Role.ALUMNUS, alumnus="A-2")
    before = me.get("/mij/gegevens.json").json()
    wrong = sent(me, "/mij/stand", keer="2", km="12", pauze="2020-01-01")
    assert wrong.status_code == 422
    assert 'value="12"' in wrong.text
    assert me.get("/mij/gegevens.json").json()["record"] == before["record"]
    sent(me, "/mij/stand", keer="4", km="12", pauze="", vrij="tue-evening")
    record = {one["field"]: one["source"] for one in me.get("/mij/gegevens.json").json()["record"]}
    assert (record["max_distance_km"], record["day_parts"]) == ("person", "person")


def test_what_a_form_showed_and_nobody_changed_stays_as_it_was(app: FastAPI) -> None:
    """How often one is asked shows what is usual; saving the form unchanged says nothing in the name of the alumnus."""
    me = browser_of(app, Role.ALUMNUS, alumnus="A-2")

    def sources() -> dict[str, str]:
        return {one["field"]: one["source"] for one in me.get("/mij/gegevens.json").json()["record"]}

    before = sources()
    form = me.get("/mij").text.partition('action="/mij/stand"')[2].partition("</form>")[0]
    shown = {name: re.findall(pattern, form) for name, pattern in (
        ("vrij", r'name="vrij" value="([^"]+)"[^>]* checked'),
        ("keer", r'name="keer" value="([^"]+)"[^>]* checked'),
        ("km", r'name="km"[^>]* value="([^"]*)"'),
    )}  # fmt: skip
    assert shown["keer"]
    sent(
        me, "/mij/stand", pauze="", **{name: values[0] if name != "vrij" else values for name, values in shown.items()}
    )
    assert sources() == before
    sent(me, "/mij/agenda/week", vrij=shown["vrij"])
    assert sources() == before


def test_a_pause_is_told_where_it_is_the_cause(app: FastAPI) -> None:
    """Nothing fits because of the pause, and nobody may ask as long as it lasts."""
    me = browser_of(app, Role.ALUMNUS, alumnus="A-9")
    sent(me, "/mij/stand", keer="4", pauze="2027-06-01")
    page = me.get("/mij").text
    assert "Je hebt pauze tot 1 jun 2027." in page
    assert "Tot 1 jun 2027 vraagt niemand je iets." in page
    assert "keer iets vragen" not in page


def test_the_advice_says_which_consent_is_missing(app: FastAPI) -> None:
    """By name, with the way to it; and it opens on what there is consent for."""
    me = browser_of(app, Role.ALUMNUS, alumnus="A-9")
    assert "geen toestemming" not in me.get("/mij/advies").text
    sent(me, "/mij/toestemming", doel="llo_advice", geef="false")
    assert "Cursussen" not in re.findall(r'aria-current="page">([^<]+)<', me.get("/mij/advies").text)
    page = me.get("/mij/advies?for=offerings").text
    assert "Hier staat nog niets, want je gaf geen toestemming voor advies over cursussen." in page
    assert "Hieronder zie je" not in page
    assert "geen toestemming voor dit doel" not in page


def test_every_open_request_is_in_the_list_of_places(app: FastAPI) -> None:
    """As many as the page says, over its pages; none is left out without a word."""
    store = app.state.held.store
    rows = [
        Upsert(number, f"Q-{number}", "Noord", {"kind": RequestKind.GUEST_LESSON, "title": f"Les {number}"})
        for number in range(2, 152)
    ]
    stores.upsert(store, RecordKind.REQUESTS, rows)
    me = browser_of(app, Role.ALUMNUS, alumnus="A-9")
    pages = [me.get(f"/mij/lijsten?bladzijde={number}").text for number in (1, 2)]
    (count,) = {int(number) for page in pages for number in re.findall(r"Er zijn nu (\d+) aanvragen open", page)}
    shown = [name for page in pages for name in re.findall(r"/mij/lijsten/waarom\?vraag=([^&\"]+)", page)]
    assert count == len(shown) == len(set(shown)) > 150


def test_courses_at_the_same_time_are_told() -> None:
    """A course of one day is on that day alone; two clash where they share a day part and have days in common."""
    monday, thursday = (mask_of_day_parts([f"{day}-evening"]) for day in ("mon", "thu"))
    one_day = Offering(
        offering_id="C-1",
        provider="P",
        title="Dag",
        start=date(2027, 11, 15),
        end=date(2027, 11, 15),
        day_parts=monday | thursday,
    )
    long = Offering(
        offering_id="C-2",
        provider="P",
        title="Lang",
        start=date(2027, 9, 1),
        end=date(2027, 12, 20),
        day_parts=monday | thursday,
    )
    later = Offering(
        offering_id="C-3", provider="P", title="Later", start=date(2028, 1, 3), end=date(2028, 3, 1), day_parts=thursday
    )
    told = {
        f"{row['day']}-{part['part']}": (part["courses"], part["clash"])
        for row in advice.week([one_day, long, later], None)
        for part in row["parts"]
        if part["courses"]
    }
    assert told == {"mon-evening": (["Dag", "Lang"], True), "thu-evening": (["Lang", "Later"], False)}


def test_what_is_not_for_me_is_said_on_the_whole_list(app: FastAPI) -> None:
    """On the page of all that fits, which comes back without it and with the way to undo it; a role says why."""
    me = browser_of(app, Role.ALUMNUS, alumnus="A-9")
    page = me.get("/mij/advies?for=offerings").text
    (name, owner) = re.findall(r'name="nummer" value="([^"]+)"><input type="hidden" name="van" value="([^"]*)"', page)[
        0
    ]
    answer = sent(me, "/mij/niet-voor-mij", wat="offerings", nummer=name, van=owner, want="too_dear", bij="advies")
    assert answer.url.path == "/mij/advies"
    assert f'name="nummer" value="{name}"' not in answer.text.split('id="lijst"')[1]
    assert 'action="/mij/niet-voor-mij/terug"' in answer.text
    assert "Niet voor mij" not in browser_of(app, Role.ADVISER).get("/advies/Noord/A-9?for=requests").text


def test_mail_is_not_promised_where_none_is_sent(app: FastAPI) -> None:
    """No mail server is set here: the list waits, and the home page promises no mail."""
    adviser = browser_of(app, Role.ADVISER)
    sent(adviser, "/advies/Noord/A-9/lijst", cursus="C-1", aanbieder="Aanbieder")
    assert "De mail staat klaar." in sent(adviser, "/advies/Noord/A-9/mail").text
    assert "in je mail" not in browser_of(app, Role.ALUMNUS, alumnus="A-5").get("/mij").text


def test_an_address_is_ended_only_where_there_is_one(app: FastAPI) -> None:
    """The agenda offers to end the address of the feed once it was made, also on a later visit."""
    me = browser_of(app, Role.ALUMNUS, alumnus="A-9")
    assert "Laat het adres vervallen" not in me.get("/mij/agenda").text
    sent(me, "/mij/agenda/feed", nieuw="true")
    assert "Laat het adres vervallen" in me.get("/mij/agenda").text
    sent(me, "/mij/agenda/feed", nieuw="false")
    assert "Laat het adres vervallen" not in me.get("/mij/agenda").text


def test_a_yes_is_told_with_what_comes_next_and_taken_back_it_is_no_no(app: FastAPI) -> None:
    """On the own page and in the agenda; taken back the lists say so. What is not for me says so too."""
    held = app.state.held.app
    invitations.invite(held, Asker(9, Role.TEACHER, "Noord"), "R-1", handle(held.store, "R-1", "A-1"))
    me = browser_of(app, Role.ALUMNUS, alumnus="A-1")
    (key,) = re.findall(r'name="vraag" value="(\d+)"', me.get("/mij").text)[:1]
    page = sent(me, "/mij/antwoord", vraag=key, antwoord="yes").text
    assert "Je zei ja. Hieronder staat wat je afsprak." in page
    assert "De school neemt contact met je op." in page
    assert "Wat je hebt afgesproken" in me.get("/mij/agenda").text
    sent(me, "/mij/antwoord", vraag=key, ja="false")
    lists = me.get("/mij/lijsten").text
    assert "Je trok je ja hierop in." in lists
    assert "Je zei hier al nee tegen." not in lists


def test_a_question_about_a_list_reaches_a_person_and_comes_back(app: FastAPI) -> None:
    """Of the own school: the privacy officer reads it and does not answer; the alumnus reads the answer."""
    me, officer = browser_of(app, Role.ALUMNUS, alumnus="A-7"), browser_of(app, Role.PRIVACY_OFFICER)
    browser_of(app, Role.TEACHER).get("/aanvragen/R-1")
    assert "Een mens kijkt ernaar." in sent(me, "/mij/lijsten/vraag", vraag="R-1", school="Noord", tekst="Hoezo?").text
    (link,) = set(re.findall(r"/vragen-over-lijsten/\d+", officer.get("/vragen-over-lijsten").text))
    page = officer.get(link).text
    assert "Hoezo?" in page
    assert "precies gelijk" in page
    assert "<textarea" not in page
    assert sent(officer, link, antwoord="Zo.").status_code == 403
    assert link not in browser_of(app, Role.COORDINATOR, "Zuid").get("/vragen-over-lijsten").text
    assert browser_of(app, Role.COORDINATOR, "Zuid").get(link).status_code == 404
    assert sent(browser_of(app), link, antwoord=" ").status_code == 422
    assert "Je antwoord staat klaar" in sent(browser_of(app), link, antwoord="Je dagdelen zijn niet bekend.").text
    assert "Je dagdelen zijn niet bekend." in me.get("/mij/lijsten").text


def test_a_list_is_compared_with_the_one_that_was_seen() -> None:
    """A row that moved says how far beside the list before; one that was not in it is new, and not where it was."""
    usual, other = Tilt(), Tilt(evening=100)

    def row(key: int) -> Match:
        return Match(
            key, key, f"C-{key}", "Aanbieder", "offering", 0.5, "good", (), (), Card("", None, None), "offering@1"
        )

    def listed(*keys: int) -> Ranking:
        return Ranking(
            QueryInfo("A-2", "alumnus", ""), Basis(AS_OF, 1, "", "", "", 1), 30, {}, tuple(row(key) for key in keys)
        )

    courses = {
        key: Offering(offering_id=f"C-{key}", provider="Aanbieder", title=f"Cursus {key}", key=key) for key in range(30)
    }
    before = listed(*range(20))
    now = listed(12, 2, 0, 13, 1, 14, 15, 16, 17)
    rows = advice.rows("nl", Tilted(now, before), (other, usual), courses, (), "/waarom?a=b")
    assert [(one.id, one.moved, one.new) for one in rows][:5] == [
        ("C-12", None, True), ("C-2", 1, False), ("C-0", -2, False), ("C-13", None, True), ("C-1", -3, False),
    ]  # fmt: skip
    told = advice.changed("nl", (other, usual), rows)
    assert told.endswith("3 cursussen verschoven. 5 cursussen zijn nieuw in de lijst.")
    all_new = advice.rows("nl", Tilted(listed(*range(10, 20)), before), (other, usual), courses, (), "?")
    assert all(one.new for one in all_new)
