"""Who may do what: every route by the table of rights, and what an attacker would try."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.app import create_app
from api.login import access as login
from api.settings import Settings
from matcher.domain.records import RecordKind
from matcher.errors import ConfigurationError, Forbidden, UnknownId
from matcher.locale import LANGUAGES, Language, lookup
from matcher.policy import COMMAND_LINE, LOGIN_ROLES, Action, Asker, Role, Scope, table
from matcher.services import access, audit
from tests.api.conftest import app_in, form_token, headers_of, running
from tests.support import stores
from tests.support.apps import Engine
from tests.support.cards import handle
from tests.support.fakes import FixedClock, HashEncoder
from tests.support.region import alumnus, store_in
from tests.support.routes import every_route
from tests.support.sources import actions_asked_for, noted_actions
from tests.support.worlds import AS_OF

OPEN = {
    "/inloggen/token",
    "/inloggen/link",
    "/inloggen/link/{code}",
    "/antwoord/{code}",
    "/welkom/{code}",
    "/welkom/{code}/stop",
    "/klopt/{code}",
    "/vijf-vragen/{code}",
    "/kom-erbij/{code}",
    "/kom-erbij/bevestig/{code}",
    "/antwoord/{code}/afstand",
    "/stoppen/{code}",
    "/agenda/{code}.ics",
    "/cursussen/{course_id}",
    "/thema/{name}",
    "/health",
    "/metrics",
    "/ready",
    "/inloggen",
    "/inloggen/demo",
    "/inloggen/school",
    "/inloggen/terug",
    "/inloggen/eduid",
    "/uitloggen",
}
"""Routes that show nothing of anybody."""
ASKED: dict[Action, tuple[str, str, dict[str, object]]] = {
    Action.REQUESTS_LIST: ("GET", "/v1/requests", {}),
    Action.OFFERINGS_LIST: ("GET", "/v1/offerings", {}),
    Action.ALUMNI_LIST: ("GET", "/v1/alumni", {}),
    Action.MATCH: ("GET", "/v1/requests/R-1/matches", {}),
    Action.MATCH_UNSAVED: ("POST", "/v1/matches", {"json": {"kind": "guest_lesson", "title": "wondzorg"}}),
    Action.PLAN: ("POST", "/v1/plans", {"json": {"from": "2027-03-01", "to": "2027-03-31"}}),
    Action.TRIAL: ("POST", "/v1/trials", {"json": {"from": "2027-03-01", "to": "2027-03-31"}}),
    Action.RECOMMEND: ("GET", "/v1/alumni/A-2/recommendations?for=offerings", {}),
    Action.AUDIENCE: ("GET", "/v1/offerings/C-1/audience", {}),
    Action.EXPLAIN: ("GET", "/v1/explanations/R-1/A-2", {}),
}
"""A route of the API for each action that has one, about Noord."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The app with the login of the demo."""
    with running(app_in(tmp_path_factory.mktemp("demo"), login="demo")) as made:
        yield made


@pytest.fixture
def browser(demo: FastAPI) -> TestClient:
    """A browser that is not logged in."""
    return TestClient(demo, raise_server_exceptions=False, headers={"Accept": "text/html"})


def enter(browser: TestClient, role: Role, school: str = "Noord", **more: str) -> None:
    answer = browser.post("/inloggen/demo", data={"rol": role.value, "school": school, **more}, follow_redirects=False)
    assert answer.status_code == 303


def needs(route: APIRoute) -> set[object]:
    return {getattr(one.call, "needs", one.call) for one in route.dependant.dependencies}


def test_every_route_has_a_line_in_the_table(app: FastAPI) -> None:
    """Each route asks for one action, or for somebody who is logged in, or is known to show nothing."""
    routes = list(every_route(app.routes))
    assert len(routes) > 15
    for route in routes:
        if not isinstance(route, APIRoute):
            assert route.path in {"/openapi.json", "/static"}  # type: ignore[attr-defined]
            continue
        asked = needs(route)
        if route.path in OPEN:
            assert login.open_to_all in asked, route.path
        else:
            assert login.open_to_all not in asked, route.path
            assert len([one for one in asked if isinstance(one, Action) or one is login.anybody]) == 1, route.path


WRONG: dict[str, dict[str, object]] = {
    "no JSON": {"content": b"{", "headers": {"Content-Type": "application/json"}},
    "no fields": {"json": []},
    "a form of no shape": {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
}
"""Bodies that nothing can be made of."""


@pytest.mark.parametrize("body", WRONG)
@pytest.mark.parametrize("token", ["Bearer am_wrong", ""])
def test_who_asks_is_looked_at_before_what(app: FastAPI, token: str, body: str) -> None:
    """Whoever is not known is told so by every route and method, whatever is wrong with the parameters and the body."""
    client, asked = TestClient(app, raise_server_exceptions=False), 0
    given = WRONG[body]
    headers = {"Authorization": token, "Accept": "application/json", **given.get("headers", {})}  # type: ignore[dict-item]
    wrong = dict.fromkeys(("top", "size", "page", "as_of", "for", "school", "kind", "vraag", "id"), "\x00")
    for route in every_route(app.routes):
        if not isinstance(route, APIRoute) or route.path in OPEN:
            continue
        path = re.sub(r"\{[^}]*\}", "x", route.path)
        for method in route.methods - {"GET", "HEAD"} or {"GET"}:
            sent = {} if method == "GET" else {**given, "headers": None}
            answer = client.request(method, path, params=wrong, **{**sent, "headers": headers})
            of_form = answer.status_code == 403 and answer.json()["type"] == "/problems/foreign_form"
            assert answer.status_code == 401 or of_form, (method, path, answer.text)
            assert path.startswith("/v1/") is False or answer.status_code == 401
            asked += 1
    assert asked > 150


def test_who_may_not_is_told_before_what_is_wrong(app: FastAPI, client: TestClient) -> None:
    """A role without the right learns nothing of the parameters of a route or of the body; one that has it does."""
    for action, path in ((Action.ALUMNI_LIST, "/v1/alumni?page=0"), (Action.MATCH, "/v1/requests/R-1/matches?top=0")):
        answers = {role: client.get(path, headers=headers_of(app, role, "Noord")).status_code for role in LOGIN_ROLES}
        assert answers == {role: 422 if action in table()[role] else 403 for role in LOGIN_ROLES}
        assert set(answers.values()) == {403, 422}
    sent = {"content": b"{", "headers": {**headers_of(app, Role.PARTNER, "Noord"), "Content-Type": "application/json"}}
    assert client.post("/v1/plans", **sent).status_code == 403  # type: ignore[arg-type]


def test_every_action_is_asked_for_somewhere(app: FastAPI) -> None:
    """No action of the table that neither a route nor a use case asks for."""
    asked = {one for route in every_route(app.routes) if isinstance(route, APIRoute) for one in needs(route)}
    assert set(Action) - asked - actions_asked_for("matcher/services") == set()
    assert {action for lines in table().values() for action in lines} == set(Action)


@pytest.mark.parametrize("role", [role for role in LOGIN_ROLES if role is not Role.ALUMNUS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_role_has_its_home_page(browser: TestClient, role: Role, language: Language) -> None:
    """Each door of the menu has a title and a text, in both languages, for whoever sees it."""
    enter(browser, role)
    answer = browser.get(f"/?lang={language}")
    assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)


@pytest.mark.parametrize("role", [role for role in LOGIN_ROLES if role is not Role.ALUMNUS])
@pytest.mark.parametrize("action", ASKED)
def test_a_role_may_what_the_table_says(app: FastAPI, client: TestClient, role: Role, action: Action) -> None:
    """With a token of each role at one school: the route of each action answers or refuses as the table says."""
    method, path, body = ASKED[action]
    if action is Action.EXPLAIN and Action.ALUMNI_LIST not in table()[role]:
        path = path.replace("A-2", handle(app.state.held.app.store, "R-1", "A-2"))
    answer = client.request(method, path, headers=headers_of(app, role, "Noord"), **body)  # type: ignore[arg-type]
    may = action in table()[role]
    kinds = Asker(1, role, "Noord").kinds()
    if may and action in {Action.MATCH, Action.EXPLAIN} and (len(kinds) == 1 or not table()[role].get(Action.MATCH)):
        assert answer.status_code == 404  # a guest lesson is no placement; an adviser asks about alumni
    else:
        assert answer.status_code == (200 if may else 403), answer.text
    if not may:
        assert answer.json()["type"] == "/problems/not_for_this_role"


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ADVISER, Role.COORDINATOR, Role.PARTNER])
@pytest.mark.parametrize(
    "path",
    [
        "/v1/alumni?school=Noord",
        "/v1/requests?school=Noord",
        "/v1/requests/R-1/matches",
        "/v1/requests/R-1/matches?school=Noord",
        "/v1/alumni/A-2/recommendations?for=offerings",
        "/v1/alumni/A-2/recommendations?for=offerings&school=Noord",
        "/v1/offerings/C-1/audience?school=Noord",
        "/v1/explanations/R-1/A-2?school=Noord",
        "/v1/explanations/C-1/A-2?candidate_school=Noord",
        "/v1/explanations/A-2/C-1?school=Noord",
        "/v1/explanations/A-2/R-1",
    ],
)
def test_another_school_does_not_exist(app: FastAPI, client: TestClient, role: Role, path: str) -> None:
    """Who is of Zuid finds nothing of Noord by any id or name, and is told what is told of what does not exist."""
    answer = client.get(path, headers=headers_of(app, role, "Zuid"))
    assert answer.status_code in {403, 404}
    if answer.status_code == 403:
        assert answer.json()["type"] == "/problems/not_for_this_role"


@pytest.mark.parametrize("role", [Role.TEACHER, Role.ADVISER, Role.COORDINATOR, Role.PARTNER])
@pytest.mark.parametrize(
    ("anothers", "nobodys"),
    [
        ("/v1/requests/R-1/matches", "/v1/requests/R-77/matches"),
        ("/v1/alumni/A-2/recommendations?for=offerings", "/v1/alumni/A-77/recommendations?for=offerings"),
        ("/v1/explanations/R-1/A-2", "/v1/explanations/R-77/A-2"),
        ("/v1/explanations/A-2/C-1", "/v1/explanations/A-77/C-1"),
        ("/v1/explanations/C-1/A-2", "/v1/explanations/C-1/A-77"),
        ("/v1/explanations/C-1/A-2?candidate_school=Noord", "/v1/explanations/C-1/A-77?candidate_school=Noord"),
        ("/v1/requests/R-1/helpers", "/v1/requests/R-77/helpers"),
        ("/v1/people/A-2", "/v1/people/A-77"),
    ],
)
def test_of_anothers_record_nothing_is_told(
    app: FastAPI, client: TestClient, role: Role, anothers: str, nobodys: str
) -> None:
    """The answer is the same to the letter, but for the id that was asked, as for an id that nobody has."""
    headers = headers_of(app, role, "Zuid")
    there, nowhere = (client.get(path, headers=headers) for path in (anothers, nobodys))
    assert there.status_code == nowhere.status_code
    assert re.sub(r"\b([AR])-(1|2)\b", r"\1-77", there.text) == re.sub(r"\b([AR])-(1|2)\b", r"\1-77", nowhere.text)
    assert "Noord" not in there.json()["detail"]


def test_a_card_of_another_school_can_be_explained(tmp_path: Path) -> None:
    """Whatever a ranking shows its asker can have explained, of another school too, with the place in the list."""
    app = app_in(tmp_path)
    stores.upsert(app.state.held.app.store, RecordKind.ALUMNI, [alumnus(2, "A-30", "Zuid", function="wondzorg")])
    client = TestClient(app, raise_server_exceptions=False)
    for role, school, path in (
        (Role.TEACHER, "Noord", "/v1/requests/R-1/matches?top=50"),
        (Role.ADVISER, "Zuid", "/v1/alumni/A-30/recommendations?for=requests"),
        (Role.ADVISER, "Noord", "/v1/alumni/A-2/recommendations?for=offerings"),
    ):
        headers = headers_of(app, role, school)
        found = client.get(path, headers=headers).json()
        owners = {match["school"] for match in found["matches"]}
        if role is Role.TEACHER:
            listed = {match["candidate_id"] for match in found["matches"]}
            assert handle(app.state.held.app.store, "R-1", "A-30", of="Zuid") in listed
        else:
            assert owners - {school}, "somebody of another school"
        for match in found["matches"]:
            named = {"candidate_school": match["school"]} if match["kind"] != "offering" and match["school"] else {}
            asked = f"/v1/explanations/{found['query']['id']}/{match['candidate_id']}"
            answer = client.get(asked, params=named, headers=headers)
            assert answer.status_code == 200, answer.text
            assert answer.json()["rank"] == match["rank"]
    app.state.held.store.close()


def test_lists_hold_ones_own(app: FastAPI, client: TestClient) -> None:
    """Without naming a school a list is of one's own."""
    assert len({item["school"] for item in client.get("/v1/alumni").json()["items"]}) > 1
    for path in ("/v1/alumni", "/v1/requests"):
        own = client.get(path, headers=headers_of(app, Role.COORDINATOR, "Noord")).json()["items"]
        assert {item["school"] for item in own} == {"Noord"}


def test_nobody_is_a_401_and_a_browser_goes_to_the_login(app: FastAPI) -> None:
    """Without or with a wrong token; a page leads to the login, which leads back."""
    nobody = TestClient(app, raise_server_exceptions=False)
    for headers in ({}, {"Authorization": "Bearer am_wrong"}, {"Authorization": "Basic YTpi"}, {"Authorization": ""}):
        answer = nobody.get("/v1/alumni", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json()["type"] == "/problems/not_logged_in"
    page = nobody.get("/waarom?vraag=R-1", headers={"Accept": "text/html"}, follow_redirects=False)
    assert page.status_code == 303
    assert page.headers["Location"] == "/inloggen?naar=%2Fwaarom%3Fvraag%3DR-1"


def test_a_revoked_token_ends_at_once(app: FastAPI) -> None:
    """It is noted when a token was last used; a revoked one opens nothing."""
    services = app.state.held.app
    issued = access.new_token(services, COMMAND_LINE, "leerlingvolgsysteem", Role.TEACHER, "Noord")
    client = TestClient(app, headers={"Authorization": f"bearer {issued.secret}"})
    assert client.get("/v1/requests").status_code == 200
    (token,) = [one for one in access.tokens(services, COMMAND_LINE) if one.key == issued.key]
    assert (token.last_used_on, token.revoked_at) == (AS_OF, None)
    access.revoke_token(services, COMMAND_LINE, issued.key)
    with pytest.raises(UnknownId, match="unknown_token"):
        access.revoke_token(services, COMMAND_LINE, issued.key)
    assert client.get("/v1/requests").status_code == 401


def test_a_session_begins_anew_and_ends(browser: TestClient) -> None:
    """Logging in gives another cookie each time; the old one, and the one after logging out, opens nothing."""
    enter(browser, Role.TEACHER)
    first = browser.cookies["alumnimatch"]
    page = browser.get("/")
    assert page.status_code == 200
    enter(browser, Role.COORDINATOR)
    second = browser.cookies["alumnimatch"]
    assert first != second

    def opens(cookie: str) -> bool:
        stale = TestClient(browser.app, headers={"Accept": "text/html"}, cookies={"alumnimatch": cookie})
        return stale.get("/", follow_redirects=False).status_code == 200

    assert not opens(first)
    assert opens(second)
    left = browser.post("/uitloggen", data={"formulier": form_token(browser.get("/").text)}, follow_redirects=False)
    assert left.status_code == 303
    assert not opens(second)


def test_all_sessions_end_at_once(browser: TestClient) -> None:
    """The page shows where one is logged in; its button ends all of it, and the browser is told to forget."""
    enter(browser, Role.TEACHER)
    laptop = TestClient(browser.app, headers={"Accept": "text/html"})
    enter(laptop, Role.TEACHER)
    page = browser.get("/sessies").text
    assert page.count("op dit apparaat") == 1
    assert "op een ander apparaat" in page
    left = browser.post("/sessies/einde", data={"formulier": form_token(page)}, follow_redirects=False)
    assert (left.status_code, left.headers["Clear-Site-Data"]) == (303, '"cache", "storage"')
    assert laptop.get("/", follow_redirects=False).status_code == 303


def test_what_is_refused_is_noted(app: FastAPI, client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """With role and route for whoever watches over it, and nothing of what was asked."""
    headers = headers_of(app, Role.TEACHER, "Noord")
    assert client.get("/v1/people/A-1", headers=headers).status_code == 403
    assert client.get("/v1/people/A-1", headers={"Authorization": "Bearer am_wrong"}).status_code == 401
    told = [record.getMessage() for record in caplog.records if record.name == "alumnimatch.security"]
    assert [re.sub(r"actor=\d+", "actor=n", line.partition(" ")[2]) for line in told] == [
        "refused not_for_this_role GET /v1/people/{id} actor=n role=teacher",
        "refused not_logged_in GET /v1/people/{id} actor=- role=-",
    ]


def test_every_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    """Also that of the language, over https."""
    app = app_in(tmp_path, login="demo", base_url="https://match.school.example")
    told = TestClient(app, base_url="https://match.school.example").get("/inloggen?lang=en").headers["Set-Cookie"]
    assert told.startswith("__Host-lang=en; ")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(told.split("; "))
    app.state.held.store.close()


def test_the_cookie_is_for_the_server_alone(demo: FastAPI, tmp_path: Path) -> None:
    """HttpOnly and SameSite; over https also Secure, bound to the host, and HSTS is told."""
    data = {"rol": "teacher", "school": "Noord"}
    plain = TestClient(demo).post("/inloggen/demo", data=data, follow_redirects=False).headers
    assert plain["Set-Cookie"].startswith("alumnimatch=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(plain["Set-Cookie"].split("; "))
    assert "Strict-Transport-Security" not in plain
    app = app_in(tmp_path, login="demo", base_url="https://match.school.example")
    secure = TestClient(app).post("/inloggen/demo", data=data, follow_redirects=False).headers
    assert secure["Set-Cookie"].startswith("__Host-alumnimatch=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Secure"} <= set(secure["Set-Cookie"].split("; "))
    assert secure["Strict-Transport-Security"].startswith("max-age=")
    app.state.held.store.close()


@pytest.mark.parametrize("sent", [{}, {"formulier": ""}, {"formulier": "x" * 32}, {"formulier": "é"}])
def test_a_form_of_another_site_is_refused(browser: TestClient, sent: dict[str, str]) -> None:
    """Without the session's own token a form does nothing."""
    enter(browser, Role.TEACHER)
    answer = browser.post("/uitloggen", data=sent, follow_redirects=False)
    assert answer.status_code == 403
    assert browser.get("/", follow_redirects=False).status_code == 200


def test_a_cookie_changes_nothing_by_the_api(browser: TestClient) -> None:
    """A program sends a token; what other sites could have a browser send is not enough, whatever it is called."""
    enter(browser, Role.COORDINATOR)
    assert browser.get("/v1/requests", headers={"Accept": "application/json"}).status_code == 200
    body = '{"alumnus": "A-1"}'
    for kind in ("application/json", "text/plain"):
        headers = {"Content-Type": kind, "Accept": "application/json"}
        assert browser.post("/v1/requests/R-1/invitations", content=body, headers=headers).status_code == 401
    assert browser.delete("/v1/people/A-1", headers={"Accept": "application/json"}).status_code == 401


@pytest.mark.parametrize(
    "to",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "/\tx", ""],
)
def test_the_login_leads_nowhere_else(browser: TestClient, to: str) -> None:
    """An address outside is not gone to after logging in."""
    data = {"rol": "teacher", "school": "Noord", "naar": to}
    assert browser.post("/inloggen/demo", data=data, follow_redirects=False).headers["Location"] == "/"


def test_the_demo_login_is_for_the_demo_alone(app: FastAPI, tmp_path: Path) -> None:
    """It refuses a database that the demo did not make, and where another way in is set it does not exist."""
    data = {"rol": "administrator", "school": "Noord"}
    answer = TestClient(app, raise_server_exceptions=False).post("/inloggen/demo", data=data)
    assert answer.status_code == 403
    store = store_in(tmp_path)
    engine = Engine(store, HashEncoder(), FixedClock(AS_OF))
    with pytest.raises(ConfigurationError, match="login_demo_foreign"):
        create_app(engine.app, Settings(login="demo"))
    store.close()


def test_an_incomplete_login_service_is_told(tmp_path: Path) -> None:
    """The settings that are missing are named, before the server starts."""
    store = store_in(tmp_path)
    engine = Engine(store, HashEncoder(), FixedClock(AS_OF))
    with pytest.raises(ConfigurationError, match="login_incomplete") as caught:
        create_app(engine.app, Settings(login="oidc", oidc_issuer="https://login.example"))
    assert "ALUMNIMATCH_OIDC_CLIENT_ID" in str(caught.value.values["settings"])
    rest = {"oidc_client_id": "x", "oidc_client_secret": "y", "base_url": "https://x.example", "secret_key": "z" * 40}
    with pytest.raises(ConfigurationError, match="OIDC_ISSUER"):
        create_app(engine.app, Settings(login="oidc", oidc_issuer="http://login.example", **rest))  # type: ignore[arg-type]
    store.close()


def test_the_menu_is_what_one_may(browser: TestClient) -> None:
    """The links of the menu are those that the role may follow; the others are refused by address too."""
    for role in (Role.TEACHER, Role.ADVISER, Role.COORDINATOR, Role.PLACEMENT, Role.ADMINISTRATOR):
        enter(browser, role)
        links = set(re.findall(r'<li><a href="(/[a-z]+)"', browser.get("/").text))
        for path in ("/zoeken", "/advies", "/waarom"):
            assert browser.get(path).status_code == (200 if path in links else 403), (role, path)


def test_a_teacher_sees_the_requests_of_the_own_school(browser: TestClient) -> None:
    """On the home page, in the choice of schools, and by address."""
    enter(browser, Role.TEACHER, "Zuid")
    home = browser.get("/").text
    assert "school=Noord" not in home
    assert "<option>Noord" not in browser.get("/zoeken").text
    assert browser.get("/aanvragen/R-1?school=Noord").status_code == 404
    assert browser.get("/zoeken?q=wondzorg&school=Noord").status_code == 404


def test_what_was_ranked_is_in_the_log(app: FastAPI, client: TestClient) -> None:
    """Who, what for, which versions, who was shown with which score; and neither names nor ids of a spreadsheet."""
    services = app.state.held.app
    answer = client.get("/v1/requests/R-1/matches?school=Noord&top=3").json()
    (entry,) = audit.page(services, COMMAND_LINE, limit=1)
    assert (entry.action, entry.role) == ("match", "coordinator")
    told = entry.details
    assert (told["purpose"], told["revision"], told["encoder"]) == (
        "guest_lesson",
        answer["revision"],
        answer["encoder"],
    )
    assert [score for _, score in told["shown"]] == [match["score"] for match in answer["matches"]]
    assert "A-1" not in str(told)
    assert audit.verify(services, COMMAND_LINE).wrong is None


def test_a_principal_of_every_school_may_name_one() -> None:
    """Who is of no school is limited to what is named; who is of one, to that one."""
    everywhere, north = Asker(1, Role.COORDINATOR), Asker(2, Role.COORDINATOR, "Noord")
    assert [everywhere.owner(Action.MATCH, name) for name in (None, "Zuid")] == [None, "Zuid"]
    assert [north.owner(Action.MATCH, name) for name in (None, "", "Noord")] == ["Noord"] * 3
    with pytest.raises(UnknownId):
        north.owner(Action.MATCH, "Zuid")
    with pytest.raises(Forbidden):
        north.owner(Action.AUDIT_READ)
    assert north.owner(Action.OFFERINGS_LIST, "Zuid") == "Zuid"
    assert Asker(3, Role.ALUMNUS, "Noord", 5).scope(Action.RECOMMEND) is Scope.SELF


def test_a_token_opens_the_pages_and_closes_them(app: FastAPI) -> None:
    """For a laptop without a login service; revoking it ends the sessions that came of it."""
    issued = access.new_token(app.state.held.app, COMMAND_LINE, "laptop", Role.COORDINATOR, "Noord")
    browser = TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"})
    assert browser.post("/inloggen/token", data={"token": "am_wrong"}).status_code == 401
    entered = browser.post(
        "/inloggen/token", data={"token": f" {issued.secret} ", "naar": "/advies"}, follow_redirects=False
    )
    assert (entered.status_code, entered.headers["Location"]) == (303, "/advies")
    assert "alumnicoördinator · Noord" in browser.get("/").text
    access.revoke_token(app.state.held.app, COMMAND_LINE, issued.key)
    assert browser.get("/", follow_redirects=False).status_code == 303


def test_every_action_of_the_log_has_its_words() -> None:
    """What the code writes into the log can be read in the log, in both languages."""
    noted = noted_actions("matcher/services", "matcher/store")
    assert {"login", "login.failed", "logout", "import", "token.new", "log.forget", "keys.rotate"} <= noted
    open_ended = {name for name in noted if name.endswith("*")}
    assert open_ended <= {"retention.*"}
    shown = noted - open_ended | {"retention.ask", "retention.remind", "log.reseal"}
    shown |= {action.value for action in Action if not action.value.endswith(".list")}
    for language in LANGUAGES:
        for action in shown:
            assert lookup(language, f"words.action.{action.replace('.', '_')}"), (language, action)


def test_another_site_cannot_log_somebody_in(demo: FastAPI) -> None:
    """A form that the browser says comes from another site is refused, so nobody works under another's name unaware."""
    browser = TestClient(demo, raise_server_exceptions=False, headers={"Accept": "text/html"})
    data = {"rol": "teacher", "school": "Noord"}
    foreign = browser.post("/inloggen/demo", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    sibling = browser.post("/inloggen/demo", data=data, headers={"Sec-Fetch-Site": "same-site"})
    assert sibling.status_code == 403
    for own in ("same-origin", "none"):
        entered = browser.post("/inloggen/demo", data=data, headers={"Sec-Fetch-Site": own}, follow_redirects=False)
        assert entered.status_code == 303
