"""The taggers in torch: ``taggers/<name>.py`` for every name of `slotkit.architectures`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import torch
from torch import Tensor, nn

from slotkit.architectures import ARCHITECTURES
from slotkit.crf import CRF
from slotkit.model_file import Model
from slotkit.runtime import states_size
from slotkit.taggers.committee import Committee
from slotkit.taggers.input import InputLayer
from slotkit.taggers.intent import IntentLayer
from slotkit.taggers.layers import States


def make_network(architecture: str, *, members: int = 1, **arguments: Any) -> nn.Module:
    """Build a network, or a committee of several, from the table's name and flat arguments.

    Raises
    ------
    ValueError
        If the name is unknown, or an argument is not what it must be.
    """
    if architecture not in ARCHITECTURES:
        choices = ", ".join(ARCHITECTURES)
        raise ValueError(f"unknown tagger {architecture!r}; choose from {choices}")
    make: Callable[..., nn.Module] = import_module(f".{architecture}", __package__).Network
    if members == 1:
        return make(**arguments)
    return Committee(make(**arguments) for _ in range(members))


class Tagger(nn.Module):
    """The input layer and a network on top of it: words in, logits out.

    Parameters
    ----------
    input_layer : InputLayer
    network : nn.Module
        One of the architectures.
    crf : CRF, optional
        The output layer above the logits.
    intent : IntentLayer, optional
        What scores intents.
    """

    def __init__(
        self,
        input_layer: InputLayer,
        network: nn.Module,
        crf: CRF | None = None,
        intent: IntentLayer | None = None,
    ) -> None:
        super().__init__()
        self.input = input_layer
        self.network = network
        self.crf = crf
        self.intent = intent
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
        return self.states(active, starts, words, mask, **extras).mean

    def states(
        self, active: Tensor, starts: Tensor, words: Tensor, mask: Tensor, **extras: Any
    ) -> States:
        """Compute the last hidden layer and all logits that have a loss of their own."""
        compute = cast(Callable[..., States], self.network.states)
        return compute(self.input(active, starts, words, mask), mask, **extras)


def tagger_of(model: Model) -> Tagger:
    """Build the torch twin of a model that was read from a folder, with its weights."""
    layer = InputLayer(
        dimensions=model.encoder.dimensions,
        embedding_size=model.embedding_size,
        window_size=model.window_size,
    )
    network = make_network(model.architecture, members=model.members, **model.arguments)
    crf = CRF(model.tags) if model.decoder == "crf" else None
    intent = None
    if model.intents:
        size = states_size(model.architecture, model.arguments["hidden_size"]) * model.members
        intent = IntentLayer(model.intents, model.most_intents, size)
    tagger = Tagger(layer, network, crf, intent)
    tagger.load_state_dict({name: torch.tensor(w) for name, w in model.weights.items()})
    return tagger
