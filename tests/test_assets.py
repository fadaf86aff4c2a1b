"""The style sheet and the icons of the pages are what api/web/assets/build.mjs makes of what stands here."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.sources import ROOT

ASSETS, STATIC, TEMPLATES = ROOT / "api/web/assets", ROOT / "api/web/static", ROOT / "api/web/templates"
INSTALLED = ASSETS / "node_modules/.package-lock.json"
BUILT = json.loads((STATIC / "build.json").read_text("utf-8"))
WITH_CLASS = re.compile(r"<(h[1-6]|h\{\{|button)(?=[\s>{])(?![^>]*?(?:nl-|class=.hidden))|<p>|<a (?![^>]*class=)")
"""A heading that is seen or a button without a class of NL Design System; a paragraph or a link without any."""
OWN_LINKS = re.compile(r'<(nav|ul) class="(tabs|pager|doors)".*?</\1>', re.DOTALL)
"""Parts whose links look otherwise."""


def digest(file: Path) -> str:
    """As build.json has it."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_what_is_built_is_of_these_sources() -> None:
    """Changed by hand, or of older sources: `make assets` makes it anew."""
    assert {name: digest(ASSETS / name) for name in BUILT["inputs"]} == BUILT["inputs"]
    assert {name: digest(STATIC / name) for name in BUILT["outputs"]} == BUILT["outputs"]
    assert {f"css/{file.name}" for file in (ASSETS / "css").iterdir()} <= set(BUILT["inputs"])


def test_every_class_of_the_design_system_has_its_rules() -> None:
    """A class that no template had when the sheet was made has no rules in it."""
    markup = "\n".join(file.read_text("utf-8") for file in TEMPLATES.rglob("*.html"))
    named = set(re.findall(r"\bnl-[a-z]+[\w-]*(?=[\s\"'])", markup))
    assert named <= set(BUILT["classes"])
    assert {"nl-button", "nl-heading", "nl-link", "nl-paragraph", "nl-skip-link"} <= named


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    """And none is there that is not in the list."""
    drawn = re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text("utf-8"))
    assert drawn == BUILT["icons"] == (ASSETS / "icons.txt").read_text("utf-8").split()
    markup = "\n".join(file.read_text("utf-8") for file in TEMPLATES.rglob("*.html"))
    assert set(re.findall(r'(?:icon|labelled)\("([\w-]+)"', markup)) <= set(drawn)


def test_parts_of_a_page_bear_the_names_of_the_design_system() -> None:
    """Headings, buttons, links and plain paragraphs, in every template but the frame around the pages."""
    bare = {
        f"{file.name}: {found[0]}"
        for file in TEMPLATES.rglob("*.html")
        if file.name != "base.html"
        for found in WITH_CLASS.finditer(OWN_LINKS.sub("", file.read_text("utf-8")))
    }
    assert not bare


def test_the_build_makes_the_same_bytes(tmp_path: Path) -> None:
    """Where its packages are installed, as `make assets` does: every byte of what is committed."""
    if not shutil.which("node") or not INSTALLED.exists():
        pytest.skip("the packages of the build are not installed: make assets")
    wanted = json.loads((ASSETS / "package-lock.json").read_text("utf-8"))["packages"]
    found = json.loads(INSTALLED.read_text("utf-8"))["packages"]
    if any(found.get(name, {}).get("version") != wanted[name]["version"] for name in wanted if name and name in found):
        pytest.skip("other versions are installed than the lock names: make assets")
    subprocess.run(["node", ASSETS / "build.mjs", tmp_path], check=True, capture_output=True)
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert {name: (STATIC / name).read_bytes() for name in made} == made
    assert set(made) == {*BUILT["outputs"], "build.json"}
