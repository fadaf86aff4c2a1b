"""A mapping as a file (TOML) that people can read and change, and the shape of a file under which one is remembered."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from matcher import atomic
from matcher.errors import InvalidValue, UnreadableFile
from matcher.spreadsheets.spellings import key
from matcher.spreadsheets.targets import Guess, Target
from matcher.text import text_hash

LARGEST = 1_000_000
"""Bytes of a file with a mapping."""
_TABLE = "columns"
_SIGN = re.compile(r"[:=]")
"""Between a field and a word: the first one, since a word may hold either."""


def key_of(headers: Sequence[str]) -> str:
    """The shape of a file: a digest of its headers, whatever their order, case, spaces and marks."""
    names = sorted(key(header) for header in headers if key(header))
    return text_hash("\n".join(names))


def name_of(headers: Sequence[str], position: int) -> str:
    """What a column is called in a mapping: its header, or `#3` for the third where it has none of its own."""
    header = headers[position]
    return header if key(header) and headers.count(header) == 1 and not header.startswith("#") else f"#{position + 1}"


def write_mapping(path: Path, guesses: Iterable[Guess]) -> None:
    """Writes what the columns are as TOML, a line each; a comment says how that was found, and what else it could be.

    No cells of the file. Columns that may not be stored stand in comments only. Raises OSError.
    """
    columns = list(guesses)
    headers = [guess.header for guess in columns]
    lines = [f"[{_TABLE}]"]
    for guess in columns:
        name = _quoted(name_of(headers, guess.position))
        if guess.forbidden is not None:
            lines.append(f"# {name}: {guess.forbidden}")
            continue
        others = f"; {', '.join(text_of_target(other) for other in guess.others)}" if guess.others else ""
        lines.append(f"# {guess.how.value} {guess.sure:.2f}{others}")
        lines.append(f"{name} = {_quoted(text_of_target(guess.target))}")
    text = "\n".join(lines) + "\n"
    with atomic.write(path) as file:
        file.write(text.encode())


def read_mapping(path: Path) -> Mapping[str, Target | None]:
    """Target by header (or `#3`); None for a column to leave out. Raises UnreadableFile, InvalidValue."""
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableFile("too_large", file=path.name, most=LARGEST // 1_000_000)
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UnreadableFile("no_such_file", file=path.name) from None
    except OSError as error:
        raise UnreadableFile("cannot_open", file=path.name, problem=error.strerror or "") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        raise InvalidValue("not_a_mapping", file=path.name) from None
    columns = table.get(_TABLE)
    if not isinstance(columns, dict) or not all(isinstance(value, str) for value in columns.values()):
        raise InvalidValue("not_a_mapping", file=path.name)
    return {header: target_of(text) for header, text in columns.items()}


def target_of(text: str) -> Target | None:
    """`aanbod: gastles`, or `aanbod=gastles` as pages and the API write it, as a target; None for an empty text."""
    field, *word = (part.strip() for part in _SIGN.split(text, maxsplit=1))
    return Target(field, "".join(word) or None) if field else None


def text_of_target(target: Target | None) -> str:
    """A target as it stands in a mapping: `aanbod: gastles`; empty for a column to leave out."""
    if target is None:
        return ""
    return target.field if target.word is None else f"{target.field}: {target.word}"


def _quoted(text: str) -> str:
    """A TOML string: JSON's, but for the one control character that JSON leaves as it is, and halves of pairs."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
