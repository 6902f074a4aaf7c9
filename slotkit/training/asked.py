"""What a question says of its answer: a prior over slots, and how much it counts.

The prior is counted on the answers of training; the weight is what makes the gold tags of answers
that were held out the likeliest. Whole utterances after a question for another slot of the kind,
which they do not follow, count beside. A corpus without answers gets some made of its values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from datasets import Dataset

from slotkit.decoding.asked import Array, Asked, shift_of
from slotkit.decoding.lattice import lattices
from slotkit.tagging.filler import SlotFiller
from slotkit.training.answers import (
    answers_of,
    bare_answers,
    kinds_of,
    measure_prior,
    other_answers,
)

_MOST = 150  # answers of each sort on which the weight is fitted
_WEIGHTS, _FADES = (0.0, 0.5, 1.0, 1.5, 2.0), (4.0, 6.0, 8.0, 12.0, 16.0)  # which are tried
_OTHERS = 0.3  # weight of what does not follow the question, where what follows has 1
_LEAST = 1e-12  # probability of gold tags, where they have less


def fit_asked(
    held_out: Sequence[tuple[SlotFiller, Dataset]], train: Dataset, temperature: float
) -> Asked | None:
    """Measure the prior on train, and fit its weight, and how it fades, on what was held out.

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
                    cases.append(
                        (filler, asked, filler.score(words).logits, gold, whole / len(some))
                    )
    if not cases:
        return None

    def weighed(weight: float, fades: float) -> Asked:
        return Asked(
            fades,
            {
                asked: {slot: round(weight * nats, 4) for slot, nats in own.items()}
                for asked, own in prior.items()
            },
        )

    def loss(asking: Asked) -> float:
        total = 0.0
        for filler, asked, logits, gold, share in cases:
            # In the logits, where it is quicker, and nearly the same.
            moved = logits + temperature * shift_of(filler.tags, asking, asked, len(gold))
            chain = filler.decoder.chain
            (lattice,) = lattices(chain, moved[None], temperature)
            total -= share * math.log(max(lattice.sequence(chain.score(moved, gold)), _LEAST))
        return total

    best = min((weighed(*pair) for pair in product(_WEIGHTS, _FADES)), key=loss)
    known = {tag[2:] for tag in held_out[0][0].tags}
    shifts = {asked: own for asked, own in best.shifts.items() if set(own) <= known}
    return best._replace(shifts=shifts)
