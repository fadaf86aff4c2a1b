"""The Dutch of the pages is easy to read, and names nothing that only the system knows."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

import pytest

from matcher.locale import LANGUAGES
from tests.support.sources import ROOT

NL = ROOT / "matcher/locale/nl"
NOT_ON_PAGES = frozenset(
    {"cli", "demo", "encoder", "erasure", "exchange", "mapping", "operations", "report", "settings", "store"}
)
"""Areas of the command line, of settings and of reports."""
OF_OPERATORS = (
    "errors.", "fields.", "files.", "importing.", "aftercare.told.", "grades.by", "grades.errors.", "grades.refused",
    "grades.restart", "grades.with_", "house.copies.", "house.flash.token", "house.settings.", "house.users.",
    "import_page.errors.import_", "mail.errors.", "pages.common.api", "pages.dossier.", "pages.health.",
    "pages.login.token", "plans.file.", "trials.above.", "trials.use.",
    "shell.about.users", "sources.errors.", "trials.page.file", "words.action.",
)  # fmt: skip
"""Beginnings of keys that operators and programs read, or that explain a file; they count for readability."""
LEAST = 75.0
"""Of Flesch-Douma: 70 to 80 is called fairly easy. The lowest of an area is 77 (figures), the median 89."""
MOST_WORDS = 25
"""In a sentence."""
SYSTEM_WORDS = re.compile(
    r"\b(ids?|quer(y|ies)|records?|tokens?|handles?|json|score-?vector\w*|vectoren|gewichten|encoder|eligible|pool|cache"
    r"|snapshot|revisie|peildatum|index|sessies?|server|database|systeem|matching|parameters?|null|none|undefined|uuid"
    r"|hash|string|offerings?|requests?|consents?|timeout|exports?|imports?)\b",
    re.IGNORECASE,
)
"""Words of the program, and not of a school."""
AWKWARD = (
    "Woorden die bij elkaar passen", "voldoen aan alle regels", "Kan wat gevraagd is", "Noemt niet", "Zoekt zelf",
    "Wie of wat", "Het eerste nummer is een", "Staat op plaats", "Leeg laten wist het",
    "Wie ja zei; je ziet nu", "Wil je dat de computer je nergens", "Hieruit maakt de computer",
    "daarna niet opnieuw inlezen", "de computer kiest niets",
)  # fmt: skip
"""What people stumbled over in the first trial of the pages."""
AWKWARD_LABELS = ("De lijst van", "Trek in", "Naar binnen", "Leg uit", "Verbeter", "Ok", "Submit")
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
VOWELS = re.compile(
    r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ei|ij|ou|au|[aeiouyáàäéèêëíïóôöúü]", re.IGNORECASE
)  # fmt: skip
"""One syllable each; two vowels that make no sound together are two."""
WORDS = re.compile(r"[^\W\d_][\w'’-]*|\d[\d.,]*")


def sentences_of(area: str) -> dict[str, str]:
    """Every text of an area by its key."""

    def flat(node: Mapping[str, object], path: str) -> Iterator[tuple[str, str]]:
        for name, value in node.items():
            if isinstance(value, Mapping):
                yield from flat(value, f"{path}{name}.")
            elif isinstance(value, str):
                yield f"{path}{name}", value

    return dict(flat(tomllib.loads((NL / f"{area}.toml").read_text("utf-8")), f"{area}."))


AREAS = sorted({file.stem for file in NL.glob("*.toml")} - NOT_ON_PAGES)


def in_sentences(text: str) -> list[list[str]]:
    """The words of each whole sentence of a text: labels and headings are none."""
    plain = PLACEHOLDER.sub("iets", text.replace("{{", "").replace("}}", "").replace("`", ""))
    ended = [part for part in re.split(r"(?<=[.?!:])\s+|\n", plain) if re.search(r"[.?!:]$", part)]
    return [words for words in map(WORDS.findall, ended) if len(words) >= 3]


def flesch_douma(sentences: list[list[str]]) -> float:
    """206.84 - 0.77 x syllables per 100 words - 0.93 x words per sentence (Douma, 1960): 100 is easy, 0 hard."""
    words = [word for sentence in sentences for word in sentence]
    syllables = sum(max(len(VOWELS.findall(word)), 1) for word in words)
    return 206.84 - 77 * syllables / len(words) - 0.93 * len(words) / len(sentences)


def test_the_formula_tells_easy_from_hard() -> None:
    """A sentence for children, and one of a law."""
    easy = "De hond loopt in de tuin. Hij zoekt een bal."
    hard = (
        "De verwerkingsverantwoordelijke informeert betrokkenen overeenkomstig de toepasselijke verordeningsbepalingen."
    )
    assert flesch_douma(in_sentences(easy)) > 95
    assert flesch_douma(in_sentences(hard)) < 0
    assert [len(VOWELS.findall(word)) for word in ("alumni", "geïnd", "mooie", "idee", "bijeenkomst")] == [
        3,
        2,
        2,
        2,
        3,
    ]


@pytest.mark.parametrize("area", AREAS)
def test_the_pages_are_easy_to_read(area: str) -> None:
    """Each area of sentences by itself, and no sentence is long."""
    found = [sentence for text in sentences_of(area).values() for sentence in in_sentences(text)]
    if found:
        assert flesch_douma(found) >= LEAST
    assert [" ".join(words) for words in found if len(words) > MOST_WORDS] == []


@pytest.mark.parametrize("area", AREAS)
def test_no_word_of_the_system_is_on_a_page(area: str) -> None:
    """Whoever uses a page knows none of its codes, and need not."""
    texts = {key: PLACEHOLDER.sub("", text) for key, text in sentences_of(area).items()}
    pages = {key: text for key, text in texts.items() if not key.startswith(OF_OPERATORS)}
    assert {key: text for key, text in pages.items() if SYSTEM_WORDS.search(text)} == {}


@pytest.mark.parametrize("area", AREAS)
def test_what_people_stumbled_over_is_gone(area: str) -> None:
    """The sentences of the first trial, and labels that say a thing of the system."""
    texts = sentences_of(area)
    assert {key: text for key, text in texts.items() if any(one in text for one in AWKWARD)} == {}
    assert {key: text for key, text in texts.items() if text in AWKWARD_LABELS} == {}


def test_there_are_areas_for_both_languages() -> None:
    """What is measured in Dutch is there in English too."""
    assert len(AREAS) > 15
    names = [{file.stem for file in (ROOT / "matcher/locale" / language).glob("*.toml")} for language in LANGUAGES]
    assert names[0] == names[1]
