"""Several networks of one architecture over the same word vectors, each with a loss of its own.

They begin with different weights, and tagging takes the mean of their logits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn

from slotkit.taggers.layers import States


class Committee(nn.ModuleList):
    """The members, made with equal arguments.

    References
    ----------
    Hansen and Salamon 1990, Neural network ensembles.
    """

    @property
    def extras(self) -> tuple[str, ...]:
        """What the members ask for beside words."""
        return getattr(self[0], "extras", ())

    def states(self, inputs: Tensor, mask: Tensor, **extras: Any) -> States:
        """Compute all members' hidden layers side by side, and all their logits."""
        found = [
            cast(Callable[..., States], member.states)(inputs, mask, **extras) for member in self
        ]
        hidden = torch.cat([states.hidden for states in found], dim=2)
        return States(hidden, tuple(logits for states in found for logits in states.logits))
