"""What the columns of a school's files were taken for, remembered for the next file of that shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcher.domain.records import RecordKind
from matcher.repositories import Records, Transaction
from matcher.spreadsheets.mapping_file import key_of, name_of, target_of, text_of_target
from matcher.spreadsheets.own import OWN, name_in
from matcher.spreadsheets.spellings import key
from matcher.spreadsheets.targets import Guess, How, Target
from matcher.text import text_hash


def remembered(records: Records, school: str, kind: RecordKind, headers: Sequence[str]) -> dict[str, Target | None]:
    """What was kept for files of this shape of the school: target by header (or `#3`), None to leave a column out."""
    kept = records.mappings.find(school, kind.value, key_of(headers))
    names = [name_of(headers, position) for position in range(len(headers))]
    return {name: target_of(kept[digest]) for name in names if (digest := _digest(name)) in kept}


def remember(tx: Transaction, school: str, kind: RecordKind, headers: Sequence[str], guesses: Iterable[Guess]) -> None:
    """Keeps what the columns of a file were taken for, and which a mapping left out; not what stayed unknown.

    Of an own field the name alone: what it holds is kept with the field.
    """
    columns = {
        _digest(name_of(headers, guess.position)): text_of_target(_named_alone(guess.target))
        for guess in guesses
        if guess.forbidden is None and (guess.target is not None or guess.how is How.MAPPING)
    }
    shape = key_of(headers)
    if columns and tx.mappings.find(school, kind.value, shape) != columns:
        tx.mappings.keep(school, kind.value, shape, columns)


def _named_alone(target: Target | None) -> Target | None:
    return target if target is None or target.field != OWN else Target(OWN, name_in(target))


def _digest(name: str) -> str:
    """A header as it is stored: it may be anything, a name too, where a file has no headers."""
    return text_hash(name if name.startswith("#") else key(name))[:24]
