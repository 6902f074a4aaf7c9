"""Long short-term memory: a cell that gates write, keep and read.

    c(t) = s(f) c(t - 1) + s(i) g(z),  out(t) = s(o) h(c(t)),  s the logistic function

The candidate z and the gates i, f, o are sums over what they see: x(t); x(t) and out(t - 1);
x(t), out(t - 1) and c(t - 1) through four matrices, or through four diagonal ones. A gate near 1
is open; a forget gate near 1 keeps. The weights hold the blocks i, f, z, o, in this order.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.layers import (
    ACTIVATIONS,
    States,
    check_layers,
    choice,
    input_weight,
    memory_weight,
)


class Layers(nn.Module):
    """The LSTM layers, first word to last.

    Parameters
    ----------
    input_size, hidden_size, num_layers : int
        D, H and the number of layers.
    gates : str
        What the candidate and the gates see: ``x``, ``xh``, ``xhc`` or ``xhc-diagonal``.
    activation : str
        g and h: ``tanh`` or ``linear``.
    dropout : float
        Share of every layer's output that training sets to zero.

    References
    ----------
    Hochreiter and Schmidhuber 1997, Long short-term memory; Gers and Schmidhuber 2000, Recurrent
    nets that time and count (peepholes). Unlike there, the candidate sees the cell as well, and
    the output gate sees c(t - 1), as in the lectures.
    """

    def __init__(
        self,
        *,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        gates: str = "xh",
        activation: str = "tanh",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_layers(num_layers)
        self.gates = choice("lstm", "gates", gates)
        self.activation = choice("lstm", "activation", activation)
        self.dropout = dropout
        self.layers = nn.ModuleList(
            self._layer(hidden_size, hidden_size, gain=4.0)
            if layer
            else self._layer(input_size, hidden_size)
            for layer in range(num_layers)
        )

    def _layer(self, input_size: int, hidden_size: int, *, gain: float = 1.0) -> nn.ParameterDict:
        """Make the weights of a layer.

        The forget gate begins open. Two half open gates let a quarter of the signal through, so
        that the layers above the first begin with weights as much larger; else six do not learn.
        """
        bias = torch.zeros(4, hidden_size)
        bias[1] = 1
        blocks = [input_weight(hidden_size, input_size, gain) for _ in range(4)]
        layer = {"weight_x": nn.Parameter(torch.cat([block.detach() for block in blocks]))}
        if self.gates != "x":
            layer["weight_h"] = memory_weight(4 * hidden_size, hidden_size)
        if self.gates == "xhc":
            layer["weight_c"] = nn.Parameter(0.1 * memory_weight(4 * hidden_size, hidden_size))
        if self.gates == "xhc-diagonal":
            layer["weight_c"] = nn.Parameter(torch.zeros(4 * hidden_size))
        layer["bias"] = nn.Parameter(bias.flatten())
        return nn.ParameterDict(list(layer.items()))  # pairs, since a dict would be sorted

    def forward(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Run the cells over the words: (B, T, D) to (B, T, H)."""
        hidden = inputs
        for layer in self.layers:
            assert isinstance(layer, nn.ParameterDict)
            fused = self.gates == "xh" and self.activation == "tanh"
            hidden = _fused(hidden, layer) if fused else recur(hidden, layer, self.activation)
            hidden = F.dropout(hidden, self.dropout, self.training)
        return hidden


def _fused(x: Tensor, layer: nn.ParameterDict) -> Tensor:
    """Run the plain LSTM on torch's own operation: the same numbers as `recur`, sooner."""
    W, U, b = layer["weight_x"], layer["weight_h"], layer["bias"]
    zero = x.new_zeros(1, x.shape[0], U.shape[1])  # (1, B, H)
    weights = [W, U, b, torch.zeros_like(b)]  # torch adds two biases, the equation has one
    return torch.lstm(x, [zero, zero], weights, True, 1, 0.0, False, False, True)[0]


def recur(x: Tensor, layer: nn.ParameterDict, activation: str) -> Tensor:
    """Compute one LSTM layer word by word, as the equations stand.

    Parameters
    ----------
    x : Tensor of float, shape (B, T, D)
    layer : mapping of str to Tensor
        ``weight_x`` (4H, D), ``bias`` (4H,); ``weight_h`` (4H, H) where the gates see out(t - 1);
        ``weight_c`` (4H, H), or (4H,) where diagonal, where they see c(t - 1).
    activation : str
        g and h.

    Returns
    -------
    Tensor of float, shape (B, T, H)
    """
    g = h = ACTIVATIONS[activation]
    U, C = layer.get("weight_h"), layer.get("weight_c")
    out = c = x.new_zeros(x.shape[0], layer["bias"].shape[0] // 4)  # (B, H)
    steps = []
    for seen in F.linear(x, layer["weight_x"], layer["bias"]).unbind(1):  # (B, 4H)
        if U is not None:
            seen = seen + F.linear(out, U)
        if C is not None:
            seen = seen + (F.linear(c, C) if C.dim() == 2 else c.repeat(1, 4) * C)
        i, f, z, o = seen.chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g(z)
        out = o.sigmoid() * h(c)
        steps.append(out)
    return torch.stack(steps, dim=1)


class Network(Layers):
    """LSTM layers and an output layer.

    Parameters
    ----------
    input_size, hidden_size, num_tags, num_layers : int
        D, H, K and the number of layers.
    gates, activation : str
        See `Layers`.
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
        gates: str = "xh",
        activation: str = "tanh",
        dropout: float = 0.0,
    ) -> None:
        super().__init__(
            input_size=input_size,
            hidden_size=hidden_size,
            num_layers=num_layers,
            gates=gates,
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
