"""Feedforward tagger: every word (with its window) alone.

h(t) = relu(W x(t) + b),  logits(t) = O h(t) + c
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.blocks.torch_layers import States, dense_layers, dropout


class Network(nn.Module):
    """Hidden layers and an output layer, one word at a time.

    Parameters
    ----------
    input_size, hidden_size, num_tags, num_layers : int
        D, H, K and the number of hidden layers.
    dropout : float
        Share of every hidden layer that training sets to zero.
    """

    def __init__(
        self,
        *,
        input_size: int,
        hidden_size: int,
        num_tags: int,
        num_layers: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.hidden = dense_layers(input_size, hidden_size, num_layers)
        self.output = nn.Linear(hidden_size, num_tags)

    def states(self, inputs: Tensor, mask: Tensor) -> States:
        """Compute the hidden layer and the logits of every word: (B, T, D) and mask (B, T)."""
        hidden = inputs
        for layer in self.hidden:
            hidden = dropout(F.relu(layer(hidden)), self.dropout, self.training)  # (B, T, H)
        return States(hidden, (self.output(hidden),))

    def forward(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Score every tag for every word: (B, T, D) and mask (B, T) to logits (B, T, K)."""
        return self.states(inputs, mask).mean
