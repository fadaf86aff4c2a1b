"""Documents against JSON schemas: of our own, and the published ones where they are given beside the checkout."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).parents[2]
SPECIFICATIONS = ROOT / ".." / "shared" / "specs"
"""The published ones; there is nothing where they are not given."""


@cache
def _validator(path: Path, pointer: str) -> Draft202012Validator:
    document = json.loads(path.read_text("utf-8"))
    registry: Registry[Any] = Registry().with_resource("urn:given", DRAFT202012.create_resource(document))
    return Draft202012Validator({"$ref": f"urn:given#{pointer}"}, registry=registry, format_checker=FormatChecker())


def faults(document: object, path: Path, pointer: str) -> list[str]:
    """What is wrong with a document by the schema at a JSON pointer of a file: place and message of each fault."""
    return [f"{one.json_path}: {one.message}" for one in _validator(path.resolve(), pointer).iter_errors(document)]
