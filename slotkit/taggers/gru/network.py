"""Gated recurrent unit: gates decide what memory is replaced, and how much of it is looked at.

    h(t) = s(z) h(t - 1) + (1 - s(z)) tanh(n),  h(0) = 0,  s the logistic function
    r = W_r x(t) + U_r h(t - 1) + b_r,  z = W_z x(t) + U_z h(t - 1) + b_z
    n = W_n x(t) + U_n (s(r) h(t - 1)) + b_n        where memory is reset before its product
    n = W_n x(t) + s(r) (U_n h(t - 1) + c) + b_n    where that is reset after it

The weights hold the blocks r, z, n, in this order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.blocks.torch_layers import RecurrentNetwork, input_weight, memory_weight


class Network(RecurrentNetwork):
    """A network of gated recurrent units.

    References
    ----------
    Cho et al. 2014, Learning phrase representations using RNN encoder-decoder for statistical
    machine translation (reset before); torch's ``nn.GRU`` for reset after.
    """

    def __init__(self, *, reset: str, **sizes: Any) -> None:
        def make_layer(input_size: int, hidden_size: int) -> dict[str, nn.Parameter]:
            blocks = [input_weight(hidden_size, input_size).detach() for _ in range(3)]
            layer = {
                "weight_x": nn.Parameter(torch.cat(blocks)),
                "weight_h": memory_weight(3 * hidden_size, hidden_size),
            }
            if reset == "after":
                layer["bias_h"] = nn.Parameter(torch.zeros(hidden_size))
            return layer | {"bias": nn.Parameter(torch.zeros(3 * hidden_size))}

        super().__init__(make_layer, recur, **sizes)


def recur(x: Tensor, layer: Mapping[str, Tensor]) -> Tensor:
    """Compute one layer.

    Parameters
    ----------
    x : Tensor of float, shape (B, T, D)
    layer : mapping of str to Tensor
        ``weight_x`` (3H, D), ``weight_h`` (3H, H), ``bias`` (3H,); ``bias_h`` (H,), the c of the
        equation, where the product is reset, which is torch's own operation.

    Returns
    -------
    Tensor of float, shape (B, T, H)
    """
    W, U, b, c = *(layer[name] for name in ("weight_x", "weight_h", "bias")), layer.get("bias_h")
    size = U.shape[1]
    h = x.new_zeros(x.shape[0], size)  # (B, H)
    if c is not None:
        weights = [W, U, b, F.pad(c, (2 * size, 0))]
        return torch.gru(x, h[None], weights, True, 1, 0.0, False, False, True)[0]
    gates, candidates = torch.split(F.linear(x, W, b), [2 * size, size], dim=2)
    U_gates, U_candidate = torch.split(U, [2 * size, size])
    steps = []
    for gate, candidate in zip(gates.unbind(1), candidates.unbind(1), strict=True):
        r, z = torch.sigmoid(gate + F.linear(h, U_gates)).chunk(2, dim=1)
        n = torch.tanh(candidate + F.linear(r * h, U_candidate))
        h = torch.lerp(n, h, z)  # z h + (1 - z) n
        steps.append(h)
    return torch.stack(steps, dim=1)
