"""Speech as a sequence of vectors: why attention is cut to a range there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from slotkit.inside.worked.record import Both, Cell, Column, Worked

TITLE = Both("Speech: full attention and a range", "语音：全部注意与限定范围")
TEXT = Both(
    "Speech has a vector every 10 ms, so that a few seconds are hundreds of vectors and full "
    "attention has a score for every pair of them. In a range of 15 each vector looks at itself "
    "and at most 15 on each side. The range is for the cost of many scores.",
    "语音每 10 毫秒有一个向量，几秒就有几百个向量，全部注意要为每一对向量算一个分数。"
    "范围为 15 时，每个向量只看自己和左右各至多 15 个。限定范围是为了减少计算分数的开销。",
)
EQUATION = "full: T^2 scores,  range r: at most (2 r + 1) T"


def work(*, seconds: Sequence[float] = (1, 5, 10), step: float = 10, reach: int = 15) -> Worked:
    """Count vectors and scores of some seconds of speech, a vector every `step` milliseconds."""
    steps: list[list[Cell]] = []
    for second in seconds:
        length = round(second * 1000 / step)
        place = np.arange(length)
        in_range = abs(place[:, None] - place) <= reach
        most = int(in_range.sum(axis=1).max())
        full, near = in_range.size, int(in_range.sum())
        steps.append([second, length, full, near, most])
    return Worked(
        name="speech",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={"seconds": list(seconds), "step": step, "reach": reach},
        columns=[
            Column(Both("speech", "语音"), Both("s", "秒")),
            Column(Both("T", "T"), Both("vectors", "个向量")),
            Column(Both("full", "全部"), Both("scores", "个分数")),
            Column(Both(f"range {reach}", f"范围 {reach}"), Both("scores", "个分数")),
            Column(Both("of a vector, at most", "每个向量至多"), Both("scores", "个分数")),
        ],
        steps=steps,
        result=Both(
            f"{seconds[-1]:g} s: {full:,} scores in full, {near:,} in the range.",
            f"{seconds[-1]:g} 秒：全部为 {full:,} 个分数，限定范围为 {near:,} 个。",
        ),
    )
