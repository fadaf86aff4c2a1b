"""Makes who of the sample left without a diploma, and the contacts of aftercare: `python data/aftercare.py`.

Two small files beside the sample, read by the demo alone. The sample has no days of leaving, so who left in 2026
follows from the year of the last course; `diploma` and contacts are in no column of a ranking, so that no list of the
sample changes by them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from random import Random

import openpyxl

SAMPLE = Path(__file__).parent / "sample"
LEAVERS, CONTACTS = "leavers.csv", "aftercare.csv"
LEFT, TODAY = date(2026, 7, 31), date(2027, 3, 1)
WITHOUT_DIPLOMA = 0.16
"""The share that left without one; nobody at school knows it of the sample, so it is drawn."""
TRIED = 0.75
_OUTCOMES = {"work": 50, "study": 22, "none": 8, "no_contact": 20}
_WAYS = {"phone": 70, "message": 15, "mail": 10, "meeting": 5}


def main(folder: Path = SAMPLE) -> None:
    """Writes both files into a folder."""
    dice, leavers, contacts = Random(18), [], []
    for number, school in _left(LEFT.year):
        leavers.append([number, school, "nee" if dice.random() < WITHOUT_DIPLOMA else "ja"])
        day = LEFT + timedelta(days=dice.randrange(20, 60))
        while dice.random() < TRIED and day < TODAY:
            (outcome,), (how,) = (dice.choices([*words], [*words.values()]) for words in (_OUTCOMES, _WAYS))
            contacts.append([number, school, day.isoformat(), how, outcome])
            if outcome in {"work", "study"}:
                break
            day += timedelta(days=dice.randrange(10, 45))
    _write(folder / LEAVERS, ("alumnus_id", "school", "diploma"), leavers)
    _write(folder / CONTACTS, ("alumnus_id", "school", "on", "how", "outcome"), contacts)


def _left(year: int) -> Iterable[tuple[str, str]]:
    """Number and school of the alumni of the sample whose last course ended in a year."""
    book = openpyxl.load_workbook(SAMPLE / "alumni.xlsx", read_only=True)
    with closing(book):
        columns, *rows = book.worksheets[0].iter_rows(values_only=True)
    number, school, courses = (columns.index(name) for name in ("alumnus_id", "school", "opleidingen"))
    for row in rows:
        years = [part.rpartition("|")[2].strip() for part in str(row[courses] or "").split(";")]
        if max((int(one) for one in years if one.isdigit()), default=0) == year:
            yield str(row[number]), str(row[school])


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *rows])


if __name__ == "__main__":
    main()
