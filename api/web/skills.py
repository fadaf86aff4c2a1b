"""The pages on which a school, and an alumnus of the own words, see what skills mean and say that is right or wrong."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may
from api.web.flash import done
from api.web.render import address, render
from matcher.errors import InputError
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.services import own_meanings, vocabularies
from matcher.services.vocabularies import Label, Meaning

router = APIRouter(include_in_schema=False)
Knowing = Annotated[Asker, Depends(may(Action.SKILLS))]
MOST = 25
"""Labels on a page: those that most alumni state come first, and a word finds the others."""
Own = Annotated[Asker, Depends(may(Action.SKILL_MEANING))]
SAID = {"ja": True, "nee": False, "terug": None}
SentWord = Annotated[str, Form(alias="woord", max_length=200)]
SentMeaning = Annotated[str, Form(alias="betekenis", max_length=500)]
Sent = Annotated[str, Form(alias="zeg", pattern="^(ja|nee|terug)$")]


@router.get("/vaardigheden")
def labels(
    request: Request,
    language: PageLanguage,
    asker: Knowing,
    word: Annotated[str, Query(alias="woord", max_length=100)] = "",
) -> HTMLResponse:
    """The labels of the school with what each means, and what may be said of it."""
    return _page(request, language, asker, word)


def _page(request: Request, language: Language, asker: Asker, word: str, problem: str | None = None) -> HTMLResponse:
    app = state_of(request).app
    every = vocabularies.labels(app, asker)
    found = [one for one in every if word.strip().lower() in one.key]
    values = {
        "vocabularies": vocabularies.in_use(app, asker),
        "rows": [_row(language, one) for one in found[:MOST]],
        "count": len(every),
        "linked": sum(one.is_linked for one in every),
        "more": len(found) - MOST,
        "sought": word,
        "problem": problem,
    }
    return render(request, language, "skills.html", values, 422 if problem else 200, area="concepts")


def _row(language: Language, one: Label) -> dict[str, object]:
    where = [
        say(language, f"concepts.{name}", count=count)
        for name, count in (("alumni", one.alumni), ("asked", one.asked))
        if count
    ]
    return {"label": one, "where": where, "meanings": [_meaning(language, meaning) for meaning in one.meanings]}


def _meaning(language: Language, one: Meaning, states: str = "state") -> dict[str, object]:
    return {
        "uri": one.uri,
        "name": one.name(language),
        "kind": say(language, f"concepts.kind.{one.kind}"),
        "source": one.source,
        "state": say(language, f"concepts.{states}.{one.state}"),
        "decided": one.decided is not None,
    }


@router.post("/vaardigheden", dependencies=[Depends(form_is_ours)])
def decide(
    request: Request,
    language: PageLanguage,
    asker: Knowing,
    label: SentWord,
    meaning: SentMeaning,
    said: Sent,
) -> Response:
    """Keeps what a person says of a label, or takes it back."""
    try:
        vocabularies.decide(state_of(request).app, asker, label, meaning.strip(), confirmed=SAID[said])
    except InputError as error:
        return _page(request, language, asker, "", error_sentence(language, error))
    return done(address("vaardigheden"), "gezegd")


@router.get("/mij/vaardigheden")
def own_words(request: Request, language: PageLanguage, asker: Own) -> HTMLResponse:
    """The skills of the asking alumnus with what each means, and what may be said of it."""
    return _own_page(request, language, asker)


def _own_page(request: Request, language: Language, asker: Asker, problem: str | None = None) -> HTMLResponse:
    app = state_of(request).app
    rows = [
        {"word": one.word, "meanings": [_meaning(language, meaning, "own_state") for meaning in one.meanings]}
        for one in own_meanings.mine(app, asker)
    ]
    values = {"vocabularies": vocabularies.in_use(app, asker), "rows": rows, "problem": problem}
    return render(request, language, "me_skills.html", values, 422 if problem else 200, area="concepts")


@router.post("/mij/vaardigheden", dependencies=[Depends(form_is_ours)])
def say_own(
    request: Request,
    language: PageLanguage,
    asker: Own,
    word: SentWord,
    meaning: SentMeaning,
    said: Sent,
) -> Response:
    """Keeps what the asking alumnus says of an own word, or takes it back."""
    try:
        own_meanings.say(state_of(request).app, asker, word, meaning, confirmed=SAID[said])
    except InputError as error:
        return _own_page(request, language, asker, error_sentence(language, error))
    return done(address("mij", "vaardigheden"), "woord-gezegd")
