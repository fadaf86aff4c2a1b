"""Questions of a school: the pages of the coordinator, and the one behind the link of a mail, without an account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login import access
from api.login.access import Code, form_is_ours, may
from api.segment_words import answer_word, result_rows
from api.web.forms import Posted
from api.web.render import address, render
from matcher.domain.feedback import (
    LEAST,
    LONGEST_ANSWER,
    MOST_QUESTIONS,
    AnswerForm,
    Question,
)
from matcher.errors import InputError, InvalidValue
from matcher.locale import Language
from matcher.policy import Action, Asker
from matcher.repositories.segments import KeptForm
from matcher.services import feedback
from matcher.services.feedback import Round

router = APIRouter(include_in_schema=False)
OPEN = [Depends(access.open_to_all), Depends(access.login_attempt)]
Manager = Annotated[Asker, Depends(may(Action.FEEDBACK))]
Id = Annotated[str, Path(alias="id", min_length=1, max_length=40, pattern=r"^\w+$")]
NUMBERS = tuple(range(1, MOST_QUESTIONS + 1))
NAMES = ("naam", "open", *(f"{part}_{number}" for number in NUMBERS for part in ("vraag", "soort", "keuzes")))
"""The fields of the form for a list of questions."""


# ---- of the school


@router.get("/terugkoppeling")
def forms(request: Request, language: PageLanguage, asker: Manager) -> HTMLResponse:
    """What came of the questions, the lists of questions, and the form for another."""
    return _forms(request, language, asker)


def _forms(
    request: Request,
    language: Language,
    asker: Asker,
    problem: str = "",
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    app = state_of(request).app
    values = {
        "rounds": [_round(language, one) for one in feedback.results(app, asker)],
        "forms": [_form(one) for one in feedback.forms(app, asker)],
        "numbers": NUMBERS,
        "kinds": tuple(AnswerForm),
        "typed": dict.fromkeys(NAMES, "") | (typed or {}),
        "may_add": asker.school is not None,
        "least": LEAST,
        "problem": problem,
    }
    return render(request, language, "feedback.html", values, 422 if problem else 200, area="segments")


def _form(one: KeptForm) -> dict[str, object]:
    return {
        "name": one.name,
        "questions": [question["text"] for question in one.questions],
        "remove": address("terugkoppeling", one.id, "weg"),
    }


def _round(language: Language, one: Round) -> dict[str, object]:
    return {
        "message": one.message,
        "answered": one.answered,
        "results": [
            {
                "question": result.question.text,
                "rows": result_rows(language, result),
                "texts": result.texts,
                "in_own_words": result.question.form is AnswerForm.TEXT,
            }
            for result in one.results
        ],
    }


@router.post("/terugkoppeling", dependencies=[Depends(form_is_ours)])
def add(request: Request, language: PageLanguage, asker: Manager, form: Posted) -> Response:
    """Saves a list of questions; what cannot be is said, and what was typed stays."""
    typed = {name: str(form.get(name) or "")[:1000] for name in NAMES}
    questions = [_question(typed, number) for number in NUMBERS if typed[f"vraag_{number}"].strip()]
    try:
        feedback.add_form(state_of(request).app, asker, typed["naam"], questions, own_words=typed["open"] == "ja")
    except InputError as error:
        return _forms(request, language, asker, problem=error_sentence(language, error), typed=typed)
    return RedirectResponse(address("terugkoppeling", gedaan="bewaard"), 303)


def _question(typed: dict[str, str], number: int) -> Question:
    kind = typed[f"soort_{number}"]
    form = next((one for one in AnswerForm if one.value == kind), AnswerForm.SCALE)
    choices = tuple(one.strip() for one in typed[f"keuzes_{number}"].split(";") if one.strip())
    return Question(form, typed[f"vraag_{number}"], choices if form is AnswerForm.CHOICE else ())


@router.post("/terugkoppeling/{id}/weg", dependencies=[Depends(form_is_ours)])
def remove(request: Request, asker: Manager, id_: Id) -> Response:
    """Removes a list of questions."""
    feedback.remove_form(state_of(request).app, asker, id_)
    return RedirectResponse(address("terugkoppeling", gedaan="weg"), 303)


# ---- behind the link


@router.get("/vijf-vragen/{code}", dependencies=OPEN)
def questions(request: Request, language: PageLanguage, code: Code) -> HTMLResponse:
    """The questions; once they were answered a word of thanks alone. Raises NotLoggedIn."""
    return _questions(request, language, code)


def _questions(
    request: Request, language: Language, code: str, problem: str = "", typed: dict[int, str] | None = None
) -> HTMLResponse:
    asked = feedback.asked_by_link(state_of(request).app, code)
    rows = [
        {
            "number": number,
            "question": question,
            "choices": [(each, answer_word(language, question, each)) for each in question.codes],
            "typed": (typed or {}).get(number, ""),
        }
        for number, question in enumerate(asked.questions)
    ]
    values = {"asked": asked, "rows": rows, "code": code, "longest": LONGEST_ANSWER, "problem": problem}
    return render(request, language, "feedback_answer.html", values, 422 if problem else 200, area="segments")


@router.post("/vijf-vragen/{code}", dependencies=OPEN)
def answer(request: Request, language: PageLanguage, code: Code, form: Posted) -> Response:
    """Counts the answers, once. Raises NotLoggedIn."""
    typed = {
        number: said for number in range(MOST_QUESTIONS) if (said := str(form.get(f"vraag_{number}") or "")[:1000])
    }
    try:
        feedback.answer_by_link(state_of(request).app, code, typed)
    except InvalidValue as error:
        return _questions(request, language, code, error_sentence(language, error), typed)
    return RedirectResponse(address("vijf-vragen", code), 303)
