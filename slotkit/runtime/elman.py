"""Elman network in NumPy: h(t) = f(W x(t) + U h(t - 1) + b), logits(t) = O h(t) + c."""

from __future__ import annotations

import numpy as np

from slotkit.runtime.layers import ACTIVATIONS, Array, Weights, by_time, output


def layer_shapes(
    *, input_size: int, hidden_size: int, num_layers: int = 1, activation: str = "tanh"
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of the hidden layers."""
    named: dict[str, tuple[int, ...]] = {}
    for layer in range(num_layers):
        named[f"layers.{layer}.weight_x"] = (hidden_size, hidden_size if layer else input_size)
        named[f"layers.{layer}.weight_h"] = (hidden_size, hidden_size)
        named[f"layers.{layer}.bias"] = (hidden_size,)
    return named


def shapes(*, num_tags: int, hidden_size: int, **arguments: int) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight."""
    output = {"output.weight": (num_tags, hidden_size), "output.bias": (num_tags,)}
    return layer_shapes(hidden_size=hidden_size, **arguments) | output  # type: ignore[arg-type]


def project(weights: Weights, inputs: Array, layer: int = 0) -> Array:
    """Compute W x + b of a layer: (N, D) to (N, H)."""
    return inputs @ weights[f"layers.{layer}.weight_x"].T + weights[f"layers.{layer}.bias"]


def run(
    weights: Weights, projected: Array, *, num_layers: int = 1, activation: str = "tanh"
) -> Array:
    """Run the memories over the words: (..., T, H) projected to (..., T, H) hidden."""
    f = ACTIVATIONS[activation]
    hidden = projected
    for layer in range(num_layers):
        if layer:
            projected = project(weights, hidden, layer)
        U = weights[f"layers.{layer}.weight_h"].T
        steps = by_time(projected)
        h = f(steps[0], out=steps[0])
        for step in steps[1:]:
            step += h @ U
            h = f(step, out=step)
        hidden = np.moveaxis(steps, 0, -2)
    return hidden


def forward(
    weights: Weights,
    projected: Array,
    *,
    num_layers: int = 1,
    activation: str = "tanh",
    **sizes: int,
) -> tuple[Array, Array]:
    """Compute the hidden layer and the logits: (..., T, H) to (..., T, H) and (..., T, K)."""
    hidden = run(weights, projected, num_layers=num_layers, activation=activation)
    return hidden, output(weights, hidden)
