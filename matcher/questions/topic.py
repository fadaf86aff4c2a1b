"""What a question is about: the words that no other slot and no table of general words has, weighed by points.

`context.py` says where a word stands, `everyday.py` what it is; `points.toml` gives points to both. A word with enough
of them is of the topic. The points were fitted on questions of which we knew the topic (`data/fit_topics.py`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

from matcher.domain import crebo
from matcher.questions import conditions
from matcher.questions.context import Reader, Token
from matcher.questions.everyday import class_of, everyday, likely
from matcher.questions.names import named_pairs
from matcher.questions.unwanted import read_unwanted
from matcher.questions.vocabulary import Vocabulary
from matcher.questions.where import crebo_word
from matcher.questions.words import WORD, Pattern, Span, Text, expressions, is_general, table

_MOST_REGISTER = 6
_WRITTEN = 30
"""How often a word is written (Zipf scale, tenths) that is a word, whatever its letters are."""
_COMMON = 35
"""How often a verb is written (Zipf scale, tenths) that is of any trade: opvolgen, controleren."""
_ENOUGH = -5
"""Points above which a word is of the topic, in tenths. Practice questions have more beside the point than most have."""
_ALONE = -20
"""Points above which the best word of a text is its topic where no other is, in tenths."""
_SHORT = 38
"""Words up to which a text is read to the letter: what is unreadable in it is asked about."""


_LANGUAGE = Pattern(
    r"(?:docent|docente|leraar|lerares|vak|keuzedeel|cursus|les|lessen|bijles|module|training|teacher|course|classes|lessons)\s(?:of\s|in\s|het\s)?"
    r"(?P<name>nederlands|engels|duits|frans|spaans|dutch|english|german|french|spanish)(?!\w)(?!\s(?:spre|spea))"
)
"""A language that is taught, and so is a subject."""


_DOING = Pattern(
    r"(?:^|[:,.]\s?|\b(?:over|about|gastles|gastlessen|workshop|les|lezing|thema|onderwerp|cursus|training|leren|learn|spreker|gastspreker|talk|lesson|on|(?:veilig|gezond|ergonomisch|hygienisch|duurzaam))\s)(?:(?:het|goed|beter|zelf)\s)?"
    r"(?P<verb>stoppen|omgaan|stopping|quitting|dealing|coping|(?:(?<=veilig )|(?<=gezond )|(?<=ergonomisch )|(?<=hygienisch )|(?<=duurzaam ))werken)\s(?:met|op|aan|van|voor|in|naar|tegen|bij|with|at|on|of|for|in|from|to)\s(?:een\s|de\s|het\s|je\s|a\s|an\s|the\s|your\s)?(?P<noun>[a-z][\w-]+)"
)
"""`stoppen met roken`, `veilig werken op hoogte`: what is done is of the subject where it stands as its name."""
_HOW = Pattern(
    r"\b(?:hoe|waarom)\s(?:je|ze|we|men|jij|zij|wij|u)\s(?P<what>(?:[\w'-]+\s){1,5}?)(?P<verb>[a-z][\w-]*(?:t|en|d))(?=\s*(?:$|[.,;:!?)]))"
)
"""`hoe je een infuus aanlegt`: of what is done with something that is the subject."""
_BACKGROUND = Pattern(
    r"\b(?P<from>[a-z][\w-]+e)\s(?:achtergrond|afkomst|nationaliteit|roots|wortels)(?!\w)|\b(?P<back>\w*(?:achtergrond|afkomst))(?!\w)"
)
"""`met een Turkse achtergrond`: who somebody is, and no subject."""
_ABROAD = Pattern(
    r"(?<![\w-])(?P<from>internationale?|international|buitenlandse|foreign)\s(?:mbo-?)?(?:student(?:en|s)?|leerlingen|pupils|klas|class)(?!\w)"
)
_WORKS_NOW = Pattern(
    r"\b(?:(?:ik werk|werk ik|i work|en werk|and work)\s(?:nu|now|momenteel|currently|al)|i (?:currently|now) work)\s(?:[\w-]+\s){0,5}?(?:in|bij|als|as|at)\s(?:(?:de|het|een|an?|the)\s)?(?P<job>[a-z][\w-]+)(?:\s(?:in|bij|at|for)\s(?:(?:de|het|een|an?|the)\s)?(?P<firm>[a-z][\w-]+))?"
)
"""`ik werk nu in de logistiek`, where a field to learn of is named."""
_FIELD = Pattern(
    r"\b(?:op het gebied van|in the field of|cursus|course (?:in|on)|training|meer leren over|learn about)\s(?:(?:de|het|in|the)\s)?(?P<field>[a-z][\w-]+)"
)
_READY = Pattern(
    r"(?<![\w-])(?P<a>[a-z][\w-]+)(?:\s(?:en|and)\s(?P<b>[a-z][\w-]+))?\s(?:(?:is|zijn|are)\s(?:er|aanwezig|beschikbaar|geregeld|available|ready|present|there|provided|included)|aanwezig|inbegrepen|provided|included|sta(?:at|an) klaar)(?=\s*(?:$|[.,;!?)]|(?:en|and)\b))"
    r"|\b(?:we|wij|ik|i)\s(?:hebben|heb|have)\s(?:zelf|hier|genoeg|eigen|enough|our own)\s(?:een\s|de\s)?(?P<c>[a-z][\w-]+)(?:\s(?:en|and)\s(?P<d>[\w-]+))?(?=\s*(?:[.,;!?]|$))"
)
"""`verf en kwasten zijn er`, `we hebben zelf poppen`: what stands ready."""
_INFINITIVE = Pattern(
    r"\b(?:gaan|gaat|wil|wilt|willen|kan|kun|kunnen|moet|moeten|laten|zou|zouden|komen|komt)\s(?P<what>(?:[\w'-]+\s){0,7}?(?:de|het|een|hem|haar|ze|zijn|mijn|die|dat|deze|onze|wat|iets)\s(?:[\w-]+\s){0,3}?)(?P<verb>[a-z]{2,}en)(?=\s*(?:$|[.,;:!?)]|(?:en|of)\s(?:we|wij|ik|kunnen|kan|willen|wil)\b|(?:voor|bij|met|op)\b))"
)
"""`een tiny house bouwen`, `hem opvolgen`: what is done with something, at the end of a clause."""
_NAMES = Pattern(r"\b(?:over|about|cursus|training|workshop|opleiding|leren|thema|keuzedeel|vak)\s")
_FIRM = Pattern(
    r"(?:^|[.!?]\s+)(?:(?:beste|hallo|hoi|goedendag|goedemorgen|goedemiddag)[^,.!]{0,30}[,.!]\s*)?(?:(?:ons|onze|our|een|a)\s)?(?:[\w-]+\s)?(?P<firm>[a-z][\w-]+)\s(?:(?:in|te|uit|from|near|bij)\s(?:[\w'-]+\s){1,2})?(?:zoekt|wil|heeft|vraagt|biedt|has|needs|is looking|wants|seeks|offers)\b"
    r"|\b(?:wij zijn|we zijn|ik heb|wij hebben|we are|i run|we run|i have|we have|i own|we own|ik run|we runnen)\s(?:een|a|an)\s(?:(?:klein|kleine|groot|grote|middelgroot|nieuw|nieuwe|small|large|big|busy)\s)?(?P<own>[a-z][\w-]+)"
)
"""`kapsalon in Wierden zoekt`, `wij zijn een drukkerij`: the firm that asks, where it names somebody else of a trade."""
_OF_FIRM = Pattern(
    r"\w*(?:bedrijf|salon|hotel|restaurant|winkel|instelling|fabriek|werkplaats|garage|bakkerij|slagerij|kwekerij|drukkerij|praktijk|apotheek|bureau|nursery|company|bakery|shop|firm|factory|office|clinic|kliniek|home|huis|centrum|school|guesthouse|camping|zaak|boerderij)"
)
_ASKER_IS = Pattern(
    r"\b(?:ik ben|ben ik|i am|i'm|i graduated|opgeleid tot|opgeleid als|trained as|ik ben [^.,;!?]{0,20}?(?:geslaagd|afgestudeerd))\s(?:nu\s|zelf\s|in \d{4}\s)?(?:(?:geslaagd|afgestudeerd)\s)?(?:als\s|as\s)?(?:een\s|an?\s)?(?P<is>[a-z][\w-]+)"
    r"|\b(?:en|and|ik|i)\s(?:werk|work)\s(?:nu\s|now\s)?(?:als|bij|in|as|at|for)\s(?:een\s|de\s|an?\s|the\s)?(?P<works>[a-z][\w-]+)"
)
"""What somebody is who offers to tell of something else."""
_AFRAID = Pattern(
    r"\b(?:bang (?:is |was )?voor|bang (?:is |was )?van|angst voor|niet tegen|allergisch (?:is )?voor|afraid of|scared of|allergic to)\s(?:een\s|de\s|het\s|a\s|the\s)?(?P<what>[a-z][\w-]+)"
)
"""`een meisje dat bang is voor bloed`: what somebody is afraid of is why help is sought, and no subject."""
_AUDIENCE_IS = Pattern(r"\b(?:aan|to)\s(?P<whom>[a-z][\w-]+)\s(?:die|who)\s")
_THEY = Pattern(
    r"(?:jaars|studenten|leerlingen|klas|groep|students|pupils|jongens|meiden)\s(?:die|who)\s(?P<verb>[a-z]+)(?=\s*(?:$|[.,;:!?)]))"
)
"""`uitleggen aan volwassenen die werken`, `derdejaars die twijfelen`: of those who listen."""
_TELLS_OF = Pattern(r"\b(?:over|about)\s(?!mijn|my|m'n|een\b|het vak|je\b)(?P<what>(?:[\w-]+\s?){1,3})")
_ASKS_AS = Pattern(r"\b(?:ik ben|wij zijn|we zijn|i am|i'm)\s(?:[\w]+\s){0,2}(?:\w+-)?$")
_SCHOOLED = Pattern(r"\b(?:mijn|onze|my|our|deze|this|vmbo|mbo)\b|(?:student|leerling|klas|groep|alumni|pupil|class)")
_HAIR = Pattern(
    r"\b(?:gastles|gasles|workshop|opleiding|over|les|stage|afro|lang|kort|krullend|cursus)\s(?P<word>haar)(?=\s*(?:$|[,.;!?]|(?:en|knippen|verven|kleuren|vlechten|stylen|verzorgen)\b))"
)
"""Hair, and not hers."""
_ASKED_ABOUT = Pattern(
    r"\b(?:(?:vragen|vraagt|vroeg|vroegen|benieuwd|nieuwsgierig)\s(?:[\w-]+\s){0,2}?naar|(?:curious|asking|asked|ask)\s(?:\w+\s)?about)\s(?:(?:de|het|een|the|a|an)\s)?(?P<word>[a-z][\w-]+)"
)
"""`ze vroegen vooral naar drones`: what students ask about."""
_SECTOR = Pattern(
    r"\b(?:uit|in)\s(?:(?:de\s|het\s)?[\w-]+\s(?:en|of)\s)?(?:het|de)\s(?P<word>onderwijs)(?=\s*(?:$|[.,;!?)]|(?:en|of|die|voor|is|werkt|werken)\b))"
)
_SIGNS = Pattern(
    r"(?<![\w-])(?P<name>dutch|english|british|american|german|nederlandse|engelse|vlaamse|duitse|amerikaanse)\s(?:(?P<first>sign)\s(?P<second>language)|gebarentaal)(?!\w)"
)
_IT = Pattern(r"(?<![\w-])IT(?![\w-])")


def _of_asker(text: Text) -> Iterator[Span]:
    """The firm or trade of whoever asks, where the text names another trade or says what it is about."""
    for match in _FIRM.finditer(text.plain):
        name = "firm" if match["firm"] else "own"
        if text.free(match.span(name)) and _OF_FIRM.fullmatch(match[name]) and _names_trade(text, match.end()):
            yield match.span(name)
    fields = [one["field"] for one in _FIELD.finditer(text.plain) if not is_general(one["field"])]
    for match in _WORKS_NOW.finditer(text.plain) if fields else ():
        yield from (match.span(name) for name in ("job", "firm") if match[name] and match[name] not in fields)
    told = next((one for one in _TELLS_OF.finditer(text.plain) if not all(map(is_general, one["what"].split()))), None)
    if told is None:
        return
    for match in _ASKER_IS.finditer(text.plain):
        name = "is" if match["is"] else "works"
        if text.free(match.span(name)) and match.end() < told.start():
            yield match.span(name)


def _names_trade(text: Text, position: int) -> bool:
    """Whether a word of a trade stands behind this."""
    return any(
        text.free(word.span()) and not is_general(word[0]) and class_of(word[0]) in {"trade", "craft"}
        for word in WORD.finditer(text.plain, position)
    )


def _is_common_verb(word: str) -> bool:
    """Whether a word is a verb that says little of a trade: one of none, or one that is written often."""
    known = everyday().get(word)
    return class_of(word) in {"verb", "rare", "craft"} or (
        known is not None and known.kind == "v" and known.often >= _COMMON
    )


def _beside_subject(text: Text) -> Iterator[Span]:
    """Words that say what is done with a subject, or who somebody is, and are of no subject."""
    for match in text.find(_HOW):
        if class_of(match["verb"]) in {"trade", "craft"}:
            continue
        if any(len(word) > 2 and not is_general(word) for word in match["what"].split()):
            yield match.span("verb")
    for match in text.find(_BACKGROUND):
        yield match.span("from" if match["from"] else "back")
    for match in _READY.finditer(text.plain):
        for name in "abcd":
            if match[name] and text.free(match.span(name)):
                yield match.span(name)
    for match in _INFINITIVE.finditer(text.plain):
        if (
            text.free(match.span("verb"))
            and _is_common_verb(match["verb"])
            and not _NAMES.search(match["what"])
            and not _NAMES.search(text.plain, max(0, match.start() - 20), match.start())
        ):
            yield match.span("verb")
    for match in (*text.find(_AUDIENCE_IS), *text.find(_THEY)):
        name = match.lastgroup or ""
        if class_of(match[name]) not in {"trade", "craft"}:
            yield match.span(name)
    for match in text.find(_ABROAD):
        yield match.span("from")
    if text.sources.get("kind"):
        yield from (
            match.span("what") for match in text.find(_AFRAID) if not _NAMES.search(text.plain, 0, match.start())
        )
    yield from _of_asker(text)


def _of_subject(text: Text) -> Iterator[Span]:
    """General words that are of the topic where they stand: what is done, a subject of its own, `IT`."""
    for match in _DOING.finditer(text.plain):
        noun = match["noun"]
        if (
            text.free(match.span("verb"))
            and text.free(match.span("noun"))
            and not is_general(noun)
            and not _SCHOOLED.search(noun)
        ):
            yield match.span("verb")
    for match in conditions.SUBJECT.finditer(text.plain):
        if text.free(match.span("mode")) and text.free(match.span("word")):
            yield match.span("mode")
            yield match.span("word")
    for match in text.find(_SIGNS):
        yield from (match.span(name) for name in ("name", "first", "second") if match[name])
    if not text.typed.isupper():
        for match in _IT.finditer(text.typed):
            if text.free(match.span()):
                yield match.span()
    for match in _ASKED_ABOUT.finditer(text.plain):
        if text.free(match.span("word")) and not is_general(match["word"]):
            yield match.span("word")
    for match in _SECTOR.finditer(text.plain):
        if text.free(match.span("word")):
            yield match.span("word")
    for match in _HAIR.finditer(text.plain):
        if text.free(match.span("word")):
            yield match.span("word")
    short = table("trades")["short"]
    for match in text.words():
        stem = match[0].partition("'")[0]  # `zzp'ers`
        if len(stem) > 2 and stem in short and not is_general(match[0]):
            yield match.span()


@dataclass(slots=True)
class Topic:
    """The words wanted and not wanted, in order, each with where it stands; and those that nobody can know."""

    wanted: list[tuple[str, Span]] = field(default_factory=list)
    unwanted: list[tuple[str, Span]] = field(default_factory=list)
    unknown: list[tuple[str, Span]] = field(default_factory=list)
    """Of the wanted ones those that no list of words has, and that have no known word near to them."""
    nonsense: list[Span] = field(default_factory=list)
    wishes: list[Span] = field(default_factory=list)


@cache
def points() -> Mapping[str, int]:
    """Points by the name of a sign, in tenths."""
    with Path(__file__).with_name("points.toml").open("rb") as file:
        return {name: value for group in tomllib.load(file).values() for name, value in group.items()}


def reader_of(text: Text) -> tuple[Reader, list[tuple[str, Span]], list[Span]]:
    """What goes through the words of a text of which all other slots are read; with what is not wanted, and wishes."""
    names = [tuple(word.span() for word in WORD.finditer(text.plain, *span)) for span in _registered(text)]
    fixed = (
        frozenset(_terms(text))
        | frozenset(_named_pairs(text))
        | frozenset(_functions(text))
        | {word for name in names if len(name) > 1 for word in name}
    )
    fixed |= {match.span("name") for match in text.find(_LANGUAGE) if not _ASKS_AS.search(text.plain, 0, match.start())}
    fixed |= frozenset(_of_subject(text))
    unwanted = read_unwanted(text, fixed)
    certain = fixed | {word for name in names for word in name}
    beside = frozenset(_beside_subject(text)) - fixed
    words = frozenset(match.span() for match in text.words() if match.span() in fixed or not is_general(match[0]))
    words -= beside
    return Reader(text, words, certain), unwanted.words, unwanted.wishes


def weight_of(token: Token) -> int:
    """The points of a word where it stands, in tenths."""
    given = points()
    return given["at all"] + likely(token.word) + sum(given.get(sign, 0) for sign in token.signs)


def read_topic(text: Text, vocabulary: Vocabulary) -> Topic:
    """The topic of a text of which all other slots are read."""
    reader, unwanted, wishes = reader_of(text)
    topic = Topic(unwanted=unwanted, wishes=wishes)
    for match in text.words():
        if match[0] in table("wishes")["words"] and _WISH.search(text.plain, 0, match.start()):
            topic.wishes.append(match.span())
    short = len(WORD.findall(text.plain)) < _SHORT
    best: tuple[int, Token] | None = None
    for token in reader.tokens():
        if _is_name(text, token.span, vocabulary):
            continue
        weight = weight_of(token)
        if (weight > _ENOUGH or short) and _is_nonsense(text, token, vocabulary):
            topic.nonsense.append(token.span)
        elif weight > _ENOUGH:
            reader.keep(token)
            topic.wanted.append((token.word, token.span))
        elif best is None or weight > best[0]:
            best = weight, token
    if not topic.wanted and best and best[0] > _ALONE:
        topic.wanted.append((best[1].word, best[1].span))
    topic.unknown += [
        (word, span) for word, span in topic.wanted if not vocabulary.knows(word) and vocabulary.near(word) is None
    ]
    for _, span in topic.wanted:
        text.take(span, "topic")
    for _, span in topic.unwanted:
        text.take(span, "not_topic")
    return topic


_WISH = Pattern(r"(?:liefst|graag|geen|no|alleen|only|bij voorkeur|preferably)\s(?:een |a )?$")


def _is_nonsense(text: Text, token: Token, vocabulary: Vocabulary) -> bool:
    """Whether a word is no word: letters that do not follow each other so, or an abbreviation that nobody knows."""
    word, (start, end) = token.word, token.span
    if vocabulary.knows(word):
        return False
    known = everyday().get(word)
    if known is not None and known.often >= _WRITTEN and not text.typed[start:end].isupper():
        return False
    if (text.typed[start:end].isupper() and len(word) <= 3) or len(word) <= 1:
        return True
    return not vocabulary.readable(word) and not vocabulary.near(word)


@cache
def _term_pattern() -> Pattern:
    return Pattern(rf"(?<![\w-])(?:{'|'.join(map(re.escape, expressions('terms', 'terms')))})(?![\w-])")


def _terms(text: Text) -> Iterator[Span]:
    """The words of fixed terms."""
    for term in text.find(_term_pattern()):
        for word in WORD.finditer(text.plain, *term.span()):
            yield word.span()


_ROLES = frozenset(
    [
        "docent",
        "docente",
        "docenten",
        "leraar",
        "lerares",
        "teacher",
        "teachers",
        "student",
        "students",
        "studenten",
        "leerling",
        "trainer",
    ]
)


def _says_something(first: str, second: str) -> bool:
    """Whether one of two words is general, and is a noun or an adjective that may be part of a name."""
    if is_general(first) == is_general(second):
        return False
    word = first if is_general(first) else second
    known = everyday().get(word)
    return word not in _ROLES and known is not None and known.kind in {"n", "a"}


def _named_pairs(text: Text) -> Iterator[Span]:
    """The words of `solar panel` or `sociaal werk`: together they are a name, though one says nothing by itself."""
    words = list(text.words())
    for first, second in pairwise(words):
        if text.plain[first.start() : second.end()] in named_pairs() and _says_something(first[0], second[0]):
            yield first.span()
            yield second.span()


_FUNCTION = Pattern(
    r"(?<![\w-])(?P<role>teamleider|begeleider|leidinggevende|coordinator|manager|adviseur|specialist|team leader|supervisor|adviser|advisor)(?!\w)"
)
_OF_ASKER = Pattern(
    r"\b(?:ik ben|ben|wij zijn|onze|mijn|als|namens|de|i am|i'm|our|my|the|beste|van)\s(?:een\s|a\s|an\s)?$"
)


def _functions(text: Text) -> Iterator[Span]:
    """`teamleider logistiek`, `begeleider te zijn`: a function, where it is not that of whoever asks."""
    for match in text.find(_FUNCTION):
        behind = re.match(r"\s([a-z][\w-]+)", text.plain[match.end() :])
        named = behind is not None and (not is_general(behind[1]) or behind[0].endswith(" te"))
        if (named or re.search(r"\btot\s$", text.plain[: match.start()])) and not _OF_ASKER.search(
            text.plain, 0, match.start()
        ):
            yield match.span("role")


def _is_name(text: Text, span: Span, vocabulary: Vocabulary) -> bool:
    """Whether a word is the first name or surname of whoever writes or is spoken of."""
    if not text.typed[span[0]].isupper() or text.typed[slice(*span)].isupper():
        return False
    before = text.plain[: span[0]]
    return bool(
        re.search(
            r"(?:juf|meneer|mevrouw|mevr|dhr|mw|mr|mrs|ms|heer|namens|met|van|collega|student|studente|leerling|alumnus|alumna|belt|helpt|begeleidt|coacht|kent|jongen|meisje|zoon|dochter|pupil|apprentice|graduate|son|daughter|boy|girl|intern|ik ben|my name is|naam is|this is|i am|i'm|groet\w*|beste|hoi|hi|dear|hallo|vraag het|mail|bel)\.?,?\s$",
            before,
        )
    ) and not _is_of_trade(text.plain[span[0] : span[1]], vocabulary)


def _is_of_trade(word: str, vocabulary: Vocabulary) -> bool:
    """Whether a word with a capital is one of a trade or the register sooner than a name."""
    known = everyday().get(word)
    if (
        known is not None
        and known.trade is None
        and known.kind in {"n", "p", "x"}
        and word.isalpha()
        and not crebo_word(word)
    ):
        return False
    return vocabulary.knows(word)


def _registered(text: Text) -> Iterator[Span]:
    """Names of qualifications of the register, as they stand in the text."""
    words = [match.span() for match in text.words()]
    for count in range(_MOST_REGISTER, 0, -1):
        for at in range(len(words) - count + 1):
            span = (words[at][0], words[at + count - 1][1])
            if crebo.by_name(text.plain[span[0] : span[1]]):
                yield span
