"""What was asked: a question makes some slots of an utterance likelier than others.

Training knows how much likelier an answer to a question fills each slot than an answer to any
question does. The score of a tag sequence gets, for each span, that logarithm with fitted weights,
which fades as the utterance is longer: who says more says also what it is.

    score'(y) = score(y) + temperature * fade(T) * sum over spans of
                shift(asked, slot) + border(asked, slot) * (starts the answer + ends it)
    shift(a, s) = u * log of p(kind | a) / p(kind) + v * log of p(s | a, kind) / p(s | kind)
    border(a, s) = w * log of p(s | a, kind) / p(s | kind)
    fade(T) = exp(-(T - 1) / fades)

where the kind is that of s, and u, v and w are the weights. What a question says of the kind, that
a place is likelier than a person, has a weight of its own: no cue in the answer goes against it, as
"to" does against a question for the departure. And no cue stands before a value that starts the
answer, nor behind one that ends it.

A span right behind another of its slot counts no further: a name that is cut in two answers once.
So it is added to the transitions into ``B-slot`` from other slots, and to its start, and all
probabilities stay sums over legal sequences.

A network that has learned from answers reads the question itself, as words before the answer; the
weights then are those of what it has not learned.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

NEVER = -1e4  # nats: less than any score makes up for, and a probability of zero
_LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)  # of utterances that are decoded alike


class Asked(NamedTuple):
    """What a model knows of questions.

    Parameters
    ----------
    fades : float
        Words after which a question is worth a third.
    shifts : mapping of str to mapping of str to float
        For each slot that may be asked after, what it adds to each slot, in nats.
    borders : mapping of str to mapping of str to float
        The same of what it adds where a value starts the answer, and where one ends it.
    """

    fades: float
    shifts: Mapping[str, Mapping[str, float]]
    borders: Mapping[str, Mapping[str, float]]


class Shift(NamedTuple):
    """What a question adds to the tags of an answer, in nats, arrays of float32, shape (K,).

    Parameters
    ----------
    begins : array
        Where a span begins; 0 but for each ``B-slot``.
    borders : array
        Besides, where the first word of the answer begins a span, and where the last ends one.
    """

    begins: Array
    borders: Array


def question_words(asked: Sequence[str], known: Collection[str]) -> list[str]:
    """Write a question as the words that a network reads before the answer.

    No tokenizer makes such words of a text, since they have a blank.

    Parameters
    ----------
    asked : sequence of str
        The slots that were asked after, in the order of the question.
    known : collection of str
        Those whose question the network has learned to read.

    Examples
    --------
    >>> question_words(["departure", "seat"], ["departure", "destination"])
    ['departure ?']
    """
    return [f"{slot} ?" for slot in asked if slot in known]


def length_of(words: int) -> int:
    """Return as how long an utterance counts.

    Examples
    --------
    >>> [length_of(words) for words in (1, 5, 9, 1000)]
    [1, 6, 12, 48]
    """
    return next((length for length in _LENGTHS if words <= length), _LENGTHS[-1])


def shift_of(tags: Sequence[str], known: Asked, asked: Sequence[str], words: int) -> Shift:
    """Return what tags are worth more or less where some slots were asked after.

    Of several slots the chances of each are averaged.

    Examples
    --------
    >>> known = Asked(8.0, {"to": {"to": 1.0, "from": -2.0}}, {"to": {"to": 0.5}})
    >>> begins, borders = shift_of(["O", "B-to", "I-to", "B-from"], known, ["to"], 1)
    >>> begins.tolist(), borders.tolist()
    ([0.0, 1.0, 0.0, -2.0], [0.0, 0.5, 0.5, 0.0])
    """
    fade = math.exp(-(length_of(words) - 1) / known.fades)

    def added(nats: Mapping[str, Mapping[str, float]], prefixes: str) -> Array:
        slots = [tag[2:] if tag[0] in prefixes else "" for tag in tags]
        of_each = (nats.get(one, {}) for one in asked)
        own = np.array([[one.get(slot, 0.0) for slot in slots] for one in of_each])  # (A, K)
        averaged: Array = np.logaddexp.reduce(fade * own) - math.log(len(own))
        return averaged.astype(np.float32)

    return Shift(added(known.shifts, "B"), added(known.borders, "BI"))


def shifted(
    tags: Sequence[str], crf: Mapping[str, Array] | None, shift: Shift, temperature: float
) -> dict[str, Array]:
    """Return the weights of a CRF to which a question is added.

    Parameters
    ----------
    tags : sequence of str
        The K tags.
    crf : mapping of str to array, or None
        ``transitions`` (K, K), ``start`` (K,) and ``end`` (K,); None for zeros.
    shift : Shift
    temperature : float
        That divides the scores of tag sequences afterwards.
    """
    K = len(tags)
    zeros = {"transitions": np.zeros((K, K)), "start": np.zeros(K), "end": np.zeros(K)}
    own = {name: np.array(weight, dtype=np.float32) for name, weight in (crf or zeros).items()}
    elsewhere, begins = _places(tuple(tags))
    own["transitions"] += elsewhere * temperature * shift.begins
    own["start"] += temperature * (shift.begins + shift.borders * begins)
    own["end"] += temperature * shift.borders
    return own


@lru_cache(maxsize=8)
def _places(tags: tuple[str, ...]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell which tags are of another slot than which, (K, K), and which begin a span, (K,)."""
    slots = np.array([tag[2:] for tag in tags])
    return slots[:, None] != slots, np.array([tag.startswith("B-") for tag in tags])


def forbid(tags: Sequence[str], allowed: Sequence[str]) -> Array:
    """Return what is added to the logits so that no other slots are filled, (K,)."""
    names = {f"{prefix}-{slot}" for slot in allowed for prefix in "BI"}
    return np.array(
        [NEVER if tag[:2] in ("B-", "I-") and tag not in names else 0.0 for tag in tags],
        dtype=np.float32,
    )
