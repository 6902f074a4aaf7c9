"""An utterance as one vector; twin of ``slotkit/decoding/pooling.py``."""

from __future__ import annotations

import torch
from torch import Tensor


def pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """Pool the last hidden layer over words.

    Parameters
    ----------
    hidden : Tensor of float, shape (B, T, S)
    mask : Tensor of bool, shape (B, T)
        True at tokens, of which every utterance has one.

    Returns
    -------
    Tensor of float, shape (B, 2S)
        The mean and the largest of each unit, beside each other.
    """
    real = mask.unsqueeze(2)
    mean = (hidden * real).sum(1) / real.sum(1)
    largest = hidden.masked_fill(~real, -torch.inf).amax(1)
    return torch.cat([mean, largest], dim=1)
