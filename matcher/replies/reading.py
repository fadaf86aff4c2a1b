"""What a reply by mail says: yes, no, later, stop, or a doubt that a person has to read.

A yes tells the school who the alumnus is, so it is only read where nothing speaks against it: one word of negation, a
condition or a question makes a doubt of it. No model of a language is used.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

LONGEST = 80
"""The most words of a reply that rules read; a longer one tells more than they can."""


class Answer(StrEnum):
    """What a reply says."""

    YES = "yes"
    NO = "no"
    LATER = "later"
    STOP = "stop"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply says.

    `moment`: the words of a yes that name a moment. `says_more`: a person has to read the rest. `words`: of a yes, all
    that it says, in small letters.
    """

    answer: Answer
    moment: str = ""
    says_more: bool = False
    words: str = field(default="", compare=False)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_DAY = (
    r"(?:maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|morgen|overmorgen|tomorrow)"
)
_MONTH = (
    r"(?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
    r"|january|february|march|may|june|july|august|october)"
)
_MOMENT = re.compile(
    rf"\b{_DAY}(?:ochtend|middag|avond|s)?\b(?: (?:morning|afternoon|evening))?"
    rf"|\b\d{{1,2}} {_MONTH}\b|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b"
    r"|\b(?:om|at|na|after|vanaf|from) \d{1,2}(?:[:.]\d{2})?(?: ?(?:uur|u|am|pm))?\b|\b\d{1,2}[:.]\d{2}\b"
    r"|\b's (?:ochtends|middags|avonds)\b"
)
_GREETING = re.compile(
    r"^(?:hoi|hallo|hey|hee|heej|hi|hello|dag|beste|geachte|dear|goede ?(?:morgen|middag|avond|dag)"
    r"|good (?:morning|afternoon|evening))\b(?: (?!ja\b|nee\b|yes\b|no\b|stop\b|graag\b|prima\b|helaas\b)[\w'.-]+){0,4}"
    r"[ ]*(?:[,!.:\n]|$)\s*"
)
_BARE_GREETING = re.compile(r"^(?:hoi|hallo|hey|hi|hello|dag)\b[ ,!]*")
_FAREWELL = re.compile(
    r"(?:^|(?<=[\n.!?,]))\s*(?:(?:met )?(?:vriendelijke|hartelijke|veel) groet(?:en|jes)?|groet(?:en|jes)?|mvg|m\.v\.g"
    r"|gr|grtz?|liefs|(?:kind |best |warm )?regards|best wishes|all the best|cheers|best|tot (?:dan|ziens|horens)"
    r"|see you(?: then)?|fijne (?:dag|avond|week)(?: nog)?|have a (?:nice|good) day)"
    r"\b[^\n]{0,40}(?:\n|$)"
)
_DISCLAIMER = re.compile(
    r"(?:^|\n)[^\n]*\b(?:disclaimer|vertrouwelijk|confidential|intended (?:solely|only|recipient)|denk aan het milieu"
    r"|before printing|before you print|uitsluitend bestemd)\b"
)
"""What firms put below every mail."""
_THANKS = _any(
    r"^(?:heel erg |hartelijk |alvast )?(?:be)?dankt?\b",
    r"^dank (?:je|u|jullie)\b",
    r"^(?:many )?thanks\b",
    r"^thank you\b",
    r"^(?:wat )?(?:leuk|fijn|goed|mooi|super|lief) dat (?:jullie|je|u)\b",
    r"^leuke? (?:vraag|initiatief|idee)\b",
    r"^mooi initiatief\b",
    r"^(?:great|nice|lovely) (?:idea|of you|to hear)\b",
    r"^succes\b",
    r"^good luck\b",
    r"^ik (?:heb er )?zin in\b",
    r"^(?:ik )?heb er zin in\b",
    r"^looking forward\b",
    r"^i look forward\b",
    r"^leuk\b$",
)
_ERASE = _any(
    r"(?:verwijder|wis|delete|erase|remove)\w*\b.{0,30}\b(?:gegevens|data|account|alles|everything)\b",
    r"\bgegevens\b.{0,30}\b(?:verwijder|wis)",
    r"\b(?:avg|gdpr)\b",
    r"\bklacht\b|\bcomplaint\b",
)
"""What is a right of its own: never done by rules on a mail."""
_STOP = _any(
    r"^stop(?:pen)?(?: (?:aub|a\.u\.b\.?|please|s\.?v\.?p\.?|hiermee|ermee|nu))?$",
    r"\bstop(?:pen)?\b.{0,25}\b(?:mail|mails|mailen|e-?mails|emailing|sturen|sending|berichten|messages|mailing)\b",
    r"\b(?:uitschrijven|afmelden|unsubscribe)\b",
    r"\bschrijf (?:me|mij) uit\b|\bmeld (?:me|mij) (?:maar |hier)?(?:van )?af\b",
    r"\bhaal (?:me|mij) (?:van|uit|eraf)\b|\btake me off\b|\bremove me\b",
    r"\b(?:geen|no)\b.{0,25}\b(?:mails?|e-?mails?|berichten|post|vragen|messages|requests)\b meer\b",
    r"\bno more\b.{0,15}\b(?:mails?|e-?mails?|messages|questions|requests)\b",
    r"\bniet meer\b.{0,20}\b(?:mailen|benaderen|benaderd|sturen|vragen|gemaild|lastigvallen|lastig)\b",
    r"\b(?:do not|don't|dont|never)\b.{0,10}\b(?:mail|email|e-mail|contact|write)\b.{0,10}\b(?:me|again|anymore)\b",
    r"\b(?:do not|don't|dont) want\b.{0,20}\b(?:mails?|e-?mails?|messages)\b",
    r"\bmail (?:me|mij) (?:alsjeblieft |aub )?niet meer\b",
    r"\blaat (?:me|mij) met rust\b",
)
_LATER = _any(
    r"\bnu (?:even |helaas )?niet\b",
    r"\bniet nu\b",
    r"\bnog niet\b",
    r"\b(?:dit|het) moment\b.{0,20}\b(?:niet|geen|te druk|druk)\b",
    r"\b(?:niet|geen|druk)\b.{0,20}\bop dit moment\b",
    r"\b(?:momenteel|voorlopig|even|dit (?:jaar|schooljaar|kwartaal|seizoen)|deze (?:maand|periode)|dit keer)\b"
    r".{0,25}\b(?:niet|geen|te druk)\b",
    r"\b(?:lukt|kan|past|komt)\b.{0,20}\b(?:dit keer|deze keer|deze maand|deze periode|nu|dit jaar)\b.{0,10}\bniet\b",
    r"\bvolgend (?:jaar|schooljaar|seizoen|kwartaal|semester)\b|\bvolgende (?:keer|maand|periode)\b",
    r"\b(?:een )?andere keer\b",
    r"\bvraag (?:het )?(?:me|mij)\b.{0,30}\b(?:later|nog eens|nog een keer|over|weer|volgend\w*|na)\b",
    r"^(?:misschien )?later(?: graag| misschien)?$|\bmaybe later\b",
    r"\bnot (?:now|right now|at the moment|at this moment|this time|this year|this month|yet)\b",
    r"\b(?:can't|cannot|can not|unable)\b.{0,30}\b(?:right now|at the moment|this time|this month|this year)\b",
    r"\bnext (?:year|term|time|month|semester)\b",
    r"\bask (?:me )?again\b|\banother time\b|\btry me again\b",
    r"\btoo busy\b|\bte druk\b",
)
_NO = _any(
    r"^nee\b",
    r"^no\b(?! (?:problem|worries|objection))",
    r"^nope\b",
    r"^helaas\b|^unfortunately\b|^sorry\b.{0,40}\b(?:niet|geen|can't|cannot|not|no)\b",
    r"\b(?:kan|kunnen|lukt|lukken|past|gaat|komt|wordt|red|haal|doe|wil)\b(?: [\w']+){0,5} niet\b(?! wachten)",
    r"\bniet (?:mogelijk|lukken|kunnen|komen|meedoen|aanwezig|beschikbaar)\b",
    r"\b(?:sla|pas)\b.{0,20}\bover\b|\bik pas\b$",
    r"\bgeen (?:tijd|interesse|belangstelling|zin|behoefte|mogelijkheid|ruimte)\b",
    r"\bliever niet\b|\b(?:rather|prefer) not\b",
    r"\bnot interested\b|\bno interest\b|\bno time\b",
    r"\b(?:can't|cannot|can not|won't|will not|unable to|not able to|not available|not possible)\b(?! wait)",
    r"\bi(?:'ll| will| have to| must)? (?:pass|decline)\b",
    r"\b(?:afzeggen|afslaan|bedank ervoor|bedank voor de eer)\b",
    r"\bniets voor mij\b|\bnot for me\b",
)
_ALLOWED = r"(?!.*\b(?:niet|geen|not)\b)"
_YES = _any(
    r"^ja(?:zeker|wel|hoor)?\b",
    r"^(?:yes|yep|yeah|yup|sure|of course|absolutely|certainly|definitely|gladly|with pleasure|agreed)\b",
    r"^(?:heel |zeer )?graag\b",
    r"^(?:prima|akkoord|oke|okee|ok|okay|natuurlijk|uiteraard|zeker(?: weten)?|tuurlijk|afgesproken|deal|doen we)\b",
    r"^(?:dat |dit |het )?is (?:goed|prima|akkoord|oke|ok)\b",
    rf"^(?:dat|dit|het) (?:kan|lukt|past|komt goed|gaat lukken|doe ik)\b{_ALLOWED}",
    r"^(?:i'd|i would|we'd) (?:love|be (?:happy|glad|delighted|honou?red)|like) to\b",
    r"^(?:i'm|i am) (?:in\b|happy to|glad to|available|free)",
    r"^happy to\b|^count me in\b|^that works\b|^works for me\b|^sounds good\b|^i can (?:make|do|come)\b",
    r"^(?:i'll|i will) (?:be there|do it|come|gladly|happily)\b",
    r"\b(?:doe|kom|help|wil|werk|vertel) ik (?:heel |er |hier )?(?:graag|aan mee)\b",
    r"^ik (?:doe|kom|help|wil|vertel) (?:heel |er |het |dit |dat |jullie )*graag\b",
    r"^ik (?:doe|help|kom) (?:graag |wel )*mee\b|^ik (?:kom|doe het|ben erbij)\b|\bik ben (?:er )?(?:graag )?bij\b",
    r"\b(?:jullie kunnen|je kunt|u kunt) op (?:me|mij) rekenen\b",
    rf"^{_DAY}(?:ochtend|middag|avond)?(?: [\w:.]+){{0,4}} (?:kan|lukt|past|is (?:goed|prima)|werkt)\b{_ALLOWED}",
    rf"^{_DAY}(?: (?:morning|afternoon|evening))?(?: at [\w:.]+)? (?:works|suits|is (?:fine|good|great|ok))\b"
    rf"{_ALLOWED}",
)
_DOUBT = _any(
    r"\?",
    r"\b(?:misschien|wellicht|(?<!niet )mogelijk|eventueel|mits|tenzij|twijfel\w*|afhankelijk|onder voorwaarde)\b",
    r"\bals (?:ik|het|er|jullie|dat|we|mijn|de)\b",
    r"\b(?:hangt|ligt)\b.{0,10}\b(?:af|aan)\b",
    r"\bweet (?:ik )?(?:het )?(?:nog |even )*niet\b|\bniet zeker\b",
    r"\b(?:even|eerst|nog) (?:even )?(?:kijken|overleggen|checken|nadenken|navragen|afstemmen)\b|\boverleg\w*\b",
    r"\b(?:laat|hoor)\b.{0,25}\b(?:weten|van me)\b|\bkom (?:er|hier) (?:nog )?op terug\b",
    r"\b(?:maar|echter|alleen|wel pas|in plaats)\b",
    r"\b(?:andere|ander|other|different|another) (?:dag|datum|moment|tijd|tijdstip|day|date|time)\b|\bverzetten\b",
    r"\b(?:maybe|perhaps|possibly|if|unless|depends?|provided|might|but|however|instead|reschedule|not sure)\b",
    r"\blet me (?:check|think|see|know)\b|\bget back to you\b|\bi'll (?:check|see|think)\b|\bwould need\b",
    r"\bcollega\b|\bcolleague\b|\bmijn (?:man|vrouw|broer|zus|moeder|vader)\b|\bik ben niet\b|\bverkeerde\b|\bwrong\b",
    r"\bovereden\b|\boverleden\b|\bpassed away\b|\bdeceased\b",
)
_HARMLESS = _any(
    r"\bgeen (?:enkel )?(?:probleem|bezwaar|moeite|punt)\b",
    r"\bno (?:problem|worries|objection)s?\b",
    r"\b(?:waarom|why) (?:niet|not)\b",
    r"\bkan niet wachten\b|\bcan't wait\b|\bcannot wait\b",
    r"\bniet te ver\b|\bnot too far\b",
    r"\b(?:haal|bel|mail|stuur|zeg|laat|geef|kom|app|plan|noem) (?:me |mij |het |dat |ons )?maar\b",
)
"""Words of negation and doubt that deny nothing and leave nothing open."""
_NEGATION = re.compile(r"\b(?:niet|geen|nooit|niets|nee|no|not|never|none|nothing|zonder|without)\b|n't\b")
_POLITE_BUT = re.compile(
    r"[,.;]? ?\b(?:maar|but)\b (?:(?:erg|heel|hartelijk|wel|toch) )?"
    r"(?:bedankt|dank\w*|thanks|thank you|succes|good luck|leuk dat|veel succes)\b"
)
_THANKS_BUT = re.compile(
    r"^(?:(?:heel erg |hartelijk )?(?:be)?dankt?\b|thanks\b|thank you\b|(?:wat )?(?:leuk|fijn|lief|goed) dat\b)"
    r"[^.!?]{0,60}?,? (?:maar|but) "
)


def read(text: str) -> Reading:  # noqa: PLR0911 - a rule after another, from what must be done to what is certain
    """What the own words of a reply say."""
    plain = _DISCLAIMER.split(_plain(text), maxsplit=1)[0]
    if _ERASE.search(plain):
        return Reading(Answer.DOUBT)
    plain, below = _bare(plain)
    sentences = [part.strip(" ,;:-") for part in re.split(r"(?<=[.!?])\s+|[\n!]+|(?<=\w)\.$", plain)]
    sentences = [part.rstrip(". ") for part in sentences if re.search(r"[\w?]", part)]
    if any(_STOP.search(part) for part in sentences):
        return Reading(Answer.STOP)
    told = [_THANKS_BUT.sub("", _POLITE_BUT.sub("", part)) for part in sentences if not _is_thanks(part)]
    whole = " ".join(told)
    if not told or len(whole.split()) > LONGEST:
        return Reading(Answer.DOUBT)
    denied = _HARMLESS.sub(" ", whole)
    yes = [part for part in told if _YES.search(part)]
    later = bool(_LATER.search(denied))
    no = any(_NO.search(_HARMLESS.sub(" ", part).strip()) for part in told)
    if later and not yes and not _is_open(whole):
        return Reading(Answer.LATER)
    if _DOUBT.search(denied):
        return Reading(Answer.DOUBT)
    if no and not yes and not re.search(r"\bwel\b", whole):
        return Reading(Answer.NO)
    if _DOUBT.search(below) or _NEGATION.search(below):  # a postscript
        return Reading(Answer.DOUBT)
    if not yes or no or later or not _YES.search(told[0]) or _NEGATION.search(denied):
        return Reading(Answer.DOUBT)
    rest = sum(len(part.split()) for part in told if not _YES.search(part) and not _MOMENT.search(part))
    more = rest > 2 or len(max(yes, key=len).split()) > 14
    return Reading(Answer.YES, _moment_of(whole), says_more=more, words=whole)


def _is_thanks(sentence: str) -> bool:
    """Whether a sentence only thanks."""
    if not _THANKS.search(sentence):
        return False
    return not (_NO.search(sentence) or _LATER.search(sentence) or _DOUBT.search(sentence) or _has_yes(sentence))


def _has_yes(sentence: str) -> bool:
    return any(_YES.search(part.strip()) for part in sentence.split(",")[1:])


def _is_open(text: str) -> bool:
    """Whether something is asked, or left open but for the wish to be asked later."""
    return bool(re.search(r"\?|\b(?:if|als (?:ik|het|er|jullie)|tenzij|unless|mits)\b", text))


def _moment_of(text: str) -> str:
    """The words that name a moment, in their order."""
    return " ".join(match[0] for match in _MOMENT.finditer(text))[:60].strip()


def _plain(text: str) -> str:
    """Small letters without accents, with straight quotes and single spaces; lines stay."""
    text = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'").replace("\u2018", "'"))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()


def _bare(text: str) -> tuple[str, str]:
    """The text without the greeting at the beginning and the farewell, and what stands from the farewell on."""
    text = _BARE_GREETING.sub("", _GREETING.sub("", text, count=1), count=1)
    found = next((one for one in _FAREWELL.finditer(text) if text[: one.start()].strip()), None)
    return (text[: found.start()].strip(), text[found.start() :]) if found else (text, "")
