"""The composition root: the only place that names concrete adapters. Nothing happens on import."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from api import setting_names
from api.settings import Settings, build_job_limits, build_terms, variable
from matcher.domain.moments import ZONE, day_in_netherlands
from matcher.errors import ConfigurationError, InvalidValue
from matcher.locale import Language
from matcher.ports import Backups, Clock, Encoder, Mailer, Resolver

if TYPE_CHECKING:
    from api.inbox import Mailbox
    from matcher.batch import Workers
    from matcher.index import IndexServer
    from matcher.services.app import App
    from matcher.services.health import Site
    from matcher.store.journal import Journal
    from matcher.store.sql_store import SqlStore


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """This moment."""
        return datetime.now(UTC)

    def today(self) -> date:
        """This day in the Netherlands."""
        return day_in_netherlands(self.now())


class FixedClock:
    """Always the same day, at the real time of day: for a demo, a test, or repeating a ranking."""

    def __init__(self, day: date) -> None:
        self._day = day

    def now(self) -> datetime:
        """The time of day of this moment, on the fixed day."""
        local = datetime.now(ZONE).time()
        return datetime.combine(self._day, local, ZONE).astimezone(UTC)

    def today(self) -> date:
        """The fixed day."""
        return self._day


def load_settings() -> Settings:
    """The settings of this process. Raises ConfigurationError for an invalid one, and for a name that is none."""
    from pydantic_settings import DotEnvSettingsSource

    settings = read_settings()
    setting_names.check_file(Path(".env"))
    in_file = [name.upper() for name in DotEnvSettingsSource(Settings).env_vars]  # they come in small letters
    setting_names.check([*os.environ, *in_file])
    return settings


def read_settings() -> Settings:
    """The settings as far as they are known. Raises ConfigurationError for an invalid one; its value is not quoted."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    try:
        return Settings()
    except ValidationError as error:
        name = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ConfigurationError("setting_invalid", setting=variable(name)) from None
    except SettingsError as error:  # not JSON; only the message names the setting
        match = re.search(r'field "(\w+)"', str(error))
        if match is None:
            raise ConfigurationError("settings_unreadable") from None
        raise ConfigurationError("setting_invalid", setting=variable(match[1])) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError("settings_unreadable") from None


def language_of_environment() -> Language:
    """The language that the settings ask for, also where they cannot be used otherwise; else Dutch."""
    try:
        return read_settings().language
    except ConfigurationError:
        return "nl"


def build_clock(settings: Settings) -> Clock:
    """The clock: of a fixed day if the setting names one."""
    if settings.today is None:
        return SystemClock()
    try:
        return FixedClock(date.fromisoformat(settings.today))
    except ValueError:
        raise ConfigurationError("today_invalid", value=settings.today) from None


def build_store(settings: Settings, *, check_keys: bool = True) -> SqlStore:
    """The database, with its tables at this version. Raises ConfigurationError or StoreUnavailable.

    `check_keys`: whether contact details must be sealed with the first key of the settings.
    """
    store = build_closed_store(settings)
    store.migrate()
    if check_keys:
        store.check_keys()
    return store


def build_closed_store(settings: Settings) -> SqlStore:
    """The database as it is: neither opened nor migrated. Raises ConfigurationError."""
    from matcher.store.sql_store import SqlStore

    return SqlStore(settings.database_url, build_clock(settings), settings.keys, build_journal(settings))


def build_journal(settings: Settings) -> Journal | None:
    """The journal of what alumni take back; None where the settings name none."""
    from matcher.store.journal import Journal

    return None if settings.erasure_journal is None else Journal(settings.erasure_journal)


def build_backups(settings: Settings) -> Backups:
    """Copies of the database, and back. Raises ConfigurationError."""
    from matcher.store.backups import FileBackups
    from matcher.store.dumps import DumpBackups

    kind = FileBackups if settings.database_url.startswith("sqlite") else DumpBackups
    return kind(settings.database_url, build_clock(settings), settings.keys, build_journal(settings))


def build_resolver() -> Resolver:
    """Asks the name servers of this machine."""
    from api.dns import DnsResolver

    return DnsResolver()


def build_site(settings: Settings, *, forwarded: bool | None = None, by_page: bool = False) -> Site:
    """What the settings say of this installation. `forwarded`, `by_page`: see `matcher.services.health.Site`."""
    from matcher import kernel
    from matcher.services.health import Site

    kernel.choose(settings.kernel)
    path = settings.database_url.removeprefix("sqlite:///")
    return Site(
        cache=settings.cache_dir,
        database=None if path == settings.database_url else Path(path),
        address=settings.base_url,
        has_fixed_day=settings.today is not None,
        has_demo_login=settings.login == "demo",
        has_keys=bool(settings.keys),
        kernel=kernel.name(),
        has_mail_server=settings.smtp_url is not None,
        sender=settings.mail_from or "",
        journal=settings.erasure_journal,
        forwarded=forwarded,
        by_page=by_page,
        limits=build_job_limits(settings),
    )


def build_encoder(settings: Settings, name: str | None = None) -> Encoder:
    """The encoder by its name, path or hub id, by default that of the settings; loads no model.

    Raises ConfigurationError or EncoderError.
    """
    from models.encoder import opened

    return opened(name or settings.encoder, settings.cache_dir)


def build_meaning(settings: Settings) -> Encoder | None:
    """The second encoder; None where it is turned off or onnxruntime is not installed. Loads no model."""
    from models.meaning import MeaningEncoder, installed

    return MeaningEncoder() if settings.meaning == "on" and installed() else None


def build_mailer(settings: Settings) -> Mailer | None:
    """The mailer, if a mail server is set; else None. Raises ConfigurationError."""
    if settings.smtp_url is None:
        return None
    from api.mail import SmtpMailer

    if not settings.base_url:
        raise ConfigurationError("mail_without_address")
    return SmtpMailer(settings.smtp_url.get_secret_value(), settings.mail_from or "")


def build_mailbox(settings: Settings) -> Mailbox | None:
    """The mailbox of replies, if it can be read from here; else None. Raises ConfigurationError."""
    if settings.inbox_url is None:
        return None
    from api.inbox import Mailbox

    if not settings.reply_address or "@" not in settings.reply_address:
        raise ConfigurationError("setting_invalid", setting=variable("reply_address"))
    return Mailbox(settings.inbox_url.get_secret_value())


def build_index_server(settings: Settings) -> IndexServer | None:
    """Milvus, if the settings choose it; else None. Does not connect. Raises ConfigurationError."""
    if settings.index != "milvus":
        return None
    from matcher.index.milvus.server import MilvusServer

    if not settings.milvus_url:
        raise ConfigurationError("milvus_without_url")
    token = settings.milvus_token.get_secret_value() if settings.milvus_token else ""
    return MilvusServer(settings.milvus_url, token, settings.milvus_kind, settings.milvus_replicas)


def one_thread_each() -> None:
    """Lets each ranking work on one thread, for this whole process.

    A ranking is short and bound by memory, and many run at once: threads of BLAS and OpenMP that wait for each other
    cost four times what they gain (`benchmarks/scale/rankings.py --threads`).
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


def build_workers(settings: Settings, workers: int | None, scheduler: str | None) -> Workers:
    """The workers of a batch: `workers` processes here, or a cluster if one is named, here or in the settings.

    Raises InvalidValue if both are given, or the cluster's package is missing.
    """
    from importlib.util import find_spec

    from matcher.batch import Processes
    from matcher.batch.dask import Cluster

    if workers and scheduler:
        raise InvalidValue("workers_or_scheduler")
    address = None if workers else scheduler or settings.dask_scheduler
    if not address:
        return Processes(workers or os.cpu_count() or 1)
    if find_spec("distributed") is None:
        raise InvalidValue("dask_missing")
    return Cluster(address)


def shipped_words() -> Collection[str]:
    """The words of trades and skills that ship with our encoder, whichever encoder is used."""
    from models.artefact import public
    from models.catalogue import DEFAULT, find

    return public(find(DEFAULT))


def build_app(settings: Settings, apart: Callable[[], str | None] | None = None) -> App:
    """The app for the use cases. The pool is built when first needed: `apart`, if there is one, does so elsewhere."""
    from matcher import kernel
    from matcher.engine import open_engine
    from matcher.engine.current import Apart
    from matcher.engine.weights import encoder_in_use
    from matcher.matching import thresholds
    from matcher.services.app import App

    one_thread_each()
    kernel.choose(settings.kernel)
    store, terms = build_store(settings), build_terms(settings)
    engine = open_engine(
        store,
        build_encoder(settings, encoder_in_use(store)),
        second=build_meaning(settings),
        index=settings.index,
        server=build_index_server(settings),
        cache=settings.cache_dir,
        replay_days=settings.replay_days,
        patience=settings.wait_seconds,
        terms=terms,
        apart=None if apart is None else Apart(apart),
    )
    return App(
        store,
        engine,
        build_clock(settings),
        terms,
        known_words=shipped_words,
        limits=thresholds.kept(settings.cache_dir, elsewhere=settings.index == "milvus"),
    )
