"""The table of tagger architectures, by name alone: an entry is loaded when it is asked for.

The folder of each holds its entry (``__init__.py``), ``network.py`` (torch: `Network`) and the
NumPy twin ``runtime.py``: the same names and shapes of weights, the same logits, of utterances of
one length. Three functions make a twin, each of which takes the arguments of the network:

``shapes(**arguments)``
    The name and shape of every weight, in order.
``project(weights, inputs, **arguments)``
    What depends on a word (and its window) alone: (N, D) to (N, P). Affine, so that it can be
    added up from what each word of the window gives.
``bind(weights, **arguments)``
    The rest, as a function with its weights laid out for any number of calls: from there to the
    last hidden layer and the logits, (B, T, P) to (B, T, S) and (B, T, K), for T >= 1.

Beside it ``trace.py`` is the same network as a plain loop over the words of one utterance, for
looking inside (``trace.js`` for the page):

``trace(weights, x, probe, **arguments)``
    From the windows, (T, D), to the last hidden layer and the logits; every tensor's row of a word
    goes through `slotkit.taggers.blocks.word_by_word.Probe`, which may change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from slotkit.taggers.option import Architecture

ARCHITECTURES = (
    "feedforward",
    "elman",
    "jordan",
    "bidirectional",
    "lstm",
    "gru",
    "attention",
    "convolution",
)
DECODERS = ("softmax", "crf")


class Runtime(Protocol):
    """What every ``runtime.py`` offers."""

    def shapes(self, **arguments: Any) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight, in order."""

    def project(self, weights: Mapping[str, Any], inputs: Any, **arguments: Any) -> Any:
        """Compute what depends on the word alone."""

    def bind(self, weights: Mapping[str, Any], **arguments: Any) -> Any:
        """Return what computes the last hidden layer and the logits."""


def get_architecture(name: str) -> Architecture:
    """Return the entry of an architecture.

    Raises
    ------
    ValueError
        If the name is not in the table.
    """
    if name not in ARCHITECTURES:
        raise ValueError(f"unknown tagger {name!r}; choose from {', '.join(ARCHITECTURES)}")
    entry: Architecture = import_module(f"slotkit.taggers.{name}").ENTRY
    return entry


def get_runtime(name: str) -> Runtime:
    """Return the NumPy twin of an architecture.

    Raises
    ------
    ValueError
        If the name is not in the table.
    """
    get_architecture(name)
    return cast(Runtime, import_module(f"slotkit.taggers.{name}.runtime"))


def get_trace(name: str) -> Any:
    """Return the ``trace`` of an architecture, see the top of this file."""
    return import_module(f"slotkit.taggers.{name}.trace").trace
