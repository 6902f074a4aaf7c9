"""Feedforward tagger: every word (with its window) alone.

h(t) = relu(W x(t) + b),  logits(t) = O h(t) + c
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.blocks.torch_layers import SequenceNetwork, dense_layers, dropout


class Network(SequenceNetwork):
    """Hidden layers and an output layer, one word at a time."""

    def __init__(
        self, *, input_size: int, hidden_size: int, num_tags: int, num_layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.hidden = dense_layers(input_size, hidden_size, num_layers)
        self.output = nn.Linear(hidden_size, num_tags)

    def read(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Compute the last hidden layer: (B, T, D) to (B, T, H)."""
        hidden = inputs
        for layer in self.hidden:
            hidden = dropout(F.relu(layer(hidden)), self.dropout, self.training)  # (B, T, H)
        return hidden
