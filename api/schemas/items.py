"""Requests and courses as items of a list: the fields of the table of fields, without personal ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import Field, create_model

from api.schemas.days import LocalMoment
from api.schemas.rankings import Model
from matcher.domain import fields
from matcher.domain.day_parts import names_of_day_parts
from matcher.domain.fields import FieldType
from matcher.domain.records import Offering, RecordKind, Request, fields_of, owner_of, record_id


class MomentItem(Model):
    """A fixed moment, in local time."""

    start: LocalMoment = Field(examples=["2027-03-16T13:00:00"])
    end: LocalMoment = Field(examples=["2027-03-16T15:00:00"])


_TYPES: Mapping[FieldType, Any] = {
    FieldType.WHOLE: int,
    FieldType.NUMBER: float,
    FieldType.NLQF: float,
    FieldType.YES_NO: bool,
    FieldType.DATE: date,
    FieldType.DAY_PARTS: list[str],
    FieldType.SKILLS: list[str],
    FieldType.LANGUAGES: list[str],
    FieldType.MOMENTS: list[MomentItem],
}
"""The JSON type of fields that are not text."""
_SHOWN: Mapping[FieldType, Callable[[Any], object]] = {
    FieldType.SKILLS: list,
    FieldType.LANGUAGES: list,
    FieldType.MOMENTS: lambda moments: [MomentItem(start=moment.start, end=moment.end) for moment in moments],
    FieldType.DAY_PARTS: lambda mask: None if mask is None else names_of_day_parts(mask),
}
_EXAMPLES = {
    "kind": "guest_lesson",
    "title": "Gastles wondzorg voor tweedejaars",
    "day_parts": ["tue-afternoon"],
}


def listed_fields(kind: RecordKind) -> tuple[fields.Field, ...]:
    """The fields that a list shows next to id and owner: no personal ones, and no postcode, since the town suffices."""
    hidden = {FieldType.ID, FieldType.OWNER, FieldType.POSTCODE}
    return tuple(field for field in fields_of(kind) if field.type not in hidden and not field.personal)


def _definitions(kind: RecordKind) -> dict[str, Any]:
    """The fields of a list for `create_model`; a field that may be unknown is nullable."""
    definitions: dict[str, Any] = {}
    for field in listed_fields(kind):
        json_type = _TYPES.get(field.type, str)
        known = field.required or field.default is not None
        examples = [_EXAMPLES[field.name]] if field.name in _EXAMPLES else None
        definitions[field.name] = (json_type if known else json_type | None, Field(examples=examples))
    return definitions


def _values(kind: RecordKind, record: Request | Offering) -> dict[str, Any]:
    owner = "provider" if kind is RecordKind.OFFERINGS else "school"
    values: dict[str, Any] = {"id": record_id(record), owner: owner_of(record) or None}
    for field in listed_fields(kind):
        value = getattr(record, field.name)
        values[field.name] = _SHOWN[field.type](value) if field.type in _SHOWN else value
    return values


class _RequestIdentity(Model):
    id: str = Field(examples=["R-12"])
    school: str | None = Field(examples=["ROC Vechtdal"])


class _OfferingIdentity(Model):
    id: str = Field(examples=["C-104"])
    provider: str = Field(examples=["Zorgacademie Oost"])


if TYPE_CHECKING:
    _RequestFields = Model
    _OfferingFields = Model
else:
    _RequestFields = create_model("_RequestFields", __base__=_RequestIdentity, **_definitions(RecordKind.REQUESTS))
    _OfferingFields = create_model("_OfferingFields", __base__=_OfferingIdentity, **_definitions(RecordKind.OFFERINGS))


class RequestItem(_RequestFields):
    """A request, without its requester."""

    @classmethod
    def of(cls, request: Request) -> RequestItem:
        """From the domain value."""
        return cls(**_values(RecordKind.REQUESTS, request))


class OfferingItem(_OfferingFields):
    """One run of a course."""

    @classmethod
    def of(cls, offering: Offering) -> OfferingItem:
        """From the domain value."""
        return cls(**_values(RecordKind.OFFERINGS, offering))
