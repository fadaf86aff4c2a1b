"""Numbers in a question: students present, alumni wanted, level, year of study, class, hours a week."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matcher.questions.everyday import class_of, everyday
from matcher.questions.tense import has_been
from matcher.questions.words import NUMBER, NUMBER_WORDS, Pattern, Span, Text, is_general, number_of, table

_BETWEEN = r"(?:(?:ongeveer|circa|ca|ruim|enthousiaste|gemotiveerde|leuke|andere|onze|van onze|nieuwe|jonge|ervaren|voormalige|former|our|drukke|of our|new|young|oud|mbo)\s){0,2}"
_STUDENTS = r"(?:[a-z]*student(?:en|es?)?|[a-z]*leerlingen|leerl|lln|llnn|ll|stud(?:enten)?|cursisten|deelnemers|man|meiden|jongens|meisjes|dames|heren|jongeren|pubers|eerstejaars|tweedejaars|derdejaars|vierdejaars|[1-4]e ?-?jaars|(?:first|second|third|fourth)[- ]years?|(?:vmbo|mbo|havo)-?'?ers|students|pupils|learners|participants|girls|boys)"
_ASKED = r"(?:alumni|alumnae|alumna's|oud-? ?(?:studenten|leerlingen|studentes|leerlinges|cursisten|gedienden|mbo'ers)|ex-? ?(?:studenten|leerlingen)|voormalig(?:e)? (?:studenten|leerlingen)|rolmodellen|role models|voorlichters|hybride docenten|gast-?(?:sprekers|docenten)|sprekers|ambassadeurs|mentoren|mentors|buddy'?s?|buddies|coaches|maatjes|graduates|gediplomeerden|afgestudeerden|(?:former|ex-?) ?students|guest speakers?|speakers|ambassadors|vakmensen|ervaringsdeskundigen|panelleden)"
"""Words for those who are asked to come: a count of them is of people, unless it is of another time."""
_ANYONE = r"(?:mensen|personen|pers|people|persons|guests|gasten|volunteers|vrijwilligers|professionals|ondernemers|docenten|kandidaten|stuks|vertegenwoordigers|experts|representatives|namen|names|leden|collega's|teachers)"
_PEOPLE = rf"(?:{_ASKED}|{_ANYONE})"
_COUNT = Pattern(
    rf"(?<![\w.,:/-])(?P<n>{NUMBER})\s?(?P<x>x\s)?(?P<between>{_BETWEEN})(?:(?P<people>{_PEOPLE})|(?P<students>{_STUDENTS}))(?![\w])"
)
_UNSURE = Pattern(
    rf"(?<![\w.,:/-])(?:{NUMBER})\s?(?:-|a|à|of|tot|or|to|/)\s?(?:{NUMBER})\s(?P<between>{_BETWEEN})(?:(?P<people>{_PEOPLE})|(?P<students>{_STUDENTS}))(?![\w])"
)
_GROUP = Pattern(
    rf"(?<!\w)(?:klas(?:je)?|(?:meiden|meisjes|jongens|dames|heren|leerlingen|studenten|vrouwen|mannen)?groep(?:je)?|class|group|publiek)\s(?:\w+\s){{0,2}}?(?:van|of|is|bestaat uit|telt|met|with|has)\s(?:ongeveer\s|about\s|ca\.?\s|circa\s|maximaal\s|zo'n\s)?(?P<n>{NUMBER})(?!\w|\s?%|\s(?:uur|jaar|weken|dagen|hours?|keer|alumni|oud|gast|tot|of|to|or|a)\b|\s?[-/]\s?\d|[:.]\d)"
    rf"|(?<!\w)(?:we|wij|ze|zij) zijn met (?:ongeveer\s|ca\.?\s|zo'n\s)?(?P<present>{NUMBER})(?=\s*(?:$|[.,;)])|\sin de (?:klas|groep)|\s(?:studenten|leerlingen))"
    rf"|(?<!\w)man of (?P<some>{NUMBER})\b"
    rf"|(?<!\w)(?:met z'n|met zijn|met ons)\s(?P<together>{NUMBER})(?:en|n)?\b"
    rf"|(?P<head>\d{{1,3}})(?:\s?-?koppige)\s(?:klas|groep)\b|(?:class|group)\s(?:of\s|is\s)?(?P<strong>\d{{1,3}}) strong\b"
    rf"|(?:(?:aantal (?:studenten|leerlingen|deelnemers)|students|studenten|lln|leerlingen)\s?[:=]|(?:groepsgrootte|klassengrootte|group size)\s?[:=]?)\s?(?P<colon>\d{{1,3}})\b"
)
_WANTED = Pattern(
    rf"(?:een )?stuk of (?P<some>{NUMBER})(?!\w| (?:stud|leerl|lln))|(?:aantal (?:alumni|personen|gastsprekers)|alumni|personen|people)\s?[:=]\s?(?P<n>\d{{1,3}})\b"
)
_LEVEL = Pattern(
    r"(?<![\w])(?P<before>vmbo\s?-?)?(?:(?:mbo|opleiding)[\s-]*)?(?:niveau|nivo|niv|nv|level|lvl)[\s.:-]*(?P<n>[1-6])(?P<more>\s?(?:/|-|en|of|t/m|tot|&|and|or|to|\+)\s?(?:niveau |level )?[1-4](?!\d|\s?(?:uur|pers|stud|alumni|lln|gast|mensen|\w+dag)))?(?![\w.:]\d|\d)"
    r"|(?<![\w])(?:mbo[\s-]?(?P<mbo>[1-4])|n(?P<short>[1-4])|niveau (?P<word>een|twee|drie|vier))(?P<more2>\s?(?:/|-|en|of|t/m)\s?(?:mbo|n)?[\s-]?[1-4])?(?![\w:.-]|\s?(?:uur|jaar|e jaars))"
)
_LEVEL_WORDS = {"een": 1, "twee": 2, "drie": 3, "vier": 4}
_YEAR = Pattern(
    r"(?<![\w])(?P<n>[1-4])(?:e|ste|de|st|nd|rd|th)?[\s-]?(?:jaars?|years?|jrs)(?:students?|studenten|klas|leerlingen|groep)?(?![\w])(?!\s(?:ervaring|experience|geleden|ago|oud|in het vak|werk|bij|op rij|in a row|dat|als|as|running|achter))"
    r"|(?P<word>eerste|tweede|derde|vierde|first|second|third|fourth)[\s-]?(?:jaars?|years?|leerjaar)(?:students?|studenten|klas|leerlingen|groep)?(?![\w])(?!\s(?:op rij|in a row|running|achter|dat|als|as|at work|on the job|in (?:het vak|dienst|business)))"
    r"|(?:leerjaar|jaar|year|jr|lj)\s(?P<after>[1-4])(?!\w|[.:-]\d)"
)
_COHORT = Pattern(r"jaars|student|klas|leerling")
"""`onze tweedejaars hebben stage gehad`: who they are holds now, whatever has been."""
_ORDINALS = {"eerste": 1, "tweede": 2, "derde": 3, "vierde": 4, "first": 1, "second": 2, "third": 3, "fourth": 4}
_CODE = Pattern(
    r"(?<![\w.@-])(?=[A-Za-z0-9-]*\d)(?=[A-Za-z0-9-]*[A-Z])[A-Z]{1,6}[a-z]{0,2}-?\d{1,2}[A-Z]{0,3}[a-z]?\d?(?![\w.@-])"
)
_CODE_LED = Pattern(
    r"(?<!\w)(?:klas|groep|class|klassen|group)\s(?P<code>[a-z]{1,6}-?\d{1,2}[a-z]{0,3}|\d[a-z]{1,5}\d?[a-z]?)(?!\w)"
)
_CODE_SHORT = Pattern(r"(?<=\b(?:aan|met|van) )[1-4][A-CE-JL-Z](?![\w-])")
_NO_CODE = Pattern(
    r"(?:MBO|N|NIV|HBO|VMBO|B|A|C|NLQF|EQF|NT|P|Q|H|T|BHV|COVID|WEEK|AI|F|G|V|L|X)-?\d{1,2}|MP3|ISO\d+|S7|C\d|H2O|CO2|PLC\d|[A-Z]\d{1,2}",
    re.IGNORECASE,
)
_PER_WEEK = r"(?:\s?(?:per|p\.?|/|in de|in een|a|each|every|elke)\s?/?(?:week|wk|w)\b|\s(?:weekly|wekelijks)\b|\s?p/w\b|\s?pw\b)"
_HOURS = Pattern(
    rf"(?<![\w.,])(?P<n>{NUMBER}|een|one|an|anderhalf)(?P<half>[,.]5)?(?P<range>\s?(?:-|a|à|tot|of|to)\s?(?:{NUMBER}))?\s?(?:les|klok)?(?:uurtjes?|uren|uur|u|hours?|hrs)\.?(?:\sin totaal|\sin total)?{_PER_WEEK}"
)
_WEEK_FIRST = Pattern(
    rf"\b(?:(?:elke|iedere|each|every|per) week|wekelijks|weekly|(?:once|one time) a week|(?:een|1)\s?(?:x|keer|maal) (?:per|in de) week)\s(?:for\s|voor\s)?(?:ongeveer\s|ca\.?\s|about\s|zo'n\s)?(?P<n>{NUMBER}|een|an|one|anderhalf)\s?(?:les|klok)?(?:uurtjes?|uren|uur|hours?|hrs)\b"
)
"""`elke week een uurtje`."""
_DAYS = Pattern(
    rf"(?<![\w.,])(?:(?P<n>{NUMBER}|een|1|one|a|an|anderhalve|halve|een halve)\s)?(?P<range>(?:a|à|tot|of|to)\s(?:{NUMBER})\s)?(?:hele |vaste |full )?(?P<unit>dag(?:en)?|dgn|days?|dagde(?:el|len)|ochtend(?:en)?|middag(?:en|je)?|avond(?:en|je)?|mornings?|afternoons?|evenings?){_PER_WEEK}"
)


@dataclass(slots=True)
class Numbers:
    """What a text counts; None where it does not say."""

    students: int | None = None
    people: int | None = None
    level: int | None = None
    year: int | None = None
    class_: str | None = None
    hours_per_week: float | None = None


def read_class(text: Text) -> str | None:
    """The code of a group, such as VZ3A: capitals and figures, or whatever stands behind `klas`."""
    for match in _CODE_LED.finditer(text.plain):
        span = match.span("code")
        typed = text.typed[span[0] : span[1]]
        if text.free(span) and not re.fullmatch(r"[1-4]e|\d{2,}|van\d*", match["code"]):
            text.take(match.span(), "class")
            return typed
    for match in _CODE.finditer(text.typed):
        if text.free(match.span()) and not _NO_CODE.fullmatch(match[0]) and len(match[0]) > 2:
            lead = re.search(r"(?:klas|groep|class|group|van|voor|bij|in)\s$", text.plain[: match.start()])
            start = (
                match.start()
                if not lead or lead[0].strip() not in {"klas", "groep", "class", "group"}
                else lead.start()
            )
            text.take((start, match.end()), "class")
            return match[0]
    for match in _CODE_SHORT.finditer(text.typed):
        if text.free(match.span()):
            text.take(match.span(), "class")
            return match[0]
    return None


def read_hours(text: Text) -> float | None:
    """Hours a week; a day counts for eight, a part of it for four. None where a range is stated."""
    for match in text.find(_HOURS):
        if _OF_JOB_BEFORE.search(text.plain, 0, match.start()) or _OF_JOB_BEHIND.match(text.plain, match.end()):
            text.take(match.span())
            continue
        text.take(match.span(), "hours_per_week")
        if match["range"]:
            return None
        number = {"een": 1, "one": 1, "an": 1, "anderhalf": 1.5}.get(match["n"]) or number_of(match["n"])
        return number + (0.5 if match["half"] else 0)
    for match in text.find(_WEEK_FIRST):
        text.take(match.span(), "hours_per_week")
        return {"een": 1, "one": 1, "an": 1, "anderhalf": 1.5}.get(match["n"]) or number_of(match["n"])
    for match in text.find(_DAYS):
        if _OWN_JOB.search(text.plain, 0, match.start()):
            text.take(match.span())
            continue
        text.take(match.span(), "hours_per_week")
        if match["range"]:
            return None
        whole = 8 if match["unit"].startswith(("dag", "dgn", "day")) and not match["unit"].startswith("dagde") else 4
        words = match["n"] or "een"
        count = {"een": 1, "one": 1, "a": 1, "an": 1, "anderhalve": 1.5, "halve": 0.5, "een halve": 0.5}.get(words)
        return whole * (count if count is not None else number_of(words))
    return None


_JOB_DAYS = Pattern(rf"(?:^|[,;(])\s*(?:voor\s|for\s)?(?P<n>{NUMBER}|een|one)\s(?:dag(?:en)?|days?)(?=\s*(?:$|[,;.)]))")
_WORKDAYS = 5


def as_job(text: Text) -> float | None:
    """`hybride docent, 2 dagen`: days set apart are those of a week, where a teacher is sought."""
    if "hours_per_week" in text.sources:
        return None
    match = next(text.find(_JOB_DAYS), None)
    if match is None:
        return None
    count = number_of(match["n"]) or 1
    if count > _WORKDAYS:
        return None
    text.take(match.span("n"), "hours_per_week")
    return 8 * count


def read_numbers(text: Text) -> tuple[Numbers, list[Span]]:
    """Students, people, level and year, and the pieces that state a number which is not one number."""
    told = Numbers()
    unsure: list[Span] = []
    _not_of_people(text)
    _level(text, told, unsure)
    for match in text.find(_UNSURE):
        unsure.append(match.span())
        text.take(match.span())
    for match in text.find(_GROUP):
        number = (
            match["n"]
            or match["together"]
            or match["present"]
            or match["some"]
            or match["head"]
            or match["strong"]
            or match["colon"]
        )
        if _impossible(number_of(number)) or (match["n"] and _of_others(text, match.end("n"))):
            continue
        if (match["together"] or match["present"]) and not _CLASS_NEAR.search(
            text.plain, *text.sentence_at(match.start())
        ):
            continue
        if told.students is None:
            told.students = number_of(number)
            text.take(match.span(), "students")
    for match in text.find(_WANTED):
        told.people = number_of(match["n"] or match["some"])
        text.take(match.span(), "people")
    for match in text.find(_COUNT):
        if text.past(match.start()) or has_been(text, match.span()):
            text.take(match.span())
            continue
        _count(text, told, match)
    _described(text, told)
    _wanted_otherwise(text, told)
    _bare(text, told, unsure)
    _of_course(text, told)
    _year(text, told)
    return told, unsure


_OF_COURSE = Pattern(
    rf"(?<![\w.,:/-])(?P<n>{NUMBER})\s(?!former|graduate|voormalige|oud-?|ex[- ])[a-z][\w-]+\s(?P<who>students|pupils|studenten|leerlingen)(?!\w)"
)


def _of_course(text: Text, told: Numbers) -> None:
    """`30 tourism students`: the word between is left, since it is what they study."""
    match = next(text.find(_OF_COURSE), None) if told.students is None else None
    if match and not text.past(match.start()) and not _impossible(number_of(match["n"])):
        told.students = number_of(match["n"])
        text.take(match.span("n"), "students")
        text.take(match.span("who"), "students")


_YEARS, _MOST = range(1900, 2101), 600
"""Numbers that are a year sooner than a count, and the most people of one question."""
_HAD = Pattern(
    r"\b(?:already have|already has|already got|there are already|al|reeds|already|hadden|had|hadden we|hadden wij|had ik|waren|kwamen|came|groepjes van|tafels van|teams van|groups of|teams of|per|elke|iedere|every)\s(?:er\s|zo'n\s|ongeveer\s|about\s)?$"
)
"""What says that so many were there, are there, or sit together: they are not wanted."""
_WEAK = Pattern(_ANYONE)
_ASKS = Pattern(
    r"\b(?:zoek\w*|gezocht|gevraagd|nodig|graag|vraag|vragen|uitnodigen|benaderen|missen|willen|wil|kun|kunnen|verwacht\w*|hopen|hoop|max\w*|need\w*|want\w*|look\w*|invite|expect\w*|hope|hoping|would|could|love|welkom|aantal)\b"
)
_ROLE_OF_SCHOOL = frozenset({"docenten", "teachers", "collega's", "leden", "kandidaten", "gasten", "guests"})
_BEHIND = Pattern(
    r"(?:\s[\w-]+){0,4}?\s(?:gezocht|nodig|gevraagd|needed|wanted|welkom|genoeg|voldoende|enough|volstaan|sufficient)\b"
)
_OF_JOB_BEFORE = Pattern(r"\b(?:werkt?|werken|works?|working|contract van|baan van|aanstelling van)\s(?:\w+\s)?$")
_OF_JOB_BEHIND = Pattern(r"\s(?:werkt|werken|works|working|werkzaam)\b")
_OWN_JOB = Pattern(
    r"\b(?:(?:ik|wij|we|i)\s(?:(?:now|currently|already|still|only|just)\s)?(?:werk|werken|work|am working|i'm working)|(?:werk|werken) (?:ik|we|wij)|(?:en|and) (?:werk|work)|contract van|baan van|aanstelling van|a job of)\s(?:(?:nu|momenteel|al|zelf|now|currently|already|alleen|only|maar|just|als [\w-]+|as an? [\w-]+|bij [\w-]+|in de [\w-]+|at [\w-]+)\s){0,4}$"
)
"""`ik werk nu 4 dagen per week`: days that somebody works are none that are asked for."""
_CLASS_NEAR = Pattern(r"\b(?:klas\w*|groep\w*|student\w*|leerling\w*|lln|class|group|pupils|eerstejaars|tweedejaars)\b")
_NEXT = Pattern(r"\s(?P<word>[a-z][\w'-]+)")
_THINGS = frozenset({"noun", "trade", "craft"})


def _impossible(number: int) -> bool:
    """Whether so many people are none: a year, or more than a school has in a room."""
    return number in _YEARS or number > _MOST or number == 0


def _of_others(text: Text, position: int) -> bool:
    """Whether a noun follows the number that is no word for students: `een groep van 5 bedrijven`."""
    word = _NEXT.match(text.plain, position)
    return bool(
        word
        and text.free(word.span())
        and not text.typed[word.start("word")].isupper()
        and (class_of(word["word"]) in _THINGS if not is_general(word["word"]) else _is_noun(word["word"]))
        and not re.fullmatch(_STUDENTS, word["word"])
        and not re.match(rf"\s[\w'-]+\s{_STUDENTS}(?!\w)", text.plain[position:])
    )


def _is_noun(word: str) -> bool:
    known = everyday().get(word)
    return known is not None and known.kind == "n"


def _is_asked_for(text: Text, match: re.Match[str]) -> bool:
    """Whether people of any kind are those wanted: somebody asks for them, or they stand alone between marks."""
    start, _ = text.sentence_at(match.start())
    before = text.plain[start : match.start()]
    clause = re.split(r"[,;:()]|\s-\s|\b(?:maar|want|omdat|because|but)\b", before)[-1]
    asked = bool(_ASKS.search(clause)) or bool(_BEHIND.match(text.plain, match.end()))
    if asked:
        return not re.search(r"\b(?:met|with|van|of|onze|our|mijn|my)\s(?:ongeveer\s|about\s|zo'n\s)?$", before)
    return match["people"] not in _ROLE_OF_SCHOOL and not clause.strip()


_DESCRIBED = Pattern(
    rf"(?<![\w.,:/-])(?P<n>{NUMBER})\s(?P<between>(?:[a-z][\w'-]+\s){{1,2}}?)(?P<who>{_ASKED})(?![\w])"
)


_TALKS = Pattern(
    rf"(?<![\w.,:/-])(?P<n>{NUMBER})\s(?:korte\s|short\s)?(?:gesprek(?:ken|jes)|interviews|telefoongesprekken|conversations)\s(?:met|with)\s(?:\w+\s)?{_ASKED}(?!\w)"
)
_SOME_OF_THEM = Pattern(
    rf"\ber\s(?:nog\s|graag\s|ongeveer\s|zo'n\s|maximaal\s)?(?P<n>{NUMBER})(?=\s(?:vragen|uitnodigen|nodig|zoeken|benaderen|regelen|vinden|sturen|uitkiezen|die|van hen)\b)"
    rf"|\b(?:zoek|zoeken|graag|wil|willen|vraag|kun je)\s(?:ik\s|we\s|wij\s|je\s)?er\s(?:nog\s|graag\s)?(?P<k>{NUMBER})(?=\s*(?:$|[.,!?]))"
    rf"|\ber\s(?:[\w-]+\s)?(?P<o>{NUMBER})\s(?:bellen|spreken|interviewen|uitnodigen|horen|benaderen|hebben|vragen|laten|meenemen|ontvangen)\b"
    rf"|\b(?:zoek|zoeken|need|want|find|ask|invite)\s(?P<m>{NUMBER})(?=\s(?:of them|of those|who|die)\b|\s*(?:$|[.,!?]))"
)


def _wanted_otherwise(text: Text, told: Numbers) -> None:
    """`4 gesprekken met alumni`, `wil je er vier vragen`: so many people are wanted."""
    for pattern in (_TALKS, _SOME_OF_THEM):
        for match in text.find(pattern):
            groups = match.groupdict()
            group = next(name for name in ("n", "m", "k", "o") if groups.get(name))
            written = groups[group]
            if told.people is not None or _impossible(number_of(written)):
                continue
            if text.past(match.start()) or _HAD.search(text.plain, 0, match.start()):
                continue
            told.people = number_of(written)
            text.take(match.span(group), "people")


_ASKED_NAMED = Pattern(rf"(?<![\w-])(?:{_ASKED})(?!\w)")
_GOOD = r"(?:fijn|mooi|genoeg|prima|ideaal|voldoende|perfect|goed|leuk|top|super|handig|het mooist|enough|great|ideal|plenty|nice|fine|good|lovely|wonderful|sufficient)"
_OF_THEM = r"(?:\s(?:mensen|personen|alumni|stuks|man|van hen|van ze|of them|people|persons))?"
_ENOUGH = Pattern(
    rf"(?:^|[.!?;,:(]|\b(?:en|and|of|dus|aan|met|with|a total of))\s*(?P<n>{NUMBER}){_OF_THEM}\s(?:zou|zouden|is|zijn|lijkt|lijken|vind|vinden|hebben|volsta\w*|would|will|should|are|mag|was)\b[^.!?;]{{0,30}}?\b{_GOOD}\b"
    rf"|\b(?:doe|maak er|zeg|laten we zeggen|make it|let's say|say)\s(?:maar\s|er\s)?(?P<m>{NUMBER}){_OF_THEM}(?=\s*(?:$|[.,!?]|van\b|of\b))"
    rf"|\b(?:liefst|graag|ideally|preferably|hooguit|hoogstens|maximaal|max)\s(?:een stuk of\s|zo'n\s)?(?P<k>{NUMBER}){_OF_THEM}(?=\s*(?:$|[.!?]))"
    rf"|\ber\s(?:[\w-]+\s){{1,4}}?(?P<j>{NUMBER})\s(?:van|uit)\b|\b(?P<i>{NUMBER})\s(?:van hen|van die|of them|of those|daarvan)\b"
)
"""A number by itself, in a text that names those who are asked: `vijf zou fijn zijn`, `doe maar twee`, `er in maart drie van spreken`."""
_SOMEONE = Pattern(r"\b(?:iemand|someone|somebody|oud-? ?(?:student|leerling|studente)|alumn(?:us|a)|former student)\b")
_BRACKETED = Pattern(r"\(\s?(?P<n>\d{1,2})\s?(?:x|stuks|pers(?:onen)?\.?)?\s?\)")
_BARE = Pattern(r"(?<![\d\s])\s?[,;]\s?(?P<n>\d{1,3})\s?(?=$|[,;.]\s|[,;.]$)")


def _bare(text: Text, told: Numbers, unsure: list[Span]) -> None:
    """Numbers by themselves are of those who are asked, where these are named in the plural; between commas else unsure."""
    if told.people is not None:
        return
    asked = bool(_ASKED_NAMED.search(text.plain))
    for match in _ENOUGH.finditer(text.plain):
        group = next(name for name, value in match.groupdict().items() if value)
        number = number_of(match[group])
        if not (asked or (group == "m" and _SOMEONE.search(text.plain))) or not text.free(match.span(group)):
            continue
        if _impossible(number) or number > _MOST_ASKED or text.past(match.start()) or has_been(text, match.span(group)):
            continue
        told.people = number
        text.take(match.span(group), "people")
        return
    for match in text.find(_BRACKETED) if asked else ():
        if re.search(rf"(?:{_ASKED})(?:\s\w+){{0,2}}\s?$", text.plain[: match.start()]) and not _impossible(
            int(match["n"])
        ):
            told.people = int(match["n"])
            text.take(match.span("n"), "people")
            return
    for match in text.find(_BARE):
        number = int(match["n"])
        if _impossible(number):
            continue
        if asked and number <= _MOST_GUESTS:
            told.people = number
            text.take(match.span("n"), "people")
            return
        unsure.append(match.span("n"))
        text.take(match.span("n"))


_MOST_ASKED = 40
"""The most people that a number by itself asks for."""
_THINGS_OF_ROOM = Pattern(
    rf"(?<![\w-])(?:lokaal|gebouw|building|room|verdieping|floor|etage|kamer|zaal|hall|ingang|entrance|poort|gate|lijn|parkeerplaats|kluisje|toestel|balie)\s(?:nr\.?\s|nummer\s)?[a-z]{{0,2}}\d{{1,3}}[a-z]?(?![\w.:])"
    rf"|(?<![\w.,:/-]){NUMBER}\s[a-z][\w-]+\s(?:aanwezig|beschikbaar|op voorraad|available|in stock)(?!\w)"
    r"|(?<![\w-])\d{1,2}(?:e|ste|de|st|nd|rd|th)\s(?:verdieping|etage|floor)(?!\w)"
)
"""Where it is and what stands there: `gebouw 4`, `20 laptops aanwezig`."""
_OF_THOSE = Pattern(rf"(?:{_ASKED}|{_STUDENTS}|{_ANYONE})")


_STAFF = Pattern(
    rf"(?<![\w.,:-]){NUMBER}\s(?:man|mensen|people|vaste)\s(?:personeel|in dienst|op de loonlijst|staff|medewerkers)(?!\w)|(?<![\w.,:-]){NUMBER}\s(?:personeelsleden|werknemers|employees|staff)(?!\w)"
)
"""`12 man personeel`: those who work at a firm."""


def _not_of_people(text: Text) -> None:
    """Takes numbers of rooms, and of things that stand ready."""
    for match in text.find(_STAFF):
        text.take(match.span())
    for match in text.find(_THINGS_OF_ROOM):
        words = match[0].split()
        if not (len(words) > 2 and _OF_THOSE.fullmatch(words[1])):
            text.take(match.span())


_PLACED = Pattern(
    rf"(?<![\w.,:/-])(?P<n>{NUMBER})\s(?P<between>(?:[a-z][\w-]+\s)?)(?P<who>stagiaire?s|stagiair\(?e?\)?s|stagelopers|interns|trainees|apprentices?|bbl-?'?ers|bol-?'?ers|leerling-\w+s)(?!\w)"
)


def as_students(text: Text, told: Numbers) -> None:
    """`30 personen` at a lesson are those who listen, where they are more than come to speak."""
    if told.students is not None or told.people is not None:
        return
    for match in _LOOSE.finditer(text.plain):
        number = re.match(NUMBER, match[0])
        count = number_of(number[0]) if number else 0
        if (
            count > _MOST_GUESTS
            and _SET_APART.search(text.plain[: match.start()])
            and _SET_OFF.match(text.plain, match.end())
        ):
            told.students = count
            text.take(match.span(), "students")
            return


_SET_APART, _SET_OFF = Pattern(r"(?:^|[,;(\n-])\s*$"), Pattern(r"\s*(?:$|[,;.)\n-])")


def as_placed(text: Text, told: Numbers) -> None:
    """Those who take a placement are the students: `plaats voor 2 stagiairs`, `two apprentice carpenters`."""
    if told.students is not None:
        return
    for match in text.find(_PLACED):
        number = number_of(match["n"])
        if _impossible(number) or _HAD.search(text.plain, 0, match.start()) or has_been(text, match.span()):
            continue
        told.students = number
        text.take(match.span("n"), "students")
        return


_ATTENDING = Pattern(rf"{NUMBER}\s?(?:x\s)?{_BETWEEN}(?:deelnemers|participants|man|{_ANYONE})(?!\w)")


_MOST_GUESTS = 12
_LOOSE = Pattern(rf"{NUMBER}\s?(?:x\s)?{_BETWEEN}{_ANYONE}(?!\w)")


def without_audience(text: Text, told: Numbers) -> None:
    """`50 personen` at a lesson are those who listen or those who come: nobody can tell, so neither."""
    spans = text.sources.get("people", [])
    if told.people and told.people > _MOST_GUESTS and len(spans) == 1 and _LOOSE.match(text.plain, *spans[0]):
        told.people = None
        del text.sources["people"]


_IN_PARTS = Pattern(
    rf"(?<![\w.,:-])(?P<one>{NUMBER})\s(?P<of>van|uit|from)\s(?:de\s|het\s|the\s)?[\w-]+,?\s(?:en|and)\s(?P<other>{NUMBER})\s(?P=of)\s"
)


def in_parts(text: Text, told: Numbers) -> None:
    """`twee van Zorg en drie van Techniek`: five people are wanted."""
    match = _IN_PARTS.search(text.plain) if told.people is None else None
    if match and text.free(match.span("one")) and text.free(match.span("other")):
        told.people = number_of(match["one"]) + number_of(match["other"])
        text.take(match.span("one"), "people")
        text.take(match.span("other"), "people")


_SEATS = Pattern(rf"(?<![\w.,:-])(?P<n>{NUMBER})\s(?:plaatsen|plekken|places|spots|seats)(?!\w)")


def as_people(text: Text, told: Numbers) -> None:
    """Those who take part where alumni meet or are heard are the alumni: `acht deelnemers`, `25 personen`, `40 plaatsen`."""
    seats = next(text.find(_SEATS), None)
    if seats and told.people is None and not _impossible(number_of(seats["n"])):
        told.people = number_of(seats["n"])
        text.take(seats.span(), "people")
    spans = text.sources.get("students", [])
    if told.people is None and len(spans) == 1 and _ATTENDING.match(text.plain, *spans[0]):
        told.people, told.students = told.students, None
        text.sources["people"] = text.sources.pop("students")


def _described(text: Text, told: Numbers) -> None:
    """`four nursing graduates`, `drie net begonnen oud-studenten`: words of what they are stand between."""
    if told.people is not None:
        return
    for match in text.find(_DESCRIBED):
        words = match["between"].split()
        if any(word in table("general")["function"] or word in NUMBER_WORDS or word in _UNITS for word in words):
            continue
        number = number_of(match["n"])
        if _impossible(number) or text.past(match.start()) or _HAD.search(text.plain, 0, match.start()):
            continue
        told.people = number
        text.take(match.span("n"), "people")
        text.take(match.span("who"), "people")
        return


_UNITS = frozenset((
    "uur", "uren", "u", "hours", "hour", "hrs", "minuten", "minutes", "min", "dagen", "days", "dag", "weken",
    "weeks", "week", "maanden", "months", "jaar", "jaren", "years", "year", "keer", "x", "times", "euro", "km",
    "kilometer", "lessen", "bedrijven", "companies", "students", "studenten", "leerlingen", "pupils", "plekken",
    "plaatsen", "gesprekken",
))  # fmt: skip


def _count(text: Text, told: Numbers, match: re.Match[str]) -> None:
    number = number_of(match["n"])
    sentence_before = text.plain[: match.start()]
    end = match.end()
    if _impossible(number) or _HAD.search(sentence_before):
        text.take((match.start(), end))
        return
    if match["students"] and re.match(
        r"[1-4]e|eerste|tweede|derde|vierde|first|second|third|fourth", match["students"]
    ):
        end = match.start("students")  # the year of study stands in the same words
    oud = (
        re.search(r"(?:oud|voormalige|former|ex)[\s-]*$", text.plain[: match.start("students")])
        if match["students"]
        else None
    )
    wanted = bool(match["people"]) or bool(oud)
    if match["people"] in {"mensen", "people", "personen", "pers"} and re.search(
        r"(?:\b(?:klas|groep|class|group|publiek|zaal)\s(?:\w+\s)?|\b(?:voor|for)\s)(?:ongeveer |ca |about )?$",
        sentence_before,
    ):
        wanted = False
    elif match["people"] and _WEAK.fullmatch(match["people"]) and not _is_asked_for(text, match):
        text.take((match.start(), end))
        return
    if re.search(
        r"\b(?:is (?:er )?(?:plek|plaats|ruimte|room|space)|capaciteit) (?:voor|for|van) (?:\w+ )?$", sentence_before
    ):
        text.take(match.span())
        return
    if wanted and told.people is None:
        told.people = number
        text.take((match.start(), end), "people")
    elif not wanted and told.students is None:
        told.students = number
        text.take((match.start(), end), "students")
    else:
        text.take((match.start(), end))


_HAS = Pattern(
    r"\b(?:(?:heb|heeft|hebben|heb ik|have|has|holds?|hold) (?:al|reeds|already)|already (?:have|has|holds?|got|did)|\bal een|\bal)\s(?:een\s|a\s|an\s|mijn\s|my\s)?(?:diploma\s|certificaat\s)?$"
)
_HAS_BEHIND = Pattern(r"\s(?:al\s|reeds\s)?(?:heeft|hebben|heb|behaald|gehaald|afgerond|gedaan)(?!\w)")
"""`iemand die al niveau 2 heeft`: a level that somebody has."""


_OWN_LEVEL = Pattern(
    r"(?:\b(?:ik|i)\s(?:[\w,'-]+\s){0,12}?(?:heb|have|hold|got)|\bheb ik|\b(?:i've|i have) got|\b(?:mijn|my)\s(?:diploma|qualification)\s(?:is|was))"
    r"\s(?:(?:nu|zelf|alleen|only|just|maar|een|a|an|mijn|my|diploma|mbo|mbo-diploma|certificaat|certificate|op|in|at|of|een diploma)\s){0,4}$"
)
"""`ik heb niveau 3`; that somebody is `op niveau 3` is of a student, and says at what level a placement is."""
_OF_OTHERS_LEVEL = Pattern(
    r"[^.,;!?]{0,20}?\b(?:nodig|student\w*|leerling\w*|klas|groep|class|group|pupils|stagiair\w*|needed|gezocht|wanted)\b"
)


def _is_held(text: Text, span: Span) -> bool:
    start, _ = text.sentence_at(span[0])
    if _OWN_LEVEL.search(text.plain[start : span[0]]) and not _OF_OTHERS_LEVEL.match(text.plain, span[1]):
        return True
    before = text.plain[max(0, span[0] - 30) : span[0]]
    return _HAS.search(before) is not None and (
        _HAS_BEHIND.match(text.plain, span[1]) is not None or not re.search(r"\bal\s(?:een\s)?(?:diploma\s)?$", before)
    )


def _level(text: Text, told: Numbers, unsure: list[Span]) -> None:
    for match in text.find(_LEVEL):
        if match["before"] or _is_held(text, match.span()):
            text.take(match.span())
            continue
        if match["more"] or match["more2"]:
            unsure.append(match.span())
            text.take(match.span())
            continue
        level = _LEVEL_WORDS[match["word"]] if match["word"] else int(match["n"] or match["mbo"] or match["short"])
        if level > 4:
            continue
        if told.level not in {None, level}:  # `van niveau 2 naar niveau 3`
            unsure.append(match.span())
            told.level = None
            text.sources.pop("level", None)
            return
        told.level = level
        text.take(match.span(), "level")


def _year(text: Text, told: Numbers) -> None:
    for match in text.find(_YEAR):
        number = int(match["n"] or match["after"]) if (match["n"] or match["after"]) else _ORDINALS[match["word"]]
        if match["n"] and re.match(r"\d\s?(?:jaar|years?)$", match[0]):
            continue
        if not _COHORT.search(match[0]) and has_been(text, match.span()):
            text.take(match.span())
            continue
        if told.year is None:
            told.year = number
        text.take(match.span(), "year")
