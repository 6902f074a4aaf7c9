r"""Reading and writing the lines of a corpus file.

Only ``\n``, with or without ``\r`` before it, ends a line: the other characters at which
`str.splitlines` cuts (form feed, NEL, U+2028) may stand inside one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from slotkit.corpus.formats.reading import Reading
from slotkit.errors import CorpusError

# Control characters and lone surrogates. Not among them: tab, which separates; form feed and
# NEL, which are white space.
UNFIT = re.compile(r"[\x00-\x08\x0a\x0b\x0d-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def unfit(text: str) -> str | None:
    """Say which character of a text no corpus may hold, and where; None if there is none."""
    found = UNFIT.search(text)
    if found is None:
        return None
    code = ord(found.group())
    kind = "lone surrogate" if code >= 0xD800 else "control character"
    return f"{kind} U+{code:04X} at column {found.start() + 1}"


def read_lines(path: Path, reading: Reading) -> Iterator[tuple[int, str]]:
    """Read a file as UTF-8, a line at a time.

    Parameters
    ----------
    path : Path
        The file; a byte order mark at its start is dropped.
    reading : Reading
        Takes a note of lines that are not UTF-8 or hold control characters. Those lines are
        still given, so that files with parallel lines stay parallel.

    Yields
    ------
    (int, str)
        The number of the line, from 1, and the line without its end.

    Raises
    ------
    CorpusError
        If the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            offset = 0
            for number, raw in enumerate(file, 1):
                mark = codecs.BOM_UTF8 if number == 1 and raw.startswith(codecs.BOM_UTF8) else b""
                line = raw.removeprefix(mark).removesuffix(b"\n").removesuffix(b"\r")
                try:
                    text = line.decode()
                except UnicodeDecodeError as error:
                    byte, at = line[error.start], offset + len(mark) + error.start
                    reading.add(path, number, f"not UTF-8: byte 0x{byte:02x} at offset {at}")
                    text = line.decode(errors="replace")
                if message := unfit(text):
                    reading.add(path, number, message)
                offset += len(raw)
                yield number, text
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", path) from error


def count_lines(path: Path) -> int:
    """Count the lines of a file."""
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", path) from error


_PEEKED = 1 << 18  # bytes


def peek(path: Path) -> list[str]:
    """Give the first lines of a file that are not blank; none for what is no file.

    They are 50 at most, and of no more than its first quarter of a megabyte.
    """
    if not path.is_file():
        return []
    try:
        with path.open("rb") as file:
            start = file.read(_PEEKED).removeprefix(codecs.BOM_UTF8).decode(errors="replace")
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", path) from error
    lines = (line.removesuffix("\r") for line in start.split("\n") if line.strip())
    return list(islice(lines, 50))


def columns(line: str) -> list[str]:
    r"""Cut a line at its blanks and tabs.

    No other white space separates: a no-break space may be part of a token.

    Examples
    --------
    >>> columns("to  New York\t")
    ['to', 'New', 'York']
    """
    return [column for column in line.replace("\t", " ").split(" ") if column]


@contextmanager
def text_file(path: Path) -> Iterator[Callable[[str], None]]:
    """Open a file for writing lines, with no other line breaks than theirs.

    Where the first begins with U+FEFF, a byte order mark stands before it: readers drop one.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:

        def write(line: str) -> None:
            if line.startswith("\ufeff") and file.tell() == 0:
                file.write("\ufeff")
            file.write(line + "\n")

        yield write


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a file of lines."""
    with text_file(path) as write:
        for line in lines:
            write(line)
