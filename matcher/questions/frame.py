"""What surrounds a question: who is greeted, who signs, what is quoted."""

from __future__ import annotations

import re

from matcher.questions.words import Pattern, Text

_GREETING = Pattern(
    r"^\W*(?:(?:beste|geachte|dear|hallo|hoi|hi|hey|hello|dag|goede\w*|lieve|ja hallo|heer|mevrouw|allemaal|collega'?s?|team|all|there|met|van|het|bpv|bureau|everyone)\b[\s,/]*)+(?:[A-Z]\w+\s?){0,2}[,!]"
)
_SIGNED = Pattern(
    r"(?:met (?:vriendelijke|hartelijke) groet\w*|vriendelijke groet\w*|hartelijke groet\w*|\bgr(?:oet(?:en|jes)?)?\.?(?=[\s,.]*(?:van\s)?(?-i:[A-Z]))|groetjes|groeten van|groet van|\bmvg\b|hoogachtend|kind regards|best wishes|many thanks|best regards|warm regards|cheers,|regards,|alvast (?:super|hartelijk)?\s?(?:bedankt|dank)|thanks in advance|dank je ?wel|bedankt alvast)",
    re.IGNORECASE,
)
_QUOTED = Pattern(r"^(?:re|fw|fwd|onderwerp|subject)\s?:\s*", re.IGNORECASE)


def take_frame(text: Text) -> None:
    """Marks what is no part of the question: who is greeted, who signs."""
    for match in _QUOTED.finditer(text.typed):
        text.take(match.span())
    greeting = _GREETING.match(text.typed) or _GREETING.match(text.typed[:0] + _cased(text))
    if greeting and greeting.end() < len(text.typed):
        text.take(greeting.span())
    for match in _SIGNED.finditer(_cased(text)):
        rest = text.plain[match.end() :]
        if len(rest) <= 80 and match.start() > 10:
            text.take((match.start(), len(text.plain)))
            break


def _cased(text: Text) -> str:
    """The text in lower case but for capitals that begin a word inside a sentence."""
    return "".join(
        char if char.isupper() and at and not text.plain[at - 1].isalpha() and at > 2 else small
        for at, (char, small) in enumerate(zip(text.typed, text.plain, strict=True))
    )
