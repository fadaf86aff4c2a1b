"""What a question is about, and what it is not about: the words that no other slot and no table of general words has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from matcher.domain import crebo
from matcher.questions.vocabulary import Vocabulary
from matcher.questions.words import NEGATION, WORD, Pattern, Span, Text, general, table, texts

_LONG = 38
"""Words from which a text is a letter, of which only what names a trade is the topic."""
_MOST_REGISTER = 6
_NOT_BEHIND = Pattern(
    r"(?:\s(?!als (?:het|er|je|we|ze|ik|hij|zij|de)\b)(?:om|bedrijf|bedrijven|company|meer|weer|nog|zozeer|per se|iets|iemand|iemands|someone|somebody|anyone|people|mensen|een|het|de|the|a|an|met|uit|over|van|op|in|voor|bij|from|about|with|of|"
    r"die|dat|zit|werkt|komt|gaat|gaan|praatje|praatjes|verhaal|verhalen|les|lessen|werkzaam|als|gespecialiseerd|gericht|specifiek|alleen|typische|standaard|saaie?|algemene?|wil|willen|zoek|zoeken|dit keer|deze keer|keer|zoals|vorig|vorige|jaar|"
    r"another|any|more|again|interested|want|wants|to|back|go|uit|onze|mensen|ook|en|of|and|or|nor))*\s"
)
_NOT_ABOUT = Pattern(r"\b(?:uit|over|van|voor|in|met|om|from|about|with|of|as|als|weer|iemand|to|in|een|zozeer)\b")
_NEEDS = Pattern(r"\b(?:hoeft|hoeven|mag|moet|moeten|mogen)\s(?:\w+\s){0,2}$")
_NO_NEED = Pattern(r"[^.,;!?]{1,60}?\b(?:te )?zijn\b[^.,;!?]{0,40}")
_ROLES = frozenset({"docent", "docenten", "leraar", "teacher"})
"""General words that say something where they are not wanted."""
_NOT_LINKS = frozenset(
    ["en", "of", "and", "or", "nor", "de", "het", "the", "van", "uit", "in", "ook", "over", "from", "about", "een", "a"]
)
_GREETING = Pattern(
    r"^\W*(?:(?:beste|geachte|dear|hallo|hoi|hi|hey|hello|dag|goede\w*|lieve|ja hallo|heer|mevrouw|allemaal|collega'?s?|team|all|there|met|van|het|bpv|bureau|everyone)\b[\s,/]*)+(?:[A-Z]\w+\s?){0,2}[,!]"
)
_SIGNED = Pattern(
    r"(?:met (?:vriendelijke|hartelijke) groet\w*|vriendelijke groet\w*|hartelijke groet\w*|\bgr(?:oet(?:en|jes)?)?\.?(?=[\s,.]*(?:van\s)?(?-i:[A-Z]))|groetjes|groeten van|groet van|\bmvg\b|hoogachtend|kind regards|best wishes|many thanks|best regards|warm regards|cheers,|regards,|alvast (?:super|hartelijk)?\s?(?:bedankt|dank)|thanks in advance|dank je ?wel|bedankt alvast)",
    re.IGNORECASE,
)
_QUOTED = Pattern(r"^(?:re|fw|fwd|onderwerp|subject)\s?:\s*", re.IGNORECASE)
_ASKING = Pattern(
    r"\b(?:zoek\w*|gezocht|gevraagd|wil(?:t|len)?|iemand|alumn\w+|oud-?\s?\w*(?:student|leerling)\w*|wie|welke|kan|kunnen|graag|looking|need\w*|someone|somebody|anyone|former|graduate|would like|would rather|want|nodig|werkt|working|work as|liefst|help\w*|who|vertel\w*|over|about|gastles\w*|gastspreker\w*|workshop|mentor|buddy|stage\w*|opleiding)\b"
)
_ARTICLES = r"(?:(?:een|de|het|'t|the|a|an|gewoon|nu|nog|work\w*|eigen|echt|onze|our|mbo|nieuwe)\s)*$"
_ANCHOR = Pattern(
    rf"(?:\b(?:over|about|on|als|as|in|uit|bij|van|met|tot|en|of|and|or|een|a|an|inmiddels|the|with|from)\s|[(:,/]\s?|\d\s){_ARTICLES}"
)
_STRONG = Pattern(
    rf"\b(?:(?<!waar)over|about|thema|onderwerp|opleiding(?:en)?|course|sector|branche|functie|vak|alumni|oud-?\s?studenten|oud-?\s?leerlingen|oud-?\s?student|oud-?\s?leerling|former students?|studenten|students|docent|docenten|team|gaat (?:echt |vooral )?om|as|graduates|afgestudeerden|gediplomeerden)\s(?:of |in |van |from |die |uit )?{_ARTICLES}"
)
_OWN = Pattern(
    r"(?:\bopleiding(?:en)?|\bafdeling|jaars(?:studenten)?|\bdocent|\bteam|\bcourse)\s(?:(?:tot|van|de|het)\s)?$"
)
"""What stands behind these is the trade of the school, whatever the sentence says."""
_LISTED = Pattern(
    r"\s?(?:,|en|of|/|&|and|or|\(|, en|, of|, or|, and)?\s?(?:(?:in|een|de|het|a|an|the|voor|als|as|bij|ook)\s)*"
)


@dataclass(slots=True)
class Topic:
    """The words wanted and not wanted, in order, each with where it stands; and those that nobody can know."""

    wanted: list[tuple[str, Span]] = field(default_factory=list)
    unwanted: list[tuple[str, Span]] = field(default_factory=list)
    unknown: list[tuple[str, Span]] = field(default_factory=list)
    """Of the wanted ones those that no list of words has, and that have no known word near to them."""
    nonsense: list[Span] = field(default_factory=list)
    wishes: list[Span] = field(default_factory=list)


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


def read_topic(text: Text, vocabulary: Vocabulary) -> Topic:
    """The topic of a text of which all other slots are read."""
    topic = Topic()
    register = list(_registered(text))
    fixed = frozenset(_terms(text))
    _negatives(text, topic, fixed)
    count = len(WORD.findall(text.plain))
    letter = _sentences(text) if count >= _LONG else []
    last: int | None = None
    for phrase in _phrases(text, fixed):
        inside = [span for span in phrase if span in fixed or not _is_general(text.plain[slice(*span)])]
        for span in phrase:
            word = text.plain[slice(*span)]
            if word in table("wishes")["words"] and _WISH.search(text.plain[: span[0]]):
                topic.wishes.append(span)
        if letter and not _counts(text, inside, letter, register, last):
            continue
        last = inside[-1][1] if inside else last
        for span in inside:
            if not _is_name(text, span, vocabulary):
                _judge(topic, text, text.plain[slice(*span)], span, vocabulary)
    topic.wanted.sort(key=lambda one: one[1])
    for _, span in topic.wanted:
        text.take(span, "topic")
    for _, span in topic.unwanted:
        text.take(span, "not_topic")
    return topic


_WISH = Pattern(r"(?:liefst|graag|geen|no|alleen|only|bij voorkeur|preferably)\s(?:een |a )?$")


def _phrases(text: Text, fixed: frozenset[Span]) -> Iterator[list[Span]]:
    """Words that stand together without a general word or a mark between them: noun phrases, mostly."""
    phrase: list[Span] = []
    general_before = False
    for match in text.words():
        together = phrase and re.fullmatch(r"\s(?:&\s)?", text.plain[phrase[-1][1] : match.start()])
        general_now = match.span() not in fixed and _is_general(match[0])
        if phrase and (not together or general_now or general_before):
            yield phrase
            phrase = []
        phrase.append(match.span())
        general_before = general_now
    if phrase:
        yield phrase


@cache
def _term_pattern() -> Pattern:
    names = [name.strip() for name in texts("terms")["terms"].split(";") if name.strip()]
    return Pattern(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])")


def _terms(text: Text) -> Iterator[Span]:
    """The words of fixed terms."""
    for term in text.find(_term_pattern()):
        for word in WORD.finditer(text.plain, *term.span()):
            yield word.span()


def _judge(topic: Topic, text: Text, word: str, span: Span, vocabulary: Vocabulary) -> None:
    if vocabulary.knows(word):
        topic.wanted.append((word, span))
        return
    if (text.typed[span[0] : span[1]].isupper() and len(word) <= 3 and len(text.plain) > 3) or len(word) <= 1:
        topic.nonsense.append(span)
        return
    if not vocabulary.readable(word) and not vocabulary.near(word):
        topic.nonsense.append(span)
        return
    topic.wanted.append((word, span))
    if vocabulary.near(word) is None:
        topic.unknown.append((word, span))


_COUNTED = Pattern(r"\d+[a-z]{1,2}")


def _is_general(word: str) -> bool:
    if word in table("trades")["short"] and word not in general():
        return False
    if word in general() or not any(char.isalpha() for char in word) or len(word) == 1 or _COUNTED.fullmatch(word):
        return True
    parts = re.split(r"[-'&]", word)
    return len(parts) > 1 and all(part in general() or len(part) < 2 for part in parts)


def _is_name(text: Text, span: Span, vocabulary: Vocabulary) -> bool:
    """Whether a word is the first name or surname of whoever writes or is spoken of."""
    if not text.typed[span[0]].isupper():
        return False
    before = text.plain[: span[0]]
    return bool(
        re.search(
            r"(?:juf|meneer|mevrouw|mevr|dhr|mw|heer|namens|met|van|collega|ik ben|my name is|naam is|this is|i am|i'm|groet\w*|beste|hoi|hi|dear|hallo|vraag het|mail|bel)\.?,?\s$",
            before,
        )
    ) and not vocabulary.knows(text.plain[span[0] : span[1]])


def _registered(text: Text) -> Iterator[Span]:
    """Names of qualifications of the register, as they stand in the text."""
    words = [match.span() for match in text.words()]
    for count in range(_MOST_REGISTER, 0, -1):
        for at in range(len(words) - count + 1):
            span = (words[at][0], words[at + count - 1][1])
            if crebo.by_name(text.plain[span[0] : span[1]]):
                yield span


def _negatives(text: Text, topic: Topic, fixed: frozenset[Span]) -> None:
    """What is not wanted: the phrase directly behind `geen`, `niet uit de`, `zonder`, and what `of` and `en` add to it."""
    for match in NEGATION.finditer(text.plain):
        if not any(start == match.start() for start, _ in text.negations):
            continue
        if (clause := _NO_NEED.match(text.plain, match.end())) and _NEEDS.search(text.plain[: match.start()]):
            topic.wishes.append((match.start(), clause.end()))
            text.take(clause.span())
            continue
        strict = match[0] in {"niet", "not", "nooit", "never", "nothing", "don't"}
        lead = _NOT_BEHIND.match(text.plain, match.end())
        at = lead.end() if lead else match.end()
        if (
            strict
            and not _NOT_ABOUT.search(text.plain[match.end() : at])
            and not _stands_alone(text, match.start(), at)
        ):
            continue
        _phrase_behind(text, topic, match.start(), at, fixed)


def _phrase_behind(text: Text, topic: Topic, negation: int, at: int, fixed: frozenset[Span]) -> None:
    end, first = at, True
    for word in WORD.finditer(text.plain, at):
        gap = text.plain[end : word.start()]
        if not re.fullmatch(r"\s*(?:[,/&]\s)?" if not first else r"\s*", gap) or (
            "," in gap and not _lists(text, word.start())
        ):
            return
        if word[0] in _NOT_LINKS and not first:
            end = word.end()
            continue
        known_role = word[0] in _ROLES and word.span() not in fixed
        if not text.free(word.span()) or (word.span() not in fixed and not known_role and _is_general(word[0])):
            if word[0] in table("wishes")["words"]:
                topic.wishes.append((negation, word.end()))
            return
        topic.unwanted.append((word[0], word.span()))
        text.take(word.span())
        end, first = word.end(), False


def _stands_alone(text: Text, start: int, at: int) -> bool:
    """`niet zorg`, in a short text or set apart: what follows is a word alone, and no clause."""
    before = re.search(r"(?:^|[,;.(\n-]|\b(?:maar|en|but|and))\s*$", text.plain[:start])
    word = WORD.match(text.plain, at)
    return bool(
        before
        and word
        and re.match(r"(?:\s[\w-]+){0,2}\s*(?:$|[,;.!?)]|\b(?:maar|en|of|but|and|or)\b)", text.plain[word.end() :])
    )


def _lists(text: Text, position: int) -> bool:
    """Whether a comma goes on with a list that `of` or `en` ends."""
    return bool(re.match(r"[\w-]+\s(?:of|en|or|and)\s(?:de\s|het\s)?[\w-]+\s*(?:$|[.,;!?)])", text.plain[position:]))


def _sentences(text: Text) -> list[tuple[Span, bool]]:
    """The sentences of a letter, each with whether it asks for an alumnus."""
    return [(span, not past and bool(_ASKING.search(text.plain, *span))) for span, past in text.parts]


def _counts(
    text: Text, phrase: list[Span], sentences: list[tuple[Span, bool]], register: list[Span], last: int | None
) -> bool:
    """Whether a phrase of a letter belongs to its topic.

    In a sentence that asks it does where it names a trade, stands behind a word such as `over`, or goes on with a list.
    """
    if not phrase:
        return False
    begin = phrase[0][0]
    if _OWN.search(text.plain, max(0, begin - 60), begin) and not text.past(begin):
        return True
    if not next((asks for (start, end), asks in sentences if start <= begin < end), True):
        return False
    if any(start <= one[0] < end for start, end in register for one in phrase):
        return True
    if _STRONG.search(text.plain, max(0, begin - 60), begin):
        return True
    if last is not None and _LISTED.fullmatch(text.plain, last, begin):
        return True
    trade = any(is_trade(text.plain[slice(*span)]) for span in phrase)
    return trade and bool(_ANCHOR.search(text.plain, max(0, begin - 60), begin))


def is_trade(word: str) -> bool:
    """Whether a word begins or ends as the names of trades, sectors and qualifications do."""
    for stem in table("trades")["stems"]:
        if len(stem) <= 3 and (word == stem or word.startswith(stem + "-") or word.endswith("-" + stem)):
            return True
        if len(stem) > 3 and (word.startswith(stem) or (len(stem) > 4 and stem in word) or word.endswith(stem)):
            return True
    return False
