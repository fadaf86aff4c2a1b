"""Builds the pool of the newest state in a process of its own, which gives all its memory back when it ends.

    python -m api.apart    # with the settings of the environment, as a server of it does

What is built lies in the files of its snapshot, which the server reads without copying them. Of the processes of a
machine that ask at once one builds, and the others find what it made.
"""

from __future__ import annotations

import subprocess
import sys

from api import wiring
from api.error_text import error_sentence
from matcher.atomic import locked
from matcher.errors import AlumnimatchError

LOCK = "building.lock"
"""In the folder of the cache: held by the process that builds."""


def build() -> str | None:
    """Has another process build it, waits for that, and returns the origin of what it built.

    None, with its sentence on standard error, if it failed.
    """
    command = [sys.executable, "-P", "-m", "api.apart"]
    done = subprocess.run(  # noqa: S603 - this program itself
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False, text=True
    )
    return done.stdout.strip() if done.returncode == 0 else None


def main() -> int:
    """Builds it unless it is there, and prints its origin; 1 after an error, which is told in a sentence."""
    try:
        settings = wiring.load_settings()
        app = wiring.build_app(settings)
        with locked(settings.cache_dir / LOCK, wait=True):
            pool = app.engine.current.for_others()
        app.store.close()
        sys.stdout.write(f"{pool.origin}\n")
    except AlumnimatchError as error:
        sys.stderr.write(error_sentence(wiring.language_of_environment(), error) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
