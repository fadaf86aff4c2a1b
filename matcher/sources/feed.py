"""What a document of a source gives: rows for the store, and remarks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal

from matcher.domain.crebo import CREBO_FORM
from matcher.domain.day_parts import DAYS, PARTS
from matcher.domain.fields import LONGEST_ID, LONGEST_TEXT
from matcher.domain.languages import code_of
from matcher.links.concepts import names
from matcher.repositories.values import Upsert
from matcher.sources.documents import Node, Remark
from matcher.text import fold

_BETWEEN = re.compile(r"\n[^\S\n]*\n")
"""Between two paragraphs."""
_POSTCODE = re.compile(r"([1-9]\d{3})\s*[A-Za-z]{0,2}")
_RANGE = re.compile(r"([1-9]\d{3})(?:\s*-\s*([1-9]\d{3}))?")
_NLQF = re.compile(r"(?:nlqf|eqf)?_?([1-8])(_?plus|\+|p|\.5|,5)?")
_LEVEL = re.compile(r"(?:mbo_?niveau_?|secondary_vocational_education_?|mbo_?)([1-4])")
RIO_FORM = re.compile(r"\d{5}-[A-Z]{2,10}(?:-[A-Z_]{2,40})?")
"""The code that RIO gives a qualification of mbo: as 26013-SBB-MIDDENKADEROPLEIDING."""
LONGEST_NAME = 60
"""Characters of a text that may be the name of a skill."""
_THREE_LETTERS = {
    "nld": "nl", "dut": "nl", "fry": "fy", "deu": "de", "ger": "de", "fre": "fr", "spa": "es", "pol": "pl", "tur": "tr",
    "ara": "ar", "ukr": "uk", "rus": "ru",
}  # fmt: skip
AFTERNOON, EVENING = time(12), time(17, 30)
"""When the afternoon and the evening begin; what begins before ends in the morning, where it ends by then."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A record of a server, with the list that it stands in: `courses`, or `courses/C-1` for offerings of a course."""

    part: str
    record: object


@dataclass(frozen=True, slots=True)
class NotListed:
    """A list that a server had, or should have, and does not give now: not the same as one that is empty."""

    part: str


@dataclass(slots=True)
class Feed:
    """What was read. `ids`: id and owner of all records of the source, read or refused: others that it had are gone.

    `unread`: beginnings of ids of which the source has something that it did not give. `gone`: beginnings of ids that
    the source says it has no more. `refused` counts records that could not be read at all. `parts`: the list of each
    offering. `lists`: the lists that the server has; `unlisted`: those that it did not give, of which nothing is gone.
    `codes`: of programmes without a name, of which no name is known.
    """

    upserts: list[Upsert] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    ids: set[tuple[str, str]] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    parts: dict[tuple[str, str], str] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    refused: int = 0

    def add(
        self, id_: str, owner: str, values: Mapping[str, object], remarks: Iterable[Remark], *, part: str = ""
    ) -> None:
        """Adds a record with its remarks; a second one of this id and owner is refused. `part`: its list."""
        if (id_, owner) in self.ids:
            self.refuse(Remark("twice", "", id_, id=id_))
            return
        self.ids.add((id_, owner))
        self.parts[id_, owner] = part
        self.remarks += [replace(one, id=id_) for one in remarks]
        self.upserts.append(Upsert(len(self.upserts) + 1, id_, owner, values))

    def refuse(self, *remarks: Remark, known: tuple[str, str] | None = None) -> None:
        """Counts a record that cannot be read, and says why; `known`: its id and owner, so that it is not gone."""
        self.refused += 1
        self.remarks += remarks
        if known:
            self.ids.add(known)

    def miss(self, part: str) -> None:
        """A list that was not given: what stood in it is not gone."""
        self.unlisted.add(part)

    def within(self, region: str) -> None:
        """Leaves out what is outside a region, as `pc4_ranges` reads it; what has no postcode stays."""
        ranges = pc4_ranges(region)
        outside = {
            (one.id, one.owner)
            for one in self.upserts
            if (pc4 := one.values.get("pc4")) and not any(low <= str(pc4) <= high for low, high in ranges)
        }
        if ranges and outside:
            kept = [one for one in self.upserts if (one.id, one.owner) not in outside]
            self.upserts = [replace(one, row=row) for row, one in enumerate(kept, start=1)]
            self.ids -= outside
            gone = {id_ for id_, _ in outside}
            self.remarks = [one for one in self.remarks if one.id not in gone]
            self.remarks.append(Remark("outside", "", values={"count": len(outside), "region": region}))

    def has(self, id_: str, owner: str, part: str = "") -> bool:
        """Whether the source still has a record, whether or not it could be read; `part`: its list, as it was."""
        if self.unlisted and part and not self.unlisted.isdisjoint({part, part.partition("/")[0]}):
            return True
        return (id_, owner) in self.ids or _begins(id_, self.unread)

    def is_gone(self, id_: str, owner: str) -> bool:
        """Whether the source says of a record that it has it no more."""
        return (id_, owner) not in self.ids and _begins(id_, self.gone)


def _begins(id_: str, beginnings: Collection[str]) -> bool:
    """Whether an id is one of these, or a part of one of these."""
    parts = id_.split("/") if beginnings else []
    return any("/".join(parts[:length]) in beginnings for length in range(1, len(parts) + 1))


def pc4_ranges(region: str) -> tuple[tuple[str, str], ...]:
    """Postcodes as first and last: `7400-8299, 3512` is two pairs. Raises ValueError for anything else."""
    found = []
    for part in filter(None, (one.strip() for one in region.split(","))):
        matched = _RANGE.fullmatch(part)
        if matched is None or (matched[2] and matched[2] < matched[1]):
            raise ValueError(part)
        found.append((matched[1], matched[2] or matched[1]))
    return tuple(found)


def joined_id(*parts: str | None) -> str:
    """One id of several, as far as they are there, within the limit of an id."""
    return "/".join(part.strip() for part in parts if part and part.strip())[:LONGEST_ID]


def joined_text(*parts: str | None) -> str | None:
    """Paragraphs of a description, each once, within the limit of a text."""
    paragraphs = (one.strip() for part in parts if part for one in _BETWEEN.split(part))
    seen = dict.fromkeys(filter(None, paragraphs))
    return "\n\n".join(seen)[:LONGEST_TEXT] or None


def skills_among(*texts: str | None) -> tuple[str, ...]:
    """Those of these texts that are names of skills or occupations in ESCO, each once, as they are written.

    Search words and outcomes say what a course is about, but only what has a name can be a skill that somebody lacks.
    """
    known = {one: fold(one) for text in texts if text and len(one := text.strip(" .;,-•*")) <= LONGEST_NAME}
    return tuple({folded: one for one, folded in reversed(known.items()) if folded in names()}.values())[::-1]


def language_of(text: str | None) -> str | None:
    """The code of two letters of a language: `nld`, `nl-NL` and `nl` are one; None for what is none."""
    if not text:
        return None
    word = text.strip().lower().replace("_", "-").split("-")[0]
    return _THREE_LETTERS.get(word) or code_of(word)


def crebo_of(node: Node) -> str | None:
    """A crebo code of five characters."""
    text = node.text()
    if text is None:
        return None
    code = text.upper().removeprefix("CREBO").strip()
    if CREBO_FORM.fullmatch(code):
        return code
    node.remark("no_crebo")
    return None


def nlqf_of(node: Node) -> float | None:
    """An NLQF level: 1 to 8, and 4.5 for 4+, which is spelled `4+`, `4p`, `nlqf_4plus` and 4.5."""
    text = node.text()
    if text is None:
        return None
    found = _NLQF.fullmatch(re.sub(r"[\s\-]+", "_", text.lower()))
    if found and (not found[2] or found[1] == "4"):
        return float(found[1]) + (0.5 if found[2] else 0.0)
    node.remark("no_nlqf")
    return None


def level_of(text: str | None) -> int | None:
    """The mbo level in a word such as `mbo niveau 3`; None for all other levels."""
    found = _LEVEL.fullmatch(re.sub(r"[\s\-]+", "_", (text or "").strip().lower()))
    return int(found[1]) if found else None


def pc4_of(postcode: Node, country: Node) -> str | None:
    """The four digits of a Dutch postcode; the postcodes of other countries are remarked."""
    text, land = postcode.text(), (country.text() or "nl").lower()
    if text is None:
        return None
    found = _POSTCODE.fullmatch(text)
    if found and land in ("nl", "nld", "nederland", "netherlands"):
        return found[1]
    postcode.remark("no_postcode")
    return None


def day_part_of(day: date | int, start: time, end: time | None) -> int:
    """The bits of the day parts in which something is on a day (0 for Monday) from a time to another."""
    weekday = day if isinstance(day, int) else day.weekday()
    last = end if end is not None and end > start else start
    mask = 0
    for part, (begins, ends) in enumerate(((time(0), AFTERNOON), (AFTERNOON, EVENING), (EVENING, time.max))):
        if (start < ends and last > begins) or begins <= start < ends:
            mask |= 1 << (weekday * len(PARTS) + part)
    return mask if 0 <= weekday < len(DAYS) else 0


def price_of(total: Decimal | None) -> float | None:
    """A total in euro as the store keeps it; None where it is unknown, below nothing, or absurd."""
    return float(total) if total is not None and 0 <= total <= 100_000 else None


def url_of(node: Node) -> str | None:
    """An address of a page."""
    text = node.text()
    if text is None:
        return None
    if re.match(r"https?://[^\s/]+\.[^\s]+$", text, re.IGNORECASE):
        return text
    node.remark("no_url")
    return None
