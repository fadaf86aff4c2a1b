"""Values of a JSON document, read as what they should be; what is something else is remarked, not raised.

Published examples and recorded answers of these formats seldom keep to their schemas (a number for a text, one object
for a list, null for what is not known), so a reader asks for what it needs and takes what can only mean that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from typing import TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")
ZONE = ZoneInfo("Europe/Amsterdam")
MOST_SHOWN = 60
"""Characters of a value that a remark repeats."""
_YES = {True: True, False: False, "true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
"""1 and 0 are True and False."""
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_BLOCKS = frozenset({"p", "br", "li", "ul", "ol", "div", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})
_UNSEEN = frozenset({"script", "style", "head"})


@dataclass(frozen=True, slots=True)
class Remark:
    """What was left out of a document, or read as something else: `code` of its sentence under `sources.remarks`.

    `path`: where it stands, such as `programSchedule.programRun[2].startDate`. `shown`: the value, cut short; None
    where it may be personal or is no single value. `id`: the record that it belongs to, empty for the whole document.
    """

    code: str
    path: str
    shown: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    id: str = ""


class Node:
    """A value of a document, with where it stands and the list that its remarks go to. Absent and null are alike."""

    __slots__ = ("_quoted", "_remarks", "path", "value")

    def __init__(self, value: object, remarks: list[Remark], path: str = "", *, quoted: bool = True) -> None:
        self.value, self.path, self._remarks, self._quoted = value, path, remarks, quoted

    def __bool__(self) -> bool:
        return self.value is not None and self.value not in ("", [], {})

    def remark(self, code: str, **values: object) -> None:
        """Remarks something about this value."""
        shown = str(self.value) if isinstance(self.value, str | int | float) and self._quoted else None
        self._remarks.append(Remark(code, self.path, shown[:MOST_SHOWN] if shown else None, values))

    def at(self, *names: str) -> Node:
        """The first of these members that is there: formats rename things between versions."""
        members = self.value
        if isinstance(members, list) and members and isinstance(members[0], Mapping):
            members = members[0]  # one object in a list, as published examples have it
        if members is not None and not isinstance(members, Mapping):
            if self:
                self.remark("no_object")
            members = None
        for name in names:
            if members is not None and members.get(name) is not None:
                return Node(members[name], self._remarks, f"{self.path}.{name}".lstrip("."), quoted=self._quoted)
        return Node(None, self._remarks, f"{self.path}.{names[0]}".lstrip("."), quoted=self._quoted)

    def personal(self) -> Node:
        """The same value, which remarks do not repeat."""
        return Node(self.value, self._remarks, self.path, quoted=False)

    def items(self) -> Iterator[Node]:
        """The members of a list that are not null; of anything else the value itself, if it is there."""
        if not isinstance(self.value, list):
            if self:
                yield self
            return
        for number, one in enumerate(self.value):
            if one is not None:
                yield Node(one, self._remarks, f"{self.path}[{number}]", quoted=self._quoted)

    def text(self) -> str | None:
        """A text without blanks around it; a number as it is written. None where it is empty."""
        if isinstance(self.value, str):
            return self.value.strip() or None
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return f"{self.value:g}" if isinstance(self.value, float) else str(self.value)
        if self:
            self.remark("no_text")
        return None

    def whole(self, low: int = 0, high: int = 100_000) -> int | None:
        """A whole number within these limits, also one that is written as a text."""
        text = self.text()
        if text is None:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number != int(number) or not low <= number <= high:
            self.remark("no_whole", low=low, high=high)
            return None
        return int(number)

    def amount(self) -> Decimal | None:
        """An amount of money with its sign, also with a comma for its cents."""
        text = self.text()
        if text is None:
            return None
        try:
            number = Decimal(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            self.remark("no_amount")
            return None
        return number

    def yes(self) -> bool | None:
        """Yes or no: true, 1, "true", "1", and what a reader of YAML has made of yes."""
        value = self.value.strip().lower() if isinstance(self.value, str) else self.value
        known = _YES.get(value) if isinstance(value, bool | int | str) else None
        if known is None and self:
            self.remark("no_yes")
        return known

    def day(self) -> date | None:
        """A day, or the day in the Netherlands of a moment."""
        text = self.text()
        if text is None:
            return None
        try:
            if len(text) == len("2027-03-01"):
                return date.fromisoformat(text)
            moment = datetime.fromisoformat(text)
            return (moment.astimezone(ZONE) if moment.tzinfo else moment).date()
        except (ValueError, OverflowError):
            self.remark("no_day")
            return None

    def clock(self) -> time | None:
        """A time of day as it is written; what an offset would make of it depends on a day, so it is left out."""
        text = self.text()
        if text is None:
            return None
        found = _TIME.fullmatch(text)
        try:
            if found:
                return time(int(found[1]), int(found[2]))
        except ValueError:
            pass
        self.remark("no_time")
        return None

    def choice(self, table: Mapping[str, T], *, quiet: frozenset[str] = frozenset()) -> T | None:
        """What a word of the format stands for here; blanks, dashes and capitals aside.

        `quiet`: words that stand for nothing here. An extension (`x-...`) is legal, and stands for nothing either.
        """
        text = self.text()
        if text is None:
            return None
        word = plain_word(text)
        if word in table:
            return table[word]
        if word not in quiet and not word.startswith("x_"):
            self.remark("unknown_word")
        return None

    def localised(self) -> tuple[str | None, str]:
        """A text in the best of its languages, and which: Dutch, Frisian, English, else the first.

        Either `{"nl": ...}`, a list of `{"language": ..., "value": ...}`, or a bare text, whose language is ''.
        """
        if isinstance(self.value, str | int | float):
            return self.text(), ""
        found: dict[str, str] = {}
        if isinstance(self.value, Mapping) and "value" not in self.value:
            for language in self.value:
                text = self.at(str(language)).text()
                if text:
                    found.setdefault(str(language).lower()[:2], text)
        else:
            for one in self.items():
                text = one.at("value").text() if isinstance(one.value, Mapping) else one.text()
                language = one.at("language").text() if isinstance(one.value, Mapping) else None
                if text:
                    found.setdefault((language or "").lower()[:2], text)
        for language in ("nl", "fy", "en", *found):
            if language in found:
                return found[language], language
        return None, ""


def plain_word(text: str) -> str:
    """A word of a list as it is compared: `full-time`, `full time` and `Full_Time` are one."""
    return re.sub(r"[\s\-]+", "_", text.strip().lower())


def without_markup(html: str) -> str:
    """The words of a piece of HTML, with a line for each block."""
    parser = _Words()
    parser.feed(html)
    parser.close()
    text = _SPACE.sub(" ", "".join(parser.words))
    return _LINES.sub("\n", text).strip()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(data.replace("\n", " "))
