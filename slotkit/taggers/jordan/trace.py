"""Jordan network word by word: h(t) = tanh(W x(t) + b + V y(t - 1)), y(t) = softmax(O h(t) + c)."""

from __future__ import annotations

from typing import Any

import numpy as np

from slotkit.taggers.blocks.numpy_layers import Array, Weights, softmax
from slotkit.taggers.blocks.word_by_word import Probe


def trace(
    weights: Weights, x: Array, probe: Probe, *, num_layers: int, **others: Any
) -> tuple[Array, Array]:
    """Run the network: (T, D) to the hidden layer, (T, H), and the logits, (T, K)."""
    W, V, b = weights["weight_x"], weights["weight_y"], weights["bias"]
    O, c = weights["output.weight"], weights["output.bias"]  # noqa: E741 - the O of the equations
    y, hidden, logits = np.zeros_like(c), [], []
    for t, x_t in enumerate(x):
        y = probe("fed", t, y)
        wx = probe("0.wx", t, W @ x_t + b)
        vy = probe("0.vy", t, V @ y)
        h = probe("0.h", t, np.tanh(wx + vy))
        for layer in range(1, num_layers):
            above = f"hidden.{layer - 1}"
            h = np.tanh(weights[f"{above}.weight"] @ h + weights[f"{above}.bias"])
            h = probe(f"{layer}.h", t, h)
        logits.append(probe("logits", t, O @ h + c))
        y = softmax(logits[t])
        hidden.append(h)
    return np.stack(hidden), np.stack(logits)
