"""evaluate and ranking: how good rankings are by the grades of one's own people, and ranking in another way."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import wiring
from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Output, School
from api.commands.output import console, print_indented, write_json
from api.commands.session import Session, session_of
from api.commands.trials import show as show_trial
from api.commands.trials import weights_in
from matcher.errors import InvalidValue
from matcher.locale import decimals, say
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.matching.quality import Interval
    from matcher.repositories.grades import KeptRanking
    from matcher.services.evaluation import Change, Grounds
    from matcher.services.trials import Trial

ranking = new_group("ranking")
_SIDES = {"before": "now", "after": "after", "difference": "difference"}
WORSE, ANSWER_FIRST = 1, 4
"""The exit codes where another ranking is worse, and was refused; and where nothing was done yet, without `--yes`."""
TRIED_DAYS = 30
"""On the lists of so many days other weights are tried before they are used."""


def evaluate(
    context: typer.Context,
    school: School = None,
    output: Output = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    lang: Language = None,
) -> None:
    """Says how good our ranking is, next to BM25 and TF-IDF of characters, by the grades that were given."""
    from matcher.services import evaluation

    session = session_of(context)
    found = evaluation.evaluate(session.app, COMMAND_LINE, session.owner(school))
    if as_json or output is Format.JSON:
        ways = {way: asdict(one) for way, one in found.ways.items()}
        document = {"school": found.school, **_grounds(found.grounds), "weights": list(found.weights)}
        write_json({**document, "encoder": found.encoder, "ndcg_at_10": ways or None})
        return
    terminal, language = console(), session.language
    _print_grounds(session, found.grounds)
    for way, one in found.ways.items():
        name = say(language, f"grades.way.{way}")
        print_indented(terminal, say(language, "grades.figure", name=name, **_figures(session, one)), 2, "- ")
    if found.ways:
        terminal.print(say(language, "grades.by", weights=list(found.weights), encoder=found.encoder.split("@")[0]))


@ranking.command("show", cls=LocalCommand)
def show(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Says how is ranked now, and how was before."""
    from matcher.services import evaluation

    session = session_of(context)
    kept = evaluation.kept(session.store_app, COMMAND_LINE)
    used = next((one for one in kept if one.ended_at is None), None)
    if output is Format.JSON:
        write_json({"in_use": used.number if used else None, "kept": [_document(one) for one in kept]})
        return
    terminal, language = console(), session.language
    terminal.print(say(language, "grades.in_use" if used else "grades.as_shipped", number=used.number if used else 0))
    for one in kept:
        parts = [say(language, f"grades.with_{name}", name=one.encoder or "") for name in _parts(one)]
        state = "ended" if one.ended_at else "used"
        days = {"day": one.used_at.date(), "end": one.ended_at.date() if one.ended_at else ""}
        line = say(language, f"grades.line_{state}", number=one.number, what=parts or "-", **days)
        print_indented(terminal, line, 2, "- ")


@ranking.command("use", cls=LocalCommand)
def use(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument()] = None,
    encoder: Annotated[str | None, typer.Option("--encoder")] = None,
    sure: Annotated[bool, typer.Option("--yes")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Ranks by other weights or with another encoder, unless the grades say that it is worse.

    Other weights are tried first on the lists of the last days; without `--yes` that is all that happens.
    """
    from api.schemas.trials import from_trial
    from matcher.services import evaluation

    session = session_of(context)
    if file is None and encoder is None:
        raise InvalidValue("nothing_to_use")
    text = None if file is None else weights_in(file)
    trial = None if text is None else _tried(session, text)
    tried = None if trial is None else from_trial(trial, session.language).model_dump(mode="json", exclude={"requests"})
    if trial is not None and output is not Format.JSON:
        console().print(say(session.language, "trials.use.first", days=TRIED_DAYS))
        show_trial(session, trial)
        console().print()
    if trial is not None and not sure:
        session.code = ANSWER_FIRST
        if output is Format.JSON:
            write_json({"used": False, "trial": tried})
        else:
            console().print(say(session.language, "trials.use.sure"))
        return
    opened = None if encoder is None else wiring.build_encoder(session.settings, encoder)
    change = evaluation.use(session.app, COMMAND_LINE, text, opened, encoder, tried=tried)
    session.code = 0 if change.used else WORSE
    if output is Format.JSON:
        parts = {name: getattr(change, name) for name in ("before", "after", "difference")}
        figures = {name: None if one is None else asdict(one) for name, one in parts.items()}
        write_json({"used": change.used, **_grounds(change.grounds), **figures, "trial": tried})
        return
    _print_change(session, change, waits=encoder is not None)


@ranking.command("back", cls=LocalCommand)
def back(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Ranks as before the last change."""
    from matcher.services import evaluation

    session = session_of(context)
    ended = evaluation.back(session.store_app, COMMAND_LINE)
    if output is Format.JSON:
        write_json({"ended": ended.number})
        return
    console().print(say(session.language, "grades.ended", number=ended.number))
    if ended.encoder:
        console().print(say(session.language, "grades.restart"))


def _tried(session: Session, weights: str) -> Trial:
    """What these weights would have done in the last days. Raises InvalidValue."""
    from matcher.matching.trials import Settings
    from matcher.matching.weights import own
    from matcher.services import trials

    today = session.app.clock.today()
    first = today - timedelta(days=TRIED_DAYS - 1)
    return trials.simulate(session.app, COMMAND_LINE, first, today, Settings(own(weights)))


def _print_change(session: Session, change: Change, *, waits: bool) -> None:
    terminal, language = console(), session.language
    _print_grounds(session, change.grounds)
    for name in ("before", "after", "difference"):
        one = getattr(change, name)
        if one is not None:
            text = say(
                language, "grades.figure", name=say(language, f"grades.{_SIDES[name]}"), **_figures(session, one)
            )
            print_indented(terminal, text, 2, "- ")
    decided = "decided" if change.grounds.decides else "informed"
    terminal.print(say(language, f"grades.{decided}" if change.used else "grades.refused"))
    if change.used and waits:
        terminal.print(say(language, "grades.restart"))


def _print_grounds(session: Session, grounds: Grounds) -> None:
    from matcher.services.evaluation import LEAST_PAIRS, LEAST_REQUESTS

    language = session.language
    counted = say(language, "grades.given", count=grounds.pairs, requests=grounds.requests)
    state = "enough" if grounds.decides else "not_enough"
    console().print(f"{counted} {say(language, f'grades.{state}', pairs=LEAST_PAIRS, requests=LEAST_REQUESTS)}")
    if not grounds.telling:
        console().print(say(language, "grades.nothing_tells"))
    elif grounds.telling < grounds.requests:
        console().print(say(language, "grades.some_tell", count=grounds.telling))


def _figures(session: Session, one: Interval) -> dict[str, object]:
    return {name: decimals(session.language, value) for name, value in asdict(one).items()}


def _grounds(grounds: Grounds) -> dict[str, object]:
    return {**asdict(grounds), "decides": grounds.decides}


def _parts(one: KeptRanking) -> list[str]:
    return [name for name, value in (("weights", one.weights), ("encoder", one.encoder)) if value is not None] or [
        "shipped"
    ]


def _document(one: KeptRanking) -> dict[str, object]:
    moments = {"used_at": one.used_at.isoformat(), "ended_at": one.ended_at.isoformat() if one.ended_at else None}
    return {
        "number": one.number,
        "weights": one.weights,
        "encoder": one.encoder,
        **moments,
        "measured": dict(one.measured),
    }
