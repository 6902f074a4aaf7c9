"""A Jordan network of ones: what returns is the output."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from slotkit.inside.worked.record import Both, Cell, Column, Worked, symbol
from slotkit.inside.worked.run import run

TITLE = Both("Jordan network by hand: the output returns", "手算 Jordan 网络：回来的是输出")
TEXT = Both(
    "The network of the Elman example, but its memory is its own output. With f and the output "
    "function left out it is the Elman network whose U is V O, and numbers grow quickly. Below "
    "stands the network as slotkit trains it: tanh, and a softmax that returns a distribution. "
    "With equal weights that distribution is the same after every word: nothing is remembered.",
    "与 Elman 的例子同样的网络，但记忆是它自己的输出。省去 f 和输出函数时，"
    "它就是 U 等于 V O 的 Elman 网络，数会很快变大。"
    "下面是 slotkit 训练时用的网络：tanh，softmax 之后返回的是概率分布。"
    "权重都相等时，每个词之后的分布都一样：什么也没有记住。",
)
EQUATION = "h(t) = f(W x(t) + V y(t-1) + b),  y(t) = g(O h(t)),  y(0) = 0"


def work(*, words: Sequence[float] = (1, 1, 2)) -> Worked:
    """Run the words through it without its functions and with them."""
    ones, zeros = np.ones((2, 2)), np.zeros(2)
    inputs = [[word, word] for word in words]
    V = O = ones  # noqa: E741
    output = {"output.weight": O, "output.bias": zeros}
    linear = {"layers.0.weight_x": ones, "layers.0.weight_h": V @ O, "layers.0.bias": zeros}
    plain = run("elman", linear | output, inputs, num_layers=1, activation="linear")
    own = {"weight_x": ones, "weight_y": V, "bias": zeros} | output
    whole = run("jordan", own, inputs, num_layers=1)
    plain["fed"] = [[0.0, 0.0], *plain["logits"][:-1]]
    steps: list[list[Cell]] = []
    for functions, kept in (Both("none", "无"), plain), (Both(*["tanh, softmax"] * 2), whole):
        for t, x in enumerate(inputs):
            of_word = [kept[name][t] for name in ("fed", "0.h", "logits")]
            steps.append([functions, t + 1, list(x), *of_word])
    ends = ", ".join(f"{row[0]:g}" for row in plain["logits"])
    return Worked(
        name="jordan",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={"words": list(words)},
        columns=[
            symbol("f, g"),
            Column(Both("t", "t"), Both("word", "第几个词")),
            *map(symbol, ("x(t)", "y(t-1)", "h(t)", "O h(t)")),
        ],
        steps=steps,
        result=Both(
            f"Outputs without the functions: {ends}.",
            f"不用函数时的输出：{ends}。",
        ),
    )
