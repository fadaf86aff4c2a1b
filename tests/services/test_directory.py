"""The list of alumni, their schools and the courses follow the data, and reading a change is reading little."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from matcher.domain.records import Alumnus, Offering, RecordKind
from matcher.repositories.values import Upsert
from matcher.services import directory
from matcher.services.directory import Directory, Filter, Person, newest_courses, newest_directory
from matcher.store.sql_store import SqlStore
from matcher.text import fold
from tests.support import fresh, stores
from tests.support.region import alumnus, remove, store_in
from tests.support.stores import open_store, reading, upsert, writing


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    made = store_in(tmp_path)
    upsert(
        made,
        RecordKind.ALUMNI,
        [
            alumnus(2, "É-10", "Zuid", function="Ergotherapeut", sector="Zorg én welzijn", town=None),
            alumnus(3, "e 11", "Oost ", function="VERZORGENDE  IG", sector=" zorg"),
            alumnus(4, "A-12", "Noord", function=None, sector="Techniek"),
        ],
    )
    yield made
    made.close()


def key_of(store: SqlStore, id_: str, school: str) -> int:
    return stores.key_of(store, RecordKind.ALUMNI, id_, school)


def course(id_: str, **values: object) -> Upsert:
    return Upsert(2, id_, "Aanbieder", {"title": id_, **values})


def erase(store: SqlStore) -> None:
    writing(store).people.erase(key_of(store, "A-2", "Noord"), ())


def import_many(store: SqlStore) -> None:
    """More than a revision names: it may be anything."""
    rows = [alumnus(row, f"B-{row}", sector="Handel") for row in range(2, 1100)]
    upsert(store, RecordKind.ALUMNI, rows)


CHANGES: tuple[Callable[[SqlStore], object], ...] = (
    lambda store: writing(store).people.correct(key_of(store, "A-1", "Noord"), "function", "kapper"),
    lambda store: upsert(store, RecordKind.ALUMNI, [alumnus(2, "A-0", "Aa", sector="Bouw")]),
    lambda store: upsert(store, RecordKind.ALUMNI, [alumnus(2, "A-3", sector="Metaal", town="Zwolle")]),
    lambda store: upsert(store, RecordKind.OFFERINGS, [course("C-0", start=date(2027, 3, 2))]),
    lambda store: upsert(store, RecordKind.OFFERINGS, [course("C-1", start=date(2027, 3, 9))]),
    lambda store: writing(store).consents.set_objection(key_of(store, "A-5", "Noord"), objects=True),
    erase,
    lambda store: remove(store, RecordKind.OFFERINGS, reading(store).records.find(RecordKind.OFFERINGS, "C-2")[0].key),
    import_many,
    lambda store: writing(store).people.correct(key_of(store, "B-7", "Noord"), "sector", None),
)


def plainly(store: SqlStore) -> tuple[list[Person], list[Offering], set[str]]:
    """The lists by decoding every record."""
    people: list[Alumnus] = list(stores.alumni(store))
    courses = sorted(stores.offerings(store), key=lambda course: (course.start or date.max, course.title, course.key))
    return sorted(map(Person.of, people)), courses, {person.school.strip() for person in people}


def test_lists_that_follow_are_those_of_every_record(store: SqlStore) -> None:
    """After each change, and after several at once, the lists are what reading and sorting every record gives."""
    people, courses = newest_directory(store), newest_courses(store)
    early_people, early_courses = people, courses
    assert list(people.people) == plainly(store)[0]
    for change in CHANGES:
        change(store)
        people, courses = newest_directory(store, people), newest_courses(store, courses)
        expected = plainly(store)
        assert (list(people.people), list(courses.offerings), set(directory.schools(store))) == expected
        assert directory.schools(store) == tuple(sorted(expected[2]))
        assert people.origin == courses.origin == store.origin()
        assert list(newest_directory(store, early_people).people) == expected[0]
        assert list(newest_courses(store, early_courses).offerings) == expected[1]


class Counting:
    """A store that counts the rows of alumni and courses that are read from it."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.rows = 0

    def origin(self) -> str:
        return str(self._store.origin())

    @contextmanager
    def read(self) -> Iterator[Any]:
        with self._store.read() as records:
            records.directory = _CountingDirectory(self, records.directory)
            records.records = _CountingRecords(self, records.records)
            yield records


class _CountingDirectory:
    def __init__(self, counting: Counting, directory: Any) -> None:
        self._counting, self._directory = counting, directory

    def alumni(self, keys: Collection[int] | None = None) -> Iterator[Sequence[Any]]:
        for row in self._directory.alumni(keys):
            self._counting.rows += 1
            yield row


class _CountingRecords:
    def __init__(self, counting: Counting, records: Any) -> None:
        self._counting, self._records = counting, records

    def by_key(self, kind: RecordKind, keys: Sequence[int]) -> Any:
        self._counting.rows += len(keys)
        return self._records.by_key(kind, keys)

    def stream(self, kind: RecordKind) -> Iterator[Any]:
        for record in self._records.stream(kind):
            self._counting.rows += 1
            yield record


def test_only_what_changed_is_read(store: SqlStore) -> None:
    """The first list reads everything; after a change of one alumnus one row is read, and no course; else nothing."""
    counting: Any = Counting(store)
    people, courses = newest_directory(counting), newest_courses(counting)
    assert counting.rows == len(list(stores.alumni(store))) + len(list(stores.offerings(store)))
    writing(store).consents.set_objection(key_of(store, "A-1", "Noord"), objects=True)
    counting.rows = 0
    people, courses = newest_directory(counting, people), newest_courses(counting, courses)
    assert counting.rows == 1
    assert newest_directory(counting, people) is people
    assert newest_courses(counting, courses) is courses
    assert counting.rows == 1


def passes(wanted: Filter, person: Person) -> bool:
    """The filter said for one person: contained whatever case and accents, the school exactly."""
    return (
        (not wanted.school or person.school == wanted.school)
        and fold(wanted.id) in fold(person.id)
        and fold(wanted.sector) in fold(person.sector or "")
        and fold(wanted.function) in fold(person.function or "")
    )


def test_a_search_finds_who_passes_and_no_one_else(store: SqlStore) -> None:
    """For every combination of filters, whatever case, accents and spacing; alone or within one school."""
    people = newest_directory(store)
    ids, schools = ("", "a-1", "E", "é 1", "\u0301", "x"), ("", "Noord", "noord", "Oost ", "Oost")
    sectors, functions = ("", "ZORG EN", "zórg", "techniek"), ("", "ergo", "verzorgende ig", "Wondzorg", "é")
    found = set[Person]()
    for id_, school, sector, function in product(ids, schools, sectors, functions):
        wanted = Filter(id_, school, sector, function)
        expected = [person for person in people.people if passes(wanted, person)]
        assert list(people.search(wanted)) == expected
        assert list(people.search(wanted, "Zuid")) == [person for person in expected if person.school == "Zuid"]
        found.update(expected)
    assert found == set(people.people)


def test_sectors_are_those_of_the_people(store: SqlStore) -> None:
    """Each sector of the people that are listed once, by name, without the space around it."""
    people = newest_directory(store).people
    assert directory.sectors(people) == ("Techniek", "Zorg én welzijn", "zorg")
    assert directory.sectors([person for person in people if person.school == "Noord"]) == ("Techniek",)


def test_nothing_is_an_empty_list(tmp_path: Path) -> None:
    """A database without anything has no people, no courses and no schools."""
    store = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    fresh.migrate(store)
    assert newest_directory(store) == Directory(store.origin(), [])
    assert newest_courses(store).offerings == []
    assert directory.schools(store) == ()
    store.close()
