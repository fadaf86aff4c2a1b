"""The pages of the administrator: mail, back-ups, settings, and whether the installation is in order."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api import setting_rows, wiring
from api.findings import in_words
from api.http.languages import PageLanguage
from api.http.state import state_of
from api.login.access import form_is_ours, may
from api.messages import problem_in_words, state_in_words
from api.web.flash import done
from api.web.render import render
from matcher.errors import ConfigurationError
from matcher.policy import Action, Asker
from matcher.services import backups, health, messages

router = APIRouter(include_in_schema=False)
MOST = 200
OLD_DAYS = 7
"""After how many days a back-up is old."""
Manager = Annotated[Asker, Depends(may(Action.MAIL_MANAGE))]
Maker = Annotated[Asker, Depends(may(Action.BACKUP_MAKE))]
Key = Annotated[int, Form(alias="bericht", ge=1, lt=2**63)]


@router.get("/toestand")
def condition(
    request: Request, language: PageLanguage, asker: Annotated[Asker, Depends(may(Action.HEALTH_READ))]
) -> HTMLResponse:
    """What is out of order first, then what cannot be seen, then what is well."""
    state = state_of(request)
    site = wiring.build_site(state.settings, forwarded=came_by_trusted_proxy(request), by_page=True)
    findings = health.examine(state.app, asker, site, wiring.build_resolver())
    groups = [
        (group, [in_words(language, finding) for finding in findings if finding.state.value == group])
        for group in ("wrong", "unseen", "well")
    ]
    return render(request, language, "health.html", {"groups": [group for group in groups if group[1]]})


def came_by_trusted_proxy(request: Request) -> bool | None:
    """Whether uvicorn took the visitor's address from a proxy's header; None without that header.

    It then sets the port to 0, since no header says which it was.
    """
    if "x-forwarded-for" not in request.headers or request.client is None:
        return None
    return request.client.port == 0


@router.get("/post")
def mail(request: Request, language: PageLanguage, asker: Manager) -> HTMLResponse:
    """Mail that waits or was refused first; then mail that was sent or dropped."""
    state = state_of(request)
    app = state.app
    attention = messages.listed(app, asker, states=("waiting", "sending", "held", "refused"), limit=MOST)
    ended = messages.listed(app, asker, states=("sent", "dropped"), limit=MOST)
    rows = [
        {
            "key": item.key,
            "at": item.created_at,
            "school": item.school,
            "message": item.message,
            "state": state_in_words(language, item),
            "problem": problem_in_words(language, item),
            "retry": item.state in {"waiting", "held"} or (item.state == "refused" and not item.own_address),
            "drop": item.state in {"waiting", "held", "refused"},
        }
        for item in (*attention, *ended)
    ]
    return render(request, language, "mail.html", {"rows": rows, "no_server": state.mailer is None})


@router.post("/post/opnieuw", dependencies=[Depends(form_is_ours)])
def retry(request: Request, asker: Manager, key: Key) -> Response:
    """Makes a message due now."""
    messages.retry(state_of(request).app, asker, key)
    return done("/post", "mail-opnieuw")


@router.post("/post/laat-vallen", dependencies=[Depends(form_is_ours)])
def drop(request: Request, asker: Manager, key: Key) -> Response:
    """Ends a message that was not sent yet."""
    messages.drop(state_of(request).app, asker, key)
    return done("/post", "mail-weg")


@router.post("/post/proef", dependencies=[Depends(form_is_ours)])
def send_test(request: Request, asker: Manager, to: Annotated[str, Form(alias="adres", max_length=320)]) -> Response:
    """Mails a few words to an address, to see whether mail arrives."""
    messages.send_test(state_of(request).app, asker, to)
    return done("/post", "mail-proef")


@router.get("/back-ups")
def copies(request: Request, language: PageLanguage, asker: Maker) -> HTMLResponse:
    """Which back-ups there are, how old the last one is, and a button for another."""
    state = state_of(request)
    folder = state.settings.backup_dir
    kept = backups.copies(state.app, asker, folder) if folder else []
    age = (state.app.clock.now() - kept[0].at).days if kept else None
    values = {
        "folder": folder,
        "copies": [
            {"name": one.name, "at": one.at.replace(tzinfo=None), "size": one.size / 1e6} for one in kept[:MOST]
        ],
        "age": age,
        "late": age is not None and age > OLD_DAYS,
    }
    return render(request, language, "backups.html", values, area="house")


@router.post("/back-ups", dependencies=[Depends(form_is_ours)])
def back_up(request: Request, asker: Maker) -> Response:
    """Makes a back-up in the folder that is set. Raises ConfigurationError where none is."""
    state = state_of(request)
    if state.settings.backup_dir is None:
        raise ConfigurationError("no_backup_dir")
    backups.back_up_in(state.app, asker, wiring.build_backups(state.settings), state.settings.backup_dir)
    return done("/back-ups", "back-up")


@router.get("/instellingen", dependencies=[Depends(may(Action.SETTINGS_READ))])
def settings(request: Request, language: PageLanguage) -> HTMLResponse:
    """All settings with their value and what each means."""
    rows = setting_rows.rows(state_of(request).settings, language)
    changed = [row for row in rows if row.value != row.default]
    same = [row for row in rows if row.value == row.default]
    groups = [(group, [row for row in same if row.group == group]) for group in setting_rows.GROUPS]
    values = {"changed": changed, "groups": [of for of in groups if of[1]]}
    return render(request, language, "settings.html", values, area="house")
