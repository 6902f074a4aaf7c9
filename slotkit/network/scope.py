"""Whether an utterance is in scope, from its pooled layer; twin of ``decoding/scope.py``."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from slotkit.taggers.blocks.torch_layers import input_weight


class ScopeLayer(nn.Module):
    """The score of an utterance to be in scope.

    Parameters
    ----------
    states_size : int
        Width of the last hidden layer, S.
    """

    def __init__(self, states_size: int) -> None:
        super().__init__()
        self.weight = input_weight(1, 2 * states_size)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, pooled: Tensor) -> Tensor:
        """Score utterances, in nats: (B, 2S) to (B,)."""
        return nn.functional.linear(pooled, self.weight, self.bias).squeeze(1)
