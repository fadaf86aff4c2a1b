"""From the columns of a table to the fields of its records: by column, each distinct text once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TypeVar

from matcher.domain.fields import FieldType
from matcher.domain.own_fields import MOST_CHOICES, OwnKind, OwnSpec, own_key
from matcher.domain.records import RecordKind
from matcher.spreadsheets import cells
from matcher.spreadsheets.cells import CellProblem, Reading
from matcher.spreadsheets.cells.qualifications import FIRST_LEFT, LAST_LEFT
from matcher.spreadsheets.columns import DAY_WORDS, Column, columns_of, word_key
from matcher.spreadsheets.filled import ABSENT, EMPTY, Filled, split_work, tidy_names
from matcher.spreadsheets.own import OWN, Fields, column_of, read_own, said_of, seen_choices, spec_of
from matcher.spreadsheets.report import OwnTaken, Remark, Report
from matcher.spreadsheets.targets import Guess, Part, Target
from matcher.spreadsheets.withheld import BSN, may_hold, without_bsns
from matcher.text import fold

T = TypeVar("T")
QUALIFICATION: Mapping[str, str] = {
    Part.CREBO: "crebo", Part.PROGRAMME: "name", Part.LEVEL: "level", Part.PATHWAY: "pathway", Part.YEAR: "year",
}  # fmt: skip
MOMENT: Mapping[str, str] = {Part.MOMENT_DATE: "date", Part.MOMENT_START: "start", Part.MOMENT_END: "end"}
_TAKEN_BACK = {"geen toestemming", "ingetrokken", "bezwaar", "opt-out", "opt out"}
"""What stands under consent for a no, besides words for no."""
_DIPLOMA = re.compile(r"diplom|examen|afgestudeerd|afstudeer|geslaagd|slaag|graduat", re.IGNORECASE)
_OF_ONE = frozenset({Part.CREBO, Part.LEVEL, Part.YEAR})
"""Parts of a qualification that a person with several has several of."""
_IDENTITY = {FieldType.ID, FieldType.OWNER}
_SETS = {FieldType.SET, FieldType.CONSENTS, FieldType.DAY_PARTS}


class Filler:
    """Reads the columns of the records of one table; what cannot be used goes to the report."""

    def __init__(
        self,
        kind: RecordKind,
        rows: Sequence[Sequence[object]],
        numbers: Sequence[int],
        report: Report,
        *,
        today: date,
        tick: Callable[[], None] = lambda: None,
        own: Fields | None = None,
    ) -> None:
        self._kind = kind
        self._columns = {column.name: column for column in columns_of(kind)}
        self._rows = rows
        self._numbers = numbers
        self._report = report
        self._today = today
        self._tick = tick
        self._whole = "opleidingen" if kind is RecordKind.ALUMNI else "opleiding"
        self._own_fields = own or {}
        self._turned: list[tuple[object, ...]] | None = None
        self._needed = {column.name for column in self._columns.values() if column.required or column.cell in _IDENTITY}
        self.filled = Filled(consent_answers=[None] * len(rows))

    def fill(self, guesses: Sequence[Guess]) -> Filled:
        """The fields of all rows."""
        used = self._completed([guess for guess in guesses if guess.target is not None and guess.forbidden is None])
        parts: dict[str, list[Guess]] = defaultdict(list)
        for guess in used:
            self._tick()
            target = guess.target
            if target is None:
                continue
            self._withhold(guess, target)
            if target.field == OWN:
                self._own(guess, target)
            elif target.word is None and target.field in self._columns:
                self._direct(guess, self._columns[target.field])
            else:
                parts[target.field].append(guess)
        for name in [name for name in parts if name in self._columns]:
            self._choices(self._columns[name], parts.pop(name))
        whole = parts.get(Part.FULL_NAME, [])
        self._pairs(whole, self._name_reader(whole), ("voornaam", "achternaam"))
        town = "woonplaats" if self._kind is RecordKind.ALUMNI else "plaats"
        self._pairs(parts.get(Part.POSTCODE_AND_TOWN, []), cells.postcode_and_town, ("postcode", town))
        self._qualifications(self._parts_of_qualification(used, parts))
        self._moments({name: parts[name][0] for name in MOMENT if parts.get(name)})
        self._consents(parts.get(Part.CONSENT_YES_NO, []))
        if self._kind is RecordKind.ALUMNI:
            tidy_names(self.filled.values)
            split_work(self.filled.values, used, self._report)
        return self.filled

    def _name_reader(self, guesses: Sequence[Guess]) -> Callable[[object], Reading]:
        """Reads whole names; the last name first, where the other names of the column tell it: with a note."""
        texts = {_text(raw) for guess in guesses for raw in self._raws(guess.position)}
        turned = cells.turned_names(sorted(texts))

        def read(raw: object) -> Reading:
            text = _text(raw)
            reading = cells.split_name(turned.get(text, raw))
            return replace(reading, notes=(*reading.notes, ("name_unsure", {}))) if text in turned else reading

        return read

    def _completed(self, used: list[Guess]) -> list[Guess]:
        """The columns, where level, pathway or year alone stand beside whole qualifications: they are of those."""
        fields = {guess.target.field for guess in used if guess.target is not None}
        if not fields & QUALIFICATION.keys() or fields & {Part.CREBO, Part.PROGRAMME}:
            return used
        whole = Target(self._whole)
        return [
            replace(guess, target=Target(Part.PROGRAMME))
            if guess.target == whole and not any("|" in _text(raw) for raw in self._raws(guess.position))
            else guess
            for guess in used
        ]

    @staticmethod
    def _parts_of_qualification(used: Sequence[Guess], parts: Mapping[str, Sequence[Guess]]) -> dict[str, Guess]:
        """The columns of the parts; where none has the year, the day of the diploma or of leaving tells it."""
        found = {name: parts[name][0] for name in QUALIFICATION if parts.get(name)}
        left = next((g for g in used if g.target is not None and g.target.field == "uitstroom_datum"), None)
        if found and Part.YEAR not in found and left is not None:
            found[Part.YEAR] = left
        return found

    # ---- one column for one field

    def _raws(self, position: int) -> Sequence[object]:
        """The cells of a column."""
        if self._turned is None:
            widths = set(map(len, self._rows))
            width = max(widths, default=0)
            even = self._rows if len(widths) < 2 else [[*row, *[None] * (width - len(row))] for row in self._rows]
            self._turned = list(zip(*even, strict=True))
        return self._turned[position] if position < len(self._turned) else [None] * len(self._rows)

    def _withhold(self, guess: Guess, target: Target) -> None:
        """Leaves the cells out that hold a BSN."""
        if not may_hold(self._columns.get(target.field)) or (target.word is not None and target.field in self._columns):
            return
        raws, places = without_bsns(self._raws(guess.position))
        if places and self._turned is not None:
            self._turned[guess.position] = tuple(raws)
            reading = Reading(stated=True, left_out=(CellProblem(BSN),))
            self._tell(reading, places, guess.header, target.field, personal=True)

    def _stated(self, header: str) -> list[object]:
        """What is known of a field so far, for other columns to add to."""
        return self.filled.values.get(header) or [ABSENT] * len(self._rows)

    def _direct(self, guess: Guess, column: Column) -> None:
        raws = self._raws(guess.position)
        plain = set(map(type, raws)) <= {str, type(None)}
        keys: Sequence[Hashable] = raws if plain else [(type(raw), raw) for raw in raws]
        distinct = dict(zip(keys, raws, strict=True))
        clean: Mapping[Hashable, object] = {}
        if column.cell is not FieldType.CONSENTS and column.cell is not FieldType.PAST_DATE:
            clean = cells.clean_values(column, distinct)
            if clean:
                distinct = {key: raw for key, raw in distinct.items() if key not in clean}
        found = cells.read_column(column, list(distinct.values()), today=self._today)
        readings = dict(zip(distinct, found, strict=True))
        if column.cell is FieldType.CONSENTS:
            readings = self._without_answers(keys, readings, guess.header)
        elif column.cell is FieldType.PAST_DATE:
            readings = {key: self._not_later(reading) for key, reading in readings.items()}
        resolved = self._resolved(keys, readings, guess, column, has_values=bool(clean))
        if column.cell is FieldType.CONSENTS:
            resolved = {key: ABSENT if v is EMPTY or v == frozenset() else v for key, v in resolved.items()}
        resolved.update(clean)
        self.filled.values[column.name] = list(map(resolved.__getitem__, keys))

    def _own(self, guess: Guess, target: Target) -> None:
        """A field of the school's own; of a new choice the values of this column are the choices."""
        said = said_of(target.word, guess.header)
        known = self._own_fields.get(own_key(said.name))
        spec = spec_of(known) if known else OwnSpec(said.name, said.kind or OwnKind.TEXT, said.personal is not False)
        raws = self._raws(guess.position)
        keys: list[Hashable] = [(type(raw), raw if isinstance(raw, Hashable) else str(raw)) for raw in raws]
        distinct = dict(zip(keys, raws, strict=True))
        if known is None and spec.kind is OwnKind.CHOICE:
            texts = cells.read_column(column_of(spec), list(distinct.values()), today=self._today)
            spec = replace(spec, choices=seen_choices(texts))
            if len(spec.choices) > MOST_CHOICES:
                self._report.ask("own_choices", column=guess.header, most=MOST_CHOICES, name=spec.name)
        column = column_of(spec)
        readings = dict(zip(distinct, read_own(spec, list(distinct.values()), today=self._today), strict=True))
        resolved = self._resolved(keys, readings, guess, column, has_values=False)
        values = [resolved[key] for key in keys]
        self.filled.values[column.name] = values
        self.filled.own[column.name] = column
        count = sum(isinstance(value, str) for value in values)
        told = "own_known" if known else f"own_new_{spec.kind}"
        listed = ", ".join(spec.choices)
        self._report.add_note(
            f"importing.notes.{told}", column_name=guess.header, name=spec.name, count=count, values=listed
        )
        self._report.own_fields.append(OwnTaken(guess.header, spec, count, is_new=known is None))

    def _not_later(self, reading: Reading) -> Reading:
        """The day of a consent, left out where it has not been yet."""
        if not isinstance(reading.value, date) or reading.value <= self._today:
            return reading
        problem = CellProblem("future_date", text=reading.value.isoformat(), today=self._today)
        return Reading(stated=True, left_out=(problem,))

    def _without_answers(
        self, keys: Sequence[Hashable], readings: Mapping[Hashable, Reading], header: str
    ) -> dict[Hashable, Reading]:
        """The cells of the column of purposes without yes and no, which are kept as answers."""
        split = {key: _answer_in(reading) for key, reading in readings.items()}
        answering = {key for key, (_, answer, _) in split.items() if answer is not None}
        if answering:
            for place, key in enumerate(keys):
                if key in answering:
                    self._answer(place, bool(split[key][1]), split[key][2], header)
        return {key: left for key, (left, _, _) in split.items()}

    def _answer(self, place: int, answer: bool, text: str, header: str) -> None:
        answers = self.filled.consent_answers
        answers[place] = answer if answers[place] is not False else False
        self.filled.consent_header = self.filled.consent_header or header
        if answer:
            self.filled.consent_texts.append(text)

    def _resolved(
        self,
        keys: Sequence[Hashable],
        readings: Mapping[Hashable, Reading],
        guess: Guess,
        column: Column,
        *,
        has_values: bool,
    ) -> dict[Hashable, object]:
        """A value or mark for each distinct cell; tells what is left out. All absent where no cell has a value.

        `has_values`: other cells than these have one.
        """
        blank = EMPTY if has_values or any(reading.stated for reading in readings.values()) else ABSENT
        resolved: dict[Hashable, object] = {}
        telling: dict[Hashable, Reading] = {}
        for key, reading in readings.items():
            if reading.stated:
                resolved[key] = reading.value if reading.usable else ABSENT
            else:
                resolved[key] = ABSENT if reading.nothing or reading.left_out else blank
            if reading.left_out or reading.notes:
                telling[key] = reading
        if telling:
            rows: dict[Hashable, list[int]] = defaultdict(list)
            for place, key in enumerate(keys):
                if key in telling:
                    rows[key].append(place)
            for key, reading in telling.items():
                self._tell(reading, rows[key], guess.header, column.name, personal=column.personal)
                if column.cell is FieldType.CONSENTS:
                    self.filled.partly.update(rows[key])
        return resolved

    def _tell(self, reading: Reading, places: Sequence[int], header: str, name: str, *, personal: bool) -> None:
        numbers = [self._numbers[place] for place in places]
        for problem in reading.left_out:
            if not reading.usable:
                self.filled.wrong[name] |= dict.fromkeys(places, problem)
            if reading.usable or name not in self._needed:
                shown = None if personal else problem.text
                self._report.leave_out(header, name, problem, shown, numbers)
        for code, values in reading.notes:
            self._report.notes += [Remark(f"importing.notes.{code}", values, number, header) for number in numbers]

    # ---- columns for words of a list

    def _choices(self, column: Column, guesses: Sequence[Guess]) -> None:
        """A yes adds the word of the column; the union with a column for the whole list, if there is one."""
        if column.cell not in _SETS:
            return
        stated = self._stated(column.name)
        for guess in guesses:
            word = guess.target.word if guess.target is not None and guess.target.word is not None else ""
            said = self._distinct(self._raws(guess.position), partial(self._choice, column, word))
            for places, reading in said:
                self._tell(reading, places, guess.header, column.name, personal=column.personal)
                if not reading.usable or (column.cell is FieldType.CONSENTS and not reading.value):
                    continue
                for place in places:
                    stated[place] = _joined(stated[place], reading.value)
        self.filled.values[column.name] = stated
        if column.cell is FieldType.CONSENTS:
            self.filled.partly.update(range(len(self._rows)))

    def _choice(self, column: Column, word: str, raw: object) -> Reading:
        """What one cell of the column of a word says of the list: a set, or a mask of day parts."""
        reading = cells.yes_no(raw)
        if reading.usable and isinstance(reading.value, bool):
            if not reading.value:
                return Reading(0 if column.cell is FieldType.DAY_PARTS else frozenset(), stated=True)
            return cells.read(column, word, today=self._today)
        if not reading.stated:
            return reading
        text = cells.text_of(raw)
        of_day = self._of_day(column, word, text) if column.cell is FieldType.DAY_PARTS else None
        if of_day is not None:
            return of_day
        return self._same_word(column, word, text) or reading

    def _of_day(self, column: Column, word: str, text: str) -> Reading | None:
        """The parts of its day that a cell names, in the column of a whole day."""
        if word_key(word) not in DAY_WORDS:
            return None
        if fold(text) == word_key(word):
            return cells.read(column, word, today=self._today)
        parts = cells.parts_of_day(text)
        if parts is not None:
            return Reading(parts << 3 * list(DAY_WORDS).index(word_key(word)), stated=True)
        listed = "; ".join(f"{word}-{item.strip()}" for item in text.replace(",", ";").split(";") if item.strip())
        reading = cells.read(column, listed, today=self._today)
        return reading if reading.usable else None

    def _same_word(self, column: Column, word: str, text: str) -> Reading | None:
        """A cell that names the word of its column itself."""
        same = cells.read(column, text, today=self._today)
        word_only = cells.read(column, word, today=self._today)
        return same if same.usable and same.value == word_only.value else None

    def _distinct(
        self, raws: Sequence[object], read: Callable[[object], Reading]
    ) -> Iterator[tuple[list[int], Reading]]:
        """The places of each distinct cell, and what it says."""
        places: dict[tuple[type, Hashable], list[int]] = defaultdict(list)
        for place, raw in enumerate(raws):
            places[type(raw), raw if isinstance(raw, Hashable) else str(raw)].append(place)
        for (_, raw), where in places.items():
            yield where, _safe(read, raw)

    # ---- one column for several fields, several columns for one

    def _pairs(self, guesses: Iterable[Guess], read: Callable[[object], Reading], names: tuple[str, str]) -> None:
        """A column that holds two fields; a column of its own for one of them counts before it."""
        for guess in guesses:
            wanted = [name for name in names if name in self._columns]
            lists: dict[str, list[object]] = {name: [ABSENT] * len(self._rows) for name in wanted}
            said = list(self._distinct(self._raws(guess.position), read))
            has_values = any(reading.stated for _, reading in said)
            for places, reading in said:
                personal = any(self._columns[name].personal for name in wanted) or not wanted
                self._tell(reading, places, guess.header, wanted[0] if wanted else guess.header, personal=personal)
                pair: tuple[object, ...] = (ABSENT, ABSENT)
                if isinstance(reading.value, tuple) and reading.usable:
                    pair = tuple(EMPTY if part is None else part for part in reading.value)
                elif not reading.stated and not reading.nothing and has_values:
                    pair = (EMPTY, EMPTY)
                for name, part in zip(wanted, pair, strict=False):
                    for place in places:
                        lists[name][place] = part
            for name, values in lists.items():
                own = self.filled.values.get(name)
                self.filled.values[name] = values if own is None else list(map(_own_first, own, values))

    def _grouped(self, guesses: Mapping[str, Guess]) -> Iterator[tuple[tuple[object, ...], list[int]]]:
        """The places of each distinct combination of cells."""
        raws = [self._raws(guess.position) for guess in guesses.values()]
        places: dict[tuple[tuple[type, Hashable], ...], list[int]] = defaultdict(list)
        for place, row in enumerate(zip(*raws, strict=True)):
            places[tuple((type(cell), cell if isinstance(cell, Hashable) else str(cell)) for cell in row)].append(place)
        for typed, where in places.items():
            yield tuple(cell for _, cell in typed), where

    def _qualifications(self, guesses: Mapping[str, Guess]) -> None:
        header = self._whole
        if not guesses or header not in self._columns:
            return
        column = self._columns[header]
        stated = self._stated(header)
        with_diploma = self._tells_diploma(guesses.get(Part.YEAR))
        for row, places in self._each_qualification(guesses):
            given = {QUALIFICATION[name]: raw for name, raw in zip(guesses, row, strict=True)}
            if with_diploma and not _is_day(given["year"]):
                self._leave_undated(guesses[Part.YEAR], given["year"], places)
                continue
            reading = _safe(partial(_qualification, self._today), given)
            self._tell_parts(reading, guesses, row, places, column)
            if reading.value is None:
                blank = EMPTY if not reading.stated and not reading.nothing and not reading.left_out else ABSENT
                for place in places:
                    stated[place] = blank if stated[place] is ABSENT else stated[place]
                continue
            for place in places:
                stated[place] = _joined(stated[place], (reading.value,))
        if any(isinstance(value, tuple) for value in stated):
            self.filled.values[header] = stated

    def _each_qualification(self, guesses: Mapping[str, Guess]) -> Iterator[tuple[tuple[object, ...], list[int]]]:
        """The cells of each qualification: one for each name in a list of names, as a form gives them.

        One level or year beside several names is of none of them for sure: it is left out.
        """
        names = list(guesses)
        place = names.index(Part.PROGRAMME) if Part.PROGRAMME in names else None
        for row, places in self._grouped(guesses):
            text = "" if place is None else _text(row[place])
            several = cells.items(text) if ";" in text or "\n" in text else cells.several_qualifications(text)
            one = len(several) == 1
            if place is None or not several or (one and not text.endswith(";")) or any("|" in item for item in several):
                yield row, places
                continue
            if not one:
                self._leave_shared(guesses, row, places)
            for item in several:
                given = [None if name in _OF_ONE and not one else cell for name, cell in zip(names, row, strict=True)]
                given[place] = item
                yield tuple(given), places

    def _tells_diploma(self, guess: Guess | None) -> bool:
        """Whether a column has the day of the diploma of most rows: a row without it then has no diploma."""
        if guess is None or guess.target != Target("uitstroom_datum") or not _DIPLOMA.search(guess.header):
            return False
        raws = self._raws(guess.position)
        return 2 * sum(map(_is_day, raws)) > len(raws)

    def _leave_undated(self, guess: Guess, raw: object, places: Sequence[int]) -> None:
        numbers = [self._numbers[place] for place in places]
        self._report.leave_out(
            guess.header, "opleidingen", CellProblem("no_diploma_day", text=_text(raw)), _text(raw), numbers
        )

    def _leave_shared(self, guesses: Mapping[str, Guess], row: Sequence[object], places: Sequence[int]) -> None:
        numbers = [self._numbers[place] for place in places]
        for (name, guess), raw in zip(guesses.items(), row, strict=True):
            if name in _OF_ONE and (text := _text(raw)):
                problem = CellProblem("of_several", text=text, shown=text)
                self._report.leave_out(guess.header, "opleidingen", problem, text, numbers)

    def _tell_parts(
        self, reading: Reading, guesses: Mapping[str, Guess], row: Sequence[object], places: Sequence[int], on: Column
    ) -> None:
        """What is left out, under the header of the column whose cell it is."""
        numbers = [self._numbers[place] for place in places]
        for problem in reading.left_out:
            headers = [g.header for g, raw in zip(guesses.values(), row, strict=True) if _text(raw) == problem.text]
            header = headers[0] if headers else next(iter(guesses.values())).header
            shown = None if on.personal else problem.text
            self._report.leave_out(header, on.name, problem, shown, numbers)
        first = next(iter(guesses.values())).header
        for code, values in reading.notes:
            self._report.notes += [Remark(f"importing.notes.{code}", values, number, first) for number in numbers]

    def _moments(self, guesses: Mapping[str, Guess]) -> None:
        if Part.MOMENT_DATE not in guesses or "momenten" not in self._columns:
            return
        column = self._columns["momenten"]
        stated = self._stated("momenten")
        for row, places in self._grouped(guesses):
            given = dict.fromkeys(MOMENT.values())
            given |= {MOMENT[name]: raw for name, raw in zip(guesses, row, strict=True)}
            reading = _safe(partial(_moment, self._today), given)
            self._tell_parts(reading, guesses, row, places, column)
            if reading.usable and reading.value:
                for place in places:
                    stated[place] = _joined(stated[place], reading.value)
        self.filled.values["momenten"] = stated

    # ---- consent without purposes

    def _consents(self, guesses: Sequence[Guess]) -> None:
        """Yes and no in a column of its own."""
        for guess in guesses:
            raws = self._raws(guess.position)
            for places, reading in self._distinct(raws, lambda raw: cells.consent_answer(raw, today=self._today)):
                self._tell(reading, places, guess.header, Part.CONSENT_YES_NO, personal=False)
                if reading.usable and isinstance(reading.value, tuple):
                    answer, since = reading.value
                    for place in places:
                        self._answer(place, answer, _text(raws[place])[:30], guess.header)
                        if answer and since is not None:
                            self.filled.consent_days[place] = since
                        elif reading.left_out:
                            self.filled.undated.add(place)


def _is_day(raw: object) -> bool:
    """Whether a cell is a day that somebody can have got a diploma on: not 31-12-9999, which stands for none."""
    try:
        return FIRST_LEFT <= cells.date_of(_text(raw)).year <= LAST_LEFT
    except CellProblem:
        return False


def _answer_in(reading: Reading) -> tuple[Reading, bool | None, str]:
    """What is left of a cell of purposes without a yes or no in it, that answer, and its text."""
    answer, text, others = None, "", []
    for problem in reading.left_out:
        said = _safe(cells.yes_no, problem.text)
        if said.usable and isinstance(said.value, bool):
            answer, text = said.value, problem.text
        elif problem.code == "consent_yes_no":
            answer, text = fold(problem.text) not in _TAKEN_BACK, problem.text
        else:
            others.append(problem)
    if answer is None:
        return reading, None, ""
    left = reading.value if isinstance(reading.value, frozenset) and reading.value else None
    return Reading(left, left is not None or bool(others), tuple(others), reading.notes, nothing=True), answer, text


def _joined(known: object, further: object) -> object:
    """The union of two values of a field that holds several."""
    if isinstance(known, int) and isinstance(further, int):
        return known | further
    if isinstance(known, frozenset) and isinstance(further, frozenset):
        return known | further
    if isinstance(known, tuple) and isinstance(further, tuple):
        return tuple(dict.fromkeys([*known, *further]))
    return further


def _own_first(own: object, other: object) -> object:
    return other if own is ABSENT or own is EMPTY else own


def _text(raw: object) -> str:
    try:
        return cells.text_of(raw)
    except CellProblem:
        return ""


def _qualification(today: date, given: Mapping[str, object]) -> Reading:
    return cells.qualification(**given, today=today)


def _moment(today: date, given: Mapping[str, object]) -> Reading:
    return cells.moment(given["date"], given["start"], given["end"], today=today)


def _safe(read: Callable[[T], Reading], raw: T) -> Reading:
    """What is read, also where a part of it cannot be text at all."""
    try:
        return read(raw)
    except CellProblem as problem:
        problem.text = problem.text or str(raw)
        return Reading(stated=True, left_out=(problem,))
