"""What a teacher, the placement office and a partner are given of alumni: cards, by the API and on pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matcher.disclosure.answers import ABOUT_REQUEST, TOGETHER, UNAVAILABLE
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, Role
from matcher.repositories.values import Upsert
from matcher.services import erasure, privacy
from matcher.services.replay import replay
from tests.api.conftest import app_in, form_token, headers_of, running
from tests.api.test_rights import enter
from tests.support import stores
from tests.support.cards import handle
from tests.support.region import alumnus

HANDLE = re.compile(r"[a-z2-7]{39}")
RANKING = "/v1/requests/R-1/matches?top=50"
ALIKE = {"function": "verzorgende", "sector": "zorg", "skills": ("wondzorg", "haken"), "day_parts": 0b111 << 3}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    """The region with six more nurses of Noord who are alike, and a place for training."""
    made = app_in(tmp_path, login="demo", rate_refused="1000/hour")
    store = made.state.held.store
    nurses = [alumnus(place, f"A-{place}", **ALIKE) for place in range(31, 37)]
    company = alumnus(
        9, "A-50", function="chef", employer="De Pan", company_id="100001", sector="horeca",
        company_town="Kampen", company_recognised_on=date(2025, 5, 12), company_places=2,
        offers=frozenset({RequestKind.BPV_PLACE}),
    )  # fmt: skip
    stores.upsert(store, RecordKind.ALUMNI, [*nurses, company])
    place = {"kind": RequestKind.BPV_PLACE, "title": "Plek in de keuken", "company_required": True}
    stores.upsert(store, RecordKind.REQUESTS, [Upsert(2, "R-8", "Noord", place)])
    with running(made):
        yield made


def matches(client: TestClient, path: str = RANKING, **options: Any) -> list[dict[str, Any]]:
    answer = client.get(path, **options)
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["matches"]
    return listed


def exact(app: FastAPI, path: str = RANKING) -> dict[str, Any]:
    answer: dict[str, Any] = TestClient(app, headers=headers_of(app, Role.COORDINATOR, "Noord")).get(path).json()
    return answer


def without(text: str, *drawn: str) -> str:
    """A text without these handles and tokens, in which any short word or number can stand by chance."""
    for one in drawn:
        assert one in text
        text = text.replace(one, "?")
    return text


@pytest.mark.parametrize("role", [Role.TEACHER, Role.PARTNER])
def test_a_card_has_no_number_of_the_school(app: FastAPI, role: Role) -> None:
    """Handles in the order of the exact list, the same for all who ask about the request, and no id in the answer."""
    client = TestClient(app, headers=headers_of(app, role, "Noord"))
    cards, real = matches(client), exact(app)["matches"]
    assert [handle(app.state.held.store, "R-1", match["candidate_id"]) for match in real] == [
        card["candidate_id"] for card in cards
    ]
    assert all(HANDLE.fullmatch(card["candidate_id"]) for card in cards)
    text = client.get(RANKING).text
    assert not {match["candidate_id"] for match in real} & set(re.findall(r"A-\d+", text))
    assert matches(client) == cards


def test_ties_keep_the_order_of_the_real_ids(app: FastAPI, teacher: TestClient) -> None:
    """Twelve alumni with the same score: their handles stand in the order of the ids, which no handle tells."""
    more = [alumnus(place, f"A-{place}", **ALIKE) for place in range(37, 43)]  # six are in order once in 720 runs
    stores.upsert(app.state.held.store, RecordKind.ALUMNI, more)
    twelve = {f"A-{number}" for number in range(31, 43)}
    real = [match for match in exact(app)["matches"] if match["candidate_id"] in twelve]
    assert len(real) == 12
    assert len({match["score"] for match in real}) == 1
    assert [match["candidate_id"] for match in real] == sorted(match["candidate_id"] for match in real)
    handles = [handle(app.state.held.store, "R-1", match["candidate_id"]) for match in real]
    listed = [card["candidate_id"] for card in matches(teacher)]
    assert [id_ for id_ in listed if id_ in handles] == handles
    assert handles != sorted(handles)


def test_numbers_are_rounded_and_four_signals_are_one(app: FastAPI, teacher: TestClient) -> None:
    """To .01, with a sum within .05; what tells place, age and history stands together as `other`."""
    cards = matches(teacher)
    scores = [score for _, score in stores.log(app.state.held.store, limit=1)[0].details["shown"]]
    for card, match, score in zip(cards, exact(app)["matches"], scores, strict=True):
        terms = {term["signal"]: term for term in card["contributions"]}
        assert not set(terms) & set(TOGETHER)
        numbers = [card["score"], *(term[name] for term in terms.values() for name in ("value", "points"))]
        assert numbers == [round(number, 2) for number in numbers]
        assert abs(sum(term["points"] for term in terms.values()) - card["score"]) <= 0.05
        assert card["score"] == round(score, 2)
        together = [term for term in match["contributions"] if term["signal"] in TOGETHER]
        assert terms["other"]["points"] == round(sum(term["points"] for term in together), 2)
        assert terms["other"]["weight"] == pytest.approx(sum(term["weight"] for term in together))
        assert set(terms["other"]["evidence"]) == {"distance", "place", "asked", "asked_before"}
        assert card["what_if"] == []


def test_a_card_answers_the_question_and_nothing_else(app: FastAPI, teacher: TestClient) -> None:
    """No skill, word, day part, need, distance or level that the request does not name stands in evidence or reasons.

    The alumni also know crochet, are free on other mornings, and live in a town: a teacher reads none of it.
    """
    store = app.state.held.store
    rich = {
        "needs": "nieuw werk",
        "max_distance_km": 33.0,
        "certificate_until": date(2028, 4, 5),
        "languages": ("nl", "tr"),
    }
    stores.upsert(store, RecordKind.ALUMNI, [Upsert(2, f"A-{n}", "Noord", rich) for n in range(31, 37)])
    alumni = [handle(store, "R-1", f"A-{n}") for n in range(31, 37)]
    cards = [card for card in matches(teacher) if card["candidate_id"] in alumni]
    assert len(cards) == 6
    accounts = [teacher.get(f"/v1/explanations/R-1/{id_}").json() for id_ in alumni]
    origin = accounts[0]["basis"]["origin"]
    for told, drawn in ((cards, alumni), (accounts, [*alumni, origin])):
        text = without(json.dumps(told, ensure_ascii=False), *drawn)
        for hidden in ("haken", "nieuw werk", "33", "2028", 'tr"', "distance_km", "limit_km", "budget", "km verder"):
            assert hidden not in text
    assert "binnen 10 km" in json.dumps(cards)
    (day_parts,) = {
        tuple(term["evidence"].get("common", ()))
        for term in cards[0]["contributions"]
        if term["signal"] == "availability"
    }
    assert set(day_parts) <= {"tue-afternoon", "thu-afternoon"}


def test_facts_are_those_that_five_share(app: FastAPI, teacher: TestClient) -> None:
    """Six nurses show what they share; of an alumnus who is alone a card shows the school at most."""
    store = app.state.held.store
    by_id = {card["candidate_id"]: card for card in matches(teacher)}
    assert by_id[handle(store, "R-1", "A-31")]["card"] == {"title": "Verzorgende", "subtitle": None, "region": "Zwolle"}
    alone = by_id[handle(store, "R-1", "A-1")]
    assert (alone["card"]["title"], alone["card"]["subtitle"]) == (None, None)
    assert all(len(card["facts"]) <= 3 for card in by_id.values())


def test_an_alumnus_chooses_to_show_more(app: FastAPI, teacher: TestClient) -> None:
    """Asked for on My data, off by default, dated like every consent; then the card shows it, and stops with it."""
    me = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    enter(me, Role.ALUMNUS, alumnus="A-1")
    page = me.get("/mij/toestemming").text
    assert "Wat laat je van jezelf zien?" in page

    def choose(purpose: str, given: str) -> None:
        data = {"formulier": form_token(me.get("/mij").text), "doel": purpose, "geef": given}
        assert me.post("/mij/toestemming", data=data, follow_redirects=False).status_code == 303

    def card() -> dict[str, Any]:
        mine = handle(app.state.held.store, "R-1", "A-1")
        return next(card for card in matches(teacher) if card["candidate_id"] == mine)

    form = {"formulier": form_token(page), "veld": "card_text", "waarde": "Ik vertel graag over de wijk."}
    assert me.post("/mij/verbeter", data=form, follow_redirects=False).status_code == 303
    assert (card()["card"]["title"], card()["facts"]) == (None, [])
    choose("show_function", "true")
    choose("show_text", "true")
    assert card()["card"]["title"] == "Wijkverpleegkundige"
    assert card()["facts"] == [{"code": "own_text", "text": '"Ik vertel graag over de wijk."'}]
    with app.state.held.store.read() as records:
        key = stores.key_of(app.state.held.store, RecordKind.ALUMNI, "A-1", "Noord")
        dated = {consent.purpose: consent.given_on for consent in records.consents.of(key)}
    assert dated[Purpose.SHOW_FUNCTION] == dated[Purpose.SHOW_TEXT] == app.state.held.app.clock.today()
    choose("show_function", "false")
    assert card()["card"]["title"] is None


def test_a_card_for_a_training_place_is_the_company(app: FastAPI) -> None:
    """The placement office sees the company, where it is, its recognition and places: no job or school of a person."""
    client = TestClient(app, headers=headers_of(app, Role.PLACEMENT, "Noord"))
    (card,) = matches(client, "/v1/requests/R-8/matches")
    assert card["card"] == {"title": "De Pan", "subtitle": None, "region": "Kampen"}
    assert card["facts"] == [
        {"code": "recognised_on", "text": "Erkend leerbedrijf sinds 12 mei 2025"},
        {"code": "places", "text": "Leerplaatsen: 2"},
    ]
    assert card["school"] is None
    assert "chef" not in without(json.dumps(card), card["candidate_id"]).lower()


def test_left_out_is_told_by_rules_about_the_request(app: FastAPI, teacher: TestClient) -> None:
    """All other rules are `unavailable`, and one to four are null: no count tells a consent given or withdrawn."""
    excluded = teacher.get(RANKING).json()["excluded"]
    real = exact(app)["excluded"]
    assert {"no_consent", "paused"} <= set(real)
    assert set(excluded) <= {*ABOUT_REQUEST, UNAVAILABLE}
    assert all(count is None or count > 4 for count in excluded.values())
    assert excluded[UNAVAILABLE] is None
    six = [alumnus(place, f"A-{place}", function="wondzorg", consents=frozenset()) for place in range(60, 66)]
    stores.upsert(app.state.held.store, RecordKind.ALUMNI, six)
    total = sum(count for code, count in exact(app)["excluded"].items() if code not in ABOUT_REQUEST)
    assert teacher.get(RANKING).json()["excluded"][UNAVAILABLE] == total > 5


def test_a_handle_stands_for_the_alumnus_in_its_own_request_only(app: FastAPI, teacher: TestClient) -> None:
    """The account by handle has the rank of the list; a handle of another request, and a real id, are unknown."""
    lesson = {"kind": RequestKind.GUEST_LESSON, "title": "Gastles wondzorg"}
    stores.upsert(app.state.held.store, RecordKind.REQUESTS, [Upsert(2, "R-7", "Noord", lesson)])
    first, elsewhere = matches(teacher)[0], matches(teacher, "/v1/requests/R-7/matches")
    account = teacher.get(f"/v1/explanations/R-1/{first['candidate_id']}").json()
    assert (account["rank"], account["match"]["score"]) == (1, first["score"])
    assert account["candidate"]["id"] == first["candidate_id"]
    assert account["match"]["contributions"] == first["contributions"]
    assert {rule["code"] for rule in account["rules"]} == set(ABOUT_REQUEST)
    for unknown in (*(card["candidate_id"] for card in elsewhere), "A-1", "A-99"):
        refused = teacher.get(f"/v1/explanations/R-1/{unknown}")
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown_pair")
        body = {"alumnus": unknown}
        assert teacher.post("/v1/requests/R-1/invitations", json=body).status_code == 404
        assert teacher.put(f"/v1/requests/R-1/conflicts/{unknown}").status_code == 404


def test_why_tells_a_rule_about_the_request_and_no_other(app: FastAPI, teacher: TestClient) -> None:
    """One who cannot come then: the account says so. One who has a pause or gave no consent: unknown, all alike."""
    store = app.state.held.store
    account = teacher.get(f"/v1/explanations/R-1/{handle(store, 'R-1', 'A-4')}").json()
    assert [rule["code"] for rule in account["rules"] if not rule["passed"]] == ["no_common_slot"]
    for hidden in ("A-5", "A-6"):
        refused = teacher.get(f"/v1/explanations/R-1/{handle(store, 'R-1', hidden)}")
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown_pair")


def test_a_question_that_is_not_saved_has_handles_of_its_own(app: FastAPI, teacher: TestClient) -> None:
    """The same for the same asker and question, others for another question or asker, none of a saved request."""
    wish, other = {"kind": "guest_lesson", "title": "Gastles wondzorg"}, {"kind": "mentor", "title": "Gastles wondzorg"}

    def handles(client: TestClient, asked: dict[str, str]) -> set[str]:
        answer = client.post("/v1/matches?top=50", json=asked)
        return {card["candidate_id"] for card in answer.json()["matches"]}

    colleague = TestClient(app, headers=headers_of(app, Role.TEACHER, "Noord"))
    mine = handles(teacher, wish)
    assert mine
    assert handles(teacher, wish) == mine
    for others in (
        handles(colleague, wish),
        handles(teacher, other),
        {one["candidate_id"] for one in matches(teacher)},
    ):
        assert not others & mine


def test_the_log_and_a_replay_have_the_real_ones(app: FastAPI, teacher: TestClient) -> None:
    """The entry of a teacher's ranking holds random keys and exact scores, and gives the same bits again."""
    matches(teacher)
    (entry,) = stores.log(app.state.held.store, limit=1)
    real = exact(app)["matches"]
    keys = [stores.key_of(app.state.held.store, RecordKind.ALUMNI, match["candidate_id"], "Noord") for match in real]
    assert [key for key, _ in entry.details["shown"]] == keys
    assert any(score != round(score, 2) for _, score in entry.details["shown"])
    assert replay(app.state.held.app, COMMAND_LINE, entry.id) == "same"


def test_a_handle_goes_with_the_alumnus(app: FastAPI, teacher: TestClient) -> None:
    """After the erasure it is as unknown as one that never was."""
    first = matches(teacher)[0]["candidate_id"]
    path = f"/v1/explanations/R-1/{first}"
    assert teacher.get(path).status_code == 200
    gone = exact(app)["matches"][0]["candidate_id"]
    erasure.erase(app.state.held.app, COMMAND_LINE, gone, school="Noord")
    refused = teacher.get(path)
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown_pair")
    assert first not in {card["candidate_id"] for card in matches(teacher)}


def test_pages_of_a_teacher_hold_no_id_and_no_exact_number(app: FastAPI) -> None:
    """The list, the search and the explanation: handles in links, bands in sentences, numbers to .01."""
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    enter(browser, Role.TEACHER)
    listed = browser.get("/aanvragen/R-1").text
    why = re.search(r'href="(/waarom\?[^"]+)"', listed)
    assert why
    account = browser.get(why[1].replace("&amp;", "&"))
    searched = browser.get("/zoeken?q=Gastles+wondzorg&plaats=Zwolle").text
    here = re.search(r'href="(/zoeken/waarom\?[^"]+)"', searched)
    assert here
    explained = browser.get(here[1].replace("&amp;", "&"))
    assert (account.status_code, explained.status_code) == (200, 200)
    other = browser.get(here[1].replace("&amp;", "&").partition("&kandidaat=")[0] + "&kandidaat=A-1")
    assert other.status_code == 404, "by a handle of this question alone"
    assert ["In getallen" in page for page in (listed, account.text, searched, explained.text)] == [False, True] * 2
    for page in (listed, account.text, searched, explained.text):
        handles = set(HANDLE.findall(page))
        body = re.sub(r'placeholder="[^"]*"', "", without(page, form_token(page), *handles))
        assert not re.findall(r"\bA-\d+", body)
        assert not re.findall(r"\d[.,]\d{3,}", body.replace("1.0", "")), "three decimals or more"
        assert "haken" not in body
    assert HANDLE.search(listed)


def test_whoever_may_list_sees_everything(app: FastAPI) -> None:
    """A coordinator: ids, exact numbers, every signal and every rule by name, as before."""
    ranking = exact(app)
    assert {match["candidate_id"] for match in ranking["matches"]} >= {"A-1", "A-31"}
    assert {term["signal"] for term in ranking["matches"][0]["contributions"]} >= set(TOGETHER)
    assert "no_consent" in ranking["excluded"]
    for match in ranking["matches"]:
        assert match["score"] == pytest.approx(sum(term["points"] for term in match["contributions"]), abs=1e-9)
    privacy.give(app.state.held.app, COMMAND_LINE, Purpose.SHOW_FUNCTION, given=True, alumnus_id="A-1", school="Noord")
    assert exact(app)["matches"][0]["facts"] == []
