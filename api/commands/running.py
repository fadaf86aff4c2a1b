"""serve, settings, encode and index: running the product."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from api import setting_rows
from api.commands.help import LocalCommand, new_group
from api.commands.options import Format, Language, Output, Top
from api.commands.output import console, print_indented, say_error, write_bytes, write_json
from api.commands.session import Session, session_of, shown_progress
from api.error_text import error_sentence
from api.http.presence import FOLDER
from api.settings import Settings
from matcher.errors import ConfigurationError, InvalidValue, UnreadableFile
from matcher.policy import COMMAND_LINE

_BATCH = 256
_LAST_ANSWERS = 30
"""Seconds that requests in progress get when the server is asked to stop."""
_WORKER_SILENCE = 30
"""Seconds without a sign of life after which a worker is replaced; on a busy machine it needs some to start."""

index = new_group("index")


def settings(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """All settings with their default, help and value."""
    session = session_of(context)
    try:
        current = session.settings
    except ConfigurationError as error:  # the list explains valid names and values, so show it anyway
        say_error(error_sentence(session.language, error))
        session.code, current = 3, _as_far_as_valid()
    rows = [asdict(row) for row in setting_rows.rows(current, session.language)]
    if output is Format.JSON:
        write_json(list(rows))
        return
    from rich.text import Text

    terminal = console()
    for row in rows:
        changed = row["value"] != row["default"]
        value = row["value"] or session.say("settings.none")
        default = session.say("settings.default", value=row["default"] or session.say("settings.none"))
        terminal.print(Text.assemble((row["name"], "bold"), " = ", (value, "green" if changed else "")))
        print_indented(terminal, f"{row['help']} {default}", 4)
        terminal.print()


def _as_far_as_valid() -> Settings:
    """The settings that can be read beside a misspelled one; the defaults where a value is invalid."""
    from api.wiring import read_settings

    try:
        return read_settings()
    except ConfigurationError:
        return Settings.model_construct()


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64)] = 1,
    lang: Language = None,
) -> None:
    """The API and the pages, until stopped."""
    import uvicorn

    session = session_of(context)
    session.store.close()  # an unusable database is reported once, not by every worker
    _check_free(host, port)
    say_error(session.say("serve.at", address=f"http://{host}:{port}"))
    with _shared_figures(workers):
        uvicorn.run(
            "api.app:from_environment",
            factory=True,
            host=host,
            port=port,
            workers=workers if workers > 1 else None,
            http="api.http.connections:BoundedProtocol",  # by name: a worker that imports it while it starts looks dead
            timeout_worker_healthcheck=_WORKER_SILENCE,
            ws="none",
            access_log=False,  # its lines hold what people typed; api/app.py logs the route instead
            log_level=session.settings.log_level,
            server_header=False,
            timeout_graceful_shutdown=_LAST_ANSWERS,
        )


@contextmanager
def _shared_figures(workers: int) -> Iterator[None]:
    """A folder in which several workers share the figures of `/metrics`, unless the environment names one."""
    if workers == 1 or os.environ.get(FOLDER):
        yield
        return
    with TemporaryDirectory(prefix="alumnimatch-metrics-") as folder:
        os.environ[FOLDER] = folder  # for the workers, which are processes of their own
        try:
            yield
        finally:
            del os.environ[FOLDER]


def _check_free(host: str, port: int) -> None:
    import socket

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise InvalidValue("address_in_use", address=f"{host}:{port}", problem=error.strerror or "") from None


def encode(
    context: typer.Context, meaning: Annotated[bool, typer.Option("--meaning")] = False, lang: Language = None
) -> None:
    """Lines from standard input to one JSON array of floats per line."""
    import orjson

    from api.wiring import build_encoder, build_meaning

    session = session_of(context)
    encoder = build_meaning(session.settings) if meaning else build_encoder(session.settings)
    if encoder is None:
        raise ConfigurationError("meaning_absent")
    batch: list[str] = []

    def flush() -> None:
        if batch:
            vectors = encoder.embed(batch)
            write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n" for row in vectors))
            batch.clear()

    for line in sys.stdin.buffer:
        batch.append(line.decode("utf-8", "replace").rstrip("\r\n"))
        if len(batch) == _BATCH:
            flush()
    flush()


def similarity(
    context: typer.Context,
    queries: Path,
    texts: Path,
    top: Top = 10,
    meaning: Annotated[float | None, typer.Option("--meaning", min=0, max=1)] = None,
    lang: Language = None,
) -> None:
    """For each line of one file the most similar lines of the other: one JSON array of [position, similarity] each.

    By all that rankings count for likeness, mixed as they do. `meaning`: another share of the second encoder; with 0,
    or where it is turned off, no text is read by it, which takes its time.
    """
    import numpy as np
    import orjson

    from api.wiring import build_encoder, build_meaning
    from matcher.likeness import Likeness
    from matcher.matching.weights import shipped

    asking, answering, settings = _lines(queries), _lines(texts), session_of(context).settings
    weights = shipped()
    share = weights.meaning_share if meaning is None else meaning
    second = build_meaning(settings) if share else None
    if meaning and second is None:
        raise ConfigurationError("meaning_absent")
    likeness = Likeness(build_encoder(settings), answering, weights.words_share, second=second, meaning=share)
    for start in range(0, len(asking), _BATCH):
        for values in likeness.of(asking[start : start + _BATCH]):
            best = np.argsort(-values, kind="stable")[:top]  # unknown ones stand last
            found = [(int(place), None if np.isnan(values[place]) else float(values[place])) for place in best]
            write_bytes(orjson.dumps(found) + b"\n")


def _lines(path: Path) -> list[str]:
    """The lines of a text file in UTF-8. Raises UnreadableFile."""
    try:
        return path.read_text("utf-8-sig", "replace").splitlines()
    except FileNotFoundError:
        raise UnreadableFile("no_such_file", file=path.name) from None
    except OSError as error:
        raise UnreadableFile("cannot_open", file=path.name, problem=error.strerror or "") from None


@index.command("build", cls=LocalCommand)
def build(
    context: typer.Context,
    encode_again: Annotated[bool, typer.Option("--encode-again")] = False,
    output: Output = Format.TABLE,
    lang: Language = None,
) -> None:
    """Rebuilds all derived state from the database."""
    from matcher.services import indexes

    session = session_of(context)
    with shown_progress(session, "progress.encoding") as progress:
        pool = indexes.build(session.app, COMMAND_LINE, progress, encode_again=encode_again)
    with shown_progress(session, "progress.sending") as progress:
        indexes.serve(session.app, COMMAND_LINE, progress)
    counts = {"alumni": len(pool.people), "requests": len(pool.requests), "offerings": len(pool.offerings)}
    if output is Format.JSON:
        encoders = {"encoder": pool.encoder, "meaning": pool.second_id or None}
        write_json({"revision": pool.revision, **encoders, **counts})
        return
    console().print(session.say("index.built", revision=pool.revision, **counts))


@index.command("verify", cls=LocalCommand)
def verify(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Proves that derived state equals the database; exit code 1 if not."""
    from matcher.services import indexes

    session = session_of(context)
    problems = indexes.verify(session.app, COMMAND_LINE)
    session.code = 1 if problems else 0
    if output is Format.JSON:
        write_json({"ok": not problems, "problems": list(problems)})
        return
    console().print(_verdict(session, problems))


@index.command("calibrate", cls=LocalCommand)
def calibrate(context: typer.Context, output: Output = Format.TABLE, lang: Language = None) -> None:
    """Measures above which share of eligible alumni the index pays here, and stores it for the next start."""
    from matcher.services import indexes

    session = session_of(context)
    with shown_progress(session, "progress.calibrating") as progress:
        limits, measured = indexes.calibrate(session.app, COMMAND_LINE, progress)
    if output is Format.JSON:
        write_json({"score_all_share": limits.score_all_share, "measured": [asdict(timing) for timing in measured]})
        return
    terminal = console()
    if not measured:
        terminal.print(session.say("index.nothing_to_calibrate", least=limits.score_all_below))
        return
    terminal.print(session.say("index.calibrating"))
    for timing in measured:
        terminal.print(
            f"{timing.share:6.0%}{timing.eligible:12,}{timing.index_ms:10.2f}{timing.all_ms:10.2f}", highlight=False
        )
    terminal.print(session.say("index.calibrated", share=f"{100 * limits.score_all_share:.3g}"))


def _verdict(session: Session, problems: list[str]) -> str:
    if not problems:
        return session.say("index.well")
    return session.say("index.differs", parts=", ".join(problems))
