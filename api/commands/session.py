"""State of one run of the command line: language, settings, store and app, each created when first needed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, cast

import typer

from api import wiring
from api.settings import Settings, build_aftercare_terms, build_terms, configured
from matcher.errors import InvalidValue
from matcher.locale import LANGUAGES, Language, lookup, say
from matcher.policy import COMMAND_LINE
from matcher.ports import Progress, Store

if TYPE_CHECKING:
    from matcher.services.app import App, StoreApp


@dataclass
class Session:
    """One run. `build_app` and `build_store` are the composition root, or fakes in tests."""

    language: Language
    build_app: Callable[[Settings], App] = wiring.build_app
    build_store: Callable[[Settings], Store] = wiring.build_store
    code: int = field(default=0)
    """The exit code of a run that ends well."""

    @cached_property
    def settings(self) -> Settings:
        """The settings. Raises ConfigurationError."""
        return wiring.load_settings()

    @cached_property
    def app(self) -> App:
        """The app for the use cases. Raises ConfigurationError, StoreUnavailable."""
        return configured(self.build_app(self.settings), self.settings, sends_mail=self.settings.smtp_url is not None)

    @cached_property
    def store_app(self) -> StoreApp:
        """The app for use cases that do not rank: loads no encoder."""
        from matcher.services.app import WithoutEngine

        return WithoutEngine(
            self.store,
            wiring.build_clock(self.settings),
            build_terms(self.settings),
            aftercare_terms=build_aftercare_terms(self.settings),
        )

    @cached_property
    def store(self) -> Store:
        """The store alone: loads no encoder."""
        return self.build_store(self.settings)

    @cached_property
    def unopened_app(self) -> StoreApp:
        """The app on a database that is neither opened nor migrated, so that one of any version can be used."""
        from matcher.services.app import WithoutEngine

        return WithoutEngine(wiring.build_closed_store(self.settings), wiring.build_clock(self.settings))

    def close(self) -> None:
        """Closes the connections of what was created."""
        for name in ("app", "store_app", "unopened_app"):
            app = self.__dict__.get(name)
            if app is not None:
                app.store.close()

    def owner(self, name: str | None) -> str | None:
        """A school, employer or provider as it is spelled here; None for none. Raises UnknownId."""
        if name is None:
            return None
        from matcher.services import browsing

        return browsing.owner_named(self.store_app, COMMAND_LINE, name)

    @property
    def today(self) -> date:
        """Today by the clock of the settings."""
        return wiring.build_clock(self.settings).today()

    def say(self, key: str, /, **values: object) -> str:
        """A sentence of the area `cli`."""
        return say(self.language, f"cli.{key}", **values)


def session_of(context: typer.Context) -> Session:
    """The session of this run."""
    return cast("Session", context.obj)


def day(value: str | None) -> date | None:
    """A date as typed: 2026-03-17 or 17-03-2026. Raises InvalidValue."""
    if value is None:
        return None
    text = value.strip()
    parts = text.split("-")
    try:
        return date.fromisoformat("-".join(reversed(parts)) if len(parts[-1]) == 4 else text)
    except ValueError:
        raise InvalidValue("not_a_date", value=text[:40]) from None


def choice(session: Session, value: str, group: str) -> str:
    """The code that a word stands for, in Dutch or English. Raises InvalidValue with the user's choices."""
    wanted = value.strip().casefold()
    for language in LANGUAGES:
        for code in codes_of(group):
            if wanted in {code, *(lookup(language, f"cli.{group}.{code}") or "").split("; ")}:
                return code
    words = [(lookup(session.language, f"cli.{group}.{code}") or code).split("; ")[0] for code in codes_of(group)]
    raise InvalidValue("not_a_choice", value=value[:40], choices=words)


def codes_of(group: str) -> list[str]:
    """The codes of a group of words in the locale files."""
    from matcher.locale import area

    return list(area("en", "cli")[group])


def shown_progress(session: Session, key: str) -> AbstractContextManager[Progress]:
    """A progress bar on the terminal's standard error; a line a minute if that is not a terminal."""
    import sys
    from functools import partial

    from api.commands.output import progress_bar, progress_lines

    title = session.say(key)
    if sys.stderr.isatty():
        return progress_bar(title)
    return nullcontext(progress_lines(partial(session.say, "progress.line", title=title)))
