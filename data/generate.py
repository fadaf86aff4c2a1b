"""Generator of the synthetic sample region: alumni, requests and offerings, the same for the same seed."""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from wording import fitting, material, some, styled, typed, upper, vary

from matcher.domain.crebo import register
from matcher.domain.records import RecordKind
from matcher.spreadsheets.columns import columns_of

HERE = Path(__file__).parent
AS_OF = date(2027, 3, 1)
SITES = {  # postcode and town of every building of a school
    "ROC Vechtdal": ((8017, "Zwolle"), (7772, "Hardenberg"), (8017, "Zwolle")),
    "IJsselkwartier College": ((8261, "Kampen"), (8011, "Zwolle")),
    "Vakschool De Zeven Heren": ((8041, "Zwolle"), (7941, "Meppel")),
}
SCHOOLS = tuple(SITES)
KINDS = ("gastles", "hybride docent", "mentor", "netwerkevenement", "bpv-plaats", "regionale ontwikkelingen",
         "ambassadeur", "feedback")  # fmt: skip
PURPOSES = {"llo-advies": 0.6, "nazorg": 0.3, "delen-met-scholen": 0.35, "delen-met-werkgevers": 0.2}
HOURS = ("13:00-15:00", "09:00-10:30", "10:45-12:15", "15:30-17:30", "08:45-10:15", "13:30-16:00", "11:00-12:00")
DAYS = {"maandag": "ma", "dinsdag": "di", "woensdag": "wo", "donderdag": "do", "vrijdag": "vr", "zaterdag": "za"}
YEAR = timedelta(days=365)
LAPSES_SOON = date(2025, 3, 15)
"""Consents from before this day would end around AS_OF (after 24 months), so they are dated a year later."""
SPAN = 120, 150
SAMPLE = 2000
Row = dict[str, Any]


@cache
def works_of_files() -> Mapping[str, tuple[dict[str, Any], ...]]:
    """The fields of work of each file in data/region, in the order of file names."""
    files = sorted(path.stem for path in (HERE / "region").glob("*.toml"))
    return {name: tuple(material(name).get("work", ())) for name in files}


@cache
def works() -> tuple[dict[str, Any], ...]:
    """All fields of work in data/region, in the order of file names."""
    return tuple(work for of_file in works_of_files().values() for work in of_file)


@dataclass(frozen=True)
class Person:
    """The facts of an alumnus that the written texts must agree with."""

    work: Row
    role: Row
    function: str
    known: dict[str, list[str]]
    switched: bool
    newcomer: bool


class Region:
    """The state of generating one region: the random generator, and the texts used so far."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.used: set[str] = set()
        self.wordings = self.shuffled(material("vragen")["request"])
        self.courses = self.shuffled([course for work in works() for course in work["courses"]])

    def shuffled(self, items: Sequence[Any]) -> list[Any]:
        """The items in random order."""
        return self.dice.sample(items, len(items))

    def fresh(self, make: Callable[[], str]) -> str:
        """A text that was not used before; after forty tries, one that was."""
        for _ in range(40):
            text = make()
            if text not in self.used:
                break
        self.used.add(text)
        return text

    def experience(self, person: Person) -> str:
        """What an alumnus writes about work, and about what could be told in class."""
        dice, people, work, role = self.dice, material("mensen"), person.work, person.role
        complete = fitting(work["simple" if person.newcomer else "whole"], person.function)
        if complete and dice.random() < (0.6 if person.newcomer else 0.1):
            return typed(dice, vary(dice, dice.choice(complete), person.known))
        parts = [
            dice.choice(fitting(role["does"], person.function)),
            *some(dice, fitting(work["also"], person.function), 0, 1),
        ]
        stories = some(dice, fitting(work["tells"], person.function), 0, 2)
        if stories and ":" not in stories[0] and not stories[0].startswith(("kan ", "wil ")) and dice.random() < 0.5:
            stories[0] = f"{dice.choice(people['offers'])} {stories[0]}"
        parts += stories
        if len(parts) == 1 or dice.random() < 0.3:
            kind = "newcomers" if person.newcomer else "switched" if person.switched else "asides"
            parts.insert(dice.randint(1, len(parts)), dice.choice(people[kind]))
        return styled(dice, [vary(dice, part, person.known) for part in parts])

    def wish(self, person: Person) -> str:
        """What an alumnus wants to learn."""
        dice, people = self.dice, material("mensen")
        parts = some(dice, fitting(person.work["wants"], person.function), 1, dice.choice((1, 1, 2)))
        if dice.random() < 0.3:
            parts[0] = f"{dice.choice(people['asks'])} {parts[0]}"
        if dice.random() < 0.4:
            parts.append(dice.choice(people["conditions"]))
        return styled(dice, [vary(dice, part, person.known) for part in parts])

    def day(self, first: date, last: date) -> date:
        """A date in the range, bounds included."""
        return first + timedelta(days=self.dice.randint(0, (last - first).days))

    def written(self, day: date) -> str:
        """The date in one of the two notations that people use."""
        return day.isoformat() if self.dice.random() < 0.5 else day.strftime("%d-%m-%Y")

    def day_parts(self, most: int = 6) -> str:
        """Some day parts, sometimes a whole day."""
        parts = [f"{day}-{part}" for day in ("ma", "di", "wo", "do", "vr") for part in ("ochtend", "middag", "avond")]
        return "; ".join(some(self.dice, [*parts, "vr", "za-ochtend", "wo"], 1, most))

    def qualifications(self, role: Row, last: int) -> str:
        """One or two diplomas, the highest last: crebo|name|level|pathway|year."""
        codes = sorted(
            some(self.dice, role["crebo"], 1, self.dice.choice((1, 1, 2))), key=lambda code: register()[code].level
        )
        years = [max(1996, last - self.dice.randint(2, 9)), last][-len(codes) :]
        entries = [
            (register()[code], self.dice.choice(("BOL", "BBL", "BBL", "")), year)
            for code, year in zip(codes, years, strict=True)
        ]
        return "; ".join(
            f"{entry.crebo}|{entry.name}|{entry.level}|{pathway}|{year}" for entry, pathway, year in entries
        )

    def place(self, row: Row) -> None:
        """Fills in postcode and town; four in ten are from Zwolle."""
        dice = self.dice
        towns = material("mensen")["towns"]
        town = "Zwolle" if dice.random() < 0.38 else dice.choice(list(towns))
        pc4 = dice.choice(towns[town])
        letters = "".join(dice.choice("ABCDEGHJKLNPRTVWXZ") for _ in range(2))
        row |= {"postcode": f"{pc4} {letters}" if dice.random() < 0.5 else str(pc4), "woonplaats": town}

    def alumnus(self, number: int) -> Row:
        """One row of alumni; some work in another field than that of their diploma."""
        dice, people = self.dice, material("mensen")
        studied = dice.choices(works(), [work["weight"] for work in works()])[0]
        other = dice.choices(works(), [work["weight"] for work in works()])[0]
        work = other if dice.random() < 0.12 else studied
        learned = dice.choice(studied["role"])
        role = learned if work is studied else dice.choice(work["role"])
        year = dice.randint(1996, 2026)
        group = dice.choices(people["names"], [group["weight"] for group in people["names"]])[0]
        newcomer = group["newcomers"] > dice.random()
        known = {
            "jaren": [str(count) for count in range(2, max(3, 2028 - year))],
            "land": [dice.choice(group["lands"])],
        }
        school = number % 3
        count = number // 3 + 1
        ids = (f"A-{count:04d}", str(20000 + count), f"A-{count:04d}" if count <= 5 else f"vd-{count}")
        first, last = dice.choice(group["first"].split()), dice.choice(group["last"].split())
        row: Row = {
            "alumnus_id": ids[school],
            "school": SCHOOLS[school], "voornaam": first, "achternaam": last.replace("_", " "),
            "email": f"alumnus{number + 1}@voorbeeld.example", "telefoon": f"06-0000{number % 10000:04d}",
            "opleidingen": self.qualifications(learned, year), "talen": dice.choice(group["languages"]),
        }  # fmt: skip
        self.place(row)
        if dice.random() < 0.05:
            return row
        weights = [len(fitting(role["does"], function)) for function in role["functions"]]
        function = dice.choices(role["functions"], weights)[0]
        person = Person(work, role, function, known, work is not studied, newcomer)
        self.working_life(row, person)
        self.wishes(row, person)
        self.agreements(row)
        return row

    def working_life(self, row: Row, person: Person) -> None:
        """Fills in the job and the employer."""
        dice, work, role = self.dice, person.work, person.role
        function = person.function
        row["functie"] = dice.choice((function, upper(function), upper(function), function + " "))
        if dice.random() < 0.85:
            row["werkgever"] = dice.choice(fitting(role["employers"], function))
        if dice.random() < 0.8:
            row["sector"] = dice.choice(work["sector"])
        if dice.random() < 0.85:
            row["vaardigheden"] = "; ".join(some(dice, role["skills"], 2, 4) + some(dice, work["skills"], 0, 2))
        if dice.random() < 0.79:
            row["ervaring"] = self.fresh(lambda: self.experience(person))
            if " I " in f" {row['ervaring']}":
                row["talen"] = dice.choice(("en", "en; nl"))

    def wishes(self, row: Row, person: Person) -> None:
        """Fills in offers, needs and availability."""
        dice = self.dice
        offered = some(dice, KINDS, 1, 5)
        if "gastles" not in offered and dice.random() < 0.5:  # the first thing most people think of
            offered.insert(0, "gastles")
        row["aanbod"] = "; ".join(offered) if dice.random() < 0.85 else ""
        if dice.random() < 0.58:
            row["vraag"] = self.fresh(lambda: self.wish(person))
        kinds = some(dice, ("cursus", "coaching", "werk", "vervolgopleiding", "netwerk"), 1, 3)
        row["vraag_soorten"] = "; ".join(kinds) if dice.random() < 0.6 else dice.choice(("", "", "geen"))
        row["beschikbaarheid"] = self.day_parts() if dice.random() < 0.74 else ""
        row["max_afstand_km"] = dice.choice((5, 10, 15, 20, 25, 30, 40, "", ""))
        row["online"] = dice.choice(("ja", "ja", "Ja", "nee", ""))
        row["max_vragen_per_jaar"] = dice.choice((1, 2, 3, 4, 6, 12, "", ""))
        row["max_prijs"] = dice.choice((0, 50, 150, 250, 500, 1000, 2000, "", "", ""))

    def agreements(self, row: Row) -> None:
        """Fills in consent, pause and certificates."""
        dice = self.dice
        if dice.random() < 0.06:
            pause = self.day(date(2027, 3, 20), date(2027, 9, 1)) if dice.random() < 0.6 else date(2026, 12, 1)
            row["pauze_tot"] = self.written(pause)
        given = [kind for kind in row["aanbod"].split("; ") if kind and dice.random() < 0.85]
        given += [purpose for purpose, share in PURPOSES.items() if dice.random() < share]
        if given and dice.random() < 0.86:
            row["toestemming"] = "; ".join(given)
            day = self.day(date(2024, 9, 1), date(2026, 10, 31))
            row["toestemming_datum"] = self.written(day + YEAR if day < LAPSES_SOON else day)
        if dice.random() < 0.35:
            row["vog_tot"] = self.written(self.day(date(2026, 6, 1), date(2029, 12, 31)))
        if dice.random() < 0.4:
            row["bevoegd"] = "ja" if dice.random() < 0.12 else "nee"
        if "bpv-plaats" in row["aanbod"] and dice.random() < 0.6:
            number = dice.randint(100000, 999999)
            company = row.get("werkgever")
            if company:  # one company has one number, whoever works there
                number = random.Random(company).randint(100000, 999999)
            row["leerbedrijf_id"] = f"LB{number}"
            of_company = random.Random(row["leerbedrijf_id"])  # so that all else is as without these columns
            day = date(2023, 9, 1) + timedelta(of_company.randrange(1000))
            if of_company.random() < 0.8:
                row["leerbedrijf_erkend_op"] = day.isoformat()
            if of_company.random() < 0.7:
                row["leerplaatsen"] = of_company.choice((1, 1, 2, 2, 3, 4, 6))
            if of_company.random() < 0.7:
                town = of_company.choice(list(material("mensen")["towns"]))
                row["leerbedrijf_plaats"] = town if company else row["woonplaats"]

    def request(self, number: int) -> Row:
        """One row of requests, from a hand-written one; R-12 is used as written."""
        dice = self.dice
        kind, crebo, title, about, skills = self.wordings[(number - 1 - (number > 12)) % len(self.wordings)]
        school = SCHOOLS[number % 3]
        row: Row = {"aanvraag_id": f"R-{number}", "school": school, "soort": kind, "vaardigheden": skills}
        row |= {"titel": self.fresh(lambda: vary(dice, title)), "omschrijving": self.fresh(lambda: vary(dice, about))}
        entry = register()[crebo]
        row |= {"opleiding": dice.choice((entry.crebo, entry.name)), "niveau": entry.level, "talen": "nl"}
        row["postcode"], row["plaats"] = dice.choice(SITES[school])
        row |= {"aantal_personen": dice.choice((1, 1, 1, 2, 3)), "online": dice.choice(("nee", "nee", "mag", "ja"))}
        if kind == "bpv-plaats":  # nobody works at a company from home
            row["online"] = "nee"
        start = self.day(date(2027, 3, 8), date(2027, 6, 10))
        words = f"{row['titel']} {row['omschrijving']}".lower()
        named_days = [day for name, day in DAYS.items() if name in words]
        late = kind == "netwerkevenement" and "ontbijt" not in words
        if kind in {"gastles", "netwerkevenement", "regionale ontwikkelingen"} and (late or dice.random() < 0.6):
            hours = "19:00-21:00" if late else "08:00-09:30" if "ontbijt" in words else dice.choice(HOURS)
            row["momenten"] = f"{self.moment_day(start)} {hours}"
            last = date.fromisoformat(self.moment_day(start))
        else:
            row |= {"dagdelen": "; ".join(named_days) or self.day_parts(4), "periode_van": self.written(start)}
            last = start + timedelta(days=dice.randint(20, 60))
            row["periode_tot"] = self.written(last)
        row["uren_per_week"] = dice.choice((4, 6, 8, 12)) if kind == "hybride docent" else ""
        row |= {"vog_nodig": "ja" if kind in {"hybride docent", "mentor"} else "nee"}
        row |= {"leerbedrijf_nodig": "ja" if kind == "bpv-plaats" else "nee"}
        row |= {"aanvrager": f"docent{dice.randint(1, 40)}@voorbeeld.example"}
        closes = date(2027, 2, 12) if number % 30 == 0 else self.day(max(start, date(2027, 3, 12)), date(2027, 7, 9))
        row["sluitingsdatum"] = self.written(min(closes, last))
        return row | material("vragen")["R-12"] if number == 12 else row

    def moment_day(self, day: date) -> str:
        """The first weekday from this date, as written in a moment."""
        return (day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)).isoformat()

    def offering(self, number: int) -> Row:
        """One row of offerings: a run of one of the courses."""
        dice = self.dice
        title, about, skills, level, by, price, days = self.courses[number % len(self.courses)]
        provider = material("vragen")["providers"][by]
        start = self.day(date(2027, 3, 5), date(2027, 11, 20))
        seats = dice.choice((8, 10, 12, 15, 20))
        row: Row = {"aanbod_id": f"C-{number + 1}", "aanbieder": provider["name"], "titel": title}
        row |= {"omschrijving": about, "vaardigheden": skills, "niveau": level, "nlqf": level, "plaatsen": seats}
        row["vorm"] = "online" if by == "online" or "online" in about.lower() else dice.choice(provider["forms"])
        times = self.lesson_times(about.lower())
        start += timedelta(days=(list(DAYS.values()).index(times[0][:2]) - start.weekday()) % 7)
        row["dagdelen"] = "; ".join(times)
        row |= {"start": self.written(start), "eind": self.written(start + timedelta(days=days)), "prijs": price}
        row["ingeschreven"] = seats if dice.random() < 0.05 else dice.randint(0, seats - 1)
        early = start - timedelta(days=dice.choice((3, 10, 21)))
        row["aanmelden_tot"] = self.written(date(2027, 2, 20) if dice.random() < 0.04 else early)
        row["postcode"], row["plaats"] = dice.choice(provider["sites"])
        row |= {"taal": "nl", "financiering": dice.choice(provider["funding"]) if price else "", "crebo": ""}
        row["toelatingseisen"] = dice.choice(material("vragen")["admission"][str(level)])
        return row | {"url": f"https://voorbeeld.example/cursus/{number + 1}"}

    def lesson_times(self, about: str) -> list[str]:
        """The day parts of a course, in agreement with its description."""
        named_days = [day for name, day in DAYS.items() if name in about]
        days = named_days or sorted(some(self.dice, list(DAYS.values())[:5], 1, 2), key=list(DAYS.values()).index)
        part = next((part for part in ("avond", "ochtend", "middag") if part in about), "")
        if not part and "dag" not in about:
            part = self.dice.choice(("avond", "ochtend", "middag"))
        return [f"{day}-{part}" if part and day != "za" else day for day in days]


def write(path: Path, kind: RecordKind, rows: Iterable[Row]) -> None:
    """Writes the rows under the Dutch headers, as .xlsx or as the .csv of a Dutch Excel."""
    names = [column.name for column in columns_of(kind)]
    table = [names, *([row.get(name, "") for name in names] for row in rows)]
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(table)
        return
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(kind.value)
    for cells in table:
        sheet.append([None if cell == "" else cell for cell in cells])
    book.save(path)


def make(alumni: int = SAMPLE, seed: int = 2027) -> dict[RecordKind, list[Row]]:
    """The rows of a region with this many alumni; requests and offerings in proportion."""
    region = Region(seed)
    requests, offerings = (max(12, count * alumni // SAMPLE) for count in SPAN)
    return {
        RecordKind.REQUESTS: [region.request(number + 1) for number in range(requests)],
        RecordKind.OFFERINGS: [region.offering(number) for number in range(offerings)],
        RecordKind.ALUMNI: [region.alumnus(number) for number in range(alumni)],
    }


def main() -> None:
    """Reads the command line and writes the three files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alumni", type=int, default=SAMPLE)
    parser.add_argument("--format", choices=("sample", "csv", "xlsx"), default="sample")
    parser.add_argument("--seed", type=int, default=2027)
    parser.add_argument("--out", type=Path, default=HERE / "sample")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for kind, rows in make(given.alumni, given.seed).items():
        usual = "csv" if kind is RecordKind.REQUESTS else "xlsx"
        suffix = usual if given.format == "sample" else given.format
        write(given.out / f"{kind.value}.{suffix}", kind, rows)


if __name__ == "__main__":
    main()
