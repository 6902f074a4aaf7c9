"""A line an utterance, each token with its tag behind a bar: ``to|O Taipei|B-destination``.

Between them may stand others, as parts of speech: ``Taipei|NNP|B-destination``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from slotkit.corpus.formats.columns import is_tag, upper
from slotkit.corpus.formats.lines import columns, peek
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row, make_row, read_rows, shown

_BAR = "|"


def detect(path: Path) -> bool:
    """Tell whether all words of the first line have a tag behind a bar."""
    return any(all(map(_has_tag, columns(line))) for line in peek(path)[:1])


def _has_tag(piece: str) -> bool:
    """Tell whether a piece is a token with its tag."""
    token, bar, tag = piece.rpartition(_BAR)
    return bool(bar and token) and is_tag(tag)


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a file."""
    return read_rows(path, reading, lambda line, _: _row(line))


def _row(line: str) -> Row:
    """Read a line."""
    tokens, tags = [], []
    for piece in columns(line):
        token, *others = piece.split(_BAR)
        if not others:
            raise ValueError(f'expected "token{_BAR}tag", got {shown(piece)}')
        tokens.append(token or _BAR)
        tags.append(upper(others[-1]))
    return make_row(tokens, tags)


FORMAT = Format(
    suffix=".iob",
    detect=detect,
    read=read,
)
