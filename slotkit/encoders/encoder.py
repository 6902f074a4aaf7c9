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
    """Words to active dimensions; learns its dimensions from the words of the train split."""

    name: str

    @abstractmethod
    def fit(self, words: Mapping[str, int]) -> None:
        """Learn the dimensions from the training words and how often each occurs."""

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """Length of the dense vector."""

    @abstractmethod
    def active(self, word: str) -> tuple[int, ...]:
        """Return the dimensions of a word that are 1, each once."""

    @abstractmethod
    def unknown(self, word: str) -> tuple[int, ...]:
        """Return the dimensions that were 1 if training had never seen this very word."""

    @abstractmethod
    def describe(self, dimension: int) -> str:
        """Name what a dimension stands for."""

    @abstractmethod
    def to_config(self) -> dict[str, Any]:
        """Return what `encoder_from_config` needs to build this encoder again, as JSON."""

    def vector(self, word: str) -> npt.NDArray[np.float32]:
        """Return the dense vector of a word.

        Returns
        -------
        array of float32, shape (dimensions,)
            1 at the active dimensions, 0 elsewhere.
        """
        dense = np.zeros(self.dimensions, dtype=np.float32)
        dense[list(self.active(word))] = 1
        return dense


class Sum(Encoder):
    """Several encoders side by side: their vectors one after the other.

    Parameters
    ----------
    parts : sequence of Encoder
        At least one.
    """

    def __init__(self, parts: Sequence[Encoder]) -> None:
        self.parts = list(parts)
        self.name = "+".join(part.name for part in self.parts)

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
