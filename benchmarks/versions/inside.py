"""One checkout in a process of its own, for `compare.py`: ranks what it is sent and says how long it took.

`PYTHONPATH` decides whose packages these are. A line of JSON comes in on standard input, `{"match": [[request, school],
...]}` or `{"ask": [[title, school], ...]}`, and a line goes out: the milliseconds of each ranking on the clock, and of
all of them together on the processor. The pool is that of the database in the settings, or with `--alumni N` one of so
many alumni, made by the checkout's own `benchmarks/pools.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Question = tuple[str, str]


@dataclass(frozen=True)
class Ranker:
    """What a checkout can be asked. `match`: id and school of a request; `ask`: a title and the school that asks."""

    match: Callable[[str, str], object]
    ask: Callable[[str, str], object]


def open_cfdc78c(alumni: int | None, folder: Path) -> Ranker:
    """By the names of commit cfdc78c. Raises ImportError where the checkout has others."""
    from api.wiring import build_engine, load_settings, one_thread_each
    from matcher import asking
    from matcher.domain import Request, RequestKind

    one_thread_each()
    if alumni is None:
        engine = build_engine(load_settings())
    else:
        from pools import engine_of

        engine = engine_of(alumni, folder)
    engine.pool()

    def ask(title: str, school: str) -> object:
        wish = Request(request_id="", kind=RequestKind.GUEST_LESSON, title=title, school=school)
        return asking.match_unsaved(engine, None, wish)

    return Ranker(match=lambda id_, school: asking.match(engine, None, id_, school=school), ask=ask)


# ---------------------------------------------------------------------------------------------------------------------
# The newer version, by its own names. Nothing else here or in compare.py knows them.
def open_newer(alumni: int | None, folder: Path) -> Ranker:
    """By the names of the newer checkout."""
    from api.wiring import build_app, load_settings, one_thread_each
    from matcher.domain.kinds import RequestKind
    from matcher.domain.records import Request
    from matcher.policy import COMMAND_LINE
    from matcher.services import matching

    one_thread_each()
    if alumni is None:
        app = build_app(load_settings())
    else:
        from scale.pools import app_with

        app = app_with(alumni, folder)
    app.engine.current.pool()

    def ask(title: str, school: str) -> object:
        wish = Request(request_id="", kind=RequestKind.GUEST_LESSON, title=title, school=school)
        return matching.match_unsaved(app, COMMAND_LINE, wish)

    return Ranker(match=lambda id_, school: matching.match(app, COMMAND_LINE, id_, school=school), ask=ask)


# ---------------------------------------------------------------------------------------------------------------------


def open_ranker(alumni: int | None, folder: Path) -> Ranker:
    """That of the checkout on the path."""
    import matcher

    sys.path.insert(0, str(Path(str(matcher.__file__)).parents[1] / "benchmarks"))
    try:
        return open_cfdc78c(alumni, folder)
    except ImportError:
        return open_newer(alumni, folder)


def time_questions(work: Callable[[str, str], object], questions: Sequence[Question]) -> dict[str, object]:
    """The times of these questions, one after another."""
    wall = []
    spent = time.process_time()
    for question in questions:
        began = time.perf_counter()
        work(*question)
        wall.append(1000 * (time.perf_counter() - began))
    return {"wall_ms": wall, "cpu_ms": 1000 * (time.process_time() - spent)}


def main() -> None:
    """Answers line by line until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alumni", type=int)
    parser.add_argument("--folder", type=Path, default=Path.cwd())
    given = parser.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever the checkout prints is no answer
    checkout = open_ranker(given.alumni, given.folder)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        ((name, questions),) = json.loads(line).items()
        print(json.dumps(time_questions(getattr(checkout, name), questions)), file=answers, flush=True)


if __name__ == "__main__":
    main()
