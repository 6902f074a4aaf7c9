"""Which utterance is labelled next: a doubtful one, of new wording, not like the last few.

Two utterances are alike by the words that they share: the weight of these over the weight of all
words of both, where a word weighs the more the fewer utterances have it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_RECENT = 10  # utterances that the next is to be unlike
_SHOWN_BEFORE = 0.5  # what is left of a word's worth each time that it has been shown


class Order:
    """Chooses the next utterance of a pool.

    Parameters
    ----------
    utterances : sequence of sequence of str
        The words of each of the N utterances.
    seed : int
        Decides between utterances that are worth the same.
    """

    def __init__(self, utterances: Sequence[Sequence[str]], seed: int) -> None:
        numbers: dict[str, int] = {}
        distinct = [sorted({word.lower() for word in words}) for words in utterances]
        for words in distinct:
            for word in words:
                numbers.setdefault(word, len(numbers))
        self._words = [np.array([numbers[word] for word in words], dtype=int) for words in distinct]
        self._flat = np.concatenate([*self._words, np.zeros(0, dtype=int)])
        self._rows = np.repeat(np.arange(len(distinct)), [len(words) for words in distinct])
        self._having = np.bincount(self._flat, minlength=len(numbers))  # utterances, of each word
        self._weights = np.log1p(len(distinct) / np.maximum(self._having, 1))
        self._mass = self._sums(self._weights)
        self._ties = np.random.default_rng(seed).permutation(len(distinct))

    def _sums(self, of_words: Array) -> Array:
        """Sum a number of each word over the words of each utterance, shape (N,)."""
        sums = np.bincount(self._rows, of_words[self._flat], minlength=len(self._words))
        return sums.astype(np.float64)  # which it is not where there is no word

    def likeness(self, one: int) -> Array:
        """Tell how alike each utterance is to one of them: 1 for the same words, 0 for none.

        Returns
        -------
        array of float64, shape (N,)
        """
        marked = np.zeros_like(self._weights)
        marked[self._words[one]] = self._weights[self._words[one]]
        shared = self._sums(marked)
        likeness: Array = shared / np.maximum(self._mass + self._mass[one] - shared, 1e-9)
        return likeness

    def novelty(self, shown: Sequence[int]) -> Array:
        """Tell how much of the pool's wording each utterance would show that was not shown yet.

        A word is worth the root of how many utterances have it, and half of that each time that
        it has been shown; an utterance is worth its words, over the root of their number.

        Returns
        -------
        array of float64, shape (N,)
        """
        times = np.bincount(
            np.concatenate([*(self._words[one] for one in shown), np.zeros(0, dtype=int)]),
            minlength=len(self._weights),
        )
        worth = np.sqrt(self._having) * _SHOWN_BEFORE**times
        lengths = np.array([max(1, len(words)) for words in self._words])
        novelty: Array = self._sums(worth) / np.sqrt(lengths)
        return novelty

    def next(
        self, left: Sequence[int], shown: Sequence[int], doubts: Array | None = None
    ) -> int | None:
        """Choose among the utterances that are left: the product of doubt, novelty, unlikeness.

        Parameters
        ----------
        left : sequence of int
            Those to choose from.
        shown : sequence of int
            Those that have been shown, the last one last.
        doubts : array of float64, shape (N,), optional
            How doubtful each is; without, all are alike in that.

        Returns
        -------
        int or None
            None where none is left.
        """
        if not len(left):
            return None
        worth = self.novelty(shown) * (1.0 if doubts is None else doubts)
        recent = [self.likeness(one) for one in shown[-_RECENT:]]
        if recent:
            worth = worth * (1 - np.max(recent, axis=0))
        places = np.asarray(left)
        best = np.lexsort((self._ties[places], -worth[places]))[0]
        return int(places[best])
