"""Bidirectional network word by word: logits(t) = O [a(t); b(t)] + c.

What each direction makes stands under its name, in the order of the text; with Jordan cells each
has logits of its own, of which the mean is taken.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from slotkit.taggers.bidirectional.runtime import WAYS
from slotkit.taggers.blocks.numpy_layers import Array, Weights, under
from slotkit.taggers.blocks.word_by_word import Probe, read_out
from slotkit.taggers.table import get_architecture


def trace(
    weights: Weights, x: Array, probe: Probe, *, cell: str, **arguments: Any
) -> tuple[Array, Array]:
    """Run the network: (T, D) to both hidden layers, (T, 2H), and the logits, (T, K)."""
    cells = import_module(f"slotkit.taggers.{cell}.trace")
    own = get_architecture(cell).defaults | arguments

    def probe_ahead(name: str, t: int, row: Array) -> Array:
        return probe(f"ahead.{name}", t, row)

    def probe_back(name: str, t: int, row: Array) -> Array:
        return probe(f"back.{name}", len(x) - 1 - t, row)

    ways = [(under(weights, way), one) for way, one in zip(WAYS, (x, x[::-1]), strict=True)]
    probes = probe_ahead, probe_back
    if cell != "jordan":
        a, b = (cells.read(*way, one, **own) for way, one in zip(ways, probes, strict=True))
        hidden = np.concatenate([a, b[::-1]], axis=1)
        return hidden, read_out(weights, hidden, probe)
    (a, one), (b, other) = (cells.trace(*w, p, **own) for w, p in zip(ways, probes, strict=True))
    means = (one + other[::-1]) * np.float32(0.5)
    logits = np.stack([probe("logits", t, row) for t, row in enumerate(means)])
    return np.concatenate([a, b[::-1]], axis=1), logits
