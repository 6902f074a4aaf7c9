"""Jordan network in NumPy: h(t) = tanh(W x(t) + V y(t - 1) + b), y(t) = softmax(O h(t) + c)."""

from __future__ import annotations

import numpy as np

from slotkit.runtime.layers import Array, Weights, by_time, softmax


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
    """Compute the hidden layer and the logits, (..., T, H) to (..., T, H) and (..., T, K).

    What returns is always the own distribution.
    """
    V, O, c = weights["weight_y"].T, weights["output.weight"].T, weights["output.bias"]  # noqa: E741 - the O of the equations
    above = [
        (weights[f"hidden.{layer}.weight"].T, weights[f"hidden.{layer}.bias"])
        for layer in range(num_layers - 1)
    ]
    hidden = by_time(projected)
    logits = np.empty((*hidden.shape[:-1], len(c)), dtype=np.float32)
    for t, (step, scores) in enumerate(zip(hidden, logits, strict=True)):
        if t:
            step += softmax(logits[t - 1]) @ V
        h = np.tanh(step)
        for W, b in above:
            h = np.tanh(h @ W + b)
        step[...] = h
        np.matmul(h, O, out=scores)
        scores += c
    return np.moveaxis(hidden, 0, -2), np.moveaxis(logits, 0, -2)
