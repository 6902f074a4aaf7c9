"""Self-attention of three words by hand: unscaled, scaled, and in a range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from slotkit.inside.worked.record import Both, Cell, Column, Worked, symbol
from slotkit.taggers.attention.runtime import attend

TITLE = Both("Self-attention by hand", "手算自注意力")
TEXT = Both(
    "W_q, W_k and W_v are the identity, so q, k and v are x. Dividing the scores by the root of d "
    "brings the weights closer together. In a range of 1 a word that is further away gets the "
    "score minus infinity before the softmax, and so the weight 0: with a score of 0 it would "
    "still get some, for exp(0) = 1.",
    "W_q、W_k、W_v 都是单位矩阵，所以 q、k、v 就是 x。分数除以 d 的平方根，会让权重彼此更接近。"
    "范围为 1 时，更远的词在 softmax 之前得到负无穷的分数，权重因此为 0；"
    "如果分数只是 0，它仍会得到权重，因为 exp(0) = 1。",
)
EQUATION = "a(t, s) = softmax over s of q(t) . k(s) / sqrt(d),  y(t) = sum over s of a(t, s) v(s)"
WORDS = ((1, 0), (0, 1), (1, 1))


def work(*, words: Sequence[Sequence[float]] = WORDS, reach: int = 1) -> Worked:
    """Let the words attend to each other in three ways."""
    x: Any = np.array(words, dtype=np.float64)  # in doubles; the runtime takes both
    one_each: Any = np.eye(len(x))  # values that show the weights
    place = np.arange(len(x))
    near = abs(place[:, None] - place) <= reach
    ways = [
        (Both("unscaled", "不缩放"), 1.0, None),
        (Both("scaled", "缩放"), None, None),
        (Both(f"range {reach}, unscaled", f"范围 {reach}，不缩放"), 1.0, near),
    ]
    steps: list[list[Cell]] = []
    for way, scale, allowed in ways:
        weights = attend(x, x, one_each, scale=scale, allowed=allowed)
        outputs = attend(x, x, x, scale=scale, allowed=allowed)
        scores = x @ x.T * (x.shape[1] ** -0.5 if scale is None else scale)
        for t, row in enumerate(x.tolist()):
            of_word: list[list[float]] = [scores[t].tolist(), weights[t].tolist()]
            steps.append([way, t + 1, row, *of_word, outputs[t].tolist()])
    first = ", ".join(f"{one:.4f}" for one in attend(x, x, x)[0])
    return Worked(
        name="attention",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={"words": [list(row) for row in words], "reach": reach},
        columns=[
            Column(Both("way", "方式")),
            Column(Both("t", "t"), Both("word", "第几个词")),
            symbol("x(t)"),
            Column(Both("scores", "分数")),
            Column(Both("weights a(t, s)", "权重 a(t, s)")),
            symbol("y(t)"),
        ],
        steps=steps,
        result=Both(
            f"Scaled, the first word becomes ({first}).",
            f"缩放时，第一个词变成（{first}）。",
        ),
    )
