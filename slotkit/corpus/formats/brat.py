"""brat: a text with an utterance a line, and beside it an ``.ann`` with its spans by characters.

::

    T1	destination 15 21	Taipei

A split is such a pair, or a folder of them. Relations, events, attributes and notes are named and
left out; a span of several pieces is read as one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from slotkit.corpus.formats.characters import Marked, marked_of, row_of
from slotkit.corpus.formats.lines import read_lines, text_file
from slotkit.corpus.formats.objects import slot_name
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row, shown

_PAIR = "[0-9]{1,12} [0-9]{1,12}"
_SPAN = re.compile(rf"T\S*\t(\S+)\s+({_PAIR}(?:;{_PAIR})*)(?:\t(.*))?")
_OTHERS = {"R": "relations", "E": "events", "A": "attributes", "M": "attributes", "N": "links"}


class _Span(NamedTuple):
    """A span of a text, and the line of its file."""

    line: int
    marked: Marked


def files(path: Path) -> list[Path]:
    """Give the pairs of a split."""
    found = [path] if path.is_file() else sorted(path.glob("*.ann"))
    return [file for ann in found for file in (ann, ann.with_suffix(".txt"))]


def detect(path: Path) -> bool:
    """Tell whether a file or a folder is of such pairs."""
    if path.is_file() and path.suffix != ".ann":
        return False
    found = files(path) if path.is_file() or path.is_dir() else []
    return bool(found) and all(file.is_file() for file in found)


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of all texts."""
    for ann in files(path)[::2]:
        yield from _read_pair(ann, ann.with_suffix(".txt"), reading)


def _read_pair(ann: Path, text: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a text; a line with nothing but blanks is none."""
    lines = []
    begins = [0]
    for number, line in read_lines(text, reading):
        lines.append((number, line))
        begins.append(begins[-1] + len(line) + 1)
    if text.read_bytes().count(b"\r\n"):  # brat counts both characters
        begins = [begin + place for place, begin in enumerate(begins)]
    inside: dict[int, list[_Span]] = {}
    for span in _spans(ann, reading):
        place = bisect_right(begins, span.marked.start) - 1
        inside.setdefault(place, []).append(span)
    for place, (number, line) in enumerate(lines):
        spans = inside.pop(place, [])
        if not line.strip():
            continue
        marked = [_moved(span.marked, begins[place]) for span in spans]
        try:
            row = row_of(line, marked, reading, ann, spans[0].line if spans else None)
        except ValueError as error:
            reading.add(ann if spans else text, spans[0].line if spans else number, error)
            continue
        if not reading.is_bad(text, number):
            yield row
    for spans in inside.values():
        reading.add(ann, spans[0].line, "a span leaves the text")


def _moved(one: Marked, by: int) -> Marked:
    """Count a span's characters from another place."""
    return one._replace(start=one.start - by, end=one.end - by)


def _spans(ann: Path, reading: Reading) -> Iterator[_Span]:
    """Give the spans of a file."""
    for number, line in read_lines(ann, reading):
        if not line.strip():
            continue
        if not line.startswith("T"):
            kind = _OTHERS.get(line[0], "notes" if line[0] == "#" else "equivalences")
            reading.leave(kind, " ".join(line.split("\t")[1:2]) or line[:40])
            continue
        match = _SPAN.fullmatch(line)
        if match is None:
            reading.add(
                ann, number, f'expected "T1<tab>name start end<tab>text", got {shown(line)}'
            )
            continue
        numbers = [int(one) for one in re.split("[ ;]", match[2])]
        pieces, value = len(numbers) > 2, match[3]
        if pieces:
            reading.count("spans of several pieces, read as one with what stands between")
        marked = Marked(numbers[0], numbers[-1], slot_name(match[1]), None if pieces else value)
        yield _Span(number, marked)


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances to a new folder, a line of its text each."""
    path.mkdir()
    begin = count = 0
    with text_file(path / "text.txt") as write_text, text_file(path / "text.ann") as write_span:
        for row in rows:
            for start, end, name, value in marked_of(row):
                count += 1
                write_span(f"T{count}\t{name} {begin + start} {begin + end}\t{value}")
            write_text(row["text"])
            begin += len(row["text"]) + 1


FORMAT = Format(
    suffix="",
    detect=detect,
    read=read,
    write=write,
    keeps=frozenset({"text"}),
    files=files,
)
