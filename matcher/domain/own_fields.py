"""Own fields: what a school keeps of its alumni besides the table of fields, as it names them itself.

They are for lists, segments, exports and rules of a request; never in the texts that are encoded, and none may be about
what the law forbids to keep (`matcher.spreadsheets.forbidden`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from matcher.text import fold

MOST = 10
"""Own fields of one school."""
LONGEST_NAME, LONGEST_VALUE = 50, 500
"""Characters of a name, and of a value."""
MOST_CHOICES = 20
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
