"""What is in the region: schools, people, requests and courses, and the files in which schools list them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from matcher.domain.kinds import KINDS, PURPOSES, NeedKind, Purpose, RequestKind
from matcher.spreadsheets.columns import word_of

SCHOOLS = ("Noord", "Zuid", "Oost")
EMPLOYER = "Werkgever West"
PEOPLE = 40
"""Alumni of each school at the beginning; later files bring some more."""
NUMBERS = 48
"""Numbers that a school gives out."""
REQUESTS = 12
"""Requests by the schools and one employer, in turns."""
MADE = (12, 13, 14, 16, 17, 18)
"""The numbers by which requests are known here that were made on a page; the last of each number counts."""
PROCESSES = 3
START = date(2027, 3, 1)
KINDS_HERE = {
    kind: KINDS[kind]
    for kind in (
        RequestKind.GUEST_LESSON,
        RequestKind.MENTOR,
        RequestKind.HYBRID_TEACHER,
        RequestKind.AFTERCARE,
        RequestKind.FEEDBACK,
    )
}
_WORK = ("lasser", "kok", "verzorgende", "timmerman", "monteur")
SKILLS = ("lassen", "wondzorg", "ehbo", "plannen", "koken")


UNNUMBERED = range(60, 66)
"""Marks of people whom no school gives a number."""


def id_of(number: int) -> str:
    """The number of a school, as its lists have it."""
    return f"A-{number}"


def same_number(id_: str) -> str:
    """A number without the marks and zeros that may be left out of it."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", id_.lower().replace("-", ""))


def is_schools_own(id_: str) -> bool:
    """Whether it is a number of a school: those that the program gives have no dash."""
    return id_.startswith(id_of(0)[:2])


def mark_of(school: str, number: int) -> str:
    """A word that occurs in everything personal of one alumnus and nowhere else."""
    return f"zq{SCHOOLS.index(school)}x{number:02d}y"


def marks_in(values: Iterable[object]) -> set[str]:
    """The marks of whomever these values speak of."""
    return set(re.findall(r"zq\dx\d\dy", " ".join(map(str, values)).lower()))


@dataclass(frozen=True)
class Row:
    """What a school's file says about one alumnus."""

    school: str
    number: int
    email: str | None
    function: str
    skills: tuple[str, ...]
    needs: str
    offers: frozenset[RequestKind]
    nothing: bool
    """Whether the alumnus wants no offers at all."""
    paused_until: date | None
    budget: int | None
    consents: frozenset[Purpose]
    consent_date: date | None

    @property
    def id(self) -> str:
        """The number of the school."""
        return id_of(self.number)


def row_of(school: str, number: int, version: int, consent_date: date | None, today: date) -> Row:
    """Version 0 agrees to much; later ones say something else each, about consent and about the address too."""
    dice = Random(f"{school} {number} {version}")
    purposes = [*(kind.purpose for kind in KINDS_HERE.values()), Purpose.LLO_ADVICE, Purpose.SHARE_SCHOOLS]
    purposes += [Purpose.SHARE_EMPLOYERS]
    agrees = 0.85 if version < 6 else 0.4
    return Row(
        school,
        number,
        _address(dice, school, number, version),
        dice.choice(_WORK),
        tuple(sorted(dice.sample(SKILLS, 2))),
        f"iets met {dice.choice(SKILLS)} {mark_of(school, number)}",
        frozenset(kind for kind in KINDS_HERE if kind is not RequestKind.AFTERCARE and dice.random() < 0.8),
        dice.random() < 0.1,
        today + timedelta(days=dice.choice((0, 1, 20, 90))) if dice.random() < 0.15 else None,
        dice.choice((None, None, 0, 1, 2, 3)),
        frozenset(purpose for purpose in purposes if dice.random() < agrees),
        consent_date,
    )


def _address(dice: Random, school: str, number: int, version: int) -> str | None:
    chance = dice.random()
    if chance < 0.06:
        return None
    if chance < 0.14:
        return f"gezin{number % 5}@voorbeeld.example"  # one address for several people
    letters = mark_of(school, number)
    return f"{letters.upper() if version == 5 else letters}{version // 3}@voorbeeld.example"


def write_alumni(path: Path, rows: Iterable[Row]) -> None:
    """A school's list of alumni, with its Dutch words."""
    headers = (
        *("school", "alumnus_id", "voornaam", "achternaam", "email", "functie", "vaardigheden", "ervaring", "vraag"),
        *("vraag_soorten", "aanbod", "pauze_tot", "max_vragen_per_jaar", "toestemming", "toestemming_datum"),
    )
    lines = [
        (
            *(row.school, row.id, "Sam", f"van {mark_of(row.school, row.number)}", row.email or "", row.function),
            *("; ".join(row.skills), f"veel {mark_of(row.school, row.number)}", row.needs),
            word_of(NeedKind.NONE) if row.nothing else word_of(NeedKind.COURSE),
            "; ".join(sorted(word_of(kind) for kind in row.offers)),
            "" if row.paused_until is None else row.paused_until.isoformat(),
            "" if row.budget is None else str(row.budget),
            "; ".join(sorted(PURPOSES[purpose].word for purpose in row.consents)),
            "" if row.consent_date is None else row.consent_date.isoformat(),
        )
        for row in rows
    ]
    _write(path, headers, lines)


@dataclass(frozen=True)
class Wanted:
    """What a file says about one request."""

    number: int
    kind: RequestKind
    people: int
    closes_on: date | None
    requester: str | None
    own_id: str = ""
    """The id that the program gave."""

    @property
    def id(self) -> str:
        """The number of the school, or the one that the program gave."""
        return self.own_id or f"R-{self.number}"

    @property
    def school(self) -> str:
        """Who asks: a school, or the employer."""
        return (*SCHOOLS, EMPLOYER)[self.number % 4]


def wanted(number: int, version: int, today: date) -> Wanted:
    """Version 0 is open and wide; later ones close, are full sooner, or are asked by an alumnus."""
    dice = Random(f"request {number} {version}")
    kinds = list(KINDS_HERE)
    closes = None if dice.random() < 0.5 else today + timedelta(days=dice.choice((-1, 0, 5, 60)))
    requester = dice.choice((None, "docent@voorbeeld.example", f"gezin{number % 5}@voorbeeld.example"))
    kind = kinds[(number // 2) % len(kinds)]
    if version == 0:
        return Wanted(number, kind, 3 if number % 3 else 40, None, requester)
    return Wanted(number, kind, dice.choice((1, 2, 5, 40)), closes, requester)


def write_requests(path: Path, asked: Iterable[Wanted]) -> None:
    """A list of requests."""
    headers = (
        "school",
        "aanvraag_id",
        "soort",
        "titel",
        "vaardigheden",
        "aantal_personen",
        "sluitingsdatum",
        "aanvrager",
    )
    lines = [
        (
            *(
                one.school,
                one.id,
                word_of(one.kind),
                f"Gezocht voor {SKILLS[one.number % 5]}",
                SKILLS[one.number % 5],
            ),
            *(str(one.people), "" if one.closes_on is None else one.closes_on.isoformat(), one.requester or ""),
        )
        for one in asked
    ]
    _write(path, headers, lines)


COURSES = 6


def write_courses(path: Path, courses: Mapping[int, int]) -> None:
    """A list of courses, each with the version of what it says. All stay open."""
    lines = [
        ("Aanbieder", f"C-{number}", f"Cursus {SKILLS[(number + version) % 5]}", SKILLS[number % 5])
        for number, version in courses.items()
    ]
    _write(path, ("aanbieder", "aanbod_id", "titel", "vaardigheden"), lines)


def _write(path: Path, headers: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(headers)
        writer.writerows(lines)
