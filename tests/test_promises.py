"""Every command and test that docs/promises.md names is there: a promise without its proof fails."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import command_line

ROOT = Path(__file__).parents[1]
LONG = ROOT / "tests" / "long.txt"
PAGE = (ROOT / "docs" / "promises.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([A-Z].*?) \| (.+) \| (.+) \|$", PAGE, flags=re.MULTILINE)
NODES = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE)))


def test_each_promise_has_a_test() -> None:
    """Every row names at least one test by its node id, and something to see it by."""
    assert len(ROWS) > 20
    for promise, shown, tests in ROWS:
        assert re.search(r"`[^`]+`", shown), promise
        assert re.fullmatch(r"`tests/[^`]+::\w+`(, `tests/[^`]+::\w+`)*", tests), promise


def test_every_test_can_be_run() -> None:
    """Pytest itself finds each node id, those that only run with `make long` and `make attack` too."""
    named = [line for line in LONG.read_text("utf-8").splitlines() if not line.startswith("#")]
    nodes = sorted({line.partition("[")[0] for line in (*NODES, *named)})
    words = ("-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-m", "long or not long", *nodes)
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, cwd=ROOT, check=False)
    lines = set(done.stdout.splitlines())
    found = {line.partition("[")[0] for line in lines}
    assert (done.returncode, set(NODES) - found, set(named) - lines) == (0, set(), set()), done.stdout[-2000:]


def commands_named() -> list[str]:
    return re.findall(r"`((?:alumnimatch|make|python) [^`]+)`", PAGE)


@pytest.mark.parametrize("line", sorted(set(commands_named())))
def test_every_command_is_there(line: str) -> None:
    """Each `alumnimatch` command with its options, each target of make and each script."""
    program, *words = line.split()
    if program == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    elif program == "python":
        assert words[:2] == ["-m", "pytest"] or (ROOT / words[0]).is_file()
    else:
        command = command_line("")
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
        assert not hasattr(command, "commands"), line
        options = {option for parameter in command.params for option in parameter.opts}
        arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
        assert {word for word in words if word.startswith("-")} <= options
        assert len(arguments) <= len([word for word in words if not word.startswith("-")])
