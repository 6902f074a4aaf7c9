"""The lectures' LSTM cell, whose weights make its gates do what the words say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slotkit.inside.worked.record import Both, Cell, Column, Worked, symbol
from slotkit.inside.worked.run import run

TITLE = Both("LSTM cell by hand: three gates and a memory", "手算 LSTM 单元：三个门和一个记忆")
TEXT = Both(
    "One cell with three inputs; its gates see x(t) alone, and g and h are linear. x2 = 1 adds x1 "
    "to the memory, x2 = -1 clears it, x3 = 1 lets it out. A gate near 1 is open; a forget gate "
    "near 1 keeps the memory.",
    "一个单元，三个输入；门只看 x(t)，g 和 h 都是线性的。x2 = 1 时把 x1 加进记忆，"
    "x2 = -1 时清空记忆，x3 = 1 时输出记忆。门接近 1 表示打开；遗忘门接近 1 表示保留记忆。",
)
EQUATION = "c(t) = s(f) c(t-1) + s(i) g(z),  out(t) = s(o) h(c(t))"
WORDS = ((3, 1, 0), (4, 1, 0), (2, 0, 0), (1, 0, 1), (3, -1, 0))
# Of z and each gate the weights of x1, x2, x3, and the bias.
WEIGHTS = {"z": (1, 0, 0, 0), "i": (0, 100, 0, -10), "f": (0, 100, 0, 10), "o": (0, 0, 100, -10)}


def work(
    *,
    words: Sequence[Sequence[float]] = WORDS,
    weights: Mapping[str, Sequence[float]] = WEIGHTS,
) -> Worked:
    """Run the cell over the words."""
    blocks = [weights[name] for name in "ifzo"]  # in the order of the network
    own = {
        "layers.0.weight_x": [block[:3] for block in blocks],
        "layers.0.bias": [block[3] for block in blocks],
        "output.weight": [[1.0]],
        "output.bias": [0.0],
    }
    kept = run("lstm", own, words, num_layers=1, gates="x", activation="linear")
    steps: list[list[Cell]] = []
    for t, x in enumerate(words):
        i, f, z, o = kept["0.wx"][t]
        gates = [kept[f"0.{name}"][t][0] for name in "ifo"]
        steps.append([list(x), z, i, f, o, *gates, kept["0.c"][t][0], kept["0.out"][t][0]])
    outs = ", ".join(f"{row[0]:.4f}" for row in kept["0.out"])
    return Worked(
        name="lstm-cell",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={
            "words": [list(x) for x in words],
            "weights": {name: list(row) for name, row in weights.items()},
        },
        columns=[
            Column(Both("x1, x2, x3", "x1, x2, x3")),
            *map(symbol, ("z", "i", "f", "o", "s(i)", "s(f)", "s(o)", "c", "out")),
        ],
        steps=steps,
        result=Both(f"Outputs: {outs}.", f"输出：{outs}。"),
    )
