"""mail: listing, retrying and dropping messages."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Number, Output, School
from api.commands.output import console, print_indented, say_error, write_json
from api.commands.session import Session, choice, session_of
from matcher.locale import say
from matcher.policy import COMMAND_LINE, JOB

mail = new_group("mail")
_SHOWN = 100
"""Messages shown by default."""
_SECONDS = 60.0
"""How long a command sends mail at its end, at most."""


@mail.command("list", cls=LocalCommand)
def list_mail(
    context: typer.Context,
    state: Annotated[str | None, typer.Option("--state")] = None,
    school: School = None,
    top: Annotated[int, typer.Option("--top", min=1, max=10_000)] = _SHOWN,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """The messages, the newest first, without their content; of the alumnus only the school."""
    from api.messages import problem_in_words, state_in_words
    from matcher.services import messages

    session = session_of(context)
    states = () if state is None else (choice(session, state, "mail_states"),)
    mails = messages.listed(session.app, COMMAND_LINE, states=states, school=session.owner(school), limit=top)
    if output is Format.JSON:
        names = ("key", "school", "message", "state", "attempts", "perhaps_twice", "problem")
        rows: list[object] = [
            {
                **{name: getattr(item, name) for name in names},
                "created_at": item.created_at.isoformat(timespec="seconds"),
                "not_before": item.not_before.isoformat(timespec="seconds"),
            }
            for item in mails
        ]
        write_json(rows)
        return
    terminal = console()
    if not mails:
        terminal.print(session.say("mail.none"))
    for item in mails:
        message = say(session.language, f"words.message.{item.message}")
        terminal.print(
            f"{item.key}  {item.created_at:%Y-%m-%d %H:%M} UTC  {item.school}", markup=False, highlight=False
        )
        description = (message, state_in_words(session.language, item), problem_in_words(session.language, item))
        print_indented(terminal, " · ".join(filter(None, description)), 4)


@mail.command("retry", cls=LocalCommand)
def retry(context: typer.Context, key: Number, lang: Language = None) -> None:
    """Makes a message due now, and sends what is due."""
    from matcher.services import messages

    session = session_of(context)
    messages.retry(session.app, COMMAND_LINE, key)
    console().print(session.say("mail.retried", key=str(key)))
    deliver_due(session)


@mail.command("drop", cls=LocalCommand)
def drop(context: typer.Context, key: Number, lang: Language = None) -> None:
    """Ends a message that was not sent yet."""
    from matcher.services import messages

    session = session_of(context)
    messages.drop(session.app, COMMAND_LINE, key)
    console().print(session.say("mail.dropped", key=str(key)))


def deliver_due(session: Session) -> None:
    """Sends what is due, for a minute at most, if there is a mail server; reports what still waits, and why."""
    from api.messages import Composer
    from api.wiring import build_mailer
    from matcher.services import messages

    mailer = build_mailer(session.settings)
    if mailer is not None:
        end = time.monotonic() + _SECONDS
        compose = Composer(session.settings)
        messages.deliver(session.app, JOB, mailer, compose, stopped=lambda: time.monotonic() > end)
    counts = messages.count(session.app, JOB)
    waiting = counts["waiting"] + counts["sending"]
    if waiting and mailer is None:
        say_error(session.say("mail.no_server"))
    if waiting:
        say_error(session.say("mail.waiting", count=waiting))
