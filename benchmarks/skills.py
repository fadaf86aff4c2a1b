"""How long linking labels to concepts takes, how many labels of the sample link, and what concepts cost a ranking.

    .venv/bin/python -m benchmarks.skills ESCO [--alumni 100000] [--turns 9] [--kernel numpy]

ESCO: the folder or .zip of its website, with `skills_nl.csv` and the others. Linking is measured as time of the
processor: reading the files with the table of labels, what is kept of them, then 20,000 labels of ESCO's own and 5,000
that it lacks. Rankings are those of all requests of the sample over pools made of it (`scale/pools.py`): without a
vocabulary, with ESCO, and with one of our own in which every label means the same as another and has neighbours above
and below, which is more than any vocabulary links. They take turns on one thread: rules, the exact ten best and their
terms. The time of a request is its median, of the processor too, and the ratio that of the sums over all requests.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np

from api.wiring import FixedClock, one_thread_each
from benchmarks.scale.pools import TODAY, app_with, sample_store, stored
from matcher import kernel
from matcher.concepts import Labels, Links, Scheme, base_of
from matcher.domain.records import RecordKind
from matcher.matching import ranking
from matcher.matching.question import Question
from matcher.memory import many_objects
from matcher.policy import COMMAND_LINE
from matcher.services import vocabularies
from matcher.services.app import App, WithoutEngine
from matcher.sources import esco
from matcher.text import skill_key

T = TypeVar("T")
LINKED, UNKNOWN = 20_000, 5_000


def spent(what: str, work: Callable[[], T]) -> T:
    """What it gives, and how long it took the processor."""
    before = time.process_time()
    found = work()
    print(f"{what}: {time.process_time() - before:.2f} s")
    return found


def linking(folder: Path) -> None:
    """From the files to the concepts of labels."""
    with many_objects():
        scheme = spent("reading the files", lambda: esco.read([folder], "1.2"))
    content = spent("making what is kept", scheme.to_bytes)
    print(f"{len(scheme.concepts)} concepts, {len(content) / 1e6:.1f} MB")
    kept = spent("reading what is kept", lambda: Scheme.from_bytes(content))
    labels = Labels([kept])
    spent("what is above and below", lambda: labels.narrower(0))
    names = [label for one in kept.concepts for label in (*one.preferred.get("nl", ()), *one.other.get("nl", ()))]
    every = [names[at % len(names)] for at in range(LINKED)] + [f"geen woord {at}" for at in range(UNKNOWN)]
    links = Links(labels, ["one"])
    beside = ("Kok", "verpleegkundige")
    spent(f"linking {len(every)} labels", lambda: [links.name(skill_key(one), "Noord", beside) for one in every])


def all_linked(folder: Path, labels: list[str]) -> Path:
    """A vocabulary in which labels stand together two by two, each pair right below the next."""
    folder.mkdir()
    pairs = [labels[at : at + 2] for at in range(0, len(labels), 2)]
    skills = [[f"http://own.example/{at}", "skill", pair[0], "\n".join(pair[1:])] for at, pair in enumerate(pairs)]
    above = [[one[0], other[0]] for one, other in pairwise(skills)]
    header = ["conceptUri", "skillType", "preferredLabel", "altLabels"]
    for name, rows in (
        ("skills", [header, *skills]),
        ("broaderRelationsSkillPillar", [["conceptUri", "broaderUri"], *above]),
    ):
        with (folder / f"{name}_nl.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def app_of(folder: Path, alumni: int, vocabulary: Path | None) -> App:
    """The region with or without a vocabulary."""
    if vocabulary is not None:
        there = WithoutEngine(sample_store(folder), FixedClock(TODAY))
        vocabularies.import_esco(there, COMMAND_LINE, [vocabulary], "1.2")
    app = app_with(alumni, folder)
    pool = app.engine.current.pool()
    app.engine.indexes.of(pool, "can")
    app.engine.indexes.of(pool, "wants")
    if pool.links is not None:
        names = pool.vocabulary
        for what, found in (("alumni", names.skills), ("requests and courses", names.requested_skills)):
            keys = {base_of(name) for name in found}
            linked = sum(bool(pool.links.of(key)) for key in keys)
            print(
                f"labels of {what}: {len(keys)}, of which {linked} link; {len(found) - len(keys)} mean several things"
            )
        asked = pool.requested_skills.covered_by
        print(f"words that cover a requested skill: {len(asked.values)}, in part {len(pool.partly_by.values)}")
    return app


def rankings(folder: Path, esco_folder: Path, alumni: int, turns: int) -> None:
    """Without a vocabulary and with each, in turns."""
    apps = {"without": app_of(folder / "without", alumni, None)}
    names_of = apps["without"].engine.current.pool().vocabulary
    every = sorted({*names_of.skills, *names_of.requested_skills})
    apps["with ESCO"] = app_of(folder / "esco", alumni, esco_folder)
    apps["with all linked"] = app_of(folder / "all", alumni, all_linked(folder / "linked", every))
    requests = {name: stored(app.store, RecordKind.REQUESTS) for name, app in apps.items()}
    taken: dict[str, list[list[float]]] = {name: [] for name in apps}
    for turn in range(turns + 1):
        for name in list(apps)[:: 1 if turn % 2 else -1]:
            app = apps[name]
            pool, weights = app.engine.current.pool(), app.weights
            times = []
            for request in sorted(requests[name], key=lambda one: (one.school or "", one.request_id)):
                begin = time.process_time()
                question = Question(request, TODAY)
                ranking.rank(
                    pool, question, weights, lambda side, of=app, by=pool: of.engine.indexes.of(by, side),
                    k=10, limits=app.limits,
                )  # fmt: skip
                times.append(time.process_time() - begin)
            taken[name].append(times)
    median = {name: np.median(np.array(times[1:]), axis=0) for name, times in taken.items()}
    for name, times in median.items():
        print(f"{name}: median {np.median(times) * 1000:.2f} ms, 95 % under {np.percentile(times, 95) * 1000:.2f} ms")
    for name, times in median.items():
        print(f"{name} / without: {times.sum() / median['without'].sum():.3f}")


def main() -> None:
    """Prints all of it."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("esco", type=Path)
    arguments.add_argument("--alumni", type=int, default=100_000)
    arguments.add_argument("--turns", type=int, default=9)
    arguments.add_argument("--kernel", choices=("auto", "c", "numpy"), default="auto")
    given = arguments.parse_args()
    one_thread_each()
    linking(given.esco)
    with tempfile.TemporaryDirectory(prefix="alumnimatch-") as folder, kernel.using(given.kernel):
        print(f"{given.alumni} alumni, {kernel.name()}")
        rankings(Path(folder), given.esco, given.alumni, given.turns)


if __name__ == "__main__":
    main()
