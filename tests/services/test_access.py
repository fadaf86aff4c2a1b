"""Logging in, sessions, tokens and accounts: each is in the log with what it does, and only for those who may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from matcher.domain.invitations import InvitationState
from matcher.domain.kinds import RequestKind
from matcher.domain.records import RecordKind
from matcher.errors import Forbidden, InvalidValue, NotLoggedIn, UnknownId
from matcher.policy import COMMAND_LINE, JOB, LOGIN_ROLES, VISITOR, Asker, Role
from matcher.ports import Store
from matcher.repositories.values import Upsert
from matcher.services import access
from matcher.services.access import Entry, SchoolLogin
from matcher.services.app import StoreApp, WithoutEngine
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.fakes import FixedClock
from tests.support.records import TODAY, row

ISSUER = "https://login.example"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(TODAY)


@pytest.fixture
def app(tmp_path: Path, clock: FixedClock) -> Iterator[StoreApp]:
    """Alumnus A-1 at Noord and at Zuid."""
    store = SqlStore(f"sqlite:///{tmp_path / 'access.db'}", clock)
    fresh.migrate(store)
    stores.upsert(store, RecordKind.ALUMNI, [row(2, "A-1", "Noord"), row(3, "A-1", "Zuid")])
    yield WithoutEngine(store, clock)
    store.close()


def newest(app: StoreApp) -> tuple[str, int | None, str, str | None]:
    """Action, actor, role and school of the newest entry."""
    (entry,) = stores.log(app.store, limit=1)
    return entry.action, entry.actor, entry.role, entry.school


def link(app: StoreApp) -> str:
    key = stores.key_of(app.store, RecordKind.ALUMNI, "A-1", "Noord")
    return stores.write(app.store, lambda tx: tx.links.new(key, access.LINK_ISSUER, timedelta(minutes=15)))


def by_token(app: StoreApp) -> Entry:
    issued = access.new_token(app, COMMAND_LINE, "laptop", Role.COORDINATOR, "Noord")
    return access.enter_with_token(app, VISITOR, issued.secret)


def by_link(app: StoreApp) -> Entry:
    return access.enter_with_link(app, VISITOR, link(app))


def by_school(app: StoreApp) -> Entry:
    return access.enter_from_school(app, VISITOR, SchoolLogin(ISSUER, "p1", "noord", staff=True))


def by_demo(app: StoreApp) -> Entry:
    stores.write(app.store, lambda tx: tx.installation.set_once(access.DEMO_ISSUER, "Zuid"))
    return access.enter_demo(app, VISITOR, Role.ALUMNUS, "Noord", " A-1 ")


WAYS = (by_token, by_link, by_school, by_demo)


@pytest.mark.parametrize("enter", WAYS)
def test_a_login_is_in_the_log_as_the_account_that_came_in(app: StoreApp, enter: Callable[[StoreApp], Entry]) -> None:
    """Each way of logging in opens a session for an account of its school, and the entry is by that account."""
    entry = enter(app)
    assert entry.asker.school == "Noord"
    assert newest(app) == ("login", entry.asker.key, entry.asker.role.value, "Noord")
    session = access.session(app, VISITOR, entry.secret)
    assert session is not None
    assert session.asker == entry.asker


@pytest.mark.parametrize("asker", [COMMAND_LINE, JOB, Asker(9, Role.ADMINISTRATOR, "Noord")])
def test_only_visitors_log_in(app: StoreApp, asker: Asker) -> None:
    """All others are refused, and nothing is in the log."""
    refused: list[Callable[[], object]] = [
        lambda: access.enter_with_token(app, asker, "am_x"),
        lambda: access.enter_with_link(app, asker, "x"),
        lambda: access.enter_from_school(app, asker, SchoolLogin(ISSUER, "p1", "Noord", staff=True)),
        lambda: access.enter_demo(app, asker, Role.TEACHER, "Noord"),
        lambda: access.session(app, asker, "x"),
        lambda: access.token_holder(app, asker, "x"),
        lambda: access.note_failure(app, asker, "link_spent"),
        lambda: access.demo_schools(app, asker),
        lambda: access.is_demo(app, asker),
    ]
    for attempt in refused:
        with pytest.raises(Forbidden):
            attempt()
    assert stores.log(app.store) == []


@pytest.mark.parametrize("asker", [COMMAND_LINE, JOB, VISITOR])
def test_only_accounts_have_sessions(app: StoreApp, asker: Asker) -> None:
    """Askers that are no account are refused, and nothing is in the log."""
    refused: list[Callable[[], object]] = [
        lambda: access.sessions(app, asker),
        lambda: access.leave(app, asker, "x"),
        lambda: access.leave_everywhere(app, asker),
    ]
    for attempt in refused:
        with pytest.raises(Forbidden):
            attempt()
    assert stores.log(app.store) == []


OTHERS = [role for role in LOGIN_ROLES if role is not Role.ADMINISTRATOR]


@pytest.mark.parametrize("asker", [VISITOR, JOB, *(Asker(9, role, "Noord", 1) for role in OTHERS)])
def test_only_administrators_grant_access(app: StoreApp, asker: Asker) -> None:
    """No other role makes a token or an account; a visitor neither."""
    refused: list[Callable[[], object]] = [
        lambda: access.new_token(app, asker, "x", Role.TEACHER, "Noord"),
        lambda: access.tokens(app, asker),
        lambda: access.revoke_token(app, asker, 1),
        lambda: access.grant(app, asker, ISSUER, "p1", role=Role.TEACHER, school="Noord"),
        lambda: access.end_account(app, asker, ISSUER, "p1"),
        lambda: access.users(app, asker, ISSUER),
        lambda: access.end_all_sessions(app, asker),
        lambda: access.mark_demo(app, asker, "Noord"),
    ]
    for attempt in refused:
        with pytest.raises(Forbidden):
            attempt()
    assert stores.log(app.store) == []


def test_what_opens_nothing_is_refused_and_leaves_nothing(app: StoreApp) -> None:
    """An unknown token, a link for another purpose, a school that the demo does not have: no account, no session."""
    key = stores.key_of(app.store, RecordKind.ALUMNI, "A-1", "Noord")
    other = stores.write(app.store, lambda tx: tx.links.new(key, "reply 5", timedelta(minutes=15)))
    for attempt in (
        lambda: access.enter_with_token(app, VISITOR, "am_x"),
        lambda: access.enter_with_link(app, VISITOR, other),
    ):
        with pytest.raises(NotLoggedIn):
            attempt()
    with pytest.raises(Forbidden, match="login_elsewhere"):
        access.enter_demo(app, VISITOR, Role.TEACHER, "Noord")
    stores.write(app.store, lambda tx: tx.installation.set_once(access.DEMO_ISSUER, "Noord"))
    for role, school, alumnus in ((Role.TEACHER, "Nergens", ""), (Role.ALUMNUS, "Noord", "A-77")):
        with pytest.raises(UnknownId):
            access.enter_demo(app, VISITOR, role, school, alumnus)
    assert stores.log(app.store) == []
    assert stores.read(app.store, lambda records: records.links.find(other)) is not None, "not used up"


def test_a_login_by_link_ends_a_bounce(app: StoreApp) -> None:
    """The mail arrived: the address is open, and the coordinator's list no longer says that mail comes back."""
    key = stores.key_of(app.store, RecordKind.ALUMNI, "A-1", "Noord")
    email = "a-1@voorbeeld.example"
    stores.write(app.store, lambda tx: tx.people.correct(key, "email", email))
    stores.write(app.store, lambda tx: tx.closed_addresses.close(email, "5.1.1"))
    stores.write(app.store, lambda tx: tx.facts.bounced(key))
    access.enter_with_link(app, VISITOR, link(app))
    assert stores.read(app.store, lambda records: records.closed_addresses.unreachable()) == frozenset()
    known = stores.read(app.store, lambda records: records.facts.of(key))
    assert known is not None
    assert known.bounced_on is None


def test_a_link_opens_once(app: StoreApp, clock: FixedClock) -> None:
    """A second use, and a use after its term, are refused."""
    code = link(app)
    access.enter_with_link(app, VISITOR, code)
    late = link(app)
    clock.day = TODAY + timedelta(days=1)
    for spent in (code, late):
        with pytest.raises(NotLoggedIn, match="link_spent"):
            access.enter_with_link(app, VISITOR, spent)


@pytest.mark.parametrize(
    ("granted", "school", "staff", "expected"),
    [
        (None, "noord", True, (Role.TEACHER, "Noord")),
        (None, "noord", False, None),
        (None, None, True, None),
        (Role.COORDINATOR, "Noord", True, (Role.COORDINATOR, "Zuid")),
        (Role.COORDINATOR, "Noord", False, None),
        (Role.COORDINATOR, None, True, None),
        (Role.TEACHER, "Noord", True, (Role.TEACHER, "Noord")),
        (Role.PARTNER, None, False, (Role.PARTNER, "Zuid")),
    ],
)
def test_a_login_of_the_school_gives_the_role_that_it_should(
    app: StoreApp, granted: Role | None, school: str | None, staff: bool, expected: tuple[Role, str] | None
) -> None:
    """Staff are teachers of their school, or what was granted (at Zuid); partners need no school; others no role."""
    if granted is not None:
        access.grant(app, COMMAND_LINE, ISSUER, "p1", role=granted, school="Zuid")
    login = SchoolLogin(ISSUER, "p1", school, staff)
    if expected is None:
        with pytest.raises(Forbidden, match="login_no_role"):
            access.enter_from_school(app, VISITOR, login)
    else:
        asker = access.enter_from_school(app, VISITOR, login).asker
        assert (asker.role, asker.school) == expected


def test_logging_in_ends_the_session_that_the_browser_had(app: StoreApp) -> None:
    """The former session opens nothing any more, the new one does."""
    first = by_school(app)
    second = access.enter_from_school(app, VISITOR, SchoolLogin(ISSUER, "p1", "Noord", staff=True), former=first.secret)
    assert access.session(app, VISITOR, first.secret) is None
    assert access.session(app, VISITOR, second.secret) is not None
    assert len(access.sessions(app, second.asker, second.secret)) == 1


def test_leaving_is_in_the_log(app: StoreApp) -> None:
    """One session, by its account; a secret that opens nothing leaves no entry; then everywhere, with the count."""
    first, second = by_school(app), by_school(app)
    access.leave(app, first.asker, first.secret)
    assert newest(app) == ("logout", first.asker.key, "teacher", "Noord")
    before = stores.log(app.store)
    access.leave(app, first.asker, first.secret)
    assert stores.log(app.store) == before
    assert access.leave_everywhere(app, second.asker) == 1
    assert newest(app)[:2] == ("logout.everywhere", second.asker.key)
    assert access.session(app, VISITOR, second.secret) is None


def test_a_failed_login_is_in_the_log_as_a_visitor(app: StoreApp) -> None:
    """With the code of what was wrong, and no account."""
    access.note_failure(app, VISITOR, "link_spent")
    (entry,) = stores.log(app.store)
    assert (entry.action, entry.actor, entry.role, dict(entry.details)) == (
        "login.failed",
        None,
        "nobody",
        {"reason": "link_spent"},
    )


def test_a_token_is_in_the_log_from_its_making_to_its_end(app: StoreApp) -> None:
    """Made with role and school as it is spelled here, ended once; the secret is in neither entry."""
    issued = access.new_token(app, COMMAND_LINE, " lvs ", Role.TEACHER, " NOORD ")
    assert issued.school == "Noord"
    access.revoke_token(app, COMMAND_LINE, issued.key)
    with pytest.raises(UnknownId, match="unknown_token"):
        access.revoke_token(app, COMMAND_LINE, issued.key)
    ended, made = stores.log(app.store)
    assert (made.action, made.role, dict(made.details)) == (
        "token.new",
        "command_line",
        {"token": issued.key, "role": "teacher", "school": "Noord"},
    )
    assert (ended.action, dict(ended.details)) == ("token.revoke", {"token": issued.key})
    (token,) = access.tokens(app, COMMAND_LINE)
    assert (token.name, token.school, token.revoked_at is not None) == ("lvs", "Noord", True)


def test_no_token_is_made_for_what_is_not_here(app: StoreApp) -> None:
    """An unknown school, or an alumnus, who has a link: refused, and nothing is in the log."""
    with pytest.raises(UnknownId, match="unknown_school"):
        access.new_token(app, COMMAND_LINE, "x", Role.TEACHER, "Nergens")
    with pytest.raises(InvalidValue, match="token_for_alumnus"):
        access.new_token(app, COMMAND_LINE, "x", Role.ALUMNUS, "Noord")
    assert access.tokens(app, COMMAND_LINE) == []
    assert stores.log(app.store) == []


def test_the_use_of_a_token_is_recorded_once_a_day(app: StoreApp, clock: FixedClock) -> None:
    """Its day of last use follows the clock; a revoked token stands for no one."""
    issued = access.new_token(app, COMMAND_LINE, "lvs", Role.TEACHER, None)

    def used_on() -> date | None:
        return access.tokens(app, COMMAND_LINE)[0].last_used_on

    assert used_on() is None
    for day in (TODAY, TODAY + timedelta(days=1)):
        clock.day = day
        holder = access.token_holder(app, VISITOR, issued.secret)
        assert holder == Asker(issued.key, Role.TEACHER)
        assert used_on() == day
    access.revoke_token(app, COMMAND_LINE, issued.key)
    assert access.token_holder(app, VISITOR, issued.secret) is None


class CountedStore:
    """A store that counts its readings and writes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: list[str] = []

    def read(self) -> object:
        self.calls.append("read")
        return self._store.read()

    def write(self, *arguments: object, **named: object) -> object:
        self.calls.append("write")
        return self._store.write(*arguments, **named)  # type: ignore[arg-type]


def test_a_request_with_a_token_or_session_is_one_reading(app: StoreApp, clock: FixedClock) -> None:
    """And a write only on the first use of a day, or of some minutes."""
    issued = access.new_token(app, COMMAND_LINE, "lvs", Role.TEACHER, None)
    entry = by_school(app)
    counted = CountedStore(app.store)
    watched = WithoutEngine(counted, clock)  # type: ignore[arg-type]
    for _ in range(2):
        access.token_holder(watched, VISITOR, issued.secret)
    assert counted.calls == ["read", "write", "read"]
    counted.calls.clear()
    for _ in range(2):
        access.session(watched, VISITOR, entry.secret)
    assert counted.calls == ["read", "read"]
    counted.calls.clear()
    clock.time = clock.time.replace(minute=6)
    for _ in range(2):
        access.session(watched, VISITOR, entry.secret)
    assert counted.calls == ["read", "write", "read"]


def test_accounts_are_granted_and_ended_in_the_log(app: StoreApp) -> None:
    """A role at a school as it is spelled here; ending it ends its sessions; of an unknown one nothing is noted."""
    account = access.grant(app, COMMAND_LINE, ISSUER, " p1 ", role=Role.COORDINATOR, school="noord")
    assert (account.role, account.school) == (Role.COORDINATOR, "Noord")
    assert dict(stores.log(app.store)[0].details) == {"account": account.key, "role": "coordinator", "school": "Noord"}
    entry = by_school(app)
    access.end_account(app, COMMAND_LINE, ISSUER, "p1")
    assert newest(app)[0] == "account.end"
    assert access.session(app, VISITOR, entry.secret) is None
    before = stores.log(app.store)
    with pytest.raises(UnknownId, match="unknown_account"):
        access.end_account(app, COMMAND_LINE, ISSUER, "p1")
    assert stores.log(app.store) == before


def test_all_sessions_end_at_once_in_the_log(app: StoreApp) -> None:
    """For when something was stolen: nothing opens any more, and the entry says how many."""
    entries = [by_school(app), by_link(app)]
    assert access.end_all_sessions(app, COMMAND_LINE) == 2
    assert dict(stores.log(app.store)[0].details) == {"sessions": 2}
    assert [access.session(app, VISITOR, entry.secret) for entry in entries] == [None, None]


def test_only_an_empty_database_becomes_the_demos(app: StoreApp, tmp_path: Path, clock: FixedClock) -> None:
    """One with data never does; an empty one does, in the log, and stays it. Its first school stands in front."""
    assert not access.mark_demo(app, COMMAND_LINE, "Noord")
    assert not access.is_demo(app, VISITOR)
    assert access.demo_schools(app, VISITOR) == []
    store = SqlStore(f"sqlite:///{tmp_path / 'empty.db'}", clock)
    fresh.migrate(store)
    empty = WithoutEngine(store, clock)
    for _ in range(2):
        assert access.mark_demo(empty, COMMAND_LINE, "Zuid")
    assert [entry.action for entry in stores.log(store)] == ["demo.mark"]
    stores.upsert(store, RecordKind.ALUMNI, [row(2, "A-1", "Noord"), row(3, "A-1", "Zuid")])
    assert access.mark_demo(empty, COMMAND_LINE, "Zuid")
    assert access.is_demo(empty, VISITOR)
    assert access.demo_schools(empty, VISITOR) == ["Zuid", "Noord"]
    store.close()


def test_the_demo_says_as_whom_a_visitor_looks_around(app: StoreApp) -> None:
    """A role alone is enough: the demo's school, its partner, and an alumnus with an open question, if any."""
    stores.write(app.store, lambda tx: tx.installation.set_once(access.DEMO_ISSUER, "Noord"))
    stores.upsert(app.store, RecordKind.ALUMNI, [row(4, "A-2", "Noord")])
    course = Upsert(2, "C-1", "Vakcentrum", {"title": "Lassen"})
    lesson = Upsert(2, "R-1", "Noord", {"kind": RequestKind.GUEST_LESSON, "title": "lassen"})
    stores.upsert(app.store, RecordKind.OFFERINGS, [course])
    stores.upsert(app.store, RecordKind.REQUESTS, [lesson])
    with pytest.raises(UnknownId):
        access.cast_demo(app, COMMAND_LINE, "Nergens", [])
    access.cast_demo(app, COMMAND_LINE, "Vakcentrum", ["A-1", "A-2"])
    access.cast_demo(app, COMMAND_LINE, "Noord", [])  # said once

    def enter(role: Role, school: str = "") -> Asker:
        return access.enter_demo(app, VISITOR, role, school).asker

    keys = [stores.key_of(app.store, RecordKind.ALUMNI, id_, "Noord") for id_ in ("A-1", "A-2")]
    request = stores.key_of(app.store, RecordKind.REQUESTS, "R-1", "Noord")
    assert enter(Role.TEACHER).school == "Noord"
    assert enter(Role.PARTNER).school == enter(Role.PARTNER, "Vakcentrum").school == "Vakcentrum"
    assert enter(Role.ALUMNUS).alumnus_key == keys[0]
    asked = stores.write(app.store, lambda tx: tx.invitations.add(keys[1], request, InvitationState.ASKED))
    assert enter(Role.ALUMNUS).alumnus_key == keys[1]
    assert stores.write(
        app.store,
        lambda tx: tx.invitations.change(asked, InvitationState.ASKED, {"state": InvitationState.DECLINED}),
    )
    assert enter(Role.ALUMNUS).alumnus_key == keys[0]
    for role in (Role.TEACHER, Role.ALUMNUS):
        with pytest.raises(UnknownId):
            enter(role, "Vakcentrum")


def test_only_the_demo_is_cast(app: StoreApp) -> None:
    """Nobody says as whom visitors of a real school look around."""
    with pytest.raises(Forbidden):
        access.cast_demo(app, COMMAND_LINE, "Noord", ["A-1"])


def test_an_administrator_grants_at_the_own_school_alone(app: StoreApp) -> None:
    """Roles and tokens of others are as unknown as none; the own role stays; logging everyone out is not theirs."""
    me = access.grant(app, COMMAND_LINE, ISSUER, "me", role=Role.ADMINISTRATOR, school="Noord")
    access.grant(app, COMMAND_LINE, ISSUER, "far", role=Role.COORDINATOR, school="Zuid")
    token = access.new_token(app, COMMAND_LINE, "far", Role.TEACHER, "Zuid")
    everywhere = access.new_token(app, COMMAND_LINE, "region", Role.TEACHER, None)
    assert access.grant(app, me, ISSUER, "p1", role=Role.COORDINATOR, school=None).school == "Noord"
    assert access.new_token(app, me, "laptop", Role.TEACHER, None).school == "Noord"
    refused: list[Callable[[], object]] = [
        lambda: access.grant(app, me, ISSUER, "p1", role=Role.COORDINATOR, school="Zuid"),
        lambda: access.grant(app, me, ISSUER, "far", role=Role.TEACHER, school="Noord"),
        lambda: access.end_account(app, me, ISSUER, "far"),
        lambda: access.revoke_token(app, me, token.key),
        lambda: access.revoke_token(app, me, everywhere.key),
    ]
    for attempt in refused:
        with pytest.raises(UnknownId):
            attempt()
    with pytest.raises(InvalidValue, match="not_oneself"):
        access.grant(app, me, ISSUER, "me", role=Role.COORDINATOR, school="Noord")
    with pytest.raises(InvalidValue, match="not_oneself"):
        access.end_account(app, me, ISSUER, "me")
    for name in (lambda: access.new_token(app, me, " ", Role.TEACHER, None), lambda: _nobody(app, me)):
        with pytest.raises(InvalidValue, match="name_missing"):
            name()
    with pytest.raises(Forbidden):
        access.end_all_sessions(app, me)
    assert [user.subject for user in access.users(app, me, ISSUER)] == ["me", "p1"]
    assert [one.name for one in access.tokens(app, me)] == ["laptop"]
    assert [user.subject for user in access.users(app, COMMAND_LINE, ISSUER)] == ["far", "me", "p1"]
    access.end_account(app, me, ISSUER, "p1")
    assert [user.subject for user in access.users(app, me, ISSUER)] == ["me"]


def _nobody(app: StoreApp, me: Asker) -> Asker:
    return access.grant(app, me, ISSUER, " ", role=Role.TEACHER, school=None)
