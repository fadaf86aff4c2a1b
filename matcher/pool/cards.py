"""The pool as askers see it who are limited to cards: nothing in it comes from a word that fewer than five hold.

Texts are those without rare words (`rare_words`). Of skills that fewer than five alumni of a school state, the separate
words remain that are skills too and that five hold; of the names of qualifications outside the register, those that
five have. The rarity of a skill is that among these. All else is the pool itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matcher.pool import OfPeople, Pool
from matcher.pool.codes import rarities
from matcher.pool.columns import SIDE_BITS, AskedSkills, Bool, Int64, People, Qualifications, Ragged, distinct
from matcher.pool.rare_words import FEWEST, numbers_in


def cards_of(pool: Pool) -> Pool:
    """The same alumni without what is rare, made once for a pool. Codes and rows are those of the pool."""
    made = pool.of_people.cards
    if made is None or made.vocabulary is not pool.vocabulary or made.requests is not pool.requests:
        made = pool.of_people.cards = _without_rare(pool)
    return made


def _without_rare(pool: Pool) -> Pool:
    people, table = _qualifications(pool)
    skills = _skills(pool)
    people_by_skill = skills.transposed(len(pool.vocabulary.skills))
    stated = np.diff(people_by_skill.starts) > 0
    names = pool.vocabulary.skills
    of_people = OfPeople(schools=pool.of_people.schools)
    return replace(
        pool,
        without_rare=True,
        people=replace(
            people,
            can_text=people.card_can_text,
            wants_text=people.card_wants_text,
            skills=skills,
        ),
        qualifications=table,
        people_by_skill=people_by_skill,
        requested_skills=_requested(pool.requested_skills, people_by_skill, len(people)),
        common_skills=frozenset(names[code] for code in np.flatnonzero(stated).tolist()),
        of_people=of_people,
    )


def _few(schools: Int64, values: Int64) -> tuple[Int64, Int64, Int64]:
    """Which entries are of a (school, value) that fewer than five entries are of, and those pairs.

    Returns for each entry the position of its pair, or -1, and the schools and values of the pairs.
    """
    order = np.lexsort((values, schools))
    school, value = schools[order], values[order]
    first = np.flatnonzero(np.append(True, (np.diff(school) != 0) | (np.diff(value) != 0))[: len(order)])
    count = np.diff(np.append(first, len(order)))
    few = count < FEWEST
    number = np.where(few, np.cumsum(few) - 1, -1)
    pair = np.empty(len(order), np.int64)
    pair[order] = np.repeat(number, count)
    return pair, school[first[few]], value[first[few]]


def _skills(pool: Pool) -> Ragged:
    """The skills of each alumnus; those that few at the school state are replaced by words that five hold."""
    skills, school = pool.people.skills, pool.people.school[:]
    owner = np.repeat(np.arange(len(skills)), np.diff(skills.starts))
    pair, schools, codes = _few(school[owner], skills.values.astype(np.int64))
    rare = pool.people.rare_words
    rare_numbers = pool.words.number[rare.values >> SIDE_BITS]
    rare_owner = np.repeat(school, np.diff(rare.starts))
    names, row_of = pool.vocabulary.skills, pool.vocabulary.skill_words.row_of
    sought = {
        (of, number)
        for of, code in zip(schools.tolist(), codes.tolist(), strict=True)
        for number in numbers_in(names[code])
    }
    numbers = distinct(np.array([number for _, number in sought], np.int64))
    hits = _among(rare_numbers, numbers)
    few = set(zip(rare_owner[hits].tolist(), rare_numbers[hits].tolist(), strict=True))
    remaining = Ragged.of(
        [
            sorted(
                row_of[word]
                for word in set(names[code].split(" "))
                if word in row_of and not any((of, number) in few for number in numbers_in(word))
            )
            for of, code in zip(schools.tolist(), codes.tolist(), strict=True)
        ]
    )
    common = pair < 0
    words, entry = remaining.gather(pair[~common])
    owners = np.concatenate([owner[common], owner[~common][entry]])
    values = np.concatenate([skills.values[common], words])
    both = distinct(owners * max(1, len(names)) + values)
    owners, values = both // max(1, len(names)), both % max(1, len(names))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(owners, minlength=len(skills)))])
    return Ragged(starts, values.astype(np.int32))


def _among(values: Int64, ordered: Int64) -> Bool:
    """Which values are among those that are distinct and ascending."""
    place = np.searchsorted(ordered, values)
    found = np.zeros(len(values), np.bool_)
    inside = place < len(ordered)
    found[inside] = ordered[place[inside]] == values[inside]
    return found


def _requested(asked: AskedSkills, people_by_skill: Ragged, people: int) -> AskedSkills:
    """The requested skills with their rarity among these people, and the words that cover them that anyone states."""
    owner = np.repeat(np.arange(len(asked.covered_by)), np.diff(asked.covered_by.starts))
    stated = np.diff(people_by_skill.starts)[asked.covered_by.values] > 0
    owner, words = owner[stated], asked.covered_by.values[stated]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(owner, minlength=len(asked.covered_by)))])
    persons, entry = people_by_skill.gather(words.astype(np.int64))
    once = distinct(owner[entry] * max(1, people) + persons)
    count = np.bincount(once // max(1, people), minlength=len(asked.weight)).astype(np.int32)
    return AskedSkills(rarities(count, people), count, Ragged(starts, words))


def _qualifications(pool: Pool) -> tuple[People, Qualifications]:
    """The people and the qualifications, without names outside the register that few at the school have."""
    table, lists = pool.qualifications, pool.people.qualifications
    codes = lists.values.astype(np.int64)
    schools = np.repeat(pool.people.school[:], np.diff(lists.starts))
    free = (table.domain == 0) & (table.name != 0)
    pair, _, _ = _few(schools, np.where(free[codes], table.name[codes], -1 - table.name[codes]))
    unnamed = free[codes] & (pair >= 0)
    if not unnamed.any():
        return pool.people, table
    nameless = replace(table, name=np.zeros(len(table.name), np.int64))
    columns = ("name", "crebo", "domain", "level")
    joined = Qualifications(*(np.append(getattr(table, one), getattr(nameless, one)) for one in columns))
    moved = np.where(unnamed, codes + len(table.name), codes).astype(np.int32)
    return replace(pool.people, qualifications=Ragged(lists.starts, moved)), joined
