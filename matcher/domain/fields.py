"""What can be said of a field of a record: type, limits, words, source, and storage.

Each field is declared once, in an annotation of its record (`matcher.domain.records`). From it follow the column of its
table and its codec (`matcher.store`), its column in spreadsheets (`matcher.spreadsheets`), its limits in the API
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
    """An id issued elsewhere, such as that of a company."""
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
    """Today or earlier. Not a field, but a column of the spreadsheet that qualifies another column."""
    MEMBER = "word"
    """One member of an enum."""
    SET = "words"
    """Any members of an enum, stored as a bit mask."""
    DAY_PARTS = "day_parts"
    """A bit mask of `matcher.domain.day_parts`."""
    SKILLS = "skills"
    LANGUAGES = "languages"
    QUALIFICATIONS = "qualifications"
    MOMENTS = "moments"
    CONSENTS = "consents"
    """The purposes consented to, in a table of their own."""
    WITHDRAWALS = "withdrawals"
    """Consents that were taken back, and an objection, with their days: a column of the spreadsheet, and no field."""


_LONGEST = {
    FieldType.ID: LONGEST_ID,
    FieldType.REFERENCE: LONGEST_ID,
    FieldType.OWNER: LONGEST_ID,
    FieldType.EMAIL: LONGEST_ADDRESS,
}
Members = type[StrEnum]
_NOT_A_COLUMN = {FieldType.ID, FieldType.OWNER, FieldType.CONSENTS, FieldType.PAST_DATE, FieldType.WITHDRAWALS}


class StatedBy(StrEnum):
    """Whether only the school may state a field, or the person too. An import keeps what a person stated."""

    SCHOOL = "school"
    PERSON = "person"


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of a record, as declared in an annotation; `name` and `default` come from the record.

    `header`: the Dutch header of its column in spreadsheets; empty if it has none. `english`: the English header, and
    the name in the API. `low` and `high`: the range of a number, both included. `longest`: characters of a text.
    `words`: what spreadsheets write for each member of an enum. `personal`: stored encrypted, in the table of
    contacts or requesters. `quoted`: whether an import report may repeat the content of a cell. `kept_as`: the name of
    its database column, if different. `saved_only`: absent from a query that is not saved.
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
        """Whether the field has a database column of its own, next to those of key, owner and id."""
        return self.type not in _NOT_A_COLUMN

    @property
    def when_empty(self) -> Any:
        """What the database holds for an empty field: a scalar default; otherwise None, as for an empty list."""
        return self.default if isinstance(self.default, bool | int | float | str) else None

    @property
    def members(self) -> Members:
        """The enum whose members the words stand for."""
        return type(next(iter(self.words.values())))


@cache
def declared(record: type) -> tuple[Field, ...]:
    """The fields that a dataclass declares in its annotations, in order, with those of nested dataclasses in place."""
    result: list[Field] = []
    hints = get_type_hints(record, include_extras=True)
    for attribute in fields(record):
        hint = hints[attribute.name]
        if is_dataclass(hint) and isinstance(hint, type):
            result += declared(hint)
            continue
        default = None if attribute.default is MISSING else attribute.default
        for annotation in getattr(hint, "__metadata__", ()):
            name = annotation.name or attribute.name
            longest = annotation.longest or _LONGEST.get(annotation.type, LONGEST_TEXT)
            english = annotation.english or name
            result.append(replace(annotation, name=name, english=english, longest=longest, default=default))
    return tuple(result)
