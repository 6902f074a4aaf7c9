"""What the networks share where they run word by word, so that every number can be looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from slotkit.taggers.blocks.numpy_layers import Array, Weights

# Takes the name of a tensor, the number of a word, and the tensor's row of that word; returns the
# row that the network goes on with.
Probe = Callable[[str, int, Array], Array]
Read = Callable[..., Array]
Trace = Callable[..., tuple[Array, Array]]


def logistic(x: Array) -> Array:
    """Compute 1 / (1 + exp(-x)), by tanh, which does not overflow."""
    half = np.float32(0.5)
    s: Array = np.tanh(half * x) * half + half
    return s


def read_out(weights: Weights, hidden: Array, probe: Probe) -> Array:
    """Compute logits(t) = O h(t) + c of every word, (T, H) to (T, K)."""
    O, c = weights["output.weight"], weights["output.bias"]  # noqa: E741 - of the equations
    return np.stack([probe("logits", t, O @ h + c) for t, h in enumerate(hidden)])


def with_output(read: Read) -> Trace:
    """Return the `trace` of a network that is hidden layers, which `read` runs, and an output."""

    def trace(weights: Weights, x: Array, probe: Probe, **arguments: Any) -> tuple[Array, Array]:
        hidden = read(weights, x, probe, **arguments)
        return hidden, read_out(weights, hidden, probe)

    return trace
