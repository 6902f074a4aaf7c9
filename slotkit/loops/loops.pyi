"""The loops over words in C: they write into arrays that they are given.

Arrays are contiguous float32 unless said; B utterances of T words. One that does not
fit is a `TypeError`, `ValueError`, `BufferError` or `IndexError`. The NumPy functions of the
same names, marked by `slotkit.loops.loop`, say what each computes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]

def add_up(table: Singles, rows: list[int], member: int, out: Singles) -> None:
    """Add up what the words of a window give: see `slotkit.tagging.scorer`.

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
    x: Singles, heads: int, reach: int, allowed: npt.NDArray[np.bool_] | None, *layer: Singles
) -> None:
    """Run a layer of attention in place: see `slotkit.taggers.attention.runtime`.

    Parameters
    ----------
    x : array, shape (B, T, H)
    heads, reach : int
        Words are attended to that are at most `reach` away.
    allowed : array of bool, shape (T, T), or None
    *layer : array
        Scale and shift (H,), W_q, W_k and W_v side by side (H, 3H), W_o (H, H); scale and shift,
        W_1 (H, 2H) and b_1, W_2 (2H, H) and b_2.
    """

def chain(*constants: object) -> Any:
    """Lay out for `sums` what holds at every word: see `slotkit.decoding.lattice`."""

def convolution(
    x: Singles, W: Singles | None, b: Singles, width: int, add: bool, h: Singles
) -> None:
    """Run a layer of convolution: see `slotkit.taggers.convolution.runtime`.

    Parameters
    ----------
    x : array, shape (B, T, D)
        Without `W` the products, side by side: D = width H.
    W : array, shape (width, D, H), or None
    b : array, shape (H,)
    width : int
    add : bool
        Whether x(t) is added.
    h : array, shape (B, T, H)
    """

def elman(projected: Singles, U: Singles, activation: str, out: Singles) -> None:
    """Run the memory of an Elman network: see `slotkit.taggers.elman.runtime`.

    Parameters
    ----------
    projected, out : array, shape (B, T, H)
        In any order in memory in which a word's units lie side by side.
    U : array, shape (H, H)
    activation : str
        ``tanh``, ``relu`` or ``linear``.
    """

def jordan(
    projected: Singles, V: Singles, O: Singles, c: Singles, out: Singles, logits: Singles
) -> None:
    """Run a Jordan network of one layer: see `slotkit.taggers.jordan.runtime`.

    Parameters
    ----------
    projected, out : array, shape (B, T, H)
        As in `elman`.
    V, O, c : array, shapes (K, H), (H, K) and (K,)
    logits : array, shape (B, T, K)
        As `out`.
    """

def lstm(U: Singles | None, C: Singles | None, activation: str, *words: Singles) -> None:
    """Run the cells of an LSTM, in one direction or both: see `slotkit.taggers.lstm.runtime`.

    Parameters
    ----------
    U : array, shape (W, H, 4H), or None
        Of W directions, one or two.
    C : array, shape (W, H, 4H), or diagonal (W, 1, 4H), or None
    activation : str
        ``tanh``, or anything else that `elman` knows, which is linear.
    *words : array
        Of each direction what is read, shape (B, T, 4H), the blocks i, f, z, o, in memory as in
        `elman`; then what is written, shape (B, T, H).
    """

def norm(x: Singles, scale: Singles, shift: Singles, y: Singles) -> None:
    """Bring every word of (B, T, H) to mean 0 and variance 1, then scale and shift, both (H,)."""

def sums(
    logits: npt.NDArray[np.float64], chain: Any, sums: npt.NDArray[np.float64], marginals: Singles
) -> list[tuple[float, float, list[int], Any]]:
    """Run forward and backward: see `slotkit.decoding.lattice.ScaledLattice`.

    Parameters
    ----------
    logits : array of float64, shape (B, T, K)
    chain : object
        What `chain` made.
    sums : array of float64, shape (3, B, T, K)
    marginals : array, shape (B, T, K)
        Both are written.

    Returns
    -------
    list of (float, float, list of int, list of (int, int, str, float) or None)
        Of every utterance log Z, NaN where its numbers lie too far apart; the score of the best
        tags, minus infinity where they are illegal together; these tags, and their spans as
        `Lattice.spans` tells them, or None where they have not been looked for.
    """

def use_at_most(kind: int) -> int:
    """Use plain C (0), AVX2 (1) or AVX-512 (2), if the processor has it; return what is used."""
