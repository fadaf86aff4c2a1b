"""The pages of the coordinator: a list of the school comes in, step by step.

Every step is a form and its own address, so that it works without a script and survives a closed browser. A small file
is read while its sender waits; a larger one by a process in the background (`api/importer.py`).
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from api.consent_words import kind_word
from api.error_text import error_sentence
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may
from api.web import import_view
from api.web.duplicates import notice
from api.web.forms import Posted
from api.web.render import address, render
from matcher.domain.kinds import KINDS as ABOUT
from matcher.domain.kinds import Purpose, RequestKind
from matcher.domain.records import RecordKind
from matcher.errors import InputError, InvalidValue
from matcher.locale import Language, say
from matcher.policy import Action, Asker
from matcher.repositories.uploads import ASKED, DONE, FAILED, UNDONE, Upload
from matcher.services import school_settings, uploads
from matcher.services import undo as imports_undone
from matcher.services.app import App
from matcher.services.uploads import Sent
from matcher.spreadsheets.mapping_file import name_of
from matcher.spreadsheets.own import KIND_WORDS, OWN, PERSONAL_WORDS
from matcher.spreadsheets.template import write_template

router = APIRouter(include_in_schema=False)
Importer = Annotated[Asker, Depends(may(Action.IMPORT))]
UploadId = Annotated[str, Path(alias="id", min_length=8, max_length=60, pattern=r"^[\w-]+$")]
KINDS = {"alumni": RecordKind.ALUMNI, "aanvragen": RecordKind.REQUESTS, "aanbod": RecordKind.OFFERINGS}
MOST_ANSWER, MOST_TARGET = 500, 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/inlezen")
def importing(request: Request, language: PageLanguage, asker: Importer) -> HTMLResponse:
    """A form for a file, and the files that this school sent."""
    return _start(request, language, asker)


def _start(
    request: Request, language: Language, asker: Asker, problem: str | None = None, kind: str = "alumni"
) -> HTMLResponse:
    state = state_of(request)
    kept_files = uploads.listed(state.app, asker)
    rows = [
        {
            "upload": upload,
            "link": address("inlezen", upload.id),
            "kind": say(language, f"pages.record.{upload.kind}"),
            "state": say(language, f"import_page.state.{upload.state}"),
            "counts": import_view.counts(language, uploads.told_of(upload, language)) if upload.state == DONE else [],
        }
        for upload in kept_files
    ]
    others = [
        {"kept": kept, "kind": say(language, f"pages.record.{kept.kind.value}")}
        for kept in uploads.imported_otherwise(state.app, asker, kept_files)
    ]
    closed = _closed(state.app, asker)
    open_ = [kind for kind in RequestKind if ABOUT[kind].purpose not in closed]
    values = {
        "rows": rows,
        "others": others,
        "kinds": list(KINDS),
        "such_as": ", ".join(kind_word(language, kind.value) for kind in open_[:3]),
        "kind": kind,
        "problem": problem,
        "days": state.app.upload_days,
        "names_school": asker.school is None,
        "may_manage_fields": asker.may(Action.FIELDS_MANAGE),
    }
    return _shown(request, language, "import.html", values, 422 if problem else 200)


@router.post("/inlezen", dependencies=[Depends(form_is_ours)])
def send(request: Request, language: PageLanguage, asker: Importer, form: Posted) -> Response:
    """Keeps a file and reads it, or has it read in the background."""
    state, file, kind = state_of(request), form.get("bestand"), str(form.get("soort") or "")
    if not isinstance(file, UploadFile) or not file.filename or kind not in KINDS:
        if isinstance(file, UploadFile):
            file.file.close()
        return _start(request, language, asker, problem=say(language, "import_page.no_file"), kind=kind)
    school = str(form.get("school") or "").strip() or None
    try:
        upload = uploads.send(state.app, asker, Sent(file.filename, KINDS[kind], file.file, school))
    except InputError as error:
        return _start(request, language, asker, problem=error_sentence(language, error), kind=kind)
    finally:
        file.file.close()
    state.importer.take(upload)
    return RedirectResponse(address("inlezen", upload.id), 303)


def _closed(app: App, asker: Asker) -> Collection[Purpose]:
    return school_settings.closed_at(app, asker, asker.school) if asker.school else frozenset()


@router.get("/inlezen/leeg/{kind}")
def empty_list(
    request: Request, language: PageLanguage, asker: Importer, kind: Literal["alumni", "aanvragen", "aanbod"]
) -> Response:
    """An empty list to fill in, with the words of the areas that the school works on."""
    made = io.BytesIO()
    write_template(KINDS[kind], made, language, _closed(state_of(request).app, asker))
    return Response(made.getvalue(), 200, {"Content-Disposition": disposition(f"{kind}.xlsx")}, XLSX)


@router.post("/inlezen/ongedaan", dependencies=[Depends(form_is_ours)])
def undo_other(
    request: Request, asker: Importer, import_id: Annotated[str, Form(alias="import", max_length=60)]
) -> Response:
    """Takes an import back whose file is no longer here, or never was: one of the command line."""
    imports_undone.undo(state_of(request).app, asker, import_id)
    return RedirectResponse("/inlezen?gedaan=ongedaan", 303)


@router.get("/inlezen/{id}")
def one(request: Request, language: PageLanguage, asker: Importer, upload_id: UploadId) -> HTMLResponse:
    """How far a file is: read, to be answered, or imported, with what came of it."""
    upload = uploads.one(state_of(request).app, asker, upload_id)
    return _one(request, language, asker, upload)


def _one(
    request: Request,
    language: Language,
    asker: Asker,
    upload: Upload,
    unanswered: tuple[str, ...] = (),
) -> HTMLResponse:
    values: dict[str, Any] = {
        "upload": upload,
        "kind": say(language, f"pages.record.{upload.kind}"),
        "here_link": address("inlezen", upload.id),
        "unanswered": unanswered,
        "problem": import_view.problem(language, upload),
        "days": state_of(request).app.upload_days,
    }
    if uploads.is_at_work(upload):
        values["percent"] = round(100 * upload.rows / upload.rows_total) if upload.rows_total else None
        return _shown(request, language, "import_busy.html", values)
    report = uploads.told_of(upload, language)
    record_kind = RecordKind(upload.kind)
    heads, people = import_view.people(language, upload)
    values |= {
        "report": report,
        "counts": import_view.counts(language, report),
        "groups": import_view.left_out(language, report),
        "lines": import_view.sentences(language, report),
        "columns": import_view.columns(language, upload),
        "choices": import_view.choices(language, record_kind),
        "word_choices": import_view.word_choices(language, record_kind),
        "may_keep": record_kind is RecordKind.ALUMNI,
        "own_kinds": KIND_WORDS,
        "own_personal": PERSONAL_WORDS,
        "questions": import_view.questions(language, upload),
        "heads": heads,
        "people": people,
        "since": (upload.wishes.get("answers") or {}).get(import_view.SINCE, ""),
        "said": import_view.said(language, upload),
        "back": upload.outcome.get("undone", {}),
        "whole": import_view.is_whole(language, upload),
        "twice": notice(state_of(request).app, asker, language)
        if upload.state == DONE and record_kind is RecordKind.ALUMNI
        else "",
    }
    page = {ASKED: "import_look.html", FAILED: "import_failed.html"}.get(upload.state, "import_done.html")
    return _shown(request, language, page, values, 422 if unanswered else 200)


@router.post("/inlezen/{id}", dependencies=[Depends(form_is_ours)])
def answer(request: Request, language: PageLanguage, asker: Importer, upload_id: UploadId, form: Posted) -> Response:
    """Looks again with other columns and answers, or imports what was shown.

    What is imported is what was shown: with another choice in the same form it is shown again first.
    """
    state = state_of(request)
    upload = uploads.one(state.app, asker, upload_id)
    if upload.state == FAILED:
        is_own = str((upload.outcome.get("error") or {}).get("code", "")).startswith("own_field")
        again = {} if is_own else upload.wishes  # what was said of an own field would be refused again
        state.importer.take(uploads.answer(state.app, asker, upload_id, again, write=False))
        return RedirectResponse(address("inlezen", upload_id), 303)
    if upload.state != ASKED:
        raise InvalidValue("import_not_waiting")
    if form.get("doen") == "opnieuw":
        state.importer.take(uploads.answer(state.app, asker, upload_id, {}, write=False))
        return RedirectResponse(address("inlezen", upload_id), 303)
    wishes = _wishes(upload, form)
    is_same = _is_same(upload, wishes)
    if form.get("doen") == "inlezen" and is_same:
        open_questions = [view.code for view in import_view.questions(language, upload) if view.stops]
        if open_questions:
            return _one(request, language, asker, upload, unanswered=tuple(open_questions))
        state.importer.take(uploads.answer(state.app, asker, upload_id, upload.wishes, write=True))
        return RedirectResponse(address("inlezen", upload_id, gedaan="ingelezen"), 303)
    state.importer.take(uploads.answer(state.app, asker, upload_id, wishes, write=False))
    changed = "veranderd" if form.get("doen") == "inlezen" else None
    return RedirectResponse(address("inlezen", upload_id, gedaan=changed), 303)


def _wishes(upload: Upload, form: FormData) -> dict[str, Any]:
    """What the form says: each column, and the answers."""
    mapping = dict(upload.wishes.get("mapping") or {})
    columns = upload.outcome.get("columns", ())
    headers = [item["header"] for item in columns]
    for item in columns:
        chosen = form.get(f"kolom-{item['position']}")
        if chosen == OWN:
            chosen = _own_field(form, item["position"])
        if isinstance(chosen, str) and not item["forbidden"] and chosen[:MOST_TARGET] != item["target"]:
            mapping[name_of(headers, item["position"])] = chosen[:MOST_TARGET]
    answers, accept = dict(upload.wishes.get("answers") or {}), set(upload.wishes.get("accept") or ())
    for name in form:
        values = [value.strip() for value in form.getlist(name) if isinstance(value, str) and value.strip()]
        if name.startswith("antwoord-") and values:
            answers[name.removeprefix("antwoord-")[:60]] = "; ".join(values)[:MOST_ANSWER]
        if name == "akkoord-hidden_rows" and "overslaan" in values:
            answers["hidden_rows"] = "overslaan"
            accept.discard("hidden_rows")
        elif name.startswith("akkoord-") and name.removeprefix("akkoord-") in import_view.ACCEPTED:
            accept.add(name.removeprefix("akkoord-"))
    sheet = form.get("blad")
    sheet = sheet[:100] if isinstance(sheet, str) and sheet else upload.wishes.get("sheet")
    return {"mapping": mapping, "answers": answers, "accept": sorted(accept), "sheet": sheet}


def _own_field(form: FormData, position: int) -> str:
    """A column to keep as an own field, as a target: its name, what it holds, and whether it is personal."""
    said = (form.get(f"eigen-{part}-{position}") for part in ("naam", "soort", "persoonlijk"))
    name, kind, personal = (str(one or "").replace("|", " ").strip()[:60] for one in said)
    return f"{OWN}={' | '.join([name, *filter(None, (kind, personal))])}"


def _is_same(upload: Upload, wishes: Mapping[str, Any]) -> bool:
    before = upload.wishes
    names = ("mapping", "answers", "accept", "sheet")
    return all((wishes.get(name) or None) == (before.get(name) or None) for name in names)


@router.get("/inlezen/{id}/opmerkingen.xlsx")
def remarks(request: Request, language: PageLanguage, asker: Importer, upload_id: UploadId) -> Response:
    """The workbook with remarks in its cells."""
    app = state_of(request).app
    upload = uploads.one(app, asker, upload_id)
    content = uploads.annotated(app, asker, upload_id, language)
    name = say(language, "import_page.file_name", name=PurePath(upload.file).stem)
    return Response(content, 200, {"Content-Disposition": disposition(f"{name}.xlsx")}, XLSX)


def disposition(name: str) -> str:
    """The header that has a browser save an answer under this name (RFC 6266)."""
    from urllib.parse import quote

    plain = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@router.get("/inlezen/{id}/ongedaan")
def undoing(request: Request, language: PageLanguage, asker: Importer, upload_id: UploadId) -> HTMLResponse:
    """Asks whether an import is to be taken back."""
    upload = uploads.one(state_of(request).app, asker, upload_id)
    if upload.state != DONE:
        raise InvalidValue("import_not_done")
    report = uploads.told_of(upload, language)
    values = {
        "upload": upload,
        "counts": import_view.counts(language, report),
        "here_link": address("inlezen", upload.id),
    }
    return _shown(request, language, "import_undo.html", values)


@router.post("/inlezen/{id}/ongedaan", dependencies=[Depends(form_is_ours)])
def undo(request: Request, asker: Importer, upload_id: UploadId) -> Response:
    """Takes an import back: everything that nobody changed since."""
    uploads.undo(state_of(request).app, asker, upload_id)
    return RedirectResponse(address("inlezen", upload_id, gedaan="ongedaan"), 303)


@router.post("/inlezen/{id}/weg", dependencies=[Depends(form_is_ours)])
def discard(request: Request, asker: Importer, upload_id: UploadId) -> Response:
    """Removes a file that was sent; what came in stays."""
    uploads.discard(state_of(request).app, asker, upload_id)
    return RedirectResponse("/inlezen?gedaan=weg", 303)


def _shown(
    request: Request, language: Language, template: str, values: Mapping[str, object], status: int = 200
) -> HTMLResponse:
    return render(request, language, template, {"undone": UNDONE, **values}, status, area="import_page")
