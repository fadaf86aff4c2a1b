"""Safeguards for unattended jobs, against a wrong clock or wrong settings.

A job refuses to run on an implausible day, or when it would touch many alumni at once, unless overridden. The day of
the last successful run is stored in the database, so that every process on every machine sees it.
"""

from __future__ import annotations

from datetime import date, datetime

from matcher.domain.records import RecordKind
from matcher.errors import JobRefused
from matcher.repositories import Records, Transaction
from matcher.services.app import JobLimits

LAST_DAY = "last_job_day"
"""The installation value that holds the day of the last successful run, in ISO 8601."""
FEW = 20
"""This many alumni may always be touched at once: at a small school they exceed any share."""


def refusals(records: Records, limits: JobLimits, touched: int) -> tuple[JobRefused, ...]:
    """Why a job that would touch this many alumni does not run today; empty if it may."""
    return tuple(
        refusal for refusal in (_day_refused(records, limits), _share_refused(records, limits, touched)) if refusal
    )


def _day_refused(records: Records, limits: JobLimits) -> JobRefused | None:
    ran_on, today = last_day(records), records.today
    last = ran_on or _last_change(records)
    is_ahead = last is not None and (today - last).days > limits.days_ahead
    if last is None or not (is_ahead or (ran_on is not None and today < ran_on)):
        return None
    values = {"day": today.isoformat(), "last": last.isoformat(), "days": limits.days_ahead}
    return JobRefused("job_day_back" if today < last else "job_day_ahead", **values)


def _share_refused(records: Records, limits: JobLimits, touched: int) -> JobRefused | None:
    alumni = records.records.count(RecordKind.ALUMNI)
    if touched <= max(FEW, limits.share * alumni):
        return None
    return JobRefused("job_touches_many", count=touched, alumni=alumni, percent=limits.share * 100)


def last_day(records: Records) -> date | None:
    """The day of the last successful run; None before the first."""
    stored = records.installation.get(LAST_DAY)
    return None if stored is None else date.fromisoformat(stored)


def _last_change(records: Records) -> date | None:
    """The day (UTC) of the newest revision, by which a clock is judged before the first run; None without data."""
    _, _, moment = records.changes.origin().partition(" ")
    return datetime.fromisoformat(moment).date() if moment else None


def record_day(tx: Transaction) -> None:
    """Records that a job ran successfully today."""
    tx.installation.replace(LAST_DAY, tx.today.isoformat())
