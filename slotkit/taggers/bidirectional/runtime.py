"""Bidirectional network in NumPy: two separate networks, joined at the output layer.

    logits(t) = O [a(t); b(t)] + c,  a read from the first word on, b from the last word back

With Jordan cells each direction has an output layer of its own; their logits' mean is taken.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from slotkit.taggers.blocks import numpy_layers as blocks
from slotkit.taggers.blocks.numpy_layers import Array, Forward, Shapes, Weights
from slotkit.taggers.table import get_architecture, get_runtime

WAYS = ("ahead", "back")


def _of_cell(cell: str, arguments: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the runtime of a cell and its arguments: its own options are at their defaults."""
    return get_runtime(cell), get_architecture(cell).defaults | arguments


def shapes(*, num_tags: int, cell: str, **arguments: Any) -> Shapes:
    """Return the name and shape of every weight."""
    runtime, own = _of_cell(cell, arguments)
    if cell == "jordan":
        one = runtime.shapes(num_tags=num_tags, **own)
        output = {}
    else:
        one = runtime.layer_shapes(**own)
        output = blocks.output_shapes(num_tags, 2 * own["hidden_size"])
    return {f"{way}.{name}": shape for way in WAYS for name, shape in one.items()} | output


def project(weights: Weights, inputs: Array, *, cell: str, **arguments: Any) -> Array:
    """Compute both directions' first projection, side by side: (N, D) to (N, 2P)."""
    runtime, own = _of_cell(cell, arguments)
    both = [runtime.project(blocks.under(weights, way), inputs, **own) for way in WAYS]
    return np.concatenate(both, axis=1)


def bind(weights: Weights, *, cell: str, **arguments: Any) -> Forward:
    """Return what computes both hidden layers side by side and the logits.

    (B, T, 2P) to (B, T, 2H) and (B, T, K).
    """
    runtime, own = _of_cell(cell, arguments)
    both = [blocks.under(weights, way) for way in WAYS]
    if cell == "jordan":
        return _join(*(runtime.bind(way, **own) for way in both))
    read_both = runtime.cells(both, **own)

    def read(projected: Array, hidden: Array) -> None:
        """Read the words from the first on, and from the last back."""
        P, H = projected.shape[2] // 2, hidden.shape[2] // 2
        both = [projected[..., :P], projected[:, ::-1, P:]]
        read_both(both, [hidden[..., :H], hidden[:, ::-1, H:]])

    return blocks.add_output(weights, read)


def _join(ahead: Forward, back: Forward) -> Forward:
    """Return what runs two networks that have an output layer each."""

    def forward(projected: Array) -> tuple[Array, Array]:
        P = projected.shape[2] // 2
        a, one = ahead(projected[..., :P])
        b, other = back(projected[:, ::-1, P:])
        with np.errstate(over="ignore", invalid="ignore"):  # looked for in the logits
            logits = (one + other[:, ::-1]) * np.float32(0.5)
        return np.concatenate([a, b[:, ::-1]], axis=2), logits

    return forward
