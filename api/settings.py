"""All settings in one frozen value, from the environment (`ALUMNIMATCH_*`) and an optional `.env` file."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from matcher.domain.aftercare import AftercareTerms
from matcher.domain.consent import Terms
from matcher.domain.invitations import AnswerTerms, Approval
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.weekly import Weekly
from matcher.errors import ConfigurationError

if TYPE_CHECKING:
    from matcher.services.app import App, JobLimits


PREFIX = "ALUMNIMATCH_"


def variable(setting: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + setting.upper()


def _named(value: object) -> object:
    """Raises ValueError for an empty path, which would be the folder in which the program happens to start."""
    if isinstance(value, str) and not (value := value.strip()):
        raise ValueError
    return value


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Months = Annotated[int, Field(ge=1, le=600)]
NamedPath = Annotated[Path, BeforeValidator(_named)]


class Settings(BaseSettings):
    """Every setting with its default; the help of each stands in the locale files under `settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, str_strip_whitespace=True
    )

    database_url: str = Field(
        default="sqlite:///alumnimatch.db",
    )
    contact_keys: SecretStr | None = Field(default=None)
    encoder: str = Field(
        default="encoder-nl-en",
    )
    meaning: Literal["on", "off"] = Field(default="on")
    kernel: Literal["auto", "c", "numpy"] = Field(default="auto")
    index: Literal["faiss", "exact", "milvus"] = Field(default="faiss")
    milvus_url: str | None = Field(default=None)
    milvus_token: SecretStr | None = Field(default=None)
    milvus_kind: Literal["ivf", "flat"] = Field(default="ivf")
    milvus_replicas: int = Field(default=1, ge=1, le=32)
    cache_dir: NamedPath = Field(default=Path(".alumnimatch"))
    erasure_journal: NamedPath | None = Field(default=None)
    backup_dir: NamedPath | None = Field(default=None)
    dask_scheduler: str | None = Field(default=None)
    language: Literal["nl", "en"] = Field(default="nl")
    theme_name: str | None = Field(default=None, max_length=40)
    theme_color: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")
    theme_logo: NamedPath | None = Field(default=None)
    today: str | None = Field(default=None)
    open_courses: bool = Field(default=False)
    page_size: int = Field(default=20, ge=1, le=200)
    login: Literal["oidc", "demo", "tokens"] = Field(default="tokens")
    base_url: str | None = Field(default=None)
    oidc_issuer: str | None = Field(default=None)
    oidc_client_id: str | None = Field(default=None)
    oidc_client_secret: SecretStr | None = Field(default=None)
    oidc_schools: dict[str, str] = Field(default_factory=dict)
    oidc_alumni: list[str] = Field(default_factory=list)
    secret_key: SecretStr | None = Field(default=None)
    smtp_url: SecretStr | None = Field(default=None)
    mail_from: str | None = Field(default=None)
    reply_address: str | None = Field(default=None)
    inbox_url: SecretStr | None = Field(default=None)
    inbox_days: int = Field(default=30, ge=1, le=180)
    weekly_day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = Field(
        default="monday"
    )
    weekly_time: str = Field(default="08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    retention_months: Months = Field(default=24)
    retention_terms: dict[str, Months] = Field(default_factory=dict)
    job_days_ahead: int = Field(default=60, ge=1, le=3650)
    job_share: float = Field(default=0.05, gt=0, le=1)
    replay_days: int = Field(default=30, ge=0, le=3650)
    log_months: int = Field(default=24, ge=6, le=600)
    upload_days: int = Field(default=30, ge=1, le=30)
    first_basis: str | None = Field(default=None)
    first_text: str | None = Field(default=None)
    undo_minutes: int = Field(default=10, ge=0, le=120)
    message_approval: Literal["second", "writer"] = Field(default="second")
    answer_days: int = Field(default=7, ge=1, le=60)
    answer_days_soon: int = Field(default=3, ge=1, le=60)
    soon_days: int = Field(default=21, ge=0, le=365)
    aftercare_months: int = Field(default=12, ge=1, le=60)
    aftercare_keep_months: int = Field(default=24, ge=1, le=120)
    aftercare_first_days: int = Field(default=30, ge=1, le=365)
    aftercare_other_days: int = Field(default=90, ge=1, le=365)
    aftercare_retry_days: int = Field(default=14, ge=1, le=365)
    aftercare_settled_days: int = Field(default=150, ge=1, le=365)
    approval: dict[str, Literal["asker", "coordinator", "both"]] = Field(default_factory=dict)
    processing_activities: dict[str, str] = Field(default_factory=dict)
    rate_login: str = Field(default="20/minute")
    rate_link: str = Field(default="60/minute")
    rate_ranking: str = Field(default="300/minute")
    rate_refused: str = Field(default="30/hour")
    wait_seconds: float = Field(default=30, gt=0, le=600)
    rankings_at_once: int = Field(default=16, ge=1, le=32)  # of the 40 threads that a server has in total
    requests_at_once: int = Field(default=100, ge=1, le=1000)
    answer_seconds: float = Field(default=120, gt=0, le=3600)
    metrics: bool = Field(default=False)
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info")

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of contact details, the one to write with first."""
        setting = self.contact_keys.get_secret_value() if self.contact_keys else ""
        return tuple(key.strip() for key in setting.split(",") if key.strip())

    @property
    def secure(self) -> bool:
        """Whether browsers reach the pages over https."""
        return (self.base_url or "").startswith("https://")


def build_terms(settings: Settings) -> Terms:
    """How long data are kept. Raises ConfigurationError for a purpose that does not exist."""
    try:
        own = {Purpose(name): months for name, months in settings.retention_terms.items()}
    except ValueError:
        raise ConfigurationError("setting_invalid", setting="ALUMNIMATCH_RETENTION_TERMS") from None
    return Terms(settings.retention_months, own)


def configured(app: App, settings: Settings, *, sends_mail: bool) -> App:
    """The app with what the settings say about terms, unattended jobs and mail. Raises ConfigurationError."""
    terms, limits = build_terms(settings), build_job_limits(settings)
    return replace(
        app,
        terms=terms,
        job_limits=limits,
        sends_mail=sends_mail,
        answer_terms=build_answer_terms(settings),
        aftercare_terms=build_aftercare_terms(settings),
        second_approves=settings.message_approval == "second",
        approvals=build_approvals(settings),
        upload_days=settings.upload_days,
        inbox_days=settings.inbox_days,
        weekly=build_weekly(settings),
    )


def build_approvals(settings: Settings) -> dict[RequestKind, Approval]:
    """Who decides that an alumnus is asked. Raises ConfigurationError for a kind that does not exist."""
    try:
        return {RequestKind(name): Approval(mode) for name, mode in settings.approval.items()}
    except ValueError:
        raise ConfigurationError("setting_invalid", setting="ALUMNIMATCH_APPROVAL") from None


def build_answer_terms(settings: Settings) -> AnswerTerms:
    """How long an invitation can be undone, and an alumnus has to answer."""
    return AnswerTerms(
        undo=timedelta(minutes=settings.undo_minutes),
        days=settings.answer_days,
        soon_days=settings.answer_days_soon,
        soon=timedelta(days=settings.soon_days),
    )


def build_weekly(settings: Settings) -> Weekly:
    """When mail goes of those who get it once a week."""
    return Weekly(_WEEKDAYS.index(settings.weekly_day), time.fromisoformat(settings.weekly_time))


def build_aftercare_terms(settings: Settings) -> AftercareTerms:
    """The terms of aftercare. Raises ConfigurationError where the register forgets somebody who is still guided."""
    try:
        return AftercareTerms(
            months=settings.aftercare_months,
            keep_months=settings.aftercare_keep_months,
            first_days=settings.aftercare_first_days,
            other_days=settings.aftercare_other_days,
            retry_days=settings.aftercare_retry_days,
            settled_days=settings.aftercare_settled_days,
        )
    except ValueError:
        raise ConfigurationError("setting_invalid", setting="ALUMNIMATCH_AFTERCARE_KEEP_MONTHS") from None


def build_job_limits(settings: Settings) -> JobLimits:
    """Limits beyond which an unattended job refuses to write, unless overridden."""
    from matcher.services.app import JobLimits

    return JobLimits(settings.job_days_ahead, settings.job_share)
