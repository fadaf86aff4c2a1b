"""The names of the points of a word: of what it is, and of where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.questions.everyday import class_of, everyday
from matcher.questions.words import Pattern, general, table

_PERSON = Pattern(
    r"(?:[^aeiou]er|[a-z]{3}aar|ist|iste|iste[nrs]|ent|ente|eur|euse|kundige|ige|ster|or|man|vrouw|monteur|[a-z]{3}ers|isten|enten|eurs|kundigen|oren|ors|ant|anten|ian|ians|ician|icians|medewerker|assistent)$"
)
_WORKPLACE = Pattern(
    r"(?:bedrijf|bedrijven|huis|huizen|centrum|centra|winkel|zaak|salon|kliniek|instelling|bureau|fabriek|praktijk|afdeling|school|hotel|boerderij|tehuis|branche|sector|wereld|industrie|dienst|groep|shop|factory|company|home|hospital|office)$"
)
_EVENT_LIKE = Pattern(
    r"^(?:les|school|klas|student|stage|vak|mentor|project|examen|alumni|docent|onderwijs|praktijk|thema|studie|opleiding|team|beroep|keuze)[a-z]{3,}|[a-z]{3,}(?:les|lessen|lokaal|dag|dagen|middag|avond|ochtend|week|weken|uur|uren|plek|plekken|groep|groepen|klas|klassen|student|studenten|docent|docenten|opdracht|bijeenkomst|gesprek|gesprekken|markt|toernooi|wedstrijd|reis|feest|borrel|coordinator|adviseur|begeleider|manager|bureau|jaars)$"
)
_SHAPES = (("person", _PERSON), ("workplace", _WORKPLACE), ("of school", _EVENT_LIKE))
_SHORTEST_SHAPE, _LONG = 5, 12
_ARTICLES = {**dict.fromkeys(["de", "het", "the"], "the"), **dict.fromkeys(["een", "a", "an", "n"], "a")}
_MANY = 3
"""Words of trades in a text beyond which it is as good how many there are."""
_SIZES = ((10, "short"), (25, "middle"), (45, "long"))
"""Words up to which a text is of a size; a longer one is a letter."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a text.

    `does`: `kind` (it names the kind), `wishes`, `tells`, or `names` (it has no verb). `subject`: of whom it speaks. `over`:
    whether of what has been. `kind_named`: whether any clause of the text names a kind.
    """

    begin: int
    end: int
    does: str
    subject: str
    over: bool
    kind_named: bool


@dataclass(slots=True, kw_only=True)
class Place:
    """Where a word stands.

    `at`: what it follows (a leading word, a word of the topic, a slot). `before`: what the word before it is. `behind`: the
    word behind it, None at the end of a part. `ends`: a mark follows. `clauses`: what kind of clause it is. `length` counts
    the words of the text. `subject_elsewhere`: the text says elsewhere what it is about. `trades`: how many other words of
    trades may be of the topic. `verb_end`: of what clause it may be the verb at the end (`modal`, `how`), or empty.
    """

    at: str
    before: str
    last_word: str
    last_general: str
    article: str
    clauses: tuple[str, ...]
    telegram: bool
    asks: bool
    past: bool
    clause: Clause
    of_oneself: bool
    behind: str | None
    behind_candidate: bool
    ends: bool
    length: int
    subject_elsewhere: bool
    trades: int
    verb_end: str


def signs_of(word: str, typed: str, place: Place, *, certain: bool, begins: bool) -> list[str]:
    """The signs of a word at a place. `certain`: of a name of the register or a fixed term; `begins`: a part of the text."""
    kind = class_of(word)
    if kind in {"rare", "noun"} and certain:
        kind = "trade"
    return [
        *_of_word(word, typed, kind, place.at, certain=certain, begins=begins),
        *_of_place(kind, place),
        *_of_neighbours(place),
    ]


def _of_word(word: str, typed: str, kind: str, at: str, *, certain: bool, begins: bool) -> list[str]:
    signs = [f"class {kind}", f"at {at}", f"{kind} at {at}"]
    known = everyday().get(word)
    signs.append("often none" if known is None else f"often {min(known.often // 5 * 5, 55)}")
    if known is not None and known.trade is not None:
        signs.append(f"key {max(-10, min(known.trade // 5 * 5, 20))}")
    if typed.isupper() and 2 <= len(word) <= 6:
        signs.append("abbreviation")
    elif typed[0].isupper() and not begins:
        signs.append("capital")
    if certain:
        signs.append("certain")
    for name, shape in _SHAPES:
        if len(word) >= _SHORTEST_SHAPE and shape.search(word):
            signs += [name, f"{name} at {at}"]
    if len(word) >= _LONG:
        signs.append("long word")
    if word.endswith(("en", "t", "d")) and kind in {"rare", "verb"}:
        signs.append("like a verb")
    return signs


def _of_place(kind: str, place: Place) -> list[str]:
    size = next((name for most, name in _SIZES if place.length <= most), "letter")
    manner = "asks" if place.asks else "tells"
    signs = [f"sentence {manner}", f"text {size}", f"{kind} in {size}", f"{size} {manner}", f"{size} at {place.at}"]
    signs += [f"clause {name}" for name in place.clauses]
    if "about" in place.clauses:
        signs.append(f"about and {place.at}")
    if place.past:
        signs.append("sentence past")
    clause = place.clause
    if clause.over:
        signs.append("has been")
    signs.append(f"{kind} beside {min(place.trades, _MANY)} trades")
    if place.subject_elsewhere:
        signs += [
            "subject elsewhere",
            f"{kind}, subject elsewhere",
            f"subject elsewhere, {clause.does} of {clause.subject}",
        ]
        if place.of_oneself:
            signs.append("of oneself, subject elsewhere")
    if place.verb_end:
        signs += [
            f"verb of {place.verb_end}",
            f"verb of {place.verb_end} at {place.at}",
            f"{kind}, verb of {place.verb_end}",
        ]
    does = clause.does if clause.kind_named else f"{clause.does} alone"
    signs += [f"part {does}", f"{kind} in part {does}", f"{place.at} in part {clause.does}"]
    signs.append(f"part of {clause.subject} {clause.does}")
    if place.of_oneself:
        signs.append("of oneself")
    if place.telegram:
        signs += ["telegram", f"telegram {kind}"]
    return signs


def _of_neighbours(place: Place) -> list[str]:
    signs = [f"before {place.before}", f"after {place.last_word if place.last_word in general() else '*'}"]
    if place.before not in {"kept", "dropped"}:
        signs.append(f"led by {place.last_general}")
    if place.article:
        signs.append(f"article {_ARTICLES.get(place.article, 'my')}")
    if place.ends:
        signs.append("ends")
    elif place.behind in table("clauses")["asked"]:
        signs.append("asked for")
    elif place.behind_candidate:
        signs.append("phrase goes on")
    elif place.behind in table("clauses")["relative"]:
        signs.append("who")
    if place.behind is None:
        signs.append("then .")
    else:
        signs.append(f"then {place.behind if place.behind in general() else '*'}")
    return signs
