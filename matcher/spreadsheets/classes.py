"""Headings between the rows that say of which class the people below are: their qualification.

Only in a table without columns for qualifications, and only where two headings or more say a name with a level, code,
pathway or year. A heading with nothing but a pathway (`hieronder BBL:`) changes that of the class above it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from matcher.domain.records import Pathway, Qualification
from matcher.repositories.values import Upsert
from matcher.spreadsheets.sheets import Row
from matcher.spreadsheets.targets import Guess, Part
from matcher.spreadsheets.withheld import holds_bsn

_QUALIFICATION = frozenset({"opleidingen", Part.CREBO.value, Part.PROGRAMME.value, Part.LEVEL.value, Part.YEAR.value})
_CREBO = re.compile(r"\(?\b(?:crebo(?:nummer|code)?:? ?)?((?:2[2-9]|9\d)\d{3})\b\)?", re.IGNORECASE)
_SCHOOL_YEAR = re.compile(r"\b((?:19|20)\d\d)\s*[-/]\s*((?:19|20)?\d\d)\b")
_YEAR = re.compile(r"\b((?:19[5-9]|20\d)\d)\b")
_LEVEL = re.compile(r"\b(?:mbo[- ]?)?(?:niveau|niv\.?|mbo)[- ]?([1-4])\b|(?<![\w/])([1-4])(?=\s*/)", re.IGNORECASE)
_PATHWAY = re.compile(r"\b(bol|bbl)\b", re.IGNORECASE)
_CODE = re.compile(r"\b[A-Z]{1,4}\d{1,2}[A-Za-z]?\b")
_WORDS = re.compile(
    r"\b(?:klas|groep|class|diploma(?:jaar)?|lichting|cohort|schooljaar|opleiding|crebo)\b", re.IGNORECASE
)
_LONGEST, _FEWEST, _LEAST = 200, 2, 2
_SUB_WORDS = 4
_FEWEST_YEARS = 3
"""Rows with the year of their sheet, and none with another, that make it the year of the other rows."""


def classes_of(
    rows: Sequence[Row], others: Collection[int], guesses: Iterable[Guess]
) -> tuple[dict[int, Qualification], int]:
    """The qualification of each row below a heading, by number, and how many headings tell one.

    `others`: the numbers of rows that are no records.
    """
    if any(guess.target is not None and guess.target.field in _QUALIFICATION for guess in guesses):
        return {}, 0
    found: dict[int, Qualification] = {}
    now: Qualification | None = None
    count = 0
    for row in rows:
        if row.number not in others:
            if now is not None:
                found[row.number] = now
            continue
        text = _heading(row)
        own = None if text is None else class_of(text)
        if own is not None:
            now, count = own, count + 1
        elif text is not None and now is not None and (pathway := _pathway_alone(text)):
            now = replace(now, pathway=pathway)
    return (found, count) if count >= _FEWEST else ({}, 0)


def with_classes(upserts: Sequence[Upsert], classes: dict[int, Qualification]) -> list[Upsert]:
    """The rows, each with the qualification of its class."""
    return [
        replace(upsert, values={**upsert.values, "qualifications": (classes[upsert.row],)})
        if upsert.row in classes
        else upsert
        for upsert in upserts
    ]


def _heading(row: Row) -> str | None:
    there = [cell for cell in row.cells if cell is not None and str(cell).strip()]
    alone = len(there) == 1 and isinstance(there[0], str) and len(there[0]) <= _LONGEST
    return " ".join(str(there[0]).split()) if alone and not holds_bsn(str(there[0])) else None


def class_of(text: str) -> Qualification | None:
    """The qualification that a heading names; None where it names none with two things that tell it."""
    rest, told = text, {}
    for name, pattern in (
        ("crebo", _CREBO), ("school_year", _SCHOOL_YEAR), ("year", _YEAR), ("level", _LEVEL), ("pathway", _PATHWAY),
    ):  # fmt: skip
        match = pattern.search(rest)
        if match:
            told[name] = match
            rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    name = _CODE.sub(" ", _WORDS.sub(" ", rest))
    name = " ".join(re.sub(r"[=*#:;,|()/]+|(?<!\w)-(?!\w)", " ", name).split()).strip(" .-")
    if len(told) < _LEAST or not re.search(r"[^\W\d_]{3}", name):
        return None
    level = told["level"][1] or told["level"][2] if "level" in told else None
    return Qualification(
        crebo=told["crebo"][1] if "crebo" in told else None,
        name=name,
        level=int(level) if level else None,
        pathway=Pathway(told["pathway"][1].upper()) if "pathway" in told else None,
        year=_year(told),
    )


def _year(told: dict[str, re.Match[str]]) -> int | None:
    """The year; of a school year the last, where the two follow each other."""
    if "school_year" in told:
        first, last = told["school_year"].groups()
        year = int(last if len(last) == 4 else first[:2] + last)
        return year if year == int(first) + 1 else None
    return int(told["year"][1]) if "year" in told else None


def _pathway_alone(text: str) -> Pathway | None:
    match = _PATHWAY.search(text)
    return Pathway(match[1].upper()) if match and len(text.split()) <= _SUB_WORDS else None


def with_sheet_years(upserts: Sequence[Upsert], sheets: Mapping[int, str]) -> tuple[list[Upsert], int]:
    """The rows, those without a year with that of their sheet, and how many; `sheets`: the name of the sheet by row.

    Only where the rows that do have a year, at least three, have the one that the name of their sheet holds.
    """
    years = {name: int(found[0]) for name in set(sheets.values()) if len(found := _YEAR.findall(name)) == 1}
    same = other = 0
    for upsert in upserts:
        year = years.get(sheets.get(upsert.row, ""))
        for item in upsert.values.get("qualifications") or () if year else ():  # type: ignore[attr-defined]
            same += item.year == year
            other += item.year not in {year, None}
    if other or same < _FEWEST_YEARS:
        return list(upserts), 0
    result, count = [], 0
    for upsert in upserts:
        year = years.get(sheets.get(upsert.row, ""))
        items = upsert.values.get("qualifications")
        if year is not None and isinstance(items, tuple) and len(items) == 1 and items[0].year is None:
            upsert = replace(upsert, values={**upsert.values, "qualifications": (replace(items[0], year=year),)})  # noqa: PLW2901
            count += 1
        result.append(upsert)
    return result, count
