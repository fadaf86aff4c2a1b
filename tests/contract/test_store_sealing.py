"""Contact details at rest, on every database: what is in the tables, and how a key takes over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from matcher.domain.records import Contact, RecordKind
from matcher.errors import ConfigurationError
from matcher.policy import COMMAND_LINE
from matcher.repositories.values import Upsert
from matcher.store.encryption import Keyring
from matcher.store.sql_store import SqlStore
from tests.support import fresh, stores
from tests.support.records import FULL, FULL_ALUMNUS, row
from tests.support.stores import open_store, reading, upsert, writing

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
CONTACT = Contact(**{field.name: FULL_ALUMNUS[field.name] for field in fields(Contact)})  # type: ignore[arg-type]


@pytest.fixture
def sealed(database_url: str) -> Iterator[SqlStore]:
    made = open_store(database_url, OLD)
    fresh.migrate(made)
    made.check_keys()
    for kind in RecordKind:
        upsert(made, kind, [row(1, **FULL[kind])])
    yield made
    made.close()


def raw(store: SqlStore) -> str:
    """All of the three tables as it stands there, past the types."""
    names = ("contacts", "requesters", "outbox")
    with store._database.reading() as connection:
        return str([connection.execute(text(f"SELECT * FROM {name}")).all() for name in names])  # noqa: S608


def key_of(store: SqlStore) -> int:
    return next(iter(stores.alumni(store))).key


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
    assert reading(sealed).people.contact(key_of(sealed)) == CONTACT
    (exported,) = reading(sealed).records.stream(RecordKind.ALUMNI, personal=True)
    assert exported.contact == CONTACT  # type: ignore[union-attr]


def test_equal_addresses_are_still_found(sealed: SqlStore) -> None:
    """In another spelling, for a login; and a requester who is also an alumnus is a conflict."""
    key = key_of(sealed)
    assert reading(sealed).people.with_email(" NOOR@example.NL ") == [(key, next(iter(stores.alumni(sealed))).school)]
    request = next(iter(stores.requests(sealed)))
    upsert(
        sealed,
        RecordKind.REQUESTS,
        [Upsert(1, request.request_id, request.school or "", {"requester": "noor@example.nl"})],
    )
    assert list(reading(sealed).conflicts.all()) == [(request.key, key)]


def test_the_same_import_changes_nothing(sealed: SqlStore) -> None:
    """What is encrypted anew each time is still the same."""
    revision = stores.revision(sealed)
    (result,) = upsert(sealed, RecordKind.ALUMNI, [row(1, **FULL_ALUMNUS)])
    assert (result.outcome, stores.revision(sealed)) == ("unchanged", revision)


def test_erased_is_known_again_by_its_address(sealed: SqlStore) -> None:
    """The tombstone does not depend on the key of contact details."""
    writing(sealed).people.erase(key_of(sealed), [])
    (result,) = upsert(sealed, RecordKind.ALUMNI, [Upsert(1, "other", "Other", {"email": CONTACT.email})])
    assert [code for code, _ in result.warnings] == ["erased_before"]


def test_a_new_key_takes_over(sealed: SqlStore, database_url: str) -> None:
    """It must be rotated in before anything goes on; then the old one can go."""
    both = open_store(database_url, NEW, OLD)
    with pytest.raises(ConfigurationError, match="contact_key_new"):
        both.check_keys()
    revision = stores.revision(both)
    mail = both.write(
        lambda tx: tx.outbox.add(key_of(both), "email_changed", address="oud@voorbeeld.example"), by=COMMAND_LINE
    )
    assert both.reseal(by=COMMAND_LINE) == 3
    assert "oud@voorbeeld" not in raw(both)
    both.check_keys()
    assert stores.revision(both) == revision
    alone = open_store(database_url, NEW)
    alone.check_keys()
    assert reading(alone).people.contact(key_of(alone)) == CONTACT
    with alone.read() as records:
        assert [found.address for found in records.outbox.page(key=mail)] == ["oud@voorbeeld.example"]
    assert reading(alone).people.with_email(str(CONTACT.email))
    with pytest.raises(ConfigurationError, match="contact_key_wrong"):
        reading(sealed).people.contact(key_of(sealed))
    for store in (both, alone):
        store.close()


def test_without_its_key_it_is_refused(sealed: SqlStore, database_url: str) -> None:
    """Told at the start, and by whatever reads it all the same."""
    bare = open_store(database_url)
    with pytest.raises(ConfigurationError, match="contact_key_missing"):
        bare.check_keys()
    with pytest.raises(ConfigurationError, match="contact_key_missing"):
        reading(bare).people.contact(key_of(bare))
    bare.close()


def test_a_first_key_on_what_is_there(store: SqlStore, database_url: str) -> None:
    """Data from before there was a key are refused until they are sealed."""
    store.check_keys()
    upsert(store, RecordKind.ALUMNI, [row(1, **FULL_ALUMNUS)])
    assert str(CONTACT.email) in raw(store)
    keyed = open_store(database_url, OLD)
    with pytest.raises(ConfigurationError, match="contact_key_new"):
        keyed.check_keys()
    assert keyed.reseal(by=COMMAND_LINE) == 1
    assert str(CONTACT.email) not in raw(keyed)
    assert reading(keyed).people.contact(key_of(keyed)) == CONTACT
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
