"""Sources that are kept: where each is asked, with what token and how often; tried, agreed to and removed.

`matcher/services/due_sources.py` reads the one that is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from matcher.domain.moments import stored
from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.repositories.sources import NO_FAILURES, Id, KeptRun, KeptSource
from matcher.services.app import StoreApp
from matcher.services.in_parts import counted, import_of
from matcher.services.sourcing import BATCH, closing
from matcher.sources import STUDENTS

EVERY = (0, 6, 24, 168)
"""Hours between two readings that can be chosen; 0 for never by itself."""
MOST_NAME, MOST_URL, MOST_TOKEN, MOST_REGION, MOST_PROVIDERS = 80, 2000, 4000, 400, 200
"""Characters of a name, an address, a token and a region, and providers of one source."""
_AFRESH: Mapping[str, object] = {
    **NO_FAILURES, "is_trial": False, "preview": None, "problem": None, "began_at": None,
}  # fmt: skip

_REMOVED: Mapping[str, object] = {
    **_AFRESH, "url": None, "token": None, "provider": "", "providers": (), "region": "", "every_hours": 0,
    "is_on": False, "lists": (), "taken_at": None, "next_at": None, "tried_at": None, "held": None, "agreed": None,
    "report": None,
}  # fmt: skip
"""The settings of a source that is none any more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a source is to be read: see `matcher.repositories.sources.KeptSource`.

    `token`: None leaves it as it is, empty takes it away.
    """

    name: str
    form: str
    url: str
    token: str | None = None
    provider: str = ""
    providers: tuple[str, ...] = ()
    region: str = ""
    every_hours: int = 24


@dataclass(frozen=True, slots=True)
class Shown:
    """A source without its token, with its last reading (None for none), and the remarks of that by language."""

    source: KeptSource
    has_token: bool
    last: KeptRun | None
    is_at_work: bool
    report: Mapping[str, Any]
    runs: tuple[KeptRun, ...] = ()


@dataclass(frozen=True, slots=True)
class Removable:
    """A source without its token, and how many courses here it alone has."""

    source: KeptSource
    courses: int


@dataclass(frozen=True, slots=True)
class Removed:
    """What removing a source did: how many courses were closed, and by which import (None for none)."""

    closed: int
    import_id: str | None


def listed(app: StoreApp, asker: Asker) -> list[Shown]:
    """All sources of courses by name. Raises Forbidden."""
    asker.scope(Action.SOURCES_MANAGE)
    with app.store.read() as records:
        last, now = records.connectors.last_runs(), stored(records.now)
        return [_shown(one, last.get(one.key), now) for one in records.connectors.all() if one.form != STUDENTS]


def one(app: StoreApp, asker: Asker, key: int, *, most: int = 20) -> Shown:
    """One of these, with its last readings and its remarks. Raises Forbidden, UnknownId."""
    asker.scope(Action.SOURCES_MANAGE)
    with app.store.read() as records:
        source = _found(records, key)
        runs = tuple(run for _, run in records.sources.runs(most, key))
        shown = _shown(source, runs[0] if runs else None, stored(records.now))
        return replace(shown, report=records.connectors.report(key), runs=runs)


def _shown(source: KeptSource, last: KeptRun | None, now: datetime) -> Shown:
    return Shown(replace(source, token=""), bool(source.token), last, source.is_taken(now), {})


def save(app: StoreApp, asker: Asker, wanted: Wanted, key: int | None = None) -> int:
    """Keeps a new source, which is off, or changes one; returns its random key.

    A token goes to the server that it was given for: with another server in the address it is forgotten. Raises
    Forbidden, UnknownId, InvalidValue (`source_no_name`, `source_name_taken`, `source_form`, `source_no_url`,
    `source_catalogue`, `source_region`).
    """
    asker.scope(Action.SOURCES_MANAGE)
    checked = _checked(wanted)

    def work(tx: Transaction) -> int:
        before = None if key is None else _found(tx, key)
        same = tx.sources.named(checked.name)
        if same is not None and (before is None or same.key != before.key):
            raise InvalidValue("source_name_taken", source=checked.name)
        if before is not None and before.form != checked.form and tx.sources.brought(by=before.key):
            raise InvalidValue("source_form", source=before.name, form=before.form)
        source = before or tx.sources.add(checked.name, checked.form)
        tx.connectors.put(source.key, **_settings(checked, source, stored(tx.now)))
        tx.source_answers.forget(source.key)
        tx.note(Action.SOURCES_MANAGE, {"source": source.key, "step": "change" if before else "add"})
        return source.key

    return app.store.write(work, by=asker)


def _settings(wanted: Wanted, source: KeptSource, now: datetime) -> dict[str, object]:
    """The columns of a source that is to be read in this way; what went wrong under other settings is forgotten."""
    token = source.token if urlsplit(source.url)[:2] == urlsplit(wanted.url)[:2] else ""
    if wanted.token is not None:
        token = wanted.token
    next_at = now if source.is_on and wanted.every_hours else None
    return {
        "name": wanted.name, "form": wanted.form, "url": wanted.url, "token": token or None,
        "provider": wanted.provider, "providers": wanted.providers, "region": wanted.region,
        "every_hours": wanted.every_hours, "version": source.version + 1, "taken_at": None, "next_at": next_at,
        **_AFRESH,
    }  # fmt: skip


def _checked(wanted: Wanted) -> Wanted:
    from matcher.sources import FORMS
    from matcher.sources.feed import pc4_ranges

    name, url, region = (" ".join(one.split()) for one in (wanted.name, wanted.url, wanted.region))
    if not 0 < len(name) <= MOST_NAME:
        raise InvalidValue("source_no_name")
    if wanted.form not in FORMS or wanted.every_hours not in EVERY:
        raise InvalidValue("source_choice")
    if not url.startswith(("https://", "http://")) or " " in url or len(url) > MOST_URL:
        raise InvalidValue("source_no_url")
    if wanted.form == "edudex" and "/organizations/" not in url:
        raise InvalidValue("source_catalogue", address=url)
    try:
        pc4_ranges(region)
    except ValueError:
        raise InvalidValue("source_region") from None
    providers = tuple(sorted({" ".join(one.split()) for one in wanted.providers} - {""}))[:MOST_PROVIDERS]
    token = None if wanted.token is None else wanted.token.strip()[:MOST_TOKEN]
    return replace(
        wanted, name=name, url=url, token=token, provider=wanted.provider.strip(), providers=providers,
        region=region[:MOST_REGION],
    )  # fmt: skip


def switch(app: StoreApp, asker: Asker, key: int, *, is_on: bool) -> None:
    """Has a source read by itself from now on, or no more; one that is being read then writes nothing more.

    Raises Forbidden, UnknownId, InvalidValue('source_no_url').
    """
    asker.scope(Action.SOURCES_MANAGE)

    def work(tx: Transaction) -> None:
        source = _found(tx, key)
        if is_on and not source.url:
            raise InvalidValue("source_no_url")
        values = {**NO_FAILURES, "is_on": is_on, "next_at": stored(tx.now) if is_on else None}
        if not is_on:
            values |= {"version": source.version + 1, "taken_at": None, "is_trial": False}
        tx.connectors.put(key, **values)
        tx.note(Action.SOURCES_MANAGE, {"source": key, "step": "on" if is_on else "off"})

    app.store.write(work, by=asker)


def ask(app: StoreApp, asker: Asker, key: int, *, trial: bool) -> None:
    """Has a source read as soon as a process can; `trial`: without writing, to see what would change.

    Raises Forbidden, UnknownId, InvalidValue (`source_no_url`; `source_off` for one that is off, unless it is a trial).
    """
    asker.scope(Action.SOURCES_MANAGE)

    def work(tx: Transaction) -> None:
        source = _found(tx, key)
        if not source.url:
            raise InvalidValue("source_no_url")
        if not trial and not source.is_on:
            raise InvalidValue("source_off", source=source.name)
        values = {"is_trial": True, "preview": None} if trial else {"next_at": stored(tx.now)}
        tx.connectors.put(key, **values)
        tx.note(Action.SOURCES_MANAGE, {"source": key, "step": "try" if trial else "run"})

    app.store.write(work, by=asker)


def agree(app: StoreApp, asker: Asker, key: int, digest: str) -> None:
    """Agrees to what a reading gave that was held, by the digest of its courses; it is read again and then written.

    Where the source then has other courses, and still a tenth or less, it is held again. Raises Forbidden, UnknownId,
    InvalidValue('source_not_held') where something else is held by now, or nothing.
    """
    asker.scope(Action.SOURCES_MANAGE)

    def work(tx: Transaction) -> None:
        source = _found(tx, key)
        if source.held is None or source.held.get("digest") != digest:
            raise InvalidValue("source_not_held")
        again = {"next_at": stored(tx.now)} if source.is_on else {}
        tx.connectors.put(key, agreed=digest, held=None, problem=None, **again)
        tx.note(Action.SOURCES_MANAGE, {"source": key, "step": "agree"})

    app.store.write(work, by=asker)


def removable(app: StoreApp, asker: Asker, which: int | str) -> Removable:
    """A source by its key or its name, also a student system, and how many courses would close with it.

    Raises Forbidden, UnknownId.
    """
    asker.scope(Action.SOURCES_MANAGE)
    with app.store.read() as records:
        named = records.sources.named(which) if isinstance(which, str) else None
        source = _there(records, named.key if named else which)
        return Removable(replace(source, token=""), len(_open_until_now(records, source.key)))


def remove(
    app: StoreApp, asker: Asker, key: int, *, close: bool, most: int | None = None, at_once: int = BATCH
) -> Removed:
    """Removes a source with its token, its settings and what its server answered; this cannot be taken back.

    `close`: what it brought and no other source has is closed, `at_once` in a transaction, as one import that can be
    taken back; else all of it stays as it is, and is changed here from now on. Either way it stays known that these
    courses came from elsewhere: they are not given out as ours, and any source may bring them again. A reading that
    goes on writes nothing more. `most`: what was said beforehand; where more would close by now, nothing
    is done. Raises Forbidden, UnknownId, InvalidValue('source_more').
    """
    asker.scope(Action.SOURCES_MANAGE)
    import_id: str | None = None
    closed, is_first, is_last = 0, True, False

    def work(tx: Transaction) -> tuple[str | None, int, bool]:
        source = _there(tx, key)
        left = sorted(_open_until_now(tx, key)) if close else []
        if is_first and most is not None and len(left) > most:
            raise InvalidValue("source_more", source=source.name, count=len(left))
        part, rest = left[:at_once], left[at_once:]
        import_ = import_id
        if part:
            import_ = import_of(tx, import_id, RecordKind.OFFERINGS, None, source.name)
            results = tx.imports.upsert(RecordKind.OFFERINGS, closing(part), import_id=import_, alike=False)
            tx.note(Action.SOURCES_MANAGE, {"source": key, "step": "close", "count": counted(results)["updated"]})
        if rest:
            tx.sources.keep(key, {}, part)
            tx.connectors.put(key, is_on=False, version=source.version + 1, taken_at=None)
            return import_, len(part), False
        tx.sources.keep(key, {}, tx.sources.ids(key))
        tx.source_answers.forget(key)
        tx.connectors.put(key, **_REMOVED, version=source.version + 1, removed_at=stored(tx.now))
        tx.note(Action.SOURCES_MANAGE, {"source": key, "step": "remove"})
        return import_, len(part), True

    while not is_last:
        import_id, count, is_last = app.store.write(work, by=asker)
        closed, is_first = closed + count, False
    return Removed(closed, import_id)


def _open_until_now(records: Records, key: int) -> frozenset[Id]:
    """The courses here that a source had when it was last read, and that no other source has."""
    return frozenset(records.sources.ids(key)) - records.sources.brought(but=key, gone=False)


def _there(records: Records, key: int | str) -> KeptSource:
    """A source that was not removed; a name is the key of none. Raises UnknownId."""
    source = None if isinstance(key, str) else records.connectors.find(key)
    if source is None or source.removed_at is not None:
        raise UnknownId("unknown_source")
    return source


def _found(records: Records, key: int) -> KeptSource:
    """A source of courses. Raises UnknownId."""
    source = _there(records, key)
    if source.form == STUDENTS:
        raise UnknownId("unknown_source")
    return source
