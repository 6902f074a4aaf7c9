"""The loops over words in C: all write into arrays that they are given.

Arrays are contiguous float32 unless said; B utterances of T words. `TypeError`, `ValueError` or
`IndexError` of one that does not fit.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]

def add_up(table: Singles, numbers: Ints, member: int, out: Singles) -> None:
    """Add up what the words of a window give: see `SlotFiller._add_up`.

    Parameters
    ----------
    table : array, shape (rows, members, 2w + 1, P)
    numbers : array of intp, shape (B, T)
        Rows of the table.
    member : int
    out : array, shape (B, T, P)
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
) -> None:
    """Run h(t) = tanh(seen(t) + y(t - 1) V), y(t) = softmax(logits(t)), logits(t) = h(t) O + c.

    Parameters
    ----------
    seen, out : array, shape (B, T, H)
        As in `elman`.
    V, O, c : array, shapes (K, H), (H, K) and (K,)
    logits : array, shape (B, T, K)
        As `out`.
    """

def lstm(
    seen: Singles, U: Singles | None, C: Singles | None, activation: str, out: Singles
) -> None:
    """Run the cells of an LSTM: see `slotkit.runtime.lstm`.

    Parameters
    ----------
    seen : array, shape (B, T, 4H)
        Blocks i, f, z, o; in memory as in `elman`.
    U : array, shape (H, 4H), or None
    C : array, shape (H, 4H), diagonal (4H,), or None
    activation : str
        ``tanh``; anything else that `elman` knows is linear.
    out : array, shape (B, T, H)
    """

def sums(
    logits: npt.NDArray[np.floating[Any]], constants: Sequence[object], sums: Sequence[object]
) -> None:
    """Run forward and backward: see `slotkit.lattice.ScaledLattice`.

    Parameters
    ----------
    logits : array of float32 or float64, shape (B, T, K)
    constants, sums : tuple
        As `slotkit.lattice` makes them; the second is written.
    """

def use_wide(wide: bool) -> bool:
    """Tell whether to use what needs AVX2, for tests; return whether it is used now."""
