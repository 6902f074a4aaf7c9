"""Feedforward tagger in NumPy: h(t) = relu(W x(t) + b), logits(t) = O h(t) + c."""

from __future__ import annotations

from typing import Any

from slotkit.taggers.blocks import numpy_layers as blocks
from slotkit.taggers.blocks.numpy_layers import Affine, Array, Forward, Shapes, Weights


def shapes(*, input_size: int, hidden_size: int, num_tags: int, num_layers: int) -> Shapes:
    """Return the name and shape of every weight."""
    named: Shapes = {}
    for layer in range(num_layers):
        named[f"hidden.{layer}.weight"] = (hidden_size, hidden_size if layer else input_size)
        named[f"hidden.{layer}.bias"] = (hidden_size,)
    return named | blocks.output_shapes(num_tags, hidden_size)


def project(weights: Weights, inputs: Array, **arguments: Any) -> Array:
    """Compute W x + b of the first layer: (N, D) to (N, H)."""
    return inputs @ weights["hidden.0.weight"].T + weights["hidden.0.bias"]


def bind(weights: Weights, *, num_layers: int, **sizes: int) -> Forward:
    """Return what computes the hidden layer and the logits, (B, T, H) and (B, T, K)."""
    above = [
        Affine(weights[f"hidden.{layer}.weight"], weights[f"hidden.{layer}.bias"])
        for layer in range(1, num_layers)
    ]
    output = Affine.output(weights)

    def forward(projected: Array) -> tuple[Array, Array]:
        hidden = blocks.relu(projected)
        for layer in above:
            hidden = blocks.relu(layer(hidden))
        return hidden, output(hidden)

    return forward
