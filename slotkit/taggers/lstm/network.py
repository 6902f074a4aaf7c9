"""Long short-term memory: a cell that gates write, keep and read.

    c(t) = s(f) c(t - 1) + s(i) g(z),  out(t) = s(o) h(c(t)),  s the logistic function

The candidate z and the gates i, f, o are sums over what they see: x(t); x(t) and out(t - 1);
x(t), out(t - 1) and c(t - 1) through four matrices, or through four diagonal ones. A gate near 1
is open; a forget gate near 1 keeps. The weights hold the blocks i, f, z, o, in this order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.blocks.torch_layers import RecurrentNetwork, input_weight, memory_weight


class Network(RecurrentNetwork):
    """A network of LSTM cells.

    References
    ----------
    Hochreiter and Schmidhuber 1997, Long short-term memory; Gers and Schmidhuber 2000, Recurrent
    nets that time and count (peepholes). Unlike there, the candidate sees the cell as well, and
    the output gate sees c(t - 1), as in the lectures.
    """

    def __init__(self, *, gates: str, activation: str, **sizes: Any) -> None:
        gains = iter([1.0])  # of the first layer

        def make_layer(input_size: int, hidden_size: int) -> dict[str, nn.Parameter]:
            return _make_layer(input_size, hidden_size, gates, next(gains, 4.0))

        def run_layer(x: Tensor, layer: Mapping[str, Tensor]) -> Tensor:
            fused = gates == "xh" and activation == "tanh"
            return _fused(x, layer) if fused else recur(x, layer, activation)

        super().__init__(make_layer, run_layer, **sizes)


def _make_layer(
    input_size: int, hidden_size: int, gates: str, gain: float
) -> dict[str, nn.Parameter]:
    """Make the weights of a layer.

    The forget gate begins open. Two half open gates let a quarter of the signal through, so that
    the layers above the first begin with weights as much larger (`gain`); else six do not learn.
    """
    bias = torch.zeros(4, hidden_size)
    bias[1] = 1
    blocks = [input_weight(hidden_size, input_size, gain) for _ in range(4)]
    layer = {"weight_x": nn.Parameter(torch.cat([block.detach() for block in blocks]))}
    if gates != "x":
        layer["weight_h"] = memory_weight(4 * hidden_size, hidden_size)
    if gates == "xhc":
        layer["weight_c"] = nn.Parameter(0.1 * memory_weight(4 * hidden_size, hidden_size))
    if gates == "xhc-diagonal":
        layer["weight_c"] = nn.Parameter(torch.zeros(4 * hidden_size))
    return layer | {"bias": nn.Parameter(bias.flatten())}


def _fused(x: Tensor, layer: Mapping[str, Tensor]) -> Tensor:
    """Run the plain LSTM on torch's own operation: the same numbers as `recur`, sooner."""
    W, U, b = layer["weight_x"], layer["weight_h"], layer["bias"]
    zero = x.new_zeros(1, x.shape[0], U.shape[1])  # (1, B, H)
    weights = [W, U, b, torch.zeros_like(b)]  # torch adds two biases, the equation has one
    return torch.lstm(x, [zero, zero], weights, True, 1, 0.0, False, False, True)[0]


def recur(x: Tensor, layer: Mapping[str, Tensor], activation: str) -> Tensor:
    """Compute one LSTM layer, whatever its gates see.

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
    projected = F.linear(x, layer["weight_x"], layer["bias"])  # (B, T, 4H)
    U, C = layer.get("weight_h"), layer.get("weight_c")
    by_word = projected.transpose(0, 1)
    out: Tensor = _Recurrence.apply(by_word, U, C, activation == "tanh")  # type: ignore[no-untyped-call]
    return out.transpose(0, 1)


class _Recurrence(torch.autograd.Function):
    """The equations at the top of this file, forward, and backward through time by hand.

    With a(t) what the blocks i, f, z, o are before s and g, and d for a derivative of the loss:

        dc(t) = dc from t + 1 + dout(t) s(o) h'(c)
        da(t) = [dc z s'(i); dc c(t-1) s'(f); dc s(i) g'(z); dout h(c) s'(o)]
        dout from t to t - 1 = U' da(t),  dc from t to t - 1 = dc(t) s(f) + C' da(t)

    What does not depend on t + 1 is computed for all words at once, and so are the sums over the
    words that are the gradients of U and C.

    References
    ----------
    Werbos 1990, Backpropagation through time: what it does and how to do it.
    """

    @staticmethod
    def forward(
        ctx: Any, projected: Tensor, U: Tensor | None, C: Tensor | None, tanh: bool
    ) -> Tensor:
        """Run over the words: (T, B, 4H), U (4H, H), C (4H, H) or (4H,) to (T, B, H)."""
        length, size, width = projected.shape
        H = width // 4
        gates = projected.clone()  # (T, B, 4H)
        outs, cells = projected.new_zeros(2, length + 1, size, H)  # out and c, from t = 0
        reached = projected.new_empty(length, size, H)  # h(c)
        back = None if U is None else U.T.contiguous()
        across = C.T.contiguous() if C is not None and C.dim() == 2 else None
        for t, gate in enumerate(gates.unbind(0)):
            i, f, z, o = gate.view(size, 4, H).unbind(1)
            if back is not None:
                gate.addmm_(outs[t], back)
            if across is not None:
                gate.addmm_(cells[t], across)
            elif C is not None:
                gate.view(size, 4, H).addcmul_(cells[t, :, None], C.view(4, H))
            gate[:, : 2 * H].sigmoid_()
            o.sigmoid_()
            if tanh:
                z.tanh_()
            cell = torch.mul(f, cells[t], out=cells[t + 1]).addcmul_(i, z)
            reached[t] = cell.tanh() if tanh else cell
            torch.mul(o, reached[t], out=outs[t + 1])
        ctx.save_for_backward(gates, outs, cells, reached, U, C)
        ctx.tanh = tanh
        after: Tensor = outs[1:]
        return after

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Run over the words, last to first."""
        gates, outs, cells, reached, U, C = ctx.saved_tensors
        length, size, H = reached.shape
        i, f, z, o = gates.view(length, size, 4, H).unbind(2)
        slope = 1 - z * z if ctx.tanh else torch.ones_like(z)
        from_cell = torch.stack([z * i * (1 - i), cells[:-1] * f * (1 - f), i * slope], dim=2)
        from_out = reached * o * (1 - o)  # (T, B, H)
        into_cell = o * (1 - reached * reached) if ctx.tanh else o
        projected = torch.empty_like(gates)  # da
        blocks = projected.view(length, size, 4, H)
        d_out, d_cell = None, reached.new_zeros(size, H)
        for t in range(length - 1, -1, -1):
            d_out = gradients[0][t] if U is None or d_out is None else d_out + gradients[0][t]
            d_cell = torch.addcmul(d_cell, d_out, into_cell[t])
            torch.mul(from_cell[t], d_cell[:, None], out=blocks[t, :, :3])
            torch.mul(from_out[t], d_out, out=blocks[t, :, 3])
            if U is not None:
                d_out = projected[t] @ U
            d_cell *= f[t]
            if C is not None and C.dim() == 2:
                d_cell.addmm_(projected[t], C)
            elif C is not None:
                for block, weight in zip(blocks[t].unbind(1), C.view(4, H), strict=True):
                    d_cell.addcmul_(block, weight)
        flat = projected.flatten(0, 1).T  # (4H, T B)
        d_U = None if U is None else flat @ outs[:-1].flatten(0, 1)
        d_C = None
        if C is not None and C.dim() == 2:
            d_C = flat @ cells[:-1].flatten(0, 1)
        elif C is not None:
            d_C = (blocks * cells[:-1, :, None]).sum((0, 1)).flatten()
        return projected, d_U, d_C, None
