"""How long to train and in what steps: what follows from how many utterances there are.

A tagger needs many steps however little there is to learn from. Measured on 50 to 1,000 utterances
of ATIS and SNIPS: of N utterances, 400 N^0.6 are looked at, each as often as that makes; a step is
of 8 of them; the running mean of the weights looks back over a sixth of all steps. From 1,500 on
there are steps enough in 24 passes of 32 utterances a step.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from slotkit.training.recipe import Recipe

SMALL = 1500  # utterances: below, the rule holds
_SEEN, _POWER = 400, 0.6  # utterances that are looked at: 400 N^0.6
_BATCH_SIZE = 8  # utterances of a step
_MEMORY = 6  # how many times as long as the running mean's memory training is
_MOST_MEMORY = 4  # epochs that a running mean looks back at most where it is given


class Pace(NamedTuple):
    """How long a training goes on, and in what steps.

    Parameters
    ----------
    epochs : int
        Passes over the training part, at most.
    patience : int
        Epochs without a better validation F1 that end it.
    batch_size : int
        Utterances of a step.
    ema_decay : float
        Share of the past in the running mean of the weights, a step; 0 for none.
    """

    epochs: int
    patience: int
    batch_size: int
    ema_decay: float


def pace_of(recipe: Recipe, utterances: int) -> Pace:
    """Return the pace of a recipe: what it says, and for what it leaves open the rule's.

    Parameters
    ----------
    recipe : Recipe
    utterances : int
        Of the training part, N >= 1.

    Examples
    --------
    >>> pace = pace_of(Recipe(epochs=None, patience=None, batch_size=None, ema_decay=None), 50)
    >>> pace.epochs, pace.batch_size, round(pace.ema_decay, 3)
    (84, 8, 0.99)
    """
    small = utterances < SMALL
    batch_size = recipe.batch_size or (_BATCH_SIZE if small else LARGE.batch_size)
    batches = math.ceil(utterances / batch_size)
    by_rule = max(1, round(_SEEN * utterances ** (_POWER - 1)))
    epochs = recipe.epochs or (by_rule if small else LARGE.epochs)
    if recipe.ema_decay is None and small:
        ema_decay = max(0.0, 1 - _MEMORY / (batches * epochs))
    else:  # a small corpus has few steps: their mean must not be one of epochs long past
        given = LARGE.ema_decay if recipe.ema_decay is None else recipe.ema_decay
        ema_decay = min(given, 1 - 1 / (_MOST_MEMORY * batches))
    patience = recipe.patience or (epochs if small else LARGE.patience)
    return Pace(epochs, patience, batch_size, ema_decay)


LARGE = Pace(epochs=24, patience=10, batch_size=32, ema_decay=0.998)
