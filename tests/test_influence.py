"""Who can influence whom: the exact set of words that change a word's logits.

Each word in turn is replaced by others. Logits of words that it reaches must change, and no
others: a network that has the right shapes and reads the wrong words does not pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from cases import Case, arrays, bind, build, each_case, random_adjacency, taken, window
from slotkit.network.input import InputLayer
from slotkit.network.tagger import Tagger
from slotkit.taggers.table import get_architecture

LENGTH = 9
OTHERS = 3  # words that each word is replaced by
EMBEDDING = 4

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Scorer = Callable[[Ints], Floats]
both_twins = pytest.mark.parametrize("twin", ["torch", "numpy"])


def band(reach: int) -> Bools:
    """Return who stands at most `reach` words away, shape (LENGTH, LENGTH)."""
    position = np.arange(LENGTH)
    near: Bools = np.abs(position[:, None] - position) <= reach
    return near


def joined(one: Bools, other: Bools) -> Bools:
    """Return who reaches whom through one relation and then the other."""
    either: Bools = (one.astype(int) @ other.astype(int)) > 0
    return either


def expected_influence(case: Case, window_size: int, edges: Bools) -> Bools:
    """Return whether word j (columns) reaches the logits of word i (rows)."""
    reach = get_architecture(case.architecture).reach(case.arguments)
    position = np.arange(LENGTH)
    ahead = position[:, None] - position  # how far word j stands before word i
    before, after = (LENGTH if far is None else far for far in (reach.before, reach.after))
    reached: Bools = (ahead <= before) & (-ahead <= after)
    if reach.hops is not None:
        reached &= np.linalg.matrix_power(edges.astype(int), reach.hops) > 0
    return joined(reached, band(window_size))


def make_scorer(case: Case, window_size: int, edges: Bools, twin: str) -> Scorer:
    """Return a function from word numbers, (N, T), to a tagger's logits in float64, (N, T, K)."""
    network = build(case, input_size=(2 * window_size + 1) * EMBEDDING)
    words = LENGTH * (1 + OTHERS)
    layer = InputLayer(dimensions=words, embedding_size=EMBEDDING, window_size=window_size)
    torch.nn.init.normal_(layer.embedding.weight)
    for name, weight in network.named_parameters():
        if name.endswith("weight_y"):  # a distribution is small, and fades from word to word
            torch.nn.init.normal_(weight, std=2)
    tagger = Tagger(layer, network).eval().double()
    twin_of_it = bind(case, arrays(network), input_size=(2 * window_size + 1) * EMBEDDING)

    def with_torch(numbers: Ints) -> Floats:
        mask = torch.ones(numbers.shape, dtype=torch.bool)
        everyones = torch.from_numpy(edges).expand(len(numbers), -1, -1)
        extras = {"edges": everyones} if case.has_edges else {}
        with torch.no_grad():
            inputs = taken(torch.from_numpy(numbers), mask, words)
            logits: Tensor = tagger(inputs, **extras)
        return logits.numpy()

    def with_numpy(numbers: Ints) -> Floats:
        embedding = layer.embedding.weight.detach().numpy()
        extras = {"edges": edges} if case.has_edges else {}
        windows = [window(embedding[row], window_size) for row in numbers]
        logits: Floats = np.stack([twin_of_it(one, **extras)[1] for one in windows])
        return logits

    return with_torch if twin == "torch" else with_numpy


def measured_influence(score: Scorer) -> Floats:
    """Return how far replacing word j (columns) moves the logits of word i (rows)."""
    utterance, word = np.arange(LENGTH), np.arange(LENGTH)
    changed = np.tile(utterance, (OTHERS, LENGTH, 1))  # (OTHERS, LENGTH, LENGTH)
    for other in range(OTHERS):
        changed[other, word, word] += (other + 1) * LENGTH
    logits = score(np.concatenate([utterance[None], changed.reshape(-1, LENGTH)]))
    moved = np.abs(logits[1:] - logits[0]).max(axis=2)  # (OTHERS * LENGTH, LENGTH)
    largest: Floats = moved.reshape(OTHERS, LENGTH, LENGTH).max(axis=0).T
    return largest


@pytest.mark.parametrize(("twin", "window_size"), [("torch", 0), ("torch", 1), ("numpy", 1)])
@each_case
def test_a_word_changes_the_logits_of_exactly_those_it_can_reach(
    case: Case, twin: str, window_size: int
) -> None:
    edges = random_adjacency(LENGTH, seed=window_size)
    moved = measured_influence(make_scorer(case, window_size, edges, twin))

    reached = expected_influence(case, window_size, edges)

    assert moved[reached].min() > 1e-7
    assert moved[~reached].max(initial=0) < 1e-12


@both_twins
@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_words_reach_as_many_hops_in_a_graph_as_there_are_layers(
    seed: int, num_layers: int, twin: str
) -> None:
    options = {"attend": "graph", "num_layers": num_layers, "positions": "none"}
    case, edges = Case("attention", options), random_adjacency(LENGTH, seed)
    moved = measured_influence(make_scorer(case, 0, edges, twin))

    hops = np.linalg.matrix_power(edges.astype(int), num_layers) > 0

    assert np.array_equal(moved > 1e-9, hops)
    assert not hops[-1, :-1].any()  # the last word is alone
    assert (moved[~hops] < 1e-12).all()


@pytest.mark.parametrize("window_size", [0, 1, 2, 20])
def test_a_window_adds_as_many_words_on_each_side(window_size: int) -> None:
    case = Case("feedforward", {})
    moved = measured_influence(make_scorer(case, window_size, band(0), "torch"))

    assert np.array_equal(moved > 1e-9, band(window_size))
