"""The name, the colour and the logo of an installation, in the place of ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from api.settings import Settings, variable
from matcher.errors import ConfigurationError

LEAST = 4.5
"""Contrast of a text with what is behind it (WCAG 2.2, 1.4.3)."""
LIGHT = {"paper": "#ffffff", "ground": "#f4f7f7"}
DARK = {"paper": "#16252a", "ground": "#0e1a1e"}
"""What stands behind the main colour in each scheme, as in api/web/assets/css/tokens.css."""
MOST_LOGO = 50_000
"""Bytes."""
HEIGHT, MOST_WIDTH = 28, 140
"""Of the logo in the bar, in CSS pixels."""
_PNG = b"\x89PNG\r\n\x1a\n"
_NUMBER = re.compile(r"#[0-9a-f]{6}")

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Theme:
    """What an installation looks like; all None or empty: as we made it."""

    name: str | None = None
    css: str = ""
    logo: bytes = b""
    width: int = HEIGHT
    """Of the logo beside its height, in CSS pixels."""

    @cached_property
    def style(self) -> str | None:
        """The address of the sheet, which changes with it; None without a colour."""
        return f"/thema/{_digest(self.css.encode())}.css" if self.css else None

    @cached_property
    def image(self) -> str | None:
        """The address of the logo; None without one."""
        return f"/thema/{_digest(self.logo)}.png" if self.logo else None


def theme_of(name: str | None, color: str | None, logo: bytes | None) -> Theme:
    """A theme.

    `color`: `#rrggbb`, the main colour in the light scheme; that of the dark one follows from it. `logo`: a PNG. Raises
    ConfigurationError where a text in this colour could not be read (the error names the colour and its contrast), or
    the logo is no PNG, too large or too wide for the bar.
    """
    css = sheet(color.lower()) if color else ""
    return Theme(name or None, css, logo or b"", HEIGHT if logo is None else _width(logo))


def build_theme(settings: Settings) -> Theme:
    """The theme of the settings. Raises ConfigurationError, also where the file of the logo cannot be read."""
    logo = None if settings.theme_logo is None else _read(settings.theme_logo)
    return theme_of(settings.theme_name, settings.theme_color, logo)


def sheet(color: str) -> str:
    """The tokens of both schemes out of one colour, `#rrggbb`.

    Raises ConfigurationError where the colour is too light to be read on the paper or the ground of a page. In the dark
    scheme it is mixed with white until it can be read there, and a tint is as strong as a text on it allows.
    """
    if not _NUMBER.fullmatch(color):
        raise ConfigurationError("setting_invalid", setting=variable("theme_color"))
    for behind in LIGHT.values():
        found = contrast(color, behind)
        if found < LEAST:
            values = {"color": color, "behind": behind, "ratio": round(found, 1), "least": LEAST}
            raise ConfigurationError("theme_contrast", setting=variable("theme_color"), **values)
    light = {
        "main": color,
        "deep": mixed(color, "#000000", 0.25),
        "on": "#ffffff",
        "tint": _readable(lambda share: mixed(LIGHT["paper"], color, 0.12 * (1 - share)), color),
    }
    main = next(
        one
        for one in (mixed(color, "#ffffff", step / 20) for step in range(21))
        if all(contrast(one, behind) >= LEAST + 1 for behind in DARK.values())
    )
    dark = {
        "main": main,
        "deep": mixed(main, "#ffffff", 0.4),
        "on": DARK["ground"],
        "tint": _readable(lambda share: mixed(DARK["paper"], main, 0.2 * (1 - share)), main),
    }
    return f":root{_tokens(light)}@media screen and (prefers-color-scheme:dark){{:root{_tokens(dark)}}}"


def contrast(one: str, other: str) -> float:
    """Between two colours `#rrggbb`, 1 to 21 (WCAG 2.2, contrast ratio)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """A colour with a share of another, 0 to 1."""
    return "#" + "".join(
        f"{round(first + (second - first) * share):02x}" for first, second in zip(_rgb(one), _rgb(other), strict=True)
    )


def _readable(tint: Callable[[float], str], text: str) -> str:
    """The strongest tint on which a text can be read; at a share of 1 it is the paper, on which it can."""
    return next(one for one in (tint(step / 20) for step in range(21)) if contrast(one, text) >= LEAST)


def _rgb(color: str) -> Rgb:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _luminance(color: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (one / 255 for one in _rgb(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _tokens(values: dict[str, str]) -> str:
    return "{" + ";".join(f"--{name}:{value}" for name, value in values.items()) + "}"


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_LOGO + 1)
    except OSError:
        raise ConfigurationError("theme_logo", setting=variable("theme_logo"), most=MOST_LOGO // 1000) from None


def _width(logo: bytes) -> int:
    """How wide a logo stands in the bar, in CSS pixels: of its height and width in the first part of the file."""
    if len(logo) <= MOST_LOGO and logo.startswith(_PNG) and logo[12:16] == b"IHDR" and len(logo) >= 24:
        width, height = (int.from_bytes(logo[at : at + 4]) for at in (16, 20))
        if height and 0 < width * HEIGHT <= MOST_WIDTH * height:
            return max(round(width * HEIGHT / height), 1)
    raise ConfigurationError("theme_logo", setting=variable("theme_logo"), most=MOST_LOGO // 1000)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
