"""Qualifications: our own form `crebo|name|level|pathway|year`, and how schools write them in one text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeVar

from matcher.domain.crebo import CREBO_FORM, by_name, register
from matcher.domain.records import Pathway, Qualification
from matcher.spreadsheets.cells.dates import MONTH, full_year
from matcher.spreadsheets.cells.lists import items, stripped
from matcher.spreadsheets.cells.nothing import is_nothing
from matcher.spreadsheets.cells.numbers import level_of
from matcher.spreadsheets.cells.parted import FEWEST, in_parts, parted, several
from matcher.spreadsheets.cells.reading import CellProblem, Page, no_longer
from matcher.spreadsheets.columns import Column
from matcher.text import DASHES, fold

T = TypeVar("T")
FIRST_LEFT, LAST_LEFT = 1940, 2100
"""The earliest year in which a living alumnus can have left school, and the last that is stored."""
_KINDS = ("crebo", "name", "level", "pathway", "year")
_MINED = 300
"""Characters of the longest text in which a code, level or year is looked for."""
_PATHWAYS = {
    "bol": Pathway.BOL, "beroepsopleidende leerweg": Pathway.BOL, "bol voltijd": Pathway.BOL, "bol-vt": Pathway.BOL,
    "bol vt": Pathway.BOL, "voltijd bol": Pathway.BOL, "bbl": Pathway.BBL,
    "beroepsbegeleidende leerweg": Pathway.BBL, "bbl-opleiding": Pathway.BBL, "bol-opleiding": Pathway.BOL,
    "derde leerweg": Pathway.OVO, "3e leerweg": Pathway.OVO, "ovo": Pathway.OVO, "overig onderwijs": Pathway.OVO,
    "derde leerweg (ovo)": Pathway.OVO, "ovo (derde leerweg)": Pathway.OVO, "third pathway": Pathway.OVO,
}  # fmt: skip
_SCHOOL_YEAR = re.compile(r"(\d{4}|'?\d{2})\s*[/-]\s*(\d{4}|'?\d{2})")
_YEAR = re.compile(
    rf"(?:(?:{MONTH})\.?[ -])?('\d{{2}}|\d{{4}})|\d{{1,2}}[-/.]\d{{1,2}}[-/.](\d{{4}})"
    r"|(\d{4})-\d{1,2}-\d{1,2}(?: 0?0:00(?::00)?)?"
)
_LEADING_CREBO = re.compile(
    r"(?:crebo(?:nummer|code)?:? ?)?([0-9A-Z]\d{4})(?:\s*[-:–]\s*|\s+)(?=[^\W\d])", re.IGNORECASE
)
_CREBO = re.compile(
    r"[\s,-]*\(?\b(?:crebo(?:nummer|code)?:? ?)?((?:2[2-9]|9\d)\d{3}|[KC]\d{4})\)?(?=$|[\s,;/])", re.IGNORECASE
)
_TAIL = (
    ("year", re.compile(r"(?:^|[\s,(-]+)((?:19[4-9]|20\d)\d(?:\s*[/-]\s*(?:(?:19|20)?\d\d))?)\)?$")),
    ("pathway", re.compile(r"(?:^|[\s,(/-]+)(bol|bbl|ovo|derde leerweg|3e leerweg)\)?$", re.IGNORECASE)),
    (
        "level",
        re.compile(r"(?:^|[\s,(-]+)((?:mbo[- ]?)?(?:niveau|niv\.?|n)[- ]?[1-4]|mbo[- ]?[1-4])\)?$", re.IGNORECASE),
    ),
    ("level", re.compile(r"\s*\(([1-4])\)$")),
    ("level", re.compile(r"\s*/\s*([1-4])$")),
)  # fmt: skip
_LEADING_LEVEL = re.compile(r"(mbo[- ]?[1-4]|(?:mbo[- ])?niveau [1-4])[\s,:-]+(?=[^\W\d])", re.IGNORECASE)


def read_qualifications(_column: Column, _raw: object, text: str, page: Page) -> tuple[Qualification, ...] | None:
    """The qualifications of a cell; parts that cannot be used are left out."""
    found: dict[Qualification, None] = {}
    is_ours = text.count("|") == len(_KINDS) - 1 and not set(text) & {";", "\n"}  # one, as the export writes it
    pieces = [stripped(text)] if is_ours else items(text)
    if len(pieces) >= FEWEST and (one_only := in_parts(pieces)) is not None:
        pieces = ["|".join(one_only.get(kind, "") for kind in _KINDS)]
    for item in pieces:
        for one in [item] if "|" in item else _apart(item):
            read = clean_qualification(one, page.today) or _read(one, page)
            if read != Qualification():
                found[read] = None
    return tuple(found) or None


def _read(one: str, page: Page) -> Qualification:
    read = _in_parts(one, page) if "|" in one else read_words(one, page)
    if read != Qualification():
        check_register(read, page)
    return read


@lru_cache(maxsize=8192)
def clean_qualification(one: str, today: date | None) -> Qualification | None:
    """A qualification of which nothing is left out or remarked; None for any other. The same ones return in a list."""
    page = Page(today=today)
    read = _read(one, page)
    return None if page.left_out or page.notes else read


def _apart(item: str) -> list[str]:
    """The names of `Verzorgende IG / Helpende`: two, unless they are one name of the register."""
    if pieces := several(item):
        return pieces
    parts = [part.strip() for part in re.split(r"\s+/\s+", item)]
    names = all(re.match(r"[^\W\d_]{4,}", part) for part in parts)
    return parts if names and len(parts) > 1 and by_name(item) is None else [item]


def _in_parts(item: str, page: Page) -> Qualification:
    parts = [part.strip() for part in item.split("|")]
    if len(parts) < 5 and parts[0] and not re.fullmatch(r"[A-Za-z]?\d{3,}(\.0)?", parts[0]):
        return _by_content(parts, page)
    crebo, name, level, pathway, year = (*parts, "", "", "", "", "")[:5]
    for rest in parts[5:]:
        if rest:
            page.leave("qualification", rest, shown=rest)
    return of_parts((crebo, name, level, pathway, year), page)


def _by_content(parts: list[str], page: Page) -> Qualification:
    """A qualification of fewer than five parts that do not begin with a code, such as `MTS Bouwkunde|1988`."""
    found = {"crebo": "", "name": "", "level": "", "pathway": "", "year": ""}
    for part in parts:
        if CREBO_FORM.fullmatch(part.upper()):
            kind = "crebo"
        elif fold(part) in _PATHWAYS:
            kind = "pathway"
        elif re.fullmatch(r"[1-4]|(?:mbo|niveau|n)[- ]?[1-4]", fold(part)):
            kind = "level"
        elif _SCHOOL_YEAR.fullmatch(part) or _YEAR.fullmatch(fold(part)):
            kind = "year"
        else:
            kind = "name"
        if part and found[kind]:
            page.leave("qualification", part, shown=part)
        elif part:
            found[kind] = part
    return of_parts(tuple(found.values()), page)


def read_words(item: str, page: Page) -> Qualification:
    """A qualification in one text: `Verzorgende IG (25655) niveau 3 BBL 2014`. A name of the register stays whole."""
    code = item.removesuffix(".0").upper()
    if CREBO_FORM.fullmatch(code):
        return Qualification(crebo=code)
    if len(item) > _MINED:
        return Qualification(name=item)
    if (told := parted(item)) is not None:
        rest = read_words(told["name"], page) if "name" in told else Qualification()
        own = of_parts([told.get(kind, "") if kind != "name" else rest.name or "" for kind in _KINDS], page)
        return Qualification(own.crebo or rest.crebo, own.name, own.level or rest.level,
                             own.pathway or rest.pathway, own.year or rest.year)  # fmt: skip
    found: dict[str, str] = {}
    name = item.strip()
    while by_name(name) is None:
        for kind, pattern in _TAIL:
            match = pattern.search(name)
            if match and kind not in found and match.start() > 0:
                found[kind], name = match[1], name[: match.start()].rstrip(" ,(-")
                break
        else:
            match = _LEADING_CREBO.match(name) or _CREBO.search(name)
            if not match or "crebo" in found:
                break
            found["crebo"] = match[1].upper()
            name = f"{name[: match.start()]} {name[match.end() :]}".strip(" ,-")
    if by_name(name) is None and "level" not in found and (match := _LEADING_LEVEL.match(name)):
        found["level"], name = match[1], name[match.end() :]
    parts = (found.get("crebo", ""), name, *(found.get(kind, "") for kind in ("level", "pathway", "year")))
    return of_parts(parts, page)


def of_parts(parts: Sequence[str], page: Page) -> Qualification:
    """A qualification of the texts of code, name, level, pathway and year; each that cannot be used is left out."""
    crebo, name, level, pathway, year = parts
    return Qualification(
        crebo=_tried(crebo, crebo_code, page),
        name=name or None,
        level=_tried(level, qualification_level, page),
        pathway=_tried(pathway, pathway_of, page),
        year=_tried(year, lambda text: year_of(text, page), page),
    )


def _tried(text: str, parser: Callable[[str], T], page: Page) -> T | None:
    if not text or is_nothing(text):
        return None
    try:
        return parser(text)
    except CellProblem as problem:
        problem.text = problem.text or text
        page.left_out.append(problem)
        return None


def qualification_level(text: str) -> int:
    """A level 1-4. Raises CellProblem('qualification_level')."""
    try:
        return level_of(text, text.removesuffix(".0"))
    except CellProblem as problem:
        code = "level_several" if problem.code == "level_several" else "qualification_level"
        raise CellProblem(code, low="1", high="4", shown=text) from None


def pathway_of(text: str) -> Pathway:
    """BOL, BBL or OVO (derde leerweg). Raises CellProblem('unknown_word')."""
    plain = " ".join(fold(text).translate(DASHES).split()).strip(" .,()")
    named = set(re.findall(r"\b(?:bol|bbl|ovo)\b", plain))
    found = _PATHWAYS.get(plain) or (_PATHWAYS[named.pop()] if len(named) == 1 else None)
    if found is None or re.search(r"\b(?:niet|geen)\b", plain):
        raise CellProblem("unknown_word", word=text, choices=tuple(Pathway))
    return found


def year_of(text: str, page: Page) -> int:
    """The year of leaving: of `2013/2014` and `juli 2014` it is 2014. Raises CellProblem('qualification_year')."""
    plain = fold(text).translate(DASHES).replace("’", "'").removesuffix(".0")
    plain = re.sub(r"^(?:(?:schooljaar|cohort|jaar|in|diploma(?:jaar)?|uitstroom(?:jaar)?)[: ]+)+", "", plain)
    plain = re.sub(r"[ ,(]+(?:volgens mij|denk ik|dacht ik|geloof ik|ongeveer)\)?$", "", plain)
    year = None
    if match := _SCHOOL_YEAR.fullmatch(plain):
        first, last = (_past(part.strip("'"), page) for part in match.groups())
        if last == first + 1:
            year = last
    elif match := _YEAR.fullmatch(plain):
        year = _past((match[1] or match[2] or match[3]).strip("'"), page)
    if year is None or not FIRST_LEFT <= year <= LAST_LEFT:
        raise CellProblem("qualification_year", low=str(FIRST_LEFT), high=str(LAST_LEFT), shown=text)
    return year


def _past(text: str, page: Page) -> int:
    """A year of leaving: of two figures, the last such year that is not far ahead."""
    year = full_year(text)
    ahead = page.today is not None and len(text) == 2 and year > page.today.year + 8
    return year - 100 if ahead else year


def check_register(item: Qualification, page: Page) -> None:
    """Notes a code that is not in the register, or has another name there."""
    if item.crebo is None:
        return
    entry = register().get(item.crebo)
    if entry is None:
        page.note("crebo_unknown", crebo=item.crebo)
    elif item.name and fold(item.name) != fold(entry.name):
        page.note("crebo_name", crebo=item.crebo, name=entry.name)


def crebo_code(text: str) -> str:
    """A code of five characters. Raises CellProblem('crebo')."""
    code = re.sub(r"^(?:CREBO(?:NUMMER|CODE)?[: ]*)", "", text.removesuffix(".0").upper()).strip(" ()")
    if not CREBO_FORM.fullmatch(code):
        raise CellProblem("crebo")
    return code


def read_crebo(_column: Column, _raw: object, text: str, page: Page) -> str:
    """The code of a cell. Raises CellProblem."""
    try:
        code = crebo_code(text)
    except CellProblem:
        found = set(re.findall(r"(?<![A-Za-z0-9])(?:(?:2[2-9]|9\d)\d{3}|[KC]\d{4})(?![A-Za-z0-9])", text.upper()))
        if len(found) > 1:
            raise CellProblem("several_crebos", shown=text) from None
        if not found or not re.search(r"[^\W\d]{3}", text):
            raise
        code = found.pop()
        rest = re.sub(re.escape(code), "", text, flags=re.IGNORECASE).strip(" ()-,:")
        if fold(rest) != "crebo":
            page.leave("rest", rest)
    if code not in register():
        page.note("crebo_unknown", crebo=code)
    return code


def read_programme(column: Column, _raw: object, text: str, page: Page) -> str:
    """The code or name of a programme."""
    name = no_longer(text, column.longest).split("|", maxsplit=1)[0].strip() or text
    match = None if len(name) > _MINED else re.fullmatch(r"(.*[^\W\d].*?)\s*\(((?:2[2-9]|9\d)\d{3}|[KC]\d{4})\)", name)
    if match and match[2] in register() and fold(register()[match[2]].name) == fold(match[1]):
        name = match[2]
    if CREBO_FORM.fullmatch(name) and name not in register():
        page.note("crebo_unknown", crebo=name)
    return name
