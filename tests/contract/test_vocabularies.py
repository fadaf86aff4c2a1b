"""Vocabularies and decisions, on each database: what is in use, and what was at an earlier moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from matcher.concepts.scheme import digest_of
from matcher.domain.concepts import Decision
from matcher.repositories.vocabularies import KeptVocabulary
from matcher.store.sql_store import SqlStore
from tests.support.concepts import METAL, SCHEME, TALK
from tests.support.fakes import FixedClock
from tests.support.stores import reading, revision, writing

CONTENT = SCHEME.to_bytes()
ESCO = KeptVocabulary(
    "esco", "1.2", "https://bron.example", "CC BY 4.0", digest_of(CONTENT), 5, 2, datetime(2027, 1, 1)
)
LATER = b"other content"


def kept(store: SqlStore, at: datetime | None = None) -> list[tuple[str, str]]:
    return [(one.name, one.version) for one in reading(store).vocabularies.in_use(at)]


def next_day(clock: FixedClock) -> datetime:
    """A day later; returns the moment before (UTC)."""
    before = clock.now().replace(tzinfo=None)
    clock.day += timedelta(days=1)
    return before


def test_the_newest_of_a_name_is_in_use_and_earlier_ones_can_be_told(store: SqlStore, clock: FixedClock) -> None:
    assert kept(store) == []
    at_first = revision(store)
    writing(store).vocabularies.keep(ESCO, CONTENT)
    assert revision(store) == at_first + 1
    first = next_day(clock)
    other = KeptVocabulary(
        "competentnl", "2027", "https://n.example", "open", digest_of(LATER), 3, 0, datetime(2027, 1, 1)
    )
    writing(store).vocabularies.keep(other, LATER)
    second = next_day(clock)
    writing(store).vocabularies.keep(KeptVocabulary("esco", "1.3", "", "", digest_of(LATER), 1, 0, second), LATER)
    third = next_day(clock)
    assert writing(store).vocabularies.stop("esco")
    assert not writing(store).vocabularies.stop("esco")
    assert kept(store) == [("competentnl", "2027")]
    assert kept(store, third) == [("competentnl", "2027"), ("esco", "1.3")]
    assert kept(store, second) == [("competentnl", "2027"), ("esco", "1.2")]
    assert kept(store, first) == [("esco", "1.2")]
    assert reading(store).vocabularies.content(ESCO.digest) == CONTENT
    with pytest.raises(KeyError):
        reading(store).vocabularies.content("none")


def test_a_decision_counts_until_it_is_taken_back(store: SqlStore, clock: FixedClock) -> None:
    vocabularies = writing(store).vocabularies
    denied = Decision("Noord", "lassen", METAL, confirmed=False)
    other = Decision("Zuid", "lassen", METAL, confirmed=True)
    vocabularies.decide(other)
    vocabularies.decide(denied)
    assert reading(store).vocabularies.decisions() == [denied, other]
    first = next_day(clock)
    confirmed = Decision("Noord", "lassen", METAL, confirmed=True)
    vocabularies.decide(confirmed)
    assert reading(store).vocabularies.decisions() == [confirmed, other]
    second = next_day(clock)
    assert vocabularies.take_back("Noord", "lassen", METAL)
    assert not vocabularies.take_back("Noord", "lassen", METAL)
    assert not vocabularies.take_back("Noord", "lassen", TALK)
    assert reading(store).vocabularies.decisions() == [other]
    assert reading(store).vocabularies.decisions(second) == [confirmed, other]
    assert reading(store).vocabularies.decisions(first) == [denied, other]


def test_a_reading_writes_nothing(store: SqlStore) -> None:
    vocabularies = reading(store).vocabularies
    for work in (
        lambda: vocabularies.keep(ESCO, CONTENT),
        lambda: vocabularies.stop("esco"),
        lambda: vocabularies.decide(Decision("Noord", "lassen", METAL, confirmed=True)),
        lambda: vocabularies.take_back("Noord", "lassen", METAL),
    ):
        with pytest.raises(RuntimeError):
            work()
