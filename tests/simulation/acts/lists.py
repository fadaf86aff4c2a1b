"""Lists of alumni that schools have: brought in, going on after a process stopped, and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.domain.kinds import Purpose
from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.services import imports, undo
from matcher.services.app import App
from matcher.spreadsheets.report import Report
from matcher.spreadsheets.targets import Wishes
from tests.simulation.acts.askers import staff
from tests.simulation.lists import NOTHINGS, QUALIFICATION, TOLD, Line, Listed, lines_of, write_list
from tests.simulation.model import Brought, Foreseen, Person
from tests.simulation.processes import Stopped
from tests.simulation.region import PROCESSES, SCHOOLS, id_of, row_of, write_alumni
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

WITHDRAWALS, CHANGE = "withdrawals", "large_change"
_LEAST_LARGE = 10
_IN_USE = ("accounts", "links", "outbox")
"""Tables of what hangs on an alumnus and the model does not know of."""


def import_alumni(world: World, app: App, step: Step) -> None:
    """A school's file; at times the same file comes twice, the second time by another process."""
    school, days = SCHOOLS[step.values["school"]], step.values["days"]
    given = None if days is None else world.today - timedelta(days=days)
    rows = [row_of(school, number, version, given, world.today) for number, version in step.values["rows"]]
    same = world.same(step)
    if same is not None and same.person is not None:
        school, number = same.person.school, same.person.number
        rows = [row_of(school, number, 6 + step.number % 3, given, world.today)]
    path = _path(world)
    write_alumni(path, rows)
    wishes = Wishes(accept=frozenset({WITHDRAWALS, CHANGE}))
    _bring(world, app, step, path, wishes)
    if step.values["twice"] and not step.stop and step.meanwhile is None and len(world.frames) == 1:
        other = world.app_of((step.process + 1) % PROCESSES)
        write_alumni(path, rows)
        report = _bring(world, other, step, path, wishes)
        if report is not None:
            world.need(report.unchanged == len(rows), "the same file twice changes something", report)


def _about_one(world: World, school: str, rows: Collection[Mapping[str, Any]]) -> bool:
    """Whether several rows are about one person who was merged, one without a number, which may mean another then."""
    merged = [one for one in world.model.people.values() if one.school == school and one.formers]

    def means(row: Mapping[str, Any], one: Person) -> bool:
        return row["number"] == one.number or id_of(row["number"]) in {one.id, *one.formers}

    about = [[row for row in rows if means(row, one)] for one in merged]
    return any(len(of_one) > 1 and any(row["without_number"] for row in of_one) for of_one in about)


def import_list(world: World, app: App, step: Step) -> None:
    """A school's own list, at times twice, or again after a process stopped halfway."""
    values, school = step.values, SCHOOLS[step.values["school"]]
    path, same = _path(world), world.same(step)
    if same is not None and same.person is not None:
        school = same.person.school
    write_list(path, listed(world, step, school), values["words"], without=values["without"])
    by_school = values["by"] == "coordinator"
    asker = staff(Role.COORDINATOR, school) if by_school else COMMAND_LINE
    wishes = Wishes(mapping=TOLD, accept=frozenset(values["accept"]))
    named = {"asker": asker, "school": "" if by_school else school, "at_once": values["at_once"]}
    goes_on = step.stop and len(world.frames) == 1
    of_one = _about_one(world, school, values["rows"])
    try:
        first = _bring(world, app, step, path, wishes, **named)
    except Stopped:
        if not goes_on:
            raise
        world.processes[step.process].revive()
        world.catch_up()
        world.frames[-1].expected = [*world.frames[-1].observed]
        first = _bring(world, world.app_of(step.process), step, path, wishes, **named)
    if values["twice"] and step.meanwhile is None and len(world.frames) == 1 and first is not None:
        report = _bring(world, world.app_of(step.process), step, path, wishes, **named)
        changed = report is not None and report.created + report.updated
        rule = "the same file twice changes something"
        world.need(first.stopped or not changed or of_one, rule, (step, report))


def listed(world: World, step: Step, school: str) -> list[Listed]:
    """The rows of a school's own list, as the step draws them."""
    values, model = step.values, world.model
    given = None if values["days"] is None else world.today - timedelta(days=values["days"])
    found = []
    same = world.same(step)
    rows = values["rows"]
    if same is not None and same.person is not None:
        rows = [{**rows[0], "number": same.person.number}]
    for one in rows:
        row = row_of(school, one["number"], one["version"], given, world.today)
        here = [person for person in model.people.values() if (person.school, person.number) == (school, row.number)]
        if one["known"] and here:
            row = replace(row, email=here[-1].email)
        elif one["known"]:
            gone = [
                person for person in model.erased.values() if (person.school, person.number) == (school, row.number)
            ]
            row = replace(row, email=gone[-1].email) if gone else row
        cells = {name: (*NOTHINGS, "")[how] for name, how in one["cells"].items()}
        cells["opleidingen"] = QUALIFICATION if one["qualified"] else ""
        if one.get("left") is not None:
            cells["uitstroom_datum"] = (world.today + timedelta(days=one["left"])).isoformat()
        if values["consent"] != "words":
            cells |= {"toestemming": {"empty": "", "nothing": NOTHINGS[0]}[values["consent"]], "toestemming_datum": ""}
        numbered = not one["without_number"]
        found.append(Listed(row, numbered, cells, one["twice"] and numbered, one["damaged"] and numbered))
    return found


def import_old(world: World, app: App, step: Step) -> None:
    """An export of some time ago comes back."""
    found = world.pick(world.exports, step.values["nth"])
    if found is None:
        return
    _bring(world, app, step, found[1], Wishes(accept=frozenset(step.values["accept"])), school=found[0])


def _path(world: World) -> Path:
    return world.folder / f"list-{len(world.frames)}.csv"


def _bring(
    world: World,
    app: App,
    step: Step,
    path: Path,
    wishes: Wishes,
    *,
    asker: Asker = COMMAND_LINE,
    school: str = "",
    at_once: int = imports.BATCH,
) -> Report | None:
    """Brings in a file of alumni: what must come of it is foreseen from what the file says by the model."""
    plan = foreseen_of(world, path, school, wishes, at_once)
    tables = _written(world) if plan.stops else ()
    report = world.call(
        lambda: imports.import_records(
            app, asker, path, RecordKind.ALUMNI, school=school or None, wishes=wishes, at_once=at_once
        ),
        log=[] if plan.stops else ["import"] * len(world.frames[-1].batches),
    )
    world.frames[-1].refused = 0
    if report is None or not world.certain:
        return report
    told = (report.created, report.updated, report.unchanged, report.refused)
    world.need(
        report.stopped == plan.stops, "an import that should ask first, or not", (step, report.doubts, plan.lost)
    )
    world.need(told == plan.counts, "a report of an import counts something else", (step, told, plan.counts))
    world.need(report.read == plan.read, "a report that leaves rows out", (step, report))
    shown, lost = dict(report.withdrawals), plan.lost
    same = shown.keys() == lost.keys() and all(set(shown[row]) == lost[row] for row in lost)
    world.need(plan.is_first or same, "a report that does not name what is taken back", (step, shown, lost))
    world.need(report.written == (not plan.stops), "a report of what was not written", report)
    if plan.stops:
        world.need(_written(world) == tables, "an import that asks first wrote something", step)
    return report


@dataclass(frozen=True)
class Plan:
    """What an import of a file would do: what it takes back, by row, whether it asks first, and what it counts.

    `counts`: created, updated, unchanged, refused.
    """

    lost: Mapping[int, frozenset[Purpose]]
    stops: bool
    is_first: bool
    counts: tuple[int, int, int, int]

    @property
    def read(self) -> int:
        """Rows."""
        return sum(self.counts)


def foreseen_of(world: World, path: Path, school: str, wishes: Wishes, at_once: int = imports.BATCH) -> Plan:
    """What an import of a file would do by the model, and from now on is expected to do in this step."""
    frame, model = world.frames[-1], world.model
    lines, refused = lines_of(path, school)
    foreseen = model.foresee(lines, world.today, may_withdraw=WITHDRAWALS in wishes.accept)
    frame.person = next((one.person for one in foreseen if one.person is not None), frame.person)
    is_first = not any(person.school in {line.school for line in lines} for person in model.people.values())
    lost = {line.row: one.lost for line, one in zip(lines, foreseen, strict=True) if one.lost and line.full}
    stops = bool(lost and WITHDRAWALS not in wishes.accept) or (
        CHANGE not in wishes.accept and _is_large(world, lines, foreseen)
    )
    planned = [
        replace(line, may_withdraw=line.row in lost, same=not is_first and _is_same(one))
        for line, one in zip(lines, foreseen, strict=True)
    ]
    frame.batches = [planned[start : start + at_once] for start in range(0, max(len(planned), 1), at_once)]
    frame.refused, frame.import_id = refused, ""
    counts = Counter(one.outcome for one in foreseen)
    return Plan(lost, stops, is_first, (counts["created"], counts["updated"], counts["unchanged"], refused))


def _is_same(one: Foreseen) -> bool:
    return one.outcome == "unchanged" and not one.lost


def _is_large(world: World, lines: Sequence[Line], foreseen: Sequence[Foreseen]) -> bool:
    """Whether more than half of the people of a school change."""
    updated = Counter(line.school for line, one in zip(lines, foreseen, strict=True) if one.outcome == "updated")
    return any(
        count >= _LEAST_LARGE and 2 * count > sum(person.school == school for person in world.model.people.values())
        for school, count in updated.items()
    )


def _written(world: World) -> Any:
    """What would differ if anything was written."""
    tables = ("revisions", "imports", "import_changes", "mappings", "audit", "removals")
    return [world.database.rows(f"select count(*) from {table}") for table in tables]  # noqa: S608 - our own


def undo_import(world: World, app: App, step: Step) -> None:
    """Takes an import back: right after it or later, by the operator or the school; another school cannot."""
    model = world.model
    brought = world.pick(list(model.imports.values()), step.values["nth"])
    if brought is None:
        world.call(lambda: undo.undo(app, COMMAND_LINE, "ZZZZ2222"), refused="unknown_import")
        return
    asker, may = _undoer(step, brought)
    people = taking_back(world, brought)
    was_undone = brought.undone
    done = world.call(
        lambda: undo.undo(app, asker, brought.id),
        log=[] if was_undone else ["import.undo"],
        refused="" if may else "unknown_import",
    )
    if done is None or not world.certain:
        return
    world.need((done.before is not None) == was_undone, "an import is taken back twice", (step, done))
    if was_undone:
        return
    left = {(one.owner, one.id, one.because) for one in done.left}
    world.need(left == named_left(world, people), "an undo names others than it leaves", left)


def taking_back(world: World, brought: Brought) -> list[Person]:
    """Whom it is about that an import is taken back; what hangs on them is looked at now."""
    frame = world.frames[-1]
    people = [world.model.people[key] for key in brought.changes]
    frame.person = next(iter(people), frame.person)
    frame.used = _used(world, brought.changes)
    return people


def named_left(world: World, people: Sequence[Person]) -> set[tuple[str, str, str]]:
    """Whom the undo of this step left, by school and number, and why."""
    left = world.frames[-1].left
    return {(person.school, person.id, left[person.key]) for person in people if person.key in left}


def _undoer(step: Step, brought: Brought) -> tuple[Asker, bool]:
    match step.values["by"]:
        case "coordinator" if brought.school is not None:
            return staff(Role.COORDINATOR, brought.school), True
        case "stranger":
            other = next(school for school in SCHOOLS if school != brought.school)
            return staff(Role.COORDINATOR, other), False
    return COMMAND_LINE, True


def _used(world: World, keys: Collection[int]) -> set[int]:
    rows = world.database.rows
    return {
        key
        for table in _IN_USE
        for (key,) in rows(f"select alumnus_key from {table} where alumnus_key is not null")  # noqa: S608 - our own
        if key in keys
    }


ACTS = {
    "import_alumni": import_alumni,
    "import_list": import_list,
    "import_old": import_old,
    "undo_import": undo_import,
}
