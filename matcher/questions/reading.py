"""From the text of a question to what was understood of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

from matcher.domain.day_parts import DAY_PARTS, DAYS
from matcher.domain.kinds import RequestKind
from matcher.gazetteer.lookup import look_up
from matcher.questions import clock, conditions, corrections, dates, frame, kinds, numbers, topic, week, where
from matcher.questions.everyday import everyday
from matcher.questions.mending import Mended, mend
from matcher.questions.periods import Dates
from matcher.questions.vocabulary import Vocabulary
from matcher.questions.words import NUMBER, Pattern, Span, Text, expressions, number_of, table

LONGEST = 4_000
"""Characters that are read; a question is a few sentences."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it takes place: a town, or a region, of which no distance follows.

    `sure` is False where the spelling was mended: then a doubt asks whether it is right. `also`: other towns that will
    do as well; the nearest of all counts.
    """

    name: str | None
    as_typed: str
    sure: bool = True
    region: str | None = None
    also: tuple[str, ...] = ()

    @property
    def towns(self) -> tuple[str, ...]:
        """Every town that will do, in the order of the text; none for a region."""
        return (self.name, *self.also) if self.name else ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A piece of the text that was not understood or is not certain; `code` is that of a sentence (`questions.toml`)."""

    text: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text says, slot by slot; None or empty is not said. `source`: by slot the words that it came from.

    `not_day_parts` are excluded, and never among `day_parts`. A moment has no end where none is stated. `minutes` is
    the length of a lesson, `year` the year of study. `unknown`: topic words that no list of words has.
    """

    text: str
    kind: RequestKind | None = None
    topic: tuple[str, ...] = ()
    not_topic: tuple[str, ...] = ()
    unknown: frozenset[str] = frozenset()
    day_parts: tuple[str, ...] = ()
    not_day_parts: tuple[str, ...] = ()
    moments: tuple[tuple[datetime, datetime | None], ...] = ()
    period_from: date | None = None
    period_to: date | None = None
    place: Place | None = None
    level: int | None = None
    year: int | None = None
    class_: str | None = None
    students: int | None = None
    people: int | None = None
    online: str | None = None
    certificate: bool | None = None
    languages: tuple[str, ...] = ()
    hours_per_week: float | None = None
    minutes: int | None = None
    source: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()


_KNOWN = Vocabulary()


def read(text: str, *, today: date, places: where.LookUp = look_up, known: Vocabulary = _KNOWN) -> Reading:
    """What a text of at most `LONGEST` characters says on this day.

    `places`: what the name of a town means, as `matcher.gazetteer.lookup.look_up` does. Never raises for what stands in
    the text.
    """
    told = _slots(text, today, places, known)
    about = topic.read_topic(told.text, known)
    doubts = [*told.doubts, *(Doubt(told.typed(span), "time") for span in told.days.unsure)]
    doubts += [Doubt(told.typed(span), "number") for span in told.unsure]
    if told.kind is None:
        doubts += [Doubt(told.typed(span), "kind") for span in told.unclear]
    doubts += _about_doubts(told.typed, about, known)
    counted, days, parts = told.counted, told.days, told.parts
    if counted.people is None:
        counted.people = _counted_trades(told.text, about)
    moments = tuple(sorted(set(days.moments)))
    wanted = tuple(dict.fromkeys(word for word, _ in about.wanted))
    named = tuple(name for name in DAY_PARTS if name in {*parts.wanted, *days.day_parts} and name not in parts.excluded)
    if days.first is not None and days.first == days.last:  # `woensdag 2 december, 's middags`
        named = tuple(name for name in named if name.startswith(DAYS[days.first.weekday()])) or named
    return Reading(
        text=told.clean,
        kind=told.kind,
        topic=wanted,
        not_topic=tuple(dict.fromkeys(word for word, _ in about.unwanted if word not in wanted)),
        unknown=frozenset(word for word, _ in about.unknown),
        day_parts=() if moments else named,
        not_day_parts=parts.excluded,
        moments=moments,
        period_from=days.first,
        period_to=days.last,
        place=told.place,
        level=counted.level,
        year=counted.year,
        class_=told.group,
        students=counted.students,
        people=counted.people,
        online=told.online,
        certificate=told.certificate,
        languages=told.languages,
        hours_per_week=told.hours,
        minutes=told.minutes,
        source={
            slot: " / ".join(told.typed(span).strip(" ,;") for span in spans)
            for slot, spans in told.text.sources.items()
        },
        doubts=tuple(doubts),
    )


@dataclass(slots=True, kw_only=True)
class _Slots:
    """Everything that is read before the topic, and the text with that marked."""

    text: Text
    clean: str
    mended: Mended
    group: str | None
    hours: float | None
    days: Dates
    parts: week.Week
    counted: numbers.Numbers
    unsure: list[Span]
    minutes: int | None
    online: str | None
    certificate: bool | None
    languages: tuple[str, ...]
    place: Place | None
    kind: RequestKind | None
    unclear: list[Span]
    doubts: list[Doubt]

    def typed(self, span: Span) -> str:
        """A piece of the text as it was typed."""
        return self.clean[slice(*self.mended.typed(span))]


def _slots(text: str, today: date, places: where.LookUp, known: Vocabulary) -> _Slots:
    clean = "".join(char if char.isprintable() or char == "\n" else " " for char in text[:LONGEST]).strip()
    mended = mend(clean, known)
    told = Text.of(mended.text)
    doubts: list[Doubt] = []
    frame.take_frame(told)
    _take_schools(told)
    told.frame = bytes(told.taken)
    corrections.take_corrections(told)
    group = numbers.read_class(told)
    hours = numbers.read_hours(told)
    clocks = clock.read_clocks(told)
    days = dates.read_dates(told, clocks, today)
    parts = week.read_week(told, clocks, dated=bool(days.moments or days.day_parts))
    counted, unsure = numbers.read_numbers(told)
    minutes = clock.read_minutes(told)
    online = conditions.read_online(told)
    certificate = conditions.read_certificate(told)
    languages = conditions.read_languages(told)
    place = _place(told, places, known, doubts)
    kind, unclear = kinds.read_kind(told)
    if kind is RequestKind.HYBRID_TEACHER and minutes and minutes > _LONGEST_LESSON:
        minutes = None
        told.sources.pop("minutes", None)
    if kind is RequestKind.HYBRID_TEACHER and hours is None:
        hours = numbers.as_job(told)
    if kind in _OF_ALUMNI:
        numbers.as_people(told, counted)
    elif kind in {None, RequestKind.GUEST_LESSON}:
        numbers.without_audience(told, counted)
        if kind is RequestKind.GUEST_LESSON:
            numbers.as_students(told, counted)
    elif kind is RequestKind.BPV_PLACE:
        numbers.as_placed(told, counted)
    if kind is not RequestKind.BPV_PLACE:
        numbers.in_parts(told, counted)
    kinds.take_kinds(told, kind)
    return _Slots(
        text=told, clean=clean, mended=mended, group=group, hours=hours, days=days, parts=parts, counted=counted,
        unsure=unsure, minutes=minutes, online=online, certificate=certificate, languages=languages, place=place,
        kind=kind, unclear=unclear, doubts=doubts,
    )  # fmt: skip


def prepared(text: str, today: date, known: Vocabulary) -> Text:
    """A text of which everything but the topic is read, as `data/fit_topics.py` needs it."""
    return _slots(text, today, look_up, known).text


_COUNTED = Pattern(rf"(?<![\w.,:-]){NUMBER}\s$")
_PERSONS = Pattern(r"(?:ers|isten|istes|enten|eurs|kundigen|oren|ors|kappers|koks|enden|nurses|chefs)$")


_SERVED = frozenset(
    [
        "patienten",
        "clienten",
        "klanten",
        "bewoners",
        "bezoekers",
        "ouderen",
        "clients",
        "patients",
        "customers",
        "residents",
    ]
)
_ASKED_BEFORE = Pattern(
    r"(?:^|[.!?:(]|\b(?:zoek|zoeken|zoekt|gezocht|gevraagd|nodig|graag|vraag|vragen|uitnodigen|need|want|wanted|looking for|invite|nog|hebben)\s)\s*$"
)
_ASKED_BEHIND = Pattern(r"\s(?:[\w-]+\s){0,3}?(?:gezocht|nodig|gevraagd|needed|wanted|die|who)\b")


def _asked_for(text: Text, start: int, end: int) -> bool:
    """Whether a count of people stands where those are named who are sought, and not in what they do: `met 12 honden`."""
    if re.search(r"\b(?:met|over|van|of|per|with|about|voor|for|aan|to|en|and)\s$", text.plain[:start]):
        return False
    return bool(_ASKED_BEFORE.search(text.plain[:start]) or _ASKED_BEHIND.match(text.plain, end))


def _counted_trades(text: Text, about: topic.Topic) -> int | None:
    """`vier hoveniers`: how many people of a trade are wanted."""
    for word, span in about.wanted:
        count = _COUNTED.search(text.plain, max(0, span[0] - 16), span[0])
        if count and _PERSONS.search(word) and word not in _SERVED and _asked_for(text, count.start(), span[1]):
            text.sources.setdefault("people", []).append((count.start(), span[1]))
            return number_of(count[0].strip())
    return None


def _place(text: Text, places: where.LookUp, known: Vocabulary, doubts: list[Doubt]) -> Place | None:
    """The place, or several of which either will do.

    A doubt where one was misspelt, may be several, is a region, or is named apart from the first.
    """
    found = where.read_place(text, places, known)
    if not found:
        return None
    meant = where.joined(text, found)
    for one in found:
        text.take(one.span)
    for one in meant:
        text.take(one.span, "place")
        if one.choices:
            doubts.append(Doubt(one.as_typed, "place_several", {"choices": list(one.choices)}))
        elif not one.sure:
            doubts.append(Doubt(one.as_typed, "place_meant", {"suggest": one.name}))
        elif one.region:
            doubts.append(Doubt(one.as_typed, "place_region", {"region": one.region}))
    towns = [one for one in meant if one.name]
    names = tuple(dict.fromkeys(one.name for one in towns if one.name))
    first = next(iter(towns or [one for one in meant if one.region]), None)
    if first is None:
        return None
    others = [one for one in found if one.name and one not in meant and one.name not in names]
    used = " / ".join(names) or first.region
    doubts += [Doubt(other.as_typed, "place_second", {"first": used}) for other in others]
    sure = all(one.sure for one in towns) and not first.region
    return Place(first.name, first.as_typed, sure, first.region, names[1:])


_OF_ALUMNI = frozenset({RequestKind.NETWORK_EVENT, RequestKind.FEEDBACK, RequestKind.REGIONAL_INSIGHT})
"""Kinds at which alumni are those who take part."""
_LONGEST_LESSON = 180
"""Minutes of a lesson; more are the hours of a job where a teacher is sought."""
_SCHOOL = Pattern(
    r"(?<![\w-])(?:ROC|roc|AOC|aoc|MBO)\s(?:van\s)?[A-Z]\w+(?:[ -][A-Z]\w+)?|(?:[A-Z][\w-]+\s){1,2}(?:[Cc]ollege|[Ll]yceum|[Aa]cademie)\b(?:\s[A-Z]\w+)?"
)
_AGED = Pattern(r"(?<![\w-])[A-Z][a-zà-ÿ]+\s?\(\d{1,2}(?:\s(?:jaar|years?)(?:\sold)?)?\)")
"""`Ahmed (20)`: a name with an age."""
_ACADEMY = Pattern(r"(?<![\w-])(?!online)[\w-]+ (?:academie|college|lyceum)(?!\w)")
_ANY_TIME = Pattern(
    r"(?:maakt (?:\w+ )?niet uit (?:of|wanneer)|doesn't matter (?:if|when|whether))[^.,;!?\n]*|(?:graag|gaarne|please)\s[^.,;!?]{0,30}(?:laten weten|reageren|een reactie|antwoord|let (?:me|us) know)|\btot (?:morgen|gauw|snel|dan|ziens|straks|later|maandag|dan)\s*(?=[.!,]|$)"
)
_AMOUNT = Pattern(
    r"(?<![\w-])(?:(?:budget|prijs|kosten|bedrag|vergoeding|price|cost)\s?(?:is|van|of|:)?\s?(?:max\w*\s|maximaal\s|ongeveer\s)?(?:(?:€|euro|eur)\s?)?\d+(?:[.,]\d+)?(?:\s?euro)?|(?:€\s?)\d+(?:[.,]\d+)?|\d+(?:[.,]\d+)?\s?(?:euro|eur)\b)"
)
_STREET = Pattern(
    r"(?<![\w-])[A-Z][\w.'-]*(?:\s[A-Z][\w.'-]*){0,2}?(?:straat|laan|weg|plein|kade|gracht|dijk|singel|dreef|pad|hof|\s(?:Street|Road|Avenue|Lane|Square))\s\d{1,4}\s?[a-zA-Z]?(?!\w)"
    r"|\b(?i:aan (?:de|het)|adres:?|address:?)\s[A-Z][\w'-]+(?:\s[A-Z][\w'-]+)?\s\d{1,4}\s?[a-zA-Z]?(?=\s*(?:$|[,.;)]|(?i:te|in)\b))"
)
_CONTACT = Pattern(
    r"\b(?i:mail|mailen|e-?mail|bel|bellen|app|appen|stuur|sturen|reageer|reageren|meld|aanmelden|opgeven|contact|write|call|reply|respond)\b(?:\s(?:een|je|uw|berichtje|bericht|mailtje|op|me|it|even|dan|gerust|a|message|reactie|interesse|your|details)){0,3}?(?:\s(?:naar|aan|bij|met|to|with))?\s(?P<name>[A-Z][a-z]+(?:\s(?:de|van|der|den|ten|ter|te|el|al)){0,2}\s[A-Z][a-z-]+)"
)
"""`mail naar Jan Mulder`: a name to answer to."""
_NAMED_AS_MONTH = Pattern(
    r"(?:\b(?i:my name is|this is|i am|i'm|mijn naam is|ik heet|ik ben|wishes|regards|thanks|thank you|groet|groeten|groetjes|liefs|the best|yours|cheers),?\s+)(?P<name>April|May|June|Augustus)(?:(?:\s(?:de|van|der|den|ten|ter|el|al)){0,2}\s[A-Z][\w-]+)?(?=\s*(?:$|[.,!;\n]|(?:and|en|from|of)\s))"
)
"""`my name is April`."""
_OF_PUPIL = Pattern(
    r"\b(?:voor|for)\s(?P<name>[A-Z][a-z]+),\s(?:[1-4]e|[1-4](?:st|nd|rd|th)|(?:een\s|a\s)?(?:eerste|tweede|derde|vierde|first|second|third|fourth|student|leerling|pupil|learner))"
)
_OF_WHOM = Pattern(r"\b(?:voor|for|van|of)\s(?P<name>[A-Z][a-z]+)[.,;?!]?\s(?:[Zz]e|[Zz]ij|[Hh]ij|[Ss]he|[Hh]e)\s")
"""`voor Noor? ze is 17`."""
_RELATIVE = Pattern(
    r"\b(?:mijn|m'n|my)\s(?:eigen\s)?(?:man|vrouw|vader|moeder|broer|zus|opa|oma|oom|tante|buurman|buurvrouw|neef|nicht|vriend|vriendin|husband|wife|father|mother|brother|sister|uncle|aunt|neighbou?r)\s(?:is|was|werkt|werkte|heeft|had|has|works|worked|owns|runs)\s(?P<tale>[^.,;:!?()]+?)(?=[.,;:!?]|\s(?:maar|en|dus|but|and|so)\s(?:ik|we|wij|i)\b)"
)
_SEEKS = Pattern(
    r"\b(?:ik|we|wij|i)\s(?:\w+\s)?(?:zoek|zoeken|wil|willen|need|want|am looking|are looking)\b|\b(?:zoek|zoeken)\s(?:ik|we|wij)\b"
)
"""`mijn man is kok maar ik zoek een bakker`: what a relative is or has is no subject where somebody else is sought."""
_AFTERWARDS = Pattern(
    r"\b(?:daarna|na afloop|aansluitend|afterwards|followed by|met daarna)\s(?:(?:nog|is|er|een|a|volgt|there|are|gezellige)\s){0,3}(?:borrel|borreltje|drinks|lunch|etentje|koffie|coffee)(?!\w)"
    r"|\b(?:dan|then)\s(?:is er|is het|hebben (?:ze|zij|we|wij)|zijn (?:ze|zij|we|wij) op|lopen (?:ze|zij)|they are on|there is|they have)\s(?:een\s|a\s)?(?:stage|stageweek|toets|toetsweek|placement|internship)(?!\w)"
)
"""`daarna borrel`, `want dan is er stage`: what follows and what is at another time is not what it is."""
_HAD_BEFORE = Pattern(
    r"\b(?:hadden|had|kregen|kwam|we had|came)\s(?:we\s|wij\s|ik\s|er\s)?(?:\w+\s)?(?:iemand|een|someone|somebody|a|an)\s(?P<tale>[^.,;:!?()]+?)(?=(?:\s(?:in|op|bij|langs|als|voor|tijdens|at|for|as)\b[^.;!?]{0,40}?)?[.,;]\s*(?:maar\s|en\s|so\s|but\s|and\s)?(?:nu|dit keer|deze keer|dit jaar|now|this time|this year)\b)"
)
"""`vorig jaar hadden we iemand van de brandweer, nu graag iemand van de ambulance`."""
_LAST_LESSON = Pattern(
    r"\b(?:vorige|laatste|eerdere|last|previous)\s(?:gastles|les|gastspreker|spreker|workshop|lesson|guest lesson|talk|speaker)\s(?:over|about|on)\s(?P<tale>[^.,;:!?()]+?)\s(?:was|ging|viel|were|went)\b(?=.*?\b(?:nu|dit keer|deze keer|now|this time)\b)"
)
"""`de vorige gastles over dementie was goed, nu over parkinson`."""
_BECAUSE = Pattern(
    r"\b(?:ivm|i\.v\.m\.|in verband met|vanwege|wegens|due to|because of|door)\s(?:(?:de|het|een|haar|zijn|langdurige|the|her|his|long-term)\s)*(?P<why>zwangerschap\w*|ziekte\w*|verlof|bevalling\w*|pensioen|pregnancy|maternity leave|illness|sick leave|retirement|leave)(?!\w)"
)
"""`ivm zwangerschap`: why somebody is sought, and no subject."""
_AS_ROLE = Pattern(
    r"(?:^|[.!?,]\s*)(?:als|namens)\s(?:(?:een|de|het)\s)?(?P<role>[\w-]+)\s(?:[\w-]+\s){0,2}?(?P<verb>begeleid|begeleiden|werk|werken|zoek|zoeken|ben|heb|hebben|wil|willen|geef|geven|merk|merken|zie|vraag|help|organiseer|organiseren|coordineer|regel|krijg|spreek)\s(?:ik|wij|we)\b"
    r"|(?:^|[.!?]\s*)as\s(?:an?|the)\s(?P<erole>[\w-]+(?:\s(?:adviser|advisor|coordinator|manager|counsell?or|officer))?),?\s(?:i|we)\b"
)
"""`als LLO-adviseur begeleid ik`: what somebody who asks is."""
_OWN_FIRM = Pattern(
    r"\b(?:heb|hebt|heeft|hebben|have|do you (?:have|run)|run)\s(?:je|jij|u|jullie|you)?\s?(?:[\w-]+\s){0,3}?(?P<own>eigen (?:zaak|bedrijf|onderneming|winkel|praktijk)|your own (?:business|company|firm|shop))(?!\w)"
)
"""`heb je een eigen zaak`: who is spoken to, and no subject."""
_OWN_BOSS = Pattern(r"\b(?:die|who)\s(?:(?:nu|zelf|now|al|inmiddels)\s)*(?P<own>eigen baas)\s(?:is|zijn)\b")
_EVENT = Pattern(r"(?<![\w-])(?:week|dag|maand|nacht) van (?:de|het) [\w-]+(?: (?:en|&) [\w-]+)?")


@cache
def _idioms() -> Pattern:
    """Fixed expressions of which no word means what it says."""
    idioms = sorted(expressions("idioms", "expressions"), key=len, reverse=True)
    return Pattern(rf"(?<![\w-])(?:{'|'.join(map(re.escape, idioms))})(?![\w-])")


@cache
def _school_names() -> Pattern:
    names = "|".join(sorted(table("schools")["names"], key=len, reverse=True)).replace("-", "[ -]")
    return Pattern(rf"(?<![\w-])(?:{names})(?![\w-])")


def _take_schools(text: Text) -> None:
    """Names of schools and of events are no places, no dates and no topic."""
    for match in (*_SCHOOL.finditer(text.typed), *_AGED.finditer(text.typed), *_STREET.finditer(text.typed)):
        text.take(match.span())
    for match in _NAMED_AS_MONTH.finditer(text.typed):
        text.take((match.start("name"), match.end()))
    for match in (*_CONTACT.finditer(text.typed), *_OF_WHOM.finditer(text.typed)):
        text.take(match.span("name"))
    for match in _OF_PUPIL.finditer(text.typed):
        word = text.plain[slice(*match.span("name"))]
        known = everyday().get(word)
        if not where.crebo_word(word) and (known is None or known.trade is None):
            text.take(match.span("name"))
    for match in text.find(_AS_ROLE):
        text.take(match.span("role" if match["role"] else "erole"))
    tales = [*_LAST_LESSON.finditer(text.plain), *_HAD_BEFORE.finditer(text.plain)]
    for match in text.find(_AFTERWARDS):
        text.take(match.span())
    tales += [match for match in _RELATIVE.finditer(text.plain) if _SEEKS.search(text.plain, match.end())]
    for match in tales:
        text.take(match.span("tale"))
    for match in text.find(_BECAUSE):
        text.take(match.span("why"))
    for match in (*text.find(_OWN_FIRM), *text.find(_OWN_BOSS)):
        text.take(match.span("own"))
    for match in text.find(_idioms()):
        text.take(match.span())
    for pattern in (_EVENT, _ACADEMY, _ANY_TIME, _AMOUNT):
        for match in text.find(pattern):
            text.take(match.span())
    for match in text.find(_school_names()):
        if text.typed[match.start()].isupper():
            text.take(match.span())


def _about_doubts(typed: Callable[[Span], str], about: topic.Topic, known: Vocabulary) -> list[Doubt]:
    doubts = [Doubt(typed(span), "word") for span in about.nonsense]
    doubts += [Doubt(typed(span), "wish") for span in about.wishes]
    for word, span in about.wanted:
        if not known.knows(word):
            near = known.near(word)
            code, values = ("topic_meant", {"suggest": near}) if near else ("topic_unknown", {})
            doubts.append(Doubt(typed(span), code, values))
    return doubts


__all__ = ["LONGEST", "Doubt", "Place", "Reading", "Span", "read"]
