"""Hard conditions, one module each. A rule judges all pairs at once.

The order matters: an excluded candidate is counted under the first rule that it fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Protocol, cast

from matcher.matching.rules import (
    budget_spent,
    closed,
    conflict,
    declined_before,
    legal_hours,
    no_certificate,
    no_common_language,
    no_common_slot,
    no_consent,
    no_interest,
    not_offered,
    not_recognised,
    own_field,
    paused,
    too_far,
)
from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs


class Rule(Protocol):
    """A module with a code and these two functions."""

    CODE: str

    def passes(self, pairs: Pairs) -> Bool:
        """Whether each pair passes; shape (m,) or broadcastable to it."""
        ...

    def evidence(self, pair: Pairs) -> tuple[bool, Mapping[str, object]]:
        """For one pair: whether the data was known, and the data that the rule used."""
        ...


def _rule(module: ModuleType) -> Rule:
    return cast("Rule", module)


RULES: tuple[Rule, ...] = tuple(
    map(
        _rule,
        (
            no_consent,
            paused,
            not_offered,
            no_interest,
            budget_spent,
            declined_before,
            conflict,
            own_field,
            closed,
            too_far,
            no_common_slot,
            no_common_language,
            legal_hours,
            no_certificate,
            not_recognised,
        ),
    )
)
"""All rules in the order in which they run."""

ABOUT_THE_PERSON: tuple[Rule, ...] = RULES[: RULES.index(_rule(closed))]
"""The rules that tell what an alumnus decided or was asked; the others compare an alumnus with the request."""

RULES_VERSION = 1
"""Raise it whenever a rule changes what it passes.

`own_field` was added in version 1: it passes whatever demands no own fields, so all that was logged before it.
"""
