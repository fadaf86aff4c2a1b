"""Which words are linked: measured lists, judged pairs, and that every named pair has its link."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.answers import Contribution
from matcher.explain.signals import similarity
from matcher.links import (
    Kind,
    Link,
    LinkedPair,
    are_too_general,
    best,
    compounds,
    concepts,
    link,
    linked_words,
    names_in,
    proven,
)
from matcher.links.forms import common_form, keys_of
from matcher.text import fold
from models.artefact import public
from models.catalogue import DEFAULT, find
from models.words import words

HERE = Path(__file__).parent
TABLES = Path(compounds.__file__).parent


def lines(name: str) -> Iterator[list[str]]:
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t" if name.endswith(".tsv") else None)


def test_forms_are_known_and_no_others() -> None:
    """Of the pairs written before the code, every form is found and no other pair is taken for one."""
    pairs = [(sign, fold(one), fold(other)) for sign, one, other in lines("forms.txt")]
    assert len(pairs) > 200
    assert [pair for sign, *pair in pairs if (common_form(*pair) is not None) != (sign == "+")] == []


def test_compounds_are_split_and_no_other_words() -> None:
    """Of the words written before the code, every compound has its two parts and no other word has any."""
    wrong = []
    for word, *parts in lines("compounds.txt"):
        found = compounds.parts(fold(word))
        is_right = (
            found is None
            if parts == ["="]
            else found is not None
            and all(a == b or common_form(a, b) for a, b in zip(found, map(fold, parts), strict=True))
        )
        wrong += [] if is_right else [(word, found)]
    assert wrong == []


@pytest.mark.parametrize(
    ("asked", "own", "kind"),
    [
        ("wondzorg", "wondverzorging", Kind.COMPOUND),
        ("kinderopvang", "opvang", Kind.COMPOUND),
        ("opvang", "kinderopvang", Kind.COMPOUND),
        ("kapper", "kapster", Kind.FORM),
        ("bank", "banken", Kind.FORM),
        ("broodbakker", "bakker", Kind.SYNONYM),
        ("heftruckchauffeur", "heftruck", Kind.COMPOUND),
        ("fysiotherapeut", "kinesist", Kind.SYNONYM),
        ("verpleegkundige", "verpleegkundige", Kind.SAME),
        ("wondzorg", "zorg", None),
        ("kok", "koker", None),
        ("stage", "podium", None),
        ("stage", "stage", None),
        ("ai", "verzorgende", None),
        ("diabetesverpleegkundige", "kraamverpleegster", None),
        ("jaarrekening", "jaarmarkt", None),
        ("plaats", "plaat", None),
        ("de", "de", None),
        ("2027", "2027", None),
        ("qwerty", "zxcvb", None),
    ],
)
def test_links_that_matter(asked: str, own: str, kind: Kind | None) -> None:
    """The examples of the field, and its traps."""
    found = link(asked, own)
    assert (found.kind if found else None) == kind


def test_no_pair_is_named_that_was_judged_false() -> None:
    """Pairs that were named on the sample region and judged false, or true and no reason, have no link.

    But one: a word of two trades, beveiliging of computers and of doors.
    """
    pairs = [(verdict, asked, own) for verdict, asked, own, *_ in lines("judged.tsv")]
    assert sum(verdict != "good" for verdict, *_ in pairs) > 180
    named = {(asked, own) for verdict, asked, own in pairs if verdict != "good" and link(asked, own)}
    assert named == {("beveiliging", "beveiliging")}


def test_a_name_of_two_concepts_is_of_neither() -> None:
    """Every name in the table is one concept's, and the preferred ones link no two alternatives."""
    owners: dict[str, set[int]] = {}
    for number, line in enumerate(concepts._lines("concepts.tsv.gz")):
        for name in line.replace("\t", "|").split("|"):
            owners.setdefault(name, set()).add(number)
    owners.pop("", None)
    assert len(owners) > 20_000
    assert [name for name, numbers in owners.items() if len(numbers) > 1] == []
    assert not {word for name in owners for word in name.split()} - concepts.public_words()


def test_the_words_that_may_be_named_are_those_of_the_encoder() -> None:
    """A card names no word that the list of the artefact does not have."""
    assert concepts.public_words() == public(find(DEFAULT))


def test_tables_are_small_and_read_when_needed() -> None:
    """Under 3 MB, and none is opened by an import."""
    assert sum(path.stat().st_size for path in TABLES.iterdir() if path.is_file()) < 3_000_000
    code = (
        "import sys; opened = []; sys.addaudithook(lambda name, args: name == 'open' and opened.append(str(args[0])));"
        "import matcher.links, matcher.explain;"
        "read = [name for name in opened if name.endswith(('.gz', '.toml'))]; assert not read, read"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("question", "words", "general"),
    [
        ("acute zorg", ["zorg"], True),
        ("gastles zorg voor tweedejaars", ["zorg"], False),
        ("zorg en techniek", ["techniek"], False),
        ("acute zorg", ["acute"], False),
        ("acute zorg", ["zorg", "acute"], False),
        ("verkoop van fietsen", ["verkoop"], True),
        ("acute zorg", [], False),
        ("hotel management", ["management"], True),
        ("gastles management", ["management"], False),
        ("management in de horeca", ["management", "horeca"], False),
        ("3D-printen", ["3d"], True),
        ("workshop 3D", ["3d"], False),
        ("elektrische auto's", ["elektrische"], True),
        ("graphic design", ["design"], True),
        ("graphic design", ["graphic"], False),
        ("it en data", ["data"], False),
        ("data in de zorg", ["data"], False),
        ("duurzame mode", ["duurzame"], True),
        ("kwaliteit van voeding", ["voeding"], False),
        ("sales in fashion", ["sales"], True),
        ("speciaal onderwijs en autisme", ["speciaal", "onderwijs"], True),
        ("", ["zorg"], False),
    ],
)
def test_a_general_word_is_too_little_for_a_narrow_question(question: str, words: list[str], general: bool) -> None:
    """And enough for one that is as wide."""
    assert are_too_general(question, words) is general


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("lasser", "lassen", True),
        ("thuiszorg", "zorg", True),
        ("zorg", "thuiszorg", False),
        ("zorgverzekering", "zorg", False),
        ("opvang", "kinderopvang", False),
        ("wondverzorging", "wondzorg", True),
        ("kok in de horeca", "bakken", False),
        ("mobiliteit, en ondersteunen", "mobiliteit ondersteunen", True),
        ("mobiliteit", "mobiliteit ondersteunen", False),
        ("", "lassen", False),
        ("lassen", "", False),
    ],
)
def test_a_text_tells_a_skill_in_other_words(text: str, name: str, told: bool) -> None:
    """A form, another name, or a narrower word; never a wider one, nor a part of the name."""
    assert names_in(text, [name]) == ([name] if told else [])


WORDS = words(
    """
wondzorg wonden wondverzorging verzorgende verzorgenden thuiszorg zorg kok koks chefkok koken lasser lassen gelast
automonteur autotechniek auto's kinderopvang opvang kinderen kapper kapster fysiotherapeut kinesist software de over
stage leerling bank banken draaibank netwerk netwerken webdeveloper developer Zwolle Jansen pedagogisch medewerker
zonnepanelen zonnepaneel verpleegkundige nurse IG patiënten robots robotlassen 2027 c# .
"""
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)


@given(TEXTS, TEXTS, st.lists(st.sampled_from(WORDS), max_size=3), st.booleans())
def test_every_named_pair_has_its_link(question: str, own: str, shown: list[str], only_same: bool) -> None:
    """Both words stand in their texts, the one of the alumnus is public and not shown already, and the link holds."""
    pairs = linked_words(question, own, shown, only_same=only_same)
    for pair in pairs:
        asked_word, own_word = fold(pair.asked), fold(pair.own)
        assert asked_word in fold(question)
        assert own_word in fold(own)
        assert concepts.public_words() >= set(own_word.split())
        assert not {fold(word) for word in shown} >= set(own_word.split())
        assert holds(asked_word, own_word, pair.link)
        assert proven(pair.evidence) == pair
        assert not only_same or (pair.link.kind is Kind.SAME and " " not in own_word)
    shares = dict.fromkeys(pairs, 0.1)
    chosen = best(pairs, shares, 3)
    assert len(chosen) <= 3
    assert set(chosen) <= set(pairs)
    words = [word for pair in chosen for word in fold(pair.own).split()]
    assert len(words) == len(set(words))


def holds(asked: str, own: str, found: Link) -> bool:
    """The claim of a link, looked up again by other means."""
    if found.kind is Kind.SAME:
        return asked == own == found.common
    if found.kind is Kind.FORM:
        return found.common in keys_of(asked) & keys_of(own)
    if found.kind is Kind.COMPOUND:
        parts = {*(compounds.parts(asked) or ()), *(compounds.parts(own) or ())}
        return found.common in parts
    mine, theirs = concepts.names()[asked], concepts.names()[own]
    return mine.concept == theirs.concept and found.common in {asked, own}


EVIDENCE = st.fixed_dictionaries(
    {
        "query": st.sampled_from(WORDS),
        "candidate": st.sampled_from(WORDS),
        "link": st.sampled_from([*(kind.value for kind in Kind), "near", "", None]),
        "common": st.sampled_from([*WORDS, "", None]),
        "cosine": st.floats(0, 1),
    }
)


@given(st.lists(EVIDENCE, max_size=5), st.floats(0, 1))
def test_a_reason_names_nothing_without_its_link(evidence: list[dict[str, object]], value: float) -> None:
    """Whatever evidence says, as that of older versions and of vectors that are near: no link, no words."""
    term = Contribution("similarity", value, 0.3, value * 0.3, True, {"side": "can", "terms": evidence})
    for sentence in similarity(term, False, False):
        pairs = sentence.values.get("terms", ())
        assert isinstance(pairs, list | tuple)
        assert all(
            isinstance(pair, LinkedPair) and link(fold(pair.asked), fold(pair.own)) == pair.link for pair in pairs
        )
        assert bool(pairs) == sentence.case.endswith("_terms")


def test_words_are_named_as_they_are_written() -> None:
    """Accents and capitals inside stay; a capital that only opens a sentence goes."""
    pairs = linked_words("Verpleegkundige voor patiënten met MRI", "Patiënten in de MRI, bij de verpleegkundigen")
    assert {(pair.asked, pair.own) for pair in pairs} == {
        ("patiënten", "patiënten"),
        ("MRI", "MRI"),
        ("verpleegkundige", "verpleegkundigen"),
    }
