r"""A line an utterance: ``BOS tokens EOS``, a tab, then a tag for each and the intent for EOS.

::

    BOS to boston EOS	O O B-toloc.city_name atis_flight

Where the last is missing, the utterance has no intent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from slotkit.corpus.formats.lines import columns, peek, write_lines
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row, make_row, read_rows, shown
from slotkit.errors import CorpusError

_FIRST, _LAST = "BOS", "EOS"
_UTTERANCE = re.compile(rf"{_FIRST} (.* )?{_LAST}(\s.*)?")


def detect(path: Path) -> bool:
    """Tell whether most of the first lines are of BOS ... EOS."""
    lines = peek(path)
    return 2 * sum(_UTTERANCE.fullmatch(line) is not None for line in lines) > len(lines)


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a file."""
    return read_rows(path, reading, lambda line, _: _row(line))


def _row(line: str) -> Row:
    """Read a line."""
    left, tab, right = line.partition("\t")
    tokens, tags = columns(left), columns(right)
    if not tab or len(tokens) < 2 or (tokens[0], tokens[-1]) != (_FIRST, _LAST):
        raise ValueError(f'expected "BOS tokens EOS<tab>tags intent", got {shown(line)}')
    if tags[:1] != ["O"]:
        raise ValueError(f"expected the tag O for BOS, got {shown(' '.join(tags[:1]))}")
    tokens, tags = tokens[1:-1], tags[1:]
    intent = tags.pop() if len(tags) == len(tokens) + 1 else ""
    return make_row(tokens, tags, intent=intent)


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances, a line each.

    Raises
    ------
    CorpusError
        If an intent holds a blank.
    """
    write_lines(path, map(_line, rows))


def _line(row: Row) -> str:
    """Write a row."""
    intent = [row["intent"]] if row["intent"] else []
    if intent != columns(row["intent"]):
        raise CorpusError(f"bos cannot hold an intent with a blank: {shown(*intent)}")
    tokens = " ".join([_FIRST, *row["tokens"], _LAST])
    return tokens + "\t" + " ".join(["O", *row["tags"], *intent])


FORMAT = Format(
    suffix=".iob",
    detect=detect,
    read=read,
    write=write,
    keeps=frozenset({"tokens", "intent"}),
)
