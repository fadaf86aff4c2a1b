"""Which column of a school's file is which field: looked at before an import, and remembered for the next one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.domain.records import RecordKind
from matcher.policy import Action, Asker
from matcher.repositories import Records, Transaction
from matcher.services.app import StoreApp
from matcher.spreadsheets.spellings import key
from matcher.spreadsheets.mapping import key_of, name_of, recognise, recogniser, share_known
from matcher.spreadsheets.mapping_file import target_of, text_of_target
from matcher.spreadsheets.tables import find_table
from matcher.spreadsheets.targets import Block, Guess, How, Target, Wishes


@dataclass(frozen=True, slots=True)
class Columns:
    """The table of a file and one guess for each of its columns; `known`: which share of them is recognised (0-1)."""

    block: Block
    guesses: tuple[Guess, ...]
    known: float


def look(
    app: StoreApp,
    asker: Asker,
    path: Path,
    kind: RecordKind,
    *,
    school: str | None = None,
    wishes: Wishes | None = None,
) -> Columns:
    """What the columns of a file are: as whoever imports says, else as remembered, else as recognised.

    Raises Forbidden, UnreadableFile, MissingColumns, InvalidValue, StoreError.
    """
    owner = asker.owner(Action.IMPORT, school)
    wishes = wishes or Wishes()
    block = find_table(path, recogniser(kind), sheet=wishes.sheet)
    with app.store.read() as records:
        kept = remembered(records, owner or "", kind, block.headers)
    guesses = recognise(kind, block, wishes=wishes, kept=kept)
    return Columns(block, guesses, share_known(guesses))


def remembered(records: Records, school: str, kind: RecordKind, headers: Sequence[str]) -> dict[str, Target | None]:
    """What was kept for files of this shape of the school: target by header (or `#3`), None to leave a column out."""
    kept = records.mappings.find(school, kind.value, key_of(headers))
    names = [name_of(headers, position) for position in range(len(headers))]
    return {name: target_of(kept[_digest(name)]) for name in names if _digest(name) in kept}


def remember(tx: Transaction, school: str, kind: RecordKind, headers: Sequence[str], guesses: Iterable[Guess]) -> None:
    """Keeps what the columns of a file were taken for, and which a mapping left out; not what stayed unknown."""
    columns = {
        _digest(name_of(headers, guess.position)): text_of_target(guess.target)
        for guess in guesses
        if guess.forbidden is None and (guess.target is not None or guess.how is How.MAPPING)
    }
    shape = key_of(headers)
    if columns and tx.mappings.find(school, kind.value, shape) != columns:
        tx.mappings.keep(school, kind.value, shape, columns)


def _digest(name: str) -> str:
    """A header as it is stored: it may be anything, a name too, where a file has no headers."""
    spelled = name if name.startswith("#") else key(name)
    return hashlib.sha256(spelled.encode("utf-8", "replace")).hexdigest()[:24]
