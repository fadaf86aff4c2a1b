"""What is in order with an installation: each finding as it comes and goes, and the sentences of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.dns import DnsResolver
from api.findings import in_words
from matcher.domain.records import RecordKind
from matcher.engine.behind import FAILED
from matcher.locale import LANGUAGES, Language, lookup
from matcher.policy import COMMAND_LINE, Role
from matcher.services import access, backups, health, jobs
from matcher.services.app import WithoutEngine
from matcher.services.health import STATES, Site, State
from matcher.store import schema
from matcher.store.backups import FileBackups
from matcher.store.sql_store import SqlStore
from tests.support import stores
from tests.support.dns import name_server
from tests.support.fakes import FixedClock
from tests.support.ports import free_port
from tests.support.region import store_in
from tests.support.stores import writing
from tests.support.worlds import AS_OF

SILENT = DnsResolver([("127.0.0.1", free_port())], seconds=0.2)
"""Asks a port on which no one answers."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AS_OF)


@pytest.fixture
def store(tmp_path: Path, clock: FixedClock) -> Iterator[SqlStore]:
    made = store_in(tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Nothing is set but the places."""
    return Site(cache=tmp_path / "cache", database=tmp_path / "region.db")


def codes(store: SqlStore, clock: FixedClock, site: Site, resolver: DnsResolver = SILENT, **named: bool) -> set[str]:
    app = WithoutEngine(store, clock)
    return {finding.code for finding in health.examine(app, COMMAND_LINE, site, resolver, **named)}


def test_a_bare_installation_is_told_what_it_lacks(store: SqlStore, clock: FixedClock, site: Site) -> None:
    """No back-up, no journal, no address, no keys, no mail, no job: each is named, and nothing else is wrong."""
    wrong = {code for code in codes(store, clock, site) if STATES[code] is State.WRONG}
    assert wrong == {
        "backup_never", "rehearsal_never", "journal_none", "address_none", "keys_none", "mail_none", "job_never",
    }  # fmt: skip


def test_an_installation_in_order_has_nothing_wrong(
    store: SqlStore, clock: FixedClock, site: Site, tmp_path: Path
) -> None:
    """With all of that done, and the names set, everything that can be seen is well."""
    copies = FileBackups(f"sqlite:///{tmp_path / 'region.db'}", clock)
    app = WithoutEngine(store, clock)
    backups.back_up(app, COMMAND_LINE, copies, tmp_path / "copy.db")
    backups.rehearse(app, COMMAND_LINE, copies, tmp_path / "copy.db", without_journal=True)
    stores.write(store, jobs.record_day)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data").mkdir()
    site.cache.mkdir(mode=0o700)
    full = replace(
        site,
        database=tmp_path / "data" / "region.db",
        address="https://match.school.example",
        has_keys=True,
        has_mail_server=True,
        sender="Alumni <alumni@mail.school.example>",
        journal=tmp_path / "elsewhere" / "journal.jsonl",
        forwarded=True,
    )
    zone = {
        "mail.school.example": ["v=spf1 mx -all", "other"],
        "s1._domainkey.mail.school.example": ["v=DKIM1; k=rsa; p=abc"],
        "_dmarc.school.example": ["v=DMARC1; p=reject"],
    }
    with name_server(zone) as address:
        found = codes(store, clock, full, DnsResolver([address]), whole_log=True)
    assert {code for code in found if STATES[code] is not State.WELL} == {"mail_never", "workers_unseen"}
    assert {"spf_well", "dkim_well", "dmarc_well", "backup_well", "rehearsal_well", "log_well"} <= found


NAMES = {
    "none.example": ([], {"spf_none", "dkim_none", "dmarc_none"}),
    "two.example": (["v=spf1 -all", "v=spf1 mx -all"], {"spf_several", "dkim_none", "dmarc_none"}),
    "spf10.example": (["v=spf10 -all"], {"spf_none", "dkim_none", "dmarc_none"}),
}


@pytest.mark.parametrize("domain", NAMES)
def test_what_dns_says_of_the_sender(store: SqlStore, clock: FixedClock, site: Site, domain: str) -> None:
    """Records that are missing, double or of another version are wrong."""
    texts, expected = NAMES[domain]
    with name_server({domain: texts}) as address:
        found = codes(store, clock, replace(site, sender=f"a@{domain}"), DnsResolver([address]))
    assert {code for code in found if code.split("_")[0] in {"spf", "dkim", "dmarc"}} == expected


def test_without_an_answer_nothing_is_said_of_names(store: SqlStore, clock: FixedClock, site: Site) -> None:
    """No server, or a sender that is no name: it cannot be seen, which is not the same as wrong."""
    for sender in ("a@school.example", "a@" + "x" * 70 + ".example"):
        found = codes(store, clock, replace(site, sender=sender))
        assert {"spf_unseen", "dkim_unseen", "dmarc_unseen"} <= found


def test_what_was_done_long_ago_is_late(store: SqlStore, clock: FixedClock, site: Site, tmp_path: Path) -> None:
    """A back-up of last week, a rehearsal of last year, a job of days ago; and a clock far ahead or back."""
    copies = FileBackups(f"sqlite:///{tmp_path / 'region.db'}", clock)
    app = WithoutEngine(store, clock)
    stores.write(store, jobs.record_day)
    backups.back_up(app, COMMAND_LINE, copies, tmp_path / "copy.db")
    backups.rehearse(app, COMMAND_LINE, copies, tmp_path / "copy.db", without_journal=True)
    clock.advance(timedelta(days=3))
    assert {"backup_late", "job_late", "rehearsal_well", "clock_well"} <= codes(store, clock, site)
    clock.advance(timedelta(days=100))
    assert {"rehearsal_late", "clock_day"} <= codes(store, clock, site)
    clock.advance(timedelta(days=-110))
    assert "clock_day" in codes(store, clock, site)


def test_what_was_erased_must_not_stay_in_files(store: SqlStore, clock: FixedClock, site: Site) -> None:
    """While someone reads, an erasure stays in the log of SQLite: told after two days, and gone once it was cleaned."""
    with store.read() as earlier:
        earlier.changes.origin()
        key = stores.key_of(store, RecordKind.ALUMNI, "A-1", "Noord")
        stores.write(store, lambda tx: tx.people.erase(key, ()))
        assert "cleaning_well" in codes(store, clock, site)
        clock.advance(timedelta(days=2, minutes=1))
        assert "cleaning_late" in codes(store, clock, site)
    store.clean()
    assert "cleaning_well" in codes(store, clock, site)


def test_mail_that_waits_is_held_or_was_refused(store: SqlStore, clock: FixedClock, site: Site) -> None:
    """Two hours of waiting are too many; what was refused or held stands there until a person looks at it."""
    key = stores.key_of(store, RecordKind.ALUMNI, "A-1", "Noord")
    writing(store).outbox.add(key, "invited")
    assert "waiting_well" in codes(store, clock, site)
    clock.advance(timedelta(hours=2, minutes=1))
    assert "waiting_long" in codes(store, clock, site)
    writing(store).outbox.add(key, "invited")
    mail = writing(store).deliveries.take()
    writing(store).deliveries.finish(mail, "refused", problem="recipient_refused 550")
    writing(store).outbox.hold()
    assert {"refused_some", "held_some", "waiting_well"} <= codes(store, clock, site)


def test_settings_of_the_demo_and_of_the_web(store: SqlStore, clock: FixedClock, site: Site) -> None:
    """A fixed day, the demo's login, http, a proxy that is not trusted, and a journal in the database's folder."""
    wrong = replace(
        site,
        address="http://match.school.example",
        has_fixed_day=True,
        has_demo_login=True,
        forwarded=False,
        journal=site.cache.parent / "journal.jsonl",
    )
    found = codes(store, clock, wrong)
    assert {"clock_fixed", "demo_on", "address_plain", "proxy_untrusted", "journal_near"} <= found
    lost = replace(site, journal=site.cache / "none" / "journal.jsonl")
    assert "journal_unusable" in codes(store, clock, lost)


def test_a_cache_that_others_may_read(store: SqlStore, clock: FixedClock, site: Site) -> None:
    """Snapshots are about people: the folder is for the program alone."""
    site.cache.mkdir()
    site.cache.chmod(0o755)
    assert "cache_open" in codes(store, clock, site)
    site.cache.chmod(0o700)
    assert "cache_well" in codes(store, clock, site)


def test_a_pool_that_could_not_be_built(store: SqlStore, clock: FixedClock, site: Site) -> None:
    """The process that could not build it left the name of the error, and nothing else."""
    site.cache.mkdir()
    site.cache.chmod(0o700)
    assert "pool_failed" not in codes(store, clock, site)
    (site.cache / FAILED).write_text("EncoderError")
    found = health.examine(WithoutEngine(store, clock), COMMAND_LINE, site, SILENT)
    (failed,) = (one for one in found if one.code == "pool_failed")
    assert failed.values["error"] == "EncoderError"
    assert all("EncoderError" in in_words(language, failed)[0] for language in LANGUAGES)


@pytest.mark.parametrize("name", [".restoring-0", "region.db.damaged", "region.db.damaged-wal"])
def test_a_copy_beside_the_database_is_noticed(store: SqlStore, clock: FixedClock, site: Site, name: str) -> None:
    """What a killed rehearsal left, or the damaged file that a restore replaced: it holds data of people."""
    assert "restore_left" not in codes(store, clock, site)
    assert site.database is not None
    site.database.with_name(name).mkdir()
    assert "restore_left" in codes(store, clock, site)


def test_a_broken_log_is_noticed(store: SqlStore, clock: FixedClock, site: Site) -> None:
    """Where the whole log is looked at."""
    access.new_token(WithoutEngine(store, clock), COMMAND_LINE, "laptop", Role.COORDINATOR, "Noord")
    store._database.write(lambda c: c.execute(schema.audit.update().values(action="login")) and None)
    assert "log_broken" in codes(store, clock, site, whole_log=True)


def test_a_database_that_is_not_there_is_not_made(clock: FixedClock, site: Site, tmp_path: Path) -> None:
    """An empty place, and a file that is no database, are findings and no errors."""
    for content, code in ((None, "database_empty"), (b"something else" * 100, "database_unreachable")):
        file = tmp_path / "other.db"
        if content:
            file.write_bytes(content)
        store = SqlStore(f"sqlite:///{file}", clock)
        assert code in codes(store, clock, site)
        store.close()
        assert file.exists() is bool(content)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_its_sentences(language: Language) -> None:
    """What is, and, unless all is well, what to do; no sentence is of what is no finding."""
    for code, state in STATES.items():
        assert lookup(language, f"operations.findings.{code}"), code
        assert (lookup(language, f"operations.remedies.{code}") is None) == (state is State.WELL), code
    from matcher.locale import area

    named = {*area(language, "operations")["findings"], *area(language, "operations")["remedies"]}
    assert {name.removesuffix("_one") for name in named} == set(STATES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_can_be_said(store: SqlStore, clock: FixedClock, site: Site, language: Language) -> None:
    """Every value that a sentence needs is there."""
    findings = health.examine(
        WithoutEngine(store, clock), COMMAND_LINE, replace(site, sender="a@b.example"), SILENT, whole_log=True
    )
    for finding in findings:
        text, remedy = in_words(language, finding)
        assert text.endswith(".")
        assert bool(remedy) is (finding.state is not State.WELL)
