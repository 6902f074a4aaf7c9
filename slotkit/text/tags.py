"""IOB2 tags and the spans they stand for, and the other schemes turned into IOB2.

A tag is ``O`` or ``B-slot`` or ``I-slot``. A sequence is legal when every ``I-slot`` follows
``B-slot`` or ``I-slot`` of the same slot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

OUTSIDE = "O"


class Span(NamedTuple):
    """A typed stretch of tokens: ``start`` up to but not including ``end``."""

    start: int
    end: int
    slot: str


def split_tag(tag: str) -> tuple[str, str]:
    """Split a tag into its prefix and its slot.

    Examples
    --------
    >>> split_tag("B-toloc.city_name")
    ('B', 'toloc.city_name')
    >>> split_tag("O")
    ('O', '')
    """
    prefix, _, slot = tag.partition("-")
    return prefix, slot


def is_legal(previous: str, tag: str) -> bool:
    """Tell whether `tag` may follow `previous` in IOB2 (``O`` stands before the first)."""
    prefix, slot = split_tag(tag)
    return prefix != "I" or (previous != OUTSIDE and split_tag(previous)[1] == slot)


def legal_transitions(tags: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell for all pairs of tags whether the second may follow the first.

    Returns
    -------
    array of bool, shape (K + 1, K)
        `is_legal` of row and column; the last row is the start, which counts as after ``O``.

    Examples
    --------
    >>> legal_transitions(["O", "B-to", "I-to"]).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1], [1, 1, 1], [1, 1, 0]]
    """
    inside = np.array([tag.startswith("I-") for tag in tags])
    slots = np.array([split_tag(tag)[1] for tag in tags])
    outside = np.array([tag == OUTSIDE for tag in tags])
    legal = np.empty((len(tags) + 1, len(tags)), dtype=bool)
    legal[:-1] = ~inside | ((slots[:, None] == slots) & ~outside[:, None])
    legal[-1] = ~inside
    return legal


def spans_of(tags: Sequence[str]) -> list[Span]:
    """Read the spans of an IOB2 sequence, as conlleval does where it is not legal.

    An ``I-slot`` that continues nothing begins a span of its own.

    Examples
    --------
    >>> spans_of(["O", "B-to", "I-to", "B-date"])
    [Span(start=1, end=3, slot='to'), Span(start=3, end=4, slot='date')]
    """
    spans: list[Span] = []
    start, open_slot = 0, ""
    for position, tag in enumerate([*tags, OUTSIDE]):
        prefix, slot = split_tag(tag)
        if open_slot and not (prefix == "I" and slot == open_slot):
            spans.append(Span(start, position, open_slot))
            open_slot = ""
        if prefix != OUTSIDE and not open_slot:
            start, open_slot = position, slot
    return spans


def tags_of(spans: Iterable[Span], length: int) -> list[str]:
    """Write spans as the IOB2 tags of `length` tokens.

    Raises
    ------
    ValueError
        If a span is empty, overlaps another, or reaches beyond the tokens.

    Examples
    --------
    >>> tags_of([Span(1, 3, "to")], 4)
    ['O', 'B-to', 'I-to', 'O']
    """
    tags = [OUTSIDE] * length
    for start, end, slot in spans:
        if not 0 <= start < end <= length:
            raise ValueError(f"span must lie within 0..{length}, got {start}..{end}")
        if any(tag != OUTSIDE for tag in tags[start:end]):
            raise ValueError(f"spans must not overlap, got two at token {start}")
        tags[start:end] = [f"B-{slot}"] + [f"I-{slot}"] * (end - start - 1)
    return tags


def _from_iob1(tags: Sequence[str]) -> list[str]:
    """Turn IOB1, where B- stands only between two spans of one slot, into IOB2."""
    return tags_of(spans_of(tags), len(tags))


def _from_five(tags: Sequence[str], single: str, last: str) -> list[str]:
    """Turn a scheme with marks for single tokens and for last ones into IOB2.

    What continues a span that has ended begins another, as in `spans_of`.
    """
    names = {single: "B", last: "I"}
    converted: list[str] = []
    ended = ""  # the slot of the span that ended at the token before
    for prefix, slot in map(split_tag, tags):
        name = "B" if slot and slot == ended else names.get(prefix, prefix)
        converted.append(f"{name}-{slot}" if slot else OUTSIDE)
        ended = slot if prefix in names else ""
    return converted


SCHEMES: dict[str, Callable[[Sequence[str]], list[str]]] = {
    "IOB2": list,
    "IOB1": _from_iob1,
    "IOBES": lambda tags: _from_five(tags, "S", "E"),
    "BILOU": lambda tags: _from_five(tags, "U", "L"),
}


def find_scheme(sequences: Iterable[Sequence[str]]) -> str:
    """Tell which scheme a corpus is tagged in, from the tags of all its utterances.

    Returns
    -------
    str
        A key of `SCHEMES`: ``IOBES`` where E- or S- occurs, ``BILOU`` where L- or U- does;
        ``IOB1`` where an I- begins a span and every B- follows a span of its own slot; else
        ``IOB2``.

    Raises
    ------
    ValueError
        If a tag is of no scheme, or tags of two schemes are mixed.
    """
    found: set[str] = set()
    begins_with_i = begins_with_b = False
    for tags in sequences:
        previous = OUTSIDE
        for tag in tags:
            prefix, slot = split_tag(tag)
            found.add(tag)
            follows = previous != OUTSIDE and split_tag(previous)[1] == slot
            begins_with_i |= prefix == "I" and not follows
            begins_with_b |= prefix == "B" and not follows
            previous = tag
    halves = {tag: split_tag(tag) for tag in sorted(found - {OUTSIDE})}
    for tag, (prefix, slot) in halves.items():
        if prefix not in set("BIESLU") or not slot:
            raise ValueError(f"unknown tag {tag!r}; tags are O, B-slot or I-slot")
    prefixes = {prefix for prefix, _ in halves.values()}
    if prefixes & set("ES") and prefixes & set("LU"):
        raise ValueError("tags mix IOBES (E-, S-) with BILOU (L-, U-)")
    if prefixes & set("ES"):
        return "IOBES"
    if prefixes & set("LU"):
        return "BILOU"
    return "IOB1" if begins_with_i and not begins_with_b else "IOB2"
