"""How far to trust a confidence: calibration error, Brier score, AUROC, thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

BINS = 15  # of equal mass
_DRAWS = 200  # simulated taggers that are perfectly calibrated

Floats = npt.NDArray[np.float64]


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
