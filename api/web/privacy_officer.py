"""The pages of the privacy officer: the log, searched and opened, its check, and reports in counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank
from api.web.flash import done
from api.web.forms import Line
from api.web.render import address, render
from matcher.locale import Language, lookup, say
from matcher.policy import Action, Asker, Role
from matcher.repositories.values import LogEntry
from matcher.services import audit, replay, reports
from matcher.services.audit import Wanted

router = APIRouter(include_in_schema=False)
PAGE = 50
Reader = Annotated[Asker, Depends(may(Action.AUDIT_READ))]
Number = Annotated[int | None, Query(alias="voor", ge=1, lt=2**63)]
_TOLD = ("as_of", "weights", "encoder", "revision", "rules", "eligible", "top", "rank", "reason", "deviates")
"""The details of an entry that have a name of their own on its page, in this order."""


def _wanted(
    rol: Annotated[str, Query(max_length=40)] = "",
    wat: Annotated[str, Query(max_length=60)] = "",
    van: Annotated[str, Query(max_length=10)] = "",
    tot: Annotated[str, Query(max_length=10)] = "",
    wie: Annotated[str, Query(max_length=200)] = "",
) -> Wanted:
    """The filter, from the address; what is no role and no day does not count."""
    return Wanted(
        role=Role(rol) if rol in set(Role) else None,
        action=wat,
        since=_day(van),
        until=_day(tot),
        alumnus_id=wie.strip(),
    )


@router.get("/log")
def log(
    request: Request,
    language: PageLanguage,
    asker: Reader,
    wanted: Annotated[Wanted, Depends(_wanted)],
    before: Number = None,
) -> HTMLResponse:
    """What was done, when, and in which role; all of it, or what a filter lets through."""
    app = state_of(request).app
    found = audit.search(app, asker, wanted, before=before, limit=PAGE)
    sent = {
        "rol": wanted.role.value if wanted.role else "",
        "wat": wanted.action,
        "van": wanted.since.isoformat() if wanted.since else "",
        "tot": wanted.until.isoformat() if wanted.until else "",
        "wie": wanted.alumnus_id,
    }
    values = {
        "entries": [_line(language, entry) for entry in found.entries],
        "older": address("log", **sent, voor=found.older) if found.older else None,
        "sent": sent,
        "filtered": any(sent.values()),
        "roles": [role.value for role in Role],
        "actions": sorted(
            ((action, action_in_words(language, action)) for action in audit.actions(app, asker)),
            key=lambda one: one[1],
        ),
        "checked": audit.last_check(app, asker),
    }
    return render(request, language, "log.html", values, area="house")


@router.post("/log/nakijken", dependencies=[Depends(form_is_ours)])
def check(request: Request, asker: Reader) -> Response:
    """Recomputes every seal of the log."""
    verdict = audit.check(state_of(request).app, asker)
    return done("/log", "log-klopt" if verdict.wrong is None else "log-fout")


@router.get("/log/{number}")
def entry(request: Request, language: PageLanguage, asker: Reader, number: Line) -> HTMLResponse:
    """One entry: who, what, which request, on what it rested, and whom it showed."""
    shown = audit.entry(state_of(request).app, asker, number)
    return render(request, language, "log_entry.html", _entry_values(language, shown), area="house")


@router.get("/log/{number}/opnieuw")
def again(
    request: Request, language: PageLanguage, asker: Annotated[Asker, may_rank(Action.AUDIT_REPLAY)], number: Line
) -> HTMLResponse:
    """A logged ranking once more, beside the original."""
    app = state_of(request).app
    both, shown = replay.beside(app, asker, number), audit.entry(app, asker, number)
    names = _names(shown.alumni)
    places = max(len(both.original), len(both.again or ()))
    rows = [
        {
            "place": place + 1,
            "original": _candidate(names, both.original, place),
            "again": _candidate(names, both.again or (), place),
            "same": both.original[place : place + 1] == (both.again or ())[place : place + 1],
        }
        for place in range(places)
    ]
    values = _entry_values(language, shown) | {"verdict": both.verdict, "rows": rows, "made": both.again is not None}
    return render(request, language, "log_again.html", values, area="house")


@router.get("/rapport")
def report(
    request: Request, language: PageLanguage, asker: Annotated[Asker, Depends(may(Action.REPORT_READ))]
) -> HTMLResponse:
    """What is kept, consents and terms, who is shown and asked: in counts."""
    app = state_of(request).app
    kept, terms = reports.kept(app, asker), reports.configuration(app, asker)
    consents = [
        {"purpose": purpose.value, "count": kept.consents.get(purpose, 0), "months": months}
        for purpose, months in terms.months.items()
    ]
    values = {
        "kept": kept,
        "consents": consents,
        "configuration": terms,
        "groups": reports.bias(app, asker),
        "overrides": reports.overrides(app, asker),
        "smallest": reports.SMALLEST,
    }
    return render(request, language, "privacy_report.html", values, area="house")


def action_in_words(language: Language, action: str) -> str:
    """What was done, in words; its name where the log holds one that no version of today has."""
    key = f"words.action.{action.replace('.', '_')}"
    return say(language, key) if lookup(language, key) is not None else action


def _line(language: Language, entry: LogEntry) -> dict[str, object]:
    details = entry.details
    return {
        "id": entry.id,
        "at": entry.at,
        "role": entry.role,
        "action": action_in_words(language, entry.action),
        "purpose": details["purpose"] if "purpose" in details and "shown" in details else None,
        "shown": len(details.get("shown", ())),
    }


def _entry_values(language: Language, shown: audit.Shown) -> dict[str, object]:
    one, names = shown.entry, _names(shown.alumni)
    query = shown.requests.get(one.details.get("query", 0)) or shown.requests.get(one.details.get("request", 0))
    told = [(name, one.details[name]) for name in _TOLD if one.details.get(name) is not None]
    alumnus = one.details.get("alumnus")
    return {
        "entry": _line(language, one),
        "school": one.school,
        "actor": f"{one.actor:x}"[-8:] if one.actor else "",
        "seal": one.seal,
        "about": getattr(query, "title", None),
        "alumnus": names.get(alumnus) if isinstance(alumnus, int) else None,
        "told": told,
        "people": [_candidate(names, tuple(one.details.get("shown", ())), place)
                   for place in range(len(one.details.get("shown", ())))],
        "can_replay": one.action in replay.RANKED,
        "raw": [(name, _short(value)) for name, value in one.details.items() if name != "shown"],
    }  # fmt: skip


def _names(alumni: Mapping[int, object]) -> dict[Any, str]:
    return {key: str(getattr(record, "alumnus_id", "")) for key, record in alumni.items()}


def _candidate(names: Mapping[Any, str], pairs: tuple[Any, ...], place: int) -> dict[str, object] | None:
    """Number and score at a place of a list; no number for whoever is gone, of another school, or no alumnus."""
    if place >= len(pairs):
        return None
    key, score = pairs[place][0], pairs[place][1]
    return {"name": names.get(key), "score": score}


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:199]}…"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
