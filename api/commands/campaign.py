"""campaign: who can be asked for what, asking alumni for a first yes, and what came of it."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.session import session_of
from matcher.locale import say
from matcher.policy import COMMAND_LINE

campaign = new_group("campaign")
Expected = Annotated[int | None, typer.Option("--expected", min=0)]


@campaign.command("look", cls=LocalCommand)
def look(context: typer.Context, school: School = None, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Shows who can be asked and who would be mailed."""
    from api.consent_words import because, kind_word, left_out
    from matcher.services import campaigns
    from matcher.services.privacy import plain

    session = session_of(context)
    standing = campaigns.standing(session.app, COMMAND_LINE, session.owner(school))
    looks = [campaigns.look(session.app, COMMAND_LINE, one.school) for one in standing]
    if output is Format.JSON:
        write_json({"standing": [plain(one) for one in standing], "campaigns": [plain(one) for one in looks]})
        return
    terminal, language = console(), session.language
    for one, would in zip(standing, looks, strict=True):
        terminal.print(say(language, "first_yes.standing.caption", school=one.school, count=one.alumni))
        for kind in one.kinds:
            words = {"kind": kind_word(language, kind.kind), "ranked": kind.ranked, "alumni": one.alumni}
            reasons = ", ".join(because(language, kind.because))
            line = say(language, "first_yes.standing.line", **words)
            print_indented(terminal, f"{line} ({reasons})" if reasons else line, 2, "- ")
        if one.no_mail:
            print_indented(terminal, say(language, "first_yes.standing.no_mail", count=one.no_mail), 2, "- ")
        key = "mailed" if would.mailed else "nobody"
        terminal.print(say(language, f"first_yes.look.{key}", count=would.mailed))
        for line in left_out(language, would):
            print_indented(terminal, line, 2, "- ")


@campaign.command("send", cls=LocalCommand)
def send(
    context: typer.Context,
    school: School = None,
    expected: Expected = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Mails those who may be asked."""
    from matcher.services import campaigns

    session = session_of(context)
    sent = campaigns.send(session.app, COMMAND_LINE, session.owner(school), expected=expected)
    if output is Format.JSON:
        write_json({"mails": sent.mails})
        return
    key = "told.sent" if sent.mails else "look.nobody"
    console().print(say(session.language, f"first_yes.{key}", count=sent.mails))


@campaign.command("figures", cls=LocalCommand)
def figures_(
    context: typer.Context, school: School = None, output: Output = Format.TABLE, lang: Language = None
) -> None:
    """Counts what came of each campaign."""
    from api.consent_words import figures
    from matcher.services import campaigns
    from matcher.services.privacy import plain

    session = session_of(context)
    found = campaigns.figures(session.app, COMMAND_LINE, session.owner(school))
    if output is Format.JSON:
        write_json({"campaigns": [plain(one) for one in found]})
        return
    terminal, language = console(), session.language
    if not found:
        terminal.print(say(language, "first_yes.told.none"))
    for one in found:
        told = figures(language, one)
        terminal.print(f"{told.heading} ({told.school})")
        for name, count in [*told.rows, *told.agreed]:
            line = say(language, "first_yes.figures.line", name=name, count=count)
            print_indented(terminal, line, 2, "- ")
