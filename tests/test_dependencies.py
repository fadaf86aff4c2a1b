"""What is imported is declared, what is declared is used, and what is installed is locked with its hashes."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.sources import tree_of

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRA_OF = {
    "matcher/services/exports.py": "batch",
    "matcher/batch/dask.py": "dask",
    "matcher/index/milvus": "milvus",
    "models/module.py": "train",
    "models/transformer.py": "train",
    "models/catalogue.py": "train",
    "models/training": "train",
    "models/evaluation": "train",
}
"""Modules that may import what an extra brings, besides what every installation has."""
BY_HAND = {"workrb": "models/evaluation/workrb_", "mteb": "models/evaluation/mteb_"}
"""What no extra brings, and the modules that import it: benchmarks are installed in an environment of their own."""
NOT_IMPORTED = {
    "httptools": "uvicorn reads HTTP with it",
    "uvloop": "uvicorn runs on it",
    "itsdangerous": "starlette signs the cookie of a login with it",
    "python-multipart": "fastapi reads forms with it",
    "psycopg": "sqlalchemy opens PostgreSQL with it, by its name in the address",
}
"""What an installation has without an import of ours, and why."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    """The packages that these lines ask for, without version, extra or marker."""
    return {normal(re.split(r"[^\w.-]", line)[0]) for line in requirements}


DECLARED = names(PROJECT["dependencies"])
EXTRAS = {name: names(lines) for name, lines in PROJECT["optional-dependencies"].items()}


@cache
def imported() -> dict[str, set[str]]:
    """The packages that each file of the product imports, inside functions too, by their names on the registry."""
    owners = packages_distributions()
    found: dict[str, set[str]] = {}
    for path in [path for package in ("matcher", "models", "api") for path in (ROOT / package).rglob("*.py")]:
        for node in ast.walk(tree_of(path)):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for top in {module.split(".")[0] for module in modules} - {"matcher", "models", "api"}:
                if top not in sys.stdlib_module_names and not _is_by_hand(path, top):
                    found.setdefault(path.relative_to(ROOT).as_posix(), set()).add(normal(owners[top][0]))
    return found


def _is_by_hand(path: Path, package: str) -> bool:
    start = BY_HAND.get(package)
    return start is not None and path.relative_to(ROOT).as_posix().startswith(start)


def test_every_import_is_declared() -> None:
    """No module leans on a package that is there only because another needs it, or on an extra that is not its own."""
    wrong = {}
    for path, packages in imported().items():
        extra = next((extra for start, extra in EXTRA_OF.items() if path.startswith(start)), None)
        undeclared = packages - DECLARED - (EXTRAS[extra] if extra else set())
        if undeclared:
            wrong[path] = undeclared
    assert wrong == {}


def test_every_dependency_is_used() -> None:
    """What an installation brings is imported by something that is not an extra's alone, or has its reason above."""
    used = set().union(
        *(packages for path, packages in imported().items() if not path.startswith(("models/training", "models/evalu")))
    )
    assert DECLARED - used == set(NOT_IMPORTED)


@pytest.mark.parametrize("package", ["scikit-learn", "torch", "sentence-transformers"])
def test_what_is_large_is_an_extra(package: str) -> None:
    """Training and evaluation need these; an ordinary installation does not. pandas comes with the solver of a plan."""
    locked = (ROOT / "requirements.lock").read_text("utf-8")
    assert f"\n{package}==" not in f"\n{locked}"
    assert any(package in needed for needed in EXTRAS.values())


LOCKS = {
    "requirements.lock": DECLARED,
    "requirements-build.lock": {"setuptools"},
    "requirements-test.lock": set().union(*(EXTRAS[name] for name in ("test", "batch", "dask", "milvus", "train")))
    - {"alumnimatch", "torch"},
    "requirements-milvus.lock": EXTRAS["milvus-test"],
    "requirements-attack.lock": EXTRAS["attack"],
}
"""What each lock has to hold at least. torch is in none: two builds of one version, with other hashes (Makefile)."""


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_everything_with_hashes(name: str) -> None:
    """Each package in the version of constraints.txt, with its hashes, and with no address of any registry."""
    lock = (ROOT / name).read_text("utf-8")
    entries = re.split(r"\n(?=\S)", lock.strip())
    locked = {}
    for entry in entries:
        package, version = re.match(r"([a-z0-9-]+)(?:\[[\w,-]+\])?==([\w.]+)", entry).groups()  # type: ignore[union-attr]
        locked[package] = version
        assert "--hash=sha256:" in entry, package
    pins = re.findall(r"^([\w.-]+)==([\w.+]+)$", (ROOT / "constraints.txt").read_text("utf-8"), flags=re.MULTILINE)
    pinned = {normal(package): version for package, version in pins}
    assert {package: pinned.get(package) for package in locked} == locked
    assert LOCKS[name] <= set(locked)
    assert "torch" not in locked
    assert "://" not in lock


def test_nothing_is_installed_past_the_locks() -> None:
    """Each install of the Makefile asks for hashes, but for ourselves and for torch, which has a version."""
    text = (ROOT / "Makefile").read_text("utf-8")
    installs = re.findall(r"^\t\$\(INSTALL\) (.*)$", text, flags=re.MULTILINE)
    assert len(installs) == 6
    unhashed = [line for line in installs if "--require-hashes" not in line]
    assert unhashed == ["--no-deps --no-build-isolation -e .", "--no-deps \"$$(grep '^torch==' constraints.txt)\""]
    assert text.count("pip install") == 2, "INSTALL, and the hint for uv"


@pytest.fixture(scope="module")
def sbom(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What `make sbom` writes, here."""
    if find_spec("cyclonedx_py") is None:
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            pytest.fail("cyclonedx-bom is missing: make .venv/.installed-test")
        pytest.skip("cyclonedx-bom is not installed")
    out = tmp_path_factory.mktemp("sbom") / "sbom.json"
    subprocess.run([sys.executable, ".ci/sbom.py", str(out)], cwd=ROOT, check=True, capture_output=True)
    return json.loads(out.read_text("utf-8"))  # type: ignore[no-any-return]


def test_the_sbom_has_every_part(sbom: dict[str, object]) -> None:
    """Each package of the lock with its version, a hash and a licence; the tool holds it against CycloneDX's schema."""
    parts: list[dict[str, object]] = sbom["components"]  # type: ignore[assignment]
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    unmarked = re.findall(r"^([a-z0-9-]+)(?:\[[\w,-]+\])?==([\w.]+) \\$", lock, flags=re.MULTILINE)
    assert len(unmarked) > 40
    assert {(normal(str(part["name"])), part["version"]) for part in parts} >= set(unmarked)
    assert {"pkg:npm/lucide-static@1.62.0", "pkg:npm/%40nl-design-system-candidate/link-css@2.0.3"} <= {
        part.get("purl") for part in parts
    }
    for part in parts:
        assert part.get("licenses"), part["name"]
        assert "hashes" in json.dumps(part["externalReferences"]), part["name"]
