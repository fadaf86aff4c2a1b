"""Who may import whom, read from the source: the picture in docs/developing.md, checked."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_type_hints

import pytest

from matcher import ports, repositories
from tests.support.sources import calls, tree_of

ROOT = Path(__file__).parent.parent
PACKAGES = ("matcher", "models", "api")
FLOOR = {
    "matcher.domain", "matcher.errors", "matcher.text", "matcher.atomic", "matcher.leftovers", "matcher.traces",
    "matcher.memory", "matcher.meeting", "matcher.bounded", "matcher.recent",
}  # fmt: skip
"""What every part may import."""
PORTS = {"matcher.ports", "matcher.repositories", "matcher.policy"}

# part -> the parts that it may import, besides itself and FLOOR
MAY_IMPORT: dict[str, set[str]] = {
    "matcher.domain": set(),
    "matcher.errors": set(),
    "matcher.bounded": set(),
    "matcher.calendars": set(),
    "matcher.kernel": set(),
    "matcher.memory": set(),
    "matcher.recent": set(),
    "matcher.meeting": set(),
    "matcher.text": set(),
    "matcher.atomic": set(),
    "matcher.leftovers": set(),
    "matcher.traces": set(),
    "matcher.policy": set(),
    "matcher.repositories": {"matcher.policy"},
    "matcher.ports": {"matcher.policy", "matcher.repositories"},
    "matcher.locale": set(),
    "matcher.links": set(),
    "matcher.concepts": set(),
    "matcher.law": {"matcher.policy", "matcher.repositories"},
    "matcher.pool": {*PORTS, "matcher.concepts", "matcher.links"},
    "matcher.index": {*PORTS, "matcher.pool"},
    "matcher.matching.rules": {"matcher.pool"},
    "matcher.matching.signals": {*PORTS, "matcher.index", "matcher.pool"},
    "matcher.matching": {
        *PORTS, "matcher.index", "matcher.kernel", "matcher.links", "matcher.pool", "matcher.matching.rules",
        "matcher.matching.signals",
    },
    "matcher.disclosure": {*PORTS, "matcher.pool"},
    "matcher.explain": {"matcher.links", "matcher.locale"},
    "matcher.engine": {*PORTS, "matcher.concepts", "matcher.index", "matcher.matching", "matcher.pool"},
    "matcher.batch": {*PORTS, "matcher.matching", "matcher.pool"},
    "matcher.planning": {"matcher.pool"},
    "matcher.replies": set(),
    "matcher.exchange": set(),
    "matcher.gazetteer": set(),
    "matcher.questions": {"matcher.gazetteer", "matcher.links"},
    "matcher.spreadsheets": {"matcher.gazetteer", "matcher.locale", "matcher.ports", "matcher.repositories"},
    "matcher.sources": {"matcher.concepts", "matcher.links", "matcher.repositories"},
    "matcher.store": PORTS,
    "matcher.services": {
        *PORTS, "matcher.batch", "matcher.concepts", "matcher.disclosure", "matcher.engine", "matcher.explain",
        "matcher.index",
        "matcher.law", "matcher.exchange", "matcher.gazetteer", "matcher.links", "matcher.locale", "matcher.calendars",
        "matcher.planning", "matcher.questions", "matcher.replies",
        "matcher.matching", "matcher.matching.rules", "matcher.matching.signals", "matcher.pool",
        "matcher.sources", "matcher.spreadsheets",
    },
    "matcher.likeness": {"matcher.ports"},
    "models": {"matcher.ports", "matcher.likeness"},
}  # fmt: skip
ADAPTERS = ("matcher.store", "models")
HEAVY = (
    "torch", "sentence_transformers", "transformers", "pandas", "sklearn", "faiss", "openpyxl",
    "distributed", "dask", "pymilvus", "grpc", "ftfy", "python_calamine", "onnxruntime", "ortools",
    "icalendar", "recurring_ical_events", "segno", "quotequail", "lxml", "flufl", "scipy", "phonenumbers", "authlib",
    "rapidfuzz", "alembic", "psycopg", "dns",
)  # fmt: skip


def part_of(module: str) -> str:
    """`matcher.matching.rules.closed` -> `matcher.matching.rules`: the longest part of the table that it belongs to."""
    names = module.split(".")
    prefixes = (".".join(names[:end]) for end in range(len(names), 0, -1))
    return next((prefix for prefix in prefixes if prefix in MAY_IMPORT), names[0])


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            names = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(name for name in names if name != "__init__"), path


@cache
def imports(path: Path) -> tuple[tuple[str, ast.AST], ...]:
    """Absolute names of what a file imports, inside functions too; `from a import b` gives `a.b`."""
    found: list[tuple[str, ast.AST]] = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in {path.name}"
            found += [(f"{node.module}.{alias.name}", node) for alias in node.names]
    return tuple(found)


OURS = [(name, path) for name, path in modules() if part_of(name) not in {"matcher", "api"}]


@pytest.mark.parametrize(("name", "path"), OURS, ids=[name for name, _ in OURS])
def test_imports_go_one_way(name: str, path: Path) -> None:
    """Every module imports only the parts that the picture allows."""
    part = part_of(name)
    allowed = {part} | MAY_IMPORT[part] | FLOOR
    wrong = {
        target
        for target, _ in imports(path)
        if target.split(".")[0] in {*PACKAGES, "tests", "data", "benchmarks"} and part_of(target) not in allowed
    }
    assert not wrong


def test_every_part_is_in_the_picture() -> None:
    """No part of the product is left out of the rules above, and none is named that is gone."""
    parts = {part_of(name) for name, _ in modules()} - {"matcher", "api"}
    assert parts == set(MAY_IMPORT)


def test_one_module_names_the_adapters() -> None:
    """Outside their own packages only the composition root imports the store and the models."""
    users = {
        name
        for name, path in modules()
        for target, node in imports(path)
        if part_of(target) in ADAPTERS and part_of(name) not in ADAPTERS and not _for_types_only(path, node)
    }
    assert users == {"api.wiring"}


@cache
def _guarded(path: Path) -> frozenset[int]:
    """Lines of a file that import for types alone."""
    return frozenset(
        inner.lineno
        for outer in ast.walk(tree_of(path))
        if isinstance(outer, ast.If) and isinstance(outer.test, ast.Name) and outer.test.id == "TYPE_CHECKING"
        for inner in ast.walk(outer)
        if isinstance(inner, ast.ImportFrom)
    )


def _for_types_only(path: Path, node: ast.AST) -> bool:
    return getattr(node, "lineno", 0) in _guarded(path)


def test_the_edge_knows_no_store() -> None:
    """Of `api` only the composition root imports the store, for types too: all others come through a use case."""
    users = {
        name
        for name, path in modules()
        for target, _ in imports(path)
        if name.split(".")[0] == "api" and part_of(target) == "matcher.store"
    }
    assert users == {"api.wiring"}


def test_the_edge_opens_no_transaction() -> None:
    """No module of `api` reads or writes by a repository: `read()` and `write(...)` of a store are for the services."""
    found = {
        (name, call.func.attr)
        for name, path in modules()
        if name.split(".")[0] == "api"
        for call in calls(tree_of(path), {"read", "write"})
        if isinstance(call.func, ast.Attribute) and "store" in ast.unparse(call.func.value)
    }
    assert found == set()


def test_the_port_of_the_store_stays_small() -> None:
    """The store has at most 12 methods and each repository at most 8: a new need is a query, not a new door."""
    sizes = {name: len(_public_methods(kind)) for name, kind in get_type_hints(repositories.Records).items()}
    assert len(sizes) > 15
    assert {name: size for name, size in sizes.items() if not 1 <= size <= 8} == {}
    assert 1 <= len(_public_methods(ports.Store)) <= 12


def _public_methods(kind: type) -> list[str]:
    """Methods and properties of a protocol."""
    return [
        name
        for name, value in vars(kind).items()
        if not name.startswith("_") and (callable(value) or isinstance(value, property))
    ]


HELPERS = {
    "own_columns",
    "admission",
    "app",
    "cards",
    "lookup",
    "pools",
    "answers",
    "remembered",
    "deciding",
    "directory",
    "requests",
    "eligibility",
    "jobs",
    "locating",
    "plan_problem",
    "groups",
    "kept_columns",
    "asks",
    "learning",
    "foreseeing",
    "first_asks",
    "digest",
    "segment_asks",
    "texts",
    "logged",
    "guidance",
    "recognised",
    "sourcing",
    "in_parts",
}
"""Modules of the services that use cases are made of: they take records, a pool or an engine, and ask for no rights."""
DATA = {"App", "StoreApp", "Store", "Engine", "Records", "Transaction"}
"""What holds data: a function that takes any of these is a use case; one that takes none computes or writes a file."""
PARTS = {
    "ranked", "next_step", "finish", "reply_within", "record", "stop", "subject_of", "refusal",
    "refusal_to_invite", "tell", "tell_reply", "forget_without_consent", "named", "coming", "need_askable",
    "awaiting_in", "work_ahead",
}  # fmt: skip
"""Steps that several use cases share, inside a reading or transaction of theirs, once the right was asked for.

`finish` cleans files of what an erasure that was asked for has left, at a start, a stop and in the daily job."""
ASKER_IS_FIXED = {
    *(
        "question_of_link",
        "reply_by_link",
        "shorten_distance_by_link",
        "another_by_link",
        "levels_of_link",
        "stop_by_link",
    ),
    *("asked_by_link", "answer_by_link", "object_by_link", "facts_by_link", "confirm_by_link"),
    *("waits", "confirm", "feed_of_link"),
}
"""Use cases of one asker only: whom the secret of a link stands for."""


def test_every_use_case_takes_the_app_and_who_asks() -> None:
    """Each public function of the services that can reach data begins with `app` and `asker`, neither of them None."""
    beginnings = [[("app", app), ("asker", "Asker")] for app in ("App", "StoreApp")]
    wrong: dict[str, list[str]] = defaultdict(list)
    count = 0
    for path in sorted((ROOT / "matcher" / "services").glob("*.py")):
        if path.stem in HELPERS:
            continue
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and DATA & _named_types(node):
                count += 1
                first = [(one.arg, ast.unparse(one.annotation or ast.Constant(None))) for one in node.args.args[:2]]
                if node.name not in ASKER_IS_FIXED | PARTS and first not in beginnings:
                    wrong[path.stem].append(node.name)
    assert count > 40
    assert dict(wrong) == {}


def _named_types(function: ast.FunctionDef) -> set[str]:
    """The names in the annotations of its parameters."""
    return {
        node.id
        for parameter in [*function.args.args, *function.args.kwonlyargs]
        if parameter.annotation is not None
        for node in ast.walk(parameter.annotation)
        if isinstance(node, ast.Name)
    }


def test_pages_compute_nothing() -> None:
    """No page touches an array: what needs the pool is a function of the services."""
    users = {
        name
        for name, path in modules()
        for target, _ in imports(path)
        if name.startswith("api.web") and target.split(".")[0] == "numpy"
    }
    assert not users


def test_no_two_modules_of_the_api_need_each_other() -> None:
    """Imports within `api`, inside functions too, make no circle."""
    paths = {name: path for name, path in modules() if name.split(".")[0] == "api"}
    needs = {
        name: {
            known
            for target, node in imports(path)
            for known in (target, target.rpartition(".")[0])
            if known in paths and known not in {name, "api"} and not _for_types_only(path, node)
        }
        for name, path in paths.items()
    }
    while free := {name for name, needed in needs.items() if not needed & needs.keys()}:
        needs = {name: needed for name, needed in needs.items() if name not in free}
    assert not needs


@pytest.mark.parametrize("module", ["api.cli", "api.app", "matcher.services.matching", "models.encoder"])
def test_importing_does_no_heavy_work(module: str) -> None:
    """Importing the product loads no torch, pandas, FAISS, scikit-learn, gazetteer or Dask."""
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
