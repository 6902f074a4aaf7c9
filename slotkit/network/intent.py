"""The intent of an utterance from its pooled hidden layer; twin of ``decoding/intents.py``."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from slotkit.decoding.intents import IntentSets
from slotkit.taggers.blocks.torch_layers import input_weight


class IntentLayer(nn.Module):
    """Scores of sets of intents.

    Parameters
    ----------
    names : sequence of str
        The I single intents.
    most : int
        Intents of a set.
    states_size : int
        Width of the last hidden layer, S.
    """

    members: Tensor
    sizes: Tensor

    def __init__(self, names: Sequence[str], most: int, states_size: int) -> None:
        super().__init__()
        self.weight = input_weight(len(names), 2 * states_size)
        self.bias = nn.Parameter(torch.zeros(len(names)))
        self.by_size = nn.Parameter(torch.zeros(most))
        sets = IntentSets(names, most)
        self.register_buffer("members", torch.from_numpy(sets.members), persistent=False)
        self.register_buffer("sizes", torch.from_numpy(sets.sizes), persistent=False)

    def forward(self, pooled: Tensor) -> Tensor:
        """Compute the logits of all C sets for each utterance, (B, 2S) to (B, C)."""
        scores = nn.functional.linear(pooled, self.weight, self.bias)
        return scores @ self.members.T + self.by_size[self.sizes - 1]
