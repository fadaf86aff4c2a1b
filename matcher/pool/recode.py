"""Renumbers the codes of a pool: dropping unused ones, or into a given order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from matcher.pool import Pool
from matcher.pool.columns import (
    NO_WORD,
    SIDE_BITS,
    TEXT_COLUMNS,
    UNKNOWN,
    AskedSkills,
    Bool,
    Demands,
    Int32,
    Int64,
    People,
    Ragged,
)
from matcher.pool.text_vectors import NO_TEXT, Texts


def without_unused(pool: Pool, before: Pool) -> Pool:
    """The same pool without unused places, languages, skills and qualifications; itself if all are used.

    So a word that only an erased alumnus stated does not remain in it. `before`: an earlier pool, in which all were
    used: what has the same columns is not looked at again.
    """
    demands, people = (pool.requests, pool.offerings), pool.people
    same_names = pool.vocabulary is before.vocabulary
    same_demands = same_names and demands[0] is before.requests and demands[1] is before.offerings
    if not (same_demands and people.place is before.people.place and people.languages is before.people.languages):
        pool = _without_unused_places(pool)
    if not (same_demands and people.skills is before.people.skills):
        pool = _without_unused_skills(pool)
    if people.qualifications is not before.people.qualifications or pool.qualifications is not before.qualifications:
        qualifications = _used([pool.people.qualifications.values], len(pool.qualifications.name))
        if not qualifications.all():
            pool = with_qualifications(pool, np.flatnonzero(qualifications))
    lists = ("common_words", "rare_words")
    same_words = all(getattr(people, name) is getattr(before.people, name) for name in lists)
    if same_words and same_demands and pool.words is before.words:
        return pool
    left = np.flatnonzero(~words_used(pool) & (pool.words.number != NO_WORD))
    return replace(pool, words=pool.words.without(left)) if len(left) else pool


def _without_unused_places(pool: Pool) -> Pool:
    """And languages."""
    demands = (pool.requests, pool.offerings)
    tables = (pool.people, *demands)
    masks = [np.bitwise_or.reduce(table.languages, initial=0) for table in tables]
    names = pool.vocabulary
    places = _used([table.place for table in tables] + [of.places.values for of in demands], len(names.places))
    mask = np.bitwise_or.reduce(np.array(masks, np.int64))
    languages = (mask >> np.arange(len(names.languages)) & 1).astype(np.bool_)
    if not places.all():
        pool = with_places(pool, np.flatnonzero(places))
    return pool if languages.all() else with_languages(pool, np.flatnonzero(languages))


def _without_unused_skills(pool: Pool) -> Pool:
    """Those that alumni state, and those that are requested."""
    skills = np.diff(pool.people_by_skill.starts) > 0
    tables = (pool.requests, pool.offerings)
    requested_skills = _used([table.skills.values for table in tables], len(pool.vocabulary.requested_skills))
    if not skills.all():
        pool = with_skills(pool, np.flatnonzero(skills))
    return pool if requested_skills.all() else with_requested_skills(pool, np.flatnonzero(requested_skills))


def with_texts(people: People, rows: Int32, added: Texts) -> People:
    """The same alumni with texts added in these rows, and nothing left of those that none of them has.

    `added` has a row 0 before them.
    """
    texts = people.texts
    used = np.zeros(max(len(texts), int(rows.max(initial=0)) + 1), np.bool_)
    used[NO_TEXT] = True
    for column in TEXT_COLUMNS:
        used[getattr(people, column)] = True
    gone = np.flatnonzero(~used[: len(texts)] & (texts.number != NO_TEXT))
    return replace(people, texts=texts.changed(rows.astype(np.int64), added, gone))


def with_texts_in_order(people: People) -> People:
    """The same alumni with only the texts that they have, in the order in which they are looked at."""
    columns = [getattr(people, column) for column in TEXT_COLUMNS]
    used, first, place = np.unique(
        np.concatenate([np.array([NO_TEXT], np.int32), *columns]), return_index=True, return_inverse=True
    )
    order = np.argsort(first, kind="stable")
    row = np.empty(len(order), np.int32)
    row[order] = np.arange(len(order), dtype=np.int32)
    moved: dict[str, Any] = dict(zip(TEXT_COLUMNS, np.split(row[place[1:]], len(columns)), strict=True))
    return replace(people, texts=people.texts.take(used[order]), **moved)


def words_used(pool: Pool) -> Bool:
    """Which rows of the words are those of a text of an alumnus or demand of the pool, shape (words,)."""
    used = np.zeros(len(pool.words), np.bool_)
    for lists in (pool.people.common_words, pool.people.rare_words):
        used[lists.values >> SIDE_BITS] = True
    for demands in (pool.requests, pool.offerings):
        used[demands.words.values] = True
    return used


def with_words(pool: Pool, chosen: Int64) -> Pool:
    """The pool with only these of its words, in this order; each text keeps those of its words that are among them."""
    number = _numbers(chosen, len(pool.words))

    def of_people(lists: Ragged) -> Ragged:
        moved = number[lists.values >> SIDE_BITS]
        sides = lists.values & ((1 << SIDE_BITS) - 1)
        entries = np.where(moved == UNKNOWN, UNKNOWN, moved << SIDE_BITS | sides).astype(np.int32)
        return _in_new_codes(lists, entries)

    people = pool.people
    requests = replace(pool.requests, words=_renumbered(pool.requests.words, number))
    offerings = requests
    if pool.offerings is not pool.requests:
        offerings = replace(pool.offerings, words=_renumbered(pool.offerings.words, number))
    common, rare = of_people(people.common_words), of_people(people.rare_words)
    return replace(
        pool,
        words=pool.words.take(chosen),
        people=replace(people, common_words=common, rare_words=rare),
        requests=requests,
        offerings=offerings,
    )


def _used(columns: Sequence[Int32], width: int) -> Bool:
    used = np.zeros(width + 1, np.bool_)
    for column in columns:
        used[column] = True  # index -1 hits the spare last cell, which collects 'unknown'
    return used[:width]


def with_places(pool: Pool, chosen: Int64) -> Pool:
    """The pool with only these of its places, in this order."""
    number = _numbers(chosen, len(pool.vocabulary.places))

    def of(demands: Demands) -> Demands:
        several = Ragged(demands.places.starts, number[demands.places.values])
        return replace(demands, place=number[demands.place], places=several)

    return replace(
        pool,
        vocabulary=replace(pool.vocabulary, places=_named(pool.vocabulary.places, chosen)),
        points=pool.points[chosen],
        people=replace(pool.people, place=number[pool.people.place]),
        requests=of(pool.requests),
        offerings=of(pool.offerings),
    )


def with_languages(pool: Pool, chosen: Int64) -> Pool:
    """The pool with only these of its languages, in this order."""

    def moved(masks: Int64) -> Int64:
        renumbered = np.zeros(len(masks), np.int64)
        for bit, before in enumerate(chosen.tolist()):
            renumbered |= (masks.astype(np.int64) >> before & 1) << bit
        return renumbered

    return replace(
        pool,
        vocabulary=replace(pool.vocabulary, languages=_named(pool.vocabulary.languages, chosen)),
        people=replace(pool.people, languages=moved(pool.people.languages)),
        requests=replace(pool.requests, languages=moved(pool.requests.languages)),
        offerings=replace(pool.offerings, languages=moved(pool.offerings.languages)),
    )


def with_skills(pool: Pool, chosen: Int64) -> Pool:
    """The pool with only these of the words that alumni state, in this order."""
    number = _numbers(chosen, len(pool.vocabulary.skills))
    return replace(
        pool,
        vocabulary=replace(pool.vocabulary, skills=_named(pool.vocabulary.skills, chosen)),
        people=replace(pool.people, skills=_renumbered(pool.people.skills, number)),
        people_by_skill=pool.people_by_skill.take(chosen),
        requested_skills=replace(
            pool.requested_skills, covered_by=_renumbered(pool.requested_skills.covered_by, number)
        ),
        partly_by=_renumbered(pool.partly_by, number),
    )


def with_requested_skills(pool: Pool, chosen: Int64) -> Pool:
    """The pool with only these of its requested skills, in this order."""
    names, requested_skills = pool.vocabulary, pool.requested_skills
    number = _numbers(chosen, len(names.requested_skills))

    def of(demands: Demands) -> Demands:
        return replace(demands, skills=_renumbered(demands.skills, number, ordered=False))

    return replace(
        pool,
        vocabulary=replace(
            names,
            requested_skills=_named(names.requested_skills, chosen),
            requested_skill_names=_named(names.requested_skill_names, chosen),
        ),
        requested_skills=AskedSkills(
            requested_skills.weight[chosen], requested_skills.people[chosen], requested_skills.covered_by.take(chosen)
        ),
        partly_by=pool.partly_by.take(chosen) if len(pool.partly_by) else pool.partly_by,
        requests=of(pool.requests),
        offerings=of(pool.offerings),
    )


def with_qualifications(pool: Pool, chosen: Int64) -> Pool:
    """The pool with only these of the qualifications that alumni have, in this order."""
    number = _numbers(chosen, len(pool.qualifications.name))
    qualifications = pool.people.qualifications
    return replace(
        pool,
        qualifications=pool.qualifications.take(chosen),
        people=replace(pool.people, qualifications=Ragged(qualifications.starts, number[qualifications.values])),
    )


def _numbers(chosen: Int64, width: int) -> Int32:
    """The new code of each old one; unknown for dropped codes, and in the last cell for unknown itself."""
    number = np.full(width + 1, UNKNOWN, np.int32)
    number[chosen] = np.arange(len(chosen), dtype=np.int32)
    return number


def _named(names: Sequence[str], chosen: Int64) -> tuple[str, ...]:
    return tuple(names[code] for code in chosen.tolist())


def _renumbered(lists: Ragged, number: Int32, *, ordered: bool = True) -> Ragged:
    """The lists in the new codes, ascending or else in the order they have, without dropped codes."""
    return _in_new_codes(lists, number[lists.values], ordered=ordered)


def _in_new_codes(lists: Ragged, values: Int32, *, ordered: bool = True) -> Ragged:
    owner = np.repeat(np.arange(len(lists)), np.diff(lists.starts))
    stays = values != UNKNOWN
    values, owner = values[stays], owner[stays]
    lengths = np.bincount(owner, minlength=len(lists))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    if not ordered:
        return Ragged(starts, values)
    ascending = bool((np.diff(values) > 0)[np.diff(owner) == 0].all())
    return Ragged(starts, values if ascending else values[np.lexsort((values, owner))])
