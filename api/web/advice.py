"""Views of the advice for one alumnus: can, wants and gap; courses as rows, and how they moved; the chosen ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Annotated, Any

from fastapi import Depends, Query

from api.web import cards, wording
from api.web.render import address
from matcher.domain.answers import Contribution, Match, Ranking
from matcher.domain.day_parts import DAY_PARTS, DAYS, PARTS, names_of_day_parts, within
from matcher.domain.records import Alumnus, Offering, Record
from matcher.locale import Language, say
from matcher.matching.tilt import HIGHEST, SIGNAL_OF, STEP, USUAL, Tilt
from matcher.services.matching import MOST_MOVED, Tilted
from matcher.services.talks import Chosen

NAMES = {"price": "prijs", "evening": "avond", "travel": "reis", "online": "online", "level": "niveau"}
"""The name of each slider in addresses."""
SHOWN, MOST_NEAR, LOOKED_AT = 8, 5, 40
"""Rows that are shown at first, those where no course fits, and courses among which they are looked for."""
MOST_SHOWN = MOST_MOVED
"""Rows that are shown when all are asked for."""
MOST_GAPS, MOST_TAGS = 6, 3
Step = Annotated[int | None, Query(ge=0, le=HIGHEST, multiple_of=STEP)]
_NONE, _LIGHT = 0, 40
"""A slider counts not at all, or lightly up to here; up to `USUAL` plus a step it counts, and above heavily."""


@dataclass(frozen=True)
class Slider:
    """One slider: its name in the address, what it is about, where it stands, and what that means."""

    name: str
    code: str
    value: int
    words: str


@dataclass(frozen=True)
class CourseRow:
    """One course of the advice: where it stands, how far it moved (up is positive) and why, and what it is.

    `moved`: None where nothing was changed, and for a row that is new: it was not in the list before.
    """

    rank: int
    id: str
    provider: str
    title: str
    url: str | None
    why: str
    closes: Sequence[str]
    about: Sequence[str]
    price: str
    funding: str
    moved: int | None
    new: bool
    because: str
    chosen: bool
    band: str


def tilt_of(
    prijs: Step = None,
    avond: Step = None,
    reis: Step = None,
    online: Step = None,
    niveau: Step = None,
    stand: Annotated[str, Query(max_length=40)] = "",
) -> Tilt:
    """Where the sliders stand: each by name, or all in one (`stand`); as usual where nothing is said."""
    base = asdict(Tilt.named(stand) or Tilt())
    sent = {"price": prijs, "evening": avond, "travel": reis, "online": online, "level": niveau}
    return Tilt(**{**base, **{name: value for name, value in sent.items() if value is not None}})


Sliders = Annotated[Tilt, Depends(tilt_of)]


def sliders(language: Language, tilt: Tilt) -> list[Slider]:
    """The sliders as they stand."""
    return [
        Slider(NAMES[code], code, value, say(language, f"talks.counts.{_level(value)}"))
        for code, value in asdict(tilt).items()
    ]


def _level(value: int) -> str:
    if value == _NONE:
        return "none"
    return "light" if value <= _LIGHT else "plain" if value <= USUAL + STEP else "heavy"


def profile(language: Language, alumnus: Alumnus, ranking: Ranking) -> dict[str, Any]:
    """What the alumnus can and wants, and the gap: what the courses that fit would add."""
    levels = [
        " ".join(text for text in (one.name, str(one.year) if one.year else "") if text)
        for one in alumnus.qualifications
        if one.name
    ]
    limits = [
        say(language, "talks.profile.free", parts=", ".join(wording.day_parts(language, alumnus.day_parts)))
        if alumnus.day_parts
        else "",
        say(language, "talks.profile.km", km=f"{alumnus.max_distance_km:g}") if alumnus.max_distance_km else "",
        say(language, "talks.profile.price", price=wording.euro(language, alumnus.max_price))
        if alumnus.max_price is not None
        else "",
    ]
    counted = Counter(skill for match in ranking.matches[:LOOKED_AT] if match.band for skill in _adds(match))
    return {
        "skills": alumnus.skills,
        "diplomas": levels,
        "needs": alumnus.needs,
        "wanted": [say(language, f"words.need.{one.value}") for one in sorted(alumnus.need_kinds or ())],
        "limits": [text for text in limits if text],
        "gap": [skill for skill, _ in counted.most_common(MOST_GAPS)],
    }


def rows(
    language: Language,
    tilted: Tilted,
    tilts: tuple[Tilt, Tilt | None],
    records: Mapping[int, Record],
    chosen: Sequence[Chosen],
    why: str,
    most: int = SHOWN,
) -> list[CourseRow]:
    """The courses that fit, at most `most`, or where none does the nearest few; with more than `SHOWN` the others too.

    `tilts`: of this list and of the one before; `why`: the page that explains a row. How far a course moved is told
    beside the list as it was shown before.
    """
    offerings = {key: record for key, record in records.items() if isinstance(record, Offering)}
    known = [match for match in tilted.ranking.matches if match.key in offerings]
    shown = _listed(known, most)
    on_list = {one.offering.key for one in chosen}
    before = [] if tilted.before is None else list(tilted.before.matches)
    earlier = {match.key: match for match in before}
    places = {match.key: place for place, match in enumerate(_listed(before, most), 1)}
    told = []
    for place, match in enumerate(shown, 1):
        offering = offerings[match.key]
        new = tilted.before is not None and match.key not in places
        moved = None if tilted.before is None or new else places[match.key] - place
        told.append(
            CourseRow(
                rank=place,
                id=match.candidate_id,
                provider=match.owner,
                title=offering.title,
                url=cards.safe_url(offering.url),
                why=f"{why}&{_query(match)}",
                closes=_adds(match)[:MOST_TAGS],
                about=_about(language, offering, match),
                price=_price(language, offering),
                funding=wording.funding(language, offering.funding),
                moved=moved,
                new=new,
                because=_because(language, match, earlier.get(match.key), tilts, moved or int(new)),
                chosen=match.key in on_list,
                band=match.band or "none",
            )
        )
    return told


def _listed(matches: Sequence[Match], most: int) -> Sequence[Match]:
    """What is shown of a list: what fits, or where nothing does the nearest few; beyond `SHOWN` the others below it."""
    fitting = [match for match in matches if match.band]
    if most > SHOWN:
        return [*fitting, *(match for match in matches if not match.band)][:most]
    return fitting[:most] or matches[:MOST_NEAR]


def _about(language: Language, offering: Offering, match: Match) -> list[str]:
    """When it begins, on which day parts, where, and how far that is."""
    start = (
        say(language, "talks.advice.start", day=wording.short_day(language, offering.start)) if offering.start else ""
    )
    parts = wording.course_parts(language, offering)
    form = say(language, f"words.form.{offering.form.value}") if offering.form else ""
    far = next((term.evidence.get("distance_km") for term in match.contributions if term.signal == "travel"), None)
    km = say(language, "talks.advice.km", km=f"{far:.0f}") if isinstance(far, float) and offering.town else ""
    return [text for text in (start, parts, " ".join(filter(None, (offering.town, km))), form) if text]


def _price(language: Language, offering: Offering) -> str:
    if offering.price is None:
        return ""
    return wording.euro(language, offering.price) if offering.price else say(language, "pages.facts.free")


def changed(language: Language, tilts: tuple[Tilt, Tilt | None], listed: Sequence[CourseRow]) -> str:
    """What was changed since the list before, and what came of it; empty where nothing was."""
    now, before = tilts
    if before is None or before == now:
        return ""
    was = asdict(before)
    parts = [
        say(
            language,
            "talks.changed",
            slider=say(language, f"talks.slider.{code}"),
            was=say(language, f"talks.counts.{_level(was[code])}"),
            now=say(language, f"talks.counts.{_level(value)}"),
        )
        for code, value in asdict(now).items()
        if was[code] != value
    ]
    moved, new = sum(1 for row in listed if row.moved), sum(1 for row in listed if row.new)
    told = [
        *([say(language, "talks.moved", count=moved)] if moved else []),
        *([say(language, "talks.came", count=new)] if new else []),
    ]
    return " ".join([*parts, *(told or [say(language, "talks.moved_none")])])


def week(offerings: Sequence[Offering], free: int | None) -> list[dict[str, Any]]:
    """The week of an alumnus beside that of the chosen courses: per day part which need it, and whether it is free.

    `clash`: two of them have days in common.
    """
    named = None if free is None else names_of_day_parts(free)
    needed = [(one, names_of_day_parts(within(one.day_parts or 0, one.start, one.end))) for one in offerings]
    at = {name: [one for one, names in needed if name in names] for name in DAY_PARTS}
    return [
        {
            "day": day,
            "parts": [
                {
                    "part": part,
                    "free": None if named is None else f"{day}-{part}" in named,
                    "courses": [one.title for one in at[f"{day}-{part}"]],
                    "clash": any(_overlap(*two) for two in combinations(at[f"{day}-{part}"], 2)),
                }
                for part in PARTS
            ],
        }
        for day in DAYS
    ]


def _overlap(one: Offering, other: Offering) -> bool:
    """Whether two courses have days in common, as far as their days are known."""
    return all(
        first is None or last is None or first <= last
        for first, last in ((one.start, other.end), (other.start, one.end))
    )


def _query(match: Match) -> str:
    return address("", kandidaat=match.candidate_id, kandidaat_school=match.owner).partition("?")[2]


def _adds(match: Match) -> list[str]:
    """What a course teaches that the alumnus does not have."""
    found: list[str] = []
    for term in match.contributions:
        if term.signal == "gap" and term.known:
            missing = term.evidence.get("missing") or ()
            found = [str(one) for one in missing] if isinstance(missing, (list, tuple)) else []
    return found


def _because(
    language: Language, match: Match, before: Match | None, tilts: tuple[Tilt, Tilt | None], moved: int
) -> str:
    """Which slider moved a course the most, in words; empty where it did not move."""
    now, earlier = tilts
    if not moved or before is None or earlier is None:
        return ""
    was = asdict(earlier)
    changes = {code: value - was[code] for code, value in asdict(now).items() if value != was[code]}
    if not changes:
        return ""
    gains = {code: _value(match.contributions, SIGNAL_OF[code]) for code in changes}
    middle = sum(gains.values()) / len(gains)
    code = max(gains, key=lambda one: (abs(gains[one] - middle) + abs(changes[one]) / HIGHEST, one))
    heavier = "more" if changes[code] > 0 else "less"
    return say(language, f"talks.because.{heavier}", slider=say(language, f"talks.slider.{code}"))


def _value(terms: Sequence[Contribution], signal: str) -> float:
    return next((term.value for term in terms if term.signal == signal), 0.0)
