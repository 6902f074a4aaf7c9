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
    """Words to numbers, of any of three kinds; learns from the words of train alone.

    The first kind names the dimensions of a word that are 1: `dimensions`, `active`, `unknown` and
    `describe`. The second gives dense numbers of a word: `feature_size` and `features`. The third
    gives dense numbers of a token that depend on its whole utterance: `context_size` and
    `context`. An encoder has nothing of the kinds that it is not.

    Attributes
    ----------
    name : str
        In the table of encoders.
    options : tuple of str
        What its constructor takes beside what it learns.
    feature_size : int
        Dense numbers of a word, F.
    context_size : int
        Numbers of a token that depend on the utterance, C.
    """

    name: str
    options: tuple[str, ...] = ()
    feature_size: int = 0
    context_size: int = 0

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

    def features(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the dense numbers of N words, each of which knows nothing of the others.

        Returns
        -------
        array of float32, shape (N, F)
        """
        return np.zeros((len(words), 0), dtype=np.float32)

    def context(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the numbers of the T tokens of an utterance that depend on all of it.

        Returns
        -------
        array of float32, shape (T, C)
        """
        return np.zeros((len(tokens), 0), dtype=np.float32)

    def names(self) -> dict[str, list[str]]:
        """Name what it has numbers for, so that another encoder calls the same by the same name.

        Returns
        -------
        dict of str to list of str
            Under ``embedding`` the dimensions, under ``features`` and ``context`` the dense
            numbers of a word and of a token, each in order; without what it has none of.
        """
        return {}

    def join(self, other: Encoder) -> None:  # noqa: B027 - most learn something, not all
        """Know also what another fitted encoder, of the same kind and options, knows."""

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What it has learnt beside `to_config`, too large for JSON: by name, of any dtype."""
        return {}

    def array_shapes(self) -> dict[str, tuple[tuple[int, ...], str]]:
        """Return the shape and dtype of each of `arrays`, which `to_config` decides."""
        return {}

    def take(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:  # noqa: B027 - most have none
        """Take up what `arrays` gave.

        Raises
        ------
        ValueError
            If they cannot be what this encoder has learnt.
        """


def parts_of(encoder: Encoder) -> list[Encoder]:
    """Return the encoders that stand side by side in one, or this one alone."""
    return encoder.parts if isinstance(encoder, Sum) else [encoder]


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

    @property
    def feature_size(self) -> int:  # type: ignore[override]  # which fitting decides
        return sum(part.feature_size for part in self.parts)

    @property
    def context_size(self) -> int:  # type: ignore[override]
        return sum(part.context_size for part in self.parts)

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

    def features(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.concatenate([part.features(words) for part in self.parts], axis=1)

    def context(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        found = [part.context(tokens) for part in self.parts if part.context_size]
        return found[0] if len(found) == 1 else np.concatenate(found, axis=1)

    def names(self) -> dict[str, list[str]]:
        joined: dict[str, list[str]] = {}
        for part in self.parts:
            for kind, names in part.names().items():
                joined.setdefault(kind, []).extend(names)
        return joined

    def join(self, other: Encoder) -> None:
        assert isinstance(other, Sum)
        for part, known in zip(self.parts, other.parts, strict=True):
            part.join(known)

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {name: array for part in self.parts for name, array in part.arrays.items()}

    def array_shapes(self) -> dict[str, tuple[tuple[int, ...], str]]:
        return {name: said for part in self.parts for name, said in part.array_shapes().items()}

    def take(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        for part in self.parts:
            part.take({name: arrays[name] for name in part.array_shapes()})
