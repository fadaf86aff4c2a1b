"""What people at a school decided about a label: which concept it means there, or which it does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about one label and one concept, in force until it is taken back; nothing about people.

    `label`: as `matcher.text.skill_key` has it. `uri`: of the concept. `confirmed`: else denied.
    """

    school: str
    label: str
    uri: str
    confirmed: bool
