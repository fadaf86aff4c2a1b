"""What an erasure says: every code in both languages, and never that all is well where it is not."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import matcher.services
import matcher.store
from api.erasure_report import for_the_erased, sentences
from matcher.locale import LANGUAGES, Language, area
from matcher.ports import Cleanness, Place
from matcher.repositories.values import OtherNumber
from matcher.services.erasure import Erased

VALUES = {"count": 2, "day": date(2027, 3, 1), "size": 90, "problem": "database_disk_full"}
VALUES |= {"names": ".restoring-0", "records": "R-1 (Noord)"}
CODES = re.compile(r'"(\w+)", Cleanness\.(UNFINISHED|UNSEEN)')
STATES = [(name.upper(), code) for name in ("unfinished", "unseen") for code in area("en", "erasure")[name]]


def test_every_place_has_its_sentence() -> None:
    """Each code in the source, under its state, and no sentence of a code that is gone."""
    folders = (Path(matcher.store.__file__).parent, Path(matcher.services.__file__).parent)
    source = "".join(path.read_text() for folder in folders for path in sorted(folder.glob("*.py")))
    said = {(state, code.removesuffix("_one")) for state, code in STATES}
    assert {(state, code) for code, state in CODES.findall(source)} == said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("state", "code"), STATES)
def test_what_is_not_clean_is_not_called_clean(language: Language, state: str, code: str) -> None:
    """A place that is not finished, or cannot be seen, is named with what finishes it; an alumnus hears it too."""
    place = Place(code.removesuffix("_one"), Cleanness[state], VALUES | {"count": 1 if code.endswith("_one") else 2})
    erased = Erased(7, (), (1,), (Place("file", Cleanness.CLEAN), place))
    text, page = " ".join(sentences(language, erased)), for_the_erased(language, erased)
    assert "{" not in text
    sentence = area(language, "erasure")[state.lower()][code]
    assert sentence.split("{")[0][:20] in text
    nothing_found = area(language, "erasure")["said"]["clean"].rpartition(".")[0][-12:]
    assert (nothing_found in text) is (state == "UNSEEN")
    assert page[0] == area(language, "erasure")["page"]["unfinished" if state == "UNFINISHED" else "clean"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_found_comes_first(language: Language) -> None:
    """With the place in words, and with others that may be the same person."""
    found = Erased(7, ("contacts",), (1,), (), (OtherNumber(5, "Noord", "B-9", ("email", "name")),))
    lines = sentences(language, found)
    assert area(language, "erasure")["places"]["contacts"] in lines[0]
    assert "B-9" in lines[-1]
    assert for_the_erased(language, found)[0] == area(language, "erasure")["page"]["found"]
