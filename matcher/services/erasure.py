"""Erasing alumni (AVG 17), with proof: at the alumnus's own request, or by the daily job once a term is over.

Everything of an alumnus goes in one transaction with its note; what was derived from it goes right after that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from matcher.domain.records import Alumnus, RecordKind
from matcher.policy import Action, Asker, Scope
from matcher.pool.build import texts_of
from matcher.repositories import Records, Transaction
from matcher.services import lookup
from matcher.services.app import App

StillDue = Callable[[Transaction, int], bool]
"""Whether an alumnus, by random key, is still due for erasure: checked in the transaction that erases."""


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure and its proof.

    `found_in`: the places where an erased person was still found afterwards; empty if all is well. `keys`: the random
    keys of the alumni that it erased.
    """

    revision: int
    found_in: tuple[str, ...]
    keys: tuple[int, ...] = ()


def erase(app: App, asker: Asker, alumnus_id: str | None = None, *, school: str | None = None) -> Erased:
    """AVG 17: record, contact details, consents, accounts, links, ledger and vectors, then pool and snapshot.

    The proof searches for what was erased: in the tables by key, by id and by address, in the pool, among the vectors,
    and in an index on other machines. If another alumnus has the same text, its vector is encoded again. Raises
    Forbidden, UnknownId, AmbiguousId.
    """
    with app.store.read() as records:
        alumnus = lookup.alumnus(records, asker, Action.PERSON_ERASE, alumnus_id, school)
    return _erase(app, asker, [alumnus.key], None)


def erase_records(app: App, asker: Asker, keys: Sequence[int], *, still_due: StillDue | None = None) -> Erased:
    """Erases alumni whose term is over, by random key, each in a transaction; derived state is brought up to date once.

    `still_due` is checked in the transaction that erases: an alumnus who answered meanwhile stays. For an alumnus who
    was already erased, the proof still runs. Raises Forbidden.
    """
    if asker.scope(Action.RETENTION_RUN) is not Scope.ALL:
        raise asker.refusal(Action.RETENTION_RUN)
    return _erase(app, asker, keys, still_due)


@dataclass(frozen=True, slots=True)
class _Traces:
    """What would identify an alumnus after an erasure. `alumnus` None: erased earlier."""

    key: int
    alumnus: Alumnus | None = None
    email: str | None = None
    texts: tuple[str, ...] = ()


def _erase(app: App, asker: Asker, keys: Sequence[int], still_due: StillDue | None) -> Erased:
    app.engine.current.recall()
    erased = [traces for key in keys if (traces := _erase_alumnus(app, asker, key, still_due)) is not None]
    hashes = [hash_ for traces in erased for hash_ in traces.texts]
    erased_keys = [traces.key for traces in erased]
    pool, vectors = app.engine.current.forget_past(hashes)
    with app.store.read() as records:
        remains = _remains(records, erased)
    remains |= {
        "pool": [key for key in erased_keys if key in pool.person_row],
        "vectors": vectors,
        "index": app.engine.indexes.forget(erased_keys),
    }
    found_in = tuple(where for where, rows in remains.items() if rows)
    return Erased(pool.revision, found_in, tuple(traces.key for traces in erased if traces.alumnus is not None))


def _erase_alumnus(app: App, asker: Asker, key: int, still_due: StillDue | None) -> _Traces | None:
    """Erases one alumnus; None where that is no longer due."""

    def work(tx: Transaction) -> _Traces | None:
        alumnus = cast("Alumnus | None", tx.records.by_key(RecordKind.ALUMNI, [key]).get(key))
        if alumnus is None:
            return _Traces(key)
        if still_due is not None and not still_due(tx, key):
            return None
        contact = tx.people.contact(key)
        texts = tuple(texts_of([alumnus], []))
        tx.people.erase(key, texts)
        return _Traces(key, alumnus, contact.email if contact else None, texts)

    return app.store.write(work, by=asker)


def _remains(records: Records, erased: Sequence[_Traces]) -> dict[str, Sequence[object]]:
    """What the tables still hold of erased alumni, by where it was found."""
    keys = [traces.key for traces in erased]
    addresses = {traces.key: traces.email for traces in erased if traces.email}
    names = [(traces.key, traces.alumnus.alumnus_id, traces.alumnus.school) for traces in erased if traces.alumnus]
    find, people = records.records.find, records.people
    return {
        "alumni": list(records.records.by_key(RecordKind.ALUMNI, keys)),
        "ids": [key for key, id_, school in names if find(RecordKind.ALUMNI, id_, school)],
        "contacts": [key for key in keys if people.contact(key)],
        "addresses": [key for key, email in addresses.items() if key in dict(people.with_email(email))],
        "requests": [key for key, email in addresses.items() if people.requests_asked_by(email)],
        "consents": [key for key in keys if records.consents.of(key)],
        "ledger": records.ledger.of(*keys),
    }
