"""Small functions that several runtimes use."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]


def relu(x: Array) -> Array:
    """Compute max(x, 0)."""
    positive: Array = np.maximum(x, 0)
    return positive


def sigmoid(x: Array) -> Array:
    """Compute 1 / (1 + exp(-x)) by way of tanh, which cannot overflow."""
    half = np.float32(0.5)
    opened: Array = np.tanh(x * half) * half + half
    return opened


def output(weights: Weights, hidden: Array) -> Array:
    """Compute the output layer O h + c: (T, S) to (T, K)."""
    logits: Array = hidden @ weights["output.weight"].T + weights["output.bias"]
    return logits


def softmax(x: Array) -> Array:
    """Compute the softmax over the last axis."""
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "relu": relu,
    "linear": lambda x: x,
}


def under(weights: Weights, prefix: str) -> dict[str, Array]:
    """Return the weights whose names begin with `prefix` and a stop, without these."""
    start = prefix + "."
    return {name[len(start) :]: w for name, w in weights.items() if name.startswith(start)}
