"""What training makes small: how unlikely a tagger takes tags, intents and scope to be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from slotkit.errors import TrainingError
from slotkit.network.pooling import pool
from slotkit.network.tagger import Tagger
from slotkit.training.batches import IGNORED, Batch

_INTENT_WEIGHT = 0.6  # of an utterance's intent in the loss, where a token's tag has 1
_SCOPE_WEIGHT = 0.3  # of whether it is in scope


class Loss(NamedTuple):
    """What a batch costs a tagger.

    Parameters
    ----------
    mean : Tensor of float, shape ()
        Mean negative log-likelihood of a token's tag, those of intents and scope beside, weighted.
    each : Tensor of float, shape (B,)
        Negative log-likelihood of all that is to be learned of each utterance, without a gradient.
    """

    mean: Tensor
    each: Tensor


def tagging_loss(member: Tagger, vectors: Tensor, batch: Batch, extras: dict[str, Any]) -> Loss:
    """Compute how unlikely a tagger takes the tags of a batch to be, and its intents and scope.

    Parameters
    ----------
    member : Tagger
    vectors : Tensor of float, shape (B, T, E)
        The words' vectors.
    batch : Batch
    extras : dict
        What the network asks for beside.
    """
    states = member.states_of(vectors, batch.mask, **extras)
    means, each = [], torch.zeros(len(batch.mask), device=batch.mask.device)
    known = (batch.targets != IGNORED).sum()
    for logits in states.logits:
        if member.crf is None:
            by_tag = logits.transpose(1, 2), batch.targets
            own = F.cross_entropy(*by_tag, ignore_index=IGNORED, reduction="none").sum(1)
            means.append(own.sum() / known)
        else:
            own = member.crf(logits, batch.targets, batch.mask)
            means.append(own.sum() / batch.mask.sum())
        each += own.detach() / len(states.logits)
    mean = torch.stack(means).mean()
    if member.intent is None and member.scope is None:
        return Loss(mean, each)
    pooled = pool(states.hidden, batch.mask)
    if member.intent is not None:
        sets = member.intent(pooled)
        own = F.cross_entropy(sets, batch.intents, ignore_index=IGNORED, reduction="none")
        mean = mean + _INTENT_WEIGHT * own.mean()
        each += own.detach()
    if member.scope is not None:
        told = member.scope(pooled), batch.in_scope
        own = F.binary_cross_entropy_with_logits(*told, reduction="none")
        mean = mean + _SCOPE_WEIGHT * own.mean()
        each += own.detach()
    return Loss(mean, each)


def check_finite(numbers: Mapping[str, float], epoch: int, rows: npt.NDArray[np.int64]) -> None:
    """Raise TrainingError, with the utterances of the batch, unless its numbers are finite."""
    for name, number in numbers.items():
        if not math.isfinite(number):
            told = ", ".join(str(row + 1) for row in sorted(rows.tolist()))
            raise TrainingError(
                f"the {name} became {number} in epoch {epoch + 1}, at train utterances {told}; "
                "try a lower learning rate or shorter gradients (max_grad_norm)"
            )
