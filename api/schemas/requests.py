"""A request as somebody sends or types it, and the domain value that it stands for. It is not saved."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.days import Day, LocalMoment
from api.schemas.rankings import Model
from matcher.domain.day_parts import DAY_PARTS
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Moment, OnlineMode, Request

DayPart = Literal[
    "mon-morning", "mon-afternoon", "mon-evening", "tue-morning", "tue-afternoon", "tue-evening",
    "wed-morning", "wed-afternoon", "wed-evening", "thu-morning", "thu-afternoon", "thu-evening",
    "fri-morning", "fri-afternoon", "fri-evening", "sat-morning", "sat-afternoon", "sat-evening",
    "sun-morning", "sun-afternoon", "sun-evening",
]  # fmt: skip
assert get_args(DayPart) == DAY_PARTS  # noqa: S101 - the two lists are one

Word = Annotated[str, Field(min_length=1, max_length=100)]


class MomentIn(Model):
    """A firm moment, in local time."""

    start: LocalMoment = Field(examples=["2027-03-16T13:00"])
    end: LocalMoment = Field(examples=["2027-03-16T15:00"])

    @model_validator(mode="after")
    def _in_order(self) -> MomentIn:
        if self.end <= self.start:
            raise PydanticCustomError("moment_order", "end must be after start")
        if self.end.date() != self.start.date():
            raise PydanticCustomError("moment_one_day", "a moment is on one day")
        return self


class RequestIn(Model):
    """A request that is not saved."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
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
        },
    )

    kind: RequestKind
    title: str = Field(min_length=1, max_length=300, pattern=r"\S")
    description: str | None = Field(default=None, max_length=5000)
    school: str | None = Field(default=None, max_length=200, description="Whose alumni may be seen.")
    programme: str | None = Field(default=None, max_length=200, description="Crebo code, or name of the programme.")
    level: int | None = Field(default=None, ge=1, le=4)
    skills: list[Word] = Field(default_factory=list, max_length=50)
    moments: list[MomentIn] = Field(default_factory=list, max_length=50, description="Firm moments.")
    day_parts: list[DayPart] | None = Field(default=None, max_length=21, description="Where no moment is firm.")
    period_from: Day | None = None
    period_to: Day | None = None
    postcode: str | None = Field(default=None, pattern=r"^\s*[1-9]\d{3}\s*([A-Za-z]{2})?\s*$", examples=["8011 AB"])
    town: str | None = Field(default=None, max_length=100)
    online: OnlineMode | None = None
    people: int = Field(default=1, ge=1, le=1000)
    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]] = Field(default_factory=list, max_length=20)
    hours_per_week: float | None = Field(default=None, ge=0, le=168)
    certificate_required: StrictBool = Field(default=False, description="Whether a VOG is needed.")
    company_required: StrictBool = Field(default=False, description="Whether a recognised company is needed.")

    @model_validator(mode="after")
    def _period_in_order(self) -> RequestIn:
        if self.period_from and self.period_to and self.period_to < self.period_from:
            raise PydanticCustomError("period_order", "period_to must not be before period_from")
        return self

    def to_domain(self) -> Request:
        """The domain value."""
        return Request(
            request_id="",
            kind=self.kind,
            title=self.title,
            school=self.school or None,
            description=self.description,
            programme=self.programme,
            level=self.level,
            skills=tuple(self.skills),
            moments=tuple(Moment(moment.start, moment.end) for moment in self.moments),
            day_parts=day_part_mask(self.day_parts) if self.day_parts else None,
            period_from=self.period_from,
            period_to=self.period_to,
            pc4=self.postcode.strip()[:4] if self.postcode else None,
            town=self.town,
            online=self.online,
            people=self.people,
            languages=tuple(self.languages),
            hours_per_week=self.hours_per_week,
            certificate_required=self.certificate_required,
            company_required=self.company_required,
        )


def day_part_mask(names: list[DayPart]) -> int:
    """Bit i for DAY_PARTS[i]."""
    return sum(1 << DAY_PARTS.index(name) for name in set(names))
