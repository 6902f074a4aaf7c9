"""Running a network of set weights word by word, with every row of every tensor kept."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from slotkit.taggers.blocks.numpy_layers import Array


def run(
    architecture: str, weights: dict[str, Any], inputs: Any, **arguments: Any
) -> dict[str, list[list[float]]]:
    """Run an architecture over words.

    Parameters
    ----------
    architecture : str
        A key of the table of architectures.
    weights : dict of str to array-like
        By the names of the network.
    inputs : array-like, shape (T, D)
    **arguments
        Those of the network that decide what it computes.

    Returns
    -------
    dict of str to list
        Of each tensor of its trace a row a word, flat.
    """
    kept: dict[str, list[list[float]]] = {}

    def probe(name: str, t: int, row: Array) -> Array:
        kept.setdefault(name, []).append(np.ravel(row).tolist())
        return row

    arrays = {name: np.array(weight, dtype=np.float64) for name, weight in weights.items()}
    words = np.array(inputs, dtype=np.float64)
    import_module(f"slotkit.taggers.{architecture}.trace").trace(arrays, words, probe, **arguments)
    return kept
