"""Which sentence each signal's evidence calls for: pure choice, no words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from matcher.domain.answers import Contribution
from matcher.explain.words import span

Group = Literal["plus", "caution", "unknown"]
HIGH, FAIR, LOW = 0.75, 0.5, 0.3
"""From which similarity it fits very well, well, somewhat; below the last: little."""
FAR = 0.4
"""Below this value of travel (36 km and more) the distance is something to mind."""
OLD, SOON = 0.25, 0.25
"""Below this value: the education is old (15 years), the last ask is recent (3 months)."""
SUITS = 0.7
"""From this value a form of course suits."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence to say: group, the case under the signal's key, and the values that it needs."""

    group: Group
    case: str
    values: Mapping[str, object] = field(default_factory=dict)


def similarity(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Said]:
    """By level, and by which of the two texts was compared; where they are alike, the words that make them so."""
    side = term.evidence["side"]
    if not term.known:
        return [Said("unknown", f"{side}_unknown")]
    levels = (("very", HIGH), ("well", FAIR), ("some", LOW))
    level = next((name for name, least in levels if term.value >= least), "little")
    if level == "little":
        return [Said("caution", f"{side}_{level}")]
    said = [Said("plus", f"{side}_{level}")]
    if terms := term.evidence.get("terms"):
        said.append(Said("plus", "terms", {"terms": terms}))
    return said


def skills(term: Contribution, _gives: bool, offering: bool) -> Sequence[Said]:
    """What is covered and what is not; of a course the rest is what it teaches, said by `gap`."""
    if not term.known:
        asked = bool(term.evidence["missing"]) or bool(term.evidence["matched"])
        return [Said("unknown", "person_unknown" if asked else "demand_unknown")]
    matched, missing = _list(term, "matched"), _list(term, "missing")
    said = [Said("plus", "known_already" if offering else "matched", {"matched": matched})] if matched else []
    if missing and not offering:
        said.append(Said("caution", "missing" if matched else "none", {"missing": missing}))
    return said


def availability(term: Contribution, _gives: bool, offering: bool) -> Sequence[Said]:
    """Moments or day parts in common."""
    evidence = term.evidence
    if not term.known:
        return [Said("unknown", "demand_unknown" if evidence["known_person"] else "person_unknown")]
    common = _list(term, "common")
    if "moments" in evidence:
        moments, fit = cast("int", evidence["moments"]), cast("int", evidence["fit"])
        case = "all_moments" if fit == moments else "some_moments" if fit else "no_moment"
        return [Said("plus" if fit else "caution", case, {"count": moments, "fit": fit, "common": common})]
    missing = _list(term, "missing")
    said = [Said("plus", "common", {"common": common})] if common else []
    if offering and missing:
        said.append(Said("caution", "not_free", {"missing_parts": missing}))
    elif not common:
        said.append(Said("caution", "nothing_common", {"missing_parts": missing}))
    return said


def travel(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Said]:
    """How far."""
    if not term.known:
        return [Said("unknown", "unknown")]
    distance = cast("float | None", term.evidence["distance_km"])
    if term.evidence["online"]:
        return [Said("plus", "online")]
    if distance is None:
        return []
    near = {"distance_km": distance}
    if round(distance) < 1:
        return [Said("plus", "same_place")]
    return [Said("caution", "far", near)] if term.value < FAR else [Said("plus", "near", near)]


def preference(term: Contribution, gives: bool, _offering: bool) -> Sequence[Said]:
    """Stated needs, and online."""
    if not term.known:
        return [] if term.evidence.get("nothing") else [Said("unknown", "unknown")]
    served, other = _list(term, "served"), _list(term, "other")
    said = [Said("plus", "served", {"served": served})] if served else []
    if other and not served and gives:
        said.append(Said("caution", "other", {"other": other}))
    online = term.evidence["online"]
    if online is not None:
        said.append(Said("plus", "online") if online else Said("caution", "not_online"))
    return said


def qualification(term: Contribution, _gives: bool, offering: bool) -> Sequence[Said]:
    """Field and level of the best qualification."""
    evidence = term.evidence
    asked_level, level = evidence["asked_level"], evidence.get("level")
    if not term.known:
        asked = evidence["asked"] or asked_level is not None
        if asked and "level" in evidence:
            return [Said("unknown", "incomparable")]
        return [Said("unknown", "person_unknown" if asked else "demand_unknown")]
    relation, of = evidence["relation"], "_course" if offering else ""
    said = []
    if relation in {"same", "domain"}:
        said.append(Said("plus", str(relation)))
    elif relation == "other":
        said.append(Said("caution", "other"))
    if asked_level is not None and level is not None and asked_level != level:
        said.append(Said("caution", f"level_differs{of}", {"level": level, "asked_level": asked_level}))
    elif asked_level is not None and level is not None:
        said.append(Said("plus", f"level_same{of}", {"level": level}))
    return said


def recency(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Said]:
    """The year of the latest qualification."""
    year = term.evidence["year"]
    if not term.known or year is None:
        return [Said("unknown", "unknown")]
    return [Said("caution" if term.value < OLD else "plus", "old" if term.value < OLD else "recent", {"year": year})]


def balance(term: Contribution, gives: bool, _offering: bool) -> Sequence[Said]:
    """Whose turn it is; nothing to say where nothing was given or received."""
    given, received = cast("int", term.evidence["given"]), cast("int", term.evidence["received"])
    if given == received:
        return []
    turn = (received > given) is not gives
    case = "received_more" if received > given else "gave_more"
    return [Said("plus" if turn else "caution", case, {"given": given, "received": received})]


def rest(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Said]:
    """How long since the last ask."""
    days = cast("int | None", term.evidence["days"])
    if days is None:
        return [Said("plus", "never")]
    if days <= 0:
        return [Said("caution", "today")]
    unit, count = span(days)
    group: Group = "caution" if term.value < SOON else "plus"
    return [Said(group, unit, {"count": count})]


def price(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Said]:
    """Price beside what can be paid."""
    cost, most = cast("float | None", term.evidence["price"]), cast("float | None", term.evidence["max_price"])
    if cost == 0:
        return [Said("plus", "free")]
    if cost is None:
        return [Said("unknown", "price_unknown")]
    values = {"price": cost, "max_price": most}
    if not term.known or most is None:
        return [Said("unknown", "most_unknown", values)]
    return [Said("plus", "within", values) if cost <= most else Said("caution", "beyond", values)]


def form(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Said]:
    """The form of the course, and whether online suits."""
    shape = term.evidence["form"]
    if not term.known:
        return [Said("unknown", "form_unknown" if shape is None else "online_unknown")]
    return [Said("plus" if term.value >= SUITS else "caution", f"{shape}_{'fits' if term.value >= SUITS else 'not'}")]


def gap(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Said]:
    """What the course would add."""
    if not term.known:
        return [Said("unknown", "unknown")]
    missing = _list(term, "missing")
    return [Said("plus", "adds", {"missing": missing})] if missing else [Said("caution", "nothing_new")]


def _list(term: Contribution, name: str) -> list[str]:
    return list(cast("Sequence[str]", term.evidence.get(name) or ()))


CASES: Mapping[str, Callable[[Contribution, bool, bool], Sequence[Said]]] = {
    function.__name__: function
    for function in (
        similarity, skills, availability, travel, preference, qualification, recency, balance, rest, price, form, gap,
    )
}  # fmt: skip
"""By signal: (contribution, whether the demand gives to the alumnus, whether it is a course) -> what to say."""
