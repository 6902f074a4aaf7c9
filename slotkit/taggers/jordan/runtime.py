"""Jordan network in NumPy: h(t) = tanh(W x(t) + V y(t - 1) + b), y(t) = softmax(O h(t) + c)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from slotkit import loops as compiled
from slotkit.taggers.blocks.numpy_layers import Array, Weights, batch, quiet, softmax, transposed


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


def bind(
    weights: Weights, *, num_layers: int = 1, feedback: str = "output", **sizes: int
) -> Callable[[Array], tuple[Array, Array]]:
    """Return what computes the hidden layer and the logits, (..., T, H) and (..., T, K).

    What returns at the next word is always the own distribution.
    """
    V, O = transposed(weights["weight_y"]), transposed(weights["output.weight"])  # noqa: E741 - the O of the equations
    c = np.ascontiguousarray(weights["output.bias"], dtype=np.float32)
    above = [
        (weights[f"hidden.{layer}.weight"].T, weights[f"hidden.{layer}.bias"])
        for layer in range(num_layers - 1)
    ]

    def run(projected: Array) -> tuple[Array, Array]:
        hidden: Array = np.empty(projected.shape, dtype=np.float32)
        logits: Array = np.empty((*projected.shape[:-1], len(c)), dtype=np.float32)
        if compiled.loops is not None and not above:
            compiled.loops.jordan(batch(projected), V, O, c, batch(hidden), batch(logits))
            return hidden, logits
        with quiet():
            for t in range(hidden.shape[-2]):
                a = projected[..., t, :]
                h = np.tanh(a + softmax(logits[..., t - 1, :]) @ V if t else a)
                for W, b in above:
                    h = np.tanh(h @ W + b)
                hidden[..., t, :] = h
                logits[..., t, :] = h @ O + c
        return hidden, logits

    return run
