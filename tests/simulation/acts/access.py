"""Logging in and out: links by mail, the login service of a school, tokens, sessions."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from matcher.policy import COMMAND_LINE, VISITOR, Role
from matcher.services import access, messages
from matcher.services.app import App
from tests.simulation.hearing import reopen
from tests.simulation.region import SCHOOLS
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import Browser, World

_LASTS, _IDLE, _RECORDED = timedelta(hours=10), timedelta(hours=1), timedelta(minutes=5)


def _alive(world: World, browser: Browser) -> bool:
    now = world.now
    return not browser.ended and browser.created + _LASTS > now and browser.seen > now - _IDLE


def look_in_session(world: World, app: App, step: Step) -> None:
    browser = world.pick(world.browsers[-12:], step.values["nth"])
    if browser is None:
        return
    found = world.call(lambda: access.session(app, VISITOR, browser.secret))
    alive = _alive(world, browser)
    world.need((found is not None) == alive, "a session that should have ended, or should not", browser)
    if found is not None:
        world.need(found.asker == browser.asker, "the session of another", browser)
        if browser.seen + _RECORDED < world.now:
            browser.seen = world.now


def use_token(world: World, app: App, step: Step) -> None:
    secret, key = world.pick(world.tokens, step.values["nth"]) or ("am_unknown", 0)
    holder = world.call(lambda: access.token_holder(app, VISITOR, secret))
    world.need((holder.key if holder else 0) == key, "a token of another, or of nobody", key)


def ask_link(world: World, app: App, step: Step) -> None:
    person = world.person(step)
    address = (person.email if person is not None else None) or "niemand@voorbeeld.example"
    same = [other for other in world.model.people.values() if (other.email or "").lower() == address.lower()]
    count = world.call(lambda: messages.ask_login_link(app, VISITOR, address), log=None)
    frame = world.frames[-1]
    asked = sum(action == "login.link" for action in frame.observed)
    if world.certain:
        world.need(count == asked <= len(same), "other links than were asked for", (count, asked, len(same)))


def enter_by_link(world: World, app: App, step: Step) -> None:
    link = world.pick([link for link in world.links if link.purpose == messages.LOGIN], step.values["nth"] % 8)
    if link is None:
        world.call(lambda: access.enter_with_link(app, VISITOR, "niets"), refused="link_spent")
        return
    works = link.works(world)

    def arrived() -> None:
        link.use()
        reopen(world, link.alumnus)

    with world.noticing("login", arrived):
        entry = world.call(
            lambda: access.enter_with_link(app, VISITOR, link.secret),
            log=["login"],
            refused="" if works else "link_spent",
        )
    if entry is not None and world.certain:
        world.need(entry.asker.alumnus_key == link.alumnus, "the link of another", link)
    if entry is not None and link.alumnus in world.model.people:
        world.enter(entry.asker, entry.secret)


def log_in(world: World, app: App, step: Step) -> None:
    school, number = SCHOOLS[step.values["school"]], step.values["staff"]
    former = world.browsers[-1] if step.values["former"] and world.browsers else None
    login = access.SchoolLogin("school", f"{school} {number}", school, staff=True)
    secret = former.secret if former else None
    with world.noticing("login", former.end if former else lambda: None):
        entry = world.call(lambda: access.enter_from_school(app, VISITOR, login, former=secret), log=["login"])
    if entry is not None:
        world.enter(entry.asker, entry.secret)


def log_out(world: World, app: App, step: Step) -> None:
    browser = world.pick(world.browsers[-12:], step.values["nth"])
    if browser is None:
        return
    if step.values["nth"] % 5:
        log = ["logout"] if _alive(world, browser) else []
        with world.noticing("logout", browser.end):
            world.call(lambda: access.leave(app, browser.asker, browser.secret), log=log)
    else:
        same = partial(world.end_sessions, lambda other: other.asker.key == browser.asker.key)
        with world.noticing("logout.everywhere", same):
            world.call(lambda: access.leave_everywhere(app, browser.asker), log=["logout.everywhere"])


def new_token(world: World, app: App, step: Step) -> None:
    school = SCHOOLS[step.values["school"]]
    issued = world.call(
        lambda: access.new_token(app, COMMAND_LINE, "rooster", Role.COORDINATOR, school), log=["token.new"]
    )
    if issued is not None:
        world.tokens.append((issued.secret, issued.key))


def revoke_token(world: World, app: App, step: Step) -> None:
    token = world.pick(world.tokens, step.values["nth"])
    if token is not None:
        with world.noticing("token.revoke", partial(world.tokens.remove, token)):
            world.call(lambda: access.revoke_token(app, COMMAND_LINE, token[1]), log=["token.revoke"])


ACTS = {
    "look_in_session": look_in_session,
    "use_token": use_token,
    "ask_link": ask_link,
    "enter_by_link": enter_by_link,
    "log_in": log_in,
    "log_out": log_out,
    "new_token": new_token,
    "revoke_token": revoke_token,
}
