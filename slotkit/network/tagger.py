"""A tagger whole: the input layer, a network, and what stands above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from slotkit.network.crf import CRF
from slotkit.network.input import InputLayer
from slotkit.network.intent import IntentLayer
from slotkit.network.scope import ScopeLayer
from slotkit.taggers.blocks.torch_layers import SequenceNetwork, States


class Tagger(nn.Module):
    """The input layer and a network on top of it: words in, logits out.

    Parameters
    ----------
    input_layer : InputLayer
    network : SequenceNetwork
        One of the architectures.
    crf : CRF, optional
        The output layer above the logits.
    intent : IntentLayer, optional
        What scores intents.
    scope : ScopeLayer, optional
        What tells whether an utterance is in scope.
    """

    def __init__(
        self,
        input_layer: InputLayer,
        network: SequenceNetwork,
        crf: CRF | None = None,
        intent: IntentLayer | None = None,
        scope: ScopeLayer | None = None,
    ) -> None:
        super().__init__()
        self.input = input_layer
        self.network = network
        self.crf = crf
        self.intent = intent
        self.scope = scope
        self.extras: tuple[str, ...] = getattr(network, "extras", ())

    def forward(self, inputs: Mapping[str, Tensor | None], **extras: Any) -> Tensor:
        """Score every tag for every word.

        Parameters
        ----------
        inputs : mapping of str to Tensor
            The arguments of `InputLayer.forward`.
        **extras
            What the network asks for beside.

        Returns
        -------
        Tensor of float, shape (B, T, K)
            The logits; meaningless at padding.
        """
        return self.states(inputs, **extras).mean

    def states(self, inputs: Mapping[str, Tensor | None], **extras: Any) -> States:
        """Compute the last hidden layer and all logits that have a loss of their own."""
        mask = inputs["mask"]
        assert mask is not None
        return self.states_of(self.input.embed(**inputs), mask, **extras)  # type: ignore[arg-type]

    def states_of(self, vectors: Tensor, mask: Tensor, **extras: Any) -> States:
        """Compute the same from the words' vectors, (B, T, E)."""
        return self.network.states(self.input.add_context(vectors), mask, **extras)
