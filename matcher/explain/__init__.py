"""Sentences for contributions, rule outcomes and what-ifs: what the evidence says, in the language of the reader.

Every reason is about one term of the score, so the reasons are the score in words. Unknown data is called unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcher.domain.answers import Card, Contribution, Match, RuleOutcome, WhatIf
from matcher.domain.kinds import KINDS, OFFERING, Direction
from matcher.explain.rules import rule_case
from matcher.explain.signals import CASES, Group, Sentence
from matcher.explain.words import Perspective, day_part_name, language_name
from matcher.locale import Language, say
from matcher.text import fold

__all__ = [
    "GROUPS",
    "Perspective",
    "day_part_name",
    "excluded_sentence",
    "facts",
    "grouped_reasons",
    "reasons",
    "rule_sentence",
    "what_if_sentence",
]

GROUPS: tuple[Group, ...] = ("plus", "caution", "unknown")
"""In reading order: what speaks for the match, what to mind, what is unknown."""


def reasons(match: Match, language: Language, perspective: Perspective) -> list[str]:
    """All reasons of a match: the largest points first, then what to mind, then what is unknown."""
    return [sentence for group in grouped_reasons(match, language, perspective).values() for sentence in group]


def grouped_reasons(match: Match, language: Language, perspective: Perspective) -> dict[Group, list[str]]:
    """The reasons by group; within `plus` by points, within `caution` and `unknown` by what they cost."""
    kind_code = match.weights.split("@")[0]
    gives, offering = KINDS[kind_code].direction is Direction.NEEDS, kind_code == OFFERING
    sized: dict[Group, list[tuple[float, str]]] = {group: [] for group in GROUPS}
    for term in match.contributions:
        for sentence in _sentences_of(term, gives=gives, offering=offering):
            kind = "offering" if offering else "request"
            size = term.points if sentence.group == "plus" else term.weight - term.points
            sized[sentence.group].append((size, _text(term.signal, sentence, language, perspective, kind)))
    return {group: [text for _, text in sorted(items, key=lambda item: -item[0])] for group, items in sized.items()}


def _sentences_of(term: Contribution, *, gives: bool, offering: bool) -> Sequence[Sentence]:
    return CASES[term.signal](term, gives, offering)


def _text(signal: str, sentence: Sentence, language: Language, perspective: Perspective, kind: str) -> str:
    values = {name: _in_words(name, value, language) for name, value in sentence.values.items()}
    demand = say(language, f"reasons.demand.{kind}")
    return say(language, f"reasons.signals.{signal}.{perspective}.{sentence.case}", **values, demand=demand)


_LOCALE_GROUP = {
    "purpose": "purpose",
    "needs": "need",
    "served": "need",
    "other": "need",
    "kind": "kind",
    "offers": "kind",
}
_MAX_LISTED = 5


def _in_words(name: str, value: object, language: Language) -> object:
    """A value for readers: codes as words, day parts by name, distances in whole kilometres, long lists cut short."""
    text = value
    match value:
        case {"query": term, "candidate": alike}:
            text = say(language, "reasons.alike", query=term, candidate=alike) if fold(term) != fold(alike) else alike
        case list() | tuple():
            listed = [_in_words(name, item, language) for item in value]
            more = len(listed) - _MAX_LISTED
            text = [*listed[:_MAX_LISTED], say(language, "reasons.more", count=more)] if more > 0 else listed
        case str() if name == "distance" and value not in {"online", "unknown"}:  # these have sentences of their own
            text = say(language, f"reasons.distance.{value}")
        case str() if name in _LOCALE_GROUP:
            text = say(language, f"words.{_LOCALE_GROUP[name]}.{value}")
        case str() if name in {"common", "missing_parts", "day_part"}:
            text = day_part_name(language, value)
        case str() if name in {"language", "asked", "spoken"}:
            text = language_name(language, value)
        case int() | float() if name in {"price", "max_price"}:
            text = _euros(value, language)
        case float() if name.endswith("km"):
            text = round(value)
        case int() if name == "year":
            text = str(value)
    return text


def _euros(value: float, language: Language) -> str:
    """250, or 99,50: cents where there are any."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, format="#,##0" if float(value).is_integer() else "#,##0.00", locale=language))


def rule_sentence(outcome: RuleOutcome, language: Language) -> str:
    """Why this pair passes a rule, fails it, or cannot be judged."""
    case = rule_case(outcome)
    values = {name: _in_words(name, value, language) for name, value in outcome.evidence.items()}
    for name in ("distance_km", "limit_km"):  # with a decimal, since 25.3 km is beyond a limit of 25
        if isinstance(exact := outcome.evidence.get(name), float):
            values[name] = round(exact, 1)
    return say(language, f"reasons.rules.{outcome.code}.{case}", **values)


def facts(card: Card, language: Language) -> list[tuple[str, str]]:
    """At most three things that a card shows of an alumnus besides its title and place: code and text."""
    first, last = card.years or (0, 0)
    known = {
        "own_text": card.own_text,
        "recognised": None if card.recognised is None else "",
        "since": str(card.since) if card.since else None,
        "level": str(card.level) if card.level else None,
        "years": str(first) if first and not card.since else None,
    }
    if card.recognised is False:
        known = {"not_recognised": "", **known, "recognised": None}
    told = [(code, value) for code, value in known.items() if value is not None]
    return [(code, say(language, f"reasons.facts.{code}", value=value, last=str(last))) for code, value in told][:3]


def excluded_sentence(code: str, count: int | None, language: Language) -> str:
    """How many candidates a rule excluded; None: a few."""
    if count is None:
        return say(language, f"reasons.rules.{code}.excluded_few")
    return say(language, f"reasons.rules.{code}.excluded", count=count)


def what_if_sentence(what_if: WhatIf, language: Language, perspective: Perspective, current: int | None = None) -> str:
    """One change and the rank that follows. `current` is the rank now; None or 0 where the pair is not in the list."""
    values: Mapping[str, object] = {name: _in_words(name, value, language) for name, value in what_if.values.items()}
    change = say(language, f"reasons.what_if.{perspective}.{what_if.change}", **values)
    # a skill also changes the text behind the similarity, and that text was not encoded again: the rank is approximate
    key = ("higher_about" if what_if.change == "skill" else "higher") if current else "appears"
    return say(language, f"reasons.what_if.{key}", change=change, rank=what_if.rank, current=current or 0)
