"""Which column of a school's file is which field: looked at before an import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from matcher.domain.records import RecordKind
from matcher.policy import Action, Asker
from matcher.services.app import StoreApp
from matcher.services.kept_columns import remembered
from matcher.services.own_columns import fields_of_school
from matcher.spreadsheets.mapping import recognise, recogniser, share_known
from matcher.spreadsheets.reader import with_own_names
from matcher.spreadsheets.tables import find_table
from matcher.spreadsheets.targets import Block, Guess, Wishes


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
        own = fields_of_school(records, owner, kind)
    guesses = with_own_names(kind, recognise(kind, block, wishes=wishes, kept=kept, own=own))
    return Columns(block, guesses, share_known(guesses))
