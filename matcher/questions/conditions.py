"""What else a question asks for: online or not, a certificate of conduct, languages that the alumnus speaks."""

from __future__ import annotations

import re

from matcher.questions.tense import has_been
from matcher.questions.words import Pattern, Text

_ONLINE = Pattern(
    r"(?<![\w-])(?:online|vanuit huis|vanaf huis|from home|(?:via |per |in |op |by |over |through |met )?(?:teams|(?<!bergen op )zoom|google meet|skype)|digitaal|digitale|op afstand|remote(?:ly)?|virtueel|virtual(?:ly)?|videobellen|via beeldbellen|beeldbellen|(?:via (?:een )?)?video ?call|(?:via|achter|through|via a|over a|from behind) (?:een |het |a |the )?(?:beeld|computer)?(?:scherm|screen|webcam))(?![\w])"
)
_SITE = Pattern(
    r"(?<![\w-])(?:op locatie|fysieke?|on[- ]?site|in person|in-person|ter plaatse|ter plekke|face to face|live op school|in het echt|in real life|on location|(?:bij ons|hier|gewoon) op (?:de )?school(?! (?:zij?n?|is|hebben|heeft|praten|werken|geven|doen|wordt|worden|loopt|lopen|gaat|gaan|staat|staan|zit|zitten|krijgen|leren|kennen|zien|vinden|was|waren|kan|kunnen|mag|moet|komt|komen)\b)|op de campus|live)(?![\w-])"
)
SUBJECT = Pattern(
    r"\b(?:over|about|leren|learning|op het gebied van|thema|onderwerp)\s(?:(?:de|het|the|veilig|safe|goed)\s)?(?P<mode>online|digitale?|virtual|virtuele?|remote|hybride?)\s(?P<word>[a-z][\w-]+)"
)
"""`leren over online adverteren`: what it is about, and not how it takes place."""
_NOT_MODE = Pattern(
    r"online\s(?:marketing|marketeer|shop|winkel|verkoop|retail|media|communicatie|content|sales|veiligheid|gaming|business|store|adverteren)|fysieke?\s(?:belasting|klachten|beveiliging|therapie|arbeid|gezondheid|training)|digitale?\s(?:vaardigheden|geletterdheid|media|transformatie|zorg|veiligheid|vormgeving|techniek|illustratie|content|skills)|teams?\s(?:van|worden|klein)|onze teams|live\s(?:muziek|show|event|koken)|zoom"
)
_BEFORE = Pattern(r"(?:vorige keer|vorig jaar|vorige week|last (?:year|time))\s[^.,;!?]*$")
_EITHER = Pattern(
    r"\b(?:(?:mag|mogelijk|evt|eventueel|optie|desnoods|could|can be|may|possible|hoeft niet|maakt niet uit|no need|not necessar\w+|doesn't have to|kan)\b|(?:of|or|ook|also|evt\.?)\s(?:eventueel\s|gewoon\s|een\s)?$)"
)
_DIGITAL = Pattern(
    r"\s(?:vragenlijst|enquete|bijeenkomst|ontmoeting|les|gastles|sessie|meeting|gesprek|workshop|vergadering|lezing|presentatie|koffie|borrel)"
)
"""What takes place online when it is called `digitale`."""
_TEAMS = Pattern(
    r"\s(?:mag|kan|is (?:ook )?(?:goed|prima|ok\w*|mogelijk|fine)|of zoom|or zoom|graag|call|meeting|vergadering|also|ook)\b"
)
"""What makes a program of `teams`, a word for groups too."""
_THING = Pattern(
    r"\s(?:bord|schoolbord|systeem|platform|portfolio|loket|rooster|tijdperk|lesmateriaal|materiaal|ontwerp|tekenen|ontwerpen)\b"
)
_ALL_OF_IT = Pattern(
    r"\b(?:alles|niets|iedereen|everything|everyone)\s(?:is\s|gaat\s|doet\s|we\s|wij\s|doen\s|does\s)*$"
)
_HERE_TOO = Pattern(
    r"(?<![\w-])(?:(?:hier|bij ons|op school|in (?:het|ons) lokaal|in de klas|ter plekke|langskomen|langs komen|at (?:our )?school|in our classroom|here|coming over|visiting)\s(?:\w+\s)?(?:mag|kan|is|can)\s(?:ook|natuurlijk ook|net zo goed|also|fine|too|prima|goed)(?:\s(?:goed|prima|fine))?)(?!\w)"
)
_VOG = Pattern(
    r"(?<![\w-])(?:(?:geldige |recente )?(?:vog|v\.o\.g\.?)(?:-verklaring)?|verklaring omtrent (?:het )?gedrag|certificate of (?:good )?conduct|police check)(?![\w])"
)
_NO_VOG = Pattern(
    r"geen\s(?:\w+\s)?$|zonder\s(?:een\s)?$|no(?:t)?\s(?:\w+\s){0,3}$|hoeft\s(?:\w+\s){0,2}geen\s$|without\s(?:a\s)?$"
)
_VOG_FREE = Pattern(
    r"[^.;!?]{0,40}\b(?:hoeft|niet nodig|niet verplicht|is niet|niet vereist|not needed|not required|not necessary|isn't|overbodig|geen eis)\b"
)
_HAS_IT = Pattern(
    r"\s(?:heeft|hebben|heb|is|has|have)\s(?:\w+\s){0,3}?(?:al|already|binnen|geregeld|aangevraagd|in huis)\b"
)
_HAS_IT_BEFORE = Pattern(
    r"\b(?:al een|hebben al|heeft al|heb al|already has an?|already have an?|has an?|heeft een|hebben allemaal een)\s$"
)
"""Who has one is not asked for it."""
_SPEAKS = r"spre+ek\w*|sprek\w*|gesproken|talig\w*|beheers\w*|vloeiend\w*|machtig\w*|verstaa\w*|speak\w*|fluent\w*|native|kan praten|praat|proficient|is a must|must|moedertaal|kennen"
_IN = Pattern(r"(?:in het|in 't|in|lesgeven in het|uitleg in het)\s$")
_TAUGHT = Pattern(
    r"(?:docent|leraar|lerares|vak|les(?:sen)?|teacher of|bijles|leren|leert|studie|opleiding|examen|keuzedeel)\s$"
)


_HARDLY = Pattern(
    r"\b(?:weinig|nauwelijks|slecht|amper|beperkt|nog geen|bijna geen|little|hardly any|poor|not much|no|basic|gebrekkig)\s$"
)
_OF_A_SUBJECT = Pattern(
    r"e?\s(?P<word>sign language|gebarentaal|gebaren|literature|literatuur|cuisine|keuken|food|cooking|culture|cultuur|history|law|recht|tax|taxes|grammar|spelling|wines?|dance|dans)(?!\w)"
)
"""`Dutch sign language`: what it is about, and no language of the lesson."""
_OPTIONAL = Pattern(
    r"(?:e|talig)?(?:\s(?:spreken|praten|is|speaking))?\s(?:mag|kan|is)\s(?:ook|prima|natuurlijk|fine|ok\w*|geen probleem|also|possible)\b"
)
_OPTIONAL_BEFORE = Pattern(r"\b(?:mag|kan|may|can)\s(?:ook|eventueel|evt|desnoods|also)\s(?:be\s)?(?:in het\s|in\s)?$")
"""A language that may be spoken is none that must be."""
_BEGUN = Pattern(r"(?:[,;:(-]|\b(?:en|of|and|or))\s*$")
_ENDED = Pattern(r"e?\s*(?:$|[,;.!?)]|(?:en|of|and|or)\s\w+\s*(?:$|[,;.!?)]))")


def read_online(text: Text) -> str | None:
    """`yes` for online alone, `no` for on site alone, `either` where both will do."""
    skipped = [match.span() for match in _NOT_MODE.finditer(text.plain) if match[0] != "zoom"]
    online = [one for one in text.find(_ONLINE) if not any(start <= one.start() < end for start, end in skipped)]
    subjects = {match.start("mode") for match in SUBJECT.finditer(text.plain)}
    online = [
        one
        for one in online
        if one.start() not in subjects
        and (one[0] != "teams" or _TEAMS.match(text.plain, one.end()) or _is_program(text, one))
        and (
            one[0] != "in teams"
            or text.typed[one.end() - 5].isupper()
            or not _WORKING.search(text.plain, 0, one.start())
        )
        and (one[0] != "digitaal" or not _THING.match(text.plain, one.end()))
        and not _ALL_OF_IT.search(text.plain, 0, one.start())
        and not has_been(text, one.span())
        and (one[0] != "digitale" or _DIGITAL.match(text.plain, one.end()))
        and not _BEFORE.search(text.plain[: one.start()])
    ]
    if online:
        site_too = [
            one
            for one in text.find(_HERE_TOO)
            if not any(one.start() < at.end() and at.start() < one.end() for at in online)
        ]
        for match in site_too:
            text.take(match.span(), "online")
        if site_too:
            text.take(online[0].span(), "online")
            return "either"
    site = [one for one in text.find(_SITE) if not any(start <= one.start() < end for start, end in skipped)]
    for match in (*online, *site):
        text.take(match.span(), "online")
    if online and site:
        if _NO_NEED.search(text.plain, 0, site[0].start()) or _NO_NEED.search(text.plain, 0, online[0].start()):
            return "either"
        clause = text.plain[min(online[0].start(), site[0].start()) : max(online[-1].end(), site[-1].end())]
        if re.search(r"\b(?:niet|not|geen)\s(?:\w+\s)?$", text.plain[: online[0].start()]):
            return "no"
        if re.search(r"\b(?:niet|not)\s(?:\w+\s)?$", text.plain[: site[0].start()]) and not re.search(r"hoeft", clause):
            return "yes"
        return "either"
    if online:
        match = online[0]
        before, after = _clause(text, match)
        if _NO_NEED.search(text.plain, 0, match.start()):
            return "either"
        if text.negated(match.start()) and not re.search(r"alleen|only", before):
            return "no"
        if re.match(r"\s(?:kan|mag|is|gaat|werkt|heeft|can't|doesn't|won't)\s(?:\w+\s)?(?:niet|geen|not)\b", after):
            return "no"
        either = _EITHER.search(before[-40:]) or re.match(
            r"\s*(?:mag|kan|is\s(?:ook\s)?(?:prima|goed|mogelijk|fine|ok\w*|een optie|possible))|[^,.;]{0,25}\b(?:mag|kan|ook|too|also|fine|prima|as well)\b|\s(?:of|or)\s(?:in|te|at|bij|op)\b|[^.;!?]{0,50}\b(?:both|allebei|beide|either)\b",
            after,
        )
        if re.search(r"\b(?:alleen|only|uitsluitend|volledig|fully|helemaal)\s(?:\w+\s)?$", before):
            return "yes"
        if re.search(r"\bkan\b", before[:40]) and not re.search(
            r"\b(?:ook|evt|eventueel|of)\b", before[-25:] + after[:15]
        ):
            either = None  # `kan iemand online ...` asks
        return "either" if either else "yes"
    if site:
        match = site[0]
        if text.negated(match.start()) or re.search(r"hoeft\s(?:\w+\s){0,2}niet\s$", text.plain[: match.start()]):
            return "either" if re.search(r"hoeft|need|necessar|have to", text.plain) else "yes"
        return "no" if match[0] != "live" else None
    return None


_NO_NEED = Pattern(
    r"\b(?:hoeft\s(?:\w+\s){0,2}niet(?:\s(?:per se|echt|altijd))?|niet per se|no need(?: to)? (?:be|come)|need not be|(?:doesn't|does not|don't) (?:have|need) to (?:be|come)|not necessarily)\s(?:\w+\s)?$"
)
"""`hoeft niet fysiek, mag ook online`: neither of the two must be."""
_WORKING = Pattern(
    r"\b(?:werk\w*|samenwerk\w*|work\w*|collaborat\w*|sport\w*|leren|learn\w*|indel\w*|verdeel\w*|groepjes|play\w*)\s(?:[\w-]+\s)?$"
)
"""Groups of people, in which one works."""
_APART, _ENDS = Pattern(r"(?:^|[,;:(/-])\s*$"), Pattern(r"\s*(?:$|[,;.!?)/\n])")


def _is_program(text: Text, match: re.Match[str]) -> bool:
    """Whether `teams` stands by itself, behind a mark or another slot: groups of people do not."""
    before = text.plain[: match.start()]
    apart = bool(_APART.search(before)) or bool(text.taken[len(before.rstrip()) - 1])
    return apart and bool(before.strip()) and bool(_ENDS.match(text.plain, match.end()))


def _clause(text: Text, match: re.Match[str]) -> tuple[str, str]:
    before = re.split(r"[.,;!?()\n]", text.plain[: match.start()])[-1]
    return before, re.split(r"[.;!?()\n]", text.plain[match.end() :])[0]


def read_certificate(text: Text) -> bool | None:
    """Whether a certificate of conduct (VOG) is demanded; False where it is said not to be needed."""
    for match in text.find(_VOG):
        before = text.plain[: match.start()]
        if _HAS_IT.match(text.plain, match.end()) or _HAS_IT_BEFORE.search(before):
            text.take(match.span())
            continue
        text.take(match.span(), "certificate")
        return not (_NO_VOG.search(before) or _VOG_FREE.match(text.plain[match.end() :]))
    return None


def read_languages(text: Text) -> tuple[str, ...]:
    """Codes of the languages that the alumnus must speak."""
    codes: dict[str, None] = {}
    for match in text.find(_languages()):
        before, after = text.plain[: match.start()], text.plain[match.end() :]
        near = re.search(rf"\b(?:{_SPEAKS})\s(?:\w+\s){{0,2}}?(?:(?:\w+)\s(?:en|of|and|or)\s)?$", before) or re.match(
            rf"(?:talig\w*|\s?-?spre\w*|-speaking)|\s(?:(?:en|of|and|or)\s\w+\s)?(?:\w+\s)?(?:{_SPEAKS})\b", after
        )
        near = near or re.match(r"e?\s(?:only|alleen)\b", after) or re.search(r"\b(?:only|alleen in het)\s$", before)
        if _HARDLY.search(before) or _OF_A_SUBJECT.match(after):
            continue
        near = near or re.match(r"e?\s(?:kan|kunnen|kennen|kent)\b", after)
        if _OPTIONAL.match(after) or _OPTIONAL_BEFORE.search(before):
            text.take(match.span())
            continue
        alone = _BEGUN.search(before) and _ENDED.match(after)
        into = _IN.search(before) and not re.match(r"\s(?:boek|restaurant|bedrijf)", after)
        if text.negated(match.start()) or (_TAUGHT.search(before) and not near) or not (near or into or alone):
            continue
        code = _code(match["name"])
        if code and not re.search(r"students?\b[^.]*\b(?:not|niet|don't)\b[^.]*$", before):
            codes[code] = None
            whole = re.match(r"\w*(?:[\s-](?:sprek|speak|talig)\w*)?", after)
            text.take((match.start(), match.end() + (whole.end() if whole else 0)), "languages")
    return tuple(codes)


def _languages() -> Pattern:
    return _LANGUAGES


_NAMES = [
    "nederlands",
    "engels",
    "duits",
    "frans",
    "spaans",
    "italiaans",
    "portugees",
    "pools",
    "turks",
    "arabisch",
    "berbers",
    "tamazight",
    "tigrinya",
    "oekraiens",
    "russisch",
    "roemeens",
    "bulgaars",
    "hongaars",
    "chinees",
    "mandarijn",
    "vietnamees",
    "thais",
    "japans",
    "koreaans",
    "farsi",
    "perzisch",
    "dari",
    "pashto",
    "urdu",
    "hindi",
    "somalisch",
    "papiaments",
    "papiamento",
    "fries",
    "grieks",
    "tsjechisch",
    "slowaaks",
    "servisch",
    "kroatisch",
    "bosnisch",
    "albanees",
    "zweeds",
    "noors",
    "deens",
    "fins",
    "koerdisch",
    "sranan",
    "indonesisch",
    "dutch",
    "english",
    "german",
    "french",
    "spanish",
    "italian",
    "portuguese",
    "polish",
    "turkish",
    "arabic",
    "ukrainian",
    "russian",
    "romanian",
    "bulgarian",
    "hungarian",
    "chinese",
    "japanese",
    "korean",
    "persian",
    "somali",
    "frisian",
    "greek",
    "czech",
    "serbian",
    "croatian",
    "albanian",
    "swedish",
    "danish",
    "kurdish",
    "indonesian",
]
_LANGUAGES = Pattern(rf"(?<![\w-])(?P<name>{'|'.join(sorted(_NAMES, key=len, reverse=True))})(?:e)?(?=talig|-?spre|\b)")
_CODES = {
    "berbers": "ber",
    "tamazight": "ber",
    "mandarijn": "zh",
    "papiaments": "pap",
    "papiamento": "pap",
    "farsi": "fa",
    "oekraiens": "uk",
    "roemeens": "ro",
}


def _code(name: str) -> str | None:
    from matcher.domain.languages import code_of

    return _CODES.get(name) or code_of(name)
