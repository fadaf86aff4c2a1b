"""Where the processor time of a new list goes, as a server answers it: the parts of one answer, in milliseconds.

    python -m benchmarks.ranking.parts FOLDER [--answers 400]     # a folder that benchmarks/versions/rate.py was run in

Asks for one saved request after another, none twice, as the route does: who asks, the list, its JSON and its line in
the log; without HTTP itself. Each millisecond of processor the stack is looked at, so that nothing gets slower by being
measured, as it would by a profiler. The second encoder is off.
"""

from __future__ import annotations

import argparse
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from types import FrameType

from api.schemas.rankings import ranking_json
from api.settings import Settings
from api.wiring import build_app
from benchmarks.ranking.region import TODAY
from matcher.policy import COMMAND_LINE, VISITOR, Role
from matcher.services import access, matching
from matcher.services.app import App

FIRST = 150
"""Answers that are not counted."""
PARTS = (
    ("who asks, and for what: one reading", "parts.py", "read"),
    ("the list", "services/matching.py", "ranked"),
    ("- rules and the best ten", "matching/ranking.py", "rank"),
    ("- what changes of the request would add", "services/answers.py", "_more"),
    ("- what changes of an alumnus would do", "services/answers.py", "what_ifs"),
    ("- records of the ten", "store/records.py", "by_key"),
    ("- terms of the scores", "matching/ranking.py", "contributions"),
    ("- evidence: words that meet, skills, years", "services/evidence.py", "with_evidence"),
    ("- remembering it", "services/remembered.py", "remember"),
    ("sentences and JSON", "schemas/rankings.py", "ranking_json"),
    ("- JSON alone", "schemas/rankings.py", "_dumped"),
    ("the line in the log, committed", "services/matching.py", "_log"),
)
"""What is told: its name, and a function that does it; those with a dash are within the one before."""


class Samples:
    """How often each function was found at work."""

    def __init__(self) -> None:
        self.total = 0
        self.found: Counter[tuple[str, str]] = Counter()

    def __call__(self, _signal: int, frame: FrameType | None) -> None:
        """Looks at the stack."""
        self.total += 1
        seen = set()
        while frame is not None:
            code = frame.f_code
            seen.add(("/".join(Path(code.co_filename).parts[-2:]), code.co_name))
            frame = frame.f_back
        self.found.update(seen)

    def share(self, file: str, function: str) -> float:
        """The share of the time that this function and all that it calls took."""
        places = (count for (path, name), count in self.found.items() if name == function and path.endswith(file))
        return sum(places) / max(self.total, 1)


def read(app: App, secret: str, request: str, school: str) -> matching.AskedList:
    """As the route reads: the asker by the token, the request and the state of the data."""
    with app.one_reading() as reading:
        asker = access.token_holder(reading, VISITOR, secret)
        assert asker is not None
        return matching.asked_list(reading, asker, request, school=school)


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--answers", type=int, default=400)
    given = parser.parse_args()
    place = given.folder.resolve() / "rate" / "new"
    url = f"sqlite:///{place / 'alumnimatch.db'}"
    app = build_app(Settings(database_url=url, cache_dir=place / "cache", meaning="off", today=TODAY.isoformat()))
    secret = access.new_token(app, COMMAND_LINE, "parts", Role.COORDINATOR, None).secret
    select = "SELECT request_id, school FROM requests WHERE school <> '' AND (closes_on IS NULL OR closes_on >= ?)"
    with closing(sqlite3.connect(place / "alumnimatch.db")) as connection:
        asked = connection.execute(f"{select} ORDER BY request_id, school", (TODAY.isoformat(),)).fetchall()
    random.Random(1).shuffle(asked)  # noqa: S311 - for a benchmark
    sent = matching.AsSent("json nl", lambda ranking, own: ranking_json(ranking, "nl", own))

    def answer(request: str, school: str) -> None:
        found = read(app, secret, request, school)
        matching.as_sent(app, found.asker, found, sent)

    for one in asked[:FIRST]:
        answer(*one)
    samples, answers = Samples(), asked[FIRST : FIRST + given.answers]
    signal.signal(signal.SIGPROF, samples)
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
    began = time.process_time()
    for one in answers:
        answer(*one)
    spent = 1000 * (time.process_time() - began) / len(answers)
    signal.setitimer(signal.ITIMER_PROF, 0)
    print("| part | ms | share |\n|---|---|---|")
    for name, file, function in PARTS:
        share = samples.share(file, function)
        print(f"| {name} | {share * spent:.2f} | {share:.1%} |")
    print(f"| all, of {len(answers)} answers | {spent:.2f} | |")


if __name__ == "__main__":
    main()
