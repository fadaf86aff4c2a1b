"""The records whose skills mean something else by other decisions of schools, where the vocabularies are the same."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from matcher.concepts import Links, base_of
from matcher.pool import Pool
from matcher.pool.columns import Bool, Demands, Int32, Int64, code_of
from matcher.repositories.values import Changes


def redecided(pool: Pool, links: Links | None) -> Changes:
    """Those of the pool with a word that schools decided about since: the alumni and requests of these schools.

    Offerings are of no school, so they follow no decision but one of their provider. Nothing where nothing was decided.
    """
    if links is None or pool.links is None:
        return Changes()
    alumni, requests, offerings = set[int](), set[int](), set[int]()
    for school, labels in links.decided_otherwise(pool.links).items():
        code = code_of(school)
        alumni |= _stating(pool, labels, pool.people.school == code)
        requests |= _asking(pool, pool.requests, labels, pool.requests.school == code)
        offerings |= _asking(pool, pool.offerings, labels, None)
    return Changes(frozenset(alumni), frozenset(requests), frozenset(offerings))


def _stating(pool: Pool, labels: Collection[str], here: Bool) -> set[int]:
    """The keys of the alumni here who state one of these words."""
    rows_of = pool.vocabulary.skill_words.rows_of
    words = np.array([row for label in labels for row in rows_of.get(label, ())], np.int64)
    people, _ = pool.people_by_skill.gather(words)
    return _keys(pool.people.key, people[here[people]])


def _asking(pool: Pool, demands: Demands, labels: Collection[str], here: Bool | None) -> set[int]:
    """The keys of the demands here (None: everywhere) that ask one of these words."""
    asked = [code for code, name in enumerate(pool.vocabulary.requested_skills) if base_of(name) in labels]
    owner = np.repeat(np.arange(len(demands)), np.diff(demands.skills.starts))
    rows = owner[np.isin(demands.skills.values, asked)]
    return _keys(demands.key, rows if here is None else rows[here[rows]])


def _keys(keys: Int64, rows: Int32 | Int64) -> set[int]:
    found: list[int] = keys[np.unique(rows)].tolist()
    return set(found)
