"""Where each word of a question stands: what leads to it, what stands beside it, and in what kind of clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from matcher.questions.everyday import class_of
from matcher.questions.signs import Clause, Place, signs_of
from matcher.questions.tense import clauses, is_past
from matcher.questions.words import WORD, Pattern, Span, Text, table

_HARD = Pattern(r"[.!?;:()\n\"“”]|\s-\s|^\s*-\s")
_SELF = Pattern(
    r"\b(?:ik ben|wij zijn|we zijn|i am|i'm|we are|mijn naam|my name|ik werk|ik heb|wij hebben|we hebben|i work|i have|namens|als)\s(?:\w+\s){0,4}$"
)
_ASKING = Pattern(
    r"\b(?:zoek\w*|gezocht|gevraagd|wil(?:t|len)?|iemand|alumn\w+|oud-?\s?\w*(?:student|leerling)\w*|wie|welke|kan|kunnen|graag|looking|need\w*|someone|somebody|anyone|former|graduate|would|want|nodig|werkt|working|liefst|help\w*|who|vertel\w*|over|about|gastles\w*|gastspreker\w*|workshop|mentor|buddy|stage\w*|opleiding)\b"
)


@cache
def _leads() -> Mapping[str, str]:
    """By word what it says of what follows."""
    return {word: name for name, words in table("leads").items() for word in words}


@cache
def _kinds() -> frozenset[str]:
    return table("kinds")["words"] | table("clauses")["kind"]


@dataclass(slots=True)
class Token:
    """A word with where it stands and what surrounds it; `signs` are the names of its points."""

    word: str
    span: Span
    candidate: bool
    signs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """What is known when a word is reached, from the words before it."""

    link: str = "start"
    about: bool = False
    reason: bool = False
    condition: bool = False
    relative: bool = False
    general_words: int = 0
    last_kept: int = -1
    """Where the last word of the topic ended."""
    previous: str = "start"
    kept_before: bool = False
    last_word: str = "^"
    last_general: str = "^"
    article: str = ""
    listed: bool = False
    """Whether only joining words stand since the last word of the topic."""


_WISHES = Pattern(
    r"\b(?:zoek\w*|gezocht|gevraagd|wil(?:t|len)?|wie|welke|kan|kunnen|graag|looking|need\w*|anyone|someone|who|could|would|please|want\w*|nodig|wanted|liefst|gaat over|is about|over|about|iemand)\b"
)
_NAMES_SUBJECT = Pattern(r"\b(?:over|about|thema|onderwerp|topic|on)\s(?!de\sstreep)[a-z]")
_MODAL = Pattern(
    r"\b(?:wil|wilt|willen|kan|kun|kunt|kunnen|gaan|gaat|ga|mag|mogen|moet|moeten|zal|zullen|zou|zouden|laat|laten|leren|leer|helpt?|helpen|te)\s"
)
_SUBORDINATE = Pattern(r"\b(?:hoe|waarom|waar|wat|die|dat|als|omdat|wie|zodat|wanneer)\s")
_GOES_ON = frozenset(
    ["en", "of", "in", "op", "met", "bij", "aan", "voor", "naar", "van", "and", "or", "want", "maar", "dus"]
)
_FINITE = Pattern(
    r"\b(?:is|zijn|ben|was|waren|heb|hebt|heeft|hebben|had|hadden|staat|staan|ligt|liggen|zit|zitten|gaat|gaan|ga|komt|komen|doet|doen|doe|maakt|maken|maak|krijgt|krijgen|krijg|geeft|geven|geef|wordt|worden|word|loopt|werkt|werk|woont|woon|houdt|speelt|mag|mogen|moet|moeten|zag|lag|zorgt|leest|lezen|schrijft|neemt|nemen|begrijpt|vindt|betaalt"
    r"|am|are|has|have|were|takes|take|runs|run|plays|play|lost|moved|offer|speaks|live|lives|works|does|gets|get|can|will)\b"
)
_SUBJECTS = Pattern(
    r"\b(?P<we>ik|we|wij|i)\b|\b(?P<they>hij|zij|ze|he|she|they|student|studente|leerling|jongen|meisje)\b|\b(?P<ours>mijn|onze|ons|my|our|zijn|haar|his|her)\b|\b(?P<there>er|there|daar|hier|het|it)\b"
)


def _told(text: Text) -> Iterator[Clause]:
    """The clauses of a text, with what each does: names the kind, wishes, tells, or neither."""
    kinds = text.sources.get("kind", [])
    for start, end in clauses(text):
        kind = any(begin < end and start < stop for begin, stop in kinds)
        subject = _SUBJECTS.search(text.plain, start, end)
        yield Clause(
            start,
            end,
            "kind" if kind
            else "wishes" if _WISHES.search(text.plain, start, end)
            else "tells" if _FINITE.search(text.plain, start, end)
            else "names",
            subject.lastgroup or "" if subject else "none",
            is_past(text, (start, end)),
            bool(kinds),
        )  # fmt: skip


class Reader:
    """Goes through the words of a text; `keep` tells it that one is of the topic, which those behind it depend on."""

    def __init__(self, text: Text, candidates: frozenset[Span], certain: frozenset[Span]) -> None:
        self._text, self._candidates, self._certain = text, candidates, certain
        self._words = [(match[0], match.span()) for match in WORD.finditer(text.plain)]
        self._clauses = list(_told(text))
        self._clause = 0
        self._state = _State()
        self._length = len(self._words)
        self._trades = {
            span for word, span in self._words if span in candidates and (span in certain or class_of(word) == "trade")
        }
        self._names_subject = _NAMES_SUBJECT.search(text.plain) is not None

    def keep(self, token: Token) -> None:
        """This word is of the topic."""
        state = self._state
        state.kept_before, state.listed, state.last_kept = True, True, token.span[1]
        state.previous = "kept"

    def _clause_of(self, position: int) -> Clause:
        while self._clause + 1 < len(self._clauses) and self._clauses[self._clause].end <= position:
            self._clause += 1
        return self._clauses[self._clause]

    def tokens(self) -> Iterator[Token]:
        """The words that may be of the topic, in order, each with its signs."""
        state, plain = self._state, self._text.plain
        parts = self._text.parts
        asks = [bool(_ASKING.search(plain, *span)) for span, _ in parts]
        part = 0
        end = 0
        for index, (word, span) in enumerate(self._words):
            gap = plain[end : span[0]]
            while part + 1 < len(parts) and span[0] >= parts[part][0][1]:
                part += 1
            if index == 0 or _HARD.search(gap):
                about = state.about and ":" in gap
                self._state = state = _State(last_kept=state.last_kept, about=about or (":" in gap and state.previous == "about"),
                    previous="colon" if ":" in gap else "start")  # fmt: skip
                state.link = state.previous
            elif "," in gap:
                state.reason = state.condition = state.relative = False
                if not state.listed:
                    state.link, state.previous, state.about = "comma", "comma", state.about and state.kept_before
            elif gap.strip():
                state.previous = "mark" if state.previous != "kept" else "kept"
            token = Token(word, span, span in self._candidates)
            if token.candidate:
                token.signs = self._signs(token, index, gap, asks=asks[part], past=parts[part][1])
                before = state.previous
                yield token
                if state.previous == before:
                    state.previous, state.listed = "dropped", False
                state.last_word, state.article = "*", ""
            else:
                self._step(word, span)
                state.article = word if word in table("clauses")["article"] else ""
                if word not in table("clauses")["article"]:
                    state.last_general = word
                state.last_word = word
            end = span[1]

    def _step(self, word: str, span: Span) -> None:
        """A word that is no candidate: of grammar, of asking, or of another slot."""
        state = self._state
        clauses = table("clauses")
        if word in clauses["about"] or (word == "om" and state.last_word in {"gaat", "draait", "ging"}):
            state.about, state.previous, state.link, state.listed = True, "about", "over", False
            return
        if word in clauses["joining"] and word != "als":
            if not state.listed:
                state.previous = "join"
            return
        if word in clauses["article"]:
            if word in clauses["relative"] and state.previous in {"kept", "dropped", "school"}:
                state.relative, state.link, state.listed, state.about = True, "die", False, False
            if state.previous not in {"kept", "about"}:
                state.previous = "article" if state.previous not in {"link", "school", "kind"} else state.previous
            return
        if lead := _leads().get(word):
            state.link = lead
            state.previous = "link"
            if word in {"want", "omdat"}:
                state.reason = True
            if word not in {"in", "bij", "als", "voor", "op", "van", "met"}:
                state.listed = False
            return
        if word in clauses["reason"]:
            state.reason, state.listed = True, False
        if word in clauses["condition"]:
            state.condition = True
        state.listed = False
        state.general_words += 1
        if word in _kinds():
            state.previous, state.link = "kind", "kind"
        elif word in clauses["school"]:
            state.previous, state.link = "school", "school"
        elif not self._text.free(span):
            state.previous, state.link = "slot", "slot"
        elif word[0].isdigit():
            state.previous = "number"
        else:
            state.previous, state.link = "general", "general"

    def _verb_end(self, token: Token, *, ends: bool) -> str:
        """Of what clause a word may be the verb, at its end: `een infuus aanlegt` behind `hoe je`, `bouwen` behind `gaan`."""
        if not ends or class_of(token.word) in {"trade", "name"}:
            return ""
        clause = self._clause_of(token.span[0])
        before = self._text.plain[clause.begin : token.span[0]]
        if token.word.endswith(("en", "an")) and _MODAL.search(before):
            return "modal"
        return "how" if token.word.endswith(("t", "en", "d")) and _SUBORDINATE.search(before) else ""

    def _signs(self, token: Token, index: int, gap: str, *, asks: bool, past: bool) -> list[str]:
        state, plain, (start, end) = self._state, self._text.plain, token.span
        behind = self._words[index + 1] if index + 1 < len(self._words) else None
        gap_behind = plain[end : behind[1][0]] if behind else "."
        marked = bool(_HARD.search(gap_behind))
        at = state.link
        if state.previous == "kept" and not gap.strip():
            at = "adjacent"
        elif state.listed:
            at = "listed"
        elif state.link == "over" or state.previous == "about":
            at = "about"
        clauses = tuple(name for name in ("about", "reason", "condition", "relative") if getattr(state, name))
        place = Place(
            at=at, before=state.previous, last_word=state.last_word, last_general=state.last_general,
            article=state.article, clauses=clauses, telegram=state.general_words == 0, asks=asks, past=past, clause=self._clause_of(start),
            of_oneself=bool(_SELF.search(plain, max(0, start - 45), start)),
            behind=None if behind is None or marked else behind[0],
            behind_candidate=behind is not None and behind[1] in self._candidates and not gap_behind.strip(),
            ends=marked or "," in gap_behind, length=len(self._words),
            subject_elsewhere="about" not in clauses and at != "about" and self._names_subject,
            trades=len(self._trades - {token.span}),
            verb_end=self._verb_end(token, ends=marked or "," in gap_behind or behind is None or behind[0] in _GOES_ON),
        )  # fmt: skip
        certain = token.span in self._certain
        begins = state.previous in {"start", "colon"}
        return signs_of(token.word, self._text.typed[start:end], place, certain=certain, begins=begins)
