"""Draws pairs of texts of the sample region that nobody looked at while an encoder or its share was chosen.

    python data/unseen.py

Prints the pairs, as `gold/unseen.csv` has them with a grade: 5 requests for a role and 5 wishes of alumni, each with
up to six candidates of the same field of work (`[[work]]` of region/*.toml), one of another field in the same file, and
one of another file. A seed chooses, never a score. The texts are those that rankings read. Who grades reads them as
printed, and asks no program for a score before all grades are written.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generate import HERE, Row, make
from wording import material

from matcher.domain.crebo import register
from matcher.domain.records import Alumnus, Offering, Qualification, RecordKind, Request, RequestKind
from matcher.pool.texts import can_text, demand_text, wants_text

SEED, QUERIES, OF_FIELD = 20261129, 5, 6
COLUMNS = ("query", "candidate", "asked", "offered")
Place = tuple[str, int]
"""The file of a field of work, and its place in that file."""
Texts = dict[str, tuple[str, set[Place]]]
"""The text of each id, and the fields of work that it is of."""


def fields() -> Iterator[tuple[Place, dict[str, Any]]]:
    """Each field of work, with where it stands."""
    for path in sorted((HERE / "region").glob("*.toml")):
        for number, work in enumerate(material(path.stem).get("work", ())):
            yield (path.stem, number), work


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
    for row in rows[RecordKind.REQUESTS]:
        names = {row["opleiding"], *(one.crebo for one in register().values() if one.name == row["opleiding"])}
        of = {place for place, work in fields() if any(names & {*role["crebo"]} for role in work["role"])}
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
        of = {place for place, work in fields() if _works(row, work)}
        if of:
            id_, person = f"{row['school'].split()[0]} {row['alumnus_id']}", alumnus(row)
            can[id_] = can_text(person), of
            if person.needs:
                wants[id_] = wants_text(person), of
    for row in rows[RecordKind.OFFERINGS]:
        of = {place for place, work in fields() if row["titel"] in [course[0] for course in work["courses"]]}
        about = Offering(
            offering_id=row["aanbod_id"],
            provider=row["aanbieder"],
            title=row["titel"],
            description=row["omschrijving"],
            skills=skills(row),
        )
        courses[about.offering_id] = demand_text(about), of
    return requests, can, wants, courses


def _works(row: Row, work: Mapping[str, Any]) -> bool:
    function = (row.get("functie") or "").strip().lower()
    return any(function in map(str.lower, role["functions"]) for role in work["role"])


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
