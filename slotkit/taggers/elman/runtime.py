"""Elman network in NumPy: h(t) = f(W x(t) + U h(t - 1) + b), logits(t) = O h(t) + c."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from slotkit import loops as compiled
from slotkit.taggers.blocks.numpy_layers import (
    ACTIVATIONS,
    Affine,
    Array,
    Weights,
    batch,
    quiet,
    transposed,
)


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


def project(weights: Weights, inputs: Array) -> Array:
    """Compute W x + b of the first layer: (N, D) to (N, H)."""
    return inputs @ weights["layers.0.weight_x"].T + weights["layers.0.bias"]


class Cells:
    """The memories, their weights laid out for any number of runs.

    Parameters
    ----------
    weights : mapping
    num_layers, activation
        As of `run`.
    """

    def __init__(self, weights: Weights, *, num_layers: int = 1, activation: str = "tanh") -> None:
        self._activation = activation
        self._below: list[Affine | None] = []  # what a layer takes from that below, but the first
        self._layers = []
        for layer in range(num_layers):
            W, b = weights[f"layers.{layer}.weight_x"], weights[f"layers.{layer}.bias"]
            self._below.append(Affine(W, b) if layer else None)
            self._layers.append(transposed(weights[f"layers.{layer}.weight_h"]))

    def run(self, projected: Array, *, out: Array) -> None:
        """Run the memories over the words: (..., T, H) projected to (..., T, H) in `out`."""
        f = ACTIVATIONS[self._activation]
        for project_below, U in zip(self._below, self._layers, strict=True):
            if project_below is not None:
                projected = project_below(np.ascontiguousarray(out))
            if compiled.loops is not None:
                compiled.loops.elman(batch(projected), U, self._activation, batch(out))
                continue
            h = np.zeros_like(out[..., 0, :])
            with quiet():
                for t in range(out.shape[-2]):
                    out[..., t, :] = h = f(projected[..., t, :] + h @ U)


def run(
    weights: Weights, projected: Array, *, num_layers: int = 1, activation: str = "tanh"
) -> Array:
    """Run the memories over the words: (..., T, H) projected to (..., T, H) hidden."""
    hidden = np.empty(projected.shape, dtype=np.float32)
    Cells(weights, num_layers=num_layers, activation=activation).run(projected, out=hidden)
    return hidden


def bind(
    weights: Weights, *, num_layers: int = 1, activation: str = "tanh", **sizes: int
) -> Callable[[Array], tuple[Array, Array]]:
    """Return what computes the hidden layer and the logits, (..., T, H) and (..., T, K)."""
    cells = Cells(weights, num_layers=num_layers, activation=activation)
    output = Affine.output(weights)

    def run(projected: Array) -> tuple[Array, Array]:
        hidden = np.empty(projected.shape, dtype=np.float32)
        cells.run(projected, out=hidden)
        return hidden, output(hidden)

    return run
