"""A log of 200,000 lines in a database with the tables of commit cfdc78c, for `benchmarks/versions/compare.py`."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

LINES = 200_000


def make_long_log(folder: Path) -> Path:
    """The database of the folder with a log of `LINES` lines, made once; tables as of commit cfdc78c."""
    base = folder / "versions" / "base.db"
    if not base.exists():
        base.parent.mkdir(exist_ok=True)
        unfinished = base.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(folder / "alumnimatch.db")) as connection:
            connection.execute("VACUUM INTO ?", (str(unfinished),))
        with closing(sqlite3.connect(unfinished)) as connection, connection:
            write_log(connection)
        unfinished.rename(base)
    return base


def write_log(connection: sqlite3.Connection) -> None:
    """Rankings that show alumni of the first school, by its own people, by those of the next, and by no school's.

    Every five-thousandth shows somebody of the third as well. Sealed as the product seals them.
    """
    dice = random.Random(5)  # noqa: S311 - for a benchmark
    people: dict[str, list[int]] = {}
    for school, key in connection.execute("SELECT school, key FROM alumni ORDER BY key"):
        people.setdefault(school, []).append(key)
    home, next_, last = sorted(people)[:3]
    previous, at = "0" * 64, datetime(2025, 3, 1)  # noqa: DTZ001 - UTC, as the table has it
    lines, about, schools = [], [], []
    for number in range(1, LINES + 1):
        at += timedelta(minutes=5)
        owner = dice.choices((home, next_, None), (6, 2, 2))[0]
        shown = [*dice.sample(people[home], 6), *dice.sample(people[owner or home], 4)]
        shown = list(dict.fromkeys(shown)) + ([dice.choice(people[last])] if number % 5000 == 0 else [])
        details = {
            "as_of": at.date().isoformat(), "eligible": 6207, "encoder": "encoder-nl-en@1", "excluded": {"paused": 19},
            "origin": "", "purpose": "guest_lesson", "query": dice.getrandbits(62), "revision": 117, "top": 10,
            "shown": [[key, round(dice.random(), 12)] for key in shown], "weights": "guest_lesson@1",
        }  # fmt: skip
        actor, role = (dice.randrange(1, 200), "teacher") if owner else (None, "command_line")
        text = json.dumps(details, sort_keys=True, separators=(",", ":"))
        said = [previous, number, at.isoformat(), actor, role, owner, "match", text]
        digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        lines.append((number, f"{at:%Y-%m-%d %H:%M:%S.%f}", actor, role, owner, "match", text, previous, digest))
        about += [(key, number) for key in shown]
        named = {home, owner or home} | ({last} if number % 5000 == 0 else set())
        schools += [(school, number) for school in named]
        previous = digest
    columns = "id, at, actor, role, school, action, details, previous, digest"
    connection.executemany(f"INSERT INTO audit ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", lines)  # noqa: S608 - our own words
    connection.executemany("INSERT INTO audit_people (alumnus_key, entry) VALUES (?, ?)", sorted(about))
    connection.executemany("INSERT INTO audit_schools (school, entry) VALUES (?, ?)", sorted(schools))
