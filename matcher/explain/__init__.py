"""From contributions, rule outcomes and what-ifs to sentences: only what the evidence says, in the reader's language.

Every reason is about one term of the score, so the reasons are the score in words. What is unknown is called unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcher.domain.answers import Contribution, Match, RuleOutcome, WhatIf
from matcher.domain.kinds import KINDS, OFFERING, Direction
from matcher.explain.rules import rule_case
from matcher.explain.signals import CASES, Group, Said
from matcher.explain.words import Perspective, day_part_name, language_name
from matcher.locale import Language, say
from matcher.text import fold

__all__ = [
    "GROUPS",
    "Perspective",
    "day_part_name",
    "excluded_sentence",
    "grouped_reasons",
    "reasons",
    "rule_sentence",
    "what_if_sentence",
]

GROUPS: tuple[Group, ...] = ("plus", "caution", "unknown")
"""In this order: what speaks for the match, what to mind, what is not known."""


def reasons(match: Match, language: Language, perspective: Perspective) -> list[str]:
    """All reasons of a match: the largest points first, then what to mind, then what is unknown."""
    return [sentence for group in grouped_reasons(match, language, perspective).values() for sentence in group]


def grouped_reasons(match: Match, language: Language, perspective: Perspective) -> dict[Group, list[str]]:
    """The reasons by group; within `plus` by points, within `caution` and `unknown` by what they cost."""
    kind_code = match.weights.split("@")[0]
    gives, offering = KINDS[kind_code].direction is Direction.NEEDS, kind_code == OFFERING
    found: dict[Group, list[tuple[float, str]]] = {group: [] for group in GROUPS}
    for term in match.contributions:
        for said in _said(term, gives=gives, offering=offering):
            kind = "offering" if offering else "request"
            size = term.points if said.group == "plus" else term.weight - term.points
            found[said.group].append((size, _sentence(term.signal, said, language, perspective, kind)))
    return {group: [text for _, text in sorted(items, key=lambda item: -item[0])] for group, items in found.items()}


def _said(term: Contribution, *, gives: bool, offering: bool) -> Sequence[Said]:
    return CASES[term.signal](term, gives, offering)


def _sentence(signal: str, said: Said, language: Language, perspective: Perspective, kind: str) -> str:
    values = {name: _worded(name, value, language) for name, value in said.values.items()}
    demand = say(language, f"reasons.demand.{kind}")
    return say(language, f"reasons.signals.{signal}.{perspective}.{said.case}", **values, demand=demand)


_WORDED = {"purpose": "purpose", "needs": "need", "served": "need", "other": "need", "kind": "kind", "offers": "kind"}
_MOST_LISTED = 5


def _worded(name: str, value: object, language: Language) -> object:
    """A value as people know it: codes as words, day parts by name, distances in whole kilometres, long lists cut."""
    worded = value
    match value:
        case {"query": one, "candidate": other}:
            worded = say(language, "reasons.alike", query=one, candidate=other) if fold(one) != fold(other) else other
        case list() | tuple():
            listed = [_worded(name, item, language) for item in value]
            more = len(listed) - _MOST_LISTED
            worded = [*listed[:_MOST_LISTED], say(language, "reasons.more", count=more)] if more > 0 else listed
        case str() if name in _WORDED:
            worded = say(language, f"words.{_WORDED[name]}.{value}")
        case str() if name in {"common", "missing_parts", "day_part"}:
            worded = day_part_name(language, value)
        case str() if name in {"language", "asked", "spoken"}:
            worded = language_name(language, value)
        case int() | float() if name in {"price", "max_price"}:
            worded = _euros(value, language)
        case float() if name.endswith("km"):
            worded = round(value)
        case int() if name == "year":
            worded = str(value)
    return worded


def _euros(value: float, language: Language) -> str:
    """250, or 99,50: cents where there are any."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, format="#,##0" if float(value).is_integer() else "#,##0.00", locale=language))


def rule_sentence(outcome: RuleOutcome, language: Language) -> str:
    """What one rule found for this pair: why it passes, fails, or cannot tell."""
    case = rule_case(outcome)
    values = {name: _worded(name, value, language) for name, value in outcome.evidence.items()}
    for name in ("distance_km", "limit_km"):  # to the decimal: 25.3 is farther than 25
        if isinstance(exact := outcome.evidence.get(name), float):
            values[name] = round(exact, 1)
    return say(language, f"reasons.rules.{outcome.code}.{case}", **values)


def excluded_sentence(code: str, count: int, language: Language) -> str:
    """How many candidates a rule left out."""
    return say(language, f"reasons.rules.{code}.excluded", count=count)


def what_if_sentence(what_if: WhatIf, language: Language, perspective: Perspective, current: int | None = None) -> str:
    """One change and the rank that follows; `current` is the rank now, None or 0 where the pair is not in the list."""
    values: Mapping[str, object] = {name: _worded(name, value, language) for name, value in what_if.values.items()}
    change = say(language, f"reasons.what_if.{perspective}.{what_if.change}", **values)
    # a skill is also part of the text whose likeness counts, and that text was not encoded again
    key = ("higher_about" if what_if.change == "skill" else "higher") if current else "appears"
    return say(language, f"reasons.what_if.{key}", change=change, rank=what_if.rank, current=current or 0)
