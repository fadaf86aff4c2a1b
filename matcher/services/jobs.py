"""What keeps a job that writes by itself from doing harm when the clock of the machine is wrong, or its settings are.

A job refuses a day that cannot be right, and what would touch many alumni at once, unless it is told to go on all the
same. The day of the last run that ended well is kept in the database, so every process and every machine sees it.
"""

from __future__ import annotations

from datetime import date

from matcher.domain.records import RecordKind
from matcher.errors import JobRefused
from matcher.repositories import Records, Transaction
from matcher.services.app import JobLimits

LAST_DAY = "last_job_day"
"""The installation value that holds the day of the last run that ended well, in ISO 8601."""
FEW = 20
"""So many alumni may always be touched at once: of a small school they are more than any share."""


def refusals(records: Records, limits: JobLimits, touched: int) -> tuple[JobRefused, ...]:
    """Why a job that would touch this many alumni does not run today; empty where it may."""
    return tuple(
        refusal for refusal in (_day_refused(records, limits), _share_refused(records, limits, touched)) if refusal
    )


def _day_refused(records: Records, limits: JobLimits) -> JobRefused | None:
    last, today = last_day(records), records.today
    if last is None or 0 <= (today - last).days <= limits.days_ahead:
        return None
    values = {"day": today.isoformat(), "last": last.isoformat(), "days": limits.days_ahead}
    return JobRefused("job_day_back" if today < last else "job_day_ahead", **values)


def _share_refused(records: Records, limits: JobLimits, touched: int) -> JobRefused | None:
    alumni = records.records.count(RecordKind.ALUMNI)
    if touched <= max(FEW, limits.share * alumni):
        return None
    return JobRefused("job_touches_many", count=touched, alumni=alumni, percent=limits.share * 100)


def last_day(records: Records) -> date | None:
    """The day of the last run that ended well; None before the first."""
    kept = records.installation.get(LAST_DAY)
    return None if kept is None else date.fromisoformat(kept)


def record_day(tx: Transaction) -> None:
    """A job ended well today."""
    tx.installation.replace(LAST_DAY, tx.today.isoformat())
