"""Why alumni whom an asker expected are not in a list: looked for by a word, and told in counts alone.

An asker who sees cards is told of those who are in the list, or fail a rule about the request, and only where there are
at least five of them: never that one alumnus exists, and nothing of those who did not agree, object or are paused.
Words that few hold find nobody. Whoever may list alumni is told all counts by their rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matcher import disclosure
from matcher.errors import InvalidValue
from matcher.matching.question import Question
from matcher.matching.ranking import apply_rules
from matcher.matching.unwanted import naming
from matcher.policy import Action, Asker
from matcher.pool import Pool
from matcher.pool.cards import cards_of
from matcher.pool.rare_words import words_in
from matcher.services import lookup, matching, questions
from matcher.services.app import App

MOST_WORDS = 4
"""Words that are looked for together; all of them have to be there."""
LONGEST = 80
"""Characters of what is looked for."""


@dataclass(frozen=True, slots=True)
class Missed:
    """How many alumni of a word are in the list, and how many are not, by the rule that they fail first.

    What an asker may not be told is left out: for cards a count below five is 0 here, and a rule about an alumnus is
    not named.
    """

    listed: int
    excluded: Mapping[str, int]


def of_request(app: App, asker: Asker, request_id: str, word: str, *, school: str | None = None) -> Missed:
    """Those of a saved request. Raises Forbidden, UnknownId, AmbiguousId, InvalidValue: `word_needed`."""
    words = _words(word)
    with app.store.read() as records:
        request = lookup.request(records, asker, Action.MATCH, request_id, school)
        origin = records.changes.origin()
    question = Question(request, app.clock.today())
    return _missed(app, asker, question, words, matching.newest_pool(app, origin))


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
    named = np.ones(len(pairs), np.bool_)
    for word in words:
        named = named & (naming(pairs, word) | disclosure.of_town(pairs.pool, pairs.rows, word))
    named = named | disclosure.of_town(pairs.pool, pairs.rows, " ".join(words))
    eligible = apply_rules(pairs, held & named)
    missed = Missed(len(eligible.pairs), eligible.excluded)
    details = {"query": question.record.key, "listed": missed.listed, "excluded": dict(missed.excluded)}
    app.store.write(lambda tx: tx.note("match.missed", details), by=asker)
    if not on_cards:
        return missed
    told, excluded = disclosure.counts_on_cards({"listed": missed.listed}, missed.excluded)
    return Missed(told["listed"], excluded)
