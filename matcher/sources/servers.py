"""What to ask a server of courses, and in which order: catalogues of EDU-DEX, courses and offerings of OOAPI and OEAPI.

Nothing here knows the network: an `Ask` does the asking. What a server answers goes to the readers as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Protocol
from urllib.parse import quote, urlencode

from matcher.errors import InvalidValue
from matcher.sources.feed import Listed, NotListed

CHUNK = 100
"""Programmes of EDU-DEX that are asked for at once."""
PAGE = 250
"""Records on a page: the most that the formats allow."""
MOST_PAGES = 1000
"""Of one list; a server that goes on after that goes round in circles."""
PUBLIC_CLIENT = "public"
LONGEST_AGO = 89
"""Days for which EDU-DEX can tell what changed."""
PLAIN = "application/json"
VERSIONS = (
    ("application/vnd.oeapi+json; version=6.1", True),
    ("application/vnd.oeapi+json; version=6.0", True),
    ("application/vnd.oeapi+json; version=5.0", False),
    (PLAIN, False),
)
"""What is asked for, the newest first, and whether that is v6; one that a server refuses (406) leads to the next."""
NO_FIELDS: Mapping[str, str] = MappingProxyType({})
ORGANISATIONS = ("organisations", "organizations")
"""The list of organisations, under the name of v6, then of v5."""
COLLECTIONS = (
    (("courses",), ("course-offerings", "offerings"), ("courseId",)),
    (("programmes", "programs"), ("programme-offerings", "offerings"), ("programmeId", "programId")),
)
"""Lists of what is taught, the lists of their offerings, and their ids; under the names of v6, then of v5."""


class Ask(Protocol):
    """A server that is asked."""

    def __call__(self, url: str, /, *, accept: str = PLAIN, body: object = None) -> object:
        """The JSON that it answers; with a body it is sent.

        Raises InvalidValue, its `values["status"]` the status where the server gave one other than 200.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: its bytes, and which version of it that is, empty where it did not say.

    `fresh`: it was given in the reading that goes on now, and need not be asked for again.
    """

    content: bytes = field(repr=False)
    etag: str = ""
    modified: str = ""
    fresh: bool = False


class Memory(Protocol):
    """What a server answered before, so that it can say that nothing changed since."""

    def find(self, question: str) -> Answer | None:
        """What it answered to this question."""
        ...

    def keep(self, question: str, answer: Answer) -> None:
        """Keeps what it answers now, or that what is kept is still so."""
        ...


def documents(
    form: str,
    ask: Ask,
    address: str,
    *,
    since: date | None,
    today: date,
    whole: bool = True,
    known: Collection[str] = (),
) -> Iterator[object]:
    """What a server has, in documents for `matcher.sources.read`. Raises InvalidValue.

    `address`: of a catalogue (edudex), or where the paths of the format begin (oeapi). `since`: of EDU-DEX only what
    changed since then is given in full; of an OEAPI server, offerings that begin from then on (else: two years ago,
    as a server left to itself leaves out what has begun). `whole`: False asks EDU-DEX for changes alone. `known`: the
    lists that an OEAPI server had before; one that is not there now is given as NotListed.
    """
    address = address.rstrip("/")
    if form == "oeapi":
        yield from _oeapi(ask, address, since or date(today.year - 2, today.month, 1), known)
    else:
        yield from _edudex(ask, address.removesuffix("/programs").removesuffix("/changes"), since, today, whole=whole)


def _edudex(ask: Ask, catalogue: str, since: date | None, today: date, *, whole: bool) -> Iterator[object]:
    """What a catalogue lists, then the programmes themselves."""
    base, found, _ = catalogue.partition("/organizations/")
    if not found:
        raise InvalidValue("source_catalogue", address=catalogue)
    listed = _listed(ask, catalogue, since, today, whole=whole)
    wanted: dict[tuple[str, str, str], None] = {}
    for entry in listed:
        if not isinstance(entry, Mapping):
            continue
        unit, programme, client = (entry.get(name) for name in ("supplierId", "programId", "clientId"))
        is_old = since is not None and str(entry.get("lastChange") or "9999")[:10] < since.isoformat()
        if entry.get("status") in ("inactive", "removed") or is_old:
            yield entry
        elif isinstance(unit, str) and isinstance(programme, str):
            wanted[unit, programme, client if isinstance(client, str) else PUBLIC_CLIENT] = None
    keys = list(wanted)
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        names = ("orgUnitId", "programId", "clientId")
        answer = ask(f"{base}/programs/bulk", body={"programs": [dict(zip(names, key, strict=True)) for key in part]})
        given = answer.get("programs") if isinstance(answer, Mapping) else None
        if not isinstance(given, list):
            raise InvalidValue("source_catalogue", address=f"{base}/programs/bulk")
        yield from given


def _listed(ask: Ask, catalogue: str, since: date | None, today: date, *, whole: bool) -> list[object]:
    """What a catalogue has, or what changed in it."""
    path = "programs"
    if not whole:
        day = max(since or date.min, today - timedelta(days=LONGEST_AGO))
        path = "changes?" + urlencode({"changesSince": f"{day.isoformat()}T00:00:00Z"})
    answer = ask(f"{catalogue}/{path}")
    listed = answer.get("programs") if isinstance(answer, Mapping) else answer
    if not isinstance(listed, list):
        raise InvalidValue("source_catalogue", address=catalogue)
    return listed


def _oeapi(ask: Ask, root: str, since: date, before: Collection[str]) -> Iterator[object]:
    """The organisations that the server tells of, each course with its offerings after it, then each programme.

    A list that is not there is one that the server does not have, unless it had it before.
    """
    server = Oeapi(ask, root, since)
    known = 0
    for lists, of_offerings, ids in COLLECTIONS:
        for name in lists:
            items = server.items(name)
            if items is None:
                continue
            known += 1
            if known == 1:  # by now it is known which version the server speaks
                yield from server.organisations()
            for item in items:
                yield Listed(lists[0], item)
                id_ = next((item[one] for one in ids if item.get(one)), None) if isinstance(item, Mapping) else None
                if isinstance(id_, str):
                    yield from server.offerings(name, id_, of_offerings)
            break
        else:
            if lists[0] in before:
                yield NotListed(lists[0])
    if not known:
        raise InvalidValue("source_not_there", status=404)


class Oeapi:
    """A server of OOAPI v5 or OEAPI v6, with what was learned of it. `fields`: all that is asked for, by path (v6)."""

    def __init__(self, ask: Ask, root: str, since: date, *, fields: Mapping[str, str] = NO_FIELDS) -> None:
        self._ask, self._root, self._since, self._fields = ask, root, since, fields
        self._version: int | None = None
        self._names: dict[str, str] = {}

    def organisations(self) -> Iterator[object]:
        """The organisations, where the server tells of them."""
        found = (self.items(name, refusable=True) for name in ORGANISATIONS)
        return next((one for one in found if one is not None), iter(()))

    def offerings(self, collection: str, id_: str, names: tuple[str, ...]) -> Iterator[object]:
        """The offerings of a course or programme, or that it does not give them."""
        part = f"{_first_name(collection)}/{id_}"
        known = self._names.get(collection)
        for name in (known,) if known else names:
            items = self.items(f"{collection}/{quote(id_, safe='')}/{name}", of_offerings=True)
            if items is not None:
                self._names[collection] = name
                for item in items:
                    yield Listed(part, self._with_course(item, collection, id_))
                return
        yield NotListed(part)

    @staticmethod
    def _with_course(item: object, collection: str, id_: str) -> object:
        """An offering says of which course it is, where it did not."""
        name = "courseId" if collection == "courses" else "programmeId"
        names = ("course", "programme", "program", "courseId", "programmeId", "programId")
        if not isinstance(item, dict) or any(item.get(one) for one in names):
            return item
        return item | {name: id_}

    def items(self, path: str, *, of_offerings: bool = False, refusable: bool = False) -> Iterator[object] | None:
        """The records of a list, page by page; None where there is no such list, or where it is `refusable`."""
        try:
            first = self._page(path, 1, of_offerings=of_offerings)
        except InvalidValue as refused:
            if refused.values.get("status") in (404, 405, 410, *((401, 403) if refusable else ())):
                return None
            raise
        return self._rest(path, first, of_offerings=of_offerings)

    def _rest(self, path: str, page: object, *, of_offerings: bool) -> Iterator[object]:
        for number in range(2, MOST_PAGES + 2):
            if isinstance(page, list):
                yield from page
                return
            items = page.get("items") if isinstance(page, Mapping) else None
            if not isinstance(page, Mapping) or not isinstance(items, list):
                raise InvalidValue("source_no_page", path=path)
            yield from items
            total = page.get("totalPages")
            goes_on = page.get("hasNextPage")
            if goes_on is None and isinstance(total, int):
                goes_on = number <= total
            if not goes_on or not items:
                return
            page = self._page(path, number, of_offerings=of_offerings)
        raise InvalidValue("source_endless", path=path)

    @property
    def is_six(self) -> bool:
        """Whether the server speaks v6, as far as was asked."""
        return self._version is not None and VERSIONS[self._version][1]

    def one(self, path: str) -> object:
        """A record by its path; None where the server has none, or keeps it to itself."""
        try:
            return self._page(path, 0, of_offerings=False)
        except InvalidValue as refused:
            if refused.values.get("status") in (400, 401, 403, 404, 405, 410):
                return None
            raise

    def _page(self, path: str, number: int, *, of_offerings: bool) -> object:
        """A page (0: a record, which has none), in the newest version that the server speaks."""
        versions = range(len(VERSIONS)) if self._version is None else (self._version,)
        for version in versions:
            accept, is_six = VERSIONS[version]
            asked = {"pageSize": str(PAGE), "pageNumber": str(number)} if number else {}
            if is_six and path in self._fields:
                asked["fields"] = self._fields[path]
            if of_offerings:
                asked["since"] = self._since.isoformat() + ("T00:00:00Z" if is_six else "")
            try:
                mark = ("&" if "?" in path else "?") if asked else ""
                page = self._ask(f"{self._root}/{path}{mark}{urlencode(asked)}", accept=accept)
            except InvalidValue as refused:
                if refused.values.get("status") != 406 or version == versions[-1]:
                    raise
            else:
                self._version = version
                return page
        raise InvalidValue("source_version", status=406)


def _first_name(collection: str) -> str:
    """The newest name of a list of what is taught: a server that learns a newer version goes on with its lists."""
    return next(lists[0] for lists, _, _ in COLLECTIONS if collection in lists)
