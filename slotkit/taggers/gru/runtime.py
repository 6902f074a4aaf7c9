"""Gated recurrent unit in NumPy: h(t) = s(z) h(t - 1) + (1 - s(z)) tanh(n), as in the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from slotkit.loops import loop
from slotkit.taggers.blocks import numpy_layers as blocks
from slotkit.taggers.blocks.numpy_layers import Array, Cells, Shapes, Weights


def layer_shapes(*, hidden_size: int, reset: str, **sizes: Any) -> Shapes:
    """Return the name and shape of every weight of the hidden layers."""
    H = hidden_size
    memory = {"weight_h": (3 * H, H)} | ({"bias_h": (H,)} if reset == "after" else {})
    return blocks.cell_shapes(3, memory, hidden_size=H, **sizes)


@loop
def gru(projected: Array, U: Array, c: Array | None, out: Array) -> None:
    """Run the cells over the words of one direction; without c memory is reset before."""
    h = np.zeros_like(out[:, 0])
    H = h.shape[1]
    for t in range(out.shape[1]):
        x = projected[:, t]
        r, z = np.split(_logistic(x[:, : 2 * H] + h @ U[:, : 2 * H]), 2, axis=1)
        memory = (r * h) @ U[:, 2 * H :] if c is None else r * (h @ U[:, 2 * H :] + c)
        out[:, t] = z * h + (1 - z) * np.tanh(x[:, 2 * H :] + memory)
        h = out[:, t]


def _logistic(x: Array) -> Array:
    """Compute the logistic function, which tanh does without overflow."""
    half = np.float32(0.5)
    s: Array = np.tanh(half * x)
    s *= half
    s += half
    return s


def cells(ways: Sequence[Weights], *, num_layers: int, reset: str, **sizes: Any) -> Cells:
    """Lay the cells of one direction or several out."""

    def lay_out(layers: list[dict[str, Array]]) -> tuple[Array, list[Array | None]]:
        return blocks.stacked(layers, "weight_h"), [own.get("bias_h") for own in layers]

    def recur(projected: list[Array], out: list[Array], Us: Array, cs: list[Array | None]) -> None:
        for words, U, c, hidden in zip(projected, Us, cs, out, strict=True):
            gru(words, U, c, hidden)

    return Cells(ways, num_layers, lay_out, recur)


shapes, bind = blocks.with_output(layer_shapes, cells)
project = blocks.project_words
