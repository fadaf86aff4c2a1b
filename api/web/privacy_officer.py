"""The pages of the privacy officer: the log, searched and opened, its check, and reports in counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as PathOf
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may, may_rank
from api.web import wording
from api.web.explanation import match_view
from api.web.flash import done
from api.web.forms import Line, day_of
from api.web.render import address, render
from matcher.disclosure.profiles import LEAST
from matcher.domain.kinds import RequestKind
from matcher.locale import Language, lookup, say
from matcher.policy import Action, Asker, Role
from matcher.repositories.values import LogEntry
from matcher.services import audit, replay, reports
from matcher.services.audit import Wanted

router = APIRouter(include_in_schema=False)
PAGE = 30
MOST_PLACES = 1_000
MONTHS = 12
"""For how many months the report counts which consents end."""
Reader = Annotated[Asker, Depends(may(Action.AUDIT_READ))]
Number = Annotated[int | None, Query(alias="voor", ge=1, lt=2**63)]
_TOLD = (
    "rank", "reason", "why_not", "answer", "field", "event", "mailed", "as_of", "weights", "encoder", "meaning",
    "revision", "rules", "eligible", "top", "verdict", "count", "created", "updated", "refused",
)  # fmt: skip
"""The details of an entry that have a name of their own on its page, in this order."""
_WORDS = {
    "reason": ("words.deviation", "asking.decline"),
    "why_not": ("words.why_not",),
    "answer": ("house.answer",),
    "event": ("words.event",),
    "verdict": ("house.verdict",),
}
"""Where the words of the codes of a detail stand."""
_ABOUT = ("query", "request", "offering")
_KINDS = frozenset(kind.value for kind in RequestKind) | {"offering"}
_ANY = "any value"
_OUTCOMES = (
    (("reply", "takes_back"), True, "took_back"),
    (("reply", "answer"), "question", "asked_back"),
    (("reply", "answer"), "other_day", "other_day"),
    (("reply", "answer"), "later", "later"),
    (("reply", "answer"), "pause", "pause"),
    (("reply", "accepts"), True, "said_yes"),
    (("reply", "accepts"), False, "said_no"),
    (("consent.write", "given"), True, "consented"),
    (("consent.write", "given"), False, "consent_back"),
    (("consent.write", "objects"), True, "objected"),
    (("consent.write", "objects"), False, "objection_back"),
    (("invite.back", "undone"), True, "undone"),
    (("talk.open", "refused"), _ANY, "talk_refused"),
    (("shortlist", "mailed"), _ANY, "list_mailed"),
)
"""Action and detail, its value, and what then was done (`house.done`)."""


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
        since=day_of(van),
        until=day_of(tot),
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
    names = _names(shown)
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


@router.get("/log/{number}/opnieuw/{place}")
def reasons(
    request: Request,
    language: PageLanguage,
    asker: Annotated[Asker, may_rank(Action.AUDIT_REPLAY)],
    number: Line,
    place: Annotated[int, PathOf(ge=1, le=MOST_PLACES)],
) -> HTMLResponse:
    """What made the score at one place of a logged ranking, then and made once more."""
    app = state_of(request).app
    found, shown = replay.place(app, asker, number, place), audit.entry(app, asker, number)
    names = _names(shown)
    then, now = (_held(language, one, names, found.query_kind) for one in (found.original, found.again))
    is_same = found.original is not None and found.original.is_proven and found.original == found.again
    values = {
        "number": number,
        "place": place,
        "verdict": found.verdict,
        "second": found.second,
        "is_same": is_same,
        "sides": [("then", then)] if is_same else [("then", then), ("now", now)],
        "made": found.query_kind != "",
    }
    return render(request, language, "log_why.html", values, area="house")


def _held(
    language: Language, held: replay.Held | None, names: Mapping[Any, str], query_kind: str
) -> dict[str, object] | None:
    """Who had a place, with the account of that score where there is one."""
    if held is None:
        return None
    return {
        "name": names.get(held.key),
        "score": held.score,
        "rank": held.rank,
        "again": None if held.match is None else held.match.score,
        "is_proven": held.is_proven,
        "is_as_then": held.is_as_then,
        "view": None if held.match is None else match_view(language, held.match, query_kind),
    }


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
        "ending": _ending(language, kept.ending, app.clock.today()),
        "configuration": terms,
        "groups": reports.bias(app, asker, smallest=LEAST),
        "overrides": reports.overrides(app, asker),
        "smallest": LEAST,
        "weights": [wording.weights(language, name) for name in terms.weights],
    }
    return render(request, language, "privacy_report.html", values, area="house")


def _ending(language: Language, ending: Mapping[date, int], today: date) -> list[tuple[str, int]]:
    """How many consents end in each of the coming months, by its name; what ends later under no name."""
    if not ending:
        return []
    places = [today.year * 12 + today.month - 1 + number for number in range(MONTHS)]
    months = [date(place // 12, place % 12 + 1, 1) for place in places]
    rows = [(wording.month(language, month), ending.get(month, 0)) for month in months]
    later = sum(count for month, count in ending.items() if month > months[-1])
    return [*rows, *([("", later)] if later else [])]


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
        "action": _done(language, entry),
        "purpose": details["purpose"] if str(details.get("purpose")) in _KINDS else None,
        "shown": len(details["shown"]) if isinstance(details.get("shown"), list) else None,
    }


def _done(language: Language, entry: LogEntry) -> str:
    """What was done, in words: what was answered, where the entry says that."""
    details = entry.details
    for (action, name), value, key in _OUTCOMES:
        if entry.action == action and name in details and value in (_ANY, details[name]):
            return say(language, f"house.done.{key}")
    return action_in_words(language, entry.action)


def _entry_values(language: Language, shown: audit.Shown) -> dict[str, object]:
    one, names = shown.entry, _names(shown)
    details = one.details
    people = [
        {"place": place, "name": names[key], "score": score}
        for place, (key, score) in enumerate(audit.pairs_of(one), 1)
        if key in names
    ]
    return {
        "entry": _line(language, one),
        "school": one.school,
        "actor": f"{one.actor:x}"[-8:] if one.actor else "",
        "seal": one.seal,
        "about": _named(names, details, _ABOUT),
        "alumnus": _named({key: names[key] for key in shown.alumni}, details, ("alumnus", "candidate")),
        "told": [
            *([("source", shown.source)] if shown.source else []),
            *((name, told_detail(language, name, details[name])) for name in _TOLD if name in details),
        ],
        "people": people,
        "erased": shown.erased,
        "elsewhere": shown.elsewhere,
        "behind": shown.behind,
        "can_replay": one.action in replay.RANKED,
        "raw": [
            (_detail(language, name), _raw(language, name, value)) for name, value in details.items() if name != "shown"
        ],
    }


def _detail(language: Language, name: str) -> str:
    """The name of a detail in words; as it stands where there are none for it."""
    key = f"house.detail.{name}"
    return say(language, key) if lookup(language, key) is not None else name


def _raw(language: Language, name: str, value: object) -> str:
    """The value of a detail: a code in words, and anything else as it is written."""
    if name == "purpose" and lookup(language, f"words.kind.{value}") is not None:
        return say(language, f"words.kind.{value}")
    return told_detail(language, name, value) if name in _WORDS or isinstance(value, bool) else _short(value)


def _named(names: Mapping[Any, str], details: Mapping[str, Any], of: Sequence[str]) -> str | None:
    """The name of the first of these details that is the key of a record with one."""
    keys = (details.get(name) for name in of)
    return next((names[key] for key in keys if isinstance(key, int) and names.get(key)), None)


def told_detail(language: Language, name: str, value: object) -> str:
    """A detail of an entry in words; as it stands where there are none for it."""
    if name == "meaning":
        return say(language, "house.detail.meaning_counted" if value else "house.detail.meaning_not_yet")
    if value is None:
        return say(language, "house.detail.nothing")
    if isinstance(value, bool):
        return say(language, "house.again.yes" if value else "house.again.no")
    text = str(value)
    if name == "weights":
        return wording.weights(language, text)
    if name == "as_of" and (day := day_of(text)) is not None:
        return wording.short_day(language, day)
    keys = (f"{group}.{text}" for group in _WORDS.get(name, ()))
    return next((say(language, key) for key in keys if lookup(language, key) is not None), _short(text))


def _names(shown: audit.Shown) -> dict[Any, str]:
    """What may be shown of the records that an entry names: of alumni a number, of others the title."""
    titled = {
        key: str(getattr(record, "title", "")) for of in (shown.requests, shown.offerings) for key, record in of.items()
    }
    return titled | {key: str(getattr(record, "alumnus_id", "")) for key, record in shown.alumni.items()}


def _candidate(names: Mapping[Any, str], pairs: tuple[Any, ...], place: int) -> dict[str, object] | None:
    """Name and score at a place of a list; no name for whoever is gone or of another school."""
    if place >= len(pairs):
        return None
    key, score = pairs[place][0], pairs[place][1]
    return {"name": names.get(key), "score": score}


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:199]}…"
