"""The pages of sources of courses: which there are, how each is read, what its last reading did, and what was held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from api.error_text import error_sentence, kept_error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may
from api.web.flash import done
from api.web.forms import Posted
from api.web.render import render
from matcher.errors import InvalidValue
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.repositories.sources import KeptRun
from matcher.services import connectors
from matcher.services.connectors import EVERY, Shown, Wanted
from matcher.sources import FORMS

router = APIRouter(include_in_schema=False)
AREA = "sources"
Manager = Annotated[Asker, Depends(may(Action.SOURCES_MANAGE))]
Key = Annotated[int, Path(alias="number", ge=1, lt=2**63)]
FIELDS = ("naam", "formaat", "adres", "aanbieder", "aanbieders", "regio", "uren")
COUNTS = ("created", "updated", "unchanged", "gone", "refused")
EMPTY: Mapping[str, str] = {**dict.fromkeys(FIELDS, ""), "formaat": FORMS[0], "uren": "24"}


@router.get("/bronnen")
def listed(request: Request, language: PageLanguage, asker: Manager) -> HTMLResponse:
    """All sources, with what the last reading of each did and when the next is."""
    return _list(request, language, asker, EMPTY)


@router.post("/bronnen", dependencies=[Depends(form_is_ours)])
def add(request: Request, language: PageLanguage, asker: Manager, sent: Posted) -> Response:
    """Keeps a new source; shows the form again where something is wrong."""
    try:
        key = connectors.save(state_of(request).app, asker, _wanted(sent))
    except InvalidValue as problem:
        return _list(request, language, asker, _texts(sent), error_sentence(language, problem))
    return done(f"/bronnen/{key}", "bron-erbij")


@router.get("/bronnen/{number}")
def one(request: Request, language: PageLanguage, asker: Manager, key: Key) -> HTMLResponse:
    """A source: what was held, its settings, and its last readings with the remarks of the last one."""
    return _one(request, language, asker, key)


@router.post("/bronnen/{number}", dependencies=[Depends(form_is_ours)])
def change(request: Request, language: PageLanguage, asker: Manager, sent: Posted, key: Key) -> Response:
    """Changes a source; shows the form again where something is wrong."""
    try:
        connectors.save(state_of(request).app, asker, _wanted(sent), key)
    except InvalidValue as problem:
        return _one(request, language, asker, key, _texts(sent), error_sentence(language, problem))
    state_of(request).sources.wake()
    return done(f"/bronnen/{key}", "bron-anders")


@router.post("/bronnen/{number}/proef", dependencies=[Depends(form_is_ours)])
def trial(request: Request, language: PageLanguage, asker: Manager, key: Key) -> Response:
    """Has a source read without writing."""
    work = partial(connectors.ask, state_of(request).app, asker, key, trial=True)
    return _refused(request, language, asker, key, work) or done(f"/bronnen/{key}", "bron-proef")


@router.post("/bronnen/{number}/nu", dependencies=[Depends(form_is_ours)])
def now(request: Request, language: PageLanguage, asker: Manager, key: Key) -> Response:
    """Has a source read now."""
    work = partial(connectors.ask, state_of(request).app, asker, key, trial=False)
    return _refused(request, language, asker, key, work) or done(f"/bronnen/{key}", "bron-nu")


@router.post("/bronnen/{number}/aan", dependencies=[Depends(form_is_ours)])
def switch(
    request: Request,
    language: PageLanguage,
    asker: Manager,
    key: Key,
    is_on: Annotated[bool, Form(alias="aan")],
) -> Response:
    """Switches a source on or off."""
    work = partial(connectors.switch, state_of(request).app, asker, key, is_on=is_on)
    return _refused(request, language, asker, key, work) or done(f"/bronnen/{key}", "bron-aan" if is_on else "bron-uit")


@router.post("/bronnen/{number}/akkoord", dependencies=[Depends(form_is_ours)])
def agree(
    request: Request,
    language: PageLanguage,
    asker: Manager,
    key: Key,
    digest: Annotated[str, Form(alias="wat", max_length=64)],
) -> Response:
    """Agrees to what was held, by its digest."""
    work = partial(connectors.agree, state_of(request).app, asker, key, digest)
    return _refused(request, language, asker, key, work) or done(f"/bronnen/{key}", "bron-akkoord")


@router.get("/bronnen/{number}/weg")
def removing(request: Request, language: PageLanguage, asker: Manager, key: Key) -> HTMLResponse:
    """Asks whether a source is to go, and what is to become of its courses."""
    return _removing(request, language, asker, key)


@router.post("/bronnen/{number}/weg", dependencies=[Depends(form_is_ours)])
def remove(
    request: Request,
    language: PageLanguage,
    asker: Manager,
    key: Key,
    courses: Annotated[Literal["blijven", "sluiten"], Form(alias="cursussen")],
    count: Annotated[int, Form(alias="aantal", ge=0, lt=2**31)],
) -> Response:
    """Removes a source; its courses stay or are closed, no more of them than the page said."""
    try:
        done_ = connectors.remove(state_of(request).app, asker, key, close=courses == "sluiten", most=count)
    except InvalidValue as problem:
        return _removing(request, language, asker, key, error_sentence(language, problem))
    return done("/bronnen", "bron-weg-dicht" if done_.closed else "bron-weg", count=done_.closed)


def _removing(request: Request, language: Language, asker: Asker, key: int, problem: str = "") -> HTMLResponse:
    found = connectors.removable(state_of(request).app, asker, key)
    values = {"source": found.source, "courses": found.courses, "problem": problem}
    return render(request, language, "source_remove.html", values, 422 if problem else 200, area=AREA)


def _refused(
    request: Request, language: Language, asker: Asker, key: int, work: Callable[[], object]
) -> HTMLResponse | None:
    """Does something with a source, and has it looked at at once; its page where something is wrong, else None."""
    try:
        work()
    except InvalidValue as problem:
        return _one(request, language, asker, key, problem=error_sentence(language, problem))
    state_of(request).sources.wake()
    return None


def _list(
    request: Request, language: Language, asker: Asker, texts: Mapping[str, str], problem: str = ""
) -> HTMLResponse:
    rows = [_row(language, shown) for shown in connectors.listed(state_of(request).app, asker)]
    values = {"rows": rows, **_form(language, texts, problem), "action": "/bronnen", "has_token": False}
    return render(request, language, "sources.html", values, 422 if problem else 200, area=AREA)


def _one(
    request: Request,
    language: Language,
    asker: Asker,
    key: int,
    texts: Mapping[str, str] | None = None,
    problem: str = "",
) -> HTMLResponse:
    shown = connectors.one(state_of(request).app, asker, key)
    source = shown.source
    told = {
        "naam": source.name,
        "formaat": source.form,
        "adres": source.url,
        "aanbieder": source.provider,
        "aanbieders": "\n".join(source.providers),
        "regio": source.region,
        "uren": str(source.every_hours),
    }
    values = {
        "row": _row(language, shown),
        "runs": [{"at": run.ran_at, "text": _counts(language, run)} for run in shown.runs],
        "lines": shown.report.get(language, {"refused": [], "notes": []}),
        "preview": _preview(language, source.preview),
        "held": source.held and {**source.held, "text": say(language, "sources.page.held_text", **_held(source.held))},
        **_form(language, texts or told, problem),
        "action": f"/bronnen/{key}",
        "has_token": shown.has_token,
    }
    return render(request, language, "source.html", values, 422 if problem else 200, area=AREA)


def _row(language: Language, shown: Shown) -> dict[str, object]:
    """What a row tells of a source."""
    source, last = shown.source, shown.last
    waits = source.is_trial or shown.is_at_work
    state = "busy" if waits else "held" if source.held else "on" if source.is_on else "off"
    return {
        "source": source,
        "link": f"/bronnen/{source.key}",
        "state": state,
        "state_word": say(language, f"sources.page.state_{state}"),
        "waits": waits,
        "last": last and last.ran_at,
        "counts": _counts(language, last) if last else "",
        "problem": "" if source.held else kept_error_sentence(language, source.problem) or "",
        "next": source.next_at if source.is_on else None,
    }


def _counts(language: Language, run: KeptRun) -> str:
    return say(language, "sources.page.counts", **{name: getattr(run, name) for name in COUNTS})


def _held(held: Mapping[str, Any]) -> dict[str, object]:
    return {name: held[name] for name in ("before", "now")}


def _preview(language: Language, kept: Mapping[str, Any] | None) -> Mapping[str, object] | None:
    """What a reading without writing would have done, in words; None where there was none."""
    if kept is None:
        return None
    if "problem" in kept:
        return {"text": kept_error_sentence(language, kept["problem"]), "failed": True}
    text = say(language, "sources.page.would", **{name: kept[name] for name in COUNTS})
    return {"text": text, "failed": False}


def _form(language: Language, texts: Mapping[str, str], problem: str) -> dict[str, object]:
    return {
        "texts": texts,
        "problem": problem,
        "forms": [(form, say(language, f"sources.page.form_{form}")) for form in FORMS],
        "every": [(str(hours), _every(language, hours)) for hours in EVERY],
    }


def _every(language: Language, hours: int) -> str:
    """How often, in words."""
    return say(language, f"sources.page.every_{hours}")


def _texts(sent: FormData) -> dict[str, str]:
    return {name: str(sent.get(name, ""))[:5000] for name in FIELDS}


def _wanted(sent: FormData) -> Wanted:
    texts = _texts(sent)
    token = str(sent.get("token", ""))[: connectors.MOST_TOKEN]
    return Wanted(
        name=texts["naam"],
        form=texts["formaat"],
        url=texts["adres"],
        token=token or ("" if sent.get("token_weg") else None),
        provider=texts["aanbieder"],
        providers=tuple(texts["aanbieders"].splitlines()),
        region=texts["regio"],
        every_hours=int(texts["uren"]) if texts["uren"].isdecimal() else -1,
    )
