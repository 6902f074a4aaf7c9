"""An Elman network of ones: what it gives depends on the order of the words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from slotkit.inside.worked.record import Both, Cell, Column, Worked, symbol
from slotkit.inside.worked.run import run

TITLE = Both("Elman network by hand: memory sees the order", "手算 Elman 网络：记忆能看出顺序")
TEXT = Both(
    "Two inputs, two hidden units, two outputs, no bias. Every weight of W, U and O is the number "
    "given here, and each word has that number in both inputs. The same words in another order "
    "give other outputs. With relu as f, what falls below zero is forgotten.",
    "两个输入、两个隐藏单元、两个输出，没有偏置。W、U、O 的每个权重都取这里给出的数，"
    "每个词的两个输入相同。同样的词换一个顺序，输出就不同。f 取 relu 时，小于零的部分会被忘掉。",
)
EQUATION = "h(t) = f(W x(t) + U h(t-1) + b),  h(0) = 0,  y(t) = O h(t)"
ORDERS = ((1, 1, 2), (1, 2, 1), (2, 1, 1), (1, -3, 1))


def work(
    *,
    orders: Sequence[Sequence[float]] = ORDERS,
    W: float = 1,
    U: float = 1,
    O: float = 1,  # noqa: E741 - the O of the equations
) -> Worked:
    """Run every order of words, with f linear and with f relu."""
    weights = {
        "layers.0.weight_x": np.full((2, 2), W),
        "layers.0.weight_h": np.full((2, 2), U),
        "layers.0.bias": np.zeros(2),
        "output.weight": np.full((2, 2), O),
        "output.bias": np.zeros(2),
    }
    steps: list[list[Cell]] = []
    last: list[float] = []
    for f in ("linear", "relu"):
        for words in orders:
            inputs = [[word, word] for word in words]
            kept = run("elman", weights, inputs, num_layers=1, activation=f)
            if f == "linear":
                last.append(kept["logits"][-1][0])
            for t, x in enumerate(inputs):
                memory, h, y = (kept[name][t] for name in ("0.uh", "0.h", "logits"))
                steps.append([f, list(words), t + 1, list(x), memory, h, y])
    ends = ", ".join(f"{one:g}" for one in last)
    return Worked(
        name="elman",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={"orders": [list(words) for words in orders], "W": W, "U": U, "O": O},
        columns=[
            symbol("f"),
            Column(Both("order", "顺序")),
            Column(Both("t", "t"), Both("word", "第几个词")),
            *map(symbol, ("x(t)", "U h(t-1)", "h(t)", "y(t)")),
        ],
        steps=steps,
        result=Both(
            f"Outputs at the last word, f linear, order by order: {ends}.",
            f"f 为线性时，各顺序在最后一个词的输出依次为：{ends}。",
        ),
    )
