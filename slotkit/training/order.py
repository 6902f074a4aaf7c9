"""Which utterances of a split an epoch takes, which go together in a step, and in which order."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_BUCKET = 50  # steps whose utterances are sorted by length together


def draw_batches(
    lengths: Ints,
    batch_size: int,
    random: np.random.Generator,
    chances: npt.NDArray[np.float64] | None = None,
) -> list[Ints]:
    """Draw the batches of an epoch, each of utterances of like length, in random order.

    Parameters
    ----------
    lengths : array of int, shape (N,)
        Words of each utterance.
    batch_size : int
    random : Generator
    chances : array of float64, shape (N,), optional
        Of each utterance to be taken; unless given, all are.

    Returns
    -------
    list of array of int
        Numbers of utterances.
    """
    order = random.permutation(len(lengths))
    if chances is not None:
        order = order[random.random(len(order)) < chances[order]]
    for first in range(0, len(order), batch_size * _BUCKET):
        bucket = order[first : first + batch_size * _BUCKET]
        bucket[:] = bucket[np.argsort(lengths[bucket], kind="stable")]
    numbers = random.permutation(math.ceil(len(order) / batch_size)).tolist()
    return [order[number * batch_size : (number + 1) * batch_size] for number in numbers]
