"""What a question says of its answer: a prior over slots, and how much it counts.

The prior is counted on the answers of training; the weight is what makes the gold tags of answers
that were held out the likeliest. A corpus without answers gets some made of its values: each alone
after a question for its slot, and whole utterances after a question for another slot of the kind,
which they do not follow.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from datasets import Dataset

from slotkit.corpus.columns import read_lists
from slotkit.decoding.asked import Array, shift_of, shifted
from slotkit.decoding.decoder import Decoder
from slotkit.decoding.lattice import lattices
from slotkit.tagging.filler import SlotFiller
from slotkit.text.kinds import find_kinds, slot_values
from slotkit.text.tags import spans_of

_MOST = 400  # answers on which the weight is fitted
_HEAVIEST = 3.0
_LEAST = 1e-12  # probability of gold tags, where they have less
_ALL, _OWN = 0.5, 1.5  # answers that are counted for each slot, and more for what was asked

Prior = dict[str, dict[str, float]]


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


def make_answers(rows: Dataset, kinds: Mapping[str, str]) -> Iterator[Answer]:
    """Make answers of the utterances of a corpus that has none."""
    for words, tags in zip(read_lists(rows, "tokens"), read_lists(rows, "tags"), strict=True):
        spans = spans_of(tags)
        for start, end, slot in spans:
            same = [other for other, kind in kinds.items() if kind == kinds.get(slot)]
            yield Answer(words[start:end], tags[start:end], [slot])
            if len(same) > 1 and sum(one.slot in same for one in spans) == 1:
                yield Answer(words, tags, [next(other for other in same if other != slot)])


def measure_prior(train: Dataset) -> Prior:
    """Count which slots the answers to each question fill.

    A slot of the kind that was asked after counts where it stands first, with no word before it
    that says which it is; a slot of another kind counts anywhere.

    Returns
    -------
    dict of str to dict of str to float
        For each slot asked after, of each slot: the logarithm of how much likelier an answer to
        that question fills it than an answer to any question.
    """
    kinds = find_kinds(slot_values(read_lists(train, "tokens"), read_lists(train, "tags")))
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
    for slot in known:
        usual = sum(told[asked, slot] for asked in known) / len(known)
        for asked in known:
            prior.setdefault(asked, {})[slot] = math.log(told[asked, slot] / usual)
    return prior


def fit_asked(
    held_out: Sequence[tuple[SlotFiller, Dataset]],
    train: Dataset,
    temperature: float,
    find_least: Callable[[Callable[[float], float], float, float], float],
) -> Prior:
    """Measure the prior on train, and fit its weight on answers that were held out.

    Parameters
    ----------
    held_out : sequence of (SlotFiller, Dataset)
        Each with utterances that it was not trained on.
    train : Dataset
    temperature : float
        That divides the scores of tag sequences.
    find_least : callable
        Finds where a function with one minimum is least, between two numbers.

    Returns
    -------
    dict of str to dict of str to float
        As `slotkit.decoding.asked` takes it: the prior times its weight, in nats.
    """
    prior = measure_prior(train)
    kinds = find_kinds(slot_values(read_lists(train, "tokens"), read_lists(train, "tags")))
    cases: list[tuple[SlotFiller, tuple[str, ...], Array, list[int]]] = []
    for filler, rows in held_out:
        index = filler.decoder.chain.index
        answers = answers_of(rows) or list(make_answers(rows, kinds))
        for words, tags, asked in answers[:: max(1, len(answers) // _MOST)]:
            if set(tags) <= index.keys() and filler.edges != "corpus":
                gold = [index[tag] for tag in tags]
                cases.append((filler, tuple(asked), filler.score(words).logits, gold))
    if not prior or not cases:
        return {}

    def weighed(weight: float) -> Prior:
        return {
            asked: {slot: round(weight * nats, 4) for slot, nats in own.items()}
            for asked, own in prior.items()
        }

    def loss(weight: float) -> float:
        shifts, total = weighed(weight), 0.0
        chains = {
            (filler, asked): Decoder(
                filler.tags, shifted(filler.tags, filler.crf, shift_of(filler.tags, shifts, asked))
            ).chain
            for filler, asked in {case[:2] for case in cases}
        }
        for filler, asked, logits, gold in cases:
            chain = chains[filler, asked]
            (lattice,) = lattices(chain, logits[None], temperature)
            total -= math.log(max(lattice.sequence(chain.score(logits, gold)), _LEAST))
        return total / len(cases)

    known = {tag[2:] for tag in held_out[0][0].tags}
    found = weighed(find_least(loss, 0.0, _HEAVIEST))
    return {asked: own for asked, own in found.items() if set(own) <= known}
