"""The file of answers: JSON lines, one more for every utterance that is answered.

An utterance with slots is written as ``slotkit tag --json`` prints it, without confidences. One
that is skipped is ``{"text": ..., "answer": "skip"}``, which the readers of corpora leave out and
count. Every line is on the disk before the next utterance is asked; what others have written into
the file stays as it is.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from slotkit.corpus.formats.characters import Marked, marked_of
from slotkit.corpus.formats.jsonl import line_of
from slotkit.corpus.formats.objects import row_of_object
from slotkit.corpus.formats.reading import Reading
from slotkit.corpus.formats.rows import make_row, shown
from slotkit.errors import CorpusError
from slotkit.files import write_file
from slotkit.text.tags import Span, tags_of

_BEGINNING = b'{"text": '  # of every line that is written here


class Answer(NamedTuple):
    """What was said of an utterance.

    Parameters
    ----------
    text : str
    slots : list of Marked or None
        None where it was skipped.
    line : str
        As it stands in the file.
    """

    text: str
    slots: list[Marked] | None
    line: str


def make_answer(text: str, tokens: list[str], spans: Iterable[Span] | None) -> Answer:
    """Make the answer of spans of tokens, or of None where the utterance is skipped."""
    if spans is None:
        line = json.dumps({"text": text, "answer": "skip"}, ensure_ascii=False)
        return Answer(text, None, line)
    row = make_row(tokens, tags_of(spans, len(tokens)), text=text)
    return Answer(text, marked_of(row), line_of(row))


class Answers:
    """The file of answers.

    Parameters
    ----------
    path : Path
        Made at the first answer; what is there is read.

    Attributes
    ----------
    found : list of Answer
        What the file held when it was opened, in its order.
    torn : bytes
        The beginning of a line at the end of the file, as a machine that stops may leave it; empty
        for none. It is taken off before anything is written.

    Raises
    ------
    CorpusError
        If something else stands in the file, or there is no folder for it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.parent.is_dir():
            raise CorpusError("there is no such folder", path.parent)
        if path.exists() and not path.is_file():
            raise CorpusError("is no file", path)
        self.torn = b""
        self.torn = _torn(self.content())
        lines = _lines(self.content())
        self.found = [_read(line, path, number) for number, line in lines if line.strip()]

    def content(self) -> bytes:
        """Return what the file holds now but a torn line; nothing where it is not there yet."""
        try:
            return self.path.read_bytes().removesuffix(self.torn)
        except FileNotFoundError:
            return b""

    def add(self, answer: Answer) -> None:
        """Write an answer behind the others, and wait until it is on the disk.

        Raises
        ------
        OSError
            If it cannot be written; then the file is as it was before.
        """
        self._mend()
        with self.path.open("ab+") as file:
            before = file.seek(0, os.SEEK_END)
            file.seek(max(0, before - 1))
            unended = file.read(1) not in (b"", b"\n")  # as an editor may leave it
            try:
                file.write(b"\n" * unended + answer.line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            except BaseException:  # Ctrl-C too
                os.truncate(self.path, before)
                raise

    def take_back(self, answer: Answer) -> None:
        """Take an answer out of the file: of several that are equal, the last.

        Raises
        ------
        OSError
            If it cannot be written; then the file is as it was before.
        """
        self._mend()
        lines = [line for _, line in _lines(self.content())]
        wanted = answer.line.encode()
        for place in reversed(range(len(lines))):
            if lines[place].rstrip(b"\r\n") == wanted:
                write_file(self.path, lines[:place] + lines[place + 1 :])
                return

    def _mend(self) -> None:
        """Take a torn last line off."""
        if self.torn:
            write_file(self.path, self.content())
            self.torn = b""


def _lines(content: bytes) -> list[tuple[int, bytes]]:
    """Cut a file into lines with their ends and numbers."""
    return list(enumerate(io.BytesIO(content), 1))


def _torn(content: bytes) -> bytes:
    """Return the beginning of a line of ours at the end of a file; empty where it is whole."""
    last = content.rpartition(b"\n")[2]
    if not last or not (last.startswith(_BEGINNING) or _BEGINNING.startswith(last)):
        return b""
    try:
        json.loads(last)
    except ValueError:
        return last
    return b""


def _read(raw: bytes, path: Path, number: int) -> Answer:
    """Read a line of the file."""
    try:
        line = raw.rstrip(b"\r\n").decode("utf-8-sig" if number == 1 else "utf-8")
        found = json.loads(line)
        if not isinstance(found, dict):
            raise ValueError(f"expected a JSON object, got {shown(line)}")
        reading = Reading()
        row = row_of_object(found, reading, path, number)
        reading.check()
        if row is not None:
            return Answer(row["text"], marked_of(row), line)
        return Answer(str(found.get("text", "")), None, line)
    except (ValueError, RecursionError) as error:
        if isinstance(error, CorpusError):
            raise
        why = {UnicodeDecodeError: "not UTF-8", json.JSONDecodeError: "not JSON"}.get(type(error))
        message = f"{why or error}, so that this is no file of answers"
        raise CorpusError(message, path, number) from None
