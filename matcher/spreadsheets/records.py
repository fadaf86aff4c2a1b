"""From the fields of a table to rows for the store: defaults, what refuses a row, consent, places abroad."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from matcher.domain.fields import FieldType
from matcher.domain.records import RecordKind
from matcher.repositories.values import Upsert
from matcher.spreadsheets import cells
from matcher.spreadsheets.cells import CellProblem
from matcher.spreadsheets.columns import Column, columns_of
from matcher.spreadsheets.filled import ABSENT, EMPTY, Filled
from matcher.spreadsheets.places import Abroad
from matcher.spreadsheets.questions import ask_consent, consent_of
from matcher.spreadsheets.report import MOST_SHOWN, Because, Remark, Report
from matcher.spreadsheets.targets import Wishes
from matcher.spreadsheets.withheld import silenced
from matcher.text import is_given_number

_OF_ROWS = frozenset({"nobody"})
"""What is wrong with a whole row: sentences of their own."""
_REACH = ("first_name", "last_name", "email", "phone")
_CONSENT = frozenset({"consents", "withdrawals"})
_ORDERED = {
    RecordKind.ALUMNI: (),
    RecordKind.REQUESTS: (("period_from", "period_to"),),
    RecordKind.OFFERINGS: (("start", "end"),),
}


class Records:
    """Makes the rows of one table; what refuses a row goes to the report.

    `full`: rows whose list of consents was understood whole.
    """

    def __init__(
        self,
        kind: RecordKind,
        filled: Filled,
        numbers: Sequence[int],
        report: Report,
        *,
        school: str | None,
        wishes: Wishes,
        today: date,
    ) -> None:
        self._kind = kind
        self._filled = filled
        self._numbers = numbers
        self._report = report
        self._school = school
        self._wishes = wishes
        self._today = today
        columns = columns_of(kind)
        self._id = columns[0]
        self._owner = next(column for column in columns if column.cell is FieldType.OWNER)
        self._columns = {column.name: column for column in columns} | filled.own
        self._refused: set[int] = set()
        self.full: frozenset[int] = frozenset()

    def upserts(self) -> list[Upsert]:
        """The rows to write."""
        values = self._filled.values
        if self._kind is RecordKind.ALUMNI:
            self._consented()
        self._constants()
        ids = values.pop(self._id.name, [])
        owners = values.pop(self._owner.name, [])
        if self._kind is RecordKind.ALUMNI:
            ids = self._numbers_only(ids)
        self._refuse_wrong()
        rows = self._rows()
        result = []
        for place, number in enumerate(self._numbers):
            if place in self._refused:
                continue
            id_ = ids[place] if ids and isinstance(ids[place], str) else ""
            owner = owners[place] if owners and isinstance(owners[place], str) else self._school
            upsert = Upsert(number, str(id_), str(owner or ""), rows[place])
            if self._is_record(place, upsert):
                result.append(upsert)
        partly = {self._numbers[place] for place in self._filled.partly}
        self.full = frozenset({upsert.row for upsert in result if upsert.values.keys() & _CONSENT} - partly)
        return result

    def _numbers_only(self, ids: list[object]) -> list[object]:
        """The ids without texts (`weet ik niet meer`) among numbers: such a person has no number."""
        texts = [id_ for id_ in ids if isinstance(id_, str)]
        wordy = {text for text in texts if not any(map(str.isdigit, text)) and not is_given_number(text)}
        if not wordy or len([text for text in texts if text in wordy]) * 5 > len(texts):
            return ids
        header = self._report.header_of(self._id.name)
        for text in sorted(wordy):
            rows = [number for number, id_ in zip(self._numbers, ids, strict=True) if id_ == text]
            self._report.leave_out(header, self._id.name, CellProblem("no_number", text=text), text, rows)
        return ["" if id_ in wordy else id_ for id_ in ids]

    # ---- what refuses a row

    def _refuse(
        self,
        place: int,
        code: str,
        column: Column | None,
        shown: str | None = None,
        values: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self._refused.add(place)
        header = None if column is None else self._report.header_of(column.name)
        self._report.problems.append(
            Remark(
                f"importing.{'rows' if code in _OF_ROWS else 'problems'}.{code}",
                values,
                self._numbers[place],
                header,
                shown and shown[:MOST_SHOWN],
            )
        )

    def _refuse_wrong(self) -> None:
        """Rows with a damaged id, or without what every record needs."""
        for column in self._columns.values():
            needed = column.required and column is not self._id
            if not needed and column is not self._id and column is not self._owner:
                continue
            for place, problem in self._filled.wrong.get(column.name, {}).items():
                shown = None if column.personal else problem.text or None
                told = silenced(problem, shown)
                self._refuse(place, told.code, column, shown if told is problem else None, told.values)
            if needed and column is not self._owner:
                stated = self._filled.values.get(column.name, [])
                for place, value in enumerate(stated):
                    if (value is ABSENT or value is EMPTY) and place not in self._refused:
                        self._refuse(place, "required", column)

    def _is_record(self, place: int, upsert: Upsert) -> bool:
        """Whether a row has an owner and, for alumni, a number or something to know the person by."""
        if not upsert.owner and (self._kind is RecordKind.ALUMNI or self._owner.required):
            self._refuse(place, "required", self._owner)
            return False
        if self._kind is not RecordKind.ALUMNI or upsert.id or any(upsert.values.get(name) for name in _REACH):
            return True
        if any(value not in (None, "", frozenset(), ()) for value in upsert.values.values()):
            self._refuse(place, "nobody", None)
        else:
            self._report.not_records.append((upsert.row, Because.EMPTY))
        return False

    # ---- fields

    def _constants(self) -> None:
        """Fields that an answer gives for all rows, such as the kind of the requests."""
        for column in self._columns.values():
            answer = self._wishes.answers.get(column.field)
            if answer and column.required and column.name not in self._filled.values:
                reading = cells.read(column, answer, today=self._today)
                if reading.usable and reading.value is not None:
                    self._filled.values[column.name] = [reading.value] * len(self._numbers)
                else:
                    self._report.ask(column.field, answers=tuple(column.words))

    def _rows(self) -> list[dict[str, object]]:
        """The fields of each row, by name."""
        whole: dict[str, list[object]] = {}
        partial: dict[str, list[object]] = {}
        for header, stated in self._filled.values.items():
            column = self._columns[header]
            kinds = set(map(type, stated))
            if type(EMPTY) not in kinds:
                whole[column.field] = stated
                continue
            filled = [column.empty if value is EMPTY else value for value in stated]
            if ABSENT not in filled:
                whole[column.field] = filled
            elif any(value is not ABSENT for value in filled):
                partial[column.field] = filled
        names = list(whole)
        rows = [dict(zip(names, row, strict=True)) for row in zip(*whole.values(), strict=True)]
        if not whole:
            rows = [{} for _ in self._numbers]
        for name, filled in partial.items():
            for row, value in zip(rows, filled, strict=True):
                if value is not ABSENT:
                    row[name] = value
        self._place(rows)
        self._order(rows)
        if self._kind is RecordKind.REQUESTS:
            self._cap(rows)
        return rows

    def _place(self, rows: Sequence[dict[str, object]]) -> None:
        """The four digits of a postcode; none of a place abroad."""
        abroad = Abroad()
        alumni = self._kind is RecordKind.ALUMNI
        known: dict[tuple[object, object], bool] = {}
        for row, number in zip(rows, self._numbers, strict=True):
            code = row.get("postcode") if alumni else row.get("pc4")
            if alumni and "postcode" in row:
                row["pc4"] = code[:4] if isinstance(code, str) else None
            if not code:
                continue
            place = code, row.get("town")
            if place not in known:
                known[place] = abroad.has(*place)
            if known[place]:
                row |= dict.fromkeys(row.keys() & {"postcode", "pc4"})  # noqa: PLW2901 - in place
                self._report.add_note("importing.notes.postcode_foreign", row=number)

    def _order(self, rows: Sequence[dict[str, object]]) -> None:
        """An end before its start is left out."""
        for first, last in _ORDERED[self._kind]:
            names = {column.field: column for column in self._columns.values()}
            for row, number in zip(rows, self._numbers, strict=True):
                start, end = row.get(first), row.get(last)
                if isinstance(start, date) and isinstance(end, date) and start > end:
                    del row[last]
                    header = self._report.header_of(names[last].name)
                    problem = cells.CellProblem("end_first", first=names[first].name, start=start)
                    self._report.leave_out(header, names[last].name, problem, end.isoformat(), [number])

    def _cap(self, rows: Sequence[dict[str, object]]) -> None:
        """A request that would close after its own last day closes on that day."""
        header = self._report.header_of(next(c.name for c in self._columns.values() if c.field == "closes_on"))
        for row, number in zip(rows, self._numbers, strict=True):
            closes, moments, last = row.get("closes_on"), row.get("moments"), row.get("period_to")
            if isinstance(moments, tuple) and moments:
                last = max(moment.end.date() for moment in moments)
            if isinstance(closes, date) and isinstance(last, date) and closes > last:
                row["closes_on"] = last
                self._report.add_note(
                    "importing.notes.closes_capped", row=number, column=header, closes=closes, last=last
                )

    # ---- consent

    def _date_consents(self, places: Sequence[int], since: date | None) -> None:
        """The day of each yes: that of its own cell, of the column of days, or the answer for cells without any."""
        filled = self._filled
        dates = filled.values.setdefault("toestemming_datum", [ABSENT] * len(self._numbers))
        for place in places:
            own = filled.consent_days.get(place)
            if own is not None or not isinstance(dates[place], date):
                dates[place] = own or (ABSENT if place in filled.undated or since is None else since)

    def _consented(self) -> None:
        """Consent of a yes without purposes, as answered, and none without a day that can be."""
        filled, count = self._filled, len(self._numbers)
        answers = filled.consent_answers
        stated = filled.values.get("toestemming") or [ABSENT] * count
        said_yes = [place for place, answer in enumerate(answers) if answer]
        said_no = [place for place, answer in enumerate(answers) if answer is False]
        if said_yes:
            purposes, since = consent_of(self._wishes, self._today)
            if purposes is None:
                ask_consent(self._report, filled.consent_header, Counter(filled.consent_texts))
            for place in said_yes if purposes else ():
                known = stated[place]
                stated[place] = purposes | known if isinstance(known, frozenset) and purposes else purposes
            if purposes and (since is not None or filled.consent_days):
                self._date_consents(said_yes, since)
            filled.partly.update(said_yes)
        header = filled.consent_header
        for place in said_no:
            self._report.notes.append(Remark("importing.notes.consent_no", {}, self._numbers[place], header))
        for place, problem in filled.wrong.get("toestemming_datum", {}).items():
            if problem.code == "future_date" and isinstance(stated[place], frozenset):
                stated[place] = ABSENT
        if any(value is not ABSENT for value in stated):
            filled.values["toestemming"] = stated
        else:
            filled.values.pop("toestemming", None)
            filled.values.pop("toestemming_datum", None)
