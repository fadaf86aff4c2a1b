"""Back-ups while others work, rehearsals, and restores from which the region goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.errors import ConfigurationError
from matcher.policy import COMMAND_LINE, VISITOR
from matcher.services import access, backups
from matcher.services.app import App, WithoutEngine
from matcher.store.sql_store import SqlStore
from tests.simulation.copies import (
    Taken,
    WatchedBackups,
    agreed,
    go_back,
    need_counted,
    need_held,
    need_restored,
    secret_of_handles,
)
from tests.simulation.journal import Announced, Undone
from tests.simulation.processes import Stopped
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

_KEPT = 3
"""How many back-ups the operator keeps."""


def backup(world: World, app: App, step: Step) -> None:
    """A copy while others work; the journal then says of every erasure whether it was done."""
    if len(world.frames) > 1:
        return
    process = world.processes[step.process]
    copies = WatchedBackups(world, process.life, process.journal)
    target = world.folder / f"copy-{step.number}.backup"
    world.call(lambda: backups.back_up(app, COMMAND_LINE, copies, target), log=["backup"])
    for old in world.copies[:-_KEPT]:
        old.file.unlink(missing_ok=True)
    del world.copies[:-_KEPT]
    announced = world.announced.values()
    lost = world.not_yet.union(*(one.erased for one in announced if one.done is not False))
    for one in announced:
        _need_settled(world, one, lost)


def _need_settled(world: World, one: Announced, lost: set[int]) -> None:
    """The journal was right about each erasure, and says of nothing that was taken back that it was not.

    `lost`: who may be gone: those whom other erasures took, and those who came after the back-up that was restored.
    """
    if one.done is None:
        return
    rule = "a journal that is wrong about an erasure"
    world.need(set(one.gone) == (one.erased if one.done else set()), rule, one)
    gone = one.erased - {key for person in world.model.people.values() for key in person.keys}
    world.need(not one.done or gone == one.erased, rule, one)
    world.need(gone <= lost, rule, one)
    taken_back = one.committed and any(act.holds for act in one.acts)
    world.need(one.done or not taken_back, "a journal that does not know what was taken back", one)


def _chosen(world: World, step: Step) -> Taken | None:
    return None if len(world.frames) > 1 else world.pick(world.copies, step.values["nth"])


def rehearse(world: World, app: App, step: Step) -> None:
    """A restore into an empty place, which is compared and given up."""
    taken = _chosen(world, step)
    if taken is None or taken.keys != world.keys:
        return
    process = world.processes[step.process]
    copies = WatchedBackups(world, process.life, process.journal)
    _, again, counts = agreed(world, taken)
    done = world.call(lambda: backups.rehearse(app, COMMAND_LINE, copies, taken.file), log=["backup.rehearse"])
    if done is not None and world.certain:
        world.need(not done.problems, "a back-up that cannot be restored", done.problems)
        need_counted(world, done.restored, counts)
        need_restored(world, taken, copies.rehearsed[0], again, _entries(again))


def _entries(again: Undone) -> list[str]:
    return [*["person.unmerge"] * len(again.apart), *["person.erase"] * len(again.erased), "backup.restore"]


def restore(world: World, app: App, step: Step) -> None:
    """In earnest, with every process stopped: one that stops halfway is run again, and the region goes on from there.

    With another key of contact details than that of the back-up it is refused first.
    """
    del app
    taken = _chosen(world, step)
    if taken is None:
        return
    for process in world.processes:
        process.stop()
    secret = secret_of_handles(world.database.rows("select name, value from installation_values"))
    if taken.keys[:1] != world.keys[:1]:
        _need_refused(world, step, taken)
        world.keys = taken.keys
    try:
        _run(world, step, taken, secret)
    except Stopped:
        world.processes[step.process].revive()
        _run(world, step, taken, secret)


def _need_refused(world: World, step: Step, taken: Taken) -> None:
    """On PostgreSQL the database is then closed to all until a restore succeeds, so its log is not read here."""
    copies, store = _parts(world, step)
    code = ""
    try:
        backups.restore(WithoutEngine(store, world.clock), COMMAND_LINE, copies, taken.file, sure=True)
    except ConfigurationError as error:
        code = error.code
    except Stopped:
        world.processes[step.process].revive()
        return
    world.need(code == "backup_key", "a restore with another key", code)


def _parts(world: World, step: Step) -> tuple[WatchedBackups, SqlStore]:
    """What a command needs that opens no database."""
    process = world.processes[step.process]
    world.stop_reading()
    copies = WatchedBackups(world, process.life, process.journal)
    return copies, SqlStore(world.database.url, world.clock, world.keys, process.journal)


def _run(world: World, step: Step, taken: Taken, secret: str | None) -> None:
    copies, store = _parts(world, step)
    tokens = [secret for secret, _ in world.tokens]
    model, again, counts = agreed(world, taken)
    entries = _entries(again)

    def use() -> backups.Restored:
        restored = backups.restore(WithoutEngine(store, world.clock), COMMAND_LINE, copies, taken.file, sure=True)
        go_back(world, taken, model, again, secret=secret)
        return restored

    restored = world.call(use, log=entries)
    if restored is None:
        return
    need_counted(world, restored, counts)
    tables = world.database.tables()
    need_restored(world, taken, tables, again, entries)
    world.need(restored.held == need_held(world, taken), "other mail is held than is told", restored.held)
    world.need(not tables["sessions"] and not tables["links"], "a session or link of before a restore", "")
    fresh = world.app_of(step.process)
    for token in tokens:
        world.need(access.token_holder(fresh, VISITOR, token) is None, "a token works on after a restore", "")
    world.tokens.clear()


ACTS = {"backup": backup, "rehearse": rehearse, "restore": restore}
