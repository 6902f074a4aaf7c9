"""Bidirectional network: two separate networks, one a direction, joined at the output layer.

    logits(t) = O [a(t); b(t)] + c,  a read from the first word on, b from the last word back

Each network is as deep as asked and sees nothing of the other. (torch's stacked form feeds both
directions into layer 2, which is another network.) With Jordan cells each direction has its own
output layer, distribution and loss, and tagging takes the mean of their logits.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from slotkit.taggers.blocks.torch_layers import States, choice, turned
from slotkit.taggers.elman import network as elman
from slotkit.taggers.jordan import network as jordan
from slotkit.taggers.lstm import network as lstm


class Network(nn.Module):
    """Two recurrent networks over the same words.

    Parameters
    ----------
    input_size, hidden_size, num_tags, num_layers : int
        D, H (of each direction), K and the number of layers of each direction.
    cell : str
        ``elman``, ``jordan`` or ``lstm``.
    dropout : float
        Share of every layer's output that training sets to zero.

    References
    ----------
    Schuster and Paliwal 1997, Bidirectional recurrent neural networks.
    """

    def __init__(
        self,
        *,
        input_size: int,
        hidden_size: int,
        num_tags: int,
        num_layers: int = 1,
        cell: str = "lstm",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.cell = choice("bidirectional", "cell", cell)
        sizes: dict[str, Any] = {
            "input_size": input_size,
            "hidden_size": hidden_size,
            "num_layers": num_layers,
        }
        self.ahead: nn.Module
        self.back: nn.Module
        if cell == "jordan":
            self.ahead = jordan.Network(num_tags=num_tags, dropout=dropout, **sizes)
            self.back = jordan.Network(num_tags=num_tags, dropout=dropout, **sizes)
            return
        layers = elman.Layers if cell == "elman" else lstm.Layers
        self.ahead = layers(dropout=dropout, **sizes)
        self.back = layers(dropout=dropout, **sizes)
        self.output = nn.Linear(2 * hidden_size, num_tags)

    def states(self, inputs: Tensor, mask: Tensor) -> States:
        """Compute the hidden layers and the logits of every word: (B, T, D) and mask (B, T)."""
        if self.cell == "jordan":
            assert isinstance(self.ahead, jordan.Network)
            assert isinstance(self.back, jordan.Network)
            ahead, a = self.ahead.states(inputs, mask)
            back, b = self.back.states(turned(inputs, mask), mask)
            hidden = torch.cat([ahead, turned(back, mask)], dim=2)
            return States(hidden, (*a, *(turned(logits, mask) for logits in b)))
        ahead = self.ahead(inputs, mask)
        back = turned(self.back(turned(inputs, mask), mask), mask)
        hidden = torch.cat([ahead, back], dim=2)
        return States(hidden, (self.output(hidden),))

    def forward(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Score every tag for every word: (B, T, D) and mask (B, T) to logits (B, T, K)."""
        return self.states(inputs, mask).mean
