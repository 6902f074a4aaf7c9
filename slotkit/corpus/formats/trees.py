"""TOP and MTOP: utterances as trees, ``[IN:SET_ALARM set alarm [SL:TIME at 6 ] ]``.

The intent is that of the whole tree, the slots are those right under it; what stands deeper is
counted. Names are read without ``IN:`` and ``SL:``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from slotkit.corpus.formats.lines import peek
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row, make_row, offsets_of, read_rows, shown
from slotkit.text.tags import Span, tags_of

_TREE = re.compile(r"\[(IN):.*\]")
_OPEN = re.compile(r"\[(IN|SL):(\S+)")


def detect(path: Path) -> bool:
    """Tell whether a column of the first line is a tree, or of that below a heading."""
    return any(_tree_of(line) is not None for line in peek(path)[:2])


def _tree_of(line: str) -> str | None:
    """Return the column of a line that is a tree."""
    return next((cell for cell in line.strip().split("\t") if _TREE.fullmatch(cell.strip())), None)


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a file; of TOPv2 the first line is a heading."""

    def parse(line: str, number: int) -> Row | None:
        heading = number == 1 and "utterance" in line.split("\t")
        return None if heading else _row(line, reading)

    return read_rows(path, reading, parse)


def _row(line: str, reading: Reading) -> Row:
    """Read a line: its tree, and the text as it was typed, where a column has that."""
    tree = _tree_of(line)
    if tree is None:
        raise ValueError(f"expected a tree as [IN:... ] in a column, got {shown(line)}")
    words, spans, intent, deeper = _parse(tree)
    for name in deeper:
        reading.leave("what stands deeper in a tree", name)
    text = next((cell for cell in line.split("\t") if offsets_of(cell, words)), None)
    return make_row(words, tags_of(spans, len(words)), text=text, intent=intent)


def _parse(tree: str) -> tuple[list[str], list[Span], str, list[str]]:
    """Read a tree: its words, the slots right under it, its intent, and what is deeper."""
    words: list[str] = []
    spans: list[Span] = []
    deeper: list[str] = []
    intent = ""
    nodes: list[tuple[str, str, int]] = []  # kind, name, first word
    for piece in tree.split():
        if match := _OPEN.fullmatch(piece):
            kind, name = match.groups()
            if not nodes:
                intent = name
            elif len(nodes) > 1:
                deeper.append(f"{kind}:{name}")
            nodes.append((kind, name, len(words)))
        elif piece == "]" and nodes:
            kind, name, first = nodes.pop()
            if kind == "SL" and len(nodes) == 1 and first < len(words):
                spans.append(Span(first, len(words), name))
        elif piece == "]":
            raise ValueError(f"a bracket too many in {shown(tree)}")
        else:
            words.append(piece)
    if nodes:
        raise ValueError(f"a bracket too few in {shown(tree)}")
    return words, spans, intent, deeper


FORMAT = Format(
    suffix=".tsv",
    detect=detect,
    read=read,
)
