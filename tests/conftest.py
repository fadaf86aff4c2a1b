"""Settings of every test run."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

os.environ.setdefault("ALUMNIMATCH_MEANING", "off")
"""The second encoder reads some thirty texts a second: what tests it turns it on."""

settings.register_profile(
    "alumnimatch",
    max_examples=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("thorough", settings.get_profile("alumnimatch"), max_examples=400)
settings.load_profile("alumnimatch")
