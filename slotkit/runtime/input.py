"""The input layer in NumPy, twin of ``taggers/input.py``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def window(vectors: Array, window_size: int) -> Array:
    """Put beside every word the vectors of its neighbours, zeros beyond the ends.

    Parameters
    ----------
    vectors : array of float32, shape (T, E)
    window_size : int
        Words on each side.

    Returns
    -------
    array of float32, shape (T, (2 * window_size + 1) * E)
    """
    if window_size == 0:
        return vectors
    length = len(vectors)
    padded = np.pad(vectors, ((window_size, window_size), (0, 0)))
    return np.concatenate([padded[i : i + length] for i in range(2 * window_size + 1)], axis=1)
