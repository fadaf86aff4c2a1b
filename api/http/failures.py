"""Errors as HTTP failures: status, code, title and sentence. `errors` renders them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

from api.error_text import error_sentence, error_title
from matcher import errors
from matcher.locale import Language, say

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5

STATUS: tuple[tuple[type[errors.AlumnimatchError], int], ...] = (
    (errors.UnknownId, 404),
    (errors.AmbiguousId, 409),
    (errors.OtherNumbers, 409),
    (errors.InputError, 422),
    (errors.NotLoggedIn, 401),
    (errors.RateLimited, 429),
    (errors.AccessError, 403),
    (errors.NotAcceptable, 406),
    (errors.Overloaded, 503),
    (errors.StoreUnavailable, 503),
    (errors.EncoderError, 503),
    (errors.IndexUnavailable, 503),
    (errors.AlumnimatchError, 500),
)


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(examples=["query.top"])
    code: str = Field(examples=["less_than_equal"])
    detail: str = Field(examples=["Het getal is te hoog. Vul 1.000 of lager in."])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(examples=["/problems/unknown_id"])
    title: str = Field(examples=["Niet gevonden"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["We vinden geen aanvraag met het nummer R-99. Kijk of je het goed hebt getypt."])
    instance: str = Field(examples=["/v1/requests/R-99/matches"])
    errors: list[FieldProblem] | None = Field(default=None, description="Only where fields are wrong.")
    choices: list[str] | None = Field(
        default=None, description="Only where an id is ambiguous, or others may be the same person."
    )
    requestedVersion: str | None = Field(  # noqa: N815 - as the Open Education API spells it
        default=None, description="Only where a version is asked for that is not there."
    )
    supportedVersions: list[str] | None = Field(default=None, description="And the versions that are.")  # noqa: N815


@dataclass(frozen=True)
class Failure:
    """An error on its way out: a problem for programs, a page for people."""

    status: int
    code: str
    title: str
    detail: str
    headers: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


def failure_of(error: errors.AlumnimatchError, language: Language) -> Failure:
    """A domain error as a failure."""
    status = next(status for family, status in STATUS if isinstance(error, family))
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
    if status == 429:
        headers["Retry-After"] = str(error.values["seconds"])
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    choices = error.values.get("choices")
    more: dict[str, Any] = {}
    if isinstance(choices, Sequence) and status == 409:
        more = {"choices": [str(item) for item in choices]}
    if isinstance(error, errors.NotAcceptable):
        more = {"requestedVersion": error.values["requested"], "supportedVersions": error.values["supported"]}
    return Failure(status, error.code, error_title(language, error), _sentence(language, error), headers, more)


def _sentence(language: Language, error: errors.AlumnimatchError) -> str:
    """The sentence, without paths on the server: those are for its administrator, on the command line."""
    for family, code in (
        (errors.StoreReadOnly, "store_read_only_elsewhere"),
        (errors.StoreError, "store_elsewhere"),
        (errors.EncoderError, "encoder_elsewhere"),
        (errors.IndexUnavailable, "index_elsewhere"),
    ):
        if isinstance(error, family):
            return say(language, f"errors.errors.{code}")
    return error_sentence(language, error)


def general(language: Language, status: int, code: str, title: str, **values: object) -> Failure:
    """A failure that is not a domain error; `code` and `title` are keys of the locale, `values` fill its sentence."""
    detail = say(language, f"errors.errors.{code}", **values)
    return Failure(status, code, say(language, f"errors.titles.{title}"), detail)


def unavailable(language: Language, code: str) -> Failure:
    """503, with the seconds after which to try again; `code` is a key of the locale."""
    failure = general(language, 503, code, code)
    failure.headers["Retry-After"] = str(RETRY_SECONDS)
    return failure
