"""Draws pairs of texts of the sample region that nobody looked at while an encoder or its share was chosen.

    python data/unseen.py

Prints the pairs, as `gold/unseen.csv` has them with a grade: 5 requests for a role and 5 wishes of alumni, each with
up to six candidates of the same field of work (`[[work]]` of region/*.toml), one of another field in the same file, and
one of another file. A seed chooses, never a score. The texts are those that rankings read. Whoever grades reads them as
printed, and asks no program for a score before all grades are written.
"""

from __future__ import annotations

import csv
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from generate import Row, make, works_of_files

from matcher.domain.crebo import register
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Alumnus, Offering, Qualification, RecordKind, Request
from matcher.pool.texts import can_text, demand_text, wants_text

SEED, QUERIES, OF_FIELD = 20261129, 5, 6
COLUMNS = ("query", "candidate", "asked", "offered")
Place = tuple[str, int]
"""The file of a field of work, and its place in that file."""
Texts = dict[str, tuple[str, set[Place]]]
"""The text of each id, and the fields of work that it is of."""


def fields(names: Callable[[Mapping[str, Any]], Iterable[str]]) -> Mapping[str, set[Place]]:
    """By what a field of work names (a function, a course), where those fields stand."""
    found = defaultdict[str, set[Place]](set)
    for file, works in works_of_files().items():
        for number, work in enumerate(works):
            for name in names(work):
                found[name].add((file, number))
    return found


def skills(row: Row) -> tuple[str, ...]:
    """The skills of a row."""
    return tuple(filter(None, (row.get("vaardigheden") or "").split("; ")))


def alumnus(row: Row) -> Alumnus:
    """What the texts of an alumnus are made of."""
    held = [part.split("|") for part in row["opleidingen"].split("; ")]
    return Alumnus(
        alumnus_id=row["alumnus_id"],
        school=row["school"],
        function=row.get("functie"),
        sector=row.get("sector"),
        skills=skills(row),
        experience=row.get("ervaring"),
        needs=row.get("vraag"),
        qualifications=tuple(Qualification(crebo=part[0], name=part[1]) for part in held),
    )


def region() -> tuple[Texts, Texts, Texts, Texts]:
    """Requests for a role, what alumni can, what they want, and courses."""
    rows = make()
    requests, can, wants, courses = Texts(), Texts(), Texts(), Texts()
    by_crebo = fields(lambda work: (crebo for role in work["role"] for crebo in role["crebo"]))
    by_function = fields(lambda work: (name.lower() for role in work["role"] for name in role["functions"]))
    by_course = fields(lambda work: (course[0] for course in work["courses"]))
    crebos = defaultdict[str, list[str]](list)
    for entry in register().values():
        crebos[entry.name].append(entry.crebo)
    for row in rows[RecordKind.REQUESTS]:
        programme = row["opleiding"]
        of = {place for name in (programme, *crebos[programme]) for place in by_crebo[name]}
        if of and row["soort"] != "nazorg":
            asked = Request(
                request_id=row["aanvraag_id"],
                kind=RequestKind.GUEST_LESSON,
                title=row["titel"],
                description=row["omschrijving"],
                skills=skills(row),
                programme=row["opleiding"],
            )
            requests[asked.request_id] = demand_text(asked), of
    for row in rows[RecordKind.ALUMNI]:
        if of := by_function[(row.get("functie") or "").strip().lower()]:
            id_, person = f"{row['school'].split()[0]} {row['alumnus_id']}", alumnus(row)
            can[id_] = can_text(person), of
            if person.needs:
                wants[id_] = wants_text(person), of
    for row in rows[RecordKind.OFFERINGS]:
        about = Offering(
            offering_id=row["aanbod_id"],
            provider=row["aanbieder"],
            title=row["titel"],
            description=row["omschrijving"],
            skills=skills(row),
        )
        courses[about.offering_id] = demand_text(about), by_course[about.title]
    return requests, can, wants, courses


def drawn(dice: random.Random, asking: Texts, others: Texts) -> Iterator[tuple[str, str, str, str]]:
    """The rows of some queries with their candidates, in random order."""
    for query in dice.sample(sorted(asking), QUERIES):
        asked, own = asking[query]
        files = {file for file, _ in own}

        def chosen(among: Sequence[str], count: int) -> list[str]:
            return dice.sample(sorted(among), min(count, len(among)))

        same = [id_ for id_, (_, of) in others.items() if of & own]
        near = [id_ for id_, (_, of) in others.items() if not of & own and {file for file, _ in of} & files]
        far = [id_ for id_, (_, of) in others.items() if not {file for file, _ in of} & files]
        candidates = chosen(same, OF_FIELD) + chosen(near, 1) + chosen(far, 1)
        for candidate in dice.sample(candidates, len(candidates)):
            yield query, candidate, asked, others[candidate][0]


def pairs() -> list[tuple[str, str, str, str]]:
    """The rows without a grade, as `COLUMNS` names them."""
    dice, (requests, can, wants, courses) = random.Random(SEED), region()
    return [*drawn(dice, requests, can), *drawn(dice, wants, courses)]


def main() -> None:
    """Prints the pairs."""
    table = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(pairs())


if __name__ == "__main__":
    main()
