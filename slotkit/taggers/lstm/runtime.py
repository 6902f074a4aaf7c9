"""Long short-term memory in NumPy.

    c(t) = s(f) c(t - 1) + s(i) g(z),  out(t) = s(o) h(c(t)),  s the logistic function

The weights hold the blocks i, f, z, o, in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from slotkit.loops import loop, run
from slotkit.taggers.blocks import numpy_layers as blocks
from slotkit.taggers.blocks.numpy_layers import Array, Cells, Shapes, Weights


def layer_shapes(*, hidden_size: int, gates: str, **sizes: Any) -> Shapes:
    """Return the name and shape of every weight of the LSTM layers."""
    H = hidden_size
    memory: Shapes = {} if gates == "x" else {"weight_h": (4 * H, H)}
    if gates.startswith("xhc"):
        memory["weight_c"] = (4 * H, H) if gates == "xhc" else (4 * H,)
    return blocks.cell_shapes(4, memory, hidden_size=H, **sizes)


@loop
def lstm(U: Array | None, C: Array | None, activation: str, *words: Array) -> None:
    """Run the cells over the words, in one direction or two: `words` are projected, out of each.

    Gates lie in one array, directions too, all is done in place, and the logistic function is
    taken by tanh, s(x) = tanh(x / 2) / 2 + 1 / 2: so one call of that serves them all.
    """
    projected, outs, linear = words[::2], words[1::2], activation == "linear"
    size, length, H = outs[0].shape
    blocks = np.empty((length, 4, len(outs), size, H), dtype=np.float32)  # (T, 4, W, B, H)
    for way, one in enumerate(projected):
        blocks[:, :, way] = one.reshape(size, length, 4, H).transpose(1, 2, 0, 3)
    U, C = (W if W is None else _by_gate(W) for W in (U, C))
    outputs = np.empty((length, *blocks.shape[2:]), dtype=np.float32)
    out, c = np.zeros((2, *outputs.shape[1:]), dtype=np.float32)  # (W, B, H), at t = 0
    product = np.empty_like(blocks[0])
    scale = np.ones_like(product)
    scale[[0, 1, 3]] = 0.5
    shift = 1 - scale
    for gates, into in zip(blocks, outputs, strict=True):
        if U is not None:
            gates += np.matmul(out, U, out=product)
        if C is not None:
            gates += c * C if C.shape[2] == 1 else c @ C  # diagonal: a row
        i, f, z, o = gates
        if linear:
            z = z.copy()
        gates *= scale
        np.tanh(gates, out=gates)
        gates *= scale
        gates += shift
        c *= f
        i *= z
        c += i
        out = np.multiply(o, c if linear else np.tanh(c), out=into)
    for way, written in enumerate(outs):
        written[...] = outputs[:, way].swapaxes(0, 1)


def _by_gate(W: Array) -> Array:
    """See (W, H, 4H), or (W, 1, 4H), as (4, W, H or 1, H)."""
    return W.reshape(*W.shape[:2], 4, -1).transpose(2, 0, 1, 3)


def cells(
    ways: Sequence[Weights], *, num_layers: int, gates: str, activation: str, **sizes: Any
) -> Cells:
    """Lay the cells of one direction or several out."""

    def lay_out(layers: list[dict[str, Array]]) -> tuple[Array | None, Array | None]:
        U = blocks.stacked(layers, "weight_h") if gates != "x" else None
        if gates == "xhc-diagonal":
            layers = [{"weight_c": own["weight_c"][:, None]} for own in layers]  # rows, transposed
        return U, blocks.stacked(layers, "weight_c") if gates.startswith("xhc") else None

    def recur(projected: list[Array], out: list[Array], U: Array | None, C: Array | None) -> None:
        run.lstm(U, C, activation, *chain.from_iterable(zip(projected, out, strict=True)))

    return Cells(ways, num_layers, lay_out, recur)


shapes, bind = blocks.with_output(layer_shapes, cells)
project = blocks.project_words
