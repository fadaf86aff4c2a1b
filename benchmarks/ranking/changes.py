"""How long the first ranking after a change takes: what changed is put into the pool, beside a pool built anew.

    .venv/bin/python benchmarks/ranking/changes.py FOLDER [--words]     # a folder made by benchmarks/ranking/region.py

Makes one change after another, of each kind some, and ranks the same request after each: encoding new texts and
writing the new state of the pool to disk are part of it. Built anew is what a large import costs, or the first start.
`--words`: with a vocabulary in which every label has another name and neighbours a school denies what a word means that
as many of its alumni state as the middle one of its words, or one that is stated often, and takes that back; and so
does an alumnus of an own word.
Works on a copy of the folder's database.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count, cycle
from pathlib import Path

import numpy as np
from region import TODAY, encoder_of, stored

from api.wiring import FixedClock, one_thread_each
from benchmarks.skills import all_linked
from matcher.domain.kinds import Purpose
from matcher.domain.records import Alumnus, Record, RecordKind, Request, owner_of, record_id
from matcher.engine import open_engine
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Upsert
from matcher.services import erasure, matching, own_meanings, privacy, vocabularies
from matcher.services.app import App
from matcher.spreadsheets import forms
from matcher.store.codecs import LAYOUTS
from matcher.store.sql_store import SqlStore
from matcher.text import skill_key

IMPORTED = 100
_NUMBER = count(1)


def row_of(record: Record, id_: str, **other: object) -> Upsert:
    """A row of an import that says the same as a record, under another id."""
    kind = RecordKind.ALUMNI if isinstance(record, Alumnus) else RecordKind.REQUESTS
    values = {name: getattr(record, name) for name in LAYOUTS[kind].fields}
    return Upsert(next(_NUMBER), id_, owner_of(record), values | other)


def changes(app: App, people: Iterator[Alumnus], request: Request) -> dict[str, Callable[[], object]]:
    """One change of each kind, to be made again and again: each time of somebody else."""
    store = app.store

    def withdrawn() -> None:
        one = next(people)
        privacy.give(app, COMMAND_LINE, Purpose.GUEST_LESSON, given=False, alumnus_id=one.alumnus_id, school=one.school)

    def corrected() -> None:
        one = next(people)
        words = ", ".join([*one.skills[:2], "wondzorg"])
        privacy.correct(
            app, COMMAND_LINE, "skills", forms.value_of("skills", words), alumnus_id=one.alumnus_id, school=one.school
        )

    def saved() -> None:
        row = row_of(request, f"nieuw-{next(_NUMBER)}", title=f"Nieuwe aanvraag {next(_NUMBER)}")
        store.write(lambda tx: tx.imports.upsert(RecordKind.REQUESTS, [row]), by=COMMAND_LINE)

    def closed() -> None:
        row = row_of(request, f"nieuw-{next(_NUMBER)}", closes_on=TODAY)
        store.write(lambda tx: tx.imports.upsert(RecordKind.REQUESTS, [row]), by=COMMAND_LINE)

    def imported() -> None:
        rows = [row_of(one, f"nieuw-{next(_NUMBER)}", function=f"werk {next(_NUMBER)}") for one in some(people)]
        store.write(lambda tx: tx.imports.upsert(RecordKind.ALUMNI, rows), by=COMMAND_LINE)

    def moved() -> None:
        rows = [row_of(one, record_id(one), town="Zwolle", pc4=None) for one in some(people)]
        store.write(lambda tx: tx.imports.upsert(RecordKind.ALUMNI, rows), by=COMMAND_LINE)

    def erased() -> None:
        one = next(people)
        found = erasure.erase(app, COMMAND_LINE, one.alumnus_id, school=one.school).found_in
        if found:
            raise SystemExit(found)

    return {
        "a consent withdrawn": withdrawn,
        "skills corrected": corrected,
        "a request saved": saved,
        "a request closed": closed,
        f"{IMPORTED} new alumni imported": imported,
        f"{IMPORTED} alumni moved house": moved,
        "an erasure, with its proof": erased,
    }


def decisions(app: App, alumnus: Alumnus) -> dict[str, Callable[[], object]]:
    """Decisions about a word, each taken back by the next: of a school, about a middling word and one of many alumni.

    And of an alumnus about an own word.
    """
    school = alumnus.school
    words = [one for one in vocabularies.labels(app, COMMAND_LINE, school) if one.alumni and one.meanings]
    own = next(one for one in alumnus.skills if one)
    me = Asker(9, Role.ALUMNUS, school, alumnus_key=alumnus.key)
    uri = next(word.meanings[0].uri for word in own_meanings.mine(app, me) if word.word == own)

    def said(word: vocabularies.Label) -> Callable[[], object]:
        turn = cycle((False, None))
        meaning = word.meanings[0].uri
        return lambda: vocabularies.decide(app, COMMAND_LINE, word.key, meaning, confirmed=next(turn), school=school)

    turn = cycle((False, None))
    return {
        f"a school, {one.alumni} alumni have it": said(one) for one in (words[len(words) // 2], words[len(words) // 20])
    } | {"an alumnus, an own word": lambda: own_meanings.say(app, me, own, uri, confirmed=next(turn))}


def some(people: Iterator[Alumnus]) -> list[Alumnus]:
    """The next few."""
    return [one for one, _ in zip(people, range(IMPORTED), strict=False)]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--words", action="store_true")
    given = parser.parse_args()
    one_thread_each()
    with tempfile.TemporaryDirectory(dir=given.folder) as work:
        shutil.copy(given.folder / "alumnimatch.db", work)
        store = SqlStore(f"sqlite:///{work}/alumnimatch.db", FixedClock(TODAY))
        store.migrate()
        engine = open_engine(store, encoder_of(given.folder), cache=Path(work))
        measured(App(store, engine, FixedClock(TODAY)), given.times, words=given.words)
        store.close()


def measured(app: App, times: int, *, words: bool) -> None:
    """Each change so many times."""
    if words:
        kinds = (RecordKind.ALUMNI, RecordKind.REQUESTS, RecordKind.OFFERINGS)
        every = {skill_key(skill) for kind in kinds for one in stored(app.store, kind) for skill in one.skills}
        with tempfile.TemporaryDirectory() as folder:
            vocabularies.import_esco(app, COMMAND_LINE, [all_linked(Path(folder) / "linked", sorted(every))], "1.2")
    request = replace(min(stored(app.store, RecordKind.REQUESTS), key=lambda one: one.request_id))

    def ranked() -> float:
        began = time.perf_counter()
        matching.match(app, COMMAND_LINE, request.request_id, school=owner_of(request))
        return time.perf_counter() - began

    print(f"first ranking, the pool built: {ranked():.1f} s")
    people = iter(
        [one for one, _ in zip(stored(app.store, RecordKind.ALUMNI), range(3 * times * (IMPORTED + 2)), strict=False)]
    )

    def tell(tried: Mapping[str, Callable[[], object]]) -> None:
        for name, change in tried.items():
            made, first, again = [], [], []
            for _ in range(times):
                began = time.perf_counter()
                change()
                made.append(time.perf_counter() - began)
                first.append(ranked())
                again.append(ranked())
            told = [1000 * float(value) for value in (np.median(made), np.median(first), max(first), np.median(again))]
            print(
                "{:30} itself {:6.0f} ms; the ranking after it {:5.0f} (at most {:5.0f}), a later one {:4.0f}".format(
                    name, *told
                )
            )

    tell(decisions(app, next(people)) if words else changes(app, people, request))
    began = time.perf_counter()
    app.engine.current.rebuild()
    print(
        f"{len(app.engine.current.pool().people):,} alumni, built anew {time.perf_counter() - began:.1f} s; "
        f"load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
