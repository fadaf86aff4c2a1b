"""Makes the synthetic sample region: alumni, requests and offerings, always the same for the same seed."""

from __future__ import annotations

import argparse
import csv
import random
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from matcher.crebo import register
from matcher.domain import RecordKind
from matcher.importers.columns import COLUMNS

HERE = Path(__file__).parent
AS_OF = date(2027, 3, 1)
SCHOOLS = ("ROC Vechtdal", "IJsselkwartier College", "Vakschool De Zeven Heren")
KINDS = ("gastles", "hybride docent", "mentor", "netwerkevenement", "bpv-plaats", "regionale ontwikkelingen",
         "ambassadeur", "feedback")  # fmt: skip
PURPOSES = {"llo-advies": 0.6, "nazorg": 0.3, "delen-met-scholen": 0.35, "delen-met-werkgevers": 0.2}
SPAN = 120, 150
SAMPLE = 2000
Row = dict[str, Any]


@cache
def material(name: str) -> dict[str, Any]:
    """One file of hand-written words."""
    return tomllib.loads((HERE / "region" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def works() -> tuple[dict[str, Any], ...]:
    """Every field of work in data/region, in the order of file names."""
    files = sorted(path.stem for path in (HERE / "region").glob("*.toml"))
    return tuple(work for name in files for work in material(name).get("work", ()))


def vary(dice: random.Random, pattern: str) -> str:
    """The pattern with one choice for every [a|b] and a number for {jaren}."""
    while "[" in pattern:
        pattern = re.sub(r"\[([^\[\]]*)\]", lambda found: dice.choice(found[1].split("|")), pattern)
    return pattern.replace("{jaren}", str(dice.randint(2, 27)))


def some(dice: random.Random, items: Sequence[str], least: int, most: int) -> list[str]:
    """Between `least` and `most` different items, in random order."""
    return dice.sample(items, min(len(items), dice.randint(least, most)))


def upper(text: str) -> str:
    """The text with a capital, the rest as it was."""
    return text[:1].upper() + text[1:]


def mistaken(dice: random.Random, text: str) -> str:
    """The text as typed in haste: one to three slips such as people make."""
    words = text.split(" ")
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(words))
        word = words[place]
        if word.endswith("dt"):
            word = word[:-1]
        elif len(word) > 4:
            at = dice.randrange(1, len(word) - 2)
            slips = (word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:],
                     word[:at] + word[at + 1] + word[at] + word[at + 2 :])  # fmt: skip
            word = dice.choice(slips)
        words[place] = word
    return " ".join(words)


def styled(dice: random.Random, parts: list[str]) -> str:
    """Sentences joined in one of the ways in which people fill a text box."""
    way = dice.random()
    if way < 0.5:
        text = ". ".join(upper(part) for part in parts) + dice.choice((".", ".", "", "!"))
    elif way < 0.68:
        text = (dice.choice((", ", " en ", "... ")).join(parts)).lower()
    elif way < 0.8:
        text = "\n".join(f"- {part}" for part in parts)
    elif way < 0.9:
        text = upper("; ".join(parts)) + "."
    else:
        text = upper(dice.choice((", en ", ". Verder: ", " - ")).join(parts)) + "."
    return mistaken(dice, text) if dice.random() < 0.075 else text


class Region:
    """One region being made: the dice, and the texts that were used already."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.said: set[str] = set()

    def fresh(self, make: Callable[[], str]) -> str:
        """A text that nobody wrote before, or after forty tries one that somebody did."""
        for _ in range(40):
            text = make()
            if text not in self.said:
                break
        self.said.add(text)
        return text

    def experience(self, work: Row) -> str:
        """What somebody writes about work and what there is to tell."""
        dice, people = self.dice, material("mensen")
        parts = some(dice, work["does"], 1, 2) + some(dice, work["tells"], 0, 2)
        if dice.random() < 0.45:
            parts.insert(dice.randint(0, len(parts)), dice.choice(people["asides"]))
        if len(parts) == 1:
            parts.append(dice.choice(people["asides"]))
        return styled(dice, [vary(dice, part) for part in parts])

    def wish(self, work: Row) -> str:
        """What somebody wants to learn."""
        dice, people = self.dice, material("mensen")
        parts = some(dice, work["wants"], 1, 2)
        if dice.random() < 0.6:
            parts.append(dice.choice(people["conditions"]))
        return styled(dice, [vary(dice, part) for part in parts])

    def day(self, first: date, last: date) -> date:
        """A date between the two."""
        return first + timedelta(days=self.dice.randint(0, (last - first).days))

    def written(self, day: date) -> str:
        """The date in one of the two notations that people use."""
        return day.isoformat() if self.dice.random() < 0.5 else day.strftime("%d-%m-%Y")

    def day_parts(self, most: int = 6) -> str:
        """A handful of day parts, sometimes a whole day."""
        parts = [f"{day}-{part}" for day in ("ma", "di", "wo", "do", "vr") for part in ("ochtend", "middag", "avond")]
        return "; ".join(some(self.dice, [*parts, "vr", "za-ochtend", "wo"], 1, most))

    def qualification(self, work: Row) -> str:
        """One diploma: crebo|name|level|pathway|year."""
        entry = register()[self.dice.choice(work["crebo"])]
        pathway = self.dice.choice(("BOL", "BBL", "BBL", ""))
        return f"{entry.crebo}|{entry.name}|{entry.level}|{pathway}|{self.dice.randint(1996, 2026)}"

    def place(self, row: Row) -> None:
        """Fills postcode and town: four in ten from Zwolle."""
        dice = self.dice
        towns = material("mensen")["towns"]
        town = "Zwolle" if dice.random() < 0.38 else dice.choice(list(towns))
        pc4 = dice.choice(towns[town])
        letters = "".join(dice.choice("ABCDEGHJKLNPRTVWXZ") for _ in range(2))
        row |= {"postcode": f"{pc4} {letters}" if dice.random() < 0.5 else str(pc4), "woonplaats": town}

    def alumnus(self, number: int) -> Row:
        """One row of alumni; now and then somebody works in another field than the diploma says."""
        dice, people = self.dice, material("mensen")
        studied = dice.choices(works(), [work["weight"] for work in works()])[0]
        work = dice.choice(works()) if dice.random() < 0.15 else studied
        school = number % 3
        own = number // 3 + 1
        first, last = dice.choice(people["first"].split()), dice.choice(people["last"].split())
        row: Row = {
            "alumnus_id": (f"A-{own:04d}", str(20000 + own), f"A-{own:04d}" if own <= 5 else f"vd-{own}")[school],
            "school": SCHOOLS[school], "voornaam": first, "achternaam": last,
            "email": f"alumnus{number + 1}@voorbeeld.example", "telefoon": f"06-0000{number % 10000:04d}",
            "opleidingen": "; ".join(self.qualification(studied) for _ in range(dice.choice((1, 1, 1, 2)))),
        }  # fmt: skip
        self.place(row)
        if dice.random() < 0.05:
            return row
        self.working_life(row, work)
        self.wishes(row, work)
        self.agreements(row)
        return row

    def working_life(self, row: Row, work: Row) -> None:
        """Fills what somebody does, and where."""
        dice = self.dice
        function = dice.choice(work["functions"])
        row["functie"] = dice.choice((function, upper(function), upper(function), function + " "))
        if dice.random() < 0.85:
            row["werkgever"] = dice.choice(work["employers"])
        if dice.random() < 0.8:
            row["sector"] = dice.choice(work["sector"])
        if dice.random() < 0.85:
            row["vaardigheden"] = "; ".join(some(dice, work["skills"], 2, 6))
        if dice.random() < 0.79:
            row["ervaring"] = self.fresh(lambda: self.experience(work))

    def wishes(self, row: Row, work: Row) -> None:
        """Fills what somebody offers and asks, and when."""
        dice = self.dice
        offered = some(dice, KINDS, 1, 5)
        if "gastles" not in offered and dice.random() < 0.5:  # the first thing most people think of
            offered.insert(0, "gastles")
        row["aanbod"] = "; ".join(offered) if dice.random() < 0.85 else ""
        if dice.random() < 0.58:
            row["vraag"] = self.fresh(lambda: self.wish(work))
        kinds = some(dice, ("cursus", "coaching", "werk", "vervolgopleiding", "netwerk"), 1, 3)
        row["vraag_soorten"] = "; ".join(kinds) if dice.random() < 0.6 else dice.choice(("", "", "geen"))
        row["beschikbaarheid"] = self.day_parts() if dice.random() < 0.74 else ""
        row["max_afstand_km"] = dice.choice((5, 10, 15, 20, 25, 30, 40, "", ""))
        row["online"] = dice.choice(("ja", "ja", "Ja", "nee", ""))
        row["max_vragen_per_jaar"] = dice.choice((1, 2, 3, 4, 6, 12, "", ""))
        row["talen"] = dice.choice(
            ("nl", "nl", "nl", "nl; en", "nl; en", "nl; tr", "nl; ar", "nl; pl", "nl; de", "en", "")
        )
        row["max_prijs"] = dice.choice((0, 50, 150, 250, 500, 1000, 2000, "", "", ""))

    def agreements(self, row: Row) -> None:
        """Fills consent, pause and certificates."""
        dice = self.dice
        if dice.random() < 0.06:
            pause = self.day(date(2027, 3, 20), date(2027, 9, 1)) if dice.random() < 0.6 else date(2026, 12, 1)
            row["pauze_tot"] = self.written(pause)
        given = [kind for kind in row["aanbod"].split("; ") if kind and dice.random() < 0.85]
        given += [purpose for purpose, share in PURPOSES.items() if dice.random() < share]
        if given and dice.random() < 0.86:
            row["toestemming"] = "; ".join(given)
            row["toestemming_datum"] = self.written(self.day(date(2024, 9, 1), date(2026, 10, 31)))
        if dice.random() < 0.35:
            row["vog_tot"] = self.written(self.day(date(2026, 6, 1), date(2029, 12, 31)))
        if dice.random() < 0.4:
            row["bevoegd"] = "ja" if dice.random() < 0.12 else "nee"
        if "bpv-plaats" in row["aanbod"] and dice.random() < 0.6:
            row["leerbedrijf_id"] = f"LB{dice.randint(100000, 999999)}"

    def request(self, number: int) -> Row:
        """One row of requests; the first rounds through the hand-written ones, and R-12 as it was written."""
        dice = self.dice
        wanted = material("vragen")["request"]
        kind, field, title, about = wanted[(number - 12) % len(wanted)]
        work = next(work for work in works() if work["name"] == field)
        row: Row = {"aanvraag_id": f"R-{number}", "school": SCHOOLS[number % 3], "soort": kind}
        row |= {"titel": self.fresh(lambda: vary(dice, title)), "omschrijving": self.fresh(lambda: vary(dice, about))}
        entry = register()[dice.choice(work["crebo"])]
        row |= {"opleiding": dice.choice((entry.crebo, entry.name)), "niveau": entry.level}
        row |= {
            "vaardigheden": "; ".join(some(dice, work["skills"], 2, 4)),
            "aantal_personen": dice.choice((1, 1, 1, 2, 3)),
        }
        row |= {"postcode": dice.choice((8017, 8041, 8261, 7772)), "online": dice.choice(("nee", "nee", "mag", "ja"))}
        row |= {"plaats": {8261: "Kampen", 7772: "Hardenberg"}.get(row["postcode"], "Zwolle"), "talen": "nl"}
        start = self.day(date(2027, 3, 8), date(2027, 6, 10))
        if kind in {"gastles", "netwerkevenement", "regionale ontwikkelingen"} and dice.random() < 0.6:
            row["momenten"] = f"{self.moment_day(start)} {dice.choice(('13:00-15:00', '09:00-10:30', '19:00-21:00'))}"
        else:
            row |= {"dagdelen": self.day_parts(4), "periode_van": self.written(start)}
            row["periode_tot"] = self.written(start + timedelta(days=dice.randint(20, 60)))
        row["uren_per_week"] = dice.choice((4, 6, 8, 12)) if kind == "hybride docent" else ""
        row |= {"vog_nodig": "ja" if kind in {"hybride docent", "mentor"} else "nee"}
        row |= {"leerbedrijf_nodig": "ja" if kind == "bpv-plaats" else "nee"}
        row |= {"aanvrager": f"docent{dice.randint(1, 40)}@voorbeeld.example"}
        closes = date(2027, 2, 12) if number % 30 == 0 else self.day(max(start, date(2027, 3, 12)), date(2027, 7, 9))
        row["sluitingsdatum"] = self.written(closes)
        return row | material("vragen")["R-12"] if number == 12 else row

    def moment_day(self, day: date) -> str:
        """The first weekday from this date, as written in a firm moment."""
        return (day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)).isoformat()

    def offering(self, number: int) -> Row:
        """One row of offerings: a run of one of the courses."""
        dice = self.dice
        courses = [course for work in works() for course in work["courses"]]
        title, about, skills, level = courses[number % len(courses)]
        provider = dice.choice(material("vragen")["providers"])
        price = dice.choice(provider["prices"])
        start = self.day(date(2027, 3, 5), date(2027, 11, 20))
        seats = dice.choice((8, 10, 12, 15, 20))
        row: Row = {"aanbod_id": f"C-{number + 1}", "aanbieder": provider["name"], "titel": title}
        row["omschrijving"] = about
        row |= {"vaardigheden": skills, "niveau": level, "nlqf": level, "start": self.written(start), "plaatsen": seats}
        row |= {"eind": self.written(start + timedelta(days=dice.choice((0, 14, 60, 120)))), "prijs": price}
        row |= {"dagdelen": self.day_parts(2), "vorm": dice.choice(("klassikaal", "klassikaal", "blended", "online"))}
        row["ingeschreven"] = seats if dice.random() < 0.05 else dice.randint(0, seats - 1)
        early = start - timedelta(days=dice.choice((3, 10, 21)))
        row["aanmelden_tot"] = self.written(date(2027, 2, 20) if dice.random() < 0.04 else early)
        self.place(row)
        row |= {"taal": "nl", "financiering": dice.choice(provider["funding"]) if price else "", "crebo": ""}
        row["toelatingseisen"] = dice.choice(material("vragen")["admission"])
        return row | {"url": f"https://voorbeeld.example/cursus/{number + 1}"}


def write(path: Path, kind: RecordKind, rows: Iterable[Row]) -> None:
    """Writes the rows under the Dutch headers, as .xlsx or as the .csv that a Dutch Excel saves."""
    names = [column.name for column in COLUMNS[kind]]
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
