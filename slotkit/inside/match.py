"""What the units of a tagger respond to: the words that move each most, and its slots.

Of each unit of the last hidden layer, of each cell of an LSTM, and of each head of attention it
tells at which words of a corpus its number is farthest from its mean, and of which slots the words
are at which it is high or low.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.errors import UtteranceError
from slotkit.tagging.filler import SlotFiller
from slotkit.tagging.trace import Trace
from slotkit.text.tags import OUTSIDE, split_tag

MOST_TEXTS = 2_000
LARGEST = 200_000  # bytes of JSON, for which units of large models have fewer contexts

_CONTEXTS = (20, 15, 10, 5)  # of a unit; the first that is not too large
_AROUND = 2  # words on each side: contexts in which all of these are the same count once
_SLOTS = 3  # of a unit
_LEAST_WORDS = 5  # of a slot that is compared
_STILL = 1e-6  # the standard deviation of a unit that does not move

Array = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


def match(filler: SlotFiller, texts: Sequence[str], *, member: int = 0) -> dict[str, Any]:
    """Find what moves each unit of a tagger.

    Parameters
    ----------
    filler : SlotFiller
        Whose edges, if it has any, come from a rule.
    texts : sequence of str
        Utterances, best those of validation; of more than 2,000 so many, evenly spread. Texts
        that are too long for the tagger, or without words, are passed over.
    member : int
        Of an ensemble, whose units.

    Returns
    -------
    dict
        JSON values, equal for equal arguments:

        ``texts``, ``words``
            How many were looked at.
        ``vocabulary``, ``tokens``
            The words, and the texts that contexts are in, each a list of numbers of words.
        ``slots``
            The slots of the words as the tagger sees them, ``O`` among them.
        ``tensors``
            A list with ``name``, that of a `Trace`, and ``axis``, ``unit`` or ``head``; and of
            each unit ``mean`` and ``sd``, its standard deviation over all words, ``contexts``
            and ``slots``.

        The contexts of a unit are the twenty words at which it is farthest from its mean: ``place,
        deviation, place, deviation, ...``, where the place is counted through all of ``tokens``,
        and the deviation is in tenths of a standard deviation. Its slots, ``slot, deviation, ...``,
        are the three whose words have a mean that is farthest from its own. All numbers are from
        0. A head's number is the length of what it adds to the word. A unit that never moves has
        no contexts and no slots.

    Raises
    ------
    ValueError
        If no text has words, or there is no such member.

    Examples
    --------
    ::

        found = match(slotkit.load("slotkit-model"), ["leave Taipei", "arrive in Tokyo"])
        found["tensors"][0]["contexts"][0]
    """
    traces = []
    for text in _spread(texts):
        try:
            traced = filler.trace(text, member=member)
        except UtteranceError:
            continue
        if traced.tokens:
            traces.append(traced)
    if not traces:
        raise ValueError("match needs texts with words that the tagger can tag")
    tokens = [traced.tokens for traced in traces]
    contexts = _number_contexts(tokens)
    names, of_word = _number_slots([tag for traced in traces for tag in traced.tags])
    looked_at = [_units_of(traced) for traced in traces]
    series = {name: np.concatenate([one[name] for one in looked_at]) for name in looked_at[0]}
    for most in _CONTEXTS:
        tensors = [
            {
                "name": name,
                "axis": "head" if name.endswith(".part") else "unit",
                **_described(numbers, contexts, of_word, most),
            }
            for name, numbers in series.items()
        ]
        found = {
            "texts": len(traces),
            "words": len(contexts),
            "slots": names,
            "tensors": tensors,
            **_written_out(tensors, tokens),
        }
        if len(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()) <= LARGEST:
            break
    return found


def _spread(texts: Sequence[str]) -> list[str]:
    """Return all texts, or so many, evenly spread."""
    count = min(len(texts), MOST_TEXTS)
    return [texts[number * len(texts) // count] for number in range(count)]


def _units_of(traced: Trace) -> dict[str, Array]:
    """Return the numbers that are looked at, (T, units), by the name of their tensor.

    These are the last hidden layer, its cells, and the lengths of what heads add in each layer.
    """
    found: dict[str, Array] = {}
    depth = max(
        (_layer(name) for name in traced.tensors if name.endswith((".h", ".out"))), default=0
    )
    for name, array in traced.tensors.items():
        what = name.rpartition(".")[2]
        if what == "hidden" or (what in ("h", "out", "c") and _layer(name) == depth):
            found[name] = array
        elif what == "part":
            found[name] = np.sqrt((array.astype(np.float64) ** 2).sum(axis=2)).astype(np.float32)
    return found


def _layer(name: str) -> int:
    """Return the number of the layer that a tensor is of: 1 of ``ahead.1.h``."""
    number = name.split(".")[-2:][0]
    return int(number) if number.isdecimal() else 0


def _described(numbers: Array, contexts: Numbers, of_word: Numbers, most: int) -> dict[str, Any]:
    """Describe units by their numbers at all words, (words, units)."""
    exact = numbers.astype(np.float64)
    means, sds = exact.mean(axis=0), exact.std(axis=0)
    moving = sds > _STILL
    deviations = (exact - means) / np.where(moving, sds, 1.0)
    units = zip(deviations.T, moving, strict=True)
    rows = [_unit(row, contexts, of_word, most) if moves else ([], []) for row, moves in units]
    return {
        "mean": np.round(means, 3).tolist(),
        "sd": np.round(sds, 3).tolist(),
        "contexts": [own for own, _ in rows],
        "slots": [own for _, own in rows],
    }


def _unit(
    deviations: npt.NDArray[np.float64], contexts: Numbers, of_word: Numbers, most: int
) -> tuple[list[int], list[int]]:
    """Return the contexts and slots of a unit."""
    order = np.argsort(-np.abs(deviations), kind="stable")
    _, first = np.unique(contexts[order], return_index=True)  # of each context its farthest
    farthest = order[np.sort(first)[:most]]
    counts = np.bincount(of_word)
    means = np.bincount(of_word, weights=deviations) / np.maximum(counts, 1)
    means[counts < _LEAST_WORDS] = 0.0
    best = np.argsort(-np.abs(means), kind="stable")[:_SLOTS]
    return _pairs(farthest, deviations), _pairs(best[means[best] != 0], means)


def _pairs(chosen: Numbers, deviations: npt.NDArray[np.float64]) -> list[int]:
    """Write numbers and their deviations, in tenths, in a line."""
    tenths = np.round(10 * deviations[chosen]).astype(np.int64)
    return np.stack([chosen, tenths], axis=1).reshape(-1).tolist()


def _number_contexts(tokens: Sequence[list[str]]) -> Numbers:
    """Return a number for each word, which equal words among equal neighbours share."""
    numbers: dict[tuple[str, ...], int] = {}
    found = []
    for words in tokens:
        padded = [""] * _AROUND + words + [""] * _AROUND
        for t in range(len(words)):
            around = tuple(padded[t : t + 2 * _AROUND + 1])
            found.append(numbers.setdefault(around, len(numbers)))
    return np.array(found, dtype=np.int64)


def _number_slots(tags: Sequence[str]) -> tuple[list[str], Numbers]:
    """Name the slots of words, the commonest first, and number them."""
    slots = [split_tag(tag)[1] or OUTSIDE for tag in tags]
    names = [slot for slot, _ in Counter(slots).most_common()]
    numbers = {slot: number for number, slot in enumerate(names)}
    return names, np.array([numbers[slot] for slot in slots], dtype=np.int64)


def _written_out(tensors: list[dict[str, Any]], tokens: Sequence[list[str]]) -> dict[str, Any]:
    """Write out the texts that contexts are in, and let these name places in them alone."""
    starts = np.cumsum([0, *map(len, tokens)])
    lists = [own for tensor in tensors for own in tensor["contexts"]]
    places = np.array([place for own in lists for place in own[::2]], dtype=np.int64)
    used = np.unique(np.searchsorted(starts, places, side="right") - 1).tolist()
    moved, gone = {}, 0
    for before, text in zip([-1, *used], used, strict=False):
        gone += int(starts[text] - starts[before + 1])
        moved.update({place: place - gone for place in range(starts[text], starts[text + 1])})
    for own in lists:
        own[::2] = [moved[place] for place in own[::2]]
    counts = Counter(word for text in used for word in tokens[text])
    vocabulary = [word for word, _ in counts.most_common()]
    numbers = {word: number for number, word in enumerate(vocabulary)}
    return {
        "vocabulary": vocabulary,
        "tokens": [[numbers[word] for word in tokens[text]] for text in used],
    }
