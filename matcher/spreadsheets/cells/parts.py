"""Columns that hold a part of a field, or several fields at once. Each function gives a Reading and never raises."""

from __future__ import annotations

from datetime import date as day
from datetime import datetime

from matcher.domain.fields import FieldType
from matcher.domain.records import Moment, Pathway, Qualification
from matcher.spreadsheets.cells.reading import EMPTY, CellProblem, Reading, text_of


def split_name(raw: object) -> Reading:
    """First and last name of a name in one cell: the value is a pair of texts or None."""
    text = text_of(raw)
    if not text:
        return EMPTY
    first, _, last = text.partition(" ")
    return Reading((first, last or None), stated=True)


def postcode_and_town(raw: object) -> Reading:
    """Postcode and town of one cell, such as `8011 AB Zwolle`: the value is a pair of texts or None."""
    text = text_of(raw)
    return Reading((text, None), stated=True) if text else EMPTY


def yes_no(raw: object) -> Reading:
    """Whether a cell says yes: the value is True or False."""
    word = text_of(raw).casefold()
    if not word:
        return EMPTY
    if word in {"ja", "x", "nee"}:
        return Reading(word != "nee", stated=True)
    return Reading(stated=True, left_out=(CellProblem("yes_no", text=word),))


def qualification(
    *,
    crebo: object = None,
    name: object = None,
    level: object = None,
    pathway: object = None,
    year: object = None,
    today: day,
) -> Reading:
    """One qualification from cells of its parts: the value is a Qualification, or None where all are empty."""
    del today
    texts = [text_of(part) for part in (crebo, name, level, pathway, year)]
    if not any(texts):
        return EMPTY
    return Reading(
        Qualification(
            texts[0] or None,
            texts[1] or None,
            int(texts[2]) if texts[2].isdigit() else None,
            Pathway(texts[3]) if texts[3] in Pathway else None,
            int(texts[4]) if texts[4].isdigit() else None,
        ),
        stated=True,
    )


def moment(date: object, start: object, end: object, *, today: day) -> Reading:
    """One moment from cells of its day and times: the value is a tuple of at most one Moment."""
    del today
    if isinstance(date, datetime) and not (text_of(start) or text_of(end)):
        return Reading(stated=True, left_out=(CellProblem("moment", text=text_of(date)),))
    return EMPTY


_ = (FieldType, Moment)
