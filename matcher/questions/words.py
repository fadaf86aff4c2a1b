"""The text of a question with what has been read of it, and the tables of words."""

from __future__ import annotations

import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


class Pattern:
    """A regular expression that is compiled when it is first used: there are many, and importing them takes no time."""

    __slots__ = ("_compiled", "flags", "pattern")

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern, self.flags = pattern, flags
        self._compiled: re.Pattern[str] | None = None

    @property
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression."""
        if self._compiled is None:
            self._compiled = re.compile(self.pattern, self.flags)
        return self._compiled

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As `re.Pattern.search`."""
        return self.compiled.search(text, start, end)

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As `re.Pattern.match`."""
        return self.compiled.match(text, start, end)

    def fullmatch(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As `re.Pattern.fullmatch`."""
        return self.compiled.fullmatch(text, start, end)

    def findall(self, text: str) -> list[str]:
        """As `re.Pattern.findall`."""
        return self.compiled.findall(text)

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        """As `re.Pattern.finditer`."""
        return self.compiled.finditer(text, start, end)


Span = tuple[int, int]
"""Begin and end in the text as typed."""

_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "–": "-", "—": "-", "‑": "-", "‐": "-", "−": "-"})
WORD = Pattern(r"[^\W_]+(?:['&-][^\W_]+)*[+#]*")
_STOP = Pattern(
    r"[.,;:!?()\n]|\s-\s|\b(?:maar|wel|but|gewoon|want|dus|omdat|because|zodat|kan die|kunnen die)\b|\b(?:en|and)\s(?=(?:zoek\w*|wil|wilt|willen|vraag|vraagt|heeft|is|nu|needs?|wants?|looking|has|now|we|wij|ik|i)\b)"
)
EMOJI = "\U0001f300-\U0001faff\u2600-\u27bf"
"""For a set of characters in a pattern: pictures, which end a sentence."""
_SENTENCE = Pattern(rf"(?<=[!?])\s+|(?<=\.)\s+(?=[^a-z])|\n+|[{EMOJI}\ufe0f]+\s*")
_NUMBERS = [
    "nul",
    "een",
    "twee",
    "drie",
    "vier",
    "vijf",
    "zes",
    "zeven",
    "acht",
    "negen",
    "tien",
    "elf",
    "twaalf",
    "dertien",
    "veertien",
    "vijftien",
    "zestien",
    "zeventien",
    "achttien",
    "negentien",
    "twintig",
]
_ENGLISH = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_TENS = {"twintig": 20, "dertig": 30, "veertig": 40, "vijftig": 50, "zestig": 60, "zeventig": 70, "tachtig": 80,
         "negentig": 90, "honderd": 100, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "hundred": 100,
         "dozen": 12, "dertigtal": 30, "twintigtal": 20, "tiental": 10, "vijftiental": 15}  # fmt: skip


def _numbers() -> dict[str, int]:
    units = {**{word: n for n, word in enumerate(_NUMBERS)}, **{word: n for n, word in enumerate(_ENGLISH)}, **_TENS}
    for one in range(1, 10):
        for ten in range(20, 100, 10):
            name = next(word for word, number in _TENS.items() if number == ten)
            units[f"{_NUMBERS[one]}en{name}"] = one + ten
        for ten, name in ((20, "twenty"), (30, "thirty"), (40, "forty"), (50, "fifty"), (60, "sixty")):
            units[f"{name}-{_ENGLISH[one]}"] = one + ten
    return {word: number for word, number in units.items() if word not in {"een", "one", "nul", "zero"}}


NUMBER_WORDS: Mapping[str, int] = _numbers()
"""The number of a word, `twee` to `negenennegentig`; `een` is an article more often than a number, and not among them."""
_UNITS = "|".join(sorted((word for word, number in NUMBER_WORDS.items() if number < 20), key=len, reverse=True))
_ROUND = "|".join(sorted(_TENS, key=len, reverse=True))
NUMBER = (
    rf"(?:\d{{1,4}}|(?:(?:{'|'.join(_NUMBERS[1:10])})en)?(?:{_ROUND})(?:-(?:{'|'.join(_ENGLISH[1:10])}))?|{_UNITS})"
)
"""For a pattern: a number in figures or words."""


def number_of(text: str) -> int:
    """The number in figures or words that `NUMBER` found."""
    return int(text) if text.isdigit() else NUMBER_WORDS.get(text, 0)


def plain_of(text: str) -> str:
    """The text in lower case, without accents, character by character, so that places in both are the same."""
    if text.isascii():
        return text.lower().translate(_QUOTES)
    return "".join(_plain_char(char) for char in text.translate(_QUOTES))


def _plain_char(char: str) -> str:
    base = unicodedata.normalize("NFKD", char)[0].lower()
    return base[0] if base else char


@cache
def _groups() -> Mapping[str, Mapping[str, str]]:
    with Path(__file__).with_name("words.toml").open("rb") as file:
        return tomllib.load(file)


def typed_texts(name: str) -> Mapping[str, str]:
    """A group of tables of `words.toml` as it stands there."""
    return _groups()[name]


@cache
def texts(name: str) -> Mapping[str, str]:
    """The same, folded."""
    return {key: plain_of(words) for key, words in typed_texts(name).items()}


@cache
def table(name: str) -> Mapping[str, frozenset[str]]:
    """A group of tables of `words.toml`: by its name the words, folded."""
    return {key: frozenset(words.split()) for key, words in texts(name).items()}


def expressions(name: str, of: str) -> tuple[str, ...]:
    """A table of `words.toml` with `;` between expressions of more than one word, folded."""
    return tuple(one.strip() for one in texts(name)[of].split(";") if one.strip())


@cache
def general() -> frozenset[str]:
    """Every word that is no topic: of grammar, of asking, of schools, of politeness."""
    return frozenset().union(*table("general").values(), *table("kinds").values())


def _trade_of(word: str) -> int | None:
    from matcher.questions.everyday import everyday

    known = everyday().get(word)
    return known.trade if known else None


_COUNTED = Pattern(r"(?![2-6][dg]$)\d+[a-z]{1,2}")
_OF_SCHOOL = Pattern(
    r"(?:stage|praktijk|bpv|school|onderwijs|opleidings?|locatie|alumni|loopbaan|les|examen|studie|keuze|klassen|vak|thema|project|gast|mentor"
    r"|student(?:en)?|docenten|leerlingen|team|terugkom|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|ochtend|middag|kennis|open|avond|dag|opfris|bij|her|vervolg|zomer|winter|beroepen)-?"
    r"(?:coordinator(?:en)?|begeleiders?|managers?|adviseurs?|commissie|team|bureau|lokaal|lokalen|dag(?:en)?|middag(?:en)?|avond(?:en)?|week|weken"
    r"|les(?:sen|je|jes)?|uur|uren|gesprek(?:ken)?|traject(?:en)?|programma's?|opdracht(?:en)?|projecten|leiders?|kantoor|raad|materiaal|plan(?:nen)?|roosters?"
    r"|periode|blok|jaar|groep(?:en)?|boek|moment(?:en)?|momenten|vergadering(?:en)?|cursus(?:sen)?|scholing|opleiding(?:en)?|docent(?:en)?|directeur|krant|plein|klas(?:sen)?|mens(?:en)?|verhaal|verhalen)"
)
"""Words that are made of two words of the school, such as stagebureau and praktijklokaal."""


def is_general(word: str) -> bool:
    """Whether a word, or each part of it, is no topic by itself."""
    if word in table("trades")["short"] and word not in general():
        return False
    if (
        word in general()
        or _OF_SCHOOL.fullmatch(word)
        or not any(char.isalpha() for char in word)
        or len(word) == 1
        or _COUNTED.fullmatch(word)
    ):
        return True
    if word.endswith("'ers") and word[:-1] in general():
        return True
    parts = re.split(r"[-'&]", word)
    if len(parts) > 1 and (known := _trade_of(word)) is not None and known > 0:
        return False  # `make-up`: a word of trades, whatever its parts are
    return len(parts) > 1 and all(part in general() or len(part) < 2 for part in parts)


@dataclass(slots=True)
class Text:
    """A question while it is read: `plain` has a character for each one typed; `taken` says what is read already."""

    typed: str
    """As it is read: with the typing errors in words of asking mended."""
    plain: str = ""
    taken: bytearray = field(default_factory=bytearray)
    sources: dict[str, list[Span]] = field(default_factory=dict)
    negations: list[Span] = field(default_factory=list)
    frame: bytes = b""
    """What is no part of the question, as `taken` marks it: greetings, signatures, schools."""
    parts: list[tuple[Span, bool]] = field(default_factory=list)
    """The sentences, each with whether it is about another time."""
    found: dict[Pattern, list[re.Match[str]]] = field(default_factory=dict)
    """What patterns that are needed more than once found, read or not."""

    @classmethod
    def of(cls, typed: str) -> Text:
        """A text of which nothing is read yet."""
        text = cls(typed, plain_of(typed))
        text.taken = bytearray(len(typed) + 1)  # a last one, never taken, for what is behind the end
        text.negations = list(_negations(text.plain))
        text.parts = [(span, bool(_PAST.search(text.plain, *span))) for span in text.sentences()]
        return text

    def free(self, span: Span) -> bool:
        """Whether nothing of this is read yet."""
        return self.taken.find(1, *span) < 0

    def find(self, pattern: Pattern) -> Iterator[re.Match[str]]:
        """What a pattern finds where nothing is read yet."""
        for match in pattern.finditer(self.plain):
            if self.free(match.span()):
                yield match

    def take(self, span: Span, slot: str | None = None) -> None:
        """Marks this as read, as the source of a slot."""
        self.taken[span[0] : span[1]] = b"\x01" * (span[1] - span[0])
        if slot:
            self.sources.setdefault(slot, []).append(span)

    def negated(self, position: int) -> bool:
        """Whether this stands behind a word such as `geen`, in the same part of the sentence."""
        return any(start < position < end for start, end in self.negations)

    def past(self, position: int) -> bool:
        """Whether the sentence is about an earlier time or somebody's old job."""
        return any(start <= position < end and past for (start, end), past in self.parts)

    def is_past(self, span: Span) -> bool:
        """Whether a piece has words of an earlier time."""
        return _PAST.search(self.plain, *span) is not None

    def words(self) -> Iterator[re.Match[str]]:
        """The words of which nothing is read yet."""
        return self.find(WORD)

    def sentences(self) -> Iterator[Span]:
        """The sentences, by marks and line ends."""
        start = 0
        for match in _SENTENCE.finditer(self.typed):
            yield start, match.start()
            start = match.end()
        yield start, len(self.typed)

    def sentence_at(self, position: int) -> Span:
        """The sentence with this position; the whole text where it is between two."""
        return next((one for one, _ in self.parts if one[0] <= position < one[1]), (0, len(self.plain)))


_PAST = Pattern(
    r"\b(?:vorig jaar|vorige keer|vorige week|last year|last (?:october|november|september|time|week)|lives in|woont nu in|werkte in|worked in|afgelopen jaar|found a job|de vorige)\b"
)
NEGATION = Pattern(
    r"(?<![\w-])(?:geen|niet|nooit|zonder|behalve|uitgezonderd|m\.?u\.?v\.?|no|not|non|without|except|don't|never|nothing|(?:(?<=any day )|(?<=any time )|(?<=any weekday )|(?<=any morning )|(?<=any afternoon )|(?<=any evening )|(?<=every day )|(?<=every time )|(?<=every weekday )|(?<=every morning )|(?<=every afternoon )|(?<=every evening ))but|niemand(?= uit\b(?! (?:ons|onze|de klas|het team)))|(?:nobody|no one)(?= from (?!us\b|our\b)))(?![\w-])"
)
_NO_NEGATION = Pattern(
    r"niet alleen|not only|maakt niet uit|niet zo\b|geen idee|no problem|geen probleem|als het niet|of niet|niet te\b|no idea|if not|not sure|(?:niet|geen|no|not)\s(?:veel\s|much\s)?(?:\w+er|meer|minder|more|less)\s(?:dan|than)\b|niet\s(?:al\s|al te\s|zo\s)?ver\s(?:van|vandaan|uit)|not\s(?:too\s|so\s|very\s)?far\s(?:from|away)"
)


_LINK = Pattern(r"\b(?:in|op|te|bij|voor|en|and|at|for)\b|[.,;:!?()\n]")


def _negations(plain: str) -> Iterator[Span]:
    skipped = [match.span() for match in _NO_NEGATION.finditer(plain)]
    for match in NEGATION.finditer(plain):
        if any(start <= match.start() < end for start, end in skipped):
            continue
        stop = _STOP.search(plain, match.end())
        if match[0] in {"zonder", "without"}:
            stop = _LINK.search(plain, match.end()) or stop
        yield match.start(), stop.start() if stop else len(plain)
