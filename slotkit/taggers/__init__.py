"""The taggers in torch: ``taggers/<name>.py`` for every name of `slotkit.architectures`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from slotkit.architectures import ARCHITECTURES
from slotkit.model_file import Model
from slotkit.taggers.input import InputLayer


def make_network(architecture: str, **arguments: Any) -> nn.Module:
    """Build a network from the table's name and its flat arguments.

    Raises
    ------
    ValueError
        If the name is unknown, or an argument is not what it must be.
    """
    if architecture not in ARCHITECTURES:
        choices = ", ".join(ARCHITECTURES)
        raise ValueError(f"unknown tagger {architecture!r}; choose from {choices}")
    network: nn.Module = import_module(f".{architecture}", __package__).Network(**arguments)
    return network


class Tagger(nn.Module):
    """The input layer and a network on top of it: words in, logits out.

    Parameters
    ----------
    input_layer : InputLayer
    network : nn.Module
        One of the architectures.
    """

    def __init__(self, input_layer: InputLayer, network: nn.Module) -> None:
        super().__init__()
        self.input = input_layer
        self.network = network
        self.extras: tuple[str, ...] = getattr(network, "extras", ())

    def forward(
        self, active: Tensor, starts: Tensor, words: Tensor, mask: Tensor, **extras: Any
    ) -> Tensor:
        """Score every tag for every word; see `InputLayer.forward` for the arguments.

        Returns
        -------
        Tensor of float, shape (B, T, K)
            The logits; meaningless at padding.
        """
        logits: Tensor = self.network(self.input(active, starts, words, mask), mask, **extras)
        return logits

    def trained(
        self, active: Tensor, starts: Tensor, words: Tensor, mask: Tensor, **extras: Any
    ) -> tuple[Tensor, ...]:
        """Return all logits that have a loss of their own, each (B, T, K)."""
        inputs = self.input(active, starts, words, mask)
        trained = getattr(self.network, "trained", None)
        if trained is None:
            return (self.network(inputs, mask, **extras),)
        several: tuple[Tensor, ...] = trained(inputs, mask, **extras)
        return several


def tagger_of(model: Model) -> Tagger:
    """Build the torch twin of a model that was read from a folder, with its weights."""
    layer = InputLayer(
        dimensions=model.encoder.dimensions,
        embedding_size=model.embedding_size,
        window_size=model.window_size,
    )
    tagger = Tagger(layer, make_network(model.architecture, **model.arguments))
    tagger.load_state_dict({name: torch.tensor(w) for name, w in model.weights.items()})
    return tagger
