"""ESCO as its website gives it out and CompetentNL as its endpoint does become vocabularies; all else is refused."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.source_server import HttpsSource
from matcher.concepts import Kind, Scheme
from matcher.errors import InputError, InvalidValue
from matcher.sources import competentnl, esco
from tests.support.esco import CNLO, SKILLS, SKOS, URI, CompetentServer, a_skill, table, written
from tests.support.source_servers import said, serving


def by_name(scheme: Scheme) -> dict[str, Any]:
    return {one.uri.removeprefix(URI): one for one in scheme.concepts}


def test_the_files_of_two_languages_are_one_vocabulary(tmp_path: Path) -> None:
    scheme = esco.read([written(tmp_path / "ESCO dataset - v1.2.0 - classification")])
    found = by_name(scheme)
    assert (scheme.name, scheme.version) == ("esco", "1.2.0")
    assert "European Commission" in scheme.licence
    assert set(found) == {"care", "weld", "metal", "tig", "welder"}  # not what is deprecated
    assert found["care"].preferred == {"nl": ("wondverzorging",), "en": ("wound care",)}
    assert found["care"].other == {"nl": ("wondzorg", "zorg voor wonden")}
    assert found["weld"].broader == (URI + "metal",)  # and no group
    assert (found["welder"].essential, found["welder"].optional) == ((URI + "weld",), (URI + "care",))
    assert {name: one.kind for name, one in found.items()} == {
        "care": Kind.SKILL,
        "weld": Kind.SKILL,
        "metal": Kind.KNOWLEDGE,
        "tig": Kind.SKILL,
        "welder": Kind.OCCUPATION,
    }


def test_folder_zip_and_files_give_the_same(tmp_path: Path) -> None:
    folder = written(tmp_path / "esco")
    packed = tmp_path / "esco.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"ESCO/{file.name}")
    wanted = esco.read([folder], "1.2").to_bytes()
    assert esco.read([packed], "1.2").to_bytes() == wanted
    assert esco.read(sorted(folder.glob("*.csv"), reverse=True), "1.2").to_bytes() == wanted


@pytest.mark.parametrize(
    ("changed", "version", "code", "values"),
    [
        ({"skills_nl": None, "skills_en": None}, "1.2", "vocabulary_no_skills", {}),
        ({}, "", "vocabulary_version", {}),
        (
            {"skills_nl": table(SKILLS[:4])},
            "1.2",
            "vocabulary_columns",
            {"file": "skills_nl.csv", "columns": "preferredLabel, altLabels"},
        ),
        ({"skills_nl": b"\xff\xfe"}, "1.2", "vocabulary_no_csv", {"file": "skills_nl.csv"}),
        (
            {"skills_nl": table(SKILLS, a_skill("a", "iets"), ("", "geen adres", "", "", "iets", "", ""))},
            "1.2",
            "vocabulary_row",
            {"file": "skills_nl.csv", "row": 3, "column": "conceptUri", "value": "geen adres"},
        ),
        (
            {"occupationSkillRelations_nl": b"occupationUri,relationType,skillUri\na,needed,b\n"},
            "1.2",
            "vocabulary_row",
            {"file": "occupationSkillRelations_nl.csv", "row": 2, "column": "relationType", "value": "needed"},
        ),
        ({"skills_nl": table(SKILLS), "skills_en": table(SKILLS)}, "1.2", "vocabulary_empty", {"name": "esco"}),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, changed: dict[str, bytes | None], version: str, code: str, values: dict[str, object]
) -> None:
    """With file, row and column."""
    with pytest.raises(InputError) as caught:
        esco.read([written(tmp_path, **changed)], version)
    assert (caught.value.code, caught.value.values) == (code, values)


@pytest.mark.parametrize("name", ["nergens", "skills_nl.csv", "nergens.zip"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        esco.read([tmp_path / name], "1.2")
    assert (caught.value.code, caught.value.values) == ("vocabulary_missing", {"file": name})


def damaged(content: bytes, zipped: bytes) -> Callable[[Path], list[Path]]:
    """A file with this content beside one that is no .zip."""

    def work(folder: Path) -> list[Path]:
        (folder / "skills_nl.csv").write_bytes(content)
        (folder / "esco.zip").write_bytes(zipped)
        return [folder / "esco.zip"] if zipped else [folder]

    return work


@given(st.binary(max_size=200), st.just(b"") | st.binary(min_size=1, max_size=60).map(b"PK\x03\x04".__add__))
def test_any_bytes_are_read_or_refused(content: bytes, zipped: bytes) -> None:
    """In one sentence."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            scheme = esco.read(damaged(content, zipped)(Path(folder)), "1.2")
        except InputError as refused:
            assert refused.code.startswith("vocabulary_")  # noqa: PT017
        else:
            assert scheme.count(Kind.SKILL, Kind.KNOWLEDGE) > 0


KEY = "sleutel"
LABELS = [
    ("weld", "HumanCapability", "prefLabel", "lassen"),
    ("weld", "HumanCapability", "altLabel", "lastechniek"),
    ("metal", "KnowledgeArea", "prefLabel", "metaalbewerking"),
    ("nameless", "HumanCapability", "prefLabel", ""),
    ("welder", "Occupation", "prefLabel", "lasser"),
]
RELATIONS = [
    ("weld", f"{SKOS}broader", "metal"),
    ("welder", f"{CNLO}requiresHATEssential", "weld"),
    ("welder", f"{CNLO}requiresHATSomewhat", "metal"),
    ("welder", f"{CNLO}requiresHATImportant", "nameless"),
]


def asked_of(source: CompetentServer, key: str = KEY) -> Scheme:
    with serving(source):
        ask = HttpsSource(key, key_header="apikey", local=True, wait=lambda _: None)
        try:
            return competentnl.read(ask, source.url, "2027-03-01")
        finally:
            ask.close()


def test_an_endpoint_is_a_vocabulary() -> None:
    """With the key in its own header, on loopback."""
    scheme = asked_of(CompetentServer(KEY, labels=LABELS, relations=RELATIONS))
    found = by_name(scheme)
    assert (scheme.name, scheme.version) == ("competentnl", "2027-03-01")
    assert set(found) == {"weld", "metal", "welder"}
    assert (found["weld"].preferred, found["weld"].other) == ({"nl": ("lassen",)}, {"nl": ("lastechniek",)})
    assert found["weld"].broader == (URI + "metal",)
    assert (found["welder"].essential, found["welder"].optional) == ((URI + "weld",), (URI + "metal",))


def test_all_pages_are_read() -> None:
    many = [
        (f"s{number:05}", "HumanCapability", "prefLabel", f"werk {number}") for number in range(competentnl.PAGE + 3)
    ]
    source = CompetentServer(KEY, labels=many)
    assert asked_of(source).count(Kind.SKILL) == competentnl.PAGE + 3
    assert len(source.asked) == 3


def test_a_busy_endpoint_is_asked_again() -> None:
    source = CompetentServer(KEY, labels=LABELS, next_answers=[said({}, 503), said({}, 429)])
    assert asked_of(source).count(Kind.SKILL) == 1


@pytest.mark.parametrize(
    ("answers", "key", "code"),
    [
        ([], "verkeerd", "source_login"),
        ([said({}, 403)], "sleutel", "source_forbidden"),
        ([said([])], "sleutel", "vocabulary_answer"),
        ([said({"results": {"bindings": {}}})], "sleutel", "vocabulary_answer"),
        ([said(b"<html>")], "sleutel", "source_no_json"),
        ([said({"results": {"bindings": []}})], "sleutel", "vocabulary_empty"),
    ],
)
def test_what_an_endpoint_refuses_is_said(answers: list[Any], key: str, code: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        asked_of(CompetentServer(KEY, next_answers=answers), key)
    assert caught.value.code == code


_cells = st.recursive(
    st.none() | st.sampled_from(["uri", f"{CNLO}HumanCapability", f"{SKOS}prefLabel", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["results", "bindings", "uri", "type", "name", "label", "value"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.lists(_cells, min_size=1, max_size=3))
def test_any_answer_is_read_or_refused(answers: list[Any]) -> None:
    """Of any shape, over and over; and questions stop."""
    number = count()

    def ask(_: str, /, *, accept: str = "") -> object:
        return answers[next(number) % len(answers)]

    with pytest.raises(InvalidValue) as caught:
        competentnl.read(ask, "https://bron.example", "1")
    assert caught.value.code in {"vocabulary_answer", "vocabulary_empty"}
    assert next(number) <= 3 * competentnl.MOST_PAGES


def test_an_endpoint_that_goes_round_in_circles_is_left() -> None:
    row = {name: {"value": "x"} for name in ("uri", "type", "name", "label")}
    page = {"results": {"bindings": [row] * competentnl.PAGE}}
    with pytest.raises(InvalidValue) as caught:
        competentnl.read(lambda _, **__: page, "https://bron.example", "1")
    assert caught.value.code == "vocabulary_endless"
