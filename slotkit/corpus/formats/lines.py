r"""Reading the lines of a corpus file, and collecting what is wrong with them.

Only ``\n``, with or without ``\r`` before it, ends a line: the other characters at which
`str.splitlines` cuts (form feed, NEL, U+2028) may stand inside one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from slotkit.errors import CorpusError

# Control characters and lone surrogates. Not among them: tab, which separates; form feed and
# NEL, which are white space.
UNFIT = re.compile(r"[\x00-\x08\x0a\x0b\x0d-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


class Problems:
    """Everything that is wrong with a corpus: the first in words, the others counted."""

    SHOWN = 20

    def __init__(self) -> None:
        self._shown: list[tuple[Path | str, int | None, str]] = []
        self._last: tuple[Path | str, int | None] | None = None
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, path: Path | str, line: int | None, message: str) -> None:
        """Note a problem, unless it follows from the one before it on the same line."""
        if (path, line) == self._last:
            return
        self._last = (path, line)
        self._count += 1
        if self._count <= self.SHOWN:
            self._shown.append((path, line, message))

    def check(self) -> None:
        """Raise what was noted.

        Raises
        ------
        CorpusError
            If there is any problem; a line of text for each, the path and line of the first.
        """
        if not self._shown:
            return
        (path, line, message), *others = self._shown
        parts = [message, *(str(CorpusError(text, p, n)) for p, n, text in others)]
        if self._count > self.SHOWN:
            parts.append(f"... and {self._count - self.SHOWN} more")
        raise CorpusError("\n".join(parts), path, line)


def unfit(text: str) -> str | None:
    """Say which character of a text no corpus may hold, and where; None if there is none."""
    found = UNFIT.search(text)
    if found is None:
        return None
    code = ord(found.group())
    kind = "lone surrogate" if code >= 0xD800 else "control character"
    return f"{kind} U+{code:04X} at column {found.start() + 1}"


def read_lines(path: Path, problems: Problems) -> Iterator[tuple[int, str]]:
    """Read a file as UTF-8, a line at a time.

    Parameters
    ----------
    path : Path
        The file; a byte order mark at its start is dropped.
    problems : Problems
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
                    problems.add(path, number, f"not UTF-8: byte 0x{byte:02x} at offset {at}")
                    text = line.decode(errors="replace")
                if message := unfit(text):
                    problems.add(path, number, message)
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


def peek(path: Path) -> list[str]:
    """Give the first lines of a file that are not blank; none for what is no file."""
    if not path.is_file():
        return []
    lines = (line for _, line in read_lines(path, Problems()) if line.strip())
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
