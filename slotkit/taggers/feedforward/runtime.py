"""Feedforward tagger in NumPy: h(t) = relu(W x(t) + b), logits(t) = O h(t) + c."""

from __future__ import annotations

from collections.abc import Callable

from slotkit.taggers.blocks.numpy_layers import Affine, Array, Weights, relu


def shapes(
    *, input_size: int, hidden_size: int, num_tags: int, num_layers: int = 1
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight."""
    named: dict[str, tuple[int, ...]] = {}
    for layer in range(num_layers):
        named[f"hidden.{layer}.weight"] = (hidden_size, hidden_size if layer else input_size)
        named[f"hidden.{layer}.bias"] = (hidden_size,)
    return named | {"output.weight": (num_tags, hidden_size), "output.bias": (num_tags,)}


def project(weights: Weights, inputs: Array) -> Array:
    """Compute W x + b of the first layer: (N, D) to (N, H)."""
    return inputs @ weights["hidden.0.weight"].T + weights["hidden.0.bias"]


def bind(
    weights: Weights, *, num_layers: int = 1, **sizes: int
) -> Callable[[Array], tuple[Array, Array]]:
    """Return what computes the hidden layer and the logits, (..., T, H) and (..., T, K)."""
    above = [
        Affine(weights[f"hidden.{layer}.weight"], weights[f"hidden.{layer}.bias"])
        for layer in range(1, num_layers)
    ]
    output = Affine.output(weights)

    def run(projected: Array) -> tuple[Array, Array]:
        hidden = relu(projected)
        for layer in above:
            hidden = relu(layer(hidden))
        return hidden, output(hidden)

    return run
