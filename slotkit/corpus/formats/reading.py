"""What is asked of reading a corpus, and what came of it: problems, oddities, what was taken."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from slotkit.errors import CorpusError


class How(NamedTuple):
    """How a corpus is to be read.

    Parameters
    ----------
    columns : (int, int), optional
        The columns of token and tag, counted from 1, or from -1 at the end; told from the content
        where they are not given. So are `scheme` and `tokenizer`.
    scheme : str, optional
        A key of `slotkit.text.tags.SCHEMES`.
    tokenizer : str, optional
        What cuts texts whose slots are given by characters, a key of `TOKENIZERS`.
    strict : bool
        Refuse what else would be mended and counted.
    skip_bad : bool
        Leave out, and count, utterances that cannot be read.
    """

    columns: tuple[int, int] | None = None
    scheme: str | None = None
    tokenizer: str | None = None
    strict: bool = False
    skip_bad: bool = False


class ContradictionError(ValueError):
    """Two keys of a row that say different things of the same."""


class Oddity(NamedTuple):
    """What was read otherwise than it stands: where, what, and what it was read as."""

    place: Path | str
    line: int | None
    message: str
    fix: str


class Reading:
    """One pass over the files of a corpus.

    What is wrong is collected, the first in words, the others counted; what is odd is mended and
    counted, or wrong too where `How.strict` says so; what the content decides is said.
    """

    SHOWN = 20

    def __init__(self, how: How | None = None, *, lenient: bool = False) -> None:
        self.how = how or How()
        self.lenient = lenient  # rows that contradict themselves are left out, and kept here
        self.contradictions: list[Oddity] = []
        self.tokenizer = self.how.tokenizer or "words"
        self.split = ""
        self.changes: dict[str, Counter[str]] = {}  # by split
        self.taken: dict[str, None] = {}  # lines, in order
        self.left: dict[str, Counter[str]] = {}  # what cannot be carried over, and its names
        self.lists: dict[str, dict[str, None]] = {}  # of values, by name
        self.uses: dict[str, dict[str, None]] = {}  # the slots whose values such a list holds
        self.oddities: list[Oddity] = []
        self.spans = self.apart = 0  # by characters; those that ask to cut at apostrophes
        self._shown: list[tuple[Path | str, int | None, str]] = []
        self._last: dict[Path | str, int | None] = {}  # the line of the last problem of a file
        self._count = 0
        self._skipped: dict[str, str] = {}  # split -> the first problem of one left out

    def __len__(self) -> int:
        return self._count

    def add(
        self, path: Path | str, line: int | None, message: str | Exception, *, whole: bool = False
    ) -> None:
        """Note a problem, unless it follows from the one before it on the same line.

        `whole` says that it is not one of an utterance, which can be left out.
        """
        if line is not None and self._last.get(path) == line:
            return
        self._last[path] = line
        if self.lenient and isinstance(message, ContradictionError):
            self.contradictions.append(Oddity(path, line, str(message), ""))
            return
        message = str(message)
        if self.how.skip_bad and not whole:
            self.count("utterances left out, which cannot be read")
            self._skipped.setdefault(self.split, str(CorpusError(message, path, line)))
            return
        self._count += 1
        if self._count <= self.SHOWN:
            self._shown.append((path, line, message))

    def is_bad(self, path: Path | str, line: int) -> bool:
        """Tell whether the last problem of a file is on that line."""
        return self._last.get(path) == line

    def odd(self, what: str, path: Path | str, line: int | None, message: str, fix: str) -> None:
        """Note what is read otherwise than it stands; a problem where that is asked for."""
        if self.how.strict:
            self.add(path, line, message)
        else:
            self.count(what)
            self.oddities.append(Oddity(path, line, message, fix))

    def count(self, what: str, times: int = 1) -> None:
        """Count what was changed or left out in this split."""
        self.changes.setdefault(self.split, Counter())[what] += times

    def take(self, path: Path | str, what: str) -> None:
        """Say what the content decided."""
        self.taken[f"{path.name if isinstance(path, Path) else path}: {what}"] = None

    def leave(self, what: str, name: str) -> None:
        """Name what cannot be carried over."""
        self.left.setdefault(what, Counter())[name] += 1

    def gather(self, name: str, values: list[str]) -> None:
        """Keep a list of values."""
        self.lists.setdefault(name, {}).update(dict.fromkeys(filter(None, values)))

    def notes(self) -> list[str]:
        """Say what was taken, changed and left out, a line each."""
        lines = [*self.taken]
        for split, changes in self.changes.items():
            lines += describe_changes(split, changes)
            if split in self._skipped:
                lines.append(f"{split}: the first of those left out: {self._skipped[split]}")
        for what, names in self.left.items():
            several = [name if count == 1 else f"{name} ({count})" for name, count in names.items()]
            shown = ", ".join(several[: self.SHOWN]) + ", ..." * (len(several) > self.SHOWN)
            lines.append(f"left out, {what}: {names.total()}: {shown}")
        return lines

    def check(self) -> None:
        """Raise the problems.

        Raises
        ------
        CorpusError
            If there is any; a line of text for each, the path and line of the first.
        """
        if not self._shown:
            return
        (path, line, message), *others = self._shown
        parts = [message, *(str(CorpusError(text, p, n)) for p, n, text in others)]
        if self._count > self.SHOWN:
            parts.append(f"... and {self._count - self.SHOWN} more")
        raise CorpusError("\n".join(parts), path, line)


def describe_changes(split: str, changes: Counter[str]) -> list[str]:
    """Say what was changed or left out in a split, and how often."""
    return [f"{split}: {count} {what}" for what, count in changes.items() if count]
