"""Days and moments in the API: ISO text, never a number of seconds."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, NaiveDatetime, WithJsonSchema
from pydantic_core import PydanticCustomError

_DAY = r"(19|20)\d{2}-\d{2}-\d{2}"
_MOMENT = rf"{_DAY}T\d{{2}}:\d{{2}}(:\d{{2}}(\.\d{{1,6}})?)?"


def _day(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(_DAY, value):
        raise PydanticCustomError("date_parsing", "a day is written as yyyy-mm-dd")
    if not isinstance(value, str | date | None):
        raise PydanticCustomError("date_type", "a day is written as yyyy-mm-dd")
    return value


def _moment(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(rf"{_MOMENT}(Z|[+-]\d{{2}}:\d{{2}})", value, re.IGNORECASE):
        raise PydanticCustomError("timezone_naive", "a moment is local time, without a time zone")
    if isinstance(value, int | float) or (isinstance(value, str) and not re.fullmatch(_MOMENT, value)):
        raise PydanticCustomError("datetime_parsing", "a moment is written as yyyy-mm-ddThh:mm")
    return value


Day = Annotated[date, BeforeValidator(_day)]
"""A day, `2027-03-01`."""

LocalMoment = Annotated[
    NaiveDatetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": f"^{_MOMENT}$", "description": "Local time, without a time zone."}),
]
"""A moment in Dutch local time, `2027-03-16T13:00`. Not RFC 3339, which requires a time zone."""
