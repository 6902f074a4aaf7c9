"""How far to trust a confidence: temperature, calibration error, Brier score, AUROC, thresholds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit.tags import spans_of

if TYPE_CHECKING:
    from slotkit.tagging import Tagging

BINS = 15  # of equal mass
_DRAWS = 200  # simulated taggers that are perfectly calibrated
_COLDEST, _HOTTEST = 0.2, 5.0  # temperatures that are tried
_GOLDEN = (math.sqrt(5) - 1) / 2
_STEPS = 20  # which leave 0.0002 of the logarithm of the temperature
_QUANTILE = 1.6449  # of the normal distribution, one side, 95 %

Floats = npt.NDArray[np.float64]


def fit_temperature(loss: Callable[[float], float]) -> float:
    """Find the temperature of the least loss, between 0.2 and 5, by golden-section search.

    Parameters
    ----------
    loss : callable
        Of a temperature; with one minimum, as negative log-likelihoods have.

    Returns
    -------
    float

    References
    ----------
    Guo et al. 2017, On calibration of modern neural networks, section 4.2.
    """
    low, high = math.log(_COLDEST), math.log(_HOTTEST)
    return math.exp(find_least(lambda heat: loss(math.exp(heat)), low, high))


def find_least(loss: Callable[[float], float], low: float, high: float) -> float:
    """Find where a function with one minimum is least, by golden-section search.

    Parameters
    ----------
    loss : callable
    low, high : float
        Where to look; it is found to 0.0001 of what lies between.
    """
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = loss(left), loss(right)
    for _ in range(_STEPS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = loss(right)
    return (low + high) / 2


def log_loss(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Compute the mean negative log-likelihood of what was right and wrong."""
    p = np.clip(np.asarray(confidences, dtype=np.float64), 1e-12, 1 - 1e-12)
    return float(-np.where(right, np.log(p), np.log1p(-p)).mean()) if len(p) else 0.0


class Bin(NamedTuple):
    """Answers of like confidence.

    Parameters
    ----------
    confidence : float
        Their mean confidence.
    right : float
        The share that is right.
    answers : int
        How many they are.
    """

    confidence: float
    right: float
    answers: int


def reliability(confidences: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Sort answers by confidence into 15 bins of equal mass, fewer where there are fewer answers.

    Examples
    --------
    >>> reliability([0.9, 0.5], [True, False])
    [Bin(confidence=0.5, right=0.0, answers=1), Bin(confidence=0.9, right=1.0, answers=1)]
    """
    p, hit = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return [Bin(float(p[part].mean()), float(hit[part].mean()), len(part)) for part in parts]


def calibration_error(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Compute the expected calibration error over the bins of `reliability`.

    The mean of how far confidence and share of right answers lie apart, weighed by the answers
    of a bin; 0.0 without answers.

    Examples
    --------
    >>> calibration_error([0.9, 0.5], [True, False])
    0.3
    """
    bins = reliability(confidences, right)
    total = sum(part.answers for part in bins)
    return sum(abs(b.confidence - b.right) * b.answers for b in bins) / total if total else 0.0


def perfect_error(confidences: Sequence[float], seed: int = 1) -> float:
    """Compute what a perfectly calibrated tagger with these confidences would score.

    With so many answers it is not zero: chance moves every bin. The mean over 200 taggers whose
    answers are right with exactly the probability that they state.
    """
    p = np.asarray(confidences, dtype=np.float64)
    random = np.random.default_rng(seed)
    errors = [calibration_error(confidences, random.random(len(p)) < p) for _ in range(_DRAWS)]  # type: ignore[arg-type]
    return float(np.mean(errors))


def brier(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """Compute the mean squared distance of confidence and answer (Brier 1950); 0.0 without any.

    Examples
    --------
    >>> brier([1.0, 0.5], [True, False])
    0.125
    """
    if not len(confidences):
        return 0.0
    return float(np.mean((np.asarray(confidences) - np.asarray(right, dtype=np.float64)) ** 2))


def auroc(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Compute the chance that a right answer has more confidence than a wrong one, ties half.

    Returns
    -------
    float or None
        None where all are right or all are wrong.

    Examples
    --------
    >>> auroc([0.9, 0.8, 0.3, 0.8], [True, True, False, False])
    0.875
    """
    p, hit = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=bool)
    wrong = np.sort(p[~hit])
    if not hit.any() or hit.all():
        return None
    below = np.searchsorted(wrong, p[hit], side="left")
    equal = np.searchsorted(wrong, p[hit], side="right") - below
    return float((below + equal / 2).mean() / len(wrong))


@dataclass(frozen=True)
class Trust:
    """How well confidences tell right answers from wrong ones.

    Parameters
    ----------
    answers : int
        How many there are.
    error : float
        See `calibration_error`.
    perfect : float
        See `perfect_error`.
    brier : float
    auroc : float or None
    bins : list of Bin
    """

    answers: int
    error: float
    perfect: float
    brier: float
    auroc: float | None
    bins: list[Bin]

    def to_json(self) -> dict[str, Any]:
        """Give the figures as what JSON holds."""
        return {**vars(self), "bins": [part._asdict() for part in self.bins]}


def measure(confidences: Sequence[float], right: Sequence[bool]) -> Trust:
    """Compute all figures of a set of answers."""
    return Trust(
        answers=len(confidences),
        error=calibration_error(confidences, right),
        perfect=perfect_error(confidences),
        brier=brier(confidences, right),
        auroc=auroc(confidences, right),
        bins=reliability(confidences, right),
    )


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
    z, share = _QUANTILE, right / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
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
