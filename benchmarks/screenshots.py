"""Takes the pictures of the documentation from a demo that is being served.

make demo &                                   # wait until it serves
.venv/bin/python benchmarks/screenshots.py [http://127.0.0.1:8000]
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = {"request": "/aanvragen/R-12"}
SIZE = {"width": 1180, "height": 1000}


def main() -> None:
    """Writes NAME.png beside this file for each page."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        for name, path in PICTURES.items():
            page.goto(f"{address}/inloggen")
            page.click("button.tile")  # the teacher's
            page.goto(address + path)
            page.screenshot(path=Path(__file__).parents[1] / "docs" / "images" / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
