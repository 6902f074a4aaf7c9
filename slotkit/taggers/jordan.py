"""Jordan network: memory holds the output distribution, fed into layer 1.

    h(t) = tanh(W x(t) + V y(t - 1) + b),  y(t) = softmax(O h(t) + c),  y(0) = 0

Deep: the layers above the first see only the layer below, at the same word.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.layers import States, check_layers, choice, dense_layers, dropout, input_weight


class Network(nn.Module):
    """A Jordan network.

    Parameters
    ----------
    input_size, hidden_size, num_tags, num_layers : int
        D, H, K and the number of layers.
    feedback : str
        What training feeds back: the network's own ``output`` distribution, the ``target`` tag,
        or ``scheduled``, each word's target with a chance that falls from 1 to 0 over training.
        Tagging always feeds back the output.
    dropout : float
        Share of every hidden layer that training sets to zero.

    References
    ----------
    Jordan 1986, Serial order; Bengio et al. 2015, Scheduled sampling for sequence prediction
    with recurrent neural networks.
    """

    extras = ("targets", "progress")

    def __init__(
        self,
        *,
        input_size: int,
        hidden_size: int,
        num_tags: int,
        num_layers: int = 1,
        feedback: str = "output",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_layers(num_layers)
        self.feedback = choice("jordan", "feedback", feedback)
        self.dropout = dropout
        self.weight_x = input_weight(hidden_size, input_size)
        self.weight_y = input_weight(hidden_size, num_tags)
        self.bias = nn.Parameter(torch.zeros(hidden_size))
        self.hidden = (
            dense_layers(hidden_size, hidden_size, num_layers - 1)
            if num_layers > 1
            else nn.ModuleList()
        )
        self.output = nn.Linear(hidden_size, num_tags)

    def states(
        self,
        inputs: Tensor,
        mask: Tensor,
        *,
        targets: Tensor | None = None,
        progress: float = 1.0,
    ) -> States:
        """Compute the hidden layer and the logits of every word.

        Parameters
        ----------
        inputs : Tensor of float, shape (B, T, D)
        mask : Tensor of bool, shape (B, T)
        targets : Tensor of int, shape (B, T), optional
            The right tags, for feeding back in training; negative at padding.
        progress : float
            How much of training is done, 0 to 1, for ``scheduled``.

        Returns
        -------
        States
        """
        share = {"output": 0.0, "target": 1.0, "scheduled": 1.0 - progress}[self.feedback]
        if targets is None or not self.training:
            share = 0.0
        projected = F.linear(inputs, self.weight_x, self.bias)  # (B, T, H)
        if share:
            assert targets is not None
            taught = F.embedding(targets.clamp(min=0), self.weight_y.T)  # (B, T, H)
            if share == 1.0:
                hidden = self._above(projected + F.pad(taught, (0, 0, 1, -1)))
                return States(hidden, (self.output(hidden),))
            chosen = torch.rand(targets.shape, device=targets.device) < share  # (B, T)
        memories: list[Tensor] = []
        steps: list[Tensor] = []
        fed_back = torch.zeros_like(projected[:, 0])  # V y(0), (B, H)
        for t in range(inputs.shape[1]):
            hidden = self._above(projected[:, t] + fed_back)  # (B, H)
            logits = self.output(hidden)  # (B, K)
            fed_back = F.linear(logits.softmax(1), self.weight_y)
            if share:
                fed_back = torch.where(chosen[:, t, None], taught[:, t], fed_back)
            memories.append(hidden)
            steps.append(logits)
        return States(torch.stack(memories, dim=1), (torch.stack(steps, dim=1),))

    def forward(self, inputs: Tensor, mask: Tensor, **extras: Any) -> Tensor:
        """Score every tag for every word, with the arguments of `states`: (B, T, K)."""
        return self.states(inputs, mask, **extras).mean

    def _above(self, before: Tensor) -> Tensor:
        """Go from layer 1 before its activation to the last hidden layer, both (..., H)."""
        hidden = dropout(torch.tanh(before), self.dropout, self.training)
        for layer in self.hidden:
            hidden = dropout(torch.tanh(layer(hidden)), self.dropout, self.training)
        return hidden
