"""What an utterance wants, beside its slots: one intent, or several at once (``a#b``).

Scores of single intents come from the pooled hidden layer, and from the slots: training knows how
much likelier each makes an intent. A set of intents has the sum of their scores, and all sets of at
most `most` intents share one softmax:

    pooled = [mean over t of h(t); max over t of h(t)]
    s(i) = W(i) pooled + b(i) + weight * (sum over t of log sum over k of p(t, k) exp(pmi(i, k)))
    pmi(i, B-s) = log of p(slot s | intent i) / p(slot s) in training, 0 for other tags
    p(set) = softmax over sets of (sum of s(i) for i in set + c(size of set))

With one intent at a time that is the plain softmax.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

JOINED = "#"
_MOST_SAID = 50.0  # nats, of one word: more than any training can say
MOST_SETS = 1000  # more are not compared: then only smaller sets are

Array = npt.NDArray[np.float32]


class Intent(NamedTuple):
    """What an utterance wants.

    Parameters
    ----------
    name : str
        Several are joined by ``#``, the likeliest first.
    confidence : float
        The probability of exactly this set of intents.
    """

    name: str
    confidence: float


def split_intents(label: str) -> list[str]:
    """Split a label into its intents, each once; the empty label has none.

    Examples
    --------
    >>> split_intents("flight#airfare")
    ['flight', 'airfare']
    """
    return list(dict.fromkeys(name for name in label.split(JOINED) if name))


def find_intents(labels: Iterable[str]) -> tuple[list[str], int]:
    """Collect the intents of training, and how many at most stand together.

    Returns
    -------
    list of str
        The I single intents, sorted.
    int
        The most in one label, less where there would be more than 1,000 sets; 0 without intents.
    """
    sets = {frozenset(split_intents(label)) for label in labels}
    names = sorted({name for one in sets for name in one})
    most = max(map(len, sets), default=0)
    while most > 1 and count_sets(len(names), most) > MOST_SETS:
        most -= 1
    return names, most


def count_sets(num_intents: int, most: int) -> int:
    """Count the sets of 1 to `most` of so many intents."""
    return sum(math.comb(num_intents, size) for size in range(1, most + 1))


def measure_pmi(
    names: Sequence[str],
    tags: Sequence[str],
    labels: Iterable[str],
    tagged: Iterable[Iterable[str]],
) -> Array:
    """Measure how much likelier each slot makes each intent.

    Both are counted once an utterance that has a label, and one more of each pair than there are
    and than chance would make, so that a rare pair says little.

    Parameters
    ----------
    names : sequence of str
        The I single intents.
    tags : sequence of str
        The K tags of the model.
    labels : iterable of str
        The label of each utterance.
    tagged : iterable of iterable of str
        The tags of each.

    Returns
    -------
    array of float32, shape (I, K)
        ``pmi`` of the top of this file: pointwise mutual information, in nats.

    References
    ----------
    Church and Hanks 1990, Word association norms, mutual information, and lexicography.
    """
    rows = {name: i for i, name in enumerate(names)}
    columns = {tag: k for k, tag in enumerate(tags) if tag.startswith("B-")}
    together = np.zeros((len(names), len(tags)))
    of_intent, of_slot = np.zeros((len(names), 1)), np.zeros(len(tags))
    counted = Counter(pair for pair in zip(labels, map(frozenset, tagged), strict=True) if pair[0])
    for (label, own), count in counted.items():
        begun = [columns[tag] for tag in own & columns.keys()]
        wanted = [rows[name] for name in split_intents(label)]
        of_slot[begun] += count
        of_intent[wanted] += count
        together[np.ix_(wanted, begun)] += count
    by_chance = of_intent * of_slot / max(1, counted.total())
    weights: Array = np.log((together + 1) / (by_chance + 1)).astype(np.float32)
    return weights


def slot_factors(pmi: Array) -> Array:
    """Return exp(pmi), (I, K), whatever a file says: nothing overflows, none is zero."""
    factors: Array = np.exp(np.clip(pmi, -_MOST_SAID, _MOST_SAID))
    return factors


def slot_evidence(factors: Array, probabilities: Array) -> Array:
    """Compute what the slots of an utterance say of single intents.

    Parameters
    ----------
    factors : array of float32, shape (I, K)
        What `slot_factors` gave.
    probabilities : array of float32, shape (T, K)
        Of every word's tags.

    Returns
    -------
    array of float32, shape (I,)
        In nats.
    """
    said: Array = np.log(probabilities @ factors.T).sum(axis=0)
    return said


class IntentSets:
    """All sets of at most `most` intents, C in number.

    Parameters
    ----------
    names : sequence of str
        The I single intents.
    most : int
        Intents of a set.

    Attributes
    ----------
    members : array of float32, shape (C, I)
        1 where an intent is in a set.
    sizes : array of int, shape (C,)
        Intents of each set.
    """

    def __init__(self, names: Sequence[str], most: int) -> None:
        self.names = list(names)
        numbers = range(len(self.names))
        self._sets = list(chain.from_iterable(combinations(numbers, n + 1) for n in range(most)))
        self.members: Array = np.zeros((len(self._sets), len(self.names)), dtype=np.float32)
        for row, members in enumerate(self._sets):
            self.members[row, list(members)] = 1
        self.sizes: npt.NDArray[np.int64] = self.members.sum(1).astype(np.int64)

    def number(self, label: str) -> int | None:
        """Return the number of a label's set, in any order; None for one that is not here."""
        index = {name: number for number, name in enumerate(self.names)}
        found = tuple(sorted(index.get(name, -1) for name in split_intents(label)))
        return self._sets.index(found) if found in self._sets else None

    def logits(self, scores: Array, by_size: Array) -> Array:
        """Score the sets, (C,), from the scores of single intents, (I,), and of sizes, (most,)."""
        sets: Array = self.members @ scores + by_size[self.sizes - 1]
        return sets

    def rank(self, logits: Array) -> list[Intent]:
        """Rank single intents by the probability of all sets that hold them.

        Parameters
        ----------
        logits : array of float32, shape (C,)
            Of the sets, divided by the temperature.
        """
        of_sets = np.exp(logits - logits.max())
        single = (of_sets / of_sets.sum()) @ self.members
        order = np.argsort(-single, kind="stable").tolist()
        return [Intent(self.names[n], min(1.0, float(single[n]))) for n in order]

    def forbidden(self, allowed: Collection[str]) -> npt.NDArray[np.bool_]:
        """Tell which sets hold an intent that is not allowed, (C,)."""
        others = np.array([name not in allowed for name in self.names], dtype=np.float32)
        found: npt.NDArray[np.bool_] = self.members @ others > 0
        return found

    def choose(self, scores: Array, logits: Array) -> Intent:
        """Choose the likeliest set.

        Parameters
        ----------
        scores : array of float32, shape (I,)
            Of the single intents.
        logits : array of float32, shape (C,)
            Of the sets, divided by the temperature.
        """
        best = int(logits.argmax())
        confidence = 1 / np.exp(logits - logits[best]).sum()
        likeliest = sorted(self._sets[best], key=lambda number: -scores[number])
        return Intent(JOINED.join(self.names[n] for n in likeliest), float(confidence))


def accuracy(gold: Sequence[str], predicted: Sequence[str]) -> dict[str, Any]:
    """Compute how many utterances have the right intent.

    Parameters
    ----------
    gold, predicted : sequence of str
        The labels of each utterance; those without a gold one are left out.

    Returns
    -------
    dict
        ``exact``, the share with exactly the right set of intents; ``first``, the share where
        the likeliest intent is the first of the gold ones; ``support``.

    Examples
    --------
    >>> accuracy(["flight#fare", "fare"], ["flight", "fare"])
    {'exact': 0.5, 'first': 1.0, 'support': 2}
    """
    pairs = [
        (split_intents(g), split_intents(p)) for g, p in zip(gold, predicted, strict=True) if g
    ]
    exact = sum(set(g) == set(p) for g, p in pairs)
    first = sum(g[:1] == p[:1] for g, p in pairs)
    count = max(1, len(pairs))
    return {"exact": exact / count, "first": first / count, "support": len(pairs)}


def shapes(num_intents: int, most: int, states_size: int) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight."""
    return {"weight": (num_intents, 2 * states_size), "bias": (num_intents,), "by_size": (most,)}


def score_intents(weights: Mapping[str, Array], pooled: Array) -> Array:
    """Score single intents from the pooled hidden layer: (..., 2S) to (..., I)."""
    scores: Array = pooled @ weights["weight"].T + weights["bias"]
    return scores
