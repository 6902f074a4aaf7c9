"""Logits to the best legal IOB2 sequences, with and without a CRF; the twin of ``crf.py``.

    score(y) = start(y(1)) + sum of logits(t, y(t)) + sum of transitions(y(t-1), y(t)) + end(y(T))

Without a CRF the same with start, transitions and end at zero. No illegal sequence ever leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit.decoding.chain import Array, Chain, Floats, Ints
from slotkit.decoding.lattice import Lattice, lattices

_LARGEST = float(np.finfo(np.float32).max)
_MOST = 0.500001  # of all probability: no other sequence has as much
_ROUNDING = 1e-9  # by which, relatively, a probability may seem smaller than it is
_FEW = 8  # tags a word that are searched one by one, sooner than all of them as arrays


class Ranked(NamedTuple):
    """A tag sequence and its score.

    Parameters
    ----------
    tags : list of int
        The numbers of the T tags.
    score : float
        See the top of this file.
    """

    tags: list[int]
    score: float


class Decoder:
    """The legal IOB2 sequences of an utterance's logits.

    Parameters
    ----------
    tags : sequence of str
        The K tags in the order of the logits. An ``I-slot`` without its ``B-slot`` is allowed
        and never chosen.
    crf : mapping of str to array of float, optional
        ``transitions`` (K, K), ``start`` (K,) and ``end`` (K,) of a CRF.

    Attributes
    ----------
    chain : Chain
        The legal sequences, and what their moves score.

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

    def __init__(self, tags: Sequence[str], crf: Mapping[str, Floats] | None = None) -> None:
        self.chain = Chain(tags, crf)
        self._incoming: Array = np.ascontiguousarray(
            self.chain.transitions.T
        )  # a row a tag reached
        self._listed: list[list[float]] = []  # `_incoming`, made when first needed

    def decode(self, logits: Floats) -> Ints:
        """Find the best legal sequence.

        Parameters
        ----------
        logits : ndarray of float, shape (T, K)
            One row a word; T may be 0.

        Returns
        -------
        ndarray of int, shape (T,)
            Numbers of tags: the legal sequence with the largest score.
        """
        best: Ints = self.decode_batch(logits[None])[0]
        return best

    def decode_batch(self, logits: Floats) -> Ints:
        """Find the best legal sequences of utterances of one length, (B, T, K) to (B, T).

        Without a CRF, where every word's best tag together make a legal sequence, that is the
        answer. Else it is found by Viterbi's algorithm, with a CRF after exact pruning: a
        sequence is no likelier than any of its tags. So of the likeliest tag of every word is
        made one sequence; what is less likely than that is in no better one. If it has more than
        half of all probability there is nothing left to search.

        Parameters
        ----------
        logits : ndarray of float, shape (B, T, K)
        """
        best = np.empty(logits.shape[:2], dtype=np.intp)
        if best.size:
            best[:] = [one.tags for one in self.rank_batch(_finite(logits))]
        return best

    def rank_batch(self, logits: Floats, sums: Sequence[Lattice] | None = None) -> list[Ranked]:
        """Find the best legal sequences and their scores, as `decode_batch` does.

        Parameters
        ----------
        logits : ndarray of float, shape (B, T, K)
            Finite; T >= 1.
        sums : sequence of Lattice, optional
            Of these logits, at any temperature, where they are at hand.
        """
        sums = lattices(self.chain, logits) if sums is None else sums
        return [self._rank(logits, row, lattice) for row, lattice in enumerate(sums)]

    def _rank(self, several: Floats, row: int, lattice: Lattice) -> Ranked:
        """Find the best legal sequence of one of several utterances, and its score."""
        tags, score = lattice.likeliest
        if self.chain.plain and score > -np.inf:
            return Ranked(tags, score)
        probability = lattice.sequence(score)
        if probability <= _MOST:
            logits = several[row]
            if self.chain.plain:
                best = self._legal_viterbi(logits)
            else:
                kept = lattice.exact_marginals() >= probability * (1 - _ROUNDING)
                few = kept.sum() <= _FEW * len(kept)
                best = self._search(logits, kept) if few else self._viterbi(logits)
            tags, score = best.tolist(), self.chain.score(logits, best)
        return Ranked(tags, score)

    def _search(self, logits: Floats, kept: npt.NDArray[np.bool_]) -> Ints:
        """Find the best as `_viterbi` does, candidate by candidate."""
        if not self._listed:
            self._listed = self._incoming.tolist()
        words, tags = (found.tolist() for found in np.nonzero(kept))
        own = logits[kept].tolist()
        previous: list[tuple[int, float]] = []  # tags of the word before, and their totals
        totals: list[tuple[int, float]] = []
        before: list[dict[int, int]] = []  # of each word: the tag before, for each tag
        for t, tag, logit in zip(words, tags, own, strict=True):
            if t == len(before):
                previous, totals = totals, []
                before.append({})
            if not t:
                totals.append((tag, float(self.chain.start[tag]) + logit))
                continue
            best, chosen, incoming = -np.inf, -1, self._listed[tag]
            for other, total in previous:
                reached = total + incoming[other]
                if reached > best:
                    best, chosen = reached, other
            if chosen >= 0:
                totals.append((tag, best + logit))
                before[t][tag] = chosen
        end = self.chain.end
        path = [max(totals, key=lambda one: one[1] + float(end[one[0]]))[0]]
        for chosen_before in reversed(before[1:]):
            path.append(chosen_before[path[-1]])
        return np.array(path[::-1], dtype=np.intp)

    def _viterbi(self, logits: Floats) -> Ints:
        """Find the best: s(t, k) = logits(t, k) + max over j of s(t-1, j) + transitions(j, k)."""
        length = len(logits)
        before = np.empty((length, len(self.chain.start)), dtype=np.intp)
        columns = np.arange(len(self.chain.start))
        totals = self.chain.start + logits[0]
        for t in range(1, length):
            reached = totals + self._incoming
            before[t] = reached.argmax(axis=1)
            totals = reached[columns, before[t]] + logits[t]
        path = np.empty(length, dtype=np.intp)
        path[-1] = (totals + self.chain.end).argmax()
        for t in range(length - 1, 0, -1):
            path[t - 1] = before[t, path[t]]
        return path

    def _legal_viterbi(self, logits: Floats) -> Ints:
        """Find the best sequence where all legal transitions are at zero."""
        length = len(logits)
        tops = np.empty(length, dtype=np.intp)  # best tag of any at word t - 1
        opened = np.empty((length, len(self.chain.inside)), dtype=bool)  # I-slot follows its B-slot
        totals = np.where(self.chain.legal[-1], logits[0].astype(np.float64), -np.inf)  # (K,)
        for t in range(1, length):
            top = tops[t] = totals.argmax()
            begun, continued = totals[self.chain.begins], totals[self.chain.inside]  # (I,)
            opened[t] = begun > continued
            totals[:] = totals[top]
            totals[self.chain.inside] = np.maximum(begun, continued)
            totals += logits[t]

        path = np.empty(length, dtype=np.intp)
        path[-1] = totals.argmax()
        for t in range(length - 1, 0, -1):
            number = self.chain.number[path[t]]
            if number < 0:
                path[t - 1] = tops[t]
            else:
                path[t - 1] = self.chain.begins[number] if opened[t, number] else path[t]
        return path

    def n_best(self, logits: Floats, n: int) -> list[Ranked]:
        """Find the n best legal sequences, best first; all of them where there are fewer.

        Parameters
        ----------
        logits : ndarray of float, shape (T, K)
        n : int
            At least 1.

        Returns
        -------
        list of Ranked
        """
        if not len(logits):
            return [Ranked([], 0.0)]
        K = len(self.chain.start)
        incoming = self._incoming[:, :, None]  # (K, K, 1)
        totals = (self.chain.start + logits[0])[:, None]  # (K, N): the N best that end in each tag
        before = []
        for row in logits[1:]:
            reached = (totals + incoming).reshape(K, -1)  # (K, K * N)
            kept = np.argsort(-reached, axis=1, kind="stable")[:, :n]  # (K, N)
            before.append((kept, totals.shape[1]))
            totals = np.take_along_axis(reached, kept, axis=1) + row[:, None]
        final = (totals + self.chain.end[:, None]).ravel()
        found = []
        for place in np.argsort(-final, kind="stable")[:n]:
            if final[place] == -np.inf:
                break
            tag, rank = divmod(int(place), totals.shape[1])
            path = [tag]
            for kept, ranks in reversed(before):
                tag, rank = divmod(int(kept[tag, rank]), ranks)
                path.append(tag)
            found.append(Ranked(path[::-1], float(final[place])))
        return found


def _finite(logits: Floats) -> Floats:
    """Make a damaged model's infinities and NaN finite: minus infinity means illegal here."""
    if np.isfinite(logits).all():
        return logits
    return np.nan_to_num(logits, nan=-_LARGEST, posinf=_LARGEST, neginf=-_LARGEST)
