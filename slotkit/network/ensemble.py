"""Several taggers of one kind, each with a loss of its own; tagging takes their mean.

They begin with different weights and share nothing but the words that they are trained on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from slotkit.network.tagger import Tagger


class Ensemble(nn.Module):
    """The members, made with equal arguments; one alone is a tagger as any.

    Parameters
    ----------
    members : iterable of Tagger

    References
    ----------
    Hansen and Salamon 1990, Neural network ensembles.
    """

    def __init__(self, members: Iterable[Tagger]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def __iter__(self) -> Any:
        return iter(self.members)

    @property
    def extras(self) -> tuple[str, ...]:
        """What the members ask for beside words."""
        return next(iter(self)).extras  # type: ignore[no-any-return]

    def forward(self, inputs: Mapping[str, Tensor | None], **extras: Any) -> Tensor:
        """Compute the mean of the members' logits, (B, T, K); see `Tagger.forward`."""
        logits = [member(inputs, **extras) for member in self]
        return torch.stack(logits).mean(0)

    def crf(self) -> dict[str, npt.NDArray[np.float32]] | None:
        """Return the mean of the members' CRFs, as `slotkit.decoding.decoder.Decoder` takes it."""
        found = [member.crf.arrays() for member in self if member.crf is not None]
        if not found:
            return None
        return {name: np.mean([one[name] for one in found], axis=0) for name in found[0]}
