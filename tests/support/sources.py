"""Facts read from the syntax tree of the source: use cases, the notes they make, the rights they check."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from matcher.policy import Action

ROOT = Path(__file__).parents[2]
NOTES = frozenset({"note", "note_erasure"})
"""The methods that add an entry to the log (`matcher.repositories.Transaction`, `matcher.store.unit`)."""


def trees(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every module in these folders of the project."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, tree_of(path)


@cache
def tree_of(path: Path) -> ast.Module:
    """What a file of source says; each is read once in a test process."""
    return ast.parse(path.read_text("utf-8"))


def calls(tree: ast.AST, names: Iterable[str]) -> Iterator[ast.Call]:
    """The calls of a function or method with one of these names."""
    wanted = frozenset(names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) in wanted:
            yield node


def noted_actions(*folders: str) -> set[str]:
    """The actions that the code adds to the log. Of `f"mail.{...}"` only the beginning is known: `mail.*`."""
    return {
        name
        for _, tree in trees(*folders)
        for call in calls(tree, NOTES)
        if call.args
        for name in _action_names(call.args[0])
    }


def _action_names(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(name)):
            yield name
        case ast.Attribute(value=ast.Name(id="Action"), attr=name):
            yield Action[name].value
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
            yield f"{start}*"
        case ast.IfExp(body=first, orelse=second):
            yield from _action_names(first)
            yield from _action_names(second)


def actions_asked_for(*folders: str) -> set[Action]:
    """The actions of the table of rights that are named in the code of these folders."""
    return {
        Action[node.attr]
        for _, tree in trees(*folders)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Action"
    }


def use_cases() -> set[str]:
    """The public functions of the services whose first parameter is the app, as `module.function`."""
    return {
        f"{path.stem}.{node.name}"
        for path, tree in trees("matcher/services")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _takes_app(node)
    }


def _takes_app(function: ast.FunctionDef) -> bool:
    first = next(iter(function.args.args), None)
    return first is not None and first.arg == "app"
