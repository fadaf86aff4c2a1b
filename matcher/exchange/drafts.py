"""A course that nobody gives yet, for alumni of one region who want one: a draft as a document of OEAPI v6.

It is an offering in state `concept` with its course inside, and says for how many alumni it would be, as a count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from matcher.exchange.catalogue import lasting_id, organisation_id, outcome_id
from matcher.text import fold

STATE = "concept"
"""The state of an offering that is not offered yet, in the words of the specification."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A field and a region of which so many alumni want a course: `count` is 5 or more.

    `provider`: who would give it; None where that is not known. `field`: a sector, empty where it is not known.
    `region`: the first two digits of the postcode. `place`: a municipality in which five or more of them live; empty
    where none is. `skills`: public names, each wished for by five or more. `as_of`: the day of the count.
    """

    provider: str | None
    field: str
    region: str
    place: str
    count: int
    skills: tuple[str, ...]
    as_of: date

    @property
    def subject(self) -> str:
        """What it is about: the field, or the skill that most wish for where no field is known."""
        return self.field or next(iter(self.skills), "")

    @property
    def id(self) -> str:
        """The id of the offering: the same as long as provider, field and region are."""
        return lasting_id("draft offering", self.provider or "", self.field, self.region)

    @property
    def course_id(self) -> str:
        """The id of its course."""
        return lasting_id("draft course", self.provider or "", self.field, self.region)


Texts = Mapping[str, str]
"""A text by its language."""


def document(one: Draft, name: Texts, description: Texts, where: Texts) -> dict[str, Any]:
    """The draft as a course offering of v6. `where`: the region in words."""
    provider = one.provider or ""
    owner = {"organisationId": organisation_id(provider)} if provider else {}
    code = {"codeType": "identifier", "code": "-".join(["concept", *fold(one.subject).split(), one.region])}
    course = {
        "courseId": one.course_id,
        "primaryCode": code,
        "name": _texts(name),
        "description": _texts(description),
        **({"learningOutcomes": [_outcome(provider, skill) for skill in one.skills]} if one.skills else {}),
        **owner,
    }
    address = {"addressType": "teaching", "additional": _texts(where), "countryCode": {"iso3166-1-alpha2": "NL"}}
    return {
        "courseOfferingId": one.id,
        "primaryCode": code,
        "name": _texts(name),
        "state": STATE,
        "description": _texts(description),
        "addresses": [address | ({"city": one.place} if one.place else {})],
        "courseId": one.course_id,
        "course": course,
        **owner,
        "ext": {
            "interestedAlumni": one.count,
            "region": one.region,
            **({"field": one.field} if one.field else {}),
            "asOf": one.as_of.isoformat(),
        },
    }


def _texts(texts: Texts) -> list[dict[str, str]]:
    return [{"language": language, "value": text} for language, text in texts.items()]


def _outcome(provider: str, skill: str) -> dict[str, Any]:
    return {
        "learningOutcomeId": outcome_id(provider, skill),
        "primaryCode": {"codeType": "identifier", "code": "-".join(fold(skill).split())},
        "name": [{"language": "nl", "value": skill}],
    }
