"""What an adviser lets count more: weights of one list, which add up like all others."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.kinds import KIND_CODES
from matcher.matching.signals import SIGNALS
from matcher.matching.tilt import KIND, SIGNAL_OF, Tilt, tilted
from matcher.matching.weights import shipped

STEPS = st.sampled_from(range(0, 101, 10))
TILTS = st.builds(Tilt, STEPS, STEPS, STEPS, STEPS, STEPS)
CODES = [signal.CODE for signal in SIGNALS]


@given(TILTS)
def test_a_tilted_row_adds_up_to_one(tilt: Tilt) -> None:
    """None is negative, no other kind changes, and the usual tilt is the weights themselves."""
    weights = tilted(shipped(), tilt)
    row = weights.table[KIND]
    assert math.isclose(math.fsum(row.tolist()), 1.0, abs_tol=1e-9)
    assert (row >= 0).all()
    others = [code for code in range(len(KIND_CODES)) if code != KIND]
    assert np.array_equal(weights.table[others], shipped().table[others])
    assert (weights == shipped() or weights is shipped()) if tilt.is_usual else weights.names != shipped().names


@given(TILTS, st.sampled_from(sorted(SIGNAL_OF)))
def test_more_of_a_slider_weighs_more(tilt: Tilt, slider: str) -> None:
    """As a share of the whole, next to the same with that slider at nothing; where it is at nothing it counts not."""
    column, values = CODES.index(SIGNAL_OF[slider]), asdict(tilt)
    nothing = tilted(shipped(), Tilt(**{**values, slider: 0})).table[KIND][column]
    assert nothing == 0
    share = tilted(shipped(), tilt).table[KIND][column]
    assert (share > 0) == (values[slider] > 0)


@given(TILTS)
def test_a_tilt_is_read_as_it_is_named(tilt: Tilt) -> None:
    """Its name stands in addresses and behind the name of the weights."""
    assert Tilt.named(tilt.name) == tilt


@pytest.mark.parametrize(
    "name", ["", "1", "50.0.50.0", "50.0.50.0.5", "-10.0.0.0.0", "50.0.50.0.110", "a.b.c.d.e", "٥0.0.0.0.0"]
)
def test_what_no_slider_can_say_is_no_tilt(name: str) -> None:
    """Whoever types an address gets the usual list."""
    assert Tilt.named(name) is None
