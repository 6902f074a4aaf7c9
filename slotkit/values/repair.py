"""Words that the tables do not have: written without blanks, or misspelt."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

_SHORTEST = 4  # letters of a word that may be misspelt in any way
_TWO_MISTAKES = 7  # letters from which on it may be so twice


def split_word(word: str, words: Collection[str]) -> list[str] | None:
    """Part letters that are written without blanks into the fewest words of a table.

    Examples
    --------
    >>> split_word("tomorrowmorning", {"tomorrow", "morning", "morn"})
    ['tomorrow', 'morning']
    >>> split_word("tomato", {"to", "tomorrow"}) is None
    True
    """
    best: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(2, len(word) + 1):
        for start in range(end - 1):
            before = best[start]
            if before is None or word[start:end] not in words:
                continue
            now = best[end]
            if now is None or len(before) + 1 < len(now):
                best[end] = [*before, word[start:end]]
    return best[-1]


def closest_word(word: str, words: Collection[str]) -> str | None:
    """Return the one word of a table that a misspelt word is closest to, None where none is.

    It begins with the same letter and is at most one letter away (left out, put in, another, two
    swapped); two from seven letters on. Of a word of three letters one may have been left out.
    Words that are equally close leave it unknown.

    Examples
    --------
    >>> closest_word("wensday", ["wednesday", "monday", "week"])
    'wednesday'
    >>> closest_word("tursday", ["thursday", "tuesday"]) is None
    True
    """
    if len(word) < _SHORTEST - 1:
        return None
    if len(word) < _SHORTEST:
        words = [one for one in words if len(one) == _SHORTEST]
    allowed = 2 if len(word) >= _TWO_MISTAKES else 1
    found: dict[int, list[str]] = {}
    for other in words:
        if (
            other[:1] == word[0]
            and len(other) >= _SHORTEST
            and abs(len(other) - len(word)) <= allowed
        ):
            found.setdefault(_distance(word, other), []).append(other)
    for distance in range(1, allowed + 1):
        if distance in found:
            return found[distance][0] if len(found[distance]) == 1 else None
    return None


@lru_cache(maxsize=4096)
def _distance(word: str, other: str) -> int:
    """Count the letters left out, put in, exchanged or swapped with their neighbour."""
    above: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        last, above, row = above, row, [i]
        for j, its in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == its:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
