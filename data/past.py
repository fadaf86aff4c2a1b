"""The past year of the sample region: requests of then, and who was asked, said yes or no, came, and had what of it.

The same for the same seed; made after `generate.py`, whose alumni it asks. Nobody is asked more often than they want,
for what they do not offer, or before they agreed.
"""

from __future__ import annotations

import argparse
import csv
import random
from bisect import insort
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from generate import AS_OF, HERE, Region, Row, make, write

from matcher.domain.crebo import register, sector
from matcher.domain.ledger import DEFAULT_ASKS_PER_YEAR
from matcher.domain.records import RecordKind

SEED = 2026
REQUESTS = 100
YEAR = timedelta(days=365)
COLUMNS = ("alumnus_id", "school", "datum", "wat", "soort", "aanvraag_id", "uren", "studenten", "opbrengst", "reden")
REASONS = {"geen tijd": 38, "nu niet": 27, "te ver": 18, "niet mijn vak": 17}
TEACHES = {"gastles": (12, 28), "hybride docent": (15, 26), "regionale ontwikkelingen": (18, 40)}
HOURS = {"hybride docent": (8, 60), "mentor": (6, 20), "bpv-plaats": (20, 80), "ambassadeur": (2, 8)}
SHIFTS = (52, 26, 20, 16)
"""Weeks between a request of this year and one of then: the same day of the week, in no summer holiday."""
CHRISTMAS = date(2026, 12, 19), date(2027, 1, 3)
"""The holiday in which no school has lessons."""
BENEFITS = {"cursus": "cursus", "coaching": "begeleiding", "werk": "werk", "netwerk": "bijeenkomst"}


@dataclass
class Person:
    """An alumnus as far as it decides who is asked."""

    id: str
    school: str
    offers: frozenset[str]
    agreed: frozenset[str]
    since: date | None
    crebos: frozenset[str]
    skills: frozenset[str]
    needs: tuple[str, ...]
    budget: int
    asked: list[date] = field(default_factory=list)

    @classmethod
    def of(cls, row: Row) -> Person:
        """The person of a row of alumni."""
        budget = row.get("max_vragen_per_jaar", "")
        return cls(
            id=row["alumnus_id"],
            school=row["school"],
            offers=frozenset(_items(row.get("aanbod", ""))),
            agreed=frozenset(_items(row.get("toestemming", ""))),
            since=_day(row["toestemming_datum"]) if row.get("toestemming_datum") else None,
            crebos=frozenset(part.split("|")[0] for part in _items(row["opleidingen"])),
            skills=frozenset(_items(row.get("vaardigheden", "").casefold())),
            needs=tuple(need for need in _items(row.get("vraag_soorten", "")) if need in BENEFITS),
            budget=DEFAULT_ASKS_PER_YEAR if budget == "" else int(budget),
        )

    def may_be_asked(self, kind: str, day: date) -> bool:
        """Whether this may be asked on a day: offered, agreed to, and fewer asks in a year than the person wants."""
        near = [one for one in self.asked if abs(one - day) < YEAR]
        fits = kind in self.offers and kind in self.agreed and self.since is not None and self.since <= day
        return fits and len(near) < self.budget and all(abs(one - day) > timedelta(days=21) for one in near)


class Past:
    """The year as it grows: entries of the history, by day."""

    def __init__(self, seed: int, people: Sequence[Person]) -> None:
        self.dice = random.Random(seed)
        self.people = people
        self.entries: list[tuple[date, int, Row]] = []

    def add(self, person: Person, day: date, what: str, **more: object) -> None:
        """One entry, unless it would be of after the year."""
        if day < AS_OF:
            row = {"alumnus_id": person.id, "school": person.school, "datum": day.isoformat(), "wat": what, **more}
            insort(self.entries, (day, len(self.entries), row), key=lambda entry: entry[:2])

    def fill(self, request: Row, first: date, last: date) -> None:
        """Asks for a request until its places are filled, its own days come, or nobody is left."""
        dice, kind, id_ = self.dice, request["soort"], request["aanvraag_id"]
        day = first - timedelta(days=dice.randint(20, 42))
        came: list[tuple[Person, date]] = []
        for person in self.candidates(request):
            if day >= first or len(came) == request["aantal_personen"]:
                break
            if not person.may_be_asked(kind, day):
                continue
            person.asked.append(day)
            self.add(person, day, "gevraagd", aanvraag_id=id_)
            answer = dice.random()
            later = day + timedelta(days=dice.randint(0, 5))
            if answer < 0.48:
                self.add(person, later, "ja", aanvraag_id=id_)
                came.append((person, later))
            elif answer < 0.75:
                reason = dice.choices(list(REASONS), list(REASONS.values()))[0]
                self.add(person, later, "nee", aanvraag_id=id_, reden=reason)
            elif answer < 0.8:
                self.add(person, later, "later", aanvraag_id=id_)
            else:
                later = day + timedelta(days=7)
            day = later + timedelta(days=1)
        if came and dice.random() < 0.92:
            self.hold(request, came, first, last)

    def candidates(self, request: Row) -> Iterator[Person]:
        """Alumni of the school whom it fits, those of the same qualification first."""
        skills = frozenset(_items(request["vaardigheden"].casefold()))
        own = [one for one in self.people if one.school == request["school"]]
        close = [one for one in own if skills & one.skills or request["crebo"] in one.crebos]
        yield from sorted(
            self.dice.sample(close, len(close)),
            key=lambda one: -2 * len(skills & one.skills) - (request["crebo"] in one.crebos) + len(one.asked),
        )

    def hold(self, request: Row, came: Sequence[tuple[Person, date]], first: date, last: date) -> None:
        """It happened: what each gave, and now and then a word of thanks."""
        dice, kind = self.dice, request["soort"]
        on = first if request.get("momenten") else first + timedelta(days=dice.randint(0, max(0, (last - first).days)))
        students = dice.randint(*TEACHES[kind]) if kind in TEACHES else ""
        hours = dice.randint(*HOURS[kind]) if kind in HOURS else dice.choice((1, 1.5, 1.5, 2))
        for person, _ in came:
            told = {"aanvraag_id": request["aanvraag_id"], "uren": str(hours).replace(".", ","), "studenten": students}
            self.add(person, on, "gegeven", **told)
            if dice.random() < 0.6:
                self.add(person, on + timedelta(days=dice.randint(1, 9)), "gekregen", opbrengst="bedankt")

    def return_something(self) -> None:
        """What alumni had of the school besides: one in twelve of those who look for something."""
        for person in self.people:
            if person.needs and person.since is not None and self.dice.random() < 1 / 12:
                earliest = max(person.since, AS_OF - YEAR)
                day = earliest + timedelta(days=self.dice.randint(0, max(0, (AS_OF - earliest).days - 1)))
                what = "advies" if self.dice.random() < 0.35 else BENEFITS[self.dice.choice(person.needs)]
                self.add(person, day, "gekregen", opbrengst=what)


def requests(seed: int, count: int) -> list[Row]:
    """Requests of then, as `generate.py` writes those of now, some months earlier."""
    region = Region(seed)
    fields = {entry.name: sector(entry.domain) for entry in register().values()}
    made = []
    for number in range(1, count + 1):
        row = region.request(number if number < 12 else number + 1)  # R-12 is written by hand
        weeks = timedelta(weeks=SHIFTS[number % len(SHIFTS)])
        row["aanvraag_id"] = f"V-{number}"
        if field_ := fields.get(row["opleiding"]):
            row["team"] = f"Team {field_[:1].lower()}{field_[1:]}"
        if any(CHRISTMAS[0] <= day - weeks <= CHRISTMAS[1] for day in _span(row)):
            weeks += timedelta(weeks=3)
        for name in ("periode_van", "periode_tot", "sluitingsdatum"):
            if row.get(name):
                row[name] = (_day(row[name]) - weeks).isoformat()
        if row.get("momenten"):
            day, hours = row["momenten"].split(" ")
            row["momenten"] = f"{date.fromisoformat(day) - weeks} {hours}"
        if _span(row)[1] < AS_OF:
            made.append(row)
    return made


def history(people: Sequence[Person], past: Sequence[Row], seed: int) -> list[Row]:
    """The entries of the year, in the order of their days."""
    year = Past(seed, people)
    names = {entry.name: entry.crebo for entry in register().values()}
    for row in sorted(past, key=lambda row: (_span(row)[0], row["aanvraag_id"])):
        year.fill(row | {"crebo": names.get(row["opleiding"], row["opleiding"])}, *_span(row))
    year.return_something()
    return [row for _, _, row in year.entries]


def _span(row: Row) -> tuple[date, date]:
    if row.get("momenten"):
        day = date.fromisoformat(row["momenten"][:10])
        return day, day
    return _day(row["periode_van"]), _day(row["periode_tot"])


def _items(cell: str) -> list[str]:
    return [item.strip() for item in cell.split(";") if item.strip()]


def _day(cell: str) -> date:
    return date.fromisoformat(cell) if cell[4] == "-" else datetime.strptime(cell, "%d-%m-%Y").date()  # noqa: DTZ007


def write_history(path: Path, rows: Sequence[Row]) -> None:
    """Writes the entries as the .csv of a Dutch Excel."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerows([COLUMNS, *([row.get(name, "") for name in COLUMNS] for row in rows)])


def made(seed: int = SEED) -> tuple[list[Row], list[Row]]:
    """The requests of then, and the entries of the year."""
    people = [Person.of(row) for row in make()[RecordKind.ALUMNI]]
    past = requests(seed, REQUESTS)
    return past, history(people, past, seed)


def main() -> None:
    """Reads the command line and writes the two files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "sample")
    given = parser.parse_args()
    past, entries = made()
    write(given.out / "past_requests.csv", RecordKind.REQUESTS, past)
    write_history(given.out / "history.csv", entries)
    counts = Counter(row["wat"] for row in entries)
    print(len(past), "requests;", ", ".join(f"{what} {count}" for what, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
