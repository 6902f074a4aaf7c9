"""IOB2 tags and the spans they stand for, and the other schemes turned into IOB2.

A tag is ``O`` or ``B-slot`` or ``I-slot``. A sequence is legal when every ``I-slot`` follows
``B-slot`` or ``I-slot`` of the same slot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
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
    return _legal_transitions(tuple(tags)).copy()


@lru_cache(maxsize=8)
def _legal_transitions(tags: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Compute what `legal_transitions` returns."""
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


# What the prefixes of the schemes with marks for single tokens and last ones are in IOB2.
_PREFIXES = {"S": "B", "U": "B", "E": "I", "L": "I", "M": "I"}
_ENDING = set("SUEL")


def _from_marked(tags: Sequence[str]) -> list[str]:
    """Turn a scheme with marks for single tokens and for last ones into IOB2.

    What continues a span that has ended begins another, as in `spans_of`.
    """
    converted: list[str] = []
    ended = ""  # the slot of the span that ended at the token before
    for prefix, slot in map(split_tag, tags):
        name = "B" if slot and slot == ended else _PREFIXES.get(prefix, prefix)
        converted.append(f"{name}-{slot}" if slot else OUTSIDE)
        ended = slot if prefix in _ENDING else ""
    return converted


def _from_iob2(tags: Sequence[str]) -> list[str]:
    """Turn the odd tag of another scheme into IOB2."""
    return _from_marked(tags) if any(tag[0] in _PREFIXES for tag in tags) else list(tags)


SCHEMES: dict[str, Callable[[Sequence[str]], list[str]]] = {
    "IOB2": _from_iob2,
    "IOB1": lambda tags: _from_iob1(_from_iob2(tags)),
    "IOBES": _from_marked,
    "BILOU": _from_marked,
    "BMES": _from_marked,
}


_MARKS = {"IOBES": ("S", "E", "I"), "BMES": ("S", "E", "M"), "BILOU": ("U", "L", "I")}


def is_odd(tags: Sequence[str], scheme: str) -> bool:
    """Tell whether tags are not legal in a scheme."""
    single, last, inner = _MARKS.get(scheme, ("", "", ""))
    previous = (OUTSIDE, "")
    for prefix, slot in [*map(split_tag, tags), (OUTSIDE, "")]:
        before, other = previous
        previous = (prefix, slot)
        continues = before != OUTSIDE and other == slot
        if scheme in ("IOB2", "IOB1"):
            wrong = "I" if scheme == "IOB2" else "B"  # it may not begin a span of its own
            if prefix not in "OBI" or (prefix == wrong and not continues):
                return True
        else:
            opened = before in ("B", inner)
            if prefix not in ("O", "B", inner, single, last):
                return True
            if opened != (prefix in (inner, last)) or (opened and not continues):
                return True
    return False


class Scheme(NamedTuple):
    """The scheme of a corpus: a key of `SCHEMES`, and how many utterances are not in it."""

    name: str
    odd: int


def find_scheme(sequences: Iterable[Sequence[str]]) -> Scheme:
    """Tell which scheme nearly all utterances of a corpus are tagged in.

    Returns
    -------
    Scheme
        The one that the fewest utterances break; the first of several.

    Raises
    ------
    ValueError
        If a tag is of no scheme; or if utterances with E- or S- and such with L- or U- are mixed,
        and neither are nearly all.
    """
    odd = dict.fromkeys(SCHEMES, 0)
    known: dict[tuple[str, ...], tuple[list[str], set[str]]] = {}  # the schemes that tags break
    marked = [0, 0]  # utterances with E- or S-, and with L- or U-
    total = 0
    for total, tags in enumerate(sequences, 1):  # noqa: B007
        shape = tuple(tags)
        found = known.get(shape)
        if found is None:
            _check_tags(shape)
            broken = [scheme for scheme in SCHEMES if is_odd(shape, scheme)]
            found = broken, {tag[0] for tag in shape}
            if len(known) < _KNOWN:
                known[shape] = found
        for scheme in found[0]:
            odd[scheme] += 1
        marked[0] += not found[1].isdisjoint("ES")
        marked[1] += not found[1].isdisjoint("LU")
    if min(marked) > _FEW * sum(marked):
        raise ValueError("tags mix IOBES (E-, S-) with BILOU (L-, U-)")
    if odd["IOB1"] > _FEW * total:  # its spans are those of IOB2 all the same
        del odd["IOB1"]
    name = min(odd, key=lambda scheme: odd[scheme])
    return Scheme(name, odd[name])


def _check_tags(tags: Iterable[str]) -> None:
    """Raise ValueError unless tags are of some scheme."""
    for tag in tags:
        prefix, slot = split_tag(tag)
        if tag != OUTSIDE and (prefix not in set("BIESLUM") or not slot):
            raise ValueError(f"unknown tag {tag!r}; tags are O, B-slot or I-slot")


_KNOWN = 50_000  # sequences of tags, of which the same come again and again
_FEW = 0.1  # of the utterances: what is odd
