"""Clock times and lengths of time in a question: `13u tot 14u30`, `kwart over 3 tot half 5`, `10am-2pm`, `anderhalf uur`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from matcher.questions.words import NUMBER, NUMBER_WORDS, Pattern, Span, Text, number_of

_HOUR_WORDS = {word: number for word, number in NUMBER_WORDS.items() if number <= 12} | {"een": 1, "one": 1}
_HOUR = r"(?:\d{1,2}|" + "|".join(sorted(_HOUR_WORDS, key=len, reverse=True)) + ")"
_DAY_HALF = r"(?:\s?(?P<half%d>am|pm|a\.m\.?|p\.m\.?))?"
_UNIT = r"(?:\s?(?:uur|uhr|u|h|hrs)\b)"


def _time(n: int) -> str:
    """The pattern of one clock time; groups have the number `n` behind their name."""
    return (
        rf"(?:(?P<to{n}>half|kwart over|kwart voor|tien over|vijf over|tien voor|vijf voor|quarter past|quarter to|half past)\s(?P<word{n}>{_HOUR})(?![\w:])"
        rf"|(?P<hour{n}>\d{{1,2}})(?:[:.](?P<min{n}>[0-5]\d)(?!\d)|\s?(?:u|h)\s?(?P<umin{n}>[0-5]\d)?(?![\w])|(?!\d|[:.]\d|(?!\s?[ap]\.?m\b)\w))"
        rf"|(?P<named{n}>{_HOUR})(?=\s(?:uur|o'clock)))" + _DAY_HALF % n + rf"(?P<unit{n}>{_UNIT}|\so'clock)?"
    )


_RANGE = Pattern(
    rf"(?<![\w.:/-])(?P<lead>(?:van|tussen|from|between|om|vanaf)\s)?{_time(1)}\s*(?:-|/|tot|t/m|en|to|till?|until|and|a)\s*(?:(?:ongeveer|circa|ca\.?|rond|about)\s)?{_time(2)}(?![\w/])"
)
_SINGLE = Pattern(
    rf"(?<![\w.:/-])(?P<lead>(?:om|vanaf|v\.?a\.?|rond|omstreeks|at|@|from|around|start|aanvang|inloop|na|after|tot|voor|before|until|einde?|ends?)\s(?:ongeveer\s|about\s)?)?{_time(1)}(?![\w/])"
)
_NUMBERED = Pattern(
    r"(?:\b(?:lokaal|lok|kamer|zaal|ruimte|gebouw|room|versie|version|artikel|paragraaf|hoofdstuk|chapter|nummer|nr|no|cijfer|gemiddelde|gemiddeld|score|bedrag|euro|eur|kinderen|peuters|kleuters|leeftijd(?:en)?|jongeren|kids|children|aged|ages|groep|groepen|niveaus?|leerjaar|python|windows|android|toestel|telefoon|tel)\b\.?\s?(?:een\s|a\s)?|[€$£]\s?)$"
)
_OF_OTHERS = Pattern(
    r"\b(?:pauze|break|bus|trein|train|lunch|koffie staat|coffee is (?:served|ready)|koffie (?:om|vanaf)|coffee (?:at|from)|school begint|school start|reistijd|ochtendpauze|middagpauze|lunchpauze)\b[^.,;!?]{0,25}$"
)
"""Times of a break or of a train are not those of a lesson."""
_LONGEST_HOURS = 8
"""Hours of a lesson; more are hours of a job."""
_ROUND_HOURS = Pattern(r"\s*(?:$|[,.;!?)]|(?:in|op|te|naar|bij|voor|at|on|'s|een|iemand|komen|langs|les)\b)")
"""What may stand behind `van 9 tot 11` where that is a time."""
_DATE_BEFORE = Pattern(
    r"\b(?:jan|feb|maart|mrt|march|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)[a-z]*\.?,?\s$|\d[-/]\d{1,2},?\s$"
)
_LEADS = Pattern(r"(?:om|vanaf|v\.?a\.?|rond|omstreeks|at|@|aanvang|inloop)\s")
_EVENING = Pattern(r"avond|evening")
_MORNING = Pattern(r"ochtend|morgens|\bmorning")
_MINUTES_BY_WORD = {
    "half": -30, "kwart over": 15, "kwart voor": -15, "tien over": 10, "vijf over": 5, "tien voor": -10,
    "vijf voor": -5, "quarter past": 15, "quarter to": -15, "half past": 30,
}  # fmt: skip

_LENGTHS = Pattern(
    rf"(?<![^\W\d_])(?:(?P<anderhalf>anderhalf|anderhalve|one and a half|an hour and a half|a hour and a half|1,5|1\.5)(?:\s?(?:uur(?:tje)?|u|hours?)\b)?"
    rf"|(?P<halfuur>(?:een |a |an )?half (?:uur(?:tje)?|an hour|hour)|halfuur(?:tje)?)\b"
    rf"|(?P<kwartier>(?:{NUMBER}|een)\s)?kwartier(?:tje)?\b"
    rf"|(?P<half>\d)[,.]5\s?(?:uur|u|hours?)\b"
    rf"|(?P<hours>{NUMBER}|een|an|one|1)\s?(?:klok|les)?(?:uurtjes?|uren|uur|u|hours?|hrs)\b(?P<more>\s(?:en een half|and a half))?"
    rf"|(?P<minutes>{NUMBER})\s?(?:minuten|minuutjes|minutes|mins?)\b\.?)"
)
_NO_LENGTH = Pattern(
    r"\btot|om het|elk|ieder|every|dat |per|/|binnen(?: een)?|\bop(?: een)?|pauze(?: van)?|wachttijd(?: van)?|reistijd(?: van| is)?|\bna(?: een)?|\bafter|within|over|om de|rij(?:den|tijd)?|reis\w*|max(?:imaal)? reis\w*"
)
_NOT_OF_LESSON = Pattern(
    r"\s*(?:rijden|reizen|reistijd|fietsen|drive|away|lopen|lopend|wandelen|walk\w*|treinen|sporen|vliegen|vertraging|te laat|late\b|pauze|break|onderweg|verderop|vandaan|met (?:de|het) (?:trein|bus|auto|fiets|ov|metro|tram)|by (?:train|car|bus|bike|tram)|van (?:het station|school|huis|ons|onze|hier)|from (?:the station|our|here|us|school)|eerder|over in\b|te gaan|van tevoren|geleden|ago|(?:per|a|each|elke|iedere) (?:dag|jaar|maand|kwartaal|blok|periode|day|year|month|term)\b|later|eerder)\b"
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of the day as stated, and where it stood; the end is None where only a begin is stated."""

    start: time
    end: time | None
    span: Span


def read_clocks(text: Text) -> list[Clock]:
    """The clock times of a text, in order. Hours of 1 to 6 are of the afternoon, as lessons are."""
    clocks: list[Clock] = []
    for match in text.find(_RANGE):
        if _OF_OTHERS.search(text.plain[: match.start()]):
            text.take(match.span())
            continue
        if _NUMBERED.search(text.plain, 0, match.start()):
            continue
        groups = match.groupdict()
        told = any(groups[f"{name}{n}"] for n in (1, 2) for name in ("min", "umin", "to", "half", "unit", "named"))
        told = told or bool(re.search(r"\d\s?[uh]\b", match[0]))
        led = groups["lead"] or _DATE_BEFORE.search(text.plain, max(0, match.start() - 14), match.start())
        told = told or bool(led and _ROUND_HOURS.match(text.plain, match.end()))
        clock = _range(text, match) if told else None
        if clock:
            clocks.append(clock)
            text.take(match.span())
    for match in text.find(_SINGLE):
        if _NUMBERED.search(text.plain, 0, match.start()) or _OF_OTHERS.search(text.plain[: match.start()]):
            continue
        groups = match.groupdict()
        certain = groups["min1"] or groups["umin1"] or groups["half1"] or groups["to1"]
        certain = certain or re.search(r"\d[uh]\b", match[0])
        after = bool(match["lead"] and match["unit1"] and match["lead"].startswith(("na ", "after ")))
        after = after or bool(
            match["unit1"] and _DATE_BEFORE.search(text.plain, max(0, match.start() - 14), match.start())
        )
        if not certain and not after and not (match["lead"] and _LEADS.match(match["lead"])):
            continue
        if groups["min1"] and "." in match[0] and not match["lead"] and not _plausible(text, match):
            continue
        if (
            not certain
            and not groups["unit1"]
            and re.match(r"\s?(?:[a-z]|%)", text.plain[match.end() : match.end() + 2])
        ) and not re.match(r"\s(?:'s|s|in|op|bij|met|on|and|en|iemand|een|te|voor)\b", text.plain[match.end() :]):
            continue
        start = _of(text, match, 1)
        if start:
            clocks.append(Clock(start, None, match.span()))
            text.take(match.span())
    return _joined(text, sorted(clocks, key=lambda clock: clock.span))


_END = Pattern(r"[,;]?\s*(?:en\s|and\s)?(?:einde?|ends?|tot|until|afgelopen)\s(?:om\s|at\s|circa\s|rond\s)?")


def _joined(text: Text, clocks: list[Clock]) -> list[Clock]:
    """`aanvang 16.30 uur, einde 19.00 uur`: two times that are one."""
    joined: list[Clock] = []
    for clock in clocks:
        last = joined[-1] if joined else None
        lead = text.plain[last.span[1] : clock.span[0]] + text.plain[clock.span[0] : clock.span[1]] if last else ""
        if last and last.end is None and clock.end is None and _END.match(lead) and clock.start > last.start:
            joined[-1] = Clock(last.start, clock.start, (last.span[0], clock.span[1]))
        else:
            joined.append(clock)
    return joined


def _plausible(text: Text, match: re.Match[str]) -> bool:
    """Whether `10.30` is a time and no number: a unit, or nothing like a unit of something else behind it."""
    return bool(match["unit1"]) or not re.match(r"\s?(?:euro|%|km|m\b|fte|kg)", text.plain[match.end() :])


def _range(text: Text, match: re.Match[str]) -> Clock | None:
    start, end = _of(text, match, 1), _of(text, match, 2)
    if start is None or end is None:
        return None
    if match["half2"] and not match["half1"] and match["half2"].startswith("p") and start.hour + 12 < end.hour:
        start = start.replace(hour=start.hour + 12) if start.hour < 7 else start
    if end <= start and end.hour < 12:
        end = end.replace(hour=end.hour + 12)
    return Clock(start, end, match.span()) if end > start else None


def _of(text: Text, match: re.Match[str], n: int) -> time | None:
    groups = match.groupdict()
    minute = int(groups[f"min{n}"] or groups[f"umin{n}"] or 0)
    written = groups[f"word{n}"] or groups[f"hour{n}"] or groups[f"named{n}"]
    hour = int(written) if written.isdigit() else _HOUR_WORDS[written]
    if groups[f"to{n}"]:
        moved = hour * 60 + _MINUTES_BY_WORD[groups[f"to{n}"]]
        hour, minute = divmod(moved, 60)
    if hour > 23:
        return None
    half = (groups[f"half{n}"] or "").replace(".", "")
    around = text.plain[slice(*text.sentence_at(match.start()))]
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif written.startswith("0") or hour >= 12:
        pass
    elif (hour < 7 and not _MORNING.search(around)) or (
        hour >= 7 and _EVENING.search(around) and not _MORNING.search(around)
    ):
        hour += 12
    return time(hour, minute)


def read_minutes(text: Text) -> int | None:
    """The length of a lesson in minutes, where one is stated."""
    for match in text.find(_LENGTHS):
        if text.past(match.start()):
            continue
        before, after = text.plain[: match.start()].rstrip(), text.plain[match.end() :]
        if re.search(rf"(?:{_NO_LENGTH.pattern})$", before) or _NOT_OF_LESSON.match(after):
            continue
        if match.start() and text.plain[match.start() - 1] in "0123456789.,":
            continue
        if text.negated(match.start()) and not _AT_MOST.search(before):
            continue
        value = _length(match)
        if value:
            text.take(match.span(), "minutes")
            return value
    return None


_AT_MOST = Pattern(
    r"\b(?:langer|meer|korter|minder|longer|more|less|shorter|boven|over|lang)(?:\s(?:dan|than|te duren|duren))?(?:\s(?:een|ongeveer|about|zo'n))?$"
)
"""`niet langer dan een uur` says how long; `niet weer iemand die twee uur praat` does not."""


def _length(match: re.Match[str]) -> int | None:
    if match["anderhalf"]:
        return 90 if re.search(r"uur|u\b|hour", match[0]) else None
    if match["halfuur"]:
        return 30
    if "kwartier" in match[0]:
        words = (match["kwartier"] or "een").strip()
        return 15 * (1 if words == "een" else number_of(words))
    if match["half"]:
        return int(match["half"]) * 60 + 30
    if match["hours"]:
        hours = 1 if match["hours"] in {"een", "an", "one", "1"} else number_of(match["hours"])
        return hours * 60 + (30 if match["more"] else 0) if hours <= _LONGEST_HOURS else None
    return number_of(match["minutes"])
