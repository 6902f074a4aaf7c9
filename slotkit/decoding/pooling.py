"""An utterance as one vector, from which its intent and its scope are told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def pool(hidden: Array) -> Array:
    """Pool the last hidden layer over T >= 1 words: (..., T, S) to (..., 2S).

    pooled = [mean over t of h(t); max over t of h(t)]
    """
    pooled: Array = np.concatenate([hidden.mean(axis=-2), hidden.max(axis=-2)], axis=-1)
    return pooled
