"""report: reports on the running system, for a privacy officer, a works council and a public register."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.help import LocalCommand, new_group
from api.commands.log_export import action_in_words
from api.commands.options import Language, School
from api.commands.output import json_bytes, write_json
from api.commands.records import Force, may_write, writing
from api.commands.session import Session, session_of
from matcher.domain.kinds import Purpose, RequestKind
from matcher.locale import say
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.services.reports import Share

report = new_group("report")
Out = Annotated[Path | None, typer.Option("--out")]
Lines = Iterator[str]


@report.command("bias", cls=LocalCommand)
def bias(
    context: typer.Context, out: Out = None, school: School = None, force: Force = False, lang: Language = None
) -> None:
    """Exposure and invitations per group, and how often invitations skip the first of the list."""
    session = session_of(context)
    _write(session, _bias(session, school), out, force=force)


@report.command("dpia", cls=LocalCommand)
def dpia(context: typer.Context, out: Out = None, force: Force = False, lang: Language = None) -> None:
    """An annex for a data protection impact assessment."""
    session = session_of(context)
    _write(session, _dpia(session), out, force=force)


@report.command("instructions", cls=LocalCommand)
def instructions(context: typer.Context, out: Out = None, force: Force = False, lang: Language = None) -> None:
    """Instructions for use: purpose, limits, quality, weak spots."""
    session = session_of(context)
    _write(session, _instructions(session), out, force=force)


@report.command("register", cls=LocalCommand)
def register(context: typer.Context, out: Out = None, force: Force = False, lang: Language = None) -> None:
    """The fields of the Algoritmeregister, as JSON."""
    from api.commands.register import registration
    from matcher.services import reports

    session = session_of(context)
    if out is not None:
        may_write(out, (".json",), force=force)
    configuration = reports.configuration(session.app, COMMAND_LINE)
    fields = registration(session.language, configuration, session.settings.log_months, session.today)
    if out is None:
        write_json(fields)
        return
    with writing(out):
        out.write_bytes(json_bytes(fields))


@report.command("disclosure", cls=LocalCommand)
def disclosure(
    context: typer.Context, out: Out = None, school: School = None, force: Force = False, lang: Language = None
) -> None:
    """What cards show of alumni: how many share it, and what alumni chose to show besides."""
    session = session_of(context)
    _write(session, _disclosure(session, school), out, force=force)


def _write(session: Session, lines: Iterable[str], out: Path | None, *, force: bool) -> None:
    text = "\n".join(lines) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    may_write(out, (".md",), force=force)
    with writing(out):
        out.write_text(text, "utf-8")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Lines:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"
    yield ""


def _bias(session: Session, school: str | None) -> Lines:
    from matcher.services import reports

    language, app = session.language, session.app

    def t(key: str, **values: object) -> str:
        return say(language, f"report.{key}", **values)

    def share(part: Share) -> str:
        low, high = part.interval
        return t("share", percent=part.share * 100, low=low * 100, high=high * 100, count=part.count)

    yield from (f"# {t('bias.title')}", "", t("bias.intro", day=session.today, smallest=reports.SMALLEST), "")
    groups = reports.bias(app, COMMAND_LINE, school)
    for by in dict.fromkeys(group.by for group in groups):
        yield from (f"## {t(f'by.{by}')}", "")
        rows = [
            (group.name or t("unknown"), group.shown.of, share(group.shown), share(group.invited))
            for group in groups
            if group.by == by
        ]
        yield from _table([t(f"by.{by}"), t("people"), t("shown"), t("invited")], rows)
    yield from (f"## {t('overrides')}", "", t("overrides_text"), "")
    overrides = [
        (
            say(language, f"words.kind.{override.kind.value}"),
            override.deviating.of,
            share(override.deviating),
            override.planned,
            ", ".join(
                f"{say(language, f'words.deviation.{name}')} ({count})" for name, count in override.reasons.items()
            ),
        )
        for override in reports.overrides(app, COMMAND_LINE, school)
    ]
    yield from _table([t("kind"), t("invitations"), t("not_first"), t("planned"), t("reasons")], overrides)


def _disclosure(session: Session, school: str | None) -> Lines:
    from matcher.disclosure.profiles import LEAST
    from matcher.services import reports

    def t(key: str, **values: object) -> str:
        return say(session.language, f"report.disclosure.{key}", **values)

    told = reports.disclosure(session.app, COMMAND_LINE, school)
    smallest = t("none") if told.smallest is None else str(told.smallest)
    yield from (f"# {t('title')}", "", t("intro", day=session.today, least=LEAST), "")
    rows = [(t("alumni"), told.alumni), (t("smallest"), smallest), (t("unique"), told.unique)]
    yield from _table([t("what"), t("count")], [*rows, (t("choosers"), told.choosers)])
    yield from (f"## {t('sizes_title')}", "")
    bounds = zip(reports.SIZES, [*(least - 1 for least in reports.SIZES[1:]), None], strict=True)
    sizes = [
        (t("from", least=least) if most is None else "–".join(map(str, sorted({least, most}))), told.sizes[least])
        for least, most in bounds
    ]
    yield from _table([t("size"), t("count")], sizes)
    yield from (f"## {t('steps_title')}", "")
    yield from _table([t("shown"), t("count")], [(t(step.name.lower()), count) for step, count in told.steps.items()])
    yield from (f"## {t('chosen_title')}", "", t("chosen_text"), "")
    chosen = [(say(session.language, f"words.purpose.{code.value}"), count) for code, count in told.chosen.items()]
    yield from _table([t("what"), t("count")], chosen)


def _dpia(session: Session) -> Lines:
    from matcher.policy import table
    from matcher.services import audit, reports

    language, settings = session.language, session.settings
    totals = reports.kept(session.app, COMMAND_LINE)

    def t(key: str, **values: object) -> str:
        return say(language, f"report.{key}", **values)

    def yes(value: object) -> str:
        return t("yes") if value else t("no")

    yield from (f"# {t('dpia.title')}", "", t("dpia.intro", day=session.today), "", f"## {t('dpia.data')}", "")
    counts = [(t(f"dpia.{name}"), getattr(totals, name)) for name in ("alumni", "requests", "offerings", "log")]
    yield from _table([t("what"), t("count")], counts)
    yield from (t("dpia.categories"), "", f"## {t('dpia.purposes')}", "")
    purposes = [
        (
            say(language, f"words.purpose.{purpose.value}"),
            totals.consents.get(purpose, 0),
            session.app.terms.months_of(purpose),
        )
        for purpose in Purpose
    ]
    yield from _table([t("dpia.purpose"), t("dpia.in_force"), t("dpia.months")], purposes)
    yield from (
        t("dpia.rights", objections=totals.objections, asked=totals.asked_to_stay),
        "",
    )
    terms = session.app.aftercare_terms
    yield from (f"## {t('dpia.aftercare')}", "", t("dpia.aftercare_text"), "")
    register = [
        (t("dpia.guided"), totals.guided),
        (t("dpia.contacts"), totals.contacts),
        (t("dpia.cases"), totals.cases),
        (t("dpia.guided_months"), terms.months),
        (t("dpia.keep_months"), terms.keep_months),
    ]
    yield from _table([t("what"), t("dpia.now")], register)
    yield from (f"## {t('dpia.risk')}", "")
    risks = [(say(language, f"words.kind.{kind.value}"), t(f"dpia.{reports.risk(kind)}")) for kind in RequestKind]
    yield from _table([t("kind"), t("dpia.risk")], risks)
    yield from (t("dpia.oversight"), "", f"## {t('dpia.who')}", "")
    rights = [
        (say(language, f"words.role.{role.value}"), ", ".join(f"{action} ({scope})" for action, scope in lines.items()))
        for role, lines in table().items()
    ]
    yield from _table([t("dpia.role"), t("dpia.may")], rights)
    yield from (f"## {t('dpia.measures')}", "")
    measures = [
        (t("dpia.login"), settings.login),
        (t("dpia.https"), yes(settings.secure)),
        (t("dpia.sealed"), yes(settings.keys)),
        (t("dpia.log_sound"), yes(audit.verify(session.app, COMMAND_LINE).wrong is None)),
        (t("dpia.mail"), yes(settings.smtp_url)),
    ]
    yield from _table([t("what"), t("dpia.now")], measures)
    yield from (f"## {t('dpia.done')}", "")
    done = [(action_in_words(language, name), count) for name, count in totals.actions.items()]
    yield from _table([t("what"), t("count")], done)


def _instructions(session: Session) -> Lines:
    app = session.app

    def t(key: str, **values: object) -> str:
        return say(session.language, f"report.instructions.{key}", **values)

    encoder = app.engine.vectors.encoder.id.split("@")[0]
    yield from (f"# {t('title')}", "", t("intro", encoder=encoder, day=session.today), "")
    for part in ("purpose", "not_for", "how", "quality", "weak", "oversight", "people"):
        yield from (f"## {t(f'{part}_title')}", "", t(f"{part}_text").strip(), "")
    yield from (f"## {t('weights_title')}", "", ", ".join(f"`{name}`" for name in app.weights.names), "")
