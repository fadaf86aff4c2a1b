"""Why alumni whom an asker expected are not in a list: looked for by a word, and told in counts alone.

An asker who sees cards is told of those who are in the list, or fail a rule about the request, and only where there are
at least five of them: never that one alumnus exists, and nothing of those who did not agree, object or are paused.
Words that few hold find nobody. Whoever may list alumni is told all counts by their rule.

A word is looked for in the other language too, Dutch or English, where it is a fact what it is there
(`matcher.links.translated`); the answer says which words that were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher import disclosure
from matcher.errors import InvalidValue
from matcher.links import Near, translated
from matcher.matching.question import Question
from matcher.matching.ranking import apply_rules
from matcher.matching.unwanted import naming
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.cards import cards_of
from matcher.pool.columns import Bool
from matcher.pool.pairs import Pairs
from matcher.pool.rare_words import words_in
from matcher.services import lookup, questions
from matcher.services.app import App
from matcher.services.pools import newest_pool

MOST_WORDS = 4
"""Words that are looked for together; all of them have to be there."""
LONGEST = 80
"""Characters of what is looked for."""


NEAR = 0.55
"""The least cosine, by the second encoder, of two names of one concept that mean nearly the same."""


@dataclass(frozen=True, slots=True)
class Missed:
    """How many alumni of a word are in the list, and how many are not, by the rule that they fail first.

    What an asker may not be told is left out: for cards a count below five is 0 here, and a rule about an alumnus is
    not named. `also`: what was looked for in the other language.
    """

    listed: int
    excluded: Mapping[str, int]
    also: tuple[str, ...] = ()


def of_request(app: App, asker: Asker, request_id: str, word: str, *, school: str | None = None) -> Missed:
    """Those of a saved request. Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `word_needed`."""
    words = _words(word)
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.MATCH, request_id, school)
        origin = records.changes.origin()
    question = Question(request, app.clock.today())
    return _missed(app, asker, question, words, newest_pool(app, origin))


def of_question(app: App, asker: Asker, wanted: questions.Wanted, word: str) -> Missed | None:
    """Those of a question that is not saved; None where no list can be made of it.

    Raises Forbidden, UnknownId, InvalidValue: `word_needed`, and as `questions.ask`.
    """
    words = _words(word)
    found = questions.as_question(app, asker, wanted)
    if found is None:
        return None
    question, pool = found
    return _missed(app, asker, question, words, pool)


def _words(text: str) -> list[str]:
    words = words_in(text[:LONGEST])[:MOST_WORDS]
    if not words:
        raise InvalidValue("word_needed")
    return words


def _missed(app: App, asker: Asker, question: Question, words: list[str], pool: Pool) -> Missed:
    on_cards = disclosure.sees_cards(asker)
    candidates = question.candidates(cards_of(pool) if on_cards else pool)
    pairs = candidates.pairs
    held = np.ones(len(pairs), np.bool_) if candidates.seen is None else candidates.seen
    others = {word: translated(word, _near(app)) for word in dict.fromkeys([*words, " ".join(words)])}
    whole = others.pop(" ".join(words)) if len(words) > 1 else []
    named = np.ones(len(pairs), np.bool_)
    for word in words:
        named = named & (_named(pairs, [word, *others[word]]) | disclosure.of_town(pairs.pool, pairs.rows, word))
    named = named | disclosure.of_town(pairs.pool, pairs.rows, " ".join(words)) | _named(pairs, whole)
    also = tuple(dict.fromkeys(whole or [other for word in words for other in others[word]]))
    eligible = apply_rules(pairs, held & named)
    missed = Missed(len(eligible.pairs), eligible.excluded, also)
    details = {"query": question.record.key, "listed": missed.listed, "excluded": dict(missed.excluded)}
    app.store.write(lambda tx: tx.note("match.missed", details), by=asker)
    if not on_cards:
        return missed
    told, excluded = disclosure.counts_on_cards({"listed": missed.listed}, missed.excluded)
    return Missed(told["listed"], excluded, also)


def _named(pairs: Pairs, names: Sequence[str]) -> Bool:
    """Which alumni have one of these names in their texts, of a name of several words each; shape (m,)."""
    found = np.zeros(len(pairs), np.bool_)
    for name in names:
        found |= np.logical_and.reduce([naming(pairs, word) for word in name.split(" ")])
    return found


def _near(app: App) -> Near | None:
    """By the second encoder; None without one."""
    second = app.engine.second
    if second is None:
        return None

    def near(word: str, names: Sequence[str]) -> list[bool]:
        vectors = [row / np.linalg.norm(row) for row in second.encoder.encode([word, *names]).astype(np.float64)]
        return [float(vectors[0] @ one) >= NEAR for one in vectors[1:]]

    return near
