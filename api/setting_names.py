"""The names of settings: one that nobody reads is a typing error, and is refused with the nearest name that exists."""

from __future__ import annotations

from collections.abc import Iterable

from api.settings import Settings
from matcher.errors import ConfigurationError

PREFIX = "ALUMNIMATCH_"
OF_TESTS = frozenset({"ALUMNIMATCH_CI"})
"""Read by the tests and by CI, and by nothing of the product."""
_LIKE = "ALUMNI"
_NEAR = 85
"""How much a name with another prefix must resemble a setting, of 100, to be taken for one: ALUMNIMATC_TODAY."""
_MOST_SHOWN = 60


def known() -> frozenset[str]:
    """Every name that may be set."""
    return OF_TESTS.union(PREFIX + name.upper() for name in Settings.model_fields)


def check(names: Iterable[str]) -> None:
    """Raises ConfigurationError for the first name that resembles a setting and is none. Capitals do not count.

    Without this a typing error in the address of the database would give an empty file. `names`: those of the
    environment and of `.env`; names of other programs are passed over.
    """
    for name in sorted(names):
        if name.upper().startswith(_LIKE) and name.upper() not in known():
            nearest, alike = _nearest(name.upper())
            if name.upper().startswith(PREFIX) or alike >= _NEAR:
                raise ConfigurationError("setting_unknown", setting=name[:_MOST_SHOWN], nearest=nearest)


def _nearest(name: str) -> tuple[str, float]:
    """The setting that a name resembles most, and how much, of 100."""
    from rapidfuzz import fuzz, process

    nearest, alike, _ = process.extractOne(name, sorted(known() - OF_TESTS), scorer=fuzz.ratio)
    return nearest, alike
