"""Elman network: memory holds the hidden layer.

    h(t) = f(W x(t) + U h(t - 1) + b),  h(0) = 0,  logits(t) = O h(t) + c

Deep: layer l reads the hidden layer of l - 1 and has its own memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.blocks.torch_layers import RecurrentNetwork, input_weight, memory_weight


class Network(RecurrentNetwork):
    """An Elman network.

    References
    ----------
    Elman 1990, Finding structure in time.
    """

    def __init__(self, *, activation: str, **sizes: Any) -> None:
        def run_layer(x: Tensor, layer: Mapping[str, Tensor]) -> Tensor:
            return recur(x, layer["weight_x"], layer["weight_h"], layer["bias"], activation)

        super().__init__(_make_layer, run_layer, **sizes)


def _make_layer(input_size: int, hidden_size: int) -> dict[str, nn.Parameter]:
    """Make the weights of a layer."""
    return {
        "weight_x": input_weight(hidden_size, input_size),
        "weight_h": memory_weight(hidden_size, hidden_size),
        "bias": nn.Parameter(torch.zeros(hidden_size)),
    }


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
