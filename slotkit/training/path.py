"""The path of an optimizer over few numbers, whose gradients somebody else computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from slotkit.training.optimizers import Optimizer


def walk(
    name: str,
    gradient: Callable[[int, list[float]], Sequence[float]],
    start: Sequence[float],
    steps: int,
    **options: Any,
) -> list[list[float]]:
    """Take some steps with an optimizer.

    Parameters
    ----------
    name : str
        A key of `OPTIMIZERS`.
    gradient : callable
        From the number of the step, from 0, and the place to the gradient there.
    start : sequence of float
    steps : int
    **options
        The optimizer's, such as ``lr``.

    Returns
    -------
    list of list of float
        The places, `start` first.
    """
    weight = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = Optimizer(name, [weight], **options)
    places = [weight.tolist()]
    for step in range(steps):
        optimizer.gradient.copy_(torch.tensor(gradient(step, places[-1]), dtype=torch.float64))
        optimizer.step()
        places.append(weight.tolist())
    return places
