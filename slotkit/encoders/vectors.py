"""Word vectors from elsewhere: each word as its row of a table of small whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.encoders.encoder import Encoder, normalise

Read = Callable[[str, Collection[str], int], tuple[list[str], npt.NDArray[np.float32]]]

_LARGEST = 127  # of an int8 that has a counterpart below zero


def spellings(word: str) -> list[str]:
    """Return how a word is looked up: as it is, in lower case, and with every digit as 0 or #.

    Examples
    --------
    >>> spellings("7PM")
    ['7PM', '7pm', '0pm', '#pm']
    """
    forms = [normalise(word, lower_case=lower, fold_digits=False) for lower in (False, True)]
    folded = normalise(word, lower_case=True, fold_digits=True)
    if folded != forms[1]:
        forms += [folded, "".join("#" if c.isdigit() else c for c in forms[1])]
    return list(dict.fromkeys(forms))


class Vectors(Encoder):
    """Word vectors that were learnt elsewhere, from far more text than a corpus has.

    A row of F numbers for each word, kept as int8 with a scale a row; a word that has none is
    zero. The rows stay as they are in training; a matrix of the tagger's maps them.

    Parameters
    ----------
    vectors : str
        Where they come from.
    vector_megabytes : float
        What the kept words and rows may take; those of training words are always kept.
    read : callable, optional
        What `fit` reads them with, `slotkit.training.vector_files.read_vectors`: from `vectors`,
        the words that are wanted, and the room in bytes, to words and their rows, (N, F).
    size, count, letters : int
        Numbers of a row, F, rows, N, and bytes of all words together, as `to_config` gave them.

    Attributes
    ----------
    count : int
        Words that are kept.
    missing : list of str
        Training words that have no row, after `fit`.
    """

    name = "vectors"
    options = ("vectors", "vector_megabytes", "read")

    def __init__(
        self,
        *,
        vectors: str = "",
        vector_megabytes: float = 4.0,
        read: Read | None = None,
        size: int = 0,
        count: int = 0,
        letters: int = 0,
    ) -> None:
        self.vectors, self.vector_megabytes, self._read = vectors, vector_megabytes, read
        self.feature_size, self.count, self._letters = size, count, letters
        self.missing: list[str] = []  # training words that have none
        self._numbers: dict[str, int] = {}
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def fit(self, words: Mapping[str, int]) -> None:
        if self._read is None:
            raise ValueError("encoder 'vectors' has nothing to read them with")
        wanted = {form for word in words for form in spellings(word)}
        kept, rows = self._read(self.vectors, wanted, round(self.vector_megabytes * 1e6))
        # A number is 1 in the mean (as a square), whatever the table's own scale.
        rows = rows / max(float(np.sqrt(np.mean(rows**2))), 1e-12)
        largest = np.abs(rows).max(axis=1, initial=1e-12)
        self.feature_size, self.count = rows.shape[1], len(kept)
        text = "\n".join(kept).encode()
        self._letters = len(text)
        self.take(
            {
                "rows": np.rint(rows * (_LARGEST / largest)[:, None]).astype(np.int8),
                "scales": (largest / _LARGEST).astype(np.float32),
                "words": np.frombuffer(text, dtype=np.uint8),
            }
        )

        self.missing = [
            word
            for word, count in words.items()
            if count and not any(form in self._numbers for form in spellings(word))
        ]

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return self._arrays

    def array_shapes(self) -> dict[str, tuple[tuple[int, ...], str]]:
        return {
            "rows": ((self.count, self.feature_size), "int8"),
            "scales": ((self.count,), "float32"),
            "words": ((self._letters,), "uint8"),
        }

    def take(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        words = arrays["words"].tobytes().decode().split("\n")
        self._numbers = {word: number for number, word in enumerate(words)}
        if len(self._numbers) != self.count or len(words) != self.count:
            raise ValueError("encoder 'vectors' must have as many different words as rows")
        if not np.isfinite(arrays["scales"]).all():
            raise ValueError("encoder 'vectors' has a scale that is no finite number")
        self._arrays = dict(arrays)

    def names(self) -> dict[str, list[str]]:
        size = self.feature_size
        return {"features": [f"{self.vectors} {n} of {size}" for n in range(size)]}

    def join(self, other: Encoder) -> None:
        assert isinstance(other, Vectors)
        more = {word: n for word, n in other._numbers.items() if word not in self._numbers}
        if not more or other.feature_size != self.feature_size:
            return
        taken, text = list(more.values()), "\n".join([*self._numbers, *more]).encode()
        own, theirs = self._arrays, other.arrays
        self.count, self._letters = self.count + len(more), len(text)
        joined = {
            name: np.concatenate([own[name], theirs[name][taken]]) for name in ("rows", "scales")
        }
        self.take(joined | {"words": np.frombuffer(text, dtype=np.uint8)})

    def features(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        found = np.zeros((len(words), self.feature_size), dtype=np.float32)
        for place, word in enumerate(words):
            numbers = (self._numbers.get(form) for form in spellings(word))
            number = next((n for n in numbers if n is not None), None)
            if number is not None:
                found[place] = self._arrays["rows"][number]
                found[place] *= self._arrays["scales"][number]
        return found

    def to_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "vectors": self.vectors,
            "size": self.feature_size,
            "count": self.count,
            "letters": self._letters,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Vectors:
        if set(config) != {"name", "vectors", "size", "count", "letters"}:
            raise ValueError("encoder 'vectors' has vectors, size, count and letters")
        if not isinstance(config["vectors"], str):
            raise ValueError("vectors must be a name")
        for key in ("size", "count", "letters"):
            if type(config[key]) is not int or config[key] < 1:
                raise ValueError(f"{key} must be an int >= 1, got {config[key]!r}")
        return cls(**{key: value for key, value in config.items() if key != "name"})
