"""The sender of mail, and who manages mail that waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.policy import COMMAND_LINE, JOB
from matcher.services import messages
from matcher.services.app import App
from tests.simulation.post import compose
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def deliver(world: World, app: App, step: Step) -> None:
    """One round of sending; what the server surely took is recorded as sent, with an entry for each."""
    post = world.post
    outer, post.answers, post.round = (post.answers, post.round), list(step.values["answers"]), []
    try:
        world.call(lambda: messages.deliver(app, JOB, post, compose), log=None)
        if world.certain:
            _need_recorded(world)
    finally:
        post.answers, post.round = outer


def _need_recorded(world: World) -> None:
    taken = [message_id for message_id, answer in world.post.round if answer == "taken"]
    written = [action for action in world.frames[-1].observed if action == "message"]
    world.need(len(written) == len(taken), "a mail that was taken and is not in the log", (taken, written))
    states = {"taken": {"sent"}, "later": {"waiting", "refused"}, "refused": {"refused"}}
    for message_id, answer in world.post.round:
        rows = world.database.rows("select state from outbox where message_id = ?", message_id)
        right = {row[0] for row in rows} <= states.get(answer, {"waiting", "refused"})
        world.need(rows and right, "a mail whose outcome is not recorded", (message_id, answer, rows))


def see_mail(world: World, app: App, step: Step) -> None:
    seconds = world.call(lambda: messages.seconds_until_due(app, JOB))
    if step.values["nth"] % 2:
        counts = world.call(lambda: messages.count(app, JOB)) or {}
        waits = counts["waiting"] + counts["sending"] > 0
        world.need((seconds is not None) == waits, "mail waits that is never due", (seconds, counts))


def _manage(world: World, app: App, step: Step, change: str, states: tuple[str, ...]) -> None:
    chosen = world.database.rows("select key, state, own_address from outbox order by created_at, key")
    mail = world.pick(chosen, step.values["nth"])
    if mail is None:
        return
    key, state, own_address = mail
    use = messages.retry if change == "retried" else messages.drop
    ended = state in {"refused", "dropped"}
    may = state in states and not (change == "retried" and own_address and ended)
    world.call(lambda: use(app, COMMAND_LINE, key), log=["mail.manage"], refused="" if may else f"mail_not_{change}")


def retry_mail(world: World, app: App, step: Step) -> None:
    _manage(world, app, step, "retried", ("waiting", "held", "refused", "dropped"))


def drop_mail(world: World, app: App, step: Step) -> None:
    _manage(world, app, step, "dropped", ("waiting", "held", "refused"))


ACTS = {"deliver": deliver, "see_mail": see_mail, "retry_mail": retry_mail, "drop_mail": drop_mail}
