"""What an alumnus says that words of the own skills mean: for this alumnus that counts before what the school decided.

It lasts: neither a list of the school nor a vocabulary that is imported again brings back what was denied, also where
the word itself was gone for a while. Only what a word may mean can be said, so that nobody states a skill by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matcher.concepts import Links
from matcher.domain.records import Alumnus
from matcher.errors import InvalidValue, UnknownId
from matcher.policy import Action, Asker
from matcher.pool.concepts import beside_alumnus
from matcher.repositories import Records, Transaction
from matcher.services import lookup
from matcher.services.app import App
from matcher.services.pools import newest_pool
from matcher.services.vocabularies import TRIES, Meaning, meanings_of
from matcher.text import skill_key


@dataclass(frozen=True, slots=True)
class OwnWord:
    """A word of the own skills as it is written, with what it may mean; of no meanings: it counts by its name alone.

    Of each meaning `decided` is what the alumnus said, and `counts` whether it does for this alumnus.
    """

    word: str
    meanings: tuple[Meaning, ...]


def mine(app: App, asker: Asker) -> list[OwnWord]:
    """The words of the asking alumnus with what each means, in the order of the record. Raises Forbidden, UnknownId."""
    asker.own_key(Action.SKILL_MEANING)
    with app.store.read() as records:
        alumnus = lookup.own_record(records, asker)
        links = newest_pool(app, records.changes.origin()).links
        return _words(records, links, alumnus)


def say(app: App, asker: Asker, word: str, uri: str, *, confirmed: bool | None) -> None:
    """The asking alumnus says that an own word means a concept, that it does not, or (None) takes back what was said.

    Raises Forbidden, UnknownId (`unknown_own_word`, `unknown_concept`, and for whoever is gone), and InvalidValue
    (`vocabulary_changed`) where data go on changing meanwhile.
    """
    asker.own_key(Action.SKILL_MEANING)
    for _ in range(TRIES):
        with app.store.read() as records:
            origin = records.changes.origin()
        links = newest_pool(app, origin).links
        if app.store.write(_saying(asker, (word, uri, confirmed), origin, links), by=asker):
            return
    raise InvalidValue("vocabulary_changed")


def _saying(
    asker: Asker, said: tuple[str, str, bool | None], origin: str, links: Links | None
) -> Callable[[Transaction], bool]:
    """Writes what was said where the data are those of these links; False where they are not."""
    word, uri, confirmed = said

    def work(tx: Transaction) -> bool:
        label, own, alumnus = skill_key(word), tx.own_meanings, lookup.own_record(tx, asker)
        if confirmed is None:
            if not own.take_back(alumnus.key, label, uri):
                raise UnknownId("unknown_concept", name=uri)
        elif tx.changes.origin() != origin:
            return False
        else:
            words = {skill_key(one.word): one.meanings for one in _words(tx, links, alumnus)}
            if label not in words:
                raise UnknownId("unknown_own_word", label=word)
            if all(one.uri != uri for one in words[label]):
                raise UnknownId("unknown_concept", name=uri)
            if not own.say(alumnus.key, label, uri, confirmed=confirmed):
                return True
        tx.note(Action.SKILL_MEANING, {"alumnus": alumnus.key})
        return True

    return work


def _words(records: Records, links: Links | None, alumnus: Alumnus) -> list[OwnWord]:
    """Each word once, whatever its capitals."""
    words = {key: word for word in reversed(alumnus.skills) if (key := skill_key(word))}
    if links is None:
        return [OwnWord(word, ()) for word in reversed(words.values())]
    own, school = records.own_meanings.of([alumnus.key]).get(alumnus.key, ()), alumnus.school
    decided = [one for one in records.vocabularies.decisions() if one.school == school and one.confirmed]
    found = []
    for key, word in reversed(words.items()):
        said = {one.uri: one.confirmed for one in own if one.label == key}
        counting = links.here(key, school, beside_alumnus(alumnus), own)
        also = [one.uri for one in decided if one.label == key]
        found.append(OwnWord(word, meanings_of(links, key, said, counting=counting, also=also)))
    return found
