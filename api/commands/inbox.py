"""inbox: replies and bounces that come in by mail."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Number, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.session import Session, choice, session_of
from matcher.errors import InvalidValue
from matcher.locale import say
from matcher.policy import COMMAND_LINE

inbox = new_group("inbox")


def _address(session: Session) -> str:
    """The mailbox. Raises InvalidValue where none is set."""
    if not session.settings.reply_address:
        raise InvalidValue("inbox_not_set")
    return session.settings.reply_address


def _say(session: Session, counts: Counter[str], output: Format) -> None:
    if output is Format.JSON:
        write_json(dict(counts))
        return
    for done, count in sorted(counts.items()):
        console().print(f"{count}  {session.say(f'inbox.done.{done}')}", markup=False, highlight=False)
    if not counts:
        console().print(session.say("inbox.empty"))


@inbox.command("read", cls=LocalCommand)
def read(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Deals with one message from standard input; exit code 1 where a person has to look at it."""
    from matcher.replies.incoming import LARGEST
    from matcher.services import inbox as use_cases

    session = session_of(context)
    address = _address(session)
    outcome = use_cases.take(session.store_app, COMMAND_LINE, sys.stdin.buffer.read(LARGEST), address)
    _say(session, Counter([outcome.done.value]), output)
    session.code = int(outcome.done is use_cases.Done.UNKNOWN)


@inbox.command("fetch", cls=LocalCommand)
def fetch(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Deals with what is unread in the mailbox; exit code 1 where a person has to look at some of it."""
    from api import inbox as mailboxes
    from api.wiring import build_mailbox

    session = session_of(context)
    mailbox = build_mailbox(session.settings)
    if mailbox is None:
        raise InvalidValue("inbox_not_set")
    counts = mailboxes.fetch(session.store_app, mailbox, _address(session))
    _say(session, Counter({done.value: count for done, count in counts.items()}), output)
    session.code = int("unknown" in {done.value for done in counts})


@inbox.command("list", cls=LocalCommand)
def list_replies(
    context: typer.Context, school: School = None, output: Output = Format.TABLE, lang: Language = None
) -> None:
    """The replies that a person has to read, the oldest first."""
    from matcher.services import inbox as use_cases

    session = session_of(context)
    rows = use_cases.waiting(session.store_app, COMMAND_LINE, school=session.owner(school))
    if output is Format.JSON:
        write_json(
            [
                {
                    "key": row.doubt.key,
                    "at": row.doubt.at.isoformat(timespec="seconds"),
                    "school": row.alumnus.school,
                    "alumnus_id": row.alumnus.alumnus_id,
                    "request_id": row.request.request_id if row.request else None,
                    "asked": [request.request_id for request in row.asked],
                    "reading": row.doubt.reading,
                    "text": row.doubt.text,
                }
                for row in rows
            ]
        )
        return
    terminal = console()
    if not rows:
        terminal.print(session.say("inbox.none"))
    for row in rows:
        about = row.request.request_id if row.request else "-"
        whose = f"{row.alumnus.school}  {row.alumnus.alumnus_id}  {about}"
        head = f"{row.doubt.key}  {row.doubt.at:%Y-%m-%d %H:%M} UTC  {whose}"
        terminal.print(head, markup=False, highlight=False)
        print_indented(terminal, row.doubt.text or say(session.language, "letters.unread.empty"), 4)


@inbox.command("decide", cls=LocalCommand)
def decide(
    context: typer.Context,
    key: Number,
    answer: Annotated[str, typer.Option("--answer")],
    request: Annotated[str | None, typer.Option("--request")] = None,
    lang: Language = None,
) -> None:
    """Records what somebody read in a reply, which is then gone."""
    from matcher.replies.reading import Answer
    from matcher.services import inbox as use_cases

    session = session_of(context)
    code = choice(session, answer, "inbox_answers")
    read = None if code == "none" else Answer(code)
    recorded = use_cases.decide(session.store_app, COMMAND_LINE, key, read, request_id=request)
    console().print(session.say("inbox.recorded" if recorded else "inbox.not_recorded"))
