"""Convolution word by word: h(t) = relu(sum over d of W_d x(t + d) + b), plus x(t) from layer 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from slotkit.taggers.blocks.numpy_layers import Array, Weights, relu
from slotkit.taggers.blocks.word_by_word import Probe, with_output


def read(
    weights: Weights, x: Array, probe: Probe, *, num_layers: int, width: int, **sizes: Any
) -> Array:
    """Run the layers, (T, D) to (T, H)."""
    half = width // 2
    for layer in range(num_layers):
        kernel = weights[f"layers.{layer}.weight"].transpose(2, 0, 1)  # (width, H, D)
        b = weights[f"layers.{layer}.bias"]
        padded = np.pad(x, ((half, half), (0, 0)))
        hidden = []
        for t, x_t in enumerate(x):
            around = padded[t : t + width]  # x(t + d), zeros beyond the ends
            parts = np.stack([W @ x_d for W, x_d in zip(kernel, around, strict=True)])
            h = relu(probe(f"{layer}.parts", t, parts).sum(axis=0) + b)
            hidden.append(probe(f"{layer}.h", t, h + x_t if layer else h))
        x = np.stack(hidden)
    return x


trace = with_output(read)
