"""Columns that we do not know, taken as a field of the school's own: what is said of one, and what its cells say.

In a mapping such a column is `eigen_veld: Hobby | keuze | niet persoonlijk`: the name, and what it holds and whether it
is about the person where that is to be said. Without those the cells tell what it holds, and it is taken as personal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from matcher.domain.fields import FieldType
from matcher.domain.own_fields import (
    LONGEST_VALUE,
    MOST_CHOICES,
    NO,
    OWN_PREFIX,
    YES,
    OwnField,
    OwnKind,
    OwnSpec,
    choice_of,
    is_name,
    own_key,
)
from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue
from matcher.spreadsheets import cells
from matcher.spreadsheets.cells import CellProblem, Reading
from matcher.spreadsheets.columns import Column, by_header, word_key
from matcher.spreadsheets.forbidden import forbidden_name, forbidden_value
from matcher.spreadsheets.targets import Block, Guess, How, Target

OWN = "eigen_veld"
"""The field of a target that is an own field; its word says which."""
KINDS: Mapping[str, OwnKind] = {
    "tekst": OwnKind.TEXT, "keuze": OwnKind.CHOICE, "ja/nee": OwnKind.YES_NO,
    "text": OwnKind.TEXT, "choice": OwnKind.CHOICE, "yes/no": OwnKind.YES_NO,
}  # fmt: skip
PERSONAL: Mapping[str, bool] = {
    "persoonlijk": True, "niet persoonlijk": False, "personal": True, "not personal": False,
}  # fmt: skip
KIND_WORDS, PERSONAL_WORDS = tuple(KINDS)[:3], tuple(PERSONAL)[:2]
"""The words that we write, and offer."""
Fields = Mapping[str, OwnField]
"""The own fields that there are, by their names as compared."""
_MOST_EXAMINED = 2_000
"""Different cells by which it is told what a column holds."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of an own field; None where nothing is."""

    name: str
    kind: OwnKind | None = None
    personal: bool | None = None


def said_of(word: str | None, header: str) -> Said:
    """What a target says: `Hobby | keuze | niet persoonlijk`. Raises InvalidValue('own_field_said')."""
    name, *others = (part.strip() for part in (word or "").split("|"))
    said = Said(" ".join((name or header).split()))
    for part in filter(None, others):
        text = part.casefold()
        if text in KINDS and said.kind is None:
            said = replace(said, kind=KINDS[text])
        elif text in PERSONAL and said.personal is None:
            said = replace(said, personal=PERSONAL[text])
        else:
            raise InvalidValue("own_field_said", value=part[:40], choices=[*KIND_WORDS, *PERSONAL_WORDS])
    return said


def check_name(name: str) -> None:
    """Raises InvalidValue for a name that an own field may not have: forbidden, one of ours, or none."""
    if not is_name(name):
        raise InvalidValue("own_field_name", name=name[:60])
    if forbidden_name(name) is not None:
        raise InvalidValue("own_field_forbidden", name=name)
    if word_key(name) in by_header(RecordKind.ALUMNI):
        raise InvalidValue("own_field_ours", name=name)


def check_target(target: Target, header: str, fields: Fields) -> None:
    """Raises InvalidValue for a column that may not be taken for that own field."""
    said = said_of(target.word, "" if header.startswith("#") else header)
    known = fields.get(own_key(said.name))
    if known is None:
        check_name(said.name)
    elif said.kind not in {None, known.kind} or said.personal not in {None, known.personal}:
        raise InvalidValue("own_field_otherwise", name=known.name, said=word_of(spec_of(known)))


def spec_of(field: OwnField) -> OwnSpec:
    """What is said of a field that is there."""
    return OwnSpec(field.name, field.kind, field.personal, field.choices)


def word_of(spec: OwnSpec) -> str:
    """The word of a target that says all of an own field."""
    kind = next(word for word, kind in KINDS.items() if kind is spec.kind)
    personal = next(word for word, personal in PERSONAL.items() if personal is spec.personal)
    return f"{spec.name} | {kind} | {personal}"


def name_in(target: Target) -> str:
    """The name of the own field that a target is."""
    return (target.word or "").split("|")[0].strip()


def target_named(fields: Fields, header: str) -> Target | None:
    """The own field that a column is called after, if there is one."""
    field = fields.get(own_key(header)) if header else None
    return None if field is None else Target(OWN, field.name)


def without_gone(kept: Mapping[str, Target | None], fields: Fields) -> dict[str, Target | None]:
    """A remembered mapping without own fields that were removed since: only who imports says that one is made."""
    return {
        header: target
        for header, target in kept.items()
        if target is None or target.field != OWN or own_key(name_in(target)) in fields
    }


def settled(guesses: Iterable[Guess], block: Block, fields: Fields) -> tuple[Guess, ...]:
    """The guesses with each own field as what it is, or is proposed to be: one column each."""
    taken: set[str] = set()
    result = []
    for guess in guesses:
        if guess.target is not None and guess.target.field == OWN:
            said = said_of(guess.target.word, guess.header)
            known = fields.get(own_key(said.name))
            if own_key(said.name) in taken:
                guess = replace(guess, target=None, how=How.MAPPING)  # noqa: PLW2901 - the same column, not used
            elif known is not None:
                guess = replace(guess, target=Target(OWN, known.name))  # noqa: PLW2901 - the same column
            else:
                kind = said.kind or _kind_of(block, guess.position)
                spec = OwnSpec(said.name, kind, said.personal is not False)
                guess = replace(guess, target=Target(OWN, word_of(spec)))  # noqa: PLW2901 - the same column
            taken.add(own_key(said.name))
        result.append(guess)
    return tuple(result)


def _kind_of(block: Block, position: int) -> OwnKind:
    """What a column holds: yes and no, one of at most twenty words of which some come back, else text."""
    raws = [row.cells[position] for row in block.rows if position < len(row.cells)]
    raws = [raw for raw in raws if raw is not None and raw != ""]
    distinct = list({(type(raw), str(raw)): raw for raw in raws}.values())[:_MOST_EXAMINED]
    readings = [cells.yes_no(raw) for raw in distinct]
    stated = [reading for reading in readings if reading.stated]
    if stated and all(reading.usable for reading in stated):
        return OwnKind.YES_NO
    texts = [text for raw in raws if (text := _text(raw)) and not cells.is_nothing(text, None)]
    words = set(map(own_key, texts)) - {""}
    return OwnKind.CHOICE if 1 < len(words) <= MOST_CHOICES and len(words) < len(texts) else OwnKind.TEXT


def _text(raw: object) -> str:
    try:
        return cells.text_of(raw)
    except CellProblem:
        return ""


# ---- its cells


def column_of(spec: OwnSpec) -> Column:
    """The column of an own field among those of ours."""
    cell = FieldType.YES_NO if spec.kind is OwnKind.YES_NO else FieldType.TEXT
    name = f"{OWN}: {spec.name}"
    return Column(name, name, f"{OWN_PREFIX}{spec.name}", cell, False, 0, 0, LONGEST_VALUE, spec.personal, {}, None)


def seen_choices(readings: Iterable[Reading]) -> tuple[str, ...]:
    """The different values of a column, each as it was first written."""
    found: list[str] = []
    for reading in readings:
        if isinstance(reading.value, str) and forbidden_value(reading.value) is None:
            text = " ".join(reading.value.split())
            if text and choice_of(found, text) is None:
                found.append(text)
            if len(found) > MOST_CHOICES:
                break
    return tuple(found)


def read_own(spec: OwnSpec, raws: Sequence[object], *, today: date) -> list[Reading]:
    """What the cells of an own field say: texts, as they are stored. Of a choice only once its choices are known."""
    return [_checked(spec, reading) for reading in cells.read_column(column_of(spec), raws, today=today)]


def _checked(spec: OwnSpec, reading: Reading) -> Reading:
    value = reading.value
    if isinstance(value, bool):
        return replace(reading, value=YES if value else NO)
    if not isinstance(value, str):
        return reading
    if (why := forbidden_value(value)) is not None:
        return Reading(stated=True, left_out=(CellProblem("own_forbidden", why=why.value),))
    if spec.kind is OwnKind.CHOICE:
        choice = choice_of(spec.choices, value)
        if choice is None:
            problem = CellProblem("unknown_word", text=value, word=value, choices=tuple(spec.choices))
            return Reading(stated=True, left_out=(problem,))
        return replace(reading, value=choice)
    return reading
