"""The same training with several seeds, each into a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

from slotkit.training.epoch import Epoch
from slotkit.training.recipe import MOST_SEED, Recipe


def seeds_of(recipe: Recipe, count: int) -> range:
    """Return so many seeds, from that of the recipe on.

    Raises
    ------
    ValueError
        If one would be more than torch takes.
    """
    seeds = range(recipe.seed, recipe.seed + count)
    if seeds[-1] > MOST_SEED:
        raise ValueError(f"--seeds goes on to {seeds[-1]}, but {MOST_SEED} is the last")
    return seeds


def train_seeds(
    recipe: Recipe, folder: Path, count: int, train_one: Callable[[Recipe, Path], Epoch]
) -> dict[Path, Epoch]:
    """Train with several seeds, from that of the recipe on, by `train_one`.

    Returns
    -------
    dict of Path to Epoch
        Of each model folder, ``seed-1`` and so on in `folder` if there are several, the epoch that
        it holds.
    """
    seeds = seeds_of(recipe, count)
    folders = [folder / f"seed-{seed}" if count > 1 else folder for seed in seeds]
    pairs = zip(seeds, folders, strict=True)
    return {own: train_one(replace(recipe, seed=seed), own) for seed, own in pairs}


def summarise(epochs: dict[Path, Epoch]) -> tuple[float, float, Path]:
    """Return mean and standard deviation of validation F1, in per cent, and the best folder."""
    scores = {folder: 100 * (epoch.f1 or 0.0) for folder, epoch in epochs.items()}
    best = max(scores, key=lambda folder: scores[folder])
    return mean(scores.values()), stdev(scores.values()) if len(scores) > 1 else 0.0, best
