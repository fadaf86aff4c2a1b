"""The register of aftercare as JSON: the work list and what is known of one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import Field

from api.schemas.rankings import Model
from matcher.domain.aftercare import AftercareCase, AftercareContact
from matcher.services.aftercare import Dossier, Overview
from matcher.services.browsing import Slice
from matcher.services.guidance import Standing


class StandingOut(Model):
    """Somebody who left and is guided: no name and no contact details."""

    id: str = Field(examples=["A-0007"])
    school: str = Field(examples=["ROC Vechtdal"])
    left_on: date = Field(examples=["2026-07-15"])
    estimated: bool = Field(description="Whether that day is estimated: only the year is known.", examples=[False])
    priority: str = Field(description="`no_diploma`, `entry`, `level_two_bol` or `other`.", examples=["entry"])
    contacts: int = Field(description="Contacts that count, tries too.", examples=[2])
    outcome: str | None = Field(description="By the last that reached the alumnus; null: none yet.", examples=["work"])
    next_on: date | None = Field(description="From when to make contact; null: no more, or an objection stands.")
    objects: bool = Field(description="Whether an objection is open or upheld.", examples=[False])

    @classmethod
    def of(cls, one: Standing) -> Self:
        """From the service's."""
        return cls(
            id=one.alumnus.alumnus_id,
            school=one.alumnus.school,
            left_on=one.leaver.left_on,
            estimated=one.leaver.estimated,
            priority=one.leaver.priority.value,
            contacts=len(one.contacts),
            outcome=one.outcome and one.outcome.value,
            next_on=one.next_on,
            objects=one.case is not None,
        )


class AftercareOut(Model):
    """One page of the work list."""

    items: list[StandingOut]
    page: int = Field(examples=[1])
    page_size: int = Field(examples=[20])
    total: int = Field(description="People on all pages together.", examples=[31])
    counts: dict[str, int] = Field(description="How many of each `show`.", examples=[{"due": 31}])
    figures: dict[str, dict[str, int]] = Field(description="By priority and outcome; an empty one: not contacted yet.")
    cases: int = Field(description="Objections that wait for a decision.", examples=[1])


class ContactOut(Model):
    """A line of the register."""

    entry: int = Field(examples=[1204])
    on: date = Field(examples=["2026-11-02"])
    how: str | None = Field(description="Null for a correction.", examples=["phone"])
    outcome: str | None = Field(description="Null for a correction.", examples=["no_contact"])
    again_on: date | None = Field(description="The day that was agreed for the next contact.")
    corrects: int | None = Field(description="The line that this one makes count no more.")
    role: str = Field(description="Of who wrote it.", examples=["coordinator"])
    counts: bool = Field(examples=[True])

    @classmethod
    def of(cls, line: AftercareContact, *, counts: bool) -> Self:
        """From the domain's."""
        return cls(
            entry=line.key,
            on=line.on,
            how=line.how and line.how.value,
            outcome=line.outcome and line.outcome.value,
            again_on=line.again_on,
            corrects=line.corrects,
            role=line.role,
            counts=counts,
        )


class CaseOut(Model):
    """An objection to the register, without anybody's words."""

    state: str = Field(description="`open`, `upheld`, `rejected` or `withdrawn`.", examples=["open"])
    made_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, case: AftercareCase) -> Self:
        """From the domain's."""
        return cls(
            state=case.state.value,
            made_at=case.made_at,
            decided_at=case.decided_at,
        )


class DossierOut(Model):
    """What the register has of one alumnus; `standing` is null where nobody can tell when they left."""

    id: str = Field(examples=["A-0007"])
    school: str = Field(examples=["ROC Vechtdal"])
    guided: bool = Field(description="Whether the guidance lasts.", examples=[True])
    standing: StandingOut | None
    contacts: list[ContactOut]
    objections: list[CaseOut]
    may_be_shown: bool = Field(description="Whether the consent `aftercare` is in force.", examples=[False])


def listed(found: Overview, part: Slice) -> AftercareOut:
    """A page of the work list."""
    return AftercareOut(
        items=[StandingOut.of(row.standing) for row in found.rows],
        page=part.number,
        page_size=part.size,
        total=found.total,
        counts={show.value: count for show, count in found.counts.items()},
        figures={who.value: dict(counts) for who, counts in found.figures.items()},
        cases=found.cases,
    )


def opened(found: Dossier) -> DossierOut:
    """What is known of one."""
    return DossierOut(
        id=found.alumnus.alumnus_id,
        school=found.alumnus.school,
        guided=found.guided,
        standing=None if found.standing is None else StandingOut.of(found.standing),
        contacts=[ContactOut.of(line, counts=line.key in found.counting) for line in found.lines],
        objections=[CaseOut.of(case) for case in found.cases],
        may_be_shown=found.may_be_shown,
    )
