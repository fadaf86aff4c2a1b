"""The transformer of `models.meaning` as an ONNX graph: numbers of pieces in, one unit vector out.

The rows of the table stay as they are packed, of 4 bits; every other matrix becomes int8, each output with a scale of
its own. The values of a token are rounded to 8 bits before each product, with a scale of that token: no other text, and
no other token, has a say in it. Weights use 7 of the 8 bits, since processors without VNNI add two products in 16 bits,
which would overflow: so the sums are exact integers on any machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.training.packed import ZERO, Packed

_LEVELS = 63
"""The largest integer of a weight."""
_MIDDLE = 128
"""What stands for zero in a token."""
_OPSET = 20
_OURS = "com.microsoft"
"""The operators of onnxruntime's own."""
Vector = NDArray[np.float32]


def built(
    packed: Packed, kept: NDArray[np.int64], mean: Vector, apart: Vector, main: NDArray[np.float32] | None = None
) -> bytes:
    """The graph, with input `pieces` (1, tokens), int64, and output `vector` (1, dimension), float32, of length 1.

    `kept`: the numbers of the pieces whose rows stay, in their new order; `mean`, shape (dimension,): taken out of the
    unit vector; `apart`, likewise: a direction in which nothing remains, of length 1; `main`, shape (dimension of the
    model, dimension): the directions in which the vector is told, all if None.
    """
    graph = _Graph()
    graph.constant(np.array(_MIDDLE, np.uint8), "middle")
    graph.constant(np.array(1 / (_MIDDLE - 1), np.float32), "step")
    graph.constant(np.array(1, np.float32), "one")
    graph.constant(np.array([-1]), "last")
    state = _embedded(graph, packed, kept)
    for layer in range(packed.layers):
        state = _layer(graph, packed, state, f"l{layer}")
    first = graph.constant(np.array([1], np.int64), "axis")
    pooled = graph.node("ReduceMean", state, first, keepdims=0)
    centred = graph.node("Sub", _unit(graph, pooled, first), graph.constant(mean, "mean"))
    along = graph.node("ReduceSum", graph.node("Mul", centred, graph.constant(apart, "apart")), first, keepdims=1)
    rest = graph.node("Sub", centred, graph.node("Mul", along, "apart"))
    told = rest if main is None else graph.node("MatMul", rest, graph.constant(main, "main"))
    _unit(graph, told, first, "vector")
    return graph.content(packed.dimension if main is None else main.shape[1])


class _Graph:
    """Nodes and constants, in order."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, values: NDArray[Any], name: str) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, *inputs: str, outputs: tuple[str, ...] = (), domain: str = "", **settings: Any) -> str:
        """Adds a node, and gives the name of its (first) output."""
        named = outputs or (f"{kind}{len(self._nodes)}",)
        self._nodes.append(helper.make_node(kind, list(inputs), list(named), domain=domain, **settings))
        return named[0]

    def content(self, dimension: int) -> bytes:
        graph = helper.make_graph(
            self._nodes,
            "meaning",
            [helper.make_tensor_value_info("pieces", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, dimension])],
            self._constants,
        )
        versions = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_OURS, 1)]
        model = helper.make_model(graph, opset_imports=versions, ir_version=9, producer_name="alumnimatch")
        content: bytes = model.SerializeToString(deterministic=True)
        return content


def _unit(graph: _Graph, vectors: str, axis: str, name: str = "") -> str:
    length = graph.node("ReduceL2", vectors, axis, keepdims=1)
    return graph.node("Div", vectors, length, outputs=(name,) if name else ())


def _embedded(graph: _Graph, packed: Packed, kept: NDArray[np.int64]) -> str:
    """The sum of the rows of the pieces and of their places, normalised; rows are unpacked as they are needed."""
    table = packed.matrix("emb.word", len(packed.pieces) + _spare(packed))
    numbers, half = table.numbers[kept], table.numbers.shape[2] // 2
    rows = graph.constant(numbers[:, :, :half] | (numbers[:, :, half:] << 4), "table")
    halves = graph.node("Gather", rows, "pieces")
    low = graph.node("BitwiseAnd", halves, graph.constant(np.array(15, np.uint8), "low"))
    high = graph.node("BitShift", halves, graph.constant(np.array(4, np.uint8), "bits"), direction="RIGHT")
    both = graph.node("Cast", graph.node("Concat", low, high, axis=3), to=TensorProto.FLOAT)
    values = graph.node("Sub", both, graph.constant(np.array(ZERO, np.float32), "zero"))
    scales = graph.node("Gather", graph.constant(table.scales[kept], "table_scales"), "pieces")
    wide = graph.node("Unsqueeze", graph.node("Cast", scales, to=TensorProto.FLOAT), "last")
    shape = graph.constant(np.array([0, 0, packed.dimension]), "shape")
    words = graph.node("Reshape", graph.node("Mul", values, wide), shape)
    of_type = packed.values("emb.type")[: packed.dimension]
    places = graph.constant(packed.values("emb.pos").reshape(-1, packed.dimension) + of_type, "places")
    graph.node("Shape", "pieces", outputs=("count",), start=1, end=2)
    here = graph.node("Slice", places, graph.constant(np.array([0]), "start"), "count")
    return _normalised(graph, packed, graph.node("Add", words, here), "emb.ln")


def _spare(packed: Packed) -> int:
    """Rows of the table after those of the pieces, which nothing uses."""
    _, length = packed.places["emb.word"]
    blocks = packed.dimension // 32
    return length // (blocks * 18) - len(packed.pieces)


def _layer(graph: _Graph, packed: Packed, state: str, layer: str) -> str:
    width = packed.dimension
    asked = _linear(graph, packed, state, [f"{layer}.{name}" for name in "qkv"], width)
    thirds = graph.constant(np.full(3, width), f"{layer}.thirds")
    parts = tuple(f"{layer}.part{number}" for number in range(3))
    graph.node("Split", asked, thirds, outputs=parts, axis=-1)
    attended = graph.node("MultiHeadAttention", *parts, domain=_OURS, num_heads=packed.heads)
    added = graph.node("Add", state, _linear(graph, packed, attended, [f"{layer}.ao"], width))
    state = _normalised(graph, packed, added, f"{layer}.aln")
    inner = graph.node("Gelu", _linear(graph, packed, state, [f"{layer}.fi"], packed.inner))
    added = graph.node("Add", state, _linear(graph, packed, inner, [f"{layer}.fo"], width))
    return _normalised(graph, packed, added, f"{layer}.oln")


def _normalised(graph: _Graph, packed: Packed, values: str, name: str) -> str:
    gain, shift = (graph.constant(packed.values(f"{name}.{part}"), f"{name}.{part}") for part in "wb")
    return graph.node("LayerNormalization", values, gain, shift, axis=-1, epsilon=packed.epsilon)


def _linear(graph: _Graph, packed: Packed, values: str, names: list[str], rows: int) -> str:
    """The products with matrices of `rows` outputs each, one after another, and their biases."""
    weights = np.concatenate([packed.weights(f"{name}.w", rows) for name in names])
    biases = np.concatenate([packed.values(f"{name}.b") for name in names])
    name = names[0]
    scales = (np.abs(weights).max(axis=1) / _LEVELS).astype(np.float32)
    rounded = np.rint(weights / scales[:, None]).astype(np.int8)
    largest = graph.node("ReduceMax", graph.node("Abs", values), "last", keepdims=1)
    of_token = graph.node("Mul", largest, "step")
    flat = graph.node("Reshape", of_token, "last")
    integers = graph.node("QuantizeLinear", values, flat, graph.node("Expand", "middle", "count"), axis=1)
    product = graph.node(
        "MatMulIntegerToFloat",
        integers,
        graph.constant(rounded.T, f"{name}.int8"),
        "one",
        graph.constant(scales, f"{name}.scales"),
        "middle",
        domain=_OURS,
    )
    return graph.node("Add", graph.node("Mul", product, of_token), graph.constant(biases, f"{name}.bias"))
