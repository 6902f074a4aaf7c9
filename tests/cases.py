"""Every architecture with every one of its options, in one place for many tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn

from slotkit.encoders.table import ENCODERS, NEEDS
from slotkit.network.build import make_network
from slotkit.taggers.blocks.torch_layers import SequenceNetwork
from slotkit.taggers.option import Option
from slotkit.taggers.table import ARCHITECTURES, get_architecture, get_runtime
from slotkit.text.edges import adjacency

OF_WORDS = tuple(name for name in ENCODERS if name not in NEEDS)  # encoders that words suffice for
SIZES = {"input_size": 6, "hidden_size": 8, "num_tags": 5}


def tried(option: Option) -> Sequence[Any]:
    """Return what is tried of an option: all its choices, or values that stand for all."""
    return option.choices or option.examples or (option.default,)


class Case(NamedTuple):
    """An architecture and a choice of its options."""

    architecture: str
    options: Mapping[str, Any]

    @property
    def has_edges(self) -> bool:
        """Whether the network wants edges."""
        return self.options.get("attend") == "graph"

    @property
    def arguments(self) -> dict[str, Any]:
        """All arguments of the network; options that are not given have their defaults."""
        return {**get_architecture(self.architecture).defaults, **SIZES, **self.options}


def _cases() -> list[Any]:
    """Combine all options of each architecture; a case's name in reports is its options."""
    named = []
    for architecture in ARCHITECTURES:
        choices = {o.name: tried(o) for o in get_architecture(architecture).options}
        for values in product(*choices.values()):
            case = Case(architecture, dict(zip(choices, values, strict=True)))
            named.append(pytest.param(case, id="-".join(map(str, (architecture, *values)))))
    return named


CASES = _cases()
each_case = pytest.mark.parametrize("case", CASES)


def build(case: Case, *, seed: int = 0, **more: Any) -> SequenceNetwork:
    """Build a case's network for tagging, with weights so large that all of them matter."""
    torch.manual_seed(seed)
    network = make_network(case.architecture, **{**SIZES, **case.options, **more}).eval()
    for weight in network.parameters():
        nn.init.normal_(weight, std=0.5)
    return network


def arrays(network: nn.Module) -> dict[str, npt.NDArray[Any]]:
    """Return a network's weights as NumPy takes them."""
    return {name: weight.numpy() for name, weight in network.state_dict().items()}


def random_adjacency(length: int, seed: int) -> npt.NDArray[np.bool_]:
    """Join words at random, about one edge for two words; the last word stays alone."""
    chance = np.random.default_rng(seed)
    edges = chance.integers(0, max(1, length - 1), size=(length // 2, 2)).tolist()
    return adjacency(edges, length)


def make_batch(
    case: Case, lengths: Sequence[int], *, seed: int = 0
) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Make random utterances of these lengths: inputs (B, T, D), mask (B, T), and the extras."""
    torch.manual_seed(seed)
    longest = max(lengths)
    mask = torch.arange(longest) < torch.tensor(lengths)[:, None]
    inputs = torch.randn(len(lengths), longest, SIZES["input_size"]) * mask[..., None]
    if not case.has_edges:
        return inputs, mask, {}
    edges = torch.eye(longest, dtype=torch.bool).repeat(len(lengths), 1, 1)
    for b, length in enumerate(lengths):
        edges[b, :length, :length] = torch.from_numpy(random_adjacency(length, seed + b))
    return inputs, mask, {"edges": edges}


def window(vectors: npt.NDArray[np.float32], window_size: int) -> npt.NDArray[np.float32]:
    """Put beside every word the vectors of its neighbours, as `SlotFiller` must add them up.

    Parameters
    ----------
    vectors : array of float32, shape (T, E)
    window_size : int
        Words on each side.

    Returns
    -------
    array of float32, shape (T, (2 * window_size + 1) * E)
    """
    if window_size == 0:
        return vectors
    length = len(vectors)
    padded = np.pad(vectors, ((window_size, window_size), (0, 0)))
    return np.concatenate([padded[i : i + length] for i in range(2 * window_size + 1)], axis=1)


def taken(words: Tensor, mask: Tensor, dimensions: int) -> dict[str, Tensor | None]:
    """Return what a tagger takes of words that are a dimension each."""
    each = torch.arange(dimensions)
    return {"active": each, "starts": each, "words": words, "mask": mask}


def bind(case: Case, weights: Mapping[str, Any], **sizes: int) -> Any:
    """Return the NumPy twin of a case as a function of inputs, (T, D) or (B, T, D), and extras.

    It returns the hidden layer and the logits, with a dimension of utterances where inputs have.
    """
    runtime, arguments = get_runtime(case.architecture), {**case.arguments, **sizes}
    forward = runtime.bind(weights, **arguments)

    def run(inputs: npt.NDArray[Any], **extras: Any) -> list[npt.NDArray[Any]]:
        several = inputs if inputs.ndim == 3 else inputs[None]
        flat = runtime.project(weights, several.reshape(-1, several.shape[2]), **arguments)
        projected = flat.reshape(*several.shape[:2], -1).astype(np.float32)
        found = forward(projected, **extras)
        return [one if inputs.ndim == 3 else one[0] for one in found]

    return run
