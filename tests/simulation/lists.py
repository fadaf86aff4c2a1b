"""Lists of alumni as schools keep them, and what each says by the rules: read from the file itself, by plain means.

A list is written with a school's own words for its columns, with rows without numbers, cells that are empty or hold a
word for nothing, a row twice, and a number that a spreadsheet program damaged. `lines_of` says what an import of any
such file, or of an export, must take from it.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from matcher.domain.kinds import PURPOSES, NeedKind, Purpose, RequestKind
from matcher.spreadsheets.columns import word_of
from matcher.spreadsheets.targets import Target
from tests.simulation.region import SCHOOLS, Row, mark_of

CLEAN = (
    *("alumnus_id", "voornaam", "achternaam", "email", "functie", "vaardigheden", "ervaring", "vraag"),
    *("vraag_soorten", "aanbod", "pauze_tot", "max_vragen_per_jaar", "opleidingen", "toestemming"),
    *("toestemming_datum", "ingetrokken", "uitstroom_datum"),
)
"""Our own headers."""
WORDS: Sequence[Mapping[str, str]] = (
    {},
    {"alumnus_id": "Studentnummer", "voornaam": "Roepnaam", "email": "E-mailadres", "functie": "Beroep"},
    {"alumnus_id": "llnr", "email": "mail", "functie": "Wat zij nu zijn", "toestemming": "Akkoord met"},
)
"""A school's own headers, each for one of ours."""
TOLD = {"Wat zij nu zijn": Target("functie"), "Vakje": None}
"""What whoever imports says of a header that nobody could know, and of a column to leave out."""
NOTHINGS = ("-", "n.v.t.")
DAMAGED = "1,23E+11"
QUALIFICATION = "25655 Verzorgende IG (niveau 3, 2019)"
QUALIFIED = frozenset({2019})
"""The years of that."""
_FIELDS = {"email": "email", "functie": "function", "vaardigheden": "skills", "ervaring": "experience"}
_FIELDS |= {"vraag": "needs", "vraag_soorten": "need_kinds", "aanbod": "offers", "pauze_tot": "paused_until"}
_FIELDS |= {"max_vragen_per_jaar": "max_asks_per_year", "opleidingen": "qualifications"}
_FIELDS |= {"uitstroom_datum": "left_on"}
_PURPOSES = {line.word: purpose for purpose, line in PURPOSES.items()}
_KINDS = {word_of(kind): kind for kind in RequestKind}
_NEEDS = {word_of(kind): kind for kind in NeedKind}
_OURS = {theirs: ours for words in WORDS for ours, theirs in words.items()}


@dataclass(frozen=True)
class Line:
    """What one row of a file says about one alumnus. `id`: empty for a row without a number.

    `said`: values by field, None for one that becomes empty; a field of which it says nothing is not there.
    `consents`: None where it says nothing of them. `may_withdraw`: whether what it takes back was shown and accepted.
    `same`: it was seen beforehand to change nothing. `shares_name`: another line without a number has its name.
    """

    school: str
    number: int
    id: str
    row: int
    said: Mapping[str, object]
    consents: frozenset[Purpose] | None = None
    day: date | None = None
    withdrawals: Mapping[Purpose, date] = field(default_factory=dict)
    objects_since: date | None = None
    may_withdraw: bool = False
    same: bool = False
    shares_name: bool = False

    @property
    def email(self) -> str | None:
        """The address in it."""
        email = self.said.get("email")
        return email if isinstance(email, str) else None

    @property
    def full(self) -> bool:
        """Whether it says something of consent."""
        return self.consents is not None or bool(self.withdrawals) or self.objects_since is not None


@dataclass(frozen=True)
class Listed:
    """One row of a school's own list: what its cells hold instead of the row's own values, by our header."""

    row: Row
    numbered: bool = True
    cells: Mapping[str, str] = field(default_factory=dict)
    twice: bool = False
    damaged: bool = False


def write_list(path: Path, rows: Iterable[Listed], words: int, *, without: Iterable[str] = ()) -> None:
    """A school's own list. `words`: which of WORDS; `without`: of our headers, those that it has no column for."""
    ours = [name for name in CLEAN if name not in set(without)]
    lines: list[list[str]] = []
    for place, listed in enumerate(rows):
        row = listed.row
        own = {
            "alumnus_id": DAMAGED if listed.damaged else row.id if listed.numbered else "",
            "voornaam": "Sam",
            "achternaam": f"van {mark_of(row.school, row.number)}",
            "email": row.email or "",
            "functie": row.function,
            "vaardigheden": "; ".join(row.skills),
            "ervaring": f"veel {mark_of(row.school, row.number)}",
            "vraag": row.needs,
            "vraag_soorten": word_of(NeedKind.NONE if row.nothing else NeedKind.COURSE),
            "aanbod": "; ".join(sorted(word_of(kind) for kind in row.offers)),
            "pauze_tot": "" if row.paused_until is None else row.paused_until.isoformat(),
            "max_vragen_per_jaar": "" if row.budget is None else str(row.budget),
            "toestemming": "; ".join(sorted(PURPOSES[purpose].word for purpose in row.consents)),
            "toestemming_datum": "" if row.consent_date is None else row.consent_date.isoformat(),
        } | dict(listed.cells)
        line = [*(own.get(name, "") for name in ours), str(place)]
        lines += [line, line] if listed.twice else [line]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([*(WORDS[words].get(name, name) for name in ours), "Vakje"])
        writer.writerows(lines)


def lines_of(path: Path, school: str = "") -> tuple[list[Line], int]:
    """What a file says, each row once, and how many rows are refused. `school`: of rows that name none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        headers, *rows = csv.reader(file, delimiter=";")
    names = [_OURS.get(header, header) for header in headers]
    cells = [dict(zip(names, row, strict=True)) for row in rows]
    filled = {name for row in cells for name, text in row.items() if text and text not in NOTHINGS}
    lines: list[Line] = []
    refused = 0
    for place, row in enumerate(cells):
        if row.get("alumnus_id") == DAMAGED:
            refused += 1
            continue
        if place and row == cells[place - 1]:
            continue
        said = {
            name: _value(name, text)
            for header, name in _FIELDS.items()
            if (text := row.get(header, "-")) not in NOTHINGS and (text or header in filled)
        }
        words = row.get("toestemming", "")
        consents = frozenset(_PURPOSES[word] for word in words.split("; ")) if words not in ("", *NOTHINGS) else None
        day = row.get("toestemming_datum", "")
        withdrawals, since = _taken_back(row.get("ingetrokken", ""))
        own, number = _who(row["achternaam"])
        lines.append(
            Line(
                row.get("school") or school or own,
                number,
                row.get("alumnus_id", ""),
                place + 2,
                said,
                consents,
                date.fromisoformat(day) if day not in ("", *NOTHINGS) else None,
                withdrawals,
                since,
            )
        )
    times = Counter((line.school, line.number) for line in lines if not line.id)
    return [replace(line, shares_name=not line.id and times[line.school, line.number] > 1) for line in lines], refused


def _who(name: str) -> tuple[str, int]:
    found = re.search(r"zq(\d)x(\d\d)y", name)
    assert found is not None, name
    return SCHOOLS[int(found[1])], int(found[2])


def _taken_back(text: str) -> tuple[dict[Purpose, date], date | None]:
    parts = dict(part.rsplit(" ", 1) for part in text.split("; ") if part)
    since = parts.pop("bezwaar", None)
    days = {_PURPOSES[word]: date.fromisoformat(day) for word, day in parts.items()}
    return days, None if since is None else date.fromisoformat(since)


_READ: Mapping[str, Callable[[str], object]] = {
    "skills": lambda text: tuple(text.split("; ")),
    "need_kinds": lambda text: frozenset(_NEEDS[word] for word in text.split("; ")),
    "offers": lambda text: frozenset(_KINDS[word] for word in text.split("; ")),
    "paused_until": date.fromisoformat,
    "max_asks_per_year": int,
    "qualifications": lambda text: frozenset(map(int, re.findall(r"\b20\d\d\b", text))),
    "left_on": date.fromisoformat,
}


def _value(name: str, text: str) -> object:
    return None if not text else _READ.get(name, str)(text)
