"""The taggers in NumPy: ``runtime.py`` in the folder of every name of `slotkit.taggers.table`.

Each is the twin of ``network.py`` beside it: the same names and shapes of weights, the same logits,
of one utterance or of several of one length. Three functions make a twin:

``shapes(**arguments)``
    The name and shape of every weight, in order.
``project(weights, inputs)``
    What depends on a word (and its window) alone: (N, D) to (N, P). Affine, so that it can be
    added up from what each word of the window gives.
``bind(weights, **arguments)``
    The rest, as a function with its weights laid out for any number of calls: from there to the
    last hidden layer and the logits, (..., T, P) to (..., T, S) and (..., T, K), for T >= 1.

Loops over words are in C (`slotkit.loops`), where it is there; the NumPy beside does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from slotkit.taggers.table import ARCHITECTURES

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]


class Runtime(Protocol):
    """What every file of this package offers."""

    def shapes(self, **arguments: Any) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight, in order."""

    def project(self, weights: Weights, inputs: Array) -> Array:
        """Compute what depends on the word alone."""

    def bind(self, weights: Weights, **arguments: Any) -> Callable[..., tuple[Array, Array]]:
        """Return what computes the last hidden layer and the logits."""


def states_size(architecture: str, hidden_size: int) -> int:
    """Return S, the width of the last hidden layer: both directions stand side by side."""
    return 2 * hidden_size if architecture == "bidirectional" else hidden_size


def get_runtime(architecture: str) -> Runtime:
    """Return the NumPy twin of an architecture.

    Raises
    ------
    ValueError
        If the name is not in the table.
    """
    if architecture not in ARCHITECTURES:
        choices = ", ".join(ARCHITECTURES)
        raise ValueError(f"unknown tagger {architecture!r}; choose from {choices}")
    return cast(Runtime, import_module(f"slotkit.taggers.{architecture}.runtime"))
