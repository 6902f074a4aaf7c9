"""Jordan network in NumPy: h(t) = tanh(W x(t) + V y(t - 1) + b), y(t) = softmax(O h(t) + c)."""

from __future__ import annotations

import numpy as np

from slotkit.runtime.layers import Array, Weights, softmax


def shapes(
    *,
    input_size: int,
    hidden_size: int,
    num_tags: int,
    num_layers: int = 1,
    feedback: str = "output",
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight; `feedback` is for training alone."""
    named: dict[str, tuple[int, ...]] = {
        "weight_x": (hidden_size, input_size),
        "weight_y": (hidden_size, num_tags),
        "bias": (hidden_size,),
    }
    for layer in range(num_layers - 1):
        named[f"hidden.{layer}.weight"] = (hidden_size, hidden_size)
        named[f"hidden.{layer}.bias"] = (hidden_size,)
    return named | {"output.weight": (num_tags, hidden_size), "output.bias": (num_tags,)}


def project(weights: Weights, inputs: Array) -> Array:
    """Compute W x + b: (N, D) to (N, H)."""
    return inputs @ weights["weight_x"].T + weights["bias"]


def forward(
    weights: Weights,
    projected: Array,
    *,
    num_layers: int = 1,
    feedback: str = "output",
    **sizes: int,
) -> tuple[Array, Array]:
    """Compute the hidden layer and the logits, (T, H) to (T, H) and (T, K).

    What returns is always the own distribution.
    """
    V, O, c = weights["weight_y"], weights["output.weight"], weights["output.bias"]  # noqa: E741 - the O of the equations
    above = [
        (weights[f"hidden.{layer}.weight"], weights[f"hidden.{layer}.bias"])
        for layer in range(num_layers - 1)
    ]
    hidden = np.empty_like(projected)
    logits = np.empty((len(projected), len(c)), dtype=np.float32)
    y = np.zeros(len(c), dtype=np.float32)
    for t in range(len(projected)):
        h = np.tanh(projected[t] + V @ y)
        for W, b in above:
            h = np.tanh(W @ h + b)
        hidden[t] = h
        logits[t] = O @ h + c
        y = softmax(logits[t])
    return hidden, logits
