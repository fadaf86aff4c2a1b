"""Settings of every test run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import compiled

os.environ.setdefault("ALUMNIMATCH_MEANING", "off")
"""The second encoder reads some thirty texts a second: what tests it turns it on."""

settings.register_profile(
    "alumnimatch",
    max_examples=15,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("thorough", settings.get_profile("alumnimatch"), max_examples=400)
settings.load_profile("alumnimatch")
compiled.share()

LONG = Path(__file__).with_name("long.txt")
"""Node ids of tests that are part of `make long`, besides those that are marked where they stand."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of `long.txt`, before pytest looks at marks."""
    named = frozenset(LONG.read_text("utf-8").splitlines())
    for item in items:
        if item.nodeid in named:
            item.add_marker(pytest.mark.long)
