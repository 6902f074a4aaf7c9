"""Logits to probabilities, and to tags that are legal IOB2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.tags import OUTSIDE, split_tag

Floats = npt.NDArray[np.floating[Any]]

_LARGEST = float(np.finfo(np.float32).max)


def softmax(logits: Floats) -> npt.NDArray[np.float32]:
    """Turn each word's logits into its distribution over tags.

    Parameters
    ----------
    logits : ndarray of float, shape (T, K)
        Scores of any size: the largest of each row is taken off first.

    Returns
    -------
    ndarray of float32, shape (T, K)
        Every row sums to 1.

    Examples
    --------
    >>> softmax(np.array([[0.0, 0.0], [1000.0, -1000.0]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return shares.astype(np.float32, copy=False)


class Decoder:
    """The best legal IOB2 sequence for each utterance's logits.

    Where every word's best tag together make a legal sequence, that is the answer. Else it is
    found by Viterbi's algorithm over the legal sequences:
    ``s(t, k) = logits(t, k) + max over j that k may follow of s(t-1, j)``. Log-softmax would
    give the same sequence: it takes the same number off all of a word's logits.

    Parameters
    ----------
    tags : sequence of str
        The K tags in the order of the logits. An ``I-slot`` without its ``B-slot`` is allowed
        and never chosen.

    Raises
    ------
    ValueError
        If every tag is an ``I-slot``, so that no sequence is legal.

    Examples
    --------
    >>> decoder = Decoder(["O", "B-to", "I-to"])
    >>> decoder.decode(np.array([[3.0, 2.0, 0.0], [0.0, 1.0, 4.0]])).tolist()
    [1, 2]
    """

    def __init__(self, tags: Sequence[str]) -> None:
        prefixes = np.array([split_tag(tag)[0] for tag in tags])
        slots = np.array([split_tag(tag)[1] for tag in tags])
        inside = prefixes == "I"
        if inside.all():
            raise ValueError("tags must hold O or some B-slot, got only I- tags")
        index = {tag: number for number, tag in enumerate(tags)}

        # is_legal of all pairs; the last row is the start, which counts as after O.
        self._legal = np.empty((len(tags) + 1, len(tags)), dtype=bool)  # (K + 1, K)
        self._legal[:-1] = ~inside | (
            (slots[:, None] == slots) & (np.array(tags) != OUTSIDE)[:, None]
        )
        self._legal[-1] = ~inside
        # An I-slot has two predecessors, itself and its B-slot (itself again where there is
        # none); any other tag follows every tag. So a step costs K, not K * K.
        self._inside = np.flatnonzero(inside)  # (I,)
        self._begins = np.array(
            [index.get(f"B-{slots[i]}", i) for i in self._inside], dtype=np.intp
        )
        self._number = np.full(len(tags), -1)  # (K,): where a tag stands in _inside
        self._number[self._inside] = np.arange(len(self._inside))

    def decode(self, logits: Floats) -> npt.NDArray[np.intp]:
        """Find the best legal sequence.

        Parameters
        ----------
        logits : ndarray of float, shape (T, K)
            One row a word; T may be 0.

        Returns
        -------
        ndarray of int, shape (T,)
            Indices of tags: the sequence with the largest sum of logits among the legal ones.
        """
        best = logits.argmax(axis=1)  # (T,)
        previous = np.empty_like(best)
        previous[:1] = -1
        previous[1:] = best[:-1]
        return best if self._legal[previous, best].all() else self._viterbi(logits)

    def _viterbi(self, logits: Floats) -> npt.NDArray[np.intp]:
        """Find the best legal sequence of at least one word by dynamic programming."""
        # A damaged model's infinities and NaN become finite: minus infinity means illegal here.
        logits = np.nan_to_num(logits, nan=-_LARGEST, posinf=_LARGEST, neginf=-_LARGEST)
        length = len(logits)
        tops = np.empty(length, dtype=np.intp)  # best tag of any at word t - 1
        opened = np.empty((length, len(self._inside)), dtype=bool)  # I-slot follows its B-slot
        totals = np.where(self._legal[-1], logits[0].astype(np.float64), -np.inf)  # (K,)
        for t in range(1, length):
            top = tops[t] = totals.argmax()
            begun, continued = totals[self._begins], totals[self._inside]  # (I,)
            opened[t] = begun > continued
            totals[:] = totals[top]
            totals[self._inside] = np.maximum(begun, continued)
            totals += logits[t]

        path = np.empty(length, dtype=np.intp)
        path[-1] = totals.argmax()
        for t in range(length - 1, 0, -1):
            number = self._number[path[t]]
            if number < 0:
                path[t - 1] = tops[t]
            else:
                path[t - 1] = self._begins[number] if opened[t, number] else path[t]
        return path
