"""Who asks too often waits, and nobody else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.limits import Limits
from matcher.errors import ConfigurationError, TooOften
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
    with pytest.raises(TooOften):
        few.count("login", "a")
