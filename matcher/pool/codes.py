"""How a record becomes codes and numbers: one small function for each kind of column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache

import numpy as np

from matcher.concepts import ESSENTIAL_TIMES, Links, base_of, is_essential
from matcher.domain import crebo
from matcher.domain.busy import Interval, busy_day_parts
from matcher.domain.kinds import mask_of, number_of
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, Demand, Moment, Qualification, Request, owner_of, record_id
from matcher.pool.columns import (
    BUSY_BITS,
    UNKNOWN,
    AskedSkills,
    Float64,
    Int32,
    Qualifications,
    Ragged,
    code_of,
    consent_day,
    day_number,
    distinct,
)
from matcher.pool.concepts import meaning_the_same
from matcher.pool.skills import SkillWords, rarity

GROUPED_BY = ("key", "consents", "offers")
"""The sort keys of alumni, the last one first: alumni with the same offers and consents are adjacent."""
_NOON, _EVENING = time(12), time(18)


def tie_order(records: Sequence[Alumnus] | Sequence[Demand]) -> Int32:
    """Rank of each record by (id, owner), in code points."""
    ranked = sorted(range(len(records)), key=lambda row: (record_id(records[row]), owner_of(records[row])))
    order = np.empty(len(records), np.int32)
    order[ranked] = np.arange(len(records), dtype=np.int32)
    return order


_TEXT_DIGITS = 15


def hash_number(hash_: str) -> int:
    """The number of the text with this hash."""
    return int(hash_[:_TEXT_DIGITS], 16)


def hash_begins(number: int) -> str:
    """How the hash of the text with this number begins."""
    return f"{number:0{_TEXT_DIGITS}x}"


def flag(value: bool | None) -> int:
    """1, 0, or -1 for unknown."""
    return UNKNOWN if value is None else int(value)


def consent_mask(alumnus: Alumnus) -> int:
    """The purposes for which a consent was given and not withdrawn, as bits; its term may be over."""
    return mask_of(frozenset(consent.purpose for consent in alumnus.consents if consent.withdrawn_on is None))


def consent_days(alumnus: Alumnus) -> list[int]:
    """The day on which each consent in the mask was given: see `People`."""
    days = {
        number_of(consent.purpose): consent_day(consent.given_on)
        for consent in alumnus.consents
        if consent.withdrawn_on is None
    }
    return [days[number] for number in sorted(days)]


def ask_budget(alumnus: Alumnus) -> int:
    """How often this alumnus may be asked in a year; UNKNOWN for one who did not say: then the school says."""
    return UNKNOWN if alumnus.max_asks_per_year is None else alumnus.max_asks_per_year


def moments_of(demand: Demand) -> tuple[Moment, ...]:
    """The firm moments; an offering has none."""
    return demand.moments if isinstance(demand, Request) else ()


def day_parts_of(moment: Moment) -> int:
    """The day parts that a moment touches: morning before 12:00, afternoon before 18:00, then evening."""
    mask = 0
    at = moment.start
    while at < moment.end:
        part = 0 if at.time() < _NOON else 1 if at.time() < _EVENING else 2
        mask |= 1 << (at.weekday() * 3 + part)
        next_day = datetime.combine(at.date() + timedelta(days=1), time())
        at = (datetime.combine(at.date(), _NOON), datetime.combine(at.date(), _EVENING), next_day)[part]
    return mask


def busy_days(intervals: Iterable[Interval]) -> list[int]:
    """The days with a busy part, as `People.busy` holds them."""
    return [day_number(day) << BUSY_BITS | mask for day, mask in busy_day_parts(intervals)]


def span(request: Request) -> tuple[int, int]:
    """First and last day on which an alumnus is needed; NO_DAY if the request does not say."""
    if request.moments:
        days = [day_number(moment.start.date()) for moment in request.moments]
        return min(days), max(days)
    return day_number(request.period_from), day_number(request.period_to)


@lru_cache(1024)
def _identity(code: str | None, name: str | None) -> tuple[int, int, int, int]:
    """(name, crebo, domain, level) codes of a qualification; name, domain and level of its register entry first.

    Two are the same when either the names or the crebo codes are: old codes are not in the register.
    """
    entry = crebo.entry(code, name)
    registered_name = entry.name if entry else name
    return (
        code_of(f"name:{registered_name}") if registered_name else 0,
        code_of(f"crebo:{code}") if code else 0,
        code_of(f"domain:{entry.domain}") if entry else 0,
        entry.level if entry else UNKNOWN,
    )


def identity_of(item: Qualification) -> tuple[int, int, int, int]:
    """Name, crebo code, domain and level of a qualification, as `Qualifications` has them."""
    name, crebo_code, domain, level = _identity(item.crebo, item.name)
    return name, crebo_code, domain, item.level or level


def target_codes(programme: str | None, level: int | None) -> dict[str, int]:
    """What a demand aims at; `programme` is a crebo code or a name."""
    text = (programme or "").strip()
    code = text.upper() if crebo.CREBO_FORM.fullmatch(text.upper()) else None
    name, crebo_code, domain, registered_level = _identity(code, None if code else text or None)
    return {"target": name, "target_crebo": crebo_code, "domain": domain, "level": level or registered_level}


def qualification_table(held: Iterable[Qualification]) -> Qualifications:
    """Codes of distinct qualifications, in order."""
    table = np.array([*map(identity_of, held)], np.int64).reshape(-1, 4)
    names, codes, domains, levels = (column.copy() for column in table.T)
    return Qualifications(names, codes, domains, levels.astype(np.int8))


def unit_vectors(names: Sequence[str], known: Mapping[str, Coordinates]) -> Float64:
    """Unit vectors of places, shape (len(names), 3)."""
    degrees = np.array([(known[name].latitude, known[name].longitude) for name in names], np.float64).reshape(-1, 2)
    latitude, longitude = np.radians(degrees).T
    return np.column_stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )


def asked_skills(
    asked: Sequence[str], words: SkillWords, people_by_skill: Ragged, people: int, links: Links | None = None
) -> AskedSkills:
    """For each requested skill the words that cover it, how many alumni have one, and what it weighs among `people`.

    Words that none of them state are left out: on cards there are such (`matcher.pool.cards`). `links`: by which words
    also cover what means the same.
    """
    stated = np.diff(people_by_skill.starts) > 0
    covering = [[row for row in covering_rows(skill, words, links) if stated[row]] for skill in asked]
    having = [len(distinct(people_by_skill.gather(np.array(rows, np.int64))[0])) for rows in covering]
    counts = np.array(having, np.int32)
    return AskedSkills(skill_weights(asked, counts, people), counts, Ragged.of(covering))


def covering_rows(asked: str, words: SkillWords, links: Links | None) -> list[int]:
    """Rows of the words that cover a requested skill (a name of the pool), by spelling or by meaning; ascending."""
    spelled = words.covering(base_of(asked))
    means = meaning_the_same(asked, words, links)
    return sorted(means.union(spelled)) if means else spelled


def rarities(having: Int32, people: int) -> Int32:
    """The rarity of skills that this many (`having`) of the `people` have, shape (skills,)."""
    counts, back = np.unique(having, return_inverse=True)
    return np.array([rarity(count, people) for count in counts.tolist()], np.int32)[back]


def skill_weights(asked: Sequence[str], having: Int32, people: int) -> Int32:
    """What each requested skill (names of the pool) weighs: its rarity, and more where it is essential.

    `having`: how many of the `people` have each. Shape (skills,).
    """
    essential = np.fromiter(map(is_essential, asked), np.bool_, len(asked))
    return np.where(essential, np.int32(ESSENTIAL_TIMES), np.int32(1)) * rarities(having, people)


def joined_skills(first: AskedSkills, second: AskedSkills) -> AskedSkills:
    """The rows of the second after those of the first."""
    return AskedSkills(
        np.concatenate([first.weight, second.weight]),
        np.concatenate([first.people, second.people]),
        first.covered_by.followed_by(second.covered_by),
    )
