"""Elman network in NumPy: h(t) = f(W x(t) + U h(t - 1) + b), logits(t) = O h(t) + c."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from slotkit.loops import loop, run
from slotkit.taggers.blocks import numpy_layers as blocks
from slotkit.taggers.blocks.numpy_layers import Array, Cells, Shapes, Weights


def layer_shapes(*, hidden_size: int, **sizes: Any) -> Shapes:
    """Return the name and shape of every weight of the hidden layers."""
    return blocks.cell_shapes(
        1, {"weight_h": (hidden_size, hidden_size)}, hidden_size=hidden_size, **sizes
    )


@loop
def elman(projected: Array, U: Array, activation: str, out: Array) -> None:
    """Run h(t) = f(projected(t) + U h(t - 1)) over the words."""
    f = blocks.ACTIVATIONS[activation]
    h = np.zeros_like(out[:, 0])
    for t in range(out.shape[1]):
        out[:, t] = h = f(projected[:, t] + h @ U)


def cells(ways: Sequence[Weights], *, num_layers: int, activation: str, **sizes: Any) -> Cells:
    """Lay the memories of one direction or several out."""

    def recur(projected: list[Array], out: list[Array], Us: Array) -> None:
        for words, U, hidden in zip(projected, Us, out, strict=True):
            run.elman(words, U, activation, hidden)

    return Cells(ways, num_layers, lambda own: (blocks.stacked(own, "weight_h"),), recur)


shapes, bind = blocks.with_output(layer_shapes, cells)
project = blocks.project_words
