"""The pool as askers see it who are limited to cards: nothing in it comes from a word that fewer than five hold.

Texts are those without rare words (`rare_words`). Of skills that fewer than five alumni of a school state, the separate
words remain that are skills too and that five hold; of the names of qualifications outside the register, those that
five have. The rarity of a skill is that among these. All else is the pool itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matcher.concepts import base_of
from matcher.pool import OfPeople, Pool
from matcher.pool.codes import skill_weights
from matcher.pool.columns import SIDE_BITS, AskedSkills, Bool, Int64, People, Qualifications, Ragged, distinct
from matcher.pool.rare_words import FEWEST, numbers_in


def cards_of(pool: Pool) -> Pool:
    """The same alumni without what is rare, made once for a pool. Codes and rows are those of the pool."""
    made = pool.of_people.cards
    if made is None or made.vocabulary is not pool.vocabulary or made.requests is not pool.requests:
        made = pool.of_people.cards = _without_rare(pool)
    return made


@dataclass(frozen=True, slots=True)
class OnCards:
    """Columns without what is rare, and the columns of the pool that they were made of."""

    of: tuple[object, ...]
    skills: Ragged
    people_by_skill: Ragged
    qualifications: Ragged
    table: Qualifications


def _on_cards(pool: Pool) -> OnCards:
    """Those of this pool: those of the pool before it, where a change touched nothing that they were made of."""
    people = pool.people
    of = (
        people.school, people.skills, people.rare_words, people.qualifications,
        pool.words, pool.qualifications, pool.vocabulary.skills,
    )  # fmt: skip
    known: OnCards | None = pool.of_people.on_cards
    if known is not None and all(one is other for one, other in zip(known.of, of, strict=True)):
        return known
    skills, (others, table) = _skills(pool), _qualifications(pool)
    made = OnCards(of, skills, skills.transposed(len(pool.vocabulary.skills)), others.qualifications, table)
    pool.of_people.on_cards = made
    return made


def _without_rare(pool: Pool) -> Pool:
    made, people, known = _on_cards(pool), pool.people, pool.of_people
    stated = np.diff(made.people_by_skill.starts) > 0
    names = pool.vocabulary.skills
    of_people = OfPeople(
        person_row=known.person_row,
        schools=known.schools,
        seen_by=dict(known.seen_by),
        loads=dict(known.loads),
        consents=dict(known.consents),
    )
    return replace(
        pool,
        without_rare=True,
        people=replace(
            people,
            can_text=people.card_can_text,
            wants_text=people.card_wants_text,
            skills=made.skills,
            qualifications=made.qualifications,
        ),
        qualifications=made.table,
        people_by_skill=made.people_by_skill,
        requested_skills=_requested(pool, made.people_by_skill),
        partly_by=_stated_alone(pool.partly_by, made.people_by_skill),
        common_skills=frozenset(base_of(names[code]) for code in np.flatnonzero(stated).tolist()),
        of_people=of_people,
    )


def _few(schools: Int64, values: Int64, together: Int64 | None = None) -> tuple[Int64, Int64, Int64]:
    """Which entries are of a (school, value) that fewer than five entries are of, and those pairs.

    Returns for each entry the position of its pair, or -1, and the schools and values of the pairs. `together`: by
    value the one that it is counted with.
    """
    order = np.lexsort((values, schools))
    school, value = schools[order], values[order]
    first = np.flatnonzero(np.append(True, (np.diff(school) != 0) | (np.diff(value) != 0))[: len(order)])
    count = np.diff(np.append(first, len(order)))
    held = count
    if together is not None and len(first):
        _, back = np.unique(np.stack([school[first], together[value[first]]]), axis=1, return_inverse=True)
        held = np.bincount(back.ravel(), weights=count)[back.ravel()].astype(np.int64)
    few = held < FEWEST
    number = np.where(few, np.cumsum(few) - 1, -1)
    pair = np.empty(len(order), np.int64)
    pair[order] = np.repeat(number, count)
    return pair, school[first[few]], value[first[few]]


def _skills(pool: Pool) -> Ragged:
    """The skills of each alumnus; those that few at the school state are replaced by words that five hold."""
    skills, school = pool.people.skills, pool.people.school[:]
    owner = np.repeat(np.arange(len(skills)), np.diff(skills.starts))
    names, words = pool.vocabulary.skills, pool.vocabulary.skill_words
    first = np.array([words.rows_of[base_of(name)][0] for name in names], np.int64)
    pair, schools, codes = _few(school[owner], skills.values.astype(np.int64), first)
    rare = pool.people.rare_words
    rare_numbers = pool.words.number[rare.values >> SIDE_BITS]
    rare_owner = np.repeat(school, np.diff(rare.starts))
    sought = {
        (of, number)
        for of, code in zip(schools.tolist(), codes.tolist(), strict=True)
        for number in numbers_in(base_of(names[code]))
    }
    numbers = distinct(np.array([number for _, number in sought], np.int64))
    hits = _among(rare_numbers, numbers)
    few = set(zip(rare_owner[hits].tolist(), rare_numbers[hits].tolist(), strict=True))
    remaining = Ragged.of(
        [
            sorted(
                words.row_of[name]
                for word, name in _separate(names[code])
                if name in words.row_of and not any((of, number) in few for number in numbers_in(word))
            )
            for of, code in zip(schools.tolist(), codes.tolist(), strict=True)
        ]
    )
    common = pair < 0
    remain, entry = remaining.gather(pair[~common])
    owners = np.concatenate([owner[common], owner[~common][entry]])
    values = np.concatenate([skills.values[common], remain])
    both = distinct(owners * max(1, len(names)) + values)
    owners, values = both // max(1, len(names)), both % max(1, len(names))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(owners, minlength=len(skills)))])
    return Ragged(starts, values.astype(np.int32))


def _separate(name: str) -> set[tuple[str, str]]:
    """The separate words of a skill, each with its name in the pool: that of a single word stands for the same."""
    key = base_of(name)
    return {(word, name if word == key else word) for word in key.split(" ")}


def _among(values: Int64, ordered: Int64) -> Bool:
    """Which values are among those that are distinct and ascending."""
    place = np.searchsorted(ordered, values)
    found = np.zeros(len(values), np.bool_)
    inside = place < len(ordered)
    found[inside] = ordered[place[inside]] == values[inside]
    return found


def _requested(pool: Pool, people_by_skill: Ragged) -> AskedSkills:
    """The requested skills with what they weigh among the people of a pool, by the words that these state on cards."""
    asked, people = pool.requested_skills, len(pool.people)
    covered_by = _stated_alone(asked.covered_by, people_by_skill)
    owner = np.repeat(np.arange(len(covered_by)), np.diff(covered_by.starts))
    persons, entry = people_by_skill.gather(covered_by.values.astype(np.int64))
    once = distinct(owner[entry] * max(1, people) + persons)
    count = np.bincount(once // max(1, people), minlength=len(asked.weight)).astype(np.int32)
    return AskedSkills(skill_weights(pool.vocabulary.requested_skills, count, people), count, covered_by)


def _stated_alone(lists: Ragged, people_by_skill: Ragged) -> Ragged:
    """The words of each list that anyone states."""
    owner = np.repeat(np.arange(len(lists)), np.diff(lists.starts))
    stated = np.diff(people_by_skill.starts)[lists.values] > 0
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(owner[stated], minlength=len(lists)))])
    return Ragged(starts, lists.values[stated])


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
