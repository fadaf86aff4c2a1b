"""What a server holds after a pool was built by itself, and by another process; in one run, with the settings it has.

    ALUMNIMATCH_DATABASE_URL=sqlite:///FOLDER/alumnimatch.db PYTHONPATH=. .venv/bin/python benchmarks/scale/apart.py

Each is a process of its own, which finds no snapshot. Its resident memory afterwards and at its largest in MB, and its
seconds of processor, which are those that its rankings miss meanwhile.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(how: str) -> dict[str, object]:
    """Builds a pool in this process or lets another build it, and says what that took here."""
    from api import apart, wiring

    app = wiring.build_app(wiring.load_settings(), apart.build if how == "apart" else None)
    began, spent = time.perf_counter(), time.process_time()
    pool = app.engine.current.pool()
    lines = (line.split() for line in Path("/proc/self/status").read_text("ascii").splitlines())
    megabytes = {words[0]: int(words[1]) // 1024 for words in lines if words[0] in {"VmRSS:", "VmHWM:"}}
    return {
        "built": how,
        "alumni": len(pool.people),
        "MB": megabytes["VmRSS:"],
        "most MB": megabytes["VmHWM:"],
        "s of processor": round(time.process_time() - spent, 1),
        "s": round(time.perf_counter() - began, 1),
    }


def main() -> None:
    """One line for each way."""
    for how in ("here", "apart"):
        with tempfile.TemporaryDirectory() as folder:
            own = os.environ | {"ALUMNIMATCH_CACHE_DIR": folder, "PYTHONPATH": str(ROOT)}
            command = [sys.executable, __file__, how]
            done = subprocess.run(  # noqa: S603 - this file
                command, env=own, check=True, stdout=subprocess.PIPE, text=True
            )
        print(done.stdout, end="")


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(build(sys.argv[1])))
    else:
        main()
