"""What a card says of a question."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher.disclosure.answers import ABOUT_REQUEST, contributions, few
from matcher.domain.answers import Card, Contribution, Match
from matcher.domain.day_parts import names_of_day_parts
from matcher.explain import day_parts
from matcher.matching.rules import ABOUT_THE_PERSON, RULES


def test_every_rule_is_about_the_request_or_about_the_person() -> None:
    """So that what a card names by its rule, and what no one is told, are all of them, in their order."""
    assert (*(rule.CODE for rule in ABOUT_THE_PERSON), *ABOUT_REQUEST) == tuple(rule.CODE for rule in RULES)


def test_a_card_has_the_place_of_the_question_and_no_year() -> None:
    """From where the distance is, and that the role is offered; when a qualification was is told by the band alone."""
    terms = (
        Contribution("travel", 0.8, 0.1, 0.08, True, {"distance_km": 3.2, "online": False, "place": "Ommen"}),
        Contribution("recency", 0.8, 0.1, 0.08, True, {"year": 2015, "left": 2015}),
        Contribution(
            "qualification", 1.0, 0.1, 0.1, True,
            {"relation": "same", "asked": True, "asked_level": 3, "level": 3, "year": 2015, "years": 12},
        ),
        Contribution("preference", 1.0, 0.1, 0.1, True, {"served": ["work"], "online": None, "offers": "mentor"}),
    )  # fmt: skip
    told = {term.signal: term.evidence for term in contributions(terms)}
    assert told["other"]["place"] == "Ommen"
    assert told["preference"]["offers"] == "mentor"
    assert "2015" not in str(told)
    assert "years" not in told["qualification"]


@given(asked=st.integers(1, 2**21 - 1), free=st.none() | st.integers(0, 2**21 - 1))
def test_a_strip_tells_no_more_than_the_question_and_its_answer(asked: int, free: int | None) -> None:
    """Of at most three asked day parts each is yes, no or unknown; of more none, nor which others are free."""
    parts = names_of_day_parts(asked)
    common = names_of_day_parts(asked & (free or 0))
    evidence: dict[str, object] = {"known_person": free is not None, "known_demand": True, "asked": parts}
    if free is not None:
        evidence |= {"common": common, "missing": names_of_day_parts(asked & ~free)}
    (term,) = contributions((Contribution("availability", 0.5, 0.1, 0.05, free is not None, evidence),))
    card = Card(None, None, None)
    match = Match(1, 1, "h", "", "guest_lesson", 0.5, "good", (term,), (), card, "guest_lesson@1")
    told = day_parts(match)
    if len(parts) > 3:
        assert told == ()
        assert "asked" not in term.evidence
    else:
        answers = [None if free is None else part in common for part in parts]
        assert [(one.code, one.can) for one in told] == list(zip(parts, answers, strict=True))
    named = {str(part) for part in (*told, *term.evidence.get("common", ()))}  # type: ignore[misc]
    assert all(part not in str(named) for part in set(names_of_day_parts(free or 0)) - set(parts))


def test_small_counts_are_not_told() -> None:
    """What a change of a request adds is told from five on."""
    assert [few(count) for count in (1, 4, 5, 12)] == [None, None, 5, 12]
