"""Bidirectional network: two separate networks, one a direction, joined at the output layer.

    logits(t) = O [a(t); b(t)] + c,  a read from the first word on, b from the last word back

Each network is as deep as asked and sees nothing of the other. (torch's stacked form feeds both
directions into layer 2, which is another network.) With Jordan cells each direction has its own
output layer, distribution and loss, and tagging takes the mean of their logits.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from slotkit.taggers.blocks.torch_layers import SequenceNetwork, States, reverse_within_length
from slotkit.taggers.table import get_architecture


class Network(SequenceNetwork):
    """Two recurrent networks over the same words; the cell's own options are at their defaults.

    References
    ----------
    Schuster and Paliwal 1997, Bidirectional recurrent neural networks.
    """

    def __init__(self, *, hidden_size: int, num_tags: int, cell: str, **arguments: Any) -> None:
        super().__init__()
        self.apart = cell == "jordan"  # each direction has an output layer of its own
        make = import_module(f"slotkit.taggers.{cell}.network").Network
        own = get_architecture(cell).defaults | arguments | {"hidden_size": hidden_size}
        own["num_tags"] = num_tags if self.apart else None
        self.ahead: Any = make(**own)
        self.back: Any = make(**own)
        if not self.apart:
            self.output = nn.Linear(2 * hidden_size, num_tags)

    def states(self, inputs: Tensor, mask: Tensor, **extras: Any) -> States:
        """Compute the hidden layers and the logits of every word: (B, T, D) and mask (B, T)."""
        if not self.apart:
            return super().states(inputs, mask)
        ahead, one = self.ahead.states(inputs, mask)
        back, other = self.back.states(reverse_within_length(inputs, mask), mask)
        hidden = torch.cat([ahead, reverse_within_length(back, mask)], dim=2)
        reversed_ = (reverse_within_length(logits, mask) for logits in other)
        return States(hidden, (*one, *reversed_))

    def read(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Read the words from the first on, and from the last back: (B, T, 2H)."""
        ahead = self.ahead.read(inputs, mask)
        back = self.back.read(reverse_within_length(inputs, mask), mask)
        return torch.cat([ahead, reverse_within_length(back, mask)], dim=2)
