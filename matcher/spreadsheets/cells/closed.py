"""Closed lists, and yes and no: our own words, their plurals, and the usual words for the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from matcher.domain.fields import FieldType
from matcher.domain.kinds import NeedKind, Purpose, RequestKind
from matcher.domain.records import Form, OnlineMode
from matcher.spreadsheets.cells.lists import words
from matcher.spreadsheets.cells.reading import CellProblem, Page
from matcher.spreadsheets.columns import Column, choices_of, word_key
from matcher.text import fold

_TICKS = frozenset("✓✔☑✅🗸🗹👍")
_EMPTY_BOXES = frozenset("☐□▢")
_YES = frozenset(
    {"ja", "j", "yes", "y", "true", "waar", "x", "1", "v", "ok", "oke", "okay", "akkoord", "graag", "zeker", "jazeker",
     "jawel", "prima", "wel", "uiteraard", "natuurlijk", "yep", "jep", "aangevinkt", "on", "checked", "selected"}
)  # fmt: skip
_NO = frozenset(
    {"nee", "n", "no", "false", "onwaar", "0", "neen", "niet", "nope", "liever niet", "niet akkoord", "nee bedankt",
     "off", "unchecked"}
)  # fmt: skip
_AFTER_YES = frozenset(
    {"graag", "hoor", "zeker", "natuurlijk", "prima", "akkoord", "uiteraard", "wel", "best", "dat", "mag", "is", "goed",
     "leuk", "please", "ik", "wil", "doe", "mee", "heel", "ga", "absoluut", "ja"}
)  # fmt: skip
_AFTER_NO = frozenset(
    {"bedankt", "hoor", "dank", "je", "u", "helaas", "liever", "niet", "thanks", "sorry", "dankje", "dankjewel", "nee"}
)
_CONSENT = frozenset(
    {"alles", "alle", "alle doelen", "avg", "avg akkoord", "avg ok", "getekend", "ondertekend", "toestemming",
     "wel toestemming", "geen toestemming", "geen bezwaar", "volledig", "heeft toestemming", "toestemming gegeven",
     "mag benaderd worden", "ingetrokken", "bezwaar", "opt-in", "opt-out", "opt in", "opt out"}
)  # fmt: skip

_ROLES: Mapping[RequestKind, tuple[str, ...]] = {
    RequestKind.GUEST_LESSON: (
        "gastles", "gastlessen", "gastlesgever", "gastlesgevers", "gastdocent", "gastdocenten", "gastdocentschap",
        "gastcollege", "gastcolleges", "gastspreker", "gastsprekers", "gastleraar", "gastleraren", "guest lesson",
        "guest lessons", "guest lecture", "guest lectures", "guest speaker", "gast les", "gast lessen",
    ),
    RequestKind.HYBRID_TEACHER: (
        "hybride docent", "hybride docenten", "hybride docentschap", "hybride leraar", "hybride leraren",
        "hybride lesgeven", "hybride leraarschap", "hybrid teacher", "hybrid teachers", "hybridedocentschap",
    ),
    RequestKind.MENTOR: (
        "mentor", "mentoren", "mentors", "mentoring", "mentorschap", "mentorrol", "mentoraat", "mentorship",
    ),
    RequestKind.NETWORK_EVENT: (
        "netwerkevenement", "netwerkevenementen", "netwerkbijeenkomst", "netwerkbijeenkomsten", "netwerkborrel",
        "netwerkborrels", "netwerkavond", "netwerkavonden", "netwerkevent", "netwerkevents", "network event",
        "network events", "netwerkmiddag",
    ),
    RequestKind.BPV_PLACE: (
        "bpv-plaats", "bpv-plaatsen", "bpv", "bpv-plek", "bpv-plekken", "stageplaats", "stageplaatsen", "stageplek",
        "stageplekken", "stage", "stages", "leerwerkplek", "leerwerkplekken", "leerwerkplaats", "internship",
        "internships",
    ),
    RequestKind.REGIONAL_INSIGHT: (
        "regionale ontwikkelingen", "regionale ontwikkeling", "regio-ontwikkelingen", "regionaal inzicht",
        "regionale inzichten", "regional insight", "regional insights", "regional developments",
    ),
    RequestKind.AMBASSADOR: (
        "ambassadeur", "ambassadeurs", "ambassadeurschap", "ambassadrice", "ambassador", "ambassadors",
    ),
    RequestKind.FEEDBACK: ("feedback", "feedback op onderwijs", "feedbackgesprek", "feedbackgesprekken"),
    RequestKind.AFTERCARE: ("nazorg", "nazorggesprek", "aftercare"),
}  # fmt: skip
"""Words for the kinds of role. A coach, an open day or "netwerk" could be more than one thing: they are not here."""

_USUAL: Mapping[StrEnum, tuple[str, ...]] = {
    **{kind: spellings for kind, spellings in _ROLES.items()},  # noqa: C416 - of the wider type
    **{Purpose(kind.value): spellings for kind, spellings in _ROLES.items()},
    Purpose.LLO_ADVICE: ("llo-advies", "llo", "leven lang ontwikkelen", "scholingsadvies", "cursusadvies"),
    Purpose.SHARE_SCHOOLS: ("delen-met-scholen", "delen met andere scholen"),
    Purpose.SHARE_EMPLOYERS: ("delen-met-werkgevers", "delen met bedrijven", "delen met werkgever"),
    NeedKind.COURSE: ("cursus", "cursussen", "training", "trainingen", "bijscholing", "scholing", "courses"),
    NeedKind.COACHING: ("coaching", "coach", "loopbaancoaching", "loopbaanbegeleiding", "loopbaanadvies"),
    NeedKind.WORK: ("werk", "baan", "banen", "vacature", "vacatures", "nieuwe baan", "ander werk", "job", "jobs"),
    NeedKind.FURTHER_STUDY: (
        "vervolgopleiding", "vervolgopleidingen", "vervolgstudie", "doorstuderen", "verder studeren", "doorleren",
    ),
    NeedKind.NETWORK: ("netwerk", "netwerken", "networking"),
    NeedKind.NONE: ("geen", "niets", "niks", "none", "geen behoefte", "geen vraag"),
    OnlineMode.YES: ("ja", "online", "alleen online", "op afstand", "digitaal"),
    OnlineMode.NO: ("nee", "op locatie", "alleen op locatie", "fysiek", "alleen fysiek", "op school"),
    OnlineMode.EITHER: (
        "mag", "beide", "beiden", "allebei", "kan ook", "mag ook", "kan", "hybride", "maakt niet uit", "either",
        "online of fysiek", "fysiek of online", "both", "eventueel",
    ),
    Form.CLASSROOM: (
        "klassikaal", "fysiek", "op locatie", "contactonderwijs", "klassikale lessen", "op school", "in de klas",
        "klassikale cursus", "face-to-face", "in persoon", "klassikale training",
    ),
    Form.ONLINE: (
        "online", "e-learning", "elearning", "e learning", "afstandsonderwijs", "afstandsleren", "op afstand",
        "webinar",
        "digitaal", "online cursus", "virtueel",
    ),
    Form.BLENDED: ("blended", "blended learning", "hybride", "blended leren", "hybrid"),
}  # fmt: skip
_FEWEST_TOKENS = 3
_DENIES = frozenset({"niet", "geen", "nooit", "liever", "behalve", "zonder", "misschien", "eventueel", "not", "no"})
_AROUND = re.compile(
    r"^(?:een |het |de |ik wil |ik wil graag |graag |wil |als |inzet als |bieden van |aanbieden van |geven van )+"
    r"|(?: (?:geven|zijn|worden|doen|verzorgen|aanbieden|beschikbaar stellen|bieden|bijwonen))+$"
)


@cache
def words_of(column: Column) -> Mapping[str, StrEnum]:
    """The members of the closed list of a column by the keys of all their spellings."""
    members = tuple(dict.fromkeys(column.words.values()))
    table = {word_key(spelling): member for member in members for spelling in _USUAL.get(member, ())}
    table |= {word_key(member.value): member for member in members}
    return table | {word_key(word): member for word, member in column.words.items()}


def member_of(column: Column, text: str) -> StrEnum | None:
    """The member of a closed list that a word stands for; None for another word."""
    table = words_of(column)
    plain = fold(text).strip(" .!,:")
    return table.get(word_key(plain)) or table.get(word_key(_AROUND.sub("", plain)))


def _member(column: Column, item: str, *, chosen: bool) -> StrEnum | None:
    """The member that a word stands for; of an option of a form (`chosen`), also the only one that it names."""
    return member_of(column, item) or (_named_in(column, item) if chosen else None)


def _named_in(column: Column, option: str) -> StrEnum | None:
    """The only member that a sentence names, such as `Een gastles geven over mijn werk`; None with a not in it."""
    tokens = re.findall(r"[^\W_]+(?:-[^\W_]+)*", fold(option))
    if len(tokens) < _FEWEST_TOKENS or _DENIES & set(tokens):
        return None
    table = words_of(column)
    pieces = {" ".join(tokens[at : at + size]) for size in (1, 2, 3) for at in range(len(tokens) - size + 1)}
    found = {table[key] for piece in pieces if (key := word_key(piece)) in table}
    return found.pop() if len(found) == 1 else None


def read_word(column: Column, _raw: object, text: str, _page: Page) -> StrEnum:
    """The member of a closed list. Raises CellProblem."""
    member = member_of(column, text)
    if member is not None:
        return member
    if any(isinstance(one, OnlineMode) for one in column.words.values()):
        answer = yes_or_no_or_none(text)
        if answer is not None:
            return OnlineMode.YES if answer else OnlineMode.NO
    found = {member_of(column, item) for item in words(text, lambda item: member_of(column, item) is not None)}
    if len(found) == 1 and (only := found.pop()):
        return only
    raise CellProblem("unknown_word", word=text, choices=choices_of(column))


def read_words(column: Column, _raw: object, text: str, page: Page) -> frozenset[StrEnum] | None:
    """The members of a closed list; words that are none are left out."""
    found: set[StrEnum] = set()
    chosen = ";" in text and column.cell is FieldType.SET
    for item in words(text, lambda item: _member(column, item, chosen=chosen) is not None):
        member = _member(column, item, chosen=chosen)
        if member is None:
            page.leave("unknown_word", item, word=item, choices=choices_of(column))
        else:
            found.add(member)
    return frozenset(found) or None


def read_consents(column: Column, raw: object, text: str, page: Page) -> frozenset[StrEnum] | None:
    """The purposes consented to. Raises CellProblem('consent_yes_no') for a cell that says yes, no or all only."""
    word = fold(text).strip(" .!,")
    if member_of(column, text) is None and (word in _CONSENT or yes_or_no_or_none(text) is not None):
        raise CellProblem("consent_yes_no", shown=text)
    return read_words(column, raw, text, page)


def read_yes_no(column: Column, _raw: object, text: str, _page: Page) -> bool:
    """Whether a cell says yes. Raises CellProblem."""
    answer = yes_or_no_or_none(text)
    if answer is None:
        raise CellProblem("unknown_word", word=text, choices=choices_of(column))
    return answer


def yes_or_no(text: str) -> bool:
    """Whether a text says yes (`Ja, graag`, a tick) or no. Raises CellProblem('yes_no') for anything else."""
    answer = yes_or_no_or_none(text)
    if answer is None:
        raise CellProblem("yes_no", shown=text)
    return answer


def yes_or_no_or_none(text: str) -> bool | None:
    """Whether a text says yes or no; None for anything else."""
    bare = text.replace("\ufe0f", "").strip()
    plain = fold(text).strip(" .!,:;")
    if (bare and set(bare) <= _TICKS) or plain in _YES:
        return True
    if bare in _EMPTY_BOXES or plain in _NO:
        return False
    first, *rest = re.split(r"[\s,.!;:-]+", plain)
    if rest and first in {"ja", "yes", "jazeker", "zeker"} and set(rest) <= _AFTER_YES:
        return True
    if rest and first in {"nee", "no", "neen"} and set(rest) <= _AFTER_NO:
        return False
    return None
