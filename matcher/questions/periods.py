"""Weeks, months, seasons and school terms in a question, as periods."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from matcher.domain.calendar_names import MONTHS
from matcher.questions.tense import has_been
from matcher.questions.words import Pattern, Span, Text

MONTH = "|".join(sorted((name for name in MONTHS if name != "maa"), key=len, reverse=True))
NOT_BEFORE = Pattern(
    r"(?:not before|niet voor|niet eerder dan|no earlier than|not earlier than|op zijn vroegst|op z'n vroegst)\s(?:de\s|op\s)?$"
)
FROM = Pattern(
    r"(?:not before|niet voor|niet eerder dan|no earlier than|ingang van|m\.?i\.?v\.?|vanaf|v\.?a\.?|per|from|sinds|na|after|starting|van|between|tussen|start|startdatum|starten|instroom|ingaande|beginnen op|beginnend op|op zijn vroegst|as of)\s(?:de\s|on\s|op\s|begin\s)?$"
)
TO = Pattern(
    r"(?:no later than|not later than|niet later dan|niet na|not after|\bvoor|before|\btot|until|till?|t/m|tot en met|tot uiterlijk|uiterlijk|by|deadline|deadline is|ten laatste|through|tot aan|to)\s(?:de\s|op\s|het\s)?$"
)
ONWARDS = Pattern(
    r"\b(?:vanaf|v\.?a\.?|from|per|ingaande|met ingang van|m\.?i\.?v\.?|as of|(?:start|starts|starting|beginning|beginnend|startend|beginnen|starten|begint)(?:\s(?:in|from|vanaf|per))?)\s(?:de\s|het\s|the\s)?$"
)
"""`vanaf volgende week`: no end is said."""
EXCLUSIVE = Pattern(r"(?:\bvoor|before)\s(?:de\s|het\s)?$")
_WEEKS = Pattern(
    r"(?<![\w-])(?:week|weken|wk|weeknummer|weeks|week nr)\.?\s?(?P<first>\d{1,2})(?:,\s?\d{1,2}(?=\s?(?:$|[,.;)&/]|en\b|of\b|and\b|or\b|tot\b|t/m)))*(?:\s?(?P<joint>-|t/m|tm|tot en met|tot|en|of|to|and|or|/|&)\s?(?:week\s)?(?P<last>\d{1,2}))?(?![\w:])"
)
_A_WEEK = Pattern(r"(?:\bper|\bde|\ba|elke|iedere|/|every)\s?$")
_AMOUNT = Pattern(r"\s?(?:uur|u\b|x\b|keer|dagen|hours|lang|studenten|alumni)")
_MONTHS = Pattern(
    rf"(?<![\w-])(?:(?P<which>begin|start|eind|einde|end of|late|early|half|midden|medio|mid|mid-|begin van|in de loop van|(?:(?:de|het|the)\s)?(?:eerste|tweede|derde|vierde|laatste|first|second|third|fourth|last)\s(?:week|helft|half)\s(?:van|in|of))[\s-]?)?(?:(?:de |van )?maand(?:en)?\s)?(?P<month>{MONTH})(?![a-z'])\.?(?:\s?(?P<joint>/|of|en|-|t/m|tm|tot en met|tot|or|and|to)\s?(?:(?P<which2>begin|eind|half|midden)\s)?(?P<last>{MONTH})(?![a-z]))?(?:\s(?P<year>20\d\d))?"
)
_MONTH_LEAD = Pattern(
    r"(?:\bin|maand|vanaf|v\.?a\.?|from|na|after|voor|before|tot|until|tot en met|t/m|during|gedurende|per|of|or|ergens in|van|tussen|between|,|;|-|\(|/)\s*(?:de\s|the\s)?$"
)
_TITLE = Pattern(
    r"(?:collega|juf|juffrouw|meneer|mevrouw|mevr|dhr|mw|heer|met|namens|van|mr|mrs|ms|groet|groetjes|groeten)\.?\s*$"
)
_WEEK_OF = Pattern(
    rf"(?:in |de |the |in de |in the )*week (?:van|of|rond|rondom|around)\s(?:de\s)?(?:(?:maandag|monday|ma)\s)?(?:(?P<d>\d{{1,2}})(?:e|ste|th|st|nd|rd)?\s(?:of\s)?(?P<month>{MONTH})|(?P<emonth>{MONTH})\s(?P<ed>\d{{1,2}})(?:th|st|nd|rd)?)(?![\w:]|\.\d)"
)
"""`de week van 18 januari`."""
_TERMS = Pattern(
    r"(?P<dit>dit schooljaar|dit studiejaar|this school year|this academic year)|(?P<volgend>(?:volgend|komend|nieuwe?) (?:schooljaar|studiejaar)|next school year|next academic year)"
    r"|(?P<kerst>na de kerst(?:vakantie|dagen)?|na kerst|after (?:the )?christmas(?: holidays?| break)?)|(?P<voorkerst>voor de kerst(?:vakantie)?|voor kerst|before (?:the )?christmas(?: holidays?| break)?)"
    r"|(?P<nieuwjaar>in het nieuwe jaar|na de jaarwisseling|in the new year|na nieuwjaar|na nieuw ?jaar)"
    r"|(?P<volgmaand>volgende maand|next month|komende maand)|(?P<dezemaand>deze maand|this month)"
    r"|(?P<ditjaar>nog dit jaar|dit kalenderjaar|dit jaar nog|before the end of the year|voor het eind(?:e)? van het jaar|voor het einde van dit jaar)"
    r"|(?:in |tijdens |during |het |the |in het |in the )*(?:(?P<nth>eerste|tweede|derde|vierde|laatste|first|second|third|fourth|last|1e|2e|3e|4e|1st|2nd|3rd|4th) (?P<of>kwartaal|quarter|helft|half|halfjaar)|q(?P<q>[1-4])) (?:van |of |in )?(?P<qyear>20\d\d)(?!\w)"
    r"|(?:in |tijdens |during |het |the )*(?:(?:eerste|tweede|derde|vierde|laatste|first|second|third|fourth|last|1e|2e|3e|4e) (?:kwartaal|quarter|halfjaar)|q[1-4])(?P<loose>)(?!\w)"
    r"|(?P<edge>begin|eind|einde|medio|halverwege|early|late|mid|end of|beginning of)[ -](?:van )?(?P<eyear>20\d\d)(?![\w-])"
    r"|(?P<term>(?:volgende?|komende?|dit|deze|nieuwe) (?:les)?(?:blok|periode|semester|trimester|kwartaal)|(?:next|this|coming) (?:term|semester|block|quarter|period))(?!\w)"
    r"|(?P<around>(?:voor|na|tot|tot aan|before|after|until|till) (?:de |het |the )(?:zomer|winter|lente|herfst|summer|spring|autumn)(?:\s(?:holidays?|break|vacation))?)(?!\w)"
    r"|(?P<season>(?:in (?:het|de|the) |dit |this |komend |komende |next )?(?:vroege )?(?P<which>voorjaar|lente|spring|zomer|summer|najaar|herfst|autumn|winter)(?: 20\d\d)?)(?![\w])"
    r"|(?P<holiday>(?:na|voor|in|tot|tot aan) de (?:voorjaars|zomer|mei|herfst)vakantie|na de zomer|after the summer(?: holidays?)?|after easter|na pasen|(?:after|before|until|till|during|in|over) (?:the )?(?:spring|summer|autumn|may|easter|half-term|february|october) (?:holidays?|break|vacation)|(?:tijdens|rond) de (?:voorjaars|zomer|mei|herfst|kerst)vakantie)"
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


def read_periods(text: Text, today: date, told: Dates) -> None:
    """Adds periods to what dates say; beside moments they are marked as read and no more."""
    if not told.moments:
        _weeks(text, today, told)
        _terms(text, today, told)
        _months(text, today, told)
        return
    for pattern in (_WEEKS, _TERMS):
        for match in text.find(pattern):
            text.take(match.span())
    for match in text.find(_MONTHS):
        if match["month"] not in {"may", "mar"}:
            text.take(match.span())


def read_week_of(text: Text, today: date, told: Dates) -> None:
    """The week with a day that is named: read before the days are."""
    for match in text.find(_WEEK_OF):
        month, number = MONTHS[match["month"] or match["emonth"]], int(match["d"] or match["ed"])
        try:
            day = date(today.year, month, number)
            day = day if day >= today else day.replace(year=today.year + 1)
        except ValueError:
            continue
        if text.negated(match.start()) or has_been(text, match.span()):
            text.take(match.span())
            continue
        told.first = day - timedelta(days=day.weekday())
        told.last = told.first + timedelta(days=6)
        text.take(match.span(), "period")


def _weeks(text: Text, today: date, told: Dates) -> None:
    for match in text.find(_WEEKS):
        numbers = [int(match["first"]), int(match["last"] or match["first"])]
        counted = _A_WEEK.search(text.plain, 0, match.start()) or _AMOUNT.match(text.plain, match.end())
        if counted or not all(1 <= number <= 53 for number in numbers):
            continue
        bounds = [_week(number, today) for number in numbers]
        before = text.plain[: match.start()]
        if has_been(text, match.span()):
            text.take(match.span())
            continue
        if NOT_BEFORE.search(before):
            told.first = bounds[0]
            text.take(match.span(), "period_from")
            return
        if text.negated(match.start()):
            text.take(match.span())
            continue
        text.take(match.span(), "period")
        if TO.search(before):
            told.last = bounds[-1] - timedelta(days=1) if EXCLUSIVE.search(before) else bounds[-1] + timedelta(days=6)
            return
        told.first = bounds[0] + timedelta(days=7) if re.search(r"\bna\s$", before) else bounds[0]
        told.last = (
            None
            if FROM.search(before) and not match["last"] and not re.search(r"\bvan\s$", before)
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
        if match["holiday"] or match["term"] or match["around"] or match["loose"] is not None or match["edge"]:
            told.unsure.append(match.span())
            text.take(match.span())
            continue
        if (told.first and told.last) or has_been(text, match.span()):
            text.take(match.span())
            continue
        text.take(match.span(), "period")
        onwards = ONWARDS.search(text.plain, 0, match.start())
        if match["qyear"]:
            told.first, told.last = _share_of(match)
        elif match["dit"]:
            told.last = told.last or date(year + 1, 7, 31)
        elif match["volgend"]:
            told.first, told.last = date(year + 1, 8, 1), None if onwards else date(year + 2, 7, 31)
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
            told.first, told.last = max(told.first, today), None if onwards else told.last
        else:
            start = _SEASONS[match["which"]]
            begin = date(today.year, start, 1)
            last = _add_months(begin, 3) - timedelta(days=1)
            if last < today:
                begin, last = begin.replace(year=today.year + 1), _add_months(begin, 15) - timedelta(days=1)
            told.first, told.last = begin, None if onwards else last


def _share_of(match: re.Match[str]) -> tuple[date, date]:
    """A quarter or a half of a named year."""
    year = int(match["qyear"])
    halves = match["of"] in {"helft", "half", "halfjaar"}
    months, most = (6, 2) if halves else (3, 4)
    number = int(match["q"]) if match["q"] else _NTH.get(match["nth"], most - 1) + 1
    begin = date(year, (min(number, most) - 1) * months + 1, 1)
    return begin, _add_months(begin, months) - timedelta(days=1)


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


_PIECE = Pattern(r"(?P<which>\w+)\s(?P<of>week|helft|half)\s\w+$")
_NTH = {
    **{f"{number + 1}{end}": number for number in range(4) for end in ("e", "st", "nd", "rd", "th")},
    "eerste": 0,
    "first": 0,
    "tweede": 1,
    "second": 1,
    "derde": 2,
    "third": 2,
    "vierde": 3,
    "fourth": 3,
}


def _piece(first: date, end: date, which: str, *, week: bool) -> tuple[date, date]:
    """A week of a month, counted from its first Monday, or a half of it."""
    if not week:
        half = first.replace(day=15)
        return (first, half) if _NTH.get(which, 1) == 0 else (half + timedelta(days=1), end)
    if which in _NTH:
        monday = first + timedelta(days=-first.weekday() % 7, weeks=_NTH[which])
    else:
        monday = end - timedelta(days=end.weekday())
    return monday, monday + timedelta(days=6)


def _whole_months(year: int, month: int, which: str | None, last: int | None) -> tuple[date, date]:
    """A month, or its begin (1-10), middle (11-20) or end (21-)."""
    end_month = last or month
    end_year = year + (end_month < month)
    first, end = date(year, month, 1), date(end_year, end_month, monthrange(end_year, end_month)[1])
    if which and last is None and (piece := _PIECE.search(which)):
        return _piece(first, end, piece["which"], week=piece["of"] == "week")
    if which in {"begin", "start", "early", "begin van"}:
        return first, first.replace(day=10) if last is None else end
    if which in {"half", "midden", "medio", "mid", "mid-"}:
        return first.replace(day=11), first.replace(day=20) if last is None else end
    if which in {"eind", "einde", "end of", "late"}:
        return first.replace(day=21), end
    return first, end


_STARTING_IN = Pattern(
    r"(?:vanaf|v\.?a\.?|from|per|starting|ingaande|(?:starting|beginning|startend|beginnend|te starten|te beginnen|start|begint|starts|begins)\s(?:in|on|op|from|per|vanaf)?)\s$"
)
_SINCE = Pattern(r"\b(?:sinds|since|afgelopen|vorige?|last|ingang van vorig)\s(?:de\s|the\s|begin\s|eind\s)?$")
_HAVE_BEEN = Pattern(
    r"\b(?:ben|is|zijn)\b[^.!?;]*?\b(?:gestopt|geslaagd|afgestudeerd|uitgevallen|ontslagen|weggegaan|vertrokken)\b|\b(?:hadden|had|hebben|heeft|heb|was|waren|were|have|has)\b[^.!?;]*?\b(?:al|gehaald|gehad|geweest|gedaan|gestart|begonnen|gestopt|already|been|started|finished)\b"
)


def _over(text: Text, match: re.Match[str], first: date, today: date, *, years: bool) -> bool:
    """Whether a month is one that has been: `sinds augustus`, `die hebben we in oktober al gehad`."""
    if _SINCE.search(text.plain, 0, match.start()):
        return True
    if not years and has_been(text, match.span()):
        return True
    if years or (first - today).days < _MONTHS_AHEAD:
        return False
    return bool(_HAVE_BEEN.search(text.plain, *text.sentence_at(match.start())))


_NOT_IN = Pattern(
    r"\b(?:niet|geen|not|never|nooit|behalve|uitgezonderd|except|excluding)\s(?:(?:in|tijdens|during|voor in|de|the|maand|maanden|month)\s){0,3}$"
)
"""`not in January`: a month that does not suit is no period."""
_MONTHS_AHEAD = 240
"""Days from which the next month of a name is farther than the last one was."""


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
        if _over(text, match, first, today, years=bool(match["year"])):
            text.take(match.span())
            continue
        if _NOT_IN.search(before):
            text.take(match.span())
            continue
        if NOT_BEFORE.search(before):
            told.first = first
        elif EXCLUSIVE.search(before):
            told.last = first - timedelta(days=1)
        elif TO.search(before) and not told.first:
            told.last = first - timedelta(days=1) if re.search(r"\btot\s$", before) and not match["which"] else end
        elif TO.search(before):
            told.last = end
        elif re.search(r"(?:\bna|after)\s$", before):
            told.first = end + timedelta(days=1)
        elif _STARTING_IN.search(before) and not last:
            told.first = first
        else:
            told.first, told.last = told.first or first, told.last or end
        text.take(match.span(), "period")
