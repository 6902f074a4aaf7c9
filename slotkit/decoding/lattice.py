"""The probabilities of spans, words and sequences: sums over all legal sequences.

    p(y) = exp(score(y) / temperature) / Z,  Z the sum over all legal sequences

A span's confidence is the constrained sum over all sequences that hold exactly this span. Two ways
to the same numbers: `Lattice` in log space, and `ScaledLattice` by products of probabilities, where
these fit into a double; `lattices` chooses. They stand in one file, to be read beside each other:
the first is what the second must give.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.decoding.chain import Chain, constants
from slotkit.loops import loop, run

Floats = npt.NDArray[np.floating[Any]]
Array = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
SpanFound = tuple[int, int, str, float]  # start, end, slot and probability

_ALPHA, _BETA, _STEPS = range(3)
_WIDEST = 200.0  # nats that scores may lie apart, so that what is computed fits into a double


class Lattice:
    """The probabilities of all legal sequences of an utterance, by the forward-backward algorithm.

        alpha(t, k) = logits(t, k) + log sum over j of exp(alpha(t-1, j) + transitions(j, k))
        beta(t, k) = log sum over j of exp(transitions(k, j) + logits(t+1, j) + beta(t+1, j))

    Parameters
    ----------
    chain : Chain
    logits : ndarray of float, shape (T, K)
        T >= 1.
    temperature : float
        Divides all scores.

    Attributes
    ----------
    log_z : float
        The logarithm of Z.

    References
    ----------
    Rabiner 1989, A tutorial on hidden Markov models, section III; Culotta and McCallum 2004,
    Confidence estimation for information extraction, for the constrained forward sum.
    """

    def __init__(self, chain: Chain, logits: Floats, temperature: float = 1.0) -> None:
        self._chain = chain
        self._temperature = temperature
        self._given = logits
        self._logits: Array = logits.astype(np.float64) / temperature
        self._transitions = chain.transitions / temperature
        self._end = chain.end / temperature
        with np.errstate(divide="ignore"):  # the logarithm of a sum of nothing
            self._run()
        self.log_z = float(np.logaddexp.reduce(self._alpha[-1] + self._end))

    def _run(self) -> None:
        """Compute alpha and beta, each (T, K)."""
        others, inside, begins = self._chain.others, self._chain.inside, self._chain.begins
        onward = self._transitions[:, others]  # (K, J), all legal
        from_begin = self._transitions[begins, inside]  # (I,)
        from_inside = self._transitions[inside, inside]
        from_begin[begins == inside] = -np.inf  # has no B-slot: counted once, as its own
        logits = self._logits
        alpha, beta = np.empty_like(logits), np.empty_like(logits)
        alpha[0] = self._chain.start / self._temperature + logits[0]
        beta[-1] = self._end
        for t in range(1, len(logits)):
            a = alpha[t - 1]
            alpha[t, others] = _log_sum(a[:, None] + onward, axis=0)
            alpha[t, inside] = np.logaddexp(a[begins] + from_begin, a[inside] + from_inside)
            alpha[t] += logits[t]
        for t in range(len(logits) - 2, -1, -1):
            ahead = logits[t + 1] + beta[t + 1]  # (K,)
            b = _log_sum(onward + ahead[others], axis=1)
            b[inside] = np.logaddexp(b[inside], ahead[inside] + from_inside)
            b[begins] = np.logaddexp(b[begins], ahead[inside] + from_begin)
            beta[t] = b
        self._alpha, self._beta = alpha, beta

    def exact_marginals(self) -> Array:
        """Compute each word's distribution over tags in double precision, (T, K)."""
        marginals: Array = np.exp(self._alpha + self._beta - self.log_z)
        return marginals

    @cached_property
    def likeliest(self) -> tuple[list[int], float]:
        """The best tag of every word, by its logit without a CRF and else by its marginal.

        And their score, minus infinity where they are illegal together.
        """
        best = (self._given if self._chain.plain else self.exact_marginals()).argmax(axis=1)
        return best.tolist(), self._chain.score(self._given, best)

    def marginals(self) -> Singles:
        """Compute each word's distribution over tags.

        Returns
        -------
        ndarray of float32, shape (T, K)
            Every row sums to 1.
        """
        return self.exact_marginals().astype(np.float32)

    def sequence(self, score: float) -> float:
        """Compute the probability of a sequence from its score."""
        return math.exp(min(score / self._temperature - self.log_z, 0.0))

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
        index = self._chain.index
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

    def spans(self, tags: Sequence[int]) -> list[SpanFound]:
        """Find the spans of a legal sequence and compute the probability of each, as `span`."""
        return [(*span, self.span(*span)) for span in self._chain.spans(tags)]


def _log_sum(scores: Array, axis: int) -> Array:
    """Compute the logarithm of the sum of exponentials, each sum by its own largest."""
    tops = scores.max(axis=axis, keepdims=True)
    tops[tops == -np.inf] = 0.0
    sums: Array = np.log(np.exp(scores - tops).sum(axis=axis)) + tops.squeeze(axis)
    return sums


class ScaledLattice(Lattice):
    """The same by products of exponentials, each word's alpha brought to the sum of 1.

        alpha(t, k) = steps(t, k) sum over j of alpha(t-1, j) exp(transitions(j, k))
        beta(t, j) = sum over k of exp(transitions(j, k)) steps(t+1, k) beta(t+1, k)

    with steps = exp(logits) by what alpha would sum to, so that alpha times beta sums to 1 at every
    word (Rabiner 1989, section V.A).

    Parameters
    ----------
    chain : Chain
    temperature : float
    sums : array of float64, shape (3, B, T, K)
        Alpha, beta and steps of several utterances.
    marginals : array of float32, shape (B, T, K)
        Alpha times beta.
    row : int
        Which of them.
    log_z, score : float
    likeliest : list of int
        The tags that the score is of.
    spans : list of (int, int, str, float), optional
        Their spans, each with its probability.
    """

    def __init__(
        self,
        chain: Chain,
        temperature: float,
        sums: Array,
        marginals: Singles,
        row: int,
        log_z: float,
        score: float,
        likeliest: list[int],
        spans: list[SpanFound] | None,
    ) -> None:
        self._chain, self._temperature, self._row, self.log_z = chain, temperature, row, log_z
        self._sums, self._marginals = sums, marginals
        self.likeliest, self._spans = (likeliest, score), spans

    def exact_marginals(self) -> Array:
        alpha, beta, _ = self._sums[:, self._row]
        marginals: Array = alpha * beta
        return marginals

    def marginals(self) -> Singles:
        marginals: Singles = self._marginals[self._row]
        return marginals

    def span(self, start: int, end: int, slot: str) -> float:
        row, length, chain = self._row, len(self.likeliest[0]), self._chain
        before, inside = chain.index[f"B-{slot}"], chain.index.get(f"I-{slot}")
        number = self._sums.item
        p = number(_ALPHA, row, start, before)
        if inside is None:
            return p * number(_BETA, row, start, before) if end == start + 1 else 0.0
        moves = constants(chain, self._temperature).moves_inside
        for t in range(start + 1, end):
            p *= moves[before, inside] * number(_STEPS, row, t, inside)
            before = inside
        after = number(_BETA, row, end - 1, before)  # all that may follow, less the same slot
        if end < length:
            on = number(_STEPS, row, end, inside) * number(_BETA, row, end, inside)
            after -= moves[before, inside] * on
        return min(max(p * after, 0.0), 1.0)

    def spans(self, tags: Sequence[int]) -> list[SpanFound]:
        if self._spans is None or tags != self.likeliest[0]:
            return super().spans(tags)
        return self._spans


def lattices(chain: Chain, logits: Floats, temperature: float = 1.0) -> list[Lattice]:
    """Prepare the sums of utterances of one length.

    Parameters
    ----------
    chain : Chain
    logits : ndarray of float, shape (B, T, K)
        T >= 1.
    temperature : float
        Divides all scores.

    Returns
    -------
    list of Lattice
        One an utterance.
    """
    written = np.empty((3, *logits.shape))
    marginals = np.empty(logits.shape, dtype=np.float32)
    exact = np.ascontiguousarray(logits, dtype=np.float64)
    found = run.sums(exact, _lay_out(run.chain, chain, temperature), written, marginals)
    return [
        ScaledLattice(chain, temperature, written, marginals, row, *one)
        if math.isfinite(one[0])
        else Lattice(chain, logits[row], temperature)
        for row, one in enumerate(found)
    ]


@lru_cache(maxsize=8)
def _lay_out(make: Callable[..., Any], chain: Chain, temperature: float) -> Any:
    """Lay out what holds at every word of every utterance, for `sums`."""
    one = constants(chain, temperature)
    crf: tuple[Array | None, ...] = (None,) * 5
    if one.moves is not None:
        back = np.ascontiguousarray(one.moves.T)
        crf = (one.moves, back, chain.transitions, chain.start, chain.end)
    inside, begins = chain.inside, chain.begins
    follower = np.full(len(one.first), -1, dtype=np.intp)  # where a B-slot's I-slot is in `inside`
    follower[begins] = np.where(begins == inside, -1, np.arange(len(inside)))
    indices = chain.others, inside, begins, chain.number, follower
    return make(
        *(tuple(chain.begun), one.first, one.close, *crf),
        *(numbers.tolist() for numbers in indices),
        *(one.enter, one.stay, temperature, one.shift, one.shift_of_ends, one.apart, _WIDEST),
    )


@loop
def chain(*constants: Any) -> tuple[Array, tuple[Any, ...]]:
    """Write the moves as one matrix from rows to columns, and transposed: 0 where illegal."""
    names, _, _, moves, _, _, _, _, others, inside, begins, _, _, enter, stay, *_ = constants
    matrix = np.zeros((len(names), len(names)))
    matrix[:, others] = 1.0 if moves is None else moves
    matrix[begins, inside] = enter
    matrix[inside, inside] = stay
    return np.stack([matrix, matrix.T]), constants


@loop
def sums(
    logits: Array, chain: tuple[Array, tuple[Any, ...]], sums: Array, marginals: Singles
) -> list[tuple[float, float, list[int], None]]:
    """Run forward and backward over all utterances, as at the top of `ScaledLattice`.

    Every second word is brought to the sum of 1: `_WIDEST` leaves room for two.
    """
    alpha, beta, steps = sums
    moves, (_, first, close, _, _, *crf, _, _, _, _, _, _, _) = chain[0], chain[1][:15]
    temperature, shift, shift_of_ends, apart_at_most, widest = chain[1][15:]
    length = logits.shape[1]
    tops = logits.max(axis=2, keepdims=True)  # (B, T, 1)
    np.subtract(logits, tops, out=steps)
    apart = -steps.min(axis=(1, 2)) / temperature + apart_at_most
    steps /= temperature
    np.exp(steps, out=steps)
    # Forward and backward at once: what goes back is steps times beta, by its own sums.
    both = np.stack([steps.swapaxes(0, 1), steps[:, ::-1].swapaxes(0, 1)], axis=1)  # (T, 2, B, K)
    sizes = np.ones((length, 2, len(logits), 1))
    now, reached = both[0], np.empty_like(both[0])
    now[0] *= first
    now[1] *= close
    with np.errstate(all="ignore"):  # what does not fit is not used
        for t in range(1, length):
            rise = both[t]
            rise *= np.matmul(now, moves, out=reached)
            if t % 2:
                rise /= rise.sum(axis=2, keepdims=True, out=sizes[t])
            now = rise
        alpha[...] = both[:, 0].swapaxes(0, 1)
        np.divide(both[::-1, 1].swapaxes(0, 1), steps, out=beta)
        steps /= sizes[:, 0].swapaxes(0, 1)
        ends = alpha[:, -1] @ close  # (B,)
        log_z = np.log(sizes[:, 0]).sum(axis=(0, 2)) + np.log(ends)
        log_z += tops.sum(axis=(1, 2)) / temperature + (shift * (length - 1) + shift_of_ends)
        exact = alpha * beta
        whole = exact.sum(axis=2, keepdims=True)
        beta /= whole
        exact /= whole
    marginals[...] = exact
    log_z[~(apart < widest)] = np.nan
    best = (logits if crf[0] is None else exact).argmax(axis=2)
    before, after = best[:, :-1], best[:, 1:]
    rows, words = np.arange(len(best))[:, None], np.arange(length)
    scores = logits[rows, words, best].sum(axis=1)
    if crf[0] is None:
        legal = moves[0][before, after].all(axis=1) & (first[best[:, 0]] > 0)
        scores[~legal] = -np.inf
    else:
        transitions, start, end = crf
        scores += transitions[before, after].sum(axis=1) + start[best[:, 0]] + end[best[:, -1]]
    each = zip(log_z.tolist(), scores.tolist(), best.tolist(), strict=True)
    return [(*one, None) for one in each]
