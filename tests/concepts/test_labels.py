"""Which concepts a label is a name of, and where that is said to be otherwise."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.concepts import (
    Concept,
    Decision,
    Kind,
    Labels,
    Links,
    Scheme,
    base_of,
    concepts_in,
    is_essential,
    linked_name,
    unweighed,
)
from matcher.errors import InvalidValue
from matcher.text import skill_key
from tests.support.concepts import (
    BASE,
    CARE,
    DECIDED,
    LABELS,
    LINKS,
    METAL,
    PLC,
    SALE,
    SCHEME,
    TALK,
    WELDER,
    occupation,
    skill,
)


def uris(links: Links, numbers: tuple[int, ...]) -> set[str]:
    return {links.labels.concepts[one].uri for one in numbers}


def of(*concepts: Concept, name: str = "esco") -> Scheme:
    return Scheme.of(name, "1", "here", "CC0", concepts)


def one(name: str, english: str = "", *, other: tuple[str, ...] = (), english_other: tuple[str, ...] = ()) -> Concept:
    """A skill with labels in two languages."""
    preferred = {"nl": (name,) if name else (), "en": (english,) if english else ()}
    return Concept(
        f"{BASE}{name or english}".replace(" ", "-"), Kind.SKILL, preferred, {"nl": other, "en": english_other}
    )


def found(schemes: list[Scheme], label: str) -> set[str]:
    labels = Labels(schemes)
    return {labels.concepts[number].name("nl") for number in labels.skills(skill_key(label))}


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Lassen", {"lassen"}),  # the preferred name of one, another name of the second
        ("solderen", {"lassen", "hechten"}),  # another name of both
        ("welding", {"lassen"}),
        ("joining", set()),  # in English of several: chance
        ("Python", {"Python (computerprogrammering)"}),
        ("MIG lassen", {"MIG-lassen"}),
        ("miglassen", {"MIG-lassen"}),
        ("wondverzorging", {"wondverzorging toepassen"}),
        ("wound care", {"wondverzorging toepassen"}),
        ("toepassen", set()),
        ("breien", set()),
    ],
)
def test_a_label_links_to_whatever_has_it_as_a_name(label: str, expected: set[str]) -> None:
    scheme = of(
        one("lassen", "welding", other=("solderen",), english_other=("joining",)),
        one("hechten", "sticking", other=("lassen", "solderen"), english_other=("joining", "welding")),
        one("Python (computerprogrammering)"),
        one("MIG-lassen"),
        one("wondverzorging toepassen", "perform wound care"),
    )
    assert found([scheme], label) == expected


def test_each_vocabulary_gives_its_own() -> None:
    """Of two vocabularies both count: that a label is preferred in one says nothing of the other."""
    other = of(replace(one("verbinden", other=("lassen",)), uri=f"{BASE}cnl"), name="competentnl")
    assert found([of(one("lassen")), other], "lassen") == {"lassen", "verbinden"}


def test_a_name_of_very_many_is_no_name() -> None:
    many = [replace(one(f"werk {number}", other=("iets doen",)), uri=f"{BASE}{number}") for number in range(13)]
    assert found([of(*many[:12])], "iets doen") == {f"werk {number}" for number in range(12)}
    assert found([of(*many)], "iets doen") == set()


def test_occupations_are_no_skills() -> None:
    assert LABELS.skills("lasser") == ()
    assert {LABELS.concepts[number].uri for number in LABELS.occupations("Lasser")} == {WELDER}


@pytest.mark.parametrize(
    ("key", "school", "beside", "expected"),
    [
        ("klantgesprekken", "Zuid", (), {TALK, SALE}),
        ("klantgesprekken", "Zuid", (None, "KOK"), {TALK}),
        ("klantgesprekken", "Zuid", ("Lasser",), {SALE}),
        ("klantgesprekken", "Zuid", ("Lasser", "Kok"), {TALK, SALE}),
        ("klantgesprekken", "Zuid", ("Timmerman",), {TALK, SALE}),
        ("klantgesprekken", "Noord", ("Kok",), {SALE}),  # what a person said comes first
        ("lassen", "Zuid", ("Kok",), {METAL}),  # one alone is not doubted
        ("lassen", "Noord", (), set()),
        ("wondzorg", "Zuid", (), {PLC}),
        ("wondzorg", "Noord", (), {CARE}),
        ("breien", "Noord", (), set()),
    ],
)
def test_what_stands_beside_it_and_what_was_said_decide(
    key: str, school: str, beside: tuple[str | None, ...], expected: set[str]
) -> None:
    assert uris(DECIDED, DECIDED.here(key, school, beside)) == expected
    assert uris(DECIDED, DECIDED.of_name(DECIDED.name(key, school, beside))) == expected


def test_a_name_says_only_what_is_not_usual() -> None:
    """So that without doubt and decisions the names of a pool are the keys."""
    assert LINKS.name("lassen", "Noord") == "lassen"
    assert LINKS.name("klantgesprekken", "Noord", ("Kok",)) == linked_name("klantgesprekken", [TALK])
    assert DECIDED.name("lassen", "Noord") == linked_name("lassen", [])
    assert DECIDED.name("lassen", "Zuid") == "lassen"


@pytest.mark.parametrize(
    ("links", "key", "beside", "expected"),
    [
        (LINKS, "lassen", ("Lasser",), True),
        (LINKS, "lassen", (None, "LASSER"), True),
        (LINKS, "lassen", ("Kok", "Lasser"), True),
        (LINKS, "lassen", ("Kok",), False),  # which asks it not at all
        (LINKS, "wondzorg", ("Lasser",), False),  # which some have
        (LINKS, "lassen", ("Lasser in de praktijk", None), False),  # no name of an occupation
        (LINKS, "klantgesprekken", ("Lasser",), True),
        (LINKS, "breien", ("Lasser",), False),
        (DECIDED, "lassen", ("Lasser",), False),  # what it is said not to mean
        (DECIDED, "klantgesprekken", ("Kok",), False),
    ],
)
def test_what_an_occupation_asks_essentially_is_told_in_the_name(
    links: Links, key: str, beside: tuple[str | None, ...], expected: bool
) -> None:
    """Of what is asked alone; the meaning is the same."""
    name = links.asked_name(key, "Noord", beside)
    assert is_essential(name) == expected
    assert not is_essential(unweighed(name))
    assert unweighed(name) == links.name(key, "Noord", beside)
    assert (base_of(name), links.of_name(name)) == (key, links.here(key, "Noord", beside))


@given(st.text().map(skill_key), st.lists(st.sampled_from([CARE, METAL, TALK]), unique=True))
def test_a_name_is_read_as_it_was_written(key: str, said: list[str]) -> None:
    """Whatever a label is."""
    assert (base_of(key), concepts_in(key)) == (key, None)
    name = linked_name(key, said)
    assert (base_of(name), concepts_in(name)) == (key, tuple(sorted(said)))


@pytest.mark.parametrize(
    ("asked", "own", "expected"),
    [
        ("ehbo", "wondzorg", "concept"),
        ("wondzorg", "lassen", "narrower"),
        ("lassen", "wondzorg", "broader"),
        ("lassen", "klantgesprekken", "narrower"),
        ("wondzorg", "klantgesprekken", None),  # two steps
        ("lassen", "breien", None),
    ],
)
def test_how_one_skill_stands_to_another(asked: str, own: str, expected: str | None) -> None:
    relation = LINKS.relation(LINKS.of(asked), LINKS.of(own))
    assert (relation and relation[0]) == expected
    same, near = LINKS.covering(LINKS.of(asked))
    others = set(LINKS.of(own))
    assert bool(others & same) == (expected == "concept")
    assert bool(others & near) == (expected in {"narrower", "broader"})


def test_digests_tell_vocabularies_and_decisions_apart() -> None:
    """By these a pool knows whether it is of what is in use now."""
    decision = Decision("Noord", "lassen", METAL, confirmed=True)
    links = [
        Links(LABELS, ["one"]),
        Links(LABELS, ["other"]),
        Links(LABELS, ["one"], [decision]),
        Links(LABELS, ["one"], [replace(decision, confirmed=False)]),
        Links(LABELS, ["one"], [replace(decision, school="Zuid")]),
    ]
    assert len({one.digest for one in links}) == len(links)
    assert Links(LABELS, ["one"], [decision]).digest == links[2].digest


_names = st.dictionaries(st.sampled_from(["nl", "en"]), st.lists(st.text(max_size=9), max_size=3).map(tuple))
_concepts = st.lists(
    st.builds(
        Concept,
        uri=st.sampled_from([f"{BASE}{number}" for number in range(9)]),
        kind=st.sampled_from(Kind),
        preferred=_names,
        other=_names,
        broader=st.lists(st.sampled_from([f"{BASE}{number}" for number in range(12)]), max_size=3).map(tuple),
        essential=st.lists(st.sampled_from([f"{BASE}{number}" for number in range(12)]), max_size=3).map(tuple),
        optional=st.lists(st.sampled_from([f"{BASE}{number}" for number in range(12)]), max_size=3).map(tuple),
    ),
    max_size=9,
)


@given(_concepts)
def test_a_vocabulary_is_read_as_it_was_kept(concepts: list[Concept]) -> None:
    """Whatever is in it, and in whichever order it came; a relation leads to a concept of it."""
    try:
        scheme = of(*concepts)
    except InvalidValue as refused:
        assert refused.code == "vocabulary_empty"  # noqa: PT017
        assert all(concept.kind is Kind.OCCUPATION for concept in {one.uri: one for one in concepts}.values())
        return
    content = scheme.to_bytes()
    assert Scheme.from_bytes(content) == scheme
    assert of(*reversed([*scheme.concepts])).to_bytes() == content
    assert {uri for one in scheme.concepts for uri in one.broader} <= {one.uri for one in scheme.concepts}


@pytest.mark.parametrize("content", [b"", b"no", SCHEME.to_bytes()[:-9], b"\x1f\x8b"])
def test_anything_else_is_no_vocabulary(content: bytes) -> None:
    with pytest.raises(InvalidValue) as caught:
        Scheme.from_bytes(content)
    assert caught.value.code == "vocabulary_format"


def test_twenty_thousand_labels_are_linked_in_time() -> None:
    """Ten seconds is the most; measured as time of the processor, on labels that are ambiguous too."""
    scheme = of(
        *(skill(f"{BASE}{n}", f"vaardigheid {n}", f"andere naam {n // 2}") for n in range(6000)),
        occupation(f"{BASE}kok", "Kok", *(f"{BASE}{n}" for n in range(0, 6000, 2))),
    )
    before = time.process_time()
    links = Links(Labels([scheme]), ["one"])
    named = [links.name(skill_key(f"Andere naam {n % 5000}"), "Noord", ("Kok",)) for n in range(20_000)]
    assert time.process_time() - before < 10
    assert sum(concepts_in(name) is not None for name in named) == 12_000
