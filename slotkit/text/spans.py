"""Spans of tokens and characters of the text that they stand for, one to the other, and frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slotkit.text.tokenizer import Tokens

Offsets = Sequence[tuple[int, int]]  # start and exclusive end of each token, in characters


def characters_of(offsets: Offsets, start: int, end: int) -> tuple[int, int]:
    """Find where the tokens from `start` up to `end` stand in the text, `end` exclusive in both."""
    return offsets[start][0], offsets[end - 1][1]


def tokens_between(offsets: Offsets, start: int, end: int) -> tuple[int, int] | None:
    """Find the tokens that begin and end with some characters, ends exclusive.

    Returns
    -------
    (int, int) or None
        None where no token begins at `start` or none ends at `end`.

    Examples
    --------
    >>> tokens_between([(0, 3), (4, 8)], 4, 8), tokens_between([(0, 3), (4, 8)], 5, 8)
    ((1, 2), None)
    """
    first = next((place for place, (one, _) in enumerate(offsets) if one == start), None)
    last = next((place for place, (_, one) in enumerate(offsets, 1) if one == end), None)
    return None if first is None or last is None else (first, last)


def whole_tokens(tokens: Tokens, start: int, end: int) -> tuple[int, int] | None:
    """Find the whole tokens that are meant by some characters: those mostly covered by them.

    Where no token is, all that are touched; commas and the like at their ends do not belong to it.

    Returns
    -------
    (int, int) or None
        The first and the one after the last; None where none is touched.

    Examples
    --------
    >>> whole_tokens(Tokens(["nonstop", ",", "to"], [(0, 7), (7, 8), (9, 11)]), 3, 8)
    (0, 1)
    """
    words, offsets = tokens
    covered = [min(last, end) - max(first, start) for first, last in offsets]
    touched = [index for index, size in enumerate(covered) if size > 0]
    mostly = [i for i in touched if 2 * covered[i] > offsets[i][1] - offsets[i][0]] or touched
    meant = [i for i in mostly if words[i] not in _BETWEEN] or mostly
    return (meant[0], meant[-1] + 1) if meant else None


_BETWEEN = ",;:?、，。；：？"  # tokens that no value begins or ends with


def frame_of(values: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather the values of each slot, in the order of the text, from pairs of slot and value."""
    frame: dict[str, list[str]] = {}
    for name, value in values:
        frame.setdefault(name, []).append(value)
    return frame
