"""What waits for what in a layer, beside the CPU time that it takes on one core.

A recurrence computes h(t) after h(t - 1), so that its last word waits for all others; attention
computes all words at once, from everything below. That decides how much can be done side by side,
not how much there is to do: on one core the time is that of all the products together.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import numpy as np

from slotkit.loops import loops_in_use
from slotkit.taggers.table import get_architecture, get_runtime

NETWORKS = ("elman", "lstm", "convolution", "attention")  # whose loops are in C
LENGTHS = (8, 32, 128, 512)
SHOWN = 6  # words of the graph that is drawn
SIZE = 64  # of what a word is made of and of the hidden layer
_SECONDS = 0.05  # that a measurement takes, at least
_TAGS = 2


def waiting(lengths: Sequence[int] = LENGTHS) -> dict[str, Any]:
    """Measure a layer of each network.

    Returns
    -------
    dict
        JSON. ``lengths``, ``hidden_size``, ``loops`` (`slotkit.loops_in_use`), and ``networks`` by
        name: ``edges`` between the nodes
        ``x1``, ``h1``, ... of a text of six words, ``waits``, the steps that follow each other at
        each length, and ``microseconds`` of CPU time, the least of several runs.
    """
    networks = {}
    for name in NETWORKS:
        networks[name] = {
            "edges": edges(name, SHOWN),
            "waits": [waits(edges(name, length)) for length in lengths],
            "microseconds": [round(measure(name, length), 1) for length in lengths],
        }
    return {
        "lengths": list(lengths),
        "hidden_size": SIZE,
        "loops": loops_in_use(),
        "networks": networks,
    }


def edges(name: str, length: int) -> list[tuple[str, str]]:
    """Return what is needed for what in one layer: pairs of a node and one that waits for it."""
    entry = get_architecture(name)
    found = []
    recurs = name in ("elman", "lstm")
    reach = entry.reach(_arguments(name))
    before = length if reach.before is None else reach.before
    after = length if reach.after is None else reach.after
    for t in range(length):
        if recurs:
            found += [(f"h{t}", f"h{t + 1}")] if t else []
            found.append((f"x{t + 1}", f"h{t + 1}"))
            continue
        near = range(max(0, t - before), min(length, t + after + 1))
        found += [(f"x{s + 1}", f"h{t + 1}") for s in near]
    return found


def waits(edges: Sequence[tuple[str, str]]) -> int:
    """Return how many steps follow each other at least: the longest way through the graph."""
    needs: dict[str, list[str]] = {}
    for node, later in edges:
        needs.setdefault(later, []).append(node)
    depth: dict[str, int] = {}
    for node in TopologicalSorter(needs).static_order():
        depth[node] = max((depth[one] + 1 for one in needs.get(node, ())), default=0)
    return max(depth.values())


def measure(name: str, length: int) -> float:
    """Return the CPU microseconds of a layer of the network over so many words."""
    forward, projected = _ready(name), _projected(name, length)
    forward(projected)
    least, until = np.inf, time.process_time() + _SECONDS
    while time.process_time() < until:
        before = time.process_time()
        forward(projected)
        least = min(least, time.process_time() - before)
    return float(least * 1e6)


def _arguments(name: str) -> dict[str, Any]:
    """Return the arguments of one layer."""
    sizes = {"input_size": SIZE, "hidden_size": SIZE, "num_tags": _TAGS, "num_layers": 1}
    return get_architecture(name).defaults | sizes


@cache
def _weights(name: str) -> dict[str, Any]:
    """Draw weights."""
    chance = np.random.default_rng(0)
    shapes = get_runtime(name).shapes(**_arguments(name))
    drawn = {one: chance.normal(size=shape) / np.sqrt(SIZE) for one, shape in shapes.items()}
    return {one: weight.astype(np.float32) for one, weight in drawn.items()}


def _ready(name: str) -> Any:
    """Return what computes the layer."""
    return get_runtime(name).bind(_weights(name), **_arguments(name))


def _projected(name: str, length: int) -> Any:
    """Return words as the layer takes them, (1, T, P)."""
    words = np.random.default_rng(1).normal(size=(length, SIZE)).astype(np.float32)
    return get_runtime(name).project(_weights(name), words, **_arguments(name))[None]
