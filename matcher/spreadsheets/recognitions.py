"""A table of recognised training companies: number, crebo code, yes or no, the day it was asked, and until when."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from matcher.domain.crebo import CREBO_FORM
from matcher.domain.recognition import Recognition, digest_of
from matcher.spreadsheets.cells import CellProblem, date_of, text_of, yes_no
from matcher.spreadsheets.named_tables import Cells, NamedTable
from matcher.spreadsheets.report import Report

_NAMES = {
    "company": {"leerbedrijf id", "leerbedrijf_id", "leerbedrijf", "leerbedrijfnummer", "leerbedrijf nummer"},
    "crebo": {"crebo", "crebocode", "crebo code", "kwalificatie"},
    "recognised": {"erkend", "erkenning"},
    "checked_on": {"gecontroleerd op", "nagevraagd op", "datum", "peildatum", "controledatum"},
    "until": {"tot", "geldig tot", "erkend tot", "einddatum"},
}
_NEEDED = {"company", "crebo", "recognised", "checked_on"}
_TABLE = NamedTable(_NAMES, lambda found: set(found) >= _NEEDED, "recognition_columns")


def read_recognitions(path: Path, today: date) -> tuple[list[Recognition], Report]:
    """The answers of a table, the last of each company and code; what cannot be used is refused by row.

    Raises UnreadableFile, MissingColumns.
    """
    found, report = _TABLE.read(path, lambda cells: _read(cells, today))
    return list({(one.company, one.crebo): one for one in found}.values()), report


def _read(cells: Cells, today: date) -> Recognition:
    company, crebo = (text_of(cells.get(name) or "").strip() for name in ("company", "crebo"))
    if not company:
        raise CellProblem("recognition_company")
    if not CREBO_FORM.fullmatch(crebo.upper()):
        raise CellProblem("recognition_crebo")
    says = yes_no(cells.get("recognised")).value
    if not isinstance(says, bool):
        raise CellProblem("recognition_yes")
    checked, until = _day(cells.get("checked_on")), _day(cells.get("until"))
    if checked is None or checked > today:
        raise CellProblem("recognition_day")
    return Recognition(digest_of(company), crebo.upper(), says, checked, until)


def _day(cell: object) -> date | None:
    if isinstance(cell, date):
        return date(cell.year, cell.month, cell.day)
    text = text_of(cell or "")
    if not text:
        return None
    try:
        return date_of(text)
    except CellProblem:
        raise CellProblem("recognition_day") from None
