"""Vocabularies of skills: which are in use, how the labels of a school are understood, and what a person says of that.

A label is shown where a request of the school asks it or five of its alumni state it, so that neither a list nor a
decision is about one person. What was decided counts in rankings from the next question on, until it is taken back;
importing a vocabulary again changes nothing of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from matcher.concepts import Kind, Links, Scheme, base_of
from matcher.concepts.scheme import digest_of
from matcher.domain.concepts import Decision
from matcher.domain.moments import stored
from matcher.errors import InvalidValue, UnknownId
from matcher.locale import Language
from matcher.memory import many_objects
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.columns import code_of
from matcher.pool.rare_words import FEWEST
from matcher.repositories import Transaction
from matcher.repositories.vocabularies import KeptVocabulary
from matcher.services import lookup
from matcher.services.app import App, StoreApp
from matcher.services.pools import newest_pool
from matcher.text import skill_key

if TYPE_CHECKING:
    from matcher.sources.competentnl import AskQuery

TRIES = 3
"""So often a decision is looked up again where the data changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A concept that a label may mean. `decided`: True confirmed, False denied, None nothing; `counts`: in rankings.

    `names`: its preferred label by language.
    """

    uri: str
    names: dict[str, str]
    kind: Kind
    source: str
    decided: bool | None
    counts: bool

    @property
    def state(self) -> Literal["confirmed", "denied", "counts", "unused"]:
        """What a person said of it, or else whether rankings count it."""
        if self.decided is None:
            return "counts" if self.counts else "unused"
        return "confirmed" if self.decided else "denied"

    def name(self, language: Language) -> str:
        """The preferred label in a language, else in another; the URI for a concept without one."""
        return self.names.get(language) or next(iter(self.names.values()), self.uri)


@dataclass(frozen=True, slots=True)
class Label:
    """A label at a school, with what it means; of no meanings: it counts by its name alone.

    `alumni`: how many state it, 0 for fewer than five. `asked`: in how many requests.
    """

    key: str
    alumni: int
    asked: int
    meanings: tuple[Meaning, ...]

    @property
    def is_linked(self) -> bool:
        """Whether it counts by more than its name."""
        return any(one.counts for one in self.meanings)


def import_esco(app: StoreApp, asker: Asker, paths: Sequence[Path], version: str = "") -> KeptVocabulary:
    """Uses ESCO from these folders and files (.csv, .zip) from now on. `version`: where their names do not tell it.

    Raises Forbidden, and UnreadableFile and InvalidValue as `matcher.sources.esco.read`.
    """
    from matcher.sources import esco

    asker.owner(Action.VOCABULARY, None)
    with many_objects():
        scheme = esco.read(paths, version)
    return _keep(app, asker, scheme)


def import_competentnl(app: StoreApp, asker: Asker, ask: AskQuery, address: str) -> KeptVocabulary:
    """Uses CompetentNL from now on, as its endpoint gives it out today.

    Raises Forbidden, and InvalidValue as `matcher.sources.competentnl.read`.
    """
    from matcher.sources import competentnl

    asker.owner(Action.VOCABULARY, None)
    return _keep(app, asker, competentnl.read(ask, address, app.clock.today().isoformat()))


def _keep(app: StoreApp, asker: Asker, scheme: Scheme) -> KeptVocabulary:
    content = scheme.to_bytes()
    counts = scheme.count(Kind.SKILL, Kind.KNOWLEDGE), scheme.count(Kind.OCCUPATION)

    def work(tx: Transaction) -> KeptVocabulary:
        about = scheme.name, scheme.version, scheme.source, scheme.licence, digest_of(content)
        kept = KeptVocabulary(*about, *counts, stored(tx.now))
        if all((one.name, one.version, one.digest) != (kept.name, kept.version, kept.digest)
               for one in tx.vocabularies.in_use()):  # fmt: skip
            tx.vocabularies.keep(kept, content)
        tx.note(Action.VOCABULARY, {"vocabulary": kept.name, "version": kept.version})
        return kept

    return app.store.write(work, by=asker)


def stop(app: StoreApp, asker: Asker, name: str) -> None:
    """Uses a vocabulary no more; decisions stay for when it is back. Raises Forbidden, UnknownId."""
    asker.owner(Action.VOCABULARY, None)

    def work(tx: Transaction) -> None:
        if not tx.vocabularies.stop(name):
            raise UnknownId("vocabulary_unknown", name=name)
        tx.note(Action.VOCABULARY, {"vocabulary": name, "version": ""})

    app.store.write(work, by=asker)


def in_use(app: StoreApp, asker: Asker) -> list[KeptVocabulary]:
    """The vocabularies in use, which anyone may know: they are public, and what must be said of them is said."""
    del asker
    with app.store.read() as records:
        return records.vocabularies.in_use()


def labels(app: App, asker: Asker, school: str | None = None) -> list[Label]:
    """The labels at a school, those that most alumni state and requests ask first.

    Raises Forbidden, UnknownId, InvalidValue('name_a_school').
    """
    asker.scope(Action.SKILLS)
    with app.store.read() as records:
        named = lookup.one_school(records, asker, Action.SKILLS, school)
        decided = [one for one in records.vocabularies.decisions() if one.school == named]
        origin = records.changes.origin()
    pool = newest_pool(app, origin)
    alumni, asked = _counted(pool, named)
    shown = sorted({*alumni, *asked}, key=lambda key: (-alumni[key], -asked[key], key))
    return [Label(key, alumni[key], asked[key], _meanings(pool.links, key, named, decided)) for key in shown]


def decide(
    app: App, asker: Asker, label: str, meaning: str, *, confirmed: bool | None, school: str | None = None
) -> None:
    """Says that a label means a concept at a school, that it does not, or (None) takes back what was said.

    `meaning`: the URI of a skill of a vocabulary in use, or a name that one skill alone has.

    Raises Forbidden, UnknownId (`unknown_label`, `unknown_concept`, `unknown_school`), InvalidValue
    (`several_concepts`, `name_a_school`, and `vocabulary_changed` where data go on changing meanwhile).
    """
    asker.scope(Action.SKILLS)
    key = skill_key(label)
    for _ in range(TRIES):
        with app.store.read() as records:
            named = lookup.one_school(records, asker, Action.SKILLS, school)
            origin = records.changes.origin()
        pool = newest_pool(app, origin)
        if confirmed is None:
            uri = meaning
        else:
            alumni, asked = _counted(pool, named)
            if key not in alumni and key not in asked:
                raise UnknownId("unknown_label", label=label)
            uri = _one_skill(pool.links, meaning)
        if app.store.write(_deciding(Decision(named, key, uri, confirmed is True), origin, confirmed), by=asker):
            return
    raise InvalidValue("vocabulary_changed")


def _deciding(decision: Decision, origin: str, confirmed: bool | None) -> Callable[[Transaction], bool]:
    """Writes a decision where the data are what it was looked up in; False where they are not."""

    def work(tx: Transaction) -> bool:
        if confirmed is None:
            if not tx.vocabularies.take_back(decision.school, decision.label, decision.uri):
                raise UnknownId("unknown_concept", name=decision.uri)
        elif tx.changes.origin() != origin:
            return False
        else:
            tx.vocabularies.decide(decision)
        tx.note(Action.SKILLS, {"school": decision.school})
        return True

    return work


def _counted(pool: Pool, school: str) -> tuple[Counter[str], Counter[str]]:
    """By key of a label how many alumni of a school state it, if five do, and in how many of its requests it is."""
    names, code = pool.vocabulary, code_of(school)
    own = pool.people.skills.take(np.flatnonzero(pool.people.school == code))
    alumni: Counter[str] = Counter()
    for name, count in zip(names.skills, np.bincount(own.values, minlength=len(names.skills)).tolist(), strict=True):
        alumni[base_of(name)] += count
    requests = pool.requests.skills.take(np.flatnonzero(pool.requests.school == code))
    asked = Counter(base_of(names.requested_skills[number]) for number in requests.values.tolist())
    return Counter({key: count for key, count in alumni.items() if count >= FEWEST}), asked


def _meanings(links: Links | None, key: str, school: str, decided: Collection[Decision]) -> tuple[Meaning, ...]:
    """What a label may mean: what its name says, and what people said of it."""
    if links is None:
        return ()
    said = {one.uri: one.confirmed for one in decided if one.label == key}
    return meanings_of(links, key, said, counting=links.here(key, school))


def meanings_of(
    links: Links, key: str, said: Mapping[str, bool], *, counting: Collection[int], also: Collection[str] = ()
) -> tuple[Meaning, ...]:
    """The concepts that a key has anywhere, and those that somebody `said` it means or not, or (`also`) may mean.

    `counting`: those that rankings count.
    """
    known = links.labels
    others = [known.number[uri] for uri in (*also, *said) if uri in known.number]
    found = []
    for number in dict.fromkeys([*links.of(key), *others]):
        concept = known.concepts[number]
        names = {language: labels_[0] for language, labels_ in concept.preferred.items() if labels_}
        source = known.scheme_of(number).name
        counts = number in counting
        found.append(Meaning(concept.uri, names, concept.kind, source, said.get(concept.uri), counts))
    return tuple(found)


def _one_skill(links: Links | None, meaning: str) -> str:
    """The URI of the skill that a person means."""
    if links is not None:
        number = links.labels.number.get(meaning)
        if number is not None and links.labels.concepts[number].kind is not Kind.OCCUPATION:
            return meaning
        found = links.of(skill_key(meaning))
        if len(found) == 1:
            return links.labels.concepts[found[0]].uri
        if found:
            choices = [f"{links.labels.concepts[one].name('nl')} ({links.labels.concepts[one].uri})" for one in found]
            raise InvalidValue("several_concepts", name=meaning, choices=choices)
    raise UnknownId("unknown_concept", name=meaning)
