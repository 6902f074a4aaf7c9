"""The intent of an utterance from its pooled hidden layer; twin of ``slotkit/intents.py``."""

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

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Score all C sets for each utterance.

        Parameters
        ----------
        hidden : Tensor of float, shape (B, T, S)
        mask : Tensor of bool, shape (B, T)
            True at tokens, of which every utterance has one.

        Returns
        -------
        Tensor of float, shape (B, C)
            Logits.
        """
        real = mask.unsqueeze(2)
        mean = (hidden * real).sum(1) / real.sum(1)
        largest = hidden.masked_fill(~real, -torch.inf).amax(1)
        scores = nn.functional.linear(torch.cat([mean, largest], dim=1), self.weight, self.bias)
        return scores @ self.members.T + self.by_size[self.sizes - 1]
