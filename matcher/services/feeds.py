"""Courses from other systems: the documents of a source become offerings, and what it has no more is closed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.errors import InvalidValue, UnknownId, UnreadableFile
from matcher.policy import Action, Asker
from matcher.ports import Progress
from matcher.repositories.sources import KeptRun, KeptSource
from matcher.services import sourcing
from matcher.services.app import StoreApp
from matcher.services.sourcing import Reading, Synced

if TYPE_CHECKING:
    from matcher.sources.feed import Feed
    from matcher.sources.servers import Ask

LARGEST = 200_000_000
"""Bytes of a document."""
MOST_RUNS = 50


def sync_file(
    app: StoreApp,
    asker: Asker,
    path: Path,
    form: str,
    *,
    source: str,
    provider: str = "",
    providers: Collection[str] | None = None,
    dry_run: bool = False,
    agreed: bool = False,
    whole: bool = True,
    progress: Progress | None = None,
) -> Synced:
    """Reads a JSON document of a source, and makes the courses of this source what the document says.

    `form`: one of `matcher.sources.FORMS`. `source`: a name for where it comes from, the same each time. `provider`:
    whose courses they are, where the document does not say. `providers`: of whom alone the source may bring courses,
    from now on; None: as before, and at first of all of whom nobody else has any here. What the document has no more
    is closed, not removed, and rankings leave it out. `agreed`: a person agreed to it being a tenth of what it was, or
    less. `whole`: the document is all that the source has; else only changes, and nothing is gone but what the
    document says is gone.

    Raises Forbidden, UnreadableFile, InvalidValue (`source_name`, `source_form`, `source_empty`), UnknownId,
    JobRefused (`source_shrunk`), StoreError.
    """
    from matcher.sources import read

    owner = asker.owner(Action.IMPORT, provider or None)
    with app.store.read() as records:
        known = records.programmes.names()
    feed = read(form, parts_of(path), app.clock.today(), provider=provider or owner or "", known=known)
    return sync(
        app, asker, feed, form,
        source=source, file=path.name, providers=providers, dry_run=dry_run, agreed=agreed, whole=whole,
        progress=progress,
    )  # fmt: skip


def sync_server(
    app: StoreApp,
    asker: Asker,
    ask: Ask,
    address: str,
    form: str,
    *,
    source: str,
    provider: str = "",
    providers: Collection[str] | None = None,
    since: date | None = None,
    dry_run: bool = False,
    agreed: bool = False,
    whole: bool = True,
    progress: Progress | None = None,
) -> Synced:
    """As `sync_file`, of what a server has at this address. `ask` asks it.

    `since`: see `matcher.sources.servers.documents`; of an OEAPI server, what began before is not asked for and stays
    as it is. With `whole` False and no day, EDU-DEX is asked for what changed
    since the day before this source was last read. Nothing is written unless the server answered all questions.

    Raises as `sync_file`, and InvalidValue for what a server answers.
    """
    from matcher.sources import read
    from matcher.sources.servers import documents

    owner = asker.owner(Action.IMPORT, provider or None)
    with app.store.read() as records:
        kept = records.sources.named(source.strip())
        last = kept and records.sources.runs(1, kept.key)
        known = records.programmes.names()
    if since is None and not whole and form == "edudex" and last:
        since = last[0][1].ran_at.date() - timedelta(days=1)
    lists = kept.lists if kept else ()
    given = documents(form, ask, address, since=since, today=app.clock.today(), whole=whole, known=lists)
    feed = read(form, given, app.clock.today(), provider=provider or owner or "", known=known)
    return sync(
        app, asker, feed, form,
        source=source, file=address, providers=providers, dry_run=dry_run, agreed=agreed, whole=whole,
        progress=progress, since=since if form == "oeapi" else None,
    )  # fmt: skip


def sync(
    app: StoreApp,
    asker: Asker,
    feed: Feed,
    form: str,
    *,
    source: str,
    file: str,
    providers: Collection[str] | None = None,
    dry_run: bool = False,
    agreed: bool = False,
    whole: bool = True,
    progress: Progress | None = None,
    since: date | None = None,
) -> Synced:
    """Writes what was read of a source, some thousands in a transaction: a killed run goes on when it is run again.

    `file`: how the report names where it comes from. `since`: what began before was not asked for, and is not gone.
    Raises as `sync_file`.
    """
    owner = asker.owner(Action.IMPORT)
    if not source.strip():
        raise InvalidValue("source_name")
    for provider in {upsert.owner for upsert in feed.upserts}:
        if asker.owner(Action.IMPORT, provider) != provider:
            raise UnknownId("unknown_school", school=provider)
    bound = None if providers is None else tuple(sorted({one.strip() for one in providers if one.strip()}))
    reading = Reading(source.strip(), form, feed, file, owner, bound, agreed, whole, since)
    return sourcing.synced(app, asker, reading, dry_run=dry_run, progress=progress)


def runs(app: StoreApp, asker: Asker) -> list[tuple[KeptSource, KeptRun]]:
    """The last readings of all sources, the newest first. Raises Forbidden."""
    asker.owner(Action.IMPORT, None)
    with app.store.read() as records:
        return records.sources.runs(MOST_RUNS)


def parts_of(path: Path, lists: Collection[str] | None = None) -> Iterator[object]:
    """The members of a JSON file, one by one; `lists`: those of an object that have them. Raises UnreadableFile."""
    from matcher.sources.parts import LISTS, Broken, parts

    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableFile("source_too_large", file=path.name, megabytes=LARGEST // 1_000_000)
        with path.open("rb") as file:
            yield from parts(file, lists or LISTS)
    except OSError:
        raise UnreadableFile("source_missing", file=path.name) from None
    except Broken as error:
        raise UnreadableFile("no_json", file=path.name, line=error.line) from None
