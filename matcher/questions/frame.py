"""What surrounds a question: who is greeted, who signs, what is quoted."""

from __future__ import annotations

import re

from matcher.questions.words import Pattern, Text

_GREETING = Pattern(
    r"^\W*(?:(?:beste|geachte|dear|hallo|hoi|hi|hey|hello|dag|goede\w*|lieve|ja hallo|heer|mevrouw|allemaal|collega'?s?|team|all|there|met|van|het|bpv|bureau|everyone|everybody|iedereen|alumni|alumnibureau|stagebureau|praktijkbureau|office|careers|desk|service|department|afdeling|relations|coordinator|coordinatoren|coordinators|alumnicoordinator|stagecoordinator|secretariaat)\b[\s,/]*)+(?:[A-Z]\w+\s?){0,2}[,!]"
)
_SIGNED = Pattern(
    r"(?:met (?:vriendelijke|hartelijke) groet\w*|vriendelijke groet\w*|hartelijke groet\w*|\bgr(?:oet(?:en|jes)?)?\.?(?=[\s,.]*(?:van\s)?(?-i:[A-Z]))|groetjes|groeten van|groet van|\bmvg\b|hoogachtend|kind regards|best wishes|many thanks|best regards|warm regards|cheers,|regards,|alvast (?:super|hartelijk)?\s?(?:bedankt|dank)|thanks in advance|dank je ?wel|bedankt alvast)",
    re.IGNORECASE,
)
_QUOTED = Pattern(r"^(?:re|fw|fwd|onderwerp|subject|llo|llo-vraag|vraag|oproep|verzoek)\s?:\s*", re.IGNORECASE)


def take_frame(text: Text) -> None:
    """Marks what is no part of the question: who is greeted, who signs."""
    for match in _QUOTED.finditer(text.typed):
        text.take(match.span())
    cased = _cased(text)
    greeting = _GREETING.match(text.typed) or _GREETING.match(cased)
    if greeting and greeting.end() < len(text.typed):
        text.take(greeting.span())
    for match in _SIGNED.finditer(cased):
        rest = text.plain[match.end() :]
        if len(rest) <= 80 and match.start() > 10:
            text.take((match.start(), len(text.plain)))
            break


def _cased(text: Text) -> str:
    """The text in lower case but for capitals that begin a word inside a sentence."""
    letters = list(text.plain)
    for match in _CAPITAL.finditer(text.typed, 3):
        if match[0].isupper() and not text.plain[match.start() - 1].isalpha():
            letters[match.start()] = match[0]
    return "".join(letters)


_CAPITAL = Pattern(r"[^\W\d_](?<![a-z])")
