"""The pages of entries of the log: of each use case that notes one, as its service writes it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.app import create_app
from api.settings import Settings
from api.web.privacy_officer import action_in_words, told_detail
from api.web.waterfall import fitted
from matcher.domain.ledger import Deviation
from matcher.locale import LANGUAGES, decimals
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import LogEntry
from matcher.services import approval, audit, invitations, matching, messages, plans, talks
from matcher.services.app import App
from matcher.store.sql_store import SqlStore
from tests.api.conftest import plain
from tests.services.test_use_cases import LINES, House, Line, house, region
from tests.support import stores
from tests.support.apps import Engine, app_of
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.worlds import AS_OF

__all__ = ["house", "region"]
NOTED = [pytest.param(line, id=line.name) for line in LINES if line.noted]


@dataclass(frozen=True)
class Reading:
    """A privacy officer of all schools who opens pages, on a store of its own."""

    app: App
    browser: TestClient


def reader(folder: Path, app: App, school: str | None = "Noord") -> TestClient:
    """A privacy officer's program that asks for pages."""
    made = create_app(app, Settings(database_url=f"sqlite:///{folder / 'region.db'}", cache_dir=folder))
    _, secret = stores.write(app.store, lambda tx: tx.tokens.new("test", Role.PRIVACY_OFFICER, school))
    headers = {"Authorization": f"Bearer {secret}", "Accept": "text/html"}
    return TestClient(made, headers=headers)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory, region: Path) -> Iterator[Reading]:
    """One for all tests that only open entries."""
    folder = tmp_path_factory.mktemp("reading") / "house"
    shutil.copytree(region, folder)
    clock = FixedClock(AS_OF)
    store = SqlStore(f"sqlite:///{folder / 'region.db'}", clock=clock)
    app = app_of(Engine(store, HashEncoder(), clock))
    yield Reading(app, reader(folder, app, None))
    store.close()


def noted(app: App, action: str, details: Mapping[str, Any], role: Role) -> LogEntry:
    """The entry of this action and these details."""
    stores.write(app.store, lambda tx: tx.note(action, details, by=Asker(77, role, "Noord")))
    return audit.page(app, COMMAND_LINE, limit=1)[0]


@pytest.mark.parametrize("line", NOTED)
def test_every_entry_opens(house: House, reading: Reading, line: Line) -> None:
    """What a use case notes has its page; none shows a value as Python writes it."""
    arguments = line.arguments(house)
    newest, _ = house.seen()
    line.call(house, line.may, arguments)
    written = [entry for entry in audit.page(house.app, COMMAND_LINE) if entry.id > newest]
    assert line.noted in {entry.action for entry in written}
    for one in written:
        entry = noted(reading.app, one.action, one.details, line.by or line.may)
        answer = reading.browser.get(f"/log/{entry.id}")
        assert answer.status_code == 200, entry.action
        told = plain(answer.text.partition("<main")[2].partition('<details class="aside"')[0])
        assert "None" not in told
        assert "True" not in told


def test_every_action_has_words() -> None:
    """In both languages."""
    for action in {line.noted for line in LINES if line.noted}:
        for language in LANGUAGES:
            assert action_in_words(language, action) != action


@pytest.mark.parametrize("action", ["invite", "message", "never.heard"])
def test_details_of_another_version_open(reading: Reading, action: str) -> None:
    """Details that no version of today writes, and words that it does not have."""
    details = {"reason": "unheard", "rank": None, "weights": "x@1, y", "as_of": "soon", "answer": 3, "shown": 4}
    details |= {"purpose": "unheard", "query": [1], "alumnus": "x", "deviates": True, "meaning": True, "request": {}}
    entry = noted(reading.app, action, details, Role.TEACHER)
    assert reading.browser.get(f"/log/{entry.id}").status_code == 200
    assert reading.browser.get("/log").status_code == 200


def test_an_invitation_says_who_was_asked_and_from_which_list(house: House) -> None:
    """Role, request, alumnus, rank and reason; the list behind it is one press away, and says who was in it."""
    by = house.asker(Role.COORDINATOR)
    found = matching.match(house.app, by, "R-1").matches
    second = next(match for match in found if match.rank == 2 and match.owner == "Noord")
    invitations.invite(house.app, by, "R-1", second.candidate_id, reason=Deviation.EXPERIENCE)
    browser = reader(house.folder, house.app)
    asked, listed = (
        next(entry.id for entry in audit.page(house.app, COMMAND_LINE) if entry.action == action)
        for action in ("invite", "match")
    )
    answer = browser.get(f"/log/{asked}").text
    for words in ("alumnicoördinator", "Gastles wondzorg", second.candidate_id, "de ervaring past beter"):
        assert words in plain(answer.partition("<main")[2])
    assert f'href="/log/{listed}"' in answer
    assert second.candidate_id in plain(browser.get(f"/log/{listed}").text)


def test_an_invitation_from_a_plan_says_so(house: House) -> None:
    """The place in the list of the request, the one in the plan, and that nobody chose the reason."""
    by = house.asker(Role.COORDINATOR)
    made = plans.make(house.app, by, AS_OF, AS_OF + timedelta(days=30))
    matching.match(house.app, by, "R-1")
    (outcome,) = approval.approve(house.app, by, made.id, chosen=lambda row: row.request.request_id == "R-1")
    assert not outcome.problem
    browser = reader(house.folder, house.app)
    entries = audit.page(house.app, COMMAND_LINE)
    asked = next(entry for entry in entries if entry.action == "invite")
    lists = [entry for entry in entries if entry.action == "plan" and entry.details.get("shown")]
    planned = next(entry.id for entry in lists if entry.details["query"] == asked.details["query"])
    answer = browser.get(f"/log/{asked.id}").text
    assert f'href="/log/{planned}"' in answer
    told = plain(answer.partition("<main")[2])
    for words in (
        "Reden uit een plan",
        "Bekijk het plan waar dit uit komt",
        "Daar stond deze alumnus op plaats 1 van 1",
    ):
        assert words in told
    assert "deviates" not in told


def test_a_list_says_whether_meaning_counted_and_who_is_not_named(house: House) -> None:
    """Those of another school are a count; an alumnus who was erased is counted apart."""
    by = house.asker(Role.COORDINATOR)
    found = matching.match(house.app, by, "R-1").matches
    others = sum(match.owner != "Noord" for match in found)
    (entry, *_) = audit.page(house.app, COMMAND_LINE)
    told = plain(reader(house.folder, house.app).get(f"/log/{entry.id}").text)
    assert "Betekenis telde nog niet mee" in told
    assert (
        (f"{others} anderen in deze lijst" in told) or (others == 1 and "1 ander in deze lijst" in told) or not others
    )
    assert "gewist" not in told
    shown = audit.entry(house.app, house.asker(Role.PRIVACY_OFFICER), entry.id)
    assert (shown.elsewhere, shown.erased) == (others, 0)
    stores.write(house.app.store, lambda tx: tx.people.erase(house.own, ()))
    shown = audit.entry(house.app, house.asker(Role.PRIVACY_OFFICER), entry.id)
    assert (shown.elsewhere, shown.erased) == (others, 1)


def test_answers_are_told_apart(house: House) -> None:
    """A yes, a yes that was taken back, and a list that an adviser mailed."""
    request, alumnus = house.invited(), house.asker(Role.ALUMNUS)
    for accepts in (True, False):
        invitations.reply(house.app, alumnus, request, accepts=accepts)
    talks.mail(house.app, house.asker(Role.ADVISER), house.listed())
    told = plain(reader(house.folder, house.app).get("/log").text)
    for words in ("zei ja op een uitnodiging", "trok een ja terug", "mailde de gekozen cursussen aan de alumnus"):
        assert words in told
    assert "zei nee" not in told


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("weights", "guest_lesson@3", "gastles, versie 3"),
        ("weights", "unheard@3", "unheard@3"),
        ("meaning", None, "Betekenis telde nog niet mee"),
        ("meaning", "meaning-nl-en@sha256:0", "telde mee"),
        ("reason", None, "niets opgeschreven"),
        ("reason", "knows_class", "kent deze groep al"),
        ("answer", True, "ja"),
    ],
)
def test_a_detail_in_words(name: str, value: object, words: str) -> None:
    """What has words is told in them; the rest stands as it is."""
    assert words in told_detail("nl", name, value)


def test_a_question_that_was_answered_is_no_longer_mailed(house: House) -> None:
    """Its mail is dropped with the answer, and says why; a yes still counts as asked when it is given back."""
    request = house.invited()
    invitations.reply(house.app, house.asker(Role.ALUMNUS), request, accepts=True)
    mails = {mail.message: (mail.state, mail.problem) for mail in messages.listed(house.app, COMMAND_LINE)}
    assert mails["invited"] == ("dropped", "answered")


@given(st.lists(st.floats(-0.2, 0.4), max_size=12))
def test_parts_as_shown_add_up_to_the_score_as_shown(points: list[float]) -> None:
    """Each is within a hundredth of what it is, and their sum is what `decimals` shows of the score."""
    score = sum(points)
    shown = fitted(points, score)
    assert float(decimals("en", round(sum(shown), 4))) == float(decimals("en", score))
    assert all(abs(one - part) < 0.0101 for one, part in zip(shown, points, strict=True))


def test_parts_of_a_rounded_score_stay_as_they_are() -> None:
    """A card's score, in steps of 0.05, is not what its parts add up to."""
    assert fitted([0.123, 0.456], 0.6) == [0.12, 0.46]


def test_the_report_tells_no_small_counts(house: House) -> None:
    """One alumnus of a group who was asked is fewer than five."""
    house.invited()
    told = plain(reader(house.folder, house.app).get("/rapport").text.partition("<main")[2])
    assert "minder dan 5" in told
    assert re.search(r"\([1-4] van \d+\)", told.partition("Kiest een mens?")[0]) is None
    assert "gastles, versie" in told
