"""Any file gets an answer from the importer: no traceback, no unforeseen error, no stop of the process, within 5 s.

Small harmless spreadsheets of our own are damaged by chance. What breaks the importer is printed with the seed that
makes it, and nothing of it is kept.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import select
import subprocess
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import islice, product
from lzma import LZMAError
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from matcher.domain.records import RecordKind
from matcher.locale import say as sentence
from matcher.spreadsheets.writer import write_rows
from tests.attack.parameters import SLOWEST, amount, dice, say
from tests.attack.server import ROOT, START, environment_of

pytestmark = pytest.mark.long

ANSWERS = {0, 1, 2, 4}
"""All in, rows refused, not readable, an answer is needed first."""
HEADERS: dict[RecordKind, Sequence[str]] = {
    RecordKind.ALUMNI: (
        "alumnus_id", "school", "voornaam", "achternaam", "email", "postcode", "woonplaats", "opleidingen", "functie",
        "vaardigheden", "aanbod", "beschikbaarheid", "max_afstand_km", "toestemming", "toestemming_datum",
    ),
    RecordKind.REQUESTS: (
        "aanvraag_id", "school", "soort", "titel", "momenten", "dagdelen", "plaats", "online", "niveau",
    ),
    RecordKind.OFFERINGS: (
        "aanbod_id", "aanbieder", "titel", "omschrijving", "start", "vorm", "plaats", "prijs", "url",
    ),
}  # fmt: skip
CELLS = (
    "A-1", "Noord", "verzonnen@voorbeeld.example", "8011 AB", "Zwolle", "25491|Verzorgende IG|3|BBL|2014",
    "gastles; mentor", "di-middag; do", "2027-03-17", "17-03-2026", "2027-03-17 13:00-15:00", "ja", "nee", "12,50", "3",
    "wondzorg; EHBO", "", "n.v.t.", "https://school.example", "online", "é’s-Hertogenbosch", "=1+1", "0", "-1",
    "x" * 200,
)  # fmt: skip
MOMENT = re.compile(rb"(?<=W3CDTF\">)[^<]+")
"""When a workbook was written: not the same in a second run."""
OASIS = "urn:oasis:names:tc:opendocument:xmlns"
ODS = (
    f'<office:document-content xmlns:office="{OASIS}:office:1.0" xmlns:table="{OASIS}:table:1.0" '
    f'xmlns:text="{OASIS}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
    '<table:table table:name="Blad1">|</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)
BY_CHANCE = {("toestemming", "toestemming_ja_nee"), ("plaats", "postcode")}
"""Headers that another field takes where by chance every cell of the column is of that field."""
KIND_OF_ODS = "application/vnd.oasis.opendocument.spreadsheet"
CASES = ROOT / "tests" / "spreadsheets" / "cases"
SAMPLES = {"xls": CASES / "09-oud-excel-alumni.xls", "strict": CASES / "07-strikt-ooxml-alumni.xlsx"}
"""Formats that nothing here writes: small lists of alumni in them."""
ENDINGS = ("xlsx", "xlsx", "csv", "csv", "ods", *SAMPLES)
SHOWN = 30


def table(roll: random.Random, kind: RecordKind) -> tuple[list[str], list[list[object]]]:
    """A small table: headers and rows."""
    headers = list(HEADERS[kind])
    return headers, [[roll.choice(CELLS) for _ in headers] for _ in range(roll.randint(0, 12))]


def whole(roll: random.Random, kind: RecordKind, ending: str, folder: Path) -> bytes:
    """A file in which nothing is damaged yet, as bytes."""
    if ending in SAMPLES:
        return SAMPLES[ending].read_bytes()
    headers, rows = table(roll, kind)
    if ending == "ods":
        return ods([headers, *rows])
    path = folder / f"whole.{ending}"
    write_rows(path, "Blad1", headers, rows)
    return (
        zipped({name: MOMENT.sub(b"2027-01-01T00:00:00Z", part) for name, part in parts_of(path.read_bytes()).items()})
        if ending == "xlsx"
        else path.read_bytes()
    )


def ods(rows: Sequence[Sequence[object]]) -> bytes:
    """An OpenDocument spreadsheet with these texts."""

    def cell(value: object) -> str:
        text = str(value).replace("&", "&amp;").replace("<", "&lt;")
        return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{KIND_OF_ODS}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    parts = {"mimetype": KIND_OF_ODS, "content.xml": ODS.replace("|", body), "META-INF/manifest.xml": manifest}
    return zipped({name: text.encode() for name, text in parts.items()})


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name), content, method)  # without a moment: the same bytes for the same seed
    return buffer.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of a zip file; none where it is none, or is damaged already."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return {name: file.read(name) for name in file.namelist()}
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        LZMAError,
    ):
        return {}


def flipped(roll: random.Random, data: bytes) -> bytes:
    """Some bytes are others."""
    changed = bytearray(data)
    for _ in range(roll.choice((1, 1, 2, 8, 64))):
        if changed:
            changed[roll.randrange(len(changed))] = roll.randrange(256)
    return bytes(changed)


def cut(roll: random.Random, data: bytes) -> bytes:
    """The end, the beginning or a piece in the middle is gone."""
    first, last = sorted((roll.randint(0, len(data)), roll.randint(0, len(data))))
    return roll.choice((data[:first], data[first:], data[:first] + data[last:], data[first:last]))


def doubled(roll: random.Random, data: bytes) -> bytes:
    """A piece stands there twice."""
    first, last = sorted((roll.randint(0, len(data)), roll.randint(0, len(data))))
    return data[:last] + data[first:last] + data[last:]


def inserted(roll: random.Random, data: bytes) -> bytes:
    """Other bytes stand somewhere in between."""
    place = roll.randint(0, len(data))
    return (
        data[:place]
        + roll.choice((b"\x00", b"\xff\xfe", b'"', b"\r", b";;;;", b"&amp;", roll.randbytes(20)))
        + data[place:]
    )


Mutation = Callable[[random.Random, bytes], bytes]
BYTES: tuple[Mutation, ...] = (flipped, cut, doubled, inserted)


def inside(roll: random.Random, data: bytes) -> bytes:
    """A part of a zip file is damaged, which is then packed as it should be."""
    parts = parts_of(data)
    if not parts:
        return flipped(roll, data)
    name = roll.choice(sorted(parts))
    return zipped({**parts, name: roll.choice(BYTES)(roll, parts[name])})


def swapped(roll: random.Random, data: bytes) -> bytes:
    """Two parts of a zip file stand in each other's place."""
    parts = parts_of(data)
    if len(parts) < 2:
        return doubled(roll, data)
    first, second = roll.sample(sorted(parts), 2)
    return zipped({**parts, first: parts[second], second: parts[first]})


def without(roll: random.Random, data: bytes) -> bytes:
    """A part of a zip file is gone."""
    parts = parts_of(data)
    if not parts:
        return cut(roll, data)
    parts.pop(roll.choice(sorted(parts)))
    return zipped(parts, roll.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)))


def reworded(roll: random.Random, data: bytes) -> bytes:
    """Numbers in a part of a zip file, or in a text, are others."""
    numbers = (b"0", b"-1", b"1e99", b"99999", b"1048577", b"18446744073709551616", b"NaN", b"")
    parts = parts_of(data)
    name = roll.choice(sorted(parts)) if parts else ""
    content = parts.get(name, data)
    digits = [place for place in range(len(content)) if content[place : place + 1].isdigit()]
    for place in sorted(roll.sample(digits, min(len(digits), roll.randint(1, 5))), reverse=True):
        content = content[:place] + roll.choice(numbers) + content[place + 1 :]
    return zipped({**parts, name: content}) if parts else content


MUTATIONS: tuple[Mutation, ...] = (*BYTES, inside, inside, inside, swapped, without, reworded, reworded)


class Importer:
    """A process that imports; started again where it ended or was too slow."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._patience = float(START)
        self._environment = environment_of(folder, f"sqlite:///{folder / 'import.db'}")
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.attack.importer"]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def give(self, kind: RecordKind, name: str, data: bytes) -> dict[str, Any] | str:
        """The answer to one file, or what went wrong with the process."""
        path, patience = self.folder / name, self._patience
        path.write_bytes(data)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{kind.value} {path}\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], patience)
        line = self._process.stdout.readline() if ready else ""
        if line:
            self._patience = SLOWEST
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.close()
        problem = f"the process ended with {self._process.returncode}" if ready else f"over {patience:.0f} s"
        self._process, self._patience = self._start(), float(START)  # one that starts loads the program first
        return problem

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()


UNFORESEEN = sentence("en", "errors.errors.unforeseen", problem="|").partition("|")[0]


def problem_of(answer: dict[str, Any] | str) -> str:
    """What is wrong with an answer; nothing where it is as it should be."""
    if isinstance(answer, str):
        return answer
    said = answer["said"]
    if "Traceback" in said or UNFORESEEN in said:
        return str(said.strip().splitlines()[-1])
    return "" if answer["code"] in ANSWERS else f"exit code {answer['code']}: {said.strip()[:200]}"


@dataclass(frozen=True)
class Damaged:
    """A damaged file: its number, what it was, under which name it comes, and what was done to it."""

    number: int
    kind: RecordKind
    ending: str
    name: str
    steps: tuple[str, ...]
    data: bytes


def damaged(roll: random.Random, count: int, folder: Path) -> Iterator[Damaged]:
    """So many small spreadsheets, each damaged once or more, some under a name of another format."""
    seeds = random.Random(roll.random())  # noqa: S311 - as `dice`
    for number in range(count):
        roll = random.Random(seeds.random())  # noqa: S311 - of each file by itself, whatever came before it
        kind, ending = roll.choice(list(RecordKind)), roll.choice(ENDINGS)
        data, steps = whole(roll, kind, ending, folder), []
        for _ in range(roll.choice((1, 1, 2, 3))):
            mutation = roll.choice(MUTATIONS)
            steps.append(mutation.__name__)
            data = mutation(roll, data)
        named = roll.choice(("xlsx", "csv", "ods", "xls")) if roll.random() < 0.1 else ending.replace("strict", "xlsx")
        yield Damaged(number, kind, ending, f"damaged.{named}", tuple(steps), data)


def test_any_file_gets_an_answer(tmp_path: Path) -> None:
    """Damaged in any of these ways, a file is imported, or refused with a sentence of ours."""
    roll, count, began = dice("files"), int(amount("FILES", 5000)), time.monotonic()
    codes: Counter[int] = Counter()
    failures: list[str] = []
    importers: Queue[Importer] = Queue()
    slowest = 0.0
    jobs = os.cpu_count() or 1

    def answered(file: Damaged) -> tuple[Damaged, float, dict[str, Any] | str]:
        importer, asked = importers.get(), time.monotonic()
        try:
            answer = importer.give(file.kind, file.name, file.data)
            return file, time.monotonic() - asked, answer
        finally:
            importers.put(importer)

    with ExitStack() as stack:
        for number in range(jobs):
            importer = stack.enter_context(closing(Importer(tmp_path / f"importer-{number}")))
            for kind, ending in product(RecordKind, ("xlsx", "csv")):
                readable = importer.give(kind, f"undamaged.{ending}", whole(roll, kind, ending, tmp_path))
                assert isinstance(readable, dict), readable
                assert readable["code"] in {0, 1, 4}, readable["said"]
                found = [column["field"] for column in json.loads(readable["said"])["columns"]]
                differing = {(name, took) for name, took in zip(HEADERS[kind], found, strict=True) if name != took}
                assert differing <= BY_CHANCE
            importers.put(importer)
        with ThreadPoolExecutor(jobs) as pool:
            for many in batched(damaged(roll, count, tmp_path), 100):
                for file, took, answer in pool.map(answered, many):
                    slowest = max(slowest, took)
                    if isinstance(answer, dict):
                        codes[answer["code"]] += 1
                    if problem := problem_of(answer):
                        told = f"{file.ending} as {file.name}, {file.kind.value}, {', '.join(file.steps)}"
                        failures.append(f"file {file.number} ({told}): {problem}")
    for line in failures[:SHOWN]:
        say(line)
    say(f"files: {count} in {time.monotonic() - began:.0f} s, {jobs} at a time, slowest {slowest:.2f} s")
    say(f"by exit code: {dict(sorted(codes.items()))}; {len(failures)} failures")
    assert failures == []


def batched(files: Iterator[Damaged], size: int) -> Iterator[list[Damaged]]:
    """So many at a time, so that they need not all be in memory."""
    while many := list(islice(files, size)):
        yield many
