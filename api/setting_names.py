"""The names of settings: one that nobody reads is a typing error, and is refused with the nearest name that exists."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from api.settings import PREFIX, Settings, variable
from matcher.errors import ConfigurationError

OF_TESTS = frozenset({"ALUMNIMATCH_CI"})
"""Read by the tests and by CI, and by nothing of the product."""
_LIKE = ("ALUMNI", "MATCH")
"""One of these remains whatever one slip does to the prefix."""
_NEAR, _NEAR_PREFIX = 85, 70
"""How much a name, and its beginning, must resemble a setting, of 100, to be taken for one: ALUMNIMATC_TODAY."""
_MOST_SHOWN = 60


def known() -> frozenset[str]:
    """Every name that may be set."""
    return OF_TESTS.union(map(variable, Settings.model_fields))


def check(names: Iterable[str]) -> None:
    """Raises ConfigurationError for the first name that resembles a setting and is none. Capitals do not count.

    Without this a typing error in the address of the database would give an empty file. `names`: those of the
    environment and of `.env`; names of other programs are passed over.
    """
    for name in sorted(names):
        typed = name.upper()
        if any(part in typed for part in _LIKE) and typed not in known():
            nearest, alike = _nearest(typed)
            if typed.startswith(PREFIX) or (alike >= _NEAR and _alike_prefix(typed) >= _NEAR_PREFIX):
                raise ConfigurationError("setting_unknown", setting=name[:_MOST_SHOWN], nearest=nearest)


def check_file(path: Path) -> None:
    """Raises ConfigurationError for a line of `.env` that gives no value: it would be passed over. No file is none."""
    from dotenv.parser import parse_stream

    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for line in parse_stream(file):
            key = (line.key or "").upper()
            if line.error or (key.startswith(PREFIX) and line.value is None):
                raise ConfigurationError("settings_line", line=line.original.line)


def _alike_prefix(name: str) -> float:
    from rapidfuzz import fuzz

    return fuzz.ratio(name[: len(PREFIX)], PREFIX)


def _nearest(name: str) -> tuple[str, float]:
    """The setting that a name resembles most, and how much, of 100."""
    from rapidfuzz import fuzz, process

    nearest, alike, _ = process.extractOne(name, sorted(known() - OF_TESTS), scorer=fuzz.ratio)
    return nearest, alike
