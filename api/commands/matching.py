"""match, recommend, audience and why: rankings and accounts."""

from __future__ import annotations

from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from api import wiring
from api.commands.options import AsOf, Format, Language, Output, School, Top
from api.commands.output import console, write_json
from api.commands.records import Force, may_write, writing
from api.commands.session import Session, choice, day, session_of, shown_progress
from matcher.domain.answers import Ranking
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import COMMAND_LINE

if TYPE_CHECKING:
    from matcher.batch import Workers


class Target(StrEnum):
    """What to recommend."""

    OFFERINGS = "offerings"
    REQUESTS = "requests"


def match(
    context: typer.Context,
    request_id: str,
    top: Top = 10,
    as_of: AsOf = None,
    school: School = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Alumni for a request."""
    from matcher.services import matching

    session = session_of(context)
    _warm(session)
    _show(
        session, matching.match(session.app, COMMAND_LINE, request_id, school=school, top=top, as_of=day(as_of)), output
    )


def ask(
    context: typer.Context,
    text: str,
    school: School = None,
    kind: Annotated[str | None, typer.Option("--kind")] = None,
    top: Top = 10,
    as_of: AsOf = None,
    save: Annotated[bool, typer.Option("--save")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Alumni for a question in own words."""
    from api.schemas.questions import from_asked
    from matcher.domain.kinds import RequestKind
    from matcher.services import questions

    session = session_of(context)
    chosen = RequestKind(choice(session, kind, "request_kinds")) if kind else None
    _warm(session)
    wanted = questions.Wanted(text=text, kind=chosen, school=session.owner(school))
    asked = questions.ask(session.app, COMMAND_LINE, wanted, top=top, as_of=day(as_of), save=save)
    answer = from_asked(asked, session.language)
    if output is Format.JSON:
        write_json(answer)
        return
    from api.commands.tables import show_question

    show_question(console(), asked, answer, session.language)


def recommend(
    context: typer.Context,
    target: Annotated[str, typer.Option("--for")],
    alumnus_id: Annotated[str | None, typer.Argument()] = None,
    top: Top = 10,
    as_of: AsOf = None,
    school: School = None,
    everybody: Annotated[bool, typer.Option("--all")] = False,
    out: Annotated[Path | None, typer.Option("--out")] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, max=256)] = None,
    scheduler: Annotated[str | None, typer.Option("--scheduler")] = None,
    force: Force = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Courses or roles for an alumnus, or for all alumni."""
    from matcher.services import matching

    session = session_of(context)
    wanted = cast("Literal['offerings', 'requests']", choice(session, target, "targets"))
    if everybody is not (alumnus_id is None) or everybody is not (out is not None):
        raise InvalidValue("one_or_all")
    if out is not None:
        batch_workers = wiring.build_workers(session.settings, workers, scheduler)
        _recommend_all(session, wanted, top, school, out, batch_workers, force=force)
        return
    assert alumnus_id is not None  # noqa: S101 - else all were asked for
    _warm(session)
    app = session.app
    ranking = matching.recommend(app, COMMAND_LINE, alumnus_id, wanted, school=school, top=top, as_of=day(as_of))
    _show(session, ranking, output)


def _recommend_all(
    session: Session,
    target: Literal["offerings", "requests"],
    top: int,
    school: str | None,
    out: Path,
    batch_workers: Workers,
    *,
    force: bool,
) -> None:
    """Writes the recommendations for all alumni: columns and words as in the export, scores with all their digits."""
    from matcher.services import batches, exports

    may_write(out, (".parquet", ".csv"), force=force)
    _need_tables(out)
    _warm(session)
    with writing(out), shown_progress(session, "progress.matching") as progress:
        run = batches.recommend_all(
            session.app, COMMAND_LINE, target, top=top, school=school, workers=batch_workers, progress=progress
        )
        table = exports.recommendations(session.app, COMMAND_LINE, run)
        count = exports.write_table(table, out)
    console().print(session.say("written.recommended", file=str(out), count=count))


def _need_tables(out: Path) -> None:
    """Raises InvalidValue where what writes such a file is not installed: an extra, for this command alone."""
    needed = ("pandas", "pyarrow") if out.suffix.lower() == ".parquet" else ("pandas",)
    if any(find_spec(name) is None for name in needed):
        raise InvalidValue("tables_missing", ending=out.suffix.lower())


def audience(
    context: typer.Context,
    offering_id: str,
    top: Top = 50,
    as_of: AsOf = None,
    provider: Annotated[str | None, typer.Option("--provider")] = None,
    school: School = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Alumni whom this course would help."""
    from matcher.services import matching

    session = session_of(context)
    _warm(session)
    ranking = matching.audience(
        session.app, COMMAND_LINE, offering_id, provider=provider, school=school, top=top, as_of=day(as_of)
    )
    _show(session, ranking, output)


def why(
    context: typer.Context,
    query_id: str,
    candidate_id: str,
    kind: Annotated[str | None, typer.Option("--kind")] = None,
    as_of: AsOf = None,
    school: School = None,
    candidate_school: Annotated[str | None, typer.Option("--candidate-school")] = None,
    provider: Annotated[str | None, typer.Option("--provider")] = None,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """The whole account of one pair."""
    from api.schemas.rankings import from_account
    from matcher.services import matching

    session = session_of(context)
    named = cast(
        "Literal['request', 'offering', 'alumnus'] | None", choice(session, kind, "query_kinds") if kind else None
    )
    _warm(session)
    pair = matching.PairOfIds(query_id, candidate_id, named, school, candidate_school, provider)
    account = matching.why(session.app, COMMAND_LINE, pair, as_of=day(as_of))
    answer = from_account(account, session.language)
    if output is Format.JSON:
        write_json(answer)
        return
    from api.commands.tables import show_account

    show_account(console(), answer, session.language)


def _warm(session: Session) -> None:
    """Builds the pool with a progress bar on a terminal; says so if nothing was imported yet."""
    from matcher.services import browsing

    if browsing.revision(session.store_app, COMMAND_LINE) == 0:
        raise UnknownId("nothing_imported")
    with shown_progress(session, "progress.encoding") as progress:
        session.app.engine.current.pool(progress=progress)


def _show(session: Session, ranking: Ranking, output: Format) -> None:
    from api.schemas.rankings import from_ranking

    answer = from_ranking(ranking, session.language)
    if output is Format.JSON:
        write_json(answer)
        return
    from api.commands.tables import show_ranking

    show_ranking(console(), answer, session.language)
