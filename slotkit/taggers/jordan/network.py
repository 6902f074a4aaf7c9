"""Jordan network: memory holds the output distribution, fed into layer 1.

    h(t) = tanh(W x(t) + V y(t - 1) + b),  y(t) = softmax(O h(t) + c),  y(0) = 0

Deep: the layers above the first see only the layer below, at the same word.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from slotkit.taggers.blocks.torch_layers import (
    SequenceNetwork,
    States,
    dense_layers,
    dropout,
    input_weight,
)


class Network(SequenceNetwork):
    """A Jordan network.

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
        num_layers: int,
        feedback: str,
        dropout: float,
    ) -> None:
        super().__init__()
        self.feedback = feedback
        self.dropout = dropout
        self.weight_x = input_weight(hidden_size, input_size)
        self.weight_y = input_weight(hidden_size, num_tags)
        self.bias = nn.Parameter(torch.zeros(hidden_size))
        self.hidden = dense_layers(hidden_size, hidden_size, num_layers - 1)
        self.output = nn.Linear(hidden_size, num_tags)

    def states(
        self,
        inputs: Tensor,
        mask: Tensor,
        *,
        targets: Tensor | None = None,
        progress: float = 1.0,
        **extras: Any,
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
        chance = {"output": 0.0, "target": 1.0, "scheduled": 1.0 - progress}[self.feedback]
        if targets is None or not self.training:
            chance = 0.0
        projected = F.linear(inputs, self.weight_x, self.bias)  # (B, T, H)
        if chance:
            assert targets is not None
            taught = F.embedding(targets.clamp(min=0), self.weight_y.T)  # (B, T, H)
            if chance == 1.0:
                hidden = self._above(projected + F.pad(taught, (0, 0, 1, -1)))
                return States(hidden, (self.output(hidden),))
            chosen = torch.rand(targets.shape, device=targets.device) < chance  # (B, T)
        elif not self.hidden:
            kept = dropout(torch.ones_like(projected), self.dropout, self.training)
            layer = self.weight_y, self.output.weight, self.output.bias
            hidden, logits = recur(projected, kept, *layer)
            return States(hidden, (logits,))
        memories: list[Tensor] = []
        steps: list[Tensor] = []
        fed_back = torch.zeros_like(projected[:, 0])  # V y(0), (B, H)
        for t in range(inputs.shape[1]):
            hidden = self._above(projected[:, t] + fed_back)  # (B, H)
            logits = self.output(hidden)  # (B, K)
            fed_back = F.linear(logits.softmax(1), self.weight_y)
            if chance:
                fed_back = torch.where(chosen[:, t, None], taught[:, t], fed_back)
            memories.append(hidden)
            steps.append(logits)
        return States(torch.stack(memories, dim=1), (torch.stack(steps, dim=1),))

    def _above(self, before: Tensor) -> Tensor:
        """Go from layer 1 before its activation to the last hidden layer, both (..., H)."""
        hidden = dropout(torch.tanh(before), self.dropout, self.training)
        for layer in self.hidden:
            hidden = dropout(torch.tanh(layer(hidden)), self.dropout, self.training)
        return hidden


def recur(
    projected: Tensor,
    kept: Tensor,
    V: Tensor,
    O: Tensor,  # noqa: E741 - the O of the equations
    c: Tensor,
) -> tuple[Tensor, Tensor]:
    """Compute the hidden layer and the logits of a network of one layer.

    Parameters
    ----------
    projected : Tensor of float, shape (B, T, H)
        W x(t) + b.
    kept : Tensor of float, shape (B, T, H)
        What dropout multiplies h(t) with; no gradient is computed for it.
    V, O, c : Tensor of float, shapes (H, K), (K, H) and (K,)

    Returns
    -------
    Tensor of float, shape (B, T, H)
        h(t) as dropout leaves it.
    Tensor of float, shape (B, T, K)
        The logits.
    """
    by_word = projected.transpose(0, 1), kept.transpose(0, 1)
    hidden, logits = _Recurrence.apply(*by_word, V, O, c)  # type: ignore[no-untyped-call]
    return hidden.transpose(0, 1), logits.transpose(0, 1)


class _Recurrence(torch.autograd.Function):
    """One layer that feeds back its output, forward, and backward through time by hand.

    With a(t) what is before tanh, m(t) what dropout multiplies h(t) with, l(t) the logits, and d
    for a derivative of the loss, as it comes from the layers above and adds up here:

        dy(t) = V' da(t + 1)
        dl(t) += y(t) (dy(t) - y(t)' dy(t))
        dh(t) += O' dl(t)
        da(t) = dh(t) m(t) (1 - h(t)^2)

    The sums over the words that are the gradients of V, O and c are computed for all at once.

    References
    ----------
    Werbos 1990, Backpropagation through time: what it does and how to do it.
    """

    @staticmethod
    def forward(ctx: Any, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Run over the words, (T, B, H), first to last; the arguments are those of `recur`."""
        projected, kept, V, O, c = inputs  # noqa: E741 - the O of the equations
        memories: list[Tensor] = []
        logits: list[Tensor] = []
        outputs: list[Tensor] = []
        for before, kept_now in zip(projected.unbind(0), kept.unbind(0), strict=True):
            if outputs:
                before = torch.addmm(before, outputs[-1], V.T)
            memories.append(torch.tanh(before))
            logits.append(torch.addmm(c, memories[-1] * kept_now, O.T))
            outputs.append(logits[-1].softmax(1))
        hidden, y = torch.stack(memories), torch.stack(outputs)
        out = hidden * kept
        ctx.save_for_backward(hidden, kept, out, y, V, O)
        return out, torch.stack(logits)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Run over the words, last to first."""
        hidden, kept, out, outputs, V, O = ctx.saved_tensors  # noqa: E741 - as above
        d_out, d_logits = gradients[0], gradients[1].clone()
        slope = (1 - hidden * hidden).mul_(kept)
        d_seen = torch.empty_like(hidden)  # da
        before: Tensor | None = None  # da(t + 1)
        steps = zip(*(x.unbind(0) for x in (outputs, d_logits, d_out, slope, d_seen)), strict=True)
        for y, d_l, d_h, slope_now, d_a in reversed(list(steps)):
            if before is not None:
                d_y = (before @ V).mul_(y)
                d_l.add_(d_y).addcmul_(y, d_y.sum(1, keepdim=True), value=-1)
            before = torch.addmm(d_h, d_l, O, out=d_a).mul_(slope_now)
        d_V = d_seen[1:].flatten(0, 1).T @ outputs[:-1].flatten(0, 1)
        flat = d_logits.flatten(0, 1)
        return d_seen, None, d_V, flat.T @ out.flatten(0, 1), flat.sum(0)
