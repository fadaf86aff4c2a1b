"""Makes the pictures of docs/inlezen.md and of the guides, of invented people: python -m tests.browser.pictures."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright

import api.web
from matcher.policy import Asker, Role
from matcher.services import invitations, matching
from tests.api.conftest import app_in
from tests.browser.conftest import NAMES
from tests.support.lists import HEADERS, rows_of, workbook
from tests.support.server import warmed

FOLDER = Path(__file__).parents[2] / "docs" / "images"
WIDTH, HEIGHT = 900, 700
GUIDES = Path(api.web.__file__).parent / "static"
GUIDE_HEIGHT = 560
STARTS = {
    Role.TEACHER: "/",
    Role.ADVISER: "/advies",
    Role.COORDINATOR: "/inrichten?stap=areas",
    Role.PLACEMENT: "/aanvragen?van=school",
    Role.PARTNER: "/aanvragen?van=school",
    Role.ALUMNUS: "/mij",
    Role.PRIVACY_OFFICER: "/log",
    Role.ADMINISTRATOR: "/toestand",
}
"""What the picture of each guide shows."""
COLOURS = 48
"""Of a picture; more would make it larger and no clearer."""
MOST_BYTES = 100_000


def take(page: Page, number: int, heading: str | None = None) -> None:
    """A picture of what can be seen, from a heading on."""
    top = 0.0
    if heading is not None:
        box = page.get_by_role("heading", name=heading).bounding_box()
        assert box is not None
        top = max(box["y"] - 60, 0)
    keep(page, FOLDER / f"inlezen-{number}.png", top, HEIGHT)


def keep(page: Page, path: Path, top: float, height: float) -> None:
    """A part of a page as a picture in a file."""
    shot = page.screenshot(full_page=True, clip={"x": 0, "y": top, "width": WIDTH, "height": height})
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS).save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES, path


def guides(found: str) -> None:
    """The page on which the job of each role begins; the alumnus has a question that waits."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = app_in(Path(folder), login="demo")
        held, teacher = app.state.held.app, Asker(5, Role.TEACHER, "Noord")
        with warmed(app) as address:
            card = matching.match(held, teacher, "R-1").matches[0]
            invitations.invite(held, teacher, "R-1", card.candidate_id)
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            for role, path in STARTS.items():
                size = {"width": WIDTH, "height": GUIDE_HEIGHT}
                page = browser.new_context(base_url=address, viewport=size, locale="nl-NL").new_page()  # type: ignore[arg-type]
                page.request.post("/inloggen/demo", form={"rol": role.value, "school": "Noord", "alumnus": "A-1"})
                page.goto(path)
                keep(page, GUIDES / f"guide-{role.value}.png", 0, GUIDE_HEIGHT)
                page.context.close()
            browser.close()


def main() -> None:
    """The guides, and from the form to the result of a list; `guides`: those alone."""
    found = next(filter(None, map(shutil.which, NAMES)))
    guides(found)
    if sys.argv[1:] != ["guides"]:
        importing(found)


def importing(found: str) -> None:
    """From the form to the result."""
    rows = [[*row, "ja", "x" if number % 2 else None] for number, row in enumerate(rows_of(300))]
    rows[20][4] = rows[40][4] = "geen"
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "Alumni zorg 2026.xlsx"
        path.write_bytes(workbook(rows, [*HEADERS, "Toestemming contact", "Wil je gastlessen geven?"]))
        with warmed(app_in(Path(folder), login="demo")) as address:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            size = {"width": WIDTH, "height": HEIGHT}
            page = browser.new_context(base_url=address, viewport=size, locale="nl-NL").new_page()  # type: ignore[arg-type]
            page.request.post("/inloggen/demo", form={"rol": "coordinator", "school": "Noord"})
            page.goto("/inlezen")
            page.get_by_label("Je lijst").set_input_files(path)
            take(page, 1)
            page.get_by_role("button", name="Kijk wat erin staat").click()
            page.get_by_label("gastles", exact=True).check()
            page.get_by_label("Sinds wanneer?").fill("1-9-2026")
            page.get_by_role("button", name="Bekijk opnieuw").click()
            take(page, 2, "Kolommen")
            take(page, 3, "Zo komen ze erin")
            page.get_by_role("button", name="Lees in").click()
            take(page, 4)
            browser.close()


if __name__ == "__main__":
    main()
