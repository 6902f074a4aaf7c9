"""1-of-N, and 1-of-N with "other"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slotkit.encoders.encoder import Encoder, normalise

LONGEST_WORD = 64  # characters of a word that are cut into pieces; the rest is not looked at


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

    def names(self) -> dict[str, list[str]]:
        return {"embedding": [f"{self.name} {word}" for word in self.vocabulary]}

    def join(self, other: Encoder) -> None:
        assert isinstance(other, OneOfN)
        self._set(sorted({*self.vocabulary, *other.vocabulary}))

    def to_config(self) -> dict[str, Any]:
        options = {option: getattr(self, option) for option in self.options}
        return {"name": self.name, **options, "vocabulary": self.vocabulary}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> OneOfN:
        expected = {"name", "vocabulary", *cls.options}
        if set(config) != expected:
            odd = ", ".join(sorted(set(config) ^ expected))
            raise ValueError(f"encoder {cls.name!r} lacks or does not know: {odd}")
        words = config["vocabulary"]
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError(f"encoder {cls.name!r} must have a list of words")
        if len(set(words)) != len(words):
            raise ValueError(f"encoder {cls.name!r} has a word twice")
        for option in cls.options:
            wanted = bool if option in ("lower_case", "fold_digits") else int
            if type(config[option]) is not wanted:
                raise ValueError(f"{option} must be {wanted.__name__}, got {config[option]!r}")
        return cls(**{key: value for key, value in config.items() if key != "name"})


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

    def names(self) -> dict[str, list[str]]:
        return {"embedding": [*super().names()["embedding"], self.name]}

    def describe(self, dimension: int) -> str:
        return "other" if dimension == len(self.vocabulary) else self.vocabulary[dimension]
