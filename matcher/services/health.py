"""What is in order with this installation and what is not: findings, each with a code whose sentences say what to do.

Looks at the database, the clock, the disk, the back-up, the mail, the address, the keys and what is unfinished. Nothing
of people.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from matcher.domain.moments import ZONE, aware
from matcher.engine.behind import last_failure
from matcher.errors import StoreUnavailable
from matcher.leftovers import copies_beside
from matcher.policy import Action, Asker
from matcher.ports import DatabaseFacts, Resolver
from matcher.repositories import Records
from matcher.services import jobs
from matcher.services.app import JobLimits, StoreApp
from matcher.services.backups import LAST_BACKUP, LAST_REHEARSAL, LAST_RESTORE

OLDEST_BACKUP, OLDEST_REHEARSAL = timedelta(days=2), timedelta(days=100)
"""A back-up is made every day and rehearsed every three months."""
LATEST_JOB = timedelta(days=2)
LATEST_MAIL = timedelta(hours=2)
FAILING = 3
"""Readings of a source in a row that failed: less often it may be a server that is busy."""
LATEST_SOURCE = timedelta(days=1)
"""A source that should have been read longer ago is read by no process."""
CLOCKS_APART = timedelta(seconds=60)
LEAST_FREE = 1_000_000_000
"""Bytes: less is too little for a database to grow and to be copied."""


class State(StrEnum):
    """The state of what was looked at."""

    WELL = "well"
    WRONG = "wrong"
    UNSEEN = "unseen"


_WELL, _WRONG, _UNSEEN = State.WELL, State.WRONG, State.UNSEEN
STATES: Mapping[str, State] = {
    "database_well": _WELL, "database_empty": _WRONG, "database_older": _WRONG,
    "database_unreachable": _WRONG, "database_unfinished": _WRONG,
    "clock_well": _WELL, "clock_fixed": _WRONG, "clock_apart": _WRONG, "clock_day": _WRONG,
    "cleaning_well": _WELL, "cleaning_late": _WRONG,
    "job_well": _WELL, "job_never": _WRONG, "job_late": _WRONG,
    "disk_well": _WELL, "disk_full": _WRONG, "disk_unseen": _UNSEEN,
    "cache_well": _WELL, "cache_open": _WRONG, "cache_unusable": _WRONG, "pool_failed": _WRONG,
    "restore_left": _WRONG, "backup_well": _WELL, "backup_never": _WRONG, "backup_late": _WRONG,
    "rehearsal_well": _WELL, "rehearsal_never": _WRONG, "rehearsal_late": _WRONG,
    "journal_well": _WELL, "journal_none": _WRONG, "journal_near": _WRONG, "journal_unusable": _WRONG,
    "mail_well": _WELL, "mail_none": _WRONG, "mail_never": _UNSEEN,
    "waiting_well": _WELL, "waiting_long": _WRONG, "refused_some": _WRONG, "held_some": _WRONG,
    "spf_well": _WELL, "spf_none": _WRONG, "spf_several": _WRONG, "spf_unseen": _UNSEEN,
    "dkim_well": _WELL, "dkim_none": _WRONG, "dkim_unseen": _UNSEEN,
    "dmarc_well": _WELL, "dmarc_none": _WRONG, "dmarc_unseen": _UNSEEN,
    "address_well": _WELL, "address_none": _WRONG, "address_plain": _WRONG,
    "proxy_well": _WELL, "proxy_untrusted": _WRONG, "proxy_unseen": _UNSEEN, "proxy_none": _WELL,
    "keys_well": _WELL, "keys_none": _WRONG, "demo_off": _WELL, "demo_on": _WRONG,
    "kernel_c": _WELL, "kernel_numpy": _WELL,
    "sources_well": _WELL, "source_failing": _WRONG, "source_late": _WRONG, "source_held": _WRONG,
    "log_well": _WELL, "log_broken": _WRONG, "workers_unseen": _UNSEEN, "size_well": _WELL,
}  # fmt: skip
"""Every finding there is, by its code: what was looked at, and how it is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `values` fill in its sentence."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """Whether it is in order."""
        return STATES[self.code]


@dataclass(frozen=True, slots=True)
class Site:
    """What the settings say of this installation, and the request that asks, if one does.

    `database`: the file; None for a server. `forwarded`: whether that request came through a proxy that is trusted to
    say for whom; None where no proxy said so, or there is no request. `sender`: the address that mail comes from.
    """

    cache: Path
    database: Path | None = None
    address: str | None = None
    has_fixed_day: bool = False
    has_demo_login: bool = False
    has_keys: bool = False
    kernel: str = "numpy"
    """What makes rankings."""
    has_mail_server: bool = False
    sender: str = ""
    journal: Path | None = None
    forwarded: bool | None = None
    by_page: bool = False
    """Whether a page asks."""
    limits: JobLimits = field(default_factory=JobLimits)


def examine(app: StoreApp, asker: Asker, site: Site, resolver: Resolver, *, whole_log: bool = False) -> list[Finding]:
    """Everything that was looked at. `whole_log`: recomputes every seal of the log too. Raises Forbidden.

    Writes nothing. The resolver is asked after the database was read.
    """
    asker.scope(Action.HEALTH_READ)
    findings: list[Finding] = []
    try:
        facts = app.store.describe()
        findings += _database(facts)
        if facts.version == facts.known:
            with app.store.read() as records:
                findings += [*_clock(records, facts, site), _cleaning(records, facts)]
                findings += [*_copies(records), *_mail(records, site), *_sources(records)]
                if whole_log:
                    findings.append(_log(records))
        if facts.version is not None:
            findings.append(_size(facts))
        size = facts.size
    except StoreUnavailable as error:
        findings.append(Finding("database_unreachable", {"code": error.code}))
        size = 0
    findings += [*_disk(site, size), *_journal(site), *_settings(site), *_names(site, resolver)]
    findings.append(Finding("workers_unseen"))
    return findings


def _database(facts: DatabaseFacts) -> Iterator[Finding]:
    if facts.is_unfinished:
        yield Finding("database_unfinished")
    if facts.version is None:
        yield Finding("database_empty")
    else:
        code = "database_well" if facts.version == facts.known else "database_older"
        yield Finding(code, {"version": facts.version, "known": facts.known})


def _clock(records: Records, facts: DatabaseFacts, site: Site) -> Iterator[Finding]:
    apart = abs(facts.now - records.now) if facts.now else timedelta(0)
    if site.has_fixed_day:
        yield Finding("clock_fixed", {"day": records.today})
    elif apart > CLOCKS_APART:
        yield Finding("clock_apart", {"seconds": round(apart.total_seconds())})
    elif any(refusal.code.startswith("job_day") for refusal in jobs.refusals(records, site.limits, 0)):
        yield Finding("clock_day", {"day": records.today})
    else:
        yield Finding("clock_well", {"moment": records.now.astimezone(ZONE)})
    last = jobs.last_day(records)
    if last is None:
        yield Finding("job_never")
    else:
        yield Finding("job_late" if records.today - last > LATEST_JOB else "job_well", {"day": last})


def _cleaning(records: Records, facts: DatabaseFacts) -> Finding:
    """Whether files still hold what was erased or overwritten longer ago than the daily job takes to come round."""
    if facts.uncleaned is None or records.now - facts.uncleaned < LATEST_JOB:
        return Finding("cleaning_well")
    return Finding("cleaning_late", {"moment": facts.uncleaned.astimezone(ZONE)})


def _copies(records: Records) -> Iterator[Finding]:
    for what, oldest, names in (
        ("backup", OLDEST_BACKUP, (LAST_BACKUP,)),
        ("rehearsal", OLDEST_REHEARSAL, (LAST_REHEARSAL, LAST_RESTORE)),  # what was really restored can be
    ):
        stored = [value for value in map(records.installation.get, names) if value is not None]
        if not stored:
            yield Finding(f"{what}_never")
            continue
        moment = max(datetime.fromisoformat(json.loads(value)["at"]) for value in stored)
        is_late = records.now - moment > oldest
        yield Finding(f"{what}_{'late' if is_late else 'well'}", {"moment": moment.astimezone(ZONE)})


def _mail(records: Records, site: Site) -> Iterator[Finding]:
    if not site.has_mail_server:
        yield Finding("mail_none")
    elif sent := records.outbox.page(states=("sent",), limit=1):
        yield Finding("mail_well", {"moment": aware(sent[0].created_at).astimezone(ZONE)})
    else:
        yield Finding("mail_never")
    counts, due = records.outbox.count(), records.deliveries.next_due()
    waits = due is not None and records.now - due > LATEST_MAIL
    yield Finding("waiting_long" if waits else "waiting_well", {"count": counts["waiting"]})
    for state in ("refused", "held"):
        if counts[state]:
            yield Finding(f"{state}_some", {"count": counts[state]})


def _sources(records: Records) -> Iterator[Finding]:
    """Sources that wait for a person, that fail, or that were not read when they should; none that is off."""
    now, last = records.now, records.connectors.last_runs()
    kept = [one for one in records.connectors.all() if one.is_on or not one.url]
    wrong = 0
    for one in kept:
        run = last.get(one.key)
        values: dict[str, object] = {"source": one.name, "read": aware(run.ran_at).astimezone(ZONE) if run else None}
        since, code = one.failing_since or one.tried_at or one.created_at, ""
        if one.held is not None:
            since, code = datetime.fromisoformat(one.held["at"]), "source_held"
            values |= {name: one.held[name] for name in ("before", "now")}
        elif one.failures >= FAILING:
            code = "source_failing"
            values |= {"count": one.failures, "problem": one.problem}
        elif one.next_at is not None and now - aware(one.next_at) > LATEST_SOURCE:
            since, code = one.next_at, "source_late"
        if code:
            wrong += 1
            yield Finding(code, values | {"moment": aware(since).astimezone(ZONE)})
    if kept and not wrong:
        yield Finding("sources_well", {"count": len(kept)})


def _log(records: Records) -> Finding:
    verdict = records.audit.verify()
    if verdict.wrong is None:
        return Finding("log_well", {"count": verdict.entries})
    return Finding("log_broken", {"number": verdict.wrong})


def _size(facts: DatabaseFacts) -> Finding:
    values = {"megabytes": facts.size / 1e6, "rows": facts.rows, "table": facts.largest, "most": facts.largest_rows}
    return Finding("size_well", values)


def _disk(site: Site, size: int) -> Iterator[Finding]:
    places = {"database": site.database.absolute().parent if site.database else None, "cache": site.cache}
    for name, folder in places.items():
        existing = None if folder is None else _existing(folder)
        if existing is None:
            yield Finding("disk_unseen", {"place": name})
            continue
        free = shutil.disk_usage(existing).free
        code = "disk_full" if free < max(LEAST_FREE, 2 * size) else "disk_well"
        yield Finding(code, {"place": name, "megabytes": free // 1_000_000})
    if site.database is not None and any(copies_beside(site.database.absolute())):
        yield Finding("restore_left")
    if site.cache.is_dir():
        if not os.access(site.cache, os.W_OK | os.X_OK):
            yield Finding("cache_unusable")
        else:
            is_open = bool(site.cache.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP))
            yield Finding("cache_open" if is_open else "cache_well")
        failure = last_failure(site.cache)
        if failure is not None:
            yield Finding("pool_failed", {"moment": failure.at.astimezone(ZONE), "error": failure.error})


def _existing(folder: Path) -> Path | None:
    """The folder, or the nearest one above it that is there."""
    return next((one for one in (folder.absolute(), *folder.absolute().parents) if one.is_dir()), None)


def _journal(site: Site) -> Iterator[Finding]:
    journal = site.journal
    if journal is None:
        yield Finding("journal_none")
    elif not os.access(journal if journal.exists() else journal.absolute().parent, os.W_OK):
        yield Finding("journal_unusable")
    elif site.database is not None and site.database.absolute().parent in journal.absolute().parents:
        yield Finding("journal_near")
    else:
        yield Finding("journal_well")


def _settings(site: Site) -> Iterator[Finding]:
    if site.address is None:
        yield Finding("address_none")
    else:
        yield Finding("address_well" if site.address.startswith("https://") else "address_plain")
    if site.forwarded is None:
        yield Finding("proxy_none" if site.by_page else "proxy_unseen")
    else:
        yield Finding("proxy_well" if site.forwarded else "proxy_untrusted")
    yield Finding("keys_well" if site.has_keys else "keys_none")
    yield Finding(f"kernel_{site.kernel}")
    yield Finding("demo_on" if site.has_demo_login or site.has_fixed_day else "demo_off")


def _names(site: Site, resolver: Resolver) -> Iterator[Finding]:
    """What DNS says to those who receive our mail."""
    domain = site.sender.rpartition("@")[2].strip(" >").lower()
    if not domain:
        return
    values = {"domain": domain}
    texts = resolver.texts(domain)
    policies = [one for one in texts or () if one.lower().split()[:1] == ["v=spf1"]]
    if texts is None:
        yield Finding("spf_unseen", values)
    else:
        yield Finding({0: "spf_none", 1: "spf_well"}.get(len(policies), "spf_several"), values)
    # a name that does not exist has no name below it either (RFC 8020), whatever the selector of the mail server is
    exists = resolver.exists(f"_domainkey.{domain}")
    yield Finding({None: "dkim_unseen", True: "dkim_well", False: "dkim_none"}[exists], values)
    answers = [resolver.texts(f"_dmarc.{name}") for name in _with_parents(domain)]
    if any(one.lower().startswith("v=dmarc1") for answer in answers for one in answer or ()):
        yield Finding("dmarc_well", values)
    else:
        yield Finding("dmarc_unseen" if None in answers else "dmarc_none", values)


def _with_parents(domain: str) -> list[str]:
    """The domain, and those above it but for the top: `mail.school.nl`, `school.nl`."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]
