"""Files that a coordinator downloads: the lists with everybody who was asked, and what alumni gave and had."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from fastapi import FastAPI

from matcher.policy import COMMAND_LINE, Role
from matcher.services import invitations, ledger
from matcher.services.ledger import Entry
from tests.api.conftest import Run, app_in, browser_of, runner, running
from tests.api.test_balance import fields
from tests.support.region import engine_in

PAGES = {"/aanvragen/bestand": "/aanvragen?van=school", "/balans/bestand": "/balans"}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[FastAPI]:
    with running(app_in(tmp_path, login="demo")) as made:
        app = made.state.held.app
        invitations.invite(app, COMMAND_LINE, "R-1", "A-1", school="Noord", candidate_school="Noord")
        ledger.add(app, COMMAND_LINE, "A-2", Entry(hours=1.0, students=31), school="Noord")
        yield made


@pytest.mark.parametrize(("path", "page"), PAGES.items())
def test_a_coordinator_downloads_a_file(web: FastAPI, path: str, page: str) -> None:
    """The same rows as a workbook and as csv, with numbers and no names."""
    browser = browser_of(web)
    form = fields(browser.get(page).text, path)
    answer = browser.post(path, data={**form, "soort": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    book = browser.post(path, data={**form, "soort": "xlsx"})
    (sheet,) = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets
    assert "attachment" in book.headers["Content-Disposition"]
    assert [cell.value for cell in next(sheet.rows)] == rows[0]
    assert sheet.max_row == len(rows) > 1
    assert {"A-1", "A-2"} & {cell for row in rows for cell in row}
    assert "Vos" not in answer.text


@pytest.mark.parametrize("role", [Role.TEACHER, Role.PARTNER, Role.PRIVACY_OFFICER])
@pytest.mark.parametrize(("path", "page"), PAGES.items())
def test_nobody_else_does(web: FastAPI, role: Role, path: str, page: str) -> None:
    """Nor has the page a form for it."""
    form = fields(browser_of(web).get("/balans").text, "/balans/bestand")
    browser = browser_of(web, role)
    assert path not in browser.get(page).text
    assert browser.post(path, data={**form, "soort": "csv"}).status_code == 403


def test_the_command_line_writes_the_ledger(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its Dutch name too."""
    engine = engine_in(tmp_path)
    ledger.add(engine.app, COMMAND_LINE, "A-2", Entry(hours=1.0, students=31), school="Noord")
    run: Run = runner(engine, capsys)
    for word in ("ledger", "balans"):
        out = tmp_path / f"{word}.csv"
        assert run("export", word, str(out))[0] == 0
        assert len(out.read_text("utf-8-sig").splitlines()) == 2
