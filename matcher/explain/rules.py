"""Choice of the sentence for the outcome of each rule; the words stand in the locale files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matcher.domain.answers import RuleOutcome
from matcher.domain.recognition import DEMANDED


def rule_case(outcome: RuleOutcome) -> str:
    """The key of the sentence, below that of the rule."""
    special = _SPECIAL.get(outcome.code)
    case = special(outcome) if special else None
    return case or ("passed" if outcome.passed else "failed")


def _no_consent(outcome: RuleOutcome) -> str | None:
    return "by_code" if outcome.evidence.get("by_code") else None


def _not_offered(outcome: RuleOutcome) -> str | None:
    if "kind" not in outcome.evidence:
        return "not_asked"
    if not outcome.known:
        return "unknown"
    return None if outcome.passed or outcome.evidence["offers"] else "nothing"


def _no_interest(outcome: RuleOutcome) -> str | None:
    if "needs" not in outcome.evidence:
        return "not_asked"
    return None if outcome.known else "unknown"


def _closed(outcome: RuleOutcome) -> str | None:
    if not outcome.passed and "registration" in outcome.evidence:
        return f"registration_{outcome.evidence['registration']}"
    if not outcome.passed and outcome.evidence.get("full"):
        return "full"
    return None if "closes" in outcome.evidence else "no_last_day"


def _too_far(outcome: RuleOutcome) -> str | None:
    evidence = outcome.evidence
    if "distance" in evidence:  # a card
        same = evidence["distance"] if evidence["distance"] in {"online", "unknown"} else None
        return str(same or ("near_enough" if outcome.passed else "too_far"))
    if not outcome.passed:
        return None
    if evidence["online"]:
        return "online"
    if evidence["distance_km"] is None:
        return "unknown"
    return "no_limit" if evidence["limit_km"] is None else None


def _no_common_slot(outcome: RuleOutcome) -> str | None:
    if not outcome.evidence["moments"]:
        return "not_asked"
    moments, fit = outcome.evidence["moments"], outcome.evidence["fit"]
    if fit is None:
        return "unknown"
    if moments == 1:
        return "only" if fit else "not_only"
    return "every" if fit == moments else None


def _no_common_language(outcome: RuleOutcome) -> str | None:
    if not outcome.evidence["asked"]:
        return "not_asked"
    if not outcome.known:
        return "unknown"
    return None if outcome.evidence["spoken"] else "none"


def _of_requests(outcome: RuleOutcome) -> str | None:
    return "not_asked" if outcome.evidence.get("asks_alumnus") is False else None


def _budget_spent(outcome: RuleOutcome) -> str | None:
    return _of_requests(outcome) or ("never" if outcome.passed and outcome.evidence.get("asks") == 0 else None)


def _legal_hours(outcome: RuleOutcome) -> str | None:
    if not outcome.evidence:
        return "not_asked"
    return "qualified" if outcome.evidence["qualified"] else None


def _no_certificate(outcome: RuleOutcome) -> str | None:
    if not outcome.evidence:
        return "not_asked"
    if "has_one" in outcome.evidence:  # a card
        has_one = "ends_before" if outcome.evidence["has_one"] else "unknown"
        return "in_force" if outcome.passed else has_one
    return "unknown" if outcome.evidence["until"] is None else None


def _not_recognised(outcome: RuleOutcome) -> str | None:
    return None if outcome.evidence else "not_asked"


def _own_field(outcome: RuleOutcome) -> str | None:
    """What a place demands of a company has sentences of its own, unless other fields are demanded beside it."""
    text = str(outcome.evidence.get("demanded", ""))
    if not text.startswith(DEMANDED) or ";" in text:
        return None
    return "recognised" if outcome.passed else "not_recognised"


_SPECIAL: Mapping[str, Callable[[RuleOutcome], str | None]] = {
    "no_consent": _no_consent,
    "not_offered": _not_offered,
    "no_interest": _no_interest,
    "budget_spent": _budget_spent,
    "declined_before": _of_requests,
    "conflict": _of_requests,
    "closed": _closed,
    "too_far": _too_far,
    "no_common_slot": _no_common_slot,
    "no_common_language": _no_common_language,
    "legal_hours": _legal_hours,
    "no_certificate": _no_certificate,
    "not_recognised": _not_recognised,
    "own_field": _own_field,
}
