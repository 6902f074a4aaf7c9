"""What a question says of its answer: a prior over slots, and how much it counts.

The prior is counted on the answers of training; its weights are what makes the gold tags of
answers that were held out the likeliest. Whole utterances after a question for another slot of the
kind, which they do not follow, count beside. A corpus without answers gets some made of its values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

from datasets import Dataset

from slotkit.decoding.asked import Array, Asked, length_of, shift_of, shifted
from slotkit.decoding.decoder import Decoder
from slotkit.decoding.lattice import lattices
from slotkit.tagging.filler import SlotFiller
from slotkit.training.answers import (
    answers_of,
    bare_answers,
    kinds_of,
    measure_prior,
    other_answers,
    weigh,
)

_MOST = 150  # answers of each sort on which the weights are fitted
_FADES = (4.0, 6.0, 8.0, 12.0, 16.0)
_OF_KINDS, _WITHIN = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0), (0.0, 0.5, 1.0, 1.5, 2.0)
_BORDERS = (0.0, 0.5, 1.0, 1.5)
_TRIED = (_FADES, _OF_KINDS, _WITHIN, _BORDERS)  # one after the other, the others at their best
_FIRST, _ROUNDS = (8.0, 1.0, 1.0, 0.0), 3
_OTHERS = 0.6  # weight of what does not follow the question, where what follows has 1
_LEAST = 1e-12  # probability of gold tags, where they have less


def fit_asked(
    held_out: Sequence[tuple[SlotFiller, Dataset]], train: Dataset, temperature: float
) -> Asked | None:
    """Measure the prior on train, and fit its weights, and how it fades, on what was held out.

    Parameters
    ----------
    held_out : sequence of (SlotFiller, Dataset)
        Each with utterances that it was not trained on.
    train : Dataset
    temperature : float
        That divides the scores of tag sequences.

    Returns
    -------
    Asked or None
        None where there is nothing to fit it on.
    """
    kinds = kinds_of(train)
    prior = measure_prior(train, kinds)
    cases: list[tuple[SlotFiller, list[str], Array, list[int], float]] = []
    for filler, rows in held_out:
        index = filler.decoder.chain.index
        follow = answers_of(rows) or list(bare_answers(rows))
        others = list(other_answers(rows, kinds))
        for answers, whole in (follow, 1.0), (others, _OTHERS):
            some = answers[:: math.ceil(len(answers) / _MOST) or 1]
            for words, tags, asked in some:
                if set(tags) <= index.keys() and filler.edges != "corpus":
                    gold = [index[tag] for tag in tags]
                    logits = filler.score(words, asked=asked).logits
                    cases.append((filler, asked, logits, gold, whole / len(some)))
    if not cases:
        return None

    @cache
    def loss(fades: float, of_kinds: float, within: float, borders: float) -> float:
        known = Asked(fades, weigh(prior, of_kinds, within), weigh(prior, 0.0, borders))
        decoders: dict[tuple[int, tuple[str, ...], int], Decoder] = {}
        total = 0.0
        for filler, asked, logits, gold, share in cases:
            key = id(filler), tuple(asked), length_of(len(gold))
            if key not in decoders:
                shift = shift_of(filler.tags, known, asked, len(gold))
                crf = shifted(filler.tags, filler.crf, shift, temperature)
                decoders[key] = Decoder(filler.tags, crf)
            chain = decoders[key].chain
            (lattice,) = lattices(chain, logits[None], temperature)
            total -= share * math.log(max(lattice.sequence(chain.score(logits, gold)), _LEAST))
        return total

    best: tuple[float, ...] = _FIRST
    for place in [*range(len(_TRIED))] * _ROUNDS:
        tried = [(*best[:place], one, *best[place + 1 :]) for one in _TRIED[place]]
        best = _descend(tried, tried.index(best), loss)
    fades, of_kinds, within, borders = best
    known = {tag[2:] for tag in held_out[0][0].tags}
    shifts, at_borders = (
        {
            asked: {slot: round(nats, 4) for slot, nats in own.items()}
            for asked, own in weigh(prior, *weights).items()
            if set(own) <= known
        }
        for weights in ((of_kinds, within), (0.0, borders))
    )
    return Asked(fades, shifts, at_borders)


def _descend(
    tried: Sequence[tuple[float, ...]], place: int, loss: Callable[..., float]
) -> tuple[float, ...]:
    """Go from one place of a row to the next as long as the loss falls."""
    for step in -1, 1:
        while 0 <= place + step < len(tried) and loss(*tried[place + step]) < loss(*tried[place]):
            place += step
    return tried[place]
