"""Writes the lists and accounts of `answers.json.gz` again, where this version says something else on purpose.

    python -m tests.contract.old.rewrite

To be run after a change of weights, signals or rules that is in the changelog, and never to make a test pass: it prints
each answer that changes. What commit cfdc78c knew about people, its tokens, its log and its replays stay as they are.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from tests.contract.old.make import run_json
from tests.contract.test_old_database import ANSWERS, OLD, list_changes


def main() -> None:
    """Asks everything again, and keeps what changed."""
    with tempfile.TemporaryDirectory() as name, chdir(name):
        Path("region.db").write_bytes(gzip.decompress((OLD / "region.sqlite.gz").read_bytes()))
        os.environ |= {
            "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{name}/region.db",
            "ALUMNIMATCH_CACHE_DIR": f"{name}/cache",
            "ALUMNIMATCH_TODAY": ANSWERS["day"],
        }
        for entry in ANSWERS["asked"]:
            words, old = entry
            new = run_json(*words)
            if changes := list(list_changes(old, new)):
                entry[1] = new
                sys.stdout.write(f"{' '.join(words)}: {len(changes)} values, the first {changes[0]}\n")
    text = json.dumps(ANSWERS, ensure_ascii=False, sort_keys=False)
    (OLD / "answers.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
