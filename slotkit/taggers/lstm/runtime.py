"""Long short-term memory in NumPy.

    c(t) = s(f) c(t - 1) + s(i) g(z),  out(t) = s(o) h(c(t)),  s the logistic function

The weights hold the blocks i, f, z, o, in this order.
"""

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


def project(weights: Weights, inputs: Array) -> Array:
    """Compute what i, f, z and o of the first layer take from x alone: (N, D) to (N, 4H)."""
    return inputs @ weights["layers.0.weight_x"].T + weights["layers.0.bias"]


def run(
    weights: Weights,
    projected: Array,
    *,
    num_layers: int = 1,
    gates: str = "xh",
    activation: str = "tanh",
) -> Array:
    """Run the cells over the words: (..., T, 4H) projected to (..., T, H) hidden."""
    cells = Cells(weights, num_layers=num_layers, gates=gates, activation=activation)
    *several, length, width = projected.shape
    hidden = np.empty((*several, length, width // 4), dtype=np.float32)
    cells.run(projected, out=hidden)
    return hidden


class Cells:
    """The cells of an LSTM, their weights laid out for any number of runs.

    Parameters
    ----------
    weights : mapping
    num_layers, gates, activation
        As of `run`.
    """

    def __init__(
        self,
        weights: Weights,
        *,
        num_layers: int = 1,
        gates: str = "xh",
        activation: str = "tanh",
    ) -> None:
        self._activation = activation
        self._below: list[Affine | None] = []  # what a layer takes from that below, but the first
        self._layers = []
        for layer in range(num_layers):
            W, b = weights[f"layers.{layer}.weight_x"], weights[f"layers.{layer}.bias"]
            U = weights[f"layers.{layer}.weight_h"] if gates != "x" else None
            C = weights[f"layers.{layer}.weight_c"] if gates.startswith("xhc") else None
            self._below.append(Affine(W, b) if layer else None)
            if C is not None and C.ndim == 1:
                C = C[:, None]  # diagonal: a row, transposed
            self._layers.append([None if M is None else transposed(M) for M in (U, C)])

    def run(self, projected: Array, *, out: Array) -> None:
        """Run the cells over the words: (..., T, 4H) projected to (..., T, H) in `out`."""
        for project_below, (U, C) in zip(self._below, self._layers, strict=True):
            if project_below is not None:
                projected = project_below(np.ascontiguousarray(out))
            self._run_layer(projected, U, C, out)

    def _run_layer(self, projected: Array, U: Array | None, C: Array | None, out: Array) -> None:
        """Run one layer."""
        if compiled.loops is not None:
            compiled.loops.lstm(batch(projected), U, C, self._activation, batch(out))
            return
        g = ACTIVATIONS[self._activation]
        h = np.zeros_like(out[..., 0, :])
        c = np.zeros_like(h)
        with quiet():  # a gate is shut where its exponential is infinite
            for t in range(out.shape[-2]):
                seen = projected[..., t, :]
                if U is not None:
                    seen = seen + h @ U
                if C is not None:
                    seen = seen + (np.tile(c, 4) * C[0] if len(C) == 1 else c @ C)
                i, f, z, o = np.split(seen, 4, axis=-1)
                c = _s(f) * c + _s(i) * g(z)
                out[..., t, :] = h = _s(o) * g(c)


def _s(x: Array) -> Array:
    """Compute the logistic function."""
    one = np.float32(1)
    through: Array = one / (one + np.exp(-x))
    return through


def bind(
    weights: Weights,
    *,
    num_layers: int = 1,
    gates: str = "xh",
    activation: str = "tanh",
    **sizes: int,
) -> Callable[[Array], tuple[Array, Array]]:
    """Return what computes the hidden layer and the logits, (..., T, H) and (..., T, K)."""
    cells = Cells(weights, num_layers=num_layers, gates=gates, activation=activation)
    output = Affine.output(weights)

    def run(projected: Array) -> tuple[Array, Array]:
        hidden = np.empty((*projected.shape[:-1], projected.shape[-1] // 4), dtype=np.float32)
        cells.run(projected, out=hidden)
        return hidden, output(hidden)

    return run
