"""Copies of the database, and back: what alumni took back since stays taken back, and nothing is mailed twice.

A back-up is unpacked where no one uses it, corrected there, and only then takes the place of the database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import cast

from matcher.domain.kinds import Purpose
from matcher.domain.moments import day_in_netherlands
from matcher.domain.records import Alumnus, RecordKind
from matcher.errors import InvalidValue
from matcher.policy import Action, Asker
from matcher.pool.build import texts_of
from matcher.ports import OBJECTS_TO_AFTERCARE, STOPPED, Backups, Copy, TakenBack, Unpacked
from matcher.repositories import Transaction
from matcher.repositories.values import KeptConsent
from matcher.services.app import StoreApp

LAST_BACKUP, LAST_REHEARSAL, LAST_RESTORE = "last_backup", "last_rehearsal", "last_restore"
"""Installation values: JSON with the moment `at` (ISO 8601, UTC), and what was made or done."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did, as counts.

    `erased`: alumni who had been erased since the back-up; `uncertain`: those of them of whom it is not certain that
    the erasure was ever finished. `withdrawn`, `objections`: consents withdrawn and objections made since. `unknown`:
    people erased since, of whom a later import cannot be told. `held`: mail that may have been sent already. `damaged`:
    unreadable lines of the journal. `has_journal`: False where all these could not be known.
    """

    version: str
    alumni: int
    has_journal: bool
    erased: int = 0
    uncertain: int = 0
    withdrawn: int = 0
    objections: int = 0
    unknown: int = 0
    damaged: int = 0
    held: int = 0
    sessions: int = 0
    links: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsed restore showed. `problems`: tables that differ, `log`, `keys`; empty: all is well."""

    problems: tuple[str, ...]
    restored: Restored


def back_up(app: StoreApp, asker: Asker, backups: Backups, target: Path) -> Copy:
    """A consistent copy of the database, while it is in use. A database of an older version is copied as it is.

    Raises Forbidden, ConfigurationError, StoreError, OSError.
    """
    asker.scope(Action.BACKUP_MAKE)
    copy = backups.save(target)
    if copy.is_current:

        def work(tx: Transaction) -> None:
            about = {"version": copy.version, "size": copy.size, "digest": copy.digest}
            tx.installation.replace(LAST_BACKUP, _moment(tx, about))
            tx.note(Action.BACKUP, {"version": copy.version, "size": copy.size})

        app.store.write(work, by=asker)
    return copy


@dataclass(frozen=True, slots=True)
class KeptCopy:
    """A back-up in the folder of back-ups: its file, when it was made (UTC), and its size in bytes."""

    name: str
    at: datetime
    size: int


SUFFIX = ".backup"
"""What the name of a back-up ends with that was made from a page."""
_STAMP = "%Y%m%d-%H%M%S"


def back_up_in(app: StoreApp, asker: Asker, backups: Backups, folder: Path) -> Path:
    """A copy of the database in this folder, which is made if need be, named after the moment. Raises as `back_up`."""
    asker.scope(Action.BACKUP_MAKE)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{app.clock.now().astimezone(UTC):{_STAMP}}{SUFFIX}"
    back_up(app, asker, backups, target)
    return target


def copies(app: StoreApp, asker: Asker, folder: Path) -> list[KeptCopy]:
    """The back-ups in the folder that pages make them in, the newest first; none where it is not there.

    Raises Forbidden.
    """
    del app  # files alone
    asker.scope(Action.BACKUP_MAKE)
    kept = []
    for file in sorted(folder.glob(f"*{SUFFIX}"), reverse=True) if folder.is_dir() else ():
        with suppress(ValueError):  # another file, whose name says no moment
            kept.append(
                KeptCopy(file.name, datetime.strptime(file.stem, _STAMP).replace(tzinfo=UTC), file.stat().st_size)
            )
    return kept


def rehearse(
    app: StoreApp, asker: Asker, backups: Backups, source: Path, *, without_journal: bool = False
) -> Rehearsal:
    """Restores a back-up in a temporary place and compares it; records when, if all was well.

    The database itself gets one line in the log.

    Raises Forbidden, UnreadableFile, ConfigurationError, StoreError.
    """
    asker.scope(Action.BACKUP)
    with backups.unpack(source, apart=True) as place:
        problems = place.verify()
        restored = _settled(place, asker, without_journal=without_journal)

    def work(tx: Transaction) -> None:
        if not problems:
            tx.installation.replace(LAST_REHEARSAL, _moment(tx, {"version": restored.version}))
        tx.note("backup.rehearse", {"version": restored.version, "problems": problems})

    app.store.write(work, by=asker)
    return Rehearsal(tuple(problems), restored)


def restore(
    app: StoreApp,
    asker: Asker,
    backups: Backups,
    source: Path,
    *,
    sure: bool = False,
    without_journal: bool = False,
    keep_version: bool = False,
) -> Restored:
    """Replaces the database by a back-up, in which the erasures, withdrawals and objections since are made again.

    `sure`: also where it holds data. `without_journal`: although what was taken back since is not known.
    `keep_version`: with tables as they were, for the program of that version. The database is not opened before it is
    replaced, so it may be damaged, absent or of any version. Raises Forbidden, InvalidValue('restore_say_yes'),
    UnreadableFile, ConfigurationError, StoreError.
    """
    asker.scope(Action.BACKUP)
    if not sure and backups.holds_data():
        raise InvalidValue("restore_say_yes")
    app.store.close()  # its own idle connections are no other program
    with backups.unpack(source, apart=False) as place:
        problems = place.verify()
        if problems:
            raise InvalidValue("backup_differs", parts=", ".join(problems))
        restored = _settled(place, asker, without_journal=without_journal)
        place.publish(keep_version=keep_version)
    return restored


def _settled(place: Unpacked, asker: Asker, *, without_journal: bool) -> Restored:
    """Corrects an unpacked back-up."""
    taken = TakenBack() if without_journal else place.taken_back()
    unknown = place.bury(taken.tombstones) if taken.tombstones else 0
    _part(place, asker, taken)
    for key in sorted(taken.erased):
        place.store.write(partial(_erase, key=key), by=asker)

    def work(tx: Transaction) -> Restored:
        withdrawn, objections = _take_back(tx, taken)
        tx.newcomers.remove(erased=True)
        tx.talks.end(None)
        tx.uploads.remove(every=True)  # they may hold whoever was erased since, and nothing of them is needed here
        tokens = [token.key for token in tx.tokens.all() if token.revoked_at is None]
        restored = Restored(
            version=place.version,
            alumni=tx.records.count(RecordKind.ALUMNI),
            has_journal=not without_journal,
            erased=len(taken.erased),
            uncertain=taken.uncertain,
            withdrawn=withdrawn,
            objections=objections,
            unknown=unknown,
            damaged=taken.damaged,
            held=tx.outbox.hold(),
            sessions=tx.sessions.close_all(),
            links=tx.links.close_all(),
            tokens=sum(tx.tokens.revoke(key) for key in tokens),
        )
        counts = asdict(restored)
        tx.installation.replace(LAST_RESTORE, _moment(tx, {"version": place.version}))
        tx.note("backup.restore", counts)
        return restored

    return place.store.write(work, by=asker)


def _part(place: Unpacked, asker: Asker, taken: TakenBack) -> None:
    """Makes two of those who are one in the back-up, where one of the two was erased since.

    Whoever was one with someone who is erased goes with that one, and so does whoever is one for good, since the days
    in which a merge can be taken back are over.
    """
    with place.store.read() as records:
        holders = records.merges.holders()
    for key in sorted(key for key in taken.erased if key in holders and holders[key][0] not in taken.erased):
        while place.store.write(partial(_is_apart, key=key), by=asker) is False:
            continue
    with place.store.read() as records:
        holder_of = {key: holder for key, (holder, _) in records.merges.holders().items()}
    gone = holder_of.keys()
    with_them = {holder_of[key] for key in taken.erased & gone} - taken.erased
    surely = {holder_of[key] for key in (taken.erased - taken.unsure) & gone}
    taken.erased |= with_them
    taken.unsure |= with_them - surely
    taken.erased -= gone
    taken.unsure -= gone


def _is_apart(tx: Transaction, key: int) -> bool:
    """Takes the last merge back of whoever has this former key; True once nobody has it."""
    _, newest = tx.merges.holders().get(key, (0, None))
    if newest is None:
        return True
    tx.merges.undo(newest)
    return False


def _erase(tx: Transaction, key: int) -> None:
    alumnus = cast("Alumnus | None", tx.records.by_key(RecordKind.ALUMNI, [key]).get(key))
    if alumnus is not None:
        tx.people.erase(key, tuple(texts_of([alumnus], [])))


CALENDARS = "calendar"
"""In `TakenBack.last_words`, of whoever took a calendar away: those of until that day go."""


def _take_back(tx: Transaction, taken: TakenBack) -> tuple[int, int]:
    """Withdraws and objects again; how many consents, how many objections."""
    withdrawn = objections = 0
    words = _last_words(taken, tx.merges.holders())
    here = tx.records.by_key(RecordKind.ALUMNI, sorted({key for key, _ in words}), consents=False)
    for (key, purpose), since in words.items():
        if key not in here:  # erased, or one with somebody who was
            continue
        if purpose.startswith(STOPPED) or purpose in {CALENDARS, OBJECTS_TO_AFTERCARE}:
            _take_back_other(tx, key, purpose, since)
        elif not purpose:
            objections += tx.consents.set_objection(key, objects=since is not None)
        elif since is not None and any(
            consent.purpose.value == purpose and _stands_since(consent, since) for consent in tx.consents.of(key)
        ):
            tx.consents.state(key, Purpose(purpose), given=False)
            withdrawn += 1
    return withdrawn, objections


def _take_back_other(tx: Transaction, key: int, purpose: str, since: date | None) -> None:
    """Mail that was stopped, calendars that were taken away, and an objection to the register of aftercare.

    Such an objection is for a person to decide on, again if somebody did before. Nothing where it was given again.
    """
    if since is None:
        return
    if purpose == OBJECTS_TO_AFTERCARE:
        tx.aftercare_cases.object(key)
    elif purpose == CALENDARS:
        for calendar in tx.calendars.of(key):
            if day_in_netherlands(calendar.added_at) <= since:
                tx.calendars.remove(key, calendar.key)
    else:
        tx.mail_stops.add(key, purpose.removeprefix(STOPPED))


def _last_words(taken: TakenBack, holders: Mapping[int, tuple[int, str | None]]) -> dict[tuple[int, str], date | None]:
    """The last words by the alumni of now: of those who are one any no counts, the latest."""
    words = {name: since for name, since in taken.last_words.items() if name[0] not in holders}
    for (key, purpose), since in taken.last_words.items():
        if key in holders and since is not None:
            name = (holders[key][0], purpose)
            words[name] = max(since, words.get(name) or since)
    return words


def _stands_since(consent: KeptConsent, withdrawn_on: date) -> bool:
    """Whether a consent is in force that was withdrawn on a day; not one that was given again on a later day.

    An import gives consent again without a line in the journal, and only with a later day.
    """
    return consent.withdrawn_on is None and (consent.given_on is None or consent.given_on <= withdrawn_on)


def _moment(tx: Transaction, about: Mapping[str, object]) -> str:
    return json.dumps({"at": tx.now.isoformat(timespec="seconds"), **about})
