"""Our own encoder: what it reads, what it refuses, and that both ways of loading it agree."""

from __future__ import annotations

import hashlib
import random
import shutil
import string
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matcher.errors import EncoderError
from models import artefact
from models.catalogue import DEFAULT, find
from models.encoder import opened
from models.ngram import StaticEncoder
from models.vocabulary import chosen
from models.words import features, words

TEXTS = [
    "Verzorgende IG, wondzorg en palliatieve zorg",
    "monteur elektrotechniek bij een installatiebedrijf; NEN 1010",
    "C# en C++ op het 3D-printlab",
    "Ik wil graag iets met kinderen, liefst in Zoetermeer.",
    "wound care for nurses",
    "crème brûlée van de pâtissier",
]


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder(find(DEFAULT))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(find(DEFAULT), tmp_path / "copy"))


def test_the_artefact_is_whole_and_small() -> None:
    """Every file is as its checksum says, and together they are at most 40 MB."""
    folder = find(DEFAULT)
    told = dict(line.split("  ")[::-1] for line in (folder / artefact.SUMS).read_text("utf-8").splitlines())
    assert {path.name for path in folder.iterdir()} == {*told, artefact.SUMS}
    for name, expected in told.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 40_000_000


def test_it_needs_no_torch() -> None:
    """Encoding loads numpy, safetensors and, with the first text, scipy; none of the heavy libraries."""
    code = (
        "import sys; from models.encoder import opened; encoder = opened(); encoder.id; print('scipy' in sys.modules);"
        "assert encoder.encode(['wondzorg']).any();"
        "print([name for name in ('torch', 'transformers', 'sklearn', 'tokenizers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "[]"]


@given(
    st.lists(st.sampled_from([*" ".join(TEXTS).split(), "Jansen", "kinderopvng", "漢字", "the", "zzkx"]), max_size=20)
)
def test_words_by_themselves_are_as_in_any_company(word_list: list[str]) -> None:
    """The vector and rarity of a word, bit by bit; a text of one word has that vector too."""
    made = _shared().of_words(word_list)
    assert made.vectors.shape == (len(word_list), 256)
    for word, vector, rarity in zip(word_list, made.vectors, made.rarity.tolist(), strict=True):
        alone = _shared().of_words([word])
        assert np.array_equal(alone.vectors[0], vector)
        assert alone.rarity[0] == rarity
        assert rarity or not vector.any()
        text = _shared().encode([word])[0]
        if text.any():
            assert np.array_equal(text, vector)
            assert rarity > 0
    assert not _shared().of_words(["the", "漢字"]).vectors.any()


def test_sentence_transformers_gives_the_same_vectors(encoder: StaticEncoder) -> None:
    """Loaded as a SentenceTransformer, the artefact gives the same unit vectors, to 1e-3."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(find(DEFAULT)), device="cpu", local_files_only=True, trust_remote_code=True)
    theirs = np.asarray(model.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False))
    assert np.abs(theirs - encoder.embed(TEXTS)).max() < 1e-3


def test_tokenizers_reads_the_same_words() -> None:
    """`tokenizer.json` is one of the library `tokenizers`, which splits and folds as we do."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(find(DEFAULT) / "tokenizer.json"))
    for text in TEXTS:
        folded = tokenizer.normalizer.normalize_str(text)
        assert [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(folded)] == words(text)


def test_dutch_and_english_meet(encoder: StaticEncoder) -> None:
    """A Dutch wish is nearer to the English course that answers it than to another."""
    wish, near, far = encoder.embed(["ik wil iets met wondzorg", "wound care for nurses", "welding for beginners"])
    assert wish @ near > wish @ far + 0.2


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_case_form_and_spacing_do_not_count(text: str) -> None:
    """Capitals, Unicode forms and spaces around are no difference."""
    plain = words(text)
    assert words(text.upper()) == words(text.lower().upper()) == plain
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text)) == plain
    assert words(f" \n{text}\t ") == plain


@given(st.text(max_size=200))
def test_no_text_makes_it_stumble(text: str) -> None:
    """Unit length or zero, and never NaN, whatever the text."""
    norm = np.linalg.norm(_shared().embed([text])[0])
    assert norm == 0 or norm == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", ["qwerty zxcvb", "asdf", "NLP", "zzzz kjhgfd", "de het een", "geen", "2027"])
def test_a_text_without_a_known_word_says_nothing(text: str) -> None:
    """Random letters, unknown abbreviations, words of any text: zeros, so that nothing is like them."""
    assert not _shared().embed([text]).any()


@pytest.mark.parametrize(
    "text",
    ["lasser", "AI", "c#", "TIG", "boa", "Webdeveloper", "Jongerenwerker", "kinderopvng", "geen zorg"],
)
def test_a_word_is_known_or_recognised(text: str) -> None:
    """Short names of a trade, compounds that no list has, and words with a typing error have a vector."""
    assert _shared().embed([text]).any()


def test_random_letters_are_not_recognised() -> None:
    """Of 500 made words of random letters at most one in fifty has a vector."""
    letters = random.Random(17)  # noqa: S311 - no secret
    made = ["".join(letters.choices(string.ascii_lowercase, k=letters.randint(3, 10))) for _ in range(500)]
    assert _shared().embed(made).any(axis=1).mean() <= 0.02


SAID = st.lists(st.sampled_from([*" ".join(TEXTS).split(), "Jansen", "Zwolle", "漢字", "the", "de"]), max_size=12)


def parts_of(one: str, other: str) -> np.ndarray:
    both = _shared().compared(words(one), [words(other)] if words(other) else [])
    return both.parts(np.arange(len(both.mine)), np.arange(len(both.owner)))


@given(SAID.map(" ".join), SAID.map(" ".join))
def test_parts_of_words_add_up_to_the_cosine(one: str, other: str) -> None:
    """The cosine of two texts is the sum of the parts of their pairs of words."""
    mine, theirs = _shared().embed([one, other])
    assume(mine.any() and theirs.any())
    parts = parts_of(one, other)
    assert parts.shape == (len(set(words(one))), len(set(words(other))))
    assert parts.sum() == pytest.approx(float(mine @ theirs), abs=1e-5)


@given(SAID.map(" ".join), SAID.map(" ".join))
def test_shares_are_parts_of_the_cosine(one: str, other: str) -> None:
    """The shares of all pairs of words are the cosine; of a name, that of its words; of a stranger, none."""
    pairs = [(a, b) for a in dict.fromkeys(words(one)) for b in dict.fromkeys(words(other))]
    (shares,) = _shared().shares(one, [other], [pairs])
    mine, theirs = _shared().embed([one, other])
    assume(mine.any() and theirs.any())
    assert sum(shares) == pytest.approx(float(mine @ theirs), abs=1e-4 * (len(pairs) + 1))
    if pairs:
        whole = (" ".join(dict.fromkeys(words(one))), " ".join(dict.fromkeys(words(other))))
        assert _shared().shares(one, [other], [[whole, ("nergens", "nergens")]]) == [
            [pytest.approx(float(mine @ theirs), abs=1e-4), 0.0]
        ]


def test_many_texts_have_the_shares_of_each_alone(encoder: StaticEncoder) -> None:
    """Whatever is compared beside them, and where their words are more than are remembered."""
    query = "zorg, elektrotechniek en crème brûlée; wound care"
    pairs = [[(a, b) for a in words(query) for b in words(text)] for text in TEXTS]
    small = StaticEncoder(encoder.folder, remembered=24)
    alone = [encoder.shares(query, [text], [of_text])[0] for text, of_text in zip(TEXTS, pairs, strict=True)]
    assert any(any(shares) for shares in alone)
    for one in (encoder, small):
        assert one.shares(query, TEXTS * 3, pairs * 3) == alone * 3


def test_no_name_is_a_public_word() -> None:
    """First names, family names and towns are not in the list, but for those that are an occupation or a thing."""
    public = artefact.public(find(DEFAULT))
    names = "jan piet kees anna fatima mohammed sanne daan jansen meijer mulder dekker dijkstra vries zwolle deventer"
    assert not public & set(names.split())
    assert {"verzorgende", "lasser", "nurse"} <= public


_ENCODER: list[StaticEncoder] = []


def _shared() -> StaticEncoder:
    if not _ENCODER:
        _ENCODER.append(StaticEncoder(find(DEFAULT)))
    return _ENCODER[0]


@pytest.mark.parametrize(
    "text",
    ["", "😀😀", "\x00\x00", "<b></b>", "\ud800", "漢字かな", "[0.1, 0.2, -3e-5]", "x" * 100_000, "zorg " * 30_000],
)
def test_odd_texts(text: str) -> None:
    """Nothing, other scripts, numbers and very long texts: a unit vector or zeros."""
    norm = np.linalg.norm(_shared().embed([text])[0])
    assert norm == 0 or norm == pytest.approx(1, abs=1e-5)


def test_progress_reaches_the_end(encoder: StaticEncoder) -> None:
    """Progress rises to the number of texts, also where the last ones say nothing."""
    told: list[int] = []
    small = StaticEncoder(encoder.folder, remembered=40)
    small.encode([*TEXTS, "", "😀"], progress=lambda done, _: told.append(done))
    assert told == sorted(set(told))
    assert told[-1] == len(TEXTS) + 2
    assert len(told) > 1


def test_html_is_not_read(encoder: StaticEncoder) -> None:
    """Tags are left out, the text between them is read."""
    one, other = encoder.embed(['<p class="zorg">lassen <br/>van staal</p>', "lassen van staal"])
    assert np.array_equal(one, other)


def test_a_full_memory_begins_anew(encoder: StaticEncoder) -> None:
    """More words than are remembered give the vectors that each text has alone."""
    small = StaticEncoder(encoder.folder, remembered=12)
    assert np.array_equal(small.embed(TEXTS * 2), encoder.embed(TEXTS * 2))


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"model": {"vocab": {"[UNK]": 0}}}'])
def test_a_damaged_artefact_is_refused(copied: Path, name: str, content: bytes | None) -> None:
    """A file that is missing, empty or another names itself."""
    if content is None:
        (copied / name).unlink()
    else:
        (copied / name).write_bytes(content)
    with pytest.raises(EncoderError) as caught:
        artefact.read(copied)
    assert caught.value.code == "encoder_damaged"
    assert caught.value.values["file"] == name


def test_one_changed_bit_is_refused(copied: Path) -> None:
    """A table with one other bit still has its shape; its checksum tells."""
    weights = copied / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    with pytest.raises(EncoderError) as caught:
        opened(str(copied)).encode(["wondzorg"])
    assert caught.value.values == {"name": "copy", "file": "model.safetensors", "problem": "checksum"}


def test_one_without_checksums_is_refused(copied: Path) -> None:
    """Half a copy is not an encoder."""
    (copied / artefact.SUMS).unlink()
    with pytest.raises(EncoderError, match="SHA256SUMS"):
        artefact.read(copied)


def test_one_of_another_version_is_refused(copied: Path) -> None:
    """An artefact whose words are split in another way would give wrong vectors, so it gives none."""
    config = (copied / "config.json").read_text("utf-8")
    (copied / "config.json").write_text(config.replace('"words": 1', '"words": 0'), "utf-8")
    with pytest.raises(EncoderError, match="encoder_other_version"):
        opened(str(copied)).encode(["wondzorg"])


def test_int8_loses_little(tmp_path: Path) -> None:
    """The table in int8 gives the vectors of the table in float, to a cosine of 0.9999."""
    known = chosen(TEXTS, 400, rare=1, smoothing=1)
    table = np.random.default_rng(7).normal(size=(len(known.rows), 64)).astype(np.float32)
    artefact.write(known, table, tmp_path)
    made = StaticEncoder(tmp_path).embed(TEXTS)
    for text, vector in zip(TEXTS, made, strict=True):
        exact = np.sum(
            [
                table[known.rows_of(word)].sum(axis=0) * known.weight_of(word) / np.sqrt(len(known.rows_of(word)))
                for word in words(text)
            ],
            axis=0,
        )
        assert vector @ exact / np.linalg.norm(exact) > 0.9999


def test_the_vocabulary_takes_what_tells() -> None:
    """Frequent words weigh less; a run of letters needs two words that have it; size is kept."""
    known = chosen(["de verzorgende", "de verzorging", "de lasser"], 12, rare=1, smoothing=0.1)
    assert len(known.rows) == 12
    assert known.weight_of("de") < known.weight_of("lasser") < known.weight_of("onbekend") == 1
    assert "#verzor" in known.rows or "#<ver" in known.rows
    assert "#lasser" not in known.rows


def test_features_of_a_word() -> None:
    """The word itself and its runs of three to six letters, marks of begin and end included."""
    assert list(features("ict")) == ["ict", "#<ic", "#ict", "#ct>", "#<ict", "#ict>", "#<ict>"]
