"""Where each word of a question stands: what leads to it, what stands beside it, and in what kind of clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from matcher.questions.everyday import class_of, everyday
from matcher.questions.words import WORD, Pattern, Span, Text, general, table

_HARD = Pattern(r"[.!?;:()\n\"“”]|\s-\s|^\s*-\s")
_SOFT = Pattern(r"[,/&+-]")
_LINKS = {
    **dict.fromkeys(["over", "about", "rondom", "omtrent", "mbt", "betreft", "betreffende", "inzake", "regarding"], "over"),
    **dict.fromkeys(["on", "rond"], "on"),
    **dict.fromkeys(["uit", "from", "vanuit"], "uit"),
    **dict.fromkeys(["in", "binnen"], "in"),
    **dict.fromkeys(["bij", "at"], "bij"),
    **dict.fromkeys(["als", "as"], "als"),
    **dict.fromkeys(["voor", "for", "vr", "tbv", "vor"], "voor"),
    **dict.fromkeys(["van", "of", "vd", "v"], "van"),
    **dict.fromkeys(["met", "with", "via"], "met"),
    **dict.fromkeys(["door", "by"], "door"),
    **dict.fromkeys(["op"], "op"),
    **dict.fromkeys(["naar", "tot", "tegen", "zonder", "aan"], "to"),
    **dict.fromkeys(["te", "to"], "te"),
    **dict.fromkeys(["hoe", "how", "waarom", "why", "wat", "what"], "hoe"),
    **dict.fromkeys(["iets", "wat", "something"], "iets"),
    **dict.fromkeys(["gezocht", "gevraagd", "wanted", "zoek", "zoeken", "zoekt", "need", "needs", "nodig"], "zoek"),
}  # fmt: skip
_ABOUT = frozenset(
    [
        "over",
        "about",
        "thema",
        "onderwerp",
        "topic",
        "theme",
        "rondom",
        "omtrent",
        "mbt",
        "betreft",
        "waarover",
        "subject",
    ]
)
_OF_SCHOOL = frozenset(
    ["opleiding", "opleidingen", "studie", "student", "studenten", "studente", "studentes", "leerling", "leerlingen", "docent",
     "docenten", "klas", "groep", "team", "afdeling", "sector", "branche", "vak", "alumni", "alumnus", "alumna", "jaars", "eerstejaars",
     "tweedejaars", "derdejaars", "vierdejaars", "oud-student", "oud-studenten", "oud-leerling", "oud-leerlingen", "oudstudent", "oudstudenten",
     "oudleerling", "oudleerlingen", "course", "courses", "students", "graduates", "class", "afgestudeerden", "gediplomeerden", "afgestudeerde",
     "lessen", "les", "keuzedeel", "blok", "module", "project", "cursus", "training", "bbl", "bol", "mbo", "lln", "examen", "teacher", "functie"]
)  # fmt: skip
_ARTICLES = frozenset(
    ["een", "de", "het", "the", "a", "an", "onze", "ons", "our", "mijn", "my", "eigen", "'n", "n", "deze", "die", "dat", "dit", "hun", "his",
     "her", "their", "m'n", "some", "mooie", "leuke", "goede", "nieuwe", "echte", "jonge", "kleine", "grote"]
)  # fmt: skip
_REASON = frozenset(
    [
        "want",
        "omdat",
        "because",
        "doordat",
        "aangezien",
        "since",
        "namelijk",
        "zodat",
        "ivm",
        "wegens",
        "vanwege",
        "dus",
        "so",
    ]
)
_CONDITION = frozenset(["indien", "if", "mits", "tenzij", "zodra", "wanneer", "terwijl"])
_RELATIVE = frozenset(["die", "dat", "who", "that", "which", "waar"])
_JOINS = frozenset(["en", "of", "and", "or", "&", "plus", "als", "ook", "evt", "eventueel", "daarnaast"])
_ASKED_BEHIND = frozenset(["gezocht", "gevraagd", "nodig", "wanted", "needed", "zoekt", "zoeken", "zoek"])
_SELF = Pattern(
    r"\b(?:ik ben|wij zijn|we zijn|i am|i'm|we are|mijn naam|my name|ik werk|ik heb|wij hebben|we hebben|i work|i have|namens|als)\s(?:\w+\s){0,4}$"
)
_ASKING = Pattern(
    r"\b(?:zoek\w*|gezocht|gevraagd|wil(?:t|len)?|iemand|alumn\w+|oud-?\s?\w*(?:student|leerling)\w*|wie|welke|kan|kunnen|graag|looking|need\w*|someone|somebody|anyone|former|graduate|would|want|nodig|werkt|working|liefst|help\w*|who|vertel\w*|over|about|gastles\w*|gastspreker\w*|workshop|mentor|buddy|stage\w*|opleiding)\b"
)


@dataclass(slots=True)
class Token:
    """A word with where it stands and what surrounds it; `signs` are the names of its points."""

    word: str
    span: Span
    candidate: bool
    signs: list[str] = field(default_factory=list)


@cache
def _kinds() -> frozenset[str]:
    return table("kinds")["words"] | frozenset(["gastles", "gastlessen", "gastspreker", "gastsprekers", "gastdocent", "workshop", "workshops",
        "les", "lezing", "masterclass", "clinic", "cursus", "training"])  # fmt: skip


_PERSON = Pattern(
    r"(?:[^aeiou]er|[a-z]{3}aar|ist|iste|iste[nrs]|ent|ente|eur|euse|kundige|ige|ster|or|man|vrouw|monteur|[a-z]{3}ers|isten|enten|eurs|kundigen|oren|ors|ant|anten|ian|ians|ician|icians|medewerker|assistent)$"
)
_WORKPLACE = Pattern(
    r"(?:bedrijf|bedrijven|huis|huizen|centrum|centra|winkel|zaak|salon|kliniek|instelling|bureau|fabriek|praktijk|afdeling|school|hotel|boerderij|tehuis|branche|sector|wereld|industrie|dienst|groep|shop|factory|company|home|hospital|office)$"
)
_EVENT_LIKE = Pattern(
    r"^(?:les|school|klas|student|stage|vak|mentor|project|examen|alumni|docent|onderwijs|praktijk|thema|studie|opleiding|team|beroep|keuze)[a-z]{3,}|[a-z]{3,}(?:les|lessen|lokaal|dag|dagen|middag|avond|ochtend|week|weken|uur|uren|plek|plekken|groep|groepen|klas|klassen|student|studenten|docent|docenten|opdracht|bijeenkomst|gesprek|gesprekken|markt|toernooi|wedstrijd|reis|feest|borrel|coordinator|adviseur|begeleider|manager|bureau|jaars)$"
)


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


class Reader:
    """Goes through the words of a text; `keep` tells it that one is of the topic, which those behind it depend on."""

    def __init__(self, text: Text, candidates: frozenset[Span], certain: frozenset[Span]) -> None:
        self._text, self._candidates, self._certain = text, candidates, certain
        self._words = [(match[0], match.span()) for match in WORD.finditer(text.plain)]
        self._state = _State()
        self._length = len(self._words)

    def keep(self, token: Token) -> None:
        """This word is of the topic."""
        state = self._state
        state.kept_before, state.listed, state.last_kept = True, True, token.span[1]
        state.previous = "kept"

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
                state.article = word if word in _ARTICLES else ""
                if word not in _ARTICLES:
                    state.last_general = word
                state.last_word = word
            end = span[1]

    def _step(self, word: str, span: Span) -> None:
        """A word that is no candidate: of grammar, of asking, or of another slot."""
        state = self._state
        if word in _ABOUT:
            state.about, state.previous, state.link, state.listed = True, "about", "over", False
            return
        if word in _JOINS and word != "als":
            if not state.listed:
                state.previous = "join"
            return
        if word in _ARTICLES:
            if word in _RELATIVE and state.previous in {"kept", "dropped", "school"}:
                state.relative, state.link, state.listed, state.about = True, "die", False, False
            if state.previous not in {"kept", "about"}:
                state.previous = "article" if state.previous not in {"link", "school", "kind"} else state.previous
            return
        if word in _LINKS:
            state.link = _LINKS[word]
            state.previous = "link"
            if word in {"want", "omdat"}:
                state.reason = True
            if word not in {"in", "bij", "als", "voor", "op", "van", "met"}:
                state.listed = False
            return
        if word in _REASON:
            state.reason, state.listed = True, False
        if word in _CONDITION:
            state.condition = True
        state.listed = False
        state.general_words += 1
        if word in _kinds():
            state.previous, state.link = "kind", "kind"
        elif word in _OF_SCHOOL:
            state.previous, state.link = "school", "school"
        elif not self._text.free(span):
            state.previous, state.link = "slot", "slot"
        elif word[0].isdigit():
            state.previous = "number"
        else:
            state.previous, state.link = "general", "general"

    def _signs(self, token: Token, index: int, gap: str, *, asks: bool, past: bool) -> list[str]:
        state, text, word = self._state, self._text, token.word
        plain, typed = text.plain, text.typed
        kind = class_of(word)
        if kind in {"rare", "noun"} and token.span in self._certain:
            kind = "trade"
        known = everyday().get(word)
        behind = self._words[index + 1] if index + 1 < len(self._words) else None
        gap_behind = plain[token.span[1] : behind[1][0]] if behind else "."
        ends = bool(behind is None or _HARD.search(gap_behind) or "," in gap_behind)
        context = (
            "adjacent" if state.previous == "kept" and not gap.strip()
            else "listed" if state.listed
            else "about" if state.link == "over" or state.previous == "about"
            else state.link
        )  # fmt: skip
        signs = [f"class {kind}", f"at {context}", f"{kind} at {context}", f"before {state.previous}"]
        if known is None:
            signs.append("often none")
        else:
            signs.append(f"often {min(known.often // 5 * 5, 55)}")
            if known.trade is not None:
                signs.append(f"key {max(-10, min(known.trade // 5 * 5, 20))}")
        capital = typed[token.span[0]].isupper()
        if capital and typed[token.span[0] : token.span[1]].isupper() and 2 <= len(word) <= 6:
            signs.append("abbreviation")
        elif capital and state.previous not in {"start", "colon"} and not any(char.isupper() for char in gap):
            signs.append("capital")
        if token.span in self._certain:
            signs.append("certain")
        if state.about:
            signs.append("clause about")
        for name in ("reason", "condition", "relative"):
            if getattr(state, name):
                signs.append(f"clause {name}")
        if past:
            signs.append("sentence past")
        signs.append("sentence asks" if asks else "sentence tells")
        size = (
            "short"
            if self._length <= 10
            else "middle"
            if self._length <= 25
            else "long"
            if self._length <= 45
            else "letter"
        )
        signs += [f"text {size}", f"{kind} in {size}", f"{size} {'asks' if asks else 'tells'}", f"{size} at {context}"]
        if _SELF.search(plain, max(0, token.span[0] - 45), token.span[0]):
            signs.append("of oneself")
        if state.general_words == 0:
            signs.append("telegram")
            signs.append(f"telegram {kind}")
        if ends:
            signs.append("ends")
        elif behind and behind[0] in _ASKED_BEHIND:
            signs.append("asked for")
        elif behind and behind[1] in self._candidates and not gap_behind.strip():
            signs.append("phrase goes on")
        elif behind and behind[0] in _RELATIVE:
            signs.append("who")
        signs.append(
            f"after {state.last_word if self._text.free(token.span) and state.last_word in general() else '*'}"
        )
        if state.previous not in {"kept", "dropped"}:
            signs.append(f"led by {state.last_general}")
        if state.article:
            signs.append(
                f"article {'the' if state.article in {'de', 'het', 'the'} else 'a' if state.article in {'een', 'a', 'an', 'n'} else 'my'}"
            )
        if behind:
            signs.append(
                f"then {behind[0] if behind[0] in general() else '*'}" if not _HARD.search(gap_behind) else "then ."
            )
        for name, pattern in (("person", _PERSON), ("workplace", _WORKPLACE), ("of school", _EVENT_LIKE)):
            if len(word) > 4 and pattern.search(word):
                signs += [name, f"{name} at {context}"]
        if state.about:
            signs.append(f"about and {context}")
        if len(word) >= 12:
            signs.append("long word")
        if word.endswith(("en", "t", "d")) and kind in {"rare", "verb"}:
            signs.append("like a verb")
        return signs
