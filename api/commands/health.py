"""doctor: what is not in order with this installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from api.commands.options import Format, Language, Output
from api.commands.output import console, print_indented, write_json
from api.commands.session import session_of
from api.findings import in_words
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.services.health import Finding

_MARKS = {"well": "✓ ", "wrong": "✗ ", "unseen": "? "}


def doctor(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Looks at everything; exit code 1 if anything is out of order."""
    from api.wiring import build_resolver, build_site
    from matcher.services import health

    session = session_of(context)
    findings = health.examine(
        session.unopened_app, COMMAND_LINE, build_site(session.settings), build_resolver(), whole_log=True
    )
    wrong = [finding for finding in findings if finding.state == "wrong"]
    session.code = 1 if wrong else 0
    worded = [(finding, in_words(session.language, finding)) for finding in findings]
    if output is Format.JSON:
        write_json({"ok": not wrong, "findings": [_as_json(finding, words) for finding, words in worded]})
        return
    terminal = console()
    for finding, (text, remedy) in worded:
        print_indented(terminal, text, 0, _MARKS[finding.state.value])
        if remedy:
            print_indented(terminal, session.say("doctor.remedy", text=remedy), 2)
    terminal.print()
    terminal.print(session.say("doctor.wrong", count=len(wrong)) if wrong else session.say("doctor.all_well"))


def _as_json(finding: Finding, words: tuple[str, str]) -> dict[str, object]:
    return {"code": finding.code, "state": finding.state.value, "text": words[0], "remedy": words[1] or None}
