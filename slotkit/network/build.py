"""From names and numbers to torch: networks, and the twin of a model."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch
from torch import nn

from slotkit.model.model import Model
from slotkit.network.crf import CRF
from slotkit.network.ensemble import Committee
from slotkit.network.input import InputLayer
from slotkit.network.intent import IntentLayer
from slotkit.network.tagger import Tagger
from slotkit.taggers.runtimes import states_size
from slotkit.taggers.table import ARCHITECTURES

__all__ = ["Committee", "Tagger", "committee_of", "make_committee", "make_network"]


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
    network: nn.Module = import_module(f"slotkit.taggers.{architecture}.network").Network(
        **arguments
    )
    return network


def make_committee(model: Model, *, input_dropout: float = 0.0, dropout: float = 0.0) -> Committee:
    """Build the torch twin of a model, with weights to begin with.

    Parameters
    ----------
    model : Model
        Its weights are not looked at.
    input_dropout, dropout : float
        Share of the word vectors, and of hidden layers, that training sets to zero.
    """

    def make_member() -> Tagger:
        layer = InputLayer(
            dimensions=model.encoder.dimensions,
            embedding_size=model.embedding_size,
            window_size=model.window_size,
            dropout=input_dropout,
        )
        network = make_network(model.architecture, **model.arguments, dropout=dropout)
        crf = CRF(model.tags) if model.decoder == "crf" else None
        intent = None
        if model.intents:
            size = states_size(model.architecture, model.arguments["hidden_size"])
            intent = IntentLayer(model.intents, model.most_intents, size)
        return Tagger(layer, network, crf, intent)

    return Committee(make_member() for _ in range(model.members))


def committee_of(model: Model) -> Committee:
    """Build the torch twin of a model that was read from a folder, with its weights."""
    committee = make_committee(model)
    for member, weights in zip(committee, model.of_members(), strict=True):
        member.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    return committee
