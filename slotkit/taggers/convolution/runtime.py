"""Convolution over words in NumPy: h(t) = relu(sum over d of W_d x(t + d) + b).

Layers above the first add what they read to what they make.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from slotkit.loops import loop, run
from slotkit.taggers.blocks import numpy_layers as blocks
from slotkit.taggers.blocks.numpy_layers import Affine, Array, Forward, Shapes, Weights


def shapes(
    *, input_size: int, hidden_size: int, num_tags: int, num_layers: int, width: int
) -> Shapes:
    """Return the name and shape of every weight."""
    named: Shapes = {}
    for layer in range(num_layers):
        named[f"layers.{layer}.weight"] = (hidden_size, hidden_size if layer else input_size, width)
        named[f"layers.{layer}.bias"] = (hidden_size,)
    return named | blocks.output_shapes(num_tags, hidden_size)


def project(weights: Weights, inputs: Array, **arguments: Any) -> Array:
    """Compute W_d x of the first layer for every d, side by side: (N, D) to (N, width * H)."""
    kernel = weights["layers.0.weight"]  # (H, D, width)
    return inputs @ kernel.transpose(1, 2, 0).reshape(kernel.shape[1], -1)


@loop
def convolution(x: Array, W: Array | None, b: Array, width: int, add: bool, h: Array) -> None:
    """Run h(t) = blocks.relu(b + sum over d of W_d x(t + d)), plus x(t) if `add`.

    Without `W` the products are in `x`, side by side.
    """
    half, length = width // 2, x.shape[1]
    parts = (  # (B, width, T, H)
        x.reshape(*x.shape[:2], width, -1).swapaxes(1, 2) if W is None else x[:, None] @ W
    )
    total = parts[:, half] + b
    for d in range(-half, half + 1):  # x(t + d) at t, where there is a word
        first, last = max(0, -d), min(length, length - d)
        if d and first < last:
            total[:, first:last] += parts[:, half + d, first + d : last + d]
    h[...] = x + blocks.relu(total) if add else blocks.relu(total)


def bind(weights: Weights, *, num_layers: int, width: int, **sizes: int) -> Forward:
    """Return what computes the hidden layer and the logits.

    (B, T, width H) to (B, T, H) and (B, T, K).
    """
    named = [blocks.under(weights, f"layers.{layer}") for layer in range(num_layers)]
    kernels = [own["weight"].transpose(2, 1, 0) for own in named[1:]]  # (width, H, H)
    biases = [blocks.floats(own["bias"]) for own in named]
    layers = list(zip([None, *map(blocks.floats, kernels)], biases, strict=True))
    output = Affine.output(weights)

    def forward(projected: Array) -> tuple[Array, Array]:
        hidden = projected
        for W, b in layers:
            below, hidden = hidden, np.empty((*projected.shape[:2], len(b)), dtype=np.float32)
            run.convolution(below, W, b, width, W is not None, hidden)
        return hidden, output(hidden)

    return forward
