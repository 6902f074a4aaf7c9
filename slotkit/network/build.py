"""From names and numbers to torch: networks, and the twin of a model."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch

from slotkit.model.model import Model, states_size
from slotkit.network.crf import CRF
from slotkit.network.ensemble import Ensemble
from slotkit.network.input import InputLayer
from slotkit.network.intent import IntentLayer
from slotkit.network.scope import ScopeLayer
from slotkit.network.tagger import Tagger
from slotkit.taggers.blocks.torch_layers import SequenceNetwork
from slotkit.taggers.table import get_architecture


def make_network(architecture: str, *, dropout: float = 0.0, **arguments: Any) -> SequenceNetwork:
    """Build a network from the table's name and its flat arguments.

    Parameters
    ----------
    architecture : str
    dropout : float
        Share of hidden layers that training sets to zero.
    **arguments
        ``input_size``, ``hidden_size``, ``num_tags``, and options of the architecture; those left
        out have its defaults.

    Raises
    ------
    ValueError
        If the name is unknown, or an argument is not what it must be.
    """
    entry = get_architecture(architecture)
    whole = entry.defaults | arguments
    entry.check(whole)
    module = import_module(f"slotkit.taggers.{architecture}.network")
    network: SequenceNetwork = module.Network(**whole, dropout=dropout)
    return network


def make_ensemble(model: Model, *, input_dropout: float = 0.0, dropout: float = 0.0) -> Ensemble:
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
            feature_size=model.encoder.feature_size,
            context_size=model.encoder.context_size,
            embedding_size=model.embedding_size,
            window_size=model.window_size,
            dropout=input_dropout,
        )
        network = make_network(model.architecture, **model.arguments, dropout=dropout)
        crf = CRF(model.tags) if model.decoder == "crf" else None
        intent = scope = None
        size = states_size(model)
        if model.intents:
            intent = IntentLayer(model.intents, model.most_intents, size)
        if model.scope is not None:
            scope = ScopeLayer(size)
        return Tagger(layer, network, crf, intent, scope)

    return Ensemble(make_member() for _ in range(model.ensemble_size))


def ensemble_of(model: Model) -> Ensemble:
    """Build the torch twin of a model that was read from a folder, with its weights."""
    ensemble = make_ensemble(model)
    for member, weights in zip(ensemble, model.of_members(), strict=True):
        member.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    return ensemble
