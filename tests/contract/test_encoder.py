"""What every encoder must do: ours, one of sentence-transformers, and the fake."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.ports import Encoder
from models.catalogue import DEFAULT, MINILM
from models.encoder import opened
from tests.support.fakes import HashEncoder

SAID = ["wondzorg in de wijk", "lassen van rvs", "Ik geef graag les over koken", "kok", "1", "rijbewijs CE"] + [
    " ".join(["werk"] * length) for length in (1, 5, 17, 40, 300)
]
NOTHING = ["", " \n", "...", "😀😀", "\x00\x01", "\ud800"]


@pytest.fixture(scope="module", params=["hash", DEFAULT, MINILM])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return HashEncoder() if request.param == "hash" else opened(request.param)


def test_vectors_are_canonical(encoder: Encoder) -> None:
    """One int8 row per text within the levels of the scale; dot products stay below 2^24."""
    vectors = encoder.encode(SAID)
    scale = encoder.scale
    assert vectors.shape == (len(SAID), scale.dimension)
    assert vectors.dtype == np.int8
    assert np.abs(vectors.astype(int)).max() <= scale.levels
    assert scale.dimension * scale.levels**2 < 2**24
    cosines = np.diag(vectors.astype(int) @ vectors.astype(int).T) / scale.factor**2
    assert cosines == pytest.approx(1.0, abs=0.05)


def test_a_text_that_says_nothing_is_zero(encoder: Encoder) -> None:
    """Without a letter or digit there is nothing to compare; such texts disturb no other."""
    vectors = encoder.encode([*NOTHING, "wondzorg"])
    assert not vectors[:-1].any()
    assert np.array_equal(vectors[-1], encoder.encode(["wondzorg"])[0])


def test_nothing_gives_nothing(encoder: Encoder) -> None:
    """No texts: no rows."""
    assert encoder.encode([]).shape == (0, encoder.scale.dimension)


@pytest.fixture(scope="module")
def whole(encoder: Encoder) -> np.ndarray:
    """The texts in one batch."""
    return encoder.encode(SAID)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.data())
def test_a_text_has_the_same_bits_in_any_company(encoder: Encoder, whole: np.ndarray, data: st.DataObject) -> None:
    """Alone or in a batch, in any order and in any parts: the same vector, bit for bit."""
    order = data.draw(st.permutations(range(len(SAID))))
    parts = data.draw(st.integers(1, len(SAID)))
    shuffled = [SAID[place] for place in order]
    pieces = [encoder.encode(shuffled[start : start + parts]) for start in range(0, len(shuffled), parts)]
    assert np.array_equal(np.concatenate(pieces), whole[list(order)])


def test_the_id_stays(encoder: Encoder) -> None:
    """The id is of the model, not of the object."""
    again = HashEncoder() if isinstance(encoder, HashEncoder) else opened(encoder.id.split("@")[0])
    assert again.id == encoder.id
    assert again.scale == encoder.scale


def test_calibration_rises_from_zero_to_one(encoder: Encoder) -> None:
    """The map from cosine to similarity is strictly increasing, from 0 to 1."""
    cosines, values = map(np.array, zip(*encoder.scale.calibration, strict=True))
    assert (np.diff(cosines) > 0).all()
    assert (np.diff(values) > 0).all()
    assert (values[0], values[-1]) == (0.0, 1.0)


def test_shares_are_of_the_pairs_that_are_asked_for(encoder: Encoder) -> None:
    """One number for each pair, and none for a text of which none is asked, whatever the company."""
    query, texts = "Gastles over lassen van staal", ["Lasser, ik las staal", *NOTHING, "staal"]
    pairs = [[("lassen", "lasser"), ("staal", "staal")], *([] for _ in NOTHING), [("staal", "staal")]]
    shares = encoder.shares(query, texts, pairs)
    assert [len(of_text) for of_text in shares] == [len(of_text) for of_text in pairs]
    assert all(isinstance(share, float) for of_text in shares for share in of_text)
    assert encoder.shares(query, ["staal"], [[("staal", "staal")]]) == shares[-1:], "the company does not matter"
    assert encoder.shares(query, [], []) == []
