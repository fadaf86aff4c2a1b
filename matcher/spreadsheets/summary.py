"""The report of an import as lines for a screen: counts first, then one line for each column and value."""

from __future__ import annotations

from collections import defaultdict

from matcher.locale import Language, say
from matcher.spreadsheets.questions import question_sentence
from matcher.spreadsheets.report import Because, Report, header_of_field, purpose_words, rows_in_words

_IN_NOTES = frozenset({"towns", "sheet"})
"""Doubts of which a remark says more."""
Section = tuple[str, list[str]]
"""A title and its lines."""


def sections(report: Report, language: Language) -> list[Section]:
    """What there is to say, what needs an answer first."""
    listed = {
        "questions": _asked(report, language, stops=True),
        "refused": report.problem_sentences(language),
        "withdrawals": _withdrawn(report, language),
        "left_out": _left_out(report, language),
        "not_records": _not_records(report, language),
        "cleared": [
            _say(language, "cleared", column=report.header_of(header_of_field(name, report.kind)), count=count)
            for name, count in report.cleared.items()
        ],
        "possible_duplicates": _duplicates(report, language),
        "doubts": _asked(report, language, stops=False),
        "warnings": report.note_sentences(language),
    }
    return [(say(language, f"importing.titles.{name}"), lines) for name, lines in listed.items() if lines]


def _say(language: Language, key: str, **values: object) -> str:
    return say(language, f"importing.lines.{key}", **values)


def _asked(report: Report, language: Language, *, stops: bool) -> list[str]:
    return [
        question_sentence(doubt, language)
        for doubt in report.doubts
        if doubt.stops is stops and doubt.code not in _IN_NOTES
    ]


def _withdrawn(report: Report, language: Language) -> list[str]:
    return [
        _say(
            language, "withdrawal", row=report.row_in_words(row, language), purposes=", ".join(purpose_words(purposes))
        )
        for row, purposes in report.withdrawals
    ]


def _left_out(report: Report, language: Language) -> list[str]:
    lines = []
    for item in report.left_out:
        for sheet, rows in report.by_sheet(item.rows):
            named = rows_in_words(rows, sheet, language)
            told = {"column": " ".join(item.column.split())[:60], "count": len(rows), "rows": named}
            remedy = item.remark.sentence(language)
            if item.shown is None:
                lines.append(_say(language, "left_out_personal", remedy=remedy, **told))
            else:
                lines.append(_say(language, "left_out", remedy=remedy, value=item.shown, **told))
    return lines


def _not_records(report: Report, language: Language) -> list[str]:
    rows: dict[Because, list[int]] = defaultdict(list)
    for row, because in sorted(report.not_records):
        rows[because].append(row)
    lines = []
    for because, numbers in rows.items():
        for sheet, named in report.by_sheet(numbers):
            lines.append(_say(language, because.value, rows=rows_in_words(named, sheet, language)))
    return lines


def _duplicates(report: Report, language: Language) -> list[str]:
    groups: dict[tuple[int | None, str | None, tuple[str, ...], str], list[int]] = defaultdict(list)
    for item in report.duplicates:
        groups[item.of, item.number, item.because, report.sheets.get(item.row, "")].append(item.row)
    lines = []
    for (of, number, reasons, sheet), rows in groups.items():
        because = [say(language, f"importing.same.{reason}") for reason in reasons]
        row = rows_in_words(rows, sheet, language)
        if of is not None:
            other = report.row_in_words(of, language)
            lines.append(_say(language, "duplicate_row", row=row, other=other, because=because))
        else:
            lines.append(_say(language, "duplicate_id", row=row, other=number, because=because))
    return lines
