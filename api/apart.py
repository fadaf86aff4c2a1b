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


def build() -> bool:
    """Has another process build it, and waits for that; False, with its sentence on standard error, if it failed."""
    command = [sys.executable, "-P", "-m", "api.apart"]
    done = subprocess.run(  # noqa: S603 - this program itself
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


def main() -> int:
    """Builds it unless it is there; 1 after an error, which is told in a sentence."""
    try:
        settings = wiring.load_settings()
        app = wiring.build_app(settings)
        with locked(settings.cache_dir / LOCK, wait=True):
            app.engine.current.pool()
        app.store.close()
    except AlumnimatchError as error:
        sys.stderr.write(error_sentence(wiring.language_of_environment(), error) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
