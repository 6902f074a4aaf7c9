"""Feedforward tagger word by word: h(t) = relu(W x(t) + b), logits(t) = O h(t) + c."""

from __future__ import annotations

from typing import Any

import numpy as np

from slotkit.taggers.blocks.numpy_layers import Array, Weights, relu
from slotkit.taggers.blocks.word_by_word import Probe, with_output


def read(weights: Weights, x: Array, probe: Probe, *, num_layers: int, **sizes: Any) -> Array:
    """Run the hidden layers, (T, D) to (T, H)."""
    for layer in range(num_layers):
        W, b = weights[f"hidden.{layer}.weight"], weights[f"hidden.{layer}.bias"]
        x = np.stack([probe(f"{layer}.h", t, relu(W @ x_t + b)) for t, x_t in enumerate(x)])
    return x


trace = with_output(read)
