"""The line after an action: what was done, and a form that undoes it where that can be done.

The code of what was done travels in the address (`gedaan`), with what its undoing needs (`terug-...`). Undoing is a
form like any other: its route asks for the right again, and decides whether it is still possible.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from fastapi import Request
from starlette.responses import RedirectResponse

from matcher.locale import Language, lookup, say

CODE, BACK, COUNT = "gedaan", "terug-", "aantal"
_NUMBER = re.compile(r"[0-9]{1,6}")
MOST = 200
"""The longest value that an undo form takes from an address."""


@dataclass(frozen=True)
class Undo:
    """A form: its address, with what stands in the address of the page, and the names of its fields."""

    action: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class UndoForm:
    """An undo form for the template: where it goes, its label, and its fields with their values."""

    action: str
    label: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Flash:
    """What was done, in words, and how to undo it."""

    text: str
    undo: UndoForm | None


_TAKE_BACK = Undo("/aanvragen/{request_id}/terughalen", ("alumnus", "school", "alleen"))
_CONSENT = Undo("/mij/toestemming", ("doel", "geef"))
_OBJECTION = Undo("/mij/bezwaar", ("bezwaar",))
_CHOICE = Undo("/advies/{school}/{alumnus_id}/lijst", ("cursus", "aanbieder", "houd"))
_RHYTHM = Undo("/mij/ritme", ("week",))
UNDONE: Mapping[str, Undo] = {
    "shell.gevraagd": _TAKE_BACK,
    "shell.voorgesteld": _TAKE_BACK,
    "shell.wachtlijst": _TAKE_BACK,
    "shell.toestemming-ja": _CONSENT,
    "shell.toestemming-nee": _CONSENT,
    "shell.bezwaar-ja": _OBJECTION,
    "shell.bezwaar-nee": _OBJECTION,
    "shell.ritme": _RHYTHM,
    "shell.niet-voor-mij": Undo("/mij/niet-voor-mij/terug", ("nummer",)),
    "shell.keuze-erop": _CHOICE,
    "shell.keuze-eraf": _CHOICE,
    "import_page.ingelezen": Undo("/inlezen/{id}/ongedaan"),
    "duplicates.samengevoegd": Undo("/dubbelen/ongedaan", ("nummer",)),
    "segments.verstuurd": Undo("/segmenten/bericht/{id}/terug"),
}
"""What undoes what was done, by the file of its sentence and its code; what is not here cannot be undone."""


def done(path: str, code: str, *, at: str = "", count: int | None = None, **back: object) -> RedirectResponse:
    """To a page that says what was done, and of how many.

    `at`: the part of it to begin at; `back`: what undoing it needs.
    """
    of = {} if count is None else {COUNT: str(count)}
    query = urlencode({CODE: code, **of, **{f"{BACK}{name}": str(value) for name, value in back.items()}})
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}{query}{at and f'#{at}'}", 303)


def flash_of(request: Request, language: Language, area: str) -> Flash | None:
    """What the address of a page says was done; None for nothing, or for what no file has a sentence for.

    `area`: of the page. Its own sentence, `flash.CODE` of its file, goes before the one of all pages. Where no
    mail server is set, `flash_waits` and `told_waits` go before both: mail waits.
    """
    code = request.query_params.get(CODE, "")[:MOST]
    own = [(f"{area}.{code}", f"{area}.flash.{code}")] if area else []
    for name, key in (*own, (f"shell.{code}", f"shell.told.{code}")):
        waits = f"{key.removesuffix(f'.{code}')}_waits.{code}"
        if not request.app.state.held.app.sends_mail and lookup(language, waits) is not None:
            return Flash(say(language, waits, count=_count(request)), _undo(request, language, name))
        if lookup(language, key) is not None:
            return Flash(say(language, key, count=_count(request)), _undo(request, language, name))
    return None


def _count(request: Request) -> int:
    sent = request.query_params.get(COUNT, "")
    return int(sent) if _NUMBER.fullmatch(sent) else 0


def _undo(request: Request, language: Language, name: str) -> UndoForm | None:
    known = UNDONE.get(name)
    if known is None:
        return None
    sent = {field: request.query_params.get(f"{BACK}{field}") for field in known.fields}
    values = {field: value for field, value in sent.items() if value is not None and len(value) <= MOST}
    if len(values) < len(sent):
        return None
    try:
        action = known.action.format_map(_in_address(request))
    except KeyError:  # a page about something else
        return None
    return UndoForm(action, say(language, f"shell.undo.{name.rpartition('.')[2]}"), values)


def _in_address(request: Request) -> Mapping[str, str]:
    """The parts of the address that name something, as they stand in it."""
    return {name: quote(str(value), safe="") for name, value in request.path_params.items()}
