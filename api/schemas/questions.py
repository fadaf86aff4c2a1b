"""A question in own words as JSON: what was understood, what was not, and the ranking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StrictBool

from api.schemas.rankings import Model, RankingOut, from_ranking
from matcher.domain.kinds import RequestKind
from matcher.locale import Language, either, say
from matcher.questions import Doubt, Reading
from matcher.questions.reading import LONGEST
from matcher.services.questions import Asked


class QuestionIn(Model):
    """A question in own words."""

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LONGEST,
            pattern=r"\S",
            examples=["gastspreker wondzorg, dinsdagmiddag in maart, Zwolle"],
        ),
    ]
    kind: RequestKind | None = Field(None, description="What is asked for; counts before what the text says.")
    school: Annotated[str | None, Field(None, max_length=200, description="School that asks.")] = None
    save: StrictBool = Field(False, description="Makes it an open request of the school.")


class PlaceOut(Model):
    """Where it takes place. `sure` is false where the spelling was mended, and for a region.

    `also`: other towns that will do as well; the nearest counts.
    """

    name: str | None
    as_typed: str
    sure: bool
    region: str | None
    also: list[str]


class MomentOut(Model):
    """A fixed moment, in local time; no end where none was stated."""

    start: datetime
    end: datetime | None


class UnderstoodOut(Model):
    """What was understood; null or empty is not said. `from`: by slot the words that it came from."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    kind: str | None
    topic: list[str]
    not_topic: list[str]
    day_parts: list[str]
    not_day_parts: list[str]
    moments: list[MomentOut]
    period_from: date | None
    period_to: date | None
    place: PlaceOut | None
    level: int | None
    year: int | None
    class_: Annotated[str | None, Field(alias="class")]
    students: int | None
    people: int | None
    online: str | None
    certificate: bool | None
    languages: list[str]
    hours_per_week: float | None
    minutes: int | None
    from_: Annotated[dict[str, str], Field(alias="from")]

    @classmethod
    def of(cls, reading: Reading) -> UnderstoodOut:
        """The JSON of a reading."""
        place = reading.place
        out = None
        if place:
            out = PlaceOut(
                name=place.name, as_typed=place.as_typed, sure=place.sure, region=place.region, also=list(place.also)
            )
        values = {
            "kind": reading.kind.value if reading.kind else None,
            "topic": list(reading.topic),
            "not_topic": list(reading.not_topic),
            "day_parts": list(reading.day_parts),
            "not_day_parts": list(reading.not_day_parts),
            "moments": [MomentOut(start=start, end=end) for start, end in reading.moments],
            "period_from": reading.period_from,
            "period_to": reading.period_to,
            "place": out,
            "level": reading.level,
            "year": reading.year,
            "class": reading.class_,
            "students": reading.students,
            "people": reading.people,
            "online": reading.online,
            "certificate": reading.certificate,
            "languages": list(reading.languages),
            "hours_per_week": reading.hours_per_week,
            "minutes": reading.minutes,
            "from": dict(reading.source),
        }
        return cls.model_validate(values)


class NotUnderstoodOut(Model):
    """A piece of the text, or nothing where something is missing, and the question that it leads to."""

    code: str
    text: str
    question: str


class QuestionOut(Model):
    """A question in own words. `ranking` is null where a list of that kind needs more than was understood."""

    text: str
    understood: UnderstoodOut
    not_understood: list[NotUnderstoodOut]
    ranking: RankingOut | None
    saved: str | None = Field(description="Id of the request that it was saved as.")


def from_asked(asked: Asked, language: Language, own: Mapping[int, Mapping[str, str]] | None = None) -> QuestionOut:
    """The JSON object of a question; `own` as `own_values` gives it."""
    return QuestionOut(
        text=asked.reading.text,
        understood=UnderstoodOut.of(asked.reading),
        not_understood=[
            NotUnderstoodOut(code=doubt.code, text=doubt.text, question=sentence(doubt, language))
            for doubt in asked.doubts
        ],
        ranking=from_ranking(asked.ranking, language, own) if asked.ranking else None,
        saved=asked.saved,
    )


def sentence(doubt: Doubt, language: Language) -> str:
    """The question that a doubt leads to."""
    return say(language, f"questions.doubts.{doubt.code}", **doubt.values)


def slots(reading: Reading, language: Language) -> Iterator[tuple[str, str, str]]:
    """What was understood, in words: slot, its name, and its value, in the order in which people say it."""
    place = reading.place
    values: dict[str, object] = {
        "kind": say(language, f"words.kind.{reading.kind.value}") if reading.kind else None,
        "topic": list(reading.topic),
        "not_topic": list(reading.not_topic),
        "moments": [in_words(start, end) for start, end in reading.moments],
        "day_parts": day_parts(reading.day_parts, language),
        "not_day_parts": day_parts(reading.not_day_parts, language),
        "period": _period(reading, language),
        "place": (either(place.towns, language) or place.region) if place else None,
        "level": reading.level,
        "year": reading.year,
        "class": reading.class_,
        "students": reading.students,
        "people": reading.people,
        "online": say(language, f"pages.online.{reading.online}") if reading.online else None,
        "certificate": None
        if reading.certificate is None
        else say(language, f"questions.values.{'yes' if reading.certificate else 'no'}"),
        "languages": list(reading.languages),
        "hours_per_week": reading.hours_per_week,
        "minutes": reading.minutes,
    }
    for slot, value in values.items():
        if value not in (None, []):
            text = (
                ", ".join(map(str, value))
                if isinstance(value, list)
                else f"{value:g}"
                if isinstance(value, float)
                else str(value)
            )
            yield slot, say(language, f"questions.slots.{slot}"), text


def in_words(start: datetime, end: datetime | None) -> str:
    """A moment as a list would have it: 16-03-2027 13:00-15:00."""
    return f"{start:%d-%m-%Y %H:%M}" + (f"-{end:%H:%M}" if end else "")


def day_parts(names: tuple[str, ...], language: Language) -> list[str]:
    """Day parts in words; the whole of a day is that day."""
    days: dict[str, list[str]] = {}
    for name in names:
        day, part = name.split("-")
        days.setdefault(day, []).append(part)
    words: list[str] = []
    for day, parts in days.items():
        name = say(language, f"words.day.{day}")
        whole = len(parts) == 3
        words += [name] if whole else [f"{name} {say(language, f'words.part.{part}')}" for part in parts]
    return words


def _period(reading: Reading, language: Language) -> str | None:
    first, last = reading.period_from, reading.period_to
    if first and last:
        return say(language, "questions.values.until", first=first, last=last)
    if first:
        return say(language, "questions.values.since", first=first)
    return say(language, "questions.values.before", last=last) if last else None
