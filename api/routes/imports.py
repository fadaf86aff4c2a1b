"""Lists in, as a program sends them: the same steps as the pages of the coordinator."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, File, Form, Header, Path, Request, UploadFile
from starlette.responses import Response

from api.error_text import kept_error_sentence
from api.http.errors import problem
from api.http.failures import MEDIA_TYPE, Failure
from api.http.languages import ApiLanguage
from api.http.state import state_of
from api.login.access import may
from api.routes.common import NAME, answer, problems
from api.schemas.imports import AnswerNeeded, ImportOut, import_out
from matcher.domain.records import RecordKind
from matcher.errors import InvalidValue
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.repositories.uploads import ASKED, Upload
from matcher.services import uploads
from matcher.services.uploads import Sent

router = APIRouter(prefix="/v1", tags=["imports"])
Importer = Annotated[Asker, Depends(may(Action.IMPORT))]
ImportId = Annotated[
    str, Path(alias="id", description="`id` of the import.", examples=["5zvIRBjBHwImuxV598D8Wg"], max_length=60)
]
Accept = Literal["withdrawals", "columns", "hidden_rows", "large_change"]
MOST_JSON = 200_000


@router.post(
    "/imports",
    summary="Bring in a list",
    response_model=ImportOut,
    responses={
        **problems(401, 422),
        202: {
            "model": ImportOut,
            "description": "A large list: it goes on in the background. `GET` tells how far it is.",
        },
        409: {
            "model": AnswerNeeded,
            "description": "An answer is needed first: nothing was written. See `import`.",
            "content": {MEDIA_TYPE: {}},
        },
    },
)
def bring_in(
    request: Request,
    language: ApiLanguage,
    asker: Importer,
    file: Annotated[UploadFile, File(description="xlsx, xlsm, xlsb, xls, ods, csv or txt, as it is.")],
    kind: Annotated[Literal["alumni", "requests", "offerings"], Form(description="Of what.", examples=["alumni"])],
    school: Annotated[str | None, Form(description="For rows without one.", examples=["ROC Vechtdal"], **NAME)] = None,
    mapping: Annotated[
        str | None,
        Form(
            description="A JSON object: per header a field (`voornaam`), a word of a list (`aanbod=gastles`), or null.",
            max_length=MOST_JSON,
            examples=['{"Roepnaam": "voornaam", "Trui": null}'],
        ),
    ] = None,
    sheet: Annotated[str | None, Form(description="The sheet to read.", max_length=100, examples=["Blad1"])] = None,
    accept: Annotated[list[Accept] | None, Form(description="What is right as it is.", max_length=4)] = None,
    answers: Annotated[
        str | None,
        Form(
            description="A JSON object: the answer per code of a question.",
            max_length=MOST_JSON,
            examples=['{"consent_yes_no": "gastles; mentor", "consent_since": "2026-09-01"}'],
        ),
    ] = None,
    dry_run: Annotated[bool, Form(description="Only tell what would happen.")] = False,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="The same key and list give the same answer, and nothing twice; with another list 422.",
            min_length=1,
            max_length=200,
            examples=["9c0f4a52-alumni-2027"],
        ),
    ] = None,
) -> Response:
    """Reads a list and imports what can be used; what is left out, refused or asked stands in the answer.

    Needs the right to import. The same list again changes nothing.
    """
    state = state_of(request)
    wishes = {
        "mapping": _object("mapping", mapping),
        "answers": _object("answers", answers),
        "accept": sorted(set(accept or ())),
        "sheet": sheet,
    }
    sent = Sent(
        file=file.filename or "",
        kind=RecordKind(kind),
        content=file.file,
        school=school,
        wishes=wishes,
        at_once=not dry_run,
        request=idempotency_key or "",
    )
    upload = uploads.send(state.app, asker, sent)
    if uploads.is_at_work(upload):
        upload = state.importer.take(upload) or uploads.one(state.app, asker, upload.id)
    return _answered(request, language, upload, dry_run=dry_run)


@router.get(
    "/imports/{id}", summary="How far an import is", response_model=ImportOut, responses=problems(401, 404, 422)
)
def how_far(request: Request, language: ApiLanguage, asker: Importer, upload_id: ImportId) -> Response:
    """The state of an import of the own school, with its result once it is there."""
    return answer(_out(language, uploads.one(state_of(request).app, asker, upload_id)), language)


@router.post(
    "/imports/{id}/undo", summary="Undo an import", response_model=ImportOut, responses=problems(401, 404, 422)
)
def undo(request: Request, language: ApiLanguage, asker: Importer, upload_id: ImportId) -> Response:
    """Takes one import back: everything that nobody changed since; `undone` names what was left."""
    return answer(_out(language, uploads.undo(state_of(request).app, asker, upload_id)), language)


def _answered(request: Request, language: Language, upload: Upload, *, dry_run: bool) -> Response:
    out, path = _out(language, upload), request.url.path
    if out.error:
        title = say(language, "errors.titles.UnreadableFile")
        more = {"import": out.model_dump()}
        return problem(Failure(422, out.error["code"], title, out.error["text"], more=more), language, path)
    if upload.state == ASKED and not dry_run:
        title, text = (say(language, f"import_page.{name}") for name in ("answer_title", "errors.import_answer_needed"))
        more = {"import": out.model_dump()}
        return problem(Failure(409, "import_answer_needed", title, text, more=more), language, path)
    response = answer(out, language, {"Location": f"/v1/imports/{upload.id}"})
    if uploads.is_at_work(upload):
        response.status_code = 202
    return response


def _out(language: Language, upload: Upload) -> ImportOut:
    return import_out(language, upload, kept_error_sentence(language, upload.outcome.get("error")))


def _object(field: str, text: str | None) -> dict[str, Any]:
    """A JSON object of texts in a field of a form. Raises InvalidValue."""
    if not text:
        return {}
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(item, str | None) for item in value.values()):
        raise InvalidValue("import_not_json", field=field)
    return value
