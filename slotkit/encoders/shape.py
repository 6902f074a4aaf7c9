"""The shape of a word: its case, digits and punctuation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from slotkit.encoders.words import LONGEST_WORD, OneOfN


class Shape(OneOfN):
    """The shape of a word as it is written: ``Taipei`` → ``Xx``, ``7:30pm`` → ``d:dx``.

    One dimension for each shape of the training words; the vector of any other shape is zero.
    Capital letters become X, other letters x, digits d, all else stays; then what repeats is
    written once. So lower-casing for the other encoders loses nothing.

    Parameters
    ----------
    vocabulary : sequence of str
        The shapes; `fit` sets it.
    """

    name = "shape"
    options = ()

    def __init__(self, *, vocabulary: Sequence[str] = ()) -> None:
        super().__init__(lower_case=False, fold_digits=False, vocabulary=vocabulary)

    def _normalise(self, word: str) -> str:
        """Return the shape of a word.

        Examples
        --------
        >>> [Shape()._normalise(word) for word in ("Taipei", "7:30pm", "O'Hare", "台北")]
        ['Xx', 'd:dx', "X'Xx", 'x']
        """
        letters = super()._normalise(word[:LONGEST_WORD])
        kinds = (
            "X" if c.isupper() or c.istitle() else "x" if c.isalpha() else "d" if c.isdigit() else c
            for c in letters
        )
        return "".join(kind for kind, _ in groupby(kinds))

    def unknown(self, word: str) -> tuple[int, ...]:
        return self.active(word)
