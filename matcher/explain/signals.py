"""Choice of the sentences for the evidence of each signal; the words stand in the locale files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from matcher.domain.answers import Contribution
from matcher.domain.balance import YEAR
from matcher.explain.words import span
from matcher.links import proven

Group = Literal["plus", "caution", "unknown"]
SAME_SUBJECT = 0.97
"""From this similarity texts are about the same, where no word says so. Of 60 cards at or above 0.92 two people found
that 29 % were not, of the few at or above 0.97 none (docs/scoring.md)."""
FAR = 0.4
"""Below this value of travel (beyond 36 km) the distance is something to mind."""
OLD, SOON = 0.25, 0.25
"""Below these values the education is old (over 15 years), or the last ask recent (within 3 months)."""
FEW = 2
"""Asked day parts that are named one by one where none suits."""
SUITS = 0.7
"""From this value the form of a course suits."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its group, its case under the key of the signal, and the values to fill in."""

    group: Group
    case: str
    values: Mapping[str, object] = field(default_factory=dict)


def similarity(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """The words that both texts have, each pair with its link; where there is none, whether they are about the same.

    Nothing where all that they have is a word too general for the question.
    """
    side = term.evidence["side"]
    if not term.known:
        return [Sentence("unknown", f"{side}_unknown" if term.evidence.get("asked", True) else "demand_unknown")]
    evidence = cast("Sequence[Mapping[str, object]]", term.evidence.get("terms") or ())
    if pairs := [(pair, bool(entry.get("general"))) for entry in evidence if (pair := proven(entry))]:
        told = [pair for pair, is_general in pairs if not is_general]
        return [Sentence("plus", f"{side}_terms", {"terms": told})] if told else []
    return [Sentence("plus", f"{side}_same")] if term.value >= SAME_SUBJECT else []


def words(_term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """Nothing: which words meet is said with `similarity`, by their link, and that many do says too little to be true.

    Of 409 cards on which it was said two people found that a third had one word or none of the question.
    """
    return []


def meaning(_term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """Nothing: that nothing is known is said with `similarity`, and that both are about the same is too often untrue.

    Said from a value of .91 on, where all 21 pairs of the gold set fit, two people found it untrue of 4 of 10 cards;
    no higher value told those apart.
    """
    return []


def skills(term: Contribution, _gives: bool, offering: bool) -> Sequence[Sentence]:
    """Which skills are covered and which are not known; for a course `gap` says the latter, which it teaches.

    What is `said` elsewhere, as by the diploma, is not unknown; what is too `general` for the question is no reason.
    """
    said, general, partly = _list(term, "said"), _list(term, "general"), _by_meaning(term, "partly")
    missing = [skill for skill in _list(term, "missing") if skill not in {*said, *partly}]
    if not (term.known or said):
        asked = bool(term.evidence["missing"]) or bool(term.evidence["matched"])
        return [Sentence("unknown", "person_unknown" if asked else "demand_unknown")]
    matched = [skill for skill in _list(term, "matched") if skill not in general]
    sentences = [Sentence("plus", "known_already" if offering else "matched", {"matched": matched})] if matched else []
    if linked := [words for skill, words in _by_meaning(term, "linked").items() if skill not in general]:
        sentences.append(Sentence("plus", "linked", {"linked": linked}))
    if partly:
        sentences.append(Sentence("plus", "partly", {"partly": list(partly.values())}))
    return sentences if offering else [*sentences, *_lacking(term, missing, "unknown", "missing")]


def _lacking(term: Contribution, missing: Sequence[str], group: Group, case: str) -> list[Sentence]:
    """What is missing, in a sentence of its own where the occupation that is asked needs it."""
    needed = [skill for skill in missing if skill in _list(term, "essential")]
    others = [skill for skill in missing if skill not in needed]
    lists = ((f"{case}_essential", needed), (case, others))
    return [Sentence(group, one, {"missing": skills}) for one, skills in lists if skills]


def _by_meaning(term: Contribution, name: Literal["linked", "partly"]) -> dict[str, str]:
    """By requested skill that a skill of the alumnus covers by its meaning, the two words, as `asked (own)`."""
    found = cast("Sequence[Mapping[str, str]]", term.evidence.get(name) or ())
    return {one["asked"]: f"{one['asked']} ({own})" if (own := one.get("own")) else one["asked"] for one in found}


def availability(term: Contribution, _gives: bool, offering: bool) -> Sequence[Sentence]:
    """Moments or day parts in common."""
    evidence = term.evidence
    if not term.known:
        return [Sentence("unknown", "person_unknown" if evidence["known_demand"] else "demand_unknown")]
    common = _list(term, "common")
    if "moments" in evidence:
        moments, fit = cast("int", evidence["moments"]), cast("int", evidence["fit"])
        case = "all_moments" if fit == moments else "some_moments" if fit else "no_moment"
        return [Sentence("plus" if fit else "caution", case, {"count": moments, "fit": fit, "common": common})]
    missing = _list(term, "missing")
    sentences = [Sentence("plus", "common", {"common": common})] if common else []
    if offering and missing:
        sentences.append(Sentence("caution", "not_free", {"missing_parts": missing}))
    elif not common and len(missing) <= FEW:
        sentences.append(Sentence("caution", "nothing_common", {"missing_parts": missing}))
    elif not common:
        sentences.append(Sentence("caution", "none_of_many"))
    return sentences


def travel(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """The distance, or that none needs to be travelled."""
    if not term.known:
        return [Sentence("unknown", "unknown" if term.evidence.get("asked", True) else "demand_unknown")]
    distance = cast("float | None", term.evidence["distance_km"])
    if term.evidence["online"]:
        return [Sentence("plus", "online")]
    if distance is None:
        return []
    place = term.evidence.get("place")
    near = {"distance_km": distance, "place": place}
    of = "_place" if place else ""
    if round(distance) < 1:
        return [Sentence("plus", "same_named", near) if place else Sentence("plus", "same_place")]
    return [Sentence("caution", f"far{of}", near) if term.value < FAR else Sentence("plus", f"near{of}", near)]


def preference(term: Contribution, gives: bool, _offering: bool) -> Sequence[Sentence]:
    """That the role is offered, which stated needs are served, and whether online suits."""
    offers = term.evidence.get("offers")
    sentences = [Sentence("plus", "offered", {"offers": offers})] if offers else []
    if not term.known:
        return sentences if term.evidence.get("nothing") else [*sentences, Sentence("unknown", "unknown")]
    served, other = _list(term, "served"), _list(term, "other")
    if served:
        sentences.append(Sentence("plus", "served", {"served": served}))
    if other and not served and gives:
        sentences.append(Sentence("caution", "other", {"other": other}))
    online = term.evidence["online"]
    if online is not None:
        sentences.append(Sentence("plus", "online") if online else Sentence("caution", "not_online"))
    return sentences


def qualification(term: Contribution, _gives: bool, offering: bool) -> Sequence[Sentence]:
    """Field and level of the best qualification, and how long ago it was; for a role no level of another field."""
    evidence = term.evidence
    asked_level, level = evidence["asked_level"], evidence.get("level")
    if not term.known:
        asked = evidence["asked"] or asked_level is not None
        if asked and "level" in evidence:
            return [Sentence("unknown", "incomparable")]
        return [Sentence("unknown", "person_unknown" if asked else "demand_unknown")]
    relation, of = evidence["relation"], "_course" if offering else ""
    sentences = []
    if relation in {"same", "domain"} and evidence.get("years"):
        sentences.append(Sentence("plus", f"{relation}_years", {"count": evidence["years"], "year": evidence["year"]}))
    elif relation in {"same", "domain"}:
        sentences.append(Sentence("plus", str(relation)))
    elif relation == "other":
        sentences.append(Sentence("caution", "other"))
    if not offering and relation not in {"same", "domain"}:
        return sentences
    if asked_level is not None and level is not None and asked_level != level:
        sentences.append(Sentence("caution", f"level_differs{of}", {"level": level, "asked_level": asked_level}))
    elif asked_level is not None and level is not None:
        sentences.append(Sentence("plus", f"level_same{of}", {"level": level}))
    elif evidence.get("other_level"):
        sentences.append(Sentence("caution", "level_other", {"asked_level": asked_level}))
    return sentences


def recency(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """The year of the latest qualification; not that it is unknown where it is known when the alumnus left school."""
    year = term.evidence["year"]
    if not term.known or year is None:
        return [] if term.evidence.get("left") else [Sentence("unknown", "unknown")]
    return [
        Sentence("caution" if term.value < OLD else "plus", "old" if term.value < OLD else "recent", {"year": year})
    ]


def balance(term: Contribution, gives: bool, _offering: bool) -> Sequence[Sentence]:
    """Whose turn it is to give; nothing where giving and receiving are equal."""
    given, received = cast("int", term.evidence["given"]), cast("int", term.evidence["received"])
    if given == received:
        return []
    turn = (received > given) is not gives
    case = "received_more" if received > given else "gave_more"
    return [Sentence("plus" if turn else "caution", case, {"given": given, "received": received})]


def rest(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """The time since the last ask."""
    days = cast("int | None", term.evidence["days"])
    first = cast("int", term.evidence.get("first_places", 0))
    also = [Sentence("caution", "first", {"count": first})] if first else []
    if days is None:
        return [Sentence("plus", "never"), *also]
    if days <= 0:
        return [Sentence("caution", "today"), *also]
    unit, count = span(days)
    group: Group = "caution" if days < SOON * YEAR.days else "plus"
    return [Sentence(group, unit, {"count": count}), *also]


def other(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """On a card: how far away in a band, and whether anything was asked before."""
    distance, before, place = (term.evidence.get(name) for name in ("distance", "asked_before", "place"))
    sentences = []
    if distance == "unknown":
        case = "distance_unknown" if term.evidence.get("asked", True) else "demand_unknown"
        sentences.append(Sentence("unknown", case))
    elif distance == "online":
        sentences.append(Sentence("plus", "online"))
    elif distance is not None:
        group: Group = "caution" if distance == "beyond_50" else "plus"
        case = "distance" if not place else "beyond_place" if distance == "beyond_50" else "distance_place"
        sentences.append(Sentence(group, case, {"distance": distance, "place": place}))
    if before is not None:
        sentences.append(Sentence("caution", "asked_before") if before else Sentence("plus", "not_asked_before"))
    return sentences


def price(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """The price, compared with what the alumnus can pay."""
    cost, most = cast("float | None", term.evidence["price"]), cast("float | None", term.evidence["max_price"])
    if cost == 0:
        return [Sentence("plus", "free")]
    if cost is None:
        return [Sentence("unknown", "price_unknown")]
    values = {"price": cost, "max_price": most}
    if not term.known or most is None:
        return [Sentence("unknown", "most_unknown", values)]
    return [Sentence("plus", "within", values) if cost <= most else Sentence("caution", "beyond", values)]


def form(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """The form of the course, and whether online suits."""
    shape = term.evidence["form"]
    if not term.known:
        return [Sentence("unknown", "form_unknown" if shape is None else "online_unknown")]
    return [
        Sentence("plus" if term.value >= SUITS else "caution", f"{shape}_{'fits' if term.value >= SUITS else 'not'}")
    ]


def gap(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """The skills that the course would add; none is new that the alumnus tells of elsewhere."""
    if not term.known:
        return [Sentence("unknown", "unknown")]
    lacking, said, partly = _list(term, "missing"), _list(term, "said"), _by_meaning(term, "partly")
    if not lacking:
        return [Sentence("caution", "nothing_new")]
    missing = [skill for skill in lacking if skill not in {*said, *partly}]
    sentences = _lacking(term, missing, "plus", "adds")
    more = [skill for skill in partly if skill not in said]
    return [*sentences, *([Sentence("plus", "adds_more", {"partly": more})] if more else [])]


def evening(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """Whether the course is in the evening."""
    if not term.known:
        return [Sentence("unknown", "unknown")]
    case = "all" if term.value == 1 else "some" if term.value else "none"
    return [Sentence("plus" if term.value else "caution", case)]


def online(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """Nothing where it is known: the form is said with `form`."""
    return [] if term.known else [Sentence("unknown", "unknown")]


def step_up(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """Whether the course is a level higher than the alumnus has, the same, or lower."""
    if not term.known:
        return [Sentence("unknown", "unknown")]
    asked, level = cast("int", term.evidence["asked_level"]), cast("int", term.evidence["level"])
    case = "higher" if asked > level else "same" if asked == level else "lower"
    return [Sentence("plus" if asked > level else "caution", case, {"level": str(asked)})]


def not_wanted(term: Contribution, _gives: bool, _offering: bool) -> Sequence[Sentence]:
    """Which words of what is not wanted the alumnus fits."""
    return [Sentence("caution", "fits", {"words": _list(term, "words")})]


def _list(term: Contribution, name: str) -> list[str]:
    return list(cast("Sequence[str]", term.evidence.get(name) or ()))


CASES: Mapping[str, Callable[[Contribution, bool, bool], Sequence[Sentence]]] = {
    function.__name__: function
    for function in (
        similarity, words, meaning, skills, availability, travel, preference, qualification, recency, balance, rest,
        other, price, form, gap, evening, online, step_up, not_wanted,
    )
}  # fmt: skip
"""By signal: (contribution, whether the demand gives to the alumnus, whether it is a course) -> sentences."""
