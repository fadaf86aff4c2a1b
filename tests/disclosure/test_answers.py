"""What a card says of a question."""

from __future__ import annotations

from matcher.disclosure.answers import ABOUT_REQUEST, contributions, few
from matcher.domain.answers import Contribution
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


def test_small_counts_are_not_told() -> None:
    """What a change of a request adds is told from five on."""
    assert [few(count) for count in (1, 4, 5, 12)] == [None, None, 5, 12]
