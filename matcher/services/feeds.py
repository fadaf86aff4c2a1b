"""Courses from other systems: the documents of a source become offerings, and what it has no more is closed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.errors import InvalidValue, UnknownId, UnreadableFile
from matcher.policy import Action, Asker
from matcher.repositories.sources import KeptRun, KeptSource
from matcher.services import sourcing
from matcher.services.app import StoreApp
from matcher.services.sourcing import Reading, Synced, Syncing

if TYPE_CHECKING:
    from matcher.sources.feed import Feed
    from matcher.sources.servers import Ask

LARGEST = 200_000_000
"""Bytes of a document."""
MOST_RUNS = 50


def sync_file(app: StoreApp, asker: Asker, path: Path, form: str, *, how: Syncing) -> Synced:
    """Reads a JSON document of a source, and makes the courses of this source what the document says.

    `form`: one of `matcher.sources.FORMS`. What the document has no more is closed, not removed, and rankings leave it
    out.

    Raises Forbidden, UnreadableFile, InvalidValue (`source_name`, `source_form`, `source_empty`), UnknownId,
    JobRefused (`source_shrunk`), StoreError.
    """
    from matcher.sources import read

    owner = asker.owner(Action.IMPORT, how.provider or None)
    with app.store.read() as records:
        known = records.programmes.names()
    feed = read(form, parts_of(path), app.clock.today(), provider=how.provider or owner or "", known=known)
    return sync(app, asker, feed, form, file=path.name, how=replace(how, since=None))


def sync_server(app: StoreApp, asker: Asker, ask: Ask, address: str, form: str, *, how: Syncing) -> Synced:
    """As `sync_file`, of what a server has at this address. `ask` asks it.

    Of an OEAPI server what began before `how.since` is not asked for and stays as it is. With `how.whole` False and no
    day, EDU-DEX is asked for what changed since the day before this source was last read. Nothing is written unless the
    server answered all questions.

    Raises as `sync_file`, and InvalidValue for what a server answers.
    """
    from matcher.sources import read
    from matcher.sources.servers import documents

    owner, since = asker.owner(Action.IMPORT, how.provider or None), how.since
    with app.store.read() as records:
        kept = records.sources.named(how.source.strip())
        last = kept and records.sources.runs(1, kept.key)
        known = records.programmes.names()
    if since is None and not how.whole and form == "edudex" and last:
        since = last[0][1].ran_at.date() - timedelta(days=1)
    lists = kept.lists if kept else ()
    given = documents(form, ask, address, since=since, today=app.clock.today(), whole=how.whole, known=lists)
    feed = read(form, given, app.clock.today(), provider=how.provider or owner or "", known=known)
    how = replace(how, since=since if form == "oeapi" else None)
    return sync(app, asker, feed, form, file=address, how=how)


def sync(app: StoreApp, asker: Asker, feed: Feed, form: str, *, file: str, how: Syncing) -> Synced:
    """Writes what was read of a source, some thousands in a transaction: a killed run goes on when it is run again.

    `file`: how the report names where it comes from. What began before `how.since` was not asked for, and is not gone.
    Raises as `sync_file`.
    """
    owner, source = asker.owner(Action.IMPORT), how.source.strip()
    if not source:
        raise InvalidValue("source_name")
    for provider in {upsert.owner for upsert in feed.upserts}:
        if asker.owner(Action.IMPORT, provider) != provider:
            raise UnknownId("unknown_school", school=provider)
    names = how.providers
    bound = None if names is None else tuple(sorted({one.strip() for one in names if one.strip()}))
    reading = Reading(source, form, feed, file, owner, bound, how.agreed, how.whole, how.since)
    return sourcing.synced(app, asker, reading, dry_run=how.dry_run, progress=how.progress)


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
