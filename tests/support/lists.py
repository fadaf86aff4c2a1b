"""Lists as a school sends them, with invented people, and what a browser does with them."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from fastapi.testclient import TestClient
from openpyxl import Workbook

HEADERS = ("Leerlingnummer", "Roepnaam", "Achternaam", "E-mailadres", "Mobiel", "Woonplaats", "Lievelingskleur")
NAMES = ("Ada", "Bram", "Cemile", "Daan", "Esra", "Femke", "Gijs", "Hanna", "Ilse", "Joris", "Kees", "Lotte")


def rows_of(count: int, start: int = 1) -> list[list[object]]:
    """So many people; of the third the address cannot be used, and the fourth has no telephone number."""
    people: list[list[object]] = []
    for number in range(start, start + count):
        name = NAMES[number % len(NAMES)]
        address = "geen adres" if number == 3 else f"{name.lower()}{number}@voorbeeld.example"
        phone = None if number == 4 else f"06 {10_000_000 + number}"
        people.append([f"N-{number:04}", name, f"Verzonnen{number}", address, phone, "Zwolle", "groen"])
    return people


def workbook(rows: Sequence[Sequence[object]], headers: Sequence[str] = HEADERS) -> bytes:
    """An .xlsx."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = "Blad1"
    page.append(list(headers))
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text_table(rows: Sequence[Sequence[object]], headers: Sequence[str] = HEADERS) -> bytes:
    """A .csv."""
    lines = [";".join("" if cell is None else str(cell) for cell in row) for row in [headers, *rows]]
    return "\r\n".join(lines).encode()


class Sender:
    """A browser that is logged in and sends lists: `state` is the text of the page that it came to."""

    def __init__(self, browser: TestClient) -> None:
        self.browser = browser
        self.at = "/inlezen"

    def token(self, path: str | None = None) -> str:
        """The token of the form on a page."""
        page = self.browser.get(path or self.at).text
        (found,) = set(re.findall(r'name="formulier" value="([^"]+)"', page))
        return str(found)

    def send(self, content: bytes, name: str = "lijst.xlsx", kind: str = "alumni") -> str:
        """Sends a file; the page after it."""
        data = {"formulier": self.token("/inlezen"), "soort": kind}
        answer = self.browser.post("/inlezen", data=data, files={"bestand": (name, content)}, follow_redirects=False)
        if answer.status_code == 303:
            self.at = answer.headers["Location"].partition("?")[0]
            return self.page()
        return answer.text

    def page(self) -> str:
        """The page of the file."""
        return self.browser.get(self.at).text

    def answer(self, do: str = "inlezen", **fields: object) -> str:
        """Sends the form of the file with what it shows, and these fields instead; the page after it."""
        page = self.page()
        data: dict[str, object] = {"formulier": self.token(), "doen": do}
        for name, body in re.findall(r'<select name="(kolom-\d+)".*?>(.*?)</select>', page, flags=re.DOTALL):
            chosen = re.search(r'value="([^"]*)" selected', body)
            data[name] = chosen[1] if chosen else ""
        data |= {name.replace("__", "-"): value for name, value in fields.items()}
        answer = self.browser.post(self.at, data=data)
        return answer.text

    def press(self, what: str) -> str:
        """Presses a button that has a form of its own; the page after it."""
        return self.browser.post(f"{self.at}/{what}", data={"formulier": self.token()}).text
