"""The documentation is complete and true: what it names exists, what exists is named, what it shows comes out."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from api.settings import Settings
from matcher.matching.rules import RULES
from matcher.matching.signals import SIGNALS
from matcher.matching.weights import shipped

ROOT = Path(__file__).parent.parent
SCORING = (ROOT / "docs" / "scoring.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "data" / "README.md"])


def rows_of(text: str) -> dict[str, list[str]]:
    """The rows of all tables whose first cell is a code: code -> the other cells."""
    found = re.findall(r"^\| `(\w+)` \|(.*)\|$", text, flags=re.MULTILINE)
    return {code: [cell.strip() for cell in cells.split("|")] for code, cells in found}


def test_every_rule_and_signal_is_explained() -> None:
    """scoring.md has a row for each rule and each signal, in the order in which they run, and for nothing else."""
    assert list(rows_of(SCORING)) == [rule.CODE for rule in RULES] + [signal.CODE for signal in SIGNALS]


def test_priors_are_those_of_the_weights() -> None:
    """The prior of each signal in scoring.md is the one that counts."""
    rows = rows_of(SCORING)
    shown = [float(rows[signal.CODE][-1]) for signal in SIGNALS]
    assert shown == shipped().priors.tolist()


def test_every_setting_is_explained() -> None:
    """operating.md names every setting with its default, and no other."""
    rows = rows_of((ROOT / "docs" / "operating.md").read_text(encoding="utf-8"))
    named = {code.removeprefix("ALUMNIMATCH_").lower(): cells for code, cells in rows.items() if "ALUMNI" in code}
    assert set(named) == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        assert default is None or named[name][0] == f"`{default}`"


def test_every_test_that_security_names_exists() -> None:
    """Each test and each file of tests that security.md names is there."""
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    files = list((ROOT / "tests").rglob("test_*.py"))
    written = "".join(path.read_text("utf-8") for path in files)
    named = set(re.findall(r"\b(test_\w+)(?!\w|\.py)", page))
    missing = {name for name in named if f"def {name}(" not in written}
    assert len(named) > 15
    assert not missing - {path.stem for path in files}
    for path in re.findall(r"`(tests/[\w/]+(?:\.py)?)", page):
        assert (ROOT / path).exists(), path


def test_every_command_is_named() -> None:
    """The documents name every command, and every `alumnimatch ...` that they show is one."""
    from api.cli import COMMANDS, GROUPS

    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL))
    shown = set(re.findall(r"(?:^(?:\$ )?|`)alumnimatch ([a-z]+)\b", code, flags=re.MULTILINE))
    assert shown == {*COMMANDS, *GROUPS}


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_and_files_exist(page: Path) -> None:
    """Every link to a file, and every path of ours in code marks, leads somewhere."""
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    paths = re.findall(r"`((?:matcher|models|api|data|tests|benchmarks|docs|notebooks)/[\w./*{},-]*)`", text)
    missing += [path for path in paths if "{" not in path and not list(ROOT.glob(path.rstrip("/")))]
    assert not missing


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What `make demo` prints before it serves, from nothing, and its folder."""
    folder = tmp_path_factory.mktemp("demo")
    done = run(folder, "-m", "api.demo")
    return done, folder


def settings_of(folder: Path) -> dict[str, str]:
    return {
        "ALUMNIMATCH_DATABASE_URL": f"sqlite:///{folder / 'alumnimatch.db'}",
        "ALUMNIMATCH_CACHE_DIR": str(folder / "cache"),
        "ALUMNIMATCH_TODAY": "2027-03-01",
    }


def run(folder: Path, *words: str) -> str:
    environment = os.environ | settings_of(folder)
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, cwd=ROOT, env=environment, check=True
    )
    return done.stdout


def test_the_demo_has_a_register_of_aftercare(demo: tuple[str, Path]) -> None:
    """Some who left are to be called now, some later, and what came of most is known; a second start adds none."""
    listed = [run(demo[1], "-m", "api.cli", "aftercare", "list", "--format", "json")]
    run(demo[1], "-m", "api.demo")
    listed.append(run(demo[1], "-m", "api.cli", "aftercare", "list", "--format", "json"))
    first, again = map(json.loads, listed)
    assert first == again
    assert first["counts"]["due"] > 20
    assert first["counts"]["later"] > 3
    assert {"work", "study", "none", "no_contact", ""} == {code for one in first["figures"].values() for code in one}


def test_the_demo_has_possible_duplicates(demo: tuple[str, Path]) -> None:
    """For each reason that there is, and still so after a second start, but for those who were made one."""
    listed = json.loads(run(demo[1], "-m", "api.cli", "duplicates", "list", "--format", "json"))["pairs"]
    listed = [one for one in listed if one["school"] == "ROC Vechtdal"]
    assert len(listed) == 6
    assert {reason for one in listed for reason in one["because"]} == {"email", "phone", "number", "name_year"}


NUMBER = re.compile(r"\d+,\d\d")


def test_readme_shows_what_the_demo_prints(demo: tuple[str, Path]) -> None:
    """The worked example of the README is the demo's: the same lines, numbers up to their rounding."""
    (shown,) = re.findall(r"```\n\$ alumnimatch match R-12 --top 1\n(.*?)```", README, flags=re.DOTALL)
    printed = run(demo[1], "-m", "api.cli", "match", "R-12", "--top", "1")
    assert_same_but_rounding(shown, printed)


def test_the_example_by_hand_is_right(demo: tuple[str, Path]) -> None:
    """Each line of scoring.md's example has the value, weight and points of the real answer, and they add up."""
    answer = json.loads(run(demo[1], "-m", "api.cli", "match", "R-12", "--top", "1", "--format", "json"))
    best = answer["matches"][0]
    found = re.findall(r"^\| (\w+) \|.*\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", SCORING, flags=re.MULTILINE)
    assert [line[0] for line in found] == [term["signal"] for term in best["contributions"]]
    for (_, *shown), term in zip(found, best["contributions"], strict=True):
        assert [float(cell) for cell in shown] == pytest.approx(
            [term["value"], term["weight"], term["points"]], abs=0.006
        )
    (total,) = re.findall(r"^Together ([\d.]+)", SCORING, flags=re.MULTILINE)
    assert float(total) == pytest.approx(best["score"], abs=0.006)
    assert best["candidate_id"] in SCORING


def test_the_demo_says_all(demo: tuple[str, Path]) -> None:
    """The demo ends in three alumni with scores and reasons, and one who is not shown, with the rules that failed."""
    printed = demo[0]
    assert re.findall(r"^ (\d) \S+ (?:sterk|goed|mogelijk) ", printed, flags=re.MULTILINE) == ["1", "2", "3"]
    assert len(re.findall(r"^   0,\d\d = ", printed, flags=re.MULTILINE)) == 3
    assert "Staat niet in de lijst" in printed
    assert "  ✗ " in printed


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_run(path: Path, demo: tuple[str, Path]) -> None:
    """Every notebook runs from top to bottom on the demo's database, and is committed without output."""
    cells = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] for cell in cells)
    run(demo[1], "-c", "\n".join("".join(cell["source"]) for cell in cells))


def assert_same_but_rounding(shown: str, printed: str) -> None:
    """The same text, where numbers with two decimals may differ by one in the last, and bars by a block."""

    def plain(text: str) -> str:
        return NUMBER.sub("#", re.sub("[█▓▒·]+", "=", text)).strip()

    def numbers(text: str) -> list[float]:
        return [float(number.replace(",", ".")) for number in NUMBER.findall(text)]

    assert plain(shown) == plain(printed)
    assert numbers(shown) == pytest.approx(numbers(printed), abs=0.0101)


ASVS = """1.1.1-2 1.2.1-9 1.3.1-11 1.4.1-3 1.5.1-2 2.1.1-3 2.2.1-3 2.3.1-4 2.4.1 3.2.1-2 3.3.1-4 3.4.1-6 3.5.1-5 3.7.1-2
4.1.1-3 4.2.1 4.3.1-2 4.4.1-4 5.1.1 5.2.1-3 5.3.1-2 5.4.1-3 6.1.1-3 6.2.1-12 6.3.1-4 6.4.1-4 6.5.1-5 6.6.1-3 6.8.1-4
7.1.1-3 7.2.1-4 7.3.1-2 7.4.1-5 7.5.1-2 7.6.1-2 8.1.1-2 8.2.1-3 8.3.1 8.4.1 9.1.1-3 9.2.1-4 10.1.1-2 10.2.1-2
10.3.1-4 10.4.1-11 10.5.1-5 10.6.1-2 10.7.1-3 11.1.1-2 11.2.1-3 11.3.1-3 11.4.1-4 11.5.1 11.6.1 12.1.1-3 12.2.1-2
12.3.1-4 13.1.1 13.2.1-5 13.3.1-2 13.4.1-5 14.1.1-2 14.2.1-4 14.3.1-3 15.1.1-3 15.2.1-3 15.3.1-7 16.1.1 16.2.1-5
16.3.1-4 16.4.1-3 16.5.1-3 17.1.1 17.2.1-4 17.3.1-2"""
"""The requirements of levels 1 and 2 of OWASP ASVS 5.0.0."""


def numbers_of(text: str) -> list[str]:
    """`1.2.6-8, 1.4.1` is 1.2.6, 1.2.7, 1.2.8 and 1.4.1."""
    found = []
    for section, first, last in re.findall(r"(\d+\.\d+)\.(\d+)(?:-(\d+))?", text):
        found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def test_every_requirement_of_asvs_is_answered() -> None:
    """Each once, with a state, and a test or a reason; a state that is not `yes` says in words why."""
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\d., -]+) \| ([a-z-]+) \| (.+) \|$", page, flags=re.MULTILINE)
    answered = [number for items, _, _ in rows for number in numbers_of(items)]
    assert sorted(answered) == sorted(numbers_of(ASVS))
    assert len(answered) == len(set(answered)) == 253
    for items, state, reason in rows:
        assert state in {"yes", "partly", "no", "operator", "-"}, items
        assert state == "yes" or re.sub(r"`[^`]*`", "", reason).strip(" :,;"), items


DEVELOPING = (ROOT / "docs" / "developing.md").read_text("utf-8")


def places_named() -> set[Path]:
    """The files and folders of the table "What is where"; a bare name stands next to the one before it."""
    rows = re.findall(
        r"^\| (`.*?) \|(.*)\|$", DEVELOPING.split("## What is where")[1].split("## ")[0], flags=re.MULTILINE
    )
    places: set[Path] = set()
    for cell, _ in rows:
        folder = ROOT
        for name in re.findall(r"`([^`]+)`", cell):
            place = ROOT / name if "/" in name else folder / name
            folder = place if name.endswith("/") else place.parent
            places.add(place)
    return places


def test_every_module_has_its_place_in_the_table() -> None:
    """Each module of the product is named in docs/developing.md, itself or by its folder; what is named is there."""
    places = places_named()
    assert [place for place in places if not place.exists()] == []
    modules = [path for package in ("matcher", "models", "api") for path in (ROOT / package).rglob("*.py")]
    named = {path for path in modules if any(place in (path, *path.parents) for place in places)}
    left = [path.relative_to(ROOT) for path in modules if path not in named and path.name != "__init__.py"]
    assert left == []


def test_the_walk_through_of_sources_comes_out(tmp_path: Path) -> None:
    """Its commands, from an empty database: what it shows is said, in that order, and names the gap."""
    blocks = re.findall(
        r"^```(\w*)\n(.*?)^```$", (ROOT / "docs" / "sources.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    commands = [line for kind, block in blocks if not kind for line in block.splitlines()]
    (shown,) = (block.splitlines() for kind, block in blocks if kind == "text")
    server = subprocess.Popen(
        [sys.executable, "-m", "data.source_server", "--port", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    try:
        address = server.stdout.readline().strip()
        said = ""
        for command in commands:
            first, *words = shlex.split(command)
            if first == "alumnimatch":
                words = [address if word.startswith("http://127") else word for word in words]
                said += run(tmp_path, "-m", "api.cli", *words)
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()
    lines = iter(line.strip() for line in said.splitlines())
    assert [line for line in shown if line not in lines] == []
    assert sum("Nieuw voor jou" in line for line in shown) == 2
