"""Toy corpora, generated: what a tagger must remember is all that they ask.

The last word of every utterance is ``colour``, and its tag is ``B-red`` or ``B-blue``, either as
often. Which it is stands somewhere before it; all other words are drawn at random and say nothing.
So a tagger that cannot reach the place is right half the time, and no more.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from slotkit.corpus.formats.rows import Row

SIZES = {"train": 2000, "validation": 500, "test": 1000}
FARTHEST = 64  # words between the cue of `recall` and the last word, at most
CUES = ("red", "blue")
FILLERS = ("ba", "da", "fa", "ga", "ka", "la", "ma", "na")
LAST = "colour"
_LEAST, _MOST = 4, 16  # words of an utterance of `first` and `order`
_BEFORE = 8  # words before the cue of `recall`, at most


class Toy(NamedTuple):
    """A toy corpus.

    Parameters
    ----------
    form : str
        How its name is written.
    example : str
        A name that fits.
    summary : str
        What it asks, in a line.
    words : callable
        Draws the words before the last, from random numbers, the cue and the distance.
    """

    form: str
    example: str
    summary: str
    words: Callable[[random.Random, str, int], list[str]]


def _fill(chance: random.Random, count: int) -> list[str]:
    """Draw words that say nothing."""
    return [chance.choice(FILLERS) for _ in range(count)]


def _recall(chance: random.Random, cue: str, distance: int) -> list[str]:
    """Put the cue so many words before the last."""
    before = _fill(chance, chance.randint(0, _BEFORE))
    return [*before, cue, *_fill(chance, distance - 1)]


def _first(chance: random.Random, cue: str, distance: int) -> list[str]:
    """Put the cue first, and cues of both kinds behind it, which do not count."""
    others = [chance.choice(FILLERS + CUES) for _ in range(chance.randint(_LEAST, _MOST) - 2)]
    return [cue, *others]


def _order(chance: random.Random, cue: str, distance: int) -> list[str]:
    """Put one cue of each kind at two places, this one before the other."""
    words = _fill(chance, chance.randint(_LEAST, _MOST) - 1)
    one, other = sorted(chance.sample(range(len(words)), 2))
    words[one], words[other] = cue, CUES[1 - CUES.index(cue)]
    return words


TOYS = {
    "recall": Toy(
        f"recall:D, D from 1 to {FARTHEST}",
        "recall:8",
        "the cue stands D words before the last",
        _recall,
    ),
    "first": Toy("first", "first", "the first word decides, whatever cues follow it", _first),
    "order": Toy(
        "order", "order", "both cues stand there; the one before the other decides", _order
    ),
}


def is_toy(name: str) -> bool:
    """Tell whether a name is that of a toy, right or not: what stands before its colon is."""
    return name.partition(":")[0] in TOYS


def read_name(name: str) -> tuple[str, int]:
    """Read the name of a toy as its key in `TOYS` and the distance, 0 where there is none.

    Raises
    ------
    ValueError
        If there is no such toy, or the distance is missing or out of bounds.
    """
    toy, colon, number = name.partition(":")
    if toy not in TOYS or (toy != "recall" and colon):
        forms = "; ".join(one.form for one in TOYS.values())
        raise ValueError(f"no toy {name[:40]!r}: choose from {forms}")
    if toy != "recall":
        return toy, 0
    known = number.isascii() and number.isdecimal() and len(number) <= 9
    if not known or not 1 <= int(number) <= FARTHEST:
        raise ValueError(
            f"the distance of recall must be an int from 1 to {FARTHEST}, got {number[:20]!r}: "
            f"as in {TOYS[toy].example}"
        )
    return toy, int(number)


def make_rows(name: str, split: str) -> Iterator[Row]:
    """Generate a split of a toy, the same whenever it is asked for.

    Parameters
    ----------
    name : str
        Such as ``recall:8``.
    split : str
        A key of `SIZES`.

    Raises
    ------
    ValueError
        As `read_name`.
    """
    toy, distance = read_name(name)
    chance = random.Random(f"{toy} {distance} {split}")
    for number in range(SIZES[split]):
        cue = CUES[number % 2]
        tokens = [*TOYS[toy].words(chance, cue, distance), LAST]
        tags = ["O"] * (len(tokens) - 1) + [f"B-{cue}"]
        text = " ".join(tokens)
        yield Row(text=text, tokens=tokens, tags=tags, intent="", edges=[], asked=[])
