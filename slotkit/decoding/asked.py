"""What was asked: a question makes some slots of an utterance likelier than others.

Training knows how much likelier an answer to a question fills each slot than an answer to any
question does. The score of a tag sequence gets, for each span, that logarithm with a fitted weight:

    score'(y) = score(y) + sum over spans of shift(asked, slot of the span)
    shift(a, s) = weight * log of p(s | asked a) / p(s)

A span right behind another of its slot counts no further: a name that is cut in two answers once.
So it is added to the transitions into ``B-slot`` from other slots, and to its start, and all
probabilities stay sums over legal sequences.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Shifts = Mapping[str, Mapping[str, float]]  # slot asked after -> slot -> nats

NEVER = -1e4  # nats: less than any score makes up for, and a probability of zero


def shift_of(tags: Sequence[str], shifts: Shifts, asked: Sequence[str]) -> Array:
    """Return what a span that begins is worth where some slots were asked after, (K,).

    Of several slots the chances of each are averaged.

    Examples
    --------
    >>> shift_of(["O", "B-to", "B-from"], {"to": {"to": 1.0, "from": -2.0}}, ["to"]).tolist()
    [0.0, 1.0, -2.0]
    """
    added = np.zeros(len(tags), dtype=np.float32)
    for k, tag in enumerate(tags):
        if tag.startswith("B-"):
            chances = [math.exp(shifts.get(one, {}).get(tag[2:], 0.0)) for one in asked]
            added[k] = math.log(sum(chances) / len(chances))
    return added


def shifted(tags: Sequence[str], crf: Mapping[str, Array] | None, shift: Array) -> dict[str, Array]:
    """Return the weights of a CRF to which a question is added.

    Parameters
    ----------
    tags : sequence of str
        The K tags.
    crf : mapping of str to array, or None
        ``transitions`` (K, K), ``start`` (K,) and ``end`` (K,); None for zeros.
    shift : array of float32, shape (K,)
        As `shift_of` gives it.
    """
    K = len(tags)
    zeros = {"transitions": np.zeros((K, K)), "start": np.zeros(K), "end": np.zeros(K)}
    own = {name: np.array(weight, dtype=np.float32) for name, weight in (crf or zeros).items()}
    slots = np.array([tag[2:] for tag in tags])
    elsewhere = slots[:, None] != slots  # (K, K): from another slot
    own["transitions"] += elsewhere * shift
    own["start"] += shift
    return own


def forbid(tags: Sequence[str], allowed: Sequence[str]) -> Array:
    """Return what is added to the logits so that no other slots are filled, (K,)."""
    names = {f"{prefix}-{slot}" for slot in allowed for prefix in "BI"}
    return np.array(
        [NEVER if tag[:2] in ("B-", "I-") and tag not in names else 0.0 for tag in tags],
        dtype=np.float32,
    )
