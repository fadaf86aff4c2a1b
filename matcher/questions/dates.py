"""Dates and periods in a question, as they follow from the day on which it is asked."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from matcher.domain.calendar_names import MONTHS, WEEKDAYS
from matcher.domain.day_parts import DAYS, PARTS
from matcher.questions.clock import Clock
from matcher.questions.week import DAY, PART
from matcher.questions.words import NUMBER, NUMBER_WORDS, Span, Text, number_of

_MONTH = "|".join(sorted((name for name in MONTHS if name not in {"maa"}), key=len, reverse=True))
_DAY_WORDS = {word: number for word, number in NUMBER_WORDS.items() if number <= 31}
_DAY_WORD = "|".join(sorted((word for word in _DAY_WORDS if len(word) > 3), key=len, reverse=True))
_WEEKDAY = rf"(?P<weekday>{DAY}|ma|di|wo|do|vr|za|zo)(?P<part>{PART}|(?:en|s))?\.?,?\s*(?:(?:de|the|op|dus|,)\s)*"
_YEAR = r"(?:,?\s*(?P<year>20\d\d|'\d\d)(?![\d:.]))?"
_NAMED = rf"(?P<d>\d{{1,2}}|{_DAY_WORD})(?:e|ste|de|th|st|nd|rd)?(?:\s?|\s(?:of\s)?|-)(?P<month>{_MONTH})(?![a-z])\.?"
_ENGLISH = rf"(?P<emonth>{_MONTH})\.?\s(?P<ed>\d{{1,2}})(?:th|st|nd|rd)?(?![\d:.]|\s?(?:uur|u\b|students|people|alumni|studenten|lln))"
_FIGURES = (
    r"(?P<iy>20\d\d)-(?P<im>\d\d?)-(?P<id>\d\d?)"
    r"|(?P<fd>\d{1,2})(?P<sep>[-/.])(?P<fm>\d{1,2})(?P=sep)(?P<fy>20\d\d|\d\d)(?!\d)"
    r"|(?P<sd>\d{1,2})(?P<ssep>[-/])(?P<sm>\d{1,2})(?=$|[,.;!?)]|\s*(?:-\s|\d{1,2}[:.u]|van|om|tot|in\b|te\b|at|'s|of|en|vanaf|v\.a|middag|ochtend|avond|,|from|\())"
)
_PARTIAL = rf"(?:(?P<first>\d{{1,2}})(?:e|ste|de)?\s*(?P<joint>-|t/m|tot en met|tot|en|of|to|and|or|/|,|till|until)\s*(?:{DAY}|ma|di|wo|do|vr|za|zo)?\s*)?"
_DATE = re.compile(rf"(?<![\w/.:-])(?:{_WEEKDAY})?{_PARTIAL}(?:{_NAMED}|{_ENGLISH}|{_FIGURES})(?![\w/]){_YEAR}")
_NOT_BEFORE = re.compile(
    r"(?:not before|niet voor|niet eerder dan|no earlier than|not earlier than|op zijn vroegst|op z'n vroegst)\s(?:de\s|op\s)?$"
)
_FROM = re.compile(
    r"(?:not before|niet voor|niet eerder dan|no earlier than|ingang van|m\.?i\.?v\.?|vanaf|v\.?a\.?|per|from|sinds|na|after|starting|van|between|tussen|start|ingaande|beginnen op|beginnend op|op zijn vroegst|as of)\s(?:de\s|on\s|op\s|begin\s)?$"
)
_TO = re.compile(
    r"(?:no later than|not later than|niet later dan|niet na|not after|\bvoor|before|\btot|until|till?|t/m|tot en met|tot uiterlijk|uiterlijk|by|deadline|deadline is|ten laatste|through|tot aan|to)\s(?:de\s|op\s|het\s)?$"
)
_EXCLUSIVE = re.compile(r"(?:\bvoor|before)\s(?:de\s|het\s)?$")
_STARTING = re.compile(r"\s*(?:beginnen|starten|start|begint|van start)\b")
_JOIN = re.compile(
    r"\s*(?:uur\s)?(?:-|t/m|tot en met|tot|to|until|till|en|and|of|or|,|through|/)\s*(?:met\s|op\s|on\s)?"
)
_ENDING = re.compile(r"\s*(?:-|t/m|tot en met|tot|to|until|till|through|en|and)\s*(?:met\s|op\s|on\s)?")
_AHEAD = re.compile(
    rf"(?<![\w-])(?P<ahead>aanstaande|aankomende|komende|a\.?s\.?|deze|this|coming|eerstkomende)\s(?P<weekday>{DAY}|ma|di|wo|do|vr|za|zo)(?P<part>{PART})?(?!\w)"
)
_BEHIND = re.compile(
    rf"(?<![\w-])(?P<weekday>{DAY}|ma|di|wo|do|vr|za|zo)(?P<part>{PART})?\s(?P<ahead>a\.?s\.?|aanstaande)(?!\w)"
)
_NEXT = re.compile(rf"(?<![\w-])(?:next|volgende|eerstvolgende)\s(?:{DAY})(?:{PART})?(?!\w)")
_NEXT_WEEK = re.compile(
    rf"(?<![\w-])(?:(?P<wd1>{DAY}|ma|di|wo|do|vr|za|zo)(?P<part1>{PART})?\s(?:van\s|in\s|of\s)?)?(?:(?P<which>volgende|komende|aankomende|deze|next|this|coming)\sweek|(?P<over>over een|over)\s?(?P<count>{NUMBER})?\s?(?:week|weken)|in\s(?P<ecount>{NUMBER})\sweeks)(?:\s(?:op\s|on\s)?(?P<wd2>{DAY}|ma|di|wo|do|vr|za|zo)(?P<part2>{PART})?)?(?!\w)"
)
_RELATIVE = re.compile(
    r"(?<![\w-])(?P<day>vandaag|vanmiddag|vanavond|vanochtend|overmorgen|morgen|today|tonight|tomorrow|day after tomorrow)(?P<part>ochtend|middag|avond)?(?:\s(?P<part2>morning|afternoon|evening))?(?!\w)"
)
_WEEKS = re.compile(
    r"(?<![\w-])(?:week|weken|wk|weeknummer|weeks|week nr)\.?\s?(?P<first>\d{1,2})(?:\s?(?P<joint>-|t/m|tot en met|tot|en|of|to|and|or|/|&)\s?(?:week\s)?(?P<last>\d{1,2}))?(?![\w:])"
)
_A_WEEK = re.compile(r"(?:\bper|\bde|\ba|elke|iedere|/|every)\s?$")
_AMOUNT = re.compile(r"\s?(?:uur|u\b|x\b|keer|dagen|hours|lang|studenten|alumni)")
_MONTHS = re.compile(
    rf"(?<![\w-])(?:(?P<which>begin|start|eind|einde|end of|late|early|half|midden|medio|mid|mid-|begin van|in de loop van)[\s-]?)?(?:(?:de |van )?maand(?:en)?\s)?(?P<month>{_MONTH})(?![a-z'])\.?(?:\s?(?P<joint>/|of|en|-|t/m|tot en met|tot|or|and|to)\s?(?:(?P<which2>begin|eind|half|midden)\s)?(?P<last>{_MONTH})(?![a-z]))?(?:\s(?P<year>20\d\d))?"
)
_MONTH_LEAD = re.compile(
    r"(?:\bin|maand|vanaf|v\.?a\.?|from|na|after|voor|before|tot|until|tot en met|t/m|during|gedurende|per|of|or|ergens in|van|tussen|between|,|;|-|\(|/)\s*(?:de\s|the\s)?$"
)
_TITLE = re.compile(
    r"(?:collega|juf|juffrouw|meneer|mevrouw|mevr|dhr|mw|heer|met|namens|van|mr|mrs|ms|groet|groetjes|groeten)\.?\s*$"
)
_TERMS = re.compile(
    r"(?P<dit>dit schooljaar|dit studiejaar|this school year|this academic year)|(?P<volgend>(?:volgend|komend|nieuwe?) (?:schooljaar|studiejaar)|next school year|next academic year)"
    r"|(?P<kerst>na de kerst(?:vakantie|dagen)?|na kerst|after (?:the )?christmas(?: holidays?| break)?)|(?P<voorkerst>voor de kerst(?:vakantie)?|voor kerst|before (?:the )?christmas(?: holidays?| break)?)"
    r"|(?P<nieuwjaar>in het nieuwe jaar|na de jaarwisseling|in the new year|na nieuwjaar|na nieuw ?jaar)"
    r"|(?P<volgmaand>volgende maand|next month|komende maand)|(?P<dezemaand>deze maand|this month)"
    r"|(?P<ditjaar>nog dit jaar|dit kalenderjaar|dit jaar nog|before the end of the year|voor het eind(?:e)? van het jaar|voor het einde van dit jaar)"
    r"|(?P<season>(?:in (?:het|de|the) |dit |this |komend |komende |next )?(?:vroege )?(?P<which>voorjaar|lente|spring|zomer|summer|najaar|herfst|autumn|winter)(?: 20\d\d)?)(?![\w])"
    r"|(?P<holiday>(?:na|voor|in) de (?:voorjaars|zomer|mei|herfst)vakantie|na de zomer|after the summer(?: holidays?)?|after easter|na pasen)"
)
_SEASONS = {
    "voorjaar": 3,
    "lente": 3,
    "spring": 3,
    "zomer": 6,
    "summer": 6,
    "najaar": 9,
    "herfst": 9,
    "autumn": 9,
    "winter": 12,
}
_CHRISTMAS_ENDS = (1, 3)
"""The last day of the Christmas holiday of 2026 (month, day), in all regions; of other years it is asked."""


@dataclass(slots=True)
class Dates:
    """What a text says of dates; `unsure` are pieces that need a question."""

    moments: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    first: date | None = None
    last: date | None = None
    day_parts: list[str] = field(default_factory=list)
    unsure: list[Span] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether a date or period was read."""
        return bool(self.moments or self.first or self.last)


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    span: Span
    part: str | None = None
    joined: bool = False
    """Whether it stands in a list with the one before it."""
    ends: bool = False
    """Whether it ends a period that the one before it begins."""


def read_dates(text: Text, clocks: list[Clock], today: date) -> Dates:
    """Dates with clock times become moments, others a period. Takes what it reads."""
    told = Dates()
    days = _days(text, today, told)
    for relative in (_relative(text, today), _ahead(text, today), _next_weeks(text, today, told)):
        days += relative
    for match in text.find(_NEXT):
        told.unsure.append(match.span())
        text.take(match.span())
    days.sort(key=lambda day: day.span)
    used = _place(text, days, clocks, told)
    if not days:
        _clock_alone(clocks, used)
    if not told.moments:
        _weeks(text, today, told)
        _terms(text, today, told)
        _months(text, today, told)
    else:
        for pattern in (_WEEKS, _TERMS):
            for match in text.find(pattern):
                text.take(match.span())
        for match in text.find(_MONTHS):
            if match["month"] != "may" and match["month"] != "mar":
                text.take(match.span())
    if told.moments:
        told.first = told.last = None
    if told.first and told.last and told.last < told.first:
        told.last = None
    return told


def _clock_alone(_clocks: list[Clock], _used: set[int]) -> None:
    return


# ---- single dates


def _days(text: Text, today: date, told: Dates) -> list[_Day]:
    days: list[_Day] = []
    for match in text.find(_DATE):
        groups = match.groupdict()
        if groups["month"] in {"mei", "may"} and not groups["d"]:
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
                earlier = day.replace(day=int(groups["first"]))
            except ValueError:
                earlier = day
            ends = groups["joint"] in {"-", "t/m", "tot en met", "tot", "to", "till", "until"} or bool(
                re.search(r"(?:tussen|between)\s$", text.plain[: match.start()])
            )
            days += [_Day(earlier, match.span(), part), _Day(day, match.span(), part, joined=True, ends=ends)]
        else:
            joined = bool(days) and bool(_JOIN.fullmatch(joint))
            started = bool(days) and bool(_FROM.search(text.plain[: days[-1].span[0]]))
            ends = joined and bool(
                re.fullmatch(r"\s*(?:-|t/m|tot en met|tot|to|until|till|through)\s*(?:op |met |on )?", joint)
                or (started
                and _ENDING.fullmatch(joint))
            )
            days.append(_Day(day, match.span(), part, joined=joined, ends=ends))
        text.take(match.span())
    return days


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
            word == "morgen" and re.search(r"(?:goede|de|goeie|'s|van|in de)\s*$", text.plain[: match.start()])
        ):
            continue
        ahead = 2 if word in {"overmorgen", "day after tomorrow"} else 1 if word in {"morgen", "tomorrow"} else 0
        part = _part(match["part"] or match["part2"] or word.removeprefix("van").replace("tonight", "evening"))
        days.append(
            _Day(today + timedelta(days=ahead), match.span(), part if word not in {"morgen"} or match["part"] else None)
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
            days.append(_Day(day, match.span(), _part(match["part"])))
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
            days.append(_Day(start + timedelta(days=WEEKDAYS[name]), match.span(), _part(part)))
        else:
            told.first, told.last = max(start, today) if ahead == 0 else start, start + timedelta(days=6)
    return days


# ---- what dates are used for


def _place(text: Text, days: list[_Day], clocks: list[Clock], told: Dates) -> set[int]:
    """Pairs dates with clock times; what has none is a period."""
    used: set[int] = set()
    for index, day in enumerate(days):
        before = text.plain[: day.span[0]]
        bound = (_FROM.search(before) and not re.search(r"(?<!ingang )\bvan\s(?:de\s)?$", before)) or _TO.search(before)
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
            if _TO.search(before) and not _NOT_BEFORE.search(before):
                told.last = (
                    day.day - timedelta(days=1)
                    if _EXCLUSIVE.search(before) or (day.day.day == 1 and re.search(r"\btot\s$", before))
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


def _period(text: Text, day: _Day, told: Dates, *, start: bool) -> None:
    if start:
        told.first = day.day
    else:
        told.last = day.day
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


_NEAR = re.compile(rf"\s*,?\s*(?:'s |s |in de |in the |in )?(?P<part>{PART})(?!\w)(?!-\w)")
_NEAR_BEFORE = re.compile(rf"(?P<part>{PART})\s(?:van\s|of\s|op\s|on\s|,)?\s*(?:de\s|the\s)?$")


def _part_near(text: Text, day: _Day) -> str | None:
    """The part of the day that stands directly behind or before a date."""
    behind = _NEAR.match(text.plain, day.span[1])
    if behind and text.free(behind.span()):
        text.take(behind.span(), "day_parts")
        return _part(behind["part"])
    before = _NEAR_BEFORE.search(text.plain[: day.span[0]])
    if before and text.free(before.span()):
        text.take(before.span(), "day_parts")
        return _part(before["part"])
    sentence = next((one for one in text.sentences() if one[0] <= day.span[0] < one[1]), (0, len(text.plain)))
    for match in re.finditer(
        rf"(?:'s |s |in de |in the )(?P<part>{PART})(?!\w)", text.plain[sentence[0] : sentence[1]]
    ):
        span = (match.start() + sentence[0], match.end() + sentence[0])
        if text.free(span) and not text.negated(span[0]):
            text.take(span, "day_parts")
            return _part(match["part"])
    return None


# ---- weeks, months, terms


def _weeks(text: Text, today: date, told: Dates) -> None:
    for match in text.find(_WEEKS):
        numbers = [int(match["first"]), int(match["last"] or match["first"])]
        counted = _A_WEEK.search(text.plain, 0, match.start()) or _AMOUNT.match(text.plain, match.end())
        if counted or not all(1 <= number <= 53 for number in numbers):
            continue
        bounds = [_week(number, today) for number in numbers]
        before = text.plain[: match.start()]
        text.take(match.span(), "period")
        if _TO.search(before):
            told.last = bounds[-1] - timedelta(days=1) if _EXCLUSIVE.search(before) else bounds[-1] + timedelta(days=6)
            return
        told.first = bounds[0] + timedelta(days=7) if re.search(r"\bna\s$", before) else bounds[0]
        told.last = (
            None
            if _FROM.search(before) and not match["last"] and not re.search(r"\bvan\s$", before)
            else bounds[-1] + timedelta(days=6)
        )
        return


def _week(number: int, today: date) -> date:
    """The Monday of the next week with this ISO number that is not over."""
    for year in (today.year, today.year + 1):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if monday + timedelta(days=6) >= today:
            return monday
    return date.fromisocalendar(today.year + 1, min(number, 52), 1)


def _terms(text: Text, today: date, told: Dates) -> None:
    year = today.year if today.month >= 8 else today.year - 1
    for match in text.find(_TERMS):
        if match["holiday"]:
            told.unsure.append(match.span())
            text.take(match.span())
            continue
        if told.first and told.last:
            text.take(match.span())
            continue
        text.take(match.span(), "period")
        if match["dit"]:
            told.last = told.last or date(year + 1, 7, 31)
        elif match["volgend"]:
            told.first, told.last = date(year + 1, 8, 1), date(year + 2, 7, 31)
        elif match["kerst"]:
            told.first = told.first or date(year + 1, *_CHRISTMAS_ENDS) + timedelta(days=1)
        elif match["voorkerst"]:
            told.last = told.last or date(year, 12, 18)
        elif match["nieuwjaar"]:
            told.first = told.first or date(today.year + 1, 1, 1)
        elif match["ditjaar"]:
            told.last = told.last or date(today.year, 12, 31)
        elif match["volgmaand"] or match["dezemaand"]:
            month = today.month + (1 if match["volgmaand"] else 0)
            told.first, told.last = _whole_months(today.year + (month > 12), (month - 1) % 12 + 1, None, None)
            told.first = max(told.first, today)
        else:
            start = _SEASONS[match["which"]]
            begin = date(today.year, start, 1)
            last = _add_months(begin, 3) - timedelta(days=1)
            if last < today:
                begin, last = begin.replace(year=today.year + 1), _add_months(begin, 15) - timedelta(days=1)
            told.first, told.last = begin, last


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def _whole_months(year: int, month: int, which: str | None, last: int | None) -> tuple[date, date]:
    """A month, or its begin (1-10), middle (11-20) or end (21-)."""
    end_month = last or month
    end_year = year + (end_month < month)
    first, end = date(year, month, 1), date(end_year, end_month, monthrange(end_year, end_month)[1])
    if which in {"begin", "start", "early", "begin van"}:
        return first, first.replace(day=10) if last is None else end
    if which in {"half", "midden", "medio", "mid", "mid-"}:
        return first.replace(day=11), first.replace(day=20) if last is None else end
    if which in {"eind", "einde", "end of", "late"}:
        return first.replace(day=21), end
    return first, end


def _months(text: Text, today: date, told: Dates) -> None:
    for match in text.find(_MONTHS):
        before, name = text.plain[: match.start()], match["month"]
        led = bool(_MONTH_LEAD.search(before)) or bool(match["which"])
        if name in {"may", "mar", "mei"} and not led and (name != "mei" or len(text.plain) > 60):
            continue
        if (
            name in {"may", "mar"}
            and not re.search(r"\b(?:in|from|until|before|after|of|mid|early|late|and|or|to|by)\s$", before)
            and not match["which"]
        ):
            continue
        if _TITLE.search(before) and (text.typed[match.start()].isupper() or "juf" in before[-5:]):
            text.take(match.span())
            continue
        if told.first and told.last:
            text.take(match.span())
            continue
        month, last = MONTHS[name], MONTHS[match["last"]] if match["last"] else None
        year = (
            int(match["year"])
            if match["year"]
            else today.year + (month < today.month and not (last and last >= today.month and month <= last))
        )
        first, end = _whole_months(year, month, match["which"], last)
        if match["which2"] and last:
            end = _whole_months(end.year, last, match["which2"], None)[1]
        if _EXCLUSIVE.search(before):
            told.last = first - timedelta(days=1)
        elif _TO.search(before) and not told.first:
            told.last = first - timedelta(days=1) if re.search(r"\btot\s$", before) and not match["which"] else end
        elif _TO.search(before):
            told.last = end
        elif re.search(r"(?:\bna|after)\s$", before):
            told.first = end + timedelta(days=1)
        elif re.search(r"(?:vanaf|v\.?a\.?|from|per|starting|ingaande)\s$", before) and not last:
            told.first = first
        else:
            told.first, told.last = told.first or first, told.last or end
        text.take(match.span(), "period")


_ = Span
