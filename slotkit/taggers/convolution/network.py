"""Convolution over words: the fixed receptive field that self-attention is compared with.

    h(t) = relu(sum over d of W_d x(t + d) + b),  |d| <= (width - 1) / 2

Layers above the first add what they read to what they make.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.blocks.torch_layers import SequenceNetwork, dropout


class Network(SequenceNetwork):
    """A stack of 1-d convolutions and an output layer.

    References
    ----------
    Collobert et al. 2011, Natural language processing (almost) from scratch, section 3.3.2;
    He et al. 2016, Deep residual learning for image recognition (the additions).
    """

    def __init__(
        self,
        *,
        input_size: int,
        hidden_size: int,
        num_tags: int,
        num_layers: int,
        width: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        sizes = [input_size] + [hidden_size] * num_layers
        self.layers = nn.ModuleList(
            nn.Conv1d(a, b, width, padding=width // 2) for a, b in pairwise(sizes)
        )
        self.output = nn.Linear(hidden_size, num_tags)

    def read(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Compute the last hidden layer: (B, T, D) and mask (B, T) to (B, T, H)."""
        real = mask.unsqueeze(1)  # (B, 1, T)
        hidden = inputs.transpose(1, 2) * real  # (B, D, T)
        for depth, layer in enumerate(self.layers):
            made = dropout(F.relu(layer(hidden)), self.dropout, self.training) * real  # (B, H, T)
            hidden = hidden + made if depth else made
        return hidden.transpose(1, 2)
