"""Data that may not be stored, found by the name of a column, and by what stands in it.

GDPR 9 and 10, UAVG 46 (BSN, and the personal number of education, which is the BSN), and data that VUM calls sensitive
(the register of people who are helped to work). Such a column is left out and named; the others come in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from matcher.spreadsheets.content import text_of
from matcher.spreadsheets.spellings import key, words

FEWEST_BSN = 10
"""Distinct numbers that all pass the eleven-test before a column is taken for one of BSNs: by chance 1 in 10^10."""
_MOST_WRONG = 0.05
_SHARE, _FEWEST = 0.6, 3
_BSN_LENGTH, _WEIGHTS = 9, (9, 8, 7, 6, 5, 4, 3, 2, -1)
_PLAIN = re.compile(r"^(?:\d{8,9}|\d{3}[. ]\d{3}[. ]\d{3}|\d{4}[. ]\d{2}[. ]\d{3})$")
_WITHIN = re.compile(r"(?<![\w+.,/@-])(?:\d{9}|\d{3}[. ]\d{3}[. ]\d{3}|\d{4}[. ]\d{2}[. ]\d{3})(?![\w/@]|[.,-]\w)")
_NAMED = re.compile(r"\b(?:bsn|burgerservice\w*|sofi\w*)\W{0,3}(?:nr|nummer|is)?\W{0,3}(\d[\d. -]{6,10}\d)", re.I)


class Sensitive(StrEnum):
    """Why a column may not be stored: the key of its sentence under `mapping.forbidden`."""

    BSN = "bsn"
    HEALTH = "health"
    ORIGIN = "origin"
    BELIEF = "belief"
    POLITICS = "politics"
    UNION = "union"
    ORIENTATION = "orientation"
    CRIMINAL = "criminal"
    REGISTER = "register"


_NAMES: Mapping[Sensitive, tuple[str, ...]] = {
    Sensitive.BSN: (
        "bsn-", "burgerservice-", "burger service nummer", "sofi", "sofinr", "sofinummer-", "social security-", "socialsecurity-", "pgn", "pgnnr", "persoonsgebonden nummer",
        "persoonsgebondennummer", "onderwijsnummer", "onderwijsnr", "citizen service number", "rijksregisternummer", "national insurance number", "ssn",
    ),
    Sensitive.HEALTH: (
        "gezondheid", "gezondheidsproble-", "gezondheidstoestand", "gezondheidsklacht-", "gezondheidsgegevens", "gezondheidssituatie", "ziekte-", "ziek", "ziekmelding-", "ziekteverzuim", "medisch", "medische", "medical",
        "medicatie-", "medicijn-", "medicine", "diagnose-", "diagnosis", "beperking-", "handicap", "handicaps", "gehandicapt", "zwanger", "zwangerschap-", "health", "disability", "disabilities", "allergie", "allergieen", "allergieën", "dieet",
        "dieetwensen", "dyslexie", "dyscalculie", "adhd", "add=", "autisme", "ass=", "autistisch", "stoornis", "rolstoel", "bloedgroep", "psychisch", "psychische", "verslaving", "lichamelijke", "functiebeperking", "zorgbehoefte", "pregnant",
        "ondersteuningsbehoefte", "arbeidsongeschikt-", "burn-out",
    ),
    Sensitive.ORIGIN: (
        "etniciteit", "etnisch", "etnische", "afkomst", "ras", "huidskleur", "nationaliteit-", "geboorteland", "herkomstland", "land van herkomst", "land van geboorte", "migratieachtergrond", "migrantenachtergrond", "culturele achtergrond",
        "ethnicity", "ethnic", "race", "nationality", "country of birth", "country of origin", "verblijfsstatus", "verblijfsvergunning", "vluchteling", "statushouder", "nat=",
    ),
    Sensitive.BELIEF: ("geloof", "geloofsovertuiging", "religie", "religieus", "religieuze", "levensovertuiging", "religion", "religious", "kerk", "kerkgenootschap", "kerkelijke"),
    Sensitive.POLITICS: ("politiek", "politieke", "politics", "political", "partijlidmaatschap", "stemgedrag"),
    Sensitive.UNION: ("vakbond", "vakbondslid", "vakbondslidmaatschap", "union", "trade union"),
    Sensitive.ORIENTATION: ("seksuele", "seksueel", "seksuelegeaardheid", "geaardheid", "seksualiteit", "sexual", "sexualorientation", "sexuele", "genderidentiteit", "lhbti", "lhbtiq"),
    Sensitive.CRIMINAL: ("strafblad", "strafrecht", "strafrechtelijk", "strafrechtelijke", "veroordeling-", "veroordeeld", "detentie", "justitieel", "justitiele", "justitiële", "criminalrecord", "criminal", "reclassering"),
    Sensitive.REGISTER: (
        "ldr", "doelgroepregister", "doelgroepenregister", "banenafspraak", "wajong", "arbeidsbeperking", "arbeidsbeperkt", "arbeidsbeperkte", "garantiebaan", "participatiewet", "indicatie banenafspraak", "loonkostensubsidie",
    ),
}  # fmt: skip
"""Names of such columns, a word or several; one that ends in `-` is the beginning of a word, in `=` the whole name."""

_VALUES: Mapping[Sensitive, frozenset[str]] = {
    Sensitive.ORIGIN: frozenset(
        (
            "nederlandse", "nederlander", "marokkaanse", "marokkaans", "turkse", "turks", "surinaamse", "surinaams", "antilliaanse", "antilliaans", "poolse", "syrische", "syrisch", "eritrese", "afghaanse", "somalische", "duitse", "belgische",
            "irakese", "iraakse", "oekraiense", "bulgaarse", "roemeense", "indonesische", "ghanese", "chinese", "staatloos",
        )
    ),
    Sensitive.BELIEF: frozenset(
        (
            "islam", "islamitisch", "moslim", "christen", "christelijk", "katholiek", "roomskatholiek", "rk", "protestant", "protestants", "gereformeerd", "hervormd", "joods", "hindoe", "hindoeisme", "boeddhist", "boeddhistisch", "atheist", "atheistisch",
        )
    ),
    Sensitive.HEALTH: frozenset(
        ("adhd", "add", "dyslexie", "dyscalculie", "autisme", "ass", "pddnos", "asperger", "epilepsie", "diabetes", "astma", "depressie", "slechthorend", "slechtziend", "reuma", "burnout", "gezond", "ziek", "rolstoel", "allergie", "notenallergie")
    ),
    Sensitive.ORIENTATION: frozenset(("hetero", "heteroseksueel", "homo", "homoseksueel", "lesbisch", "biseksueel", "bi")),
}  # fmt: skip


def _compiled(names: tuple[str, ...]) -> re.Pattern[str]:
    parts = [re.escape(words(name[:-1])) + r"\w*" if name.endswith("-") else re.escape(words(name)) for name in names if not name.endswith("=")]
    return re.compile(r"\b(?:" + "|".join(sorted(parts, key=len, reverse=True)) + r")\b")


_PATTERNS = {why: _compiled(names) for why, names in _NAMES.items()}
_JOINED = {why: frozenset(key(name) for name in names) for why, names in _NAMES.items()}


def forbidden_name(header: str) -> Sensitive | None:
    """Why a column of this name may not be stored; None if nothing in the name says so.

    A word of the list, alone or among others; not as a part of a longer word (`gezondheidszorg`).
    """
    text, joined = words(header), key(header)
    for why, pattern in _PATTERNS.items():
        if joined in _JOINED[why] or pattern.search(text):
            return why
    return None


def forbidden_content(values: Iterable[object]) -> Sensitive | None:
    """Why a column with these values may not be stored: BSNs, or words that are only used of what is forbidden.

    `values`: cells; equal ones count once.
    """
    texts = {text_of(value) for value in values} - {""}
    numbers = {re.sub(r"\D", "", text).zfill(_BSN_LENGTH) for text in texts if _PLAIN.match(text)}
    right = sum(map(_passes, numbers))
    if right >= FEWEST_BSN and len(numbers) - right <= _MOST_WRONG * len(numbers) and 2 * len(numbers) > len(texts):
        return Sensitive.BSN
    keys = {key(text) for text in texts}
    for why, known in _VALUES.items():
        if len(keys & known) >= _FEWEST and len(keys & known) >= _SHARE * len(keys):
            return why
    return None


def single_bsn(value: str) -> bool:
    """Whether a text holds what looks like a BSN: nine digits that pass the eleven-test, or eight behind the word BSN.

    For cells of columns that are no number, phone or postcode: one in eleven random numbers passes.
    """
    named = _NAMED.search(value)
    if named:
        digits = re.sub(r"\D", "", named[1])
        if len(digits) in {8, 9} and _passes(digits.zfill(_BSN_LENGTH)):
            return True
    return any(_passes(re.sub(r"\D", "", match[0])) for match in _WITHIN.finditer(value))


def _passes(digits: str) -> bool:
    """The eleven-test of the BSN: nine digits, not all zero, weights 9 to 2 and -1."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return total % 11 == 0 and digits.strip("0") != "" and not digits.startswith("00")
