"""ESCO as its website gives it out: the .csv files of a language, in a folder or a .zip, become one vocabulary.

`skills_nl.csv`, `occupations_nl.csv`, `broaderRelationsSkillPillar_nl.csv` and `occupationSkillRelations_nl.csv`, and
the same of English beside them: a language more gives labels more. Alternative labels stand in one cell, a line each.
Only what ESCO has released is read.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from matcher.concepts.concept import LANGUAGES, Concept, Kind
from matcher.concepts.scheme import Scheme
from matcher.errors import InvalidValue, UnreadableFile

NAME = "esco"
SOURCE = "https://esco.ec.europa.eu/"
LICENCE = (
    "European Commission, reuse under Decision 2011/833/EU (CC BY 4.0): "
    '"This service uses the ESCO classification of the European Commission."'
)
LARGEST = 300_000_000
"""Bytes of one table."""
LONGEST_CELL = 1_000_000
_VERSION = re.compile(r"v(\d+(?:\.\d+){1,2})", re.IGNORECASE)
_FILE = re.compile(
    r"(skills|occupations|broaderRelationsSkillPillar|occupationSkillRelations)_([a-z]{2})\.csv", re.IGNORECASE
)
_COLUMNS = {
    "skills": ("conceptUri", "skillType", "preferredLabel", "altLabels"),
    "occupations": ("conceptUri", "preferredLabel", "altLabels"),
    "broaderRelationsSkillPillar": ("conceptUri", "broaderUri"),
    "occupationSkillRelations": ("occupationUri", "relationType", "skillUri"),
}
"""Those that are read of each table; others may stand beside them, and in any order."""
_TABLES = {one.lower(): one for one in _COLUMNS}


@dataclass
class _Made:
    """A concept while its labels come in, language by language."""

    kind: Kind
    preferred: dict[str, tuple[str, ...]] = field(default_factory=dict)
    other: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read(paths: Sequence[Path], version: str = "") -> Scheme:
    """The vocabulary in these folders and files. `version`: where no name of a folder or file tells it (`v1.2.0`).

    Raises UnreadableFile (`vocabulary_missing`, `vocabulary_no_csv`, `vocabulary_too_large`, `vocabulary_columns`) and
    InvalidValue (`vocabulary_no_skills`, `vocabulary_version`, `vocabulary_row`, `vocabulary_empty`).
    """
    concepts: dict[str, _Made] = {}
    broader, essential, optional = (defaultdict[str, set[str]](set) for _ in range(3))
    tables = sorted(_tables(paths), key=lambda one: (one.table, one.language, one.file))
    if not any(one.table == "skills" for one in tables):
        raise InvalidValue("vocabulary_no_skills")
    said = version or next(filter(None, map(_version_in, paths)), "")
    if not said:
        raise InvalidValue("vocabulary_version")
    for one in tables:
        for number, row in one.rows():
            if one.table in {"skills", "occupations"}:
                _add(concepts, one, number, row)
            elif one.table == "broaderRelationsSkillPillar":
                broader[row["conceptUri"]].add(row["broaderUri"])
            else:
                relation = row["relationType"]
                if relation.lower() not in {"essential", "optional"}:
                    about = {"file": one.file, "row": number, "column": "relationType", "value": relation[:80]}
                    raise InvalidValue("vocabulary_row", **about)
                (essential if relation.lower() == "essential" else optional)[row["occupationUri"]].add(row["skillUri"])
    made_of = (
        Concept(
            uri, made.kind, made.preferred, made.other,
            *(tuple(sorted(relation.get(uri, ()))) for relation in (broader, essential, optional)),
        )
        for uri, made in concepts.items()
    )  # fmt: skip
    return Scheme.of(NAME, said, SOURCE, LICENCE, made_of)


def _version_in(path: Path) -> str:
    """The version that the name of a folder or file tells, or that of the folder of a file."""
    names = (path.name, path.resolve().name, *([path.parent.name] if path.is_file() else []))
    return next((found[1] for name in names if (found := _VERSION.search(name))), "")


def _add(concepts: dict[str, _Made], table: _Table, number: int, row: dict[str, str]) -> None:
    """The labels of one row."""
    if row.get("status", "released") not in {"released", ""}:
        return
    uri, preferred = row["conceptUri"], " ".join(row["preferredLabel"].split())
    if not uri.startswith(("http://", "https://")) or any(char.isspace() for char in uri):
        raise InvalidValue("vocabulary_row", file=table.file, row=number, column="conceptUri", value=uri[:80])
    kind = Kind.OCCUPATION
    if table.table == "skills":
        kind = Kind.KNOWLEDGE if row["skillType"] == "knowledge" else Kind.SKILL
    made = concepts.setdefault(uri, _Made(kind))
    if preferred:
        made.preferred[table.language] = (preferred,)
    others = (" ".join(one.split()) for one in re.split(r"[\r\n]+", row["altLabels"]))
    made.other[table.language] = tuple(dict.fromkeys(one for one in others if one and one != preferred))


@dataclass(frozen=True)
class _Table:
    """One table of one language, in a file or in a .zip (`member`)."""

    table: str
    language: str
    path: Path
    member: str = ""

    @property
    def file(self) -> str:
        """How messages name it."""
        return Path(self.member).name if self.member else self.path.name

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Its rows with their number in the file, from 2; the columns that are read, stripped.

        Raises UnreadableFile.
        """
        with self._open() as file:
            reader = csv.reader(io.TextIOWrapper(file, "utf-8-sig", newline=""))
            limit = csv.field_size_limit(LONGEST_CELL)
            try:
                header = [cell.strip() for cell in next(reader, [])]
                missing = [name for name in _COLUMNS[self.table] if name not in header]
                if missing:
                    raise UnreadableFile("vocabulary_columns", file=self.file, columns=", ".join(missing))
                wanted = {name: header.index(name) for name in (*_COLUMNS[self.table], "status") if name in header}
                for number, cells in enumerate(reader, 2):
                    if cells:
                        yield (
                            number,
                            {name: cells[at].strip() if at < len(cells) else "" for name, at in wanted.items()},
                        )
            except (UnicodeDecodeError, csv.Error, EOFError, zipfile.BadZipFile):
                raise UnreadableFile("vocabulary_no_csv", file=self.file) from None
            finally:
                csv.field_size_limit(limit)

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        try:
            if not self.member:
                if self.path.stat().st_size > LARGEST:
                    raise UnreadableFile("vocabulary_too_large", file=self.file, megabytes=LARGEST // 1_000_000)
                with self.path.open("rb") as file:
                    yield file
                return
            with zipfile.ZipFile(self.path) as archive:
                if archive.getinfo(self.member).file_size > LARGEST:
                    raise UnreadableFile("vocabulary_too_large", file=self.file, megabytes=LARGEST // 1_000_000)
                with archive.open(self.member) as file:
                    yield file
        except (OSError, RuntimeError, zipfile.BadZipFile):
            raise UnreadableFile("vocabulary_missing", file=self.file) from None


def _tables(paths: Iterable[Path]) -> Iterator[_Table]:
    """The tables in these folders and files, by their usual names, of the languages that are read."""
    for path in paths:
        if path.is_dir():
            yield from _tables(sorted(one for one in path.iterdir() if one.is_file()))
        elif path.suffix.lower() == ".zip":
            yield from _packed(path)
        elif found := _FILE.fullmatch(path.name):
            if not path.is_file():
                raise UnreadableFile("vocabulary_missing", file=path.name)
            if found[2].lower() in LANGUAGES:
                yield _Table(_TABLES[found[1].lower()], found[2].lower(), path)
        elif not path.exists():
            raise UnreadableFile("vocabulary_missing", file=path.name)


def _packed(path: Path) -> Iterator[_Table]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        raise UnreadableFile("vocabulary_missing", file=path.name) from None
    for name in sorted(names):
        found = _FILE.fullmatch(name.rpartition("/")[2])
        if found and found[2].lower() in LANGUAGES:
            yield _Table(_TABLES[found[1].lower()], found[2].lower(), path, name)
