"""Forms as query parameters with limits, so that every result has an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator
from starlette.datastructures import FormData

from api.http.paths import with_slashes
from api.routes.common import ID
from matcher.domain.day_parts import DAY_PARTS, mask_of_day_parts
from matcher.domain.kinds import RequestKind
from matcher.domain.records import OnlineMode
from matcher.domain.records import Request as SavedRequest
from matcher.services.directory import Filter

MOST_TEXT = 1000
MOST_TITLE = 120
DAYPART_CODES = frozenset(DAY_PARTS)
_POSTCODE = re.compile(r"([1-9]\d{3})\s*([a-z]{2})?", re.IGNORECASE)

Id = Annotated[str, Path(**ID), AfterValidator(with_slashes)]
"""An id in the address of a page."""
Number = Annotated[int, Query(alias="bladzijde", ge=1, le=1_000_000)]
"""The number of a page of a list."""
Top = Annotated[int, Query(ge=1, le=100)]
"""The most matches to show."""
Short = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
Told = Annotated[str, Query(alias="gedaan", max_length=20, pattern=r"^[a-z-]*$")]
"""What was just done, by the form that led to a page."""


async def posted(request: Request) -> FormData:
    """The form of a request whose fields follow what was shown."""
    return await request.form()


Posted = Annotated[FormData, Depends(posted)]


@dataclass(frozen=True)
class Wish:
    """The search form of a teacher."""

    text: str = ""
    kind: RequestKind = RequestKind.GUEST_LESSON
    day_parts: frozenset[str] = frozenset()
    place: str = ""
    online: str = ""
    level: str = ""
    certificate: bool = False
    school: str = ""
    top: int = 10

    def to_request(self) -> SavedRequest:
        """The request that the form describes."""
        title, description = split_title(self.text)
        postcode = _POSTCODE.fullmatch(self.place.strip())
        return SavedRequest(
            request_id="",
            kind=self.kind,
            title=title,
            description=description,
            school=self.school or None,
            level=int(self.level) if self.level in {"1", "2", "3", "4"} else None,
            day_parts=mask_of_day_parts(self.day_parts) or None,
            pc4=postcode[1] if postcode else None,
            town=None if postcode else self.place.strip() or None,
            online=OnlineMode(self.online) if self.online in set(OnlineMode) else None,
            certificate_required=self.certificate,
        )

    @property
    def has_more(self) -> bool:
        """Whether fields other than text and kind are filled in."""
        return bool(self.day_parts or self.place or self.online or self.level or self.certificate)


def split_title(text: str) -> tuple[str, str | None]:
    """The first line or sentence as the title, the rest as the description."""
    clean = " ".join(line.strip() for line in text.splitlines() if line.strip()) if "\n" in text else text.strip()
    if len(clean) <= MOST_TITLE:
        return clean, None
    end = clean.rfind(" ", 0, MOST_TITLE)
    for mark in (". ", "? ", "! "):
        stop = clean.find(mark, 0, MOST_TITLE)
        if stop > 0:
            end = stop + 1
            break
    end = end if end > 0 else MOST_TITLE
    return clean[:end].strip(), clean[end:].strip()


def wish(
    q: Annotated[str, Query(max_length=MOST_TEXT)] = "",
    soort: RequestKind = RequestKind.GUEST_LESSON,
    dag: Annotated[list[str] | None, Query(max_length=21)] = None,
    plaats: Annotated[str, Query(max_length=100)] = "",
    online: Annotated[str, Query(max_length=10)] = "",
    niveau: Annotated[str, Query(max_length=1)] = "",
    vog: Annotated[str, Query(max_length=5)] = "",
    school: Short = "",
    top: Annotated[int, Query(ge=1, le=100)] = 10,
) -> Wish:
    """The search form, from the query of the address."""
    chosen = frozenset(dag or ()) & DAYPART_CODES
    return Wish(_plain(q), soort, chosen, _plain(plaats), online, niveau, vog == "ja", _plain(school), top)


def _plain(text: str) -> str:
    """The text without unprintable characters, except line ends."""
    return "".join(char for char in text if char.isprintable() or char == "\n").strip()


def people_filter(nummer: Short = "", school: Short = "", sector: Short = "", functie: Short = "") -> Filter:
    """The filter, from the query of the address."""
    return Filter(_plain(nummer), _plain(school), _plain(sector), _plain(functie))
