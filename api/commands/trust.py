"""token, account, keys, person and retention: access, and data about people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Number, Output, School
from api.commands.output import console, json_bytes, print_indented, say_error, write_json
from api.commands.records import Force, may_write, writing
from api.commands.session import Session, choice, session_of
from api.error_text import error_sentence
from matcher.errors import ConfigurationError, InvalidValue
from matcher.locale import say
from matcher.policy import COMMAND_LINE, JOB, Role
from matcher.ports import Place
from matcher.services import access

token = new_group("token")
account = new_group("account")
keys = new_group("keys")
person = new_group("person")
retention = new_group("retention")
MOST_SOURCES = 100
"""Sources of courses that one daily job reads; others wait for the next, or for a server process."""


@token.command("new", cls=LocalCommand)
def new_token(
    context: typer.Context,
    name: str,
    role: Annotated[str, typer.Option("--role")],
    school: School = None,
    every_school: Annotated[bool, typer.Option("--every-school")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """A token for another system; shown once."""
    session = session_of(context)
    wanted = _role(session, role, school, every_school=every_school)
    issued = access.new_token(session.store_app, COMMAND_LINE, name, wanted, school)
    key, secret = issued.key, issued.secret
    if output is Format.JSON:
        write_json({"key": key, "token": secret, "role": wanted.value, "school": issued.school})
        return
    terminal = console()
    terminal.print(session.say("trust.token", key=str(key)))
    terminal.print(secret, soft_wrap=True)


def _role(session: Session, role: str, school: str | None, *, every_school: bool) -> Role:
    """The role to grant, at one school or at every school, but not both. Raises InvalidValue."""
    if (school is None) is not every_school:
        raise InvalidValue("school_or_every")
    return Role(choice(session, role, "roles"))


@token.command("list", cls=LocalCommand)
def list_tokens(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """All tokens, without their secrets."""
    session = session_of(context)
    rows = [
        {
            "key": item.key,
            "name": item.name,
            "role": item.role.value,
            "school": item.school,
            "created_at": item.created_at.isoformat(timespec="seconds"),
            "last_used_on": item.last_used_on.isoformat() if item.last_used_on else None,
            "revoked_at": item.revoked_at.isoformat(timespec="seconds") if item.revoked_at else None,
        }
        for item in access.tokens(session.store_app, COMMAND_LINE)
    ]
    if output is Format.JSON:
        write_json(list(rows))
        return
    terminal = console()
    for row in rows:
        role = say(session.language, f"words.role.{row['role']}")
        school = row["school"] or session.say("trust.every_school")
        used = row["last_used_on"] or session.say("trust.never")
        state = session.say("trust.revoked") if row["revoked_at"] else session.say("trust.used", day=used)
        terminal.print(f"{row['key']}  {row['name']}", markup=False)
        print_indented(terminal, f"{role} · {school} · {state}", 4)


@token.command("revoke", cls=LocalCommand)
def revoke_token(context: typer.Context, key: Number, lang: Language = None) -> None:
    """Ends a token."""
    session = session_of(context)
    access.revoke_token(session.store_app, COMMAND_LINE, key)
    console().print(session.say("trust.ended", key=str(key)))


@account.command("grant", cls=LocalCommand)
def grant(
    context: typer.Context,
    subject: str,
    role: Annotated[str, typer.Option("--role")],
    school: School = None,
    every_school: Annotated[bool, typer.Option("--every-school")] = False,
    lang: Language = None,
) -> None:
    """A role for a person who logs in with a school account."""
    session = session_of(context)
    wanted = _role(session, role, school, every_school=every_school)
    if not session.settings.oidc_issuer:
        raise InvalidValue("no_login_service")
    issuer = session.settings.oidc_issuer.rstrip("/")
    access.grant(session.store_app, COMMAND_LINE, issuer, subject, role=wanted, school=school)
    console().print(session.say("trust.granted", role=say(session.language, f"words.role.{wanted.value}")))


@account.command("end", cls=LocalCommand)
def end(context: typer.Context, subject: str, lang: Language = None) -> None:
    """Revokes a role; staff of a school can still log in as teachers."""
    session = session_of(context)
    issuer = (session.settings.oidc_issuer or "").rstrip("/")
    access.end_account(session.store_app, COMMAND_LINE, issuer, subject)
    console().print(session.say("trust.account_ended"))


@account.command("logout", cls=LocalCommand)
def logout(context: typer.Context, lang: Language = None) -> None:
    """Ends every session at once, for use after a theft."""
    session = session_of(context)
    count = access.end_all_sessions(session.store_app, COMMAND_LINE)
    console().print(session.say("trust.logged_out", count=count))


@person.command("export", cls=LocalCommand)
def export_person(
    context: typer.Context,
    alumnus_id: str,
    school: School = None,
    out: Annotated[Path | None, typer.Option("--out")] = None,
    force: Force = False,
    lang: Language = None,
) -> None:
    """Everything known about a person: JSON, or a page to print."""
    from matcher.services import privacy

    session = session_of(context)
    if out is not None:
        may_write(out, (".html", ".json"), force=force)
    known = privacy.known(session.app, COMMAND_LINE, alumnus_id, school=school)
    if out is None:
        write_json(known)
        return
    with writing(out):
        if out.suffix.lower() == ".html":
            from api.web.dossier import dossier

            out.write_text(dossier(session.language, known, session.today), "utf-8")
        else:
            out.write_bytes(json_bytes(known))
    console().print(session.say("trust.person_written", file=str(out)))


@person.command("erase", cls=LocalCommand)
def erase_person(
    context: typer.Context,
    alumnus_id: str,
    school: School = None,
    sure: Annotated[bool, typer.Option("--yes")] = False,
    lang: Language = None,
) -> None:
    """Erases a person, with proof; exit code 1 if anything was still found, or is not finished."""
    from api.erasure_report import same_person, sentences
    from matcher.services import erasure

    session = session_of(context)
    for line in same_person(session.language, erasure.others(session.app, COMMAND_LINE, alumnus_id, school=school)):
        say_error(line)
    if not sure:
        raise InvalidValue("say_yes", id=alumnus_id[:40])
    erased = erasure.erase(session.app, COMMAND_LINE, alumnus_id, school=school)
    session.code = 1 if erased.found_in or erased.unfinished else 0
    for line in sentences(session.language, erased):
        console().print(line, markup=False, highlight=False)


@keys.command("new", cls=LocalCommand)
def new_key(context: typer.Context, lang: Language = None) -> None:
    """A key for contact details, for the settings; not stored."""
    from cryptography.fernet import Fernet

    session_of(context)
    console().print(Fernet.generate_key().decode(), markup=False, highlight=False)


@keys.command("rotate", cls=LocalCommand)
def rotate(context: typer.Context, lang: Language = None) -> None:
    """Re-encrypts all contact details with the first key of the settings."""
    from api.wiring import build_clock, build_store
    from matcher.services import keys as key_service
    from matcher.services.app import WithoutEngine

    session = session_of(context)
    if not session.settings.keys:
        raise ConfigurationError("contact_key_none")
    store = build_store(session.settings, check_keys=False)
    rotated = key_service.rotate(WithoutEngine(store, build_clock(session.settings)), COMMAND_LINE)
    console().print(session.say("trust.resealed", count=rotated.rows))
    _say_places(session, rotated.places)


def _say_places(session: Session, places: Sequence[Place], output: Format = Format.TABLE) -> None:
    """Says how the files are after old values were removed from them; exit code 1 if that is not finished."""
    from api.erasure_report import unfinished, unseen

    left = unfinished(session.language, places)
    if left:
        session.code = 1
        say_error(say(session.language, "erasure.said.left"))
    elif places and output is Format.TABLE:
        console().print(say(session.language, "erasure.said.cleaned"))
    for line in [*left, *unseen(session.language, places)]:
        say_error(line)


def _report(session: Session, counts: Mapping[str, int], output: Format, key: str) -> None:
    if output is Format.JSON:
        write_json(dict(counts))
    else:
        console().print(session.say(key, **counts))


@retention.command("plan", cls=LocalCommand)
def retention_plan(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """What the daily job would do today."""
    from matcher.services import retention

    session = session_of(context)
    due = retention.plan(session.app, COMMAND_LINE)
    _report(session, due.counts, output, "trust.retention_plan")
    if (due.ask or due.remind) and not session.app.sends_mail:
        say_error(session.say("trust.retention_no_mail"))
    for refusal in due.refusals:
        session.code = 1
        say_error(error_sentence(session.language, refusal))


@retention.command("run", cls=LocalCommand)
def retention_run(
    context: typer.Context,
    even_so: Annotated[bool, typer.Option("--even-so")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """The daily job: ends, asks, reminds, erases, and reads subscribed calendars and sources of courses again."""
    from api.calendar_source import HttpsCalendars
    from api.commands.mail import deliver_due
    from api.erasure_report import still_found
    from api.source_server import opened
    from matcher.services import calendars, due, due_sources, exposure, retention

    session = session_of(context)
    asker = COMMAND_LINE if even_so else JOB
    due.advance(session.app, JOB)
    outcome = retention.run(session.app, asker, log_months=session.settings.log_months, even_so=even_so)
    _report(session, {**outcome.counts, "log": outcome.log}, output, "trust.retention_run")
    if outcome.found_in:
        session.code = 1
        say_error(still_found(session.language, outcome.found_in))
    _say_places(session, outcome.places, output)
    exposure.advance(session.app, JOB)
    calendars.refresh(session.app, asker, HttpsCalendars(), even_so=even_so)
    deliver_due(session)
    for _ in range(MOST_SOURCES):
        if due_sources.work(session.app, JOB, opened) is None:
            break
