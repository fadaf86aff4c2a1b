"""Settings of every test run."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "alumnimatch",
    max_examples=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("thorough", settings.get_profile("alumnimatch"), max_examples=400)
settings.load_profile("alumnimatch")
