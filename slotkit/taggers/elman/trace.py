"""Elman network word by word: h(t) = f(W x(t) + b + U h(t - 1)), logits(t) = O h(t) + c."""

from __future__ import annotations

from typing import Any

import numpy as np

from slotkit.taggers.blocks.numpy_layers import ACTIVATIONS, Array, Weights, under
from slotkit.taggers.blocks.word_by_word import Probe, with_output


def read(
    weights: Weights, x: Array, probe: Probe, *, num_layers: int, activation: str, **sizes: Any
) -> Array:
    """Run the hidden layers, (T, D) to (T, H)."""
    f = ACTIVATIONS[activation]
    for layer in range(num_layers):
        own = under(weights, f"layers.{layer}")
        W, U, b = own["weight_x"], own["weight_h"], own["bias"]
        h, hidden = np.zeros_like(b), []
        for t, x_t in enumerate(x):
            wx = probe(f"{layer}.wx", t, W @ x_t + b)
            uh = probe(f"{layer}.uh", t, U @ h)
            h = probe(f"{layer}.h", t, f(wx + uh))
            hidden.append(h)
        x = np.stack(hidden)
    return x


trace = with_output(read)
