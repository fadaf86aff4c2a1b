"""Builds a pool from records and vectors, and a one-row table from a request that is not saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from matcher.concepts import base_of
from matcher.domain.ledger import LedgerEvent, LedgerLine, standing
from matcher.domain.places import Coordinates
from matcher.domain.records import Alumnus, Demand
from matcher.pool import Pool, Vocabulary, event_code
from matcher.pool.alumni_texts import AlumniTexts, TextHashes
from matcher.pool.builder import OfWords, PoolBuilder, Sources
from matcher.pool.codes import GROUPED_BY, asked_skills, joined_skills, qualification_table, unit_vectors
from matcher.pool.columns import (
    ALWAYS,
    NO_DAY,
    Conflicts,
    Demands,
    FirstPlaces,
    Int32,
    Int64,
    Ledger,
    Ragged,
    day_number,
    with_small_columns,
)
from matcher.pool.concepts import partly_covering
from matcher.pool.own_matches import own_match_columns, words_of
from matcher.pool.rare_words import Rare
from matcher.pool.recode import with_texts_in_order
from matcher.pool.skills import spelling
from matcher.pool.texts import demand_text
from matcher.ports import Int8Matrix
from matcher.text import text_hash

COMMON = 2
"""A skill that this many alumni state is recognised in the text of a demand that lists none."""
NO_REQUEST = -1
"""Request key of a ledger line whose request was removed; 0 is the key of an unsaved request."""


def texts_of(
    alumni: Iterable[Alumnus] | AlumniTexts,
    demands: Iterable[Demand],
    rare: Rare | None = None,
    hashes: TextHashes | None = None,
) -> dict[str, str]:
    """Every text that a pool of these records needs, by hash; empty texts left out (their vector is zero).

    With the `rare` words of the alumni's schools also the texts without them. `hashes`: those that are known, to which
    this adds.
    """
    read = alumni if isinstance(alumni, AlumniTexts) else AlumniTexts(alumni)
    hashes = TextHashes() if hashes is None else hashes
    lists = [read.can, read.wants, *(() if rare is None else read.on_cards(rare)), map(demand_text, demands)]
    return {hashes[text]: text for texts in lists for text in texts if text}


def ledger_columns(lines: Sequence[LedgerLine], rows: Mapping[int, int]) -> Ledger:
    """These lines as columns, shape (lines,); `rows` is the row of each alumnus by random key."""
    return Ledger(
        np.array([rows[line.alumnus_key] for line in lines], np.int32),
        np.array([NO_REQUEST if line.request_key is None else line.request_key for line in lines], np.int64),
        np.array([event_code(line.event) for line in lines], np.int8),
        np.array([day_number(line.on) for line in lines], np.int32),
    )


def conflict_columns(pairs: Sequence[tuple[int, int]]) -> Conflicts:
    """These pairs (request key, row of the alumnus) as columns, shape (pairs,)."""
    return Conflicts(
        np.array([row for _, row in pairs], np.int32), np.array([request for request, _ in pairs], np.int64)
    )


def first_place_columns(person: Int32, request_key: Int64, requests: Demands, row_of: Mapping[int, int]) -> FirstPlaces:
    """Who stands first in the list of which request, as columns; `row_of`: the row of each request by random key."""
    rows = np.array([row_of[key] for key in request_key.tolist()], np.int64)
    closes, full = requests.closes[rows], requests.full[rows] == 1
    until = np.where(full, NO_DAY, np.where(closes == NO_DAY, ALWAYS, closes)).astype(np.int32)
    return FirstPlaces(person, request_key, until)


def build_pool(sources: Sources) -> Pool:
    """The pool of these sources. Time and memory are linear in the records; no text is encoded here.

    Alumni with the same offers and consents are adjacent, so that eligible alumni are read in long runs. Codes are
    assigned in the order of the sources, so they do not depend on that. A ledger line of an alumnus outside the sources
    only counts as a yes that fills a place of its request.
    """
    builder = PoolBuilder(sources)
    people = builder.people()
    people = with_texts_in_order(people.take(np.lexsort([getattr(people, name) for name in GROUPED_BY])))
    people = with_small_columns(people)
    rows = {int(key): row for row, key in enumerate(people.key)}
    lines = standing(sources.ledger)
    ledger = [line for line in lines if line.alumnus_key in rows]
    builder.common = common_skills(people.skills, builder.skills.names())
    declined = {(line.request_key, line.alumnus_key) for line in lines if line.event is LedgerEvent.DECLINED}
    builder.accepted = Counter(
        line.request_key
        for line in lines
        if line.request_key
        and line.event is LedgerEvent.ACCEPTED
        and (line.request_key, line.alumnus_key) not in declined  # a yes that was taken back
    )
    requests, offerings = builder.demands(sources.requests), builder.demands(sources.offerings)
    asked = builder.requested_skills.names()
    names = Vocabulary(
        builder.places.names(),
        builder.languages.names(),
        builder.skills.names(),
        asked,
        tuple(spelling(builder.spellings, base_of(name)) for name in asked),
        words_of(sources.own_demands),
        () if sources.links is None else (sources.links.digest,),
    )
    people_by_skill = people.skills.transposed(len(names.skills))
    links, words = sources.links, names.skill_words
    requested_skills = asked_skills(asked, words, people_by_skill, len(people), links)
    firsts = [(request, rows[person]) for request, person in sources.first_places if person in rows]
    request_row = {int(key): row for row, key in enumerate(requests.key)}
    return Pool(
        revision=sources.revision,
        origin=sources.origin,
        encoder=sources.encoder,
        scale=sources.scale,
        people=people,
        requests=requests,
        offerings=offerings,
        ledger=ledger_columns(ledger, rows),
        conflicts=conflict_columns(
            [(request, rows[person]) for request, person in sources.conflicts if person in rows]
        ),
        vocabulary=names,
        points=unit_vectors(names.places, sources.places),
        qualifications=qualification_table(builder.qualifications),
        words=builder.words(),
        requested_skills=requested_skills,
        people_by_skill=people_by_skill,
        common_skills=builder.common,
        own_matches=own_match_columns(sources.own_demands, rows),
        first_places=first_place_columns(
            np.array([row for _, row in firsts], np.int32),
            np.array([request for request, _ in firsts], np.int64),
            requests,
            request_row,
        ),
        partly_by=partly_covering(asked, requested_skills.covered_by, words, links),
        second=sources.second,
        links=links,
    )


def common_skills(skills: Ragged, names: Sequence[str]) -> frozenset[str]:
    """The skill words that at least two alumni state; `skills` are the words of each."""
    stated: Counter[str] = Counter()
    for name, count in zip(names, np.bincount(skills.values, minlength=len(names)).tolist(), strict=True):
        stated[base_of(name)] += count
    return frozenset(word for word, count in stated.items() if count >= COMMON)


def demand_row(  # noqa: PLR0917 - a demand, and what is known of its text
    pool: Pool,
    demand: Demand,
    vector: Int8Matrix,
    places: Mapping[str, Coordinates],
    of_words: OfWords | None = None,
    meaning: Int8Matrix | None = None,
) -> tuple[Pool, Demands]:
    """A request or offering that is not in the pool, as a table of one row, and the pool whose codes it uses.

    `vector`, `meaning`: of its text, shape (dimension,) each; `meaning` only counts where the pool has a second
    encoder.

    The returned pool is `pool` itself, or shares all columns with it, and what is derived from its alumni: only its
    places, words and requested skills may have grown.
    """
    text, names = demand_text(demand), pool.vocabulary
    vectors = {text_hash(text): vector} if text else {}
    meanings = {text_hash(text): meaning} if text and meaning is not None else {}
    sources = Sources.beside(pool, places=places, vectors=vectors, of_words=of_words, meanings=meanings)
    builder = PoolBuilder(sources, names, pool.common_skills, pool.words)
    table = builder.demands([demand])
    new_places, new_asked, words = builder.places.added(), builder.requested_skills.added(), builder.words()
    if not new_places and not new_asked and words is pool.words:  # as of most questions: nothing is copied
        return pool, table
    new_names = tuple(spelling(builder.spellings, base_of(name)) for name in new_asked)
    asked, partly_by = pool.requested_skills, pool.partly_by
    if new_asked:
        added = asked_skills(new_asked, names.skill_words, pool.people_by_skill, len(pool.people), pool.links)
        stated = np.diff(pool.people_by_skill.starts) > 0
        in_part = partly_covering(new_asked, added.covered_by, names.skill_words, pool.links, stated)
        if pool.links is None and len(pool.partly_by):
            in_part = Ragged.of([[] for _ in new_asked])
        asked, partly_by = joined_skills(asked, added), partly_by.followed_by(in_part)
    extended = replace(
        pool,
        vocabulary=replace(
            names,
            places=(*names.places, *new_places),
            requested_skills=(*names.requested_skills, *new_asked),
            requested_skill_names=(*names.requested_skill_names, *new_names),
        ),
        points=np.concatenate([pool.points, unit_vectors(new_places, places)]) if new_places else pool.points,
        words=words,
        requested_skills=asked,
        partly_by=partly_by,
    )
    return extended, table
