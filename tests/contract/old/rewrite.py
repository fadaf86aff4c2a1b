"""Writes `answers.json.gz` again with what this tree says of the old database, after weights or signals were changed.

    python -m tests.contract.old.rewrite

Only the answers to questions (lists and accounts) are written again, by the same questions: records, tokens, the log
and the replays stay what commit cfdc78c said. It prints how many answers differ. Say in the changelog why they do.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
from pathlib import Path

from tests.contract.old.make import HERE, run_json, settle

NAME = "answers.json.gz"


def main() -> None:
    """Asks everything again and writes the file."""
    answers = json.loads(gzip.decompress((HERE / NAME).read_bytes()))
    with tempfile.TemporaryDirectory() as work:
        database = Path(work) / "region.db"
        database.write_bytes(gzip.decompress((HERE / "region.sqlite.gz").read_bytes()))
        settle(database)
        os.environ["ALUMNIMATCH_TODAY"] = answers["day"]
        os.chdir(work)
        asked = [(words, run_json(*words)) for words, _ in answers["asked"]]
        os.chdir(HERE)
    differ = sum(new != old for (_, new), (_, old) in zip(asked, answers["asked"], strict=True))
    print(f"{differ} of {len(asked)} answers differ")  # noqa: T201 - a command line
    text = json.dumps({**answers, "asked": asked}, ensure_ascii=False, separators=(",", ":"))
    (HERE / NAME).write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
