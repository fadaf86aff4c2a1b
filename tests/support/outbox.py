"""Mail as the outbox gives it, for tests that compose or send one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from matcher.repositories.values import Mail


def a_mail(message: str, **more: Any) -> Mail:
    """A message of Noord to an alumnus, with this in it."""
    values: dict[str, Any] = {
        "key": 1,
        "alumnus_key": 2,
        "request_key": None,
        "school": "Noord",
        "message": message,
        "values": {},
        "link": "",
        "address": None,
        "own_address": False,
        "message_id": "1f.2e",
        "state": "sending",
        "attempts": 1,
        "perhaps_twice": False,
        "problem": "",
        "created_at": datetime(2027, 3, 1, 9),
        "not_before": datetime(2027, 3, 1, 9),
        "actor": None,
        "role": "job",
    }
    return Mail(**(values | more))
