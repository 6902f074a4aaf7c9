"""Whether an utterance is any of a tagger's business: in scope or out of it.

Training tells the two apart by an intent of its own, `OUT_OF_SCOPE`. The score comes from the
pooled hidden layer:

    pooled = [mean over t of h(t); max over t of h(t)]
    p(in scope) = sigmoid((w pooled + b) / temperature)
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

OUT_OF_SCOPE = "out_of_scope"  # the intent of what a tagger is not asked for

Array = npt.NDArray[np.float32]


def shapes(states_size: int) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight."""
    return {"weight": (1, 2 * states_size), "bias": (1,)}


def score_scope(weights: Mapping[str, Array], pooled: Array) -> Array:
    """Score utterances from their pooled hidden layer: (..., 2S) to (...,), in nats."""
    scores: Array = (pooled @ weights["weight"].T + weights["bias"])[..., 0]
    return scores


def probability(score: float, temperature: float) -> float:
    """Turn a score into the probability of being in scope.

    Examples
    --------
    >>> probability(0.0, 1.0), probability(-4000.0, 1.0)
    (0.5, 0.0)
    """
    return 0.5 * (1 + math.tanh(0.5 * score / temperature))
