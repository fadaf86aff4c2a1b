"""A document in parts gives what the document has, however it is cut; what is no JSON is refused with its line."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.sources.parts import PIECE, Broken, parts

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def read(content: bytes | str) -> list[object]:
    return list(parts(io.BytesIO(content.encode() if isinstance(content, str) else content)))


@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_the_members_of_a_list(members: list[object], indent: int | str | None, ascii_: bool) -> None:
    text = json.dumps(members, indent=indent, ensure_ascii=ascii_).encode(errors="surrogatepass")
    assert read(text) == members
    assert read(b'{"pageSize": 10, "items": ' + text + b', "hasNextPage": false}') == members


def test_a_number_stays_what_it_is_beside_an_escaped_sign() -> None:
    """Also one of more than 64 bits."""
    assert read('[{"\\u001f": 9223372036854775809}]') == [{"\x1f": 9223372036854775809}]


def test_a_value_that_is_larger_than_a_piece() -> None:
    """Also where a piece ends in the middle of a sign or a number."""
    members = ["é" * PIECE, 12345, {"a": "€" * (3 * PIECE)}, 7]
    assert read(json.dumps(members, ensure_ascii=False)) == members
    assert read(" " * (PIECE - 2) + "1234") == [1234]


@pytest.mark.parametrize(
    ("content", "given"), [("{}", [{}]), ('{"data": [1]}', [{"data": [1]}]), ("3", [3]), ('{"programs": []}', [])]
)
def test_anything_else_is_one_part(content: str, given: list[object]) -> None:
    assert read(content) == given


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1), (b"[1,\n2", 2), (b"[1 2]", 1), (b"[1,]", 1), (b'{"items": [1],\n\n"a"}', 3), (b"[1] 2", 1),
        (b"\xff", 1), (b'[\n"\\ud800"]', 2), (b"[NaN]", 1), (b"[" * 100_000, 1), (b'{"a": 1 "items": []}', 1),
        (b"{1: 2}", 1), (b"[" + b"9" * 5000 + b"]", 1),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(content: bytes, line: int) -> None:
    with pytest.raises(Broken) as refused:
        read(content)
    assert refused.value.line == line
