"""What a card says of a question."""

from __future__ import annotations

from matcher.disclosure.answers import ABOUT_REQUEST, few
from matcher.matching.rules import ABOUT_THE_PERSON, RULES


def test_every_rule_is_about_the_request_or_about_the_person() -> None:
    """So that what a card names by its rule, and what no one is told, are all of them, in their order."""
    assert (*(rule.CODE for rule in ABOUT_THE_PERSON), *ABOUT_REQUEST) == tuple(rule.CODE for rule in RULES)


def test_small_counts_are_not_told() -> None:
    """What a change of a request adds is told from five on."""
    assert [few(count) for count in (1, 4, 5, 12)] == [None, None, 5, 12]
