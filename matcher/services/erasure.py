"""Erasing alumni (AVG 17), with proof: at the alumnus's own request, or by the daily job once a term is over.

Everything of an alumnus goes in one transaction with its note; what was derived from it goes right after that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import cast

from matcher.domain.records import Alumnus, Contact, RecordKind, whole_name
from matcher.errors import OtherNumbers, StoreError
from matcher.policy import Action, Asker, Role, Scope
from matcher.pool.build import texts_of
from matcher.pool.snapshot import files_in
from matcher.ports import Cleanness, Place
from matcher.repositories import Records, Transaction
from matcher.repositories.values import Mention, OtherNumber
from matcher.services import lookup
from matcher.services.app import App
from matcher.traces import NOTHING, SHORTEST, Traces

RECENTLY = timedelta(days=7)
"""A process that was not seen for longer may be gone for ever: its folder is named, and not waited for."""

_MOST_NAMED = 20
"""Records that are named, of those in which someone else wrote of the alumnus."""
StillDue = Callable[[Transaction, int], bool]
"""Whether an alumnus, by random key, is still due for erasure: checked in the transaction that erases."""


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure and its proof.

    `found_in`: the places where an erased person was still found afterwards; empty if all is well. `keys`: the random
    keys of the alumni that it erased. `places`: how each file and folder is. `others`: alumni that may be the same
    person and still exist, as far as the asker may erase them too.
    """

    revision: int
    found_in: tuple[str, ...]
    keys: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()
    others: tuple[OtherNumber, ...] = ()

    @property
    def unfinished(self) -> tuple[Place, ...]:
        """The places that may still hold the person until something finishes them."""
        return tuple(place for place in self.places if place.state is Cleanness.UNFINISHED)

    @property
    def unseen(self) -> tuple[Place, ...]:
        """The places that cannot be seen from here."""
        return tuple(place for place in self.places if place.state is Cleanness.UNSEEN)


def others(app: App, asker: Asker, alumnus_id: str | None = None, *, school: str | None = None) -> list[OtherNumber]:
    """The alumni that may be the same person under another number, of those that the asker may erase as well.

    An alumnus sees those with the own e-mail address. Raises Forbidden, UnknownId, AmbiguousId.
    """
    with app.store.read() as records:
        alumnus = lookup.alumnus(records, asker, Action.PERSON_ERASE, alumnus_id, school)
        return _others(records, asker, alumnus.key)


def _others(records: Records, asker: Asker, key: int) -> list[OtherNumber]:
    candidates = records.erasures.others(key)
    match asker.scope(Action.PERSON_ERASE):
        case Scope.ALL:
            return candidates
        case Scope.SELF:  # the address is what the alumnus logged in with; a name may be that of someone else
            return [replace(other, because=("email",)) for other in candidates if "email" in other.because]
        case _:
            return [other for other in candidates if asker.school is None or other.school == asker.school]


def erase(
    app: App,
    asker: Asker,
    alumnus_id: str | None = None,
    *,
    school: str | None = None,
    unless_others: bool = False,
) -> Erased:
    """AVG 17: record, contact details, consents, accounts, links, ledger and vectors, then pool, snapshots and files.

    The proof searches for what was erased: in the tables by key, by id and by address, in the pool, among the vectors,
    in an index on other machines, and in the files of the database and of this process; it names what it cannot see.
    If another alumnus has the same text, its vector is encoded again. `unless_others`: erases no one where an alumnus
    exists that may be the same person. Raises Forbidden, UnknownId, AmbiguousId, OtherNumbers.
    """
    with app.store.read() as records:
        alumnus = lookup.alumnus(records, asker, Action.PERSON_ERASE, alumnus_id, school)
        origin, same = records.changes.origin(), _others(records, asker, alumnus.key)

    def may_go_on(tx: Transaction, key: int) -> bool:
        nonlocal same
        if tx.changes.origin() != origin:
            same = _others(tx, asker, key)
        if same and unless_others:
            raise OtherNumbers("other_numbers", choices=[f"{other.alumnus_id} ({other.school})" for other in same])
        return True

    erased = _erase(app, asker, [alumnus.key], may_go_on)
    return replace(erased, others=tuple(same))


def erase_records(app: App, asker: Asker, keys: Sequence[int], *, still_due: StillDue | None = None) -> Erased:
    """Erases alumni whose term is over, by random key, each in a transaction; derived state is brought up to date once.

    `still_due` is checked in the transaction that erases: an alumnus who answered meanwhile stays. For an alumnus who
    was already erased, the proof still runs. Raises Forbidden.
    """
    asker.need_all(Action.RETENTION_RUN)
    return _erase(app, asker, keys, still_due, large=True)


def finish(app: App, *, large: bool = True) -> tuple[Place, ...]:
    """Finishes what erasures and corrections of any process left: in files of the database, and in this one's folder.

    Returns what is known of each place that had something to finish.
    """
    cache = [] if app.engine.current.finish() else [Place("cache_not_removed", Cleanness.UNFINISHED)]
    places = (*_clean(app, None, large=large), *cache)
    return (*places, *(_behind(app) if places else ()))


@dataclass(frozen=True, slots=True)
class _Traces:
    """What would identify an alumnus after an erasure. `alumnus` None: erased earlier."""

    key: int
    alumnus: Alumnus | None = None
    email: str | None = None
    texts: tuple[str, ...] = ()
    words: Traces = NOTHING
    uploads: int = 0
    """Kept files of the school that went too: they may hold the alumnus, and cannot be searched."""
    names: tuple[str, ...] = ()
    """The whole name, the address and the telephone number: what someone else may have written down."""


def _erase(app: App, asker: Asker, keys: Sequence[int], still_due: StillDue | None, *, large: bool = False) -> Erased:
    current = app.engine.current
    current.recall()
    erased = [traces for key in keys if (traces := _erase_alumnus(app, asker, key, still_due)) is not None]
    hashes = [hash_ for traces in erased for hash_ in traces.texts]
    erased_keys = [traces.key for traces in erased]
    words = reduce(or_, (traces.words for traces in erased), NOTHING)
    try:
        pool, vectors = current.forget_past(hashes)
    finally:
        finished = current.finish()
    with app.store.read() as records:
        remains = _remains(records, erased)
        mentions = tuple(_mentions(records, asker, erased))
    cleaned = _clean(app, words, large=large)
    uploads = [Place("uploads", Cleanness.CLEAN)] if any(traces.uploads for traces in erased) else []
    places = (*cleaned, _cache(app, words, finished=finished), *uploads, *_behind(app), *mentions, _BACKUPS)
    remains |= {
        "pool": [key for key in erased_keys if key in pool.person_row],
        "vectors": vectors,
        "index": app.engine.indexes.forget(erased_keys),
        "answers": app.engine.remembered.holding(erased_keys),
    }
    remains |= {place.code: [place] for place in places if place.state is Cleanness.FOUND}
    found_in = tuple(where for where, rows in remains.items() if rows)
    erased_now = tuple(traces.key for traces in erased if traces.alumnus is not None)
    return Erased(pool.revision, found_in, erased_now, places)


_BACKUPS = Place("backups", Cleanness.UNSEEN)


def _clean(app: App, words: Traces | None, *, large: bool) -> tuple[Place, ...]:
    """Cleans and searches the files of the database; the erasure itself is committed, so that a failure is a place."""
    try:
        return app.store.clean(words, large=large)
    except StoreError as error:
        return (Place("not_cleaned", Cleanness.UNFINISHED, {"problem": error.code}),)


def _cache(app: App, words: Traces, *, finished: bool) -> Place:
    """Whether the snapshots of this process still hold the person."""
    folder = app.engine.current.snapshots.folder
    if not finished:
        return Place("cache_not_removed", Cleanness.UNFINISHED)
    try:
        found = folder is not None and app.store.search(words, files_in(folder))
    except OSError:
        return Place("cache_unreadable", Cleanness.UNSEEN)
    return Place("cache", Cleanness.FOUND if found else Cleanness.CLEAN)


def _behind(app: App) -> Iterator[Place]:
    """The folders of other processes that have not done their part of the erasure."""
    recently = app.clock.today() - RECENTLY
    folders = app.store.cache_folders.behind(but=app.engine.current.snapshots.name)
    for code, state, is_active in (
        ("folders_behind", Cleanness.UNFINISHED, True),
        ("folders_gone", Cleanness.UNSEEN, False),
    ):
        days = [folder.seen_on for folder in folders if (folder.seen_on >= recently) is is_active]
        if days:
            yield Place(code, state, {"count": len(days), "day": max(days)})


def _mentions(records: Records, asker: Asker, erased: Sequence[_Traces]) -> Iterator[Place]:
    """Records of others that name an erased alumnus: only a person can tell what should stand there instead.

    Named as far as the asker may know them; of an alumnus that asks none.
    """
    found = records.erasures.mentions(name for traces in erased for name in traces.names)
    named = [one for one in found if asker.role is not Role.ALUMNUS and _is_known(one, asker)]
    if named:
        listed = [f"{one.id} ({one.owner})" if one.owner else one.id for one in named[:_MOST_NAMED]]
        more = ["..."] if len(named) > _MOST_NAMED else []
        yield Place("mentioned", Cleanness.UNFINISHED, {"count": len(named), "records": ", ".join([*listed, *more])})
    if len(named) < len(found):
        yield Place("mentioned_elsewhere", Cleanness.UNFINISHED, {"count": len(found) - len(named)})


def _is_known(mention: Mention, asker: Asker) -> bool:
    return mention.kind is RecordKind.OFFERINGS or asker.school is None or mention.owner == asker.school


def _erase_alumnus(app: App, asker: Asker, key: int, still_due: StillDue | None) -> _Traces | None:
    """Erases one alumnus; None where that is no longer due."""

    def work(tx: Transaction) -> _Traces | None:
        alumnus = cast("Alumnus | None", tx.records.by_key(RecordKind.ALUMNI, [key]).get(key))
        if alumnus is None:
            return _Traces(key, words=Traces(frozenset({key})))
        if still_due is not None and not still_due(tx, key):
            return None
        contact = tx.people.contact(key)
        texts = tuple(texts_of([alumnus], []))
        words = tx.erasures.traces(key) | Traces(words=frozenset(texts))
        uploads = len(tx.uploads.page(schools=("", alumnus.school), limit=None))
        tx.people.erase(key, texts)
        email = contact.email if contact else None
        return _Traces(key, alumnus, email, texts, words, uploads, tuple(_names(contact)))

    return app.store.write(work, by=asker)


def _names(contact: Contact | None) -> Iterator[str]:
    if contact is None:
        return
    plain = whole_name(contact.first_name, contact.last_name) if contact.first_name and contact.last_name else ""
    whole = contact.name if plain else ""
    found = dict.fromkeys((whole, plain, contact.email, contact.phone))
    yield from (name for name in found if name and len(name) >= SHORTEST)


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
        "ledger": records.ledger.entries(*keys),
    }
