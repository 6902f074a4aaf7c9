"""Word hashing: words as their tri-letters."""

from __future__ import annotations

from collections.abc import Sequence

from slotkit.encoders.hashing import Hashing
from slotkit.inside.worked.record import Both, Cell, Column, Worked

TITLE = Both("Word hashing: a word as its tri-letters", "词哈希：用三字母片段表示词")
TEXT = Both(
    "A word is cut into all pieces of three letters of #word#; each piece has a dimension, which "
    "is 1 where the word has the piece. A piece that occurs twice counts once (banana has ana "
    "twice), and a # in the text is written \\# so that it differs from the boundary.",
    "把 #词# 切成所有三个字母的片段；每个片段对应一维，词里有这个片段，这一维就是 1。"
    "出现两次的片段只算一次（banana 里有两个 ana）；文本里的 # 写作 \\#，以便和词的边界区分。",
)
EQUATION = "x(k) = 1 if piece k is in #word#, else 0"


def work(*, words: Sequence[str] = ("bool", "banana", "#1"), letters: int = 3) -> Worked:
    """Cut words into their pieces."""
    encoder = Hashing(letters=letters, fold_digits=False)
    steps: list[list[Cell]] = [
        [word, encoder.pieces(word), len(encoder.pieces(word))] for word in words
    ]
    encoder.fit(dict.fromkeys(words, 1))
    dimensions = encoder.dimensions
    return Worked(
        name="hashing",
        title=TITLE,
        text=TEXT,
        equation=EQUATION,
        inputs={"words": list(words), "letters": letters},
        columns=[
            Column(Both("word", "词")),
            Column(Both("pieces", "片段")),
            Column(Both("active", "为 1 的维"), Both("dimensions", "维")),
        ],
        steps=steps,
        result=Both(
            f"{len(words)} words, {dimensions} dimensions.", f"{len(words)} 个词，{dimensions} 维。"
        ),
    )
