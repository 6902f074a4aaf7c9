"""From which probability on an utterance is taken for in scope, and what that probability is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from slotkit.decoding.scope import probability
from slotkit.evaluation.thresholds import lower_bound

MOST_REJECTED = 0.02  # share of utterances in scope that may be rejected


def fit_scope(
    scores: Sequence[float],
    in_scope: Sequence[bool],
    fit_temperature: Callable[[Callable[[float], float]], float],
) -> dict[str, float]:
    """Fit the temperature of scope and its threshold to utterances that were held out.

    Parameters
    ----------
    scores : sequence of float
        Of each utterance, in nats.
    in_scope : sequence of bool
        Which of them are.
    fit_temperature : callable
        Finds the temperature of the least loss.

    Returns
    -------
    dict of str to float
        ``temperature``, 1 unless there are utterances of both kinds, and ``threshold``.
    """
    logits, right = np.array(scores, dtype=np.float64), np.array(in_scope, dtype=bool)

    def loss(temperature: float) -> float:
        return float(np.logaddexp(0, np.where(right, -logits, logits) / temperature).mean())

    heat = fit_temperature(loss) if right.any() and not right.all() else 1.0
    inside = np.sort(logits[right])
    threshold = 0.0
    if len(inside):
        threshold = probability(float(inside[most_rejected(len(inside))]), heat)
    return {"temperature": heat, "threshold": threshold}


def most_rejected(count: int, share: float = MOST_REJECTED) -> int:
    """Find how many of so many may be rejected, so that with 95 % no more than a share ever are.

    By Wilson's bound, see `slotkit.evaluation.thresholds.lower_bound`; 0 where even none rejected
    would not speak for it.

    Examples
    --------
    >>> most_rejected(700), most_rejected(100)
    (7, 0)
    """
    rejected = 0
    while rejected + 1 < count and 1 - lower_bound(count - rejected - 1, count) <= share:
        rejected += 1
    return rejected
