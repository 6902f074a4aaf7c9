"""Grammars: templates and word lists that labelled utterances are drawn from.

`docs/grammar.md` says how one is written. Reading and checking stand in one file: they are the two
passes over the same sections, and their errors name the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from slotkit.corpus.formats.find import SPLITS
from slotkit.corpus.grammar.draft import TRIES, Draft, Line, Weighted, disturb, finish
from slotkit.corpus.grammar.template import NAME, Reference, Template, parse_template, references
from slotkit.errors import CorpusError

NOISE = ("lower_case", "no_punctuation", "typo")

_MAX_REPORTED = 20
_DEEPEST = 100  # lists, each in the one before
_HEADER = re.compile(
    rf"\[(?:(intent|list)\s+({NAME})|(noise))(?:\s+asked=({NAME}(?:,{NAME})*))?((?:\s+@[\w-]+)*)\s*\]"
)
_WEIGHT = re.compile(r"([-+.\d]\S*):(?:\s+(.*))?")


def _number(text: str) -> float:
    """Read a finite number that is not negative; anything else gives -1."""
    return float(text) if re.fullmatch(r"\d+(\.\d*)?|\.\d+", text, re.ASCII) else -1.0


def _read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that says something; only a line feed ends a line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"cannot be read: {error.strerror}", path) from error
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            message = f"not UTF-8: byte 0x{line[error.start]:02x} at position {error.start + 1}"
            raise CorpusError(message, path, number) from None
        if text and not text.startswith("#"):
            yield number, text


def _first_errors(errors: Sequence[tuple[int, str]], path: Path) -> CorpusError:
    """Join the errors of several lines, by line, one printed line each."""
    ordered = sorted(set(errors))
    (line, message), *others = ordered[:_MAX_REPORTED]
    rest = [f"{path}:{number}: {text}" for number, text in others]
    if len(ordered) > _MAX_REPORTED:
        rest.append(f"and {len(ordered) - _MAX_REPORTED} more")
    return CorpusError("\n".join([message, *rest]), path, line)


class Section(NamedTuple):
    """What the header of a section says."""

    kind: str  # intent, list or noise
    name: str
    parts: list[str]  # where it exists
    asked: tuple[str, ...]  # the slots of the question that its templates answer


class Grammar:
    """Templates and word lists that utterances are drawn from; see the module.

    Parameters
    ----------
    path : Path
        The file that it was read from, named in errors.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # kind ("intent" or "list") -> name -> split -> lines; and the line that first names it
        self._sections: dict[str, dict[str, dict[str, list[Line]]]] = {"intent": {}, "list": {}}
        self._noise = {split: dict.fromkeys(NOISE, 0.0) for split in SPLITS}
        self._first: dict[str, int] = {}  # intent -> the line that first names it
        self._parts: dict[str, str] = {split: split for split in SPLITS}  # part -> its split

    def templates(self, split: str = "train") -> list[tuple[str, int]]:
        """Tell the intent and the line in the file of each template of a part."""
        return [(intent, line.number) for intent, line in self._intent_lines(split)]

    def generate(self, count: int, *, seed: int, split: str = "train") -> Iterator[dict[str, Any]]:
        """Draw utterances, no two alike as long as that is easy to reach.

        Parameters
        ----------
        count : int
            How many.
        seed : int
            The same seed gives the same utterances on every machine.
        split : str
            The part whose templates to use: ``train``, ``validation``, ``test``, or one that the
            file marks, such as ``train-asked``, with the lists and the noise of its split.

        Yields
        ------
        dict
            ``text``, ``tokens``, ``tags`` (IOB2), ``slots`` (each ``name``, ``value``,
            ``start``, ``end`` in characters) and ``intent``; of an answer ``asked``, the slots
            that the question was after.

        Raises
        ------
        ValueError
            If the file has no such part.
        CorpusError
            If no intent, or a list that is needed, has lines in the part; if a labelled value is
            empty or does not fit the borders of the tokens.
        """
        if split not in self._parts:
            raise ValueError(f"unknown split {split!r}; choose from {', '.join(self._parts)}")
        self._check_split(split)
        return self._rows(count, Random(seed), split)

    def _rows(self, count: int, random: Random, split: str) -> Iterator[dict[str, Any]]:
        """Draw the utterances of a split that has been checked."""
        templates = Weighted((line.weight, (i, line)) for i, line in self._intent_lines(split))
        lists = {
            name: Weighted((line.weight, line) for line in lines)
            for name in self._sections["list"]
            if (lines := self._lines_of(name, split))
        }
        noise = self._noise[self._parts[split]]
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for _ in range(count):
            for _ in range(TRIES):
                intent, line = templates.draw(random)
                draft = Draft(lists, random)
                try:
                    letters = disturb(draft.expand(line.template), noise, random)
                    row = finish(letters, draft.slots)
                except ValueError as error:
                    raise CorpusError(str(error), self.path, line.number) from error
                if (row["text"], line.asked) not in seen:
                    break
            seen.add((row["text"], line.asked))
            yield {**row, "intent": intent, **({"asked": list(line.asked)} if line.asked else {})}

    def _lines_of(self, name: str, part: str) -> list[Line]:
        """Give the lines of a list in a part: those of its split, and its own."""
        splits = self._sections["list"][name]
        own = splits.get(part, []) if part not in SPLITS else []
        return splits.get(self._parts[part], []) + own

    def _intent_lines(self, split: str) -> Iterator[tuple[str, Line]]:
        """Yield the templates of a split with their intents, in the order of the file."""
        for intent, splits in self._sections["intent"].items():
            for line in splits.get(split, ()):
                yield intent, line

    # ------------------------------------------------------------------------ reading

    def _open(self, match: re.Match[str], number: int) -> Section:
        """Begin a section."""
        kind, name = match[1] or "noise", match[2] or ""
        asked = tuple(match[4].split(",")) if match[4] else ()
        marks = [mark.removeprefix("@") for mark in match[5].split()]
        for mark in marks:
            split, dash, own = mark.partition("-")
            if split not in SPLITS or (dash and (not own or kind == "noise")):
                choices = ", ".join(f"@{split}" for split in SPLITS)
                message = f"unknown mark '@{mark}'; choose from {choices}"
                if kind != "noise":
                    message += ", or one of these with a name behind it, such as @train-asked"
                raise CorpusError(message, self.path, number)
            if kind == "intent":
                self._parts.setdefault(mark, split)
        if asked and kind != "intent":
            raise CorpusError("asked= belongs to intents", self.path, number)
        if kind != "noise":
            self._sections[kind].setdefault(name, {})
        if kind == "intent":
            self._first.setdefault(name, number)
        return Section(kind, name, marks or list(SPLITS), asked)

    def _add_template(self, text: str, number: int, section: Section) -> None:
        """Add one line of an intent or list section, in each of its splits."""
        weight = 1.0
        match = _WEIGHT.fullmatch(text)
        if match:
            weight, text = _number(match[1]), match[2] or ""
            if weight <= 0:
                raise ValueError(f"weight must be a number > 0, got {match[1]!r}")
        line = Line(weight, parse_template(text), number, section.asked)
        for part in section.parts:
            self._sections[section.kind][section.name].setdefault(part, []).append(line)

    def _add_noise(self, text: str, splits: Iterable[str]) -> None:
        """Add one line of a noise section, in each of its splits."""
        key, *rest = text.split()
        if key not in NOISE:
            raise ValueError(f"unknown noise {key!r}; choose from {', '.join(NOISE)}")
        number = _number(" ".join(rest))
        if not 0 <= number <= 1:
            raise ValueError(f"{key} must be a probability in 0..1, got {' '.join(rest)!r}")
        for split in splits:
            self._noise[split][key] = number

    def _read(self) -> None:
        """Read the file, line by line."""
        section: Section | None = None
        for number, text in _read_lines(self.path):
            if text.startswith("["):
                match = _HEADER.fullmatch(text)
                if not match:
                    choices = "[intent NAME], [list NAME] or [noise], marks like @train inside"
                    raise CorpusError(f"expected {choices}, got {text!r}", self.path, number)
                section = self._open(match, number)
                continue
            if section is None:
                raise CorpusError(f"expected a section before {text!r}", self.path, number)
            try:
                if section.kind == "noise":
                    self._add_noise(text, section.parts)
                else:
                    self._add_template(text, number, section)
            except ValueError as error:
                raise CorpusError(str(error), self.path, number) from None
        if not self._sections["intent"]:
            raise CorpusError("expected at least one [intent NAME] section", self.path)

    # ----------------------------------------------------------------------- checking

    def _lines(self) -> dict[int, Template]:
        """Give every template of the file by its line."""
        return {
            line.number: line.template
            for names in self._sections.values()
            for splits in names.values()
            for lines in splits.values()
            for line in lines
        }

    def _check(self) -> None:
        """Check what does not depend on the split: every name, recursion, nested slots."""
        lists = self._sections["list"]
        errors = [
            (number, f"undefined list {reference.name!r}")
            for number, template in self._lines().items()
            for reference in references(template)
            if reference.name not in lists
        ]
        if errors:
            raise _first_errors(errors, self.path)
        uses = {
            name: [
                (line.number, reference)
                for lines in splits.values()
                for line in lines
                for reference in references(line.template)
            ]
            for name, splits in lists.items()
        }
        reached: dict[str, bool] = {}  # finished lists: does a label stand in it or below it
        for name in uses:
            self._descend(name, uses, reached, [])
        for number, template in self._lines().items():
            for reference in references(template):
                if reference.slot is not None and reached[reference.name]:
                    message = f"slot {reference.slot!r} holds list {reference.name!r}, which "
                    raise CorpusError(message + "has slots of its own", self.path, number)

    def _descend(
        self,
        name: str,
        uses: Mapping[str, Sequence[tuple[int, Reference]]],
        reached: dict[str, bool],
        above: list[str],
    ) -> bool:
        """Follow a list's references; tell whether a label stands in it or below it."""
        if name not in reached:
            labelled = False
            for number, reference in uses[name]:
                path = [*above, name]
                if reference.name in path:
                    circle = " -> ".join([*path[path.index(reference.name) :], reference.name])
                    raise CorpusError(f"list reaches itself: {circle}", self.path, number)
                if len(path) > _DEEPEST:
                    message = f"more than {_DEEPEST} lists stand in each other"
                    raise CorpusError(message, self.path, number)
                below = self._descend(reference.name, uses, reached, path)
                labelled |= below or reference.slot is not None
            reached[name] = labelled
        return reached[name]

    def _check_split(self, split: str) -> None:
        """Check that a part has templates, and every list that they need lines in it.

        An intent that has templates in one of `SPLITS` has some in all of them.
        """
        errors = [
            (self._first[intent], f"intent {intent!r} has no lines in split {split!r}")
            for intent, parts in self._sections["intent"].items()
            if split in SPLITS and split not in parts and not parts.keys().isdisjoint(SPLITS)
        ]
        todo = [line for _, line in self._intent_lines(split)]
        if not todo and not errors:
            raise CorpusError(f"no intent has lines in split {split!r}", self.path)
        visited: set[str] = set()
        while todo:
            line = todo.pop()
            for reference in references(line.template):
                lines = self._lines_of(reference.name, split)
                if not lines:
                    message = f"list {reference.name!r} has no lines in split {split!r}"
                    errors.append((line.number, message))
                if reference.name not in visited:
                    visited.add(reference.name)
                    todo += lines
        if errors:
            raise _first_errors(errors, self.path)


def load_grammar(path: str | Path) -> Grammar:
    """Read a grammar file and check it.

    Parameters
    ----------
    path : str or Path
        The file; the module tells its format.

    Raises
    ------
    CorpusError
        With file and line: the file cannot be read or is not UTF-8; an unknown header, mark or
        noise; a bad weight or probability; a bracket that is not closed; lists that are
        referred to and not defined (all of them, up to 20); a list that reaches itself; a slot
        within a slot; no intent at all.
    """
    grammar = Grammar(Path(path))
    grammar._read()
    grammar._check()
    return grammar
