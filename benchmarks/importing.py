"""Rows a second of an import, in turns: a checkout of commit cfdc78c, this one, and pandas, which checks nothing.

    .venv/bin/python benchmarks/importing.py OLD NEW --rows 20000 --turns 3
    .venv/bin/python benchmarks/importing.py OLD NEW --rows 100000 --turns 1    # the memory of a large file

OLD and NEW are folders of checkouts. The files hold the alumni of the sample again and again, each with a number, an
address and a telephone number of its own. An import is the whole command, less that of a file of one row; `again` is
the same file into the same database, less the same of the file of one row. pandas reads text (`dtype=str`) and writes a
table of SQLite. Each value is printed as a line of JSON, then medians of rows a second, and of the ratios of the turns.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent / "versions"))

from checkouts import Outcome, Version

PANDAS = """
import sqlite3, sys
import pandas as pd
name = sys.argv[1]
is_text = name.endswith(".csv")
read = pd.read_csv(name, sep=";", dtype=str) if is_text else pd.read_excel(name, dtype=str, engine="openpyxl")
with sqlite3.connect(sys.argv[2]) as connection:
    read.to_sql("alumni", connection, if_exists="replace", index=False)
"""


def rows_of(tree: Path, count: int) -> Iterator[list[object]]:
    """The header and so many alumni of the sample, each with contact details of its own."""
    from openpyxl import load_workbook

    book = load_workbook(tree / "data" / "sample" / "alumni.xlsx", read_only=True)
    sheet = list(book.worksheets[0].iter_rows(values_only=True))
    header = [str(name) for name in sheet[0]]
    id_, mail, phone = (header.index(name) for name in ("alumnus_id", "email", "telefoon"))
    yield list(header)
    for number in range(count):
        row: list[object] = list(sheet[1 + number % (len(sheet) - 1)])
        row[id_] = f"B-{number:06}"
        row[mail] = f"persoon{number}@voorbeeld.example" if row[mail] else None
        row[phone] = f"06-{10_000_000 + number}" if row[phone] else None
        yield row


def write_files(tree: Path, folder: Path, count: int) -> list[Path]:
    """The same rows as .csv and as .xlsx."""
    from openpyxl import Workbook

    text, book = folder / f"alumni-{count}.csv", Workbook(write_only=True)
    sheet = book.create_sheet("alumni")
    with text.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        for row in rows_of(tree, count):
            sheet.append(row)
            writer.writerow([str(cell).replace(".", ",") if isinstance(cell, float) else cell for cell in row])
    workbook = folder / f"alumni-{count}.xlsx"
    book.save(workbook)
    return [text, workbook]


def ran(words: list[str]) -> Outcome:
    """A command of its own."""
    began = time.perf_counter()
    process = subprocess.Popen(words)  # noqa: S603 - ours
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, words
    return Outcome(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, "")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="alumnimatch-importing-") as name:
        measure(Path(name), {"old": chosen.old.resolve(), "new": chosen.new.resolve()}, chosen.rows, chosen.turns)


def measure(folder: Path, trees: dict[str, Path], count: int, turns: int) -> None:
    """All turns, and the medians."""
    files, tiny = write_files(trees["new"], folder, count), write_files(trees["new"], folder, 1)
    rates: dict[tuple[str, str], list[float]] = {}

    def add(figure: str, who: str, whole: Outcome, start: Outcome) -> None:
        rate = count / max(whole.seconds - start.seconds, 0.001)
        rates.setdefault((figure, who), []).append(rate)
        line = {"figure": figure, "of": who, "rows a second": round(rate), "peak MB": round(whole.peak_mb)}
        print(json.dumps(line | {"processor s": round(whole.cpu_s - start.cpu_s, 2)}), flush=True)

    for turn in range(turns):
        for file, small in zip(files, tiny, strict=True):
            for who, tree in trees.items():
                place = folder / f"{who}-{turn}-{file.suffix[1:]}"
                place.mkdir()
                version = Version(who, tree, place)
                for time_ in ("first", "again"):
                    start = version.run("import", "alumni", str(small), database="start.db")
                    add(f"{file.suffix} {time_}", who, version.run("import", "alumni", str(file)), start)
            plain = [sys.executable, "-c", PANDAS]
            start = ran([*plain, str(small), str(folder / "start.db")])
            add(f"{file.suffix} first", "pandas", ran([*plain, str(file), str(folder / "pandas.db")]), start)
    for figure in dict.fromkeys(figure for figure, _ in rates):
        old, new, pandas = (rates.get((figure, who), []) for who in ("old", "new", "pandas"))
        ratio = median(one / other for one, other in zip(new, old, strict=True))
        beside = f", {median(a / b for a, b in zip(new, pandas, strict=True)):.2f} of pandas" if pandas else ""
        print(f"{figure}: {median(new):,.0f} rows a second, {ratio:.1f} times {median(old):,.0f}{beside}")


if __name__ == "__main__":
    main()
