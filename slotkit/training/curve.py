"""The learning curve: what a tagger is worth that learns from a part of a corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from datasets import Dataset

from slotkit.corpus.hold_out import hold_out
from slotkit.evaluation.scoring import score
from slotkit.model.file import load_model
from slotkit.training.folds import fold_parts, is_small, train_to_end
from slotkit.training.recipe import Recipe

_SHARES = (1 / 4, 1 / 2)


def learning_curve(splits: Mapping[str, Dataset], recipe: Recipe) -> Iterator[tuple[int, float]]:
    """Train on a quarter, then on half of the training part, in the same way as on all of it.

    Parameters
    ----------
    splits : mapping of str to Dataset
        Of a corpus; what the parts are scored on is as in its training: validation, else what
        folds hold out of a small corpus, else the tenth that is held out of another.
    recipe : Recipe
        How long it trains follows from how much there is, as ever.

    Yields
    ------
    utterances : int
        That a tagger has learned from; of folds, each of the three.
    f1 : float
        Strict span F1 after its last epoch.
    """
    start = load_model(recipe.start) if recipe.start else None
    pairs = _pairs(splits, recipe)
    for share in _SHARES:
        gold: list[list[str]] = []
        predicted: list[list[str]] = []
        size = 0
        for train, held_out in pairs:
            size = max(1, round(share * len(train)))
            rows = np.random.default_rng(recipe.seed).permutation(len(train))[:size]
            run = train_to_end(train.select(np.sort(rows)), held_out, recipe, start)
            gold, predicted = gold + run.setup.gold, predicted + run.predict(run.setup.validation)
        yield size, score(gold, predicted)


def learns_from(splits: Mapping[str, Dataset], recipe: Recipe) -> int:
    """Return how many utterances a tagger learns from whose F1 the training says."""
    return len(_pairs(splits, recipe)[0][0])


def _pairs(splits: Mapping[str, Dataset], recipe: Recipe) -> list[tuple[Dataset, Dataset]]:
    """Return what is learned from, and what is held out from it."""
    if is_small(splits, recipe):
        return list(fold_parts(splits["train"], recipe.seed))
    return [hold_out(splits)]
