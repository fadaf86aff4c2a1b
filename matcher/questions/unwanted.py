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
    r"another|any|more|again|interested|want|wants|to|back|go|uit|onze|mensen|ook|en|of|and|or|nor|on|iets over|behoefte aan|interesse in|zin in|interest in|need for|need of|need|too much|te veel|teveel))*\s"
)
_NOT_ABOUT = Pattern(
    r"\b(?:uit|naar|over|van|voor|in|met|om|from|about|with|of|on|as|als|weer|iemand|to|in|een|zozeer)\b"
)
_NEEDS = Pattern(r"\b(?:hoeft|hoeven|mag|moet|moeten|mogen)\s(?:\w+\s){0,2}$")
_NO_NEED = Pattern(r"[^.,;!?]{1,60}?\b(?:te )?zijn\b[^.,;!?]{0,40}")
_ROLES = frozenset(
    {"docent", "docenten", "leraar", "teacher", "kantoor", "kantoren", "kantoorbaan", "office", "offices"}
)
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
    _not_needed(text, found, fixed)
    _there_already(text, found)
    _rather_than(text, found, fixed)
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
        if leads and not _NO_USE.search(text.plain, start, match.start()):
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
        if _LACKS.search(text.plain, 0, match.start()) and not _NEEDED_BEHIND.match(text.plain, match.end()):
            for _ in _phrase(text, Unwanted(), match.start(), match.end(), fixed):
                pass  # neither wanted nor not
            continue
        if role := _NOT_BUT.match(text.plain, match.end()):
            text.take(role.span("role"))  # says who is sought instead
            continue
        if match[0] in _NEVER or (match[0] in {"zonder", "without"} and not _set_apart(text, match.start())):
            continue
        if (timed := _IN_TIME.match(text.plain, match.end())) and _CONDITION.fullmatch(timed["word"]):
            found.wishes.append((match.start(), timed.end()))
            text.take(timed.span("word"))
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


_LACKS = Pattern(
    r"(?:\b(?:heeft|hebben|heb|had|hadden|has|have|had|is|zijn|was|er is|er zijn|kan|kunnen|krijgt|krijgen|kreeg|ziet|kent|kennen|weet|lust|eet|drinkt|draagt|bestaat|there is|there are|got|can)"
    r"\s(?:(?:ik|we|wij|ze|zij|hij|je|er|het|nu|nog|ook|helaas|eigenlijk|zelf|echt|bijna|hier|still|yet)\s){0,3})$"
)
"""`hij heeft geen auto`: what somebody lacks is no thing that is not wanted."""
_NEEDED_BEHIND = Pattern(
    r"[^.,;!?]{0,40}?\b(?:nodig|needed|gezocht|behoefte|interesse|zin in|interest|need)\b|\s(?:een\s|the\s|de\s)?(?:uit|over|van|met|from|about|on|voor)\b"
)
_IN_TIME = Pattern(
    r"\s(?:tijdens|gedurende|in|op|rond|during|around|on)\s(?:(?:de|het|een|onze|the|our)\s)?(?P<word>[a-z][\w-]+)"
)
_NEVER = frozenset({"nooit", "never"})
"""What never happened to somebody is no thing that is not wanted."""
_NOT_BUT = Pattern(
    r"\s(?:een\s|a\s)?(?P<role>docent|docente|docenten|leraar|lerares|leraren|teacher|teachers|trainer|coach)\s?,?\s(?:maar|but)\s(?:(?:wel|juist|echt|liever|rather)\s)?(?:iemand|een|mensen|someone|somebody|people|an?)\b"
)
_APART = Pattern(r"(?:^|[,;.:(\n-]|\b(?:maar|en|but|and|liefst|graag|dus|wel|please))\s*$")


_NO_USE = Pattern(
    r"\s(?:hoeft|hoeven|hoef|willen|wil|zoeken|zoek|is|zijn|are|is)\s(?:(?:we|wij|ik|het|er|van mij|voor ons|voor mij|ons|mij|dit keer|deze keer|nu|echt|dus|per se|daar|liever|eigenlijk|i|really|this time)\s){0,3}"
    r"(?:niet(?:\s(?:nodig|gewenst|interessant|de bedoeling|relevant))?|not (?:needed|wanted|necessary|relevant|required)|unnecessary)(?:\s(?:dit keer|deze keer|hoor|graag|aub|a\.u\.b|alstublieft|alsjeblieft|per se|please|this time))*"
    r"\s*(?=$|[.,;!?)]|\b(?:want|omdat|dus|maar|en|daar|dat|because|since|but|so|as)\b)"
    r"|\s(?:liever niet|niet graag|niet nodig|not needed|not necessary|rather not|kan je overslaan|kun je overslaan|mag je overslaan|kunnen we overslaan|doen we zelf)\s*(?=$|[.,;!?)]|\b(?:want|omdat|because|but|maar)\b)"
)
"""What is said behind what is not wanted: `advocaten hoeven wij niet`, `the cloud is not needed`."""
_OVER_IT = Pattern(
    r"(?:^|[.,;!?(\n:]|\b(?:maar|en|but|and|dus|over|about))\s*(?:(?:over|about|de|het|the|een|a|an|iets over|iets met|een verhaal over)\s)*$"
)


def _not_needed(text: Text, found: Unwanted, fixed: frozenset[Span]) -> None:
    """`advocaten hoeven wij niet`: the clause has nothing but that before it, and no verb behind."""
    for match in _NO_USE.finditer(text.plain):
        start, _ = text.sentence_at(match.start())
        words = list(WORD.finditer(text.plain, start, match.start()))
        behind = match.start()
        taken: list[tuple[str, Span]] = []
        while words and words[-1].end() in {behind, behind - 1} | {behind - 4, behind - 5}:
            word = words.pop()
            gap = text.plain[word.end() : behind]
            if gap.strip() not in {"", "en", "of", "and", "or"} or word[0] in {"en", "of", "and", "or"}:
                break
            if not _may_be_unwanted(text, word[0], word.span(), fixed):
                break
            taken.insert(0, (_without_general(word[0]), word.span()))
            behind = word.start()
            if words and words[-1][0] in {"en", "of", "and", "or"} and words[-1].end() == behind - 1:
                link = words.pop()
                behind = link.start()
        if taken and _OVER_IT.search(text.plain[start:behind]):
            found.words += taken
            for _, span in taken:
                text.take(span)


_ALREADY = Pattern(
    r"\b(?:hebben|heb|heeft|have|has)\s(?:(?:we|wij|ik|er|zelf)\s)?(?:al|reeds|already|got)\s(?:(?:wel|ook|genoeg|een|iemand|someone|somebody|a|an|enough)\b|(?=twee|drie|vier|two|three|four|\d))(?! (?:jaar|jaren|tijd|paar jaar))"
    r"|\balready\s(?:have|has|got)\s(?:a|an|one|someone|somebody|enough)\b"
)
_CLAUSE_ENDS = Pattern(r"[.;!?\n]|,\s(?!of\b|or\b|en\b|and\b)|\b(?:maar|dus|nu|but|so|now|daarom)\b")


_SO_NOT = Pattern(
    r"[,;.]?\s*(?:en\s|and\s)?(?:dus|so)\s(?:(?:die|dat|deze|that|those)\s(?:hoef\w*\s)?(?:(?:we|ik|wij|nu|dit|keer)\s){0,3}(?:niet|not)\b|niet\s(?:die|weer|nog)\b|not\s(?:those|that|them|another)\b|no\smore\sof\s(?:those|that)\b)"
)
"""`dus die niet meer`."""


def _there_already(text: Text, found: Unwanted) -> None:
    """`we hebben al een bakker en een slager`: neither wanted nor not, so it is no topic; not wanted, where that is said."""
    for match in _ALREADY.finditer(text.plain):
        stop = _CLAUSE_ENDS.search(text.plain, match.end())
        if stop is None:
            continue
        refused = _SO_NOT.match(text.plain, stop.start()) is not None
        for word in WORD.finditer(text.plain, match.end(), stop.start()):
            if text.free(word.span()) and not is_general(word[0]):
                text.take(word.span())
                if refused:
                    found.words.append((word[0], word.span()))


def _may_be_unwanted(text: Text, word: str, span: Span, fixed: frozenset[Span]) -> bool:
    """Whether a word may be what somebody does not want as a subject: no condition, no time, nothing general."""
    return text.free(span) and (span in fixed or not is_general(word)) and not _CONDITION.fullmatch(word)


_CONDITION = Pattern(
    r"(?:(?:nacht|avond|weekend|dag|ochtend|zondags|wissel|ploegen|bereikbaarheids|piket)-?diensten?|[a-z-]*(?:week|weken|weekend|weekenden|periode|periodes|vakantie|vakanties|pauze|pauzes|holiday|holidays|kosten|vergoeding|bijbaan|bijbaantje|baantje|ervaring|bevoegdheid|dag|dagen|middag|ochtend|avond))"
    r"|rijbewijs|auto|fee|fees|budget|geld|money|gedoe|haast|rush|experience|examens|examen|toetsen|tentamens|exams|tests|uniform|huiswerk|homework|toespraak|monoloog|powerpoint|powerpoints|slides|sheets|filmpjes|handouts|gebabbel|geklets|gezeur|onzin|poespas|flauwekul|jargon|vaktaal|vakjargon|theorie|theory|spektakel|stress|druk|vooroordelen|bla|parking|parkeren|parkeerplaats|verplichtingen|obligations|contract|salaris|salary|beginner|beginners|beginneling|kinderachtig|doem"
)
"""What is not wanted of the way, the time or the terms, which is no subject: a question is asked about it."""
_ABOUT_IT = Pattern(r"\b(?:over|about|on)\s(?:(?:de|het|een|the|a|an)\s)?$")
_RATHER = Pattern(
    r"(?<![\w-])(?:in plaats van|i\.p\.v\.|ipv|instead of|rather than|in place of|anders dan|other than|anything but|nothing to do with|niets met|niks met)\s(?:een\s|de\s|het\s|a\s|an\s|the\s|iemand uit de\s|iemand van de\s|someone from\s)?"
)


def _rather_than(text: Text, found: Unwanted, fixed: frozenset[Span]) -> None:
    """`een slager in plaats van een kok`."""
    for match in _RATHER.finditer(text.plain):
        _phrase_behind(text, found, match.start(), match.end(), fixed)


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
        if (
            _CONDITION.fullmatch(word[0])
            and word.span() not in fixed
            and not _ABOUT_IT.search(text.plain, 0, word.start())
        ):
            found.wishes.append((negation, word.end()))
            text.take(word.span())
            return
        yield _without_general(word[0]), word.span()
        text.take(word.span())
        end, first = word.end(), False


def _stands_alone(text: Text, start: int, at: int) -> bool:
    """`niet zorg`, in a short text or set apart: what follows is a word alone, and no clause."""
    before = re.search(r"(?:^|[,;.(\n-]|\b(?:maar|en|but|and|so|dus))\s*$", text.plain[:start])
    word = WORD.match(text.plain, at)
    return bool(
        before
        and word
        and re.match(r"(?:\s[\w-]+){0,2}\s*(?:$|[,;.!?)]|\b(?:maar|en|of|but|and|or)\b)", text.plain[word.end() :])
    )


def _lists(text: Text, position: int) -> bool:
    """Whether a comma goes on with a list that `of` or `en` ends."""
    return bool(re.match(r"[\w-]+\s(?:of|en|or|and)\s(?:de\s|het\s)?[\w-]+\s*(?:$|[.,;!?)])", text.plain[position:]))
