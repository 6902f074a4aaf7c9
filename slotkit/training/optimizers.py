"""Optimizers and schedules: torch's own, and the lectures' root mean square.

Where the lectures and torch differ: the lectures' RMSProp starts its mean from the first squared
gradient, torch's from zero, so that torch's first steps are longer; Adagrad is the same in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop


class RMS(Optimizer):
    """Divide each gradient by the root mean square of all the gradients so far.

        w <- w - lr * g / sigma,  sigma^2 = mean of g^2 over all steps
        or, with `alpha`,         sigma^2 <- alpha sigma^2 + (1 - alpha) g^2, at first g^2

    Parameters
    ----------
    params : iterable of Tensor
    lr : float
        Learning rate.
    alpha : float, optional
        Share of the past: gives the lectures' RMSProp. Unless given, all steps weigh the same.
    weight_decay : float
        Share of each weight that is added to its gradient.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 0.01,
        *,
        alpha: float | None = None,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "alpha": alpha, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Take one step along the gradients that the parameters hold."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                gradient = weight.grad + group["weight_decay"] * weight
                state = self.state[weight]
                if not state:
                    state["step"] = torch.tensor(0.0)
                    state["mean_square"] = torch.zeros_like(weight)
                state["step"] += 1
                first = state["step"].item() == 1
                past = 1 - 1 / state["step"].item() if group["alpha"] is None else group["alpha"]
                past = 0.0 if first else past
                state["mean_square"].mul_(past).addcmul_(gradient, gradient, value=1 - past)
                sigma = state["mean_square"].sqrt()
                weight.sub_(group["lr"] * gradient / sigma.clamp(min=1e-8))


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": lambda params, **options: SGD(params, momentum=0.9, **options),
    "rms": RMS,
    "adagrad": Adagrad,
    "rmsprop": RMSprop,
    "adam": lambda params, **options: Adam(params, fused=True, **options),
    "adamw": lambda params, **options: AdamW(params, fused=True, **options),
}


def make_optimizer(name: str, params: Iterable[Tensor], **options: Any) -> Optimizer:
    """Build an optimizer from its name; `options` are ``lr`` and ``weight_decay``."""
    return OPTIMIZERS[name](params, **options)


def rate(schedule: str, step: float, *, steps: int, warmup: int) -> float:
    """Compute the factor of the learning rate at a step.

    Parameters
    ----------
    schedule : str
        A key of `SCHEDULES`.
    step : float
        This step, from 0; whole where none is left out.
    steps : int
        How many there are in all.
    warmup : int
        Steps over which the rate first climbs, in a line.

    Returns
    -------
    float
        Between 0 and 1.
    """
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    return SCHEDULES[schedule](min(done, 1.0))


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "step": lambda done: 0.5 ** int(done * 4),  # halved at each quarter
    "linear": lambda done: 1 - done,
    "cosine": lambda done: (1 + math.cos(math.pi * done)) / 2,
}
