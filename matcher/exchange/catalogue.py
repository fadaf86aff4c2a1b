"""Courses as other systems know them: runs of one provider with one title are one course, each with a lasting id.

We keep runs. The id of a run is made from provider and number, that of a course from provider and title (name-based
UUID, RFC 9562 version 5): the same in every process and after a restore, and nothing has to be stored for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from matcher.domain.records import Offering, can_be_joined
from matcher.text import fold

_SPACE = UUID("2b7c5c0e-6a55-5d0b-9a26-3f0a5a0d1e21")
"""The name space of ids of this product: never changes."""


def lasting_id(*names: str) -> str:
    """The id of what these names tell, the first of which says what it is: always the same."""
    return str(uuid5(_SPACE, "\x1f".join(names)))


def run_id(run: Offering) -> str:
    """The id of a run of a course."""
    return lasting_id("run", run.provider, run.offering_id)


def course_id(run: Offering) -> str:
    """The id of the course of a run: of the provider and the title, however that is spelled."""
    return lasting_id("course", run.provider, fold(run.title))


def organisation_id(provider: str) -> str:
    """The id of a provider."""
    return lasting_id("organisation", provider)


def outcome_id(provider: str, skill: str) -> str:
    """The id of what one learns at a provider."""
    return lasting_id("outcome", provider, fold(skill))


@dataclass(frozen=True, slots=True)
class Course:
    """One course: its id, and its runs, those that begin first on top and those without a day last."""

    id: str
    runs: Sequence[Offering]

    @property
    def about(self) -> Offering:
        """The run that tells most recently what the course is: the one that begins last."""
        dated = [run for run in self.runs if run.start is not None]
        return dated[-1] if dated else self.runs[-1]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Courses, runs and providers by id, each in the order of provider and title."""

    courses: Mapping[str, Course]
    runs: Mapping[str, Offering]
    providers: Mapping[str, str]


def catalogue_of(offerings: Iterable[Offering]) -> Catalogue:
    """The catalogue of these runs."""
    runs = sorted(offerings, key=lambda run: (run.provider, fold(run.title), run.start or date.max, run.offering_id))
    courses: dict[str, list[Offering]] = {}
    for run in runs:
        courses.setdefault(course_id(run), []).append(run)
    return Catalogue(
        {id_: Course(id_, tuple(of_course)) for id_, of_course in courses.items()},
        {run_id(run): run for run in runs},
        {organisation_id(provider): provider for provider in dict.fromkeys(run.provider for run in runs)},
    )


def is_open(run: Offering, today: date) -> bool:
    """Whether one can still apply (`matcher.domain.records.can_be_joined`), and a place is free."""
    if run.seats is not None and run.enrolled is not None and run.enrolled >= run.seats:
        return False
    return can_be_joined(run, today)
