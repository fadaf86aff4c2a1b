"""Login with a school account, against a real provider on loopback, and what an attacker or a clock could do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from matcher.policy import COMMAND_LINE, Role
from matcher.services import access
from tests.api.conftest import app_in
from tests.support import stores
from tests.support.oidc import CLIENT, SECRET, Provider, new_key, running
from tests.support.server import wait_until_warm

STAFF = {"eduperson_affiliation": ["employee", "member"], "schac_home_organization": "noord.example"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running(Provider(claims=dict(STAFF))) as made:
        yield made


@pytest.fixture
def browser(provider: Provider, tmp_path: Path) -> Iterator[TestClient]:
    app = app_in(
        tmp_path,
        login="oidc",
        base_url="http://testserver",
        oidc_issuer=provider.url,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_schools={"noord.example": "Noord", "zuid.example": "Zuid"},
        secret_key="x" * 40,
    )
    with TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"}) as made:
        wait_until_warm()
        yield made
    app.state.held.store.close()


def at_provider(browser: TestClient, to: str = "/") -> str:
    """Goes to the provider, and gives the address to come back to."""
    away = browser.get("/inloggen/school", params={"naar": to}, follow_redirects=False)
    assert away.status_code == 302
    with httpx2.Client() as outside:
        return outside.get(away.headers["Location"]).headers["Location"]


def come_back(browser: TestClient, address: str) -> Any:
    return browser.get(address.removeprefix("http://testserver"), follow_redirects=False)


def test_staff_come_in_as_teachers_of_their_school(browser: TestClient) -> None:
    """The whole way there and back; the session is of the school of the organisation, and leads where one was going."""
    back = come_back(browser, at_provider(browser, "/zoeken"))
    assert (back.status_code, back.headers["Location"]) == (303, "/zoeken")
    assert "docent · Noord" in browser.get("/").text
    (entry,) = stores.log(browser.app.state.held.app.store, limit=1)  # type: ignore[attr-defined]
    assert (entry.action, entry.role, entry.school) == ("login", "teacher", "Noord")


@pytest.mark.parametrize(
    "claims",
    [
        {"eduperson_affiliation": "staff", "schac_home_organization": ["zuid.example"]},
        {"edu_person_affiliations": ["faculty"], "schac_home_organisation": "zuid.example"},
    ],
)
def test_both_spellings_are_understood(provider: Provider, browser: TestClient, claims: dict[str, Any]) -> None:
    """One word or a list, with and without underscores."""
    provider.claims = claims
    assert come_back(browser, at_provider(browser)).status_code == 303
    assert "docent · Zuid" in browser.get("/").text


def test_what_is_told_elsewhere_counts(provider: Provider, browser: TestClient) -> None:
    """Claims of the userinfo endpoint are used, if they are about the same person."""
    provider.claims, provider.told_elsewhere = {}, {"sub": "person-1", **STAFF}
    assert come_back(browser, at_provider(browser)).status_code == 303
    provider.told_elsewhere = {"sub": "person-2", **STAFF}
    assert come_back(browser, at_provider(browser)).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"eduperson_affiliation": "student", "schac_home_organization": "noord.example"},
        {"eduperson_affiliation": "employee", "schac_home_organization": "elders.example"},
        {"eduperson_affiliation": "employee"},
        {"schac_home_organization": "noord.example"},
    ],
)
def test_others_have_no_role(provider: Provider, browser: TestClient, claims: dict[str, Any]) -> None:
    """A student, somebody of an unknown organisation, and who does not say."""
    provider.claims = claims
    assert come_back(browser, at_provider(browser)).status_code == 403
    assert browser.get("/", follow_redirects=False).status_code == 303


def test_a_granted_role_stays(provider: Provider, browser: TestClient) -> None:
    """Who was made coordinator comes in as that, whatever the claims."""
    app = browser.app.state.held.app  # type: ignore[attr-defined]
    access.grant(app, COMMAND_LINE, provider.url, "person-1", role=Role.COORDINATOR, school="Zuid")
    assert come_back(browser, at_provider(browser)).status_code == 303
    assert "alumnicoördinator · Zuid" in browser.get("/").text
    provider.claims = {**STAFF, "eduperson_affiliation": "alum"}
    assert come_back(browser, at_provider(browser)).status_code == 403, "who has left has no role, granted or not"
    provider.claims = dict(STAFF)
    access.end_account(app, COMMAND_LINE, provider.url, "person-1")
    assert browser.get("/", follow_redirects=False).status_code == 303
    assert come_back(browser, at_provider(browser)).status_code == 303
    assert "docent · Noord" in browser.get("/").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"aud": "another-client"},
        {"iss": "https://elsewhere.example"},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(provider: Provider, browser: TestClient, wrong: dict[str, Any]) -> None:
    """Expired, for another audience, of another issuer, for another login, about nobody."""
    provider.claims = {**STAFF, **wrong}
    answer = come_back(browser, at_provider(browser))
    assert answer.status_code == 401
    assert "alumnimatch" not in {cookie.name for cookie in browser.cookies.jar if cookie.value}
    assert browser.get("/", follow_redirects=False).status_code == 303


def test_a_wrong_signature_is_refused(provider: Provider, browser: TestClient) -> None:
    """Signed by a key that has the name of a published one, and is not it."""
    provider.published, provider.signing = [provider.signing], new_key("one")
    assert come_back(browser, at_provider(browser)).status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
@pytest.mark.parametrize("published", [["RS256"], ["RS256", "HS256", "none"]])
def test_a_token_without_a_real_signature_is_refused(
    provider: Provider, browser: TestClient, algorithm: str, published: list[str]
) -> None:
    """Unsigned, or signed with what everybody can fetch; also where the provider would allow it."""
    provider.header, provider.says = {"alg": algorithm}, {"id_token_signing_alg_values_supported": published}
    assert come_back(browser, at_provider(browser)).status_code == 401


@pytest.mark.parametrize("issuer", ["https://elsewhere.example", ""])
def test_a_provider_that_says_it_is_another_is_refused(provider: Provider, browser: TestClient, issuer: str) -> None:
    """Its description must be that of the service in the settings."""
    provider.says = {"issuer": issuer}
    assert come_back(browser, at_provider(browser)).status_code == 401


def test_a_last_slash_does_not_matter(provider: Provider, browser: TestClient) -> None:
    """Some services tell their own address with one, whatever the settings say."""
    provider.says, provider.claims = {"issuer": f"{provider.url}/"}, {**STAFF, "iss": f"{provider.url}/"}
    assert come_back(browser, at_provider(browser)).status_code == 303


def test_keys_may_rotate(provider: Provider, browser: TestClient) -> None:
    """A new key that the provider publishes is fetched when it is first used; an unpublished one is refused."""
    assert come_back(browser, at_provider(browser)).status_code == 303
    provider.signing = new_key("two")
    assert come_back(browser, at_provider(browser)).status_code == 303
    provider.published, provider.signing = [provider.signing], new_key("three")
    assert come_back(browser, at_provider(browser)).status_code == 401


def test_a_state_works_once_and_for_its_browser(provider: Provider, browser: TestClient) -> None:
    """The address to come back to again, from another browser, and with another state."""
    address = at_provider(browser)
    other = TestClient(browser.app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    assert come_back(other, address).status_code == 401
    assert come_back(browser, address.replace("state=", "state=x")).status_code == 401
    assert come_back(browser, address).status_code == 303
    assert come_back(browser, address).status_code == 401


def test_an_error_of_the_provider_is_told(browser: TestClient) -> None:
    """Who clicks cancel there reads what to do, without what the provider said."""
    at_provider(browser)
    answer = browser.get("/inloggen/terug?error=access_denied&error_description=%3Cb%3Esecret")
    assert answer.status_code == 401
    assert "<b>secret" not in answer.text
    assert "Begin opnieuw bij Inloggen" in answer.text


def test_a_provider_that_is_away_is_told(tmp_path: Path) -> None:
    """Nothing listens there: a sentence with a remedy."""
    app = app_in(
        tmp_path,
        login="oidc",
        base_url="http://testserver",
        oidc_issuer="http://127.0.0.1:9",
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        secret_key="x" * 40,
    )
    answer = TestClient(app, raise_server_exceptions=False).get("/inloggen/school")
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/login_unreachable"
    app.state.held.store.close()
