"""What is not wanted: the words behind `geen`, `niet uit de`, `zonder`, and what `of` and `en` add to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from matcher.questions.everyday import class_of
from matcher.questions.words import NEGATION, WORD, Pattern, Span, Text, is_general, table

_NOT_BEHIND = Pattern(
    r"(?:\s(?!als (?:het|er|je|we|ze|ik|hij|zij|de)\b)(?:om|bedrijf|bedrijven|company|meer|weer|nog|zozeer|per se|iets|iemand|iemands|someone|somebody|anyone|people|mensen|een|het|de|the|a|an|met|uit|over|van|op|in|voor|bij|from|about|with|of|"
    r"die|dat|zit|werkt|komt|gaat|gaan|praatje|praatjes|verhaal|verhalen|les|lessen|werkzaam|als|gespecialiseerd|gericht|specifiek|alleen|typische|standaard|saaie?|algemene?|wil|willen|zoek|zoeken|terug|naar|dit keer|deze keer|keer|zoals|vorig|vorige|jaar|"
    r"another|any|more|again|interested|want|wants|to|back|go|uit|onze|mensen|ook|en|of|and|or|nor))*\s"
)
_NOT_ABOUT = Pattern(r"\b(?:uit|naar|over|van|voor|in|met|om|from|about|with|of|as|als|weer|iemand|to|in|een|zozeer)\b")
_NEEDS = Pattern(r"\b(?:hoeft|hoeven|mag|moet|moeten|mogen)\s(?:\w+\s){0,2}$")
_NO_NEED = Pattern(r"[^.,;!?]{1,60}?\b(?:te )?zijn\b[^.,;!?]{0,40}")
_ROLES = frozenset({"docent", "docenten", "leraar", "teacher"})
"""General words that say something where they are not wanted."""
_NOT_LINKS = frozenset(
    ["en", "of", "and", "or", "nor", "de", "het", "the", "van", "uit", "in", "ook", "over", "from", "about", "een", "a"]
)


@dataclass(slots=True)
class Unwanted:
    """The words that are not wanted, each with where it stands, and wishes that no slot holds."""

    words: list[tuple[str, Span]] = field(default_factory=list)
    wishes: list[Span] = field(default_factory=list)


def read_unwanted(text: Text, fixed: frozenset[Span]) -> Unwanted:
    """What a text does not want, marked as read. `fixed`: words of terms, which count though they are general."""
    found = Unwanted()
    _negatives(text, found, fixed)
    _refused(text, found, fixed)
    return found


_NOT_AGAIN = Pattern(
    r"\b(?:dat|die|dit|zo iemand|zoiets)\s(?:hoeft|hoeven|hoef ik|hebben we|hadden we|kennen we)\s(?:(?:nu|dit|deze|keer|jaar|even|dus|van|mij|ons|echt|we|er|vorig|vorige|in|\w+dag|[a-z]+ber|maart|april|juni)\s){0,4}?(?:niet|al)\b"
)
_OF_WHOM = Pattern(r"\b(?:uit|over|van|from|about)\s(?:de\s|het\s|een\s|the\s|a\s)?")


def _refused(text: Text, found: Unwanted, fixed: frozenset[Span]) -> None:
    """`vorig jaar hadden we iemand uit de X, dat hoeft nu niet`: what the word of pointing stands for is not wanted."""
    for match in _NOT_AGAIN.finditer(text.plain):
        start, _ = text.sentence_at(match.start())
        leads = list(_OF_WHOM.finditer(text.plain, start, match.start()))
        if leads:
            _phrase_behind(text, found, leads[-1].start(), leads[-1].end(), fixed)


def _negatives(text: Text, found: Unwanted, fixed: frozenset[Span]) -> None:
    """What is not wanted: the phrase directly behind `geen`, `niet uit de`, `zonder`, and what `of` and `en` add to it."""
    for match in NEGATION.finditer(text.plain):
        if not any(start == match.start() for start, _ in text.negations):
            continue
        if (clause := _NO_NEED.match(text.plain, match.end())) and _NEEDS.search(text.plain[: match.start()]):
            found.wishes.append((match.start(), clause.end()))
            text.take(clause.span())
            continue
        if match[0] in _NEVER or (match[0] in {"zonder", "without"} and not _set_apart(text, match.start())):
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
        _phrase_behind(text, found, match.start(), at, fixed)


_NEVER = frozenset({"nooit", "never"})
"""What never happened to somebody is no thing that is not wanted."""
_APART = Pattern(r"(?:^|[,;.:(\n-]|\b(?:maar|en|but|and|liefst|graag|dus|wel|please))\s*$")


def _set_apart(text: Text, position: int) -> bool:
    """`gastles koken, zonder vlees`; in `boer worden zonder boerderij` it belongs to what the question is about."""
    return bool(_APART.search(text.plain[:position]))


def _phrase_behind(text: Text, found: Unwanted, negation: int, at: int, fixed: frozenset[Span]) -> None:
    added = list(_phrase(text, found, negation, at, fixed))
    end = added[-1][1][1] if added else len(text.plain)
    behind = WORD.match(text.plain, end + 1) if text.plain[end : end + 1] == " " else None
    said_of_it = all(class_of(word) in {"adjective", "verb", "rare"} for word, _ in added)
    if not (said_of_it and behind and behind[0] in _OF_WISHES):  # `no fixed day`: they say of what kind a day is
        found.words += added


_OF_WISHES = frozenset(
    [
        "dag",
        "dagen",
        "tijd",
        "tijden",
        "datum",
        "data",
        "moment",
        "tijdstip",
        "voorkeur",
        "eis",
        "eisen",
        "haast",
        "day",
        "days",
        "date",
        "dates",
        "time",
        "times",
        "preference",
        "hurry",
    ]
)


def _without_general(word: str) -> str:
    """`ggz-verhaal`: of a word with a hyphen the part that says something."""
    parts = word.split("-")
    return parts[0] if len(parts) == 2 and is_general(parts[1]) and not is_general(parts[0]) else word


def _phrase(text: Text, found: Unwanted, negation: int, at: int, fixed: frozenset[Span]) -> Iterator[tuple[str, Span]]:
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
        if not text.free(word.span()) or (word.span() not in fixed and not known_role and is_general(word[0])):
            if word[0] in table("wishes")["words"]:
                found.wishes.append((negation, word.end()))
            return
        yield _without_general(word[0]), word.span()
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
