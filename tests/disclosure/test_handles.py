"""Handles: the same for one request, unlike any other, and of nobody once the alumnus is gone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher.disclosure.handles import Handles, new_secret, scope_of_request

SECRET = "5e" * 32
keys = st.integers(1, 2**63 - 1)
OTHERS = [
    *((38, letter) for letter in "abcdefghijklmnopqrstuvwxyz234567"),  # of its five bits a handle needs two
    *((at, letter) for at in range(39) for letter in "\u017f\u0131\u212a"),  # s, i and k in another case
]
"""Characters that a careless decoder takes for what stood in that place."""


@given(keys, keys, keys)
def test_a_handle_is_known_by_its_own_request_only(alumnus: int, request: int, other: int) -> None:
    """It gives back the alumnus there; another request, and another installation, know nobody by it."""
    handle = Handles(SECRET, scope_of_request(request)).of(alumnus)
    assert Handles(SECRET, scope_of_request(request)).key(handle) == alumnus
    assert Handles(SECRET, scope_of_request(request)).key(f" {handle.upper()} ") == alumnus
    if other != request:
        assert Handles(SECRET, scope_of_request(other)).key(handle) is None
    assert Handles(new_secret(), scope_of_request(request)).key(handle) is None


@given(st.lists(keys, min_size=2, max_size=30, unique=True))
def test_handles_of_two_requests_share_nothing(alumni: list[int]) -> None:
    """Neither the handles nor their order tell which two are of one alumnus; none holds a digit of the key."""
    one, two = (Handles(SECRET, scope_of_request(request)) for request in (1, 2))
    first, second = [one.of(key) for key in alumni], [two.of(key) for key in alumni]
    assert len({*first, *second}) == 2 * len(alumni)
    assert all(len(handle) == 39 and handle.isalnum() and handle.islower() for handle in first)


@given(keys, st.integers(0, 38), st.characters())
def test_a_handle_with_one_other_character_is_none(alumnus: int, place: int, other: str) -> None:
    """Each alumnus has one handle for a request, as a capital or not."""
    handles = Handles(SECRET, scope_of_request(1))
    handle = handles.of(alumnus)
    for at, character in [(place, other), *OTHERS]:
        changed = f"{handle[:at]}{character}{handle[at + 1 :]}"
        is_same = changed.isascii() and changed.lower() == handle
        assert handles.key(changed) == (alumnus if is_same else None)


@given(st.text(max_size=60), st.binary(min_size=24, max_size=24))
def test_no_other_text_is_a_handle(text: str, sealed: bytes) -> None:
    """An id of a spreadsheet, a part of a handle, or one that was made up is of nobody."""
    import base64

    handles = Handles(SECRET, scope_of_request(1))
    made_up = base64.b32encode(sealed).decode().rstrip("=")
    for attempt in (text, made_up, handles.of(7)[:-1], handles.of(7) + "a"):
        assert handles.key(attempt) is None
