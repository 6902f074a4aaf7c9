"""Sinusoidal positions: a vector for each place in the text."""

from __future__ import annotations

import numpy as np

from slotkit.inside.worked.record import Both, Cell, Column, Worked, symbol
from slotkit.taggers.attention.runtime import sinusoids

TITLE = Both("Sinusoidal positions", "正弦位置向量")
TEXT = Both(
    "Sine and cosine stand in turn; each pair turns more slowly than the one before it. slotkit "
    "counts positions from 0, the lectures from 1. The vectors are defined for any length, which "
    "is not to say that a tagger is accurate on texts longer than those it was trained on.",
    "正弦和余弦交替排列，每一对都比前一对转得更慢。slotkit 的位置从 0 数起，课程从 1 数起。"
    "任何长度都有定义，但这并不表示标注器在比训练文本更长的文本上仍然准确。",
)
EQUATION = "p(t, 2i) = sin(t / 10000^(2i / d)),  p(t, 2i + 1) = cos(t / 10000^(2i / d))"


def work(*, length: int = 4, size: int = 4) -> Worked:
    """Compute the vectors of the first positions."""
    table = sinusoids(length, size).astype(np.float64).round(6).tolist()  # of single floats
    last = ", ".join(f"{one:.4f}" for one in table[-1])
    steps: list[list[Cell]] = [[t, row] for t, row in enumerate(table)]
    return Worked(
        name="positions",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={"length": length, "size": size},
        columns=[Column(Both("t", "t"), Both("position, from 0", "位置，从 0 起")), symbol("p(t)")],
        steps=steps,
        result=Both(f"At position {length - 1}: ({last}).", f"在位置 {length - 1}：（{last}）。"),
    )
