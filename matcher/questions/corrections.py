"""What somebody takes back while writing: `vrachtwagenmonteur, nee sorry, vliegtuigmonteur`."""

from __future__ import annotations

import re

from matcher.questions.week import DAY
from matcher.questions.words import NUMBER, WORD, Pattern, Text, is_general

_TAKEN_BACK = Pattern(
    r"[\s,.;:(-]+(?:(?:o|oh|eh|uh|of|or|ah)[\s,]+)?(?:nee(?:[\s,]+(?:sorry|wacht|pardon|toch niet|ik bedoel))|sorry[\s,]+(?:nee|ik bedoel|i mean|no)|ik bedoel|correctie|excuus|i mean|no[\s,]+(?:sorry|wait|i mean)|or rather|correction|make that|scratch that)[\s,:;.-]+(?:(?:de|het|een|natuurlijk|op|in|a|an|the|on|dus)\s)*"
)
_ASKED_BACK = Pattern(
    r"\?\s(?:nee|no|nope|toch niet)[\s,:.-]+(?:(?:toch|liever|eigenlijk|de|het|een|a|an|the)\s)*(?=[\w-]+\s*[!.])"
)
"""`docent wiskunde? Nee, rekenen!`"""
_DAY = Pattern(rf"(?:{DAY})\w*")
_FAR = 60
"""Characters before the correction within which what is taken back stands."""


def take_corrections(text: Text) -> None:
    """Takes the word, day or number that is taken back, so that no slot is read from it."""
    for match in (*_TAKEN_BACK.finditer(text.plain), *_ASKED_BACK.finditer(text.plain)):
        instead = WORD.match(text.plain, match.end())
        if instead is None:
            continue
        start = max(text.sentence_at(match.start() - 1)[0], match.start() - _FAR)
        before = list(WORD.finditer(text.plain, start, match.start()))
        if re.fullmatch(NUMBER, instead[0]):
            wrong = [word for word in before if re.fullmatch(NUMBER, word[0])]
        elif _DAY.fullmatch(instead[0]):
            wrong = [word for word in before if _DAY.fullmatch(word[0])]
        else:
            wrong = [word for word in before if not is_general(word[0]) and text.free(word.span())]
        if wrong:
            text.take(wrong[-1].span())
        text.take(match.span())
