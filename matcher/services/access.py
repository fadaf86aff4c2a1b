"""Access: logging in, sessions, tokens of other systems, and the roles that are granted.

Until the login succeeds, the asker is a visitor. What a login writes (the account, the session, a link that is used up)
is committed with its log entry, whose actor is the account that logged in.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from matcher.domain.invitations import InvitationState
from matcher.domain.records import RecordKind, owner_of
from matcher.errors import Forbidden, InvalidValue, NotLoggedIn, StoreReadOnly, UnknownId
from matcher.policy import Action, Asker, Role
from matcher.repositories import Records, Transaction
from matcher.repositories.values import TOKEN_ISSUER, Identity, OpenSession, Session, Token, User
from matcher.services import lookup
from matcher.services.app import StoreApp

LINK_ISSUER = "login"
"""The purpose of links by mail, and the issuer of the accounts of alumni who log in by one."""
DEMO_ISSUER = "demo"
"""The issuer of the demo's accounts, and the installation value that marks the demo's database."""
MOST_NAME = 200
"""The longest name of a token."""
_NO_SERVICES = frozenset({LINK_ISSUER, DEMO_ISSUER, TOKEN_ISSUER})
"""Issuers of accounts that are no login services."""
_PARTNER, _ALUMNI = "demo.partner", "demo.alumni"
"""The installation values that say as whom visitors of the demo look around."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A login that succeeded: the account, and the secret of its new session."""

    asker: Asker
    secret: str


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token: its key, the secret, which is shown once, and the school, as it is spelled here."""

    key: int
    secret: str
    school: str | None


@dataclass(frozen=True, slots=True)
class SchoolLogin:
    """What a login service says about a person: identity, school (None if unknown), and whether they are staff.

    `alumnus`: they come from an organisation of which the people are alumni here, such as eduID. Not which alumnus.
    """

    issuer: str
    subject: str
    school: str | None
    staff: bool
    alumnus: bool = False


# ---- every request: one reading


def session(app: StoreApp, asker: Asker, secret: str) -> Session | None:
    """The session with this secret, recording its use every few minutes; None if the secret is not valid."""
    asker.scope(Action.LOGIN)
    with app.store.read() as records:
        current = records.sessions.find(secret)
    if current is not None and current.stale:
        with suppress(StoreReadOnly):  # then the session ends a few minutes early
            app.store.write(lambda tx: tx.sessions.mark_used(secret), by=asker)
    return current


def token_holder(app: StoreApp, asker: Asker, secret: str) -> Asker | None:
    """The asker that a token stands for, recording its use once a day; None if the token is not valid."""
    asker.scope(Action.LOGIN)
    with app.store.read() as records:
        match = records.tokens.find(secret)
        today = records.today
    if match is None:
        return None
    holder, used_on = match
    if used_on != today:
        with suppress(StoreReadOnly):
            app.store.write(lambda tx: tx.tokens.mark_used(holder.key), by=asker)
    return holder


# ---- logging in


def enter_with_token(app: StoreApp, asker: Asker, secret: str, *, former: str | None = None) -> Entry:
    """A session for a browser with a token; ends with the token. Raises NotLoggedIn('token_unknown').

    `former`: the secret of the session that this browser had, which ends. The same holds for every way of logging in.
    """
    asker.scope(Action.LOGIN)

    def work(tx: Transaction) -> Entry:
        match = tx.tokens.find(secret)
        if match is None:
            raise NotLoggedIn("token_unknown")
        holder, used_on = match
        if used_on != tx.today:
            tx.tokens.mark_used(holder.key)
        account = tx.accounts.save(TOKEN_ISSUER, str(holder.key), holder.role, holder.school)
        return _enter(tx, account, former)

    return app.store.write(work, by=asker)


def enter_with_link(app: StoreApp, asker: Asker, code: str, *, former: str | None = None) -> Entry:
    """A session for an alumnus with a link by mail, which is used up. Raises NotLoggedIn('link_spent')."""
    asker.scope(Action.LOGIN)

    def work(tx: Transaction) -> Entry:
        key = tx.links.use(code, LINK_ISSUER)
        alumni = tx.records.by_key(RecordKind.ALUMNI, [] if key is None else [key])
        if key is None or key not in alumni:
            raise NotLoggedIn("link_spent")
        tx.closed_addresses.reopen(key)  # the mail arrived
        tx.facts.arrived(key)
        account = tx.accounts.save(LINK_ISSUER, str(key), Role.ALUMNUS, owner_of(alumni[key]), key)
        return _enter(tx, account, former)

    return app.store.write(work, by=asker)


def enter_from_school(app: StoreApp, asker: Asker, login: SchoolLogin, *, former: str | None = None) -> Entry:
    """A session for a person whom a login service knows.

    Staff log in as teachers of their school, or with the role that was granted to them. A partner needs no school: an
    employer is not a school. Raises Forbidden('login_no_role') for all others, granted or not.
    """
    asker.scope(Action.LOGIN)
    return app.store.write(lambda tx: _enter(tx, _school_account(tx, login), former), by=asker)


def enter_with_eduid(app: StoreApp, asker: Asker, login: SchoolLogin, *, former: str | None = None) -> Entry | None:
    """A session for an alumnus who linked this identity to their record; None for one that is linked to none.

    Nothing that the login service tells of a person (a name, an address) leads to a record: only `link_eduid` does.
    """
    asker.scope(Action.LOGIN)

    def work(tx: Transaction) -> Entry | None:
        account = tx.accounts.find(login.issuer, login.subject)
        if account is not None and account.role is Role.PARTNER:
            return _enter(tx, account, former)
        key = None if account is None else account.alumnus_key
        alumni = tx.records.by_key(RecordKind.ALUMNI, [] if key is None else [key])
        if key is None or key not in alumni:
            return None
        saved = tx.accounts.save(login.issuer, login.subject, Role.ALUMNUS, owner_of(alumni[key]), key)
        return _enter(tx, saved, former)

    return app.store.write(work, by=asker)


def link_eduid(app: StoreApp, asker: Asker, issuer: str, subject: str) -> None:
    """Lets an identity of a login service log in as the asking alumnus, who came in by a link that was mailed.

    An alumnus has one such identity of a login service; an identity belongs to one alumnus, the last who linked it.
    Raises Forbidden: also for a session that did not come of a mailed link (`login_not_by_link`), and for an identity
    that works here (`eduid_taken`).
    """
    asker.scope(Action.PERSON_CORRECT)

    def work(tx: Transaction) -> None:
        own = lookup.own_record(tx, asker)
        by_link = tx.accounts.find(LINK_ISSUER, str(own.key))
        if by_link is None or by_link.key != asker.key:
            raise Forbidden("login_not_by_link")
        there = tx.accounts.find(issuer, subject)
        if there is not None and there.role is not Role.ALUMNUS:
            raise Forbidden("eduid_taken")
        for known in _identities(tx, own.key):
            if known.issuer == issuer:
                tx.accounts.end(known.issuer, known.subject)
        if there is not None:
            tx.accounts.end(issuer, subject)  # with the sessions of whoever it was linked to
        tx.accounts.save(issuer, subject, Role.ALUMNUS, owner_of(own), own.key)
        tx.note("login.linked", {"alumnus": own.key})

    app.store.write(work, by=asker)


def unlink_eduid(app: StoreApp, asker: Asker) -> bool:
    """Ends every identity that logs in as the asking alumnus, with its sessions; False where there is none."""
    asker.scope(Action.PERSON_CORRECT)

    def work(tx: Transaction) -> bool:
        own = lookup.own_record(tx, asker)
        found = _identities(tx, own.key)
        for known in found:
            tx.accounts.end(known.issuer, known.subject)
        if found:
            tx.note("login.unlinked", {"alumnus": own.key})
        return bool(found)

    return app.store.write(work, by=asker)


def has_eduid(app: StoreApp, asker: Asker) -> bool:
    """Whether the asking alumnus linked an identity of a login service."""
    asker.scope(Action.PERSON_CORRECT)
    with app.store.read() as records:
        return bool(_identities(records, lookup.own_record(records, asker).key))


def _identities(records: Records, alumnus_key: int) -> list[Identity]:
    """The identities of login services that log in as an alumnus."""
    return [one for one in records.accounts.identities(alumnus_key) if one.issuer not in _NO_SERVICES]


def _school_account(tx: Transaction, login: SchoolLogin) -> Asker:
    granted = tx.accounts.find(login.issuer, login.subject)
    if granted is not None and granted.role is Role.PARTNER:
        return granted
    if login.school is None or not login.staff:
        raise Forbidden("login_no_role")
    if granted is not None and granted.role is not Role.TEACHER:
        return granted
    school = lookup.owner_named(tx, login.school) or login.school
    return tx.accounts.save(login.issuer, login.subject, Role.TEACHER, school)


def enter_demo(
    app: StoreApp, asker: Asker, role: Role, school: str, alumnus_id: str = "", *, former: str | None = None
) -> Entry:
    """A session in the demo, as any user. Raises UnknownId; Forbidden unless the demo created this database.

    Without a school it is the demo's own of that role: its school, its partner, and of the alumni whom it asked the
    first whose question is open.
    """
    asker.scope(Action.LOGIN)

    def work(tx: Transaction) -> Entry:
        first = tx.installation.get(DEMO_ISSUER)
        if first is None:
            raise Forbidden("login_elsewhere")
        partner = tx.installation.get(_PARTNER) if role is Role.PARTNER else None
        owner = school or partner or first
        if owner not in (tx.records.owners() if role is Role.PARTNER else tx.records.schools()):
            raise UnknownId("unknown_school", school=owner)
        key, subject = None, f"{role.value} {owner}"
        if role is Role.ALUMNUS:
            key = _asked_in_demo(tx, owner) if not school else _alumnus_key(tx, alumnus_id.strip(), owner)
            subject = f"{subject} {key}"
        return _enter(tx, tx.accounts.save(DEMO_ISSUER, subject, role, owner, key), former)

    return app.store.write(work, by=asker)


def _alumnus_key(records: Records, alumnus_id: str, school: str) -> int:
    alumni = records.records.find(RecordKind.ALUMNI, alumnus_id, school)
    if not alumni:
        raise UnknownId("unknown_id", kind="alumnus", id=alumnus_id, owner=school)
    return alumni[0].key


def _asked_in_demo(records: Records, school: str) -> int:
    """The first of the alumni whom the demo asked who has not answered; the first of all, where all have.

    Raises UnknownId where none of them is there.
    """
    numbers = (records.installation.get(_ALUMNI) or "").split()
    found = [alumnus for number in numbers for alumnus in records.records.find(RecordKind.ALUMNI, number, school)]
    for alumnus in found:
        if any(one.state is InvitationState.ASKED for one in records.invitations.of(alumnus.key)):
            return alumnus.key
    return found[0].key if found else _alumnus_key(records, "", school)


def demo_schools(app: StoreApp, asker: Asker) -> Sequence[str]:
    """The schools to choose from in the demo, that of its first example first; empty outside the demo."""
    asker.scope(Action.LOGIN)
    with app.store.read() as records:
        first = records.installation.get(DEMO_ISSUER)
        return [] if first is None else sorted(records.records.schools(), key=lambda school: school != first)


def is_demo(app: StoreApp, asker: Asker) -> bool:
    """Whether the demo created this database: only there may any user log in as any other."""
    asker.scope(Action.LOGIN)
    with app.store.read() as records:
        return records.installation.get(DEMO_ISSUER) is not None


def mark_demo(app: StoreApp, asker: Asker, school: str) -> bool:
    """Marks an empty database as the demo's; `school`: that of its first example. False if it holds other data.

    Raises Forbidden.
    """
    asker.scope(Action.ACCESS_MANAGE)

    def work(tx: Transaction) -> bool:
        if tx.installation.get(DEMO_ISSUER) is None and tx.changes.revision() == 0:
            tx.installation.set_once(DEMO_ISSUER, school)
            tx.note("demo.mark", {})
        return tx.installation.get(DEMO_ISSUER) is not None

    return app.store.write(work, by=asker)


def cast_demo(app: StoreApp, asker: Asker, partner: str, alumni: Sequence[str]) -> None:
    """Who visitors of the demo look around as: a partner by name, and alumni of its school by number, asked or not.

    Said once; saying it again changes nothing. Raises Forbidden; UnknownId for a partner without a record here.
    """
    asker.scope(Action.ACCESS_MANAGE)

    def work(tx: Transaction) -> None:
        if tx.installation.get(DEMO_ISSUER) is None:
            raise Forbidden("login_elsewhere")
        if partner not in tx.records.owners():
            raise UnknownId("unknown_school", school=partner)
        tx.installation.set_once(_PARTNER, partner)
        tx.installation.set_once(_ALUMNI, " ".join(alumni))
        tx.note("demo.cast", {})

    app.store.write(work, by=asker)


def note_failure(app: StoreApp, asker: Asker, reason: str) -> None:
    """Records that a login failed; `reason`: the code of the error."""
    asker.scope(Action.LOGIN)
    app.store.write(lambda tx: tx.note("login.failed", {"reason": reason}), by=asker)


def _enter(tx: Transaction, account: Asker, former: str | None) -> Entry:
    if former:
        tx.sessions.close(former)
    tx.note(Action.LOGIN, {}, by=account)
    return Entry(account, tx.sessions.open(account.key))


# ---- the sessions of an account


def sessions(app: StoreApp, asker: Asker, secret: str = "") -> list[OpenSession]:
    """The open sessions of the asking account, the newest first; `secret` is that of the asking browser."""
    asker.scope(Action.SESSION)
    with app.store.read() as records:
        return records.sessions.of(asker.key, secret)


def leave(app: StoreApp, asker: Asker, secret: str) -> None:
    """Ends the session with this secret, in every process. Does nothing if the secret is not valid."""
    asker.scope(Action.SESSION)

    def work(tx: Transaction) -> None:
        current = tx.sessions.find(secret)
        if current is not None:
            tx.sessions.close(secret)
            tx.note("logout", {}, by=current.asker)

    app.store.write(work, by=asker)


def leave_everywhere(app: StoreApp, asker: Asker) -> int:
    """Ends every session of the asking account; returns how many there were."""
    asker.scope(Action.SESSION)

    def work(tx: Transaction) -> int:
        count = tx.sessions.close_all(asker.key)
        tx.note("logout.everywhere", {"sessions": count})
        return count

    return app.store.write(work, by=asker)


# ---- granting and ending access


def new_token(app: StoreApp, asker: Asker, name: str, role: Role, school: str | None) -> IssuedToken:
    """A new token for a school, in any spelling, or for all schools; of an asker of one school for that one.

    Raises Forbidden, UnknownId, InvalidValue: `token_for_alumnus`, `name_missing`.
    """
    own = asker.owner(Action.USERS_MANAGE, school)

    def work(tx: Transaction) -> IssuedToken:
        owner = _may_be_granted(tx, role, own)
        if not name.strip():
            raise InvalidValue("name_missing")
        key, secret = tx.tokens.new(name.strip()[:MOST_NAME], role, owner)
        tx.note("token.new", {"token": key, "role": role.value, "school": owner})
        return IssuedToken(key, secret, owner)

    return app.store.write(work, by=asker)


def tokens(app: StoreApp, asker: Asker) -> Sequence[Token]:
    """All tokens of the asker's school or of all, the oldest first, revoked ones too. Raises Forbidden."""
    owner = asker.owner(Action.USERS_MANAGE)
    with app.store.read() as records:
        return [token for token in records.tokens.all() if owner is None or token.school == owner]


def revoke_token(app: StoreApp, asker: Asker, key: int) -> None:
    """Ends a token and the sessions that came from it. Raises Forbidden, UnknownId."""
    owner = asker.owner(Action.USERS_MANAGE)

    def work(tx: Transaction) -> None:
        mine = owner is None or any(token.key == key and token.school == owner for token in tx.tokens.all())
        if not mine or not tx.tokens.revoke(key):
            raise UnknownId("unknown_token", key=str(key))
        tx.note("token.revoke", {"token": key})

    app.store.write(work, by=asker)


def grant(app: StoreApp, asker: Asker, issuer: str, subject: str, *, role: Role, school: str | None) -> Asker:
    """Gives a role to the person whom a login service knows by `subject`; of an asker of one school at that one.

    Raises Forbidden; UnknownId, also for somebody of another school; InvalidValue: `token_for_alumnus`, `name_missing`,
    and `not_oneself` for the asker's own account.
    """
    own = asker.owner(Action.USERS_MANAGE, school)
    bounded = asker.owner(Action.USERS_MANAGE)

    def work(tx: Transaction) -> Asker:
        owner = _may_be_granted(tx, role, own)
        if not subject.strip():
            raise InvalidValue("name_missing")
        before = tx.accounts.find(issuer, subject.strip())
        if before is not None:
            _need_manageable(asker, before, bounded)
        account = tx.accounts.save(issuer, subject.strip(), role, owner)
        tx.note("account.grant", {"account": account.key, "role": role.value, "school": owner})
        return account

    return app.store.write(work, by=asker)


def end_account(app: StoreApp, asker: Asker, issuer: str, subject: str) -> None:
    """Revokes a role; staff of a school can still log in as teachers. Raises as `grant`."""
    bounded = asker.owner(Action.USERS_MANAGE)

    def work(tx: Transaction) -> None:
        before = tx.accounts.find(issuer, subject.strip())
        if before is not None:
            _need_manageable(asker, before, bounded)
        if not tx.accounts.end(issuer, subject.strip()):
            raise UnknownId("unknown_account")
        tx.note("account.end", {})

    app.store.write(work, by=asker)


def users(app: StoreApp, asker: Asker, issuer: str) -> Sequence[User]:
    """Who came in by a login service, or was given a role, at the asker's school or at all. Raises Forbidden."""
    owner = asker.owner(Action.USERS_MANAGE)
    with app.store.read() as records:
        return records.accounts.of_issuer(issuer, owner)


def _need_manageable(asker: Asker, account: Asker, school: str | None) -> None:
    """Raises UnknownId for an account of another school, InvalidValue('not_oneself') for one's own."""
    if school is not None and account.school != school:
        raise UnknownId("unknown_account")
    if asker.key and account.key == asker.key:
        raise InvalidValue("not_oneself")


def end_all_sessions(app: StoreApp, asker: Asker) -> int:
    """Logs everyone out; returns how many sessions there were. Raises Forbidden."""
    asker.scope(Action.ACCESS_MANAGE)

    def work(tx: Transaction) -> int:
        count = tx.sessions.close_all()
        tx.note("account.logout", {"sessions": count})
        return count

    return app.store.write(work, by=asker)


def _may_be_granted(records: Records, role: Role, school: str | None) -> str | None:
    """The school as it is spelled here; None for every school."""
    if role is Role.ALUMNUS:
        raise InvalidValue("token_for_alumnus")
    if school is None:
        return None
    owner = lookup.owner_named(records, school)
    if owner is None:
        raise UnknownId("unknown_school", school=school)
    return owner
