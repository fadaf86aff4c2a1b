"""A column per choice: `gastles` with a cross, `maandagochtend`, `Wanneer kun je? [Maandag]` with parts of the day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from matcher.domain.records import RecordKind
from matcher.spreadsheets.spellings import Spelling, key, without
from matcher.spreadsheets.synonyms import (
    UNSURE,
    Candidate,
    choice_context,
    choice_words,
    day_parts,
    expanded,
    fields,
    part_words,
)
from matcher.spreadsheets.targets import How, Target

GROUPED, CHOICE, ALONE = 0.98, 0.92, 0.85
"""How sure a choice is of which the group names the field, one of which the header does, and one that stands alone."""
_SEVERAL = 2
_FIELDS = {RecordKind.ALUMNI: ("aanbod", "toestemming", "vraag_soorten")}
_NEEDS_CONTEXT = frozenset(("toestemming", "vraag_soorten"))
_DAYS = {RecordKind.ALUMNI: "beschikbaarheid", RecordKind.REQUESTS: "dagdelen", RecordKind.OFFERINGS: "dagdelen"}


def choices(kind: RecordKind, spelling: Spelling) -> Iterator[Candidate]:
    """The words of closed lists that a header can be the column of."""
    text, aside = spelling.text, spelling.aside
    yield from _days(kind, text, aside)
    for field in _FIELDS.get(kind, ()):
        if field not in fields(kind):
            continue
        context = choice_context(field) | {field}
        named = _says(f"{text} {aside}", context)
        if field in _NEEDS_CONTEXT and not named:
            continue
        word = _word(field, text, context) or _word(field, expanded(text), context)
        if word is not None:
            other = any(_says(f"{text} {aside}", choice_context(name)) for name in _NEEDS_CONTEXT - {field})
            alone = UNSURE if text in choice_context("ambiguous") else ALONE
            sure = GROUPED if _says(aside, context) else CHOICE if named else alone
            yield Candidate(
                Target(field, word), How.CHOICE, sure - 0.4 if other and field not in _NEEDS_CONTEXT else sure
            )


def _word(field: str, text: str, context: frozenset[str]) -> str | None:
    known = choice_words(field)
    forms = [text, without(text, context), without(text, choice_context("fillers"))]
    forms.append(without(forms[1], choice_context("fillers")))
    whole = next((known[key(form)] for form in forms if key(form) in known), None)
    return whole or _covered(known, forms[-1].split())


def _covered(known: Mapping[str, str], words: list[str]) -> str | None:
    """The word that all parts of a text stand for: `begeleiden mentor` is twice the same choice."""
    found: set[str] = set()
    start = 0
    while start < len(words):
        end = next((end for end in range(len(words), start, -1) if key(" ".join(words[start:end])) in known), None)
        if end is None:
            return None
        found.add(known[key(" ".join(words[start:end]))])
        start = end
    return found.pop() if len(found) == 1 else None


def enumerated(kind: RecordKind, header: str) -> Candidate | None:
    """The field of which the header names several words: `Online / fysiek`, `gastles, mentor`."""
    items = [key(item) for item in re.split(r"\s*(?:[/,;]|\bof\b|\ben\b)\s*", header) if key(item)]
    if len(items) < _SEVERAL:
        return None
    for field in ("aanbod", "soort", "vorm"):
        known = choice_words(field) if field in fields(kind) else {}
        if len({known.get(item, item) for item in items}) >= _SEVERAL and all(item in known for item in items):
            return Candidate(Target(field), How.SYNONYM, ALONE)
    return None


def _says(text: str, phrases: frozenset[str]) -> bool:
    padded = f" {text} "
    return any(f" {phrase} " in padded for phrase in phrases)


def _days(kind: RecordKind, text: str, aside: str) -> Iterator[Candidate]:
    field, names = _DAYS[kind], day_parts()
    context = choice_context("beschikbaarheid")
    forms = (text, without(without(text, context), choice_context("fillers")))
    for form in forms:
        if key(form) in part_words() and key(aside) in names and "-" not in names[key(aside)]:
            yield Candidate(Target(field, f"{names[key(aside)]}-{part_words()[key(form)]}"), How.CHOICE, CHOICE)
            return
        if key(form) in names:
            word = names[key(form)]
            if "-" not in word and key(aside) in part_words():
                word = f"{word}-{part_words()[key(aside)]}"
            yield Candidate(Target(field, word), How.CHOICE, CHOICE)
            return
