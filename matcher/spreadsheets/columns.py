"""The columns of the spreadsheets: Dutch header, English name, kind of cell, field of the record, limits and words.

A header or word is recognised whatever its case, accents, spaces, hyphens and underscores. The words of closed lists
are part of the file format, so they stand here and not in the locale files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from matcher.domain.day_parts import DAYS, PARTS
from matcher.domain.kinds import NeedKind, Purpose, RequestKind
from matcher.domain.records import Form, OnlineMode, RecordKind
from matcher.text import fold

_SEPARATORS = re.compile(r"[\s_\-]+")

EXAMPLE_ID = "VOORBEELD"
"""The id of the example row in the template; the importer skips it."""

DAY_WORDS = dict(zip(("ma", "di", "wo", "do", "vr", "za", "zo"), DAYS, strict=True))
PART_WORDS = dict(zip(("ochtend", "middag", "avond"), PARTS, strict=True))

_KIND_WORDS: dict[str, StrEnum] = {
    "gastles": RequestKind.GUEST_LESSON,
    "hybride docent": RequestKind.HYBRID_TEACHER,
    "mentor": RequestKind.MENTOR,
    "netwerkevenement": RequestKind.NETWORK_EVENT,
    "bpv-plaats": RequestKind.BPV_PLACE,
    "regionale ontwikkelingen": RequestKind.REGIONAL_INSIGHT,
    "ambassadeur": RequestKind.AMBASSADOR,
    "feedback": RequestKind.FEEDBACK,
}
_ASKED_WORDS = {**_KIND_WORDS, "nazorg": RequestKind.AFTERCARE}
_PURPOSE_WORDS: dict[str, StrEnum] = {
    **{word: Purpose(kind.value) for word, kind in _ASKED_WORDS.items()},
    "llo-advies": Purpose.LLO_ADVICE,
    "delen-met-scholen": Purpose.SHARE_SCHOOLS,
    "delen-met-werkgevers": Purpose.SHARE_EMPLOYERS,
}
_NEED_WORDS: dict[str, StrEnum] = {
    "cursus": NeedKind.COURSE,
    "coaching": NeedKind.COACHING,
    "werk": NeedKind.WORK,
    "vervolgopleiding": NeedKind.FURTHER_STUDY,
    "netwerk": NeedKind.NETWORK,
    "geen": NeedKind.NONE,
}
_ONLINE_WORDS: dict[str, StrEnum] = {"ja": OnlineMode.YES, "nee": OnlineMode.NO, "mag": OnlineMode.EITHER}
_FORM_WORDS: dict[str, StrEnum] = {"klassikaal": Form.CLASSROOM, "online": Form.ONLINE, "blended": Form.BLENDED}


_FORBIDDEN = (
    "bsn", "burgerservicenummer", "sofinummer", "socialsecuritynumber",
    "gezondheid", "ziekte", "medisch", "medische", "medical", "diagnose", "beperking", "handicap", "zwanger", "health",
    "disability",
    "etniciteit", "afkomst", "ras", "huidskleur", "nationaliteit", "geboorteland", "ethnicity", "race", "nationality",
    "geloof", "religie", "levensovertuiging", "religion", "politiek", "politics", "vakbond", "union",
    "seksuelegeaardheid", "geaardheid", "sexualorientation", "strafblad", "strafrecht", "criminalrecord",
    "ldr", "doelgroepregister", "banenafspraak", "wajong", "arbeidsbeperking",
)  # fmt: skip
"""Headers of what may not be kept at all: AVG 9, 10 and 46 UAVG (BSN), and what VUM calls sensitive (LDR)."""


def forbidden(header: str) -> bool:
    """Whether a header names something that may not be kept: one of the list, alone or with more words."""
    apart = [header, *re.split(r"[\s_\-/()]+", header), *re.split(r"[\W_]+", header)]
    return not {re.sub(r"[\W_]+", "", fold(word)) for word in apart}.isdisjoint(_FORBIDDEN)


def word_key(text: str) -> str:
    """The form in which two headers, or two words of a list, are the same."""
    return _SEPARATORS.sub("", fold(text))


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column. `cell` names the parser in `cells`; `low` and `high` are limits of numbers, both included.

    `personal`: what stands in it is never repeated in a report.
    """

    name: str
    english: str
    cell: str = "text"
    target: str = ""
    required: bool = False
    low: float = 0
    high: float = 0
    personal: bool = False
    words: Mapping[str, StrEnum] = field(default_factory=dict)

    @property
    def field(self) -> str:
        """The field of the record that the column fills."""
        return self.target or self.english

    @property
    def several(self) -> bool:
        """Whether a cell may hold several words of the list."""
        return self.cell in {"words", "day_parts"}


def _number(name: str, english: str, high: float, *, low: float = 0, cell: str = "number") -> Column:
    return Column(name, english, cell, low=low, high=high)


ALUMNI = (
    Column("alumnus_id", "alumnus_id", "id", required=True),
    Column("school", "school", "owner"),
    Column("voornaam", "first_name", "text", personal=True),
    Column("achternaam", "last_name", "text", personal=True),
    Column("email", "email", "email", personal=True),
    Column("telefoon", "phone", "phone", personal=True),
    Column("postcode", "postcode", "postcode"),
    Column("woonplaats", "town", "text"),
    Column("opleidingen", "qualifications", "qualifications"),
    Column("functie", "function", "text"),
    Column("werkgever", "employer", "text"),
    Column("sector", "sector", "text"),
    Column("vaardigheden", "skills", "skills"),
    Column("ervaring", "experience", "text", personal=True),
    Column("aanbod", "offers", "words", words=_KIND_WORDS),
    Column("vraag", "needs", "text", personal=True),
    Column("vraag_soorten", "need_kinds", "words", words=_NEED_WORDS),
    Column("beschikbaarheid", "day_parts", "day_parts"),
    Column("pauze_tot", "paused_until", "date"),
    _number("max_afstand_km", "max_distance_km", 500),
    Column("online", "online", "yes_no"),
    _number("max_vragen_per_jaar", "max_asks_per_year", 365, cell="whole"),
    Column("talen", "languages", "languages"),
    _number("max_prijs", "max_price", 100_000),
    Column("toestemming", "consents", "words", words=_PURPOSE_WORDS),
    Column("toestemming_datum", "consent_date", "past_date"),
    Column("vog_tot", "certificate_until", "date"),
    Column("bevoegd", "qualified_teacher", "yes_no"),
    Column("leerbedrijf_id", "company_id", "id"),
)
REQUESTS = (
    Column("aanvraag_id", "request_id", "id", required=True),
    Column("school", "school", "owner"),
    Column("soort", "kind", "word", required=True, words=_ASKED_WORDS),
    Column("titel", "title", "text", required=True),
    Column("omschrijving", "description", "text"),
    Column("opleiding", "programme", "programme"),
    _number("niveau", "level", 4, low=1, cell="whole"),
    Column("vaardigheden", "skills", "skills"),
    Column("momenten", "moments", "moments"),
    Column("dagdelen", "day_parts", "day_parts"),
    Column("periode_van", "period_from", "date"),
    Column("periode_tot", "period_to", "date"),
    Column("postcode", "postcode", "postcode", "pc4"),
    Column("plaats", "town", "text"),
    Column("online", "online", "word", words=_ONLINE_WORDS),
    _number("aantal_personen", "people", 1000, low=1, cell="whole"),
    Column("talen", "languages", "languages"),
    _number("uren_per_week", "hours_per_week", 60),
    Column("vog_nodig", "certificate_required", "yes_no"),
    Column("aanvrager", "requester", "email", personal=True),
    Column("sluitingsdatum", "closes_on", "date"),
    Column("leerbedrijf_nodig", "company_required", "yes_no"),
)
OFFERINGS = (
    Column("aanbod_id", "offering_id", "id", required=True),
    Column("aanbieder", "provider", "owner", required=True),
    Column("titel", "title", "text", required=True),
    Column("omschrijving", "description", "text"),
    Column("vaardigheden", "skills", "skills"),
    _number("niveau", "level", 4, low=1, cell="whole"),
    _number("nlqf", "nlqf", 8, low=1, cell="nlqf"),
    Column("crebo", "crebo", "crebo"),
    Column("start", "start", "date"),
    Column("eind", "end", "date"),
    Column("dagdelen", "day_parts", "day_parts"),
    Column("vorm", "form", "word", words=_FORM_WORDS),
    Column("postcode", "postcode", "postcode", "pc4"),
    Column("plaats", "town", "text"),
    _number("prijs", "price", 100_000),
    _number("plaatsen", "seats", 100_000, cell="whole"),
    _number("ingeschreven", "enrolled", 100_000, cell="whole"),
    Column("aanmelden_tot", "apply_until", "date"),
    Column("taal", "language", "language"),
    Column("financiering", "funding", "text"),
    Column("toelatingseisen", "admission", "text"),
    Column("url", "url", "url"),
)
COLUMNS: Mapping[RecordKind, tuple[Column, ...]] = {
    RecordKind.ALUMNI: ALUMNI,
    RecordKind.REQUESTS: REQUESTS,
    RecordKind.OFFERINGS: OFFERINGS,
}


@cache
def by_header(kind: RecordKind) -> Mapping[str, Column]:
    """The columns of a kind by the keys of their Dutch and English names."""
    columns = COLUMNS[kind]
    return {word_key(column.english): column for column in columns} | {word_key(c.name): c for c in columns}


@cache
def word_of(member: object) -> str:
    """The Dutch word of a member of a closed list; any other value as text."""
    for words in (_ASKED_WORDS, _PURPOSE_WORDS, _NEED_WORDS, _ONLINE_WORDS, _FORM_WORDS):
        for word, candidate in words.items():
            if candidate is member:
                return word
    return str(member)


def choices_of(column: Column) -> tuple[str, ...]:
    """The words that a closed list allows, in order; empty for other columns."""
    match column.cell:
        case "yes_no":
            return ("ja", "nee")
        case "day_parts":
            return tuple(f"{day}-{part}" for day in DAY_WORDS for part in PART_WORDS) + tuple(DAY_WORDS)
        case _:
            return tuple(column.words)
