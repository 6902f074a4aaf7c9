"""An image as a sequence of vectors: every pixel attends to every other, or every patch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from slotkit.inside.worked.record import Both, Cell, Column, Worked
from slotkit.taggers.attention.runtime import attend

TITLE = Both("An image as a sequence of vectors", "把图像看作向量序列")
TEXT = Both(
    "Self-attention takes any set of vectors. A pixel is a vector of its colours, so a small image "
    "is already a long sequence, and scores grow with its square. Larger images are cut into "
    "patches; a patch is one vector, longer than that of a pixel, and there are far fewer of them.",
    "自注意力可以处理任何一组向量。一个像素就是由颜色组成的一个向量，所以一幅小图像已经是很长的序列，"
    "而分数的个数按长度的平方增长。大图像要切成小块；一小块是一个向量，比像素的向量长，但个数少得多。",
)
EQUATION = "scores = vectors^2"

_COMPUTED = 100  # vectors at most of which every score is computed, not only counted


def work(
    *, small: tuple[int, int] = (5, 10), large: tuple[int, int] = (224, 224), patch: int = 16
) -> Worked:
    """Count the vectors of a small image by pixels, of a larger one by pixels and by patches."""
    steps: list[list[Cell]] = []
    for (height, width), side in (small, 1), (large, 1), (large, patch):
        image = np.zeros((height, width, 3), dtype=np.float32)
        vectors = patches(image, side)
        count, size = vectors.shape
        steps.append([f"{height} x {width} x 3", side, count, size, count_scores(vectors)])
    pixels, blocks = steps[1][-1], steps[2][-1]
    return Worked(
        name="image",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={"small": list(small), "large": list(large), "patch": patch},
        columns=[
            Column(Both("image", "图像"), Both("pixels, colours", "像素、颜色")),
            Column(Both("side of a patch", "小块的边长"), Both("pixels", "像素")),
            Column(Both("sequence", "序列"), Both("vectors", "个向量")),
            Column(Both("length of a vector", "向量长度"), Both("numbers", "个数")),
            Column(Both("attention of one head", "一个头的注意力"), Both("scores", "个分数")),
        ],
        steps=steps,
        result=Both(
            f"The larger image: {pixels:,} scores by pixels, {blocks:,} by patches.",
            f"大图像：按像素有 {pixels:,} 个分数，按小块有 {blocks:,} 个。",
        ),
    )


def patches(image: npt.NDArray[np.float32], side: int) -> npt.NDArray[np.float32]:
    """Cut an image (height, width, colours) into squares, each of which becomes a vector.

    Returns
    -------
    array, shape (squares, side * side * colours)
    """
    height, width, colours = image.shape
    rows, columns = height // side, width // side
    squares = image.reshape(rows, side, columns, side, colours).swapaxes(1, 2)
    return squares.reshape(rows * columns, side * side * colours)


def count_scores(vectors: npt.NDArray[np.float32]) -> int:
    """Count the scores of a head: those that were computed, or too many to compute, by length."""
    count = len(vectors)
    if count > _COMPUTED:
        return count**2
    return int(attend(vectors, vectors, np.eye(count, dtype=np.float32)).size)
