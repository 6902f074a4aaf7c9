"""A convolution inside self-attention: one head an offset, sharper with beta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from slotkit.inside.worked.record import Both, Cell, Column, Worked, symbol
from slotkit.taggers.attention.runtime import attend

TITLE = Both("A convolution inside self-attention", "自注意力里的卷积")
TEXT = Both(
    "A convolution of width K is what K heads of self-attention do when their weights are set so. "
    "A word has its position beside its content; head d asks with (t + d, 1), keys are "
    "beta (2 s, -s^2), so the score is largest at s = t + d. W_v picks the content, W_o holds the "
    "kernel. Words of zeros stand at both ends. The larger beta, the closer each head comes to "
    "looking at one word alone. This holds for the attention function itself; norms and the layer "
    "behind it would change the numbers.",
    "宽度为 K 的卷积，可以由 K 个权重设定好的自注意力头做出来。每个词除了内容还带有位置；"
    "第 d 个头的查询是 (t + d, 1)，键是 beta (2 s, -s^2)，所以分数在 s = t + d 处最大。"
    "W_v 取出内容，W_o 存放卷积核。两端各有全零的词。beta 越大，每个头就越接近只看一个词。"
    "这只对注意力函数本身成立；加上归一化和后面的层，数值就会改变。",
)
EQUATION = "q(t) . k(s) = (t + d, 1) . beta (2 s, -s^2) = beta ((t + d)^2 - (s - t - d)^2)"
WORDS = ((2, 1), (2, 2), (1, 2), (0, 2), (2, -1))
# (width, content, outputs)
KERNEL = (((0, 0), (-1, 0)), ((1, 1), (-1, -1)), ((-1, 0), (1, 1)))

Floats = npt.NDArray[np.float64]


def work(
    *,
    beta: float | None = None,
    words: Sequence[Sequence[float]] = WORDS,
    kernel: Sequence[Sequence[Sequence[float]]] = KERNEL,
) -> Worked:
    """Compare both, word by word for a beta; without one, for 10, 20 and 40, the largest error."""
    content, parts = np.array(words, dtype=np.float64), np.array(kernel, dtype=np.float64)
    expected = convolve(content, parts)
    betas = [10.0, 20.0, 40.0] if beta is None else [float(beta)]
    steps: list[list[Cell]] = []
    errors = []
    for one in betas:
        found, weights = by_attention(content, parts, one)
        errors.append(float(abs(found - expected).max()))
        for t, row in enumerate(found):
            error = float(abs(row - expected[t]).max())
            steps.append([one, t + 1, weights[t], expected[t].tolist(), row.tolist(), error])
    said = ", ".join(f"{one:g}: {error:.0e}" for one, error in zip(betas, errors, strict=True))
    return Worked(
        name="convolution",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={
            "beta": beta,
            "words": content.tolist(),
            "kernel": parts.tolist(),
        },
        columns=[
            symbol("beta"),
            Column(Both("t", "t"), Both("word", "第几个词")),
            Column(Both("weight of word t + d in head d", "第 d 个头给词 t + d 的权重")),
            Column(Both("convolution", "卷积")),
            Column(Both("attention", "注意力")),
            Column(Both("error", "误差"), powers=True),
        ],
        steps=steps,
        result=Both(f"Largest error by beta: {said}.", f"各 beta 的最大误差：{said}。"),
    )


def convolve(content: Floats, kernel: Floats) -> Floats:
    """Compute sum over d of W_d x(t + d), zeros beyond the ends.

    Parameters
    ----------
    content : array, shape (T, D)
    kernel : array, shape (width, D, H)

    Returns
    -------
    array, shape (T, H)
    """
    half = len(kernel) // 2
    padded = np.pad(content, ((half, half), (0, 0)))
    shares = [padded[d : d + len(content)] @ W for d, W in enumerate(kernel)]
    total: Floats = np.sum(shares, axis=0)
    return total


def by_attention(content: Floats, kernel: Floats, beta: float) -> tuple[Floats, list[list[float]]]:
    """Compute the same with a head an offset, and how much of its weight each head has there.

    References
    ----------
    Cordonnier et al. 2020, On the relationship between self-attention and convolutional layers;
    here in one dimension.
    """
    width, size, out_size = kernel.shape
    half, length = width // 2, len(content)
    values = np.pad(content, ((half, half), (0, 0)))
    s = np.arange(len(values), dtype=np.float64)
    keys: Any = beta * np.stack([2 * s, -(s**2)], axis=1)
    offsets = np.arange(-half, half + 1)[:, None]
    one_each: Any = np.eye(len(s))  # values that show the weights
    queries: Any = np.stack(
        [s + offsets, np.ones((width, len(s)))], axis=2
    )  # (width, T + 2 half, 2)
    weights = attend(queries, keys, one_each, scale=1.0)
    heads = weights @ values  # (width, T + 2 half, size)
    W_o = kernel.reshape(width * size, out_size)
    mixed = heads.swapaxes(0, 1).reshape(len(s), -1) @ W_o
    there = [[float(weights[d, half + t, t + d]) for d in range(width)] for t in range(length)]
    return mixed[half : half + length], there
