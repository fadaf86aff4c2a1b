"""A request as sent or typed that is not saved, and its conversion to the domain.

The fields, their types and their limits follow from the table of fields; their descriptions are the explanations of the
columns in spreadsheets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, StrictBool, create_model, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.days import Day, LocalMoment
from api.schemas.rankings import Model
from matcher.domain import fields
from matcher.domain.day_parts import DAY_PARTS, mask_of_day_parts
from matcher.domain.fields import FieldType
from matcher.domain.records import Moment, RecordKind, Request, fields_of
from matcher.locale import say

DayPart = Literal[
    "mon-morning", "mon-afternoon", "mon-evening", "tue-morning", "tue-afternoon", "tue-evening",
    "wed-morning", "wed-afternoon", "wed-evening", "thu-morning", "thu-afternoon", "thu-evening",
    "fri-morning", "fri-afternoon", "fri-evening", "sat-morning", "sat-afternoon", "sat-evening",
    "sun-morning", "sun-afternoon", "sun-evening",
]  # fmt: skip
assert get_args(DayPart) == DAY_PARTS  # noqa: S101 - the lists must stay equal

Word = Annotated[str, Field(min_length=1, max_length=100)]
_MOST_ITEMS = 50
"""Items of a list, at most."""
_LANGUAGE = r"^[a-z]{2,3}$"
_POSTCODE = r"^\s*[1-9]\d{3}\s*([A-Za-z]{2})?\s*$"


class MomentIn(Model):
    """A fixed moment, in local time."""

    start: LocalMoment = Field(examples=["2027-03-16T13:00"])
    end: LocalMoment = Field(examples=["2027-03-16T15:00"])

    @model_validator(mode="after")
    def _in_order(self) -> MomentIn:
        if self.end <= self.start:
            raise PydanticCustomError("moment_order", "end must be after start")
        if self.end.date() != self.start.date():
            raise PydanticCustomError("moment_one_day", "a moment is on one day")
        return self


_LISTS: Mapping[FieldType, Any] = {
    FieldType.SKILLS: Annotated[list[Word], Field(max_length=_MOST_ITEMS)],
    FieldType.MOMENTS: Annotated[list[MomentIn], Field(max_length=_MOST_ITEMS)],
    FieldType.LANGUAGES: Annotated[list[Annotated[str, Field(pattern=_LANGUAGE)]], Field(max_length=20)],
}
_TYPES: Mapping[FieldType, Any] = {
    **_LISTS,
    FieldType.WHOLE: int,
    FieldType.NUMBER: float,
    FieldType.YES_NO: StrictBool,
    FieldType.DATE: Day,
    FieldType.DAY_PARTS: Annotated[list[DayPart], Field(max_length=len(DAY_PARTS))],
    FieldType.POSTCODE: Annotated[str, Field(pattern=_POSTCODE, examples=["8011 AB"])],
}
"""The JSON type of fields that are neither text nor members of an enum."""
_DOMAIN_VALUE: Mapping[FieldType, Callable[[Any], object]] = {
    FieldType.SKILLS: tuple,
    FieldType.LANGUAGES: tuple,
    FieldType.MOMENTS: lambda moments: tuple(Moment(moment.start, moment.end) for moment in moments),
    FieldType.DAY_PARTS: lambda names: mask_of_day_parts(names) if names else None,
    FieldType.POSTCODE: lambda postcode: postcode.strip()[:4] if postcode else None,
    FieldType.OWNER: lambda owner: owner or None,
}
"""Conversions from JSON to domain values, where they differ."""


def asked_fields() -> tuple[fields.Field, ...]:
    """The fields of a request that is not saved: all but its id and those that only a saved one has."""
    return tuple(
        field for field in fields_of(RecordKind.REQUESTS) if field.type is not FieldType.ID and not field.saved_only
    )


def _type_of(field: fields.Field) -> Any:
    """The JSON type of a field, with its limits."""
    if field.type is FieldType.MEMBER:
        return field.members
    if field.type in {FieldType.WHOLE, FieldType.NUMBER}:
        return Annotated[_TYPES[field.type], Field(ge=field.low, le=field.high)]
    if field.type in _TYPES:
        return _TYPES[field.type]
    some_text = Field(max_length=field.longest, min_length=1, pattern=r"\S")
    return Annotated[str, some_text if field.required else Field(max_length=field.longest)]


def _definition(field: fields.Field) -> tuple[Any, Any]:
    """Type and default of a field, for `create_model`."""
    kind = _type_of(field)
    if field.required:
        return kind, ...
    if field.type in _LISTS:
        return kind, Field(default_factory=list)
    return (kind | None if field.default is None else kind), field.default


_NAMES = frozenset(field.english for field in fields_of(RecordKind.REQUESTS))


def _describe(schema: dict[str, Any]) -> None:
    """Adds the description of each field, and an example, to the JSON schema of a request."""
    for name, described in schema["properties"].items():
        described.setdefault("description", say("en", f"fields.requests.{name}.help") if name in _NAMES else name)
    schema["properties"]["own_demands"]["examples"] = [say("en", "fields.requests.own_demands.example")]
    schema["examples"] = [
        {
            "kind": "guest_lesson",
            "title": "Gastles wondzorg voor tweedejaars verpleegkunde",
            "description": "Vertel over complexe wonden in de wijk en laat materialen zien.",
            "school": "ROC Vechtdal",
            "skills": ["wondzorg"],
            "day_parts": ["tue-afternoon", "thu-afternoon"],
            "town": "Zwolle",
            "online": "no",
        }
    ]


if TYPE_CHECKING:
    _Fields = Model
else:
    _Fields = create_model("_Fields", __base__=Model, **{field.english: _definition(field) for field in asked_fields()})


class RequestIn(_Fields):
    """A request that is not saved."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_describe)

    @model_validator(mode="after")
    def _period_in_order(self) -> RequestIn:
        first, last = getattr(self, "period_from", None), getattr(self, "period_to", None)
        if first and last and last < first:
            raise PydanticCustomError("period_order", "period_to must not be before period_from")
        return self

    def to_domain(self) -> Request:
        """The domain value."""
        values: dict[str, Any] = {}
        for field in asked_fields():
            value = getattr(self, field.english)
            convert = _DOMAIN_VALUE.get(field.type)
            values[field.name] = convert(value) if convert else value
        return Request(request_id="", **values)
