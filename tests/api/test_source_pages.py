"""The pages of sources of courses: added, tried, read, held, agreed to, switched off; and the thread that reads."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http.state import State
from api.source_reader import SourceReader
from api.source_server import opened
from matcher import sources
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, JOB, Role
from matcher.services import audit, due_sources
from tests.api.conftest import app_in, browser_of, plain, sent
from tests.sources.documents import course_6, offering_6
from tests.support import stores
from tests.support.cluster import until
from tests.support.source_servers import OeapiSource, serving
from tests.support.worlds import AS_OF

COURSE = str(course_6()["courseId"])
TOKEN = "geheim-van-de-bron"  # noqa: S105 - of a server of these tests
LOCAL = partial(opened, local=True, wait=lambda _: None)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[FastAPI]:
    """The app with the login of the demo, which asks servers of this machine; `read` does what its thread would."""
    made = app_in(tmp_path, login="demo", sources=LOCAL)
    yield made
    made.state.held.store.close()


@pytest.fixture
def browser(web: FastAPI) -> TestClient:
    return browser_of(web, Role.ADMINISTRATOR)


def server(count: int = 12) -> OeapiSource:
    made = [offering_6(courseOfferingId=f"O-{number:02}", courseId=None) for number in range(count)]
    return OeapiSource(token=TOKEN, courses=[course_6()], offerings={COURSE: made})


def fields(url: str, **changes: str) -> dict[str, str]:
    told = {"naam": "Regio", "formaat": "oeapi", "adres": url, "token": TOKEN, "uren": "24", "aanbieders": ""}
    return {**told, "regio": "", "aanbieder": "", **changes}


def post(browser: TestClient, path: str, status: int = 200, **given: str) -> str:
    answer = sent(browser, path, **given)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def added(browser: TestClient, url: str, **changes: str) -> str:
    """A source that was added by the form; its address."""
    page = post(browser, "/bronnen", **fields(url, **changes))
    return re.findall(r'action="(/bronnen/\d+)"', page)[0]


def given_out(state: State) -> set[str]:
    """The courses that other systems may read."""
    return {run.offering_id for run in state.catalogue().runs.values()}


def read(web: FastAPI) -> None:
    assert due_sources.work(web.state.held.app, JOB, LOCAL) is not None


def test_a_source_from_its_form_to_its_courses(web: FastAPI, browser: TestClient) -> None:
    """Added, tried, switched on, read; each step says what it did, and the key is on no page."""
    assert "Er is nog geen bron." in browser.get("/bronnen").text
    with serving(server()) as url:
        at = added(browser, url)
        page = plain(browser.get(at).text)
        assert "uit Nog niet gelezen." in page
        assert "Lees nu" not in page
        assert "De bron wordt nu gelezen" in plain(post(browser, f"{at}/proef"))
        read(web)
        assert "12 nieuw, 0 veranderd, 0 hetzelfde, 0 gesloten" in plain(browser.get(at).text)
        assert not any(one.offering_id.startswith("O-") for one in stores.offerings(web.state.held.store))
        assert "De bron staat aan." in plain(post(browser, f"{at}/aan", aan="true"))
        read(web)
        page = plain(browser.get(at).text)
        assert "Laatst gelezen op 1 mrt 2027, 12:00: 12 nieuw" in page
        assert "De volgende keer: 2 mrt 2027" in page
        assert "12 nieuw" in plain(browser.get("/bronnen").text)
        assert "De bron wordt gelezen." in plain(post(browser, f"{at}/nu"))
        for path in (at, "/bronnen", f"{at}?lang=en"):
            assert TOKEN not in browser.get(path).text
        assert "Er is een sleutel." in plain(browser.get(f"{at}?lang=nl").text)
        assert "De bron staat uit." in plain(post(browser, f"{at}/aan", aan="false"))
        assert post(browser, f"{at}/nu", 422).count("staat uit. Zet hem eerst aan.") == 1


def test_what_was_held_waits_for_a_person(web: FastAPI, browser: TestClient) -> None:
    """Why, and with which counts; agreeing is good for what was shown, once."""
    with serving(source := server(20)) as url:
        at = added(browser, url)
        post(browser, f"{at}/aan", aan="true")
        read(web)
        source.offerings[COURSE] = source.offerings[COURSE][:1]
        post(browser, f"{at}/nu")
        read(web)
        assert "vastgehouden" in browser.get("/bronnen").text
        page = browser.get(at).text
        assert "De bron gaf eerst 20 cursussen en nu 1." in plain(page)
        assert "--even-so" not in page
        (digest,) = re.findall(r'name="wat" value="([0-9a-f]{64})"', page)
        assert "Kijk opnieuw voordat je akkoord geeft." in post(browser, f"{at}/akkoord", 422, wat="0" * 64)
        assert "Je akkoord is bewaard." in plain(post(browser, f"{at}/akkoord", wat=digest))
        read(web)
        assert "19 verdwenen" in plain(browser.get(at).text)
        assert "Kijk opnieuw voordat je akkoord geeft." in post(browser, f"{at}/akkoord", 422, wat=digest)


def test_what_went_wrong_stands_beside_the_source(web: FastAPI, browser: TestClient) -> None:
    """In a sentence with what to do, and the remarks of what did not come in."""
    with serving(source := server(2)) as url:
        at = added(browser, url, token="verkeerd")  # noqa: S106 - of a server of this test
        post(browser, f"{at}/proef")
        read(web)
        assert "(401)" in plain(browser.get(at).text)
        post(browser, at, **fields(url))
        source.offerings[COURSE][0] |= {"name": None, "courseId": "weg"}
        post(browser, f"{at}/aan", aan="true")
        read(web)
        page = plain(browser.get(at).text)
        assert "1 geweigerd" in page
        assert "Wat er niet in kwam" in page


def test_a_source_is_removed_after_a_question(web: FastAPI, browser: TestClient) -> None:
    """What becomes of its courses is chosen; where there are more by now than the page said, nothing happens."""
    with serving(server(3)) as url:
        at = added(browser, url)
        assert "geen cursussen die alleen van deze bron zijn" in plain(browser.get(f"{at}/weg").text)
        post(browser, f"{at}/aan", aan="true")
        read(web)
        assert f'href="{at}/weg"' in browser.get(at).text
        page = browser.get(f"{at}/weg").text
        assert "Er staan hier nu 3 cursussen" in plain(page)
        assert "kan niet ongedaan worden gemaakt" in plain(page)
        assert "Kijk opnieuw." in plain(post(browser, f"{at}/weg", 422, cursussen="sluiten", aantal="2"))
        assert "3 cursussen zijn gesloten." in plain(post(browser, f"{at}/weg", cursussen="sluiten", aantal="3"))
        assert browser.get(at).status_code == browser.get(f"{at}/weg").status_code == 404
        assert "Er is nog geen bron." in browser.get("/bronnen").text
        at = added(browser, url)
        said = plain(post(browser, f"{at}/weg", cursussen="blijven", aantal="0"))
        assert "Zijn cursussen blijven staan." in said
    entry = max(one.id for one in stores.log(web.state.held.store) if one.action == "sources.manage")
    assert audit.entry(web.state.held.app, COMMAND_LINE, entry).source == "Regio"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"naam": " "}, "Geef de bron een naam"),
        ({"uren": "x"}, "Kies het formaat en hoe vaak"),
        ({"adres": "ftp://x"}, "Geef het adres"),
        ({"regio": "Zwolle"}, "Schrijf de regio als postcodes"),
    ],
)
def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(
    browser: TestClient, changes: dict[str, str], says: str
) -> None:
    at = added(browser, "https://bron.example", naam="Ander")
    for path in ("/bronnen", at):
        page = post(browser, path, 422, **{**fields("https://typt.example"), **changes})
        assert says in page
        assert changes.get("adres", "https://typt.example") in page


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PRIVACY_OFFICER])
def test_sources_are_for_administrators(web: FastAPI, role: Role) -> None:
    other = browser_of(web, role)
    assert other.get("/bronnen").status_code == 403
    assert sent(other, "/bronnen", **fields("https://bron.example")).status_code == 403
    assert other.get("/bronnen/1").status_code == 403


def test_a_source_that_is_not_there(browser: TestClient) -> None:
    assert browser.get("/bronnen/1").status_code == 404
    assert sent(browser, "/bronnen/1/nu").status_code == 404


def test_the_thread_reads_what_is_due(web: FastAPI, browser: TestClient) -> None:
    """Woken by a page, so that nobody waits for the clock; it ends when it is asked to."""
    others = frozenset(threading.enumerate())
    with serving(server(3)) as url:
        at = added(browser, url)
        reader = SourceReader(web.state.held.app, LOCAL)
        reader.start()
        post(browser, f"{at}/aan", aan="true")
        reader.wake()
        until(lambda: "3 nieuw" in browser.get(at).text, 60)
        reader.stop()
        until(lambda: not any(one.name == "sources" for one in {*threading.enumerate()} - others), 60)


def test_courses_given_out_follow_what_sources_claim(web: FastAPI, browser: TestClient) -> None:
    """What a source brings unchanged is its to give out from then on."""
    state, source = web.state.held, server(1)
    source.courses[0] |= {"addresses": []}
    source.offerings[COURSE][0] |= {"addresses": []}
    given = [source.courses, [one | {"courseId": COURSE} for one in source.offerings[COURSE]]]
    stores.upsert(state.store, RecordKind.OFFERINGS, sources.read("oeapi", given, AS_OF).upserts)
    assert "O-00" in given_out(state)
    with serving(source) as url:
        at = added(browser, url, aanbieders="ROC Vechtdal")
        post(browser, f"{at}/aan", aan="true")
        before = stores.revision(state.store)
        read(web)
        assert "0 nieuw, 0 veranderd, 1 hetzelfde" in plain(browser.get(at).text)
    assert stores.revision(state.store) == before
    assert "O-00" not in given_out(state)


def test_a_provider_sees_which_courses_a_source_says(web: FastAPI, browser: TestClient) -> None:
    """In the list, and in the place of the form; who sends the form all the same is told why not."""
    with serving(server(1)) as url:
        at = added(browser, url, aanbieder="Noord", aanbieders="Noord")
        post(browser, f"{at}/aan", aan="true")
        read(web)
    provider = browser_of(web, Role.PARTNER)
    assert "van de bron Regio" in plain(provider.get("/aanbod").text)
    page = provider.get("/aanbod-wijzigen/O-00").text
    assert "Verander het dus daar." in page
    assert "<textarea" not in page
    assert "Verander het dus daar." in post(provider, "/aanbod-wijzigen/O-00", 422, title="Anders")


def test_an_entry_of_the_log_names_the_source(web: FastAPI, browser: TestClient) -> None:
    """On the page of the privacy officer, by the name that it has now."""
    with serving(server(1)) as url:
        at = added(browser, url)
        post(browser, at, **fields(url, naam="Regio Vechtdal"))
    number = next(one.id for one in stores.log(web.state.held.store) if one.action == "sources.manage")
    shown = audit.entry(web.state.held.app, COMMAND_LINE, number)
    assert shown.source == "Regio Vechtdal"
    officer = browser_of(web, Role.PRIVACY_OFFICER)
    assert "Bron Regio Vechtdal" in plain(officer.get(f"/log/{number}").text)
