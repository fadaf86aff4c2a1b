"""The command line `alumnimatch`. Every command ends with an exit code and, when it fails, one sentence with a remedy.

0 all well · 1 some rows refused, or derived state differs · 2 wrong input · 3 the environment is wrong (database,
encoder, settings, cluster) · 4 an answer is needed first · 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import typer

from api import wiring
from api.commands.help import LocalCommand, new_group, usage_problem
from api.commands.output import say_error
from api.commands.session import Session
from api.error_text import error_sentence
from matcher.errors import AlumnimatchError, InputError
from matcher.locale import LANGUAGES, Language, say

WRONG_INPUT = 2
ENVIRONMENT = 3
STOPPED = 130

COMMANDS = {
    "import": "records.import_records",
    "sync": "sources.sync",
    "sources": "sources.sources",
    "recognitions": "recognition.recognitions",
    "programmes": "programmes.programmes",
    "match": "matching.match",
    "ask": "matching.ask",
    "recommend": "matching.recommend",
    "audience": "matching.audience",
    "why": "matching.why",
    "plan": "plans.plan",
    "figures": "figures.figures",
    "columns": "columns.columns",
    "template": "records.template",
    "export": "records.export",
    "backup": "backups.backup",
    "restore": "backups.restore",
    "evaluate": "evaluation.evaluate",
    "simulate": "trials.simulate",
    "doctor": "health.doctor",
    "encode": "running.encode",
    "similarity": "running.similarity",
    "settings": "running.settings",
    "serve": "running.serve",
}
GROUPS = {
    "index": "running.index",
    "token": "trust.token",
    "account": "trust.account",
    "audit": "audit.audit",
    "keys": "trust.keys",
    "person": "trust.person",
    "retention": "trust.retention",
    "aftercare": "aftercare.aftercare",
    "mail": "mail.mail",
    "inbox": "inbox.inbox",
    "report": "reports.report",
    "campaign": "campaign.campaign",
    "segment": "segments.segment",
    "feedback": "segments.feedback",
    "conflict": "conflicts.conflict",
    "duplicates": "duplicates.duplicates",
    "fields": "fields.fields",
    "vocabulary": "vocabulary.vocabulary",
    "ranking": "evaluation.ranking",
}
"""Where each command and each group of commands is; its module is imported when it is run, or help of all is asked."""


def _found(where: str) -> Any:
    module, name = where.split(".")
    return getattr(import_module(f"api.commands.{module}"), name)


def root() -> None:
    """Matches alumni of vocational schools (mbo) to roles and courses."""


def chosen_language(arguments: Sequence[str]) -> Language:
    """The language of help and sentences: `--lang`, else the setting, else Dutch."""
    wanted = ""
    for position, argument in enumerate(arguments):
        if argument == "--lang" and position + 1 < len(arguments):
            wanted = arguments[position + 1]
        elif argument.startswith("--lang="):
            wanted = argument.removeprefix("--lang=")
    if not wanted:
        return wiring.language_of_environment()
    return next((language for language in LANGUAGES if language == wanted.lower()), "nl")


def main(arguments: Sequence[str] | None = None, session: Callable[[Language], Session] = Session) -> int:
    """Runs one command and returns its exit code; `session` may bring fakes."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    language = chosen_language(words)
    run = session(language)
    _log_to_terminal(language)
    try:
        code = _run(words, run)
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader (head, less) closed the pipe; keep the interpreter from complaining on shutdown
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return STOPPED
    finally:
        run.close()
    return code


def _log_to_terminal(language: Language) -> None:
    """Warnings to standard error; a domain error as its sentence."""

    class Sentences(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            error = record.args[0] if isinstance(record.args, tuple) and record.args else None
            return error_sentence(language, error) if isinstance(error, AlumnimatchError) else super().format(record)

    handler = logging.StreamHandler()
    handler.setFormatter(Sentences("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


@cache
def command_line(first: str) -> Any:
    """The command line with one command or group, or with all for an empty name.

    Made once, for one process that runs several: all commands with their options take longer than a small import.
    """
    app = new_group("alumnimatch")
    app.callback()(root)
    every = not first
    for name, where in COMMANDS.items():
        if every or name == first:
            app.command(name, cls=LocalCommand)(_found(where))
    for name, where in GROUPS.items():
        if every or name == first:
            app.add_typer(_found(where), name=name)
    return typer.main.get_command(app)


def _run(words: list[str], run: Session) -> int:
    first = words[0] if words else ""
    command = command_line(first if first in COMMANDS or first in GROUPS else "")
    try:
        if not _explains(words):
            _ = run.settings  # also for a command that reads none: a setting that is misspelled must not be passed over
        code = command.main(words, prog_name="alumnimatch", standalone_mode=False, obj=run)
    except AlumnimatchError as error:
        say_error(error_sentence(run.language, error))
        return WRONG_INPUT if isinstance(error, InputError) else ENVIRONMENT
    except typer.TyperException as error:
        return _usage(error, run.language)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except typer.Abort:
        return STOPPED
    except Exception as error:
        logging.getLogger(__name__).debug("unforeseen", exc_info=error)
        say_error(say(run.language, "errors.errors.unforeseen", problem=type(error).__name__))
        return ENVIRONMENT
    return code if isinstance(code, int) and code else run.code


def _explains(words: Sequence[str]) -> bool:
    """Whether this asks for help or for the list of settings, which must work most of all where a setting is wrong."""
    return not words or "--help" in words or words[0] == "settings"


def _usage(error: Exception, language: Language) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(f"{error}\n")
        return 0
    say_error(usage_problem(error, language))
    return WRONG_INPUT


if __name__ == "__main__":
    sys.exit(main())
