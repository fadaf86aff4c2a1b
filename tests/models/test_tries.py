"""The parts of the tries on which their figures rest: what is drawn, mined, rewritten and unpacked."""

from __future__ import annotations

import os
from importlib.util import find_spec
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.tries import mixes
from benchmarks.tries import words as rewriting
from benchmarks.tries.sets import Sets, slip, small
from matcher.domain.records import RecordKind
from matcher.likeness import Likeness
from models.encoder import opened
from models.evaluation import gold
from models.evaluation.evaluate import Search
from models.vocabulary import Vocabulary


def _needs_torch() -> None:
    if find_spec("torch") is None:
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            pytest.fail("torch is missing: make .venv/.installed-test")
        pytest.skip("torch is not installed")


@given(st.text(st.sampled_from("abc -é1"), max_size=20), st.integers(0, 2**32 - 1))
def test_a_slip_exchanges_two_neighbours(text: str, seed: int) -> None:
    """A slip has the same letters, differs in at most two neighbouring places, and leaves the first of its word."""
    made = slip(text, np.random.default_rng(seed))
    places = [place for place, (one, other) in enumerate(zip(text, made, strict=True)) if one != other]
    assert sorted(made) == sorted(text)
    assert places == [] or (len(places) == 2 and places[1] == places[0] + 1 and text[places[0] - 1 : places[0]].strip())


def test_a_slip_is_made_in_the_longest_word() -> None:
    """A short text stays."""
    assert slip("kok", np.random.default_rng(1)) == "kok"
    assert slip("kok en banketbakker", np.random.default_rng(1)).startswith("kok en b")
    assert slip("kok en banketbakker", np.random.default_rng(1)) != "kok en banketbakker"


def test_fewer_names_keep_what_is_sought() -> None:
    """Each query of the smaller set still has its owner, and the names are fewer."""
    owners = [f"u{number}" for number in range(40)]
    search = Search("ESCO names", owners, owners, owners, [{owner} for owner in owners])
    (cut,) = small(Sets([], [search, Search("VDAB skills", [], [], [], [])], []), 10, 15).searches
    assert (len(cut.queries), len(cut.targets)) == (10, 15)
    assert set().union(*cut.relevant) <= set(cut.owners)


def test_compounds_bring_their_parts() -> None:
    """All of them, or those alone that have no row of their own; a misspelt word becomes the one that it is near to."""
    vocabulary = Vocabulary({"wondzorg": 0, "timmerman": 1, "lasser": 2}, np.ones(3, np.float32))
    every, unknown = (rewriting.with_parts(vocabulary, unknown=some) for some in (False, True))
    assert every("wondzorg") == ("wondzorg", "wond", "zorg")
    assert unknown("wondzorg") == ("wondzorg",)
    assert unknown("kinderopvang") == ("kinderopvang", "kind", "opvang")
    mended = rewriting.without_slips(vocabulary)
    assert [mended(word) for word in ("timmermna", "timmerman", "kapper", "qqqqq")] == [
        ("timmerman",),
        ("timmerman",),
        ("kapper",),
        ("qqqqq",),
    ]


def test_batches_hold_no_text_twice() -> None:
    """Each pair of a round comes at most once, and texts of a batch differ."""
    from models.training.corpus import batches

    pairs = [(f"a{number % 7}", f"b{number}") for number in range(21)]
    for batch in islice(batches(pairs, 5, np.random.default_rng(2)), 12):
        texts = [text for place in batch for text in pairs[place]]
        assert len(set(texts)) == len(texts) == 10


def test_a_hard_negative_is_never_a_right_answer() -> None:
    """A text that belongs to the same first text is not drawn, nor one that is nearer, where there is another."""
    _needs_torch()
    from benchmarks.tries.training import APART, Mined

    chance = np.random.default_rng(3)
    pairs = [(f"a{number // 2}", f"b{number}") for number in range(60)]
    made: dict[str, np.ndarray] = {}

    def vectors(texts: list[str]) -> np.ndarray:
        for text in texts:
            if text not in made:
                vector = chance.normal(size=8) + 2
                made[text] = (vector / np.linalg.norm(vector)).astype(np.float32)
        return np.stack([made[text] for text in texts])

    batch = list(range(0, 60, 3))
    wrong = Mined(pairs, vectors, np.random.default_rng(4)).of(batch)
    right = {first: {second for one, second in pairs if one == first} for first, _ in pairs}
    for place, text in zip(batch, wrong, strict=True):
        first, second = pairs[place]
        assert text not in right[first]
        allowed = [other for _, other in pairs if other not in right[first]]
        near = {other: float(made[first] @ made[other]) for other in allowed}
        most = APART * float(made[first] @ made[second])
        assert near[text] <= most or min(near.values()) > most


def test_parts_are_features() -> None:
    """A compound has the rows of its parts too, each once."""
    _needs_torch()
    from benchmarks.tries.training import WithParts

    rows = {name: row for row, name in enumerate(["wond", "zorg", "wondzorg", "#zorg", "lasser"])}
    vocabulary = WithParts(rows, np.ones(len(rows), np.float32))
    assert vocabulary.rows_of("wondzorg") == [0, 1, 2, 3]
    assert vocabulary.rows_of("lasser") == [4]


def test_headers_are_measured_as_new_ones() -> None:
    """No header is compared with itself, and one that only a word explains is told from a typing error."""
    from benchmarks.tries import headers

    class Same:
        """An encoder that finds all texts alike."""

        def encode(self, texts: list[str]) -> np.ndarray:
            return np.ones((len(texts), 1), np.int8)

        class scale:  # noqa: N801 - an attribute of the encoder
            factor = 1.0

    header = headers.Header(RecordKind.ALUMNI, "Roepnaam", "voornaam")
    field, near = headers.nearest([header], {"same": Same()})["same"][0]  # type: ignore[dict-item]
    assert near == 1
    assert headers.counted([header], [(field, near)], 0.9) in {(1, 0, 0), (0, 1, 0)}
    assert headers.counted([header], [("voornaam", 0.5)], 0.9) == (0, 0, 0)
    assert headers.counted([headers.Header(RecordKind.ALUMNI, "Adres", "")], [("postcode", 0.9)], 0.9) == (0, 0, 1)
    assert not headers.is_new(headers.Header(RecordKind.ALUMNI, "Roepnam", "voornaam"))
    assert headers.is_new(headers.Header(RecordKind.ALUMNI, "Schoenmaat", ""))


def test_ways_of_counting_both_encoders_begin_where_rankings_are() -> None:
    """`now` is what rankings count; without the second encoder, and of long texts, names apart are the same."""
    encoder, asked, can = opened(), [*gold.read()[0].queries[:5], "lasser"], [*gold.read()[0].candidates, "kok"]
    alike = mixes.compared(encoder, encoder, asked, can)
    for share in (0.0, 0.3, 1.0):
        counted = Likeness(encoder, can, second=encoder, meaning=share).of(asked)
        assert mixes.now(alike, share) == pytest.approx(counted)
        apart = mixes.names_apart(alike, share)
        assert apart[~alike.few] == pytest.approx(counted[~alike.few])
    assert alike.few[-1, -1]
    assert not alike.few.all()
    assert mixes.names_apart(alike, 1.0)[-1, -1] == pytest.approx(alike.without[-1, -1])
    assert (mixes.either(alike, 0.5) >= np.maximum(alike.without, alike.meaning)).all()
    assert (mixes.doubted(alike, 0.5) <= mixes.now(alike, 0.5) + 1e-12).all()


def test_a_search_in_parts_is_that_of_the_whole() -> None:
    """With one query more than are searched at once the ranks are those of every query by itself."""
    names = ["lasser", "kok", "verzorgende", "timmerman", "kapper"]
    asked = [names[number % 5] for number in range(mixes.BLOCK + 1)]
    search = Search("names", asked, names, names, [{name} for name in asked])
    found = mixes.searched(search, opened(), opened(), [(mixes.NOW, 0.5)])
    assert found == {"now 0.5": 1.0}
    wrong = Search("names", asked, names, names, [{names[0]} for _ in asked])
    assert mixes.searched(wrong, opened(), opened(), [(mixes.NOW, 0.5)])["now 0.5"] < 1
