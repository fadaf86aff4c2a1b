"""What skills mean here, told once more: by the vocabulary in use, by what schools decided, and by whose word it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.simulation.database import moment
from tests.simulation.known import person_of

if TYPE_CHECKING:
    from matcher.pool import Pool
    from tests.simulation.model import Model, Person
    from tests.simulation.world import Frame, World

Details = Mapping[str, Any]
BASE = "http://data.voorbeeld.example/esco/"
VERSIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "1.1": {
        "weld": ("lastechnieken toepassen", "lassen"),
        "care": ("wondverzorging", "wondzorg", "ehbo"),
        "lead": ("een keuken leiden", "plannen"),
        "order": ("werk voorbereiden", "plannen"),
        "cook": ("gerechten bereiden", "koken"),
    },
    "1.2": {
        "weld": ("lastechnieken toepassen", "lassen"),
        "care": ("wondverzorging", "wondzorg"),
        "aid": ("eerste hulp", "ehbo"),
        "lead": ("een keuken leiden", "plannen"),
        "order": ("werk voorbereiden", "plannen"),
    },
}
"""The names of each skill by version, the preferred one first."""
ASKED = {"lasser": ("weld", "order"), "kok": ("lead",)}
"""The skills of each occupation: the first is essential, the others optional."""
NAMES = tuple(dict.fromkeys(name for skills in VERSIONS.values() for name in skills))


@dataclass
class Own:
    """What an alumnus said of an own word."""

    label: str
    uri: str
    confirmed: bool
    at: datetime


def uris(version: str | None) -> set[str]:
    """The skills of a version."""
    return {BASE + name for name in VERSIONS[version]} if version else set()


def usual(version: str | None, label: str) -> set[str]:
    """What a word means by a version alone."""
    return {BASE + name for name, labels in VERSIONS[version].items() if label in labels} if version else set()


def said_by(model: Model, person: Person) -> dict[tuple[str, str], bool]:
    """What somebody said of each own word and meaning: the last of it."""
    own = sorted(model.own("own_meanings", person).items(), key=lambda item: (item[1].at, item[0]))
    return {(one.label, one.uri): one.confirmed for _, one in own}


def decided_at(model: Model, school: str) -> dict[tuple[str, str], bool]:
    """The same of a school."""
    return {(label, uri): yes for (name, label, uri), yes in model.decided.items() if name == school}


def may_mean(model: Model, person: Person, label: str) -> set[str]:
    """What somebody may say of an own word: what it means by the vocabulary, or by somebody's word."""
    confirmed = {uri for (word, uri), yes in decided_at(model, person.school).items() if word == label and yes}
    own = {uri for word, uri in said_by(model, person) if word == label}
    return usual(model.vocabulary, label) | ((confirmed | own) & uris(model.vocabulary))


def means(model: Model, person: Person, label: str) -> set[str]:
    """What a word of somebody means: the own word goes before that of the school, and that before the vocabulary."""
    found, is_said, here = usual(model.vocabulary, label), False, uris(model.vocabulary)
    for said in (decided_at(model, person.school), said_by(model, person)):
        yes = {uri for (word, uri), right in said.items() if word == label and right and uri in here}
        no = {uri for (word, uri), right in said.items() if word == label and not right}
        found, is_said = (yes, True) if yes else (found, is_said)
        found = found - no
    if len(found) > 1 and not is_said:
        of_work = {BASE + name for name in ASKED.get((person.function or "").lower(), ())}
        found = found & of_work or found
    return found


# ---- the log


def _vocabulary(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    version: Any = frame.value
    world.need(details["version"] == (version or ""), "another vocabulary is used than was given", details)
    world.model.vocabulary = version


def _decided(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    value: Any = frame.value
    of, yes = value
    world.need(details["school"] == of[0], "a decision of another school", (details, value))
    if yes is None:
        world.need(of in world.model.decided, "a decision is taken back that nobody made", value)
        del world.model.decided[of]
    else:
        world.model.decided[of] = yes


def _said(world: World, frame: Frame, details: Details, actor: int | None, role: str) -> None:
    value: Any = frame.value
    label, uri, yes = value
    model, person = world.model, person_of(world, details["alumnus"])
    for key, one in model.own("own_meanings", person).items():
        if (one.label, one.uri) == (label, uri):
            del model.own_words[key], model.held["own_meanings", key]
    if yes is None:
        return
    found = world.database.rows(
        "select key from own_meanings where alumnus_key = ? and label = ? and uri = ?", person.key, label, uri
    )
    world.need(len(found) == 1, "what an own word means is kept twice, or not", (found, value))
    model.own_words[found[0][0]] = Own(label, uri, yes, world.now)
    model.held["own_meanings", found[0][0]] = person.key


MEANING: Mapping[str, Any] = {"vocabulary": _vocabulary, "skills": _decided, "skill.meaning": _said}


# ---- what holds


def need_tables(world: World) -> None:
    """The vocabulary in use, the decisions in force, and what alumni said, are those that the log tells of."""
    model, rows = world.model, world.database.rows
    used = rows("select version, digest from vocabularies order by since")
    version = used[-1][0] if used and used[-1][1] else None
    world.need(version == model.vocabulary, "a table is not what happened: vocabularies", (used, model.vocabulary))
    newest = {
        (school, label, uri): yes
        for school, label, uri, yes in rows("select school, label, uri, confirmed from skill_decisions order by since")
    }
    decided = {of: bool(yes) for of, yes in newest.items() if yes is not None}
    world.need(decided == model.decided, "a table is not what happened: skill_decisions", (decided, model.decided))
    there = {
        (key, holder, label, uri, bool(yes), moment(at))
        for key, holder, label, uri, yes, at in rows(
            "select key, alumnus_key, label, uri, confirmed, since from own_meanings"
        )
    }
    known = {
        (key, model.held["own_meanings", key], one.label, one.uri, one.confirmed, one.at)
        for key, one in model.own_words.items()
    }
    world.need(there == known, "a table is not what happened: own_meanings", there ^ known)


def need_counted(world: World, pool: Pool) -> None:
    """In the pool each word of each alumnus means what the rules say, counted again without any table of labels."""
    model, links = world.model, pool.links
    world.need((links is None) == (model.vocabulary is None), "a pool with another vocabulary", model.vocabulary)
    if links is None:
        return
    names = pool.vocabulary.skills
    for key, person in model.people.items():
        there = {}
        for code in pool.people.skills.row(pool.person_row[key]).tolist():
            found = {links.labels.concepts[one].uri for one in links.of_name(names[code])}
            there[names[code].split("\x1f")[0]] = found
        told = {word: means(model, person, word) for word in person.values["skills"] or ()}
        world.need(there == told, "a word counts for something else than it means", (person, there, told))
