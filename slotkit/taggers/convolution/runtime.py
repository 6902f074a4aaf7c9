"""Convolution over words in NumPy: h(t) = relu(sum over d of W_d x(t + d) + b).

Layers above the first add what they read to what they make.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from slotkit import loops as compiled
from slotkit.taggers.blocks.numpy_layers import Affine, Array, Weights, batch, quiet, relu, under


def shapes(
    *, input_size: int, hidden_size: int, num_tags: int, num_layers: int = 3, width: int = 5
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight."""
    named: dict[str, tuple[int, ...]] = {}
    for layer in range(num_layers):
        named[f"layers.{layer}.weight"] = (hidden_size, hidden_size if layer else input_size, width)
        named[f"layers.{layer}.bias"] = (hidden_size,)
    return named | {"output.weight": (num_tags, hidden_size), "output.bias": (num_tags,)}


def project(weights: Weights, inputs: Array) -> Array:
    """Compute W_d x of the first layer for every d, side by side: (N, D) to (N, width * H)."""
    kernel = weights["layers.0.weight"]  # (H, D, width)
    return inputs @ kernel.transpose(1, 2, 0).reshape(kernel.shape[1], -1)


def bind(
    weights: Weights, *, num_layers: int = 3, width: int = 5, **sizes: int
) -> Callable[[Array], tuple[Array, Array]]:
    """Return what computes the hidden layer and the logits.

    (..., T, width H) to (..., T, H) and (..., T, K).
    """
    named = [under(weights, f"layers.{layer}") for layer in range(num_layers)]
    kernels: list[Array | None] = [
        np.ascontiguousarray(own["weight"].transpose(2, 1, 0), dtype=np.float32)  # (width, H, H)
        for own in named[1:]
    ]
    biases = [np.ascontiguousarray(own["bias"], dtype=np.float32) for own in named]
    output = Affine.output(weights)

    def run(projected: Array) -> tuple[Array, Array]:
        hidden = projected
        for W, b in zip([None, *kernels], biases, strict=True):
            below, hidden = hidden, np.empty((*projected.shape[:-1], len(b)), dtype=np.float32)
            if compiled.loops is not None:
                add = W is not None
                compiled.loops.convolution(batch(below), W, b, width, add, batch(hidden))
            else:
                with quiet():
                    hidden[...] = _layer(below, W, b, width)
        return hidden, output(hidden)

    return run


def _layer(x: Array, W: Array | None, b: Array, width: int) -> Array:
    """Run one layer; the first, without `W`, has its products in `x`, side by side."""
    half, length = width // 2, x.shape[-2]
    if W is None:
        parts = x.reshape(*x.shape[:-1], width, -1).swapaxes(-3, -2)
    else:
        parts = x[..., None, :, :] @ W
    total: Array = parts[..., half, :, :] + b  # (..., T, H)
    for d in range(-half, half + 1):  # x(t + d) at t, where there is a word
        first, last = max(0, -d), min(length, length - d)
        if d and first < last:
            total[..., first:last, :] += parts[..., half + d, first + d : last + d, :]
    return relu(total) if W is None else x + relu(total)
