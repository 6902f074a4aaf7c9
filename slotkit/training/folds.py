"""Cross-validation of a small corpus: what a tagger would be worth, and its temperatures.

F1 on a tenth of fifty utterances decides nothing. So each third is held out once, from a tagger
that learns from the other two; what all three say of what they have not seen is the figure, and
the temperatures are fitted on. The tagger that is kept then learns from everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from statistics import stdev
from typing import Any, NamedTuple

import numpy as np
from datasets import Dataset

from slotkit.evaluation.scoring import score
from slotkit.model.model import Model
from slotkit.training.calibrate import calibrate
from slotkit.training.prepare import prepare
from slotkit.training.recipe import Recipe
from slotkit.training.run import Run

FOLDS = 3
FOLDED = 1200  # utterances: below, a tenth is too little to choose by, and too much to go without
_LEAST = 2 * FOLDS  # utterances: below, there is nothing to part


class CrossValidation(NamedTuple):
    """What folds say of a corpus.

    Parameters
    ----------
    f1 : float
        Strict span F1 on all that was held out.
    deviation : float
        Standard deviation of F1 over the folds.
    temperatures : dict of str to float
        As `slotkit.training.calibrate.calibrate` gives them.
    """

    f1: float
    deviation: float
    temperatures: dict[str, Any]


def is_small(splits: Mapping[str, Dataset], recipe: Recipe) -> bool:
    """Tell whether a corpus is to be judged by folds: without validation, and of few utterances."""
    if "validation" in splits or "train" not in splits or recipe.refit:
        return False
    return recipe.epochs is None and _LEAST <= len(splits["train"]) < FOLDED


def cross_validate(
    train: Dataset,
    recipe: Recipe,
    each_fold: Callable[[int, float], None] | None = None,
    start: Model | None = None,
) -> CrossValidation:
    """Train on two thirds and look at the other, three times.

    Parameters
    ----------
    train : Dataset
    recipe : Recipe
    each_fold : callable, optional
        Told about the number of a fold, from 1, and its F1.
    start : Model, optional
        The trained model that each begins from.
    """
    gold: list[list[str]] = []
    predicted: list[list[str]] = []
    scores, models = [], []
    for fold, (learned, held_out) in enumerate(fold_parts(train, recipe.seed)):
        run = train_to_end(learned, held_out, recipe, start)
        tagged = run.predict(run.setup.validation)
        scores.append(score(run.setup.gold, tagged))
        gold, predicted = gold + run.setup.gold, predicted + tagged
        models.append((run.trained_model({}), held_out))
        if each_fold is not None:
            each_fold(fold + 1, scores[-1])
    return CrossValidation(score(gold, predicted), stdev(scores), calibrate(models, train))


def fold_parts(train: Dataset, seed: int) -> Iterator[tuple[Dataset, Dataset]]:
    """Part a corpus three times into what is learned from and what is held out."""
    parts = np.random.default_rng(seed).permutation(len(train)) % FOLDS
    for fold in range(FOLDS):
        learned, held_out = np.flatnonzero(parts != fold), np.flatnonzero(parts == fold)
        yield train.select(learned), train.select(held_out)


def train_to_end(
    train: Dataset, held_out: Dataset, recipe: Recipe, start: Model | None = None
) -> Run:
    """Train through all epochs, and look at what is held out only then."""
    run = Run(prepare(train, held_out, recipe, start), recipe)
    for epoch in range(run.pace.epochs):
        run.train_epoch(epoch)
    return run
