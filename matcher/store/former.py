"""The numbers and random keys that alumni had before they were merged, and whom merges name besides."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from sqlalchemy import Connection, or_, select

from matcher.store import schema
from matcher.store.records import chunks


def former_numbers(connection: Connection, key: int) -> dict[str, int]:
    """The former numbers of an alumnus, with the random key of each."""
    table = schema.former_numbers
    rows = connection.execute(select(table.c.number, table.c.former_key).where(table.c.alumnus_key == key))
    return {row.number: row.former_key for row in rows}


def former_keys(connection: Connection, key: int) -> list[int]:
    """The former random keys of an alumnus."""
    return list(former_numbers(connection, key).values())


def renumbered(connection: Connection, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """School and number of today, by school and former number, of those of these names that are former."""
    table, people = schema.former_numbers, schema.alumni
    if connection.execute(select(table.c.number).limit(1)).first() is None:
        return {}
    sought = set(names)
    columns = select(table.c.school, table.c.number, people.c.school, people.c.alumnus_id).join_from(table, people)
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for part in chunks(sorted(sought)):
        schools, numbers = {school for school, _ in part}, {number for _, number in part}
        where = (table.c.school.in_(schools), table.c.number.in_(numbers))
        rows = connection.execute(columns.where(*where))
        found.update(((row[0], row[1]), (row[2], row[3])) for row in rows if (row[0], row[1]) in sought)
    return found


def all_keys(connection: Connection) -> list[int]:
    """The random keys of every alumnus, those of before a merge too."""
    numbers = select(schema.former_numbers.c.former_key)
    return list(connection.execute(select(schema.alumni.c.key).union_all(numbers)).scalars())


def forget_in_merges(connection: Connection, keys: Collection[int]) -> None:
    """Takes alumni who go, by present and former random keys, from what the undo of others' merges needs.

    It names whom one of the two was known not to be; whoever is one of both still is not. To be called before the
    alumni are removed.
    """
    pairs, merges, gone = schema.different_people, schema.merges, set(keys)
    if connection.execute(select(merges.c.key).limit(1)).first() is None:
        return
    for part in chunks(gone):
        named = or_(pairs.c.one_key.in_(part), pairs.c.other_key.in_(part))
        others = {key for pair in connection.execute(select(pairs).where(named)) for key in pair} - gone
        for holders in chunks(others):
            columns = select(merges.c.key, merges.c.state).where(merges.c.alumnus_key.in_(holders))
            for key, text in connection.execute(columns).all():
                state = json.loads(text)
                declared, different = state["pairs"]
                left = {name: [one for one in known if one not in gone] for name, known in different.items()}
                if left != different:
                    state["pairs"] = [declared, left]
                    written = json.dumps(state, separators=(",", ":"))
                    connection.execute(merges.update().where(merges.c.key == key).values(state=written))
