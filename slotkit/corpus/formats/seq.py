"""A folder of parallel files: ``seq.in`` (tokens), ``seq.out`` (tags), ``label`` (intent).

A line of each is an utterance. ``label`` may be absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path

from slotkit.corpus.formats.lines import Problems, columns, count_lines, read_lines
from slotkit.corpus.formats.rows import Format, Row, make_row

_TOKENS, _TAGS, _INTENTS = "seq.in", "seq.out", "label"


def detect(path: Path) -> bool:
    """Tell whether a folder holds one of the two files."""
    return (path / _TOKENS).is_file() or (path / _TAGS).is_file()


def files(path: Path) -> list[Path]:
    """Give the files, ``label`` only where it is there."""
    intents = path / _INTENTS
    return [path / _TOKENS, path / _TAGS] + ([intents] if intents.is_file() else [])


def read(path: Path, problems: Problems) -> Iterator[Row]:
    """Read the utterances of a folder; lines that are blank in all files are passed over."""
    inputs, *others = files(path)
    expected = count_lines(inputs)
    for file in others:
        if (count := count_lines(file)) != expected:
            message = f"expected {expected} lines as in {_TOKENS}, got {count}"
            problems.add(file, min(count, expected) + 1, message)
            return
    lines: list[Iterator[tuple[int, str]]] = [read_lines(file, problems) for file in files(path)]
    lines += [repeat((0, ""))] * (3 - len(lines))  # without label, no intents
    for (number, words), (_, names), (_, intent) in zip(*lines, strict=False):
        tokens, tags = columns(words), columns(names)
        if not (tokens or tags or intent.strip()):
            continue
        try:
            yield make_row(tokens, tags, intent=intent)
        except ValueError as error:
            problems.add(path / (_TAGS if tokens else _TOKENS), number, str(error))


def write(rows: Iterable[Row], path: Path) -> None:
    """Write utterances to a new folder."""
    path.mkdir()
    with ExitStack() as stack:
        places = [path / name for name in (_TOKENS, _TAGS, _INTENTS)]
        opened = [place.open("w", encoding="utf-8", newline="\n") for place in places]
        files = [stack.enter_context(file) for file in opened]
        for row in rows:
            lines = " ".join(row["tokens"]), " ".join(row["tags"]), row["intent"]
            for file, line in zip(files, lines, strict=True):
                file.write(line + "\n")


FORMAT = Format(
    suffix="", keeps=frozenset(), listing="", detect=detect, files=files, read=read, write=write
)
