"""Small pieces that several taggers use."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from slotkit.taggers.table import ARCHITECTURES

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "linear": lambda x: x,
}


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


def check_layers(num_layers: int) -> None:
    """Raise ValueError unless there is at least one layer."""
    if num_layers < 1:
        raise ValueError(f"num_layers must be >= 1, got {num_layers}")


def choice(architecture: str, option: str, value: str) -> str:
    """Return `value`, or raise ValueError naming what the table has for this option."""
    choices = ARCHITECTURES[architecture].choices[option]
    if value not in choices:
        raise ValueError(f"{option} must be one of {', '.join(choices)}, got {value!r}")
    return value


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
    check_layers(num_layers)
    sizes = [input_size] + [hidden_size] * num_layers
    return nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))


def dropout(x: Tensor, share: float, training: bool) -> Tensor:
    """Set a share of the numbers to zero in training, and scale the others up to make up for it.

    One random byte a number decides, so the share is rounded to 1/256: torch's own draws a whole
    random number for each, which takes a twentieth of a training step.

    References
    ----------
    Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting.
    """
    dropped = round(256 * share)
    if not training or not dropped:
        return x
    words = torch.empty((x.numel() + 7) // 8, dtype=torch.int64, device=x.device)
    random = words.random_(-(2**63), None).view(torch.uint8)[: x.numel()].view(x.shape)
    return x * ((random >= dropped) * (256 / (256 - min(dropped, 255))))


def turned(sequence: Tensor, mask: Tensor) -> Tensor:
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
    rows: Tensor = _Turn.apply(sequence.flatten(0, 1), order)  # type: ignore[no-untyped-call]
    return rows.view(sequence.shape)


class _Turn(torch.autograd.Function):
    """Take rows in an order that undoes itself: so the gradients go back in the same way."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, order: Tensor) -> Tensor:
        ctx.save_for_backward(order)
        return rows.index_select(0, order)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (order,) = ctx.saved_tensors
        return gradients[0].index_select(0, order), None
