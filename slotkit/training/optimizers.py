"""Optimizers and schedules: torch's own, and the lectures' root mean square.

Where the lectures and torch differ: the lectures' RMSProp starts its mean from the first squared
gradient, torch's from zero, so that torch's first steps are longer; Adagrad is the same in both.

All weights stand in one vector, so that a step is a few operations however many layers there are.
torch's functions take the steps and not its classes: these bring a compiler with them, which takes
as long to load as all the rest of torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils import parameters_to_vector, vector_to_parameters
from torch.optim.adagrad import adagrad
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

Memory = dict[str, Tensor]  # of an optimizer, by name


class Optimizer:
    """Weights as one vector, their gradient as another, and what is remembered of it.

    Parameters
    ----------
    name : str
        A key of `OPTIMIZERS`.
    params : iterable of Tensor
        Leaves; from now on parts of `weights`, and their gradients parts of `gradient`.
    lr : float
        Learning rate, of the next step.
    weight_decay : float
        Share of each weight that is added to its gradient; with ``adamw``, times the rate, of what
        is taken off it.
    **options
        Of the steps, such as ``alpha``.

    Attributes
    ----------
    weights, gradient : Tensor of float, shape (P,)
    memory : dict of str to Tensor
        All that the next step depends on beside these.
    """

    def __init__(
        self,
        name: str,
        params: Iterable[Tensor],
        lr: float = 0.01,
        weight_decay: float = 0.0,
        **options: Any,
    ) -> None:
        params = list(params)
        self._take, self._options = OPTIMIZERS[name], options
        self.lr, self.weight_decay = lr, weight_decay
        self.weights = as_vector(params)
        self.gradient = torch.zeros_like(self.weights)
        parts = torch.split(self.gradient, [param.numel() for param in params])
        for param, part in zip(params, parts, strict=True):
            param.grad = part.view_as(param)
        self.memory: Memory = {}

    def clip(self, longest: float) -> float:
        """Shorten the gradient to a length; return how long it was.

        References
        ----------
        Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural networks.
        """
        length = float(self.gradient.norm())
        if length > longest:
            self.gradient.mul_(longest / length)
        return length

    @torch.no_grad()
    def step(self) -> None:
        """Take one step down the gradient."""
        how = {"lr": self.lr, "weight_decay": self.weight_decay} | self._options
        self._take(self.weights, self.gradient, self.memory, **how)


def as_vector(params: list[Tensor]) -> Tensor:
    """Put weights one behind the other, so that they are parts of one vector: (P,)."""
    vector = parameters_to_vector(params).detach()
    vector_to_parameters(vector, params)
    return vector


def rms(
    weights: Tensor,
    gradient: Tensor,
    memory: Memory,
    *,
    lr: float,
    weight_decay: float,
    alpha: float | None = None,
) -> None:
    """Divide the gradient by the root mean square of all the gradients so far.

        w <- w - lr * g / sigma,  sigma^2 = mean of g^2 over all steps
        or, with `alpha`,         sigma^2 <- alpha sigma^2 + (1 - alpha) g^2, at first g^2

    Parameters
    ----------
    weights, gradient : Tensor of float, shape (P,)
        w, changed in place, and g.
    memory : dict of str to Tensor
        sigma^2 and the number of steps; empty at first.
    lr : float
        Learning rate.
    weight_decay : float
        Share of each weight that is added to its gradient.
    alpha : float, optional
        Share of the past: gives the lectures' RMSProp. Unless given, all steps weigh the same.
    """
    _begin(memory, weights, "mean_square")
    gradient = gradient + weight_decay * weights
    memory["step"] += 1
    step = float(memory["step"])
    past = 1 - 1 / step if alpha is None or step == 1 else alpha
    memory["mean_square"].mul_(past).addcmul_(gradient, gradient, value=1 - past)
    sigma = memory["mean_square"].sqrt()
    weights.sub_(lr * gradient / sigma.clamp(min=1e-8))


def _sgd(
    weights: Tensor, gradient: Tensor, memory: Memory, *, momentum: float = 0.0, **how: Any
) -> None:
    """Go down the gradient, or with momentum down the sum of all so far, which fades by it."""
    sums = [memory.get("sum")]
    plain: dict[str, Any] = {"dampening": 0.0, "nesterov": False, "maximize": False}
    sgd([weights], [gradient], sums, momentum=momentum, **plain, **how)
    if sums[0] is not None:
        memory["sum"] = sums[0]


def _adagrad(weights: Tensor, gradient: Tensor, memory: Memory, **how: Any) -> None:
    """Divide the gradient by the root of the sum of its squares."""
    _begin(memory, weights, "sum")
    state = [memory["sum"]], [memory["step"]]
    adagrad([weights], [gradient], *state, lr_decay=0.0, eps=1e-10, maximize=False, **how)


def _rmsprop(
    weights: Tensor, gradient: Tensor, memory: Memory, *, alpha: float = 0.99, **how: Any
) -> None:
    """Divide the gradient by the root of a running mean of its squares, at first 0."""
    _begin(memory, weights, "mean_square")
    state: Any = [memory["mean_square"]], [], [], [memory["step"]]
    how |= {"alpha": alpha, "eps": 1e-8, "momentum": 0.0, "centered": False}
    rmsprop([weights], [gradient], *state, **how)


def _adam(
    take: Callable[..., None], weights: Tensor, gradient: Tensor, memory: Memory, **how: Any
) -> None:
    """Divide a running mean of the gradient by the root of one of its squares."""
    _begin(memory, weights, "mean", "mean_square")
    usual: dict[str, Any] = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    state: Any = [memory["mean"]], [memory["mean_square"]], [], [memory["step"]]
    plain = {"fused": True, "amsgrad": False, "maximize": False}
    take([weights], [gradient], *state, **usual, **plain, **how)


def _begin(memory: Memory, weights: Tensor, *names: str) -> None:
    """Before the first step: remember nothing of each weight, and no steps."""
    if not memory:
        memory["step"] = torch.zeros((), device=weights.device)
        memory |= {name: torch.zeros_like(weights) for name in names}


# Of weights, their gradient and the memory: takes a step, with the rate and what else it is told.
OPTIMIZERS: dict[str, Callable[..., None]] = {
    "sgd": _sgd,
    "momentum": partial(_sgd, momentum=0.9),
    "rms": rms,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adam": partial(_adam, adam),
    "adamw": partial(_adam, adamw),
}


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
