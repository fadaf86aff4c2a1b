"""Contact details at rest, on every database: what is in the tables, and how a key takes over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from matcher.domain.records import Contact, RecordKind
from matcher.errors import ConfigurationError
from matcher.policy import COMMAND_LINE
from matcher.ports import Upsert
from matcher.store.encryption import Keyring
from matcher.store.old_doors import OldDoors as SqlStore
from tests.support.records import FULL, FULL_ALUMNUS, TODAY, row

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
CONTACT = Contact(*(FULL_ALUMNUS[name] for name in ("first_name", "last_name", "email", "phone", "postcode")))  # type: ignore[arg-type]


@pytest.fixture
def sealed(database_url: str) -> Iterator[SqlStore]:
    made = SqlStore(database_url, [OLD])
    made.migrate()
    made.check_keys()
    for kind in RecordKind:
        made.upsert(kind, [row(1, **FULL[kind])], today=TODAY)
    yield made
    made.close()


def raw(store: SqlStore) -> str:
    """All of the three tables as it stands there, past the types."""
    names = ("contacts", "requesters", "outbox")
    with store._database.reading() as connection:
        return str([connection.execute(text(f"SELECT * FROM {name}")).all() for name in names])  # noqa: S608


def key_of(store: SqlStore) -> int:
    return next(iter(store.alumni())).key


def test_the_tables_hold_no_name_and_no_address(sealed: SqlStore) -> None:
    """Not in the columns, nor as the key by which addresses are compared; and it is read back as it was."""
    kept = raw(sealed)
    for value in (
        CONTACT.first_name,
        CONTACT.last_name,
        CONTACT.email,
        CONTACT.phone,
        CONTACT.postcode,
        "docent@school",
    ):
        assert str(value).casefold() not in kept.casefold()
    assert sealed.contact(key_of(sealed)) == CONTACT
    (exported,) = sealed.export_rows(RecordKind.ALUMNI)
    assert exported.contact == CONTACT  # type: ignore[union-attr]


def test_equal_addresses_are_still_found(sealed: SqlStore) -> None:
    """In another spelling, for a login; and a requester who is also an alumnus is a conflict."""
    key = key_of(sealed)
    assert sealed.alumni_at(" NOOR@example.NL ") == [(key, next(iter(sealed.alumni())).school)]
    request = next(iter(sealed.requests()))
    sealed.upsert(
        RecordKind.REQUESTS,
        [Upsert(1, request.request_id, request.school or "", {"requester": "noor@example.nl"})],
        today=TODAY,
    )
    assert list(sealed.conflicts()) == [(request.key, key)]


def test_the_same_import_changes_nothing(sealed: SqlStore) -> None:
    """What is encrypted anew each time is still the same."""
    revision = sealed.revision()
    (result,) = sealed.upsert(RecordKind.ALUMNI, [row(1, **FULL_ALUMNUS)], today=TODAY)
    assert (result.outcome, sealed.revision()) == ("unchanged", revision)


def test_erased_is_known_again_by_its_address(sealed: SqlStore) -> None:
    """The tombstone does not depend on the key of contact details."""
    sealed.erase(key_of(sealed), [], today=TODAY)
    (result,) = sealed.upsert(RecordKind.ALUMNI, [Upsert(1, "other", "Other", {"email": CONTACT.email})], today=TODAY)
    assert [code for code, _ in result.warnings] == ["erased_before"]


def test_a_new_key_takes_over(sealed: SqlStore, database_url: str) -> None:
    """It must be rotated in before anything goes on; then the old one can go."""
    both = SqlStore(database_url, [NEW, OLD])
    with pytest.raises(ConfigurationError, match="contact_key_new"):
        both.check_keys()
    revision = both.revision()
    mail = both.write(
        lambda tx: tx.outbox.add(key_of(both), "email_changed", address="oud@voorbeeld.example"), by=COMMAND_LINE
    )
    assert both.reseal(by=COMMAND_LINE) == 3
    assert "oud@voorbeeld" not in raw(both)
    both.check_keys()
    assert both.revision() == revision
    alone = SqlStore(database_url, [NEW])
    alone.check_keys()
    assert alone.contact(key_of(alone)) == CONTACT
    with alone.read() as records:
        assert [found.address for found in records.outbox.page(key=mail)] == ["oud@voorbeeld.example"]
    assert alone.alumni_at(str(CONTACT.email))
    with pytest.raises(ConfigurationError, match="contact_key_wrong"):
        sealed.contact(key_of(sealed))
    for store in (both, alone):
        store.close()


def test_without_its_key_it_is_refused(sealed: SqlStore, database_url: str) -> None:
    """Told at the start, and by whatever reads it all the same."""
    bare = SqlStore(database_url)
    with pytest.raises(ConfigurationError, match="contact_key_missing"):
        bare.check_keys()
    with pytest.raises(ConfigurationError, match="contact_key_missing"):
        bare.contact(key_of(bare))
    bare.close()


def test_a_first_key_on_what_is_there(store: SqlStore, database_url: str) -> None:
    """Data from before there was a key are refused until they are sealed."""
    store.check_keys()
    store.upsert(RecordKind.ALUMNI, [row(1, **FULL_ALUMNUS)], today=TODAY)
    assert str(CONTACT.email) in raw(store)
    keyed = SqlStore(database_url, [OLD])
    with pytest.raises(ConfigurationError, match="contact_key_new"):
        keyed.check_keys()
    assert keyed.reseal(by=COMMAND_LINE) == 1
    assert str(CONTACT.email) not in raw(keyed)
    assert keyed.contact(key_of(keyed)) == CONTACT
    keyed.close()


@pytest.mark.parametrize("key", ["", "kort", "x" * 44, "A" * 42])
def test_what_is_no_key_is_refused(key: str) -> None:
    """By the name of the setting, without the key."""
    with pytest.raises(ConfigurationError, match="ALUMNIMATCH_CONTACT_KEYS") as refused:
        Keyring([key])
    assert not key or key not in str(refused.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_any_text_comes_back(said: str) -> None:
    """Every text, and a digest that is equal for equal texts only."""
    seal = Keyring([OLD])
    assert seal.open(seal.close(said)) == said
    assert seal.digest(said) == seal.digest(said) != seal.digest(said + "x")
