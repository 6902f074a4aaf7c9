"""What is kept of every tensor of a trace, and what is set in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

# What the axes of a tensor are behind the words, by the end of its name and how many they are.
_AXES = {
    "window": ("place", "dimension"),
    "word": ("dimension",),
    "logits": ("tag",),
    "fed": ("tag",),
    "mask": ("word",),
    "scores": ("head", "word"),
    "weights": ("head", "word"),
    "part": ("head", "unit"),
    "parts": ("offset", "unit"),
    **dict.fromkeys(("q", "k", "v", "head"), ("head", "dimension")),
    **dict.fromkeys(("wx", "uh", "cc"), ("gate", "unit")),
}


class Edit(NamedTuple):
    """What a tensor is set to where it is made; all that is computed from it follows.

    Parameters
    ----------
    tensor : str
        Its name in the trace, such as ``ahead.0.f``.
    value : float or array
        A number, or an array that broadcasts to what is set: (words, units, ...). The same rows of
        another trace transplant them.
    words : sequence of int, optional
        Of which words; all unless given.
    units : sequence of int, optional
        Which of the axis behind the words: units, heads, gates, places of a window, or the words
        of a mask; all unless given.
    """

    tensor: str
    value: npt.ArrayLike = 0.0
    words: Sequence[int] | None = None
    units: Sequence[int] | None = None


class Recorder:
    """Keeps the rows of every tensor, and sets those that are edited; a `Probe` of networks.

    Parameters
    ----------
    length : int
        Words of the utterance.
    edits : sequence of Edit

    Raises
    ------
    ValueError
        If an edit names a word that is not there; and in a call, if it does not fit its tensor.
    """

    def __init__(self, length: int, edits: Sequence[Edit]) -> None:
        self._rows: dict[str, list[tuple[int, Array]]] = defaultdict(list)
        self._edits = edits
        for edit in edits:
            for word in edit.words or ():
                if not 0 <= word < length:
                    raise ValueError(f"an edit names word {word}, but there are {length}")
        self._all = range(length)

    def __call__(self, name: str, t: int, row: Array) -> Array:
        for edit in self._edits:
            words = self._all if edit.words is None else edit.words
            if edit.tensor == name and t in words:
                row = _set(edit, row, list(words).index(t), len(words))
        self._rows[name].append((t, row))
        return row

    def check(self) -> None:
        """Raise ValueError unless every edit has met its tensor."""
        for edit in self._edits:
            if edit.tensor not in self._rows:
                raise ValueError(f"no tensor {edit.tensor!r}; choose from {', '.join(self._rows)}")

    def tensors(self) -> dict[str, Array]:
        """Return the tensors, their words in the order of the text."""
        return {
            name: np.stack([row for _, row in sorted(rows, key=lambda one: one[0])])
            for name, rows in self._rows.items()
        }

    def axes(self) -> dict[str, tuple[str, ...]]:
        """Return what the axes of each tensor are."""
        found = {}
        for name, rows in self._rows.items():
            behind = _AXES.get(name.rpartition(".")[2], ("unit",))
            found[name] = ("word", *(behind if rows[0][1].ndim == len(behind) else ("unit",)))
        return found


def _set(edit: Edit, row: Array, number: int, count: int) -> Array:
    """Set what an edit names of the row of its word of this number, of `count` words."""
    changed = np.array(row)
    chosen = slice(None) if edit.units is None else list(edit.units)
    try:
        shape = (count, *changed[chosen].shape)
        changed[chosen] = np.broadcast_to(np.asarray(edit.value, dtype=np.float32), shape)[number]
    except IndexError:
        raise ValueError(
            f"an edit of {edit.tensor} names one of {list(edit.units or ())}, "
            f"but there are {len(row)}"
        ) from None
    except ValueError:
        raise ValueError(
            f"an edit of {edit.tensor} takes a number or an array of shape {shape}, "
            f"got {np.shape(edit.value)}"
        ) from None
    return changed
