"""Browsing without a ranking: lists by page, the alumni and courses that a page searches, and what is open now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar, cast

from matcher.domain.answers import Ranking
from matcher.domain.kinds import RequestKind
from matcher.domain.records import Alumnus, Offering, Record, RecordKind, Request, can_be_joined
from matcher.errors import UnknownId
from matcher.policy import Action, Asker
from matcher.services import admission, directory, lookup, own_fields
from matcher.services.app import App, StoreApp
from matcher.services.directory import Directory, Filter, Person
from matcher.services.requests import open_requests
from matcher.text import fold

Item_co = TypeVar("Item_co", covariant=True)
_LISTS: Mapping[RecordKind, Action] = {
    RecordKind.ALUMNI: Action.ALUMNI_LIST,
    RecordKind.REQUESTS: Action.REQUESTS_LIST,
    RecordKind.OFFERINGS: Action.OFFERINGS_LIST,
}


@dataclass(frozen=True, slots=True)
class Page(Generic[Item_co]):
    """A part of a list, and how many items there are on all pages together."""

    items: Sequence[Item_co]
    total: int
    own: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    """Of alumni, by random key, what they have of own fields that are not personal; by name of the field."""


@dataclass(frozen=True, slots=True)
class PeoplePage(Page[Person]):
    """A page of alumni, and the sectors of all that pass the filter, by name."""

    sectors: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list: `size` items from page `number`, which counts from 1."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """The position of its first item."""
        return (self.number - 1) * self.size


def page(app: StoreApp, asker: Asker, kind: RecordKind, part: Slice, owner: str | None = None) -> Page[Record]:
    """Records by owner and id, without contact details; of the asker's school, or the named one.

    Alumni must have agreed to advice, unless the asker sees the register; those on the page are logged.
    Raises Forbidden, UnknownId.
    """
    owner = asker.owner(_LISTS[kind], owner)
    kinds = asker.kinds() if kind is RecordKind.REQUESTS else None
    agreed = admission.agreement(app, asker) if kind is RecordKind.ALUMNI else None
    with app.store.read() as reading:
        records = reading.records
        listed = Page(
            records.page(kind, owner, part.start, part.size, kinds=kinds, agreed=agreed),
            records.count(kind, owner, kinds=kinds, agreed=agreed),
        )
    if kind is RecordKind.ALUMNI:
        keys = [record.key for record in listed.items]
        _note_list(app, asker, keys)
        return replace(listed, own=own_fields.shown(app, asker, keys))
    return listed


def _note_list(app: StoreApp, asker: Asker, keys: Sequence[int]) -> None:
    """Logs that these alumni are about to be listed, without names. An empty page is not logged."""
    if keys:
        app.store.write(lambda tx: tx.note(Action.ALUMNI_LIST, {"alumni": sorted(keys)}), by=asker)


def open_page(app: App, asker: Asker, part: Slice, kinds: Collection[RequestKind] | None = None) -> Page[Request]:
    """The asker's requests that are open today, `kinds`: only these, those that close first come first.

    Raises Forbidden.
    """
    school = asker.owner(Action.REQUESTS_LIST)
    shown_kinds = asker.kinds() if kinds is None else asker.kinds() & set(kinds)
    keys = open_requests(app.engine.current.pool(), app.clock.today(), shown_kinds, school)
    shown = keys[part.start : part.start + part.size]
    with app.store.read() as records:
        requests = cast("dict[int, Request]", records.records.by_key(RecordKind.REQUESTS, shown))
    return Page([requests[key] for key in shown if key in requests], len(keys))


def people(app: StoreApp, asker: Asker, alumni: Directory, wanted: Filter, part: Slice) -> PeoplePage:
    """A page of the alumni that pass a filter, of the asker's school or the school in the filter.

    They must have agreed to advice, unless the asker sees the register; those on the page are logged.
    Raises Forbidden, UnknownId.
    """
    owner, agreed = asker.owner(Action.ALUMNI_LIST, wanted.school), admission.agreement(app, asker)
    matches = alumni.search(wanted, owner, agreed_since=agreed.since if agreed else None)
    items = matches[part.start : part.start + part.size]
    _note_list(app, asker, [person.key for person in items])
    own = own_fields.shown(app, asker, [person.key for person in items])
    return PeoplePage(items, len(matches), own, directory.sectors(matches))


def courses(
    app: StoreApp, asker: Asker, offerings: Sequence[Offering], *, words: str = "", town: str = ""
) -> list[Offering]:
    """The courses that are open for enrolment and contain every word, in the order of `offerings`. Raises Forbidden."""
    owner, today = asker.owner(Action.OFFERINGS_LIST), app.clock.today()
    folded_words, folded_town = fold(words).split(), fold(town.strip())
    return [
        offering
        for offering in offerings
        if (owner is None or offering.provider == owner)
        and can_be_joined(offering, today)
        and all(any(word in text for text in _texts(offering)) for word in folded_words)
        and folded_town in fold(offering.town or "")
    ]


def _texts(offering: Offering) -> Iterator[str]:
    texts = (offering.title, offering.provider, offering.description or "", *offering.skills)
    return (fold(text) for text in texts)


def request(app: StoreApp, asker: Asker, request_id: str, school: str | None = None) -> Request:
    """A request for which the asker may search alumni. Raises Forbidden, UnknownId, AmbiguousId."""
    with app.store.read() as records:
        return lookup.request(records, asker, Action.MATCH, request_id, school)


def alumnus(app: StoreApp, asker: Asker, alumnus_id: str | None, school: str | None = None) -> Alumnus:
    """An alumnus whom the asker may advise; without an id the asking alumnus.

    Raises Forbidden, UnknownId, AmbiguousId.
    """
    return admission.advised(app, asker, alumnus_id, school)[0]


def recommended(app: StoreApp, asker: Asker, ranking: Ranking) -> Mapping[int, Record]:
    """The courses or requests of a ranking for an alumnus, by random key; empty for a ranking of alumni.

    Raises Forbidden.
    """
    if ranking.query.kind != "alumnus" or not ranking.matches:
        return {}
    asker.scope(Action.RECOMMEND)
    kind = RecordKind.OFFERINGS if ranking.matches[0].kind == "offering" else RecordKind.REQUESTS
    with app.store.read() as records:
        return records.records.by_key(kind, [match.key for match in ranking.matches])


def schools(app: StoreApp, asker: Asker) -> Sequence[str]:
    """The schools that an asker may choose from."""
    return directory.schools(app.store) if asker.school is None else (asker.school,)


def owner_named(app: StoreApp, asker: Asker, name: str) -> str:
    """A school, employer or provider as it is spelled here. Raises UnknownId where it has no record here."""
    del asker  # names of organisations are no secret
    with app.store.read() as records:
        owner = lookup.owner_named(records, name)
    if owner is None:
        raise UnknownId("unknown_school", school=name)
    return owner


def revision(app: StoreApp, asker: Asker) -> int:
    """The newest data revision, which anyone may see: it reveals nothing about a person."""
    del asker
    with app.store.read() as records:
        return records.changes.revision()
