"""What an encoder makes of a word, and which words it cannot tell apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from slotkit.encoders.encoder import Encoder, normalise, parts_of
from slotkit.encoders.hashing import Hashing


def pieces_of(encoder: Encoder, word: str) -> list[dict[str, Any]]:
    """Find what each piece of a word is to an encoder.

    Returns
    -------
    list of dict
        ``encoder``, the part that takes it so, ``piece``, and ``dimension``, None for none.
    """
    first, pieces = 0, []
    for part in parts_of(encoder):
        found: dict[str, int | None] = {
            part.describe(dimension): first + dimension for dimension in part.active(word)
        }
        if isinstance(part, Hashing):
            found = {piece: found.get(piece) for piece in part.pieces(word)}
        for piece, dimension in (found or {word: None}).items():
            pieces.append({"encoder": part.name, "piece": piece, "dimension": dimension})
        first += part.dimensions
    return pieces


def measure_encoder(encoder: Encoder, words: Iterable[str]) -> dict[str, Any]:
    """Measure how well a fitted encoder tells words apart.

    Returns
    -------
    dict
        ``dimensions``; ``words``, different ones in lower case and every digit a 0; ``colliding``,
        those of them whose active dimensions are another's too; ``groups``, lists of these.
    """
    different = {normalise(word, lower_case=True, fold_digits=True) for word in words}
    groups = collisions(encoder, sorted(different))
    return {
        "dimensions": encoder.dimensions,
        "words": len(different),
        "colliding": sum(map(len, groups)),
        "groups": groups,
    }


def collisions(encoder: Encoder, words: Iterable[str]) -> list[list[str]]:
    """Find groups of words with the same active dimensions, the largest group first."""
    groups: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
    for word in dict.fromkeys(words):
        groups[tuple(sorted(encoder.active(word)))].append(word)
    return sorted((group for group in groups.values() if len(group) > 1), key=len, reverse=True)
