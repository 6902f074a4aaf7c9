"""Word hashing: a word as its pieces of some letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slotkit.encoders.words import LONGEST_WORD, OneOfN


class Hashing(OneOfN):
    """Word hashing: one dimension for each piece of `letters` letters of ``#word#``.

    A piece that occurs twice counts once; a word shorter than the piece is its own piece. The
    boundary is ``#``; a ``#`` of the text itself is written ``\\#``.

    Parameters
    ----------
    lower_case, fold_digits : bool
        See `normalise`.
    letters : int
        Letters in a piece.
    vocabulary : sequence of str
        The pieces; `fit` sets it.

    References
    ----------
    Huang et al. 2013, Learning deep structured semantic models for web search using
    clickthrough data, section 3.2.
    """

    name = "hashing"
    options = ("lower_case", "fold_digits", "letters")

    def __init__(
        self,
        *,
        lower_case: bool = True,
        fold_digits: bool = True,
        letters: int = 3,
        vocabulary: Sequence[str] = (),
    ) -> None:
        if letters < 1:
            raise ValueError(f"letters must be >= 1, got {letters}")
        self.letters = letters
        super().__init__(lower_case=lower_case, fold_digits=fold_digits, vocabulary=vocabulary)

    def pieces(self, word: str) -> list[str]:
        """Cut a word into its pieces, in order, each once.

        Examples
        --------
        >>> Hashing().pieces("bool")
        ['#bo', 'boo', 'ool', 'ol#']
        """
        word = self._normalise(word[:LONGEST_WORD])
        escaped = ["\\" + letter if letter in "#\\" else letter for letter in word]
        padded = ["#", *escaped, "#"]
        starts = range(max(1, len(padded) - self.letters + 1))
        return list(dict.fromkeys("".join(padded[i : i + self.letters]) for i in starts))

    def fit(self, words: Mapping[str, int]) -> None:
        self._set(sorted({piece for word in words for piece in self.pieces(word)}))

    def active(self, word: str) -> tuple[int, ...]:
        found = (self._index.get(piece) for piece in self.pieces(word))
        return tuple(index for index in found if index is not None)

    def unknown(self, word: str) -> tuple[int, ...]:
        return self.active(word)
