"""A tagger whole: the input layer, a network, and what stands above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from torch import Tensor, nn

from slotkit.network.crf import CRF
from slotkit.network.input import InputLayer
from slotkit.network.intent import IntentLayer
from slotkit.taggers.blocks.torch_layers import States


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
        return self.states_of(self.input.look_up(active, starts, words, mask), mask, **extras)

    def states_of(self, vectors: Tensor, mask: Tensor, **extras: Any) -> States:
        """Compute the same from the words' vectors, (B, T, E)."""
        compute = cast(Callable[..., States], self.network.states)
        return compute(self.input.surround(vectors), mask, **extras)
