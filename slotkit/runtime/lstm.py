"""Long short-term memory in NumPy.

    c(t) = s(f) c(t - 1) + s(i) g(z),  out(t) = s(o) h(c(t)),  s the logistic function

The weights hold the blocks i, f, z, o, in this order.
"""

from __future__ import annotations

import numpy as np

from slotkit.runtime.layers import ACTIVATIONS, Array, Weights, output, sigmoid


def layer_shapes(
    *,
    input_size: int,
    hidden_size: int,
    num_layers: int = 1,
    gates: str = "xh",
    activation: str = "tanh",
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of the LSTM layers."""
    named: dict[str, tuple[int, ...]] = {}
    for layer in range(num_layers):
        named[f"layers.{layer}.weight_x"] = (4 * hidden_size, hidden_size if layer else input_size)
        if gates != "x":
            named[f"layers.{layer}.weight_h"] = (4 * hidden_size, hidden_size)
        if gates == "xhc":
            named[f"layers.{layer}.weight_c"] = (4 * hidden_size, hidden_size)
        if gates == "xhc-diagonal":
            named[f"layers.{layer}.weight_c"] = (4 * hidden_size,)
        named[f"layers.{layer}.bias"] = (4 * hidden_size,)
    return named


def shapes(*, num_tags: int, hidden_size: int, **arguments: int) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight."""
    output = {"output.weight": (num_tags, hidden_size), "output.bias": (num_tags,)}
    return layer_shapes(hidden_size=hidden_size, **arguments) | output  # type: ignore[arg-type]


def project(weights: Weights, inputs: Array, layer: int = 0) -> Array:
    """Compute what z, i, f and o take from x alone: (N, D) to (N, 4H)."""
    return inputs @ weights[f"layers.{layer}.weight_x"].T + weights[f"layers.{layer}.bias"]


def run(
    weights: Weights,
    projected: Array,
    *,
    num_layers: int = 1,
    gates: str = "xh",
    activation: str = "tanh",
) -> Array:
    """Run the cells over the words: (T, 4H) projected to (T, H) hidden."""
    g = h = ACTIVATIONS[activation]
    hidden_size = projected.shape[1] // 4
    hidden = projected
    for layer in range(num_layers):
        if layer:
            projected = project(weights, hidden, layer)
        U = weights.get(f"layers.{layer}.weight_h")
        C = weights.get(f"layers.{layer}.weight_c")
        hidden = np.empty((len(projected), hidden_size), dtype=np.float32)
        out = c = np.zeros(hidden_size, dtype=np.float32)
        for t in range(len(projected)):
            seen = projected[t]
            if U is not None:
                seen = seen + U @ out
            if C is not None:
                seen = seen + (C @ c if C.ndim == 2 else C * np.tile(c, 4))
            i, f, z, o = seen.reshape(4, hidden_size)
            c = sigmoid(f) * c + sigmoid(i) * g(z)
            out = hidden[t] = sigmoid(o) * h(c)
    return hidden


def forward(
    weights: Weights,
    projected: Array,
    *,
    num_layers: int = 1,
    gates: str = "xh",
    activation: str = "tanh",
    **sizes: int,
) -> tuple[Array, Array]:
    """Compute the hidden layer and the logits: (T, 4H) to (T, H) and (T, K)."""
    hidden = run(weights, projected, num_layers=num_layers, gates=gates, activation=activation)
    return hidden, output(weights, hidden)
