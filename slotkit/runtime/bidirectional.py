"""Bidirectional network in NumPy: two separate networks, joined at the output layer.

    logits(t) = O [a(t); b(t)] + c,  a read from the first word on, b from the last word back

With Jordan cells each direction has an output layer of its own; their logits' mean is taken.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from slotkit.runtime import elman, jordan, lstm
from slotkit.runtime.layers import Array, Weights, output, under


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
    cell = jordan if "ahead.weight_x" in weights else elman  # elman's is lstm's
    ways = [cell.project(under(weights, way), inputs) for way in ("ahead", "back")]
    return np.concatenate(ways, axis=1)


def forward(
    weights: Weights, projected: Array, *, cell: str = "lstm", num_layers: int = 1, **sizes: int
) -> tuple[Array, Array]:
    """Compute the hidden layers side by side and the logits: (T, 2P) to (T, 2H) and (T, K)."""
    ahead, back = np.split(projected, 2, axis=1)
    ways = (under(weights, "ahead"), ahead), (under(weights, "back"), back[::-1])
    if cell == "jordan":
        (a, y), (b, z) = (jordan.forward(*way, num_layers=num_layers) for way in ways)
        return np.concatenate([a, b[::-1]], axis=1), (y + z[::-1]) * np.float32(0.5)
    run = elman.run if cell == "elman" else lstm.run
    a, b = (run(*way, num_layers=num_layers) for way in ways)
    hidden = np.concatenate([a, b[::-1]], axis=1)
    return hidden, output(weights, hidden)
