"""Alumni who may be one person: looked at, told apart, made one, and made two again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.policy import COMMAND_LINE, Asker, Role
from matcher.repositories.values import Side
from matcher.services import duplicates
from matcher.services.app import App
from tests.simulation.acts.askers import staff
from tests.simulation.merging import possible, refusal
from tests.simulation.model import Person
from tests.simulation.region import SCHOOLS
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.world import World


def _asker(step: Step, school: str) -> tuple[Asker, str | None]:
    """Who decides, and the school that is named then."""
    by_school = step.values["by"] == "coordinator"
    return (staff(Role.COORDINATOR, school), None) if by_school else (COMMAND_LINE, school)


def _pair(world: World, step: Step) -> tuple[Person, Person] | None:
    """Two of a school: mostly two who may be one, else any two, at times one twice."""
    model, school, same = world.model, SCHOOLS[step.values["school"]], world.same(step)
    one = same.person if same is not None and same.person is not None else None
    if one is not None:
        school = one.school
    people = sorted((o.id, o) for o in model.people.values() if o.school == school)
    if not people or (one is not None and one.key not in model.people):
        return None
    alike = sorted(possible(model, school))
    first, second = step.values["first"], step.values["second"]
    if one is None and alike and step.values["alike"]:
        pair = alike[first % len(alike)]
        chosen = [model.named[school, id_] for id_ in pair]
    else:
        chosen = [one or people[first % len(people)][1], people[second % len(people)][1]]
    kept, gone = chosen if step.values["turn"] else chosen[::-1]
    world.frames[-1].person = kept if second % 3 else gone
    return kept, gone


def _called(person: Person, step: Step) -> str:
    """A number of somebody: that of now, or one of before a merge."""
    names = [person.id, *sorted(person.formers)]
    return names[step.number % len(names)]


def see_possible(world: World, app: App, step: Step) -> None:
    """The pairs that may be one person, and two of them side by side; nothing changes."""
    school = SCHOOLS[step.values["school"]]
    asker, named = _asker(step, school)
    refused = "" if named is None or any(o.school == school for o in world.model.people.values()) else "unknown_school"
    pairs = world.call(lambda: duplicates.possible(app, asker, named), refused=("", refused))
    shown = {(pair.first, pair.second) for pair in pairs or ()}
    world.need(shown == possible(world.model, school), "other pairs than those who may be one person", shown)
    found = _pair(world, step)
    if found is None or step.values["second"] % 4:
        return
    one, other = found
    both = world.call(
        lambda: duplicates.compared(app, asker, _called(one, step), _called(other, step), school=named),
        log=["person.compare"],
        refused="same_number" if one is other else "",
    )
    if both is not None and world.certain:
        shown_keys = {both.kept.alumnus.key, both.gone.alumnus.key}
        world.need(shown_keys == {one.key, other.key}, "two others side by side", (one, other))


def differ(world: World, app: App, step: Step) -> None:
    """Somebody says that two are two people."""
    found = _pair(world, step)
    if found is None:
        return
    one, other = found
    asker, named = _asker(step, one.school)
    known = frozenset({one.key, other.key}) in world.model.different
    is_new = world.call(
        lambda: duplicates.different(app, asker, _called(one, step), _called(other, step), school=named),
        log=["person.different"],
        refused="same_number" if one is other else "",
    )
    if is_new is not None and world.certain:
        world.need(is_new is not known, "a pair that was known is new, or the other way round", (one, other))


def merge(world: World, app: App, step: Step) -> None:
    """Two become one."""
    found = _pair(world, step)
    if found is None:
        return
    kept, gone = found
    asker, named = _asker(step, kept.school)
    chosen = world.frames[-1].value = dict(step.values["chosen"])
    sides = {name: Side(side) for name, side in chosen.items()}
    world.call(
        lambda: duplicates.merge(app, asker, _called(kept, step), _called(gone, step), sides, school=named),
        log=["person.merge"],
        refused="same_number" if kept is gone else "",
    )


def undo_merge(world: World, app: App, step: Step) -> None:
    """Two again, unless a later merge is in the way; another school cannot."""
    model, frame, same = world.model, world.frames[-1], world.same(step)
    merges = list(model.merges.values())
    if same is not None and same.person is not None:
        merges = [one for one in merges if one.holder == same.person.key] or merges
    merged = world.pick(merges, step.values["nth"])
    if merged is None:
        world.call(lambda: duplicates.undo_merge(app, COMMAND_LINE, "ZZZZ2222"), refused="unknown_merge")
        return
    school = merged.gone.school
    other = next(name for name in SCHOOLS if name != school)
    asker, _ = _asker(step, school)
    stranger = step.values["by"] == "stranger"
    frame.person = model.people[merged.holder]
    done = world.call(
        lambda: duplicates.undo_merge(app, staff(Role.COORDINATOR, other) if stranger else asker, merged.id),
        log=["person.unmerge"],
        refused="unknown_merge" if stranger else refusal(model, merged),
    )
    if done is not None and world.certain:
        names = (model.people[merged.holder].id if merged.holder in model.people else done.kept, merged.number)
        world.need((done.kept, done.gone) == names, "others are made two again", (done, names))
        left: object = frame.value
        world.need(set(done.left) == left, "an undo of a merge names others than it leaves", (done.left, left))


ACTS = {"see_possible": see_possible, "differ": differ, "merge": merge, "undo_merge": undo_merge}
