"""The steps of optimizers: the lectures' and torch's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from slotkit.extras import extra
from slotkit.inside.worked.record import Both, Cell, Column, Worked

TITLE = Both("Steps of optimizers: the lectures' and torch's", "优化器的步长：课程的与 torch 的")
TEXT = Both(
    "How far one weight moves at each gradient. The lectures' sigma is the root mean square of all "
    "gradients so far; with a learning rate that falls with the root of the step it is Adagrad. "
    "The lectures' RMSProp starts its mean from the first squared gradient, torch's from zero, so "
    "that torch's first steps are longer.",
    "一个权重在每个梯度下移动多远。课程的 sigma 是到目前为止所有梯度的均方根；"
    "学习率随步数的平方根下降时，它就是 Adagrad。课程的 RMSProp 从第一个梯度的平方开始求平均，"
    "torch 的从零开始，所以 torch 最初的几步更长。",
)
EQUATION = "w(t+1) = w(t) - eta g(t) / sigma(t)"
RULES: dict[str, tuple[str, Both, dict[str, float]]] = {
    "rms": ("rms", Both("root mean square (lectures)", "均方根（课程）"), {}),
    "adagrad": ("adagrad", Both("Adagrad", "Adagrad"), {}),
    "rmsprop of the lectures": (
        "rms",
        Both("RMSProp (lectures)", "RMSProp（课程）"),
        {"alpha": 0.9},
    ),
    "rmsprop of torch": ("rmsprop", Both("RMSProp (torch)", "RMSProp（torch）"), {"alpha": 0.9}),
    "momentum": ("momentum", Both("momentum 0.9", "动量 0.9"), {}),
}


def work(
    *,
    gradients: Sequence[float] = (1, 2, 2),
    steady: Sequence[float] = (1, 1, 1),
    rate: float = 0.1,
) -> Worked:
    """Take the steps of each optimizer; momentum at gradients that stay the same.

    Raises
    ------
    MissingExtraError
        If torch is not installed.
    """
    with extra("train"):
        from slotkit.training.path import walk
    steps: list[list[Cell]] = []
    lengths: dict[str, list[float]] = {}
    for name, (optimizer, label, options) in RULES.items():
        given = steady if name == "momentum" else gradients
        own: dict[str, Any] = options | {"lr": rate}
        walked = walk(optimizer, _given(given), [0.0], len(given), **own)
        places = [place[0] for place in walked]
        lengths[name] = [before - after for before, after in pairwise(places)]
        steps.append([label, list(given), lengths[name]])
    first, other = lengths["rmsprop of the lectures"][0], lengths["rmsprop of torch"][0]
    return Worked(
        name="steps",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={"gradients": list(gradients), "steady": list(steady), "rate": rate},
        columns=[
            Column(Both("optimizer", "优化器")),
            Column(Both("gradients", "梯度")),
            Column(Both("steps", "步长")),
        ],
        steps=steps,
        result=Both(
            f"The first step of RMSProp: {first:.4f} in the lectures, {other:.4f} in torch.",
            f"RMSProp 的第一步：课程为 {first:.4f}，torch 为 {other:.4f}。",
        ),
    )


def _given(gradients: Sequence[float]) -> Callable[[int, list[float]], list[float]]:
    """Return what gives these gradients in turn, wherever the weight is."""
    return lambda step, place: [gradients[step]]
