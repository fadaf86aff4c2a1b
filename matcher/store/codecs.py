"""Conversion between the fields of a record and the columns of its table."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import Column, Table

from matcher.domain.fields import Field, FieldType
from matcher.domain.kinds import mask_of, members_of
from matcher.domain.records import (
    Alumnus,
    Contact,
    Moment,
    Offering,
    Pathway,
    Qualification,
    Record,
    RecordKind,
    Request,
    fields_of,
)
from matcher.store import schema

LARGEST = 2**31
"""Integers must be smaller than this in absolute value, so that every database can store them."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How a field is stored: `encode` takes a value other than None, `decode` a stored one (if None, it is used as is).

    `cleared` is stored for None; a `required` field cannot be None.
    """

    encode: Callable[[Any], object]
    decode: Callable[[Any], object] | None = None
    cleared: object = None
    required: bool = False


def clean(value: str) -> str:
    """The text in storable form: NUL characters are removed, lone surrogates replaced."""
    if value.isascii():
        return value.replace("\0", "") if "\0" in value else value
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _dump_words(words: Iterable[str]) -> str | None:
    listed = [encode_basestring(clean(word)) for word in words]  # json.dumps makes an encoder for each list
    return f"[{','.join(listed)}]" if listed else None


@lru_cache(maxsize=4096)
def load_words(stored: str | None) -> tuple[str, ...]:
    """A list of words from its stored form."""
    return tuple(json.loads(stored)) if stored else ()


def _dump_qualifications(qualifications: Iterable[Qualification]) -> str | None:
    listed = [_dump_qualification(one) for one in qualifications]
    return f"[{','.join(listed)}]" if listed else None


@lru_cache(maxsize=4096)
def _dump_qualification(one: Qualification) -> str:
    return _dump([one.crebo, clean(one.name) if one.name is not None else None, one.level, one.pathway, one.year])


@lru_cache(maxsize=4096)
def _qualification(
    crebo: str | None, name: str | None, level: int | None, pathway: str | None, year: int | None
) -> Qualification:
    return Qualification(crebo, name, level, Pathway(pathway) if pathway else None, year)


def load_qualifications(stored: str | None) -> tuple[Qualification, ...]:
    """Qualifications from their stored form."""
    return tuple(_qualification(*parts) for parts in json.loads(stored)) if stored else ()


def _dump_moments(moments: Iterable[Moment]) -> str | None:
    listed = [[moment.start.isoformat(), moment.end.isoformat()] for moment in moments]
    return _dump(listed) if listed else None


def _load_moments(stored: str | None) -> tuple[Moment, ...]:
    pairs = json.loads(stored) if stored else []
    return tuple(Moment(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in pairs)


def _whole(value: int) -> int:
    if abs(value) >= LARGEST:
        msg = "a number beyond 32 bits"
        raise ValueError(msg)
    return int(value)


def _number(value: float) -> float:
    if not math.isfinite(value):
        msg = "a number that is not finite"
        raise ValueError(msg)
    return float(value)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _member(members: type[StrEnum]) -> Codec:
    by_code: dict[str | None, object] = {None: None, **{member.value: member for member in members}}
    return Codec(lambda value: members(value).value, by_code.__getitem__)


def _set_of(members: Any) -> Codec:
    @cache
    def decode(mask: int | None) -> object:
        return None if mask is None else frozenset(members_of(members, mask))

    return Codec(lru_cache(maxsize=4096)(mask_of), decode)


TEXT = Codec(clean)
_WORDS = Codec(_dump_words, load_words)
_BY_TYPE: Mapping[FieldType, Codec] = {
    FieldType.WHOLE: Codec(_whole),
    FieldType.DAY_PARTS: Codec(_whole),
    FieldType.NUMBER: Codec(_number),
    FieldType.NLQF: Codec(_number),
    FieldType.YES_NO: Codec(bool),
    FieldType.DATE: Codec(_day),
    FieldType.SKILLS: _WORDS,
    FieldType.LANGUAGES: _WORDS,
    FieldType.QUALIFICATIONS: Codec(_dump_qualifications, load_qualifications),
    FieldType.MOMENTS: Codec(_dump_moments, _load_moments),
}
"""The codec of each type of field; other types are stored as text."""


def _codec(field: Field) -> Codec:
    match field.type:
        case FieldType.MEMBER:
            codec = _member(field.members)
        case FieldType.SET:
            codec = _set_of(field.members)
        case _:
            codec = _BY_TYPE.get(field.type, TEXT)
    return replace(codec, cleared=field.when_empty, required=field.required)


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables of a kind of record. `beside` maps fields to columns of the table for personal data."""

    record: Callable[..., Record]
    table: Table
    owner: str
    id: str
    fields: Mapping[str, Codec]
    beside_table: Table | None = None
    beside_key: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[Column[Any]]:
        """Key, owner, id and the fields, in the order that `reader` expects."""
        return [self.table.c[name] for name in ("key", self.owner, self.id, *self.fields)]

    @property
    def beside_columns(self) -> list[Column[Any]]:
        """The columns of personal data, in the order of `beside`."""
        return [] if self.beside_table is None else [self.beside_table.c[name] for name in self.beside.values()]

    def reader(self) -> Callable[[Sequence[Any], Mapping[str, Any]], Record]:
        """A function that makes a record from a row of `columns` and a mapping of further fields."""
        names = ("key", self.owner, self.id, *self.fields)
        decoders = [(name, codec.decode) for name, codec in self.fields.items() if codec.decode is not None]
        make, without_owner = self.record, self.table is schema.requests

        def read(row: Sequence[Any], further: Mapping[str, Any]) -> Record:
            values = dict(zip(names, row, strict=False))
            for name, decode in decoders:
                values[name] = decode(values[name])
            if without_owner:
                values["school"] = values["school"] or None
            return make(**values, **further)

        return read


def _layout(
    kind: RecordKind, record: Callable[..., Record], table: Table, beside_table: Table | None = None, key: str = ""
) -> Layout:
    fields = fields_of(kind)
    return Layout(
        record=record,
        table=table,
        owner=next(field.name for field in fields if field.type is FieldType.OWNER),
        id=next(field.name for field in fields if field.type is FieldType.ID),
        fields={field.name: _codec(field) for field in fields if field.is_kept and not field.personal},
        beside_table=beside_table,
        beside_key=key,
        beside={field.name: field.kept_as or field.name for field in fields if field.personal},
    )


LAYOUTS: Mapping[RecordKind, Layout] = {
    RecordKind.ALUMNI: _layout(RecordKind.ALUMNI, Alumnus, schema.alumni, schema.contacts, "alumnus_key"),
    RecordKind.REQUESTS: _layout(RecordKind.REQUESTS, Request, schema.requests, schema.requesters, "request_key"),
    RecordKind.OFFERINGS: _layout(RecordKind.OFFERINGS, Offering, schema.offerings),
}
CONTACT_FIELDS = tuple(LAYOUTS[RecordKind.ALUMNI].beside)


def personal_fields(kind: RecordKind, columns: Sequence[Any]) -> dict[str, Any]:
    """The fields of a record that come from the columns of personal data."""
    if kind is RecordKind.ALUMNI:
        return {"contact": Contact(*columns)}
    return dict(zip(LAYOUTS[kind].beside, columns, strict=True))
