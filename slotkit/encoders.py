"""Words to vectors: 1-of-N, 1-of-N with "other", word hashing, shape, and their sums.

An encoder names the dimensions of a word that are 1; all others are 0. The dense vector of the
lectures is `vector`; the first layer of a tagger adds up the rows of its weight matrix that
`active` names, which gives the same numbers without building the vector.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

_DIGIT = re.compile(r"\d")
_LONGEST_WORD = 64  # characters of a word that are cut into pieces; the rest is not looked at
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


class OneOfN(Encoder):
    """1-of-N: one dimension a training word; the vector of any other word is zero.

    Parameters
    ----------
    lower_case, fold_digits : bool
        See `normalise`.
    vocabulary : sequence of str
        The words, already normalised; `fit` sets it.
    """

    name = "one-of-n"
    options: tuple[str, ...] = ("lower_case", "fold_digits")

    def __init__(
        self, *, lower_case: bool = True, fold_digits: bool = True, vocabulary: Sequence[str] = ()
    ) -> None:
        self.lower_case, self.fold_digits = lower_case, fold_digits
        self._set(vocabulary)

    def _set(self, vocabulary: Iterable[str]) -> None:
        self.vocabulary = list(vocabulary)
        self._index = {word: i for i, word in enumerate(self.vocabulary)}

    def _normalise(self, word: str) -> str:
        return normalise(word, lower_case=self.lower_case, fold_digits=self.fold_digits)

    def fit(self, words: Mapping[str, int]) -> None:
        self._set(sorted({self._normalise(word) for word in words}))

    @property
    def dimensions(self) -> int:
        return len(self.vocabulary)

    def active(self, word: str) -> tuple[int, ...]:
        index = self._index.get(self._normalise(word))
        return () if index is None else (index,)

    def unknown(self, word: str) -> tuple[int, ...]:
        return ()

    def describe(self, dimension: int) -> str:
        return self.vocabulary[dimension]

    def to_config(self) -> dict[str, Any]:
        options = {option: getattr(self, option) for option in self.options}
        return {"name": self.name, **options, "vocabulary": self.vocabulary}


class Other(OneOfN):
    """1-of-N with one more dimension, the last, that all other words share.

    Parameters
    ----------
    lower_case, fold_digits : bool
        See `normalise`.
    min_count : int
        Words that occur less often in training fall into "other", so that it is trained.
    vocabulary : sequence of str
        The words, already normalised; `fit` sets it.
    """

    name = "other"
    options = ("lower_case", "fold_digits", "min_count")

    def __init__(
        self,
        *,
        lower_case: bool = True,
        fold_digits: bool = True,
        min_count: int = 2,
        vocabulary: Sequence[str] = (),
    ) -> None:
        if min_count < 1:
            raise ValueError(f"min_count must be >= 1, got {min_count}")
        self.min_count = min_count
        super().__init__(lower_case=lower_case, fold_digits=fold_digits, vocabulary=vocabulary)

    def fit(self, words: Mapping[str, int]) -> None:
        counts: defaultdict[str, int] = defaultdict(int)
        for word, count in words.items():
            counts[self._normalise(word)] += count
        self._set(sorted(word for word, count in counts.items() if count >= self.min_count))

    @property
    def dimensions(self) -> int:
        return len(self.vocabulary) + 1

    def active(self, word: str) -> tuple[int, ...]:
        return super().active(word) or self.unknown(word)

    def unknown(self, word: str) -> tuple[int, ...]:
        return (len(self.vocabulary),)

    def describe(self, dimension: int) -> str:
        return "other" if dimension == len(self.vocabulary) else self.vocabulary[dimension]


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
        word = self._normalise(word[:_LONGEST_WORD])
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
        letters = super()._normalise(word[:_LONGEST_WORD])
        kinds = (
            "X" if c.isupper() or c.istitle() else "x" if c.isalpha() else "d" if c.isdigit() else c
            for c in letters
        )
        return "".join(kind for kind, _ in groupby(kinds))

    def unknown(self, word: str) -> tuple[int, ...]:
        return self.active(word)


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


ENCODERS: dict[str, type[OneOfN]] = {
    "one-of-n": OneOfN,
    "other": Other,
    "hashing": Hashing,
    "shape": Shape,
}
ENCODER_OPTIONS = tuple(dict.fromkeys(o for encoder in ENCODERS.values() for o in encoder.options))


def make_encoder(spec: str, **options: Any) -> Encoder:
    """Build an encoder, not yet fitted, from its name or names joined by ``+``.

    Parameters
    ----------
    spec : str
        Such as ``other`` or ``other+hashing``.
    **options
        ``lower_case``, ``fold_digits``, ``min_count``, ``letters``; each goes to the parts that
        have it.

    Raises
    ------
    ValueError
        If a name is unknown or stands twice, or no part has an option.
    """
    names = spec.split("+")
    for name in names:
        if name not in ENCODERS:
            raise ValueError(
                f"unknown encoder {name!r}; choose from {', '.join(ENCODERS)}, or join them by +"
            )
        if names.count(name) > 1:
            raise ValueError(f"encoder {name!r} stands twice in {spec!r}")
    for option in options:
        if not any(option in ENCODERS[name].options for name in names):
            raise ValueError(f"encoder {spec!r} has no option {option!r}")
    parts = [
        ENCODERS[name](**{k: v for k, v in options.items() if k in ENCODERS[name].options})
        for name in names
    ]
    return parts[0] if len(parts) == 1 else Sum(parts)


def encoder_from_config(config: Mapping[str, Any]) -> Encoder:
    """Build a fitted encoder from what its `to_config` gave.

    Raises
    ------
    ValueError
        If the configuration is not one that `to_config` gives.
    """
    if config.get("name") == "sum":
        parts = config.get("parts")
        if set(config) != {"name", "parts"} or not isinstance(parts, list) or len(parts) < 2:
            raise ValueError("a sum of encoders has a name and two or more parts, and nothing else")
        if not all(isinstance(part, dict) and part.get("name") != "sum" for part in parts):
            raise ValueError("the parts of a sum of encoders must be encoders, and no sums")
        return Sum([encoder_from_config(part) for part in parts])
    name = config.get("name")
    if not isinstance(name, str) or name not in ENCODERS:
        raise ValueError(f"unknown encoder {name!r}")
    encoder = ENCODERS[name]
    expected = {"name", "vocabulary", *encoder.options}
    if set(config) != expected:
        odd = ", ".join(sorted(set(config) ^ expected))
        raise ValueError(f"encoder {config['name']!r} lacks or does not know: {odd}")
    vocabulary = config["vocabulary"]
    if not isinstance(vocabulary, list) or not all(isinstance(word, str) for word in vocabulary):
        raise ValueError(f"encoder {config['name']!r} must have a list of words")
    if len(set(vocabulary)) != len(vocabulary):
        raise ValueError(f"encoder {config['name']!r} has a word twice")
    for option in encoder.options:
        wanted = bool if option in ("lower_case", "fold_digits") else int
        if type(config[option]) is not wanted:
            raise ValueError(f"{option} must be {wanted.__name__}, got {config[option]!r}")
    return encoder(**{key: value for key, value in config.items() if key != "name"})


def collisions(encoder: Encoder, words: Iterable[str]) -> list[list[str]]:
    """Find the words that an encoder cannot tell apart.

    Returns
    -------
    list of list of str
        Groups of two or more words with the same active dimensions, largest group first.
    """
    groups: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
    for word in dict.fromkeys(words):
        groups[tuple(sorted(encoder.active(word)))].append(word)
    return sorted((group for group in groups.values() if len(group) > 1), key=len, reverse=True)
