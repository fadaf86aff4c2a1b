"""Imports files one after another, each as a command of its own in one process, within 4 GB of memory.

`python -m tests.attack.importer`; each line of standard input is a kind and a path, each line of output JSON: the exit
code, and what was printed.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from contextlib import redirect_stderr, redirect_stdout

MEMORY = 4 << 30
"""Bytes of address space: a file that asks for more fails instead of filling the machine."""


def main() -> None:
    from api import cli  # here: each process that reads a file loads this module again

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin:
        kind, _, path = line.rstrip("\n").partition(" ")
        out, error = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(error):
            code = cli.main(
                ["import", kind, path, "--dry-run", "--format", "json", "--lang", "en", "--school", "Noord"]
            )
        print(json.dumps({"code": code, "said": out.getvalue() + error.getvalue()}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
