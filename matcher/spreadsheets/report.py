"""The report of an import: counts, refused cells and remarks, as sentences or as JSON.

It never repeats the content of columns with personal data (names, addresses, free text).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from matcher.locale import Language, say
from matcher.repositories.values import UpsertResult

MOST_SHOWN = 60
"""Characters of a refused value that a report repeats."""
_NEAR = 70
"""Least similarity (0-100, rapidfuzz ratio) of a word to suggest."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A problem (the row is refused) or a note (it is not): `key` of its sentence, `row` as numbered by Excel."""

    key: str
    values: Mapping[str, object]
    row: int | None = None
    column: str | None = None
    shown: str | None = None
    """The value of the cell, cut short; None if it is personal or empty."""

    @property
    def code(self) -> str:
        """The last part of the key."""
        return self.key.rsplit(".", 1)[-1]

    def sentence(self, language: Language) -> str:
        """What is wrong, and the remedy."""
        values = dict(self.values)
        choices = values.pop("choices", None)
        if isinstance(choices, tuple):
            values["choices"] = "; ".join(choices)
            near = _near(str(values.get("word", "")), choices)
            if near is not None:
                return say(language, f"{self.key}_near", near=near, **values)
        return say(language, self.key, **values)

    def full_sentence(self, language: Language) -> str:
        """The sentence preceded by row, column and value."""
        text = self.sentence(language)
        if self.row is None:
            return text
        if self.column is None:
            return say(language, "importing.where.row", row=str(self.row), text=text)
        name = "cell" if self.shown is None else "value"
        return say(
            language, f"importing.where.{name}", row=str(self.row), column=self.column, shown=self.shown, text=text
        )

    def to_dict(self, language: Language) -> dict[str, object]:
        """As JSON."""
        return {
            "row": self.row,
            "column": self.column,
            "value": self.shown,
            "code": self.code,
            "message": self.sentence(language),
        }


def _near(word: str, choices: Iterable[str]) -> str | None:
    from rapidfuzz import process

    nearest = process.extractOne(word.casefold(), list(choices), score_cutoff=_NEAR)
    return nearest[0] if nearest else None


@dataclass
class Report:
    """The report, which grows while an import runs. `file` is the name of the file, without its folder."""

    file: str
    dry_run: bool = False
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """Rows that were refused."""
        return len({problem.row for problem in self.problems})

    @property
    def exit_code(self) -> int:
        """0: all rows imported; 1: some refused."""
        return 1 if self.problems else 0

    def add_note(self, key: str, *, row: int | None = None, column: str | None = None, **values: object) -> None:
        """Adds a remark that does not refuse a row."""
        self.notes.append(Remark(key, values, row, column))

    def add_results(self, results: Iterable[UpsertResult]) -> None:
        """Counts the outcomes of the store, and adds its warnings as notes."""
        for result in results:
            setattr(self, result.outcome, getattr(self, result.outcome) + 1)
            for code, values in result.warnings:
                self.notes.append(Remark(f"store.warnings.{code}", values, result.row))

    def problem_sentences(self, language: Language) -> list[str]:
        """One sentence per refused cell."""
        return [problem.full_sentence(language) for problem in sorted(self.problems, key=_row)]

    def note_sentences(self, language: Language) -> list[str]:
        """One sentence per remark; remarks about the whole file first."""
        return [_in_words(note, language).full_sentence(language) for note in sorted(self.notes, key=_row)]

    def to_dict(self, language: Language) -> dict[str, object]:
        """As JSON."""
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "problems": [problem.to_dict(language) for problem in sorted(self.problems, key=_row)],
            "notes": [_in_words(note, language).to_dict(language) for note in sorted(self.notes, key=_row)],
        }


def _row(remark: Remark) -> int:
    return remark.row or 0


def _in_words(remark: Remark, language: Language) -> Remark:
    """The remark with purposes and fields, which the store names by code, in words."""
    from matcher.domain.records import RecordKind
    from matcher.spreadsheets.columns import columns_of

    values = dict(remark.values)
    if "purpose" in values:
        values["purpose"] = say(language, f"words.purpose.{values['purpose']}")
    if "field" in values:
        names = {column.field: column.name for column in columns_of(RecordKind.ALUMNI)}
        values["field"] = names.get(str(values["field"]), values["field"])
    return Remark(remark.key, values, remark.row, remark.column, remark.shown)
