"""Encoders of sentence-transformers, folders that are no model, and what is loaded when."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import ConfigurationError, EncoderError
from models import catalogue as folders
from models.texts import MOST, prepared
from models.transformer import SentenceTransformerEncoder


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(folders.MINILM)


def test_texts_about_one_thing_are_nearer(encoder: SentenceTransformerEncoder) -> None:
    """Wound care is nearer to bandaging than to welding."""
    one, near, far = encoder.embed(["wondzorg en verbinden", "een wond verzorgen en verbinden", "lassen van staal"])
    assert one @ near > one @ far + 0.1


def test_floats_have_unit_length_or_none(encoder: SentenceTransformerEncoder) -> None:
    """`embed` gives unit vectors, and zeros where a text says nothing; equal texts are equal."""
    vectors = encoder.embed(["wondzorg", "", "wondzorg"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1], abs=1e-6)
    assert np.array_equal(vectors[0], vectors[2])


def test_progress_reaches_the_end(encoder: SentenceTransformerEncoder) -> None:
    """Progress counts the texts that are encoded."""
    told: list[tuple[int, int]] = []
    encoder.encode([f"tekst {number}" for number in range(20)], progress=lambda *counts: told.append(counts))
    assert told[-1] == (20, 20)


def test_id_and_scale_load_no_torch() -> None:
    """A start that finds all vectors in the database needs no torch, and no model."""
    code = (
        "import sys; from models.encoder import SentenceTransformerEncoder as E; e = E('all-MiniLM-L6-v2');"
        "e.id, e.scale;"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _folder(path: Path, weights: bytes = b"weights") -> Path:
    path.mkdir()
    (path / "config.json").write_text('{"hidden_size": 12}')
    (path / "model.safetensors").write_bytes(weights)
    (path / "README.md").write_text("leesmij")
    return path


def test_the_id_follows_the_files(tmp_path: Path) -> None:
    """Other weights are another encoder; another readme is not."""
    folder, cache = _folder(tmp_path / "model"), tmp_path / "cache"
    first = SentenceTransformerEncoder(str(folder), cache).id
    (folder / "README.md").write_text("anders")
    assert SentenceTransformerEncoder(str(folder), cache).id == first
    (folder / "model.safetensors").write_bytes(b"other weights")
    changed = SentenceTransformerEncoder(str(folder), cache).id
    assert changed != first
    assert SentenceTransformerEncoder(str(folder)).id == changed


def test_a_broken_note_is_made_again(tmp_path: Path) -> None:
    """The remembered digest is only a help: without a readable one the files are read."""
    folder, cache = _folder(tmp_path / "model"), tmp_path / "cache"
    first = SentenceTransformerEncoder(str(folder), cache).id
    for content in ("{", "[]", "{}"):
        (note,) = cache.iterdir()
        note.write_text(content)
        assert SentenceTransformerEncoder(str(folder), cache).id == first


@pytest.mark.parametrize(
    ("modules", "files", "expected"),
    [
        ([("Pooling", "1")], {"1": {"word_embedding_dimension": 8, "pooling_mode_mean_tokens": True}}, 8),
        (
            [("Pooling", "1"), ("Dense", "2")],
            {"1": {"word_embedding_dimension": 8, "pooling_mode_mean_tokens": True}, "2": {"out_features": 5}},
            5,
        ),
        (
            [("Pooling", "1")],
            {"1": {"word_embedding_dimension": 8, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}},
            16,
        ),
    ],
)
def test_the_dimension_is_read_from_the_folder(
    tmp_path: Path, modules: list[tuple[str, str]], files: dict[str, dict[str, object]], expected: int
) -> None:
    """Pooling and dense layers say how long the vectors are, without loading the model."""
    named = [{"type": f"sentence_transformers.models.{kind}", "path": path} for kind, path in modules]
    (tmp_path / "modules.json").write_text(json.dumps(named))
    for path, content in files.items():
        (tmp_path / path).mkdir()
        (tmp_path / path / "config.json").write_text(json.dumps(content))
    assert folders.dimension(tmp_path) == expected


@pytest.mark.parametrize(
    ("name", "code"),
    [("geen-model", "encoder_not_found"), ("./weg/model", "encoder_not_found"), ("", "encoder_not_found")],
)
def test_a_name_that_is_nothing(name: str, code: str) -> None:
    """A name that is no folder and no hub id is told at once, when it is first needed."""
    encoder = SentenceTransformerEncoder(name or "a/b/c")
    with pytest.raises(ConfigurationError) as caught:
        _ = encoder.id
    assert caught.value.code == code


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    """An empty folder, and one whose configuration says nothing, are told apart from a broken model."""
    with pytest.raises(ConfigurationError, match="encoder_no_model"):
        _ = SentenceTransformerEncoder(str(tmp_path)).id
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="encoder_no_model"):
        _ = SentenceTransformerEncoder(str(tmp_path)).scale
    (tmp_path / "config.json").write_text('{"hidden_size": 4, "model_type": "bert"}')
    with pytest.raises(EncoderError, match="encoder_broken"):
        SentenceTransformerEncoder(str(tmp_path)).encode(["tekst"])


@given(st.text(max_size=60))
def test_prepared_text_is_stable(text: str) -> None:
    """Preparing twice is preparing once, and no control characters are left."""
    once = prepared(text)
    assert prepared(once) == once
    assert "\n" not in once
    assert "\x00" not in once


def test_a_long_text_is_cut() -> None:
    """A text of a million characters costs no more than the longest that is looked at."""
    assert len(prepared("woord " * 200_000)) <= MOST
