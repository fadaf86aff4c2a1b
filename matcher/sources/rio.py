"""RIO: names and levels of qualifications by crebo code, also old ones, as the linked data API of DUO has them.

`GET ADDRESS/mbo-kwalificaties?mboOpleidingserkenning=CREBO` answers with HAL: `_embedded.mboKwalificaties`, each with
`code`, `naam`, `naamLang`, `niveau` (`MBO-3`), `startdatum` and `opheffingsdatum`. A qualification of several
structures (cross-over) stands in `mbo-cross-over-kwalificaties` in the same way. By the code that RIO itself gives it
(`26013-SBB-MIDDENKADEROPLEIDING`) one is asked for as `GET ADDRESS/mbo-kwalificaties/CODE`, and is the whole answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from matcher.errors import InvalidValue
from matcher.sources.documents import Node, Remark
from matcher.sources.feed import RIO_FORM, level_of
from matcher.sources.servers import Ask

HAL = "application/hal+json, application/json"
LISTS = (
    ("mbo-kwalificaties", "mboKwalificaties"),
    ("mbo-cross-over-kwalificaties", "mboCrossOverKwalificaties"),
)
"""Where a qualification may stand, and the name of that list in an answer."""


@dataclass(frozen=True, slots=True)
class Named:
    """A qualification in RIO, by the crebo or RIO code that was asked for; `level` 1-4, None where it is not told."""

    crebo: str
    name: str
    level: int | None


def names(ask: Ask, address: str, codes: Iterable[str]) -> Iterator[Named]:
    """The qualifications with these crebo or RIO codes, as far as RIO has them, in order. Raises InvalidValue."""
    answered = False
    for code in codes:
        is_rio = RIO_FORM.fullmatch(code) is not None
        for path, listed in LISTS:
            which = f"/{quote(code)}" if is_rio else f"?{urlencode({'mboOpleidingserkenning': code})}"
            try:
                page = ask(f"{address.rstrip('/')}/{path}{which}", accept=HAL)
            except InvalidValue as refused:
                if refused.values.get("status") != 404 or not (answered or is_rio):
                    raise
                continue
            answered = True
            found = _named({"_embedded": {listed: page}} if is_rio else page, listed, code)
            if found is not None:
                yield found
                break


def _named(page: object, listed: str, code: str) -> Named | None:
    """The newest qualification on a page: without a last day, else with the latest first day."""
    remarks: list[Remark] = []
    if not isinstance(page, dict):
        raise InvalidValue("source_no_page", path=listed)
    best: tuple[tuple[bool, str], Named] | None = None
    for one in Node(page, remarks).at("_embedded").at(listed).items():
        if not isinstance(one.value, dict):
            continue
        name = one.at("naamLang").text() or one.at("naam").text()
        if not name:
            continue
        level = level_of((one.at("niveau").text() or "").replace("-", " "))
        order = (one.at("opheffingsdatum").value is None, one.at("startdatum").text() or "")
        if best is None or order > best[0]:
            best = (order, Named(code, name, level))
    return None if best is None else best[1]
