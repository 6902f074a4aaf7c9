"""Long short-term memory in NumPy.

    c(t) = s(f) c(t - 1) + s(i) g(z),  out(t) = s(o) h(c(t)),  s the logistic function

The weights hold the blocks i, f, z, o, in this order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from slotkit.runtime.layers import Array, Weights, output

_ORDER = [0, 1, 3, 2]  # of the blocks while they run: the gates i, f, o, then z


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
    """Compute what i, f, o and z take from x alone, in the order in which they run.

    The gates are negated, see `Recurrence`.

    Returns
    -------
    array of float32, shape (N, 4H)
    """
    seen = inputs @ weights[f"layers.{layer}.weight_x"].T + weights[f"layers.{layer}.bias"]
    blocks = seen.reshape(len(seen), 4, -1)[:, _ORDER]
    np.negative(blocks[:, :3], out=blocks[:, :3])
    arranged: Array = blocks.reshape(seen.shape)
    return arranged


def run(
    weights: Weights,
    projected: Array,
    *,
    num_layers: int = 1,
    gates: str = "xh",
    activation: str = "tanh",
) -> Array:
    """Run the cells over the words: (..., T, 4H) projected to (..., T, H) hidden."""
    cells = Recurrence([weights], num_layers=num_layers, gates=gates, activation=activation)
    hidden: Array = cells.run([projected])[0]
    return hidden


class Recurrence:
    """Several LSTMs of one shape in lockstep, their weights laid out for speed.

    What is no matrix product is done for all of them at once. As s(a) = 1 / (1 + exp(-a)), what a
    gate lets through is divided by 1 + exp(-a), and -a is what `project` and the weights of i, f
    and o give. Blocks lie one after the other, so that every operation runs over a stretch of
    memory.

    Parameters
    ----------
    ways : sequence of mapping
        The weights of each, N in number.
    num_layers, gates, activation
        As of `run`.
    """

    def __init__(
        self, ways: Sequence[Weights], *, num_layers: int, gates: str, activation: str
    ) -> None:
        self._ways, self._tanh = list(ways), activation == "tanh"
        self._layers = [
            (
                self._lay_out(layer, "weight_h") if gates != "x" else None,
                self._lay_out(layer, "weight_c") if gates.startswith("xhc") else None,
            )
            for layer in range(num_layers)
        ]

    def _lay_out(self, layer: int, name: str) -> Array:
        """Arrange U or C: (4, N, H, H), or (4, N, 1, H) where diagonal, in the order i, f, o, z."""
        every = np.stack([weights[f"layers.{layer}.{name}"] for weights in self._ways])
        blocks = every.reshape(len(self._ways), 4, -1, *every.shape[2:])[:, _ORDER]
        if blocks.ndim == 3:
            blocks = blocks[:, :, None]  # (N, 4, 1, H)
        laid = blocks.transpose(1, 0, 3, 2) if blocks.shape[2] > 1 else blocks.swapaxes(0, 1)
        signs = np.array([-1, -1, -1, 1], dtype=np.float32)[:, None, None, None]
        return np.ascontiguousarray(laid * signs)

    def run(self, projected: Sequence[Array]) -> Array:
        """Run the cells over the words: N of (..., T, 4H) projected to (N, ..., T, H)."""
        with np.errstate(over="ignore"):  # a gate is shut where its exponential is infinite
            return self._run_layers(projected)

    def _run_layers(self, projected: Sequence[Array]) -> Array:
        """Run one layer after the other."""
        hidden = self._run_layer(projected, *self._layers[0])
        for layer, (U, C) in enumerate(self._layers[1:], start=1):
            below = zip(self._ways, hidden, strict=True)
            above = [
                project(weights, x.reshape(-1, x.shape[-1]), layer).reshape(*x.shape[:-1], -1)
                for weights, x in below
            ]
            hidden = self._run_layer(above, U, C)
        return hidden

    def _run_layer(self, projected: Sequence[Array], U: Array | None, C: Array | None) -> Array:
        """Run one layer."""
        *several, length, width = projected[0].shape
        ways, size, H = len(projected), math.prod(several), width // 4
        steps = np.empty((length, 4, ways, size, H), dtype=np.float32)
        for way, seen in enumerate(projected):
            steps[:, :, way] = seen.reshape(size, length, 4, H).transpose(1, 2, 0, 3)
        outs = np.empty((length, ways, size, H), dtype=np.float32)
        c, reached = np.zeros((2, ways, size, H), dtype=np.float32)
        added = np.empty_like(steps[0])
        one = np.float32(1)
        for t, (seen, out) in enumerate(zip(steps, outs, strict=True)):
            if t and U is not None:
                seen += np.matmul(outs[t - 1], U, out=added)
            if t and C is not None:
                seen += (np.matmul if C.shape[2] > 1 or H == 1 else np.multiply)(c, C, out=added)
            i, f, o, z = seen
            gates = seen[:3]
            np.exp(gates, out=gates)
            gates += one
            if self._tanh:
                np.tanh(z, out=z)
            c /= f
            z /= i
            c += z
            np.divide(np.tanh(c, out=reached) if self._tanh else c, o, out=out)
        return np.moveaxis(outs, 0, -2).reshape(ways, *several, length, H)


def forward(
    weights: Weights,
    projected: Array,
    *,
    num_layers: int = 1,
    gates: str = "xh",
    activation: str = "tanh",
    **sizes: int,
) -> tuple[Array, Array]:
    """Compute the hidden layer and the logits: (..., T, 4H) to (..., T, H) and (..., T, K)."""
    options: dict[str, Any] = {"num_layers": num_layers, "gates": gates, "activation": activation}
    return bind(weights, **options)(projected)


def bind(
    weights: Weights,
    *,
    num_layers: int = 1,
    gates: str = "xh",
    activation: str = "tanh",
    **sizes: int,
) -> Callable[[Array], tuple[Array, Array]]:
    """Lay the weights out once for any number of calls of what is returned, as `forward`."""
    cells = Recurrence([weights], num_layers=num_layers, gates=gates, activation=activation)

    def run(projected: Array) -> tuple[Array, Array]:
        hidden: Array = cells.run([projected])[0]
        return hidden, output(weights, hidden)

    return run
