"""A folder of parallel files: ``seq.in`` (tokens), ``seq.out`` (tags), ``label`` (intent).

A line of each is an utterance. ``label`` may be absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path

from slotkit.corpus.formats.lines import columns, count_lines, read_lines, text_file
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import Format, Row, make_row

_TOKENS, _TAGS, _INTENTS = "seq.in", "seq.out", "label"


def detect(path: Path) -> bool:
    """Tell whether a folder holds one of the two files."""
    return (path / _TOKENS).is_file() or (path / _TAGS).is_file()


def files(path: Path) -> list[Path]:
    """Give the files, ``label`` only where it is there."""
    intents = path / _INTENTS
    return [path / _TOKENS, path / _TAGS] + ([intents] if intents.is_file() else [])


def read(path: Path, reading: Reading) -> Iterator[Row]:
    """Read the utterances of a folder; lines that are blank in all files are passed over."""
    inputs, *others = there = files(path)
    expected = count_lines(inputs)
    for file in others:
        if (count := count_lines(file)) != expected:
            message = f"expected {expected} lines as in {_TOKENS}, got {count}"
            reading.add(file, min(count, expected) + 1, message, whole=True)
            return
    lines: list[Iterator[tuple[int, str]]] = [read_lines(file, reading) for file in there]
    lines += [repeat((0, ""))] * (3 - len(lines))  # without label, no intents
    for (number, words), (_, names), (_, intent) in zip(*lines, strict=False):
        tokens, tags = columns(words), columns(names)
        if not (tokens or tags or intent.strip()):
            continue
        try:
            row = make_row(tokens, tags, intent=intent)
        except ValueError as error:
            reading.add(path / (_TAGS if tokens else _TOKENS), number, error)
            continue
        if not any(reading.is_bad(file, number) for file in there):
            yield row


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances to a new folder."""
    path.mkdir()
    with ExitStack() as stack:
        places = [path / name for name in (_TOKENS, _TAGS, _INTENTS)]
        writers = [stack.enter_context(text_file(place)) for place in places]
        for row in rows:
            lines = " ".join(row["tokens"]), " ".join(row["tags"]), row["intent"]
            for write_line, line in zip(writers, lines, strict=True):
                write_line(line)


FORMAT = Format(
    suffix="",
    detect=detect,
    read=read,
    write=write,
    keeps=frozenset({"tokens", "intent"}),
    files=files,
)
