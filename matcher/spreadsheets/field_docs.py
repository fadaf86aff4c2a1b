"""The page docs/columns.md of all fields and their limits, written by `python -m matcher.spreadsheets.field_docs`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from matcher.domain.fields import Field, FieldType, StatedBy
from matcher.domain.records import RecordKind, fields_of
from matcher.locale import say

PAGE = Path(__file__).parents[2] / "docs" / "columns.md"
_INTRO = """# Fields and columns

Written by `python -m matcher.spreadsheets.field_docs` from the table of fields, `matcher/domain/records.py`.
Personal fields are encrypted in a table of their own. What the school alone states, a person cannot correct.
"""
_NUMBERS = {FieldType.WHOLE, FieldType.NUMBER, FieldType.NLQF}


def page() -> str:
    """The text of the page."""
    return "\n".join([_INTRO, *(line for kind in RecordKind for line in _table(kind))])


def _table(kind: RecordKind) -> Iterator[str]:
    yield f"## {kind.value}\n"
    yield "| column | English | type | limits | required | personal | stated by | meaning |"
    yield "|---|---|---|---|---|---|---|---|"
    for field in fields_of(kind):
        if field.header:
            yield f"| {' | '.join(_cells(kind, field))} |"
    yield ""


def _cells(kind: RecordKind, field: Field) -> list[str]:
    meaning = say("en", f"fields.{kind.value}.{field.english}.help")
    stated_by = field.stated_by if kind is RecordKind.ALUMNI else StatedBy.SCHOOL
    return [
        f"`{field.header}`",
        f"`{field.english}`",
        field.type.name.lower().replace("_", " "),
        _limits(field),
        "yes" if field.required else "",
        "yes" if field.personal else "",
        "school" if stated_by is StatedBy.SCHOOL else "person, school",
        meaning.replace("|", "\\|"),
    ]


def _limits(field: Field) -> str:
    if field.words:
        return ", ".join(field.words)
    if field.type in _NUMBERS:
        return f"{field.low:,} to {field.high:,}"
    if field.type in {FieldType.TEXT, FieldType.ID, FieldType.REFERENCE, FieldType.OWNER, FieldType.EMAIL}:
        return f"{field.longest:,} characters"
    return ""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
