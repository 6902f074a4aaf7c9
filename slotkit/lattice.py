"""The probabilities of spans, words and sequences: sums over all legal sequences.

    p(y) = exp(score(y) / temperature) / Z,  Z the sum over all legal sequences

A span's confidence is the constrained sum over all sequences that hold exactly this span. Three
ways to the same numbers: `Lattice` in log space, the others by products of probabilities where
these fit into a double; `lattices` chooses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from slotkit.decoding import Decoder

Floats = npt.NDArray[np.floating[Any]]
Array = npt.NDArray[np.float64]

_WIDEST = 200.0  # nats that scores may lie apart, so that what is computed fits into a double
_LEFT_OUT = 1e-8  # probability of a span that is left out, by the number of words
_LEAST_LEGAL = 0.1  # share of the sequences that are legal, for what is left out to be little
_FEW = 1  # spans of two words a word that are summed one by one, sooner than all tags as arrays
_FEW_ALONE = 4  # the same of an utterance that is not among others
_MOST = 16  # spans a word, of any length

_Piece = tuple[int, int, float]


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

    Attributes
    ----------
    log_z : float
        The logarithm of Z.

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

    def shares(self) -> Array:
        """Compute the probability of each tag at each word, (T, K)."""
        shares: Array = np.exp(self._alpha + self._beta - self.log_z)
        return shares

    @property
    def likeliest(self) -> list[int]:
        """The likeliest tag of every word, which together may be illegal."""
        best: list[int] = self.shares().argmax(axis=1).tolist()
        return best

    def marginals(self) -> npt.NDArray[np.float32]:
        """Compute each word's distribution over tags.

        Returns
        -------
        ndarray of float32, shape (T, K)
            Every row sums to 1.
        """
        return self.shares().astype(np.float32)

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


class ChainLattice(Lattice):
    """The same under a CRF by products of exponentials: one matrix product a word.

        alpha(t, k) = rise(t, k) sum over j of alpha(t-1, j) moves(j, k)
        beta(t, j) = sum over k of moves(j, k) rise(t+1, k) beta(t+1, k)

    with moves = exp(transitions) and rise = exp(logits), each divided by its largest. Both are the
    same step, over the words and back, and are taken together.

    Parameters
    ----------
    decoder : Decoder
    temperature, log_z : float
    alpha, beta, rise, shares : array of float64, shape (T, K)
        The last is alpha times beta, in rows that sum to 1.
    likeliest : list of int
        The tag of the largest share of every word.
    moves : array of float64, shape (K, K)
    log_scales : array of float64, shape (2, T), or None
        What alpha and beta were divided by so that they fit into a double, if they were.
    log_z_scaled : float
        Log Z by these alpha and beta.
    """

    def __init__(
        self,
        decoder: Decoder,
        temperature: float,
        log_z: float,
        alpha: Array,
        beta: Array,
        rise: Array,
        shares: Array,
        likeliest: list[int],
        moves: Array,
        log_scales: Array | None,
        log_z_scaled: float,
    ) -> None:
        self._decoder, self._temperature, self.log_z = decoder, temperature, log_z
        self._alpha, self._beta, self._rise, self._moves = alpha, beta, rise, moves
        self._shares, self._log_scales, self._log_z_scaled = shares, log_scales, log_z_scaled
        self._likeliest = likeliest

    @property
    def likeliest(self) -> list[int]:
        return self._likeliest

    def shares(self) -> Array:
        return self._shares

    def span(self, start: int, end: int, slot: str) -> float:
        index = self._decoder.index
        before, inside = index[f"B-{slot}"], index.get(f"I-{slot}")
        moves, rise, beta = self._moves.item, self._rise.item, self._beta.item
        share = self._alpha.item(start, before)
        for t in range(start + 1, end):
            if inside is None:
                return 0.0
            share *= moves(before, inside) * rise(t, inside)
            before = inside
        after = beta(end - 1, before)  # all that may follow, less the same slot
        if end < len(self._rise) and inside is not None:
            goes_on = moves(before, inside) * rise(end, inside) * beta(end, inside)
            if self._log_scales is not None:
                goes_on *= math.exp(self._log_scales[1, end] - self._log_scales[1, end - 1])
            after -= goes_on
        share *= after
        log_scale = -self._log_z_scaled
        if self._log_scales is not None:
            log_scale += float(self._log_scales[0, start] + self._log_scales[1, end - 1])
        if share <= 0.0:
            return 0.0
        return math.exp(min(math.log(share) + log_scale, 0.0))


class PlainLattice(Lattice):
    """The same without a CRF, where a sequence has the product of its words' softmax P.

    A legal sequence is a row of spans and of single words whose tag is no ``I-slot``:

        V(s, n, x) = P(s, B-x) P(s+1, I-x) ... P(s+n-1, I-x), a span of n words from s on
        W(s, n) = sum over x of V(s, n, x); W(s, 1) = sum of P(s, k) over all k but I-slots
        F(t) = sum over n of F(t-n) W(t-n, n), all beginnings of t words; F(0) = 1, Z = F(T)
        G(t) = sum over n of W(t, n) G(t+n), all endings from t on; G(T) = 1

    A span has F(s) V(s, n, x) G(s+n) / Z. Hardly any V of two words and more is worth counting:
    those below 1e-8 / T are left out.

    Parameters
    ----------
    decoder : Decoder
    temperature : float
    shares : array of float64, shape (T, K)
        P.
    fresh : list of float
        W of each single word.
    spans : list of list of (int, int, float)
        For each word s, the spans of several words that begin there: s + n, x and V.
    log_sum : float
        The logarithm of what the softmax divided by, of all words together.
    """

    def __init__(
        self,
        decoder: Decoder,
        temperature: float,
        shares: Array,
        fresh: Sequence[float],
        spans: Sequence[Sequence[_Piece]],
        log_sum: float,
    ) -> None:
        self._decoder, self._temperature = decoder, temperature
        self._softmax = shares
        length = len(fresh)
        before, after = [1.0] + [0.0] * length, [0.0] * length + [1.0]  # F, G
        for s, (share, several) in enumerate(zip(fresh, spans, strict=True)):
            here = before[s]
            before[s + 1] += here * share
            for end, _, V in several:
                before[end] += here * V
        for s in range(length - 1, -1, -1):
            after[s] = fresh[s] * after[s + 1] + sum([V * after[end] for end, _, V in spans[s]])
        self._spans, self._before, self._after = spans, before, after
        self.legal = before[-1]  # Z, the share of all sequences
        self.log_z = math.log(self.legal) + log_sum if self.legal else -math.inf

    def shares(self) -> Array:
        decoder, before, after = self._decoder, self._before, self._after
        single = np.array(before[:-1]) * after[1:] / self.legal
        found: Array = self._softmax * single[:, None]
        found[:, decoder.inside] = 0.0
        places, shares = [], []  # in `found` as one row
        K, begins, inside = found.shape[1], decoder.begins.tolist(), decoder.inside.tolist()
        for s, several in enumerate(self._spans):
            here = before[s] / self.legal
            for end, x, V in several:
                places.append(s * K + begins[x])
                places += range((s + 1) * K + inside[x], end * K, K)
                shares += [here * V * after[end]] * (end - s)
        np.add.at(found.reshape(-1), places, shares)
        return found

    def span(self, start: int, end: int, slot: str) -> float:
        index, softmax = self._decoder.index, self._softmax.item
        inside = index.get(f"I-{slot}")
        share = softmax(start, index[f"B-{slot}"])
        for t in range(start + 1, end):
            share *= 0.0 if inside is None else softmax(t, inside)
        return min(self._before[start] * share * self._after[end] / self.legal, 1.0)


def lattices(decoder: Decoder, logits: Floats, temperature: float = 1.0) -> list[Lattice]:
    """Prepare the sums of utterances of one length.

    Parameters
    ----------
    decoder : Decoder
    logits : ndarray of float, shape (B, T, K)
        T >= 1.
    temperature : float
        Divides all scores.

    Returns
    -------
    list of Lattice
        One an utterance.
    """
    scores: Array = logits.astype(np.float64)
    scores /= temperature
    tops = scores.max(axis=2, keepdims=True)
    raised = np.exp(np.subtract(scores, tops, out=scores), out=scores)  # (B, T, K)
    found = _plain(decoder, raised, tops, temperature) if decoder.plain else None
    if found is None:
        found = _chains(decoder, raised, tops, temperature)
    return [
        Lattice(decoder, alone, temperature) if lattice is None else lattice
        for lattice, alone in zip(found, logits, strict=True)
    ]


class _Powers(NamedTuple):
    """Exponentials of a CRF's weights, each divided by its largest."""

    both: Array  # (2, K, K): moves, and its transpose
    first: Array  # (K,)
    close: Array  # (K,)
    shift: float  # what the logarithm of moves was shifted by
    shift_of_ends: float  # those of first and close together
    apart: float  # what transitions before and behind a word may differ by, in nats


@lru_cache(maxsize=8)
def _powers(decoder: Decoder, temperature: float) -> _Powers:
    """Compute the exponentials of a CRF's weights."""
    moves, first, close = (
        weight / temperature for weight in (decoder.transitions, decoder.start, decoder.end)
    )
    shift, shift_first, shift_close = (float(w.max()) for w in (moves, first, close))
    powers = np.exp(moves - shift)
    ranges = [float(w.max() - w[np.isfinite(w)].min()) for w in (moves, first, close)]
    return _Powers(
        both=np.stack([powers, powers.T]),
        first=np.exp(first - shift_first),
        close=np.exp(close - shift_close),
        shift=shift,
        shift_of_ends=shift_first + shift_close,
        apart=2 * max(ranges),
    )


def _plain(
    decoder: Decoder, raised: Array, tops: Array, temperature: float
) -> Sequence[Lattice | None] | None:
    """Prepare the sums without a CRF; None for those that do not fit into a double.

    None of them where a model is so unsure that there is too much to sum one by one; then `raised`
    holds a softmax, and `tops` its logarithms.
    """
    width = len(decoder.inside)
    sums = raised @ decoder.summed  # (B, T, 2): of all tags, and of all but I-slots
    shares = np.divide(raised, sums[:, :, :1], out=raised)
    fresh = sums[:, :, 1] / sums[:, :, 0]  # (B, T)
    tops += np.log(sums[:, :, :1])
    own = shares.take(decoder.inside_and_begins, axis=2)  # (B, T, 2 I)
    inside = own[:, :, :width]
    two = own[:, :-1, width:] * inside[:, 1:]  # V of two words
    two *= decoder.enters
    kept = np.nonzero(two > _LEFT_OUT / fresh.shape[1])
    if len(kept[0]) > (_FEW_ALONE if len(fresh) == 1 else _FEW) * fresh.size:
        return None
    pairs: list[list[_Piece]] = [[] for _ in raised]
    for b, s, x, V in zip(*(one.tolist() for one in (*kept, two[kept])), strict=True):
        pairs[b].append((s, x, V))
    log_sums = tops.sum(axis=(1, 2)).tolist()
    found: list[Lattice | None] = []
    for b, single in enumerate(fresh.tolist()):
        spans = _prolong(pairs[b], inside[b])
        made = None
        if spans is not None:
            made = PlainLattice(decoder, temperature, shares[b], single, spans, log_sums[b])
        found.append(made if made and made.legal > _LEAST_LEGAL else None)
    return found


def _prolong(pairs: Sequence[_Piece], inside: Array) -> list[list[_Piece]] | None:
    """Go on from spans of two words to longer ones, as long as they are likely enough to count.

    Parameters
    ----------
    pairs : list of (int, int, float)
        The first word s, the slot x, and V(s, 2, x).
    inside : array of float64, shape (T, I)
        P of the I-slots.

    Returns
    -------
    list of list of (int, int, float), or None
        See `PlainLattice`; None if there are too many.
    """
    length, share_of = len(inside), inside.item
    spans: list[list[_Piece]] = [[] for _ in range(length)]
    least, left = _LEFT_OUT / length, _MOST * length
    for s, x, share in pairs:
        end = s + 2
        while share > least:
            spans[s].append((end, x, share))
            left -= 1
            if not left:
                return None
            if end == length:
                break
            share *= share_of(end, x)
            end += 1
    return spans


def _chains(
    decoder: Decoder, raised: Array, tops: Array, temperature: float
) -> Sequence[Lattice | None]:
    """Prepare the sums under a CRF; none of them if one does not fit into a double."""
    both, first, close, shift, shift_of_ends, apart = _powers(decoder, temperature)
    apart -= math.log(max(float(raised.min()), math.exp(-2 * _WIDEST)))
    if not apart < _WIDEST:
        return [None] * len(raised)
    size, length, tags = raised.shape
    every = int(_WIDEST / max(apart, 1.0))  # words after which numbers are brought to 1 again
    rises = np.empty((length, 2, size, tags))
    rises[:, 0] = raised.transpose(1, 0, 2)
    rises[:, 1] = rises[::-1, 0]
    steps = np.empty_like(rises)  # over the words and back: alpha before its rise, and beta
    steps[0, 0], steps[0, 1] = first, close
    log_scales = np.zeros((2, length, size)) if length > every else None
    now = steps[0] * rises[0]
    for t in range(1, length):
        step = np.matmul(now, both, out=steps[t])
        if log_scales is not None and t % every == 0:
            sums = step.sum(axis=2, keepdims=True)
            step /= sums
            log_scales[:, t:] += np.log(sums).swapaxes(1, 2)
        np.multiply(step, rises[t], out=now)
    alphas = steps[:, 0]
    alphas *= rises[:, 0]
    betas = steps[::-1, 1]
    shares = alphas * betas  # (T, B, K)
    sums = shares.sum(axis=2, keepdims=True)
    shares /= sums
    scaled = np.log(sums[-1, :, 0])
    if log_scales is not None:
        log_scales[1] = log_scales[1, ::-1]
        scaled += log_scales[0, -1]
    log_z = (tops.sum(axis=(1, 2)) + ((length - 1) * shift + shift_of_ends) + scaled).tolist()
    best = shares.argmax(axis=2).T.tolist()
    return [
        ChainLattice(
            decoder,
            temperature,
            log_z[b],
            alphas[:, b],
            betas[:, b],
            rises[:, 0, b],
            shares[:, b],
            best[b],
            both[0],
            None if log_scales is None else log_scales[:, :, b],
            z,
        )
        for b, z in enumerate(scaled.tolist())
    ]
