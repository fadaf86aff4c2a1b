"""The second encoder: its vectors, what it refuses, what is loaded when, and how it is made."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import EncoderError
from models import artefact, pieces
from models.encoder import opened
from models.evaluation import evaluate, gold
from models.meaning import FOLDER, MeaningEncoder
from models.quantise import canonical

TEXTS = [
    "Verzorgende IG, wondzorg en palliatieve zorg",
    "monteur elektrotechniek bij een installatiebedrijf; NEN 1010",
    "Ik wil graag iets met kinderen, liefst in Zoetermeer.",
    "wound care for nurses",
    "crème brûlée van de pâtissier",
    "lasser",
    "Een lange tekst. " * 20,
]


@pytest.fixture(scope="module")
def encoder() -> MeaningEncoder:
    return MeaningEncoder(threads=2)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "copy"))


def test_the_artefact_is_whole_and_small() -> None:
    """Every file is as its checksum says, and together they are at most 45 MB."""
    told = dict(line.split("  ")[::-1] for line in (FOLDER / artefact.SUMS).read_text("utf-8").splitlines())
    assert {path.name for path in FOLDER.iterdir()} == {*told, artefact.SUMS}
    for name, expected in told.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == expected
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 45_000_000


def test_it_loads_onnxruntime_with_the_first_text() -> None:
    """A start that finds all vectors stored loads no graph, and no text loads torch."""
    code = (
        "import sys; from models.meaning import MeaningEncoder as E; e = E(); e.id, e.scale, e.embed(['', '...']);"
        "print([name for name in ('onnxruntime', 'torch', 'onnx', 'tokenizers') if name in sys.modules]);"
        "assert e.encode(['wondzorg']).any();"
        "print([name for name in ('onnxruntime', 'torch', 'onnx', 'tokenizers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "['onnxruntime']"]


def test_without_onnxruntime_the_remedy_is_told() -> None:
    """Where its wheel is missing the encoder says how to install it, and only once a text is to be encoded."""
    code = (
        "import sys; sys.modules['onnxruntime'] = None\n"
        "from models.meaning import MeaningEncoder, installed; from matcher.errors import ConfigurationError\n"
        "e = MeaningEncoder(); e.id; assert not installed()\n"
        "try: e.embed(['wondzorg'])\n"
        "except ConfigurationError as error: print(error.code, error.values['command'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "encoder_not_installed pip install onnxruntime"


def test_alone_and_in_company_are_the_same_bits(encoder: MeaningEncoder) -> None:
    """A text has one vector, whatever else is encoded, in whichever order and on however many threads."""
    together = encoder.embed(TEXTS)
    assert np.array_equal(together, encoder.embed(TEXTS[::-1])[::-1])
    assert np.array_equal(together, MeaningEncoder(threads=1).embed(TEXTS))
    assert np.array_equal(together, np.concatenate([encoder.embed([text]) for text in TEXTS]))


def test_floats_have_unit_length_or_none(encoder: MeaningEncoder) -> None:
    """`embed` gives unit vectors, and zeros for a text without a letter; case and spacing do not count."""
    vectors = encoder.embed(["Wondzorg  thuis", "", "wondzorg thuis", "!? \U0001f642"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1, 0], abs=1e-6)
    assert np.array_equal(vectors[0], vectors[2])


def test_int8_loses_little(encoder: MeaningEncoder) -> None:
    """A canonical vector has a cosine above .999 with that before rounding."""
    floats, rounded = encoder.embed(TEXTS), encoder.encode(TEXTS).astype(np.float64)
    cosines = (floats * rounded).sum(axis=1) / np.linalg.norm(rounded, axis=1)
    assert cosines.min() > 0.999
    assert np.array_equal(encoder.encode(TEXTS), canonical(floats, encoder.scale))


def test_it_sees_meaning_across_words_and_languages(encoder: MeaningEncoder) -> None:
    """Texts without a word in common, in one language or two, are nearer than texts about something else."""
    asked, dutch, english, other = encoder.embed(
        [
            "iemand die ouderen thuis helpt wassen",
            "verzorging van bejaarden",
            "home care for old people",
            "staal lassen",
        ]
    )
    assert asked @ dutch > asked @ other + 0.2
    assert asked @ english > asked @ other + 0.15


def test_unrelated_texts_are_near_zero(encoder: MeaningEncoder) -> None:
    """What all texts share is taken out: the cosine of texts about different things is near 0, not .8."""
    vectors = encoder.embed(["de kat slaapt op de bank", "lassen van roestvrij staal", "een cursus boekhouden"])
    cosines = vectors @ vectors.T
    assert np.abs(cosines[np.triu_indices(3, 1)]).max() < 0.35


def test_progress_reaches_the_end(encoder: MeaningEncoder) -> None:
    """Progress counts the texts that are encoded."""
    told: list[tuple[int, int]] = []
    encoder.encode([f"tekst {number}" for number in range(70)], progress=lambda *counts: told.append(counts))
    assert told == [(64, 70), (70, 70)]


def test_a_long_text_is_cut(encoder: MeaningEncoder) -> None:
    """No text is too long: what the model has no place for is not read."""
    long = "zorg voor ouderen " * 400
    assert np.array_equal(*encoder.embed([long, long + "lassen"]))


@given(st.text(max_size=60))
@settings(max_examples=25)
def test_no_text_makes_it_stumble(text: str) -> None:
    """Unit length or zero, and never NaN, whatever the text."""
    norm = np.linalg.norm(_SHARED.embed([text])[0])
    assert norm == 0 or norm == pytest.approx(1, abs=1e-5)


_SHARED = MeaningEncoder(threads=1)


@pytest.mark.parametrize("name", ["model.onnx", "pieces.tsv", "config.json"])
def test_a_damaged_file_is_named(copied: Path, name: str) -> None:
    """A byte that is another is refused before anything is encoded, with the name of the file."""
    path = copied / name
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(EncoderError) as caught:
        MeaningEncoder(copied).embed(["wondzorg"])
    assert caught.value.code == "encoder_damaged"
    assert caught.value.values["file"] == name


def test_the_id_follows_the_files_and_not_the_card(copied: Path) -> None:
    """Another calibration is another encoder; another card is not."""
    first = MeaningEncoder(copied).id
    assert first.removeprefix("copy") == MeaningEncoder().id.removeprefix(FOLDER.name)
    (copied / "README.md").write_text("anders")
    artefact.seal(copied)
    assert MeaningEncoder(copied).id == first
    (copied / "calibration.json").write_text("[[-1, 0], [1, 1]]")
    artefact.seal(copied)
    assert MeaningEncoder(copied).id != first


def test_a_folder_is_opened_by_what_it_says(copied: Path) -> None:
    """`opened` tells this kind of folder from the others."""
    assert isinstance(opened(str(copied)), MeaningEncoder)
    assert not isinstance(opened(), MeaningEncoder)


def test_both_encoders_together_are_better_than_one() -> None:
    """On wishes and courses the second beside the first, equally, ranks better than the first alone."""
    wishes = gold.read()[1]
    first, second = evaluate.similarity_of("encoder-nl-en"), evaluate.similarity_of(str(FOLDER))
    alone = evaluate.of_judged(wishes, first)
    assert evaluate.of_judged(wishes, evaluate.together(first, second, 0.5)) > alone + 0.05
    assert evaluate.of_judged(wishes, evaluate.together(first, second, 1)) == pytest.approx(alone, abs=1e-3)


def test_words_are_cut_as_the_library_cuts_them() -> None:
    """The library `tokenizers` cuts words of both languages into the same pieces."""
    from tokenizers import Tokenizer
    from tokenizers.models import Unigram
    from tokenizers.pre_tokenizers import Metaspace

    lines = (FOLDER / "pieces.tsv").read_text("utf-8").removesuffix("\n").split("\n")
    pairs = [(piece, float(score)) for piece, score in (line.split("\t") for line in lines)]
    scores = [*((piece, 0.0) for piece, _ in pairs[:4]), *pairs[4:]]
    theirs = Tokenizer(Unigram(scores, unk_id=pieces.UNKNOWN, byte_fallback=False))
    theirs.pre_tokenizer = Metaspace()
    ours = pieces.read(FOLDER / "pieces.tsv")
    for text in TEXTS:
        lower = " ".join(text.lower().split())
        assert ours.of(lower) == theirs.encode(lower).ids


@given(st.text(max_size=80))
def test_pieces_are_the_text(text: str) -> None:
    """The pieces of a text, put together, are the text, but for letters that are unknown and spaces."""
    cut = _PIECES.of(text)
    joined = "".join(_PIECES.names[number] for number in cut)
    assert pieces.UNKNOWN in cut or joined.replace(pieces.SPACE, "") == "".join(_folded(text).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace(pieces.SPACE, "")


_PIECES = pieces.read(FOLDER / "pieces.tsv")
