"""Bidirectional network in NumPy: two separate networks, joined at the output layer.

    logits(t) = O [a(t); b(t)] + c,  a read from the first word on, b from the last word back

With Jordan cells each direction has an output layer of its own; their logits' mean is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from slotkit.taggers.blocks.numpy_layers import Affine, Array, Weights, quiet, under
from slotkit.taggers.elman import runtime as elman
from slotkit.taggers.jordan import runtime as jordan
from slotkit.taggers.lstm import runtime as lstm


def shapes(
    *, num_tags: int, hidden_size: int, cell: str = "lstm", input_size: int, num_layers: int = 1
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight."""
    sizes: dict[str, Any] = {
        "input_size": input_size,
        "hidden_size": hidden_size,
        "num_layers": num_layers,
    }
    if cell == "jordan":
        one = jordan.shapes(num_tags=num_tags, **sizes)
    else:
        one = (elman if cell == "elman" else lstm).layer_shapes(**sizes)
    both = {f"{way}.{name}": shape for way in ("ahead", "back") for name, shape in one.items()}
    if cell == "jordan":
        return both
    return both | {"output.weight": (num_tags, 2 * hidden_size), "output.bias": (num_tags,)}


def project(weights: Weights, inputs: Array) -> Array:
    """Compute both directions' first projection, side by side: (N, D) to (N, 2P)."""
    ahead = under(weights, "ahead")
    if "weight_x" in ahead:
        project_way = jordan.project
    else:  # an LSTM has four blocks of as many rows as there are units
        rows, units = ahead["layers.0.weight_h"].shape
        project_way = elman.project if rows == units else lstm.project
    ways = [project_way(under(weights, way), inputs) for way in ("ahead", "back")]
    return np.concatenate(ways, axis=1)


def bind(
    weights: Weights, *, cell: str = "lstm", num_layers: int = 1, **sizes: int
) -> Callable[[Array], tuple[Array, Array]]:
    """Return what computes both hidden layers side by side and the logits.

    (..., T, 2P) to (..., T, 2H) and (..., T, K).
    """
    ahead, back = under(weights, "ahead"), under(weights, "back")
    if cell == "jordan":
        one, other = (jordan.bind(way, num_layers=num_layers) for way in (ahead, back))

        def run_jordan(projected: Array) -> tuple[Array, Array]:
            half = projected.shape[-1] // 2
            a, y = one(projected[..., :half])
            b, z = other(projected[..., ::-1, half:])
            hidden = np.concatenate([a, b[..., ::-1, :]], axis=-1)
            with quiet():
                return hidden, (y + z[..., ::-1, :]) * np.float32(0.5)

        return run_jordan
    kind: Any = elman.Cells if cell == "elman" else lstm.Cells
    reader, returner = (kind(way, num_layers=num_layers) for way in (ahead, back))
    output = Affine.output(weights)
    H = weights["output.weight"].shape[1] // 2

    def run(projected: Array) -> tuple[Array, Array]:
        half = projected.shape[-1] // 2
        hidden = np.empty((*projected.shape[:-1], 2 * H), dtype=np.float32)
        reader.run(projected[..., :half], out=hidden[..., :H])
        returner.run(projected[..., ::-1, half:], out=hidden[..., ::-1, H:])
        return hidden, output(hidden)

    return run
