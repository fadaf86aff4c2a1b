"""Connections to the database: what happens when all of a process are at work."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import QueuePool

from matcher.errors import StoreUnavailable
from matcher.locale import LANGUAGES, say
from matcher.store.errors import translated


def test_a_reader_for_whom_there_is_no_connection_is_told(tmp_path: Path) -> None:
    """It is an error that passes (503 over HTTP), with a remedy, and the next reader has the connection."""
    url = f"sqlite:///{tmp_path / 'one.db'}"
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.01)
    with engine.connect(), pytest.raises(StoreUnavailable, match="database_crowded") as refused, translated("one.db"):
        engine.connect()
    sentences = {say(language, "store.errors.database_crowded", **refused.value.values) for language in LANGUAGES}
    assert len(sentences) == len(LANGUAGES)
    with translated("one.db"), engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
