"""The journal of what alumni took back: a file apart from the database, so that a restored back-up forgets it again.

One JSON object a line, only ever added to, each flushed to disk before the database commits:

    {"key": "..."}                                   the secret of the digests that follow, once
    {"at": "...", "batch": "...", "key": "...", "acts": [...]}    what a transaction is about to commit
    {"batch": "...", "done": true}                   it was committed; false: it was not

An act is `["erase", who, [digests]]`, `["consent", who, purpose, withdrawn, day]`, `["objection", who, objects, day]`,
`["stop", who, scope, stopped, day]` (mail), `["calendar", who, removed, day]` or `["aftercare", who, objects, day]`.
`who` is a keyed digest of the random
key of an alumnus and `digests` are those of tombstones, so the file names no one; whoever has it could still test a
guess, as with the database itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from matcher.errors import ConfigurationError, StoreUnavailable
from matcher.ports import OBJECTS_TO_AFTERCARE, STOPPED, TakenBack

ERASE, CONSENT, OBJECTION, STOP, CALENDAR = "erase", "consent", "objection", "stop", "calendar"
AFTERCARE = "aftercare"


@dataclass(frozen=True, slots=True)
class Act:
    """What a transaction takes back for one alumnus, by random key.

    `what`: ERASE, CONSENT, OBJECTION, STOP, CALENDAR or AFTERCARE. `holds`: whether the consent is withdrawn, whether
    the alumnus objects (to all ranking, or to the register of aftercare), or whether mail is stopped; always of a
    calendar that is taken away. `purpose`: of a consent, or what the mail is about.
    `digests`: of an erasure, those of its tombstones.
    """

    what: str
    key: int
    purpose: str = ""
    holds: bool = True
    digests: tuple[str, ...] = ()


@dataclass
class _Batch:
    key: str
    acts: Sequence[Any]
    done: bool | None = None


@dataclass
class _Content:
    """The file as read: by batch in the order in which each was announced last, and what could not be read."""

    keys: dict[str, str] = field(default_factory=dict)
    batches: dict[str, _Batch] = field(default_factory=dict)
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class _Seen:
    """Which file it is (device and number), and its size in bytes."""

    file: tuple[int, int]
    size: int


class Journal:
    """A file of its own. Nothing is opened before the first use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: tuple[frozenset[str], _Seen] | None = None
        """The fingerprints of the secrets in the file when it was read last, and the file just before."""

    def begin(self, secret: str | None) -> None:
        """Makes the file if there is none, so that one that is lost can be told from one without lines.

        `secret`: of the digests to come; None where the database has none yet. Raises StoreUnavailable.
        """
        self._append([] if secret is None else self._new_key(secret))

    def announce(self, batch: str, secret: str, acts: Sequence[Act], at: datetime) -> None:
        """Writes what is about to be committed, and returns when it is on disk. Raises StoreUnavailable.

        A batch that is announced again, because its transaction was tried again, replaces the earlier one and is open
        again: a back-up in between may have settled it.
        """
        written = [_written(secret, act, at) for act in acts]
        moment = at.isoformat(timespec="seconds")
        self._append(
            [
                *self._new_key(secret),
                {"at": moment, "batch": batch, "key": _fingerprint(secret), "acts": written},
            ]
        )

    def settle(self, batch: str, *, done: bool) -> None:
        """Writes whether an announced batch was committed. Raises StoreUnavailable."""
        self._append([{"batch": batch, "done": done}])

    def has_open(self) -> bool:
        """Whether a batch is not settled: its transaction is at work, or its process stopped around the commit."""
        return any(batch.done is None for batch in self._read(missing_is_empty=True).batches.values())

    def settle_open(self, keys: Collection[int]) -> None:
        """Settles the batches of processes that stopped around their commit, by the alumni (random keys) that exist.

        Without an erasure it cannot be seen what became of one: what it takes back counts, what it gives does not. To
        be called while no other transaction can commit. Raises StoreUnavailable.
        """
        content = self._read(missing_is_empty=True)
        unsettled = {name: batch for name, batch in content.batches.items() if batch.done is None}
        if not unsettled:
            return
        existing = _by_digest(content.keys.values(), keys)
        for name, batch in unsettled.items():
            erased = [act[1] for act in batch.acts if act[0] == ERASE]
            takes_back = any(act[-2] for act in batch.acts if act[0] != ERASE)
            self.settle(name, done=existing.keys().isdisjoint(erased) if erased else takes_back)

    def taken_back(self, keys: Collection[int], secret: str | None = None) -> TakenBack:
        """What the alumni with these random keys took back, by the last word on each.

        What a batch that was never settled takes back counts: its alumnus asked for it, and all but the commit had
        succeeded. What it gives does not: that would undo what was taken back before. Raises
        ConfigurationError('journal_missing') if there is no file, and ConfigurationError('journal_foreign') if it has
        not the `secret` of the back-up: one that was emptied, or of another installation.
        """
        content = self._read()
        if secret is not None and _fingerprint(secret) not in content.keys:
            raise ConfigurationError("journal_foreign", file=str(self.path))
        by_digest = _by_digest(content.keys.values(), keys)
        result = TakenBack(damaged=content.damaged)
        for batch in content.batches.values():
            if batch.done is False:
                continue
            for act in batch.acts:
                _apply(act, batch, content, by_digest, result)
        return result

    def _new_key(self, secret: str) -> list[Mapping[str, object]]:
        """The line of a secret that the file has not yet. A file that only grew since it had it is not read again.

        All other writers wait meanwhile, and the file grows for ever.
        """
        name, seen = _fingerprint(secret), _seen(self.path)
        if self._known is not None and seen is not None:
            names, before = self._known
            if name in names and before.file == seen.file and before.size <= seen.size:
                return []
        return [] if name in self._read(missing_is_empty=True).keys else [{"key": secret}]

    def _read(self, *, missing_is_empty: bool = False) -> _Content:
        content, seen = _Content(), _seen(self.path)
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            if missing_is_empty:
                return content
            raise ConfigurationError("journal_missing", file=str(self.path)) from None
        except OSError as error:
            raise _unusable(self.path, error) from None
        for line in lines:
            try:
                _take(json.loads(line), content)
            except (ValueError, TypeError, KeyError, AttributeError):
                content.damaged += bool(line.strip())
        self._known = None if seen is None else (frozenset(content.keys), seen)
        return content

    def _append(self, lines: Sequence[Mapping[str, object]]) -> None:
        data = "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines).encode()
        try:
            is_new = not self.path.exists()
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)  # several processes write whole lines
                if _is_cut_off(file):
                    data = b"\n" + data
                _write_all(file, data)
                os.fsync(file)
            finally:
                os.close(file)
            if is_new:
                _sync_folder(self.path.parent)
        except OSError as error:
            raise _unusable(self.path, error) from None


def new_batch() -> str:
    """The random name of a batch."""
    return secrets.token_hex(8)


def _unusable(path: Path, error: OSError) -> StoreUnavailable:
    return StoreUnavailable("journal_unusable", file=str(path), problem=error.strerror or type(error).__name__)


def _seen(path: Path) -> _Seen | None:
    """The file now; None where there is none, or where reading it will tell what is wrong with it."""
    with suppress(OSError):
        found = path.stat()
        return _Seen((found.st_dev, found.st_ino), found.st_size)
    return None


def _is_cut_off(file: int) -> bool:
    """Whether the last line has no end, since the process that wrote it stopped."""
    size = os.fstat(file).st_size
    return size > 0 and os.pread(file, 1, size - 1) != b"\n"


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _fingerprint(secret: str) -> str:
    return hashlib.sha256(b"journal" + secret.encode()).hexdigest()[:16]


def _who(secret: str, key: int) -> str:
    return hmac.new(secret.encode(), f"key\0{key}".encode(), hashlib.sha256).hexdigest()


def _by_digest(secrets_: Collection[str], keys: Collection[int]) -> dict[str, int]:
    return {_who(secret, key): key for secret in secrets_ for key in keys}


def _written(secret: str, act: Act, at: datetime) -> list[object]:
    who, day = _who(secret, act.key), at.date().isoformat()
    if act.what == ERASE:
        return [ERASE, who, sorted(act.digests)]
    if act.what in {CONSENT, STOP}:
        return [act.what, who, act.purpose, act.holds, day]
    return [act.what, who, act.holds, day]


def _take(line: dict[str, Any], content: _Content) -> None:
    """Adds a line to the content. Raises KeyError, TypeError, AttributeError for one that is not as written here."""
    if "acts" in line:
        acts = [tuple(act) for act in line["acts"]]
        if any(act[0] not in {ERASE, CONSENT, OBJECTION, STOP, CALENDAR, AFTERCARE} for act in acts):
            raise KeyError(line["batch"])
        content.batches.pop(line["batch"], None)  # tried again: later than others, and open whatever was settled
        content.batches[line["batch"]] = _Batch(line["key"], acts)
    elif "done" in line:
        content.batches[line["batch"]].done = bool(line["done"])
    else:
        content.keys[_fingerprint(line["key"])] = line["key"]


def _apply(
    act: Sequence[Any], batch: _Batch, content: _Content, by_digest: Mapping[str, int], result: TakenBack
) -> None:
    what, who, *rest = act
    key = by_digest.get(who)
    if what == ERASE:
        result.tombstones.setdefault(content.keys.get(batch.key, ""), set()).update(rest[0])
        if key is not None:
            result.erased.add(key)
            result.unsure |= {key} if batch.done is None else set()
    elif key is not None:
        purposes = {STOP: f"{STOPPED}{rest[0]}", CALENDAR: CALENDAR, CONSENT: rest[0], AFTERCARE: OBJECTS_TO_AFTERCARE}
        change = (key, purposes.get(what, ""))
        holds, day = rest[-2:]
        if not (holds or batch.done):
            return
        result.last_words[change] = date.fromisoformat(day) if holds else None
