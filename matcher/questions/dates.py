"""Dates and periods in a question, as they follow from the day on which it is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from matcher.domain.calendar_names import MONTHS, WEEKDAYS
from matcher.domain.day_parts import DAYS, PARTS
from matcher.questions.clock import Clock
from matcher.questions.periods import EXCLUSIVE, FROM, MONTH, NOT_BEFORE, ONWARDS, TO, Dates, read_periods, read_week_of
from matcher.questions.tense import has_been
from matcher.questions.week import ANY_DAY, DAY, EVENT_BEFORE_PART, PART
from matcher.questions.words import NUMBER, NUMBER_WORDS, Pattern, Span, Text, number_of

_DAY_WORDS = {word: number for word, number in NUMBER_WORDS.items() if number <= 31}
_DAY_WORD = "|".join(sorted((word for word in _DAY_WORDS if len(word) > 3), key=len, reverse=True))
_WEEKDAY = rf"(?P<weekday>{ANY_DAY})(?P<part>{PART}|(?:en|s))?\.?,?\s*(?:(?:de|the|op|dus|,)\s)*"
_YEAR = r"(?:,?\s*(?P<year>20\d\d|'\d\d)(?![\d:.]))?"
_NAMED = rf"(?P<d>\d{{1,2}}|{_DAY_WORD})(?:e|ste|de|th|st|nd|rd)?(?:\s?|\s(?:of\s)?|-)(?P<month>{MONTH})(?![a-z])\.?"
_ENGLISH = rf"(?P<emonth>{MONTH})(?:(?<=\b\w{{3}})\.|(?<=\b\w{{4}})\.)?\s(?P<ed>\d{{1,2}})(?:th|st|nd|rd)?(?![\d:.]|\s?(?:uur|uren|u\b|lesu|students|people|alumni|studenten|lln|leerl|oud-|oud |former|gast|mensen|personen|pers\b|hours|days|weeks|dagen|weken|keer|x\b|maal|bpv|stage|plekken))"
_FIGURES = (
    r"(?P<iy>20\d\d)-(?P<im>\d\d?)-(?P<id>\d\d?)"
    r"|(?P<fd>\d{1,2})(?P<sep>[-/.])(?P<fm>\d{1,2})(?P=sep)(?P<fy>20\d\d|\d\d)(?!\d)"
    r"|(?P<sd>\d{1,2})(?P<ssep>[-/])(?P<sm>\d{1,2})(?=$|[,.;!?)]|\s*(?:-\s|\d{1,2}[:.u]|van|om|tot|in\b|te\b|at|'s|of|en|vanaf|v\.a|middag|ochtend|avond|,|from|\())"
)
_PARTIAL = rf"(?P<earlier>(?:\d{{1,2}}(?:e|ste|de)?\s?(?:,|/)\s?(?=\d{{1,2}}(?:e|ste|de)?\s?(?:,|/|en\b|of\b|and\b|or\b)))+)?(?:(?P<first>\d{{1,2}})(?:e|ste|de)?\s*(?P<joint>-|t/m|tm|tot en met|tot|en|of|to|and|or|/|,|till|until)\s*(?:{ANY_DAY})?\s*)?"
_DATE = Pattern(rf"(?<![\w/.:-])(?:{_WEEKDAY})?{_PARTIAL}(?:{_NAMED}|{_ENGLISH}|{_FIGURES})(?![\w/]){_YEAR}")
_FIRST = Pattern(r"\d+")
_STARTING = Pattern(r"\s*(?:beginnen|starten|start|begint|van start)\b")
_JOIN = Pattern(r"\s*(?:uur\s)?(?:-|t/m|tot en met|tot|to|until|till|en|and|of|or|,|through|/)\s*(?:met\s|op\s|on\s)?")
_ENDING = Pattern(r"\s*(?:-|t/m|tot en met|tot|to|until|till|through|en|and)\s*(?:met\s|op\s|on\s)?")
_AHEAD = Pattern(
    rf"(?<![\w-])(?P<ahead>aanstaande|aankomende|komende|a\.?s\.?|deze|this|coming|eerstkomende)\s(?P<weekday>{ANY_DAY})(?P<part>{PART})?(?!\w)"
)
_BEHIND = Pattern(rf"(?<![\w-])(?P<weekday>{ANY_DAY})(?P<part>{PART})?\s(?P<ahead>a\.?s\.?|aanstaande)(?!\w)")
_NUMBERED = Pattern(
    r"\b(?:niveau|nivo|niv|nv|mbo|level|jaar|leerjaar|klas|periode|blok|groep|groepen|max|maximaal|groepjes van|teams van|groups of|ongeveer|circa|ca|about|leeftijd|van|score|cijfer|stand|lokaal|kamer|room)\.?\s$"
)
"""What makes a range of `2-3`, and no date."""
_LABELLED = Pattern(
    r"\b(?:niveau|nivo|niv|nv|mbo|level|lvl|jaar|leerjaar|year|klas|class|periode|period|blok|block|groep|group|groepen|lokaal|kamer|room|gebouw|building)[.:]?\s?$"
)
"""`niveau 4, woensdag 13 januari`: what makes a number that of something else, and no earlier day."""
_FRACTION = Pattern(r"(?:[123]/[2345]\s(?:van|of)\b|24/7)")
_NEXT = Pattern(rf"(?<![\w-])(?:next|volgende|eerstvolgende)\s(?:{DAY})(?:{PART})?(?!\w)")
_NEXT_WEEK = Pattern(
    rf"(?<![\w-])(?:(?P<wd1>{ANY_DAY})(?P<part1>{PART})?\s(?:van\s|in\s|of\s)?)?(?:(?P<which>volgende|komende|aankomende|deze|next|this|coming)\sweek|(?P<over>over een|over)\s?(?P<count>{NUMBER})?\s?(?:week|weken)|in\s(?P<ecount>{NUMBER})\sweeks)(?:\s(?:op\s|on\s)?(?P<wd2>{ANY_DAY})(?P<part2>{PART})?)?(?!\w)"
)
_RELATIVE = Pattern(
    r"(?<![\w-])(?P<day>vandaag|vanmiddag|vanavond|vanochtend|overmorgen|morgen|today|tonight|tomorrow|day after tomorrow)(?P<part>ochtend|middag|avond)?(?:\s(?P<part2>morning|afternoon|evening))?(?!\w)"
)


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    span: Span
    part: str | None = None
    joined: bool = False
    """Whether it stands in a list with the one before it."""
    weekday: bool = False
    """Whether its day of the week is named: then `voor` before it is what it is for."""
    ends: bool = False
    """Whether it ends a period that the one before it begins."""


def read_dates(text: Text, clocks: list[Clock], today: date) -> Dates:
    """Dates with clock times become moments, others a period. Takes what it reads."""
    told = Dates()
    read_week_of(text, today, told)
    days = _days(text, today, told)
    for relative in (_relative(text, today), _ahead(text, today), _next_weeks(text, today, told)):
        days += relative
    for match in text.find(_NEXT):
        told.unsure.append(match.span())
        text.take(match.span())
    days.sort(key=lambda day: day.span)
    days = [_joined_to(text, days, index) for index in range(len(days))]
    _place(text, days, clocks, told)
    read_periods(text, today, told)
    if told.moments:
        told.first = told.last = None
    if told.first and told.last and told.last < told.first:
        told.last = None
    return told


def _joined_to(text: Text, days: list[_Day], index: int) -> _Day:
    """`morgen of overmorgen`: a day that stands in a list with the one before it."""
    day, before = days[index], days[index - 1] if index else None
    if before is None or day.joined or before.span[1] > day.span[0]:
        return day
    return replace(day, joined=bool(_EITHER.fullmatch(text.plain, before.span[1], day.span[0])))


_EITHER = Pattern(r"\s*(?:of|or|en|and|,|/)\s*(?:op\s|on\s)?")


# ---- single dates


def _days(text: Text, today: date, told: Dates) -> list[_Day]:
    days: list[_Day] = []
    for match in map(partial(_without_label, text), text.find(_DATE)):
        if match is None:
            continue
        groups = match.groupdict()
        if groups["month"] in {"mei", "may"} and not groups["d"]:
            continue
        if groups["sd"] and (
            _NUMBERED.search(text.plain, 0, match.start()) or _FRACTION.match(text.plain, match.start())
        ):
            continue
        if _is_over(text, match, groups, today):
            text.take(match.span())
            continue
        try:
            day = _day_of(groups, today)
        except ValueError:
            told.unsure.append(match.span())
            text.take(match.span())
            continue
        named = groups["weekday"]
        wrong = named and WEEKDAYS.get(named, -1) != day.weekday()
        if wrong and groups["first"]:
            wrong = False
        if wrong:
            told.unsure.append(match.span())
            text.take(match.span())
            continue
        part = _part(groups["part"])
        joint = text.plain[days[-1].span[1] : match.start()] if days else ""
        if groups["first"] and int(groups["first"]) <= 31 and int(groups["first"]) != day.day:
            try:
                earlier = day.replace(day=int(_FIRST.findall(groups["earlier"] or groups["first"])[0]))
            except ValueError:
                earlier = day
            ends = groups["joint"] in {"-", "t/m", "tm", "tot en met", "tot", "to", "till", "until"} or bool(
                re.search(r"(?:tussen|between)\s$", text.plain[: match.start()])
            )
            days += [_Day(earlier, match.span(), part), _Day(day, match.span(), part, joined=True, ends=ends)]
        else:
            joined = bool(days) and bool(_JOIN.fullmatch(joint))
            started = bool(days) and bool(FROM.search(text.plain[: days[-1].span[0]]))
            ends = joined and bool(
                re.fullmatch(r"\s*(?:-|t/m|tot en met|tot|to|until|till|through)\s*(?:op |met |on )?", joint)
                or (started and _ENDING.fullmatch(joint))
            )
            days.append(_Day(day, match.span(), part, joined=joined, weekday=bool(named), ends=ends))
        text.take(match.span())
    return days


def _without_label(text: Text, match: re.Match[str]) -> re.Match[str] | None:
    """A date without the number before it that says which level or room it is: `niveau 4, woensdag 13 januari`."""
    first = match["first"] and ("earlier" if match["earlier"] else "first")
    if not first or not _LABELLED.search(text.plain, 0, match.start(first)):
        return match
    behind = match.end("joint")
    return _DATE.match(text.plain, behind + text.plain.startswith(" ", behind))


_ROLLED = 92
"""Days before today within which a date without a year may be one that is over."""
_OVER = Pattern(
    r"\b(?:is|was|zijn|waren|hebben|heeft|heb|hadden|had|werd|werden|has|have|were)\b[^.!?;]*?\b(?:al|besloten|afgesproken|geweest|gehad|gedaan|begonnen|gestart|gestopt|geslaagd|behaald|gehaald|gekregen|gesproken|besproken|gehouden|gemaakt|gevraagd|gegeven|gezien|decided|agreed|started|held|done|spoke|spoken|asked|given|met)\b|\b(?:was|waren|werd|werden|were|spraken|sprak|bespraken|hoorde|hoorden|zei|zeiden|vertelde|vertelden|spoke|talked|heard|said|told)\b|\b(?:afgelopen|jongstleden|jl|sinds|since|last|vorige?)\b"
)
_SHIFTED = Pattern(
    r"\b(?:verzet|verplaatst|verschoven|uitgesteld|gepland|geprikt|vastgelegd|moved to|planned|scheduled)\b"
)


def _is_over(text: Text, match: re.Match[str], groups: dict[str, str | None], today: date) -> bool:
    """`in de vergadering van 23 november is besloten`: a day without a year that has just been, of what has been."""
    if groups["iy"] or groups["fd"] or (groups["year"] or ""):
        try:
            return _day_of(groups, today) <= today and has_been(text, match.span())
        except ValueError:
            return False
    if has_been(text, match.span()):
        return True
    try:
        day = _day_of(groups, today)
        before = day.replace(year=day.year - 1)
    except ValueError:
        return False
    if not 0 < (today - before).days <= _ROLLED:
        return False
    return tells_of_past(text, match.span())


def tells_of_past(text: Text, span: Span) -> bool:
    """Whether the sentence of a date is about what has been."""
    start, end = text.sentence_at(span[0])
    return bool(_OVER.search(text.plain, start, end)) and not _SHIFTED.search(text.plain, start, end)


def _day_of(groups: dict[str, str | None], today: date) -> date:
    """The date of a match; without a year the next one that is not over. Raises ValueError."""
    if groups["iy"]:
        return date(int(groups["iy"]), int(groups["im"] or 0), int(groups["id"] or 0))
    if groups["fd"]:
        year = groups["fy"] or ""
        return date(int(year) + (2000 if len(year) == 2 else 0), int(groups["fm"] or 0), int(groups["fd"]))
    if groups["sd"]:
        number, month = int(groups["sd"]), int(groups["sm"] or 0)
    else:
        written = groups["d"] or groups["ed"] or ""
        number = int(written) if written.isdigit() else _DAY_WORDS[written]
        month = MONTHS[groups["month"] or groups["emonth"] or ""]
    year_told = (groups["year"] or "").lstrip("'")
    if year_told:
        return date(int(year_told) + (2000 if len(year_told) == 2 else 0), month, number)
    for year_ in range(today.year, today.year + 9):
        try:
            day = date(year_, month, number)
        except ValueError:
            if (month, number) != (2, 29):
                raise
            continue
        if day >= today:
            return day
    raise ValueError


def _part(name: str | None) -> str | None:
    if not name or name in {"en", "s"}:
        return None
    start = name.removesuffix("s").removesuffix("en") if name.endswith(("ens",)) else name
    for part, words in zip(
        PARTS,
        (("ochtend", "morgen", "morning", "voormiddag"), ("middag", "namiddag", "afternoon"), ("avond", "evening")),
        strict=True,
    ):
        if start.startswith(words):
            return part
    return None


def _relative(text: Text, today: date) -> list[_Day]:
    days = []
    for match in text.find(_RELATIVE):
        word = match["day"]
        if word in {"vandaag", "today"} or (
            word == "morgen"
            and not match["part"]
            and re.search(r"(?:goede|de|goeie|'s|van|in de)\s*$", text.plain[: match.start()])
        ):
            continue
        if has_been(text, match.span()):
            text.take(match.span())
            continue
        ahead = 2 if word in {"overmorgen", "day after tomorrow"} else 1 if word in {"morgen", "tomorrow"} else 0
        part = _part(match["part"] or match["part2"] or word.removeprefix("van").replace("tonight", "evening"))
        days.append(
            _Day(today + timedelta(days=ahead), match.span(), part if word != "morgen" or match["part"] else None)
        )
        text.take(match.span())
    return days


def _ahead(text: Text, today: date) -> list[_Day]:
    """`komende vrijdag`, `vrijdag a.s.`: the first one after today."""
    days = []
    for pattern in (_AHEAD, _BEHIND):
        for match in text.find(pattern):
            number = WEEKDAYS[match["weekday"]]
            day = today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
            days.append(_Day(day, match.span(), _part(match["part"]), weekday=True))
            text.take(match.span())
    return days


def _next_weeks(text: Text, today: date, told: Dates) -> list[_Day]:
    """`volgende week`, `over twee weken`, with or without a day of the week."""
    days = []
    monday = today - timedelta(days=today.weekday())
    for match in text.find(_NEXT_WEEK):
        if match["over"] and not match["count"] and match["over"] != "over een":
            continue
        if match["count"] or match["ecount"]:
            ahead = number_of(match["count"] or match["ecount"])
        else:
            ahead = 0 if match["which"] in {"deze", "this"} else 1
        start = monday + timedelta(weeks=ahead)
        name, part = match["wd1"] or match["wd2"], match["part1"] or match["part2"]
        text.take(match.span(), "period")
        if name:
            days.append(_Day(start + timedelta(days=WEEKDAYS[name]), match.span(), _part(part), weekday=True))
        else:
            told.first = max(start, today) if ahead == 0 else start
            told.last = None if ONWARDS.search(text.plain, 0, match.start()) else start + timedelta(days=6)
    return days


# ---- what dates are used for


_FOR = Pattern(r"\bvoor\s(?:de\s)?$")
_DEADLINE = Pattern(
    r"\b(?:binnen|klaar|inlever\w*|aanmeld\w*|reager\w*|reactie|doorgeven|uiterlijk|deadline|weten|laten|antwoord\w*|opgeven|af)\b"
)


def _place(text: Text, days: list[_Day], clocks: list[Clock], told: Dates) -> set[int]:
    """Pairs dates with clock times; what has none is a period."""
    used: set[int] = set()
    for index, day in enumerate(days):
        before = text.plain[: day.span[0]]
        if (
            day.weekday
            and _FOR.search(before)
            and not _DEADLINE.search(text.plain, max(0, day.span[0] - 60), day.span[1] + 40)
        ):
            before = before[: before.rindex("voor")]
        bound = (FROM.search(before) and not re.search(r"(?<!ingang )\bvan\s(?:de\s)?$", before)) or TO.search(before)
        next_day = days[index + 1] if index + 1 < len(days) else None
        if day.ends or (next_day and next_day.ends):
            _period(text, day, told, start=not day.ends)
            continue
        nearest = _clock_of(text, index, days, clocks)
        if nearest is not None and not (bound and re.search(r"(?:voor|before|uiterlijk|by|per)\s$", before)):
            used.add(nearest)
            clock = clocks[nearest]
            end = datetime.combine(day.day, clock.end) if clock.end else None
            told.moments.append((datetime.combine(day.day, clock.start), end))
            text.take(day.span, "moments")
            text.take(clock.span, "moments")
            continue
        part = day.part or _part_near(text, day)
        if bound or _STARTING.match(text.plain[day.span[1] :]):
            if TO.search(before) and not NOT_BEFORE.search(before):
                told.last = (
                    day.day - timedelta(days=1)
                    if EXCLUSIVE.search(before) or (day.day.day == 1 and re.search(r"\btot\s$", before))
                    else day.day
                )
                text.take(day.span, "period_to")
            else:
                told.first = day.day
                text.take(day.span, "period_from")
            continue
        told.first = min(told.first, day.day) if told.first and day.joined else told.first or day.day
        told.last = max(told.last, day.day) if told.last and day.joined else told.last or day.day
        text.take(day.span, "period")
        if part:
            told.day_parts.append(f"{DAYS[day.day.weekday()]}-{part}")
    return used


_UP_TO = Pattern(r"\btot\s(?:de\s)?$")


def _period(text: Text, day: _Day, told: Dates, *, start: bool) -> None:
    if start:
        told.first = day.day
    else:  # `van 1 februari tot 1 juli`: the first day after it
        whole = day.day.day == 1 and bool(_UP_TO.search(text.plain[: day.span[0]]))
        told.last = day.day - timedelta(days=1) if whole else day.day
    text.take(day.span, "period_from" if start else "period_to")


def _clock_of(text: Text, index: int, days: list[_Day], clocks: list[Clock]) -> int | None:
    """The clock time that belongs to a date: the next one behind it before another date, or one that all share."""
    if not clocks:
        return None
    day = days[index]
    last = days[index + 1].span[0] if index + 1 < len(days) and days[index + 1].span != day.span else len(text.plain)
    behind = [n for n, clock in enumerate(clocks) if day.span[1] <= clock.span[0] <= last]
    if behind:
        return behind[0]
    if index + 1 < len(days) and days[index + 1].joined:
        return _clock_of(text, index + 1, days, clocks)
    first = days[index - 1].span[1] if index else 0
    before = [n for n, clock in enumerate(clocks) if first <= clock.span[0] < day.span[0]]
    return before[-1] if before and len(days) == 1 else None


_NEAR = Pattern(rf"\s*,?\s*(?:'s |s |in de |in the |in )?(?P<part>{PART})(?!\w)(?!-\w)")
_NEAR_BEFORE = Pattern(rf"(?P<part>{PART})\s(?:van\s|of\s|op\s|on\s|,)?\s*(?:de\s|the\s)?$")


def _part_near(text: Text, day: _Day) -> str | None:
    """The part of the day that stands directly behind or before a date."""
    behind = _NEAR.match(text.plain, day.span[1])
    if behind and text.free(behind.span()):
        text.take(behind.span(), "day_parts")
        return _part(behind["part"])
    before = _NEAR_BEFORE.search(text.plain[: day.span[0]])
    if before and EVENT_BEFORE_PART.search(text.plain, 0, before.start()):
        before = None
    if before and text.free(before.span()):
        text.take(before.span(), "day_parts")
        return _part(before["part"])
    sentence = text.sentence_at(day.span[0])
    for match in re.finditer(
        rf"(?:'s |s |in de |in the )(?P<part>{PART})(?!\w)", text.plain[sentence[0] : sentence[1]]
    ):
        span = (match.start() + sentence[0], match.end() + sentence[0])
        if text.free(span) and not text.negated(span[0]):
            text.take(span, "day_parts")
            return _part(match["part"])
    return None
