"""Answers to questions, of a corpus or made of its values, and the prior of their slots."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from datasets import Dataset

from slotkit.corpus.columns import read_lists
from slotkit.text.kinds import find_kinds, slot_values
from slotkit.text.tags import spans_of

_ALL, _OWN = 0.5, 1.5  # answers that are counted for each slot, and more for what was asked

# For each slot asked after, of each slot: what the question says of its kind, and within the kind.
Prior = dict[str, dict[str, tuple[float, float]]]


class Answer(NamedTuple):
    """An utterance, its gold tags, and the slots that were asked after."""

    words: list[str]
    tags: list[str]
    asked: list[str]


def answers_of(rows: Dataset) -> list[Answer]:
    """Return the answers of a split."""
    if "asked" not in rows.column_names:
        return []
    columns = (read_lists(rows, name) for name in ("tokens", "tags", "asked"))
    return [Answer(*row) for row in zip(*columns, strict=True) if row[2]]


def bare_answers(rows: Dataset) -> Iterator[Answer]:
    """Make answers of the values of a corpus that has none: each alone, to its own question."""
    for words, tags in zip(read_lists(rows, "tokens"), read_lists(rows, "tags"), strict=True):
        for start, end, slot in spans_of(tags):
            yield Answer(words[start:end], tags[start:end], [slot])


def other_answers(rows: Dataset, kinds: Mapping[str, str]) -> Iterator[Answer]:
    """Make answers that do not follow the question, which was after another slot of the kind."""
    for words, tags in zip(read_lists(rows, "tokens"), read_lists(rows, "tags"), strict=True):
        filled = {span.slot for span in spans_of(tags)}
        for slot in sorted(filled):
            same = {other for other, kind in kinds.items() if kind == kinds.get(slot)}
            if same & filled == {slot} != same:
                yield Answer(words, tags, [min(same - {slot})])


def kinds_of(rows: Dataset) -> dict[str, str]:
    """Find the kind of each slot of a split."""
    return find_kinds(slot_values(read_lists(rows, "tokens"), read_lists(rows, "tags")))


def measure_prior(train: Dataset, kinds: Mapping[str, str] | None = None) -> Prior:
    """Count which slots the answers to each question fill.

    A slot of the kind that was asked after counts where it stands first, with no word before it
    that says which it is; a slot of another kind counts anywhere.

    Parameters
    ----------
    train : Dataset
    kinds : mapping of str to str, optional
        Of the slots of train, where they are known already.

    Returns
    -------
    dict of str to dict of str to pair of float
        For each slot asked after, of each slot: the logarithm of how much likelier an answer to
        that question fills a slot of this kind than an answer to any question, and of how much
        likelier that is this slot. Their sum is that of the slot itself.
    """
    kinds = kinds_of(train) if kinds is None else kinds
    counted: Counter[tuple[str, str]] = Counter()
    answers: Counter[str] = Counter()
    for answer in answers_of(train):
        asked = answer.asked[0]
        spans = spans_of(answer.tags)
        answers[asked] += 1
        own = {one.slot for one in spans if one.start == 0 or kinds[one.slot] != kinds.get(asked)}
        counted.update((asked, slot) for slot in own)
    known, prior = list(kinds), Prior()
    told = {
        (a, s): (counted[a, s] + _ALL + _OWN * (a == s)) / (answers[a] + 2 * _ALL + _OWN)
        for a in known
        for s in known
    }

    def likelier(slots: Collection[str]) -> list[float]:
        """Tell how much likelier each question makes some slots than any question does, in nats."""
        own = [sum(told[asked, slot] for slot in slots) for asked in known]
        whole = sum(own)
        return [math.log(one * len(known) / whole) for one in own]

    of_kinds = {
        kind: likelier([slot for slot in known if kinds[slot] == kind])
        for kind in {kinds[slot] for slot in known}
    }
    for slot in known:
        both = zip(known, of_kinds[kinds[slot]], likelier([slot]), strict=True)
        for asked, of_kind, of_slot in both:
            prior.setdefault(asked, {})[slot] = of_kind, of_slot - of_kind
    return prior


def weigh(prior: Prior, of_kinds: float = 1.0, within: float = 1.0) -> dict[str, dict[str, float]]:
    """Weigh what questions say of kinds, and within them: the ``shifts`` of `Asked`.

    Examples
    --------
    >>> weigh({"to": {"to": (1.0, 0.5), "from": (1.0, -2.0)}}, 2.0)
    {'to': {'to': 2.5, 'from': 0.0}}
    """
    return {
        asked: {slot: of_kinds * one + within * two for slot, (one, two) in own.items()}
        for asked, own in prior.items()
    }
