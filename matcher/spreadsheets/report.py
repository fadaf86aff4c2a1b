"""The report of an import: what came in, what was left out or refused, what is asked; grouped by kind, not by row.

It never repeats the content of columns with personal data (names, addresses, free text).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from matcher.domain.kinds import Purpose
from matcher.domain.own_fields import OWN_PREFIX, OwnSpec
from matcher.domain.records import RecordKind
from matcher.locale import Language, say
from matcher.repositories.values import UpsertResult
from matcher.spreadsheets.cells import CellProblem
from matcher.spreadsheets.columns import columns_of, word_of
from matcher.spreadsheets.targets import Doubt, Guess
from matcher.spreadsheets.withheld import silenced

MOST_SHOWN = 60
"""Characters of a value that a report repeats."""
AGAIN = 10_000_000
"""Added to the number of a row for each earlier row of that number: on another sheet, or in a table beside it."""
MOST_ROWS = 8
"""Row numbers that one sentence names; the JSON has them all."""
_NEAR = 70
"""Least similarity (0-100, rapidfuzz ratio) of a word to suggest."""


class Because(StrEnum):
    """Why a row is no record."""

    TOTAL = "total"
    NOTE = "note"
    HEADING = "heading"
    DASHES = "dashes"
    HEADER = "header"
    EMPTY = "empty"
    EXAMPLE = "example"
    LEAVER = "leaver"


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

    def full_sentence(self, language: Language, rows: Sequence[int] | None = None, sheet: str = "") -> str:
        """The sentence preceded by row (or these rows), column and value."""
        text = self.sentence(language)
        if self.row is None:
            return text
        named = rows if rows is not None else [self.row]
        where = {"count": len(named), "row": rows_in_words(named, sheet, language), "text": text}
        if self.column is None:
            return say(language, "importing.where.row", **where)
        name = "cell" if self.shown is None else "value"
        return say(language, f"importing.where.{name}", column=self.column, shown=self.shown, **where)

    def to_dict(self, language: Language) -> dict[str, object]:
        """As JSON."""
        return {
            "row": self.row,
            "column": self.column,
            "value": self.shown,
            "code": self.code,
            "message": self.sentence(language),
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One value of one column that cannot be used, with the rows it stands in; the records came in without it.

    `shown` is None for a personal column: its values are then taken together, by what is wrong with them.
    """

    column: str
    field: str
    remark: Remark
    rows: list[int]

    @property
    def shown(self) -> str | None:
        """The value, cut short; None if it is personal."""
        return self.remark.shown


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row that may be the person of another row (or of a record that was there), and what is the same.

    `of`: the row, or else `number`, the id of the record. `because`: of `email, phone, number, name`.
    """

    row: int
    because: tuple[str, ...]
    of: int | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class OwnTaken:
    """A column that is a field of the school's own: `is_new` where this import makes it; `count`: rows with a value."""

    header: str
    spec: OwnSpec
    count: int
    is_new: bool


@dataclass
class Report:
    """The report, which grows while an import runs. `file` is the name of the file, without its folder."""

    file: str
    kind: str = ""
    sheet: str = ""
    import_id: str | None = None
    dry_run: bool = False
    written: bool = False
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    columns: tuple[Guess, ...] = ()
    """Without examples."""
    problems: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    not_records: list[tuple[int, Because]] = field(default_factory=list)
    withdrawals: list[tuple[int, tuple[Purpose, ...]]] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    cleared: Counter[str] = field(default_factory=Counter)
    """By field of the record."""
    own_fields: list[OwnTaken] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    ids: dict[int, str] = field(default_factory=dict)
    """By row, the id that the program gave."""
    numberless: set[int] = field(default_factory=set)
    """Rows of people for whom the store finds or gives the id."""
    sheets: dict[int, str] = field(default_factory=dict)
    """The sheet of each row that is not on the first one."""
    _groups: dict[tuple[str, str, str | None, str], LeftOut] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """Rows that were refused."""
        return len({problem.row for problem in self.problems})

    @property
    def read(self) -> int:
        """Records in the file: new, changed, the same and refused."""
        return self.created + self.updated + self.unchanged + self.refused

    @property
    def stopped(self) -> bool:
        """Whether an answer is needed first; nothing is written then."""
        return any(doubt.stops for doubt in self.doubts)

    @property
    def exit_code(self) -> int:
        """0: all in; 1: some rows refused; 4: an answer is needed first."""
        return 4 if self.stopped else 1 if self.problems else 0

    def add_note(self, key: str, *, row: int | None = None, column: str | None = None, **values: object) -> None:
        """Adds a remark that does not refuse a row."""
        self.notes.append(Remark(key, values, row, column))

    def ask(self, code: str, *, answers: tuple[str, ...] = (), stops: bool = True, **values: object) -> None:
        """Adds a question, one of each kind."""
        if all(doubt.code != code for doubt in self.doubts):
            self.doubts.append(Doubt(code, values, answers, stops))

    def leave_out(self, column: str, field_: str, problem: CellProblem, shown: str | None, rows: Iterable[int]) -> None:
        """Names a value that is left out; `shown` is None for a personal one."""
        told = silenced(problem, shown)
        shown = shown if told is problem else None
        code, values = told.code, told.values
        text = None if shown is None else " ".join(shown.split())[:MOST_SHOWN]
        group = (column, code, text, "" if text is None else repr(values.get("word", "")))
        known = self._groups.get(group)
        if known is None:
            remark = Remark(f"importing.problems.{code}", values, column=column, shown=text)
            known = self._groups[group] = LeftOut(column, field_, remark, [])
            self.left_out.append(known)
        known.rows.extend(rows)

    def settle(self) -> None:
        """Forgets what was left out of rows that are refused."""
        refused = {problem.row for problem in self.problems}
        if refused:
            for item in self.left_out:
                item.rows[:] = [row for row in item.rows if row not in refused]
        self.left_out = [item for item in self.left_out if item.rows]
        for item in self.left_out:
            item.rows.sort()

    def start(self) -> None:
        """Forgets what was foreseen of counts and warnings of the store: it is told as it happens."""
        self.created = self.updated = self.unchanged = 0
        self.notes = [note for note in self.notes if not note.key.startswith("store.")]

    def add_results(self, results: Iterable[UpsertResult]) -> None:
        """Counts the outcomes of the store, and adds its warnings as notes."""
        for result in results:
            setattr(self, result.outcome, getattr(self, result.outcome) + 1)
            if result.row in self.numberless and result.id:
                self.ids[result.row] = result.id
            for code, values in result.warnings:
                self.notes.append(Remark(f"store.warnings.{code}", values, result.row))

    def add_counts(self, counts: Mapping[str, int]) -> None:
        """Counts rows of which only the outcomes are told."""
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)

    def problem_sentences(self, language: Language) -> list[str]:
        """One sentence for each thing that refuses rows, in the order of the first."""
        return self._grouped(self._in_words(self.problems, language), language)

    def note_sentences(self, language: Language) -> list[str]:
        """One sentence for each remark; remarks about the whole file first."""
        return self._grouped(self._in_words(self.notes, language), language)

    def _in_words(self, remarks: Iterable[Remark], language: Language) -> list[Remark]:
        """The remarks by row, with purposes and fields, which the store names by code, and other rows in words."""
        told = []
        for remark in sorted(remarks, key=lambda remark: remark.row or 0):
            values = dict(remark.values)
            if "purpose" in values:
                values["purpose"] = say(language, f"words.purpose.{values['purpose']}")
            if "field" in values:
                values["field"] = header_of_field(str(values["field"]), self.kind)
            if isinstance(first := values.get("first"), int):
                values["first"] = self.row_in_words(first, language)
            told.append(replace(remark, values=values))
        return told

    def _grouped(self, remarks: Iterable[Remark], language: Language) -> list[str]:
        groups: dict[tuple[object, ...], tuple[Remark, list[int]]] = {}
        for remark in remarks:
            sheet = self.sheets.get(remark.row or 0, "")
            key = (remark.key, remark.column, remark.shown, repr(remark.values), remark.row is None, sheet)
            _, rows = groups.setdefault(key, (remark, []))
            if remark.row is not None:
                rows.append(remark.row)
        return [remark.full_sentence(language, rows, str(key[-1])) for key, (remark, rows) in groups.items()]

    def at(self, row: int | None) -> dict[str, object]:
        """A row as JSON: its number in Excel, and its sheet where that is not the first."""
        if row is None:
            return {"row": None}
        sheet = self.sheets.get(row)
        return {"row": row % AGAIN, "sheet": sheet} if sheet else {"row": row % AGAIN}

    def row_in_words(self, row: int, language: Language) -> str:
        """The number of a row in Excel, with its sheet where that is not the first."""
        return rows_in_words([row], self.sheets.get(row, ""), language)

    def by_sheet(self, rows: Iterable[int]) -> list[tuple[str, list[int]]]:
        """Numbers of rows in Excel by sheet, '' for the first."""
        groups: dict[str, list[int]] = {}
        for row in rows:
            groups.setdefault(self.sheets.get(row, ""), []).append(row % AGAIN)
        return list(groups.items())

    def header_of(self, field_: str) -> str:
        """The header, as the file has it, of the column of a field (by its Dutch header)."""
        return next((g.header for g in self.columns if g.target is not None and g.target.field == field_), field_)

    def to_dict(self, language: Language) -> dict[str, object]:
        """As JSON: the object of docs/handleiding.md, and the names that earlier versions had."""
        from matcher.spreadsheets.questions import question_sentence

        problems = self._in_words(self.problems, language)
        notes = self._in_words(self.notes, language)
        return {
            "import_id": self.import_id,
            "file": self.file,
            "sheet": self.sheet or None,
            "kind": self.kind,
            "read": self.read,
            "new": self.created,
            "changed": self.updated,
            "same": self.unchanged,
            "refused": self.refused,
            "written": self.written,
            "columns": [column_dict(guess) for guess in self.columns],
            "left_out": [line for item in self.left_out for line in self._left_out(item, language)],
            "not_records": [{**self.at(row), "because": why.value} for row, why in sorted(self.not_records)],
            "rows_refused": [
                {**self.at(p.row), "column": p.column, "value": p.shown, "remedy": p.sentence(language)}
                for p in problems
            ],
            "withdrawals": [{**self.at(row), "purposes": purpose_words(given)} for row, given in self.withdrawals],
            "possible_duplicates": [
                {
                    **self.at(item.row),
                    "of": self.at(item.of) if item.of is not None else {"id": item.number},
                    "because": list(item.because),
                }
                for item in self.duplicates
            ],
            "cleared": [
                {"column": self.header_of(name), "field": name, "count": count}
                for name, count in ((header_of_field(f, self.kind), n) for f, n in self.cleared.items())
            ],
            "warnings": [{**self.at(n.row), "column": n.column, "text": n.sentence(language)} for n in notes],
            "own_fields": [
                {
                    "column": taken.header,
                    "name": taken.spec.name,
                    "kind": taken.spec.kind.value,
                    "personal": taken.spec.personal,
                    "choices": list(taken.spec.choices),
                    "is_new": taken.is_new,
                    "count": taken.count,
                }
                for taken in self.own_fields
            ],
            "hidden_rows": [row % AGAIN for row in self.hidden_rows],
            "hidden_rows_at": [self.at(row) for row in self.hidden_rows],
            "questions": [
                {
                    "code": doubt.code,
                    "text": question_sentence(doubt, language),
                    "answers": list(doubt.answers),
                    "stops": doubt.stops,
                }
                for doubt in self.doubts
            ],
            "ids": [{**self.at(row), "id": id_} for row, id_ in sorted(self.ids.items())],
            "dry_run": self.dry_run,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "problems": [{**p.to_dict(language), **self.at(p.row)} for p in problems],
            "notes": [{**n.to_dict(language), **self.at(n.row)} for n in notes],
        }

    def _left_out(self, item: LeftOut, language: Language) -> Iterator[dict[str, object]]:
        for sheet, rows in self.by_sheet(item.rows):
            yield {
                "column": item.column,
                "field": item.field,
                "value": item.shown,
                "rows": rows,
                **({"sheet": sheet} if sheet else {}),
                "count": len(rows),
                "code": item.remark.code,
                "remedy": item.remark.sentence(language),
            }


def column_dict(guess: Guess) -> dict[str, object]:
    """A column of the file as JSON."""
    target = guess.target
    return {
        "header": guess.header,
        "field": None if target is None else target.field,
        "word": None if target is None else target.word,
        "how": guess.how.value,
        "sure": round(guess.sure, 2),
        "forbidden": guess.forbidden,
        "could_be": [other.field if other.word is None else f"{other.field}: {other.word}" for other in guess.others],
    }


def without_examples(guesses: Iterable[Guess]) -> tuple[Guess, ...]:
    """The columns without what stands in them."""
    return tuple(replace(guess, examples=()) for guess in guesses)


def few(rows: Sequence[int]) -> str:
    """The first row numbers: `3, 7, 8 ...`."""
    named = ", ".join(str(row % AGAIN) for row in rows[:MOST_ROWS])
    return f"{named} ..." if len(rows) > MOST_ROWS else named


def rows_in_words(rows: Sequence[int], sheet: str, language: Language) -> str:
    """The first row numbers, with their sheet where that is not the first ('')."""
    return few(rows) if not sheet else say(language, "importing.lines.row_on_sheet", row=few(rows), sheet=sheet)


def purpose_words(purposes: Iterable[Purpose]) -> list[str]:
    """The words of spreadsheets for purposes."""
    return [word_of(purpose) for purpose in purposes]


def header_of_field(field_: str, kind: str) -> str:
    """The Dutch header of a field of a record; its name where it has none, as an own field has."""
    if field_.startswith(OWN_PREFIX):
        return field_.removeprefix(OWN_PREFIX)
    columns = columns_of(RecordKind(kind)) if kind in set(RecordKind) else ()
    return next((column.name for column in columns if column.field == field_), field_)


def _near(word: str, choices: Iterable[str]) -> str | None:
    from rapidfuzz import process

    nearest = process.extractOne(word.casefold(), list(choices), score_cutoff=_NEAR)
    return nearest[0] if nearest else None
