"""Two who were one are two again: what only the other had is nowhere at the first, whatever is taken back after that."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.own_fields import OwnKind, OwnSpec
from matcher.domain.records import Qualification, RecordKind
from matcher.repositories.values import Side, Undone, Unmerged, Upsert
from matcher.store import schema
from matcher.store.erasure import addresses_of, digests_of
from matcher.store.sql_store import SqlStore
from tests.contract.test_undo import tables
from tests.support import stores
from tests.support.records import SCHOOL, TODAY
from tests.support.stores import reading, upsert, writing

ALUMNI = RecordKind.ALUMNI
DAY = TODAY - timedelta(days=40)
OTHER: dict[str, Any] = {
    "first_name": "Zeldzaamvoornaam",
    "email": "zeldzaam@zoekmij.example",
    "phone": "06-98765432",
    "postcode": "9871 ZZ",
    "employer": "Zeldzaamwerkgever",
    "experience": "Zeldzaamwoord",
    "skills": ("zeldzaamheid", "lassen"),
    "qualifications": (Qualification(crebo="25655", name="Zeldzaamvak", year=2014),),
    "offers": frozenset({RequestKind.MENTOR}),
    "consents": frozenset({Purpose.MENTOR}),
    "consent_date": DAY,
    "own:Hobby": "zeldzamehobby",
}
"""What the other has, in fields that are empty at the first."""
WORDS = ("zeldza", "06-98765432", "9871 zz", "zoekmij")
SINCE: dict[str, Any] = {
    "first_name": "Nieuw",
    "email": "nieuw@x.example",
    "phone": "06-11111111",
    "postcode": "8011 AB",
    "employer": "Nieuw",
    "experience": "Nieuw",
    "skills": ("zeldzaamheid", "lassen", "plannen"),
    "qualifications": (*OTHER["qualifications"], Qualification(crebo="25656")),
    "offers": frozenset({RequestKind.MENTOR, RequestKind.FEEDBACK}),
    "consents": frozenset({Purpose.FEEDBACK}),
    "consent_date": TODAY,
    "own:Hobby": "nieuw",
}
"""What an import says while they are one: all else, and more in lists."""


def two(store: SqlStore, first: Mapping[str, Any] | None = None) -> tuple[int, int]:
    """Two alumni, of whom the second has all that is rare; their random keys."""
    writing(store).own_fields.add(SCHOOL, OwnSpec("Hobby", OwnKind.TEXT))
    own = {"last_name": "Berg", "skills": ("lassen",), **(first or {})}
    upsert(store, ALUMNI, [Upsert(2, "A-1", SCHOOL, own), Upsert(3, "B-2", SCHOOL, {"last_name": "Dijk", **OTHER})])
    return stores.key_of(store, ALUMNI, "A-1"), stores.key_of(store, ALUMNI, "B-2")


def bring(store: SqlStore, values: Mapping[str, Any], number: str = "A-1") -> str:
    """An import about one alumnus; its id."""
    import_id = str(writing(store).imports.begin(ALUMNI, SCHOOL, "list.xlsx"))
    row = Upsert(2, number, SCHOOL, dict(values), may_withdraw=True)
    writing(store).imports.upsert(ALUMNI, [row], import_id=import_id)
    return import_id


def take_back(store: SqlStore, import_id: str) -> Undone:
    done = writing(store).imports.undo(import_id)
    assert isinstance(done, Undone)
    return done


def merge(store: SqlStore, kept: int, gone: int, **chosen: Side) -> str:
    return str(writing(store).duplicates.merge(kept, gone, chosen))


def part(store: SqlStore, merge_id: str) -> Unmerged:
    done = writing(store).merges.undo(merge_id)
    assert isinstance(done, Unmerged)
    return done


def erase(store: SqlStore, key: int) -> None:
    assert stores.write(store, lambda tx: tx.people.erase(key, []))


def words_left(store: SqlStore) -> dict[str, list[str]]:
    """The rows of any table that hold a rare word."""
    with store._database.reading() as connection:
        found = {
            table.name: [str(tuple(row)) for row in connection.execute(table.select())]
            for table in schema.metadata.sorted_tables
        }
    return {
        name: rare for name, rows in found.items() if (rare := [row for row in rows if any(w in row.lower() for w in WORDS)])
    }  # fmt: skip


def in_force(store: SqlStore, key: int) -> set[Purpose]:
    return {one.purpose for one in reading(store).consents.of(key) if one.withdrawn_on is None}


@pytest.mark.parametrize("number", ["A-1", "B-2"])
@pytest.mark.parametrize("imports", [1, 2])
def test_an_import_taken_back_gives_nothing_of_the_other(store: SqlStore, number: str, imports: int) -> None:
    """Every field, list, consent, own field and former address; then the other is erased, and no word is left."""
    kept, gone = two(store)
    before = tables(store)
    merge_id = merge(store, kept, gone)
    brought = [bring(store, SINCE, number)]
    if imports == 2:
        brought.append(bring(store, {**OTHER, "town": "Ommen"}, number))
    left = part(store, merge_id).left
    assert {"skills", "consents", "email"} - {"consents"} <= {*left} or imports == 2
    assert in_force(store, kept) == set()
    for import_id in reversed(brought):
        take_back(store, import_id)
    assert in_force(store, kept) == set()
    assert {name: rows for name, rows in tables(store).items() if name == "alumni"} == {"alumni": before["alumni"]}
    erase(store, gone)
    assert words_left(store) == {}
    assert reading(store).audit.verify().wrong is None
