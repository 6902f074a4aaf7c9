"""The legal IOB2 sequences of a tagger: which tag may follow which, and what each move scores.

    score(y) = start(y(1)) + sum of logits(t, y(t)) + sum of transitions(y(t-1), y(t)) + end(y(T))

Without a CRF the same with start, transitions and end at zero. What is illegal scores minus
infinity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit.text.tags import Span, legal_transitions, split_tag

Floats = npt.NDArray[np.floating[Any]]
Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


class Chain:
    """The legal sequences of some tags, and what their moves score.

    Parameters
    ----------
    tags : sequence of str
        The K tags in the order of the logits. An ``I-slot`` without its ``B-slot`` is allowed
        and in no legal sequence.
    crf : mapping of str to array of float, optional
        ``transitions`` (K, K), ``start`` (K,) and ``end`` (K,) of a CRF.

    Attributes
    ----------
    plain : bool
        There is no CRF, so that all legal transitions are at zero.
    index : dict of str to int
        The number of each tag.
    legal : array of bool, shape (K + 1, K)
        See `slotkit.text.tags.legal_transitions`.
    transitions, start, end : array of float64
        The weights, minus infinity where illegal.
    inside, begins, others : array of int, shapes (I,), (I,) and (J,)
        The I-tags, the B-tag of each (itself where there is none), and all other tags.
    number : array of int, shape (K,)
        Where a tag stands in `inside`, -1 where it does not.
    begun : list of str or None
        The slot that begins with each tag.

    Raises
    ------
    ValueError
        If every tag is an ``I-slot``, so that no sequence is legal.
    """

    def __init__(self, tags: Sequence[str], crf: Mapping[str, Floats] | None = None) -> None:
        K = len(tags)
        if all(tag.startswith("I-") for tag in tags):
            raise ValueError("tags must hold O or some B-slot, got only I- tags")
        self.index = {tag: number for number, tag in enumerate(tags)}
        self.legal = legal_transitions(tags)  # (K + 1, K)
        self.plain = crf is None
        zeros = {"transitions": np.zeros((K, K)), "start": np.zeros(K), "end": np.zeros(K)}
        given = {name: np.asarray(w, dtype=np.float64) for name, w in (crf or zeros).items()}
        self.transitions: Array = np.where(self.legal[:-1], given["transitions"], -np.inf)
        self.start: Array = np.where(self.legal[-1], given["start"], -np.inf)
        self.end: Array = given["end"]
        # An I-slot has two predecessors, itself and its B-slot (itself again where there is
        # none); any other tag follows every tag. So without a CRF a step costs K, not K * K.
        within = np.array([tag.startswith("I-") for tag in tags])
        self.inside: Ints = np.flatnonzero(within)  # (I,)
        self.others: Ints = np.flatnonzero(~within)  # (J,)
        begins = [self.index.get(f"B-{split_tag(tags[i])[1]}", i) for i in self.inside.tolist()]
        self.begins: Ints = np.array(begins, dtype=np.intp)
        self.number: Ints = np.full(K, -1, dtype=np.intp)
        self.number[self.inside] = np.arange(len(self.inside))
        self._continues = within.tolist()
        slots = [split_tag(tag)[1] for tag in tags]
        self.begun: list[str | None] = [
            None if not slot or inside else slot
            for slot, inside in zip(slots, self._continues, strict=True)
        ]

    def spans(self, numbers: Sequence[int]) -> list[Span]:
        """Read the spans of a legal sequence, as `slotkit.text.tags.spans_of` does."""
        begun, continues = self.begun, self._continues
        found = []
        for start, k in enumerate(numbers):
            slot = begun[k]
            if slot is not None:
                end = start + 1
                while end < len(numbers) and continues[numbers[end]]:
                    end += 1
                found.append(Span(start, end, slot))
        return found

    def score(self, logits: Floats, tags: Sequence[int] | Ints) -> float:
        """Score a tag sequence of at least one word, as at the top of this file."""
        return float(self.score_batch(logits[None], np.asarray(tags)[None])[0])

    def score_batch(self, logits: Floats, tags: Ints) -> Array:
        """Score a tag sequence of each utterance: (B, T, K) and (B, T) to (B,)."""
        size, length = tags.shape
        rows, words = np.arange(size)[:, None], np.arange(length)
        own: Array = logits[rows, words, tags].sum(axis=1, dtype="f8")
        steps: Array = self.transitions[tags[:, :-1], tags[:, 1:]].sum(axis=1)
        steps += own
        steps += self.start[tags[:, 0]]
        steps += self.end[tags[:, -1]]
        return steps


class Constants(NamedTuple):
    """Exponentials of a chain's weights, each divided by the largest of its kind.

    An I-slot has two tags that it can follow, all others follow every tag.
    """

    first: Array  # (K,): of start
    close: Array  # (K,): of end
    enter: Array  # (I,): from a B-slot to its I-slot; 0 where there is none
    stay: Array  # (I,): from an I-slot to itself
    moves: Array | None  # (K, J): to all other tags; None without a CRF, where all are 1
    moves_inside: dict[tuple[int, int], float]  # enter and stay by the two tags
    shift: float  # what the logarithms of moves were shifted by
    shift_of_ends: float  # those of first and close together
    apart: float  # what transitions before and behind a word may differ by, in nats


@lru_cache(maxsize=128)
def constants(chain: Chain, temperature: float) -> Constants:
    """Compute the exponentials of a chain's weights."""
    weights = [w / temperature for w in (chain.transitions, chain.start, chain.end)]
    shift, shift_first, shift_close = (float(w.max()) for w in weights)
    ranges = [float(w.max() - w[np.isfinite(w)].min()) for w in weights]
    apart = 2 * max(ranges)
    powers, first, close = (np.exp(w - w.max()) for w in weights)
    inside, begins = chain.inside, chain.begins
    enter = np.where(begins == inside, 0.0, powers[begins, inside])
    stay = powers[inside, inside]
    moves = None if chain.plain else np.ascontiguousarray(powers[:, chain.others])
    entered = zip(begins.tolist(), inside.tolist(), enter.tolist(), strict=True)
    stayed = zip(inside.tolist(), inside.tolist(), stay.tolist(), strict=True)
    return Constants(
        first=first,
        close=close,
        enter=enter,
        stay=stay,
        moves=moves,
        moves_inside={(j, k): move for each in (entered, stayed) for j, k, move in each},
        shift=shift,
        shift_of_ends=shift_first + shift_close,
        apart=apart,
    )
