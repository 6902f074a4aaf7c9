"""Elman network: memory holds the hidden layer.

    h(t) = f(W x(t) + U h(t - 1) + b),  h(0) = 0,  logits(t) = O h(t) + c

Deep: layer l reads the hidden layer of l - 1 and has its own memory.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.blocks.torch_layers import (
    States,
    check_layers,
    choice,
    dropout,
    input_weight,
    memory_weight,
)


class Layers(nn.Module):
    """The hidden layers of an Elman network, first word to last.

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
        D, H and the number of layers.
    activation : str
        f: ``tanh``, ``relu`` or ``linear``.
    dropout : float
        Share of every layer's output that training sets to zero.

    References
    ----------
    Elman 1990, Finding structure in time.
    """

    def __init__(
        self,
        *,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        activation: str = "tanh",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_layers(num_layers)
        self.activation = choice("elman", "activation", activation)
        self.dropout = dropout
        self.layers = nn.ModuleList(
            nn.ParameterDict(
                [  # pairs, since a dict would be sorted
                    ("weight_x", input_weight(hidden_size, hidden_size if layer else input_size)),
                    ("weight_h", memory_weight(hidden_size, hidden_size)),
                    ("bias", nn.Parameter(torch.zeros(hidden_size))),
                ]
            )
            for layer in range(num_layers)
        )

    def forward(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Run the memories over the words: (B, T, D) to (B, T, H)."""
        hidden = inputs
        for layer in self.layers:
            assert isinstance(layer, nn.ParameterDict)
            W, U, b = layer["weight_x"], layer["weight_h"], layer["bias"]
            hidden = recur(hidden, W, U, b, self.activation)
            hidden = dropout(hidden, self.dropout, self.training)
        return hidden


def recur(x: Tensor, W: Tensor, U: Tensor, b: Tensor, activation: str) -> Tensor:
    """Compute h(t) = f(W x(t) + U h(t - 1) + b) for all words.

    Parameters
    ----------
    x : Tensor of float, shape (B, T, D)
    W, U, b : Tensor of float, shapes (H, D), (H, H), (H,)
    activation : str
        tanh and relu run on torch's fused operations, linear in a plain loop.

    Returns
    -------
    Tensor of float, shape (B, T, H)
    """
    memory = x.new_zeros(x.shape[0], U.shape[0])  # (B, H)
    if activation == "linear":
        steps = []
        for projected in F.linear(x, W, b).unbind(1):
            memory = projected + F.linear(memory, U)
            steps.append(memory)
        return torch.stack(steps, dim=1)
    fused = torch.rnn_tanh if activation == "tanh" else torch.rnn_relu
    weights = [W, U, b, torch.zeros_like(b)]  # torch adds two biases, the equation has one
    return fused(x, memory.unsqueeze(0), weights, True, 1, 0.0, False, False, True)[0]


class Network(Layers):
    """Elman layers and an output layer.

    Parameters
    ----------
    input_size, hidden_size, num_tags, num_layers : int
        D, H, K and the number of layers.
    activation : str
        ``tanh``, ``relu`` or ``linear``.
    dropout : float
        Share of every layer's output that training sets to zero.
    """

    def __init__(
        self,
        *,
        input_size: int,
        hidden_size: int,
        num_tags: int,
        num_layers: int = 1,
        activation: str = "tanh",
        dropout: float = 0.0,
    ) -> None:
        super().__init__(
            input_size=input_size,
            hidden_size=hidden_size,
            num_layers=num_layers,
            activation=activation,
            dropout=dropout,
        )
        self.output = nn.Linear(hidden_size, num_tags)

    def states(self, inputs: Tensor, mask: Tensor) -> States:
        """Compute the hidden layer and the logits of every word: (B, T, D) and mask (B, T)."""
        hidden = super().forward(inputs, mask)
        return States(hidden, (self.output(hidden),))

    def forward(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Score every tag for every word: (B, T, D) and mask (B, T) to logits (B, T, K)."""
        return self.states(inputs, mask).mean
