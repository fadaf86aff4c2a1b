"""Lists of what a school asked and got before, by the rules: an entry once, and none that was corrected comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulation.database import day
from tests.simulation.known import person_of
from tests.simulation.region import START, id_of

if TYPE_CHECKING:
    from tests.simulation.model import Model, Person
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
Told = tuple[str, date | None, str | None, float | None]
"""Event, day, benefit and hours of an entry."""
_WHAT = {"contributed": "gegeven", "benefited": "gekregen"}


@dataclass(frozen=True)
class Row:
    """What a list says of an alumnus: hours that were given, or advice that was had, so many days before the begin."""

    number: int
    event: str
    days: int
    hours: int

    @property
    def told(self) -> Told:
        """As the ledger has it."""
        gave = self.event == "contributed"
        return self.event, self.on, None if gave else "advice", float(self.hours) if gave else None

    @property
    def on(self) -> date:
        """The day."""
        return START - timedelta(days=self.days)

    @property
    def cells(self) -> tuple[str, ...]:
        """As it stands in the file."""
        gave = self.event == "contributed"
        return (
            id_of(self.number),
            self.on.isoformat(),
            _WHAT[self.event],
            str(self.hours) if gave else "",
            ("" if gave else "advies"),
        )


HEADERS = ("alumnus_id", "datum", "wat", "uren", "opbrengst")


def entries(model: Model) -> dict[int, int]:
    """The entries of such lists that are there, each with whose it is."""
    return {key: model.held["ledger", key] for key in model.past if ("ledger", key) in model.held}


def fresh(model: Model, school: str, rows: Sequence[Row]) -> tuple[list[tuple[int, Told]], int]:
    """The entries that a list adds now, and how many of its rows mean nobody."""
    there = Counter((holder, model.past[key]) for key, holder in entries(model).items())
    new, refused = [], 0
    for row in rows:
        person = meant(model, school, id_of(row.number))
        if person is None:
            refused += 1
        elif there[person.key, row.told]:
            there[person.key, row.told] -= 1
        else:
            new.append((person.key, row.told))
    return new, refused


def meant(model: Model, school: str, id_: str) -> Person | None:
    """The one who has this number but for zeros; else whoever had it before being merged. None for nobody, or two."""
    alike = [one for one in model.people.values() if one.school == school and _plain(one.id) == _plain(id_)]
    return (alike[0] if len(alike) == 1 else None) if alike else model.numbered_as(school, id_)


def _plain(id_: str) -> str:
    letter, _, digits = id_.partition("-")
    return f"{letter}-{digits.lstrip('0')}" if digits else id_


def _write(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    model = world.model
    if "corrects" in details:
        person = person_of(world, details["alumnus"])
        right = model.held["ledger", details["corrects"]] == person.key and details["corrects"] not in model.undone
        world.need(right, "an entry of somebody else, or one that does not count, is corrected", details)
        model.undone.add(details["corrects"])
    if details.get("kind") != "history":
        return
    school, rows = frame.value  # type: ignore[misc]
    expected, refused = fresh(model, school, rows)
    counts = {"created": len(expected), "refused": refused}
    said = {name: details[name] for name in counts}
    world.need(said == counts, "a list of the past adds other entries than it should", (said, counts))
    columns = "id, alumnus_key, event, on_date, benefit, hours"
    sql = f"select {columns} from ledger where request_key is null and event in (?, ?)"  # noqa: S608 - names of our own
    found = [row for row in world.database.rows(sql, *_WHAT) if row[0] not in model.signs]
    added = Counter((holder, (event, day(on), benefit, hours)) for _, holder, event, on, benefit, hours in found)
    world.need(added == Counter(expected), "a list of the past says something else than it does", (added, expected))
    for key, holder, event, on, benefit, hours in found:
        on_day = day(on)
        assert on_day is not None
        model.signs[key], model.held["ledger", key] = on_day, holder
        model.past[key] = event, on_day, benefit, hours
        model.undone.discard(key)
        model.laters.pop(key, None)


MEANING: Mapping[str, Any] = {"ledger.write": _write}
