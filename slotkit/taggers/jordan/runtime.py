"""Jordan network in NumPy: h(t) = tanh(W x(t) + V y(t - 1) + b), y(t) = softmax(O h(t) + c)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from slotkit.loops import loop, run
from slotkit.taggers.blocks import numpy_layers as blocks
from slotkit.taggers.blocks.numpy_layers import Array, Forward, Shapes, Weights


def shapes(
    *, input_size: int, hidden_size: int, num_tags: int, num_layers: int, **others: Any
) -> Shapes:
    """Return the name and shape of every weight; `feedback` is for training alone."""
    named: Shapes = {
        "weight_x": (hidden_size, input_size),
        "weight_y": (hidden_size, num_tags),
        "bias": (hidden_size,),
    }
    for layer in range(num_layers - 1):
        named[f"hidden.{layer}.weight"] = (hidden_size, hidden_size)
        named[f"hidden.{layer}.bias"] = (hidden_size,)
    return named | blocks.output_shapes(num_tags, hidden_size)


def project(weights: Weights, inputs: Array, **arguments: Any) -> Array:
    """Compute W x + b: (N, D) to (N, H)."""
    return inputs @ weights["weight_x"].T + weights["bias"]


@loop
def jordan(
    projected: Array,
    V: Array,
    O: Array,  # noqa: E741 - the O of the equations
    c: Array,
    out: Array,
    logits: Array,
    above: Sequence[tuple[Array, Array]] = (),
) -> None:
    """Run h(t) = tanh(projected(t) + V y(t - 1)), y(t) = blocks.softmax(O h(t) + c) over the words.

    Layers `above` see the layer below at the same word; the loop in C has none.
    """
    for t in range(out.shape[1]):
        a = projected[:, t]
        h = np.tanh(a + blocks.softmax(logits[:, t - 1]) @ V if t else a)
        for W, b in above:
            h = np.tanh(h @ W + b)
        out[:, t] = h
        logits[:, t] = h @ O + c


def bind(weights: Weights, *, num_layers: int, **others: Any) -> Forward:
    """Return what computes the hidden layer and the logits, (B, T, H) and (B, T, K).

    What returns at the next word is always the own distribution.
    """
    layer = (
        blocks.transposed(weights["weight_y"]),
        blocks.transposed(weights["output.weight"]),
        blocks.floats(weights["output.bias"]),
    )
    above = [
        (weights[f"hidden.{layer}.weight"].T, weights[f"hidden.{layer}.bias"])
        for layer in range(num_layers - 1)
    ]

    def forward(projected: Array) -> tuple[Array, Array]:
        hidden: Array = np.empty(projected.shape, dtype=np.float32)
        logits: Array = np.empty((*projected.shape[:2], len(layer[2])), dtype=np.float32)
        if above:
            jordan(projected, *layer, hidden, logits, above)
        else:
            run.jordan(projected, *layer, hidden, logits)
        return hidden, logits

    return forward
