"""Two checkouts side by side: the same figures of both, measured in turns in one run, and the ratio between them.

    .venv/bin/python benchmarks/versions/compare.py OLD NEW FOLDER                # made by benchmarks/ranking/region.py
    .venv/bin/python benchmarks/versions/compare.py OLD NEW FOLDER --only import log
    .venv/bin/python benchmarks/versions/compare.py OLD NEW FOLDER --alumni 1000000  # rankings alone (scale/pools.py)

OLD and NEW are folders of checkouts; the same folder twice shows the noise. FOLDER must have been made with OLD, with
the tables of commit cfdc78c. Its database gets a log of 200,000 lines about one school, once. Each checkout works on a
copy of that, which it brings to its own version of the tables. Both are used by their command line and over HTTP on
loopback, with the log on; only `benchmarks/versions/inside.py` looks inside.

Each value is printed as a line of JSON as soon as it is known, and a table of medians at the end. `new : old` is the
median of the ratios of the turns, since others may use the machine more in one turn than in the next, with quartiles;
there are fewer turns where a figure has used up its time. The second half of the table is the same for the time on the
processor, of the whole command or of the server. Lower is better, except for rows a second.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from checkouts import TODAY, Answer, Client, Inside, Question, Server, Version, issue_token, read_sample_requests
from long_log import LINES, make_long_log

IMPORTED = 20_000
TOPICS = ("wondzorg", "lassen", "ondernemen", "logistiek", "kinderopvang", "techniek", "koken", "groen", "sport", "ICT")
GENERATIONS = 3
"""New processes for the same figure: two with the same code may differ by some percent for as long as they live."""
NAMES = ("start", "ranking", "import", "http", "consent", "pages", "log")


@dataclass
class Figures:
    """All values so far, each with that of the processor beside it, where there is one."""

    values: dict[tuple[str, str], dict[str, list[tuple[float, float]]]] = field(default_factory=dict)

    def add(self, figure: str, unit: str, version: Version, value: float, cpu: float = 0.0) -> None:
        """One more value, printed at once."""
        values = self.values.setdefault((figure, unit), {"old": [], "new": []})[version.name]
        line: dict[str, object] = {"figure": figure, "version": version.name, "turn": len(values), "unit": unit}
        print(json.dumps(line | {"value": round(value, 4), "processor": round(cpu, 4)}), flush=True)
        values.append((value, cpu))

    def write_table(self) -> str:
        """Medians, and the ratios of the turns, as Markdown."""
        head = "| | unit | old | new | new : old | turns | processor: old | new | new : old |"
        lines = [head, "|---|---|---|---|---|---|---|---|---|"]
        for (figure, unit), values in self.values.items():
            (old, old_cpu), (new, new_cpu) = (zip(*values[name], strict=True) for name in ("old", "new"))
            cells = [figure, unit, *compare(old, new), str(len(old)), *compare(old_cpu, new_cpu)]
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join(lines)


def compare(old: Sequence[float], new: Sequence[float]) -> list[str]:
    """Both medians, and the median of the ratios with its quartiles; nothing where there are no values."""
    if not median(old):
        return ["", "", ""]
    ratios = [after / before for before, after in zip(old, new, strict=True) if before]
    low, ratio, high = quantiles(ratios, method="inclusive") if len(ratios) > 1 else ratios * 3
    medians = [f"{value:,.0f}" if value >= 1000 else f"{value:.4g}" for value in (median(old), median(new))]
    digits = 2 if ratio >= 0.1 else 4
    return [*medians, f"{ratio:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"]


@dataclass
class Bench:
    """What the figures share."""

    versions: tuple[Version, Version]
    folder: Path
    alumni: int
    """In the database."""
    questions: list[Question]
    school: str
    """About which there is a long log."""
    quiet: str
    """A school that the log hardly mentions."""
    figures: Figures = field(default_factory=Figures)

    def take_turns(self, rounds: int, seconds: float) -> Iterator[tuple[int, Sequence[Version]]]:
        """The number of each turn and the versions in its order; fewer turns where they take longer than `seconds`."""
        began = time.perf_counter()
        for turn in range(rounds):
            if turn > 1 and time.perf_counter() - began > seconds:
                return
            yield turn, self.order(turn)

    def order(self, turn: int) -> Sequence[Version]:
        """Both versions, the other one first in every other turn."""
        return self.versions if turn % 2 == 0 else self.versions[::-1]

    def choose_part(self, turn: int) -> list[Question]:
        """A third of the questions, another one in each turn."""
        return self.questions[turn % 3 :: 3]

    def make_titles(self, turn: int) -> list[Question]:
        """Questions that nobody has asked before."""
        return [(f"Vertel over {topic} en wat je op dag {turn + 1} leerde", self.school) for topic in TOPICS]

    @contextmanager
    def open_clients(self, generation: int = 0) -> Iterator[dict[str, Client]]:
        """A server of each version, and a coordinator of every school who asks it."""
        with ExitStack() as stack:
            servers = [(version, stack.enter_context(closing(Server(version)))) for version in self.order(generation)]
            yield {version.name: Client(server, issue_token(version, "coordinator")) for version, server in servers}


def prepare(bench: Bench) -> None:
    """Copies of the database, brought to each version's tables, and pools that are built."""
    base = make_long_log(bench.folder)
    for version in bench.versions:
        shutil.rmtree(version.folder, ignore_errors=True)
        version.folder.mkdir(parents=True)
        shutil.copy(base, version.folder / "alumnimatch.db")
    for version in bench.versions:
        version.run("settings")  # compiles what is imported
        version.run("audit", "show", "--top", "1")
        built = version.run("index", "build")
        bench.figures.add("pool built anew", "s", version, built.seconds, built.cpu_s)
        bench.figures.add("pool built anew, memory", "MB", version, built.peak_mb)


def measure_start(bench: Bench) -> None:
    """From nothing to a server that is ready."""
    for turn, pair in bench.take_turns(6, 30):
        for version in pair:
            with closing(Server(version)) as server:
                if turn:  # the first reads files that nobody has read before
                    bench.figures.add("start to ready", "s", version, server.ready_s, server.read_cpu_ms() / 1000)


def measure_inside(bench: Bench, alumni: int | None = None) -> None:
    """Whole rankings in the process with their line in the log, without HTTP."""
    size, add = f"{alumni or bench.alumni:,}", bench.figures.add
    for generation in range(1 if alumni else GENERATIONS):
        with ExitStack() as stack:
            inside = {
                version.name: stack.enter_context(closing(Inside(version, alumni)))
                for version in bench.order(generation)
            }
            for turn, pair in bench.take_turns(15, 60 if alumni else 9):
                for version in pair:
                    times = inside[version.name].ask("match", bench.choose_part(turn))
                    if turn > 2:
                        add(f"ranking among {size}", "ms", version, *times)
            for turn, pair in bench.take_turns(9, 60 if alumni else 6):
                for version in pair:
                    times = inside[version.name].ask("ask", bench.make_titles(turn))
                    if turn:
                        add(f"question that is not saved among {size}", "ms", version, *times)
            for version in bench.versions:
                add(f"rankings among {size}, memory", "MB", version, inside[version.name].read_peak_mb())


def measure_import(bench: Bench) -> None:
    """A spreadsheet into an empty database, and once more."""
    path, add = bench.folder / "versions" / "some.csv", bench.figures.add
    with (bench.folder / "alumni.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = islice(csv.reader(source, delimiter=";"), IMPORTED + 1)
        with path.open("w", newline="") as target:
            csv.writer(target, delimiter=";").writerows(rows)
    for _, pair in bench.take_turns(3, 70):
        for version in pair:
            for file in version.folder.glob("import.db*"):
                file.unlink()
            for name in ("first time", "again"):
                done = version.run("import", "alumni", str(path), "--format", "json", database="import.db")
                speeds = IMPORTED / done.seconds, IMPORTED / done.cpu_s
                add(f"import of {IMPORTED:,} alumni, {name}", "rows/s", version, *speeds)
                add(f"import of {IMPORTED:,} alumni, {name}, memory", "MB", version, done.peak_mb)


def measure_http(bench: Bench) -> None:
    """Rankings over HTTP, of saved requests and of questions that are not saved, and the memory that they take."""
    for generation in range(GENERATIONS):
        with bench.open_clients(generation) as clients:
            lists = {name: [client.match(asked) for asked in bench.questions] for name, client in clients.items()}
            if not generation:
                compare_lists(lists["old"], lists["new"])
            for turn, pair in bench.take_turns(9, 12):
                for version in pair:
                    answers = [clients[version.name].match(asked) for asked in bench.choose_part(turn)]
                    add_block(bench, "GET matches", version, answers)
            for turn, pair in bench.take_turns(8, 9):
                for version in pair:
                    answers = [clients[version.name].ask(asked) for asked in bench.make_titles(turn)]
                    if turn:
                        add_block(bench, "POST matches", version, answers)
            for version in bench.versions:
                peak = clients[version.name].server.read_peak_mb()
                bench.figures.add("server after the rankings, memory", "MB", version, peak)


def add_block(bench: Bench, figure: str, version: Version, answers: Sequence[Answer]) -> None:
    """One value for answers that came one after another: the median on the clock, the mean on the processor."""
    cpu = sum(answer.cpu_ms for answer in answers) / len(answers)
    bench.figures.add(figure, "ms", version, median(answer.ms for answer in answers), cpu)


def compare_lists(old: Sequence[Answer], new: Sequence[Answer]) -> None:
    """Prints how many lists have the same people with the same scores in both versions."""

    def list_people(answer: Answer) -> list[tuple[object, ...]]:
        return [(match["candidate_id"], match["school"], match["score"]) for match in answer.matches]

    equal = sum(list_people(before) == list_people(after) for before, after in zip(old, new, strict=True))
    print(json.dumps({"figure": "equal lists", "value": equal, "of": len(old)}), flush=True)


def measure_consent(bench: Bench, clients: dict[str, Client]) -> None:
    """A consent is withdrawn, and the next ranking knows."""
    for turn, pair in bench.take_turns(10, 25):
        asked = bench.questions[turn]
        for version in pair:
            client = clients[version.name]
            withdrawn, person = client.withdraw_first(asked)
            following = client.match(asked)
            listed = [(match["candidate_id"], match["school"]) for match in following.matches]
            assert (person["candidate_id"], person["school"]) not in listed
            bench.figures.add("consent withdrawn", "ms", version, withdrawn.ms)
            bench.figures.add("ranking after that", "ms", version, following.ms, following.cpu_ms)


def measure_pages(bench: Bench, clients: dict[str, Client]) -> None:
    """Pages of a coordinator of every school, the first time after a change and once more."""
    sought = urlencode({"q": "Wie vertelt over wondzorg?", "soort": "guest_lesson"})
    for turn, pair in bench.take_turns(3, 90):
        for number, page in enumerate(("/zoeken", "/advies", "/waarom", "/waarom of a pair")):
            asked = bench.questions[10 + 4 * turn + number]
            for version in pair:
                client = clients[version.name]
                _, person = client.withdraw_first(asked)
                named = {"vraag": asked[0], "school": asked[1], "kandidaat": person["candidate_id"]}
                address = {
                    "/zoeken": f"/zoeken?{sought}",
                    "/waarom of a pair": f"/waarom?{urlencode(named | {'kandidaat_school': person['school']})}",
                }.get(page, page)
                first, again = client.page(address), client.page(address)
                bench.figures.add(f"{page}, first after a change", "ms", version, first.ms, first.cpu_ms)
                bench.figures.add(f"{page}, again", "ms", version, again.ms)
    for version in bench.versions:
        bench.figures.add("server after the pages, memory", "MB", version, clients[version.name].server.read_peak_mb())


def measure_log(bench: Bench, clients: dict[str, Client]) -> None:
    """The page of a long log: of the school that it is about and of one that it hardly mentions; and all its seals."""
    officers = {
        (version.name, school): Client(clients[version.name].server, issue_token(version, "privacy_officer", school))
        for version in bench.versions
        for school in (bench.school, bench.quiet)
    }
    pages = {
        "the newest lines": (bench.school, "/log"),
        "older lines": (bench.school, f"/log?voor={LINES // 2}"),
        "a school with few": (bench.quiet, "/log"),
    }
    for turn, pair in bench.take_turns(9, 30):
        for name, (school, path) in pages.items():
            for version in pair:
                answer = officers[version.name, school].page(path)
                if turn:
                    bench.figures.add(f"/log of {LINES:,} lines, {name}", "ms", version, answer.ms, answer.cpu_ms)
    for _, pair in bench.take_turns(2, 20):
        for version in pair:
            done = version.run("audit", "verify")
            bench.figures.add(f"seals of {LINES:,} lines verified", "s", version, done.seconds, done.cpu_s)


def choose_requests(folder: Path, count: int) -> list[Question]:
    """Ids and schools of requests spread over all that are open."""
    select = "SELECT request_id, school FROM requests WHERE school <> '' AND (closes_on IS NULL OR closes_on >= ?)"
    with closing(sqlite3.connect(folder / "alumnimatch.db")) as connection:
        rows = connection.execute(f"{select} ORDER BY request_id, school", (TODAY,)).fetchall()
    return rows[:: max(1, len(rows) // count)][:count]


def count_alumni(folder: Path) -> dict[str, int]:
    """How many alumni each school has."""
    with closing(sqlite3.connect(folder / "alumnimatch.db")) as connection:
        return dict(connection.execute("SELECT school, count(*) FROM alumni GROUP BY school").fetchall())


def describe(tree: Path) -> str:
    """The commit of a checkout."""
    git = ["git", "-C", str(tree), "describe", "--always", "--dirty"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - fixed words


def measure(bench: Bench, only: Sequence[str]) -> None:
    """Everything, or the figures that are named."""
    prepare(bench)
    with bench.open_clients() as clients:
        bench.questions = [question for question in bench.questions if clients["old"].match(question).matches]
    alone = {"start": measure_start, "ranking": measure_inside, "import": measure_import, "http": measure_http}
    for name, work in alone.items():
        if name in only:
            work(bench)
    changing = {"consent": measure_consent, "pages": measure_pages, "log": measure_log}
    if changing.keys() & set(only):
        with bench.open_clients() as clients:
            for name, work_with in changing.items():
                if name in only:
                    work_with(bench, clients)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path, help="a checkout")
    parser.add_argument("new", type=Path, help="another checkout")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--alumni", type=int, help="rankings in the process alone, over a pool of so many")
    given = parser.parse_args()
    folder = given.folder.resolve()
    old, new = (
        Version(name, tree.resolve(), folder / "versions" / name)
        for name, tree in (("old", given.old), ("new", given.new))
    )
    began = time.perf_counter()
    sizes = count_alumni(folder)
    bench = Bench((old, new), folder, sum(sizes.values()), choose_requests(folder, 60), min(sizes), max(sizes))
    if given.alumni:
        bench.questions = read_sample_requests(old.tree, 60)
        for version in bench.versions:
            version.folder.mkdir(parents=True, exist_ok=True)
        measure_inside(bench, given.alumni)
    else:
        measure(bench, given.only)
    print(f"\n{bench.figures.write_table()}\n")
    print(f"old {describe(old.tree)}, new {describe(new.tree)}; {time.perf_counter() - began:.0f} s; ", end="")
    print(f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()}")


if __name__ == "__main__":
    main()
