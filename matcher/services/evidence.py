"""What the records of a pair add to the evidence of its terms, for the few pairs that are shown.

The words that both texts have, the place that a distance is measured from, how long ago a qualification of the field
was, and which skills are told of elsewhere. No value, weight or point changes here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from typing import cast

from matcher.domain import crebo
from matcher.domain.answers import Contribution
from matcher.domain.languages import code_of
from matcher.domain.records import Alumnus, Demand, Offering, Record
from matcher.links import LinkedPair, Text, are_too_general, best, linked_words, names_in, read, terms_in
from matcher.matching.signals import gap, qualification, recency, similarity, skills, travel
from matcher.pool.codes import identity_of, target_codes
from matcher.pool.rare_words import card_text
from matcher.pool.skills import skills_in_text
from matcher.pool.texts import can_text, demand_text, wants_text
from matcher.ports import Encoder
from matcher.text import skill_key, towns_of

MOST_TERMS = 3
"""Pairs of words that a match names; more would not be read."""
_SHORT = 10_000
"""Characters of a text that is read in parts: of a longer one what stands behind is ignored."""
_SHORTEST_LANGUAGE = 4
"""Letters of the name of a language: shorter ones are codes, and other words too (IT)."""
Terms = tuple[Contribution, ...]
Evidence = Mapping[str, object]


def with_evidence(
    encoder: Encoder,
    query: Record,
    candidates: Sequence[Record],
    points: Sequence[Terms],
    rare: Sequence[Collection[int]],
    *,
    year: int,
    cards: bool,
) -> list[Terms]:
    """The contributions of each candidate with what the records add; `year`: that of the ranking.

    `rare`: words of each alumnus that do not count. `cards`: only words that both texts have are named.
    """
    added, texts = [], _Texts()
    for candidate, terms, few in zip(candidates, points, rare, strict=True):
        alumnus, demand = _sides(query, candidate)
        added.append(_from_records(alumnus, demand, terms, few, texts, year=year, cards=cards))
    for position, named in _named_words(encoder, query, candidates, points, rare, texts, only_same=cards):
        added[position][similarity.CODE] = {"terms": named}
    return [_adding(terms, more) for terms, more in zip(points, added, strict=True)]


class _Texts:
    """The words of the texts of an answer, each read once."""

    def __init__(self) -> None:
        self._known: dict[str, Text] = {}

    def __getitem__(self, text: str) -> Text:
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = read(text)
        return found


def _sides(query: Record, candidate: Record) -> tuple[Alumnus, Demand]:
    one, other = (query, candidate) if isinstance(query, Alumnus) else (candidate, query)
    return cast("Alumnus", one), cast("Demand", other)


def _adding(contributed: Sequence[Contribution], added: Mapping[str, Evidence]) -> Terms:
    """The contributions with more evidence, by signal."""
    return tuple(
        Contribution(term.signal, term.value, term.weight, term.points, term.known, {**term.evidence, **more})
        if (more := added.get(term.signal))
        else term
        for term in contributed
    )


def _from_records(
    alumnus: Alumnus,
    demand: Demand,
    contributed: Terms,
    rare: Collection[int],
    texts: _Texts,
    *,
    year: int,
    cards: bool,
) -> dict[str, Evidence]:
    """What to add, by signal."""
    terms = {term.signal: term.evidence for term in contributed}
    added: dict[str, Evidence] = {}
    if towns := towns_of(demand.town):
        nearest = terms.get(travel.CODE, {}).get("nearest")
        # on a card it is not told which of several is the nearest: with many towns that would tell where somebody lives
        named = towns if cards and len(towns) > 1 else towns[cast("int", nearest or 0)]
        added[travel.CODE] = {"place": named}
    if qualification.CODE in terms:
        added[qualification.CODE] = _years(alumnus, demand, str(terms[qualification.CODE]["relation"]), year)
    if alumnus.left_on:
        added[recency.CODE] = {"left": alumnus.left_on.year}
    if skills.CODE in terms:
        lists = terms[skills.CODE]
        said = _said(alumnus, cast("Sequence[str]", lists["missing"]), rare, texts, cards=cards)
        added[gap.CODE] = {**({"said": said} if said else {}), **_as_written(alumnus, lists)}
        added[skills.CODE] = {**added[gap.CODE], **_general(demand, cast("Sequence[str]", lists["matched"]))}
    return added


def _as_written(alumnus: Alumnus, evidence: Evidence) -> Evidence:
    """What covers a skill by its meaning, with the alumnus's own skill as the alumnus writes it."""
    written = {skill_key(skill): skill for skill in reversed(alumnus.skills)}
    lists = {name: cast("Sequence[Mapping[str, str]]", evidence.get(name) or ()) for name in ("linked", "partly")}
    return {
        name: [{**one, "own": written.get(one["own"], one["own"])} for one in found]
        for name, found in lists.items()
        if found
    }


def _years(alumnus: Alumnus, demand: Demand, relation: str, year: int) -> Evidence:
    """The first year of a qualification that relates so to what is asked, and how many years ago that was."""
    if relation not in {"same", "domain"}:
        return {}
    target = _target(demand.crebo if isinstance(demand, Offering) else demand.programme)
    dated = ((item.year, identity_of(item)) for item in alumnus.qualifications if item.year and item.year < year)
    first = min((since for since, own in dated if _relates(own, target, relation)), default=None)
    return {"year": first, "years": year - first} if first else {}


@lru_cache(64)
def _target(programme: str | None) -> tuple[int, int, int]:
    """Name, crebo and domain of what a demand aims at, as codes; 0 unknown."""
    target = target_codes(programme, None)
    return target["target"], target["target_crebo"], target["domain"]


def _relates(own: tuple[int, int, int, int], target: tuple[int, int, int], relation: str) -> bool:
    """Whether a qualification is the same as what is asked, or of the same domain."""
    if relation == "domain":
        return own[2] == target[2] != 0
    return own[0] == target[0] != 0 or own[1] == target[1] != 0


def _said(alumnus: Alumnus, missing: Sequence[str], rare: Collection[int], texts: _Texts, *, cards: bool) -> list[str]:
    """Of the skills that the list lacks those that text, diploma or languages tell: these are not unknown.

    On cards no language is called unknown, whoever speaks it: a rare one would tell who somebody is.
    """
    if not missing:
        return []
    parts = _own_texts(alumnus)
    text, words = ". ".join(parts), None
    if rare:
        text = card_text(text, rare)
    elif len(text) < _SHORT:
        words = reduce(Text.followed_by, (texts[part] for part in parts))
    told = {*_literal(text, frozenset(map(skill_key, missing))), *map(skill_key, names_in(text, missing, words))}
    return [
        skill
        for skill in missing
        if skill_key(skill) in told or ((code := _language(skill)) is not None and (cards or code in alumnus.languages))
    ]


def _literal(text: str, keys: frozenset[str]) -> list[str]:
    """Those of these skills that occur literally in a text; of most not even the letters do, which is told sooner."""
    letters = skill_key(text.replace(".", " "))
    near = frozenset(key for key in keys if key in letters)
    return skills_in_text(text, near) if near else []


def _language(skill: str) -> str | None:
    return code_of(skill) if len(skill) >= _SHORTEST_LANGUAGE else None


def _own_texts(alumnus: Alumnus) -> list[str]:
    """What the alumnus can do, and the registered names of qualifications, which the school may name otherwise."""
    entries = (crebo.register().get(item.crebo or "") for item in alumnus.qualifications)
    return [can_text(alumnus), *(entry.name for entry in entries if entry)]


def _general(demand: Demand, matched: Sequence[str]) -> Evidence:
    """The matched skills where they are no list of the demand, but a word of its text too general for the question."""
    is_general = not demand.skills and are_too_general(demand_text(demand), matched)
    return {"general": list(matched)} if is_general else {}


def _named_words(  # noqa: PLR0917 - a list, and what is known of it
    encoder: Encoder,
    query: Record,
    candidates: Sequence[Record],
    points: Sequence[Terms],
    rare: Sequence[Collection[int]],
    read_texts: _Texts,
    *,
    only_same: bool,
) -> Iterator[tuple[int, list[dict[str, object]]]]:
    """The positions of the candidates whose similarity is known, and the words behind it."""
    terms = [{term.signal: term for term in contributed} for contributed in points]
    for side, text_of in (("can", can_text), ("wants", wants_text)):
        positions = [
            position
            for position, of in enumerate(terms)
            if (term := of.get(similarity.CODE)) is not None and term.known and term.evidence["side"] == side
        ]
        if not positions:
            continue
        query_text, *texts = (
            text_of(record) if isinstance(record, Alumnus) else demand_text(record)
            for record in (query, *(candidates[position] for position in positions))
        )
        fewer = [rare[position] for position in positions]
        texts = [card_text(text, few) if few else text for text, few in zip(texts, fewer, strict=True)]
        # skills that match are named as such: their words are not named again
        of_skills = [terms[position].get(skills.CODE) for position in positions]
        shown = [cast("list[str]", term.evidence["matched"]) if term else [] for term in of_skills]
        asked = terms_in(query_text)
        pairs_of = [
            linked_words(asked, read_texts[text], of, only_same=only_same)
            for text, of in zip(texts, shown, strict=True)
        ]
        named = _named(encoder, query_text, texts, pairs_of)
        for position, text, pairs in zip(positions, texts, named, strict=True):
            question, word = (text, "candidate") if isinstance(query, Alumnus) else (asked, "query")
            is_general = are_too_general(question, [str(pair[word]) for pair in pairs])
            yield position, [{**pair, "general": True} for pair in pairs] if is_general else pairs


def _named(
    encoder: Encoder, query_text: str, texts: Sequence[str], pairs: Sequence[Sequence[LinkedPair]]
) -> list[list[dict[str, object]]]:
    """For each text the words that it and the query may be said to have in common, each with its link and its share.

    `pairs`: all that have a link, of each text.
    """
    shares = encoder.shares(query_text, texts, [[(pair.asked, pair.own) for pair in of_text] for of_text in pairs])
    named = []
    for of_text, parts in zip(pairs, shares, strict=True):
        share = dict(zip(of_text, parts, strict=True))
        named.append([{**pair.evidence, "cosine": share[pair]} for pair in best(of_text, share, MOST_TERMS)])
    return named
