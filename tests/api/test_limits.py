"""Who asks too often waits, and nobody else does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.http.rate_limits import Limits
from matcher.errors import ConfigurationError, RateLimited
from matcher.policy import Role
from tests.api.conftest import app_in, headers_of, wait_until_warm


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
        statuses = [client.get(f"/v1/explanations/R-1/{id_}").status_code for id_ in ids]
        assert statuses == [200, 200, 404, 200, 404, 429, 429]
        assert client.get("/waarom?vraag=R-1&kandidaat=A-1", headers={"Accept": "text/html"}).status_code == 429
        assert client.post("/v1/requests/R-1/invitations", json={"alumnus": "A-1"}).status_code == 429
        assert client.get("/v1/requests/R-1/matches").status_code == 200
        exact = [client.get(f"/v1/explanations/R-1/{id_}", headers=coordinator).status_code for id_ in ids]
        assert exact == [200, 200, 200, 200, 404, 200, 200]
    app.state.held.store.close()


def test_guesses_are_limited(tmp_path: Path) -> None:
    """Of logins and of tokens that do not hold, by the address that asks; a token that holds is no guess."""
    app = app_in(tmp_path, login="demo", rate_login="3/minute")
    good = headers_of(app)
    with TestClient(app, raise_server_exceptions=False) as client:
        wait_until_warm()
        guesses = [client.get("/v1/alumni", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(5)]
        assert guesses == [401, 401, 401, 429, 429]
        assert client.post("/inloggen/demo", data={"rol": "teacher", "school": "Noord"}).status_code == 429
        assert client.get("/v1/alumni", headers=good).status_code == 200
    app.state.held.store.close()


def test_a_rate_that_is_none_is_refused() -> None:
    """The setting is named."""
    with pytest.raises(ConfigurationError, match="ALUMNIMATCH_RATE_LOGIN"):
        Limits(login="often")
    few = Limits(login="1/hour")
    few.count("login", "a")
    few.count("login", "b")
    with pytest.raises(RateLimited):
        few.count("login", "a")


def test_who_comes_when_it_is_full_is_told(tmp_path: Path) -> None:
    """No queue: while one ranking is being made and one fits, the next is a 503 that says when to come back."""
    app = app_in(tmp_path, rankings_at_once=1)
    client = TestClient(app, raise_server_exceptions=False, headers=headers_of(app))
    room = app.state.held.room
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
    with app.state.held.room:
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
