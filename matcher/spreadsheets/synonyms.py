"""What schools call our columns: the table in `synonyms.toml`, ready for looking up."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from matcher.domain.records import RecordKind
from matcher.spreadsheets.columns import DAY_WORDS, PART_WORDS, by_header, word_key
from matcher.spreadsheets.spellings import key, without, words
from matcher.spreadsheets.targets import How, Part, Target

SURE, LIKELY, UNSURE = 0.95, 0.8, 0.5
"""How sure the three lists of the table are; the lowest is below what is used (`naming.USED`)."""
STEMS = 0.75
"""How sure a question is of which the leading words stand in the table."""
NEAR = 85
"""From which similarity (0-100) a header with a letter too many, too few or another one is that header."""
_NEAR_WORD, _SHORTEST_NEAR = 78, 6
_GRADES = {"sure": SURE, "likely": LIKELY, "unsure": UNSURE}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a column could be, how that was found, and how sure it is (0-1)."""

    target: Target
    how: How
    sure: float


@cache
def _table() -> dict[str, Any]:
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        return tomllib.load(file)


@cache
def neutral() -> frozenset[str]:
    """Words that say nothing about which field a column is, with units and how to fill it in."""
    return _plain() | frozenset(words(word) for word in _table()["neutral"]["units"])


@cache
def _plain() -> frozenset[str]:
    return frozenset(words(word) for word in _table()["neutral"]["words"])


@cache
def _abbreviations() -> Mapping[str, str]:
    return dict(_table()["abbreviations"])


def expanded(text: str) -> str:
    """The words of a header with those written whole that are usually shortened: `afgeronde opl` and the like."""
    return " ".join(_abbreviations().get(word, word) for word in text.split())


@cache
def fields(kind: RecordKind) -> frozenset[str]:
    """The fields that a column can fill: headers of our columns, and for alumni and requests parts of them."""
    names = {column.name for column in by_header(kind).values()}
    parts = {part.value for part in Part}
    if kind is RecordKind.ALUMNI:
        return frozenset(names | {part for part in parts if not part.startswith("moment_")})
    moments = {part for part in parts if part.startswith("moment_") and kind is RecordKind.REQUESTS}
    return frozenset(names | moments | {Part.POSTCODE_AND_TOWN.value})


@cache
def _listed(kind: RecordKind) -> Mapping[str, tuple[Candidate, ...]]:
    """What each known header could be, the surest first, by key; an empty tuple for headers of something else."""
    found: dict[str, dict[Target, float]] = {}
    for grade, sure in _GRADES.items():
        for field, names in _table()[kind.value][grade].items():
            if field not in fields(kind):
                continue
            for name in names:
                for form, weight in ((key(words(name)), 1.0), (key(without(words(name), _plain())), 0.97)):
                    targets = found.setdefault(form, {})
                    targets[Target(field)] = max(targets.get(Target(field), 0.0), sure * weight)
    listed = {
        form: tuple(
            Candidate(target, How.SYNONYM, round(sure, 3))
            for target, sure in sorted(targets.items(), key=lambda item: (-item[1], item[0].field))
        )
        for form, targets in found.items()
    }
    for name in _table()[kind.value]["nothing"]["headers"]:
        listed[key(words(name))] = ()
    return listed


@cache
def _texts(kind: RecordKind) -> Mapping[str, tuple[Candidate, ...]]:
    """As `_listed`, by words: what a header is compared with that is in no list."""
    texts: dict[str, tuple[Candidate, ...]] = {}
    for grade in _GRADES:
        for field, names in _table()[kind.value][grade].items():
            if field in fields(kind):
                texts |= {words(name): _listed(kind)[key(words(name))] for name in names}
    texts |= {words(column.name): (exact(kind, column.name),) for column in by_header(kind).values()}  # type: ignore[misc]
    texts |= {words(name): () for name in _table()[kind.value]["nothing"]["headers"]}
    return {text: found for text, found in texts.items() if len(text) >= _SHORTEST_NEAR}


def exact(kind: RecordKind, text: str) -> Candidate | None:
    """The column of which this is the Dutch or English header."""
    column = by_header(kind).get(word_key(text))
    return None if column is None else Candidate(Target(column.name), How.EXACT, 1.0)


def listed(kind: RecordKind, text: str) -> tuple[Candidate, ...] | None:
    """What a header of the table could be, () for one that is something else; None for one that is not in it."""
    return _listed(kind).get(key(text))


def near(kind: RecordKind, text: str) -> tuple[Candidate, ...]:
    """What a header could be that is written nearly like one we know; nothing where it is as near to something else.

    By RapidFuzz's `ratio` and `token_sort_ratio`, never by one that forgives words too many; each word must be near by
    itself and begin with the same letter, so that no `inschrijfdatum` becomes an `uitschrijfdatum`.
    """
    from rapidfuzz import fuzz, process

    if len(text) < _SHORTEST_NEAR:
        return ()
    texts = _texts(kind)
    hits = process.extract(text, texts.keys(), scorer=fuzz.ratio, score_cutoff=NEAR, limit=8)
    hits += process.extract(text, texts.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=NEAR, limit=8)
    good = sorted({(score, name) for name, score, _ in hits if _words_near(text, name)}, reverse=True)
    if not good or not texts[good[0][1]]:
        return ()
    best, name = good[0]
    if any(found.target.field.startswith("toestemming") for found in texts[name]):
        return ()  # consent is never guessed from what is nearly its name
    rivals = {texts[other][0].target if texts[other] else None for score, other in good if score > best - 3}
    if len(rivals) > 1:
        return ()
    return tuple(Candidate(found.target, How.NEAR, round(found.sure * 0.92 * best / 100, 3)) for found in texts[name])


def _words_near(text: str, other: str) -> bool:
    from rapidfuzz import fuzz

    ones, others = sorted(text.split()), sorted(other.split())
    if len(ones) != len(others):
        joined, whole = "".join(text.split()), "".join(other.split())
        return joined[:1] == whole[:1] and fuzz.ratio(joined, whole) >= NEAR
    return all(
        one == two
        or (
            len(one) > 4
            and one[0] == two[0]
            and one[-2:].isdigit() == two[-2:].isdigit()
            and fuzz.ratio(one, two) >= _NEAR_WORD
        )
        for one, two in zip(ones, others, strict=True)
    )


@cache
def _stems(kind: RecordKind) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (field, tuple(words(stem).split()))
        for field, lines in _table()[kind.value]["stems"].items()
        if field in fields(kind)
        for stem in lines
    )


def question(kind: RecordKind, text: str) -> tuple[Candidate, ...]:
    """What a question asks for: the field of which the most leading words begin its words, in that order."""
    asked = text.split()
    best: dict[str, int] = {}
    for field, stems in _stems(kind):
        if _in_order(stems, asked):
            best[field] = max(best.get(field, 0), sum(map(len, stems)))
    order = sorted(best, key=lambda field: (-best[field], field))
    return tuple(
        Candidate(Target(field), How.SYNONYM, STEMS if best[field] == best[order[0]] else UNSURE) for field in order
    )


def _in_order(stems: tuple[str, ...], asked: list[str]) -> bool:
    rest: Iterator[str] = iter(asked)
    return all(any(_has(word, stem) for word in rest) for stem in stems)


def _has(word: str, stem: str) -> bool:
    """Whether a word begins with another one, or is a compound of it: `zorgopleiding` is an `opleiding`."""
    return word.startswith(stem) or (len(stem) >= _SHORTEST_NEAR and word.endswith(stem))


@cache
def _elsewhere(name: str) -> tuple[frozenset[str], tuple[str, ...]]:
    listing = _table()["elsewhere"][name]
    whole = frozenset(word for word in listing if not word.endswith("-"))
    return whole, tuple(word[:-1] for word in listing if word.endswith("-"))


def is_elsewhere(text: str, *, asked: bool = False) -> bool:
    """Whether one of the words says that the column is about somebody or something else than the record.

    `asked`: in a question, where a firm and a school are what it asks for.
    """
    for name in ("words",) if asked else ("words", "beside"):
        whole, beginnings = _elsewhere(name)
        if any(word in whole or word.startswith(beginnings) for word in text.split()):
            return True
    return False


@cache
def choice_words(field: str) -> Mapping[str, str]:
    """The words of a closed list, by key of what people call them."""
    table = {key(name): word for word, names in _table()["words"].get(field, {}).items() for name in [word, *names]}
    for kind in RecordKind:
        for column in by_header(kind).values():
            if column.name == field:
                table |= {key(word): word for word in column.words}
    return table


@cache
def day_parts() -> Mapping[str, str]:
    """Day parts by key of what people call them, with the days that are days as a whole: `dinsdagmiddag`, `di`."""
    days, parts = _table()["days"], _table()["parts"]
    found: dict[str, str] = {}
    for day in DAY_WORDS:
        for name in [day, *days[day]]:
            found[key(name)] = day
            for part in PART_WORDS:
                for other in [part, *parts[part]]:
                    found[key(name + other)] = found[key(other + name)] = f"{day}-{part}"
    return found


@cache
def part_words() -> Mapping[str, str]:
    """The parts of a day by key of what people call them."""
    return {key(name): part for part in PART_WORDS for name in [part, *_table()["parts"][part]]}


@cache
def choice_context(name: str) -> frozenset[str]:
    """Phrases that say of which field a choice is one (`aanbod`, `toestemming` ...), or `fillers`, in words."""
    return frozenset(words(phrase) for phrase in _table()["choices"][name])
