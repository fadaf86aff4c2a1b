"""Where the towns and postcodes of an import or a form are, and what a report says of those that are in doubt."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from matcher.domain.places import Coordinates, distance_km
from matcher.domain.records import Demand
from matcher.gazetteer.lookup import Answer, Certainty, look_up, nearest
from matcher.gazetteer.table import postcodes, replaced
from matcher.repositories import Records, Transaction
from matcher.repositories.values import Upsert
from matcher.text import pc4_key, place_keys, town_key, town_of_key, towns_of

if TYPE_CHECKING:
    from matcher.spreadsheets.report import Report

_MOST_NAMED = 10
_MOST_CHOICES = 3
_FEW_AROUND = 10
"""With fewer places than this in a file, the school's other alumni count for its region too."""
_FAR_KM = 50.0
"""A postcode further than this from its town is an error in one of the two."""
TOWN = "town:"
"""Before the name of a town in the code of the question which town is meant."""
NO_ANSWERS: Mapping[str, str] = MappingProxyType({})
_TOWN = re.compile(r"[^\d@]{2,40}")
"""Text that may be the name of a town; anything else may be an address in the wrong column, and is not echoed."""


_Written = tuple[str | None, str | None, str]
"""Postcode, town, and the school or provider, of one row or of many."""


@dataclass(frozen=True, slots=True)
class Located:
    """Coordinates by place key for what is new in an import, and the keys of what earlier versions put elsewhere."""

    points: Mapping[str, Coordinates]
    outdated: frozenset[str]
    several: bool
    """Whether a town may be several, as that of a request."""

    def store(self, tx: Transaction, upserts: Iterable[Upsert]) -> None:
        """Writes the places of these rows, unless another import did so in between."""
        keys = _keys({place for upsert in upserts for place in _places_of(upsert, several=self.several)})
        known = tx.places.of(keys & (self.points.keys() | self.outdated))
        old = {key for key in known if key in self.outdated and _is_outdated(key, known[key])}
        tx.places.remove(old - self.points.keys())
        tx.places.add({key: self.points[key] for key in keys & self.points.keys() if key not in known or key in old})


def meant(town: str) -> str:
    """The town that one with this name may have been meant for, where nothing has the name; empty for none."""
    answer = look_up(town)
    return "" if answer.known or not answer.places else answer.places[0].name


def corrected(upserts: Sequence[Upsert], answers: Mapping[str, str], *, several: bool = False) -> Sequence[Upsert]:
    """The same rows with the towns as was answered to `town:NAME`; `several`: as in `locate`."""
    said = {
        town_key(code.removeprefix(TOWN)): (code.removeprefix(TOWN), name)
        for code, name in answers.items()
        if code.startswith(TOWN) and name.strip()
    }
    return [_corrected(upsert, said, several=several) for upsert in upserts] if said else upserts


def _corrected(upsert: Upsert, said: Mapping[str, tuple[str, str]], *, several: bool) -> Upsert:
    town = upsert.values.get("town")
    if not isinstance(town, str) or not town:
        return upsert
    for part in (towns_of(town) if several else ()) or (town,):
        if town_key(part) in said:
            town = town.replace(part, said[town_key(part)][1])
    return replace(upsert, values={**upsert.values, "town": town})


def locate(
    records: Records,
    upserts: Sequence[Upsert],
    report: Report,
    *,
    several: bool = False,
    answers: Mapping[str, str] = NO_ANSWERS,
) -> Located:
    """The places that these rows name and the database does not know; the report tells what is in doubt.

    `several`: a cell may name more than one town (`Zwolle / Kampen`), and each of them is looked up. A name
    that nothing has, and that is like one of a town, is asked about (`town:NAME`), unless that is among the `answers`.
    A postcode counts before a town, so a town is only in doubt where a row has no postcode that is known. Which of
    several towns of one name is meant follows from what is written behind it, or else from where most others of that
    school or provider live. A place that an earlier version put more than 10 km off, or took for one of several, is
    looked up again.
    """
    rows: dict[_Written, list[int]] = defaultdict(list)
    for upsert in upserts:
        for place in _places_of(upsert, several=several):
            rows[place].append(upsert.row)
    locating = _Locating(records, rows, several=several)
    for written, numbers in rows.items():
        locating.read(written, numbers)
    locating.settle()
    locating.tell(report, answers)
    return locating.located


def store_towns(tx: Transaction, demand: Demand) -> None:
    """Stores where each town of a demand from a form is, where that is not known yet."""
    for town in towns_of(demand.town):
        key, answer = town_key(town), look_up(town)
        if answer.point is not None and key not in tx.places.of({key}):
            tx.places.add({key: answer.point})


class _Locating:
    """One import: its rows are read, then the towns in doubt are settled by where the others are."""

    def __init__(self, records: Records, places: Iterable[_Written], *, several: bool) -> None:
        stored = records.places.of(_keys(places))
        self._records, self._several = records, several
        self._outdated = frozenset(key for key, point in stored.items() if _is_outdated(key, point))
        self._known = {key: point for key, point in stored.items() if key not in self._outdated}
        self._points: dict[str, Coordinates] = {}
        self._answers: dict[str, Answer] = {}
        self._unsettled: dict[str, tuple[str, str]] = {}
        self._needed: set[str] = set()
        """Keys of unsettled towns of rows whose postcode is not known either."""
        self._located: dict[str, Counter[Coordinates]] = defaultdict(Counter)
        self._far: list[int] = []
        self._spelled: dict[str, str] = {}
        self._first: dict[str, str] = {}
        """Each town that was looked up as it is first written."""
        self._doubts: dict[Certainty, dict[str, Answer]] = defaultdict(dict)

    @property
    def located(self) -> Located:
        return Located(
            {key: point for key, point in self._points.items() if key not in self._known}, self._outdated, self._several
        )

    def read(self, written: _Written, rows: Sequence[int]) -> None:
        pc4, town, owner = written
        exact = self._postcode(pc4) if pc4 else None
        near = self._town(town, owner, needed=exact is None) if town else None
        if exact and near and distance_km(exact, near) > _FAR_KM:
            self._far += rows
        if point := exact or near:
            self._located[owner][point] += len(rows)

    def _postcode(self, pc4: str) -> Coordinates | None:
        key = pc4_key(pc4)
        point = self._known.get(key) or postcodes().get(pc4)
        if point:
            self._points[key] = point
        return point

    def _town(self, town: str, owner: str, *, needed: bool) -> Coordinates | None:
        """Where a town is, if that is certain whoever names it."""
        key = town_key(town)
        point = self._known.get(key) or self._points.get(key)
        if point:
            return point
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = look_up(town)
            self._first[key] = town
        if answer.certainty is Certainty.KNOWN and answer.point:
            self._points[key] = answer.point
            return answer.point
        own = town_of_key(town, owner)
        if own not in self._known:
            self._unsettled.setdefault(own, (town, owner))
            if needed:
                self._needed.add(own)
        return self._known.get(own)

    def settle(self) -> None:
        """Which towns are meant, by where the other records of each school or provider are."""
        asked: set[str] = set()
        for own, (town, owner) in self._unsettled.items():
            around = self._located[owner]
            if around.total() < _FEW_AROUND and owner not in asked:
                asked.add(owner)
                around.update(self._records.places.around(owner))
            key = town_key(town)
            answer = nearest(self._answers[key], around)
            if answer.point:
                self._points[own] = answer.point
            if own in self._needed and answer.certainty is not Certainty.KNOWN:
                self._doubts[answer.certainty][key] = answer
                self._spelled.setdefault(key, town if _TOWN.fullmatch(town) else "?")

    def tell(self, report: Report, answers: Mapping[str, str]) -> None:
        """The towns in doubt, and the rows whose postcode and town are apart."""
        asked: list[str] = []
        slips = self._slips()
        for key in slips[:_MOST_NAMED]:
            town, suggest = self._first[key], self._answers[key].places[0].name
            if f"{TOWN}{town}" not in answers:
                report.ask(f"{TOWN}{town}", answers=(suggest, town), stops=False, town=town, suggest=suggest)
        for certainty, name in _NOTES.items():
            found = self._doubts[certainty]
            said = sorted(_in_words(self._spelled[key], answer) for key, answer in found.items())
            asked += sorted(
                _in_words(self._spelled[key], answer) for key, answer in found.items() if key not in slips[:_MOST_NAMED]
            )
            if said:
                report.add_note(f"exchange.notes.{name}", count=len(said), towns="; ".join(_few(said)))
        if asked:
            report.ask("towns", stops=False, count=len(asked), towns="; ".join(_few(asked)))
        if self._far:
            rows = ", ".join(_few([str(report.at(row)["row"]) for row in sorted(self._far)]))
            report.add_note("exchange.notes.far_postcodes", count=len(self._far), rows=rows)

    def _slips(self) -> list[str]:
        """The keys of names that nothing has, and that are like one of a town, also where a postcode is known."""
        return sorted(
            key
            for key, town in self._first.items()
            if not self._answers[key].known and self._answers[key].places and _TOWN.fullmatch(town)
        )


_NOTES = {
    Certainty.UNKNOWN: "unknown_towns",
    Certainty.UNSURE: "unsure_towns",
    Certainty.LIKELY: "guessed_towns",
}


def _few(listed: list[str]) -> list[str]:
    return [*listed[:_MOST_NAMED], *(["..."] if len(listed) > _MOST_NAMED else [])]


def _places_of(upsert: Upsert, *, several: bool) -> list[_Written]:
    values = (upsert.values.get("pc4"), upsert.values.get("town"))
    pc4, town = (value if isinstance(value, str) and value else None for value in values)
    towns = towns_of(town) if several else ()
    return [(pc4, one, upsert.owner) for one in towns or (town,)]


def _keys(places: Iterable[_Written]) -> set[str]:
    return {key for pc4, town, owner in places for key in place_keys(pc4, town, owner)}


def _is_outdated(key: str, point: Coordinates) -> bool:
    return key.startswith("town:") and replaced().get(key.removeprefix("town:")) == point


def _in_words(town: str, answer: Answer) -> str:
    """`Bergen: Bergen (Noord-Holland) / Bergen (Limburg)?`, or the town alone where nothing is like it."""
    names = list(dict.fromkeys(place.full_name for place in answer.places))[:_MOST_CHOICES]
    if not names or town == "?":
        return town
    return f"{town}: {names[0]}" if answer.point and len(names) == 1 else f"{town}: {' / '.join(names)}?"
