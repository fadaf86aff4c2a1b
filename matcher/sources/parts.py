"""A JSON document in parts: the members of its list one by one, so that a large document is never in memory whole."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection, Iterator
from typing import BinaryIO

LISTS = frozenset({"programs", "items"})
"""Members of a document whose own members are given one by one."""
PIECE = 1 << 20
"""Bytes that are read at once."""
_BLANK = re.compile(r"[ \t\r\n]*")


class Broken(ValueError):
    """No JSON, or cut off; `line`: where, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def parts(stream: BinaryIO, lists: Collection[str] = LISTS) -> Iterator[object]:
    """The members of the list that a document is, or of its members `lists`; anything else whole. Raises Broken."""
    text = _Text(stream)
    first = text.sign()
    if first == "[":
        yield from text.members()
    elif first == "{":
        yield from _object(text, lists)
    else:
        yield text.value()
    if text.sign():
        raise Broken(text.line)


def _object(text: _Text, lists: Collection[str]) -> Iterator[object]:
    """The members of the lists of an object; the object, where it has none of them."""
    rest: dict[str, object] = {}
    listed = False
    text.take("{")
    while text.sign() != "}":
        if rest or listed:
            text.take(",")
            text.sign()
        name = text.value()
        if not isinstance(name, str):
            raise Broken(text.line)
        text.take(":")
        if name in lists and text.sign() == "[":
            listed = True
            yield from text.members()
        else:
            rest[name] = text.value()
    text.take("}")
    if not listed:
        yield rest


class _Text:
    """The text of a stream from where it was read to."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._json = json.JSONDecoder(parse_constant=_refuse)
        self._text, self._at, self._ended, self._lines = "", 0, False, 1

    @property
    def line(self) -> int:
        """The number of the line that was read to."""
        return self._lines + self._text.count("\n", 0, self._at)

    def sign(self) -> str:
        """The next sign that is no blank, which stays; empty at the end."""
        while True:
            found = _BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(PIECE):
                return ""

    def take(self, sign: str) -> None:
        """Reads past this sign. Raises Broken where another comes."""
        if self.sign() != sign:
            raise Broken(self.line)
        self._at += 1

    def members(self) -> Iterator[object]:
        """The members of a list, one by one."""
        self.take("[")
        is_first = True
        while self.sign() != "]":
            if not is_first:
                self.take(",")
                self.sign()
            is_first = False
            yield self.value()
        self.take("]")

    def value(self) -> object:
        """The next value. What is cut off by the end of a piece is read again with more of the text."""
        import orjson

        self.sign()
        size = PIECE
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except (ValueError, RecursionError):
                if not self._more(size):
                    raise Broken(self.line) from None
                size *= 2
                continue
            if end == len(self._text) and self._more(PIECE):
                continue  # a number may go on
            given = self._text[self._at : end]
            if "\\u" in given:  # half a pair of signs is no text; the other reader refuses it
                try:
                    orjson.loads(given)  # which would make a number of more than 64 bits another
                except orjson.JSONDecodeError:
                    raise Broken(self.line) from None
            self._at = end
            return value

    def _more(self, size: int) -> bool:
        """Reads on; False at the end."""
        if self._ended:
            return False
        piece = self._stream.read(size)
        self._ended = not piece
        self._lines += self._text.count("\n", 0, self._at)
        try:
            self._text = self._text[self._at :] + self._decoder.decode(piece, final=self._ended)
        except UnicodeDecodeError:
            raise Broken(self._lines) from None
        finally:
            self._at = 0
        return not self._ended


def _refuse(constant: str) -> object:
    raise ValueError(constant)
