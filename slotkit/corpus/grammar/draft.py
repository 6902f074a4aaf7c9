"""An utterance in the making: drawn from templates, disturbed, its spans laid over its tokens."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from slotkit.corpus.grammar.template import Reference, Template
from slotkit.text.spans import tokens_between
from slotkit.text.tags import Span, tags_of
from slotkit.text.tokenizer import tokenize

# How often to draw again: a list's line that the utterance has already, an utterance that the
# split has already. After that many the repetition is taken.
TRIES = 50
_MOST_DRAWS = 20_000  # from lists, for an utterance: those that double would never end
_MOST_LETTERS = 1_000_000  # in these draws
_SENTENCE_MARKS = frozenset(".,;:!?…。，、；：！？")
_TYPO_WORD = re.compile(r"[A-Za-z]{4,}")


class Line(NamedTuple):
    """One line of an intent or list section."""

    weight: float
    template: Template
    number: int
    asked: tuple[str, ...] = ()


class Weighted:
    """Things to draw from, each with its weight."""

    def __init__(self, things: Iterable[tuple[float, Any]]) -> None:
        pairs = list(things)
        self._things = [thing for _, thing in pairs]
        self._bounds = list(accumulate(weight for weight, _ in pairs))

    def draw(self, random: Random) -> Any:
        """Draw one thing."""
        place = bisect(self._bounds, random.random() * self._bounds[-1])
        return self._things[min(place, len(self._things) - 1)]


def _below(random: Random, limit: int) -> int:
    """Draw a whole number from 0 to `limit` - 1, the same on every version of Python."""
    return int(random.random() * limit)


class Letter(NamedTuple):
    """One character of an utterance in the making and the labelled value it belongs to."""

    text: str
    value: int | None


class Draft:
    """One utterance in the making: its letters, its slots, what its lists have given."""

    def __init__(self, lists: Mapping[str, Weighted], random: Random) -> None:
        self.slots: list[str] = []
        self._lists = lists
        self._random = random
        self._given: dict[str, set[str]] = {}
        self._drawn = self._letters = 0

    def expand(self, template: Template, value: int | None = None) -> list[Letter]:
        """Draw an utterance, or a part of one, from a template."""
        letters: list[Letter] = []
        for node in template:
            if isinstance(node, str):
                letters.append(Letter(node, value))
            elif isinstance(node, Reference):
                letters += self._refer(node, value)
            elif not node.optional or self._random.random() < 0.5:
                branch = node.branches[_below(self._random, len(node.branches))]
                letters += self.expand(branch, value)
        return letters

    def _refer(self, reference: Reference, value: int | None) -> list[Letter]:
        """Draw from a list a text that it has not given to this utterance, where it has one."""
        if reference.slot is not None:
            value = len(self.slots)
            self.slots.append(reference.slot)
        given = self._given.setdefault(reference.name, set())
        num_slots = len(self.slots)
        for _ in range(TRIES):
            self._drawn += 1
            if self._drawn > _MOST_DRAWS:
                raise ValueError(f"the template draws more than {_MOST_DRAWS:,} times from lists")
            del self.slots[num_slots:]
            line: Line = self._lists[reference.name].draw(self._random)
            letters = self.expand(line.template, value)
            self._letters += len(letters)
            if self._letters > _MOST_LETTERS:
                raise ValueError(f"the template draws over {_MOST_LETTERS:,} letters from lists")
            text = "".join(letter.text for letter in letters)
            if text not in given:
                break
        given.add(text)
        return letters


def _without_marks(letters: list[Letter]) -> list[Letter]:
    """Drop commas, stops and the like, but none inside a number or an abbreviation."""
    tokens = tokenize("".join(letter.text for letter in letters))
    marks = {
        start
        for word, (start, _) in zip(tokens.words, tokens.offsets, strict=True)
        if word in _SENTENCE_MARKS
    }
    return [letter for place, letter in enumerate(letters) if place not in marks]


def _with_typos(letters: list[Letter], probability: float, random: Random) -> list[Letter]:
    """Swap, drop or double a letter behind the first in some of the longer words."""
    letters = list(letters)
    words = _TYPO_WORD.finditer("".join(letter.text for letter in letters))
    for start, end in [word.span() for word in words][::-1]:
        if random.random() >= probability:
            continue
        place = start + 1 + _below(random, end - start - 2)
        kind = _below(random, 3)
        if kind == 0:
            letters[place : place + 2] = letters[place : place + 2][::-1]
        elif kind == 1:
            del letters[place]
        else:
            letters.insert(place, letters[place])
    return letters


def finish(letters: list[Letter], names: Sequence[str]) -> dict[str, Any]:
    """Squeeze the blanks of an utterance and lay its spans over its tokens.

    Raises
    ------
    ValueError
        If there is no text, a slot has no value, or a value does not end where a token does.
    """
    text = ""
    bounds: dict[int, tuple[int, int]] = {}
    blank = False
    for letter in letters:
        if letter.text.isspace():
            blank = True
            continue
        if blank and text:
            text += " "
        blank = False
        if letter.value is not None:
            bounds[letter.value] = (bounds.get(letter.value, (len(text),))[0], len(text) + 1)
        text += letter.text
    if not text:
        raise ValueError("the template gives an empty utterance")
    tokens = tokenize(text)
    slots, spans = [], []
    for value, name in enumerate(names):
        if value not in bounds:
            raise ValueError(f"slot {name!r} has an empty value in {text!r}")
        start, end = bounds[value]
        span = tokens_between(tokens.offsets, start, end)
        if span is None:
            raise ValueError(f"slot {name!r} ends inside a token: {text[start:end]!r} in {text!r}")
        slots.append({"name": name, "value": text[start:end], "start": start, "end": end})
        spans.append(Span(*span, name))
    tags = tags_of(spans, len(tokens.words))
    return {"text": text, "tokens": tokens.words, "tags": tags, "slots": slots}


def disturb(letters: list[Letter], noise: Mapping[str, float], random: Random) -> list[Letter]:
    """Do to an utterance what the noise section asks for."""
    if random.random() < noise["lower_case"]:
        letters = [Letter(c, value) for text, value in letters for c in text.lower()]
    if random.random() < noise["no_punctuation"]:
        letters = _without_marks(letters)
    return _with_typos(letters, noise["typo"], random)
