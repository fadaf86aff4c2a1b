"""What still goes through the store's old methods: a number that may only fall, to none."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from matcher.ports import Store
from tests.support.sources import ROOT, calls, trees

OLD = {"matcher.store.old_doors"}
SOURCE = ROOT / "matcher" / "store" / "old_doors.py"
ITSELF = {SOURCE, Path(__file__)}
BOUNDS = [(("matcher", "api"), 0), (("tests", "benchmarks"), 255)]
"""Folders, and how many uses there are at most. Lower the number with each use that goes."""


def old_methods() -> frozenset[str]:
    """The public methods of the old doors that the store does not have itself."""
    classes = [node for node in ast.parse(SOURCE.read_text("utf-8")).body if isinstance(node, ast.ClassDef)]
    names = {part.name for one in classes for part in one.body if isinstance(part, ast.FunctionDef)}
    return frozenset(name for name in names if not name.startswith("_") and not hasattr(Store, name))


def uses(folders: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each import of an old module, and each call of an old method on something called `store`: (file, what)."""
    methods = old_methods()
    for path, tree in trees(*folders):
        if path in ITSELF:
            continue
        file = str(path.relative_to(ROOT))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in OLD:
                yield file, f"import {node.module}"
        for call in calls(tree, methods):
            if isinstance(call.func, ast.Attribute) and _is_store(call.func.value):
                yield file, call.func.attr


def _is_store(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.endswith("store")
    return False


@pytest.mark.parametrize(("folders", "most"), BOUNDS, ids=["product", "tests"])
@pytest.mark.skipif(not SOURCE.exists(), reason="the old doors are gone")
def test_less_goes_through_the_old_doors(folders: Sequence[str], most: int) -> None:
    """No new use of a method of the store from before the transaction."""
    found = list(uses(folders))
    per_file = Counter(file for file, _ in found).most_common()
    assert len(found) <= most, per_file
