"""How long to train and in what steps: what follows from how many utterances there are.

A tagger needs many steps however little there is to learn from, and not ever more the more there
is. Measured on 50 to 13,000 utterances of ATIS, SNIPS and tickets: N utterances take 50 N^0.6
steps, at most 3,100; a step is of a 140th of them, 8 to 64; the learning rate is 0.004, and above
32 utterances a step grows with the root of that; the running mean of the weights looks back over a
sixth of all steps.

From 8,890 utterances on, where steps are of 64, each is followed by one on the same utterances
with their words moved to where they are hardest to tag (`slotkit.training.adversarial`); there are
nine passes of these pairs, and at most 6.7 N^0.6 pairs. With fewer passes and moved words less is
learned by heart: dropout is 0.2 there, and 0.3 below.

What is known (`slotkit.training.run`) is taken in a quarter of the epochs there. Else it is taken
in all where there are 12 epochs or fewer, in a quarter where there are 22, and in 0.15 of them
where there are 84, as of fifty utterances, or more; on lines between.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from slotkit.training.recipe import Recipe

_STEPS, _POWER, _MOST_STEPS = 50, 0.6, 3100  # 50 N^0.6
_PAIRS, _PAIRED_PASSES = 6.7, 9  # 6.7 N^0.6 steps, the second at moved words, or 9 epochs
_STEPS_OF_EPOCH = 140
_BATCH_SIZES = (8, 64)  # utterances of a step, at least and at most
_MOVE = 0.1  # how far the words of large corpora are moved, by their length
_DROPOUT, _LITTLE_DROPOUT = 0.3, 0.2  # where words stay, and where they are moved
_LEARNING_RATE, _USUAL_SIZE = 0.004, 32  # of steps of so many utterances at most
_MEMORY = 6  # how many times as long as the running mean's memory training is
_PAIRED_TAKEN = 0.25  # chance of what is known in an epoch, where words are moved
_TAKEN = (12, 22, 84), (1.0, 0.25, 0.15)  # and else: that of trainings of so many epochs
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
    learning_rate : float
        The highest step.
    ema_decay : float
        Share of the past in the running mean of the weights, a step; 0 for none.
    keep_known : float
        Chance of an utterance that is known to be taken in an epoch.
    adversarial : float
        How far words are moved, by their length; 0 for not at all.
    input_dropout, dropout : float
        Share of the word vectors, and of hidden layers, that a step sets to zero.
    """

    epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    ema_decay: float
    keep_known: float
    adversarial: float
    input_dropout: float
    dropout: float


def pace_of(recipe: Recipe, utterances: int) -> Pace:
    """Return the pace of a recipe: what it says, and for what it leaves open the rule's.

    Parameters
    ----------
    recipe : Recipe
    utterances : int
        Of the training part, N >= 1.

    Examples
    --------
    >>> open_ = Recipe(**dict.fromkeys(Pace._fields))
    >>> pace = pace_of(open_, 50)
    >>> pace.epochs, pace.batch_size, pace.learning_rate, round(pace.ema_decay, 3)
    (84, 8, 0.004, 0.99)
    >>> pace.keep_known
    0.15
    >>> pace = pace_of(open_, 4478)
    >>> pace.epochs, pace.batch_size, pace.learning_rate, round(pace.ema_decay, 3)
    (22, 32, 0.004, 0.998)
    >>> pace.keep_known, pace.adversarial, pace.dropout
    (0.25, 0.0, 0.3)
    >>> pace = pace_of(open_, 16000)
    >>> pace.epochs, pace.batch_size, pace.adversarial, pace.dropout
    (9, 64, 0.1, 0.2)
    """
    least, most = _BATCH_SIZES
    wanted = max(least, round(utterances / _STEPS_OF_EPOCH))
    adversarial = recipe.adversarial
    if adversarial is None:
        adversarial = _MOVE if wanted >= most else 0.0
    pairs = wanted >= most and adversarial > 0
    batch_size = recipe.batch_size or min(wanted, most)
    batches = math.ceil(utterances / batch_size)
    growth = utterances**_POWER
    steps = _PAIRS * growth if pairs else min(_STEPS * growth, _MOST_STEPS)
    passes = max(1, round(steps * batch_size / utterances))
    epochs = recipe.epochs or (min(passes, _PAIRED_PASSES) if pairs else passes)
    if recipe.ema_decay is None:
        ema_decay = max(0.0, 1 - _MEMORY / (batches * epochs))
    else:  # a small corpus has few steps: their mean must not be one of epochs long past
        ema_decay = min(recipe.ema_decay, 1 - 1 / (_MOST_MEMORY * batches))
    learning_rate = recipe.learning_rate
    if learning_rate is None:
        learning_rate = round(_LEARNING_RATE * math.sqrt(max(1, batch_size / _USUAL_SIZE)), 6)
    keep_known = recipe.keep_known
    if keep_known is None:
        keep_known = _PAIRED_TAKEN if pairs else float(np.interp(epochs, *_TAKEN))
    dropout = _LITTLE_DROPOUT if pairs else _DROPOUT
    return Pace(
        epochs=epochs,
        patience=recipe.patience or epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        ema_decay=ema_decay,
        keep_known=round(keep_known, 2),
        adversarial=adversarial,
        input_dropout=dropout if recipe.input_dropout is None else recipe.input_dropout,
        dropout=dropout if recipe.dropout is None else recipe.dropout,
    )
