"""The log: read, searched and verified."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from matcher.domain.ledger import Deviation
from matcher.domain.moments import aware, day_in_netherlands
from matcher.domain.records import Record, RecordKind
from matcher.errors import UnknownId
from matcher.policy import Action, Asker, Role
from matcher.repositories import Records, Transaction
from matcher.repositories.values import NOBODY, LogEntry, Verdict
from matcher.services import lookup
from matcher.services.app import StoreApp

_PAGE = 500
_NAMING = ("alumnus", "query", "request", "offering", "candidate")
"""The details that name one record."""
_LISTING = (Action.MATCH.value, Action.PLAN.value)
_ASKING = frozenset({Action.INVITE.value, "invite.wait", "invite.propose"})
"""The actions that rest on a list in which the alumnus was."""
MOST_READ = 10_000
"""How many entries a search reads at most; it says from where it can go on."""
LAST_CHECK = "last_check"
"""The installation value of the last check of the log: JSON with `at` (ISO 8601, UTC), `entries` and `wrong`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: by role, by action, of some days (both included), about an alumnus by number; all if empty."""

    role: Role | None = None
    action: str = ""
    since: date | None = None
    until: date | None = None
    alumnus_id: str = ""

    def fits(self, entry: LogEntry) -> bool:
        """Whether an entry is wanted; of the alumnus nothing is looked at."""
        day = day_in_netherlands(aware(entry.at))
        return (
            (self.role is None or entry.role == self.role.value)
            and (not self.action or entry.action == self.action)
            and (self.since is None or day >= self.since)
            and (self.until is None or day <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Entries, the newest first, and the number below which a search goes on; None where there is nothing left."""

    entries: tuple[LogEntry, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class Behind:
    """The list from which an alumnus was asked: its number in the log, the place of the alumnus (from 1), of how many.

    `plan`: it is the list of a request in a plan.
    """

    number: int
    place: int
    of: int
    plan: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry, and of the records that it names those that are there still and may be seen, by random key.

    `erased`: how many alumni of its list were erased; `elsewhere`: how many are of other schools. `behind`: the list
    from which an alumnus was asked, where the log has it. `source`: the name of the source of courses, empty for none.
    """

    entry: LogEntry
    alumni: Mapping[int, Record] = field(default_factory=dict)
    requests: Mapping[int, Record] = field(default_factory=dict)
    offerings: Mapping[int, Record] = field(default_factory=dict)
    erased: int = 0
    elsewhere: int = 0
    behind: Behind | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """When the log was last checked (UTC), how many entries it had, and the first that was wrong; None for none."""

    at: datetime
    entries: int
    wrong: int | None


def page(
    app: StoreApp, asker: Asker, *, school: str | None = None, before: int | None = None, limit: int = 100
) -> list[LogEntry]:
    """The newest entries first, of the asker's school or the named one; `before`: only lower numbers.

    Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.AUDIT_READ, school)
    with app.store.read() as records:
        return records.audit.page(owner, before=before, limit=limit)


def whole(app: StoreApp, asker: Asker, *, school: str | None = None) -> Iterator[LogEntry]:
    """Every entry with the alumni that it names, the newest first, as they were when the first was read.

    Of the asker's school or the named one. Close the iterator if you stop early. Raises Forbidden, UnknownId.
    """
    owner = asker.owner(Action.AUDIT_READ, school)
    return _whole(app, owner)


def _whole(app: StoreApp, owner: str | None) -> Iterator[LogEntry]:
    with app.store.read() as records:
        for entries in _pages(records, owner, people=True):
            yield from entries


def _pages(
    records: Records, owner: str | None, before: int | None = None, *, people: bool = False
) -> Iterator[list[LogEntry]]:
    """The entries below a number, or all, in parts, the newest first; with `people` with the alumni of each."""
    while entries := records.audit.page(owner, before=before, limit=_PAGE, people=people):
        yield entries
        before = entries[-1].id


def verify(app: StoreApp, asker: Asker, known: tuple[int, str] | None = None) -> Verdict:
    """Recomputes every seal: what, if anything, was changed, added, removed or cut off. Raises Forbidden.

    `known`: number and digest (or its beginning) of an entry as it was kept elsewhere.
    """
    asker.scope(Action.AUDIT_READ)
    with app.store.read() as records:
        return records.audit.verify(known)


def search(
    app: StoreApp,
    asker: Asker,
    wanted: Wanted,
    *,
    before: int | None = None,
    limit: int = 50,
    school: str | None = None,
) -> Found:
    """Entries that are wanted, of the asker's school or the named one, the newest first, with numbers below `before`.

    At most MOST_READ are read at a time. Raises Forbidden; UnknownId for an alumnus whom the asker may not know.
    """
    owner = asker.owner(Action.AUDIT_READ, school)
    with app.store.read() as records:
        found: list[LogEntry] = []
        read = 0
        for entries in _parts(records, owner, wanted, before):
            for entry in entries:
                if wanted.since is not None and day_in_netherlands(aware(entry.at)) < wanted.since:
                    return Found(tuple(found), None)
                if wanted.fits(entry):
                    found.append(entry)
                if len(found) == limit:
                    return Found(tuple(found), entry.id)
            read += len(entries)
            if read >= MOST_READ:
                return Found(tuple(found), entries[-1].id)
    return Found(tuple(found), None)


def _parts(records: Records, owner: str | None, wanted: Wanted, before: int | None) -> Iterator[list[LogEntry]]:
    """Entries in parts, the newest first: those about one alumnus are one part."""
    if not wanted.alumnus_id.strip():
        yield from _pages(records, owner, before)
        return
    number = records.merges.number_of(owner, wanted.alumnus_id.strip()) if owner else None
    person = lookup.only(records, "alumnus", number or wanted.alumnus_id, owner)
    yield [entry for entry in records.audit.about(person.key) if before is None or entry.id < before]


def actions(app: StoreApp, asker: Asker) -> list[str]:
    """The actions that the log holds, by name. Raises Forbidden."""
    asker.scope(Action.AUDIT_READ)
    with app.store.read() as records:
        return sorted(records.audit.count_actions())


def entry(app: StoreApp, asker: Asker, number: int) -> Shown:
    """One entry, with the numbers and titles of what it names. Raises Forbidden, UnknownId for one of others."""
    owner = asker.owner(Action.AUDIT_READ)
    with app.store.read() as records:
        one = _seen(records, owner, number)
        keys = {key for key, _ in pairs_of(one) if isinstance(key, int)} | set(one.people)
        keys |= {one.details[name] for name in _NAMING if isinstance(one.details.get(name), int)}
        alumni = records.records.by_key(RecordKind.ALUMNI, sorted(keys), consents=False)
        requests = records.records.by_key(RecordKind.REQUESTS, sorted(keys), consents=False)
        offerings = records.records.by_key(RecordKind.OFFERINGS, sorted(keys), consents=False)
        whole = records.audit.entry(number)
        behind = _behind(records, owner, one)
        key = one.details.get("source")
        source = records.connectors.find(key) if isinstance(key, int) else None
    mine = {key: record for key, record in alumni.items() if owner is None or getattr(record, "school", "") == owner}
    listed = [key for key, _ in pairs_of(whole or one)]
    erased = listed.count(NOBODY)
    elsewhere = len(listed) - erased - sum(key in mine or key in requests or key in offerings for key in listed)
    return Shown(one, mine, requests, offerings, erased, elsewhere, behind, source.name if source else "")


def pairs_of(one: LogEntry) -> list[tuple[int | str, float]]:
    """Key, or NOBODY, and score of what a ranking showed, in its order; empty for any other entry."""
    shown = one.details.get("shown")
    return [(pair[0], pair[1]) for pair in shown] if isinstance(shown, list) else []


def _behind(records: Records, owner: str | None, one: LogEntry) -> Behind | None:
    """The newest list for the same request, from before this entry, in which its alumnus was shown.

    A plan only where the invitation says that it is from one, or where there is no other list.
    """
    alumnus, query = one.details.get("alumnus"), one.details.get("query")
    if one.action not in _ASKING or not isinstance(alumnus, int):
        return None
    planned = one.details.get("reason") == Deviation.PLAN.value
    lists = [
        entry
        for entry in records.audit.about(alumnus, actions=_LISTING)
        if entry.id < one.id and entry.details.get("query") == query and owner in {None, entry.school}
    ]
    for action in reversed(_LISTING) if planned else _LISTING:
        for entry in lists:
            keys = [key for key, _ in pairs_of(entry)]
            if entry.action == action and alumnus in keys:
                return Behind(entry.id, keys.index(alumnus) + 1, len(keys), action == Action.PLAN.value)
    return None


def _seen(records: Records, owner: str | None, number: int) -> LogEntry:
    """The entry with this number, as far as whoever sees the log of `owner` sees it. Raises UnknownId."""
    newest = records.audit.page(owner, before=number + 1, limit=1, people=True)
    if not newest or newest[0].id != number:
        raise UnknownId("unknown_entry", number=number)
    return newest[0]


def check(app: StoreApp, asker: Asker) -> Verdict:
    """Recomputes every seal as `verify` does, and keeps when that was and what came of it. Raises Forbidden."""
    verdict = verify(app, asker)

    def work(tx: Transaction) -> None:
        told = {"at": aware(tx.now).isoformat(), "entries": verdict.entries, "wrong": verdict.wrong}
        tx.installation.replace(LAST_CHECK, json.dumps(told))
        tx.note("audit.check", {"entries": verdict.entries, "wrong": verdict.wrong})

    app.store.write(work, by=asker)
    return verdict


def last_check(app: StoreApp, asker: Asker) -> Checked | None:
    """What came of the last check; None before the first. Raises Forbidden."""
    asker.scope(Action.AUDIT_READ)
    with app.store.read() as records:
        kept = records.installation.get(LAST_CHECK)
    if kept is None:
        return None
    told = json.loads(kept)
    return Checked(datetime.fromisoformat(told["at"]), told["entries"], told["wrong"])
