"""The texts that are encoded: what an alumnus can do and wants, what a request asks for, what a course offers."""

from __future__ import annotations

from matcher.domain import crebo
from matcher.domain.records import Alumnus, Demand, Offering, Qualification, Request


def can_text(alumnus: Alumnus) -> str:
    """Work, skills and education. Empty if none of these is known."""
    return _joined(
        alumnus.function,
        alumnus.sector,
        ", ".join(alumnus.skills),
        alumnus.experience,
        ", ".join(filter(None, map(_name, alumnus.qualifications))),
    )


def wants_text(alumnus: Alumnus) -> str:
    """What the alumnus wants to learn, or the career they want. Empty if unknown."""
    return _joined(alumnus.needs)


def demand_text(demand: Demand) -> str:
    """Title, description and skills of a request or an offering, and for a request the class's programme."""
    programme = None
    if isinstance(demand, Request) and demand.programme:
        programme = crebo.programme_name(demand.programme)
    if isinstance(demand, Offering) and demand.crebo:
        known = crebo.register().get(demand.crebo)
        programme = known.name if known else None
    return _joined(demand.title, demand.description, ", ".join(demand.skills), programme)


def unwanted_text(demand: Demand) -> list[int]:
    """What a request does not want, one word a line, as the code points of its characters."""
    words = demand.not_wanted if isinstance(demand, Request) else ()
    return [ord(char) for char in "\n".join(words)]


def _name(qualification: Qualification) -> str | None:
    if qualification.name:
        return qualification.name
    known = crebo.register().get(qualification.crebo or "")
    return known.name if known else None


def _joined(*parts: str | None) -> str:
    return ". ".join(part.strip().rstrip(".") for part in parts if part and part.strip())
