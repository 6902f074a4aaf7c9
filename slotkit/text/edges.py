"""Edges between the words of an utterance, for attention along a graph.

An edge is a pair of token indices; it is used in both directions, and every word keeps an edge
to itself, so that none is left alone.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from slotkit.errors import UtteranceError

Edge = tuple[int, int]


def _neighbours(words: Sequence[str]) -> list[Edge]:
    """Join every word to the next."""
    return [(i, i + 1) for i in range(len(words) - 1)]


def _repeats(words: Sequence[str]) -> list[Edge]:
    """Join every word to its next occurrence, whatever the case."""
    last: dict[str, int] = {}
    edges = []
    for i, word in enumerate(words):
        word = word.lower()
        if word in last:
            edges.append((last[word], i))
        last[word] = i
    return edges


EDGE_RULES: dict[str, Callable[[Sequence[str]], list[Edge]]] = {
    "neighbours": _neighbours,
    "repeats": _repeats,
    "neighbours+repeats": lambda words: _neighbours(words) + _repeats(words),
}
EDGES = ("corpus", *EDGE_RULES)  # the corpus' own, or those of a rule


def check_edges(edges: Iterable[Sequence[int]], length: int) -> list[Edge]:
    """Return the edges of an utterance of `length` tokens as pairs.

    Raises
    ------
    UtteranceError
        If an edge is no pair, or names a token that is not there.
    """
    pairs = []
    for edge in edges:
        pair = isinstance(edge, (list, tuple)) and len(edge) == 2
        if not pair or not all(type(i) is int and 0 <= i < length for i in edge):
            got = reprlib.repr(edge)  # which is short, however deep it is
            raise UtteranceError(f"an edge must be two of the tokens 0..{length - 1}, got {got}")
        pairs.append((edge[0], edge[1]))
    return pairs


def adjacency(edges: Iterable[Sequence[int]], length: int) -> npt.NDArray[np.bool_]:
    """Write edges as a symmetric matrix with a true diagonal.

    Parameters
    ----------
    edges : iterable of (int, int)
        Pairs of token indices.
    length : int
        Tokens of the utterance, T.

    Returns
    -------
    array of bool, shape (T, T)
        True where word i may attend to word j.

    Raises
    ------
    UtteranceError
        As `check_edges`.
    """
    joined = np.eye(length, dtype=bool)
    for i, j in check_edges(edges, length):
        joined[i, j] = joined[j, i] = True
    return joined
