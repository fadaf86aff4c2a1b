"""What a card says of a question."""

from __future__ import annotations

from matcher.disclosure.answers import ABOUT_REQUEST
from matcher.matching.rules import ABOUT_THE_PERSON, RULES


def test_every_rule_is_about_the_request_or_about_the_person() -> None:
    """So that what a card names by its rule, and what no one is told, are all of them, in their order."""
    assert (*(rule.CODE for rule in ABOUT_THE_PERSON), *ABOUT_REQUEST) == tuple(rule.CODE for rule in RULES)
