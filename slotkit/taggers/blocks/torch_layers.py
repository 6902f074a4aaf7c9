"""Small pieces that several taggers use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class States(NamedTuple):
    """What a network makes of a batch.

    Parameters
    ----------
    hidden : Tensor of float, shape (B, T, S)
        The last hidden layer (of both directions side by side); meaningless at padding.
    logits : tuple of Tensor of float, each of shape (B, T, K)
        One, or several where a network has several output layers, each with a loss of its own.
    """

    hidden: Tensor
    logits: tuple[Tensor, ...]

    @property
    def mean(self) -> Tensor:
        """The logits to tag with, shape (B, T, K)."""
        return sum(self.logits[1:], self.logits[0]) / len(self.logits)


class SequenceNetwork(nn.Module):
    """What every architecture's `Network` is: words in, a hidden layer and logits out.

    Its arguments are keyword-only: ``input_size``, ``hidden_size`` and ``num_tags`` (D, H and K),
    ``dropout``, the chance of a hidden unit to be set to zero in training, and the options that
    the architecture's entry explains.
    """

    output: nn.Linear
    dropout: float

    def states(self, inputs: Tensor, mask: Tensor, **extras: Any) -> States:
        """Compute the hidden layer and the logits of every word.

        Parameters
        ----------
        inputs : Tensor of float, shape (B, T, D)
        mask : Tensor of bool, shape (B, T)
            True at tokens.
        **extras
            What the architecture asks for beside.
        """
        hidden = self.read(inputs, mask)
        return States(hidden, (self.output(hidden),))

    def read(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Compute the last hidden layer, (B, T, S)."""
        raise NotImplementedError

    def forward(self, inputs: Tensor, mask: Tensor, **extras: Any) -> Tensor:
        """Score every tag for every word, with the arguments of `states`: (B, T, K)."""
        return self.states(inputs, mask, **extras).mean


class RecurrentNetwork(SequenceNetwork):
    """Layers that read the words first to last, each with a memory of its own.

    Parameters
    ----------
    make_layer : callable
        From the sizes of what a layer reads and of the layer to its weights, by name and in order.
    run_layer : callable
        From what a layer reads, (B, T, D), and its weights to the hidden layer, (B, T, H).
    input_size, hidden_size, num_layers : int
    dropout : float
    num_tags : int or None
        None where there is no output layer, as in a direction of a bidirectional network.
    """

    def __init__(
        self,
        make_layer: Callable[[int, int], dict[str, nn.Parameter]],
        run_layer: Callable[[Tensor, Mapping[str, Tensor]], Tensor],
        *,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        dropout: float,
        num_tags: int | None,
    ) -> None:
        super().__init__()
        self.dropout, self._run_layer = dropout, run_layer
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        made = [list(make_layer(size, hidden_size).items()) for size in sizes]
        self.layers = nn.ModuleList(map(nn.ParameterDict, made))  # pairs: a dict would be sorted
        if num_tags is not None:
            self.output = nn.Linear(hidden_size, num_tags)

    def read(self, inputs: Tensor, mask: Tensor) -> Tensor:
        hidden = inputs
        for layer in self.layers:
            hidden = self._run_layer(hidden, dict(layer))  # type: ignore[call-overload]
            hidden = dropout(hidden, self.dropout, self.training)
        return hidden


def input_weight(rows: int, columns: int, gain: float = 1.0) -> nn.Parameter:
    """Make a weight matrix of shape (rows, columns) with Glorot's uniform numbers, times `gain`."""
    return nn.Parameter(nn.init.xavier_uniform_(torch.empty(rows, columns), gain))


def memory_weight(rows: int, columns: int) -> nn.Parameter:
    """Make a weight of orthogonal blocks, `columns` rows each: memory neither grows nor fades."""
    weight = torch.empty(rows, columns)
    for first in range(0, rows, columns):
        nn.init.orthogonal_(weight[first : first + columns])
    return nn.Parameter(weight)


def dense_layers(input_size: int, hidden_size: int, num_layers: int) -> nn.ModuleList:
    """Make `num_layers` linear layers, the first from `input_size` to `hidden_size`."""
    sizes = [input_size] + [hidden_size] * num_layers
    return nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))


def dropout(x: Tensor, p: float, training: bool) -> Tensor:
    """Set numbers to zero in training, each with the chance p; the others are scaled up for it.

    One random byte a number decides, so that p is rounded to 1/256: torch's own draws a whole
    random number for each, which takes a twentieth of a training step.

    References
    ----------
    Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting.
    """
    dropped = round(256 * p)
    if not training or not dropped:
        return x
    words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64, device=x.device)
    random = words.random_(-(2**63), None).view(torch.uint8)[: x.numel()].view(x.shape)
    return x * ((random >= dropped) * (256 / (256 - min(dropped, 255))))


def reverse_within_length(sequence: Tensor, mask: Tensor) -> Tensor:
    """Reverse every utterance of a batch within its own length.

    Parameters
    ----------
    sequence : Tensor, shape (B, T) or (B, T, ...)
    mask : Tensor of bool, shape (B, T)
        True at tokens, which stand before the padding.

    Returns
    -------
    Tensor, shape of `sequence`
        Padding stays where it is.
    """
    size, length = mask.shape
    position = torch.arange(length, device=mask.device)  # (T,)
    lengths = mask.sum(1, keepdim=True)  # (B, 1)
    source = torch.where(position < lengths, lengths - 1 - position, position)  # (B, T)
    order = (source + length * torch.arange(size, device=mask.device)[:, None]).flatten()
    rows: Tensor = _Reverse.apply(sequence.flatten(0, 1), order)  # type: ignore[no-untyped-call]
    return rows.view(sequence.shape)


class _Reverse(torch.autograd.Function):
    """Take rows in an order that undoes itself: so the gradients go back in the same way."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, order: Tensor) -> Tensor:
        ctx.save_for_backward(order)
        return rows.index_select(0, order)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (order,) = ctx.saved_tensors
        return gradients[0].index_select(0, order), None
