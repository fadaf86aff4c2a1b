"""Words of skills that cover a requested skill by what they mean, where there is a vocabulary (`matcher.concepts`).

A word covers a requested skill when both have a concept in common, and in part when a concept of one is right above or
below one of the other. Both are relations between two names alone, as those of spelling are (`matcher.pool.skills`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from matcher.concepts import Links, base_of
from matcher.domain.records import Alumnus, Demand, Offering
from matcher.pool.columns import Bool, Ragged, no_partial_cover
from matcher.pool.skills import SkillWords, covers


def beside_alumnus(alumnus: Alumnus) -> tuple[str | None, ...]:
    """The names that tell what an alumnus means by a label: of the job, and of what they learned."""
    return (alumnus.function, *(item.name for item in alumnus.qualifications))


def beside_demand(demand: Demand) -> tuple[str | None, ...]:
    """The names that tell what a request or an offering means by a label."""
    return (demand.title, *(() if isinstance(demand, Offering) else (demand.programme,)))


def rows_of_concepts(words: SkillWords, links: Links) -> dict[int, list[int]]:
    """By concept the rows of the words that have it, ascending; made once for these words."""
    known = words.by_concept
    if known is None or known[0] is not links.labels:  # what schools decided stands in the names
        rows: dict[int, list[int]] = defaultdict(list)
        for row, word in enumerate(words.words):
            for concept in links.of_name(word):
                rows[concept].append(row)
        known = words.by_concept = links.labels, dict(rows)
    return known[1]


def meaning_the_same(asked: str, words: SkillWords, links: Links | None) -> set[int]:
    """The rows of the words with a concept of `asked`, a name of a pool."""
    if links is None:
        return set()
    return _rows_with(links.of_name(asked), rows_of_concepts(words, links))


def partly_covering(
    asked: Sequence[str], covered_by: Ragged, words: SkillWords, links: Links | None, stated: Bool | None = None
) -> Ragged:
    """For each requested skill the rows of the words that cover it in part, ascending, and not whole.

    `covered_by`: those that cover it whole, of these words. `stated`: words that count, shape (words,). Of no rows
    without a vocabulary.
    """
    if links is None:
        return no_partial_cover()
    rows = rows_of_concepts(words, links)
    lists = []
    for number, skill in enumerate(asked):
        _, near = links.covering(links.of_name(skill))
        found = _rows_with(near, rows).difference(covered_by.row(number).tolist())
        lists.append(sorted(row for row in found if stated is None or stated[row]))
    return Ragged.of(lists)


@dataclass(frozen=True, slots=True)
class SkillLink:
    """A requested skill that a skill of a person covers by what it means. `link`: how the latter stands to it.

    `concept`: they mean the same. `narrower`: it is a part of it; `broader`: the reverse; these cover it in part.
    `asked`: as it is spelled. `own`: the key of the person's skill. `uri`: the concept that both have, or that of the
    person's skill.
    """

    asked: str
    own: str
    link: Literal["concept", "narrower", "broader"]
    uri: str

    @property
    def in_part(self) -> bool:
        """Whether it covers only a part."""
        return self.link != "concept"


def linked(links: Links, shown: str, asked: str, own: Sequence[str]) -> SkillLink | None:
    """How the skills of a person (names of the pool) cover one that is asked; None by spelling, or not at all.

    `shown`: how the asked one is spelled. What means the same comes before what covers a part, then the first name.
    """
    wanted = links.of_name(asked)
    if not wanted:
        return None
    found = [
        SkillLink(shown, base_of(name), link, links.labels.concepts[concept].uri)
        for name in own
        if (relation := links.relation(wanted, links.of_name(name))) is not None
        for link, concept in (relation,)
    ]
    if not found or any(covers(base_of(asked), base_of(name)) for name in own):
        return None
    return min(found, key=lambda one: one.in_part)


def _rows_with(concepts: Collection[int], rows: dict[int, list[int]]) -> set[int]:
    return {row for concept in concepts for row in rows.get(concept, ())}
