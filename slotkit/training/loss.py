"""What training makes small: how unlikely a tagger takes tags, intents and scope to be."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from slotkit.network.pooling import pool
from slotkit.network.tagger import Tagger
from slotkit.training.batches import IGNORED, Batch

_INTENT_WEIGHT = 0.6  # of an utterance's intent in the loss, where a token's tag has 1
_SCOPE_WEIGHT = 0.3  # of whether it is in scope


def tagging_loss(member: Tagger, vectors: Tensor, batch: Batch, extras: dict[str, Any]) -> Tensor:
    """Compute the mean negative log-likelihood of a token's tag, those of intents and scope beside.

    Parameters
    ----------
    member : Tagger
    vectors : Tensor of float, shape (B, T, E)
        The words' vectors.
    batch : Batch
    extras : dict
        What the network asks for beside.

    Returns
    -------
    Tensor of float, shape ()
    """
    states = member.states_of(vectors, batch.mask, **extras)
    losses = []
    for logits in states.logits:
        if batch.asked is not None:  # so that the network need not guess what was asked
            logits = logits + batch.asked[:, None]
        if member.crf is None:
            flat = logits.flatten(0, 1), batch.targets.flatten()
            losses.append(F.cross_entropy(*flat, ignore_index=IGNORED))
        else:
            whole = member.crf(logits, batch.targets, batch.mask)
            losses.append(whole.sum() / batch.mask.sum())
    loss = torch.stack(losses).mean()
    if member.intent is None and member.scope is None:
        return loss
    pooled = pool(states.hidden, batch.mask)
    if member.intent is not None:
        sets = member.intent(pooled)
        wrong = F.cross_entropy(sets, batch.intents, ignore_index=IGNORED, reduction="sum")
        loss = loss + _INTENT_WEIGHT * wrong / len(batch.intents)
    if member.scope is not None:
        told = member.scope(pooled)
        loss = loss + _SCOPE_WEIGHT * F.binary_cross_entropy_with_logits(told, batch.in_scope)
    return loss
