"""The place of a question: a town of the gazetteer, one that is misspelt, or a region."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from matcher.domain import crebo
from matcher.gazetteer.lookup import Answer
from matcher.gazetteer.spelling import name_key, variants
from matcher.gazetteer.table import Place, table
from matcher.questions.everyday import everyday
from matcher.questions.tense import clause_at
from matcher.questions.vocabulary import Vocabulary
from matcher.questions.words import WORD, Pattern, Span, Text, expressions, general, plain_of, typed_texts
from matcher.questions.words import table as tables

LookUp = Callable[[str], Answer]


@cache
def _regions() -> dict[str, str]:
    """Regions by their folded names."""
    names = (name.strip() for name in typed_texts("regions")["names"].split(";"))
    return {plain_of(name): name for name in names if name}


@cache
def _region_pattern() -> Pattern:
    names = sorted(map(re.escape, _regions()), key=len, reverse=True)
    return Pattern(rf"(?<![\w-])(?:{'|'.join(names)})(?![\w-])")


@cache
def _english() -> frozenset[str]:
    """English names of towns, of more than one word mostly."""
    return frozenset(expressions("places", "english"))


_PROVINCE = Pattern(r"(?<![\w-])provincie\s(?P<name>utrecht|groningen)(?![\w-])")
_LEAD = Pattern(
    r"(?:\bin|\bte|omgeving|regio|omg\.?|nabij|near|around|vlakbij|rondom|standplaats|locatie|plaats:?|vestiging|gemeente|area of|located in|based in|regio:)\s(?:het\s|de\s|the\s|regio\s|omgeving\s|centrum van\s|omgeving van\s)?$"
)
_WEAK_LEAD = Pattern(
    r"(?:\buit|\bbij|vanuit|\bfrom|\bnaar|\bvan|\brond|\bat|\bto|buurt van|regio van)\s(?:de\s|omgeving\s|regio\s)?$"
)
_SOMEONE_FROM = Pattern(
    r"\b(?:iemand|alumnus|alumna|oud-?studente?|student|studente|leerling|someone|somebody|graduate)\s(?:uit|from)\s$"
)
_AROUND = Pattern(r"\s*(?:e\.?o\.?(?!\w)|(?:en|of|\+|/)?\s?(?:omgeving|omstreken|wijde omgeving)|\(?regio\)?|area\b)")
_SEPARATED = Pattern(r"(?:^|[,;:(/.\n-])\s*$")
_ENDED = Pattern(r"\s*(?:$|[,;:)(/.!?\n]|-\s)")
_PERSON = Pattern(
    r"(?:juf|meneer|mevrouw|mevr|dhr|mw|heer|mr|mrs|groet\w*(?: van)?|groetjes(?: van)?|beste|hoi|hallo|dear|hi|namens|collega|regards,?|met|naam is|ik ben|bedrijf|firma)\.?,?\s$"
)
_SCHOOL_BEFORE = Pattern(
    r"(?:\broc|\baoc|college|lyceum|academie|academy|\bmbo|ziekenhuis|universiteit|hogeschool|\bfc)\s(?:van )?$"
)
_SCHOOL_AFTER = Pattern(r"\s(?:college|lyceum|academie|academy|school)\b")
_MOST_WORDS, _MOST_TRIED = 4, 4
_HAMLET, _TIMES = 200, 100
"""A hamlet of fewer inhabitants may be a slip of a town that has so many times as many."""
_NEAR = 83
"""Least similarity (0-100, rapidfuzz ratio) of a misspelt town."""
_LARGE = 4_000
"""Inhabitants of a town whose name counts without a word before it, and of one that may be misspelt."""
_CITY = 30_000
"""Inhabitants of a town whose name is no other word, unless the tables say so."""
_FEW = 6
_WRITTEN = 30
"""How often a word is written (Zipf scale, tenths) that is no slip of the name of a town."""
_ALIKE = 1.5
"""Points within which the first of two places is the one that is meant."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place as read: a town or a region; `sure` is False where the spelling was mended or it is one of several."""

    name: str | None
    region: str | None
    as_typed: str
    span: Span
    sure: bool = True
    choices: tuple[str, ...] = ()
    """What it may be, where it is unclear which: then neither name nor region."""


_AND = r"(?:of|en|ofwel|dan wel|or|and)(?![\w-])"
_JOINED = Pattern(
    rf"\s*(?:[/&+]|[,(]?\s*{_AND}(?:/{_AND})?)(?:\s*(?:of|ook|anders|desnoods|liever|liefst|misschien|evt\.?|eventueel|in|te|bij|rond|rondom|omgeving|omg\.?|regio|maybe|possibly|near|around|at|the|de|het)(?![\w-]))*\s*"
)
"""What stands between two places of which either will do: `Hardenberg of Meppel`, `Zwolle/Deventer`."""
_FARTHEST = 40
"""Characters between two such places, at most."""
_LISTED = Pattern(r"\s*,\s*(?:(?:in|te|near)\s)?")
_TOO = Pattern(
    r"\s(?:(?:kan|mag|is|zou|can|could|would)\s)?(?:(?:eventueel|eventually|be)\s)?(?:ook|too|also|(?:fine|ok|possible)(?:\stoo)?)(?![\w-])"
)
"""`Zwolle, Kampen kan ook`."""


def joined(text: Text, found: list[Found]) -> list[Found]:
    """The places with the first of which either will do, in the order in which they stand; the first alone mostly."""
    places = sorted(found, key=lambda one: one.span)
    gaps = [(one.span[1], other.span[0]) for one, other in pairwise(places)]
    links = [False] * len(gaps)
    for at in reversed(range(len(gaps))):
        behind = _TOO.match(text.plain, places[at + 1].span[1]) is not None or any(links[at + 1 : at + 2])
        links[at] = _is_link(text, gaps[at], listed=behind)
    first = last = places.index(found[0])
    while first and links[first - 1]:
        first -= 1
    while last < len(links) and links[last]:
        last += 1
    return places[first : last + 1]


def _is_link(text: Text, gap: Span, *, listed: bool) -> bool:
    """Whether of two places with this between them either will do. `listed`: a comma is enough."""
    return _JOINED.fullmatch(text.plain, *gap) is not None or (
        listed and _LISTED.fullmatch(text.plain, *gap) is not None
    )


def read_place(text: Text, look_up: LookUp, vocabulary: Vocabulary) -> list[Found]:
    """The places of a text, those that are meant as the place of the question first."""
    lower = not any(char.isupper() for char in text.typed[1:])
    found: list[tuple[float, Found]] = []
    unlikely: list[Span] = []
    for match in (*text.find(_PROVINCE), *text.find(_region_pattern())):
        if text.negated(match.start()):
            text.take(match.span())
            continue
        if text.past(match.start()) or _SCHOOL_AFTER.match(text.plain[match.end() :]):
            continue
        if (
            match[0] in {"peel", "kempen", "westland", "waterland", "meierij", "baronie", "gooi"}
            and not _LEAD.search(text.plain[: match.start()])
            and not text.typed[match.start()].isupper()
        ):
            continue
        name = match["name"].capitalize() if "name" in match.re.groupindex else _regions()[match[0]]
        found.append((2.5, Found(None, name, text.typed[match.start() : match.end()], match.span())))
    covered: list[Span] = [one.span for _, one in found]
    for span in _spans(text):
        if any(start < span[1] and span[0] < end for start, end in covered):
            continue
        if _was_there(text, span):
            if _named(text, span, look_up) is not None:
                text.take(span)
            continue
        points = _points(text, span, lower=lower, vocabulary=vocabulary)
        if text.negated(span[0]):  # a town that is not meant is neither a place nor a subject
            if points >= 2 and _named(text, span, look_up) is not None:
                text.take(span)
            continue
        if points >= 2:
            place = _named(text, span, look_up)
            if place is not None:
                found.append((points, place))
                covered.append(span)
        elif text.typed[span[0]].isupper() or text.plain[slice(*span)] not in general() | tables("places")["adverbs"]:
            unlikely.append(span)
    for span in unlikely:  # beside another place it is one too
        if _is_beside(text, span, covered) and (place := _named(text, span, look_up)) is not None:
            found.append((2.0, place))
            covered.append(span)
    found += _misspelt(text, vocabulary, lower=lower, beside=covered)
    best = max((points for points, _ in found), default=0.0)
    found.sort(key=lambda one: (one[0] < best - _ALIKE, one[1].span))
    return [place for _, place in found]


def _is_beside(text: Text, span: Span, places: list[Span]) -> bool:
    """Whether this and one of the places are joined by a word such as `of`."""
    gaps = [(end, span[0]) if end <= span[0] else (span[1], start) for start, end in places]
    too = _TOO.match(text.plain, span[1]) is not None
    return any(_is_link(text, gap, listed=too and gap[1] == span[0]) for gap in gaps if gap[1] - gap[0] <= _FARTHEST)


def _spans(text: Text) -> Iterator[Span]:
    """Pieces of one to four words that have the name of a town, the longest first."""
    names, words_ = table(), tables("places")
    words = [match.span() for match in re.finditer(r"'?[^\W_]+(?:['-][^\W_]+)*", text.plain)]
    seen: list[Span] = []
    for count in range(_MOST_WORDS, 0, -1):
        for at in range(len(words) - count + 1):
            span = (words[at][0], words[at + count - 1][1])
            piece = text.plain[span[0] : span[1]]
            if count > 1 and (
                piece.split()[0] in words_["before"]
                or (
                    all(word in general() for word in piece.split())
                    and not text.typed[span[1] - len(piece.split()[-1])].isupper()
                )
            ):
                continue
            if len(piece) < 3 or not text.free(span) or any(start <= span[0] < end for start, end in seen):
                continue
            if "," in piece or ("." in piece and count > 1) or "\n" in piece:
                continue
            if (
                any(key in names.named or key in names.known_as for key in variants(piece))
                and piece not in words_["never"]
            ) or piece in _english():
                seen.append(span)
                yield span


def _points(text: Text, span: Span, *, lower: bool, vocabulary: Vocabulary) -> float:
    """How much speaks for a town here: a word before it, its capital, standing alone; against it: being a word too."""
    before, after = text.plain[: span[0]], text.plain[span[1] :]
    piece = text.plain[span[0] : span[1]]
    if (
        _PERSON.search(before)
        or _is_surname(text, span[0])
        or _SCHOOL_BEFORE.search(before)
        or _SCHOOL_AFTER.match(after)
        or (piece == "noorden" and after.startswith(" van"))
        or (_OUT_OF.search(before) and _MOVED.match(after))
        or (text.past(span[0]) and text.is_past(clause_at(text, span)))
    ):
        return 0
    points = 0.0
    lead, weak = bool(_LEAD.search(before)), bool(_WEAK_LEAD.search(before))
    lead = lead or (text.typed[span[0]].isupper() and _SOMEONE_FROM.search(before) is not None)
    points += 2 if lead else 1 if weak else 0
    capital = text.typed[span[0]].isupper() or (piece.startswith("'s") and "-" in piece)
    first = not before.strip() or bool(re.search(r"[.!?\n]\s*$", before))
    if capital:
        points += 0.5 if first else 2 if _ENDED.match(after) or _ended(text, span[1]) or _GOES_ON.match(after) else 1.5
    if _AROUND.match(after):
        points += 2
    alone, ended = _separated(text, span[0]) and _ended(text, span[1]), _ended(text, span[1])
    if alone:
        points += 1
    elif (ended or _GOES_ON.match(after)) and (weak or capital):
        points += 0.5
    people = max(
        (
            place.inhabitants
            for key in variants(piece)
            for place in (
                *table().named.get(key, ()),
                *table().known_as.get(key, ()),
                *(table().unsafe.get(key, ()) if piece in _english() else ()),
            )
        ),
        default=0,
    )
    common_names = tables("places")["common"]
    common = piece in common_names or piece in general()
    written = people < _CITY and (piece in vocabulary.words or (vocabulary.knows(piece) and (first or not capital)))
    known = common or (" " not in piece and "-" not in piece and written)
    known = known or piece.removeprefix("de ").removeprefix("het ") in common_names  # in de wijk, not in De Wijk
    if people >= _LARGE and not known:
        points += 1.5
        if lower or ended:
            points += 0.5
    elif not known:
        points += 0.5
    if known and not capital:
        points -= 1 if lead and (ended or _AROUND.match(after)) else 2
        if piece in common_names and lead:
            points += 1
        if piece in common_names and alone:
            points += 2
    if (
        lower
        and len(text.plain.split()) <= _FEW
        and not after.strip()
        and piece in common_names - tables("places")["adverbs"]
    ):
        points += 2.5
    if known and capital and not lead and not alone and not weak:
        points -= 0.5
    if people < 300 and not lead:
        points -= 1
    return points


_OF_ANOTHER = Pattern(
    r"\b(?:collega'?s?|vriend|vriendin|kennis|buurman|buurvrouw|moeder|vader|zus|broer|tante|oom|colleagues?|friend|neighbou?r|mother|father)\s(?:\w+\s)?(?:uit|van|in|from|of)\s$"
)
"""`een collega uit Meppel zei`: where somebody else is from."""
_GOES_ON = Pattern(
    r"\s(?:gezocht|gevraagd|nodig|stage\w*|bpv|gastles|mentor|vanaf|per|wanted|needed|from|starting|start)(?!\w)"
)
"""What may stand behind the name of a town: `kapper Kampen gezocht`."""
_OUT_OF, _MOVED = (
    Pattern(r"\b(?:van|uit|from)\s$"),
    Pattern(r"\s(?:naar|to)\s(?:[\w'-]+\s){0,3}(?:verhuis\w*|gaat|gaan|moved|moving|is|zijn)\b"),
)
"""`van Groningen naar Zwolle is verhuisd`: where somebody is no more."""
_WAS_IN = Pattern(
    r"\b(?:(?:was|waren|werkte|werkten|woonde|woonden|studeerde|studeerden|zaten|grew up|lived|worked|studied|were)\s(?:[\w-]+\s){0,3}?|(?:gestudeerd|gewoond|gewerkt|opgegroeid|geboren|gezeten|afgestudeerd|geslaagd|born|raised|graduated|trained)\s(?:[\w-]+\s)?)(?:in|te|at|from|uit)\s$"
)
_WAS_IN_BEHIND = Pattern(
    r"\s(?:heeft |hebben |heb |is |ben |zijn )?(?:gestudeerd|gewoond|gewerkt|opgegroeid|geboren|gezeten|afgestudeerd|geslaagd|op school gezeten)\b"
)


def _was_there(text: Text, span: Span) -> bool:
    """`heeft in Groningen gestudeerd`, `een collega uit Meppel`: a town of another time or of somebody else."""
    start, _ = text.sentence_at(span[0])
    before = text.plain[start : span[0]]
    return bool(_WAS_IN.search(before) or _OF_ANOTHER.search(before) or _WAS_IN_BEHIND.match(text.plain, span[1]))


_GIVEN = Pattern(r"(?:^|[^\w-])(?P<name>[A-Z][a-z]+)\s(?:van|van de|van der|van den|de|ter|ten|den|der|vd|v\.d\.)\s$")


def _is_surname(text: Text, position: int) -> bool:
    """`Henk van Dalen`: a first name leads to it, and no word."""
    given = _GIVEN.search(text.typed[:position])
    if not given:
        return False
    word = plain_of(given["name"])
    known = everyday().get(word)
    return word not in general() and (known is None or known.kind == "p") and not crebo_word(word)


@cache
def _register_words() -> frozenset[str]:
    return frozenset(word for entry in crebo.register().values() for word in WORD.findall(plain_of(entry.name)))


def crebo_word(word: str) -> bool:
    """Whether a word stands in a name of the register of qualifications."""
    return word in _register_words()


def _named(text: Text, span: Span, look_up: LookUp) -> Found | None:
    typed = text.typed[span[0] : span[1]]
    answer = look_up(typed)
    if not answer.places:
        return None
    if answer.point is None and text.plain[slice(*span)] in _english():
        return Found(answer.places[0].name, None, typed, span, sure=True)
    if answer.point is None:
        return Found(None, None, typed, span, sure=False, choices=tuple(place.full_name for place in answer.places))
    name, key = answer.places[0].name, name_key(typed)
    meant = _town_like(typed.lower(), 88) if answer.places[0].inhabitants < _HAMLET else None
    if meant and name_key(meant.name) != key and meant.inhabitants > _TIMES * max(answer.places[0].inhabitants, 1):
        return Found(meant.name, None, typed, span, sure=False)
    if name_key(name) != key:  # a municipality is as far away as its town, and it is named
        name = next((place.name for place in table().named.get(key, ())), name)
    return Found(name, None, typed, span, sure=True)


def _separated(text: Text, position: int) -> bool:
    """Whether this begins a part: behind a mark, or behind what another slot has."""
    before = text.plain[:position]
    return bool(_SEPARATED.search(before)) or bool(text.taken[len(before.rstrip()) - 1])


def _ended(text: Text, position: int) -> bool:
    after = text.plain[position:]
    return bool(_ENDED.match(after) or _AROUND.match(after)) or bool(
        text.taken[position + len(after) - len(after.lstrip())]
    )


def _misspelt(text: Text, vocabulary: Vocabulary, *, lower: bool, beside: list[Span]) -> Iterator[tuple[float, Found]]:
    """A town of some size with a name like an unknown word that stands where a town may stand.

    `beside`: where places are that are known; where there are any, only next to one of them.
    """
    tried = 0
    for match in text.find(WORD):
        if beside and not (
            all(match.end() <= start or end <= match.start() for start, end in beside)
            and _is_beside(text, match.span(), beside)
        ):
            continue
        word = match[0]
        if len(word) < 5 or tried >= _MOST_TRIED or not word.replace("-", "").isalpha() or word in vocabulary.words:
            continue
        before, after = text.plain[: match.start()], text.plain[match.end() :]
        if _PERSON.search(before) or text.negated(match.start()) or text.past(match.start()):
            continue
        known = everyday().get(word)
        if known is not None and known.often >= _WRITTEN and known.kind in {"n", "v", "a", "g"}:
            continue  # a word of its own is no slip: `meisje`, not Meijel
        if _is_surname(text, match.start()):
            continue
        ended = _ended(text, match.end())
        lead = bool(_LEAD.search(before) or _AROUND.match(after) or (_WEAK_LEAD.search(before) and ended))
        lead = lead or (_separated(text, match.start()) and ended)
        capital = text.typed[match.start()].isupper() and bool(before.strip())
        if not lead and (vocabulary.knows(word) or not (capital or ended or lower)):
            continue
        tried += 1
        place = _town_like(word)
        if place and _INHABITANT.fullmatch(word) and name_key(place.name).startswith(name_key(word)[:-3]):
            continue  # `een Groninger`
        if place and name_key(place.name)[:1] != name_key(word)[:1]:  # a slip seldom changes the first letter
            continue
        near = vocabulary.near(word) if place and not lead and not capital else None
        if place and (near is None or name_key(near) == name_key(place.name)):
            yield 2.0, Found(place.name, None, text.typed[match.start() : match.end()], match.span(), sure=False)


_INHABITANT = Pattern(r"[a-z-]{4,}(?:er|ers|aar|ers|se|ner|ners)")


def _town_like(word: str, least: int = _NEAR) -> Place | None:
    """The town of some size whose name is most like a word."""
    from rapidfuzz import fuzz, process

    towns = _large_towns()
    hit = process.extractOne(name_key(word), towns.keys(), scorer=fuzz.ratio, score_cutoff=least)
    return towns[hit[0]] if hit and abs(len(hit[0]) - len(word)) <= 2 else None


@cache
def _large_towns() -> dict[str, Place]:
    found: dict[str, Place] = {}
    for names in (table().named, table().known_as):
        for key, places in names.items():
            largest = max(places, key=lambda place: place.inhabitants)
            if largest.inhabitants >= _LARGE and not largest.foreign and len(key) > 4:
                found.setdefault(key, largest)
    return found
