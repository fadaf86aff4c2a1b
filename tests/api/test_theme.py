"""An installation with its own name, colour and logo."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.error_text import error_sentence
from api.theme import DARK, LEAST, LIGHT, MOST_LOGO, contrast, sheet, theme_of
from matcher.errors import ConfigurationError
from matcher.locale import LANGUAGES, Language
from tests.api.conftest import app_in
from tests.support.sources import ROOT

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
TOKENS = re.compile(r"--([\w-]+):(#[0-9a-f]{6})")


def png(width: int, height: int, size: int = 0) -> bytes:
    """A picture of one colour, with a comment that makes it so many bytes."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = zlib.compress((b"\0" + b"\x10\x40\x90" * width) * height)
    head = part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"tEXt", b"x" * size) + part(b"IDAT", rows) + part(b"IEND", b"")


def schemes(css: str) -> tuple[dict[str, str], dict[str, str]]:
    """The tokens of the light and of the dark scheme."""
    light, dark = css.split("@media screen and (prefers-color-scheme:dark)")
    return dict(TOKENS.findall(light)), dict(TOKENS.findall(dark))


def test_what_stands_behind_a_text_is_as_in_the_sheet() -> None:
    """The colours that a theme is checked against are those of the pages."""
    light, dark = schemes(
        re.sub(r": (#\w{3,6})", lambda found: ":" + (found[1] * 2 if found[1] == "#fff" else found[1]),
               (ROOT / "api/web/assets/css/tokens.css").read_text("utf-8").replace("#fff;", "#ffffff;"))
        .replace("(prefers-color-scheme: dark)", "(prefers-color-scheme:dark)")
    )  # fmt: skip
    assert {name: light[name] for name in LIGHT} == LIGHT
    assert {name: dark[name] for name in DARK} == DARK


@given(COLORS)
def test_a_theme_can_be_read_in_both_schemes(color: str) -> None:
    """Every colour is refused for its contrast, or gives texts that meet AA wherever the pages have them."""
    behind = min(LIGHT.values(), key=lambda one: contrast(color, one))
    if contrast(color, behind) < LEAST:
        with pytest.raises(ConfigurationError) as refused:
            sheet(color)
        assert refused.value.code == "theme_contrast"
        return
    light, dark = schemes(sheet(color))
    assert light["main"] == color
    for tokens, pages in ((light, LIGHT), (dark, DARK)):
        for back in (*pages.values(), tokens["tint"]):
            assert contrast(tokens["main"], back) >= LEAST
            assert contrast(tokens["deep"], back) >= LEAST
        assert contrast(tokens["on"], tokens["main"]) >= LEAST
        assert contrast(tokens["on"], tokens["deep"]) >= LEAST


def test_contrast_is_that_of_the_guideline() -> None:
    """Black and white, and the grey that is known to be just enough."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_colour_that_cannot_be_read_is_named_with_its_contrast(language: Language) -> None:
    """In the sentence that ends the start."""
    with pytest.raises(ConfigurationError) as refused:
        sheet("#ffcc00")
    text = error_sentence(language, refused.value)
    assert "#ffcc00" in text
    assert "1.5" in text or "1,5" in text
    assert "ALUMNIMATCH_THEME_COLOR" in text


@pytest.mark.parametrize("logo", [b"", b"GIF89a" + b"0" * 40, png(28, 28)[:20], png(600, 100), png(28, 28, MOST_LOGO)])
def test_a_file_that_is_no_logo_is_refused(logo: bytes, tmp_path: Path) -> None:
    """No PNG, cut off, too wide, too large: at the start."""
    (tmp_path / "logo.png").write_bytes(logo)
    with pytest.raises(ConfigurationError, match="theme_logo"):
        app_in(tmp_path, theme_logo=tmp_path / "logo.png")


def test_pages_have_the_theme_of_their_installation(tmp_path: Path) -> None:
    """Name, sheet and logo from our own address, which browsers may keep; another address has nothing."""
    (tmp_path / "logo.png").write_bytes(png(56, 28))
    settings = {"theme_name": "Vechtdal matcht", "theme_color": "#7A1FA2", "theme_logo": tmp_path / "logo.png"}
    browser = TestClient(app_in(tmp_path, login="demo", **settings))
    page = browser.get("/inloggen", headers={"Accept": "text/html"}).text
    assert "· Vechtdal matcht</title>" in page
    assert "<span>Vechtdal matcht</span>" in page
    (style,) = re.findall(r'href="(/thema/\w+\.css)"', page)
    ((image, width),) = re.findall(r'src="(/thema/\w+\.png)" alt="" width="(\d+)"', page)
    assert width == "56"
    css, logo = browser.get(style), browser.get(image)
    assert schemes(css.text)[0]["main"] == "#7a1fa2"
    assert css.headers["content-type"].startswith("text/css")
    assert (logo.content, logo.headers["content-type"]) == (png(56, 28), "image/png")
    assert "immutable" in css.headers["cache-control"]
    assert browser.get("/thema/0123456789abcdef.css").status_code == 404


def test_without_settings_pages_are_as_we_made_them(tmp_path: Path) -> None:
    """No sheet of a theme, our mark, our name."""
    browser = TestClient(app_in(tmp_path, login="demo"))
    page = browser.get("/inloggen", headers={"Accept": "text/html"}).text
    assert "/thema/" not in page
    assert "mark.svg" in page
    assert "<span>alumnimatch</span>" in page
    assert theme_of(None, None, None).style is None
