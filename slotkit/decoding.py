"""Logits to legal IOB2 sequences and their probabilities, with and without a CRF.

    score(y) = start(y(1)) + sum of logits(t, y(t)) + sum of transitions(y(t-1), y(t)) + end(y(T))
    p(y) = exp(score(y) / temperature) / Z,  Z the sum over all legal sequences

Without a CRF the same with start, transitions and end at zero: among legal sequences it is the
product of the words' softmax. This is the twin of ``crf.py``; no illegal sequence ever leaves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from slotkit.tags import legal_transitions, split_tag

Floats = npt.NDArray[np.floating[Any]]
Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

_LARGEST = float(np.finfo(np.float32).max)


class Ranked(NamedTuple):
    """A tag sequence and its score.

    Parameters
    ----------
    tags : array of int, shape (T,)
        Numbers of tags.
    score : float
        See the top of this file.
    """

    tags: Ints
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
        self._plain = crf is None
        zeros = {"transitions": np.zeros((K, K)), "start": np.zeros(K), "end": np.zeros(K)}
        given = {name: np.asarray(w, dtype=np.float64) for name, w in (crf or zeros).items()}
        self.transitions: Array = np.where(self._legal[:-1], given["transitions"], -np.inf)
        self.start: Array = np.where(self._legal[-1], given["start"], -np.inf)
        self.end: Array = given["end"]
        # An I-slot has two predecessors, itself and its B-slot (itself again where there is
        # none); any other tag follows every tag. So without a CRF a step costs K, not K * K.
        self.inside: Ints = np.flatnonzero([tag.startswith("I-") for tag in tags])  # (I,)
        self.others: Ints = np.setdiff1d(np.arange(K), self.inside)  # (J,)
        begins = [self.index.get(f"B-{split_tag(tags[i])[1]}", i) for i in self.inside.tolist()]
        self.begins: Ints = np.array(begins, dtype=np.intp)
        self._number = np.full(K, -1)  # (K,): where a tag stands in `inside`
        self._number[self.inside] = np.arange(len(self.inside))

    def decode(self, logits: Floats) -> Ints:
        """Find the best legal sequence.

        Without a CRF, where every word's best tag together make a legal sequence, that is the
        answer. Else it is found by Viterbi's algorithm.

        Parameters
        ----------
        logits : ndarray of float, shape (T, K)
            One row a word; T may be 0.

        Returns
        -------
        ndarray of int, shape (T,)
            Numbers of tags: the legal sequence with the largest score.
        """
        if self._plain or not len(logits):
            best: Ints = logits.argmax(axis=1)  # (T,)
            previous = np.concatenate([[-1], best[:-1]]) if len(best) else best
            if self._legal[previous, best].all():
                return best
        # A damaged model's infinities and NaN become finite: minus infinity means illegal here.
        logits = np.nan_to_num(logits, nan=-_LARGEST, posinf=_LARGEST, neginf=-_LARGEST)
        return self._legal_viterbi(logits) if self._plain else self._viterbi(logits)

    def score(self, logits: Floats, tags: Ints) -> float:
        """Score a tag sequence of at least one word, as at the top of this file."""
        own = float(logits[np.arange(len(tags)), tags].sum(dtype=np.float64))
        steps = float(self.transitions[tags[:-1], tags[1:]].sum())
        return own + steps + float(self.start[tags[0]] + self.end[tags[-1]])

    def _viterbi(self, logits: Floats) -> Ints:
        """Find the best: s(t, k) = logits(t, k) + max over j of s(t-1, j) + transitions(j, k)."""
        length = len(logits)
        before = np.empty((length, len(self.start)), dtype=np.intp)
        columns = np.arange(len(self.start))
        incoming = np.ascontiguousarray(self.transitions.T)  # (K, K), a row for each tag reached
        totals = self.start + logits[0]
        for t in range(1, length):
            reached = totals + incoming
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
            number = self._number[path[t]]
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
            return [Ranked(np.zeros(0, dtype=np.intp), 0.0)]
        K = len(self.start)
        incoming = np.ascontiguousarray(self.transitions.T)[:, :, None]  # (K, K, 1)
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
            found.append(Ranked(np.array(path[::-1], dtype=np.intp), float(final[place])))
        return found


class Lattice:
    """The probabilities of all legal sequences of an utterance, by the forward-backward algorithm.

        alpha(t, k) = logits(t, k) + log sum over j of exp(alpha(t-1, j) + transitions(j, k))
        beta(t, k) = log sum over j of exp(transitions(k, j) + logits(t+1, j) + beta(t+1, j))

    Parameters
    ----------
    decoder : Decoder
    logits : ndarray of float, shape (T, K)
        T >= 1.
    temperature : float
        Divides all scores.

    References
    ----------
    Rabiner 1989, A tutorial on hidden Markov models, section III; Culotta and McCallum 2004,
    Confidence estimation for information extraction, for the constrained forward sum.
    """

    def __init__(self, decoder: Decoder, logits: Floats, temperature: float = 1.0) -> None:
        self._decoder = decoder
        self._temperature = temperature
        self._logits: Array = logits.astype(np.float64) / temperature
        self._transitions = decoder.transitions / temperature
        self._end = decoder.end / temperature
        with np.errstate(divide="ignore"):  # the logarithm of a sum of nothing
            self._run()
        self.log_z = float(np.logaddexp.reduce(self._alpha[-1] + self._end))

    def _run(self) -> None:
        """Compute alpha and beta, each (T, K); sums by matrix products of shifted exponentials."""
        others, inside, begins = self._decoder.others, self._decoder.inside, self._decoder.begins
        onward = self._transitions[:, others]  # (K, J), all legal
        shift = onward.max(axis=0)  # (J,)
        powers = np.exp(onward - shift)
        from_begin = self._transitions[begins, inside]  # (I,)
        from_inside = self._transitions[inside, inside]
        from_begin[begins == inside] = -np.inf  # has no B-slot: counted once, as its own
        logits = self._logits
        alpha, beta = np.empty_like(logits), np.empty_like(logits)
        alpha[0] = self._decoder.start / self._temperature + logits[0]
        beta[-1] = self._end
        for t in range(1, len(logits)):
            a = alpha[t - 1]
            top = a.max()
            alpha[t, others] = np.log(np.exp(a - top) @ powers) + (top + shift)
            alpha[t, inside] = np.logaddexp(a[begins] + from_begin, a[inside] + from_inside)
            alpha[t] += logits[t]
        for t in range(len(logits) - 2, -1, -1):
            ahead = logits[t + 1] + beta[t + 1]  # (K,)
            to_any = ahead[others] + shift
            top = to_any.max()
            b = np.log(powers @ np.exp(to_any - top)) + top
            b[inside] = np.logaddexp(b[inside], ahead[inside] + from_inside)
            b[begins] = np.logaddexp(b[begins], ahead[inside] + from_begin)
            beta[t] = b
        self._alpha, self._beta = alpha, beta

    def marginals(self) -> npt.NDArray[np.float32]:
        """Compute each word's distribution over tags.

        Returns
        -------
        ndarray of float32, shape (T, K)
            Every row sums to 1.
        """
        shares = np.exp(self._alpha + self._beta - self.log_z)
        normal: npt.NDArray[np.float32] = (shares / shares.sum(1, keepdims=True)).astype(np.float32)
        return normal

    def sequence(self, score: float) -> float:
        """Compute the probability of a sequence from its score."""
        return float(np.exp(min(score / self._temperature - self.log_z, 0.0)))

    def span(self, start: int, end: int, slot: str) -> float:
        """Compute the probability that exactly this span is in the tagging.

        That is ``B-slot`` at `start`, ``I-slot`` up to `end`, and what follows is not ``I-slot``:
        the sum over all sequences with that, by Z.

        Parameters
        ----------
        start, end : int
            Words, `end` exclusive.
        slot : str
        """
        index = self._decoder.index
        before, inside = index[f"B-{slot}"], index.get(f"I-{slot}")
        total = self._alpha[start, before]
        for t in range(start + 1, end):
            if inside is None:
                return 0.0
            total += self._transitions[before, inside] + self._logits[t, inside]
            before = inside
        if end == len(self._logits):
            total += self._end[before]
        else:
            onward = self._transitions[before] + self._logits[end] + self._beta[end]
            if inside is not None:
                onward[inside] = -np.inf
            total += np.logaddexp.reduce(onward)
        return float(np.exp(min(total - self.log_z, 0.0)))
