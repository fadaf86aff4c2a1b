"""Languages by Dutch or English name, or by code (Unicode CLDR, by Babel)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from matcher.text import fold

_USUAL = {
    "ned": "nl", "nederlandse": "nl", "nederlandstalig": "nl", "dutch": "nl", "eng": "en", "engelse": "en",
    "engelstalig": "en", "duitse": "de", "dui": "de", "dts": "de", "duitstalig": "de", "franse": "fr", "fra": "fr",
    "franstalig": "fr", "spaanse": "es", "poolse": "pl", "turkse": "tr", "arabische": "ar", "friese": "fy",
}  # fmt: skip


@cache
def table() -> Mapping[str, str]:
    """Language codes by code, and by Dutch and English name."""
    from babel import Locale

    names = [(str(code), str(name)) for language in ("en", "nl") for code, name in Locale(language).languages.items()]
    return {fold(name): code for code, name in names} | {code: code for code, _ in names if len(code) == 2} | _USUAL


def code_of(text: str) -> str | None:
    """The code of a language; None for another word."""
    plain = fold(text).strip(" .")
    return table().get(plain) or table().get(plain.removesuffix(" taal"))
