"""What an import did, row by row: counts, cells that were refused, and remarks, as sentences or as JSON.

What stands in a column with personal data (names, addresses, people's own words) is never repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from matcher.locale import Language, say
from matcher.ports import UpsertResult

MOST_SHOWN = 60
"""Characters of a refused value that are repeated."""
_NEAR = 70
"""Least similarity (0-100, rapidfuzz ratio) of a word that was perhaps meant."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A problem (the row is refused) or a note (it is not): `key` of its sentence, `row` as Excel numbers it."""

    key: str
    values: Mapping[str, object]
    row: int | None = None
    column: str | None = None
    shown: str | None = None
    """The value of the cell, cut; None where it is personal or there is none."""

    @property
    def code(self) -> str:
        """The last part of the key."""
        return self.key.rsplit(".", 1)[-1]

    def sentence(self, language: Language) -> str:
        """What is wrong and what to do."""
        values = dict(self.values)
        choices = values.pop("choices", None)
        if isinstance(choices, tuple):
            values["choices"] = "; ".join(choices)
            near = _near(str(values.get("word", "")), choices)
            if near is not None:
                return say(language, f"{self.key}_near", near=near, **values)
        return say(language, self.key, **values)

    def full_sentence(self, language: Language) -> str:
        """With where it stands before it, and the value."""
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

    found = process.extractOne(word.casefold(), list(choices), score_cutoff=_NEAR)
    return found[0] if found else None


@dataclass
class Report:
    """Grows while an import runs. `file` is the name of the file, without its folder."""

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
        """0: all in; 1: some rows refused."""
        return 1 if self.problems else 0

    def add_note(self, key: str, *, row: int | None = None, column: str | None = None, **values: object) -> None:
        """A remark that refuses nothing."""
        self.notes.append(Remark(key, values, row, column))

    def add_results(self, results: Iterable[UpsertResult]) -> None:
        """Counts what the store did, and takes over its warnings."""
        for result in results:
            setattr(self, result.outcome, getattr(self, result.outcome) + 1)
            for code, values in result.warnings:
                self.notes.append(Remark(f"store.warnings.{code}", values, result.row))

    def problem_sentences(self, language: Language) -> list[str]:
        """One sentence per refused cell."""
        return [problem.full_sentence(language) for problem in sorted(self.problems, key=_place)]

    def note_sentences(self, language: Language) -> list[str]:
        """One sentence per remark; remarks about the whole file first."""
        return [_worded(note, language).full_sentence(language) for note in sorted(self.notes, key=_place)]

    def to_dict(self, language: Language) -> dict[str, object]:
        """As JSON."""
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "problems": [problem.to_dict(language) for problem in sorted(self.problems, key=_place)],
            "notes": [_worded(note, language).to_dict(language) for note in sorted(self.notes, key=_place)],
        }


def _place(remark: Remark) -> int:
    return remark.row or 0


def _worded(remark: Remark, language: Language) -> Remark:
    """The store names purposes and fields by code; people know them by their words."""
    from matcher.domain.records import RecordKind
    from matcher.spreadsheets.columns import columns_of

    values = dict(remark.values)
    if "purpose" in values:
        values["purpose"] = say(language, f"words.purpose.{values['purpose']}")
    if "field" in values:
        names = {column.field: column.name for column in columns_of(RecordKind.ALUMNI)}
        values["field"] = names.get(str(values["field"]), values["field"])
    return Remark(remark.key, values, remark.row, remark.column, remark.shown)
