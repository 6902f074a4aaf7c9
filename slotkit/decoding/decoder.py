"""Logits to the best legal IOB2 sequences, with and without a CRF; the twin of ``crf.py``.

    score(y) = start(y(1)) + sum of logits(t, y(t)) + sum of transitions(y(t-1), y(t)) + end(y(T))

Without a CRF the same with start, transitions and end at zero. No illegal sequence ever leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit.decoding.lattice import Lattice, lattices
from slotkit.text.tags import Span, legal_transitions, split_tag

Floats = npt.NDArray[np.floating[Any]]
Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

_LARGEST = float(np.finfo(np.float32).max)
_MOST = 0.500001  # of all probability: no other sequence has as much
_ROUNDING = 1e-9  # share by which a probability may seem smaller than it is
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
    plain : bool
        There is no CRF, so that all legal transitions are at zero.
    index : dict of str to int
        The number of each tag.
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

    Examples
    --------
    >>> decoder = Decoder(["O", "B-to", "I-to"])
    >>> decoder.decode(np.array([[3.0, 2.0, 0.0], [0.0, 1.0, 4.0]])).tolist()
    [1, 2]
    """

    def __init__(self, tags: Sequence[str], crf: Mapping[str, Floats] | None = None) -> None:
        K = len(tags)
        if all(tag.startswith("I-") for tag in tags):
            raise ValueError("tags must hold O or some B-slot, got only I- tags")
        self.index = {tag: number for number, tag in enumerate(tags)}
        self._legal = legal_transitions(tags)  # (K + 1, K)
        self.plain = crf is None
        zeros = {"transitions": np.zeros((K, K)), "start": np.zeros(K), "end": np.zeros(K)}
        given = {name: np.asarray(w, dtype=np.float64) for name, w in (crf or zeros).items()}
        self.transitions: Array = np.where(self._legal[:-1], given["transitions"], -np.inf)
        self.start: Array = np.where(self._legal[-1], given["start"], -np.inf)
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
        self._incoming: Array = np.ascontiguousarray(self.transitions.T)  # a row a tag reached
        self._continues = within.tolist()
        slots = [split_tag(tag)[1] for tag in tags]
        self.begun: list[str | None] = [
            None if not slot or inside else slot
            for slot, inside in zip(slots, self._continues, strict=True)
        ]
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
        sums = lattices(self, logits) if sums is None else sums
        return [self._rank(logits, row, lattice) for row, lattice in enumerate(sums)]

    def _rank(self, several: Floats, row: int, lattice: Lattice) -> Ranked:
        """Find the best legal sequence of one of several utterances, and its score."""
        tags, score = lattice.likeliest
        if self.plain and score > -np.inf:
            return Ranked(tags, score)
        probability = lattice.sequence(score)
        if probability <= _MOST:
            logits = several[row]
            if self.plain:
                best = self._legal_viterbi(logits)
            else:
                kept = lattice.shares() >= probability * (1 - _ROUNDING)
                few = kept.sum() <= _FEW * len(kept)
                best = self._search(logits, kept) if few else self._viterbi(logits)
            tags, score = best.tolist(), self.score(logits, best)
        return Ranked(tags, score)

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
                totals.append((tag, float(self.start[tag]) + logit))
                continue
            best, chosen, incoming = -np.inf, -1, self._listed[tag]
            for other, total in previous:
                reached = total + incoming[other]
                if reached > best:
                    best, chosen = reached, other
            if chosen >= 0:
                totals.append((tag, best + logit))
                before[t][tag] = chosen
        end = self.end
        path = [max(totals, key=lambda one: one[1] + float(end[one[0]]))[0]]
        for chosen_before in reversed(before[1:]):
            path.append(chosen_before[path[-1]])
        return np.array(path[::-1], dtype=np.intp)

    def _viterbi(self, logits: Floats) -> Ints:
        """Find the best: s(t, k) = logits(t, k) + max over j of s(t-1, j) + transitions(j, k)."""
        length = len(logits)
        before = np.empty((length, len(self.start)), dtype=np.intp)
        columns = np.arange(len(self.start))
        totals = self.start + logits[0]
        for t in range(1, length):
            reached = totals + self._incoming
            before[t] = reached.argmax(axis=1)
            totals = reached[columns, before[t]] + logits[t]
        path = np.empty(length, dtype=np.intp)
        path[-1] = (totals + self.end).argmax()
        for t in range(length - 1, 0, -1):
            path[t - 1] = before[t, path[t]]
        return path

    def _legal_viterbi(self, logits: Floats) -> Ints:
        """Find the best sequence where all legal transitions are at zero."""
        length = len(logits)
        tops = np.empty(length, dtype=np.intp)  # best tag of any at word t - 1
        opened = np.empty((length, len(self.inside)), dtype=bool)  # I-slot follows its B-slot
        totals = np.where(self._legal[-1], logits[0].astype(np.float64), -np.inf)  # (K,)
        for t in range(1, length):
            top = tops[t] = totals.argmax()
            begun, continued = totals[self.begins], totals[self.inside]  # (I,)
            opened[t] = begun > continued
            totals[:] = totals[top]
            totals[self.inside] = np.maximum(begun, continued)
            totals += logits[t]

        path = np.empty(length, dtype=np.intp)
        path[-1] = totals.argmax()
        for t in range(length - 1, 0, -1):
            number = self.number[path[t]]
            if number < 0:
                path[t - 1] = tops[t]
            else:
                path[t - 1] = self.begins[number] if opened[t, number] else path[t]
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
        K = len(self.start)
        incoming = self._incoming[:, :, None]  # (K, K, 1)
        totals = (self.start + logits[0])[:, None]  # (K, N): the N best that end in each tag
        before = []
        for row in logits[1:]:
            reached = (totals + incoming).reshape(K, -1)  # (K, K * N)
            kept = np.argsort(-reached, axis=1, kind="stable")[:, :n]  # (K, N)
            before.append((kept, totals.shape[1]))
            totals = np.take_along_axis(reached, kept, axis=1) + row[:, None]
        final = (totals + self.end[:, None]).ravel()
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
