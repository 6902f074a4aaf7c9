"""Convolution over words in NumPy: h(t) = relu(sum over d of W_d x(t + d) + b).

Layers above the first add what they read to what they make.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from slotkit.runtime.layers import Array, Output, Weights, relu


def shapes(
    *, input_size: int, hidden_size: int, num_tags: int, num_layers: int = 3, width: int = 5
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight."""
    named: dict[str, tuple[int, ...]] = {}
    for layer in range(num_layers):
        named[f"layers.{layer}.weight"] = (hidden_size, hidden_size if layer else input_size, width)
        named[f"layers.{layer}.bias"] = (hidden_size,)
    return named | {"output.weight": (num_tags, hidden_size), "output.bias": (num_tags,)}


def side_by_side(kernel: Array) -> Array:
    """Lay out what computes W_d x for every d: (H, D, width) to (D, width * H)."""
    return np.ascontiguousarray(kernel.transpose(1, 2, 0)).reshape(kernel.shape[1], -1)


def project(weights: Weights, inputs: Array) -> Array:
    """Compute W_d x of the first layer for every d, side by side: (N, D) to (N, width * H)."""
    return inputs @ side_by_side(weights["layers.0.weight"])


def bind(
    weights: Weights, *, num_layers: int = 3, width: int = 5, **sizes: int
) -> Callable[[Array], tuple[Array, Array]]:
    """Return what computes the hidden layer and the logits.

    (..., T, width H) to (..., T, H) and (..., T, K).
    """
    half = width // 2
    kernels = [side_by_side(weights[f"layers.{layer}.weight"]) for layer in range(num_layers)]
    biases = [weights[f"layers.{layer}.bias"] for layer in range(num_layers)]
    output = Output(weights)

    def run(projected: Array) -> tuple[Array, Array]:
        *several, length, _ = projected.shape
        hidden = projected
        for layer in range(num_layers):
            if layer:
                projected = hidden @ kernels[layer]
            parts = projected.reshape(*several, length, width, -1)
            total = parts[..., half, :] + biases[layer]
            for d in range(-half, half + 1):  # x(t + d) at t, where there is a word
                first, last = max(0, -d), min(length, length - d)
                if d and first < last:
                    total[..., first:last, :] += parts[..., first + d : last + d, half + d, :]
            made = relu(total, out=total)
            hidden = hidden + made if layer else made
        return hidden, output(hidden)

    return run
