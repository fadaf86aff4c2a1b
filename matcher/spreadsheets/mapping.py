"""Which column of a file is which field: by a mapping, by name, by what stands in it; each with how and how sure.

In this order: what whoever imports says, what was remembered, exports of known programs, exact names, the table of
usual names, names that are nearly one of those, and the cells. The cells also have a say in what the name is: a column
`mentor` of people's names is not the choice to be one. What is not sure is not used, and stands as unknown with what it
could be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue
from matcher.spreadsheets.content import MOST_LOOKED_AT, Content, text_of
from matcher.spreadsheets.fitting import by_content, says_nothing, weigh
from matcher.spreadsheets.forbidden import forbidden_content, forbidden_name
from matcher.spreadsheets.grid import Recognised, Row
from matcher.spreadsheets.naming import USED, by_name, named, ranked
from matcher.spreadsheets.own import OWN, Fields, check_target, settled, target_named, without_gone
from matcher.spreadsheets.presets import preset_of
from matcher.spreadsheets.spellings import LONGEST, key, spellings, words
from matcher.spreadsheets.synonyms import (
    UNSURE,
    Candidate,
    choice_words,
    day_parts,
    fields,
    is_elsewhere,
)
from matcher.spreadsheets.targets import Block, Guess, How, Part, Target, Wishes
from matcher.spreadsheets.withheld import examples

_NAME_IS_SURNAME, _SAME_NAME = 0.85, 0.5
_OTHERS = 4
_DESCRIBES = frozenset(
    (
        "sector",
        "functie",
        "werkgever",
        "vaardigheden",
        "opleidingen",
        "opleiding",
        "titel",
        "soort",
        "omschrijving",
        Part.PROGRAMME,
    )
)
"""Fields that may be about health, as in `Sector (zorg, gezondheid)`, without telling anybody's."""


def recogniser(kind: RecordKind) -> Recognised:
    """Counts the cells of a row that are headers of different known columns; choices and near names do not count."""

    def count(cells: Sequence[object]) -> int:
        names = {cell for cell in cells if isinstance(cell, str) and 0 < len(cell) <= LONGEST}
        return len({header_target(kind, name) for name in names} - {None})

    return count


@lru_cache(maxsize=8192)
def header_target(kind: RecordKind, header: str) -> Target | None:
    """The field of a header by exact or usual name."""
    found = [one for one in by_name(kind, header) if one.how in {How.EXACT, How.SYNONYM} and one.sure >= USED]
    return found[0].target if found else None


def recognise(
    kind: RecordKind,
    block: Block,
    *,
    wishes: Wishes,
    kept: Mapping[str, Target | None] | None = None,
    own: Fields | None = None,
) -> tuple[Guess, ...]:
    """One guess for each column of a table, in its order; a field has one column, a word of a list too.

    `kept`: the mapping that was remembered for files of this shape. `own`: the own fields of the school, for alumni.
    Raises InvalidValue for a wish that names a field that does not exist, or an own field that may not be made.
    """
    own = own or {}
    for header, target in wishes.mapping.items():
        if target is not None and target.field == OWN and kind is RecordKind.ALUMNI:
            check_target(target, header, own)
        elif target is not None and not _exists(kind, target):
            raise InvalidValue("unknown_column", column=target.field, choices=sorted(fields(kind)))
    mappings = [(mapping, _by_key(mapping)) for mapping in (wishes.mapping, without_gone(kept or {}, own))]
    told = [_told(kind, header, position, mappings) for position, header in enumerate(block.headers)]
    columns = [_Column(kind, block, position) for position in range(len(block.headers))]
    usual = preset_of(kind, block.headers)
    found: list[tuple[Candidate, ...]] = []
    for column, wish in zip(columns, told, strict=True):
        if column.forbidden is not None or wish is not None:
            found.append((wish,) if isinstance(wish, Candidate) and column.forbidden is None else ())
        elif (named_after := target_named(own, column.header)) is not None:
            found.append((Candidate(named_after, How.EXACT, 1.0),))
        elif column.header in usual:
            target = usual[column.header]
            found.append(
                () if target is None else ranked([weigh(kind, Candidate(target, How.SYNONYM, 0.96), column.content)])
            )
        else:
            found.append(column.candidates())
    found = _settle_names(kind, _without_moment(columns, found, usual), block)
    return settled(_assigned(columns, told, found), block, own)


def _without_moment(
    columns: Sequence[_Column], found: list[tuple[Candidate, ...]], usual: Mapping[str, Target | None]
) -> list[tuple[Candidate, ...]]:
    """Without the moment at which a form was filled in, where the form does not ask for consent."""
    moments = {header for header, target in usual.items() if target == Target("toestemming_datum")}
    fields = {one[0].target.field for one in found if one and one[0].sure >= USED}
    if not moments or fields & {"toestemming", Part.CONSENT_YES_NO.value}:
        return found
    return [() if column.header in moments else one for column, one in zip(columns, found, strict=True)]


class _Column:
    """One column while it is being recognised."""

    def __init__(self, kind: RecordKind, block: Block, position: int) -> None:
        self.kind = kind
        self.position = position
        self.header = block.headers[position]
        self.content = Content(_cells(block.rows, position))
        self.forbidden = self._forbidden()

    def _forbidden(self) -> str | None:
        why = _forbidden_by_name(self.kind, self.header)
        if why is not None:
            return why
        found = forbidden_content(self.content.distinct)
        return None if found is None else found.value

    def candidates(self) -> tuple[Candidate, ...]:
        """What the column can be, the surest first: by name as far as its cells fit, else by its cells."""
        by_header = ranked(weigh(self.kind, one, self.content) for one in by_name(self.kind, self.header))
        if by_header and by_header[0].sure >= USED:
            return by_header
        if is_elsewhere(words(self.header)):
            return by_header
        nameless = says_nothing(self.header) and not by_header
        return ranked([*by_header, *by_content(self.kind, self.content, nameless=nameless)])


def _cells(rows: Sequence[Row], position: int) -> list[object]:
    """Cells of a column, evenly spread over its rows; the first that are filled where those are all empty."""
    step = max(1, -(-len(rows) // MOST_LOOKED_AT))
    cells = [row.cells[position] for row in rows[::step] if position < len(row.cells)]
    if step == 1 or any(cell is not None and cell != "" for cell in cells):
        return cells
    there = (row.cells[position] for row in rows if position < len(row.cells))
    return list(islice((cell for cell in there if cell is not None and cell != ""), MOST_LOOKED_AT))


def _forbidden_by_name(kind: RecordKind, header: str) -> str | None:
    """Why a header may not be stored; None where the word only explains the name of a field that we know."""
    why = forbidden_name(header)
    if why is None or not header:
        return None
    for spelling in spellings(header):
        if forbidden_name(spelling.text) is None:
            known = [
                one for one in named(kind, spelling.text) if one.how in {How.EXACT, How.SYNONYM} and one.sure > UNSURE
            ]
            if any(one.target.field in _DESCRIBES for one in known):
                return None
    return why.value


def _exists(kind: RecordKind, target: Target) -> bool:
    if target.field == OWN:
        return kind is RecordKind.ALUMNI
    if target.field not in fields(kind):
        return False
    if target.word is None:
        return True
    if target.field in {"beschikbaarheid", "dagdelen"}:
        return target.word in day_parts().values()
    return target.word in choice_words(target.field).values()


def _by_key(mapping: Mapping[str, Target | None]) -> Mapping[str, Target | None]:
    """A mapping by the keys of its headers, without the columns that it tells by number."""
    return {key(name): target for name, target in mapping.items() if key(name) and not name.startswith("#")}


def _told(
    kind: RecordKind,
    header: str,
    position: int,
    mappings: Iterable[tuple[Mapping[str, Target | None], Mapping[str, Target | None]]],
) -> Candidate | bool | None:
    """What a mapping says of a column: a candidate, True to leave it out, None if nothing.

    `mappings`: by header or number, and by key; the first that says something counts.
    """
    for mapping, by_key in mappings:
        for name, table in ((f"#{position + 1}", mapping), (header, mapping), (key(header), by_key)):
            if name and name in table:
                target = table[name]
                if target is None:
                    return True
                if _exists(kind, target):
                    return Candidate(target, How.MAPPING, 1.0)
    return None


# ---- which column gets which field


def _settle_names(kind: RecordKind, found: list[tuple[Candidate, ...]], block: Block) -> list[tuple[Candidate, ...]]:
    """A column `naam` beside first names is the surname, unless it repeats them; beside both it is in doubt."""
    if kind is not RecordKind.ALUMNI:
        return found
    best = [one[0].target.field if one and one[0].sure >= USED else "" for one in found]
    whole = [position for position, field in enumerate(best) if field == Part.FULL_NAME]
    if not whole or "voornaam" not in best:
        return found
    first = best.index("voornaam")
    result = list(found)
    for position in whole:
        if found[position][0].how is How.MAPPING:
            continue
        if "achternaam" in best:
            result[position] = tuple(replace(one, sure=min(one.sure, UNSURE)) for one in found[position])
        elif _repeats(block.rows, first, position) < _SAME_NAME:
            surname = Candidate(Target("achternaam"), found[position][0].how, _NAME_IS_SURNAME)
            result[position] = (surname, *(replace(one, sure=UNSURE) for one in found[position]))
        else:
            result[first] = tuple(replace(one, sure=min(one.sure, UNSURE)) for one in found[first])
    return result


def _repeats(rows: Sequence[Row], first: int, whole: int) -> float:
    """In which share of the rows the whole name holds the first name."""
    width = max(first, whole)
    pairs = [(text_of(row.cells[first]), text_of(row.cells[whole])) for row in rows[:500] if len(row.cells) > width]
    pairs = [(one, other) for one, other in pairs if one and other]
    return sum(set(words(one).split()) <= set(words(other).split()) for one, other in pairs) / max(1, len(pairs))


def _assigned(
    columns: Sequence[_Column], told: Sequence[Candidate | bool | None], found: Sequence[tuple[Candidate, ...]]
) -> tuple[Guess, ...]:
    order = sorted(
        (
            (
                not column.content.filled,
                -one.sure,
                -column.content.filled,
                -column.content.variety,
                column.header,
                column.position,
                rank,
            )
            for column, candidates in zip(columns, found, strict=True)
            for rank, one in enumerate(candidates)
            if one.sure >= USED
        ),
    )
    taken: dict[Target, int] = {}
    given: dict[int, Candidate] = {}
    for *_, position, rank in order:
        one = found[position][rank]
        if position not in given and one.target not in taken:
            taken[one.target], given[position] = position, one
    if Target("postcode") in taken and (Target("woonplaats") in taken or Target("plaats") in taken):
        both = taken.get(Target(Part.POSTCODE_AND_TOWN))
        if both is not None and given[both].how is not How.MAPPING:
            del given[both]
    return tuple(
        _guess(column, wish, candidates, given.get(column.position))
        for column, wish, candidates in zip(columns, told, found, strict=True)
    )


def _guess(
    column: _Column, wish: Candidate | bool | None, candidates: tuple[Candidate, ...], given: Candidate | None
) -> Guess:
    guess = Guess(column.position, column.header, forbidden=column.forbidden)
    if column.forbidden is not None:
        return guess
    guess = replace(guess, examples=examples(column.content.distinct))
    if wish is True:
        return replace(guess, how=How.MAPPING, sure=1.0)
    others = tuple(one.target for one in candidates if given is None or one.target != given.target)[:_OTHERS]
    if given is not None:
        return replace(guess, target=given.target, how=given.how, sure=given.sure, others=others)
    if candidates and candidates[0].sure >= USED:
        return replace(guess, how=candidates[0].how, sure=candidates[0].sure, others=others)
    return replace(guess, sure=candidates[0].sure if candidates else 0.0, others=others)


def share_known(guesses: Iterable[Guess]) -> float:
    """Which share (0-1) of the columns that have values is recognised; 1 for a table without any.

    A column that a mapping leaves out, and one whose field another column fills surer, are recognised; one that may not
    be stored does not count.
    """
    counted = [guess for guess in guesses if guess.forbidden is None and (guess.examples or guess.target is not None)]
    with_values = [guess for guess in counted if guess.examples]
    return sum(guess.how is not How.UNKNOWN for guess in with_values) / len(with_values) if with_values else 1.0
