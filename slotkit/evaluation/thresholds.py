"""From which confidence on spans are to be trusted, for a wanted precision."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from slotkit.text.tags import spans_of

if TYPE_CHECKING:
    from slotkit.tagging.result import Tagging

_QUANTILE = 1.6449  # of the normal distribution, one side, 95 %


def lower_bound(right: int, count: int) -> float:
    """Compute the least precision that `right` of `count` answers speak for, at 95 %, one-sided.

    Wilson's score interval (1927); 0.0 without answers.

    Examples
    --------
    >>> round(lower_bound(50, 50), 3)
    0.949
    """
    if not count:
        return 0.0
    z, p = _QUANTILE, right / count
    middle = p + z * z / (2 * count)
    half = z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return (middle - half) / (1 + z * z / count)


class Judged(NamedTuple):
    """A predicted span and whether it is right.

    Parameters
    ----------
    slot : str
    confidence : float
    right : bool
        Whether gold has this span, with this slot and border.
    sure : bool
        Whether its confidence was enough for it to be among the slots of its utterance.
    """

    slot: str
    confidence: float
    right: bool
    sure: bool


def judge(taggings: Iterable[Tagging], gold: Iterable[Sequence[str]]) -> list[Judged]:
    """Hold every predicted span of labelled utterances against their gold tags."""
    judged = []
    for tagging, tags in zip(taggings, gold, strict=True):
        true = set(spans_of(tags))
        slots = sorted([*tagging.slots, *tagging.unsure], key=lambda slot: slot.start)
        for slot, span in zip(slots, spans_of(tagging.tags), strict=True):
            sure = slot not in tagging.unsure
            judged.append(Judged(slot.name, slot.confidence, span in true, sure))
    return judged


class Threshold(NamedTuple):
    """The least confidence from which on answers have a wanted precision.

    Parameters
    ----------
    confidence : float
        Answers at or above it are trusted.
    right, kept, answers : int
        How many of the trusted are right, how many are trusted, and how many there are.
    bound : float
        See `lower_bound`.
    """

    confidence: float
    right: int
    kept: int
    answers: int
    bound: float


def find_threshold(
    confidences: Sequence[float], right: Sequence[bool], precision: float
) -> Threshold | None:
    """Find the least confidence from which on the lower bound of the precision is high enough.

    Parameters
    ----------
    confidences, right : sequence
        Of the answers.
    precision : float
        What is wanted, between 0 and 1.

    Returns
    -------
    Threshold or None
        None where no threshold has it: too many wrong, or too few answers to say.
    """
    order = np.argsort(-np.asarray(confidences, dtype=np.float64), kind="stable")
    p = np.asarray(confidences, dtype=np.float64)[order]
    hits = np.cumsum(np.asarray(right, dtype=bool)[order])
    for kept in range(len(p), 0, -1):
        if kept < len(p) and p[kept] == p[kept - 1]:
            continue  # a threshold keeps all answers of one confidence, or none
        bound = lower_bound(int(hits[kept - 1]), kept)
        if bound >= precision:
            return Threshold(float(p[kept - 1]), int(hits[kept - 1]), kept, len(p), bound)
    return None


def find_thresholds(judged: Sequence[Judged], precision: float) -> dict[str, Threshold]:
    """Find a threshold for each slot that was predicted.

    A slot whose own spans are too few to speak for the precision takes the threshold of all
    spans together, or a higher one where its own spans above that are not precise enough.

    Parameters
    ----------
    judged : sequence of Judged
    precision : float
        What is wanted, between 0 and 1.

    Returns
    -------
    dict of str to Threshold
        By the number of spans, the most first. ``bound`` is that of the slot's own spans.

    Raises
    ------
    ValueError
        If not even all spans together have the precision at any threshold.
    """
    whole = find_threshold([j.confidence for j in judged], [j.right for j in judged], precision)
    if whole is None:
        raise ValueError(
            f"no threshold gives a precision of {precision}: of {len(judged)} spans too many are "
            "wrong, or they are too few to tell"
        )
    own: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        own[one.slot].append(one)
    by_count = sorted(own.items(), key=lambda item: -len(item[1]))
    return {slot: _threshold(spans, whole.confidence, precision) for slot, spans in by_count}


def _threshold(spans: Sequence[Judged], usual: float, precision: float) -> Threshold:
    """Find the threshold of one slot; `usual` is that of all slots together."""
    confidences, right = [j.confidence for j in spans], [j.right for j in spans]
    found = find_threshold(confidences, right, precision)
    if found is not None:
        return found
    for least in sorted({usual, *(p for p in confidences if p > usual), 1.0}):
        kept = [j.right for j in spans if j.confidence >= least]
        if sum(kept) >= precision * len(kept):
            break
    bound = lower_bound(sum(kept), len(kept))
    return Threshold(least, sum(kept), len(kept), len(spans), bound)
