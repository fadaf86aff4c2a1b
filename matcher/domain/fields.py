"""What a field of a record is: its type, limits and words, who may state it, and where it is kept.

Each field is declared once, in the annotation of its record (`matcher.domain.records`). From there follow the column of
its table and its codec (`matcher.store`), its column in spreadsheets (`matcher.spreadsheets`), its limits in the API
(`api.schemas`), whether a person may correct it, and its line in docs/columns.md. Its label, explanation and example
stand in locale/nl/fields.toml and locale/en/fields.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any, get_type_hints

LONGEST_TEXT = 20_000
"""Characters of a text that has no limit of its own."""
LONGEST_ID = 200
LONGEST_ADDRESS = 254
"""Characters of an e-mail address (RFC 5321, 4.5.3.1.3, less the angle brackets)."""


class FieldType(StrEnum):
    """What a field holds and how it is written; the value names the parser of its cells."""

    TEXT = "text"
    ID = "id"
    REFERENCE = "reference"
    """An id that others gave: of a company."""
    OWNER = "owner"
    """The school or provider within which an id is unique."""
    EMAIL = "email"
    PHONE = "phone"
    POSTCODE = "postcode"
    URL = "url"
    CREBO = "crebo"
    PROGRAMME = "programme"
    """A crebo code or the name of a qualification."""
    LANGUAGE = "language"
    WHOLE = "whole"
    NUMBER = "number"
    NLQF = "nlqf"
    """1-8, or 4.5 for 4+."""
    YES_NO = "yes_no"
    DATE = "date"
    PAST_DATE = "past_date"
    """Today or earlier; no field of its own, but a column that goes with another."""
    MEMBER = "word"
    """One member of an enum."""
    SET = "words"
    """Any members of an enum, kept as a mask."""
    DAY_PARTS = "day_parts"
    """A mask of `matcher.domain.day_parts`."""
    SKILLS = "skills"
    LANGUAGES = "languages"
    QUALIFICATIONS = "qualifications"
    MOMENTS = "moments"
    CONSENTS = "consents"
    """The purposes that are consented to, kept in a table of their own."""


_LONGEST = {
    FieldType.ID: LONGEST_ID,
    FieldType.REFERENCE: LONGEST_ID,
    FieldType.OWNER: LONGEST_ID,
    FieldType.EMAIL: LONGEST_ADDRESS,
}
Members = type[StrEnum]
_NOT_A_COLUMN = {FieldType.ID, FieldType.OWNER, FieldType.CONSENTS, FieldType.PAST_DATE}


class StatedBy(StrEnum):
    """Who may state a field: the school alone, or the person too, whose word an import then leaves alone."""

    SCHOOL = "school"
    PERSON = "person"


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of a record, as an annotation says it; `name` and `default` are those of the record.

    `header`: of its column in spreadsheets, Dutch; empty where it has none. `english`: the other name of that column
    and the name in the API. `low` and `high`: the range of a number, both included. `longest`: characters of a text.
    `words`: what spreadsheets write for each member of an enum. `personal`: kept encrypted, in the table of contacts
    or requesters. `quoted`: whether a report of an import may repeat what stands in a cell. `kept_as`: its column, if
    named otherwise. `saved_only`: a question that is not saved does not have it.
    """

    type: FieldType
    header: str = ""
    english: str = ""
    required: bool = False
    low: float = 0
    high: float = 0
    longest: int = 0
    words: Mapping[str, StrEnum] = field(default_factory=dict)
    personal: bool = False
    quoted: bool = True
    stated_by: StatedBy = StatedBy.PERSON
    kept_as: str = ""
    saved_only: bool = False
    name: str = ""
    default: Any = None

    @property
    def is_kept(self) -> bool:
        """Whether the field has a column of its own beside those of key, owner and id."""
        return self.type not in _NOT_A_COLUMN

    @property
    def when_empty(self) -> Any:
        """What is kept where the field says nothing: a number, a yes or no, or None, also for an empty list."""
        return self.default if isinstance(self.default, bool | int | float | str) else None

    @property
    def members(self) -> Members:
        """The enum that the words stand for."""
        return type(next(iter(self.words.values())))


@cache
def declared(record: type) -> tuple[Field, ...]:
    """The fields that the annotations of a dataclass declare, in order; those of a dataclass within it in its place."""
    found: list[Field] = []
    hints = get_type_hints(record, include_extras=True)
    for attribute in fields(record):
        hint = hints[attribute.name]
        if is_dataclass(hint) and isinstance(hint, type):
            found += declared(hint)
            continue
        default = None if attribute.default is MISSING else attribute.default
        for line in getattr(hint, "__metadata__", ()):
            name = line.name or attribute.name
            longest = line.longest or _LONGEST.get(line.type, LONGEST_TEXT)
            english = line.english or name
            found.append(replace(line, name=name, english=english, longest=longest, default=default))
    return tuple(found)
