"""A vocabulary comes and goes; schools decide what a label means, and alumni what an own word means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matcher.policy import COMMAND_LINE, Role
from matcher.services import own_meanings, vocabularies
from matcher.services.app import App
from tests.simulation.acts.askers import staff, themselves
from tests.simulation.meanings import ASKED, BASE, NAMES, VERSIONS, may_mean, means, said_by, uris
from tests.simulation.region import SCHOOLS
from tests.simulation.region import SKILLS as WORDS
from tests.simulation.steps import Step
from tests.support.esco import OCCUPATIONS, RELATIONS, SKILLS, table

if TYPE_CHECKING:
    from tests.simulation.world import World

_FEWEST = 5
"""Alumni who state a label, so that a school sees it."""


def take_vocabulary(world: World, app: App, step: Step) -> None:
    """The operator takes a version into use, or uses none any more; nobody at a school may."""
    version, model = step.values["version"], world.model
    world.frames[-1].value = version
    if version is None:
        world.call(
            lambda: vocabularies.stop(app, COMMAND_LINE, "esco"),
            log=["vocabulary"],
            refused="" if model.vocabulary else "vocabulary_unknown",
        )
        return
    stranger = step.values["stranger"]
    asker = staff(Role.COORDINATOR, SCHOOLS[0]) if stranger else COMMAND_LINE
    folder = _written(world.folder / f"esco-{version}", version)
    world.call(
        lambda: vocabularies.import_esco(app, asker, [folder], version),
        log=["vocabulary"],
        refused="not_for_this_role" if stranger else "",
    )


def _written(folder: Path, version: str) -> Path:
    """The files of a version, as ESCO writes them."""
    folder.mkdir(exist_ok=True)
    skills = [
        ("Skill", BASE + name, "skill/competence", "", names[0], "\n".join(names[1:]), "released")
        for name, names in VERSIONS[version].items()
    ]
    occupations = [("Occupation", BASE + name, "", name, "", "released", "") for name in ASKED]
    relations = [
        (BASE + name, "optional" if place else "essential", "skill/competence", BASE + skill)
        for name, asked in ASKED.items()
        for place, skill in enumerate(asked)
    ]
    for name, header, rows in (
        ("skills", SKILLS, skills),
        ("occupations", OCCUPATIONS, occupations),
        ("occupationSkillRelations", RELATIONS, relations),
    ):
        (folder / f"{name}_nl.csv").write_bytes(table(header, *rows))
    return folder


def decide_label(world: World, app: App, step: Step) -> None:
    """A coordinator says what a label means at the school, which counts from then on, or takes that back."""
    model, values, same = world.model, step.values, world.same(step)
    school = same.person.school if same is not None and same.person is not None else SCHOOLS[values["school"]]
    label, uri, yes = WORDS[values["word"]], BASE + NAMES[values["skill"]], values["says"]
    of = (school, label, uri)
    world.frames[-1].value = of, yes
    refused: tuple[str, ...] = ("",)
    if yes is None:
        refused = ("" if of in model.decided else "unknown_concept",)
    elif uri not in uris(model.vocabulary):
        refused = ("unknown_concept",)
    if yes is not None and not _is_seen(world, school, label):
        refused = (*refused, "unknown_label")  # whether a request asks it is for its text too
    world.call(
        lambda: vocabularies.decide(app, staff(Role.COORDINATOR, school), label, uri, confirmed=yes),
        log=["skills"],
        refused=refused,
    )


def _is_seen(world: World, school: str, label: str) -> bool:
    """Whether five alumni state a label, or a request of the school lists it."""
    stating = [one for one in world.model.people.values() if one.school == school and label in _words(one)]
    asked = world.database.rows("select skills from requests where school = ?", school)
    return len(stating) >= _FEWEST or any(f'"{label}"' in (skills or "") for (skills,) in asked)


def _words(person: object) -> tuple[str, ...]:
    return tuple(person.values["skills"] or ())  # type: ignore[attr-defined]


def say_meaning(world: World, app: App, step: Step) -> None:
    """An alumnus says what an own word means, or takes that back; only what it may mean, and only of own words."""
    person, model, values = world.person(step), world.model, step.values
    if person is None:
        return
    word = world.pick(_words(person), values["nth"]) if values["own"] else WORDS[values["word"]]
    word = word or WORDS[values["word"]]
    choices = sorted(may_mean(model, person, word)) if values["fits"] else []
    uri, yes = world.pick(choices, values["skill"]) or BASE + NAMES[values["skill"]], values["says"]
    world.frames[-1].value = word, uri, yes
    known = said_by(model, person).get((word, uri))
    refused = ""
    if yes is None:
        refused = "unknown_concept" if known is None else ""
    elif word not in _words(person):
        refused = "unknown_own_word"
    elif uri not in may_mean(model, person, word):
        refused = "unknown_concept"
    world.call(
        lambda: own_meanings.say(app, themselves(person), word, uri, confirmed=yes),
        log=[] if yes is not None and known is yes else ["skill.meaning"],
        refused=refused,
    )
    if world.certain and person.key in model.people:
        shown = world.call(lambda: own_meanings.mine(app, themselves(person))) or []
        told = {one.word: {meaning.uri for meaning in one.meanings if meaning.counts} for one in shown}
        counted = {one: means(model, person, one) for one in _words(person)}
        world.need(told == counted, "somebody is shown another meaning than counts", (told, counted))


ACTS = {"take_vocabulary": take_vocabulary, "decide_label": decide_label, "say_meaning": say_meaning}
