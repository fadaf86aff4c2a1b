"""Settings of every test run."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "alumnimatch",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("alumnimatch")
