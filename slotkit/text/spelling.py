"""Words misspelt, and put together of two."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

LETTERS = re.compile(r"[^\W\d_]{4,}")  # a word that is misspelt, or put together with another


def misspell(word: str, letters: Sequence[str], random: np.random.Generator) -> str:
    """Misspell a word by one letter: left out, doubled, another, or swapped with its neighbour.

    Words of fewer than four letters, or of anything but letters, stay as they are.
    """
    if not LETTERS.fullmatch(word):
        return word
    place = int(random.integers(1, len(word) - 1))  # people get the first letter right
    before, letter, after = word[:place], word[place], word[place + 1 :]
    other = letters[int(random.integers(len(letters)))]
    kind = random.integers(4)
    middle = ("", letter * 2, other, after[0] + letter)[kind]
    return before + middle + (after[1:] if kind == 3 else after)


def blend(word: str, other: str, random: np.random.Generator) -> str:
    """Put the beginning of a word and the end of another together, each of two letters at least.

    Parameters
    ----------
    word, other : str
        Of four letters at least.
    """
    head = word[: int(random.integers(2, len(word) - 1))]
    tail = other[int(random.integers(2, len(other) - 1)) :]
    return head + (tail.upper() if word.isupper() else tail.lower())
