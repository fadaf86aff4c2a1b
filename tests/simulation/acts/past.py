"""A list of what was before: brought in, again, longer than before; and entries of it that are corrected."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from matcher.policy import COMMAND_LINE, Role
from matcher.services import history, ledger
from matcher.services.app import App
from tests.simulation.acts.askers import staff
from tests.simulation.past import HEADERS, Row, entries, fresh
from tests.simulation.region import SCHOOLS
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def import_past(world: World, app: App, step: Step) -> None:
    """A school's list, at times after what it held before; whatever it adds, it adds once."""
    school = SCHOOLS[step.values["school"]]
    before = world.pasts.get(school, []) if step.values["grows"] else []
    rows = [*before, *(Row(*cells) for cells in step.values["rows"])]
    world.pasts[school] = rows
    path = world.folder / f"verleden-{step.number}-{len(world.frames)}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([HEADERS, *(row.cells for row in rows)])
    world.frames[-1].value = school, rows
    for _ in range(1 + step.values["twice"]):
        new, refused = fresh(world.model, school, rows)
        report = world.call(lambda: history.bring(app, COMMAND_LINE, path, school=school), log=["ledger.write"])
        if report is not None and world.certain:
            told = report.created, report.unchanged, report.refused
            counts = len(new), len(rows) - len(new) - refused, refused
            world.need(told == counts, "the report of a list of the past says something else", (told, counts))
    if world.certain:
        world.need(not fresh(world.model, school, rows)[0], "the same list twice adds something", rows)
    path.unlink()


def correct_past(world: World, app: App, step: Step) -> None:
    """A coordinator says that an entry does not count; once."""
    model = world.model
    there = entries(model)
    key = world.pick(sorted(there), step.values["nth"])
    if key is None:
        return
    person = world.frames[-1].person = model.people[there[key]]
    world.call(
        lambda: ledger.correct(app, staff(Role.COORDINATOR, person.school), person.id, key),
        log=["ledger.write"],
        refused="corrected_already" if key in model.undone else "",
    )


ACTS = {"import_past": import_past, "correct_past": correct_past}
