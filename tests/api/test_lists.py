"""The lists by page: complete, in order, and pseudonymous."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import FREE_TEXT, SECRETS
from tests.support import stores

LISTS = ("/v1/alumni", "/v1/requests", "/v1/offerings")
EVERYTHING = (
    *LISTS,
    "/v1/requests/R-1/matches?top=1000",
    "/v1/alumni/A-1/recommendations?for=offerings&school=Noord",
    "/v1/alumni/A-1/recommendations?for=requests&school=Noord",
    "/v1/offerings/C-1/audience?top=1000",
    "/v1/explanations/R-1/A-1?kind=request&school=Noord",
    "/v1/explanations/C-1/A-1?school=Noord",
    "/",
    "/zoeken?q=wondzorg&top=100",
    "/advies",
    "/advies/Noord/A-1",
    "/advies/Noord/A-1?for=requests",
    "/aanvragen/R-1?top=100",
    "/waarom?vraag=R-1&kandidaat=A-1&soort=request&school=Noord",
)


@pytest.mark.parametrize("path", LISTS)
def test_pages_together_are_the_whole_list(client: TestClient, path: str) -> None:
    """Following `next` from page to page gives every entry once, in the order of one large page."""
    whole = client.get(f"{path}?page_size=200").json()
    assert whole["total"] == len(whole["items"]) > 0
    found, where = [], f"{path}?page_size=2"
    while where:
        answer = client.get(where)
        found += answer.json()["items"]
        after = re.search(r'<([^>]+)>; rel="next"', answer.headers["Link"])
        where = after[1] if after else ""
    assert found == whole["items"]


@pytest.mark.parametrize("path", LISTS)
def test_entries_have_the_fields_of_the_description(client: TestClient, path: str) -> None:
    """Each entry has exactly the fields that the description of the API names."""
    described = client.get("/openapi.json").json()
    answer = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    page = described["components"]["schemas"][answer["$ref"].rsplit("/", 1)[1]]
    fields = described["components"]["schemas"][page["properties"]["items"]["items"]["$ref"].rsplit("/", 1)[1]]
    for item in client.get(path).json()["items"]:
        assert set(item) == set(fields["properties"])


def test_a_page_past_the_end_is_empty(client: TestClient) -> None:
    """No entries, the same total, and a link back to a page that exists."""
    answer = client.get("/v1/offerings?page=50&page_size=1")
    assert answer.json()["items"] == []
    assert answer.json()["total"] == 2
    assert 'page=2&page_size=1>; rel="prev"' in answer.headers["Link"]


def test_a_list_can_be_of_one_school(client: TestClient) -> None:
    """`school` keeps the entries of that school alone."""
    items = client.get("/v1/alumni?school=Zuid").json()["items"]
    assert {(item["id"], item["school"]) for item in items} == {("A-1", "Zuid"), ("A-20", "Zuid")}


@pytest.mark.parametrize("path", EVERYTHING)
def test_no_answer_holds_personal_data(client: TestClient, path: str) -> None:
    """Name, e-mail, telephone and own words of an alumnus, and the address of a requester, leave by no door."""
    answer = client.get(path)
    assert answer.status_code == 200
    for secret in (*SECRETS, FREE_TEXT):
        assert secret.casefold() not in answer.text.casefold()


def test_the_personal_data_is_there_to_leak(app: object, client: TestClient) -> None:
    """The test above could fail: the alumnus it asks about is in the answers, and the database holds the secrets."""
    assert "A-1" in client.get("/v1/requests/R-1/matches?top=1000").text
    alumni = stores.alumni(app.state.held.store)  # type: ignore[attr-defined]
    person = next(alumnus for alumnus in alumni if (alumnus.alumnus_id, alumnus.school) == ("A-1", "Noord"))
    assert FREE_TEXT in (person.experience or "")


@pytest.mark.parametrize("path", EVERYTHING)
def test_every_answer_has_its_security_headers(client: TestClient, path: str) -> None:
    """No scripts, no frames, no sniffing, no referrer, nothing kept in a shared cache."""
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
