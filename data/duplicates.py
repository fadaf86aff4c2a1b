"""Makes alumni of the sample who stand in a second list under another number: `python data/duplicates.py`.

One small file beside the sample, read by the demo alone, so that a coordinator has possible duplicates to decide about.
Nobody in it agreed to anything, so that nobody of it is in a list. All are of one school.
"""

from __future__ import annotations

import csv
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

import openpyxl

SAMPLE = Path(__file__).parent / "sample"
FILE, SCHOOL = "duplicates.csv", "ROC Vechtdal"
COPIED = ("voornaam", "tussenvoegsel", "achternaam", "email", "telefoon", "postcode", "woonplaats", "opleidingen")
AGAIN: tuple[tuple[str, str, dict[str, str]], ...] = (
    # back for a second course: a new number, and the address of that time
    ("A-0006", "2015-0311", {"email": "6", "opleidingen": "25138|Bedrijfsadministrateur|4|BBL|2015"}),
    # married: another name and another address, the same telephone
    (
        "A-0004",
        "2018-0127",
        {"achternaam": "Wolters-van Dam", "email": "4", "woonplaats": "Hasselt", "postcode": "8061"},
    ),
    # moved, with another address and telephone: only name and year are the same
    ("A-0032", "2016-0402", {"email": "32", "telefoon": "06-00009032", "postcode": "7943", "woonplaats": "Meppel"}),
    # the first name as a letter, and nothing but the address
    ("A-0035", "2015-0588", {"voornaam": "Y.", "telefoon": "", "opleidingen": ""}),
    # the number as another program writes it
    ("A-0043", "A0043", {"email": "43", "telefoon": "", "opleidingen": "25480|Mbo-Verpleegkundige|4||2009"}),
    # no duplicate: a brother with the telephone of home
    ("A-0024", "2003-0090", {"voornaam": "Milan", "email": "24", "opleidingen": "25297|Technicus engineering|4||2003"}),
)
"""The number in the sample, the other number, and what is different under it. Of an address the number."""
ADDRESS = "tweede{}@voorbeeld.example"


def main(folder: Path = SAMPLE) -> None:
    """Writes the file into a folder."""
    book = openpyxl.load_workbook(SAMPLE / "alumni.xlsx", read_only=True)
    with closing(book):
        columns, *rows = book.worksheets[0].iter_rows(values_only=True)
    by_number = {
        str(row["alumnus_id"]): row
        for row in (dict(zip_longest(columns, values)) for values in rows)
        if row["school"] == SCHOOL
    }
    with (folder / FILE).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("alumnus_id", "school", *COPIED))
        for number, other, different in AGAIN:
            row = {name: str(by_number[number][name] or "") for name in COPIED} | different
            if "email" in different:
                row["email"] = ADDRESS.format(different["email"])
            writer.writerow((other, SCHOOL, *(row[name] for name in COPIED)))


if __name__ == "__main__":
    main()
