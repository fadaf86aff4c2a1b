"""One field of an alumnus as text in a form, written and read as a cell of a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from matcher.domain.fields import FieldType, StatedBy
from matcher.domain.records import RecordKind, fields_of
from matcher.errors import InvalidValue
from matcher.spreadsheets.cells import CellProblem, parse
from matcher.spreadsheets.columns import Column, columns_of
from matcher.spreadsheets.withheld import BSN, is_refused
from matcher.spreadsheets.writer import cell_of, decimal_text


@cache
def correctable() -> Mapping[str, Column]:
    """The columns of the fields that an alumnus may state, by field."""
    own = {field.name for field in fields_of(RecordKind.ALUMNI) if field.stated_by is StatedBy.PERSON}
    return {column.field: column for column in columns_of(RecordKind.ALUMNI) if column.field in own}


def column_of(field: str) -> Column:
    """The column of a correctable field. Raises InvalidValue('not_a_field')."""
    column = correctable().get(field)
    if column is None:
        raise InvalidValue("not_a_field", value=field[:40], choices=list(correctable()))
    return column


@cache
def _columns(kind: RecordKind) -> Mapping[str, Column]:
    return {column.field: column for column in columns_of(kind)}


def value_in(kind: RecordKind, field: str, text: str) -> object:
    """The value that a text states for a field of any record; None for an empty text.

    Raises InvalidValue with the code of what is wrong with the text, and KeyError for no field.
    """
    return _parsed(_columns(kind)[field], text)


def text_in(kind: RecordKind, field: str, value: object) -> str:
    """A value of a field of any record, as `value_in` reads it."""
    return _text(_columns(kind)[field], value)


def choices_in(kind: RecordKind, field: str) -> tuple[str, ...]:
    """The words that a field may hold, where it is one of a few; empty for others."""
    column = _columns(kind)[field]
    if column.cell is FieldType.YES_NO:
        return tuple(_text(column, answer) for answer in (True, False))
    return tuple(column.words) if column.cell is FieldType.MEMBER else ()


def is_day(kind: RecordKind, field: str) -> bool:
    """Whether a field holds a day, which a text in a form writes as 2027-03-01."""
    return _columns(kind)[field].cell is FieldType.DATE


def value_of(field: str, text: str) -> object:
    """The value that a text states for a field; None where it clears it.

    Raises InvalidValue('not_a_field'), or with the code of what is wrong with the text.
    """
    return _parsed(column_of(field), text)


def _parsed(column: Column, text: str) -> object:
    if is_refused(column, text):
        raise InvalidValue(BSN)
    try:
        return parse(column, text.strip(), []) if text.strip() else None
    except CellProblem as problem:
        raise InvalidValue(problem.code, **problem.values) from None


def text_of(field: str, value: object) -> str:
    """A value as `value_of` reads it: sent back unchanged, it changes nothing. Raises InvalidValue('not_a_field')."""
    return _text(column_of(field), value)


def _text(column: Column, value: object) -> str:
    written = cell_of(value, column)
    if isinstance(written, float):
        return decimal_text(written)
    return "" if written is None else str(written)
