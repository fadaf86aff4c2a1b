"""Who asks too often waits, and nobody else does."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection

from api.http.rate_limits import MOST_IDLE, Limits, client_of
from api.http.state import MOST_LINKS
from matcher.domain.records import RecordKind
from matcher.errors import ConfigurationError, Overloaded, RateLimited
from matcher.policy import Role
from matcher.services.access import LINK_ISSUER
from tests.api.conftest import app_in, headers_of
from tests.support import stores
from tests.support.cards import handle
from tests.support.server import wait_until_warm


def test_rankings_are_limited_by_who_asks(tmp_path: Path) -> None:
    """The fourth in a minute is a 429 that says when there is room; another token and other routes go on."""
    app = app_in(tmp_path, rate_ranking="3/minute")
    with TestClient(app, raise_server_exceptions=False, headers=headers_of(app, Role.TEACHER, "Noord")) as client:
        wait_until_warm()
        statuses = [client.get("/v1/requests/R-1/matches").status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        late = client.get("/v1/requests/R-1/matches")
        assert 1 <= int(late.headers["Retry-After"]) <= 60
        assert late.json()["type"] == "/problems/too_often"
        assert client.get("/v1/requests").status_code == 200
        other = headers_of(app, Role.TEACHER, "Noord")
        assert client.get("/v1/requests/R-1/matches", headers=other).status_code == 200
    app.state.held.store.close()


def test_asking_who_is_not_opened_is_limited(tmp_path: Path) -> None:
    """A teacher who tries ids gets two refusals in an hour, whatever the reason, then a 429 for every alumnus.

    Questions that are answered do not count, rankings go on, and a coordinator, who may know, is not limited.
    """
    app = app_in(tmp_path, rate_refused="2/hour")
    coordinator = headers_of(app, Role.COORDINATOR, "Noord")
    with TestClient(app, raise_server_exceptions=False, headers=headers_of(app, Role.TEACHER, "Noord")) as client:
        wait_until_warm()
        ids = ("A-1", "A-2", "A-5", "A-1", "A-99", "A-1", "A-6")
        store = app.state.held.store
        cards = [id_ if id_ == "A-99" else handle(store, "R-1", id_, of="Noord") for id_ in ids]
        statuses = [client.get(f"/v1/explanations/R-1/{card}").status_code for card in cards]
        assert statuses == [200, 200, 404, 200, 404, 429, 429]
        assert client.get(f"/waarom?vraag=R-1&kandidaat={cards[0]}", headers={"Accept": "text/html"}).status_code == 429
        assert client.post("/v1/requests/R-1/invitations", json={"alumnus": cards[0]}).status_code == 429
        assert client.get("/v1/requests/R-1/matches").status_code == 200
        exact = [client.get(f"/v1/explanations/R-1/{id_}", headers=coordinator).status_code for id_ in ids]
        assert exact == [200, 200, 200, 200, 404, 200, 200]
    app.state.held.store.close()


CODE = "x" * 43
GUESSES = {
    "token": ("GET", "/v1/alumni", {"headers": {"Authorization": "Bearer am_wrong"}}),
    "login": ("POST", "/inloggen/token", {"data": {"token": "am_wrong"}}),
    "login_link": ("POST", f"/inloggen/link/{CODE}", {}),
    "reply": ("GET", f"/antwoord/{CODE}", {}),
}
"""A wrong guess of each kind."""


def guess(client: TestClient, kind: str) -> int:
    """The status of a wrong guess of this kind."""
    method, path, options = GUESSES[kind]
    return client.request(method, path, **options).status_code  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", GUESSES)
def test_guesses_are_limited(tmp_path: Path, kind: str) -> None:
    """The fourth wrong guess in a minute from one address is a 429 that says when, and no longer stands in the log."""
    app = app_in(tmp_path, rate_login="3/minute")
    with TestClient(app, raise_server_exceptions=False) as client:
        assert [guess(client, kind) for _ in range(5)] == [401, 401, 401, 429, 429]
        method, path, options = GUESSES[kind]
        late = client.request(method, path, **options)  # type: ignore[arg-type]
        assert (late.json()["type"], 1 <= int(late.headers["Retry-After"]) <= 60) == ("/problems/too_often", True)
        noted = stores.read(app.state.held.store, lambda records: records.audit.page(limit=100))
        assert sum(entry.action == "login.failed" for entry in noted) == (0 if kind == "token" else 3)
    app.state.held.store.close()


@pytest.mark.parametrize("kind", GUESSES)
def test_no_one_is_locked_out_by_another(tmp_path: Path, kind: str) -> None:
    """After 25 guesses of one kind from an address every right secret from there works; other kinds count apart."""
    app = app_in(tmp_path, rate_login="3/minute", rate_link="3/minute")
    store = app.state.held.store
    good = headers_of(app)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        wait_until_warm()
        assert [guess(client, kind) for _ in range(25)][-1] == 429
        for other in GUESSES.keys() - {kind}:
            assert guess(client, other) == 401, other
        assert client.get("/v1/alumni", headers=good).status_code == 200
        assert client.post("/inloggen/token", data={"token": good["Authorization"].split()[1]}).status_code == 303
        key = stores.key_of(store, RecordKind.ALUMNI, "A-2")
        link = stores.write(store, lambda tx: tx.links.new(key, LINK_ISSUER, timedelta(minutes=15)))
        assert client.post(f"/inloggen/link/{link}").status_code == 303
        assert client.post("/inloggen/link", data={"email": "a@b.example"}).status_code == 200
    store.close()


def test_links_that_are_asked_for_are_limited(tmp_path: Path) -> None:
    """Each counts, whether the address is known or not."""
    app = app_in(tmp_path, rate_link="3/minute")
    client = TestClient(app, raise_server_exceptions=False)
    statuses = [client.post("/inloggen/link", data={"email": f"{n}@b.example"}).status_code for n in range(4)]
    assert statuses == [200, 200, 200, 429]
    app.state.held.store.close()


def test_links_that_wait_are_bounded(tmp_path: Path) -> None:
    """While the thread that writes links is busy a thousand wait; the next is told, and when one ends there is room."""
    state = app_in(tmp_path).state.held
    gate = threading.Event()
    state._links.submit(gate.wait)
    waiting = [state.ask_login_link("nobody@b.example") for _ in range(MOST_LINKS)]
    with pytest.raises(Overloaded, match="crowded"):
        state.ask_login_link("nobody@b.example")
    assert waiting[0].cancel()
    state.ask_login_link("nobody@b.example")
    state._links.shutdown(wait=False, cancel_futures=True)
    gate.set()
    state.stop()
    state.store.close()


@pytest.mark.parametrize("rate", ["often", "", "0/minute", "20/minute;often", "20/minute;0/hour"])
def test_a_rate_that_is_none_is_refused(rate: str) -> None:
    """The setting is named."""
    with pytest.raises(ConfigurationError, match="ALUMNIMATCH_RATE_LOGIN"):
        Limits(login=rate)


def test_askers_are_counted_apart() -> None:
    """A limit that one has reached does not hold for another."""
    few = Limits(login="1/hour")
    few.count("login", "a")
    few.count("login", "b")
    with pytest.raises(RateLimited):
        few.count("login", "a")


@pytest.mark.parametrize("rate", ["2/minute;3/hour", "3/hour, 2/minute", "2/minute|3/hour"])
def test_every_part_of_a_rate_holds(rate: str) -> None:
    """Of `2/minute;3/hour` the minute is full after two, and says so in seconds; the hour did not count the refused."""
    few = Limits(ranking=rate)
    few.count("ranking", "a")
    few.count("ranking", "a")
    for _ in range(5):
        with pytest.raises(RateLimited) as refused:
            few.count("ranking", "a")
        assert 1 <= refused.value.values["seconds"] <= 60


def test_the_longer_part_of_a_rate_holds_too() -> None:
    """Of `100/minute;3/hour` the fourth is refused, for about an hour."""
    few = Limits(ranking="100/minute;3/hour")
    for _ in range(3):
        few.count("ranking", "a")
    with pytest.raises(RateLimited) as refused:
        few.count("ranking", "a")
    assert 3500 < refused.value.values["seconds"] <= 3600


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
def test_a_network_of_ipv6_is_one_address(first: str, second: str, *, same: bool) -> None:
    """One customer has all addresses of a /64, so these count together."""
    one, other = (client_of(HTTPConnection({"type": "http", "client": (host, 1)})) for host in (first, second))
    assert (one == other) is same


def test_askers_who_went_away_are_forgotten() -> None:
    """Addresses whose window has passed, of which the library keeps an empty list for ever, do not pile up."""
    few = Limits(login="1/hour")
    few.count("login", "still counted")
    few._counts.events.update({f"gone-{number}": [] for number in range(MOST_IDLE)})
    few.count("login", "new")
    assert len(few._counts.events) == 2
    with pytest.raises(RateLimited):
        few.count("login", "still counted")


def test_what_is_over_is_dropped_without_a_thread() -> None:
    """Requests of before the window go with the next one of that asker, and no timer is started for it."""
    few, before = Limits(login="2/hour"), threading.active_count()
    few.count("login", "a")
    (asked,) = few._counts.events.values()
    for entry in asked:
        entry.atime, entry.expiry = entry.atime - 4000, entry.expiry - 4000
    few.count("login", "a")
    few.count("login", "a")
    assert [len(entries) for entries in few._counts.events.values()] == [2]
    with pytest.raises(RateLimited):
        few.count("login", "a")
    assert threading.active_count() <= before


def test_who_comes_when_it_is_full_is_told(tmp_path: Path) -> None:
    """No queue: while one ranking is being made and one fits, the next is a 503 that says when to come back."""
    app = app_in(tmp_path, rankings_at_once=1)
    client = TestClient(app, raise_server_exceptions=False, headers=headers_of(app))
    room = app.state.held.slots
    with room:
        full = client.get("/v1/requests/R-1/matches")
        assert (full.status_code, full.json()["type"], full.headers["Retry-After"]) == (503, "/problems/busy", "5")
        assert client.get("/v1/requests").status_code == 200, "what costs nothing goes on"
    for _ in range(3):
        assert client.get("/v1/requests/R-1/matches").status_code == 200, "the place is free again after each"
    assert client.get("/v1/requests/R-99/matches").status_code == 404
    assert client.get("/v1/requests/R-1/matches").status_code == 200, "after an error too"
    app.state.held.store.close()


def test_who_waits_too_long_for_a_turn_is_told(tmp_path: Path) -> None:
    """There is a place, but whoever is at work does not finish: 503 after a while, and the place is free again."""
    app = app_in(tmp_path, rankings_at_once=2, wait_seconds=0.01)
    client = TestClient(app, raise_server_exceptions=False, headers=headers_of(app))
    with app.state.held.slots:
        for _ in range(3):
            late = client.get("/v1/requests/R-1/matches")
            assert (late.status_code, late.json()["type"]) == (503, "/problems/busy")
    assert client.get("/v1/requests/R-1/matches").status_code == 200
    app.state.held.store.close()


def test_figures_are_for_who_asked_for_them(tmp_path: Path, client: TestClient) -> None:
    """Off by default; on, they hold routes, codes and counts, and nothing of what was asked."""
    assert client.get("/metrics").status_code == 404
    app = app_in(tmp_path, metrics=True)
    own = TestClient(app, raise_server_exceptions=False)
    own.get("/v1/requests/R-1/matches", headers=headers_of(app))
    own.get("/v1/people/A-geheim")
    own.request("VREEMD", "/health")
    told = own.get("/metrics").text
    assert 'route="/v1/requests/{id}/matches",status="200"' in told
    assert 'alumnimatch_refused_total{code="not_logged_in"} 1.0' in told
    assert 'method="OTHER"' in told
    assert "alumnimatch_pool_alumni 10.0" in told
    for stage in ("pool", "rules", "best", "cards", "log"):
        assert f'alumnimatch_ranking_stage_seconds_count{{stage="{stage}"}} 1.0' in told
    assert 'alumnimatch_rankings_total{exact="true"} 1.0' in told
    looked_at = dict(re.findall(r"^alumnimatch_(eligible|verified)_total (\d+)", told, re.MULTILINE))
    assert int(looked_at["eligible"]) >= int(looked_at["verified"])
    assert {int(count) % 10 for count in looked_at.values()} == {0}, "an exact one would tell the step of one alumnus"
    wish = {"kind": "guest_lesson", "title": "Gastles over lassen", "school": "Noord"}
    for _ in range(2):
        assert own.post("/v1/matches", json=wish, headers=headers_of(app)).status_code == 200
    told = own.get("/metrics").text
    for found in ("false", "true"):
        assert f'alumnimatch_query_vectors_total{{found="{found}"}} 1.0' in told
    assert not {"R-1", "geheim", "VREEMD", "Gastles", "lassen"} & set(re.findall(r"[\w-]+", told))
    app.state.held.store.close()


def test_every_answer_has_its_number(client: TestClient) -> None:
    """The same stands in the log, so that a complaint can be looked up."""
    first, second = (client.get("/health").headers["X-Request-ID"] for _ in range(2))
    assert first != second
    assert re.fullmatch(r"[0-9a-f]{16}", first)
