"""How people write a town: its parts, and what they add to tell it from another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from matcher.text import DASHES, fold

_NOT_LETTER = re.compile(r"[^a-z0-9]+")
_DUTCH_POSTCODE = re.compile(r"^[1-9]\d{3}\s?[a-z]{2}\s+(?=\w{2})")
_FOREIGN_POSTCODE = re.compile(r"^(?:(b|be|d|de)\s*-\s*)?(\d{4,5})\s+(?=\w{3})")
_AROUND = re.compile(
    r"^(?:in de )?(?:omgeving|omg\.?|regio|nabij|rondom|buurt)(?: van)? |(?:,| en)? (?:e\.?o\.?|omgeving|c\.?a\.?)$"
)
_MUNICIPALITY = re.compile(r"^(?:gem\.|gem|gemeente) ?(?=\w)")
_MUNICIPALITY_AFTER = re.compile(r"[ ,(]+(?:gem\.|gem|gemeente) ([^()]+)\)?$")
_IN_BRACKETS = re.compile(r"^(.+?)\s*[(\[]([^()\[\]]+)[)\]]\.?$")
_AFTER_COMMA = re.compile(r"^([^,]+?)\s*,\s*([^,]+)$")
_SEVERAL = re.compile(r"\s*[/&+;]\s*|\s+(?:en|of)\s+|\s*,\s*|\s*-\s*")

REGIONS: dict[str, frozenset[str]] = {
    spelling: frozenset(regions.split())
    for regions, spellings in {
        "NH": "nh noordholland nholland nholl noordholl noordh",
        "ZH": "zh zuidholland zholland zholl zuidholl zuidh",
        "NH ZH": "holland",
        "NB": "nb nbr nbrab noordbrabant nbrabant noordbr brab br bra",
        "NB BE": "brabant",
        "LI": "l lb li lim limb",
        "LI BE": "limburg",
        "GE": "g gl gld gelderland geld gelderl ge",
        "OV": "o ov ovl overijssel overijsel",
        "UT": "u ut utr utrecht",
        "DR": "dr dre dren drenthe",
        "DR DE": "d",
        "GR": "gr gn gron groningen",
        "FR": "f fr frl fri fries friesland fryslan frysln",
        "FL": "fl flev flevoland",
        "ZE": "z ze zl zld zeeland zeel",
        "DR FL FR GE GR LI NB NH OV UT ZE ZH": "nl ned nederland holl thenetherlands netherlands",
        "BE": "b be bel belg belgie belgium vlaanderen oostvlaanderen westvlaanderen antwerpen vlaamsbrabant wallonie",
        "DE": "de dld dtl duitsland deutschland germany brd nrw nedersaksen niedersachsen nordrheinwestfalen",
    }.items()
    for spelling in spellings.split()
}
"""What stands for a province or country behind a town, folded and without signs -> the regions meant."""
DIRECTIONS = frozenset({
    "noord", "zuid", "oost", "west", "noordoost", "noordwest", "zuidoost", "zuidwest", "nieuwwest", "midden",
    "centrum", "binnenstad", "stad", "city",
})  # fmt: skip
"""Parts that lie within a few kilometres of any town's middle."""

_ABBREVIATIONS = {
    "a/d": ("aan den", "aan de", "aan het"), "a.d.": ("aan den", "aan de"), "ad": ("aan den", "aan de"),
    "a/h": ("aan het",), "a/": ("aan",), "a.": ("aan",), "ad.": ("aan den", "aan de"),
    "b/d": ("bij de",), "o/d": ("op de", "op den"), "v/d": ("van de", "van den"),
    "st": ("sint",), "st.": ("sint",), "nw": ("nieuw", "nieuwe"), "nw.": ("nieuw", "nieuwe"), "nwe": ("nieuwe",),
    "nwe.": ("nieuwe",), "n.": ("nieuw", "noord"), "v": ("van",), "v.": ("van",), "o.": ("oud", "oude"), "b.": ("bij",),
    "gr.": ("groot", "grote"), "kl.": ("klein",), "o/z": ("op zoom",), "oz": ("op zoom",), "o.z.": ("op zoom",),
    "1e": ("eerste",), "2e": ("tweede",), "3e": ("derde",), "d": ("de", "den"), "d.": ("de", "den"), "h.": ("hendrik",),
}  # fmt: skip
_MOST_VARIANTS = 12
_MOST_BEHIND = 3
"""Words behind a name, at most."""


def name_key(name: str) -> str:
    """The form under which spellings of a town are equal: letters and digits alone, folded; `IJ` is `ij`."""
    return _NOT_LETTER.sub("", fold(name))


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what was written: a name, the regions it may lie in, and the municipality or part behind it."""

    name: str
    regions: frozenset[str] = field(default_factory=frozenset)
    inside: str | None = None
    """A municipality or a part of the town, as written."""
    bracketed: bool = False
    """Whether `inside` was set apart by brackets or a comma, so that it cannot belong to the name."""
    municipality: bool = False
    """Whether the name is said to be that of a municipality, or `inside` is."""


def readings(text: str) -> Iterator[Reading]:
    """The ways to read a town, the most literal one first."""
    plain, country = _without_postcode(fold(text).translate(DASHES).strip(" ."))
    plain = _AROUND.sub("", plain).strip(" ,")
    if match := _MUNICIPALITY.match(plain):
        yield Reading(plain[match.end() :], country, municipality=True)
    yield Reading(plain, country)
    if match := _MUNICIPALITY_AFTER.search(plain):
        yield Reading(plain[: match.start()], country, match[1], bracketed=True, municipality=True)
        return
    if match := _IN_BRACKETS.match(plain) or _AFTER_COMMA.match(plain):
        name, inside = match[1], match[2]
        if regions := REGIONS.get(name_key(inside)):
            yield Reading(name, regions)
        yield Reading(name, country, inside, bracketed=True)
        return
    words = re.split(r"[ -]+", plain)
    for end in range(len(words) - 1, max(len(words) - 1 - _MOST_BEHIND, 0), -1):
        name, behind = " ".join(words[:end]), " ".join(words[end:])
        if regions := REGIONS.get(name_key(behind)):
            yield Reading(name, regions)
        else:
            yield Reading(name, country, behind)


def _without_postcode(plain: str) -> tuple[str, frozenset[str]]:
    plain = _DUTCH_POSTCODE.sub("", plain)
    match = _FOREIGN_POSTCODE.match(plain)
    if not match:
        return plain, frozenset()
    letter, digits = match[1], match[2]
    country = "DE" if (letter or "").startswith("d") or len(digits) == 5 else "BE" if letter else ""
    return plain[match.end() :], frozenset([country]) if country else frozenset()


def variants(name: str) -> Iterator[str]:
    """Keys of the name as written, and with its abbreviations in full, at most a dozen."""
    yield name_key(name)
    written = [""]
    for word in name.split():
        written = [f"{before} {full}" for before in written for full in _in_full(word)][:_MOST_VARIANTS]
    yield from {name_key(one): None for one in written}


def _in_full(word: str) -> tuple[str, ...]:
    if word in _ABBREVIATIONS:
        return _ABBREVIATIONS[word]
    short, dot, rest = word.partition(".")  # nw.vennep
    return tuple(f"{full} {rest}" for full in _ABBREVIATIONS.get(short + dot, (short + dot,))) if rest else (word,)


def several(text: str) -> tuple[str, ...]:
    """The towns of `Zwolle/Kampen` and `Hoogezand-Sappemeer`; empty if there is one."""
    parts = tuple(part.strip(" .()") for part in _SEVERAL.split(fold(text).translate(DASHES)))
    return parts if 1 < len(parts) < 4 and all(parts) else ()
