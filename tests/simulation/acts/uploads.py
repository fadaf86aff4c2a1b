"""Lists that are sent and kept: looked at, answered, written by whichever process takes them, and taken back."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from matcher.domain.records import RecordKind
from matcher.policy import COMMAND_LINE, JOB, Asker, Role
from matcher.repositories.uploads import Upload
from matcher.services import uploads
from matcher.services.app import App
from matcher.spreadsheets.targets import Wishes
from tests.simulation.acts.askers import staff
from tests.simulation.acts.lists import foreseen_of, listed, named_left, taking_back
from tests.simulation.lists import TOLD, write_list
from tests.simulation.model import Kept
from tests.simulation.processes import Stopped
from tests.simulation.region import SCHOOLS
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

_ABANDONED = timedelta(minutes=2)
_ATTEMPTS = 5
_MAPPING = {header: uploads.target_text(target) for header, target in TOLD.items()}
_COUNTS = ("new", "changed", "same", "refused")


def send_list(world: World, app: App, step: Step) -> None:
    """A school sends its list: to be looked at, or to be written if nothing has to be asked; at times twice."""
    values, school = step.values, SCHOOLS[step.values["school"]]
    path = world.folder / f"sent-{step.number}-{len(world.frames)}.csv"
    write_list(path, listed(world, step, school), values["words"], without=values["without"])
    by_school, at_once = values["by"] == "coordinator", values["now"]
    asker = staff(Role.COORDINATOR, school) if by_school else COMMAND_LINE
    wishes = {"accept": list(values["accept"]), "mapping": _MAPPING if at_once else {}}
    named = None if by_school else school
    request = f"{step.number}" if values["twice"] else ""
    sent = uploads.Sent(
        "lijst.csv", RecordKind.ALUMNI, BytesIO(path.read_bytes()), named, wishes, at_once=at_once, request=request
    )
    told = Kept("", school if by_school else "", school, path, wishes, "writing" if at_once else "looking", world.now)
    world.frames[-1].value = told
    first = world.call(lambda: uploads.send(app, asker, sent), log=["import.send"])
    if first is not None and values["twice"] and world.certain:
        again = world.call(lambda: uploads.send(app, asker, sent))
        same = again is not None and again.id == first.id
        world.need(same or not world.certain, "a list that is sent again is there twice", step)


def _sender(kept: Kept) -> Asker:
    return staff(Role.COORDINATOR, kept.owner) if kept.owner else COMMAND_LINE


def _chosen(world: World, step: Step) -> Kept | None:
    _look_at_work(world)
    return world.pick(list(world.model.uploads.values()), step.values["nth"])


def _look_at_work(world: World) -> None:
    """How far a process is that this step comes between: it has taken its list, or said already that it has to ask."""
    for frame in world.frames[:-1]:
        if isinstance(frame.value, Kept):
            _saw(world, frame.value)


def answer_list(world: World, app: App, step: Step) -> None:
    """Whoever sent a list chooses its columns and accepts what it does, or some of that; another school cannot."""
    kept = _chosen(world, step)
    if kept is None:
        world.call(lambda: uploads.answer(app, COMMAND_LINE, "niets", {}, write=True), refused="unknown_upload")
        return
    asker, refused = _sender(kept), "" if kept.state in {"asked", "failed"} else "import_not_waiting"
    if step.values["stranger"]:
        other = next(school for school in SCHOOLS if school != kept.owner)
        asker, refused = staff(Role.COORDINATOR, other), "unknown_upload"
    wishes, write = {"accept": list(step.values["accept"]), "mapping": _MAPPING}, step.values["write"]
    world.frames[-1].value = (kept.id, "writing" if write else "looking", wishes)
    world.call(lambda: uploads.answer(app, asker, kept.id, wishes, write=write), log=["import.answer"], refused=refused)


def discard_list(world: World, app: App, step: Step) -> None:
    """Whoever sent a list throws it away; what came in stays."""
    kept = _chosen(world, step)
    if kept is not None:
        world.frames[-1].value = kept.id
        world.call(lambda: uploads.discard(app, _sender(kept), kept.id), log=["import.discard"])


def _due(world: World) -> Kept | None:
    """The list that a process takes now: the oldest at work that no living process has."""
    _look_at_work(world)
    free = [
        one
        for one in world.model.uploads.values()
        if one.state in {"looking", "writing"} and (one.taken is None or one.taken <= world.now - _ABANDONED)
    ]
    return min(free, key=lambda one: one.at, default=None)


def work_list(world: World, app: App, step: Step) -> None:
    """A process takes a list and looks at it, or writes it; it may stop at any write, or be told to."""
    kept = _due(world)
    told_to_stop = step.values["ends"]
    if kept is None:
        done = world.call(lambda: uploads.work(app, JOB), log=[])
        world.need(done is None or not world.certain, "a list that nobody sent is done", step)
        return
    state, is_over = kept.state, kept.attempts >= _ATTEMPTS
    wishes = Wishes(mapping=TOLD if kept.wishes["mapping"] else {}, accept=frozenset(kept.wishes["accept"]))
    plan = foreseen_of(world, kept.path, kept.school, wishes)
    world.frames[-1].value = kept
    writes = state == "writing" and not plan.stops and not is_over
    if state != "writing" or is_over:
        world.frames[-1].batches, world.frames[-1].refused = [], 0
    try:
        done = world.call(
            lambda: uploads.work(app, JOB, stopped=lambda: told_to_stop), log=["import"] if writes else []
        )
    except Stopped:
        world.catch_up()
        _seen(world, kept)
        raise
    world.frames[-1].refused = 0
    _seen(world, kept)
    if done is None or not world.certain:
        return
    _need_done(world, done, state, "failed" if is_over else "done" if writes else "asked", told_to_stop=told_to_stop)
    told = uploads.told_of(done, "nl")
    is_new = done.state != state  # else it was left, and tells what it told before
    if told and is_new and (state == "writing" or kept.wishes["mapping"]):
        counts = tuple(told[name] for name in _COUNTS)
        world.need(counts == plan.counts, "a report of a list counts something else", (step, counts, plan.counts))


def _need_done(world: World, done: Upload, state: str, then: str, *, told_to_stop: bool) -> None:
    """A list waits for a person or has ended, unless its process was told to stop: then it is free for another."""
    states = {then, state} if told_to_stop and then != "failed" else {then}
    world.need(done.state in states, "a list that is in another state than it should be", (done.state, states))
    if done.state == state:
        world.need(done.taken_at is None, "a list that a process left and no other may take", done.id)


def _need_one_import(world: World, kept: Kept, import_id: str | None) -> None:
    """What several processes wrote of a list is one import, unless a part was taken back meanwhile."""
    begun = [world.model.imports[one] for one in kept.imports if one in world.model.imports]
    others = [brought for brought in begun if not brought.undone and brought.id != import_id]
    world.need(not others, "a list that is more than one import", (kept.imports, import_id))
    kept.import_id = import_id


def _saw(world: World, kept: Kept) -> bool:
    rows = world.database.rows("select state, attempts, taken_at from uploads where id = ?", kept.id)
    if rows:
        kept.see(*rows[0])
    return bool(rows)


def _seen(world: World, kept: Kept) -> None:
    """How far the work on a list came: which process has it, and whether it ended."""
    if _saw(world, kept) and kept.state == "done":
        with world.reading() as records:
            _need_one_import(world, kept, uploads.told_of(records.uploads.find(kept.id), "nl")["import_id"])


def undo_list(world: World, app: App, step: Step) -> None:
    """Whoever sent a list takes its import back: all of it at once."""
    model = world.model
    kept = world.pick([one for one in model.uploads.values() if one.state in {"done", "asked"}], step.values["nth"])
    if kept is None:
        return
    brought = model.imports.get(kept.import_id or "")
    refused = "import_not_done"
    if kept.state == "done" and kept.import_id:
        refused = "" if brought is not None else "unknown_import"
    people = taking_back(world, brought) if brought is not None else []
    log = ["import.undo"] if brought is not None and not brought.undone else []
    done = world.call(lambda: uploads.undo(app, _sender(kept), kept.id), log=log, refused=refused)
    _seen(world, kept)
    if done is None or not world.certain:
        return
    world.need(done.state == "undone", "a list whose import was taken back is in another state", done.state)
    if log:
        left = {(one["school"], one["id"], one["because"]) for one in done.outcome["undone"]["left"]}
        world.need(left == named_left(world, people), "an undo names others than it leaves", left)


ACTS = {
    "send_list": send_list,
    "answer_list": answer_list,
    "discard_list": discard_list,
    "work_list": work_list,
    "undo_list": undo_list,
}
