"""An App on an engine of a test."""

from __future__ import annotations

from matcher.engine.current import Engine
from matcher.services.app import App


def app_of(engine: Engine) -> App:
    return App(engine.store, engine, engine.clock)
