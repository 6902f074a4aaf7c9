"""From which probability on an utterance is taken for in scope, and what that probability is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from slotkit.decoding.scope import probability
from slotkit.evaluation.scope import MOST_REJECTED, reject_few


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
    told = [probability(score, heat) for score in logits[right].tolist()]
    return {"temperature": heat, "threshold": reject_few(told, MOST_REJECTED)}
