"""The loops over words in C: they write into arrays that they are given.

Arrays are contiguous float32 unless said; B utterances of T words. One that does not
fit is a `TypeError`, `ValueError`, `BufferError`, `IndexError` or `OverflowError`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]

def add_up(table: Singles, rows: list[int], member: int, out: Singles) -> None:
    """Add up what the words of a window give: see `SlotFiller._add_up`.

    Parameters
    ----------
    table : array, shape (rows, members, 2w + 1, P)
    rows : list of int
        The row of each word, B utterances one behind the other.
    member : int
    out : array, shape (B, T, P)
    """

def affine(x: Singles, M: Singles, b: Singles, y: Singles) -> None:
    """Compute x(t) M + b: (B, T, D), (D, H) and (H,) to (B, T, H)."""

def all_finite(logits: Singles) -> bool:
    """Tell whether no number of (B, T, K) is infinite or NaN."""

def attention(
    x: Singles,
    layer: Sequence[Singles],
    heads: int,
    reach: int,
    allowed: npt.NDArray[np.bool_] | None,
) -> None:
    """Run a layer of attention in place: see `slotkit.runtime.attention`.

    Parameters
    ----------
    x : array, shape (B, T, H)
    layer : tuple of array
        Scale and shift (H,), W_q, W_k and W_v side by side (H, 3H), W_o (H, H); scale and shift,
        W_1 (H, 2H) and b_1, W_2 (2H, H) and b_2.
    heads, reach : int
        Words are attended to that are at most `reach` away.
    allowed : array of bool, shape (T, T), or None
    """

def chain(*constants: object) -> object:
    """Lay out for `sums` what holds at every word: see `_chain` in `slotkit.lattice`."""

def convolution(
    x: Singles, W: Singles | None, b: Singles, width: int, add: bool, h: Singles
) -> None:
    """Run h(t) = relu(b + sum over d of x(t + d) W_d), plus x(t) if `add`.

    Parameters
    ----------
    x : array, shape (B, T, D)
        Without `W` the products, side by side: D = width H.
    W : array, shape (width, D, H), or None
    b : array, shape (H,)
    width : int
    add : bool
    h : array, shape (B, T, H)
    """

def elman(seen: Singles, U: Singles, activation: str, out: Singles) -> None:
    """Run h(t) = f(seen(t) + h(t - 1) U).

    Parameters
    ----------
    seen, out : array, shape (B, T, H)
        In any order in memory in which a word's units lie side by side.
    U : array, shape (H, H)
    activation : str
        ``tanh``, ``relu`` or ``linear``.
    """

def jordan(
    seen: Singles,
    V: Singles,
    O: Singles,
    c: Singles,
    out: Singles,
    logits: Singles,
    kept: Singles | None = None,
) -> None:
    """Run h(t) = tanh(seen(t) + y(t - 1) V), y(t) = softmax(logits(t)), logits(t) = h(t) O + c.

    Parameters
    ----------
    seen, out : array, shape (B, T, H)
        As in `elman`.
    V, O, c : array, shapes (K, H), (H, K) and (K,)
    logits : array, shape (B, T, K)
        As `out`.
    kept : array, shape (B, T, H), or None
        What dropout multiplies h(t) with.
    """

def lstm(
    seen: Singles,
    U: Singles | None,
    C: Singles | None,
    activation: str,
    out: Singles,
    gates: Singles | None = None,
    cells: Singles | None = None,
) -> None:
    """Run the cells of an LSTM: see `slotkit.runtime.lstm`.

    Parameters
    ----------
    seen : array, shape (B, T, 4H)
        Blocks i, f, z, o; in memory as in `elman`.
    U : array, shape (H, 4H), or None
    C : array, shape (H, 4H), or diagonal (1, 4H), or None
    activation : str
        ``tanh``; anything else that `elman` knows is linear.
    out : array, shape (B, T, H)
    gates : array, shape (B, T, 4H), or None
        Written: s(i), s(f), g(z) and s(o).
    cells : array, shape (B, T + 1, H), or None
        Written with `gates`: c from t = 0, where it is zero.
    """

def norm(x: Singles, scale: Singles, shift: Singles, y: Singles) -> None:
    """Bring every word of (B, T, H) to mean 0 and variance 1, then scale and shift, both (H,)."""

def sums(
    logits: npt.NDArray[np.floating[Any]],
    chain: object,
    sums: npt.NDArray[np.float64],
    shares: Singles,
) -> list[tuple[float, float, list[int], list[tuple[int, int, str, float]]]]:
    """Run forward and backward: see `slotkit.lattice.ScaledLattice`.

    Parameters
    ----------
    logits : array of float32 or float64, shape (B, T, K)
    chain : object
        What `chain` made.
    sums : array of float64, shape (3, B, T, K)
    shares : array, shape (B, T, K)
        Both are written.

    Returns
    -------
    list of (float, float, list of int, list of (int, int, str, float))
        Of every utterance log Z, NaN where its numbers lie too far apart; the score of the best
        tags, these, and their spans as `Lattice.spans` tells them.
    """

def use_at_most(kind: int) -> int:
    """Use plain C (0), AVX2 (1) or AVX-512 (2), if the processor has it; return what is used.

    For tests: the widest is used unless said, and all give the same to the bit.
    """
