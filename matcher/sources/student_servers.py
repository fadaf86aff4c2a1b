"""What to ask a student system that speaks OOAPI v5 or OEAPI v6, and in which order.

Persons, page by page; of each who is or was a student the enrolments in programmes; and what an answer names by its id
alone. v6 is asked for the fields that are used and no others; v5 has no way to ask for less.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from datetime import date
from urllib.parse import quote

from matcher.errors import InvalidValue
from matcher.sources.servers import Ask, Oeapi
from matcher.sources.students import PERSON_FIELDS, is_student

ASSOCIATIONS = (
    ("programme-offering-associations", "programme_offering,programme_offering.programme"),
    ("associations", "offering,offering.program"),
)
"""The list of enrolments of a person, and what may stand inside each in full; of v6, then of v5."""
OFFERINGS = (("programmeOffering", "programme-offerings"), ("offering", "offerings"))
PROGRAMMES = (("programme", "programmes"), ("program", "programs"))
"""What an enrolment has inside or names by its id, and the lists in which those stand."""
_WITHOUT = (400, 404, 405, 422)
"""Answers of a server that has no such list, or cannot put one record inside another."""
_PROGRAMME = "programofferingassociation"


def documents(ask: Ask, address: str) -> Iterator[object]:
    """What a server has of persons, in documents for `matcher.sources.students.read`. Raises InvalidValue.

    `address`: where the paths of the format begin.
    """
    fields = {"persons": f"({','.join(PERSON_FIELDS)})"}
    server = _Students(Oeapi(ask, address.rstrip("/"), date.max, fields=fields))
    persons = server.api.items("persons")
    if persons is None:
        raise InvalidValue("source_not_there", status=404)
    asked = 0
    for person in persons:
        id_ = person.get("personId") if isinstance(person, Mapping) else None
        if not isinstance(id_, str) or not isinstance(person, Mapping) or not is_student(person):
            continue
        asked += 1
        yield person
        yield from server.associations(id_)
    if asked and server.list is None:
        raise InvalidValue("source_not_there", status=404)


class _Students:
    """A server, with the list of enrolments that it has, and what was asked already."""

    def __init__(self, api: Oeapi) -> None:
        self.api = api
        self.list: tuple[str, bool] | None = None
        """Its name, and whether more may stand inside."""
        self._asked: set[str] = set()

    def associations(self, person: str) -> Iterator[object]:
        """The enrolments of a person in programmes, each with what it names by its id after it."""
        for item in self._items(person):
            if not isinstance(item, dict):
                continue
            kind = str(item.get("associationType") or _PROGRAMME).lower().replace("programme", "program")
            if kind.replace(" ", "") != _PROGRAMME:
                continue
            yield item if item.get("person") or item.get("personId") else item | {"personId": person}
            yield from self._named(item)

    def _items(self, person: str) -> Iterator[object]:
        known = self.list
        ways = [known] if known else [(name, True) for name, _ in ASSOCIATIONS] + [(n, False) for n, _ in ASSOCIATIONS]
        for name, inside in ways:
            path = f"persons/{quote(person, safe='')}/{name}"
            path += f"?expand={quote(dict(ASSOCIATIONS)[name])}" if inside else ""
            try:
                items = self.api.items(path)
            except InvalidValue as refused:
                if refused.values.get("status") not in _WITHOUT or known:
                    raise
                continue
            if items is not None:
                self.list = (name, inside)
                return items
        return iter(())

    def _named(self, association: Mapping[str, object]) -> Iterator[object]:
        """The offering and the programme of an enrolment, where it has no more of them than an id: each once."""
        offering: object = None
        for name, path in OFFERINGS:
            given = association.get(name) or association.get(f"{name}Id")
            if isinstance(given, str):
                given = yield from self._record(path, given)
            offering = offering or given
        if isinstance(offering, list):
            offering = offering[0] if offering else None
        for name, path in PROGRAMMES:
            given = (offering.get(name) or offering.get(f"{name}Id")) if isinstance(offering, Mapping) else None
            if isinstance(given, str):
                yield from self._record(path, given)

    def _record(self, path: str, id_: str) -> Generator[object, None, object]:
        """A record by its id, and the same as what this gives back; nothing where it was given before."""
        if f"{path}/{id_}" in self._asked:
            return None
        self._asked.add(f"{path}/{id_}")
        found = self.api.one(f"{path}/{quote(id_, safe='')}")
        if found is not None:
            yield found
        return found
