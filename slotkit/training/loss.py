"""What training makes small: how unlikely a tagger takes the tags, and the intents, to be."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from slotkit.network.tagger import Tagger
from slotkit.training.batches import IGNORED, Batch

_INTENT_WEIGHT = 0.6  # of an utterance's intent in the loss, where a token's tag has 1


def tagging_loss(member: Tagger, vectors: Tensor, batch: Batch, extras: dict[str, Any]) -> Tensor:
    """Compute the mean negative log-likelihood of a token's tag, and that of intents beside.

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
        if member.crf is None:
            flat = logits.flatten(0, 1), batch.targets.flatten()
            losses.append(F.cross_entropy(*flat, ignore_index=IGNORED))
        else:
            whole = member.crf(logits, batch.targets, batch.mask)
            losses.append(whole.sum() / batch.mask.sum())
    loss = torch.stack(losses).mean()
    if member.intent is None:
        return loss
    sets = member.intent(states.hidden, batch.mask)
    wrong = F.cross_entropy(sets, batch.intents, ignore_index=IGNORED, reduction="sum")
    return loss + _INTENT_WEIGHT * wrong / len(batch.intents)
