"""Own fields: what a school keeps of its alumni besides the table of fields, as it names them itself.

They are for lists, segments, exports and rules of a request; never in the texts that are encoded, and none may be about
what the law forbids to keep (`matcher.spreadsheets.forbidden`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from matcher.text import fold

MOST = 10
"""Own fields of one school."""
LONGEST_NAME, LONGEST_VALUE = 50, 500
"""Characters of a name, and of a value."""
MOST_CHOICES = 20
MOST_DEMANDS = 3
"""Own fields that one request may ask for."""
YES, NO = "ja", "nee"
"""How a yes and a no are stored, as spreadsheets write them."""
OWN_PREFIX = "own:"
"""Before the name of an own field where it stands among the other fields of a row to import."""
_SEPARATORS = re.compile(r"[\s_\-]+")
_NOT_IN_A_NAME = frozenset("|=;\n\r\t")


class OwnKind(StrEnum):
    """What an own field holds."""

    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class OwnSpec:
    """What a school says of an own field. `choices`: of a choice, in the order in which they were first seen."""

    name: str
    kind: OwnKind
    personal: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnField:
    """An own field of a school: by random key, with who made it (role) and when (UTC)."""

    key: int
    school: str
    name: str
    kind: OwnKind
    personal: bool
    choices: tuple[str, ...]
    created_at: datetime
    role: str


def own_key(name: str) -> str:
    """The form under which names of own fields are equal."""
    return _SEPARATORS.sub("", fold(name))


def is_name(name: str) -> bool:
    """Whether an own field may be called this, as far as length and signs go."""
    return bool(own_key(name)) and len(name) <= LONGEST_NAME and name.isprintable() and not _NOT_IN_A_NAME & set(name)


def choice_of(choices: Iterable[str], text: str) -> str | None:
    """The choice that a text is, whatever its case, accents and spaces; None for another."""
    sought = fold(text)
    return next((choice for choice in choices if fold(choice) == sought), None)


def value_of(field: OwnField | OwnSpec, text: str) -> str | None:
    """A value as it is stored, from a text of someone who asks for it; None where the field cannot hold it."""
    plain = " ".join(text.split()) if field.kind is not OwnKind.TEXT else text.strip()
    match field.kind:
        case OwnKind.CHOICE:
            return choice_of(field.choices, plain)
        case OwnKind.YES_NO:
            return {"ja": YES, "yes": YES, "nee": NO, "no": NO}.get(fold(plain))
        case OwnKind.TEXT:
            return plain if 0 < len(plain) <= LONGEST_VALUE else None


def own_name(key: int) -> str:
    """What an own field is called among the stored fields of an alumnus."""
    return f"{OWN_PREFIX}{key}"


def demands_in(text: str | None) -> list[tuple[str, str]]:
    """What a request demands: `Hobby = zeilen; Heeft rijbewijs = ja` as names and values; '' where one is missing."""
    parts = (part.partition("=") for part in (text or "").split(";") if part.strip())
    return [(" ".join(name.split()), value.strip()) for name, _, value in parts]


def demands_text(demands: Iterable[tuple[str, str]]) -> str:
    """The inverse of `demands_in`."""
    return "; ".join(f"{name} = {value}" for name, value in demands)


def demanded_of(fields: Iterable[OwnField], text: str | None) -> dict[int, str] | None:
    """What a request demands, by key of the field; None where no one can have it: no such field, or no such value.

    A field that is personal is not for requests: what one demands stands in the pool.
    """
    known = {own_key(field.name): field for field in fields if not field.personal}
    wanted: dict[int, str] = {}
    for name, text_of_value in demands_in(text):
        field = known.get(own_key(name))
        value = None if field is None else value_of(field, text_of_value)
        if field is None or value is None or wanted.setdefault(field.key, value) != value:
            return None
    return wanted


def having(values: Mapping[int, Mapping[int, str]], wanted: Mapping[int, str]) -> list[int]:
    """The alumni, by random key, who have all of the values that are wanted; `values`: what each has, by field."""
    return [alumnus for alumnus, has in values.items() if wanted.items() <= has.items()]
