"""Long short-term memory in NumPy.

    c(t) = s(f) c(t - 1) + s(i) g(z),  out(t) = s(o) h(c(t)),  s the logistic function

The weights hold the blocks i, f, z, o, in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
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
def lstm(*ways: Any) -> None:
    """Run the cells over the words: of each direction (projected, U, C, activation, out).

    Directions are stacked, and all is done in place. The logistic function is taken by tanh,
    s(x) = (1 + tanh(x / 2)) / 2: so one call of it serves gates and candidate.
    """
    columns: Any = zip(*ways, strict=True)
    projected, Us, Cs, activations, outs = columns
    linear = activations[0] == "linear"
    blocks = np.stack(projected)  # (W, B, T, 4H), of W directions
    outputs = np.empty(np.shape(outs), dtype=np.float32)  # (W, B, T, H)
    size = outputs.shape[-1]
    halves = np.repeat(np.array([0.5, 0.5, 1, 0.5], dtype=np.float32), size)
    out, c = np.zeros((2, *outputs[:, :, 0].shape), dtype=np.float32)  # at t = 0
    product = np.empty_like(blocks[:, :, 0])
    for t in range(blocks.shape[2]):
        gates = blocks[:, :, t]  # (W, B, 4H)
        for weights, memory in (Us, out), (Cs, c):
            if weights[0] is not None:
                for way, matrix in enumerate(weights):
                    if len(matrix) == 1:  # diagonal
                        np.multiply(np.tile(memory[way], 4), matrix[0], out=product[way])
                    else:
                        np.matmul(memory[way], matrix, out=product[way])
                gates += product
        candidate = gates[..., 2 * size : 3 * size].copy() if linear else None
        gates *= halves
        np.tanh(gates, out=gates)
        i, f, z, o = (gates[..., k * size : (k + 1) * size] for k in range(4))
        gates[..., : 2 * size] += 1  # i and f are 2 s(i) and 2 s(f)
        o += 1
        c *= f
        i *= z if candidate is None else candidate
        c += i
        c *= 0.5
        out = outputs[:, :, t]
        np.multiply(o, np.tanh(c) if candidate is None else c, out=out)
        out *= 0.5
    for written, made in zip(outs, outputs, strict=True):
        written[...] = made


def cells(
    ways: Sequence[Weights], *, num_layers: int, gates: str, activation: str, **sizes: Any
) -> Cells:
    """Lay the cells of one direction or several out."""

    def lay_out(own: Weights) -> tuple[Array | None, Array | None, str]:
        U = blocks.transposed(own["weight_h"]) if gates != "x" else None
        C = own["weight_c"] if gates.startswith("xhc") else None
        if C is not None:
            C = blocks.transposed(C if C.ndim == 2 else C[:, None])  # diagonal: a row
        return U, C, activation

    return Cells(ways, num_layers, lay_out, lambda *layers: run.lstm(*layers))


shapes, bind = blocks.with_output(layer_shapes, cells)
project = blocks.project_words
