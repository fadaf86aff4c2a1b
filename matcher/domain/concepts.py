"""What a label means by what people said: at a school for all, and an alumnus of an own word. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about one label and one concept, in force until it is taken back; nothing about people.

    `label`: as `matcher.text.skill_key` has it. `uri`: of the concept. `confirmed`: else denied.
    """

    school: str
    label: str
    uri: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class OwnMeaning:
    """What an alumnus said of an own word and a concept: it means that (`confirmed`), or it does not. `since`: UTC.

    For this alumnus it counts before what the school decided.
    """

    label: str
    uri: str
    confirmed: bool
    since: datetime
