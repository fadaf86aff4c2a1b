"""One ranking and one search at any size beside peers, in one run: times, memory, our share of what memory can do.

    .venv/bin/python benchmarks/scale/rankings.py --alumni 1000000
    .venv/bin/python benchmarks/scale/rankings.py --alumni 100000 --peers --json benchmarks/scale/results.json
    .venv/bin/python benchmarks/scale/rankings.py --table benchmarks/scale/results.json    # as in docs/performance.md
    .venv/bin/python benchmarks/scale/rankings.py --alumni 1000000 --kernel numpy    # without the compiled kernel
    .venv/bin/python benchmarks/scale/rankings.py --alumni 1000000 --crossover       # from which share the index pays
    .venv/bin/python benchmarks/scale/rankings.py --alumni 1000000 --stages          # where the time of a ranking goes

The pool is made in memory from the statistics of the sample region (`pools.py`). All contenders answer the
same queries in turns, in random order, each on one thread. `match` is the whole ranking: rules, exact top 10 of the
combined score, contributions, words that go together, what-ifs, cards from the database; encoding apart, for requests
have their vectors; `match, again` is a list that the pool remembers. Beside it its part without cards, by the compiled
kernel and by NumPy. It is measured once more without the others in between, as a server has it. Times are of the
processor, of the one thread that works (with `--threads` by the clock). The others search by the similarity alone, over
everybody. Peers that build for minutes come with `--peers` (`pip install hnswlib usearch` first); `--folder` keeps what
they built. The bandwidth is that of one thread adding up 320 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from peers import Search, searches, timed, worked
from pools import app_with, stored

from api.wiring import one_thread_each
from matcher import kernel
from matcher.domain.records import RecordKind, owner_of
from matcher.engine.calibration import calibrate
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.matching.thresholds import shipped
from matcher.policy import COMMAND_LINE
from matcher.pool import Pool
from matcher.pool.snapshot import arrays_of, load, save
from matcher.services import matching
from matcher.services.app import App

AGAIN = "match, again"
IN_A_ROW = "match, one after another"
Spend = Callable[[Callable[[], object]], tuple[float, Any]]
BEST = "rules and exact top 10"
BEST_NUMPY = "the same in NumPy"


def bandwidth() -> float:
    """Bytes a second that one thread reads: the best of five sums over 320 MB."""
    much = np.ones(40_000_000, np.int64)
    return much.nbytes / min(timed(much.sum)[0] for _ in range(5)) * 1000


def bytes_per_alumnus(pool: Pool) -> float:
    """Of all columns that grow with the alumni, vectors and words included, and of what is derived when used."""
    grows = {"people", "ledger", "people_by_skill", "words"}
    mine = sum(array.nbytes for name, array in arrays_of(pool) if name.split(".")[0] in grows)
    loads = pool.loads(0)
    derived = [loads.asks_in_year, loads.last_ask, loads.given, loads.received, loads.first_places]
    row_of_key = 4 * len(pool.people)
    return float(mine + sum(array.nbytes for array in derived) + row_of_key) / len(pool.people)


def measure(
    alumni: int, queries: int, rounds: int, *, peers: bool, threads: bool, folder: Path | None
) -> dict[str, Any]:
    """Everything about one size."""
    if not threads:
        one_thread_each()
    took, app = timed(lambda: app_with(alumni, folder))
    pool = app.engine.current.pool()
    print(f"{alumni:,} alumni made in {took / 1000:.0f} s", file=sys.stderr)
    asked = sampled_requests(app, queries)
    found = searches(pool.people.can[:], peers=peers, folder=folder)
    if threads:
        faiss.omp_set_num_threads(os.cpu_count() or 1)
    spend = timed if threads else worked
    turns = in_turns(app, asked, {name: search for name, (search, _, _) in found.items()}, rounds, spend)
    names, times, right, eligible = [*turns.times, IN_A_ROW], turns.times, turns.right, turns.eligible
    times[IN_A_ROW] = []  # nothing else is done in between: what was read last is still in the processor's cache
    for _ in range(rounds):
        pool.answered.clear()
        times[IN_A_ROW] += [spend(partial(_matched, app, id_, school))[0] for id_, school, _ in asked]
    speed = bandwidth()
    vector_bytes = pool.people.can[:].nbytes
    lines = []
    for name in names:
        spent_ = np.array(times[name])
        line = {"name": name, "p50_ms": _r(np.median(spent_)), "p95_ms": _r(np.percentile(spent_, 95))}
        line |= {"p99_ms": _r(np.percentile(spent_, 99)), "a_second": round(1000 / float(spent_.mean()), 1)}
        if name in found:
            line |= {"recall": _r(np.mean(right[name])), "build_s": _r(found[name][1]), "holds": found[name][2]}
        lines.append(line)
    touched = _touched(pool, float(np.median(eligible)))
    share = touched / speed * 1000 / lines[0]["p50_ms"]
    return {
        "alumni": alumni,
        "eligible_median": int(np.median(eligible)),
        "by_eligible": _by_eligible(np.array(eligible), np.array(times["match"])),
        "bytes_per_alumnus": _r(bytes_per_alumnus(pool)),
        "bandwidth_gb_s": _r(speed / 1e9),
        "scan_limit_ms": _r(vector_bytes / speed * 1000),
        "match_limit_ms": _r(touched / speed * 1000),
        "match_share_of_limit": _r(share),
        "lines": lines,
        **_snapshot(pool, folder),
        "max_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


@dataclass
class Turns:
    """What contenders took and found: by name, a value for each query."""

    times: dict[str, list[float]]
    right: dict[str, list[float]]
    eligible: list[int]


def in_turns(app: App, asked: list[tuple[str, str, int]], found: dict[str, Search], rounds: int, spend: Spend) -> Turns:
    """Asks all of them each query, in random order; the first round, which warms the caches, is not counted."""
    pool, best = app.engine.current.pool(), best_of(app)
    names = ["match", AGAIN, BEST, *([BEST_NUMPY] if kernel.is_built() else []), *found]
    turns = Turns({name: [] for name in names}, {name: [] for name in found}, [])
    dice = np.random.default_rng(3)
    for turn in range(rounds * len(asked) + len(asked)):
        id_, school, row = asked[turn % len(asked)]
        vector = pool.requests.vector[row]
        work: dict[str, Callable[[], Any]] = dict.fromkeys(("match", AGAIN), partial(_matched, app, id_, school))
        work |= {BEST: partial(best, row), BEST_NUMPY: partial(in_numpy, best, row)}
        work |= {name: partial(search, vector) for name, search in found.items()}
        answers = {}
        for name in dice.permutation(names).tolist():
            if name == "match":
                pool.answered.clear()  # as one who asks first
            elif name == AGAIN:
                work[name]()
            spent, answers[name] = spend(work[name])
            if turn >= len(asked):
                turns.times[name].append(spent)
        if turn >= len(asked):
            turns.eligible.append(answers["match"].eligible)
        exact = pool.people.can[answers["ours: FaissIndex"]].astype(np.int64) @ vector.astype(np.int64)
        for name in found:
            rows = np.asarray(answers[name], np.int64)
            dots = pool.people.can[rows].astype(np.int64) @ vector.astype(np.int64)
            turns.right[name].append(float(np.mean(dots >= exact.min())))
    return turns


def _matched(app: App, id_: str, school: str) -> Any:
    return matching.match(app, COMMAND_LINE, id_, school=school)


def best_of(app: App) -> Callable[[int], ranking.Outcome]:
    """Ranks the request in a row of the pool, by rules and score alone: no cards, sentences or log."""
    pool, weights, day = app.engine.current.pool(), app.with_weights().weights, app.clock.today()
    key_of = {pool.request_row[one.key]: one for one in stored(app.store, RecordKind.REQUESTS)}
    index = app.engine.indexes

    def best(row: int) -> ranking.Outcome:
        return ranking.rank(
            pool, Question(key_of[row], day), weights, lambda side: index.of(pool, side), limits=shipped()
        )

    return best


def in_numpy(work: Callable[[int], Any], row: int) -> Any:
    """The same by the reference."""
    with kernel.using("numpy"):
        return work(row)


def _by_eligible(eligible: np.ndarray, spent: np.ndarray) -> list[dict[str, float]]:
    """The median time of the quarter of the queries with the fewest eligible, and so on."""
    quarters = np.array_split(np.argsort(eligible, kind="stable"), 4)
    return [{"eligible": int(np.median(eligible[one])), "p50_ms": _r(np.median(spent[one]))} for one in quarters]


def crossover(alumni: int, folder: Path | None) -> None:
    """As `alumnimatch index calibrate`: the best ten by index and bound and by scoring all, equal to the bit."""
    one_thread_each()
    app = app_with(alumni, folder)
    pool = app.engine.current.pool()
    index = app.engine.indexes.of(pool, "can")
    found, measured = calibrate(pool, index, app.weights, app.clock.today())
    print(f"{'eligible':>10}{'share':>8}{'index ms':>10}{'all ms':>8}")
    for one in measured:
        print(f"{one.eligible:10,}{one.share:8.0%}{one.index_ms:10.1f}{one.all_ms:8.1f}")
    print(f"each is scored up to {found.score_all_share:.1%}")


class Stages:
    """Collects the times of the stages of rankings, in milliseconds."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}

    def stage_finished(self, stage: str, seconds: float) -> None:
        """See `matcher.matching.observer.RankingObserver`."""
        self.times.setdefault(stage, []).append(1000 * seconds)

    def ranked(self, eligible: int, verified: int, *, exact: bool) -> None:
        """Not counted here."""

    def query_vector(self, *, found: bool) -> None:
        """Not counted here."""


def stages(alumni: int, queries: int, rounds: int, folder: Path | None) -> None:
    """Prints the median time of each stage of a ranking, one ranking after another."""
    one_thread_each()
    app = app_with(alumni, folder)
    asked = sampled_requests(app, queries)
    for _ in range(rounds + 1):
        watch = Stages()  # the first round warms the caches
        match = partial(matching.match, replace(app, observer=watch), COMMAND_LINE)
        for id_, school, _row in asked:
            match(id_, school=school)
    print({stage: f"{np.median(times):.2f} ms" for stage, times in watch.times.items()})


def _touched(pool: Pool, eligible: float) -> float:
    """Bytes that a ranking must read: the columns of the first rules for all, everything else for the eligible."""
    plain = sum(getattr(pool.people, name).itemsize for name in ("consents", "paused_until", "offers"))
    everybody = plain + pool.people.school.codes.itemsize
    rest = bytes_per_alumnus(pool) - pool.people.wants.shape[1]
    return len(pool.people) * everybody + eligible * rest


def _snapshot(pool: Pool, folder: Path | None) -> dict[str, float]:
    """Seconds to write the snapshot, and from nothing in memory to a pool that answers."""
    if folder is None:
        return {}
    cache = folder / "snapshot"
    wrote, _ = timed(lambda: save(pool, cache))
    read, again = timed(lambda: load(cache, pool.origin, pool.encoder))
    assert again is not None
    return {"snapshot_write_s": _r(wrote / 1000), "snapshot_load_s": _r(read / 1000)}


def sampled_requests(app: App, count: int) -> list[tuple[str, str, int]]:
    """(id, school, row) of requests of all kinds that look at what alumni can, and whose text says something."""
    pool, found = app.engine.current.pool(), []
    for request in sorted(stored(app.store, RecordKind.REQUESTS), key=lambda one: (one.request_id, one.school or "")):
        row = pool.request_row[request.key]
        if pool.requests.vector[row].any() and ranking.side_of(pool.requests, row) == "can":
            found.append((request.request_id, owner_of(request), row))
    return found[:: max(1, len(found) // count)][:count]


def _r(value: Any) -> float:
    return float(f"{float(value):.3g}")


def machine() -> dict[str, str]:
    """What it ran on, and which version."""
    cpu = next(
        (line.split(":")[1].strip() for line in _read("/proc/cpuinfo").splitlines() if line.startswith("model name")),
        "",
    )
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - fixed words
    return {
        "cpu": cpu or platform.processor(),
        "python": platform.python_version(),
        "faiss": faiss.__version__,
        "commit": commit,
    }


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def table(results: dict[str, Any]) -> str:
    """The results as Markdown: one table for all sizes, and one of what a ranking costs by who is eligible."""
    names = list(dict.fromkeys(line["name"] for one in results.values() for line in one["lines"]))
    sizes = [f"{int(size):,}" for size in results]
    told = [f"| p50 / p99 ms | {' | '.join(sizes)} |", "|---|" + "---|" * len(sizes)]
    for name in names:
        cells = []
        for one in results.values():
            found = next((line for line in one["lines"] if line["name"] == name), None)
            recall = f" ({found['recall']:g})" if found and found.get("recall", 1) < 1 else ""
            cells.append(f"{found['p50_ms']:g} / {found['p99_ms']:g}{recall}" if found else "")
        told.append(f"| {name} | {' | '.join(cells)} |")
    for name in names:
        built = [
            next((line for line in one["lines"] if line["name"] == name), {}).get("build_s") for one in results.values()
        ]
        if any(took is not None and took >= 5 for took in built):
            told.append(
                f"| {name}: built in, s | {' | '.join('' if took is None else f'{took:g}' for took in built)} |"
            )
    for title, key in (
        ("median of eligible alumni", "eligible_median"),
        ("limit of memory: one scan of one vector each, ms", "scan_limit_ms"),
        ("bytes an alumnus", "bytes_per_alumnus"),
        ("snapshot to pool, s", "snapshot_load_s"),
        ("whole process at its largest, peers included, MB", "max_rss_mb"),
    ):
        told.append(f"| {title} | {' | '.join(f'{one[key]:,}' if key in one else '' for one in results.values())} |")
    told += [
        "",
        "| `match`, quarter of the queries by eligible | " + " | ".join(sizes) + " |",
        "|---|" + "---|" * len(sizes),
    ]
    for quarter, title in enumerate(("fewest", "second", "third", "most")):
        cells = [
            f"{part['eligible']:,}: {part['p50_ms']:g} ms"
            for one in results.values()
            for part in [one["by_eligible"][quarter]]
        ]
        told.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(told)


def main() -> None:
    """Measures, prints a table, and adds the results to a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alumni", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--threads", action="store_true", help="as many threads as the libraries like, for comparison")
    parser.add_argument(
        "--folder", type=Path, help="keeps the sample's database, a snapshot to load again, and what peers built"
    )
    parser.add_argument("--json", type=Path, help="a file of results, one for each size; others in it stay")
    parser.add_argument("--table", type=Path, help="measures nothing: prints a file of results as Markdown")
    parser.add_argument("--crossover", action="store_true", help="from which share of eligible alumni the index pays")
    parser.add_argument("--kernel", choices=("auto", "c", "numpy"), default="auto")
    parser.add_argument("--stages", action="store_true", help="where the time of a ranking goes")
    given = parser.parse_args()
    kernel.choose(given.kernel)
    if given.stages:
        stages(given.alumni, given.queries, given.rounds, given.folder)
        return
    if given.crossover:
        crossover(given.alumni, given.folder)
        return
    if given.table:
        print(table(json.loads(given.table.read_text())))
        return
    result = measure(
        given.alumni, given.queries, given.rounds, peers=given.peers, threads=given.threads, folder=given.folder
    ) | {"machine": machine()}
    print(f"{'':28}{'p50 ms':>9}{'p95':>8}{'p99':>8}{'a second':>10}{'recall':>8}{'build s':>9}")
    for line in result["lines"]:
        print(
            f"{line['name']:28}{line['p50_ms']:9.4g}{line['p95_ms']:8.4g}{line['p99_ms']:8.4g}{line['a_second']:10.5g}"
            f"{line.get('recall', ''):>8}{line.get('build_s', ''):>9}"
        )
    print({name: value for name, value in result.items() if name not in {"lines", "machine"}})
    if given.json:
        kept = json.loads(given.json.read_text()) if given.json.exists() else {}
        kept[str(given.alumni)] = result
        given.json.write_text(json.dumps(dict(sorted(kept.items(), key=lambda item: int(item[0]))), indent=1) + "\n")


if __name__ == "__main__":
    main()
