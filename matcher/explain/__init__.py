"""Sentences for contributions, rule outcomes and what-ifs: what the evidence says, in the language of the reader.

Every reason is about one term of the score, so the reasons are the score in words. Unknown data is called unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import cast

from matcher.domain.answers import BANDS, Card, Contribution, Match, More, RuleOutcome, WhatIf
from matcher.domain.kinds import KINDS, OFFERING, Direction, NeedKind, RequestKind
from matcher.explain.rules import rule_case
from matcher.explain.signals import CASES, Group, Sentence
from matcher.explain.words import Perspective, day_part_name, language_name, whole_days
from matcher.links import Kind, LinkedPair
from matcher.locale import LANGUAGES, Language, either, parts, say, written

__all__ = [
    "GROUPS",
    "Brief",
    "DayPart",
    "Perspective",
    "Told",
    "applies",
    "brief",
    "capped_sentence",
    "day_part_name",
    "day_parts",
    "excluded_sentence",
    "facts",
    "grouped_reasons",
    "more_sentence",
    "open_questions",
    "reasons",
    "reasons_by_signal",
    "rule_sentence",
    "shared_reasons",
    "what_if_sentence",
]

OTHER = "other"
OPEN = ("similarity", "qualification", "skills", "availability", "travel", OTHER)
"""Signals of which a question may say nothing, in the order in which it is asked."""
LIST = 3
"""Of so many matches or more a reason that all have is said once."""
GROUPS: tuple[Group, ...] = ("plus", "caution", "unknown")
"""In reading order: what speaks for the match, what to mind, what is unknown."""


MOST_FACTS = 3
MOST_DAY_PARTS = 3
"""Of so many asked day parts a row says of each whether it can be then."""
MOST_WORDS: Mapping[Perspective, int] = {"asker": 24, "alumnus": 16}
"""Of all that a row says of why two fit, so that it can be read at a glance; a course has more about itself."""
_IN_STRIP = {("availability", "common"), ("availability", "person_unknown")}
"""What the day parts of a row say already."""
_ASIDE = {"rest", OTHER, "price", "form"}
"""Signals that say nothing of what two have in common; in a row their facts stand last."""
_NEAR = ("distance", "beyond", "near", "same_place", "same_named", "online")
"""How the cases begin that tell how far somebody lives."""


@dataclass(frozen=True, slots=True)
class DayPart:
    """One asked day part, such as `tue-afternoon`; `can`: yes, no, or None where it is not known."""

    code: str
    can: bool | None


@dataclass(frozen=True, slots=True)
class Brief:
    """What one row of a list says of a match: `facts`, at most three that speak for it, the largest points first.

    `caution`: the one thing to mind, or else the one that is not known (`group` says which); empty for none.
    `distance`: how far away, where that speaks for it. All of them are reasons of the match, word for word.
    `day_parts`: of the few that are asked, whether it can be then; nothing else says that again, but that it cannot.
    """

    facts: tuple[str, ...] = ()
    caution: str = ""
    group: Group = "caution"
    distance: str = ""
    day_parts: tuple[DayPart, ...] = ()


class Told:
    """What is said of a match to a reader, in a language: each sentence is chosen once, and made once.

    `open`: the signals of which the question says nothing.
    """

    __slots__ = ("_demand", "_language", "_match", "_perspective", "_said", "open")

    def __init__(self, match: Match, language: Language, perspective: Perspective) -> None:
        self._match, self._language, self._perspective = match, language, perspective
        self._demand = demand = _demand(match)
        everything = [*_all(match)]
        self.open = frozenset(term.signal for term, one in everything if _is_open(one))
        self._said = [
            (term, one, _text(term.signal, one, language, perspective, demand))
            for term, sentences in _chosen(match, perspective, everything)
            for one in sentences
        ]

    def reasons(self) -> list[str]:
        """All of them: the largest points first, then what to mind, then what is unknown."""
        return [sentence for group in self.grouped().values() for sentence in group]

    def grouped(self) -> dict[Group, list[str]]:
        """By group; within `plus` by points, within `caution` and `unknown` by what they cost."""
        sized: dict[Group, list[tuple[float, str]]] = {group: [] for group in GROUPS}
        for term, one, text in self._said:
            sized[one.group].append((-_size(term, one), text))
        return {group: [text for _, text in sorted(items, key=_FIRST)] for group, items in sized.items()}

    def by_signal(self) -> dict[str, str]:
        """By signal what the reasons say of it, in sentences; nothing for a signal of which there is nothing to say."""
        told: dict[str, list[str]] = {}
        for term, _, text in self._said:
            told.setdefault(term.signal, []).append(text)
        return {signal: " ".join(texts) for signal, texts in told.items()}

    def brief(self, said: Collection[str] = ()) -> Brief:
        """The choice for a row: what tells this match from others first. `said`: what is told of the whole list.

        What the match is about goes before how often somebody was asked, and before price and form. The longer of both
        languages says how much fits, so that a row has the same reasons in each.
        """
        facts: list[tuple[bool, float, int]] = []
        minds: list[tuple[bool, float, int]] = []
        near: int | None = None
        days = day_parts(self._match) if self._perspective == "asker" else ()
        for at, (term, one, text) in enumerate(self._said):
            if text in said or (days and (term.signal, one.case) in _IN_STRIP):
                continue
            if one.group != "plus":
                minds.append((one.group == "unknown", -_size(term, one), at))
            elif term.signal in {"travel", OTHER} and one.case.startswith(_NEAR):
                near = at
            else:
                facts.append((term.signal in _ASIDE, -term.points, at))
        unknown, _, mind = min(minds, default=(False, 0.0, None))
        left = MOST_WORDS[self._perspective] - self._words(mind) - self._words(near)
        chosen: list[str] = []
        for _, _, at in sorted(facts):
            if len(chosen) == MOST_FACTS:
                break
            words = self._words(at)
            if words <= left or not chosen:
                chosen.append(self._said[at][2])
                left -= words
        caution, distance = ("" if at is None else self._said[at][2] for at in (mind, near))
        return Brief(tuple(chosen), caution, "unknown" if unknown else "caution", distance, days)

    def _words(self, at: int | None) -> int:
        """How many words one of the sentences has, in the language in which it has most."""
        if at is None:
            return 0
        term, one, text = self._said[at]
        others = (each for each in LANGUAGES if each != self._language)
        elsewhere = (_text(term.signal, one, each, self._perspective, self._demand) for each in others)
        return max(len(each.split()) for each in (text, *elsewhere))


_FIRST = itemgetter(0)


def brief(match: Match, language: Language, perspective: Perspective, said: Collection[str] = ()) -> Brief:
    """As `Told.brief`."""
    return Told(match, language, perspective).brief(said)


def day_parts(match: Match) -> tuple[DayPart, ...]:
    """Of at most three asked day parts whether an alumnus can; nothing where more are asked, or firm moments."""
    found = [term.evidence for term in match.contributions if term.signal == "availability"]
    evidence: Mapping[str, object] = found[0] if found else {}
    asked = cast("Sequence[str]", evidence.get("asked", ()))
    if not 1 <= len(asked) <= MOST_DAY_PARTS:
        return ()
    common = cast("Sequence[str]", evidence.get("common", ()))
    known = bool(evidence["known_person"])
    return tuple(DayPart(code, code in common if known else None) for code in asked)


def reasons(match: Match, language: Language, perspective: Perspective) -> list[str]:
    """As `Told.reasons`."""
    return Told(match, language, perspective).reasons()


def grouped_reasons(match: Match, language: Language, perspective: Perspective) -> dict[Group, list[str]]:
    """As `Told.grouped`."""
    return Told(match, language, perspective).grouped()


def _size(term: Contribution, one: Sentence) -> float:
    """How much a reason counts: its points, or what it costs; that somebody was asked before is the least of all."""
    if one.group == "plus":
        return term.points
    return 0.0 if (term.signal, one.case) == (OTHER, "asked_before") else term.weight - term.points


def reasons_by_signal(match: Match, language: Language, perspective: Perspective) -> dict[str, str]:
    """As `Told.by_signal`."""
    return Told(match, language, perspective).by_signal()


def open_questions(told: Sequence[Told], language: Language) -> list[str]:
    """What the question of these matches does not say: true of all of them, so it is said once and not of each."""
    signals = frozenset[str]().union(*(one.open for one in told))
    # on a card the distance is part of `other`
    keys = dict.fromkeys("travel" if signal == OTHER else signal for signal in OPEN if signal in signals)
    return [say(language, f"reasons.open.{key}") for key in keys]


def shared_reasons(told: Sequence[Sequence[str]]) -> list[str]:
    """Of the reasons of each match of a list those that all of at least three have, in the order of the first.

    They tell nobody apart.
    """
    if len(told) < LIST:
        return []
    of_all = set(told[0]).intersection(*told[1:])
    return [sentence for sentence in dict.fromkeys(told[0]) if sentence in of_all]


def _chosen(
    match: Match, perspective: Perspective, everything: Sequence[tuple[Contribution, Sentence]]
) -> list[tuple[Contribution, list[Sentence]]]:
    """The terms with what is said of them: nothing twice, and to an asker nothing of no use or true of all."""
    told: dict[str, tuple[Contribution, list[Sentence]]] = {term.signal: (term, []) for term in match.contributions}
    kind = _kind(match)
    for term, sentence in everything:
        if perspective == "alumnus" or _is_of_use(match, kind, term.signal, sentence):
            told[term.signal][1].append(sentence)
    if any(sentence.case == "online" for name in ("travel", "other") if name in told for sentence in told[name][1]):
        for name, case in (("form", "online_fits"), ("preference", "online")):
            if name in told:
                told[name][1][:] = [sentence for sentence in told[name][1] if sentence.case != case]
    _without_year_told_before(told)
    return list(told.values())


def _is_of_use(match: Match, kind: str, signal: str, sentence: Sentence) -> bool:
    """Whether an asker can do anything with it."""
    told = (signal, sentence.case)
    if _is_open(sentence) or told in _NO_USE or _is_about_meeting(kind, sentence):
        return False
    if told in _OF_ANYBODY and match.band not in _FITS:
        return False
    return signal != "recency" or kind not in _BY_TRADE


def _without_year_told_before(told: Mapping[str, tuple[Contribution, list[Sentence]]]) -> None:
    """Takes the year of the last qualification out where it is told with the field; as something to mind it stays."""
    if "qualification" in told and "recency" in told:
        years = {sentence.values["year"] for sentence in told["qualification"][1] if "year" in sentence.values}
        latest = told["recency"][1]
        latest[:] = [one for one in latest if one.group != "plus" or one.values.get("year") not in years]


def _all(match: Match) -> Iterator[tuple[Contribution, Sentence]]:
    kind_code = _kind(match)
    gives, offering = KINDS[kind_code].direction is Direction.NEEDS, kind_code == OFFERING
    for term in match.contributions:
        yield from ((term, sentence) for sentence in CASES[term.signal](term, gives, offering))


_NO_USE = {("preference", "unknown"), ("recency", "unknown"), ("balance", "received_more")}
"""What an asker can do nothing with: that it is not known what an alumnus looks for, or when the studies ended; and
that somebody had more than was given, which says nothing of this question (of 19 judged none was of use)."""


_OF_ANYBODY = {("rest", "never"), ("other", "not_asked_before")}
"""What is of use only of somebody whose work is what was asked."""
_FITS = set(BANDS[:2])
_BY_TRADE = {
    kind.value
    for kind in (
        RequestKind.GUEST_LESSON, RequestKind.HYBRID_TEACHER, RequestKind.BPV_PLACE, RequestKind.REGIONAL_INSIGHT,
    )
}  # fmt: skip
"""Roles that are about a trade or a company, not about school: when somebody left it is of no use there, found two
people of 50 of 125 cards."""
_MEETING = {RequestKind.NETWORK_EVENT.value, RequestKind.AMBASSADOR.value}
"""Of a mentor it is of no use: one guides one, and two people found so of 6 of 6 cards."""


def _is_about_meeting(kind: str, sentence: Sentence) -> bool:
    """Whether all that is said is that somebody likes to meet people, of a role that is not about that."""
    is_wish = sentence.case == "served" and list(cast("Sequence[str]", sentence.values["served"])) == [NeedKind.NETWORK]
    return is_wish and kind not in _MEETING


def _kind(match: Match) -> str:
    """The kind of the demand, or `offering`."""
    return match.weights.split("@")[0]


def _is_open(sentence: Sentence) -> bool:
    return sentence.case == "demand_unknown"


def _demand(match: Match) -> str:
    return "offering" if _kind(match) == OFFERING else "request"


def _text(signal: str, sentence: Sentence, language: Language, perspective: Perspective, kind: str) -> str:
    values = sentence.values
    made = _made(language, f"{signal}.{perspective}.{sentence.case}", kind, one=values.get("count") == 1)
    if isinstance(made, str):
        return made
    return "".join(
        [words if name is None else written(language, _in_words(name, values[name], language)) for words, name in made]
    )


@lru_cache(4096)
def _made(language: Language, key: str, kind: str, *, one: bool) -> str | Sequence[tuple[str, str | None]]:
    """A sentence about a kind of demand as far as it is the same of all: whole, or in parts, as by `parts`."""
    demand = say(language, f"reasons.demand.{kind}")
    found = parts(language, f"reasons.signals.{key}", one=one)
    made = [(demand, None) if name == "demand" else (words, name) for words, name in found]
    return made if any(name is not None for _, name in made) else "".join(words for words, _ in made)


_LOCALE_GROUP = {
    "purpose": "words.purpose",
    "needs": "words.need",
    "served": "reasons.wish",
    "other": "reasons.wish",
    "kind": "words.kind",
    "offers": "words.kind",
}
_MAX_LISTED = 5


def _in_words(name: str, value: object, language: Language) -> object:
    """A value for readers: codes as words, day parts by name, distances in whole kilometres, long lists cut short."""
    text = value
    match value:
        case str():
            text = _word(name, value, language)
        case LinkedPair(asked, own, link):
            text = own if link.kind is Kind.SAME else say(language, f"reasons.linked.{link.kind}", asked=asked, own=own)
        case list() | tuple():
            text = either(value, language) if name == "place" else _listed(name, value, language)
        case int() | float() if name in {"price", "max_price"}:
            text = _euros(value, language)
        case float() if name.endswith("km"):
            text = round(value)
        case int() if name == "year":
            text = str(value)
    return text


def _word(name: str, value: str, language: Language) -> str:
    if name in _LOCALE_GROUP:
        return say(language, f"{_LOCALE_GROUP[name]}.{value}")
    if name == "distance" and value not in {"online", "unknown"}:  # these have sentences of their own
        return say(language, f"reasons.distance.{value}")
    if name in {"common", "missing_parts", "day_part"}:
        return day_part_name(language, value)
    return language_name(language, value) if name in {"language", "asked", "spoken"} else value


def _listed(name: str, value: Sequence[object], language: Language) -> list[object]:
    whole = whole_days(cast("Sequence[str]", value)) if name in {"common", "missing_parts"} else value
    listed = [_in_words(name, item, language) for item in whole]
    more = len(listed) - _MAX_LISTED
    return [*listed[:_MAX_LISTED], say(language, "reasons.more", count=more)] if more > 0 else listed


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


def applies(outcome: RuleOutcome) -> bool:
    """Whether a rule is about this pair: many ask nothing of most requests."""
    return rule_case(outcome) not in {"not_asked", "no_last_day"}


def facts(card: Card, language: Language) -> list[tuple[str, str]]:
    """At most three things that a card shows of an alumnus besides its title and place: code and text."""
    first, last = card.years or (0, 0)
    known: dict[str, object] = {
        "own_text": card.own_text,
        "checked_on": card.checked_on,
        "recognised": None if card.recognised is None or card.recognised_on or card.checked_on else "",
        "recognised_on": None if card.checked_on else card.recognised_on,
        "places": card.places,
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


def more_sentence(more: More, language: Language) -> str:
    """One change of a request in words, without its count."""
    values = {name: _in_words(name, value, language) for name, value in more.values.items()}
    return say(language, f"reasons.widened.{more.change}", **values)


def capped_sentence(code: str, language: Language, perspective: Perspective) -> str:
    """What a candidate lacks of what is called necessary, so that the band is no higher."""
    return say(language, f"reasons.capped.{perspective}.{code}")


def what_if_sentence(what_if: WhatIf, language: Language, perspective: Perspective, current: int | None = None) -> str:
    """One change and the rank that follows. `current` is the rank now; None or 0 where the pair is not in the list."""
    values: Mapping[str, object] = {name: _in_words(name, value, language) for name, value in what_if.values.items()}
    change = say(language, f"reasons.what_if.{perspective}.{what_if.change}", **values)
    # a skill also changes the text behind the similarity, and that text was not encoded again: the rank is approximate
    key = ("higher_about" if what_if.change == "skill" else "higher") if current else "appears"
    return say(language, f"reasons.what_if.{key}", change=change, rank=what_if.rank, current=current or 0)
