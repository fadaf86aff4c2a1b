"""What a card says of a question: yes, no or unknown about what the question names, and nothing else.

Evidence of signals and rules holds more of a profile than that: other needs, the other level, the end of a pause, how
far someone wants to travel. Here it is cut down, by code; a signal or rule that is not named here shows no evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from matcher.disclosure.profiles import LEAST
from matcher.domain.answers import Contribution, RuleOutcome
from matcher.text import fold

OTHER = "other"
"""The code of the contribution that stands for `TOGETHER`."""
TOGETHER = ("travel", "recency", "balance", "rest")
"""Signals whose value would tell where someone lives, when they left school, and what they did before."""
ABOUT_REQUEST = (
    "closed", "too_far", "no_common_slot", "no_common_language", "legal_hours", "no_certificate", "not_recognised",
)  # fmt: skip
"""Rules that say how an alumnus fits what the request asks; the others are about the alumnus alone."""
UNAVAILABLE = "unavailable"
"""The code of all other rules together."""
SMALL = LEAST - 1
"""Counts from 1 to this are not told."""
BANDS_KM = (10, 25, 50)
_MOST_DAY_PARTS = 3
"""How many common day parts are named: enough to agree on one, too few to draw someone's week."""
Evidence = Mapping[str, object]


def contributions(terms: Sequence[Contribution]) -> tuple[Contribution, ...]:
    """The terms of a score for a card: rounded, `TOGETHER` as one, with the evidence of the question alone."""
    own = [
        replace(term, value=round(term.value, 2), points=round(term.points, 2), evidence=_evidence(term))
        for term in terms
        if term.signal not in TOGETHER
    ]
    together = [term for term in terms if term.signal in TOGETHER]
    weight = sum(term.weight for term in together)
    if weight > 0:
        points = sum(term.points for term in together)
        known, evidence = any(term.known for term in together), _other(together)
        own.append(Contribution(OTHER, round(points / weight, 2), weight, round(points, 2), known, evidence))
    return tuple(own)


def distance_band(distance_km: object, *, online: object) -> str:
    """`online`, `unknown`, `within_10`, `within_25`, `within_50` or `beyond_50`."""
    if online:
        return "online"
    if not isinstance(distance_km, int | float):
        return "unknown"
    return next((f"within_{km}" for km in BANDS_KM if distance_km <= km), f"beyond_{BANDS_KM[-1]}")


def excluded(counts: Mapping[str, int | None]) -> dict[str, int | None]:
    """The counts by rule for a card: rules about the request by name, the others together; 1 to `SMALL` as None."""
    told = {code: counts.get(code) or 0 for code in ABOUT_REQUEST}
    told[UNAVAILABLE] = sum(count or 0 for code, count in counts.items() if code not in ABOUT_REQUEST)
    return {code: few(count) for code, count in told.items() if count > 0}


def few(count: int | None) -> int | None:
    """A count of at least 1 for a card: None where it is small."""
    return None if count is None or count <= SMALL else count


def counts(told: Mapping[str, int], excluded: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Counts of alumni, and of those who fail rules about the request, without small ones: 0, and left out."""
    by_rule = {code: few(excluded.get(code)) or 0 for code in ABOUT_REQUEST}
    return (
        {name: few(count) or 0 for name, count in told.items()},
        {code: count for code, count in by_rule.items() if count},
    )


def rules(outcomes: Iterable[RuleOutcome]) -> tuple[RuleOutcome, ...]:
    """The outcomes of the rules about the request, with the evidence of the question alone."""
    return tuple(
        replace(outcome, evidence=_RULES.get(outcome.code, _whole)(outcome.evidence))
        for outcome in outcomes
        if outcome.code in ABOUT_REQUEST
    )


def is_available(outcomes: Sequence[RuleOutcome]) -> bool:
    """Whether a card may tell of an alumnus: eligible, or excluded by rules about the request alone."""
    return bool(outcomes) and all(outcome.passed for outcome in outcomes if outcome.code not in ABOUT_REQUEST)


def _evidence(term: Contribution) -> Evidence:
    cut_down = _SIGNALS.get(term.signal)
    return cut_down(term.evidence) if cut_down else {}


def _unwanted(evidence: Evidence) -> Evidence:
    """The words of the question, not those of the alumnus."""
    return {"words": evidence["words"]}


def _whole(evidence: Evidence) -> Evidence:
    return evidence


def _similarity(evidence: Evidence) -> Evidence:
    """The words that both sides use: other words of the profile are not named by the question."""
    pairs = cast("Sequence[Mapping[str, Any]]", evidence.get("terms") or ())
    same = [pair for pair in pairs if fold(str(pair["query"])) == fold(str(pair["candidate"]))]
    terms = [
        {
            "query": pair["query"],
            "candidate": pair["query"],
            "link": "same",
            "common": fold(str(pair["query"])),
            "cosine": 1.0,
            **({"general": True} if pair.get("general") else {}),
        }
        for pair in same
    ]
    asked = {name: evidence[name] for name in ("side", "asked") if name in evidence}
    return {**asked, **({"terms": terms} if "terms" in evidence else {})}


def _skills(evidence: Evidence) -> Evidence:
    """What is asked and covered; not under which other name the alumnus has it."""
    told = {name: value for name, value in evidence.items() if name not in {"linked", "partly"}}
    partly = cast("Sequence[Mapping[str, Any]]", evidence.get("partly") or ())
    return told | ({"partly": [{"asked": one["asked"]} for one in partly]} if partly else {})


def _availability(evidence: Evidence) -> Evidence:
    """The first day parts in common; the missing ones only where nothing is in common.

    Of so few asked day parts that all in common are named, which are asked is told too: what is not in common follows.
    """
    told = dict(evidence)
    if len(cast("Sequence[str]", told.get("asked", ()))) > _MOST_DAY_PARTS:
        told.pop("asked")
    if told.get("common"):
        told["common"] = list(cast("Sequence[str]", told["common"]))[:_MOST_DAY_PARTS]
        told.pop("missing", None)
    return told


def _preference(evidence: Evidence) -> Evidence:
    """Whether online suits, where the question is online, and that the role is offered; not what else is looked for."""
    offers = evidence.get("offers")
    return {"served": [], "other": [], "online": evidence["online"], "nothing": False, "offers": offers}


def _qualification(evidence: Evidence) -> Evidence:
    """Whether the level is the one asked for, not which other it is; never the year, which a card shows in a band."""
    asked, level = evidence["asked_level"], evidence.get("level")
    told = {name: value for name, value in evidence.items() if name not in {"level", "year", "years"}}
    if asked is None or level is None:
        return told
    return told | ({"level": level} if level == asked else {"other_level": True})


def _other(terms: Sequence[Contribution]) -> Evidence:
    """The band of the distance and from where, and whether anything was asked before; None: nothing was compared."""
    by_signal = {term.signal: term for term in terms}
    travel, rest = by_signal.get("travel"), by_signal.get("rest")
    band = None
    if travel:
        band = distance_band(travel.evidence.get("distance_km"), online=travel.evidence.get("online"))
    asked = bool(travel.evidence.get("asked", True)) if travel else True
    place = travel.evidence.get("place") if travel else None
    return {
        "distance": band,
        **({"place": place} if place else {}),
        "asked": asked,
        "asked_before": None if rest is None else rest.evidence.get("days") is not None,
    }


def _too_far(evidence: Evidence) -> Evidence:
    return {"distance": distance_band(evidence["distance_km"], online=evidence["online"])}


def _language(evidence: Evidence) -> Evidence:
    asked = cast("Sequence[str]", evidence["asked"])
    return {"asked": asked, "spoken": [name for name in cast("Sequence[str]", evidence["spoken"]) if name in asked]}


def _certificate(evidence: Evidence) -> Evidence:
    return {"needed_on": evidence["needed_on"], "has_one": evidence["until"] is not None} if evidence else {}


_SIGNALS: Mapping[str, Callable[[Evidence], Evidence]] = {
    "similarity": _similarity,
    "words": _whole,
    "meaning": _whole,
    "skills": _skills,
    "availability": _availability,
    "preference": _preference,
    "qualification": _qualification,
    "not_wanted": _unwanted,
}
_RULES: Mapping[str, Callable[[Evidence], Evidence]] = {
    "too_far": _too_far,
    "no_common_language": _language,
    "no_certificate": _certificate,
}
