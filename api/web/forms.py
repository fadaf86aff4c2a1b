"""Forms as query parameters with limits, so that every result has an address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from fastapi import Depends, Form, Path, Query, Request
from pydantic import AfterValidator
from starlette.datastructures import FormData

from api.http.paths import with_slashes
from api.routes.common import ID
from matcher.domain.day_parts import DAY_PARTS
from matcher.domain.kinds import RequestKind
from matcher.domain.records import OnlineMode
from matcher.questions import Place, Reading
from matcher.services.directory import Filter
from matcher.services.questions import Wanted
from matcher.text import TOWN_LINK, fold, towns_of

MOST_TEXT = 4000
MOST_PEOPLE = 1000
MOST_HOURS = 40
DAYPART_CODES = frozenset(DAY_PARTS)

Id = Annotated[str, Path(**ID), AfterValidator(with_slashes)]
"""An id in the address of a page."""
Number = Annotated[int, Query(alias="bladzijde", ge=1, le=1_000_000)]
"""The number of a page of a list."""
Top = Annotated[int, Query(ge=1, le=100)]
"""The most matches to show."""
Line = Annotated[int, Path(alias="number", ge=1, lt=2**63)]
"""The number of a line in the address: of the log, or of a question about a list."""
Short = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
SentId = Annotated[str, Form(min_length=1, max_length=200)]
"""An id in a form that is sent; `SentSchool`: a school, or empty."""
SentSchool = Annotated[str, Form(max_length=200)]
Missed = Annotated[str, Query(alias="mis", max_length=80, pattern=r"^[^\x00]*$")]
"""A word by which somebody is missed in a list."""
Told = Annotated[str, Query(alias="gedaan", max_length=20, pattern=r"^[a-z-]*$")]
"""What was just done, by the form that led to a page."""


async def posted(request: Request) -> FormData:
    """The form of a request whose fields follow what was shown."""
    return await request.form()


Posted = Annotated[FormData, Depends(posted)]


@dataclass(frozen=True)
class Wish:
    """The search form of a teacher: a question in own words, and what was changed of what was understood.

    A field that was not sent is None: what the text says of it counts. An empty one says that it does not matter.
    """

    text: str = ""
    kind: RequestKind | None = None
    topic: str | None = None
    not_topic: str | None = None
    day_parts: frozenset[str] | None = None
    first: str | None = None
    last: str | None = None
    place: str | None = None
    online: str | None = None
    level: str | None = None
    people: str | None = None
    certificate: bool | None = None
    language: str | None = None
    hours: str | None = None
    school: str = ""
    top: int = 10

    def wanted(self, assumed: RequestKind) -> Wanted:
        """The question that the form describes."""
        return Wanted(
            text=self.text, kind=self.kind, assumed=assumed, school=self.school or None, changes=self._changes()
        )

    def _changes(self) -> dict[str, object]:
        """The slots whose field was sent."""
        towns = towns_of(self.place)
        sent: dict[str, tuple[object, object]] = {
            "topic": (self.topic, _words(self.topic)),
            "not_topic": (self.not_topic, _words(self.not_topic)),
            "day_parts": (self.day_parts, tuple(name for name in DAY_PARTS if name in (self.day_parts or ()))),
            "period_from": (self.first, day_of(self.first or "")),
            "period_to": (self.last, day_of(self.last or "")),
            "place": (self.place, Place(towns[0], (self.place or "").strip(), also=towns[1:]) if towns else None),
            "online": (self.online, self.online if self.online in set(OnlineMode) else None),
            "level": (self.level, _number(self.level, 4)),
            "people": (self.people, _number(self.people, MOST_PEOPLE)),
            "certificate": (self.certificate, self.certificate or None),
            "languages": (self.language, tuple((self.language or "").split())),
            "hours_per_week": (self.hours, float(_number(self.hours, MOST_HOURS) or 0) or None),
        }
        return {slot: value for slot, (field, value) in sent.items() if field is not None}

    def completed(self, reading: Reading) -> Wish:
        """The form with what was understood filled in, to be changed."""
        place = reading.place
        return replace(
            self,
            kind=reading.kind,
            topic=" ".join(reading.topic),
            not_topic=" ".join(reading.not_topic),
            day_parts=frozenset(reading.day_parts),
            first=reading.period_from.isoformat() if reading.period_from else "",
            last=reading.period_to.isoformat() if reading.period_to else "",
            place=(TOWN_LINK.join(place.towns) or place.region or "") if place else "",
            online=reading.online or "",
            level=str(reading.level or ""),
            people=str(reading.people or ""),
            certificate=bool(reading.certificate),
        )


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(fold(text or "").replace(",", " ").split())


def _number(text: str | None, most: int) -> int | None:
    """A whole number from 1 to `most`; None for any other text."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= most else None


def day_of(text: str) -> date | None:
    """The day of a text, as browsers send it; None for any other text."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


Field = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


def wish(
    q: Annotated[str, Query(max_length=MOST_TEXT)] = "",
    soort: Annotated[RequestKind | Literal[""] | None, Query()] = None,
    onderwerp: Field = None,
    niet: Field = None,
    dag: Annotated[list[str] | None, Query(max_length=22)] = None,
    van: Annotated[str | None, Query(max_length=10)] = None,
    tot: Annotated[str | None, Query(max_length=10)] = None,
    plaats: Annotated[str | None, Query(max_length=100)] = None,
    online: Annotated[str | None, Query(max_length=10)] = None,
    niveau: Annotated[str | None, Query(max_length=1)] = None,
    aantal: Annotated[str | None, Query(max_length=4)] = None,
    vog: Annotated[list[str] | None, Query(max_length=2)] = None,
    taal: Annotated[str | None, Query(max_length=20, pattern=r"^[a-z ]*$")] = None,
    uren: Annotated[str | None, Query(max_length=2)] = None,
    school: Short = "",
    top: Annotated[int, Query(ge=1, le=100)] = 10,
) -> Wish:
    """The search form, from the query of the address."""
    return Wish(
        text=_plain(q),
        kind=soort or None,
        topic=None if onderwerp is None else _plain(onderwerp),
        not_topic=None if niet is None else _plain(niet),
        day_parts=None if dag is None else frozenset(dag) & DAYPART_CODES,
        first=van,
        last=tot,
        place=None if plaats is None else _plain(plaats),
        online=online,
        level=niveau,
        people=aantal,
        certificate=None if vog is None else "ja" in vog,
        language=taal,
        hours=uren,
        school=_plain(school),
        top=top,
    )


def _plain(text: str) -> str:
    """The text without unprintable characters, except line ends."""
    return "".join(char for char in text if char.isprintable() or char == "\n").strip()


def people_filter(nummer: Short = "", school: Short = "", sector: Short = "", functie: Short = "") -> Filter:
    """The filter, from the query of the address."""
    return Filter(_plain(nummer), _plain(school), _plain(sector), _plain(functie))


def named_at_school(value: object) -> tuple[str, str]:
    """The name and the school of a value of two lines, as checkboxes of alumni have it; '' for what is not there."""
    name, _, school = str(value)[:500].partition("\n")
    return name.strip(), school.strip()
