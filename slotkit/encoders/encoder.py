"""What an encoder is, how words are looked up, and several encoders side by side."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_DIGIT = re.compile(r"\d")
_LONGEST_COMPOSED = 1000  # characters; composing piled-up marks takes time by their square


def normalise(word: str, *, lower_case: bool, fold_digits: bool) -> str:
    """Write a word the one way that an encoder looks it up.

    Composed characters (NFC), except in a word of more than 1,000; lower case and every digit as
    0 where asked.

    Examples
    --------
    >>> normalise("7:30PM", lower_case=True, fold_digits=True)
    '0:00pm'
    """
    if not word.isascii() and len(word) <= _LONGEST_COMPOSED:
        word = unicodedata.normalize("NFC", word)
    if lower_case:
        word = word.lower()
    return _DIGIT.sub("0", word) if fold_digits else word


class Encoder(ABC):
    """Words to numbers, of either of two kinds, or both; learns from the words of train alone.

    The first kind names the dimensions of a word that are 1: `dimensions`, `active`, `unknown` and
    `describe`. The second gives dense numbers: `feature_size` and `features`. An encoder has
    nothing of the kind that it is not.

    Attributes
    ----------
    name : str
        In the table of encoders.
    options : tuple of str
        What its constructor takes beside what it learns.
    feature_size : int
        Dense numbers of a token, F.
    per_word : bool
        Whether the dense numbers of a token depend on its word alone, so that they may be kept
        for it; else on the whole utterance.
    """

    name: str
    options: tuple[str, ...] = ()
    feature_size: int = 0
    per_word: bool = True

    @abstractmethod
    def fit(self, words: Mapping[str, int]) -> None:
        """Learn from the training words and how often each occurs."""

    @abstractmethod
    def to_config(self) -> dict[str, Any]:
        """Return what `from_config` needs to build this encoder again, as JSON."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Encoder:
        """Build a fitted encoder from what its `to_config` gave.

        Raises
        ------
        TypeError, ValueError
            If the configuration is not one that `to_config` gives.
        """
        return cls(**{key: value for key, value in config.items() if key != "name"})

    @property
    def dimensions(self) -> int:
        """Length of the vector of ones and zeros."""
        return 0

    def active(self, word: str) -> tuple[int, ...]:
        """Return the dimensions of a word that are 1, each once."""
        return ()

    def unknown(self, word: str) -> tuple[int, ...]:
        """Return the dimensions that were 1 if training had never seen this very word."""
        return ()

    def describe(self, dimension: int) -> str:
        """Name what a dimension stands for."""
        raise IndexError(f"dimension must be < {self.dimensions}")

    def vector(self, word: str) -> npt.NDArray[np.float32]:
        """Return the vector of ones and zeros of a word.

        Returns
        -------
        array of float32, shape (dimensions,)
            1 at the active dimensions, 0 elsewhere.
        """
        dense = np.zeros(self.dimensions, dtype=np.float32)
        dense[list(self.active(word))] = 1
        return dense

    def features(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the dense numbers of the T tokens of an utterance.

        Returns
        -------
        array of float32, shape (T, F)
        """
        return np.zeros((len(tokens), 0), dtype=np.float32)


class Sum(Encoder):
    """Several encoders side by side: their vectors, and dense numbers, one after the other.

    Parameters
    ----------
    parts : sequence of Encoder
        At least one.
    """

    def __init__(self, parts: Sequence[Encoder]) -> None:
        self.parts = list(parts)
        self.name = "+".join(part.name for part in self.parts)
        self.feature_size = sum(part.feature_size for part in self.parts)
        self.per_word = all(part.per_word for part in self.parts)

    def fit(self, words: Mapping[str, int]) -> None:
        for part in self.parts:
            part.fit(words)

    @property
    def dimensions(self) -> int:
        return sum(part.dimensions for part in self.parts)

    def _join(self, sets: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
        joined: list[int] = []
        first = 0
        for part, dimensions in zip(self.parts, sets, strict=True):
            joined.extend(first + dimension for dimension in dimensions)
            first += part.dimensions
        return tuple(joined)

    def active(self, word: str) -> tuple[int, ...]:
        return self._join(part.active(word) for part in self.parts)

    def unknown(self, word: str) -> tuple[int, ...]:
        return self._join(part.unknown(word) for part in self.parts)

    def describe(self, dimension: int) -> str:
        for part in self.parts:
            if dimension < part.dimensions:
                return part.describe(dimension)
            dimension -= part.dimensions
        raise IndexError(f"dimension must be < {self.dimensions}")

    def to_config(self) -> dict[str, Any]:
        return {"name": "sum", "parts": [part.to_config() for part in self.parts]}

    def features(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.concatenate([part.features(tokens) for part in self.parts], axis=1)
