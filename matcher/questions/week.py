"""Day parts that recur, in a question: `dinsdagmiddag`, `ma ochtend of wo middag`, `doordeweeks 's avonds`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from matcher.domain.calendar_names import DAY_NAMES
from matcher.domain.day_parts import DAY_PARTS, DAYS, PARTS
from matcher.questions.clock import Clock
from matcher.questions.tense import has_been
from matcher.questions.words import NUMBER, Pattern, Span, Text

_FULL = {name: n for n, names in enumerate(DAY_NAMES) for name in names if len(name) > 2}
_SHORT = {names[0]: n for n, names in enumerate(DAY_NAMES)}
DAY = "|".join(sorted(_FULL, key=len, reverse=True))
"""For a pattern: a day by a name of more than two letters."""
_SHORT_DAY = "|".join(_SHORT)
ANY_DAY = f"{DAY}|{_SHORT_DAY}"
"""For a pattern: a day by any name."""
_PARTS = {
    "ochtend": 0, "ochtenden": 0, "ochtends": 0, "morgen": 0, "morgens": 0, "morning": 0, "mornings": 0, "voormiddag": 0,
    "middag": 1, "middagen": 1, "middags": 1, "namiddag": 1, "afternoon": 1, "afternoons": 1,
    "avond": 2, "avonden": 2, "avonduren": 2, "avonds": 2, "evening": 2, "evenings": 2,
}  # fmt: skip
PART = "|".join(sorted(_PARTS, key=len, reverse=True))
"""For a pattern: a part of the day."""
_WEEK = r"doordeweekse?|door de week|werkdagen|weekdagen|weekdays?|schooldagen"
_TOKEN = Pattern(
    rf"(?<![\w-])(?:(?P<day>{DAY})(?:en|s)?(?:[ -]?(?P<glued>{PART}))?|(?P<short>{_SHORT_DAY})(?:\.(?=\s|$))?(?:[ -]?(?P<sglued>{PART}))?"
    rf"|(?P<group>weekend(?:en|s)?|weekeinde)(?P<ggroup>ochtend|middag|avond)?|(?P<week>{_WEEK})"
    rf"|(?:'s |s |'s-)(?P<often>{PART})|(?P<bare>{PART})|-(?P<after>{PART})|(?P<over>overdag))(?![\w])(?!-\w)"
)
_CUT = r"(?:-|\.(?=[/+&,]|\s(?:en|of|and|or)\s))?"
"""Behind a day that is cut short: `di- of donderdag`, `di./do.`."""
_JOINT = Pattern(
    _CUT
    + r"\s*(?:[,/+&-]|en|of|and|or|dan wel|danwel)?\s*(?:op |on |de |the |'s |s |in |een |every |liefst |graag |het liefst |bij voorkeur |preferably )*\s*-?"
)
_RANGE = Pattern(r"\s*(?:t/m|tot en met|tot|to|through|till|-)\s*")
_END_OF = Pattern(r"(?:eind|einde|begin|loop|end|start) (?:van|of) (?:de|the)\s*$")
_PLAIN = Pattern(
    r"(?:fijn|goed|prettig|leuk|mooi|nice|great|lekker|afgelopen|vorig|vorige|last|hele|goede|goeie|good|goedemo?r?)\s*$"
)
EVENT_BEFORE_PART = Pattern(r"(?:networking|alumni|netwerk|parents|info|open|information|theme|quiz|social)\s*$")
_ALL = (0, 1, 2)


@dataclass(slots=True)
class _Group:
    """Days and parts that stand together."""

    days: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    """Days of which no part is said yet."""
    done: dict[str, None] = field(default_factory=dict)
    start: int = 0
    end: int = 0
    said_day: bool = False

    def close(self) -> list[str]:
        """The day parts, in the order of the week."""
        parts = tuple(self.parts) if self.parts and not self.done else _ALL
        for day in self.pending:
            for part in parts:
                self.done[_name(day, part)] = None
        if not self.done and self.parts:
            for day in range(5):
                for part in self.parts:
                    self.done[_name(day, part)] = None
        return [name for name in DAY_PARTS if name in self.done]


def _name(day: int, part: int) -> str:
    return f"{DAYS[day]}-{PARTS[part]}"


def part_of_hour(hour: int) -> str:
    """The part of the day that an hour is in."""
    return PARTS[0] if hour < 12 else PARTS[1] if hour < 18 else PARTS[2]


@dataclass(frozen=True, slots=True)
class Week:
    """The day parts asked for, and those excluded."""

    wanted: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def read_week(text: Text, clocks: list[Clock], *, dated: bool) -> Week:
    """Day parts, of a text in which dates with their day of the week are read already.

    `dated`: a bare part of the day belongs to a date that was read. A clock time without a date says the part.
    """
    wanted: dict[str, None] = {}
    excluded: dict[str, None] = {}
    loose: list[tuple[Span, list[str]]] = []
    whole: set[str] = set()
    for group in _groups(text):
        span = (group.start, group.end)
        said_day, bare = group.said_day, group
        if (
            said_day
            and not group.done
            and not group.parts
            and len(clocks) == 1
            and not dated
            and not text.negated(clocks[0].span[0])
        ):
            group.parts = [PARTS.index(part_of_hour(clocks[0].start.hour))]
        elif said_day and not (group.done or group.parts) and (lunch := _LUNCH.match(text.plain, group.end)):
            group.parts = [1 if lunch["after"] else 0]
            text.take(lunch.span())
        elif said_day and not (group.done or group.parts or dated) and (behind := _clock_behind(text, group, clocks)):
            group.parts = [PARTS.index(part_of_hour(behind.start.hour))]
        names = bare.close()
        if not names:
            continue
        shut = _SHUT.search(text.plain, 0, group.start) is not None
        if shut or text.negated(group.start) or _is_refused(text, group.end):
            excluded |= dict.fromkeys(names)
            text.take(span, "not_day_parts")
        elif said_day:
            if not group.parts and not group.days and len(names) % len(_ALL) == 0:
                whole |= set(names)
            wanted |= dict.fromkeys(names)
            text.take(span, "day_parts")
        else:
            loose.append((span, names))
    if not dated:
        loose += [(match.span(), [_name(day, 2) for day in range(5)]) for match in text.find(_EVENINGS)]
    spoken = {name.partition("-")[2] for _, names in loose for name in names}
    if whole and len(spoken) == 1 and not dated:  # `'s avonds kan ik, maandag of woensdag`
        wanted = {name: None for name in wanted if name not in whole or name.partition("-")[2] in spoken}
    for span, names in loose:
        text.take(span, None if wanted or dated else "day_parts")
        if not wanted and not dated:
            wanted |= dict.fromkeys(names)
    wanted = {name: None for name in wanted if name not in excluded}
    return Week(
        tuple(name for name in DAY_PARTS if name in wanted), tuple(name for name in DAY_PARTS if name in excluded)
    )


_UP_TO_CLOCK = Pattern(r"[\s,(:]*(?:van |from |om |at |tussen |between |vanaf )?")


def _clock_behind(text: Text, group: _Group, clocks: list[Clock]) -> Clock | None:
    """`dinsdag 8.30-12.00 en vrijdag 13.00-16.00`: the time that stands behind a day."""
    behind = (one for one in clocks if group.end <= one.span[0])
    return next((one for one in behind if _UP_TO_CLOCK.fullmatch(text.plain, group.end, one.span[0])), None)


_LUNCH = Pattern(r"\s(?:(?P<after>na de lunch|na de middagpauze|after lunch)|voor de lunch|before lunch)(?!\w)")
_REFUSED = Pattern(
    r"\s*(?:(?:kan|kunnen|lukt|gaat|past|is|ben|zijn|komt|werkt|mag|hoeft|valt|zit|werk|heb|hebben)\s)?(?:(?:het|ik|we|wij|me|mij|hij|zij|ze|er|iedereen|hier|helaas|liever|echt|dus|ook|nu|bij|ons|altijd|al|juist|even|deze|die|dag|dagen)\s){0,4}?"
    r"(?:niet(?!\s(?:alleen|zo|te|erg|per))(?:\s(?:mogelijk|handig|beschikbaar|goed|uit|lukken|door|kunnen|geschikt|graag|vrij|aanwezig|nodig))?|geen\s(?:optie|les|tijd|lessen)|uitgesloten|dicht|gesloten|closed|afwezig)\s*(?:$|[.,;:!?)(]|\b(?:want|omdat|dan|maar|en|of|dus|wel)\b)"
    r"|\s*(?:is|are|does|do|would|will|won't|doesn't|don't|isn't|aren't|can't|cannot)\s(?:not\s|never\s)?(?:work\w*|possible|available|suit\w*|an option|good|convenient|free)\b"
)
_SHUT = Pattern(
    r"\b(?:closed|shut|not open|gesloten|dicht|afwezig|away|not available|unavailable)\s(?:(?:altijd|always|op|on|elke|iedere|every|all|de|hele|day|every)\s){0,3}$"
)
"""`closed on Mondays`."""
_NOT_REFUSED = Pattern(
    r"\s*(?:is|are|does|do|would|will)\s(?:work|possible|available|suit|an option|good|convenient|free)"
)


def _is_refused(text: Text, end: int) -> bool:
    """`donderdag niet`, `vrijdag kan ik niet`, `Friday doesn't work`: what is said of days behind them."""
    return bool(_REFUSED.match(text.plain, end)) and not _NOT_REFUSED.match(text.plain, end)


_EVENINGS = Pattern(r"(?<![\w-])(?:avond-?(?:cursus|training)\w*|evening (?:course|class|training)(?:es|s)?)(?!\w)")


def _groups(text: Text) -> list[_Group]:
    groups: list[_Group] = []
    matches = [match for match in _TOKEN.finditer(text.plain) if text.free(match.span()) and _counts(text, match)]
    group: _Group | None = None
    for match in matches:
        between = text.plain[group.end : match.start()] if group else ""
        ranged = bool(
            (group and _RANGE.fullmatch(between) and match["day"])
            or (group and _RANGE.fullmatch(between) and match["short"])
        )
        joined = bool(group) and (ranged or bool(_JOINT.fullmatch(between)))
        if joined and between.strip() == "," and _is_refused(text, match.end()):
            joined = False  # `maandag, dinsdag niet`
        if not joined or group is None:
            if match["bare"] and not _bare_counts(text, match):
                group = None
                continue
            group = _Group(start=match.start())
            groups.append(group)
        _add(
            group,
            match,
            ranged=(ranged and between.strip() != "" and not re.fullmatch(r"\s*-\s*", between))
            or (ranged and between.strip() == "-"),
        )
        group.end = match.end()
    for group in groups:
        lead = re.search(
            r"(?:(?:elke|iedere|every|op|on|in de|in the|in het|liefst|'s)\s)+$", text.plain[: group.start]
        )
        if lead and text.free((lead.start(), group.start)):
            group.start = lead.start() if not text.negated(group.start) else group.start
    return groups


def _add(group: _Group, match: re.Match[str], *, ranged: bool) -> None:
    part = next(
        (_PARTS[match[name]] for name in ("glued", "sglued", "often", "bare", "after", "ggroup") if match[name]), None
    )
    days: tuple[int, ...] = ()
    if match["day"]:
        days = (_FULL[match["day"]],)
    elif match["short"]:
        days = (_SHORT[match["short"]],)
    elif match["group"]:
        days = (5, 6)
    elif match["week"]:
        days = tuple(range(5))
    if ranged and group.pending and days:
        days = tuple(range(group.pending[-1] + 1, days[0] + 1))
    if days:
        group.said_day = True
    if match["over"]:
        group.parts += [0, 1]
        return
    if part is None:
        group.pending += days
        if group.parts and not group.done and not group.days:
            return
        return
    if not days and not group.pending and group.days:  # `dinsdagochtend of -middag`
        for day in group.days:
            group.done[_name(day, part)] = None
        return
    if not days and not group.pending:
        group.parts.append(part)
        return
    both = [*group.pending, *days]
    for day in both:
        group.done[_name(day, part)] = None
    group.days = both
    group.pending = []


_AS_SUBJECT = Pattern(
    r"\b(?:over|about|on|hoe)\s(?:(?:de|het|een|the|a|je|hun|zijn|haar|their|drukke|gewone|typische|typical|busy|normal)\s)*$"
)
_OF_IT = Pattern(r"\s(?:van|in|op|bij|of|at|blues|on)\s?(?:de|het|een|the|a|an|in|of)?\b")
"""`over het weekend in de horeca`: what it is about, and not when."""


_AGO = Pattern(
    r"\b(?:(?:vorige|afgelopen|last)\s(?:week|maand|month)|geleden|ago|gisteren|yesterday|afgelopen|vorige|last|jongstleden)\s(?:op\s|on\s|de\s)?$"
)
"""`vorige week dinsdag`: a day that has been."""


def _counts(text: Text, match: re.Match[str]) -> bool:
    """Whether this word is meant as a day or part: `do` is a verb in English, `zo` means so, `ma` may be anything."""
    before, after = text.plain[: match.start()], text.plain[match.end() :]
    if _AGO.search(before) or has_been(text, match.span()):
        return False
    if _AS_SUBJECT.search(before) and _OF_IT.match(after):
        return False
    if _PLAIN.search(before) or EVENT_BEFORE_PART.search(before):
        return False
    if match["bare"] == "morgen" and not re.search(r"(?:de|elke|een)\s*$", before):
        return False
    if match["bare"] and re.match(r"\s(?:van tevoren)", after):
        return False
    if not match["short"]:
        return True
    if match["sglued"]:
        return True
    joint = rf"{_CUT}\s*(?:[/+&,-]|en|of|t/m|or|and)\s*"
    joined_after = re.match(rf"{joint}(?:op )?(?:{_SHORT_DAY}|\w+dag)(?:[ -]?(?:{PART}))?\b", after)
    joined_before = re.search(rf"\b(?:{_SHORT_DAY}|\w+dag(?:en)?|ochtend|middag|avond){joint}$", before)
    if joined_after or joined_before:
        return True
    if re.match(r"\s*(?:van |om |tussen )?\d{1,2}[:.u]", after):
        return True
    return match["short"] != "zo" and bool(
        re.search(r"(?:op|elke|iedere|niet|geen|alleen|behalve|liefst|,|:)\s*$", before)
        and re.match(r"\s*(?:$|[.,;!?)]|en|of|in|'s|s )", after)
    )


_AMOUNT = Pattern(rf"(?:{NUMBER}|paar|several|few|couple of)\s$")
"""`twee ochtenden`: how much, and not when."""


def _bare_counts(text: Text, match: re.Match[str]) -> bool:
    """Whether a part of the day without a day stands for itself: `in de avond`, `een ochtend`; `een middag` is a length."""
    before, after = text.plain[: match.start()], text.plain[match.end() :]
    if _AMOUNT.search(before):
        return False
    if (
        match["bare"].endswith("s")
        or _END_OF.search(before)
        or re.search(r"(?:\b(?:in de|in the|op een|elke|iedere|every|per|of|en)|'s|,|-)\s*$", before)
    ):
        return True
    if re.match(r"\s*(?:per week|in de week|p/?w|a week)", after):
        return False
    return len(text.plain) < 60 or bool(re.match(r"\s(?:in|of|or|eind|begin|half|medio)\b", after))
