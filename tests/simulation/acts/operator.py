"""The operator and the daily job: files in and out, retention, keys, processes that start anew."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, JOB, Role
from matcher.services import audit, exports, imports, keys, retention
from matcher.services.app import App
from tests.simulation.acts.askers import staff
from tests.simulation.database import moment
from tests.simulation.model import ends
from tests.simulation.region import (
    COURSES,
    REQUESTS,
    SCHOOLS,
    wanted,
    write_courses,
    write_requests,
)
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

_EXPORTS = 3
"""How many exports of alumni are kept."""
_LOG_MONTHS = 7
_AGAIN = timedelta(days=30)
_REFUSALS = ("", "job_touches_many", "job_day_ahead", "job_day_back")


def _file(world: World) -> Path:
    return world.folder / "list.csv"


def import_request(world: World, app: App, step: Step) -> None:
    number, version = step.values["request"], step.values["version"]
    numbers: Sequence[int] = range(REQUESTS) if number is None else [number]
    asked = [wanted(one, version, world.today) for one in numbers]
    write_requests(_file(world), asked)
    world.frames[-1].demands = asked
    world.call(lambda: imports.import_records(app, COMMAND_LINE, _file(world), RecordKind.REQUESTS), log=["import"])


def import_course(world: World, app: App, step: Step) -> None:
    number, version = step.values["course"], step.values["version"]
    numbers: Sequence[int] = range(COURSES) if number is None else [number]
    write_courses(_file(world), dict.fromkeys(numbers, version))
    world.call(lambda: imports.import_records(app, COMMAND_LINE, _file(world), RecordKind.OFFERINGS), log=["import"])


def export(world: World, app: App, step: Step) -> None:
    school = SCHOOLS[step.values["school"]]
    own = [person for person in world.model.people.values() if person.school == school]
    path = world.folder / f"export-{step.number}-{len(world.frames)}.csv"
    count = world.call(
        lambda: exports.export_records(app, COMMAND_LINE, path, RecordKind.ALUMNI, school=school),
        log=["export", "export"],
        refused="" if own else "unknown_school",
    )
    if count is not None:
        world.exports.append((school, path))
    for _, old in world.exports[:-_EXPORTS]:
        old.unlink()
    del world.exports[:-_EXPORTS]
    if world.certain:
        world.need(count == (len(own) or None), "an export of fewer or more", (count, len(own)))


def see_log(world: World, app: App, step: Step) -> None:
    """A privacy officer sees of others' entries only the own alumni."""
    school, model = SCHOOLS[step.values["school"]], world.model
    own = {person.key for person in model.people.values() if person.school == school}
    entries = world.call(lambda: audit.page(app, staff(Role.PRIVACY_OFFICER, school), limit=10)) or []
    numbers = [entry.id for entry in entries]
    world.need(numbers == sorted(numbers, reverse=True), "a log that is not in order", numbers)
    for entry in entries:
        if entry.school != school:
            shown = {key for key, _ in entry.details.get("shown", ())}
            world.need(shown <= own, "a privacy officer sees another school's alumni", entry)


def retain(world: World, app: App, step: Step) -> None:
    """The daily job does what is due by the model, and nothing else."""
    model, today = world.model, world.today
    lapse = {
        (person.key, purpose)
        for person in model.people.values()
        for purpose, said in person.consents.items()
        if ends(purpose, said, today)
    }
    unsent = _unsent(world)
    touched = [one for one in model.people.values() if model.next_step(one, today)]
    world.frames[-1].person = max(touched, key=lambda one: model.next_step(one, today) == "erase", default=None)
    due = {
        name: {
            person.key
            for person in model.people.values()
            if model.next_step(person, today) == name
            and (name == "erase" or (person.email and (person.key, f"retention_{name}") not in unsent))
        }
        for name in ("ask", "remind", "erase")
    }
    even_so = step.values["even_so"]
    done = world.call(
        lambda: retention.run(app, JOB, log_months=_LOG_MONTHS, even_so=even_so),
        log=None,
        refused=("",) if even_so else _REFUSALS,
    )
    if done is not None and world.certain:
        world.need(set(done.lapse) == lapse, "other consents end than are over", set(done.lapse) ^ lapse)
        for name in ("ask", "remind", "erase"):
            made = set(getattr(done, name))
            world.need(made == due[name], f"the job does something else: {name}", made ^ due[name])
        world.need(done.found_in == (), "an erasure that found something", done.found_in)
        observed = world.frames[-1].observed
        world.need(observed.count("retention.run") == 1, "a run that is not in the log", observed)


def _unsent(world: World) -> set[tuple[int, str]]:
    """The questions whether data may stay that wait, or were refused lately."""
    rows = world.database.rows(
        "select alumnus_key, message, state, created_at from outbox where state in ('waiting', 'sending', 'refused')"
    )
    since = world.now - _AGAIN
    return {(key, message) for key, message, state, at in rows if state != "refused" or moment(at) > since}


def rotate_keys(world: World, app: App, step: Step) -> None:
    """A new key of contact details: every process starts with it next to the old ones, then all is written anew."""
    if world.seed % 2:
        return  # half of the regions have no keys
    dice = Random(f"{world.seed} {step.number} contact key")
    key = base64.urlsafe_b64encode(dice.randbytes(32)).decode()
    if len(world.frames) > 1:
        return
    del app
    for process in world.processes:
        process.stop()
    process, wanted_keys = world.processes[step.process], (key, *world.keys[:1])
    world.frames[-1].value = wanted_keys
    again = process.app(wanted_keys, checked=False)
    process.life.begin(step.stop)
    world.call(lambda: keys.rotate(again, COMMAND_LINE), log=["keys.rotate"])


def restart(world: World, app: App, step: Step) -> None:
    """A process is stopped and started by the operator."""
    del app
    if len(world.frames) == 1:
        world.processes[step.process].stop()


ACTS = {
    "import_request": import_request,
    "import_course": import_course,
    "export": export,
    "see_log": see_log,
    "retain": retain,
    "rotate_keys": rotate_keys,
    "restart": restart,
}
